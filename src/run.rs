//! The pipeline, one call per stage.
//!
//! In: a [`Config`]. Out: the report on standard output or in a file, warnings on standard error,
//! and an [`Exit`].

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::cli::{ReportFormat, TableFormat};
use crate::config::Config;
use crate::counting::{CountOnWorkers, Counting};
use crate::exit::Exit;
use crate::output::Output;
use crate::progress;
use crate::render;
use crate::render::report::Format;
use crate::report::build::{self, Reading};
use crate::report::certificate;
use crate::report::document::{Document, SkippedFile};
use crate::rules;
use crate::rules::study::Study;
use crate::session::parallel::{self, Plan, ReadResult};
use crate::session::sink::{Finish, Sink};
use crate::smtp::conversation::Conversation;
use crate::survey::{Ground, Need, survey, warn};

/// Reads all sessions.
pub(crate) fn read_sessions<F: Finish<Conversation>>(
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
        chunk_bytes: parallel::chunk_bytes(corpus, finish),
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

/// Everything up to the study, then `with` it.
pub(crate) fn studied<T>(
    config: &Config,
    ground: &Ground,
    pipe: Option<Box<dyn io::Read>>,
    with: impl FnOnce(&Study<'_>, &Reading<'_>) -> T,
) -> (T, bool) {
    let on_workers = CountOnWorkers::new(config, ground);
    let mut counting = Counting::new(&on_workers);
    let result = read_sessions(config, ground, pipe, &on_workers, &mut counting);
    let totals = counting.finish();
    let corpus = &ground.found.corpus;
    let study = Study::new(
        &totals,
        &corpus.streams,
        &ground.exports.tenants,
        &ground.exports.on_premises,
        config.strict,
    );
    let reading = Reading {
        corpus,
        places: &result.places,
        counts: result.counts,
        bytes: result.bytes,
        notes: result.notes,
        first: result.first,
        last: result.last,
        now: config.now.unwrap_or(result.last),
        skipped: skipped(ground),
        export_notes: ground.exports.notes.clone(),
        sessions_left_out: totals.sessions_left_out,
    };
    (with(&study, &reading), result.errors.is_empty())
}

/// Files that were not used, by discovery and by the exports.
pub(crate) fn skipped(ground: &Ground) -> Vec<SkippedFile> {
    let found = ground.found.skipped.iter().map(|file| SkippedFile {
        file: file.file.clone(),
        reason: file.reason.clone(),
    });
    let mut skipped: Vec<SkippedFile> = found.chain(ground.exports.skipped.clone()).collect();
    skipped.sort();
    skipped
}

pub(crate) fn trouble(ground: &Ground, whole: bool) -> bool {
    !whole || !ground.found.errors.is_empty() || !ground.exports.errors.is_empty()
}

/// `sendlens diagnose`.
///
/// # Errors
/// Wrong options, an unwritable output.
pub fn diagnose(config: &Config, format: ReportFormat, filter: &Filter) -> Result<Exit> {
    let mut out = Output::open(config.output.as_deref(), config.color)?;
    let mut ground = match survey(config, Need::Logs)? {
        Ok(ground) => ground,
        Err(exit) => return Ok(exit),
    };
    let pipe = ground.pipe.take();
    let (mut report, whole) = studied(config, &ground, pipe, build::document);
    filter.apply(&mut report);
    write_report(&report, format, &mut out)?;
    out.finish()?;
    Ok(exit(config, trouble(&ground, whole), &report))
}

/// How a run ends that gave this report.
pub(crate) fn exit(config: &Config, trouble: bool, report: &Document) -> Exit {
    let worst = report.worst();
    match config.fail_on {
        _ if trouble => Exit::Trouble,
        Some(least) if worst.is_some_and(|worst| worst >= least) => Exit::Found,
        _ => Exit::Clean,
    }
}

/// Writes a report in the form asked for; colours only where the destination wants them.
pub(crate) fn write_report(
    report: &Document,
    format: ReportFormat,
    out: &mut Output,
) -> io::Result<()> {
    let format = Format::from(format);
    if !format.is_coloured() {
        return render::report::write(report, format, out);
    }
    let mut text = Vec::new();
    render::report::write(report, format, &mut text)?;
    out.write_styled(&text)
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

    pub(crate) fn apply(&self, report: &mut Document) {
        let (kept, hidden): (Vec<_>, Vec<_>) = std::mem::take(&mut report.incidents)
            .into_iter()
            .partition(|incident| self.keeps(&incident.cause.code));
        report.incidents = kept;
        report.hidden.incidents = hidden.len() as u64;
        report.hidden.replies = hidden
            .iter()
            .map(|incident| incident.rejected.replies)
            .sum();
        let all = report.findings.len();
        report.findings.retain(|finding| self.keeps(&finding.code));
        report.hidden.findings = (all - report.findings.len()) as u64;
    }
}

/// `sendlens certificates`.
///
/// # Errors
/// Wrong options, an unwritable output.
pub fn certificates(config: &Config, format: TableFormat) -> Result<Exit> {
    let mut out = Output::open(config.output.as_deref(), config.color)?;
    let mut ground = match survey(config, Need::Logs)? {
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
