//! What became of the mail: each message that was rejected or deferred, followed over sessions and
//! servers to its end.
//!
//! In: the mail transactions of sessions, rows of message tracking logs, exports of queues. Out: an
//! [`Attempt`] for each transaction, the [`followed::Followed`] messages, and a [`Fate`] for each of
//! their recipients.
//! Must not know causes or reports, and must not read files.
//! Invariant: a fate is never guessed. What the input does not show is [`fate::Verdict::Unknown`] with a
//! reason.

pub mod address;
pub mod attempt;
mod by_id;
pub mod case;
pub mod coverage;
pub mod decide;
pub mod fate;
pub mod followed;
pub mod message_id;
mod queue_rules;
pub mod queued;
mod send_rules;
pub mod shared_id;
pub mod tracked;
mod tracking_rules;

pub use attempt::Attempt;
pub use fate::Fate;
pub use followed::Followed;
