//! Every fix of every sample case, against the exports of the case: does it work?
//!
//! In: the reports of the sample cases and the exports themselves. Out: for each command, whether
//! Exchange would accept it, whether it changes something, and whether it weakens anything.
//! Must not know the entries: the same rules hold for all of them.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use serde_json::{Value, json};
use walkdir::WalkDir;

use crate::hostile::{Token, tokens};
use crate::program::run;
use crate::sample;

/// What the exports of a case show.
#[derive(Default)]
struct Exports {
    inbound: Vec<Value>,
    send: Vec<Value>,
    certificates: Vec<Value>,
    servers: BTreeSet<String>,
    /// Some exports are in a form that this test does not read.
    incomplete: bool,
}

impl Exports {
    fn of(case: &str, report: &Value) -> Exports {
        let mut exports = Exports {
            send: list(&report["on_premises"]["send_connectors"]),
            certificates: list(&report["on_premises"]["certificates"]),
            ..Exports::default()
        };
        for entry in WalkDir::new(sample::folder().join(case))
            .into_iter()
            .flatten()
        {
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.file_type().is_dir() {
                exports.servers.insert(name.to_uppercase());
            } else if [".csv", ".xml", ".clixml", ".txt"]
                .iter()
                .any(|end| name.ends_with(end))
            {
                exports.incomplete = true;
            } else if name.ends_with(".json") {
                let bytes = std::fs::read(entry.path()).expect("an export");
                let (text, ..) = encoding_rs::UTF_8.decode(&bytes);
                let Ok(export) = serde_json::from_str::<Value>(&text) else {
                    continue;
                };
                let rows = export.as_array().cloned().unwrap_or_else(|| vec![export]);
                let is_inbound = |row: &Value| row.get("TlsSenderCertificateName").is_some();
                exports.inbound.extend(rows.into_iter().filter(is_inbound));
            }
        }
        let sources = exports
            .send
            .iter()
            .flat_map(|one| list(&one["source_servers"]));
        let holders = exports.certificates.iter().map(|one| one["server"].clone());
        let named: Vec<Value> = sources.chain(holders).collect();
        for server in named.iter().filter_map(Value::as_str) {
            exports.servers.insert(server.to_uppercase());
        }
        exports
    }

    fn certificate(&self, thumbprint: &str) -> Option<&Value> {
        let mut all = self.certificates.iter();
        all.find(|one| one["thumbprint"] == thumbprint)
    }

    /// Whether the export of this server shows the certificate with SMTP among its services.
    fn serves_smtp(&self, server: &str, thumbprint: &str) -> bool {
        let first = |name: &str| name.split('.').next().map(str::to_uppercase);
        self.certificates.iter().any(|one| {
            let known = one["server"].as_str().unwrap_or_default();
            one["thumbprint"] == thumbprint
                && first(known) == first(server)
                && one["has_private_key"] != false
                && one["services"].to_string().contains("SMTP")
        })
    }

    /// The exported send connectors whose certificate name means this certificate.
    fn naming<'a>(&'a self, certificate: &'a Value) -> impl Iterator<Item = &'a Value> {
        let name = format!(
            "<I>{}<S>{}",
            certificate["issuer"].as_str().unwrap_or_default(),
            certificate["subject"].as_str().unwrap_or_default()
        );
        let all = self.send.iter();
        all.filter(move |one| one["tls_certificate_name"] == name.as_str())
    }
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}

/// A command as a cmdlet with parameters, each with the texts behind it.
struct Command {
    tokens: Vec<Token>,
}

impl Command {
    fn of(text: &str) -> Command {
        Command {
            tokens: tokens(text),
        }
    }

    fn text(token: &Token) -> String {
        match token {
            Token::Literal(text) | Token::Word(text) => text.clone(),
            Token::Other(sign) => sign.to_string(),
        }
    }

    /// Whether the command calls this cmdlet.
    fn calls(&self, cmdlet: &str) -> bool {
        let mut words = self.tokens.iter();
        words.any(|token| matches!(token, Token::Word(word) if word == cmdlet))
    }

