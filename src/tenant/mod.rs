//! Exports of Exchange Online, read into tenants.
//!
//! In: the bytes of an export file (JSON, CSV, CLIXML or Format-List text) and its name.
//! Out: inbound connectors and accepted domains, grouped into [`Tenant`]s.
//! Must not know logs or sessions, and must not open files.
//! Invariant: a value that an export lost is [`Known::Lost`], never empty.
//!
//! A file passes these steps:
//!
//! 1. [`export::read`] decodes it into a [`table::Table`] of rows with named values, in any form.
//! 2. [`kind`] recognises the rows by their shape.
//! 3. [`connector`] and [`domain`] read them with the typed readers of [`field`].
//! 4. [`load`] takes what one file says, and [`group`] combines the files into tenants.
//!
//! [`crate::onprem`] reads the exports of the local Exchange in the same way.

pub mod address;
mod clixml;
mod clixml_text;
pub mod connector;
mod console;
mod dates;
mod decode;
mod delimited;
pub mod domain;
pub mod export;
pub mod field;
mod format_list;
pub mod group;
mod json;
pub mod kind;
mod line;
pub mod load;
mod marks;
pub mod model;
pub mod table;
mod value_limit;
mod wrapped;

#[cfg(test)]
pub(crate) use clixml_text::base64;
pub use model::{
    AcceptedDomain, AcceptedDomains, AddressEntry, ConnectorType, DomainNames, DomainType,
    InboundConnector, Known, Tenant,
};
