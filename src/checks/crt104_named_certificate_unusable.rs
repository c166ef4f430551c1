//! CRT104: a certificate that is meant for Exchange Online cannot be used as it is.

mod exported_value;
mod sentences;

use std::collections::BTreeMap;

use crate::diagnosis::certificate_fault;
use crate::diagnosis::certificate_fault::Fault;
use crate::diagnosis::check::Check;
use crate::diagnosis::check_context::{CheckContext, certificate_counts};
use crate::diagnosis::condition::all_hold;
use crate::diagnosis::edge::Edges;
use crate::diagnosis::finding::{CheckOutput, Finding, Proof};
use crate::diagnosis::fix::Fix;
use crate::diagnosis::named_certificate;
use crate::diagnosis::offers::offers;
use crate::diagnosis::proposal;
use crate::diagnosis::rule::declare_rule;
use crate::diagnosis::subject::Subject;
use crate::onprem::model::CertificateUsage;
use crate::onprem::{ExchangeCertificate, SendConnector};
use crate::remedy::{certificates, edge, settings, wizard, wording};
use crate::smtp::certificate::Certificate;
use crate::tenant::Known;

declare_rule! {
    /// The certificate for mail to Exchange Online cannot be used as it is.
    ///
    /// ## What it finds
    /// The certificate that a send connector to Exchange Online names, or that the logs show in
    /// use, if it has one of these faults. Each is a finding of its own:
    ///
    /// - It is self-signed, or an enterprise authority signed it.
    /// - Its status is Revoked, Invalid or Untrusted (as information: RevocationCheckFailure).
    /// - It has no private key on the server.
    /// - It is not enabled for SMTP.
    /// - It has no subject.
    /// - It has an elliptic-curve key.
    /// - It is not for server authentication.
    ///
    /// If several certificates of a server have the name, the one that expires last counts. A
    /// fault that prevents a server from offering the certificate is not reported if the logs show
    /// that the server offers it. A certificate that is only in use is not reported if its mail is
    /// rejected already, because the incident says why, or if the send connector names another one
    /// (SND106). The check reports nothing if no enabled OnPremises inbound connector looks at
    /// certificates.
    ///
    /// ## Why it matters
    /// Exchange does not offer such a certificate, or Exchange Online does not accept it. Mail
    /// waits in the queue, or it is rejected with 550 5.7.64.
    ///
    /// ## What to do
    /// - No private key, or not enabled for SMTP: correct it on the server.
    /// - An elliptic-curve key: install the update, and set `EnableEccCertificateSupport`.
    /// - Everything else: get a certificate from a public authority, and check it with
    ///   `sendlens preflight`.
    ///
    /// ## Sources
    /// - Microsoft Learn, "Configure mail flow using connectors": the certificate must come from a
    ///   public authority that Exchange Online trusts.
    /// - KB 4051498: mail stays in the queue if the certificate is not bound to SMTP.
    /// - Microsoft Learn, "Digital certificates and encryption in Exchange Server": elliptic-curve
    ///   certificates need the security update of November 2024 and a registry value.
    /// - Reference of Set-SendConnector: `TlsCertificateName` consists of issuer and subject.
    NamedCertificateUnusable {
        code: "CRT104",
        name: "named-certificate-unusable",
        severity: Warning,
        confidence: High,
        needs: [SendConnectors, ExchangeCertificates] or [SendLogs],
        proof: Exports,
        /// Exchange Online へのメールに使用する証明書が、現在の状態では使用できません。
        ///
        /// ## 検出する内容
        /// Exchange Online への送信コネクタが指定する証明書、またはログで使用が確認された証明書に、
        /// 次の問題があるかどうかを調べます。問題ごとに 1 件の検出事項になります。
        ///
        /// - 自己署名であるか、エンタープライズ証明機関が署名している。
        /// - 状態が Revoked、Invalid、または Untrusted である (RevocationCheckFailure は情報として
        ///   報告)。
        /// - サーバーに秘密キーがない。
        /// - SMTP に対して有効になっていない。
        /// - サブジェクトがない。
        /// - キーが楕円曲線 (ECC) のキーである。
        /// - サーバー認証用ではない。
        ///
        /// 1 台のサーバーにその名前の証明書が複数ある場合は、有効期限が最も遅いものを対象にします。
        /// サーバーが証明書を提示できなくなる問題は、その証明書を提示していることがログに
        /// 示されていれば報告しません。指定されておらず使用されているだけの証明書は、
        /// そのメールが既に拒否されている場合 (インシデントが理由を示すため) や、
        /// 送信コネクタが別の証明書を指定している場合 (SND106) は報告しません。Exchange Online に、
        /// 種類が OnPremises で証明書を確認する有効な受信コネクタがない場合は、何も報告しません。
        ///
        /// ## 問題となる理由
        /// Exchange がその証明書を提示しないか、Exchange Online がその証明書を受け入れません。
        /// メールはキューで待機するか、550 5.7.64 で拒否されます。
        ///
        /// ## 対処方法
        /// - 秘密キーがない、または SMTP に対して有効になっていない場合: サーバーで修正します。
        /// - キーが楕円曲線のキーである場合: 更新プログラムをインストールし、
        ///   `EnableEccCertificateSupport` を設定します。
        /// - その他の場合: 公的な証明機関から証明書を取得し、`sendlens preflight` で確認します。
        ///
        /// ## 出典
        /// - Microsoft Learn、"Configure mail flow using connectors": 証明書は、
        ///   Exchange Online が信頼する公的な証明機関から取得する必要があります。
        /// - KB 4051498: 証明書が SMTP に割り当てられていない場合、メールはキューに残ります。
        /// - Microsoft Learn、"Digital certificates and encryption in Exchange Server": 楕円曲線の
        ///   証明書には、2024 年 11 月のセキュリティ更新プログラムとレジストリ値が必要です。
        /// - Set-SendConnector のリファレンス: `TlsCertificateName` は、発行者とサブジェクトで
        ///   構成されます。
        japanese: ["15e182b7"],
    }
}

