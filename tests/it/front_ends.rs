//! Proxied sessions that end without a reply of Exchange Online: the front end's log says how they
//! ended, whatever our own front end told the hub.
//!
//! In: logs of a hub and its front end, written here. Out: incidents and healthy send connectors.

use serde_json::Value;

use crate::corpus::{HEADER, Session, tenant};
use crate::usage::{diagnose, folder, write};

/// How the front end's half of a session ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Half {
    /// The message is taken.
    Taken,
    /// The other side drops it behind the handshake.
    Dropped,
    /// No connection comes about.
    NotConnected,
}

/// What the front end tells the hub where it cannot carry a session on.
const REPLIES: [Option<&str>; 2] = [
    Some("451 4.4.0 Primary target IP address responded with: 421 4.4.2 Connection dropped"),
    None,
];

/// The rows of the hub's half, which begins in this minute.
fn hub(minute: usize, half: Half, reply: Option<&str>) -> String {
    let id = format!("08DF31F688AD01{minute:02}");
    let mut dialogue = vec![
        ('*', "", "attempting to connect"),
        ('+', "", ""),
        (
            '<',
            "220 EX01.contoso.com Microsoft ESMTP MAIL Service ready",
            "",
        ),
        ('>', "EHLO EX01.contoso.com", ""),
        (
            '<',
            "250  EX01.contoso.com Hello [10.0.0.5] SIZE XPROXYTO",
            "",
        ),
        (
            '>',
            "XPROXYTO DESTINATIONS=contoso-com.mail.protection.outlook.com PORT=25 LAST=True",
            "",
        ),
    ];
    let quit = [
        ('>', "QUIT", ""),
        ('<', "221 2.0.0 bye", ""),
        ('-', "", "Local"),
    ];
    match (half, reply) {
        (Half::Taken, _) => {
            dialogue.extend([
                ('<', "250 XProxyTo accepted", ""),
                ('>', "MAIL FROM:<anna@contoso.com>", ""),
                ('<', "250 2.1.0 Sender OK", ""),
                ('>', "RCPT TO:<jordan.lee@example.org>", ""),
                ('<', "250 2.1.5 Recipient OK", ""),
                ('>', "BDAT 1 LAST", ""),
                ('<', "250 2.6.0 Queued mail for delivery", ""),
            ]);
            dialogue.extend(quit);
        }
        (_, Some(reply)) => {
            dialogue.push(('<', reply, ""));
            dialogue.extend(quit);
        }
        (_, None) => dialogue.push(('-', "", "Remote")),
    }
    let rows = dialogue.iter().enumerate();
    let rows = rows.map(|(number, (event, data, context))| {
        format!(
            "2026-11-03T02:{minute:02}:{number:02}.000Z,To Office 365,{id},{number},10.0.0.5:2001,10.0.0.1:717,{event},{data},{context}\r\n"
        )
    });
    rows.collect()
}

/// The rows of the front end's half.
fn front_end(minute: usize, half: Half) -> String {
    let id = format!("08DF31F688AD02{minute:02}");
    let session = Session {
        connector: "Outbound Proxy Frontend Send Connector",
        id: &id,
        ..Session::default()
    };
    let mut rows = session.rows();
    let proxied = format!(
        "attempting to connect. Outbound proxy from EX01.contoso.com with session id 08DF31F688AD01{minute:02}. Proxied session id 08DF31F688AD03{minute:02}"
    );
    rows[1] = rows[1].replace("attempting to connect", &proxied);
    let end = |number: usize, event: &str| {
        format!("Outbound Proxy Frontend Send Connector,{id},{number},,192.0.2.36:25,{event}\r\n")
    };
    match half {
        Half::Taken => rows.truncate(12),
        Half::Dropped => rows.truncate(10),
        Half::NotConnected => rows.truncate(2),
    }
    let number = rows.len();
    rows.push(match half {
        Half::Taken => end(number, "-,,Local"),
        Half::Dropped => end(number, "-,,Remote(ConnectionReset)"),
        Half::NotConnected => end(
            number,
            "*,,\"Failed to connect. Winsock error code: 10060, Win32 error code: 10060\"",
        ),
    });
    let rows = rows.iter().enumerate();
    let rows =
        rows.map(|(number, row)| format!("2026-11-03T02:{minute:02}:{number:02}.500Z,{row}"));
    rows.collect()
}

/// The report of four sessions whose mail is taken, where there are any, and five that fail.
fn report(half: Half, reply: Option<&str>, taken: usize, with_front_end: bool) -> Value {
    let root = folder();
    tenant(&root.path().join("tenant"), "mail.contoso.com");
    let halves =
        (0..taken + 5).map(|minute| (minute, if minute < taken { Half::Taken } else { half }));
    let (mut hubs, mut fronts) = (HEADER.to_owned(), HEADER.to_owned());
    for (minute, half) in halves {
        hubs.push_str(&hub(minute, half, reply));
        fronts.push_str(&front_end(minute, half));
    }
    let logs = "EX01/TransportRoles/Logs";
    let name = "ProtocolLog/SmtpSend/SEND2026110302-1.LOG";
    write(&root, &format!("{logs}/Hub/{name}"), hubs);
    if with_front_end {
        write(&root, &format!("{logs}/FrontEnd/{name}"), fronts);
    }
    diagnose(root.path()).json()
}

fn codes(report: &Value) -> Vec<&str> {
    let incidents = report["incidents"].as_array().expect("a list");
    let codes = incidents
        .iter()
        .filter_map(|one| one["cause"]["code"].as_str());
    codes.collect()
}

#[test]
fn what_the_front_end_lost_is_no_success_of_the_hub() {
    for (half, code) in [(Half::Dropped, "TLS005"), (Half::NotConnected, "NET001")] {
        for reply in REPLIES {
            for taken in [4, 0] {
                let report = report(half, reply, taken, true);
                let case = format!("{half:?}, {reply:?}, {taken}: {report}");
                assert_eq!(codes(&report), [code], "{case}");
                assert_eq!(report["healthy"], serde_json::json!([]), "{case}");
                // The reply is that of our own front end.
                assert_eq!(report["other_rejections"], serde_json::json!([]), "{case}");
            }
        }
    }
}

#[test]
fn without_the_log_of_the_front_end_its_reply_is_all_there_is() {
    let report = report(Half::Dropped, REPLIES[0], 4, false);
    assert!(!codes(&report).contains(&"TLS005"), "{report}");
    assert_eq!(report["other_rejections"][0]["count"], 5, "{report}");
}
