//! What halves of proxied conversations consist of, as records, and back.
//!
//! In: the TLS side, the rejections and the rows of a half. Out: records. Or the other way round, checked.
//! Must not leave out what they may hold: each field is named.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::input::timestamp::Timestamp;
use crate::smtp::command::Verb;
use crate::smtp::evidence::Evidence;
use crate::smtp::facts::{Accepted, Distrust, Tls};
use crate::smtp::rejections::{Rejection, Rejections};

use super::values::{Millis, RecordFault, RowRecord, millis, timestamp};

/// The row and the time of something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TimedRowRecord {
    /// When.
    pub time: Millis,
    /// The row.
    pub row: RowRecord,
}

impl TimedRowRecord {
    pub(super) fn of((time, row): &(Timestamp, Evidence)) -> TimedRowRecord {
        TimedRowRecord {
            time: millis(*time),
            row: RowRecord::of(row),
        }
    }

    pub(super) fn back(
        record: Option<&TimedRowRecord>,
        files: u32,
    ) -> Result<Option<(Timestamp, Evidence)>, RecordFault> {
        record
            .map(|record| Ok((timestamp(record.time)?, record.row.evidence(files)?)))
            .transpose()
    }
}

/// Our own side has refused the certificate of the other side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DistrustRecord {
    /// The error.
    pub error: String,
    /// When.
    pub time: Millis,
    /// The row that says so.
    pub row: RowRecord,
}

/// The TLS side of a half.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HalfTlsRecord {
    /// STARTTLS was offered; `null` without an EHLO reply.
    pub offered: Option<bool>,
    /// Banner or EHLO reply is masked.
    pub masked: bool,
    /// STARTTLS was issued.
    pub requested: bool,
    /// The protocol agreed on.
    pub protocol: Option<String>,
    /// The error of the failed negotiation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The row of the failed negotiation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<TimedRowRecord>,
    /// Our own side does not trust the certificate of the other side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distrust: Option<DistrustRecord>,
}

/// A certificate and the row that shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OfferedRecord {
    /// The number among the `half_certificate` records, from 0.
    pub certificate: u32,
    /// The row.
    pub row: RowRecord,
}

/// A rejection in a half.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RejectionRecord {
    /// When.
    pub time: Millis,
    /// The command that it answers.
    pub verb: Option<Verb>,
    /// The envelope sender.
    pub sender: Option<String>,
    /// The recipient.
    pub recipient: Option<String>,
    /// The number of the message in the session, from 0.
    pub message: Option<u32>,
    /// The SMTP code.
    pub code: u16,
    /// The text behind the code.
    pub text: String,
    /// The row.
    pub row: RowRecord,
}

/// Recipients accepted in one minute, by sender domain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AcceptedRecord {
    /// The time of the reply that took the message.
    pub time: Millis,
    /// The sender's domain.
    pub sender_domain: String,
    /// How many recipients.
    pub recipients: u32,
}

impl AcceptedRecord {
    pub(super) fn of(one: &Accepted) -> AcceptedRecord {
        let Accepted {
            time,
            sender_domain,
            recipients,
        } = one;
        AcceptedRecord {
            time: millis(*time),
            sender_domain: sender_domain.to_string(),
            recipients: *recipients,
        }
    }

    pub(super) fn back(&self) -> Result<Accepted, RecordFault> {
        Ok(Accepted {
            time: timestamp(self.time)?,
            sender_domain: self.sender_domain.as_str().into(),
            recipients: self.recipients,
        })
    }
}

impl RejectionRecord {
    pub(super) fn all(rejections: &Rejections) -> Vec<RejectionRecord> {
        let said = rejections.iter().zip(rejections.texts());
        said.map(|(rejection, text)| RejectionRecord::of(&rejection, &text))
            .collect()
    }

    pub(super) fn of(rejection: &Rejection<'_>, text: &str) -> RejectionRecord {
        let Rejection {
            time,
            verb,
            sender,
            recipient,
            message,
            reply,
            row,
        } = rejection;
        RejectionRecord {
            time: millis(*time),
            verb: *verb,
            sender: sender.as_deref().map(str::to_owned),
            recipient: recipient.as_deref().map(str::to_owned),
            message: *message,
            code: reply.code,
            text: text.to_owned(),
            row: RowRecord::of(&row.evidence()),
        }
    }

    pub(super) fn add_to(
        &self,
        rejections: &mut Rejections,
        files: u32,
    ) -> Result<(), RecordFault> {
        let row = self.row.evidence(files)?;
        let time = timestamp(self.time)?;
        let said = (self.code, self.text.as_str(), time, row.row());
        let (sender, recipient) = (self.sender.as_deref(), self.recipient.as_deref());
        rejections.restore(said, (self.verb, sender, recipient, self.message));
        Ok(())
    }
}

impl HalfTlsRecord {
    pub(super) fn of(tls: &Tls) -> HalfTlsRecord {
        let Tls {
            offered,
            masked,
            requested,
            protocol,
            error,
            failure,
            distrust,
        } = tls;
        let text = |text: &Option<Arc<str>>| text.as_deref().map(str::to_owned);
        HalfTlsRecord {
            offered: *offered,
            masked: *masked,
            requested: *requested,
            protocol: text(protocol),
            error: text(error),
            failure: failure.as_ref().map(TimedRowRecord::of),
            distrust: distrust.as_ref().map(|distrust| {
                let Distrust { error, time, row } = distrust;
                DistrustRecord {
                    error: error.to_string(),
                    time: millis(*time),
                    row: RowRecord::of(row),
                }
            }),
        }
    }

    pub(super) fn tls(&self, files: u32) -> Result<Tls, RecordFault> {
        let text = |text: &Option<String>| text.as_deref().map(Arc::from);
        let distrust = self.distrust.as_ref().map(|distrust| {
            Ok::<_, RecordFault>(Distrust {
                error: distrust.error.as_str().into(),
                time: timestamp(distrust.time)?,
                row: distrust.row.evidence(files)?,
            })
        });
        Ok(Tls {
            offered: self.offered,
            masked: self.masked,
            requested: self.requested,
            protocol: text(&self.protocol),
            error: text(&self.error),
            failure: TimedRowRecord::back(self.failure.as_ref(), files)?,
            distrust: distrust.transpose()?,
        })
    }
}
