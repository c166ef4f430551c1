//! The inputs whose growth is measured.
//!
//! In: a folder and a number. Out: logs and exports with so many of what the input is about.

use std::io;
use std::path::Path;

use super::exports::{on_premises, tenant, usual_tenant, wizard};
use super::session::{DENIED, Log, OUT, Rows, Session, TAKEN, time};

/// One way to write a large input.
pub(crate) struct Input {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    /// The smallest number that is measured.
    pub(crate) n: u32,
    /// The command that reads it.
    pub(crate) command: &'static str,
    pub(crate) write: fn(&Path, u32) -> io::Result<()>,
}

macro_rules! inputs {
    ($($name:literal, $what:literal, $n:literal, $command:literal, $write:path;)*) => {
        &[$(Input { name: $name, what: $what, n: $n, command: $command, write: $write }),*]
    };
}

pub(crate) const INPUTS: &[Input] = inputs! {
    "ids", "session ids chosen to collide", 10_000, "diagnose", colliding_ids;
    "odd-ids", "session ids that are not 16 digits", 50_000, "diagnose", odd_ids;
    "one-hub-id", "proxied sessions with one hub id, at the same time", 4_000, "diagnose", one_hub_id_at_once;
    "one-hub-id-apart", "the same, one after the other", 4_000, "diagnose", one_hub_id_apart;
    "one-hub-id-listed", "the same, listed", 4_000, "sessions", one_hub_id_at_once;
    "certificates", "rejected certificates", 1_000, "diagnose", certificates;
    "good-certificates", "certificates that deliver", 1_000, "diagnose", good_certificates;
    "connectors", "send connectors", 1_000, "diagnose", connectors;
    "streams", "servers", 1_000, "diagnose", streams;
    "exported-certificates", "exported certificates", 1_000, "diagnose", exported_certificates;
    "exported-connectors", "exported send connectors", 1_000, "diagnose", exported_connectors;
    "exported-both", "certificates and send connectors, exported and in logs", 1_000, "diagnose", exported_both;
    "inbound", "inbound connectors, and as many accepted domains", 1_000, "diagnose", inbound_and_domains;
    "inbound-lint", "the same, without logs", 1_000, "lint", inbound_and_domains;
    "wizard", "settings of the hybrid wizard", 10_000, "diagnose", wizard_lines;
    "wizard-connectors", "settings of the hybrid wizard, and as many send connectors", 1_000, "diagnose", wizard_and_connectors;
    "never-ended", "sessions that never end", 250_000, "diagnose", never_ended;
    "never-ended-listed", "the same, listed", 250_000, "sessions", never_ended;
    "rejected-domains", "rejected sender domains", 10_000, "diagnose", rejected_domains;
    "good-domains", "sender domains that deliver", 10_000, "diagnose", good_domains;
    "one-session", "rejected messages in one session", 50_000, "diagnose", one_session;
    "one-good-session", "delivered messages in one session", 50_000, "diagnose", one_good_session;
    "one-session-followed", "rejected messages in one session, followed", 50_000, "messages", one_session;
    "proxied", "proxied sessions on three servers", 10_000, "diagnose", proxied;
};

fn sender(domain: &str) -> [String; 1] {
    [format!("anna@{domain}")]
}

fn one_rejection(folder: &Path) -> io::Result<()> {
    let mut log = Log::of_server(folder)?;
    log.session(&Session::new(1, &sender("contoso.com")))?;
    log.end()
}

/// Half of each id makes a product of two known numbers zero.
fn colliding_ids(folder: &Path, n: u32) -> io::Result<()> {
    let mut log = Log::of_server(folder)?;
    for (sequence, event) in ["+", "<", "-"].iter().enumerate() {
        for number in 0..n {
            log.text(&format!(
                "2026-11-03T02:14:0{sequence}.000Z,Out,{number:08x}"
            ))?;
            log.bytes(&0xD1B5_4A32_D192_ED03u64.to_le_bytes())?;
            log.text(&format!(
                ",{sequence},10.0.0.5:1,192.0.2.1:25,{event},x,\r\n"
            ))?;
        }
    }
    log.end()
}

fn odd_ids(folder: &Path, n: u32) -> io::Result<()> {
    let mut log = Log::of_server(folder)?;
    for (sequence, event) in ["+", "<", "-"].iter().enumerate() {
        for number in 0..n {
            log.text(&format!(
                "2026-11-03T02:14:0{sequence}.000Z,Out,session-{number:020},{sequence},10.0.0.5:1,192.0.2.1:25,{event},x,\r\n"
            ))?;
        }
    }
    log.end()
}

