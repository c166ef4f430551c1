//! `--select` and `--ignore` choose the incidents and findings of a report.
//!
//! In: codes or prefixes as you typed them. Out: a [`Filter`] that removes the others from a
//! [`Document`] and counts them there.
//! Must not remove anything without counting it.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::language::{Language, sentences};
use crate::report::catalogue;
use crate::report::document::Document;

/// `--select` and `--ignore`.
#[derive(Debug, Default)]
pub struct Filter {
    /// Codes or prefixes to report. If there are none, everything is reported.
    pub select: Vec<String>,
    /// Codes or prefixes to leave out.
    pub ignore: Vec<String>,
}

impl Filter {
    /// Checks the codes. An option with several values also takes the PATH that follows it, so a
    /// value that is not a code is moved to `paths`.
    ///
    /// # Errors
    /// If a value is neither a code nor an existing PATH.
    pub fn new(
        language: Language,
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
                    anyhow::bail!(neither(language, &value));
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

sentences! {
    /// A value of `--select` or `--ignore` that is nothing.
    fn neither(value: &str) {
        en: "{value}: this is neither a code nor an existing PATH. `sendlens rules` lists the codes",
        ja: "{value}: コードでも、存在する PATH でもありません。`sendlens rules` でコードを一覧表示できます。" ["5f25e2fc"],
    }
}
