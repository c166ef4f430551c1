//! What message tracking logs say of a message: rules 1, 3, 5, 6, 7, 8, 10 and 11 of the table of fates,
//! and rule 4 for them.
//!
//! In: a [`Case`]. Out: a [`Fate`] if the rule holds.
//! Must not count rows about shadow copies.
//! Source: "Message tracking" (Microsoft Learn) for the meaning of events.

use super::attempt::{Outcome, Taker};
use super::case::Case;
use super::fate::{Certainty, DeliveryReport, Fate, Reason, Source, Verdict};
use super::message_id::MessageId;
use super::tracked::{Report, Step, short_name};
use crate::input::timestamp::Timestamp;
use crate::tracking::context::Resubmission;
use crate::tracking::{Event, Origin, StatusKind};

fn fate(verdict: Verdict, certainty: Certainty, step: &Step) -> Fate {
    let reply = step.step.status.text.as_deref();
    Fate::new(verdict, certainty, Source::MessageTracking, step.time()).saying(reply)
}

fn unknown(reason: Reason, step: &Step) -> Fate {
    Fate::unknown(reason, Source::MessageTracking, step.time())
        .saying(step.step.status.text.as_deref())
}

/// The latest step with one of these events.
fn last_of<'a>(case: &Case<'a>, events: &[Event]) -> Option<&'a Step> {
    let mut steps = case.steps.iter().rev();
    steps.find(|step| events.contains(step.event())).copied()
}

fn by_host(fate: Fate, step: &Step) -> Fate {
    let entry = &step.step.entry;
    let host = entry.next_hop().or(entry.next_hop_address());
    let reply = entry.data_reply().or(fate.reply.as_deref());
    let reply = reply.map(str::to_owned);
    fate.by(host).saying(reply.as_deref())
}

/// Rule 1: a host outside took it, after the last rejection.
pub(super) fn sent_later(case: &Case<'_>) -> Option<Fate> {
    let after = case.last_failure();
    let mut steps = case.steps.iter().rev();
    let step = steps.find(|step| step.is_taken_outside() && step.time() >= after)?;
    Some(by_host(
        fate(Verdict::Delivered, Certainty::High, step),
        step,
    ))
}

/// Rule 3: it reached a local mailbox.
pub(super) fn in_mailbox(case: &Case<'_>) -> Option<Fate> {
    let after = case.last_failure();
    let step = last_of(case, &[Event::Deliver, Event::DuplicateDeliver])?;
    (step.time() >= after).then(|| fate(Verdict::Delivered, Certainty::High, step))
}

/// Rule 4: a host outside took it, or a mailbox has it, before the rejection, which is that of a second
/// copy. Copies of one message have one network message id.
pub(super) fn sent_before(case: &Case<'_>) -> Option<Fate> {
    let is_end = |step: &&&Step| {
        step.is_taken_outside() || matches!(step.event(), Event::Deliver | Event::DuplicateDeliver)
    };
    let step = case.steps.iter().rev().find(is_end)?;
    let mut networks = case
        .steps
        .iter()
        .filter_map(|step| step.step.entry.network_id());
    let first = networks.next();
    if networks.any(|other| Some(other) != first) {
        return None;
    }
    let fate = fate(Verdict::Delivered, Certainty::Medium, step);
    Some(by_host(fate, step).because(Reason::SecondCopy))
}

/// Rules 5 and 6: Exchange gave up.
pub(super) fn failed(case: &Case<'_>) -> Option<Fate> {
    let step = last_of(case, &[Event::Fail])?;
    let fate = match step.step.entry.reference() {
        Some(reference) => reported(case, step, reference),
        None => failed_without_report(case, step),
    };
    // The rows about the first copy are missing, and Safety Net holds what was delivered once.
    let certainty = match copy_of(case, step) {
        Some(Resubmission::SafetyNet) => Certainty::Low,
        Some(_) => fate.certainty.min(Certainty::Medium),
        None => fate.certainty,
    };
    let fate = Fate { certainty, ..fate };
    Some(match case.is_journal_report() {
        true => fate.because(Reason::JournalReport),
        false => fate,
    })
}

