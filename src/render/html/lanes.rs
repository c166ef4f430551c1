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

/// The sums of a row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sums {
    /// Recipients accepted.
    pub(super) accepted: u64,
    /// Rejections of the incidents, counted as they are there.
    pub(super) rejected: u64,
    /// Rejections that belong to no incident.
    pub(super) other: u64,
    /// Sessions without a reply.
    pub(super) dropped: u64,
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

    /// The sums of its rows.
    pub(super) fn sums(&self, report: &Document) -> Sums {
        let sum =
            |of: fn(&CertificateRow) -> u64| -> u64 { self.rows.iter().map(|row| of(row)).sum() };
        let incidents = self
            .incidents
            .iter()
            .map(|number| &report.incidents[*number]);
        let effects = incidents.flat_map(|incident| &incident.by_stream);
        let here = effects.filter(|effect| self.streams.contains(&effect.stream.as_str()));
        let mut rejected: u64 = here.map(|effect| effect.replies).sum();
        let mut other = sum(|row| row.other_rejections);
        // An incident that options left out has no numbers. Then only recipients are known.
        if report.hidden.incidents > 0 || rejected + other == 0 {
            (rejected, other) = (sum(|row| row.rejected), 0);
        }
        Sums {
            accepted: sum(|row| row.accepted),
            rejected,
            other,
            dropped: sum(|row| row.dropped),
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::hostile_tests::{empty, hostile_incident};
    use crate::report::document::{Hidden, Incident, StreamEffect};

    fn sums(replies: u64, hidden: u64) -> Sums {
        let effect = |stream: &str| StreamEffect {
            stream: stream.to_owned(),
            replies,
            dropped: 0,
            senders: None,
            accepted: 0,
            first: None,
            last: None,
        };
        let report = Document {
            incidents: vec![Incident {
                by_stream: vec![effect("EX01"), effect("EX02")],
                ..hostile_incident()
            }],
            hidden: Hidden {
                incidents: hidden,
                ..Hidden::default()
            },
            ..empty()
        };
        let row = CertificateRow {
            accepted: 3,
            rejected: 7,
            other_rejections: 1,
            ..CertificateRow::default()
        };
        let lane = Lane {
            streams: vec!["EX01"],
            rows: vec![&row],
            incidents: vec![0],
        };
        lane.sums(&report)
    }

    #[test]
    fn rejections_of_a_row_are_counted_as_in_its_incidents() {
        // Seven recipients were rejected by five replies, and one reply had another reason.
        let sums_of = sums(4, 0);
        assert_eq!((sums_of.rejected, sums_of.other), (4, 1));
        assert_eq!(sums(0, 0).other, 1);
    }

    #[test]
    fn with_incidents_left_out_only_recipients_are_known() {
        let sums = sums(4, 1);
        assert_eq!((sums.accepted, sums.rejected, sums.other), (3, 7, 0));
    }
}
