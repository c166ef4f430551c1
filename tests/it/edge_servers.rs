//! Fixes for Edge servers: what concerns their certificates is run on them, and their send connectors
//! reach them by EdgeSync.
//!
//! In: logs and exports of two Edge servers, written here. Out: the commands of a fix and of a plan.

use serde_json::{Value, json};

use crate::corpus::{HEADER, Session, tenant, thumbprint};
use crate::program::run;
use crate::usage::{diagnose, folder, write};

/// Two Edge servers. EDGE02 offers a certificate that has expired, and has its renewal of the same name.
fn edges() -> tempfile::TempDir {
    let root = folder();
    tenant(&root.path().join("tenant"), "mail.contoso.com");
    let mut log = HEADER.to_owned();
    for minute in 0..5 {
        let id = format!("08DF31F688AD01{minute:02}");
        let session = Session {
            connector: "EdgeSync - Site to Internet",
            id: &id,
            ..Session::default()
        };
        for (number, row) in session.rows().iter().enumerate() {
            let row = row.replace("2027-11-01T23:59:59.000Z", "2026-11-02T00:00:00.000Z");
            log.push_str(&format!("2026-11-03T02:{minute:02}:{number:02}.000Z,{row}"));
        }
    }
    write(
        &root,
        "EDGE02/TransportRoles/Logs/Edge/ProtocolLog/SmtpSend/SEND2026110302-1.LOG",
        log,
    );
    let certificate = |server: &str, thumbprint: &str, until: &str| {
        json!({
            "Thumbprint": thumbprint, "Subject": "CN=mail.contoso.com, O=\"Contoso, Ltd.\", C=US",
            "Issuer": "CN=Example CA, O=Example, C=US", "NotBefore": "2026-10-01T00:00:00Z",
            "NotAfter": until, "CertificateDomains": ["mail.contoso.com"], "Services": "SMTP",
            "Status": "Valid", "HasPrivateKey": true, "PSComputerName": server,
        })
    };
    let (old, new) = (thumbprint("mail.contoso.com"), "B".repeat(40));
    let certificates = json!([
        certificate("EDGE01", &new, "2027-11-01T00:00:00Z"),
        certificate("EDGE02", &new, "2027-11-01T00:00:00Z"),
        certificate("EDGE02", &old, "2026-11-02T00:00:00Z"),
    ]);
    let connector = json!([{
        "Name": "EdgeSync - Site to Internet", "Enabled": true,
        "SmartHosts": ["contoso-com.mail.protection.outlook.com"], "AddressSpaces": ["smtp:*;1"],
        "SourceTransportServers": ["EDGE01", "EDGE02"], "RequireTLS": true,
        "TlsCertificateName": "<I>CN=Example CA, O=Example, C=US<S>CN=mail.contoso.com, O=\"Contoso, Ltd.\", C=US",
    }]);
    write(&root, "onprem/certificates.json", certificates.to_string());
    write(&root, "onprem/SendConnector.json", connector.to_string());
    root
}

fn commands(steps: &Value) -> Vec<&str> {
    let steps = steps.as_array().expect("steps").iter();
    steps.filter_map(|step| step["command"].as_str()).collect()
}

/// No command reaches an Edge server from elsewhere, and each change of the send connector is
/// synchronized before the next step.
fn fit_an_edge_server(commands: &[&str]) {
    assert!(!commands.is_empty());
    let mut rest = commands.iter().peekable();
    while let Some(command) = rest.next() {
        assert!(!command.contains("-Server"), "{commands:?}");
        assert!(!command.contains("Invoke-Command"), "{commands:?}");
        assert!(!command.contains("$cert"), "{commands:?}");
        if command.starts_with("Set-SendConnector") {
            let next = rest.peek().copied().copied();
            assert_eq!(next, Some("Start-EdgeSynchronization"), "{commands:?}");
        }
    }
}

#[test]
fn an_expired_certificate_of_an_edge_server_is_replaced_there() {
    let root = edges();
    let report = diagnose(root.path()).json();
    let incident = &report["incidents"][0];
    assert_eq!(incident["cause"]["code"], "CRT003", "{report}");
    let commands = commands(&incident["fix"]);
    fit_an_edge_server(&commands);
    let old = thumbprint("mail.contoso.com");
    let expected = [
        "Stop-Service MSExchangeTransport".to_owned(),
        "Set-SendConnector -Identity 'EdgeSync - Site to Internet' -TlsCertificateName $null".to_owned(),
        "Start-EdgeSynchronization".to_owned(),
        format!("Remove-ExchangeCertificate -Thumbprint '{old}'"),
        "Set-SendConnector -Identity 'EdgeSync - Site to Internet' -TlsCertificateName '<I>CN=Example CA, O=Example, C=US<S>CN=mail.contoso.com, O=\"Contoso, Ltd.\", C=US'".to_owned(),
        "Start-EdgeSynchronization".to_owned(),
        "Start-Service MSExchangeTransport".to_owned(),
    ];
    assert_eq!(commands, expected);
    for finding in report["findings"].as_array().expect("findings") {
        if ["CRT101", "CRT102"].contains(&finding["code"].as_str().unwrap_or_default()) {
            fit_an_edge_server(&self::commands(&finding["fix"]));
        }
    }
}

#[test]
fn a_plan_for_edge_servers_is_done_on_them() {
    let root = edges();
    let path = root.path().to_string_lossy().into_owned();
    let plan = run(["preflight", "-f", "json", "mail.contoso.com", &path]).json();
    let steps = &plan["tenants"][0]["steps"];
    fit_an_edge_server(&commands(steps));
    assert!(
        steps.to_string().contains("Edge server EDGE02 itself"),
        "{steps}"
    );
}
