//! CON107: a Partner connector for some of the own domains only.

use crate::tenant::ConnectorType;

use super::check::{Check, Findings};
use super::condition::{self, Condition, all_hold};
use super::entry::entry;
use super::fix::{Fix, Where};
use super::setup::Setup;
use super::{Confidence, Entry, subject};

entry! {
    /// A Partner inbound connector is limited to some of the own accepted domains, outside a test.
    ///
    /// ## What it finds
    /// Enabled Partner connectors with `AssociatedAcceptedDomains`, unless `TestMode` is true; most exports
    /// have no such column, so it is not sure.
    ///
    /// ## Why it matters
    /// The limit is meant for trying a connector on a few domains. Left in place, the connector
    /// works for these domains alone: mail to the others passes by its restrictions, and one
    /// message to recipients of both kinds is treated in two ways.
    ///
    /// ## What to do
    /// Take the domains out once the test is over.
    PartnerWithAcceptedDomains, "CON107", "partner-with-accepted-domains", Warning, High
}

impl Check for PartnerWithAcceptedDomains {
    fn entry(&self) -> &'static Entry {
        &Self::ENTRY
    }

    fn check(&self, setup: &Setup<'_>, findings: &mut Findings) {
        for (tenant, connector) in setup.inbound() {
            let domains = &connector.associated_accepted_domains;
            let conditions = [
                condition::of_type(connector, ConnectorType::Partner),
                condition::enabled(connector),
                Condition::of("AssociatedAcceptedDomains", domains, |list| {
                    !list.is_empty()
                }),
                Condition::of("TestMode", &connector.test_mode, |test| !test),
            ];
            let about = || subject::inbound(tenant, connector);
            if !all_hold(&conditions, &Self::ENTRY, about, findings) {
                continue;
            }
            let list = || domains.value().into_iter().flatten().map(String::as_str);
            let message = format!(
                "Partner connector '{}' is limited to {}, and nothing shows that this is a test: to the other accepted domains of {} it does not apply.",
                connector.name,
                subject::listed(list()),
                tenant.name,
            );
            let joined: Vec<&str> = list().collect();
            let proof = subject::proof(connector, "AssociatedAcceptedDomains", &joined.join(", "));
            findings.add(
                subject::of_inbound(&Self::ENTRY, tenant, connector, message)
                    .proof(proof)
                    .confidence(Confidence::Medium)
                    .fix(Fix::command(
                        Where::Online,
                        subject::set_inbound(connector, "-AssociatedAcceptedDomains $null"),
                        "From then on its restrictions hold for every accepted domain: first see that no wanted mail to the others would be refused.",
                    )),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onprem::OnPremises;
    use crate::rules::scenario::tenant;
    use crate::rules::scenario_setup::of_exports;
    use crate::tenant::{Known, Tenant};

    fn found(tenant: Tenant) -> Findings {
        of_exports(
            &PartnerWithAcceptedDomains,
            &[tenant],
            &OnPremises::default(),
        )
    }

    fn partner(domains: &[&str]) -> Tenant {
        let mut partner = tenant(Some("*.fabrikam.com"), &[], &[]);
        let connector = &mut partner.connectors[0];
        connector.connector_type = Known::Value(ConnectorType::Partner);
        connector.test_mode = Known::Value(false);
        connector.associated_accepted_domains =
            Known::Value(domains.iter().map(|name| (*name).to_owned()).collect());
        partner
    }

    #[test]
    fn fires_outside_a_test() {
        let found = found(partner(&["contoso.com", "contoso.net"]));
        let found = &found.observations[0];
        assert!(
            found
                .message
                .contains("limited to contoso.com, contoso.net")
        );
        assert_eq!(
            found.fix[0].command.as_deref(),
            Some(
                "Set-InboundConnector -Identity 'Inbound from contoso' -AssociatedAcceptedDomains $null"
            )
        );
    }

    #[test]
    fn stays_silent_in_a_test_without_domains_and_on_premises() {
        let mut test = partner(&["contoso.com"]);
        test.connectors[0].test_mode = Known::Value(true);
        let mut own = partner(&["contoso.com"]);
        own.connectors[0].connector_type = Known::Value(ConnectorType::OnPremises);
        for tenant in [test, own, partner(&[])] {
            let found = found(tenant);
            assert!(found.observations.is_empty() && found.untold.is_empty());
        }
    }

    #[test]
    fn cannot_tell_where_a_value_is_lost() {
        let mut lost = partner(&["contoso.com"]);
        lost.connectors[0].test_mode = Known::Lost;
        assert_eq!(found(lost).untold[0].field, "TestMode");
        let mut lost = partner(&["contoso.com"]);
        lost.connectors[0].associated_accepted_domains = Known::Lost;
        let found = found(lost);
        assert!(found.observations.is_empty());
        assert_eq!(found.untold[0].field, "AssociatedAcceptedDomains");
    }
}
