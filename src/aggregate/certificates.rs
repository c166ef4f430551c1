//! Which certificates are the same.
//!
//! In: certificates as logged. Out: a number for each distinct one, and its fullest description.
//! Certificates are the same where their thumbprints are; one without a thumbprint is the same
//! where everything is.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::smtp::certificate::Certificate;

/// The distinct certificates.
#[derive(Debug, Clone, Default)]
pub(super) struct Certificates {
    list: Vec<Arc<Certificate>>,
    by_thumbprint: FxHashMap<Box<str>, u32>,
    without_thumbprint: FxHashMap<Arc<Certificate>, u32>,
}

impl Certificates {
    /// The number of a certificate.
    pub(super) fn number(&mut self, certificate: &Arc<Certificate>) -> u32 {
        let known = match &certificate.thumbprint {
            Some(thumbprint) => self.by_thumbprint.get(thumbprint.as_str()),
            None => self.without_thumbprint.get(certificate),
        };
        let Some(number) = known.copied() else {
            return self.push(certificate);
        };
        let known = &mut self.list[number as usize];
        if !Arc::ptr_eq(known, certificate) && fullness(certificate) > fullness(known) {
            *known = Arc::clone(certificate);
        }
        number
    }

    fn push(&mut self, certificate: &Arc<Certificate>) -> u32 {
        let number = u32::try_from(self.list.len()).unwrap_or(u32::MAX);
        self.list.push(Arc::clone(certificate));
        match &certificate.thumbprint {
            Some(thumbprint) => {
                let thumbprint = thumbprint.as_str().into();
                self.by_thumbprint.insert(thumbprint, number);
            }
            None => {
                let certificate = Arc::clone(certificate);
                self.without_thumbprint.insert(certificate, number);
            }
        }
        number
    }

    /// All of them, by number.
    pub(super) fn list(&self) -> &[Arc<Certificate>] {
        &self.list
    }

    /// All of them by content.
    pub(super) fn sorted(&self) -> Vec<&Arc<Certificate>> {
        let mut sorted: Vec<_> = self.list.iter().collect();
        sorted.sort_by_key(|certificate| (certificate.thumbprint.as_deref(), *certificate));
        sorted
    }

    /// All of them, by number.
    pub(super) fn into_list(self) -> Vec<Arc<Certificate>> {
        self.list
    }
}

/// One row may show what another, shorter one does not. Of two that show as much, the content
/// decides.
fn fullness(certificate: &Certificate) -> impl Ord + '_ {
    (
        certificate.not_after.is_some(),
        certificate.subject.is_some(),
        certificate.names.len(),
        certificate,
    )
}
