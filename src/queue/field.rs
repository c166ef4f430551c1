//! Fields that several readers of queues share.
//!
//! In: an [`Object`], or the text of a field. Out: words of enumerations, errors, Guids.
//! Must not guess a value: what is missing or lost stays [`Known::Lost`].

use crate::tenant::Known;
use crate::tenant::table::Object;

use super::model::LastError;

/// The name of an enumeration's value. A number without a name is lost.
pub(super) fn word_of(object: &Object, field: &str) -> Known<Option<String>> {
    match object.text_of(field) {
        Known::Value(Some(text)) if text.bytes().all(|byte| byte.is_ascii_digit()) => Known::Lost,
        known => known,
    }
}

/// The Guid of a connector, unless it is empty.
pub(super) fn connector(text: &str) -> Option<String> {
    let text = text.trim().trim_matches(['{', '}']);
    let is_empty = text.bytes().all(|byte| matches!(byte, b'0' | b'-'));
    (!is_empty).then(|| text.to_owned())
}

/// `LastError` of a row.
pub(super) fn error_of(object: &Object) -> Known<Option<LastError>> {
    match object.text_of("LastError") {
        Known::Value(text) => Known::Value(text.map(|text| LastError::of(&text))),
        Known::Lost => Known::Lost,
    }
}
