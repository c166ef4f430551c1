//! CON006: the connectors of two tenants match the same certificate.

use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::check_context::Inbound;
use crate::diagnosis::fix::Fix;
use crate::diagnosis::rule::declare_rule;
use crate::language::sentences;
use crate::remedy::{exactness, wording};

declare_rule! {
    /// Connectors of two tenants match the same certificate.
    ///
    /// ## What it finds
    /// Enabled OnPremises connectors of at least two of the given tenants match the certificate
    /// that was offered, and mail was rejected, for example with `550 5.7.64`.
    ///
    /// ## Why it matters
    /// Exchange Online attributes the mail to the tenant whose connector is the most exact: a host
    /// name comes before a wildcard, and a longer wildcard before a shorter one. Only connectors
    /// whose domain is accepted in their own tenant compete. If two names are equally exact, the
    /// result is not documented. For the other tenant, the mail is foreign: it is rejected, or
    /// taken as ordinary incoming mail.
    ///
    /// ## What to do
    /// Give each tenant a certificate and a certificate name of its own.
    ///
    /// ## Sources
    /// - MC1226222 (message center, 2026-02-04): each tenant needs a client certificate and a send
    ///   connector of its own.
    /// - Microsoft's articles on attribution, such as "Office 365 Message Attribution" (Exchange
    ///   Team, 2019-07-11): of several connectors that match, the most exact one counts.
    /// - The ranking of host names and wildcards is inferred from "most exact".
    CertificateClaimedBySeveralTenants {
        code: "CON006",
        name: "certificate-claimed-by-several-tenants",
        severity: Error,
        confidence: Medium,
        needs: [SendLogs, InboundConnectors],
        proof: Certificate,
        step: InboundConnector,
        /// 2 つのテナントのコネクタが、同じ証明書と一致します。
        ///
        /// ## 検出する内容
        /// 指定されたテナントのうち少なくとも 2 つで、有効な OnPremises コネクタが、提示した
        /// 証明書と一致しています。メールは、`550 5.7.64` などの応答で拒否されました。
        ///
        /// ## 問題となる理由
        /// Exchange Online は、最も厳密に一致するコネクタのテナントにメールを割り当てます。
        /// ホスト名はワイルドカードより優先され、長いワイルドカードは短いワイルドカードより
        /// 優先されます。比較の対象になるのは、ドメインがそのテナントの承認済みドメインである
        /// コネクタだけです。2 つの名前の厳密さが同じ場合の結果は、文書化されていません。もう一方の
        /// テナントにとって、そのメールは外部のメールです。拒否されるか、通常の受信メールとして
        /// 受け入れられます。
        ///
        /// ## 対処方法
        /// テナントごとに、専用の証明書と証明書名を用意します。
        ///
        /// ## 出典
        /// - MC1226222 (メッセージ センター、2026-02-04): テナントごとに、
        ///   専用のクライアント証明書と送信コネクタが必要です。
        /// - テナント属性付与に関する Microsoft の記事 ("Office 365 Message Attribution" など、
        ///   Exchange Team、2019-07-11): 一致するコネクタが複数ある場合は、
        ///   最も厳密に一致するものが選択されます。
        /// - ホスト名とワイルドカードの優先順位は、"most exact" (最も
        ///   厳密) という表現からの推定です。
        japanese: ["3bb6d09c"],
    }
}

impl Cause for CertificateClaimedBySeveralTenants {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        if !context.concerns_our_side() {
            return None;
        }
        let matching = context.judgement.active();
        let matching: Vec<_> = matching.filter(|view| view.matches_by_name()).collect();
        let first = matching.first()?;
        let mut others = matching.iter();
        let second = others.find(|view| view.tenant.name != first.tenant.name)?;
        let connectors: Vec<Inbound<'_>> = matching
            .iter()
            .map(|view| (view.tenant, view.connector))
            .collect();
        let language = context.analysis.language;
        let explanation = matches_both(
            language,
            context.send_connector(),
            &wording::offered(context),
            &wording::connector(language, first),
            &wording::connector(language, second),
            &exactness::sentence(language, &connectors),
        );
        Some(Diagnosis::of(&Self::META, explanation).fix(Fix::step(&separate(language))))
    }
}

sentences! {
    /// What matches. `taken` is the sentence on the tenant that gets the mail.
    fn matches_both(connector: &str, certificate: &str, first: &str, second: &str, taken: &str) {
        en: "Send connector '{connector}' offered {certificate}. This certificate matches both {first} and {second}. {taken}",
        ja: "送信コネクタ「{connector}」は証明書 {certificate} を提示しました。この証明書は、{first}と {second}の両方と一致します。{taken}" ["438c1914"],
    }
    /// What to do.
    fn separate() {
        en: "Give each tenant a name and a certificate of its own. For the tenant that gets the certificate with the new name: 1. Get a certificate whose name no connector of the other tenant matches. Its domain must be an accepted domain of this tenant. 2. Add an inbound connector that expects this name, and wait an hour. 3. Use one send connector for each tenant, and let the one for this tenant offer the new certificate. 4. When no server offers the old certificate to this tenant any more, disable the old connector. In this order, no more mail is rejected than today.",
        ja: "テナントごとに、専用の名前と証明書を用意します。新しい名前の証明書を使用するテナントで、次の手順を実行します。 1. 名前がもう一方のテナントのどのコネクタとも一致しない証明書を取得します。名前のドメインは、このテナントの承認済みドメインである必要があります。 2. この名前を想定する Exchange Online の受信コネクタを追加し、1 時間待ちます。 3. テナントごとに 1 つの送信コネクタを使用し、このテナント用の送信コネクタが新しい証明書を提示するようにします。 4. どのサーバーもこのテナントに古い証明書を提示しなくなったら、古いコネクタを無効にします。この順序で実行すれば、拒否されるメールが現在より増えることはありません。" ["143a9c7e"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::{Session, causes, contoso, findings};
    use crate::tenant::Tenant;

    #[test]
    fn fires_where_two_tenants_match() {
        let other = Tenant {
            name: "fabrikam.onmicrosoft.com".to_owned(),
            ..contoso()
        };
        assert_eq!(
            causes(&[Session::default()], &[contoso(), other]),
            ["CON006"]
        );
    }

    #[test]
    fn stays_silent_where_one_does() {
        assert!(
            findings(
                &CertificateClaimedBySeveralTenants,
                &[Session::default()],
                &[contoso()]
            )
            .is_empty()
        );
    }
}
