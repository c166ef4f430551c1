//! A certificate as logs and exports describe it.
//!
//! In: the texts of a row. Out: a [`Certificate`], alone or with the row that shows it.
//! Must not decide whether a certificate matches anything.

use std::sync::Arc;

use crate::input::timestamp::Timestamp;

use super::evidence::{Evidence, ProofRow};
use super::name::{self, DistinguishedName};
use super::split::{self, Parted};

/// A part of a certificate that a row of its own may show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attribute {
    Subject,
    Issuer,
    Serial,
    Thumbprint,
    NotBefore,
    NotAfter,
    AlternateNames,
}

/// A certificate as a log row describes it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Certificate {
    /// The subject in .NET's X.500 form; `None` if it could not be separated from the issuer or is not
    /// logged.
    pub subject: Option<String>,
    /// The issuer in the same form; `None` in the same cases.
    pub issuer: Option<String>,
    /// Subject and issuer as one text, where they could not be separated.
    pub undivided: Option<String>,
    /// Hex digits, upper case.
    pub serial: Option<String>,
    /// Forty hex digits, upper case; `None` if the row is missing.
    pub thumbprint: Option<String>,
    /// Start of validity.
    pub not_before: Option<Timestamp>,
    /// End of validity.
    pub not_after: Option<Timestamp>,
    /// The subject alternate names as logged.
    pub names: Vec<String>,
}

impl Certificate {
    /// Issuer and subject are known and equal.
    pub fn is_self_signed(&self) -> bool {
        match (&self.subject, &self.issuer) {
            (Some(subject), Some(issuer)) if name::may_be_same(subject, issuer) => {
                let subject = DistinguishedName::parse(subject);
                !subject.is_empty() && subject == DistinguishedName::parse(issuer)
            }
            _ => false,
        }
    }

    /// The common name of the subject. Where subject and issuer could not be separated, the first
    /// common name of both: the subject stands first.
    pub fn common_name(&self) -> Option<String> {
        let text = self.subject.as_deref().or(self.undivided.as_deref())?;
        let name = DistinguishedName::parse(text).first("CN")?.to_owned();
        match self.subject {
            Some(_) => Some(name),
            None => name.split(' ').next().map(str::to_owned),
        }
    }

    /// Reads a joined row (shapes B and C).
    pub(super) fn from_joined(data: &str, with_dates: bool) -> Option<Certificate> {
        let joined = split::joined(data, with_dates)?;
        let (subject, issuer, undivided) = match joined.names {
            Parted::Two(subject, issuer) => {
                (Some(subject.to_owned()), Some(issuer.to_owned()), None)
            }
            Parted::Undivided(text) => (None, None, Some(text.to_owned())),
        };
        let date = |text: &str| Timestamp::parse(text.as_bytes());
        Some(Certificate {
            subject,
            issuer,
            undivided,
            serial: (!joined.serial.is_empty()).then(|| joined.serial.to_ascii_uppercase()),
            thumbprint: whole(joined.thumbprint),
            not_before: joined.dates.and_then(|(from, _)| date(from)),
            not_after: joined.dates.and_then(|(_, until)| date(until)),
            names: alternate_names(joined.alternate),
        })
    }

    /// This certificate with what a later row about it says. The later row adds values; it replaces
    /// known ones only if it names another thumbprint.
    pub(super) fn joined_by(self: &Arc<Self>, later: &Certificate) -> Arc<Certificate> {
        if *later == Certificate::default() {
            return Arc::clone(self);
        }
        let replaces = later.thumbprint.is_some() && later.thumbprint != self.thumbprint;
        fn pick<T: Clone>(known: &Option<T>, later: &Option<T>, replaces: bool) -> Option<T> {
            let (first, second) = if replaces {
                (later, known)
            } else {
                (known, later)
            };
            first.clone().or_else(|| second.clone())
        }
        let names_replaced = self.names.is_empty() || (replaces && !later.names.is_empty());
        let names = if names_replaced {
            &later.names
        } else {
            &self.names
        };
        Arc::new(Certificate {
            subject: pick(&self.subject, &later.subject, replaces),
            issuer: pick(&self.issuer, &later.issuer, replaces),
            undivided: pick(&self.undivided, &later.undivided, replaces),
            serial: pick(&self.serial, &later.serial, replaces),
            thumbprint: pick(&self.thumbprint, &later.thumbprint, replaces),
            not_before: pick(&self.not_before, &later.not_before, replaces),
            not_after: pick(&self.not_after, &later.not_after, replaces),
            names: names.clone(),
        })
    }

    /// Takes an attribute row (shape A).
    pub(super) fn set(&mut self, attribute: Attribute, value: &str) {
        let value = value.trim();
        match attribute {
            Attribute::Subject => self.subject = Some(value.to_owned()),
            Attribute::Issuer => self.issuer = Some(value.to_owned()),
            Attribute::Serial => self.serial = Some(value.to_ascii_uppercase()),
            Attribute::Thumbprint => self.thumbprint = whole(value),
            Attribute::NotBefore => self.not_before = Timestamp::parse(value.as_bytes()),
            Attribute::NotAfter => self.not_after = Timestamp::parse(value.as_bytes()),
            Attribute::AlternateNames => self.names = alternate_names(value),
        }
    }
}

/// A whole thumbprint in upper case. Somebody may have redacted it before showing the log.
fn whole(thumbprint: &str) -> Option<String> {
    let is_whole =
        thumbprint.len() == 40 && thumbprint.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_whole.then(|| thumbprint.to_ascii_uppercase())
}

fn alternate_names(text: &str) -> Vec<String> {
    text.split(';')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

/// A certificate and the row that begins its description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered {
    /// The certificate.
    pub certificate: Arc<Certificate>,
    /// The row, for evidence.
    pub evidence: Evidence,
}

/// The same, borrowed.
#[derive(Debug, Clone, Copy)]
pub struct ShownCertificate<'a> {
    /// The certificate.
    pub certificate: &'a Arc<Certificate>,
    /// The row, for evidence.
    pub row: ProofRow<'a>,
}

impl ShownCertificate<'_> {
    /// Keeps it.
    pub fn offered(self) -> Offered {
        Offered {
            certificate: Arc::clone(self.certificate),
            evidence: self.row.evidence(),
        }
    }
}

impl Offered {
    /// The same, borrowed.
    pub fn shown(&self) -> ShownCertificate<'_> {
        ShownCertificate {
            certificate: &self.certificate,
            row: self.evidence.row(),
        }
    }
}
