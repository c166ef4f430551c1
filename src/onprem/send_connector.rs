//! Reads rows of `Get-SendConnector`.
//!
//! In: an [`Object`] of any export form. Out: a [`SendConnector`], if the row describes one.
//! Must not guess a value: a column that is missing or lost stays [`Known::Lost`].
//! Invariant: the value of an enumeration is read from its name only. Microsoft does not document
//! what the numbers mean.

use crate::tenant::Known;
use crate::tenant::field::Separators;
use crate::tenant::kind::{ExportKind, kind};
use crate::tenant::table::{Object, Value};

use super::model::SendConnector;

/// Reads a row. Returns `None` if it is not a send connector, or if it has no name.
pub fn read_send_connector(object: &Object, file: &str) -> Option<SendConnector> {
    if kind(object) != Some(ExportKind::SendConnector) {
        return None;
    }
    let named = |field| object.text_of(field).value().cloned().flatten();
    Some(SendConnector {
        name: named("Name").or_else(|| named("Identity"))?,
        guid: object.guid_of("Guid"),
        // `OriginatingServer` is the domain controller that was asked, not an Exchange server.
        server: named("PSComputerName").filter(|name| !name.eq_ignore_ascii_case("localhost")),
        enabled: object.flag_of("Enabled"),
        smart_hosts: object.list_of("SmartHosts", Separators::Words),
        address_spaces: object.list_of("AddressSpaces", Separators::AddressSpaces),
        source_servers: source_servers(object),
        fqdn: object.text_of("Fqdn"),
        tls_certificate_name: certificate_name(object),
        tls_domain: object.text_of("TlsDomain"),
        tls_auth_level: word_of(object, "TlsAuthLevel"),
        require_tls: object.flag_of("RequireTLS"),
        ignore_starttls: object.flag_of("IgnoreSTARTTLS"),
        force_helo: object.flag_of("ForceHELO"),
        protocol_logging: word_of(object, "ProtocolLoggingLevel"),
        frontend_proxy: object.flag_of("FrontendProxyEnabled"),
        cloud_services_mail_enabled: object.flag_of("CloudServicesMailEnabled"),
        dns_routing: object.flag_of("DNSRoutingEnabled"),
        error_policies: word_of(object, "ErrorPolicies"),
        when_changed: match object.time_of("WhenChangedUTC") {
            Known::Lost => object.time_of("WhenChanged"),
            known @ Known::Value(_) => known,
        },
        file: file.to_owned(),
        line: object.line,
    })
}

/// The name of an enumeration's value. A number without a name is lost.
pub(super) fn word_of(object: &Object, field: &str) -> Known<Option<String>> {
    match object.text_of(field) {
        Known::Value(Some(text)) if text.bytes().all(|byte| byte.is_ascii_digit()) => Known::Lost,
        known => known,
    }
}

/// `TlsCertificateName`. `ConvertTo-Json` may write issuer and subject as separate fields.
fn certificate_name(object: &Object) -> Known<Option<String>> {
    let known = object.text_of("TlsCertificateName");
    let (Known::Lost, Some(Value::Object(parts))) = (&known, object.get("TlsCertificateName"))
    else {
        return known;
    };
    let part = |field| parts.text_of(field).value().cloned().flatten();
    match (part("CertificateIssuer"), part("CertificateSubject")) {
        (Some(issuer), Some(subject)) => Known::Value(Some(format!("<I>{issuer}<S>{subject}"))),
        (None, Some(subject)) => Known::Value(Some(format!("<S>{subject}"))),
        _ => Known::Lost,
    }
}

/// The server names in `SourceTransportServers`. An export holds them as names, as directory
/// objects, as distinguished names (`CN=EX01,CN=Servers,…`) or as paths
/// (`contoso.com/…/Servers/EX01`).
fn source_servers(object: &Object) -> Known<Vec<String>> {
    // Distinguished names contain commas. If a script has joined several into one text, the part
    // before `CN=Servers` is the name.
    if let Some(Value::Text(text)) = object.get("SourceTransportServers")
        && text.trim_start().starts_with("CN=")
    {
        let parts: Vec<&str> = text.split([',', ';']).map(str::trim).collect();
        let servers: Vec<String> = parts
            .windows(2)
            .filter(|pair| pair[1].eq_ignore_ascii_case("CN=Servers"))
            // If they are joined by blanks, the text before the last `CN=` is the end of the
            // previous name.
            .filter_map(|pair| pair[0].rsplit_once("CN="))
            .map(|(_, name)| name.to_owned())
            .collect();
        return if servers.is_empty() {
            Known::Lost
        } else {
            Known::Value(servers)
        };
    }
    match object.list_of("SourceTransportServers", Separators::Names) {
        Known::Value(list) => Known::Value(list.iter().map(|name| plain_name(name)).collect()),
        Known::Lost => Known::Lost,
    }
}

