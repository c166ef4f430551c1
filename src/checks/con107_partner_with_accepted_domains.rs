//! CON107: a Partner connector applies to some of the accepted domains only.

use crate::diagnosis::check::Check;
use crate::diagnosis::check_context::CheckContext;
use crate::diagnosis::condition;
use crate::diagnosis::condition::{Condition, all_hold};
use crate::diagnosis::finding::CheckOutput;
use crate::diagnosis::fix::{Fix, Where};
use crate::diagnosis::rule::{Confidence, declare_rule};
use crate::diagnosis::subject::Subject;
use crate::language::sentences;
use crate::remedy::settings;
use crate::tenant::ConnectorType;

declare_rule! {
    /// A Partner inbound connector is limited to some of your accepted domains and is not in a
    /// test.
    ///
    /// ## What it finds
    /// Enabled Partner connectors with `AssociatedAcceptedDomains`, unless `TestMode` is true.
    /// Most exports do not contain `TestMode`, so the finding is not certain.
    ///
    /// ## Why it matters
    /// The limit is meant for a test of a connector with a few domains. If it stays in place, the
    /// connector works for these domains only:
    ///
    /// - Mail to your other domains bypasses the connector's restrictions.
    /// - A message to recipients in both groups of domains is handled in two ways.
    ///
    /// ## What to do
    /// Remove the domains when the test is over.
    ///
    /// ## Sources
    /// - `Set-InboundConnector` (reference, Microsoft Learn): `AssociatedAcceptedDomains` limits
    ///   the connector to the accepted domains in the list.
    /// - That the limit is meant for tests is inferred; the reference does not say so.
    PartnerWithAcceptedDomains {
        code: "CON107",
        name: "partner-with-accepted-domains",
        severity: Warning,
        confidence: High,
        needs: [InboundConnectors],
        proof: Exports,
        /// Exchange Online の受信コネクタ (Partner) が一部の承認済みドメインに限定されていますが、
        /// テスト中ではありません。
        ///
        /// ## 検出する内容
        /// `AssociatedAcceptedDomains` が設定されている、有効な Partner コネクタを検出します。
        /// `TestMode` が true の場合は除きます。ほとんどのエクスポートには `TestMode` が
        /// 含まれないため、この検出事項は確実ではありません。
        ///
        /// ## 問題となる理由
        /// この限定は、少数のドメインで受信コネクタをテストするためのものです。そのままにすると、
        /// 受信コネクタはこれらのドメインに対してのみ機能します。
        ///
        /// - その他のドメイン宛てのメールには、受信コネクタの制限が適用されません。
        /// - 両方のグループのドメインの受信者に宛てたメッセージは、2 通りに処理されます。
        ///
        /// ## 対処方法
        /// テストが終わったら、ドメインを削除します。
        ///
        /// ## 出典
        /// - `Set-InboundConnector` (リファレンス、
        ///   Microsoft Learn): `AssociatedAcceptedDomains` は、受信コネクタを一覧の承認済み
        ///   ドメインに限定します。
        /// - この限定がテスト用であることは推定であり、リファレンスには記載されていません。
        japanese: ["ba0a9b4a"],
    }
}

impl Check for PartnerWithAcceptedDomains {
    fn check(&self, context: &CheckContext<'_>, findings: &mut CheckOutput) {
        for (tenant, connector) in context.inbound() {
            let domains = &connector.associated_accepted_domains;
            let conditions = [
                condition::of_type(connector, ConnectorType::Partner),
                condition::enabled(connector),
                Condition::of("AssociatedAcceptedDomains", domains, |list| {
                    !list.is_empty()
                }),
                Condition::of("TestMode", &connector.test_mode, |test| !test),
            ];
            let about = || Subject::inbound(tenant, connector);
            if !all_hold(&conditions, &Self::META, about, findings) {
                continue;
            }
            let list = || domains.value().into_iter().flatten().map(String::as_str);
            let message = is_limited(
                context.language,
                &connector.name,
                &settings::listed(context.language, list()),
                &tenant.name,
            );
            let joined: Vec<&str> = list().collect();
            let proof = settings::proof(connector, "AssociatedAcceptedDomains", &joined.join(", "));
            findings.add(
                settings::of_inbound(&Self::META, tenant, connector, message)
                    .proof(proof)
                    .confidence(Confidence::Medium)
                    .fix(Fix::command(
                        Where::Online,
                        settings::set_inbound(connector, "-AssociatedAcceptedDomains $null"),
                        &check_the_other_domains(context.language),
                    )),
            );
        }
    }
}

