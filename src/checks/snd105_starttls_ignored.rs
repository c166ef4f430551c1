//! SND105: a send connector can send without TLS.

use crate::diagnosis::check::Check;
use crate::diagnosis::check_context::{CheckContext, certificate_counts};
use crate::diagnosis::condition::{Condition, all_hold};
use crate::diagnosis::finding::{CheckOutput, Finding};
use crate::diagnosis::fix::{Fix, Where};
use crate::diagnosis::rule::declare_rule;
use crate::diagnosis::subject::Subject;
use crate::language::{Language, labels, sentences};
use crate::onprem::SendConnector;
use crate::remedy::settings;
use crate::tenant::Known;

declare_rule! {
    /// A send connector to Exchange Online ignores STARTTLS or does not require it.
    ///
    /// ## What it finds
    /// Enabled send connectors to Exchange Online with `IgnoreSTARTTLS` true, `ForceHELO` true
    /// (HELO offers no STARTTLS) or `RequireTLS` false. The check reports nothing if Exchange
    /// Online identifies you by your addresses only, because no certificate is needed then.
    ///
    /// ## Why it matters
    /// Without TLS, no certificate is offered:
    ///
    /// - With `IgnoreSTARTTLS` or `ForceHELO`, the connector never offers a certificate.
    /// - Without `RequireTLS`, mail is sent in plain text if a firewall removes STARTTLS or a
    ///   negotiation fails. Exchange Online then cannot assign it to your tenant. With
    ///   `RequireTLS`, it waits in the queue instead.
    ///
    /// ## What to do
    /// Set the connector to use and require TLS.
    ///
    /// ## Sources
    /// - `Set-SendConnector` (reference, Microsoft Learn): `IgnoreSTARTTLS` and `ForceHELO` prevent
    ///   TLS, and `RequireTLS` makes it a condition.
    /// - Observed at eightwone.com ("Exchange Hybrid deployment and SMTP inspection", 2012-04-02):
    ///   a firewall removed STARTTLS, and mail stayed in the queue because the hybrid send
    ///   connector requires TLS.
    StarttlsIgnored {
        code: "SND105",
        name: "starttls-ignored",
        severity: Warning,
        confidence: High,
        needs: [SendConnectors],
        proof: Exports,
        /// Exchange Online への送信コネクタが、STARTTLS を無視するか、必須にしていません。
        ///
        /// ## 検出する内容
        /// `IgnoreSTARTTLS` が true、`ForceHELO` が true (HELO では STARTTLS が提示されません)、
        /// または `RequireTLS` が false の、Exchange Online への有効な送信コネクタを検出します。
        /// Exchange Online が IP アドレスだけで組織を識別する場合は、証明書が不要なため、
        /// 何も報告しません。
        ///
        /// ## 問題となる理由
        /// TLS を使用しない場合、証明書は提示されません。
        ///
        /// - `IgnoreSTARTTLS` または `ForceHELO` が有効な場合、コネクタは証明書をまったく
        ///   提示しません。
        /// - `RequireTLS` が無効な場合、ファイアウォールが STARTTLS を取り除いたときや、
        ///   ネゴシエーションが失敗したときに、メールが平文で送信されます。すると、
        ///   Exchange Online はメールを自組織のテナントに割り当てられません。`RequireTLS` が有効な
        ///   場合、メールはキューで待機します。
        ///
        /// ## 対処方法
        /// TLS を使用し、必須にするように、コネクタを設定します。
        ///
        /// ## 出典
        /// - `Set-SendConnector` (リファレンス、
        ///   Microsoft Learn): `IgnoreSTARTTLS` と `ForceHELO` を設定すると TLS は使用されず、
        ///   `RequireTLS` を設定すると TLS が必須になります。
        /// - eightwone.com での観測 ("Exchange Hybrid deployment and SMTP inspection"、
        ///   2012-04-02): ファイアウォールが STARTTLS を取り除きました。
        ///   ハイブリッド用の送信コネクタは TLS を必須にするため、メールはキューに残りました。
        japanese: ["5ddd6e78"],
    }
}

/// A setting that decides whether TLS is used.
struct Switch<'a> {
    field: &'static str,
    value: &'a Known<bool>,
    /// The value with which TLS is not certain to be used.
    wrong: bool,
    /// The setting and its effect, in a list.
    words: fn(Language) -> String,
}

impl Check for StarttlsIgnored {
    fn check(&self, context: &CheckContext<'_>, findings: &mut CheckOutput) {
        for connector in context.send_connectors() {
            let about = || Subject::send(connector);
            let [enabled, online] = context.sends_to_online(connector);
            let switches = switches(connector);
            let wrong: Vec<&Switch<'_>> = switches.iter().filter(|one| one.is_wrong()).collect();
            let lost = || switches.iter().filter(|switch| switch.value.is_lost());
            let any = Condition::fact(
                "RequireTLS",
                Some(!wrong.is_empty() || lost().next().is_some()),
            );
            if !all_hold(&[enabled, online, any], &Self::META, about, findings)
                || !certificate_counts(context, &Self::META, findings)
            {
                continue;
            }
            for switch in lost() {
                findings.mark_undetermined(&Self::META, about(), switch.field);
            }
            if !wrong.is_empty() {
                findings.add(observation(context.language, connector, &wrong));
            }
        }
    }
}

impl Switch<'_> {
    fn is_wrong(&self) -> bool {
        self.value.value() == Some(&self.wrong)
    }
}

