//! CON106: two ways to know one partner.

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
    /// A Partner connector restricts by address or by certificate, whichever of
    /// `RestrictDomainsToIPAddresses` and `RestrictDomainsToCertificate` is set; the other value is
    /// not demanded, though it looks as if it were. After a change of the line or of the
    /// certificate, mail is refused (5.7.51) or let in against the intention.
    ///
    /// ## What to do
    /// Keep the one that is meant, take the other out.
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
                settings::listed(settings::addresses(connector)),
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
                        format!("Keeps the certificate. First see that all of the partner's mail comes with one for '{name}'. Use this or the next, not both."),
                    ))
                    .fix(fix(
                        keep_addresses,
                        "Keeps the addresses. First see that all of the partner's mail comes from them.".to_owned(),
                    )),
            );
        }
    }
}

/// What the connector demands today.
fn restriction(connector: &InboundConnector) -> &'static str {
    let restricts = (
        &connector.restrict_domains_to_ip_addresses,
        &connector.restrict_domains_to_certificate,
    );
    match restricts {
        (Known::Value(true), Known::Value(false)) => {
            "It refuses other addresses; the certificate is not demanded."
        }
        (Known::Value(false), Known::Value(true)) => {
            "It refuses other certificates; the addresses are not demanded."
        }
        (Known::Value(false), Known::Value(false)) => "It demands neither.",
        _ => "Which of them it demands, the Restrict… switches decide.",
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
                .ends_with("It refuses other addresses; the certificate is not demanded.")
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
    fn cannot_tell_where_the_addresses_are_lost() {
        let mut lost = partner(Some("*.fabrikam.com"), &[]);
        lost.connectors[0].sender_ip_addresses = Known::Lost;
        let found = found(lost);
        assert!(found.findings.is_empty());
        assert_eq!(found.undetermined[0].missing.name(), "SenderIPAddresses");
    }
}
