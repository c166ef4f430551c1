//! Tests of [`super`]: rows of Exchange 2019, and other versions of them.

use super::*;
use crate::input::bytes::Source;
use crate::scenario::tracking::{self, FIELDS};
use crate::tracking::columns::Columns;
use crate::tracking::context::DsnKind;
use crate::tracking::status::StatusKind;

type Recipients = Vec<(Option<Box<str>>, RecipientStatus)>;

fn read(line: &str) -> (Entry, Recipients) {
    read_by(line, FIELDS)
}

fn read_by(line: &str, fields: &str) -> (Entry, Recipients) {
    let columns = Columns::from_fields(fields).expect("columns");
    let (row, _) = Row::cut(line.as_bytes(), &columns);
    assert_eq!(row.count(), columns.count(), "{line}");
    let file = tracking::file("EX01/MSGTRK2026111807-1.LOG", Source::Held(Vec::new()));
    let time = Timestamp::parse(&row.get(Column::DateTime)).expect("a time");
    (entry(&row, time, &file, false), recipients(&row))
}

fn time(text: &str) -> Timestamp {
    Timestamp::parse(text.as_bytes()).expect("a time")
}

#[test]
fn a_refused_recipient_has_the_reply_and_the_report() {
    let (entry, recipients) = read(tracking::FAILED);
    assert_eq!((&entry.event, &entry.origin), (&Event::Fail, &Origin::Smtp));
    assert_eq!(entry.server.as_deref(), Some("EX01"));
    assert_eq!(entry.family, Family::Transport);
    assert_eq!(entry.connector(), Some("Outbound to Office 365"));
    let hop = "contoso-com.mail.protection.outlook.com";
    assert_eq!(entry.next_hop(), Some(hop));
    assert_eq!(entry.next_hop_address(), Some("192.0.2.36"));
    assert_eq!(
        entry.message_id(),
        Some("<0efaea714cc2c4b2@EX01.contoso.com>")
    );
    assert_eq!(entry.network_id(), Some("6f1c0c9e5a414d0b9b7e08df2674a1b2"));
    assert_eq!(entry.internal_id, Some(17_387_433_984));
    let report = "<22954c5f-3b39-468c-b4ad-a699c496db85@EX01.contoso.com>";
    assert_eq!(entry.reference(), Some(report));
    assert_eq!(entry.sender(), Some("bob@contoso.com"));
    assert!(!entry.null_return_path);
    assert_eq!(entry.entered, time("2026-11-18T07:19:58.310Z"));
    assert!(!entry.next_attempt.is_known());
    assert_eq!(entry.reply_from_outside, Some(true));
    assert_eq!((entry.resubmitted, entry.subject()), (None, None));
    let [(address, status)] = recipients.as_slice() else {
        panic!("{recipients:?}");
    };
    assert_eq!(address.as_deref(), Some("ann@fabrikam.com"));
    let reply = status.text.as_deref().expect("a reply");
    assert!(reply.starts_with("550 5.7.64 TenantAttribution; Relay Access Denied [AM0PEPF"));
    assert!(reply.ends_with("08DF001ED0DE024D]"));
    assert_eq!(
        (status.kind, status.is_own, status.host.as_deref()),
        (StatusKind::Reply, true, Some(hop))
    );
}

#[test]
fn a_report_refers_to_the_original() {
    let (entry, recipients) = read(tracking::REPORT);
    assert_eq!(entry.event, Event::Dsn);
    assert_eq!((entry.null_return_path, entry.sender()), (true, None));
    assert!(entry.dsn.is_unknown());
    assert_eq!(
        entry.reference(),
        Some("<0efaea714cc2c4b2@EX01.contoso.com>")
    );
    assert_eq!(recipients[0].0.as_deref(), Some("bob@contoso.com"));
    let kind = tracking::REPORT.replace(",,,,EX01,,,DSN", ",,,,EX01,Failure,,DSN");
    let kind = kind.replace(",,,EX01,,,DSN,DSN", ",,,EX01,Failure,,DSN,DSN");
    assert!(read(&kind).0.dsn.has(DsnKind::Failure));
    let (entry, _) = read(tracking::REPORT_DELIVERED);
    assert_eq!(entry.event, Event::Deliver);
    assert_eq!((entry.next_hop(), entry.data_reply()), (None, None));
}

#[test]
fn a_deferred_message_has_the_bare_reply_and_the_next_attempt() {
    let (entry, recipients) = read(tracking::DEFERRED);
    assert_eq!(entry.event, Event::Defer);
    assert!(!entry.entered.is_known());
    assert_eq!(entry.next_attempt, time("2026-11-18T07:40:10.500Z"));
    let reply = recipients[0].1.text.as_deref().expect("a reply");
    assert!(reply.starts_with("451 4.4.62 ") && reply.ends_with("linkid=865268"));
}

