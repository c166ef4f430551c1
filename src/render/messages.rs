//! Writes the records of messages.
//!
//! In: [`MessageRecord`]s, rendered on any core. Out: NDJSON, a JSON array, CSV with one row for each
//! recipient, or text.
//! Must not keep records that are written.

use std::io::{self, Write};

use crate::language::{Language, labels, sentences};
use crate::report::message_record::{MessageRecord, MessagesSummary, RecipientRecord};

use super::csv::write_row;
use super::format::TableFormat;
use super::hidden::escape_from;
use super::plain::{padded, visible};
use super::words;

/// The columns of the list of people to tell. Scripts depend on them.
const COLUMNS: [&str; 20] = [
    "recipient",
    "sender",
    "fate",
    "certainty",
    "time",
    "reply",
    "reason",
    "source",
    "host",
    "expires",
    "ndr",
    "ndr_time",
    "ndr_arrived",
    "message_id",
    "subject",
    "first",
    "last",
    "send_connector",
    "stream",
    "incident",
];

/// Records in one format, not yet written.
#[derive(Debug, Default)]
pub struct Rendered {
    text: Vec<u8>,
    count: u64,
    failed: Option<io::Error>,
}

impl Rendered {
    /// Adds a record. A table and a text show the recipients for which `shows` is true.
    pub fn add(
        &mut self,
        (format, language): (TableFormat, Language),
        record: &MessageRecord,
        shows: &dyn Fn(&RecipientRecord) -> bool,
    ) {
        self.count += 1;
        if let Err(error) = render((format, language), record, shows, &mut self.text) {
            self.failed = Some(error);
        }
    }
}

fn render(
    (format, language): (TableFormat, Language),
    record: &MessageRecord,
    shows: &dyn Fn(&RecipientRecord) -> bool,
    out: &mut Vec<u8>,
) -> io::Result<()> {
    let begin = out.len();
    match format {
        TableFormat::Ndjson => {
            serde_json::to_writer(&mut *out, record)?;
            escape_from(begin, out)?;
            out.push(b'\n');
        }
        TableFormat::Json => {
            serde_json::to_writer(&mut *out, record)?;
            escape_from(begin, out)?;
            out.extend_from_slice(b",\n");
        }
        TableFormat::Csv => {
            for recipient in record.recipients.iter().filter(|one| shows(one)) {
                write_row(&cells(record, recipient), out)?;
            }
        }
        TableFormat::Text => text(language, record, shows, out)?,
    }
    Ok(())
}

/// Writes records in one format.
pub struct Writer<'a> {
    format: TableFormat,
    language: Language,
    out: &'a mut (dyn Write + Sync),
    count: u64,
}

impl<'a> Writer<'a> {
    /// Begins the output.
    ///
    /// # Errors
    /// The error of the writer.
    pub fn new(
        (format, language): (TableFormat, Language),
        out: &'a mut (dyn Write + Sync),
    ) -> io::Result<Writer<'a>> {
        match format {
            TableFormat::Json => out.write_all(b"[\n")?,
            TableFormat::Csv => write_row(&COLUMNS, out)?,
            TableFormat::Ndjson | TableFormat::Text => {}
        }
        Ok(Writer {
            format,
            language,
            out,
            count: 0,
        })
    }

    /// Writes records of the same format.
    ///
    /// # Errors
    /// The error of the writer.
    pub fn write(&mut self, rendered: Rendered) -> io::Result<()> {
        self.count += rendered.count;
        self.out.write_all(&rendered.text)?;
        rendered.failed.map_or(Ok(()), Err)
    }

    /// The number of records so far.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Completes the output. JSON ends with what was read.
    ///
    /// # Errors
    /// The error of the writer.
    pub fn finish(self, summary: &MessagesSummary) -> io::Result<()> {
        match self.format {
            TableFormat::Ndjson => super::json::line(summary, &mut *self.out)?,
            TableFormat::Json => {
                serde_json::to_writer(&mut *self.out, summary)?;
                self.out.write_all(b"\n]\n")?;
            }
            TableFormat::Text if self.count == 0 => {
                writeln!(self.out, "{}", no_message(self.language))?;
            }
            _ => {}
        }
        self.out.flush()
    }
}

fn cells(record: &MessageRecord, recipient: &RecipientRecord) -> [String; COLUMNS.len()] {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let word = |value: Option<&str>| value.unwrap_or_default().to_owned();
    let ndr = recipient.ndr.as_ref();
    let last = record.attempts.last();
    [
        text(&recipient.address),
        text(&record.sender),
        recipient.fate.to_owned(),
        word(recipient.certainty),
        text(&recipient.time),
        text(&recipient.reply),
        word(recipient.reason),
        recipient.source.to_owned(),
        text(&recipient.host),
        text(&recipient.expires),
        ndr.map(|ndr| text(&ndr.message_id)).unwrap_or_default(),
        ndr.map(|ndr| text(&ndr.time)).unwrap_or_default(),
        ndr.map(|ndr| ndr.arrived.to_string()).unwrap_or_default(),
        text(&record.message_id),
        text(&record.subject),
        text(&record.first),
        text(&record.last),
        word(last.map(|last| last.send_connector.as_str())),
        word(last.map(|last| last.stream.as_str())),
        text(&record.incident),
    ]
}

