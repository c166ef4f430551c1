//! Reads Transport Queue Logs, which every server since Exchange 2013 writes by itself: once a minute, the
//! queues that hold ten messages or more.
//!
//! In: the bytes of one file. Out: a [`QueueLog`] with one [`Queue`] for each stretch of time in which a
//! queue had one error.
//! Must not take silence for an empty queue: queues with fewer messages are not in the log.
//! Invariant: columns go by name. A line that cannot be read is counted and nothing else.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::input::timestamp::Timestamp;
use crate::tenant::{Known, export};

use super::field::connector;
use super::identity;
use super::model::{Afterwards, AsOf, LastError, Queue};

/// The `#Log-type` of these logs.
const LOG_TYPE: &str = "Transport Queue Log";

/// Exchange cuts the error after so many characters.
const LONGEST_ERROR: usize = 100;

/// A queue that was away for longer than this begins a new stretch.
const GAP: TimeDelta = TimeDelta::hours(1);

/// What one log holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct QueueLog {
    /// The file, as named by the caller.
    pub file: String,
    /// The queues, in the order of their first rows.
    pub queues: Vec<Queue>,
    /// Lines that could not be read.
    pub malformed: u64,
    /// The time of the newest row.
    pub last: Option<DateTime<Utc>>,
}

/// Whether a text is a log of queues, by its first lines.
pub fn is_queue_log(head: &[u8]) -> bool {
    let text = export::text(head);
    let mut lines = text.lines().map(str::trim).take(20);
    lines.any(|line| {
        value_of(line, "#Log-type").is_some_and(|value| value.eq_ignore_ascii_case(LOG_TYPE))
    })
}

/// Reads one file.
pub fn read(file: &str, bytes: &[u8]) -> QueueLog {
    let text = export::text(bytes);
    let mut log = QueueLog {
        file: file.to_owned(),
        ..QueueLog::default()
    };
    let mut columns = Columns::default();
    let mut open: HashMap<(String, String), usize> = HashMap::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim_start_matches('\u{FEFF}').trim_end();
        if line.starts_with('#') {
            if let Some(fields) = value_of(line, "#Fields") {
                columns = Columns::of(fields);
            }
            continue;
        }
        if line.is_empty() {
            continue;
        }
        let number = u64::try_from(number).unwrap_or(u64::MAX).saturating_add(1);
        match columns.row(line) {
            Some(Row::Queue(time, queue)) => {
                log.last = log.last.max(Some(time));
                add(&mut log, &mut open, time, *queue, number);
            }
            Some(Row::Other(time)) => log.last = log.last.max(Some(time)),
            None => log.malformed += 1,
        }
    }
    log
}

/// The value of a header line.
fn value_of<'l>(line: &'l str, key: &str) -> Option<&'l str> {
    let (found, value) = line.split_once(':')?;
    let found = found.trim_start_matches('\u{FEFF}').trim();
    found
        .eq_ignore_ascii_case(key)
        .then(|| value.trim_end_matches([',', ' ']).trim())
}

/// Adds a row to the stretch that it continues.
fn add(
    log: &mut QueueLog,
    open: &mut HashMap<(String, String), usize>,
    time: DateTime<Utc>,
    mut queue: Queue,
    line: u64,
) {
    let error = queue.last_error.value().and_then(Option::as_ref);
    let error = error.map_or_else(String::new, |error| error.text.clone());
    let key = (queue.identity.to_string().to_lowercase(), error);
    if let Some(at) = open.get(&key)
        && let Some(known) = log.queues.get_mut(*at)
        && let AsOf::At(last) = known.as_of
        && (time - last).abs() <= GAP
    {
        if time < last {
            return;
        }
        known.as_of = AsOf::At(time);
        known.status = queue.status;
        known.message_count = queue.message_count;
        return;
    }
    open.insert(key, log.queues.len());
    if let Known::Value(Some(_)) = queue.last_error {
        queue.first_retry = Known::Value(Some(time));
    }
    queue.as_of = AsOf::At(time);
    queue.file.clone_from(&log.file);
    queue.line = Some(line);
    log.queues.push(queue);
}

/// What a row says.
enum Row {
    Queue(DateTime<Utc>, Box<Queue>),
    /// The start of the service, a sum, or an event that is not known.
    Other(DateTime<Utc>),
}

/// Where the columns stand.
#[derive(Debug, Default)]
struct Columns {
    names: Vec<String>,
}

impl Columns {
    fn of(fields: &str) -> Columns {
        let names = fields.split(',');
        Columns {
            names: names.map(|name| name.trim().to_lowercase()).collect(),
        }
    }

    fn row(&self, line: &str) -> Option<Row> {
        let cells = cells(line);
        let cell = |name: &str| -> Option<&str> {
            let at = self.names.iter().position(|known| known == name)?;
            cells.get(at).map(|cell| cell.trim())
        };
        let time = Timestamp::parse(cell("timestamp")?.as_bytes())?.to_chrono()?;
        if !cell("eventid")?.eq_ignore_ascii_case("QUEUE") {
            return Some(Row::Other(time));
        }
        let identity = identity::parse(cell("queueidentity")?)?;
        let text = |name: &str| match cell(name) {
            None => Known::Lost,
            Some("") => Known::Value(None),
            Some(text) => Known::Value(Some(text.to_owned())),
        };
        let number = |name: &str| {
            let number = cell(name).and_then(|text| text.parse().ok());
            number.map_or(Known::Lost, Known::Value)
        };
        let queue = Queue {
            identity,
            status: text("status"),
            delivery_type: text("deliverytype"),
            next_hop_category: text("nexthopcategory"),
            next_hop_domain: text("nexthopdomain"),
            next_hop_connector: match text("nexthopconnector") {
                Known::Value(text) => Known::Value(text.and_then(|text| connector(&text))),
                Known::Lost => Known::Lost,
            },
            tls_domain: text("tlsdomain"),
            last_error: match text("lasterror") {
                Known::Value(text) => Known::Value(text.map(|text| error(&text))),
                Known::Lost => Known::Lost,
            },
            message_count: number("messagecount"),
            retry_count: Known::Lost,
            first_retry: Known::Lost,
            last_retry: Known::Lost,
            next_retry: Known::Lost,
            times_are_utc: true,
            as_of: AsOf::At(time),
            afterwards: Afterwards::Nothing,
            file: String::new(),
            line: None,
        };
        Some(Row::Queue(time, Box::new(queue)))
    }
}

