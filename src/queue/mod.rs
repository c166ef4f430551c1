//! Exports of the queues of the local Exchange, and the logs that Exchange writes of them.
//!
//! In: rows of `Get-Queue` and `Get-Message` as [`crate::tenant::export`] reads them, Transport Queue
//! Logs, and `QueueSnapShot.xml`. Out: [`Queues`] with typed queues and messages.
//! Must not know sessions or causes, and must not open files.
//! Invariant: a value that an export lost is [`Known::Lost`](crate::tenant::Known), never empty. Shadow
//! queues hold copies, which wait for nobody.
//!
//! 1. [`row`] reads a row of an export, [`log`] a Transport Queue Log, and [`snapshot`] the file of the
//!    newest state.
//! 2. [`load`] combines them, and decides how old each one is. `settle` says what became of each state.
//! 3. [`online`] says which queue holds mail for Exchange Online.

mod field;
#[cfg(test)]
mod form_tests;
mod identity;
pub mod load;
pub mod log;
pub mod model;
pub mod online;
mod recipients;
pub mod row;
mod settle;
pub mod snapshot;

pub use model::{
    Afterwards, AsOf, CurrentQueues, LastError, Queue, QueueIdentity, QueuedMessage,
    QueuedRecipient, Queues,
};
