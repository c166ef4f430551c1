//! Makes the record of a message for `sendlens messages`.
//!
//! In: the [`Traces`] of a followed message, its decided fates, and where its rows are. Out: a [`MessageRecord`].
//! Must not decide fates: [`crate::mail`] does.

use crate::input::log_list::LogList;
use crate::mail::attempt::{Attempt, Outcome, Tried};
use crate::mail::case::{Case, Sources, Traces};
use crate::mail::decide;
use crate::mail::fate::{Fate, Verdict};
use crate::mail::tracked::Step;
use crate::onprem::SendConnector;
use crate::smtp::reply::{self, RejectionReply};
use crate::tracking::Event;

use super::document::Incident;
use super::message_record::{
    AttemptRecipient, AttemptRecord, MessageRecord, NdrRecord, RecipientRecord,
};

/// What a record needs besides the message.
pub struct Context<'a> {
    /// The log files, by whose numbers attempts name their places.
    pub logs: &'a LogList,
    /// How far the input reaches, and what is known besides the attempts.
    pub sources: Sources<'a>,
    /// The incidents of the same input.
    pub incidents: &'a [Incident],
    /// Whether an attempt went to Exchange Online.
    pub goes_online: &'a (dyn Fn(&Attempt) -> bool + Sync),
    /// The exported send connectors.
    pub send_connectors: &'a [SendConnector],
}

/// What is said of one recipient of a message.
#[derive(Debug)]
pub struct Judged<'a> {
    /// The recipient and its attempts.
    pub case: Case<'a>,
    /// What became of it.
    pub fate: Fate,
    /// Whether Exchange Online rejected or deferred it at least once.
    pub failed: bool,
}

/// The recipients of a message that Exchange Online was asked to take, with their fates.
pub fn judge<'a>(traces: Traces<'a>, context: &Context<'a>) -> Vec<Judged<'a>> {
    let mut judged = Vec::new();
    for case in Case::all(traces) {
        let tries = || {
            let tries = case.tries.iter();
            tries.filter(|one| (context.goes_online)(one.attempt))
        };
        let steps = || case.steps.iter().filter(|step| step.goes_online);
        let waits = case
            .queued
            .iter()
            .any(|one| one.goes_online(context.send_connectors));
        if tries().next().is_none() && steps().next().is_none() && !waits {
            continue;
        }
        let is_failure = |step: &Step| matches!(step.event(), Event::Fail | Event::Defer);
        let failed = tries().any(|one| one.outcome().is_failure())
            || steps().any(|step| is_failure(step))
            || waits;
        let fate = decide::fate(&case);
        judged.push(Judged { case, fate, failed });
    }
    judged
}

/// The record of a message with these recipients.
pub fn record(traces: Traces<'_>, judged: &[Judged<'_>], context: &Context<'_>) -> MessageRecord {
    let message = traces.message;
    let attempts = &message.attempts;
    let verdicts = judged.iter().map(|one| one.fate.verdict);
    let (first, last) = traces.period();
    MessageRecord {
        kind: "message",
        message_id: message_id(traces),
        sender: traces.sender().map(shown_sender),
        first: first.rfc3339(),
        last: last.rfc3339(),
        fate: decide::common(verdicts).map_or(PARTLY, Verdict::as_str),
        recipients: judged.iter().map(recipient).collect(),
        attempts: attempts
            .iter()
            .map(|attempt| self::attempt(attempt, context))
            .collect(),
        attempts_left_out: message.left_out,
        incident: incident(attempts, context).map(str::to_owned),
        subject: subject(traces),
    }
}

/// The message id as the input writes it.
fn message_id(traces: Traces<'_>) -> Option<String> {
    let message = traces.message;
    let logged = message.attempts.iter().find_map(|one| one.id.as_deref());
    let tracked = || {
        let mut steps = traces.steps();
        steps.find_map(|step| step.step.entry.message_id())
    };
    if let Some(written) = logged.or_else(tracked) {
        return Some(written.to_owned());
    }
    let mut queued = traces
        .sources
        .queued
        .of_message(message.id.as_ref()?)
        .iter();
    let queued = queued.find_map(|one| one.message.message_id.value()?.as_deref());
    queued.map(|id| format!("<{}>", id.trim_matches(['<', '>'])))
}

