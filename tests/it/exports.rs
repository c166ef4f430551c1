//! One configuration in every form of export gives one report: a tenant's, and that of the local
//! Exchange.

use serde_json::Value;

use crate::corpus::Session;
use crate::program::{Run, run, texts};

/// The name of a form, and its files.
type Form = (&'static str, Vec<(&'static str, Vec<u8>)>);

const CONNECTORS: [(&str, &str, &str, &str); 2] = [
    (
        "Inbound from contoso",
        "True",
        "OnPremises",
        "relay.contoso.com",
    ),
    ("Partner, old", "False", "Partner", "*.fabrikam.com"),
];

const DOMAINS: [(&str, &str); 3] = [
    ("contoso.com", "False"),
    ("relay.contoso.com", "False"),
    ("contoso.onmicrosoft.com", "True"),
];

fn json() -> (String, String) {
    let connectors: Vec<Value> = CONNECTORS
        .iter()
        .map(|(name, enabled, kind, certificate)| {
            serde_json::json!({
                "Name": name, "Identity": name, "Enabled": *enabled == "True",
                "ConnectorType": kind, "SenderIPAddresses": ["203.0.113.200", "198.51.100.0/24"],
                "SenderDomains": ["smtp:*;1"], "RequireTls": true,
                "TlsSenderCertificateName": certificate,
                "WhenChangedUTC": "2026-08-21T08:02:11Z",
            })
        })
        .collect();
    let domains: Vec<Value> = DOMAINS
        .iter()
        .map(|(name, initial)| {
            serde_json::json!({
                "DomainName": name, "DomainType": "Authoritative", "MatchSubDomains": false,
                "InitialDomain": *initial == "True", "PendingRemoval": false,
                "PendingCompletion": false, "Name": name,
            })
        })
        .collect();
    (
        serde_json::to_string_pretty(&connectors).expect("JSON"),
        serde_json::to_string_pretty(&domains).expect("JSON"),
    )
}

/// `Export-Csv`; the script that wrote it joined lists with blanks.
fn csv(delimiter: char, type_line: bool) -> (String, String) {
    let line = |cells: &[&str]| {
        let cells: Vec<String> = cells.iter().map(|cell| format!("\"{cell}\"")).collect();
        cells.join(&delimiter.to_string()) + "\r\n"
    };
    let mut connectors = String::new();
    let mut domains = String::new();
    if type_line {
        connectors.push_str("#TYPE Deserialized.Microsoft.Exchange.Data.Directory.SystemConfiguration.TenantInboundConnector\r\n");
        domains.push_str("#TYPE Deserialized.Microsoft.Exchange.Data.Directory.SystemConfiguration.AcceptedDomain\r\n");
    }
    connectors.push_str(&line(&[
        "Name",
        "Identity",
        "Enabled",
        "ConnectorType",
        "SenderIPAddresses",
        "SenderDomains",
        "RequireTls",
        "TlsSenderCertificateName",
        "WhenChangedUTC",
    ]));
    for (name, enabled, kind, certificate) in CONNECTORS {
        connectors.push_str(&line(&[
            name,
            name,
            enabled,
            kind,
            "203.0.113.200 198.51.100.0/24",
            "smtp:*;1",
            "True",
            certificate,
            "2026-08-21T08:02:11Z",
        ]));
    }
    domains.push_str(&line(&[
        "DomainName",
        "DomainType",
        "MatchSubDomains",
        "InitialDomain",
        "PendingRemoval",
        "PendingCompletion",
        "Name",
    ]));
    for (name, initial) in DOMAINS {
        domains.push_str(&line(&[
            name,
            "Authoritative",
            "False",
            initial,
            "False",
            "False",
            name,
        ]));
    }
    (connectors, domains)
}

