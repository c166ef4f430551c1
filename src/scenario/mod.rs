//! Makes logs and exports for unit tests, in a few lines each.
//!
//! In: sessions, tenants and connectors as a test describes them. Out: what one cause or check
//! finds in them, by way of the real stages.
//! Must not be used outside tests: the module is compiled for tests only.

pub(crate) mod exports;
pub(crate) mod logs;
pub(crate) mod mail;
pub(crate) mod queues;
pub(crate) mod tracking;
