//! The catalogue: one file per entry, each with its text, its check and its tests.
//!
//! In: for a cause, a [`case::Case`]: one kind of refusal or TLS failure with all that is known
//! around it; for a check, a [`setup::Setup`]. Out: a [`Finding`] if the cause holds;
//! [`check::Findings`] of the checks.
//! Must not print, read files or order its own results; [`CAUSES`] is the order of precedence.
//! Invariant: code and name are fixed for good, and a code is never used again.
//!
//! To add an entry: write `<code>_<name>.rs` with the `entry!` macro, `check` and two tests, then
//! add one `mod` line and one line in [`CAUSES`] or [`CHECKS`].

pub mod case;
pub mod check;
pub mod condition;
pub mod entry;
pub mod expect;
pub mod fix;
pub mod microsoft;
pub mod offers;
pub mod own_side;
pub mod renewal;
pub mod setup;
pub mod study;
pub mod subject;
pub mod transport_certificate;
pub mod wizard_note;
pub mod words;

#[cfg(test)]
pub(crate) mod scenario;
#[cfg(test)]
pub(crate) mod scenario_setup;

mod att001_rejected_despite_match;
mod att002_wrong_region;
mod att003_transient_service_error;
mod att004_restricting_partner_connector;
mod att005_direct_send_rejected;
mod att006_no_tenant_export;
mod att007_outdated_exchange_blocked;
mod con001_matching_connector_disabled;
mod con002_matching_connector_is_partner;
mod con003_no_onpremises_connector;
mod con004_source_address_not_listed;
mod con005_uncertain_certificate_match;
mod con006_certificate_claimed_by_several_tenants;
mod con007_connector_changed_since;
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
mod crt001_no_client_certificate;
mod crt002_self_signed_certificate;
mod crt003_certificate_expired;
mod crt004_certificate_renamed;
mod crt005_certificate_name_mismatch;
mod crt006_server_out_of_step;
mod crt007_private_key_unusable;
mod crt101_certificate_expires_soon;
mod crt102_certificates_with_one_name;
mod crt103_certificate_changed;
mod dom001_certificate_domain_not_accepted;
mod dom002_sender_domain_not_accepted;
mod dom003_null_sender_unattributed;
mod dom101_connector_domain_not_accepted;
mod log001_malformed_lines;
mod log002_missing_log_time;
mod log003_sessions_cut;
mod log004_certificate_in_frontend_log;
mod log005_no_exchange_online_sessions;
mod log006_session_start_missing;
mod snd101_tls_certificate_name_unset;
mod snd102_tls_certificate_name_not_found;
mod snd103_protocol_logging_off;
mod snd104_cloud_services_mail_disabled;
mod snd105_starttls_ignored;
mod snd106_offered_certificate_differs;
mod snd107_one_certificate_for_several_tenants;
mod tls001_starttls_not_offered;
mod tls002_starttls_not_used;
mod tls003_tls_negotiation_failed;
mod tls004_tls_intercepted;

pub use check::Check;
pub use entry::{Confidence, Deciding, Entry, Finding, Rule, Severity};

/// The causes in their order of precedence: the first that holds explains the refusal.
pub static CAUSES: &[&dyn Rule] = &[
    &att003_transient_service_error::TransientServiceError,
    &att007_outdated_exchange_blocked::OutdatedExchangeBlocked,
    &log004_certificate_in_frontend_log::CertificateInFrontendLog,
    &log006_session_start_missing::SessionStartMissing,
    &tls001_starttls_not_offered::StarttlsNotOffered,
    &tls002_starttls_not_used::StarttlsNotUsed,
    &tls004_tls_intercepted::TlsIntercepted,
    &crt007_private_key_unusable::PrivateKeyUnusable,
    &tls003_tls_negotiation_failed::TlsNegotiationFailed,
    &crt001_no_client_certificate::NoClientCertificate,
    &crt002_self_signed_certificate::SelfSignedCertificate,
    &crt003_certificate_expired::CertificateExpired,
    &att006_no_tenant_export::NoTenantExport,
    &con003_no_onpremises_connector::NoOnpremisesConnector,
    &con001_matching_connector_disabled::MatchingConnectorDisabled,
    &con002_matching_connector_is_partner::MatchingConnectorIsPartner,
    &crt006_server_out_of_step::ServerOutOfStep,
    &crt004_certificate_renamed::CertificateRenamed,
    &con004_source_address_not_listed::SourceAddressNotListed,
    &dom003_null_sender_unattributed::NullSenderUnattributed,
    &dom002_sender_domain_not_accepted::SenderDomainNotAccepted,
    &con005_uncertain_certificate_match::UncertainCertificateMatch,
    &crt005_certificate_name_mismatch::CertificateNameMismatch,
    &dom001_certificate_domain_not_accepted::CertificateDomainNotAccepted,
    &con006_certificate_claimed_by_several_tenants::CertificateClaimedBySeveralTenants,
    &con007_connector_changed_since::ConnectorChangedSince,
    &att004_restricting_partner_connector::RestrictingPartnerConnector,
    &att005_direct_send_rejected::DirectSendRejected,
    &att002_wrong_region::WrongRegion,
    &att001_rejected_despite_match::RejectedDespiteMatch,
];

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
    &crt101_certificate_expires_soon::CertificateExpiresSoon,
    &crt102_certificates_with_one_name::CertificatesWithOneName,
    &crt103_certificate_changed::CertificateChanged,
    &dom101_connector_domain_not_accepted::ConnectorDomainNotAccepted,
    &log001_malformed_lines::MalformedLines,
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
];

