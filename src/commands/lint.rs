//! `sendlens lint`: the checks of configuration on exports alone.
//!
//! In: a [`Config`]. Out: the document of `diagnose` without incidents. Logs under the PATHs are not
//! read, but for their last line: the end of certificates is counted from it.

use anyhow::Result;

use crate::commands::config::Config;
use crate::commands::filter::Filter;
use crate::commands::inputs::{Required, load_inputs, skipped, trouble, warn};
use crate::commands::report::{exit_code, write_report};
use crate::diagnosis::check_context::{CheckContext, NO_LOGS};
use crate::exit::Exit;
use crate::input::discover::Found;
use crate::input::timestamp::Timestamp;
use crate::output::Output;
use crate::render::format::ReportFormat;
use crate::report::lint;

/// `sendlens lint`.
///
/// # Errors
/// Wrong options, an unwritable output.
pub(super) fn lint(config: &Config, format: ReportFormat, filter: &Filter) -> Result<Exit> {
    if config.paths.iter().any(|path| path.as_os_str() == "-") {
        anyhow::bail!("lint reads exports from files or folders, not from standard input");
    }
    if config.since.is_some() || config.until.is_some() || config.connector.is_some() {
        anyhow::bail!("lint reads no logs: --since, --until and --connector mean nothing to it");
    }
    let mut out = Output::open(config.output.as_deref(), config.color)?;
    let inputs = match load_inputs(config, Required::Exports)? {
        Ok(inputs) => inputs,
        Err(exit) => return Ok(exit),
    };
    let exports = &inputs.exports;
    let context = CheckContext {
        tenants: &exports.tenants,
        on_premises: &exports.on_premises,
        logs: None,
        reading: &NO_LOGS,
        now: now(config, &inputs.found),
        strict: config.strict,
    };
    let logs = inputs.found.corpus.files.len();
    if logs > 0 {
        let them = if logs == 1 { "log" } else { "logs" };
        warn(
            config,
            &format!(
                "{logs} send {them} not read: lint reads exports only, `sendlens diagnose` reads both"
            ),
        );
    }
    let mut report = lint::document(&context, skipped(&inputs), exports.notes.clone());
    filter.apply(&mut report);
    write_report(&report, format, &mut out)?;
    out.finish()?;
    Ok(exit_code(config, trouble(&inputs, true), &report))
}

/// `--now`, else the last line of the logs, else the clock.
fn now(config: &Config, found: &Found) -> Timestamp {
    let last = || found.corpus.last_time().ok().filter(|time| time.is_known());
    config
        .now
        .or_else(last)
        .unwrap_or_else(|| Timestamp::from(chrono::Utc::now()))
}
