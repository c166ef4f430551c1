//! A message of a generated week, and what its servers do with it: they receive it, try it, give it up,
//! and report on it.
//!
//! In: a [`Week`], and how an attempt goes. Out: rows in all the logs that would show it.
//! Must not decide what becomes of a message.

use crate::weeks::model::{Millis, shown};

use super::send_rows::{PARTNER, Stage, Target, Transaction};
use super::tracking_rows::TrackingRow;
use super::world::{MINUTE, Week};

/// A message.
#[derive(Debug, Clone)]
pub(super) struct Mail {
    pub(super) id: String,
    pub(super) network: String,
    /// Empty for the null sender.
    pub(super) sender: String,
    pub(super) subject: String,
    pub(super) size: usize,
    pub(super) entered: Millis,
    pub(super) recipients: Vec<Recipient>,
    /// Its number on each server that had it.
    pub(super) internal: Vec<(usize, u64)>,
    /// Whether servers note its deferrals in their tracking logs.
    pub(super) notes_deferrals: bool,
    /// Why it is sent once more.
    pub(super) resubmitted: Option<&'static str>,
    /// Whether another message has the same id.
    pub(super) shares_id: bool,
    /// Whether the report to the sender is lost itself.
    pub(super) report_is_lost: bool,
    /// Whether the sender was told that it is delayed.
    pub(super) is_delayed: bool,
    /// The last reply that deferred it.
    pub(super) last_error: String,
    /// The reports of failure to the sender.
    pub(super) reports: Vec<(usize, String)>,
}

/// A recipient of a message.
#[derive(Debug, Clone)]
pub(super) struct Recipient {
    pub(super) address: String,
    /// Its parameters at RCPT.
    pub(super) parameters: String,
}

/// How an attempt goes for a recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    Taken,
    Refused,
    Deferred,
}

/// Where the other side says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Where {
    Recipient,
    Mail,
    Data,
    /// The session breaks, and nothing is said.
    Break(Stage),
    /// There is no connection, so that no message is tried.
    NoSession,
}

/// An attempt to come.
#[derive(Debug, Clone)]
pub(super) struct Try {
    pub(super) server: usize,
    pub(super) at: Millis,
    pub(super) place: Where,
    /// The recipients by number, each with what it gets.
    pub(super) recipients: Vec<(usize, Said)>,
}

const REFUSALS: [&str; 4] = [
    "550 5.7.64 TenantAttribution; Relay Access Denied",
    "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
    "550 5.4.1 Recipient address rejected: Access denied. AS(201806281)",
    "554 5.2.0 STOREDRV.Deliver.Exception; message could not be delivered to the recipient",
];
const DEFERRALS: [&str; 4] = [
    "451 4.4.62 Mail sent to the wrong Office 365 region. ATTR35. For more information please go to https://go.microsoft.com/fwlink/?linkid=865268",
    "451 4.7.500 Server busy. Please try again later from [203.0.113.7]. (S77719)",
    "452 4.2.2 The email account that you tried to reach is over quota",
    // The first digit decides.
    "451 5.7.3 STARTTLS is required to send mail",
];

pub(super) const NO_CONNECTION: &str = "421 4.4.1 Connection timed out";

impl Week {
    /// A message with so many recipients, from a mailbox or a program of the organisation.
    pub(super) fn mail(&mut self, server: usize, at: Millis, recipients: usize) -> Mail {
        let number = self.message_number();
        let host = &self.servers[server].name;
        let id = format!("<{number:06x}@{host}.contoso.com>");
        let domain = [
            "example.org",
            "contoso.mail.onmicrosoft.com",
            "fabrikam.com",
        ][self.random.below(3)];
        Mail {
            id,
            network: self.guid(),
            sender: format!(
                "{}@contoso.com",
                ["anna", "ben", "invoices"][self.random.below(3)]
            ),
            subject: ["Offer", "Minutes, part 2", "Order 77", ""][self.random.below(4)].to_owned(),
            size: 3_000 + self.random.below(40_000),
            entered: at,
            recipients: (0..recipients)
                .map(|place| Recipient {
                    address: format!("r{number}-{place}@{domain}"),
                    parameters: String::new(),
                })
                .collect(),
            internal: Vec::new(),
            notes_deferrals: self.random.below(3) > 0,
            resubmitted: None,
            shares_id: false,
            report_is_lost: false,
            is_delayed: false,
            last_error: String::new(),
            reports: Vec::new(),
        }
    }

    /// The number of a message on a server.
    pub(super) fn number_of(&mut self, mail: &mut Mail, server: usize) -> u64 {
        if let Some((_, number)) = mail.internal.iter().find(|(of, _)| *of == server) {
            return *number;
        }
        let number = self.internal_id(server);
        mail.internal.push((server, number));
        number
    }

