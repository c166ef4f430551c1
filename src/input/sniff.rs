//! What a file is, by its first bytes and never by its name.
//!
//! In: the head of a file. Out: a [`FileKind`].
//! Must not know what exports look like: what is text and no log is left to others.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};

use super::columns::Fields;
use super::disguise::{self, Form};
use super::field::Field;
use super::header::{self, HeaderLine, Layout};
use super::line_index::LineIndex;
use super::own_report;
use super::parse::{self, Oddities};
use super::pasted;
use super::record::Row;
use super::timestamp::DayCache;
use super::tracking_head::{self, TrackingHead};

/// How many bytes of a file are looked at.
pub const HEAD_BYTES: usize = 64 * 1024;

/// How a digest begins once it is unpacked, in every version.
pub const DIGEST: &[u8] = b"{\"type\":\"digest\",\"format\":\"sendlens digest\",";

/// What a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileKind {
    /// An SMTP send protocol log.
    SendLog,
    /// A send protocol log whose header was cut off; recognised by its rows.
    HeaderlessSendLog,
    /// A message tracking log.
    TrackingLog(TrackingHead),
    /// A log of queues, which is read like an export.
    QueueLog,
    /// Another Exchange log; the value of its `#Log-type`.
    OtherLog(String),
    /// A send log in a form that is not read, such as a table of a web page.
    Disguised(Form),
    /// A digest that this program made of logs.
    Digest,
    /// A report of this program.
    OwnReport,
    /// Nothing in it.
    Empty,
    /// A compressed archive, by its signature.
    Archive(&'static str),
    /// Other text: an export, perhaps.
    Text,
    /// No text.
    Binary,
}

/// What the head of a file shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recognised {
    /// What the file is.
    pub kind: FileKind,
    /// The columns that the first usable `#Fields` line names.
    pub layout: Layout,
    /// Whether it is a log that was copied from elsewhere and has to be cleaned.
    pub pasted: bool,
}

impl Recognised {
    /// What is known of a file that nobody looked at.
    pub(super) fn nothing() -> Recognised {
        plain(FileKind::Empty, &[])
    }
}

/// Recognises a file by its head. `encoding` is what [`utf16`] said of the same head.
pub fn recognise(head: &[u8], encoding: Option<&'static Encoding>) -> Recognised {
    if let Some(archive) = archive(head) {
        return plain(FileKind::Archive(archive), head);
    }
    let head = match encoding {
        Some(encoding) => Cow::Owned(encoding.decode(head).0.into_owned().into_bytes()),
        None => Cow::Borrowed(head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head)),
    };
    if head.starts_with(DIGEST) {
        return plain(FileKind::Digest, &[]);
    }
    let kind = kind(&head);
    if matches!(
        kind,
        FileKind::SendLog | FileKind::HeaderlessSendLog | FileKind::Text
    ) {
        let text = pasted::text(&head);
        if kind != FileKind::SendLog && own_report::is_one(&text) {
            return plain(FileKind::OwnReport, &head);
        }
        if pasted::looks_pasted(&text) {
            let cleaned = pasted::cleaned_head(&text);
            let cleaned = cleaned.as_bytes();
            return Recognised {
                pasted: true,
                ..plain(self::kind(cleaned), cleaned)
            };
        }
    }
    if kind == FileKind::Text {
        let text = pasted::text(&head);
        if let Some(form) = disguise::form_of(&text) {
            return plain(FileKind::Disguised(form), &head);
        }
        if disguise::is_iis(&text) {
            return plain(FileKind::OtherLog(IIS_LOG.to_owned()), &head);
        }
        if tracking_head::is_message_trace(&text) {
            let trace = tracking_head::MESSAGE_TRACE.to_owned();
            return plain(FileKind::OtherLog(trace), &head);
        }
    }
    plain(kind, &head)
}

fn plain(kind: FileKind, head: &[u8]) -> Recognised {
    Recognised {
        kind,
        layout: layout(head),
        pasted: false,
    }
}

/// What a file of this UTF-8 text is.
fn kind(head: &[u8]) -> FileKind {
    if head.iter().all(u8::is_ascii_whitespace) {
        return FileKind::Empty;
    }
    if let Some(kind) = by_header(head) {
        return kind;
    }
    if memchr::memchr(0, head).is_some() {
        return FileKind::Binary;
    }
    by_rows(head).unwrap_or(FileKind::Text)
}

/// The columns that the first usable `#Fields` line of a head names.
fn layout(head: &[u8]) -> Layout {
    let fields = lines(head)
        .filter(|line| line.starts_with(b"#"))
        .find_map(|line| match header::parse(line) {
            HeaderLine::Fields(layout) => Some(layout),
            _ => None,
        });
    fields.unwrap_or_default()
}

