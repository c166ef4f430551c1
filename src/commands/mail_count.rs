//! Counts what became of the messages of each incident, for `sendlens diagnose`.
//!
//! In: the [`Inputs`] and the incidents of a report. Out: their `mail`.
//! To follow messages, all sessions are read once more, and some streams twice. Beside a diagnosis that is
//! done only for logs up to [`LARGEST`], where it takes less than a second. `sendlens messages` does it for logs of any size.

use std::collections::{BTreeMap, BTreeSet};

use super::choice::Choice;
use super::config::Config;
use super::following::follow;
use super::inputs::Inputs;
use super::outlook::Follower;
use crate::mail::fate::Verdict;
use crate::mail::followed::Message;
use crate::report::document::{Document, MailCount};
use crate::report::message::{self, Context, Judged};

/// The size of send logs up to which messages are followed beside a diagnosis.
const LARGEST: u64 = 256 * 1024 * 1024;

/// Fills in the `mail` of the incidents, if messages can be followed.
pub(super) fn count(config: &Config, inputs: &Inputs, report: &mut Document) {
    let incidents = &mut report.incidents;
    let corpus = &inputs.found.corpus;
    let has_messages = incidents.iter().any(|one| one.rejected.messages > 0);
    if !has_messages || corpus.has_pipe() || corpus.total_bytes() > LARGEST {
        return;
    }
    let mut counts = Counts::default();
    let read = follow(config, inputs, &Choice::default(), &mut counts);
    if read.beyond > 0 {
        return;
    }
    let tracking = inputs.found.tracking.iter();
    let used: BTreeSet<&str> = tracking.map(|file| file.name.as_str()).collect();
    let skipped = &mut report.input.skipped;
    skipped.retain(|file| !used.contains(file.file.as_str()));
    for incident in &mut report.incidents {
        if let Some(counted) = counts.incidents.get(&incident.id) {
            incident.mail = Some(counted.count());
        }
    }
}

/// What was counted of each incident.
#[derive(Default)]
struct Counts {
    incidents: BTreeMap<String, Counted>,
}

#[derive(Default)]
struct Counted {
    mail: MailCount,
    senders: BTreeSet<String>,
    recipients: BTreeSet<String>,
}

impl Counted {
    fn add(&mut self, more: Counted) {
        let (mail, more_mail) = (&mut self.mail, more.mail);
        mail.messages += more_mail.messages;
        mail.delivered_later += more_mail.delivered_later;
        mail.bounced += more_mail.bounced;
        mail.lost += more_mail.lost;
        mail.waiting += more_mail.waiting;
        mail.unknown += more_mail.unknown;
        self.senders.extend(more.senders);
        self.recipients.extend(more.recipients);
    }

    fn count(&self) -> MailCount {
        MailCount {
            senders: self.senders.len() as u64,
            recipients: self.recipients.len() as u64,
            ..self.mail
        }
    }
}

impl Follower for Counts {
    type Told = Counts;

    fn tell(&self, message: &Message, context: &Context<'_>, told: &mut Counts) {
        let judged = message::judge(message, context);
        let record = message::record(message, &judged, context);
        let Some(incident) = record.incident else {
            return;
        };
        let rejected = || judged.iter().filter(|one| one.failed);
        let Some(worst) = rejected().map(|one| one.fate.verdict).max_by_key(rank) else {
            return;
        };
        let counted = told.incidents.entry(incident).or_default();
        let mail = &mut counted.mail;
        mail.messages += 1;
        *match worst {
            Verdict::Delivered => &mut mail.delivered_later,
            Verdict::Bounced => &mut mail.bounced,
            Verdict::Lost => &mut mail.lost,
            Verdict::Waiting => &mut mail.waiting,
            Verdict::Expanded | Verdict::Unknown => &mut mail.unknown,
        } += 1;
        counted
            .senders
            .extend(record.sender.map(|sender| sender.to_lowercase()));
        let address = |one: &Judged<'_>| one.case.address.map(str::to_lowercase);
        counted.recipients.extend(rejected().filter_map(address));
    }

    fn take(&mut self, told: Counts) {
        for (incident, more) in told.incidents {
            self.incidents.entry(incident).or_default().add(more);
        }
    }
}

/// How bad a fate is.
fn rank(verdict: &Verdict) -> u8 {
    match verdict {
        Verdict::Delivered => 0,
        Verdict::Expanded => 1,
        Verdict::Unknown => 2,
        Verdict::Waiting => 3,
        Verdict::Bounced => 4,
        Verdict::Lost => 5,
    }
}
