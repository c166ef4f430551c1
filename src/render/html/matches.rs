//! Whether a certificate matches, in words.
//!
//! In: a row of certificates. Out: short texts.
//! Must not compare anything.

use super::say;
use crate::language::Language;
use crate::report::certificate::MatchVerdict;
use crate::report::document::CertificateRow;

/// The verdict as a part of a sentence, such as `no connector expects it`.
pub(super) fn verdict(language: Language, row: &CertificateRow) -> String {
    match row.matched.verdict {
        _ if row.offered == Some(false) => say::none_offered(language),
        MatchVerdict::Match => say::matches(language),
        MatchVerdict::NoMatch => say::no_connector_expects(language),
        MatchVerdict::Uncertain => say::uncertain(language),
        MatchVerdict::Unknown => say::not_known(language),
    }
}

/// The same in two words.
pub(super) fn verdict_in_brief(language: Language, row: &CertificateRow) -> String {
    match row.matched.verdict {
        MatchVerdict::NoMatch => say::no_match(language),
        _ => verdict(language, row),
    }
}

/// The class of its label.
pub(super) fn class(row: &CertificateRow) -> &'static str {
    match row.matched.verdict {
        MatchVerdict::Match => "ok",
        MatchVerdict::NoMatch => "open",
        MatchVerdict::Uncertain => "warning",
        MatchVerdict::Unknown => "over",
    }
}
