//! Replaces in a report what is personal or names the organisation: `--redact`.
//!
//! In: what [`crate::report`] has built, and the names in the input. Out: the same report with stand-ins,
//! and the list of pairs for its owner.
//! Must not change the diagnosis: codes, counts, times, order and relations stay.
//! Invariants: nothing passes that is not known to be harmless. A value always has the same stand-in, and
//! stand-ins are numbered in the order of the output, so the same input gives the same bytes.
//!
//! | file | what it does |
//! |---|---|
//! | `stand_ins` | the numbers that were given, and the list of pairs |
//! | `hosts`, `microsoft` | hosts, domains, mailboxes; which of Microsoft's hosts stay |
//! | `addresses`, `endpoints` | IP addresses and ranges, in networks that are reserved for documentation |
//! | `certificates`, `authorities` | distinguished names, and those of public authorities |
//! | `places`, `folders` | files, folders, streams, queues |
//! | `vocabulary`, `facts` | the names of the input that sentences may hold |
//! | `prose`, `tokens`, `words` | sentences and commands: names are replaced, known words stay |
//! | `replies`, `rows` | replies of servers, and log rows |
//! | `document`, `connector_rows`, `pictured`, `exported`, `records`, `answers` | the outputs, field by field |
//! | `digest`, `digest_halves` | digests, field by field |

mod addresses;
mod answers;
mod authorities;
mod certificates;
mod connector_rows;
mod digest;
mod digest_halves;
mod document;
mod endpoints;
mod exported;
mod facts;
mod folders;
mod hosts;
mod microsoft;
mod pictured;
mod places;
mod prose;
mod records;
mod redactor;
mod replies;
mod rows;
mod scripts;
mod stand_ins;
mod tokens;
mod vocabulary;
mod words;

pub use redactor::Redactor;
pub use stand_ins::{Kind, Pair};
