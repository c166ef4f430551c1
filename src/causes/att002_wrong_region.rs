//! ATT002: the mail went to the wrong region.

use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::fix::Fix;
use crate::diagnosis::queue_context::QueueContext;
use crate::diagnosis::rule::{Confidence, declare_rule};
use crate::smtp::reply::Class;

declare_rule! {
    /// The mail went to the wrong region of Microsoft 365.
    ///
    /// ## What it finds
    /// Replies with `451 4.4.62 Mail sent to the wrong Office 365 region. ATTR35`. The recipient's
    /// tenant is in another region, and no connector attributed the mail there. The exports show no
    /// fault in your own configuration.
    ///
    /// ## Why it matters
    /// The smart host chooses the region, but never the tenant. Either it belongs to another region
    /// than the tenant that should accept the mail, or no connector matched and the recipient is in
    /// another region.
    ///
    /// ## What to do
    /// 1. In the Microsoft 365 admin center, open the DNS records of your domain and read its MX
    ///    host. It ends in `.mail.protection.outlook.com` or, for domains that were added since
    ///    July 2026, in `.mx.microsoft`. It cannot always be made from the domain name.
    /// 2. Compare this host with the smart host of the send connector.
    /// 3. If they differ, set the smart host to the MX host.
    ///
    /// ## Sources
    /// - "ATTR35 response code when you send mail to EOP/EXO" (Microsoft Learn): an MX record or a
    ///   smart host has a wrong target, such as an old host name or an IP address of Office 365.
    /// - MC1048624 (message center, 2025-04): domains that are added since 2026-07-01 get an MX
    ///   host under `mx.microsoft`, which cannot be made from the domain name.
    /// - "Office 365 Message Attribution" (Exchange Team, 2019-07-11; the team still called it
    ///   valid in 2026-05): Exchange Online first looks for a connector that shows the tenant of
    ///   the sender, and otherwise treats the mail as incoming for the tenant of the recipient.
    WrongRegion {
        code: "ATT002",
        name: "wrong-region",
        severity: Error,
        confidence: Medium,
        needs: [SendLogs, InboundConnectors],
        proof: Certificate,
        step: Recipient,
        precedence: Alone,
    }
}

impl Cause for WrongRegion {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        crate::remedy::wording::rejected_at_recipient(
            context,
            Class::WrongRegion,
            &Self::META,
            "Its mail was rejected because it went to a region of Microsoft 365 that is not the region of the recipient's tenant.",
            COMPARE_HOSTS,
        )
    }

    /// A queue does not show what was offered, so the exports are not asked.
    fn check_queue(&self, context: &QueueContext<'_>) -> Option<Diagnosis> {
        (context.class() == Some(Class::WrongRegion)).then(|| {
            let explanation = format!(
                "Mail of send connector '{}' went to a region of Microsoft 365 that is not the region of the recipient's tenant ('{}'). {} The send log of the time shows whether a connector should have matched: give it too.",
                context.send_connector(),
                context.quoted(),
                context.waiting()
            );
            Diagnosis::of(&Self::META, explanation)
                .confidence(Confidence::Low)
                .fix(Fix::step(COMPARE_HOSTS))
        })
    }
}

const COMPARE_HOSTS: &str = "1. Look up the MX record of your tenant's initial domain (such as contoso.onmicrosoft.com). 2. Compare its host with the smart host of the send connector. 3. If they differ, set the smart host to the host in the MX record.";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::{Session, causes, contoso, findings, tenant};
    use crate::scenario::queues::of_error;

    fn refused() -> [Session; 1] {
        [Session {
            mails: vec![(
                "a@contoso.com",
                "451 4.4.62 Mail sent to the wrong Office 365 region. ATTR35",
            )],
            ..Session::default()
        }]
    }

    #[test]
    fn fires_where_our_side_is_consistent() {
        assert_eq!(findings(&WrongRegion, &refused(), &[contoso()]).len(), 1);
        assert_eq!(causes(&refused(), &[contoso()]), ["ATT002"]);
    }

    #[test]
    fn stays_silent_on_another_refusal_and_behind_a_cause_of_ours() {
        assert!(findings(&WrongRegion, &[Session::default()], &[contoso()]).is_empty());
        let other = tenant(Some("other.example.org"), &[], &["contoso.com"]);
        assert_eq!(causes(&refused(), &[other]), ["CRT005"]);
    }

    #[test]
    fn a_queue_shows_the_reply() {
        let error = "451 4.4.62 Mail sent to the wrong Office 365 region. ATTR35";
        let found = of_error(&WrongRegion, error).expect("a diagnosis");
        assert_eq!(found.confidence, Confidence::Low);
        assert!(of_error(&WrongRegion, "451 4.4.4 Temporary server error ATTR3").is_none());
    }
}
