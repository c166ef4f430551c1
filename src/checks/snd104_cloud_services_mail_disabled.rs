//! SND104: mail to Exchange Online is not marked as internal.

use crate::diagnosis::check::Check;
use crate::diagnosis::check_context::CheckContext;
use crate::diagnosis::condition::{Condition, all_hold};
use crate::diagnosis::edge;
use crate::diagnosis::finding::{CheckOutput, Finding};
use crate::diagnosis::fix::{Fix, Where};
use crate::diagnosis::rule::declare_rule;
use crate::diagnosis::subject::Subject;
use crate::language::sentences;
use crate::remedy::settings;

declare_rule! {
    /// A send connector to Exchange Online does not mark its mail as internal mail of your
    /// organisation.
    ///
    /// ## What it finds
    /// Enabled send connectors to Exchange Online whose `CloudServicesMailEnabled` is false. A
    /// connector of Edge servers that are not known to be subscribed is not reported: an Edge
    /// server alone promotes no headers. There, only `TreatMessagesAsInternal` of the inbound
    /// connector makes the mail internal.
    ///
    /// ## Why it matters
    /// Relay works, and no mail is rejected because of this setting. In a hybrid organisation,
    /// however, mail between the two sides loses its cross-premises headers. Exchange Online then
    /// treats it as external mail: it filters it for spam, marks it as external and sends external
    /// out-of-office replies. If the connector only relays mail, you need to do nothing.
    ///
    /// ## What to do
    /// In a hybrid organisation, let the hybrid wizard set it.
    ///
    /// ## Sources
    /// - "Demystifying and troubleshooting hybrid mail flow: when is a message internal?" (Exchange
    ///   Team, 2020-05-27): cross-premises headers pass only where both connectors are set for
    ///   cloud services mail.
    /// - Exchange Team (2026-05): an Edge server that is not subscribed promotes no headers; there,
    ///   only `TreatMessagesAsInternal` helps.
    CloudServicesMailDisabled {
        code: "SND104",
        name: "cloud-services-mail-disabled",
        severity: Info,
        confidence: High,
        needs: [SendConnectors],
        proof: Exports,
        /// Exchange Online への送信コネクタが、メールを組織の内部メールとしてマークしていません。
        ///
        /// ## 検出する内容
        /// `CloudServicesMailEnabled` が false の、Exchange Online への有効な送信コネクタを
        /// 検出します。サブスクライブ済みかどうかが不明なエッジ サーバーのコネクタは報告しません。
        /// エッジ サーバーだけでは、ヘッダーが昇格されないためです。その場合にメールを
        /// 内部メールにできるのは、Exchange Online の
        /// 受信コネクタの `TreatMessagesAsInternal` だけです。
        ///
        /// ## 問題となる理由
        /// リレーは機能し、この設定が原因でメールが拒否されることはありません。ただし、
        /// ハイブリッド組織では、両側の間のメールからクロスプレミス ヘッダーが失われます。すると、
        /// Exchange Online はメールを外部メールとして扱い、スパム フィルターで検査し、
        /// 外部としてマークし、外部向けの自動応答 (不在時) を送信します。コネクタがメールを
        /// リレーするだけの場合は、何もする必要はありません。
        ///
        /// ## 対処方法
        /// ハイブリッド組織では、ハイブリッド構成ウィザードで設定します。
        ///
        /// ## 出典
        /// - "Demystifying and troubleshooting hybrid mail flow: when is a message internal?" (Exchange Team、
        ///   2020-05-27): クロスプレミス ヘッダーが渡されるのは、
        ///   両方のコネクタがクラウド サービス メール用に設定されている場合だけです。
        /// - Exchange Team (2026-05): サブスクライブされていないエッジ サーバーは、
        ///   ヘッダーを昇格しません。その場合に有効なのは `TreatMessagesAsInternal` だけです。
        japanese: ["5d4bffec"],
    }
}

