//! The configuration of the local Exchange as its exports show it: `on_premises` of the document.
//!
//! In: [`OnPremises`]. Out: rows to serialise, or nothing if no such export was given.
//! Must not judge. Invariant: a value that the export lost is `null` and its field is in `lost`. A
//! value that is empty is `null` or an empty list, and its field is not in `lost`.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use crate::diagnosis::wizard_setting::Comparison;
use crate::input::timestamp::Timestamp;
use crate::onprem::model::WizardSetting;
use crate::onprem::{ExchangeCertificate, OnPremises, SendConnector};
use crate::tenant::{Known, Tenant};

/// The configuration of the local Exchange.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct OnPremisesReport {
    /// Whether an export of send connectors was given. If it is `false`, an empty list means that there
    /// was no export.
    pub send_connectors_exported: bool,
    /// The send connectors, sorted by name, then server.
    pub send_connectors: Vec<SendConnectorRow>,
    /// Whether an export of certificates was given. If it is `false`, an empty list means that there was
    /// no export.
    pub certificates_exported: bool,
    /// The certificates, sorted by server, then thumbprint.
    pub certificates: Vec<ExchangeCertificateRow>,
    /// The settings of the hybrid wizard, sorted by time.
    pub wizard: Vec<WizardRow>,
    /// The runs of the hybrid wizard, sorted by time. Each log of it is one.
    pub wizard_runs: Vec<WizardRun>,
    /// The files that were read.
    pub files: Vec<String>,
}

/// A send connector.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SendConnectorRow {
    /// Its name.
    pub name: String,
    /// The server that it was exported from. It is `null` if the export does not name it.
    pub server: Option<String>,
    /// `Enabled`.
    pub enabled: Option<bool>,
    /// `SmartHosts`.
    pub smart_hosts: Option<Vec<String>>,
    /// `AddressSpaces`.
    pub address_spaces: Option<Vec<String>>,
    /// `SourceTransportServers`, only the names.
    pub source_servers: Option<Vec<String>>,
    /// `Fqdn`.
    pub fqdn: Option<String>,
    /// `TlsCertificateName`.
    pub tls_certificate_name: Option<String>,
    /// `TlsDomain`.
    pub tls_domain: Option<String>,
    /// `TlsAuthLevel`.
    pub tls_auth_level: Option<String>,
    /// `RequireTLS`.
    pub require_tls: Option<bool>,
    /// `IgnoreSTARTTLS`.
    pub ignore_starttls: Option<bool>,
    /// `ForceHELO`.
    pub force_helo: Option<bool>,
    /// `ProtocolLoggingLevel`.
    pub protocol_logging: Option<String>,
    /// `FrontendProxyEnabled`.
    pub frontend_proxy: Option<bool>,
    /// `CloudServicesMailEnabled`.
    pub cloud_services_mail_enabled: Option<bool>,
    /// `DNSRoutingEnabled`.
    pub dns_routing: Option<bool>,
    /// `WhenChangedUTC`.
    pub when_changed: Option<String>,
    /// The fields of this object whose values the export lost.
    pub lost: Vec<String>,
    /// The file.
    pub file: String,
    /// The line of its name in the file, from 1. It is `null` if it is not known.
    pub line: Option<u64>,
}

/// A certificate of a server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ExchangeCertificateRow {
    /// The server. It is `null` if the export does not name it.
    pub server: Option<String>,
    /// The thumbprint: 40 upper-case hexadecimal digits.
    pub thumbprint: Option<String>,
    /// The subject.
    pub subject: Option<String>,
    /// The issuer.
    pub issuer: Option<String>,
    /// The serial number, in hexadecimal digits.
    pub serial: Option<String>,
    /// The start of validity.
    pub not_before: Option<String>,
    /// The time when it expires.
    pub not_after: Option<String>,
    /// The subject alternative names.
    pub names: Option<Vec<String>>,
    /// `Services`.
    pub services: Option<Vec<String>>,
    /// `Status`.
    pub status: Option<String>,
    /// `HasPrivateKey`.
    pub has_private_key: Option<bool>,
    /// The fields of this object whose values the export lost.
    pub lost: Vec<String>,
    /// The file.
    pub file: String,
    /// The line of its thumbprint in the file, from 1. It is `null` if it is not known.
    pub line: Option<u64>,
}

