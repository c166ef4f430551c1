//! CRT102: one name identifies two certificates.

use std::collections::BTreeMap;

use crate::diagnosis::certificate_fault;
use crate::diagnosis::check::Check;
use crate::diagnosis::check_context::CheckContext;
use crate::diagnosis::edge::Edges;
use crate::diagnosis::finding::{CheckOutput, Finding, Proof};
use crate::diagnosis::fix::Fix;
use crate::diagnosis::named_certificate::{Naming, common_name, source_servers};
use crate::diagnosis::rule::{Confidence, declare_rule};
use crate::diagnosis::subject::Subject;
use crate::diagnosis::transport_certificate as transport;
use crate::diagnosis::transport_certificate::{described, is_valid_at, same_name, serves_smtp};
use crate::input::timestamp::Timestamp;
use crate::onprem::{ExchangeCertificate, SendConnector};
use crate::remedy::{certificates, settings};

declare_rule! {
    /// A server has two certificates with the same issuer and subject.
    ///
    /// ## What it finds
    /// Certificates of one server that have the same issuer and subject and different thumbprints.
    /// They are enabled for SMTP, or a send connector names them. Self-signed certificates, such
    /// as those that Exchange creates, are reported only if a send connector names them.
    /// Certificates for other services are not reported. If several servers have the same
    /// certificates with one name, this is one finding.
    ///
    /// ## Why it matters
    /// `TlsCertificateName` identifies a certificate by issuer and subject only. Which of two such
    /// certificates Exchange sends is not documented. After a renewal, the server may still offer
    /// the old certificate, and later an expired one. To set the name again does nothing, because
    /// it names both. Exchange also refuses to remove a certificate that a send connector names.
    ///
    /// ## What to do
    /// Setting `TlsCertificateName` again changes nothing, because the name means both. Exchange
    /// refuses to remove a certificate that a send connector names. Therefore:
    ///
    /// 1. Make sure that the new certificate is on every source server, with its private key, and
    ///    is enabled for SMTP and for the other services of the old one.
    /// 2. Stop the transport service on every source server.
    /// 3. Clear `TlsCertificateName` of each send connector that has the name.
    /// 4. Remove the old certificate on every server.
    /// 5. Set `TlsCertificateName` again.
    /// 6. Start the transport service.
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
        let naming = Naming::of(context);
        let mut groups: Vec<Group<'_>> = Vec::new();
        for own in servers.values() {
            for group in look_at_server(&naming, own, findings) {
                match groups.iter_mut().find(|known| known.is_like(&group)) {
                    Some(known) => known.servers.extend(group.servers),
                    None => groups.push(group),
                }
            }
        }
        for group in &groups {
            findings.add(observation(context, group));
        }
    }
}

/// Certificates with one name, and the servers that have all of them.
struct Group<'a> {
    /// By expiry. The certificates of the first server.
    certificates: Vec<&'a ExchangeCertificate>,
    /// The send connectors that name them.
    naming: Vec<&'a SendConnector>,
    /// A certificate of each server, which shows the server and its file.
    servers: Vec<&'a ExchangeCertificate>,
}

impl Group<'_> {
    /// Whether another server has the same certificates, and the same send connectors name them.
    fn is_like(&self, other: &Group<'_>) -> bool {
        let names = |group: &Group<'_>| -> Vec<String> {
            let all = group.naming.iter();
            all.map(|connector| connector.name.clone()).collect()
        };
        let known = self
            .certificates
            .iter()
            .all(|one| one.certificate.thumbprint.is_some());
        known
            && self.certificates.len() == other.certificates.len()
            && names(self) == names(other)
            && self
                .certificates
                .iter()
                .zip(&other.certificates)
                .all(|(one, other)| {
                    // What can be done depends on these.
                    let state = |found: &ExchangeCertificate| {
                        (
                            found.services.clone(),
                            found.status.clone(),
                            found.has_private_key.clone(),
                        )
                    };
                    is_same(one, other) && state(one) == state(other)
                })
    }
}

