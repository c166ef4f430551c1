//! How things are fixed, and the words that several entries share.
//!
//! In: the context of a cause or check. Out: [`crate::diagnosis::fix::Fix`]es with quoted values,
//! sentences.
//! Must not decide whether something is wrong.

pub mod command;
pub mod expect;
pub mod on_premises;
pub mod settings;
pub mod wording;
