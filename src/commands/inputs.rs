//! Finds the input and the period before any row is read.
//!
//! In: a [`Config`]. Out: the [`Inputs`], or an [`Exit`] with a sentence on standard error that says
//! what to do next.

use std::fs::File;

use anyhow::{Context as _, Result};

use crate::commands::config::{Config, Moment};
use crate::commands::exports::{self, Exports};
use crate::commands::target;
use crate::commands::unusable::{self, Besides, Rows};
use crate::exit::Exit;
use crate::input::discover::{Found, Search};
use crate::input::error::InputError;
use crate::input::lines::LineCounts;
use crate::input::packed::Budget;
use crate::input::skip::SkipReason;
use crate::input::timestamp::Timestamp;
use crate::input::{discover, pipe};
use crate::language::{Language, labels, sentences};
use crate::output;
use crate::queue::Queue;
use crate::render;
use crate::report::document::SkippedFile;
use crate::session::frame::Frame;

/// The input that was found.
pub(crate) struct Inputs {
    pub(crate) found: Found,
    pub(crate) exports: Exports,
    pub(crate) pool: rayon::ThreadPool,
    pub(crate) period: Period,
}

/// The input that a command needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Required {
    /// At least one send log.
    Logs,
    /// At least one send log, or an export of queues, which shows mail that waits without any session.
    LogsOrQueues,
    /// At least one export. Logs are optional.
    Exports,
    /// Anything that shows messages: send logs, message tracking logs, or exports of queues.
    Mail,
}

impl Required {
    /// Whether message tracking logs are read.
    fn follows(self, found: &Found) -> bool {
        match self {
            Required::Mail => true,
            Required::LogsOrQueues => !found.corpus.files.is_empty(),
            Required::Logs | Required::Exports => false,
        }
    }

    /// Whether the input holds what the command needs.
    fn is_met(self, found: &Found, exports: &Exports) -> bool {
        let has_logs = !found.corpus.files.is_empty();
        match self {
            Required::Logs => has_logs,
            Required::LogsOrQueues => has_logs || !exports.queues.is_empty(),
            Required::Exports => !exports.is_empty(),
            Required::Mail => has_logs || !found.tracking.is_empty() || !exports.queues.is_empty(),
        }
    }
}

/// The period of the chosen sessions.
pub(crate) struct Period {
    since: Option<Timestamp>,
    until: Option<Timestamp>,
}

impl Period {
    /// Whether a session ended before the period.
    pub(crate) fn begins_after(&self, frame: &Frame) -> bool {
        self.since.is_some_and(|since| frame.ended < since)
    }

    pub(crate) fn holds(&self, frame: &Frame) -> bool {
        self.holds_span(frame.started, frame.ended)
    }

    /// Whether what was from one time to another reaches into the period.
    pub(crate) fn holds_span(&self, started: Timestamp, ended: Timestamp) -> bool {
        self.since.is_none_or(|since| ended >= since)
            && self.until.is_none_or(|until| started <= until)
    }

    /// The part of the time from `first` to `last` that is in the period.
    pub(crate) fn of(&self, first: Timestamp, last: Timestamp) -> (Timestamp, Timestamp) {
        let first = self.since.map_or(first, |since| first.later(since));
        let last = self.until.map_or(last, |until| last.earlier(until));
        (first, last)
    }

    /// Whether the input may show a queue within the period. Where an export does not say its time, it
    /// may.
    pub(crate) fn reaches(&self, queue: &Queue) -> bool {
        let (start, end) = queue.shown();
        let (start, end) = (start.map(Timestamp::from), end.map(Timestamp::from));
        let ends_within = self.since.zip(end).is_none_or(|(since, end)| end >= since);
        let starts_within = self.until.zip(start);
        ends_within && starts_within.is_none_or(|(until, start)| start <= until)
    }
}

/// Writes a warning to standard error, unless `--quiet` is set.
pub(crate) fn warn(config: &Config, sentence: &str) {
    if !config.quiet {
        output::tell(&render::plain::visible(sentence));
    }
}

/// Finds and recognises all input. Returns `Err(exit)` if nothing can be used.
pub(crate) fn load_inputs(
    config: &Config,
    required: Required,
) -> Result<std::result::Result<Inputs, Exit>> {
    let search = Search {
        io: config.io,
        budget: Budget::new(config.max_unpacked),
    };
    let mut found = discover::find(&config.paths, &search);
    add_pipes(config, &mut found)?;
    if !required.follows(&found) {
        found.leave_tracking();
    }
    let language = config.language;
    let exports = exports::read(
        language,
        &found,
        &search,
        &config.tenants,
        &config.on_premises,
    );
    target::refuse_found(config, &found, &exports)?;
    for error in &found.errors {
        warn(config, &error.words(language));
    }
    for error in &exports.errors {
        warn(config, error);
    }
    if !required.is_met(&found, &exports) {
        let trouble = !found.errors.is_empty() || !exports.errors.is_empty();
        // If there were errors, their sentences already say what is wrong.
        if !trouble {
            let without_logs =
                |besides| unusable::without_logs(language, besides, &found, &exports);
            let sentence = match required {
                Required::Logs => without_logs(Besides::Nothing),
                Required::LogsOrQueues => without_logs(Besides::Queues),
                Required::Mail => without_logs(Besides::Mail),
                Required::Exports => unusable::without_exports(language, &found, &exports),
            };
            warn(config, &sentence);
        }
        return Ok(Err(if trouble {
            Exit::Trouble
        } else {
            Exit::Nothing
        }));
    }
    let period = Period {
        since: resolve(language, config.since, &found)?,
        until: resolve(language, config.until, &found)?,
    };
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(config.threads)
        .thread_name(|number| format!("parse {number}"))
        .build()
        .with_context(|| no_threads(language))?;
    Ok(Ok(Inputs {
        found,
        exports,
        pool,
        period,
    }))
}

