//! The notes of steps that let a send connector offer another certificate.
//!
//! In: values. Out: sentences.
//! Must not decide anything.

use crate::language::sentences;

sentences! {
    /// Why an exported certificate is the one to offer.
    pub(super) fn is_expected() {
        en: "Your exports hold a certificate that an inbound connector expects.",
        ja: "エクスポートの中に、Exchange Online の受信コネクタが想定する証明書があります。" ["8629d434"],
    }
    /// The note of the command where the certificate that was offered is of no use.
    pub(super) fn untrusted() {
        en: "Exchange Online does not trust the certificate that was offered: it is not of a public authority, or not valid. 1. Find a certificate of a public authority that the inbound connector expects. 2. Make sure that it is on every source server, with its private key and its intermediate certificates, and is enabled for SMTP there. 3. Replace the placeholder in the command with its thumbprint. 4. Run the command.",
        ja: "Exchange Online は、提示された証明書を信頼しません。公的な証明機関の証明書ではないか、有効ではないためです。 1. Exchange Online の受信コネクタが想定する、公的な証明機関の証明書を用意します。 2. 証明書が秘密キーおよび中間証明書と共にすべての送信元サーバーにあり、SMTP に対して有効になっていることを確認します。 3. コマンド内のプレースホルダーを、証明書の拇印に置き換えます。 4. コマンドを実行します。" ["fd96ade4"],
    }
    /// Why a certificate of the log is the one to offer.
    pub(super) fn delivers(thumbprint: &str) {
        en: "By the log, mail with certificate {thumbprint} is accepted over this send connector.",
        ja: "ログによると、この送信コネクタでは、証明書 {thumbprint} を使用したメールが受け入れられています。" ["726e9bd4"],
    }
    /// Why a certificate of the log is the one to offer, and which server does.
    pub(super) fn delivers_on(thumbprint: &str, server: &str) {
        en: "By the log, mail with certificate {thumbprint} is accepted over this send connector on {server}.",
        ja: "ログによると、この送信コネクタでは、{server} で証明書 {thumbprint} を使用したメールが受け入れられています。" ["9be05492"],
    }
    /// The note of a command, behind the reason.
    pub(super) fn if_not_named_yet(why: &str) {
        en: "{why} Run this command only if the send connector does not name this certificate yet: compare Get-SendConnector | Format-List Name,TlsCertificateName first.",
        ja: "{why}送信コネクタがこの証明書をまだ指定していない場合にだけ、このコマンドを実行します。先に Get-SendConnector | Format-List Name,TlsCertificateName で確認してください。" ["e29b0d29"],
    }
    /// The note of a command, behind the reason.
    pub(super) fn make_sure(why: &str) {
        en: "{why} 1. Make sure that this certificate is on every source server, with its private key, and is enabled for SMTP there. 2. Run the command.",
        ja: "{why} 1. この証明書が秘密キーと共にすべての送信元サーバーにあり、SMTP に対して有効になっていることを確認します。 2. コマンドを実行します。" ["55ab9eff"],
    }
    /// The note of a command that comes after other steps, behind the reason.
    pub(super) fn make_sure_last(why: &str) {
        en: "{why} Do this last. 1. Make sure that this certificate is on every source server, with its private key, and is enabled for SMTP there. 2. Run the command.",
        ja: "{why}この手順は最後に実行します。 1. この証明書が秘密キーと共にすべての送信元サーバーにあり、SMTP に対して有効になっていることを確認します。 2. コマンドを実行します。" ["f25964b0"],
    }
    /// The step where the thumbprint of the certificate is not known.
    pub(super) fn copy(server: &str, asks: &str, service: &str) {
        en: "1. Export the certificate that matches, with its private key, on {server} (Export-ExchangeCertificate). 2. Import it on each server that is out of step (Import-ExchangeCertificate), and enable it for SMTP there (Enable-ExchangeCertificate -Services SMTP). {asks} 3. Restart {service} on these servers.",
        ja: "1. {server} で、一致する証明書を秘密キーと共にエクスポートします (Export-ExchangeCertificate)。 2. ほかと異なる証明書を提示している各サーバーにインポートし (Import-ExchangeCertificate)、SMTP に対して有効にします (Enable-ExchangeCertificate -Services SMTP)。{asks} 3. これらのサーバーで{service} を再起動します。" ["cd79398f"],
    }
    /// Why a certificate is the one to offer.
    pub(super) fn matches_on(server: &str) {
        en: "This certificate matches on {server}.",
        ja: "{server} では、この証明書が一致しています。" ["461c2acd"],
    }
    /// The note of the command that sets the name of the certificate.
    pub(super) fn name_last() {
        en: "Do this last. By its export, the send connector names another certificate, or none, so that each server selects one by itself.",
        ja: "この手順は最後に実行します。エクスポートによると、送信コネクタは別の証明書を指定しているか、証明書を指定していないため各サーバーが自動的に選択しています。" ["46ce80c6"],
    }
    /// Why one may want the other fix.
    pub(super) fn without_changing(connector: &str) {
        en: "Use this fix instead if you do not want to change the inbound connector. The send connector then offers a certificate from your exports that '{connector}' expects already.",
        ja: "Exchange Online の受信コネクタを変更しない場合は、代わりにこの対処を使用します。送信コネクタは、エクスポートの中の証明書のうち「{connector}」が既に想定しているものを提示するようになります。" ["c82b935f"],
    }
    /// The note of a command, behind the reason.
    pub(super) fn replace_the_placeholder(why: &str) {
        en: "{why} 1. Replace the placeholder in the command with its thumbprint. 2. Run the command.",
        ja: "{why} 1. コマンド内のプレースホルダーを、証明書の拇印に置き換えます。 2. コマンドを実行します。" ["91c2aa95"],
    }
    /// Why nothing has to be set, behind the reason.
    pub(super) fn names_it_already(why: &str) {
        en: "{why} The send connector names it already, so setting the name again changes nothing.",
        ja: "{why}送信コネクタはこの証明書を既に指定しているため、名前をもう一度設定しても何も変わりません。" ["bc30f208"],
    }
    /// A sentence behind another one: the renewed certificate is not valid yet.
    pub(super) fn not_valid_before(thumbprint: &str, start: &str) {
        en: " By the export, {thumbprint} has this issuer and subject, but it is not valid before {start}.",
        ja: "エクスポートによると、証明書 {thumbprint} の発行者とサブジェクトはこれと同じですが、{start} より前は有効ではありません。" ["cb80686c"],
    }
}
