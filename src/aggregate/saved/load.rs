//! From records, which anybody may have written, to what is kept of the sessions of one stream.
//!
//! In: [`AggregateRecord`]s, each behind those that it names. Out: a [`StreamAggregate`].
//! Must not take what the program cannot have written.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::aggregate::activity::Activity;
use crate::aggregate::buckets::{Buckets, Ladder};
use crate::aggregate::collect::Aggregate;
use crate::aggregate::course::Course;
use crate::aggregate::failure::Failure;
use crate::aggregate::flow::{Flow, Flows, StreamConnector};
use crate::aggregate::fold::StreamAggregate;
use crate::aggregate::limits::LongSessions;
use crate::aggregate::timeline::Timeline;
use crate::smtp::certificate::Certificate;

use super::known::{Known, LoadedNames};
use super::occurrence::OtherRejectionsRecord;
use super::record::{
    ActivityRecord, AggregateRecord, CertificateRecord, ConnectorMomentsRecord, FailuresRecord,
    SessionsRecord,
};
use super::series::{moments, values};
use super::values::{RecordFault, count, enhanced, share, timestamp};

/// The lists that a record may name are longer in no digest.
const MOST: usize = u32::MAX as usize;

/// Takes the records of one stream.
#[derive(Debug)]
pub struct Loader {
    aggregate: Aggregate,
    names: LoadedNames,
    half_certificates: Vec<Arc<Certificate>>,
    files: u32,
}

impl Loader {
    /// For a stream of so many files.
    pub fn new(files: u32) -> Loader {
        Loader {
            aggregate: Aggregate::default(),
            names: LoadedNames::default(),
            half_certificates: Vec::new(),
            files,
        }
    }

    /// Takes the next record.
    ///
    /// # Errors
    /// If the program cannot have written it.
    pub fn take(&mut self, record: &AggregateRecord) -> Result<(), RecordFault> {
        match record {
            AggregateRecord::Sessions(record) => self.sessions(record),
            AggregateRecord::Activity(record) => self.activity(record),
            AggregateRecord::Names(record) => {
                let texts = record.texts.iter();
                texts
                    .map(String::as_str)
                    .try_for_each(|text| self.name(text))
            }
            AggregateRecord::Certificate(record) => self.certificate(record),
            AggregateRecord::Flow(record) => {
                let flow = record.flow(&self.known())?;
                add_flow(&mut self.aggregate.flows, flow)
            }
            AggregateRecord::EarlierFlow(record) => {
                let flow = record.flow(&self.known())?;
                add_flow(&mut self.aggregate.earlier, flow)
            }
            AggregateRecord::Occurrence(record) => {
                let one = record.occurrence(&self.known())?;
                let is_new = self.aggregate.occurrences.restore(one);
                is_new.then_some(()).ok_or(RecordFault("occurrence"))
            }
            AggregateRecord::SessionSet(record) => {
                let occurrences = &mut self.aggregate.occurrences;
                let (mut set, count) = record.set(occurrences.list().len())?;
                let [session_sets, _] = occurrences.sets_mut();
                session_sets.count(&mut set, count);
                Ok(())
            }
            AggregateRecord::MessageSet(record) => {
                let occurrences = &mut self.aggregate.occurrences;
                let (mut set, count) = record.set(occurrences.list().len())?;
                let [_, message_sets] = occurrences.sets_mut();
                message_sets.count(&mut set, count);
                Ok(())
            }
            AggregateRecord::OtherRejections(record) => self.other_rejections(record),
            AggregateRecord::Failures(record) => self.failures(record),
            AggregateRecord::Retries(record) => {
                let ladder = &self.aggregate.limits.moments;
                let one = connector_moments(record, &self.names, ladder)?;
                add_moments(&mut self.aggregate.retries, one)
            }
            AggregateRecord::Drops(record) => {
                let one = connector_moments(record, &self.names, Course::ladder())?;
                add_moments(&mut self.aggregate.drops, one)
            }
            AggregateRecord::HalfCertificate(record) => {
                self.half_certificates.push(Arc::new(record.certificate()?));
                Ok(())
            }
            AggregateRecord::Half(record) => {
                let half = record.half(&self.known(), &self.half_certificates)?;
                self.aggregate.halves.keep(half);
                Ok(())
            }
        }
    }

    /// All records have come.
    pub fn finish(self) -> StreamAggregate {
        StreamAggregate(self.aggregate)
    }