    /// What stands behind a parameter, up to the next one.
    fn values(&self, parameter: &str) -> Vec<String> {
        let is = |token: &Token| {
            let Token::Word(word) = token else {
                return false;
            };
            word.eq_ignore_ascii_case(&format!("-{parameter}"))
        };
        let mut values = Vec::new();
        let mut rest = self.tokens.iter().peekable();
        while let Some(token) = rest.next() {
            if !is(token) {
                continue;
            }
            while let Some(next) = rest.peek() {
                let ends = matches!(next, Token::Word(word) if word.starts_with('-'))
                    || matches!(next, Token::Other(';' | '|'));
                if ends {
                    break;
                }
                values.extend(rest.next().map(Command::text));
            }
        }
        values
    }

    fn value(&self, parameter: &str) -> Option<String> {
        let values = self.values(parameter);
        (!values.is_empty()).then(|| values.concat())
    }
}

fn is_placeholder(text: &str) -> bool {
    text.starts_with('<') && text.ends_with('>')
}

/// What is wrong with the steps of a fix.
fn faults(steps: &[Value], exports: &Exports) -> Vec<String> {
    let mut faults = Vec::new();
    let mut cleared = BTreeSet::new();
    for step in steps {
        let Some(text) = step["command"].as_str() else {
            continue;
        };
        let command = Command::of(text);
        let note = step["note"].as_str().unwrap_or_default();
        let mut fault = |why: &str| faults.push(format!("{why}: {text}"));
        whole_values(&command, exports, &mut fault);
        weakens(&command, &mut fault);
        inbound(&command, exports, &mut fault);
        send(&command, exports, &cleared, &mut fault);
        if command.calls("Enable-ExchangeCertificate") && !note.contains("answer No") {
            fault("the question of Enable-ExchangeCertificate is not answered");
        }
        let clears = command.value("TlsCertificateName").as_deref() == Some("$null");
        if let Some(connector) = command.value("Identity").filter(|_| clears) {
            cleared.insert(connector);
        }
        if command.calls("Remove-ExchangeCertificate") {
            let thumbprint = command.value("Thumbprint").unwrap_or_default();
            let certificate = exports.certificate(&thumbprint);
            let mut naming = certificate.into_iter().flat_map(|one| exports.naming(one));
            if naming.any(|one| !cleared.contains(one["name"].as_str().unwrap_or_default())) {
                fault("a send connector still names the certificate");
            }
        }
    }
    faults
}

/// Thumbprints, servers and addresses are whole, known, and of a kind that Exchange takes.
fn whole_values(command: &Command, exports: &Exports, fault: &mut impl FnMut(&str)) {
    if let Some(thumbprint) = command.value("Thumbprint") {
        let whole =
            thumbprint.len() == 40 && thumbprint.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !whole && !is_placeholder(&thumbprint) {
            fault("the thumbprint is not whole");
        }
    }
    let servers = command.values("Server").into_iter();
    for server in servers.chain(command.values("ComputerName")) {
        let separator = [",", "$", "server", "."].contains(&server.as_str());
        let host = server.contains('.') && server.len() > 1;
        let known = exports.servers.contains(&server.to_uppercase());
        if !separator && !host && !known && !is_placeholder(&server) {
            fault(&format!("'{server}' is no known server"));
        }
    }
    if let Some(thumbprint) = command.value("Thumbprint")
        && command.calls("Enable-ExchangeCertificate")
        && let Some(server) = command.value("Server")
        && exports.serves_smtp(&server, &thumbprint)
    {
        fault("the certificate is enabled for SMTP there already");
    }
    for address in command.values("SenderIPAddresses") {
        if address
            .parse::<Ipv4Addr>()
            .is_ok_and(|address| address.is_private() || address.is_loopback())
        {
            fault("nobody sends to Exchange Online from this address");
        }
        if address.contains(':') {
            fault("Exchange Online takes IPv4 addresses only");
        }
        if let Some((network, length)) = address.split_once('/') {
            let length = length.parse::<u8>().unwrap_or(0);
            if network.parse::<Ipv4Addr>().is_err() || !(24..=32).contains(&length) {
                fault("Exchange Online takes /24 to /32 only");
            }
        }
    }
}