fn clixml() -> (String, String) {
    let object = |number: usize, kind: &str, name: &str, properties: &str| {
        format!(
            "<Obj RefId=\"{}\"><TN RefId=\"{}\"><T>Microsoft.Exchange.Data.Directory.SystemConfiguration.{kind}</T><T>System.Object</T></TN><ToString>{name}</ToString><Props>{properties}</Props></Obj>",
            number * 10,
            number * 10
        )
    };
    let lower = str::to_lowercase;
    let whole = |objects: Vec<String>| {
        format!(
            "<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\">{}</Objs>",
            objects.concat()
        )
    };
    let connectors = CONNECTORS
        .iter()
        .enumerate()
        .map(|(number, (name, enabled, kind, certificate))| {
            let reference = number * 10 + 1;
            let properties = format!(
                "<B N=\"Enabled\">{}</B><Obj N=\"ConnectorType\" RefId=\"{reference}\"><ToString>{kind}</ToString><I32>1</I32></Obj><Obj N=\"SenderIPAddresses\" RefId=\"{}\"><LST><S>203.0.113.200</S><S>198.51.100.0/24</S></LST></Obj><Obj N=\"SenderDomains\" RefId=\"{}\"><LST><S>smtp:*;1</S></LST></Obj><B N=\"RequireTls\">true</B><S N=\"TlsSenderCertificateName\">{certificate}</S><S N=\"Name\">{name}</S><S N=\"Identity\">{name}</S><DT N=\"WhenChangedUTC\">2026-08-21T08:02:11Z</DT>",
                lower(enabled),
                reference + 1,
                reference + 2
            );
            object(number, "TenantInboundConnector", name, &properties)
        })
        .collect();
    let domains = DOMAINS
        .iter()
        .enumerate()
        .map(|(number, (name, initial))| {
            let properties = format!(
                "<S N=\"DomainName\">{name}</S><S N=\"DomainType\">Authoritative</S><B N=\"MatchSubDomains\">false</B><B N=\"InitialDomain\">{}</B><B N=\"PendingRemoval\">false</B><B N=\"PendingCompletion\">false</B><S N=\"Name\">{name}</S>",
                lower(initial)
            );
            object(number, "AcceptedDomain", name, &properties)
        })
        .collect();
    (whole(connectors), whole(domains))
}

fn format_list() -> (String, String) {
    let mut connectors = "\r\n\r\n".to_owned();
    for (name, enabled, kind, certificate) in CONNECTORS {
        connectors.push_str(&format!(
            "Enabled                      : {enabled}\r\nConnectorType                : {kind}\r\nSenderIPAddresses            : {{203.0.113.200, 198.51.100.0/24}}\r\nSenderDomains                : {{smtp:*;1}}\r\nRequireTls                   : True\r\nTlsSenderCertificateName     : {certificate}\r\nName                         : {name}\r\nIdentity                     : {name}\r\nWhenChangedUTC               : 8/21/2026 8:02:11 AM\r\n\r\n"
        ));
    }
    let mut domains = "\r\n".to_owned();
    for (name, initial) in DOMAINS {
        domains.push_str(&format!(
            "DomainName         : {name}\r\nDomainType         : Authoritative\r\nMatchSubDomains    : False\r\nPendingRemoval     : False\r\nPendingCompletion  : False\r\nInitialDomain      : {initial}\r\nName               : {name}\r\n\r\n"
        ));
    }
    (connectors, domains)
}

fn utf16(text: &str) -> Vec<u8> {
    let mut bytes = vec![0xFF, 0xFE];
    bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    bytes
}

