//! CRT102: one name identifies two certificates.

use std::collections::BTreeMap;

use crate::diagnosis::check::Check;
use crate::diagnosis::check_context::CheckContext;
use crate::diagnosis::finding::{CheckOutput, Finding, Proof};
use crate::diagnosis::fix::{Fix, Where};
use crate::diagnosis::rule::{Confidence, declare_rule};
use crate::diagnosis::subject::Subject;
use crate::diagnosis::transport_certificate as transport;
use crate::diagnosis::transport_certificate::{
    NamedCertificate, described, is_valid_at, same_name, serves_smtp,
};
use crate::input::timestamp::Timestamp;
use crate::onprem::{ExchangeCertificate, SendConnector};
use crate::remedy::command::quote;
use crate::remedy::settings;
use crate::tenant::Known;

declare_rule! {
    /// A server has two certificates with the same issuer and subject.
    ///
    /// ## What it finds
    /// Certificates of one server that have the same issuer and subject and different thumbprints.
    /// They are enabled for SMTP, or a send connector names them. Self-signed certificates, such
    /// as those that Exchange creates, are reported only if a send connector names them.
    /// Certificates for other services are not reported.
    ///
    /// ## Why it matters
    /// `TlsCertificateName` identifies a certificate by issuer and subject only. Which of two such
    /// certificates Exchange sends is not documented. After a renewal, the server may still offer
    /// the old certificate, and later an expired one. To set the name again does nothing, because
    /// it names both. Exchange also refuses to remove a certificate that a send connector names.
    ///
    /// ## What to do
    /// Mail waits while you do this:
    ///
    /// 1. Stop the transport service on every source server of the send connector.
    /// 2. Clear `TlsCertificateName` of the send connector.
    /// 3. Remove the old certificate from every source server.
    /// 4. Set `TlsCertificateName` again.
    /// 5. Start the transport service on every source server.
    ///
    /// ## Sources
    /// - "Can't remove a certificate that's installed in Exchange Server" (Microsoft Learn): a
    ///   renewed certificate with the same issuer and subject keeps the old one from being removed;
    ///   the page has the procedure with the transport service stopped.
    /// - `Set-SendConnector` (reference, Microsoft Learn): `TlsCertificateName` has the form
    ///   `<I>issuer<S>subject`.
    CertificatesWithOneName {
        code: "CRT102",
        name: "certificates-with-one-name",
        severity: Warning,
        confidence: High,
        needs: [ExchangeCertificates],
        proof: Exports,
    }
}

impl Check for CertificatesWithOneName {
    fn check(&self, context: &CheckContext<'_>, findings: &mut CheckOutput) {
        let mut servers: BTreeMap<(String, &str), Vec<&ExchangeCertificate>> = BTreeMap::new();
        for found in &context.on_premises.certificates {
            // An export that does not name its server counts as a server of its own.
            let key = match found.server.as_deref() {
                Some(server) => (transport::server_label(server), ""),
                None => (String::new(), found.file.as_str()),
            };
            servers.entry(key).or_default().push(found);
        }
        for own in servers.values() {
            look_at_server(context, own, findings);
        }
    }
}

fn look_at_server(
    context: &CheckContext<'_>,
    own: &[&ExchangeCertificate],
    findings: &mut CheckOutput,
) {
    let mut groups: Vec<Vec<&ExchangeCertificate>> = Vec::new();
    for found in own {
        let known = groups.iter_mut().find(|group| same_names(group[0], found));
        match known {
            Some(group) if group.iter().any(|known| is_same(known, found)) => {}
            Some(group) => group.push(found),
            None => groups.push(vec![found]),
        }
        if names_lost(found) && may_serve_smtp(found) {
            let field = if found.certificate.subject.is_none() {
                "Subject"
            } else {
                "Issuer"
            };
            findings.mark_undetermined(&CertificatesWithOneName::META, about(found), field);
        }
    }
    for mut group in groups {
        let naming = naming(context, group[0]);
        if naming.is_empty() {
            if group.len() > 1 && !group[0].certificate.is_self_signed() {
                note_lost_services(&group, findings);
            }
            group.retain(|found| {
                serves_smtp(found) == Some(true) && !found.certificate.is_self_signed()
            });
        }
        if group.len() > 1 {
            findings.add(observation(context, &mut group, &naming));
        }
    }
}

