//! Tests of the digest: whole dialogues in, [`Talk`]s out.

use super::*;
use crate::input::header::Layout;
use crate::input::lines;
use crate::smtp::facts::Rejection;

/// Rows are `event data` or `* data | context`.
fn talk(rows: &[&str]) -> Talk {
    let mut conversation = Conversation::default();
    for (number, row) in rows.iter().enumerate() {
        let (event, rest) = row.split_at(1);
        let (data, context) = rest.split_once(" | ").unwrap_or((rest, ""));
        let data = data.trim_start();
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer
            .write_record([
                &format!("2026-11-03T02:14:{number:02}.000Z"),
                "C",
                "08DE1A2B3C4D5E6F",
                &number.to_string(),
                "10.0.0.5:1",
                "192.0.2.1:25",
                event,
                data,
                context,
            ])
            .expect("write");
        let line = writer.into_inner().expect("bytes");
        lines::read(&line, 0, Layout::default(), |rows, _| {
            let memory = &mut TalkMemory::default();
            rows.iter().for_each(|row| conversation.row(row, memory));
        });
    }
    conversation.finish()
}

fn addressed(rejection: &Rejection) -> (Option<Verb>, Option<&str>, Option<&str>, Option<u32>) {
    (
        rejection.verb,
        rejection.sender.as_deref(),
        rejection.recipient.as_deref(),
        rejection.message,
    )
}

const BANNER: &str =
    "< 220 AM0EUR01FT005.mail.protection.outlook.com Microsoft ESMTP MAIL Service ready";
const EHLO: &str = "< 250  AM0EUR01FT005.mail.protection.outlook.com Hello [203.0.113.7] SIZE 157286400 PIPELINING STARTTLS";
const DENIED: &str =
    "< 550 5.7.64 TenantAttribution; Relay Access Denied [AM0.eurprd01.prod.outlook.com]";

#[test]
fn a_usual_reply_names_its_server_as_any_other_does() {
    let online = |reply: &str| {
        let line = format!(
            "2026-11-03T02:14:09.120Z,C,08DE1A2B3C4D5E6F,5,a,b,>,RCPT TO:<a@b.example>,\n\
             2026-11-03T02:14:09.120Z,C,08DE1A2B3C4D5E6F,6,a,b,<,{reply},\n"
        );
        let mut conversation = Conversation::default();
        lines::read(line.as_bytes(), 0, Layout::default(), |rows, _| {
            let memory = &mut TalkMemory::default();
            rows.iter().for_each(|row| conversation.row(row, memory));
        });
        conversation.finish().exchange_online
    };
    assert!(online("250 2.1.5 OK [x.prod.outlook.com]"));
    assert!(online("\"250 2.1.5 OK [x.prod.outlook.com, y]\""));
    assert!(!online("250 2.1.5 OK x.prod.outlook.com"));
    // Text behind the closing quote belongs to the last word.
    assert!(!online("\"250 2.1.5 OK [x.prod.outlook.com\"x]"));
    assert!(online("\"250 2.1.5 OK [x\".prod.outlook.com]"));
}

#[test]
fn a_pipelined_session_with_one_rejection() {
    let found = talk(&[
        "+",
        BANNER,
        "> EHLO mail.contoso.com",
        EHLO,
        "> STARTTLS",
        "< 220 2.0.0 SMTP server ready",
        "*  | TLS protocol SP_PROT_TLS1_2_CLIENT negotiation succeeded using bulk encryption, x",
        "> EHLO mail.contoso.com",
        EHLO,
        "> MAIL FROM:<a@contoso.com> SIZE=1",
        "> RCPT TO:<b@example.org>",
        "> RCPT TO:<c@example.org>",
        "< 250 2.1.0 Sender OK",
        DENIED,
        "< 250 2.1.5 Recipient OK",
        "> BDAT 12 LAST",
        "< 250 2.6.0 <x> [InternalId=1, Hostname=h] 1 bytes Queued mail for delivery",
        "> QUIT",
        "< 221 2.0.0 bye",
        "-",
    ]);
    assert!(found.exchange_online);
    assert_eq!(found.source_address.as_deref(), Some("203.0.113.7"));
    assert_eq!((found.tls.offered, found.tls.requested), (Some(true), true));
    assert_eq!(found.tls.protocol.as_deref(), Some("TLS1_2"));
    assert_eq!((found.messages, found.accepted, found.rejected), (1, 1, 1));
    assert_eq!(
        addressed(&found.rejections[0]),
        (
            Some(Verb::Rcpt),
            Some("a@contoso.com"),
            Some("b@example.org"),
            Some(0)
        )
    );
    assert_eq!(&*found.accepted_by[0].sender_domain, "contoso.com");
}

