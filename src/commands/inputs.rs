//! Finds the input and the period before any row is read.
//!
//! In: a [`Config`]. Out: the [`Inputs`], or an [`Exit`] with a sentence on standard error that says
//! what to do next.

use std::fs::File;

use anyhow::{Context as _, Result};

use crate::commands::config::Config;
use crate::commands::digests::{self, Digests, Origin};
use crate::commands::exports::{self, Exports};
use crate::commands::limits::{self, Limits};
use crate::commands::target;
use crate::commands::unusable::{self, Besides, Rows};
use crate::digest_file::LogDigest;
use crate::exit::Exit;
use crate::input::discover::{Found, Search};
use crate::input::error::InputError;
use crate::input::lines::LineCounts;
use crate::input::log_list::LogList;
use crate::input::packed::Budget;
use crate::input::skip::SkipReason;
use crate::input::{discover, pipe};
use crate::language::{Language, labels, sentences};
use crate::output;
use crate::part_file;
use crate::render;
use crate::report::document::SkippedFile;

/// The input that was found.
pub(crate) struct Inputs {
    pub(crate) found: Found,
    /// The digests that take part.
    pub(crate) digests: Digests,
    /// All log files, those of digests included.
    pub(crate) logs: LogList,
    /// Where each of their streams comes from.
    pub(crate) origins: Vec<Origin>,
    pub(crate) exports: Exports,
    pub(crate) pool: rayon::ThreadPool,
    pub(crate) limits: Limits,
}

/// The input that a command needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Required {
    /// At least one send log, or a digest of some.
    Logs,
    /// The same, without the exports beside it.
    LogsAlone,
    /// At least one send log. A digest does not hold enough.
    Sessions,
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
            Required::LogsOrQueues => !found.corpus.files.is_empty() || !found.digests.is_empty(),
            Required::Logs | Required::LogsAlone | Required::Sessions | Required::Exports => false,
        }
    }

    /// Whether digests take part.
    fn takes_digests(self) -> bool {
        !matches!(self, Required::Sessions | Required::Mail)
    }

    /// Whether the input holds what the command needs.
    fn is_met(self, found: &Found, exports: &Exports) -> bool {
        let has_logs = !found.corpus.files.is_empty();
        let has_any = has_logs || !found.digests.is_empty();
        match self {
            Required::Logs | Required::LogsAlone => has_any,
            Required::Sessions => has_logs,
            Required::LogsOrQueues => has_any || !exports.queues.is_empty(),
            Required::Exports => !exports.is_empty(),
            Required::Mail => has_logs || !found.tracking.is_empty() || !exports.queues.is_empty(),
        }
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
        server: config.server.clone(),
    };
    let mut found = discover::find(&config.paths, &search);
    add_pipes(config, &mut found)?;
    if !required.follows(&found) {
        found.leave_tracking();
    }
    let language = config.language;
    let exports = match required {
        Required::LogsAlone => Exports::default(),
        _ => exports::read(
            language,
            &found,
            &search,
            &config.tenants,
            &config.on_premises,
        ),
    };
    let known = updated(config, &search, &mut found)?;
    target::refuse_found(config, &found, &exports)?;
    for error in &found.errors {
        warn(config, &error.words(language));
    }
    for error in &exports.errors {
        warn(config, error);
    }
    choose_streams(config, &mut found)?;
    if !required.takes_digests() {
        leave_digests(config, &found);
    }
    if !required.is_met(&found, &exports) {
        return Ok(Err(nothing_usable(config, required, &found, &exports)));
    }
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(config.threads)
        .thread_name(|number| format!("parse {number}"))
        .build()
        .with_context(|| no_threads(language))?;
    let mut digests = load_digests(config, required, &found, known, &pool)?;
    let (last, given) = (digests.last_time(), digests.limits.as_ref());
    let limits = Limits::of(config, &found.corpus, last, given)?;
    if required != Required::LogsAlone {
        digests.finish(&limits, &pool);
    }
    let (logs, origins) = digests.among(&found.corpus);
    Ok(Ok(Inputs {
        digests,
        logs,
        origins,
        found,
        exports,
        pool,
        limits,
    }))
}

