//! What became of a message for one recipient, and how certain that is.
//!
//! In: nothing. Out: plain types, filled by the rules of this folder.
//! Must not decide anything.

use crate::input::timestamp::Timestamp;

/// What became of a message for one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fate {
    /// The verdict.
    pub verdict: Verdict,
    /// How certain it is.
    pub certainty: Certainty,
    /// Which input shows it.
    pub source: Source,
    /// When.
    pub time: Timestamp,
    /// The reply that decided, its code included.
    pub reply: Option<String>,
    /// The host that took the message over.
    pub host: Option<String>,
    /// Until when it is tried, if it still waits.
    pub expires: Timestamp,
    /// The delivery report to the sender, if the input shows it.
    pub report: Option<DeliveryReport>,
    /// Why nothing is known, or why the verdict is less certain.
    pub reason: Option<Reason>,
}

/// The verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// A host outside took it over. This does not mean that it is in a mailbox, or that it was read.
    Delivered,
    /// The server gave up, and the sender is told.
    Bounced,
    /// The server gave up, and nobody is told.
    Lost,
    /// It is in a queue.
    Waiting,
    /// It was a group, and its members have fates of their own.
    Expanded,
    /// The input does not show it.
    Unknown,
}

/// How certain a fate is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Certainty {
    /// It follows from what is usual, and something speaks against it.
    Low,
    /// It follows from what Exchange does by default.
    Medium,
    /// A row shows it.
    High,
}

/// The input that shows a fate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Send protocol logs.
    SendLog,
    /// Message tracking logs.
    MessageTracking,
    /// Exports of queues.
    Queue,
}

/// A delivery report that told the sender.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryReport {
    /// Its message id.
    pub message_id: Option<String>,
    /// When it was made.
    pub time: Timestamp,
    /// Whether a row shows that it reached the sender's mailbox or left the organisation.
    pub arrived: bool,
}

/// Why nothing is known of a message, or why its fate is less certain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// Logs of its server are missing after the last attempt.
    Gap,
    /// It was not tried again, although the log goes on.
    NoLongerTried,
    /// It went to another server of the organisation, whose log does not show it.
    MovedTo,
    /// The log ends before the reply.
    LogEnds,
    /// No row names its message id, so that it could be followed in its session only.
    NoId,
    /// The command names no recipient that can be read.
    NoRecipient,
    /// The sender is not in the input, so that it is not known whether anybody is told.
    NoSender,
    /// The send connector has error policies of its own, so that a rejection may not be final.
    ErrorPolicy,
    /// The tracking log goes on without a row that ends it.
    NoFinalRow,
    /// It was delivered before it was rejected: the rejection is that of a second copy.
    SecondCopy,
    /// An administrator has to act: it is suspended or in the poison queue.
    Held,
    /// An administrator removed it.
    Removed,
    /// It is a journal report, which nobody wrote. Exchange goes on trying to deliver it.
    JournalReport,
}

impl Verdict {
    /// The word used in output.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Delivered => "delivered",
            Verdict::Bounced => "bounced",
            Verdict::Lost => "lost",
            Verdict::Waiting => "waiting",
            Verdict::Expanded => "expanded",
            Verdict::Unknown => "unknown",
        }
    }
}

impl Certainty {
    /// The word used in output.
    pub fn as_str(self) -> &'static str {
        match self {
            Certainty::Low => "low",
            Certainty::Medium => "medium",
            Certainty::High => "high",
        }
    }
}

impl Source {
    /// The word used in output.
    pub fn as_str(self) -> &'static str {
        match self {
            Source::SendLog => "send_log",
            Source::MessageTracking => "message_tracking",
            Source::Queue => "queue",
        }
    }
}

impl Reason {
    /// The word used in output.
    pub fn as_str(self) -> &'static str {
        match self {
            Reason::Gap => "gap",
            Reason::NoLongerTried => "no_longer_tried",
            Reason::MovedTo => "moved_to",
            Reason::LogEnds => "log_ends",
            Reason::NoId => "no_id",
            Reason::NoRecipient => "no_recipient",
            Reason::NoSender => "no_sender",
            Reason::ErrorPolicy => "error_policy",
            Reason::NoFinalRow => "no_final_row",
            Reason::SecondCopy => "second_copy",
            Reason::Held => "held",
            Reason::Removed => "removed",
            Reason::JournalReport => "journal_report",
        }
    }
}

impl Fate {
    /// A fate without details.
    pub fn new(verdict: Verdict, certainty: Certainty, source: Source, time: Timestamp) -> Fate {
        Fate {
            verdict,
            certainty,
            source,
            time,
            reply: None,
            host: None,
            expires: Timestamp::UNKNOWN,
            report: None,
            reason: None,
        }
    }

    /// Nothing is known, for this reason. That much is certain.
    pub fn unknown(reason: Reason, source: Source, time: Timestamp) -> Fate {
        Fate::new(Verdict::Unknown, Certainty::High, source, time).because(reason)
    }

    /// With a reason.
    pub fn because(self, reason: Reason) -> Fate {
        Fate {
            reason: Some(reason),
            ..self
        }
    }

    /// With the reply that decided.
    pub fn saying(self, reply: Option<&str>) -> Fate {
        Fate {
            reply: reply.map(str::to_owned),
            ..self
        }
    }

    /// With the host that took it over.
    pub fn by(self, host: Option<&str>) -> Fate {
        Fate {
            host: host.map(str::to_owned),
            ..self
        }
    }
}
