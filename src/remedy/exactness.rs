//! The sentence that says which of several tenants gets the mail of one certificate.
//!
//! In: inbound connectors of several tenants that match the same certificate. Out: a sentence.
//! Must not decide it; [`crate::attribution::exactness`] does.

use crate::attribution::exactness::{Winner, winner};
use crate::diagnosis::check_context::Inbound;

/// Which tenant gets the mail.
pub fn sentence(connectors: &[Inbound<'_>]) -> String {
    match winner(connectors) {
        Winner::One((tenant, connector)) => format!(
            "Exchange Online takes the most exact one, so mail with such a certificate goes to {} ('{}'), whichever tenant the send connector sends to.",
            tenant.name, connector.name
        ),
        Winner::Equal => "They are equally exact. Which tenant gets the mail is then not documented.".to_owned(),
        Winner::Nobody => "No domain is an accepted domain of its own tenant, so the sender's domain decides which tenant gets the mail.".to_owned(),
        Winner::Unknown => "Exchange Online takes the most exact one whose domain its tenant accepts. Which one that is depends on a domain of which the exports do not show whether it is accepted.".to_owned(),
    }
}
