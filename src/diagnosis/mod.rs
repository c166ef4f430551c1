//! What is known about the input, in a form that causes and checks can query.
//!
//! In: the aggregate of the logs, the tenants, and the local Exchange. Out: an
//! [`analysis::Analysis`], the contexts in which causes and checks look at it, and the types of
//! their results.
//! Must not decide a cause, build a command or word a fix.

pub mod analysis;
pub mod cause;
pub mod cause_context;
pub mod certificate_fault;
pub mod check;
pub mod check_context;
mod compared;
pub mod condition;
pub mod delivering;
pub mod destination;
pub mod edge;
pub mod endpoint;
pub mod evidence;
pub mod finding;
pub mod fix;
pub mod gaps;
pub mod inbound_connector;
pub mod judged;
mod lanes;
mod lookup;
pub mod microsoft;
pub mod named_certificate;
pub mod offers;
pub mod out_of_step;
pub mod outage;
pub mod proposal;
pub mod queue_context;
pub mod queue_status;
pub mod rule;
pub mod runs;
pub mod send_connector;
pub mod status;
pub mod still_needed;
pub mod subject;
pub mod transport_certificate;
pub mod undetermined;
pub mod unexplained;
mod wizard_lookup;
pub mod wizard_setting;
