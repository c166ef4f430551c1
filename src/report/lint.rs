//! The document of `lint`: the checks of configuration, without logs.
//!
//! In: a [`Setup`] without logs, what was not used. Out: a [`Document`] without incidents.
//! Must not check anything itself.

use crate::rules::setup::Setup;
use crate::smtp::evidence::Evidence;

use super::build::tenants;
use super::checks;
use super::document::{Document, EvidenceRow, Hidden, Input, Program, SCHEMA_VERSION, SkippedFile};
use super::not_judged;
use super::on_premises::on_premises;

/// Builds the document. `remarks` are sentences about files that could not be used in full.
pub fn document(setup: &Setup<'_>, skipped: Vec<SkippedFile>, remarks: Vec<String>) -> Document {
    // Without logs no check has a row to show.
    let locate = |row: &Evidence| EvidenceRow {
        file: String::new(),
        line: None,
        text: row.text(),
    };
    let checked = checks::checked(setup, &locate);
    let mut sentences = checked.untold;
    sentences.extend(remarks);
    sentences.extend(not_judged::missing_exports(setup.tenants));
    sentences.extend(not_judged::missing_kinds(setup));
    Document {
        schema_version: SCHEMA_VERSION,
        program: Program::this(),
        input: Input {
            skipped,
            ..Input::default()
        },
        tenants: tenants(setup.tenants),
        on_premises: on_premises(setup.on_premises, setup.tenants),
        incidents: Vec::new(),
        other_rejections: Vec::new(),
        certificates: Vec::new(),
        healthy: Vec::new(),
        findings: checked.findings,
        hidden: Hidden::default(),
        not_judged: sentences,
    }
}
