//! Which certificate each send connector and server offered, from when to when, with what outcome.
//!
//! In: the lanes and judgements of a study. Out: [`CertificateRow`]s by send connector, stream and
//! first time.
//! Must not decide causes. Sessions of other servers than Exchange Online are listed too: only
//! the rows to Exchange Online are matched with connectors.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::aggregate::lane::{CertificateId, Lane};
use crate::attribution::judgement::{ConnectorView, Judgement};
use crate::diagnosis::analysis::Analysis;
use crate::input::timestamp::Timestamp;
use crate::smtp::certificate::Certificate;

/// A certificate as logged.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct CertificateInfo {
    /// The subject; `null` where it could not be told from the issuer.
    pub subject: Option<String>,
    /// The issuer, likewise.
    pub issuer: Option<String>,
    /// Both as one text, where they could not be parted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject_and_issuer: Option<String>,
    /// Hex digits.
    pub serial: Option<String>,
    /// Forty upper-case hex digits.
    pub thumbprint: Option<String>,
    /// Start of validity, where logged.
    pub not_before: Option<String>,
    /// End of validity, where logged.
    pub not_after: Option<String>,
    /// The alternate names as logged.
    pub names: Vec<String>,
}

/// One certificate of one send connector and stream.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct CertificateRow {
    /// The send connector.
    pub send_connector: String,
    /// The stream.
    pub stream: String,
    /// Whether these sessions went to Exchange Online.
    pub exchange_online: bool,
    /// Forty upper-case hex digits.
    pub thumbprint: Option<String>,
    /// The subject.
    pub subject: Option<String>,
    /// The issuer.
    pub issuer: Option<String>,
    /// Start of validity, where logged.
    pub not_before: Option<String>,
    /// End of validity, where logged.
    pub not_after: Option<String>,
    /// Whole days from the last log line, or `--now`, to the end of validity; negative once it has
    /// ended.
    pub days_left: Option<i64>,
    /// The alternate names as logged.
    pub names: Vec<String>,
    /// The first session.
    pub first: Option<String>,
    /// The end of the last session.
    pub last: Option<String>,
    /// Sessions.
    pub sessions: u64,
    /// Recipients accepted.
    pub accepted: u64,
    /// Recipients rejected, for whatever reason.
    pub rejected: u64,
    /// What the inbound connectors make of it.
    #[serde(rename = "match")]
    pub matched: Match,
}

/// Whether an inbound connector expects a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Match {
    /// Yes, no, perhaps, or nothing to compare with.
    pub verdict: MatchVerdict,
    /// The tenant.
    pub tenant: Option<String>,
    /// The connector.
    pub inbound_connector: Option<String>,
}

/// The word for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MatchVerdict {
    /// An enabled OnPremises connector matches.
    Match,
    /// None does.
    NoMatch,
    /// Not documented, or the export lost values.
    Uncertain,
    /// No export was given, or the sessions do not go to Exchange Online.
    Unknown,
}

impl MatchVerdict {
    /// The word used in output.
    pub fn as_str(self) -> &'static str {
        match self {
            MatchVerdict::Match => "match",
            MatchVerdict::NoMatch => "no_match",
            MatchVerdict::Uncertain => "uncertain",
            MatchVerdict::Unknown => "unknown",
        }
    }
}

/// A certificate for output.
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

/// All rows; `now` is what the days left are counted from.
pub fn rows(analysis: &Analysis<'_>, now: Timestamp) -> Vec<CertificateRow> {
    let mut merged: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (index, lane) in analysis.aggregate.lanes.iter().enumerate() {
        if matches!(lane.key.certificate, CertificateId::Known(_)) && lane.sessions > 0 {
            let key = (
                lane.key.stream,
                lane.key.connector,
                lane.key.certificate,
                lane.key.exchange_online,
            );
            merged.entry(key).or_default().push(index);
        }
    }
    let mut rows: Vec<CertificateRow> = merged
        .into_values()
        .filter_map(|lanes| row(analysis, &lanes, now))
        .collect();
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

fn row(analysis: &Analysis<'_>, lanes: &[usize], now: Timestamp) -> Option<CertificateRow> {
    let first = &analysis.aggregate.lanes[*lanes.first()?];
    let certificate = analysis.certificate(first.key.certificate)?;
    let info = info(certificate);
    let all = || lanes.iter().map(|lane| &analysis.aggregate.lanes[*lane]);
    let sum = |of: fn(&Lane) -> u64| all().map(of).sum();
    let begin = all().fold(Timestamp::UNKNOWN, |time, lane| time.earlier(lane.first));
    let end = all().fold(Timestamp::UNKNOWN, |time, lane| time.later(lane.last));
    let exchange_online = first.key.exchange_online;
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
        thumbprint: info.thumbprint,
        subject: info.subject,
        issuer: info.issuer,
        not_before: info.not_before,
        not_after: info.not_after,
        days_left: certificate
            .not_after
            .and_then(|end| end.since(now))
            .map(|left| left.div_euclid(86_400_000)),
        names: info.names,
        first: begin.rfc3339(),
        last: end.rfc3339(),
        sessions: sum(|lane| lane.sessions),
        accepted: sum(|lane| lane.accepted),
        rejected: sum(|lane| lane.rejected),
        matched: if exchange_online && analysis.has_exports() {
            matched(&analysis.judgements[lanes[0]])
        } else {
            Match {
                verdict: MatchVerdict::Unknown,
                tenant: None,
                inbound_connector: None,
            }
        },
    })
}

fn matched(judgement: &Judgement<'_>) -> Match {
    let with = |verdict, view: Option<&ConnectorView<'_>>| Match {
        verdict,
        tenant: view.map(|view| view.tenant.name.clone()),
        inbound_connector: view.map(|view| view.connector.name.clone()),
    };
    if let Some(view) = judgement.active().find(|view| view.matches_by_name()) {
        return with(MatchVerdict::Match, Some(view));
    }
    if let Some(view) = judgement.active().find(|view| view.is_uncertain()) {
        return with(MatchVerdict::Uncertain, Some(view));
    }
    let lost = judgement.views.iter().any(ConnectorView::may_match_by_name);
    with(
        if lost {
            MatchVerdict::Uncertain
        } else {
            MatchVerdict::NoMatch
        },
        None,
    )
}
