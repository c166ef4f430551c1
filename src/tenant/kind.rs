//! What a row of an export is, by its shape.
//!
//! In: the names of its fields and its type name. Out: a [`ExportKind`], or nothing.
//! Must not look at values: an empty connector is a connector. The only exception is a column that says of
//! each row whether it is an inbound or an outbound connector.
//! Invariant: the on-premises receive connector, the outbound connector and the remote domain,
//! which share columns with the wanted rows, are never mistaken for them.

use super::table::{Object, Value};

/// What a row of an export is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExportKind {
    /// A row of `Get-InboundConnector`.
    InboundConnector,
    /// A row of `Get-AcceptedDomain`.
    AcceptedDomain,
    /// A row of `Get-SendConnector`.
    SendConnector,
    /// A row of `Get-ExchangeCertificate`.
    ExchangeCertificate,
    /// A row of `Get-Queue`.
    Queue,
    /// A row of `Get-Message`.
    QueuedMessage,
}

/// Columns that only an inbound connector has.
const CONNECTOR_COLUMNS: [&str; 4] = [
    "TlsSenderCertificateName",
    "SenderIPAddresses",
    "RestrictDomainsToCertificate",
    "RestrictDomainsToIPAddresses",
];

/// Further columns that hardly any other file has.
const IDENTIFYING: [&str; 15] = [
    "DomainName",
    "DomainType",
    "AddressSpaces",
    "SmartHosts",
    "SourceTransportServers",
    "TlsCertificateName",
    "ProtocolLoggingLevel",
    "Thumbprint",
    "CertificateDomains",
    "RootCAType",
    "NextHopDomain",
    "NextHopConnector",
    "MessageCount",
    "InternetMessageId",
    "MessageSourceName",
];

/// True for a column name by which an export can be recognised.
pub(super) fn is_identifying(column: &str) -> bool {
    let mut identifying = CONNECTOR_COLUMNS.iter().chain(&IDENTIFYING);
    identifying.any(|name| name.eq_ignore_ascii_case(column))
}

/// Whether there are at least two columns, and one of them identifies an export.
pub(super) fn identifies_export<'a>(columns: impl Iterator<Item = &'a str>) -> bool {
    let (mut count, mut identifying) = (0, false);
    for column in columns {
        count += 1;
        identifying |= is_identifying(column);
    }
    count > 1 && identifying
}

/// Whether a text names a field that hardly anything but a wanted export has.
pub(super) fn names_identifying_field(text: &str) -> bool {
    const SURE: [&str; 7] = [
        "SourceTransportServers",
        "AddressSpaces",
        "CertificateDomains",
        "DomainType",
        "NextHopConnector",
        "NextHopDomain",
        "MessageSourceName",
    ];
    CONNECTOR_COLUMNS
        .iter()
        .chain(&SURE)
        .any(|name| text.contains(name))
}

/// What this row is.
pub fn kind(object: &Object) -> Option<ExportKind> {
    let has = |name: &str| object.get(name).is_some();
    let named = has("Name") || has("Identity");
    if named && CONNECTOR_COLUMNS.iter().any(|name| has(name)) {
        match direction(object) {
            Some(Direction::Inbound) => return Some(ExportKind::InboundConnector),
            Some(Direction::Outbound) => return None,
            None => {}
        }
    }
    by_shape(has, object.type_name.as_deref())
}

/// What a column such as `Direction` says of a connector.
#[derive(Clone, Copy)]
enum Direction {
    Inbound,
    Outbound,
}

/// The direction of a connector in a file that holds both kinds, whatever the column is called.
fn direction(object: &Object) -> Option<Direction> {
    let fields = object.fields.iter();
    let mut fields = fields.filter(|(name, _)| {
        !["Name", "Identity", "Comment"]
            .iter()
            .any(|known| name.eq_ignore_ascii_case(known))
    });
    fields.find_map(|(_, value)| {
        let Value::Text(text) = value else {
            return None;
        };
        let word: String = text.chars().filter(char::is_ascii_alphabetic).collect();
        match word.to_ascii_lowercase().as_str() {
            "inbound" | "inboundconnector" => Some(Direction::Inbound),
            "outbound" | "outboundconnector" => Some(Direction::Outbound),
            _ => None,
        }
    })
}

