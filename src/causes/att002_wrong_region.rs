//! ATT002: the mail went to the wrong region.

use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::rule::declare_rule;
use crate::smtp::reply::Class;

declare_rule! {
    /// The mail went to the wrong region of Microsoft 365.
    ///
    /// ## What it finds
    /// Replies with 4.4.62 and ATTR35. The recipient's tenant is in another region, and no
    /// connector attributed the mail there. The exports show no fault in your own configuration.
    ///
    /// ## Why it matters
    /// The smart host belongs to another tenant or region than the one that should accept the mail.
    ///
    /// ## What to do
    /// 1. Look up the MX record of your tenant's initial domain (such as
    ///    `contoso.onmicrosoft.com`).
    /// 2. Compare its host (`…mail.protection.outlook.com`) with the smart host of the send
    ///    connector.
    /// 3. If they differ, set the smart host to the host in the MX record.
    WrongRegion {
        code: "ATT002",
        name: "wrong-region",
        severity: Error,
        confidence: Medium,
        needs: [SendLogs, InboundConnectors],
        proof: Certificate,
        precedence: Alone,
    }
}

impl Cause for WrongRegion {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        crate::remedy::wording::rejected_at_recipient(
            context,
            Class::WrongRegion,
            &Self::META,
            "was rejected because it went to a region of Microsoft 365 that is not the region of the recipient's tenant",
            "1. Look up the MX record of your tenant's initial domain (such as contoso.onmicrosoft.com). 2. Compare its host with the smart host of the send connector. 3. If they differ, set the smart host to the host in the MX record.",
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
}
