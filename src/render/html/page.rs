//! What every part of the page needs: the report, how it is shown, and the names in it.
//!
//! In: a document. Out: [`Page`], with the names and states that several parts show.
//! Must not write markup.

use super::lanes::{Group, Lane};
use super::letters::Letters;
use super::say;
use crate::language::Language;
use crate::language::count::{self, count};
use crate::render::fact_sentences;
use crate::render::state::Shown;
use crate::render::times::Clock;
use crate::report::document::{CertificateRow, Document, Incident};

/// How much of long lists is shown.
#[derive(Debug, Clone, Copy)]
pub(super) struct Budget {
    /// Rows of evidence for each incident.
    pub(super) proof: usize,
    /// Characters of a row of evidence.
    pub(super) row: usize,
    /// Servers in the table of an incident.
    pub(super) effect: usize,
    /// Rows of a send connector in the picture.
    pub(super) lanes: usize,
    /// Places for each code of the checks.
    pub(super) findings: usize,
    /// Rows of certificates.
    pub(super) certificates: usize,
}

/// What every part of the page needs.
pub(super) struct Page<'a> {
    pub(super) report: &'a Document,
    pub(super) language: Language,
    pub(super) clock: Clock,
    pub(super) letters: Letters,
    pub(super) budget: Budget,
}

impl Page<'_> {
    /// The class of the state of an incident.
    pub(super) fn state_class(&self, incident: &Incident) -> &'static str {
        match Shown::of(incident) {
            Shown::Rejected => "open",
            Shown::Silent | Shown::Waiting => "silent",
            Shown::Delayed | Shown::Unclear => "warning",
            Shown::Over => "over",
        }
    }

    /// The class and the label of the worst state of a send connector.
    pub(super) fn state_of_connector(&self, connector: &str) -> (&'static str, String) {
        let incidents = self.report.incidents.iter();
        let own = incidents.filter(|incident| incident.send_connector == connector);
        let worst = own.min_by_key(|incident| Shown::of(incident));
        match worst {
            Some(incident) => {
                let label = Shown::of(incident).label(self.language);
                (self.state_class(incident), label)
            }
            None if self.is_healthy(connector) => ("ok", say::healthy(self.language)),
            None => ("over", say::not_proven(self.language)),
        }
    }

    fn is_healthy(&self, connector: &str) -> bool {
        let healthy = self.report.healthy.iter();
        healthy
            .into_iter()
            .any(|row| row.send_connector == connector)
    }

    /// The tenant that a send connector sends to, and its number of servers.
    pub(super) fn target_of(&self, group: &Group<'_>) -> String {
        let rows = group.lanes.iter().flat_map(|lane| &lane.rows);
        let matched = rows.filter_map(|row| row.matched.tenant.as_deref());
        let incidents = self.report.incidents.iter();
        let decided = incidents
            .filter(|incident| incident.send_connector == group.connector)
            .filter_map(|incident| incident.tenant.as_deref());
        let servers: usize = group.lanes.iter().map(|lane| lane.streams.len()).sum();
        let servers = count(self.language, servers as u64, count::SERVER);
        match decided.chain(matched).next() {
            Some(tenant) => say::to_tenant(self.language, tenant, &servers),
            None => servers,
        }
    }

    /// The name of a row: its server, or several of them.
    pub(super) fn lane_name(&self, lane: &Lane<'_>) -> String {
        let first = lane.streams.first().copied().unwrap_or_default();
        let first = self.stream_name(first);
        match lane.streams.len() {
            0 | 1 => first,
            several => {
                let more = count::grouped(several as u64 - 1);
                fact_sentences::and_more(self.language, &first, &more)
            }
        }
    }

    /// The name of a stream. The given folder has none.
    pub(super) fn stream_name(&self, stream: &str) -> String {
        match stream {
            "." => say::given_folder(self.language),
            name => name.to_owned(),
        }
    }

    /// The name of a certificate: the common name, else the first alternate name, else the subject.
    pub(super) fn certificate_name(&self, row: &CertificateRow) -> String {
        if row.offered == Some(false) {
            return say::no_certificate(self.language);
        }
        name_of(row.subject.as_deref(), &row.names)
            .unwrap_or_else(|| say::unknown_certificate(self.language))
    }
}

/// The common name of a subject, else the first alternate name, else the subject.
pub(super) fn name_of(subject: Option<&str>, names: &[String]) -> Option<String> {
    let common = subject.and_then(|subject| {
        let part = subject
            .split(", ")
            .find_map(|part| part.strip_prefix("CN="))?;
        Some(part.to_owned()).filter(|name| !name.is_empty())
    });
    let subject = subject
        .map(str::to_owned)
        .filter(|subject| !subject.is_empty());
    common.or_else(|| names.first().cloned()).or(subject)
}
