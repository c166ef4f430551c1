//! CON003: there is no connector that could match.

use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::{CauseContext, Deciding};
use crate::diagnosis::delivering;
use crate::diagnosis::fix::{Fix, Where};
use crate::diagnosis::rule::declare_rule;
use crate::remedy::command::quote;
use crate::remedy::{candidate, command, offer, on_premises, wording};
use crate::smtp::certificate::Certificate;
use crate::tenant::ConnectorType;

declare_rule! {
    /// None of the given tenants has an enabled OnPremises connector that identifies a sender.
    ///
    /// ## What it finds
    /// No enabled OnPremises connector has a certificate name or an address, and no disabled or
    /// Partner connector matches what was offered.
    ///
    /// ## Why it matters
    /// Without such a connector, all mail that leaves Microsoft 365 again is rejected.
    ///
    /// ## What to do
    /// 1. Check that the exports are of the right tenant.
    /// 2. If no certificate was offered, or one that Exchange Online does not accept, let the servers
    ///    offer one of a public authority first.
    /// 3. Create an inbound connector of type OnPremises with the name of that certificate.
    ///
    /// ## Sources
    /// - KB 4051495 ("550 5.7.64 TenantAttribution" when sending mail externally, Microsoft Learn):
    ///   to relay, a connector must exist that is configured correctly and matches the sending
    ///   server.
    /// - "Updated Requirements for SMTP Relay through Exchange Online" (Exchange Team, 2023-06-19,
    ///   in force since 2023-11-01): relay needs an accepted domain in the certificate or in MAIL
    ///   FROM, and also an OnPremises connector that matches the certificate or the address.
    NoOnpremisesConnector {
        code: "CON003",
        name: "no-onpremises-connector",
        severity: Error,
        confidence: High,
        needs: [SendLogs, InboundConnectors],
        proof: Certificate,
        step: InboundConnector,
    }
}

impl Cause for NoOnpremisesConnector {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        let judgement = context.judgement;
        let identifies = judgement
            .active()
            .any(|view| view.has_name() || view.has_addresses());
        let others = judgement.views.iter().any(|view| {
            (view.is_disabled() || view.is_type(ConnectorType::Partner)) && view.matches()
        });
        let lost = judgement
            .views
            .iter()
            .any(|view| view.may_match() || (view.may_be_active() && view.state_is_lost()));
        if !context.concerns_our_side()
            || !context.analysis.has_exports()
            || identifies
            || others
            || lost
        {
            return None;
        }
        let tenants: Vec<&str> = context
            .analysis
            .tenants
            .iter()
            .map(|tenant| tenant.name.as_str())
            .collect();
        let explanation = format!(
            "Send connector '{}' offered {}, but no enabled OnPremises inbound connector of {} has a certificate name or an address.",
            context.send_connector(),
            wording::offered(context),
            tenants.join(", ")
        );
        let only = match tenants.as_slice() {
            [tenant] => Some(Deciding {
                tenant: (*tenant).to_owned(),
                connector: None,
                changed: None,
            }),
            _ => None,
        };
        let mut finding = Diagnosis::of(&Self::META, explanation + &on_premises::unfit(context));
        finding = finding.deciding(only);
        finding.fix = fix(context);
        Some(finding)
    }
}

/// Lets the servers offer a certificate that Exchange Online accepts, if they do not, and a connector
/// expect it.
fn fix(context: &CauseContext<'_>) -> Vec<Fix> {
    let (mut steps, name) = match context.certificate() {
        Some(offered) if !is_unfit(context, offered) => {
            (Vec::new(), candidate::name_to_expect(context, offered))
        }
        None if !context.offered_none() => (Vec::new(), None),
        offered => another(context, offered.is_some()),
    };
    let command = format!(
        "New-InboundConnector -Name 'Inbound from on-premises' -ConnectorType OnPremises -SenderDomains '*' -RequireTls $true -CloudServicesMailEnabled $true -TlsSenderCertificateName {}",
        name.as_deref()
            .map_or("'<name of the certificate>'".to_owned(), quote)
    );
    let last = if steps.is_empty() || name.is_some() {
        "3. Run the command."
    } else {
        "3. Replace the placeholder in the command with the name of the certificate that your servers offer then. 4. Run the command."
    };
    steps.push(Fix::command(
        Where::Online,
        command,
        &format!(
            "1. Check that the exports are of the tenant that should accept the mail. 2. Make sure that the domain of the certificate name is an accepted domain of that tenant. {last}"
        ),
    ));
    steps
}

/// Whether Exchange Online does not accept this certificate, whatever a connector expects.
fn is_unfit(context: &CauseContext<'_>, offered: &Certificate) -> bool {
    !on_premises::unfit(context).is_empty() || delivering::is_of_no_use(context.analysis, offered)
}