#[test]
fn alternating_commands_give_the_same() {
    let found = talk(&[
        "+",
        BANNER,
        "> EHLO x",
        "< 250-AM0.mail.protection.outlook.com Hello [203.0.113.7]",
        "< 250-SIZE",
        "< 250 STARTTLS",
        "> MAIL FROM:<a@contoso.com>",
        "< 250 2.1.0 Sender OK",
        "> RCPT TO:<b@example.org>",
        DENIED,
        "> RSET",
        "< 250 2.0.0 Resetting",
        "> MAIL FROM:<>",
        "< 250 2.1.0 Sender OK",
        "> RCPT TO:<c@example.org>",
        "< 250 2.1.5 Recipient OK",
        "> DATA",
        "< 354 Start mail input",
        "< 250 2.6.0 Queued",
    ]);
    assert_eq!(found.tls.offered, Some(true));
    assert!(!found.tls.requested);
    assert_eq!((found.messages, found.accepted, found.rejected), (2, 1, 1));
    assert_eq!(&*found.accepted_by[0].sender_domain, "");
}

#[test]
fn rejections_at_every_stage() {
    let mail = talk(&[
        "+",
        BANNER,
        "> MAIL FROM:<a@contoso.com>",
        "> RCPT TO:<b@example.org>",
        "> RCPT TO:<c@example.org>",
        DENIED,
        "< 503 5.5.2 Need mail command",
        "< 503 5.5.2 Need mail command",
    ]);
    assert_eq!((mail.rejected, mail.rejections.len()), (2, 3));
    assert_eq!(mail.rejections[0].verb, Some(Verb::Mail));
    let lost = talk(&[
        "> MAIL FROM:<a@contoso.com>",
        "> RCPT TO:<b@example.org>",
        "> RCPT TO:<c@example.org>",
        DENIED,
        "-",
    ]);
    assert_eq!((lost.rejected, lost.rejections.len()), (2, 1));
    let after = [
        "> MAIL FROM:<a@contoso.com>",
        "< 250 2.1.0 ok",
        "> RCPT TO:<b@example.org>",
        "< 250 2.1.5 ok",
    ];
    let mut rows = after.to_vec();
    rows.extend(["> BDAT 5", "< 250 2.0.0 ok", "> BDAT 5 LAST", DENIED]);
    let bdat = talk(&rows);
    assert_eq!((bdat.accepted, bdat.rejected), (0, 1));
    assert_eq!(
        addressed(&bdat.rejections[0]),
        (
            Some(Verb::BdatLast),
            Some("a@contoso.com"),
            Some("b@example.org"),
            Some(0)
        )
    );
    let mut rows = after.to_vec();
    rows.extend(["> DATA", "< 354 go", DENIED]);
    let data = talk(&rows);
    assert_eq!(
        (data.accepted, data.rejected, data.rejections[0].verb),
        (0, 1, Some(Verb::DataEnd))
    );
    let banner = talk(&[
        "+",
        "< 451 4.3.2 Temporary server error. Please try again later ATTR3 [AM0.eurprd01.prod.outlook.com]",
    ]);
    assert_eq!(
        addressed(&banner.rejections[0]),
        (Some(Verb::Connect), None, None, None)
    );
    assert!(banner.exchange_online);
}

