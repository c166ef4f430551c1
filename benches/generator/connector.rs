//! Describes the send connectors of a server, and how a session of each begins.
//!
//! In: the server's name, and the form in which it writes certificates. Out: [`Connector`]s with
//! everything that is the same in all their sessions.
//! Must not use names and addresses other than those reserved for documentation (RFC 2606, RFC
//! 5737).

use super::certificate::{self, Certificate, Shape, Side};
use super::script::{Script, column};

/// The send connector whose mail Exchange Online does not assign to a tenant.
pub(crate) const FAILING_NAME: &str = "Fabrikam relay";

/// The address that the remote host sees.
const SOURCE: &str = "203.0.113.7";

/// What a connector is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Exchange Online, with a certificate that an inbound connector expects.
    Healthy,
    /// Exchange Online, with a certificate that no inbound connector expects.
    Failing,
    /// Another server of the organisation.
    Internal,
    /// Mail servers on the internet.
    Internet,
}

impl Kind {
    /// Whether the remote host is Exchange Online.
    pub(crate) fn is_exchange_online(self) -> bool {
        matches!(self, Kind::Healthy | Kind::Failing)
    }
}

/// A host that a connector sends to.
#[derive(Debug)]
pub(crate) struct Peer {
    /// Its endpoint.
    pub(crate) remote: &'static str,
    /// The name in its banner.
    pub(crate) host: String,
    /// The rows from the first EHLO to the reply to the second.
    pub(crate) greeting: Script,
}

/// A send connector.
#[derive(Debug)]
pub(crate) struct Connector {
    /// What it is for.
    pub(crate) kind: Kind,
    /// The name as a column of the log.
    pub(crate) name: String,
    /// The form in which this server writes its rows.
    pub(crate) shape: Shape,
    /// Whether the server offers a certificate in its sessions.
    pub(crate) offers_certificate: bool,
    /// The hosts that it sends to.
    pub(crate) peers: Vec<Peer>,
}

const SHAPES: [Shape; 3] = [Shape::Dated, Shape::Joined, Shape::Attributes];

const ONLINE: [(&str, &str); 4] = [
    ("192.0.2.36:25", "AM0EUR05FT012.mail.protection.outlook.com"),
    ("192.0.2.37:25", "DB3EUR04FT047.mail.protection.outlook.com"),
    ("192.0.2.38:25", "HE1EUR02FT033.mail.protection.outlook.com"),
    ("192.0.2.39:25", "VE1EUR01FT009.mail.protection.outlook.com"),
];

const ONLINE_KEYWORDS: [&str; 9] = [
    "SIZE 157286400",
    "PIPELINING",
    "DSN",
    "ENHANCEDSTATUSCODES",
    "STARTTLS",
    "8BITMIME",
    "BINARYMIME",
    "CHUNKING",
    "SMTPUTF8",
];

const INTERNAL_KEYWORDS: [&str; 12] = [
    "SIZE",
    "PIPELINING",
    "DSN",
    "ENHANCEDSTATUSCODES",
    "STARTTLS",
    "X-ANONYMOUSTLS",
    "AUTH NTLM",
    "X-EXPS GSSAPI NTLM",
    "8BITMIME",
    "BINARYMIME",
    "CHUNKING",
    "XSHADOWREQUEST",
];

const INTERNET_KEYWORDS: [&str; 6] = [
    "PIPELINING",
    "SIZE 52428800",
    "STARTTLS",
    "ENHANCEDSTATUSCODES",
    "8BITMIME",
    "DSN",
];

/// The connectors of one server: one of each [`Kind`], in this order.
pub(crate) fn all(server: &str, stream: usize) -> Vec<Connector> {
    let shape = |connector: usize| SHAPES[(stream + connector) % SHAPES.len()];
    vec![
        exchange_online(Kind::Healthy, shape(0)),
        exchange_online(Kind::Failing, shape(1)),
        internal(server, shape(2)),
        internet(shape(0)),
    ]
}

