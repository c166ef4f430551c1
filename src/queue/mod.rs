//! Exports of the queues of the local Exchange, and the logs that Exchange writes of them.
//!
//! In: rows of `Get-Queue` and `Get-Message` as [`crate::tenant::export`] reads them, Transport Queue
//! Logs, and `QueueSnapShot.xml`. Out: [`Queues`] with typed queues and messages.
//! Must not know sessions or causes, and must not open files.
//! Invariant: a value that an export lost is [`Known::Lost`](crate::tenant::Known), never empty. Shadow
//! queues hold copies, which wait for nobody.

pub mod model;

pub use model::{AsOf, LastError, Queue, QueueIdentity, QueuedMessage, QueuedRecipient, Queues};