fn forms() -> Vec<Form> {
    let files = |extension: &str, (connectors, domains): (String, String)| {
        let names = match extension {
            "json" => ["InboundConnector.json", "AcceptedDomain.json"],
            "csv" => ["InboundConnector.csv", "AcceptedDomain.csv"],
            "xml" => ["InboundConnector.xml", "AcceptedDomain.xml"],
            _ => ["InboundConnector.txt", "AcceptedDomain.txt"],
        };
        vec![
            (names[0], connectors.into_bytes()),
            (names[1], domains.into_bytes()),
        ]
    };
    let wide = |mut form: Vec<(&'static str, Vec<u8>)>| {
        for (_, bytes) in &mut form {
            *bytes = utf16(std::str::from_utf8(bytes).expect("UTF-8"));
        }
        form
    };
    let marked = |mut form: Vec<(&'static str, Vec<u8>)>| {
        for (_, bytes) in &mut form {
            bytes.splice(0..0, *b"\xEF\xBB\xBF");
        }
        form
    };
    let renamed = |mut form: Vec<(&'static str, Vec<u8>)>| {
        form[0].0 = "first.dat";
        form[1].0 = "second.dat";
        form
    };
    vec![
        ("JSON", files("json", json())),
        ("JSON with a byte order mark", marked(files("json", json()))),
        ("JSON in UTF-16", wide(files("json", json()))),
        ("JSON under other names", renamed(files("json", json()))),
        ("CSV", files("csv", csv(',', false))),
        ("CSV with a type line", files("csv", csv(',', true))),
        ("CSV with semicolons", files("csv", csv(';', true))),
        ("CSV in UTF-16", wide(files("csv", csv(';', true)))),
        ("CLIXML", files("xml", clixml())),
        ("CLIXML in UTF-16", wide(files("xml", clixml()))),
        ("Format-List", files("txt", format_list())),
        ("Format-List in UTF-16", wide(files("txt", format_list()))),
    ]
}

/// The report of a small log against a form, without the names of files.
fn report(what: &str, files: &[(&str, Vec<u8>)]) -> Value {
    let folder = tempfile::tempdir().expect("a folder");
    let log = folder.path().join("SEND2026110302-1.LOG");
    std::fs::write(log, Session::default().log()).expect("a log");
    let tenant = folder.path().join("tenant");
    std::fs::create_dir(&tenant).expect("a folder");
    for (name, bytes) in files {
        std::fs::write(tenant.join(name), bytes).expect("an export");
    }
    let run = run([
        "diagnose".as_ref(),
        "-f".as_ref(),
        "json".as_ref(),
        folder.path().as_os_str(),
    ]);
    assert_eq!(run.code, 1, "{what}: {run:?}");
    assert_eq!(run.err, "", "{what}");
    let mut report = run.json();
    let used = report["tenants"][0]["files"].as_array().map(Vec::len);
    assert_eq!(used, Some(2), "{what}: {}", report["tenants"]);
    report["tenants"][0]["files"] = Value::Null;
    // Where a value stands depends on the form.
    for finding in report["findings"].as_array_mut().expect("a list") {
        for row in finding["evidence"].as_array_mut().expect("a list") {
            row["file"] = Value::Null;
            row["line"] = Value::Null;
        }
    }
    report
}

#[test]
fn every_form_gives_the_same_report() {
    let forms = forms();
    let first = report(forms[0].0, &forms[0].1);
    let incident = &first["incidents"][0];
    assert_eq!(incident["cause"]["code"], "CRT005");
    assert_eq!(incident["tenant"], "contoso.onmicrosoft.com");
    assert_eq!(incident["inbound_connector"], "Inbound from contoso");
    assert_eq!(first["tenants"][0]["inbound_connectors"], 2);
    assert_eq!(first["tenants"][0]["accepted_domains"], 3);
    for (what, files) in &forms[1..] {
        assert_eq!(report(what, files), first, "{what}");
    }
}

#[test]
fn addresses_are_read_from_every_form() {
    // The address that Exchange Online saw is in none of them, until it is put there.
    for (what, mut files) in forms() {
        for (_, bytes) in &mut files {
            let wide = bytes.starts_with(b"\xFF\xFE");
            let (old, new) = ("203.0.113.200", "203.0.113.7");
            let (old, new) = if wide {
                (utf16(old)[2..].to_vec(), utf16(new)[2..].to_vec())
            } else {
                (old.as_bytes().to_vec(), new.as_bytes().to_vec())
            };
            *bytes = replace(bytes, &old, &new);
        }
        let report = report(what, &files);
        assert_ne!(report["incidents"][0]["cause"]["code"], "CRT005", "{what}");
    }
}

fn replace(bytes: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let mut result = Vec::new();
    let mut rest = bytes;
    while let Some(at) = rest.windows(old.len()).position(|window| window == old) {
        result.extend(&rest[..at]);
        result.extend(new);
        rest = &rest[at + old.len()..];
    }
    result.extend(rest);
    result
}

const THUMBPRINTS: [&str; 2] = [
    "00112233445566778899AABBCCDDEEFF00112233",
    "FFEEDDCCBBAA99887766554433221100FFEEDDCC",
];

