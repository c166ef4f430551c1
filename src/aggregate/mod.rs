//! What `diagnose` keeps of all sessions: counts by send connector, certificate and kind of
//! rejection, with first times, time lines and a few rows as proof.
//!
//! In: sessions, in any order and in any parts. Out: an [`Aggregate`] of each part, which merges with others
//! into one for each stream. The [`StreamAggregate`]s are folded into one whole, and in the end there are
//! [`Totals`].
//! Must not know tenants or rules, and keeps no session, except the halves of proxied
//! conversations until they are matched.
//! Invariants: every rejection is in exactly one occurrence or among the other rejections. Merging
//! gives the same result in any order and from any parts: nothing depends on what came first, and
//! where something is capped, the smallest by content are kept.

pub mod activity;
mod buckets;
mod certificates;
mod collect;
pub mod course;
mod domains;
mod failure;
pub mod flow;
mod fold;
mod half;
mod halves;
pub mod intern;
mod kept;
mod limits;
mod merge;
mod nearest;
pub mod occurrence;
mod occurrences;
mod other;
pub mod proxy;
pub mod regroup;
pub mod reply_codes;
mod resolve;
pub mod saved;
pub mod senders;
mod sets;
pub mod silence;
pub mod timeline;
pub mod totals;
pub mod windows;

pub use collect::{Aggregate, LeftOut};
pub use fold::{StreamAggregate, StreamPlace};
pub use halves::FrontEndsAlone;
pub use limits::{LongSessions, MOST_SENDERS};
pub use totals::Totals;
