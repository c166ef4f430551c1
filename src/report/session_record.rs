//! The record of a session, as `sendlens sessions` shows it.
//!
//! In: nothing. Out: plain types, filled by [`super::session`].
//! Must not make records, and must not render them.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::Serialize;

use super::document::CertificateInfo;
use super::preserialized::Preserialized;
use crate::attribution::simulation::{By, Outcome};

/// One session.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SessionRecord<'a> {
    /// Always `session`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The stream: server and role.
    pub stream: Cow<'a, str>,
    /// The send connector.
    pub connector: Cow<'a, str>,
    /// The session id, as logged.
    pub session_id: String,
    /// Whether the log contains the whole session: `whole`, `no_start`, `no_end` or `fragment`.
    pub completeness: &'static str,
    /// The time of the first row.
    pub started: Option<String>,
    /// The time of the last row.
    pub ended: Option<String>,
    /// The address and port of your server, as logged.
    pub local: Option<Cow<'a, str>>,
    /// The address and port of the other side, as logged.
    pub remote: Option<Cow<'a, str>>,
    /// Whether the other side is Exchange Online, according to its own replies.
    pub exchange_online: bool,
    /// Your address as the other side saw it.
    pub source_address: Option<Cow<'a, str>>,
    /// The TLS part of the session.
    pub tls: Preserialized<TlsRecord>,
    /// The certificate that your server offered.
    pub certificate: Option<Preserialized<CertificateInfo>>,
    /// The certificate of the other side.
    pub remote_certificate: Option<Preserialized<CertificateInfo>>,
    /// The number of messages.
    pub messages: u32,
    /// The number of accepted recipients.
    pub accepted: u32,
    /// The number of rejected recipients.
    pub rejected: u32,
    /// All 4xx and 5xx replies.
    pub rejections: Vec<RejectionRecord<'a>>,
    /// The tenant to which Exchange Online assigns the mail, according to the exports. It is left out
    /// without exports of a tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attribution: Option<Preserialized<AttributionRecord>>,
    /// The other half of a proxied session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy: Option<ProxyRecord<'a>>,
    /// The file of the first row.
    pub file: Cow<'a, str>,
    /// The line of the first row, from 1.
    pub line: u64,
    /// The number of rows.
    pub rows: u64,
}

/// The TLS part of a session.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TlsRecord {
    /// Whether STARTTLS was offered. It is `null` without an EHLO reply.
    pub offered: Option<bool>,
    /// Whether your server sent STARTTLS.
    pub requested: bool,
    /// The TLS protocol that was negotiated.
    pub protocol: Option<String>,
    /// The error of a failed negotiation.
    pub error: Option<String>,
}

/// A 4xx or 5xx reply.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RejectionRecord<'a> {
    /// The time of the reply.
    pub time: Option<String>,
    /// The rejected command. It is `null` if it is not in the input.
    pub verb: Option<&'static str>,
    /// The envelope sender. It is `<>` for the null sender.
    pub sender: Option<Cow<'a, str>>,
    /// The recipient, if the reply is about one.
    pub recipient: Option<Cow<'a, str>>,
    /// The SMTP reply code, such as 550.
    pub code: u16,
    /// The enhanced status code, such as 5.7.64.
    pub enhanced: Option<String>,
    /// The ATTR number in the text, if there is one.
    pub attr: Option<Cow<'a, str>>,
    /// The text after the codes.
    pub text: Cow<'a, str>,
}

/// To which tenant Exchange Online assigns the mail of a session, according to the exports.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AttributionRecord {
    /// The result.
    pub outcome: Outcome,
    /// What decided it: the certificate or the address.
    pub by: Option<By>,
    /// The tenant to which the mail is assigned.
    pub tenant: Option<String>,
    /// The inbound connector that decided it.
    pub inbound_connector: Option<String>,
    /// The reasons, step by step.
    pub trace: Vec<String>,
}

/// The other half of a proxied session.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ProxyRecord<'a> {
    /// This session's part: `hub` or `frontend`.
    pub role: &'static str,
    /// The stream of the other half. It is `null` if the other half is not in the input.
    pub stream: Option<Cow<'a, str>>,
    /// The session id of the other half, if it is known.
    pub session_id: Option<Cow<'a, str>>,
}
