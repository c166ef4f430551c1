//! What rows of MAIL, of RCPT and about a message say besides addresses.
//!
//! In: the text of a row. Out: ids, numbers and parameters, borrowed from it.
//! Must not decide what belongs to which message.

use std::sync::LazyLock;

use memchr::memmem::Finder;

/// A number in decimal digits.
pub(super) fn number(text: &[u8]) -> Option<u64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// What stands before the number of the message on this server.
pub(super) static RECORD: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("RecordId "));

/// What stands before the message id.
pub(super) static ID: LazyLock<Finder<'static>> =
    LazyLock::new(|| Finder::new("InternetMessageId "));

/// What stands before the size of the message.
pub(super) static SIZE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(" SIZE="));

/// What follows these words.
pub(super) fn behind<'a>(text: &'a [u8], words: &Finder<'_>) -> Option<&'a [u8]> {
    let at = words.find(text)?;
    Some(&text[at + words.needle().len()..])
}

/// The number that follows these words.
pub(super) fn number_behind(text: &[u8], words: &Finder<'_>) -> Option<u64> {
    let rest = behind(text, words)?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    number(&rest[..digits])
}

/// The parameters of RCPT: what follows the address.
fn parameters(path: &[u8]) -> &[u8] {
    let end = memchr::memrchr(b'>', path).map_or(0, |at| at + 1);
    &path[end..]
}

/// `NOTIFY=NEVER` of RCPT: nobody is told if it fails.
pub(super) fn is_never_notified(path: &[u8]) -> bool {
    let mut words = parameters(path).split(|byte| *byte == b' ');
    words.any(|word| word.eq_ignore_ascii_case(b"NOTIFY=NEVER"))
}

/// The address before it was rewritten: `ORCPT=rfc822;user@contoso.com` of RCPT.
pub(super) fn original_recipient(path: &[u8]) -> Option<&[u8]> {
    const START: &[u8] = b"ORCPT=rfc822;";
    let mut words = parameters(path).split(|byte| *byte == b' ');
    words.find_map(|word| {
        let (start, address) = word.split_at_checked(START.len())?;
        start.eq_ignore_ascii_case(START).then_some(address)
    })
}