/// Where a fault was found: the same certificate name of one send connector, on its servers.
#[derive(Debug, Default)]
struct Found<'a> {
    certificates: Vec<&'a Certificate>,
    servers: Vec<String>,
    is_named: bool,
    proof: Vec<Proof>,
}

type AllFound<'a> = BTreeMap<(String, Fault), Found<'a>>;

impl Check for NamedCertificateUnusable {
    fn check(&self, context: &CheckContext<'_>, findings: &mut CheckOutput) {
        let mut found: AllFound<'_> = BTreeMap::new();
        for connector in context.send_connectors() {
            named(context, connector, &mut found, findings);
        }
        in_use(context, &mut found);
        if found.is_empty()
            || !somebody_looks(context)
            || !certificate_counts(context, &Self::META, findings)
        {
            return;
        }
        for ((connector, fault), found) in found {
            findings.add(observation(context, &connector, fault, &found));
        }
    }
}

/// Whether an inbound connector may look at certificates, as far as the exports show.
fn somebody_looks(context: &CheckContext<'_>) -> bool {
    let exported = context.tenants.iter().any(|one| one.connectors_exported);
    let mut active = context.perhaps_active();
    !exported
        || active.any(|(_, connector)| connector.tls_sender_certificate_name != Known::Value(None))
}

