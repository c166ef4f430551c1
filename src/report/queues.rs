//! The queues of the local Exchange in reports.
//!
//! In: [`Queues`]. Out: what was read of them, and the type for mail that waits.
//! Must not judge a queue.

use schemars::JsonSchema;
use serde::Serialize;

use crate::queue::Queues;

/// The mail that waits, or waited, in the queues of an incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct QueuedMail {
    /// The queues, such as `EX01\41`.
    pub queues: Vec<String>,
    /// The number of messages in them at the time of `as_of`. It is `null` if an export lost it.
    pub messages: Option<u64>,
    /// The time for which the exports show it. It is `null` if they do not say it.
    pub as_of: Option<String>,
}

/// What was read of the queues of the local Exchange.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct QueuesRead {
    /// The number of queues, without shadow queues.
    pub queues: u64,
    /// The number of messages, without copies in shadow queues. It is `null` if no export of messages was
    /// given.
    pub messages: Option<u64>,
    /// The files that were read.
    pub files: Vec<String>,
}

/// What was read of queues. `None` without exports and logs of them.
pub fn read(queues: &Queues) -> Option<QueuesRead> {
    let mut names: Vec<String> = queues
        .queues
        .iter()
        .filter(|queue| !queue.is_shadow())
        .map(|queue| queue.identity.to_string().to_lowercase())
        .collect();
    names.sort();
    names.dedup();
    (!queues.is_empty()).then(|| QueuesRead {
        queues: names.len() as u64,
        messages: queues
            .messages_exported
            .then(|| queues.waiting().count() as u64),
        files: queues.files.clone(),
    })
}
