//! The beginning of a report: what is broken, how much, and the command to run first.
//!
//! In: the document. Out: short texts. Names in them are not yet escaped, see [`super::phrases`].
//! Must not lay out text. Must not say more than was checked: without logs, the texts are only about
//! the configuration.

use crate::language::count::{self, count, grouped};
use crate::language::{Language, labels, sentences};
use crate::render::phrases::subject;
use crate::render::state::Outcome;
use crate::render::{fact_sentences, facts, words};
use crate::report::document::{
    CheckFinding, Confidence, Document, Fix, Incident, IncidentState, Purpose, Severity,
};

/// The counts of what was found, such as `1 incident, 6 rejections`.
fn counts(language: Language, report: &Document) -> String {
    let mut counts = Vec::new();
    if !report.incidents.is_empty() {
        let incidents = report.incidents.len() as u64;
        counts.push(count(language, incidents, count::INCIDENT));
        counts.extend(extent(language, &report.incidents));
    } else if report.input.files > 0 {
        counts.push(no_incident(language));
    }
    if !report.findings.is_empty() {
        let findings = report.findings.len() as u64;
        counts.push(count(language, findings, count::FINDING));
    } else if report.input.files == 0 && report.incidents.is_empty() {
        counts.push(no_finding(language));
    }
    language.list(&counts)
}

/// How much all incidents reject. Where most sessions end without a reply, sessions are counted.
fn extent(language: Language, incidents: &[Incident]) -> Option<String> {
    let answered = incidents
        .iter()
        .filter(|one| Outcome::of(one) != Outcome::Silent);
    let rejected = answered.map(|one| one.rejected.replies).sum();
    let sessions = incidents.iter().map(|one| one.rejected.sessions).sum();
    let queues = incidents
        .iter()
        .filter(|one| one.status.state != IncidentState::Over)
        .filter_map(|one| one.queue.as_ref());
    let waiting = queues.map(|queue| queue.messages.unwrap_or(0)).sum();
    match (rejected, sessions, waiting) {
        (0, 0, 0) => None,
        (0, 0, waiting) => Some(count(language, waiting, count::WAITING_MESSAGE)),
        (0, sessions, _) => Some(count(language, sessions, count::FAILED_SESSION)),
        (rejected, ..) => Some(count(language, rejected, count::REJECTION)),
    }
}

/// The first sentences: what is broken, or that nothing was found and where.
pub(super) fn sentences(language: Language, report: &Document) -> String {
    let mut sentences = Vec::new();
    if let Some(worst) = report.incidents.first() {
        sentences.push(counted(language, &counts(language, report)));
        sentences.extend(of_incident(language, worst));
        // If no step has a command, the first step is shown instead.
        if worst.fix.iter().all(|step| step.command.is_none())
            && let Some(step) = worst.fix.first()
        {
            sentences.push(what_to_do(language, &step.note));
        }
        return language.together(&sentences);
    }
    if report.input.files > 0 {
        sentences.extend(all_clear(language, report));
    }
    match worst_finding(report) {
        Some(worst) => sentences.push(of_findings(language, &report.findings, worst)),
        None if report.hidden.findings > 0 => {}
        None if report.input.files == 0 => {
            sentences.push(no_problem(language));
            if !report.not_judged.is_empty() {
                sentences.push(listed_below(language));
            }
        }
        None => {}
    }
    if report.hidden.findings > 0 {
        let findings = count(language, report.hidden.findings, count::FINDING);
        sentences.push(fact_sentences::options_left_out(language, &findings));
    }
    language.together(&sentences)
}

