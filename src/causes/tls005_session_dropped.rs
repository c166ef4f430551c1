//! TLS005: sessions are dropped behind STARTTLS without a word.

use crate::aggregate::occurrence::{Kind, Step};
use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::fix::{Fix, Where};
use crate::diagnosis::queue_context::QueueContext;
use crate::diagnosis::rule::{Confidence, declare_rule};
use crate::language::sentences;
use crate::remedy::command::quote;
use crate::remedy::{certificates, offered};

declare_rule! {
    /// Sessions with Exchange Online end behind STARTTLS without a reply, and nothing is delivered.
    ///
    /// ## What it finds
    /// Dropped sessions: the other side, the network or this server ends the session without any
    /// rejection and without QUIT, after STARTTLS or after the certificate was offered. At least
    /// three in a row, more than half of the sessions with this certificate in that time, and
    /// nothing accepted in between. Single dropped sessions are normal.
    ///
    /// The queue then shows 421 4.4.1, 421 4.4.2, 451 4.4.0 or 454 4.7.5.
    ///
    /// ## Why it matters
    /// Exchange Online may close a session without a reply once it has seen the certificate. Nothing
    /// in the log says "rejected", but no mail arrives.
    ///
    /// ## What to do
    /// Look for the reason in this order:
    ///
    /// 1. The certificate: is it expired, revoked, self-signed, or without its chain?
    /// 2. A firewall that inspects or interrupts TLS on port 25.
    /// 3. The TLS versions and cipher suites of the server. Exchange does no TLS 1.3 over SMTP up to
    ///    Exchange SE RTM.
    ///
    /// ## Sources
    /// - Observed in Microsoft Q&A threads and in forums: the handshake succeeds, then the
    ///   connection is reset; a new certificate in place of an expired or self-signed one cured it.
    /// - "Exchange Server TLS configuration best practices" (Microsoft Learn): which TLS versions
    ///   Exchange Server supports for SMTP.
    SessionDropped {
        code: "TLS005",
        name: "session-dropped",
        severity: Error,
        confidence: Medium,
        needs: [SendLogs],
        proof: SessionState,
        step: None,
        /// Exchange Online とのセッションが STARTTLS の後に応答なしで終了し、
        /// メールがまったく配信されていません。
        ///
        /// ## 検出する内容
        /// 切断されたセッションを検出します。STARTTLS の後または証明書の提示後に、相手側、
        /// ネットワーク、またはこのサーバーが、拒否も QUIT もないままセッションを終了しています。
        /// 3 件以上連続し、その期間にこの証明書を使用したセッションの半数を超え、
        /// その間に受け入れられたメールがない場合に限ります。単発の切断は正常です。
        ///
        /// このときキューには、421 4.4.1、421 4.4.2、451 4.4.0、または 454 4.7.5 が表示されます。
        ///
        /// ## 問題となる理由
        /// Exchange Online は、証明書を確認した後、応答せずにセッションを閉じることがあります。
        /// ログには "rejected" と記録されませんが、メールは届きません。
        ///
        /// ## 対処方法
        /// 次の順序で原因を調べます。
        ///
        /// 1. 証明書を確認します。有効期限切れ、失効、自己署名、または証明書チェーンの
        ///    欠落がないかを調べます。
        /// 2. ポート 25 の TLS を検査または中断するファイアウォールがないかを調べます。
        /// 3. サーバーの TLS のバージョンと暗号スイートを調べます。
        ///    Exchange SE RTM までの Exchange は、SMTP で TLS 1.3 に対応していません。
        ///
        /// ## 出典
        /// - Microsoft Q&A やフォーラムでの観測: ハンドシェイクは成功しますが、その後、
        ///   接続がリセットされます。有効期限切れの証明書または自己署名証明書を新しい証明書に
        ///   替えると解決しました。
        /// - "Exchange Server TLS configuration best practices" (Microsoft Learn): Exchange Server が SMTP で
        ///   サポートする TLS のバージョンが説明されています。
        japanese: ["42046d2e"],
    }
}

