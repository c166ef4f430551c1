//! What a week is made of: servers, send connectors, certificates, and the sessions they hold.
//!
//! In: nothing. Out: plain types.
//! Must not know what the program under test makes of them.

use std::ops::Range;

/// Milliseconds since the week began, on Monday, 2 November 2026, at 00:00 UTC.
pub(crate) type Millis = u64;

/// One hour.
pub(crate) const HOUR: Millis = 3_600_000;
/// All days of a week.
pub(crate) const WEEK: Millis = 7 * 24 * HOUR;

/// A time as logs and exports show it.
pub(crate) fn shown(time: Millis) -> String {
    let (day, rest) = (2 + time / (24 * HOUR), time % (24 * HOUR));
    let (hour, minute) = (rest / HOUR, rest / 60_000 % 60);
    let (second, milli) = (rest / 1000 % 60, rest % 1000);
    format!("2026-11-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
}

/// A certificate that a server offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Certificate {
    pub(super) subject: String,
    pub(super) issuer: String,
    pub(super) serial: String,
    pub(super) thumbprint: String,
    pub(super) not_before: String,
    pub(super) not_after: String,
    pub(super) names: Vec<String>,
    /// Whether an enabled connector of an exported tenant expects it.
    pub(super) matches: bool,
}

/// How a version of Exchange writes the certificate rows and the EHLO reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RowShape {
    /// One row for each attribute.
    Attributes,
    /// One row without dates.
    Undated,
    /// One row with dates.
    Dated,
}

/// A server with one log.
#[derive(Debug, Clone)]
pub(super) struct Server {
    pub(super) name: String,
    /// `Hub` or `Edge`.
    pub(super) role: &'static str,
    pub(super) shape: RowShape,
    pub(super) address: String,
    pub(super) pipelining: bool,
    /// Whether logs are kept by the hour.
    pub(super) hourly: bool,
}

impl Server {
    /// The name of its stream.
    pub(super) fn stream(&self) -> String {
        format!("{}/{}", self.name, self.role)
    }
}

/// Who answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Host {
    ExchangeOnline,
    /// The client submission service.
    Submission,
    /// A server of another company.
    Partner,
    /// A server of another company that names hosts of Exchange Online in its texts.
    Hostile,
}

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Renamed,
    FixedAtConnector,
    Mismatch,
    OutOfStep,
    Expired,
    ExpiredDropped,
    SelfSigned,
    SelfSignedDropped,
    UntrustedRoot,
    NoCertificate,
    Stripped,
    StrippedDemand,
    StrippedQuit,
    StarttlsIgnored,
    NoKey,
    NoKeyOnly,
    UnknownCredentials,
    Distrusted,
    Dropped,
    PortClosed,
    ConnectorDisabled,
    ConnectorPartner,
    NoConnector,
    AddressChanged,
    SenderNotAccepted,
    NullSender,
    DomainNotAccepted,
    Uncertain,
    TwoTenants,
    ChangedSince,
    Unexplained,
    Outdated,
    Blocked,
    TenantLimit,
    Submission,
    PartnerRefuses,
    DirectSend,
    Region,
    Transient,
    FrontendMissing,
    StartMissing,
    Intercepted,
    NothingDelivered,
}

/// Something that goes wrong on a send connector for a while.
#[derive(Debug, Clone)]
pub(super) struct Story {
    pub(super) kind: Kind,
    /// While it goes on, in slots of the send connector.
    pub(super) slots: Range<usize>,
    /// The servers it happens on, by number.
    pub(super) servers: Vec<usize>,
    /// The certificate that each server offers meanwhile, in the order of `servers`.
    pub(super) offered: Vec<Option<Certificate>>,
    /// The certificate that is offered after it, where it is another one than before.
    pub(super) after: Option<Certificate>,
    /// One of several ways in which it shows.
    pub(super) variant: usize,
}

impl Story {
    /// Whether it goes on here.
    pub(super) fn is_on(&self, server: usize, slot: usize) -> bool {
        self.slots.contains(&slot) && self.servers.contains(&server)
    }
}

/// A send connector.
#[derive(Debug, Clone)]
pub(super) struct Connector {
    pub(super) name: String,
    pub(super) host: Host,
    /// The domain of its organisation.
    pub(super) domain: String,
    /// The servers that use it, by number.
    pub(super) servers: Vec<usize>,
    /// The certificate that is offered while all is well.
    pub(super) certificate: Option<Certificate>,
    /// Whether mail goes through a front end.
    pub(super) proxied: bool,
    /// Whether the log of the front end is there.
    pub(super) frontend_logged: bool,
    /// Into how many parts the week is cut; each server has one session or more in each.
    pub(super) slots: usize,
    /// The address that Exchange Online sees.
    pub(super) source: String,
    /// Whether only senders of its own domain may relay.
    pub(super) own_senders_only: bool,
    pub(super) stories: Vec<Story>,
}

/// Why a reply or a session failed: what names an incident.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) cause: &'static str,
    pub(super) connector: String,
    pub(super) thumbprint: Option<String>,
}

/// A reply that refuses.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) text: String,
    /// `None` where it belongs to no incident.
    pub(super) key: Option<Key>,
}

/// A recipient; without an answer it is taken.
#[derive(Debug, Clone)]
pub(super) struct Recipient {
    pub(super) address: String,
    pub(super) answer: Option<Answer>,
}

/// A message.
#[derive(Debug, Clone)]
pub(super) struct Message {
    pub(super) sender: String,
    pub(super) recipients: Vec<Recipient>,
    /// The reply to MAIL, where it refuses.
    pub(super) at_mail: Option<Answer>,
    /// The reply after the data, where it refuses.
    pub(super) at_data: Option<Answer>,
}

/// How far a session gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Course {
    /// To its end.
    Whole,
    /// The other side ends it after the second EHLO.
    Dropped,
    /// The connection is reset right after the handshake.
    Reset,
    /// The handshake fails with this error.
    Failed(&'static str),
    /// Our side does not trust the other one's certificate.
    Distrusted,
    /// Nobody answers.
    Unconnected,
    /// QUIT before STARTTLS.
    QuitEarly,
    /// QUIT before MAIL, behind STARTTLS.
    QuitIdle,
    /// The other side hangs up after QUIT without a reply.
    HungUp,
}

/// What becomes of STARTTLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Starttls {
    Used,
    NotOffered,
    Masked,
    NotUsed,
}

/// A session in the making.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) host: Host,
    pub(super) course: Course,
    pub(super) starttls: Starttls,
    pub(super) certificate: Option<Certificate>,
    pub(super) source: String,
    pub(super) messages: Vec<Message>,
    /// The incident of a session that fails as a whole.
    pub(super) key: Option<Key>,
    /// Whether a firewall stands between.
    pub(super) intercepted: bool,
    /// Whether the rows before the first message are missing.
    pub(super) cut: bool,
}
