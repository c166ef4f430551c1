//! From paths to rows: finding files, reading their bytes, cutting them into lines and columns.
//!
//! In: paths as typed. Out: a [`corpus::Corpus`] of log files in stream order and
//! [`record::Row`]s that borrow from its bytes.
//! Must not know SMTP, certificates or tenants: a row is nine columns of text.
//! Invariant: every line of a file is counted in exactly one of header, record, blank, malformed.

pub mod archive;
pub mod bytes;
pub mod chunks;
pub mod columns;
pub mod corpus;
pub mod discover;
pub mod disguise;
pub mod error;
pub mod fast_path;
pub mod field;
mod grouping;
pub mod header;
pub mod in_order;
pub mod line_index;
pub mod lines;
pub mod log_list;
mod mapping;
mod members;
pub mod notes;
mod own_report;
pub mod packed;
pub mod parse;
pub mod pasted;
mod pasted_line;
pub mod pattern;
pub mod pipe;
pub mod place;
pub mod prefix;
pub mod record;
mod scan;
pub mod skip;
pub mod sniff;
pub mod stream;
pub mod timestamp;
pub mod tracking_file;
mod tracking_head;
mod walk;
mod whole_paths;
mod window;
mod wrapped;
