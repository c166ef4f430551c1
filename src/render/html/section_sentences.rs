//! The texts below the incidents on the page.
//!
//! In: values. Out: texts in the language of the reader.
//! Must not contain markup.

use crate::language::sentences;

sentences! {
    /// Before the command that lists the other findings.
    pub(super) fn more_findings(number: &str) {
        en: "and {number} more:",
        ja: "ほか {number} 件:" ["fa3db460"],
    }
    /// Before the command that lists all certificates.
    pub(super) fn more_certificates(number: &str) {
        en: "and {number} more, listed by",
        ja: "ほか {number} 件。一覧のコマンド:" ["9bc34328"],
    }
    /// How many streams are folded.
    pub(super) fn more_streams(number: &str) {
        en: "and {number} more",
        ja: "ほか {number} 件" ["b1c5b61a"],
    }
    /// How many sessions went to Exchange Online.
    pub(super) fn of_them_online(number: &str) {
        en: "{number} of them to Exchange Online",
        ja: "うち Exchange Online 宛て {number} 件" ["d659ef5c"],
    }
}
