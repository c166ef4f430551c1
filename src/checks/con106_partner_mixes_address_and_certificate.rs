//! CON106: a Partner connector has two ways to identify one partner.

use crate::diagnosis::check::Check;
use crate::diagnosis::check_context::CheckContext;
use crate::diagnosis::condition;
use crate::diagnosis::condition::{Condition, all_hold};
use crate::diagnosis::finding::CheckOutput;
use crate::diagnosis::fix::{Fix, Where};
use crate::diagnosis::rule::declare_rule;
use crate::diagnosis::subject::Subject;
use crate::remedy::settings;
use crate::tenant::{ConnectorType, InboundConnector, Known};

declare_rule! {
    /// A Partner inbound connector has both sender addresses and a certificate name.
    ///
    /// ## What it finds
    /// Enabled Partner connectors with `SenderIPAddresses` and `TlsSenderCertificateName`.
    ///
    /// ## Why it matters
    /// A Partner connector restricts mail by address or by certificate.
    /// `RestrictDomainsToIPAddresses` and `RestrictDomainsToCertificate` decide which one it
    /// requires. The other value looks required but is not. After a change of the internet line or
    /// of the certificate, Exchange Online may reject wanted mail (5.7.51) or accept unwanted mail.
    ///
    /// ## What to do
    /// 1. Decide whether the address or the certificate identifies the partner.
    /// 2. Remove the other value.
    ///
    /// ## Sources
    /// - `Set-InboundConnector` (reference, Microsoft Learn): `RestrictDomainsToIPAddresses` and
    ///   `RestrictDomainsToCertificate` each decide alone whether that value is required, and both
    ///   are false by default.
    /// - That the other value only looks required is inferred from these descriptions.
    PartnerMixesAddressAndCertificate {
        code: "CON106",
        name: "partner-mixes-address-and-certificate",
        severity: Warning,
        confidence: High,
        needs: [InboundConnectors],
        proof: Exports,
    }
}

impl Check for PartnerMixesAddressAndCertificate {
    fn check(&self, context: &CheckContext<'_>, findings: &mut CheckOutput) {
        for (tenant, connector) in context.inbound() {
            let conditions = [
                condition::of_type(connector, ConnectorType::Partner),
                condition::enabled(connector),
                condition::has_certificate_name(connector),
                Condition::of(
                    "SenderIPAddresses",
                    &connector.sender_ip_addresses,
                    |list| !list.is_empty(),
                ),
            ];
            let about = || Subject::inbound(tenant, connector);
            if !all_hold(&conditions, &Self::META, about, findings) {
                continue;
            }
            let name = settings::certificate_name(connector).unwrap_or_default();
            let message = format!(
                "Partner connector '{}' lists {} and also expects a certificate for '{name}'. {}",
                connector.name,
                settings::listed(context.language, settings::addresses(connector)),
                restriction(connector),
            );
            let by_address = connector.restrict_domains_to_ip_addresses == Known::Value(true);
            let by_certificate = connector.restrict_domains_to_certificate == Known::Value(true);
            let keep_certificate = if by_address {
                "-SenderIPAddresses $null -RestrictDomainsToIPAddresses $false -RestrictDomainsToCertificate $true"
            } else {
                "-SenderIPAddresses $null"
            };
            let keep_addresses = if by_certificate {
                "-TlsSenderCertificateName $null -RestrictDomainsToCertificate $false -RestrictDomainsToIPAddresses $true"
            } else {
                "-TlsSenderCertificateName $null"
            };
            let fix = |parameters, note: String| {
                Fix::command(
                    Where::Online,
                    settings::set_inbound(connector, parameters),
                    &note,
                )
            };
            findings.add(
                settings::of_inbound(&Self::META, tenant, connector, message)
                    .proof(settings::address_proof(connector))
                    .proof(settings::name_proof(connector))
                    .fix(fix(
                        keep_certificate,
                        format!("This keeps the certificate. First check that all of the partner's mail arrives with a certificate for '{name}'. Use this command or the next one, not both."),
                    ))
                    .fix(fix(
                        keep_addresses,
                        "This keeps the addresses. First check that all of the partner's mail comes from them. Use this command or the previous one, not both.".to_owned(),
                    )),
            );
        }
    }
}

/// What the connector requires today.
fn restriction(connector: &InboundConnector) -> &'static str {
    let restricts = (
        &connector.restrict_domains_to_ip_addresses,
        &connector.restrict_domains_to_certificate,
    );
    match restricts {
        (Known::Value(true), Known::Value(false)) => {
            "It rejects other addresses; the certificate is not required."
        }
        (Known::Value(false), Known::Value(true)) => {
            "It rejects other certificates; the addresses are not required."
        }
        (Known::Value(false), Known::Value(false)) => "It requires neither.",
        _ => "The Restrict… parameters decide which of them it requires.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onprem::OnPremises;
    use crate::scenario::exports::of_exports;
    use crate::scenario::logs::tenant;
    use crate::tenant::Tenant;

    fn found(tenant: Tenant) -> CheckOutput {
        let check = &PartnerMixesAddressAndCertificate;
        of_exports(check, &[tenant], &OnPremises::default())
    }

    fn partner(name: Option<&str>, addresses: &[&str]) -> Tenant {
        let mut partner = tenant(name, addresses, &[]);
        partner.connectors[0].connector_type = Known::Value(ConnectorType::Partner);
        partner
    }

    #[test]
    fn fires_where_both_are_set() {
        let mut both = partner(Some("*.fabrikam.com"), &["203.0.113.7"]);
        both.connectors[0].restrict_domains_to_ip_addresses = Known::Value(true);
        both.connectors[0].restrict_domains_to_certificate = Known::Value(false);
        let found = found(both);
        let found = &found.findings[0];
        assert!(
            found
                .message
                .ends_with("It rejects other addresses; the certificate is not required.")
        );
        let commands: Vec<_> = found
            .fix
            .iter()
            .filter_map(|fix| fix.command.as_deref())
            .collect();
        assert_eq!(
            commands,
            [
                "Set-InboundConnector -Identity 'Inbound from contoso' -SenderIPAddresses $null -RestrictDomainsToIPAddresses $false -RestrictDomainsToCertificate $true",
                "Set-InboundConnector -Identity 'Inbound from contoso' -TlsSenderCertificateName $null",
            ]
        );
    }

    #[test]
    fn stays_silent_with_one_of_them_and_on_premises() {
        for tenant in [
            partner(Some("*.fabrikam.com"), &[]),
            partner(None, &["203.0.113.7"]),
            tenant(Some("*.contoso.com"), &["203.0.113.7"], &[]),
        ] {
            let found = found(tenant);
            assert!(found.findings.is_empty() && found.undetermined.is_empty());
        }
    }

    #[test]
    fn is_undetermined_where_the_addresses_are_lost() {
        let mut lost = partner(Some("*.fabrikam.com"), &[]);
        lost.connectors[0].sender_ip_addresses = Known::Lost;
        let found = found(lost);
        assert!(found.findings.is_empty());
        assert_eq!(found.undetermined[0].missing.name(), "SenderIPAddresses");
    }
}
