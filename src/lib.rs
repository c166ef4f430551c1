//! sendlens finds out, from the send protocol logs that every Exchange server writes, why
//! Microsoft 365 refuses an organisation's mail, and which command mends it.
//!
//! The way of the data:
//!
//! ```text
//! discover → bytes → records → sessions → facts → aggregate ─┐
//!                                                            ├→ attribution → rules → report → render
//! exports  → tenants, on-premises configuration ─────────────┘
//! ```
//!
//! | module | holds |
//! |---|---|
//! | [`input`] | finding files, reading bytes, cutting lines and columns |
//! | [`session`] | rows put together to sessions, on all cores |
//! | [`smtp`] | what is said in a session: commands, replies, TLS, certificates |
//! | [`aggregate`] | what is kept of all sessions; hub and front-end halves joined |
//! | [`tenant`] | exports of Exchange Online, in four forms |
//! | [`onprem`] | exports of the local Exchange, certificate files, the hybrid wizard's log |
//! | [`attribution`] | how Exchange Online decides whose mail it is |
//! | [`rules`] | the catalogue, one file per cause or check |
//! | [`report`] | the findings as plain data |
//! | [`render`] | that data as text, JSON, CSV, Markdown, HTML |
//! | [`cli`], [`config`], [`exports`], [`run`], [`lint`], [`preflight`], [`listing`], [`collect`], [`output`], [`progress`], [`exit`] | the command |
//!
//! Nothing uses anything to its right; a test reads the `use` lines and holds them to it. Start
//! reading in [`run`], which calls the stages in this order, then follow the data from
//! [`input::record`] over [`smtp::conversation`] to [`rules::case`].

pub mod aggregate;
pub mod attribution;
pub mod cli;
pub mod collect;
pub mod config;
mod counting;
pub mod exit;
pub mod exports;
pub mod input;
pub mod lint;
pub mod listing;
pub mod onprem;
pub mod output;
pub mod preflight;
pub mod progress;
pub mod render;
pub mod report;
pub mod rules;
pub mod run;
pub mod session;
pub mod smtp;
mod survey;
pub mod tenant;
