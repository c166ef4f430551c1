//! Writes a corpus of generated send protocol logs for measurements, and prints what it contains.
//!
//! ```sh
//! cargo run --release --example generate -- --bytes 1600M --files 16 --streams 2 --seed 1 --out DIR
//! ```
//!
//! In: the options above. All except `--out` have a default. Out: the corpus below DIR, which must
//! be empty or missing, and one JSON object on standard output.

mod generator;

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use generator::Config;

const USAGE: &str =
    "usage: generate [--bytes N[K|M|G]] [--files N] [--streams N] [--seed N] --out DIR
  --bytes    size of all log files together, in powers of 1000 (default 100M)
  --files    number of log files, a multiple of the streams (default: as many as streams)
  --streams  number of servers, one folder each (default 1)
  --seed     other seeds give other logs (default 1)
  --out      folder for the corpus, empty or missing";

/// The options as given.
struct Options {
    config: Config,
    out: PathBuf,
}

fn main() -> ExitCode {
    let result = options(std::env::args_os().skip(1))
        .map_err(|error| format!("{error}\n{USAGE}"))
        .and_then(|options| run(&options).map_err(|error| error.to_string()));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // If standard error cannot be written, there is nothing else to do.
            let _ = writeln!(io::stderr(), "generate: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(options: &Options) -> io::Result<()> {
    let out = &options.out;
    if out.exists() && out.read_dir()?.next().is_some() {
        let reason = format!("{} is not empty", out.display());
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, reason));
    }
    let expected = generator::write_to(&options.config, out)?;
    let text = serde_json::to_string_pretty(&expected)?;
    writeln!(io::stdout().lock(), "{text}")
}

fn options(mut arguments: impl Iterator<Item = OsString>) -> Result<Options, String> {
    let (mut bytes, mut files, mut streams, mut seed) = (100_000_000, None, 1, 1);
    let mut out = None;
    while let Some(name) = arguments.next() {
        let name = name.to_string_lossy().into_owned();
        let value = arguments
            .next()
            .ok_or_else(|| format!("{name} needs a value"))?;
        let text = value.to_string_lossy();
        match name.as_str() {
            "--bytes" => bytes = number(&text)?,
            "--files" => files = Some(number(&text)?),
            "--streams" => streams = number(&text)?,
            "--seed" => seed = number(&text)?,
            "--out" => out = Some(PathBuf::from(value)),
            _ => return Err(format!("{name} is unknown")),
        }
    }
    let files = files.unwrap_or(streams);
    if streams == 0 || files == 0 || files % streams != 0 {
        return Err(format!(
            "{files} files cannot be shared by {streams} streams"
        ));
    }
    let count = usize::try_from(streams).map_err(|error| error.to_string())?;
    Ok(Options {
        config: Config {
            seed,
            bytes,
            files_per_stream: files / streams,
            streams: Config::servers(count),
        },
        out: out.ok_or("--out is missing")?,
    })
}

/// `1600M` is 1,600,000,000.
fn number(text: &str) -> Result<u64, String> {
    let (digits, factor) = match text.as_bytes().last() {
        Some(b'K' | b'k') => (&text[..text.len() - 1], 1_000),
        Some(b'M' | b'm') => (&text[..text.len() - 1], 1_000_000),
        Some(b'G' | b'g') => (&text[..text.len() - 1], 1_000_000_000),
        _ => (text, 1),
    };
    let value: u64 = digits
        .parse()
        .map_err(|_| format!("{text} is no number such as 1600M"))?;
    value
        .checked_mul(factor)
        .ok_or_else(|| format!("{text} is too large"))
}
