//! Writes session records one by one, as sessions end.
//!
//! In: [`SessionRecord`]s. Out: NDJSON, a JSON array, CSV or lines of text.
//! Must not keep records that are written.

use std::collections::VecDeque;
use std::io::{self, Write};

use crate::language::{Language, labels, sentences};
use crate::report::session_record::{RejectionRecord, SessionRecord};

use super::csv::{joined, write_row};
use super::format::TableFormat;
use super::hidden::escape_from;
use super::plain::visible;
use super::words;

const COLUMNS: [&str; 29] = [
    "stream",
    "connector",
    "session_id",
    "completeness",
    "started",
    "ended",
    "local",
    "remote",
    "exchange_online",
    "source_address",
    "tls_offered",
    "tls_requested",
    "tls_protocol",
    "tls_error",
    "certificate_subject",
    "certificate_issuer",
    "certificate_serial",
    "certificate_thumbprint",
    "certificate_not_before",
    "certificate_not_after",
    "certificate_names",
    "messages",
    "accepted",
    "rejected",
    "rejection_codes",
    "attribution",
    "file",
    "line",
    "rows",
];

/// The size of a block of drafts in bytes.
const BLOCK: usize = 64 * 1024;

/// A size in bytes that is enough for nearly every record.
const USUAL_RECORD: usize = 4 * 1024;

/// Records that a worker has written, and that lack only their line number. `P` is the place that gives
/// the line number later.
#[derive(Debug)]
pub struct Drafts<P> {
    /// The texts of the records, in blocks. A block is released when the next one begins. One buffer for
    /// all records would be copied whenever it grows. A block grows only for an unusually long record.
    blocks: VecDeque<Vec<u8>>,
    waiting: VecDeque<Draft<P>>,
    /// Where the first waiting draft begins in the first block.
    begin: usize,
}

impl<P> Default for Drafts<P> {
    fn default() -> Drafts<P> {
        Drafts {
            blocks: VecDeque::new(),
            waiting: VecDeque::new(),
            begin: 0,
        }
    }
}

/// A record without its line number. Line number and rows are the last two columns in every format
/// that has them.
#[derive(Debug)]
struct Draft<P> {
    /// Where the line number goes, and the place that gives it. `None` in a format without line numbers.
    number: Option<(usize, P)>,
    /// The length of the text. It is 0 if nothing is written.
    len: usize,
}

impl<P> Drafts<P> {
    /// Leaves a session out.
    pub fn skip(&mut self) {
        self.waiting.push_back(Draft {
            number: None,
            len: 0,
        });
    }

    /// Adds a record whose line number is still 0. `first` is the place of its first row.
    pub fn push(
        &mut self,
        (format, language): (TableFormat, Language),
        record: &SessionRecord<'_>,
        first: P,
    ) {
        let has_room = |block: &Vec<u8>| block.capacity() - block.len() >= USUAL_RECORD;
        if !self.blocks.back().is_some_and(has_room) {
            self.blocks.push_back(Vec::with_capacity(BLOCK));
        }
        let Some(block) = self.blocks.back_mut() else {
            return;
        };
        let begin = block.len();
        // Writing to memory does not fail.
        let _ = write_record((format, language), record, block);
        let len = block.len() - begin;
        let rows = record.rows.checked_ilog10().unwrap_or(0) as usize + 1;
        let behind = match format {
            TableFormat::Ndjson => ",\"rows\":}\n".len() + rows,
            TableFormat::Json => ",\"rows\":}".len() + rows,
            TableFormat::Csv => ",\n".len() + rows,
            TableFormat::Text => 0,
        };
        let number = (format != TableFormat::Text).then(|| (len - behind - "0".len(), first));
        self.waiting.push_back(Draft { number, len });
    }

    /// The next draft and its text.
    fn next(&mut self) -> Option<(Draft<P>, &[u8])> {
        let draft = self.waiting.pop_front()?;
        if draft.len > 0
            && self
                .blocks
                .front()
                .is_some_and(|block| block.len() == self.begin)
        {
            self.blocks.pop_front();
            self.begin = 0;
        }
        let begin = self.begin;
        self.begin += draft.len;
        let block = self.blocks.front().map_or(&[][..], Vec::as_slice);
        Some((draft, &block[begin..self.begin]))
    }
}

