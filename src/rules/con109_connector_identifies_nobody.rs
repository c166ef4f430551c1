//! CON109: a connector that nothing can match.

use crate::attribution::connector_name::ConnectorName;
use crate::tenant::{ConnectorType, InboundConnector};

use super::check::{Check, Findings};
use super::condition::{self, Condition, all_hold};
use super::entry::entry;
use super::fix::{Fix, Where};
use super::setup::Setup;
use super::{Confidence, Entry, subject};

entry! {
    /// An OnPremises inbound connector names neither a certificate nor an address.
    ///
    /// ## What it finds
    /// Enabled OnPremises connectors without sender addresses and without a certificate name, or
    /// with a name that no certificate can match, such as `*` or `mail.*.com`.
    ///
    /// ## Why it matters
    /// Such a connector matches nothing: the mail that it was made for is nobody's and is refused
    /// with 550 5.7.64 as soon as it goes outside.
    ///
    /// ## What to do
    /// Give it the name on the certificate that the servers offer, or remove it.
    ConnectorIdentifiesNobody, "CON109", "connector-identifies-nobody", Warning, High
}

impl Check for ConnectorIdentifiesNobody {
    fn entry(&self) -> &'static Entry {
        &Self::ENTRY
    }

    fn check(&self, setup: &Setup<'_>, findings: &mut Findings) {
        for (tenant, connector) in setup.inbound() {
            let named = names_a_certificate(connector);
            let conditions = [
                condition::of_type(connector, ConnectorType::OnPremises),
                condition::enabled(connector),
                Condition::fact("TlsSenderCertificateName", named.map(|named| !named)),
                Condition::of(
                    "SenderIPAddresses",
                    &connector.sender_ip_addresses,
                    Vec::is_empty,
                ),
            ];
            let about = || subject::inbound(tenant, connector);
            if !all_hold(&conditions, &Self::ENTRY, about, findings) {
                continue;
            }
            let (what, confidence) = match subject::certificate_name(connector) {
                None => (
                    "names neither a certificate nor an address".to_owned(),
                    Confidence::High,
                ),
                Some(name) => (
                    format!("lists no address, and no certificate can match its name '{name}'"),
                    Confidence::Medium,
                ),
            };
            let message = format!(
                "Inbound connector '{}' of {} {what}: it matches no mail.",
                connector.name, tenant.name
            );
            let fix = Fix::command(
                Where::Online,
                subject::set_inbound(
                    connector,
                    "-TlsSenderCertificateName '<name on the certificate offered>'",
                ),
                "Its domain must be an accepted domain of the tenant. Where another connector does the work, this one may go.",
            );
            findings.add(
                subject::of_inbound(&Self::ENTRY, tenant, connector, message)
                    .confidence(confidence)
                    .proof(subject::name_proof(connector))
                    .proof(subject::address_proof(connector))
                    .fix(fix),
            );
        }
    }
}

/// Whether the connector has a certificate name that some certificate can match; `None` where the
/// export lost it.
pub(crate) fn names_a_certificate(connector: &InboundConnector) -> Option<bool> {
    let name = connector.tls_sender_certificate_name.value()?;
    Some(name.as_deref().is_some_and(|name| !matches_nothing(name)))
}

/// Whether no certificate can match a name: a `*` that is not its first label, or a sign that no
/// host name holds. A single label, such as `*.com` or `EX01`, is left in doubt.
fn matches_nothing(name: &str) -> bool {
    let name = name.trim();
    let labels = name.strip_prefix("*.").unwrap_or(name);
    let foreign = |sign: char| sign.is_whitespace() || "*,;:/@'\"()<>".contains(sign);
    ConnectorName::parse(name) == ConnectorName::Invalid && labels.contains(foreign)
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
            &ConnectorIdentifiesNobody,
            &[tenant],
            &OnPremises::default(),
        )
    }

    #[test]
    fn fires_with_neither() {
        let found = found(tenant(None, &[], &[]));
        assert_eq!(found.observations.len(), 1);
        let found = &found.observations[0];
        assert_eq!(found.confidence, Confidence::High);
        assert!(
            found
                .message
                .contains("'Inbound from contoso' of contoso.onmicrosoft.com names neither")
        );
    }

    #[test]
    fn a_name_that_matches_nothing_is_none() {
        for name in [
            "*",
            "mail.*.com",
            "Contoso Mail",
            "a.contoso.com;b.contoso.com",
        ] {
            let found = found(tenant(Some(name), &[], &[]));
            assert_eq!(
                found.observations[0].confidence,
                Confidence::Medium,
                "{name}"
            );
        }
    }

    #[test]
    fn stays_silent_with_either_and_for_partners() {
        let mut partner = tenant(None, &[], &[]);
        partner.connectors[0].connector_type = Known::Value(ConnectorType::Partner);
        let mut asleep = tenant(None, &[], &[]);
        asleep.connectors[0].enabled = Known::Value(false);
        for tenant in [
            partner,
            asleep,
            tenant(Some("*.contoso.com"), &[], &[]),
            tenant(Some("<S>CN=Contoso Mail"), &[], &[]),
            tenant(Some("*.com"), &[], &[]),
            tenant(Some("EX01"), &[], &[]),
            tenant(None, &["203.0.113.7"], &[]),
        ] {
            let found = found(tenant);
            assert!(found.observations.is_empty() && found.untold.is_empty());
        }
    }

    #[test]
    fn cannot_tell_where_a_value_is_lost() {
        let mut lost = tenant(None, &[], &[]);
        lost.connectors[0].sender_ip_addresses = Known::Lost;
        lost.connectors[0].tls_sender_certificate_name = Known::Lost;
        let found = found(lost);
        assert!(found.observations.is_empty());
        let fields: Vec<&str> = found.untold.iter().map(|untold| untold.field).collect();
        assert_eq!(fields, ["TlsSenderCertificateName", "SenderIPAddresses"]);
    }
}