/// UTF-16, by its byte order mark or by zero bytes in every second place.
pub fn utf16(head: &[u8]) -> Option<&'static Encoding> {
    match head {
        [0xFF, 0xFE, ..] => Some(UTF_16LE),
        [0xFE, 0xFF, ..] => Some(UTF_16BE),
        [b'#' | b'2' | b'{' | b'[' | b'<', 0, _, 0, ..] => Some(UTF_16LE),
        [0, b'#' | b'2' | b'{' | b'[' | b'<', 0, _, ..] => Some(UTF_16BE),
        // What a console has written begins with a prompt, a name or an empty line.
        [a, 0, b, 0, c, 0, d, 0, ..] if [a, b, c, d].into_iter().all(is_text) => Some(UTF_16LE),
        [0, a, 0, b, 0, c, 0, d, ..] if [a, b, c, d].into_iter().all(is_text) => Some(UTF_16BE),
        _ => None,
    }
}

/// A printable character of ASCII, or white space.
fn is_text(byte: &u8) -> bool {
    byte.is_ascii_graphic() || byte.is_ascii_whitespace()
}

fn archive(head: &[u8]) -> Option<&'static str> {
    match head {
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Some("zip"),
        [0x1F, 0x8B, ..] => Some("gzip"),
        [0x28, 0xB5, 0x2F, 0xFD, ..] => Some("zstd"),
        [b'7', b'z', 0xBC, 0xAF, ..] => Some("7-zip"),
        [b'R', b'a', b'r', b'!', ..] => Some("RAR"),
        [b'M', b'S', b'C', b'F', ..] => Some("cabinet"),
        _ => None,
    }
}

/// By the header lines before the first row.
fn by_header(head: &[u8]) -> Option<FileKind> {
    let mut send_fields = false;
    for line in lines(head).take_while(|line| line.is_empty() || line.starts_with(b"#")) {
        match header::parse(line) {
            HeaderLine::LogType(log_type) if header::is_send_log(&log_type) => {
                return Some(FileKind::SendLog);
            }
            HeaderLine::LogType(log_type) if tracking_head::is_tracking_log(&log_type) => {
                let head = TrackingHead::of(Some(log_type), lines(head));
                return Some(FileKind::TrackingLog(head));
            }
            HeaderLine::LogType(log_type) if header::is_queue_log(&log_type) => {
                return Some(FileKind::QueueLog);
            }
            HeaderLine::LogType(log_type) => return Some(FileKind::OtherLog(log_type)),
            HeaderLine::Fields(layout) => send_fields |= layout.is_default(),
            HeaderLine::Other if tracking_head::names_columns(line) => {
                return Some(FileKind::TrackingLog(TrackingHead::of(None, lines(head))));
            }
            HeaderLine::Other => {
                if let Some(kind) = by_other_header(line) {
                    return Some(kind);
                }
            }
        }
    }
    // `#Fields` without `#Log-type`: the rows decide whether it is a send or a receive log.
    if send_fields {
        by_rows(head).or(Some(FileKind::SendLog))
    } else {
        None
    }
}

/// Logs that people take for the send log: of the SMTP service of IIS, and of connections.
fn by_other_header(line: &[u8]) -> Option<FileKind> {
    let text = String::from_utf8_lossy(line).to_ascii_lowercase();
    let name = if text.starts_with("#software: microsoft internet information services") {
        IIS_LOG
    } else if text.starts_with("#fields:") && text.contains("session,source,destination,direction")
    {
        CONNECTIVITY_LOG
    } else {
        return None;
    };
    Some(FileKind::OtherLog(name.to_owned()))
}

/// The log of IIS, whose SMTP service writes W3C columns.
pub(super) const IIS_LOG: &str = "log of Internet Information Services (IIS)";

/// The log of connections without its `#Log-type`.
const CONNECTIVITY_LOG: &str = "Transport Connectivity Log (by its columns)";

/// A receive log without its header.
const RECEIVE_LOG: &str = "SMTP Receive Protocol Log (by its rows)";

/// What speaks for a receive log, where Exchange is the server, and what speaks for a send log.
#[derive(Default)]
struct Sides {
    rows: usize,
    receive: usize,
    send: usize,
}

