//! One attempt to send a message: a mail transaction of a session, with what became of each recipient.
//!
//! In: a session and its [`Transaction`]s. Out: [`Attempt`]s that own what they need.
//! Must not know other sessions.

use std::net::IpAddr;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::input::place::LinePlace;
use crate::input::timestamp::Timestamp;
use crate::session::Session;
use crate::session::key::SessionId;
use crate::smtp::digest::SmtpDigest;
use crate::smtp::facts::ProxyPart;
use crate::smtp::peer::Peer;
use crate::smtp::transactions::{Answer, Receiver, Transaction, Transactions};

/// The digest of a session whose messages are followed.
pub type MailDigest = SmtpDigest<Transactions>;

/// A message in one session.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    /// The index of the stream.
    pub stream: usize,
    /// The send connector.
    pub connector: Arc<str>,
    /// The session.
    pub session: SessionId,
    /// The address and port of the other side, as logged.
    pub remote: Box<str>,
    /// Who the other side is, as far as the session shows.
    pub peer: Peer,
    /// Whether the other side is outside of the organisation.
    pub taker: Taker,
    /// When it began.
    pub time: Timestamp,
    /// Its first row.
    pub place: LinePlace,
    /// The message id as logged; `None` where no row names it.
    pub id: Option<Box<str>>,
    /// The envelope sender, empty for the null sender; `None` where unknown.
    pub sender: Option<Box<str>>,
    /// The size that was declared.
    pub size: Option<u64>,
    /// The recipients. One without an address stands for those that were not named.
    pub recipients: Vec<Tried>,
}

/// What an attempt gave for one recipient.
#[derive(Debug, Clone, PartialEq)]
pub struct Tried {
    /// The address as logged; `None` where it is not known.
    pub address: Option<Box<str>>,
    /// The address before it was rewritten, if the command names it.
    pub original: Option<Box<str>>,
    /// Nobody is told if it fails (`NOTIFY=NEVER`).
    pub notify_never: bool,
    /// What became of it.
    pub outcome: Outcome,
    /// When the reply came that decided, else when the session ended.
    pub time: Timestamp,
    /// The row of that reply, else the first row of the attempt.
    pub place: LinePlace,
    /// The reply, its code included.
    pub reply: Option<Box<str>>,
}

/// What became of a recipient in one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The other side took the message for it.
    Taken,
    /// A reply with a code of 5xx: the server gives up.
    Refused,
    /// A reply with a code of 4xx: the server tries again.
    Deferred,
    /// The session ended without a reply: the server tries again.
    Broken,
    /// The rows that would show it are not in the input.
    Unseen,
}

/// Who took a message over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Taker {
    /// A host outside of the organisation.
    Outside,
    /// A server of the organisation, which sends the message on.
    OwnServer,
    /// A host with an internal address: a server of the organisation, or a gateway.
    Internal,
}

impl Outcome {
    /// The word used in output.
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Taken => "taken",
            Outcome::Refused => "refused",
            Outcome::Deferred => "deferred",
            Outcome::Broken => "broken",
            Outcome::Unseen => "unseen",
        }
    }

    /// Whether the message was not taken, as far as the rows show.
    pub fn is_failure(self) -> bool {
        matches!(self, Outcome::Refused | Outcome::Deferred | Outcome::Broken)
    }
}

impl Attempt {
    /// The attempt that a transaction of a session is.
    pub fn of(stream: usize, session: &Session<MailDigest>, number: usize) -> Attempt {
        let frame = &session.frame;
        let transactions = session.digest.watch();
        let transaction = transactions.transaction(number);
        let view = session.digest.view(frame);
        let ended = frame.has_end().then_some(frame.ended);
        Attempt {
            stream,
            connector: Arc::clone(&frame.connector),
            session: frame.id.clone(),
            remote: frame.remote.as_str().into(),
            peer: view.peer,
            taker: taker(session, view.peer),
            time: transaction.time,
            place: transaction.place,
            recipients: recipients(&transaction, ended),
            id: transaction.id.map(|id| id.into()),
            sender: transaction.sender.map(|sender| sender.into()),
            size: transaction.size,
        }
    }

