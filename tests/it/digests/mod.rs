//! Digests: a part of the logs or all of them, written down in the middle, gives the same report.
//!
//! `logs` makes folders and digests of their streams, `law` compares reports, `updates` lets logs grow,
//! `large_logs` leaves sessions open in the middle of large ones, `refusals` tries what no digest is,
//! `redaction` looks for names, `versions` reads what older programs wrote,
//! `without_messages` leaves out what became of messages.

mod large_logs;
mod law;
mod logs;
mod redaction;
mod refusals;
mod updates;
mod versions;
mod without_messages;
