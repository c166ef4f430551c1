//! Writes logs: single sessions, and a corpus of several streams with sessions over three files.
//!
//! In: a seed. Out: the same bytes every time.
//! Invariant: every number that a test relies on is counted while writing, not by the program.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// The header of a file.
pub(crate) const HEADER: &str = "#Software: Microsoft Exchange Server\r\n#Version: 15.0.0.0\r\n\
    #Log-type: SMTP Send Protocol Log\r\n#Date: 2026-11-03T01:00:00.000Z\r\n\
    #Fields: date-time,connector-id,session-id,sequence-number,local-endpoint,remote-endpoint,event,data,context\r\n";

/// The reply of a rejection.
pub(crate) const DENIED: &str =
    "550 5.7.64 TenantAttribution; Relay Access Denied [AM0PR01MB0001.eurprd01.prod.outlook.com]";

/// A thumbprint of its own for every name.
pub(crate) fn thumbprint(name: &str) -> String {
    let mut hash: u64 = 0xCBF2_9CE4_8422_2325;
    for byte in name.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
    }
    format!("{hash:040X}")
}

/// A column, quoted as Exchange does.
fn column(text: &str) -> String {
    if text.contains([',', '"']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

/// A session to Exchange Online with one message to one recipient.
pub(crate) struct Session<'a> {
    /// The send connector.
    pub(crate) connector: &'a str,
    /// The session id.
    pub(crate) id: &'a str,
    /// The host name on the certificate.
    pub(crate) name: &'a str,
    /// The sender.
    pub(crate) sender: &'a str,
    /// The reply to RCPT.
    pub(crate) reply: &'a str,
}

impl Default for Session<'_> {
    fn default() -> Self {
        Session {
            connector: "To Office 365",
            id: "08DF31F688AD62C9",
            name: "mail.contoso.com",
            sender: "anna@contoso.com",
            reply: DENIED,
        }
    }
}

impl Session<'_> {
    /// Its rows without times.
    #[allow(clippy::too_many_lines, reason = "a dialogue, line by line")]
    pub(crate) fn rows(&self) -> Vec<String> {
        let (name, sender, reply) = (self.name, self.sender, self.reply);
        let host = "AM0EUR05FT012.mail.protection.outlook.com";
        let thumbprint = thumbprint(name);
        let certificate = format!(
            " CN={name}, O=\"Contoso, Ltd.\", C=US CN=Example CA, O=Example, C=US 6751FD2049DE525C {thumbprint} 2026-10-01T00:00:00.000Z 2027-11-01T23:59:59.000Z {name}"
        );
        let dialogue: [(char, String, &str); 19] = [
            (
                '*',
                "SendRoutingHeaders".to_owned(),
                "Set Session Permissions",
            ),
            ('*', String::new(), "attempting to connect"),
            ('+', String::new(), ""),
            (
                '<',
                format!(
                    "220 {host} Microsoft ESMTP MAIL Service ready at Tue, 3 Nov 2026 02:14:08 +0000"
                ),
                "",
            ),
            ('>', format!("EHLO {name}"), ""),
            (
                '<',
                format!(
                    "250  {host} Hello [203.0.113.7] SIZE 157286400 PIPELINING DSN ENHANCEDSTATUSCODES STARTTLS 8BITMIME"
                ),
                "",
            ),
            ('>', "STARTTLS".to_owned(), ""),
            ('<', "220 2.0.0 SMTP server ready".to_owned(), ""),
            (
                '*',
                certificate,
                "Sending certificate Subject Issuer name Serial number Thumbprint Not before Not after Subject alternate names",
            ),
            (
                '*',
                String::new(),
                "TLS protocol SP_PROT_TLS1_2_CLIENT negotiation succeeded using bulk encryption algorithm CALG_AES_256 with strength 256 bits, MAC hash algorithm CALG_SHA_384",
            ),
            ('>', format!("EHLO {name}"), ""),
            (
                '<',
                format!(
                    "250  {host} Hello [203.0.113.7] SIZE 157286400 PIPELINING DSN ENHANCEDSTATUSCODES 8BITMIME"
                ),
                "",
            ),
            ('>', format!("MAIL FROM:<{sender}> SIZE=8873"), ""),
            ('>', "RCPT TO:<jordan.lee@example.org>".to_owned(), ""),
            ('<', "250 2.1.0 Sender OK".to_owned(), ""),
            ('<', reply.to_owned(), ""),
            ('>', "QUIT".to_owned(), ""),
            (
                '<',
                "221 2.0.0 Service closing transmission channel".to_owned(),
                "",
            ),
            ('-', String::new(), "Local"),
        ];
        dialogue
            .iter()
            .enumerate()
            .map(|(number, (event, data, context))| {
                let local = if number < 2 { "" } else { "10.0.0.5:36222" };
                format!(
                    "{},{},{number},{local},192.0.2.36:25,{event},{},{}\r\n",
                    column(self.connector),
                    self.id,
                    column(data),
                    column(context)
                )
            })
            .collect()
    }

    /// A log of this session alone, its first row one second after 02:14 on 3 November 2026.
    pub(crate) fn log(&self) -> String {
        log_of(std::slice::from_ref(self))
    }
}

