//! CRT004: a renewal changed the name of the certificate.

use crate::aggregate::flow::{CertificateId, Flow};
use crate::attribution::judgement::{ConnectorView, Judgement};
use crate::attribution::name_match::CertificateNames;
use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::delivering;
use crate::diagnosis::fix::Fix;
use crate::diagnosis::rule::declare_rule;
use crate::input::timestamp::Timestamp;
use crate::language::sentences;
use crate::remedy::expect::expect;
use crate::remedy::{host_name, offer, on_premises, wizard, wording};
use crate::smtp::certificate::Certificate;

declare_rule! {
    /// The certificate was replaced by one with another name, which no inbound connector expects.
    ///
    /// ## What it finds
    /// An earlier certificate of the same server and send connector matched an inbound connector.
    /// The certificate that is offered now matches none.
    ///
    /// ## Why it matters
    /// Since the change, Exchange Online cannot assign mail of this send connector to your tenant.
    ///
    /// ## What to do
    /// 1. Make sure that the domain of the new certificate is an accepted domain.
    /// 2. Set `TlsSenderCertificateName` of the inbound connector to a name of the new certificate.
    /// 3. Wait up to an hour.
    ///
    /// Or go back to a certificate with the old name.
    ///
    /// ## Sources
    /// - KB 4051495 ("550 5.7.64 TenantAttribution" when sending mail externally, Microsoft Learn):
    ///   the reply means that the certificate or the address of the server no longer matches the
    ///   inbound connector, usually after a renewal with another name.
    /// - "TLS Certificates in Exchange Hybrid" (Exchange Team, 2025-06-04): the renewal of the
    ///   certificate is the usual reason why hybrid mail flow stops, and the connectors must be set
    ///   to the new one.
    /// - KB 4019940 (Microsoft Learn, 2024-01-24): the domain of the new name must be an accepted
    ///   domain as well.
    CertificateRenamed {
        code: "CRT004",
        name: "certificate-renamed",
        severity: Error,
        confidence: High,
        needs: [SendLogs, InboundConnectors],
        proof: Certificate,
        step: InboundConnector,
        /// 証明書が別の名前の証明書に置き換えられ、その名前を想定する Exchange Online の
        /// 受信コネクタがありません。
        ///
        /// ## 検出する内容
        /// 同じサーバーと送信コネクタが以前に提示した証明書は、いずれかの受信コネクタと
        /// 一致していました。現在提示されている証明書は、どの受信コネクタとも一致しません。
        ///
        /// ## 問題となる理由
        /// 置き換え以降、Exchange Online はこの送信コネクタのメールを自組織のテナントに
        /// 割り当てることができません。
        ///
        /// ## 対処方法
        /// 1. 新しい証明書のドメインが承認済みドメインであることを確認します。
        /// 2. 受信コネクタの `TlsSenderCertificateName` に、新しい証明書に含まれる名前を
        ///    設定します。
        /// 3. 最大 1 時間待ちます。
        ///
        /// または、以前の名前の証明書に戻します。
        ///
        /// ## 出典
        /// - KB 4051495 ("550 5.7.64 TenantAttribution" when sending mail externally、
        ///   Microsoft Learn): この応答は、サーバーの証明書または IP アドレスが受信コネクタと
        ///   一致しなくなったことを示します。多くの場合、別の名前の証明書に更新した後に発生します。
        /// - "TLS Certificates in Exchange Hybrid" (Exchange Team、
        ///   2025-06-04): ハイブリッド メール フローが停止する原因の多くは証明書の更新です。
        ///   コネクタに新しい証明書を設定する必要があります。
        /// - KB 4019940 (Microsoft Learn、2024-01-24): 新しい名前のドメインも承認済みドメインである
        ///   必要があります。
        japanese: ["e1ab164e"],
    }
}

impl Cause for CertificateRenamed {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        let certificate = context.certificate()?;
        if !context.concerns_our_side() {
            return None;
        }
        if !context.judgement.surely_none_matches() {
            return matched_since(context, certificate);
        }
        let (earlier, view) = earlier_match(context)?;
        let old = context.analysis.certificate(earlier.key.certificate)?;
        let language = context.analysis.language;
        let offered = wording::certificate(language, certificate);
        let names = wording::names(language, certificate);
        let since = if is_latest(context) {
            offers_another(language, &offered, &names)
        } else {
            offered_another(language, &offered, &names)
        };
        let before = used_to_match(
            language,
            last_before(context, earlier),
            context.send_connector(),
            &wording::certificate(language, old),
            &wording::connector(language, view),
            &wording::expectation(language, view),
        );
        let explanation = before + &since + &on_premises::named_otherwise(context);
        let mut finding =
            Diagnosis::of(&Self::META, explanation).deciding(CauseContext::deciding(view));
        if delivering::is_of_no_use(context.analysis, certificate) {
            finding.fix = offer::switch_from_own_authority(context);
            finding.fix.extend(wizard::offered(context, Some(view)));
            return Some(finding);
        }
        if let Some(name) = host_name::best(view.tenant, context.analysis.tenants, certificate) {
            let note = wording::domain_note(language, view.tenant, &name);
            finding = finding.fix(expect(context, view, &name, &note));
        }
        let wizard = wizard::offered_beside(context, view, finding.fix.first());
        finding.fix.extend(offer::instead(context, view));
        finding.fix.extend(wizard);
        Some(finding)
    }
}

