//! SND106: the log shows another certificate than the one that the send connector names.

use crate::attribution::connector_name::ConnectorName;
use crate::attribution::judgement::{Judgement, Offer, OfferedCertificate};
use crate::attribution::name_match;
use crate::attribution::name_match::{CertificateNames, NameVerdict, Strictness};
use crate::diagnosis::check::Check;
use crate::diagnosis::check_context::CheckContext;
use crate::diagnosis::edge;
use crate::diagnosis::finding::{CheckOutput, Finding, Proof};
use crate::diagnosis::fix::{Fix, Where};
use crate::diagnosis::offers::{OfferHistory, OfferPeriod, offers};
use crate::diagnosis::proposal;
use crate::diagnosis::rule::{Confidence, declare_rule};
use crate::diagnosis::subject::{Subject, stream_label, stream_place};
use crate::diagnosis::transport_certificate::NamedCertificate;
use crate::language::{Language, sentences};
use crate::onprem::SendConnector;
use crate::remedy::service::Service;
use crate::remedy::{certificates, command, settings, wording};
use crate::smtp::certificate::Certificate;
use crate::tenant::Known;

declare_rule! {
    /// A send connector offers another certificate than its `TlsCertificateName` names.
    ///
    /// ## What it finds
    /// The last certificate that a send connector offered to Exchange Online on a stream, if its
    /// issuer or subject differs from the `<I>…<S>…` of the exported connector. Sessions before
    /// the last change of the connector do not count. A name that is too long for Edge servers is
    /// not reported here (SND110).
    ///
    /// ## Why it matters
    /// Exchange selected a certificate by itself, because the named certificate has one of these
    /// problems:
    ///
    /// - It is not on that server.
    /// - It has expired.
    /// - It is not enabled for SMTP.
    /// - Its private key cannot be used.
    ///
    /// Exchange Online may not expect the certificate that is offered.
    ///
    /// ## What to do
    /// Do one of the following:
    ///
    /// - Import the named certificate on that server, and enable it for SMTP. Not if Exchange Online
    ///   does not accept it, or if no inbound connector expects it.
    /// - Set `TlsCertificateName` to the certificate that you want to offer.
    ///
    /// ## Sources
    /// - "Mailflow issue from Exchange On-Prem to Office 365" (Lalit Bisht, archived on Microsoft
    ///   Learn): a certificate that is not assigned to SMTP, or whose status is not valid, is a
    ///   usual reason for failures.
    /// - KB 4495258 and KB 4051498 (Microsoft Learn): a missing private key and a missing
    ///   assignment to SMTP keep the named certificate from being used.
    /// - That Exchange then selects another certificate is inferred from logs in which another one
    ///   was offered.
    OfferedCertificateDiffers {
        code: "SND106",
        name: "offered-certificate-differs",
        severity: Warning,
        confidence: High,
        needs: [SendLogs, SendConnectors],
        proof: Exports,
        /// 送信コネクタが、`TlsCertificateName` で指定されているものとは別の証明書を
        /// 提示しています。
        ///
        /// ## 検出する内容
        /// 同じサーバーと役割のログで、送信コネクタが Exchange Online に最後に
        /// 提示した証明書について、その発行者またはサブジェクトが、
        /// エクスポートされたコネクタの `<I>…<S>…` と異なる場合に検出します。
        /// コネクタの最後の変更より前のセッションは対象外です。エッジ サーバーには長すぎる名前は、
        /// ここでは報告しません (SND110)。
        ///
        /// ## 問題となる理由
        /// 指定されている証明書に次のいずれかの問題があるため、Exchange が別の証明書を
        /// 選択しました。
        ///
        /// - そのサーバーに存在しない。
        /// - 有効期限が切れている。
        /// - SMTP に対して有効になっていない。
        /// - 秘密キーを使用できない。
        ///
        /// 提示されている証明書は、Exchange Online が想定していないものである可能性があります。
        ///
        /// ## 対処方法
        /// 次のいずれかを行います。
        ///
        /// - 指定されている証明書をそのサーバーにインポートし、SMTP に対して有効にします。ただし、
        ///   Exchange Online がその証明書を受け入れない場合や、その証明書を想定する
        ///   受信コネクタが Exchange Online にない場合を除きます。
        /// - `TlsCertificateName` に、提示する証明書を設定します。
        ///
        /// ## 出典
        /// - "Mailflow issue from Exchange On-Prem to Office 365" (Lalit Bisht、Microsoft Learn の
        ///   アーカイブ): SMTP に割り当てられていない証明書や、状態が有効ではない証明書は、
        ///   よくある失敗の原因です。
        /// - KB 4495258、KB 4051498 (Microsoft Learn): 秘密キーがない場合や、
        ///   SMTP に割り当てられていない場合、指定された証明書は使用されません。
        /// - その場合に Exchange が別の証明書を選択することは、別の証明書が提示されたログからの
        ///   推定です。
        japanese: ["f8b8230e"],
    }
}

