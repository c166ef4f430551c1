//! The sentences of the steps.
//!
//! In: values. Out: sentences in the language of the reader.
//! It must not decide anything.

use crate::language::{labels, sentences};

labels! {
    pub(super) own_names: "Do not switch yet. Give each tenant its own certificate name, which no connector of another tenant expects. Let one send connector per tenant offer it.", "まだ切り替えないでください。ほかのテナントのコネクタが想定していない証明書名をテナントごとに用意し、テナントごとに 1 つの送信コネクタで提示します。" ["f4845b62"];
    pub(super) give_file: "Run this command again with the certificate file: the connector compares issuer and subject.", "証明書ファイルを指定して、このコマンドをもう一度実行します。コネクタは発行者とサブジェクトを比較します。" ["43de19db"];
    pub(super) wait_an_hour: "Wait an hour: a connector change takes up to an hour to become effective.", "1 時間待ちます。コネクタの変更が有効になるまで最大 1 時間かかります。" ["45c2c997"];
    pub(super) old_has_expired: "Today's certificate has expired, so mail may be rejected until the switch.", "現在の証明書は有効期限が切れているため、切り替えるまでメールが拒否される可能性があります。" ["301a7c66"];
    pub(super) old_still_matches: "The old certificate still matches during this time.", "この間も古い証明書は一致します。" ["d3204a93"];
    pub(super) old_does_not_match: "Today's certificate matches no connector, so mail is still rejected until the switch.", "現在の証明書はどのコネクタにも一致しないため、切り替えるまでメールは拒否されます。" ["f607cf42"];
    pub(super) export_connectors: "The given files do not show which connectors the tenant has. Run the command, and then run this check again with its output file.", "指定したファイルからは、テナントにどのコネクタがあるか分かりません。コマンドを実行し、その出力ファイルを指定してこの確認をもう一度実行します。" ["309b21d8"];
    pub(super) enable_connector: "This connector matches but is disabled. Find out why it was disabled before you run the command.", "このコネクタは一致しますが、無効です。コマンドを実行する前に、無効にした理由を確認します。" ["3daf0ee4"];
    pub(super) no_host: "The certificate contains no host name that a connector can expect. Order a certificate with the name of the server, such as mail.contoso.com, as a subject alternative name.", "証明書には、コネクタが想定できるホスト名が含まれていません。サーバーの名前 (mail.contoso.com など) がサブジェクトの別名に含まれる証明書を取得してください。" ["1c221a5a"];
    pub(super) list_is_local: "The given list looks like that of the local Exchange. Run this in Exchange Online PowerShell.", "指定した一覧はオンプレミスの Exchange のものと思われます。このコマンドは Exchange Online PowerShell で実行します。" ["4eaeb1ba"];
    pub(super) until_accepted: "Until then, only mail whose sender domain is accepted gets through, and forwarded mail and bounces are rejected (ATTR36).", "それまでは、送信者のドメインが承認済みドメインであるメールだけが受け入れられ、転送メールと配信不能レポートは拒否されます (ATTR36)。" ["7cb3c100"];
    pub(super) parent_undocumented: "Whether its parent domain is enough is not documented.", "親ドメインだけで十分かどうかは文書化されていません。" ["7b97ebc3"];
    pub(super) domain_must_be_accepted: "Its domain must be an accepted domain of the tenant.", "この名前のドメインは、テナントの承認済みドメインである必要があります。" ["86134455"];
    pub(super) only_after_domain: "Run this only after the domain above is verified.", "上記のドメインの所有権を確認してから実行します。" ["8cd6b218"];
    pub(super) both_match: "The old and the new certificate match this wildcard.", "古い証明書も新しい証明書も、このワイルドカードに一致します。" ["18bac6f5"];
    pub(super) adds_connector: "This adds a connector for the new certificate.", "新しい証明書用のコネクタが追加されます。" ["cc013160"];
    pub(super) watch_new: "Wait until the servers have sent mail for some hours. Then check the new logs of all servers: `sendlens certificates` must show only the new thumbprint, and `sendlens diagnose` must show no incident.", "サーバーが数時間メールを送信するまで待ちます。その後、すべてのサーバーの新しいログを確認します。`sendlens certificates` には新しい拇印だけが表示され、`sendlens diagnose` にはインシデントが表示されない必要があります。" ["a04dcf0d"];
    pub(super) disable_old: "Run this only when no server offers the old certificate any more. After some days without problems, remove the connector.", "古い証明書を提示するサーバーがなくなってから実行します。数日間問題がなければ、コネクタを削除します。" ["a26f5b78"];
}

