//! Session records, written one by one as sessions end.
//!
//! In: [`SessionRecord`]s. Out: NDJSON, a JSON array, CSV or text lines.
//! Must not hold records.

use std::collections::VecDeque;
use std::io::{self, Write};

use crate::report::session::{RejectionRecord, SessionRecord};

use super::csv::{defused, joined};
use super::plain::visible;

/// The form of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One object per line.
    Ndjson,
    /// One array.
    Json,
    /// One row per session.
    Csv,
    /// One line per session.
    Text,
}

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

/// Records that lack only their line number, made on a worker.
/// `P` stands for the place that will give it.
#[derive(Debug)]
pub struct Drafts<P> {
    bytes: Vec<u8>,
    waiting: VecDeque<Draft<P>>,
    /// Where the first waiting draft begins.
    begin: usize,
}

impl<P> Default for Drafts<P> {
    fn default() -> Drafts<P> {
        Drafts {
            bytes: Vec::new(),
            waiting: VecDeque::new(),
            begin: 0,
        }
    }
}

/// Line number and rows are the last two columns in every form that has them.
#[derive(Debug)]
struct Draft<P> {
    /// Where the line number goes, and whose it is; none in a form without it, or where nothing is
    /// to be written.
    number: Option<(usize, P)>,
    end: usize,
}

impl<P> Drafts<P> {
    /// Leaves a session out.
    pub fn skip(&mut self) {
        let end = self.bytes.len();
        self.waiting.push_back(Draft { number: None, end });
    }

    /// Adds a record, its line number unknown and 0; `first` is the place of its first row.
    pub fn push(&mut self, form: Form, record: &SessionRecord<'_>, first: P) {
        let tail = match form {
            Form::Ndjson => format!("0,\"rows\":{}}}\n", record.rows),
            Form::Json => format!("0,\"rows\":{}}}", record.rows),
            Form::Csv => format!("0,{}\n", record.rows),
            Form::Text => String::new(),
        };
        // Writing to memory does not fail.
        let _ = write_record(form, record, &mut self.bytes);
        let end = self.bytes.len();
        let number = (form != Form::Text).then(|| (end - tail.len(), first));
        self.waiting.push_back(Draft { number, end });
    }
}

fn write_record(form: Form, record: &SessionRecord<'_>, out: &mut Vec<u8>) -> io::Result<()> {
    match form {
        Form::Ndjson => super::json::line(record, out),
        Form::Json => Ok(serde_json::to_writer(out, record)?),
        Form::Csv => write_csv(&cells(record).map(|cell| defused(&cell)), out),
        Form::Text => text_line(record, out),
    }
}

/// Writes records in one form.
pub struct Writer<'a> {
    form: Form,
    out: &'a mut dyn Write,
    count: u64,
    buffer: Vec<u8>,
}

impl<'a> Writer<'a> {
    /// Begins the output.
    ///
    /// # Errors
    /// Whatever the writer says.
    pub fn new(form: Form, out: &'a mut dyn Write) -> io::Result<Writer<'a>> {
        match form {
            Form::Json => out.write_all(b"[")?,
            Form::Csv => write_csv(&COLUMNS.map(str::to_owned), out)?,
            Form::Ndjson | Form::Text => {}
        }
        Ok(Writer {
            form,
            out,
            count: 0,
            buffer: Vec::new(),
        })
    }

    /// Adds a record.
    ///
    /// # Errors
    /// Whatever the writer says.
    pub fn record(&mut self, record: &SessionRecord<'_>) -> io::Result<()> {
        self.separate()?;
        self.buffer.clear();
        write_record(self.form, record, &mut self.buffer)?;
        self.out.write_all(&self.buffer)
    }

    /// Adds the next draft; `line` gives the number of a row in its file.
    ///
    /// # Errors
    /// Whatever the writer says.
    pub fn draft<P>(&mut self, drafts: &mut Drafts<P>, line: impl Fn(P) -> u64) -> io::Result<()> {
        let Some(draft) = drafts.waiting.pop_front() else {
            return Ok(());
        };
        let begin = std::mem::replace(&mut drafts.begin, draft.end);
        if begin == draft.end {
            return Ok(());
        }
        self.separate()?;
        match draft.number {
            None => self.out.write_all(&drafts.bytes[begin..draft.end]),
            Some((at, first)) => {
                self.out.write_all(&drafts.bytes[begin..at])?;
                write!(self.out, "{}", line(first))?;
                // A 0 stands where the number goes.
                self.out.write_all(&drafts.bytes[at + 1..draft.end])
            }
        }
    }

    fn separate(&mut self) -> io::Result<()> {
        self.count += 1;
        if self.form == Form::Json {
            self.out
                .write_all(if self.count == 1 { b"\n" } else { b",\n" })?;
        }
        Ok(())
    }

    /// Ends the output.
    ///
    /// # Errors
    /// Whatever the writer says.
    pub fn finish(self) -> io::Result<()> {
        if self.form == Form::Json {
            self.out.write_all(b"\n]\n")?;
        }
        self.out.flush()
    }
}

fn write_csv<const N: usize>(cells: &[String; N], out: &mut dyn Write) -> io::Result<()> {
    let mut writer = csv::WriterBuilder::new()
        .buffer_capacity(1024)
        .from_writer(out);
    writer.write_record(cells)?;
    writer.flush()
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
        .and_then(|found| serde_json::to_value(found.outcome).ok());
    [
        record.stream.to_owned(),
        record.connector.to_owned(),
        record.session_id.clone(),
        record.completeness.to_owned(),
        text(record.started.as_deref()),
        text(record.ended.as_deref()),
        text(record.local),
        text(record.remote),
        record.exchange_online.to_string(),
        text(record.source_address),
        record
            .tls
            .offered
            .map(|offered| offered.to_string())
            .unwrap_or_default(),
        record.tls.requested.to_string(),
        text(record.tls.protocol),
        text(record.tls.error),
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
        outcome
            .as_ref()
            .and_then(|outcome| outcome.as_str())
            .unwrap_or_default()
            .to_owned(),
        record.file.to_owned(),
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

fn text_line(record: &SessionRecord<'_>, out: &mut dyn Write) -> io::Result<()> {
    let thumbprint = record
        .certificate
        .as_ref()
        .and_then(|certificate| certificate.thumbprint.as_deref());
    writeln!(
        out,
        "{} {} {} accepted {} rejected {} certificate {} '{}' on {}",
        record.started.as_deref().unwrap_or("unknown time"),
        visible(&record.session_id),
        record.completeness,
        record.accepted,
        record.rejected,
        thumbprint.unwrap_or("none"),
        visible(record.connector),
        visible(record.stream),
    )
}
