//! Everything that the program found, as plain serialisable data. It is built once.
//!
//! In: a [`crate::diagnosis::analysis::Analysis`] and what was read. Out: [`document::Document`] for
//! `diagnose` and `lint`, [`session_record::SessionRecord`]s for `sessions`,
//! [`certificate::CertificateRow`]s for `certificates`, and [`preflight::Preflight`] for `preflight`.
//! Must not render. Invariant: the rejections of all incidents and the other rejections add up to all
//! rejections.

pub mod build;
pub mod catalogue;
pub mod certificate;
pub mod certificate_use;
pub mod checks;
pub mod document;
mod effect;
pub mod evidence;
mod failing;
pub mod gaps;
pub mod grid;
pub mod incident;
mod incident_id;
mod incident_of_queues;
pub mod incident_parts;
pub mod lint;
pub mod lookup;
pub mod message;
pub mod message_record;
pub mod on_premises;
pub mod preflight;
pub mod preserialized;
pub mod queues;
pub mod record_cache;
pub mod schema;
pub mod session;
pub mod session_record;
pub mod tenants;
