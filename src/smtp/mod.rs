//! What is said in a session: commands and replies, TLS, certificates, messages.
//!
//! In: the rows of one session in order. Out: a [`digest::SmtpDigest`] of them, and a
//! [`view::SessionView`] that borrows from it, each value with its place.
//! Must not know tenants, connectors of Exchange Online or rules.
//! Invariant: what the rows do not show stays `None`; nothing is inferred from silence here.

pub mod certificate;
pub mod certificate_rows;
pub mod command;
pub mod dialogue;
pub mod digest;
pub mod evidence;
pub mod facts;
pub mod greeting;
pub mod host;
pub mod information;
pub mod memory;
mod message;
pub mod message_key;
pub mod microsoft;
pub mod name;
mod parameters;
pub mod peer;
mod pending;
pub mod rejections;
pub mod reply;
pub mod seen;
pub mod split;
mod taken;
mod texts;
pub mod transaction;
pub mod transactions;
mod unfinished;
pub mod view;
pub mod watch;
pub mod wrapped_reply;