/// Every entry of the catalogue: causes in their order of precedence, then checks by code.
pub fn entries() -> impl Iterator<Item = &'static Entry> {
    let causes = CAUSES.iter().map(|rule| rule.entry());
    causes.chain(CHECKS.iter().map(|check| check.entry()))
}

/// Finds an entry by code or name, without regard to case.
pub fn find(code_or_name: &str) -> Option<&'static Entry> {
    entries().find(|entry| {
        entry.code.eq_ignore_ascii_case(code_or_name)
            || entry.name.eq_ignore_ascii_case(code_or_name)
    })
}

/// True for the beginning of at least one code of the catalogue.
pub fn is_code_prefix(text: &str) -> bool {
    let text = text.to_ascii_uppercase();
    let mut codes = entries().map(|entry| entry.code);
    !text.is_empty() && codes.any(|code| code.starts_with(&text))
}

#[cfg(test)]
mod tests {
    use super::scenario_setup::{exchange_certificate, of_exports, on_premises, send_connector};
    use super::*;
    use crate::onprem::{ExchangeCertificate, SendConnector};
    use crate::tenant::{Known, Tenant};
    use std::collections::BTreeSet;

    #[test]
    fn codes_and_names_are_unique_and_texts_are_whole() {
        let mut seen = BTreeSet::new();
        for entry in entries() {
            assert!(
                seen.insert(entry.code) && seen.insert(entry.name),
                "{} twice",
                entry.code
            );
            for heading in ["What it finds", "Why it matters", "What to do"] {
                let place = entry.text.find(&format!("## {heading}"));
                assert!(
                    place.is_some(),
                    "{} lacks the heading {heading}",
                    entry.code
                );
            }
            assert!(
                !entry.summary().is_empty(),
                "{} lacks a first sentence",
                entry.code
            );
        }
    }

    #[test]
    fn entries_are_found_by_code_and_name() {
        assert_eq!(
            find("crt004").map(|entry| entry.name),
            Some("certificate-renamed")
        );
        assert_eq!(
            find("certificate-renamed").map(|entry| entry.code),
            Some("CRT004")
        );
        assert!(find("XYZ").is_none());
    }

    #[test]
    fn checks_stand_by_code() {
        let codes: Vec<&str> = CHECKS.iter().map(|check| check.entry().code).collect();
        assert!(codes.is_sorted(), "{codes:?}");
    }

    #[test]
    fn a_hybrid_organisation_as_the_wizard_leaves_it_is_healthy() {
        for (name, domains) in [
            ("mail.contoso.com", &["contoso.com", "mail.contoso.com"][..]),
            ("*.contoso.com", &["contoso.com"]),
        ] {
            for connector in wizards_send_connectors() {
                let tenants = [wizards_tenant(name, domains)];
                let side = on_premises(vec![connector], wizards_certificates());
                for check in CHECKS {
                    let found = of_exports(*check, &tenants, &side);
                    let code = check.entry().code;
                    assert!(found.observations.is_empty(), "{code}: {found:?}");
                    assert!(found.untold.is_empty(), "{code}: {found:?}");
                }
            }
        }
    }

    fn wizards_tenant(name: &str, domains: &[&str]) -> Tenant {
        let own = ["contoso.mail.onmicrosoft.com", "contoso.onmicrosoft.com"];
        let domains: Vec<&str> = domains.iter().chain(&own).copied().collect();
        let mut tenant = scenario::tenant(Some(name), &[], &domains);
        let connector = &mut tenant.connectors[0];
        connector.name = "Inbound from 3f8e7a2d-1b45-4c89-a0d7-6f5b2e1c9a8d".to_owned();
        connector.sender_domains = Known::Value(vec!["smtp:*;1".to_owned()]);
        connector.associated_accepted_domains = Known::Value(Vec::new());
        connector.cloud_services_mail_enabled = Known::Value(true);
        connector.restrict_domains_to_certificate = Known::Value(false);
        connector.restrict_domains_to_ip_addresses = Known::Value(false);
        tenant
    }

    /// By smart host, and by the routing domain's MX record.
    fn wizards_send_connectors() -> [SendConnector; 2] {
        let name = "Outbound to Office 365 - 3f8e7a2d-1b45-4c89-a0d7-6f5b2e1c9a8d";
        let smart_host = SendConnector {
            name: name.to_owned(),
            ..send_connector()
        };
        let by_record = SendConnector {
            smart_hosts: Known::Value(Vec::new()),
            dns_routing: Known::Value(true),
            tls_auth_level: Known::Value(Some("CertificateValidation".to_owned())),
            ..smart_host.clone()
        };
        [smart_host, by_record]
    }

    /// The authority's certificate, and those that Exchange and Windows make for themselves.
    fn wizards_certificates() -> Vec<ExchangeCertificate> {
        let services = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let own = |digit, name: &str, used_for: &[&str]| {
            let mut own = exchange_certificate(digit);
            own.certificate.subject = Some(format!("CN={name}"));
            own.certificate.issuer = own.certificate.subject.clone();
            own.services = Known::Value(services(used_for));
            own
        };
        let mut certificates = vec![
            own('B', "Microsoft Exchange Server Auth Certificate", &["SMTP"]),
            own('C', "EX01", &["IIS", "SMTP"]),
            own('D', "EX01", &["IIS", "SMTP"]),
            own('E', "WMSvc-SHA2-EX01", &[]),
            own('F', "Federation", &["SMTP", "Federation"]),
        ];
        let authority = exchange_certificate('A');
        certificates.push(ExchangeCertificate {
            services: Known::Value(services(&["IIS", "SMTP"])),
            ..authority
        });
        certificates
    }
}
