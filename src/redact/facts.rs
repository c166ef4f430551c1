//! Learns the names of the input that sentences may hold.
//!
//! In: tenants, the local Exchange, queues, log files and the analysis. Out: nothing; the redactor knows
//! them.
//! Must not give stand-ins: they are numbered in the order of the output. Only listed ranges of addresses
//! come first, so that the addresses in them stay in them.

use super::redactor::Redactor;
use super::vocabulary::Named;
use crate::diagnosis::analysis::Analysis;
use crate::input::log_list::LogList;
use crate::onprem::OnPremises;
use crate::queue::Queues;
use crate::smtp::certificate::Certificate;
use crate::tenant::Tenant;

impl Redactor {
    /// Learns the names of tenants, connectors and domains.
    pub fn learn_tenants(&mut self, tenants: &[Tenant]) {
        for tenant in tenants {
            self.learn_tenant(&tenant.name);
            for connector in &tenant.connectors {
                self.learn_connector(&connector.name);
                self.learn_certificate_name(connector.tls_sender_certificate_name.value());
                if let Some(entries) = connector.sender_ip_addresses.value() {
                    self.list_addresses(entries);
                }
                self.learn_file(&connector.file);
            }
            for domain in tenant.domains.iter().flatten() {
                self.learn_domain(&domain.name);
                self.learn_file(&domain.file);
                if let Some(server) = &domain.originating_server {
                    self.learn_server(server);
                }
            }
            for file in &tenant.files {
                self.learn_file(file);
            }
        }
    }

    /// Learns the names of send connectors, servers and certificates of the local Exchange.
    pub fn learn_on_premises(&mut self, own: &OnPremises) {
        for connector in &own.send_connectors {
            self.learn_connector(&connector.name);
            self.learn_certificate_name(connector.tls_certificate_name.value());
            for server in connector.source_servers.value().into_iter().flatten() {
                self.learn_servers(Some(server));
            }
            for host in connector.smart_hosts.value().into_iter().flatten() {
                self.learn_host(host);
            }
            for host in [&connector.fqdn, &connector.tls_domain] {
                if let Some(host) = host.value().and_then(Option::as_deref) {
                    self.learn_host(host);
                }
            }
            self.learn_servers(connector.server.as_deref());
            self.learn_file(&connector.file);
        }
        for certificate in &own.certificates {
            self.learn_servers(certificate.server.as_deref());
            self.learn_certificate(&certificate.certificate);
            self.learn_file(&certificate.file);
        }
        for setting in &own.wizard {
            if let Some(connector) = &setting.connector {
                self.learn_connector(connector);
            }
            if let Some(name) = &setting.certificate_name {
                self.vocabulary.add(Named::CertificateName, name);
            }
            self.learn_file(&setting.file);
        }
        for file in &own.files {
            self.learn_file(file);
        }
    }

    /// Learns the names of queues.
    pub fn learn_queues(&mut self, queues: &Queues) {
        for queue in &queues.queues {
            let identity = queue.identity.to_string();
            self.vocabulary.add(Named::Queue, &identity);
            self.learn_servers(queue.identity.server.as_deref());
            self.learn_file(&queue.file);
        }
        for file in &queues.files {
            self.learn_file(file);
        }
    }

    /// Learns the names of files and streams.
    pub fn learn_files(&mut self, logs: &LogList) {
        for stream in &logs.streams {
            self.learn_servers(stream.server.as_deref());
            if stream.name != "." {
                self.vocabulary.add(Named::Stream, &stream.name);
            }
        }
        for file in &logs.files {
            self.learn_file(&file.name);
        }
    }

    /// Learns the send connectors and certificates of the logs.
    pub fn learn_logs(&mut self, analysis: &Analysis<'_>) {
        let aggregate = analysis.aggregate;
        for flow in aggregate.flows.iter().chain(&aggregate.earlier) {
            self.learn_connector(aggregate.names.text(flow.key.connector));
        }
        for certificate in &aggregate.certificates {
            self.learn_certificate(certificate);
        }
    }

    /// Learns the names of a certificate.
    pub fn learn_certificate(&mut self, certificate: &Certificate) {
        let names = [
            &certificate.subject,
            &certificate.issuer,
            &certificate.undivided,
        ];
        for name in names.into_iter().flatten() {
            self.vocabulary.add(Named::CertificateName, name);
        }
        if let Some(serial) = &certificate.serial {
            self.vocabulary.add(Named::Serial, serial);
        }
        for name in &certificate.names {
            self.vocabulary.add(Named::Plain, name);
        }
    }

    fn learn_certificate_name(&mut self, name: Option<&Option<String>>) {
        if let Some(name) = name.and_then(Option::as_deref) {
            self.vocabulary.add(Named::CertificateName, name);
        }
    }

    fn learn_servers(&mut self, server: Option<&str>) {
        if let Some(server) = server {
            self.learn_server(server);
            // A log names the server alone, an export with its domain.
            if let Some((name, _)) = server.split_once('.') {
                self.learn_server(name);
            }
        }
    }

    /// A host without a dot is recognised by nothing but its name.
    fn learn_host(&mut self, host: &str) {
        if !host.contains('.') && !host.contains(':') {
            self.learn_server(host);
        }
    }

    /// Learns a file and the folders before it.
    pub fn learn_file(&mut self, file: &str) {
        if file != "-" {
            self.vocabulary.add(Named::File, file);
        }
    }
}
