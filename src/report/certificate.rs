//! Lists which certificate each send connector and server offered, when, and with what result.
//!
//! In: the flows and judgements of an analysis. Out: [`CertificateRow`]s, sorted by send connector,
//! stream and first time.
//! Must not decide causes. Sessions to other servers than Exchange Online are listed too, but only the
//! rows to Exchange Online are compared with connectors.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::certificate_use::{self, CertificateRun, UseBucket};
use super::grid::Grid;
use crate::aggregate::flow::{CertificateId, Flow};
use crate::aggregate::intern::Name;
use crate::attribution::judgement::{ConnectorView, Judgement};
use crate::diagnosis::analysis::Analysis;
use crate::diagnosis::runs::Run;
use crate::input::timestamp::Timestamp;
use crate::smtp::certificate::Certificate;
use crate::tenant::ConnectorType;

/// A certificate as the log or the file shows it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct CertificateInfo {
    /// The subject. It is `null` if it could not be separated from the issuer.
    pub subject: Option<String>,
    /// The issuer. It is `null` if it could not be separated from the subject.
    pub issuer: Option<String>,
    /// Subject and issuer as one text, if they could not be separated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject_and_issuer: Option<String>,
    /// The serial number, in hexadecimal digits.
    pub serial: Option<String>,
    /// The thumbprint: 40 upper-case hexadecimal digits.
    pub thumbprint: Option<String>,
    /// The start of validity. It is `null` if it is not logged.
    pub not_before: Option<String>,
    /// The time when it expires. It is `null` if it is not logged.
    pub not_after: Option<String>,
    /// The subject alternative names, as logged.
    pub names: Vec<String>,
}

/// One certificate of one send connector and stream, or its sessions without one.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct CertificateRow {
    /// The send connector.
    pub send_connector: String,
    /// The stream: server and role.
    pub stream: String,
    /// Whether these sessions went to Exchange Online.
    pub exchange_online: bool,
    /// Whether a certificate was offered. It is `null` if the logs do not show it, or if each session
    /// failed before it could offer one. Without a certificate, its fields are `null` and `names` is
    /// empty.
    pub offered: Option<bool>,
    /// The thumbprint: 40 upper-case hexadecimal digits.
    pub thumbprint: Option<String>,
    /// The subject.
    pub subject: Option<String>,
    /// The issuer.
    pub issuer: Option<String>,
    /// The start of validity. It is `null` if it is not logged.
    pub not_before: Option<String>,
    /// The time when it expires. It is `null` if it is not logged.
    pub not_after: Option<String>,
    /// The number of whole days until it expires, counted from the last log line or `--now`. It is
    /// negative if the certificate is expired.
    pub days_left: Option<i64>,
    /// The subject alternative names, as logged.
    pub names: Vec<String>,
    /// The start of the first session.
    pub first: Option<String>,
    /// The end of the last session.
    pub last: Option<String>,
    /// The number of sessions.
    pub sessions: u64,
    /// The number of accepted recipients.
    pub accepted: u64,
    /// The number of recipients rejected for any reason.
    pub rejected: u64,
    /// The number of rejections of recipients, messages and sessions for reasons that are no incident.
    /// They are in `other_rejections` of the document, and here they are not part of the output.
    #[serde(skip)]
    pub other_rejections: u64,
    /// The number of sessions that failed without a reply: TLS failed, the session was dropped, or no
    /// connection came about.
    pub dropped: u64,
    /// The times in which it was offered without a break, in order of time. A certificate that was
    /// replaced and came back has two.
    pub runs: Vec<CertificateRun>,
    /// What came of it in each period of the common `grid`. Periods without any count are left out.
    pub timeline: Vec<UseBucket>,
    /// Whether an inbound connector expects it.
    #[serde(rename = "match")]
    pub matched: Match,
}

/// Whether an inbound connector expects a certificate.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Match {
    /// The result of the comparison.
    pub verdict: MatchVerdict,
    /// The tenant of the connector.
    pub tenant: Option<String>,
    /// The inbound connector.
    pub inbound_connector: Option<String>,
    /// If no enabled OnPremises connector expects the certificate, a disabled one that does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disabled_connector: Option<String>,
}

