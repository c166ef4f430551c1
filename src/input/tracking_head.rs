//! Recognises message tracking logs, by their header or by their rows, and what people take for them.
//!
//! In: the head of a file. Out: a [`TrackingHead`] with the names of its columns.
//! Must not read what rows say.

use super::columns::Fields;
use super::header;
use super::timestamp::DayCache;

/// What the head of a tracking log shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackingHead {
    /// The value of the first `#Fields` line, or the columns that the rows seem to have.
    pub fields: String,
    /// The value of `#Log-type`, or what stands for it in reports.
    pub log_type: String,
    /// There is no header line.
    pub headerless: bool,
}

/// What `#Log-type` says.
const LOG_TYPE: &str = "Message Tracking Log";

/// A tracking log without its `#Log-type`.
const BY_COLUMNS: &str = "Message Tracking Log (by its columns)";

/// A tracking log without its header.
const BY_ROWS: &str = "Message Tracking Log (by its rows)";

/// The message trace of Exchange Online, which shows the other side.
pub(super) const MESSAGE_TRACE: &str = "message trace of Exchange Online";

/// The columns of Exchange 2016 and later. Earlier versions have the first ones of these.
const NAMES: [&str; 30] = [
    "date-time",
    "client-ip",
    "client-hostname",
    "server-ip",
    "server-hostname",
    "source-context",
    "connector-id",
    "source",
    "event-id",
    "internal-message-id",
    "message-id",
    "network-message-id",
    "recipient-address",
    "recipient-status",
    "total-bytes",
    "recipient-count",
    "related-recipient-address",
    "reference",
    "message-subject",
    "sender-address",
    "return-path",
    "message-info",
    "directionality",
    "tenant-id",
    "original-client-ip",
    "original-server-ip",
    "custom-data",
    "transport-traffic-type",
    "log-id",
    "schema-version",
];

/// The column that came with Exchange 2013.
const SINCE_2013: &str = "network-message-id";

/// The last column of Exchange 2007, and the numbers of columns of all versions.
const COUNTS: [usize; 4] = [21, 26, 27, 30];

/// Columns without which a `#Fields` line is that of another log.
const NEEDED: [&str; 5] = [
    "date-time",
    "source",
    "event-id",
    "message-id",
    "recipient-address",
];

/// Whether a `#Log-type` value names a tracking log.
pub(super) fn is_tracking_log(log_type: &str) -> bool {
    log_type.eq_ignore_ascii_case(LOG_TYPE)
}

/// Whether a header line names the columns of a tracking log.
pub(super) fn names_columns(line: &[u8]) -> bool {
    columns_named(line).is_some()
}

fn columns_named(line: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(line);
    let fields = header::value_of(&text, "#Fields")?;
    let has = |wanted: &&str| {
        fields
            .split(',')
            .any(|name| name.trim().eq_ignore_ascii_case(wanted))
    };
    NEEDED.iter().all(has).then(|| fields.to_owned())
}

impl TrackingHead {
    /// The head of a log with this `#Log-type`.
    pub(super) fn of<'a>(
        log_type: Option<String>,
        lines: impl Iterator<Item = &'a [u8]>,
    ) -> TrackingHead {
        let mut days = DayCache::default();
        let (mut named, mut seen) = (None, None);
        for line in lines {
            if named.is_none() && line.starts_with(b"#") {
                named = columns_named(line);
            }
            seen = seen.or_else(|| columns_of_row(line, &mut days));
            if named.is_some() {
                break;
            }
        }
        TrackingHead {
            fields: named.or(seen).unwrap_or_else(|| NAMES.join(",")),
            log_type: log_type.unwrap_or_else(|| BY_COLUMNS.to_owned()),
            headerless: false,
        }
    }

    /// The head of a log that begins with a row, or with a part of one.
    pub(super) fn without_header(fields: String) -> TrackingHead {
        TrackingHead {
            fields,
            log_type: BY_ROWS.to_owned(),
            headerless: true,
        }
    }
}

