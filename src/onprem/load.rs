//! Combines the exports of the local Exchange.
//!
//! In: [`ExportFile`]s and what wizard logs gave, in any order. Out: [`OnPremises`], and notes on
//! what an export lost or two exports disagree on.
//! Must not open files, and must not use rows of Exchange Online.
//! Invariant: the result does not depend on the order of the files. A send connector belongs to the
//! organisation: if several servers export it with the same values, it is one connector. A
//! certificate belongs to a server: on two servers, it is two certificates.

use std::collections::HashMap;

use crate::language::{Language, labels, sentences};
use crate::tenant::Known;
use crate::tenant::kind::{ExportKind, kind};
use crate::tenant::load::ExportFile;
use crate::tenant::table::{ExportNote, Object};

use super::certificates::{add_certificate, add_nameless, fill};
use super::exchange_certificate::{is_rebuilt, read_certificate};
use super::model::{ExchangeCertificate, OnPremises, SendConnector, WizardSetting};
use super::send_connector::read_send_connector;

/// Something about the exports of the local Exchange that the user should know.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{}", self.words(Language::English))]
pub enum OnPremisesNote {
    /// An export of a send connector has a column, but not its value.
    ConnectorLost {
        /// The file.
        file: String,
        /// The connector.
        connector: String,
        /// The fields, joined.
        fields: String,
    },
    /// An export of certificates has a column, but not its value. One note for each file.
    CertificatesLost {
        /// The file.
        file: String,
        /// The fields, joined.
        fields: String,
        /// How many certificates.
        count: usize,
    },
    /// Certificates were made anew from their public bytes, as PowerShell does with those of an imported session.
    Rebuilt {
        /// The file.
        file: String,
        /// How many certificates.
        count: usize,
    },
    /// Rows of certificates have no thumbprint.
    NoThumbprint {
        /// The file.
        file: String,
        /// How many.
        count: usize,
    },
    /// Two exports hold different values for one send connector.
    ConnectorTwice {
        /// The connector.
        connector: String,
        /// A file.
        first: String,
        /// The other.
        second: String,
    },
}

impl OnPremisesNote {
    /// The sentence in a language.
    pub fn words(&self, language: Language) -> String {
        match self {
            OnPremisesNote::ConnectorLost {
                file,
                connector,
                fields,
            } => connector_values_lost(language, file, fields, connector),
            OnPremisesNote::CertificatesLost {
                file,
                fields,
                count,
            } => certificate_values_lost(language, file, fields, &certificates(language, *count)),
            OnPremisesNote::Rebuilt { file, count } => {
                rebuilt(language, file, &certificates(language, *count))
            }
            OnPremisesNote::NoThumbprint { file, count } => {
                no_thumbprint(language, file, &certificates(language, *count))
            }
            OnPremisesNote::ConnectorTwice {
                connector,
                first,
                second,
            } => connector_twice(language, connector, first, second),
        }
    }
}

/// The indices of the objects with one name.
type Index = HashMap<String, Vec<usize>>;

/// The count with its noun.
fn certificates(language: Language, number: usize) -> String {
    match number {
        1 => one_certificate(language),
        number => several_certificates(language, number),
    }
}