/// The result of the comparison with the inbound connectors.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MatchVerdict {
    /// An enabled OnPremises connector expects the certificate.
    Match,
    /// No enabled OnPremises connector expects it.
    NoMatch,
    /// The match is not documented, or the export lost values.
    Uncertain,
    /// No export was given, no certificate was offered, or the sessions are not to Exchange Online.
    #[default]
    Unknown,
}

impl MatchVerdict {
    /// The word in the output.
    pub fn as_str(self) -> &'static str {
        match self {
            MatchVerdict::Match => "match",
            MatchVerdict::NoMatch => "no_match",
            MatchVerdict::Uncertain => "uncertain",
            MatchVerdict::Unknown => "unknown",
        }
    }
}

/// The certificate for the output.
pub fn info(certificate: &Certificate) -> CertificateInfo {
    CertificateInfo {
        subject: certificate.subject.clone(),
        issuer: certificate.issuer.clone(),
        subject_and_issuer: certificate.undivided.clone(),
        serial: certificate.serial.clone(),
        thumbprint: certificate.thumbprint.clone(),
        not_before: certificate.not_before.and_then(Timestamp::rfc3339),
        not_after: certificate.not_after.and_then(Timestamp::rfc3339),
        names: certificate.names.clone(),
    }
}

/// A stream, a send connector, and whether its sessions go to Exchange Online.
type Lane = (usize, Name, bool);

/// All rows, those of sessions without a certificate included. The days until a certificate expires are
/// counted from `now`. Without `grid`, there are no timelines.
pub fn rows(analysis: &Analysis<'_>, now: Timestamp, grid: Option<&Grid>) -> Vec<CertificateRow> {
    let flows = &analysis.aggregate.flows;
    let mut lanes: BTreeMap<Lane, Vec<usize>> = BTreeMap::new();
    for (index, flow) in flows.iter().enumerate() {
        if flow.sessions > 0 {
            let key = (flow.key.stream, flow.key.connector, flow.exchange_online);
            lanes.entry(key).or_default().push(index);
        }
    }
    let mut rows: Vec<CertificateRow> = Vec::new();
    for indices in lanes.into_values() {
        let own: Vec<&Flow> = indices.iter().map(|index| &flows[*index]).collect();
        let mut runs = certificate_use::by_certificate(&own);
        let mut merged: BTreeMap<CertificateId, Vec<usize>> = BTreeMap::new();
        for index in indices {
            let certificate = flows[index].key.certificate;
            merged.entry(certificate).or_default().push(index);
        }
        for (certificate, flows) in merged {
            let runs = runs.remove(&certificate).unwrap_or_default();
            let times = (now, grid);
            rows.extend(row(analysis, &flows, times, &runs));
        }
    }
    rows.sort_by(|a, b| {
        let key = |row: &CertificateRow| {
            (
                row.send_connector.clone(),
                row.stream.clone(),
                row.first.clone(),
                row.thumbprint.clone(),
                row.exchange_online,
            )
        };
        key(a).cmp(&key(b))
    });
    rows
}

/// The certificate of a row, as far as it is known.
fn certificate(analysis: &Analysis<'_>, id: CertificateId, now: Timestamp) -> CertificateRow {
    let certificate = analysis.certificate(id);
    let info = certificate.map(info);
    let text = |of: fn(&CertificateInfo) -> &Option<String>| {
        info.as_ref().and_then(|info| of(info).clone())
    };
    let end = certificate.and_then(|certificate| certificate.not_after);
    CertificateRow {
        thumbprint: text(|info| &info.thumbprint),
        subject: text(|info| &info.subject),
        issuer: text(|info| &info.issuer),
        not_before: text(|info| &info.not_before),
        not_after: text(|info| &info.not_after),
        days_left: end
            .and_then(|end| end.since(now))
            .map(|left| left.div_euclid(86_400_000)),
        names: info.map_or_else(Vec::new, |info| info.names),
        ..CertificateRow::default()
    }
}

