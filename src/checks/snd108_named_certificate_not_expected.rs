//! SND108: the certificate that a send connector names matches no inbound connector.

mod sentences;

use crate::attribution::judgement::{ConnectorView, Judgement, Offer, OfferedCertificate};
use crate::diagnosis::check::Check;
use crate::diagnosis::check_context::CheckContext;
use crate::diagnosis::condition::{Condition, all_hold};
use crate::diagnosis::finding::{CheckOutput, Finding};
use crate::diagnosis::fix::Fix;
use crate::diagnosis::named_certificate;
use crate::diagnosis::offers::{OfferPeriod, offers};
use crate::diagnosis::rule::{Confidence, declare_rule};
use crate::diagnosis::send_connector::{foreign_destination, has_rejections, tenant_of};
use crate::diagnosis::subject::{Subject, stream_place};
use crate::diagnosis::transport_certificate as transport;
use crate::language::Language;
use crate::onprem::{ExchangeCertificate, SendConnector};
use crate::remedy::{certificates, command, expected_name, settings, wizard, wording};
use crate::tenant::Tenant;

declare_rule! {
    /// The certificate that a send connector names matches no enabled inbound connector.
    ///
    /// ## What it finds
    /// Enabled send connectors to Exchange Online whose `TlsCertificateName` names a certificate
    /// of their servers that matches no enabled OnPremises inbound connector: neither of the
    /// tenant that they send to, nor of another given tenant. If several certificates of a server
    /// have the name, the one that expires last counts. If a connector of the tenant lists
    /// addresses, the confidence is medium, because the address may identify the servers.
    ///
    /// The check reports nothing if no connector of the tenant has a certificate name (CON102,
    /// CON111), or if the logs show that mail of the send connector is rejected: the incident then
    /// says why. If a connector matches only by a rule that Microsoft does not document, the
    /// confidence is low, and with logs of the send connector the check reports nothing.
    ///
    /// ## Why it matters
    /// Exchange Online cannot assign the mail to your tenant. Mail to recipients outside Microsoft
    /// 365 is rejected with 550 5.7.64. This is certain before the first line of a log. If the log
    /// shows that the servers offer another certificate, with which mail is accepted, this happens
    /// as soon as they offer the named one.
    ///
    /// ## What to do
    /// Do one of the following:
    ///
    /// - Let the send connector name a certificate that the inbound connector expects.
    /// - Let an inbound connector expect a name of the certificate. Its domain must be an accepted
    ///   domain.
    ///
    /// ## Sources
    /// - KB 4051495: 550 5.7.64 after the certificate changed; the inbound connector must expect
    ///   the name of the certificate, or the hybrid wizard is run again.
    /// - Message center notice MC1226222 (2026-02): the certificate is the first thing that decides
    ///   which tenant the mail belongs to.
    NamedCertificateNotExpected {
        code: "SND108",
        name: "named-certificate-not-expected",
        severity: Warning,
        confidence: High,
        needs: [SendConnectors, ExchangeCertificates, InboundConnectors],
        proof: Exports,
        /// 送信コネクタが指定する証明書が、Exchange Online のどの有効な受信コネクタとも
        /// 一致しません。
        ///
        /// ## 検出する内容
        /// Exchange Online への有効な送信コネクタのうち、`TlsCertificateName` が
        /// 指定するサーバー上の証明書が、種類が OnPremises のどの有効な受信コネクタとも
        /// 一致しないものを検出します。送信先のテナントの受信コネクタと、指定されたほかのテナントの
        /// 受信コネクタを調べます。1 台のサーバーにその名前の証明書が複数ある場合は、
        /// 有効期限が最も遅いものを対象にします。テナントの受信コネクタに IP アドレスが
        /// 登録されている場合は、IP アドレスでサーバーが識別される可能性があるため、
        /// 信頼度は中です。
        ///
        /// テナントの受信コネクタに証明書名がない場合 (CON102、CON111) や、送信コネクタのメールが
        /// 拒否されていることがログに示されている場合は、何も報告しません。後者の理由は、
        /// インシデントが示します。Microsoft が文書化していない規則でのみ一致する受信コネクタがある
        /// 場合、信頼度は低です。さらに送信コネクタのログもある場合は、何も報告しません。
        ///
        /// ## 問題となる理由
        /// Exchange Online は、メールを自組織のテナントに割り当てられません。Microsoft 365 の外部の
        /// 受信者へのメールは、550 5.7.64 で拒否されます。これは、最初のログ行が記録される前から
        /// 確実です。サーバーが別の証明書を提示し、メールが受け入れられていることがログに
        /// 示されている場合、この拒否は、指定されている証明書をサーバーが提示し始めた時点で
        /// 発生します。
        ///
        /// ## 対処方法
        /// 次のいずれかを行います。
        ///
        /// - 送信コネクタで、受信コネクタが想定する証明書を指定します。
        /// - 受信コネクタが証明書の名前を想定するように設定します。その名前のドメインは、
        ///   承認済みドメインである必要があります。
        ///
        /// ## 出典
        /// - KB 4051495: 証明書の変更後に 550 5.7.64 が発生します。受信コネクタが証明書の名前を
        ///   想定するように設定するか、ハイブリッド構成ウィザードをもう一度実行します。
        /// - メッセージ センターの通知 MC1226222 (2026-02): メールがどのテナントのものかは、
        ///   最初に証明書で判断されます。
        japanese: ["9b83d313"],
    }
}

