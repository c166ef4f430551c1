//! Exports of Exchange Online, read into tenants.
//!
//! In: the bytes of an export file (JSON, CSV, CLIXML or Format-List text) and its name.
//! Out: inbound connectors and accepted domains, grouped into [`Tenant`]s.
//! Must not know logs or sessions, and never opens a file itself.
//! Invariant: a value that an export lost is [`Known::Lost`], never empty.
//!
//! The way of a file: [`export::read`] decodes it and gives rows of named values, whatever the
//! form, each with its line; [`kind`] says by their shape what the rows are; [`connector`] and
//! [`domain`] read them with the typed readers of [`field`]; [`load`] puts the files together into
//! tenants. What the local Exchange exported is read by the same way in [`crate::onprem`].

pub mod address;
mod clixml;
mod clixml_text;
pub mod connector;
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
pub mod model;
pub mod table;

#[cfg(test)]
pub(crate) use clixml_text::base64;
pub use model::{
    AcceptedDomain, AddressEntry, ConnectorType, DomainType, InboundConnector, Known, Tenant,
};
