//! `sendlens messages` says what became of each message that Exchange Online rejected or deferred.
//!
//! In: a [`Config`] and a [`Choice`] of messages. Out: records in the order of first attempts, and an
//! [`Exit`].
//! Must not decide fates: [`crate::mail`] does.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Result;

use super::choice::Choice;
use super::config::Config;
use super::following::follow;
use super::inputs::{self, Inputs, Required, load_inputs, trouble, warn, without_rows};
use super::outlook::Follower;
use super::redaction::{self, Redaction};
use super::target;
use super::tracking::TrackingRead;
use super::unusable::Rows;
use crate::exit::Exit;
use crate::input::lines::LineCounts;
use crate::language::{Language, sentences};
use crate::mail::case::Traces;
use crate::mail::followed::{MOST_MESSAGES, Message};
use crate::render::format::TableFormat;
use crate::render::messages::{Rendered, Writer};
use crate::report::message::{self, Context};
use crate::report::message_record::{LinesRead, MessageRecord, MessagesSummary, RecipientRecord};
use crate::smtp::transactions::MOST_IN_SESSION;

/// `sendlens messages`.
///
/// # Errors
/// If an option is wrong, or the output cannot be written.
pub(super) fn messages(config: &Config, format: TableFormat, choice: &Choice) -> Result<Exit> {
    let mut out = target::open(config, &[])?;
    let mut redaction = Redaction::begin(config, &[])?;
    let inputs = match load_inputs(config, Required::Mail)? {
        Ok(inputs) => inputs,
        Err(exit) => return Ok(exit),
    };
    if let Some(redaction) = &mut redaction {
        redaction.learn(&inputs);
    }
    if format == TableFormat::Csv {
        out.begin_csv()?;
    }
    let listing = Listing {
        choice,
        format: (format, config.language),
        redacts: redaction.is_some(),
        has_failed: AtomicBool::default(),
    };
    let mut writing = Writing {
        listing: &listing,
        writer: Writer::new((format, config.language), &mut out)?,
        written: Ok(()),
        redaction,
    };
    let read = follow(config, &inputs, choice, &listing, &mut |told| {
        writing.take(told);
    });
    writing.written?;
    let summary = MessagesSummary {
        kind: "summary",
        messages: writing.writer.count(),
        attempts_not_followed: read.beyond,
        left_out_in_sessions: read.beyond_in_sessions,
        send_logs: LinesRead::of(inputs.logs.files.len(), &read.counts),
        tracking_logs: LinesRead::of(read.tracking.files, &read.tracking.counts),
    };
    writing.writer.finish(&summary)?;
    redaction::finish(writing.redaction)?;
    out.finish()?;
    say_beyond(config, read.beyond);
    say_beyond_in_sessions(config, read.beyond_in_sessions);
    say_tracking(config, &read.tracking);
    if inputs.logs.files.is_empty() {
        return Ok(exit(&inputs, read.whole, Rows::Some));
    }
    let rows = inputs::rows(config, &inputs, &read.counts, read.cut_tails);
    Ok(exit(&inputs, read.whole, rows))
}

fn exit(inputs: &Inputs, whole: bool, rows: Rows) -> Exit {
    match rows {
        Rows::Some if trouble(inputs, whole) => Exit::Trouble,
        Rows::Some => Exit::Clean,
        Rows::Unreadable | Rows::None => without_rows(inputs, whole),
    }
}

/// Says that there were too many messages.
fn say_beyond(config: &Config, beyond: u64) {
    if beyond > 0 {
        let sentence = too_many(config.language, beyond, MOST_MESSAGES);
        warn(config, &sentence);
    }
}

/// Says that a session had too many messages.
fn say_beyond_in_sessions(config: &Config, beyond: u64) {
    if beyond > 0 {
        let sentence = too_many_in_session(config.language, beyond, MOST_IN_SESSION);
        warn(config, &sentence);
    }
}