/// A send connector of the organisation, asked for on a server.
fn send_connector(server: &str, fqdn: &str) -> Value {
    serde_json::json!({
        "Name": "Outbound to Office 365", "Identity": "Outbound to Office 365", "Enabled": true,
        "SmartHosts": ["contoso-com.mail.protection.outlook.com"], "AddressSpaces": ["smtp:*;1"],
        "SourceTransportServers": [{"Name": "EX01"}, {"DistinguishedName": "CN=EX02,CN=Servers,DC=contoso,DC=com"}],
        "Fqdn": fqdn, "TlsCertificateName": "<I>CN=Example CA, O=Example<S>CN=mail.contoso.com",
        "RequireTLS": true, "ProtocolLoggingLevel": "Verbose", "FrontendProxyEnabled": false,
        "PSComputerName": server,
    })
}

fn certificate(server: &str, thumbprint: &str) -> Value {
    serde_json::json!({
        "Identity": format!("{server}\\{thumbprint}"), "Thumbprint": thumbprint,
        "Subject": "CN=mail.contoso.com", "Issuer": "CN=Example CA, O=Example", "SerialNumber": "0A1B",
        "NotBefore": "2026-01-01T00:00:00Z", "NotAfter": "2027-01-01T00:00:00Z",
        "CertificateDomains": ["mail.contoso.com"], "Services": "IIS, SMTP", "Status": "Valid",
    })
}

const CONNECTOR_FIELDS: [&str; 11] = [
    "Name",
    "Enabled",
    "SmartHosts",
    "AddressSpaces",
    "SourceTransportServers",
    "Fqdn",
    "TlsCertificateName",
    "RequireTLS",
    "ProtocolLoggingLevel",
    "FrontendProxyEnabled",
    "PSComputerName",
];

const CERTIFICATE_FIELDS: [&str; 10] = [
    "Identity",
    "Thumbprint",
    "Subject",
    "Issuer",
    "SerialNumber",
    "NotBefore",
    "NotAfter",
    "CertificateDomains",
    "Services",
    "Status",
];

/// The values of fields as text.
fn fields(row: &Value, names: &[&'static str]) -> Vec<(&'static str, String)> {
    let text = |name: &&'static str| match &row[*name] {
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Array(_) if *name == "SourceTransportServers" => "EX01, EX02".to_owned(),
        Value::Array(list) => list[0].as_str().expect("a text").to_owned(),
        other => other.as_str().expect("a text").to_owned(),
    };
    names.iter().map(|name| (*name, text(name))).collect()
}

fn own_csv(fields: &[(&str, String)]) -> String {
    let line = |cells: Vec<&str>| {
        let cells: Vec<String> = cells.iter().map(|cell| format!("\"{cell}\"")).collect();
        cells.join(";") + "\r\n"
    };
    let (names, values) = fields
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .unzip();
    line(names) + &line(values)
}

fn own_list(fields: &[(&str, String)]) -> String {
    let lists = [
        "SmartHosts",
        "AddressSpaces",
        "SourceTransportServers",
        "CertificateDomains",
    ];
    let lines = fields.iter().map(|(name, value)| {
        if lists.contains(name) {
            format!("{name:22} : {{{value}}}\r\n")
        } else {
            format!("{name:22} : {value}\r\n")
        }
    });
    lines.collect()
}

fn own_clixml(kind: &str, fields: &[(&str, String)]) -> String {
    let properties = fields.iter().map(|(name, value)| {
        let value = value.replace('<', "&lt;").replace('>', "&gt;");
        match value.split_once(", EX02") {
            Some((first, _)) => {
                format!("<Obj N=\"{name}\" RefId=\"1\"><LST><S>{first}</S><S>EX02</S></LST></Obj>")
            }
            None => format!("<S N=\"{name}\">{value}</S>"),
        }
    });
    format!(
        "<Objs Version=\"1.1.0.1\"><Obj RefId=\"0\"><TN RefId=\"0\"><T>Microsoft.Exchange.{kind}</T></TN><MS>{}</MS></Obj></Objs>",
        properties.collect::<String>()
    )
}

