//! Sessions counted into their lanes.
//!
//! In: a session and its certificate. Out: the number of its lane, which has counted it.
//! Must not keep the session.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::smtp::facts::SessionFacts;
use crate::smtp::host;

use super::intern::{Interner, Name};
use super::lane::{CertificateId, Lane, LaneKey};
use super::tally::{TallyCertificate, TallyLane};
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
        self.of_key(&mut aggregate.lanes, key)
    }

    fn of_key(&mut self, lanes: &mut Vec<Lane>, key: LaneKey) -> usize {
        *self.numbers.entry(key).or_insert_with(|| {
            lanes.push(Lane::new(key));
            lanes.len() - 1
        })
    }

    /// The domain of a sender; the empty name where it has none.
    pub(super) fn sender_domain(&mut self, names: &mut Interner, sender: &str) -> Name {
        match sender.rsplit_once('@') {
            Some((_, domain)) => domain_name(&mut self.domains, names, domain),
            None => names.name(""),
        }
    }

    /// Adds the routine sessions of a lane.
    pub(super) fn add(
        &mut self,
        aggregate: &mut Aggregate,
        stream: usize,
        certificate: CertificateId,
        tally: TallyLane,
    ) {
        let names = &mut aggregate.names;
        let key = LaneKey {
            stream,
            connector: names.name(&tally.connector),
            certificate,
            source: tally.source.as_deref().map(|address| names.name(address)),
            exchange_online: tally.exchange_online,
        };
        let at = self.of_key(&mut aggregate.lanes, key);
        let (names, lane) = (&mut aggregate.names, &mut aggregate.lanes[at]);
        lane.sessions += tally.sessions;
        lane.first = lane.first.earlier(tally.first);
        lane.last = lane.last.later(tally.last);
        lane.accepted += tally.accepted;
        lane.accepted_over_time.merge(&tally.accepted_over_time);
        let mut senders: Vec<(Arc<str>, u64)> = tally.accepted_senders.into_iter().collect();
        senders.sort();
        for (domain, count) in senders {
            let domain = domain_name(&mut self.domains, names, &domain);
            *lane.accepted_senders.entry(domain).or_default() += count;
        }
        if let TallyCertificate::Known(offered) = &tally.certificate {
            lane.show(offered);
        }
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
        if let Some(offered) = &facts.talk.certificate {
            lane.show(offered);
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
    let name = names.name(&host::domain(domain).unwrap_or_default());
    known.insert(domain.into(), name);
    name
}
