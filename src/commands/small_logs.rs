//! Whether logs are so small that messages are followed beside a diagnosis.
//!
//! In: the size of logs. Out: yes or no.
//! Must not read anything.

/// The size of send logs and message tracking logs together up to which messages are followed beside a
/// diagnosis.
const LARGEST: u64 = 256 * 1024 * 1024;

/// Whether messages are followed in logs of so many bytes.
pub(super) fn are_small(bytes: u64) -> bool {
    bytes <= LARGEST
}