/// The two of them in every form that says the same of them.
fn own_forms() -> Vec<(&'static str, Vec<(&'static str, String)>)> {
    let connector = send_connector("EX01", "mail.contoso.com");
    let own = certificate("EX01", THUMBPRINTS[0]);
    let both = serde_json::json!({"send": [connector], "certificates": {"EX01": [own]}});
    let sent = fields(&connector, &CONNECTOR_FIELDS);
    let certified = fields(&own, &CERTIFICATE_FIELDS);
    let two = |one: String, other: String| vec![("a.dat", one), ("b.dat", other)];
    vec![
        ("JSON", two(connector.to_string(), own.to_string())),
        ("one JSON document", vec![("all.json", both.to_string())]),
        ("CSV", two(own_csv(&sent), own_csv(&certified))),
        ("Format-List", two(own_list(&sent), own_list(&certified))),
        (
            "CLIXML",
            two(
                own_clixml("SmtpSendConnectorConfig", &sent),
                own_clixml("ExchangeCertificate", &certified),
            ),
        ),
    ]
}

/// A folder with a small log and these files.
fn folder_with(files: &[(&str, String)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let log = folder.path().join("logs/SEND2026110302-1.LOG");
    std::fs::create_dir(folder.path().join("logs")).expect("a folder");
    std::fs::write(log, Session::default().log()).expect("a log");
    for (name, content) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, content).expect("an export");
    }
    folder
}

/// `diagnose` over parts of a folder, with options of which each value is a path in it.
fn diagnose(folder: &tempfile::TempDir, form: &str, paths: &[&str], on_prem: &[&str]) -> Run {
    let path = |name: &&str| folder.path().join(name).into_os_string();
    let mut arguments = vec!["diagnose".into(), "-f".into(), form.into(), "--full".into()];
    arguments.extend(paths.iter().map(path));
    for name in on_prem {
        arguments.extend(["--on-prem".into(), path(name)]);
    }
    run(arguments)
}

/// The block, without names and lines of files.
fn own_side(report: &Value) -> Value {
    let mut block = report["on_premises"].clone();
    block["files"] = Value::Null;
    for list in ["send_connectors", "certificates"] {
        for row in block[list].as_array_mut().expect("a list") {
            row["file"] = Value::Null;
            row["line"] = Value::Null;
        }
    }
    block
}

#[test]
fn the_local_exchange_is_the_same_in_every_form() {
    let mut first = None;
    for (what, files) in own_forms() {
        let run = diagnose(&folder_with(&files), "json", &["."], &[]);
        assert_eq!(run.err, "", "{what}");
        let report = run.json();
        let block = own_side(&report);
        let connector = &block["send_connectors"][0];
        assert_eq!(connector["name"], "Outbound to Office 365", "{what}");
        assert_eq!(
            connector["source_servers"],
            serde_json::json!(["EX01", "EX02"]),
            "{what}"
        );
        assert_eq!(connector["protocol_logging"], "Verbose", "{what}");
        let own = &block["certificates"][0];
        assert_eq!(
            own["services"],
            serde_json::json!(["IIS", "SMTP"]),
            "{what}"
        );
        assert_eq!(own["not_after"], "2027-01-01T00:00:00.000Z", "{what}");
        assert_eq!(
            own["lost"],
            serde_json::json!(["has_private_key"]),
            "{what}"
        );
        assert_eq!(report["input"]["skipped"], serde_json::json!([]), "{what}");
        assert_eq!(*first.get_or_insert_with(|| block.clone()), block, "{what}");
    }
}