/// Notes lost services that keep a second certificate of the group from counting.
fn note_lost_services(group: &[&ExchangeCertificate], findings: &mut CheckOutput) {
    let possible = group.iter().filter(|found| may_serve_smtp(found)).count();
    let lost = group.iter().filter(|found| found.services.is_lost());
    for found in lost.filter(|_| possible > 1) {
        findings.mark_undetermined(&CertificatesWithOneName::META, about(found), "Services");
    }
}

fn may_serve_smtp(found: &ExchangeCertificate) -> bool {
    serves_smtp(found) != Some(false)
}

fn names_lost(found: &ExchangeCertificate) -> bool {
    found.certificate.subject.is_none() || found.certificate.issuer.is_none()
}

fn same_names(one: &ExchangeCertificate, other: &ExchangeCertificate) -> bool {
    let same = |one: &Option<String>, other: &Option<String>| match (one, other) {
        (Some(one), Some(other)) => same_name(one, other),
        _ => false,
    };
    let (one, other) = (&one.certificate, &other.certificate);
    same(&one.subject, &other.subject) && same(&one.issuer, &other.issuer)
}

/// Whether two rows are one certificate that was exported twice. In doubt they are.
fn is_same(one: &ExchangeCertificate, other: &ExchangeCertificate) -> bool {
    let (one, other) = (&one.certificate, &other.certificate);
    match (&one.thumbprint, &other.thumbprint) {
        (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
        _ => one.serial.is_none() || other.serial.is_none() || one.serial == other.serial,
    }
}

/// The send connectors that name a certificate and may run on its server.
fn naming<'a>(context: &CheckContext<'a>, found: &ExchangeCertificate) -> Vec<&'a SendConnector> {
    let names = |connector: &&SendConnector| {
        let name = connector.tls_certificate_name.value();
        let named = name
            .and_then(Option::as_deref)
            .and_then(NamedCertificate::parse);
        connector.enabled != Known::Value(false)
            && transport::may_be_of(connector, found)
            && named.is_some_and(|named| named.means(&found.certificate) == Some(true))
    };
    context.send_connectors().filter(names).collect()
}

fn observation(
    context: &CheckContext<'_>,
    group: &mut [&ExchangeCertificate],
    naming: &[&SendConnector],
) -> Finding {
    group.sort_by_key(|found| found.certificate.not_after);
    let first = &group[0].certificate;
    let subject = first.subject.as_deref().unwrap_or_default();
    let state = |found: &ExchangeCertificate| match is_valid_at(&found.certificate, context.now) {
        Some(false)
            if found
                .certificate
                .not_before
                .is_some_and(|from| from > context.now) =>
        {
            ", not valid yet"
        }
        Some(false) => ", expired",
        _ => "",
    };
    let each: Vec<String> = group
        .iter()
        .map(|found| {
            let described = described(&found.certificate);
            format!("{}{})", described.trim_end_matches(')'), state(found))
        })
        .collect();
    let mut message = format!(
        "{} has {} certificates with the subject '{subject}' and the issuer '{}': {}. Which of them Exchange sends is not documented.",
        crate::remedy::wording::capitalised(&server(group[0])),
        group.len(),
        first.issuer.as_deref().unwrap_or_default(),
        settings::listed(each.iter().map(String::as_str)),
    );
    for connector in naming {
        message.push_str(&format!(" Send connector '{}' names them.", connector.name));
    }
    // With one valid certificate, Exchange probably uses that one.
    let valid = group
        .iter()
        .filter(|found| is_valid_at(&found.certificate, context.now) != Some(false));
    let confidence = match valid.count() {
        0 | 1 => Confidence::Medium,
        _ => Confidence::High,
    };
    let entry = &CertificatesWithOneName::META;
    let found = Finding::of(entry, subject, message)
        .confidence(confidence)
        .count(u64::try_from(group.len()).unwrap_or(u64::MAX));
    group
        .iter()
        .fold(found, |found, one| {
            let thumbprint = one.certificate.thumbprint.as_deref().unwrap_or_default();
            found.proof(Proof::value(&one.file, one.line, "Thumbprint", thumbprint))
        })
        .fix(fix(group, context.now))
}

