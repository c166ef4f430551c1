//! SND103: a send connector writes no protocol log.

use crate::diagnosis::check::Check;
use crate::diagnosis::check_context::CheckContext;
use crate::diagnosis::condition::{Condition, all_hold};
use crate::diagnosis::finding::{CheckOutput, Finding};
use crate::diagnosis::fix::{Fix, Where};
use crate::diagnosis::rule::declare_rule;
use crate::diagnosis::subject::Subject;
use crate::language::sentences;
use crate::remedy::settings;
use crate::tenant::Known;

declare_rule! {
    /// A send connector to Exchange Online writes no protocol log.
    ///
    /// ## What it finds
    /// Enabled send connectors to Exchange Online whose `ProtocolLoggingLevel` is None. The
    /// severity is info, because this is what Exchange and the hybrid wizard leave.
    ///
    /// ## Why it matters
    /// Only the protocol log shows which certificate was offered and what Exchange Online replied.
    /// Without it, the next rejection cannot be explained, and this program cannot report problems
    /// that it does not see.
    ///
    /// ## What to do
    /// Set `ProtocolLoggingLevel` to Verbose.
    ///
    /// ## Sources
    /// - "Protocol logging in Exchange Server" (Microsoft Learn): protocol logging is off for send
    ///   connectors until you turn it on.
    /// - Observed in public logs of the hybrid wizard: it does not set `ProtocolLoggingLevel`.
    ProtocolLoggingOff {
        code: "SND103",
        name: "protocol-logging-off",
        severity: Info,
        confidence: High,
        needs: [SendConnectors],
        proof: Exports,
        /// Exchange Online への送信コネクタが、プロトコル ログを記録していません。
        ///
        /// ## 検出する内容
        /// `ProtocolLoggingLevel` が None の、Exchange Online への有効な送信コネクタを検出します。
        /// Exchange とハイブリッド構成ウィザードはこの設定のままにするため、重大度は情報です。
        ///
        /// ## 問題となる理由
        /// どの証明書が提示され、Exchange Online がどう応答したかは、プロトコル ログにしか
        /// 示されません。プロトコル ログがないと、次に拒否が発生したときに原因を説明できません。
        /// また、このプログラムは、記録されていない問題を報告できません。
        ///
        /// ## 対処方法
        /// `ProtocolLoggingLevel` を Verbose に設定します。
        ///
        /// ## 出典
        /// - "Protocol logging in Exchange Server" (Microsoft Learn): 送信コネクタの
        ///   プロトコル ログは、有効にするまで記録されません。
        /// - 公開されているハイブリッド構成ウィザードのログでの
        ///   観測: ウィザードは `ProtocolLoggingLevel` を設定しません。
        japanese: ["412faa09"],
    }
}

impl Check for ProtocolLoggingOff {
    fn check(&self, context: &CheckContext<'_>, findings: &mut CheckOutput) {
        for connector in context.send_connectors() {
            let [enabled, online] = context.sends_to_online(connector);
            let conditions = [
                enabled,
                online,
                Condition::fact("ProtocolLoggingLevel", is_off(&connector.protocol_logging)),
            ];
            if !all_hold(
                &conditions,
                &Self::META,
                || Subject::send(connector),
                findings,
            ) {
                continue;
            }
            let message = writes_no_log(context.language, &connector.name);
            findings.add(
                Finding::of(&Self::META, &connector.name, message)
                    .proof(settings::send_proof(
                        connector,
                        "ProtocolLoggingLevel",
                        "None",
                    ))
                    .fix(Fix::command(
                        Where::OnPremises,
                        settings::set_send(connector, "-ProtocolLoggingLevel Verbose"),
                        &next_session(context.language),
                    )),
            );
        }
    }
}

/// Whether the level is None. Windows PowerShell 5.1 writes a number into JSON. It gives no answer,
/// because the meaning of the numbers is not documented.
fn is_off(level: &Known<Option<String>>) -> Option<bool> {
    let level = level.value()?.as_deref()?.trim();
    level
        .starts_with(|letter: char| letter.is_ascii_alphabetic())
        .then(|| level.eq_ignore_ascii_case("None"))
}

sentences! {
    /// The finding.
    fn writes_no_log(connector: &str) {
        en: "Send connector '{connector}' sends to Exchange Online and writes no protocol log.",
        ja: "送信コネクタ「{connector}」は Exchange Online に送信しますが、プロトコル ログを記録していません。" ["cec8ebd5"],
    }
    /// On the command that turns the log on.
    fn next_session() {
        en: "Logging begins with the next session. By default, Exchange keeps logs for 30 days and up to 250 MB per folder.",
        ja: "次のセッションから記録が始まります。既定では、Exchange はログを 30 日間、フォルダーごとに最大 250 MB まで保持します。" ["57e89f45"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::rule::Severity;
    use crate::onprem::SendConnector;
    use crate::scenario::exports::{of_exports, of_logs, on_premises, send_connector};
    use crate::scenario::logs::Session;

    fn found(level: Known<Option<String>>) -> CheckOutput {
        let connector = SendConnector {
            protocol_logging: level,
            ..send_connector()
        };
        of_exports(
            &ProtocolLoggingOff,
            &[],
            &on_premises(vec![connector], Vec::new()),
        )
    }

    fn level(text: &str) -> Known<Option<String>> {
        Known::Value(Some(text.to_owned()))
    }

    #[test]
    fn informs_where_the_log_is_off() {
        let found = found(level("None"));
        assert!(found.undetermined.is_empty());
        assert_eq!(found.findings[0].severity, Severity::Info);
        assert_eq!(
            found.findings[0].fix[0].command.as_deref(),
            Some("Set-SendConnector -Identity 'Out' -ProtocolLoggingLevel Verbose")
        );
    }

    #[test]
    fn stays_silent_where_it_is_on_or_the_mail_goes_elsewhere() {
        assert!(found(level("Verbose")).findings.is_empty());
        let elsewhere = SendConnector {
            protocol_logging: level("None"),
            smart_hosts: Known::Value(vec!["relay.example.org".to_owned()]),
            address_spaces: Known::Value(vec!["smtp:*;1".to_owned()]),
            tls_domain: Known::Value(None),
            enabled: Known::Lost,
            ..send_connector()
        };
        let side = on_premises(vec![elsewhere], Vec::new());
        let found = of_exports(&ProtocolLoggingOff, &[], &side);
        assert!(found.findings.is_empty() && found.undetermined.is_empty());
    }

    #[test]
    fn the_logs_prove_where_the_mail_goes() {
        let connector = SendConnector {
            protocol_logging: level("None"),
            enabled: Known::Lost,
            smart_hosts: Known::Lost,
            tls_domain: Known::Lost,
            address_spaces: Known::Lost,
            ..send_connector()
        };
        let side = on_premises(vec![connector], Vec::new());
        let alone = of_exports(&ProtocolLoggingOff, &[], &side);
        let fields: Vec<&str> = alone
            .undetermined
            .iter()
            .map(|undetermined| undetermined.missing.name())
            .collect();
        assert_eq!(fields, ["Enabled", "SmartHosts"]);
        let found = of_logs(&ProtocolLoggingOff, &[Session::default()], &[], &side);
        assert_eq!((found.findings.len(), found.undetermined.len()), (1, 0));
    }

    #[test]
    fn is_undetermined_where_the_level_is_lost() {
        for lost in [Known::Lost, Known::Value(None), level("0")] {
            let found = found(lost);
            assert!(found.findings.is_empty());
            assert_eq!(found.undetermined[0].missing.name(), "ProtocolLoggingLevel");
        }
    }
}
