//! Mail addresses as they are compared: without regard to case, the domain in A-labels.
//!
//! In: the text of a log or export. Out: an [`Address`].
//! Must not be shown: what is shown is the text as logged.

use crate::smtp::host;

/// An address in the form in which addresses are compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(Box<str>);

impl Address {
    /// The address in a text; `None` if the text holds none.
    pub fn of(text: &str) -> Option<Address> {
        let text = bare(text);
        if text.is_empty() {
            return None;
        }
        if is_plain(text) {
            return Some(Address(text.to_ascii_lowercase().into()));
        }
        let Some((local, domain)) = text.rsplit_once('@') else {
            return Some(Address(text.to_lowercase().into()));
        };
        let domain = host::domain(domain).unwrap_or_else(|| domain.to_ascii_lowercase());
        Some(Address(format!("{}@{domain}", local.to_lowercase()).into()))
    }

    /// Whether a text holds this address. It makes no address of the text, where that is not needed.
    pub fn is(&self, text: &str) -> bool {
        let bare = bare(text);
        if is_plain(bare) {
            return bare.eq_ignore_ascii_case(&self.0);
        }
        Address::of(text).is_some_and(|address| address == *self)
    }

    /// The address as it is compared.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Without blanks around it and without one pair of angle brackets.
fn bare(text: &str) -> &str {
    let text = text.trim();
    let inner = text
        .strip_prefix('<')
        .and_then(|text| text.strip_suffix('>'));
    inner.unwrap_or(text).trim()
}

/// Whether an address is in the form in which addresses are compared, except for the case of its letters.
/// Nearly all are.
fn is_plain(text: &str) -> bool {
    let domain = text.rsplit_once('@').map(|(_, domain)| domain);
    text.is_ascii() && domain.is_some_and(host::is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn case_brackets_and_spellings_of_the_domain_make_no_difference() {
        let address = Address::of("Jörg@Bücher.example").expect("an address");
        assert_eq!(address.as_str(), "jörg@xn--bcher-kva.example");
        for same in ["<jörg@xn--bcher-kva.example>", "JÖRG@bücher.EXAMPLE "] {
            assert_eq!(Address::of(same), Some(address.clone()), "{same}");
        }
        assert_eq!(
            Address::of("postmaster").expect("one").as_str(),
            "postmaster"
        );
        assert_eq!(Address::of("<>"), None);
        assert_eq!(Address::of(" "), None);
    }

    proptest! {
        #[test]
        fn the_short_way_gives_what_the_long_one_gives(
            text in r" ?<?([a-zA-Z\.é]{0,3}@)?([a-zA-Z_-]{1,4}|xn--[a-z]{1,3}|-|ü|\*)(\.[a-zA-Z0-9]{0,3}){0,3}>?",
            other in r"[a-b]?@?[A-B]{1,2}\.?",
        ) {
            let bare = bare(&text);
            if let Some((local, domain)) = bare.rsplit_once('@').filter(|_| is_plain(bare)) {
                let domain = host::domain(domain).unwrap_or_else(|| domain.to_ascii_lowercase());
                let long = format!("{}@{domain}", local.to_lowercase());
                prop_assert_eq!(Address::of(&text).map(|one| one.as_str().to_owned()), Some(long));
            }
            for (one, two) in [(&text, &other), (&other, &text), (&text, &text)] {
                if let Some(address) = Address::of(one) {
                    prop_assert_eq!(address.is(two), Address::of(two) == Some(address));
                }
            }
        }
    }
}
