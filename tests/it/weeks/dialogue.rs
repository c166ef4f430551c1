//! The rows of one session, as Exchange writes them.
//!
//! In: a plan. Out: rows with their times, and what happened in them.
//! Must not decide what goes wrong: the plan says it.

use crate::corpus::Random;

use super::certificate_rows;
use super::model::{
    Answer, Connector, Course, Host, Message, Millis, Plan, RowShape, Server, Starttls, shown,
};
use super::talk::{Row, SUCCEEDED, Talk};
use super::truth::{Happening, Span, What};

/// A session as written: its rows in the log of the stream and, where it was proxied, in the log
/// of the front end.
pub(super) struct Written {
    pub(super) rows: Vec<Row>,
    pub(super) frontend: Vec<Row>,
    pub(super) happenings: Vec<Happening>,
    pub(super) end: Millis,
}

/// What numbers a session and its messages.
pub(super) struct Numbers {
    pub(super) session: usize,
    pub(super) message: usize,
    /// The ids of the session and of its half on the front end.
    pub(super) ids: (String, String),
}

const MICROSOFT: (&str, &str) = (
    "CN=mail.protection.outlook.com, O=Microsoft Corporation, L=Redmond, S=Washington, C=US",
    "CN=DigiCert Cloud Services CA-1, O=DigiCert Inc, C=US",
);
const TIMED_OUT: &str = "Failed to connect. Winsock error code: 10060, Win32 error code: 10060, Error Message: A connection attempt failed because the connected party did not properly respond after a period of time, or established connection failed because connected host has failed to respond";

/// Writes a session.
pub(super) fn write(
    plan: &Plan,
    (server, connector): (&Server, &Connector),
    start: Millis,
    numbers: &mut Numbers,
    random: &mut Random,
) -> Written {
    let host = host_name(plan.host, random);
    let port = if plan.host == Host::Submission {
        587
    } else {
        25
    };
    let mut talk = Talk {
        rows: Vec::new(),
        now: start,
        connector: connector.name.clone(),
        id: numbers.ids.0.clone(),
        local: String::new(),
        remote: format!("192.0.2.{}:{port}", 30 + random.below(8)),
        pace: if random.below(12) == 0 { 2_500 } else { 90 },
        random,
    };
    let mut writer = Writer {
        plan,
        server,
        connector,
        host,
        happenings: Vec::new(),
        session: numbers.session,
    };
    let mut frontend = Vec::new();
    if plan.course == Course::Unconnected {
        writer.unconnected(&mut talk);
    } else if connector.proxied {
        frontend = writer.proxied(&mut talk, numbers);
    } else {
        writer.direct(&mut talk, numbers);
    }
    let (end, mut rows) = (talk.now, talk.rows);
    if plan.cut {
        let begins = rows
            .iter()
            .position(|row| row.line.contains("sending message with"));
        rows.drain(..begins.unwrap_or(0));
    }
    if let Some(key) = &plan.key {
        writer.note((start, end), What::Failed { key: key.clone() });
    } else if matches!(
        plan.course,
        Course::Dropped | Course::Reset | Course::Unconnected
    ) {
        writer.note((start, end), What::Doubtful);
    }
    Written {
        rows,
        frontend,
        happenings: writer.happenings,
        end,
    }
}

/// The host that greets.
fn host_name(host: Host, random: &mut Random) -> String {
    let pick = |names: &[&str], random: &mut Random| names[random.below(names.len())].to_owned();
    match host {
        Host::ExchangeOnline => pick(
            &[
                "AM0EUR05FT012.mail.protection.outlook.com",
                "DB3EUR04FT047.mail.protection.outlook.com",
                "AMS0EPF000001A3.mail.protection.outlook.com",
                "fabrikam-com.w-v1.mx.microsoft",
            ],
            random,
        ),
        Host::Submission => pick(&["AM0PR01CA0191.outlook.office365.com"], random),
        Host::Partner => "mx1.partner.example".to_owned(),
        Host::Hostile => "mx.hostile.example".to_owned(),
    }
}

/// Writes the parts of a session.
pub(super) struct Writer<'a> {
    pub(super) plan: &'a Plan,
    pub(super) server: &'a Server,
    pub(super) connector: &'a Connector,
    pub(super) host: String,
    pub(super) happenings: Vec<Happening>,
    pub(super) session: usize,
}

