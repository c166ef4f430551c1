//! `sendlens messages` says what became of each message that Exchange Online rejected or deferred.
//!
//! In: a [`Config`] and a [`Choice`] of messages. Out: records in the order of first attempts, and an
//! [`Exit`].
//! Must not decide fates: [`crate::mail`] does.

use std::io;

use anyhow::Result;

use super::choice::Choice;
use super::config::Config;
use super::following::follow;
use super::inputs::{self, Inputs, Required, load_inputs, trouble, warn, without_rows};
use super::outlook::Follower;
use super::target;
use super::tracking::TrackingRead;
use super::unusable::Rows;
use crate::exit::Exit;
use crate::mail::followed::{MOST_MESSAGES, Message};
use crate::render::format::TableFormat;
use crate::render::messages::{Rendered, Writer};
use crate::report::message::{self, Context};
use crate::report::message_record::{LinesRead, MessagesSummary, RecipientRecord};

/// `sendlens messages`.
///
/// # Errors
/// If an option is wrong, or the output cannot be written.
pub(super) fn messages(config: &Config, format: TableFormat, choice: &Choice) -> Result<Exit> {
    let mut out = target::open(config, &[])?;
    let inputs = match load_inputs(config, Required::Mail)? {
        Ok(inputs) => inputs,
        Err(exit) => return Ok(exit),
    };
    if format == TableFormat::Csv {
        out.begin_csv()?;
    }
    let mut listing = Listing {
        choice,
        format,
        writer: Writer::new(format, &mut out)?,
        written: Ok(()),
    };
    let read = follow(config, &inputs, choice, &mut listing);
    listing.written?;
    let summary = MessagesSummary {
        kind: "summary",
        messages: listing.writer.count(),
        attempts_not_followed: read.beyond,
        send_logs: LinesRead::of(inputs.found.corpus.files.len(), &read.counts),
        tracking_logs: LinesRead::of(read.tracking.files, &read.tracking.counts),
    };
    listing.writer.finish(&summary)?;
    out.finish()?;
    say_beyond(config, read.beyond);
    say_tracking(config, &read.tracking);
    if inputs.found.corpus.files.is_empty() {
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
        warn(
            config,
            &format!(
                "{beyond} attempts to send other messages were not followed, because at most {MOST_MESSAGES} messages are. Use --since, --until or --connector to choose fewer"
            ),
        );
    }
}

/// Says what was read of message tracking logs. Each line is of one kind.
fn say_tracking(config: &Config, read: &TrackingRead) {
    let TrackingRead { files, counts, .. } = read;
    if counts.malformed > 0 {
        warn(
            config,
            &format!(
                "{} of {} lines in {files} message tracking logs could not be read: {} are header lines, {} are records, {} are blank",
                counts.malformed, counts.lines, counts.header, counts.records, counts.blank
            ),
        );
    }
}

/// Writes the records that the options ask for.
struct Listing<'a> {
    choice: &'a Choice,
    format: TableFormat,
    writer: Writer<'a>,
    written: io::Result<()>,
}

impl Follower for Listing<'_> {
    type Told = Rendered;

    fn tell(&self, message: &Message, context: &Context<'_>, told: &mut Rendered) {
        if self.written.is_err() {
            return;
        }
        let judged = message::judge(message, context);
        if !self.choice.holds(message, &judged) {
            return;
        }
        let record = message::record(message, &judged, context);
        let shows = |one: &RecipientRecord| {
            self.choice.fates.is_empty()
                || self
                    .choice
                    .fates
                    .iter()
                    .any(|fate| fate.as_str() == one.fate)
        };
        told.add(self.format, &record, &shows);
    }

    fn take(&mut self, told: Rendered) {
        if self.written.is_ok() {
            self.written = self.writer.write(told);
        }
    }
}