fn write_record(
    (format, language): (TableFormat, Language),
    record: &SessionRecord<'_>,
    out: &mut Vec<u8>,
) -> io::Result<()> {
    let begin = out.len();
    match format {
        TableFormat::Ndjson => {
            serde_json::to_writer(&mut *out, record)?;
            out.push(b'\n');
            escape_from(begin, out)
        }
        TableFormat::Json => {
            serde_json::to_writer(&mut *out, record)?;
            escape_from(begin, out)
        }
        TableFormat::Csv => write_row(&cells(record), out),
        TableFormat::Text => text_line(language, record, out),
    }
}

/// Writes records in one format.
pub struct Writer<'a> {
    format: TableFormat,
    language: Language,
    out: &'a mut dyn Write,
    count: u64,
    buffer: Vec<u8>,
}

impl<'a> Writer<'a> {
    /// Begins the output.
    ///
    /// # Errors
    /// The error of the writer.
    pub fn new(
        (format, language): (TableFormat, Language),
        out: &'a mut dyn Write,
    ) -> io::Result<Writer<'a>> {
        match format {
            TableFormat::Json => out.write_all(b"[")?,
            TableFormat::Csv => write_row(&COLUMNS, out)?,
            TableFormat::Ndjson | TableFormat::Text => {}
        }
        Ok(Writer {
            format,
            language,
            out,
            count: 0,
            buffer: Vec::new(),
        })
    }

    /// Adds a record.
    ///
    /// # Errors
    /// The error of the writer.
    pub fn record(&mut self, record: &SessionRecord<'_>) -> io::Result<()> {
        self.separate()?;
        self.buffer.clear();
        let form = (self.format, self.language);
        write_record(form, record, &mut self.buffer)?;
        self.out.write_all(&self.buffer)
    }

    /// Adds the next draft. `line` gives the line number of a row in its file.
    ///
    /// # Errors
    /// The error of the writer.
    pub fn draft<P>(&mut self, drafts: &mut Drafts<P>, line: impl Fn(P) -> u64) -> io::Result<()> {
        let Some((draft, text)) = drafts.next() else {
            return Ok(());
        };
        if text.is_empty() {
            return Ok(());
        }
        self.separate()?;
        match draft.number {
            None => self.out.write_all(text),
            Some((at, first)) => {
                self.out.write_all(&text[..at])?;
                write!(self.out, "{}", line(first))?;
                // Skip the 0 that holds the place of the number.
                self.out.write_all(&text[at + 1..])
            }
        }
    }

    fn separate(&mut self) -> io::Result<()> {
        self.count += 1;
        if self.format == TableFormat::Json {
            self.out
                .write_all(if self.count == 1 { b"\n" } else { b",\n" })?;
        }
        Ok(())
    }

    /// Completes the output.
    ///
    /// # Errors
    /// The error of the writer.
    pub fn finish(self) -> io::Result<()> {
        if self.format == TableFormat::Json {
            self.out.write_all(b"\n]\n")?;
        }
        self.out.flush()
    }
}

fn cells(record: &SessionRecord<'_>) -> [String; COLUMNS.len()] {
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    let certificate = record.certificate.as_ref();
    let of = |get: fn(&crate::report::document::CertificateInfo) -> &Option<String>| {
        certificate
            .and_then(|certificate| get(certificate).clone())
            .unwrap_or_default()
    };
    let outcome = record
        .attribution
        .as_ref()
        .map(|found| found.outcome.as_str());
    [
        record.stream.to_string(),
        record.connector.to_string(),
        record.session_id.clone(),
        record.completeness.to_owned(),
        text(record.started.as_deref()),
        text(record.ended.as_deref()),
        text(record.local.as_deref()),
        text(record.remote.as_deref()),
        record.exchange_online.to_string(),
        text(record.source_address.as_deref()),
        record
            .tls
            .offered
            .map(|offered| offered.to_string())
            .unwrap_or_default(),
        record.tls.requested.to_string(),
        text(record.tls.protocol.as_deref()),
        text(record.tls.error.as_deref()),
        of(|certificate| &certificate.subject),
        of(|certificate| &certificate.issuer),
        of(|certificate| &certificate.serial),
        of(|certificate| &certificate.thumbprint),
        of(|certificate| &certificate.not_before),
        of(|certificate| &certificate.not_after),
        certificate
            .map(|certificate| joined(&certificate.names))
            .unwrap_or_default(),
        record.messages.to_string(),
        record.accepted.to_string(),
        record.rejected.to_string(),
        joined(&codes(record)),
        text(outcome),
        record.file.to_string(),
        record.line.to_string(),
        record.rows.to_string(),
    ]
}

