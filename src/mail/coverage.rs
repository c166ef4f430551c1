//! How far the input reaches: what it would have shown if it had happened.
//!
//! In: nothing. Out: plain types, filled by the caller.
//! Must not decide fates.

use std::collections::BTreeSet;

use crate::input::timestamp::Timestamp;

/// How long Exchange tries by default before it gives a message up, in milliseconds.
pub const EXPIRY: i64 = 2 * 24 * 3_600_000;

/// Four times the longest default interval between two attempts, in milliseconds.
pub const LONGEST_PAUSE: i64 = 2 * 3_600_000;

/// How far the input reaches.
#[derive(Debug, Clone)]
pub struct Coverage {
    /// The streams, by index.
    pub streams: Vec<StreamCoverage>,
    /// The send connectors whose error policies are not the default, in lower case.
    pub error_policies: BTreeSet<String>,
    /// How long a message is tried before it is given up, in milliseconds.
    pub expiry: i64,
}

impl Default for Coverage {
    fn default() -> Coverage {
        Coverage {
            streams: Vec::new(),
            error_policies: BTreeSet::new(),
            expiry: EXPIRY,
        }
    }
}

/// How far the logs of one stream reach.
#[derive(Debug, Clone, Default)]
pub struct StreamCoverage {
    /// The server, where the path shows it.
    pub server: Option<String>,
    /// The latest row.
    pub last: Timestamp,
    /// Periods without logs: a file is missing, or there is no row where many are usual.
    pub gaps: Vec<(Timestamp, Timestamp)>,
}

/// The coverage of logs of which nothing is known.
pub static UNKNOWN: StreamCoverage = StreamCoverage {
    server: None,
    last: Timestamp::UNKNOWN,
    gaps: Vec::new(),
};

impl StreamCoverage {
    /// Whether logs are missing after a time.
    pub fn has_gap_after(&self, time: Timestamp) -> bool {
        self.gaps.iter().any(|(_, end)| *end > time)
    }
}

impl Coverage {
    /// The coverage of a stream; nothing is known of one that was not given.
    pub fn stream(&self, index: usize) -> &StreamCoverage {
        self.streams.get(index).unwrap_or(&UNKNOWN)
    }

    /// Whether a send connector has error policies of its own.
    pub fn has_error_policies(&self, connector: &str) -> bool {
        !self.error_policies.is_empty()
            && self
                .error_policies
                .contains(&connector.to_ascii_lowercase())
    }
}