#[test]
fn connectors_of_several_servers_are_one_and_certificates_are_not() {
    let server = |name: &str, fqdn: &str| {
        serde_json::json!([
            send_connector(name, fqdn),
            certificate(name, THUMBPRINTS[0]),
            certificate(name, THUMBPRINTS[1])
        ])
        .to_string()
    };
    let folder = folder_with(&[
        ("EX01/all.json", server("EX01", "mail.contoso.com")),
        ("EX02/all.json", server("EX02", "mail.contoso.com")),
        ("EX02/again.json", server("EX02", "mail.contoso.com")),
    ]);
    let report = diagnose(&folder, "json", &["."], &[]).json();
    let block = &report["on_premises"];
    assert_eq!(texts(&block["send_connectors"], "/server"), ["EX01"]);
    assert_eq!(
        texts(&block["certificates"], "/server"),
        ["EX01", "EX01", "EX02", "EX02"]
    );
    assert_eq!(block["send_connectors"][0]["line"], 1);
    let text = diagnose(&folder, "text", &["."], &[]);
    assert!(
        text.text()
            .contains("On-premises: 1 send connector, 4 certificates."),
        "{}",
        text.text()
    );

    let other = server("EX02", "other.contoso.com");
    std::fs::write(folder.path().join("EX02/all.json"), other).expect("an export");
    let report = diagnose(&folder, "json", &["."], &[]).json();
    let connectors = &report["on_premises"]["send_connectors"];
    assert_eq!(texts(connectors, "/server"), ["EX01", "EX02"]);
    assert_eq!(
        texts(connectors, "/fqdn"),
        ["mail.contoso.com", "other.contoso.com"]
    );
    let said = report["not_judged"].to_string();
    assert!(
        said.contains("with different values, in EX02/all.json"),
        "{said}"
    );
}

#[test]
fn named_exports_take_the_place_of_those_beside_the_logs() {
    let domains =
        serde_json::json!([{"DomainName": "corp.contoso.com", "DomainType": "Authoritative"}]);
    let folder = folder_with(&[
        (
            "logs/old.json",
            send_connector("OLD", "old.contoso.com").to_string(),
        ),
        (
            "own/send.json",
            send_connector("EX01", "mail.contoso.com").to_string(),
        ),
        ("own/domains.json", domains.to_string()),
        (
            "more/certificates.json",
            certificate("EX01", THUMBPRINTS[0]).to_string(),
        ),
        ("logs/tenant/InboundConnector.json", json().0),
        ("logs/tenant/AcceptedDomain.json", json().1),
    ]);
    let run = diagnose(&folder, "json", &["logs"], &["own", "more"]);
    assert_eq!(run.err, "");
    let report = run.json();
    let block = &report["on_premises"];
    assert_eq!(texts(&block["send_connectors"], "/server"), ["EX01"]);
    assert_eq!(block["certificates"].as_array().map(Vec::len), Some(1));
    // The local Exchange's accepted domains are not the tenant's.
    assert_eq!(report["tenants"][0]["accepted_domains"], 3);
    let skipped = report["input"]["skipped"].to_string();
    for (file, reason) in [
        ("old.json", "--on-prem names others"),
        ("domains.json", "the accepted domains of the local Exchange"),
    ] {
        assert!(
            skipped.contains(file) && skipped.contains(reason),
            "{skipped}"
        );
    }
    // The same folder named twice is read once.
    let again = diagnose(
        &folder,
        "json",
        &["logs"],
        &["own", "more", "own/send.json"],
    )
    .json();
    assert_eq!(
        again["on_premises"]["send_connectors"],
        block["send_connectors"]
    );

    let nothing = diagnose(&folder, "json", &["logs"], &["logs/tenant"]);
    assert_eq!(nothing.code, 2);
    assert!(nothing.err.contains("--on-prem"), "{}", nothing.err);
}

#[test]
fn the_block_is_there_only_with_exports_and_in_the_summary_line() {
    let folder = folder_with(&[]);
    let report = diagnose(&folder, "json", &["."], &[]).json();
    assert_eq!(report.get("on_premises"), None);
    let text = diagnose(&folder, "text", &["."], &[]);
    assert!(!text.text().contains("On-premises:"));

    let folder = folder_with(&[(
        "send.json",
        send_connector("EX01", "mail.contoso.com").to_string(),
    )]);
    let report = diagnose(&folder, "json", &["."], &[]).json();
    let lines = diagnose(&folder, "ndjson", &["."], &[]).lines();
    assert_eq!(lines[0]["type"], "summary");
    assert_eq!(lines[0]["on_premises"], report["on_premises"]);
    let text = diagnose(&folder, "text", &["."], &[]);
    assert!(text.text().contains("On-premises: 1 send connector."));

    let schema = run(["rules", "--schema"]).json();
    let validator = jsonschema::validator_for(&schema["diagnose"]).expect("a schema");
    assert!(validator.is_valid(&report));
    let mut broken = report;
    broken["on_premises"]["send_connectors"][0]["lost"] = Value::Null;
    assert!(!validator.is_valid(&broken));
}

