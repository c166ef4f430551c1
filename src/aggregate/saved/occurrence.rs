//! Occurrences as records, and back.
//!
//! In: what [`crate::aggregate::occurrences::Occurrences`] hold of one stream. Out: records. Or the other way round, checked.
//! Must not leave out what an occurrence may hold: each field is named.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aggregate::intern::Name;
use crate::aggregate::occurrence::{
    EVIDENCE_ROWS, Kind, Occurrence, OccurrenceKey, SenderKind, Step, TlsState, Validity,
};
use crate::aggregate::occurrences::Unresolved;
use crate::aggregate::senders::Senders;
use crate::aggregate::timeline::Times;
use crate::smtp::reply::Class;

use super::known::{Known, LoadedNames};
use super::series::TimesRecord;
use super::values::{
    Millis, RecordFault, RowRecord, count, enhanced, enhanced_text, evidence, millis, timestamp,
};

/// The TLS side of sessions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TlsRecord {
    /// STARTTLS was offered; `null` without an EHLO reply.
    pub offered: Option<bool>,
    /// Banner or EHLO reply is masked.
    pub masked: bool,
    /// STARTTLS was issued.
    pub requested: bool,
    /// The handshake was finished.
    pub negotiated: bool,
    /// The error of the failed negotiation, by the number of its name.
    pub error: Option<u32>,
    /// The issuer of the other side's certificate, by the number of its name.
    pub remote_issuer: Option<u32>,
    /// Why our own side does not trust that certificate, by the number of its name.
    pub distrust: Option<u32>,
    /// The handshake agreed on TLS 1.3.
    pub is_tls_1_3: bool,
}

impl TlsRecord {
    pub(super) fn of(tls: &TlsState) -> TlsRecord {
        let TlsState {
            offered,
            masked,
            requested,
            negotiated,
            error,
            remote_issuer,
            distrust,
            is_tls_1_3,
        } = *tls;
        let number = |name: Option<Name>| name.map(Name::number);
        TlsRecord {
            offered,
            masked,
            requested,
            negotiated,
            error: number(error),
            remote_issuer: number(remote_issuer),
            distrust: number(distrust),
            is_tls_1_3,
        }
    }

    pub(super) fn tls(&self, names: &LoadedNames) -> Result<TlsState, RecordFault> {
        let name = |number: Option<u32>| number.map(|number| names.get(number)).transpose();
        Ok(TlsState {
            offered: self.offered,
            masked: self.masked,
            requested: self.requested,
            negotiated: self.negotiated,
            error: name(self.error)?,
            remote_issuer: name(self.remote_issuer)?,
            distrust: name(self.distrust)?,
            is_tls_1_3: self.is_tls_1_3,
        })
    }
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KindRecord {
    /// The other side refused.
    Reply {
        /// The SMTP code.
        code: u16,
        /// The enhanced code.
        enhanced: Option<String>,
        /// The ATTR number, by the number of its name.
        attr: Option<u32>,
        /// The sentence, by the number of its name.
        sentence: u32,
        /// The class of the codes.
        class: Class,
    },
    /// TLS failed before any message.
    TlsFailure,
    /// A session ended without a reply, at this step.
    Dropped(Step),
    /// No connection came about.
    NotConnected,
}

impl KindRecord {
    /// `None` for what only the analysis makes.
    fn of(kind: &Kind) -> Option<KindRecord> {
        Some(match kind {
            Kind::Reply {
                code,
                enhanced,
                attr,
                sentence,
                class,
            } => KindRecord::Reply {
                code: *code,
                enhanced: enhanced_text(*enhanced),
                attr: attr.map(Name::number),
                sentence: sentence.number(),
                class: *class,
            },
            Kind::TlsFailure => KindRecord::TlsFailure,
            Kind::Dropped(step) => KindRecord::Dropped(*step),
            Kind::NotConnected => KindRecord::NotConnected,
            Kind::NothingDelivered => return None,
        })
    }

    fn kind(&self, names: &LoadedNames) -> Result<Kind, RecordFault> {
        Ok(match self {
            KindRecord::Reply {
                code,
                enhanced: text,
                attr,
                sentence,
                class,
            } => Kind::Reply {
                code: *code,
                enhanced: enhanced(text.as_deref())?,
                attr: attr.map(|attr| names.get(attr)).transpose()?,
                sentence: names.get(*sentence)?,
                class: *class,
            },
            KindRecord::TlsFailure => Kind::TlsFailure,
            KindRecord::Dropped(step) => Kind::Dropped(*step),
            KindRecord::NotConnected => Kind::NotConnected,
        })
    }
}

/// The sender of the rejected mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SenderRecord {
    /// Not in the log.
    Unknown,
    /// `<>`.
    Null,
    /// An address under this domain, by the number of its name.
    Domain(u32),
    /// One of very many domains.
    Many,
}

