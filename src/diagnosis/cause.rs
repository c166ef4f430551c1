//! A cause: an entry that explains a rejection or a TLS failure.
//!
//! In: a [`CauseContext`], one kind of rejection with everything known around it, or a [`QueueContext`],
//! a queue with an error. Out: a [`Diagnosis`] where the cause holds.
//! Must not choose among causes; [`crate::engine`] does.

use super::cause_context::{CauseContext, Deciding};
use super::fix::Fix;
use super::queue_context::QueueContext;
use super::rule::{CauseRule, Confidence, RuleMeta, Severity};

/// A cause of rejections and TLS failures.
pub trait Cause: CauseRule {
    /// The diagnosis for this context, if the cause holds there.
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis>;

    /// The diagnosis for a queue whose last error this cause explains. Most causes need the rows of a
    /// session.
    fn check_queue(&self, _: &QueueContext<'_>) -> Option<Diagnosis> {
        None
    }
}

/// What a cause reports if it holds.
#[derive(Debug, Clone)]
pub struct Diagnosis {
    /// How bad it is here.
    pub severity: Severity,
    /// How sure it is here.
    pub confidence: Confidence,
    /// The tenant and connector that decide.
    pub deciding: Option<Deciding>,
    /// What it means, in one sentence without names. `None`: the summary of the entry.
    pub summary: Option<String>,
    /// What happened, in sentences with the real names.
    pub explanation: String,
    /// The steps that fix it, in order.
    pub fix: Vec<Fix>,
    /// What is left to do once it is over, in order.
    pub afterwards: Vec<Fix>,
}

impl Diagnosis {
    /// A diagnosis with the usual severity and confidence of its entry.
    pub fn of(meta: &RuleMeta, explanation: String) -> Diagnosis {
        Diagnosis {
            severity: meta.severity,
            confidence: meta.confidence,
            deciding: None,
            summary: None,
            explanation,
            fix: Vec::new(),
            afterwards: Vec::new(),
        }
    }

    /// Adds the tenant and connector that decide.
    pub fn deciding(mut self, deciding: Option<Deciding>) -> Diagnosis {
        self.deciding = deciding;
        self
    }

    /// Says in one sentence what it means here, where the summary of the entry says less.
    pub fn summary(mut self, summary: String) -> Diagnosis {
        self.summary = Some(summary);
        self
    }

    /// Adds a step of the fix.
    pub fn fix(mut self, fix: Fix) -> Diagnosis {
        self.fix.push(fix);
        self
    }

    /// Adds something that is left to do once it is over.
    pub fn afterwards(mut self, fix: Fix) -> Diagnosis {
        self.afterwards.push(fix);
        self
    }

    /// Unless all steps so far are done, it comes back, although it looks as if it were over.
    pub fn comes_back(mut self) -> Diagnosis {
        self.afterwards.clone_from(&self.fix);
        self
    }

    /// Replaces the confidence.
    pub fn confidence(mut self, confidence: Confidence) -> Diagnosis {
        self.confidence = confidence;
        self
    }
}
