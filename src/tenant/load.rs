//! Reads one export file and takes what it says about a tenant.
//!
//! In: a file's bytes, its name for reports and its folder. Out: an [`ExportFile`] with its rows, of
//! which a [`LoadedFile`] takes those of a tenant; [`super::group`] makes tenants of many.
//! Must not open files. The name of a file only decides what an empty file was meant to contain.
//! Invariant: "exported, and there are none" and "not exported" stay apart.

use super::connector::read_connector;
use super::domain::read_domain;
use super::export;
use super::kind::{ExportKind, kind, kind_of_columns};
use super::model::{AcceptedDomain, InboundConnector};
use super::table::{ExportError, ExportForm, ExportNote, Table};
use crate::language::{Language, labels};

/// What an export holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// `Get-InboundConnector`.
    InboundConnectors,
    /// `Get-AcceptedDomain`.
    AcceptedDomains,
    /// `Get-SendConnector`.
    SendConnectors,
    /// `Get-ExchangeCertificate`.
    ExchangeCertificates,
    /// `Get-Queue` or `Get-Message`.
    Queues,
    /// More than one of these.
    Mixed,
    /// None of these.
    Nothing,
}

/// What a table contains, by its rows, or by its columns if it has no rows.
pub fn classify(table: &Table) -> Content {
    content(&kinds(table))
}

/// What an export without any content was meant to hold, by its file name. `ConvertTo-Json` makes
/// an empty file, or `[]`, of no connectors.
pub fn content_by_name(file: &str) -> Content {
    content(&kinds_by_name(file))
}

/// What to do about an export file without any content. A cmdlet that gives nothing makes one too, and no
/// connector at all is the plainest cause of rejected mail.
pub fn advice_for_empty(language: Language, file: &str) -> String {
    match content_by_name(file) {
        Content::InboundConnectors => if_there_are_none(language),
        _ => export_again(language),
    }
}

/// What one export file says about a tenant.
#[derive(Debug, Clone, PartialEq)]
pub struct LoadedFile {
    /// The file's name for reports.
    pub file: String,
    /// Its folder, with `/`; `.` for the topmost one. Files of one folder name belong together.
    pub folder: String,
    /// The tenant that the user named for it.
    pub given_tenant: Option<String>,
    /// The inbound connectors in file order.
    pub connectors: Vec<InboundConnector>,
    /// The accepted domains in file order.
    pub domains: Vec<AcceptedDomain>,
    /// Whether this is an export of inbound connectors, even if there are none.
    pub has_connector_export: bool,
    /// Whether this is an export of accepted domains, even if there are none.
    pub has_domain_export: bool,
    /// What the export lost.
    pub notes: Vec<ExportNote>,
}

/// One export file as read: its rows, and what it is an export of.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportFile {
    /// The file's name for reports.
    pub file: String,
    /// The rows.
    pub table: Table,
    kinds: Vec<ExportKind>,
}

impl ExportFile {
    /// Reads one file.
    ///
    /// # Errors
    /// If the file cannot be read as an export; see [`ExportError`].
    pub fn read(file: &str, bytes: &[u8]) -> Result<ExportFile, ExportError> {
        let by_name = kinds_by_name(file);
        let table = match export::read(bytes) {
            Err(ExportError::Empty) if !by_name.is_empty() => nothing(),
            result => result?,
        };
        let mut kinds = kinds(&table);
        if kinds.is_empty() && table.no_rows {
            kinds = by_name;
        }
        Ok(ExportFile {
            file: file.to_owned(),
            table,
            kinds,
        })
    }

    /// Whether this is an export of that kind, even if there are no rows of it.
    pub fn holds(&self, kind: ExportKind) -> bool {
        self.kinds.contains(&kind)
    }

    /// Whether this is an export of Exchange Online.
    pub fn is_tenants(&self) -> bool {
        self.holds(ExportKind::InboundConnector) || self.holds(ExportKind::AcceptedDomain)
    }

    /// Whether this is an export of what only the local Exchange has.
    pub fn is_on_premises(&self) -> bool {
        self.holds(ExportKind::SendConnector) || self.holds(ExportKind::ExchangeCertificate)
    }

