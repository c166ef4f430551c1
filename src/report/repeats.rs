//! What the records of many sessions repeat: certificates, how TLS went, attributions. Each
//! is made once by whoever keeps these answers, a chunk's worker for example.
//!
//! In: a certificate, how TLS went, or the question of an attribution. Out: the [`Ready`] answer.
//! Must not change any record. Bounded, because a hostile log may show something new in every session.

use std::net::IpAddr;
use std::sync::Arc;

use crate::smtp::certificate::Certificate;
use crate::smtp::facts::Tls;

use super::certificate;
use super::document::CertificateInfo;
use super::ready::Ready;
use super::session_record::{AttributionRecord, TlsRecord};

/// Answers kept of one kind.
const MOST_KEPT: usize = 64;

/// The answers so far.
#[derive(Debug, Default)]
pub struct Repeats {
    certificates: Vec<(Arc<Certificate>, Ready<CertificateInfo>)>,
    attributions: Vec<(Asked, Ready<AttributionRecord>)>,
    tls: Vec<Ready<TlsRecord>>,
}

/// Everything that an attribution depends on beside the exports.
#[derive(Debug, Clone, Copy)]
pub(super) struct Question<'a> {
    /// The certificate that may have been judged by, if any is known.
    pub(super) certificate: Option<&'a Arc<Certificate>>,
    /// The log shows that none was.
    pub(super) is_absent: bool,
    /// The address that the other side saw.
    pub(super) source: Option<IpAddr>,
    /// The sender domains as logged, sorted, each once; `None` is the null sender.
    pub(super) senders: &'a [Option<&'a str>],
}

/// A question with texts of its own.
#[derive(Debug)]
struct Asked {
    certificate: Option<Arc<Certificate>>,
    is_absent: bool,
    source: Option<IpAddr>,
    senders: Vec<Option<Box<str>>>,
}

impl Asked {
    fn of(question: Question<'_>) -> Asked {
        let senders = question.senders.iter();
        Asked {
            certificate: question.certificate.cloned(),
            is_absent: question.is_absent,
            source: question.source,
            senders: senders.map(|sender| sender.map(Box::from)).collect(),
        }
    }

    fn is(&self, question: Question<'_>) -> bool {
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

/// The same certificate is mostly the same value in memory.
fn same(one: &Arc<Certificate>, other: &Arc<Certificate>) -> bool {
    Arc::ptr_eq(one, other) || one == other
}

impl Repeats {
    /// The certificate as records show it.
    pub(super) fn certificate(&mut self, shown: &Arc<Certificate>) -> Ready<CertificateInfo> {
        let known = self.certificates.iter();
        // The same certificate is mostly the same value in memory.
        let found = known.clone().find(|(known, _)| Arc::ptr_eq(known, shown));
        let found = found.or_else(|| known.clone().find(|(known, _)| known == shown));
        if let Some((_, info)) = found {
            return info.clone();
        }
        let info = Ready::new(certificate::info(shown));
        if self.certificates.len() < MOST_KEPT {
            self.certificates.push((Arc::clone(shown), info.clone()));
        }
        info
    }

    /// How TLS went, as records show it.
    pub(super) fn tls(&mut self, tls: &Tls) -> Ready<TlsRecord> {
        let is_same = |known: &&Ready<TlsRecord>| {
            (known.offered, known.requested) == (tls.offered, tls.requested)
                && known.protocol.as_deref() == tls.protocol.as_deref()
                && known.error.as_deref() == tls.error.as_deref()
        };
        if let Some(known) = self.tls.iter().find(is_same) {
            return known.clone();
        }
        let record = Ready::new(TlsRecord {
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

    /// The attribution that answers the question, made now if it was not asked before.
    pub(super) fn attribution(
        &mut self,
        question: Question<'_>,
        answer: impl FnOnce() -> AttributionRecord,
    ) -> Ready<AttributionRecord> {
        let mut known = self.attributions.iter();
        if let Some((_, known)) = known.find(|(asked, _)| asked.is(question)) {
            return known.clone();
        }
        let found = Ready::new(answer());
        if self.attributions.len() < MOST_KEPT {
            let asked = Asked::of(question);
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
    ) -> Question<'a> {
        Question {
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
        let mut repeats = Repeats::default();
        let mut ask = |question: Question<'_>, text: &str| {
            let found = repeats.attribution(question, || answer(text));
            found.trace[0].clone()
        };
        let certificates = [1, 1, 2].map(certificate);
        let a = question(&certificates[0], &[Some("a")]);
        assert_eq!(ask(a, "first"), "first");
        assert_eq!(ask(a, "again"), "first");
        let equal = Question {
            certificate: Some(&certificates[1]),
            ..a
        };
        assert_eq!(ask(equal, "equal"), "first");
        let other = Question {
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
            assert_eq!(ask(Question { senders, ..a }, name), name);
        }
        let absent = Question {
            certificate: None,
            is_absent: true,
            ..a
        };
        assert_eq!(ask(absent, "absent"), "absent");
        let unknown = Question {
            is_absent: false,
            ..absent
        };
        assert_eq!(ask(unknown, "unknown"), "unknown");
        let seen = Question {
            source: Some([192, 0, 2, 1].into()),
            ..a
        };
        assert_eq!(ask(seen, "address"), "address");
    }

    #[test]
    fn every_way_that_tls_went_is_told_from_every_other() {
        let mut repeats = Repeats::default();
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
            let found = repeats.tls(tls);
            assert_eq!(found.offered, tls.offered);
            assert_eq!(found.requested, tls.requested);
            assert_eq!(found.protocol.as_deref(), tls.protocol.as_deref());
            assert_eq!(found.error.as_deref(), tls.error.as_deref());
        }
        assert_eq!(repeats.tls.len(), 30);
    }

    #[test]
    fn what_is_kept_is_bounded_and_what_is_not_kept_is_right() {
        let mut repeats = Repeats::default();
        for serial in (0..2 * MOST_KEPT).chain(0..2 * MOST_KEPT) {
            let shown = certificate(serial);
            let info = repeats.certificate(&shown);
            assert_eq!(info.serial, Some(serial.to_string()));
            let found =
                repeats.attribution(question(&shown, &[None]), || answer(&serial.to_string()));
            assert_eq!(found.trace, [serial.to_string()]);
            let error: Arc<str> = serial.to_string().into();
            let tls = Tls {
                error: Some(Arc::clone(&error)),
                ..Tls::default()
            };
            assert_eq!(repeats.tls(&tls).error.as_deref(), Some(&*error));
        }
        assert_eq!(repeats.certificates.len(), MOST_KEPT);
        assert_eq!(repeats.attributions.len(), MOST_KEPT);
        assert_eq!(repeats.tls.len(), MOST_KEPT);
    }
}