impl Sides {
    fn see(&mut self, row: &Row<'_>) {
        self.rows += 1;
        let data = row.data().text();
        let first = data.split([' ', '-', ':']).next().unwrap_or_default();
        let reply = first.len() == 3 && first.bytes().all(|byte| byte.is_ascii_digit());
        let command = COMMANDS.iter().any(|verb| verb.eq_ignore_ascii_case(first));
        match row.event {
            b'>' if reply => self.receive += DIRECTION,
            b'<' if command => self.receive += DIRECTION,
            b'<' if reply => self.send += DIRECTION,
            b'>' if command => self.send += DIRECTION,
            _ => {}
        }
        let port = |endpoint: Field<'_>| {
            let text = endpoint.text();
            let (_, port) = text.rsplit_once(':')?;
            port.parse::<u16>().ok()
        };
        match [port(row.local()), port(row.remote())].map(|port| port == Some(25)) {
            [true, false] => self.receive += 1,
            [false, true] => self.send += 1,
            _ => {}
        }
        // A receive connector belongs to a server: `EX01\Default EX01`.
        self.receive += usize::from(row.connector().text().contains('\\'));
    }
}

/// Who sends a command or a reply is surer than ports and names.
const DIRECTION: usize = 4;

/// What the client of a connection says.
const COMMANDS: [&str; 14] = [
    "EHLO",
    "HELO",
    "MAIL",
    "RCPT",
    "DATA",
    "BDAT",
    "RSET",
    "QUIT",
    "NOOP",
    "STARTTLS",
    "AUTH",
    "XPROXYTO",
    "XPROXYFROM",
    "XPROXY",
];

/// By rows alone.
fn by_rows(head: &[u8]) -> Option<FileKind> {
    let mut sides = Sides::default();
    let mut connections = 0;
    let mut tracked = None;
    let mut days = DayCache::default();
    let mut index = LineIndex::default();
    for line in lines(head)
        .filter(|line| !line.is_empty() && !line.starts_with(b"#"))
        .take(200)
    {
        let place = super::place::LinePlace { chunk: 0, line: 0 };
        let mut odd = Oddities::default();
        let row = parse::parse(
            line,
            place,
            &Layout::default(),
            &mut index,
            &mut days,
            &mut odd,
        );
        match row.filter(|row| row.event != 0 && row.time.is_known()) {
            Some(row) => sides.see(&row),
            None => {
                connections += usize::from(is_connection(line, &mut days));
                tracked = tracked.or_else(|| tracking_head::columns_of_row(line, &mut days));
            }
        }
    }
    match (sides.rows, sides.receive > sides.send) {
        (0, _) if connections > 0 => Some(FileKind::OtherLog(CONNECTIVITY_LOG.to_owned())),
        (0, _) => tracked
            .map(TrackingHead::without_header)
            .map(FileKind::TrackingLog),
        (_, true) => Some(FileKind::OtherLog(RECEIVE_LOG.to_owned())),
        (_, false) => Some(FileKind::HeaderlessSendLog),
    }
}

/// A row of a connectivity log: time, session, source, destination, direction, description.
fn is_connection(line: &[u8], days: &mut DayCache) -> bool {
    let columns: Vec<&[u8]> = Fields::new(line).collect();
    let [time, session, _, _, direction, _] = columns.as_slice() else {
        return false;
    };
    days.parse(time).is_some()
        && session.len() == 16
        && session.iter().all(u8::is_ascii_hexdigit)
        && matches!(direction, [b'+' | b'-' | b'>' | b'<' | b'*'])
}

