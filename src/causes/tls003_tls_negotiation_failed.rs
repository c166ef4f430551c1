//! TLS003: the TLS handshake failed.

use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::delivering;
use crate::diagnosis::edge::Edges;
use crate::diagnosis::fix::Fix;
use crate::diagnosis::queue_context::QueueContext;
use crate::diagnosis::rule::{Confidence, Severity, declare_rule};
use crate::language::sentences;
use crate::remedy::bring::Wanted;
use crate::remedy::service::Service;
use crate::remedy::{bring, certificates, offer};

declare_rule! {
    /// The TLS handshake with Exchange Online failed.
    ///
    /// ## What it finds
    /// `TLS negotiation failed` with any error except the one of CRT007, such as
    /// `UnknownCredentials`, `InvalidToken`, `SocketError` or `CertUnknown`. The severity is error
    /// if, on one of the servers, more than half of the sessions of the send connector and
    /// certificate fail while it lasts. Otherwise, it is warning.
    ///
    /// ## Why it matters
    /// Exchange tries again. If TLS is not required, it sends the mail without TLS. Exchange Online
    /// cannot assign that mail to your tenant.
    ///
    /// ## What to do
    /// If the error is `UnknownCredentials`, the certificate is not bound to SMTP:
    ///
    /// 1. Run `Enable-ExchangeCertificate -Services SMTP` for it on the sending server.
    /// 2. If Exchange asks whether to replace the default SMTP certificate, answer no: internal
    ///    mail uses that one.
    ///
    /// For other errors, check these points:
    ///
    /// - TLS 1.2 and its cipher suites are enabled on the sending server.
    /// - No firewall inspects or interrupts TLS connections on port 25.
    /// - The network does not drop connections.
    ///
    /// ## Sources
    /// - KB 4051498 ("Outbound email messages are not sent on the Exchange Hub Transport or Edge
    ///   server", Microsoft Learn): with `UnknownCredentials`, the certificate is not bound to the
    ///   SMTP service; the queue shows 421 4.4.1.
    /// - Observed at therealcontoso.com ("TLS negotiation failed with error UnknownCredentials",
    ///   2017-10-19): mail stayed in the queue with 451 4.4.0 although port 25 was open.
    /// - "Exchange Server TLS configuration best practices" (Microsoft Learn): how to enable TLS
    ///   1.2 and its cipher suites on the server.
    TlsNegotiationFailed {
        code: "TLS003",
        name: "tls-negotiation-failed",
        severity: Error,
        confidence: Medium,
        needs: [SendLogs],
        proof: SessionState,
        step: Tls,
        /// Exchange Online との TLS ハンドシェイクが失敗しました。
        ///
        /// ## 検出する内容
        /// CRT007 のエラーを除く `TLS negotiation failed` を検出します。エラーには、
        /// `UnknownCredentials`、`InvalidToken`、`SocketError`、`CertUnknown` などがあります。
        /// 失敗が続いている間、いずれかのサーバーで、その送信コネクタと証明書のセッションの半数を
        /// 超える失敗がある場合、重大度はエラーになります。それ以外の場合は警告になります。
        ///
        /// ## 問題となる理由
        /// Exchange は送信を再試行します。TLS が必須でない場合は、TLS なしでメールを送信します。
        /// Exchange Online は、そのメールを自組織のテナントに割り当てることができません。
        ///
        /// ## 対処方法
        /// エラーが `UnknownCredentials` の場合、証明書が SMTP に割り当てられていません。
        ///
        /// 1. 送信元サーバーで、その証明書に対して `Enable-ExchangeCertificate -Services SMTP` を
        ///    実行します。
        /// 2. 既定の SMTP 証明書を置き換えるかどうかを確認された場合は、[いいえ] と答えます。
        ///    既定の証明書は内部のメールで使用されます。
        ///
        /// そのほかのエラーの場合は、次の点を確認します。
        ///
        /// - 送信元サーバーで、TLS 1.2 とその暗号スイートが有効になっている。
        /// - ポート 25 の TLS 接続を検査または中断するファイアウォールがない。
        /// - ネットワークが接続を切断していない。
        ///
        /// ## 出典
        /// - KB 4051498 ("Outbound email messages are not sent on the Exchange Hub Transport or Edge server"、
        ///   Microsoft Learn): `UnknownCredentials` の場合、証明書が SMTP サービスに
        ///   割り当てられていません。キューには 421 4.4.1 が表示されます。
        /// - therealcontoso.com での観測 ("TLS negotiation failed with error UnknownCredentials"、
        ///   2017-10-19): ポート 25 は開いていましたが、メールは 451 4.4.0 でキューに残りました。
        /// - "Exchange Server TLS configuration best practices" (Microsoft Learn): サーバーで TLS 1.2 とその
        ///   暗号スイートを有効にする方法が説明されています。
        japanese: ["5ca50422"],
    }
}

