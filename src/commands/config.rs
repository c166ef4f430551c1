//! Checks the options and puts everything that a run needs into one struct.
//!
//! In: the options of [`crate::cli`]. Out: [`Config`].
//! Must not read files.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use globset::{GlobBuilder, GlobMatcher};

use crate::attribution::name_match::Strictness;
use crate::cli::{Color, FailOn, InputArgs, Io, OutputArgs};
use crate::diagnosis::rule::Severity;
use crate::input::bytes::IoMode;
use crate::input::stream::GivenServer;
use crate::input::timestamp::Timestamp;
use crate::language::{Language, labels, sentences};
use crate::progress;

/// What a run reads and how it ends.
#[derive(Debug)]
pub struct Config {
    /// Each PATH.
    pub paths: Vec<PathBuf>,
    /// The exports given with `--tenant`: the name, if there is one, and the path.
    pub tenants: Vec<(Option<String>, PathBuf)>,
    /// The exports of the local Exchange given with `--on-prem`.
    pub on_premises: Vec<PathBuf>,
    /// The start of the period.
    pub since: Option<Moment>,
    /// The end of the period.
    pub until: Option<Moment>,
    /// The time at which certificates are checked for expiry.
    pub now: Option<Timestamp>,
    /// The pattern of the send connectors to read.
    pub connector: Option<String>,
    /// The patterns of the streams to read; none for all.
    pub streams: Vec<GlobMatcher>,
    /// The server of logs whose path does not show one.
    pub server: Option<GivenServer>,
    /// The number of threads that parse.
    pub threads: usize,
    /// How to read files.
    pub io: IoMode,
    /// The number of bytes that may come out of all archives together.
    pub max_unpacked: u64,
    /// Which wildcard matches are accepted.
    pub strict: Strictness,
    /// The language of what people read.
    pub language: Language,
    /// The file to write to, or `None` for standard output.
    pub output: Option<PathBuf>,
    /// Whether the file holds a digest already, to which only what is new is added.
    pub update: bool,
    /// Whether a digest leaves out attempts to send messages.
    pub without_messages: bool,
    /// Whether to replace names and addresses.
    pub redact: bool,
    /// The file for the list of replaced values.
    pub map: Option<PathBuf>,
    /// When to use colours.
    pub color: anstream::ColorChoice,
    /// When to show progress.
    pub progress: progress::When,
    /// Whether to leave out warnings.
    pub quiet: bool,
    /// The severity from which the exit code is 1.
    pub fail_on: Option<Severity>,
}

/// A time as an option gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// A point in time.
    At(Timestamp),
    /// A number of milliseconds before the last log line.
    BeforeEnd(i64),
}

impl Moment {
    /// The point in time, when the last log line is known.
    pub fn resolve(self, last: Timestamp) -> Timestamp {
        match self {
            Moment::At(time) => time,
            Moment::BeforeEnd(back) => Timestamp::from_millis(last.millis().saturating_sub(back)),
        }
    }
}

impl Config {
    /// Checks and resolves the options. `fail_on` is the default of the command.
    ///
    /// # Errors
    /// A message that names the wrong option and the values that it accepts.
    pub fn new(
        language: Language,
        input: InputArgs,
        output: OutputArgs,
        fail_on: FailOn,
    ) -> Result<Config> {
        if input.paths.is_empty() {
            bail!(no_path(language));
        }
        Config::resolve(language, input, output, fail_on)
    }

    /// The same for a command that needs no logs. Exports that an option names are enough, and a
    /// warning makes the exit code 1.
    ///
    /// # Errors
    /// As for [`Config::new`].
    pub fn of_exports(language: Language, input: InputArgs, output: OutputArgs) -> Result<Config> {
        if input.paths.is_empty() && input.tenant.is_empty() && input.on_prem.is_empty() {
            bail!(no_path_of_exports(language));
        }
        Config::resolve(language, input, output, FailOn::Warning)
    }

    fn resolve(
        language: Language,
        input: InputArgs,
        output: OutputArgs,
        fail_on: FailOn,
    ) -> Result<Config> {
        refuse_quotes(language, &input, &output)?;
        let threads = match input.reading.threads {
            Some(0) => bail!(no_thread(language)),
            Some(threads) => threads.min(512),
            None => std::thread::available_parallelism().map_or(1, usize::from),
        };
        if let Some(pattern) = &input.part.connector {
            pattern_of(language, pattern)?;
        }
        let streams = input.part.stream.iter();
        let streams = streams.map(|pattern| glob(pattern).with_context(|| no_stream(language)));
        Ok(Config {
            tenants: input.tenant.iter().map(|text| tenant(text)).collect(),
            on_premises: input.on_prem,
            since: moment(language, "--since", input.part.since.as_deref(), false)?,
            now: now(language, input.now.as_deref())?,
            until: moment(language, "--until", input.part.until.as_deref(), true)?,
            connector: input.part.connector,
            streams: streams.collect::<Result<_>>()?,
            server: input.part.server.map(|name| GivenServer {
                name,
                is_typed: true,
            }),
            threads,
            io: match input.reading.io {
                Io::Auto => IoMode::Auto,
                Io::Mmap => IoMode::Mmap,
                Io::Read => IoMode::Read,
            },
            max_unpacked: size(language, "--max-unpacked", &input.reading.max_unpacked)?,
            strict: if input.strict {
                Strictness::Strict
            } else {
                Strictness::Table
            },
            paths: input.paths,
            language,
            output: output.output,
            update: false,
            without_messages: false,
            redact: output.redact.is_some(),
            map: output.redact.flatten(),
            color: match output.color {
                Color::Auto => anstream::ColorChoice::Auto,
                Color::Always => anstream::ColorChoice::AlwaysAnsi,
                Color::Never => anstream::ColorChoice::Never,
            },
            progress: output.progress,
            quiet: output.quiet,
            fail_on: match output.fail_on.unwrap_or(fail_on) {
                FailOn::Info => Some(Severity::Info),
                FailOn::Warning => Some(Severity::Warning),
                FailOn::Error => Some(Severity::Error),
                FailOn::Never => None,
            },
        })
    }
}