fn lines(head: &[u8]) -> impl Iterator<Item = &[u8]> {
    head.split(|byte| *byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .map(|line| line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROW: &str = "2026-11-03T02:14:09.120Z,C,08DE1A2B3C4D5E6F,3,a:1,b:25,<,250 ok,\r\n";

    #[test]
    fn logs_are_told_by_their_type_line() {
        let send =
            "\u{feff}#Software: Microsoft Exchange Server\r\n#Log-type: SMTP Send Protocol Log\r\n";
        assert_eq!(recognise(send.as_bytes(), None).kind, FileKind::SendLog);
        let receive = "#Software: x\n#Log-type: SMTP Receive Protocol Log\n";
        assert_eq!(
            recognise(receive.as_bytes(), None).kind,
            FileKind::OtherLog("SMTP Receive Protocol Log".to_owned())
        );
    }

    #[test]
    fn rows_without_a_header_are_told_by_their_direction() {
        assert_eq!(
            recognise(ROW.as_bytes(), None).kind,
            FileKind::HeaderlessSendLog
        );
        let cut = format!("5E6F,3,a:1,b:25,<,250 ok,\r\n{ROW}");
        assert_eq!(
            recognise(cut.as_bytes(), None).kind,
            FileKind::HeaderlessSendLog
        );
        let receive = ROW.replace(",<,", ",>,");
        assert_eq!(
            recognise(receive.as_bytes(), None).kind,
            FileKind::OtherLog(RECEIVE_LOG.to_owned())
        );
    }

    #[test]
    fn other_logs_are_named_without_a_type_line() {
        let of = |text: &str| recognise(text.as_bytes(), None).kind;
        let named = |name: &str| FileKind::OtherLog(name.to_owned());
        // No reply and no command: the ports and the name of the connector decide.
        let connect = "2026-11-03T02:14:09.120Z,EX01\\Default EX01,08DE1A2B3C4D5E6F,0,10.0.0.5:25,192.0.2.9:41022,+,,\r\n";
        assert_eq!(of(connect), named(RECEIVE_LOG));
        let ehlo =
            "2026-11-03T02:14:09.120Z,Default,08DE1A2B3C4D5E6F,0,,,<,EHLO client.example.org,\r\n";
        assert_eq!(of(ehlo), named(RECEIVE_LOG));
        let iis = "#Software: Microsoft Internet Information Services 10.0\r\n#Version: 1.0\r\n#Fields: date time c-ip cs-method\r\n";
        assert_eq!(of(iis), named(IIS_LOG));
        let connection = "2026-11-03T02:14:09.120Z,08DE1A2B3C4D5E6F,SMTP,office365,+,SmtpRelayWithinAdSite 8f0e\r\n";
        assert_eq!(of(connection), named(CONNECTIVITY_LOG));
        let fields = "#Fields: date-time,session,source,Destination,direction,description\r\n";
        assert_eq!(
            of(&format!("{fields}{connection}")),
            named(CONNECTIVITY_LOG)
        );
    }

    #[test]
    fn tracking_logs_are_told_by_type_columns_or_rows() {
        let of = |text: &str| match recognise(text.as_bytes(), utf16(text.as_bytes())).kind {
            FileKind::TrackingLog(head) => head,
            other => panic!("{other:?}"),
        };
        let fields = "date-time,source,event-id,message-id,recipient-address";
        let kind = "#Log-type: Message Tracking Log\r\n";
        let whole = format!("\u{feff}#Software: x\r\n{kind}#Fields: {fields}\r\n");
        let head = of(&whole);
        assert_eq!(head.fields.trim(), fields);
        assert_eq!(head.log_type, "Message Tracking Log");
        assert!(!head.headerless);
        assert!(
            of(&format!("#Fields: {fields}\n"))
                .log_type
                .contains("by its columns")
        );
        let row = format!(
            "2026-11-18T07:20:00.842Z,,,,,,,SMTP,FAIL,1{}",
            ",".repeat(20)
        );
        let head = of(&format!("cut off,x\n{row}\n"));
        assert!(head.headerless && head.fields.ends_with(",schema-version"));
        let trace = recognise(b"date_time_utc,event_id,source_context\n2026", None).kind;
        assert_eq!(
            trace,
            FileKind::OtherLog(tracking_head::MESSAGE_TRACE.to_owned())
        );
    }

    #[test]
    fn a_log_with_a_prefix_is_recognised_by_its_cleaned_rows() {
        let found = recognise(format!("  1. {ROW}  2. {ROW}").as_bytes(), None);
        assert_eq!(
            (found.kind, found.pasted),
            (FileKind::HeaderlessSendLog, true)
        );
        assert!(!recognise(ROW.as_bytes(), None).pasted);
    }

    #[test]
    fn utf16_is_seen_with_and_without_a_mark() {
        for (bom, order) in [(true, UTF_16LE), (false, UTF_16LE)] {
            let mut head: Vec<u8> = if bom { vec![0xFF, 0xFE] } else { Vec::new() };
            head.extend(
                "#Log-type: SMTP Send Protocol Log\r\n"
                    .encode_utf16()
                    .flat_map(u16::to_le_bytes),
            );
            assert_eq!(utf16(&head), Some(order));
            assert_eq!(recognise(&head, utf16(&head)).kind, FileKind::SendLog);
        }
    }

    #[test]
    fn everything_else_is_named() {
        assert_eq!(recognise(b"", None).kind, FileKind::Empty);
        assert_eq!(
            recognise(b"PK\x03\x04rest", None).kind,
            FileKind::Archive("zip")
        );
        assert_eq!(recognise(b"[{\"Name\":\"x\"}]", None).kind, FileKind::Text);
        let digest = [DIGEST, b"\"version\":7}\n"].concat();
        assert_eq!(recognise(&digest, None).kind, FileKind::Digest);
        assert_eq!(recognise(b"\x7fELF\0\0\0", None).kind, FileKind::Binary);
    }
}