/// The connector matches the new certificate now, and was changed after the last rejection. That an
/// earlier certificate of the same stream delivered without rejections shows what the cause was.
fn matched_since(context: &CauseContext<'_>, certificate: &Certificate) -> Option<Diagnosis> {
    let last = context.last_rejection();
    let mut matching = context
        .judgement
        .active()
        .filter(|view| view.matches_by_name());
    let (view, changed) = matching.find_map(|view| {
        let changed = Timestamp::from(*view.connector.when_changed.value()?);
        (changed > last).then_some((view, changed))
    })?;
    let delivered = |flow: &Flow| {
        let group = context.analysis.group(flow);
        let recognised =
            group.is_none_or(|group| group.null_rejections + group.sender_rejections == 0);
        flow.accepted > 0 && recognised
    };
    let (earlier, _) = earlier(context)
        .filter(|(flow, _)| delivered(flow))
        .max_by_key(|(flow, _)| flow.last)?;
    let old = context.analysis.certificate(earlier.key.certificate)?;
    // A renewal under the same names is no reason.
    let names = |certificate| {
        let mut hosts = CertificateNames::of(certificate).hosts;
        hosts.sort_unstable();
        hosts
    };
    if names(old) == names(certificate) {
        return None;
    }
    let language = context.analysis.language;
    let before = used_to_deliver(
        language,
        last_before(context, earlier),
        context.send_connector(),
        &wording::certificate(language, old),
    );
    let then = was_rejected_then(
        language,
        &wording::certificate(language, certificate),
        &wording::names(language, certificate),
    );
    let (inbound, tenant) = (&view.connector.name, &view.tenant.name);
    let now = expects_it_now(language, inbound, tenant, changed, last);
    let diagnosis = Diagnosis::of(&CertificateRenamed::META, before + &then + &now);
    let diagnosis = diagnosis.deciding(CauseContext::deciding(view));
    Some(diagnosis.fix(Fix::step(&test_it(language))))
}

/// The other certificates of the same stream and send connector that were offered before this one.
fn earlier<'a>(context: &CauseContext<'a>) -> impl Iterator<Item = (&'a Flow, &'a Judgement<'a>)> {
    let own = context.flow.key;
    let since = first_of_own(context);
    let flows = context.analysis.history_of(own.connector);
    flows.filter(move |(flow, _)| {
        flow.key.offering_stream() == own.offering_stream()
            && flow.key.certificate != own.certificate
            && matches!(flow.key.certificate, CertificateId::Known(_))
            && since.since(flow.first).is_some_and(|before| before > 0)
    })
}

/// When this stream and send connector first offered the certificate.
fn first_of_own(context: &CauseContext<'_>) -> Timestamp {
    let own = context.flow.key;
    let flows = context.analysis.history_of(own.connector);
    let same = flows.filter(|(flow, _)| {
        flow.key.offering_stream() == own.offering_stream()
            && flow.key.certificate == own.certificate
    });
    same.fold(Timestamp::UNKNOWN, |first, (flow, _)| {
        first.earlier(flow.first)
    })
}

/// The latest of these that matched an inbound connector.
fn earlier_match<'a>(context: &CauseContext<'a>) -> Option<(&'a Flow, &'a ConnectorView<'a>)> {
    let matched = earlier(context).filter_map(|(flow, judgement)| {
        let view = judgement.active().find(|view| view.matches_by_name())?;
        Some((flow, view))
    });
    matched.max_by_key(|(flow, _)| flow.last)
}

/// The end of the last session with the earlier certificate before the new one. The earlier one may
/// have come back since.
fn last_before(context: &CauseContext<'_>, earlier: &Flow) -> Timestamp {
    let since = first_of_own(context);
    let stretches = earlier.course.stretches().map(|(_, stretch)| stretch.all);
    let before = stretches.filter(|tally| tally.first < since);
    let last = before.fold(Timestamp::UNKNOWN, |last, tally| last.later(tally.last));
    if last.is_known() { last } else { earlier.last }
}

/// Whether the latest sessions of this stream and send connector still offer the certificate.
fn is_latest(context: &CauseContext<'_>) -> bool {
    let own = context.flow.key;
    let flows = context.analysis.history_of(own.connector);
    let known = flows.filter(|(flow, _)| {
        let is_known = matches!(flow.key.certificate, CertificateId::Known(_));
        flow.key.stream == own.stream && is_known
    });
    let latest = known.max_by_key(|(flow, _)| (flow.last, flow.key.certificate == own.certificate));
    latest.is_none_or(|(flow, _)| flow.key.certificate == own.certificate)
}