fn plain_name(text: &str) -> String {
    let name = match text.strip_prefix("CN=") {
        Some(rest) => rest.split(',').next().unwrap_or(rest),
        None => text.rsplit('/').next().unwrap_or(text),
    };
    name.trim().to_owned()
}

impl SendConnector {
    /// The fields that the export lost, by their names in Exchange.
    pub fn lost_fields(&self) -> Vec<&'static str> {
        let fields = [
            ("Enabled", self.enabled.is_lost()),
            ("SmartHosts", self.smart_hosts.is_lost()),
            ("AddressSpaces", self.address_spaces.is_lost()),
            ("SourceTransportServers", self.source_servers.is_lost()),
            ("Fqdn", self.fqdn.is_lost()),
            ("TlsCertificateName", self.tls_certificate_name.is_lost()),
            ("TlsDomain", self.tls_domain.is_lost()),
            ("TlsAuthLevel", self.tls_auth_level.is_lost()),
            ("RequireTLS", self.require_tls.is_lost()),
            ("IgnoreSTARTTLS", self.ignore_starttls.is_lost()),
            ("ForceHELO", self.force_helo.is_lost()),
            ("ProtocolLoggingLevel", self.protocol_logging.is_lost()),
            ("FrontendProxyEnabled", self.frontend_proxy.is_lost()),
            (
                "CloudServicesMailEnabled",
                self.cloud_services_mail_enabled.is_lost(),
            ),
            ("DNSRoutingEnabled", self.dns_routing.is_lost()),
            ("WhenChangedUTC", self.when_changed.is_lost()),
        ];
        let lost = fields.iter().filter(|(_, lost)| *lost);
        lost.map(|(name, _)| *name).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tenant::export::read;
    use proptest::prelude::*;

    fn connectors(text: &str) -> Vec<SendConnector> {
        let table = read(text.as_bytes()).unwrap();
        let rows = table.objects.iter();
        rows.filter_map(|row| read_send_connector(row, "send"))
            .collect()
    }

