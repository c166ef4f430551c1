//! What the logs show of each stream and send connector, kept for many questions.
//!
//! In: nothing. Out: plain types, which [`super::still_needed`] fills.
//! Must not decide anything.

use std::collections::BTreeMap;

use crate::aggregate::flow::CertificateId;
use crate::aggregate::intern::Name;
use crate::input::timestamp::Timestamp;

/// A stream and a send connector.
pub(super) type Lane = (usize, Name);

/// What the sessions of a lane offered.
#[derive(Debug, Default)]
pub(super) struct Offered {
    /// The certificate of the latest session.
    pub(super) latest: Option<(CertificateId, Timestamp)>,
    /// One of them matched the connector.
    pub(super) matched: bool,
    /// No connector matches the latest one, and mail with it was rejected.
    pub(super) rejected: bool,
}

/// What the logs show of all lanes, with one inbound connector in mind.
#[derive(Debug)]
pub(super) struct Logged {
    pub(super) lanes: BTreeMap<Lane, Offered>,
    /// The lanes that need the old name or yet another one, if they have not changed. Of those whose
    /// latest certificate is the same, the first.
    pub(super) demanding: Vec<Lane>,
    /// The streams of each send connector, by name in lower case.
    pub(super) streams: BTreeMap<String, Vec<usize>>,
}