/// A connector setting that the hybrid wizard made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct WizardRow {
    /// The time of the setting, in the local time of the computer that ran the wizard, without an
    /// offset.
    pub local_time: Option<String>,
    /// The cmdlet that the wizard called.
    pub cmdlet: String,
    /// The connector. It is `null` if the line does not name it.
    pub connector: Option<String>,
    /// The certificate name that the wizard set, if any.
    pub certificate_name: Option<String>,
    /// The certificate name in the export of the connector. It is `null` if there is no such export, or
    /// if the export shows no name.
    pub exported_name: Option<String>,
    /// Whether the export shows another name than the one that the wizard set last. It is `null` if a
    /// later run of the wizard set it again, or if it cannot be determined.
    pub differs: Option<bool>,
    /// Whether the wizard logged an error.
    pub failed: bool,
    /// The file.
    pub file: String,
    /// The line number, from 1.
    pub line: u64,
}

/// A run of the hybrid wizard that set a connector.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct WizardRun {
    /// The time of its first setting, in the local time of the computer that ran the wizard, without an
    /// offset.
    pub local_time: Option<String>,
    /// The number of settings.
    pub settings: u64,
    /// The number of settings for which the wizard logged an error.
    pub failed: u64,
    /// The connectors that it set, sorted by name.
    pub connectors: Vec<String>,
    /// The file.
    pub file: String,
}

/// Builds the block. Returns `None` without exports and without settings of the wizard.
pub fn on_premises(own: &OnPremises, tenants: &[Tenant]) -> Option<OnPremisesReport> {
    if !own.send_connectors_exported && !own.certificates_exported && own.wizard.is_empty() {
        return None;
    }
    let comparison = Comparison::of(own, tenants);
    Some(OnPremisesReport {
        send_connectors_exported: own.send_connectors_exported,
        send_connectors: own.send_connectors.iter().map(send_connector).collect(),
        certificates_exported: own.certificates_exported,
        certificates: own.certificates.iter().map(certificate).collect(),
        wizard: own
            .wizard
            .iter()
            .map(|one| setting(one, &comparison))
            .collect(),
        wizard_runs: wizard_runs(&own.wizard),
        files: own.files.clone(),
    })
}

/// The runs of the wizard: it writes a log for each.
fn wizard_runs(settings: &[WizardSetting]) -> Vec<WizardRun> {
    let mut by_file: BTreeMap<&str, Vec<&WizardSetting>> = BTreeMap::new();
    for setting in settings {
        by_file.entry(&setting.file).or_default().push(setting);
    }
    let run = |(file, settings): (&str, Vec<&WizardSetting>)| {
        let times = settings.iter().map(|setting| setting.local_time);
        let first = times.fold(Timestamp::UNKNOWN, Timestamp::earlier);
        let connectors = settings.iter().filter_map(|one| one.connector.clone());
        let connectors: BTreeSet<String> = connectors.collect();
        WizardRun {
            local_time: local_time(first),
            settings: settings.len() as u64,
            failed: settings.iter().filter(|setting| setting.failed).count() as u64,
            connectors: connectors.into_iter().collect(),
            file: file.to_owned(),
        }
    };
    let mut runs: Vec<WizardRun> = by_file.into_iter().map(run).collect();
    runs.sort_by(|a, b| (&a.local_time, &a.file).cmp(&(&b.local_time, &b.file)));
    runs
}

/// A time of the wizard, which has no offset.
fn local_time(time: Timestamp) -> Option<String> {
    let text = time.rfc3339()?;
    Some(text.trim_end_matches('Z').to_owned())
}