impl Check for OfferedCertificateDiffers {
    fn check(&self, context: &CheckContext<'_>, findings: &mut CheckOutput) {
        let Some(analysis) = context.logs else {
            return;
        };
        let histories = offers(analysis);
        let mut alike: Vec<Differing<'_>> = Vec::new();
        for history in &histories {
            let exports: Vec<&SendConnector> = context
                .on_premises
                .send_connectors
                .iter()
                .filter(|known| known.name.eq_ignore_ascii_case(history.send_connector))
                .collect();
            let Some(offer) = history.current() else {
                continue;
            };
            if let Some(lost) = exports
                .iter()
                .find(|known| known.tls_certificate_name.is_lost())
            {
                let about = Subject::send(lost);
                findings.mark_undetermined(&Self::META, about, "TlsCertificateName");
                continue;
            }
            // The name never reached these servers.
            let too_long = |known: &&&SendConnector| {
                edge::too_long_name(known).is_some()
                    && edge::sends_from_edge(context, known).is_some()
            };
            if exports.iter().any(|known| too_long(&known)) {
                continue;
            }
            // Two exports may have different values for one connector. One that matches is enough.
            let differing = exports.iter().map(|known| differs(known, offer));
            let differing: Option<Vec<&str>> = differing.collect();
            if let (Some(names), Some(connector)) = (differing, exports.first())
                && let Some(name) = names.first()
            {
                let same = |known: &&mut Differing<'_>| {
                    known.connector.name == connector.name && known.offers[0].1.id == offer.id
                };
                match alike.iter_mut().find(same) {
                    Some(known) => known.offers.push((history, offer)),
                    None => alike.push(Differing {
                        connector,
                        name,
                        offers: vec![(history, offer)],
                    }),
                }
            }
        }
        for differing in &alike {
            findings.add(observation(context, differing));
        }
    }
}

/// A send connector that offers another certificate than it names, and the streams on which it
/// does.
struct Differing<'a> {
    connector: &'a SendConnector,
    name: &'a str,
    offers: Vec<(&'a OfferHistory<'a>, &'a OfferPeriod<'a>)>,
}

/// The certificate name of a connector, if the offer certainly does not match it.
fn differs<'a>(connector: &'a SendConnector, offer: &OfferPeriod<'_>) -> Option<&'a str> {
    let name = connector.tls_certificate_name.value()?.as_deref()?;
    if let Known::Value(changed) = connector.when_changed
        && offer.last.millis() <= changed.timestamp_millis()
    {
        return None;
    }
    let wanted = ConnectorName::parse(name);
    if !matches!(wanted, ConnectorName::Distinguished { .. }) {
        return None;
    }
    let names = CertificateNames::of(offer.certificate);
    let found = name_match::compare(&wanted, &names, Strictness::Table);
    (found.verdict == NameVerdict::No).then_some(name)
}

fn observation(context: &CheckContext<'_>, differing: &Differing<'_>) -> Finding {
    let Differing {
        connector,
        name,
        offers,
    } = differing;
    let (history, offer) = offers[0];
    let language = context.language;
    let issuer = offer.certificate.issuer.clone();
    let issuer = issuer.unwrap_or_else(|| issuer_not_in_log(language));
    let place = match offers.as_slice() {
        [_] => stream_place(language, history.stream_name),
        all => {
            let streams = all
                .iter()
                .map(|(one, _)| stream_label(language, one.stream_name));
            on_streams(language, &settings::listed(language, streams))
        }
    };
    let first = offers
        .iter()
        .fold(offer.first, |first, (_, offer)| first.earlier(offer.first));
    let mut message = names_another(
        language,
        &connector.name,
        name,
        &place,
        &wording::certificate(language, offer.certificate),
        &issuer,
        &first.rfc3339().unwrap_or_default(),
    );
    if connector.when_changed.is_lost() {
        message.push_str(&change_unknown(language));
    }
    let objection = objection(context, name);
    if let Some(why) = &objection {
        message.push_str(&do_not_bring_back(language, why));
    }
    let mut observation = Finding::of(&OfferedCertificateDiffers::META, &connector.name, message)
        .count(offers.iter().map(|(_, offer)| offer.sessions).sum())
        .proof(Proof::value(
            &connector.file,
            connector.line,
            "TlsCertificateName",
            name,
        ));
    if connector.when_changed.is_lost() {
        observation = observation.confidence(Confidence::Medium);
    }
    for (_, offer) in offers {
        if let Some(row) = offer.evidence {
            observation = observation.proof(Proof::Log(row.clone()));
        }
    }
    let fixes = fixes(context, differing, objection.is_some());
    fixes.into_iter().fold(observation, Finding::fix)
}

