//! Simulates how Exchange Online assigns mail to a tenant, and records each step in a trace.
//!
//! In: the certificate offered, the address that Exchange Online saw, the sender, and the tenants'
//! exports. Out: whether each inbound connector matches, and the outcome with its reasons.
//! Must not read files, logs or clocks.
//! Invariant: if a value is unknown, the outcome is uncertain. It is never a guess.

pub mod accepted;
pub mod connector_name;
pub mod exactness;
pub mod judgement;
pub mod name_match;
pub mod simulation;
