//! The checks of configuration and logs, one file each.
//!
//! In: a [`crate::diagnosis::check_context::CheckContext`]. Out: findings, and what could not be
//! determined, in a [`crate::diagnosis::finding::CheckOutput`].
//! A check uses `diagnosis` and `remedy`, never another check. It must not print, read files or
//! read the clock.
//! Invariant: the code and the name of a check never change, and a code is never used again.
//!
//! To add a check, follow CONTRIBUTING.md.

mod con101_address_shared_by_tenants;
mod con102_address_only_connector;
mod con103_certificate_name_shared_by_tenants;
mod con104_wildcard_over_public_suffix;
mod con105_certificate_name_without_tls;
mod con106_partner_mixes_address_and_certificate;
mod con107_partner_with_accepted_domains;
mod con108_unusable_sender_address;
mod con109_connector_identifies_nobody;
mod con110_connector_never_seen;
mod con111_no_usable_inbound_connector;
mod crt101_certificate_expires_soon;
mod crt102_certificates_with_one_name;
mod crt103_certificate_changed;
mod crt104_named_certificate_unusable;
mod dom101_connector_domain_not_accepted;
mod log001_malformed_lines;
mod log002_missing_log_time;
mod log003_sessions_cut;
mod log005_no_exchange_online_sessions;
mod snd101_tls_certificate_name_unset;
mod snd102_tls_certificate_name_not_found;
mod snd103_protocol_logging_off;
mod snd104_cloud_services_mail_disabled;
mod snd105_starttls_ignored;
mod snd106_offered_certificate_differs;
mod snd107_one_certificate_for_several_tenants;
mod snd108_named_certificate_not_expected;
mod snd109_connector_fell_silent;
mod snd110_certificate_name_too_long_for_edge;

use crate::diagnosis::check::Check;

pub(crate) use log001_malformed_lines::MalformedLines;

/// The checks of configuration and logs, by code.
pub static CHECKS: &[&dyn Check] = &[
    &con101_address_shared_by_tenants::AddressSharedByTenants,
    &con102_address_only_connector::AddressOnlyConnector,
    &con103_certificate_name_shared_by_tenants::CertificateNameSharedByTenants,
    &con104_wildcard_over_public_suffix::WildcardOverPublicSuffix,
    &con105_certificate_name_without_tls::CertificateNameWithoutTls,
    &con106_partner_mixes_address_and_certificate::PartnerMixesAddressAndCertificate,
    &con107_partner_with_accepted_domains::PartnerWithAcceptedDomains,
    &con108_unusable_sender_address::UnusableSenderAddress,
    &con109_connector_identifies_nobody::ConnectorIdentifiesNobody,
    &con110_connector_never_seen::ConnectorNeverSeen,
    &con111_no_usable_inbound_connector::NoUsableInboundConnector,
    &crt101_certificate_expires_soon::CertificateExpiresSoon,
    &crt102_certificates_with_one_name::CertificatesWithOneName,
    &crt103_certificate_changed::CertificateChanged,
    &crt104_named_certificate_unusable::NamedCertificateUnusable,
    &dom101_connector_domain_not_accepted::ConnectorDomainNotAccepted,
    &MalformedLines,
    &log002_missing_log_time::MissingLogTime,
    &log003_sessions_cut::SessionsCut,
    &log005_no_exchange_online_sessions::NoExchangeOnlineSessions,
    &snd101_tls_certificate_name_unset::TlsCertificateNameUnset,
    &snd102_tls_certificate_name_not_found::TlsCertificateNameNotFound,
    &snd103_protocol_logging_off::ProtocolLoggingOff,
    &snd104_cloud_services_mail_disabled::CloudServicesMailDisabled,
    &snd105_starttls_ignored::StarttlsIgnored,
    &snd106_offered_certificate_differs::OfferedCertificateDiffers,
    &snd107_one_certificate_for_several_tenants::OneCertificateForSeveralTenants,
    &snd108_named_certificate_not_expected::NamedCertificateNotExpected,
    &snd109_connector_fell_silent::ConnectorFellSilent,
    &snd110_certificate_name_too_long_for_edge::CertificateNameTooLongForEdge,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::rule::Severity;
    use crate::onprem::SendConnector;
    use crate::scenario::exports::{exchange_certificate, of_exports, on_premises, send_connector};
    use crate::scenario::logs::tenant;
    use crate::tenant::Known;

    /// Older wizards wrote the host although only its parent is accepted. The wizard sets no
    /// protocol logging, and its send connector has no smart host.
    #[test]
    fn what_the_wizard_leaves_gives_no_warning() {
        let text = |text: &str| Known::Value(Some(text.to_owned()));
        let connector = SendConnector {
            name: "Outbound to Office 365 - 1".to_owned(),
            smart_hosts: Known::Value(Vec::new()),
            dns_routing: Known::Value(true),
            fqdn: Known::Value(None),
            protocol_logging: text("None"),
            ..send_connector()
        };
        let mut certificate = exchange_certificate('A');
        certificate.usage.elliptic_curve = Some(false);
        certificate.usage.server_authentication = Some(true);
        certificate.usage.client_authentication = Some(false);
        certificate.root_ca_type = text("ThirdParty");
        let side = on_premises(vec![connector], vec![certificate]);
        for name in ["mail.contoso.com", "*.contoso.com"] {
            let domains = [
                "contoso.com",
                "contoso.mail.onmicrosoft.com",
                "contoso.onmicrosoft.com",
            ];
            let mut tenant = tenant(Some(name), &[], &domains);
            let inbound = &mut tenant.connectors[0];
            inbound.connector_source = text("HybridWizard");
            inbound.associated_accepted_domains = Known::Value(Vec::new());
            inbound.cloud_services_mail_enabled = Known::Value(true);
            for check in CHECKS {
                let found = of_exports(*check, std::slice::from_ref(&tenant), &side);
                let all_info = found
                    .findings
                    .iter()
                    .all(|one| one.severity == Severity::Info);
                assert!(all_info, "{found:?}");
                assert!(found.undetermined.is_empty(), "{found:?}");
            }
        }
    }

    #[test]
    fn no_check_is_an_error() {
        for check in CHECKS {
            assert!(check.meta().severity < Severity::Error);
        }
    }
}