#[test]
fn lost_values_are_null_named_and_reported() {
    let csv = "Name,SmartHosts,AddressSpaces,TlsCertificateName\r\nOut,System.Collections.ArrayList,smtp:*;1,\r\n";
    let certificates = serde_json::json!({"Thumbprint": THUMBPRINTS[0], "Services": 14, "Subject": "CN=mail.contoso.com"});
    let folder = folder_with(&[
        ("send.csv", csv.to_owned()),
        ("certificates.json", certificates.to_string()),
    ]);
    let report = diagnose(&folder, "json", &["."], &[]).json();
    let connector = &report["on_premises"]["send_connectors"][0];
    assert_eq!(connector["smart_hosts"], Value::Null);
    assert_eq!(connector["tls_certificate_name"], Value::Null);
    let lost = connector["lost"].to_string();
    assert!(
        lost.contains("smart_hosts") && !lost.contains("tls_certificate_name"),
        "{lost}"
    );
    assert_eq!(
        report["on_premises"]["certificates"][0]["services"],
        Value::Null
    );
    let said = report["not_judged"].to_string();
    assert!(
        said.contains("send.csv: the export lost SmartHosts of send connector 'Out'"),
        "{said}"
    );
    assert!(
        said.contains("certificates.json: the export lost Services of 1"),
        "{said}"
    );
}

#[test]
fn certificate_files_and_wizard_logs_are_no_broken_exports() {
    let wizard = "2026.10.23 11:39:51.552         10276 [Client=UX, Session=OnPremises, Cmdlet=Set-SendConnector, Thread=9] START Set-SendConnector -Identity 'Out' -TlsCertificateName '<I>CN=a<S>CN=b'\r\n";
    let folder = folder_with(&[
        (
            "ExchangeCertificate.cer",
            "-----BEGIN CERTIFICATE-----\r\nAAAA\r\n".to_owned(),
        ),
        ("ExchangeCertificate-2.cer", "\u{30}\0\0".to_owned()),
        ("hybrid.log", wizard.to_owned()),
    ]);
    let run = diagnose(&folder, "json", &["."], &[]);
    assert_eq!(run.err, "");
    let report = run.json();
    let setting = &report["on_premises"]["wizard"][0];
    assert_eq!(setting["certificate_name"], "<I>CN=a<S>CN=b");
    assert_eq!(setting["local_time"], "2026-10-23T11:39:51.552");
    assert_eq!(setting["line"], 1);
    assert_eq!(
        report["on_premises"]["files"],
        serde_json::json!(["hybrid.log"])
    );
    let skipped = texts(&report["input"]["skipped"], "/file");
    assert_eq!(
        skipped,
        ["ExchangeCertificate-2.cer", "ExchangeCertificate.cer"]
    );
}

#[test]
fn a_damaged_export_is_an_error_whatever_its_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let good =
        r#"[{"Name":"In","TlsSenderCertificateName":"mail.contoso.com","SenderIPAddresses":[]}]"#;
    std::fs::write(folder.path().join("a.json"), good).expect("an export");
    let whole = run(["lint".as_ref(), folder.path().as_os_str()]);
    assert_eq!(whole.code, 0, "{}", whole.err);
    std::fs::write(folder.path().join("b.json"), &good[..60]).expect("an export");
    let damaged = run(["lint".as_ref(), folder.path().as_os_str()]);
    assert_eq!(damaged.code, 2, "{}", damaged.err);
    assert!(damaged.err.contains("b.json"), "{}", damaged.err);
    // Another program's damaged JSON is nobody's export.
    std::fs::write(folder.path().join("b.json"), "{\"package\": {\"name\": ").expect("a file");
    assert_eq!(run(["lint".as_ref(), folder.path().as_os_str()]).code, 0);
}
