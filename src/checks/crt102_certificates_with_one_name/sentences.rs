//! The sentences of CRT102.
//!
//! In: values. Out: sentences in the language of the reader.
//! Must not know which certificate is kept.

use crate::language::{labels, sentences};

labels! {
    pub(super) the_other: "the other", "もう一方の証明書" ["6b588456"];
    pub(super) the_others: "the others", "ほかの証明書" ["2158063f"];
    pub(super) not_valid_yet: ", not valid yet", "、まだ有効ではない" ["5edbb4be"];
    pub(super) has_expired: ", expired", "、有効期限切れ" ["5998b08e"];
}

sentences! {
    /// A server that only the file of its export is known of.
    pub(super) fn server_of(file: &str) {
        en: "the server of {file}",
        ja: "サーバー (エクスポート: {file})" ["fd11c936"],
    }
    /// The finding begins: the certificates of one server.
    pub(super) fn one_server_has(server: &str, number: usize, subject: &str, issuer: &str, certificates: &str) {
        en: "{server} has {number} certificates with the subject '{subject}' and the issuer '{issuer}': {certificates}. Which of them Exchange sends is not documented.",
        ja: "{server} に、サブジェクトが「{subject}」で発行者が「{issuer}」の証明書が {number} 件あります: {certificates}。Exchange がどの証明書を提示するかは文書化されていません。" ["37a8fdd1"],
    }
    /// The finding begins: the certificates that several servers have.
    pub(super) fn servers_have(servers: &str, number: usize, subject: &str, issuer: &str, certificates: &str) {
        en: "{servers} each have {number} certificates with the subject '{subject}' and the issuer '{issuer}': {certificates}. Which of them Exchange sends is not documented.",
        ja: "{servers} のそれぞれに、サブジェクトが「{subject}」で発行者が「{issuer}」の証明書が {number} 件あります: {certificates}。Exchange がどの証明書を提示するかは文書化されていません。" ["a57e942d"],
    }
    /// The finding goes on: a send connector that names the certificates.
    pub(super) fn named_by(connector: &str) {
        en: " Send connector '{connector}' names them.",
        ja: "送信コネクタ「{connector}」がこれらの証明書を指定しています。" ["953dfdd3"],
    }
    /// The steps where the dates do not show which certificate is the new one.
    pub(super) fn find_out(others: &str) {
        en: "1. Find out which of them is in use (Get-ExchangeCertificate). 2. Remove {others}. Exchange refuses to remove a certificate that a send connector names: `sendlens explain CRT102` lists the steps.",
        ja: "1. どの証明書が使用されているかを確認します (Get-ExchangeCertificate)。 2. {others}を削除します。送信コネクタが指定する証明書の削除は Exchange に拒否されるため、`sendlens explain CRT102` に示される手順に従います。" ["cb7c5b90"],
    }
    /// The steps where the newest certificate cannot be used. The faults are sentences.
    pub(super) fn not_yet(certificate: &str, faults: &str, others: &str) {
        en: "Do not remove any of them yet: {certificate}, which expires last, cannot be used today.{faults} 1. Check its dates, private key, status and services (Get-ExchangeCertificate). 2. When it can be used, remove {others}. Exchange refuses to remove a certificate that a send connector names: `sendlens explain CRT102` lists the steps.",
        ja: "まだどの証明書も削除しないでください。有効期限が最も遅い証明書 {certificate} は、現在使用できません。{faults} 1. その証明書の有効期間、秘密キー、状態、サービスを確認します (Get-ExchangeCertificate)。 2. 使用できるようになったら、{others}を削除します。送信コネクタが指定する証明書の削除は Exchange に拒否されるため、`sendlens explain CRT102` に示される手順に従います。" ["8b41c484"],
    }
    /// On the command that removes a certificate, where the exported send connectors do not name it.
    pub(super) fn remove_unnamed() {
        en: "No exported send connector names this certificate. This removes the certificate that expires first. Then restart the transport service (MSExchangeTransport).",
        ja: "この証明書を指定する送信コネクタは、エクスポートにありません。このコマンドは、有効期限が早い方の証明書を削除します。その後、トランスポート サービス (MSExchangeTransport) を再起動します。" ["e25c3503"],
    }
    /// The same where no send connectors were exported.
    pub(super) fn remove_if_unnamed() {
        en: "First make sure that no send connector names this certificate (Get-SendConnector): Exchange refuses to remove it then, and `sendlens explain CRT102` lists the steps. This removes the certificate that expires first. Then restart the transport service (MSExchangeTransport).",
        ja: "最初に、この証明書を指定する送信コネクタがないことを確認します (Get-SendConnector)。指定されている場合、削除は Exchange に拒否されます。その場合の手順は `sendlens explain CRT102` に示されます。このコマンドは、有効期限が早い方の証明書を削除します。その後、トランスポート サービス (MSExchangeTransport) を再起動します。" ["21484bb3"],
    }
}
