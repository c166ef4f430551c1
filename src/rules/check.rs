//! What every check of configuration has, and what it says.
//!
//! In: a [`Setup`]. Out: [`Findings`]: what was observed, and what could not be told because an
//! export lost a value.
//! Must not report a thing twice, and never fires on a value that is lost.

use crate::smtp::evidence::Evidence;

use super::entry::{Confidence, Entry, Severity};
use super::fix::Fix;
use super::setup::Setup;

/// A check of configuration.
pub trait Check: Sync {
    /// Code, name and text.
    fn entry(&self) -> &'static Entry;

    /// Says what it finds.
    fn check(&self, setup: &Setup<'_>, findings: &mut Findings);
}

/// What checks found.
#[derive(Debug, Default)]
pub struct Findings {
    /// What holds.
    pub observations: Vec<Observation>,
    /// What could not be told.
    pub untold: Vec<Untold>,
}

/// Something that a check found.
#[derive(Debug, Clone)]
pub struct Observation {
    /// Which entry.
    pub entry: &'static Entry,
    /// How bad it is here.
    pub severity: Severity,
    /// How sure it is here.
    pub confidence: Confidence,
    /// What it is about: the name of a connector, certificate, file or stream.
    pub subject: String,
    /// The tenant, if it is about one.
    pub tenant: Option<String>,
    /// What was found, in sentences with the real names.
    pub message: String,
    /// What proves it.
    pub proof: Vec<Proof>,
    /// What mends it.
    pub fix: Vec<Fix>,
    /// How often.
    pub count: u64,
}

/// What proves an observation.
#[derive(Debug, Clone)]
pub enum Proof {
    /// A value of an export or a line of a wizard log.
    Export {
        /// The file.
        file: String,
        /// The line, from 1, where it can be told.
        line: Option<u64>,
        /// The value, as `Name: value`, or the line.
        text: String,
    },
    /// A row of a send log.
    Log(Evidence),
}

/// A check that an export does not let decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Untold {
    /// The check.
    pub code: &'static str,
    /// What it is about, such as `inbound connector 'x' of contoso.onmicrosoft.com`.
    pub about: String,
    /// The field that was lost, by its name in Exchange.
    pub field: &'static str,
}

impl Findings {
    /// Takes an observation.
    pub fn add(&mut self, observation: Observation) {
        self.observations.push(observation);
    }

    /// Notes that a lost field keeps a check from telling.
    pub fn cannot_tell(&mut self, entry: &'static Entry, about: String, field: &'static str) {
        self.untold.push(Untold {
            code: entry.code,
            about,
            field,
        });
    }
}

impl Observation {
    /// An observation of an entry's usual severity and confidence.
    pub fn of(entry: &'static Entry, subject: &str, message: String) -> Observation {
        Observation {
            entry,
            severity: entry.severity,
            confidence: entry.confidence,
            subject: subject.to_owned(),
            tenant: None,
            message,
            proof: Vec::new(),
            fix: Vec::new(),
            count: 1,
        }
    }

    /// About a tenant.
    pub fn tenant(mut self, name: &str) -> Observation {
        self.tenant = Some(name.to_owned());
        self
    }

    /// With another severity.
    pub fn severity(mut self, severity: Severity) -> Observation {
        self.severity = severity;
        self
    }

    /// With another confidence.
    pub fn confidence(mut self, confidence: Confidence) -> Observation {
        self.confidence = confidence;
        self
    }

    /// With a proof.
    pub fn proof(mut self, proof: Proof) -> Observation {
        self.proof.push(proof);
        self
    }

    /// With a way to mend it.
    pub fn fix(mut self, fix: Fix) -> Observation {
        self.fix.push(fix);
        self
    }

    /// Seen so often.
    pub fn count(mut self, count: u64) -> Observation {
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