/// The steps to the named certificate, if it is of use, and to the offered one, if it is.
fn fixes(context: &CheckContext<'_>, differing: &Differing<'_>, is_of_no_use: bool) -> Vec<Fix> {
    let (history, offer) = differing.offers[0];
    let mut steps = Vec::new();
    if !is_of_no_use {
        steps.push(find_the_named(context.language, history.stream_name));
    }
    let whole = certificates::thumbprint(offer.certificate);
    let whole = whole.filter(|_| may_be_kept(context, offer.certificate));
    if let Some(thumbprint) = whole {
        let note = if is_of_no_use {
            keep(context.language)
        } else {
            keep_instead(context.language)
        };
        steps.push(command::offer(&differing.connector.name, thumbprint, &note));
    } else if is_of_no_use {
        steps.push(Fix::step(&find_another(context.language)));
    }
    steps
}

/// The step that finds out why the named certificate is not offered.
fn find_the_named(language: Language, stream: &str) -> Fix {
    let service = Service::of_stream(stream).words(language);
    Fix::inspect(
        Where::OnPremises,
        "Get-ExchangeCertificate | Format-List Thumbprint,Subject,Issuer,NotAfter,Services,Status,HasPrivateKey".to_owned(),
        &look_at_each_server(language, &service),
    )
}

/// Why an exported certificate that the connector names must not be offered.
fn objection(context: &CheckContext<'_>, name: &str) -> Option<String> {
    let named = NamedCertificate::parse(name)?;
    let all = context.on_premises.certificates.iter();
    let mut meant =
        all.filter(|one| named.means(&one.certificate) == Some(true) && !one.names_lost);
    meant.find_map(|one| proposal::objection(context, &one.certificate))
}

/// Whether a fix may propose to keep the certificate: Exchange Online can accept it, it has not expired, and
/// an inbound connector expects it, as far as the exports show.
fn may_be_kept(context: &CheckContext<'_>, certificate: &Certificate) -> bool {
    let offer = Offer {
        certificate: OfferedCertificate::Known(certificate),
        source: None,
    };
    let judgement = Judgement::new(&offer, context.tenants, context.strict);
    let exported = context.tenants.iter().any(|one| one.connectors_exported);
    let mut active = judgement.active();
    proposal::useless(context, certificate).is_none()
        && certificate.not_after.is_none_or(|end| context.now < end)
        && (!exported || active.any(|view| view.matches_by_name()))
}