fn row(
    analysis: &Analysis<'_>,
    flows: &[usize],
    (now, grid): (Timestamp, Option<&Grid>),
    runs: &[Run],
) -> Option<CertificateRow> {
    let first = &analysis.aggregate.flows[*flows.first()?];
    let all = || flows.iter().map(|flow| &analysis.aggregate.flows[*flow]);
    let sum = |of: fn(&Flow) -> u64| all().map(of).sum();
    let begin = all().fold(Timestamp::UNKNOWN, |time, flow| time.earlier(flow.first));
    let end = all().fold(Timestamp::UNKNOWN, |time, flow| time.later(flow.last));
    let exchange_online = first.exchange_online;
    let is_known = matches!(first.key.certificate, CertificateId::Known(_));
    let is_compared = exchange_online && is_known;
    let sessions = sum(|flow| flow.sessions);
    let stretches = all().flat_map(|flow| flow.course.stretches());
    let dropped = stretches.map(|(_, stretch)| stretch.died()).sum();
    Some(CertificateRow {
        send_connector: analysis
            .aggregate
            .names
            .text(first.key.connector)
            .to_owned(),
        stream: analysis
            .streams
            .get(first.key.stream)
            .map_or(String::new(), |stream| stream.name.clone()),
        exchange_online,
        first: begin.rfc3339(),
        last: end.rfc3339(),
        sessions,
        accepted: sum(|flow| flow.accepted),
        rejected: sum(|flow| flow.rejected),
        other_rejections: sum(|flow| flow.other_rejections.total()),
        dropped,
        offered: match first.key.certificate {
            CertificateId::Known(_) => Some(true),
            CertificateId::Absent => (dropped < sessions).then_some(false),
            CertificateId::Unknown => None,
        },
        runs: certificate_use::runs_as_data(runs),
        timeline: grid.map_or_else(Vec::new, |grid| certificate_use::timeline(all(), grid)),
        matched: if is_compared && analysis.has_exports() {
            matched(&analysis.judgements[flows[0]])
        } else {
            Match::default()
        },
        ..certificate(analysis, first.key.certificate, now)
    })
}

fn matched(judgement: &Judgement<'_>) -> Match {
    let with = |verdict, view: Option<&ConnectorView<'_>>| Match {
        verdict,
        tenant: view.map(|view| view.tenant.name.clone()),
        inbound_connector: view.map(|view| view.connector.name.clone()),
        disabled_connector: None,
    };
    if let Some(view) = judgement.active().find(|view| view.matches_by_name()) {
        return with(MatchVerdict::Match, Some(view));
    }
    if let Some(view) = judgement.active().find(|view| view.is_uncertain()) {
        return with(MatchVerdict::Uncertain, Some(view));
    }
    let lost = judgement.views.iter().any(ConnectorView::may_match_by_name);
    if lost {
        return with(MatchVerdict::Uncertain, None);
    }
    let is_onpremises = |view: &&ConnectorView<'_>| view.is_type(ConnectorType::OnPremises);
    let mut disabled = judgement.views.iter().filter(is_onpremises);
    let disabled = disabled.find(|view| view.is_disabled() && view.matches_by_name());
    Match {
        disabled_connector: disabled.map(|view| view.connector.name.clone()),
        ..with(MatchVerdict::NoMatch, None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onprem::OnPremises;
    use crate::scenario::logs::{Session, contoso, with_analysis};
    use crate::tenant::{Known, Tenant};

    fn match_of(tenants: &[Tenant]) -> Match {
        let none = OnPremises::default();
        with_analysis(&[Session::default()], tenants, &none, |analysis| {
            let rows = rows(analysis, Timestamp::UNKNOWN, None);
            rows[0].matched.clone()
        })
    }

    #[test]
    fn a_disabled_connector_that_expects_the_certificate_is_named() {
        let mut tenant = contoso();
        let found = match_of(std::slice::from_ref(&tenant));
        assert_eq!(found.verdict, MatchVerdict::Match);
        assert_eq!(found.disabled_connector, None);
        tenant.connectors[0].enabled = Known::Value(false);
        let found = match_of(std::slice::from_ref(&tenant));
        assert_eq!(found.verdict, MatchVerdict::NoMatch);
        assert_eq!(found.inbound_connector, None);
        let disabled = found.disabled_connector.as_deref();
        assert_eq!(disabled, Some("Inbound from contoso"));
        tenant.connectors[0].connector_type = Known::Value(ConnectorType::Partner);
        assert_eq!(match_of(&[tenant]).disabled_connector, None);
    }
}