    fn one(fields: &str) -> SendConnector {
        connectors(&format!(r#"{{"Name":"Out","AddressSpaces":[],{fields}}}"#)).remove(0)
    }

    const JSON: &str = r#"{
        "Name": "Out", "Identity": "Out", "Enabled": true, "PSComputerName": "ex01.contoso.com",
        "OriginatingServer": "DC01.contoso.com",
        "SmartHosts": [{"Domain": "contoso-com.mail.protection.outlook.com", "Address": {"Address": 0, "IPAddressToString": "0.0.0.0"}, "IsIPAddress": false}],
        "AddressSpaces": [{"Address": "contoso.mail.onmicrosoft.com", "Type": "smtp", "Cost": 1}],
        "SourceTransportServers": [{"Name": "EX01", "DistinguishedName": "CN=EX01,CN=Servers,DC=contoso,DC=com"}, {"Name": "EX02"}],
        "Fqdn": {"Domain": "mail.contoso.com"},
        "TlsCertificateName": {"CertificateIssuer": "CN=Example CA, O=Example", "CertificateSubject": "CN=mail.contoso.com", "SubjectCommonName": null},
        "TlsDomain": {"SmtpDomain": {"Domain": "mail.protection.outlook.com"}, "Address": "mail.protection.outlook.com"},
        "TlsAuthLevel": {"value": 3, "Value": "DomainValidation"}, "RequireTLS": true, "IgnoreSTARTTLS": false,
        "ForceHELO": false, "ProtocolLoggingLevel": "Verbose", "FrontendProxyEnabled": false,
        "CloudServicesMailEnabled": true, "DNSRoutingEnabled": false, "WhenChangedUTC": "2026-11-03T02:14:09Z"
    }"#;

    const CSV: &str = "\"Name\",\"Enabled\",\"PSComputerName\",\"SmartHosts\",\"AddressSpaces\",\"SourceTransportServers\",\"Fqdn\",\"TlsCertificateName\",\"TlsDomain\",\"TlsAuthLevel\",\"RequireTLS\",\"IgnoreSTARTTLS\",\"ForceHELO\",\"ProtocolLoggingLevel\",\"FrontendProxyEnabled\",\"CloudServicesMailEnabled\",\"DNSRoutingEnabled\",\"WhenChangedUTC\"\r\n\
        \"Out\",\"True\",\"ex01.contoso.com\",\"contoso-com.mail.protection.outlook.com\",\"smtp:contoso.mail.onmicrosoft.com;1\",\"EX01; EX02\",\"mail.contoso.com\",\"<I>CN=Example CA, O=Example<S>CN=mail.contoso.com\",\"mail.protection.outlook.com\",\"DomainValidation\",\"True\",\"False\",\"False\",\"Verbose\",\"False\",\"True\",\"False\",\"2026-11-03T02:14:09\"\r\n";

    const CLIXML: &str = r#"<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04"><Obj RefId="0">
        <TN RefId="0"><T>Microsoft.Exchange.Data.Directory.SystemConfiguration.SmtpSendConnectorConfig</T></TN>
        <ToString>Out</ToString><Props><S N="Name">Out</S><B N="Enabled">true</B>
        <Obj N="SmartHosts" RefId="1"><LST><Obj RefId="2"><ToString>contoso-com.mail.protection.outlook.com</ToString><Props><B N="IsIPAddress">false</B></Props></Obj></LST></Obj>
        <Obj N="AddressSpaces" RefId="3"><LST><Obj RefId="4"><ToString>smtp:contoso.mail.onmicrosoft.com;1</ToString><Props /></Obj></LST></Obj>
        <Obj N="SourceTransportServers" RefId="5"><LST><Obj RefId="6"><ToString>EX01</ToString><Props /></Obj><Obj RefId="7"><ToString>contoso.com/Configuration/Servers/EX02</ToString><Props /></Obj></LST></Obj>
        <Obj N="Fqdn" RefId="8"><ToString>mail.contoso.com</ToString><Props /></Obj>
        <Obj N="TlsCertificateName" RefId="9"><ToString>&lt;I&gt;CN=Example CA, O=Example&lt;S&gt;CN=mail.contoso.com</ToString><Props /></Obj>
        <Obj N="TlsDomain" RefId="10"><ToString>mail.protection.outlook.com</ToString><Props /></Obj>
        <Obj N="TlsAuthLevel" RefId="11"><ToString>DomainValidation</ToString><I32>3</I32></Obj>
        <B N="RequireTLS">true</B><B N="IgnoreSTARTTLS">false</B><B N="ForceHELO">false</B>
        <Obj N="ProtocolLoggingLevel" RefId="12"><ToString>Verbose</ToString><I32>1</I32></Obj>
        <B N="FrontendProxyEnabled">false</B><B N="CloudServicesMailEnabled">true</B><B N="DNSRoutingEnabled">false</B>
        <DT N="WhenChangedUTC">2026-11-03T02:14:09Z</DT></Props><MS><S N="PSComputerName">ex01.contoso.com</S></MS></Obj></Objs>"#;

    const LIST: &str = "Name                     : Out\r\n\
        PSComputerName           : ex01.contoso.com\r\n\
        Enabled                  : True\r\n\
        SmartHosts               : {contoso-com.mail.protection.outlook.com}\r\n\
        AddressSpaces            : {smtp:contoso.mail.onmicrosoft.com;1}\r\n\
        SourceTransportServers   : {EX01, EX02}\r\n\
        Fqdn                     : mail.contoso.com\r\n\
        TlsCertificateName       : <I>CN=Example CA, O=Example<S>CN=mail.contoso.com\r\n\
        TlsDomain                : mail.protection.outlook.com\r\n\
        TlsAuthLevel             : DomainValidation\r\n\
        RequireTLS               : True\r\n\
        IgnoreSTARTTLS           : False\r\n\
        ForceHELO                : False\r\n\
        ProtocolLoggingLevel     : Verbose\r\n\
        FrontendProxyEnabled     : False\r\n\
        CloudServicesMailEnabled : True\r\n\
        DNSRoutingEnabled        : False\r\n\
        WhenChangedUTC           : 2026/11/03 2:14:09\r\n";

    fn expected() -> SendConnector {
        let text = |text: &str| Known::Value(Some(text.to_owned()));
        let list =
            |list: &[&str]| Known::Value(list.iter().map(|text| (*text).to_owned()).collect());
        SendConnector {
            guid: None,
            name: "Out".to_owned(),
            server: Some("ex01.contoso.com".to_owned()),
            enabled: Known::Value(true),
            smart_hosts: list(&["contoso-com.mail.protection.outlook.com"]),
            address_spaces: list(&["smtp:contoso.mail.onmicrosoft.com;1"]),
            source_servers: list(&["EX01", "EX02"]),
            fqdn: text("mail.contoso.com"),
            tls_certificate_name: text("<I>CN=Example CA, O=Example<S>CN=mail.contoso.com"),
            tls_domain: text("mail.protection.outlook.com"),
            tls_auth_level: text("DomainValidation"),
            require_tls: Known::Value(true),
            ignore_starttls: Known::Value(false),
            force_helo: Known::Value(false),
            protocol_logging: text("Verbose"),
            frontend_proxy: Known::Value(false),
            cloud_services_mail_enabled: Known::Value(true),
            dns_routing: Known::Value(false),
            error_policies: Known::Lost,
            when_changed: Known::Value("2026-11-03T02:14:09Z".parse().unwrap()),
            file: "send".to_owned(),
            line: None,
        }
    }

    #[test]
    fn every_form_gives_the_same_connector() {
        for (text, line) in [(JSON, 2), (CSV, 2), (CLIXML, 3), (LIST, 1)] {
            let mut expected = expected();
            expected.line = Some(line);
            assert_eq!(connectors(text), [expected], "{text}");
        }
        assert!(expected().lost_fields().is_empty());
        assert_eq!(expected().goes_to_exchange_online(), Some(true));
    }

    #[test]
    fn missing_columns_are_lost_and_null_is_empty() {
        let found = one(
            r#""SmartHosts":null,"TlsCertificateName":null,"Fqdn":"","SourceTransportServers":[],"PSComputerName":"localhost""#,
        );
        assert_eq!(found.smart_hosts, Known::Value(Vec::new()));
        assert_eq!(found.tls_certificate_name, Known::Value(None));
        assert_eq!(found.fqdn, Known::Value(None));
        assert_eq!(found.source_servers, Known::Value(Vec::new()));
        assert_eq!(found.server, None);
        assert_eq!(found.lost_fields().len(), 11);
        assert_eq!(found.lost_fields()[0], "Enabled");
    }

    #[test]
    fn what_export_csv_and_numbers_lose_is_lost() {
        let found = connectors("Name,SmartHosts,AddressSpaces,SourceTransportServers,TlsCertificateName\nOut,Microsoft.Exchange.Data.MultiValuedProperty`1[Microsoft.Exchange.Data.SmartHost],System.Collections.ArrayList,System.Object[],\n").remove(0);
        assert!(found.smart_hosts.is_lost() && found.address_spaces.is_lost());
        assert!(found.source_servers.is_lost());
        assert_eq!(found.tls_certificate_name, Known::Value(None));
        assert_eq!(found.goes_to_exchange_online(), None);
        let found = one(r#""TlsAuthLevel":3,"ProtocolLoggingLevel":{"value":1}"#);
        assert!(found.tls_auth_level.is_lost() && found.protocol_logging.is_lost());
    }

    #[test]
    fn source_servers_are_names_whatever_was_exported() {
        let dn = |name: &str| {
            format!("CN={name},CN=Servers,CN=Exchange Administrative Group (X),DC=contoso,DC=com")
        };
        let two = ["EX01", "EX02"].map(str::to_owned).to_vec();
        for servers in [
            serde_json::json!([dn("EX01"), dn("EX02")]),
            serde_json::json!(format!("{};{}", dn("EX01"), dn("EX02"))),
            serde_json::json!(format!("{} {}", dn("EX01"), dn("EX02"))),
            serde_json::json!([{"DistinguishedName": dn("EX01")}, {"Name": "EX02"}]),
            serde_json::json!(["contoso.com/Configuration/Servers/EX01", "EX02"]),
            serde_json::json!("{EX01, EX02}"),
        ] {
            let found = one(&format!(r#""SourceTransportServers":{servers}"#));
            assert_eq!(found.source_servers, Known::Value(two.clone()), "{servers}");
        }
        let found = one(r#""SourceTransportServers":"CN=EX01""#);
        assert_eq!(found.source_servers, Known::Lost);
    }

    #[test]
    fn other_rows_are_not_send_connectors() {
        for text in [
            r#"{"Name":"A","SenderIPAddresses":[]}"#,
            r#"{"Name":"A","SmartHosts":[],"UseMXRecord":true,"TlsCertificateName":null}"#,
            r#"{"Name":"","AddressSpaces":[]}"#,
        ] {
            assert!(connectors(text).is_empty(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_value_is_read_without_panic(value in "\\PC{0,40}") {
            let json = serde_json::json!({
                "Name": "A", "AddressSpaces": value, "SmartHosts": value, "SourceTransportServers": value,
                "Fqdn": value, "TlsCertificateName": {"CertificateSubject": value}, "WhenChangedUTC": value,
            });
            prop_assert_eq!(connectors(&json.to_string()).len(), 1);
            let json = serde_json::json!({"Name": "A", "AddressSpaces": [], "SourceTransportServers": format!("CN={value}")});
            prop_assert_eq!(connectors(&json.to_string()).len(), 1);
        }
    }
}
