//! The pipeline, one call per stage.
//!
//! In: a [`Config`]. Out: the report on standard output or in a file, warnings on standard error,
//! and an [`Exit`].

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::aggregate::Collector;
use crate::aggregate::collect::FrontEndsAlone;
use crate::aggregate::proxy::HalvesIndex;
use crate::aggregate::tally::Tally;
use crate::cli::{ReportFormat, TableFormat};
use crate::config::Config;
use crate::exit::Exit;
use crate::input::place::PlaceTable;
use crate::output::Output;
use crate::progress;
use crate::render;
use crate::report::build::{self, Reading};
use crate::report::document::{Document, SkippedFile};
use crate::report::session as session_report;
use crate::report::{certificate, document};
use crate::rules;
use crate::rules::study::Study;
use crate::session::frame::Frame;
use crate::session::parallel::{self, Finish, LeaveAll, Plan, ReadResult, Sink};
use crate::session::{Session, parallel::contains};
use crate::smtp::conversation::Conversation;
use crate::smtp::facts::{ProxyPart, SessionFacts};
use crate::survey::{Ground, Period, survey, warn};

/// Reads all sessions.
fn read_sessions<F: Finish<Conversation>>(
    config: &Config,
    ground: &Ground,
    pipe: Option<Box<dyn io::Read>>,
    finish: &F,
    sink: &mut dyn Sink<Conversation, F::Part>,
) -> ReadResult {
    let corpus = &ground.found.corpus;
    let progress = progress::new(config.progress, corpus.total_bytes());
    let advance = |bytes| progress.advance(bytes);
    let plan = Plan {
        corpus,
        pool: &ground.pool,
        chunk_bytes: parallel::chunk_bytes(corpus),
        progress: &advance,
    };
    let result = parallel::assemble(&plan, pipe, finish, sink);
    progress.finish();
    for (file, error) in &result.errors {
        warn(
            config,
            &format!(
                "{}: cannot be read to its end: {error}",
                corpus.files[*file].name
            ),
        );
    }
    result
}

/// True where a session is in the period and of the connectors asked for. A front end's session
/// belongs to its hub's, whose name and time decide.
fn asked_for(config: &Config, ground: &Ground, facts: &SessionFacts) -> bool {
    let front_end = matches!(facts.talk.proxy, ProxyPart::FrontEnd { .. });
    front_end || asked_for_itself(config, ground, facts)
}

/// The same for a session on its own.
fn asked_for_itself(config: &Config, ground: &Ground, facts: &SessionFacts) -> bool {
    frame_asked_for(config, &ground.period, &facts.frame)
}

fn frame_asked_for(config: &Config, period: &Period, frame: &Frame) -> bool {
    let pattern = config.connector.as_ref();
    let connector = pattern.is_none_or(|pattern| pattern.is_match(frame.connector.as_ref()));
    connector && period.holds(frame)
}

/// Counts the sessions asked for.
struct Counting<'a> {
    config: &'a Config,
    ground: &'a Ground,
    collector: Collector,
    left_out: u64,
}

impl<'a> Counting<'a> {
    fn new(config: &'a Config, ground: &'a Ground) -> Counting<'a> {
        let streams = ground.found.corpus.streams.iter();
        let all = config.connector.is_none() && config.since.is_none() && config.until.is_none();
        let alone = if all {
            FrontEndsAlone::Count
        } else {
            FrontEndsAlone::LeaveOut
        };
        let servers = streams.map(|stream| stream.server.clone()).collect();
        Counting {
            config,
            ground,
            collector: Collector::new(servers, alone),
            left_out: 0,
        }
    }
}

/// Counts routine sessions on the worker that reads them.
struct CountRoutine<'a> {
    config: &'a Config,
    period: &'a Period,
}

impl Finish<Conversation> for CountRoutine<'_> {
    type Part = Tally;

    fn finish(&self, _stream: usize, session: &Session<Conversation>, part: &mut Tally) -> bool {
        frame_asked_for(self.config, self.period, &session.frame) && part.count(session)
    }
}

impl Sink<Conversation, Tally> for Counting<'_> {
    fn part(&mut self, stream: usize, part: Tally) {
        self.collector.tally(stream, part);
    }

    fn foresee(&mut self, stream: usize, session: &Session<Conversation>) {
        let Some(talk) = session.digest.failed() else {
            return;
        };
        let facts = SessionFacts {
            stream,
            frame: session.frame.clone(),
            talk,
        };
        if asked_for(self.config, self.ground, &facts) {
            self.collector.foresee(&facts);
        }
    }

    fn take(&mut self, stream: usize, session: Session<Conversation>, _places: &PlaceTable) {
        let facts = facts(stream, session);
        if asked_for(self.config, self.ground, &facts) {
            self.collector.session(facts);
        } else {
            self.left_out += 1;
            self.collector.count_only(&facts);
        }
    }
}

