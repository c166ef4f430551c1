//! `--redact`: replaces names and addresses in the output, and writes the list of replaced values.
//!
//! In: a [`Config`], the input, and what is reported. Out: the same with stand-ins, and the file for its
//! owner.
//! Must not choose stand-ins: [`crate::redact`] does.

use std::path::PathBuf;

use anyhow::Result;

use super::config::Config;
use super::inputs::Inputs;
use super::target;
use crate::output::Output;
use crate::redact::Redactor;
use crate::render::csv::write_row;

/// The redaction of one run.
pub(super) struct Redaction {
    /// What replaces.
    pub(super) redactor: Redactor,
    map: Option<Output>,
}

impl Redaction {
    /// Begins the redaction and its list. `None` without `--redact`. `others` are more files that are
    /// read.
    ///
    /// # Errors
    /// If the file for the list is an input or the output, or cannot be written.
    pub(super) fn begin(config: &Config, others: &[PathBuf]) -> Result<Option<Redaction>> {
        let map = target::open_map(config, others)?;
        Ok(config.redact.then(|| Redaction {
            redactor: Redactor::default(),
            map,
        }))
    }

    /// Learns the names in the input.
    pub(super) fn learn(&mut self, inputs: &Inputs) {
        let redactor = &mut self.redactor;
        redactor.learn_tenants(&inputs.exports.tenants);
        redactor.learn_on_premises(&inputs.exports.on_premises);
        redactor.learn_queues(&inputs.exports.queues);
        redactor.learn_files(&inputs.logs);
    }

    /// Writes the list of replaced values.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(super) fn finish(self) -> Result<()> {
        let Some(mut map) = self.map else {
            return Ok(());
        };
        map.begin_csv()?;
        write_row(&["kind", "original", "stand_in"], &mut map)?;
        for pair in self.redactor.pairs() {
            let cells = [pair.kind.as_str(), pair.original, pair.stand_in];
            write_row(&cells, &mut map)?;
        }
        map.finish()
    }
}

/// Completes the list, if there is one.
///
/// # Errors
/// If it cannot be written.
pub(super) fn finish(redaction: Option<Redaction>) -> Result<()> {
    redaction.map_or(Ok(()), Redaction::finish)
}
