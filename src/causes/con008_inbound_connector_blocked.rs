//! CON008: Microsoft has blocked the inbound connector.

use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::fix::{Fix, Where};
use crate::diagnosis::rule::declare_rule;
use crate::language::sentences;
use crate::smtp::reply::Class;

declare_rule! {
    /// Microsoft has blocked the inbound connector, because it looks compromised.
    ///
    /// ## What it finds
    /// Replies with 550 5.7.711 (`Access denied, bad inbound connector. AS(2204)`). Exchange Online
    /// attributed the mail to the tenant and to a connector, and then refused it. The certificate
    /// and the connector are recognised.
    ///
    /// ## Why it matters
    /// Exchange Online takes no mail over this connector until an administrator removes the block.
    /// Often somebody has sent spam through the connector. A block that is removed without finding
    /// the reason comes back.
    ///
    /// ## What to do
    /// 1. Find out what was sent through the connector, and stop it: an account with a stolen
    ///    password, an open relay, a web server.
    /// 2. List the blocked connectors with `Get-BlockedConnector`.
    /// 3. Remove the block with `Remove-BlockedConnector`.
    /// 4. Wait up to an hour.
    ///
    /// ## Sources
    /// - "Remove blocked connectors from the Restricted entities page" (Microsoft Learn): a
    ///   connector that shows signs of compromise is blocked, its mail is refused with 550 5.7.711,
    ///   and the block is removed by `Remove-BlockedConnector` or in the Defender portal; this can
    ///   take an hour.
    /// - `Get-BlockedConnector` (reference, Microsoft Learn): lists the connectors that are blocked,
    ///   with the ID that `Remove-BlockedConnector` needs.
    InboundConnectorBlocked {
        code: "CON008",
        name: "inbound-connector-blocked",
        severity: Error,
        confidence: High,
        needs: [SendLogs],
        proof: Certificate,
        step: InboundConnector,
        /// 侵害された可能性があるため、Microsoft が Exchange Online の受信コネクタを
        /// ブロックしています。
        ///
        /// ## 検出する内容
        /// 550 5.7.711 (`Access denied, bad inbound connector. AS(2204)`) の応答です。
        /// Exchange Online は、メールをテナントとコネクタに割り当ててから拒否しました。証明書と
        /// コネクタは認識されています。
        ///
        /// ## 問題となる理由
        /// 管理者がブロックを解除するまで、Exchange Online はこのコネクタ経由のメールを
        /// 受け入れません。多くの場合、誰かがこのコネクタ経由でスパムを送信しています。
        /// 原因を調べずにブロックを解除すると、再びブロックされます。
        ///
        /// ## 対処方法
        /// 1. コネクタ経由で何が送信されたかを調べて、停止します。パスワードを盗まれたアカウント、
        ///    オープン リレー、Web サーバーなどが考えられます。
        /// 2. `Get-BlockedConnector` で、ブロックされたコネクタを一覧表示します。
        /// 3. `Remove-BlockedConnector` で、ブロックを解除します。
        /// 4. 最大 1 時間待ちます。
        ///
        /// ## 出典
        /// - "Remove blocked connectors from the Restricted entities page" (Microsoft Learn): 侵害の
        ///   兆候があるコネクタはブロックされ、そのメールは 550 5.7.711 で拒否されます。
        ///   ブロックは、`Remove-BlockedConnector` または Defender ポータルで解除します。
        ///   解除には 1 時間かかることがあります。
        /// - `Get-BlockedConnector` (リファレンス、Microsoft Learn): ブロックされたコネクタを、
        ///   `Remove-BlockedConnector` に必要な ID と共に一覧表示します。
        japanese: ["0c2765de"],
    }
}

impl Cause for InboundConnectorBlocked {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        if context.class() != Some(Class::ConnectorBlocked) {
            return None;
        }
        let matching = context.judgement.matching().next();
        let language = context.analysis.language;
        let explanation = blocked(language, context.send_connector());
        let finding = Diagnosis::of(&Self::META, explanation)
            .deciding(matching.and_then(CauseContext::deciding));
        Some(
            finding
                .fix(Fix::step(&find_out_first(language)))
                .afterwards(Fix::step(&find_out_afterwards(language)))
                .fix(Fix::inspect(
                    Where::Online,
                    "Get-BlockedConnector".to_owned(),
                    &lists_blocked(language),
                ))
                .fix(Fix::command(
                    Where::Online,
                    "Remove-BlockedConnector -ConnectorId '<ConnectorId of the blocked connector>'"
                        .to_owned(),
                    &remove_block(language),
                )),
        )
    }
}

