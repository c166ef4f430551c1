//! SND109: a send connector has no session to Exchange Online any more.

use std::collections::BTreeMap;

use crate::aggregate::course::Course;
use crate::aggregate::flow::Flow;
use crate::aggregate::intern::Name;
use crate::diagnosis::analysis::Analysis;
use crate::diagnosis::check::Check;
use crate::diagnosis::check_context::CheckContext;
use crate::diagnosis::finding::{CheckOutput, Finding, Proof};
use crate::diagnosis::fix::{Fix, Where};
use crate::diagnosis::rule::{Confidence, declare_rule};
use crate::diagnosis::subject::stream_place;
use crate::input::timestamp::Timestamp;
use crate::remedy::command::quote;

declare_rule! {
    /// A send connector that regularly sent to Exchange Online has fallen silent.
    ///
    /// ## What it finds
    /// A send connector with regular sessions to Exchange Online that has none any more, while other
    /// send connectors of the same server go on. The silence is longer than two hours, than ten
    /// times the usual gap between its sessions, and than every gap before.
    ///
    /// ## Why it matters
    /// If Exchange does not find the certificate that `TlsCertificateName` names, it does not begin a
    /// session at all. The log then shows nothing. The queue shows `454 4.7.5 The certificate
    /// specified in TlsCertificateName of the SendConnector could not be found`, and the mail waits
    /// there.
    ///
    /// ## What to do
    /// 1. Look at the queue of the send connector and at its last error.
    /// 2. If the error is 454 4.7.5, set `TlsCertificateName` to a certificate that is on the server.
    /// 3. If the queue is empty, there was nothing to send.
    ///
    /// ## Sources
    /// - Observed in Microsoft Q&A threads after renewals with another issuer: mail waits with 454
    ///   4.7.5, and the send log has no session.
    /// - `Get-Queue` (reference, Microsoft Learn): `LastError` of a queue.
    ConnectorFellSilent {
        code: "SND109",
        name: "connector-fell-silent",
        severity: Warning,
        confidence: Medium,
        needs: [SendLogs],
        proof: LogRows,
    }
}

/// A shorter silence is normal.
const SHORTEST: i64 = 2 * 3_600_000;

/// So many times the usual gap is not normal.
const TIMES_USUAL: i64 = 10;

/// Fewer sessions show no usual gap.
const FEWEST: u64 = 3;

impl Check for ConnectorFellSilent {
    fn check(&self, context: &CheckContext<'_>, output: &mut CheckOutput) {
        let Some(analysis) = context.logs else {
            return;
        };
        let mut connectors: BTreeMap<(usize, Name), Course> = BTreeMap::new();
        for flow in analysis
            .aggregate
            .flows
            .iter()
            .filter(|flow| flow.exchange_online)
        {
            let key = (flow.key.stream, flow.key.connector);
            connectors.entry(key).or_default().merge(&flow.course);
        }
        for ((stream, connector), course) in &connectors {
            let end = others_end(analysis, *stream, *connector);
            if let Some(silence) = silence(course, end) {
                output.add(finding(analysis, *stream, *connector, silence));
            }
        }
    }
}

/// A silence that is not normal.
#[derive(Debug, Clone, Copy)]
struct Silence {
    /// The end of the last session.
    since: Timestamp,
    /// The end of the last session of another send connector.
    until: Timestamp,
    /// The usual gap, in milliseconds.
    usual: i64,
    sessions: u64,
}

/// The end of the last session of other send connectors of the stream.
fn others_end(analysis: &Analysis<'_>, stream: usize, connector: Name) -> Timestamp {
    let flows = analysis.aggregate.flows.iter();
    let others = flows.filter(|flow| flow.key.stream == stream && flow.key.connector != connector);
    others.fold(Timestamp::UNKNOWN, |end, flow: &Flow| end.later(flow.last))
}

