//! What a sentence of a report is about, as data: a connector, a certificate, a stream.
//!
//! In: names from logs and exports. Out: a [`Subject`], whose text is made only when it is shown.
//! Its text must not be parsed. Code that needs a name uses the field.

use crate::language::Language;
use crate::onprem::SendConnector;
use crate::tenant::{InboundConnector, Tenant};

/// What a sentence is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// A certificate.
    Certificate {
        /// Its thumbprint; empty if the export lost it.
        thumbprint: String,
    },
    /// A certificate of a server.
    CertificateOn {
        /// Its thumbprint, if the export holds one.
        thumbprint: Option<String>,
        /// The server.
        server: String,
    },
    /// An inbound connector.
    InboundConnector {
        /// Its name.
        name: String,
        /// Its tenant.
        tenant: String,
    },
    /// A send connector.
    SendConnector {
        /// Its name.
        name: String,
    },
    /// A send connector on one of its servers.
    SendConnectorOn {
        /// Its name.
        name: String,
        /// The server.
        server: String,
    },
}

impl Subject {
    /// An inbound connector.
    pub fn inbound(tenant: &Tenant, connector: &InboundConnector) -> Subject {
        Subject::InboundConnector {
            name: connector.name.clone(),
            tenant: tenant.name.clone(),
        }
    }

    /// A send connector.
    pub fn send(connector: &SendConnector) -> Subject {
        Subject::SendConnector {
            name: connector.name.clone(),
        }
    }
}

impl Subject {
    /// The subject in a sentence.
    pub fn words(&self, _language: Language) -> String {
        match self {
            Subject::Certificate { thumbprint } => format!("certificate {thumbprint}"),
            Subject::CertificateOn { thumbprint, server } => {
                let thumbprint = thumbprint.as_deref().unwrap_or("without a thumbprint");
                format!("certificate {thumbprint} of {server}")
            }
            Subject::InboundConnector { name, tenant } => {
                format!("inbound connector '{name}' of {tenant}")
            }
            Subject::SendConnector { name } => format!("send connector '{name}'"),
            Subject::SendConnectorOn { name, server } => {
                format!("send connector '{name}' on server {server}")
            }
        }
    }
}

/// Where something happened, such as `on EX01/Hub`. `.` is the given folder. In Japanese, it ends with `で`.
pub fn stream_place(_language: Language, name: &str) -> String {
    match name {
        "." => "in the given folder".to_owned(),
        name => format!("on {name}"),
    }
}

/// A stream in a sentence. `.` is the given folder.
pub fn stream_label(_language: Language, name: &str) -> String {
    match name {
        "." => "the given folder".to_owned(),
        name => name.to_owned(),
    }
}