fn hub_session(id: &str, second: u32, server: &str) -> String {
    let mut rows = Rows::of(OUT, id, second, "10.0.0.5:29013,10.0.0.5:717");
    rows.add('*', "", "attempting to connect");
    rows.add('+', "", "");
    rows.add(
        '<',
        &format!("220 {server}.contoso.com Microsoft ESMTP MAIL Service ready"),
        "",
    );
    rows.add('>', &format!("EHLO {server}.contoso.com"), "");
    rows.add(
        '<',
        &format!("250  {server}.contoso.com Hello [10.0.0.5] SIZE 37748736 XPROXYTO"),
        "",
    );
    rows.add('>', &format!("XPROXYTO DESTINATIONS=contoso-com.mail.protection.outlook.com PORT=25 SESSIONID={id} LAST=True"), "");
    rows.add('<', "250 XProxyTo accepted", "");
    rows.add('*', "", &format!("This session is now being proxied through the next hop. The actual connector being used is: {OUT}"));
    rows.message("ben@contoso.com", DENIED);
    rows.quit();
    rows.text()
}

fn halves(
    folder: &Path,
    n: u32,
    hub_id: impl Fn(u32) -> String,
    second: impl Fn(u32) -> u32,
    servers: u32,
) -> io::Result<()> {
    for which in 0..servers {
        let server = format!("EX{:02}", which + 1);
        let log = |role: &str| {
            let logs = format!("{server}/TransportRoles/Logs/{role}/ProtocolLog/SmtpSend");
            Log::create(&folder.join(logs).join("SEND2026110302-1.LOG"))
        };
        let (mut hub, mut front_end) = (log("Hub")?, log("FrontEnd")?);
        for number in (0..n).filter(|number| number % servers == which) {
            let (id, second) = (hub_id(number), second(number));
            hub.text(&hub_session(&id, second, &server))?;
            let lead = format!(
                "attempting to connect. Outbound proxy from {server}.contoso.com with session id {id}. Proxied session id 08DF4092{number:08X}"
            );
            front_end.session(&Session {
                connector: "Outbound Proxy Frontend Send Connector",
                id: format!("08DF38C9{number:08X}"),
                second,
                lead: &lead,
                ..Session::new(number, &[])
            })?;
        }
        hub.end()?;
        front_end.end()?;
    }
    usual_tenant(folder)
}

fn one_hub_id_at_once(folder: &Path, n: u32) -> io::Result<()> {
    halves(folder, n, |_| "08DF38C916DF3A92".to_owned(), |_| 0, 1)
}

fn one_hub_id_apart(folder: &Path, n: u32) -> io::Result<()> {
    halves(
        folder,
        n,
        |_| "08DF38C916DF3A92".to_owned(),
        |number| number * 7,
        1,
    )
}

fn proxied(folder: &Path, n: u32) -> io::Result<()> {
    halves(
        folder,
        n,
        |number| format!("08DF38C9{number:08X}"),
        |number| number,
        3,
    )
}