/// The columns that a row seems to have, by their number, if it looks like one of a tracking log.
pub(super) fn columns_of_row(line: &[u8], days: &mut DayCache) -> Option<String> {
    let most = COUNTS[3] + 1;
    let columns: Vec<&[u8]> = Fields::new(line).take(most).collect();
    if !COUNTS.contains(&columns.len()) {
        return None;
    }
    let is_word = |text: &[u8]| text.len() > 2 && text.iter().all(u8::is_ascii_uppercase);
    let is_number = |text: &[u8]| text.iter().all(u8::is_ascii_digit);
    let is_row = days.parse(columns[0]).is_some()
        && is_word(columns[7])
        && is_word(columns[8])
        && is_number(columns[9]);
    is_row.then(|| names(columns.len()))
}

fn names(count: usize) -> String {
    let had = NAMES
        .iter()
        .filter(|name| count > COUNTS[1] || **name != SINCE_2013);
    had.take(count).copied().collect::<Vec<_>>().join(",")
}

/// Whether a text is a message trace of Exchange Online, by the names in its first line.
pub(super) fn is_message_trace(text: &str) -> bool {
    let first = text.lines().find(|line| !line.trim().is_empty());
    let first = first.unwrap_or_default().to_ascii_lowercase();
    let names: Vec<&str> = first
        .split([',', ';', '\t'])
        .map(|name| name.trim_matches(['"', ' ', '\u{feff}']))
        .collect();
    let has = |name: &str| names.contains(&name);
    (has("date_time_utc") && has("event_id"))
        || (has("origin_timestamp_utc") && has("recipient_status"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(columns: usize) -> String {
        let mut row = vec!["2026-11-18T07:20:00.842Z", "", "", "", "", "", ""];
        row.extend(["SMTP", "FAIL", "17387433984"]);
        row.resize(columns, "\"x, y\"");
        row.join(",")
    }

    #[test]
    fn rows_of_each_version_are_known_by_their_number_of_columns() {
        let columns = |line: &str| columns_of_row(line.as_bytes(), &mut DayCache::default());
        for count in COUNTS {
            let fields = columns(&row(count)).expect("columns");
            let names: Vec<&str> = fields.split(',').collect();
            assert_eq!(names.len(), count);
            assert_eq!(names.contains(&SINCE_2013), count > 26, "{count}");
        }
        assert!(
            columns(&row(21))
                .expect("columns")
                .ends_with(",message-info")
        );
        assert!(
            columns(&row(26))
                .expect("columns")
                .ends_with(",custom-data")
        );
        for other in [
            row(22),
            row(31),
            row(30).replace("FAIL", "<"),
            row(30).replace("2026-", "6-"),
            row(30).replace("173", "a73"),
            String::new(),
        ] {
            assert_eq!(columns(&other), None, "{other}");
        }
    }

    #[test]
    fn the_first_usable_names_count_and_rows_help_without_them() {
        let lines = |text: &'static str| text.split('\n').map(str::as_bytes);
        let named = "#Fields: date-time,source,event-id,message-id,recipient-address\n";
        let head = TrackingHead::of(Some("x".to_owned()), lines(named));
        assert_eq!(head.fields.split(',').count(), 5);
        let head = TrackingHead::of(None, lines("#Fields: date-time,session-id\n"));
        assert_eq!(
            (head.fields.split(',').count(), head.headerless),
            (30, false)
        );
    }

    #[test]
    fn a_message_trace_is_no_tracking_log() {
        let extended = "date_time_utc,client_ip,source_context,connector_id,source,event_id\r\n";
        assert!(is_message_trace(extended));
        let quoted = "\u{feff}\"origin_timestamp_utc\",\"sender_address\",\"recipient_status\"\n";
        assert!(is_message_trace(quoted));
        assert!(!is_message_trace("Identity,event_id\n") && !is_message_trace(""));
    }
}
