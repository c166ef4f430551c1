//! What is known of all sessions once the last has been taken.
//!
//! In: filled by [`super::Aggregate::finish`]. Out: plain counts for rules and report.
//! Must not decide anything. Invariant: everything is in an order that follows from its content,
//! so equal inputs give equal totals, whatever parts they were read in.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::smtp::certificate::Certificate;
use crate::smtp::reply::Enhanced;

use super::activity::Activity;
use super::flow::Flow;
use super::intern::{Interner, Name};
use super::limits::LongSessions;
use super::occurrence::Occurrence;

/// A rejection that asks for no cause: code, enhanced code and sentence.
pub type OtherKey = (u16, Option<Enhanced>, Box<str>);

/// What is known of all sessions.
#[derive(Debug, Default, PartialEq)]
pub struct Totals {
    /// All strings, sorted.
    pub names: Interner,
    /// The distinct certificates offered, by thumbprint.
    pub certificates: Vec<Arc<Certificate>>,
    /// The flows, by key.
    pub flows: Vec<Flow>,
    /// The flows of the sessions before the period asked for, by key. Only those with a certificate.
    pub earlier: Vec<Flow>,
    /// The occurrences, by key.
    pub occurrences: Vec<Occurrence>,
    /// The length of the stretches in which sessions were dropped or not connected, in milliseconds,
    /// by stream and send connector.
    pub drop_lengths: BTreeMap<(usize, Name), i64>,
    /// Per distinct set of occurrences that one session has: how many sessions have it.
    pub session_sets: BTreeMap<Vec<usize>, u64>,
    /// Likewise for messages.
    pub message_sets: BTreeMap<Vec<usize>, u64>,
    /// Rejections that ask for no cause.
    pub other_rejections: BTreeMap<OtherKey, u64>,
    /// All 4xx and 5xx replies.
    pub rejections: u64,
    /// All sessions, those that were left out included.
    pub sessions: u64,
    /// Sessions outside the period or connectors asked for.
    pub sessions_left_out: u64,
    /// Sessions to Exchange Online.
    pub exchange_online_sessions: u64,
    /// All sessions by stream.
    pub sessions_by_stream: BTreeMap<usize, u64>,
    /// When each stream had sessions, those outside the period asked for included.
    pub activity: BTreeMap<usize, Activity>,
    /// What is not kept of sessions with very many messages.
    pub long_sessions: LongSessions,
}
