//! Before any row is read: what is there, whether it is usable, and which period is asked for.
//!
//! In: a [`Config`]. Out: a [`Inputs`] to work on, or an [`Exit`] with a sentence on standard error
//! that says what to do next.

use anyhow::{Context as _, Result};

use crate::commands::config::{Config, Moment};
use crate::commands::exports;
use crate::commands::exports::Exports;
use crate::exit::Exit;
use crate::input::discover::Found;
use crate::input::pipe::PipeReader;
use crate::input::skip::SkipReason;
use crate::input::timestamp::Timestamp;
use crate::input::{discover, pipe};
use crate::render;
use crate::report::document::SkippedFile;
use crate::session::frame::Frame;

/// What was found on disk.
pub(crate) struct Inputs {
    pub(crate) found: Found,
    pub(crate) exports: Exports,
    pub(crate) pool: rayon::ThreadPool,
    pub(crate) period: Period,
    /// What comes through standard input.
    pub(crate) pipe: PipeReader,
}

/// What a command cannot do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Required {
    /// At least one send log.
    Logs,
    /// At least one export; logs are welcome.
    Exports,
}

/// The sessions asked for.
pub(crate) struct Period {
    since: Option<Timestamp>,
    until: Option<Timestamp>,
}

impl Period {
    pub(crate) fn holds(&self, frame: &Frame) -> bool {
        let (started, ended) = (frame.started, frame.ended);
        self.since.is_none_or(|since| ended >= since)
            && self.until.is_none_or(|until| started <= until)
    }
}

/// Warnings on standard error, unless `--quiet`.
#[allow(clippy::print_stderr, reason = "the one place that warns")]
pub(crate) fn warn(config: &Config, sentence: &str) {
    if !config.quiet {
        eprintln!("sendlens: {}", render::plain::visible(sentence));
    }
}

/// Finds and recognises everything; `Err(exit)` where nothing is usable.
pub(crate) fn load_inputs(
    config: &Config,
    required: Required,
) -> Result<std::result::Result<Inputs, Exit>> {
    let mut found = discover::find(&config.paths, config.io);
    let mut reader = None;
    if found.wants_pipe {
        refuse_relative_times(config)?;
        reader = pipe::add_pipe(&mut found, Box::new(std::io::stdin()));
    }
    let exports = exports::read(&found, &config.tenants, &config.on_premises);
    for error in &found.errors {
        warn(config, &error.to_string());
    }
    for error in &exports.errors {
        warn(config, error);
    }
    let usable = match required {
        Required::Logs => !found.corpus.files.is_empty(),
        Required::Exports => !exports.is_empty(),
    };
    if !usable {
        let trouble = !found.errors.is_empty() || !exports.errors.is_empty();
        // One sentence is enough: what could not be read has been named.
        if !trouble {
            warn(config, &nothing_usable(required, &found, &exports));
        }
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
        .thread_name(|number| format!("parse {number}"))
        .build()
        .context("cannot start the threads")?;
    Ok(Ok(Inputs {
        found,
        exports,
        pool,
        period,
        pipe: reader,
    }))
}

/// Files that were not used, by discovery and by the exports.
pub(crate) fn skipped(inputs: &Inputs) -> Vec<SkippedFile> {
    let found = inputs.found.skipped.iter().map(|file| SkippedFile {
        file: file.file.clone(),
        reason: file.reason.to_string(),
    });
    let mut skipped: Vec<SkippedFile> = found.chain(inputs.exports.skipped.clone()).collect();
    skipped.sort();
    skipped
}

/// Whether some input could not be read to its end.
pub(crate) fn trouble(inputs: &Inputs, whole: bool) -> bool {
    !whole || !inputs.found.errors.is_empty() || !inputs.exports.errors.is_empty()
}

/// What to do where an export is needed.
pub(crate) const NO_EXPORT: &str = "no export found: run Get-InboundConnector | ConvertTo-Json -Depth 5 in Exchange Online PowerShell, the same with Get-AcceptedDomain, and put the files into the folder given";

/// Why there is nothing to work on, and what to do.
fn nothing_usable(required: Required, found: &Found, exports: &Exports) -> String {
    if required == Required::Exports {
        return NO_EXPORT.to_owned();
    }
    let receive = found
        .skipped
        .iter()
        .filter(|file| matches!(file.reason, SkipReason::ReceiveLog(_)))
        .count();
    if receive > 0 {
        return format!(
            "only receive logs here ({receive} files): the send logs are in the folder SmtpSend beside SmtpReceive"
        );
    }
    if let Some(archive) = found
        .skipped
        .iter()
        .find(|file| matches!(file.reason, SkipReason::Archive(_)))
    {
        return format!("{}: {}", archive.file, archive.reason);
    }
    if !exports.tenants.is_empty() || !exports.on_premises.files.is_empty() {
        return "exports, but no send log: add the folder ProtocolLog\\SmtpSend of the server, or check the exports alone with `sendlens lint`"
            .to_owned();
    }
    "no Exchange send log found: look for TransportRoles\\Logs\\Hub\\ProtocolLog\\SmtpSend on the server, and see that protocol logging of the send connector is on (Set-SendConnector -ProtocolLoggingLevel Verbose)".to_owned()
}

/// A time back from the last line needs the ends of the files, which standard input does not show.
fn refuse_relative_times(config: &Config) -> Result<()> {
    let relative = |moment: Option<Moment>| matches!(moment, Some(Moment::BeforeEnd(_)));
    if relative(config.since) || relative(config.until) {
        anyhow::bail!(
            "a time back from the last line cannot be used with standard input: give a date or time instead"
        );
    }
    Ok(())
}

/// The time that is meant.
fn resolve(moment: Option<Moment>, found: &Found) -> Result<Option<Timestamp>> {
    let Some(moment) = moment else {
        return Ok(None);
    };
    if let Moment::BeforeEnd(_) = moment {
        let last = found
            .corpus
            .last_time()
            .context("cannot read the end of the log files")?;
        return Ok(Some(moment.resolve(last)));
    }
    Ok(Some(moment.resolve(Timestamp::UNKNOWN)))
}
