//! `sendlens sessions` writes one record for each session. The worker that read the whole session
//! makes the record.
//!
//! In: a [`Config`]. Out: records in the documented order.
//! Must not hold records until the end of the run.

use std::io;

use anyhow::{Result, bail};

use crate::aggregate::proxy::{HalvesIndex, HalvesNoted, OtherHalf};
use crate::commands::config::Config;
use crate::commands::inputs::{Inputs, Required, load_inputs, rows, trouble, without_rows};
use crate::commands::limits::Limits;
use crate::commands::pipeline::read_sessions;
use crate::commands::redaction::{self, Redaction};
use crate::commands::target;
use crate::commands::unusable::Rows;
use crate::exit::Exit;
use crate::input::corpus::Corpus;
use crate::input::place::{LinePlace as FirstRow, PlaceTable};
use crate::language::{labels, sentences};
use crate::output::Output;
use crate::render::format::{SessionFormat, TableFormat};
use crate::render::session_list::{Drafts, Writer};
use crate::report::record_cache::RecordCache;
use crate::report::session::{Context, record};
use crate::report::session_record::SessionRecord;
use crate::session::contains::contains;
use crate::session::parallel::{Plan, ReadResult};
use crate::session::sink::{Finish, LeaveAll, Sink};
use crate::session::{Session, parallel};
use crate::smtp::digest::SmtpDigest;
use crate::tenant::Tenant;

/// `sendlens sessions`.
///
/// # Errors
/// If an option is wrong, or the output cannot be written.
pub(super) fn sessions(config: &Config, format: SessionFormat) -> Result<Exit> {
    let mut out = open(config, format)?;
    let mut redaction = Redaction::begin(config, &[])?;
    let inputs = match load_inputs(config, Required::Sessions)? {
        Ok(inputs) => inputs,
        Err(exit) => return Ok(exit),
    };
    if let Some(redaction) = &mut redaction {
        redaction.learn(&inputs);
    }
    if format == SessionFormat::Table(TableFormat::Csv) {
        out.begin_csv()?;
    }
    let records = Records {
        config,
        format,
        corpus: &inputs.found.corpus,
        limits: &inputs.limits,
        tenants: &inputs.exports.tenants,
    };
    let result = list(&records, &inputs, redaction, &mut out)?;
    out.finish()?;
    let whole = result.errors.is_empty();
    let read = result.total(&inputs.found.corpus);
    Ok(match rows(config, &inputs, &read.counts, read.cut_tails) {
        Rows::Some if trouble(&inputs, whole) => Exit::Trouble,
        Rows::Some => Exit::Clean,
        Rows::Unreadable | Rows::None => without_rows(&inputs, whole),
    })
}

/// Opens the output. What is not text goes to files, pipes and devices, and not to terminals.
fn open(config: &Config, format: SessionFormat) -> Result<Output> {
    if !format.needs_file() {
        return target::open(config, &[]);
    }
    let Some(file) = &config.output else {
        bail!(needs_file(config.language));
    };
    let out = target::open(config, &[])?;
    if out.is_terminal() {
        bail!(is_terminal(config.language, &file.display().to_string()));
    }
    Ok(out)
}

/// Reads all sessions and writes their records.
fn list(
    records: &Records<'_>,
    inputs: &Inputs,
    redaction: Option<Redaction>,
    out: &mut Output,
) -> Result<ReadResult> {
    let config = records.config;
    let mut listing = Listing {
        records,
        writer: Writer::new((records.format, config.language), out)?,
        written: Ok(()),
        cache: RecordCache::default(),
        inputs,
        halves: None,
        redaction,
    };
    let result = read_sessions(config, inputs, records, &mut listing);
    listing.written?;
    listing.writer.finish()?;
    redaction::finish(listing.redaction)?;
    Ok(result)
}

/// Makes records of sessions, on any thread.
struct Records<'a> {
    config: &'a Config,
    format: SessionFormat,
    corpus: &'a Corpus,
    limits: &'a Limits,
    tenants: &'a [Tenant],
}

impl Records<'_> {
    /// The record of a session whose first row is in this file and line. A draft has line 0.
    fn record<'r>(
        &'r self,
        session: &'r Session<SmtpDigest>,
        (file, line): (usize, u64),
        other_half: Option<&OtherHalf>,
        cache: &mut RecordCache,
    ) -> SessionRecord<'r> {
        let streams = &self.corpus.streams;
        let file = &self.corpus.files[file];
        let context = Context {
            stream: &streams[file.stream].name,
            file: &file.name,
            line,
            frame: &session.frame,
            language: self.config.language,
            tenants: self.tenants,
            strict: self.config.strict,
            other_half: other_half
                .map(|half| (streams[half.stream].name.as_str(), half.id.to_string())),
        };
        record(session.digest.view(&session.frame), context, cache)
    }
}

