//! How a server gives a message up, and tells the sender.
//!
//! In: a message, and the reply that decided. Out: rows of tracking logs.
//! Must not decide what becomes of a message.

use crate::weeks::model::{Millis, shown};

use super::mail::Mail;
use super::world::{Version, Week};

/// What a server says of a message that it gives up after two days.
const EXPIRED: &str = "550 5.4.300 Message expired -> ";
const EXPIRED_BEFORE_2016: &str = "550 4.4.7 QUEUE.Expired;message expired";

impl Week {
    /// A refused command: the row names neither a message nor a recipient.
    pub(super) fn fails_without_a_name(&mut self, server: usize, at: Millis) {
        let mut mail = self.mail(server, at, 1);
        mail.id = String::new();
        let mut row = self.tracking_row(&mut mail, server, at, "SMTP", "FAIL", &[]);
        self.outbound(&mut row, server);
        self.track(server, "MSGTRK", row);
    }

    /// A server gives a message up for these recipients, and tells the sender if there is one.
    pub(super) fn fail(
        &mut self,
        mail: &mut Mail,
        server: usize,
        at: Millis,
        recipients: &[usize],
        (source, text): (&'static str, &str),
    ) {
        let silent = |place: &usize| mail.recipients[*place].parameters.contains("NEVER");
        let tells = !mail.sender.is_empty() && source != "ADMIN" && !recipients.iter().all(silent);
        let host = &self.servers[server].name.clone();
        let report = tells.then(|| format!("<{}@{host}.contoso.com>", self.guid()));
        let mut row = self.tracking_row(mail, server, at, source, "FAIL", recipients);
        if source != "ADMIN" {
            self.outbound(&mut row, server);
        }
        let status = self.status(server, text, at, source != "ADMIN");
        row.status = vec![status; recipients.len()];
        if self.references {
            row.reference = report.clone().unwrap_or_default();
        }
        self.track(server, "MSGTRK", row);
        if let Some(report) = report {
            self.report(mail, server, at + 60, &report, "Failure");
            let told = recipients.iter().map(|place| (*place, report.clone()));
            mail.reports.extend(told);
        }
    }

    /// The text of a status as the version of a server writes it.
    pub(super) fn status(&self, server: usize, text: &str, at: Millis, host: bool) -> String {
        let (fqdn, address) = if host {
            (self.hop, "192.0.2.36")
        } else {
            ("", "")
        };
        let time = &shown(at)[..19];
        match self.servers[server].version {
            Version::E2010 => text.to_owned(),
            Version::E2013 => {
                format!("[{{LRT={time}}};{{LED={text}}};{{FQDN={fqdn}}};{{IP={address}}}]")
            }
            Version::E2016 | Version::E2019 => {
                format!("[{{LED={text}}};{{MSG=}};{{FQDN={fqdn}}};{{IP={address}}};{{LRT={time}}}]")
            }
        }
    }

    /// A delivery report to the sender: its row, and how it reaches the mailbox.
    pub(super) fn report(
        &mut self,
        mail: &Mail,
        server: usize,
        at: Millis,
        id: &str,
        kind: &'static str,
    ) {
        let mut report = self.mail(server, at, 1);
        id.clone_into(&mut report.id);
        report.sender = String::new();
        report.subject = format!("Undeliverable: {}", mail.subject);
        report.recipients[0].address.clone_from(&mail.sender);
        let mut row = self.tracking_row(&mut report, server, at, "DSN", "DSN", &[0]);
        row.reference.clone_from(&mail.id);
        // Not all versions are known to write the kind.
        if kind != "Failure" || self.random.below(2) == 0 {
            kind.clone_into(&mut row.context);
        }
        row.info = String::new();
        self.track(server, "MSGTRK", row);
        if mail.report_is_lost && kind == "Failure" {
            let event = ["FAIL", "BADMAIL"][self.random.below(2)];
            let mut row = self.tracking_row(&mut report, server, at + 500, "ROUTING", event, &[0]);
            row.status = vec!["550 5.1.1 RESOLVER.ADR.RecipNotFound; not found".to_owned()];
            self.track(server, "MSGTRK", row);
            return;
        }
        self.deliver(&mut report, server, at + 900, 0);
    }

    /// A message reaches a mailbox.
    pub(super) fn deliver(&mut self, mail: &mut Mail, server: usize, at: Millis, place: usize) {
        let own = self.servers[server].name.clone();
        let mut row = self.tracking_row(mail, server, at, "SMTP", "SEND", &[place]);
        row.server = (self.servers[server].address.clone(), own.clone());
        row.connector = "Intra-Organization SMTP Send Connector".to_owned();
        row.status = vec!["250 2.1.5 Recipient OK".to_owned()];
        self.track(server, "MSGTRK", row);
        let mut row = self.tracking_row(
            mail,
            server,
            at.saturating_sub(4),
            "STOREDRIVER",
            "DELIVER",
            &[place],
        );
        row.client.1 = own;
        self.track(server, "MSGTRKMD", row);
    }

    /// The text with which a message expires.
    pub(super) fn expired(&self, server: usize, last: &str) -> String {
        match self.servers[server].version {
            Version::E2010 | Version::E2013 => EXPIRED_BEFORE_2016.to_owned(),
            Version::E2016 | Version::E2019 => format!("{EXPIRED}{last}"),
        }
    }
}