fn look_at_server<'a>(
    all_naming: &Naming<'a>,
    own: &[&'a ExchangeCertificate],
    findings: &mut CheckOutput,
) -> Vec<Group<'a>> {
    let mut groups: Vec<Vec<&'a ExchangeCertificate>> = Vec::new();
    // Certificates of one name have one common name.
    let mut by_common_name: BTreeMap<Option<String>, Vec<usize>> = BTreeMap::new();
    let mut found_groups = Vec::new();
    for found in own {
        let near = by_common_name.entry(common_name(found)).or_default();
        let mut near_groups = near.iter().copied();
        match near_groups.find(|at| same_names(groups[*at][0], found)) {
            Some(at) if groups[at].iter().any(|known| is_same(known, found)) => {}
            Some(at) => groups[at].push(found),
            None => {
                near.push(groups.len());
                groups.push(vec![found]);
            }
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
        let naming = all_naming.of_certificate(group[0]);
        if naming.is_empty() {
            if group.len() > 1 && !group[0].certificate.is_self_signed() {
                note_lost_services(&group, findings);
            }
            group.retain(|found| {
                serves_smtp(found) == Some(true) && !found.certificate.is_self_signed()
            });
        }
        if group.len() > 1 {
            group.sort_by_key(|found| found.certificate.not_after);
            found_groups.push(Group {
                servers: vec![group[0]],
                certificates: group,
                naming,
            });
        }
    }
    found_groups
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

fn observation(context: &CheckContext<'_>, found: &Group<'_>) -> Finding {
    let group = &found.certificates;
    let first = &group[0].certificate;
    let subject = first.subject.as_deref().unwrap_or_default();
    let each: Vec<String> = group
        .iter()
        .map(|one| {
            let described = described(context.language, &one.certificate);
            let state = state(one, context.now);
            format!("{}{state})", described.trim_end_matches(')'))
        })
        .collect();
    let servers: Vec<String> = found.servers.iter().map(|one| server(one)).collect();
    let place = settings::listed(context.language, servers.iter().map(String::as_str));
    let mut message = format!(
        "{} {} {} certificates with the subject '{subject}' and the issuer '{}': {}. Which of them Exchange sends is not documented.",
        crate::remedy::wording::capitalised(&place),
        if servers.len() == 1 {
            "has"
        } else {
            "each have"
        },
        group.len(),
        first.issuer.as_deref().unwrap_or_default(),
        settings::listed(context.language, each.iter().map(String::as_str)),
    );
    for connector in &found.naming {
        message.push_str(&format!(" Send connector '{}' names them.", connector.name));
    }
    // With one valid certificate, Exchange probably uses that one.
    let valid = group
        .iter()
        .filter(|one| is_valid_at(&one.certificate, context.now) != Some(false));
    let confidence = match valid.count() {
        0 | 1 => Confidence::Medium,
        _ => Confidence::High,
    };
    let entry = &CertificatesWithOneName::META;
    let count = match found.servers.len() {
        1 => group.len(),
        several => several,
    };
    let finding = Finding::of(entry, subject, message)
        .confidence(confidence)
        .count(u64::try_from(count).unwrap_or(u64::MAX));
    let finding = group.iter().fold(finding, |finding, one| {
        let thumbprint = one.certificate.thumbprint.as_deref().unwrap_or("(lost)");
        finding.proof(Proof::value(&one.file, one.line, "Thumbprint", thumbprint))
    });
    fix(context, found).into_iter().fold(finding, Finding::fix)
}

/// What the dates say about a certificate, after a comma.
fn state(found: &ExchangeCertificate, now: Timestamp) -> &'static str {
    let start = found.certificate.not_before;
    match is_valid_at(&found.certificate, now) {
        Some(false) if start.is_some_and(|from| from > now) => ", not valid yet",
        Some(false) => ", expired",
        _ => "",
    }
}