/// Adds the pipes that were named to the log files.
fn add_pipes(config: &Config, found: &mut Found) -> Result<()> {
    let pipes = std::mem::take(&mut found.pipes);
    if !pipes.is_empty() {
        refuse_relative_times(config)?;
    }
    // Each becomes the first stream, so that they stand in the order of their names.
    for path in pipes.into_iter().rev() {
        let name = path.to_string_lossy().into_owned();
        if name == "-" {
            pipe::add_pipe(found, &name, Box::new(std::io::stdin()));
            continue;
        }
        match File::open(&path) {
            Ok(file) => pipe::add_pipe(found, &name, Box::new(file)),
            Err(source) => found
                .errors
                .push(InputError::Unreadable { path: name, source }),
        }
    }
    Ok(())
}

/// The files that were not used, with the reason.
pub(crate) fn skipped(language: Language, inputs: &Inputs) -> Vec<SkippedFile> {
    let found = inputs.found.skipped.iter().map(|file| SkippedFile {
        file: file.file.clone(),
        reason: file.reason.words(language),
    });
    // They are taken off the list if the messages are followed.
    let tracking = inputs.found.tracking.iter().map(|file| SkippedFile {
        file: file.name.clone(),
        reason: SkipReason::of_log(file.log_type.clone()).words(language),
    });
    let skipped = found.chain(tracking).chain(inputs.exports.skipped.clone());
    let mut skipped: Vec<SkippedFile> = skipped.collect();
    skipped.sort();
    skipped
}

/// Says on standard error if the logs have no row that can be used. `cut_tails` is how many malformed lines
/// are the last of their file.
pub(crate) fn rows(config: &Config, inputs: &Inputs, counts: &LineCounts, cut_tails: u64) -> Rows {
    if inputs.found.corpus.files.is_empty() {
        // Only exports of queues were given.
        return Rows::Some;
    }
    let rows = match (counts.records, counts.malformed) {
        (0, malformed) if malformed == cut_tails => Rows::None,
        (0, _) => Rows::Unreadable,
        _ => return Rows::Some,
    };
    let (found, exports) = (&inputs.found, &inputs.exports);
    let sentence = unusable::without_rows(config.language, rows, counts, found, exports);
    warn(config, &sentence);
    rows
}

/// The exit code of a run whose logs have no row that can be used.
pub(crate) fn without_rows(inputs: &Inputs, whole: bool) -> Exit {
    if trouble(inputs, whole) {
        Exit::Trouble
    } else {
        Exit::Nothing
    }
}

/// Whether some input could not be read completely.
pub(crate) fn trouble(inputs: &Inputs, whole: bool) -> bool {
    !whole || !inputs.found.errors.is_empty() || !inputs.exports.errors.is_empty()
}

/// A time before the last log line needs the end of the log, which is not known on standard input.
fn refuse_relative_times(config: &Config) -> Result<()> {
    let relative = |moment: Option<Moment>| matches!(moment, Some(Moment::BeforeEnd(_)));
    if relative(config.since) || relative(config.until) {
        anyhow::bail!(no_end_of_pipe(config.language));
    }
    Ok(())
}

/// The point in time that an option means.
fn resolve(language: Language, moment: Option<Moment>, found: &Found) -> Result<Option<Timestamp>> {
    let Some(moment) = moment else {
        return Ok(None);
    };
    if let Moment::BeforeEnd(_) = moment {
        let last = found.corpus.last_time().with_context(|| no_end(language))?;
        return Ok(Some(moment.resolve(last)));
    }
    Ok(Some(moment.resolve(Timestamp::UNKNOWN)))
}

labels! {
    no_threads: "the threads cannot be started", "スレッドを開始できません" ["cd973cac"];
    no_end_of_pipe: "--since and --until cannot be a time before the last log line with standard input, because its end is not known. Give a date or time instead", "標準入力では終わりが分からないため、最後のログ行からさかのぼる時刻を --since と --until に指定できません。代わりに日付または時刻を指定してください。" ["e8f0c066"];
    no_end: "the end of the log files cannot be read", "ログ ファイルの末尾を読み取れません" ["ccc06788"];
}

sentences! {
    /// A log file that could be read only in part.
    pub(crate) fn not_to_its_end(file: &str, error: &str) {
        en: "{file}: the file could not be read to its end: {error}",
        ja: "{file}: ファイルを最後まで読み取れませんでした: {error}" ["96bbae35"],
    }
}