/// Reads the digests, if the command takes any, and takes the one that is updated.
fn load_digests(
    config: &Config,
    required: Required,
    found: &Found,
    known: Option<(String, LogDigest)>,
    pool: &rayon::ThreadPool,
) -> Result<Digests> {
    let mut digests = if required.takes_digests() {
        Digests::load(config, found, pool)?
    } else {
        Digests::default()
    };
    for file in digests.incomplete() {
        warn(config, &was_not_whole(config.language, file));
    }
    if let Some(known) = known {
        digests.update(config.language, known)?;
    }
    Ok(digests)
}

/// Says that the input does not hold what the command needs. If there were errors, their sentences already say
/// what is wrong.
fn nothing_usable(config: &Config, required: Required, found: &Found, exports: &Exports) -> Exit {
    let trouble = !found.errors.is_empty() || !exports.errors.is_empty();
    let has_said = !required.takes_digests() && !found.digests.is_empty();
    if trouble {
        return Exit::Trouble;
    }
    if has_said {
        return Exit::Nothing;
    }
    let language = config.language;
    let without_logs = |besides| unusable::without_logs(language, besides, found, exports);
    let sentence = match required {
        Required::Logs | Required::LogsAlone | Required::Sessions => without_logs(Besides::Nothing),
        Required::LogsOrQueues => without_logs(Besides::Queues),
        Required::Mail => without_logs(Besides::Mail),
        Required::Exports => unusable::without_exports(language, found, exports),
    };
    warn(config, &sentence);
    Exit::Nothing
}

/// The digest that is updated. It is no input besides.
fn updated(
    config: &Config,
    search: &Search,
    found: &mut Found,
) -> Result<Option<(String, LogDigest)>> {
    let Some(file) = config.output.as_deref().filter(|_| config.update) else {
        return Ok(None);
    };
    found.digests.retain(|digest| {
        let is_other = !part_file::are_same(&digest.path, file);
        if !is_other {
            found.kept.retain(|kept| *kept != digest.path);
        }
        is_other
    });
    digests::read_updated(config.language, file, search)
}

/// Keeps the streams that the options ask for.
fn choose_streams(config: &Config, found: &mut Found) -> Result<()> {
    if config.streams.is_empty() {
        return Ok(());
    }
    let streams = &mut found.corpus.streams;
    let names: Vec<String> = streams.iter().map(|stream| stream.name.clone()).collect();
    found
        .corpus
        .keep_streams(|name| config.asks_for_stream(name));
    if found.corpus.files.is_empty() && found.digests.is_empty() && !names.is_empty() {
        let names = config.language.list(&names);
        anyhow::bail!(no_such_stream(config.language, &names));
    }
    Ok(())
}

/// Says that digests take no part.
fn leave_digests(config: &Config, found: &Found) {
    for file in &found.digests {
        warn(config, &not_enough(config.language, &file.name));
    }
}

/// Adds the pipes that were named to the log files.
fn add_pipes(config: &Config, found: &mut Found) -> Result<()> {
    let pipes = std::mem::take(&mut found.pipes);
    if !pipes.is_empty() {
        limits::refuse_relative_times(config)?;
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
    if inputs.logs.files.is_empty() {
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
    !whole
        || inputs.digests.incomplete().next().is_some()
        || !inputs.found.errors.is_empty()
        || !inputs.exports.errors.is_empty()
}

labels! {
    no_threads: "the threads cannot be started", "スレッドを開始できません" ["cd973cac"];
}

sentences! {
    /// `--stream` with a pattern that no stream has.
    fn no_such_stream(streams: &str) {
        en: "--stream: no stream has such a name. The streams are {streams}",
        ja: "--stream: このような名前のストリームはありません。ストリームは {streams} です。" ["5d0650b4"],
    }
    /// A digest, where its logs are needed.
    fn not_enough(file: &str) {
        en: "{file}: a digest holds no sessions and no messages, so it is not used here. Give the send logs of which it was made",
        ja: "{file}: ダイジェストはセッションとメッセージを含まないため、ここでは使用しません。作成元の送信ログを指定してください。" ["a6ed9103"],
    }
    /// A log file that could be read only in part when a digest was made of it.
    fn was_not_whole(file: &str) {
        en: "{file}: the file could not be read to its end when the digest was made",
        ja: "{file}: ダイジェストの作成時に、ファイルを最後まで読み取れませんでした。" ["8a890662"],
    }
    /// A log file that could be read only in part.
    pub(crate) fn not_to_its_end(file: &str, error: &str) {
        en: "{file}: the file could not be read to its end: {error}",
        ja: "{file}: ファイルを最後まで読み取れませんでした: {error}" ["96bbae35"],
    }
}
