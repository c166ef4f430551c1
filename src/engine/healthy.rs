//! Which send connectors have no incident.
//!
//! In: an [`Analysis`], and the incidents of logs and of queues. Out: [`WithoutIncident`].
//! Must not decide an incident.

use std::collections::BTreeSet;

use super::DiagnosedIncident;
use super::queues::QueueIncident;
use crate::aggregate::intern::Name;
use crate::diagnosis::analysis::Analysis;

/// The send connectors to Exchange Online without an incident.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct WithoutIncident {
    /// Those that delivered something.
    pub healthy: BTreeSet<Name>,
    /// Those that delivered nothing in too few sessions to say more.
    pub unproven: BTreeSet<Name>,
}

/// The send connectors that have sessions to Exchange Online and no incident.
pub fn without_incident(
    analysis: &Analysis<'_>,
    incidents: &[DiagnosedIncident<'_>],
    queues: &[QueueIncident<'_>],
) -> WithoutIncident {
    let aggregate = analysis.aggregate;
    let mut found = WithoutIncident::default();
    for flow in aggregate.flows.iter().filter(|flow| flow.exchange_online) {
        if flow.accepted > 0 {
            found.healthy.insert(flow.key.connector);
        }
        found.unproven.insert(flow.key.connector);
    }
    for index in incidents.iter().flat_map(|one| &one.occurrences) {
        let flow = aggregate.occurrences[*index].key.flow;
        found.unproven.remove(&aggregate.flows[flow].key.connector);
    }
    for connector in analysis.left_out.connectors() {
        found.unproven.remove(&connector);
    }
    let waiting = queues.iter().map(|one| one.send_connector.to_lowercase());
    let waiting: BTreeSet<String> = waiting.collect();
    found
        .unproven
        .retain(|connector| !waiting.contains(&aggregate.names.text(*connector).to_lowercase()));
    found
        .healthy
        .retain(|connector| found.unproven.contains(connector));
    found
        .unproven
        .retain(|connector| !found.healthy.contains(connector));
    found
}
