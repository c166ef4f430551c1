//! CON105: a connector expects a certificate but does not require TLS.

use crate::diagnosis::check::Check;
use crate::diagnosis::check_context::CheckContext;
use crate::diagnosis::condition;
use crate::diagnosis::condition::{Condition, all_hold};
use crate::diagnosis::finding::CheckOutput;
use crate::diagnosis::fix::{Fix, Where};
use crate::diagnosis::rule::declare_rule;
use crate::diagnosis::subject::Subject;
use crate::language::{Language, sentences};
use crate::remedy::settings;
use crate::tenant::{ConnectorType, InboundConnector, Known};

declare_rule! {
    /// An inbound connector expects a certificate but does not require TLS.
    ///
    /// ## What it finds
    /// Enabled inbound connectors, OnPremises and Partner, that have a certificate name and
    /// `RequireTls` set to false.
    ///
    /// ## Why it matters
    /// Without TLS there is no certificate. Mail can arrive in plain text because of a firewall,
    /// or because a send connector ignores STARTTLS. The certificate does not identify this mail,
    /// and nothing warns you:
    ///
    /// - A Partner connector accepts it.
    /// - With an OnPremises connector, Exchange Online cannot assign it to your tenant, unless the
    ///   connector lists its source address.
    ///
    /// The hybrid wizard sets `RequireTls` to true.
    ///
    /// ## What to do
    /// 1. Check in the logs that all sessions use TLS.
    /// 2. Require TLS.
    ///
    /// ## Sources
    /// - `Set-InboundConnector` (reference, Microsoft Learn): `RequireTls` rejects mail without
    ///   TLS, and applies to connectors of type Partner only.
    /// - Observed in public logs of the hybrid wizard: it creates the inbound connector with
    ///   `RequireTls` set to true.
    /// - That mail without TLS has no certificate that could match is inferred from RFC 3207 and
    ///   TLS.
    CertificateNameWithoutTls {
        code: "CON105",
        name: "certificate-name-without-tls",
        severity: Warning,
        confidence: High,
        needs: [InboundConnectors],
        proof: Exports,
        /// Exchange Online の受信コネクタが証明書を想定していますが、TLS を必須にしていません。
        ///
        /// ## 検出する内容
        /// 証明書名が設定され、`RequireTls` が false である、有効な受信
        /// コネクタ (OnPremises と Partner) を検出します。
        ///
        /// ## 問題となる理由
        /// TLS を使用しないメールには証明書がありません。ファイアウォールの影響や、
        /// 送信コネクタが STARTTLS を無視することにより、メールが平文で届く場合があります。
        /// 証明書ではこのメールを識別できませんが、警告は何も表示されません。
        ///
        /// - Partner コネクタは、このメールを受け入れます。
        /// - OnPremises コネクタの場合、受信コネクタがメールの送信元 IP アドレスを
        ///   登録していない限り、Exchange Online はメールを自組織のテナントに割り当てられません。
        ///
        /// ハイブリッド構成ウィザードは `RequireTls` を true に設定します。
        ///
        /// ## 対処方法
        /// 1. すべてのセッションが TLS を使用していることをログで確認します。
        /// 2. TLS を必須にします。
        ///
        /// ## 出典
        /// - `Set-InboundConnector` (リファレンス、Microsoft Learn): `RequireTls` は TLS を
        ///   使用しないメールを拒否します。種類が Partner のコネクタにのみ適用されます。
        /// - 公開されているハイブリッド構成ウィザードのログでの観測: ウィザードは、
        ///   `RequireTls` を true に設定した受信コネクタを作成します。
        /// - TLS を使用しないメールには一致し得る証明書がないことは、RFC 3207 と TLS からの
        ///   推定です。
        japanese: ["4b3c8099"],
    }
}

impl Check for CertificateNameWithoutTls {
    fn check(&self, context: &CheckContext<'_>, findings: &mut CheckOutput) {
        for (tenant, connector) in context.inbound() {
            let conditions = [
                condition::enabled(connector),
                condition::has_certificate_name(connector),
                Condition::of("RequireTls", &connector.require_tls, |required| !required),
            ];
            let about = || Subject::inbound(tenant, connector);
            if !all_hold(&conditions, &Self::META, about, findings) {
                continue;
            }
            let language = context.language;
            let effect = match connector.connector_type {
                Known::Value(ConnectorType::Partner) => is_accepted(language),
                Known::Value(ConnectorType::OnPremises) => by_address(language, connector),
                Known::Lost => is_not_checked(language),
            };
            let name = settings::certificate_name(connector).unwrap_or_default();
            let message = does_not_require_tls(language, &connector.name, name, &effect);
            findings.add(
                settings::of_inbound(&Self::META, tenant, connector, message)
                    .proof(settings::name_proof(connector))
                    .proof(settings::proof(connector, "RequireTls", "False"))
                    .fix(Fix::command(
                        Where::Online,
                        settings::set_inbound(connector, "-RequireTls $true"),
                        &check_every_sender(language),
                    )),
            );
        }
    }
}

