//! `sendlens lint` checks the configuration in exports alone.
//!
//! In: a [`Config`]. Out: the document of `diagnose` without incidents.
//! Must not read logs, except their last line: its time shows which certificates expire soon.

use anyhow::Result;

use crate::commands::config::Config;
use crate::commands::filter::Filter;
use crate::commands::inputs::{Required, load_inputs, skipped, trouble, warn};
use crate::commands::redaction::{self, Redaction};
use crate::commands::report::{exit_code, write_report};
use crate::commands::target;
use crate::diagnosis::check_context::{CheckContext, NO_LOGS};
use crate::exit::Exit;
use crate::input::discover::Found;
use crate::input::timestamp::Timestamp;
use crate::language::{labels, sentences};
use crate::render::format::ReportFormat;
use crate::render::view::View;
use crate::report::lint;

/// `sendlens lint`.
///
/// # Errors
/// If an option is wrong, or the output cannot be written.
pub(super) fn lint(
    config: &Config,
    format: ReportFormat,
    filter: &Filter,
    view: &View,
) -> Result<Exit> {
    if config.paths.iter().any(|path| path.as_os_str() == "-") {
        anyhow::bail!(no_standard_input(config.language));
    }
    if config.since.is_some()
        || config.until.is_some()
        || config.connector.is_some()
        || !config.streams.is_empty()
    {
        anyhow::bail!(no_period(config.language));
    }
    let mut out = target::open(config, &[])?;
    let mut redaction = Redaction::begin(config, &[])?;
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
        language: config.language,
    };
    for file in &exports.unread {
        warn(config, file);
    }
    match inputs.found.corpus.files.len() {
        0 => {}
        1 => warn(config, &log_not_read(config.language)),
        logs => warn(config, &logs_not_read(config.language, logs)),
    }
    let mut report = lint::document(
        &context,
        skipped(config.language, &inputs),
        exports.notes.clone(),
    );
    filter.apply(&mut report);
    let report = match &mut redaction {
        Some(redaction) => {
            redaction.learn(&inputs);
            redaction.redactor.document(report)
        }
        None => report,
    };
    write_report(&report, format, view, &mut out)?;
    redaction::finish(redaction)?;
    out.finish()?;
    // Without what is in these files, "no problem" says too little.
    let whole = exports.unread.is_empty();
    Ok(exit_code(config, trouble(&inputs, whole), &report))
}

/// The time of `--now`. Without it, the time of the last log line, and without logs the current time.
fn now(config: &Config, found: &Found) -> Timestamp {
    let last = || found.corpus.last_time().ok().filter(|time| time.is_known());
    config
        .now
        .or_else(last)
        .unwrap_or_else(|| Timestamp::from(chrono::Utc::now()))
}

labels! {
    no_standard_input: "lint cannot read standard input. Give the files or folders with the exports", "lint は標準入力を読み取れません。エクスポートのファイルまたはフォルダーを指定してください。" ["4385ffb9"];
    no_period: "lint reads no logs, so --since, --until and --connector do nothing here. Leave them out, or use `sendlens diagnose`", "lint はログを読み取らないため、--since、--until、--connector はここでは効果がありません。これらを省略するか、`sendlens diagnose` を使用してください。" ["bd8b0846"];
    log_not_read: "1 send log was not read, because lint reads only exports. `sendlens diagnose` reads both", "lint はエクスポートだけを読み取るため、送信ログ 1 個は読み取っていません。`sendlens diagnose` は両方を読み取ります。" ["33c99321"];
}

sentences! {
    /// Logs beside the exports.
    fn logs_not_read(logs: usize) {
        en: "{logs} send logs were not read, because lint reads only exports. `sendlens diagnose` reads both",
        ja: "lint はエクスポートだけを読み取るため、送信ログ {logs} 個は読み取っていません。`sendlens diagnose` は両方を読み取ります。" ["a074285e"],
    }
}
