//! From rows to sessions: which rows belong together, over any number of files and chunks.
//!
//! In: [`crate::input::record::Row`]s of one stream. Out: [`Session`]s, each with a [`Digest`] of
//! its rows, in the order in which they end.
//! Must not know SMTP: only the digest reads what a row says.
//! Invariant: every row belongs to exactly one session, and other cuts of the input give the same
//! sessions.

pub mod assembly;
mod completeness;
pub mod contains;
mod crowd;
mod cut_rows;
pub mod frame;
mod groups;
pub mod join;
pub mod key;
pub mod log_parts;
pub mod open_row_search;
pub mod open_rows;
pub mod parallel;
pub mod sink;
pub mod stream_read;

pub use completeness::Completeness;
pub use frame::{Digest, Session};
