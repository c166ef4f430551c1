//! Tests of what queues say: messages of an export in, fates out.

use super::*;
use crate::input::timestamp::Timestamp;
use crate::mail::attempt::Outcome;
use crate::mail::case::Sources;
use crate::mail::queued::Queued;
use crate::mail::tracked::Tracked;
use crate::queue::{AsOf, QueueIdentity, QueuedMessage, QueuedRecipient, Queues};
use crate::scenario::mail::{at, attempt, fates_in, message, until};

const EVE: &str = "eve@tailspintoys.com";

fn queued(recipients: Known<Vec<QueuedRecipient>>, minutes: i64) -> QueuedMessage {
    let chrono = |time: Timestamp| time.to_chrono().expect("a time");
    QueuedMessage {
        queue: Known::Value(QueueIdentity {
            server: Some("EX01".to_owned()),
            queue: "41".to_owned(),
        }),
        number: Known::Value(1),
        message_id: Known::Value(Some("a1@EX01.contoso.com".to_owned())),
        from: Known::Value(Some("user@contoso.com".to_owned())),
        status: Known::Value(Some("Retry".to_owned())),
        size: Known::Lost,
        received: Known::Lost,
        expires: Known::Value(Some(chrono(at(2 * 24 * 60)))),
        last_error: Known::Value(Some(LastError::of(
            "451 4.4.395 Target host responded with error. -> 421 4.4.1 Connection timed out",
        ))),
        retry_count: Known::Lost,
        recipients,
        times_are_utc: true,
        as_of: AsOf::NotBefore(chrono(at(minutes))),
        file: "queue.json".to_owned(),
        line: None,
    }
}

fn recipient(address: &str, status: &str) -> Known<Vec<QueuedRecipient>> {
    Known::Value(vec![QueuedRecipient {
        address: address.to_owned(),
        status: Known::Value(Some(status.to_owned())),
        last_error: Known::Lost,
    }])
}

/// The fate after an attempt at minute 60, of which the log ends at minute 600.
fn fate_with(one: QueuedMessage, outcome: Outcome) -> Fate {
    let queues = Queues {
        messages: vec![one],
        messages_exported: true,
        ..Queues::default()
    };
    let (tracked, queued, coverage) = (Tracked::default(), Queued::of(&queues), until(600));
    let sources = Sources {
        coverage: &coverage,
        tracked: &tracked,
        queued: &queued,
    };
    let message = message(vec![attempt(60, &[(EVE, outcome)])]);
    fates_in(&message, sources).remove(0)
}

#[test]
fn a_later_export_shows_that_it_waits() {
    let fate = fate_with(
        queued(recipient("EVE@tailspintoys.com", "Retry"), 300),
        Outcome::Deferred,
    );
    assert_eq!(
        (fate.verdict, fate.certainty),
        (Verdict::Waiting, Certainty::High)
    );
    assert_eq!(fate.source, Source::Queue);
    assert_eq!((fate.time, fate.expires), (at(300), at(2 * 24 * 60)));
    assert_eq!(
        fate.reply.as_deref(),
        Some("421 4.4.1 Connection timed out")
    );
    let held = QueuedMessage {
        status: Known::Value(Some("Suspended".to_owned())),
        ..queued(recipient(EVE, "Ready"), 300)
    };
    assert_eq!(
        fate_with(held, Outcome::Deferred).reason,
        Some(Reason::Held)
    );
}

#[test]
fn blank_recipients_are_less_certain_and_say_nothing_after_a_final_reply() {
    let blank = || queued(Known::Lost, 300);
    let fate = fate_with(blank(), Outcome::Deferred);
    assert_eq!(
        (fate.verdict, fate.certainty),
        (Verdict::Waiting, Certainty::Medium)
    );
    let fate = fate_with(blank(), Outcome::Refused);
    assert_eq!(
        (fate.verdict, fate.source),
        (Verdict::Bounced, Source::SendLog)
    );
}

#[test]
fn complete_copies_and_older_exports_say_nothing() {
    let not_waiting = |one| fate_with(one, Outcome::Deferred).source == Source::SendLog;
    assert!(not_waiting(queued(recipient(EVE, "Complete"), 300)));
    assert!(not_waiting(queued(recipient(EVE, "Retry"), 30)));
    assert!(not_waiting(queued(
        recipient("ann@fabrikam.com", "Retry"),
        300
    )));
    let copy = QueuedMessage {
        queue: Known::Value(QueueIdentity {
            server: Some("EX01".to_owned()),
            queue: "Shadow\\17".to_owned(),
        }),
        ..queued(recipient(EVE, "Retry"), 300)
    };
    assert!(not_waiting(copy));
    // A local time of an unknown zone may be fourteen hours earlier.
    let local = QueuedMessage {
        times_are_utc: false,
        ..queued(recipient(EVE, "Retry"), 300)
    };
    assert!(not_waiting(local));
}