/// The names of the fields whose values were lost.
fn lost(fields: &[(&str, bool)]) -> Vec<String> {
    let lost = fields.iter().filter(|(_, lost)| *lost);
    lost.map(|(name, _)| (*name).to_owned()).collect()
}

fn text(known: &Known<Option<String>>) -> Option<String> {
    known.value().cloned().flatten()
}

fn send_connector(own: &SendConnector) -> SendConnectorRow {
    SendConnectorRow {
        name: own.name.clone(),
        server: own.server.clone(),
        enabled: own.enabled.value().copied(),
        smart_hosts: own.smart_hosts.value().cloned(),
        address_spaces: own.address_spaces.value().cloned(),
        source_servers: own.source_servers.value().cloned(),
        fqdn: text(&own.fqdn),
        tls_certificate_name: text(&own.tls_certificate_name),
        tls_domain: text(&own.tls_domain),
        tls_auth_level: text(&own.tls_auth_level),
        require_tls: own.require_tls.value().copied(),
        ignore_starttls: own.ignore_starttls.value().copied(),
        force_helo: own.force_helo.value().copied(),
        protocol_logging: text(&own.protocol_logging),
        frontend_proxy: own.frontend_proxy.value().copied(),
        cloud_services_mail_enabled: own.cloud_services_mail_enabled.value().copied(),
        dns_routing: own.dns_routing.value().copied(),
        when_changed: own
            .when_changed
            .value()
            .and_then(|time| Timestamp::from(*time).rfc3339()),
        lost: lost(&[
            ("enabled", own.enabled.is_lost()),
            ("smart_hosts", own.smart_hosts.is_lost()),
            ("address_spaces", own.address_spaces.is_lost()),
            ("source_servers", own.source_servers.is_lost()),
            ("fqdn", own.fqdn.is_lost()),
            ("tls_certificate_name", own.tls_certificate_name.is_lost()),
            ("tls_domain", own.tls_domain.is_lost()),
            ("tls_auth_level", own.tls_auth_level.is_lost()),
            ("require_tls", own.require_tls.is_lost()),
            ("ignore_starttls", own.ignore_starttls.is_lost()),
            ("force_helo", own.force_helo.is_lost()),
            ("protocol_logging", own.protocol_logging.is_lost()),
            ("frontend_proxy", own.frontend_proxy.is_lost()),
            (
                "cloud_services_mail_enabled",
                own.cloud_services_mail_enabled.is_lost(),
            ),
            ("dns_routing", own.dns_routing.is_lost()),
            ("when_changed", own.when_changed.is_lost()),
        ]),
        file: own.file.clone(),
        line: own.line,
    }
}

fn certificate(own: &ExchangeCertificate) -> ExchangeCertificateRow {
    let certificate = &own.certificate;
    ExchangeCertificateRow {
        server: own.server.clone(),
        thumbprint: certificate.thumbprint.clone(),
        subject: certificate.subject.clone(),
        issuer: certificate.issuer.clone(),
        serial: certificate.serial.clone(),
        not_before: certificate.not_before.and_then(Timestamp::rfc3339),
        not_after: certificate.not_after.and_then(Timestamp::rfc3339),
        names: (!own.names_lost).then(|| certificate.names.clone()),
        services: own.services.value().cloned(),
        status: text(&own.status),
        has_private_key: own.has_private_key.value().copied(),
        // A certificate has all of these values. A missing one was lost.
        lost: lost(&[
            ("subject", certificate.subject.is_none()),
            ("issuer", certificate.issuer.is_none()),
            ("serial", certificate.serial.is_none()),
            ("not_before", certificate.not_before.is_none()),
            ("not_after", certificate.not_after.is_none()),
            ("names", own.names_lost),
            ("services", own.services.is_lost()),
            ("status", own.status.is_lost()),
            ("has_private_key", own.has_private_key.is_lost()),
        ]),
        file: own.file.clone(),
        line: own.line,
    }
}