fn codes(record: &SessionRecord<'_>) -> Vec<String> {
    let code = |rejection: &RejectionRecord<'_>| {
        let enhanced = rejection.enhanced.as_deref().unwrap_or_default();
        format!("{} {enhanced}", rejection.code)
            .trim_end()
            .to_owned()
    };
    record.rejections.iter().map(code).collect()
}

fn text_line(
    language: Language,
    record: &SessionRecord<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let thumbprint = record
        .certificate
        .as_ref()
        .and_then(|certificate| certificate.thumbprint.as_deref());
    let started = record.started.as_deref();
    let started = started.map_or_else(|| words::no_time(language), str::to_owned);
    let session = format!(
        "{started} {} {}",
        visible(&record.session_id),
        completeness(language, record.completeness)
    );
    let line = session_line(
        language,
        &session,
        record.accepted,
        record.rejected,
        &thumbprint.map_or_else(|| none(language), visible),
        &visible(&record.connector),
        &visible(&record.stream),
    );
    writeln!(out, "{line}")
}

/// Which part of a session the logs hold, in a word. In English, it is the word of the other formats.
fn completeness(language: Language, word: &str) -> String {
    match word {
        "whole" => whole(language),
        "no_start" => no_start(language),
        "no_end" => no_end(language),
        "fragment" => fragment(language),
        other => other.to_owned(),
    }
}

labels! {
    none: "none", "なし" ["ada7afdb"];
    whole: "whole", "完全" ["e55b9774"];
    no_start: "no_start", "開始なし" ["18c473f5"];
    no_end: "no_end", "終了なし" ["ddf45d2c"];
    fragment: "fragment", "断片" ["fc8185dd"];
}

sentences! {
    /// A session: its time and id, its recipients, its certificate, and where it was.
    fn session_line(
        session: &str,
        accepted: u32,
        rejected: u32,
        certificate: &str,
        connector: &str,
        stream: &str,
    ) {
        en: "{session} accepted {accepted} rejected {rejected} certificate {certificate} '{connector}' on {stream}",
        ja: "{session} 受け入れ {accepted} 拒否 {rejected} 証明書 {certificate} 「{connector}」 ({stream})" ["83580df3"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;
    use crate::report::preserialized::Preserialized;
    use crate::report::session_record::TlsRecord;

    fn record(rows: u64, line: u64, connector: &str) -> SessionRecord<'_> {
        SessionRecord {
            kind: "session",
            stream: "EX01".into(),
            connector: connector.into(),
            session_id: "08DE1A2B3C4D5E6F".to_owned(),
            completeness: "whole",
            started: None,
            ended: None,
            local: None,
            remote: Some("192.0.2.1:25".into()),
            exchange_online: true,
            source_address: None,
            tls: Preserialized::new(TlsRecord {
                offered: Some(true),
                requested: true,
                protocol: None,
                error: None,
            }),
            certificate: None,
            remote_certificate: None,
            messages: 0,
            accepted: 0,
            rejected: 0,
            rejections: Vec::new(),
            attribution: None,
            proxy: None,
            file: "SEND.LOG".into(),
            line,
            rows,
        }
    }

    #[test]
    fn drafts_become_the_records_that_they_stand_for() {
        // Short and long ones, so that blocks are filled to their ends and beyond.
        let connectors = [10, 5_000, 2 * BLOCK, 3].map(|len| "c\"".repeat(len));
        for format in [
            TableFormat::Ndjson,
            TableFormat::Json,
            TableFormat::Csv,
            TableFormat::Text,
        ] {
            let (mut drafts, mut plain, mut drafted) = (Drafts::default(), Vec::new(), Vec::new());
            let form = (format, Language::English);
            let mut writer = Writer::new(form, &mut plain).expect("begin");
            let numbers = (0..400_u64).map(|number| number * number);
            let connector = |number: u64| &connectors[(number / 7 % 4) as usize];
            for number in numbers.clone() {
                if number % 5 == 0 {
                    drafts.skip();
                } else {
                    drafts.push(form, &record(number, 0, connector(number)), number + 1);
                    let whole = record(number, number + 1, connector(number));
                    writer.record(&whole).expect("record");
                }
            }
            writer.finish().expect("end");
            let mut writer = Writer::new(form, &mut drafted).expect("begin");
            for _ in numbers {
                writer.draft(&mut drafts, |line| line).expect("draft");
            }
            writer.finish().expect("end");
            assert!(drafts.blocks.len() <= 1, "written blocks are released");
            assert!(plain == drafted, "{format:?}");
        }
    }
}
