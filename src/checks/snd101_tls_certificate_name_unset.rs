//! SND101: a send connector does not name its certificate.

use crate::attribution::judgement::{Judgement, Offer, OfferedCertificate};
use crate::diagnosis::check::Check;
use crate::diagnosis::check_context::{CheckContext, certificate_counts};
use crate::diagnosis::condition::{Condition, all_hold};
use crate::diagnosis::finding::{CheckOutput, Finding};
use crate::diagnosis::offers::{OfferHistory, offers};
use crate::diagnosis::rule::{Severity, declare_rule};
use crate::diagnosis::subject::Subject;
use crate::diagnosis::transport_certificate as transport;
use crate::diagnosis::transport_certificate::described;
use crate::language::sentences;
use crate::onprem::{ExchangeCertificate, SendConnector};
use crate::remedy::{certificates, command, settings, wizard};
use crate::smtp::certificate::Certificate;

declare_rule! {
    /// A send connector to Exchange Online does not name the certificate to offer.
    ///
    /// ## What it finds
    /// Enabled send connectors to Exchange Online whose `TlsCertificateName` is empty. The severity
    /// is info if the connector's `Fqdn` selects exactly one certificate that the tenant expects,
    /// or if the logs show that the right certificate was offered. The check reports nothing if
    /// Exchange Online identifies you by your addresses only, that is, if no enabled OnPremises
    /// inbound connector has a certificate name.
    ///
    /// The severity is info if Exchange selects the right certificate today: the `Fqdn` of the
    /// connector selects exactly one certificate on every source server, and an inbound connector
    /// expects it, or the logs show that every server offers such a certificate.
    ///
    /// ## Why it matters
    /// Exchange then selects a certificate by the connector's `Fqdn`, or a self-signed one if no
    /// certificate matches. After a renewal or on a new server, it may select a certificate that
    /// the inbound connector does not expect. Exchange Online then cannot assign the mail to your
    /// tenant.
    ///
    /// ## What to do
    /// Set `TlsCertificateName` to the issuer and subject of the certificate.
    ///
    /// ## Sources
    /// - `Set-SendConnector` (reference, Microsoft Learn): `TlsCertificateName` names the
    ///   certificate for TLS, and `Fqdn` is the name that the connector shows in EHLO.
    /// - "How Transport Selects Certificates for TLS" (Exchange Team, 2007-05-03): it points to the
    ///   help pages on how Exchange selects a certificate; that the `Fqdn` decides here is inferred
    ///   from them.
    TlsCertificateNameUnset {
        code: "SND101",
        name: "tls-certificate-name-unset",
        severity: Warning,
        confidence: High,
        needs: [SendConnectors],
        proof: Exports,
        /// Exchange Online への送信コネクタが、提示する証明書を指定していません。
        ///
        /// ## 検出する内容
        /// `TlsCertificateName` が空の、Exchange Online への有効な送信コネクタを検出します。
        /// コネクタの `Fqdn` によって、テナントが想定する証明書がちょうど 1 つ選択される場合や、
        /// 正しい証明書が提示されたことがログに示されている場合、重大度は情報です。
        /// Exchange Online が IP アドレスだけで組織を識別する場合、つまり、Exchange Online の
        /// 受信コネクタのうち、種類が OnPremises の有効なものに証明書名が設定されていない場合は、
        /// 何も報告しません。
        ///
        /// 現在 Exchange が正しい証明書を選択している場合、重大度は情報です。これは、
        /// コネクタの `Fqdn` によってすべての送信元サーバーで証明書がちょうど 1 つ選択され、
        /// それを受信コネクタが想定している場合、または、すべてのサーバーがそのような証明書を
        /// 提示していることがログに示されている場合です。
        ///
        /// ## 問題となる理由
        /// この場合、Exchange はコネクタの `Fqdn` を基に証明書を選択し、一致する証明書がなければ
        /// 自己署名証明書を選択します。証明書の更新後や新しいサーバーでは、
        /// 受信コネクタが想定していない証明書を選択することがあります。すると、Exchange Online は
        /// メールを自組織のテナントに割り当てられません。
        ///
        /// ## 対処方法
        /// `TlsCertificateName` に、証明書の発行者とサブジェクトを設定します。
        ///
        /// ## 出典
        /// - `Set-SendConnector` (リファレンス、Microsoft Learn): `TlsCertificateName` は TLS 用の
        ///   証明書を指定します。`Fqdn` は、コネクタが EHLO で示す名前です。
        /// - "How Transport Selects Certificates for TLS" (Exchange Team、
        ///   2007-05-03): Exchange が証明書を選択する方法についてのヘルプ ページを紹介しています。
        ///   ここで `Fqdn` によって決まることは、それらのページからの推定です。
        japanese: ["cf21bf80"],
    }
}

