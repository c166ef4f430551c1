//! Flows as records, and back.
//!
//! In: a [`Flow`] of one stream. Out: a [`FlowRecord`]. Or the other way round, checked.
//! Must not leave out what a flow may hold: each field is named.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aggregate::course::Course;
use crate::aggregate::flow::{CertificateId, Flow, FlowKey};
use crate::aggregate::reply_codes::ReplyCodes;
use crate::aggregate::timeline::Timeline;
use crate::smtp::peer::Peer;

use super::known::{Known, LoadedNames};
use super::series::{CountsRecord, CourseRecord};
use super::values::{
    Millis, RecordFault, RowRecord, count, enhanced, enhanced_text, evidence, millis, share,
    timestamp,
};

/// A certificate by its number in the stream, or its absence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CertificateRecordId {
    /// The number among the `certificate` records, from 0.
    Number(u32),
    /// None was offered.
    Absent,
    /// The log does not show whether one was offered.
    Unknown,
}

/// Rejections with one pair of codes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CodesRecord {
    /// The SMTP code.
    pub code: u16,
    /// The enhanced code.
    pub enhanced: Option<String>,
    /// How many.
    pub count: u64,
}

/// The rejections that ask for no cause, by codes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReplyCodesRecord {
    /// Those with counts of their own.
    pub codes: Vec<CodesRecord>,
    /// How many others there are.
    pub further: u64,
}

/// The sessions of one send connector that offered one certificate from one address to one kind of other
/// side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FlowRecord {
    /// The send connector, by the number of its name.
    pub connector: u32,
    /// The certificate offered.
    pub certificate: CertificateRecordId,
    /// The address that the other side saw, by the number of its name.
    pub source: Option<u32>,
    /// Who the other side is.
    pub peer: Peer,
    /// How many sessions.
    pub sessions: u64,
    /// How many of them are those of front ends without their hub.
    pub front_ends: u64,
    /// How many of them failed in TLS.
    pub failed_sessions: u64,
    /// The earliest beginning.
    pub first: Millis,
    /// The latest end.
    pub last: Millis,
    /// Recipients accepted.
    pub accepted: u64,
    /// Recipients rejected.
    pub rejected: u64,
    /// The rejections that ask for no cause.
    pub other_rejections: ReplyCodesRecord,
    /// Recipients accepted over time.
    pub accepted_over_time: CountsRecord,
    /// The sessions over time.
    pub course: CourseRecord,
    /// Recipients accepted by sender domain, by the number of its name.
    pub accepted_senders: Vec<(u32, u64)>,
    /// The earliest row that shows the certificate.
    pub certificate_evidence: Option<RowRecord>,
}

impl ReplyCodes {
    fn record(&self) -> ReplyCodesRecord {
        let codes = self.iter().map(|(code, enhanced, count)| CodesRecord {
            code,
            enhanced: enhanced_text(enhanced),
            count,
        });
        ReplyCodesRecord {
            codes: codes.collect(),
            further: self.further(),
        }
    }

    fn of_record(record: &ReplyCodesRecord) -> Result<ReplyCodes, RecordFault> {
        if record.codes.len() > ReplyCodes::MOST {
            return Err(RecordFault("codes"));
        }
        let mut codes = ReplyCodes::default();
        for one in &record.codes {
            let enhanced = enhanced(one.enhanced.as_deref())?;
            codes.add(one.code, enhanced, count(one.count)?);
        }
        codes.add_further(count(record.further)?);
        Ok(codes)
    }
}

impl FlowRecord {
    pub(super) fn of(flow: &Flow) -> FlowRecord {
        let Flow {
            key,
            // The exports decide, once all of them are known.
            exchange_online: _,
            sessions,
            front_ends,
            failed_sessions,
            first,
            last,
            accepted,
            rejected,
            other_rejections,
            accepted_over_time,
            course,
            accepted_senders,
            certificate_evidence,
        } = flow;
        let FlowKey {
            // There is only one.
            stream: _,
            connector,
            certificate,
            source,
            peer,
            // Known once the halves are matched.
            front_end: _,
        } = key;
        let senders = accepted_senders.iter();
        FlowRecord {
            connector: connector.number(),
            certificate: match certificate {
                CertificateId::Known(number) => CertificateRecordId::Number(*number),
                CertificateId::Absent => CertificateRecordId::Absent,
                CertificateId::Unknown => CertificateRecordId::Unknown,
            },
            source: source.map(|source| source.number()),
            peer: *peer,
            sessions: *sessions,
            front_ends: *front_ends,
            failed_sessions: *failed_sessions,
            first: millis(*first),
            last: millis(*last),
            accepted: *accepted,
            rejected: *rejected,
            other_rejections: other_rejections.record(),
            accepted_over_time: accepted_over_time.record(),
            course: course.record(),
            accepted_senders: senders
                .map(|(domain, count)| (domain.number(), *count))
                .collect(),
            certificate_evidence: certificate_evidence.as_ref().map(RowRecord::of),
        }
    }

    pub(super) fn flow(&self, known: &Known<'_>) -> Result<Flow, RecordFault> {
        let names: &LoadedNames = known.names;
        let certificate = match self.certificate {
            CertificateRecordId::Number(number) if (number as usize) < known.certificates => {
                CertificateId::Known(number)
            }
            CertificateRecordId::Number(_) => return Err(RecordFault("certificate")),
            CertificateRecordId::Absent => CertificateId::Absent,
            CertificateRecordId::Unknown => CertificateId::Unknown,
        };
        let source = self.source.map(|source| names.get(source)).transpose()?;
        let sessions = count(self.sessions)?;
        let mut flow = Flow::new(FlowKey {
            stream: 0,
            connector: names.get(self.connector)?,
            certificate,
            source,
            peer: self.peer,
            front_end: None,
        });
        flow.sessions = sessions;
        flow.front_ends = share(self.front_ends, sessions)?;
        flow.failed_sessions = share(self.failed_sessions, sessions)?;
        flow.first = timestamp(self.first)?;
        flow.last = timestamp(self.last)?;
        flow.accepted = count(self.accepted)?;
        flow.rejected = count(self.rejected)?;
        flow.other_rejections = ReplyCodes::of_record(&self.other_rejections)?;
        flow.accepted_over_time = Timeline::of_record(&self.accepted_over_time)?;
        flow.course = Course::of_record(&self.course)?;
        for (domain, recipients) in &self.accepted_senders {
            let known = flow.accepted_senders.entry(names.get(*domain)?);
            *known.or_default() = count(*recipients)?;
        }
        flow.certificate_evidence = evidence(self.certificate_evidence.as_ref(), known.files)?;
        Ok(flow)
    }
}