/// The certificates that a send connector names.
fn named<'a>(
    context: &CheckContext<'a>,
    connector: &SendConnector,
    found: &mut AllFound<'a>,
    findings: &mut CheckOutput,
) {
    let faulty: Vec<(&ExchangeCertificate, Vec<Fault>)> =
        named_certificate::latest_by_server(context, connector)
            .into_iter()
            .map(|one| (one, certificate_fault::of_exported(one)))
            .filter(|(_, faults)| !faults.is_empty())
            .collect();
    let conditions = context.sends_to_online(connector);
    let about = || Subject::send(connector);
    let entry = &NamedCertificateUnusable::META;
    if faulty.is_empty() || !all_hold(&conditions, entry, about, findings) {
        return;
    }
    for (one, faults) in faulty {
        let offered = is_offered(context, &connector.name, &one.certificate);
        for fault in faults {
            if offered && fault.prevents_offer() {
                continue;
            }
            let entry = found.entry((connector.name.clone(), fault)).or_default();
            entry.is_named = true;
            note(entry, &one.certificate, one.server.as_deref());
            let (field, value) = exported_value::of(fault, one);
            let proof = Proof::value(&one.file, one.line, field, &value);
            entry.proof.push(proof);
        }
    }
}

/// The certificates that the logs show in use.
fn in_use<'a>(context: &CheckContext<'a>, found: &mut AllFound<'a>) {
    let Some(analysis) = context.logs else {
        return;
    };
    for history in offers(analysis) {
        let Some(offer) = history.current() else {
            continue;
        };
        // A send connector to anybody also delivers to Exchange Online, but nobody looks at its certificate.
        if !analysis.reaches_exchange_online(history.send_connector) {
            continue;
        }
        let flows = analysis.aggregate.flows.iter();
        let mut groups = flows
            .filter(|flow| {
                flow.key.certificate == offer.id
                    && analysis.aggregate.names.text(flow.key.connector) == history.send_connector
            })
            .filter_map(|flow| analysis.group(flow));
        let rejected = groups.any(|group| group.last_rejection.is_some());
        if rejected || names_another(context, history.send_connector, offer.certificate) {
            continue;
        }
        let exported = context.exported(offer.certificate);
        let faults = match exported {
            Some(one) => certificate_fault::of_exported(one),
            None => {
                certificate_fault::of_certificate(offer.certificate, &CertificateUsage::default())
            }
        };
        for fault in faults.into_iter().filter(|fault| !fault.prevents_offer()) {
            let key = (history.send_connector.to_owned(), fault);
            let entry = found.entry(key).or_default();
            note(entry, offer.certificate, analysis.server(history.stream));
            let proof = offer.evidence.map(|row| Proof::Log(row.clone()));
            entry.proof.extend(proof);
        }
    }
}

/// Whether the exported send connector names another certificate.
fn names_another(context: &CheckContext<'_>, connector: &str, certificate: &Certificate) -> bool {
    let mut exports = context.on_premises.send_connectors.iter();
    exports.any(|known| {
        let name = named_certificate::name_of(known);
        known.name.eq_ignore_ascii_case(connector)
            && name.is_some_and(|name| name.means(certificate) == Some(false))
    })
}

fn note<'a>(found: &mut Found<'a>, certificate: &'a Certificate, server: Option<&str>) {
    let same = |known: &&Certificate| {
        known.thumbprint.is_some() && known.thumbprint == certificate.thumbprint
    };
    if !found.certificates.iter().any(same) {
        found.certificates.push(certificate);
    }
    let server = server.map(str::to_owned);
    let known = |server: &String| {
        found
            .servers
            .iter()
            .any(|one| one.eq_ignore_ascii_case(server))
    };
    if let Some(server) = server.filter(|server| !known(server)) {
        found.servers.push(server);
    }
}

/// Whether the logs show that this send connector offers the certificate.
fn is_offered(context: &CheckContext<'_>, connector: &str, certificate: &Certificate) -> bool {
    let histories = context.logs.map_or_else(Vec::new, offers);
    let mut own = histories
        .iter()
        .filter(|history| history.send_connector.eq_ignore_ascii_case(connector));
    own.any(|history| {
        history.current().is_some_and(|offer| {
            offer.certificate.thumbprint.is_some()
                && offer.certificate.thumbprint == certificate.thumbprint
        })
    })
}

