//! The texts about one incident that the text and Markdown reports share.
//!
//! In: an incident of the document. Out: labelled values. Names in them are as they came from logs and
//! exports, so the caller escapes them for its format.
//! Must not lay out text: no width, no markup, no colour.

use crate::language::count::{self, count, grouped};
use crate::language::{Language, labels, sentences};
use crate::render::phrases::{Detail, day, detail, placed, reply};
use crate::render::{fact_sentences, words};
use crate::report::document::{Incident, IncidentState, MailCount};

/// The other causes, what is affected, and since when.
pub(super) fn circumstances(language: Language, incident: &Incident) -> Vec<Detail> {
    let mut details = Vec::new();
    if !incident.also.is_empty() {
        let codes = language.list(&incident.also);
        details.push(detail(also(language), see_explain(language, &codes)));
    }
    let affected = affected(language, incident);
    details.push(detail(words::affected(language), affected));
    details.extend(
        incident
            .mail
            .as_ref()
            .map(|counts| detail(words::mail(language), mail(language, counts))),
    );
    details.push(detail(status_label(language), status(language, incident)));
    details
}

/// The send connector, and how much of its mail is rejected or waits.
fn affected(language: Language, incident: &Incident) -> String {
    let (connector, rejected) = (&incident.send_connector, incident.rejected);
    let Some(queue) = &incident.queue else {
        let counts = [
            count(language, rejected.replies, count::REJECTION),
            count(language, rejected.messages, count::MESSAGE),
            count(language, rejected.sessions, count::SESSION),
        ];
        let connector = send_connector(language, connector);
        let placed = placed(language, &connector, &incident.streams);
        return words::with_parts(language, &placed, &language.list(&counts));
    };
    let goes_on = incident.status.state == IncidentState::Ongoing;
    let messages = queue
        .messages
        .map(|messages| count(language, messages, count::MESSAGE));
    let waiting = match (messages, goes_on) {
        (Some(messages), true) => waiting(language, &messages),
        (Some(messages), false) => waited(language, &messages),
        (None, true) => fact_sentences::unknown_number_waits(language),
        (None, false) => unknown_number_waited(language),
    };
    let as_of = queue.as_of.as_ref();
    let as_of = as_of.map(|time| as_of_time(language, time));
    let parts: Vec<String> = std::iter::once(waiting).chain(as_of).collect();
    let queues = language.list(&queue.queues);
    in_queue(language, connector, &queues, &language.list(&parts))
}

/// What became of the messages, and the command that lists them.
fn mail(language: Language, mail: &MailCount) -> String {
    let parts = [
        (mail.bounced, fact_sentences::bounced(language)),
        (mail.lost, lost(language)),
        (
            mail.delivered_later,
            fact_sentences::delivered_later(language),
        ),
        (mail.waiting, fact_sentences::waiting(language)),
        (mail.unknown, words::unknown(language)),
    ];
    let parts = parts.into_iter().filter(|(number, _)| *number > 0);
    let parts: Vec<String> = parts
        .map(|(number, word)| fact_sentences::number_of(language, &grouped(number), &word))
        .collect();
    mail_of(
        language,
        &count(language, mail.messages, count::MESSAGE),
        &count(language, mail.senders, count::SENDER),
        &count(language, mail.recipients, count::RECIPIENT),
        &language.list(&parts),
    )
}

/// Whether an incident is over, and its time.
fn status(language: Language, incident: &Incident) -> String {
    let known = |time: &Option<String>| {
        let time = time.clone();
        time.unwrap_or_else(|| words::unknown_time(language))
    };
    let (first, last) = (&known(&incident.first), &known(&incident.last));
    let later = incident.status.accepted_after;
    match incident.status.state {
        IncidentState::Ongoing => ongoing(language, first, last),
        IncidentState::Over if incident.queue.is_some() && later == 0 => {
            over(language, first, last)
        }
        IncidentState::Over => {
            let later = count(language, later, count::RECIPIENT);
            over_and_accepted(language, first, last, &later)
        }
        IncidentState::Unclear if incident.queue.is_some() => unclear(language, first, last),
        IncidentState::Unclear => unclear_by_logs(language, first, last),
    }
}

/// The certificate that was offered, what it was compared with, and the replies.
pub(super) fn exchange(language: Language, incident: &Incident) -> Vec<Detail> {
    let mut details = Vec::new();
    // A queue does not show what was offered.
    if incident.queue.is_none() {
        let label = fact_sentences::offered(language);
        details.push(detail(label, offered(language, incident)));
    }
    let against = match (&incident.inbound_connector, &incident.tenant) {
        (Some(connector), Some(tenant)) => {
            let connector = language.quoted(connector);
            Some(fact_sentences::connector_of(language, &connector, tenant))
        }
        (None, Some(tenant)) => Some(tenant.clone()),
        _ => None,
    };
    details.extend(against.map(|text| detail(fact_sentences::against(language), text)));
    let replies = incident.replies.iter();
    details.extend(replies.map(|answer| detail(words::reply(language), reply(language, answer))));
    details
}

