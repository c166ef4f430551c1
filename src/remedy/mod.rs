//! Builds fixes and the sentences that several entries share.
//!
//! In: the context of a cause or check. Out: [`crate::diagnosis::fix::Fix`]es with quoted values,
//! and sentences.
//! Must not decide whether something is wrong.

pub mod at_recipient;
pub mod bring;
pub mod candidate;
pub mod certificates;
pub mod command;
pub mod domain;
pub mod edge;
pub mod exactness;
pub mod expect;
pub mod expected_name;
pub mod host_name;
pub mod named_certificate;
pub mod offer;
pub mod offered;
pub mod on_premises;
pub mod renewal;
pub mod same_name;
pub mod servers;
pub mod service;
pub mod settings;
pub mod wizard;
pub mod wording;
