//! The records of `sessions` and `messages`, field by field.
//!
//! In: a record. Out: the same with stand-ins.
//! Must not leave out a field, and must not keep records.

use std::borrow::Cow;

use super::redactor::Redactor;
use super::tokens;
use crate::report::message_record::{
    AttemptRecipient, AttemptRecord, MessageRecord, NdrRecord, RecipientRecord,
};
use crate::report::preserialized::Preserialized;
use crate::report::session_record::{
    AttributionRecord, ProxyRecord, RejectionRecord, SessionRecord, TlsRecord,
};

impl Redactor {
    /// The record of a session with stand-ins.
    pub fn session(&mut self, record: &SessionRecord<'_>) -> SessionRecord<'static> {
        let SessionRecord {
            kind,
            stream,
            connector,
            session_id,
            completeness,
            started,
            ended,
            local,
            remote,
            exchange_online,
            source_address,
            tls,
            certificate,
            remote_certificate,
            messages,
            accepted,
            rejected,
            rejections,
            attribution,
            proxy,
            file,
            line,
            rows,
        } = record;
        SessionRecord {
            kind,
            stream: Cow::Owned(self.stream(stream)),
            connector: Cow::Owned(self.connector(connector)),
            session_id: tokens::session_id(session_id),
            completeness,
            started: started.clone(),
            ended: ended.clone(),
            local: local.as_ref().map(|end| Cow::Owned(self.endpoint(end))),
            remote: remote.as_ref().map(|end| Cow::Owned(self.endpoint(end))),
            exchange_online: *exchange_online,
            source_address: source_address
                .as_ref()
                .map(|address| Cow::Owned(self.endpoint(address))),
            tls: Preserialized::new(self.tls(tls)),
            certificate: certificate
                .as_ref()
                .map(|shown| Preserialized::new(self.certificate(shown))),
            remote_certificate: remote_certificate
                .as_ref()
                .map(|shown| Preserialized::new(self.certificate(shown))),
            messages: *messages,
            accepted: *accepted,
            rejected: *rejected,
            rejections: rejections.iter().map(|one| self.rejection(one)).collect(),
            attribution: attribution
                .as_ref()
                .map(|found| Preserialized::new(self.attribution(found))),
            proxy: proxy.as_ref().map(|proxy| self.proxy(proxy)),
            file: Cow::Owned(self.file(file)),
            line: *line,
            rows: *rows,
        }
    }

    /// An address with or without a port. Anything else that stands there is no address.
    fn endpoint(&mut self, text: &str) -> String {
        self.address(text)
            .unwrap_or_else(|| super::prose::CUT.to_owned())
    }

    fn tls(&mut self, tls: &TlsRecord) -> TlsRecord {
        let TlsRecord {
            offered,
            requested,
            protocol,
            error,
        } = tls;
        TlsRecord {
            offered: *offered,
            requested: *requested,
            protocol: protocol.as_ref().map(|protocol| self.prose(protocol)),
            error: error.as_ref().map(|error| self.prose(error)),
        }
    }

    fn rejection(&mut self, rejection: &RejectionRecord<'_>) -> RejectionRecord<'static> {
        let RejectionRecord {
            time,
            verb,
            sender,
            recipient,
            code,
            enhanced,
            attr,
            text,
        } = rejection;
        RejectionRecord {
            time: time.clone(),
            verb: *verb,
            sender: sender
                .as_ref()
                .map(|sender| Cow::Owned(self.mailbox(sender))),
            recipient: recipient
                .as_ref()
                .map(|recipient| Cow::Owned(self.mailbox(recipient))),
            code: *code,
            enhanced: enhanced.clone(),
            attr: attr.as_ref().map(|attr| Cow::Owned(self.prose(attr))),
            text: Cow::Owned(self.reply_text(text)),
        }
    }

    fn attribution(&mut self, found: &AttributionRecord) -> AttributionRecord {
        let AttributionRecord {
            outcome,
            by,
            tenant,
            inbound_connector,
            trace,
        } = found;
        AttributionRecord {
            outcome: *outcome,
            by: *by,
            tenant: tenant.as_ref().map(|tenant| self.tenant(tenant)),
            inbound_connector: inbound_connector.as_ref().map(|name| self.connector(name)),
            trace: self.sentences(trace.clone()),
        }
    }

    fn proxy(&mut self, proxy: &ProxyRecord<'_>) -> ProxyRecord<'static> {
        let ProxyRecord {
            role,
            stream,
            session_id,
        } = proxy;
        ProxyRecord {
            role,
            stream: stream
                .as_ref()
                .map(|stream| Cow::Owned(self.stream(stream))),
            session_id: session_id
                .as_ref()
                .map(|id| Cow::Owned(tokens::session_id(id))),
        }
    }

    /// The record of a message with stand-ins.
    pub fn message(&mut self, record: MessageRecord) -> MessageRecord {
        let MessageRecord {
            kind,
            message_id,
            sender,
            first,
            last,
            fate,
            recipients,
            attempts,
            attempts_left_out,
            incident,
            subject,
        } = record;
        MessageRecord {
            kind,
            message_id: message_id.map(|id| self.message_id(&id)),
            sender: sender.map(|sender| self.mailbox(&sender)),
            first,
            last,
            fate,
            recipients: recipients
                .into_iter()
                .map(|one| self.recipient(one))
                .collect(),
            attempts: attempts.into_iter().map(|one| self.attempt(one)).collect(),
            attempts_left_out,
            incident: incident.map(|id| self.incident(&id)),
            subject: subject.map(|subject| self.subject(&subject)),
        }
    }

    fn recipient(&mut self, recipient: RecipientRecord) -> RecipientRecord {
        let RecipientRecord {
            address,
            fate,
            certainty,
            time,
            reply,
            source,
            ndr,
            reason,
            host,
            expires,
        } = recipient;
        RecipientRecord {
            address: address.map(|address| self.mailbox(&address)),
            fate,
            certainty,
            time,
            reply: reply.map(|reply| self.reply(&reply)),
            source,
            ndr: ndr.map(|report| {
                let NdrRecord {
                    message_id,
                    time,
                    arrived,
                } = report;
                NdrRecord {
                    message_id: message_id.map(|id| self.message_id(&id)),
                    time,
                    arrived,
                }
            }),
            reason,
            host: host.map(|host| self.host_or_address(&host)),
            expires,
        }
    }

    fn attempt(&mut self, attempt: AttemptRecord) -> AttemptRecord {
        let AttemptRecord {
            time,
            stream,
            send_connector,
            session_id,
            exchange_online,
            outcome,
            reply,
            recipients,
            file,
            line,
        } = attempt;
        let recipients = recipients.map(|all| {
            let all = all.into_iter().map(|one| {
                let AttemptRecipient { address, outcome } = one;
                AttemptRecipient {
                    address: address.map(|address| self.mailbox(&address)),
                    outcome,
                }
            });
            all.collect()
        });
        AttemptRecord {
            time,
            stream: self.stream(&stream),
            send_connector: self.connector(&send_connector),
            session_id: tokens::session_id(&session_id),
            exchange_online,
            outcome,
            reply: reply.map(|reply| self.reply(&reply)),
            recipients,
            file: self.file(&file),
            line,
        }
    }
}
