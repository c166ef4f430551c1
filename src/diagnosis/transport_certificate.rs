//! The certificates of the servers, as send connectors name them: `<I>issuer<S>subject`.
//!
//! In: `TlsCertificateName`, and exported certificates. Out: whether a name means a certificate,
//! which certificates serve SMTP, and which of them a fix may propose.
//! Must not decide what is worth reporting.
//! Source: Set-SendConnector reference (`TlsCertificateName`). `<S>` alone is accepted as well.

use crate::attribution::name_match::CertificateNames;
use crate::input::timestamp::Timestamp;
use crate::language::{Language, sentences};
use crate::onprem::{ExchangeCertificate, SendConnector};
use crate::smtp::certificate::Certificate;
use crate::smtp::host;
use crate::smtp::name::{self, DistinguishedName};

/// The types of the parts that are compared regardless of their order in two names.
const PARTS: [&str; 9] = ["CN", "OU", "O", "L", "S", "C", "E", "DC", "STREET"];

/// A name of the form `<I>issuer<S>subject`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NamedCertificate<'a> {
    /// The issuer, if the name has one.
    pub issuer: Option<&'a str>,
    /// The subject.
    pub subject: &'a str,
}

impl<'a> NamedCertificate<'a> {
    /// Reads a name; `None` if it has no `<S>`, because it cannot mean a certificate then.
    pub fn parse(text: &'a str) -> Option<NamedCertificate<'a>> {
        let lower = text.to_ascii_lowercase();
        let subject_at = lower.find("<s>")?;
        let issuer = lower[..subject_at].find("<i>");
        Some(NamedCertificate {
            issuer: issuer.map(|at| text[at + 3..subject_at].trim()),
            subject: text[subject_at + 3..].trim(),
        })
    }

    /// Whether the name means this certificate; `None` if the certificate's names are not known.
    pub fn means(&self, certificate: &Certificate) -> Option<bool> {
        let subject = self.has_subject(certificate);
        if subject == Some(false) {
            return Some(false);
        }
        let issuer = match self.issuer {
            Some(issuer) => certificate
                .issuer
                .as_deref()
                .map(|found| same_name(found, issuer)),
            None => Some(true),
        };
        match (subject, issuer) {
            (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        }
    }

    /// Whether the certificate has this subject, whatever its issuer.
    pub fn has_subject(&self, certificate: &Certificate) -> Option<bool> {
        let subject = certificate.subject.as_deref()?;
        Some(same_name(subject, self.subject))
    }
}

/// Whether two X.500 names are the same. Programs other than Exchange write the parts in the order
/// of the certificate, which is the reverse order. This does not count as a difference.
pub fn same_name(one: &str, other: &str) -> bool {
    one == other || name::may_be_same(one, other) && are_same(one, other)
}

fn are_same(one: &str, other: &str) -> bool {
    let names = [one, other].map(DistinguishedName::parse);
    names[0] == names[1] || is_turned_round(&names) && letters(one) == letters(other)
}

/// Whether the parts with a known type agree, and there is a common name.
fn is_turned_round([one, other]: &[DistinguishedName; 2]) -> bool {
    one.first("CN").is_some()
        && PARTS
            .iter()
            .all(|kind| one.first(kind) == other.first(kind))
}

/// The characters of a name, sorted. A name with more parts has more characters.
fn letters(name: &str) -> Vec<char> {
    let mut letters: Vec<char> = name
        .chars()
        .filter(|letter| !letter.is_whitespace())
        .flat_map(char::to_lowercase)
        .collect();
    letters.sort_unstable();
    letters
}

/// Whether the certificate serves SMTP; `None` if the export lost the services.
pub fn serves_smtp(found: &ExchangeCertificate) -> Option<bool> {
    let services = found.services.value()?;
    Some(
        services
            .iter()
            .any(|service| service.trim().eq_ignore_ascii_case("SMTP")),
    )
}

/// Whether a fix may propose this certificate for a send connector at this time. As far as the
/// export shows, it must be valid, issued by an authority, have its private key, have the status
/// Valid, and serve SMTP. A value that the export lost does not rule it out.
pub fn may_be_offered(found: &ExchangeCertificate, now: Timestamp) -> bool {
    is_sound(found, now)
        && found.has_private_key.value() != Some(&false)
        && serves_smtp(found) != Some(false)
}

/// The same for a certificate whose private key may be missing, or which may not serve SMTP yet: both
/// can be set right on the server.
pub fn is_sound(found: &ExchangeCertificate, now: Timestamp) -> bool {
    let certificate = &found.certificate;
    let known = |time: Option<Timestamp>| time.filter(|time| time.is_known() && now.is_known());
    let status = found.status.value().and_then(Option::as_deref);
    known(certificate.not_before).is_none_or(|from| from <= now)
        && known(certificate.not_after).is_none_or(|until| now < until)
        && !certificate.is_self_signed()
        && status.is_none_or(|status| {
            status.trim().is_empty() || status.trim().eq_ignore_ascii_case("Valid")
        })
}

/// The first label of a server's name, in the form in which servers are compared.
pub fn server_label(name: &str) -> String {
    first_label(name).to_ascii_lowercase()
}

fn first_label(name: &str) -> &str {
    let name = name.trim();
    name.split('.').next().unwrap_or(name)
}

/// Whether two servers are the same, by the first label of their names.
pub fn same_server(one: &str, other: &str) -> bool {
    first_label(one).eq_ignore_ascii_case(first_label(other))
}

/// Whether a certificate may be on a server of the connector, as far as the exports show.
pub fn may_be_of(connector: &SendConnector, found: &ExchangeCertificate) -> bool {
    match (connector.source_servers.value(), &found.server) {
        (Some(servers), Some(server)) if !servers.is_empty() => {
            servers.iter().any(|known| same_server(known, server))
        }
        _ => true,
    }
}

/// Whether every source server of the connector has the certificate, according to the exports in
/// `all`.
pub fn is_on_every_server(
    connector: &SendConnector,
    found: &ExchangeCertificate,
    all: &[ExchangeCertificate],
) -> bool {
    let Some(wanted) = found.certificate.thumbprint.as_deref() else {
        return false;
    };
    let has = |server: &String| {
        all.iter().any(|known| {
            let there = known.server.as_deref();
            let thumbprint = known.certificate.thumbprint.as_deref();
            there.is_some_and(|there| same_server(there, server))
                && thumbprint.is_some_and(|known| known.eq_ignore_ascii_case(wanted))
        })
    };
    let servers = connector.source_servers.value();
    servers.is_some_and(|servers| servers.iter().all(has))
}

/// The host in a subject's common name, in the form in which names are compared.
pub fn common_name(subject: &str) -> Option<String> {
    host::normalise(DistinguishedName::parse(subject).first("CN")?)
}

/// Whether a certificate holds this host name, directly or by a wildcard.
pub fn holds_name(certificate: &Certificate, host: &str) -> bool {
    let Some(host) = host::normalise(host) else {
        return false;
    };
    let wildcard = host
        .split_once('.')
        .map(|(_, parent)| format!("*.{parent}"));
    let names = CertificateNames::of(certificate).hosts;
    names
        .iter()
        .any(|name| *name == host || Some(name) == wildcard.as_ref())
}

/// Whether a certificate is valid at this time; `None` if a date is not known.
pub fn is_valid_at(certificate: &Certificate, now: Timestamp) -> Option<bool> {
    let (from, until) = (certificate.not_before?, certificate.not_after?);
    let known = now.is_known() && from.is_known() && until.is_known();
    known.then(|| from <= now && now <= until)
}

/// `0123… (valid from 2026-01-01 to 2027-01-01)`, for a sentence.
pub fn described(language: Language, certificate: &Certificate) -> String {
    let thumbprint = certificate.thumbprint.as_deref();
    let thumbprint = thumbprint.map_or_else(|| nameless(language), str::to_owned);
    let day = |time: Option<Timestamp>| {
        let time = time.and_then(Timestamp::to_chrono)?;
        Some(time.format("%Y-%m-%d").to_string())
    };
    match (day(certificate.not_before), day(certificate.not_after)) {
        (Some(from), Some(until)) => valid(language, &thumbprint, &from, &until),
        (None, Some(until)) => valid_until(language, &thumbprint, &until),
        _ => dates_unknown(language, &thumbprint),
    }
}

sentences! {
    /// A certificate whose thumbprint the export lost.
    fn nameless() {
        en: "a certificate without a known thumbprint",
        ja: "拇印が不明な証明書" ["84876236"],
    }
    /// A certificate with its dates.
    fn valid(certificate: &str, from: &str, until: &str) {
        en: "{certificate} (valid from {from} to {until})",
        ja: "{certificate} (有効期間 {from} から {until} まで)" ["875aa3e0"],
    }
    /// A certificate with its end.
    fn valid_until(certificate: &str, until: &str) {
        en: "{certificate} (valid until {until})",
        ja: "{certificate} (有効期限 {until})" ["539a783b"],
    }
    /// A certificate whose dates are not known.
    fn dates_unknown(certificate: &str) {
        en: "{certificate} (dates unknown)",
        ja: "{certificate} (有効期間は不明)" ["f3e9b0ea"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::exports::{NOW, exchange_certificate};
    use crate::tenant::Known;

    #[test]
    fn only_a_sound_certificate_may_be_offered() {
        let now = Timestamp::parse(NOW).unwrap();
        let with = |change: fn(&mut ExchangeCertificate)| {
            let mut found = exchange_certificate('A');
            change(&mut found);
            may_be_offered(&found, now)
        };
        for fit in [
            |_: &mut ExchangeCertificate| {},
            |found: &mut ExchangeCertificate| found.certificate.not_before = None,
            |found: &mut ExchangeCertificate| found.certificate.not_after = None,
            |found: &mut ExchangeCertificate| found.services = Known::Lost,
            |found: &mut ExchangeCertificate| found.status = Known::Value(None),
            |found: &mut ExchangeCertificate| found.has_private_key = Known::Lost,
        ] {
            assert!(with(fit));
        }
        for unfit in [
            |found: &mut ExchangeCertificate| {
                found.certificate.not_before = Timestamp::parse(b"2026-12-01T00:00:00.000Z");
            },
            |found: &mut ExchangeCertificate| {
                found.certificate.not_after = Timestamp::parse(b"2026-10-01T00:00:00.000Z");
            },
            |found: &mut ExchangeCertificate| {
                found.certificate.issuer = found.certificate.subject.clone();
            },
            |found: &mut ExchangeCertificate| found.services = Known::Value(Vec::new()),
            |found: &mut ExchangeCertificate| {
                found.status = Known::Value(Some("RevocationCheckFailure".to_owned()));
            },
            |found: &mut ExchangeCertificate| found.has_private_key = Known::Value(false),
        ] {
            assert!(!with(unfit));
        }
    }

    #[test]
    fn names_are_read_and_compared() {
        let named = NamedCertificate::parse("<i>CN=Example CA,O=Example<S> cn=MAIL.contoso.com");
        let named = named.unwrap();
        assert_eq!(named.issuer, Some("CN=Example CA,O=Example"));
        let mut found = exchange_certificate('A').certificate;
        assert_eq!(named.means(&found), Some(true));
        found.issuer = Some("CN=Other CA".to_owned());
        assert_eq!(named.means(&found), Some(false));
        found.issuer = None;
        assert_eq!(named.means(&found), None);
        found.subject = Some("CN=other".to_owned());
        assert_eq!(named.means(&found), Some(false));
        assert_eq!(NamedCertificate::parse("<I>CN=Example CA"), None);
        assert_eq!(NamedCertificate::parse("mail.contoso.com"), None);
        let alone = NamedCertificate::parse("<S>CN=mail.contoso.com").unwrap();
        assert_eq!(
            alone.means(&exchange_certificate('A').certificate),
            Some(true)
        );
    }

    #[test]
    fn the_order_of_parts_is_no_difference_and_a_missing_part_is() {
        assert!(same_name(
            "CN=a.contoso.com, O=Contoso, C=US",
            "C=US, O=Contoso, CN=a.contoso.com"
        ));
        assert!(!same_name(
            "CN=a.contoso.com, O=Contoso",
            "CN=a.contoso.com"
        ));
        assert!(!same_name("CN=a", "CN=b"));
        assert!(!same_name(
            "CN=a, SERIALNUMBER=1, O=x",
            "CN=a, SERIALNUMBER=1"
        ));
    }

    #[test]
    fn servers_compare_by_their_first_label() {
        assert!(same_server("EX01", "ex01.contoso.com"));
        assert!(!same_server("EX01", "EX011"));
    }

    #[test]
    fn all_spellings_of_a_name_are_compared() {
        let names = [
            "CN=mail.contoso.com, E=a@contoso.com, S=Oslo, O=\"Contoso, Ltd.\", C=NO",
            "cn=MAIL.contoso.com,EMAILADDRESS=a@contoso.com;ST=Oslo , O=\"contoso, Ltd.\", C=NO",
            "C=NO, O=\"Contoso, Ltd.\", S=Oslo, E=a@contoso.com, CN=mail.contoso.com",
            "CN=\u{212A}iel.contoso.com",
            "CN=kiel.contoso.com",
            "CN=mail2.contoso.com",
            "",
        ];
        for one in names {
            for other in names {
                assert_eq!(same_name(one, other), are_same(one, other), "{one} {other}");
            }
        }
        assert!(are_same(names[0], names[1]) && are_same(names[0], names[2]));
        assert!(are_same(names[3], names[4]));
        assert!(!name::may_be_same(names[4], names[5]));
    }
}