/// The sentences for an incident, in the tense of its state.
fn of_incident(language: Language, incident: &Incident) -> Vec<String> {
    let known = |time: &Option<String>| {
        let time = time.clone();
        time.unwrap_or_else(|| words::unknown_time(language))
    };
    let (first, last) = (&known(&incident.first), &known(&incident.last));
    let connector = &incident.send_connector;
    let (name, code) = (&incident.cause.name, &incident.cause.code);
    if incident.cause.severity == Severity::Info {
        return vec![match incident.status.state {
            IncidentState::Ongoing => has_delays(language, connector, first, name, code),
            _ => had_delays(language, connector, first, last, name, code),
        }];
    }
    let then = match (incident.status.state, &incident.queue) {
        (IncidentState::Ongoing, _) => {
            return vec![fails(language, connector, first, name, code)];
        }
        (IncidentState::Over, _) => works_again(language),
        (IncidentState::Unclear, Some(_)) => nothing_shows(language),
        (IncidentState::Unclear, None) => logs_do_not_show(language),
    };
    vec![failed(language, connector, first, last, name, code), then]
}

/// The sentence for findings without an incident: how many there are, and what the worst is about.
fn of_findings(language: Language, findings: &[CheckFinding], worst: &CheckFinding) -> String {
    let number = count(language, findings.len() as u64, count::FINDING);
    let severities = severities(language, findings);
    let subject = subject(language, worst);
    let (name, code) = (&worst.name, &worst.code);
    match findings {
        [_] => only_finding(language, &number, &severities, &subject, name, code),
        _ => first_finding(language, &number, &severities, &subject, name, code),
    }
}

/// The sentences for a report without incidents. They do not claim more than was checked.
fn all_clear(language: Language, report: &Document) -> Vec<String> {
    let input = &report.input;
    if input.records == 0 && input.malformed_lines > 0 {
        return vec![nothing_read(language)];
    }
    let mut sentences = vec![match input.exchange_online_sessions {
        _ if input.sessions_left_out > 0 => {
            let sessions = count(language, input.sessions_left_out, count::SESSION);
            none_chosen(language, &sessions)
        }
        0 => no_session(language),
        sessions => none_in(language, &count(language, sessions, count::SESSION)),
    }];
    if input.lacks_much() {
        let lines = count(language, input.malformed_lines, count::LINE);
        sentences.push(fact_sentences::incomplete(language, &lines));
    }
    if report.hidden.incidents > 0 {
        let incidents = count(language, report.hidden.incidents, count::INCIDENT);
        sentences.push(fact_sentences::options_left_out(language, &incidents));
    }
    sentences
}

/// The first finding of the worst severity.
pub(super) fn worst_finding(report: &Document) -> Option<&CheckFinding> {
    let worst = report.findings.iter().map(|found| found.severity).max()?;
    report.findings.iter().find(|found| found.severity == worst)
}

/// The number of findings of each severity, the worst first.
fn severities(language: Language, findings: &[CheckFinding]) -> String {
    let of = |severity: Severity| {
        let found = findings.iter().filter(|found| found.severity == severity);
        let number = found.count() as u64;
        (number > 0).then(|| match severity {
            Severity::Error => count(language, number, count::ERROR),
            Severity::Warning => count(language, number, count::WARNING),
            Severity::Info => fact_sentences::for_information(language, &grouped(number)),
        })
    };
    let severities = [Severity::Error, Severity::Warning, Severity::Info];
    let severities: Vec<String> = severities.into_iter().filter_map(of).collect();
    language.list(&severities)
}

/// The step whose command is shown below the first sentences, and the line before it. It is a step
/// of the worst incident, or without incidents of the worst finding.
pub(super) fn first_step(language: Language, report: &Document) -> Option<(String, &Fix)> {
    let (confidence, steps) = match report.incidents.first() {
        Some(incident) => (incident.cause.confidence, &incident.fix),
        // A finding for information needs no immediate action.
        None => worst_finding(report)
            .filter(|found| found.severity > Severity::Info)
            .map(|found| (found.confidence, &found.fix))?,
    };
    let step = steps.iter().find(|step| step.command.is_some())?;
    let shell = facts::shell(language, &step.place);
    let intro = if confidence == Confidence::Low || step.purpose == Purpose::Inspect {
        words::find_out_in(language, &shell)
    } else {
        words::fix_in(language, &shell)
    };
    Some((intro, step))
}

