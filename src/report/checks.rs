//! The findings of the checks as data.
//!
//! In: the [`Finding`]s of the engine. Out: [`CheckFinding`]s, the worst first.
//! Must not check anything itself.

use super::document::{CheckFinding, EvidenceRow};
use crate::diagnosis::finding::{Finding, Proof};
use crate::language::Language;
use crate::smtp::evidence::Evidence;

/// The findings, sorted by severity, code, tenant and subject.
pub fn rows(
    language: Language,
    findings: Vec<Finding>,
    locate: &dyn Fn(&Evidence) -> EvidenceRow,
) -> Vec<CheckFinding> {
    let mut rows: Vec<CheckFinding> = findings
        .into_iter()
        .map(|finding| row(language, finding, locate))
        .collect();
    rows.sort_by(|a, b| {
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
    rows
}

fn row(
    language: Language,
    finding: Finding,
    locate: &dyn Fn(&Evidence) -> EvidenceRow,
) -> CheckFinding {
    let evidence = finding
        .proof
        .into_iter()
        .map(|proof| match proof {
            Proof::Export { file, line, text } => EvidenceRow { file, line, text },
            Proof::Log(row) => locate(&row),
        })
        .collect();
    CheckFinding {
        code: finding.meta.code.to_owned(),
        name: finding.meta.name.to_owned(),
        summary: finding.meta.summary(language),
        severity: finding.severity,
        confidence: finding.confidence,
        subject: finding.subject,
        tenant: finding.tenant,
        message: finding.message,
        evidence,
        fix: finding.fix,
        count: finding.count,
    }
}