impl Check for NamedCertificateNotExpected {
    fn check(&self, context: &CheckContext<'_>, findings: &mut CheckOutput) {
        for connector in context.send_connectors() {
            let [enabled, online] = context.sends_to_online(connector);
            let name = &connector.tls_certificate_name;
            let conditions = [
                enabled,
                online,
                Condition::of("TlsCertificateName", name, Option::is_some),
            ];
            let about = || Subject::send(connector);
            let tenants = targets(context, connector);
            if !tenants.is_empty()
                && !has_rejections(context, connector)
                && all_hold(&conditions, &Self::META, about, findings)
            {
                look_at(context, connector, &tenants, findings);
            }
        }
    }
}

/// The tenants that the connector may send to: the one that its smart host or address space shows,
/// or else every given one.
fn targets<'a>(context: &CheckContext<'a>, connector: &SendConnector) -> Vec<&'a Tenant> {
    let exported = context
        .tenants
        .iter()
        .filter(|tenant| tenant.connectors_exported);
    match tenant_of(connector, context.tenants) {
        Some(name) => exported.filter(|tenant| tenant.name == name).collect(),
        // What a tenant expects whose export is not given is unknown.
        None if foreign_destination(connector, context.tenants).is_some() => Vec::new(),
        None => exported.collect(),
    }
}

fn look_at(
    context: &CheckContext<'_>,
    connector: &SendConnector,
    tenants: &[&Tenant],
    findings: &mut CheckOutput,
) {
    let entry = &NamedCertificateNotExpected::META;
    let mut missed: Vec<&ExchangeCertificate> = Vec::new();
    for found in named_certificate::latest_by_server(context, connector) {
        let judgement = judge(context, found);
        let in_logs = context
            .logs
            .is_some_and(|analysis| analysis.reaches_exchange_online(&connector.name));
        let matches =
            |view: &ConnectorView<'_>| view.matches_by_name() || view.is_uncertain() && in_logs;
        if judgement.active().any(matches) {
            continue;
        }
        let named = |view: &ConnectorView<'_>| {
            view.has_name() && tenants.iter().any(|one| std::ptr::eq(*one, view.tenant))
        };
        let lost = judgement.views.iter().find(|view| view.may_match_by_name());
        if let Some(view) = lost {
            let field = view.connector.lost_fields();
            let field = field.iter().find(|field| **field != "SenderIPAddresses");
            let about = Subject::inbound(view.tenant, view.connector);
            findings.mark_undetermined(entry, about, *field.unwrap_or(&"Enabled"));
        } else if judgement.active().any(named) {
            if found.names_lost {
                let about = Subject::CertificateOn {
                    thumbprint: found.certificate.thumbprint.clone(),
                    server: found.server.clone().unwrap_or_default(),
                };
                findings.mark_undetermined(entry, about, "CertificateDomains");
            } else {
                missed.push(found);
            }
        }
    }
    if !missed.is_empty() {
        findings.add(observation(context, connector, tenants, &missed));
    }
}

fn judge<'a>(context: &CheckContext<'a>, found: &ExchangeCertificate) -> Judgement<'a> {
    let offer = Offer {
        certificate: OfferedCertificate::Known(&found.certificate),
        source: None,
    };
    Judgement::new(&offer, context.tenants, context.strict)
}