sentences! {
    /// The issuer of a certificate that the log shows without one.
    fn issuer_not_in_log() {
        en: "an issuer that is not in the log",
        ja: "ログに記録なし" ["f22dcf9f"],
    }
    /// The streams on which the certificate is offered. In Japanese, it ends with `で`.
    fn on_streams(streams: &str) {
        en: "on {streams}",
        ja: "{streams} で" ["abcddda9"],
    }
    /// The finding begins. The place is that of `stream_place`.
    fn names_another(connector: &str, name: &str, place: &str, certificate: &str, issuer: &str, first: &str) {
        en: "Send connector '{connector}' names the certificate '{name}', but {place} it has offered {certificate}, issued by {issuer}, since {first}.",
        ja: "送信コネクタ「{connector}」は証明書「{name}」を指定していますが、{place}、{first} から別の証明書を提示しています: {certificate}、発行者: {issuer}。" ["4cf0ebd8"],
    }
    /// The finding goes on: it may be older than the setting.
    fn change_unknown() {
        en: " The export does not show when the connector was changed. If it was changed after these sessions, this finding does not apply.",
        ja: "コネクタがいつ変更されたかは、エクスポートに示されていません。これらのセッションより後に変更された場合、この検出事項は当てはまりません。" ["6983aaf2"],
    }
    /// The finding ends: the named certificate is of no use. The reason is a sentence.
    fn do_not_bring_back(why: &str) {
        en: " Do not bring back the named certificate. {why}",
        ja: "指定されている証明書には戻さないでください。{why}" ["de7b1e5f"],
    }
    /// On the command that names the offered certificate, where the named one is of no use.
    fn keep() {
        en: "This keeps the certificate that is offered now: it sets the send connector to this certificate. First check that it is on every source server and that the inbound connector expects it.",
        ja: "このコマンドは、現在提示されている証明書を送信コネクタに設定し、引き続き使用するようにします。最初に、この証明書がすべての送信元サーバーにあり、Exchange Online の受信コネクタが想定していることを確認します。" ["914d0907"],
    }
    /// The same where the named certificate may be brought back too.
    fn keep_instead() {
        en: "If you want to keep the certificate that is offered now, run this instead. It sets the send connector to this certificate. First check that it is on every source server and that the inbound connector expects it.",
        ja: "現在提示されている証明書を引き続き使用する場合は、代わりにこのコマンドを実行します。送信コネクタにこの証明書を設定します。最初に、この証明書がすべての送信元サーバーにあり、Exchange Online の受信コネクタが想定していることを確認します。" ["f1f06d52"],
    }
    /// The steps where neither certificate is of use.
    fn find_another() {
        en: "1. Find a certificate of a public authority that the inbound connector expects. 2. Make sure that it is on every source server, with its private key, and is enabled for SMTP there. 3. Let the send connector name it (TlsCertificateName).",
        ja: "1. 公的な証明機関の証明書で、Exchange Online の受信コネクタが想定するものを探します。 2. その証明書が秘密キーと共にすべての送信元サーバーにあり、SMTP に対して有効であることを確認します。 3. 送信コネクタでその証明書を指定します (TlsCertificateName)。" ["e66c42bd"],
    }
    /// On the command that shows the certificates of a server.
    fn look_at_each_server(service: &str) {
        en: "1. Run this command on each server that offered the other certificate. 2. Check that the named certificate is there, is valid, is enabled for SMTP and has a private key. 3. If one of these points is not true, import the certificate with its private key and enable it for SMTP. If Exchange asks whether to overwrite the default SMTP certificate, answer No. 4. Restart {service}.",
        ja: "1. 別の証明書を提示した各サーバーで、このコマンドを実行します。 2. 指定されている証明書が存在し、有効であり、SMTP に対して有効になっていて、秘密キーがあることを確認します。 3. いずれかを満たさない場合は、証明書を秘密キーと共にインポートし、SMTP に対して有効にします。既定の SMTP 証明書を上書きするかどうかを確認された場合は、[いいえ] と答えます。 4. {service} を再起動します。" ["66dc4439"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::exports::{exchange_certificate, of_logs, on_premises, send_connector};
    use crate::scenario::logs::Session;

    fn found(change: impl FnOnce(&mut SendConnector)) -> CheckOutput {
        let mut connector = send_connector();
        change(&mut connector);
        let own = on_premises(vec![connector], Vec::new());
        of_logs(&OfferedCertificateDiffers, &[Session::default()], &[], &own)
    }

    fn name(text: &str) -> Known<Option<String>> {
        Known::Value(Some(text.to_owned()))
    }

    #[test]
    fn fires_on_another_subject_or_issuer() {
        for text in [
            "<I>CN=Example CA, O=Example<S>CN=smtp.contoso.net",
            "<I>CN=Other CA, O=Example<S>CN=mail.contoso.com",
        ] {
            let found = found(|connector| connector.tls_certificate_name = name(text)).findings;
            assert_eq!(found.len(), 1, "{text}");
            assert!(found[0].message.contains(text));
            assert_eq!(found[0].proof.len(), 2);
            assert!(
                found[0].fix[1]
                    .command
                    .as_ref()
                    .unwrap()
                    .contains("-Identity 'Out'")
            );
        }
    }

    #[test]
    fn stays_silent_where_it_fits_or_nothing_is_named() {
        assert!(found(|_| {}).findings.is_empty());
        assert!(
            found(|connector| connector.tls_certificate_name = Known::Value(None))
                .findings
                .is_empty()
        );
        let later = found(|connector| {
            connector.tls_certificate_name = name("<S>CN=x");
            connector.when_changed = Known::Value("2026-11-03T03:00:00Z".parse().unwrap());
        });
        assert!(later.findings.is_empty());
    }

    #[test]
    fn a_lost_name_is_undetermined() {
        let found = found(|connector| connector.tls_certificate_name = Known::Lost);
        assert!(found.findings.is_empty());
        assert_eq!(found.undetermined[0].missing.name(), "TlsCertificateName");
    }

    #[test]
    fn a_named_certificate_of_no_use_is_not_brought_back() {
        let mut connector = send_connector();
        let issuer = "CN=Contoso-CA, DC=contoso, DC=local";
        connector.tls_certificate_name = name(&format!("<I>{issuer}<S>CN=mail.contoso.com"));
        let mut internal = exchange_certificate('A');
        internal.certificate.issuer = Some(issuer.to_owned());
        let own = on_premises(vec![connector], vec![internal]);
        let found = of_logs(&OfferedCertificateDiffers, &[Session::default()], &[], &own);
        let found = &found.findings[0];
        assert!(found.message.contains("Do not bring back"), "{found:?}");
        let text = format!("{:?}", found.fix);
        assert!(!text.contains("import the certificate"), "{text}");
        assert!(text.contains("-TlsCertificateName"), "{text}");
    }
}
