//! Names that were made for this test, in every place of an input where a name can stand.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use super::{COMMANDS, ask};
use crate::corpus::{DENIED, Random, Session, log_of, thumbprint};
use crate::usage::write;

/// Names of an organisation and its people. None is a word, and none is part of another.
struct Names {
    random: Random,
    given: BTreeMap<&'static str, String>,
}

impl Names {
    fn new(seed: u64) -> Names {
        Names {
            random: Random::new(seed),
            given: BTreeMap::new(),
        }
    }

    /// The name with this role. The same role has the same name.
    fn of(&mut self, role: &'static str) -> String {
        if let Some(known) = self.given.get(role) {
            return known.clone();
        }
        let sign = |random: &mut Random, from: &str| {
            let signs: Vec<char> = from.chars().collect();
            signs[random.below(signs.len())]
        };
        let name: String = (0..5)
            .flat_map(|_| {
                [
                    sign(&mut self.random, "bdfgkmpvwxz"),
                    sign(&mut self.random, "aeiouy"),
                ]
            })
            .collect();
        self.given.insert(role, name.clone());
        name
    }
}

/// Addresses that no network for documentation holds.
const ADDRESSES: [&str; 5] = [
    "81.2.69.142",
    "81.2.69.128",
    "10.77.3.9",
    "145.97.20.1",
    "2a02:8106:1:77::25",
];
const JAPANESE: &str = "日本支社";

/// Writes an input in which every name is planted.
fn plant(names: &mut Names, root: &Path) {
    let mut of = |role| names.of(role);
    let domain = format!("{}.com", of("domain"));
    let connector = format!("Outbound to {} ({})", of("outbound"), of("server"));
    let server = format!("SRV-{}", of("server"));
    let logs = format!(
        "{} logs/{server}/TransportRoles/Logs/Hub/ProtocolLog/SmtpSend",
        of("folder")
    );
    let people = [
        format!("mail@{domain}"),
        format!("{}.{}@{domain}", of("first"), of("last")),
        format!("{}@{}.co.uk", of("first"), of("partner")),
    ];
    let free = format!(
        "550 5.1.1 <{}>: {} has left {}, write to {} or 81.2.69.142",
        people[1],
        of("gone"),
        of("organisation"),
        people[0]
    );
    let host = format!("gate.{domain}");
    let replies = [DENIED, &free, DENIED];
    let ids = ["08DF31F688AD62C1", "08DF31F688AD62C2", "08DF31F688AD62C3"];
    let sessions: Vec<Session<'_>> = people
        .iter()
        .zip(replies)
        .zip(ids)
        .map(|((sender, reply), id)| Session {
            connector: &connector,
            id,
            name: &host,
            sender,
            reply,
        })
        .collect();
    let log = log_of(&sessions);
    let log = log.replace("10.0.0.5", "10.77.3.9");
    let log = log.replace("[203.0.113.7]", "[145.97.20.1]");
    let log = log.replace("Contoso, Ltd.", &of("organisation"));
    let log = log.replace(
        "CN=Example CA, O=Example, C=US",
        &format!("CN={} CA, O={}, C=NO", of("issuer"), of("organisation")),
    );
    let log = log.replace(
        "jordan.lee@example.org",
        &format!("{}@{}.org", of("recipient"), of("partner")),
    );
    let log_name = format!("{logs}/SEND2026110302-1.LOG");
    put(root, &log_name, &log);
    put(root, &format!("{}.txt", of("file")), "nothing of use");
    exports(names, root, &domain, &connector);
    tracking(names, root, &people, &connector);
}

fn put(root: &Path, name: &str, text: &str) {
    let path = root.join(name);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    std::fs::write(path, text).expect("a file");
}

fn exports(names: &mut Names, root: &Path, domain: &str, connector: &str) {
    tenant_exports(names, root, domain);
    own_exports(names, root, domain, connector);
    queue_export(names, root, domain);
}

