//! Sessions counted into their lanes.
//!
//! In: a session and its certificate. Out: the number of its lane, which has counted it.
//! Must not keep the session.

use rustc_hash::FxHashMap;

use crate::smtp::facts::SessionFacts;
use crate::smtp::host;

use super::intern::{Interner, Name};
use super::lane::{CertificateId, Lane, LaneKey};
use super::totals::Aggregate;

/// The number of each lane.
#[derive(Debug, Default)]
pub(super) struct LaneNumbers {
    numbers: FxHashMap<LaneKey, usize>,
    domains: FxHashMap<Box<str>, Name>,
}

impl LaneNumbers {
    /// The lane that a session belongs to, not counted yet.
    pub(super) fn number(
        &mut self,
        aggregate: &mut Aggregate,
        facts: &SessionFacts,
        certificate: CertificateId,
    ) -> usize {
        let names = &mut aggregate.names;
        let key = LaneKey {
            stream: facts.stream,
            connector: names.name(facts.connector()),
            certificate,
            source: facts
                .talk
                .source_address
                .as_deref()
                .map(|address| names.name(address)),
            exchange_online: facts.talk.exchange_online,
        };
        let lanes = &mut aggregate.lanes;
        *self.numbers.entry(key).or_insert_with(|| {
            lanes.push(Lane::new(key));
            lanes.len() - 1
        })
    }

    /// Counts a session; `failed` where its TLS failed.
    pub(super) fn count(
        &mut self,
        aggregate: &mut Aggregate,
        facts: &SessionFacts,
        certificate: CertificateId,
        failed: bool,
    ) -> usize {
        let at = self.number(aggregate, facts, certificate);
        let (names, lanes) = (&mut aggregate.names, &mut aggregate.lanes);
        let lane = &mut lanes[at];
        lane.sessions += 1;
        lane.failed_sessions += u64::from(failed);
        lane.first = lane.first.earlier(facts.frame.started);
        lane.last = lane.last.later(facts.frame.ended);
        lane.accepted += u64::from(facts.talk.accepted);
        lane.rejected += u64::from(facts.talk.rejected);
        for accepted in &facts.talk.accepted_by {
            let count = u64::from(accepted.recipients);
            lane.accepted_over_time.add(accepted.time, count);
            let domain = domain_name(&mut self.domains, names, &accepted.sender_domain);
            *lane.accepted_senders.entry(domain).or_default() += count;
        }
        if lane.certificate_evidence.is_none() {
            lane.certificate_evidence = facts
                .talk
                .certificate
                .as_ref()
                .map(|offered| offered.evidence.clone());
        }
        at
    }
}

/// The name of a domain in the form in which domains compare, remembered because a few domains send
/// nearly all mail.
fn domain_name(known: &mut FxHashMap<Box<str>, Name>, names: &mut Interner, domain: &str) -> Name {
    if let Some(name) = known.get(domain) {
        return *name;
    }
    let normal = host::normalise(domain);
    let name = names.name(normal.as_deref().unwrap_or(domain));
    known.insert(domain.into(), name);
    name
}