/// A log of sessions one after the other.
pub(crate) fn log_of(sessions: &[Session<'_>]) -> String {
    let mut log = format!("\u{feff}{HEADER}");
    let mut clock = Clock::default();
    for session in sessions {
        for row in session.rows() {
            log.push_str(&clock.next(100));
            log.push(',');
            log.push_str(&row);
        }
    }
    log
}

/// Times in the form of the log.
struct Clock(u64);

impl Default for Clock {
    fn default() -> Self {
        Clock((2 * 60 + 14) * 60_000 + 900)
    }
}

impl Clock {
    fn next(&mut self, milliseconds: u64) -> String {
        self.0 += milliseconds;
        let (day, rest) = (3 + self.0 / 86_400_000, self.0 % 86_400_000);
        let (hour, minute) = (rest / 3_600_000, rest / 60_000 % 60);
        let (second, milli) = (rest / 1000 % 60, rest % 1000);
        format!("2026-11-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
    }
}

/// Numbers that look random and are the same every time.
pub(crate) struct Random(u64);

impl Random {
    /// Begins anew.
    pub(crate) fn new(seed: u64) -> Random {
        Random(seed.wrapping_mul(2).wrapping_add(1))
    }

    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        // splitmix64
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % limit.max(1) as u64).expect("below the limit")
    }
}

/// What was written.
pub(crate) struct Corpus {
    /// The folder.
    pub(crate) folder: tempfile::TempDir,
    /// The log files in stream order.
    pub(crate) logs: Vec<PathBuf>,
    /// Sessions.
    pub(crate) sessions: u64,
    /// Sessions that begin in one file of their stream and end in another.
    pub(crate) over_borders: u64,
    /// Rows.
    pub(crate) rows: u64,
    /// Rejections with 5.7.64.
    pub(crate) refused: u64,
    /// Bytes of logs.
    pub(crate) bytes: u64,
}

/// Three streams of three files each; the first is large, the second changes its certificate.
pub(crate) fn write() -> Corpus {
    let folder = tempfile::tempdir().expect("a folder");
    let mut corpus = Corpus {
        folder,
        logs: Vec::new(),
        sessions: 0,
        over_borders: 0,
        rows: 0,
        refused: 0,
        bytes: 0,
    };
    let root = corpus.folder.path().to_owned();
    let mut random = Random::new(7);
    for (server, sessions, first) in [
        ("EX01", 2_600, "old"),
        ("EX02", 300, "old"),
        ("EX03", 40, "new"),
    ] {
        stream(&mut corpus, &root, server, sessions, first, &mut random);
    }
    tenant(&root.join("tenant"), "mail.contoso.com");
    corpus
}