/// The exports of the tenant.
fn tenant_exports(names: &mut Names, root: &Path, domain: &str) {
    let mut of = |role| names.of(role);
    let folder = format!("{} {JAPANESE} (EX)", of("tenant_folder"));
    let inbound = json!([
        {
            "Name": format!("Inbound from {} <{}>", of("inbound"), of("angle")), "Enabled": true,
            "ConnectorType": "OnPremises", "SenderIPAddresses": [], "SenderDomains": ["smtp:*;1"],
            "RequireTls": true, "TlsSenderCertificateName": format!("{}.{domain}", of("old_host")),
            "Guid": "3f1b2c4d-1111-4222-8333-444455556666", "WhenChangedUTC": "2026-08-21T08:02:11Z",
        },
        {
            "Name": format!("mail"), "Enabled": true, "ConnectorType": "OnPremises",
            "SenderIPAddresses": ["81.2.69.128/28", "2a02:8106:1:77::25"], "SenderDomains": ["smtp:*;1"],
            "RequireTls": false, "TlsSenderCertificateName": null, "WhenChangedUTC": "2026-08-21T08:02:11Z",
        },
    ]);
    let accepted = |name: &str, initial: bool| {
        json!({"DomainName": name, "Name": name, "DomainType": "Authoritative", "MatchSubDomains": false,
               "InitialDomain": initial, "PendingRemoval": false, "PendingCompletion": false})
    };
    let tenant = of("tenant");
    let domains: Vec<Value> = vec![
        accepted(&format!("{tenant}.onmicrosoft.com"), true),
        accepted(&format!("{}.net", of("accepted")), false),
    ];
    put(
        root,
        &format!("{folder}/InboundConnector.json"),
        &inbound.to_string(),
    );
    put(
        root,
        &format!("{folder}/AcceptedDomain.json"),
        &Value::from(domains).to_string(),
    );
}

/// The exports of the local Exchange.
fn own_exports(names: &mut Names, root: &Path, domain: &str, connector: &str) {
    let mut of = |role| names.of(role);
    let own = format!("CN=gate.{domain}, O={}, C=NO", of("organisation"));
    let server = format!("SRV-{}.{}.local", of("server"), of("forest"));
    let dashed = format!("{}-com.mail.protection.outlook.com", of("domain"));
    let send = json!([{
        "Name": connector, "Identity": connector, "Enabled": true, "AddressSpaces": ["smtp:*;1"],
        "SmartHosts": [dashed], "Fqdn": format!("gate.{domain}"), "RequireTLS": true,
        "TlsCertificateName": format!("<I>CN={} CA, O={}, C=NO<S>CN={}.{domain}", of("issuer"), of("organisation"), of("missing_host")),
        "SourceTransportServers": [server], "TlsAuthLevel": null, "ProtocolLoggingLevel": "Verbose",
        "IgnoreSTARTTLS": false, "CloudServicesMailEnabled": true, "ErrorPolicies": "Default",
        "Guid": "3f1b2c4d-7777-4222-8333-444455556666", "DNSRoutingEnabled": false,
    }]);
    put(root, "own/SendConnector.json", &send.to_string());
    let certificate = |thumb: &str, subject: &str| {
        json!({
            "Thumbprint": thumb, "Subject": subject, "Issuer": format!("CN={} CA", of("second_issuer")),
            "SerialNumber": "5E000003A71B8C22D4F0916E7D0000000003A7",
            "NotBefore": "2026-01-12T00:00:00Z", "NotAfter": "2026-12-11T23:59:59Z",
            "CertificateDomains": [format!("{}.{domain}", of("alternate"))], "Services": "SMTP",
            "Status": "Valid", "RootCAType": "ThirdParty", "HasPrivateKey": true, "IsSelfSigned": false,
            "PSComputerName": server, "Identity": format!("{server}\\{thumb}"),
        })
    };
    let mut certificate = certificate;
    let certificates = vec![
        certificate(&thumbprint("one"), &own),
        certificate(
            &thumbprint("two"),
            &format!("CN=gate.{domain}, O={}, C=NO", of_second()),
        ),
    ];
    put(
        root,
        "own/ExchangeCertificate.json",
        &Value::from(certificates).to_string(),
    );
}

/// The export of a queue.
fn queue_export(names: &mut Names, root: &Path, domain: &str) {
    let dashed = format!("{}-com.mail.protection.outlook.com", names.of("domain"));
    let queue = json!([{
        "Identity": format!("SRV-{}\\41", names.of("server")), "DeliveryType": "SmartHostConnectorDelivery",
        "NextHopDomain": dashed, "NextHopCategory": "External", "Status": "Retry", "MessageCount": "3",
        "NextHopConnector": "3f1b2c4d-7777-4222-8333-444455556666", "DeferredMessageCount": "0",
        "LastError": format!("[{{LRT=11/18/2026 8:52:40 AM}};{{LED=454 4.7.5 The certificate specified in TlsCertificateName of the SendConnector could not be found. Ask {} at 145.97.20.1}};{{FQDN={}.{domain}}};{{IP=81.2.69.142}}]", names.of("helper"), names.of("queue_host")),
        "RetryCount": "86", "FirstRetryTime": "2026-11-17T19:04:12Z", "LastRetryTime": "2026-11-18T08:52:40Z",
        "NextRetryTime": null, "ExportTimeUTC": "2026-11-18T08:55:00Z",
    }]);
    put(root, "own/Queue.json", &queue.to_string());
}

