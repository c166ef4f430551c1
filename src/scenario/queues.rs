//! Makes queues for the tests of causes, and asks a cause about one.
//!
//! In: an error. Out: a queue to Exchange Online with it, its context, and what a cause makes of it.
//! Must not be used outside tests.

use crate::attribution::name_match::Strictness;
use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::check_context::{CheckContext, LogReading};
use crate::diagnosis::queue_context::QueueContext;
use crate::diagnosis::queue_status::Later;
use crate::input::timestamp::Timestamp;
use crate::language::Language;
use crate::onprem::{OnPremises, SendConnector};
use crate::queue::{Afterwards, AsOf, LastError, Queue, QueueIdentity, Queues};
use crate::scenario::exports::{NOW, on_premises};
use crate::tenant::Known;

/// The Guid of the send connector of [`queue_with`].
pub(crate) const GUID: &str = "6e4d3f9a-0b0c-4c5d-9e1f-223344556677";

/// A queue of three messages for Exchange Online with this last error.
pub(crate) fn queue_with(error: &str) -> Queue {
    let text = |text: &str| Known::Value(Some(text.to_owned()));
    let time = |text: &str| text.parse().expect("a time");
    Queue {
        identity: QueueIdentity {
            server: Some("EX01".to_owned()),
            queue: "41".to_owned(),
        },
        status: text("Retry"),
        delivery_type: text("DnsConnectorDelivery"),
        next_hop_category: text("External"),
        next_hop_domain: text("contoso.mail.onmicrosoft.com"),
        next_hop_connector: text(GUID),
        tls_domain: Known::Value(None),
        last_error: Known::Value(Some(LastError::of(error))),
        message_count: Known::Value(3),
        retry_count: Known::Value(9),
        first_retry: Known::Value(Some(time("2026-11-03T07:40:55Z"))),
        last_retry: Known::Value(Some(time("2026-11-03T09:12:03Z"))),
        next_retry: Known::Lost,
        times_are_utc: true,
        as_of: AsOf::At(time("2026-11-03T09:15:00Z")),
        afterwards: Afterwards::Nothing,
        file: "Queue.json".to_owned(),
        line: Some(3),
    }
}

/// Asks about the context of a queue beside these send connectors.
pub(crate) fn with_context<T>(
    queue: &Queue,
    connectors: &[SendConnector],
    ask: impl FnOnce(Option<QueueContext<'_>>) -> T,
) -> T {
    with_exports(queue, &on_premises(connectors.to_vec(), Vec::new()), ask)
}

/// Asks about the context of a queue beside these exports.
pub(crate) fn with_exports<T>(
    queue: &Queue,
    on_premises: &OnPremises,
    ask: impl FnOnce(Option<QueueContext<'_>>) -> T,
) -> T {
    let reading = LogReading::default();
    let later = Later::of(None, &Queues::default());
    let checks = CheckContext {
        tenants: &[],
        on_premises,
        logs: None,
        reading: &reading,
        now: Timestamp::parse(NOW).expect("a time"),
        strict: Strictness::Table,
        language: Language::English,
    };
    ask(QueueContext::new(&checks, &later, queue))
}

/// What a cause says about a queue with this error, where nothing else was exported.
pub(crate) fn of_error(cause: &dyn Cause, error: &str) -> Option<Diagnosis> {
    with_context(&queue_with(error), &[], |context| {
        cause.check_queue(&context?)
    })
}