    /// Whether this is an export of queues or of their messages.
    pub fn is_of_queues(&self) -> bool {
        self.holds(ExportKind::Queue) || self.holds(ExportKind::QueuedMessage)
    }

    /// What the file says about a tenant. The result is empty for an export of something else.
    pub fn tenants_part(&self, folder: &str, given_tenant: Option<&str>) -> LoadedFile {
        let (file, rows) = (&self.file, &self.table.objects);
        LoadedFile {
            file: file.clone(),
            folder: folder.to_owned(),
            given_tenant: given_tenant.map(str::to_owned),
            connectors: rows
                .iter()
                .filter_map(|row| read_connector(row, file))
                .collect(),
            domains: rows
                .iter()
                .filter_map(|row| read_domain(row, file))
                .collect(),
            has_connector_export: self.holds(ExportKind::InboundConnector),
            has_domain_export: self.holds(ExportKind::AcceptedDomain),
            notes: self.table.notes.clone(),
        }
    }
}

/// Reads one file. The result is empty for an export of something else.
///
/// # Errors
/// If the file cannot be read as an export; see [`ExportError`].
pub fn load_file(
    file: &str,
    folder: &str,
    given_tenant: Option<&str>,
    bytes: &[u8],
) -> Result<LoadedFile, ExportError> {
    ExportFile::read(file, bytes).map(|read| read.tenants_part(folder, given_tenant))
}

fn nothing() -> Table {
    Table {
        form: ExportForm::Json,
        columns: Vec::new(),
        objects: Vec::new(),
        no_rows: true,
        notes: Vec::new(),
    }
}

