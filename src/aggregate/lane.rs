//! A lane: the sessions of one stream and send connector that offered one certificate from one
//! address.
//!
//! In: sessions, one by one. Out: their number, period, outcome and senders.
//! Causes ask about groups (send connector and certificate), which are several lanes together.

use rustc_hash::FxHashMap;

use crate::input::timestamp::Timestamp;
use crate::smtp::certificate::Offered;
use crate::smtp::evidence::Evidence;

use super::intern::Name;
use super::timeline::Timeline;

/// A certificate by its index in [`super::Aggregate::certificates`], or its absence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CertificateId {
    /// The one at this index.
    Known(u32),
    /// None was offered.
    Absent,
    /// The input does not show whether one was offered.
    Unknown,
}

/// What makes a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LaneKey {
    /// The stream's index.
    pub stream: usize,
    /// The send connector.
    pub connector: Name,
    /// The certificate offered.
    pub certificate: CertificateId,
    /// The address that the other side saw.
    pub source: Option<Name>,
    /// The other side is Exchange Online.
    pub exchange_online: bool,
}

/// The sessions of a lane.
#[derive(Debug, Clone)]
pub struct Lane {
    /// What makes it.
    pub key: LaneKey,
    /// How many sessions.
    pub sessions: u64,
    /// How many of them failed in TLS.
    pub failed_sessions: u64,
    /// The earliest beginning.
    pub first: Timestamp,
    /// The latest end.
    pub last: Timestamp,
    /// Recipients accepted.
    pub accepted: u64,
    /// Recipients rejected, for whatever reason.
    pub rejected: u64,
    /// Recipients accepted over time.
    pub accepted_over_time: Timeline,
    /// Recipients accepted by sender domain; the empty name is the null sender.
    pub accepted_senders: FxHashMap<Name, u64>,
    /// The earliest row that shows its certificate.
    pub certificate_evidence: Option<Evidence>,
}

impl Lane {
    /// A lane without sessions.
    pub fn new(key: LaneKey) -> Lane {
        Lane {
            key,
            sessions: 0,
            failed_sessions: 0,
            first: Timestamp::UNKNOWN,
            last: Timestamp::UNKNOWN,
            accepted: 0,
            rejected: 0,
            accepted_over_time: Timeline::default(),
            accepted_senders: FxHashMap::default(),
            certificate_evidence: None,
        }
    }

    /// Learns of a row that shows its certificate.
    pub(super) fn show(&mut self, offered: &Offered) {
        let known = self.certificate_evidence.as_ref();
        if known.is_none_or(|known| offered.evidence.place < known.place) {
            self.certificate_evidence = Some(offered.evidence.clone());
        }
    }
}
