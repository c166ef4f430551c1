//! What is known of one input, ready for the questions of causes and checks.
//!
//! In: the aggregate of the logs, tenants, the local Exchange. Out: an [`analysis::Analysis`], the
//! contexts in which causes and checks look at it, and the types in which they answer.
//! Must not decide a cause, build a command or word a fix.

pub mod analysis;
pub mod cause;
pub mod cause_context;
pub mod check;
pub mod check_context;
pub mod condition;
pub mod evidence;
pub mod finding;
pub mod fix;
pub mod inbound_connector;
pub mod microsoft;
pub mod offers;
pub mod rule;
pub mod send_connector;
pub mod subject;
pub mod transport_certificate;
pub mod undetermined;
pub mod wizard_setting;
