//! The rows of a session in the send log.
//!
//! In: the messages of a session, each with the replies to come. Out: rows, and when it ended.
//! Must not decide replies.

use crate::weeks::model::Millis;
use crate::weeks::talk::{Row, SUCCEEDED, Talk};

use super::mail::Mail;
use super::world::{Server, Version, Week};

/// Where a session leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    Online,
    /// Exchange Online, through the front end of the same server.
    Proxied,
    /// Another server of the organisation.
    Own(usize),
    /// A server of another company.
    Partner,
}

/// How far a session gets before it breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Mail,
    Recipients,
    Data,
}

/// A message in a session.
#[derive(Debug, Clone)]
pub(super) struct Transaction {
    pub(super) mail: Mail,
    /// The number of the message on the server.
    pub(super) number: u64,
    /// The recipients by number, each with the reply to RCPT if that is not good.
    pub(super) recipients: Vec<(usize, Option<String>)>,
    pub(super) at_mail: Option<String>,
    pub(super) at_data: Option<String>,
    pub(super) broken: Option<Stage>,
}

impl Transaction {
    /// A message that is taken for these recipients.
    pub(super) fn good(mail: &Mail, number: u64, recipients: &[usize]) -> Transaction {
        Transaction {
            mail: mail.clone(),
            number,
            recipients: recipients.iter().map(|place| (*place, None)).collect(),
            at_mail: None,
            at_data: None,
            broken: None,
        }
    }
}

const HOST: &str = "AM0EUR05FT012.mail.protection.outlook.com";
/// The send connector to another company.
pub(super) const PARTNER: &str = "To partner.example";
const FRONT_END: &str = "Outbound Proxy Frontend Send Connector";
const TIMED_OUT: &str = "Failed to connect. Winsock error code: 10060, Win32 error code: 10060, Error Message: A connection attempt failed because the connected party did not properly respond after a period of time";

impl Week {
    /// Writes a session, and returns when it ended.
    pub(super) fn session(
        &mut self,
        server: usize,
        at: Millis,
        target: Target,
        transactions: &[&Transaction],
    ) -> Millis {
        let ids = (self.session_id(), self.session_id());
        let own = self.servers[server].clone();
        let (connector, remote) = match target {
            Target::Online => (
                self.connector,
                format!("192.0.2.{}:25", 30 + self.random.below(8)),
            ),
            Target::Proxied => (self.connector, format!("{}:717", own.address)),
            Target::Partner => (PARTNER, "198.51.100.9:25".to_owned()),
            Target::Own(to) => (
                "Intra-Organization SMTP Send Connector",
                format!("{}:2525", self.servers[to].address),
            ),
        };
        let outside = format!("192.0.2.{}:25", 30 + self.random.below(8));
        let mut talk = Talk {
            rows: Vec::new(),
            now: at,
            connector: connector.to_owned(),
            id: ids.0.clone(),
            local: String::new(),
            remote,
            pace: 60,
            random: &mut self.random,
        };
        talk.notes("attempting to connect");
        talk.connects(&own.address);
        let mut front = Vec::new();
        match target {
            Target::Online => outward(&mut talk),
            Target::Partner => elsewhere(&mut talk),
            Target::Own(to) => inward(&mut talk, &self.servers[to].name),
            Target::Proxied => {
                front = proxied(&mut talk, &own, self.hop, (&ids.1, outside));
            }
        }
        let mut is_open = true;
        for one in transactions {
            is_open = is_open && transaction(&mut talk, one, own.version, own.pipelining, target);
        }
        if is_open {
            talk.quits();
        } else {
            talk.ends("Remote(ConnectionReset)");
        }
        let (rows, end) = (talk.rows, talk.now);
        self.send.entry((server, "Hub")).or_default().extend(rows);
        if !front.is_empty() {
            self.send
                .entry((server, "FrontEnd"))
                .or_default()
                .extend(front);
        }
        end
    }

    /// A session that does not come about.
    pub(super) fn no_session(&mut self, server: usize, at: Millis) -> Millis {
        let id = self.session_id();
        let remote = "192.0.2.36:25".to_owned();
        let mut talk = Talk {
            rows: Vec::new(),
            now: at,
            connector: self.connector.to_owned(),
            id,
            local: String::new(),
            remote: remote.clone(),
            pace: 60,
            random: &mut self.random,
        };
        talk.notes("attempting to connect");
        talk.now += 21_000;
        talk.notes(&format!("{TIMED_OUT} {remote}"));
        let (rows, end) = (talk.rows, talk.now);
        self.send.entry((server, "Hub")).or_default().extend(rows);
        end
    }
}

/// A hub's session up to its messages. Returns the half of the front end, with this id and next hop.
fn proxied(
    talk: &mut Talk<'_>,
    own: &Server,
    hop: &str,
    (id, outside): (&str, String),
) -> Vec<Row> {
    inward(talk, &own.name);
    let hub = talk.id.clone();
    talk.says(&format!(
        "XPROXYTO DESTINATIONS={hop} PORT=25 SESSIONID={hub} LAST=True"
    ));
    let mut half = Talk {
        rows: Vec::new(),
        now: talk.now,
        connector: FRONT_END.to_owned(),
        id: id.to_owned(),
        local: String::new(),
        remote: outside,
        pace: 60,
        random: &mut *talk.random,
    };
    half.notes(&format!(
        "attempting to connect. Outbound proxy from {}.contoso.com with session id {hub}. Proxied session id {id}",
        own.name
    ));
    half.connects(&own.address);
    outward(&mut half);
    half.ends("Local");
    let Talk { rows, now, .. } = half;
    talk.now = now;
    talk.hears("250 XProxyTo accepted");
    talk.notes(&format!(
        "This session is now being proxied through the next hop. The actual connector being used is: {}",
        talk.connector
    ));
    rows
}

