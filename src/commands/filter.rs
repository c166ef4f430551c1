//! `--select` and `--ignore`: which incidents and findings a report keeps.
//!
//! In: codes or prefixes as typed. Out: a [`Filter`] that takes the others out of a [`Document`] and
//! counts them there.
//! Must not hide that something was hidden.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::report::catalogue;
use crate::report::document::Document;

/// `--select` and `--ignore`.
#[derive(Debug, Default)]
pub struct Filter {
    /// Codes or prefixes to report; all if empty.
    pub select: Vec<String>,
    /// Codes or prefixes to leave out.
    pub ignore: Vec<String>,
}

impl Filter {
    /// Checks the codes. An option that takes several values swallows the PATH behind it: what is
    /// no code is given back to `paths`.
    ///
    /// # Errors
    /// Where a value is neither a code nor something that exists.
    pub fn new(
        select: Vec<String>,
        ignore: Vec<String>,
        paths: &mut Vec<PathBuf>,
    ) -> Result<Filter> {
        let mut codes = |values: Vec<String>| -> Result<Vec<String>> {
            let mut codes = Vec::new();
            for value in values {
                if catalogue::is_code_prefix(&value) {
                    codes.push(value);
                } else if value == "-" || Path::new(&value).exists() || value.contains(['*', '?']) {
                    paths.push(PathBuf::from(value));
                } else {
                    anyhow::bail!(
                        "{value}: neither a code nor a PATH; `sendlens rules` lists the codes"
                    );
                }
            }
            Ok(codes)
        };
        Ok(Filter {
            select: codes(select)?,
            ignore: codes(ignore)?,
        })
    }

    fn keeps(&self, code: &str) -> bool {
        let code = code.to_ascii_uppercase();
        let hits = |list: &[String]| {
            list.iter()
                .any(|prefix| code.starts_with(&prefix.to_ascii_uppercase()))
        };
        (self.select.is_empty() || hits(&self.select)) && !hits(&self.ignore)
    }

    pub(crate) fn apply(&self, report: &mut Document) {
        let (kept, hidden): (Vec<_>, Vec<_>) = std::mem::take(&mut report.incidents)
            .into_iter()
            .partition(|incident| self.keeps(&incident.cause.code));
        report.incidents = kept;
        report.hidden.incidents = hidden.len() as u64;
        report.hidden.replies = hidden
            .iter()
            .map(|incident| incident.rejected.replies)
            .sum();
        let all = report.findings.len();
        report.findings.retain(|finding| self.keeps(&finding.code));
        report.hidden.findings = (all - report.findings.len()) as u64;
    }
}