/// The records of one chunk.
#[derive(Default)]
struct Part {
    drafts: Drafts<FirstRow>,
    cache: RecordCache,
}

impl Finish<SmtpDigest> for Records<'_> {
    type Part = Part;

    /// A record is about a seventh as large as the rows of its session.
    const LARGEST_CHUNK: u64 = 12 * 1024 * 1024;

    fn finish(&self, file: usize, session: &Session<SmtpDigest>, part: &mut Part) -> bool {
        if !self.limits.hold(&session.frame) {
            part.drafts.skip(self.format);
            return true;
        }
        // Stand-ins are numbered in the order of the output.
        if session.digest.proxy().is_half() || self.config.redact {
            return false;
        }
        // The line in the file is known only after the earlier chunks have been counted.
        let place = (file, 0);
        let record = self.record(session, place, None, &mut part.cache);
        let form = (self.format, self.config.language);
        part.drafts.push(form, &record, session.frame.first);
        true
    }
}

/// Writes records as sessions end.
struct Listing<'a> {
    records: &'a Records<'a>,
    writer: Writer<'a>,
    written: io::Result<()>,
    /// For the sessions that are split between two chunks.
    cache: RecordCache,
    inputs: &'a Inputs,
    /// Searched when the first half is found, because most logs have none.
    halves: Option<HalvesIndex>,
    redaction: Option<Redaction>,
}

impl Sink<SmtpDigest, Part> for Listing<'_> {
    fn take(&mut self, _stream: usize, session: Session<SmtpDigest>, places: &PlaceTable) {
        let records = self.records;
        if self.written.is_err() || !records.limits.hold(&session.frame) {
            return;
        }
        let place = places.locate(session.frame.first);
        let part = session.digest.proxy();
        let other_half = if part.is_half() {
            let halves = self.halves.get_or_insert_with(|| halves(self.inputs));
            halves.other_half(&session.frame, part)
        } else {
            None
        };
        let record = records.record(&session, place, other_half, &mut self.cache);
        self.written = match &mut self.redaction {
            Some(redaction) => self.writer.record(&redaction.redactor.session(&record)),
            None => self.writer.record(&record),
        };
    }

    fn finished(&mut self, _stream: usize, part: &mut Part, places: &PlaceTable) {
        if self.written.is_ok() {
            let line = |place| places.locate(place).1;
            self.written = self.writer.draft(&mut part.drafts, line);
        }
    }
}

/// Finds the halves of proxied sessions in a separate pass over all files.
fn halves(inputs: &Inputs) -> HalvesIndex {
    let mut halves = HalvesNoted::default();
    let corpus = &inputs.found.corpus;
    let plan = Plan {
        corpus,
        streams: None,
        keeps_open: None,
        resumes: &[],
        pool: &inputs.pool,
        progress: &|_| {},
    };
    // Only a front end names the other half.
    if corpus.has_pipe() || !contains(corpus, &inputs.pool, b"Outbound proxy from ") {
        return halves.index();
    }
    // The pass that lists the sessions reports what cannot be read.
    let mut note = |stream: usize, session: Session<SmtpDigest>, _: &PlaceTable| {
        halves.note(stream, &session.frame, session.digest.proxy());
    };
    parallel::assemble(&plan, &LeaveAll, &mut note);
    halves.index()
}

labels! {
    needs_file: "a Parquet file is not written to standard output, because shells and consoles damage it. Give the name of a file, such as -o sessions.parquet", "Parquet ファイルは、シェルやコンソールで壊れるため、標準出力には書き込みません。-o sessions.parquet のようにファイル名を指定してください。" ["fd37c980"];
}

sentences! {
    /// A terminal, given by its name.
    fn is_terminal(file: &str) {
        en: "{file}: this is a terminal, and a Parquet file is not text. Give the name of a file, such as -o sessions.parquet",
        ja: "{file}: これはターミナルです。Parquet ファイルはテキストではないため、ここには書き込みません。-o sessions.parquet のようにファイル名を指定してください。" ["d583f463"],
    }
}
