//! The table of fates: the first rule that holds decides.
//!
//! In: a [`Case`]. Out: its [`Fate`], and one word for all recipients of a message.
//! Must not hold the rules: each is a function in a module beside this one.
//! Invariant: the later and more direct input wins. A host outside that took the message comes before a
//! row that gives it up, that before a queue, and that before what follows from a send log alone.

use super::case::Case;
use super::fate::{Fate, Reason, Source, Verdict};
use super::{queue_rules, send_rules, tracking_rules};

/// A rule: a fate, if it holds.
type Rule = fn(&Case<'_>) -> Option<Fate>;

/// The rules, the strongest first, each with its number in the table.
const RULES: [(u8, Rule); 16] = [
    (1, tracking_rules::sent_later),
    (2, send_rules::taken_later),
    (3, tracking_rules::in_mailbox),
    (4, tracking_rules::sent_before),
    (4, send_rules::taken_before),
    (5, tracking_rules::failed),
    (7, tracking_rules::dropped),
    (8, tracking_rules::expanded),
    (9, queue_rules::waiting),
    (9, tracking_rules::poisonous),
    (10, tracking_rules::alive),
    (11, tracking_rules::moved),
    (11, send_rules::moved),
    (12, send_rules::given_up),
    (13, send_rules::tried_again),
    (14, send_rules::unseen),
];

/// The fate of one recipient.
pub fn fate(case: &Case<'_>) -> Fate {
    let found = RULES.iter().find_map(|(_, rule)| rule(case));
    match found {
        // Two copies: it was delivered, and the sender was told that it was not.
        Some(fate) if fate.verdict == Verdict::Delivered => {
            match tracking_rules::report_beside(case) {
                Some(report) => Fate {
                    report: Some(report),
                    ..fate.because(Reason::SecondCopy)
                },
                None => fate,
            }
        }
        Some(fate) => fate,
        None => nothing_fits(case),
    }
}

/// The input names the message, and nothing of it says where it is.
fn nothing_fits(case: &Case<'_>) -> Fate {
    match case.steps.last() {
        Some(step) => Fate::unknown(Reason::NoFinalRow, Source::MessageTracking, step.time()),
        None if !case.queued.is_empty() => {
            Fate::unknown(Reason::NoFinalRow, Source::Queue, case.last_time())
        }
        None => Fate::unknown(Reason::LogEnds, Source::SendLog, case.last_time()),
    }
}

/// The verdict that all recipients share; `None` if they differ.
pub fn common(mut verdicts: impl Iterator<Item = Verdict>) -> Option<Verdict> {
    let first = verdicts.next()?;
    verdicts.all(|verdict| verdict == first).then_some(first)
}
