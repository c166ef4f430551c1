//! Messages of tracking logs that are listed in windows of time, one after the other.
//!
//! In: the tracking logs of a week. Out: nothing.
//! A crowd of rows in the middle of the week cuts it: the list must be the same as without the crowd, in
//! another order.

use std::path::Path;

use rayon::prelude::*;
use serde_json::Value;

use super::tracking_rows::header;
use super::truth::Input;
use super::world::Version;
use super::{listed, write, writer};

/// The id of the message of the crowd.
const CROWD: &str = "<crowd@EX09.contoso.com>";

/// More rows about sending in one minute than a window holds: the same row again and again.
fn crowd(time: &str) -> String {
    let recipients: Vec<String> = (0..400).map(|one| format!("c{one}@example.org")).collect();
    let status = vec!["250 2.1.5 Recipient OK"; recipients.len()];
    let row = format!(
        "{time},10.0.0.9,EX09,192.0.2.36,contoso-com.mail.protection.outlook.com,\";250 2.6.0 {CROWD} [InternalId=1, Hostname=DB9P193MB0002.EURP193.PROD.OUTLOOK.COM] Queued mail for delivery;ClientSubmitTime:\",Outbound to Office 365,SMTP,SENDEXTERNAL,1,{CROWD},6f1c0c9e-5a41-4d0b-9b7e-08df26749999,{},{},100,{},,,,anna@contoso.com,anna@contoso.com,,Originating,,,,,Email,6f1c0c9e-5a41-4d0b-9b7e-08df26749998,15.02.1748.010\r\n",
        recipients.join(";"),
        status.join(";"),
        recipients.len(),
    );
    header(Version::E2019) + &row.repeat(300)
}

fn all(folder: &Path) -> Vec<Value> {
    let mut records = listed(folder, Input::TrackingLogs, &["--all"]);
    records.retain(|record| record["message_id"] != CROWD);
    records
}

/// How many messages are in another place of the list with a crowd at this time.
fn moved_by_crowd(seed: u64, time: &str) -> usize {
    let folder = tempfile::tempdir().expect("a folder");
    write(seed, folder.path());
    let before = all(folder.path());
    let server = folder.path().join(writer::TRACKING).join("EX09");
    std::fs::create_dir(&server).expect("a folder");
    std::fs::write(server.join("MSGTRK20261104-1.LOG"), crowd(time)).expect("a log");
    let after = all(folder.path());
    let sorted = |records: &[Value]| {
        let mut texts: Vec<String> = records.iter().map(Value::to_string).collect();
        texts.sort();
        texts
    };
    assert_eq!(sorted(&before), sorted(&after), "week {seed}");
    let pairs = before.iter().zip(&after);
    pairs.filter(|(one, two)| one != two).count()
}

#[test]
fn a_crowd_of_rows_changes_no_message() {
    // In week 3, a message waits for two days and fails then. In week 7, two messages with one id are sent before
    // and behind the crowd. In week 17, a message that was taken before is sent again behind it and fails, and
    // the log that shows this is read first.
    let crowds = [
        (3, "2026-11-06T00:00:00.000Z"),
        (7, "2026-11-03T08:00:00.000Z"),
        (17, "2026-11-04T18:00:00.000Z"),
    ];
    let moved = crowds
        .into_par_iter()
        .map(|(seed, time)| moved_by_crowd(seed, time));
    // Those that were received before the crowd and sent behind it: the list is really cut there.
    assert!(moved.sum::<usize>() > 0);
}
