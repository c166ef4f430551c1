//! The joined certificate row of Exchange 2016 and later (shapes B and C), split into its values.
//!
//! In: the row's data, and whether its context names dates. Out: the values.
//! Must not guess: it takes the values from the right, where their forms are certain. If subject and
//! issuer cannot be separated in exactly one way, they stay one text.
//! Invariant: thumbprint and serial are certain if the row is split at all. Somebody may have redacted
//! them; then they are empty, and the rest is still read.

use super::name::attribute_at;

/// The values of a joined row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JoinedRow<'a> {
    /// Subject and issuer, or both as one text.
    pub names: Parted<'a>,
    /// Hex digits of any length.
    pub serial: &'a str,
    /// Forty hex digits; empty if redacted.
    pub thumbprint: &'a str,
    /// Not before and not after, as logged.
    pub dates: Option<(&'a str, &'a str)>,
    /// The alternate names, joined with `;`.
    pub alternate: &'a str,
}

/// Subject and issuer of a joined row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parted<'a> {
    /// There is one border between them.
    Two(&'a str, &'a str),
    /// There is none, or more than one.
    Undivided(&'a str),
}

/// Splits a joined row; `None` if it holds no thumbprint, not even a redacted one.
pub fn joined(data: &str, with_dates: bool) -> Option<JoinedRow<'_>> {
    // The writer puts one blank before the first value; further blanks mean empty values.
    let data = data.strip_prefix(' ').unwrap_or(data);
    let (at, thumbprint) = thumbprint(data, with_dates)?;
    let rest = data[at + thumbprint.len()..].trim_start_matches(' ');
    let (dates, alternate) = if with_dates {
        take_dates(rest)
    } else {
        (None, rest)
    };
    let before = data[..at].strip_suffix(' ').unwrap_or(&data[..at]);
    let (names, serial) = match before.rsplit_once(' ') {
        Some((names, serial)) if is_hex(serial) => (names, serial),
        Some((names, serial)) if is_redacted(serial) => (names, ""),
        // An empty serial leaves two blanks; anything else here is part of a name.
        Some((names, "")) => (names, ""),
        Some(_) => (before, ""),
        None if is_hex(before) => ("", before),
        None => (before, ""),
    };
    Some(JoinedRow {
        names: part(names),
        serial,
        thumbprint: if is_whole(thumbprint) { thumbprint } else { "" },
        dates,
        alternate: alternate.trim(),
    })
}

/// The last word of forty hex digits; where dates are named, the last one followed by two dates if
/// there is such a word.
fn thumbprint(data: &str, with_dates: bool) -> Option<(usize, &str)> {
    let mut words = Vec::new();
    let mut at = 0;
    for word in data.split(' ') {
        if is_whole(word) {
            words.push((at, word));
        }
        at += word.len() + 1;
    }
    if words.is_empty() {
        return redacted(data, with_dates);
    }
    let dated =
        |(at, word): &(usize, &str)| take_dates(data[at + word.len()..].trim_start()).0.is_some();
    if with_dates && let Some(found) = words.iter().rev().find(|found| dated(found)) {
        return Some(*found);
    }
    words.last().copied()
}

/// The redacted word that stands where a thumbprint does: before the dates, else before the alternate
/// names, which are one word or none.
fn redacted(data: &str, with_dates: bool) -> Option<(usize, &str)> {
    let mut words = Vec::new();
    let mut at = 0;
    for word in data.split(' ') {
        words.push((at, word));
        at += word.len() + 1;
    }
    let stands = |(at, word): &(usize, &str)| {
        let behind = data[at + word.len()..].trim_start();
        if with_dates {
            take_dates(behind).0.is_some()
        } else {
            !behind.contains(' ')
        }
    };
    let mut candidates = words.iter().rev();
    candidates
        .find(|found| is_redacted(found.1) && stands(found))
        .copied()
}

/// Forty hex digits.
fn is_whole(word: &str) -> bool {
    word.len() == 40 && is_hex(word)
}

/// What people write over digits before they show a log: `<redacted>`, `XXXX`, `***`, `B424286E...`.
fn is_redacted(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    let cut = word.trim_end_matches(['.', '…', '*']);
    let masked = word.len() >= 3
        && word
            .chars()
            .all(|letter| matches!(letter, 'x' | 'X' | '*' | '#' | '.' | '…' | '_' | '-'));
    (word.starts_with(['<', '[', '(']) && word.ends_with(['>', ']', ')']) && word.len() > 2)
        || masked
        || lower.contains("redacted")
        || lower.contains("removed")
        || (cut.len() < word.len() && is_hex(cut))
        || (is_hex(word) && (8..40).contains(&word.len()))
}

