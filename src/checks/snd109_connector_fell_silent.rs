//! SND109: a send connector has no session to Exchange Online any more.

mod sentences;

use std::collections::{BTreeMap, BTreeSet};

use crate::aggregate::course::Course;
use crate::aggregate::intern::Name;
use crate::diagnosis::analysis::Analysis;
use crate::diagnosis::check::Check;
use crate::diagnosis::check_context::CheckContext;
use crate::diagnosis::finding::{CheckOutput, Finding, Proof};
use crate::diagnosis::fix::{Fix, Where};
use crate::diagnosis::named_certificate as named;
use crate::diagnosis::queue_context::QueueContext;
use crate::diagnosis::rule::{Confidence, declare_rule};
use crate::diagnosis::subject::stream_place;
use crate::diagnosis::transport_certificate::same_server;
use crate::input::timestamp::Timestamp;
use crate::language::Language;
use crate::language::count::{self, count};
use crate::remedy::command;
use crate::tenant::Known;

declare_rule! {
    /// A send connector that regularly sent to Exchange Online has fallen silent.
    ///
    /// ## What it finds
    /// A send connector with regular sessions to Exchange Online that has none any more, while other
    /// send connectors of the same server go on. The silence is longer than two hours and than ten
    /// times the usual gap between its sessions. It reaches into hours in which there were sessions
    /// on most earlier days, so nights and weekends are no finding. If exports or logs of queues were
    /// given, the finding says what the queue of the send connector shows.
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
        /// Exchange Online に定期的に送信していた送信コネクタが、送信しなくなりました。
        ///
        /// ## 検出する内容
        /// Exchange Online とのセッションが定期的にあったにもかかわらず、同じサーバーのほかの
        /// 送信コネクタが送信を続けている間にセッションがなくなった送信コネクタを検出します。
        /// 対象は、セッションのない時間が 2 時間を超え、かつ通常の間隔の 10 倍を超える場合です。
        /// また、その時間が、それまでのほとんどの日にセッションがあった時間帯に及ぶ場合に限るため、
        /// 夜間や週末は検出しません。キューのエクスポートまたはログがある場合は、
        /// 送信コネクタのキューの状態も示します。
        ///
        /// ## 問題となる理由
        /// `TlsCertificateName` が指定する証明書を見つけられない場合、
        /// Exchange はセッションをまったく開始しません。そのため、ログには何も記録されません。
        /// キューには `454 4.7.5 The certificate specified in TlsCertificateName of the SendConnector could not be found` が
        /// 表示され、メールはキューで待機します。
        ///
        /// ## 対処方法
        /// 1. 送信コネクタのキューと、その最後のエラーを確認します。
        /// 2. エラーが 454 4.7.5 の場合は、`TlsCertificateName` に、サーバーにある証明書を
        ///    設定します。
        /// 3. キューが空の場合は、送信するメールがありませんでした。
        ///
        /// ## 出典
        /// - Microsoft Q&A のスレッドでの観測 (別の発行者での更新後): メールは 454 4.7.5 で待機し、
        ///   送信ログにセッションはありません。
        /// - `Get-Queue` (リファレンス、Microsoft Learn): キューの `LastError`。
        japanese: ["31552d4b"],
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
        let ends = Ends::of(analysis);
        let mut online: BTreeMap<Name, bool> = BTreeMap::new();
        for ((stream, connector), course) in &connectors {
            let name = analysis.aggregate.names.text(*connector);
            let online = online.entry(*connector);
            if !*online.or_insert_with(|| analysis.reaches_exchange_online(name)) {
                continue;
            }
            if is_explained(context, analysis, *stream, *connector) {
                continue;
            }
            let end = ends.others(*stream, *connector);
            if let Some(silence) = silence(course, end) {
                let found = finding(context.language, analysis, *stream, *connector, silence);
                let note = on_certificate(context, analysis, (*stream, *connector));
                output.add(Finding {
                    message: context.language.together(&[found.message, note]),
                    ..found
                });
            }
        }
    }

    fn heed_queue(&self, finding: &mut Finding, queue: &QueueContext<'_>) -> bool {
        let language = queue.checks.language;
        let waiting = queue.waiting();
        let sentence = sentences::queue_shows(language, &queue.shows(), queue.quoted(), &waiting);
        finding.message.push_str(&sentence);
        if queue.lacks_named_certificate() {
            finding.fix = vec![Fix::step(&sentences::follow_the_incident(language))];
        }
        true
    }
}

