//! What message tracking logs show of the followed messages.
//!
//! In: [`TrackingStep`]s in any order. Out: the steps of each message by time, the delivery reports on it,
//! and how far the logs of each server reach.
//! Must not decide fates.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::by_id::ById;
use super::coverage::{self, StreamCoverage};
use super::message_id::MessageId;
use crate::input::timestamp::Timestamp;
use crate::onprem::model::is_routing_domain;
use crate::smtp::host;
use crate::tracking::context::DsnKind;
use crate::tracking::{Event, StatusKind, TrackingStep};

/// A step, and whether it is one on the way to Exchange Online.
#[derive(Debug, Clone)]
pub struct Step {
    /// The step.
    pub step: TrackingStep,
    /// Whether the row shows that the message goes to Exchange Online.
    pub goes_online: bool,
}

impl Step {
    /// When.
    pub fn time(&self) -> Timestamp {
        self.step.entry.time
    }

    /// What the row reports.
    pub fn event(&self) -> &Event {
        &self.step.entry.event
    }

    /// Whether the row says that a host outside of the organisation took the message.
    pub fn is_taken_outside(&self) -> bool {
        let status = &self.step.status;
        let is_good = match status.kind {
            StatusKind::Reply => status
                .text
                .as_deref()
                .is_some_and(|text| text.starts_with('2')),
            StatusKind::Empty => true,
            _ => false,
        };
        is_good
            && match self.event() {
                Event::SendExternal => true,
                // Exchange 2010 and 2013 have no event of their own for hosts outside.
                Event::Send => {
                    let hop = self.step.entry.next_hop().unwrap_or_default();
                    self.goes_online || is_online_host(hop)
                }
                _ => false,
            }
    }
}

/// A delivery report on a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The message id of the report.
    pub id: Option<MessageId>,
    /// The same as logged.
    pub text: Option<String>,
    /// When it was made.
    pub time: Timestamp,
    /// Whether it says that the message was not delivered. `None` if the row does not say what it is.
    pub is_failure: Option<bool>,
    /// The file and line of the first row that shows it.
    row: (usize, u64),
}

impl Report {
    /// Whether another row says the same.
    fn says_what(&self, other: &Report) -> bool {
        let (one, two) = (self, other);
        (&one.id, &one.text, one.time, one.is_failure)
            == (&two.id, &two.text, two.time, two.is_failure)
    }
}

/// The steps of all followed messages.
#[derive(Debug, Clone, Default)]
pub struct Tracked {
    steps: ById<Vec<Step>>,
    reports: ById<Vec<Report>>,
    servers: BTreeMap<String, StreamCoverage>,
}

impl Tracked {
    /// Adds a step. The same row may come again.
    pub fn add(&mut self, step: TrackingStep) {
        let entry = &step.entry;
        if entry.event == Event::Dsn {
            self.add_report(&step);
        }
        let Some((key, id)) = entry.message_key.zip(entry.message_id()) else {
            return;
        };
        if let Some(steps) = self.steps.entry_by(key, id, |_| Vec::new()) {
            let goes_online = false;
            steps.push(Step { step, goes_online });
        }
    }

    fn add_report(&mut self, step: &TrackingStep) {
        let entry = &step.entry;
        let Some((key, original)) = entry.reference_key.zip(entry.reference()) else {
            return;
        };
        let Some(reports) = self.reports.entry_by(key, original, |_| Vec::new()) else {
            return;
        };
        let kinds = entry.dsn;
        let report = Report {
            id: entry.message_id().and_then(MessageId::of),
            text: entry.message_id().map(str::to_owned),
            time: entry.time,
            is_failure: (!kinds.is_unknown()).then(|| kinds.has(DsnKind::Failure)),
            row: (entry.file, step.line),
        };
        match reports.iter_mut().find(|known| known.says_what(&report)) {
            Some(known) => known.row = known.row.min(report.row),
            None => reports.push(report),
        }
    }

    /// Says how far the logs of a server reach.
    pub fn cover(&mut self, server: &str, coverage: StreamCoverage) {
        let known = self.servers.entry(short_name(server)).or_default();
        known.last = known.last.later(coverage.last);
        known.gaps.extend(coverage.gaps);
    }