sentences! {
    /// The step for a certificate of other tenants, where no send connector is known.
    pub(super) fn not_for_tenant(claims: &str) {
        en: "Do not offer this certificate to this tenant: the certificate belongs to {claims}. If two tenants expect one certificate, its mail can be attributed to either of them. Give this tenant its own certificate.",
        ja: "このテナントにこの証明書を提示しないでください。この証明書は {claims} のものです。2 つのテナントが同じ証明書を想定していると、メールがどちらのテナントに割り当てられるか分かりません。このテナントには専用の証明書を用意してください。" ["116b696a"],
    }
    /// The step for a certificate of other tenants.
    pub(super) fn not_for_connectors(connectors: &str, claims: &str) {
        en: "Do not change {connectors}: the certificate belongs to {claims}. If two tenants expect one certificate, its mail can be attributed to either of them. Give this tenant its own certificate.",
        ja: "{connectors}を変更しないでください。この証明書は {claims} のものです。2 つのテナントが同じ証明書を想定していると、メールがどちらのテナントに割り当てられるか分かりません。このテナントには専用の証明書を用意してください。" ["c392cb88"],
    }
    /// A wildcard that also covers names of another tenant.
    pub(super) fn not_the_wildcard(name: &str, other: &str) {
        en: "Do not let a connector expect '{name}': a connector of {other} expects a name below it, so certificates of {other} also match it. Order a certificate with the name of the server, such as mail.contoso.com, instead of the wildcard.",
        ja: "コネクタに「{name}」を想定させないでください。{other} のコネクタがその下の名前を想定しているため、{other} の証明書も一致します。ワイルドカードではなく、サーバーの名前 (mail.contoso.com など) を含む証明書を取得してください。" ["2a77fb5a"],
    }
    /// A domain of another tenant.
    pub(super) fn domain_of_another(domain: &str, owner: &str, tenant: &str) {
        en: "'{domain}' is an accepted domain of {owner}, and a domain can belong to one tenant only. Get a certificate for {tenant} with another name, in a domain of that tenant.",
        ja: "「{domain}」は {owner} の承認済みドメインであり、1 つのドメインは 1 つのテナントにしか所属できません。{tenant} 用に、そのテナントのドメインにある別の名前の証明書を取得してください。" ["4402f4a4"],
    }
    /// A domain that no tenant can have.
    pub(super) fn shared_domain(domain: &str, tenant: &str) {
        en: "'{domain}' cannot become an accepted domain of {tenant}: it is a public suffix or a domain of Microsoft. Offer a certificate with another name, in your own domain.",
        ja: "「{domain}」はパブリック サフィックスまたは Microsoft のドメインであるため、{tenant} の承認済みドメインにはできません。自組織のドメインにある別の名前の証明書を提示してください。" ["4068846b"],
    }
    /// A domain that is not verified.
    pub(super) fn pending_domain(domain: &str, tenant: &str) {
        en: "'{domain}' is still pending among the accepted domains of {tenant} and does not count until it is verified. Create its DNS record first, and then run this. If the domain is being removed, offer a certificate with another name instead.",
        ja: "「{domain}」は {tenant} の承認済みドメインの一覧で保留中であり、所有権が確認されるまで有効ではありません。まず DNS レコードを作成し、その後でこのコマンドを実行します。ドメインが削除される途中の場合は、代わりに別の名前の証明書を提示します。" ["10cac21f"],
    }
    /// A domain that may be accepted.
    pub(super) fn must_be_accepted(domain: &str, tenant: &str) {
        en: "'{domain}' must be an accepted domain of {tenant}. If it is not in this list, first add and verify it.",
        ja: "「{domain}」は {tenant} の承認済みドメインである必要があります。この一覧にない場合は、先にドメインを追加し、所有権を確認します。" ["c159b70a"],
    }
    /// A domain that is not accepted.
    pub(super) fn add_domain(domain: &str, tenant: &str) {
        en: "You can also add '{domain}' to {tenant} in the Microsoft 365 admin center. Then create the DNS record that Microsoft asks for, and verify the domain. It becomes an accepted domain.",
        ja: "Microsoft 365 管理センターで「{domain}」を {tenant} に追加することもできます。その後、Microsoft が求める DNS レコードを作成し、ドメインの所有権を確認します。これで承認済みドメインになります。" ["3748543f"],
    }
    /// A second connector.
    pub(super) fn second_connector(connector: &str) {
        en: "This adds a second connector. Do not change '{connector}'.",
        ja: "2 つ目のコネクタが追加されます。「{connector}」は変更しないでください。" ["60a16c6c"],
    }
    /// A second connector for mail between own servers.
    pub(super) fn second_internal_connector(connector: &str) {
        en: "This adds a second connector. Do not change '{connector}'. Like that connector, the new one keeps mail between your own servers internal (CloudServicesMailEnabled).",
        ja: "2 つ目のコネクタが追加されます。「{connector}」は変更しないでください。新しいコネクタも同様に、自組織のサーバー間のメールを内部メールとして扱います (CloudServicesMailEnabled)。" ["b0cd4065"],
    }
    /// What the logs must show after the switch.
    pub(super) fn watch(thumbprint: &str) {
        en: "Wait until the servers have sent mail for some hours. Then check the new logs of all servers: `sendlens certificates` must show only the thumbprint {thumbprint}, and `sendlens diagnose` must show no incident.",
        ja: "サーバーが数時間メールを送信するまで待ちます。その後、すべてのサーバーの新しいログを確認します。`sendlens certificates` には拇印 {thumbprint} だけが表示され、`sendlens diagnose` にはインシデントが表示されない必要があります。" ["a38615cc"],
    }
    /// A wildcard that can stay.
    pub(super) fn narrow_wildcard(connector: &str, names: &str) {
        en: "The connector '{connector}' can keep the wildcard. To narrow it again, set it to a name of the new certificate ({names}) whose domain is accepted.",
        ja: "コネクタ「{connector}」はワイルドカードのままでかまいません。再び限定する場合は、新しい証明書の名前 ({names}) のうち、ドメインが承認済みのものを設定します。" ["da3b5172"],
    }
    /// A connector that another send connector needs.
    pub(super) fn needed_by(connector: &str, sender: &str) {
        en: "Do not change the inbound connector '{connector}': '{sender}' keeps the certificate that it matches.",
        ja: "受信コネクタ「{connector}」は変更しないでください。これに一致する証明書を「{sender}」が引き続き使用します。" ["25d56737"],
    }
    /// A connector that another send connector may need.
    pub(super) fn may_be_needed_by(connector: &str, sender: &str) {
        en: "Do not change the inbound connector '{connector}': the input does not show what '{sender}' offers, and that may match it.",
        ja: "受信コネクタ「{connector}」は変更しないでください。「{sender}」が提示する証明書は入力から分からず、このコネクタに一致する可能性があります。" ["89183680"],
    }
    /// A connector whose addresses are not known.
    pub(super) fn addresses_lost(connector: &str) {
        en: "Do not change the inbound connector '{connector}': the export lost its addresses, and other servers may need them.",
        ja: "受信コネクタ「{connector}」は変更しないでください。エクスポートでその IP アドレスが失われており、ほかのサーバーが必要としている可能性があります。" ["90033024"],
    }
    /// A connector that also lists addresses.
    pub(super) fn has_addresses(connector: &str) {
        en: "Do not change the inbound connector '{connector}': it lists addresses, and other servers may need them.",
        ja: "受信コネクタ「{connector}」は変更しないでください。IP アドレスが登録されており、ほかのサーバーが必要としている可能性があります。" ["7e84a48b"],
    }
}
