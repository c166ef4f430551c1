//! ATT004: restricting partner connector.

use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::rule::declare_rule;
use crate::smtp::reply::Class;

declare_rule! {
    /// A restricting partner connector of the recipient's tenant refused the mail.
    ///
    /// ## What it finds
    /// Replies with 5.7.51: the mail was judged by its recipient, and there a connector of type
    /// Partner that restricts senders to a certificate or to addresses matched. Our own side looks
    /// consistent in the exports.
    ///
    /// ## Why it matters
    /// Mail from these senders to that tenant is refused until the connector fits.
    ///
    /// ## What to do
    /// In the recipient's tenant, look for the Partner connector whose sender domains include the
    /// sender: its certificate name or address list must fit what is offered, or its scope must be
    /// narrowed.
    RestrictingPartnerConnector {
        code: "ATT004",
        name: "restricting-partner-connector",
        severity: Error,
        confidence: Medium,
        needs: [SendLogs, InboundConnectors],
        proof: Certificate,
        precedence: Alone,
    }
}

impl Cause for RestrictingPartnerConnector {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        crate::remedy::wording::refused_at_recipient(
            context,
            Class::RestrictingPartner,
            &Self::META,
            "was refused by a Partner connector of the recipient's tenant that restricts its senders",
            "In the recipient's tenant: fit the certificate name or addresses of the Partner connector that covers this sender, or narrow its sender domains.",
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
                "550 5.7.51 TenantInboundAttribution; Rejecting",
            )],
            ..Session::default()
        }]
    }

    #[test]
    fn fires_where_our_side_is_consistent() {
        assert_eq!(
            findings(&RestrictingPartnerConnector, &refused(), &[contoso()]).len(),
            1
        );
        assert_eq!(causes(&refused(), &[contoso()]), ["ATT004"]);
    }

    #[test]
    fn stays_silent_on_another_refusal_and_behind_a_cause_of_ours() {
        assert!(
            findings(
                &RestrictingPartnerConnector,
                &[Session::default()],
                &[contoso()]
            )
            .is_empty()
        );
        let other = tenant(Some("other.example.org"), &[], &["contoso.com"]);
        assert_eq!(causes(&refused(), &[other]), ["CRT005"]);
    }
}
