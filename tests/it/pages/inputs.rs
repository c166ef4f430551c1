//! The odd inputs: logs and exports, written session by session.
//!
//! In: a folder. Out: logs of one or many servers, and exports of tenants.
//! Invariant: the same files every time.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};

use crate::corpus::{self, DENIED, HEADER, Session};

/// The reply to a recipient that Exchange Online takes.
const ACCEPTED: &str = "250 2.1.5 Recipient OK";

/// The certificate that the tenant expects, and another one.
const RIGHT: &str = "mail.contoso.com";
const WRONG: &str = "smtp.contoso.net";

/// The send connector of the inputs with one.
const CONNECTOR: &str = "To Office 365";

/// An input, and what the report about it holds.
pub(super) struct Input {
    pub(super) name: &'static str,
    pub(super) incidents: usize,
    pub(super) servers: usize,
    fill: fn(&mut Logs, &Path),
}

pub(super) const INPUTS: &[Input] = &[
    input("sixty-servers", 12, 60, sixty_servers),
    input("hostile-names", 5, 2, hostile_names),
    input("one-session", 1, 1, one_session),
    input("five-minutes", 1, 1, five_minutes),
    input("all-rejected", 1, 1, all_rejected),
    input("without-exports", 1, 1, without_exports),
    input("nothing-rejected", 0, 3, nothing_rejected),
    input("thirty-days", 1, 1, thirty_days),
    input("change-of-year", 1, 1, change_of_year),
];

const fn input(
    name: &'static str,
    incidents: usize,
    servers: usize,
    fill: fn(&mut Logs, &Path),
) -> Input {
    Input {
        name,
        incidents,
        servers,
        fill,
    }
}

impl Input {
    /// Writes logs and exports below a folder.
    pub(super) fn write(&self, folder: &Path) {
        let mut logs = Logs::default();
        (self.fill)(&mut logs, folder);
        logs.write(folder);
    }
}

/// When a session begins, in minutes since the begin of the input.
type Minute = i64;

/// How a session ends.
#[derive(Clone, Copy, PartialEq)]
enum End {
    Accepted,
    Rejected,
    /// After STARTTLS, without a reply.
    Dropped,
}

/// Rows by server, with their times.
#[derive(Default)]
struct Logs {
    begin: DateTime<Utc>,
    rows: BTreeMap<String, Vec<(DateTime<Utc>, String)>>,
    sessions: u64,
}

/// Who sends what.
#[derive(Clone, Copy)]
struct From<'a> {
    server: &'a str,
    connector: &'a str,
    sender: &'a str,
}

impl Logs {
    fn begins(&mut self, at: &str) {
        self.begin = at.parse().expect("a time");
    }

    /// Adds a session that offers a certificate of this name.
    fn session(&mut self, from: From<'_>, at: Minute, name: &str, end: End) {
        let reply = if end == End::Rejected {
            DENIED
        } else {
            ACCEPTED
        };
        self.session_with(from, at, name, reply, end == End::Dropped);
    }

    fn session_with(&mut self, from: From<'_>, at: Minute, name: &str, reply: &str, dropped: bool) {
        let id = format!("08DF{:012X}", 0x31F6_88AD_6000_u64 + self.sessions * 2);
        // Sessions of one minute do not begin in the same millisecond.
        let spread = TimeDelta::milliseconds(i64::try_from(self.sessions % 50).expect("small") * 7);
        self.sessions += 1;
        let session = Session {
            connector: from.connector,
            id: &id,
            name,
            sender: from.sender,
            reply,
        };
        let mut rows = session.rows();
        if reply == ACCEPTED {
            deliver(&mut rows);
        }
        if dropped {
            // Connected, greeted, STARTTLS: then the other side is gone.
            let goodbye = rows.pop().expect("a last row");
            rows.truncate(8);
            let goodbye = goodbye
                .replacen(",18,", ",8,", 1)
                .replace(",Local", ",Remote");
            rows.push(goodbye);
        }
        let begin = self.begin + TimeDelta::minutes(at) + spread;
        let server = self.rows.entry(from.server.to_owned()).or_default();
        for (number, row) in (0..).zip(rows) {
            server.push((begin + TimeDelta::milliseconds(100 * number), row));
        }
    }

    fn write(mut self, folder: &Path) {
        for (server, rows) in &mut self.rows {
            rows.sort_by_key(|(time, _)| *time);
            let path = folder.join(server);
            std::fs::create_dir_all(&path).expect("a folder");
            for day in rows.chunk_by(|(time, _), (next, _)| time.date_naive() == next.date_naive())
            {
                let mut text = format!("\u{feff}{HEADER}");
                for (time, row) in day {
                    text.push_str(&time.format("%Y-%m-%dT%H:%M:%S%.3fZ,").to_string());
                    text.push_str(row);
                }
                let name = day[0].0.format("SEND%Y%m%d-1.LOG").to_string();
                std::fs::write(path.join(name), text).expect("a log");
            }
        }
    }
}

