//! How Exchange Online decides whose mail it is: a pure simulation with a trace.
//!
//! In: the certificate offered, the address seen, the sender, and the tenants' exports.
//! Out: what each inbound connector makes of it, and the outcome with its reasons.
//! Must not read files, logs or clocks.
//! Invariant: where a value is unknown the outcome is uncertain, never a guess.

pub mod accepted;
pub mod connector_name;
pub mod judgement;
pub mod name_match;
pub mod simulation;