#[test]
fn several_lines_are_one_rejection() {
    let rows = talk(&[
        "> RCPT TO:<b@example.org>",
        "< 550-5.7.64 TenantAttribution;",
        "< 550 5.7.64 Relay Access Denied",
    ]);
    assert_eq!(rows.rejections.len(), 1);
    assert_eq!(
        &*rows.rejections[0].refusal.text,
        "TenantAttribution; Relay Access Denied"
    );
    let folded = talk(&[
        "> RCPT TO:<b@example.org>",
        r"< 550-5.7.64 TenantAttribution;\r\n550 5.7.64 Relay Access Denied",
    ]);
    // The first line of a folded row says that more lines follow; they are in the row itself.
    assert_eq!(folded.rejections.len(), 1);
    assert_eq!(
        &*folded.rejections[0].refusal.text,
        "TenantAttribution; Relay Access Denied"
    );
}

#[test]
fn a_missing_banner_or_reset_reply_does_not_shift_the_rest() {
    let found = talk(&[
        "+",
        "> EHLO x",
        EHLO,
        "> MAIL FROM:<a@contoso.com>",
        "< 250 2.1.0 ok",
        "> RCPT TO:<b@example.org>",
        DENIED,
        "> RSET",
        "> MAIL FROM:<d@contoso.com>",
        "> RCPT TO:<c@example.org>",
        "< 250 2.1.0 Sender OK",
        "< 250 2.1.5 ok",
        "> BDAT 1 LAST",
        "< 250 2.6.0 ok",
    ]);
    assert_eq!(found.tls.offered, Some(true));
    assert_eq!((found.accepted, found.rejected), (1, 1));
    let middle = talk(&["> RCPT TO:<b@example.org>", "< 250 2.1.0 Sender OK", DENIED]);
    assert_eq!(
        middle.rejections[0].recipient.as_deref(),
        Some("b@example.org")
    );
}

#[test]
fn masked_replies_hide_starttls() {
    let found = talk(&[
        "+",
        "< 220 ********************************",
        "> EHLO x",
        "< 250-AM0.mail.protection.outlook.com Hello [203.0.113.7]",
        "< 250-XXXXXXXA",
        "< 250 8BITMIME",
    ]);
    assert_eq!(found.tls.offered, Some(false));
    assert!(found.tls.masked);
    assert!(found.exchange_online);
}

#[test]
fn failures_and_numbers_of_protocols() {
    let found = talk(&[
        "> STARTTLS",
        "*  | TLS negotiation failed with error NoCredentials",
    ]);
    assert_eq!(found.tls.error.as_deref(), Some("NoCredentials"));
    let found = talk(&[
        "*  | TLS negotiation failed with error SocketError",
        "*  | TLS protocol 8192 negotiation succeeded using x",
    ]);
    assert_eq!(
        (found.tls.error, found.tls.protocol.as_deref()),
        (None, Some("TLS1_3"))
    );
}

#[test]
fn proxying_is_seen_on_both_sides() {
    let front = talk(&[
        "*  | attempting to connect. Outbound proxy from EX01.contoso.local with session id 08DE000000000001. more",
    ]);
    assert_eq!(
        front.proxy,
        ProxyPart::FrontEnd {
            hub_session: "08DE000000000001".into(),
            hub_host: "EX01.contoso.local".into()
        }
    );
    let hub = talk(&[
        "> XPROXYTO PORT=25 DESTINATION=contoso-com.mail.protection.outlook.com",
        "< 250 XProxyTo accepted",
    ]);
    assert_eq!(hub.proxy, ProxyPart::Hub);
    assert!(hub.exchange_online);
    let inbound = talk(&[
        "*  | Proxying inbound session with session id 08DE000000000001",
        EHLO,
        DENIED,
    ]);
    assert!(!inbound.exchange_online);
}

#[test]
fn an_internal_hop_is_not_exchange_online() {
    let found = talk(&[
        "+",
        "< 220 EX02.contoso.local Microsoft ESMTP MAIL Service ready",
        "> EHLO EX01.contoso.local",
        "< 250  EX02.contoso.local Hello [10.0.0.5] STARTTLS",
        "> MAIL FROM:<a@contoso.com>",
        "< 250 2.1.0 ok",
        "> RCPT TO:<b@contoso.com>",
        "< 550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found",
    ]);
    assert!(!found.exchange_online);
    assert_eq!(found.rejected, 1);
}

