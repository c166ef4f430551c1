//! The accepted domains of a tenant, and an index of their names.
//!
//! In: accepted domains. Out: the same as a list, and the index that somebody makes of them once.
//! Must not know in which form names are compared; [`crate::attribution`] does.

use std::collections::HashSet;
use std::ops::{Deref, DerefMut};
use std::sync::OnceLock;

use super::model::AcceptedDomain;

/// Names in the form in which they are compared.
#[derive(Debug, Clone, Default)]
pub struct DomainNames {
    /// Domains that count.
    pub verified: HashSet<String>,
    /// Those of them that cover their subdomains.
    pub covering: HashSet<String>,
    /// Domains that are still pending.
    pub pending: HashSet<String>,
}

/// The accepted domains of a tenant.
///
/// A tenant may have thousands of them, and thousands of names may be looked up.
#[derive(Debug, Clone, Default)]
pub struct AcceptedDomains {
    list: Vec<AcceptedDomain>,
    names: OnceLock<DomainNames>,
}

impl AcceptedDomains {
    /// The index, which `make` makes when it is asked for the first time.
    pub fn names(&self, make: impl FnOnce(&[AcceptedDomain]) -> DomainNames) -> &DomainNames {
        self.names.get_or_init(|| make(&self.list))
    }
}

impl From<Vec<AcceptedDomain>> for AcceptedDomains {
    fn from(list: Vec<AcceptedDomain>) -> AcceptedDomains {
        AcceptedDomains {
            list,
            names: OnceLock::new(),
        }
    }
}

impl Deref for AcceptedDomains {
    type Target = [AcceptedDomain];

    fn deref(&self) -> &[AcceptedDomain] {
        &self.list
    }
}

impl DerefMut for AcceptedDomains {
    fn deref_mut(&mut self) -> &mut [AcceptedDomain] {
        self.names = OnceLock::new();
        &mut self.list
    }
}

impl<'a> IntoIterator for &'a AcceptedDomains {
    type Item = &'a AcceptedDomain;
    type IntoIter = std::slice::Iter<'a, AcceptedDomain>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.iter()
    }
}

impl PartialEq for AcceptedDomains {
    fn eq(&self, other: &AcceptedDomains) -> bool {
        self.list == other.list
    }
}

impl Eq for AcceptedDomains {}