#[test]
fn sent_rows_have_the_reply_to_the_message() {
    let (entry, recipients) = read(tracking::TAKEN);
    assert_eq!(entry.event, Event::SendExternal);
    let reply = entry.data_reply().expect("a reply");
    assert!(reply.starts_with("250 2.6.0 <e109") && reply.ends_with("Queued mail for delivery"));
    assert_eq!(entry.send_session(), None);
    let found: Vec<_> = recipients
        .iter()
        .map(|(address, status)| (address.as_deref(), status.text.as_deref(), status.is_own))
        .collect();
    let ok = Some("250 2.1.5 Recipient OK");
    assert_eq!(
        found,
        [
            (Some("carol@contoso.mail.onmicrosoft.com"), ok, true),
            (Some("dan@contoso.mail.onmicrosoft.com"), ok, true)
        ]
    );
    let (entry, _) = read(tracking::MOVED);
    assert_eq!(entry.next_hop(), Some("EX02.contoso.com"));
    assert_eq!(
        entry.taken_as(),
        Some((5_613_522_257_399, "EX02.contoso.com"))
    );
    let other = tracking::MOVED.replace("[InternalId=", "[Id=");
    assert_eq!(read(&other).0.taken_as(), None);
    assert_eq!(entry.reply_from_outside, Some(false));
}

#[test]
fn the_session_in_the_send_log_and_a_second_copy_are_read_where_they_are() {
    let line = tracking::SENT
        .replace("\";250 2.6.0", "\"08DF3E00890BE9A1;250 2.6.0")
        .replace("S:ToEntity=Internet", "S:Resubmit=ShadowRedundancy");
    let (entry, _) = read(&line);
    assert_eq!(entry.send_session(), Some("08DF3E00890BE9A1"));
    assert!(entry.data_reply().is_some());
    assert_eq!(entry.resubmitted, Some(Resubmission::ShadowRedundancy));
}

#[test]
fn older_versions_and_rows_without_recipients_are_read() {
    let old = "date-time,client-ip,client-hostname,server-ip,server-hostname,source-context,connector-id,source,event-id,internal-message-id,message-id,recipient-address,recipient-status,total-bytes,recipient-count,related-recipient-address,reference,message-subject,sender-address,return-path,message-info,directionality,tenant-id,original-client-ip,original-server-ip,custom-data";
    let line = "2012-01-02T03:04:05.678Z,,EX05,,,MDB:1,,STOREDRIVER,NOTIFYMAPI,729,,,,,,,,,,,,,,,,";
    let (entry, recipients) = read_by(line, old);
    assert_eq!(entry.event, Event::NotifyMapi);
    assert_eq!((entry.message_id(), entry.network_id()), (None, None));
    assert_eq!(entry.internal_id, Some(729));
    assert_eq!(recipients.len(), 1);
    assert_eq!(
        (&recipients[0].0, recipients[0].1.kind),
        (&None, StatusKind::Empty)
    );
}

#[test]
fn addresses_are_split_outside_quotes() {
    for (text, found) in [
        ("a@b;c@d", vec!["a@b", "c@d"]),
        ("\"x;y\"@b;c@d", vec!["\"x;y\"@b", "c@d"]),
        ("\"x;y@b;c@d", vec!["\"x", "y@b", "c@d"]),
        (" a@b ;;", vec!["a@b", "", ""]),
        ("", vec![""]),
    ] {
        let parts: Vec<&str> = split_addresses(text).collect();
        assert_eq!(parts, found, "{text}");
    }
    let line = tracking::TAKEN.replace("com;dan", "com;;dan").replace(
        ",250 2.1.5 Recipient OK;250",
        ",250 2.1.5 Recipient OK;;250",
    );
    let (_, recipients) = read(&line);
    assert_eq!(recipients.len(), 2);
    assert!(recipients.iter().all(|(_, status)| status.is_own));
}

#[test]
fn network_ids_compare_in_one_form() {
    let digits = "6f1c0c9e5a414d0b9b7e08df2674a1b2";
    for form in [
        "6F1C0C9E-5A41-4D0B-9B7E-08DF2674A1B2",
        "{6f1c0c9e-5a41-4d0b-9b7e-08df2674a1b2}",
        digits,
    ] {
        assert_eq!(guid(form, &mut [0; GUID]), Some(digits));
    }
    for other in ["a-b", &digits[1..], &format!("{digits}0")] {
        assert_eq!(guid(other, &mut [0; GUID]), None);
    }
}
