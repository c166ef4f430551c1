//! How many values one export may have.
//!
//! In: each value as it is read. Out: an error above the limit.
//! Must not look at values. Invariant: a value takes some hundred bytes of memory, however few bytes of the
//! file it takes, so this bounds the memory of an export.

use std::cell::Cell;

use super::table::ExportError;

/// A hundred times the accepted domains and connectors of a large organisation.
pub(super) const MOST_VALUES: usize = 2_000_000;

/// Counts the values of one file.
#[derive(Debug)]
pub(super) struct ValueLimit {
    left: Cell<Option<usize>>,
}

impl Default for ValueLimit {
    fn default() -> Self {
        ValueLimit {
            left: Cell::new(Some(MOST_VALUES)),
        }
    }
}

impl ValueLimit {
    /// Counts so many values more.
    ///
    /// # Errors
    /// If they are more than an export has.
    pub(super) fn take(&self, values: usize) -> Result<(), ExportError> {
        let left = self.left.get().and_then(|left| left.checked_sub(values));
        self.left.set(left);
        match left {
            Some(_) => Ok(()),
            None => Err(Self::error()),
        }
    }

    /// What is said if there were too many.
    pub(super) fn error() -> ExportError {
        ExportError::TooManyValues { most: MOST_VALUES }
    }

    /// Whether there were too many.
    pub(super) fn is_exceeded(&self) -> bool {
        self.left.get().is_none()
    }
}
