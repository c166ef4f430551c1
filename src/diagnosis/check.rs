//! A check: an entry that looks at configuration or logs and needs no failure.
//!
//! In: a [`CheckContext`]. Out: findings and undetermined values, into a [`CheckOutput`].
//! Must not report one thing twice, and must not report a value that an export lost.

use super::check_context::CheckContext;
use super::finding::{CheckOutput, Finding};
use super::queue_context::QueueContext;
use super::rule::Rule;

/// A check of configuration or logs.
pub trait Check: Rule {
    /// Adds what the check finds, and what it could not determine.
    fn check(&self, context: &CheckContext<'_>, output: &mut CheckOutput);

    /// Adds to a finding about a send connector what one of its queues shows. The queues are asked from
    /// the one with the most messages on, until one has something to add: then this returns true.
    fn heed_queue(&self, _finding: &mut Finding, _queue: &QueueContext<'_>) -> bool {
        false
    }
}