fn take_dates(rest: &str) -> (Option<(&str, &str)>, &str) {
    let mut words = rest.splitn(3, ' ');
    match (words.next(), words.next()) {
        (Some(first), Some(second)) if is_date(first) && is_date(second) => {
            (Some((first, second)), words.next().unwrap_or(""))
        }
        _ => (None, rest),
    }
}

fn is_date(word: &str) -> bool {
    crate::input::timestamp::Timestamp::parse(word.as_bytes()).is_some()
}

fn is_hex(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Separates `subject issuer` at the one blank before `TYPE=` whose previous character is no comma.
fn part(names: &str) -> Parted<'_> {
    if let Some(issuer) = names.strip_prefix(' ') {
        // An empty subject leaves the blank that would follow it.
        return if borders(issuer).is_empty() {
            Parted::Two("", issuer)
        } else {
            Parted::Undivided(names)
        };
    }
    if let Some(subject) = names.strip_suffix(' ')
        && borders(subject).is_empty()
    {
        return Parted::Two(subject, "");
    }
    match *borders(names).as_slice() {
        [border] => Parted::Two(&names[..border], &names[border + 1..]),
        // The same name twice is a self-signed certificate, whatever blanks are inside it.
        _ => match names.split_at_checked(names.len() / 2) {
            Some((subject, issuer))
                if issuer.strip_prefix(' ') == Some(subject) && attribute_at(subject) =>
            {
                Parted::Two(subject, &issuer[1..])
            }
            _ => Parted::Undivided(names),
        },
    }
}

