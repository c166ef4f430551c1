//! Why a file was found and not used.
//!
//! In: what the content of the file was recognised as. Out: a [`SkipReason`] to decide by, and its
//! words for reports.
//! Must not hold anything that only a command knows.

use std::fmt;

use super::disguise::Form;
use super::{sniff, tracking_head};
use crate::language::{Language, labels, sentences};

/// A file that was found and not used.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skipped {
    /// Name for reports.
    pub file: String,
    /// Why.
    pub reason: SkipReason,
}

/// Why a file is not used.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SkipReason {
    /// A log of Exchange for received mail, with the type that its header names.
    ReceiveLog(String),
    /// Another log, with the type that its header names.
    OtherLog(String),
    /// A send log in a form that is not read.
    Disguised(Form),
    /// A report that this program wrote.
    OwnReport,
    /// A file of no bytes.
    Empty,
    /// An archive of this form.
    Archive(&'static str),
    /// Not a text.
    Binary,
    /// Standard input that is no send log.
    NotASendLog,
    /// A link in a folder to something outside it.
    LinkOut,
    /// A link to a folder that contains it.
    LinkToItself,
    /// A pipe or device in a folder.
    PipeOrDevice,
    /// A member of an archive that was unpacked to this file.
    AlsoUnpacked(String),
}

impl SkipReason {
    /// The reason for a log of this type, as its header names it.
    pub fn of_log(log_type: String) -> SkipReason {
        if log_type.contains("Receive") {
            SkipReason::ReceiveLog(log_type)
        } else {
            SkipReason::OtherLog(log_type)
        }
    }
}

impl SkipReason {
    /// The reason, as reports give it.
    pub fn words(&self, language: Language) -> String {
        match self {
            SkipReason::ReceiveLog(log_type) | SkipReason::OtherLog(log_type) => {
                log_name(language, log_type)
            }
            SkipReason::Disguised(form) => form.words(language),
            SkipReason::OwnReport => own_report(language),
            SkipReason::Empty => empty(language),
            SkipReason::Archive(form) => archive(language, form),
            SkipReason::Binary => binary(language),
            SkipReason::NotASendLog => not_a_send_log(language),
            SkipReason::LinkOut => link_out(language),
            SkipReason::LinkToItself => link_to_itself(language),
            SkipReason::PipeOrDevice => pipe_or_device(language),
            SkipReason::AlsoUnpacked(path) => also_unpacked(language, path),
        }
    }
}

/// A log by the type that its header names, or by what stands for it.
fn log_name(language: Language, log_type: &str) -> String {
    match log_type {
        sniff::IIS_LOG => iis_log(language),
        tracking_head::MESSAGE_TRACE => message_trace(language),
        _ => match log_type.strip_suffix(" (by its columns)") {
            Some(name) => by_columns(language, name),
            None => match log_type.strip_suffix(" (by its rows)") {
                Some(name) => by_rows(language, name),
                None => log_type.to_owned(),
            },
        },
    }
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words(Language::English))
    }
}

labels! {
    own_report: "report of sendlens", "sendlens のレポート" ["8b7c012e"];
    empty: "empty file", "空のファイル" ["88e4034c"];
    binary: "not a text file", "テキスト ファイルではありません" ["06754766"];
    not_a_send_log: "not an Exchange send log", "Exchange の送信ログではありません" ["346fe056"];
    link_out: "link that leads out of the folder. To read what it leads to, name that as a PATH", "フォルダーの外へのリンク。読み取るには、リンク先を PATH に指定してください" ["b104dbcd"];
    link_to_itself: "link to a folder that contains it", "自身を含むフォルダーへのリンク" ["c6640432"];
    pipe_or_device: "pipe or device. To read it, name it as a PATH", "パイプまたはデバイス。読み取るには、PATH に指定してください" ["312d807c"];
    iis_log: "log of Internet Information Services (IIS)", "インターネット インフォメーション サービス (IIS) のログ" ["3c895f45"];
    message_trace: "message trace of Exchange Online", "Exchange Online のメッセージ トレース" ["6ffae242"];
}

sentences! {
    /// An archive of a form that is not read.
    fn archive(form: &str) {
        en: "{form} archive: unpack it first",
        ja: "{form} アーカイブ。先に展開してください" ["66fa30c4"],
    }
    /// A member of an archive that was unpacked to this file.
    fn also_unpacked(path: &str) {
        en: "the same as {path}, which was read",
        ja: "読み取り済みの {path} と同じもの" ["be03b1cf"],
    }
    /// A log without the type in its header.
    fn by_columns(name: &str) {
        en: "{name} (by its columns)",
        ja: "{name} (列から判断)" ["94b55c97"],
    }
    /// A log without its header.
    fn by_rows(name: &str) {
        en: "{name} (by its rows)",
        ja: "{name} (行から判断)" ["3e4cd3cb"],
    }
}
