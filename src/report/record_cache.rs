//! The parts that many records repeat: certificates, TLS results and attributions. Each worker has a
//! cache and makes each part once.
//!
//! In: a certificate, a TLS result, or everything that decides an attribution. Out: the
//! [`Preserialized`] part of the record.
//! Must not change a record. The cache is bounded, because a hostile log can show something new in
//! every session.

use std::net::IpAddr;
use std::sync::Arc;

use super::certificate;
use super::document::CertificateInfo;
use super::preserialized::Preserialized;
use super::session_record::{AttributionRecord, TlsRecord};
use crate::smtp::certificate::Certificate;
use crate::smtp::facts::Tls;

/// How many parts of one kind are kept.
const MOST_KEPT: usize = 64;

/// The parts made so far.
#[derive(Debug, Default)]
pub struct RecordCache {
    certificates: Vec<(Arc<Certificate>, Preserialized<CertificateInfo>)>,
    attributions: Vec<(OwnedQuery, Preserialized<AttributionRecord>)>,
    tls: Vec<Preserialized<TlsRecord>>,
}

/// Everything besides the exports that decides an attribution.
#[derive(Debug, Clone, Copy)]
pub(super) struct AttributionQuery<'a> {
    /// The certificate that Exchange Online may have used, if one is known.
    pub(super) certificate: Option<&'a Arc<Certificate>>,
    /// Whether the log shows that no certificate was offered.
    pub(super) is_absent: bool,
    /// Your address as the other side saw it.
    pub(super) source: Option<IpAddr>,
    /// The sender domains as logged, sorted, each once; `None` is the null sender.
    pub(super) senders: &'a [Option<&'a str>],
}

/// A query that owns its texts.
#[derive(Debug)]
struct OwnedQuery {
    certificate: Option<Arc<Certificate>>,
    is_absent: bool,
    source: Option<IpAddr>,
    senders: Vec<Option<Box<str>>>,
}

impl OwnedQuery {
    fn of(question: AttributionQuery<'_>) -> OwnedQuery {
        let senders = question.senders.iter();
        OwnedQuery {
            certificate: question.certificate.cloned(),
            is_absent: question.is_absent,
            source: question.source,
            senders: senders.map(|sender| sender.map(Box::from)).collect(),
        }
    }

    fn is(&self, question: AttributionQuery<'_>) -> bool {
        let same_certificate = match (&self.certificate, question.certificate) {
            (Some(one), Some(other)) => same(one, other),
            (None, None) => true,
            _ => false,
        };
        same_certificate
            && (self.is_absent, self.source) == (question.is_absent, question.source)
            && self.senders.len() == question.senders.len()
            && self
                .senders
                .iter()
                .zip(question.senders)
                .all(|(one, other)| one.as_deref() == *other)
    }
}

/// Whether two certificates are equal. Equal ones are usually the same value in memory.
fn same(one: &Arc<Certificate>, other: &Arc<Certificate>) -> bool {
    Arc::ptr_eq(one, other) || one == other
}

impl RecordCache {
    /// The certificate as records show it.
    pub(super) fn certificate(
        &mut self,
        shown: &Arc<Certificate>,
    ) -> Preserialized<CertificateInfo> {
        let known = self.certificates.iter();
        // Equal certificates are usually the same value in memory.
        let found = known.clone().find(|(known, _)| Arc::ptr_eq(known, shown));
        let found = found.or_else(|| known.clone().find(|(known, _)| known == shown));
        if let Some((_, info)) = found {
            return info.clone();
        }
        let info = Preserialized::new(certificate::info(shown));
        if self.certificates.len() < MOST_KEPT {
            self.certificates.push((Arc::clone(shown), info.clone()));
        }
        info
    }

    /// The TLS result as records show it.
    pub(super) fn tls(&mut self, tls: &Tls) -> Preserialized<TlsRecord> {
        let is_same = |known: &&Preserialized<TlsRecord>| {
            (known.offered, known.requested) == (tls.offered, tls.requested)
                && known.protocol.as_deref() == tls.protocol.as_deref()
                && known.error.as_deref() == tls.error.as_deref()
        };
        if let Some(known) = self.tls.iter().find(is_same) {
            return known.clone();
        }
        let record = Preserialized::new(TlsRecord {
            offered: tls.offered,
            requested: tls.requested,
            protocol: tls.protocol.as_deref().map(str::to_owned),
            error: tls.error.as_deref().map(str::to_owned),
        });
        if self.tls.len() < MOST_KEPT {
            self.tls.push(record.clone());
        }
        record
    }