/// A kind of rejection or failure, with how often and when it occurred.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OccurrenceRecord {
    /// The number of the flow.
    pub flow: u32,
    /// What happened.
    pub kind: KindRecord,
    /// To whose mail.
    pub sender: SenderRecord,
    /// TLS.
    pub tls: TlsRecord,
    /// The session's beginning is not in the log.
    pub start_missing: bool,
    /// The time against the validity of the certificate.
    pub validity: Validity,
    /// Where the sessions may retry a failed negotiation: when they began. Where they were dropped or not
    /// connected: when they ended. In milliseconds, as far as times are told apart.
    pub moment: Millis,
    /// How often.
    pub count: u64,
    /// The first time.
    pub first: Millis,
    /// The last time.
    pub last: Millis,
    /// Over time.
    pub over_time: TimesRecord,
    /// The hashes of the senders.
    pub senders: Vec<u64>,
    /// The first rows.
    pub evidence: Vec<RowRecord>,
    /// The row that shows the state of TLS or the proxying.
    pub background: Option<RowRecord>,
}

impl OccurrenceRecord {
    /// `None` for what only the analysis makes.
    pub(super) fn of(one: &Unresolved) -> Option<OccurrenceRecord> {
        let Unresolved { occurrence, moment } = one;
        let Occurrence {
            key,
            count,
            first,
            last,
            over_time,
            senders,
            evidence,
            background,
        } = occurrence;
        let OccurrenceKey {
            flow,
            kind,
            sender,
            tls,
            start_missing,
            // Known once halves are matched, and once all sessions have come.
            frontend_missing: _,
            follows_failure: _,
            validity,
            stretch: _,
        } = key;
        Some(OccurrenceRecord {
            flow: u32::try_from(*flow).unwrap_or(u32::MAX),
            kind: KindRecord::of(kind)?,
            sender: match sender {
                SenderKind::Unknown => SenderRecord::Unknown,
                SenderKind::Null => SenderRecord::Null,
                SenderKind::Domain(domain) => SenderRecord::Domain(domain.number()),
                SenderKind::Many => SenderRecord::Many,
            },
            tls: TlsRecord::of(tls),
            start_missing: *start_missing,
            validity: *validity,
            moment: *moment,
            count: *count,
            first: millis(*first),
            last: millis(*last),
            over_time: over_time.record(),
            senders: senders.hashes().to_vec(),
            evidence: evidence.iter().map(RowRecord::of).collect(),
            background: background.as_ref().map(RowRecord::of),
        })
    }

    pub(super) fn occurrence(&self, known: &Known<'_>) -> Result<Unresolved, RecordFault> {
        let names = known.names;
        let flow = self.flow as usize;
        if flow >= known.flows {
            return Err(RecordFault("flow"));
        }
        let mut one = Occurrence::new(OccurrenceKey {
            flow,
            kind: self.kind.kind(names)?,
            sender: match self.sender {
                SenderRecord::Unknown => SenderKind::Unknown,
                SenderRecord::Null => SenderKind::Null,
                SenderRecord::Domain(domain) => SenderKind::Domain(names.get(domain)?),
                SenderRecord::Many => SenderKind::Many,
            },
            tls: self.tls.tls(names)?,
            start_missing: self.start_missing,
            frontend_missing: false,
            follows_failure: false,
            validity: self.validity,
            stretch: None,
        });
        one.count = count(self.count)?;
        one.first = timestamp(self.first)?;
        one.last = timestamp(self.last)?;
        one.over_time = Times::of_record(&self.over_time)?;
        one.senders = Senders::of_hashes(&self.senders).ok_or(RecordFault("senders"))?;
        if self.evidence.len() > EVIDENCE_ROWS {
            return Err(RecordFault("evidence"));
        }
        for row in &self.evidence {
            one.prove(row.evidence(known.files)?.row());
        }
        one.background = evidence(self.background.as_ref(), known.files)?;
        Ok(Unresolved {
            occurrence: one,
            moment: timestamp(self.moment)?.known().map(|time| time.millis()),
        })
    }
}

/// How many sessions or messages have one set of occurrences.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SetRecord {
    /// The numbers of the occurrences, in order.
    pub occurrences: Vec<u32>,
    /// How many have exactly these.
    pub count: u64,
}

impl SetRecord {
    pub(super) fn of(set: &[usize], count: u64) -> SetRecord {
        let numbers = set.iter();
        let number = |number: &usize| u32::try_from(*number).unwrap_or(u32::MAX);
        SetRecord {
            occurrences: numbers.map(number).collect(),
            count,
        }
    }

    pub(super) fn set(&self, occurrences: usize) -> Result<(Vec<usize>, u64), RecordFault> {
        let numbers = self.occurrences.iter().map(|number| *number as usize);
        let numbers: Vec<usize> = numbers.collect();
        let are_known = numbers.iter().all(|number| *number < occurrences);
        let are_sorted = numbers.is_sorted_by(|one, other| one < other);
        if numbers.is_empty() || !are_known || !are_sorted {
            return Err(RecordFault("occurrences"));
        }
        Ok((numbers, count(self.count)?))
    }
}

/// Rejections that ask for no cause, of one pair of codes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OtherRejectionsRecord {
    /// The SMTP code.
    pub code: u16,
    /// The enhanced code.
    pub enhanced: Option<String>,
    /// The texts with counts of their own.
    pub texts: Vec<(String, u64)>,
    /// How many have other texts.
    pub further: u64,
}
