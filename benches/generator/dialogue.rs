//! Writes the dialogue of one session: commands, replies and TLS.
//!
//! In: a connector and a sequence of random numbers. Out: the session's [`Script`], and its part of
//! the [`Counts`] that every reader of the log has to find again.
//! Invariant: Exchange Online rejects only recipients (`RCPT`), and each rejection is one row.

use super::Counts;
use super::certificate::Shape;
use super::connector::{Connector, Kind, Peer};
use super::random::Random;
use super::script::Script;
use super::text;

const PEOPLE: [&str; 16] = [
    "anna",
    "ben",
    "clara",
    "david",
    "invoices",
    "orders",
    "noreply",
    "kai",
    "maria.lopez",
    "jordan.lee",
    "sam",
    "support",
    "scanner-3rd-floor",
    "paul",
    "desk",
    "yuki.tanaka",
];
const OUTSIDE: [&str; 4] = [
    "example.org",
    "example.net",
    "example.com",
    "lists.example.org",
];
const BACKENDS: [&str; 4] = [
    "AM0PEPF0000012F.eurprd01.prod.outlook.com",
    "DB3PEPF00008860.eurprd02.prod.outlook.com",
    "HE1PEPF0000A315.eurprd05.prod.outlook.com",
    "VE1PEPF00000016.eurprd07.prod.outlook.com",
];

/// The most recipients of a message.
const MOST_RECIPIENTS: usize = 8;

/// What happens to a recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Taken,
    /// Rejected with 550 5.1.10.
    Unknown,
    /// Rejected with 550 5.7.64.
    Unattributed,
}

/// One message.
#[derive(Debug)]
struct Message {
    id: u64,
    size: u64,
    answers: [Answer; MOST_RECIPIENTS],
    recipients: usize,
    /// Whether commands are sent without waiting for each reply.
    pipelined: bool,
}

impl Message {
    fn answers(&self) -> &[Answer] {
        &self.answers[..self.recipients]
    }

    fn taken(&self) -> usize {
        let taken = |answer: &&Answer| **answer == Answer::Taken;
        self.answers().iter().filter(taken).count()
    }
}

/// Writes the script of one session.
pub(crate) struct Dialogue<'a> {
    /// The connector that opens it.
    pub(crate) connector: &'a Connector,
    /// The host that it talks to.
    pub(crate) peer: &'a Peer,
    /// The server's name.
    pub(crate) server: &'a str,
    /// The rows so far.
    pub(crate) script: &'a mut Script,
    /// The random numbers.
    pub(crate) random: &'a mut Random,
    /// The counts that a reader must find.
    pub(crate) counts: &'a mut Counts,
    /// The time of the first row.
    pub(crate) now: u64,
    /// The approximate number of milliseconds from one row of the session to the next.
    pub(crate) pace: u64,
}

