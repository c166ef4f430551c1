//! Sessions counted into their lanes.
//!
//! In: a session and its certificate. Out: the number of its lane, which has counted it.
//! Must not keep the session.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::smtp::facts::SessionFacts;

use super::domains::Domains;
use super::lane::{CertificateId, Lane, LaneKey};
use super::tally::{TallyCertificate, TallyLane};
use super::totals::Aggregate;

/// The number of each lane.
#[derive(Debug, Default)]
pub(super) struct LaneNumbers {
    numbers: FxHashMap<LaneKey, usize>,
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

    /// Adds the sessions that a worker has counted in a lane; gives its number.
    pub(super) fn add(
        &mut self,
        aggregate: &mut Aggregate,
        domains: &mut Domains,
        stream: usize,
        certificate: CertificateId,
        tally: &TallyLane,
    ) -> usize {
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
        lane.rejected += tally.rejected;
        lane.accepted_over_time.merge(&tally.accepted_over_time);
        let mut senders: Vec<(&Arc<str>, &u64)> = tally.accepted_senders.iter().collect();
        senders.sort();
        for (domain, count) in senders {
            let domain = domains.name(names, domain);
            *lane.accepted_senders.entry(domain).or_default() += count;
        }
        if let TallyCertificate::Known(offered) = &tally.certificate {
            lane.show(offered);
        }
        at
    }

    /// Counts a session; `failed` where its TLS failed.
    pub(super) fn count(
        &mut self,
        aggregate: &mut Aggregate,
        domains: &mut Domains,
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
            let domain = domains.name(names, &accepted.sender_domain);
            *lane.accepted_senders.entry(domain).or_default() += count;
        }
        if let Some(offered) = &facts.talk.certificate {
            lane.show(offered);
        }
        at
    }
}
