//! Counts what became of the messages of each incident, for `sendlens diagnose`.
//!
//! In: the [`Inputs`] and the incidents of a report. Out: their `mail`, or a sentence that says why there is
//! none.
//! To follow messages, all send logs and message tracking logs are read once more, and some of them twice.
//! Beside a diagnosis that is done only for [`super::small_logs`], where it takes little time. `sendlens messages`
//! does it for logs of any size.

use std::collections::{BTreeMap, BTreeSet};

use super::choice::Choice;
use super::config::Config;
use super::following::follow;
use super::inputs::{Inputs, warn};
use super::outlook::Follower;
use super::small_logs::are_small;
use crate::language::{Language, labels};
use crate::mail::case::Traces;
use crate::mail::fate::Verdict;
use crate::mail::followed::Message;
use crate::report::document::{Document, MailCount};
use crate::report::message::{self, Context, Judged};

/// Fills in the `mail` of the incidents, or says why messages were not followed.
pub(super) fn count(config: &Config, inputs: &Inputs, report: &mut Document) {
    let incidents = &report.incidents;
    if !incidents.iter().any(|one| one.rejected.messages > 0) {
        return;
    }
    if let Some(reason) = too_much(inputs) {
        return warn(config, &reason(config.language));
    }
    let mut counts = Counts::default();
    let read = follow(config, inputs, &Choice::default(), &Counter, &mut |told| {
        counts.add(told);
    });
    if read.beyond > 0 || read.beyond_in_sessions > 0 {
        return warn(config, &too_many_messages(config.language));
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

/// What says why the logs are not read again.
fn too_much(inputs: &Inputs) -> Option<fn(Language) -> String> {
    let corpus = &inputs.found.corpus;
    let tracking = inputs.found.tracking.iter();
    let tracking = tracking.filter_map(|file| file.source.known_len());
    let size = tracking.chain(inputs.digests.known_bytes());
    let size = size.fold(corpus.total_bytes(), u64::saturating_add);
    if corpus.has_pipe() {
        Some(only_once)
    } else if !are_small(size) {
        Some(too_large)
    } else if inputs.digests.lack_mail() {
        Some(not_in_digests)
    } else {
        None
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

impl Counts {
    fn add(&mut self, more: Counts) {
        for (incident, more) in more.incidents {
            self.incidents.entry(incident).or_default().add(more);
        }
    }
}

/// Counts messages.
struct Counter;

impl Follower for Counter {
    type Told = Counts;

    fn tell(&self, message: &Message, context: &Context<'_>, told: &mut Counts) {
        let traces = Traces::of(message, context.sources);
        let judged = message::judge(traces, context);
        let record = message::record(traces, &judged, context);
        let Some(incident) = record.incident else {
            return;
        };
        // Nobody wrote a journal report, and nobody misses it.
        if judged.iter().any(|one| one.case.is_journal_report()) {
            return;
        }
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

labels! {
    not_in_digests: "what became of the rejected messages is not in this report, because a digest that was made with --without-messages, of standard input or of very large logs does not hold it. `sendlens messages` with the send logs lists it", "--without-messages を指定したダイジェストと、標準入力または非常に大きなログから作成したダイジェストには含まれないため、拒否されたメッセージがその後どうなったかは、このレポートに含まれていません。送信ログを指定した `sendlens messages` で一覧表示できます。" ["6c5da453"];
    only_once: "what became of the rejected messages is not in this report, because standard input can be read only once. `sendlens messages` with the same PATHs lists it", "標準入力は 1 回しか読み取れないため、拒否されたメッセージがその後どうなったかは、このレポートに含まれていません。同じ PATH を指定した `sendlens messages` で一覧表示できます。" ["a1f75800"];
    too_large: "what became of the rejected messages is not in this report, because the send logs and message tracking logs are larger than 256 MB together. `sendlens messages` with the same PATHs lists it", "送信ログとメッセージ追跡ログの合計が 256 MB より大きいため、拒否されたメッセージがその後どうなったかは、このレポートに含まれていません。同じ PATH を指定した `sendlens messages` で一覧表示できます。" ["9358470d"];
    too_many_messages: "what became of the rejected messages is not in this report, because there are too many messages. `sendlens messages` with the same PATHs lists it", "メッセージが多すぎるため、拒否されたメッセージがその後どうなったかは、このレポートに含まれていません。同じ PATH を指定した `sendlens messages` で一覧表示できます。" ["89d29b08"];
}
