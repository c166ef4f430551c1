//! The configuration of the local Exchange in a report, field by field.
//!
//! In: an [`OnPremisesReport`]. Out: the same with stand-ins.
//! Must not leave out a field: every struct is taken apart completely.

use super::redactor::Redactor;
use crate::report::on_premises::{
    ExchangeCertificateRow, OnPremisesReport, SendConnectorRow, WizardRow,
};

impl Redactor {
    pub(super) fn on_premises(&mut self, own: OnPremisesReport) -> OnPremisesReport {
        let OnPremisesReport {
            send_connectors_exported,
            send_connectors,
            certificates_exported,
            certificates,
            wizard,
            wizard_runs,
            files,
        } = own;
        let connectors = send_connectors.into_iter();
        let shown = certificates.into_iter();
        OnPremisesReport {
            send_connectors_exported,
            send_connectors: connectors.map(|one| self.send_connector(one)).collect(),
            certificates_exported,
            certificates: shown.map(|one| self.exchange_certificate(one)).collect(),
            wizard: wizard.into_iter().map(|one| self.setting(one)).collect(),
            wizard_runs: wizard_runs
                .into_iter()
                .map(|one| self.wizard_run(one))
                .collect(),
            files: self.files(files),
        }
    }

    fn send_connector(&mut self, row: SendConnectorRow) -> SendConnectorRow {
        let SendConnectorRow {
            name,
            server,
            enabled,
            smart_hosts,
            address_spaces,
            source_servers,
            fqdn,
            tls_certificate_name,
            tls_domain,
            tls_auth_level,
            require_tls,
            ignore_starttls,
            force_helo,
            protocol_logging,
            frontend_proxy,
            cloud_services_mail_enabled,
            dns_routing,
            when_changed,
            lost,
            file,
            line,
        } = row;
        SendConnectorRow {
            name: self.connector(&name),
            server: server.map(|server| self.server(&server)),
            enabled,
            smart_hosts: smart_hosts.map(|hosts| {
                hosts
                    .iter()
                    .map(|host| self.host_or_address(host))
                    .collect()
            }),
            address_spaces: address_spaces
                .map(|spaces| spaces.iter().map(|space| self.prose(space)).collect()),
            source_servers: source_servers
                .map(|servers| servers.iter().map(|server| self.server(server)).collect()),
            fqdn: fqdn.map(|host| self.host(&host)),
            tls_certificate_name: tls_certificate_name.map(|name| self.certificate_name(&name)),
            tls_domain: tls_domain.map(|domain| self.host(&domain)),
            tls_auth_level: tls_auth_level.map(|level| self.prose(&level)),
            require_tls,
            ignore_starttls,
            force_helo,
            protocol_logging: protocol_logging.map(|level| self.prose(&level)),
            frontend_proxy,
            cloud_services_mail_enabled,
            dns_routing,
            when_changed,
            lost,
            file: self.file(&file),
            line,
        }
    }

    fn exchange_certificate(&mut self, row: ExchangeCertificateRow) -> ExchangeCertificateRow {
        let ExchangeCertificateRow {
            server,
            thumbprint,
            subject,
            issuer,
            serial,
            not_before,
            not_after,
            names,
            services,
            status,
            has_private_key,
            lost,
            file,
            line,
        } = row;
        ExchangeCertificateRow {
            server: server.map(|server| self.server(&server)),
            thumbprint: thumbprint.map(|text| super::tokens::thumbprint(&text)),
            subject: subject.map(|name| self.name(&name)),
            issuer: issuer.map(|name| self.name(&name)),
            serial: serial.map(|serial| self.serial(&serial)),
            not_before,
            not_after,
            names: names.map(|names| names.iter().map(|name| self.alternate_name(name)).collect()),
            services: services.map(|services| self.sentences(services)),
            status: status.map(|status| self.prose(&status)),
            has_private_key,
            lost,
            file: self.file(&file),
            line,
        }
    }

    fn setting(&mut self, row: WizardRow) -> WizardRow {
        let WizardRow {
            local_time,
            cmdlet,
            connector,
            certificate_name,
            exported_name,
            differs,
            failed,
            file,
            line,
        } = row;
        WizardRow {
            local_time,
            cmdlet: self.prose(&cmdlet),
            connector: connector.map(|name| self.connector(&name)),
            certificate_name: certificate_name.map(|name| self.certificate_name(&name)),
            exported_name: exported_name.map(|name| self.certificate_name(&name)),
            differs,
            failed,
            file: self.file(&file),
            line,
        }
    }
}
