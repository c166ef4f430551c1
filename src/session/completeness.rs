//! How much of a session is in the input.
//!
//! In: nothing. Out: [`Completeness`].
//! Must not decide it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How much of a session is in the input.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Completeness {
    /// The beginning and the end are in the input.
    Whole,
    /// Only the end is in the input.
    NoStart,
    /// Only the beginning is in the input.
    NoEnd,
    /// Neither is in the input.
    Fragment,
}

impl Completeness {
    /// The word used in output.
    pub fn as_str(self) -> &'static str {
        match self {
            Completeness::Whole => "whole",
            Completeness::NoStart => "no_start",
            Completeness::NoEnd => "no_end",
            Completeness::Fragment => "fragment",
        }
    }
}