/// What the rows under these columns would be. This recognises an export without rows.
pub fn kind_of_columns(columns: &[String]) -> Option<ExportKind> {
    by_shape(
        |name| {
            columns
                .iter()
                .any(|column| column.eq_ignore_ascii_case(name))
        },
        None,
    )
}

fn by_shape(has: impl Fn(&str) -> bool, type_name: Option<&str>) -> Option<ExportKind> {
    let any = |names: &[&str]| names.iter().any(|name| has(name));
    let named = any(&["Name", "Identity"]);
    let type_name = type_name.unwrap_or_default();
    if named
        && (type_name.ends_with("InboundConnector")
            || any(&CONNECTOR_COLUMNS)
                && !any(&["Bindings", "RemoteIPRanges", "AddressSpaces", "SmartHosts"]))
    {
        return Some(ExportKind::InboundConnector);
    }
    // A remote domain has `DomainName` too.
    if (has("DomainName") && any(&DOMAIN_COLUMNS) || named && has("DomainType"))
        && !has("AllowedOOFType")
        || type_name.ends_with(".AcceptedDomain") && named
    {
        return Some(ExportKind::AcceptedDomain);
    }
    if named
        && (type_name.ends_with("SmtpSendConnectorConfig")
            || any(&[
                "AddressSpaces",
                "SourceTransportServers",
                "DNSRoutingEnabled",
            ])
            || has("SmartHosts") && any(&["TlsCertificateName", "Fqdn", "RequireTLS"]))
        && !any(&[
            "Bindings",
            "RemoteIPRanges",
            "UseMXRecord",
            "RecipientDomains",
        ])
    {
        return Some(ExportKind::SendConnector);
    }
    if let Some(kind) = of_queue(&has, type_name) {
        return Some(kind);
    }
    let certificate = type_name.ends_with("ExchangeCertificate")
        || type_name.ends_with("X509Certificate2")
        // The second name is this program's own: a report among the exports is no export.
        || has("Thumbprint") && any(&CERTIFICATE_COLUMNS) && !has("not_after");
    certificate.then_some(ExportKind::ExchangeCertificate)
}

/// A row of `Get-Queue` or `Get-Message`.
fn of_queue(has: &impl Fn(&str) -> bool, type_name: &str) -> Option<ExportKind> {
    let any = |names: &[&str]| names.iter().any(|name| has(name));
    // Logs and traces of messages have an event in each row.
    if any(&["EventId", "event_id", "MessageTraceId"]) {
        return None;
    }
    let is_message = has("InternetMessageId") && any(&MESSAGE_COLUMNS);
    if is_message || type_name.ends_with(".ExtensibleMessageInfo") {
        return Some(ExportKind::QueuedMessage);
    }
    let shows_hop = any(&["NextHopDomain", "NextHopConnector", "DeliveryType"]);
    let shows_state = has("MessageCount") && any(&QUEUE_COLUMNS) || has("LastError") && shows_hop;
    let is_queue = any(&["Identity", "QueueIdentity"]) && shows_state
        || type_name.ends_with(".ExtensibleQueueInfo");
    is_queue.then_some(ExportKind::Queue)
}

const QUEUE_COLUMNS: [&str; 6] = [
    "NextHopDomain",
    "NextHopConnector",
    "DeliveryType",
    "LastError",
    "LastRetryTime",
    "DeferredMessageCount",
];

const MESSAGE_COLUMNS: [&str; 7] = [
    "Queue",
    "MessageSourceName",
    "ExpirationTime",
    "LastError",
    "DeferReason",
    "DateReceived",
    "RetryCount",
];

const DOMAIN_COLUMNS: [&str; 6] = [
    "DomainType",
    "MatchSubDomains",
    "InitialDomain",
    "AuthenticationType",
    "PendingRemoval",
    "PendingCompletion",
];

