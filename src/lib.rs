//! sendlens finds out, from the send protocol logs that every Exchange server writes, why
//! Microsoft 365 rejects an organisation's mail, and which command fixes it.
//!
//! The way of the data:
//!
//! ```text
//! discover → bytes → records → sessions → facts → aggregate ─┐
//!                                                            ├→ attribution → diagnosis → causes, checks → engine → report → render
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
//! | [`attribution`] | how Exchange Online decides which tenant the mail belongs to |
//! | [`diagnosis`] | the analysis of one input, and the contexts in which entries look at it |
//! | [`remedy`] | fixes, PowerShell quoting, wording that entries share |
//! | [`causes`], [`checks`] | the catalogue, one file per entry |
//! | [`engine`] | which cause holds, what holds too; runs the checks |
//! | [`preflight`] | the plan of a certificate renewal |
//! | [`report`] | everything found, as plain data |
//! | [`render`] | that data as text, JSON, CSV, Markdown, HTML |
//! | [`commands`] | one file per command, and what they share |
//! | [`cli`], [`exit`], [`output`], [`progress`] | options as typed, exit codes, where output goes, the progress bar |
//!
//! Nothing uses anything to its right. A test reads the `use` lines and holds the modules to it.
//! Start reading in [`commands`], then follow the data from [`input::record`] over
//! [`smtp::conversation`] to [`engine`].

pub mod aggregate;
pub mod attribution;
pub mod causes;
pub mod checks;
pub mod cli;
pub mod commands;
pub mod diagnosis;
pub mod engine;
pub mod exit;
pub mod input;
pub mod onprem;
pub mod output;
pub mod preflight;
pub mod progress;
pub mod remedy;
pub mod render;
pub mod report;
#[cfg(test)]
pub(crate) mod scenario;
pub mod session;
pub mod smtp;
pub mod tenant;