/// Says what was read of message tracking logs. Each line is of one kind.
fn say_tracking(config: &Config, read: &TrackingRead) {
    let TrackingRead { files, counts, .. } = read;
    if counts.malformed > 0 {
        let LineCounts {
            lines,
            header,
            records,
            blank,
            malformed,
        } = *counts;
        let language = config.language;
        let sentence = malformed_lines(language, malformed, lines, *files, header, records, blank);
        warn(config, &sentence);
    }
}

/// Renders the records that the options ask for.
struct Listing<'a> {
    choice: &'a Choice,
    format: (TableFormat, Language),
    /// Whether the records are to be redacted.
    redacts: bool,
    /// Whether the output could not be written, so that no more is needed.
    has_failed: AtomicBool,
}

/// Writes what was rendered.
struct Writing<'a> {
    listing: &'a Listing<'a>,
    writer: Writer<'a>,
    written: io::Result<()>,
    redaction: Option<Redaction>,
}

/// What comes of some messages.
#[derive(Default)]
struct Told {
    rendered: Rendered,
    /// The records that are still to be redacted. Stand-ins are given in the order of the output.
    records: Vec<MessageRecord>,
}

impl Listing<'_> {
    fn render(&self, record: &MessageRecord, rendered: &mut Rendered) {
        let fates = &self.choice.fates;
        let shows = |one: &RecipientRecord| {
            fates.is_empty() || fates.iter().any(|fate| fate.as_str() == one.fate)
        };
        rendered.add(self.format, record, &shows);
    }
}

impl Follower for Listing<'_> {
    type Told = Told;

    fn tell(&self, message: &Message, context: &Context<'_>, told: &mut Told) {
        if self.has_failed.load(Ordering::Relaxed) {
            return;
        }
        let traces = Traces::of(message, context.sources);
        let judged = message::judge(traces, context);
        if !self.choice.holds(message, &judged) {
            return;
        }
        let record = message::record(traces, &judged, context);
        if self.redacts {
            told.records.push(record);
        } else {
            self.render(&record, &mut told.rendered);
        }
    }
}

impl Writing<'_> {
    /// Writes the next records.
    fn take(&mut self, told: Told) {
        let Told {
            mut rendered,
            records,
        } = told;
        for record in records {
            let record = match &mut self.redaction {
                Some(redaction) => redaction.redactor.message(record),
                None => record,
            };
            self.listing.render(&record, &mut rendered);
        }
        if self.written.is_ok() {
            self.written = self.writer.write(rendered);
            let has_failed = self.written.is_err();
            self.listing.has_failed.store(has_failed, Ordering::Relaxed);
        }
    }
}

sentences! {
    /// More messages than are followed.
    fn too_many(attempts: u64, most: usize) {
        en: "{attempts} attempts to send other messages were not followed, because at most {most} messages are. Use --since, --until or --connector to choose fewer",
        ja: "追跡するメッセージは最大 {most} 通のため、ほかのメッセージの送信試行 {attempts} 件は追跡していません。--since、--until、--connector で対象を絞ってください。" ["90cef6d3"],
    }
    /// More messages and recipients in a session than are followed.
    fn too_many_in_session(beyond: u64, most: usize) {
        en: "{beyond} messages and recipients were not followed, because at most {most} of one session are",
        ja: "1 つのセッションで追跡するのは最大 {most} 件のため、メッセージと受信者 {beyond} 件は追跡していません。" ["125d2511"],
    }
    /// What was read of message tracking logs. Each line is of one kind.
    fn malformed_lines(malformed: u64, lines: u64, files: usize, header: u64, records: u64, blank: u64) {
        en: "{malformed} of {lines} lines in {files} message tracking logs could not be read: {header} are header lines, {records} are records, {blank} are blank",
        ja: "メッセージ追跡ログ {files} 個の {lines} 行のうち、{malformed} 行を読み取れませんでした。残りは、ヘッダー行が {header} 行、レコードが {records} 行、空行が {blank} 行です。" ["35ac97b4"],
    }
}