fn text(
    language: Language,
    record: &MessageRecord,
    shows: &dyn Fn(&RecipientRecord) -> bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let or = |value: &Option<String>, unknown: fn(Language) -> String| match value {
        Some(value) => visible(value),
        None => unknown(language),
    };
    let first = or(&record.first, words::no_time);
    let id = or(&record.message_id, no_message_id);
    let sender = or(&record.sender, no_sender);
    writeln!(out, "{}", message(language, &first, &id, &sender))?;
    if let Some(subject) = &record.subject {
        let label = padded(&subject_label(language), VALUE);
        writeln!(out, "  {label}{}", visible(subject))?;
    }
    for recipient in record.recipients.iter().filter(|one| shows(one)) {
        writeln!(
            out,
            "  {}{}{}",
            padded(&fate(language, recipient.fate), VALUE),
            or(&recipient.address, no_recipient),
            details(language, recipient)
        )?;
        if let Some(reply) = &recipient.reply {
            writeln!(out, "  {}{}", " ".repeat(VALUE), visible(reply))?;
        }
    }
    Ok(())
}

/// The column at which values begin, behind the indent.
const VALUE: usize = 10;

/// What became of a message, in a word. In English, it is the word of the other formats.
fn fate(language: Language, word: &str) -> String {
    match word {
        "delivered" => delivered(language),
        "bounced" => bounced(language),
        "lost" => lost(language),
        "waiting" => waiting(language),
        "expanded" => expanded(language),
        "unknown" => words::unknown(language),
        other => other.to_owned(),
    }
}

/// How certain a fate is, in a word. In English, it is the word of the other formats.
fn degree(language: Language, word: &str) -> String {
    match word {
        "high" => words::high(language),
        "medium" => words::medium(language),
        "low" => words::low(language),
        other => other.to_owned(),
    }
}

/// What else is known, in brackets.
fn details(language: Language, recipient: &RecipientRecord) -> String {
    let mut parts = Vec::new();
    let certainty = recipient.certainty;
    parts.extend(certainty.map(|word| certainty_of(language, &degree(language, word))));
    parts.extend(recipient.reason.map(|reason| reason_of(language, reason)));
    parts.extend(recipient.time.clone());
    if recipient.fate != "bounced" {
        let host = recipient.host.as_deref();
        parts.extend(host.map(|host| on_host(language, &visible(host))));
    }
    if let Some(expires) = &recipient.expires {
        parts.push(tried_until(language, expires));
    }
    if let Some(ndr) = &recipient.ndr {
        parts.push(match (ndr.arrived, &ndr.time) {
            (true, Some(time)) => told_at(language, time),
            (true, None) => told(language),
            (false, _) => not_yet_told(language),
        });
    }
    if parts.is_empty() {
        return String::new();
    }
    format!(" ({})", language.list(&parts))
}

labels! {
    delivered: "delivered", "配信済み" ["625c860f"];
    bounced: "bounced", "配信不能" ["3e7a1e1b"];
    lost: "lost", "消失" ["e234733b"];
    waiting: "waiting", "待機中" ["eeda06a8"];
    expanded: "expanded", "展開済み" ["fe044378"];
    no_message: "The input contains no message that Exchange Online rejected or deferred.", "入力に、Exchange Online が拒否または遅延させたメッセージはありません。" ["99dffbcc"];
    no_message_id: "(no message id)", "(メッセージ ID なし)" ["3d1490df"];
    no_sender: "(unknown sender)", "(送信者不明)" ["2810f1cf"];
    no_recipient: "(no recipient named)", "(受信者の記録なし)" ["7a2bdd29"];
    subject_label: "subject", "件名" ["891cfe4f"];
    told: "the sender was told", "送信者に通知済み" ["671e8fb1"];
    not_yet_told: "the notice to the sender is still on its way", "送信者への通知は配送中" ["fe23eec9"];
}

sentences! {
    /// A message: when it was first sent, its id, and its sender.
    fn message(time: &str, id: &str, sender: &str) {
        en: "{time} {id} from {sender}",
        ja: "{time} {id} 送信者 {sender}" ["93b2c9f2"],
    }
    /// How certain a fate is.
    fn certainty_of(degree: &str) {
        en: "certainty {degree}",
        ja: "信頼度 {degree}" ["5fa3ae0a"],
    }
    /// Why a fate is less certain, in the word of the other formats.
    fn reason_of(reason: &str) {
        en: "reason {reason}",
        ja: "理由 {reason}" ["d3c8a493"],
    }
    /// The host that took the message over.
    fn on_host(host: &str) {
        en: "host {host}",
        ja: "ホスト {host}" ["4fdebb33"],
    }
    /// Until when Exchange tries again.
    fn tried_until(time: &str) {
        en: "tried until {time}",
        ja: "{time} まで再試行" ["0e88d022"],
    }
    /// When the sender got the delivery report.
    fn told_at(time: &str) {
        en: "the sender was told at {time}",
        ja: "{time} に送信者へ通知済み" ["444826fd"],
    }
}