fn switches(connector: &SendConnector) -> [Switch<'_>; 3] {
    [
        Switch {
            field: "IgnoreSTARTTLS",
            value: &connector.ignore_starttls,
            wrong: true,
            words: starttls_ignored,
        },
        Switch {
            field: "ForceHELO",
            value: &connector.force_helo,
            wrong: true,
            words: helo_forced,
        },
        Switch {
            field: "RequireTLS",
            value: &connector.require_tls,
            wrong: false,
            words: tls_not_required,
        },
    ]
}

fn observation(language: Language, connector: &SendConnector, wrong: &[&Switch<'_>]) -> Finding {
    let said: Vec<String> = wrong
        .iter()
        .map(|switch| (switch.words)(language))
        .collect();
    let message = may_send_without_tls(language, &connector.name, &language.list(&said));
    let right: Vec<String> = wrong
        .iter()
        .map(|switch| format!("-{} ${}", switch.field, !switch.wrong))
        .collect();
    let fix = Fix::command(
        Where::OnPremises,
        settings::set_send(connector, &right.join(" ")),
        &check_starttls(language),
    );
    let found = Finding::of(&StarttlsIgnored::META, &connector.name, message).fix(fix);
    wrong.iter().fold(found, |found, switch| {
        let value = if switch.wrong { "True" } else { "False" };
        found.proof(settings::send_proof(connector, switch.field, value))
    })
}

labels! {
    starttls_ignored: "IgnoreSTARTTLS is true (STARTTLS is not used even if it is offered)", "IgnoreSTARTTLS が true (提示されても STARTTLS を使用しません)" ["4b0a08dd"];
    helo_forced: "ForceHELO is true (STARTTLS is not offered after HELO)", "ForceHELO が true (HELO の後は STARTTLS が提示されません)" ["e7fe69b4"];
    tls_not_required: "RequireTLS is false (without STARTTLS, mail is sent in plain text)", "RequireTLS が false (STARTTLS がない場合、メールは平文で送信されます)" ["88035b19"];
}

sentences! {
    /// The finding, with the settings that are wrong.
    fn may_send_without_tls(connector: &str, settings: &str) {
        en: "Send connector '{connector}' sends to Exchange Online, but {settings}. Mail without TLS arrives without a certificate.",
        ja: "送信コネクタ「{connector}」は Exchange Online に送信しますが、次の設定に問題があります: {settings}。TLS を使用しないメールは、証明書なしで届きます。" ["01a652a1"],
    }
    /// On the command that sets them right.
    fn check_starttls() {
        en: "First check that STARTTLS works with Exchange Online and that no firewall inspects the connection. With RequireTLS, mail waits in the queue if STARTTLS does not work.",
        ja: "最初に、Exchange Online との間で STARTTLS が機能し、接続を検査するファイアウォールがないことを確認します。RequireTLS を設定すると、STARTTLS が機能しない場合、メールはキューで待機します。" ["d5aaa903"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::exports::{of_exports, on_premises, send_connector};
    use crate::scenario::logs::{contoso, tenant};
    use crate::tenant::Tenant;

    fn found(tenants: &[Tenant], connector: SendConnector) -> CheckOutput {
        of_exports(
            &StarttlsIgnored,
            tenants,
            &on_premises(vec![connector], Vec::new()),
        )
    }

    fn no_tls() -> SendConnector {
        SendConnector {
            require_tls: Known::Value(false),
            ..send_connector()
        }
    }

    #[test]
    fn fires_once_and_names_each_switch() {
        let all = SendConnector {
            ignore_starttls: Known::Value(true),
            force_helo: Known::Value(true),
            ..no_tls()
        };
        let one = found(&[contoso()], all);
        assert_eq!(one.findings.len(), 1);
        let one = &one.findings[0];
        assert!(one.message.contains("IgnoreSTARTTLS is true ("));
        assert_eq!(
            one.fix[0].command.as_deref(),
            Some(
                "Set-SendConnector -Identity 'Out' -IgnoreSTARTTLS $false -ForceHELO $false -RequireTLS $true"
            )
        );
        assert_eq!(one.proof.len(), 3);
        let two = found(&[], no_tls());
        assert_eq!(
            two.findings[0].fix[0].command.as_deref(),
            Some("Set-SendConnector -Identity 'Out' -RequireTLS $true")
        );
    }

    #[test]
    fn stays_silent_where_tls_is_required_or_not_needed() {
        let by_address = tenant(None, &["203.0.113.7"], &[]);
        for (tenants, connector) in [(contoso(), send_connector()), (by_address, no_tls())] {
            let found = found(&[tenants], connector);
            assert!(found.findings.is_empty() && found.undetermined.is_empty());
        }
    }

    #[test]
    fn is_undetermined_where_a_switch_is_lost() {
        let lost = SendConnector {
            ignore_starttls: Known::Lost,
            ..send_connector()
        };
        let found_one = found(&[contoso()], lost);
        assert!(found_one.findings.is_empty());
        assert_eq!(found_one.undetermined.len(), 1);
        assert_eq!(found_one.undetermined[0].missing.name(), "IgnoreSTARTTLS");
        let also_wrong = SendConnector {
            force_helo: Known::Lost,
            ..no_tls()
        };
        let found = found(&[contoso()], also_wrong);
        assert_eq!((found.findings.len(), found.undetermined.len()), (1, 1));
    }
}
