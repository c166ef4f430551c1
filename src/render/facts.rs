//! What people ask first about a report, in short sentences: how it stands, who is affected, what became of
//! the mail, what works.
//!
//! In: parts of the document. Out: short texts in the language of the reader. Names in them are as they
//! came from logs and exports, so the caller escapes them for its format.
//! Must not lay out text: no width, no markup, no colour.

use crate::language::count::{self, Noun, count, grouped};
use crate::language::{Language, labels, sentences};
use crate::render::state::Shown;
use crate::render::times::Clock;
use crate::report::document::{
    CheckFinding, Confidence, Document, Healthy, Hidden, Incident, IncidentState, MailCount,
    Severity,
};

/// How many servers are named where there is room for some.
const MOST_SERVERS: usize = 4;

/// How many incidents are in which state, such as `3 incidents: 2 ongoing, 1 over`.
pub(super) fn states(language: Language, incidents: &[Incident]) -> String {
    let number = |state: IncidentState| {
        let those = incidents
            .iter()
            .filter(|incident| incident.status.state == state);
        those.count() as u64
    };
    let states = [
        (number(IncidentState::Ongoing), ongoing(language)),
        (number(IncidentState::Unclear), unclear(language)),
        (number(IncidentState::Over), over(language)),
    ];
    let states: Vec<String> = states
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, word)| number_of(language, &grouped(number), &word))
        .collect();
    let all = count(language, incidents.len() as u64, count::INCIDENT);
    with_parts(language, &all, &language.list(&states))
}

/// How certain a cause is.
pub(super) fn confidence(language: Language, confidence: Confidence) -> String {
    match confidence {
        Confidence::High => certain(language),
        Confidence::Medium => likely(language),
        Confidence::Low => unconfirmed(language),
    }
}

/// The shell for a command, as it follows the word "in".
pub(super) fn shell(language: Language, place: &str) -> String {
    match (language, place) {
        (Language::English, "Exchange Management Shell") => format!("the {place}"),
        _ => place.to_owned(),
    }
}

/// The servers of an incident, each once. A stream is `SERVER/Role`, or the given folder.
pub(super) fn servers(language: Language, streams: &[String]) -> Vec<String> {
    let mut servers: Vec<String> = Vec::new();
    for stream in streams {
        let server = match stream.as_str() {
            "." => given_folder(language),
            stream => server_of(stream).to_owned(),
        };
        if !servers.contains(&server) {
            servers.push(server);
        }
    }
    servers
}

/// The server of a stream whose path shows it.
pub(super) fn server_of(stream: &str) -> &str {
    match stream.rsplit_once('/') {
        Some((server, "Hub" | "FrontEnd" | "Edge")) => server,
        _ => stream,
    }
}

/// The servers in the narrow column of a table. The given folder has no name.
pub(super) fn servers_in_brief(language: Language, incident: &Incident) -> String {
    let queues = incident.queue.iter().flat_map(|queue| &queue.queues);
    let mut names = servers(language, &incident.streams);
    if incident.streams == ["."] {
        names.clear();
    }
    names.extend(queues.cloned());
    match names.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [first, rest @ ..] => format!("{first} +{}", rest.len()),
    }
}

/// How large an incident is: messages, else sessions that failed, else messages that wait.
pub(super) fn size(incident: &Incident) -> u64 {
    let waiting = incident.queue.as_ref().and_then(|queue| queue.messages);
    match (incident.rejected.messages, incident.rejected.sessions) {
        (0, 0) => waiting.unwrap_or(0),
        (0, sessions) => sessions,
        (messages, _) => messages,
    }
}

/// What its size counts.
pub(super) fn size_noun(incident: &Incident) -> Noun {
    match (incident.rejected.messages, incident.rejected.sessions) {
        (0, 0) => count::WAITING_MESSAGE,
        (0, _) => count::FAILED_SESSION,
        _ => count::MESSAGE,
    }
}

