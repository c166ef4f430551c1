//! What state an incident is in, as every report for people shows it.
//!
//! In: an incident. Out: one of a few states, and the words for it.
//! Must not decide whether an incident is over: the document says so.

use crate::language::{Language, sentences};
use crate::report::document::{Incident, IncidentState, Severity};

/// What becomes of the mail of an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It is rejected.
    Rejected,
    /// Sessions end without a reply, so that nobody gets a bounce.
    Silent,
    /// It is in a queue, and no session begins.
    Waiting,
    /// It arrives later.
    Delayed,
}

impl Outcome {
    /// What becomes of the mail of an incident, or became of it.
    pub(super) fn of(incident: &Incident) -> Outcome {
        if incident.queue.is_some() {
            Outcome::Waiting
        } else if incident.cause.severity == Severity::Info {
            Outcome::Delayed
        } else if is_silent(incident) {
            Outcome::Silent
        } else {
            Outcome::Rejected
        }
    }
}

/// Whether sessions of an incident end without a reply: nothing was replied, or only that the mail should
/// come again, and that in fewer sessions than those that ended.
fn is_silent(incident: &Incident) -> bool {
    let replies = incident.rejected.replies;
    let is_final = incident.replies.iter().any(|reply| reply.code >= 500);
    replies == 0 || (!is_final && dropped(incident) > replies)
}

/// How many sessions of an incident ended without a reply.
pub(super) fn dropped(incident: &Incident) -> u64 {
    match incident.rejected.replies {
        0 => incident.rejected.sessions,
        _ => incident.by_stream.iter().map(|row| row.dropped).sum(),
    }
}

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
        match (incident.status.state, Outcome::of(incident)) {
            (IncidentState::Over, _) => Shown::Over,
            (IncidentState::Unclear, _) => Shown::Unclear,
            (IncidentState::Ongoing, Outcome::Waiting) => Shown::Waiting,
            (IncidentState::Ongoing, Outcome::Delayed) => Shown::Delayed,
            (IncidentState::Ongoing, Outcome::Silent) => Shown::Silent,
            (IncidentState::Ongoing, Outcome::Rejected) => Shown::Rejected,
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
        en: "Silent now",
        ja: "応答なしが継続中" ["9352bcf4"],
    }
    /// The label of an incident whose mail is in a queue.
    fn waiting() {
        en: "Waiting now",
        ja: "キューで待機中" ["9f372f80"],
    }
    /// The label of an incident whose mail arrives later.
    fn delayed() {
        en: "Delayed now",
        ja: "遅延が継続中" ["938efd95"],
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::hostile_tests::hostile_incident;
    use crate::report::document::{IncidentStatus, RejectedCount, ReplyCount, StreamEffect};

    fn incident(code: u16, replies: u64, dropped: u64) -> Incident {
        let like = hostile_incident();
        let reply = ReplyCount {
            code,
            count: replies,
            ..like.replies[0].clone()
        };
        Incident {
            replies: vec![reply],
            by_stream: vec![StreamEffect {
                replies,
                dropped,
                ..like.by_stream[0].clone()
            }],
            rejected: RejectedCount {
                replies,
                sessions: replies + dropped,
                ..like.rejected
            },
            status: IncidentStatus {
                state: IncidentState::Ongoing,
                ..like.status.clone()
            },
            ..like
        }
    }

    #[test]
    fn what_most_sessions_come_to_is_the_state() {
        for (code, replies, died, state) in [
            (550, 4, 0, Shown::Rejected),
            (451, 0, 4, Shown::Silent),
            // The session that follows is told to come again: still nobody gets a bounce.
            (451, 1, 4, Shown::Silent),
            (451, 4, 1, Shown::Rejected),
            // Some senders get a bounce.
            (550, 1, 4, Shown::Rejected),
        ] {
            let incident = incident(code, replies, died);
            assert_eq!(Shown::of(&incident), state, "{code} {replies} {died}");
            assert_eq!(dropped(&incident), died);
        }
    }

    #[test]
    fn an_incident_that_is_over_keeps_its_outcome() {
        let mut past = incident(451, 1, 4);
        past.status.state = IncidentState::Over;
        assert_eq!(Shown::of(&past), Shown::Over);
        assert_eq!(Outcome::of(&past), Outcome::Silent);
    }
}