impl Cause for SessionDropped {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        let Kind::Dropped(step) = context.occurrence.key.kind else {
            return None;
        };
        let language = context.analysis.language;
        let connector = context.send_connector();
        let is_shown = context.certificate().is_some() || context.offered_none();
        let offered = offered::predicate(context);
        let mut explanation = match step {
            Step::Connected | Step::Ehlo => return None,
            Step::StartTls if !is_shown => ended_before_certificate(language, connector),
            Step::StartTls => ended_in_handshake(language, connector, &offered),
            Step::Handshake => ended_after_handshake(language, connector, &offered),
            Step::Mail => ended_in_message(language, connector, &offered),
        };
        if context.tls().is_tls_1_3 {
            explanation.push_str(&used_tls_1_3(language));
        }
        let finding = Diagnosis::of(&Self::META, explanation);
        let thumbprint = context.certificate().and_then(certificates::thumbprint);
        let finding = match thumbprint {
            Some(thumbprint) => finding.fix(Fix::inspect(
                Where::OnPremises,
                format!(
                    "Get-ExchangeCertificate -Thumbprint {} | Format-List Status,RootCAType,Services,NotAfter",
                    quote(thumbprint)
                ),
                &status_must_be_valid(language),
            )),
            None => finding,
        };
        Some(finding.fix(Fix::step(&what_to_check(language))))
    }

    /// A queue does not show when the session ended.
    fn check_queue(&self, context: &QueueContext<'_>) -> Option<Diagnosis> {
        let dropped = context.is_online && context.says("Connection dropped due to");
        dropped.then(|| {
            let language = context.checks.language;
            let explanation = waits_for_it(
                language,
                &context.shows(),
                context.quoted(),
                context.send_connector(),
                &context.waiting(),
            );
            Diagnosis::of(&Self::META, explanation)
                .confidence(Confidence::Low)
                .fix(Fix::step(&what_to_check(language)))
        })
    }
}

