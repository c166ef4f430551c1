//! Writes the records of messages.
//!
//! In: [`MessageRecord`]s, rendered on any core. Out: NDJSON, a JSON array, CSV with one row for each
//! recipient, or text.
//! Must not keep records that are written.

use std::io::{self, Write};

use crate::report::message_record::{MessageRecord, MessagesSummary, RecipientRecord};

use super::csv::write_row;
use super::format::TableFormat;
use super::hidden::escape_from;
use super::plain::visible;

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
        format: TableFormat,
        record: &MessageRecord,
        shows: &dyn Fn(&RecipientRecord) -> bool,
    ) {
        self.count += 1;
        if let Err(error) = render(format, record, shows, &mut self.text) {
            self.failed = Some(error);
        }
    }
}

fn render(
    format: TableFormat,
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
        TableFormat::Text => text(record, shows, out)?,
    }
    Ok(())
}

/// Writes records in one format.
pub struct Writer<'a> {
    format: TableFormat,
    out: &'a mut (dyn Write + Sync),
    count: u64,
}

impl<'a> Writer<'a> {
    /// Begins the output.
    ///
    /// # Errors
    /// The error of the writer.
    pub fn new(format: TableFormat, out: &'a mut (dyn Write + Sync)) -> io::Result<Writer<'a>> {
        match format {
            TableFormat::Json => out.write_all(b"[\n")?,
            TableFormat::Csv => write_row(&COLUMNS, out)?,
            TableFormat::Ndjson | TableFormat::Text => {}
        }
        Ok(Writer {
            format,
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
            TableFormat::Text if self.count == 0 => writeln!(
                self.out,
                "The input contains no message that Exchange Online rejected or deferred."
            )?,
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
    record: &MessageRecord,
    shows: &dyn Fn(&RecipientRecord) -> bool,
    out: &mut Vec<u8>,
) -> io::Result<()> {
    let or_unknown = |value: &Option<String>, unknown: &str| match value {
        Some(value) => visible(value),
        None => unknown.to_owned(),
    };
    writeln!(
        out,
        "{} {} from {}",
        or_unknown(&record.first, "unknown time"),
        or_unknown(&record.message_id, "(no message id)"),
        or_unknown(&record.sender, "(unknown sender)"),
    )?;
    if let Some(subject) = &record.subject {
        writeln!(out, "  subject   {}", visible(subject))?;
    }
    for recipient in record.recipients.iter().filter(|one| shows(one)) {
        writeln!(
            out,
            "  {:<9} {}{}",
            recipient.fate,
            or_unknown(&recipient.address, "(no recipient named)"),
            details(recipient)
        )?;
        if let Some(reply) = &recipient.reply {
            writeln!(out, "            {}", visible(reply))?;
        }
    }
    Ok(())
}

/// What else is known, in brackets.
fn details(recipient: &RecipientRecord) -> String {
    let mut parts = Vec::new();
    parts.extend(
        recipient
            .certainty
            .map(|certainty| format!("certainty {certainty}")),
    );
    parts.extend(recipient.reason.map(|reason| format!("reason {reason}")));
    parts.extend(recipient.time.clone());
    if recipient.fate != "bounced" {
        parts.extend(
            recipient
                .host
                .as_deref()
                .map(|host| format!("host {}", visible(host))),
        );
    }
    if let Some(expires) = &recipient.expires {
        parts.push(format!("tried until {expires}"));
    }
    if let Some(ndr) = &recipient.ndr {
        parts.push(match (ndr.arrived, &ndr.time) {
            (true, Some(time)) => format!("the sender was told at {time}"),
            (true, None) => "the sender was told".to_owned(),
            (false, _) => "the notice to the sender is still on its way".to_owned(),
        });
    }
    if parts.is_empty() {
        return String::new();
    }
    format!(" ({})", parts.join(", "))
}
