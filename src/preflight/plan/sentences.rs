//! The sentences of the plan: its notes, and the steps that hold for the certificate as a whole.
//!
//! In: values. Out: sentences in the language of the reader.
//! It must not decide anything.

use crate::language::{labels, sentences};

labels! {
    pub(super) another_certificate: "Do not offer this certificate. Get a valid server certificate from a public authority, and check that one.", "この証明書を提示しないでください。公的な証明機関から有効なサーバー証明書を取得し、その証明書を確認してください。" ["6f19b0ae"];
    pub(super) one_tenant_only: "Do this only in the tenant that the certificate is meant for. If two tenants expect the certificate, its mail can be attributed to either of them.", "この証明書の対象となるテナントでのみ実行してください。2 つのテナントがこの証明書を想定していると、メールがどちらのテナントに割り当てられるか分かりません。" ["a251657f"];
    pub(super) winner_unknown: "Which of them gets the mail is not documented.", "どのテナントがメールを受け取るかは文書化されていません。" ["6f207df5"];
    pub(super) of_authority: "It is the certificate of an authority, not of a server. Specify the certificate that the servers will offer.", "これはサーバーではなく証明機関の証明書です。サーバーが提示する証明書を指定してください。" ["3832cab6"];
}

sentences! {
    /// The first step for a certificate that is not valid yet.
    pub(super) fn wait_until(start: &str) {
        en: "Wait until {start} before you let any server offer the certificate. It is not valid before that time.",
        ja: "サーバーに証明書を提示させる前に、{start} まで待ちます。それまでは有効ではありません。" ["c34c98f1"],
    }
    /// Which of several tenants that expect the certificate gets the mail.
    pub(super) fn winner_is(tenant: &str, connector: &str) {
        en: "The most exact connector decides, so {tenant} ('{connector}') gets the mail.",
        ja: "最も厳密に一致するコネクタが優先されるため、{tenant} (「{connector}」) がメールを受け取ります。" ["e1fcf2c1"],
    }
    /// The note about a file with several server certificates.
    pub(super) fn several_in_file(number: usize) {
        en: "The file contains {number} server certificates. Only the first one was checked.",
        ja: "ファイルにはサーバー証明書が {number} 件含まれています。最初の 1 件だけを確認しました。" ["e202511c"],
    }
    /// The note about several tenants that expect the certificate.
    pub(super) fn several_claim(tenants: &str) {
        en: "Several tenants claim it: {tenants}.",
        ja: "複数のテナントがこの証明書を想定しています: {tenants}。" ["c4364cf8"],
    }
    /// The note about a send connector that offers the certificate today.
    pub(super) fn already_offered(connector: &str) {
        en: "'{connector}' already offers this certificate.",
        ja: "「{connector}」は既にこの証明書を提示しています。" ["18aeac5a"],
    }
    /// The note about a send connector of which no certificate is known.
    pub(super) fn not_shown(connector: &str) {
        en: "The input does not show what '{connector}' offers today, so it cannot be determined whether the certificate is also meant for it. Export Get-SendConnector as JSON, or select the send connectors with --connector.",
        ja: "「{connector}」が現在提示している証明書は入力から分からないため、この証明書の対象に含まれるかどうかを判断できません。Get-SendConnector を JSON 形式でエクスポートするか、--connector で送信コネクタを選択してください。" ["e950e84c"],
    }
    /// The note about a send connector whose mail is rejected today.
    pub(super) fn rejected_today(connector: &str) {
        en: "Mail of '{connector}' is rejected in the logs although its current certificate also matches. First find out why (`sendlens diagnose`): mail with the new certificate may be rejected too.",
        ja: "「{connector}」の現在の証明書も一致していますが、ログではそのメールが拒否されています。まず原因を調べてください (`sendlens diagnose`)。新しい証明書でもメールが拒否される可能性があります。" ["c7dc8eec"],
    }
    /// A time that is only known from the logs.
    pub(super) fn by_last_line(now: &str) {
        en: "{now} (the last line of the logs)",
        ja: "{now} (ログの最終行)" ["8c6428be"],
    }
    /// The note about a certificate that has expired.
    pub(super) fn expired(end: &str, now: &str) {
        en: "It has expired. It was valid until {end}, and the current time is {now}.",
        ja: "有効期限が切れています。有効期限は {end}、現在の時刻は {now} です。" ["be499c2c"],
    }
    /// The note about a certificate that is not valid yet.
    pub(super) fn not_yet_valid(start: &str, now: &str) {
        en: "It is not valid before {start}, and the current time is {now}. Do not switch before it is valid.",
        ja: "有効になるのは {start}、現在の時刻は {now} です。有効になる前に切り替えないでください。" ["81b87db4"],
    }
}
