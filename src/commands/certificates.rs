//! `sendlens certificates`: which certificate each send connector and server offered, and when.
//!
//! In: a [`Config`]. Out: rows on standard output or in a file, and an [`Exit`].
//! Must not decide causes.

use anyhow::Result;

use super::config::Config;
use super::inputs::{self, Required, load_inputs, trouble, without_rows};
use super::pipeline::analysed;
use super::redaction::{self, Redaction};
use super::target;
use super::unusable::Rows;
use crate::exit::Exit;
use crate::render;
use crate::render::format::TableFormat;
use crate::report::certificate;

/// `sendlens certificates`.
///
/// # Errors
/// If an option is wrong, or the output cannot be written.
pub(super) fn certificates(config: &Config, format: TableFormat) -> Result<Exit> {
    let mut out = target::open(config, &[])?;
    let mut redaction = Redaction::begin(config, &[])?;
    let inputs = match load_inputs(config, Required::Logs)? {
        Ok(inputs) => inputs,
        Err(exit) => return Ok(exit),
    };
    let ((rows, counts, cut_tails), whole) = analysed(config, &inputs, |analysis, reading| {
        let grid = reading.grid();
        let mut rows = certificate::rows(analysis, reading.now, grid.as_ref());
        rows.retain(|row| row.offered == Some(true));
        let rows = match &mut redaction {
            Some(redaction) => {
                redaction.learn(&inputs);
                redaction.redactor.learn_logs(analysis);
                redaction.redactor.certificate_rows(rows)
            }
            None => rows,
        };
        (rows, reading.counts, reading.cut_tails)
    });
    let read = inputs::rows(config, &inputs, &counts, cut_tails);
    match format {
        TableFormat::Ndjson => {
            for row in &rows {
                render::json::typed_line("certificate", row, &mut out)?;
            }
        }
        TableFormat::Json => render::json::document(&rows, &mut out)?,
        TableFormat::Csv => {
            out.begin_csv()?;
            render::tables::certificates_csv(&rows, &mut out)?;
        }
        TableFormat::Text => {
            render::tables::certificates_text(config.language, &rows, &mut out)?;
        }
    }
    redaction::finish(redaction)?;
    out.finish()?;
    Ok(match read {
        Rows::Some if trouble(&inputs, whole) => Exit::Trouble,
        Rows::Some => Exit::Clean,
        Rows::Unreadable | Rows::None => without_rows(&inputs, whole),
    })
}
