//! One record per SMTP session, for `sendlens sessions`.
//!
//! In: [`SessionFacts`] and the tenants. Out: a [`SessionRecord`].
//! Must not keep records. A proxied session keeps the certificate of its own rows.

use std::collections::BTreeSet;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use crate::attribution::judgement::{Judgement, Offer, OfferedCertificate};
use crate::attribution::name_match::Strictness;
use crate::attribution::simulation::{self, By, Outcome, Sender};
use crate::smtp::facts::{ProxyPart, SessionFacts};
use crate::smtp::host;
use crate::tenant::Tenant;

use super::document::{CertificateInfo, Place};
use super::ready::Ready;
use super::repeats::{Question, Repeats};

/// One session.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SessionRecord {
    /// Always `session`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Server and role.
    pub stream: String,
    /// The send connector.
    pub connector: String,
    /// The id as logged.
    pub session_id: String,
    /// `whole`, `no_start`, `no_end` or `fragment`.
    pub completeness: String,
    /// The first row.
    pub started: Option<String>,
    /// The last row.
    pub ended: Option<String>,
    /// Our endpoint, as logged.
    pub local: Option<String>,
    /// The other side's endpoint, as logged.
    pub remote: Option<String>,
    /// The other side is Exchange Online, by its own words.
    pub exchange_online: bool,
    /// The address that it saw.
    pub source_address: Option<String>,
    /// TLS.
    pub tls: TlsRecord,
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
    pub rejections: Vec<RejectionRecord>,
    /// Whose mail it is, by the exports; only with a tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attribution: Option<Ready<AttributionRecord>>,
    /// The other half of a proxied conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy: Option<ProxyRecord>,
    /// The file of the first row.
    pub file: String,
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
pub struct RejectionRecord {
    /// When.
    pub time: Option<String>,
    /// The command refused; `null` where it is not in the input.
    pub verb: Option<String>,
    /// The envelope sender, `<>` for the null sender.
    pub sender: Option<String>,
    /// The recipient, where the reply is about one.
    pub recipient: Option<String>,
    /// The SMTP code.
    pub code: u16,
    /// The enhanced code.
    pub enhanced: Option<String>,
    /// The ATTR number.
    pub attr: Option<String>,
    /// The text behind the codes.
    pub text: String,
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
pub struct ProxyRecord {
    /// This session's part: `hub` or `frontend`.
    pub role: String,
    /// The other half's stream; `null` where it is not in the input.
    pub stream: Option<String>,
    /// The other half's session id, where known.
    pub session_id: Option<String>,
}

/// What a record needs beside the session.
#[derive(Debug)]
pub struct Context<'a> {
    /// The name of the session's stream.
    pub stream: &'a str,
    /// Its first row.
    pub place: Place,
    /// The tenants.
    pub tenants: &'a [Tenant],
    /// Whether undocumented matches count.
    pub strict: Strictness,
    /// The other half's stream and session id.
    pub other_half: Option<(String, String)>,
}

/// The record of a session; `repeats` keeps what it shares with the records of other sessions, all by
/// the same tenants.
pub fn record(facts: &SessionFacts, context: Context<'_>, repeats: &mut Repeats) -> SessionRecord {
    let talk = &facts.talk;
    let frame = &facts.frame;
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let attributed = talk.exchange_online && !context.tenants.is_empty();
    SessionRecord {
        kind: "session".to_owned(),
        stream: context.stream.to_owned(),
        connector: frame.connector.to_string(),
        session_id: frame.id.to_string(),
        completeness: frame.completeness().as_str().to_owned(),
        started: frame.started.rfc3339(),
        ended: frame.ended.rfc3339(),
        local: text(&frame.local),
        remote: text(&frame.remote),
        exchange_online: talk.exchange_online,
        // What a hub hears from its front end is an internal address.
        source_address: talk
            .source_address
            .as_deref()
            .filter(|_| talk.proxy != ProxyPart::Hub)
            .map(str::to_owned),
        tls: TlsRecord {
            offered: talk.tls.offered,
            requested: talk.tls.requested,
            protocol: talk.tls.protocol.as_deref().map(str::to_owned),
            error: talk.tls.error.as_deref().map(str::to_owned),
        },
        certificate: talk
            .certificate
            .as_ref()
            .map(|offered| repeats.certificate(&offered.certificate)),
        remote_certificate: talk
            .remote_certificate
            .as_ref()
            .map(|offered| repeats.certificate(&offered.certificate)),
        messages: talk.messages,
        accepted: talk.accepted,
        rejected: talk.rejected,
        rejections: rejections(facts),
        attribution: attributed
            .then(|| attribution(facts, context.tenants, context.strict, repeats)),
        proxy: proxy(facts, context.other_half),
        file: context.place.file,
        line: context.place.line,
        rows: frame.rows,
    }
}