sentences! {
    /// The earlier certificate, and the connector that it matched.
    fn used_to_match(until: Timestamp, connector: &str, old: &str, inbound: &str, expectation: &str) {
        en: "Until {until}, send connector '{connector}' offered {old}. This certificate matched {inbound}, which {expectation}.",
        ja: "{until} まで、送信コネクタ「{connector}」は証明書 {old} を提示していました。この証明書は {inbound}と一致していました。この受信コネクタは{expectation}。" ["2013cb4a"],
    }
    /// After that sentence: the new certificate, if the send connector still offers it.
    fn offers_another(new: &str, names: &str) {
        en: " Now the send connector offers {new}, issued for {names}. No inbound connector matches the new certificate.",
        ja: "現在、送信コネクタは証明書 {new} を提示しています (名前: {names})。新しい証明書と一致する受信コネクタはありません。" ["6b1d7c8c"],
    }
    /// After that sentence: the new certificate, if the send connector offers yet another one since.
    fn offered_another(new: &str, names: &str) {
        en: " Then the send connector offered {new}, issued for {names}. No inbound connector matches that certificate. By the end of the log, the send connector offers another one.",
        ja: "その後、送信コネクタは証明書 {new} を提示しました (名前: {names})。この証明書と一致する受信コネクタはありません。ログの終わりの時点では、送信コネクタは別の証明書を提示しています。" ["9b0ed7a6"],
    }
    /// The earlier certificate, where Exchange Online accepted its mail.
    fn used_to_deliver(until: Timestamp, connector: &str, old: &str) {
        en: "Until {until}, send connector '{connector}' offered {old}, and Exchange Online accepted its mail.",
        ja: "{until} まで、送信コネクタ「{connector}」は証明書 {old} を提示し、Exchange Online はそのメールを受け入れていました。" ["a72c9168"],
    }
    /// After that sentence: the new certificate.
    fn was_rejected_then(new: &str, names: &str) {
        en: " Then it offered {new}, issued for {names}, and mail was rejected.",
        ja: "その後、送信コネクタは証明書 {new} を提示するようになり (名前: {names})、メールが拒否されました。" ["679c8f1b"],
    }
    /// After that sentence: the connector that was set to the new certificate.
    fn expects_it_now(inbound: &str, tenant: &str, changed: Timestamp, last: Timestamp) {
        en: " Inbound connector '{inbound}' of {tenant} expects the new certificate now: it was changed at {changed}, after the last rejection at {last}.",
        ja: "現在、{tenant} の受信コネクタ「{inbound}」は新しい証明書を想定しています。この受信コネクタは、{last} の最後の拒否より後の {changed} に変更されました。" ["9a7730f3"],
    }
    /// What is left to do after the connector was set.
    fn test_it() {
        en: "By the export, the inbound connector has been set since. Send a test message to an external recipient, or run sendlens again with newer logs.",
        ja: "エクスポートによると、Exchange Online の受信コネクタはその後設定されています。外部の受信者にテスト メッセージを送信するか、より新しいログで sendlens をもう一度実行します。" ["2c6dcb26"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::{Session, TAKEN, causes, contoso, findings};

    fn before() -> Session {
        Session {
            mails: vec![("a@contoso.com", TAKEN)],
            ..Session::default()
        }
    }

    fn after() -> Session {
        Session {
            time: "2026-11-03T03:00",
            names: &["smtp.contoso.net"],
            ..Session::default()
        }
    }

    #[test]
    fn fires_where_an_earlier_certificate_matched() {
        assert_eq!(causes(&[before(), after()], &[contoso()]), ["CRT004"]);
        let found = findings(&CertificateRenamed, &[before(), after()], &[contoso()]);
        assert_eq!(
            found[0].fix[0].command.as_deref(),
            Some(
                "Set-InboundConnector -Identity 'Inbound from contoso' -TlsSenderCertificateName 'smtp.contoso.net'"
            )
        );
    }

    #[test]
    fn what_was_rolled_back_is_told_in_the_past() {
        let back = Session {
            time: "2026-11-03T05:00",
            ..before()
        };
        let told = |sessions: &[Session]| {
            let found = findings(&CertificateRenamed, sessions, &[contoso()]);
            found[0].explanation.clone()
        };
        let explanation = told(&[before(), after(), back]);
        assert!(!explanation.contains("Now the"), "{explanation}");
        let explanation = told(&[before(), after()]);
        assert!(explanation.contains("Now the"), "{explanation}");
    }

    #[test]
    fn stays_silent_without_an_earlier_one_or_on_another_server() {
        assert!(findings(&CertificateRenamed, &[after()], &[contoso()]).is_empty());
        let other = Session {
            stream: "EX02",
            ..before()
        };
        assert!(findings(&CertificateRenamed, &[other, after()], &[contoso()]).is_empty());
        let later = Session {
            time: "2026-11-03T04:00",
            ..before()
        };
        assert!(findings(&CertificateRenamed, &[after(), later], &[contoso()]).is_empty());
    }
}
