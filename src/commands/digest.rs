//! `sendlens digest` writes what `diagnose` needs of logs into a small file.
//!
//! In: a [`Config`]. Out: the file, warnings on standard error, and an [`Exit`].
//! Must not decide anything about what was counted: the same map as that of `diagnose` fills it.

use std::collections::BTreeMap;

use anyhow::{Result, anyhow};

use super::config::Config;
use super::digesting;
use super::finishing::{finished, tail_of};
use super::inputs::{Inputs, Required, load_inputs, rows, trouble, without_rows};
use super::redaction::{self, Redaction};
use super::small_logs::are_small;
use super::target;
use super::unusable::Rows;
use super::updating::{Asked, Update, gone_bytes};
use crate::digest_file::{ChosenLimits, DigestWriter, StreamDigest};
use crate::exit::Exit;
use crate::input::skip::SkipReason;
use crate::language::labels;
use crate::output::Output;
use crate::redact::Redactor;
use crate::session::stream_read::StreamRead;

/// `sendlens digest`.
///
/// # Errors
/// If an option is wrong, the digest that is there cannot be updated, or the output cannot be written.
pub(super) fn digest(config: &Config) -> Result<Exit> {
    let mut out = target::open(config, &[])?;
    let mut redaction = Redaction::begin(config, &[])?;
    let mut inputs = match load_inputs(config, Required::LogsAlone)? {
        Ok(inputs) => inputs,
        Err(exit) => return Ok(exit),
    };
    let has_mail = holds_mail(config, &inputs);
    let corpus = std::mem::take(&mut inputs.found.corpus);
    let skipped = inputs.found.skipped.iter();
    let empty = skipped.filter(|file| matches!(file.reason, SkipReason::Empty));
    let asked = Asked {
        has_mail,
        empty: &empty.map(|file| file.file.as_str()).collect(),
        pool: &inputs.pool,
    };
    let mut update = match inputs.digests.known.take() {
        Some(known) => Update::of(config.language, known, corpus, &asked)?,
        None => Update::anew(corpus),
    };
    let mut streams = std::mem::take(&mut update.same);
    let is_known = update.is_known
        && inputs.digests.streams.is_empty()
        && (has_mail || streams.iter().all(|stream| stream.mail.is_none()));
    let (read, whole) = digesting::read(config, &mut inputs, update, has_mail);
    streams.extend(read);
    streams.append(&mut inputs.digests.streams);
    if !has_mail {
        streams.iter_mut().for_each(|stream| stream.mail = None);
    }
    let mut limits = inputs.limits.chosen().clone();
    if let Some(redaction) = &mut redaction {
        redaction.learn(&inputs);
        limits = redaction.redactor.digest_limits(&limits);
        streams = redacted(config, &inputs, &mut redaction.redactor, streams)?;
    }
    if is_known {
        // The file that is there says the same.
        drop(out);
    } else {
        write(&streams, &limits, &mut out)?;
        redaction::finish(redaction)?;
        out.finish()?;
    }
    let total = total(&streams);
    let rows = rows(config, &inputs, &total.counts, total.cut_tails);
    Ok(match rows {
        Rows::Some if trouble(&inputs, whole) => Exit::Trouble,
        Rows::Some => Exit::Clean,
        Rows::Unreadable | Rows::None => without_rows(&inputs, whole),
    })
}

/// The streams with stand-ins, which are numbered in the order of the names.
fn redacted(
    config: &Config,
    inputs: &Inputs,
    redactor: &mut Redactor,
    mut streams: Vec<StreamDigest>,
) -> Result<Vec<StreamDigest>> {
    streams.sort_by(|one, other| one.stream.name.cmp(&other.stream.name));
    let redacted = streams.into_iter().map(|one| {
        let redacted = redactor.digest(finished(one, &inputs.limits));
        redacted.map_err(|_| anyhow!(cannot_redact(config.language)))
    });
    redacted.collect()
}

/// Writes the digest.
fn write(streams: &[StreamDigest], limits: &ChosenLimits, out: &mut Output) -> Result<()> {
    // In the order of names, which is not that of pipes among folders.
    let streams: BTreeMap<&str, &StreamDigest> = streams
        .iter()
        .map(|one| (one.stream.name.as_str(), one))
        .collect();
    let mut writer = DigestWriter::new(out, limits, streams.len())?;
    for one in streams.values() {
        writer.stream(one)?;
    }
    writer.finish()?;
    Ok(())
}

/// What was read of all streams, without the places of notes.
fn total(streams: &[StreamDigest]) -> StreamRead {
    let mut total = StreamRead::default();
    for one in streams {
        let mut read = one.read.clone();
        if let Some(tail) = tail_of(one) {
            read.reopen_file();
            read.add_tail(&tail, 0);
        }
        total.add_stream(&read, 0);
    }
    total
}

/// Whether the digest holds attempts to send messages: of logs of which `diagnose` may ask for them. What an
/// updated digest lacks stays away.
fn holds_mail(config: &Config, inputs: &Inputs) -> bool {
    let corpus = &inputs.found.corpus;
    let digests = &inputs.digests;
    let mut known = digests.known.iter().flatten();
    if config.without_messages || known.any(|stream| stream.mail.is_none()) {
        return false;
    }
    let gone = digests.known.iter().map(|known| gone_bytes(known, corpus));
    let size = digests.known_bytes().chain(gone);
    let size = size.fold(corpus.total_bytes(), u64::saturating_add);
    !corpus.has_pipe() && are_small(size)
}

labels! {
    cannot_redact: "the digest cannot be redacted, because two names in it would become one. Please report this", "ダイジェスト内の 2 つの名前が同じになるため、名前を置き換えられません。この問題を報告してください。" ["37c399a2"];
}