/// The message itself, before QUIT: the rows from there on have new numbers.
fn deliver(rows: &mut Vec<String>) {
    let goodbye = rows.split_off(16);
    let start = goodbye[0]
        .split(",16,")
        .next()
        .unwrap_or_default()
        .to_owned();
    let peer = "10.0.0.5:36222,192.0.2.36:25";
    let taken = "250 2.6.0 <1@EX01.contoso.local> Queued mail for delivery";
    rows.push(format!("{start},16,{peer},>,BDAT 8873 LAST,\r\n"));
    rows.push(format!("{start},17,{peer},<,{taken},\r\n"));
    for (number, row) in (16..).zip(goodbye) {
        let (before, after) = (format!(",{number},"), format!(",{},", number + 2));
        rows.push(row.replacen(&before, &after, 1));
    }
}

const fn from<'a>(server: &'a str, connector: &'a str) -> From<'a> {
    From {
        server,
        connector,
        sender: "anna@contoso.com",
    }
}

/// The log of one server that offers the right certificate at first, and the wrong one from then on.
fn renewed(logs: &mut Logs, (minutes, step): (Minute, usize), at: Minute) {
    for minute in (0..minutes).step_by(step) {
        let (name, end) = if minute < at {
            (RIGHT, End::Accepted)
        } else {
            (WRONG, End::Rejected)
        };
        logs.session(from("EX01", CONNECTOR), minute, name, end);
    }
}

fn contoso(folder: &Path) {
    corpus::tenant(&folder.join("tenant"), RIGHT);
}

fn one_session(logs: &mut Logs, folder: &Path) {
    contoso(folder);
    logs.begins("2026-11-03T02:14:00Z");
    logs.session(from("EX01", CONNECTOR), 0, WRONG, End::Rejected);
}

fn five_minutes(logs: &mut Logs, folder: &Path) {
    contoso(folder);
    logs.begins("2026-11-03T02:14:00Z");
    renewed(logs, (5, 1), 2);
}

fn all_rejected(logs: &mut Logs, folder: &Path) {
    contoso(folder);
    logs.begins("2026-11-03T00:00:00Z");
    renewed(logs, (24 * 60, 30), 0);
}

fn without_exports(logs: &mut Logs, _: &Path) {
    logs.begins("2026-11-03T00:00:00Z");
    renewed(logs, (24 * 60, 45), 9 * 60);
}

fn nothing_rejected(logs: &mut Logs, folder: &Path) {
    contoso(folder);
    logs.begins("2026-11-03T00:00:00Z");
    for server in ["EX01", "EX02", "EX03"] {
        for minute in (0..24 * 60).step_by(40) {
            logs.session(from(server, CONNECTOR), minute, RIGHT, End::Accepted);
        }
    }
}

fn thirty_days(logs: &mut Logs, folder: &Path) {
    contoso(folder);
    logs.begins("2026-11-01T00:00:00Z");
    renewed(logs, (30 * DAY, 180), 20 * DAY);
}

fn change_of_year(logs: &mut Logs, folder: &Path) {
    contoso(folder);
    logs.begins("2026-12-29T06:00:00Z");
    renewed(logs, (5 * DAY, 60), 2 * DAY + 15 * 60);
}

const DAY: Minute = 24 * 60;

