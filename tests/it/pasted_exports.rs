//! Exports as they come out of tickets, chats and mails: every copy gives the same findings, and what cannot
//! be read is said.

use crate::program::texts;
use crate::usage::{folder, on, refuses, write};

const CONNECTOR: &str = "Name                         : Inbound from Adatum\nEnabled                      : True\nConnectorType                : OnPremises\nTlsSenderCertificateName     : *.adatum.example\nSenderIPAddresses            : {}\nSenderDomains                : {smtp:*;1}\nRequireTls                   : True\nRestrictDomainsToCertificate : False\nRestrictDomainsToIPAddresses : False\nCloudServicesMailEnabled     : True\n";

const DOMAINS: &str = r#"[{"DomainName":"adatum.onmicrosoft.com","DomainType":"Authoritative","InitialDomain":true},{"DomainName":"adatum.org","DomainType":"Authoritative","InitialDomain":false}]"#;

/// The codes that `lint` finds with this connector export.
fn codes(text: &str) -> Vec<String> {
    let folder = folder();
    write(&folder, "tenant/connectors.txt", text);
    write(&folder, "tenant/domains.json", DOMAINS);
    let run = on("lint", &["-f", "json"], folder.path());
    assert!(run.code < 2, "{text}\n{run:?}");
    let report = run.json();
    assert_eq!(report["tenants"][0]["inbound_connectors"], 1, "{text}");
    texts(&report["findings"], "/code")
}

#[test]
fn every_copy_of_a_list_gives_the_same_findings() {
    let expected = codes(CONNECTOR);
    assert!(expected.contains(&"DOM101".to_owned()), "{expected:?}");
    let each = |change: &dyn Fn(usize, &str) -> String| -> String {
        let lines = CONNECTOR.lines().enumerate();
        lines
            .map(|(at, line)| change(at + 1, line) + "\n")
            .collect()
    };
    for text in [
        format!("Please have a look:\n```text\n{CONNECTOR}```\nThank you\n"),
        format!("~~~\nPS C:\\> Get-InboundConnector | fl\n\n{CONNECTOR}~~~\n"),
        each(&|_, line| format!("- {line}")),
        each(&|_, line| format!("| {line}")),
        each(&|at, line| format!("{at:03}: {line}")),
        each(&|at, line| format!("{at}) {line}")),
        each(&|_, line| line.replace(" :", "\t:")),
        CONNECTOR.replace('*', "\\*"),
        CONNECTOR.replace("Adatum", "Adatum &amp; Co"),
        CONNECTOR.replace(
            "RestrictDomainsToCertificate :",
            "RestrictDomainsToCertificate:",
        ),
    ] {
        assert_eq!(codes(&text), expected, "{text}");
    }
}

#[test]
fn a_list_in_utf16_without_a_mark_is_read_whatever_it_begins_with() {
    for begin in ["\r\n\r\n", "", "PS C:\\> Get-InboundConnector | fl\r\n\r\n"] {
        let folder = folder();
        let text = format!("{begin}{CONNECTOR}");
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        write(&folder, "connectors.txt", bytes);
        let report = on("lint", &["-f", "json"], folder.path()).json();
        assert_eq!(report["tenants"][0]["inbound_connectors"], 1, "{begin:?}");
    }
}

#[test]
fn what_looks_like_an_export_and_cannot_be_read_is_said_first() {
    let table = "Name                ConnectorType SenderIPAddresses\n----                ------------- -----------------\nInbound from Adatum OnPremises    {203.0.113.9}\n";
    for text in [
        CONNECTOR.replace(" :", ": ").replace("  ", ""),
        CONNECTOR.replace(" : ", " ： "),
        table.to_owned(),
    ] {
        let folder = folder();
        write(&folder, "from-the-ticket.txt", &text);
        write(&folder, "tenant/domains.json", DOMAINS);
        write(&folder, "tenant/inbound.json", "[]");
        let run = on("lint", &["--full"], folder.path());
        assert_eq!(run.code, 2, "{text}\n{run:?}");
        assert!(run.err.contains("from-the-ticket.txt"), "{run:?}");
        assert!(run.text().contains("from-the-ticket.txt"), "{run:?}");
    }
    // A document that explains the cmdlet is none.
    let document = format!("# Export\n\nThe list shows:\n\n```\n{CONNECTOR}```\n");
    let folder = folder();
    write(&folder, "notes.txt", document);
    write(&folder, "tenant/domains.json", DOMAINS);
    write(&folder, "tenant/inbound.json", "[]");
    let run = on("lint", &["-f", "json"], folder.path());
    assert!(run.code < 2, "{run:?}");
    assert_eq!(run.json()["tenants"][0]["inbound_connectors"], 0);
}

#[test]
fn a_log_of_the_wizard_alone_is_no_configuration() {
    let folder = folder();
    let line = "2026.10.23 11:39:51.552         10276 [Client=UX, Session=Tenant, Cmdlet=New-InboundConnector, Thread=9] START New-InboundConnector -Name 'Inbound from 1' -TLSSenderCertificateName 'mail.adatum.example'\n";
    write(&folder, "hcw.log", line);
    refuses(
        &on("lint", &["--full"], folder.path()),
        3,
        &["hybrid wizard", "Get-InboundConnector"],
    );
    write(&folder, "tenant/inbound.json", "[]");
    let report = on("lint", &["-f", "json"], folder.path());
    assert!(report.code < 2, "{report:?}");
}
