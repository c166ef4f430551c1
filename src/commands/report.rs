//! Writes a report and chooses the exit code.
//!
//! In: a [`Document`]. Out: bytes in the chosen format, and an [`Exit`].
//! Must not change the report.

use std::io;

use super::config::Config;
use crate::exit::Exit;
use crate::output::Output;
use crate::render;
use crate::render::format::ReportFormat;
use crate::render::view::View;
use crate::report::document::Document;

/// The exit code of a run with this report.
pub(crate) fn exit_code(config: &Config, trouble: bool, report: &Document) -> Exit {
    let worst = report.worst();
    match config.fail_on {
        _ if trouble => Exit::Trouble,
        Some(least) if worst.is_some_and(|worst| worst >= least) => Exit::Found,
        _ => Exit::Clean,
    }
}

/// Writes a report in the chosen format. Colours are written only if the destination shows them.
pub(crate) fn write_report(
    report: &Document,
    format: ReportFormat,
    view: &View,
    out: &mut Output,
) -> io::Result<()> {
    if format == ReportFormat::Csv {
        out.begin_csv()?;
    }
    if !format.is_coloured() {
        return render::report::write(report, format, view, out);
    }
    let mut text = Vec::new();
    render::report::write(report, format, view, &mut text)?;
    out.write_styled(&text)
}
