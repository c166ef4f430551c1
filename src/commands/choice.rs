//! Which messages `sendlens messages` lists.
//!
//! In: the options. Out: a [`Choice`], and whether attempts, rows and queued messages are of a chosen
//! message.
//! Must not read files, and must not decide fates.

use anyhow::{Context as _, Result};
use globset::{GlobBuilder, GlobMatcher};

use crate::cli::MessagesArgs;
use crate::language::{Language, labels, sentences};
use crate::mail::attempt::Attempt;
use crate::mail::fate::Verdict;
use crate::mail::followed::Message;
use crate::mail::message_id::MessageId;
use crate::mail::queued::Waiting;
use crate::report::message::Judged;
use crate::tracking::TrackingStep;

/// Which messages are listed.
#[derive(Debug, Default)]
pub(crate) struct Choice {
    /// Every message that was sent to Exchange Online.
    pub(crate) all: bool,
    /// The messages with these ids.
    pub(crate) message_ids: Vec<MessageId>,
    /// The messages whose sender matches.
    pub(crate) sender: Option<GlobMatcher>,
    /// The messages with a recipient that matches.
    pub(crate) recipient: Option<GlobMatcher>,
    /// The messages with a recipient that has one of these fates.
    pub(crate) fates: Vec<Verdict>,
    /// Show subjects.
    pub(crate) subjects: bool,
}

impl Choice {
    /// Checks the options.
    ///
    /// # Errors
    /// If a pattern is wrong, or a message id is empty.
    pub(crate) fn new(language: Language, args: &MessagesArgs) -> Result<Choice> {
        if args.message_id.iter().any(|id| MessageId::of(id).is_none()) {
            anyhow::bail!(no_id(language));
        }
        Ok(Choice {
            all: args.all,
            message_ids: args
                .message_id
                .iter()
                .filter_map(|id| MessageId::of(id))
                .collect(),
            sender: glob(language, "--sender", args.sender.as_deref())?,
            recipient: glob(language, "--recipient", args.recipient.as_deref())?,
            fates: args.fate.clone(),
            subjects: args.subjects,
        })
    }

    /// Whether messages are asked for by id, sender or recipient, whatever became of them.
    pub(crate) fn is_specific(&self) -> bool {
        !self.message_ids.is_empty() || self.sender.is_some() || self.recipient.is_some()
    }

    /// Whether a row of a tracking log is one of a message that is asked for by id, sender and recipient.
    pub(crate) fn names_step(&self, step: &TrackingStep, id: &MessageId) -> bool {
        let entry = &step.entry;
        let sender = match entry.null_return_path {
            true => Some("<>"),
            false => entry.sender(),
        };
        (self.message_ids.is_empty() || self.message_ids.contains(id))
            && is_match(self.sender.as_ref(), sender)
            && is_match(self.recipient.as_ref(), step.recipient.as_deref())
    }

    /// Whether a message in a queue is asked for by id, sender and recipient.
    pub(crate) fn names_queued(&self, one: &Waiting<'_>, id: &MessageId) -> bool {
        let sender = one
            .message
            .from
            .value()
            .map(|from| from.as_deref().unwrap_or("<>"));
        let recipients = one.message.waiting_recipients();
        let pattern = self.recipient.as_ref();
        (self.message_ids.is_empty() || self.message_ids.contains(id))
            && is_match(self.sender.as_ref(), sender)
            && (pattern.is_none()
                || recipients
                    .into_iter()
                    .flatten()
                    .any(|two| is_match(pattern, Some(&two.address))))
    }

    /// Whether an attempt is one of a message that is asked for by id, sender and recipient.
    pub(crate) fn names(&self, attempt: &Attempt) -> bool {
        let id = attempt.id.as_deref().and_then(MessageId::of);
        let is_id = |wanted: &MessageId| id.as_ref() == Some(wanted);
        let sender = match attempt.sender.as_deref() {
            Some("") => Some("<>"),
            sender => sender,
        };
        let mut recipients = attempt.recipients.iter();
        (self.message_ids.is_empty() || self.message_ids.iter().any(is_id))
            && is_match(self.sender.as_ref(), sender)
            && recipients.any(|one| is_match(self.recipient.as_ref(), one.address.as_deref()))
    }
}

/// Whether a text matches. Without a pattern, every text does.
fn is_match(pattern: Option<&GlobMatcher>, text: Option<&str>) -> bool {
    pattern.is_none_or(|pattern| text.is_some_and(|text| pattern.is_match(text)))
}

/// A pattern for addresses.
fn glob(language: Language, option: &str, pattern: Option<&str>) -> Result<Option<GlobMatcher>> {
    let Some(pattern) = pattern else {
        return Ok(None);
    };
    let glob = GlobBuilder::new(pattern).case_insensitive(true).build();
    let glob = glob.with_context(|| no_pattern(language, option))?;
    Ok(Some(glob.compile_matcher()))
}

impl Choice {
    /// Whether rows of tracking logs, or queues, are of a message that is asked for.
    fn names_beside_send_logs(&self, message: &Message, judged: &[Judged<'_>]) -> bool {
        let Some(id) = &message.id else { return false };
        judged.iter().any(|one| {
            let case = &one.case;
            case.steps.iter().any(|one| self.names_step(&one.step, id))
                || case.queued.iter().any(|one| self.names_queued(one, id))
        })
    }

    /// Whether the options ask for a message with these recipients.
    pub(crate) fn holds(&self, message: &Message, judged: &[Judged<'_>]) -> bool {
        let is_asked_for = self.all || self.is_specific() || judged.iter().any(|one| one.failed);
        let has_fate = |one: &Judged<'_>| self.fates.contains(&one.fate.verdict);
        !judged.is_empty()
            && is_asked_for
            && (self.fates.is_empty() || judged.iter().any(has_fate))
            && (!self.is_specific()
                || message.attempts.iter().any(|one| self.names(one))
                || self.names_beside_send_logs(message, judged))
    }
}

labels! {
    no_id: "--message-id needs an id such as '<a1@ex01.contoso.com>'", "--message-id には、'<a1@ex01.contoso.com>' のような ID が必要です" ["e4928e34"];
}

sentences! {
    /// An option with a pattern that is none.
    fn no_pattern(option: &str) {
        en: "{option} needs a valid pattern such as '*@contoso.com'",
        ja: "{option} には、'*@contoso.com' のような有効なパターンが必要です" ["52a70b53"],
    }
}