fn observation(
    context: &CheckContext<'_>,
    connector: &str,
    fault: Fault,
    found: &Found<'_>,
) -> Finding {
    let language = context.language;
    let mut certificates = found.certificates.iter();
    let first = certificates.next();
    let first = first.map_or_else(String::new, |one| wording::certificate(language, one));
    let certificate = match certificates.len() {
        0 => first,
        more => sentences::and_more(language, &first, more),
    };
    let fault_sentence = fault.sentence(language);
    let mut message = if found.is_named {
        sentences::names(language, connector, &certificate, &fault_sentence)
    } else {
        sentences::offers(language, connector, &certificate, &fault_sentence)
    };
    if !found.servers.is_empty() {
        let servers = settings::listed(language, &found.servers);
        message.push_str(&sentences::on_servers(language, &servers));
    }
    let count = found.servers.len().max(1);
    let mut finding = Finding::of(&NamedCertificateUnusable::META, connector, message)
        .severity(fault.severity())
        .confidence(fault.confidence())
        .count(u64::try_from(count).unwrap_or(u64::MAX));
    finding.proof.clone_from(&found.proof);
    fixes(context, connector, fault, found)
        .into_iter()
        .fold(finding, Finding::fix)
}

fn fixes(context: &CheckContext<'_>, connector: &str, fault: Fault, found: &Found<'_>) -> Vec<Fix> {
    let language = context.language;
    let servers: Vec<&str> = found.servers.iter().map(String::as_str).collect();
    let whole = found.certificates.iter();
    let whole: Vec<&str> = whole
        .filter_map(|one| certificates::thumbprint(one))
        .collect();
    match fault {
        Fault::NoPrivateKey => {
            let asks = certificates::asks(language);
            let note = if servers.is_empty() {
                sentences::bring_key_to_the_server(language, &asks)
            } else {
                let servers = settings::listed(language, servers);
                sentences::bring_key(language, &servers, &asks)
            };
            vec![Fix::step(&note)]
        }
        Fault::NotForSmtp => match whole.as_slice() {
            [] => {
                let asks = certificates::asks(language);
                vec![Fix::step(&sentences::enable(language, &asks))]
            }
            all => all
                .iter()
                .flat_map(|thumbprint| {
                    certificates::enable_for_smtp(
                        language,
                        &servers,
                        thumbprint,
                        &sentences::binds_to_smtp(language),
                        Edges::in_check(context),
                    )
                })
                .collect(),
        },
        Fault::EllipticCurve => vec![certificates::enable_elliptic_curve(language)],
        Fault::Unchecked => vec![Fix::step(&sentences::reach_revocation_lists(language))],
        _ => another(context, connector),
    }
}