/// An error, which may have been cut.
fn error(text: &str) -> LastError {
    LastError {
        is_cut: text.chars().count() >= LONGEST_ERROR,
        ..LastError::of(text)
    }
}

/// The columns of a line, without their quotes. An open quote ends with its line.
fn cells(line: &str) -> Vec<String> {
    let mut cells = Vec::new();
    let mut cell = String::new();
    let mut letters = line.chars().peekable();
    let mut in_quotes = false;
    while let Some(letter) = letters.next() {
        match letter {
            '"' if in_quotes && letters.peek() == Some(&'"') => {
                letters.next();
                cell.push('"');
            }
            '"' if in_quotes => in_quotes = false,
            '"' if cell.is_empty() => in_quotes = true,
            ',' if !in_quotes => cells.push(std::mem::take(&mut cell)),
            letter => cell.push(letter),
        }
    }
    cells.push(cell);
    cells
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HEADER: &str = "#Software: Microsoft Exchange Server\r\n#Version: 15.02.1748.010\r\n#Log-type: Transport Queue Log\r\n#Date: 2026-11-18T07:00:00.000Z\r\n#Fields: Timestamp,SequenceNumber,EventId,QueueIdentity,Status,DeliveryType,NextHopDomain,NextHopKey,MessageCount,DeferredMessageCount,LockedMessageCount,IncomingRate,OutgoingRate,Velocity,NextHopCategory,RiskLevel,OutboundIPPool,NextHopConnector,TlsDomain,LastError,Data,CustomData\r\n";

    const NOT_FOUND: &str = "454 4.7.5 The certificate specified in TlsCertificateName of the SendConnector could not be found.";

    fn row(minute: u32, queue: &str, count: u32, error: &str) -> String {
        format!(
            "2026-11-18T07:{minute:02}:00.000Z,1,QUEUE,{queue},Retry,DnsConnectorDelivery,contoso.mail.onmicrosoft.com,,{count},0,0,0,0,-3,External,Normal,0,fd96793c-ff84-493f-a380-552c06f95e14,mail.protection.outlook.com,{error},,\r\n"
        )
    }

    fn sum(minute: u32) -> String {
        format!(
            "2026-11-18T07:{minute:02}:00.100Z,,SUMMARY,,,,,,,,,,,,,,,,,,TotalMessageCount = 12; PoisonMessageCount = 0,\r\n"
        )
    }

    fn log(rows: &[String]) -> QueueLog {
        let text = HEADER.to_owned() + &rows.concat();
        assert!(is_queue_log(text.as_bytes()));
        read("q.LOG", text.as_bytes())
    }

    #[test]
    fn rows_with_one_error_are_one_stretch() {
        let log = log(&[
            row(1, "EX01\\41", 10, NOT_FOUND),
            sum(1),
            row(2, "EX01\\41", 12, NOT_FOUND),
            row(2, "EX01\\Shadow\\7", 11, ""),
            sum(2),
            "x,y\r\n".to_owned(),
        ]);
        assert_eq!((log.queues.len(), log.malformed), (2, 1));
        let queue = &log.queues[0];
        assert_eq!(queue.message_count, Known::Value(12));
        assert_eq!(
            queue.first_retry,
            Known::Value(Some("2026-11-18T07:01:00Z".parse().unwrap()))
        );
        assert_eq!(
            queue.as_of,
            AsOf::At("2026-11-18T07:02:00Z".parse().unwrap())
        );
        assert_eq!(queue.line, Some(6));
        assert!(queue.innermost().is_some());
        assert_eq!(log.last, Some("2026-11-18T07:02:00.100Z".parse().unwrap()));
        assert!(log.queues[1].is_shadow());
    }

    #[test]
    fn a_wrapper_that_was_cut_gives_no_verdict() {
        let text = "\"451 4.4.0 Primary target IP address responded with: \"\"451 4.7.0 Temporary server error. Please try\"";
        let log = log(&[row(1, "EX01\\41", 10, text)]);
        assert!(log.queues[0].innermost().is_none());
    }

    #[test]
    fn columns_go_by_name() {
        let text = "#Log-type: transport queue log\n#Fields: EventId,QueueIdentity,Timestamp\nQUEUE,EX01\\41,2026-11-18T07:01:00.000Z\n";
        let log = read("q", text.as_bytes());
        assert_eq!(log.queues[0].identity.to_string(), "EX01\\41");
        assert!(log.queues[0].last_error.is_lost());
        assert!(!is_queue_log(b"#Log-type: Message Tracking Log\n"));
    }

    proptest! {
        #[test]
        fn any_lines_are_read_without_panic(text in "([a-z,\"\n#é:]|QUEUE|#Fields: EventId,Timestamp|2026-11-18T07:01:00.000Z){0,40}") {
            let _ = read("x", text.as_bytes());
        }
    }
}
