//! Attempts to send messages, for tests of fates.
//!
//! In: minutes, addresses and outcomes. Out: [`Attempt`]s and [`Fate`]s.

use crate::input::place::LinePlace;
use crate::input::timestamp::Timestamp;
use crate::mail::attempt::{Attempt, Outcome, Taker, Tried};
use crate::mail::case::{Case, Sources, Traces};
use crate::mail::coverage::{Coverage, StreamCoverage};
use crate::mail::decide;
use crate::mail::fate::Fate;
use crate::mail::followed::{Followed, Message};
use crate::mail::queued::Queued;
use crate::mail::tracked::Tracked;
use crate::session::key::SessionId;
use crate::smtp::peer::Peer;

/// A time so many minutes after the beginning.
pub(crate) fn at(minutes: i64) -> Timestamp {
    Timestamp::from_millis(1_795_000_000_000 + minutes * 60_000)
}

/// An attempt to Exchange Online that begins so many minutes after the beginning.
pub(crate) fn attempt(minutes: i64, recipients: &[(&str, Outcome)]) -> Attempt {
    Attempt {
        stream: 0,
        connector: "Outbound to Office 365".into(),
        session: SessionId::of(b"08DE1A2B3C4D5E6F"),
        remote: "192.0.2.36:25".into(),
        peer: Peer::Proven,
        taker: Taker::Outside,
        time: at(minutes),
        place: LinePlace {
            chunk: 0,
            line: minutes as u32,
        },
        id: Some("<a1@EX01.contoso.com>".into()),
        sender: Some("user@contoso.com".into()),
        size: Some(1_000),
        recipients: recipients
            .iter()
            .map(|(address, outcome)| tried(minutes, address, *outcome))
            .collect(),
    }
}

fn tried(minutes: i64, address: &str, outcome: Outcome) -> Tried {
    let reply = match outcome {
        Outcome::Taken => Some(
            "250 2.6.0 <a1@EX01.contoso.com> [InternalId=1, Hostname=AM0.prod.outlook.com] Queued mail for delivery",
        ),
        Outcome::Refused => Some("550 5.7.64 TenantAttribution; Relay Access Denied"),
        Outcome::Deferred => Some("451 4.4.62 Mail sent to the wrong Office 365 region. ATTR35."),
        Outcome::Broken | Outcome::Unseen => None,
    };
    Tried {
        address: (!address.is_empty()).then(|| address.into()),
        original: None,
        notify_never: false,
        outcome,
        time: at(minutes),
        place: LinePlace {
            chunk: 0,
            line: minutes as u32,
        },
        reply: reply.map(Into::into),
    }
}

/// One stream, whose log ends so many minutes after the beginning.
pub(crate) fn until(minutes: i64) -> Coverage {
    Coverage {
        streams: vec![StreamCoverage {
            server: Some("EX01".to_owned()),
            last: at(minutes),
            gaps: Vec::new(),
        }],
        ..Coverage::default()
    }
}

/// The only message of these attempts.
pub(crate) fn message(attempts: Vec<Attempt>) -> Message {
    let mut followed = Followed::default();
    attempts
        .into_iter()
        .for_each(|attempt| followed.add(attempt));
    let mut messages = followed.finish();
    assert_eq!(messages.len(), 1);
    messages.remove(0)
}

/// The fates of all recipients, in the order in which they were first tried.
pub(crate) fn fates(attempts: Vec<Attempt>, coverage: &Coverage) -> Vec<Fate> {
    let (tracked, queued) = (Tracked::default(), Queued::default());
    let sources = Sources {
        coverage,
        tracked: &tracked,
        queued: &queued,
    };
    fates_in(&message(attempts), sources)
}

/// The same, with what else is known.
pub(crate) fn fates_in(message: &Message, sources: Sources<'_>) -> Vec<Fate> {
    let cases = Case::all(Traces::of(message, sources));
    cases.iter().map(decide::fate).collect()
}

/// The fate of the only recipient.
pub(crate) fn fate(attempts: Vec<Attempt>, coverage: &Coverage) -> Fate {
    let mut fates = fates(attempts, coverage);
    assert_eq!(fates.len(), 1);
    fates.remove(0)
}