/// Keeps the certificate that expires last, if the dates show which one that is.
fn fix(context: &CheckContext<'_>, found: &Group<'_>) -> Vec<Fix> {
    let group = &found.certificates;
    let others = match group.len() {
        2 => "the other",
        _ => "the others",
    };
    let dated = group
        .iter()
        .all(|found| found.certificate.not_after.is_some());
    let (second, new) = (group[group.len() - 2], group[group.len() - 1]);
    let differ = second.certificate.not_after != new.certificate.not_after;
    let old = group[..group.len() - 1].iter();
    let before: Option<Vec<&str>> = old
        .map(|one| certificates::thumbprint(&one.certificate))
        .collect();
    let kept = certificates::thumbprint(&new.certificate);
    let (Some(before), Some(kept), true) = (before, kept, dated && differ) else {
        return vec![Fix::step(&format!(
            "1. Find out which of them is in use (Get-ExchangeCertificate). 2. Remove {others}. Exchange refuses to remove a certificate that a send connector names: `sendlens explain CRT102` lists the steps."
        ))];
    };
    if !transport::may_be_offered(new, context.now) {
        return vec![Fix::step(&format!(
            "Do not remove any of them yet: {}, which expires last, cannot be used today.{} 1. Check its dates, private key, status and services (Get-ExchangeCertificate). 2. When it can be used, remove {others}. Exchange refuses to remove a certificate that a send connector names: `sendlens explain CRT102` lists the steps.",
            described(context.language, &new.certificate),
            certificate_fault::sentences(context.language, new)
        ))];
    }
    let mut steps = Vec::new();
    steps.extend(certificates::move_services(
        context.language,
        &group[..group.len() - 1],
        new,
    ));
    let connectors: Vec<&str> = found.naming.iter().map(|one| one.name.as_str()).collect();
    let owned = servers(found);
    let servers: Vec<&str> = owned.iter().map(String::as_str).collect();
    let edges = Edges::in_check(context);
    if connectors.is_empty() {
        let known = if context.on_premises.send_connectors_exported {
            "No exported send connector names this certificate. "
        } else {
            "First make sure that no send connector names this certificate (Get-SendConnector): Exchange refuses to remove it then, and `sendlens explain CRT102` lists the steps. "
        };
        let note = format!(
            "{known}This removes the certificate that expires first. Then restart the transport service (MSExchangeTransport)."
        );
        for thumbprint in before {
            steps.extend(certificates::remove(
                context.language,
                &servers,
                thumbprint,
                &note,
                edges,
            ));
        }
    } else {
        let certificates = certificates::SameName {
            connectors: &connectors,
            servers: &servers,
            sources: &sources(found, &servers),
            // Any of the servers that have the certificates may be the front end.
            front_ends: if is_proxied(found) { &servers } else { &[] },
            old: &before,
            new: kept,
            kept: &new.certificate,
            edges,
        };
        steps.extend(certificates::keep_one_of_same_name(
            context.language,
            &certificates,
        ));
    }
    steps
}

/// Whether a front end sends for one of the send connectors.
fn is_proxied(found: &Group<'_>) -> bool {
    (found.naming.iter()).any(|one| one.frontend_proxy.value() == Some(&true))
}