fn kinds(table: &Table) -> Vec<ExportKind> {
    let mut kinds: Vec<ExportKind> = table.objects.iter().filter_map(kind).collect();
    if kinds.is_empty() {
        kinds.extend(kind_of_columns(&table.columns));
    }
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

fn kinds_by_name(file: &str) -> Vec<ExportKind> {
    let name = file
        // A member of an archive is named behind a `!`.
        .rsplit(['/', '\\', '!'])
        .next()
        .unwrap_or(file)
        .to_lowercase();
    let letters = |text: &str| -> String {
        let letters = text.chars().filter(|letter| letter.is_alphanumeric());
        letters.collect()
    };
    // Many files have a queue in their names.
    let stem = letters(
        name.rsplit_once('.')
            .map_or(name.as_str(), |(stem, _)| stem),
    );
    match stem.as_str() {
        "queue" | "queues" | "getqueue" => return vec![ExportKind::Queue],
        "queuedmessage" | "queuedmessages" | "getmessage" => {
            return vec![ExportKind::QueuedMessage];
        }
        _ if stem.ends_with("queueinfo") => return vec![ExportKind::Queue],
        _ => {}
    }
    let name = letters(&name);
    let kinds = [
        ("inbound", ExportKind::InboundConnector),
        ("accepteddomain", ExportKind::AcceptedDomain),
        ("sendconnector", ExportKind::SendConnector),
        ("exchangecertificate", ExportKind::ExchangeCertificate),
    ];
    kinds
        .iter()
        .filter(|(word, _)| name.contains(word))
        .map(|(_, kind)| *kind)
        .collect()
}

fn content(kinds: &[ExportKind]) -> Content {
    match kinds {
        [] => Content::Nothing,
        [ExportKind::InboundConnector] => Content::InboundConnectors,
        [ExportKind::AcceptedDomain] => Content::AcceptedDomains,
        [ExportKind::SendConnector] => Content::SendConnectors,
        [ExportKind::ExchangeCertificate] => Content::ExchangeCertificates,
        [ExportKind::Queue | ExportKind::QueuedMessage]
        | [ExportKind::Queue, ExportKind::QueuedMessage] => Content::Queues,
        _ => Content::Mixed,
    }
}

labels! {
    if_there_are_none: "If the tenant has no inbound connector, write [] into the file. Otherwise export again with ConvertTo-Json -InputObject @(Get-InboundConnector) -Depth 5", "テナントに受信コネクタがない場合は、ファイルに [] と書き込んでください。ある場合は、ConvertTo-Json -InputObject @(Get-InboundConnector) -Depth 5 を使用して、もう一度エクスポートしてください。" ["adf5d94e"];
    export_again: "Export again with ConvertTo-Json -Depth 5", "ConvertTo-Json -Depth 5 を使用して、もう一度エクスポートしてください。" ["333ffc3f"];
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CONNECTOR: &str = r#"{"Name":"A","SenderIPAddresses":[]}"#;
    const DOMAIN: &str = r#"{"DomainName":"contoso.com","DomainType":"Authoritative"}"#;

    fn load(file: &str, text: &str) -> LoadedFile {
        load_file(file, ".", None, text.as_bytes()).unwrap()
    }

    #[test]
    fn tables_are_classified() {
        let classified = |text: &str| classify(&export::read(text.as_bytes()).unwrap());
        assert_eq!(classified(CONNECTOR), Content::InboundConnectors);
        assert_eq!(classified(DOMAIN), Content::AcceptedDomains);
        assert_eq!(
            classified(&format!("[{CONNECTOR},{CONNECTOR},{DOMAIN}]")),
            Content::Mixed
        );
        assert_eq!(
            classified(r#"{"Name":"S","AddressSpaces":[]}"#),
            Content::SendConnectors
        );
        assert_eq!(
            classified(r#"{"Thumbprint":"00","Services":"SMTP"}"#),
            Content::ExchangeCertificates
        );
        assert_eq!(classified("{\"Name\":\"package\"}"), Content::Nothing);
        assert_eq!(classified("[]"), Content::Nothing);
        assert_eq!(
            classified("Name,SenderIPAddresses\n"),
            Content::InboundConnectors
        );
        assert_eq!(
            classified("DomainName,DomainType\n"),
            Content::AcceptedDomains
        );
    }

    #[test]
    fn a_mixed_document_gives_both() {
        let loaded = load(
            "tenant.json",
            &format!("{{\"a\":[{CONNECTOR}],\"b\":{{\"c\":{DOMAIN}}}}}"),
        );
        assert_eq!(loaded.connectors.len(), 1);
        assert_eq!(loaded.domains.len(), 1);
        assert!(loaded.has_connector_export && loaded.has_domain_export);
        assert_eq!(loaded.connectors[0].file, "tenant.json");
    }

    #[test]
    fn an_export_of_none_is_an_export() {
        for (file, text, connectors, domains) in [
            ("x.csv", "Name,SenderIPAddresses\n", true, false),
            ("x.csv", "DomainName,DomainType\n", false, true),
            ("a/InboundConnectors.json", "[]", true, false),
            ("inbound.json", "null\r\n", true, false),
            ("inbound.json", "{\"value\":[],\"Count\":0}", true, false),
            ("Inbound-Connector.json", "", true, false),
            ("inbound.xml", "<Objs></Objs>", true, false),
            ("accepted_domains.json", "[]", false, true),
            ("x.json", "[]", false, false),
            ("inbound/x.json", "[]", false, false),
            ("inbound.json", "[\"text\"]", false, false),
            ("inbound.json", "{\"Name\":\"x\"}", false, false),
        ] {
            let loaded = load(file, text);
            assert_eq!(loaded.has_connector_export, connectors, "{file}");
            assert_eq!(loaded.has_domain_export, domains, "{file}");
            assert!(loaded.connectors.is_empty() && loaded.domains.is_empty());
        }
        assert_eq!(load_file("x.json", ".", None, b""), Err(ExportError::Empty));
        assert_eq!(
            content_by_name("C:\\x\\Inbound.json"),
            Content::InboundConnectors
        );
        assert_eq!(
            content_by_name("EX01/Get-SendConnector.xml"),
            Content::SendConnectors
        );
        assert_eq!(content_by_name("SEND2026110302-1.LOG"), Content::Nothing);
    }

    #[test]
    fn what_the_export_lost_is_kept() {
        let loaded = load(
            "mail.txt",
            "Name              : A\nSenderIPAddresses : {203.0.113.1…}\n",
        );
        assert_eq!(
            loaded.connectors[0].lost_fields().last(),
            Some(&"SenderIPAddresses")
        );
        assert_eq!(loaded.notes.len(), 1);
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(
            file in "inbound.json|x", bytes in proptest::collection::vec(any::<u8>(), 0..200),
        ) {
            let _ = load_file(&file, ".", Some("contoso"), &bytes);
        }
    }
}
