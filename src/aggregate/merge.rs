//! Parts of all sessions become one.
//!
//! In: two [`Aggregate`]s. Out: the [`Aggregate`] of both, and the same one with numbers that
//! follow the content.
//! Invariant: the result is the same in any order and from any parts, except for the numbers.

use std::collections::btree_map::Entry;
use std::mem::replace;

use super::buckets::Buckets;
use super::collect::Aggregate;
use super::failure::Failure;
use super::flow::{CertificateId, FlowKey};
use super::intern::Name;
use super::occurrence::{Kind, OccurrenceKey, SenderKind, TlsState};

/// What the numbers of one part are in another.
struct Translation {
    names: Vec<Name>,
    certificates: Vec<u32>,
    flows: Vec<usize>,
}

impl Aggregate {
    /// Adds what was counted elsewhere.
    pub fn merge(&mut self, part: Aggregate) {
        self.absorb(part);
        self.limit_rows();
    }

    fn absorb(&mut self, part: Aggregate) {
        self.sessions += part.sessions;
        self.sessions_left_out += part.sessions_left_out;
        self.exchange_online_sessions += part.exchange_online_sessions;
        for (stream, sessions) in &part.sessions_by_stream {
            *self.sessions_by_stream.entry(*stream).or_default() += sessions;
        }
        for (stream, activity) in &part.activity {
            self.activity.entry(*stream).or_default().merge(activity);
        }
        let translation = self.translation(&part);
        for (at, flow) in translation.flows.iter().zip(part.flows.list()) {
            let name = |name| translation.name(name);
            self.flows.flow(*at).merge(flow, name);
        }
        let moments = &self.limits.moments;
        for ((stream, connector), failures) in &part.failures {
            let known = self.failures.entry((*stream, translation.name(*connector)));
            let known = known.or_insert_with(|| Buckets::new(moments));
            known.merge(failures, |failure| translation.failure(failure));
        }
        let mut coarser = false;
        for ((stream, connector), retries) in part.retries {
            match self.retries.entry((stream, translation.name(connector))) {
                Entry::Vacant(room) => drop(room.insert(retries)),
                Entry::Occupied(mut known) => {
                    let step = known.get().step();
                    known.get_mut().merge(&retries, |()| ());
                    coarser |= known.get().step() > step;
                }
            }
        }
        if coarser {
            self.coarsen_retries();
        }
        let (flows, retries) = (&self.flows, &self.retries);
        self.occurrences.merge(part.occurrences, |one| {
            let key = &mut one.occurrence.key;
            *key = translation.occurrence(key);
            let flow = flows.list()[key.flow].key;
            let retries = retries.get(&(flow.stream, flow.connector));
            if let (Some(start), Some(retries)) = (&mut one.retry, retries) {
                *start = retries.start(*start);
            }
        });
        self.halves.merge(part.halves);
    }

    /// Drops rows once far too many occurrences keep some.
    pub(super) fn limit_rows(&mut self) {
        if self.occurrences.has_many_rows() {
            let all = replace(self, Aggregate::new(self.limits));
            *self = all.sorted();
            self.occurrences.limit_rows();
        }
    }

    /// The same with numbers that follow the content: of names, certificates and flows.
    pub(super) fn sorted(self) -> Aggregate {
        let mut sorted = Aggregate::new(self.limits);
        let mut texts: Vec<_> = self.names.texts().iter().collect();
        texts.sort_unstable();
        for text in texts {
            sorted.names.name(text);
        }
        for certificate in self.certificates.sorted() {
            sorted.certificates.number(certificate);
        }
        let names = self.names.texts().iter();
        let translation = Translation {
            names: names.map(|text| sorted.names.name(text)).collect(),
            certificates: sorted.certificate_numbers(&self),
            flows: Vec::new(),
        };
        let keys = self
            .flows
            .list()
            .iter()
            .map(|flow| translation.flow(&flow.key));
        let mut keys: Vec<FlowKey> = keys.collect();
        keys.sort_unstable();
        for key in keys {
            sorted.flows.number(key);
        }
        sorted.absorb(self);
        sorted
    }

    fn translation(&mut self, part: &Aggregate) -> Translation {
        let names = part.names.texts().iter();
        let mut translation = Translation {
            names: names.map(|text| self.names.name(text)).collect(),
            certificates: self.certificate_numbers(part),
            flows: Vec::new(),
        };
        let flows = part.flows.list().iter();
        let flows = flows.map(|flow| self.flows.number(translation.flow(&flow.key)));
        let flows = flows.collect();
        translation.flows = flows;
        translation
    }

    fn certificate_numbers(&mut self, part: &Aggregate) -> Vec<u32> {
        let certificates = part.certificates.list().iter();
        certificates
            .map(|certificate| self.certificates.number(certificate))
            .collect()
    }
}

impl Translation {
    fn name(&self, name: Name) -> Name {
        self.names[name.index()]
    }

    fn flow(&self, key: &FlowKey) -> FlowKey {
        FlowKey {
            connector: self.name(key.connector),
            certificate: match key.certificate {
                CertificateId::Known(number) => {
                    CertificateId::Known(self.certificates[number as usize])
                }
                other => other,
            },
            source: key.source.map(|source| self.name(source)),
            ..*key
        }
    }

    fn tls(&self, tls: &TlsState) -> TlsState {
        TlsState {
            error: tls.error.map(|error| self.name(error)),
            remote_issuer: tls.remote_issuer.map(|issuer| self.name(issuer)),
            ..*tls
        }
    }

    fn failure(&self, failure: &Failure) -> Failure {
        Failure {
            flow: self.flows[failure.flow],
            tls: self.tls(&failure.tls),
            ..failure.clone()
        }
    }

    fn occurrence(&self, key: &OccurrenceKey) -> OccurrenceKey {
        OccurrenceKey {
            flow: self.flows[key.flow],
            kind: match key.kind {
                Kind::Reply {
                    code,
                    enhanced,
                    attr,
                    sentence,
                    class,
                } => Kind::Reply {
                    code,
                    enhanced,
                    attr: attr.map(|attr| self.name(attr)),
                    sentence: self.name(sentence),
                    class,
                },
                Kind::TlsFailure => Kind::TlsFailure,
            },
            sender: match key.sender {
                SenderKind::Domain(domain) => SenderKind::Domain(self.name(domain)),
                other => other,
            },
            tls: self.tls(&key.tls),
            ..*key
        }
    }
}