fn rejections(facts: &SessionFacts) -> Vec<RejectionRecord> {
    facts
        .talk
        .rejections
        .iter()
        .map(|rejection| RejectionRecord {
            time: rejection.time.rfc3339(),
            verb: rejection.verb.map(|verb| verb.as_str().to_owned()),
            sender: rejection.sender.as_deref().map(|sender| {
                if sender.is_empty() {
                    "<>".to_owned()
                } else {
                    sender.to_owned()
                }
            }),
            recipient: rejection.recipient.as_deref().map(str::to_owned),
            code: rejection.refusal.code,
            enhanced: rejection
                .refusal
                .enhanced
                .map(|enhanced| enhanced.to_string()),
            attr: rejection.refusal.attr.as_deref().map(str::to_owned),
            text: rejection.refusal.text.to_string(),
        })
        .collect()
}

/// The attribution of all senders of the session together: where they differ, it is uncertain.
fn attribution(
    facts: &SessionFacts,
    tenants: &[Tenant],
    strict: Strictness,
    repeats: &mut Repeats,
) -> Ready<AttributionRecord> {
    let offered = offered(facts);
    let source = (facts.talk.proxy != ProxyPart::Hub)
        .then(|| facts.source_ip())
        .flatten();
    let senders = senders(facts);
    let question = Question {
        certificate: match offered {
            OfferedCertificate::Known(_) => {
                let shown = facts.talk.certificate.as_ref();
                shown.map(|shown| Arc::clone(&shown.certificate))
            }
            OfferedCertificate::Absent | OfferedCertificate::Unknown => None,
        },
        is_absent: matches!(offered, OfferedCertificate::Absent),
        source,
        senders: senders.iter().map(|sender| sender.map(Box::from)).collect(),
    };
    let offer = Offer {
        certificate: offered,
        source,
    };
    repeats.attribution(question, || attributed(&offer, &senders, tenants, strict))
}

/// The same, made anew.
fn attributed(
    offer: &Offer<'_>,
    senders: &BTreeSet<Option<&str>>,
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
fn offered(facts: &SessionFacts) -> OfferedCertificate<'_> {
    let talk = &facts.talk;
    match &talk.certificate {
        // A hub's own certificate is internal; Exchange Online never saw it.
        _ if talk.proxy == ProxyPart::Hub => OfferedCertificate::Unknown,
        // A certificate of a failed handshake never took effect.
        Some(_) if talk.tls.protocol.is_none() && talk.tls.error.is_some() => {
            OfferedCertificate::Absent
        }
        Some(offered) => OfferedCertificate::Known(&offered.certificate),
        None if facts.offered_none() => OfferedCertificate::Absent,
        None => OfferedCertificate::Unknown,
    }
}

/// The sender domains of a session as logged; `None` is the null sender.
fn senders(facts: &SessionFacts) -> BTreeSet<Option<&str>> {
    let talk = &facts.talk;
    let accepted = talk.accepted_by.iter();
    let rejected = talk.rejections.iter();
    accepted
        .map(|accepted| Some(&*accepted.sender_domain))
        .chain(rejected.filter_map(|rejection| {
            let sender = rejection.sender.as_deref()?;
            Some(sender.rsplit_once('@').map(|(_, domain)| domain))
        }))
        .collect()
}

/// The same in the form in which domains compare, each once.
fn sender_domains(senders: &BTreeSet<Option<&str>>) -> Vec<Option<String>> {
    let mut domains: Vec<Option<String>> = senders
        .iter()
        .map(|domain| domain.and_then(host::domain))
        .collect();
    domains.sort();
    domains.dedup();
    domains
}

fn proxy(facts: &SessionFacts, other_half: Option<(String, String)>) -> Option<ProxyRecord> {
    let (role, named) = match &facts.talk.proxy {
        ProxyPart::Hub => ("hub", None),
        ProxyPart::FrontEnd { hub_session, .. } => ("frontend", Some(hub_session.to_string())),
        ProxyPart::None | ProxyPart::Inbound => return None,
    };
    let (stream, id) = other_half.unzip();
    Some(ProxyRecord {
        role: role.to_owned(),
        stream,
        session_id: id.or(named),
    })
}
