//! Takes the record of a session apart into the values of a row.
//!
//! In: a [`SessionRecord`]. Out: one row more in [`Columns`].
//! Must not leave out a field: the fields stand here in the order of the schema.

use chrono::{DateTime, Utc};

use super::columns::{Column, Columns, Value};
use crate::report::document::CertificateInfo;
use crate::report::session_record::{
    AttributionRecord, ProxyRecord, RejectionRecord, SessionRecord, TlsRecord,
};

/// Adds the row of a record.
pub(super) fn push(record: &SessionRecord<'_>, columns: &mut Columns) {
    let SessionRecord {
        kind,
        stream,
        connector,
        session_id,
        completeness,
        started,
        ended,
        local,
        remote,
        exchange_online,
        source_address,
        tls: tls_record,
        certificate: offered,
        remote_certificate,
        messages,
        accepted,
        rejected,
        rejections,
        attribution: attributed,
        proxy: proxied,
        file,
        line,
        rows,
    } = record;
    let mut row = Row::begin(columns);
    row.text(Some(kind));
    row.text(Some(stream));
    row.text(Some(connector));
    row.text(Some(session_id));
    row.text(Some(completeness));
    row.time(started.as_deref());
    row.time(ended.as_deref());
    row.text(local.as_deref());
    row.text(remote.as_deref());
    row.flag(Some(*exchange_online));
    row.text(source_address.as_deref());
    tls(&mut row, tls_record);
    row.group(offered.as_deref(), certificate);
    row.group(remote_certificate.as_deref(), certificate);
    row.number((*messages).into());
    row.number((*accepted).into());
    row.number((*rejected).into());
    row.list(rejections, rejection);
    row.group(attributed.as_deref(), attribution);
    row.group(proxied.as_ref(), proxy);
    row.text(Some(file));
    row.number(*line);
    row.number(*rows);
}

/// Replaces the line number of the last row.
pub(super) fn set_line(line: u64, columns: &mut Columns) {
    columns.replace_last(LINE_FROM_END, signed(line));
}

/// The place of the line number, from the last column. The number of rows is behind it.
const LINE_FROM_END: usize = 1;

fn tls(row: &mut Row<'_>, record: &TlsRecord) {
    row.flag(record.offered);
    row.flag(Some(record.requested));
    row.text(record.protocol.as_deref());
    row.text(record.error.as_deref());
}

fn certificate(row: &mut Row<'_>, shown: Option<&CertificateInfo>) {
    row.text(shown.and_then(|shown| shown.subject.as_deref()));
    row.text(shown.and_then(|shown| shown.issuer.as_deref()));
    row.text(shown.and_then(|shown| shown.subject_and_issuer.as_deref()));
    row.text(shown.and_then(|shown| shown.serial.as_deref()));
    row.text(shown.and_then(|shown| shown.thumbprint.as_deref()));
    row.time(shown.and_then(|shown| shown.not_before.as_deref()));
    row.time(shown.and_then(|shown| shown.not_after.as_deref()));
    row.list(shown.map_or(&[], |shown| &shown.names), name);
}

fn name(row: &mut Row<'_>, name: Option<&String>) {
    row.text(name.map(String::as_str));
}

fn rejection(row: &mut Row<'_>, reply: Option<&RejectionRecord<'_>>) {
    row.time(reply.and_then(|reply| reply.time.as_deref()));
    row.text(reply.and_then(|reply| reply.verb));
    row.text(reply.and_then(|reply| reply.sender.as_deref()));
    row.text(reply.and_then(|reply| reply.recipient.as_deref()));
    row.value(reply.map(|reply| Value::Small(reply.code.into())));
    row.text(reply.and_then(|reply| reply.enhanced.as_deref()));
    row.text(reply.and_then(|reply| reply.attr.as_deref()));
    row.text(reply.map(|reply| &*reply.text));
}

fn attribution(row: &mut Row<'_>, found: Option<&AttributionRecord>) {
    row.text(found.map(|found| found.outcome.as_str()));
    row.text(found.and_then(|found| Some(found.by?.as_str())));
    row.text(found.and_then(|found| found.tenant.as_deref()));
    row.text(found.and_then(|found| found.inbound_connector.as_deref()));
    row.list(found.map_or(&[], |found| &found.trace), name);
}

fn proxy(row: &mut Row<'_>, half: Option<&ProxyRecord<'_>>) {
    row.text(half.map(|half| half.role));
    row.text(half.and_then(|half| half.stream.as_deref()));
    row.text(half.and_then(|half| half.session_id.as_deref()));
}

/// A row that is being filled, column by column.
struct Row<'c> {
    columns: &'c mut [Column],
    /// The next column.
    next: usize,
    /// The levels of a null.
    definition: i16,
    repetition: i16,
}

impl<'c> Row<'c> {
    fn begin(columns: &'c mut Columns) -> Row<'c> {
        Row {
            columns: columns.begin_row(),
            next: 0,
            definition: 0,
            repetition: 0,
        }
    }

    fn value(&mut self, value: Option<Value<'_>>) {
        if let Some(column) = self.columns.get_mut(self.next) {
            column.push(value, self.definition, self.repetition);
        }
        self.next += 1;
    }

    fn text(&mut self, text: Option<&str>) {
        self.value(text.map(Value::Text));
    }

    fn flag(&mut self, flag: Option<bool>) {
        self.value(flag.map(Value::Flag));
    }

    fn number(&mut self, number: u64) {
        self.value(Some(Value::Large(signed(number))));
    }

    fn time(&mut self, time: Option<&str>) {
        self.value(time.and_then(millis).map(Value::Large));
    }

    /// The fields of a group. If it is not there, each of them is null.
    fn group<T>(&mut self, group: Option<&T>, fields: fn(&mut Row<'c>, Option<&T>)) {
        let is_there = i16::from(group.is_some());
        self.definition += is_there;
        fields(self, group);
        self.definition -= is_there;
    }

    /// The elements of a list. It must not be in another list.
    fn list<T>(&mut self, list: &[T], element: impl Fn(&mut Row<'c>, Option<&T>)) {
        if list.is_empty() {
            return element(self, None);
        }
        let first = self.next;
        self.definition += 1;
        for one in list {
            self.next = first;
            element(self, Some(one));
            self.repetition = 1;
        }
        self.repetition = 0;
        self.definition -= 1;
    }
}

/// No count of a log is beyond the range.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Milliseconds since 1970, of a time of the report.
fn millis(time: &str) -> Option<i64> {
    let usual = DateTime::parse_from_rfc3339(time).map(|time| time.timestamp_millis());
    // Years of more than four digits have a sign.
    usual
        .or_else(|_| {
            time.parse::<DateTime<Utc>>()
                .map(|time| time.timestamp_millis())
        })
        .ok()
}