impl Cause for TlsNegotiationFailed {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        let error = context.tls().error.map(|error| context.text(error))?;
        if error.eq_ignore_ascii_case("NoCredentials") || !context.concerns_our_side() {
            return None;
        }
        let flows = context
            .group()
            .map(|group| group.flows.as_slice())
            .unwrap_or_default();
        let flows = flows
            .iter()
            .map(|flow| &context.analysis.aggregate.flows[*flow]);
        let (failed, sessions) = flows.fold((0, 0), |(failed, sessions), flow| {
            (failed + flow.failed_sessions, sessions + flow.sessions)
        });
        let language = context.analysis.language;
        let connector = context.send_connector();
        let explanation = if sessions == 1 {
            failed_in_one(language, connector, error, failed, sessions)
        } else {
            failed_in_several(language, connector, error, failed, sessions)
        };
        let mut finding = Diagnosis::of(&Self::META, explanation).confidence(Confidence::Medium);
        finding.fix = if error.eq_ignore_ascii_case("UnknownCredentials") {
            bind_to_smtp(context)
        } else {
            vec![Fix::step(&check_tls(language))]
        };
        if !delivering::mostly_fails_in_tls(context) {
            finding.severity = Severity::Warning;
        }
        Some(finding)
    }

    fn check_queue(&self, context: &QueueContext<'_>) -> Option<Diagnosis> {
        let failed = context.is_online && context.says("Security status ");
        failed.then(|| {
            let language = context.checks.language;
            let explanation = waits_for_it(
                language,
                &context.shows(),
                context.quoted(),
                context.send_connector(),
                &context.waiting(),
            );
            Diagnosis::of(&Self::META, explanation).fix(Fix::step(&check_tls(language)))
        })
    }
}

/// The steps for a certificate that is not bound to SMTP (KB 4051498).
fn bind_to_smtp(context: &CauseContext<'_>) -> Vec<Fix> {
    let language = context.analysis.language;
    let why = is_not_bound(language);
    let service = Service::offering(context);
    let thumbprint = context.certificate().and_then(certificates::thumbprint);
    let Some(thumbprint) = thumbprint else {
        let (asks, service) = (certificates::asks(language), service.words(language));
        return vec![Fix::step(&find_and_enable(language, &why, &asks, &service))];
    };
    let found = context.certificate();
    if found.is_some_and(|found| delivering::is_of_no_use(context.analysis, found)) {
        return offer::switch_from_own_authority(context);
    }
    let servers = delivering::failing_in_tls(context);
    let own = context.analysis.on_premises;
    let wanted = Wanted {
        thumbprint,
        from: None,
        service,
        edges: Edges::of(context.analysis.streams),
    };
    bring::into_use(language, own, &servers, wanted, &why)
}

