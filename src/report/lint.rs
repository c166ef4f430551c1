//! Builds the document of `lint`: the checks of the configuration, without logs.
//!
//! In: a [`CheckContext`] without logs, and the files that were not used. Out: a [`Document`] without
//! incidents.
//! Must not check anything itself.

use crate::checks::CHECKS;
use crate::diagnosis::check_context::CheckContext;
use crate::diagnosis::undetermined;
use crate::engine;
use crate::report::checks;
use crate::report::document::{
    Document, EvidenceRow, Hidden, Input, Program, RejectedCount, SCHEMA_VERSION, SkippedFile,
};
use crate::report::on_premises::on_premises;
use crate::report::tenants::tenants;
use crate::smtp::evidence::Evidence;

/// Builds the document. `remarks` are sentences about files that could not be used completely.
pub fn document(
    context: &CheckContext<'_>,
    skipped: Vec<SkippedFile>,
    remarks: Vec<String>,
) -> Document {
    // Without logs, no check has a log row to show.
    let locate = |row: &Evidence| EvidenceRow {
        file: String::new(),
        line: None,
        text: row.text(),
    };
    let checked = engine::run_checks(context);
    let mut sentences = undetermined::sentences(context.language, &checked.undetermined);
    sentences.extend(remarks);
    sentences.extend(undetermined::missing_exports(
        context.language,
        context.tenants,
    ));
    sentences.extend(undetermined::checks_not_run(
        context,
        CHECKS.iter().map(|check| check.meta()),
    ));
    Document {
        schema_version: SCHEMA_VERSION,
        program: Program::this(),
        input: Input {
            skipped,
            ..Input::default()
        },
        tenants: tenants(context.tenants),
        on_premises: on_premises(context.on_premises, context.tenants),
        queues: None,
        incidents: Vec::new(),
        rejected: RejectedCount {
            senders: Some(0),
            ..RejectedCount::default()
        },
        grid: None,
        other_rejections: Vec::new(),
        certificates: Vec::new(),
        healthy: Vec::new(),
        unproven: Vec::new(),
        findings: checks::rows(context.language, checked.findings, &locate),
        hidden: Hidden::default(),
        not_judged: sentences,
    }
}
