//! SND107: send connectors to two tenants offer the same certificate.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::aggregate::flow::CertificateId;
use crate::attribution::connector_name::ConnectorName;
use crate::diagnosis::check::Check;
use crate::diagnosis::check_context::CheckContext;
use crate::diagnosis::finding::{CheckOutput, Finding, Proof};
use crate::diagnosis::offers::{OfferHistory, offers};
use crate::diagnosis::rule::{Confidence, declare_rule};
use crate::diagnosis::send_connector::{foreign_destination, tenant_of};
use crate::diagnosis::subject::Subject;
use crate::language::{Language, sentences};
use crate::onprem::SendConnector;
use crate::remedy::{command, wording};

declare_rule! {
    /// Send connectors to two tenants offer the same certificate.
    ///
    /// ## What it finds
    /// Two send connectors whose smart hosts or address spaces belong to different tenants, and that
    /// offer one certificate. The accepted domains of one of the tenants are enough: what is none of
    /// them belongs to another tenant. The log shows this, or both have the same
    /// `TlsCertificateName`.
    ///
    /// ## Why it matters
    /// The certificate is the first thing that decides which tenant the mail belongs to. Mail for
    /// one tenant may be attributed to the other. Message center notice MC1226222 asks for a
    /// separate certificate for each tenant.
    ///
    /// ## What to do
    /// 1. Get a certificate for each tenant, with a name in one of its own accepted domains.
    /// 2. Let each send connector offer the certificate of its tenant.
    ///
    /// ## Sources
    /// - MC1226222 (message center, 2026-02-04): each tenant needs a client certificate and a send
    ///   connector of its own.
    /// - MC1226222 (message center, 2026-02-04): Exchange Online attributes mail over an OnPremises
    ///   connector by the domain of the certificate, then by the MAIL FROM domain, then by the
    ///   recipient.
    OneCertificateForSeveralTenants {
        code: "SND107",
        name: "one-certificate-for-several-tenants",
        severity: Warning,
        confidence: High,
        needs: [SendConnectors, AcceptedDomains],
        proof: Exports,
        /// 2 つのテナントへの送信コネクタが、同じ証明書を提示しています。
        ///
        /// ## 検出する内容
        /// スマート ホストまたはアドレス スペースが異なるテナントに属し、
        /// 同じ証明書を提示する 2 つの送信コネクタを検出します。判断には、一方のテナントの承認済み
        /// ドメインがあれば十分です。そのどれでもないものは、別のテナントに属します。
        /// 同じ証明書であることは、ログから、または両方の `TlsCertificateName` が同じことから
        /// 分かります。
        ///
        /// ## 問題となる理由
        /// メールがどのテナントのものかは、最初に証明書で判断されます。一方のテナント宛ての
        /// メールが、もう一方のテナントのメールと判断されることがあります。メッセージ センターの
        /// 通知 MC1226222 は、テナントごとに別の証明書を使用するよう求めています。
        ///
        /// ## 対処方法
        /// 1. テナントごとに、そのテナントの承認済みドメインの名前を含む証明書を取得します。
        /// 2. 各送信コネクタが、送信先のテナント用の証明書を提示するように設定します。
        ///
        /// ## 出典
        /// - MC1226222 (メッセージ センター、2026-02-04): テナントごとに、
        ///   専用のクライアント証明書と送信コネクタが必要です。
        /// - MC1226222 (メッセージ センター、2026-02-04): Exchange Online は、
        ///   OnPremises コネクタ経由のメールのテナントを、証明書のドメイン、MAIL FROM のドメイン、
        ///   受信者の順に判断します (テナント属性付与)。
        japanese: ["5b0a7887"],
    }
}

/// A send connector to Exchange Online, with its tenant and the certificates that it offers.
struct Route<'a> {
    connector: &'a SendConnector,
    tenant: Cow<'a, str>,
    /// Whether no export of that tenant is given.
    is_foreign: bool,
    offered: BTreeSet<CertificateId>,
    named: Option<ConnectorName>,
}

impl Check for OneCertificateForSeveralTenants {
    fn check(&self, context: &CheckContext<'_>, findings: &mut CheckOutput) {
        let histories = context.logs.map_or_else(Vec::new, offers);
        let mut routes: Vec<Route<'_>> = Vec::new();
        for connector in context.to_exchange_online() {
            let known = tenant_of(connector, context.tenants);
            let foreign = || foreign_destination(connector, context.tenants);
            let tenant = match known {
                Some(name) => Some(Cow::Borrowed(name)),
                None => foreign().map(Cow::Owned),
            };
            let Some(tenant) = tenant else {
                if context.tenants.len() > 1 && connector.smart_hosts.is_lost() {
                    let about = Subject::send(connector);
                    findings.mark_undetermined(&Self::META, about, "SmartHosts");
                }
                continue;
            };
            let several = context.tenants.len() > 1 || known.is_none();
            if several && connector.tls_certificate_name.is_lost() {
                let about = Subject::send(connector);
                findings.mark_undetermined(&Self::META, about, "TlsCertificateName");
            }
            routes.push(route(connector, (tenant, known.is_none()), &histories));
        }
        for (index, one) in routes.iter().enumerate() {
            for other in &routes[index + 1..] {
                // Two names of tenants without exports may belong to one tenant.
                if one.tenant != other.tenant
                    && !(one.is_foreign && other.is_foreign)
                    && let Some(what) = shared(context.language, one, other, &histories)
                {
                    findings.add(observation(context.language, one, other, &what));
                }
            }
        }
    }
}