/// Removes the certificate that expires first, if the dates show which one that is.
fn fix(group: &[&ExchangeCertificate], now: Timestamp) -> Fix {
    let [others, names] = match group.len() {
        2 => ["the other", "it names both"],
        _ => ["the others", "it names all of them"],
    };
    let dated = group
        .iter()
        .all(|found| found.certificate.not_after.is_some());
    let (old, new) = (group[0], group[group.len() - 1]);
    let differ = old.certificate.not_after != new.certificate.not_after;
    let (Some(thumbprint), true) = (&old.certificate.thumbprint, dated && differ) else {
        return Fix::step(&format!(
            "1. Find out which of them is in use (Get-ExchangeCertificate). 2. Remove {others}."
        ));
    };
    if !transport::may_be_offered(new, now) {
        return Fix::step(&format!(
            "Do not remove any of them yet: {}, which expires last, cannot be used today. 1. Check its dates, private key, status and services (Get-ExchangeCertificate). 2. When it can be used, remove {others}.",
            described(&new.certificate)
        ));
    }
    let server = old.server.as_deref();
    let server = server.map_or_else(String::new, |server| format!(" -Server {}", quote(server)));
    let command = format!(
        "Remove-ExchangeCertificate{server} -Thumbprint {}",
        quote(thumbprint)
    );
    let services = old.services.value().filter(|services| !services.is_empty());
    let services = services.map_or_else(
        || "everything that uses it".to_owned(),
        |services| format!("its services ({})", services.join(", ")),
    );
    let newer = new
        .certificate
        .thumbprint
        .as_deref()
        .unwrap_or("the newer one");
    let note = format!(
        "This removes the certificate that expires first. 1. Move {services} to {newer} with Enable-ExchangeCertificate. 2. Run this command. 3. Restart the transport service (MSExchangeTransport). Do not change TlsCertificateName: {names}."
    );
    Fix::command(Where::OnPremises, command, &note)
}

fn server(found: &ExchangeCertificate) -> String {
    found
        .server
        .clone()
        .unwrap_or_else(|| format!("the server of {}", found.file))
}