#[test]
fn a_message_sent_in_pieces_is_taken_once() {
    let found = talk(&[
        "> MAIL FROM:<a@contoso.com>",
        "< 250 2.1.0 ok",
        "> RCPT TO:<b@example.org>",
        "< 250 2.1.5 ok",
        "> BDAT 100",
        "> BDAT 50 LAST",
        "< 250 2.6.0 CHUNK received OK, 100 octets",
        DENIED,
    ]);
    assert_eq!((found.accepted, found.rejected), (0, 1));
    assert_eq!(found.rejections[0].verb, Some(Verb::BdatLast));
    assert_eq!(found.rejections[0].sender.as_deref(), Some("a@contoso.com"));
}

#[test]
fn a_message_whose_beginning_is_missing_still_counts() {
    let found = talk(&[
        "> RCPT TO:<b@example.org>",
        "< 250 2.1.5 ok",
        "> BDAT 50 LAST",
        "< 250 2.6.0 Queued mail for delivery",
    ]);
    assert_eq!((found.messages, found.accepted), (0, 1));
}

#[test]
fn the_bracket_of_any_reply_shows_exchange_online() {
    let found = talk(&[
        "+",
        "< 220 **** [CH3PEPF00000016.namprd21.prod.outlook.com 2025-01-29T19:07:30.476Z 08DD]",
        "> EHLO x",
        "< 250  XXXXXXXA",
    ]);
    assert!(found.exchange_online);
    assert_eq!(found.tls.offered, Some(false));
}

#[test]
fn the_last_ehlo_before_starttls_decides() {
    let found = talk(&[
        "+",
        BANNER,
        "> EHLO mail.contoso.com",
        EHLO,
        "> EHLO mail.contoso.com",
        "< 250 AM0EUR01FT005.mail.protection.outlook.com Hello [203.0.113.7] SIZE 7",
        "> QUIT",
        "-",
    ]);
    assert_eq!(found.tls.offered, Some(false));
    let evidence = found.tls.ehlo.expect("evidence").text();
    assert!(evidence.contains("SIZE 7"), "{evidence}");
    let found = talk(&[
        "+",
        BANNER,
        "> EHLO a",
        EHLO,
        "> HELO a",
        "< 250 hello",
        "-",
    ]);
    assert_eq!((found.tls.offered, found.tls.ehlo), (None, None));
}

#[test]
fn a_refused_recipient_is_named_however_the_command_is_written() {
    let refused = |commands: &[&str], reply: &str| {
        let mut rows = vec!["> MAIL FROM:<a@contoso.com>", "< 250 2.1.0 Sender OK"];
        rows.extend(commands);
        rows.push(reply);
        let found = talk(&rows);
        assert_eq!(found.rejections.len(), 1, "{commands:?}");
        found.rejections[0].recipient.as_deref().map(str::to_owned)
    };
    for (command, recipient) in [
        ("> RCPT", None),
        ("> RCPT TO:", None),
        ("> RCPT TO:<>", Some("")),
        (
            "> RCPT TO:<b@example.org> NOTIFY=FAILURE ORCPT=rfc822;c@example.org",
            Some("b@example.org"),
        ),
        (
            "> rcpt to: <\"a>b:c\"@example.org> NOTIFY=NEVER",
            Some("\"a>b:c\"@example.org"),
        ),
    ] {
        assert_eq!(
            refused(&[command], "< 550 5.1.1 no").as_deref(),
            recipient,
            "{command}"
        );
        let at_the_end = [command, "< 250 2.1.5 Recipient OK", "> BDAT 10 LAST"];
        let found = refused(&at_the_end, "< 550 5.7.1 no");
        assert_eq!(found.as_deref(), recipient, "{command}");
        // Of two recipients, a reply to the message names neither.
        let other = ["> RCPT TO:<d@example.org>", "< 250 2.1.5 Recipient OK"];
        let found = refused(&[&other[..], &at_the_end].concat(), "< 550 5.7.1 no");
        assert_eq!(found, None, "{command}");
    }
}
