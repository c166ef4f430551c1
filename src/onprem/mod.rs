//! Reads the organisation's local configuration: exports of the local Exchange, certificate files,
//! and logs of the hybrid wizard.
//!
//! In: rows of exports as [`crate::tenant::export`] reads them, bytes of certificate files, and
//! bytes of wizard logs. Out: [`OnPremises`] with send connectors, Exchange certificates and the
//! settings that the wizard made.
//! Must not know sessions or inbound connectors, and must not open files.
//! Invariant: a value that an export lost is [`Known::Lost`](crate::tenant::Known), never empty.

mod by_common_name;
pub mod certificate_file;
pub mod certificate_usage;
mod certificates;
pub mod der;
pub mod exchange_certificate;
pub mod load;
pub mod model;
pub mod send_connector;
pub mod wizard;

pub use model::{ExchangeCertificate, OnPremises, SendConnector};