/// The steps that let the servers offer another certificate, and its name, if the exports hold it.
fn another(context: &CauseContext<'_>, is_offered: bool) -> (Vec<Fix>, Option<String>) {
    let lack = if is_offered {
        "Exchange Online does not accept the certificate that was offered."
    } else {
        "No certificate was offered, so a connector that expects one is not enough."
    };
    if let Some(known) = candidate::presentable(context) {
        let why = format!("{lack} Your exports hold one that it can accept.");
        let steps = offer::exported(context, known, &why);
        return (
            steps,
            candidate::name_to_expect(context, &known.certificate),
        );
    }
    let note = format!(
        "{lack} 1. Find a certificate of a public authority with a name in an accepted domain of the tenant, or get one. 2. Make sure that it is on every source server, with its private key, and is enabled for SMTP there. 3. Replace the placeholder in the command with its thumbprint. 4. Run the command."
    );
    let step = command::offer_another(context.send_connector(), "the public certificate", &note);
    (vec![step], None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onprem::OnPremises;
    use crate::scenario::exports::{exchange_certificate, on_premises, send_connector};
    use crate::scenario::logs::{Session, causes, contoso, findings, tenant, with_analysis};
    use crate::tenant::Known;

    /// The commands for a session to a tenant without connectors.
    fn commands(session: Session, own: &OnPremises) -> Vec<String> {
        let mut empty = contoso();
        empty.connectors.clear();
        with_analysis(&[session], &[empty], own, |analysis| {
            let context = CauseContext::new(analysis, &analysis.aggregate.occurrences[0]);
            let finding = NoOnpremisesConnector.check(&context).unwrap();
            let commands = finding.fix.into_iter().filter_map(|step| step.command);
            commands.collect()
        })
    }

    /// A session without a certificate, and one with a certificate of the server's own.
    fn unfit() -> [Session; 2] {
        let bare = Session {
            names: &[],
            ..Session::default()
        };
        let own = Session {
            names: &["EX01.contoso.com"],
            issuer: "CN=EX01.contoso.com",
            ..Session::default()
        };
        [bare, own]
    }

    #[test]
    fn a_connector_is_made_for_a_certificate_that_can_be_accepted() {
        let named = on_premises(vec![send_connector()], vec![exchange_certificate('A')]);
        let mut unnamed = named.clone();
        unnamed.send_connectors[0].tls_certificate_name = Known::Value(None);
        for session in unfit() {
            for (own, first) in [(&named, "Restart-Service"), (&unnamed, "Set-SendConnector")] {
                let commands = commands(session.clone(), own);
                assert!(commands[0].contains(first), "{commands:?}");
                let last = commands.last().unwrap();
                let name = "-TlsSenderCertificateName 'mail.contoso.com'";
                assert!(last.ends_with(name), "{commands:?}");
            }
        }
    }

    #[test]
    fn without_such_a_certificate_it_is_to_be_found_first() {
        let mut foreign = exchange_certificate('A');
        foreign.certificate.subject = Some("CN=mail.example.net".to_owned());
        foreign.certificate.names = vec!["mail.example.net".to_owned()];
        let mut connector = send_connector();
        connector.tls_certificate_name = Known::Value(None);
        for own in [
            OnPremises::default(),
            on_premises(vec![connector], vec![foreign]),
        ] {
            for session in unfit() {
                let commands = commands(session, &own);
                assert_eq!(commands.len(), 2, "{commands:?}");
                assert!(commands[0].contains("'<thumbprint of the public certificate>'"));
                let last = "-TlsSenderCertificateName '<name of the certificate>'";
                assert!(commands[1].ends_with(last), "{commands:?}");
            }
        }
    }

    #[test]
    fn fires_where_no_connector_identifies_anybody() {
        let mut empty = contoso();
        empty.connectors.clear();
        assert_eq!(causes(&[Session::default()], &[empty]), ["CON003"]);
        assert_eq!(
            causes(
                &[Session::default()],
                &[tenant(None, &[], &["contoso.com"])]
            ),
            ["CON003"]
        );
    }

    #[test]
    fn stays_silent_where_one_does_or_a_disabled_one_matches() {
        assert!(findings(&NoOnpremisesConnector, &[Session::default()], &[contoso()]).is_empty());
        assert!(findings(&NoOnpremisesConnector, &[Session::default()], &[]).is_empty());
        let mut disabled = contoso();
        disabled.connectors[0].enabled = Known::Value(false);
        assert!(findings(&NoOnpremisesConnector, &[Session::default()], &[disabled]).is_empty());
    }
}