    /// A server takes a message in. It keeps a shadow copy on another server now and then.
    pub(super) fn receive(&mut self, mail: &mut Mail, server: usize, from: Option<usize>) {
        let at = mail.entered;
        let names: Vec<usize> = (0..mail.recipients.len()).collect();
        self.receive_at(mail, server, from, at, &names);
        if from.is_none() && self.servers.len() > 2 && self.random.below(4) == 0 {
            let partner = self.other_server(server);
            let row = self.tracking_row(mail, server, at, "SMTP", "HAREDIRECT", &names);
            self.track(server, "MSGTRK", row);
            let mut row = self.tracking_row(mail, partner, at + 20, "SMTP", "HARECEIVE", &names);
            row.context = self.guid();
            self.track(partner, "MSGTRK", row);
        }
    }

    /// A server takes a message in for these recipients.
    pub(super) fn receive_at(
        &mut self,
        mail: &mut Mail,
        server: usize,
        from: Option<usize>,
        at: Millis,
        recipients: &[usize],
    ) {
        let mut row = self.tracking_row(mail, server, at, "SMTP", "RECEIVE", recipients);
        row.connector = format!(
            "{}\\Default {}",
            self.servers[server].name, self.servers[server].name
        );
        row.server = (
            self.servers[server].address.clone(),
            self.servers[server].name.clone(),
        );
        row.context = format!("{};{};0", self.session_id(), shown(at));
        row.status = vec!["To".to_owned(); recipients.len()];
        row.info = "0cI:".to_owned();
        if let Some(from) = from {
            row.client = (
                self.servers[from].address.clone(),
                self.servers[from].name.clone(),
            );
        }
        self.track(server, "MSGTRK", row);
    }

    /// Exchange Online is tried. Returns when the attempt ended, and the text of the last reply that was
    /// not good.
    pub(super) fn attempt(&mut self, mail: &mut Mail, one: &Try) -> (Millis, String) {
        let worst = one
            .recipients
            .iter()
            .map(|(_, said)| *said)
            .max_by_key(|said| match said {
                Said::Taken => 0,
                Said::Deferred => 1,
                Said::Refused => 2,
            });
        let text = self.reply(worst.unwrap_or(Said::Taken), one);
        if one.place == Where::NoSession {
            let end = self.no_session(one.server, one.at);
            return (end, NO_CONNECTION.to_owned());
        }
        let number = self.number_of(mail, one.server);
        let mut transaction = Transaction {
            mail: mail.clone(),
            number,
            recipients: Vec::new(),
            at_mail: (one.place == Where::Mail).then(|| text.clone()),
            at_data: (one.place == Where::Data).then(|| text.clone()),
            broken: match one.place {
                Where::Break(stage) => Some(stage),
                _ => None,
            },
        };
        for (place, said) in &one.recipients {
            let reply = match (one.place, said) {
                (Where::Recipient, Said::Deferred | Said::Refused) => Some(self.reply(*said, one)),
                _ => None,
            };
            transaction.recipients.push((*place, reply));
        }
        let target = if self.proxied {
            Target::Proxied
        } else {
            Target::Online
        };
        let end = self.session(one.server, one.at, target, &[&transaction]);
        self.note_attempt(mail, one, &transaction, &text, end);
        (end, text)
    }

    /// A reply of Exchange Online.
    fn reply(&mut self, said: Said, one: &Try) -> String {
        let texts = match said {
            Said::Taken => return String::new(),
            Said::Refused => REFUSALS,
            Said::Deferred => DEFERRALS,
        };
        let text = texts[self.random.below(texts.len())];
        let host = "AM0PEPF0000012F.eurprd01.prod.outlook.com";
        let session = self.random.below(1 << 24);
        match self.random.below(4) {
            0 => format!("{text} [{host}]"),
            _ => format!("{text} [{host} {} 08DF98DE{session:08X}]", shown(one.at)),
        }
    }

    /// What the tracking log shows of an attempt.
    fn note_attempt(
        &mut self,
        mail: &mut Mail,
        one: &Try,
        sent: &Transaction,
        text: &str,
        end: Millis,
    ) {
        let of = |wanted: Said| -> Vec<usize> {
            let them = one.recipients.iter().filter(|(_, said)| *said == wanted);
            them.map(|(place, _)| *place).collect()
        };
        let taken = of(Said::Taken);
        if !taken.is_empty() {
            self.note_taken(mail, one.server, end, &taken);
        }
        let refused = of(Said::Refused);
        let alike = one.place != Where::Recipient;
        for group in refused.chunks(if alike { refused.len().max(1) } else { 1 }) {
            let place = group[0];
            let own = sent.recipients.iter().find(|(other, _)| *other == place);
            let own = own.and_then(|(_, reply)| reply.clone());
            let text = own.unwrap_or_else(|| text.to_owned());
            self.fail(mail, one.server, end, group, ("SMTP", &text));
        }
        let deferred = of(Said::Deferred);
        if !deferred.is_empty() && mail.notes_deferrals && !matches!(one.place, Where::Break(_)) {
            let own = sent
                .recipients
                .iter()
                .find(|(other, _)| *other == deferred[0]);
            let own = own.and_then(|(_, reply)| reply.clone());
            self.defer(
                mail,
                one.server,
                end,
                &deferred,
                &own.unwrap_or_else(|| text.to_owned()),
            );
        }
    }