/// The subject, where it was asked for and a tracking log has it.
fn subject(traces: Traces<'_>) -> Option<String> {
    let mut subjects = traces.steps().filter_map(|step| step.step.entry.subject());
    subjects.find(|text| !text.is_empty()).map(str::to_owned)
}

/// The recipients differ.
const PARTLY: &str = "partly";

/// The null sender as people know it.
pub fn shown_sender(sender: &str) -> String {
    match sender {
        "" => "<>".to_owned(),
        sender => sender.to_owned(),
    }
}

fn recipient(judged: &Judged<'_>) -> RecipientRecord {
    let fate = &judged.fate;
    let is_known = fate.verdict != Verdict::Unknown;
    RecipientRecord {
        address: judged.case.address.map(str::to_owned),
        fate: fate.verdict.as_str(),
        certainty: is_known.then(|| fate.certainty.as_str()),
        time: fate.time.rfc3339(),
        reply: fate.reply.clone(),
        source: fate.source.as_str(),
        ndr: fate.report.as_ref().map(|report| NdrRecord {
            message_id: report.message_id.clone(),
            time: report.time.rfc3339(),
            arrived: report.arrived,
        }),
        reason: fate.reason.map(|reason| reason.as_str()),
        host: fate.host.clone(),
        expires: fate.expires.rfc3339(),
    }
}

fn attempt(attempt: &Attempt, context: &Context<'_>) -> AttemptRecord {
    let (file, line) = attempt.place.in_file();
    let recipients = &attempt.recipients;
    let first = recipients.first().map(|tried| tried.outcome);
    let same = recipients.iter().all(|tried| Some(tried.outcome) == first);
    let rejected = |tried: &&Tried| tried.outcome.is_failure() && tried.reply.is_some();
    let replying = recipients
        .iter()
        .find(rejected)
        .or_else(|| recipients.iter().find(|tried| tried.reply.is_some()));
    let outcome = |tried: &Tried| AttemptRecipient {
        address: tried.address.as_deref().map(str::to_owned),
        outcome: tried.outcome.as_str(),
    };
    AttemptRecord {
        time: attempt.time.rfc3339(),
        stream: context.logs.streams[attempt.stream].name.clone(),
        send_connector: attempt.connector.to_string(),
        session_id: attempt.session.to_string(),
        exchange_online: (context.goes_online)(attempt),
        outcome: match first {
            Some(first) if same => first.as_str(),
            _ => PARTLY,
        },
        reply: replying
            .and_then(|tried| tried.reply.as_deref())
            .map(str::to_owned),
        recipients: (!same).then(|| recipients.iter().map(outcome).collect()),
        file: context.logs.files[file].name.clone(),
        line,
    }
}

/// The incident of the first rejection for which exactly one fits.
fn incident<'a>(attempts: &[Attempt], context: &Context<'a>) -> Option<&'a str> {
    attempts.iter().find_map(|attempt| {
        let mut rejected = attempt.recipients.iter();
        rejected.find_map(|tried| incident_of(attempt, tried, context))
    })
}

/// The incident to which one rejection belongs, if exactly one fits.
fn incident_of<'a>(attempt: &Attempt, tried: &Tried, context: &Context<'a>) -> Option<&'a str> {
    if !matches!(tried.outcome, Outcome::Refused | Outcome::Deferred) {
        return None;
    }
    let line = reply::parse(tried.reply.as_deref()?.as_bytes())?;
    let said = RejectionReply::new(line.code, line.text);
    let enhanced = said.enhanced.map(|enhanced| enhanced.to_string());
    let stream = &context.logs.streams[attempt.stream].name;
    let time = tried.time.rfc3339();
    let mut fitting = context.incidents.iter().filter(|incident| {
        incident.send_connector == *attempt.connector
            && incident.streams.contains(stream)
            // Times of one form compare as texts.
            && incident.first <= time
            && time <= incident.last
            && incident.replies.iter().any(|reply| {
                reply.code == said.code
                    && reply.enhanced == enhanced
                    && reply.text == said.sentence()
            })
    });
    let incident = fitting.next()?;
    fitting.next().is_none().then_some(incident.id.as_str())
}
