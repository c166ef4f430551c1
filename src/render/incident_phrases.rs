//! The texts about one incident that the text, Markdown and HTML reports share.
//!
//! In: an incident of the document. Out: labelled values. Names in them are as they came from logs and
//! exports, so the caller escapes them for its format.
//! Must not lay out text: no width, no markup, no colour.

use crate::render::phrases::{Detail, UNKNOWN_TIME, count, day, detail, grouped, place, reply};
use crate::report::document::{Incident, IncidentState, MailCount};

/// The other causes, what is affected, and since when.
pub(super) fn circumstances(incident: &Incident) -> Vec<Detail> {
    let mut details = Vec::new();
    if !incident.also.is_empty() {
        let also = incident.also.join(", ");
        details.push(detail(
            "Also",
            format!("{also} (see `sendlens explain CODE`)"),
        ));
    }
    details.push(detail("Affected", affected(incident)));
    details.extend(
        incident
            .mail
            .as_ref()
            .map(|mail| detail("Mail", self::mail(mail))),
    );
    details.push(detail("Status", status(incident)));
    details
}

/// The send connector, and how much of its mail is rejected or waits.
fn affected(incident: &Incident) -> String {
    let (connector, rejected) = (&incident.send_connector, incident.rejected);
    let Some(queue) = &incident.queue else {
        return format!(
            "send connector '{connector}' {}: {}, {}, {}",
            place(&incident.streams),
            count(rejected.replies, "rejection"),
            count(rejected.messages, "message"),
            count(rejected.sessions, "session")
        );
    };
    let goes_on = incident.status.state == IncidentState::Ongoing;
    let (wait, waits) = match goes_on {
        true => ("waiting", "waits"),
        false => ("waited", "waited"),
    };
    let waiting = queue.messages.map_or_else(
        || format!("an unknown number of messages {waits}"),
        |messages| format!("{wait}: {}", count(messages, "message")),
    );
    let as_of = queue.as_of.as_ref();
    let as_of = as_of.map_or(String::new(), |time| format!(", as of {time}"));
    format!(
        "send connector '{connector}', queue {}: {waiting}{as_of}",
        queue.queues.join(", ")
    )
}

/// What became of the messages, and the command that lists them.
fn mail(mail: &MailCount) -> String {
    let parts = [
        (mail.bounced, "bounced"),
        (mail.lost, "lost without a report"),
        (mail.delivered_later, "taken all the same"),
        (mail.waiting, "waiting"),
        (mail.unknown, "unknown"),
    ];
    let parts = parts.into_iter().filter(|(number, _)| *number > 0);
    let parts: Vec<String> = parts
        .map(|(number, word)| format!("{} {word}", grouped(number)))
        .collect();
    format!(
        "{} of {} to {}: {}. `sendlens messages` lists them",
        count(mail.messages, "message"),
        count(mail.senders, "sender"),
        count(mail.recipients, "recipient"),
        parts.join(", ")
    )
}

/// Whether an incident is over, and its time.
fn status(incident: &Incident) -> String {
    let first = incident.first.as_deref().unwrap_or(UNKNOWN_TIME);
    let last = incident.last.as_deref().unwrap_or(UNKNOWN_TIME);
    let later = count(incident.status.accepted_after, "recipient");
    match incident.status.state {
        IncidentState::Ongoing => format!("ongoing since {first}, last seen at {last}"),
        IncidentState::Over if incident.queue.is_some() && incident.status.accepted_after == 0 => {
            format!("over: from {first} to {last}")
        }
        IncidentState::Over => {
            format!("over: from {first} to {last}, {later} accepted since then")
        }
        IncidentState::Unclear if incident.queue.is_some() => {
            format!("from {first} to {last}; nothing shows whether it is over")
        }
        IncidentState::Unclear => {
            format!("from {first} to {last}; the logs do not show whether it is over")
        }
    }
}

/// The certificate that was offered, what it was compared with, and the replies.
pub(super) fn exchange(incident: &Incident) -> Vec<Detail> {
    let mut details = Vec::new();
    // A queue does not show what was offered.
    if incident.queue.is_none() {
        details.push(detail("Offered", offered(incident)));
    }
    match (&incident.inbound_connector, &incident.tenant) {
        (Some(connector), Some(tenant)) => details.push(detail(
            "Against",
            format!("inbound connector '{connector}' of {tenant}"),
        )),
        (None, Some(tenant)) => details.push(detail("Against", tenant.clone())),
        _ => {}
    }
    let replies = incident.replies.iter();
    details.extend(replies.map(|answer| detail("Reply", reply(answer))));
    details
}

/// The certificate that was offered, in one line.
fn offered(incident: &Incident) -> String {
    let Some(certificate) = &incident.certificate else {
        return "no certificate, or one that the input does not show".to_owned();
    };
    let subject = certificate
        .subject
        .as_deref()
        .or(certificate.subject_and_issuer.as_deref());
    let mut text = subject
        .filter(|text| !text.is_empty())
        .unwrap_or("(no subject)")
        .to_owned();
    if let Some(thumbprint) = &certificate.thumbprint {
        text.push_str(&format!(", thumbprint {thumbprint}"));
    }
    if !certificate.names.is_empty() {
        text.push_str(&format!(", names {}", certificate.names.join(", ")));
    }
    if let (Some(from), Some(until)) = (&certificate.not_before, &certificate.not_after) {
        text.push_str(&format!(", valid {} to {}", day(from), day(until)));
    }
    text
}
