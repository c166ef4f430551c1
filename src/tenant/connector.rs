//! Rows of `Get-InboundConnector`.
//!
//! In: an [`Object`] of any export form. Out: an [`InboundConnector`], if the row is one.
//! Must not fill gaps: a column that is missing or lost stays [`Known::Lost`].
//! Invariant: a connector type is read from its name only, because Microsoft does not document which
//! number means which type.

use super::address;
use super::field::Separators;
use super::kind::{ExportKind, kind};
use super::model::{ConnectorType, InboundConnector, Known};
use super::table::Object;

/// Reads a row. Returns `None` if it is no inbound connector or has no name.
pub fn read_connector(object: &Object, file: &str) -> Option<InboundConnector> {
    if kind(object) != Some(ExportKind::InboundConnector) {
        return None;
    }
    let named = |field| object.text_of(field).value().cloned().flatten();
    let addresses = object.list_of("SenderIPAddresses", Separators::Words);
    Some(InboundConnector {
        name: named("Name").or_else(|| named("Identity"))?,
        guid: object.guid_of("Guid"),
        enabled: object.flag_of("Enabled"),
        connector_type: connector_type(object),
        tls_sender_certificate_name: object.text_of("TlsSenderCertificateName"),
        sender_ip_addresses: match addresses {
            Known::Value(list) => {
                Known::Value(list.iter().map(|text| address::parse(text)).collect())
            }
            Known::Lost => Known::Lost,
        },
        sender_domains: object.list_of("SenderDomains", Separators::AddressSpaces),
        associated_accepted_domains: object.list_of("AssociatedAcceptedDomains", Separators::Names),
        require_tls: object.flag_of("RequireTls"),
        restrict_domains_to_certificate: object.flag_of("RestrictDomainsToCertificate"),
        restrict_domains_to_ip_addresses: object.flag_of("RestrictDomainsToIPAddresses"),
        cloud_services_mail_enabled: object.flag_of("CloudServicesMailEnabled"),
        connector_source: connector_source(object),
        // Most exports have no such column: then nothing says that it is a test.
        test_mode: match object.get("TestMode") {
            None => Known::Value(false),
            Some(_) => object.flag_of("TestMode"),
        },
        when_changed: match object.time_of("WhenChangedUTC") {
            Known::Lost => object.time_of("WhenChanged"),
            known @ Known::Value(_) => known,
        },
        file: file.to_owned(),
        line: object.line,
    })
}

/// Who made the connector. A number is lost: Microsoft does not document which one is the wizard.
fn connector_source(object: &Object) -> Known<Option<String>> {
    match object.text_of("ConnectorSource") {
        Known::Value(Some(text)) if text.bytes().all(|byte| byte.is_ascii_digit()) => Known::Lost,
        known => known,
    }
}

fn connector_type(object: &Object) -> Known<ConnectorType> {
    match object.text_of("ConnectorType") {
        Known::Value(Some(text)) if text.eq_ignore_ascii_case("OnPremises") => {
            Known::Value(ConnectorType::OnPremises)
        }
        Known::Value(Some(text)) if text.eq_ignore_ascii_case("Partner") => {
            Known::Value(ConnectorType::Partner)
        }
        _ => Known::Lost,
    }
}

impl InboundConnector {
    /// Whether the export says that the hybrid wizard made the connector.
    pub fn is_made_by_wizard(&self) -> bool {
        let source = self.connector_source.value().and_then(Option::as_deref);
        source.is_some_and(|source| source.trim().eq_ignore_ascii_case("HybridWizard"))
    }

    /// The fields that attribution needs and the export lost, by their names in Exchange Online.
    pub fn lost_fields(&self) -> Vec<&'static str> {
        let fields = [
            ("Enabled", self.enabled.is_lost()),
            ("ConnectorType", self.connector_type.is_lost()),
            (
                "TlsSenderCertificateName",
                self.tls_sender_certificate_name.is_lost(),
            ),
            ("SenderIPAddresses", self.sender_ip_addresses.is_lost()),
        ];
        fields
            .iter()
            .filter(|(_, lost)| *lost)
            .map(|(name, _)| *name)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::export::read;
    use super::*;
    use proptest::prelude::*;

    fn connectors(text: &str) -> Vec<InboundConnector> {
        let table = read(text.as_bytes()).unwrap();
        table
            .objects
            .iter()
            .filter_map(|object| read_connector(object, "inbound"))
            .collect()
    }

