//! LOG004: the log of the front end is missing.

use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::fix::{Fix, Where};
use crate::diagnosis::rule::declare_rule;
use crate::language::sentences;

declare_rule! {
    /// The session went through a front end whose log is not in the input.
    ///
    /// ## What it finds
    /// Rejected mail in the log of a Transport service (`Hub`) that sends through the Front End
    /// Transport service (`FrontendProxyEnabled`). The certificate that Exchange Online saw is in
    /// the log of the Front End Transport service. A certificate in the log of the hub is internal.
    ///
    /// ## Why it matters
    /// Without the log of the front end, the certificate is unknown. Any verdict would be a guess.
    ///
    /// ## What to do
    /// 1. Add the folder `TransportRoles\Logs\FrontEnd\ProtocolLog\SmtpSend` of every server that
    ///    may have forwarded the session.
    /// 2. Run sendlens again.
    ///
    /// ## Sources
    /// - `Set-SendConnector` (reference, Microsoft Learn): with `FrontendProxyEnabled`, mail leaves
    ///   through the Front End Transport service.
    /// - "Protocol logging in Exchange Server" (Microsoft Learn): each transport service writes a
    ///   log of its own, in the folders `Hub` and `FrontEnd`.
    CertificateInFrontendLog {
        code: "LOG004",
        name: "certificate-in-frontend-log",
        severity: Error,
        confidence: High,
        needs: [SendLogs],
        proof: SessionState,
        step: None,
        precedence: Alone,
        /// セッションが経由したフロントエンドのログが、入力にありません。
        ///
        /// ## 検出する内容
        /// トランスポート サービスのログ (`Hub`) にある、拒否されたメールです。このサービスは、
        /// フロントエンド トランスポート サービス経由で送信しています (`FrontendProxyEnabled`)。
        /// Exchange Online から見えた証明書は、フロントエンド トランスポート サービスの
        /// ログにあります。ハブのログにある証明書は、内部用の証明書です。
        ///
        /// ## 問題となる理由
        /// フロントエンドのログがないと、証明書が分かりません。どのような判定も推測になります。
        ///
        /// ## 対処方法
        /// 1. セッションを転送した可能性があるすべてのサーバーの、
        ///    フォルダー `TransportRoles\Logs\FrontEnd\ProtocolLog\SmtpSend` を追加します。
        /// 2. sendlens をもう一度実行します。
        ///
        /// ## 出典
        /// - `Set-SendConnector` (リファレンス、Microsoft Learn): `FrontendProxyEnabled` を
        ///   使用すると、メールはフロントエンド トランスポート サービス経由で送信されます。
        /// - "Protocol logging in Exchange Server" (Microsoft Learn): トランスポート サービスはそれぞれ、
        ///   フォルダー `Hub` と `FrontEnd` に独自のログを書き込みます。
        japanese: ["639018e0"],
    }
}

impl Cause for CertificateInFrontendLog {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        if !context.occurrence.key.frontend_missing || !context.concerns_our_side() {
            return None;
        }
        let language = context.analysis.language;
        let explanation = log_missing(language, context.send_connector());
        Some(
            Diagnosis::of(&Self::META, explanation)
                .fix(Fix::step(&add_log(language)))
                .fix(Fix::inspect(
                    Where::OnPremises,
                    "Get-FrontendTransportService | Format-Table Name,SendProtocolLogPath"
                        .to_owned(),
                    &shows_folders(language),
                )),
        )
    }
}

sentences! {
    /// What is missing.
    fn log_missing(connector: &str) {
        en: "Sessions of send connector '{connector}' went through the Front End Transport service, whose log is not in the input. Only that log shows the certificate that Exchange Online saw.",
        ja: "送信コネクタ「{connector}」のセッションはフロントエンド トランスポート サービスを経由していますが、そのログが入力にありません。Exchange Online から見えた証明書は、そのログにだけ記録されています。" ["fd7deb91"],
    }
    /// What to add to the input.
    fn add_log() {
        en: "1. Add the folder TransportRoles\\Logs\\FrontEnd\\ProtocolLog\\SmtpSend of every Mailbox server to the input. 2. Run sendlens again.",
        ja: "1. すべてのメールボックス サーバーのフォルダー TransportRoles\\Logs\\FrontEnd\\ProtocolLog\\SmtpSend を入力に追加します。 2. sendlens をもう一度実行します。" ["c94684d9"],
    }
    /// What the command shows.
    fn shows_folders() {
        en: "This shows where each server writes the log of its Front End Transport service.",
        ja: "このコマンドは、各サーバーがフロントエンド トランスポート サービスのログを書き込む場所を表示します。" ["51c453ee"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::{Session, causes, contoso, findings};

    #[test]
    fn fires_where_only_the_hub_half_is_there() {
        let hub = [Session {
            proxied: true,
            ..Session::default()
        }];
        assert_eq!(causes(&hub, &[contoso()]), ["LOG004"]);
    }

    #[test]
    fn stays_silent_without_proxying() {
        assert!(
            findings(
                &CertificateInFrontendLog,
                &[Session::default()],
                &[contoso()]
            )
            .is_empty()
        );
    }
}
