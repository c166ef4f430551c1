//! LOG005: no session in the input goes to Exchange Online.

use crate::diagnosis::check::Check;
use crate::diagnosis::check_context::CheckContext;
use crate::diagnosis::finding::{CheckOutput, Finding};
use crate::diagnosis::fix::{Fix, Where};
use crate::diagnosis::rule::declare_rule;
use crate::diagnosis::subject::stream_label;
use crate::language::sentences;

declare_rule! {
    /// No session in the input goes to Exchange Online.
    ///
    /// ## What it finds
    /// Send logs with sessions where no banner, EHLO reply or other reply is from Exchange Online.
    ///
    /// ## Why it matters
    /// Attribution cannot be determined. These are the logs of another server, another role or
    /// another time, or your mail leaves by another route.
    ///
    /// ## What to do
    /// 1. Turn on protocol logging for the send connector to Exchange Online.
    /// 2. Use the logs of its source servers.
    ///
    /// ## Sources
    /// - "Protocol logging in Exchange Server" (Microsoft Learn): protocol logging is off for send
    ///   connectors until you turn it on, and each transport service has a folder of its own.
    NoExchangeOnlineSessions {
        code: "LOG005",
        name: "no-exchange-online-sessions",
        severity: Info,
        confidence: High,
        needs: [SendLogs],
        proof: LogRows,
        /// 入力に、Exchange Online へのセッションがありません。
        ///
        /// ## 検出する内容
        /// セッションがあり、バナー、EHLO の応答、その他の
        /// 応答のどれも Exchange Online からのものではない送信ログを検出します。
        ///
        /// ## 問題となる理由
        /// テナント属性付与を判定できません。これらは別のサーバー、別の役割、または別の時期の
        /// ログであるか、メールが別の経路で送信されています。
        ///
        /// ## 対処方法
        /// 1. Exchange Online への送信コネクタのプロトコル ログを有効にします。
        /// 2. その送信コネクタの送信元サーバーのログを使用します。
        ///
        /// ## 出典
        /// - "Protocol logging in Exchange Server" (Microsoft Learn): 送信コネクタの
        ///   プロトコル ログは、有効にするまで無効です。また、トランスポート サービスごとに専用の
        ///   フォルダーがあります。
        japanese: ["b1e61e24"],
    }
}

impl Check for NoExchangeOnlineSessions {
    fn check(&self, context: &CheckContext<'_>, findings: &mut CheckOutput) {
        let Some(analysis) = context.logs else {
            return;
        };
        let sessions = analysis.aggregate.sessions;
        if sessions == 0 || analysis.aggregate.exchange_online_sessions > 0 {
            return;
        }
        let language = context.language;
        let streams: Vec<String> = analysis
            .streams
            .iter()
            .map(|stream| stream_label(language, &stream.name))
            .collect();
        let streams = language.list(&streams);
        let message = match sessions {
            1 => only_session(language, &streams),
            _ => none_of(language, sessions, &streams),
        };
        findings.add(
            Finding::of(&Self::META, &send_logs(language), message)
                .count(sessions)
                .fix(Fix::inspect(
                    Where::OnPremises,
                    "Get-SendConnector | Format-List Name,Enabled,SmartHosts,AddressSpaces,SourceTransportServers,ProtocolLoggingLevel".to_owned(),
                    &find_the_connector(language),
                )),
        );
    }
}

sentences! {
    /// What the finding is about.
    fn send_logs() {
        en: "send logs",
        ja: "送信ログ" ["c691e9fe"],
    }
    /// What was found, for one session.
    fn only_session(streams: &str) {
        en: "The only session of {streams} does not go to Exchange Online.",
        ja: "{streams} の唯一のセッションは、Exchange Online へのセッションではありません。" ["758e75e5"],
    }
    /// What was found, for several sessions.
    fn none_of(sessions: u64, streams: &str) {
        en: "None of the {sessions} sessions of {streams} goes to Exchange Online.",
        ja: "{streams} のセッション {sessions} 件の中に、Exchange Online へのセッションはありません。" ["fcfa04ec"],
    }
    /// Beside the command that lists the send connectors.
    fn find_the_connector() {
        en: "This shows which send connector goes to Exchange Online, from which servers, and whether it is logged. Use the logs of those servers.",
        ja: "Exchange Online に送信する送信コネクタ、その送信元サーバー、およびログが記録されるかどうかを表示します。それらのサーバーのログを使用してください。" ["b1eb18f1"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aggregate::Totals;
    use crate::attribution::name_match::Strictness;
    use crate::diagnosis::analysis::Analysis;
    use crate::diagnosis::check_context::LogReading;
    use crate::input::timestamp::Timestamp;
    use crate::language::Language;
    use crate::onprem::OnPremises;

    fn found(sessions: u64, exchange_online_sessions: u64) -> Vec<Finding> {
        let aggregate = Totals {
            sessions,
            exchange_online_sessions,
            ..Totals::default()
        };
        let on_premises = OnPremises::default();
        let analysis = Analysis::new(
            &aggregate,
            &[],
            &[],
            &on_premises,
            Strictness::Table,
            Language::English,
        );
        let context = CheckContext {
            tenants: &[],
            on_premises: &on_premises,
            logs: Some(&analysis),
            reading: &LogReading::default(),
            now: Timestamp::UNKNOWN,
            strict: Strictness::Table,
            language: Language::English,
        };
        let mut findings = CheckOutput::default();
        NoExchangeOnlineSessions.check(&context, &mut findings);
        findings.findings
    }

    #[test]
    fn fires_where_no_session_goes_there() {
        assert_eq!(found(7, 0)[0].count, 7);
    }

    #[test]
    fn stays_silent_where_one_does_and_where_there_are_none() {
        assert!(found(7, 1).is_empty());
        assert!(found(0, 0).is_empty());
    }
}