/// A session for each of `n`, as `change` makes it of its number's text.
fn sessions(
    folder: &Path,
    n: u32,
    change: impl Fn(Session<'_>, &str, &mut Log) -> io::Result<()>,
) -> io::Result<()> {
    let mut log = Log::of_server(folder)?;
    for number in 0..n {
        let senders = sender("contoso.com");
        change(
            Session::new(number, &senders),
            &number.to_string(),
            &mut log,
        )?;
    }
    log.end()
}

fn certificates(folder: &Path, n: u32) -> io::Result<()> {
    sessions(folder, n, |session, number, log| {
        let name = &format!("m{number}.contoso.net");
        log.session(&Session { name, ..session })
    })?;
    usual_tenant(folder)
}

fn good_certificates(folder: &Path, n: u32) -> io::Result<()> {
    sessions(folder, n, |session, number, log| {
        let name = &format!("m{number}.contoso.com");
        let reply = if number == "0" { DENIED } else { TAKEN };
        log.session(&Session {
            name,
            reply,
            ..session
        })
    })?;
    usual_tenant(folder)
}

fn connectors(folder: &Path, n: u32) -> io::Result<()> {
    sessions(folder, n, |session, number, log| {
        let connector = &format!("Out {number}");
        log.session(&Session {
            connector,
            ..session
        })
    })?;
    usual_tenant(folder)
}

fn streams(folder: &Path, n: u32) -> io::Result<()> {
    for number in 0..n {
        let path = folder.join(format!("EX{number:05}/SEND2026110302-1.LOG"));
        let mut log = Log::create(&path)?;
        log.session(&Session::new(number, &sender("contoso.com")))?;
        log.end()?;
    }
    usual_tenant(folder)
}

fn exported_certificates(folder: &Path, n: u32) -> io::Result<()> {
    one_rejection(folder)?;
    usual_tenant(folder)?;
    let connector = (OUT.to_owned(), "m1.contoso.com".to_owned());
    let names = (0..n).map(|number| format!("m{number}.contoso.com"));
    on_premises(folder, [connector].into_iter(), names)
}

fn exported_connectors(folder: &Path, n: u32) -> io::Result<()> {
    one_rejection(folder)?;
    usual_tenant(folder)?;
    let name = || "mail.contoso.com".to_owned();
    let connectors = (0..n).map(|number| (format!("Out {number}"), name()));
    on_premises(folder, connectors, [name()].into_iter())
}

fn exported_both(folder: &Path, n: u32) -> io::Result<()> {
    sessions(folder, n, |session, number, log| {
        let name = &format!("m{number}.contoso.net");
        let connector = &format!("Out {number}");
        log.session(&Session {
            name,
            connector,
            ..session
        })
    })?;
    usual_tenant(folder)?;
    let name = |number: u32| format!("m{number}.contoso.net");
    let connectors = (0..n).map(|number| (format!("Out {number}"), name(number)));
    on_premises(folder, connectors, (0..n).map(name))
}

fn inbound_and_domains(folder: &Path, n: u32) -> io::Result<()> {
    one_rejection(folder)?;
    let connectors = (0..n).map(|number| {
        (
            format!("Inbound {number}"),
            format!("mail.d{number}.example"),
        )
    });
    tenant(
        folder,
        connectors,
        (0..n).map(|number| format!("d{number}.example")),
    )
}

fn wizard_lines(folder: &Path, n: u32) -> io::Result<()> {
    one_rejection(folder)?;
    usual_tenant(folder)?;
    wizard(folder, (0..n).map(|_| OUT.to_owned()))
}

fn wizard_and_connectors(folder: &Path, n: u32) -> io::Result<()> {
    connectors(folder, n)?;
    wizard(folder, (0..n).map(|number| format!("Out {number}")))
}

fn never_ended(folder: &Path, n: u32) -> io::Result<()> {
    let mut log = Log::of_server(folder)?;
    for number in 0..n {
        let time = time(number / 4);
        log.text(&format!(
            "{time},{OUT},08DF31F6{number:08X},0,10.0.0.5:1,192.0.2.36:25,+,,\r\n"
        ))?;
    }
    log.end()?;
    usual_tenant(folder)
}

fn of_domains(folder: &Path, n: u32, reply: &str) -> io::Result<()> {
    let mut log = Log::of_server(folder)?;
    for number in 0..n {
        let senders = sender(&format!("d{number}.example"));
        log.session(&Session {
            reply,
            ..Session::new(number, &senders)
        })?;
    }
    log.end()?;
    usual_tenant(folder)
}

fn rejected_domains(folder: &Path, n: u32) -> io::Result<()> {
    of_domains(folder, n, DENIED)
}

fn good_domains(folder: &Path, n: u32) -> io::Result<()> {
    of_domains(folder, n, TAKEN)
}

fn long_session(
    folder: &Path,
    n: u32,
    domain: impl Fn(u32) -> String,
    reply: &str,
) -> io::Result<()> {
    let senders: Vec<String> = (0..n)
        .map(|number| format!("a{number}@{}", domain(number)))
        .collect();
    let mut log = Log::of_server(folder)?;
    log.session(&Session {
        reply,
        ..Session::new(1, &senders)
    })?;
    log.end()?;
    usual_tenant(folder)
}

fn one_session(folder: &Path, n: u32) -> io::Result<()> {
    long_session(folder, n, |_| "contoso.com".to_owned(), DENIED)
}

fn one_good_session(folder: &Path, n: u32) -> io::Result<()> {
    long_session(folder, n, |number| format!("d{number}.example"), TAKEN)
}
