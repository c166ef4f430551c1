//! A send connector as a renewal sees it: what it offers today, and what would change.
//!
//! In: filled by [`super::senders`]. Out: the type, and how certificates compare.
//! Must not read logs or exports.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::attribution::name_match::CertificateNames;
use crate::input::timestamp::Timestamp;
use crate::smtp::certificate::Certificate;
use crate::smtp::name::DistinguishedName;

/// What the candidate would change for a send connector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It offers the candidate already.
    SameCertificate,
    /// It is attributed today, and stays so.
    StaysAttributed,
    /// It is not attributed by certificate today, and would be.
    BecomesAttributed,
    /// It is attributed today, and would not be.
    WouldBeRefused,
    /// It is attributed to one tenant today, and would be to another.
    ChangesTenant,
    /// It is not attributed by certificate today, and would not be.
    StaysUnattributed,
    /// Not to be told.
    Uncertain,
    /// The candidate is not meant for it: it offers a certificate of other names.
    NotConcerned,
}

/// A send connector to Exchange Online.
#[derive(Debug, Clone, PartialEq)]
pub struct Sender {
    /// Its name.
    pub name: String,
    /// The stream; `None` where only the export knows it.
    pub stream: Option<String>,
    /// The servers that offer its certificate, where known.
    pub servers: Vec<String>,
    /// What it offers; `None` where it offers none, or where that is unknown.
    pub today: Option<Certificate>,
    /// What it offers is unknown, rather than nothing.
    pub hidden: bool,
    /// The logs show refusals for want of attribution although what it offers is valid and matches.
    pub refused: bool,
    /// The end of the last session that offered it.
    pub seen: Option<Timestamp>,
    /// The tenants whose connectors match what it offers today.
    pub tenants: Vec<String>,
    /// These connectors, each with its tenant.
    pub connectors: Vec<(String, String)>,
    /// The tenant that it leads to, where that is not one that the candidate is meant for.
    pub elsewhere: Option<String>,
    /// The candidate would take the place of its certificate.
    pub replaced: bool,
    /// What that would change.
    pub change: Change,
}

impl Sender {
    /// Whether the candidate is meant for it cannot be told.
    pub fn is_unclear(&self) -> bool {
        self.change == Change::Uncertain && !self.replaced
    }

    /// The end of today's certificate, where that has passed.
    pub fn ended(&self, now: Timestamp) -> Option<Timestamp> {
        let end = self.today.as_ref()?.not_after?;
        now.since(end).filter(|over| *over > 0).map(|_| end)
    }
}

/// The registrable domains of a certificate's names.
pub(super) fn domains(certificate: &Certificate) -> BTreeSet<String> {
    let hosts = CertificateNames::of(certificate).hosts;
    hosts
        .iter()
        .map(|host| host.strip_prefix("*.").unwrap_or(host))
        .map(|host| registrable(host).to_owned())
        .collect()
}

/// `contoso.co.uk` for `mail.contoso.co.uk`, by the public suffix list; the name itself where there
/// is no such domain.
pub(super) fn registrable(host: &str) -> &str {
    psl::domain_str(host).unwrap_or(host)
}

/// True where both have one issuer and one subject: the send connector names both alike.
pub fn same_names(one: &Certificate, other: &Certificate) -> bool {
    let equal = |a: &Option<String>, b: &Option<String>| match (a, b) {
        (Some(a), Some(b)) => DistinguishedName::parse(a) == DistinguishedName::parse(b),
        _ => false,
    };
    equal(&one.subject, &other.subject) && equal(&one.issuer, &other.issuer)
}