    /// All steps have come. It puts them into the order of their time, and takes each row once.
    /// `goes_online` says whether a step is one on the way to Exchange Online.
    pub fn finish(&mut self, goes_online: &(dyn Fn(&TrackingStep) -> bool + Sync)) {
        self.steps.change_all(|steps| {
            steps.sort_by_key(|one| {
                let entry = &one.step.entry;
                (entry.time, entry.file, one.step.line)
            });
            take_each_row_once(steps);
            for one in steps {
                one.goes_online = goes_online(&one.step);
            }
        });
        self.reports
            .change_all(|reports| reports.sort_by_key(|report| (report.time, report.row)));
    }

    /// The steps of a message, in the order of time.
    pub fn steps(&self, id: &MessageId) -> &[Step] {
        self.steps.get(id).map_or(&[], Vec::as_slice)
    }

    /// The delivery reports on a message.
    pub fn reports(&self, id: &MessageId) -> &[Report] {
        self.reports.get(id).map_or(&[], Vec::as_slice)
    }

    /// How far the logs of the server that wrote a step reach.
    pub fn coverage_of(&self, step: &Step) -> &StreamCoverage {
        let server = step.step.entry.server.as_deref().unwrap_or_default();
        self.servers
            .get(&short_name(server))
            .unwrap_or(&coverage::UNKNOWN)
    }

    /// Whether a host is a server whose tracking log is in the input.
    pub fn is_server(&self, host: &str) -> bool {
        !host.is_empty() && self.servers.contains_key(&short_name(host))
    }
}

/// Leaves out the rows that are the same as one before.
fn take_each_row_once(steps: &mut Vec<Step>) {
    let mut taken = FxHashSet::default();
    let mut last = None;
    steps.retain(|one| {
        let entry = &one.step.entry;
        // All recipients of a row share its entry. A row that is read again has another one.
        let is_taken = last == Some(Arc::as_ptr(entry)) || taken.insert(entry.row);
        if is_taken {
            last = Some(Arc::as_ptr(entry));
        }
        is_taken
    });
}

/// The first label of a host name, by which servers of an organisation are known.
pub fn short_name(host: &str) -> String {
    let first = host.split('.').next().unwrap_or_default();
    first.to_ascii_lowercase()
}

/// Whether a host name or domain, such as the next hop of a queue, stands for Exchange Online.
pub fn is_online_host(name: &str) -> bool {
    let name = name.trim().trim_end_matches('.').to_ascii_lowercase();
    let mut names = name.split([',', ';', ' ']).map(str::trim);
    names.any(|name| {
        host::names_exchange_online(name.as_bytes())
            || host::names_exchange_online(format!("x.{name}").as_bytes())
            || is_routing_domain(name)
    })
}

/// Whether the row itself shows that it is about Exchange Online: by the next hop, or by who replied.
pub fn names_exchange_online(step: &TrackingStep) -> bool {
    let entry = &step.entry;
    let hosts = [entry.next_hop(), step.status.host.as_deref()];
    let replies = [step.status.text.as_deref(), entry.data_reply()];
    hosts.into_iter().flatten().any(is_online_host)
        || replies
            .into_iter()
            .flatten()
            .any(|reply| host::bracket_names_exchange_online(reply.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn next_hops_of_exchange_online() {
        for name in [
            "contoso-com.mail.protection.outlook.com",
            "contoso.mail.onmicrosoft.com",
            "mail.protection.outlook.com",
            "contoso-com.e-v1.mx.microsoft",
        ] {
            assert!(is_online_host(name), "{name}");
        }
        for name in [
            "EX02.contoso.com",
            "mx.example.org",
            "",
            "contoso.onmicrosoft.com",
        ] {
            assert!(!is_online_host(name), "{name}");
        }
    }

    #[test]
    fn servers_are_known_by_their_first_label() {
        let mut tracked = Tracked::default();
        tracked.cover("EX02", StreamCoverage::default());
        assert!(tracked.is_server("ex02.contoso.com"));
        assert!(!tracked.is_server("ex03.contoso.com") && !tracked.is_server(""));
    }
}