/// Combines everything.
pub fn put_together(
    mut files: Vec<ExportFile>,
    mut wizard: Vec<WizardSetting>,
) -> (OnPremises, Vec<OnPremisesNote>) {
    files.retain(ExportFile::is_on_premises);
    files.sort_by(|a, b| a.file.cmp(&b.file));
    wizard.sort_by(|a, b| {
        (a.local_time, &a.file, a.line, &a.text).cmp(&(b.local_time, &b.file, b.line, &b.text))
    });
    let mut all = OnPremises::default();
    let mut notes = Vec::new();
    let (mut connectors, mut certificates) = (Index::new(), Index::new());
    let mut nameless = Vec::new();
    for file in &files {
        all.send_connectors_exported |= file.holds(ExportKind::SendConnector);
        all.certificates_exported |= file.holds(ExportKind::ExchangeCertificate);
        let rows = &file.table.objects;
        for row in rows {
            if let Some(connector) = read_send_connector(row, &file.file) {
                notes.extend(connector_lost(file, row, &connector));
                let known = connectors.entry(connector.name.to_lowercase()).or_default();
                let all = &mut all.send_connectors;
                notes.extend(add_connector(all, known, connector));
            }
            let Some(certificate) = read_certificate(row, &file.file) else {
                continue;
            };
            match certificate.certificate.thumbprint.clone() {
                Some(thumbprint) => {
                    let known = certificates.entry(thumbprint).or_default();
                    add_certificate(&mut all.certificates, known, certificate);
                }
                None => nameless.push(certificate),
            }
        }
        notes.extend(certificates_lost(file));
    }
    for certificate in nameless {
        add_nameless(&mut all.certificates, certificate);
    }
    all.files = files.into_iter().map(|file| file.file).collect();
    all.files
        .extend(wizard.iter().map(|setting| setting.file.clone()));
    all.files.sort();
    all.files.dedup();
    all.wizard = wizard;
    // The sort is stable, so equal entries stay in the order of the files.
    all.send_connectors.sort_by(|a, b| {
        (a.name.to_lowercase(), &a.name, &a.server).cmp(&(
            b.name.to_lowercase(),
            &b.name,
            &b.server,
        ))
    });
    let thumbprint = |found: &ExchangeCertificate| found.certificate.thumbprint.clone();
    let server =
        |found: &ExchangeCertificate| found.server.as_ref().map(|name| name.to_lowercase());
    all.certificates
        .sort_by_key(|found| (server(found), thumbprint(found)));
    notes.sort();
    notes.dedup();
    (all, notes)
}

/// The columns that the export has, but without a readable value. A column that was never exported
/// is not lost: the check that needs it says so. A list that `Format-List` cut already has a note.
fn present<'f>(file: &ExportFile, row: &Object, fields: &[&'f str]) -> Vec<&'f str> {
    let cut = |name: &str| {
        let mut notes = file.table.notes.iter();
        notes.any(|note| {
            matches!(note, ExportNote::CutList { field, .. } if field.eq_ignore_ascii_case(name))
        })
    };
    let mut fields = fields.to_vec();
    fields.retain(|field| row.get(field).is_some() && !cut(field));
    fields
}

fn connector_lost(
    file: &ExportFile,
    row: &Object,
    connector: &SendConnector,
) -> Option<OnPremisesNote> {
    let mut fields = present(file, row, &connector.lost_fields());
    // A date in an unknown culture is not listed: another export would not fix it.
    fields.retain(|field| *field != "WhenChangedUTC");
    (!fields.is_empty()).then(|| OnPremisesNote::ConnectorLost {
        file: connector.file.clone(),
        connector: connector.name.clone(),
        fields: fields.join(", "),
    })
}

fn certificates_lost(file: &ExportFile) -> Vec<OnPremisesNote> {
    let mut lost: Vec<&str> = Vec::new();
    let (mut count, mut nameless, mut rebuilt) = (0, 0, 0);
    let rows = file.table.objects.iter();
    for row in rows.filter(|row| kind(row) == Some(ExportKind::ExchangeCertificate)) {
        let Some(certificate) = read_certificate(row, &file.file) else {
            continue;
        };
        if certificate.certificate.thumbprint.is_none() {
            nameless += 1;
            continue;
        }
        let mut fields = present(file, row, &certificate.lost_fields());
        fields.retain(|field| ["CertificateDomains", "Services", "Status"].contains(field));
        if is_rebuilt(row) {
            rebuilt += 1;
            fields.retain(|field| *field == "CertificateDomains");
        }
        count += usize::from(!fields.is_empty());
        lost.extend(fields);
    }
    lost.sort_unstable();
    lost.dedup();
    let mut notes = Vec::new();
    if count > 0 {
        notes.push(OnPremisesNote::CertificatesLost {
            file: file.file.clone(),
            fields: lost.join(", "),
            count,
        });
    }
    if rebuilt > 0 {
        notes.push(OnPremisesNote::Rebuilt {
            file: file.file.clone(),
            count: rebuilt,
        });
    }
    if nameless > 0 {
        notes.push(OnPremisesNote::NoThumbprint {
            file: file.file.clone(),
            count: nameless,
        });
    }
    notes
}