sentences! {
    /// Which error, and how often, where there is one session.
    fn failed_in_one(connector: &str, error: &str, failed: u64, sessions: u64) {
        en: "The TLS handshake of send connector '{connector}' with Exchange Online failed with {error}. This happened in {failed} of {sessions} session with this certificate.",
        ja: "送信コネクタ「{connector}」と Exchange Online の間の TLS ハンドシェイクが {error} で失敗しました。この証明書を使用したセッション {sessions} 件のうち {failed} 件で発生しました。" ["f9d68796"],
    }
    /// Which error, and how often, where there are several sessions.
    fn failed_in_several(connector: &str, error: &str, failed: u64, sessions: u64) {
        en: "The TLS handshake of send connector '{connector}' with Exchange Online failed with {error}. This happened in {failed} of {sessions} sessions with this certificate.",
        ja: "送信コネクタ「{connector}」と Exchange Online の間の TLS ハンドシェイクが {error} で失敗しました。この証明書を使用したセッション {sessions} 件のうち {failed} 件で発生しました。" ["9c93c653"],
    }
    /// What a queue shows.
    fn waits_for_it(shows: &str, error: &str, connector: &str, waiting: &str) {
        en: "{shows} '{error}': the TLS handshake of send connector '{connector}' with Exchange Online failed. {waiting}",
        ja: "{shows}「{error}」です。送信コネクタ「{connector}」と Exchange Online の間の TLS ハンドシェイクが失敗しました。{waiting}" ["87262dff"],
    }
    /// What to check where the certificate need not be the reason.
    fn check_tls() {
        en: "1. Check that TLS 1.2 and its cipher suites are enabled on the sending server. 2. Check that no firewall inspects or interrupts TLS connections on port 25 to Exchange Online.",
        ja: "1. 送信元サーバーで、TLS 1.2 とその暗号スイートが有効になっていることを確認します。 2. Exchange Online へのポート 25 の TLS 接続を検査または中断するファイアウォールがないことを確認します。" ["bcff016a"],
    }
    /// What the error usually means.
    fn is_not_bound() {
        en: "UnknownCredentials usually means that the certificate is not enabled for SMTP (KB 4051498).",
        ja: "UnknownCredentials は通常、証明書が SMTP に対して有効になっていないことを意味します (KB 4051498)。" ["5e55602b"],
    }
    /// The steps where the certificate is not known. `why` says what the error means, and `asks` what the
    /// command asks.
    fn find_and_enable(why: &str, asks: &str, service: &str) {
        en: "{why} 1. Find the certificate that TlsCertificateName of the send connector names (Get-SendConnector, Get-ExchangeCertificate). 2. Enable it for SMTP on every source server (Enable-ExchangeCertificate -Services SMTP). {asks} 3. Restart {service}.",
        ja: "{why} 1. 送信コネクタの TlsCertificateName が指定する証明書を特定します (Get-SendConnector、Get-ExchangeCertificate)。 2. すべての送信元サーバーで、その証明書を SMTP に対して有効にします (Enable-ExchangeCertificate -Services SMTP)。{asks} 3. {service} を再起動します。" ["760cf53e"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::{Session, Starttls, TAKEN, causes, contoso, findings};
    use crate::scenario::queues::of_error;

    fn failed(error: &'static str) -> Session {
        Session {
            starttls: Starttls::Failed(error),
            mails: Vec::new(),
            ..Session::default()
        }
    }

    #[test]
    fn fires_as_an_error_where_most_sessions_fail() {
        let found = findings(
            &TlsNegotiationFailed,
            &[failed("UnknownCredentials")],
            &[contoso()],
        );
        assert_eq!(found[0].severity, Severity::Error);
        assert_eq!(causes(&[failed("SocketError")], &[contoso()]), ["TLS003"]);
    }

    #[test]
    fn fires_as_an_error_where_most_sessions_fail_by_now() {
        let good = |time| Session {
            time,
            mails: vec![("a@contoso.com", TAKEN)],
            ..Session::default()
        };
        let bad = |time| Session {
            time,
            ..failed("UnknownCredentials")
        };
        let mut sessions = vec![
            good("2026-11-03T01:00"),
            good("2026-11-03T01:10"),
            good("2026-11-03T01:20"),
            good("2026-11-03T01:30"),
            good("2026-11-03T01:40"),
            bad("2026-11-03T02:00"),
            good("2026-11-03T02:10"),
            bad("2026-11-03T02:20"),
            bad("2026-11-03T02:30"),
        ];
        let found = findings(&TlsNegotiationFailed, &sessions, &[contoso()]);
        assert_eq!(found[0].severity, Severity::Error);
        sessions.push(good("2026-11-03T02:15"));
        sessions.push(good("2026-11-03T02:25"));
        let found = findings(&TlsNegotiationFailed, &sessions, &[contoso()]);
        assert_eq!(found[0].severity, Severity::Warning);
    }

    #[test]
    fn fires_as_a_warning_where_few_do() {
        let good = Session {
            mails: vec![("a@contoso.com", TAKEN)],
            ..Session::default()
        };
        let found = findings(
            &TlsNegotiationFailed,
            &[good, failed("InvalidToken")],
            &[contoso()],
        );
        assert_eq!(found[0].severity, Severity::Warning);
    }

    #[test]
    fn stays_silent_on_missing_credentials_and_good_handshakes() {
        assert!(
            findings(
                &TlsNegotiationFailed,
                &[failed("NoCredentials"), Session::default()],
                &[contoso()]
            )
            .is_empty()
        );
    }

    #[test]
    fn a_queue_shows_it_too() {
        let error = "451 4.4.0 Security status InvalidToken";
        assert!(of_error(&TlsNegotiationFailed, error).is_some());
        assert!(of_error(&TlsNegotiationFailed, "451 4.4.0 DNS query failed").is_none());
    }
}
