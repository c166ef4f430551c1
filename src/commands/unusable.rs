//! Says why nothing can be used: what is in the given folder instead, and what to do next.
//!
//! In: what was found, and what the exports and logs hold. Out: one sentence or two for standard error.
//! Must not print.

use std::collections::BTreeMap;

use crate::commands::exports::Exports;
use crate::commands::wanted::certificate_file;
use crate::input::discover::Found;
use crate::input::lines::LineCounts;
use crate::input::skip::SkipReason;
use crate::language::count::{self, Noun, count};
use crate::language::{Language, labels, sentences};
use crate::remedy::command;
use crate::tenant::Known;

/// What the lines of the logs are worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rows {
    /// There are rows.
    Some,
    /// There are lines, but none of them is a row that can be used.
    Unreadable,
    /// There are only header lines, because protocol logging is off, or one row that was cut.
    None,
}

/// Why there is no export, and what is there instead.
pub(super) fn without_exports(language: Language, found: &Found, exports: &Exports) -> String {
    let mut sentences = vec![no_tenant_export(language)];
    let unread = exports.unread.iter().chain(&exports.strays);
    sentences.extend(unread.cloned());
    if !exports.on_premises.is_empty() {
        sentences.push(wizard_alone(language));
    }
    sentences.extend(inventory(language, found, exports));
    in_a_row(language, &sentences)
}

/// What a command reads besides send logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Besides {
    /// Nothing.
    Nothing,
    /// Exports and logs of queues.
    Queues,
    /// Message tracking logs, and exports of queues.
    Mail,
}

impl Besides {
    /// What else can be given, and how to get it.
    fn sentence(self, language: Language) -> Option<String> {
        match self {
            Besides::Nothing => None,
            Besides::Queues => Some(queues_too(language)),
            Besides::Mail => Some(mail_too(language)),
        }
    }
}

/// Why there is no log, what is there instead, and what to do next.
pub(super) fn without_logs(
    language: Language,
    besides: Besides,
    found: &Found,
    exports: &Exports,
) -> String {
    let mut sentences = vec![no_log(language, found, exports)];
    sentences.extend(besides.sentence(language));
    let mut skipped = found.skipped.iter();
    if skipped.any(|file| kind_of(&file.reason) == Kind::TrackingLog) {
        sentences.push(tracking_is_read(language));
    }
    sentences.extend(inventory(language, found, exports));
    in_a_row(language, &sentences)
}

/// Why there is no log, and what to do next.
fn no_log(language: Language, found: &Found, exports: &Exports) -> String {
    let skipped = |wanted: fn(&SkipReason) -> bool| {
        let mut files = found.skipped.iter();
        files.find(|file| wanted(&file.reason))
    };
    if skipped(|reason| matches!(reason, SkipReason::ReceiveLog(_))).is_some() {
        return receive_logs(language);
    }
    if let Some(log) = skipped(|reason| matches!(reason, SkipReason::Disguised(_))) {
        return disguised(language, &log.file, &log.reason.words(language));
    }
    if let Some(archive) = skipped(|reason| matches!(reason, SkipReason::Archive(_))) {
        return format!("{}: {}", archive.file, archive.reason.words(language));
    }
    if !exports.tenants.is_empty() || !exports.on_premises.files.is_empty() {
        return exports_alone(language);
    }
    no_send_log(language)
}

/// Why the logs are of no use although they are send logs.
pub(super) fn without_rows(
    language: Language,
    rows: Rows,
    counts: &LineCounts,
    found: &Found,
    exports: &Exports,
) -> String {
    let files = number_of(language, found.corpus.files.len(), count::SEND_LOG);
    if rows == Rows::Unreadable {
        let malformed = count(language, counts.malformed, count::MALFORMED_LINE);
        return no_row(language, &files, &malformed);
    }
    let mut sentences = Vec::new();
    if counts.malformed > 0 {
        sentences.push(one_cut_row(language, &files));
    } else {
        let off = exports.on_premises.send_connectors.iter();
        let mut off = off.filter(|connector| {
            matches!(&connector.protocol_logging, Known::Value(Some(level)) if level.eq_ignore_ascii_case("None"))
        });
        let name = off
            .next()
            .map_or_else(|| any_connector(language), command::send_identity_of);
        sentences.push(logging_is_off(language, &files, &name));
    }
    sentences.extend(inventory(language, found, exports));
    in_a_row(language, &sentences)
}

