//! The sentences of DOM101.
//!
//! In: names of connectors, domains and tenants. Out: sentences in the language of the reader.
//! Must not decide anything.

use crate::language::sentences;

sentences! {
    /// What was found, if the domain is not verified yet.
    pub(super) fn is_pending(
        connector: &str,
        name: &str,
        domain: &str,
        tenant: &str,
        effect: &str,
    ) {
        en: "Inbound connector '{connector}' expects '{name}', but '{domain}' is still pending among the accepted domains of {tenant} and does not count until it is verified. {effect}",
        ja: "Exchange Online の受信コネクタ「{connector}」は「{name}」を想定していますが、「{domain}」は {tenant} の承認済みドメインとしてまだ保留中であり、所有権が確認されるまで有効になりません。{effect}" ["7e7bc02d"],
    }
    /// What was found, if another tenant has the domain.
    pub(super) fn is_of_another_tenant(
        connector: &str,
        name: &str,
        domain: &str,
        owner: &str,
        tenant: &str,
        effect: &str,
    ) {
        en: "Inbound connector '{connector}' expects '{name}', but '{domain}' is an accepted domain of {owner}, not of {tenant}. A domain can belong to one tenant only. {effect}",
        ja: "Exchange Online の受信コネクタ「{connector}」は「{name}」を想定していますが、「{domain}」は {tenant} ではなく {owner} の承認済みドメインです。ドメインは 1 つのテナントにしか属せません。{effect}" ["5aa8335e"],
    }
    /// What was found, if no tenant can have the domain.
    pub(super) fn is_shared_by_many(
        connector: &str,
        name: &str,
        domain: &str,
        tenant: &str,
        known: &str,
        effect: &str,
    ) {
        en: "Inbound connector '{connector}' expects '{name}', but '{domain}' is shared by many and cannot become an accepted domain of {tenant} ({known}). {effect}",
        ja: "Exchange Online の受信コネクタ「{connector}」は「{name}」を想定していますが、「{domain}」は多数の組織が共有するドメインであり、{tenant} の承認済みドメインにはできません ({known})。{effect}" ["49d2041c"],
    }
    /// What was found otherwise.
    pub(super) fn is_not_accepted(
        connector: &str,
        name: &str,
        domain: &str,
        tenant: &str,
        known: &str,
        effect: &str,
    ) {
        en: "Inbound connector '{connector}' expects '{name}', but '{domain}' is not an accepted domain of {tenant} ({known}). {effect}",
        ja: "Exchange Online の受信コネクタ「{connector}」は「{name}」を想定していますが、「{domain}」は {tenant} の承認済みドメインではありません ({known})。{effect}" ["474fcc0b"],
    }
    /// What happens to mail then.
    pub(super) fn effect() {
        en: "Only senders of accepted domains can relay through it. Forwarded mail and bounces (sender <>) are rejected with 550 5.7.64 (ATTR36).",
        ja: "リレーできるのは、承認済みドメインの送信者だけです。転送メールと配信不能レポート (送信者 <>) は、550 5.7.64 (ATTR36) で拒否されます。" ["4b6f7ccf"],
    }
    /// The verified accepted domains, in parentheses.
    pub(super) fn accepted_domains(names: &str) {
        en: "accepted domains: {names}",
        ja: "承認済みドメイン: {names}" ["b5901e03"],
    }
    /// The same if there are none.
    pub(super) fn no_domain_is_verified() {
        en: "no domain is verified",
        ja: "所有権を確認済みのドメインなし" ["c3269e3e"],
    }
    /// Behind the message, if the list may not be the tenant's own.
    pub(super) fn list_in_doubt() {
        en: "The list has no onmicrosoft.com domain: check that it was exported in Exchange Online PowerShell.",
        ja: "一覧に onmicrosoft.com のドメインがありません。Exchange Online PowerShell でエクスポートされたものであることを確認してください。" ["31c51089"],
    }
    /// Beside the command that verifies a pending domain.
    pub(super) fn verify_it() {
        en: "If you are adding the domain, create its DNS record first, and then run this. If the domain is being removed (PendingRemoval), do not run this. Set the connector to a name in another accepted domain instead.",
        ja: "ドメインを追加している途中の場合は、最初に DNS レコードを作成してから、このコマンドを実行します。ドメインを削除している途中の場合 (PendingRemoval) は、このコマンドを実行しないでください。代わりに、別の承認済みドメインの名前を受信コネクタに設定します。" ["d9359412"],
    }
    /// Beside the command that adds the domain.
    pub(super) fn add_it(domain: &str, tenant: &str) {
        en: "If the domain does not belong to you, offer a certificate with a name in your own domain instead. If it belongs to you: 1. Run this command, or add '{domain}' to {tenant} in the Microsoft 365 admin center. 2. Create the DNS record that Microsoft asks for, and verify the domain. It then becomes an accepted domain.",
        ja: "ドメインが自組織のものでない場合は、代わりに自組織のドメインの名前がある証明書を提示します。自組織のものである場合は、次の手順を実行します。 1. このコマンドを実行するか、Microsoft 365 管理センターで「{domain}」を {tenant} に追加します。 2. Microsoft が求める DNS レコードを作成し、ドメインの所有権を確認します。これで承認済みドメインになります。" ["9a64e450"],
    }
    /// The steps to another name.
    pub(super) fn use_another_name(tenant: &str, connector: &str) {
        en: "Run this in {tenant}. 1. Get a certificate with a name in an accepted domain, and replace the placeholder with this name. 2. Run the command. It adds a connector, and '{connector}' stays as it is. 3. Wait an hour. 4. Let the send connector offer the certificate. 5. When no server offers the old one any more, disable '{connector}'. In this order, no mail is rejected.",
        ja: "この手順は {tenant} で実行します。 1. 承認済みドメインの名前がある証明書を取得し、プレースホルダーをその名前に置き換えます。 2. コマンドを実行します。受信コネクタが追加されます。「{connector}」は変更されません。 3. 1 時間待ちます。 4. 送信コネクタがこの証明書を提示するように構成します。 5. 以前の証明書を提示するサーバーがなくなったら、「{connector}」を無効にします。この順序で行えば、メールは拒否されません。" ["697d1fe9"],
    }
    /// What was found, if only a parent of the domain is accepted, and what is known about that.
    pub(super) fn only_parent_covers(
        connector: &str,
        name: &str,
        tenant: &str,
        domain: &str,
        shown: &str,
    ) {
        en: "Inbound connector '{connector}' expects '{name}'. Of the accepted domains of {tenant}, only a parent of '{domain}' covers it. Microsoft's sources differ on whether that is enough. {shown}",
        ja: "Exchange Online の受信コネクタ「{connector}」は「{name}」を想定しています。{tenant} の承認済みドメインのうち、該当するのは「{domain}」の親ドメインだけです。それで十分かどうかは、Microsoft の資料によって異なります。{shown}" ["a4fcfa31"],
    }
    /// A reply shows that the parent is not enough.
    pub(super) fn is_not_enough() {
        en: "The logs show that it is not enough: mail was rejected with ATTR36.",
        ja: "ログによると、それでは不十分です。メールが ATTR36 で拒否されています。" ["97ec969b"],
    }
    /// The logs hint that the parent is enough.
    pub(super) fn seems_enough() {
        en: "The logs show mail of foreign or empty senders taken, and nothing rejected, so it seems to be enough.",
        ja: "ログでは、外部の送信者または空の送信者のメールが受け入れられ、拒否されたものはないため、それで十分であると考えられます。" ["94001649"],
    }
    /// The wizard set it like this.
    pub(super) fn wizard_made_it() {
        en: "The hybrid wizard made this connector. It is enough as long as no reply contains ATTR36.",
        ja: "この受信コネクタは、ハイブリッド構成ウィザードによって作成されました。応答に ATTR36 が含まれない限り、これで十分です。" ["bdf86b80"],
    }
    /// Nothing is known about it.
    pub(super) fn is_probably_not_enough() {
        en: "It probably is not: then forwarded mail and bounces (sender <>) are rejected with 550 5.7.64 (ATTR36).",
        ja: "おそらく不十分です。その場合、転送メールと配信不能レポート (送信者 <>) は、550 5.7.64 (ATTR36) で拒否されます。" ["68b4d30f"],
    }
    /// The steps that add the domain itself.
    pub(super) fn add_the_domain_itself() {
        en: "1. Run this command. 2. Create the DNS record that Microsoft asks for, and verify the domain. It is then an accepted domain, and certainly enough. No mail is affected meanwhile.",
        ja: "1. このコマンドを実行します。 2. Microsoft が求める DNS レコードを作成し、ドメインの所有権を確認します。これで承認済みドメインになり、確実に要件を満たします。その間、メールへの影響はありません。" ["af84e8ac"],
    }
}
