//! The parts of an incident in the document: state, counts, replies and timeline.
//!
//! In: nothing. Out: the types. The order of their fields is the order in the output.
//! Must not contain anything that the output does not need.

use schemars::JsonSchema;
use serde::Serialize;

use crate::diagnosis::rule::FailingStep;
use crate::diagnosis::status::State;

/// Whether an incident is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct IncidentStatus {
    /// `ongoing`, `unclear` or `over`.
    pub state: IncidentState,
    /// The first failure of an incident that is ongoing, the last one of an incident that is over.
    /// It is `null` if the state is unclear.
    pub since: Option<String>,
    /// The number of recipients accepted on the same send connector and servers after the last
    /// rejection.
    pub accepted_after: u64,
}

/// The state of an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum IncidentState {
    /// The input ends while it goes on.
    Ongoing,
    /// The input does not show whether it is over.
    Unclear,
    /// What was accepted later, or a later state of the queue, shows that it is over.
    Over,
}

impl From<State> for IncidentState {
    fn from(state: State) -> IncidentState {
        match state {
            State::Ongoing => IncidentState::Ongoing,
            State::Unclear => IncidentState::Unclear,
            State::Over => IncidentState::Over,
        }
    }
}

impl IncidentState {
    /// The word used in output.
    pub fn as_str(self) -> &'static str {
        match self {
            IncidentState::Ongoing => "ongoing",
            IncidentState::Unclear => "unclear",
            IncidentState::Over => "over",
        }
    }
}

/// What became of the messages of an incident. Each message is counted once, by the worst fate among its
/// rejected recipients. [`crate::report::message_record::MessageRecord`] has each of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct MailCount {
    /// The number of different messages.
    pub messages: u64,
    /// Those that your server gave up, and the sender is told.
    pub bounced: u64,
    /// Those that Exchange Online, or another host outside, took all the same.
    pub delivered_later: u64,
    /// Those that your server gave up, and nobody is told.
    pub lost: u64,
    /// Those that wait.
    pub waiting: u64,
    /// Those of which the input does not show it.
    pub unknown: u64,
    /// The number of different senders.
    pub senders: u64,
    /// The number of different rejected recipients.
    pub recipients: u64,
}

/// How much was rejected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RejectedCount {
    /// The number of replies that rejected mail.
    pub replies: u64,
    /// The number of different messages.
    pub messages: u64,
    /// The number of different sessions, including failed ones.
    pub sessions: u64,
    /// The number of different senders. The empty one (`<>`) is one of them. It is `null` if there are
    /// too many to tell apart, or if only queues show the incident.
    pub senders: Option<u64>,
}

/// What an incident is on one stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StreamEffect {
    /// The stream.
    pub stream: String,
    /// The number of replies that rejected mail.
    pub replies: u64,
    /// The number of failures without a reply: TLS failed, the session was dropped, or no connection
    /// came about.
    pub dropped: u64,
    /// The number of different senders. It is `null` if there are too many to tell apart.
    pub senders: Option<u64>,
    /// The number of recipients that were accepted on the same send connector and stream meanwhile.
    pub accepted: u64,
    /// The time of the first rejection or failure.
    pub first: Option<String>,
    /// The time of the last one.
    pub last: Option<String>,
}

/// A step on the way of the mail, and the names that were compared there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Failing {
    /// The step.
    pub step: FailingStep,
    /// The names or addresses that were offered. Empty if none were compared.
    pub offered: Vec<String>,
    /// Those that were expected. Empty if none were compared, or if nothing is expected.
    pub expected: Vec<String>,
}

/// A reply and how often it was received.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ReplyCount {
    /// The SMTP reply code, such as 550.
    pub code: u16,
    /// The enhanced status code, such as 5.7.64.
    pub enhanced: Option<String>,
    /// The ATTR number in the text, if there is one.
    pub attr: Option<String>,
    /// The text of the reply, without the host, time and session id in brackets.
    pub text: String,
    /// How often it was received.
    pub count: u64,
}

/// A period of a timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Bucket {
    /// The start of the period.
    pub start: String,
    /// The number of accepted recipients.
    pub accepted: u64,
    /// The number of rejections and failures.
    pub rejected: u64,
}
