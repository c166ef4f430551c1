//! `sendlens lint`: the checks of configuration on exports alone.
//!
//! In: a [`Config`]. Out: the document of `diagnose` without incidents. Logs under the PATHs are not
//! read, but for their last line: the end of certificates is counted from it.

use anyhow::Result;

use crate::cli::ReportFormat;
use crate::config::Config;
use crate::exit::Exit;
use crate::exports;
use crate::input::discover::{self, Found};
use crate::input::timestamp::Timestamp;
use crate::output::Output;
use crate::report::document::SkippedFile;
use crate::report::lint;
use crate::rules::setup::{NO_LOGS, Setup};
use crate::run::{self, Filter};
use crate::survey::warn;

/// `sendlens lint`.
///
/// # Errors
/// Wrong options, an unwritable output.
pub fn lint(config: &Config, format: ReportFormat, filter: &Filter) -> Result<Exit> {
    let mut out = Output::open(config.output.as_deref(), config.color)?;
    let found = discover::find(&config.paths, config.io);
    if found.wants_pipe {
        anyhow::bail!("lint reads exports from files or folders, not from standard input");
    }
    let exports = exports::read(&found, &config.tenants, &config.on_premises);
    for error in &found.errors {
        warn(config, &error.to_string());
    }
    for error in &exports.errors {
        warn(config, error);
    }
    let trouble = !found.errors.is_empty() || !exports.errors.is_empty();
    if exports.tenants.is_empty() && exports.on_premises.is_empty() {
        if trouble {
            return Ok(Exit::Trouble);
        }
        warn(
            config,
            "no export found: run `sendlens collect` for a script that makes them all, or Get-InboundConnector | ConvertTo-Json -Depth 5 in Exchange Online PowerShell",
        );
        return Ok(Exit::Nothing);
    }
    let setup = Setup {
        tenants: &exports.tenants,
        on_premises: &exports.on_premises,
        logs: None,
        reading: &NO_LOGS,
        now: now(config, &found),
        strict: config.strict,
    };
    let mut remarks = exports.notes.clone();
    let logs = found.corpus.files.len();
    if logs > 0 {
        remarks.push(format!(
            "{logs} send {} here; `lint` does not read them: `sendlens diagnose` does.",
            if logs == 1 { "log lies" } else { "logs lie" }
        ));
    }
    let mut report = lint::document(&setup, skipped(&found, exports.skipped.clone()), remarks);
    filter.apply(&mut report);
    run::write_report(&report, format, &mut out)?;
    out.finish()?;
    Ok(run::exit(config, trouble, &report))
}

/// `--now`, else the last line of the logs, else the clock.
fn now(config: &Config, found: &Found) -> Timestamp {
    let last = || found.corpus.last_time().ok().filter(|time| time.is_known());
    config
        .now
        .or_else(last)
        .unwrap_or_else(|| Timestamp::from(chrono::Utc::now()))
}

/// What was not used: exports of other things, and what discovery passed over.
fn skipped(found: &Found, by_exports: Vec<SkippedFile>) -> Vec<SkippedFile> {
    let mut skipped: Vec<SkippedFile> = found
        .skipped
        .iter()
        .map(|file| SkippedFile {
            file: file.file.clone(),
            reason: file.reason.clone(),
        })
        .chain(by_exports)
        .collect();
    skipped.sort();
    skipped
}