impl Check for CloudServicesMailDisabled {
    fn check(&self, context: &CheckContext<'_>, findings: &mut CheckOutput) {
        for connector in context.send_connectors() {
            let [enabled, online] = context.sends_to_online(connector);
            let marks = &connector.cloud_services_mail_enabled;
            let conditions = [
                enabled,
                online,
                Condition::of("CloudServicesMailEnabled", marks, |marks| !marks),
            ];
            // The setting has no effect there.
            let only_edge = edge::sends_from_edge(context, connector).is_some()
                && !edge::is_subscribed(context, connector);
            if only_edge
                || !all_hold(
                    &conditions,
                    &Self::META,
                    || Subject::send(connector),
                    findings,
                )
            {
                continue;
            }
            let message = marks_nothing(context.language, &connector.name);
            findings.add(
                Finding::of(&Self::META, &connector.name, message)
                    .proof(settings::send_proof(
                        connector,
                        "CloudServicesMailEnabled",
                        "False",
                    ))
                    .fix(Fix::command(
                        Where::OnPremises,
                        settings::set_send(connector, "-CloudServicesMailEnabled $true"),
                        &only_in_hybrid(context.language),
                    )),
            );
        }
    }
}

sentences! {
    /// The finding.
    fn marks_nothing(connector: &str) {
        en: "Send connector '{connector}' sends to Exchange Online without CloudServicesMailEnabled. Exchange Online relays its mail, but treats it as external mail. This is never a cause of 550 5.7.64.",
        ja: "送信コネクタ「{connector}」は、CloudServicesMailEnabled が無効な状態で Exchange Online に送信しています。Exchange Online はメールをリレーしますが、外部メールとして扱います。これが 550 5.7.64 の原因になることはありません。" ["530c8ba7"],
    }
    /// On the command that sets it.
    fn only_in_hybrid() {
        en: "Run this only in a hybrid organisation, and only for the connector to your own tenant. A connector to another tenant would disclose internal headers. The hybrid wizard also sets this.",
        ja: "ハイブリッド組織で、自組織のテナント宛てのコネクタに対してだけ実行します。別のテナント宛てのコネクタに設定すると、内部のヘッダーが漏えいします。ハイブリッド構成ウィザードでもこれを設定できます。" ["3cf323de"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::rule::Severity;
    use crate::onprem::SendConnector;
    use crate::scenario::exports::{of_exports, on_premises, send_connector};
    use crate::tenant::Known;

    fn found(marks: Known<bool>) -> CheckOutput {
        let connector = SendConnector {
            cloud_services_mail_enabled: marks,
            ..send_connector()
        };
        let side = on_premises(vec![connector], Vec::new());
        of_exports(&CloudServicesMailDisabled, &[], &side)
    }

    #[test]
    fn informs_where_it_is_off() {
        let found = found(Known::Value(false));
        let found = &found.findings[0];
        assert_eq!(found.severity, Severity::Info);
        assert!(found.message.contains("never a cause of 550 5.7.64"));
        assert_eq!(
            found.fix[0].command.as_deref(),
            Some("Set-SendConnector -Identity 'Out' -CloudServicesMailEnabled $true")
        );
    }

    #[test]
    fn stays_silent_where_it_is_on() {
        let found = found(Known::Value(true));
        assert!(found.findings.is_empty() && found.undetermined.is_empty());
    }

    #[test]
    fn an_edge_server_counts_only_if_it_is_subscribed() {
        let edge = SendConnector {
            cloud_services_mail_enabled: Known::Value(false),
            source_servers: Known::Value(vec!["EDGE01".to_owned()]),
            server: None,
            ..send_connector()
        };
        let found = |connectors: Vec<SendConnector>| {
            let side = on_premises(connectors, Vec::new());
            of_exports(&CloudServicesMailDisabled, &[], &side).findings
        };
        assert!(found(vec![edge.clone()]).is_empty());
        let synchronised = SendConnector {
            name: "EdgeSync - Site1 to Internet".to_owned(),
            cloud_services_mail_enabled: Known::Value(true),
            ..edge.clone()
        };
        assert_eq!(found(vec![edge.clone(), synchronised]).len(), 1);
        let organisation = SendConnector {
            name: "Internal".to_owned(),
            cloud_services_mail_enabled: Known::Value(true),
            source_servers: Known::Value(vec!["EX01".to_owned()]),
            ..edge.clone()
        };
        assert_eq!(found(vec![edge, organisation]).len(), 1);
    }

    #[test]
    fn is_undetermined_where_it_is_lost() {
        let found = found(Known::Lost);
        assert!(found.findings.is_empty());
        assert_eq!(
            found.undetermined[0].missing.name(),
            "CloudServicesMailEnabled"
        );
    }
}
