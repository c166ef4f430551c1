//! Which incidents queues show that no session of the logs shows, and what queues add to findings.
//!
//! In: a [`CheckContext`], the [`Queue`]s, and the codes that the logs show. Out: [`QueueIncident`]s.
//! Must not count or word anything.
//! Invariant: where the logs say more, the queues say nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::DiagnosedIncident;
use crate::causes::CAUSES;
use crate::checks::CHECKS;
use crate::diagnosis::cause::Diagnosis;
use crate::diagnosis::check_context::CheckContext;
use crate::diagnosis::finding::CheckOutput;
use crate::diagnosis::queue_context::QueueContext;
use crate::diagnosis::rule::{Confidence, RuleMeta};
use crate::diagnosis::status::State;
use crate::queue::Queue;

/// The codes of the incidents of each send connector that are not over, by its name in lower case.
pub type LoggedCauses = BTreeMap<String, BTreeSet<&'static str>>;

/// The codes of the incidents of each send connector that are not over.
pub fn logged_causes(
    context: &CheckContext<'_>,
    incidents: &[DiagnosedIncident<'_>],
) -> LoggedCauses {
    let mut codes: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    let going_on = incidents
        .iter()
        .filter(|incident| incident.status.state != State::Over);
    for incident in going_on {
        let Some((analysis, first)) = context.logs.zip(incident.occurrences.first()) else {
            continue;
        };
        let aggregate = analysis.aggregate;
        let flow = &aggregate.flows[aggregate.occurrences[*first].key.flow];
        let name = aggregate.names.text(flow.key.connector).to_lowercase();
        codes.entry(name).or_default().insert(incident.meta.code);
    }
    codes
}

/// Queues of one send connector with one cause, which no session of the logs shows.
#[derive(Debug)]
pub struct QueueIncident<'a> {
    /// The cause.
    pub meta: &'static RuleMeta,
    /// What the cause says about the queue with the most messages.
    pub diagnosis: Diagnosis,
    /// The codes of other causes that the error leaves open, in order of precedence.
    pub also: Vec<&'static str>,
    /// What stands for the send connector: its name, its Guid, or the next hop.
    pub send_connector: String,
    /// The queues, the one with the most messages first.
    pub queues: Vec<&'a Queue>,
}

/// The incidents that only queues show, in the order of send connector and code. Where the logs show the
/// cause, or any cause that is more certain, they say more than a queue can.
pub fn incidents<'a>(
    context: &'a CheckContext<'a>,
    queues: &[&'a Queue],
    logged: &LoggedCauses,
) -> Vec<QueueIncident<'a>> {
    let mut found: BTreeMap<(String, &str), QueueIncident<'a>> = BTreeMap::new();
    for queue in by_size(queues) {
        let Some((meta, diagnosis, also, connector)) =
            QueueContext::new(context, queue).and_then(|context| explain_queue(&context))
        else {
            continue;
        };
        let key = connector.to_lowercase();
        let codes = logged.get(&key);
        let is_shown = codes.is_some_and(|codes| {
            codes.contains(meta.code) || diagnosis.confidence != Confidence::High
        });
        if is_shown {
            continue;
        }
        let incident = found.entry((key, meta.code)).or_insert(QueueIncident {
            meta,
            diagnosis,
            also,
            send_connector: connector,
            queues: Vec::new(),
        });
        incident.queues.push(queue);
    }
    found.into_values().collect()
}

/// Adds to findings about send connectors what their queues show.
pub fn heed(context: &CheckContext<'_>, queues: &[&Queue], output: &mut CheckOutput) {
    let mut by_connector: BTreeMap<String, Vec<QueueContext<'_>>> = BTreeMap::new();
    for queue in by_size(queues) {
        if let Some(queue) = QueueContext::new(context, queue).filter(|queue| queue.is_online) {
            let own = by_connector.entry(queue.send_connector().to_lowercase());
            own.or_default().push(queue);
        }
    }
    if by_connector.is_empty() {
        return;
    }
    for finding in &mut output.findings {
        let own = by_connector.get(&finding.subject.to_lowercase());
        let code = finding.meta.code;
        let check = CHECKS.iter().find(|check| check.meta().code == code);
        if let Some((own, check)) = own.zip(check) {
            own.iter().any(|queue| check.heed_queue(finding, queue));
        }
    }
}

/// The queues, the one with the most messages first.
fn by_size<'a>(queues: &[&'a Queue]) -> Vec<&'a Queue> {
    let mut largest = queues.to_vec();
    largest.sort_by_key(|queue| std::cmp::Reverse(queue.message_count.value().copied()));
    largest
}

/// What explains a queue: cause, diagnosis, other causes, send connector.
type Explained = (&'static RuleMeta, Diagnosis, Vec<&'static str>, String);

/// The most certain cause of a queue's error; of equal ones, the first.
fn explain_queue(context: &QueueContext<'_>) -> Option<Explained> {
    let causes = CAUSES.iter();
    let mut holding: Vec<(&'static RuleMeta, Diagnosis)> = causes
        .filter_map(|cause| Some((cause.meta(), cause.check_queue(context)?)))
        .collect();
    let best = holding
        .iter()
        .enumerate()
        .max_by_key(|(at, (_, diagnosis))| (diagnosis.confidence, std::cmp::Reverse(*at)))
        .map(|(at, _)| at)?;
    let (meta, diagnosis) = holding.remove(best);
    let also = holding.iter().map(|(meta, _)| meta.code).collect();
    let connector = context.send_connector().to_owned();
    Some((meta, diagnosis, also, connector))
}
