//! A flow: the sessions of one stream and send connector that offered one certificate from one
//! address to one kind of other side.
//!
//! In: sessions, one by one. Out: `Flows`, which know their number, period, outcome and senders.
//! Causes ask about groups (send connector and certificate), which are several flows together.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use crate::input::place::LinePlace;
use crate::input::timestamp::Timestamp;
use crate::smtp::evidence::{Evidence, ProofRow};

use crate::smtp::facts::ProxyPart;
use crate::smtp::peer::Peer;
use crate::smtp::view::SessionView;

use super::course::Course;
use super::domains::Domains;
use super::failure::Failed;
use super::intern::{Interner, Name};
use super::reply_codes::ReplyCodes;
use super::timeline::Timeline;

/// A certificate by its index in [`super::Totals::certificates`], or its absence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CertificateId {
    /// The one at this index.
    Known(u32),
    /// None was offered.
    Absent,
    /// The input does not show whether one was offered.
    Unknown,
}

/// A stream and a send connector.
pub(super) type StreamConnector = (usize, Name);

/// What makes a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FlowKey {
    /// The stream's index.
    pub stream: usize,
    /// The send connector.
    pub connector: Name,
    /// The certificate offered.
    pub certificate: CertificateId,
    /// The address that the other side saw.
    pub source: Option<Name>,
    /// Who the other side is, as far as the sessions show.
    pub peer: Peer,
    /// The stream of the front end that carried the sessions on, which offered the certificate.
    pub front_end: Option<usize>,
}

impl FlowKey {
    /// The stream whose server offered the certificate.
    pub fn offering_stream(&self) -> usize {
        self.front_end.unwrap_or(self.stream)
    }
}

/// The sessions of a flow.
#[derive(Debug, Clone, PartialEq)]
pub struct Flow {
    /// What makes it.
    pub key: FlowKey,
    /// The other side is Exchange Online. The exports may know more than the sessions show.
    pub exchange_online: bool,
    /// How many sessions.
    pub sessions: u64,
    /// How many of them are those of front ends whose hub's log is not in the input, so that their
    /// messages are unknown.
    pub front_ends: u64,
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
    /// The rejections that ask for no cause, of recipients, messages and sessions.
    pub other_rejections: ReplyCodes,
    /// Recipients accepted over time.
    pub accepted_over_time: Timeline,
    /// Its sessions over time.
    pub course: Course,
    /// Recipients accepted by sender domain; the empty name is the null sender.
    pub accepted_senders: BTreeMap<Name, u64>,
    /// The earliest row that shows its certificate.
    pub certificate_evidence: Option<Evidence>,
}

impl Flow {
    /// A flow without sessions.
    pub fn new(key: FlowKey) -> Flow {
        Flow {
            key,
            exchange_online: key.peer.is_exchange_online(),
            sessions: 0,
            front_ends: 0,
            failed_sessions: 0,
            first: Timestamp::UNKNOWN,
            last: Timestamp::UNKNOWN,
            accepted: 0,
            rejected: 0,
            other_rejections: ReplyCodes::default(),
            accepted_over_time: Timeline::default(),
            course: Course::default(),
            accepted_senders: BTreeMap::new(),
            certificate_evidence: None,
        }
    }

    /// Counts a session, which failed in this way.
    pub(super) fn count(
        &mut self,
        names: &mut Interner,
        domains: &mut Domains,
        session: &SessionView<'_>,
        failed: Option<Failed>,
    ) {
        self.sessions += 1;
        let is_front_end = matches!(session.proxy, ProxyPart::FrontEnd { .. });
        self.front_ends += u64::from(is_front_end);
        self.failed_sessions += u64::from(matches!(failed, Some(Failed::Tls(_))));
        self.course.session(session, failed);
        self.first = self.first.earlier(session.started);
        self.last = self.last.later(session.ended);
        self.accepted += u64::from(session.accepted);
        self.rejected += u64::from(session.rejected);
        for accepted in session.accepted_by {
            let count = u64::from(accepted.recipients);
            self.accepted_over_time.add(accepted.time, count);
            let domain = domains.name(names, &accepted.sender_domain);
            *self.accepted_senders.entry(domain).or_default() += count;
        }
        if let Some(shown) = session.certificate {
            self.show(shown.row);
        }
    }

    /// Adds the sessions that another part has of it, whose names `name` translates.
    pub(super) fn merge(&mut self, part: &Flow, name: impl Fn(Name) -> Name) {
        self.sessions += part.sessions;
        self.front_ends += part.front_ends;
        self.failed_sessions += part.failed_sessions;
        self.first = self.first.earlier(part.first);
        self.last = self.last.later(part.last);
        self.accepted += part.accepted;
        self.rejected += part.rejected;
        self.other_rejections.merge(&part.other_rejections);
        self.accepted_over_time.merge(&part.accepted_over_time);
        self.course.merge(&part.course);
        for (domain, count) in &part.accepted_senders {
            *self.accepted_senders.entry(name(*domain)).or_default() += count;
        }
        if let Some(row) = &part.certificate_evidence {
            self.show(row.row());
        }
    }

    /// Learns of a row that shows its certificate.
    fn show(&mut self, row: ProofRow<'_>) {
        let known = self.certificate_evidence.as_ref();
        if known.is_none_or(|known| row.place < known.place) {
            self.certificate_evidence = Some(row.evidence());
        }
    }
}

/// The flows of a part.
#[derive(Debug, Clone, Default)]
pub(super) struct Flows {
    list: Vec<Flow>,
    numbers: FxHashMap<FlowKey, usize>,
}

impl Flows {
    /// The number of a flow.
    pub(super) fn number(&mut self, key: FlowKey) -> usize {
        *self.numbers.entry(key).or_insert_with(|| {
            self.list.push(Flow::new(key));
            self.list.len() - 1
        })
    }

    /// All of them, by number.
    pub(super) fn list(&self) -> &[Flow] {
        &self.list
    }

    /// The one with this number.
    pub(super) fn flow(&mut self, number: usize) -> &mut Flow {
        &mut self.list[number]
    }

    /// Shows the place of each row that is kept as proof, to be changed.
    pub(super) fn each_place(&mut self, change: &mut dyn FnMut(&mut LinePlace)) {
        let rows = self.list.iter_mut();
        let rows = rows.filter_map(|flow| flow.certificate_evidence.as_mut());
        rows.for_each(|row| change(&mut row.place));
    }

    /// All of them, by number.
    pub(super) fn into_list(self) -> Vec<Flow> {
        self.list
    }
}
