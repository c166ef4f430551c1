//! A certificate that expires soon, in words.
//!
//! In: what the check found. Out: parts of its message.
//! Must not decide whether a certificate expires soon.

use std::collections::{BTreeMap, BTreeSet};

use super::sentences;
use crate::diagnosis::finding::Proof;
use crate::diagnosis::subject::stream_label;
use crate::input::timestamp::Timestamp;
use crate::language::Language;
use crate::remedy::{settings, wording};
use crate::smtp::certificate::Certificate;

/// A day in milliseconds.
pub(super) const DAY: i64 = 86_400_000;

/// A certificate that expires soon, and the send connectors that rely on it.
pub(super) struct Expiring<'a> {
    /// The certificate.
    pub(super) certificate: &'a Certificate,
    /// Both readings of its date, which are equal where the date is certain.
    pub(super) ends: [Timestamp; 2],
    /// For each send connector: the streams or servers, if the certificate is not on all of them.
    pub(super) uses: BTreeMap<String, Vec<String>>,
    /// The servers on which it is used.
    pub(super) servers: BTreeSet<String>,
    /// What shows it.
    pub(super) proof: Vec<Proof>,
}

/// A send connector in a sentence, with its streams or servers.
pub(super) fn use_text(
    language: Language,
    (send_connector, places): (&String, &Vec<String>),
) -> String {
    let streams = match places.as_slice() {
        [] => return language.quoted(send_connector),
        [place] if place == "." => return sentences::in_given_folder(language, send_connector),
        all => all.iter().map(|place| stream_label(language, place)),
    };
    let streams = settings::listed(language, streams);
    sentences::on_streams(language, send_connector, &streams)
}

/// The end of validity, or both readings of it.
pub(super) fn ends_text(language: Language, [one, other]: [Timestamp; 2]) -> String {
    let text = |end: Timestamp| end.rfc3339().unwrap_or_default();
    if one == other {
        text(one)
    } else {
        let later = text(one.later(other));
        sentences::either_end(language, &text(one.earlier(other)), &later)
    }
}

/// The certificate, and when it expires.
pub(super) fn beginning(language: Language, expiring: &Expiring<'_>, now: Timestamp) -> String {
    let certificate = &wording::certificate(language, expiring.certificate);
    let end = &ends_text(language, expiring.ends);
    let [one, other] = expiring.ends;
    let left = one.earlier(other).since(now).unwrap_or(0);
    let longest = one.later(other).since(now).unwrap_or(0);
    match left {
        _ if longest < 0 => sentences::has_expired(language, certificate, end),
        _ if one != other => sentences::may_have_expired(language, certificate, end),
        left if left < DAY => sentences::expires_within_a_day(language, certificate, end),
        left => match left / DAY {
            1 => sentences::expires_in_a_day(language, certificate, end),
            days => sentences::expires_in_days(language, certificate, days, end),
        },
    }
}
