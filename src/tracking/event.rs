//! What a row reports (`event-id`), and the part of Exchange that wrote it (`source`).
//!
//! In: the text of a column. Out: an [`Event`] or an [`Origin`].
//! Must not decide what an event means for a message.

/// Declares an enum of known names with `of`, `name` and a number for each.
macro_rules! names {
    (
        $(#[$about:meta])* $kind:ident, $other:literal,
        $($(#[$doc:meta])* $variant:ident = $name:literal,)+
    ) => {
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub enum $kind {
            $($(#[$doc])* $variant,)+
            #[doc = $other]
            Other(Box<str>),
        }

        impl $kind {
            /// Reads the column. Names compare without regard to case.
            pub fn of(text: &[u8]) -> $kind {
                let text = text.trim_ascii();
                $(if text.eq_ignore_ascii_case($name.as_bytes()) {
                    return $kind::$variant;
                })+
                $kind::Other(crate::input::field::text(text).into())
            }

            /// The name as Exchange writes it.
            pub fn name(&self) -> &str {
                match self {
                    $($kind::$variant => $name,)+
                    $kind::Other(name) => name,
                }
            }
        }
    };
}

names! {
    /// What a row reports.
    Event, "A name that is not documented. The row is kept.",
    /// A host outside took the message. Since an early update of Exchange 2016.
    SendExternal = "SENDEXTERNAL",
    /// The next hop took the message. On Exchange 2010 and 2013 this may be a host outside.
    Send = "SEND",
    /// It reached a local mailbox.
    Deliver = "DELIVER",
    /// It was in the local mailbox already.
    DuplicateDeliver = "DUPLICATEDELIVER",
    /// Given up.
    Fail = "FAIL",
    /// The mailbox did not take it. The FAIL row of the same second is the same failure.
    DeliverFail = "DELIVERFAIL",
    /// A delivery report was made. The row is that of the report.
    Dsn = "DSN",
    /// Delayed. Exchange tries again.
    Defer = "DEFER",
    /// It could not be returned, and was dropped.
    BadMail = "BADMAIL",
    /// Dropped without a notice. With a group, the normal end of the copy for the group.
    Drop = "DROP",
    /// Suppressed, as Microsoft says without more.
    Suppressed = "SUPPRESSED",
    /// Into or out of the poison queue.
    PoisonMessage = "POISONMESSAGE",
    /// Slowed.
    Throttle = "THROTTLE",
    /// Read from the queue database when the service started.
    Load = "LOAD",
    /// Sent again from Safety Net or the shadow queue.
    Resubmit = "RESUBMIT",
    /// Sending it again is delayed.
    ResubmitDefer = "RESUBMITDEFER",
    /// Sending it again failed. This says nothing of the first copy.
    ResubmitFail = "RESUBMITFAIL",
    /// A group became its members.
    Expand = "EXPAND",
    /// A member was in the list already.
    DuplicateExpand = "DUPLICATEEXPAND",
    /// To another recipient instead.
    Redirect = "REDIRECT",
    /// To another recipient, who was in the list already.
    DuplicateRedirect = "DUPLICATEREDIRECT",
    /// The address was rewritten.
    Resolve = "RESOLVE",
    /// Recipients were moved to a copy with another internal id.
    Transfer = "TRANSFER",
    /// It came in.
    Receive = "RECEIVE",
    /// The mailbox service handed it to transport.
    Submit = "SUBMIT",
    /// Handing it to transport is delayed.
    SubmitDefer = "SUBMITDEFER",
    /// It was not handed to transport.
    SubmitFail = "SUBMITFAIL",
    /// A mailbox has a message to send.
    NotifyMapi = "NOTIFYMAPI",
    /// A mailbox has a message to send again.
    NotifyShadow = "NOTIFYSHADOW",
    /// A client put it into the outbox.
    ClientSubmission = "CLIENTSUBMISSION",
    /// A shadow copy was sent to another server.
    HaRedirect = "HAREDIRECT",
    /// No server took the shadow copy.
    HaRedirectFail = "HAREDIRECTFAIL",
    /// A shadow copy came in.
    HaReceive = "HARECEIVE",
    /// A shadow copy was discarded, because the other server was done.
    HaDiscard = "HADISCARD",
    /// What an agent notes.
    AgentInfo = "AGENTINFO",
    /// What the resolver notes.
    RecipientInfo = "RECIPIENTINFO",
    /// Sent to a moderator.
    InitMessageCreated = "INITMESSAGECREATED",
    /// A moderator approved.
    ModeratorApprove = "MODERATORAPPROVE",
    /// A moderator rejected.
    ModeratorReject = "MODERATORREJECT",
    /// All moderators have answered.
    ModeratorsAllNdr = "MODERATORSALLNDR",
    /// No moderator answered in time.
    ModerationExpire = "MODERATIONEXPIRE",
    /// Processed.
    Process = "PROCESS",
    /// A meeting message was processed.
    ProcessMeetingMessage = "PROCESSMEETINGMESSAGE",
}

names! {
    /// The part of Exchange that wrote a row.
    Origin, "A part that is not documented.",
    /// An administrator.
    Admin = "ADMIN",
    /// A transport agent.
    Agent = "AGENT",
    /// Moderation.
    Approval = "APPROVAL",
    /// What is left in the queue when the service starts.
    Bootloader = "BOOTLOADER",
    /// DNS.
    Dns = "DNS",
    /// Delivery reports.
    Dsn = "DSN",
    /// A foreign connector.
    Gateway = "GATEWAY",
    /// A rule of a mailbox.
    MailboxRule = "MAILBOXRULE",
    /// Meeting messages.
    MeetingMessageProcessor = "MEETINGMESSAGEPROCESSOR",
    /// An alternate recipient that the originator asked for.
    Orar = "ORAR",
    /// The pickup or replay folder.
    Pickup = "PICKUP",
    /// The poison queue.
    PoisonMessage = "POISONMESSAGE",
    /// A public folder.
    PublicFolder = "PUBLICFOLDER",
    /// A queue.
    Queue = "QUEUE",
    /// Shadow redundancy.
    Redundancy = "REDUNDANCY",
    /// The resolver of recipients.
    Resolver = "RESOLVER",
    /// Routing.
    Routing = "ROUTING",
    /// Safety Net.
    SafetyNet = "SAFETYNET",
    /// SMTP.
    Smtp = "SMTP",
    /// Mailboxes.
    StoreDriver = "STOREDRIVER",
}

impl Event {
    /// Whether the row is about a shadow copy, which never decides a fate.
    pub fn is_shadow(&self) -> bool {
        matches!(
            self,
            Event::HaRedirect | Event::HaRedirectFail | Event::HaReceive | Event::HaDiscard
        )
    }

    /// Whether the server columns of the row name the next hop.
    pub fn names_next_hop(&self) -> bool {
        matches!(
            self,
            Event::SendExternal
                | Event::Send
                | Event::Fail
                | Event::Defer
                | Event::HaRedirect
                | Event::HaRedirectFail
                | Event::Transfer
        )
    }
}

/// A set of events.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventSet(Vec<Event>);

impl EventSet {
    /// No event.
    pub fn none() -> EventSet {
        EventSet::default()
    }

    /// These events.
    pub fn of(events: &[Event]) -> EventSet {
        EventSet(events.to_vec())
    }

    /// Events that show trouble: a message that was given up, delayed, or dropped.
    pub fn trouble() -> EventSet {
        EventSet::of(&[
            Event::Fail,
            Event::Defer,
            Event::Dsn,
            Event::BadMail,
            Event::Drop,
            Event::Suppressed,
            Event::PoisonMessage,
        ])
    }

    /// Whether the set holds the event with this name.
    pub fn holds(&self, name: &[u8]) -> bool {
        let is_same = |event: &Event| event.name().as_bytes().eq_ignore_ascii_case(name);
        self.0.iter().any(is_same)
    }

    /// Whether the set is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_in_any_case_and_unknown_ones_kept() {
        assert_eq!(Event::of(b"SENDEXTERNAL"), Event::SendExternal);
        assert_eq!(Event::of(b"Fail"), Event::Fail);
        let unknown = Event::of(b"SETROUTE");
        assert_eq!(unknown, Event::Other("SETROUTE".into()));
        assert_eq!(unknown.name(), "SETROUTE");
        assert_eq!(Origin::of(b"STOREDRIVER"), Origin::StoreDriver);
        assert_eq!(Origin::of(b"REPLICATION").name(), "REPLICATION");
    }

    #[test]
    fn a_set_holds_what_was_put_in() {
        let set = EventSet::of(&[Event::Fail, Event::Other("SETROUTE".into())]);
        assert!(set.holds(b"FAIL") && set.holds(b"setroute"));
        assert!(!set.holds(b"DELIVERFAIL") && !set.holds(b""));
        assert!(EventSet::none().is_empty() && !EventSet::trouble().is_empty());
    }
}
