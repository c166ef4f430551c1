//! A kind of refusal or TLS failure, with how often, when and where it occurred.
//!
//! In: refusals of Exchange Online that ask for a cause, and TLS failures. Out: one
//! [`Occurrence`] per distinct kind, so that a cause is decided once for all of its rows.

use std::sync::Arc;

use crate::input::timestamp::Timestamp;
use crate::smtp::certificate::Certificate;
use crate::smtp::facts::Evidence;
use crate::smtp::reply::{Class, Enhanced};

use super::intern::Name;
use super::timeline::Timeline;

/// The sender of a refused message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SenderKind {
    /// Not in the input.
    Unknown,
    /// `<>`.
    Null,
    /// An address under this domain.
    Domain(Name),
}

/// The TLS side as far as causes ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct TlsState {
    /// STARTTLS was offered; `None` without an EHLO reply.
    pub offered: Option<bool>,
    /// Banner or EHLO reply is masked.
    pub masked: bool,
    /// STARTTLS was issued.
    pub requested: bool,
    /// The handshake was finished.
    pub negotiated: bool,
    /// The error of the failed negotiation.
    pub error: Option<Name>,
    /// The issuer of the other side's certificate, where logged.
    pub remote_issuer: Option<Name>,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Exchange Online refused.
    Reply {
        /// The SMTP code.
        code: u16,
        /// The enhanced code.
        enhanced: Option<Enhanced>,
        /// The ATTR number.
        attr: Option<Name>,
        /// The sentence without brackets.
        sentence: Name,
        /// The class of the codes.
        class: Class,
    },
    /// TLS failed, or could not begin, before any message.
    TlsFailure,
}

/// What makes an occurrence: everything that a cause depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OccurrenceKey {
    /// Index of the lane.
    pub lane: usize,
    /// What happened.
    pub kind: Kind,
    /// To whose mail.
    pub sender: SenderKind,
    /// TLS.
    pub tls: TlsState,
    /// The session's beginning is not in the input.
    pub start_missing: bool,
    /// A hub session whose front-end half is not in the input.
    pub frontend_missing: bool,
    /// A session without TLS that followed a failed negotiation within a minute; lane and TLS
    /// state are those of the failed one.
    pub follows_failure: bool,
    /// The time lies outside the validity dates that the certificate's log row shows.
    pub validity: Validity,
}

/// A time against the validity of the certificate, as far as its log row shows dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Validity {
    /// Within, or the row shows no dates.
    NotOutside,
    /// Before the first day.
    Early,
    /// After the last day.
    Expired,
}

impl Validity {
    /// Compares a time with a certificate's dates.
    pub fn of(certificate: Option<&Certificate>, time: Timestamp) -> Validity {
        let Some(certificate) = certificate.filter(|_| time.is_known()) else {
            return Validity::NotOutside;
        };
        if certificate.not_after.is_some_and(|end| time > end) {
            Validity::Expired
        } else if certificate.not_before.is_some_and(|start| time < start) {
            Validity::Early
        } else {
            Validity::NotOutside
        }
    }
}

/// How often, when and where.
#[derive(Debug, Clone)]
pub struct Occurrence {
    /// What makes it.
    pub key: OccurrenceKey,
    /// Reply rows, or failures.
    pub count: u64,
    /// First time.
    pub first: Timestamp,
    /// Last time.
    pub last: Timestamp,
    /// Over time.
    pub over_time: Timeline,
    /// The first rows, as proof.
    pub evidence: Vec<Evidence>,
    /// The row that shows the state of TLS or the proxying, as proof.
    pub background: Option<Evidence>,
}

/// How many rows of an occurrence are kept as proof.
pub const EVIDENCE_ROWS: usize = 3;

impl Occurrence {
    /// One that has not occurred yet.
    pub fn new(key: OccurrenceKey, background: Option<Evidence>) -> Occurrence {
        Occurrence {
            key,
            count: 0,
            first: Timestamp::UNKNOWN,
            last: Timestamp::UNKNOWN,
            over_time: Timeline::default(),
            evidence: Vec::new(),
            background,
        }
    }

    /// Counts it once more.
    pub fn record(&mut self, time: Timestamp, evidence: Option<&Evidence>) {
        self.count += 1;
        self.first = self.first.earlier(time);
        self.last = self.last.later(time);
        self.over_time.add(time, 1);
        if self.evidence.len() < EVIDENCE_ROWS {
            self.evidence.extend(evidence.cloned());
        }
    }
}

/// What all occurrences of one session share.
pub(super) struct Placement {
    pub(super) lane: usize,
    pub(super) tls: TlsState,
    pub(super) start_missing: bool,
    pub(super) frontend_missing: bool,
    pub(super) follows_failure: bool,
    pub(super) certificate: Option<Arc<Certificate>>,
    pub(super) background: Option<Evidence>,
}

impl Placement {
    /// The key of an occurrence in this session.
    pub(super) fn key(&self, kind: Kind, sender: SenderKind, time: Timestamp) -> OccurrenceKey {
        OccurrenceKey {
            lane: self.lane,
            kind,
            sender,
            tls: self.tls,
            start_missing: self.start_missing,
            frontend_missing: self.frontend_missing,
            follows_failure: self.follows_failure,
            validity: Validity::of(self.certificate.as_deref(), time),
        }
    }
}
