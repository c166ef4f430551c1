//! Makes the record of a session for `sendlens sessions`.
//!
//! In: a [`SessionView`] and the tenants. Out: a [`SessionRecord`].
//! Must not keep records. The record of a proxied session shows the certificate of its own rows.

use std::borrow::Cow;

use crate::attribution::judgement::{Judgement, Offer, OfferedCertificate};
use crate::attribution::name_match::Strictness;
use crate::attribution::simulation::{self, Outcome, Sender};
use crate::language::{Language, sentences};
use crate::session::frame::Frame;
use crate::smtp::command::Verb;
use crate::smtp::facts::ProxyPart;
use crate::smtp::host;
use crate::smtp::rejections::Rejection;
use crate::smtp::view::SessionView;
use crate::tenant::Tenant;

use super::preserialized::Preserialized;
use super::record_cache::{AttributionQuery, RecordCache};
use super::session_record::{AttributionRecord, ProxyRecord, RejectionRecord, SessionRecord};

/// What a record needs besides the session.
#[derive(Debug)]
pub struct Context<'a> {
    /// The name of the session's stream.
    pub stream: &'a str,
    /// The file of its first row.
    pub file: &'a str,
    /// The line in that file, from 1. It is 0 in a draft.
    pub line: u64,
    /// The session's outline.
    pub frame: &'a Frame,
    /// The language of the reasons.
    pub language: Language,
    /// The tenants.
    pub tenants: &'a [Tenant],
    /// Whether undocumented matches count.
    pub strict: Strictness,
    /// Stream and session id of the other half of a proxied session.
    pub other_half: Option<(&'a str, String)>,
}

/// Makes the record of a session. `cache` keeps the parts that records share. Use one cache only with
/// the same tenants and language.
pub fn record<'a>(
    session: SessionView<'a>,
    context: Context<'a>,
    cache: &mut RecordCache,
) -> SessionRecord<'a> {
    let frame = context.frame;
    let refused: Vec<Rejection<'a>> = session.refused().collect();
    let text = |text: &'a str| (!text.is_empty()).then_some(Cow::Borrowed(text));
    let attributed = session.is_with_exchange_online() && !context.tenants.is_empty();
    SessionRecord {
        kind: "session",
        stream: Cow::Borrowed(context.stream),
        connector: Cow::Borrowed(&frame.connector),
        session_id: frame.id.to_string(),
        completeness: frame.completeness().as_str(),
        started: frame.started.rfc3339(),
        ended: frame.ended.rfc3339(),
        local: text(&frame.local),
        remote: text(&frame.remote),
        exchange_online: session.is_with_exchange_online(),
        // A front end reports an internal address to its hub.
        source_address: session
            .source_address
            .filter(|_| *session.proxy != ProxyPart::Hub)
            .map(|address| Cow::Borrowed(address.as_ref())),
        tls: cache.tls(session.tls),
        certificate: session
            .certificate
            .map(|shown| cache.certificate(shown.certificate)),
        remote_certificate: session
            .remote_certificate
            .map(|shown| cache.certificate(shown.certificate)),
        messages: session.messages,
        accepted: session.accepted,
        rejected: session.rejected,
        attribution: attributed.then(|| attribution(&session, &refused, &context, cache)),
        proxy: proxy(session.proxy, context.other_half),
        rejections: refused.into_iter().map(rejected).collect(),
        file: Cow::Borrowed(context.file),
        line: context.line,
        rows: frame.rows,
    }
}

fn rejected(rejection: Rejection<'_>) -> RejectionRecord<'_> {
    let reply = rejection.reply;
    RejectionRecord {
        time: rejection.time.rfc3339(),
        verb: rejection.verb.map(Verb::as_str),
        sender: rejection.sender.map(|sender| match &*sender {
            "" => Cow::Borrowed("<>"),
            _ => sender,
        }),
        recipient: rejection.recipient,
        code: reply.code,
        enhanced: reply.enhanced.map(|enhanced| enhanced.to_string()),
        attr: reply.attr,
        text: reply.text,
    }
}

/// The attribution of all senders of the session together. If they differ, it is uncertain.
fn attribution(
    session: &SessionView<'_>,
    refused: &[Rejection<'_>],
    context: &Context<'_>,
    cache: &mut RecordCache,
) -> Preserialized<AttributionRecord> {
    let offered = offered(session);
    let source = (*session.proxy != ProxyPart::Hub)
        .then(|| session.source_ip())
        .flatten();
    let senders = senders(session, refused);
    let question = AttributionQuery {
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
    cache.attribution(question, || attributed(context, &offer, &senders))
}

/// Makes the attribution without the cache.
fn attributed(
    context: &Context<'_>,
    offer: &Offer<'_>,
    senders: &[Option<&str>],
) -> AttributionRecord {
    let unknown = matches!(offer.certificate, OfferedCertificate::Unknown);
    let judgement = Judgement::new(offer, context.tenants, context.strict);
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
        .map(|sender| simulation::simulate(context.language, &judgement, sender));
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
            trace: vec![if unknown {
                certificate_not_shown(context.language)
            } else {
                senders_differ(context.language)
            }],
        },
    }
}

/// The certificate that Exchange Online may have used for attribution.
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
fn senders<'s>(session: &SessionView<'s>, refused: &'s [Rejection<'_>]) -> Vec<Option<&'s str>> {
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

/// The same domains in their normalised form, each once.
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
        stream: stream.map(Cow::Borrowed),
        session_id: id.map(Cow::Owned).or(named.map(Cow::Borrowed)),
    })
}

sentences! {
    /// Why the attribution is uncertain.
    fn certificate_not_shown() {
        en: "The certificate is not in the input.",
        ja: "証明書は入力に含まれていません。" ["527009d6"],
    }
    /// Why the attribution is uncertain.
    fn senders_differ() {
        en: "The senders of the session differ.",
        ja: "セッションの送信者によって結果が異なります。" ["c2a15e1e"],
    }
}