const CERTIFICATE_COLUMNS: [&str; 7] = [
    "Services",
    "CertificateDomains",
    "RootCAType",
    "NotAfter",
    "SerialNumber",
    "RawData",
    "DnsNameList",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn of(columns: &[&str]) -> Option<ExportKind> {
        let columns: Vec<String> = columns.iter().map(ToString::to_string).collect();
        kind_of_columns(&columns)
    }

    #[test]
    fn wanted_rows_are_known_by_their_columns() {
        assert_eq!(
            of(&["Name", "TlsSenderCertificateName"]),
            Some(ExportKind::InboundConnector)
        );
        assert_eq!(
            of(&["identity", "senderipaddresses"]),
            Some(ExportKind::InboundConnector)
        );
        assert_eq!(
            of(&["DomainName", "DomainType"]),
            Some(ExportKind::AcceptedDomain)
        );
        assert_eq!(
            of(&["Name", "DomainType"]),
            Some(ExportKind::AcceptedDomain)
        );
        assert_eq!(
            of(&["Name", "AddressSpaces", "Fqdn"]),
            Some(ExportKind::SendConnector)
        );
        assert_eq!(
            of(&["Name", "SmartHosts", "TlsCertificateName"]),
            Some(ExportKind::SendConnector)
        );
        assert_eq!(
            of(&["Thumbprint", "Services"]),
            Some(ExportKind::ExchangeCertificate)
        );
    }

    #[test]
    fn queues_and_their_messages_are_known_by_their_columns() {
        let queue = Some(ExportKind::Queue);
        assert_eq!(of(&["Identity", "MessageCount", "LastError"]), queue);
        assert_eq!(
            of(&["QueueIdentity", "NextHopDomain", "MessageCount"]),
            queue
        );
        assert_eq!(of(&["Identity", "NextHopConnector", "LastError"]), queue);
        assert_eq!(of(&["Identity", "LastError"]), None);
        let message = Some(ExportKind::QueuedMessage);
        assert_eq!(of(&["Identity", "InternetMessageId", "Queue"]), message);
        for other in [
            &["Identity", "MessageCount"][..],
            &["EventId", "InternetMessageId", "LastError"],
            &["InternetMessageId", "From", "Subject"],
        ] {
            assert_eq!(of(other), None, "{other:?}");
        }
    }

    #[test]
    fn neighbours_with_the_same_columns_are_not_taken() {
        // Receive connector, outbound connector, remote domain, and rows without a name.
        assert_eq!(
            of(&[
                "Name",
                "Bindings",
                "RemoteIPRanges",
                "Fqdn",
                "TlsCertificateName"
            ]),
            None
        );
        assert_eq!(
            of(&[
                "Name",
                "ConnectorType",
                "SmartHosts",
                "UseMXRecord",
                "RecipientDomains"
            ]),
            None
        );
        assert_eq!(of(&["Name", "DomainName", "AllowedOOFType"]), None);
        assert_eq!(of(&["thumbprint", "services", "not_after"]), None);
        assert_eq!(of(&["SenderIPAddresses"]), None);
        assert_eq!(of(&["Name", "Enabled", "ConnectorType"]), None);
    }

    #[test]
    fn a_column_may_tell_the_direction() {
        let row = |direction: &str| Object {
            fields: [
                "Name",
                "SmartHosts",
                "UseMXRecord",
                "SenderIPAddresses",
                "Direction",
            ]
            .map(|name| {
                let value = if name == "Direction" { direction } else { "" };
                (name.to_owned(), Value::Text(value.to_owned()))
            })
            .into(),
            ..Object::default()
        };
        for inbound in ["Inbound", "inbound connector", "Inbound-Connector"] {
            assert_eq!(kind(&row(inbound)), Some(ExportKind::InboundConnector));
        }
        for other in ["Outbound", "OutboundConnector", "", "Inbound from contoso"] {
            assert_eq!(kind(&row(other)), None, "{other}");
        }
    }

    #[test]
    fn the_type_name_tells_where_columns_are_few() {
        let object = |type_name: &str| Object {
            type_name: Some(type_name.to_owned()),
            ..Object::default()
        };
        let certificate =
            "Microsoft.Exchange.Management.SystemConfigurationTasks.ExchangeCertificate";
        assert_eq!(
            kind(&object(certificate)),
            Some(ExportKind::ExchangeCertificate)
        );
        assert_eq!(
            kind(&object("Microsoft.Exchange.Data.AcceptedDomain")),
            None
        );
    }
}
