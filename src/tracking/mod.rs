//! What message tracking logs say about messages: each step of a message, for each of its recipients.
//!
//! In: the tracking logs that were found, and which messages are wanted. Out: [`TrackingStep`]s, and
//! the counts of all lines.
//! Must not decide what became of a message, and must not know send logs or queues.
//! Invariant: every line is counted in exactly one of header, record, blank, malformed, and the steps
//! do not depend on the number of threads.
//!
//! To use it:
//! 1. `discover::find` lists the files in `Found::tracking`.
//! 2. Say what is wanted: [`Wanted::messages`] for known message ids, [`Wanted::events`] for all rows
//!    with these events, [`Wanted::everything`] for all rows.
//! 3. [`read::collect`] gives all steps in the order of their time. [`read::each_step`] gives them as
//!    they are read.
//! 4. A delivery report has a message id of its own, in [`Entry::reference`] of the FAIL row. To learn
//!    what became of the report, read again with [`Wanted::messages`] of these ids.

mod columns;
pub mod context;
pub mod event;
mod lines;
pub mod read;
mod row;
pub mod status;
pub mod step;
pub mod wanted;

pub use event::{Event, EventSet, Origin};
pub use status::{RecipientStatus, StatusKind};
pub use step::{Entry, TrackingStep};
pub use wanted::Wanted;