impl Writer<'_> {
    fn note(&mut self, at: Span, what: What) {
        self.happenings.push(Happening {
            at,
            stream: self.server.stream(),
            connector: self.connector.name.clone(),
            session: self.session,
            what,
        });
    }

    fn unconnected(&mut self, talk: &mut Talk<'_>) {
        talk.notes("attempting to connect");
        talk.now += 21_000;
        let text = format!("{TIMED_OUT} {}", talk.remote);
        talk.notes(&text);
    }

    fn direct(&mut self, talk: &mut Talk<'_>, numbers: &mut Numbers) {
        if talk.random.below(3) == 0 {
            talk.row('*', "SendRoutingHeaders", "Set Session Permissions");
        }
        talk.notes("attempting to connect");
        talk.connects(&self.server.address);
        if self.greeting(talk) {
            self.messages(talk, numbers);
        }
    }

    /// From the banner to the last EHLO reply; false where the session is over by then.
    pub(super) fn greeting(&mut self, talk: &mut Talk<'_>) -> bool {
        let banner = self.banner(talk.now);
        talk.hears(&banner);
        let ehlo = format!("EHLO mail.{}", self.connector.domain);
        talk.says(&ehlo);
        self.ehlo_reply(talk, true);
        if self.plan.course == Course::QuitEarly {
            talk.quits();
            return false;
        }
        if self.plan.starttls != Starttls::Used {
            return true;
        }
        talk.says("STARTTLS");
        talk.hears("220 2.0.0 SMTP server ready");
        if let Some(certificate) = &self.plan.certificate {
            for (data, context) in certificate_rows::sending(certificate, self.server.shape) {
                talk.row('*', &data, &context);
            }
        }
        if let Course::Failed(error) = self.plan.course {
            talk.notes(&format!("TLS negotiation failed with error {error}"));
            talk.ends("Local");
            return false;
        }
        talk.notes(SUCCEEDED);
        if self.plan.course == Course::Reset {
            talk.ends("Remote(ConnectionReset)");
            return false;
        }
        let (subject, issuer) = self.remote_names();
        for (data, context) in certificate_rows::remote(&subject, &issuer, self.server.shape) {
            talk.row('*', &data, &context);
        }
        if self.plan.course == Course::Distrusted {
            talk.notes("Outbound TLS authentication failed for auth level DomainValidation with error UntrustedRoot");
            talk.quits();
            return false;
        }
        talk.says(&ehlo);
        if self.plan.course == Course::Dropped {
            talk.ends("Remote");
            return false;
        }
        self.ehlo_reply(talk, false);
        if self.plan.course == Course::QuitIdle {
            talk.quits();
            return false;
        }
        true
    }

    fn remote_names(&self) -> (String, String) {
        match self.plan.host {
            Host::ExchangeOnline if self.plan.intercepted => (
                MICROSOFT.0.to_owned(),
                "CN=Firewall CA, O=Contoso, C=US".to_owned(),
            ),
            Host::ExchangeOnline | Host::Submission => {
                (MICROSOFT.0.to_owned(), MICROSOFT.1.to_owned())
            }
            Host::Partner | Host::Hostile => (
                format!("CN={}, O=Partner, C=US", self.host),
                "CN=Example CA, O=Example, C=US".to_owned(),
            ),
        }
    }

    fn banner(&self, now: Millis) -> String {
        let day = 2 + now / (24 * super::model::HOUR);
        if self.plan.starttls == Starttls::Masked {
            return format!("220 {}", "*".repeat(70));
        }
        let rest = match self.plan.host {
            Host::Hostile => "ESMTP relays for x.mail.protection.outlook.com",
            Host::Partner => "ESMTP Postfix",
            Host::ExchangeOnline | Host::Submission => "Microsoft ESMTP MAIL Service ready at",
        };
        format!("220 {} {rest} {day} Nov 2026 00:00:00 +0000", self.host)
    }

    fn ehlo_reply(&self, talk: &mut Talk<'_>, before_tls: bool) {
        let named = match self.plan.host {
            Host::Hostile => " AM0EUR05FT012.mail.protection.outlook.com",
            _ => "",
        };
        let mut words = vec!["SIZE 157286400"];
        if self.server.pipelining {
            words.push("PIPELINING");
        }
        words.extend(["DSN", "ENHANCEDSTATUSCODES"]);
        match self.plan.starttls {
            Starttls::Used | Starttls::NotUsed if before_tls => words.push("STARTTLS"),
            Starttls::Masked => words.push("XXXXXXXA"),
            _ => {}
        }
        words.extend(["8BITMIME", "BINARYMIME", "CHUNKING"]);
        let hello = format!("{} Hello [{}]{named}", self.host, self.plan.source);
        if self.server.shape != RowShape::Attributes {
            talk.hears(&format!("250  {hello} {}", words.join(" ")));
            return;
        }
        talk.hears(&format!("250-{hello}"));
        let last = words.len() - 1;
        for (number, word) in words.iter().enumerate() {
            let separator = if number == last { ' ' } else { '-' };
            talk.hears(&format!("250{separator}{word}"));
        }
    }

    pub(super) fn messages(&mut self, talk: &mut Talk<'_>, numbers: &mut Numbers) {
        let plan = self.plan;
        for message in &plan.messages {
            numbers.message += 1;
            self.message(talk, message, numbers.message);
        }
        talk.says("QUIT");
        if plan.course == Course::HungUp {
            talk.ends("Remote");
        } else {
            talk.hears("221 2.0.0 Service closing transmission channel");
            talk.ends("Local");
        }
    }

    fn message(&mut self, talk: &mut Talk<'_>, message: &Message, number: usize) {
        let size = 3_000 + talk.random.below(40_000);
        let context = format!(
            "sending message with RecordId {} and InternetMessageId <{number:06x}@{}>",
            10_000_000 + number,
            self.server.name
        );
        talk.notes(&context);
        let mail = format!("MAIL FROM:<{}> SIZE={size}", message.sender);
        talk.says(&mail);
        let mut open = true;
        if !self.server.pipelining {
            open = self.mail_reply(talk, message, number);
        }
        let mut taken = 0;
        if self.server.pipelining {
            for recipient in &message.recipients {
                talk.says(&format!("RCPT TO:<{}>", recipient.address));
            }
            open = self.mail_reply(talk, message, number);
        }
        for recipient in &message.recipients {
            if !open {
                if self.server.pipelining {
                    let at = talk.hears("503 5.5.2 Need mail command");
                    self.other(at);
                }
                continue;
            }
            if !self.server.pipelining {
                talk.says(&format!("RCPT TO:<{}>", recipient.address));
            }
            if let Some(answer) = &recipient.answer {
                self.refuse(talk, answer, Some(number), 1);
            } else {
                talk.hears("250 2.1.5 Recipient OK");
                taken += 1;
            }
        }
        if taken == 0 {
            talk.says("RSET");
            talk.hears("250 2.0.0 Resetting");
        } else {
            talk.says(&format!("BDAT {size} LAST"));
            self.data_reply(talk, message, number, taken);
        }
    }

    fn data_reply(&mut self, talk: &mut Talk<'_>, message: &Message, number: usize, taken: u32) {
        if let Some(answer) = &message.at_data {
            self.refuse(talk, answer, Some(number), taken);
            return;
        }
        let done = format!(
            "250 2.6.0 <{number:06x}@{}> [InternalId={}, Hostname=XX0PR01MB0001.prod.exchangelabs.com] 21734 bytes in 0.231, 97,100 KB/sec Queued mail for delivery",
            self.server.name,
            40_000_000_000 + number
        );
        let at = talk.hears(&done);
        let certificate = self.plan.certificate.as_ref();
        let is_known = self.plan.starttls == Starttls::Used && self.connector.frontend_logged;
        let offered = certificate.filter(|_| is_known);
        self.note(
            (at, at),
            What::Taken {
                recipients: taken,
                thumbprint: offered.map(|certificate| certificate.thumbprint.clone()),
                matches: offered.is_some_and(|certificate| certificate.matches),
            },
        );
    }

    fn mail_reply(&mut self, talk: &mut Talk<'_>, message: &Message, number: usize) -> bool {
        let Some(answer) = &message.at_mail else {
            talk.hears("250 2.1.0 Sender OK");
            return true;
        };
        let recipients = u32::try_from(message.recipients.len()).expect("few");
        self.refuse(talk, answer, Some(number), recipients);
        false
    }

    fn refuse(
        &mut self,
        talk: &mut Talk<'_>,
        answer: &Answer,
        message: Option<usize>,
        recipients: u32,
    ) {
        let host = "AM0PEPF0000012F.eurprd01.prod.outlook.com";
        let identified = format!(
            "{host} {} 08DF{:012X}",
            shown(talk.now),
            0x1234_0000 + talk.now
        );
        let varies = self.plan.host == Host::ExchangeOnline && !self.plan.cut;
        let bracket = match (self.plan.host, talk.random.below(8)) {
            (Host::Partner, _) => String::new(),
            (_, 0) if varies => String::new(),
            (_, 1) if varies => format!(" [{}]", identified.to_uppercase()),
            (_, 2) if varies => format!(" [{host}] [{host}]"),
            (_, 3) => format!(" [{host}]"),
            // A host may write into its replies what it likes, so a hostile one has it too.
            _ => format!(" [{identified}]"),
        };
        let at = talk.hears(&format!("{}{bracket}", answer.text));
        match &answer.key {
            Some(key) => self.note(
                (at, at),
                What::Refused {
                    key: key.clone(),
                    message,
                    recipients,
                },
            ),
            None => self.other(at),
        }
    }

    fn other(&mut self, at: Millis) {
        let foreign = self.plan.host != Host::ExchangeOnline;
        self.note((at, at), What::Other { foreign });
    }
}