sentences! {
    /// What was found.
    fn is_limited(connector: &str, domains: &str, tenant: &str) {
        en: "Partner connector '{connector}' is limited to {domains}, and nothing shows that this is a test. It does not apply to the other accepted domains of {tenant}.",
        ja: "Partner コネクタ「{connector}」は一部の承認済みドメイン ({domains}) に限定されていますが、テスト中であることを示すものはありません。{tenant} のほかの承認済みドメインには適用されません。" ["cbb5718f"],
    }
    /// What to check before the limit is removed.
    fn check_the_other_domains() {
        en: "After the change, its restrictions apply to every accepted domain. First check that they do not reject wanted mail to the other domains.",
        ja: "変更後は、この受信コネクタの制限がすべての承認済みドメインに適用されます。最初に、ほかのドメイン宛ての必要なメールが制限によって拒否されないことを確認します。" ["95a904a9"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onprem::OnPremises;
    use crate::scenario::exports::of_exports;
    use crate::scenario::logs::tenant;
    use crate::tenant::{Known, Tenant};

    fn found(tenant: Tenant) -> CheckOutput {
        of_exports(
            &PartnerWithAcceptedDomains,
            &[tenant],
            &OnPremises::default(),
        )
    }

    fn partner(domains: &[&str]) -> Tenant {
        let mut partner = tenant(Some("*.fabrikam.com"), &[], &[]);
        let connector = &mut partner.connectors[0];
        connector.connector_type = Known::Value(ConnectorType::Partner);
        connector.test_mode = Known::Value(false);
        connector.associated_accepted_domains =
            Known::Value(domains.iter().map(|name| (*name).to_owned()).collect());
        partner
    }

    #[test]
    fn fires_outside_a_test() {
        let found = found(partner(&["contoso.com", "contoso.net"]));
        let found = &found.findings[0];
        assert!(
            found
                .message
                .contains("limited to contoso.com, contoso.net")
        );
        assert_eq!(
            found.fix[0].command.as_deref(),
            Some(
                "Set-InboundConnector -Identity 'Inbound from contoso' -AssociatedAcceptedDomains $null"
            )
        );
    }

    #[test]
    fn stays_silent_in_a_test_without_domains_and_on_premises() {
        let mut test = partner(&["contoso.com"]);
        test.connectors[0].test_mode = Known::Value(true);
        let mut own = partner(&["contoso.com"]);
        own.connectors[0].connector_type = Known::Value(ConnectorType::OnPremises);
        for tenant in [test, own, partner(&[])] {
            let found = found(tenant);
            assert!(found.findings.is_empty() && found.undetermined.is_empty());
        }
    }

    #[test]
    fn is_undetermined_where_a_value_is_lost() {
        let mut lost = partner(&["contoso.com"]);
        lost.connectors[0].test_mode = Known::Lost;
        assert_eq!(found(lost).undetermined[0].missing.name(), "TestMode");
        let mut lost = partner(&["contoso.com"]);
        lost.connectors[0].associated_accepted_domains = Known::Lost;
        let found = found(lost);
        assert!(found.findings.is_empty());
        assert_eq!(
            found.undetermined[0].missing.name(),
            "AssociatedAcceptedDomains"
        );
    }
}
