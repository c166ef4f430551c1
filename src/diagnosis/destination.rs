//! Which sessions go to Exchange Online: what they show themselves, and what the exports add.
//!
//! In: [`Totals`] and the exported send connectors. Out: `exchange_online` of every flow.
//! Must not use what only the other side has said where an export or a certificate says otherwise: a
//! remote server must not be able to make itself Exchange Online.

use std::collections::{BTreeMap, BTreeSet};

use crate::aggregate::Totals;
use crate::aggregate::intern::Name;
use crate::onprem::{OnPremises, SendConnector};
use crate::smtp::peer::Peer;

/// What the exports say about a send connector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exported {
    /// Its mail goes to Exchange Online.
    ExchangeOnline,
    /// Its smart hosts are other named hosts.
    Elsewhere,
    /// Any host: it has no smart host, or an address.
    Anywhere,
    /// Nothing.
    Open,
}

/// Decides for every flow whether its sessions go to Exchange Online.
pub fn decide(totals: &mut Totals, on_premises: &OnPremises) {
    let known = exported(totals, on_premises);
    let only_online = connectors_only_to_exchange_online(totals, &known);
    for flow in &mut totals.flows {
        let connector = flow.key.connector;
        let exported = known.get(&connector).copied().unwrap_or(Exported::Open);
        flow.exchange_online =
            goes_there(flow.key.peer, exported).unwrap_or_else(|| only_online.contains(&connector));
    }
}

/// Whether sessions with this other side go to Exchange Online; `None` if neither they nor the export
/// show it.
fn goes_there(peer: Peer, exported: Exported) -> Option<bool> {
    match (peer, exported) {
        (Peer::Proven | Peer::Submission, _) => Some(true),
        (Peer::Claimed, exported) => Some(exported != Exported::Elsewhere),
        // A firewall on the way may answer in its own name.
        (Peer::Other | Peer::Unknown, Exported::ExchangeOnline) => Some(true),
        (Peer::Unknown, Exported::Open) => None,
        (Peer::Other, _) | (Peer::Unknown, Exported::Elsewhere | Exported::Anywhere) => Some(false),
    }
}

fn exported(totals: &Totals, on_premises: &OnPremises) -> BTreeMap<Name, Exported> {
    let connectors: BTreeSet<Name> = totals.flows.iter().map(|flow| flow.key.connector).collect();
    let mut by_name: BTreeMap<String, Vec<&SendConnector>> = BTreeMap::new();
    for export in &on_premises.send_connectors {
        let name = export.name.to_ascii_lowercase();
        by_name.entry(name).or_default().push(export);
    }
    let mut known = BTreeMap::new();
    for connector in connectors {
        let name = totals.names.text(connector).to_ascii_lowercase();
        let Some(exports) = by_name.get(&name) else {
            continue;
        };
        let online = exports
            .iter()
            .any(|export| export.goes_to_exchange_online() == Some(true) || export.submits());
        let elsewhere = exports.iter().all(|export| export.goes_to_named_hosts());
        let anywhere = exports
            .iter()
            .all(|export| export.goes_to_exchange_online() == Some(false));
        known.insert(
            connector,
            match (online, elsewhere, anywhere) {
                (true, ..) => Exported::ExchangeOnline,
                (_, true, _) => Exported::Elsewhere,
                (_, _, true) => Exported::Anywhere,
                _ => Exported::Open,
            },
        );
    }
    known
}

/// The send connectors with sessions to Exchange Online and none to any other known host. A session
/// of theirs that shows nothing went there too.
fn connectors_only_to_exchange_online(
    totals: &Totals,
    known: &BTreeMap<Name, Exported>,
) -> BTreeSet<Name> {
    let mut online = BTreeSet::new();
    let mut mixed = BTreeSet::new();
    for flow in &totals.flows {
        let connector = flow.key.connector;
        let exported = known.get(&connector).copied().unwrap_or(Exported::Open);
        match goes_there(flow.key.peer, exported) {
            Some(true) => drop(online.insert(connector)),
            Some(false) => drop(mixed.insert(connector)),
            None => {}
        }
    }
    online.difference(&mixed).copied().collect()
}
