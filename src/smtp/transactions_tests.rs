//! Tests of transactions: dialogues in, what became of each recipient out.

use super::*;
use crate::input::header::Layout;
use crate::input::lines;
use crate::session::Digest as _;
use crate::smtp::digest::SmtpDigest;
use crate::smtp::memory::DigestMemory;

/// The transactions of a session, one line for each recipient.
fn talk(rows: &[&str]) -> Vec<String> {
    let mut digest = SmtpDigest::<Transactions>::default();
    let memory = &mut DigestMemory::default();
    for (number, row) in rows.iter().enumerate() {
        let (event, rest) = row.split_at(1);
        let (data, context) = rest.split_once(" | ").unwrap_or((rest, ""));
        let mut writer = csv::Writer::from_writer(Vec::new());
        let time = format!("2026-11-03T02:14:{number:02}.000Z");
        let number = number.to_string();
        let columns = [
            "C",
            "08DE1A2B3C4D5E6F",
            &number,
            "10.0.0.5:1",
            "192.0.2.1:25",
        ];
        writer
            .write_record(
                [
                    &[&*time],
                    &columns[..],
                    &[event, data.trim_start(), context],
                ]
                .concat(),
            )
            .expect("write");
        let line = writer.into_inner().expect("bytes");
        lines::read(&line, 0, Layout::default(), |rows, _| {
            rows.iter().for_each(|row| digest.row(row, memory));
        });
    }
    let shown = |one: Transaction<'_>| {
        let head = format!(
            "{} {:?} {}",
            one.id.as_deref().unwrap_or("-"),
            one.sender.as_deref(),
            one.size.unwrap_or(0)
        );
        let recipients = one.recipients.iter().map(|two| {
            let answer = two.answer.as_ref().map_or(0, |answer| answer.code);
            let never = if two.notify_never { " never" } else { "" };
            format!("{} {answer}{never}", two.address.as_deref().unwrap_or("-"))
        });
        let recipients: Vec<String> = recipients.collect();
        format!("{head}: {}", recipients.join(", "))
    };
    digest.watch().iter().map(shown).collect()
}

#[test]
fn each_recipient_has_its_own_answer() {
    let found = talk(&[
        "*  | sending message with RecordId 25943777280 and InternetMessageId <a1@EX01.contoso.com>",
        "> MAIL FROM:<anna@contoso.com> SIZE=19130 AUTH=<>",
        "> RCPT TO:<b@example.org> NOTIFY=NEVER ORCPT=rfc822;b@contoso.com",
        "> RCPT TO:<c@example.org> NOTIFY=SUCCESS,FAILURE",
        "< 250 2.1.0 Sender OK",
        "< 550 5.7.64 TenantAttribution; Relay Access Denied",
        "< 250 2.1.5 Recipient OK",
        "> BDAT 12 LAST",
        "< 250 2.6.0 <x> [InternalId=1, Hostname=h] 1 bytes Queued mail for delivery",
        "*  | sending message with RecordId 2 and InternetMessageId <a2@EX01.contoso.com>",
        "> MAIL FROM:<>",
        "> RCPT TO:<d@example.org>",
        "< 250 2.1.0 Sender OK",
        "< 250 2.1.5 Recipient OK",
        "> DATA",
        "< 354 go on",
        "< 451 4.7.0 later",
        "> QUIT",
    ]);
    assert_eq!(
        found,
        [
            "<a1@EX01.contoso.com> Some(\"anna@contoso.com\") 19130: b@example.org 550 never, c@example.org 250",
            "<a2@EX01.contoso.com> Some(\"\") 0: d@example.org 451",
        ]
    );
}

#[test]
fn a_rejection_at_mail_is_one_of_everybody() {
    let found = talk(&[
        "> MAIL FROM:<a@contoso.com>",
        "> RCPT TO:<b@example.org>",
        "< 451 4.4.62 wrong region",
        "< 503 5.5.2 Need mail command",
        "> RSET",
        "< 250 2.0.0 Resetting",
        "> MAIL FROM:<a@contoso.com>",
        "< 550 5.7.1 no",
        "-",
    ]);
    assert_eq!(
        found,
        [
            // Not 503: that there is no message is no reply to the recipient.
            "- Some(\"a@contoso.com\") 0: b@example.org 451",
            "- Some(\"a@contoso.com\") 0: ",
        ]
    );
}

#[test]
fn a_message_whose_beginning_is_lost_has_no_id() {
    let found = talk(&[
        "> RCPT TO:<b@example.org>",
        "< 250 2.1.5 Recipient OK",
        "*  | sending message with RecordId 2 and InternetMessageId <a,b@contoso.com>",
        "> MAIL FROM:<a@contoso.com>",
        "> RCPT TO:<c@example.org>",
        "-",
    ]);
    assert_eq!(
        found,
        [
            "- None 0: b@example.org 0",
            "<a,b@contoso.com> Some(\"a@contoso.com\") 0: c@example.org 0",
        ]
    );
}

#[test]
fn exchange_2010_names_a_number_and_no_id() {
    let found = talk(&[
        "* 729 | sending message",
        "> MAIL FROM:<a@contoso.com>",
        "> RCPT TO:<c@example.org>",
        "< 250 2.1.0 Sender OK",
        "< 550 5.1.1 no such user",
    ]);
    assert_eq!(found, ["- Some(\"a@contoso.com\") 0: c@example.org 550"]);
}

/// A session with so many messages to so many recipients each, all of which are taken.
fn large(messages: u32, recipients: u32) -> Transactions {
    let line = b"2026-11-03T02:14:00.000Z,C,08DE1A2B3C4D5E6F,1,10.0.0.5:1,192.0.2.1:25,<,250 2.6.0 taken,\r\n";
    let mut all = Transactions::default();
    lines::read(line, 0, Layout::default(), |rows, _| {
        let row = &rows[0];
        for message in 0..messages {
            all.mail(message, Some(b"a@contoso.com"), row);
            for _ in 0..recipients {
                let recipient = all.recipient(message, Some(b"b@example.org"), row);
                all.accepted(recipient);
            }
            all.taken(message, row);
        }
    });
    all
}

#[test]
fn what_is_beyond_the_limit_is_counted() {
    let half = u32::try_from(MOST_IN_SESSION / 2).expect("a number");
    let full = large(half, 1);
    assert_eq!((full.list.len(), full.left_out()), (half as usize, 0));
    // A message more has two parts.
    let size = full.texts.len();
    let mut beyond = large(half + 1, 1);
    assert_eq!((beyond.list.len(), beyond.left_out()), (half as usize, 2));
    assert_eq!(beyond.texts.len(), size, "nothing is kept of it");
    assert!(
        beyond
            .iter()
            .all(|one| one.taken && one.recipients.len() == 1)
    );
    // The recipients of one message.
    let crowd = large(1, 2 * half + 4);
    assert_eq!(crowd.left_out(), 5);
    assert_eq!(crowd.transaction(0).recipients.len(), MOST_IN_SESSION - 1);
    assert!(!crowd.lacks_any(0));
    beyond.clear();
    assert_eq!(beyond.left_out(), 0);
}
