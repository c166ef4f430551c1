//! The causes of rejected mail, one file each, and their order of precedence.
//!
//! In: a [`crate::diagnosis::cause_context::CauseContext`]. Out: a
//! [`crate::diagnosis::cause::Diagnosis`] if the cause holds.
//! A cause uses `diagnosis` and `remedy`, never another cause. It must not print, read files or
//! read the clock.
//! Invariant: a code and its name never change, and a code is never used again.
//!
//! To add a cause, follow CONTRIBUTING.md.

mod att001_rejected_despite_match;
mod att002_wrong_region;
mod att003_transient_service_error;
mod att004_restricting_partner_connector;
mod att005_direct_send_rejected;
mod att006_no_tenant_export;
mod att007_outdated_exchange_blocked;
mod att008_tenant_limit_reached;
mod con001_matching_connector_disabled;
mod con002_matching_connector_is_partner;
mod con003_no_onpremises_connector;
mod con004_source_address_not_listed;
mod con005_uncertain_certificate_match;
mod con006_certificate_claimed_by_several_tenants;
mod con007_connector_changed_since;
mod con008_inbound_connector_blocked;
mod crt001_no_client_certificate;
mod crt002_self_signed_certificate;
mod crt003_certificate_expired;
mod crt004_certificate_renamed;
mod crt005_certificate_name_mismatch;
mod crt006_server_out_of_step;
mod crt007_private_key_unusable;
mod dom001_certificate_domain_not_accepted;
mod dom002_sender_domain_not_accepted;
mod dom003_null_sender_unattributed;
mod log004_certificate_in_frontend_log;
mod log006_session_start_missing;
mod log007_nothing_delivered;
mod net001_connection_failed;
mod snd001_client_submission_endpoint;
mod snd002_named_certificate_not_found;
mod tls001_starttls_not_offered;
mod tls002_starttls_not_used;
mod tls003_tls_negotiation_failed;
mod tls004_tls_intercepted;
mod tls005_session_dropped;
mod tls006_remote_certificate_distrusted;

use crate::diagnosis::cause::Cause;

/// The causes in their order of precedence. The first one that holds explains the rejection.
pub static CAUSES: &[&dyn Cause] = &[
    &att003_transient_service_error::TransientServiceError,
    &att007_outdated_exchange_blocked::OutdatedExchangeBlocked,
    &con008_inbound_connector_blocked::InboundConnectorBlocked,
    &att008_tenant_limit_reached::TenantLimitReached,
    &snd001_client_submission_endpoint::ClientSubmissionEndpoint,
    &snd002_named_certificate_not_found::NamedCertificateNotFound,
    &log004_certificate_in_frontend_log::CertificateInFrontendLog,
    &log006_session_start_missing::SessionStartMissing,
    &tls001_starttls_not_offered::StarttlsNotOffered,
    &tls002_starttls_not_used::StarttlsNotUsed,
    &tls004_tls_intercepted::TlsIntercepted,
    &crt007_private_key_unusable::PrivateKeyUnusable,
    &tls006_remote_certificate_distrusted::RemoteCertificateDistrusted,
    &tls003_tls_negotiation_failed::TlsNegotiationFailed,
    &crt001_no_client_certificate::NoClientCertificate,
    &crt002_self_signed_certificate::SelfSignedCertificate,
    &crt003_certificate_expired::CertificateExpired,
    &tls005_session_dropped::SessionDropped,
    &net001_connection_failed::ConnectionFailed,
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
    &log007_nothing_delivered::NothingDelivered,
    &att001_rejected_despite_match::RejectedDespiteMatch,
];
