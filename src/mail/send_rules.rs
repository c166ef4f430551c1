//! What send protocol logs say of a message: rules 2, 4, 11, 12, 13 and 14 of the table of fates.
//!
//! In: a [`Case`]. Out: a [`Fate`] if the rule holds.
//! Must not look at other inputs.
//! Source: RFC 5321 (4xx is tried again, 5xx is final), "Message retry, resubmit, and expiration
//! intervals" (Microsoft Learn).

use super::attempt::{Outcome, Taker};
use super::case::{Case, Try};
use super::coverage::LONGEST_PAUSE;
use super::fate::{Certainty, Fate, Reason, Source, Verdict};
use crate::input::timestamp::Timestamp;

fn fate(verdict: Verdict, certainty: Certainty, one: &Try<'_>) -> Fate {
    Fate::new(verdict, certainty, Source::SendLog, one.time()).saying(one.tried.reply.as_deref())
}

fn unknown(reason: Reason, one: &Try<'_>) -> Fate {
    Fate::unknown(reason, Source::SendLog, one.time()).saying(one.tried.reply.as_deref())
}

fn is_taken_outside(one: &&Try<'_>) -> bool {
    one.outcome() == Outcome::Taken && one.attempt.taker == Taker::Outside
}

/// Rule 2: a later attempt, on any server, was taken by a host outside.
pub(super) fn taken_later(case: &Case<'_>) -> Option<Fate> {
    let after = case.last_failure();
    let mut taken = case.tries.iter().rev().filter(is_taken_outside);
    let taken = taken.find(|one| one.time() >= after)?;
    Some(fate(Verdict::Delivered, Certainty::High, taken).by(host(taken).as_deref()))
}

/// Rule 4: it was taken before it was rejected, so that the rejection is that of a second copy.
pub(super) fn taken_before(case: &Case<'_>) -> Option<Fate> {
    let taken = case.tries.iter().rev().find(is_taken_outside)?;
    let fate = fate(Verdict::Delivered, Certainty::Medium, taken);
    Some(fate.by(host(taken).as_deref()).because(Reason::SecondCopy))
}

/// Rule 11: a server of the organisation took it over, and no log shows what that server did.
pub(super) fn moved(case: &Case<'_>) -> Option<Fate> {
    let last = case.last()?;
    if last.outcome() != Outcome::Taken {
        return None;
    }
    Some(unknown(Reason::MovedTo, &last).by(host(&last).as_deref()))
}

/// Rule 12: the last reply is final.
pub(super) fn given_up(case: &Case<'_>) -> Option<Fate> {
    let last = case.last()?;
    if last.outcome() != Outcome::Refused {
        return None;
    }
    if last.is_nameless() && !case.is_alone {
        return Some(unknown(Reason::NoRecipient, &last));
    }
    if case
        .sources
        .coverage
        .has_error_policies(&last.attempt.connector)
    {
        return Some(unknown(Reason::ErrorPolicy, &last));
    }
    if case.is_journal_report() {
        // Unless JournalingReportNdrTo is set, no reply is final.
        let fate = fate(Verdict::Waiting, Certainty::Low, &last);
        return Some(fate.because(Reason::JournalReport));
    }
    let Some(is_silent) = case.is_silent() else {
        return Some(unknown(Reason::NoSender, &last));
    };
    Some(ended(
        is_silent,
        case,
        fate(Verdict::Bounced, Certainty::Medium, &last),
    ))
}

/// The fate where Exchange gave up. Without an id, a later delivery would not have been found.
fn ended(is_silent: bool, case: &Case<'_>, fate: Fate) -> Fate {
    let verdict = if is_silent {
        Verdict::Lost
    } else {
        Verdict::Bounced
    };
    let fate = Fate { verdict, ..fate };
    if case.has_id {
        return fate;
    }
    let certainty = Certainty::Low;
    Fate { certainty, ..fate }.because(Reason::NoId)
}

/// Rule 13: the last reply asks to try again, or there was none.
pub(super) fn tried_again(case: &Case<'_>) -> Option<Fate> {
    let last = case.last()?;
    if !matches!(last.outcome(), Outcome::Deferred | Outcome::Broken) {
        return None;
    }
    if !case.has_id {
        return Some(unknown(Reason::NoId, &last));
    }
    let stream = case.sources.coverage.stream(last.attempt.stream);
    if stream.has_gap_after(last.time()) {
        return Some(unknown(Reason::Gap, &last));
    }
    let expires = later_by(case.first_time(), case.sources.coverage.expiry);
    // Only what is tried to the end is known to have waited to the end.
    let tried_to_the_end = later_by(last.time(), LONGEST_PAUSE) >= expires;
    if expires.is_known() && expires <= stream.last && tried_to_the_end {
        let Some(is_silent) = case.is_silent() else {
            return Some(unknown(Reason::NoSender, &last));
        };
        let fate = fate(Verdict::Bounced, Certainty::Medium, &last);
        let time = expires;
        return Some(ended(is_silent, case, Fate { time, ..fate }));
    }
    if later_by(last.time(), LONGEST_PAUSE) >= stream.last {
        let fate = fate(Verdict::Waiting, Certainty::Medium, &last);
        return Some(Fate { expires, ..fate });
    }
    Some(unknown(Reason::NoLongerTried, &last))
}

/// Rule 14: the rows that would show it are not in the input.
pub(super) fn unseen(case: &Case<'_>) -> Option<Fate> {
    let last = case.last()?;
    Some(unknown(Reason::LogEnds, &last))
}

fn later_by(time: Timestamp, millis: i64) -> Timestamp {
    match time.known() {
        Some(time) => Timestamp::from_millis(time.millis().saturating_add(millis)),
        None => time,
    }
}

/// The host that took the message: as it names itself in the reply, else its address.
fn host(one: &Try<'_>) -> Option<String> {
    let reply = one.tried.reply.as_deref().unwrap_or_default();
    let named = reply.split_once("Hostname=").map(|(_, rest)| {
        let end = rest.find([']', ',', ' ']).unwrap_or(rest.len());
        rest[..end].to_owned()
    });
    let remote = || {
        let (address, _) = one.attempt.remote.rsplit_once(':')?;
        Some(address.trim_matches(['[', ']']).to_owned())
    };
    named
        .filter(|name| !name.is_empty())
        .or_else(remote)
        .filter(|host| !host.is_empty())
}

#[cfg(test)]
#[path = "send_rules_tests.rs"]
mod tests;
