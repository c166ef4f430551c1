//! The sentences about what could not be determined.
//!
//! In: values. Out: sentences.
//! Must not decide anything.

use crate::language::sentences;

sentences! {
    /// A tenant without an export.
    pub(super) fn no_inbound_connectors(tenant: &str) {
        en: "{tenant}: no export of inbound connectors was given. Export Get-InboundConnector as JSON.",
        ja: "{tenant}: Exchange Online の受信コネクタのエクスポートが指定されていません。Get-InboundConnector を JSON 形式でエクスポートしてください。" ["9efda3a3"],
    }
    /// A tenant without an export.
    pub(super) fn no_accepted_domains(tenant: &str) {
        en: "{tenant}: no export of accepted domains was given, so it is not known which domains are accepted. Export Get-AcceptedDomain as JSON.",
        ja: "{tenant}: 承認済みドメインのエクスポートが指定されていないため、どのドメインが承認済みか分かりません。Get-AcceptedDomain を JSON 形式でエクスポートしてください。" ["03b7cc9b"],
    }
    /// An export of another organisation than the tenant.
    pub(super) fn domains_on_premises(tenant: &str) {
        en: "{tenant}: the accepted domains look like those of the local Exchange, not of the tenant. Export Get-AcceptedDomain in Exchange Online PowerShell.",
        ja: "{tenant}: 承認済みドメインが、テナントではなくオンプレミスの Exchange のもののようです。Exchange Online PowerShell で Get-AcceptedDomain をエクスポートしてください。" ["c1ad2eee"],
    }
    /// What an export lost of a connector.
    pub(super) fn values_lost(tenant: &str, fields: &str, connector: &str) {
        en: "{tenant}: the export lost {fields} of inbound connector '{connector}'. Export as JSON.",
        ja: "{tenant}: エクスポートで、受信コネクタ「{connector}」の {fields} が失われています。JSON 形式でエクスポートしてください。" ["25c72ad3"],
    }
    /// What did not run without an export.
    pub(super) fn checks_not_run(cmdlet: &str, codes: &str) {
        en: "No export of {cmdlet} was given, so these checks did not run: {codes}.",
        ja: "{cmdlet} のエクスポートが指定されていないため、次のチェックは実行されませんでした: {codes}。" ["f1639c77"],
    }
    /// What fields are missing for a subject.
    pub(super) fn of_fields(codes: &str, subject: &str, fields: &str) {
        en: "{codes} could not be determined for {subject}: the export does not contain {fields} (export as JSON, as `sendlens collect` does).",
        ja: "{codes} を判断できませんでした (対象: {subject})。エクスポートに {fields} が含まれていません (`sendlens collect` のように JSON 形式でエクスポートしてください)。" ["49ddb40a"],
    }
    /// What exports are missing for a subject.
    pub(super) fn of_exports(codes: &str, subject: &str, exports: &str) {
        en: "{codes} could not be determined for {subject}: no usable export of {exports} was given.",
        ja: "{codes} を判断できませんでした (対象: {subject})。使用できる {exports} のエクスポートが指定されていません。" ["d28409bd"],
    }
    /// What fields and exports are missing for a subject.
    pub(super) fn of_both(codes: &str, subject: &str, fields: &str, exports: &str) {
        en: "{codes} could not be determined for {subject}: the export does not contain {fields} (export as JSON, as `sendlens collect` does); no usable export of {exports} was given.",
        ja: "{codes} を判断できませんでした (対象: {subject})。エクスポートに {fields} が含まれておらず (`sendlens collect` のように JSON 形式でエクスポートしてください)、使用できる {exports} のエクスポートも指定されていません。" ["a57d5126"],
    }
    /// No tenant was given.
    pub(super) fn nothing_to_compare() {
        en: "No export of inbound connectors was given, so certificates could not be compared with what the tenant expects. 1. In Exchange Online PowerShell, run `ConvertTo-Json -InputObject @(Get-InboundConnector) -Depth 5` and the same with Get-AcceptedDomain, and save each output to a file. 2. Put the files in the folder of the logs.",
        ja: "Exchange Online の受信コネクタのエクスポートが指定されていないため、証明書をテナントが想定するものと比較できませんでした。 1. Exchange Online PowerShell で `ConvertTo-Json -InputObject @(Get-InboundConnector) -Depth 5` を実行し、Get-AcceptedDomain でも同じように実行して、それぞれの出力をファイルに保存します。 2. ファイルをログのフォルダーに置きます。" ["98b645ad"],
    }
    /// A match that is not certain.
    pub(super) fn uncertain_match() {
        en: "At least one certificate matches a connector only in a way that Microsoft does not document (verdict `uncertain`).",
        ja: "少なくとも 1 つの証明書は、Microsoft の文書に記載のない形でのみコネクタと一致しています (判定 `uncertain`)。" ["e1463351"],
    }
    /// Sessions of front ends without their other half.
    pub(super) fn hub_missing(sessions: u64) {
        en: "{sessions} of the sessions are those of a Front End Transport service whose hub's log is not in the input, so what became of their messages is unknown. Add the folder TransportRoles\\Logs\\Hub\\ProtocolLog\\SmtpSend of the Mailbox servers.",
        ja: "セッションのうち {sessions} 件はフロントエンド トランスポート サービスのもので、対応するハブのログが入力にないため、メッセージがどうなったかは不明です。メールボックス サーバーのフォルダー TransportRoles\\Logs\\Hub\\ProtocolLog\\SmtpSend を追加してください。" ["5a61b064"],
    }
    /// No session to look at.
    pub(super) fn no_session() {
        en: "No session in the logs goes to Exchange Online.",
        ja: "ログには Exchange Online へのセッションがありません。" ["4c09fc6c"],
    }
    /// What no log shows.
    pub(super) fn limits() {
        en: "The logs show what was offered. They do not show whether Microsoft accepted the certificate chain, or how other tenants are configured.",
        ja: "ログから分かるのは、何が提示されたかだけです。Microsoft が証明書チェーンを受け入れたかどうかや、ほかのテナントの構成は分かりません。" ["8849d370"],
    }
    /// Senders that were not told apart.
    pub(super) fn many_senders(most: usize, rejections: u64) {
        en: "Mail of more than {most} sender domains was rejected. The senders of {rejections} rejections were not looked at; they are counted with the others of their send connector and certificate.",
        ja: "{most} 個を超える送信者ドメインのメールが拒否されました。拒否のうち {rejections} 件は送信者を調べず、同じ送信コネクタと証明書のほかの拒否と合わせて数えています。" ["f055f2e3"],
    }
    /// Rejections behind very many messages of a session.
    pub(super) fn more_rejections(most: usize, rejections: u64) {
        en: "Some sessions have more than {most} rejections or accepted messages. What comes after these in a session was not looked at: {rejections} rejections.",
        ja: "拒否または受け入れられたメッセージが {most} 件を超えるセッションがあります。セッション内のそれ以降の部分は調べていません: 拒否 {rejections} 件。" ["ba797fb2"],
    }
    /// Recipients behind very many messages of a session.
    pub(super) fn more_accepted(most: usize, accepted: u64) {
        en: "Some sessions have more than {most} rejections or accepted messages. What comes after these in a session was not looked at: {accepted} accepted recipients.",
        ja: "拒否または受け入れられたメッセージが {most} 件を超えるセッションがあります。セッション内のそれ以降の部分は調べていません: 受け入れられた受信者 {accepted} 名。" ["b9865796"],
    }
    /// Both behind very many messages of a session.
    pub(super) fn more_of_both(most: usize, rejections: u64, accepted: u64) {
        en: "Some sessions have more than {most} rejections or accepted messages. What comes after these in a session was not looked at: {rejections} rejections and {accepted} accepted recipients.",
        ja: "拒否または受け入れられたメッセージが {most} 件を超えるセッションがあります。セッション内のそれ以降の部分は調べていません: 拒否 {rejections} 件、受け入れられた受信者 {accepted} 名。" ["66801cc7"],
    }
    /// A send connector of which not all was compared.
    pub(super) fn too_many_pairs(connector: &str) {
        en: "Send connector '{connector}' offered very many certificates that no inbound connector matches. Not all of them were compared with those of other servers, so CRT006 may be missing.",
        ja: "送信コネクタ「{connector}」は、どの受信コネクタとも一致しない証明書を非常に多く提示しました。すべてをほかのサーバーのものと比較したわけではないため、CRT006 が報告されていない可能性があります。" ["4ca02640"],
    }
}