fn about(found: &ExchangeCertificate) -> Subject {
    Subject::CertificateOn {
        thumbprint: found.certificate.thumbprint.clone(),
        server: server(found).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::exports::{exchange_certificate, of_exports, on_premises, send_connector};

    fn found(
        certificates: Vec<ExchangeCertificate>,
        connectors: Vec<SendConnector>,
    ) -> CheckOutput {
        let side = on_premises(connectors, certificates);
        of_exports(&CertificatesWithOneName, &[], &side)
    }

    fn expiring(digit: char, until: &str) -> ExchangeCertificate {
        let mut found = exchange_certificate(digit);
        found.certificate.not_after = Timestamp::parse(until.as_bytes());
        found
    }

    fn self_signed(digit: char, name: &str) -> ExchangeCertificate {
        let mut found = exchange_certificate(digit);
        found.certificate.subject = Some(format!("CN={name}"));
        found.certificate.issuer = found.certificate.subject.clone();
        found
    }

    fn serving(
        services: Known<Vec<String>>,
        certificate: ExchangeCertificate,
    ) -> ExchangeCertificate {
        ExchangeCertificate {
            services,
            ..certificate
        }
    }

    #[test]
    fn fires_and_removes_the_one_that_expires_first() {
        let renewed = expiring('B', "2027-12-01T00:00:00.000Z");
        let one = found(
            vec![renewed, exchange_certificate('A')],
            vec![send_connector()],
        );
        assert_eq!(one.findings.len(), 1);
        assert!(one.undetermined.is_empty());
        let one = &one.findings[0];
        assert_eq!((one.count, one.confidence), (2, Confidence::High));
        assert!(one.message.starts_with("EX01 has 2 certificates with the subject 'CN=mail.contoso.com' and the issuer 'CN=Example CA, O=Example': AAAA"));
        assert!(one.message.ends_with("Send connector 'Out' names them."));
        assert_eq!(
            one.fix[0].command,
            Some(format!(
                "Remove-ExchangeCertificate -Server 'EX01' -Thumbprint '{}'",
                "A".repeat(40)
            ))
        );
    }

    #[test]
    fn nothing_is_removed_if_the_newer_one_cannot_be_used() {
        let mut later = expiring('B', "2027-12-01T00:00:00.000Z");
        later.certificate.not_before = Timestamp::parse(b"2026-12-01T00:00:00.000Z");
        let mut keyless = expiring('B', "2027-12-01T00:00:00.000Z");
        keyless.has_private_key = Known::Value(false);
        for newer in [later, keyless] {
            let found = found(vec![newer, exchange_certificate('A')], Vec::new());
            let fix = &found.findings[0].fix[0];
            assert_eq!(fix.command, None);
            assert!(fix.note.contains("BBBB"), "{}", fix.note);
        }
    }

    #[test]
    fn three_are_not_called_both() {
        let found = found(
            vec![
                expiring('B', "2027-06-01T00:00:00.000Z"),
                expiring('C', "2027-12-01T00:00:00.000Z"),
                exchange_certificate('A'),
            ],
            Vec::new(),
        );
        let note = &found.findings[0].fix[0].note;
        assert!(note.contains("it names all of them"), "{note}");
        assert!(!note.contains("both"));
    }

    #[test]
    fn spellings_of_a_server_are_one_server() {
        for name in ["ex01", "EX01.contoso.local"] {
            let other = ExchangeCertificate {
                server: Some(name.to_owned()),
                ..expiring('B', "2027-12-01T00:00:00.000Z")
            };
            let found = found(vec![exchange_certificate('A'), other], Vec::new());
            assert_eq!(found.findings.len(), 1, "{name}");
        }
    }

    #[test]
    fn an_expired_one_is_named_as_such() {
        let expired = expiring('B', "2026-10-01T00:00:00.000Z");
        let found = found(vec![expired, exchange_certificate('A')], Vec::new());
        let found = &found.findings[0];
        assert!(
            found
                .message
                .contains("(valid from 2026-01-01 to 2026-10-01, expired), AAAA"),
            "{}",
            found.message
        );
        assert_eq!(found.confidence, Confidence::Medium);
    }

    #[test]
    fn lost_services_do_not_matter_where_a_connector_names_them() {
        let lost = |digit| serving(Known::Lost, exchange_certificate(digit));
        let named = found(vec![lost('A'), lost('B')], vec![send_connector()]);
        assert_eq!((named.findings.len(), named.undetermined.len()), (1, 0));
        assert_eq!(named.findings[0].fix[0].command, None);
        let alone = found(vec![lost('A'), lost('B')], Vec::new());
        assert!(alone.findings.is_empty());
        let fields: Vec<&str> = alone
            .undetermined
            .iter()
            .map(|undetermined| undetermined.missing.name())
            .collect();
        assert_eq!(fields, ["Services", "Services"]);
        assert!(
            alone.undetermined[0]
                .about
                .to_string()
                .ends_with("A of EX01")
        );
    }

    #[test]
    fn stays_silent_for_what_does_not_send() {
        let iis = || Known::Value(vec!["IIS".to_owned()]);
        let elsewhere = ExchangeCertificate {
            server: Some("EX02".to_owned()),
            ..exchange_certificate('B')
        };
        for certificates in [
            vec![exchange_certificate('A'), exchange_certificate('A')],
            vec![exchange_certificate('A'), elsewhere],
            vec![
                exchange_certificate('A'),
                serving(iis(), exchange_certificate('B')),
            ],
            vec![
                exchange_certificate('A'),
                self_signed('B', "Microsoft Exchange Server Auth Certificate"),
                self_signed('C', "Microsoft Exchange Server Auth Certificate"),
                self_signed('D', "EX01"),
                self_signed('E', "EX01"),
                serving(Known::Lost, self_signed('F', "WMSvc-SHA2-EX01")),
                serving(Known::Lost, self_signed('0', "WMSvc-SHA2-EX01")),
            ],
        ] {
            let found = found(certificates, Vec::new());
            assert!(found.findings.is_empty() && found.undetermined.is_empty());
        }
    }

    #[test]
    fn is_undetermined_where_the_names_are_lost() {
        let mut lost = exchange_certificate('B');
        lost.certificate.issuer = None;
        let found = found(
            vec![exchange_certificate('A'), lost],
            vec![send_connector()],
        );
        assert!(found.findings.is_empty());
        assert_eq!(found.undetermined.len(), 1);
        assert_eq!(found.undetermined[0].missing.name(), "Issuer");
    }
}
