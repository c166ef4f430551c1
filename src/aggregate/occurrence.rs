//! A kind of rejection or TLS failure, with how often, when and where it occurred.
//!
//! In: rejections of Exchange Online that ask for a cause, and TLS failures. Out: one
//! [`Occurrence`] per distinct kind, so that a cause is decided once for all of its rows.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::input::place::LinePlace;
use crate::input::timestamp::Timestamp;
use crate::smtp::certificate::Certificate;
use crate::smtp::evidence::{Evidence, ProofRow};
use crate::smtp::facts::Tls;
use crate::smtp::peer::Peer;
use crate::smtp::reply::{Class, Enhanced};
use crate::smtp::view::SessionView;

use super::intern::{Interner, Name};
use super::senders::Senders;
use super::timeline::Times;

/// The sender of a refused message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SenderKind {
    /// Not in the input.
    Unknown,
    /// `<>`.
    Null,
    /// An address under this domain.
    Domain(Name),
    /// One of very many domains, which are not told apart.
    Many,
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
    /// Why our own side does not trust that certificate, where it does not.
    pub distrust: Option<Name>,
    /// The handshake agreed on TLS 1.3.
    pub is_tls_1_3: bool,
}

impl TlsState {
    /// The state of a session, whose other side showed this certificate.
    pub(super) fn of(names: &mut Interner, tls: &Tls, remote: Option<&Certificate>) -> TlsState {
        TlsState {
            offered: tls.offered,
            masked: tls.masked,
            requested: tls.requested,
            negotiated: tls.protocol.is_some(),
            error: tls.error.as_deref().map(|error| names.name(error)),
            remote_issuer: remote
                .and_then(|remote| remote.issuer.as_deref())
                .map(|issuer| names.name(issuer)),
            distrust: tls
                .distrust
                .as_ref()
                .map(|distrust| names.name(&distrust.error)),
            is_tls_1_3: tls.protocol.as_deref() == Some("TLS1_3"),
        }
    }
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
    /// A session ended without a reply, and nothing was accepted.
    Dropped(Step),
    /// No connection came about.
    NotConnected,
    /// Sessions in which nothing was delivered, for whatever reason. Only the analysis makes it.
    NothingDelivered,
}

/// The last step that a dropped session came to.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// The connection.
    Connected,
    /// The reply to EHLO.
    Ehlo,
    /// STARTTLS.
    StartTls,
    /// The TLS handshake succeeded.
    Handshake,
    /// A message began.
    Mail,
}

impl Step {
    /// The last step of a session.
    pub(super) fn of(session: &SessionView<'_>) -> Step {
        let tls = session.tls;
        if session.messages > 0 {
            Step::Mail
        } else if tls.protocol.is_some() {
            Step::Handshake
        } else if tls.requested || session.certificate.is_some() {
            Step::StartTls
        } else if tls.offered.is_some() {
            Step::Ehlo
        } else {
            Step::Connected
        }
    }
}

/// What makes an occurrence: everything that a cause depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OccurrenceKey {
    /// Index of the flow.
    pub flow: usize,
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
    /// A session without TLS that followed a failed negotiation within a minute; flow and TLS
    /// state are those of the failed one.
    pub follows_failure: bool,
    /// The time lies outside the validity dates that the certificate's log row shows.
    pub validity: Validity,
    /// For sessions that were dropped or not connected: the beginning of the stretch of time in which
    /// they ended, until it is decided whether they need a cause.
    pub stretch: Option<i64>,
}

/// A time against the validity of the certificate, as far as its log row shows dates.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
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
#[derive(Debug, Clone, PartialEq)]
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
    pub over_time: Times,
    /// The senders of the rejected mail.
    pub senders: Senders,
    /// The first rows, as proof.
    pub evidence: Vec<Evidence>,
    /// The row that shows the state of TLS or the proxying, as proof.
    pub background: Option<Evidence>,
}

/// How many rows of an occurrence are kept as proof.
pub const EVIDENCE_ROWS: usize = 3;

impl Occurrence {
    /// One that has not occurred yet.
    pub fn new(key: OccurrenceKey) -> Occurrence {
        Occurrence {
            key,
            count: 0,
            first: Timestamp::UNKNOWN,
            last: Timestamp::UNKNOWN,
            over_time: Times::default(),
            senders: Senders::default(),
            evidence: Vec::new(),
            background: None,
        }
    }

    /// Counts it once more.
    pub fn record(&mut self, time: Timestamp) {
        self.count += 1;
        self.first = self.first.earlier(time);
        self.last = self.last.later(time);
        self.over_time.add(time);
    }

