//! What the records of many sessions repeat: certificates, and what the exports make of them. Each
//! is made once.
//!
//! In: a certificate, or the question of an attribution. Out: the [`Ready`] answer.
//! Must not change any record. Bounded, because a hostile log may show something new in every session.

use std::net::IpAddr;
use std::sync::Arc;

use crate::smtp::certificate::Certificate;

use super::certificate;
use super::document::CertificateInfo;
use super::ready::Ready;
use super::session::AttributionRecord;

/// Answers kept of one kind.
const MOST_KEPT: usize = 64;

/// The answers so far.
#[derive(Debug, Default)]
pub struct Repeats {
    certificates: Vec<(Arc<Certificate>, Ready<CertificateInfo>)>,
    attributions: Vec<(Question, Ready<AttributionRecord>)>,
}

/// Everything that an attribution depends on beside the exports.
#[derive(Debug)]
pub(super) struct Question {
    /// The certificate that may have been judged by, if any is known.
    pub(super) certificate: Option<Arc<Certificate>>,
    /// The log shows that none was.
    pub(super) is_absent: bool,
    /// The address that the other side saw.
    pub(super) source: Option<IpAddr>,
    /// The sender domains as logged, sorted; `None` is the null sender.
    pub(super) senders: Vec<Option<Box<str>>>,
}

impl PartialEq for Question {
    fn eq(&self, other: &Question) -> bool {
        let same_certificate = match (&self.certificate, &other.certificate) {
            (Some(one), Some(other)) => same(one, other),
            (None, None) => true,
            _ => false,
        };
        same_certificate
            && (self.is_absent, self.source) == (other.is_absent, other.source)
            && self.senders == other.senders
    }
}

/// The same certificate is mostly the same value in memory.
fn same(one: &Arc<Certificate>, other: &Arc<Certificate>) -> bool {
    Arc::ptr_eq(one, other) || one == other
}

impl Repeats {
    /// The certificate as records show it.
    pub(super) fn certificate(&mut self, shown: &Arc<Certificate>) -> Ready<CertificateInfo> {
        if let Some((_, info)) = self
            .certificates
            .iter()
            .find(|(known, _)| same(known, shown))
        {
            return info.clone();
        }
        let info = Ready::new(certificate::info(shown));
        if self.certificates.len() < MOST_KEPT {
            self.certificates.push((Arc::clone(shown), info.clone()));
        }
        info
    }

    /// The attribution that answers the question, made now if it was not asked before.
    pub(super) fn attribution(
        &mut self,
        question: Question,
        answer: impl FnOnce() -> AttributionRecord,
    ) -> Ready<AttributionRecord> {
        if let Some((_, known)) = self
            .attributions
            .iter()
            .find(|(known, _)| *known == question)
        {
            return known.clone();
        }
        let found = Ready::new(answer());
        if self.attributions.len() < MOST_KEPT {
            self.attributions.push((question, found.clone()));
        }
        found
    }
}