impl Dialogue<'_> {
    /// Writes the whole session.
    pub(crate) fn write(&mut self) {
        self.counts.sessions += 1;
        self.counts.exchange_online_sessions += u64::from(self.connector.kind.is_exchange_online());
        self.counts.own_certificate_sessions += u64::from(self.connector.offers_certificate);
        self.open();
        let relays = self.connector.kind == Kind::Failing && self.random.percent(45);
        self.counts.sessions_with_5764 += u64::from(relays);
        let pipelined = self.connector.shape != Shape::Attributes || self.random.percent(50);
        let messages = self.message_count();
        for number in 0..messages {
            let refused = relays && (number == 0 || self.random.percent(75));
            let message = self.compose(refused, pipelined);
            self.message(&message);
        }
        if self.random.below(400) == 0 {
            self.counts.never_ended += 1;
        } else {
            self.close();
        }
    }

    fn open(&mut self) {
        let routing = self.connector.shape != Shape::Attributes && self.random.percent(80);
        if routing {
            self.script
                .add("*,SendRoutingHeaders,Set Session Permissions");
        }
        if routing || self.random.percent(70) {
            self.script.add("*,,attempting to connect");
        }
        self.script.connect();
        let now = self.time();
        self.script.put("<,");
        if self.connector.kind == Kind::Internet {
            self.script
                .put("220 ")
                .put(&self.peer.host)
                .put(" ESMTP Postfix,")
                .end();
        } else {
            self.script
                .put("\"220 ")
                .put(&self.peer.host)
                .put(" Microsoft ESMTP MAIL Service ready at ")
                .with(|out| text::mail_date(out, now))
                .put("\",")
                .end();
        }
        self.script.append(&self.peer.greeting);
    }

    /// A number from 1 to 20, mostly a small one.
    fn message_count(&mut self) -> u32 {
        let mut count = 1;
        while count < 20 && self.random.percent(80) {
            count += 1;
        }
        count
    }

    fn compose(&mut self, refused: bool, pipelined: bool) -> Message {
        let recipients = match self.random.below(100) {
            0..60 => 1,
            60..78 => 2,
            78..88 => 3,
            _ => 4 + self.random.below(5) as usize,
        };
        let mut answers = [Answer::Taken; MOST_RECIPIENTS];
        for answer in &mut answers[..recipients] {
            if refused {
                *answer = Answer::Unattributed;
            } else if self.connector.kind.is_exchange_online() && self.random.percent(1) {
                *answer = Answer::Unknown;
            }
        }
        // A recipient in the same tenant is accepted, although Exchange Online does not recognise
        // the sending server.
        if refused && recipients > 1 && self.random.percent(25) {
            answers[recipients - 1] = Answer::Taken;
        }
        Message {
            id: self.random.next(),
            size: 2_000 + u64::from(self.random.below(90_000)),
            answers,
            recipients,
            pipelined,
        }
    }

    fn message(&mut self, message: &Message) {
        self.counts.messages += 1;
        self.announce(message);
        self.mail(message);
        if !message.pipelined {
            self.sender_taken();
        }
        for answer in message.answers() {
            self.recipient(*answer, message.pipelined);
            if !message.pipelined {
                self.answer(*answer, false);
            }
        }
        if message.pipelined {
            self.sender_taken();
            for answer in message.answers() {
                self.answer(*answer, true);
            }
        }
        let refused = message.answers().contains(&Answer::Unattributed);
        self.counts.messages_with_5764 += u64::from(refused);
        match message.taken() {
            0 => {
                self.script.add(">,RSET,");
                self.script.add("<,250 2.0.0 Resetting,");
            }
            taken => {
                self.counts.accepted_recipients += taken as u64;
                self.content(message);
            }
        }
    }

    fn announce(&mut self, message: &Message) {
        let record = message.id >> 28;
        if self.connector.shape == Shape::Attributes {
            let record = record % 100_000;
            return self
                .script
                .put("*,")
                .number(record)
                .put(",sending message")
                .end();
        }
        self.script
            .put("*,,sending message with RecordId ")
            .number(record)
            .put(" and InternetMessageId ");
        self.message_id(message);
        self.script.end();
    }

    fn message_id(&mut self, message: &Message) {
        self.script
            .put("<")
            .with(|out| text::hex_lower(out, message.id))
            .put("@")
            .put(self.server)
            .put(".contoso.local>");
    }

    fn mail(&mut self, message: &Message) {
        let domain = self.own_domain();
        self.script.put(">,MAIL FROM:<");
        if !self.random.percent(3) {
            let name = self.random.pick(&PEOPLE);
            self.script.put(name).put("@").put(domain);
        }
        self.script.put("> SIZE=").number(message.size);
        if self.connector.kind == Kind::Healthy && self.random.percent(20) {
            self.script.put(" AUTH=<> XOORG=").put(domain);
        }
        self.script.put(",").end();
    }

    fn own_domain(&self) -> &'static str {
        match self.connector.kind {
            Kind::Failing => "fabrikam.com",
            _ => "contoso.com",
        }
    }

    fn recipient(&mut self, answer: Answer, glued: bool) {
        let domain = match (self.connector.kind, answer) {
            (_, Answer::Unattributed) | (Kind::Internet, _) => self.random.pick(&OUTSIDE),
            (Kind::Healthy, Answer::Taken) if self.random.percent(60) => self.random.pick(&OUTSIDE),
            _ => self.own_domain(),
        };
        let name = match answer {
            Answer::Unknown => "former.employee",
            _ => self.random.pick(&PEOPLE),
        };
        self.script
            .put(">,RCPT TO:<")
            .put(name)
            .put("@")
            .put(domain)
            .put(">,");
        if glued {
            self.script.end_glued();
        } else {
            self.script.end();
        }
    }

    fn sender_taken(&mut self) {
        self.script.add(match self.connector.kind {
            Kind::Internet => "<,250 2.1.0 Ok,",
            _ => "<,250 2.1.0 Sender OK,",
        });
    }

    fn answer(&mut self, answer: Answer, glued: bool) {
        let text = match answer {
            Answer::Taken if self.connector.kind == Kind::Internet => "<,250 2.1.5 Ok,",
            Answer::Taken => "<,250 2.1.5 Recipient OK,",
            Answer::Unknown => {
                self.counts.other_rejections += 1;
                "<,550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup"
            }
            Answer::Unattributed => {
                self.counts.rejections_5764 += 1;
                "<,550 5.7.64 TenantAttribution; Relay Access Denied"
            }
        };
        self.script.put(text);
        if answer != Answer::Taken {
            let now = text::timestamp(self.time());
            let session = 0x08DE_0000_0000_0000 | (self.random.next() >> 16);
            self.script
                .put(" [")
                .put(self.random.pick(&BACKENDS))
                .put(" ")
                .with(|out| out.extend_from_slice(&now))
                .put(" ")
                .with(|out| text::hex_upper(out, session))
                .put("],");
        }
        if glued {
            self.script.end_glued();
        } else {
            self.script.end();
        }
    }

    fn content(&mut self, message: &Message) {
        if self.connector.kind == Kind::Internet {
            self.script.add(">,DATA,");
            self.script.add("<,354 End data with <CR><LF>.<CR><LF>,");
            self.script.put("<,250 2.0.0 Ok: queued as ");
            self.script
                .with(|out| text::hex_upper(out, message.id))
                .put(",")
                .end();
            return;
        }
        self.script
            .put(">,BDAT ")
            .number(message.size)
            .put(" LAST,")
            .end();
        let millis = 80 + u64::from(self.random.below(800));
        self.script.put("<,\"250 2.6.0 ");
        self.message_id(message);
        self.script
            .put(" [InternalId=")
            .number(message.id >> 18)
            .put(", Hostname=");
        let host = match self.connector.kind {
            Kind::Internal => self.peer.host.as_str(),
            _ => self.random.pick(&BACKENDS),
        };
        self.script
            .put(host)
            .put("] ")
            .number(message.size)
            .put(" bytes in 0.")
            .with(|out| text::three_digits(out, millis))
            .put(", ")
            .number(message.size * 1000 / 1024 / millis)
            .put(",")
            .with(|out| text::three_digits(out, message.id % 1000))
            .put(" KB/sec Queued mail for delivery\",")
            .end();
    }

    fn close(&mut self) {
        self.script.add(">,QUIT,");
        if self.random.percent(92) {
            self.script
                .add("<,221 2.0.0 Service closing transmission channel,");
        }
        self.script.add(match self.random.below(100) {
            0..85 => "-,,Local",
            85..97 => "-,,Remote",
            _ => "-,,Remote(ConnectionReset)",
        });
    }

    /// The approximate time of the next row.
    fn time(&self) -> u64 {
        self.now + self.script.len() as u64 * self.pace
    }
}
