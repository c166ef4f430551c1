//! LOG007: sessions reach Exchange Online, and nothing is delivered.

use crate::aggregate::occurrence::{Kind, Step};
use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::fix::{Fix, Where};
use crate::diagnosis::rule::declare_rule;
use crate::language::sentences;
use crate::remedy::command;

declare_rule! {
    /// Sessions of a send connector reach Exchange Online, and none delivers anything.
    ///
    /// ## What it finds
    /// A send connector with at least three sessions to Exchange Online in which no message was
    /// accepted, or a time in which the sessions were dropped before STARTTLS. No other entry
    /// explains it: there is no rejection that has to do with attribution, and no failure of TLS.
    ///
    /// ## Why it matters
    /// A log without rejections looks healthy. But if nothing was delivered, something is wrong, or
    /// there was nothing to send.
    ///
    /// ## What to do
    /// 1. Look at the queue of the send connector and at its last error.
    /// 2. Look at the rejections that the report lists as other rejections.
    /// 3. Give more logs: the time before, and the other servers.
    ///
    /// ## Sources
    /// - `Get-Queue` (reference, Microsoft Learn): `LastError` of a queue says why the last attempt
    ///   failed.
    /// - That sessions without any delivery need a look follows from the log itself.
    NothingDelivered {
        code: "LOG007",
        name: "nothing-delivered",
        severity: Warning,
        confidence: Low,
        needs: [SendLogs],
        proof: Certificate,
        step: None,
        precedence: Alone,
        /// 送信コネクタのセッションは Exchange Online に到達していますが、何も配信されていません。
        ///
        /// ## 検出する内容
        /// Exchange Online へのセッションが 3 件以上あり、メッセージが 1 通も
        /// 受け入れられていない送信コネクタです。または、STARTTLS の前にセッションが
        /// 切断された期間です。ほかの項目で説明できるものは除きます。属性付与に関する拒否も、
        /// TLS の失敗もありません。
        ///
        /// ## 問題となる理由
        /// 拒否のないログは正常に見えます。しかし何も配信されていない場合は、問題があるか、
        /// 送信するメールがなかったかのどちらかです。
        ///
        /// ## 対処方法
        /// 1. 送信コネクタのキューと、その最後のエラーを確認します。
        /// 2. レポートで、ほかの理由による拒否として一覧表示されているものを確認します。
        /// 3. それより前の期間のログと、ほかのサーバーのログを追加します。
        ///
        /// ## 出典
        /// - `Get-Queue` (リファレンス、Microsoft Learn): キューの `LastError` は、最後の試行が
        ///   失敗した理由を示します。
        /// - 何も配信しないセッションを確認する必要があることは、ログ自体から分かります。
        japanese: ["6394d885"],
    }
}

impl Cause for NothingDelivered {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        let language = context.analysis.language;
        let connector = context.send_connector();
        let explanation = match context.occurrence.key.kind {
            Kind::NothingDelivered if context.flow.rejected > 0 => {
                all_rejected(language, connector)
            }
            Kind::NothingDelivered => none_delivered(language, connector),
            Kind::Dropped(Step::Connected | Step::Ehlo) => dropped_early(language, connector),
            _ => return None,
        };
        let command = format!(
            "Get-Queue | Where-Object NextHopConnector -eq (Get-SendConnector -Identity {}).Guid | Format-List Identity,MessageCount,LastError",
            command::send_identity(connector)
        );
        Some(Diagnosis::of(&Self::META, explanation).fix(Fix::inspect(
            Where::OnPremises,
            command,
            &look_at_queue(language),
        )))
    }
}

sentences! {
    /// All recipients were rejected for other reasons.
    fn all_rejected(connector: &str) {
        en: "Sessions of send connector '{connector}' reach Exchange Online, but none of them delivered a message. All recipients were rejected, for reasons that have nothing to do with attribution. The report lists these replies under the other rejections.",
        ja: "送信コネクタ「{connector}」のセッションは Exchange Online に到達していますが、メッセージは 1 通も配信されていません。すべての受信者が、属性付与とは関係のない理由で拒否されました。これらの応答は、レポートにほかの理由による拒否として一覧表示されています。" ["8a1416df"],
    }
    /// The logs show no reason.
    fn none_delivered(connector: &str) {
        en: "Sessions of send connector '{connector}' reach Exchange Online, but none of them delivered a message. The logs do not show why.",
        ja: "送信コネクタ「{connector}」のセッションは Exchange Online に到達していますが、メッセージは 1 通も配信されていません。理由はログからは分かりません。" ["7b68aa39"],
    }
    /// Sessions were dropped early.
    fn dropped_early(connector: &str) {
        en: "Sessions of send connector '{connector}' ended before STARTTLS without a reply, and nothing was delivered in that time. The logs do not show why. A firewall on the way may be the reason.",
        ja: "送信コネクタ「{connector}」のセッションは、STARTTLS の前に応答なしで終了し、その期間には何も配信されていません。理由はログからは分かりません。経路上のファイアウォールが原因の可能性があります。" ["01246d2e"],
    }
    /// What to look at.
    fn look_at_queue() {
        en: "1. Run the command on every source server. LastError says why the last attempt failed. 2. Look at the other rejections in this report. 3. If the queue is empty, there was nothing to send.",
        ja: "1. すべての送信元サーバーでコマンドを実行します。LastError は、最後の試行が失敗した理由を示します。 2. このレポートで、ほかの理由による拒否を確認します。 3. キューが空の場合は、送信するメールがありませんでした。" ["2d8bbd28"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::{Ending, Session, TAKEN, causes, contoso, findings};

    fn empty(time: &'static str) -> Session {
        Session {
            time,
            mails: Vec::new(),
            ..Session::default()
        }
    }

    #[test]
    fn a_connector_that_delivers_nothing_is_not_healthy() {
        let sessions = [
            empty("2026-11-03T02:00"),
            empty("2026-11-03T02:10"),
            empty("2026-11-03T02:20"),
        ];
        assert_eq!(causes(&sessions, &[contoso()]), ["LOG007"]);
    }

    #[test]
    fn one_delivery_is_enough() {
        let delivered = Session {
            mails: vec![("a@contoso.com", TAKEN)],
            ..Session::default()
        };
        let sessions = [
            empty("2026-11-03T02:00"),
            empty("2026-11-03T02:10"),
            empty("2026-11-03T02:20"),
            delivered,
        ];
        assert!(findings(&NothingDelivered, &sessions, &[contoso()]).is_empty());
    }

    #[test]
    fn drops_before_starttls_are_told_too() {
        let dropped = |time| Session {
            starttls: crate::scenario::logs::Starttls::NotUsed,
            ending: Ending::Dropped("Remote"),
            ..empty(time)
        };
        let sessions = [
            dropped("2026-11-03T02:00"),
            dropped("2026-11-03T02:10"),
            dropped("2026-11-03T02:20"),
        ];
        assert_eq!(causes(&sessions, &[contoso()]), ["LOG007"]);
    }
}
