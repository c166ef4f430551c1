//! What is asked of a renewal.
//!
//! In: nothing. Out: a [`Question`], its candidate, and what follows from these alone.
//! Must not answer anything.

use crate::diagnosis::check_context::CheckContext;
use crate::input::timestamp::Timestamp;
use crate::remedy::wording;
use crate::smtp::certificate::Certificate;

/// Where the candidate comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A host name: issuer, subject and dates are unknown.
    HostName,
    /// A file.
    File {
        /// It is the certificate of an authority.
        is_authority: bool,
        /// How many certificates of servers the file holds.
        end_certificates: usize,
    },
}

/// What the time `now` of the setup goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Now {
    /// The time itself, as given or by the clock.
    Known,
    /// The last line of the logs: today is later.
    LastLine,
}

/// The question.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The certificate that would be offered.
    pub candidate: &'a Certificate,
    /// Where it comes from.
    pub origin: Origin,
    /// Exports and logs.
    pub context: CheckContext<'a>,
    /// What its time goes by.
    pub now: Now,
    /// The send connectors were chosen by name: the candidate is meant for all that are left.
    pub chosen: bool,
}

/// The begin of its validity, where that is still to come.
pub(super) fn ahead(question: &Question<'_>) -> Option<Timestamp> {
    let start = question.candidate.not_before?;
    let ahead = start.since(question.context.now)?;
    (ahead > 0).then_some(start)
}

/// The candidate in a sentence.
pub fn described(question: &Question<'_>) -> String {
    match question.origin {
        Origin::HostName => format!(
            "a certificate for {} alone",
            wording::names(question.candidate)
        ),
        Origin::File { .. } => wording::certificate(question.candidate),
    }
}