/// Why another copy of the message was sent before a row, if one was.
fn copy_of(case: &Case<'_>, step: &Step) -> Option<Resubmission> {
    let before = case.steps.iter().filter(|one| one.time() <= step.time());
    let reasons = before.filter_map(|one| {
        let entry = &one.step.entry;
        let by_event = match (&entry.event, &entry.origin) {
            (Event::Resubmit, Origin::SafetyNet) => Some(Resubmission::SafetyNet),
            (Event::Resubmit, _) => Some(Resubmission::Other),
            _ => None,
        };
        entry.resubmitted.or(by_event)
    });
    let mut reasons: Vec<Resubmission> = reasons.collect();
    reasons.sort_by_key(|reason| *reason != Resubmission::SafetyNet);
    reasons.first().copied()
}

/// Rule 5: the row names the report to the sender, which is followed.
fn reported(case: &Case<'_>, step: &Step, reference: &str) -> Fate {
    let report = MessageId::of(reference);
    let known = case.reports().iter().find(|one| one.id == report);
    let time = known.map_or(step.time(), |report| report.time);
    told(case, step, report.as_ref(), Some(reference), time)
}

/// The sender is told by a report, if it was not lost itself.
fn told(
    case: &Case<'_>,
    step: &Step,
    report: Option<&MessageId>,
    shown: Option<&str>,
    time: Timestamp,
) -> Fate {
    let steps = report.map_or(&[][..], |id| case.sources.tracked.steps(id));
    let has = |events: &[Event]| steps.iter().any(|step| events.contains(step.event()));
    let arrived =
        has(&[Event::Deliver, Event::DuplicateDeliver]) || steps.iter().any(Step::is_taken_outside);
    if !arrived && has(&[Event::Fail, Event::Drop, Event::BadMail]) {
        return fate(Verdict::Lost, Certainty::High, step);
    }
    let report = DeliveryReport {
        message_id: shown.map(str::to_owned),
        time,
        arrived,
    };
    Fate {
        report: Some(report),
        ..fate(Verdict::Bounced, Certainty::High, step)
    }
}

/// A report is made at once.
const MINUTE: i64 = 60_000;

/// Rule 6: the row names no report.
fn failed_without_report(case: &Case<'_>, step: &Step) -> Fate {
    let entry = &step.step.entry;
    if entry.null_return_path || case.is_silent() == Some(true) {
        return fate(Verdict::Lost, Certainty::High, step);
    }
    if entry.origin == Origin::Admin || step.step.status.kind == StatusKind::Removed {
        return fate(Verdict::Lost, Certainty::Medium, step).because(Reason::Removed);
    }
    let is_of_this = |report: &&Report| {
        let after = report.time.since(step.time());
        report.is_failure != Some(false) && after.is_some_and(|after| after.abs() <= MINUTE)
    };
    match case.reports().iter().find(is_of_this) {
        Some(report) => told(
            case,
            step,
            report.id.as_ref(),
            report.text.as_deref(),
            report.time,
        ),
        None => fate(Verdict::Bounced, Certainty::Medium, step),
    }
}

/// Rule 7: it is gone without a notice.
pub(super) fn dropped(case: &Case<'_>) -> Option<Fate> {
    if case.expansion().is_some() {
        return None;
    }
    if let Some(step) = last_of(case, &[Event::Drop, Event::BadMail]) {
        return Some(fate(Verdict::Lost, Certainty::High, step));
    }
    let step = last_of(case, &[Event::Suppressed])?;
    Some(fate(Verdict::Lost, Certainty::Low, step))
}

/// Rule 8: it was a group.
pub(super) fn expanded(case: &Case<'_>) -> Option<Fate> {
    let step = case.expansion()?;
    Some(fate(Verdict::Expanded, Certainty::High, step))
}

/// Whether a step says where the message is. Others only remark on it.
fn is_move(step: &Step) -> bool {
    !step.event().is_shadow()
        && !matches!(
            step.event(),
            Event::AgentInfo
                | Event::RecipientInfo
                | Event::InitMessageCreated
                | Event::ModeratorApprove
                | Event::ModeratorReject
                | Event::ModeratorsAllNdr
                | Event::ModerationExpire
                | Event::Process
                | Event::ProcessMeetingMessage
                | Event::NotifyMapi
                | Event::NotifyShadow
                | Event::ClientSubmission
                | Event::ResubmitFail
                | Event::Dsn
                | Event::Other(_)
        )
}