/// Twelve organisations that share sixty servers, each with a trouble of its own, and one connector
/// that works on all servers.
fn sixty_servers(logs: &mut Logs, folder: &Path) {
    /// The organisation, its first server, the number of its servers, and the hours of its trouble.
    const TROUBLES: [(&str, usize, usize, (Minute, Minute)); 12] = [
        ("fabrikam", 0, 12, (26, 168)),
        ("litware", 12, 9, (40, 168)),
        ("proseware", 21, 7, (52, 168)),
        ("lucernepublishing", 28, 6, (60, 168)),
        ("woodgrovebank", 34, 5, (71, 168)),
        ("tailspintoys", 39, 4, (80, 168)),
        ("relecloud", 43, 4, (93, 168)),
        ("wingtiptoys", 47, 3, (101, 168)),
        ("margiestravel", 50, 3, (20, 168)),
        ("adatum", 53, 3, (30, 90)),
        ("treyresearch", 56, 2, (44, 110)),
        ("northwindtraders", 58, 2, (130, 168)),
    ];
    logs.begins("2026-11-02T00:00:00Z");
    contoso(folder);
    for server in 1..=60 {
        let server = format!("EX{server:02}");
        for hour in (0..168).step_by(8) {
            let at = hour * 60 + 3;
            logs.session(from(&server, CONNECTOR), at, RIGHT, End::Accepted);
        }
    }
    for (number, (name, first, servers, (begin, end))) in TROUBLES.into_iter().enumerate() {
        let right = format!("mail.{name}.com");
        let wrong = format!("smtp-gateway.{name}.net");
        let sender = format!("{}@{name}.com", ["anna", "ben", "chris"][number % 3]);
        tenant(&folder.join("tenants").join(name), name, &right);
        for server in first + 1..=first + servers {
            let server = format!("EX{server:02}");
            let from = From {
                server: &server,
                connector: &format!("Outbound to {name}"),
                sender: &sender,
            };
            for hour in (0..168).step_by(5) {
                let minute = hour * 60 + 11;
                let in_trouble = (begin..end).contains(&hour);
                match (in_trouble, number % 4) {
                    (false, _) => logs.session(from, minute, &right, End::Accepted),
                    (true, 3) => logs.session(from, minute, &right, End::Dropped),
                    (true, _) => logs.session(from, minute, &wrong, End::Rejected),
                }
            }
        }
    }
}

/// The exports of an organisation, whose inbound connector expects a certificate name.
fn tenant(folder: &Path, name: &str, expected: &str) {
    std::fs::create_dir_all(folder).expect("a folder");
    let connector = serde_json::json!([{
        "Name": format!("Inbound from {name}"), "Identity": format!("Inbound from {name}"),
        "Enabled": true, "ConnectorType": "OnPremises", "SenderIPAddresses": [],
        "SenderDomains": ["smtp:*;1"], "RequireTls": true, "TlsSenderCertificateName": expected,
        "WhenChangedUTC": "2026-11-04T08:02:11Z",
    }]);
    let domain = |domain: String, initial: bool| {
        serde_json::json!({
            "DomainName": domain, "Name": domain, "DomainType": "Authoritative",
            "MatchSubDomains": false, "InitialDomain": initial, "PendingRemoval": false,
            "PendingCompletion": false,
        })
    };
    let domains = serde_json::json!([
        domain(format!("{name}.com"), false),
        domain(expected.to_owned(), false),
        domain(format!("{name}.onmicrosoft.com"), true),
    ]);
    for (file, export) in [("InboundConnector", connector), ("AcceptedDomain", domains)] {
        let path = folder.join(file).with_extension("json");
        std::fs::write(path, export.to_string()).expect("an export");
    }
}

/// Names that end the element or the attribute in which they stand, turn the direction of text, are
/// very long, or empty.
fn hostile_names(logs: &mut Logs, folder: &Path) {
    const MARKUP: &str = "</style></title><script>alert(1)</script><img src=x onerror=alert(2)>";
    const QUOTES: &str = "\" onload=\"alert(3)\" x='&quot;' &lt;b&gt;";
    const TURNED: &str = "\u{202E}moc.osotnoc\u{2066}\u{200F} \u{1b}[31m";
    let long =
        "unbreakable".repeat(18) + " and \u{9577}\u{3044}\u{540D}\u{524D}".repeat(2).as_str();
    contoso(folder);
    logs.begins("2026-11-03T00:00:00Z");
    for (number, connector) in (0..).zip([MARKUP, QUOTES, TURNED, long.as_str(), ""]) {
        let server = if number % 2 == 0 {
            "EX01"
        } else {
            "a server & its \u{202E}log"
        };
        let name = match number {
            3 => format!("{}.contoso.net", "label-of-a-host".repeat(4)),
            _ => format!("{MARKUP}{number}{QUOTES}"),
        };
        let reply = format!("{DENIED} {MARKUP} {QUOTES} {TURNED}");
        for hour in 0..6 {
            let from = From {
                server,
                connector,
                sender: "\"><script>alert(4)</script>\"@contoso.com",
            };
            logs.session_with(from, hour * 60 + number, &name, &reply, false);
        }
    }
    let connector = serde_json::json!([{
        "Name": MARKUP, "Identity": QUOTES, "Enabled": true, "ConnectorType": "OnPremises",
        "SenderIPAddresses": [], "SenderDomains": ["smtp:*;1"], "RequireTls": true,
        "TlsSenderCertificateName": format!("{}.contoso.com", "expected".repeat(7)),
        "Comment": TURNED, "WhenChangedUTC": "2026-11-03T01:30:00Z",
    }]);
    let path = folder.join("tenant").join("InboundConnector.json");
    std::fs::write(path, connector.to_string()).expect("an export");
}