    /// The attribution for the query. `answer` makes it if the cache does not have it.
    pub(super) fn attribution(
        &mut self,
        question: AttributionQuery<'_>,
        answer: impl FnOnce() -> AttributionRecord,
    ) -> Preserialized<AttributionRecord> {
        let mut known = self.attributions.iter();
        if let Some((_, known)) = known.find(|(asked, _)| asked.is(question)) {
            return known.clone();
        }
        let found = Preserialized::new(answer());
        if self.attributions.len() < MOST_KEPT {
            let asked = OwnedQuery::of(question);
            self.attributions.push((asked, found.clone()));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribution::simulation::Outcome;

    fn certificate(serial: usize) -> Arc<Certificate> {
        Arc::new(Certificate {
            serial: Some(serial.to_string()),
            ..Certificate::default()
        })
    }

    fn question<'a>(
        certificate: &'a Arc<Certificate>,
        senders: &'a [Option<&'a str>],
    ) -> AttributionQuery<'a> {
        AttributionQuery {
            certificate: Some(certificate),
            is_absent: false,
            source: None,
            senders,
        }
    }

    fn answer(text: &str) -> AttributionRecord {
        AttributionRecord {
            outcome: Outcome::Uncertain,
            by: None,
            tenant: None,
            inbound_connector: None,
            trace: vec![text.to_owned()],
        }
    }

    #[test]
    fn the_same_question_is_answered_once_and_another_one_anew() {
        let mut cache = RecordCache::default();
        let mut ask = |question: AttributionQuery<'_>, text: &str| {
            let found = cache.attribution(question, || answer(text));
            found.trace[0].clone()
        };
        let certificates = [1, 1, 2].map(certificate);
        let a = question(&certificates[0], &[Some("a")]);
        assert_eq!(ask(a, "first"), "first");
        assert_eq!(ask(a, "again"), "first");
        let equal = AttributionQuery {
            certificate: Some(&certificates[1]),
            ..a
        };
        assert_eq!(ask(equal, "equal"), "first");
        let other = AttributionQuery {
            certificate: Some(&certificates[2]),
            ..a
        };
        assert_eq!(ask(other, "other"), "other");
        for (senders, name) in [
            (&[None][..], "null"),
            (&[], "nobody"),
            (&[None, Some("a")], "both"),
            (&[Some("ab")], "longer"),
        ] {
            assert_eq!(ask(AttributionQuery { senders, ..a }, name), name);
        }
        let absent = AttributionQuery {
            certificate: None,
            is_absent: true,
            ..a
        };
        assert_eq!(ask(absent, "absent"), "absent");
        let unknown = AttributionQuery {
            is_absent: false,
            ..absent
        };
        assert_eq!(ask(unknown, "unknown"), "unknown");
        let seen = AttributionQuery {
            source: Some([192, 0, 2, 1].into()),
            ..a
        };
        assert_eq!(ask(seen, "address"), "address");
    }

    #[test]
    fn every_way_that_tls_went_is_told_from_every_other() {
        let mut cache = RecordCache::default();
        let mut ways = Vec::new();
        for offered in [None, Some(false), Some(true)] {
            for requested in [false, true] {
                for word in [None, Some("one"), Some("two")] {
                    let word: Option<Arc<str>> = word.map(Arc::from);
                    let plain = Tls {
                        offered,
                        requested,
                        ..Tls::default()
                    };
                    ways.push(Tls {
                        protocol: word.clone(),
                        ..plain.clone()
                    });
                    ways.push(Tls {
                        error: word,
                        ..plain
                    });
                }
            }
        }
        for tls in ways.iter().chain(&ways) {
            let found = cache.tls(tls);
            assert_eq!(found.offered, tls.offered);
            assert_eq!(found.requested, tls.requested);
            assert_eq!(found.protocol.as_deref(), tls.protocol.as_deref());
            assert_eq!(found.error.as_deref(), tls.error.as_deref());
        }
        assert_eq!(cache.tls.len(), 30);
    }

    #[test]
    fn what_is_kept_is_bounded_and_what_is_not_kept_is_right() {
        let mut cache = RecordCache::default();
        for serial in (0..2 * MOST_KEPT).chain(0..2 * MOST_KEPT) {
            let shown = certificate(serial);
            let info = cache.certificate(&shown);
            assert_eq!(info.serial, Some(serial.to_string()));
            let found =
                cache.attribution(question(&shown, &[None]), || answer(&serial.to_string()));
            assert_eq!(found.trace, [serial.to_string()]);
            let error: Arc<str> = serial.to_string().into();
            let tls = Tls {
                error: Some(Arc::clone(&error)),
                ..Tls::default()
            };
            assert_eq!(cache.tls(&tls).error.as_deref(), Some(&*error));
        }
        assert_eq!(cache.certificates.len(), MOST_KEPT);
        assert_eq!(cache.attributions.len(), MOST_KEPT);
        assert_eq!(cache.tls.len(), MOST_KEPT);
    }
}