labels! {
    no_incident: "no incident", "インシデントなし" ["bc4be508"];
    no_finding: "no finding", "検出事項なし" ["49889577"];
    no_problem: "No check found a problem in the given configuration.", "指定した構成に問題は見つかりませんでした。" ["8330f46d"];
    listed_below: "What could not be checked is listed below.", "確認できなかったことは以下のとおりです。" ["11c41609"];
    works_again: "It works again now.", "現在は復旧しています。" ["c98bd1e4"];
    nothing_shows: "Nothing shows whether it is over.", "解消したかどうかを示すものはありません。" ["e8c3d7f6"];
    logs_do_not_show: "The logs do not show whether it is over.", "解消したかどうかはログからは分かりません。" ["8a101c94"];
    nothing_read: "No row of these logs could be read, so nothing is known about the mail.", "ログの行を 1 行も読み取れなかったため、メールについては何も分かりません。" ["becf39d8"];
    no_session: "No incident: these logs contain no session to Exchange Online.", "インシデントはありません。ログに Exchange Online へのセッションがありません。" ["0fef8c66"];
}

sentences! {
    /// The counts of what was found, as the first sentence.
    fn counted(counts: &str) {
        en: "{counts}.",
        ja: "{counts}。" ["deafa03d"],
    }
    /// The first step, where no step has a command.
    fn what_to_do(step: &str) {
        en: "What to do: {step}",
        ja: "対処方法: {step}" ["5f47de39"],
    }
    /// Mail that is delayed.
    fn has_delays(connector: &str, first: &str, name: &str, code: &str) {
        en: "'{connector}' has had delays since {first}: {name} ({code}).",
        ja: "「{connector}」は {first} から遅延しています: {name} ({code})。" ["08269604"],
    }
    /// Mail that was delayed.
    fn had_delays(connector: &str, first: &str, last: &str, name: &str, code: &str) {
        en: "'{connector}' had delays from {first} to {last}: {name} ({code}).",
        ja: "「{connector}」は {first} から {last} まで遅延していました: {name} ({code})。" ["35268bbb"],
    }
    /// Mail that is rejected.
    fn fails(connector: &str, first: &str, name: &str, code: &str) {
        en: "'{connector}' has been failing since {first}: {name} ({code}).",
        ja: "「{connector}」は {first} から失敗しています: {name} ({code})。" ["8a61d1d1"],
    }
    /// Mail that was rejected.
    fn failed(connector: &str, first: &str, last: &str, name: &str, code: &str) {
        en: "'{connector}' failed from {first} to {last}: {name} ({code}).",
        ja: "「{connector}」は {first} から {last} まで失敗していました: {name} ({code})。" ["8188fbb1"],
    }
    /// The only finding.
    fn only_finding(number: &str, severities: &str, subject: &str, name: &str, code: &str) {
        en: "{number}: {severities}. It is about '{subject}': {name} ({code}).",
        ja: "{number}: {severities}。対象は「{subject}」です: {name} ({code})。" ["8ce84e36"],
    }
    /// The worst of several findings.
    fn first_finding(number: &str, severities: &str, subject: &str, name: &str, code: &str) {
        en: "{number}: {severities}. The worst is about '{subject}': {name} ({code}).",
        ja: "{number}: {severities}。最も重大なものの対象は「{subject}」です: {name} ({code})。" ["c7aee737"],
    }
    /// No incident in any session.
    fn none_in(sessions: &str) {
        en: "No incident in {sessions} to Exchange Online.",
        ja: "Exchange Online への{sessions}にインシデントはありません。" ["ed3c18ef"],
    }
    /// No incident in the sessions that options chose.
    fn none_chosen(sessions: &str) {
        en: "No incident in the chosen sessions. --since, --until or --connector left out {sessions}.",
        ja: "選択したセッションにインシデントはありません。--since、--until、--connector により{sessions}を除外しました。" ["842755f5"],
    }
}
