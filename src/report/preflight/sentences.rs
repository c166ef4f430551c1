//! The sentences of the report of `sendlens preflight`.
//!
//! In: values. Out: sentences.
//! Must not decide anything.

use crate::language::sentences;

sentences! {
    /// The verdict: addresses identify the servers.
    pub(super) fn nothing_changes(tenant: &str, what: &str) {
        en: "Nothing changes: {tenant} identifies your servers by address, so {what} makes no difference there.",
        ja: "何も変わりません: {tenant} は IP アドレスでサーバーを識別しているため、{what} を使用しても違いはありません。" ["ba40fc94"],
    }
    /// The verdict: addresses identify the servers in several tenants.
    pub(super) fn nothing_changes_in_several(tenants: &str, what: &str) {
        en: "Nothing changes: {tenants} identify your servers by address, so {what} makes no difference there.",
        ja: "何も変わりません: {tenants} は IP アドレスでサーバーを識別しているため、{what} を使用しても違いはありません。" ["22b8fcc5"],
    }
    /// The verdict: mail stays assigned.
    pub(super) fn yes(what: &str, tenants: &str) {
        en: "Yes: with the current configuration, Exchange Online assigns mail with {what} to {tenants}.",
        ja: "はい: 現在の構成では、Exchange Online は {what} を使用するメールを {tenants} に割り当てます。" ["48fef9df"],
    }
    /// The verdict: something else speaks against it.
    pub(super) fn no_for_a_note(what: &str, note: &str) {
        en: "No: do not switch to {what}. {note}",
        ja: "いいえ: {what} に切り替えないでください。{note}" ["96c16ed3"],
    }
    /// The verdict: mail is rejected.
    pub(super) fn no(what: &str, tenants: &str) {
        en: "No: with the current configuration, Exchange Online does not assign mail with {what} to {tenants}. If you switch now, mail will be rejected.",
        ja: "いいえ: 現在の構成では、Exchange Online は {what} を使用するメールを {tenants} に割り当てません。今切り替えると、メールは拒否されます。" ["4da6b03e"],
    }
    /// The verdict: the exports do not decide it.
    pub(super) fn unclear(what: &str, tenants: &str) {
        en: "Unclear: it cannot be determined whether Exchange Online assigns mail with {what} to {tenants}.",
        ja: "不明確: Exchange Online が {what} を使用するメールを {tenants} に割り当てるかどうかは判断できません。" ["ef10b2bb"],
    }
    /// The verdict: several tenants get it.
    pub(super) fn several_tenants(what: &str, tenants: &str) {
        en: "Not safe: several tenants expect {what}: {tenants}.",
        ja: "安全ではありません: 複数のテナントが {what} を想定しています: {tenants}。" ["59d3bf24"],
    }
    /// The verdict: not every sender gets through.
    pub(super) fn accepted_senders_only(what: &str, tenant: &str) {
        en: "Not safe: Exchange Online assigns mail with {what} to {tenant}, but only mail whose sender domain is accepted gets through.",
        ja: "安全ではありません: Exchange Online は {what} を使用するメールを {tenant} に割り当てますが、受け入れられるのは、送信者のドメインが承認済みドメインであるメールだけです。" ["286e2555"],
    }
    /// The verdict: perhaps not every sender gets through.
    pub(super) fn senders_unclear(what: &str, tenant: &str) {
        en: "Not safe: Exchange Online assigns mail with {what} to {tenant}, but it cannot be determined whether mail of any sender gets through.",
        ja: "安全ではありません: Exchange Online は {what} を使用するメールを {tenant} に割り当てますが、すべての送信者のメールが受け入れられるかどうかは判断できません。" ["86c4929a"],
    }
    /// The verdict: something has to be done first.
    pub(super) fn read_the_notes(what: &str, tenant: &str) {
        en: "Not yet: Exchange Online assigns mail with {what} to {tenant}, but read the notes first.",
        ja: "まだ切り替えないでください: Exchange Online は {what} を使用するメールを {tenant} に割り当てますが、先に注意事項を確認してください。" ["01db0287"],
    }
    /// What changes for a send connector: it is not known.
    pub(super) fn not_in_the_input() {
        en: "What it offers today is not in the input, so it is not known whether the new certificate is meant for it. If it is, choose it with --connector.",
        ja: "この送信コネクタが現在提示しているものは入力に含まれていないため、新しい証明書がこのコネクタ用かどうかは分かりません。このコネクタ用の場合は、--connector で指定してください。" ["4105bf81"],
    }
    /// What changes for a send connector to another tenant.
    pub(super) fn sends_elsewhere(tenant: &str) {
        en: "It sends to the tenant {tenant}, so the new certificate does not seem to be meant for it. If it is, choose it with --connector.",
        ja: "この送信コネクタはテナント {tenant} に送信しているため、新しい証明書はこのコネクタ用ではないようです。このコネクタ用の場合は、--connector で指定してください。" ["dbfa32d5"],
    }
    /// What changes for a send connector with another certificate.
    pub(super) fn has_other_names() {
        en: "It offers a certificate with other names, so the new one does not seem to be meant for it. If it is, choose it with --connector.",
        ja: "この送信コネクタは別の名前の証明書を提示しているため、新しい証明書はこのコネクタ用ではないようです。このコネクタ用の場合は、--connector で指定してください。" ["eb6f855a"],
    }
    /// What changes where the certificate of today has expired.
    pub(super) fn assigned_again(tenants: &str, end: &str) {
        en: "Exchange Online would assign its mail to {tenants}. Today's certificate has a name that matches there too, but it expired at {end}.",
        ja: "Exchange Online は、このコネクタのメールを {tenants} に割り当てるようになります。現在の証明書にも一致する名前がありますが、{end} に有効期限が切れています。" ["dfa66c7f"],
    }
    /// What changes where only the dates are new.
    pub(super) fn stays_and_alike(tenants: &str) {
        en: "Its mail stays assigned to {tenants}. Issuer and subject stay the same too.",
        ja: "このコネクタのメールは、引き続き {tenants} に割り当てられます。発行者とサブジェクトも変わりません。" ["f11b2e9e"],
    }
    /// What changes where the tenant stays.
    pub(super) fn stays(tenants: &str) {
        en: "Its mail stays assigned to {tenants}.",
        ja: "このコネクタのメールは、引き続き {tenants} に割り当てられます。" ["05623924"],
    }
    /// What changes where the certificate is offered today.
    pub(super) fn offered_already() {
        en: "It offers this certificate already, so nothing changes.",
        ja: "この送信コネクタはこの証明書を既に提示しているため、何も変わりません。" ["81580afa"],
    }
    /// What changes where nothing is known of today.
    pub(super) fn becomes_from_unknown(tenants: &str) {
        en: "Exchange Online would assign its mail to {tenants}. What it offers today is not in the input.",
        ja: "Exchange Online は、このコネクタのメールを {tenants} に割り当てるようになります。このコネクタが現在提示しているものは、入力に含まれていません。" ["a2f03660"],
    }
    /// What changes where nothing matches today.
    pub(super) fn becomes(tenants: &str) {
        en: "Exchange Online would assign its mail to {tenants}. No inbound connector matches its certificate today.",
        ja: "Exchange Online は、このコネクタのメールを {tenants} に割り当てるようになります。現在、このコネクタの証明書と一致する受信コネクタはありません。" ["e74d18e8"],
    }
    /// What changes where the new certificate does not match.
    pub(super) fn would_be_refused(tenants: &str) {
        en: "Exchange Online assigns its mail to {tenants} today. With the new certificate, mail would be rejected until an inbound connector there expects it.",
        ja: "現在、Exchange Online はこのコネクタのメールを {tenants} に割り当てています。新しい証明書では、そのテナントの受信コネクタがその証明書を想定するまで、メールは拒否されます。" ["49ea6c28"],
    }
    /// What changes where another tenant matches.
    pub(super) fn changes_tenant(tenants: &str, others: &str) {
        en: "Exchange Online assigns its mail to {tenants} today. With the new certificate, it would assign the mail to {others} instead.",
        ja: "現在、Exchange Online はこのコネクタのメールを {tenants} に割り当てています。新しい証明書では、代わりに {others} に割り当てるようになります。" ["fb8546a0"],
    }
    /// What changes where nothing matches before and after.
    pub(super) fn stays_unassigned() {
        en: "No inbound connector matches its certificate today, and none would match the new one.",
        ja: "現在、このコネクタの証明書と一致する受信コネクタはなく、新しい証明書と一致するものもありません。" ["5d9119f1"],
    }
    /// What changes where the exports do not decide it.
    pub(super) fn tenant_unclear() {
        en: "It cannot be determined to which tenant Exchange Online would assign its mail, if any.",
        ja: "Exchange Online がこのコネクタのメールをどのテナントに割り当てるか、またはどこにも割り当てないかは、判断できません。" ["36bd7951"],
    }
    /// What was not judged: the domains of a tenant.
    pub(super) fn no_accepted_domains(tenant: &str) {
        en: "{tenant}: no export of accepted domains was given. Export the output of Get-AcceptedDomain as JSON.",
        ja: "{tenant}: 承認済みドメインのエクスポートが指定されていません。Get-AcceptedDomain の出力を JSON 形式でエクスポートしてください。" ["ae49b586"],
    }
    /// What was not judged: what is offered today.
    pub(super) fn no_log() {
        en: "No send log was given, so no log shows what the send connectors offer today.",
        ja: "送信ログが指定されていないため、送信コネクタが現在提示しているものをログから確認できません。" ["aefa42b9"],
    }
    /// What was not judged: where a send connector sends.
    pub(super) fn destination_lost(connector: &str) {
        en: "The export lost where send connector '{connector}' sends mail. Export again as JSON.",
        ja: "エクスポートで、送信コネクタ「{connector}」のメールの送信先が失われています。JSON 形式でもう一度エクスポートしてください。" ["a5cde82b"],
    }
    /// What was not judged: the rest of the certificate.
    pub(super) fn only_a_host_name() {
        en: "Only a host name was given, so issuer, validity and other names of the certificate were not checked.",
        ja: "ホスト名だけが指定されたため、証明書の発行者、有効期間、ほかの名前は確認していません。" ["23451d45"],
    }
    /// What was not judged: logs of other mail.
    pub(super) fn no_session() {
        en: "The logs contain no session to Exchange Online.",
        ja: "ログには Exchange Online へのセッションがありません。" ["247f7a4f"],
    }
    /// What was not judged: the chain, and other tenants.
    pub(super) fn chain_not_judged() {
        en: "Microsoft must also accept the chain of the certificate, which no export shows. It must come from a public authority, and your servers must send the intermediate certificates. Tenants that were not given can also have connectors that expect the certificate.",
        ja: "Microsoft が証明書チェーンを受け入れる必要もありますが、それはエクスポートからは分かりません。証明書は公的な証明機関が発行したものである必要があり、サーバーは中間証明書も送信する必要があります。また、指定されていないテナントにも、この証明書を想定するコネクタが存在する可能性があります。" ["24e04780"],
    }
}
