//! sendlens finds out, from the send protocol logs that every Exchange server writes, why
//! Microsoft 365 rejects an organisation's mail, and which command fixes it.
//!
//! The data flows like this:
//!
//! ```text
//! discover → bytes → records → sessions → facts → aggregate ─┐
//!                                                            ├→ attribution → diagnosis → causes, checks → engine → report → redact → render
//! exports  → tenants, on-premises configuration ─────────────┘
//! ```
//!
//! | module | what it does |
//! |---|---|
//! | [`language`] | the languages of the texts that people read |
//! | [`input`] | finds files, reads bytes, splits them into lines and columns |
//! | [`session`] | groups rows into sessions, on all cores |
//! | [`smtp`] | reads the content of a session: commands, replies, TLS, certificates |
//! | [`mail`] | follows messages over sessions and servers, and decides what became of them |
//! | [`tracking`] | reads message tracking logs: each step of a message, for each recipient |
//! | [`aggregate`] | keeps what is needed of all sessions, and joins the halves of hub and front end |
//! | [`digest_file`] | writes what was counted of each stream into a small file, and reads it back |
//! | [`tenant`] | reads exports of Exchange Online, in four forms |
//! | [`onprem`] | reads exports of the local Exchange, certificate files, and the hybrid wizard's log |
//! | [`queue`] | reads exports and logs of the queues of the local Exchange |
//! | [`attribution`] | models how Exchange Online decides which tenant the mail belongs to |
//! | [`diagnosis`] | holds the analysis of one input, and what each cause and check sees of it |
//! | [`remedy`] | builds fixes, quotes values for PowerShell, and holds wording that entries share |
//! | [`causes`], [`checks`] | the catalogue, with one file for each entry |
//! | [`engine`] | finds the cause and the other causes that are true too, and runs the checks |
//! | [`preflight`] | plans a certificate renewal |
//! | [`report`] | holds everything that was found, as plain data |
//! | [`redact`] | replaces names and addresses in that data |
//! | [`render`] | writes that data as text, JSON, CSV, Markdown, HTML and Parquet |
//! | [`commands`] | one file for each command, and what they share |
//! | [`cli`], [`help`], [`exit`], [`output`], [`part_file`], [`console`], [`progress`], [`signals`] | the options and their help, the exit codes, the output and its files, colours, the progress bar, what ends the program from outside |
//!
//! In this picture, no module uses a module to its right. A test reads the `use` lines and checks
//! this.
//! Start to read in [`commands`]. Then follow the data from [`input::record`] through
//! [`smtp::digest`] to [`engine`].

pub mod aggregate;
pub mod attribution;
pub mod causes;
pub mod checks;
pub mod cli;
pub mod commands;
pub mod console;
pub mod diagnosis;
pub mod digest_file;
pub mod engine;
pub mod exit;
pub mod help;
pub mod input;
pub mod language;
pub mod mail;
pub mod onprem;
mod option_values;
pub mod output;
pub mod part_file;
pub mod preflight;
pub mod progress;
pub mod queue;
pub mod redact;
pub mod remedy;
pub mod render;
pub mod report;
#[cfg(test)]
pub(crate) mod scenario;
pub mod session;
pub mod signals;
pub mod smtp;
pub mod tenant;
pub mod tracking;
