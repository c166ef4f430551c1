//! A send connector during a renewal: what it offers today, and what changes.
//!
//! In: values that `senders` fills in. Out: the type, and the comparison of certificates.
//! It must not read logs or exports.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::attribution::name_match::CertificateNames;
use crate::input::timestamp::Timestamp;
use crate::smtp::certificate::Certificate;
use crate::smtp::name::DistinguishedName;

/// What the candidate changes for a send connector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It already offers the candidate.
    SameCertificate,
    /// Its mail is attributed today, and still is with the candidate.
    StaysAttributed,
    /// Its mail is not attributed by certificate today, and is with the candidate.
    BecomesAttributed,
    /// Its mail is attributed today, and is rejected with the candidate.
    WouldBeRefused,
    /// Its mail is attributed to one tenant today, and to another with the candidate.
    ChangesTenant,
    /// Its mail is not attributed by certificate, neither today nor with the candidate.
    StaysUnattributed,
    /// This cannot be determined.
    Uncertain,
    /// The candidate is not meant for it: it offers a certificate of other names.
    NotConcerned,
}

/// A send connector to Exchange Online.
#[derive(Debug, Clone, PartialEq)]
pub struct SenderPlan {
    /// Its name.
    pub name: String,
    /// The stream. `None` if only an export shows the send connector.
    pub stream: Option<String>,
    /// The servers that offer its certificate, if they are known.
    pub servers: Vec<String>,
    /// The certificate that it offers. `None` if it offers none or if that is unknown.
    pub today: Option<Certificate>,
    /// It is unknown what it offers. False if it offers none.
    pub hidden: bool,
    /// The logs show attribution rejections although its certificate is valid and matches.
    pub rejected: bool,
    /// The end of the last session in which it offered this.
    pub seen: Option<Timestamp>,
    /// The tenants whose connectors match what it offers today.
    pub tenants: Vec<String>,
    /// These connectors, each with its tenant.
    pub connectors: Vec<(String, String)>,
    /// The tenant that it sends to, if the candidate is not meant for that tenant.
    pub elsewhere: Option<String>,
    /// The candidate replaces its certificate.
    pub replaced: bool,
    /// What this changes.
    pub change: Change,
}

impl SenderPlan {
    /// Whether it cannot be determined if the candidate is meant for it.
    pub fn is_unclear(&self) -> bool {
        self.change == Change::Uncertain && !self.replaced
    }

    /// The expiry of today's certificate, if it is in the past.
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

/// `contoso.co.uk` for `mail.contoso.co.uk`, by the public suffix list. The name itself if there is
/// no such domain.
pub(super) fn registrable(host: &str) -> &str {
    psl::domain_str(host).unwrap_or(host)
}

/// Whether both have the same issuer and subject: one `TlsCertificateName` names both.
pub fn same_names(one: &Certificate, other: &Certificate) -> bool {
    let equal = |a: &Option<String>, b: &Option<String>| match (a, b) {
        (Some(a), Some(b)) => DistinguishedName::parse(a) == DistinguishedName::parse(b),
        _ => false,
    };
    equal(&one.subject, &other.subject) && equal(&one.issuer, &other.issuer)
}