fn facts(stream: usize, session: Session<Conversation>) -> SessionFacts {
    SessionFacts {
        stream,
        frame: session.frame,
        talk: session.digest.finish(),
    }
}

/// Everything up to the study, then `with` it.
fn studied<T>(
    config: &Config,
    ground: &Ground,
    pipe: Option<Box<dyn io::Read>>,
    with: impl FnOnce(&Study<'_>, &Reading<'_>) -> T,
) -> (T, bool) {
    let mut counting = Counting::new(config, ground);
    let routine = CountRoutine {
        config,
        period: &ground.period,
    };
    let result = read_sessions(config, ground, pipe, &routine, &mut counting);
    let left_out = counting.left_out;
    let aggregate = counting.collector.finish();
    let corpus = &ground.found.corpus;
    let study = Study::new(
        &aggregate,
        &corpus.streams,
        &ground.exports.tenants,
        config.strict,
    );
    let found = ground.found.skipped.iter();
    let mut skipped: Vec<SkippedFile> = found
        .map(|file| SkippedFile {
            file: file.file.clone(),
            reason: file.reason.clone(),
        })
        .chain(ground.exports.skipped.iter().cloned())
        .collect();
    skipped.sort();
    let reading = Reading {
        corpus,
        places: &result.places,
        counts: result.counts,
        bytes: result.bytes,
        notes: result.notes,
        first: result.first,
        last: result.last,
        now: config.now.unwrap_or(result.last),
        skipped,
        export_notes: ground.exports.notes.clone(),
        sessions_left_out: left_out,
    };
    (with(&study, &reading), result.errors.is_empty())
}

fn trouble(ground: &Ground, whole: bool) -> bool {
    !whole || !ground.found.errors.is_empty() || !ground.exports.errors.is_empty()
}

/// `sendlens diagnose`.
///
/// # Errors
/// Wrong options, an unwritable output.
pub fn diagnose(config: &Config, format: ReportFormat, filter: &Filter) -> Result<Exit> {
    let mut out = Output::open(config.output.as_deref(), config.color)?;
    let mut ground = match survey(config)? {
        Ok(ground) => ground,
        Err(exit) => return Ok(exit),
    };
    let pipe = ground.pipe.take();
    let (mut report, whole) = studied(config, &ground, pipe, build::document);
    filter.apply(&mut report);
    match format {
        ReportFormat::Text => {
            let mut text = Vec::new();
            render::text::document(&report, &mut text)?;
            out.write_styled(&text)?;
        }
        ReportFormat::Json => render::json::document(&report, &mut out)?,
        ReportFormat::Ndjson => render::json::lines(&report, &mut out)?,
    }
    out.finish()?;
    if trouble(&ground, whole) {
        return Ok(Exit::Trouble);
    }
    let found = config
        .fail_on
        .is_some_and(|least| report.worst().is_some_and(|worst| worst >= least));
    Ok(if found { Exit::Found } else { Exit::Clean })
}

/// `--select` and `--ignore`.
#[derive(Debug, Default)]
pub struct Filter {
    /// Codes or prefixes to report; all if empty.
    pub select: Vec<String>,
    /// Codes or prefixes to leave out.
    pub ignore: Vec<String>,
}

impl Filter {
    /// Checks the codes. An option that takes several values swallows the PATH behind it: what is
    /// no code is given back to `paths`.
    ///
    /// # Errors
    /// Where a value is neither a code nor something that exists.
    pub fn new(
        select: Vec<String>,
        ignore: Vec<String>,
        paths: &mut Vec<PathBuf>,
    ) -> Result<Filter> {
        let mut codes = |values: Vec<String>| -> Result<Vec<String>> {
            let mut codes = Vec::new();
            for value in values {
                if rules::is_code_prefix(&value) {
                    codes.push(value);
                } else if value == "-" || Path::new(&value).exists() || value.contains(['*', '?']) {
                    paths.push(PathBuf::from(value));
                } else {
                    anyhow::bail!(
                        "{value}: neither a code nor a PATH; `sendlens rules` lists the codes"
                    );
                }
            }
            Ok(codes)
        };
        Ok(Filter {
            select: codes(select)?,
            ignore: codes(ignore)?,
        })
    }

    fn keeps(&self, code: &str) -> bool {
        let code = code.to_ascii_uppercase();
        let hits = |list: &[String]| {
            list.iter()
                .any(|prefix| code.starts_with(&prefix.to_ascii_uppercase()))
        };
        (self.select.is_empty() || hits(&self.select)) && !hits(&self.ignore)
    }