/// The steps to another certificate.
fn another(context: &CheckContext<'_>, connector: &str) -> Vec<Fix> {
    let language = context.language;
    let exports = context.on_premises.send_connectors.iter();
    let exports = exports.filter(|known| known.name.eq_ignore_ascii_case(connector));
    let edges = Edges::in_check(context);
    let is_edge = exports.clone().any(|known| edges.send(known));
    let instead = exports
        .clone()
        .find_map(|known| proposal::instead(context, known));
    let known = instead.and_then(|found| {
        let thumbprint = certificates::thumbprint(&found.certificate)?;
        Some((&found.certificate, thumbprint))
    });
    let mut steps = match known {
        Some(certificate) => edge::offer(
            language,
            is_edge,
            connector,
            certificate,
            &sentences::fit_by_the_exports(language),
        ),
        None => {
            let first = Fix::step(&sentences::get_another(language));
            let others = edge::offer_another(
                language,
                is_edge,
                connector,
                "the new certificate",
                &sentences::switch_last(language),
            );
            std::iter::once(first).chain(others).collect()
        }
    };
    if wizard::made_outbound(context.on_premises, connector) {
        steps.push(wizard::run_again(language));
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::rule::{Confidence, Severity};
    use crate::onprem::OnPremises;
    use crate::scenario::exports::{
        exchange_certificate, of_exports, of_logs, on_premises, send_connector,
    };
    use crate::scenario::logs::{Session, TAKEN, contoso, tenant};
    use crate::tenant::Tenant;

    fn self_signed(digit: char) -> ExchangeCertificate {
        let mut own = exchange_certificate(digit);
        own.certificate.issuer = own.certificate.subject.clone();
        own
    }

    fn naming(name: &str, servers: &[&str]) -> SendConnector {
        SendConnector {
            tls_certificate_name: Known::Value(Some(name.to_owned())),
            source_servers: Known::Value(servers.iter().map(|one| (*one).to_owned()).collect()),
            ..send_connector()
        }
    }

    const OWN: &str = "<I>CN=mail.contoso.com<S>CN=mail.contoso.com";

    fn found(tenants: &[Tenant], side: &OnPremises) -> CheckOutput {
        of_exports(&NamedCertificateUnusable, tenants, side)
    }

    #[test]
    fn fires_for_a_self_signed_certificate_that_is_named() {
        let side = on_premises(vec![naming(OWN, &["EX01"])], vec![self_signed('A')]);
        for tenants in [&[contoso()][..], &[]] {
            let found = found(tenants, &side).findings;
            assert_eq!(found.len(), 1);
            assert!(found[0].message.contains("It is self-signed"));
            assert!(found[0].message.ends_with("This is so on EX01."));
            assert_eq!(found[0].confidence, Confidence::High);
        }
    }

    #[test]
    fn many_servers_are_one_finding_and_each_fault_is_one() {
        let on = |server: &str, digit| ExchangeCertificate {
            server: Some(server.to_owned()),
            services: Known::Value(vec!["IIS".to_owned()]),
            ..self_signed(digit)
        };
        let side = on_premises(
            vec![naming(OWN, &["EX01", "EX02"])],
            vec![on("EX01", 'A'), on("EX02", 'B')],
        );
        let found = found(&[contoso()], &side).findings;
        assert_eq!(found.len(), 2);
        assert!(found.iter().all(|one| one.count == 2));
        assert!(found[0].message.ends_with("on EX01, EX02."));
        let commands = found[1].fix.iter().filter_map(|fix| fix.command.as_deref());
        assert_eq!(commands.count(), 4);
    }

    #[test]
    fn what_the_log_offers_can_be_offered() {
        let mut elliptic = exchange_certificate('A');
        elliptic.usage.elliptic_curve = Some(true);
        let side = on_premises(vec![send_connector()], vec![elliptic.clone()]);
        let alone = found(&[contoso()], &side).findings;
        assert!(alone[0].message.contains("elliptic-curve"));
        assert_eq!(alone[0].confidence, Confidence::Medium);
        let session = Session {
            mails: vec![("a@contoso.com", TAKEN)],
            ..Session::default()
        };
        let logged = crate::scenario::logs::with_analysis(
            std::slice::from_ref(&session),
            &[],
            &OnPremises::default(),
            |analysis| analysis.aggregate.certificates[0].thumbprint.clone(),
        );
        elliptic.certificate.thumbprint = logged;
        let side = on_premises(vec![send_connector()], vec![elliptic]);
        let found = of_logs(&NamedCertificateUnusable, &[session], &[contoso()], &side);
        assert!(found.findings.is_empty());
    }

    #[test]
    fn fires_for_a_self_signed_certificate_in_use() {
        let session = Session {
            issuer: "CN=mail.contoso.com",
            mails: vec![("a@contoso.com", TAKEN)],
            ..Session::default()
        };
        let of = |session: &Session, side: &OnPremises| {
            let sessions = std::slice::from_ref(session);
            of_logs(&NamedCertificateUnusable, sessions, &[contoso()], side).findings
        };
        let side = OnPremises::default();
        let found = of(&session, &side);
        assert_eq!(found.len(), 1);
        assert!(found[0].message.contains("'Out' offers"));
        // Nobody looks at the certificate of a send connector to everybody.
        let internet = SendConnector {
            smart_hosts: Known::Value(Vec::new()),
            address_spaces: Known::Value(vec!["SMTP:*;1".to_owned()]),
            tls_domain: Known::Value(None),
            tls_certificate_name: Known::Value(None),
            ..send_connector()
        };
        assert!(of(&session, &on_premises(vec![internet], Vec::new())).is_empty());
        // An incident says it, or SND106.
        let rejected = Session {
            issuer: "CN=mail.contoso.com",
            ..Session::default()
        };
        assert!(of(&rejected, &side).is_empty());
        let other = on_premises(vec![send_connector()], vec![exchange_certificate('A')]);
        assert!(of(&session, &other).is_empty());
    }

    #[test]
    fn stays_silent_for_a_sound_certificate_and_where_nobody_looks() {
        let sound = on_premises(vec![send_connector()], vec![exchange_certificate('A')]);
        assert!(found(&[contoso()], &sound).findings.is_empty());
        let side = on_premises(vec![naming(OWN, &["EX01"])], vec![self_signed('A')]);
        let by_address = tenant(None, &["203.0.113.7"], &["contoso.com"]);
        let found_one = found(&[by_address], &side);
        assert!(found_one.findings.is_empty() && found_one.undetermined.is_empty());
        let mut partner = contoso();
        partner.connectors[0].connector_type = Known::Value(crate::tenant::ConnectorType::Partner);
        assert!(found(&[partner], &side).findings.is_empty());
    }

    #[test]
    fn lost_values_are_no_fault_and_a_lost_target_is_noted() {
        let mut lost = exchange_certificate('A');
        lost.services = Known::Lost;
        lost.has_private_key = Known::Lost;
        lost.status = Known::Lost;
        let side = on_premises(vec![send_connector()], vec![lost]);
        assert!(found(&[contoso()], &side).findings.is_empty());
        let somewhere = SendConnector {
            smart_hosts: Known::Lost,
            address_spaces: Known::Value(vec!["smtp:*;1".to_owned()]),
            tls_domain: Known::Value(None),
            ..naming(OWN, &["EX01"])
        };
        let side = on_premises(vec![somewhere], vec![self_signed('A')]);
        let found = found(&[contoso()], &side);
        assert!(found.findings.is_empty());
        assert_eq!(found.undetermined[0].missing.name(), "SmartHosts");
    }

    #[test]
    fn a_revocation_check_is_information() {
        let mut unchecked = exchange_certificate('A');
        unchecked.status = Known::Value(Some("RevocationCheckFailure".to_owned()));
        let side = on_premises(vec![send_connector()], vec![unchecked]);
        let found = found(&[contoso()], &side).findings;
        assert_eq!(found[0].severity, Severity::Info);
    }

    #[test]
    fn a_certificate_that_is_there_and_expected_is_offered_instead() {
        let mut internal = exchange_certificate('A');
        internal.certificate.issuer = Some("CN=Contoso-CA, DC=contoso, DC=local".to_owned());
        let mut connector = send_connector();
        connector.tls_certificate_name = Known::Value(Some(
            "<I>CN=Contoso-CA, DC=contoso, DC=local<S>CN=mail.contoso.com".to_owned(),
        ));
        let side = on_premises(vec![connector], vec![internal, exchange_certificate('B')]);
        let command = |tenants: &[Tenant]| {
            let found = of_exports(&NamedCertificateUnusable, tenants, &side);
            let steps = found.findings[0].fix.iter();
            let mut commands = steps.filter_map(|step| step.command.clone());
            commands.next().unwrap()
        };
        assert!(command(&[contoso()]).contains(&"B".repeat(40)));
        // What no inbound connector surely expects is not proposed.
        assert!(command(&[]).contains("<thumbprint of"));
    }
}