impl Config {
    /// Whether a stream with this name is to be read.
    pub fn asks_for_stream(&self, name: &str) -> bool {
        let mut patterns = self.streams.iter();
        self.streams.is_empty() || patterns.any(|pattern| pattern.is_match(name))
    }
}

/// The pattern of send connectors in a text.
///
/// # Errors
/// If it is none.
pub(super) fn pattern_of(language: Language, text: &str) -> Result<GlobMatcher> {
    glob(text).with_context(|| no_pattern(language))
}

/// A pattern without regard to case.
fn glob(text: &str) -> Result<GlobMatcher, globset::Error> {
    let glob = GlobBuilder::new(text).case_insensitive(true).build()?;
    Ok(glob.compile_matcher())
}

/// No path of Windows holds a quotation mark. One that does was not what the user meant.
fn refuse_quotes(language: Language, input: &InputArgs, output: &OutputArgs) -> Result<()> {
    if !cfg!(windows) {
        return Ok(());
    }
    let paths = input.paths.iter().chain(&input.on_prem);
    let paths = paths
        .chain(&output.output)
        .chain(output.redact.iter().flatten())
        .map(|path| path.to_string_lossy());
    let tenants = input.tenant.iter().map(|text| text.as_str().into());
    match paths
        .chain(tenants)
        .find_map(|path| stray_quote(language, &path))
    {
        Some(sentence) => bail!(sentence),
        None => Ok(()),
    }
}

/// `"C:\My Logs\" -f json` reaches the program as one argument: `C:\My Logs" -f json`.
fn stray_quote(language: Language, path: &str) -> Option<String> {
    let (before, _) = path.split_once('"')?;
    Some(quotation_mark(language, path, before))
}

/// Splits `NAME=PATH`. A name contains no path separator, so `C:\a=b` is a PATH alone.
fn tenant(text: &str) -> (Option<String>, PathBuf) {
    match text.split_once('=') {
        Some((name, path)) if !name.is_empty() && !name.contains(['/', '\\']) => {
            (Some(name.to_owned()), PathBuf::from(path))
        }
        _ => (None, PathBuf::from(text)),
    }
}

fn moment(
    language: Language,
    option: &str,
    text: Option<&str>,
    end_of_day: bool,
) -> Result<Option<Moment>> {
    let Some(text) = text else {
        return Ok(None);
    };
    if let Some(back) = back(text) {
        return Ok(Some(Moment::BeforeEnd(back)));
    }
    if let Ok(date) = text.parse::<chrono::NaiveDate>() {
        let day = if end_of_day {
            date.and_hms_milli_opt(23, 59, 59, 999)
        } else {
            date.and_hms_opt(0, 0, 0)
        };
        if let Some(time) = day {
            return Ok(Some(Moment::At(Timestamp::from(time.and_utc()))));
        }
    }
    match Timestamp::parse(text.as_bytes()) {
        Some(time) => Ok(Some(Moment::At(time))),
        None => bail!(no_time(language, option, text)),
    }
}

fn now(language: Language, text: Option<&str>) -> Result<Option<Timestamp>> {
    match moment(language, "--now", text, false)? {
        None => Ok(None),
        Some(Moment::At(time)) => Ok(Some(time)),
        Some(Moment::BeforeEnd(_)) => {
            bail!(now_is_fixed(language))
        }
    }
}

/// A number of bytes, such as 64MB or 2GB.
fn size(language: Language, option: &str, text: &str) -> Result<u64> {
    let upper = text.trim().to_ascii_uppercase();
    let digits = upper.trim_end_matches(|unit: char| unit.is_ascii_alphabetic());
    let unit: u64 = match upper[digits.len()..]
        .trim_end_matches('B')
        .trim_end_matches('I')
    {
        "" => 1,
        "K" => 1 << 10,
        "M" => 1 << 20,
        "G" => 1 << 30,
        "T" => 1 << 40,
        _ => bail!(no_size(language, option, text)),
    };
    let number: Option<u64> = digits.trim().parse().ok();
    let bytes = number.and_then(|number| number.checked_mul(unit));
    bytes.with_context(|| no_size(language, option, text))
}