fn weakens(command: &Command, fault: &mut impl FnMut(&str)) {
    for (parameter, bad) in [
        ("RequireTls", "$false"),
        ("IgnoreSTARTTLS", "$true"),
        ("ForceHELO", "$true"),
        ("RejectDirectSend", "$false"),
        ("RestrictDomainsToCertificate", "$false"),
        ("RestrictDomainsToIPAddresses", "$false"),
    ] {
        if command.value(parameter).as_deref() == Some(bad) {
            fault("the command weakens something");
        }
    }
}

/// A command on an inbound connector names one that exists, and changes it.
fn inbound(command: &Command, exports: &Exports, fault: &mut impl FnMut(&str)) {
    if !command.calls("Set-InboundConnector") {
        return;
    }
    let name = command.value("Identity").unwrap_or_default();
    let own: Vec<&Value> = exports
        .inbound
        .iter()
        .filter(|one| one["Name"] == name.as_str() || one["Identity"] == name.as_str())
        .collect();
    if own.is_empty() && exports.incomplete {
        return;
    }
    if own.is_empty() && !is_placeholder(&name) {
        return fault("there is no such inbound connector");
    }
    for (parameter, value) in [
        (
            "TlsSenderCertificateName",
            command.value("TlsSenderCertificateName").map(Value::from),
        ),
        (
            "ConnectorType",
            command.value("ConnectorType").map(Value::from),
        ),
        (
            "Enabled",
            command
                .value("Enabled")
                .map(|value| json!(value == "$true")),
        ),
    ] {
        if let Some(value) = value
            && own.iter().all(|one| one[parameter] == value)
        {
            fault(&format!("{parameter} is set already"));
        }
    }
}

/// A command on a send connector changes it.
fn send(
    command: &Command,
    exports: &Exports,
    cleared: &BTreeSet<String>,
    fault: &mut impl FnMut(&str),
) {
    if !command.calls("Set-SendConnector") {
        return;
    }
    let name = command.value("Identity").unwrap_or_default();
    let own = |one: &&Value| {
        one["name"]
            .as_str()
            .is_some_and(|own| own.eq_ignore_ascii_case(&name))
    };
    let own: Vec<&Value> = exports.send.iter().filter(own).collect();
    if own.is_empty() {
        return;
    }
    if let Some(thumbprint) = command.value("Thumbprint")
        && let Some(certificate) = exports.certificate(&thumbprint)
        && !cleared.contains(&name)
    {
        let named = exports.naming(certificate).filter(|one| own.contains(one));
        if named.count() == own.len() {
            fault("the certificate is named already");
        }
    }
    let parameters = [
        ("RequireTLS", "require_tls"),
        ("IgnoreSTARTTLS", "ignore_starttls"),
        ("ForceHELO", "force_helo"),
        ("CloudServicesMailEnabled", "cloud_services_mail_enabled"),
    ];
    let set: Vec<(Option<bool>, &str)> = parameters
        .iter()
        .filter_map(|(parameter, field)| Some((command.value(parameter)?, *field)))
        .map(|(value, field)| (Some(value == "$true"), field))
        .collect();
    let changes = set.iter().any(|(value, field)| {
        let same = |one: &&Value| one[*field].as_bool() == *value;
        !own.iter().all(same)
    });
    if !set.is_empty() && !changes {
        fault("all of this is set already");
    }
}

