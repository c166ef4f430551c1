//! The rows of message tracking logs, in the columns of each version.
//!
//! In: what a row says. Out: the row.
//! Must not decide what is logged.

use crate::weeks::model::{Millis, shown};
use crate::weeks::talk::Row;

use super::mail::Mail;
use super::world::{Version, Week};

/// What a row says.
#[derive(Debug, Clone, Default)]
pub(super) struct TrackingRow {
    pub(super) time: Millis,
    /// Address and name.
    pub(super) client: (String, String),
    pub(super) server: (String, String),
    pub(super) context: String,
    pub(super) connector: String,
    pub(super) source: &'static str,
    pub(super) event: &'static str,
    internal: u64,
    message_id: String,
    network: String,
    pub(super) recipients: Vec<String>,
    pub(super) status: Vec<String>,
    bytes: usize,
    pub(super) related: String,
    pub(super) reference: String,
    subject: String,
    sender: String,
    return_path: String,
    pub(super) info: String,
    pub(super) custom: String,
    log_id: String,
}

const FIRST: &str = "date-time,client-ip,client-hostname,server-ip,server-hostname,source-context,connector-id,source,event-id,internal-message-id,message-id";
const SECOND: &str = "recipient-address,recipient-status,total-bytes,recipient-count,related-recipient-address,reference,message-subject,sender-address,return-path,message-info,directionality,tenant-id,original-client-ip,original-server-ip,custom-data";

/// The header of a file.
pub(super) fn header(version: Version) -> String {
    let (build, middle, end) = match version {
        Version::E2010 => ("14.0.0.0", "", ""),
        Version::E2013 => ("15.0.0.0", ",network-message-id", ""),
        Version::E2016 => (
            "15.01.2507.039",
            ",network-message-id",
            ",transport-traffic-type,log-id,schema-version",
        ),
        Version::E2019 => (
            "15.02.1748.010",
            ",network-message-id",
            ",transport-traffic-type,log-id,schema-version",
        ),
    };
    format!(
        "#Software: Microsoft Exchange Server\r\n#Version: {build}\r\n#Log-type: Message Tracking Log\r\n#Date: 2026-11-02T00:00:00.000Z\r\n#Fields: {FIRST}{middle},{SECOND}{end}\r\n"
    )
}

impl Week {
    /// A row about a message and some of its recipients, with what all rows have.
    pub(super) fn tracking_row(
        &mut self,
        mail: &mut Mail,
        server: usize,
        time: Millis,
        source: &'static str,
        event: &'static str,
        recipients: &[usize],
    ) -> TrackingRow {
        let of = |place: &usize| mail.recipients[*place].address.clone();
        let mut custom = "S:AccountForest=contoso.com".to_owned();
        if let Some(resubmitted) = mail.resubmitted {
            custom.push_str(";S:Resubmit=");
            custom.push_str(resubmitted);
        }
        let host = &self.servers[server].name;
        TrackingRow {
            time,
            source,
            event,
            message_id: mail.id.clone(),
            network: mail.network.clone(),
            recipients: recipients.iter().map(of).collect(),
            bytes: mail.size + 700,
            subject: mail.subject.clone(),
            sender: mail.sender.clone(),
            return_path: match mail.sender.as_str() {
                "" => "<>".to_owned(),
                sender => sender.to_owned(),
            },
            info: format!(
                "{};LSRV={host}.contoso.com:TOTAL-HUB=2.5|SMS=0.3",
                shown(mail.entered)
            ),
            custom,
            log_id: self.guid(),
            internal: self.number_of(mail, server),
            ..TrackingRow::default()
        }
    }

    /// Writes a row into a log of a server.
    pub(super) fn track(&mut self, server: usize, prefix: &'static str, row: TrackingRow) {
        let (time, line) = (row.time, row.line(self.servers[server].version));
        let rows = self.tracking.entry((server, prefix)).or_default();
        rows.push(Row { time, line });
    }
}

impl TrackingRow {
    fn line(self, version: Version) -> String {
        let mut columns = vec![
            shown(self.time),
            self.client.0,
            self.client.1,
            self.server.0,
            self.server.1,
            self.context,
            self.connector,
            self.source.to_owned(),
            self.event.to_owned(),
            self.internal.to_string(),
            self.message_id,
        ];
        if version != Version::E2010 {
            columns.push(self.network);
        }
        columns.extend([
            self.recipients.join(";"),
            self.status.join(";"),
            self.bytes.to_string(),
            self.recipients.len().to_string(),
            self.related,
            self.reference,
            self.subject,
            self.sender,
            self.return_path,
            self.info,
            "Originating".to_owned(),
            String::new(),
            String::new(),
            String::new(),
            self.custom,
        ]);
        if version >= Version::E2016 {
            columns.extend(["Email".to_owned(), self.log_id, "15.02.1748.010".to_owned()]);
        }
        let columns: Vec<String> = columns.iter().map(|text| column(text)).collect();
        format!("{}\r\n", columns.join(","))
    }
}

/// A column, quoted as Exchange does.
fn column(text: &str) -> String {
    if text.contains([',', '"']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}