    const JSON: &str = r#"{
        "Name": "Inbound from contoso", "Identity": "Inbound from contoso", "Enabled": true,
        "ConnectorType": "OnPremises", "TlsSenderCertificateName": "*.contoso.com",
        "SenderIPAddresses": ["203.0.113.7", "198.51.100.0/24"], "SenderDomains": ["smtp:*;1"],
        "AssociatedAcceptedDomains": [{"Name": "contoso.com"}], "RequireTls": true,
        "RestrictDomainsToCertificate": false, "RestrictDomainsToIPAddresses": false,
        "CloudServicesMailEnabled": true, "TestMode": false,
        "WhenChanged": "2026-11-03T11:14:09+09:00", "WhenChangedUTC": "2026-11-03T02:14:09Z"
    }"#;

    /// The same connector, as `Export-Csv` behind a script that joins lists writes it.
    const CSV: &str = "\"Name\",\"Enabled\",\"ConnectorType\",\"TlsSenderCertificateName\",\"SenderIPAddresses\",\"SenderDomains\",\"AssociatedAcceptedDomains\",\"RequireTls\",\"RestrictDomainsToCertificate\",\"RestrictDomainsToIPAddresses\",\"CloudServicesMailEnabled\",\"TestMode\",\"WhenChangedUTC\"\r\n\
        \"Inbound from contoso\",\"True\",\"OnPremises\",\"*.contoso.com\",\"203.0.113.7;198.51.100.0/24\",\"smtp:*;1\",\"contoso.com\",\"True\",\"False\",\"False\",\"True\",\"False\",\"2026-11-03T02:14:09\"\r\n";

    const CLIXML: &str = r#"<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04"><Obj RefId="0"><MS>
        <S N="Name">Inbound from contoso</S><B N="Enabled">true</B>
        <Obj N="ConnectorType" RefId="1"><ToString>OnPremises</ToString><I32>1</I32></Obj>
        <Obj N="TlsSenderCertificateName" RefId="2"><ToString>*.contoso.com</ToString><Props><S N="x">y</S></Props></Obj>
        <Obj N="SenderIPAddresses" RefId="3"><LST><S>203.0.113.7</S><Obj RefId="4"><ToString>198.51.100.0/24</ToString><Props /></Obj></LST></Obj>
        <Obj N="SenderDomains" RefId="5"><LST><S>smtp:*;1</S></LST></Obj>
        <Obj N="AssociatedAcceptedDomains" RefId="6"><LST><S>contoso.com</S></LST></Obj>
        <B N="RequireTls">true</B><B N="RestrictDomainsToCertificate">false</B><B N="RestrictDomainsToIPAddresses">false</B>
        <B N="CloudServicesMailEnabled">true</B><B N="TestMode">false</B><DT N="WhenChangedUTC">2026-11-03T02:14:09Z</DT>
        </MS></Obj></Objs>"#;

    const LIST: &str = "Name                         : Inbound from contoso\r\n\
        Enabled                      : True\r\n\
        ConnectorType                : OnPremises\r\n\
        TlsSenderCertificateName     : *.contoso.com\r\n\
        SenderIPAddresses            : {203.0.113.7, 198.51.100.0/24}\r\n\
        SenderDomains                : {smtp:*;1}\r\n\
        AssociatedAcceptedDomains    : {contoso.com}\r\n\
        RequireTls                   : True\r\n\
        RestrictDomainsToCertificate : False\r\n\
        RestrictDomainsToIPAddresses : False\r\n\
        CloudServicesMailEnabled     : True\r\n\
        TestMode                     : False\r\n\
        WhenChangedUTC               : 2026/11/03 2:14:09\r\n";

    fn expected() -> InboundConnector {
        InboundConnector {
            guid: None,
            name: "Inbound from contoso".to_owned(),
            enabled: Known::Value(true),
            connector_type: Known::Value(ConnectorType::OnPremises),
            tls_sender_certificate_name: Known::Value(Some("*.contoso.com".to_owned())),
            sender_ip_addresses: Known::Value(vec![
                address::parse("203.0.113.7"),
                address::parse("198.51.100.0/24"),
            ]),
            sender_domains: Known::Value(vec!["smtp:*;1".to_owned()]),
            associated_accepted_domains: Known::Value(vec!["contoso.com".to_owned()]),
            require_tls: Known::Value(true),
            restrict_domains_to_certificate: Known::Value(false),
            restrict_domains_to_ip_addresses: Known::Value(false),
            cloud_services_mail_enabled: Known::Value(true),
            connector_source: Known::Lost,
            test_mode: Known::Value(false),
            when_changed: Known::Value("2026-11-03T02:14:09Z".parse().unwrap()),
            file: "inbound".to_owned(),
            line: None,
        }
    }

    #[test]
    fn every_form_gives_the_same_connector() {
        for (text, line) in [(JSON, 2), (CSV, 2), (CLIXML, 2), (LIST, 1)] {
            let mut expected = expected();
            expected.line = Some(line);
            assert_eq!(connectors(text), [expected], "{text}");
        }
        assert!(expected().lost_fields().is_empty());
    }

    #[test]
    fn missing_columns_are_lost_and_null_is_empty() {
        let list = connectors(
            r#"[{"Identity":"A","TlsSenderCertificateName":null,"SenderIPAddresses":null,"SenderDomains":[]}]"#,
        );
        let connector = &list[0];
        assert_eq!(connector.name, "A");
        assert_eq!(connector.tls_sender_certificate_name, Known::Value(None));
        assert_eq!(connector.sender_ip_addresses, Known::Value(Vec::new()));
        assert_eq!(connector.sender_domains, Known::Value(Vec::new()));
        assert_eq!(connector.associated_accepted_domains, Known::Lost);
        assert_eq!(connector.when_changed, Known::Lost);
        assert_eq!(connector.lost_fields(), ["Enabled", "ConnectorType"]);
    }

    #[test]
    fn a_plain_csv_export_loses_lists_only() {
        let list = connectors(
            "Name,Enabled,ConnectorType,TlsSenderCertificateName,SenderIPAddresses\nA,True,Partner,,System.Collections.ArrayList\n",
        );
        assert_eq!(list[0].connector_type, Known::Value(ConnectorType::Partner));
        assert_eq!(list[0].tls_sender_certificate_name, Known::Value(None));
        assert_eq!(list[0].lost_fields(), ["SenderIPAddresses"]);
    }

    #[test]
    fn a_bare_number_is_no_connector_type() {
        for (value, connector_type) in [
            ("1", Known::Lost),
            ("\"2\"", Known::Lost),
            ("{\"value\":1}", Known::Lost),
            (
                "{\"value\":1,\"Value\":\"onpremises\"}",
                Known::Value(ConnectorType::OnPremises),
            ),
            (
                "{\"value\":2,\"Value\":\"Partner\"}",
                Known::Value(ConnectorType::Partner),
            ),
            ("\"Default\"", Known::Lost),
        ] {
            let list = connectors(&format!(
                r#"{{"Name":"A","SenderIPAddresses":[],"ConnectorType":{value}}}"#
            ));
            assert_eq!(list[0].connector_type, connector_type, "{value}");
        }
    }

    #[test]
    fn dates_of_unknown_culture_are_lost_unless_the_other_field_tells() {
        let when = |fields: &str| {
            connectors(&format!(
                r#"{{"Name":"A","SenderIPAddresses":[],{fields}}}"#
            ))
            .remove(0)
            .when_changed
        };
        let known = Known::Value("2026-11-03T02:14:09Z".parse().unwrap());
        assert_eq!(
            when(r#""WhenChangedUTC":"11/03/2026 02:14:09""#),
            Known::Lost
        );
        assert_eq!(when(r#""WhenChanged":"2026-11-03T02:14:09""#), known);
        assert_eq!(
            when(
                r#""WhenChangedUTC":"11/03/2026 02:14:09","WhenChanged":"2026-11-03T11:14:09+09:00""#
            ),
            known
        );
        assert_eq!(when(r#""WhenChangedUTC":"\/Date(1793672049000)\/""#), known);
    }

    #[test]
    fn other_rows_are_no_connectors() {
        for text in [
            r#"{"Name":"S","AddressSpaces":["smtp:*;1"],"SmartHosts":[],"TlsCertificateName":null}"#,
            r#"{"Name":"R","Bindings":[],"RemoteIPRanges":[],"SenderIPAddresses":[]}"#,
            r#"{"DomainName":"contoso.com","DomainType":"Authoritative"}"#,
            r#"{"Name":"","SenderIPAddresses":[]}"#,
        ] {
            assert!(connectors(text).is_empty(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_value_is_read_without_panic(value in "\\PC{0,40}") {
            let json = serde_json::json!({
                "Name": "A", "SenderIPAddresses": value, "SenderDomains": value, "WhenChangedUTC": value,
                "Enabled": value, "AssociatedAcceptedDomains": value, "TlsSenderCertificateName": value,
            });
            prop_assert_eq!(connectors(&json.to_string()).len(), 1);
        }
    }
}