sentences! {
    /// What happened.
    fn blocked(connector: &str) {
        en: "Microsoft has blocked the inbound connector over which mail of send connector '{connector}' arrives, because it looks compromised. Exchange Online recognised the certificate and the connector.",
        ja: "送信コネクタ「{connector}」のメールが経由する Exchange Online の受信コネクタを、Microsoft がブロックしています。侵害された可能性があるためです。Exchange Online は、証明書とコネクタを認識しました。" ["cf133cbe"],
    }
    /// The step before the block is removed.
    fn find_out_first() {
        en: "Find out what was sent through the connector, and stop it: look in the message trace for unusual senders and numbers, and on your servers for an open relay or an account with a stolen password. Do this before the next steps.",
        ja: "コネクタ経由で何が送信されたかを調べて、停止します。メッセージ トレースで不審な送信者や件数を、サーバーでオープン リレーやパスワードを盗まれたアカウントを探します。この手順は、次の手順より先に実行してください。" ["e2c02cd7"],
    }
    /// The step where the block was removed already.
    fn find_out_afterwards() {
        en: "Find out what was sent through the connector, and stop it: look in the message trace for unusual senders and numbers, and on your servers for an open relay or an account with a stolen password. If this was done when the block was removed, nothing is left to do. If the reason was not found, Microsoft blocks the connector again.",
        ja: "コネクタ経由で何が送信されたかを調べて、停止します。メッセージ トレースで不審な送信者や件数を、サーバーでオープン リレーやパスワードを盗まれたアカウントを探します。ブロックの解除時に実行済みの場合、残っている作業はありません。原因が見つかっていない場合、Microsoft はコネクタを再びブロックします。" ["3109e933"],
    }
    /// What the first command shows.
    fn lists_blocked() {
        en: "The command lists the blocked connectors with their ConnectorId.",
        ja: "コマンドは、ブロックされたコネクタを ConnectorId と共に一覧表示します。" ["37bbab09"],
    }
    /// How the block is removed.
    fn remove_block() {
        en: "1. Replace the placeholder with the ConnectorId that the command before shows. 2. Run the command. 3. Wait up to an hour.",
        ja: "1. プレースホルダーを、前のコマンドで表示された ConnectorId に置き換えます。 2. コマンドを実行します。 3. 最大 1 時間待ちます。" ["4a2c0229"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::status::State;
    use crate::onprem::OnPremises;
    use crate::scenario::logs::{Session, TAKEN, causes, contoso, findings, with_analysis};

    fn session(reply: &'static str) -> Session {
        Session {
            mails: vec![("a@contoso.com", reply)],
            ..Session::default()
        }
    }

    #[test]
    fn a_blocked_connector_is_named_first() {
        let reply =
            "550 5.7.711 Access denied, bad inbound connector. AS(2204) [x.prod.outlook.com]";
        assert_eq!(causes(&[session(reply)], &[contoso()]), ["CON008"]);
    }

    #[test]
    fn once_it_is_over_the_reason_still_has_to_be_found() {
        let reply =
            "550 5.7.711 Access denied, bad inbound connector. AS(2204) [x.prod.outlook.com]";
        let later = |time| Session {
            time,
            ..session(TAKEN)
        };
        let sessions = [
            session(reply),
            later("2026-11-03T03:00"),
            later("2026-11-03T03:10"),
            later("2026-11-03T03:20"),
            later("2026-11-03T03:30"),
            later("2026-11-03T03:40"),
            later("2026-11-03T03:50"),
        ];
        with_analysis(
            &sessions,
            &[contoso()],
            &OnPremises::default(),
            |analysis| {
                let incidents = crate::engine::incidents(analysis);
                let fix = &incidents[0].diagnosis.fix;
                assert_eq!(incidents[0].status.state, State::Over);
                assert!(
                    fix[0].note.starts_with("It is over, but"),
                    "{}",
                    fix[0].note
                );
                assert!(fix[1].note.starts_with("Find out what was sent"));
            },
        );
    }

    #[test]
    fn another_reply_is_something_else() {
        let other = session("550 5.7.1 Access denied [x.prod.outlook.com]");
        assert!(findings(&InboundConnectorBlocked, &[other], &[contoso()]).is_empty());
    }
}
