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
        let text = text.trim();
        let inner = text
            .strip_prefix('<')
            .and_then(|text| text.strip_suffix('>'));
        let text = inner.unwrap_or(text).trim();
        if text.is_empty() {
            return None;
        }
        let Some((local, domain)) = text.rsplit_once('@') else {
            return Some(Address(text.to_lowercase().into()));
        };
        let domain = host::domain(domain).unwrap_or_else(|| domain.to_ascii_lowercase());
        Some(Address(format!("{}@{domain}", local.to_lowercase()).into()))
    }

    /// The address as it is compared.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
