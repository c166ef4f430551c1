//! DOM003: only bounces fail.

use crate::attribution::accepted;
use crate::attribution::simulation::Sender;
use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::{CauseContext, Deciding};
use crate::diagnosis::fix::Fix;
use crate::diagnosis::rule::declare_rule;
use crate::remedy::{command, wording};

declare_rule! {
    /// Only mail from the null sender `<>` is refused: bounces, out-of-office replies, receipts.
    ///
    /// ## What it finds
    /// All refusals of a send connector and certificate are of mail from `<>`, while mail of
    /// accepted domains passes with the same certificate or address.
    ///
    /// ## Why it matters
    /// The sender's domain carries the attribution, not the certificate: `<>` has no domain. Nobody
    /// notices until receipts and bounces are missed.
    ///
    /// ## What to do
    /// Make the certificate carry the attribution: a connector with its name, whose domain is
    /// accepted.
    NullSenderUnattributed {
        code: "DOM003",
        name: "null-sender-unattributed",
        severity: Error,
        confidence: High,
        needs: [SendLogs, InboundConnectors, AcceptedDomains],
        proof: Certificate,
    }
}

impl Cause for NullSenderUnattributed {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        let group = context.group()?;
        let only_null = context.sender() == Sender::Null && group.sender_rejections == 0;
        if !only_null || !context.is_unattributed() {
            return None;
        }
        let aggregate = context.analysis.aggregate;
        let passes = |tenant| {
            group.lanes.iter().any(|lane| {
                aggregate.lanes[*lane]
                    .accepted_senders
                    .keys()
                    .any(|domain| {
                        let domain = aggregate.names.text(*domain);
                        !domain.is_empty()
                            && accepted::accepts_sender(tenant, Some(domain)) == Some(true)
                    })
            })
        };
        let tenant = context
            .analysis
            .tenants
            .iter()
            .find(|tenant| passes(tenant))?;
        let explanation = format!(
            "With {}, '{}' passes mail of accepted domains of {}, and only mail from <> is refused: the sender's domain carries the attribution, not the certificate.",
            wording::offered(context),
            context.send_connector(),
            tenant.name,
        );
        let view = context
            .judgement
            .matching()
            .find(|view| view.tenant.name == tenant.name);
        let deciding = view.and_then(CauseContext::deciding).or_else(|| {
            Some(Deciding {
                tenant: tenant.name.clone(),
                connector: None,
                changed: None,
            })
        });
        let finding = Diagnosis::of(&Self::META, explanation).deciding(deciding);
        let name = context.certificate().and_then(wording::best_name);
        Some(match (view, name) {
            (Some(view), Some(name)) => finding.fix(command::expect_name(
                &view.connector.name,
                &name,
                &format!(
                    "Then any sender may relay, also <>. {}",
                    wording::domain_note(view.tenant, &name)
                ),
            )),
            _ => finding.fix(Fix::step(
                "Let the send connector offer a certificate whose domain is accepted, and set the inbound connector to its name.",
            )),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::{DENIED, Session, TAKEN, causes, findings, tenant};

    #[test]
    fn fires_where_only_the_null_sender_fails() {
        let by_address = tenant(None, &["203.0.113.7"], &["contoso.com"]);
        let mixed = [Session {
            mails: vec![("a@contoso.com", TAKEN), ("", DENIED)],
            ..Session::default()
        }];
        assert_eq!(causes(&mixed, &[by_address]), ["DOM003"]);
    }

    #[test]
    fn stays_silent_where_others_fail_too_or_nobody_passes() {
        let by_address = tenant(None, &["203.0.113.7"], &["contoso.com"]);
        let both = [Session {
            mails: vec![
                ("a@contoso.com", TAKEN),
                ("", DENIED),
                ("b@example.net", DENIED),
            ],
            ..Session::default()
        }];
        assert!(
            findings(
                &NullSenderUnattributed,
                &both,
                std::slice::from_ref(&by_address)
            )
            .is_empty()
        );
        let alone = [Session {
            mails: vec![("", DENIED)],
            ..Session::default()
        }];
        assert!(findings(&NullSenderUnattributed, &alone, &[by_address]).is_empty());
    }
}
