//! Digests: what `diagnose` needs of the logs of some streams, in a small file.
//!
//! In: what was read of each stream. Out: a file of one JSON object on each line, compressed with zstd, and
//! the same back.
//! Must not hold a verdict, only facts: whoever reads a digest decides with what it knows. Must not trust a
//! file that it reads.
//! Invariant: a digest is the middle of `diagnose`, written down. What comes back of a stream is what the same
//! logs give.

mod attempt;
pub mod fault;
pub mod file_record;
pub mod fingerprint;
mod read;
pub mod record;
pub mod rest_record;
pub mod stream;
mod write;

pub use fault::DigestFault;
pub use read::read;
pub use stream::{
    ChosenLimits, DigestLog, HeldAttempt, LogDigest, StreamDigest, StreamMail, StreamRest,
};
pub use write::DigestWriter;