/// Since when, or from when to when.
pub(super) fn when(language: Language, clock: &Clock, incident: &Incident) -> String {
    let (Some(first), Some(last)) = (&incident.first, &incident.last) else {
        return unknown_time(language);
    };
    match incident.status.state {
        IncidentState::Ongoing => since(language, &clock.time(first), &clock.time(last)),
        IncidentState::Over => {
            let later = incident.status.accepted_after;
            let later = count(language, later, count::RECIPIENT);
            accepted_since(language, &clock.period(first, last), &later)
        }
        IncidentState::Unclear => not_shown(language, &clock.period(first, last)),
    }
}

/// Servers, messages, rejections and sessions that are affected.
pub(super) fn hit(language: Language, incident: &Incident) -> String {
    let rejected = incident.rejected;
    let numbers = [
        (rejected.messages, count::MESSAGE),
        (rejected.senders.unwrap_or(0), count::SENDER),
        (rejected.replies, count::REJECTION),
        (rejected.sessions, count::SESSION),
    ];
    let mut parts: Vec<String> = numbers
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, noun)| count(language, number, noun))
        .collect();
    if let Some(queue) = &incident.queue {
        let waiting = queue.messages;
        parts.push(waiting.map_or_else(
            || unknown_number_waits(language),
            |messages| count(language, messages, count::WAITING_MESSAGE),
        ));
        parts.push(in_queue(language, &some(language, &queue.queues)));
    }
    let counted = language.list(&parts);
    let servers = servers(language, &incident.streams);
    match incident.streams.as_slice() {
        [] => counted,
        [only] if only == "." => in_folder(language, &counted),
        _ => on_servers(language, &counted, &some(language, &servers)),
    }
}

/// Some names, and how many more there are.
fn some(language: Language, names: &[String]) -> String {
    if names.len() <= MOST_SERVERS {
        return language.list(names);
    }
    let first = language.list(&names[..MOST_SERVERS]);
    and_more(
        language,
        &first,
        &grouped((names.len() - MOST_SERVERS) as u64),
    )
}

/// What became of the messages.
pub(super) fn mail(language: Language, mail: &MailCount) -> String {
    let parts = [
        (mail.bounced, bounced(language)),
        (mail.lost, lost(language)),
        (mail.delivered_later, delivered_later(language)),
        (mail.waiting, waiting(language)),
        (mail.unknown, unknown(language)),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, word)| number_of(language, &grouped(number), &word))
        .collect();
    let recipients = count(language, mail.recipients, count::RECIPIENT);
    mail_of(language, &language.list(&parts), &recipients)
}

/// Names that were compared: what was offered, and what is expected. Each with its label.
pub(super) fn compared(language: Language, incident: &Incident) -> Vec<(String, String)> {
    let mut values = Vec::new();
    let failing = incident.failing_step.as_ref();
    let offered_names = failing.map_or(&[][..], |failing| &failing.offered);
    let expected_names = failing.map_or(&[][..], |failing| &failing.expected);
    if !offered_names.is_empty() {
        values.push((offered(language), some(language, offered_names)));
    }
    let connector = incident.inbound_connector.as_ref().map(|connector| {
        let tenant = incident.tenant.as_deref().unwrap_or_default();
        connector_of(language, &language.quoted(connector), tenant)
    });
    match (expected_names, connector) {
        ([], None) => {}
        ([], Some(connector)) => values.push((against(language), connector)),
        (names, None) => values.push((expected(language), some(language, names))),
        (names, Some(connector)) => {
            let names = some(language, names);
            values.push((
                expected(language),
                expected_by(language, &names, &connector),
            ));
        }
    }
    values
}

/// The send connectors that work, the first of them by name.
pub(super) fn works(language: Language, healthy: &[Healthy], most: usize) -> Option<String> {
    names_of(language, healthy, most).map(|names| {
        let accepted = healthy.iter().map(|connector| connector.accepted).sum();
        working(
            language,
            &names,
            &count(language, accepted, count::RECIPIENT),
        )
    })
}

/// The names of the send connectors that work, and how many recipients were accepted.
pub(super) fn works_in_brief(language: Language, healthy: &[Healthy]) -> Option<(String, u64)> {
    let names = names_of(language, healthy, MOST_SERVERS)?;
    let accepted = healthy.iter().map(|connector| connector.accepted).sum();
    Some((names, accepted))
}

