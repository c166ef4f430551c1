//! What the checks of configuration look at: exports of tenants and of the local Exchange, and the
//! logs where they were given.
//!
//! In: what was loaded. Out: a [`Setup`] to ask.
//! Must not decide what is worth reporting.

use crate::attribution::name_match::Strictness;
use crate::input::timestamp::Timestamp;
use crate::onprem::{OnPremises, SendConnector};
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
    /// What the end of certificates is counted from.
    pub now: Timestamp,
    /// Which wildcard matches count.
    pub strict: Strictness,
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
