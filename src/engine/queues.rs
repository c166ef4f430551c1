//! Which incidents queues show that no session of the logs shows, and what queues add to findings.
//!
//! In: a [`CheckContext`], the [`Queue`]s, what is known of the time after them, and the codes that the
//! logs show. Out: [`QueueIncident`]s.
//! Must not count anything.
//! Invariant: where the logs say more, the queues say nothing.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::{DiagnosedIncident, add_sentence, if_it_comes_back, recipients};
use crate::causes::CAUSES;
use crate::checks::CHECKS;
use crate::diagnosis::cause::Diagnosis;
use crate::diagnosis::check_context::CheckContext;
use crate::diagnosis::finding::CheckOutput;
use crate::diagnosis::fix::Fix;
use crate::diagnosis::queue_context::{QueueContext, text_of};
use crate::diagnosis::queue_status::{Later, Proof, QueueStatus};
use crate::diagnosis::rule::{Confidence, RuleMeta};
use crate::diagnosis::status::State;
use crate::language::sentences;
use crate::queue::Queue;

/// The codes of the incidents of each send connector, and whether all of them are over, by its name in
/// lower case.
pub type LoggedCauses = BTreeMap<String, BTreeMap<&'static str, State>>;

/// The codes of the incidents of each send connector. Of several with one code, the state is that of the
/// one that goes on.
pub fn logged_causes(
    context: &CheckContext<'_>,
    incidents: &[DiagnosedIncident<'_>],
) -> LoggedCauses {
    let mut codes = LoggedCauses::new();
    for incident in incidents {
        let Some((analysis, first)) = context.logs.zip(incident.occurrences.first()) else {
            continue;
        };
        let aggregate = analysis.aggregate;
        let flow = &aggregate.flows[aggregate.occurrences[*first].key.flow];
        let name = aggregate.names.text(flow.key.connector).to_lowercase();
        let state = incident.status.state;
        let known = codes.entry(name).or_default();
        let known = known.entry(incident.meta.code).or_insert(state);
        *known = state.min(*known);
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
    /// Whether it goes on.
    pub status: QueueStatus,
    /// The queues in that state, the one with the most messages first.
    pub queues: Vec<&'a Queue>,
}

/// The incidents that only queues show, in the order of send connector and code. Where the logs show the
/// cause, or any cause that is more certain, they say more than a queue can.
pub fn incidents<'a>(
    context: &'a CheckContext<'a>,
    queues: &[&'a Queue],
    later: &Later<'_>,
    logged: &LoggedCauses,
) -> Vec<QueueIncident<'a>> {
    let mut found: BTreeMap<(String, &str), QueueIncident<'a>> = BTreeMap::new();
    for queue in in_order(context, queues, later) {
        let Some((meta, diagnosis, also)) = explain_queue(&queue) else {
            continue;
        };
        if queue.is_brief() && diagnosis.confidence != Confidence::High {
            continue;
        }
        let connector = queue.send_connector().to_owned();
        let key = connector.to_lowercase();
        let state = queue.status.state;
        let codes = logged.get(&key).into_iter().flatten();
        // What is over in the log may go on in the queue.
        let mut shown = codes.filter(|(_, logged)| **logged != State::Over || state == State::Over);
        if shown.any(|(code, _)| *code == meta.code || diagnosis.confidence != Confidence::High) {
            continue;
        }
        let incident = found
            .entry((key, meta.code))
            .or_insert_with(|| QueueIncident {
                meta,
                diagnosis: in_state(meta, diagnosis, &queue),
                also,
                send_connector: connector,
                status: queue.status,
                queues: Vec::new(),
            });
        let is_known = |known: &&Queue| known.identity.is_same(&queue.queue.identity);
        if incident.status.state == state && !incident.queues.iter().any(is_known) {
            incident.queues.push(queue.queue);
        }
    }
    found.into_values().collect()
}

/// Adds to findings about send connectors what their queues show.
pub fn heed(
    context: &CheckContext<'_>,
    queues: &[&Queue],
    later: &Later<'_>,
    output: &mut CheckOutput,
) {
    let mut by_connector: BTreeMap<String, Vec<QueueContext<'_>>> = BTreeMap::new();
    for queue in in_order(context, queues, later) {
        if queue.is_online && queue.status.state != State::Over {
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

/// The queues with an error: those that go on first, then by the number of messages. Of those that are
/// over, the latest is first.
fn in_order<'a>(
    context: &'a CheckContext<'a>,
    queues: &[&'a Queue],
    later: &Later<'_>,
) -> Vec<QueueContext<'a>> {
    let queues = queues.iter();
    let mut found: Vec<QueueContext<'a>> = queues
        .filter_map(|queue| QueueContext::new(context, later, queue))
        .collect();
    found.sort_by_key(|one| {
        let is_past = one.status.state != State::Ongoing;
        let time = is_past.then(|| one.queue.as_of.time());
        let count = one.queue.message_count.value().copied();
        (one.status.state, Reverse(time), Reverse(count))
    });
    found
}

/// What a cause says about a queue, with what the exports do not show, and in the state in which it is.
fn in_state(meta: &RuleMeta, mut diagnosis: Diagnosis, queue: &QueueContext<'_>) -> Diagnosis {
    let language = queue.checks.language;
    if let Some(sentence) = queue.nameless() {
        add_sentence(language, &mut diagnosis, &sentence);
    }
    let Some(proof) = queue.status.proof else {
        return diagnosis;
    };
    let since = match proof {
        Proof::Recovered(time) => recovered(language, &text_of(time)),
        Proof::Gone(time) => gone(language, &text_of(time)),
        Proof::OtherError(time) => other_error(language, &text_of(time)),
        Proof::Accepted(number) => accepted(language, &recipients(language, number)),
    };
    add_sentence(language, &mut diagnosis, &is_over(language, &since));
    let step = no_fix_needed(language, &since);
    let step = language.together(&[step, if_it_comes_back(language, meta.code)]);
    diagnosis.fix = std::iter::once(Fix::step(&step))
        .chain(diagnosis.afterwards.clone())
        .collect();
    diagnosis
}

/// What explains a queue: cause, diagnosis, other causes.
type Explained = (&'static RuleMeta, Diagnosis, Vec<&'static str>);

/// The most certain cause of a queue's error; of equal ones, the first.
fn explain_queue(context: &QueueContext<'_>) -> Option<Explained> {
    let causes = CAUSES.iter();
    let mut holding: Vec<(&'static RuleMeta, Diagnosis)> = causes
        .filter_map(|cause| Some((cause.meta(), cause.check_queue(context)?)))
        .collect();
    let best = holding
        .iter()
        .enumerate()
        .max_by_key(|(at, (_, diagnosis))| (diagnosis.confidence, Reverse(*at)))
        .map(|(at, _)| at)?;
    let (meta, diagnosis) = holding.remove(best);
    let also = holding.iter().map(|(meta, _)| meta.code).collect();
    Some((meta, diagnosis, also))
}

sentences! {
    /// The queue became empty, or has no error any more.
    fn recovered(time: &str) {
        en: "at {time}, the queue held no mail or showed no error any more",
        ja: "{time} の時点で、キューにメールがないか、エラーが表示されなくなっていました" ["15bd8cd1"],
    }
    /// The queue is gone.
    fn gone(time: &str) {
        en: "at {time}, the queue did not exist any more",
        ja: "{time} の時点で、キューは存在しなくなっていました" ["25dcf65d"],
    }
    /// The queue has another error.
    fn other_error(time: &str) {
        en: "at {time}, the queue showed another error",
        ja: "{time} の時点で、キューには別のエラーが表示されていました" ["dcd29076"],
    }
    /// The send connector delivered mail later.
    fn accepted(recipients: &str) {
        en: "Exchange Online has accepted {recipients} over the send connector since then",
        ja: "その後、Exchange Online はこの送信コネクタから{recipients}宛てのメールを受け入れています" ["5701dcfb"],
    }
    /// What shows that the incident is over.
    fn is_over(proof: &str) {
        en: "It is over: {proof}.",
        ja: "解消済みです。{proof}。" ["fb275b2a"],
    }
    /// The first step of an incident that is over.
    fn no_fix_needed(proof: &str) {
        en: "No fix is needed any more: {proof}.",
        ja: "現在は対処の必要はありません。{proof}。" ["b140816b"],
    }
}
