//! The sentences of [`super`].
//!
//! In: values. Out: sentences in the language of the reader.
//! Must not decide what is said.

use crate::language::sentences;

sentences! {
    /// The mail was identified by its address.
    pub(super) fn came_from(connector: &str, source: &str) {
        en: "Exchange Online rejected mail of send connector '{connector}', which came from {source}.",
        ja: "Exchange Online が、{source} から届いた送信コネクタ「{connector}」のメールを拒否しました。" ["c847e203"],
    }
    /// A certificate was offered, or may have been.
    pub(super) fn rejected(connector: &str, offered: &str) {
        en: "Send connector '{connector}' {offered}, and Exchange Online rejected its mail.",
        ja: "送信コネクタ「{connector}」は{offered}。Exchange Online は、そのメールを拒否しました。" ["5f7bc7ea"],
    }
    /// Nothing matches, and nothing shows why.
    pub(super) fn unexplained() {
        en: "The logs and exports do not explain why.",
        ja: "理由は、ログとエクスポートからは分かりません。" ["654319c0"],
    }
    /// A connector with the values that its export lost.
    pub(super) fn with_fields(connector: &str, fields: &str) {
        en: "'{connector}' ({fields})",
        ja: "「{connector}」 ({fields})" ["e17aa4b8"],
    }
    /// Two such connectors.
    pub(super) fn both(first: &str, second: &str) {
        en: "{first} and {second}",
        ja: "{first} と{second}" ["eedad60a"],
    }
    /// Connectors that may match.
    pub(super) fn lost_values(connectors: &str) {
        en: "It cannot be determined whether inbound connector {connectors} matches, because the export lost these values. Export as JSON.",
        ja: "エクスポートで値が失われているため、次の Exchange Online の受信コネクタが一致するかどうかを判断できません: {connectors}。JSON でエクスポートしてください。" ["1bdda415"],
    }
    /// The accepted domains were not exported.
    pub(super) fn domains_unknown() {
        en: "It cannot be determined whether the domain is accepted: no export of the accepted domains was given.",
        ja: "承認済みドメインのエクスポートが指定されていないため、ドメインが承認済みかどうかを判断できません。" ["fa7a42a9"],
    }
    /// A connector lists the address.
    pub(super) fn address_matches(connector: &str) {
        en: "{connector} lists the address from which the mail came, and the logs and exports show no fault. Possible reasons are: a change has not taken effect yet, or another tenant lists the address, too.",
        ja: "{connector}には、メールの送信元 IP アドレスが登録されています。ログとエクスポートからは、問題は見つかりません。変更がまだ反映されていないか、別のテナントも同じ IP アドレスを登録している可能性があります。" ["17309042"],
    }
    /// A connector expects the certificate.
    pub(super) fn certificate_matches(connector: &str) {
        en: "{connector} matches, and the logs and exports show no fault. Possible reasons are: the server does not send its certificate chain (KB 3212877), a change has not taken effect yet, or another tenant claims the certificate.",
        ja: "{connector}が一致しています。ログとエクスポートからは、問題は見つかりません。サーバーが証明書チェーンを送信していないか (KB 3212877)、変更がまだ反映されていないか、別のテナントが同じ証明書を指定している可能性があります。" ["c7ea607f"],
    }
    /// The same, with a note on how they match.
    pub(super) fn certificate_matches_by(connector: &str, note: &str) {
        en: "{connector} matches, and the logs and exports show no fault. {note}. Possible reasons are: the server does not send its certificate chain (KB 3212877), a change has not taken effect yet, or another tenant claims the certificate.",
        ja: "{connector}が一致しています。ログとエクスポートからは、問題は見つかりません。{note}。サーバーが証明書チェーンを送信していないか (KB 3212877)、変更がまだ反映されていないか、別のテナントが同じ証明書を指定している可能性があります。" ["a41ff5d5"],
    }
    /// The certificate belongs to another tenant.
    pub(super) fn another_tenant(connector: &str, wanted: &str, certificate: &str, inbound: &str, tenant: &str) {
        en: "Send connector '{connector}' sends to {wanted}, but it offered {certificate}, and {inbound} matches that. So Exchange Online assigns the mail to {tenant}, not to {wanted}, and rejected it.",
        ja: "送信コネクタ「{connector}」は {wanted} に送信していますが、提示した証明書は {certificate} です。この証明書と一致するのは {inbound}です。そのため、Exchange Online はメールを {wanted} ではなく {tenant} に割り当て、拒否しました。" ["8bdbcd34"],
    }
    /// How it offers a certificate of the right tenant.
    pub(super) fn offer_for_tenant(wanted: &str) {
        en: "Let this send connector offer a certificate that an inbound connector of {wanted} expects. 1. If no inbound connector of {wanted} expects a certificate of your servers, add one (New-InboundConnector), and wait an hour. 2. Import the certificate, with its private key, on every source server, and enable it for SMTP there. 3. Replace the placeholder in the command with its thumbprint. 4. Run the command.",
        ja: "{wanted} の Exchange Online の受信コネクタが想定する証明書を、この送信コネクタが提示するようにします。 1. {wanted} に、自組織のサーバーの証明書を想定する受信コネクタがない場合は、追加して (New-InboundConnector)、1 時間待ちます。 2. すべての送信元サーバーに証明書を秘密キーと共にインポートし、SMTP に対して有効にします。 3. コマンドのプレースホルダーを、証明書の拇印に置き換えます。 4. コマンドを実行します。" ["f30638ab"],
    }
    /// Before the checks, where the address identifies the mail.
    pub(super) fn address_looks_correct() {
        en: "Your address and connector look correct, yet mail was rejected. Check these in order:",
        ja: "IP アドレスとコネクタは正しく見えますが、メールは拒否されました。次の順に確認します。" ["3d2bc61d"],
    }
    /// Before the checks, where a connector expects the certificate.
    pub(super) fn certificate_looks_correct() {
        en: "Your certificate and connector look correct, yet mail was rejected. Check these in order:",
        ja: "証明書とコネクタは正しく見えますが、メールは拒否されました。次の順に確認します。" ["eb9626f8"],
    }
    /// Before the checks, where nothing matches.
    pub(super) fn check_in_order() {
        en: "The logs and exports do not explain why mail was rejected. Check these in order:",
        ja: "メールが拒否された理由は、ログとエクスポートからは分かりません。次の順に確認します。" ["79fd2aa8"],
    }
    /// The check of the certificate chain.
    pub(super) fn check_chain() {
        en: "Run this command on every sending server, and check that the intermediate certificates are installed there.",
        ja: "すべての送信元サーバーでこのコマンドを実行し、中間証明書がインストールされていることを確認します。" ["0b2be3fa"],
    }
    /// The check of the accepted domains.
    pub(super) fn export_domains() {
        en: "Export the accepted domains (Get-AcceptedDomain) and run sendlens again: mail that an address identifies passes only if the domain of its sender is accepted.",
        ja: "承認済みドメインをエクスポートし (Get-AcceptedDomain)、sendlens をもう一度実行します。IP アドレスで識別されるメールは、送信者のドメインが承認済みの場合にのみ受け入れられます。" ["f16354e6"],
    }
    /// The check of the exports.
    pub(super) fn check_tenant() {
        en: "Check that the exports are of the tenant that should accept the mail.",
        ja: "エクスポートが、メールを受け入れるべきテナントのものであることを確認します。" ["581d95e0"],
    }
    /// The check of the time.
    pub(super) fn wait_an_hour() {
        en: "Wait until an hour has passed since the last change.",
        ja: "最後の変更から 1 時間が経過するまで待ちます。" ["24dbf77e"],
    }
    /// What is left if all is correct.
    pub(super) fn open_case() {
        en: "If mail is still rejected, open a case with Microsoft. Give them the bracketed server name and session ID of one rejected message.",
        ja: "それでもメールが拒否される場合は、Microsoft のサポート ケースを作成します。拒否されたメッセージ 1 通について、角かっこ内のサーバー名とセッション ID を伝えます。" ["de5ee6df"],
    }
    /// Exchange Online does not trust the certificate.
    pub(super) fn tls_not_accepted(connector: &str, offered: &str) {
        en: "Exchange Online did not accept the TLS of send connector '{connector}', which {offered}. It accepts only certificates of public authorities that it trusts, with their whole chain. A certificate of an authority of your own is refused in this way (KB 2888788).",
        ja: "Exchange Online は、送信コネクタ「{connector}」の TLS を受け入れませんでした。この送信コネクタは{offered}。Exchange Online が受け入れるのは、信頼する公的な証明機関の証明書で、チェーンがすべてそろっているものだけです。自組織の証明機関の証明書は、このように拒否されます (KB 2888788)。" ["3499ce0a"],
    }
    /// What the command has to show.
    pub(super) fn root_type() {
        en: "RootCAType must be ThirdParty. Enterprise or None means that the certificate is not of a public authority, and that another one must be offered.",
        ja: "RootCAType は ThirdParty である必要があります。Enterprise または None の場合、証明書は公的な証明機関のものではないため、別の証明書を提示する必要があります。" ["56a73ff2"],
    }
    /// How it offers a certificate that is trusted.
    pub(super) fn offer_public() {
        en: "1. Find a certificate of a public authority that the inbound connector expects. 2. Make sure that it is on every source server, with its private key and its intermediate certificates, and is enabled for SMTP there. 3. Replace the placeholder in the command with its thumbprint. 4. Run the command.",
        ja: "1. Exchange Online の受信コネクタが想定する、公的な証明機関の証明書を見つけます。 2. その証明書が、秘密キーおよび中間証明書と共にすべての送信元サーバーにあり、SMTP に対して有効になっていることを確認します。 3. コマンドのプレースホルダーを、証明書の拇印に置き換えます。 4. コマンドを実行します。" ["bfb780b7"],
    }
}
