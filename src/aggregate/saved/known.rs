//! What records may name: names, certificates, flows and files, by their numbers.
//!
//! In: the records so far. Out: what a number stands for, if it stands for anything.
//! Must not give what no record has brought.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::aggregate::intern::Name;
use crate::smtp::certificate::{Certificate, Offered};

use super::half_parts::OfferedRecord;
use super::values::{RecordFault, RowRecord};

/// The names that were loaded, by number.
#[derive(Debug, Default)]
pub(super) struct LoadedNames(pub(super) Vec<Name>);

impl LoadedNames {
    pub(super) fn get(&self, number: u32) -> Result<Name, RecordFault> {
        let name = self.0.get(number as usize);
        name.copied().ok_or(RecordFault("name"))
    }
}

/// What the records so far allow the next ones to name.
pub(super) struct Known<'a> {
    pub(super) names: &'a LoadedNames,
    pub(super) certificates: usize,
    pub(super) flows: usize,
    pub(super) files: u32,
}

/// The certificates of halves, by number.
#[derive(Debug, Default)]
pub(super) struct HalfCertificates {
    numbers: FxHashMap<Arc<Certificate>, u32>,
}

impl HalfCertificates {
    /// Gives it a number. Returns whether it had none.
    pub(super) fn add(&mut self, certificate: &Arc<Certificate>) -> bool {
        let number = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
        let is_new = !self.numbers.contains_key(certificate);
        if is_new {
            self.numbers.insert(Arc::clone(certificate), number);
        }
        is_new
    }

    /// A certificate that has a number, and the row that shows it.
    pub(super) fn offered(&self, offered: &Offered) -> Option<OfferedRecord> {
        let Offered {
            certificate,
            evidence,
        } = offered;
        Some(OfferedRecord {
            certificate: self.numbers.get(certificate).copied()?,
            row: RowRecord::of(evidence),
        })
    }
}
