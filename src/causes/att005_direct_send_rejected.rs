//! ATT005: the recipient's tenant rejects direct send.

use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::rule::declare_rule;
use crate::smtp::reply::Class;

declare_rule! {
    /// The recipient's tenant rejects direct send, and no connector attributed the mail to the
    /// sender.
    ///
    /// ## What it finds
    /// Replies with 5.7.68. Exchange Online judged that the mail was sent directly to the
    /// recipient's tenant, which rejects direct send. The exports show no fault in your own
    /// configuration.
    ///
    /// ## Why it matters
    /// Mail in the name of an accepted domain is rejected if it arrives without a matching
    /// connector.
    ///
    /// ## What to do
    /// Send the mail through the send connector that offers the certificate, or create an inbound
    /// connector for its source. Until then, an administrator of the recipient's tenant can turn
    /// off `RejectDirectSend` of that organisation.
    DirectSendRejected {
        code: "ATT005",
        name: "direct-send-rejected",
        severity: Error,
        confidence: Medium,
        needs: [SendLogs, InboundConnectors],
        proof: Certificate,
        precedence: Alone,
    }
}

impl Cause for DirectSendRejected {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        crate::remedy::wording::rejected_at_recipient(
            context,
            Class::DirectSend,
            &Self::META,
            "was rejected because the recipient's tenant rejects direct send",
            "1. Send this mail through a send connector whose certificate matches an inbound connector, or create an inbound connector for its source. 2. Until then, an administrator of the recipient's tenant can turn the check off in Exchange Online PowerShell (Set-OrganizationConfig -RejectDirectSend $false).",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::{Session, causes, contoso, findings, tenant};

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
