//! The fix of a send connector whose named certificate is not found.
//!
//! In: the name of the connector, whether Edge servers send over it, and the certificate to offer if one
//! is known. Out: [`Fix`]es. Must not choose the certificate.

use crate::diagnosis::fix::Fix;
use crate::language::{Language, sentences};
use crate::onprem::ExchangeCertificate;
use crate::remedy::{certificates, edge};

/// Lets the send connector offer this certificate, or one that has to be found first.
pub fn fix(
    language: Language,
    is_edge: bool,
    send_connector: &str,
    replacement: Option<&ExchangeCertificate>,
) -> Vec<Fix> {
    let certificate = replacement.and_then(|found| {
        let thumbprint = certificates::thumbprint(&found.certificate)?;
        Some((&found.certificate, thumbprint))
    });
    match certificate {
        Some(certificate) => {
            let note = if is_edge {
                check_first(language)
            } else {
                check_first_and_run_on_a_source_server(language)
            };
            edge::offer(language, is_edge, send_connector, certificate, &note)
        }
        None => edge::offer_another(
            language,
            is_edge,
            send_connector,
            "the certificate to offer",
            &find_one(language),
        ),
    }
}

sentences! {
    /// The note of the command for Edge servers.
    fn check_first() {
        en: "1. Check that the certificate is on every source server and is enabled for SMTP. 2. Check that the inbound connector expects it. 3. Run this command.",
        ja: "1. 証明書がすべての送信元サーバーにあり、SMTP に対して有効になっていることを確認します。 2. Exchange Online の受信コネクタがこの証明書を想定していることを確認します。 3. このコマンドを実行します。" ["f8369378"],
    }
    /// The note of the command for other servers.
    fn check_first_and_run_on_a_source_server() {
        en: "1. Check that the certificate is on every source server and is enabled for SMTP. 2. Check that the inbound connector expects it. 3. Run this command on a source server.",
        ja: "1. 証明書がすべての送信元サーバーにあり、SMTP に対して有効になっていることを確認します。 2. Exchange Online の受信コネクタがこの証明書を想定していることを確認します。 3. 送信元サーバーでこのコマンドを実行します。" ["e047287e"],
    }
    /// The note of the command with a placeholder for the thumbprint.
    fn find_one() {
        en: "1. Find a certificate of a public authority that the inbound connector expects. 2. Make sure that it is on every source server, with its private key, and is enabled for SMTP there. 3. Replace the placeholder in the command with its thumbprint. 4. Run the command. If you have only a certificate with another name, `sendlens preflight` shows how to let the inbound connector expect it first.",
        ja: "1. Exchange Online の受信コネクタが想定する、公的な証明機関の証明書を用意します。 2. 証明書が秘密キーと共にすべての送信元サーバーにあり、SMTP に対して有効になっていることを確認します。 3. コマンド内のプレースホルダーを、証明書の拇印に置き換えます。 4. コマンドを実行します。別の名前の証明書しかない場合は、先に受信コネクタがその証明書を想定するようにする方法を `sendlens preflight` で確認できます。" ["f8a8590d"],
    }
}
