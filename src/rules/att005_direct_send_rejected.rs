//! ATT005: direct send rejected.

use crate::smtp::reply::Class;

use super::case::Case;
use super::entry::entry;
use super::{Entry, Finding, Rule};

entry! {
    /// The recipient's tenant takes no direct send, and the mail was not attributed to the sender.
    ///
    /// ## What it finds
    /// Replies with 5.7.68: the mail was judged as sent directly to the recipient's tenant, which
    /// rejects direct send. Our own side looks consistent in the exports.
    ///
    /// ## Why it matters
    /// Mail in the name of an accepted domain that comes in without a matching connector is refused.
    ///
    /// ## What to do
    /// Send over the send connector that offers the certificate, or give the source a connector.
    /// `RejectDirectSend` of the organisation can be switched off for a while.
    DirectSendRejected, "ATT005", "direct-send-rejected", Error, Medium
}

impl Rule for DirectSendRejected {
    fn entry(&self) -> &'static Entry {
        &Self::ENTRY
    }

    fn only_alone(&self) -> bool {
        true
    }

    fn check(&self, case: &Case<'_>) -> Option<Finding> {
        super::words::refused_at_recipient(
            case,
            Class::DirectSend,
            &Self::ENTRY,
            "was refused because the recipient's tenant rejects direct send",
            "Make sure that this source sends over a connector that matches; Set-OrganizationConfig -RejectDirectSend $false switches the check off for a while.",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::scenario::{Session, causes, contoso, findings, tenant};

    fn refused() -> [Session; 1] {
        [Session {
            mails: vec![(
                "a@contoso.com",
                "550 5.7.68 TenantInboundAttribution; Direct Send not allowed",
            )],
            ..Session::default()
        }]
    }

    #[test]
    fn fires_where_our_side_is_consistent() {
        assert_eq!(
            findings(&DirectSendRejected, &refused(), &[contoso()]).len(),
            1
        );
        assert_eq!(causes(&refused(), &[contoso()]), ["ATT005"]);
    }

    #[test]
    fn stays_silent_on_another_refusal_and_behind_a_cause_of_ours() {
        assert!(findings(&DirectSendRejected, &[Session::default()], &[contoso()]).is_empty());
        let other = tenant(Some("other.example.org"), &[], &["contoso.com"]);
        assert_eq!(causes(&refused(), &[other]), ["CRT005"]);
    }
}
