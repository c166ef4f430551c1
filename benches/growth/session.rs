//! Sessions as rows of a send protocol log.
//!
//! In: what a session is to be like. Out: its rows.

use std::fmt::Write as _;
use std::fs::{File, create_dir_all};
use std::io::{self, BufWriter, Write as _};
use std::path::Path;

const HEADER: &str = "#Software: Microsoft Exchange Server\r\n#Version: 15.0.0.0\r\n\
#Log-type: SMTP Send Protocol Log\r\n#Date: 2026-11-03T01:00:00.000Z\r\n\
#Fields: date-time,connector-id,session-id,sequence-number,local-endpoint,remote-endpoint,event,data,context\r\n";
pub(crate) const DENIED: &str =
    "550 5.7.64 TenantAttribution; Relay Access Denied [AM0PR01MB0001.eurprd01.prod.outlook.com]";
pub(crate) const TAKEN: &str = "250 2.1.5 Recipient OK";
pub(crate) const OUT: &str = "Outbound to Office 365";
const HOST: &str = "AM0EUR05FT012.mail.protection.outlook.com";
const SHOWN: &str = "Sending certificate Subject Issuer name Serial number Thumbprint Not before Not after Subject alternate names";
const TLS: &str = "TLS protocol SP_PROT_TLS1_2_CLIENT negotiation succeeded using bulk encryption algorithm CALG_AES_256 with strength 256 bits";

/// A time so many seconds after the beginning of 3 November 2026.
pub(crate) fn time(second: u32) -> String {
    let (day, rest) = (second / 86_400, second % 86_400);
    let (hour, minute) = (rest / 3_600, rest / 60 % 60);
    // Months as long as they are do not matter here.
    format!(
        "2026-{:02}-{:02}T{hour:02}:{minute:02}:{:02}.000Z",
        11 + day / 25 % 2,
        3 + day % 25,
        rest % 60
    )
}

/// A number that differs for each text, as a thumbprint.
pub(crate) fn thumbprint(text: &str) -> String {
    let fold = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01B3);
    let hash = text.as_bytes().iter().fold(0xCBF2_9CE4_8422_2325, fold);
    format!("{hash:040X}")
}

/// A log file.
pub(crate) struct Log(BufWriter<File>);

impl Log {
    pub(crate) fn create(path: &Path) -> io::Result<Log> {
        if let Some(folder) = path.parent() {
            create_dir_all(folder)?;
        }
        let mut file = BufWriter::with_capacity(1 << 20, File::create(path)?);
        file.write_all(HEADER.as_bytes())?;
        Ok(Log(file))
    }

    /// The log of one server.
    pub(crate) fn of_server(folder: &Path) -> io::Result<Log> {
        Log::create(&folder.join("EX01/SEND2026110302-1.LOG"))
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)
    }

    pub(crate) fn text(&mut self, text: &str) -> io::Result<()> {
        self.bytes(text.as_bytes())
    }

    pub(crate) fn session(&mut self, session: &Session<'_>) -> io::Result<()> {
        self.text(&session.rows())
    }

    pub(crate) fn end(mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// A session with Exchange Online.
pub(crate) struct Session<'a> {
    pub(crate) connector: &'a str,
    pub(crate) id: String,
    pub(crate) second: u32,
    /// The name of the certificate.
    pub(crate) name: &'a str,
    /// The senders of its messages.
    pub(crate) senders: &'a [String],
    /// The reply to each recipient.
    pub(crate) reply: &'a str,
    /// The first information row.
    pub(crate) lead: &'a str,
}

impl<'a> Session<'a> {
    /// A usual one, the rows of which begin at a time of its own.
    pub(crate) fn new(number: u32, senders: &'a [String]) -> Session<'a> {
        Session {
            connector: OUT,
            id: format!("08DF31F6{number:08X}"),
            second: number * 7,
            name: "mail.contoso.com",
            senders,
            reply: DENIED,
            lead: "attempting to connect",
        }
    }

    fn rows(&self) -> String {
        let name = self.name;
        let certificate = format!(
            " CN={name} CN=Example CA 6751FD2049DE525C {} 2026-10-01T00:00:00.000Z 2027-11-01T23:59:59.000Z {name}",
            thumbprint(name)
        );
        let hello = format!("250  {HOST} Hello [203.0.113.7] SIZE 157286400 PIPELINING");
        let mut rows = Rows::of(
            self.connector,
            &self.id,
            self.second,
            "10.0.0.5:36222,192.0.2.36:25",
        );
        rows.add('*', "", self.lead);
        rows.add('+', "", "");
        rows.add(
            '<',
            &format!("220 {HOST} Microsoft ESMTP MAIL Service ready at Tue"),
            "",
        );
        rows.add('>', "EHLO mail.contoso.com", "");
        rows.add('<', &format!("{hello} STARTTLS"), "");
        rows.add('>', "STARTTLS", "");
        rows.add('<', "220 2.0.0 SMTP server ready", "");
        rows.add('*', &certificate, SHOWN);
        rows.add('*', "", TLS);
        rows.add('>', "EHLO mail.contoso.com", "");
        rows.add('<', &hello, "");
        for sender in self.senders {
            rows.message(sender, self.reply);
        }
        rows.quit();
        rows.text
    }
}

/// Rows of one session.
pub(crate) struct Rows<'a> {
    text: String,
    connector: &'a str,
    id: &'a str,
    second: u32,
    ends: &'a str,
    number: u32,
}

impl<'a> Rows<'a> {
    pub(crate) fn of(connector: &'a str, id: &'a str, second: u32, ends: &'a str) -> Rows<'a> {
        Rows {
            text: String::new(),
            connector,
            id,
            second,
            ends,
            number: 0,
        }
    }

    pub(crate) fn add(&mut self, event: char, data: &str, context: &str) {
        let (connector, id, ends) = (self.connector, self.id, self.ends);
        let time = time(self.second);
        let _ = write!(
            self.text,
            "{time},{connector},{id},{},{ends},{event},{data},{context}\r\n",
            self.number
        );
        self.number += 1;
    }

    pub(crate) fn message(&mut self, sender: &str, reply: &str) {
        self.add('>', &format!("MAIL FROM:<{sender}> SIZE=8873"), "");
        self.add('>', "RCPT TO:<jordan.lee@example.org>", "");
        self.add('<', "250 2.1.0 Sender OK", "");
        self.add('<', reply, "");
        if reply == TAKEN {
            self.add('>', "BDAT 8873 LAST", "");
            self.add('<', "250 2.6.0 Queued mail for delivery", "");
        }
    }

    pub(crate) fn quit(&mut self) {
        self.add('>', "QUIT", "");
        self.add('<', "221 2.0.0 Closing", "");
        self.add('-', "", "Local");
    }

    pub(crate) fn text(self) -> String {
        self.text
    }
}
