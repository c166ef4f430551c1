//! The rows of the picture: a send connector on a server, or on several that did the same.
//!
//! In: the rows of certificates and the incidents of a document. Out: groups of [`Lane`]s with their
//! counts on the common grid.
//! Must not draw.

use std::collections::BTreeMap;

use super::scale::float_of;
use crate::report::document::{CertificateRow, CertificateRun, Document};

/// Beyond so many rows, servers that did the same share one.
const MOST_SINGLE: usize = 12;

/// A row of the picture.
#[derive(Debug)]
pub(super) struct Lane<'a> {
    /// The streams: one, or those that did the same.
    pub(super) streams: Vec<&'a str>,
    /// What was offered there.
    pub(super) rows: Vec<&'a CertificateRow>,
    /// The numbers of the incidents there, from 0.
    pub(super) incidents: Vec<usize>,
}

/// A send connector with its rows.
#[derive(Debug)]
pub(super) struct Group<'a> {
    /// The send connector.
    pub(super) connector: &'a str,
    /// Its rows, those with incidents first.
    pub(super) lanes: Vec<Lane<'a>>,
}

/// The counts of a row in one period.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Counts {
    pub(super) accepted: f64,
    pub(super) rejected: f64,
    pub(super) dropped: f64,
}

/// All groups: first the send connectors of the incidents, in their order, then the others by name.
pub(super) fn groups(report: &Document) -> Vec<Group<'_>> {
    let mut by_connector: BTreeMap<&str, BTreeMap<&str, Vec<&CertificateRow>>> = BTreeMap::new();
    for row in report.certificates.iter().filter(|row| row.exchange_online) {
        let streams = by_connector.entry(&row.send_connector).or_default();
        streams.entry(&row.stream).or_default().push(row);
    }
    let single: usize = by_connector.values().map(BTreeMap::len).sum();
    let order = |connector: &str| {
        let mut incidents = report.incidents.iter();
        incidents
            .position(|incident| incident.send_connector == connector)
            .unwrap_or(usize::MAX)
    };
    let mut groups: Vec<Group<'_>> = by_connector
        .into_iter()
        .map(|(connector, streams)| {
            let lanes = streams.into_iter().map(|(stream, rows)| Lane {
                streams: vec![stream],
                rows,
                incidents: incidents_of(report, connector, stream),
            });
            let mut lanes: Vec<Lane<'_>> = lanes.collect();
            if single > MOST_SINGLE {
                lanes = folded(lanes);
            }
            lanes.sort_by_key(|lane| lane.incidents.is_empty());
            Group { connector, lanes }
        })
        .collect();
    groups.sort_by_key(|group| order(group.connector));
    groups
}

fn incidents_of(report: &Document, connector: &str, stream: &str) -> Vec<usize> {
    let incidents = report.incidents.iter().enumerate();
    incidents
        .filter(|(_, incident)| {
            incident.send_connector == connector
                && incident.streams.iter().any(|name| name == stream)
        })
        .map(|(number, _)| number)
        .collect()
}

/// Rows with the same incidents and the same certificates in the same order become one.
fn folded(lanes: Vec<Lane<'_>>) -> Vec<Lane<'_>> {
    let mut kinds: Vec<(Vec<String>, Lane<'_>)> = Vec::new();
    for mut lane in lanes {
        let sequence = sequence(&lane.rows);
        let alike = kinds
            .iter_mut()
            .find(|(known, other)| *known == sequence && other.incidents == lane.incidents);
        match alike {
            Some((_, other)) => {
                other.streams.append(&mut lane.streams);
                other.rows.append(&mut lane.rows);
            }
            None => kinds.push((sequence, lane)),
        }
    }
    kinds.into_iter().map(|(_, lane)| lane).collect()
}

/// The certificates in the order in which they were used, each use once.
fn sequence(rows: &[&CertificateRow]) -> Vec<String> {
    let mut runs: Vec<(&Option<String>, String)> = rows
        .iter()
        .flat_map(|row| {
            let name = format!("{:?} {:?}", row.thumbprint, row.offered);
            row.runs.iter().map(move |run| (&run.first, name.clone()))
        })
        .collect();
    runs.sort();
    runs.into_iter().map(|(_, name)| name).collect()
}

impl<'a> Lane<'a> {
    /// The counts of each period, as the mean of its servers.
    pub(super) fn counts(&self, bucket: impl Fn(&str) -> Option<u64>) -> BTreeMap<u64, Counts> {
        let servers = float_of(self.streams.len() as u64);
        let mut counts: BTreeMap<u64, Counts> = BTreeMap::new();
        for period in self.rows.iter().flat_map(|row| &row.timeline) {
            if let Some(number) = bucket(&period.start) {
                let sum = counts.entry(number).or_default();
                sum.accepted += float_of(period.accepted) / servers;
                sum.rejected += float_of(period.rejected) / servers;
                sum.dropped += float_of(period.dropped) / servers;
            }
        }
        counts
    }

    /// The sums of its rows: accepted, rejected, dropped.
    pub(super) fn sums(&self) -> (u64, u64, u64) {
        let sum = |of: fn(&CertificateRow) -> u64| self.rows.iter().map(|row| of(row)).sum();
        (
            sum(|row| row.accepted),
            sum(|row| row.rejected),
            sum(|row| row.dropped),
        )
    }

    /// The runs of its certificates in order of time. On several servers, runs of one certificate that
    /// overlap are one.
    pub(super) fn runs(&self) -> Vec<(&'a CertificateRow, String, String)> {
        let times = |run: &CertificateRun| Some((run.first.clone()?, run.last.clone()?));
        let mut runs: Vec<(&CertificateRow, String, String)> = self
            .rows
            .iter()
            .flat_map(|row| row.runs.iter().filter_map(times).map(|(a, b)| (*row, a, b)))
            .collect();
        runs.sort_by(|(_, a, _), (_, b, _)| a.cmp(b));
        let mut joined: Vec<(&CertificateRow, String, String)> = Vec::new();
        for (row, first, last) in runs {
            let same = joined.iter_mut().rev().find(|(other, ..)| {
                other.thumbprint == row.thumbprint && other.offered == row.offered
            });
            match same {
                Some((_, _, end)) if self.streams.len() > 1 && *end >= first => {
                    *end = last.max(end.clone());
                }
                _ => joined.push((row, first, last)),
            }
        }
        joined
    }
}
