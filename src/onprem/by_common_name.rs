//! Where certificates are in a list, by the common names of their subjects.
//!
//! In: the subjects of the list. Out: the places of those with the common name of a subject.
//! Must not decide whether two names are the same: equal names only have one place here.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::smtp::name;

/// The places of the certificates, once somebody asks.
#[derive(Debug, Default)]
pub(crate) struct ByCommonName(OnceLock<HashMap<Option<String>, Vec<usize>>>);

impl Clone for ByCommonName {
    /// The certificates of a copy may change before somebody asks.
    fn clone(&self) -> ByCommonName {
        ByCommonName::default()
    }
}

impl PartialEq for ByCommonName {
    /// It follows from the certificates.
    fn eq(&self, _other: &ByCommonName) -> bool {
        true
    }
}

impl ByCommonName {
    /// The places of the subjects that have the common name of this one, in their order. `all` are the
    /// subjects of the list, which must be the same each time.
    pub(crate) fn of<'a>(
        &self,
        subject: &str,
        all: impl Iterator<Item = Option<&'a str>>,
    ) -> &[usize] {
        let places = self.0.get_or_init(|| {
            let mut places: HashMap<Option<String>, Vec<usize>> = HashMap::new();
            for (number, subject) in all.enumerate() {
                if let Some(subject) = subject {
                    let near = places.entry(name::common_name(subject));
                    near.or_default().push(number);
                }
            }
            places
        });
        let near = places.get(&name::common_name(subject));
        near.map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_of_one_common_name_are_found_in_their_order() {
        let known = ByCommonName::default();
        let all = [
            Some("CN=mail.contoso.com, O=Contoso"),
            None,
            Some("CN=relay.contoso.com"),
            Some("O=Contoso, CN=MAIL.contoso.com"),
            Some("O=Contoso"),
        ];
        let of = |subject: &str| known.of(subject, all.into_iter()).to_vec();
        assert_eq!(of("cn=Mail.contoso.com"), [0, 3]);
        assert_eq!(of("CN=relay.contoso.com, O=Other"), [2]);
        assert_eq!(of("O=Other"), [4]);
        assert_eq!(of("CN=contoso.com"), [0; 0]);
    }

    #[test]
    fn a_copy_looks_again() {
        let known = ByCommonName::default();
        assert_eq!(known.of("CN=a", [Some("CN=a")].into_iter()), [0]);
        let all = [Some("CN=b"), Some("CN=a")];
        assert_eq!(known.clone().of("CN=a", all.into_iter()), [1]);
    }
}