/// A send connector that works, with its counts.
pub(super) fn healthy(language: Language, connector: &Healthy) -> String {
    let rejected = connector
        .other_rejections
        .iter()
        .map(|kind| kind.count)
        .sum();
    let counts = [
        (connector.sessions, count::SESSION),
        (connector.accepted, count::ACCEPTED_RECIPIENT),
        (rejected, count::OTHER_REJECTION),
        (connector.dropped, count::SESSION_WITHOUT_REPLY),
        (connector.not_connected, count::FAILED_CONNECTION),
    ];
    let counts: Vec<String> = counts
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, noun)| count(language, number, noun))
        .collect();
    let servers = servers(language, &connector.streams);
    let name = language.quoted(&connector.send_connector);
    with_parts(
        language,
        &on_servers(language, &name, &some(language, &servers)),
        &language.list(&counts),
    )
}

/// How serious something is.
pub(super) fn severity(language: Language, severity: Severity) -> String {
    match severity {
        Severity::Error => error_word(language),
        Severity::Warning => warning_word(language),
        Severity::Info => info_word(language),
    }
}

labels! {
    pub(super) error_word: "error", "エラー" ["21918751"];
    pub(super) warning_word: "warning", "警告" ["792112ef"];
    pub(super) info_word: "info", "情報" ["0fb40705"];
}

/// The send connectors that delivered nothing, the first of them by name.
pub(super) fn delivered_nothing(
    language: Language,
    unproven: &[Healthy],
    most: usize,
) -> Option<String> {
    names_of(language, unproven, most).map(|names| nothing_delivered(language, &names))
}

fn names_of(language: Language, connectors: &[Healthy], most: usize) -> Option<String> {
    let names: Vec<String> = connectors
        .iter()
        .take(most)
        .map(|connector| language.quoted(&connector.send_connector))
        .collect();
    if names.is_empty() {
        return None;
    }
    let more = connectors.len().saturating_sub(most) as u64;
    let names = language.list(&names);
    Some(match more {
        0 => names,
        more => and_more(language, &names, &grouped(more)),
    })
}

/// What the checks found, as a sentence.
pub(super) fn checks(language: Language, findings: &[CheckFinding]) -> Option<String> {
    severities(language, findings).map(|found| checks_found(language, &found))
}

/// How many findings of each severity there are, with their codes.
pub(super) fn severities(language: Language, findings: &[CheckFinding]) -> Option<String> {
    let of = |severity: Severity| {
        let found = findings
            .iter()
            .filter(|finding| finding.severity == severity);
        let mut codes: Vec<&str> = found.clone().map(|finding| finding.code.as_str()).collect();
        let number = codes.len() as u64;
        codes.dedup();
        let number = match severity {
            Severity::Error => count(language, number, count::ERROR),
            Severity::Warning => count(language, number, count::WARNING),
            Severity::Info => for_information(language, &grouped(number)),
        };
        (!codes.is_empty()).then(|| with_codes(language, &number, &language.list(&codes)))
    };
    let all = [Severity::Error, Severity::Warning, Severity::Info];
    let parts: Vec<String> = all.into_iter().filter_map(of).collect();
    (!parts.is_empty()).then(|| language.list(&parts))
}

/// How much could not be checked.
pub(super) fn not_judged(language: Language, report: &Document) -> Option<String> {
    let points = report.not_judged.len() as u64;
    (points > 0).then(|| not_checked(language, &count(language, points, count::POINT)))
}

/// What `--select` and `--ignore` left out.
pub(super) fn left_out(language: Language, hidden: &Hidden) -> Option<String> {
    let numbers = [
        (hidden.incidents, count::INCIDENT),
        (hidden.findings, count::FINDING),
    ];
    let parts: Vec<String> = numbers
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, noun)| count(language, number, noun))
        .collect();
    (!parts.is_empty()).then(|| options_left_out(language, &language.list(&parts)))
}

/// How many lines could not be read, if they are so many that the report says too little.
pub(super) fn unreadable(language: Language, report: &Document) -> Option<String> {
    let input = &report.input;
    let lines = || count(language, input.malformed_lines, count::LOG_LINE);
    input.lacks_much().then(|| incomplete(language, &lines()))
}