impl Check for TlsCertificateNameUnset {
    fn check(&self, context: &CheckContext<'_>, findings: &mut CheckOutput) {
        for connector in context.send_connectors() {
            let [enabled, online] = context.sends_to_online(connector);
            let name = &connector.tls_certificate_name;
            let conditions = [
                enabled,
                online,
                Condition::of("TlsCertificateName", name, Option::is_none),
            ];
            let about = || Subject::send(connector);
            if all_hold(&conditions, &Self::META, about, findings)
                && certificate_counts(context, &Self::META, findings)
            {
                findings.add(observation(context, connector));
            }
        }
    }
}

fn observation(context: &CheckContext<'_>, connector: &SendConnector) -> Finding {
    let fqdn = connector.fqdn.value().and_then(Option::as_deref);
    let language = context.language;
    let mut message = match fqdn {
        Some(fqdn) => selects_by_fqdn(language, &connector.name, fqdn),
        None => selects_by_server_name(language, &connector.name),
    };
    let best = fqdn.and_then(|fqdn| best_for(context, connector, fqdn));
    if let Some(best) = best {
        let fqdn = fqdn.unwrap_or_default();
        let mut thumbprints: Vec<Option<&str>> = fitting(context, connector, fqdn)
            .map(|found| found.certificate.thumbprint.as_deref())
            .collect();
        thumbprints.sort_unstable();
        thumbprints.dedup();
        let certificate = described(language, &best.certificate);
        message.push_str(&match thumbprints.len() {
            1 => is_today(language, &certificate),
            _ => can_be_today(language, &certificate),
        });
    }
    let right = right_today(context, connector, fqdn);
    let severity = match right {
        Some(Right::Logged) => {
            message.push_str(&right_by_the_logs(language));
            Severity::Info
        }
        Some(Right::Selected) => {
            message.push_str(&right_by_the_name(language));
            Severity::Info
        }
        None => TlsCertificateNameUnset::META.severity,
    };
    let note = &check_before(language);
    let thumbprint = best.and_then(|best| certificates::thumbprint(&best.certificate));
    let thumbprint = thumbprint
        .map(str::to_owned)
        .or_else(|| logged(context, connector));
    let fix = match thumbprint {
        Some(thumbprint) => command::offer(&connector.name, &thumbprint, note),
        None => command::offer_another(&connector.name, "the certificate to offer", note),
    };
    let found = Finding::of(&TlsCertificateNameUnset::META, &connector.name, message)
        .severity(severity)
        .proof(settings::send_proof(connector, "TlsCertificateName", ""))
        .fix(fix);
    let wizard = wizard::made_outbound(context.on_premises, &connector.name);
    let wizard = wizard.then(|| wizard::run_again(language));
    wizard.into_iter().fold(found, Finding::fix)
}

/// The thumbprint of the latest certificate that the logs show the connector to offer and that an inbound
/// connector expects.
fn logged(context: &CheckContext<'_>, connector: &SendConnector) -> Option<String> {
    let histories = offers(context.logs?);
    let own = histories
        .iter()
        .filter(|history| history.send_connector.eq_ignore_ascii_case(&connector.name));
    let offers = own.flat_map(|history| &history.offers);
    let expected = offers.filter(|offer| is_expected(context, offer.certificate));
    let latest = expected.max_by_key(|offer| (offer.last, offer.first))?;
    certificates::thumbprint(latest.certificate).map(str::to_owned)
}

/// Why it is certain that Exchange selects the right certificate today.
enum Right {
    /// The latest sessions of every stream offer one that is expected.
    Logged,
    /// Only one certificate has the name in `Fqdn`, and it is expected.
    Selected,
}