/// Whether the exports say why there is nothing more in the log: the connector is disabled or gone,
/// writes no log, or does not send from this server.
fn is_explained(
    context: &CheckContext<'_>,
    analysis: &Analysis<'_>,
    stream: usize,
    connector: Name,
) -> bool {
    let own = context.on_premises;
    let name = analysis.aggregate.names.text(connector);
    let mut exports = analysis.exports_of(name).peekable();
    if exports.peek().is_none() {
        return own.send_connectors_exported;
    }
    let server = analysis.server_name(stream);
    exports.any(|export| {
        let logging = export.protocol_logging.value().and_then(Option::as_deref);
        let sources = export.source_servers.value();
        let elsewhere = server.is_some_and(|server| {
            let is_source = |source: &String| same_server(server, source);
            sources.is_some_and(|sources| !sources.is_empty() && !sources.iter().any(is_source))
        });
        export.enabled == Known::Value(false)
            || logging.is_some_and(|level| level.eq_ignore_ascii_case("None"))
            || elsewhere
    })
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

/// For each stream, the end of the last session with its send connector, and that of the last one of
/// another send connector.
struct Ends(BTreeMap<usize, [(Timestamp, Option<Name>); 2]>);

impl Ends {
    fn of(analysis: &Analysis<'_>) -> Ends {
        let mut ends = Ends(BTreeMap::new());
        let mut connectors: BTreeMap<(usize, Name), Timestamp> = BTreeMap::new();
        for flow in &analysis.aggregate.flows {
            let end = connectors
                .entry((flow.key.stream, flow.key.connector))
                .or_insert(Timestamp::UNKNOWN);
            *end = end.later(flow.last);
        }
        for ((stream, connector), end) in connectors {
            let none = (Timestamp::UNKNOWN, None);
            let [first, second] = ends.0.entry(stream).or_insert([none; 2]);
            if end > first.0 {
                (*first, *second) = ((end, Some(connector)), *first);
            } else if end > second.0 {
                *second = (end, Some(connector));
            }
        }
        ends
    }

    /// The end of the last session of other send connectors of the stream.
    fn others(&self, stream: usize, connector: Name) -> Timestamp {
        let ends = self.0.get(&stream).into_iter().flatten();
        let mut others = ends.filter(|(_, known)| known.is_some_and(|known| known != connector));
        others.next().map_or(Timestamp::UNKNOWN, |(end, _)| *end)
    }
}

/// The silence at the end of a course, if it is not normal.
fn silence(course: &Course, until: Timestamp) -> Option<Silence> {
    let mut sessions = 0;
    let (mut first, mut last) = (Timestamp::UNKNOWN, Timestamp::UNKNOWN);
    for (_, stretch) in course.stretches() {
        sessions += stretch.all.sessions;
        first = first.earlier(stretch.all.first);
        last = last.later(stretch.all.last);
    }
    if sessions < FEWEST {
        return None;
    }
    let usual = usual_gap(course)?;
    let limit = SHORTEST.max(usual.saturating_mul(TIMES_USUAL));
    let is_long = until.since(last)? > limit;
    (is_long && Hours::of(course).expect_sessions(first, last, until)).then_some(Silence {
        since: last,
        until,
        usual,
        sessions,
    })
}

/// The median of the gaps between sessions, in milliseconds. Within a stretch, all gaps count as equal.
fn usual_gap(course: &Course) -> Option<i64> {
    let mut gaps: Vec<(i64, i64)> = Vec::new();
    let mut before = Timestamp::UNKNOWN;
    for (_, stretch) in course.stretches() {
        let all = stretch.all;
        gaps.extend(all.first.since(before).map(|gap| (gap, 1)));
        let more = i64::try_from(all.sessions).unwrap_or(i64::MAX) - 1;
        if more > 0 {
            gaps.push((all.last.since(all.first)? / more, more));
        }
        before = all.last;
    }
    gaps.sort_unstable();
    let half = gaps.iter().map(|(_, times)| times).sum::<i64>() / 2;
    let mut seen = 0;
    let median = gaps.iter().find(|(_, times)| {
        seen += times;
        seen > half
    });
    median.map(|(gap, _)| *gap)
}

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

/// In which hours a connector had sessions, counted from the epoch.
struct Hours(BTreeSet<i64>);

impl Hours {
    fn of(course: &Course) -> Hours {
        let stretches = course.stretches();
        let hours = stretches.flat_map(|(_, stretch)| {
            let (first, last) = (stretch.all.first.millis(), stretch.all.last.millis());
            [first.div_euclid(HOUR), last.div_euclid(HOUR)]
        });
        Hours(hours.collect())
    }

    /// Whether a silence reaches into hours in which there were sessions on most days before. Nights
    /// and weekends are silent in an office. On the first day, nothing is known about its hours, and
    /// on the first weekend nothing about weekends.
    fn expect_sessions(&self, first: Timestamp, last: Timestamp, until: Timestamp) -> bool {
        let first_day = first.millis().div_euclid(DAY);
        if until.millis().div_euclid(DAY) == first_day {
            return true;
        }
        let silent = (last.millis().div_euclid(HOUR) + 1)..until.millis().div_euclid(HOUR);
        let expected = silent.filter(|hour| {
            let day = hour.div_euclid(24);
            let before = (first_day..day).filter(|other| is_weekend(*other) == is_weekend(day));
            // The day of the last session counts only up to it.
            let before = before
                .filter(|other| other * 24 + hour.rem_euclid(24) < last.millis().div_euclid(HOUR));
            let (mut days, mut active) = (0, 0);
            for other in before {
                days += 1;
                active += u32::from(self.0.contains(&(other * 24 + hour.rem_euclid(24))));
            }
            days > 0 && active * 2 > days
        });
        let least = usize::try_from(SHORTEST / HOUR).unwrap_or(usize::MAX);
        expected.count() >= least
    }
}

/// Whether a day, counted from the epoch (a Thursday), is a Saturday or a Sunday.
fn is_weekend(day: i64) -> bool {
    matches!((day + 4).rem_euclid(7), 0 | 6)
}

fn finding(
    language: Language,
    analysis: &Analysis<'_>,
    stream: usize,
    connector: Name,
    silence: Silence,
) -> Finding {
    let name = analysis.aggregate.names.text(connector);
    let stream_name = analysis.streams.get(stream).map_or(".", |one| &one.name);
    let mut message = sentences::silent(
        language,
        name,
        &stream_place(language, stream_name),
        &silence.since.to_string(),
        &silence.until.to_string(),
    );
    let minutes = (silence.usual / 60_000).max(1).unsigned_abs();
    let interval = count(language, minutes, count::MINUTE);
    message.push_str(&sentences::before(language, silence.sessions, &interval));
    let command = format!(
        "Get-Queue | Where-Object NextHopConnector -eq (Get-SendConnector -Identity {}).Guid | Format-List Identity,MessageCount,LastError",
        command::send_identity(name)
    );
    let found = Finding::of(&ConnectorFellSilent::META, name, message)
        .confidence(Confidence::Medium)
        .fix(Fix::inspect(
            Where::OnPremises,
            command,
            &sentences::look_at_queue(language),
        ));
    let mut own = analysis.lane(connector, stream).map(|(flow, _)| flow);
    match own.find_map(|flow| flow.certificate_evidence.clone()) {
        Some(row) => found.proof(Proof::Log(row)),
        None => found,
    }
}

/// A sentence on the named certificate: where it is, or what is not known.
fn on_certificate(
    context: &CheckContext<'_>,
    analysis: &Analysis<'_>,
    (stream, connector): (usize, Name),
) -> String {
    let language = context.language;
    let name = analysis.aggregate.names.text(connector);
    let Some(export) = analysis.exports_of(name).next() else {
        return sentences::give_send_connectors(language);
    };
    match &export.tls_certificate_name {
        Known::Lost => {
            return sentences::name_lost(language);
        }
        Known::Value(None) => {
            return sentences::names_none(language);
        }
        Known::Value(Some(_)) => {}
    }
    let server = analysis.server_name(stream);
    let server = server.or_else(|| match named::source_servers(export) {
        [only] => Some(only.as_str()),
        _ => None,
    });
    let certificates = &context.on_premises.certificates;
    let is_exported = server.is_some_and(|server| {
        let mut known = certificates.iter().filter_map(|one| one.server.as_deref());
        known.any(|known| same_server(known, server))
    });
    let wanted = named::name_of(export);
    let there = wanted.zip(server);
    let there = there.is_some_and(|(wanted, server)| {
        named::on_server(context, server, &wanted).next().is_some()
    });
    if there {
        sentences::certificate_is_there(language)
    } else if is_exported {
        sentences::certificate_is_missing(language)
    } else {
        sentences::give_certificates(language)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onprem::{OnPremises, SendConnector};
    use crate::scenario::exports::{exchange_certificate, of_logs, on_premises, send_connector};
    use crate::scenario::logs::{Session, TAKEN, contoso};
    use crate::scenario::queues::{queue_with, with_context};

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
    fn what_is_known_of_the_named_certificate_is_said() {
        let mut sessions = busy();
        sessions.push(other("2026-11-03T11:30"));
        let ends = |own: &OnPremises, words: &str| {
            let found = of_logs(&ConnectorFellSilent, &sessions, &[contoso()], own);
            let [finding] = &found.findings[..] else {
                panic!("{found:?}")
            };
            assert!(finding.message.ends_with(words), "{}", finding.message);
        };
        ends(&OnPremises::default(), "(Get-SendConnector).");
        let connector = send_connector;
        ends(
            &on_premises(vec![connector()], Vec::new()),
            "is not known: give its certificates too (Get-ExchangeCertificate).",
        );
        let of = |name: Known<Option<String>>| {
            let connector = SendConnector {
                tls_certificate_name: name,
                ..connector()
            };
            on_premises(vec![connector], vec![exchange_certificate('A')])
        };
        let named = connector().tls_certificate_name;
        ends(&of(named), "if it has expired or is not valid.");
        let gone = "<I>CN=Old CA<S>CN=mail.contoso.com".to_owned();
        ends(
            &of(Known::Value(Some(gone))),
            "no certificate of that name on the server.",
        );
        ends(&of(Known::Value(None)), "so the reason is another one.");
        ends(&of(Known::Lost), "which certificate it names is not known.");
        // The certificates of another server say nothing.
        let mut elsewhere = exchange_certificate('A');
        elsewhere.server = Some("EX02".to_owned());
        ends(
            &on_premises(vec![connector()], vec![elsewhere]),
            "(Get-ExchangeCertificate).",
        );
    }

    #[test]
    fn a_queue_says_why() {
        let mut sessions = busy();
        sessions.push(other("2026-11-03T11:30"));
        let own = OnPremises::default();
        let heeding = |error: &str| {
            let found = of_logs(&ConnectorFellSilent, &sessions, &[contoso()], &own);
            let mut finding = found.findings.into_iter().next().expect("a finding");
            with_context(&queue_with(error), &[], |queue| {
                assert!(ConnectorFellSilent.heed_queue(&mut finding, &queue.expect("a context")));
            });
            finding
        };
        let sure = heeding(
            "454 4.7.5 The certificate specified in TlsCertificateName of the SendConnector could not be found.",
        );
        assert!(sure.message.contains("Queue EX01\\41 shows '454 4.7.5"));
        assert!(sure.fix.len() == 1 && sure.fix[0].command.is_none());
        let open = heeding("450 4.7.230 Blocked");
        assert!(open.message.contains("4.7.230") && open.fix[0].command.is_some());
    }

    #[test]
    fn stays_silent_where_the_log_ends_or_the_gap_is_usual() {
        assert_eq!(found(&busy()), 0);
        let mut short = busy();
        short.push(other("2026-11-03T10:00"));
        assert_eq!(found(&short), 0);
        let mut with_a_night = busy();
        with_a_night.push(other("2026-11-04T07:00"));
        assert_eq!(found(&with_a_night), 0);
    }

    #[test]
    fn fires_in_the_hours_of_an_office_and_not_at_its_weekend() {
        let day = |day: &str, hours: std::ops::Range<u32>| -> Vec<Session> {
            let times = hours.flat_map(|hour| [0, 20, 40].map(|minute| (hour, minute)));
            let time = |(hour, minute)| format!("{day}T{hour:02}:{minute:02}");
            times
                .map(|each| at(Box::leak(time(each).into_boxed_str())))
                .collect()
        };
        let days: Vec<Session> = ["2026-11-03", "2026-11-04", "2026-11-05"]
            .iter()
            .flat_map(|each| day(each, 8..15))
            .collect();
        // Friday morning is dead.
        let mut dead = days.clone();
        dead.extend([at("2026-11-06T08:00"), other("2026-11-06T14:00")]);
        assert_eq!(found(&dead), 1);
        // On Friday evening and Saturday nobody works.
        let mut weekend = days.clone();
        weekend.extend(day("2026-11-06", 8..15));
        weekend.push(other("2026-11-07T20:00"));
        assert_eq!(found(&weekend), 0);
    }
}