    fn known(&self) -> Known<'_> {
        Known {
            names: &self.names,
            certificates: self.aggregate.certificates.list().len(),
            flows: self.aggregate.flows.list().len(),
            files: self.files,
        }
    }

    fn sessions(&mut self, record: &SessionsRecord) -> Result<(), RecordFault> {
        let sessions = count(record.sessions)?;
        let aggregate = &mut self.aggregate;
        aggregate.sessions = sessions;
        aggregate.sessions_left_out = share(record.left_out, sessions)?;
        aggregate.exchange_online_sessions = share(record.exchange_online, sessions)?;
        if sessions > 0 {
            aggregate.sessions_by_stream.insert(0, sessions);
        }
        aggregate.long_sessions = LongSessions {
            rejections: count(record.long_rejections)?,
            accepted: count(record.long_accepted)?,
        };
        aggregate
            .occurrences
            .restore_rejections(count(record.rejections)?);
        Ok(())
    }

    fn activity(&mut self, record: &ActivityRecord) -> Result<(), RecordFault> {
        let activity = Activity {
            first: timestamp(record.first)?,
            last: timestamp(record.last)?,
            over_time: Timeline::of_record(&record.over_time)?,
            without_start: Timeline::of_record(&record.without_start)?,
            without_end: Timeline::of_record(&record.without_end)?,
        };
        self.aggregate.activity.insert(0, activity);
        Ok(())
    }

    fn name(&mut self, text: &str) -> Result<(), RecordFault> {
        let number = self.names.0.len();
        let name = self.aggregate.names.name(text);
        if name.index() != number || number >= MOST {
            return Err(RecordFault("texts"));
        }
        self.names.0.push(name);
        Ok(())
    }

    fn certificate(&mut self, record: &CertificateRecord) -> Result<(), RecordFault> {
        let certificates = &mut self.aggregate.certificates;
        let number = certificates.list().len();
        let given = certificates.number(&Arc::new(record.certificate()?));
        if given as usize != number || number >= MOST {
            return Err(RecordFault("certificate"));
        }
        Ok(())
    }

    fn other_rejections(&mut self, record: &OtherRejectionsRecord) -> Result<(), RecordFault> {
        let codes = (record.code, enhanced(record.enhanced.as_deref())?);
        let others = self.aggregate.occurrences.others_mut();
        let most = self.aggregate.limits.other_texts;
        for (text, times) in &record.texts {
            others.add(codes, text, count(*times)?, most);
        }
        others.add_further(codes, count(record.further)?);
        Ok(())
    }

    fn failures(&mut self, record: &FailuresRecord) -> Result<(), RecordFault> {
        let known = self.known();
        let connector = self.names.get(record.connector)?;
        let ladder = &self.aggregate.limits.moments;
        let failures = values(&record.failures, ladder, |failure| {
            let time = timestamp(failure.time)?.known();
            let flow = failure.flow as usize;
            if flow >= known.flows {
                return Err(RecordFault("flow"));
            }
            Ok(Failure {
                time: time.ok_or(RecordFault("time"))?,
                flow,
                tls: failure.tls.tls(known.names)?,
                row: failure.row.evidence(known.files)?,
            })
        })?;
        let before = self.aggregate.failures.insert((0, connector), failures);
        before
            .is_none()
            .then_some(())
            .ok_or(RecordFault("connector"))
    }
}

fn add_flow(flows: &mut Flows, flow: Flow) -> Result<(), RecordFault> {
    let number = flows.list().len();
    if flows.number(flow.key) != number || number >= MOST {
        return Err(RecordFault("flow"));
    }
    *flows.flow(number) = flow;
    Ok(())
}

fn connector_moments(
    record: &ConnectorMomentsRecord,
    names: &LoadedNames,
    ladder: &'static Ladder,
) -> Result<(StreamConnector, Buckets<()>), RecordFault> {
    let connector = names.get(record.connector)?;
    Ok(((0, connector), moments(&record.moments, ladder)?))
}

fn add_moments(
    known: &mut BTreeMap<StreamConnector, Buckets<()>>,
    (connector, moments): (StreamConnector, Buckets<()>),
) -> Result<(), RecordFault> {
    let before = known.insert(connector, moments);
    before
        .is_none()
        .then_some(())
        .ok_or(RecordFault("connector"))
}

impl CertificateRecord {
    fn certificate(&self) -> Result<Certificate, RecordFault> {
        let date = |date| timestamp(date).map(|date| date.known());
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'A'..=b'F').contains(&byte);
        let is_whole = |text: &String| text.len() == 40 && text.bytes().all(is_digit);
        if !self.thumbprint.as_ref().is_none_or(is_whole) {
            return Err(RecordFault("thumbprint"));
        }
        Ok(Certificate {
            subject: self.subject.clone(),
            issuer: self.issuer.clone(),
            undivided: self.undivided.clone(),
            serial: self.serial.clone(),
            thumbprint: self.thumbprint.clone(),
            not_before: date(self.not_before)?,
            not_after: date(self.not_after)?,
            names: self.names.clone(),
        })
    }
}