/// Whether Exchange selects the right certificate by itself. If the logs show the connector, they
/// decide.
fn right_today(
    context: &CheckContext<'_>,
    connector: &SendConnector,
    fqdn: Option<&str>,
) -> Option<Right> {
    let histories = context.logs.map_or_else(Vec::new, offers);
    let mut own = histories
        .iter()
        .filter(|history| history.send_connector.eq_ignore_ascii_case(&connector.name))
        .peekable();
    if own.peek().is_some() {
        let right = |history: &OfferHistory<'_>| {
            let current = history.current();
            current.is_some_and(|offer| {
                history.last_without <= offer.last && is_expected(context, offer.certificate)
            })
        };
        return own.all(right).then_some(Right::Logged);
    }
    let fqdn = fqdn?;
    let servers = connector.source_servers.value()?;
    let selected = |server: &String| {
        let mut fitting = context.on_premises.certificates.iter().filter(|found| {
            let there = found.server.as_deref();
            // A certificate of an unknown server belongs to the only source server.
            there.map_or(servers.len() == 1, |there| {
                transport::same_server(there, server)
            }) && transport::may_be_offered(found, context.now)
                && transport::holds_name(&found.certificate, fqdn)
        });
        match (fitting.next(), fitting.next()) {
            (Some(one), None) => is_expected(context, &one.certificate),
            _ => false,
        }
    };
    (!servers.is_empty() && servers.iter().all(selected)).then_some(Right::Selected)
}

/// Whether an enabled OnPremises inbound connector certainly expects the certificate.
fn is_expected(context: &CheckContext<'_>, certificate: &Certificate) -> bool {
    let offer = Offer {
        certificate: OfferedCertificate::Known(certificate),
        source: None,
    };
    let judgement = Judgement::new(&offer, context.tenants, context.strict);
    let mut active = judgement.active();
    active.any(|view| view.matches_by_name())
}

/// The certificate that contains the connector's name and can be offered. One that is on every
/// source server is preferred, and of those the one that expires last.
fn best_for<'a>(
    context: &CheckContext<'a>,
    connector: &SendConnector,
    fqdn: &str,
) -> Option<&'a ExchangeCertificate> {
    let all = &context.on_premises.certificates;
    fitting(context, connector, fqdn).max_by_key(|found| {
        let everywhere = transport::is_on_every_server(connector, found, all);
        (everywhere, found.certificate.not_after)
    })
}

/// The certificates that contain the connector's name and can be offered.
fn fitting<'a>(
    context: &CheckContext<'a>,
    connector: &SendConnector,
    fqdn: &str,
) -> impl Iterator<Item = &'a ExchangeCertificate> {
    let all = context.on_premises.certificates.iter();
    all.filter(move |found| {
        transport::may_be_of(connector, found)
            && transport::may_be_offered(found, context.now)
            && transport::holds_name(&found.certificate, fqdn)
    })
}