/// The source servers of the send connectors, and the servers that have the certificates.
fn sources<'a>(found: &Group<'a>, servers: &[&'a str]) -> Vec<&'a str> {
    let mut all = servers.to_vec();
    for name in found.naming.iter().flat_map(|one| source_servers(one)) {
        if !all.iter().any(|known| transport::same_server(known, name)) {
            all.push(name);
        }
    }
    all
}

/// The servers on which the old certificate is removed.
fn servers(found: &Group<'_>) -> Vec<String> {
    let known = found.servers.iter().filter_map(|one| one.server.clone());
    let mut names: Vec<String> = known.collect();
    if names.is_empty() {
        // An export without a server name belongs to the only source server.
        let sources = found.naming.first().map(|one| source_servers(one));
        if let Some([only]) = sources {
            names.push(only.clone());
        } else {
            names.push("<server>".to_owned());
        }
    }
    names
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
    use crate::language::Language;
    use crate::scenario::exports::{exchange_certificate, of_exports, on_premises, send_connector};
    use crate::tenant::Known;

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
        let commands: Vec<&str> = one
            .fix
            .iter()
            .filter_map(|fix| fix.command.as_deref())
            .collect();
        let (old, new) = ("A".repeat(40), "B".repeat(40));
        assert_eq!(
            commands,
            [
                "Invoke-Command -ComputerName 'EX01' -ScriptBlock { Stop-Service MSExchangeTransport }".to_owned(),
                "Set-SendConnector -Identity 'Out' -TlsCertificateName $null".to_owned(),
                format!("Remove-ExchangeCertificate -Server 'EX01' -Thumbprint '{old}'"),
                format!("$cert = Get-ExchangeCertificate -Thumbprint '{new}'; Set-SendConnector -Identity 'Out' -TlsCertificateName \"<I>$($cert.Issuer)<S>$($cert.Subject)\""),
                "Invoke-Command -ComputerName 'EX01' -ScriptBlock { Start-Service MSExchangeTransport }".to_owned(),
            ]
        );
    }

    #[test]
    fn many_servers_are_one_finding_with_the_steps_for_all() {
        let on = |server: &str, found: ExchangeCertificate| ExchangeCertificate {
            server: Some(server.to_owned()),
            ..found
        };
        let connector = SendConnector {
            source_servers: Known::Value(vec!["EX01".to_owned(), "EX02".to_owned()]),
            ..send_connector()
        };
        let all = ["EX01", "EX02"].into_iter().flat_map(|server| {
            [
                on(server, exchange_certificate('A')),
                on(server, expiring('B', "2027-12-01T00:00:00.000Z")),
            ]
        });
        let found = found(all.collect(), vec![connector]);
        assert_eq!(found.findings.len(), 1);
        let one = &found.findings[0];
        assert_eq!(one.count, 2);
        assert!(
            one.message
                .starts_with("EX01, EX02 each have 2 certificates")
        );
        let text = format!("{:?}", one.fix);
        assert!(text.contains("-ComputerName 'EX01','EX02'"));
        assert!(text.contains("-Server 'EX02'"));
        assert_eq!(text.matches("Set-SendConnector -Identity 'Out'").count(), 2);
    }

    #[test]
    fn servers_on_which_the_newer_one_is_not_ready_are_a_finding_of_their_own() {
        let mut all = Vec::new();
        for (server, service) in [("EX01", "SMTP"), ("EX02", "IIS")] {
            let renewed = expiring('B', "2027-12-01T00:00:00.000Z");
            for one in [exchange_certificate('A'), renewed] {
                let mut one = ExchangeCertificate {
                    server: Some(server.to_owned()),
                    ..one
                };
                if one.certificate.thumbprint.as_deref() == Some(&"B".repeat(40)) {
                    one.services = Known::Value(vec![service.to_owned()]);
                }
                all.push(one);
            }
        }
        let connector = SendConnector {
            source_servers: Known::Value(vec!["EX01".to_owned(), "EX02".to_owned()]),
            ..send_connector()
        };
        let found = found(all, vec![connector]);
        assert_eq!(found.findings.len(), 2);
        assert!(found.findings[0].fix[0].command.is_some());
        assert!(
            found.findings[1].fix[0]
                .note
                .starts_with("Do not remove any")
        );
    }

    #[test]
    fn without_a_connector_the_old_one_is_removed_after_its_services_moved() {
        let mut web = exchange_certificate('A');
        web.services = Known::Value(vec!["IIS".to_owned(), "SMTP".to_owned()]);
        let renewed = expiring('B', "2027-12-01T00:00:00.000Z");
        let found = found(vec![web, renewed], Vec::new());
        let fix = &found.findings[0].fix;
        assert!(fix[0].note.contains("for IIS on each"), "{}", fix[0].note);
        let command = fix[1].command.as_deref().unwrap();
        assert!(command.starts_with("Remove-ExchangeCertificate -Server 'EX01'"));
        assert!(
            fix[1]
                .note
                .starts_with("First make sure that no send connector")
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
                .words(Language::English)
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