/// Adds a connector, or fills in what another export of the same connector lost. `known` holds the
/// indices of the connectors of that name.
fn add_connector(
    all: &mut Vec<SendConnector>,
    known: &mut Vec<usize>,
    connector: SendConnector,
) -> Option<OnPremisesNote> {
    if let Some(at) = known.iter().find(|at| agree(&all[**at], &connector)) {
        fill_connector(&mut all[*at], connector);
        return None;
    }
    let note = known.first().map(|at| OnPremisesNote::ConnectorTwice {
        connector: connector.name.clone(),
        first: all[*at].file.clone(),
        second: connector.file.clone(),
    });
    // If two exports show one connector at two times, the later one counts.
    if let [only] = known.as_slice()
        && let (Known::Value(first), Known::Value(second)) =
            (&all[*only].when_changed, &connector.when_changed)
        && first != second
    {
        if second > first {
            all[*only] = connector;
        }
        return note;
    }
    known.push(all.len());
    all.push(connector);
    note
}

/// Whether all values that both exports hold are equal.
fn agree(a: &SendConnector, b: &SendConnector) -> bool {
    fn same<T: PartialEq>(a: &Known<T>, b: &Known<T>) -> bool {
        a.is_lost() || b.is_lost() || a == b
    }
    let text = |a: &Known<Option<String>>, b: &Known<Option<String>>| match (a, b) {
        (Known::Value(Some(a)), Known::Value(Some(b))) => a.eq_ignore_ascii_case(b),
        _ => same(a, b),
    };
    let list = |a: &Known<Vec<String>>, b: &Known<Vec<String>>| match (a, b) {
        (Known::Value(a), Known::Value(b)) => as_set(a) == as_set(b),
        _ => true,
    };
    same(&a.enabled, &b.enabled)
        && list(&a.smart_hosts, &b.smart_hosts)
        && list(&a.address_spaces, &b.address_spaces)
        && list(&a.source_servers, &b.source_servers)
        && text(&a.fqdn, &b.fqdn)
        && text(&a.tls_certificate_name, &b.tls_certificate_name)
        && text(&a.tls_domain, &b.tls_domain)
        && text(&a.tls_auth_level, &b.tls_auth_level)
        && same(&a.require_tls, &b.require_tls)
        && same(&a.ignore_starttls, &b.ignore_starttls)
        && same(&a.force_helo, &b.force_helo)
        && text(&a.protocol_logging, &b.protocol_logging)
        && same(&a.frontend_proxy, &b.frontend_proxy)
        && same(
            &a.cloud_services_mail_enabled,
            &b.cloud_services_mail_enabled,
        )
        && same(&a.dns_routing, &b.dns_routing)
}

fn as_set(list: &[String]) -> Vec<String> {
    let mut list: Vec<String> = list.iter().map(|text| text.to_lowercase()).collect();
    list.sort();
    list.dedup();
    list
}

fn fill_connector(to: &mut SendConnector, from: SendConnector) {
    fill(&mut to.enabled, from.enabled);
    fill(&mut to.smart_hosts, from.smart_hosts);
    fill(&mut to.address_spaces, from.address_spaces);
    fill(&mut to.source_servers, from.source_servers);
    fill(&mut to.fqdn, from.fqdn);
    fill(&mut to.tls_certificate_name, from.tls_certificate_name);
    fill(&mut to.tls_domain, from.tls_domain);
    fill(&mut to.tls_auth_level, from.tls_auth_level);
    fill(&mut to.require_tls, from.require_tls);
    fill(&mut to.ignore_starttls, from.ignore_starttls);
    fill(&mut to.force_helo, from.force_helo);
    fill(&mut to.protocol_logging, from.protocol_logging);
    fill(&mut to.frontend_proxy, from.frontend_proxy);
    fill(
        &mut to.cloud_services_mail_enabled,
        from.cloud_services_mail_enabled,
    );
    fill(&mut to.dns_routing, from.dns_routing);
    fill(&mut to.when_changed, from.when_changed);
    to.server = to.server.take().or(from.server);
    to.guid = to.guid.take().or(from.guid);
}

labels! {
    one_certificate: "1 certificate", "証明書 1 件" ["89e9806b"];
}