/// Whether mail of an incident is rejected, waits, or dies without a reply, in two words. The subject is a
/// server or a send connector.
pub(super) fn what_happens(language: Language, subject: &str, state: Shown) -> String {
    match state {
        Shown::Rejected => is_rejected(language, subject),
        Shown::Silent => is_silent(language, subject),
        Shown::Waiting => waits(language, subject),
        Shown::Delayed => is_delayed(language, subject),
        Shown::Unclear => was_rejected(language, subject),
        Shown::Over => is_over(language, subject),
    }
}

sentences! {
    /// How many incidents go on, behind their number.
    fn ongoing() {
        en: "ongoing",
        ja: "継続中" ["37651ac2"],
    }
    /// How many incidents may be over, behind their number.
    fn unclear() {
        en: "unclear",
        ja: "不明" ["94aec663"],
    }
    /// How many incidents are over, behind their number.
    fn over() {
        en: "over",
        ja: "解消済み" ["31f6520f"],
    }
    /// A number and what it counts, such as `3 bounced`.
    fn number_of(number: &str, word: &str) {
        en: "{number} {word}",
        ja: "{word} {number} 件" ["1b0c09e6"],
    }
    /// A sum and its parts.
    fn with_parts(sum: &str, parts: &str) {
        en: "{sum}: {parts}",
        ja: "{sum}: {parts}" ["9b0b02d6"],
    }
    /// The input proves it.
    fn certain() {
        en: "certain",
        ja: "確実" ["3f55c869"],
    }
    /// It follows from the simulated attribution.
    fn likely() {
        en: "likely",
        ja: "可能性が高い" ["7e993075"],
    }
    /// A place to look first.
    fn unconfirmed() {
        en: "unconfirmed",
        ja: "未確認" ["9d126603"],
    }
    /// The stream that is the PATH itself.
    fn given_folder() {
        en: "the given folder",
        ja: "指定したフォルダー" ["ac4b56c7"],
    }
    /// The time of an incident that has none.
    fn unknown_time() {
        en: "at an unknown time",
        ja: "時刻不明" ["3890583a"],
    }
    /// The time of an incident that goes on.
    fn since(first: &str, last: &str) {
        en: "since {first}, last seen {last}",
        ja: "{first} から継続中、最後の記録は {last}" ["212838cc"],
    }
    /// The time of an incident that is over.
    fn accepted_since(period: &str, recipients: &str) {
        en: "{period}; {recipients} accepted since then",
        ja: "{period}。その後{recipients}が受け入れられています" ["dfbc57ef"],
    }
    /// The time of an incident that may be over.
    fn not_shown(period: &str) {
        en: "{period}; the logs do not show whether it is over",
        ja: "{period}。解消したかどうかはログからは分かりません" ["424b6876"],
    }
    /// In place of a number of messages in a queue.
    fn unknown_number_waits() {
        en: "an unknown number of messages waits",
        ja: "待機中のメッセージ数は不明" ["656b7794"],
    }
    /// The queue of waiting messages.
    fn in_queue(queues: &str) {
        en: "in queue {queues}",
        ja: "キュー {queues}" ["e45b810f"],
    }
    /// What is affected on which servers.
    fn on_servers(counted: &str, servers: &str) {
        en: "{counted} on {servers}",
        ja: "{servers} の{counted}" ["4623989e"],
    }
    /// What is affected in the folder that was given.
    fn in_folder(counted: &str) {
        en: "{counted} in the given folder",
        ja: "指定したフォルダーの{counted}" ["9faa0cc0"],
    }
    /// Some names, and how many are left out.
    pub(super) fn and_more(names: &str, more: &str) {
        en: "{names} and {more} more",
        ja: "{names}、ほか {more} 件" ["c74a0140"],
    }
    /// The sender is told.
    fn bounced() {
        en: "bounced",
        ja: "配信不能 (送信者に通知)" ["3e7a1e1b"],
    }
    /// Nobody is told.
    fn lost() {
        en: "lost",
        ja: "通知なしで消失" ["e234733b"],
    }
    /// Another attempt delivered it.
    fn delivered_later() {
        en: "taken all the same",
        ja: "その後配信" ["71abc9be"],
    }
    /// It is in a queue.
    fn waiting() {
        en: "waiting",
        ja: "キューで待機中" ["eeda06a8"],
    }
    /// The input does not show it.
    fn unknown() {
        en: "unknown",
        ja: "不明" ["9b759fb9"],
    }
    /// What became of the mail, of how many people.
    fn mail_of(fates: &str, recipients: &str) {
        en: "{fates} ({recipients})",
        ja: "{fates} ({recipients})" ["3d405cf3"],
    }
    /// The label of the name that was offered.
    fn offered() {
        en: "Offered",
        ja: "提示" ["2bd643c4"],
    }
    /// The label of the name that is expected.
    fn expected() {
        en: "Expected",
        ja: "想定" ["8659f1f9"],
    }
    /// The names that are expected, and by which connector.
    fn expected_by(names: &str, connector: &str) {
        en: "{names}, by {connector}",
        ja: "{names} ({connector})" ["3cb4b217"],
    }
    /// The label of the connector that it was compared with.
    fn against() {
        en: "Against",
        ja: "比較対象" ["679555a0"],
    }
    /// An inbound connector and its tenant.
    fn connector_of(connector: &str, tenant: &str) {
        en: "inbound connector {connector} of {tenant}",
        ja: "{tenant} の受信コネクタ{connector}" ["3e9a5269"],
    }
    /// Send connectors that work.
    fn working(connectors: &str, recipients: &str) {
        en: "Works: {connectors} ({recipients} accepted).",
        ja: "正常: {connectors} ({recipients}を受け入れ)。" ["efd4eaff"],
    }
    /// Send connectors that delivered nothing.
    fn nothing_delivered(connectors: &str) {
        en: "Delivered nothing, in too few sessions to say more: {connectors}.",
        ja: "配信なし (セッションが少なく判断できません): {connectors}。" ["834c7ebb"],
    }
    /// Findings for information, counted.
    fn for_information(number: &str) {
        en: "{number} for information",
        ja: "情報 {number} 件" ["a8178f1f"],
    }
    /// A number of findings and their codes.
    fn with_codes(number: &str, codes: &str) {
        en: "{number} ({codes})",
        ja: "{number} ({codes})" ["ed299ccd"],
    }
    /// What the checks found.
    fn checks_found(found: &str) {
        en: "Checks: {found}.",
        ja: "チェック: {found}。" ["dc3cb9b6"],
    }
    /// How many points could not be checked.
    fn not_checked(points: &str) {
        en: "Not checked: {points}, see --full.",
        ja: "未チェック: {points} (--full で表示)。" ["4f91cb74"],
    }
    /// What `--select` and `--ignore` left out.
    fn options_left_out(parts: &str) {
        en: "--select or --ignore left out {parts}.",
        ja: "--select または --ignore により{parts}を除外しました。" ["e154a199"],
    }
    /// Many lines could not be read.
    fn incomplete(lines: &str) {
        en: "This is incomplete: {lines} could not be read.",
        ja: "このレポートは不完全です。{lines}を読み取れませんでした。" ["9ac6f929"],
    }
    /// An ongoing incident of rejected mail.
    fn is_rejected(subject: &str) {
        en: "{subject} is rejected",
        ja: "{subject} が拒否されています" ["b70e522f"],
    }
    /// An ongoing incident of sessions that end without a reply.
    fn is_silent(subject: &str) {
        en: "{subject} is silent",
        ja: "{subject} が応答を得られません" ["72b78b8c"],
    }
    /// An ongoing incident of mail in a queue.
    fn waits(subject: &str) {
        en: "mail of {subject} waits",
        ja: "{subject} のメールが待機中です" ["680b2877"],
    }
    /// An ongoing incident of delays.
    fn is_delayed(subject: &str) {
        en: "{subject} is delayed",
        ja: "{subject} が遅延しています" ["681887e1"],
    }
    /// An incident that may be over.
    fn was_rejected(subject: &str) {
        en: "{subject} was rejected",
        ja: "{subject} が拒否されました" ["96e68906"],
    }
    /// An incident that is over.
    fn is_over(subject: &str) {
        en: "{subject} works again",
        ja: "{subject} は復旧しました" ["40c93897"],
    }
}