/// Clocks of two servers differ by no more, in milliseconds.
const CLOCKS: i64 = 5 * MINUTE;

/// The row that says where the message is now. A server notes that another one of the organisation took a
/// message after that one has noted that it came in. So the row of the sender is followed there, where the
/// log of that server is in the input.
fn last_move<'a>(case: &Case<'a>) -> Option<&'a Step> {
    let mut moves = case.steps.iter().rev().filter(|step| is_move(step));
    let last = *moves.next()?;
    let hop = last.step.entry.next_hop().unwrap_or_default();
    if *last.event() != Event::Send || !case.sources.tracked.is_server(hop) {
        return Some(last);
    }
    let hop = short_name(hop);
    let is_there = |step: &&&Step| {
        let server = step.step.entry.server.as_deref().unwrap_or_default();
        let before = last.time().since(step.time());
        short_name(server) == hop && before.is_some_and(|before| before <= CLOCKS)
    };
    Some(moves.find(is_there).map_or(last, |there| *there))
}

/// Whether the send logs show something that is newer than a row. The session in which a server of the
/// organisation took the message is not: the row may be the one with which it came in there.
fn has_newer_attempt(case: &Case<'_>, step: &Step) -> bool {
    case.last().is_some_and(|last| {
        let after = last.time().since(step.time()).unwrap_or(0);
        let moves = last.outcome() == Outcome::Taken && last.attempt.taker != Taker::Outside;
        after > if moves { CLOCKS } else { 0 }
    })
}

/// Rule 10: the last row says that it is still alive.
pub(super) fn alive(case: &Case<'_>) -> Option<Fate> {
    let step = last_move(case)?;
    let is_alive = matches!(
        step.event(),
        Event::Defer
            | Event::Receive
            | Event::Transfer
            | Event::Resolve
            | Event::Load
            | Event::Resubmit
            | Event::ResubmitDefer
            | Event::Throttle
            | Event::Submit
            | Event::Redirect
    );
    // What a send log says later than this row is newer.
    if !is_alive || case.has_final_reply() || has_newer_attempt(case, step) {
        return None;
    }
    let log = case.sources.tracked.coverage_of(step);
    if !log.last.is_known() {
        return None;
    }
    if log.has_gap_after(step.time()) {
        return Some(unknown(Reason::Gap, step));
    }
    let entered = case.entered();
    let expires = match entered.known() {
        Some(entered) => Timestamp::from_millis(
            entered
                .millis()
                .saturating_add(case.sources.coverage.expiry),
        ),
        None => entered,
    };
    if expires > log.last {
        let fate = fate(Verdict::Waiting, Certainty::Medium, step);
        return Some(Fate { expires, ..fate });
    }
    Some(unknown(Reason::NoFinalRow, step))
}

/// The message is in or out of the poison queue: the row does not say which.
pub(super) fn poisonous(case: &Case<'_>) -> Option<Fate> {
    let step = last_move(case)?;
    let is_last = *step.event() == Event::PoisonMessage && !has_newer_attempt(case, step);
    is_last.then(|| unknown(Reason::Held, step))
}

/// Rule 11: the last row hands it to a server of the organisation, whose log is not in the input or does
/// not show it.
pub(super) fn moved(case: &Case<'_>) -> Option<Fate> {
    let step = last_move(case)?;
    if *step.event() != Event::Send || has_newer_attempt(case, step) {
        return None;
    }
    let fate = unknown(Reason::MovedTo, step);
    let host = step.step.entry.next_hop();
    Some(fate.by(host.or(step.step.entry.next_hop_address())))
}

/// The report that told the sender although the message was delivered: two copies.
pub(super) fn report_beside(case: &Case<'_>) -> Option<DeliveryReport> {
    let step = last_of(case, &[Event::Fail])?;
    let reference = step.step.entry.reference()?;
    reported(case, step, reference).report
}

#[cfg(test)]
#[path = "tracking_rules_tests.rs"]
mod tests;