/// The name of a second organisation, which no other place needs.
fn of_second() -> &'static str {
    "Qodazujeva"
}

fn tracking(names: &mut Names, root: &Path, people: &[String; 3], connector: &str) {
    let fields = "#Fields: date-time,client-ip,client-hostname,server-ip,server-hostname,source-context,connector-id,source,event-id,internal-message-id,message-id,network-message-id,recipient-address,recipient-status,total-bytes,recipient-count,related-recipient-address,reference,message-subject,sender-address,return-path,message-info,directionality,tenant-id,original-client-ip,original-server-ip,custom-data,transport-traffic-type,log-id,schema-version";
    let subject = format!(
        "\"Re: \"\"{}\"\" and '{}', <{}>\"",
        names.of("subject"),
        names.of("subject2"),
        names.of("subject3")
    );
    let (server, host) = (names.of("server"), names.of("partner"));
    let row = format!(
        "2026-11-03T02:20:00.842Z,10.77.3.9,SRV-{server},81.2.69.142,{host}.example.net,,\"{connector}\",SMTP,FAIL,17387433984,<{}@SRV-{server}.local>,6f1c0c9e-5a41-4d0b-9b7e-08df2674a1b2,{},\"[{{LED=550 5.1.1 {} is unknown at {}}};{{MSG=}};{{FQDN={host}.example.net}};{{IP=81.2.69.142}};{{LRT=11/3/2026 2:20:00 AM}}]\",8120,1,,,{subject},{},{},2026-11-03T02:19:58.310Z,Originating,,,,S:IsSmtpResponseFromExternalServer=True,Email,a0b0c0d0-0008-4000-8000-08df26755d12,15.02.1748.010",
        names.of("message_id"),
        people[2],
        names.of("status"),
        names.of("organisation"),
        people[0],
        people[0],
    );
    let log = format!(
        "#Software: Microsoft Exchange Server\r\n#Version: 15.02.1748.010\r\n#Log-type: Message Tracking Log\r\n#Date: 2026-11-03T02:00:00.000Z\r\n{fields}\r\n{row}\r\n"
    );
    let name = format!("SRV-{server}/MessageTracking/MSGTRK2026110302-1.LOG");
    put(root, &name, &log);
}

#[test]
fn no_planted_name_passes() {
    let mut seen: BTreeMap<String, bool> = BTreeMap::new();
    for seed in 0..3 {
        let mut names = Names::new(seed);
        let place = crate::usage::folder();
        plant(&mut names, place.path());
        write(&place, "notes.txt", "nothing of use");
        let planted: Vec<(&str, String)> = names
            .given
            .iter()
            .map(|(role, name)| (*role, name.clone()))
            .collect();
        let more = ADDRESSES
            .iter()
            .map(|address| ("address", (*address).to_owned()));
        let more = more.chain([
            ("japanese", JAPANESE.to_owned()),
            ("second", of_second().to_lowercase()),
        ]);
        let planted: Vec<(&str, String)> = planted.into_iter().chain(more).collect();
        for (command, formats) in COMMANDS {
            for format in formats {
                let plain = ask(command, format, &[], place.path());
                let redacted = ask(command, format, &["--redact"], place.path());
                assert_eq!(
                    plain.code, redacted.code,
                    "{command:?} {format}: {redacted:?}"
                );
                let (plain, redacted) =
                    (plain.text().to_lowercase(), redacted.text().to_lowercase());
                for (role, name) in &planted {
                    let key = if *role == "address" {
                        name.clone()
                    } else {
                        (*role).to_owned()
                    };
                    *seen.entry(key).or_default() |= plain.contains(name.as_str());
                    assert!(
                        !redacted.contains(name.as_str()),
                        "{command:?} -f {format}: {role} {name}"
                    );
                }
            }
        }
    }
    // A name that no output shows proves nothing.
    let silent: Vec<&String> = seen
        .iter()
        .filter(|(_, seen)| !**seen)
        .map(|(role, _)| role)
        .collect();
    assert_eq!(silent, Vec::<&String>::new());
}
