//! What checks report.
//!
//! In: what checks find in a `CheckContext`. Out: a [`CheckOutput`] with findings, and with what
//! could not be determined because an export lost a value.
//! Must not report one thing twice, and must not report a value that is lost.

use crate::diagnosis::fix::Fix;
use crate::diagnosis::rule::{Confidence, Need, RuleMeta, Severity};
use crate::diagnosis::subject::Subject;
use crate::smtp::evidence::Evidence;

/// What checks found.
#[derive(Debug, Default)]
pub struct CheckOutput {
    /// What holds.
    pub findings: Vec<Finding>,
    /// What could not be determined.
    pub undetermined: Vec<Undetermined>,
}

/// Something that a check found.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The check.
    pub meta: &'static RuleMeta,
    /// How bad it is here.
    pub severity: Severity,
    /// How sure it is here.
    pub confidence: Confidence,
    /// What the finding is about: the name of a connector, certificate, file or stream.
    pub subject: String,
    /// The tenant, if the finding is about one.
    pub tenant: Option<String>,
    /// What was found, in sentences with the real names.
    pub message: String,
    /// What proves it.
    pub proof: Vec<Proof>,
    /// The steps that fix it.
    pub fix: Vec<Fix>,
    /// How often.
    pub count: u64,
}

/// What proves a finding.
#[derive(Debug, Clone)]
pub enum Proof {
    /// A value of an export or a line of a wizard log.
    Export {
        /// The file.
        file: String,
        /// The line, from 1, if it is known.
        line: Option<u64>,
        /// The value, as `Name: value`, or the line.
        text: String,
    },
    /// A row of a send log.
    Log(Evidence),
}

/// A check whose result could not be determined because an export lacks a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undetermined {
    /// The check.
    pub code: &'static str,
    /// What it is about.
    pub about: Subject,
    /// What is missing.
    pub missing: Missing,
}

/// What a check lacks to determine its result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// A field that an export lost, by its name in Exchange.
    Field(&'static str),
    /// A whole export.
    Export(Need),
}

impl CheckOutput {
    /// Adds a finding.
    pub fn add(&mut self, observation: Finding) {
        self.findings.push(observation);
    }

    /// Notes that a check could not be determined because of a lost field or a missing export.
    pub fn mark_undetermined(
        &mut self,
        meta: &'static RuleMeta,
        about: Subject,
        missing: impl Into<Missing>,
    ) {
        self.undetermined.push(Undetermined {
            code: meta.code,
            about,
            missing: missing.into(),
        });
    }
}

impl Missing {
    /// The field or the cmdlet whose export is missing.
    pub fn name(self) -> &'static str {
        match self {
            Missing::Field(field) => field,
            Missing::Export(need) => need.cmdlet().unwrap_or_default(),
        }
    }
}

impl From<&'static str> for Missing {
    fn from(field: &'static str) -> Missing {
        Missing::Field(field)
    }
}

impl From<Need> for Missing {
    fn from(export: Need) -> Missing {
        Missing::Export(export)
    }
}

impl Finding {
    /// A finding with the usual severity and confidence of its entry.
    pub fn of(meta: &'static RuleMeta, subject: &str, message: String) -> Finding {
        Finding {
            meta,
            severity: meta.severity,
            confidence: meta.confidence,
            subject: subject.to_owned(),
            tenant: None,
            message,
            proof: Vec::new(),
            fix: Vec::new(),
            count: 1,
        }
    }

    /// Sets the tenant.
    pub fn tenant(mut self, name: &str) -> Finding {
        self.tenant = Some(name.to_owned());
        self
    }

    /// Replaces the severity.
    pub fn severity(mut self, severity: Severity) -> Finding {
        self.severity = severity;
        self
    }

    /// Replaces the confidence.
    pub fn confidence(mut self, confidence: Confidence) -> Finding {
        self.confidence = confidence;
        self
    }

    /// Adds a proof.
    pub fn proof(mut self, proof: Proof) -> Finding {
        self.proof.push(proof);
        self
    }

    /// Adds a step of the fix.
    pub fn fix(mut self, fix: Fix) -> Finding {
        self.fix.push(fix);
        self
    }

    /// Replaces the count.
    pub fn count(mut self, count: u64) -> Finding {
        self.count = count;
        self
    }
}

impl Proof {
    /// A value of an export, as `Name: value`.
    pub fn value(file: &str, line: Option<u64>, name: &str, value: &str) -> Proof {
        Proof::Export {
            file: file.to_owned(),
            line,
            text: format!("{name}: {value}"),
        }
    }
}
