//! What became of each recipient, and what each input shows of it.
//!
//! In: nothing. Out: plain types.
//! Source: the table of fates in the specification, not the program.

/// What became of a recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fate {
    Delivered,
    Bounced,
    Lost,
    Waiting,
    Expanded,
    /// In the poison queue, until an administrator acts.
    Held,
}

impl Fate {
    /// The word that the program prints.
    pub(super) fn word(self) -> &'static str {
        match self {
            Fate::Delivered => "delivered",
            Fate::Bounced => "bounced",
            Fate::Lost => "lost",
            Fate::Waiting => "waiting",
            Fate::Expanded => "expanded",
            Fate::Held => "unknown",
        }
    }
}

/// What an input shows of a recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum View {
    /// Its fate, with certainty high or medium.
    Shown,
    /// What happens by default, which is not what happened: the input cannot show the difference.
    Default(Fate),
    /// That it was sent, and not where it is, for one of these reasons.
    Unknown(&'static [&'static str]),
    /// The message, but no row names the recipient.
    Nameless,
    /// No message id, so that no session is joined with another: nothing wrong may be said.
    Apart,
    /// Nothing.
    Absent,
    /// More than nothing and less than its fate: nothing wrong may be said.
    Little,
}

impl View {
    /// What is left of it where a log is missing.
    pub(super) fn with_a_gap(&self, fate: Fate, copies: bool) -> View {
        match self {
            View::Absent => View::Absent,
            View::Default(_) | View::Nameless | View::Little => View::Little,
            // Only the row that is missing may tell them from others.
            _ if copies || fate == Fate::Lost => View::Little,
            _ => View::Apart,
        }
    }
}

/// The inputs that the program is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Input {
    /// Send logs, tracking logs, and exports of queues.
    Everything,
    SendLogs,
    TrackingLogs,
}

impl Input {
    /// Whether logs with this prefix belong to it.
    pub(super) fn has(self, prefix: &str) -> bool {
        match self {
            Input::Everything => true,
            Input::SendLogs => prefix == "SEND",
            Input::TrackingLogs => prefix != "SEND",
        }
    }
}

/// All inputs.
pub(super) const INPUTS: [Input; 3] = [Input::Everything, Input::SendLogs, Input::TrackingLogs];

/// A recipient of a message of the week.
#[derive(Debug, Clone)]
pub(super) struct Truth {
    pub(super) message: String,
    pub(super) address: String,
    /// Its sender, where another message has the same id.
    pub(super) only_from: Option<String>,
    pub(super) fate: Fate,
    /// The story that it is part of.
    pub(super) story: &'static str,
    /// By the places of [`INPUTS`].
    pub(super) views: [View; 3],
    /// Whether each input shows that Exchange Online rejected or deferred it, by the places of [`INPUTS`].
    pub(super) failed: [bool; 3],
    /// Whether a server took part that writes no message ids, so that its sessions stand apart.
    pub(super) lacks_ids: bool,
    /// Whether a second copy was sent.
    pub(super) copies: bool,
    /// The delivery reports of failure on its message that the tracking logs hold.
    pub(super) reports: Vec<String>,
    /// Whether one of them is on this recipient, and was not lost.
    pub(super) told: bool,
}