fn route<'a>(
    connector: &'a SendConnector,
    (tenant, is_foreign): (Cow<'a, str>, bool),
    histories: &[OfferHistory<'_>],
) -> Route<'a> {
    let own = histories
        .iter()
        .filter(|history| history.send_connector.eq_ignore_ascii_case(&connector.name));
    let name = connector
        .tls_certificate_name
        .value()
        .and_then(Option::as_deref);
    Route {
        connector,
        tenant,
        is_foreign,
        offered: own
            .filter_map(|history| history.current())
            .map(|offer| offer.id)
            .collect(),
        named: name
            .map(ConnectorName::parse)
            .filter(|name| matches!(name, ConnectorName::Distinguished { .. })),
    }
}

/// The certificate that both use, as part of a sentence. If the logs show what both offer, the
/// logs decide.
fn shared(
    language: Language,
    one: &Route<'_>,
    other: &Route<'_>,
    histories: &[OfferHistory<'_>],
) -> Option<String> {
    if !one.offered.is_empty() && !other.offered.is_empty() {
        let id = one.offered.intersection(&other.offered).next()?;
        let mut all = histories.iter().flat_map(|history| &history.offers);
        let offer = all.find(|offer| offer.id == *id)?;
        return Some(wording::certificate(language, offer.certificate));
    }
    let same = one.named.is_some() && one.named == other.named;
    let name = one.connector.tls_certificate_name.value()?.as_deref()?;
    same.then(|| language.quoted(name))
}

fn observation(language: Language, one: &Route<'_>, other: &Route<'_>, what: &str) -> Finding {
    let message = offer_the_same(
        language,
        &one.connector.name,
        &one.tenant,
        &other.connector.name,
        &other.tenant,
        what,
    );
    let mut observation = Finding::of(
        &OneCertificateForSeveralTenants::META,
        &other.connector.name,
        message,
    );
    if one.is_foreign || other.is_foreign {
        // A list of accepted domains may be older than the domain.
        observation = observation.confidence(Confidence::Medium);
    }
    if !other.is_foreign {
        observation = observation.tenant(&other.tenant);
    }
    for route in [one, other] {
        let name = route.connector.tls_certificate_name.value();
        if let Some(name) = name.and_then(Option::as_deref) {
            let connector = route.connector;
            let proof = Proof::value(&connector.file, connector.line, "TlsCertificateName", name);
            observation = observation.proof(proof);
        }
    }
    observation.fix(command::offer_another(
        &other.connector.name,
        "its own certificate",
        &get_its_own(language),
    ))
}

sentences! {
    /// The finding.
    fn offer_the_same(one: &str, tenant: &str, other: &str, other_tenant: &str, certificate: &str) {
        en: "'{one}' sends to {tenant} and '{other}' sends to {other_tenant}. Both offer {certificate}, so Exchange Online cannot distinguish the tenants by the certificate (MC1226222).",
        ja: "送信コネクタ「{one}」は {tenant} に、「{other}」は {other_tenant} に送信します。どちらも同じ証明書を提示します: {certificate}。そのため、Exchange Online は証明書でテナントを区別できません (MC1226222)。" ["36c1e982"],
    }
    /// On the command that lets the second connector offer a certificate of its own.
    fn get_its_own() {
        en: "1. Get a certificate with a name in an accepted domain of the tenant that this send connector sends to. 2. Check the certificate with `sendlens preflight`. 3. Add an inbound connector to that tenant that expects this name (New-InboundConnector). Leave the present one as it is, and wait an hour. 4. Import the certificate, with its private key, on every source server, and enable it for SMTP there. If Exchange asks whether to overwrite the default SMTP certificate, answer No. 5. Replace the placeholder in the command with its thumbprint. 6. Run the command. 7. When no server offers the old certificate to that tenant any more, disable its old inbound connector. In this order, no mail is rejected.",
        ja: "1. この送信コネクタの送信先テナントの承認済みドメインに属する名前で、証明書を取得します。 2. 証明書を `sendlens preflight` で確認します。 3. そのテナントに、この名前を想定する Exchange Online の受信コネクタを追加します (New-InboundConnector)。現在の受信コネクタはそのままにして、1 時間待ちます。 4. すべての送信元サーバーに、証明書を秘密キーと共にインポートし、SMTP に対して有効にします。既定の SMTP 証明書を上書きするかどうかを確認された場合は、[いいえ] と答えます。 5. コマンドのプレースホルダーを、証明書の拇印に置き換えます。 6. コマンドを実行します。 7. そのテナントに古い証明書を提示するサーバーがなくなったら、古い受信コネクタを無効にします。この順序で行えば、メールは拒否されません。" ["a8f74698"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::exports::{of_exports, on_premises, send_connector};
    use crate::scenario::logs::{contoso, tenant};
    use crate::tenant::Known;
    use crate::tenant::Tenant;

    fn fabrikam() -> Tenant {
        Tenant {
            name: "fabrikam.onmicrosoft.com".to_owned(),
            ..tenant(
                Some("mail.contoso.com"),
                &[],
                &["fabrikam.com", "fabrikam.onmicrosoft.com"],
            )
        }
    }

    fn to_fabrikam() -> SendConnector {
        SendConnector {
            name: "Out to fabrikam".to_owned(),
            smart_hosts: Known::Value(vec!["fabrikam-com.mail.protection.outlook.com".to_owned()]),
            address_spaces: Known::Value(vec!["SMTP:*;1".to_owned()]),
            ..send_connector()
        }
    }

    fn found(connectors: Vec<SendConnector>) -> CheckOutput {
        let own = on_premises(connectors, Vec::new());
        of_exports(
            &OneCertificateForSeveralTenants,
            &[contoso(), fabrikam()],
            &own,
        )
    }

    #[test]
    fn fires_on_one_name_for_two_tenants() {
        let found = found(vec![send_connector(), to_fabrikam()]).findings;
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].tenant.as_deref(), Some("fabrikam.onmicrosoft.com"));
        assert!(
            found[0]
                .message
                .contains("'Out' sends to contoso.onmicrosoft.com")
        );
        let note = &found[0].fix[0].note;
        let place = |text: &str| note.find(text).unwrap();
        assert!(place("New-InboundConnector") < place("6. Run the command"));
        assert!(place("6. Run the command") < place("disable its old"));
    }

    #[test]
    fn stays_silent_on_two_names_and_on_one_tenant() {
        let mut other = to_fabrikam();
        other.tls_certificate_name = Known::Value(Some("<S>CN=mail.fabrikam.com".to_owned()));
        assert!(found(vec![send_connector(), other]).findings.is_empty());
        let second = SendConnector {
            name: "Out 2".to_owned(),
            ..send_connector()
        };
        assert!(found(vec![send_connector(), second]).findings.is_empty());
    }

    #[test]
    fn the_export_of_one_tenant_is_enough() {
        let of = |host: &str, space: &str, domains: &[&str]| {
            let other = SendConnector {
                smart_hosts: Known::Value(host.split_whitespace().map(str::to_owned).collect()),
                address_spaces: Known::Value(vec![format!("SMTP:{space};1")]),
                ..to_fabrikam()
            };
            let own = on_premises(vec![send_connector(), other], Vec::new());
            let tenant = tenant(Some("mail.contoso.com"), &[], domains);
            let entry = &OneCertificateForSeveralTenants;
            of_exports(entry, &[tenant], &own).findings
        };
        let domains = ["contoso.com", "contoso.onmicrosoft.com", "adatum.example"];
        let smart = "fabrikam-com.mail.protection.outlook.com";
        let found = of(smart, "*", &domains);
        let message = &found[0].message;
        assert!(message.contains(&format!("sends to {smart}")), "{message}");
        assert_eq!(found[0].tenant, None);
        assert_eq!(of("", "fabrikam.mail.onmicrosoft.com", &domains).len(), 1);
        // The tenant itself, in each of its names.
        for (host, space) in [
            ("adatum-example.mail.protection.outlook.com", "*"),
            ("contoso.mail.protection.outlook.com", "*"),
            ("fabrikamcom01c.mail.protection.outlook.com", "*"),
            ("", "contoso.mail.onmicrosoft.com"),
            ("", "*"),
        ] {
            assert!(of(host, space, &domains).is_empty(), "{host} {space}");
        }
        // Without its initial domain, the list may not be whole.
        assert!(of(smart, "*", &["contoso.com"]).is_empty());
    }

    #[test]
    fn a_lost_name_is_undetermined() {
        let mut lost = to_fabrikam();
        lost.tls_certificate_name = Known::Lost;
        let findings = found(vec![send_connector(), lost]);
        assert!(findings.findings.is_empty());
        assert_eq!(
            findings.undetermined[0].missing.name(),
            "TlsCertificateName"
        );
    }
}