sentences! {
    /// The finding begins, where the connector has an `Fqdn`.
    fn selects_by_fqdn(connector: &str, fqdn: &str) {
        en: "Send connector '{connector}' sends to Exchange Online and names no certificate. Exchange selects one by its Fqdn '{fqdn}'.",
        ja: "送信コネクタ「{connector}」は Exchange Online に送信しますが、証明書を指定していません。Exchange は、コネクタの Fqdn「{fqdn}」を基に証明書を選択します。" ["aa714c0b"],
    }
    /// The finding begins, where it has none.
    fn selects_by_server_name(connector: &str) {
        en: "Send connector '{connector}' sends to Exchange Online and names no certificate. Exchange selects one by the server's own name.",
        ja: "送信コネクタ「{connector}」は Exchange Online に送信しますが、証明書を指定していません。Exchange は、サーバー自体の名前を基に証明書を選択します。" ["0d3c2544"],
    }
    /// The finding goes on: the only certificate with that name.
    fn is_today(certificate: &str) {
        en: " Today, that is {certificate}.",
        ja: "現在選択される証明書は {certificate} です。" ["e07dfc66"],
    }
    /// The finding goes on: one of several certificates with that name.
    fn can_be_today(certificate: &str) {
        en: " Today, that can be {certificate}.",
        ja: "現在選択される可能性がある証明書は {certificate} です。" ["b4dccd0b"],
    }
    /// The finding ends: the logs show that the selected certificate is right.
    fn right_by_the_logs() {
        en: " The logs show that the servers offer a certificate that an inbound connector expects. A renewal can change that unnoticed.",
        ja: "ログによると、サーバーは、Exchange Online の受信コネクタが想定する証明書を提示しています。証明書を更新すると、気付かないうちに変わることがあります。" ["c1441859"],
    }
    /// The finding ends: the name selects the right certificate.
    fn right_by_the_name() {
        en: " It is the only one with that name, and an inbound connector expects it. A second certificate with that name can change that unnoticed.",
        ja: "この名前を持つ証明書はほかになく、Exchange Online の受信コネクタがこれを想定しています。この名前を持つ証明書がもう 1 つ加わると、気付かないうちに変わることがあります。" ["cda6f214"],
    }
    /// On the command that names the certificate.
    fn check_before() {
        en: "1. Check that the certificate is on every source server. 2. Check that an inbound connector expects it. 3. Run this command on a source server. The next session offers the certificate.",
        ja: "1. 証明書がすべての送信元サーバーにあることを確認します。 2. Exchange Online の受信コネクタがその証明書を想定していることを確認します。 3. 送信元サーバーでこのコマンドを実行します。次のセッションから、その証明書が提示されます。" ["727d7bf2"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;
    use crate::scenario::exports::{
        exchange_certificate, of_exports, of_logs, on_premises, send_connector,
    };
    use crate::scenario::logs::{Session, contoso, tenant};
    use crate::tenant::{Known, Tenant};

    fn unset() -> SendConnector {
        SendConnector {
            tls_certificate_name: Known::Value(None),
            ..send_connector()
        }
    }

    #[test]
    fn one_certificate_is_selected_and_of_several_each_can_be() {
        for (digits, words) in [("A", "Today, that is A"), ("AB", "Today, that can be ")] {
            let certificates = digits.chars().map(exchange_certificate).collect();
            let side = on_premises(vec![unset()], certificates);
            let found = of_exports(&TlsCertificateNameUnset, &[], &side).findings;
            assert!(found[0].message.contains(words), "{}", found[0].message);
        }
    }

    #[test]
    fn a_server_that_offers_none_by_now_needs_a_name() {
        let offered = Session::default();
        let none = Session {
            time: "2026-11-03T05:00",
            names: &[],
            ..Session::default()
        };
        let side = on_premises(vec![unset()], Vec::new());
        for (sessions, severity) in [
            (vec![offered.clone()], Severity::Info),
            (vec![offered, none], Severity::Warning),
        ] {
            let found = of_logs(&TlsCertificateNameUnset, &sessions, &[contoso()], &side);
            assert_eq!(found.findings[0].severity, severity);
        }
    }

    fn found(tenants: &[Tenant], connector: SendConnector) -> CheckOutput {
        let certificates = vec![exchange_certificate('A'), exchange_certificate('B')];
        let side = on_premises(vec![connector], certificates);
        of_exports(&TlsCertificateNameUnset, tenants, &side)
    }

    #[test]
    fn fires_and_offers_the_certificate_that_fits() {
        let found = found(&[contoso()], unset());
        assert_eq!(found.findings.len(), 1);
        let found = &found.findings[0];
        assert_eq!(found.subject, "Out");
        assert!(found.message.contains("its Fqdn 'mail.contoso.com'"));
        let command = found.fix[0].command.as_deref().unwrap();
        assert!(
            command.starts_with("$cert = Get-ExchangeCertificate -Thumbprint 'BBBB"),
            "{command}"
        );
        assert!(command.ends_with("; Set-SendConnector -Identity 'Out' -TlsCertificateName \"<I>$($cert.Issuer)<S>$($cert.Subject)\""));
    }

    #[test]
    fn a_certificate_of_every_source_server_goes_before_one_that_expires_later() {
        let connector = SendConnector {
            source_servers: Known::Value(vec!["EX01".to_owned(), "EX02".to_owned()]),
            ..unset()
        };
        let second = ExchangeCertificate {
            server: Some("ex02.contoso.com".to_owned()),
            ..exchange_certificate('A')
        };
        let mut keyless = exchange_certificate('C');
        keyless.has_private_key = Known::Value(false);
        let certificates = vec![
            exchange_certificate('A'),
            second,
            exchange_certificate('B'),
            keyless,
        ];
        let side = on_premises(vec![connector], certificates);
        let found = of_exports(&TlsCertificateNameUnset, &[contoso()], &side);
        let fix = &found.findings[0].fix[0];
        assert!(fix.command.as_deref().unwrap().contains("'AAAA"));
        assert!(fix.note.contains("on every source server"));
    }

    #[test]
    fn the_only_certificate_of_the_fqdn_is_information() {
        let severity = |connector: SendConnector, digits: &[char]| {
            let all = digits.iter().map(|digit| exchange_certificate(*digit));
            let side = on_premises(vec![connector], all.collect());
            let found = of_exports(&TlsCertificateNameUnset, &[contoso()], &side);
            found.findings[0].severity
        };
        assert_eq!(severity(unset(), &['A']), Severity::Info);
        assert_eq!(severity(unset(), &['A', 'B']), Severity::Warning);
        let nameless = SendConnector {
            fqdn: Known::Value(None),
            ..unset()
        };
        assert_eq!(severity(nameless, &['A']), Severity::Warning);
        let elsewhere = SendConnector {
            source_servers: Known::Value(vec!["EX01".to_owned(), "EX02".to_owned()]),
            ..unset()
        };
        assert_eq!(severity(elsewhere, &['A']), Severity::Warning);
        let lost = SendConnector {
            source_servers: Known::Lost,
            ..unset()
        };
        assert_eq!(severity(lost, &['A']), Severity::Warning);
    }

    #[test]
    fn the_logs_decide_what_is_offered() {
        let severity = |session: Session| {
            let side = on_premises(vec![unset()], vec![exchange_certificate('A')]);
            let found = of_logs(&TlsCertificateNameUnset, &[session], &[contoso()], &side);
            found.findings[0].severity
        };
        assert_eq!(severity(Session::default()), Severity::Info);
        let other = Session {
            names: &["smtp.contoso.net"],
            ..Session::default()
        };
        assert_eq!(severity(other), Severity::Warning);
    }

    #[test]
    fn fires_without_any_other_export() {
        let side = on_premises(vec![unset()], Vec::new());
        let found = of_exports(&TlsCertificateNameUnset, &[], &side);
        let command = found.findings[0].fix[0].command.as_deref().unwrap();
        assert!(command.contains("'<thumbprint of the certificate to offer>'"));
    }

    #[test]
    fn the_same_connector_of_two_servers_is_reported_once() {
        let second = SendConnector {
            server: Some("EX02".to_owned()),
            file: "send2.json".to_owned(),
            ..unset()
        };
        let side = on_premises(vec![unset(), second], Vec::new());
        let found = of_exports(&TlsCertificateNameUnset, &[contoso()], &side);
        assert_eq!(found.findings.len(), 1);
    }

    #[test]
    fn stays_silent_elsewhere_and_where_the_address_does_the_work() {
        let internet = SendConnector {
            smart_hosts: Known::Value(vec!["relay.example.org".to_owned()]),
            address_spaces: Known::Value(vec!["smtp:*;1".to_owned()]),
            tls_domain: Known::Value(None),
            ..unset()
        };
        let asleep = SendConnector {
            enabled: Known::Value(false),
            ..unset()
        };
        for connector in [send_connector(), internet, asleep] {
            let found = found(&[contoso()], connector);
            assert!(found.findings.is_empty() && found.undetermined.is_empty());
        }
        let by_address = found(&[tenant(None, &["203.0.113.7"], &[])], unset());
        assert!(by_address.findings.is_empty() && by_address.undetermined.is_empty());
    }

    #[test]
    fn is_undetermined_where_a_value_is_lost() {
        let lost = SendConnector {
            tls_certificate_name: Known::Lost,
            ..send_connector()
        };
        let one = found(&[contoso()], lost);
        assert!(one.findings.is_empty());
        assert_eq!(
            (
                one.undetermined[0].about.words(Language::English).as_str(),
                one.undetermined[0].missing.name()
            ),
            ("send connector 'Out'", "TlsCertificateName")
        );
        let somewhere = SendConnector {
            smart_hosts: Known::Lost,
            address_spaces: Known::Value(vec!["smtp:*;1".to_owned()]),
            tls_domain: Known::Value(None),
            ..unset()
        };
        assert_eq!(
            found(&[contoso()], somewhere).undetermined[0]
                .missing
                .name(),
            "SmartHosts"
        );
        let mut unnamed = contoso();
        unnamed.connectors[0].tls_sender_certificate_name = Known::Lost;
        let second = SendConnector {
            name: "Out 2".to_owned(),
            ..unset()
        };
        let side = on_premises(vec![unset(), second], Vec::new());
        let two = of_exports(&TlsCertificateNameUnset, &[unnamed], &side);
        assert!(two.findings.is_empty());
        assert_eq!(two.undetermined.len(), 1);
        assert_eq!(
            two.undetermined[0].missing.name(),
            "TlsSenderCertificateName"
        );
        assert!(
            two.undetermined[0]
                .about
                .words(Language::English)
                .starts_with("inbound connector 'Inbound")
        );
        let mut asleep = contoso();
        asleep.connectors[0].enabled = Known::Lost;
        assert_eq!(
            found(&[asleep], unset()).undetermined[0].missing.name(),
            "Enabled"
        );
    }
}