    /// A DEFER row.
    pub(super) fn defer(
        &mut self,
        mail: &mut Mail,
        server: usize,
        at: Millis,
        recipients: &[usize],
        text: &str,
    ) {
        let mut row = self.tracking_row(mail, server, at, "SMTP", "DEFER", recipients);
        self.outbound(&mut row, server);
        row.status = vec![text.to_owned(); recipients.len()];
        row.info = shown(at + self.retry);
        self.track(server, "MSGTRK", row);
    }

    /// Exchange Online took a message for these recipients.
    pub(super) fn note_taken(
        &mut self,
        mail: &mut Mail,
        server: usize,
        at: Millis,
        recipients: &[usize],
    ) {
        let event = self.servers[server].version.sends();
        let mut row = self.tracking_row(mail, server, at, "SMTP", event, recipients);
        self.outbound(&mut row, server);
        row.context = format!(
            ";250 2.6.0 {} [InternalId=7619272024915, Hostname=DB9P193MB0002.EURP193.PROD.OUTLOOK.COM] 9111 bytes in 0.120, 74.145 KB/sec Queued mail for delivery;ClientSubmitTime:",
            mail.id
        );
        row.status = vec!["250 2.1.5 Recipient OK".to_owned(); recipients.len()];
        self.track(server, "MSGTRK", row);
    }

    /// A server of another company takes a message, by way of another send connector.
    pub(super) fn partner_takes(
        &mut self,
        mail: &mut Mail,
        server: usize,
        at: Millis,
        recipients: &[usize],
    ) {
        let number = self.number_of(mail, server);
        let sent = Transaction::good(mail, number, recipients);
        let end = self.session(server, at, Target::Partner, &[&sent]);
        let event = self.servers[server].version.sends();
        let mut row = self.tracking_row(mail, server, end, "SMTP", event, recipients);
        let own = &self.servers[server];
        row.client = (own.address.clone(), own.name.clone());
        row.server = ("198.51.100.9".to_owned(), "mx1.partner.example".to_owned());
        PARTNER.clone_into(&mut row.connector);
        row.context = ";250 2.0.0 Ok: queued as 4F2D1C0A9;ClientSubmitTime:".to_owned();
        row.status = vec!["250 2.1.5 Recipient OK".to_owned(); recipients.len()];
        self.track(server, "MSGTRK", row);
    }

    /// The columns of a row about the way to Exchange Online.
    pub(super) fn outbound(&self, row: &mut TrackingRow, server: usize) {
        let own = &self.servers[server];
        row.client = (own.address.clone(), own.name.clone());
        row.server = ("192.0.2.36".to_owned(), self.hop.to_owned());
        self.connector.clone_into(&mut row.connector);
    }

    /// A server hands a message to another one of the organisation, which has it a little earlier than the
    /// first one notes that it was taken.
    pub(super) fn hand_over(
        &mut self,
        mail: &mut Mail,
        (from, to): (usize, usize),
        at: Millis,
        recipients: &[usize],
    ) -> Millis {
        let number = self.number_of(mail, from);
        let transaction = Transaction::good(mail, number, recipients);
        let end = self.session(from, at, Target::Own(to), &[&transaction]);
        self.receive_at(mail, to, Some(from), end - 150, recipients);
        let number = self.number_of(mail, to);
        let mut row = self.tracking_row(mail, from, end, "SMTP", "SEND", recipients);
        let (own, other) = (&self.servers[from], &self.servers[to]);
        row.client = (own.address.clone(), own.name.clone());
        row.server = (other.address.clone(), format!("{}.contoso.com", other.name));
        row.connector = "Intra-Organization SMTP Send Connector".to_owned();
        row.context = format!(
            ";250 2.6.0 {} [InternalId={number}, Hostname={}.contoso.com] 5999 bytes in 0.102, 57.436 KB/sec Queued mail for delivery;ClientSubmitTime:",
            mail.id, other.name
        );
        row.status = vec!["250 2.1.5 Recipient OK".to_owned(); recipients.len()];
        self.track(from, "MSGTRK", row);
        end + MINUTE
    }
}