/// The certificate that was offered, in one line.
fn offered(language: Language, incident: &Incident) -> String {
    let Some(certificate) = &incident.certificate else {
        return words::no_certificate_shown(language);
    };
    let subject = certificate
        .subject
        .as_ref()
        .or(certificate.subject_and_issuer.as_ref());
    let subject = subject.filter(|text| !text.is_empty()).cloned();
    let mut parts = vec![subject.unwrap_or_else(|| no_subject(language))];
    if let Some(digits) = &certificate.thumbprint {
        parts.push(with_thumbprint(language, digits));
    }
    if !certificate.names.is_empty() {
        parts.push(with_names(language, &language.list(&certificate.names)));
    }
    if let (Some(from), Some(until)) = (&certificate.not_before, &certificate.not_after) {
        parts.push(valid(language, day(from), day(until)));
    }
    language.list(&parts)
}

labels! {
    also: "Also", "ほかの該当" ["4ef3b372"];
    status_label: "Status", "状態" ["005ef20f"];
    lost: "lost without a report", "通知なしで消失" ["f4e19c6e"];
    unknown_number_waited: "an unknown number of messages waited", "待機していたメッセージ数は不明" ["ac00ceae"];
    no_subject: "(no subject)", "(サブジェクトなし)" ["d8237c0f"];
}

sentences! {
    /// The codes of the other causes, and how to learn about them.
    fn see_explain(codes: &str) {
        en: "{codes} (see `sendlens explain CODE`)",
        ja: "{codes} (`sendlens explain CODE` で説明を表示)" ["b722c8f7"],
    }
    /// A send connector.
    fn send_connector(connector: &str) {
        en: "send connector '{connector}'",
        ja: "送信コネクタ「{connector}」" ["71331875"],
    }
    /// The queues of a send connector, and how many messages wait in them.
    fn in_queue(connector: &str, queues: &str, waiting: &str) {
        en: "send connector '{connector}', queue {queues}: {waiting}",
        ja: "送信コネクタ「{connector}」、キュー {queues}: {waiting}" ["d05648bd"],
    }
    /// How many messages wait.
    fn waiting(messages: &str) {
        en: "waiting: {messages}",
        ja: "待機中の{messages}" ["5fae217a"],
    }
    /// How many messages waited.
    fn waited(messages: &str) {
        en: "waited: {messages}",
        ja: "待機していた{messages}" ["d18fa10b"],
    }
    /// When the queue was exported.
    fn as_of_time(time: &str) {
        en: "as of {time}",
        ja: "{time} 時点" ["78979849"],
    }
    /// What became of the messages, and the command that lists them.
    fn mail_of(messages: &str, senders: &str, recipients: &str, fates: &str) {
        en: "{messages} of {senders} to {recipients}: {fates}. `sendlens messages` lists them",
        ja: "{senders}から{recipients}への{messages}: {fates}。`sendlens messages` で一覧を表示" ["0c25f67b"],
    }
    /// An incident that goes on.
    fn ongoing(first: &str, last: &str) {
        en: "ongoing since {first}, last seen at {last}",
        ja: "{first} から継続中、最後の記録は {last}" ["e6883ea4"],
    }
    /// An incident that is over.
    fn over(first: &str, last: &str) {
        en: "over: from {first} to {last}",
        ja: "解消済み: {first} から {last} まで" ["02e0a8f6"],
    }
    /// An incident that is over, and how many recipients were accepted then.
    fn over_and_accepted(first: &str, last: &str, recipients: &str) {
        en: "over: from {first} to {last}, {recipients} accepted since then",
        ja: "解消済み: {first} から {last} まで。その後{recipients}宛てのメールが受け入れられています" ["f70c2dc8"],
    }
    /// An incident of queues that may be over.
    fn unclear(first: &str, last: &str) {
        en: "from {first} to {last}; nothing shows whether it is over",
        ja: "{first} から {last} まで。解消したかどうかを示すものはありません" ["57139254"],
    }
    /// An incident of logs that may be over.
    fn unclear_by_logs(first: &str, last: &str) {
        en: "from {first} to {last}; the logs do not show whether it is over",
        ja: "{first} から {last} まで。解消したかどうかはログからは分かりません" ["787156ca"],
    }
    /// The thumbprint of the certificate that was offered.
    fn with_thumbprint(digits: &str) {
        en: "thumbprint {digits}",
        ja: "拇印 {digits}" ["f77d43fc"],
    }
    /// The names of the certificate that was offered.
    fn with_names(names: &str) {
        en: "names {names}",
        ja: "名前 {names}" ["e71ffab9"],
    }
    /// When the certificate that was offered is valid.
    fn valid(first: &str, last: &str) {
        en: "valid {first} to {last}",
        ja: "有効期間 {first} から {last} まで" ["0ded05da"],
    }
}