fn exchange_online(kind: Kind, shape: Shape) -> Connector {
    let (name, ours, us): (_, &Certificate, _) = match kind {
        Kind::Failing => (FAILING_NAME, &certificate::FABRIKAM, "smtp.fabrikam.com"),
        _ => ("To Office 365", &certificate::CONTOSO, "mail.contoso.com"),
    };
    let peer = |(remote, host): (&'static str, &str)| {
        let mut greeting = Script::default();
        ehlo(&mut greeting, us, shape, (host, SOURCE), &ONLINE_KEYWORDS);
        start_tls(&mut greeting, ">,STARTTLS,");
        greeting.append(&ours.rows(shape, Side::Ours));
        handshake(&mut greeting);
        greeting.append(&certificate::EXCHANGE_ONLINE.rows(shape, Side::Theirs));
        let without_tls = without(&ONLINE_KEYWORDS, "STARTTLS");
        ehlo(&mut greeting, us, shape, (host, SOURCE), &without_tls);
        Peer {
            remote,
            host: host.to_owned(),
            greeting,
        }
    };
    Connector {
        kind,
        name: column(name),
        shape,
        offers_certificate: true,
        peers: ONLINE.map(peer).into(),
    }
}

fn internal(server: &str, shape: Shape) -> Connector {
    let (neighbour, ours, theirs) = match server {
        "EX02" => ("EX01", &certificate::NEIGHBOUR, &certificate::SELF_SIGNED),
        _ => ("EX02", &certificate::SELF_SIGNED, &certificate::NEIGHBOUR),
    };
    let us = format!("{server}.contoso.local");
    let host = format!("{neighbour}.contoso.local");
    let seen = (host.as_str(), "198.51.100.11");
    let mut greeting = Script::default();
    ehlo(&mut greeting, &us, shape, seen, &INTERNAL_KEYWORDS);
    start_tls(&mut greeting, ">,X-ANONYMOUSTLS,");
    greeting.append(&ours.rows(shape, Side::Ours));
    handshake(&mut greeting);
    greeting.append(&theirs.rows(shape, Side::Theirs));
    let keywords = without(&INTERNAL_KEYWORDS, "STARTTLS");
    let keywords = without(&keywords, "X-ANONYMOUSTLS");
    ehlo(&mut greeting, &us, shape, seen, &keywords);
    greeting.add(">,X-EXPS EXCHANGEAUTH SHA256 ,");
    greeting.add(">,<Binary Data>,");
    greeting.add("<,235 <authentication response>,");
    Connector {
        kind: Kind::Internal,
        name: column("Intra-Organization SMTP Send Connector"),
        shape,
        offers_certificate: true,
        peers: vec![Peer {
            remote: "198.51.100.12:2525",
            host,
            greeting,
        }],
    }
}

/// A connector whose name has a comma, so that the column is quoted.
fn internet(shape: Shape) -> Connector {
    let (host, us) = ("mx.example.org", "mail.contoso.com");
    let mut greeting = Script::default();
    ehlo(&mut greeting, us, shape, (host, SOURCE), &INTERNET_KEYWORDS);
    start_tls(&mut greeting, ">,STARTTLS,");
    handshake(&mut greeting);
    greeting.append(&certificate::INTERNET.rows(shape, Side::Theirs));
    let without_tls = without(&INTERNET_KEYWORDS, "STARTTLS");
    ehlo(&mut greeting, us, shape, (host, SOURCE), &without_tls);
    Connector {
        kind: Kind::Internet,
        name: column("Internet, direct"),
        shape,
        offers_certificate: false,
        peers: vec![Peer {
            remote: "192.0.2.25:25",
            host: host.to_owned(),
            greeting,
        }],
    }
}

fn without<'a>(keywords: &[&'a str], left_out: &str) -> Vec<&'a str> {
    let kept = keywords.iter().filter(|keyword| **keyword != left_out);
    kept.copied().collect()
}

/// Writes EHLO and its reply. `seen` is the remote host's name and the address that it sees.
fn ehlo(script: &mut Script, us: &str, shape: Shape, seen: (&str, &str), keywords: &[&str]) {
    let (host, source) = seen;
    script.add(&format!(">,EHLO {us},"));
    if shape != Shape::Attributes {
        let keywords = keywords.join(" ");
        return script.add(&format!("<,250  {host} Hello [{source}] {keywords},"));
    }
    script.add(&format!("<,250-{host} Hello [{source}],"));
    let (last, others) = keywords.split_last().expect("every host has keywords");
    for keyword in others {
        script.add_glued(&format!("<,250-{keyword},"));
    }
    script.add_glued(&format!("<,250 {last},"));
}

fn start_tls(script: &mut Script, command: &str) {
    script.add(command);
    script.add("<,220 2.0.0 SMTP server ready,");
}

fn handshake(script: &mut Script) {
    script.add("*,,\"TLS protocol SP_PROT_TLS1_2_CLIENT negotiation succeeded using bulk encryption algorithm CALG_AES_256 with strength 256 bits, MAC hash algorithm CALG_SHA_384 with strength 0 bits and key exchange algorithm CALG_ECDHE with strength 384 bits\"");
}
