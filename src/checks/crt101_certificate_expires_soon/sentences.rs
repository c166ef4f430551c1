//! The sentences of CRT101.
//!
//! In: values. Out: sentences in the language of the reader.
//! Must not know how a certificate was found.

use crate::language::sentences;

sentences! {
    /// A send connector that uses the certificate, with the servers that use it.
    pub(super) fn on_streams(connector: &str, streams: &str) {
        en: "'{connector}' on {streams}",
        ja: "{streams} の「{connector}」" ["3eea2f9e"],
    }
    /// A send connector that uses the certificate, where the logs are in the given folder itself.
    pub(super) fn in_given_folder(connector: &str) {
        en: "'{connector}' in the given folder",
        ja: "指定したフォルダーの「{connector}」" ["70ee4161"],
    }
    /// The end of validity that can be read in two ways.
    pub(super) fn either_end(one: &str, other: &str) {
        en: "{one} or {other}",
        ja: "{one} または {other}" ["4674f286"],
    }
    /// The finding begins: the certificate has expired.
    pub(super) fn has_expired(certificate: &str, end: &str) {
        en: "{certificate} expired at {end}.",
        ja: "証明書 {certificate} は、{end} に有効期限が切れました。" ["4ba01c9b"],
    }
    /// The finding begins: the two readings of the date give two answers.
    pub(super) fn may_have_expired(certificate: &str, end: &str) {
        en: "{certificate} expires soon or has expired, at {end}.",
        ja: "証明書 {certificate} の有効期限は {end} です。まもなく切れるか、既に切れています。" ["6778ef39"],
    }
    /// The finding begins: less than a day is left.
    pub(super) fn expires_within_a_day(certificate: &str, end: &str) {
        en: "{certificate} expires within a day, at {end}.",
        ja: "証明書 {certificate} は、1 日以内に有効期限 ({end}) が切れます。" ["9d19bd04"],
    }
    /// The finding begins: less than two days are left.
    pub(super) fn expires_in_a_day(certificate: &str, end: &str) {
        en: "{certificate} expires in 1 day, at {end}.",
        ja: "証明書 {certificate} は、あと 1 日で有効期限 ({end}) が切れます。" ["cc1adb0c"],
    }
    /// The finding begins: so many days are left.
    pub(super) fn expires_in_days(certificate: &str, days: i64, end: &str) {
        en: "{certificate} expires in {days} days, at {end}.",
        ja: "証明書 {certificate} は、あと {days} 日で有効期限 ({end}) が切れます。" ["9d1ab777"],
    }
    /// The finding goes on: the send connectors that use the certificate.
    pub(super) fn used_by(connectors: &str) {
        en: " It is used by send connector {connectors}.",
        ja: "使用している送信コネクタ: {connectors}。" ["fb21cb43"],
    }
    /// The finding ends: the renewed certificate.
    pub(super) fn renewed(certificate: &str) {
        en: " By the exports, it has been renewed: {certificate}.",
        ja: "エクスポートによると、既に更新されています: {certificate}。" ["8a7f884e"],
    }
    /// The steps to a renewed certificate.
    pub(super) fn renew() {
        en: "1. Renew the certificate, if possible with the same names and from the same authority. 2. Check the new certificate file with `sendlens preflight`. 3. Import the new certificate, with its private key, on every source server of the send connector. 4. Enable it for SMTP there.",
        ja: "1. 証明書を更新します。可能であれば、同じ名前で、同じ証明機関から取得します。 2. 新しい証明書ファイルを `sendlens preflight` で確認します。 3. 送信コネクタのすべての送信元サーバーに、新しい証明書を秘密キーと共にインポートします。 4. それらのサーバーで、証明書を SMTP に対して有効にします。" ["db214eda"],
    }
    /// The same where front ends send for the source servers.
    pub(super) fn renew_on_front_ends(servers: &str) {
        en: "1. Renew the certificate, if possible with the same names and from the same authority. 2. Check the new certificate file with `sendlens preflight`. 3. Import the new certificate, with its private key, on every source server of the send connector and on every server whose front end sends for them ({servers}). 4. Enable it for SMTP there.",
        ja: "1. 証明書を更新します。可能であれば、同じ名前で、同じ証明機関から取得します。 2. 新しい証明書ファイルを `sendlens preflight` で確認します。 3. 送信コネクタのすべての送信元サーバーと、それらの代わりにフロントエンドが送信するすべてのサーバー ({servers}) に、新しい証明書を秘密キーと共にインポートします。 4. それらのサーバーで、証明書を SMTP に対して有効にします。" ["32b92809"],
    }
    /// On the command that lets the send connector name the renewed certificate.
    pub(super) fn switch_last() {
        en: "Run this last, when the renewed certificate is on every source server and the inbound connector expects its name. It switches the send connector to the renewed certificate. If the renewed certificate has the same issuer and subject, the command changes nothing: take the old certificate away, as `sendlens explain CRT102` says.",
        ja: "更新した証明書がすべての送信元サーバーにあり、その名前を Exchange Online の受信コネクタが想定していることを確認してから、最後に実行します。送信コネクタが、更新した証明書に切り替わります。更新した証明書の発行者とサブジェクトが同じ場合、このコマンドでは何も変わりません。`sendlens explain CRT102` の説明に従って、古い証明書を削除します。" ["ffda4278"],
    }
}
