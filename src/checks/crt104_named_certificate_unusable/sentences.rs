//! The sentences of CRT104.
//!
//! In: values. Out: sentences in the language of the reader.
//! Must not know how a fault was found.

use crate::language::sentences;

sentences! {
    /// Several certificates of one name.
    pub(super) fn and_more(certificate: &str, more: usize) {
        en: "{certificate} and {more} more with this name",
        ja: "{certificate} (同じ名前の証明書がほかに {more} 件)" ["abdaafe0"],
    }
    /// The finding begins: the certificate that the send connector names. The fault is a sentence.
    pub(super) fn names(connector: &str, certificate: &str, fault: &str) {
        en: "Send connector '{connector}' names {certificate}. {fault}",
        ja: "送信コネクタ「{connector}」は証明書 {certificate} を指定しています。{fault}" ["6f7e1606"],
    }
    /// The finding begins: the certificate that the logs show. The fault is a sentence.
    pub(super) fn offers(connector: &str, certificate: &str, fault: &str) {
        en: "Send connector '{connector}' offers {certificate}. {fault}",
        ja: "送信コネクタ「{connector}」は証明書 {certificate} を提示しています。{fault}" ["68172b59"],
    }
    /// The finding ends: the servers on which this is so.
    pub(super) fn on_servers(servers: &str) {
        en: " This is so on {servers}.",
        ja: "該当するサーバー: {servers}。" ["a175b71e"],
    }
    /// The steps where the private key is missing on these servers. A sentence on what the command asks
    /// follows.
    pub(super) fn bring_key(servers: &str, asks: &str) {
        en: "1. Find the server or the file (.pfx) that has the private key. 2. Import the certificate with its private key on {servers} (Import-ExchangeCertificate). 3. Enable it for SMTP there. {asks}",
        ja: "1. 秘密キーがあるサーバーまたはファイル (.pfx) を見つけます。 2. {servers} に、証明書を秘密キーと共にインポートします (Import-ExchangeCertificate)。 3. それらのサーバーで、証明書を SMTP に対して有効にします。{asks}" ["7e8060cb"],
    }
    /// The same where the server is not known.
    pub(super) fn bring_key_to_the_server(asks: &str) {
        en: "1. Find the server or the file (.pfx) that has the private key. 2. Import the certificate with its private key on the server (Import-ExchangeCertificate). 3. Enable it for SMTP there. {asks}",
        ja: "1. 秘密キーがあるサーバーまたはファイル (.pfx) を見つけます。 2. 対象のサーバーに、証明書を秘密キーと共にインポートします (Import-ExchangeCertificate)。 3. そのサーバーで、証明書を SMTP に対して有効にします。{asks}" ["b1fab43f"],
    }
    /// The step where the certificate is not enabled for SMTP and has no known thumbprint. A sentence on
    /// what the command asks follows.
    pub(super) fn enable(asks: &str) {
        en: "Enable the certificate for SMTP (Enable-ExchangeCertificate -Services SMTP) on each of these servers. {asks}",
        ja: "該当する各サーバーで、証明書を SMTP に対して有効にします (Enable-ExchangeCertificate -Services SMTP)。{asks}" ["173c7067"],
    }
    /// On the command that enables the certificate for SMTP.
    pub(super) fn binds_to_smtp() {
        en: "This binds the certificate to SMTP. Its other services stay.",
        ja: "このコマンドは、証明書を SMTP に割り当てます。証明書のほかのサービスは変わりません。" ["70386f21"],
    }
    /// The step where the server cannot check whether the certificate is revoked.
    pub(super) fn reach_revocation_lists() {
        en: "Let the server reach the revocation lists of the authority over HTTP, with the proxy of the machine (netsh winhttp show proxy). Then look at the status again (Get-ExchangeCertificate).",
        ja: "サーバーが、コンピューターのプロキシ (netsh winhttp show proxy) を使用し、HTTP で証明機関の失効リストに到達できるようにします。その後、状態をもう一度確認します (Get-ExchangeCertificate)。" ["6315aebc"],
    }
    /// On the command that names a certificate which the exports show as fit.
    pub(super) fn fit_by_the_exports() {
        en: "An inbound connector expects this certificate. By the exports, it is on every source server, with its private key, and enabled for SMTP there.",
        ja: "Exchange Online の受信コネクタがこの証明書を想定しています。エクスポートによると、この証明書は秘密キーと共にすべての送信元サーバーにあり、SMTP に対して有効です。" ["66c6dc6e"],
    }
    /// The steps to a new certificate.
    pub(super) fn get_another() {
        en: "1. Get a certificate from a public authority. The name that the inbound connector expects must be in it. 2. Check it with `sendlens preflight`. 3. Import it, with its private key, on every source server, and enable it for SMTP there.",
        ja: "1. 公的な証明機関から証明書を取得します。Exchange Online の受信コネクタが想定する名前が含まれている必要があります。 2. 証明書を `sendlens preflight` で確認します。 3. すべての送信元サーバーに、証明書を秘密キーと共にインポートし、SMTP に対して有効にします。" ["25024afc"],
    }
    /// On the command that names the new certificate.
    pub(super) fn switch_last() {
        en: "Run this last, when the new certificate is on every source server and the inbound connector expects its name.",
        ja: "新しい証明書がすべての送信元サーバーにあり、その名前を Exchange Online の受信コネクタが想定していることを確認してから、最後に実行します。" ["11e29085"],
    }
}