/// From the banner of another company to its EHLO reply.
fn elsewhere(talk: &mut Talk<'_>) {
    talk.hears("220 mx1.partner.example ESMTP Postfix");
    talk.says("EHLO mail.contoso.com");
    talk.hears(
        "250  mx1.partner.example Hello [203.0.113.7] PIPELINING SIZE 10240000 8BITMIME CHUNKING",
    );
}

/// From the banner of Exchange Online to the EHLO reply behind TLS.
fn outward(talk: &mut Talk<'_>) {
    let hello = format!(
        "250  {HOST} Hello [203.0.113.7] SIZE 157286400 PIPELINING DSN ENHANCEDSTATUSCODES 8BITMIME BINARYMIME CHUNKING"
    );
    talk.hears(&format!("220 {HOST} Microsoft ESMTP MAIL Service ready"));
    talk.says("EHLO mail.contoso.com");
    talk.hears(&format!("{hello} STARTTLS"));
    talk.says("STARTTLS");
    talk.hears("220 2.0.0 SMTP server ready");
    talk.notes(SUCCEEDED);
    talk.says("EHLO mail.contoso.com");
    talk.hears(&hello);
}

/// From the banner of a server of the organisation to its EHLO reply behind TLS.
fn inward(talk: &mut Talk<'_>, name: &str) {
    let hello = format!(
        "250  {name}.contoso.com Hello [10.0.0.5] SIZE 37748736 PIPELINING DSN ENHANCEDSTATUSCODES AUTH NTLM 8BITMIME BINARYMIME CHUNKING"
    );
    talk.hears(&format!(
        "220 {name}.contoso.com Microsoft ESMTP MAIL Service ready"
    ));
    talk.says("EHLO ex.contoso.com");
    talk.hears(&format!("{hello} X-ANONYMOUSTLS"));
    talk.says("X-ANONYMOUSTLS");
    talk.hears("220 2.0.0 SMTP server ready");
    talk.notes(SUCCEEDED);
    talk.says("EHLO ex.contoso.com");
    talk.hears(&hello);
}

/// A message; false where the session breaks with it.
fn transaction(
    talk: &mut Talk<'_>,
    one: &Transaction,
    version: Version,
    pipelining: bool,
    target: Target,
) -> bool {
    let mail = &one.mail;
    announce(talk, one, version);
    talk.says(&format!("MAIL FROM:<{}> SIZE={}", mail.sender, mail.size));
    let name = |talk: &mut Talk<'_>, place: usize| {
        let of = &mail.recipients[place];
        talk.says(&format!("RCPT TO:<{}>{}", of.address, of.parameters));
    };
    if pipelining {
        one.recipients
            .iter()
            .for_each(|(place, _)| name(talk, *place));
    }
    if one.broken == Some(Stage::Mail) {
        return false;
    }
    if let Some(reply) = &one.at_mail {
        talk.hears(reply);
        if pipelining {
            for _ in &one.recipients {
                talk.hears("503 5.5.2 Need mail command");
            }
        }
        resets(talk);
        return true;
    }
    talk.hears("250 2.1.0 Sender OK");
    let mut taken = 0;
    for (place, reply) in &one.recipients {
        if !pipelining {
            name(talk, *place);
        }
        if one.broken == Some(Stage::Recipients) {
            return false;
        }
        match reply {
            Some(reply) => talk.hears(reply),
            None => talk.hears("250 2.1.5 Recipient OK"),
        };
        taken += usize::from(reply.is_none());
    }
    if taken == 0 {
        resets(talk);
        return true;
    }
    data(talk, one, target)
}

/// The message itself; false where the session breaks with it.
fn data(talk: &mut Talk<'_>, one: &Transaction, target: Target) -> bool {
    let mail = &one.mail;
    talk.says(&format!("BDAT {} LAST", mail.size));
    if one.broken == Some(Stage::Data) {
        return false;
    }
    let host = match target {
        Target::Own(_) => "EX02.contoso.com",
        Target::Partner => "mx1.partner.example",
        _ => "AS8P193MB0001.EURP193.PROD.OUTLOOK.COM",
    };
    match &one.at_data {
        Some(reply) => talk.hears(reply),
        None => talk.hears(&format!(
            "250 2.6.0 {} [InternalId=121713184810, Hostname={host}] 9600 bytes in 0.101, 67.689 KB/sec Queued mail for delivery",
            mail.id
        )),
    };
    true
}

/// The row that names the message.
fn announce(talk: &mut Talk<'_>, one: &Transaction, version: Version) {
    let (number, id) = (one.number, &one.mail.id);
    if version == Version::E2010 {
        talk.row('*', &number.to_string(), "sending message");
    } else {
        talk.notes(&format!(
            "sending message with RecordId {number} and InternetMessageId {id}"
        ));
    }
}

fn resets(talk: &mut Talk<'_>) {
    talk.says("RSET");
    talk.hears("250 2.0.0 Resetting");
}
