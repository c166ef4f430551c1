//! What state an incident is in, as every report for people shows it.
//!
//! In: an incident. Out: one of a few states, and the words for it.
//! Must not decide whether an incident is over: the document says so.

use crate::language::{Language, sentences};
use crate::report::document::{Incident, IncidentState, Severity};

/// The state of an incident, in the order in which incidents are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Shown {
    /// Mail is rejected now.
    Rejected,
    /// Sessions end without a reply, so that nobody gets a bounce.
    Silent,
    /// Mail is in a queue, and no session begins.
    Waiting,
    /// Mail arrives later.
    Delayed,
    /// The logs do not show whether it is over.
    Unclear,
    /// It is over.
    Over,
}

impl Shown {
    /// The state of an incident.
    pub(super) fn of(incident: &Incident) -> Shown {
        match incident.status.state {
            IncidentState::Over => Shown::Over,
            IncidentState::Unclear => Shown::Unclear,
            IncidentState::Ongoing if incident.queue.is_some() => Shown::Waiting,
            IncidentState::Ongoing if incident.cause.severity == Severity::Info => Shown::Delayed,
            IncidentState::Ongoing if incident.rejected.replies == 0 => Shown::Silent,
            IncidentState::Ongoing => Shown::Rejected,
        }
    }

    /// Whether it goes on.
    pub(super) fn is_open(self) -> bool {
        !matches!(self, Shown::Unclear | Shown::Over)
    }

    /// The words on its label.
    pub(super) fn label(self, language: Language) -> String {
        match self {
            Shown::Rejected => rejected_now(language),
            Shown::Silent => silent(language),
            Shown::Waiting => waiting(language),
            Shown::Delayed => delayed(language),
            Shown::Unclear => unclear(language),
            Shown::Over => over(language),
        }
    }
}

sentences! {
    /// The label of an incident whose mail is rejected now.
    fn rejected_now() {
        en: "Rejected now",
        ja: "拒否が継続中" ["eee2e0f7"],
    }
    /// The label of an incident whose sessions end without a reply.
    fn silent() {
        en: "Silent",
        ja: "応答なし" ["d8bf2c24"],
    }
    /// The label of an incident whose mail is in a queue.
    fn waiting() {
        en: "Waiting",
        ja: "キューで待機中" ["c9450e48"],
    }
    /// The label of an incident whose mail arrives later.
    fn delayed() {
        en: "Delayed",
        ja: "遅延" ["356b9df9"],
    }
    /// The label of an incident that may be over.
    fn unclear() {
        en: "Unclear",
        ja: "不明確" ["ac0aed03"],
    }
    /// The label of an incident that is over.
    fn over() {
        en: "Over",
        ja: "解消済み" ["b224312f"],
    }
}
