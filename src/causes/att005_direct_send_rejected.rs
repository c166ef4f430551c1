//! ATT005: direct send rejected.

use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::rule::declare_rule;
use crate::smtp::reply::Class;

declare_rule! {
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
        crate::remedy::wording::refused_at_recipient(
            context,
            Class::DirectSend,
            &Self::META,
            "was refused because the recipient's tenant rejects direct send",
            "Make sure that this source sends over a connector that matches; Set-OrganizationConfig -RejectDirectSend $false switches the check off for a while.",
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
