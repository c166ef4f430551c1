//! What is kept of the sessions of one stream as records, which a digest file holds, and back.
//!
//! In: a [`super::StreamAggregate`]. Out: [`AggregateRecord`]s in a fixed order. Or records that anybody may have
//! written, in any order in which each comes behind those that it names. Out: the [`super::StreamAggregate`].
//! Must not lose anything: what comes back is what was written, with the same numbers. Must not trust a
//! record: numbers are within their lists, times are times, and counts do not overflow when they are added
//! up.

mod flow;
mod half;
mod half_parts;
mod known;
mod load;
mod occurrence;
mod record;
mod save;
mod series;
mod values;

pub use half::HalfRecord;
pub use half_parts::RejectionRecord;
pub use load::Loader;
pub use occurrence::{KindRecord, SenderRecord, TlsRecord};
pub use record::{AggregateRecord, CertificateRecord};
pub use values::{LineRecord, Millis, RecordFault, RowRecord, TextRecord, count, timestamp};
