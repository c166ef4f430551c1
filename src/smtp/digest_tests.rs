//! Tests of the digest: whole dialogues in, [`SessionView`]s out.

use super::*;
use crate::input::header::Layout;
use crate::input::lines;
use crate::session::Session;
use crate::smtp::rejections::Rejection;

/// What the rows of a log say together.
fn read(logs: &[&[u8]]) -> SessionView<'static> {
    let mut session: Option<Session<SmtpDigest>> = None;
    for log in logs {
        lines::read(log, 0, Layout::default(), |rows, _| {
            let memory = &mut DigestMemory::default();
            for row in rows {
                let session = session.get_or_insert_with(|| Session {
                    frame: Frame::new(row, "C".into()),
                    digest: SmtpDigest::default(),
                });
                session.frame.push(row);
                session.digest.row(row, memory);
            }
        });
    }
    let session = Box::leak(Box::new(session.expect("a row")));
    session.digest.view(&session.frame)
}

/// Rows are `event data` or `* data | context`.
pub(in crate::smtp) fn talk(rows: &[&str]) -> SessionView<'static> {
    let line = |(number, row): (usize, &&str)| {
        let (event, rest) = row.split_at(1);
        let (data, context) = rest.split_once(" | ").unwrap_or((rest, ""));
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
                data.trim_start(),
                context,
            ])
            .expect("write");
        writer.into_inner().expect("bytes")
    };
    let lines: Vec<Vec<u8>> = rows.iter().enumerate().map(line).collect();
    read(&lines.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

/// What was refused.
pub(in crate::smtp) fn refused(view: &SessionView<'static>) -> Vec<Rejection<'static>> {
    view.refused().collect()
}

pub(in crate::smtp) const BANNER: &str =
    "< 220 AM0EUR01FT005.mail.protection.outlook.com Microsoft ESMTP MAIL Service ready";
pub(in crate::smtp) const EHLO: &str = "< 250  AM0EUR01FT005.mail.protection.outlook.com Hello [203.0.113.7] SIZE 157286400 PIPELINING STARTTLS";
pub(in crate::smtp) const DENIED: &str =
    "< 550 5.7.64 TenantAttribution; Relay Access Denied [AM0.eurprd01.prod.outlook.com]";

#[test]
fn a_usual_reply_names_its_server_as_any_other_does() {
    let online = |reply: &str| {
        let line = format!(
            "2026-11-03T02:14:09.120Z,C,08DE1A2B3C4D5E6F,5,a,b,>,RCPT TO:<a@b.example>,\n\
             2026-11-03T02:14:09.120Z,C,08DE1A2B3C4D5E6F,6,a,b,<,{reply},\n"
        );
        read(&[line.as_bytes()]).is_with_exchange_online()
    };
    assert!(online("250 2.1.5 OK [x.prod.outlook.com]"));
    assert!(online("\"250 2.1.5 OK [x.prod.outlook.com, y]\""));
    assert!(!online("250 2.1.5 OK x.prod.outlook.com"));
    // Text behind the closing quote belongs to the last word.
    assert!(!online("\"250 2.1.5 OK [x.prod.outlook.com\"x]"));
    assert!(online("\"250 2.1.5 OK [x\".prod.outlook.com]"));
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
    assert!(found.is_with_exchange_online());
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
        (found.tls.error.as_deref(), found.tls.protocol.as_deref()),
        (None, Some("TLS1_3"))
    );
}

#[test]
fn proxying_is_seen_on_both_sides() {
    let front = talk(&[
        "*  | attempting to connect. Outbound proxy from EX01.contoso.local with session id 08DE000000000001. more",
    ]);
    assert_eq!(
        *front.proxy,
        ProxyPart::FrontEnd {
            hub_session: "08DE000000000001".into(),
            hub_host: "EX01.contoso.local".into()
        }
    );
    let hub = talk(&[
        "> XPROXYTO PORT=25 DESTINATION=contoso-com.mail.protection.outlook.com",
        "< 250 XProxyTo accepted",
    ]);
    assert_eq!(*hub.proxy, ProxyPart::Hub);
    assert!(hub.is_with_exchange_online());
    let inbound = talk(&[
        "*  | Proxying inbound session with session id 08DE000000000001",
        EHLO,
        DENIED,
    ]);
    assert!(!inbound.is_with_exchange_online());
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
    assert!(!found.is_with_exchange_online());
    assert_eq!(found.rejected, 1);
}

#[test]
fn the_bracket_of_any_reply_shows_exchange_online() {
    let found = talk(&[
        "+",
        "< 220 **** [CH3PEPF00000016.namprd21.prod.outlook.com 2025-01-29T19:07:30.476Z 08DD]",
        "> EHLO x",
        "< 250  XXXXXXXA",
    ]);
    assert!(found.is_with_exchange_online());
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
    let evidence = found.ehlo.expect("evidence").evidence().text();
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
    assert_eq!((found.tls.offered, found.ehlo), (None, None));
}
