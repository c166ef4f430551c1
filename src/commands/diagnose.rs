//! `sendlens diagnose` finds incidents, their causes and their fixes.
//!
//! In: a [`Config`]. Out: the report on standard output or in a file, warnings on standard error,
//! and an [`Exit`].
//! Must not decide causes: [`crate::engine`] does.

use anyhow::Result;

use super::config::Config;
use super::filter::Filter;
use super::inputs::{Required, load_inputs, rows, trouble, without_rows};
use super::mail_count;
use super::pipeline::analysed;
use super::redaction::{self, Redaction};
use super::report::{exit_code, write_report};
use super::target;
use super::unusable::Rows;
use crate::exit::Exit;
use crate::render::format::ReportFormat;
use crate::render::view::View;
use crate::report::build;

/// `sendlens diagnose`.
///
/// # Errors
/// If an option is wrong, or the output cannot be written.
pub(super) fn diagnose(
    config: &Config,
    format: ReportFormat,
    filter: &Filter,
    view: &View,
) -> Result<Exit> {
    let mut out = target::open(config, &[])?;
    let mut redaction = Redaction::begin(config, &[])?;
    let inputs = match load_inputs(config, Required::LogsOrQueues)? {
        Ok(inputs) => inputs,
        Err(exit) => return Ok(exit),
    };
    let ((mut report, counts, cut_tails), whole) =
        analysed(config, &inputs, |analysis, reading| {
            if let Some(redaction) = &mut redaction {
                redaction.learn(&inputs);
                redaction.redactor.learn_logs(analysis);
            }
            let report = build::document(analysis, reading);
            (report, reading.counts, reading.cut_tails)
        });
    let rows = rows(config, &inputs, &counts, cut_tails);
    // Queues show mail that waits although the logs have no session.
    let rows = match rows {
        Rows::None if !inputs.exports.queues.is_empty() => Rows::Some,
        rows => rows,
    };
    if whole && rows == Rows::None {
        // A report would say that there is no incident.
        return Ok(without_rows(&inputs, whole));
    }
    if whole {
        mail_count::count(config, &inputs, &mut report);
    }
    // No session was chosen for what queues alone show.
    report.incidents.retain(|incident| {
        incident.queue.is_none() || inputs.limits.hold_connector(&incident.send_connector)
    });
    filter.apply(&mut report);
    let report = match &mut redaction {
        Some(redaction) => redaction.redactor.document(report),
        None => report,
    };
    write_report(&report, format, view, &mut out)?;
    redaction::finish(redaction)?;
    out.finish()?;
    if rows != Rows::Some {
        return Ok(without_rows(&inputs, whole));
    }
    Ok(exit_code(config, trouble(&inputs, whole), &report))
}
