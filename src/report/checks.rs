//! What the checks of configuration and logs found, as data.
//!
//! In: a [`Setup`]. Out: [`CheckFinding`]s, worst first, and sentences for what could not be told.
//! Must not check anything itself.

use std::collections::{BTreeMap, BTreeSet};

use crate::rules::CHECKS;
use crate::rules::check::{Findings, Observation, Proof, Untold};
use crate::rules::setup::Setup;
use crate::smtp::evidence::Evidence;

use super::document::{CheckFinding, EvidenceRow};

/// What all checks say.
#[derive(Debug, Default)]
pub struct Checked {
    /// What they found, by severity, code, tenant and subject.
    pub findings: Vec<CheckFinding>,
    /// What they could not tell, a sentence for each thing that an export lost.
    pub untold: Vec<String>,
}

/// Runs all checks.
pub fn checked(setup: &Setup<'_>, locate: &dyn Fn(&Evidence) -> EvidenceRow) -> Checked {
    let mut findings = Findings::default();
    for check in CHECKS {
        check.check(setup, &mut findings);
    }
    let mut found: Vec<CheckFinding> = findings
        .observations
        .into_iter()
        .map(|observation| finding(observation, locate))
        .collect();
    found.sort_by(|a, b| {
        let key = |finding: &CheckFinding| {
            (
                finding.code.clone(),
                finding.tenant.clone(),
                finding.subject.clone(),
                finding.message.clone(),
            )
        };
        b.severity
            .cmp(&a.severity)
            .then_with(|| key(a).cmp(&key(b)))
    });
    Checked {
        findings: found,
        untold: untold(&findings.untold),
    }
}

fn finding(observation: Observation, locate: &dyn Fn(&Evidence) -> EvidenceRow) -> CheckFinding {
    let evidence = observation
        .proof
        .into_iter()
        .map(|proof| match proof {
            Proof::Export { file, line, text } => EvidenceRow { file, line, text },
            Proof::Log(row) => locate(&row),
        })
        .collect();
    CheckFinding {
        code: observation.entry.code.to_owned(),
        name: observation.entry.name.to_owned(),
        severity: observation.severity,
        confidence: observation.confidence,
        subject: observation.subject,
        tenant: observation.tenant,
        message: observation.message,
        evidence,
        fix: observation.fix,
        count: observation.count,
    }
}

/// One sentence per thing: which values are lost, and which checks they keep from telling.
fn untold(all: &[Untold]) -> Vec<String> {
    let mut by_thing: BTreeMap<&str, (BTreeSet<&str>, BTreeSet<&str>)> = BTreeMap::new();
    for untold in all {
        let (fields, codes) = by_thing.entry(&untold.about).or_default();
        fields.insert(untold.field);
        codes.insert(untold.code);
    }
    let list = |words: Vec<&str>| words.join(", ");
    by_thing
        .into_iter()
        .map(|(about, (fields, codes))| {
            let codes = list(codes.into_iter().collect());
            // A whole export that is missing is named by its cmdlet.
            let (missing, lost): (Vec<&str>, Vec<&str>) = fields
                .into_iter()
                .partition(|field| field.starts_with("Get-"));
            let mut why = Vec::new();
            if !lost.is_empty() {
                why.push(format!(
                    "the export does not hold {}; export as JSON (`sendlens collect` does)",
                    list(lost)
                ));
            }
            if !missing.is_empty() {
                why.push(format!("no usable export of {} was given", list(missing)));
            }
            format!("{codes} cannot tell about {about}: {}.", why.join("; "))
        })
        .collect()
}
