//! What a sentence of a report is about, as data: a connector, a certificate, a stream.
//!
//! In: names from logs and exports. Out: a [`Subject`], whose text is made only when it is shown.
//! Its text must not be parsed. Code that needs a name uses the field.

use crate::language::{Language, sentences};
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
    pub fn words(&self, language: Language) -> String {
        match self {
            Subject::Certificate { thumbprint } => certificate(language, thumbprint),
            Subject::CertificateOn {
                thumbprint: Some(thumbprint),
                server,
            } => certificate_of(language, thumbprint, server),
            Subject::CertificateOn {
                thumbprint: None,
                server,
            } => nameless_certificate_of(language, server),
            Subject::InboundConnector { name, tenant } => inbound_connector(language, name, tenant),
            Subject::SendConnector { name } => send_connector(language, name),
            Subject::SendConnectorOn { name, server } => send_connector_on(language, name, server),
        }
    }
}

/// Where something happened, such as `on EX01/Hub`. `.` is the given folder. In Japanese, it ends with `で`.
pub fn stream_place(language: Language, name: &str) -> String {
    match name {
        "." => in_the_given_folder(language),
        name => on_stream(language, name),
    }
}

/// A stream in a sentence. `.` is the given folder.
pub fn stream_label(language: Language, name: &str) -> String {
    match name {
        "." => given_folder(language),
        name => name.to_owned(),
    }
}

sentences! {
    /// A certificate.
    fn certificate(thumbprint: &str) {
        en: "certificate {thumbprint}",
        ja: "証明書 {thumbprint}" ["89fa2e51"],
    }
    /// A certificate of a server.
    fn certificate_of(thumbprint: &str, server: &str) {
        en: "certificate {thumbprint} of {server}",
        ja: "{server} の証明書 {thumbprint}" ["13bc46cf"],
    }
    /// A certificate of a server whose thumbprint the export lost.
    fn nameless_certificate_of(server: &str) {
        en: "certificate without a thumbprint of {server}",
        ja: "{server} の拇印が不明な証明書" ["8c858d18"],
    }
    /// An inbound connector.
    fn inbound_connector(name: &str, tenant: &str) {
        en: "inbound connector '{name}' of {tenant}",
        ja: "{tenant} の受信コネクタ「{name}」" ["936ca401"],
    }
    /// A send connector.
    fn send_connector(name: &str) {
        en: "send connector '{name}'",
        ja: "送信コネクタ「{name}」" ["8ace0cf1"],
    }
    /// A send connector on one of its servers.
    fn send_connector_on(name: &str, server: &str) {
        en: "send connector '{name}' on server {server}",
        ja: "サーバー {server} の送信コネクタ「{name}」" ["9a77ddae"],
    }
    /// Where something happened, if it is the PATH itself.
    fn in_the_given_folder() {
        en: "in the given folder",
        ja: "指定したフォルダーで" ["d0b02da8"],
    }
    /// Where something happened.
    fn on_stream(name: &str) {
        en: "on {name}",
        ja: "{name} で" ["e3df11b5"],
    }
    /// The stream that is the PATH itself.
    fn given_folder() {
        en: "the given folder",
        ja: "指定したフォルダー" ["ac4b56c7"],
    }
}
