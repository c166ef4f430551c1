//! The sentences of SND109.
//!
//! In: values. Out: sentences in the language of the reader.
//! Must not know how a silence was found.

use crate::language::{labels, sentences};

labels! {
    pub(super) give_send_connectors: "Which certificate it names is not known: give the send connectors too (Get-SendConnector).", "どの証明書を指定しているかは分かりません。送信コネクタ (Get-SendConnector) も入力に加えてください。" ["426be357"];
    pub(super) name_lost: "The export of the send connector lost TlsCertificateName, so which certificate it names is not known.", "送信コネクタのエクスポートで TlsCertificateName が失われているため、どの証明書を指定しているかは分かりません。" ["a90fbe79"];
    pub(super) names_none: "The send connector names no certificate, so the reason is another one.", "送信コネクタは証明書を指定していないため、原因は別にあります。" ["3a274d1d"];
    pub(super) certificate_is_there: "The exports show a certificate of that name on the server. The error also comes if it has expired or is not valid.", "エクスポートによると、その名前の証明書はサーバーにあります。このエラーは、証明書の有効期限が切れている場合や、証明書が有効ではない場合にも発生します。" ["a4074714"];
    pub(super) certificate_is_missing: "The exports show no certificate of that name on the server.", "エクスポートによると、その名前の証明書はサーバーにありません。" ["cfa39c26"];
    pub(super) give_certificates: "Whether the server has that certificate is not known: give its certificates too (Get-ExchangeCertificate).", "サーバーにその証明書があるかどうかは分かりません。サーバーの証明書 (Get-ExchangeCertificate) も入力に加えてください。" ["5195e319"];
}

sentences! {
    /// The finding begins. The place is that of `stream_place`.
    pub(super) fn silent(connector: &str, place: &str, since: &str, until: &str) {
        en: "Send connector '{connector}' {place} has had no session since {since}, while other send connectors of the server went on until {until}.",
        ja: "送信コネクタ「{connector}」は、{place}、{since} 以降セッションがありません。同じサーバーのほかの送信コネクタは、{until} まで送信を続けています。" ["84e1f9ad"],
    }
    /// The finding goes on. A sentence on the certificate follows.
    pub(super) fn before(sessions: u64, interval: &str) {
        en: " Before, it had {sessions} sessions, one in about {interval}. If Exchange does not find the certificate that the send connector names, it begins no session: the queue then shows 454 4.7.5.",
        ja: "それまでは、約 {interval}に 1 件、合計 {sessions} 件のセッションがありました。送信コネクタが指定する証明書を見つけられない場合、Exchange はセッションを開始せず、キューに 454 4.7.5 が表示されます。" ["7aec1049"],
    }
    /// The finding ends: what the queue shows, and the mail that waits there.
    pub(super) fn queue_shows(shows: &str, error: &str, waiting: &str) {
        en: " {shows} '{error}'. {waiting}",
        ja: "{shows}「{error}」です。{waiting}" ["c64ab106"],
    }
    /// The step where an incident rests on the same queue.
    pub(super) fn follow_the_incident() {
        en: "Follow the steps of the incident that rests on this queue.",
        ja: "このキューに基づくインシデントの手順に従います。" ["498e25a0"],
    }
    /// On the command that shows the queue.
    pub(super) fn look_at_queue() {
        en: "1. Run the command on the source servers. LastError says why nothing is sent. 2. If it is 454 4.7.5, the certificate that TlsCertificateName of the send connector names is not on the server: set the name of one that is. 3. If the queue is empty, there was nothing to send.",
        ja: "1. 送信元サーバーでコマンドを実行します。送信されない理由は LastError に示されます。 2. 454 4.7.5 の場合、送信コネクタの TlsCertificateName が指定する証明書はサーバーにありません。サーバーにある証明書の名前を設定します。 3. キューが空の場合は、送信するメールがありませんでした。" ["525963d1"],
    }
}
