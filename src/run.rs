//! The pipeline, one call per stage.
//!
//! In: a [`Config`]. Out: the report on standard output or in a file, warnings on standard error,
//! and an [`Exit`].

use std::io::{self, Write};

use anyhow::{Context as _, Result};

use crate::aggregate::Collector;
use crate::aggregate::proxy::HalvesIndex;
use crate::cli::{ReportFormat, TableFormat};
use crate::config::{Config, Moment};
use crate::exit::Exit;
use crate::exports::{self, Exports};
use crate::input::discover::{self, Found};
use crate::input::timestamp::Timestamp;
use crate::output::Output;
use crate::progress;
use crate::render;
use crate::report::build::{self, Reading};
use crate::report::document::{Document, SkippedFile};
use crate::report::session as session_report;
use crate::report::{certificate, document};
use crate::rules::study::Study;
use crate::session::parallel::{self, Plan, ReadResult};
use crate::session::{Session, parallel::contains};
use crate::smtp::conversation::Conversation;
use crate::smtp::facts::{ProxyPart, SessionFacts};

/// What was found on disk.
struct Ground {
    found: Found,
    exports: Exports,
    pool: rayon::ThreadPool,
    period: Period,
}

/// The sessions asked for.
struct Period {
    since: Option<Timestamp>,
    until: Option<Timestamp>,
}

impl Period {
    fn holds(&self, facts: &SessionFacts) -> bool {
        let (started, ended) = (facts.frame.started, facts.frame.ended);
        self.since.is_none_or(|since| ended >= since)
            && self.until.is_none_or(|until| started <= until)
    }
}

/// Warnings on standard error, unless `--quiet`.
#[allow(clippy::print_stderr, reason = "the one place that warns")]
fn warn(config: &Config, sentence: &str) {
    if !config.quiet {
        eprintln!("sendlens: {}", render::plain::visible(sentence));
    }
}

/// Finds and recognises everything; `Err(exit)` where nothing is usable.
fn survey(config: &Config) -> Result<std::result::Result<Ground, Exit>> {
    let found = discover::find(&config.paths, config.io);
    let exports = exports::read(&found, &config.tenants);
    for error in &found.errors {
        warn(config, &error.to_string());
    }
    for error in &exports.errors {
        warn(config, error);
    }
    if found.corpus.files.is_empty() {
        let sentence = nothing_usable(&found, &exports);
        warn(config, &sentence);
        let trouble = !found.errors.is_empty() || !exports.errors.is_empty();
        return Ok(Err(if trouble {
            Exit::Trouble
        } else {
            Exit::Nothing
        }));
    }
    let period = Period {
        since: resolve(config.since, &found)?,
        until: resolve(config.until, &found)?,
    };
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(config.threads)
        .build()
        .context("cannot start the threads")?;
    Ok(Ok(Ground {
        found,
        exports,
        pool,
        period,
    }))
}

/// Why there is nothing to work on, and what to do.
fn nothing_usable(found: &Found, exports: &Exports) -> String {
    let receive = found
        .skipped
        .iter()
        .filter(|file| file.reason.contains("Receive"))
        .count();
    if receive > 0 {
        return format!(
            "only receive logs here ({receive} files): the send logs are in the folder SmtpSend beside SmtpReceive"
        );
    }
    if let Some(archive) = found
        .skipped
        .iter()
        .find(|file| file.reason.contains("archive"))
    {
        return format!("{}: {}", archive.file, archive.reason);
    }
    if !exports.tenants.is_empty() {
        return "exports, but no send log: add the folder ProtocolLog\\SmtpSend of the server"
            .to_owned();
    }
    "no Exchange send log found: look for TransportRoles\\Logs\\Hub\\ProtocolLog\\SmtpSend on the server, and see that protocol logging of the send connector is on (Set-SendConnector -ProtocolLoggingLevel Verbose)".to_owned()
}