    fn apply(&self, report: &mut Document) {
        let (kept, hidden): (Vec<_>, Vec<_>) = std::mem::take(&mut report.incidents)
            .into_iter()
            .partition(|incident| self.keeps(&incident.cause.code));
        report.incidents = kept;
        report.hidden.incidents = hidden.len() as u64;
        report.hidden.replies = hidden
            .iter()
            .map(|incident| incident.rejected.replies)
            .sum();
        report.findings.retain(|finding| self.keeps(&finding.code));
    }
}

/// `sendlens certificates`.
///
/// # Errors
/// Wrong options, an unwritable output.
pub fn certificates(config: &Config, format: TableFormat) -> Result<Exit> {
    let mut out = Output::open(config.output.as_deref(), config.color)?;
    let mut ground = match survey(config)? {
        Ok(ground) => ground,
        Err(exit) => return Ok(exit),
    };
    let pipe = ground.pipe.take();
    let (rows, whole) = studied(config, &ground, pipe, |study, reading| {
        certificate::rows(study, reading.now)
    });
    match format {
        TableFormat::Ndjson => {
            for row in &rows {
                render::json::typed_line("certificate", row, &mut out)?;
            }
        }
        TableFormat::Json => render::json::document(&rows, &mut out)?,
        TableFormat::Csv => render::tables::certificates_csv(&rows, &mut out)?,
        TableFormat::Text => render::tables::certificates_text(&rows, &mut out)?,
    }
    out.finish()?;
    Ok(if trouble(&ground, whole) {
        Exit::Trouble
    } else {
        Exit::Clean
    })
}

/// `sendlens sessions`.
///
/// # Errors
/// Wrong options, an unwritable output.
pub fn sessions(config: &Config, format: TableFormat) -> Result<Exit> {
    let mut out = Output::open(config.output.as_deref(), config.color)?;
    let mut ground = match survey(config)? {
        Ok(ground) => ground,
        Err(exit) => return Ok(exit),
    };
    let pipe = ground.pipe.take();
    let halves = halves(&ground);
    let form = match format {
        TableFormat::Ndjson => render::sessions::Form::Ndjson,
        TableFormat::Json => render::sessions::Form::Json,
        TableFormat::Csv => render::sessions::Form::Csv,
        TableFormat::Text => render::sessions::Form::Text,
    };
    let corpus = &ground.found.corpus;
    let mut writer = render::sessions::Writer::new(form, &mut out)?;
    let mut written = Ok(());
    let mut write = |stream: usize, session: Session<Conversation>, places: &PlaceTable| {
        let facts = facts(stream, session);
        if written.is_err() || !asked_for_itself(config, &ground, &facts) {
            return;
        }
        let (file, line) = places.locate(facts.frame.first);
        let context = session_report::Context {
            stream: &corpus.streams[facts.stream].name,
            place: document::Place {
                file: corpus.files[file].name.clone(),
                line,
            },
            tenants: &ground.exports.tenants,
            strict: config.strict,
            other_half: halves.other_half(&facts).map(|half| {
                (
                    corpus.streams[half.stream].name.clone(),
                    half.id.to_string(),
                )
            }),
        };
        written = writer.record(&session_report::record(&facts, context));
    };
    let result = read_sessions(config, &ground, pipe, &LeaveAll, &mut write);
    written?;
    writer.finish()?;
    out.finish()?;
    Ok(if trouble(&ground, result.errors.is_empty()) {
        Exit::Trouble
    } else {
        Exit::Clean
    })
}

/// The halves of proxied conversations, where any file shows a front end acting for a hub.
fn halves(ground: &Ground) -> HalvesIndex {
    let mut halves = HalvesIndex::default();
    let corpus = &ground.found.corpus;
    let plan = Plan {
        corpus,
        pool: &ground.pool,
        chunk_bytes: parallel::chunk_bytes(corpus),
        progress: &|_| {},
    };
    if corpus.has_pipe() || !contains(&plan, b"Outbound proxy from ") {
        return halves;
    }
    // What cannot be read is reported by the second pass over the same files.
    let mut note = |stream: usize, session: Session<Conversation>, _: &PlaceTable| {
        halves.note(&facts(stream, session));
    };
    parallel::assemble(&plan, None, &LeaveAll, &mut note);
    halves
}

/// Writes something that needs no input.
///
/// # Errors
/// Whatever the writer says.
pub fn print(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<Exit> {
    let mut out = Output::open(None, anstream::ColorChoice::Auto)?;
    write(&mut out)?;
    out.finish()?;
    Ok(Exit::Clean)
}