/// The silence at the end of a course, if it is not normal.
fn silence(course: &Course, until: Timestamp) -> Option<Silence> {
    let (mut sessions, mut longest) = (0, 0);
    let (mut first, mut last) = (Timestamp::UNKNOWN, Timestamp::UNKNOWN);
    for (_, stretch) in course.stretches() {
        if let Some(gap) = stretch.all.first.since(last) {
            longest = longest.max(gap);
        }
        sessions += stretch.all.sessions;
        first = first.earlier(stretch.all.first);
        last = last.later(stretch.all.last);
    }
    if sessions < FEWEST {
        return None;
    }
    let gaps = i64::try_from(sessions - 1).unwrap_or(i64::MAX);
    let usual = last.since(first)? / gaps;
    let limit = SHORTEST.max(usual.saturating_mul(TIMES_USUAL)).max(longest);
    (until.since(last)? > limit).then_some(Silence {
        since: last,
        until,
        usual,
        sessions,
    })
}

fn finding(analysis: &Analysis<'_>, stream: usize, connector: Name, silence: Silence) -> Finding {
    let name = analysis.aggregate.names.text(connector);
    let place = analysis
        .streams
        .get(stream)
        .map_or_else(String::new, |stream| {
            format!(" {}", stream_place(&stream.name))
        });
    let message = format!(
        "Send connector '{name}'{place} has had no session since {}, while other send connectors of the server went on until {}. Before, it had {} sessions, one about every {} minutes. If Exchange does not find the certificate that the send connector names, it begins no session: the queue then shows 454 4.7.5.",
        silence.since,
        silence.until,
        silence.sessions,
        (silence.usual / 60_000).max(1),
    );
    let command = format!(
        "Get-Queue | Where-Object NextHopConnector -eq (Get-SendConnector -Identity {}).Guid | Format-List Identity,MessageCount,LastError",
        quote(name)
    );
    let found = Finding::of(&ConnectorFellSilent::META, name, message)
        .confidence(Confidence::Medium)
        .fix(Fix::inspect(
            Where::OnPremises,
            command,
            "1. Run the command on the source servers. LastError says why nothing is sent. 2. If it is 454 4.7.5, the certificate that TlsCertificateName of the send connector names is not on the server: set the name of one that is. 3. If the queue is empty, there was nothing to send.",
        ));
    let flows = analysis.flows_of(connector).map(|(flow, _)| flow);
    let mut own = flows.filter(|flow| flow.key.stream == stream);
    match own.find_map(|flow| flow.certificate_evidence.clone()) {
        Some(row) => found.proof(Proof::Log(row)),
        None => found,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onprem::OnPremises;
    use crate::scenario::exports::of_logs;
    use crate::scenario::logs::{Session, TAKEN, contoso};

    fn at(time: &'static str) -> Session {
        Session {
            time,
            mails: vec![("a@contoso.com", TAKEN)],
            ..Session::default()
        }
    }

    fn busy() -> Vec<Session> {
        [
            "2026-11-03T08:00",
            "2026-11-03T08:10",
            "2026-11-03T08:20",
            "2026-11-03T08:30",
            "2026-11-03T08:40",
        ]
        .map(at)
        .to_vec()
    }

    /// A session of another send connector.
    fn other(time: &'static str) -> Session {
        Session {
            connector: "Internet",
            host: "mx.example.org",
            remote_names: "mx.example.org",
            ..at(time)
        }
    }

    fn found(sessions: &[Session]) -> usize {
        let own = OnPremises::default();
        let found = of_logs(&ConnectorFellSilent, sessions, &[contoso()], &own);
        found.findings.len()
    }

    #[test]
    fn fires_where_only_others_go_on() {
        let mut sessions = busy();
        sessions.push(other("2026-11-03T11:30"));
        assert_eq!(found(&sessions), 1);
    }

    #[test]
    fn stays_silent_where_the_log_ends_or_the_gap_is_usual() {
        assert_eq!(found(&busy()), 0);
        let mut short = busy();
        short.push(other("2026-11-03T10:00"));
        assert_eq!(found(&short), 0);
        let mut with_a_night = vec![at("2026-11-02T20:00")];
        with_a_night.extend(busy());
        with_a_night.push(other("2026-11-03T19:00"));
        assert_eq!(found(&with_a_night), 0);
    }
}
