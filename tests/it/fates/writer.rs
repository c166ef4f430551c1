//! Writes a week into a folder: send logs, tracking logs, and exports of queues.
//!
//! In: a played [`Week`], and a folder. Out: files.
//! Must not change what was played.

use std::path::Path;

use serde_json::{Value, json};

use crate::corpus::HEADER;
use crate::weeks::model::{HOUR, Millis, shown};
use crate::weeks::talk::Row;

use super::mail::Mail;
use super::tracking_rows::header;
use super::world::{EXPIRY, Week};

/// The folders of each input below that of the week.
pub(super) const SEND: &str = "send";
pub(super) const TRACKING: &str = "tracking";
const QUEUES: &str = "queues";

impl Week {
    /// A message is in a queue when the queues are exported.
    pub(super) fn enqueue(
        &mut self,
        mail: &mut Mail,
        server: usize,
        waiting: &[usize],
        at: Millis,
    ) {
        let message = self.queued_message(mail, server, waiting, (at, "41"));
        self.queued.push(message);
    }

    /// Another server has a copy of a message, in case that its own server fails.
    pub(super) fn shadow(&mut self, mail: &mut Mail, server: usize) {
        let other = self.other_server(server % (self.servers.len() - 1));
        let at = self.exported;
        let message = self.queued_message(mail, other, &[0], (at, "Shadow\\5"));
        self.queued.push(message);
    }

    fn queued_message(
        &mut self,
        mail: &mut Mail,
        server: usize,
        waiting: &[usize],
        (at, queue): (Millis, &str),
    ) -> Value {
        let number = self.number_of(mail, server);
        let name = &self.servers[server].name;
        let recipients = mail.recipients.iter().enumerate().map(|(place, of)| {
            let status = if waiting.contains(&place) {
                "Retry"
            } else {
                "Complete"
            };
            json!({"Address": of.address, "Status": status, "LastError": mail.last_error})
        });
        let recipients: Vec<Value> = recipients.collect();
        let sender = if mail.sender.is_empty() {
            "<>"
        } else {
            &mail.sender
        };
        json!({
            "Identity": format!("{name}\\{queue}\\{number}"),
            "Queue": format!("{name}\\{queue}"),
            "InternetMessageId": mail.id,
            "FromAddress": sender,
            "Status": "Ready",
            "Size": format!("{:.2} KB ({} bytes)", mail.size as f64 / 1024.0, mail.size),
            "MessageSourceName": "SMTP:Default",
            "DateReceived": shown(mail.entered),
            "ExpirationTime": shown(mail.entered + EXPIRY),
            "LastError": mail.last_error,
            "RetryCount": "3",
            "DeferReason": "None",
            "Recipients": if self.lists_recipients { json!(recipients) } else { json!("") },
            "ExportTimeUTC": shown(at),
        })
    }

    /// Writes all files below a folder.
    pub(super) fn write(&self, folder: &Path) {
        for ((server, role), rows) in &self.send {
            let below = format!("{role}/ProtocolLog/SmtpSend");
            self.logs(&folder.join(SEND), *server, &below, ("SEND", HEADER), rows);
        }
        for ((server, prefix), rows) in &self.tracking {
            let header = header(self.servers[*server].version);
            let kind = (*prefix, header.as_str());
            self.logs(
                &folder.join(TRACKING),
                *server,
                "MessageTracking",
                kind,
                rows,
            );
        }
        if self.queued.is_empty() {
            return;
        }
        let path = folder.join(QUEUES);
        std::fs::create_dir_all(&path).expect("a folder");
        for (name, value) in [
            ("Queue.json", json!(self.queues())),
            ("QueuedMessage.json", json!(self.queued)),
        ] {
            std::fs::write(path.join(name), value.to_string()).expect("an export");
        }
    }

    /// The queues of all servers: one to Exchange Online, and one of copies for other servers.
    fn queues(&self) -> Vec<Value> {
        let servers = self.servers.iter().filter(|server| !server.hidden);
        let kinds = [
            (
                "41",
                "SmartHostConnectorDelivery",
                "contoso-com.mail.protection.outlook.com",
                "External",
            ),
            (
                "Shadow\\5",
                "ShadowRedundancy",
                "ex09.contoso.com",
                "Internal",
            ),
        ];
        servers
            .flat_map(|server| kinds.map(|kind| (server, kind)))
            .map(|(server, (queue, delivery, hop, category))| {
                json!({
                    "Identity": format!("{}\\{queue}", server.name),
                    "DeliveryType": delivery,
                    "NextHopDomain": hop,
                    "NextHopCategory": category,
                    "NextHopConnector": "8c0f5a1e-3d52-4b7f-9a55-6f0d2c1b7e34",
                    "TlsDomain": "",
                    "Status": "Retry",
                    "MessageCount": "3",
                    "LastError": "451 4.7.500 Server busy. Please try again later",
                    "RetryCount": "3",
                    "FirstRetryTime": shown(self.end - HOUR),
                    "LastRetryTime": shown(self.end - 60_000),
                    "NextRetryTime": shown(self.exported + 60_000),
                    "ExportTimeUTC": shown(self.exported),
                })
            })
            .collect()
    }

    /// Writes the logs of one kind of a server, a file for each day. What is later than the end of the
    /// logs is not written yet.
    fn logs(
        &self,
        folder: &Path,
        server: usize,
        below: &str,
        (prefix, header): (&str, &str),
        rows: &[Row],
    ) {
        const DAY: Millis = 24 * HOUR;
        let gap = self
            .gap
            .filter(|gap| gap.server == server && gap.prefix == prefix);
        let server = &self.servers[server];
        if server.hidden {
            return;
        }
        let mut rows: Vec<&Row> = rows
            .iter()
            .filter(|row| row.time <= self.end + 2_000)
            .collect();
        rows.sort_by_key(|row| row.time);
        let path = folder
            .join(&server.name)
            .join("TransportRoles/Logs")
            .join(below);
        std::fs::create_dir_all(&path).expect("a folder");
        for rows in rows.chunk_by(|row, next| row.time / DAY == next.time / DAY) {
            let day = 2 + rows[0].time / DAY;
            let mut lines: String = rows.iter().map(|row| row.line.as_str()).collect();
            // A file that somebody put together from copies has rows twice.
            if prefix != "SEND" && day.is_multiple_of(3) {
                lines.extend(rows.iter().take(5).map(|row| row.line.as_str()));
            }
            let write = |number: usize, lines: &str| {
                let name = format!("{prefix}202611{day:02}-{number}.LOG");
                let text = format!("\u{feff}{header}{lines}");
                std::fs::write(path.join(name), text).expect("a log");
            };
            if gap.is_some_and(|gap| gap.day == rows[0].time / DAY) {
                // The second of three files is missing.
                let third = rows.len().div_ceil(3);
                for (number, part) in rows
                    .chunks(third)
                    .enumerate()
                    .filter(|(number, _)| *number != 1)
                {
                    let lines: String = part.iter().map(|row| row.line.as_str()).collect();
                    write(number + 1, &lines);
                }
                continue;
            }
            write(1, &lines);
        }
    }
}