sentences! {
    /// Several certificates, as other numbers in these notes without separators.
    fn several_certificates(number: usize) {
        en: "{number} certificates",
        ja: "証明書 {number} 件" ["093b9962"],
    }
    /// [`OnPremisesNote::ConnectorLost`].
    fn connector_values_lost(file: &str, fields: &str, connector: &str) {
        en: "{file}: the export lost {fields} of send connector '{connector}'; run ConvertTo-Json -InputObject @(Get-SendConnector) -Depth 5 in the Exchange Management Shell and save the output in place of this file",
        ja: "{file}: エクスポートで、送信コネクタ「{connector}」の {fields} が失われています。Exchange Management Shell で ConvertTo-Json -InputObject @(Get-SendConnector) -Depth 5 を実行し、出力をこのファイルの代わりに保存してください。" ["273f445c"],
    }
    /// [`OnPremisesNote::CertificatesLost`].
    fn certificate_values_lost(file: &str, fields: &str, certificates: &str) {
        en: "{file}: the export lost {fields} of {certificates}; run Get-ExchangeCertificate | Format-List Identity,Thumbprint,Services,Status,CertificateDomains in the Exchange Management Shell with $FormatEnumerationLimit = -1 and save the output beside this file",
        ja: "{file}: エクスポートで、{certificates}の {fields} が失われています。Exchange Management Shell で $FormatEnumerationLimit = -1 を設定してから Get-ExchangeCertificate | Format-List Identity,Thumbprint,Services,Status,CertificateDomains を実行し、出力をこのファイルと同じ場所に保存してください。" ["71826b60"],
    }
    /// [`OnPremisesNote::Rebuilt`].
    fn rebuilt(file: &str, certificates: &str) {
        en: "{file}: {certificates} without Services and Status: this PowerShell made them anew from their public part, so it is not known whether they have a private key; run Get-ExchangeCertificate | Format-List Identity,Thumbprint,Services,Status,HasPrivateKey in the Exchange Management Shell and save the output beside this file",
        ja: "{file}: {certificates}に Services と Status がありません。使用した PowerShell が公開部分から証明書を作り直したため、秘密キーがあるかどうかは分かりません。Exchange Management Shell で Get-ExchangeCertificate | Format-List Identity,Thumbprint,Services,Status,HasPrivateKey を実行し、出力をこのファイルと同じ場所に保存してください。" ["c7b1244a"],
    }
    /// [`OnPremisesNote::NoThumbprint`].
    fn no_thumbprint(file: &str, certificates: &str) {
        en: "{file}: the export holds {certificates} without a thumbprint, so that no command can name it; run ConvertTo-Json -InputObject @(Get-ExchangeCertificate) -Depth 5 in the Exchange Management Shell and save the output in place of this file",
        ja: "{file}: エクスポートに拇印のない{certificates}があり、コマンドで指定できません。Exchange Management Shell で ConvertTo-Json -InputObject @(Get-ExchangeCertificate) -Depth 5 を実行し、出力をこのファイルの代わりに保存してください。" ["6995b2a8"],
    }
    /// [`OnPremisesNote::ConnectorTwice`].
    fn connector_twice(connector: &str, first: &str, second: &str) {
        en: "send connector '{connector}' is in {first} and, with different values, in {second}; remove the older export",
        ja: "送信コネクタ「{connector}」が {first} と {second} の両方にあり、値が異なります。古いほうのエクスポートを削除してください。" ["c96f7093"],
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::input::timestamp::Timestamp;

    fn file(name: &str, content: &Value) -> ExportFile {
        ExportFile::read(name, content.to_string().as_bytes()).unwrap()
    }

    fn connector(name: &str, server: &str, host: &str) -> Value {
        json!({"Name": name, "PSComputerName": server, "AddressSpaces": ["smtp:*;1"], "SmartHosts": [host]})
    }

    fn certificate(server: &str, digit: char) -> Value {
        json!({"Thumbprint": digit.to_string().repeat(40), "Server": server, "Services": "SMTP", "Status": "Valid", "CertificateDomains": []})
    }

    fn setting(line: u64, millis: i64) -> WizardSetting {
        WizardSetting {
            local_time: Timestamp::from_millis(millis),
            cmdlet: "Set-SendConnector".to_owned(),
            connector: None,
            certificate_name: None,
            failed: false,
            file: "hybrid.log".to_owned(),
            line,
            text: String::new(),
        }
    }

    #[test]
    fn one_connector_of_the_organisation_is_one_whoever_exported_it() {
        let (all, notes) = put_together(
            vec![
                file(
                    "ex02.json",
                    &json!([connector("out", "EX02", "A.example.com")]),
                ),
                file(
                    "ex01.json",
                    &json!([connector("Out", "EX01", "a.example.com")]),
                ),
            ],
            Vec::new(),
        );
        assert_eq!(all.send_connectors.len(), 1);
        assert_eq!(all.send_connectors[0].server.as_deref(), Some("EX01"));
        assert_eq!(all.files, ["ex01.json", "ex02.json"]);
        assert!(all.send_connectors_exported && !all.certificates_exported);
        assert!(notes.is_empty());
    }

    #[test]
    fn of_one_connector_at_two_times_the_later_counts() {
        let at = |name: &str, day: &str, level: &str| {
            let mut row = connector("Out", "EX01", "a.example.com");
            row["WhenChangedUTC"] = json!(format!("2026-{day}T00:00:00Z"));
            row["ProtocolLoggingLevel"] = json!(level);
            file(name, &json!([row]))
        };
        let old = || at("1.json", "01-01", "None");
        let new = || at("2.json", "06-01", "Verbose");
        for files in [vec![old(), new()], vec![new(), old()]] {
            let (all, notes) = put_together(files, Vec::new());
            assert_eq!(all.send_connectors.len(), 1);
            let level = all.send_connectors[0].protocol_logging.value();
            assert_eq!(level, Some(&Some("Verbose".to_owned())));
            assert_eq!(notes.len(), 1);
        }
    }

    #[test]
    fn different_values_are_both_kept_and_noted() {
        let (all, notes) = put_together(
            vec![
                file(
                    "b.json",
                    &json!([connector("Out", "EX02", "b.example.com")]),
                ),
                file(
                    "a.json",
                    &json!([connector("Out", "EX01", "a.example.com")]),
                ),
            ],
            Vec::new(),
        );
        let hosts: Vec<_> = all
            .send_connectors
            .iter()
            .map(|found| found.file.as_str())
            .collect();
        assert_eq!(hosts, ["a.json", "b.json"]);
        assert_eq!(
            notes[0].to_string(),
            "send connector 'Out' is in a.json and, with different values, in b.json; remove the older export"
        );
    }

    #[test]
    fn one_export_fills_what_another_lost_and_says_what_was() {
        let csv = "Name,SmartHosts,AddressSpaces,Enabled\nOut,System.Collections.ArrayList,smtp:*;1,True\n";
        let csv = ExportFile::read("a.csv", csv.as_bytes()).unwrap();
        let json = file("b.json", &connector("Out", "EX01", "a.example.com"));
        let (all, notes) = put_together(vec![json, csv], Vec::new());
        let found = &all.send_connectors[0];
        assert_eq!(all.send_connectors.len(), 1);
        assert_eq!(found.smart_hosts.value().map(Vec::len), Some(1));
        assert_eq!(found.enabled, Known::Value(true));
        assert_eq!(notes.len(), 1);
        assert!(
            notes[0]
                .to_string()
                .starts_with("a.csv: the export lost SmartHosts of send connector 'Out';")
        );
    }

    #[test]
    fn certificates_belong_to_servers() {
        let (all, notes) = put_together(
            vec![
                file(
                    "b.json",
                    &json!([certificate("EX02", 'A'), certificate("EX02", 'A')]),
                ),
                file(
                    "a.json",
                    &json!([
                        certificate("ex01.contoso.com", 'B'),
                        certificate("EX01", 'A'),
                        certificate("EX01", 'B')
                    ]),
                ),
            ],
            Vec::new(),
        );
        let found: Vec<_> = all
            .certificates
            .iter()
            .map(|found| {
                (
                    found.server.as_deref().unwrap_or_default(),
                    &found.certificate.thumbprint.as_deref().unwrap_or_default()[..1],
                )
            })
            .collect();
        assert_eq!(
            found,
            [("EX01", "A"), ("ex01.contoso.com", "B"), ("EX02", "A")]
        );
        assert!(notes.is_empty());
    }

    #[test]
    fn certificates_of_unknown_servers_are_distinguished_by_file() {
        let row = json!({"Thumbprint": "A".repeat(40), "Services": "SMTP"});
        let (all, _) = put_together(
            vec![file("b.json", &json!([row, row])), file("a.json", &row)],
            Vec::new(),
        );
        let files: Vec<_> = all
            .certificates
            .iter()
            .map(|found| found.file.as_str())
            .collect();
        assert_eq!(files, ["a.json", "b.json"]);
    }

    #[test]
    fn certificates_without_a_thumbprint_are_kept_each_once() {
        let row = |thumbprint: &str, subject: &str| json!({"Thumbprint": thumbprint, "Server": "EX01", "Services": "SMTP", "Subject": subject, "Issuer": "CN=Example CA", "NotAfter": "2027-01-01T00:00:00Z"});
        let (whole, lost) = ("A".repeat(40), "[redacted]");
        let (all, notes) = put_together(
            vec![
                file(
                    "a.json",
                    &json!([row(lost, "CN=a"), row(lost, "CN=b"), row(lost, "CN=c")]),
                ),
                // The same server, exported again.
                file("b.json", &json!([row(&whole, "CN=a"), row(lost, "CN=b")])),
            ],
            Vec::new(),
        );
        let found = all.certificates.iter().map(|one| {
            let certificate = &one.certificate;
            (
                certificate.thumbprint.as_deref(),
                certificate.subject.as_deref(),
            )
        });
        let found: Vec<_> = found.collect();
        let kept = [
            (None, Some("CN=b")),
            (None, Some("CN=c")),
            (Some(whole.as_str()), Some("CN=a")),
        ];
        assert_eq!(found, kept);
        assert!(
            notes[0]
                .to_string()
                .starts_with("a.json: the export holds 3 certificates without")
        );
    }

    #[test]
    fn lost_columns_of_certificates_are_one_sentence_a_file() {
        let row = |digit: char, services: Value| json!({"Thumbprint": digit.to_string().repeat(40), "Services": services, "Status": 1});
        let (all, notes) = put_together(
            vec![file(
                "a.json",
                &json!([row('A', json!(14)), row('B', json!("SMTP")), {"Thumbprint": "x", "Services": 1}]),
            )],
            Vec::new(),
        );
        assert_eq!(all.certificates.len(), 3);
        let notes: Vec<String> = notes.iter().map(ToString::to_string).collect();
        assert!(
            notes[0].starts_with("a.json: the export lost Services, Status of 2 certificates; run")
        );
        assert!(
            notes[1].starts_with("a.json: the export holds 1 certificate without a thumbprint,")
        );
        assert_eq!(notes.len(), 2);
    }

    #[test]
    fn an_empty_export_is_an_export_and_settings_come_by_time() {
        let empty = ExportFile::read("SendConnector.json", b"[]").unwrap();
        let other = file(
            "inbound.json",
            &json!({"Name": "A", "SenderIPAddresses": []}),
        );
        let (all, notes) = put_together(
            vec![other, empty],
            vec![setting(9, 5), setting(3, 7), setting(2, 7)],
        );
        assert!(all.send_connectors_exported && all.send_connectors.is_empty());
        assert_eq!(all.files, ["SendConnector.json", "hybrid.log"]);
        let lines: Vec<u64> = all.wizard.iter().map(|setting| setting.line).collect();
        assert_eq!(lines, [9, 2, 3]);
        assert!(notes.is_empty());
    }

    proptest! {
        #[test]
        fn the_order_of_the_files_does_not_matter(order in Just((0..6).collect::<Vec<usize>>()).prop_shuffle()) {
            let files = [
                file("a.json", &json!([connector("Out", "EX01", "a.example.com"), certificate("EX01", 'A')])),
                file("b.json", &json!([connector("Out", "EX02", "b.example.com"), certificate("ex01.contoso.com", 'A')])),
                file("c.json", &json!([connector("out", "EX03", "b.example.com"), certificate("EX03", 'A')])),
                file("d.json", &json!({"Name": "Out", "AddressSpaces": ["smtp:*;1"], "Fqdn": "x.contoso.com"})),
                file("e.json", &json!({"Thumbprint": "A".repeat(40), "Services": 3})),
                file("f.json", &json!({"Thumbprint": "A".repeat(40), "Services": "IIS"})),
            ];
            let shuffled = order.iter().map(|at| files[*at].clone()).collect();
            let wizard = || vec![setting(1, 1), setting(2, 1)];
            let mut turned = wizard();
            turned.reverse();
            prop_assert_eq!(put_together(shuffled, turned), put_together(files.to_vec(), wizard()));
        }
    }
}
