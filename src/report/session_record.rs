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
    /// Server and role.
    pub stream: &'a str,
    /// The send connector.
    pub connector: &'a str,
    /// The id as logged.
    pub session_id: String,
    /// `whole`, `no_start`, `no_end` or `fragment`.
    pub completeness: &'static str,
    /// The first row.
    pub started: Option<String>,
    /// The last row.
    pub ended: Option<String>,
    /// Our endpoint, as logged.
    pub local: Option<&'a str>,
    /// The other side's endpoint, as logged.
    pub remote: Option<&'a str>,
    /// The other side is Exchange Online, by its own words.
    pub exchange_online: bool,
    /// The address that it saw.
    pub source_address: Option<&'a str>,
    /// TLS.
    pub tls: Preserialized<TlsRecord>,
    /// Our certificate.
    pub certificate: Option<Preserialized<CertificateInfo>>,
    /// The other side's certificate.
    pub remote_certificate: Option<Preserialized<CertificateInfo>>,
    /// Messages.
    pub messages: u32,
    /// Recipients accepted.
    pub accepted: u32,
    /// Recipients rejected.
    pub rejected: u32,
    /// Every 4xx and 5xx reply.
    pub rejections: Vec<RejectionRecord<'a>>,
    /// The tenant to which Exchange Online assigns the mail, by the exports; only with a tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attribution: Option<Preserialized<AttributionRecord>>,
    /// The other half of a proxied conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy: Option<ProxyRecord<'a>>,
    /// The file of the first row.
    pub file: &'a str,
    /// Its line, from 1.
    pub line: u64,
    /// Rows.
    pub rows: u64,
}

/// The TLS side of a session.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TlsRecord {
    /// STARTTLS was offered; `null` without an EHLO reply.
    pub offered: Option<bool>,
    /// STARTTLS was issued.
    pub requested: bool,
    /// The protocol agreed on.
    pub protocol: Option<String>,
    /// The error of a failed negotiation.
    pub error: Option<String>,
}

/// A 4xx or 5xx reply.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RejectionRecord<'a> {
    /// When.
    pub time: Option<String>,
    /// The rejected command; `null` if it is not in the input.
    pub verb: Option<&'static str>,
    /// The envelope sender, `<>` for the null sender.
    pub sender: Option<Cow<'a, str>>,
    /// The recipient, where the reply is about one.
    pub recipient: Option<Cow<'a, str>>,
    /// The SMTP code.
    pub code: u16,
    /// The enhanced code.
    pub enhanced: Option<String>,
    /// The ATTR number.
    pub attr: Option<Cow<'a, str>>,
    /// The text after the codes.
    pub text: Cow<'a, str>,
}

/// The simulated attribution of a session.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AttributionRecord {
    /// The outcome.
    pub outcome: Outcome,
    /// What decided it: certificate or address.
    pub by: Option<By>,
    /// The tenant.
    pub tenant: Option<String>,
    /// The connector.
    pub inbound_connector: Option<String>,
    /// Why, step by step.
    pub trace: Vec<String>,
}

/// The other half of a proxied conversation.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ProxyRecord<'a> {
    /// This session's part: `hub` or `frontend`.
    pub role: &'static str,
    /// The other half's stream; `null` if it is not in the input.
    pub stream: Option<&'a str>,
    /// The other half's session id, if known.
    pub session_id: Option<Cow<'a, str>>,
}
