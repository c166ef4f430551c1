//! The sentences that say why a tenant does or does not expect the candidate.
//!
//! In: values. Out: sentences in the language of the reader.
//! It must not decide anything.

use crate::language::{labels, sentences};

labels! {
    pub(super) also_addresses: "The connector also lists addresses. How it works with both is not documented. A connector with only the certificate name is safer.", "コネクタには IP アドレスも登録されています。証明書名と IP アドレスの両方がある場合の動作は文書化されていません。証明書名だけを指定したコネクタの方が安全です。" ["764dc8c6"];
}

sentences! {
    /// A tenant without an export of its connectors.
    pub(super) fn not_exported(tenant: &str) {
        en: "The inbound connectors of {tenant} were not exported.",
        ja: "{tenant} の受信コネクタはエクスポートされていません。" ["fd8395f3"],
    }
    /// A Partner connector that matches.
    pub(super) fn partner_matches(connector: &str, expectation: &str) {
        en: "{connector} {expectation} and matches, but it is of type Partner, which does not select the tenant.",
        ja: "{connector}は{expectation}。証明書は一致しますが、コネクタの種類が Partner であるため、テナントは選択されません。" ["2cb6ae0f"],
    }
    /// A disabled connector that matches.
    pub(super) fn disabled_matches(connector: &str, expectation: &str) {
        en: "{connector} {expectation} and matches, but it is disabled.",
        ja: "{connector}は{expectation}。証明書は一致しますが、コネクタは無効です。" ["b41e5ba2"],
    }
    /// What a connector expects, and which names the certificate has.
    pub(super) fn expects_and_is_for(connector: &str, expectation: &str, names: &str) {
        en: "{connector} {expectation}. The certificate is for {names}.",
        ja: "{connector}は{expectation}。証明書の名前: {names}。" ["4ca1fd9f"],
    }
    /// What a connector expects, where the certificate has no name.
    pub(super) fn expects_and_is_for_it(connector: &str, expectation: &str) {
        en: "{connector} {expectation}. The certificate is for it.",
        ja: "{connector}は{expectation}。証明書はこれに一致します。" ["33d5e61c"],
    }
    /// A note about an undocumented match, as a sentence.
    pub(super) fn undocumented(note: &str) {
        en: "{note}.",
        ja: "{note}。" ["1abe019d"],
    }
    /// What a connector expects, and a note about an undocumented match.
    pub(super) fn may_match(connector: &str, expectation: &str, note: &str) {
        en: "{connector} {expectation}. {note}.",
        ja: "{connector}は{expectation}。{note}。" ["360c7c7c"],
    }
    /// A connector that compares what a host name does not have.
    pub(super) fn needs_file(connector: &str, expectation: &str) {
        en: "{connector} {expectation}. It compares issuer and subject, which a host name does not contain. Specify the certificate file.",
        ja: "{connector}は{expectation}。発行者とサブジェクトを比較しますが、ホスト名だけではどちらも分かりません。証明書ファイルを指定してください。" ["f3b45609"],
    }
    /// The list of accepted domains is that of the local Exchange.
    pub(super) fn local_domains(domain: &str, tenant: &str) {
        en: "The accepted domains look like those of the local Exchange, so it cannot be determined whether '{domain}' is accepted in {tenant}. Export Get-AcceptedDomain in Exchange Online PowerShell.",
        ja: "承認済みドメインはオンプレミスの Exchange のものと思われるため、「{domain}」が {tenant} の承認済みドメインかどうかを判断できません。Exchange Online PowerShell で Get-AcceptedDomain をエクスポートしてください。" ["4c0171d8"],
    }
    /// The domain is accepted.
    pub(super) fn accepted(domain: &str, tenant: &str) {
        en: "'{domain}' is an accepted domain of {tenant}. Any sender can relay, including bounces from <>.",
        ja: "「{domain}」は {tenant} の承認済みドメインです。<> からの配信不能レポートを含め、すべての送信者がリレーできます。" ["41f88748"],
    }
    /// The domain is not accepted.
    pub(super) fn not_accepted(domain: &str, tenant: &str) {
        en: "'{domain}' is not an accepted domain of {tenant}. Until it is, only mail whose sender domain is accepted gets through. Other mail, and bounces from <>, are rejected (550 5.7.64 with ATTR36).",
        ja: "「{domain}」は {tenant} の承認済みドメインではありません。承認済みドメインになるまでは、送信者のドメインが承認済みドメインであるメールだけが受け入れられます。それ以外のメールと <> からの配信不能レポートは拒否されます (ATTR36 を含む 550 5.7.64)。" ["11649683"],
    }
    /// Only a parent of the domain is accepted.
    pub(super) fn parent_only(domain: &str, tenant: &str) {
        en: "Only the parent of '{domain}' is an accepted domain of {tenant}. Whether that is enough to relay for any sender is not documented.",
        ja: "「{domain}」の親ドメインだけが {tenant} の承認済みドメインです。すべての送信者のリレーにこれで十分かどうかは文書化されていません。" ["0a1c6a17"],
    }
    /// The domain is accepted as a subdomain.
    pub(super) fn subdomain_only(domain: &str, tenant: &str) {
        en: "'{domain}' is accepted in {tenant} only as a subdomain (MatchSubDomains). Whether that counts for a certificate is not documented.",
        ja: "「{domain}」は {tenant} でサブドメインとしてのみ承認されています (MatchSubDomains)。これが証明書に対しても有効かどうかは文書化されていません。" ["c884a7e3"],
    }
    /// The accepted domains were not exported.
    pub(super) fn domains_unknown(domain: &str, tenant: &str) {
        en: "The accepted domains of {tenant} were not exported, so it cannot be determined whether '{domain}' is one of them. Export Get-AcceptedDomain as JSON.",
        ja: "{tenant} の承認済みドメインはエクスポートされていないため、「{domain}」が承認済みかどうかを判断できません。Get-AcceptedDomain を JSON 形式でエクスポートしてください。" ["56a8fdba"],
    }
    /// The export lost what decides.
    pub(super) fn lost(fields: &str, connector: &str) {
        en: "The export lost {fields} of {connector}, so it cannot be determined whether it matches: export as JSON.",
        ja: "エクスポートで{connector}の {fields} が失われているため、一致するかどうかを判断できません。JSON 形式でエクスポートしてください。" ["e6ac2bd8"],
    }
    /// One connector is not named.
    pub(super) fn one_more(tenant: &str) {
        en: "1 more connector of {tenant} expects another name.",
        ja: "{tenant} のほかの 1 件のコネクタは別の名前を想定しています。" ["7f8322ab"],
    }
    /// Several connectors are not named.
    pub(super) fn several_more(number: usize, tenant: &str) {
        en: "{number} more connectors of {tenant} expect other names.",
        ja: "{tenant} のほかの {number} 件のコネクタは別の名前を想定しています。" ["79de8d19"],
    }
    /// A tenant for which the certificate does not matter.
    pub(super) fn by_address(tenant: &str) {
        en: "{tenant} identifies its servers by address only. The certificate does not matter there, and a renewal changes nothing.",
        ja: "{tenant} は IP アドレスだけでサーバーを識別します。証明書は関係しないため、更新しても何も変わりません。" ["cc2fcdf1"],
    }
    /// A tenant without a connector that expects a certificate.
    pub(super) fn no_connector(tenant: &str) {
        en: "{tenant} has no enabled OnPremises connector with a certificate name.",
        ja: "{tenant} には、証明書名が指定された有効な OnPremises コネクタがありません。" ["6356441c"],
    }
    /// Other tenants that expect the certificate too.
    pub(super) fn also_matches(tenants: &str) {
        en: "It also matches a connector of {tenants}.",
        ja: "{tenants} のコネクタにも一致します。" ["1c4f8a88"],
    }
}