fn setting(own: &WizardSetting, comparison: &Comparison<'_>) -> WizardRow {
    let exported = comparison.exported_name(own);
    WizardRow {
        local_time: local_time(own.local_time),
        cmdlet: own.cmdlet.clone(),
        connector: own.connector.clone(),
        certificate_name: own.certificate_name.clone(),
        differs: comparison.differs(own, exported.as_ref()),
        exported_name: exported.flatten(),
        failed: own.failed,
        file: own.file.clone(),
        line: own.line,
    }
}

#[cfg(test)]
mod tests {
    use crate::onprem::load::put_together;
    use crate::tenant::load::ExportFile;

    use super::*;

    fn report(file: &str, json: &str) -> Option<OnPremisesReport> {
        let file = ExportFile::read(file, json.as_bytes()).unwrap();
        on_premises(&put_together(vec![file], Vec::new()).0, &[])
    }

    #[test]
    fn null_because_lost_and_null_because_empty_are_distinguished() {
        let found = report(
            "send.json",
            r#"{"Name":"Out","AddressSpaces":"System.Object[]","SmartHosts":[],"Fqdn":null,"TlsCertificateName":null,"RequireTLS":false}"#,
        )
        .unwrap();
        let row = &found.send_connectors[0];
        assert_eq!(row.address_spaces, None);
        assert_eq!(row.smart_hosts.as_deref(), Some(&[][..]));
        assert_eq!((&row.fqdn, row.require_tls), (&None, Some(false)));
        for (field, is_lost) in [
            ("address_spaces", true),
            ("enabled", true),
            ("smart_hosts", false),
            ("fqdn", false),
            ("tls_certificate_name", false),
            ("require_tls", false),
        ] {
            assert_eq!(
                row.lost.iter().any(|lost| lost == field),
                is_lost,
                "{field}"
            );
        }
        assert!(found.send_connectors_exported && !found.certificates_exported);
    }

    #[test]
    fn certificates_name_what_they_lost() {
        let found = report(
            "certificates.json",
            r#"{"Thumbprint":"0123456789ABCDEF0123456789abcdef01234567","Subject":"CN=a","Services":"SMTP","NotAfter":"2027-11-01T00:00:00Z"}"#,
        )
        .unwrap();
        let row = &found.certificates[0];
        assert_eq!(row.not_after.as_deref(), Some("2027-11-01T00:00:00.000Z"));
        assert_eq!(row.names, None);
        assert_eq!(
            row.lost,
            [
                "issuer",
                "serial",
                "not_before",
                "names",
                "status",
                "has_private_key"
            ]
        );
    }

    #[test]
    fn each_log_of_the_wizard_is_a_run() {
        let setting = |file: &str, minute: i64, connector: &str, failed| WizardSetting {
            local_time: Timestamp::from_millis(minute * 60_000),
            cmdlet: "Set-InboundConnector".to_owned(),
            connector: Some(connector.to_owned()),
            certificate_name: None,
            failed,
            file: file.to_owned(),
            line: 1,
            text: String::new(),
        };
        let settings = [
            setting("b.log", 3, "Out", false),
            setting("b.log", 2, "In", true),
            setting("c.log", 1, "In", false),
        ];
        let runs = wizard_runs(&settings);
        let time = |run: &WizardRun| run.local_time.clone().expect("a time");
        assert_eq!(time(&runs[0]), "1970-01-01T00:01:00.000");
        assert_eq!(time(&runs[1]), "1970-01-01T00:02:00.000");
        assert_eq!(runs[1].file, "b.log");
        assert_eq!((runs[1].settings, runs[1].failed), (2, 1));
        assert_eq!(runs[1].connectors, ["In", "Out"]);
    }

    #[test]
    fn there_is_no_block_without_exports() {
        assert_eq!(on_premises(&OnPremises::default(), &[]), None);
        let empty = report("SendConnector.json", "[]").unwrap();
        assert!(empty.send_connectors_exported && empty.send_connectors.is_empty());
    }
}