fn observation(
    context: &CheckContext<'_>,
    connector: &SendConnector,
    tenants: &[&Tenant],
    missed: &[&ExchangeCertificate],
) -> Finding {
    let first = missed[0];
    let judgement = judge(context, first);
    let expecting: Vec<&ConnectorView<'_>> = judgement
        .active()
        .filter(|view| view.has_name() && tenants.iter().any(|one| one.name == view.tenant.name))
        .collect();
    let servers: Vec<&str> = missed
        .iter()
        .filter_map(|one| one.server.as_deref())
        .collect();
    let instead = offered_instead(context, connector, missed);
    let (message, confidence) = message(
        context.language,
        connector,
        first,
        (&servers, instead),
        (&judgement, &expecting),
    );
    let name = connector.tls_certificate_name.value();
    let name = name.and_then(Option::as_deref).unwrap_or_default();
    let mut finding = Finding::of(&NamedCertificateNotExpected::META, &connector.name, message)
        .confidence(confidence)
        .count(u64::try_from(servers.len().max(1)).unwrap_or(u64::MAX))
        .proof(settings::send_proof(connector, "TlsCertificateName", name));
    if let [tenant] = tenants {
        finding = finding.tenant(&tenant.name);
    }
    for view in &expecting {
        finding = finding.proof(settings::name_proof(view.connector));
    }
    fixes(context, connector, &expecting, first)
        .into_iter()
        .fold(finding, Finding::fix)
}

/// What is wrong, and how certain that is.
fn message(
    language: Language,
    connector: &SendConnector,
    first: &ExchangeCertificate,
    (servers, instead): (&[&str], Option<String>),
    (judgement, expecting): (&Judgement<'_>, &[&ConnectorView<'_>]),
) -> (String, Confidence) {
    let expected = expecting.iter().map(|view| {
        let connector = wording::connector(language, view);
        sentences::expects(language, &connector, &wording::expectation(language, view))
    });
    let expected = &settings::listed(language, expected);
    let certificate = &wording::certificate(language, &first.certificate);
    let hosts = &wording::names(language, &first.certificate);
    let mut message = if servers.is_empty() {
        sentences::names(language, &connector.name, certificate, hosts)
    } else {
        let servers = &settings::listed(language, servers);
        sentences::names_on(language, &connector.name, certificate, servers, hosts)
    };
    let mut uncertain = judgement.active().filter(|view| view.is_uncertain());
    let uncertain = uncertain.find_map(|view| view.name_match.as_ref());
    message.push_str(&match uncertain {
        None => sentences::nobody_expects_it(language, expected),
        Some(_) => sentences::nobody_certainly_expects_it(language, expected),
    });
    message.push_str(&match (uncertain, instead) {
        (None, Some(instead)) => sentences::rejected_as_soon_as(language, &instead),
        (None, None) => sentences::rejected(language),
        (Some(found), _) => {
            let why = wording::capitalised(language, &found.row.note(language));
            sentences::rejected_if_not(language, &why)
        }
    });
    let by_address = judgement.active().any(ConnectorView::has_addresses);
    let mut confidence = match uncertain {
        None => Confidence::High,
        Some(_) => Confidence::Low,
    };
    if by_address {
        confidence = confidence.min(Confidence::Medium);
        message.push_str(&sentences::not_by_address(language));
    }
    (message, confidence)
}

/// What the log shows instead, if mail is accepted with another certificate than the named ones.
fn offered_instead(
    context: &CheckContext<'_>,
    connector: &SendConnector,
    missed: &[&ExchangeCertificate],
) -> Option<String> {
    let analysis = context.logs?;
    let all = offers(analysis);
    let own = all.iter().filter(|history| {
        let name = history.send_connector;
        name.eq_ignore_ascii_case(&connector.name)
    });
    let mut latest: Vec<(&str, &OfferPeriod<'_>)> = own
        .filter_map(|history| Some((history.stream_name, history.current()?)))
        .collect();
    latest.sort_by_key(|(stream, _)| *stream);
    let is_named = |offer: &OfferPeriod<'_>| {
        missed
            .iter()
            .filter(|one| one.certificate.thumbprint.is_some())
            .any(|one| one.certificate.thumbprint == offer.certificate.thumbprint)
    };
    let delivers = |offer: &OfferPeriod<'_>| {
        let mut flows = analysis.aggregate.flows.iter();
        flows.any(|flow| {
            let name = analysis.aggregate.names.text(flow.key.connector);
            name.eq_ignore_ascii_case(&connector.name)
                && flow.exchange_online
                && flow.key.certificate == offer.id
                && flow.accepted > 0
        })
    };
    let (stream, first) = *latest.first()?;
    let holds = latest
        .iter()
        .all(|(_, offer)| !is_named(offer) && delivers(offer));
    holds.then(|| {
        let certificate = wording::certificate(context.language, first.certificate);
        let place = stream_place(context.language, stream);
        sentences::offers_another(context.language, &certificate, &place)
    })
}