sentences! {
    /// When the sessions ended: during the handshake, with what was offered.
    fn ended_in_handshake(connector: &str, offered: &str) {
        en: "Sessions of send connector '{connector}' that {offered} ended during the TLS handshake without a reply, and nothing was delivered in that time. Exchange Online may close a session without a reply once it has seen the certificate.",
        ja: "送信コネクタ「{connector}」は{offered}。そのセッションは、TLS ハンドシェイク中に応答なしで終了しました。その期間、メールはまったく配信されていません。Exchange Online は、証明書を確認した後、応答せずにセッションを閉じることがあります。" ["5faeb998"],
    }
    /// When the sessions ended: after the handshake.
    fn ended_after_handshake(connector: &str, offered: &str) {
        en: "Sessions of send connector '{connector}' that {offered} ended after the TLS handshake succeeded without a reply, and nothing was delivered in that time. Exchange Online may close a session without a reply once it has seen the certificate.",
        ja: "送信コネクタ「{connector}」は{offered}。そのセッションは、TLS ハンドシェイクの成功後に応答なしで終了しました。その期間、メールはまったく配信されていません。Exchange Online は、証明書を確認した後、応答せずにセッションを閉じることがあります。" ["221c4ed8"],
    }
    /// When the sessions ended: while a message was sent.
    fn ended_in_message(connector: &str, offered: &str) {
        en: "Sessions of send connector '{connector}' that {offered} ended while a message was being sent without a reply, and nothing was delivered in that time. Exchange Online may close a session without a reply once it has seen the certificate.",
        ja: "送信コネクタ「{connector}」は{offered}。そのセッションは、メッセージの送信中に応答なしで終了しました。その期間、メールはまったく配信されていません。Exchange Online は、証明書を確認した後、応答せずにセッションを閉じることがあります。" ["ac4b1d3f"],
    }
    /// When the sessions ended: during the handshake, before the log shows what was offered.
    fn ended_before_certificate(connector: &str) {
        en: "Sessions of send connector '{connector}' ended during the TLS handshake without a reply, before the log shows a certificate, and nothing was delivered in that time. So the certificate need not be the reason.",
        ja: "送信コネクタ「{connector}」のセッションが、ログに証明書が示される前に、TLS ハンドシェイク中に応答なしで終了しました。その期間、メールはまったく配信されていません。そのため、証明書が原因とは限りません。" ["0914c55d"],
    }
    /// After that sentence, if TLS 1.3 was used.
    fn used_tls_1_3() {
        en: " The session used TLS 1.3. Exchange does not support TLS 1.3 over SMTP up to Exchange SE RTM, so this may be the reason.",
        ja: "このセッションは TLS 1.3 を使用しました。Exchange SE RTM までの Exchange は SMTP で TLS 1.3 をサポートしていないため、これが原因である可能性があります。" ["c4042446"],
    }
    /// What the command must show.
    fn status_must_be_valid() {
        en: "Run the command on every sending server. The status must be Valid. RevocationCheckFailure, Revoked or Untrusted is the reason.",
        ja: "すべての送信元サーバーでコマンドを実行します。状態は Valid である必要があります。RevocationCheckFailure、Revoked、または Untrusted の場合は、それが原因です。" ["ff68e7fc"],
    }
    /// What a queue shows.
    fn waits_for_it(shows: &str, error: &str, connector: &str, waiting: &str) {
        en: "{shows} '{error}': the session of send connector '{connector}' ended without a reply. {waiting} The send log of the time shows whether that was behind the TLS handshake: give it too.",
        ja: "{shows}「{error}」です。送信コネクタ「{connector}」のセッションが応答なしで終了しました。{waiting}TLS ハンドシェイクの後であったかどうかは、その時刻の送信ログで分かります。送信ログも指定してください。" ["0a424715"],
    }
    /// What to check.
    fn what_to_check() {
        en: "1. Check that the intermediate certificates of your certificate are installed on every sending server. 2. Check that no firewall inspects or interrupts TLS on port 25 to Exchange Online. 3. Check that TLS 1.2 and its cipher suites are enabled on the sending servers. 4. If all of this is right, open a case with Microsoft. Give them the times and the IP addresses of some of these sessions.",
        ja: "1. すべての送信元サーバーに、自組織の証明書の中間証明書がインストールされていることを確認します。 2. Exchange Online へのポート 25 の TLS を検査または中断するファイアウォールがないことを確認します。 3. 送信元サーバーで、TLS 1.2 とその暗号スイートが有効になっていることを確認します。 4. これらがすべて正しい場合は、Microsoft のサポート ケースを作成し、該当するセッションのいくつかについて時刻と IP アドレスを伝えます。" ["53448b33"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::{Ending, Session, Starttls, TAKEN, causes, contoso, findings};
    use crate::scenario::queues::of_error;

    fn dropped(time: &'static str) -> Session {
        Session {
            time,
            mails: Vec::new(),
            ending: Ending::Dropped("Remote(ConnectionReset)"),
            ..Session::default()
        }
    }

    fn delivered(time: &'static str) -> Session {
        Session {
            time,
            mails: vec![("a@contoso.com", TAKEN)],
            ..Session::default()
        }
    }

    fn outage() -> [Session; 3] {
        [
            dropped("2026-11-03T02:10"),
            dropped("2026-11-03T02:20"),
            dropped("2026-11-03T02:30"),
        ]
    }

    #[test]
    fn three_in_a_row_are_an_incident() {
        assert_eq!(causes(&outage(), &[contoso()]), ["TLS005"]);
        let found = findings(&SessionDropped, &outage(), &[contoso()]);
        let words = "after the TLS handshake succeeded";
        assert!(
            found[0].explanation.contains(words),
            "{}",
            found[0].explanation
        );
    }

    #[test]
    fn mail_before_and_after_is_not_part_of_it() {
        let mut sessions = vec![delivered("2026-11-03T01:00"), delivered("2026-11-03T03:00")];
        sessions.extend(outage());
        assert_eq!(causes(&sessions, &[contoso()]), ["TLS005"]);
    }

    #[test]
    fn single_drops_among_deliveries_are_normal() {
        let sessions = [
            dropped("2026-11-03T02:10"),
            delivered("2026-11-03T02:15"),
            dropped("2026-11-03T02:20"),
            delivered("2026-11-03T02:25"),
            dropped("2026-11-03T02:30"),
        ];
        assert!(causes(&sessions, &[contoso()]).is_empty());
    }

    #[test]
    fn an_expired_certificate_explains_it_first() {
        let expired = outage().map(|session| Session {
            valid: "2025-01-01T00:00:00.000Z 2026-01-01T00:00:00.000Z",
            ..session
        });
        assert_eq!(causes(&expired, &[contoso()]), ["CRT003"]);
    }

    #[test]
    fn before_starttls_it_is_something_else() {
        let early = outage().map(|session| Session {
            starttls: Starttls::NotUsed,
            ..session
        });
        assert!(findings(&SessionDropped, &early, &[contoso()]).is_empty());
    }

    #[test]
    fn a_queue_shows_that_it_was_dropped() {
        let error = "441 4.4.1 Error encountered while communicating with primary target IP address: \"421 4.4.2 Connection dropped due to SocketError.\" Attempted failover to alternate host, but that did not succeed.";
        let found = of_error(&SessionDropped, error).expect("a diagnosis");
        assert_eq!(found.confidence, Confidence::Low);
        assert!(of_error(&SessionDropped, "421 4.4.1 Connection timed out").is_none());
    }
}
