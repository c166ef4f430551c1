//! The reasons of an attribution.
//!
//! In: values. Out: sentences.
//! Must not decide anything.

use crate::language::sentences;

sentences! {
    /// A match that is not documented. `note` says why.
    pub(super) fn may_match(name: &str, connector: &str, note: &str) {
        en: "The name '{name}' may match inbound connector '{connector}': {note}.",
        ja: "名前「{name}」は受信コネクタ「{connector}」と一致する可能性があります。{note}。" ["b5aaa5fd"],
    }
    /// No certain match.
    pub(super) fn none_matches() {
        en: "No enabled OnPremises connector matches the certificate for certain.",
        ja: "この証明書と確実に一致する、有効な OnPremises コネクタはありません。" ["c8494eef"],
    }
    /// The address is not known, or a list of addresses.
    pub(super) fn address_hidden() {
        en: "The address cannot be compared: the log does not show which address Exchange Online saw, or an address list cannot be read.",
        ja: "IP アドレスを比較できません。Exchange Online から見た IP アドレスがログに記録されていないか、IP アドレスの一覧を読み取れません。" ["0c6b4357"],
    }
    /// An export lost something.
    pub(super) fn values_lost() {
        en: "The exports lost values of at least one connector. Export the connectors again as JSON.",
        ja: "エクスポートで、少なくとも 1 つのコネクタの値が失われています。コネクタを JSON 形式でもう一度エクスポートしてください。" ["107c4010"],
    }
    /// The connector that matches.
    pub(super) fn matches(name: &str, connector: &str, tenant: &str) {
        en: "The certificate's name '{name}' matches inbound connector '{connector}' of {tenant}.",
        ja: "証明書の名前「{name}」は、{tenant} の受信コネクタ「{connector}」と一致します。" ["0b9ee28a"],
    }
    /// A connector of another tenant that matches too.
    pub(super) fn matches_also(connector: &str, tenant: &str) {
        en: "The name also matches inbound connector '{connector}' of {tenant}.",
        ja: "この名前は、{tenant} の受信コネクタ「{connector}」とも一致します。" ["e09265a7"],
    }
    /// The domain of the certificate is accepted.
    pub(super) fn any_sender() {
        en: "The domain of the connector's certificate name is an accepted domain there, so any sender may relay.",
        ja: "コネクタの証明書名のドメインはこのテナントの承認済みドメインであるため、任意の送信者のメールを中継できます。" ["7372d7cc"],
    }
    /// Of several tenants, the one that gets the mail.
    pub(super) fn most_exact(connector: &str, tenant: &str) {
        en: "Exchange Online takes the most exact one whose domain its tenant accepts: '{connector}' of {tenant}.",
        ja: "Exchange Online は、ドメインが自身のテナントで承認済みのもののうち、最も厳密に一致するものを選択します。それは {tenant} の「{connector}」です。" ["55bb5819"],
    }
    /// Of several tenants, none is better than the other.
    pub(super) fn equally_exact() {
        en: "They are equally exact. Which of the tenants gets the mail is not documented.",
        ja: "一致の厳密さは同じです。どのテナントにメールが届くかは、文書化されていません。" ["f2e442b9"],
    }
    /// Of several tenants, the exports do not show the one.
    pub(super) fn depends_on_domains() {
        en: "Which of the tenants gets the mail depends on domains of which it is not known that they are accepted.",
        ja: "どのテナントにメールが届くかは、承認済みかどうかが分からないドメインによって決まります。" ["b29018a4"],
    }
    /// The domain of the sender is accepted.
    pub(super) fn sender_accepted() {
        en: "The sender's domain is an accepted domain there.",
        ja: "送信者のドメインは、このテナントの承認済みドメインです。" ["c64e72db"],
    }
    /// No domain is accepted.
    pub(super) fn neither_accepted() {
        en: "Neither the domain of the connector's certificate name nor the sender's domain is an accepted domain there.",
        ja: "コネクタの証明書名のドメインも送信者のドメインも、このテナントの承認済みドメインではありません。" ["d8521311"],
    }
    /// The accepted domains are not known.
    pub(super) fn domain_not_shown() {
        en: "The exports do not show whether the domain of the connector's certificate name is an accepted domain there.",
        ja: "コネクタの証明書名のドメインがこのテナントの承認済みドメインかどうかは、エクスポートからは分かりません。" ["23d0249d"],
    }
    /// A connector lists the address, and the domain of the sender is accepted.
    pub(super) fn listed_and_accepted(connector: &str, tenant: &str) {
        en: "Inbound connector '{connector}' lists the address, and the sender's domain is an accepted domain of {tenant}.",
        ja: "受信コネクタ「{connector}」にこの IP アドレスがあり、送信者のドメインは {tenant} の承認済みドメインです。" ["79a384c4"],
    }
    /// A connector lists the address, and the domain of the sender is not accepted.
    pub(super) fn listed_and_not_accepted(connector: &str, tenant: &str) {
        en: "Inbound connector '{connector}' lists the address, but the sender's domain is not an accepted domain of {tenant}.",
        ja: "受信コネクタ「{connector}」にこの IP アドレスがありますが、送信者のドメインは {tenant} の承認済みドメインではありません。" ["f66fa797"],
    }
    /// A connector lists the address, and the domain of the sender or the accepted domains are not known.
    pub(super) fn listed_and_unknown() {
        en: "An inbound connector lists the address, but the sender's domain or the accepted domains are unknown.",
        ja: "この IP アドレスがある受信コネクタが存在しますが、送信者のドメインまたは承認済みドメインが分かりません。" ["e51b6c4d"],
    }
}
