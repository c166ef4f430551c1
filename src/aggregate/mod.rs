//! What `diagnose` keeps of all sessions: counts by send connector, certificate and kind of
//! refusal, with first times, time lines and a few rows as proof.
//!
//! In: [`crate::smtp::facts::SessionFacts`] in a fixed order. Out: an [`Aggregate`].
//! Must not know tenants or rules, and keeps no session, but for hub sessions that wait for their
//! front-end half.
//! Invariant: every refusal is in exactly one occurrence or among the other rejections.

pub mod activity;
mod certificates;
pub mod collect;
mod domains;
mod failure;
pub mod intern;
pub mod lane;
mod lane_numbers;
pub mod occurrence;
mod occurrences;
pub mod proxy;
pub mod tally;
pub mod timeline;
pub mod totals;

pub use collect::Collector;
pub use totals::Aggregate;
