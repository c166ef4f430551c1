//! Domains of senders as names, in the form in which domains compare.
//!
//! In: a sender or a domain as logged. Out: a [`Name`].

use rustc_hash::FxHashMap;

use crate::smtp::host;

use super::intern::{Interner, Name};

/// The domains read so far, remembered because a few domains send nearly all mail.
#[derive(Debug, Clone, Default)]
pub(super) struct Domains(FxHashMap<Box<str>, Name>);

impl Domains {
    /// The domain of a sender; the empty name where it has none.
    pub(super) fn of_sender(&mut self, names: &mut Interner, sender: &str) -> Name {
        match sender.rsplit_once('@') {
            Some((_, domain)) => self.name(names, domain),
            None => names.name(""),
        }
    }

    /// The name of a domain.
    pub(super) fn name(&mut self, names: &mut Interner, domain: &str) -> Name {
        if let Some(name) = self.0.get(domain) {
            return *name;
        }
        let name = names.name(&host::domain(domain).unwrap_or_default());
        self.0.insert(domain.into(), name);
        name
    }
}
