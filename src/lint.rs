//! `sendlens lint`: the checks of configuration on exports alone.
//!
//! In: a [`Config`]. Out: the document of `diagnose` without incidents. Logs under the PATHs are not
//! read, but for their last line: the end of certificates is counted from it.

use anyhow::Result;

use crate::config::Config;
use crate::exit::Exit;
use crate::input::discover::Found;
use crate::input::timestamp::Timestamp;
use crate::output::Output;
use crate::render::format::ReportFormat;
use crate::report::lint;
use crate::rules::setup::{NO_LOGS, Setup};
use crate::run::{self, Filter};
use crate::survey::{Need, survey, warn};

/// `sendlens lint`.
///
/// # Errors
/// Wrong options, an unwritable output.
pub fn lint(config: &Config, format: ReportFormat, filter: &Filter) -> Result<Exit> {
    if config.paths.iter().any(|path| path.as_os_str() == "-") {
        anyhow::bail!("lint reads exports from files or folders, not from standard input");
    }
    if config.since.is_some() || config.until.is_some() || config.connector.is_some() {
        anyhow::bail!("lint reads no logs: --since, --until and --connector mean nothing to it");
    }
    let mut out = Output::open(config.output.as_deref(), config.color)?;
    let ground = match survey(config, Need::Exports)? {
        Ok(ground) => ground,
        Err(exit) => return Ok(exit),
    };
    let exports = &ground.exports;
    let setup = Setup {
        tenants: &exports.tenants,
        on_premises: &exports.on_premises,
        logs: None,
        reading: &NO_LOGS,
        now: now(config, &ground.found),
        strict: config.strict,
    };
    let logs = ground.found.corpus.files.len();
    if logs > 0 {
        let them = if logs == 1 { "log" } else { "logs" };
        warn(
            config,
            &format!(
                "{logs} send {them} not read: lint reads exports only, `sendlens diagnose` reads both"
            ),
        );
    }
    let mut report = lint::document(&setup, run::skipped(&ground), exports.notes.clone());
    filter.apply(&mut report);
    run::write_report(&report, format, &mut out)?;
    out.finish()?;
    Ok(run::exit(config, run::trouble(&ground, true), &report))
}

/// `--now`, else the last line of the logs, else the clock.
fn now(config: &Config, found: &Found) -> Timestamp {
    let last = || found.corpus.last_time().ok().filter(|time| time.is_known());
    config
        .now
        .or_else(last)
        .unwrap_or_else(|| Timestamp::from(chrono::Utc::now()))
}