fn back(text: &str) -> Option<i64> {
    let unit = match text.chars().last()? {
        'd' => 86_400_000,
        'h' => 3_600_000,
        'm' => 60_000,
        _ => return None,
    };
    let number: u32 = text[..text.len() - 1].parse().ok()?;
    Some(i64::from(number) * unit)
}

labels! {
    no_path: "there is no PATH. Give the folder with the send logs and exports, or - for standard input", "PATH がありません。送信ログとエクスポートのあるフォルダーを指定するか、標準入力を表す - を指定してください。" ["cfa09eb5"];
    no_path_of_exports: "there is no PATH. Give the folder with the exports of the tenant, and with the send logs if you have them", "PATH がありません。テナントのエクスポートのあるフォルダーを指定してください。送信ログがある場合は、それも含めてください。" ["0bb9c092"];
    no_thread: "--threads 0: the number of threads is too small. Give 1 or more", "--threads 0: スレッドの数が小さすぎます。1 以上を指定してください。" ["c3c2814d"];
    no_pattern: "--connector needs a valid pattern such as 'Outbound*'", "--connector には、'Outbound*' のような有効なパターンが必要です" ["b50bb5b7"];
    no_stream: "--stream needs a valid pattern such as 'EX01/*'", "--stream には、'EX01/*' のような有効なパターンが必要です" ["a1d3a77f"];
    now_is_fixed: "--now: a time before the last log line is not possible here. Give a time such as 2026-11-03T02:00:00Z or a date", "--now: ここでは、最後のログ行からさかのぼる時刻は指定できません。2026-11-03T02:00:00Z のような時刻、または日付を指定してください。" ["a9c3975c"];
}

sentences! {
    /// A quoted path that ends with a backslash, on Windows. `before` is what was meant.
    fn quotation_mark(path: &str, before: &str) {
        en: "{path}: a path cannot hold a quotation mark. At the end of a quoted path, \\\" is read as a quotation mark that belongs to the path. Leave out the last \\ and write \"{before}\"",
        ja: "{path}: パスに引用符を含めることはできません。引用符で囲んだパスの末尾にある \\\" は、パスに含まれる引用符として読み取られます。最後の \\ を省略し、次のように指定してください: \"{before}\"" ["a7f307f5"],
    }
    /// An option with a time that is none.
    fn no_time(option: &str, text: &str) {
        en: "{option} {text}: this is not a time. Give a time such as 2026-11-03T02:00:00Z, a date such as 2026-11-03, or 3d, 12h, 30m before the last log line",
        ja: "{option} {text}: 時刻ではありません。2026-11-03T02:00:00Z のような時刻、2026-11-03 のような日付、または最後のログ行からさかのぼる 3d、12h、30m のような形式で指定してください。" ["ac25907f"],
    }
    /// An option with a size that is none.
    fn no_size(option: &str, text: &str) {
        en: "{option} {text}: this is no size. Give a number of bytes such as 64MB or 2GB",
        ja: "{option} {text}: サイズではありません。64MB や 2GB のようなバイト数を指定してください。" ["bc5645aa"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_all_forms() {
        let at = |text: &str| {
            moment(Language::English, "--since", Some(text), false)
                .ok()
                .flatten()
        };
        assert_eq!(at("3d"), Some(Moment::BeforeEnd(3 * 86_400_000)));
        assert_eq!(at("12h"), Some(Moment::BeforeEnd(12 * 3_600_000)));
        let midnight = Timestamp::parse(b"2026-11-03T00:00:00.000Z").map(Moment::At);
        assert_eq!(at("2026-11-03"), midnight);
        assert_eq!(at("2026-11-03T01:00:00+01:00"), midnight);
        assert!(moment(Language::English, "--since", Some("yesterday"), false).is_err());
    }

    #[test]
    fn sizes_have_units() {
        let bytes = |text: &str| size(Language::English, "--max-unpacked", text).ok();
        assert_eq!(bytes("64MB"), Some(64 << 20));
        assert_eq!(bytes("2g"), Some(2 << 30));
        assert_eq!(bytes("1 TiB"), Some(1 << 40));
        assert_eq!(bytes("1000"), Some(1_000));
        for wrong in ["", "MB", "-1", "1.5GB", "5 apples", "99999999999TB"] {
            assert_eq!(bytes(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_path_with_a_quotation_mark_says_how_to_write_it() {
        let sentence =
            stray_quote(Language::English, r#"C:\My Logs" -f json"#).expect("a sentence");
        assert!(sentence.starts_with(r#"C:\My Logs" -f json: a path"#));
        assert!(sentence.ends_with(r#"write "C:\My Logs""#), "{sentence}");
        assert_eq!(stray_quote(Language::English, r"C:\My Logs"), None);
    }

    #[test]
    fn tenants_are_named_or_not() {
        assert_eq!(tenant("contoso=a/b").0.as_deref(), Some("contoso"));
        assert_eq!(tenant("a/b=c"), (None, PathBuf::from("a/b=c")));
        assert_eq!(tenant("folder"), (None, PathBuf::from("folder")));
    }
}