/// What happens to mail without a certificate that is meant for an OnPremises connector.
fn by_address(language: Language, connector: &InboundConnector) -> String {
    match connector.sender_ip_addresses.value() {
        Some(addresses) if addresses.is_empty() => is_not_assigned(language),
        Some(_) => is_assigned_by_address(language),
        None => is_not_assigned_by_certificate(language),
    }
}

sentences! {
    /// What was found, and what happens to mail without TLS.
    fn does_not_require_tls(connector: &str, name: &str, effect: &str) {
        en: "Inbound connector '{connector}' expects a certificate for '{name}' but does not require TLS. Mail that arrives without TLS has no certificate. {effect}",
        ja: "Exchange Online の受信コネクタ「{connector}」は「{name}」の証明書を想定していますが、TLS を必須にしていません。TLS を使用せずに届くメールには証明書がありません。{effect}" ["c1e1d469"],
    }
    /// The effect at a Partner connector.
    fn is_accepted() {
        en: "Such mail is accepted without proof of its sender.",
        ja: "このようなメールは、送信者の証明なしで受け入れられます。" ["a1828708"],
    }
    /// The effect at a connector whose type is not known.
    fn is_not_checked() {
        en: "Such mail is not checked for the certificate.",
        ja: "このようなメールでは、証明書は確認されません。" ["45e12156"],
    }
    /// The effect at an OnPremises connector without addresses.
    fn is_not_assigned() {
        en: "Such mail is not assigned to your tenant.",
        ja: "このようなメールは、自組織のテナントに割り当てられません。" ["8995d7a8"],
    }
    /// The effect at an OnPremises connector with addresses.
    fn is_assigned_by_address() {
        en: "Such mail is assigned to your tenant only by a listed address.",
        ja: "このようなメールは、登録された IP アドレスから送信された場合にのみ、自組織のテナントに割り当てられます。" ["4159fe66"],
    }
    /// The effect at an OnPremises connector whose addresses are not known.
    fn is_not_assigned_by_certificate() {
        en: "Such mail is not assigned to your tenant by its certificate.",
        ja: "このようなメールは、証明書では自組織のテナントに割り当てられません。" ["bdfcbeb0"],
    }
    /// What to check before TLS is required.
    fn check_every_sender() {
        en: "First check that every sender uses STARTTLS. After the change, mail without it may be rejected.",
        ja: "最初に、すべての送信元が STARTTLS を使用していることを確認します。変更後は、STARTTLS を使用しないメールが拒否される可能性があります。" ["4133d74c"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onprem::OnPremises;
    use crate::scenario::exports::of_exports;
    use crate::scenario::logs::tenant;
    use crate::tenant::Tenant;

    fn found(tenant: Tenant) -> CheckOutput {
        of_exports(
            &CertificateNameWithoutTls,
            &[tenant],
            &OnPremises::default(),
        )
    }

    fn without_tls(name: Option<&str>) -> Tenant {
        let mut tenant = tenant(name, &[], &[]);
        tenant.connectors[0].require_tls = Known::Value(false);
        tenant
    }

    #[test]
    fn fires_for_either_type() {
        let found_one = found(without_tls(Some("*.contoso.com")));
        assert_eq!(
            found_one.findings[0].fix[0].command.as_deref(),
            Some("Set-InboundConnector -Identity 'Inbound from contoso' -RequireTls $true")
        );
        let mut partner = without_tls(Some("*.contoso.com"));
        partner.connectors[0].connector_type = Known::Value(ConnectorType::Partner);
        assert_eq!(found(partner).findings.len(), 1);
    }

    #[test]
    fn a_listed_address_may_still_tell_whose_mail_it_is() {
        let message = |change: fn(&mut Tenant)| {
            let mut tenant = without_tls(Some("*.contoso.com"));
            change(&mut tenant);
            found(tenant).findings[0].message.clone()
        };
        let alone = message(|_| {});
        assert!(alone.ends_with("is not assigned to your tenant."));
        let listed = message(|own| {
            let with = tenant(None, &["203.0.113.7"], &[]);
            own.connectors[0].sender_ip_addresses = with.connectors[0].sender_ip_addresses.clone();
        });
        assert!(listed.ends_with("only by a listed address."), "{listed}");
        let lost = message(|own| own.connectors[0].sender_ip_addresses = Known::Lost);
        assert!(lost.ends_with("by its certificate."), "{lost}");
    }

    #[test]
    fn stays_silent_with_tls_without_a_name_and_asleep() {
        let mut asleep = without_tls(Some("*.contoso.com"));
        asleep.connectors[0].enabled = Known::Value(false);
        for tenant in [
            tenant(Some("*.contoso.com"), &[], &[]),
            without_tls(None),
            asleep,
        ] {
            let found = found(tenant);
            assert!(found.findings.is_empty() && found.undetermined.is_empty());
        }
    }

    #[test]
    fn is_undetermined_where_require_tls_is_lost() {
        let mut lost = without_tls(Some("*.contoso.com"));
        lost.connectors[0].require_tls = Known::Lost;
        let found = found(lost);
        assert!(found.findings.is_empty());
        assert_eq!(found.undetermined.len(), 1);
        assert_eq!(found.undetermined[0].missing.name(), "RequireTls");
    }
}
