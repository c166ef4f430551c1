//! Whether a certificate matches, in words.
//!
//! In: a row of certificates. Out: short texts.
//! Must not compare anything.

use super::say;
use crate::language::Language;
use crate::report::certificate::MatchVerdict;
use crate::report::document::CertificateRow;

/// Whether a disabled connector expects it, and no enabled one.
pub(super) fn is_disabled(row: &CertificateRow) -> bool {
    row.matched.disabled_connector.is_some()
}

/// The verdict as a part of a sentence, such as `no connector expects it`.
pub(super) fn verdict(language: Language, row: &CertificateRow) -> String {
    match row.matched.verdict {
        _ if row.offered == Some(false) => say::none_offered(language),
        MatchVerdict::Match => say::matches(language),
        MatchVerdict::NoMatch if is_disabled(row) => say::only_a_disabled_one(language),
        MatchVerdict::NoMatch => say::no_connector_expects(language),
        MatchVerdict::Uncertain => say::uncertain(language),
        MatchVerdict::Unknown => say::not_known(language),
    }
}

/// The same in two words.
pub(super) fn verdict_in_brief(language: Language, row: &CertificateRow) -> String {
    match row.matched.verdict {
        MatchVerdict::NoMatch if is_disabled(row) => say::connector_disabled(language),
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
