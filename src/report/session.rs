//! One record per SMTP session, for `sendlens sessions`.
//!
//! In: a [`SessionView`] and the tenants. Out: a [`SessionRecord`].
//! Must not keep records. A proxied session keeps the certificate of its own rows.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::Serialize;

use crate::attribution::judgement::{Judgement, Offer, OfferedCertificate};
use crate::attribution::name_match::Strictness;
use crate::attribution::simulation::{self, By, Outcome, Sender};
use crate::session::frame::Frame;
use crate::smtp::command::Verb;
use crate::smtp::facts::ProxyPart;
use crate::smtp::host;
use crate::smtp::refusals::Refused;
use crate::smtp::view::SessionView;
use crate::tenant::Tenant;

use super::document::CertificateInfo;
use super::ready::Ready;
use super::repeats::{Question, Repeats};

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
    pub tls: Ready<TlsRecord>,
    /// Our certificate.
    pub certificate: Option<Ready<CertificateInfo>>,
    /// The other side's certificate.
    pub remote_certificate: Option<Ready<CertificateInfo>>,
    /// Messages.
    pub messages: u32,
    /// Recipients accepted.
    pub accepted: u32,
    /// Recipients rejected.
    pub rejected: u32,
    /// Every 4xx and 5xx reply.
    pub rejections: Vec<RejectionRecord<'a>>,
    /// Whose mail it is, by the exports; only with a tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attribution: Option<Ready<AttributionRecord>>,
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
    /// The command refused; `null` where it is not in the input.
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
    /// The text behind the codes.
    pub text: Cow<'a, str>,
}

/// The simulated attribution of a session.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AttributionRecord {
    /// Whose.
    pub outcome: Outcome,
    /// By what.
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
    /// The other half's stream; `null` where it is not in the input.
    pub stream: Option<&'a str>,
    /// The other half's session id, where known.
    pub session_id: Option<Cow<'a, str>>,
}

/// What a record needs beside the session.
#[derive(Debug)]
pub struct Context<'a> {
    /// The name of the session's stream.
    pub stream: &'a str,
    /// The file of its first row.
    pub file: &'a str,
    /// The line in that file, from 1; 0 in a draft.
    pub line: u64,
    /// The session's outline.
    pub frame: &'a Frame,
    /// The tenants.
    pub tenants: &'a [Tenant],
    /// Whether undocumented matches count.
    pub strict: Strictness,
    /// The other half's stream and session id.
    pub other_half: Option<(&'a str, String)>,
}

/// The record of a session; `repeats` keeps what it shares with the records of other sessions, all by
/// the same tenants.
pub fn record<'a>(
    session: SessionView<'a>,
    context: Context<'a>,
    repeats: &mut Repeats,
) -> SessionRecord<'a> {
    let frame = context.frame;
    let refused: Vec<Refused<'a>> = session.refused().collect();
    let text = |text: &'a str| (!text.is_empty()).then_some(text);
    let attributed = session.exchange_online && !context.tenants.is_empty();
    SessionRecord {
        kind: "session",
        stream: context.stream,
        connector: &frame.connector,
        session_id: frame.id.to_string(),
        completeness: frame.completeness().as_str(),
        started: frame.started.rfc3339(),
        ended: frame.ended.rfc3339(),
        local: text(&frame.local),
        remote: text(&frame.remote),
        exchange_online: session.exchange_online,
        // What a hub hears from its front end is an internal address.
        source_address: session
            .source_address
            .map(AsRef::as_ref)
            .filter(|_| *session.proxy != ProxyPart::Hub),
        tls: repeats.tls(session.tls),
        certificate: session
            .certificate
            .map(|shown| repeats.certificate(shown.certificate)),
        remote_certificate: session
            .remote_certificate
            .map(|shown| repeats.certificate(shown.certificate)),
        messages: session.messages,
        accepted: session.accepted,
        rejected: session.rejected,
        attribution: attributed.then(|| attribution(&session, &refused, &context, repeats)),
        proxy: proxy(session.proxy, context.other_half),
        rejections: refused.into_iter().map(rejection).collect(),
        file: context.file,
        line: context.line,
        rows: frame.rows,
    }
}

