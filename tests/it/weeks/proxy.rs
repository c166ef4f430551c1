//! A session that goes through a front end: one half in the log of the hub, one in that of the front
//! end.
//!
//! In: a plan. Out: the rows of both halves.

use super::certificate_rows;
use super::dialogue::{Numbers, Writer};
use super::model::RowShape;
use super::talk::{Row, SUCCEEDED, Talk};

const FRONT_END: &str = "Outbound Proxy Frontend Send Connector";

impl Writer<'_> {
    /// Both halves of a session that goes through the front end of the same server; the rows of the
    /// front end are returned.
    pub(super) fn proxied(&mut self, talk: &mut Talk<'_>, numbers: &mut Numbers) -> Vec<Row> {
        let outside = std::mem::replace(&mut talk.remote, format!("{}:717", self.server.address));
        let fqdn = format!("{}.{}", self.server.name, self.connector.domain);
        self.to_front_end(talk, &fqdn);
        talk.says(&format!(
            "XPROXYTO DESTINATIONS={}.mail.protection.outlook.com PORT=25 SESSIONID={} LAST=True",
            self.connector.domain.replace('.', "-"),
            numbers.ids.0
        ));
        let mut front = Talk {
            rows: Vec::new(),
            now: talk.now,
            connector: FRONT_END.to_owned(),
            id: numbers.ids.1.clone(),
            local: String::new(),
            remote: outside,
            pace: 60,
            random: &mut *talk.random,
        };
        front.notes(&format!(
            "attempting to connect. Outbound proxy from {fqdn} with session id {}. Proxied session id 08DF{:012X}",
            numbers.ids.0, front.now
        ));
        front.connects(&self.server.address);
        self.greeting(&mut front);
        let Talk {
            rows,
            now,
            local,
            remote,
            ..
        } = front;
        talk.now = now;
        talk.hears("250 XProxyTo accepted");
        talk.notes(&format!(
            "This session is now being proxied through the next hop. The actual connector being used is: {}",
            self.connector.name
        ));
        self.messages(talk, numbers);
        // The front end closes its half after the hub has closed its own.
        let mut front = Talk {
            rows,
            now: talk.now,
            connector: FRONT_END.to_owned(),
            id: numbers.ids.1.clone(),
            local,
            remote,
            pace: 10,
            random: &mut *talk.random,
        };
        front.ends("Local");
        front.rows
    }

    /// The hub's half until the front end knows who it is.
    fn to_front_end(&self, talk: &mut Talk<'_>, fqdn: &str) {
        let address = &self.server.address;
        let hello = format!(
            "250  {fqdn} Hello [{address}] SIZE 37748736 PIPELINING DSN ENHANCEDSTATUSCODES"
        );
        let ehlo = format!("EHLO {fqdn}");
        talk.notes("attempting to connect");
        talk.connects(address);
        talk.hears(&format!("220 {fqdn} Microsoft ESMTP MAIL Service ready"));
        talk.says(&ehlo);
        talk.hears(&format!(
            "{hello} X-ANONYMOUSTLS AUTH NTLM 8BITMIME BINARYMIME CHUNKING XPROXYTO"
        ));
        talk.says("X-ANONYMOUSTLS");
        talk.hears("220 2.0.0 SMTP server ready");
        let internal = certificate_rows::internal(&self.server.name);
        for (data, context) in certificate_rows::sending(&internal, RowShape::Dated) {
            talk.row('*', &data, &context);
        }
        talk.notes(SUCCEEDED);
        talk.says(&ehlo);
        talk.hears(&format!(
            "{hello} AUTH NTLM X-EXPS 8BITMIME BINARYMIME CHUNKING XPROXYTO X-EXPS EXCHANGEAUTH GSSAPI NTLM"
        ));
    }
}
