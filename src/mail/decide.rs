//! The table of fates: the first rule that holds decides.
//!
//! In: a [`Case`]. Out: its [`Fate`], and one word for all recipients of a message.
//! Must not hold the rules: each is a function in a module beside this one.
//! Invariant: the later and more direct input wins. A host outside that took the message comes before a
//! row that gives it up, that before a queue, and that before what follows from a send log alone.

use super::case::Case;
use super::fate::{Fate, Reason, Source, Verdict};
use super::send_rules;

/// A rule: a fate, if it holds.
type Rule = fn(&Case<'_>) -> Option<Fate>;

/// The rules, the strongest first.
const RULES: [Rule; 6] = [
    send_rules::taken_later,
    send_rules::taken_before,
    send_rules::moved,
    send_rules::given_up,
    send_rules::tried_again,
    send_rules::unseen,
];

/// The fate of one recipient.
pub fn fate(case: &Case<'_>) -> Fate {
    let mut rules = RULES.iter();
    rules
        .find_map(|rule| rule(case))
        .unwrap_or_else(|| Fate::unknown(Reason::LogEnds, Source::SendLog, case.last_time()))
}

/// The verdict that all recipients share; `None` if they differ.
pub fn common(fates: &[Fate]) -> Option<Verdict> {
    let first = fates.first()?.verdict;
    fates
        .iter()
        .all(|fate| fate.verdict == first)
        .then_some(first)
}
