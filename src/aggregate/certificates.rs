//! Which certificates are the same.
//!
//! In: certificates as logged. Out: a number for each distinct one.
//! Certificates are the same where their thumbprints are; one without is told by its text.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::smtp::certificate::Certificate;

use super::lane::CertificateId;

/// The number of each certificate.
#[derive(Debug, Default)]
pub(super) struct CertificateNumbers {
    numbers: FxHashMap<Box<str>, u32>,
}

impl CertificateNumbers {
    /// The number of a certificate in `list`, which takes it if it is new.
    pub(super) fn number(
        &mut self,
        certificate: &Arc<Certificate>,
        list: &mut Vec<Arc<Certificate>>,
    ) -> CertificateId {
        let described;
        let key = match &certificate.thumbprint {
            Some(thumbprint) => thumbprint.as_str(),
            None => {
                described = format!("{certificate:?}");
                described.as_str()
            }
        };
        let number = match self.numbers.get(key) {
            Some(number) => *number,
            None => {
                let number = u32::try_from(list.len()).unwrap_or(u32::MAX);
                list.push(Arc::clone(certificate));
                self.numbers.insert(key.into(), number);
                number
            }
        };
        let known = &mut list[number as usize];
        if tells_more(certificate) > tells_more(known) {
            *known = Arc::clone(certificate);
        }
        CertificateId::Known(number)
    }
}

/// A later row may tell what an earlier, shorter one did not.
fn tells_more(certificate: &Certificate) -> (bool, bool, usize) {
    (
        certificate.not_after.is_some(),
        certificate.subject.is_some(),
        certificate.names.len(),
    )
}
