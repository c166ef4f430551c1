//! Makes configurations of the local Exchange for the tests of checks, and runs a check on them.
//!
//! In: values that a test sets. Out: send connectors, certificates, and the [`CheckOutput`] of one
//! check on exports alone, on exports and sessions, or on how the logs were read.
//! Must not be used outside tests.

use crate::attribution::name_match::Strictness;
use crate::diagnosis::check::Check;
use crate::diagnosis::check_context::{CheckContext, LogReading};
use crate::diagnosis::finding::CheckOutput;
use crate::input::timestamp::Timestamp;
use crate::language::Language;
use crate::onprem::model::CertificateUsage;
use crate::onprem::{ExchangeCertificate, OnPremises, SendConnector};
use crate::scenario::logs::{Session, with_analysis};
use crate::smtp::certificate::Certificate;
use crate::tenant::{Known, Tenant};

/// The time that checks compare expiry dates with.
pub(crate) const NOW: &[u8] = b"2026-11-03T12:00:00.000Z";

/// A send connector as the hybrid wizard makes it.
pub(crate) fn send_connector() -> SendConnector {
    let text = |text: &str| Known::Value(Some(text.to_owned()));
    SendConnector {
        guid: None,
        name: "Out".to_owned(),
        server: Some("EX01".to_owned()),
        enabled: Known::Value(true),
        smart_hosts: Known::Value(vec!["contoso-com.mail.protection.outlook.com".to_owned()]),
        address_spaces: Known::Value(vec!["smtp:contoso.mail.onmicrosoft.com;1".to_owned()]),
        source_servers: Known::Value(vec!["EX01".to_owned()]),
        fqdn: text("mail.contoso.com"),
        tls_certificate_name: text("<I>CN=Example CA, O=Example<S>CN=mail.contoso.com"),
        tls_domain: text("mail.protection.outlook.com"),
        tls_auth_level: text("DomainValidation"),
        require_tls: Known::Value(true),
        ignore_starttls: Known::Value(false),
        force_helo: Known::Value(false),
        protocol_logging: text("Verbose"),
        frontend_proxy: Known::Value(false),
        cloud_services_mail_enabled: Known::Value(true),
        dns_routing: Known::Value(false),
        error_policies: Known::Lost,
        when_changed: Known::Lost,
        file: "send.json".to_owned(),
        line: Some(1),
    }
}

/// A certificate of `EX01` for `mail.contoso.com`, which [`send_connector`] names. Its thumbprint
/// is forty times `digit`.
pub(crate) fn exchange_certificate(digit: char) -> ExchangeCertificate {
    ExchangeCertificate {
        server: Some("EX01".to_owned()),
        certificate: Certificate {
            subject: Some("CN=mail.contoso.com".to_owned()),
            issuer: Some("CN=Example CA, O=Example".to_owned()),
            undivided: None,
            serial: Some("0A".to_owned()),
            thumbprint: Some(digit.to_string().repeat(40)),
            not_before: Timestamp::parse(b"2026-01-01T00:00:00.000Z"),
            not_after: Timestamp::parse(b"2027-01-01T00:00:00.000Z"),
            names: vec!["mail.contoso.com".to_owned()],
        },
        end_readings: None,
        names_lost: false,
        services: Known::Value(vec!["SMTP".to_owned()]),
        status: Known::Value(Some("Valid".to_owned())),
        has_private_key: Known::Value(true),
        root_ca_type: Known::Lost,
        usage: CertificateUsage::default(),
        file: "certificates.json".to_owned(),
        line: Some(1),
    }
}

/// Exports of the local Exchange with these send connectors and certificates. An empty list means
/// that no such export was given.
pub(crate) fn on_premises(
    send_connectors: Vec<SendConnector>,
    certificates: Vec<ExchangeCertificate>,
) -> OnPremises {
    OnPremises {
        send_connectors_exported: !send_connectors.is_empty(),
        certificates_exported: !certificates.is_empty(),
        send_connectors,
        certificates,
        ..OnPremises::default()
    }
}

/// What a check finds in exports alone.
pub(crate) fn of_exports(
    check: &dyn Check,
    tenants: &[Tenant],
    on_premises: &OnPremises,
) -> CheckOutput {
    let context = CheckContext {
        tenants,
        on_premises,
        logs: None,
        reading: &LogReading::default(),
        now: Timestamp::parse(NOW).unwrap(),
        strict: Strictness::Table,
        language: Language::English,
    };
    let mut findings = CheckOutput::default();
    check.check(&context, &mut findings);
    findings
}

/// What a check finds in how the logs were read. There is one stream with one healthy session.
pub(crate) fn of_reading(check: &dyn Check, reading: &LogReading) -> CheckOutput {
    let (sessions, on_premises) = ([Session::default()], OnPremises::default());
    with_analysis(&sessions, &[], &on_premises, |analysis| {
        let context = CheckContext {
            tenants: &[],
            on_premises: &on_premises,
            logs: Some(analysis),
            reading,
            now: Timestamp::parse(NOW).unwrap(),
            strict: Strictness::Table,
            language: Language::English,
        };
        let mut findings = CheckOutput::default();
        check.check(&context, &mut findings);
        findings
    })
}

/// What a check finds in exports and sessions.
pub(crate) fn of_logs(
    check: &dyn Check,
    sessions: &[Session],
    tenants: &[Tenant],
    on_premises: &OnPremises,
) -> CheckOutput {
    with_analysis(sessions, tenants, on_premises, |analysis| {
        let context = CheckContext {
            tenants,
            on_premises,
            logs: Some(analysis),
            reading: &LogReading::default(),
            now: Timestamp::parse(NOW).unwrap(),
            strict: Strictness::Table,
            language: Language::English,
        };
        let mut findings = CheckOutput::default();
        check.check(&context, &mut findings);
        findings
    })
}
