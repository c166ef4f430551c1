//! From what is kept of the sessions of one stream to records.
//!
//! In: a [`StreamAggregate`]. Out: [`AggregateRecord`]s, each behind those that it names.
//! Must not leave out what an aggregate may hold: each field is named.

use std::collections::BTreeMap;

use crate::aggregate::activity::Activity;
use crate::aggregate::buckets::Buckets;
use crate::aggregate::collect::Aggregate;
use crate::aggregate::failure::Failure;
use crate::aggregate::flow::StreamConnector;
use crate::aggregate::fold::StreamAggregate;
use crate::aggregate::half::Half;
use crate::aggregate::limits::LongSessions;
use crate::smtp::certificate::{Certificate, Offered};

use super::flow::FlowRecord;
use super::half::HalfRecord;
use super::known::HalfCertificates;
use super::occurrence::{OccurrenceRecord, OtherRejectionsRecord, SetRecord, TlsRecord};
use super::record::{
    ActivityRecord, AggregateRecord, CertificateRecord, ConnectorMomentsRecord, FailureRecord,
    FailuresRecord, NamesRecord, SessionsRecord,
};
use super::series::{moments_record, of_values};
use super::values::{RowRecord, enhanced_text, millis};

/// So many names are in one record.
const NAMES: usize = 1_000;

/// Takes records.
type Visit<'a, E> = &'a mut dyn FnMut(&AggregateRecord) -> Result<(), E>;

impl StreamAggregate {
    /// Shows the records.
    ///
    /// # Errors
    /// Whatever `visit` says.
    pub fn each_record<E>(&self, visit: Visit<'_, E>) -> Result<(), E> {
        let Aggregate {
            // The same for every digest.
            limits: _,
            names,
            // A memory of what is among the names.
            domains: _,
            certificates,
            flows,
            earlier,
            occurrences,
            failures,
            retries,
            drops,
            halves,
            sessions,
            sessions_left_out,
            exchange_online_sessions,
            // There is only one stream.
            sessions_by_stream: _,
            activity,
            long_sessions,
        } = &self.0;
        let LongSessions {
            rejections: long_rejections,
            accepted: long_accepted,
        } = *long_sessions;
        visit(&AggregateRecord::Sessions(SessionsRecord {
            sessions: *sessions,
            left_out: *sessions_left_out,
            exchange_online: *exchange_online_sessions,
            rejections: occurrences.rejections(),
            long_rejections,
            long_accepted,
        }))?;
        for activity in activity.values() {
            visit(&AggregateRecord::Activity(ActivityRecord::of(activity)))?;
        }
        for texts in names.texts().chunks(NAMES) {
            let texts = texts.iter().map(|text| text.to_string()).collect();
            visit(&AggregateRecord::Names(NamesRecord { texts }))?;
        }
        for certificate in certificates.list() {
            let record = CertificateRecord::of(certificate);
            visit(&AggregateRecord::Certificate(record))?;
        }
        for flow in flows.list() {
            visit(&AggregateRecord::Flow(FlowRecord::of(flow)))?;
        }
        for flow in earlier.list() {
            visit(&AggregateRecord::EarlierFlow(FlowRecord::of(flow)))?;
        }
        self.each_occurrence(visit)?;
        each_failure(failures, visit)?;
        for retries in retries {
            visit(&AggregateRecord::Retries(connector_moments(retries)))?;
        }
        for drops in drops {
            visit(&AggregateRecord::Drops(connector_moments(drops)))?;
        }
        each_half(halves.all(), visit)
    }

    fn each_occurrence<E>(&self, visit: Visit<'_, E>) -> Result<(), E> {
        let occurrences = &self.0.occurrences;
        for one in occurrences.list() {
            if let Some(record) = OccurrenceRecord::of(one) {
                visit(&AggregateRecord::Occurrence(record))?;
            }
        }
        let [session_sets, message_sets] = occurrences.sets();
        for (set, count) in session_sets.iter() {
            visit(&AggregateRecord::SessionSet(SetRecord::of(set, count)))?;
        }
        for (set, count) in message_sets.iter() {
            visit(&AggregateRecord::MessageSet(SetRecord::of(set, count)))?;
        }
        for (code, enhanced, texts, further) in occurrences.others().by_codes() {
            let texts = texts.map(|(text, count)| (text.to_owned(), count));
            let record = OtherRejectionsRecord {
                code,
                enhanced: enhanced_text(enhanced),
                texts: texts.collect(),
                further,
            };
            visit(&AggregateRecord::OtherRejections(record))?;
        }
        Ok(())
    }
}

fn connector_moments(
    ((_, connector), moments): (&StreamConnector, &Buckets<()>),
) -> ConnectorMomentsRecord {
    ConnectorMomentsRecord {
        connector: connector.number(),
        moments: moments_record(moments),
    }
}

fn each_failure<E>(
    failures: &BTreeMap<StreamConnector, Buckets<Failure>>,
    visit: Visit<'_, E>,
) -> Result<(), E> {
    for ((_, connector), failures) in failures {
        let failures = of_values(failures, |failure| {
            let Failure {
                time,
                flow,
                tls,
                row,
            } = failure;
            FailureRecord {
                time: millis(*time),
                flow: u32::try_from(*flow).unwrap_or(u32::MAX),
                tls: TlsRecord::of(tls),
                row: RowRecord::of(row),
            }
        });
        visit(&AggregateRecord::Failures(FailuresRecord {
            connector: connector.number(),
            failures,
        }))?;
    }
    Ok(())
}

fn each_half<E>(halves: impl Iterator<Item = Half>, visit: Visit<'_, E>) -> Result<(), E> {
    let mut certificates = HalfCertificates::default();
    for half in halves {
        for Offered { certificate, .. } in [&half.certificate, &half.remote_certificate]
            .into_iter()
            .flatten()
        {
            if certificates.add(certificate) {
                let record = CertificateRecord::of(certificate);
                visit(&AggregateRecord::HalfCertificate(record))?;
            }
        }
        let record = HalfRecord::of(&half, &certificates);
        visit(&AggregateRecord::Half(Box::new(record)))?;
    }
    Ok(())
}

impl CertificateRecord {
    fn of(certificate: &Certificate) -> CertificateRecord {
        let Certificate {
            subject,
            issuer,
            undivided,
            serial,
            thumbprint,
            not_before,
            not_after,
            names,
        } = certificate;
        CertificateRecord {
            subject: subject.clone(),
            issuer: issuer.clone(),
            undivided: undivided.clone(),
            serial: serial.clone(),
            thumbprint: thumbprint.clone(),
            not_before: not_before.and_then(millis),
            not_after: not_after.and_then(millis),
            names: names.clone(),
        }
    }
}

impl ActivityRecord {
    fn of(activity: &Activity) -> ActivityRecord {
        let Activity {
            first,
            last,
            over_time,
            without_start,
            without_end,
        } = activity;
        ActivityRecord {
            first: millis(*first),
            last: millis(*last),
            over_time: over_time.record(),
            without_start: without_start.record(),
            without_end: without_end.record(),
        }
    }
}
