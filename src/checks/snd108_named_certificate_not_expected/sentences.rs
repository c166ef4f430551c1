//! The sentences of SND108.
//!
//! In: values. Out: sentences in the language of the reader.
//! Must not know how certain the finding is.

use crate::language::sentences;

sentences! {
    /// An inbound connector and what it expects, in a list.
    pub(super) fn expects(connector: &str, expectation: &str) {
        en: "{connector} {expectation}",
        ja: "{connector}は{expectation}" ["19542e14"],
    }
    /// The finding begins, where the servers of the certificate are not known.
    pub(super) fn names(connector: &str, certificate: &str, hosts: &str) {
        en: "Send connector '{connector}' names {certificate}, a certificate for {hosts}.",
        ja: "送信コネクタ「{connector}」は証明書 {certificate} を指定しています (名前: {hosts})。" ["adb4a3b4"],
    }
    /// The finding begins.
    pub(super) fn names_on(connector: &str, certificate: &str, servers: &str, hosts: &str) {
        en: "Send connector '{connector}' names {certificate} (on {servers}), a certificate for {hosts}.",
        ja: "送信コネクタ「{connector}」は、{servers} にある証明書 {certificate} を指定しています (名前: {hosts})。" ["1cb3ca32"],
    }
    /// The finding goes on: no connector matches.
    pub(super) fn nobody_expects_it(expected: &str) {
        en: " No enabled inbound connector expects it: {expected}.",
        ja: "Exchange Online の有効な受信コネクタに、この証明書を想定するものはありません: {expected}。" ["de97ac0e"],
    }
    /// The finding goes on: whether a connector matches is not certain.
    pub(super) fn nobody_certainly_expects_it(expected: &str) {
        en: " No enabled inbound connector certainly expects it: {expected}.",
        ja: "Exchange Online の有効な受信コネクタに、この証明書を確実に想定するものはありません: {expected}。" ["0dd2e59f"],
    }
    /// The finding goes on: what happens to the mail.
    pub(super) fn rejected() {
        en: " Mail to recipients outside Microsoft 365 is rejected with 550 5.7.64.",
        ja: "Microsoft 365 の外部の受信者へのメールは、550 5.7.64 で拒否されます。" ["d997d9f2"],
    }
    /// The finding goes on: what will happen to the mail. What the log shows instead is a sentence.
    pub(super) fn rejected_as_soon_as(instead: &str) {
        en: " {instead} As soon as the send connector offers the named certificate, mail to recipients outside Microsoft 365 is rejected with 550 5.7.64.",
        ja: "{instead}指定されている証明書を送信コネクタが提示し始めると、Microsoft 365 の外部の受信者へのメールは、550 5.7.64 で拒否されます。" ["060c2cb3"],
    }
    /// The finding goes on: why it is not certain, and what may happen to the mail.
    pub(super) fn rejected_if_not(why: &str) {
        en: " {why}. If they do not match, mail to recipients outside Microsoft 365 is rejected with 550 5.7.64.",
        ja: "{why}。一致しない場合、Microsoft 365 の外部の受信者へのメールは、550 5.7.64 で拒否されます。" ["5892392a"],
    }
    /// The finding ends: addresses may identify the servers.
    pub(super) fn not_by_address() {
        en: " This does not apply to mail that Exchange Online identifies by a listed address.",
        ja: "受信コネクタに登録された IP アドレスによって Exchange Online が識別するメールには、当てはまりません。" ["e93c7c45"],
    }
    /// What the log shows instead. The place is that of `stream_place`.
    pub(super) fn offers_another(certificate: &str, place: &str) {
        en: "The log shows that the send connector offers another certificate instead, with which mail is accepted: {certificate} {place}.",
        ja: "ログによると、送信コネクタは、{place}別の証明書を提示していて、そのメールは受け入れられています: {certificate}。" ["dbd0c93d"],
    }
    /// On the command that names another certificate.
    pub(super) fn next_session() {
        en: "The inbound connector expects this certificate, and it is on every source server. After the command, the next session offers it.",
        ja: "Exchange Online の受信コネクタがこの証明書を想定しており、証明書はすべての送信元サーバーにあります。コマンドを実行すると、次のセッションから提示されます。" ["d260b617"],
    }
    /// The step where the certificate has no host name.
    pub(super) fn get_one_with_the_name() {
        en: "The certificate has no host name that an inbound connector can expect. Get a certificate with the expected name, import it on every source server, and let the send connector name it.",
        ja: "この証明書には、Exchange Online の受信コネクタが想定できるホスト名がありません。想定される名前の証明書を取得し、すべての送信元サーバーにインポートして、送信コネクタで指定します。" ["cb8afbc0"],
    }
}
