//! How much is kept at most.
//!
//! In: nothing. Out: [`Limits`], and what is beyond some of them.
//! What is beyond a limit is still counted, only in less detail.

use super::buckets::Ladder;

/// How much is kept at most.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Limits {
    /// Distinct texts of other rejections; the rest is counted together.
    pub(super) other_texts: usize,
    /// Occurrences that keep rows as proof: there may be as many as sender domains.
    pub(super) with_rows: usize,
    /// Sender domains of rejected mail that are told apart. There are as many as somebody sends with.
    pub(super) senders: usize,
    /// The times of TLS failures, and of the sessions that may retry them, per stream and send
    /// connector.
    pub(super) moments: Ladder,
}

/// Sender domains of rejected mail that are told apart.
pub const MOST_SENDERS: usize = 10_000;

/// Those of the program.
pub(super) static LIMITS: Limits = Limits {
    other_texts: 1_000,
    with_rows: 10_000,
    senders: MOST_SENDERS,
    moments: Ladder {
        lengths: &MOMENTS,
        most: 20_000,
    },
};

/// From a millisecond to ten weeks.
pub(super) const MOMENTS: [i64; 9] = [
    1,
    1_000,
    10_000,
    60_000,
    300_000,
    3_600_000,
    86_400_000,
    604_800_000,
    6_048_000_000,
];

/// What is not kept of sessions with very many messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LongSessions {
    /// Rejections of which only the number is known.
    pub rejections: u64,
    /// Accepted recipients of which only the number is known.
    pub accepted: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_divides_the_next() {
        for pair in MOMENTS.windows(2) {
            assert_eq!(pair[1] % pair[0], 0);
        }
    }
}
