//! What a file is, by its first bytes and never by its name.
//!
//! In: the head of a file. Out: a [`FileKind`].
//! Must not know what exports look like: what is text and no log is left to others.

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};

use super::header::{self, HeaderLine, Layout};
use super::line_index::LineIndex;
use super::parse::{self, Oddities};
use super::timestamp::DayCache;

/// How many bytes of a file are looked at.
pub const HEAD_BYTES: usize = 64 * 1024;

/// What a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileKind {
    /// An SMTP send protocol log.
    SendLog,
    /// A send protocol log whose header was cut off; recognised by its rows.
    HeaderlessSendLog,
    /// Another Exchange log; the value of its `#Log-type`.
    OtherLog(String),
    /// Nothing in it.
    Empty,
    /// A compressed archive, by its signature.
    Archive(&'static str),
    /// Other text: an export, perhaps.
    Text,
    /// No text.
    Binary,
}

/// Recognises a file by its head. `encoding` is what [`utf16`] said of the same head.
pub fn recognise(head: &[u8], encoding: Option<&'static Encoding>) -> FileKind {
    if let Some(archive) = archive(head) {
        return FileKind::Archive(archive);
    }
    let decoded;
    let head = match encoding {
        Some(encoding) => {
            decoded = encoding.decode(head).0.into_owned();
            decoded.as_bytes()
        }
        None => head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head),
    };
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
pub fn layout(head: &[u8], encoding: Option<&'static Encoding>) -> Layout {
    let head = match encoding {
        Some(encoding) => encoding.decode(head).0.into_owned().into_bytes(),
        None => head.to_vec(),
    };
    let fields = lines(&head)
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
        _ => None,
    }
}

fn archive(head: &[u8]) -> Option<&'static str> {
    match head {
        [b'P', b'K', 3, 4, ..] => Some("zip"),
        [0x1F, 0x8B, ..] => Some("gzip"),
        [0x28, 0xB5, 0x2F, 0xFD, ..] => Some("zstd"),
        [b'7', b'z', 0xBC, 0xAF, ..] => Some("7-zip"),
        _ => None,
    }
}

/// By the `#Log-type` line, before the first row.
fn by_header(head: &[u8]) -> Option<FileKind> {
    let mut send_fields = false;
    for line in lines(head).take_while(|line| line.is_empty() || line.starts_with(b"#")) {
        match header::parse(line) {
            HeaderLine::LogType(log_type) if header::is_send_log(&log_type) => {
                return Some(FileKind::SendLog);
            }
            HeaderLine::LogType(log_type) => return Some(FileKind::OtherLog(log_type)),
            HeaderLine::Fields(layout) => send_fields |= layout.is_default(),
            HeaderLine::Other => {}
        }
    }
    // `#Fields` without `#Log-type`: the rows decide whether it is a send or a receive log.
    if send_fields {
        by_rows(head).or(Some(FileKind::SendLog))
    } else {
        None
    }
}

/// By rows alone. In a receive log Exchange is the server, so replies stand in `>` rows.
fn by_rows(head: &[u8]) -> Option<FileKind> {
    let (mut rows, mut ours, mut theirs) = (0, 0, 0);
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
        let Some(row) = row.filter(|row| row.event != 0 && row.time.is_known()) else {
            continue;
        };
        rows += 1;
        let data = row.data().raw();
        let reply = data.len() > 3 && data[..3].iter().all(u8::is_ascii_digit);
        match row.event {
            b'<' if reply => theirs += 1,
            b'>' if reply => ours += 1,
            _ => {}
        }
    }
    match (rows, ours > theirs) {
        (0, _) => None,
        (_, true) => Some(FileKind::OtherLog("SMTP Receive Protocol Log".to_owned())),
        (_, false) => Some(FileKind::HeaderlessSendLog),
    }
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
        assert_eq!(recognise(send.as_bytes(), None), FileKind::SendLog);
        let receive = "#Software: x\n#Log-type: SMTP Receive Protocol Log\n";
        assert_eq!(
            recognise(receive.as_bytes(), None),
            FileKind::OtherLog("SMTP Receive Protocol Log".to_owned())
        );
    }

    #[test]
    fn rows_without_a_header_are_told_by_their_direction() {
        assert_eq!(recognise(ROW.as_bytes(), None), FileKind::HeaderlessSendLog);
        let cut = format!("5E6F,3,a:1,b:25,<,250 ok,\r\n{ROW}");
        assert_eq!(recognise(cut.as_bytes(), None), FileKind::HeaderlessSendLog);
        let receive = ROW.replace(",<,", ",>,");
        assert!(matches!(
            recognise(receive.as_bytes(), None),
            FileKind::OtherLog(_)
        ));
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
            assert_eq!(recognise(&head, utf16(&head)), FileKind::SendLog);
        }
    }

    #[test]
    fn everything_else_is_named() {
        assert_eq!(recognise(b"", None), FileKind::Empty);
        assert_eq!(recognise(b"PK\x03\x04rest", None), FileKind::Archive("zip"));
        assert_eq!(recognise(b"[{\"Name\":\"x\"}]", None), FileKind::Text);
        assert_eq!(recognise(b"\x7fELF\0\0\0", None), FileKind::Binary);
    }
}