fn rejection(refused: Refused<'_>) -> RejectionRecord<'_> {
    let refusal = refused.refusal;
    RejectionRecord {
        time: refused.time.rfc3339(),
        verb: refused.verb.map(Verb::as_str),
        sender: refused.sender.map(|sender| match &*sender {
            "" => Cow::Borrowed("<>"),
            _ => sender,
        }),
        recipient: refused.recipient,
        code: refusal.code,
        enhanced: refusal.enhanced.map(|enhanced| enhanced.to_string()),
        attr: refusal.attr,
        text: refusal.text,
    }
}

/// The attribution of all senders of the session together: where they differ, it is uncertain.
fn attribution(
    session: &SessionView<'_>,
    refused: &[Refused<'_>],
    context: &Context<'_>,
    repeats: &mut Repeats,
) -> Ready<AttributionRecord> {
    let offered = offered(session);
    let source = (*session.proxy != ProxyPart::Hub)
        .then(|| session.source_ip())
        .flatten();
    let senders = senders(session, refused);
    let question = Question {
        certificate: match offered {
            OfferedCertificate::Known(_) => session.certificate.map(|shown| shown.certificate),
            OfferedCertificate::Absent | OfferedCertificate::Unknown => None,
        },
        is_absent: matches!(offered, OfferedCertificate::Absent),
        source,
        senders: &senders,
    };
    let offer = Offer {
        certificate: offered,
        source,
    };
    repeats.attribution(question, || {
        attributed(&offer, &senders, context.tenants, context.strict)
    })
}

/// The same, made anew.
fn attributed(
    offer: &Offer<'_>,
    senders: &[Option<&str>],
    tenants: &[Tenant],
    strict: Strictness,
) -> AttributionRecord {
    let unknown = matches!(offer.certificate, OfferedCertificate::Unknown);
    let judgement = Judgement::new(offer, tenants, strict);
    let domains = sender_domains(senders);
    let mut senders: Vec<Sender<'_>> = domains
        .iter()
        .map(|domain| domain.as_deref().map_or(Sender::Null, Sender::Domain))
        .collect();
    if senders.is_empty() {
        senders.push(Sender::Unknown);
    }
    let mut results = senders
        .into_iter()
        .map(|sender| simulation::simulate(&judgement, sender));
    let first = results.next();
    let agree = first
        .as_ref()
        .is_some_and(|first| results.all(|other| other.outcome == first.outcome));
    match first {
        Some(found) if agree && !(unknown && found.outcome == Outcome::Unattributed) => {
            AttributionRecord {
                outcome: found.outcome,
                by: found.by,
                tenant: found.view.as_ref().map(|view| view.tenant.name.clone()),
                inbound_connector: found.view.as_ref().map(|view| view.connector.name.clone()),
                trace: found.trace,
            }
        }
        _ => AttributionRecord {
            outcome: Outcome::Uncertain,
            by: None,
            tenant: None,
            inbound_connector: None,
            trace: vec![
                if unknown {
                    "The certificate is not in the input."
                } else {
                    "The senders of the session differ."
                }
                .to_owned(),
            ],
        },
    }
}

/// The certificate that Exchange Online may have judged by.
fn offered<'a>(session: &SessionView<'a>) -> OfferedCertificate<'a> {
    let tls = session.tls;
    match session.certificate {
        // A hub's own certificate is internal; Exchange Online never saw it.
        _ if *session.proxy == ProxyPart::Hub => OfferedCertificate::Unknown,
        // A certificate of a failed handshake never took effect.
        Some(_) if tls.protocol.is_none() && tls.error.is_some() => OfferedCertificate::Absent,
        Some(shown) => OfferedCertificate::Known(shown.certificate),
        None if session.offered_none() => OfferedCertificate::Absent,
        None => OfferedCertificate::Unknown,
    }
}

/// The sender domains of a session as logged, sorted, each once; `None` is the null sender.
fn senders<'s>(session: &SessionView<'s>, refused: &'s [Refused<'_>]) -> Vec<Option<&'s str>> {
    let accepted = session.accepted_by.iter();
    let accepted = accepted.map(|accepted| Some(&*accepted.sender_domain));
    let rejected = refused.iter().filter_map(|refused| {
        let sender = refused.sender.as_deref()?;
        let at = memchr::memrchr(b'@', sender.as_bytes());
        Some(at.map(|at| &sender[at + 1..]))
    });
    let mut senders: Vec<Option<&str>> = accepted.chain(rejected).collect();
    senders.sort_unstable();
    senders.dedup();
    senders
}

/// The same in the form in which domains compare, each once.
fn sender_domains(senders: &[Option<&str>]) -> Vec<Option<String>> {
    let mut domains: Vec<Option<String>> = senders
        .iter()
        .map(|domain| domain.and_then(host::domain))
        .collect();
    domains.sort();
    domains.dedup();
    domains
}

fn proxy<'a>(
    part: &'a ProxyPart,
    other_half: Option<(&'a str, String)>,
) -> Option<ProxyRecord<'a>> {
    let (role, named) = match part {
        ProxyPart::Hub => ("hub", None),
        ProxyPart::FrontEnd { hub_session, .. } => ("frontend", Some(&**hub_session)),
        ProxyPart::None | ProxyPart::Inbound => return None,
    };
    let (stream, id) = other_half.unzip();
    Some(ProxyRecord {
        role,
        stream,
        session_id: id.map(Cow::Owned).or(named.map(Cow::Borrowed)),
    })
}