fn fixes(
    context: &CheckContext<'_>,
    connector: &SendConnector,
    expecting: &[&ConnectorView<'_>],
    named: &ExchangeCertificate,
) -> Vec<Fix> {
    let language = context.language;
    let mut steps = Vec::new();
    let fitting = fitting(context, connector, expecting);
    if let Some(thumbprint) = fitting.and_then(|found| certificates::thumbprint(&found.certificate))
    {
        steps.push(command::offer(
            &connector.name,
            thumbprint,
            &sentences::next_session(language),
        ));
    } else if let Some(view) = expecting.first() {
        match expected_name::of(view.tenant, context.tenants, &named.certificate) {
            Some(name) => steps.push(expected_name::add_connector(
                language,
                view.tenant,
                Some(view.connector),
                &name,
            )),
            None => steps.push(Fix::step(&sentences::get_one_with_the_name(language))),
        }
    }
    let made =
        |view: &&&ConnectorView<'_>| wizard::made_inbound(context.on_premises, view.connector);
    if expecting.iter().any(|view| made(&view))
        || wizard::made_outbound(context.on_premises, &connector.name)
    {
        steps.push(wizard::run_again(language));
    }
    steps
}

/// An exported certificate that is on every source server, can be offered, and is expected.
fn fitting<'a>(
    context: &CheckContext<'a>,
    connector: &SendConnector,
    expecting: &[&ConnectorView<'_>],
) -> Option<&'a ExchangeCertificate> {
    let all = &context.on_premises.certificates;
    let fits = |found: &&ExchangeCertificate| {
        transport::may_be_of(connector, found)
            && transport::may_be_offered(found, context.now)
            && transport::is_on_every_server(connector, found, all)
            && judge(context, found).active().any(|view| {
                let same =
                    |known: &&&ConnectorView<'_>| std::ptr::eq(known.connector, view.connector);
                view.matches_by_name() && expecting.iter().any(|known| same(&known))
            })
    };
    let found = all.iter().filter(fits);
    found.max_by_key(|found| found.certificate.not_after)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onprem::OnPremises;
    use crate::scenario::exports::{
        exchange_certificate, of_exports, of_logs, on_premises, send_connector,
    };
    use crate::scenario::logs::{DENIED, Session, TAKEN, contoso, tenant};
    use crate::tenant::Known;

    fn renamed(digit: char) -> ExchangeCertificate {
        let mut renamed = exchange_certificate(digit);
        renamed.certificate.subject = Some("CN=smtp.contoso.net".to_owned());
        renamed.certificate.names = vec!["smtp.contoso.net".to_owned()];
        renamed
    }

    fn naming_it() -> SendConnector {
        SendConnector {
            tls_certificate_name: Known::Value(Some(
                "<I>CN=Example CA, O=Example<S>CN=smtp.contoso.net".to_owned(),
            )),
            ..send_connector()
        }
    }

    fn found(tenants: &[Tenant], side: &OnPremises) -> CheckOutput {
        of_exports(&NamedCertificateNotExpected, tenants, side)
    }

    #[test]
    fn fires_and_adds_a_connector_in_an_accepted_domain() {
        let domains = ["contoso.com", "contoso.net", "contoso.onmicrosoft.com"];
        let tenant = tenant(Some("mail.contoso.com"), &[], &domains);
        let side = on_premises(vec![naming_it()], vec![renamed('A')]);
        let found = found(&[tenant], &side);
        assert!(found.undetermined.is_empty());
        let found = &found.findings[0];
        assert_eq!(found.confidence, Confidence::High);
        assert!(found.message.contains("550 5.7.64"));
        assert!(found.message.contains("expects 'mail.contoso.com'"));
        let command = found.fix[0].command.as_deref().unwrap();
        assert!(command.starts_with("New-InboundConnector"), "{command}");
        assert!(command.contains("-TlsSenderCertificateName '*.contoso.net'"));
    }

    #[test]
    fn an_expected_certificate_of_the_servers_is_offered_instead() {
        let side = on_premises(
            vec![naming_it()],
            vec![renamed('A'), exchange_certificate('B')],
        );
        let found = found(&[contoso()], &side).findings;
        let command = found[0].fix[0].command.as_deref().unwrap();
        assert!(command.contains("-Thumbprint 'BBBB"), "{command}");
    }

    #[test]
    fn an_undocumented_match_is_unconfirmed_and_gets_the_wildcard() {
        let mut wildcard = exchange_certificate('A');
        wildcard.certificate.subject = Some("CN=*.contoso.com".to_owned());
        wildcard.certificate.names = vec!["*.contoso.com".to_owned(), "contoso.com".to_owned()];
        let naming = SendConnector {
            tls_certificate_name: Known::Value(Some(
                "<I>CN=Example CA, O=Example<S>CN=*.contoso.com".to_owned(),
            )),
            ..send_connector()
        };
        let side = on_premises(vec![naming], vec![wildcard]);
        let found = found(&[contoso()], &side).findings;
        assert_eq!(found[0].confidence, Confidence::Low);
        assert!(
            found[0].message.contains("they probably do not"),
            "{}",
            found[0].message
        );
        let command = found[0].fix[0].command.as_deref().unwrap();
        assert!(command.contains("-TlsSenderCertificateName '*.contoso.com'"));
    }

    #[test]
    fn a_listed_address_makes_it_less_certain() {
        let tenant = tenant(
            Some("mail.contoso.com"),
            &["203.0.113.7"],
            &["contoso.com", "contoso.onmicrosoft.com"],
        );
        let side = on_premises(vec![naming_it()], vec![renamed('A')]);
        let found = found(&[tenant], &side).findings;
        assert_eq!(found[0].confidence, Confidence::Medium);
    }

    #[test]
    fn an_incident_says_it_where_mail_is_rejected() {
        let side = on_premises(vec![naming_it()], vec![renamed('A')]);
        let of = |reply: &'static str| {
            let session = Session {
                mails: vec![("a@contoso.com", reply)],
                ..Session::default()
            };
            let check = NamedCertificateNotExpected;
            of_logs(&check, &[session], &[contoso()], &side).findings
        };
        assert!(of(DENIED).is_empty());
        assert_eq!(of(TAKEN).len(), 1);
    }

    #[test]
    fn stays_silent_where_it_matches_or_nobody_expects_a_name() {
        let sound = on_premises(vec![send_connector()], vec![exchange_certificate('A')]);
        let elsewhere = on_premises(vec![naming_it()], vec![renamed('A')]);
        let mut other = tenant(Some("smtp.contoso.net"), &[], &["fabrikam.com"]);
        other.name = "fabrikam.onmicrosoft.com".to_owned();
        let mut asleep = contoso();
        asleep.connectors[0].enabled = Known::Value(false);
        let by_address = tenant(None, &["203.0.113.7"], &["contoso.com"]);
        for (tenants, side) in [
            (vec![contoso()], &sound),
            (vec![contoso(), other], &elsewhere),
            (vec![asleep], &elsewhere),
            (vec![by_address], &elsewhere),
            (Vec::new(), &elsewhere),
        ] {
            let found = found(&tenants, side);
            assert!(found.findings.is_empty(), "{found:?}");
            assert!(found.undetermined.is_empty(), "{found:?}");
        }
    }

    #[test]
    fn is_undetermined_where_names_are_lost() {
        let mut lost = renamed('A');
        lost.names_lost = true;
        let side = on_premises(vec![naming_it()], vec![lost]);
        let one = found(&[contoso()], &side);
        assert!(one.findings.is_empty());
        assert_eq!(one.undetermined[0].missing.name(), "CertificateDomains");
        let side = on_premises(vec![naming_it()], vec![renamed('A')]);
        let mut unnamed = contoso();
        unnamed.connectors[0].tls_sender_certificate_name = Known::Lost;
        let two = found(&[unnamed], &side);
        assert!(two.findings.is_empty());
        assert_eq!(
            two.undetermined[0].missing.name(),
            "TlsSenderCertificateName"
        );
    }

    #[test]
    fn what_the_log_shows_instead_is_said() {
        let taken = Session {
            mails: vec![("a@contoso.com", TAKEN)],
            ..Session::default()
        };
        let side = on_premises(vec![naming_it()], vec![renamed('A')]);
        let logged = of_logs(&NamedCertificateNotExpected, &[taken], &[contoso()], &side);
        let message = &logged.findings[0].message;
        assert!(
            message.contains("The log shows that the send connector offers another certificate"),
            "{message}"
        );
        assert!(message.contains("As soon as"), "{message}");
        let exports = found(&[contoso()], &side);
        assert!(!exports.findings[0].message.contains("The log shows"));
    }
}