    /// Shows its places, to be changed.
    pub fn each_place(&mut self, change: &mut dyn FnMut(&mut LinePlace)) {
        change(&mut self.place);
        let recipients = self.recipients.iter_mut();
        recipients.for_each(|tried| change(&mut tried.place));
    }

    /// Whether a recipient was refused or deferred.
    pub fn has_failure(&self) -> bool {
        self.recipients.iter().any(|one| one.outcome.is_failure())
    }

    /// Stands for no attempt, behind all others.
    pub fn order_of_none() -> (Timestamp, LinePlace) {
        let (chunk, line) = (u32::MAX, u32::MAX);
        (Timestamp::from_millis(i64::MAX), LinePlace { chunk, line })
    }

    /// Where it stands among other attempts.
    pub fn order(&self) -> (Timestamp, LinePlace) {
        (self.time, self.place)
    }
}

/// Whether the messages of a session are its own: a front end's are in the log of its hub, and what comes
/// in from outside goes to nobody outside.
pub fn has_own_mail(session: &Session<MailDigest>) -> bool {
    !matches!(
        session.digest.proxy(),
        ProxyPart::FrontEnd { .. } | ProxyPart::Inbound
    )
}

fn recipients(transaction: &Transaction<'_>, ended: Option<Timestamp>) -> Vec<Tried> {
    if transaction.recipients.is_empty() {
        // MAIL was rejected, or the session broke, before a recipient was named.
        let nobody = Receiver {
            address: None,
            original: None,
            notify_never: false,
            accepted: false,
            answer: transaction.rejected.clone(),
        };
        return vec![tried(&nobody, transaction, ended)];
    }
    let recipients = transaction.recipients.iter();
    recipients
        .map(|one| tried(one, transaction, ended))
        .collect()
}

fn tried(one: &Receiver<'_>, transaction: &Transaction<'_>, ended: Option<Timestamp>) -> Tried {
    let (outcome, time, place) = match &one.answer {
        Some(answer) => (outcome(answer), answer.time, answer.place),
        // The message was taken for others, so that a reply is missing in the log.
        None if transaction.taken => (Outcome::Unseen, transaction.time, transaction.place),
        None => match ended {
            Some(ended) => (Outcome::Broken, ended, transaction.place),
            None => (Outcome::Unseen, transaction.time, transaction.place),
        },
    };
    let text = |answer: &Answer<'_>| format!("{} {}", answer.code, answer.text).into();
    Tried {
        address: one.address.as_deref().map(Into::into),
        original: one.original.as_deref().map(Into::into),
        notify_never: one.notify_never,
        outcome,
        time,
        place,
        reply: one.answer.as_ref().map(text),
    }
}

/// The first digit decides, whatever the enhanced code says.
fn outcome(answer: &Answer<'_>) -> Outcome {
    match answer.code {
        500.. => Outcome::Refused,
        400.. => Outcome::Deferred,
        _ => Outcome::Taken,
    }
}

/// Ports on which only servers of the organisation listen.
const OWN_PORTS: [&str; 3] = ["475", "717", "2525"];

/// The implicit send connector between servers of the organisation. Its name is translated, so that it is
/// not the only sign.
const OWN_CONNECTOR: &str = "Intra-Organization SMTP Send Connector";

fn taker(session: &Session<MailDigest>, peer: Peer) -> Taker {
    let frame = &session.frame;
    // A front end only passes on what the other side says.
    if *session.digest.proxy() == ProxyPart::Hub || peer.is_exchange_online() {
        return Taker::Outside;
    }
    let (host, port) = match frame.remote.rsplit_once(':') {
        Some((host, port)) => (host, port),
        None => (frame.remote.as_str(), ""),
    };
    let own = session.digest.watch().is_among_own()
        || OWN_PORTS.contains(&port)
        || frame.connector.starts_with(OWN_CONNECTOR);
    if own {
        return Taker::OwnServer;
    }
    match host.trim_matches(['[', ']']).parse() {
        Ok(address) if is_public(address) => Taker::Outside,
        _ => Taker::Internal,
    }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            !(address.is_private() || address.is_loopback() || address.is_link_local())
        }
        IpAddr::V6(address) => {
            !(address.is_unique_local() || address.is_loopback() || address.is_unicast_link_local())
        }
    }
}

#[cfg(test)]
#[path = "attempt_tests.rs"]
mod tests;
