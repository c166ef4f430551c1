//! The sentences of SND102.
//!
//! In: values. Out: sentences in the language of the reader.
//! Must not know which servers have the certificate.

use crate::language::{labels, sentences};

labels! {
    pub(super) source_servers: "the source servers", "送信元サーバー" ["5c880e09"];
    pub(super) unknown: "unknown", "不明" ["9b759fb9"];
}

sentences! {
    /// The finding ends: the queue shows the error.
    pub(super) fn queue_shows_it(shows: &str) {
        en: " {shows} the error 454 4.7.5.",
        ja: "{shows} 454 4.7.5 です。" ["6580289b"],
    }
    /// What happens to the mail of such a connector.
    pub(super) fn effect() {
        en: "Mail then waits in the queue with the error 454 4.7.5 (The certificate specified in TlsCertificateName of the SendConnector could not be found), and the send log shows nothing of it.",
        ja: "この場合、メールはエラー 454 4.7.5 (The certificate specified in TlsCertificateName of the SendConnector could not be found) でキューに残り、送信ログには何も記録されません。" ["e4d85f92"],
    }
    /// The finding on a name without the form that Exchange compares. Further sentences follow.
    pub(super) fn has_no_form(connector: &str, name: &str) {
        en: "Send connector '{connector}' names the certificate '{name}', which does not have the form <I>issuer<S>subject. No certificate matches it.",
        ja: "送信コネクタ「{connector}」が指定する証明書「{name}」は、<I>issuer<S>subject の形式ではありません。どの証明書もこの名前と一致しません。" ["5496cbfd"],
    }
    /// Why such a name looks like this.
    pub(super) fn left_by_a_page() {
        en: "This is what a web page leaves of a copied command: a browser takes <I> and <S> for tags and hides them.",
        ja: "これは、Web ページからコピーしたコマンドに起きる現象です。ブラウザーは <I> と <S> をタグとして扱い、表示しません。" ["610a182a"],
    }
    /// The finding on a name that no certificate of these servers has. Further sentences follow.
    pub(super) fn not_found(connector: &str, name: &str, servers: &str) {
        en: "Send connector '{connector}' names the certificate '{name}'. No certificate of {servers} has that issuer and subject.",
        ja: "送信コネクタ「{connector}」は証明書「{name}」を指定しています。{servers} には、その発行者とサブジェクトの証明書がありません。" ["1f023840"],
    }
    /// The finding ends: another server has the certificate.
    pub(super) fn server_has_it(server: &str, certificate: &str) {
        en: "{server} has it: {certificate}.",
        ja: "{server} にはあります: {certificate}。" ["0e6e7904"],
    }
    /// The finding goes on: another server has the certificate, which is of no use. The obstacle is a
    /// sentence.
    pub(super) fn server_has_it_in_vain(server: &str, certificate: &str, obstacle: &str) {
        en: "{server} has it, but it cannot be offered there as it is: {certificate}. {obstacle}",
        ja: "{server} にはありますが、現在の状態では提示できません: {certificate}。{obstacle}" ["f586198d"],
    }
    /// The finding ends: the certificate that is most like the named one, and in what.
    pub(super) fn nearest(resemblance: &str, certificate: &str, subject: &str, issuer: &str) {
        en: "{resemblance}: {certificate}, subject {subject}, issuer {issuer}.",
        ja: "{resemblance}: {certificate}、サブジェクト {subject}、発行者 {issuer}。" ["cc81c901"],
    }
    /// The steps that copy a certificate whose thumbprint is not known.
    pub(super) fn import_it(from: &str, lacking: &str) {
        en: "1. Import the certificate of {from}, with its private key, on {lacking}. 2. Enable it for SMTP there.",
        ja: "1. {from} の証明書を、秘密キーと共に {lacking} にインポートします。 2. インポート先のサーバーで、証明書を SMTP に対して有効にします。" ["4b135ce1"],
    }
    /// The steps that copy a certificate.
    pub(super) fn copy_it(thumbprint: &str, from: &str, lacking: &str) {
        en: "Copy the certificate {thumbprint} with its private key from {from} to {lacking}. 1. Run Export-ExchangeCertificate on {from}. 2. Run Import-ExchangeCertificate on each of the other servers. Do not change the send connector.",
        ja: "証明書 {thumbprint} を、秘密キーと共に {from} から {lacking} にコピーします。 1. {from} で Export-ExchangeCertificate を実行します。 2. ほかの各サーバーで Import-ExchangeCertificate を実行します。送信コネクタは変更しないでください。" ["e81bf48e"],
    }
    /// On the command that enables the copied certificate for SMTP.
    pub(super) fn after_import() {
        en: "Run this after the import.",
        ja: "インポートの後に実行します。" ["d89a803a"],
    }
}