/// Sentences one behind the other. The last English one has no full stop.
fn in_a_row(language: Language, sentences: &[String]) -> String {
    match language {
        Language::English => sentences.join(". "),
        Language::Japanese => {
            let sentences = sentences.iter();
            let ended = sentences.map(|sentence| format!("{}。", sentence.trim_end_matches('。')));
            ended.collect()
        }
    }
}

/// What was in the folder, such as `Found here: 2 receive logs, 3 other files`; `None` if nothing was.
fn inventory(language: Language, found: &Found, exports: &Exports) -> Option<String> {
    let mut kinds: BTreeMap<Kind, usize> = BTreeMap::new();
    let mut add = |kind| *kinds.entry(kind).or_default() += 1;
    for file in &found.skipped {
        add(kind_of(&file.reason));
    }
    let tenants = exports.tenants.iter().flat_map(|tenant| &tenant.files);
    let own = exports.on_premises.files.iter();
    for _ in tenants.chain(own).chain(&exports.queues.files) {
        add(Kind::Export);
    }
    let certificate = certificate_file(language);
    for file in &exports.skipped {
        add(match file.reason == certificate {
            true => Kind::CertificateFile,
            false => Kind::Other,
        });
    }
    let kinds: Vec<String> = kinds
        .into_iter()
        .map(|(kind, number)| number_of(language, number, kind.noun()))
        .collect();
    (!kinds.is_empty()).then(|| found_here(language, &language.list(&kinds)))
}

fn number_of(language: Language, number: usize, noun: Noun) -> String {
    count(language, number as u64, noun)
}

/// The kinds of files that are counted, in the order of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    ReceiveLog,
    TrackingLog,
    ConnectivityLog,
    IisLog,
    UnreadLog,
    OtherLog,
    Export,
    CertificateFile,
    Archive,
    Unpacked,
    Empty,
    Binary,
    OwnReport,
    Other,
}

impl Kind {
    fn noun(self) -> Noun {
        match self {
            Kind::ReceiveLog => count::RECEIVE_LOG,
            Kind::TrackingLog => count::TRACKING_LOG,
            Kind::ConnectivityLog => count::CONNECTIVITY_LOG,
            Kind::IisLog => count::IIS_LOG,
            Kind::UnreadLog => count::UNREAD_LOG,
            Kind::OtherLog => count::OTHER_LOG,
            Kind::Export => count::EXPORT,
            Kind::CertificateFile => count::CERTIFICATE_FILE,
            Kind::Archive => count::ARCHIVE,
            Kind::Unpacked => count::UNPACKED_FILE,
            Kind::Empty => count::EMPTY_FILE,
            Kind::Binary => count::BINARY_FILE,
            Kind::OwnReport => count::OWN_REPORT,
            Kind::Other => count::OTHER_FILE,
        }
    }
}

/// The kind of a file that was skipped.
fn kind_of(reason: &SkipReason) -> Kind {
    match reason {
        SkipReason::ReceiveLog(_) => Kind::ReceiveLog,
        SkipReason::OtherLog(log_type) if log_type.contains("Message Tracking") => {
            Kind::TrackingLog
        }
        SkipReason::OtherLog(log_type) if log_type.contains("Connectivity") => {
            Kind::ConnectivityLog
        }
        SkipReason::OtherLog(log_type) if log_type.contains("Internet Information") => Kind::IisLog,
        SkipReason::OtherLog(_) => Kind::OtherLog,
        SkipReason::Disguised(_) => Kind::UnreadLog,
        SkipReason::Archive(_) => Kind::Archive,
        SkipReason::Empty => Kind::Empty,
        SkipReason::Binary => Kind::Binary,
        SkipReason::AlsoUnpacked(_) => Kind::Unpacked,
        SkipReason::OwnReport => Kind::OwnReport,
        SkipReason::NotASendLog
        | SkipReason::LinkOut
        | SkipReason::LinkToItself
        | SkipReason::PipeOrDevice => Kind::Other,
    }
}

