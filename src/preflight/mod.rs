//! A certificate renewal, simulated before it happens.
//!
//! In: a [`question::Question`]. Out: a [`plan::Renewal`].
//!
//! | module | answers |
//! |---|---|
//! | [`standing`] | what would a tenant make of the certificate today? |
//! | [`senders`] | which send connectors does it concern, and what would change for them? |
//! | [`steps`] | what has to be done, in which order? |

mod aim;
mod domains;
pub mod plan;
pub mod question;
pub mod sender;
mod senders;
pub mod standing;
mod steps;
mod switch;
mod widening;
