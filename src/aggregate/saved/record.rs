//! The records of an aggregate.
//!
//! In: nothing. Out: [`AggregateRecord`].
//! Must not be changed without a new version of the form: digests that were written are read for good.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::flow::FlowRecord;
use super::half::HalfRecord;
use super::occurrence::{OccurrenceRecord, OtherRejectionsRecord, SetRecord, TlsRecord};
use super::series::{CountsRecord, MomentsRecord, SeriesRecord};
use super::values::{Millis, RowRecord};

/// A piece of what is kept of the sessions of one stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum AggregateRecord {
    /// How many sessions there are.
    Sessions(SessionsRecord),
    /// When there were sessions.
    Activity(ActivityRecord),
    /// Texts, which other records name by their numbers: those of all of these records together, from 0.
    Names(NamesRecord),
    /// A certificate that was offered.
    Certificate(CertificateRecord),
    /// The sessions of one kind.
    Flow(FlowRecord),
    /// The same before the period asked for.
    EarlierFlow(FlowRecord),
    /// A kind of rejection or failure.
    Occurrence(OccurrenceRecord),
    /// How many sessions have one set of occurrences.
    SessionSet(SetRecord),
    /// How many messages have one set of occurrences.
    MessageSet(SetRecord),
    /// Rejections that ask for no cause.
    OtherRejections(OtherRejectionsRecord),
    /// The failed negotiations that a retry may follow.
    Failures(FailuresRecord),
    /// When sessions began that may be such a retry.
    Retries(ConnectorMomentsRecord),
    /// When sessions ended that were dropped or not connected.
    Drops(ConnectorMomentsRecord),
    /// A certificate of halves.
    HalfCertificate(CertificateRecord),
    /// Half of a proxied conversation.
    Half(Box<HalfRecord>),
}

/// Texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NamesRecord {
    /// The texts.
    pub texts: Vec<String>,
}

/// A certificate as a log describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CertificateRecord {
    /// The subject.
    pub subject: Option<String>,
    /// The issuer.
    pub issuer: Option<String>,
    /// Subject and issuer as one text, where they could not be separated.
    pub undivided: Option<String>,
    /// The serial number.
    pub serial: Option<String>,
    /// The thumbprint.
    pub thumbprint: Option<String>,
    /// The start of its validity.
    pub not_before: Millis,
    /// The end of its validity.
    pub not_after: Millis,
    /// The alternate names.
    pub names: Vec<String>,
}

/// How many sessions there are, and what is known of all of them together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SessionsRecord {
    /// All of them.
    pub sessions: u64,
    /// Those outside the period or the send connectors asked for.
    pub left_out: u64,
    /// Those with Exchange Online.
    pub exchange_online: u64,
    /// All 4xx and 5xx replies.
    pub rejections: u64,
    /// Rejections of very long sessions of which only the number is known.
    pub long_rejections: u64,
    /// Accepted recipients of very long sessions of which only the number is known.
    pub long_accepted: u64,
}

/// When there were sessions, and when they were cut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ActivityRecord {
    /// The earliest row.
    pub first: Millis,
    /// The latest row.
    pub last: Millis,
    /// Beginnings and ends of sessions.
    pub over_time: CountsRecord,
    /// Sessions without a beginning.
    pub without_start: CountsRecord,
    /// Sessions without an end.
    pub without_end: CountsRecord,
}

/// A failed negotiation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FailureRecord {
    /// When.
    pub time: Millis,
    /// The number of the flow.
    pub flow: u32,
    /// TLS.
    pub tls: TlsRecord,
    /// The row.
    pub row: RowRecord,
}

/// The failed negotiations of a send connector, the latest one of each short time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FailuresRecord {
    /// The send connector, by the number of its name.
    pub connector: u32,
    /// The failures over time.
    pub failures: SeriesRecord<FailureRecord>,
}

/// Times of a send connector.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConnectorMomentsRecord {
    /// The send connector, by the number of its name.
    pub connector: u32,
    /// The times.
    pub moments: MomentsRecord,
}
