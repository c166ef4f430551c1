//! Which queues hold mail for Exchange Online.
//!
//! In: a [`Queue`] and the exported send connectors. Out: whether its next hop is Exchange Online, and its
//! send connector.
//! Must not guess: `None` is a queue about which the exports do not say enough.

use crate::onprem::SendConnector;
use crate::onprem::model::is_routing_domain;
use crate::smtp::host;

use super::model::Queue;

/// Delivery types whose next hop is outside the organisation.
/// Source: "Queues" (Microsoft Learn).
const OUTSIDE: [&str; 2] = ["SmartHostConnectorDelivery", "DnsConnectorDelivery"];

/// Queues that no send connector empties.
const WITHOUT_HOP: [&str; 3] = ["Submission", "Unreachable", "Poison"];

/// Whether the next hop is Exchange Online.
pub fn goes_to_exchange_online(queue: &Queue, connectors: &[SendConnector]) -> Option<bool> {
    let of = |value: &'_ crate::tenant::Known<Option<String>>| value.value().cloned().flatten();
    let is_without_hop = WITHOUT_HOP
        .iter()
        .any(|name| queue.identity.queue.eq_ignore_ascii_case(name));
    let delivery = of(&queue.delivery_type);
    let category = of(&queue.next_hop_category);
    let is_outside = |delivery: &String| {
        OUTSIDE
            .iter()
            .any(|outside| outside.eq_ignore_ascii_case(delivery))
    };
    let internal = category.is_some_and(|category| category.eq_ignore_ascii_case("Internal"));
    if queue.is_shadow()
        || is_without_hop
        || internal
        || delivery
            .as_ref()
            .is_some_and(|delivery| !is_outside(delivery))
    {
        return Some(false);
    }
    let domain = of(&queue.next_hop_domain);
    let tls = of(&queue.tls_domain);
    if domain.as_deref().is_some_and(is_online)
        || tls.as_deref().is_some_and(is_tls_domain)
        || host_of_error(queue).is_some_and(is_online)
    {
        return Some(true);
    }
    match connector(queue, connectors) {
        Some(connector) => connector.goes_to_exchange_online(),
        // Only a smart host says where the mail goes: mail for any domain may go to Exchange Online.
        None if delivery.is_some_and(|delivery| delivery.eq_ignore_ascii_case(OUTSIDE[0])) => {
            domain.map(|_| false)
        }
        None => None,
    }
}

/// The exported send connector of a queue, by its Guid.
pub fn connector<'a>(queue: &Queue, connectors: &'a [SendConnector]) -> Option<&'a SendConnector> {
    let wanted = queue.next_hop_connector.value()?.as_deref()?;
    connectors.iter().find(|connector| {
        let guid = connector.guid.as_deref();
        guid.is_some_and(|guid| guid.eq_ignore_ascii_case(wanted))
    })
}

/// The host with which the last attempt failed. An export that lost the next hop may still show it.
fn host_of_error(queue: &Queue) -> Option<&str> {
    let error = queue.last_error.value()?.as_ref()?;
    error.innermost.host.as_deref()
}

/// Whether a next hop, such as a list of smart hosts or a domain, is one of Exchange Online.
fn is_online(hop: &str) -> bool {
    host::names_exchange_online(hop.as_bytes()) || is_routing_domain(hop.trim_end_matches('.'))
}

fn is_tls_domain(domain: &str) -> bool {
    host::names_exchange_online(format!("x.{}", domain.trim_start_matches("*.")).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queue::row::read_queue;
    use crate::scenario::exports::send_connector;
    use crate::tenant::export::read;

    fn queue(fields: serde_json::Value) -> Queue {
        let mut row =
            serde_json::json!({"Identity": "EX01\\41", "MessageCount": 3, "LastError": ""});
        for (name, value) in fields.as_object().expect("fields") {
            row[name] = value.clone();
        }
        let rows = read(row.to_string().as_bytes()).expect("an export").objects;
        read_queue(&rows[0], "q").expect("a queue")
    }

    #[test]
    fn domains_of_exchange_online_are_known() {
        for (fields, expected) in [
            (
                serde_json::json!({"DeliveryType": "DnsConnectorDelivery", "NextHopDomain": "contoso.mail.onmicrosoft.com"}),
                Some(true),
            ),
            (
                serde_json::json!({"DeliveryType": 4, "NextHopCategory": "External", "NextHopDomain": "contoso-com.mail.protection.outlook.com"}),
                Some(true),
            ),
            (
                serde_json::json!({"DeliveryType": "DnsConnectorDelivery", "NextHopDomain": "fabrikam.com", "TlsDomain": "mail.protection.outlook.com"}),
                Some(true),
            ),
            (
                serde_json::json!({"DeliveryType": "DnsConnectorDelivery", "NextHopDomain": "fabrikam.com"}),
                None,
            ),
            (
                serde_json::json!({"DeliveryType": "SmartHostConnectorDelivery", "NextHopDomain": "relay.example.net"}),
                Some(false),
            ),
            (
                serde_json::json!({"DeliveryType": "SmtpRelayToDag", "NextHopDomain": "contoso.mail.onmicrosoft.com"}),
                Some(false),
            ),
            (
                serde_json::json!({"Identity": "EX01\\Shadow\\7", "NextHopDomain": "contoso.mail.onmicrosoft.com"}),
                Some(false),
            ),
            (
                serde_json::json!({"NextHopCategory": "Internal", "NextHopDomain": "dag1"}),
                Some(false),
            ),
            // A Guid alone says nothing, unless the error names the host.
            (
                serde_json::json!({"NextHopConnector": "6e4d3f9a-0b0c-4c5d-9e1f-223344556677"}),
                None,
            ),
            (
                serde_json::json!({"NextHopConnector": "6e4d3f9a-0b0c-4c5d-9e1f-223344556677",
                    "LastError": "[{LED=421 4.4.1 Connection timed out};{MSG=};{FQDN=contoso-mail-onmicrosoft-com.mail.protection.outlook.com};{IP=192.0.2.36}]"}),
                Some(true),
            ),
        ] {
            assert_eq!(
                goes_to_exchange_online(&queue(fields.clone()), &[]),
                expected,
                "{fields}"
            );
        }
    }

    #[test]
    fn the_guid_leads_to_the_connector() {
        let guid = "6e4d3f9a-0b0c-4c5d-9e1f-223344556677";
        let own = SendConnector {
            guid: Some(guid.to_uppercase()),
            ..send_connector()
        };
        let of = |fields| goes_to_exchange_online(&queue(fields), std::slice::from_ref(&own));
        let hop = serde_json::json!({"DeliveryType": "DnsConnectorDelivery", "NextHopDomain": "fabrikam.com", "NextHopConnector": guid});
        assert_eq!(of(hop.clone()), own.goes_to_exchange_online());
        assert!(connector(&queue(hop), std::slice::from_ref(&own)).is_some());
        let internal = serde_json::json!({"DeliveryType": "SmtpRelayToDag", "NextHopDomain": "dag1", "NextHopConnector": guid});
        assert_eq!(of(internal), Some(false));
    }
}
