//! What a send connector offered, as the predicate of a sentence about it.
//!
//! In: a [`CauseContext`]. Out: text in the language of the reader.
//! Must not decide whether the certificate is a good one.

use crate::diagnosis::cause_context::CauseContext;
use crate::language::sentences;
use crate::remedy::wording;

/// `offered CN=mail.contoso.com (thumbprint 0123…)`. In Japanese, it ends a sentence:
/// `送信コネクタ「x」は{offered}。`
pub fn predicate(context: &CauseContext<'_>) -> String {
    let language = context.analysis.language;
    match context.certificate() {
        Some(found) => certificate(language, &wording::certificate(language, found)),
        None if context.offered_none() => nothing(language),
        None => unknown(language),
    }
}

sentences! {
    /// It offered this certificate.
    fn certificate(certificate: &str) {
        en: "offered {certificate}",
        ja: "証明書 {certificate} を提示しました" ["b9a05a07"],
    }
    /// It offered no certificate.
    fn nothing() {
        en: "offered no certificate",
        ja: "証明書を提示しませんでした" ["0168807c"],
    }
    /// The input does not show which certificate it offered.
    fn unknown() {
        en: "offered a certificate that the input does not show",
        ja: "入力に記録されていない証明書を提示しました" ["cd187df3"],
    }
}