/// The places of blanks outside quotes that stand before `TYPE=` and after neither comma, plus
/// nor blank.
fn borders(names: &str) -> Vec<usize> {
    let bytes = names.as_bytes();
    let mut found = Vec::new();
    let mut quoted = false;
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b' ' if !quoted && at > 0 && !matches!(bytes[at - 1], b',' | b'+' | b' ' | b';') => {
                // `CN=a + OU=b` is one part with two values.
                let rest = &names[at + 1..];
                if attribute_at(rest) {
                    found.push(at);
                }
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const THUMB: &str = "EC5A76488FE0A501C5FC28EC845E443889BA16E2";

    #[test]
    fn shape_b_with_a_quoted_organisation() {
        let data = format!(
            " CN=*, OU=IT, O=contoso International (L.L.C), L=Dubai, S=Dubai, C=AE CN=thawte SHA256 SSL CA, O=\"thawte, Inc.\", C=US 0D92 {THUMB} *"
        );
        let found = joined(&data, false).expect("joined");
        assert_eq!(
            found.names,
            Parted::Two(
                "CN=*, OU=IT, O=contoso International (L.L.C), L=Dubai, S=Dubai, C=AE",
                "CN=thawte SHA256 SSL CA, O=\"thawte, Inc.\", C=US"
            )
        );
        assert_eq!(
            (found.serial, found.thumbprint, found.alternate),
            ("0D92", THUMB, "*")
        );
    }

    #[test]
    fn shape_c_with_dates_and_names() {
        let data = format!(
            " CN=webmail.contoso.com CN=R3, O=Let's Encrypt, C=US 0404C0F0 {THUMB} 2023-08-12T10:39:24.000Z 2023-11-10T09:39:23.000Z webmail.contoso.com;autodiscover.contoso.com"
        );
        let found = joined(&data, true).expect("joined");
        assert_eq!(
            found.names,
            Parted::Two("CN=webmail.contoso.com", "CN=R3, O=Let's Encrypt, C=US")
        );
        assert_eq!(
            found.dates,
            Some(("2023-08-12T10:39:24.000Z", "2023-11-10T09:39:23.000Z"))
        );
        assert_eq!(
            found.alternate,
            "webmail.contoso.com;autodiscover.contoso.com"
        );
    }

    #[test]
    fn a_redacted_thumbprint_or_serial_leaves_the_rest_readable() {
        for thumbprint in [
            "<redacted>",
            "XXXXXXXXXXXX",
            "B424286E...",
            "***",
            "REDACTED",
        ] {
            for serial in ["0404C0F0", "<serial>", "xxxx"] {
                let dates = "2023-08-12T10:39:24.000Z 2023-11-10T09:39:23.000Z";
                let b = format!(
                    " CN=mail.contoso.com, O=Contoso Ltd CN=R3, C=US {serial} {thumbprint} mail.contoso.com;a.contoso.com"
                );
                let c = b.replace(thumbprint, &format!("{thumbprint} {dates}"));
                for (data, with_dates) in [(b, false), (c, true)] {
                    let found = joined(&data, with_dates).expect("joined");
                    assert_eq!(
                        found.names,
                        Parted::Two("CN=mail.contoso.com, O=Contoso Ltd", "CN=R3, C=US"),
                        "{data}"
                    );
                    assert_eq!(found.alternate, "mail.contoso.com;a.contoso.com");
                    assert_eq!(found.thumbprint, "");
                }
            }
        }
    }

    #[test]
    fn no_alternate_names_and_no_subject() {
        let data =
            format!(" CN=a CN=b 01 {THUMB} 2023-08-12T10:39:24.000Z 2023-11-10T09:39:23.000Z ");
        assert_eq!(joined(&data, true).expect("joined").alternate, "");
        let data = format!("  CN=b, O=x 01 {THUMB} mail.contoso.com");
        assert_eq!(
            joined(&data, false).expect("joined").names,
            Parted::Two("", "CN=b, O=x")
        );
    }

    #[test]
    fn plus_oid_and_self_signed_names() {
        let data = format!(" CN=a + OU=b, OID.1.2=c CN=d 01 {THUMB} x.contoso.com");
        assert_eq!(
            joined(&data, false).expect("joined").names,
            Parted::Two("CN=a + OU=b, OID.1.2=c", "CN=d")
        );
        let data = format!(" CN=EX01 CN=EX01 01 {THUMB} EX01;EX01.contoso.local");
        assert_eq!(
            joined(&data, false).expect("joined").names,
            Parted::Two("CN=EX01", "CN=EX01")
        );
        let data = format!(" CN=a OU=b CN=a OU=b 01 {THUMB} x");
        assert_eq!(
            joined(&data, false).expect("joined").names,
            Parted::Two("CN=a OU=b", "CN=a OU=b")
        );
    }

    #[test]
    fn two_borders_leave_the_text_undivided() {
        let data = format!(" CN=a O=b C=c 01 {THUMB} x.contoso.com");
        let found = joined(&data, false).expect("joined");
        assert_eq!(found.names, Parted::Undivided("CN=a O=b C=c"));
        assert_eq!((found.serial, found.thumbprint), ("01", THUMB));
    }

    #[test]
    fn quotes_hide_borders() {
        let data = format!(" CN=\"x OU=y\", O=z CN=i 01 {THUMB} n");
        assert_eq!(
            joined(&data, false).expect("joined").names,
            Parted::Two("CN=\"x OU=y\", O=z", "CN=i")
        );
    }

    proptest! {
        #[test]
        fn names_that_dotnet_writes_are_parted(
            subject in proptest::collection::vec(("(CN|OU|O|L|S|C|E|DC|OID\\.1\\.2)", "[A-Za-z0-9'().*-]{1,8}( [A-Za-z0-9]{1,5})?"), 1..5),
            issuer in proptest::collection::vec(("(CN|OU|O|C)", "[A-Za-z0-9]{1,8}"), 1..4),
            serial in "[0-9A-F]{1,40}", alternate in "([a-z]{1,8}\\.contoso\\.com(;[a-z]{1,5}\\.fabrikam\\.com)?)?",
            dates in any::<bool>(),
        ) {
            let name = |parts: &[(String, String)]| parts.iter()
                .map(|(kind, value)| format!("{kind}={value}")).collect::<Vec<_>>().join(", ");
            let (subject, issuer) = (name(&subject), name(&issuer));
            let when = if dates { " 2023-08-12T10:39:24.000Z 2023-11-10T09:39:23.000Z" } else { "" };
            let data = format!(" {subject} {issuer} {serial} {THUMB}{when} {alternate}");
            let found = joined(&data, dates).expect("joined");
            prop_assert_eq!(found.names, Parted::Two(subject.as_str(), issuer.as_str()));
            prop_assert_eq!(found.serial, serial.as_str());
            prop_assert_eq!(found.thumbprint, THUMB);
            prop_assert_eq!(found.dates.is_some(), dates);
            prop_assert_eq!(found.alternate, alternate.as_str());
        }

        #[test]
        fn arbitrary_text_never_panics(data in "\\PC{0,120}", dates in any::<bool>()) {
            let _ = joined(&data, dates);
        }
    }
}
