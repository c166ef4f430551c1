//! What the checks of configuration look at: exports of tenants and of the local Exchange, and the
//! logs where they were given.
//!
//! In: what was loaded. Out: a [`Setup`] to ask.
//! Must not decide what is worth reporting.

use crate::attribution::name_match::Strictness;
use crate::input::timestamp::Timestamp;
use crate::onprem::{ExchangeCertificate, OnPremises, SendConnector};
use crate::smtp::certificate::Certificate;
use crate::tenant::{ConnectorType, InboundConnector, Known, Tenant};

use super::study::Study;

/// Everything that a check may ask.
#[derive(Debug, Clone, Copy)]
pub struct Setup<'a> {
    /// The tenants.
    pub tenants: &'a [Tenant],
    /// The organisation's own side.
    pub on_premises: &'a OnPremises,
    /// The logs; `None` where only exports were given.
    pub logs: Option<&'a Study<'a>>,
    /// How reading them went; empty where there are none.
    pub reading: &'a LogReading,
    /// What the end of certificates is counted from.
    pub now: Timestamp,
    /// Which wildcard matches count.
    pub strict: Strictness,
}

/// How reading the logs went, beside what they say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogReading {
    /// Lines that could not be read.
    pub malformed: u64,
    /// The first of them.
    pub malformed_lines: Vec<MalformedLine>,
    /// The log files: index of the stream and name for reports.
    pub files: Vec<(usize, String)>,
    /// Sessions outside the period or connectors asked for: of these nothing is known here.
    pub left_out: u64,
}

/// A line that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MalformedLine {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: u64,
    /// It is the last of its file: cut, perhaps, because the file was being written.
    pub is_last: bool,
}

impl<'a> Setup<'a> {
    /// Every inbound connector with its tenant.
    pub fn inbound(&self) -> impl Iterator<Item = (&'a Tenant, &'a InboundConnector)> + use<'a> {
        self.tenants
            .iter()
            .flat_map(|tenant| tenant.connectors.iter().map(move |found| (tenant, found)))
    }

    /// The inbound connectors that are enabled and of type OnPremises, as far as the exports tell.
    pub fn active(&self) -> impl Iterator<Item = (&'a Tenant, &'a InboundConnector)> + use<'a> {
        self.inbound().filter(|(_, connector)| {
            connector.enabled == Known::Value(true)
                && connector.connector_type == Known::Value(ConnectorType::OnPremises)
        })
    }

    /// The exported certificate with the thumbprint of this one.
    pub fn exported(&self, certificate: &Certificate) -> Option<&'a ExchangeCertificate> {
        let wanted = certificate.thumbprint.as_deref()?;
        self.on_premises.certificates.iter().find(|known| {
            let thumbprint = known.certificate.thumbprint.as_deref();
            thumbprint.is_some_and(|thumbprint| thumbprint.eq_ignore_ascii_case(wanted))
        })
    }

    /// The enabled send connectors whose mail goes to Exchange Online, by their export or by the
    /// logs.
    pub fn to_exchange_online(&self) -> impl Iterator<Item = &'a SendConnector> + use<'a> {
        let logs = self.logs;
        self.on_premises
            .send_connectors
            .iter()
            .filter(move |connector| {
                let seen = logs.is_some_and(|study| study.reaches_exchange_online(&connector.name));
                connector.enabled != Known::Value(false)
                    && (seen || connector.goes_to_exchange_online() == Some(true))
            })
    }
}
