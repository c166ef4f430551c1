//! The texts of [`super`]: why a file is not used, and what is wrong with one that should be.
//!
//! In: names of files. Out: texts in the language of the reader.
//! Must not decide anything.

use crate::language::{labels, sentences};

labels! {
    pub(super) neither: "neither a send log nor an export", "送信ログでもエクスポートでもありません" ["fa491f69"];
    pub(super) damaged: "it looks like the output of an Exchange cmdlet, but cannot be read. Export again with ConvertTo-Json -Depth 5 and save the output in place of this file", "Exchange コマンドレットの出力のようですが、読み取れません。ConvertTo-Json -Depth 5 を使用してもう一度エクスポートし、出力をこのファイルの代わりに保存してください。" ["d62f0a11"];
    pub(super) other_tenants: "export of Exchange Online, not used because --tenant names others", "Exchange Online のエクスポート。--tenant で別のものが指定されているため、使用していません" ["5543c15f"];
    pub(super) other_on_premises: "export of the local Exchange, not used because --on-prem names others", "オンプレミスの Exchange のエクスポート。--on-prem で別のものが指定されているため、使用していません" ["e0680a5c"];
    pub(super) not_the_tenants: "export that --on-prem does not use: it is from Exchange Online, or it lists the accepted domains of the local Exchange", "--on-prem で使用しないエクスポート。Exchange Online のものか、オンプレミスの Exchange の承認済みドメインの一覧です" ["97576c68"];
}

sentences! {
    /// A file in the form of an export, in the list of unused files.
    pub(super) fn not_readable(error: &str) {
        en: "it looks like an export, but cannot be read as one: {error}",
        ja: "エクスポートのようですが、エクスポートとして読み取れません: {error}" ["4adb0efb"],
    }
    /// A send log in an unusual form beside other logs.
    pub(super) fn log_not_read(file: &str, form: &str) {
        en: "{file}: {form}. It was not read, so a report about the other logs is incomplete. Copy the log files from the server again",
        ja: "{file}: {form}。読み取っていないため、ほかのログについてのレポートは不完全です。サーバーからログ ファイルをもう一度コピーしてください。" ["87fb73f7"],
    }
    /// The PATH of `--tenant` holds no export.
    pub(super) fn no_tenant_there(path: &str) {
        en: "--tenant {path}: there is no export. Run ConvertTo-Json -InputObject @(Get-InboundConnector) -Depth 5 in Exchange Online PowerShell and save the output there",
        ja: "--tenant {path}: エクスポートがありません。Exchange Online PowerShell で ConvertTo-Json -InputObject @(Get-InboundConnector) -Depth 5 を実行し、出力をそこに保存してください。" ["b4abff0e"],
    }
    /// The PATHs of `--on-prem` hold no export.
    pub(super) fn no_own_export_there(paths: &str) {
        en: "--on-prem {paths}: there is no export. Run ConvertTo-Json -InputObject @(Get-SendConnector) -Depth 5 in the Exchange Management Shell and save the output there",
        ja: "--on-prem {paths}: エクスポートがありません。Exchange Management Shell で ConvertTo-Json -InputObject @(Get-SendConnector) -Depth 5 を実行し、出力をそこに保存してください。" ["9653b070"],
    }
    /// An empty file with the name of an export.
    pub(super) fn without_content(file: &str, reason: &str, advice: &str) {
        en: "{file}: {reason}. {advice}",
        ja: "{file}: {reason}。{advice}" ["596b1913"],
    }
    /// A file with the name of an export that is no text.
    pub(super) fn no_text(file: &str, reason: &str) {
        en: "{file}: {reason}. Export again with ConvertTo-Json -Depth 5",
        ja: "{file}: {reason}。ConvertTo-Json -Depth 5 を使用して、もう一度エクスポートしてください。" ["616038d5"],
    }
    /// A file with the name of an export, and other content.
    pub(super) fn no_export_inside(file: &str) {
        en: "{file}: the file cannot be read as an export. Export again with ConvertTo-Json -Depth 5",
        ja: "{file}: ファイルをエクスポートとして読み取れません。ConvertTo-Json -Depth 5 を使用して、もう一度エクスポートしてください。" ["65b14195"],
    }
    /// Output of a cmdlet that loses values. `form` says what it is.
    pub(super) fn table_for_the_eye(form: &str, cmdlet: &str) {
        en: "{form}. Run ConvertTo-Json -InputObject @({cmdlet}) -Depth 5 and save the output in place of this file",
        ja: "{form}。ConvertTo-Json -InputObject @({cmdlet}) -Depth 5 を実行し、出力をこのファイルの代わりに保存してください。" ["0f1847b7"],
    }
}