/// A time relative to the last line needs the ends of the files, which a pipe does not show.
fn resolve(moment: Option<Moment>, found: &Found) -> Result<Option<Timestamp>> {
    let Some(moment) = moment else {
        return Ok(None);
    };
    if let Moment::BeforeEnd(_) = moment {
        if found.corpus.has_pipe() {
            anyhow::bail!(
                "a time back from the last line cannot be used with standard input: give a date or time instead"
            );
        }
        let last = found
            .corpus
            .last_time()
            .context("cannot read the end of the log files")?;
        return Ok(Some(moment.resolve(last)));
    }
    Ok(Some(moment.resolve(Timestamp::UNKNOWN)))
}

/// Reads all sessions.
fn read_sessions(
    config: &Config,
    ground: &Ground,
    each: &mut dyn FnMut(SessionFacts, &crate::input::corpus::PlaceTable),
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
    let pipe: Option<Box<dyn io::Read>> = corpus
        .has_pipe()
        .then(|| Box::new(io::stdin()) as Box<dyn io::Read>);
    let result = parallel::assemble(
        &plan,
        pipe,
        &mut |stream, session: Session<Conversation>, places| {
            each(
                SessionFacts {
                    stream,
                    frame: session.frame,
                    talk: session.digest.finish(),
                },
                places,
            );
        },
    );
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
/// goes by its hub's connector, so its own name does not matter.
fn asked_for(config: &Config, ground: &Ground, facts: &SessionFacts) -> bool {
    let front_end = matches!(facts.talk.proxy, ProxyPart::FrontEnd { .. });
    let connector = front_end
        || config
            .connector
            .as_ref()
            .is_none_or(|pattern| pattern.is_match(facts.connector().as_ref()));
    connector && ground.period.holds(facts)
}

/// Everything up to the study, then `with` it.
fn studied<T>(
    config: &Config,
    ground: &Ground,
    with: impl FnOnce(&Study<'_>, &Reading<'_>) -> T,
) -> (T, bool) {
    let mut collector = Collector::default();
    let mut left_out = 0;
    let result = read_sessions(config, ground, &mut |facts, _| {
        if asked_for(config, ground, &facts) {
            collector.session(facts);
        } else {
            left_out += 1;
            collector.count_only(&facts);
        }
    });
    let aggregate = collector.finish();
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
    let ground = match survey(config)? {
        Ok(ground) => ground,
        Err(exit) => return Ok(exit),
    };
    let (mut report, whole) = studied(config, &ground, build::document);
    filter.apply(&mut report);
    match format {
        ReportFormat::Text => render::text::document(&report, &mut out)?,
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
    fn keeps(&self, code: &str) -> bool {
        let code = code.to_ascii_uppercase();
        let hits = |list: &[String]| {
            list.iter()
                .any(|prefix| code.starts_with(&prefix.to_ascii_uppercase()))
        };
        (self.select.is_empty() || hits(&self.select)) && !hits(&self.ignore)
    }

    fn apply(&self, report: &mut Document) {
        report
            .incidents
            .retain(|incident| self.keeps(&incident.cause.code));
        report.findings.retain(|finding| self.keeps(&finding.code));
    }
}

/// `sendlens certificates`.
///
/// # Errors
/// Wrong options, an unwritable output.
pub fn certificates(config: &Config, format: TableFormat) -> Result<Exit> {
    let mut out = Output::open(config.output.as_deref(), config.color)?;
    let ground = match survey(config)? {
        Ok(ground) => ground,
        Err(exit) => return Ok(exit),
    };
    let (rows, whole) = studied(config, &ground, |study, _| certificate::rows(study));
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
    let ground = match survey(config)? {
        Ok(ground) => ground,
        Err(exit) => return Ok(exit),
    };
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
    let result = read_sessions(config, &ground, &mut |facts, places| {
        if written.is_err() || !asked_for(config, &ground, &facts) {
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
    });
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
    parallel::assemble(
        &plan,
        None,
        &mut |stream, session: Session<Conversation>, _| {
            halves.note(&SessionFacts {
                stream,
                frame: session.frame,
                talk: session.digest.finish(),
            });
        },
    );
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
