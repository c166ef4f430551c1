//! Parts of all sessions become one.
//!
//! In: two [`Aggregate`]s. Out: the [`Aggregate`] of both, and the same one with numbers that
//! follow the content.
//! Invariant: the result is the same in any order and from any parts, except for the numbers.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::mem::replace;

use super::buckets::Buckets;
use super::collect::Aggregate;
use super::failure::Failure;
use super::flow::{CertificateId, FlowKey, Flows, StreamConnector};
use super::intern::Name;
use super::occurrence::{Kind, OccurrenceKey, SenderKind, TlsState};

/// What the numbers of one part are in another.
struct Translation {
    /// The stream that stands for the only one of the part; `None` if streams keep their numbers.
    stream: Option<usize>,
    names: Vec<Name>,
    certificates: Vec<u32>,
    flows: Vec<usize>,
    earlier: Vec<usize>,
}

impl Aggregate {
    /// Adds what was counted elsewhere.
    pub fn merge(&mut self, part: Aggregate) {
        self.absorb(part, None);
        self.limit_rows();
    }

    /// Adds what was counted of one stream, and gives it to the stream with this index.
    pub(super) fn merge_stream(&mut self, mut part: Aggregate, stream: usize) {
        part.halves.move_to(stream);
        self.absorb(part, Some(stream));
        self.limit_rows();
    }

    fn absorb(&mut self, part: Aggregate, stream: Option<usize>) {
        let translation = self.translation(&part, stream);
        self.sessions += part.sessions;
        self.sessions_left_out += part.sessions_left_out;
        self.exchange_online_sessions += part.exchange_online_sessions;
        for (stream, sessions) in &part.sessions_by_stream {
            let known = self.sessions_by_stream.entry(translation.stream(*stream));
            *known.or_default() += sessions;
        }
        for (stream, activity) in &part.activity {
            let known = self.activity.entry(translation.stream(*stream));
            known.or_default().merge(activity);
        }
        self.long_sessions.rejections += part.long_sessions.rejections;
        self.long_sessions.accepted += part.long_sessions.accepted;
        for (at, flow) in translation.flows.iter().zip(part.flows.list()) {
            let name = |name| translation.name(name);
            self.flows.flow(*at).merge(flow, name);
        }
        for (at, flow) in translation.earlier.iter().zip(part.earlier.list()) {
            let name = |name| translation.name(name);
            self.earlier.flow(*at).merge(flow, name);
        }
        let moments = &self.limits.moments;
        for (sender, failures) in &part.failures {
            let known = self.failures.entry(translation.sender(*sender));
            let known = known.or_insert_with(|| Buckets::new(moments));
            known.merge(failures, |failure| translation.failure(failure));
        }
        let retries = add_moments(&mut self.retries, part.retries, &translation);
        let drops = add_moments(&mut self.drops, part.drops, &translation);
        if retries || drops {
            self.coarsen_moments();
        }
        let (flows, retries, drops) = (&self.flows, &self.retries, &self.drops);
        self.occurrences.merge(part.occurrences, |one| {
            let key = &mut one.occurrence.key;
            *key = translation.occurrence(key);
            let flow = flows.list()[key.flow].key;
            one.coarsen((flow.stream, flow.connector), retries, drops);
        });
        self.halves.merge(part.halves);
    }

    /// Keeps less once far too many occurrences keep rows, or have senders of far too many domains.
    pub(super) fn limit_rows(&mut self) {
        if self.occurrences.has_many_rows() || self.occurrences.has_many_senders() {
            let all = replace(self, Aggregate::new(self.limits));
            *self = all.sorted();
            self.occurrences.limit_senders();
            self.occurrences.limit_rows();
        }
    }

    /// The same with numbers that follow the content: of names, certificates and flows.
    pub(super) fn sorted(self) -> Aggregate {
        self.sorted_as(None)
    }

    /// The same, and if a stream is given, everything is of that one.
    pub(super) fn sorted_as(mut self, stream: Option<usize>) -> Aggregate {
        if let Some(stream) = stream {
            self.halves.move_to(stream);
        }
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
            stream,
            names: names.map(|text| sorted.names.name(text)).collect(),
            certificates: sorted.certificate_numbers(&self),
            flows: Vec::new(),
            earlier: Vec::new(),
        };
        for (from, to) in [
            (&self.flows, &mut sorted.flows),
            (&self.earlier, &mut sorted.earlier),
        ] {
            let keys = from.list().iter().map(|flow| translation.flow(&flow.key));
            let mut keys: Vec<FlowKey> = keys.collect();
            keys.sort_unstable();
            for key in keys {
                to.number(key);
            }
        }
        sorted.absorb(self, stream);
        sorted
    }

    fn translation(&mut self, part: &Aggregate, stream: Option<usize>) -> Translation {
        let names = part.names.texts().iter();
        let mut translation = Translation {
            stream,
            names: names.map(|text| self.names.name(text)).collect(),
            certificates: self.certificate_numbers(part),
            flows: Vec::new(),
            earlier: Vec::new(),
        };
        translation.flows = flow_numbers(&mut self.flows, &part.flows, &translation);
        translation.earlier = flow_numbers(&mut self.earlier, &part.earlier, &translation);
        translation
    }

    fn certificate_numbers(&mut self, part: &Aggregate) -> Vec<u32> {
        let certificates = part.certificates.list().iter();
        certificates
            .map(|certificate| self.certificates.number(certificate))
            .collect()
    }
}

/// The numbers that flows of a part have here.
fn flow_numbers(known: &mut Flows, part: &Flows, translation: &Translation) -> Vec<usize> {
    let flows = part.list().iter();
    flows
        .map(|flow| known.number(translation.flow(&flow.key)))
        .collect()
}

/// Adds times of a part. Returns whether any buckets became longer.
fn add_moments(
    known: &mut BTreeMap<StreamConnector, Buckets<()>>,
    part: BTreeMap<StreamConnector, Buckets<()>>,
    translation: &Translation,
) -> bool {
    let mut coarser = false;
    for (sender, moments) in part {
        match known.entry(translation.sender(sender)) {
            Entry::Vacant(room) => drop(room.insert(moments)),
            Entry::Occupied(mut known) => {
                let step = known.get().step();
                known.get_mut().merge(&moments, |()| ());
                coarser |= known.get().step() > step;
            }
        }
    }
    coarser
}

impl Translation {
    fn stream(&self, stream: usize) -> usize {
        self.stream.unwrap_or(stream)
    }

    fn sender(&self, (stream, connector): StreamConnector) -> StreamConnector {
        (self.stream(stream), self.name(connector))
    }

    fn name(&self, name: Name) -> Name {
        self.names[name.index()]
    }

    fn flow(&self, key: &FlowKey) -> FlowKey {
        FlowKey {
            stream: self.stream(key.stream),
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
            distrust: tls.distrust.map(|error| self.name(error)),
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
                other => other,
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