/// The exports of one tenant with one connector that expects a name.
pub(crate) fn tenant(folder: &Path, name: &str) {
    std::fs::create_dir_all(folder).expect("a folder");
    let connector = format!(
        r#"[{{"Name":"Inbound from contoso","Identity":"Inbound from contoso","Enabled":true,"ConnectorType":"OnPremises","SenderIPAddresses":[],"SenderDomains":["smtp:*;1"],"RequireTls":true,"TlsSenderCertificateName":"{name}","WhenChangedUTC":"2026-08-21T08:02:11Z"}}]"#
    );
    let domain = |name: &str, initial: bool| {
        format!(
            r#"{{"DomainName":"{name}","DomainType":"Authoritative","MatchSubDomains":false,"InitialDomain":{initial},"PendingRemoval":false,"PendingCompletion":false,"Name":"{name}"}}"#
        )
    };
    let domains = format!(
        "[{},{},{}]",
        domain("contoso.com", false),
        domain("mail.contoso.com", false),
        domain("contoso.onmicrosoft.com", true)
    );
    std::fs::write(folder.join("InboundConnector.json"), connector).expect("an export");
    std::fs::write(folder.join("AcceptedDomain.json"), domains).expect("an export");
}

fn stream(
    corpus: &mut Corpus,
    root: &Path,
    server: &str,
    sessions: usize,
    first: &str,
    random: &mut Random,
) {
    const OPEN_AT_ONCE: usize = 40;
    let folder = root.join(server).join("SmtpSend");
    std::fs::create_dir_all(&folder).expect("a folder");
    let mut clock = Clock::default();
    let mut open: Vec<(usize, usize, std::vec::IntoIter<String>)> = Vec::new();
    let mut begun = 0;
    let mut rows_left: usize = 0;
    for file in 0..3 {
        let mut log = format!("\u{feff}{HEADER}");
        let last = sessions * (file + 1) / 3;
        loop {
            while open.len() < OPEN_AT_ONCE && begun < last {
                let rows = one(corpus, begun, first == "old" && begun * 2 < sessions);
                rows_left += rows.len();
                open.push((file, begun, rows.into_iter()));
                begun += 1;
            }
            // At the end of a file the open sessions stay open, except in the last one.
            if open.is_empty() || (begun == last && file < 2) {
                break;
            }
            let at = random.below(open.len());
            match open[at].2.next() {
                Some(row) => {
                    let time = clock.next(1 + random.below(20) as u64);
                    write!(log, "{time},{row}").expect("text");
                    rows_left -= 1;
                    corpus.rows += 1;
                }
                None => {
                    let (begin, ..) = open.swap_remove(at);
                    corpus.over_borders += u64::from(begin < file);
                }
            }
        }
        let path = folder.join(format!("SEND20261103{:02}-1.LOG", 2 + file));
        std::fs::write(&path, &log).expect("a log");
        corpus.bytes += log.len() as u64;
        corpus.logs.push(path);
    }
    assert_eq!(rows_left, 0, "every row is written");
}

/// The rows of one session. The ids are the same on every server, as after a restart.
fn one(corpus: &mut Corpus, number: usize, old: bool) -> Vec<String> {
    let id = format!("08DF31{:010X}", number * 2 + 1);
    let taken = old || number.is_multiple_of(3);
    let reply = if taken {
        "250 2.1.5 Recipient OK"
    } else {
        DENIED
    };
    corpus.sessions += 1;
    corpus.refused += u64::from(!taken);
    let sender = format!("user{number}@contoso.com");
    let connector = if number.is_multiple_of(5) {
        "Outbound, relay"
    } else {
        "To Office 365"
    };
    let name = if old {
        "mail.contoso.com"
    } else {
        "smtp.contoso.net"
    };
    Session {
        connector,
        id: &id,
        name,
        sender: &sender,
        reply,
    }
    .rows()
}
