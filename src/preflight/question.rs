//! The question about a renewal.
//!
//! In: nothing. Out: a [`Question`], its candidate, and what follows from these alone.
//! It must not answer the question.

use crate::diagnosis::check_context::CheckContext;
use crate::input::timestamp::Timestamp;
use crate::language::sentences;
use crate::onprem::model::CertificateUsage;
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
        /// How many server certificates the file contains.
        end_certificates: usize,
        /// What it is made for.
        usage: CertificateUsage,
    },
}

/// Where the time `now` of the setup comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Now {
    /// From the command line or from the clock.
    Known,
    /// From the last line of the logs: the real time is later.
    LastLine,
}

/// The question.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The certificate to be offered.
    pub candidate: &'a Certificate,
    /// Where it comes from.
    pub origin: Origin,
    /// Exports and logs.
    pub context: CheckContext<'a>,
    /// Where its time comes from.
    pub now: Now,
    /// The send connectors were selected by name: the candidate is meant for all of these.
    pub chosen: bool,
}

/// The start of its validity, if it is in the future.
pub(super) fn ahead(question: &Question<'_>) -> Option<Timestamp> {
    let start = question.candidate.not_before?;
    let ahead = start.since(question.context.now)?;
    (ahead > 0).then_some(start)
}

/// The candidate, as part of a sentence.
pub fn described(question: &Question<'_>) -> String {
    let language = question.context.language;
    match question.origin {
        Origin::HostName => only_name(language, &wording::names(language, question.candidate)),
        Origin::File { .. } => wording::certificate(language, question.candidate),
    }
}

sentences! {
    /// A certificate of which only a host name is known.
    fn only_name(name: &str) {
        en: "a certificate whose only name is {name}",
        ja: "{name} (名前がこれだけの証明書)" ["42e2fb0f"],
    }
}