#[test]
fn every_fix_of_every_case_works() {
    let (mut all, mut commands) = (Vec::new(), 0);
    for case in sample::cases() {
        let report = run(["diagnose", "-f", "json", &sample::path(&case)]).json();
        let exports = Exports::of(&case, &report);
        let found = list(&report["incidents"]).into_iter();
        for one in found.chain(list(&report["findings"])) {
            let steps = list(&one["fix"]);
            commands += steps
                .iter()
                .filter(|step| step["command"].is_string())
                .count();
            let code = one.pointer("/cause/code").unwrap_or(&one["code"]);
            let faults = faults(&steps, &exports);
            all.extend(faults.iter().map(|fault| format!("{case} {code}: {fault}")));
        }
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
    assert!(commands > 60, "only {commands} commands");
}

/// A thumbprint of a certificate that the made-up send connector names.
const NAMED: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Made-up exports, for the rules themselves.
fn made_up() -> Exports {
    Exports {
        inbound: vec![
            json!({"Name": "In", "TlsSenderCertificateName": "mail.contoso.com", "Enabled": true}),
        ],
        send: vec![json!({
            "name": "Out", "tls_certificate_name": "<I>CN=CA<S>CN=mail.contoso.com",
            "require_tls": true, "ignore_starttls": false,
        })],
        certificates: vec![
            json!({"thumbprint": NAMED, "issuer": "CN=CA", "subject": "CN=mail.contoso.com",
                   "server": "EX01", "services": ["IIS", "SMTP"]}),
        ],
        servers: ["EX01".to_owned(), "EX02".to_owned()].into(),
        incomplete: false,
    }
}

/// Whether the rules find a fault in a fix of these commands.
fn is_wrong(commands: &[&str]) -> bool {
    let steps: Vec<Value> = commands
        .iter()
        .map(|command| json!({"command": command, "note": "answer No"}))
        .collect();
    !faults(&steps, &made_up()).is_empty()
}

#[test]
fn the_rules_find_what_does_not_work() {
    for parameters in [
        "-Identity 'In' -TlsSenderCertificateName 'mail.contoso.com'",
        "-Identity 'Other' -TlsSenderCertificateName 'x.contoso.com'",
        "-Identity 'In' -Enabled $true",
        "-Identity 'In' -SenderIPAddresses @{Add='2001:db8::1'}",
        "-Identity 'In' -SenderIPAddresses @{Add='10.0.0.7'}",
        "-Identity 'In' -RequireTls $false",
    ] {
        let command = format!("Set-InboundConnector {parameters}");
        assert!(is_wrong(&[&command]), "{command}");
    }
    for parameters in [
        "-Identity 'In' -TlsSenderCertificateName 'new.contoso.com'",
        "-Identity 'In' -SenderIPAddresses @{Add='203.0.113.7'}",
    ] {
        let command = format!("Set-InboundConnector {parameters}");
        assert!(!is_wrong(&[&command]), "{command}");
    }
    for command in [
        "Set-SendConnector -Identity 'Out' -IgnoreSTARTTLS $false -RequireTLS $true",
        "Get-ExchangeCertificate -Thumbprint 'A1B2'",
        "Test-Something -Server 'logs/EX02'",
    ] {
        assert!(is_wrong(&[command]), "{command}");
    }
}

#[test]
fn the_rules_know_what_a_name_already_means() {
    let offer = format!(
        "$cert = Get-ExchangeCertificate -Thumbprint '{NAMED}'; Set-SendConnector -Identity 'Out' -TlsCertificateName \"<I>$($cert.Issuer)<S>$($cert.Subject)\""
    );
    let remove = format!("Remove-ExchangeCertificate -Server 'EX01' -Thumbprint '{NAMED}'");
    let enable = |server: &str| {
        format!(
            "Enable-ExchangeCertificate -Server '{server}' -Thumbprint '{NAMED}' -Services SMTP"
        )
    };
    let clear = "Set-SendConnector -Identity 'Out' -TlsCertificateName $null";
    assert!(is_wrong(&[&enable("EX01")]));
    assert!(!is_wrong(&[&enable("EX02")]));
    assert!(is_wrong(&[&offer]));
    assert!(is_wrong(&[&remove]));
    assert!(!is_wrong(&[clear, &remove, &offer]));
}