    /// Shows a row that proves it; the first ones of the input are kept.
    pub fn prove(&mut self, row: ProofRow<'_>) {
        self.keep(row.place, || row.evidence());
    }

    fn keep(&mut self, place: LinePlace, evidence: impl FnOnce() -> Evidence) {
        let at = self.evidence.partition_point(|known| known.place < place);
        let is_known = self
            .evidence
            .get(at)
            .is_some_and(|known| known.place == place);
        if at < EVIDENCE_ROWS && !is_known {
            self.evidence.truncate(EVIDENCE_ROWS - 1);
            self.evidence.insert(at, evidence());
        }
    }

    /// Shows the row against which it happened; the first one of the input is kept.
    pub fn set_against(&mut self, row: ProofRow<'_>) {
        if self.is_background(row.place) {
            self.background = Some(row.evidence());
        }
    }

    fn is_background(&self, place: LinePlace) -> bool {
        let known = self.background.as_ref();
        known.is_none_or(|known| place < known.place)
    }

    /// True where it keeps any row.
    pub(super) fn has_rows(&self) -> bool {
        self.background.is_some() || !self.evidence.is_empty()
    }

    /// Shows the place of each row that is kept as proof, to be changed.
    pub(super) fn each_place(&mut self, change: &mut dyn FnMut(&mut LinePlace)) {
        let rows = self.evidence.iter_mut().chain(&mut self.background);
        rows.for_each(|row| change(&mut row.place));
    }

    /// Keeps no row.
    pub(super) fn drop_rows(&mut self) {
        self.background = None;
        self.evidence = Vec::new();
    }

    /// Adds what another part of the input has of it.
    pub fn merge(&mut self, other: &Occurrence) {
        self.count += other.count;
        self.first = self.first.earlier(other.first);
        self.last = self.last.later(other.last);
        self.over_time.merge(&other.over_time);
        self.senders.merge(&other.senders);
        for evidence in &other.evidence {
            self.keep(evidence.place, || evidence.clone());
        }
        if let Some(background) = &other.background
            && self.is_background(background.place)
        {
            self.background = Some(background.clone());
        }
    }
}

/// What all occurrences of one session share.
pub(super) struct Placement<'a> {
    pub(super) flow: usize,
    pub(super) tls: TlsState,
    pub(super) start_missing: bool,
    pub(super) frontend_missing: bool,
    /// Where the session may retry a failed negotiation: when it began, as a bucket. Where it was
    /// dropped or not connected: when it ended, as a stretch of time.
    pub(super) moment: Option<i64>,
    pub(super) certificate: Option<&'a Certificate>,
    pub(super) peer: Peer,
    pub(super) background: Option<ProofRow<'a>>,
}

impl Placement<'_> {
    /// The key of an occurrence in this session.
    pub(super) fn key(&self, kind: Kind, sender: SenderKind, time: Timestamp) -> OccurrenceKey {
        OccurrenceKey {
            flow: self.flow,
            kind,
            sender,
            tls: self.tls,
            start_missing: self.start_missing,
            frontend_missing: self.frontend_missing,
            follows_failure: false,
            validity: Validity::of(self.certificate, time),
            stretch: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn occurrence(lines: &[u32]) -> Occurrence {
        let mut one = Occurrence::new(OccurrenceKey {
            flow: 0,
            kind: Kind::TlsFailure,
            sender: SenderKind::Unknown,
            tls: TlsState::default(),
            start_missing: false,
            frontend_missing: false,
            follows_failure: false,
            validity: Validity::NotOutside,
            stretch: None,
        });
        for line in lines {
            let place = LinePlace {
                chunk: line / 10,
                line: line % 10,
            };
            one.record(Timestamp::from_millis(i64::from(*line)));
            one.prove(ProofRow {
                place,
                line: b"row",
            });
            one.set_against(ProofRow {
                place,
                line: b"state",
            });
        }
        one
    }

    fn places(one: &Occurrence) -> Vec<(u32, u32)> {
        let rows = one.background.iter().chain(&one.evidence);
        rows.map(|row| (row.place.chunk, row.place.line)).collect()
    }

    #[test]
    fn the_first_rows_of_the_input_prove_it_in_whatever_order_they_come() {
        let expected = [(0, 4), (0, 4), (0, 5), (1, 2)];
        assert_eq!(places(&occurrence(&[37, 5, 12, 20, 4, 5])), expected);
        let mut merged = occurrence(&[37, 12, 20]);
        merged.merge(&occurrence(&[5, 4, 5]));
        assert_eq!(places(&merged), expected);
        assert_eq!(
            (merged.count, merged.first.millis(), merged.last.millis()),
            (6, 4, 37)
        );
    }
}