labels! {
    pub(super) no_tenant_export: "there is no export of a tenant. In Exchange Online PowerShell, run ConvertTo-Json -InputObject @(Get-InboundConnector) -Depth 5, and the same with Get-AcceptedDomain. Save the outputs as files in the given folder", "テナントのエクスポートがありません。Exchange Online PowerShell で ConvertTo-Json -InputObject @(Get-InboundConnector) -Depth 5 を実行し、Get-AcceptedDomain についても同じように実行します。それぞれの出力を、指定したフォルダーにファイルとして保存します。" ["1f117cb1"];
    wizard_alone: "The log of the hybrid wizard alone shows only what was set at that time", "ハイブリッド構成ウィザードのログだけでは、その時点で設定された内容しか分かりません。" ["c9546e30"];
    queues_too: "`diagnose` also reads exports of queues (Get-Queue) and the logs of queues in TransportRoles\\Logs\\Hub\\QueueViewer", "`diagnose` は、キューのエクスポート (Get-Queue) と、TransportRoles\\Logs\\Hub\\QueueViewer にあるキューのログも読み取ります。" ["ba62088e"];
    mail_too: "`messages` also reads message tracking logs (MSGTRK*.LOG in TransportRoles\\Logs\\MessageTracking) and exports of queues (Get-Queue, and Get-Message -IncludeRecipientInfo). `sendlens collect -o collect.ps1` writes the script that collects all of them", "`messages` は、メッセージ追跡ログ (TransportRoles\\Logs\\MessageTracking の MSGTRK*.LOG) と、キューのエクスポート (Get-Queue、および Get-Message -IncludeRecipientInfo) も読み取ります。`sendlens collect -o collect.ps1` は、そのすべてを集めるスクリプトを出力します。" ["c6ac515e"];
    tracking_is_read: "`sendlens messages` reads the message tracking logs that are here", "`sendlens messages` は、ここにあるメッセージ追跡ログを読み取ります。" ["8f5cd3b3"];
    receive_logs: "there are receive logs here, but no send logs. Give the folder SmtpSend instead, which is next to SmtpReceive", "ここにあるのは受信ログで、送信ログはありません。代わりに、SmtpReceive の隣にあるフォルダー SmtpSend を指定してください。" ["cfe6a74e"];
    exports_alone: "there are exports, but no send logs. Add the folder ProtocolLog\\SmtpSend of the server, or check the exports alone with `sendlens lint`", "エクスポートはありますが、送信ログがありません。サーバーのフォルダー ProtocolLog\\SmtpSend を追加するか、`sendlens lint` でエクスポートだけをチェックしてください。" ["f7db34c7"];
    no_send_log: "there are no Exchange send logs. Look for TransportRoles\\Logs\\Hub\\ProtocolLog\\SmtpSend on the server, and make sure that protocol logging is on for the send connector (Set-SendConnector -ProtocolLoggingLevel Verbose)", "Exchange の送信ログがありません。サーバーの TransportRoles\\Logs\\Hub\\ProtocolLog\\SmtpSend を探し、送信コネクタのプロトコル ログがオンになっていること (Set-SendConnector -ProtocolLoggingLevel Verbose) を確認してください。" ["572224dc"];
    any_connector: "'<name of the send connector>'", "'<送信コネクタの名前>'" ["122b10cd"];
}

sentences! {
    /// Why a send log in an unusual form is not read.
    fn disguised(file: &str, form: &str) {
        en: "{file}: {form}. It cannot be read with certainty. Copy the log files from the server again",
        ja: "{file}: {form}。確実には読み取れません。サーバーからログ ファイルをもう一度コピーしてください。" ["3f4088be"],
    }
    /// None of the lines is a row. `files` is how many logs, `lines` how many lines.
    fn no_row(files: &str, lines: &str) {
        en: "no row of {files} can be read with certainty ({lines}). They look copied from a web page, a mail or a spreadsheet. Copy the log files from the server again",
        ja: "{files}に、確実に読み取れる行がありません ({lines})。Web ページ、メール、または表計算ソフトからコピーされたようです。サーバーからログ ファイルをもう一度コピーしてください。" ["1f1a1a96"],
    }
    /// The only row was cut.
    fn one_cut_row(files: &str) {
        en: "{files} with header lines and one row that was cut: the file was copied while Exchange was writing it. Copy it again later",
        ja: "{files}にあるのは、ヘッダー行と、途中で切れた 1 行だけです。Exchange が書き込んでいる間にファイルがコピーされました。後でもう一度コピーしてください。" ["51ac8bfb"],
    }
    /// There is no row at all.
    fn logging_is_off(files: &str, name: &str) {
        en: "{files} with header lines only: protocol logging is off for the send connector, or nothing was sent over it. To turn it on, run in the Exchange Management Shell: Set-SendConnector -Identity {name} -ProtocolLoggingLevel Verbose",
        ja: "{files}にあるのはヘッダー行だけです。送信コネクタのプロトコル ログがオフになっているか、その送信コネクタからは何も送信されていません。オンにするには、Exchange Management Shell で Set-SendConnector -Identity {name} -ProtocolLoggingLevel Verbose を実行します。" ["f873c1b2"],
    }
    /// The files that are there, behind everything else.
    fn found_here(kinds: &str) {
        en: "Found here: {kinds}",
        ja: "ここで見つかったもの: {kinds}" ["9efdf17c"],
    }
}
