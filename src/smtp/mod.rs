//! What is said in a session: commands and replies, TLS, certificates, messages.
//!
//! In: the rows of one session in order. Out: [`facts::SessionFacts`], small and owned, each value
//! with its place, or a [`view::SessionView`], borrowed, for a record that is written at once.
//! Must not know tenants, connectors of Exchange Online or rules.
//! Invariant: what the rows do not show stays `None`; nothing is inferred from silence here.

pub mod certificate;
pub mod command;
pub mod conversation;
pub mod dialogue;
pub mod evidence;
pub mod facts;
pub mod greeting;
pub mod host;
pub mod information;
pub mod memory;
mod message;
pub mod name;
pub mod refusals;
pub mod reply;
pub mod split;
mod texts;
mod unfinished;
pub mod view;
