//! CRT102: one name identifies two certificates.

mod group;
mod sentences;

use std::collections::BTreeMap;

use self::group::{Group, is_same};
use crate::diagnosis::certificate_fault;
use crate::diagnosis::check::Check;
use crate::diagnosis::check_context::CheckContext;
use crate::diagnosis::edge::Edges;
use crate::diagnosis::finding::{CheckOutput, Finding, Proof};
use crate::diagnosis::fix::Fix;
use crate::diagnosis::named_certificate::{Naming, common_name};
use crate::diagnosis::rule::{Confidence, declare_rule};
use crate::diagnosis::subject::Subject;
use crate::diagnosis::transport_certificate as transport;
use crate::diagnosis::transport_certificate::{described, is_valid_at, same_name, serves_smtp};
use crate::input::timestamp::Timestamp;
use crate::language::Language;
use crate::onprem::ExchangeCertificate;
use crate::remedy::wording::capitalised;
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
        /// 1 台のサーバーに、発行者とサブジェクトが同じ証明書が 2 つあります。
        ///
        /// ## 検出する内容
        /// 発行者とサブジェクトが同じで、拇印が異なる、同じサーバー上の証明書を検出します。対象は、
        /// SMTP に対して有効な証明書と、送信コネクタが指定する証明書です。
        /// Exchange が作成するものなどの自己署名証明書は、送信コネクタが指定する場合だけ
        /// 報告します。ほかのサービス用の証明書は報告しません。同じ名前を持つ同じ証明書が複数の
        /// サーバーにある場合は、1 件の検出事項にまとめます。
        ///
        /// ## 問題となる理由
        /// `TlsCertificateName` は、発行者とサブジェクトだけで証明書を識別します。
        /// 該当する 2 つの証明書のうち、Exchange がどちらを提示するかは文書化されていません。
        /// 更新後もサーバーが古い証明書を提示し続け、やがて有効期限切れの証明書を
        /// 提示することがあります。名前を設定し直しても、両方の証明書を指すため、効果はありません。
        /// また、Exchange は、送信コネクタが指定する証明書の削除を拒否します。
        ///
        /// ## 対処方法
        /// `TlsCertificateName` を設定し直しても、名前が両方の証明書を指すため、何も変わりません。
        /// Exchange は、送信コネクタが指定する証明書の削除を拒否します。そのため、
        /// 次の手順を実行します。
        ///
        /// 1. 新しい証明書が、秘密キーと共にすべての送信元サーバーにあり、SMTP と、
        ///    古い証明書が使用されているほかのサービスに対して有効であることを確認します。
        /// 2. すべての送信元サーバーで、トランスポート サービスを停止します。
        /// 3. その名前を持つ各送信コネクタの `TlsCertificateName` を空にします。
        /// 4. すべてのサーバーで、古い証明書を削除します。
        /// 5. `TlsCertificateName` をもう一度設定します。
        /// 6. トランスポート サービスを開始します。
        ///
        /// ## 出典
        /// - "Can't remove a certificate that's installed in Exchange Server" (Microsoft Learn): 更新した
        ///   証明書の発行者とサブジェクトが同じ場合、古い証明書は削除できません。このページには、
        ///   トランスポート サービスを停止して行う手順があります。
        /// - `Set-SendConnector` (リファレンス、Microsoft Learn): `TlsCertificateName` の
        ///   形式は `<I>issuer<S>subject` です。
        japanese: ["32f6286d"],
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
            for group in look_at_server(context.language, &naming, own, findings) {
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

fn look_at_server<'a>(
    language: Language,
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
            let about = about(language, found);
            findings.mark_undetermined(&CertificatesWithOneName::META, about, field);
        }
    }
    for mut group in groups {
        let naming = all_naming.of_certificate(group[0]);
        if naming.is_empty() {
            if group.len() > 1 && !group[0].certificate.is_self_signed() {
                note_lost_services(language, &group, findings);
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
fn note_lost_services(
    language: Language,
    group: &[&ExchangeCertificate],
    findings: &mut CheckOutput,
) {
    let possible = group.iter().filter(|found| may_serve_smtp(found)).count();
    let lost = group.iter().filter(|found| found.services.is_lost());
    for found in lost.filter(|_| possible > 1) {
        let about = about(language, found);
        findings.mark_undetermined(&CertificatesWithOneName::META, about, "Services");
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

/// The servers, and the certificates that each of them has.
fn beginning(context: &CheckContext<'_>, found: &Group<'_>) -> String {
    let language = context.language;
    let group = &found.certificates;
    let each = group.iter().map(|one| {
        let described = described(language, &one.certificate);
        let state = state(language, one, context.now);
        format!("{}{state})", described.trim_end_matches(')'))
    });
    let each = settings::listed(language, each);
    let servers = found.servers.iter().map(|one| server(language, one));
    let servers = settings::listed(language, servers);
    let servers = capitalised(language, &servers);
    let first = &group[0].certificate;
    let sentence = match found.servers.len() {
        1 => sentences::one_server_has,
        _ => sentences::servers_have,
    };
    sentence(
        language,
        &servers,
        group.len(),
        first.subject.as_deref().unwrap_or_default(),
        first.issuer.as_deref().unwrap_or_default(),
        &each,
    )
}

fn observation(context: &CheckContext<'_>, found: &Group<'_>) -> Finding {
    let language = context.language;
    let group = &found.certificates;
    let subject = group[0].certificate.subject.as_deref();
    let subject = subject.unwrap_or_default();
    let mut message = beginning(context, found);
    for connector in &found.naming {
        message.push_str(&sentences::named_by(language, &connector.name));
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
fn state(language: Language, found: &ExchangeCertificate, now: Timestamp) -> String {
    let start = found.certificate.not_before;
    match is_valid_at(&found.certificate, now) {
        Some(false) if start.is_some_and(|from| from > now) => sentences::not_valid_yet(language),
        Some(false) => sentences::has_expired(language),
        _ => String::new(),
    }
}

/// Keeps the certificate that expires last, if the dates show which one that is.
fn fix(context: &CheckContext<'_>, found: &Group<'_>) -> Vec<Fix> {
    let language = context.language;
    let group = &found.certificates;
    let others = &match group.len() {
        2 => sentences::the_other(language),
        _ => sentences::the_others(language),
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
        return vec![Fix::step(&sentences::find_out(language, others))];
    };
    if !transport::may_be_offered(new, context.now) {
        let certificate = described(language, &new.certificate);
        let faults = certificate_fault::sentences(language, new);
        let note = sentences::not_yet(language, &certificate, &faults, others);
        return vec![Fix::step(&note)];
    }
    let mut steps = Vec::new();
    steps.extend(certificates::move_services(
        language,
        &group[..group.len() - 1],
        new,
    ));
    let connectors: Vec<&str> = found.naming.iter().map(|one| one.name.as_str()).collect();
    let owned = found.server_names();
    let servers: Vec<&str> = owned.iter().map(String::as_str).collect();
    let edges = Edges::in_check(context);
    if connectors.is_empty() {
        let note = if context.on_premises.send_connectors_exported {
            sentences::remove_unnamed(language)
        } else {
            sentences::remove_if_unnamed(language)
        };
        for thumbprint in before {
            steps.extend(certificates::remove(
                language, &servers, thumbprint, &note, edges,
            ));
        }
    } else {
        let certificates = certificates::SameName {
            connectors: &connectors,
            servers: &servers,
            sources: &found.sources(&servers),
            // Any of the servers that have the certificates may be the front end.
            front_ends: if found.is_proxied() { &servers } else { &[] },
            old: &before,
            new: kept,
            kept: &new.certificate,
            edges,
        };
        steps.extend(certificates::keep_one_of_same_name(language, &certificates));
    }
    steps
}

fn server(language: Language, found: &ExchangeCertificate) -> String {
    found
        .server
        .clone()
        .unwrap_or_else(|| sentences::server_of(language, &found.file))
}

fn about(language: Language, found: &ExchangeCertificate) -> Subject {
    Subject::CertificateOn {
        thumbprint: found.certificate.thumbprint.clone(),
        server: server(language, found),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;
    use crate::onprem::SendConnector;
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
