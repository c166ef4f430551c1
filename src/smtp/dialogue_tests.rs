//! Tests of the dialogue: commands and replies in, recipients and rejections out.

use super::*;
use crate::smtp::digest::tests::{BANNER, DENIED, EHLO, refused, talk};
use crate::smtp::rejections::Rejection;

fn addressed<'a>(
    rejection: &'a Rejection<'static>,
) -> (Option<Verb>, Option<&'a str>, Option<&'a str>, Option<u32>) {
    (
        rejection.verb,
        rejection.sender.as_deref(),
        rejection.recipient.as_deref(),
        rejection.message,
    )
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
    assert!(found.is_with_exchange_online());
    assert_eq!(
        found.source_address.map(|text| &**text),
        Some("203.0.113.7")
    );
    assert_eq!((found.tls.offered, found.tls.requested), (Some(true), true));
    assert_eq!(found.tls.protocol.as_deref(), Some("TLS1_2"));
    assert_eq!((found.messages, found.accepted, found.rejected), (1, 1, 1));
    assert_eq!(
        addressed(&refused(&found)[0]),
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
    assert_eq!((mail.rejected, refused(&mail).len()), (2, 3));
    assert_eq!(refused(&mail)[0].verb, Some(Verb::Mail));
    let lost = talk(&[
        "> MAIL FROM:<a@contoso.com>",
        "> RCPT TO:<b@example.org>",
        "> RCPT TO:<c@example.org>",
        DENIED,
        "-",
    ]);
    assert_eq!((lost.rejected, refused(&lost).len()), (2, 1));
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
        addressed(&refused(&bdat)[0]),
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
        (data.accepted, data.rejected, refused(&data)[0].verb),
        (0, 1, Some(Verb::DataEnd))
    );
    let banner = talk(&[
        "+",
        "< 451 4.3.2 Temporary server error. Please try again later ATTR3 [AM0.eurprd01.prod.outlook.com]",
    ]);
    assert_eq!(
        addressed(&refused(&banner)[0]),
        (Some(Verb::Connect), None, None, None)
    );
    assert!(banner.is_with_exchange_online());
}

#[test]
fn several_lines_are_one_rejection() {
    let rows = talk(&[
        "> RCPT TO:<b@example.org>",
        "< 550-5.7.64 TenantAttribution;",
        "< 550 5.7.64 Relay Access Denied",
    ]);
    assert_eq!(refused(&rows).len(), 1);
    assert_eq!(
        &*refused(&rows)[0].reply.text,
        "TenantAttribution; Relay Access Denied"
    );
    let folded = talk(&[
        "> RCPT TO:<b@example.org>",
        r"< 550-5.7.64 TenantAttribution;\r\n550 5.7.64 Relay Access Denied",
    ]);
    // The first line of a folded row says that more lines follow; they are in the row itself.
    assert_eq!(refused(&folded).len(), 1);
    assert_eq!(
        &*refused(&folded)[0].reply.text,
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
        refused(&middle)[0].recipient.as_deref(),
        Some("b@example.org")
    );
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
    assert_eq!(refused(&found)[0].verb, Some(Verb::BdatLast));
    assert_eq!(refused(&found)[0].sender.as_deref(), Some("a@contoso.com"));
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
fn a_refused_recipient_is_named_however_the_command_is_written() {
    let refused = |commands: &[&str], reply: &str| {
        let mut rows = vec!["> MAIL FROM:<a@contoso.com>", "< 250 2.1.0 Sender OK"];
        rows.extend(commands);
        rows.push(reply);
        let found = talk(&rows);
        assert_eq!(refused(&found).len(), 1, "{commands:?}");
        refused(&found)[0].recipient.as_deref().map(str::to_owned)
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
