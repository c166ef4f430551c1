//! Simulates a certificate renewal before it happens.
//!
//! In: a [`question::Question`]. Out: a [`plan::Renewal`].
//!
//! | module | answers |
//! |---|---|
//! | `standing` | How does a tenant treat the certificate today? |
//! | `senders` | Which send connectors does it affect, and what changes for them? |
//! | `steps` | What must be done, and in which order? |

mod aim;
mod domains;
mod faults;
pub mod plan;
pub mod question;
pub mod sender;
mod senders;
pub mod standing;
mod steps;
mod switch;
mod widening;
