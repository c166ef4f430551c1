//! Combines loaded files into tenants.
//!
//! In: [`LoadedFile`]s in any order. Out: [`Tenant`]s in name order, and notes on what was left out
//! or found twice.
//! Must not look at values beyond what names a tenant and what one connector has in two files.
//! Invariant: the result does not depend on the order of the files; a tenant given by name and one
//! found by its folder are never mixed; no two tenants share a name.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::domain::{initial_domain, looks_on_premises};
use super::load::LoadedFile;
use super::model::{AcceptedDomain, InboundConnector, Known, Tenant};
use crate::language::{Language, sentences};

/// Something about the files of tenants that the user should know.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{}", self.words(Language::English))]
pub enum TenantNote {
    /// Accepted domains that belong to no tenant, or to one of several.
    DomainsLeftOut {
        /// The file.
        file: String,
    },
    /// One connector in two files that do not agree.
    ConnectorTwice {
        /// The tenant.
        tenant: String,
        /// The connector.
        connector: String,
        /// The file whose values are used.
        kept: String,
        /// The other file.
        dropped: String,
    },
}

impl TenantNote {
    /// The sentence in a language.
    pub fn words(&self, language: Language) -> String {
        match self {
            TenantNote::DomainsLeftOut { file } => domains_left_out(language, file),
            TenantNote::ConnectorTwice {
                tenant,
                connector,
                kept,
                dropped,
            } => connector_twice(language, tenant, connector, kept, dropped),
        }
    }
}

/// The files that will form one tenant.
#[derive(Debug, Default)]
struct TenantFiles {
    files: Vec<LoadedFile>,
}

impl TenantFiles {
    fn has_domains(&self) -> bool {
        self.files.iter().any(|file| file.has_domain_export)
    }

    fn domains(&self) -> Vec<AcceptedDomain> {
        self.files
            .iter()
            .flat_map(|file| file.domains.iter().cloned())
            .collect()
    }
}

type FilesByKey = BTreeMap<String, TenantFiles>;

/// Combines files into tenants.
///
/// Files with a given name make one tenant per name. Of the others, each folder with an inbound
/// connector export is a tenant, to which the accepted domains beside it belong. It is named after
/// its initial domain, else after the last part of its folder; `root_name` stands for the folder
/// `.`. Where that gives one name twice, the folder is added.
pub fn group(files: Vec<LoadedFile>, root_name: &str) -> (Vec<Tenant>, Vec<TenantNote>) {
    let (mut given, mut found, mut stray) =
        (FilesByKey::new(), FilesByKey::new(), FilesByKey::new());
    for file in files
        .into_iter()
        .filter(|file| file.has_connector_export || file.has_domain_export)
    {
        let (drafts, key) = match &file.given_tenant {
            Some(name) => (&mut given, name.clone()),
            None => (&mut found, file.folder.clone()),
        };
        drafts.entry(key).or_default().files.push(file);
    }
    for (folder, draft) in std::mem::take(&mut found) {
        let is_tenant = draft.files.iter().any(|file| file.has_connector_export);
        if is_tenant { &mut found } else { &mut stray }.insert(folder, draft);
    }
    let mut notes = attach(stray, &mut given, &mut found);
    let found = merge_same_tenant(found);
    let names = names(&found, &given, root_name);
    let found = found
        .into_iter()
        .map(|(folder, draft)| (names[&folder].clone(), draft));
    let named: FilesByKey = given.into_iter().chain(found).collect();
    let tenants = named
        .into_iter()
        .map(|(name, draft)| tenant(name, draft, &mut notes))
        .collect();
    notes.sort();
    (tenants, notes)
}

/// Gives the accepted domains of folders without connectors to the tenant that they must belong
/// to: the only one in the folder above or below, else the only one there is. A tenant that has
/// domains of its own takes none, because the others may well be the local Exchange's.
fn attach(stray: FilesByKey, given: &mut FilesByKey, found: &mut FilesByKey) -> Vec<TenantNote> {
    let mut left = Vec::new();
    let mut placed = Vec::new();
    for (folder, draft) in stray {
        let near =
            |other: &&String| parent(other) == Some(&folder) || parent(&folder) == Some(other);
        let owners: Vec<_> = found.keys().filter(near).cloned().collect();
        match owners.as_slice() {
            [owner] if !found[owner].has_domains() => placed.push((owner.clone(), draft)),
            _ => left.push(draft),
        }
    }
    // This comes last: the domains of one folder must not decide where those of the next belong.
    for (owner, draft) in placed {
        found.entry(owner).or_default().files.extend(draft.files);
    }
    if given.len() + found.len() == 1
        && let Some(only) = given.values_mut().chain(found.values_mut()).next()
        && !only.has_domains()
    {
        let tenants_own = |draft: &TenantFiles| !looks_on_premises(&draft.domains());
        let any_own = left.iter().any(tenants_own);
        let (taken, rest) = left
            .into_iter()
            .partition(|draft| tenants_own(draft) || !any_own);
        left = rest;
        let taken: Vec<TenantFiles> = taken;
        only.files
            .extend(taken.into_iter().flat_map(|draft| draft.files));
    }
    let files = left.into_iter().flat_map(|draft| draft.files);
    files
        .map(|file| TenantNote::DomainsLeftOut { file: file.file })
        .collect()
}

/// The folder above; `.` is above every first one.
fn parent(folder: &str) -> Option<&str> {
    match folder.rsplit_once('/') {
        Some((parent, _)) => Some(parent),
        None if folder == "." => None,
        None => Some("."),
    }
}

/// Combines folders that show the same initial domain. Such a domain belongs to one tenant, so these
/// folders hold exports of the same tenant, perhaps of different days.
fn merge_same_tenant(found: FilesByKey) -> FilesByKey {
    let mut owners: HashMap<String, String> = HashMap::new();
    let mut merged = FilesByKey::new();
    for (folder, draft) in found {
        let domains = draft.domains();
        let owner = match initial_domain(&domains) {
            Some(domain) => owners.entry(domain.to_owned()).or_insert(folder).clone(),
            None => folder,
        };
        merged.entry(owner).or_default().files.extend(draft.files);
    }
    merged
}

/// A name for each folder, different from each other and from the given names.
fn names(found: &FilesByKey, given: &FilesByKey, root_name: &str) -> BTreeMap<String, String> {
    let plain = |folder: &String, draft: &TenantFiles| match initial_domain(&draft.domains()) {
        Some(domain) => domain.to_owned(),
        None if folder == "." => root_name.to_owned(),
        None => folder.rsplit('/').next().unwrap_or(folder).to_owned(),
    };
    let mut names: BTreeMap<String, String> = found
        .iter()
        .map(|(folder, draft)| (folder.clone(), plain(folder, draft)))
        .collect();
    let mut count: BTreeMap<String, usize> = given.keys().map(|name| (name.clone(), 1)).collect();
    for name in names.values() {
        *count.entry(name.clone()).or_default() += 1;
    }
    let mut taken: BTreeSet<String> = count.keys().cloned().collect();
    for (folder, name) in &mut names {
        if count[name] > 1 {
            *name = format!("{name} ({folder})");
            while !taken.insert(name.clone()) {
                name.push('\'');
            }
        }
    }
    names
}

fn tenant(name: String, mut draft: TenantFiles, notes: &mut Vec<TenantNote>) -> Tenant {
    draft.files.sort_by(|a, b| a.file.cmp(&b.file));
    let has_domains = draft.has_domains();
    let connectors_exported = draft.files.iter().any(|file| file.has_connector_export);
    let mut connectors: Vec<InboundConnector> = Vec::new();
    let mut domains: Vec<AcceptedDomain> = Vec::new();
    let (mut known_connectors, mut known_domains) = (HashMap::new(), HashMap::new());
    let mut files = Vec::new();
    for file in draft.files {
        for connector in file.connectors {
            let known = known_connectors.entry(connector.name.to_lowercase());
            let at = *known.or_insert(connectors.len());
            match connectors.get_mut(at) {
                Some(first) if first.file != connector.file => {
                    notes.extend(combine(first, connector, &name));
                }
                _ => connectors.push(connector),
            }
        }
        for domain in file.domains {
            let at = *known_domains
                .entry(domain.name.clone())
                .or_insert(domains.len());
            match domains.get_mut(at) {
                Some(first) => combine_domains(first, domain),
                None => domains.push(domain),
            }
        }
        files.push(file.file);
    }
    files.dedup();
    Tenant {
        name,
        connectors,
        connectors_exported,
        domains: has_domains.then(|| domains.into()),
        files,
    }
}

/// One connector from two files: the one that was changed later stands, and where neither is the
/// later one, each fills what the other lost (the same export in two forms).
fn combine(
    first: &mut InboundConnector,
    mut other: InboundConnector,
    tenant: &str,
) -> Option<TenantNote> {
    let age = match (&first.when_changed, &other.when_changed) {
        (Known::Value(a), Known::Value(b)) => a.cmp(b),
        _ => std::cmp::Ordering::Equal,
    };
    if age == std::cmp::Ordering::Less {
        std::mem::swap(first, &mut other);
    }
    let agree = age == std::cmp::Ordering::Equal && fill_connector(first, &other);
    (!agree).then(|| TenantNote::ConnectorTwice {
        tenant: tenant.to_owned(),
        connector: first.name.clone(),
        kept: first.file.clone(),
        dropped: other.file,
    })
}

/// Fills what is lost; true if the two do not contradict each other.
fn fill_connector(to: &mut InboundConnector, from: &InboundConnector) -> bool {
    to.guid = to.guid.take().or_else(|| from.guid.clone());
    [
        fill(&mut to.enabled, &from.enabled),
        fill(&mut to.connector_type, &from.connector_type),
        fill(
            &mut to.tls_sender_certificate_name,
            &from.tls_sender_certificate_name,
        ),
        fill(&mut to.sender_ip_addresses, &from.sender_ip_addresses),
        fill(&mut to.sender_domains, &from.sender_domains),
        fill(
            &mut to.associated_accepted_domains,
            &from.associated_accepted_domains,
        ),
        fill(&mut to.require_tls, &from.require_tls),
        fill(
            &mut to.restrict_domains_to_certificate,
            &from.restrict_domains_to_certificate,
        ),
        fill(
            &mut to.restrict_domains_to_ip_addresses,
            &from.restrict_domains_to_ip_addresses,
        ),
        fill(
            &mut to.cloud_services_mail_enabled,
            &from.cloud_services_mail_enabled,
        ),
        fill(&mut to.test_mode, &from.test_mode),
        fill(&mut to.when_changed, &from.when_changed),
    ]
    .iter()
    .all(|agree| *agree)
}

fn combine_domains(to: &mut AcceptedDomain, from: AcceptedDomain) {
    fill(&mut to.domain_type, &from.domain_type);
    fill(&mut to.match_subdomains, &from.match_subdomains);
    fill(&mut to.initial_domain, &from.initial_domain);
    // One of two exports shows the domain as verified, so it may no longer be pending.
    to.pending &= from.pending;
    to.originating_server = to.originating_server.take().or(from.originating_server);
}

fn fill<T: Clone + PartialEq>(to: &mut Known<T>, from: &Known<T>) -> bool {
    if to.is_lost() {
        *to = from.clone();
    }
    from.is_lost() || to == from
}

sentences! {
    /// [`TenantNote::DomainsLeftOut`].
    fn domains_left_out(file: &str) {
        en: "the accepted domains in {file} were left out, because it is not clear whose they are: put the file beside the tenant's inbound connector export, or use --tenant NAME=PATH. If the tenant has no inbound connector, write [] to a file InboundConnector.json beside it",
        ja: "{file} の承認済みドメインは、どのテナントのものか分からないため使用していません。このファイルを、テナントの受信コネクタのエクスポートと同じフォルダーに置くか、--tenant NAME=PATH を使用してください。テナントに受信コネクタがない場合は、[] と書いたファイル InboundConnector.json を同じフォルダーに置いてください。" ["afbda5bb"],
    }
    /// [`TenantNote::ConnectorTwice`].
    fn connector_twice(tenant: &str, connector: &str, kept: &str, dropped: &str) {
        en: "inbound connector '{connector}' of {tenant} is in {kept} and, with different values, in {dropped}: the first is used; remove the older export",
        ja: "{tenant} の受信コネクタ「{connector}」が {kept} と {dropped} の両方にあり、値が異なります。最初のファイルの値を使用しています。古いほうのエクスポートを削除してください。" ["d71fe393"],
    }
}

#[cfg(test)]
mod tests {
    use super::super::load::load_file;
    use super::*;
    use proptest::prelude::*;

    fn connectors(file: &str, folder: &str, name: &str) -> LoadedFile {
        let json = serde_json::json!([{"Name": name, "SenderIPAddresses": ["203.0.113.7"]}]);
        load_file(file, folder, None, json.to_string().as_bytes()).unwrap()
    }

    fn domains(file: &str, folder: &str, names: &[&str]) -> LoadedFile {
        let rows: Vec<_> = names
            .iter()
            .map(|name| serde_json::json!({"DomainName": name, "DomainType": "Authoritative"}))
            .collect();
        let json = serde_json::Value::from(rows).to_string();
        load_file(file, folder, None, json.as_bytes()).unwrap()
    }

    fn given(mut file: LoadedFile, tenant: &str) -> LoadedFile {
        file.given_tenant = Some(tenant.to_owned());
        file
    }

    fn names(tenants: &[Tenant]) -> Vec<&str> {
        tenants.iter().map(|tenant| tenant.name.as_str()).collect()
    }

    fn accepted(tenant: &Tenant) -> Option<Vec<&str>> {
        let domains = tenant.domains.as_ref()?;
        Some(domains.iter().map(|domain| domain.name.as_str()).collect())
    }

    #[test]
    fn a_domain_verified_in_one_export_waits_in_none() {
        let file = |name: &str, pending: bool| {
            let json = serde_json::json!([
                {"Name": "In", "SenderIPAddresses": []},
                {"DomainName": "contoso.com", "DomainType": "Authoritative", "PendingCompletion": pending},
            ]);
            load_file(name, "t", None, json.to_string().as_bytes()).unwrap()
        };
        for pending in [[true, false], [false, true]] {
            let files = vec![file("1.json", pending[0]), file("2.json", pending[1])];
            let (tenants, _) = group(files, "root");
            assert!(!tenants[0].domains.as_ref().unwrap()[0].pending);
        }
    }

    #[test]
    fn a_folder_is_a_tenant_named_after_its_initial_domain() {
        let (tenants, notes) = group(
            vec![
                domains(
                    "b/d.json",
                    "b",
                    &["fabrikam.com", "fabrikam.mail.onmicrosoft.com"],
                ),
                connectors("b/c.json", "b", "From fabrikam"),
                connectors("a/c.json", "a", "From contoso"),
                domains("a/d.json", "a", &["contoso.com", "contoso.onmicrosoft.com"]),
            ],
            "exports",
        );
        assert_eq!(names(&tenants), ["b", "contoso.onmicrosoft.com"]);
        assert_eq!(tenants[1].files, ["a/c.json", "a/d.json"]);
        assert_eq!(tenants[1].connectors[0].name, "From contoso");
        assert_eq!(
            accepted(&tenants[1]),
            Some(vec!["contoso.com", "contoso.onmicrosoft.com"])
        );
        assert!(notes.is_empty());
    }

    #[test]
    fn the_topmost_folder_takes_the_name_of_the_root() {
        let (tenants, _) = group(vec![connectors("c.json", ".", "A")], "exports");
        assert_eq!(names(&tenants), ["exports"]);
        assert_eq!(tenants[0].domains, None);
    }

    #[test]
    fn given_names_add_up_and_stand_alone() {
        let (tenants, notes) = group(
            vec![
                given(connectors("x/c.json", "x", "A"), "contoso"),
                given(connectors("y/c.json", "y", "B"), "contoso"),
                given(domains("z/d.json", "z", &["contoso.com"]), "contoso"),
                connectors("q/contoso/c.json", "q/contoso", "C"),
            ],
            "root",
        );
        assert_eq!(names(&tenants), ["contoso", "contoso (q/contoso)"]);
        assert_eq!(tenants[0].connectors.len(), 2);
        assert_eq!(accepted(&tenants[0]), Some(vec!["contoso.com"]));
        assert_eq!(tenants[1].connectors.len(), 1);
        assert!(notes.is_empty());
    }

    #[test]
    fn equal_names_are_told_apart_by_their_folders() {
        let (tenants, _) = group(
            vec![
                connectors("a/c.json", "a", "A"),
                domains("a/d.json", "a", &["contoso.onmicrosoft.com"]),
                connectors("b/c.json", "b", "A"),
                domains("b/d.json", "b", &["contoso.onmicrosoft.com"]),
                connectors("p/x/c.json", "p/x", "A"),
                connectors("q/x/c.json", "q/x", "A"),
            ],
            "root",
        );
        assert_eq!(
            names(&tenants),
            ["contoso.onmicrosoft.com", "x (p/x)", "x (q/x)"]
        );
    }

    #[test]
    fn domains_elsewhere_go_to_the_nearest_or_only_tenant() {
        let (tenants, notes) = group(
            vec![
                connectors("a/c.json", "a", "A"),
                connectors("b/c.json", "b", "B"),
                domains("a/domains/d.json", "a/domains", &["contoso.com"]),
            ],
            "root",
        );
        assert_eq!(accepted(&tenants[0]), Some(vec!["contoso.com"]));
        assert_eq!(tenants[1].domains, None);
        assert!(notes.is_empty());

        let (tenants, notes) = group(
            vec![
                connectors("a/b/c.json", "a/b", "A"),
                domains("z/d.json", "z", &["contoso.com"]),
            ],
            "root",
        );
        assert_eq!(accepted(&tenants[0]), Some(vec!["contoso.com"]));
        assert!(notes.is_empty());
    }

    #[test]
    fn domains_of_nobody_are_named() {
        let left = |file: &str| TenantNote::DomainsLeftOut {
            file: file.to_owned(),
        };
        let (tenants, notes) = group(
            vec![
                connectors("a/c.json", "a", "A"),
                connectors("b/c.json", "b", "B"),
                domains("d.json", ".", &["contoso.com"]),
            ],
            "root",
        );
        assert!(tenants.iter().all(|tenant| tenant.domains.is_none()));
        assert_eq!(notes, [left("d.json")]);
        assert!(notes[0].to_string().contains("--tenant NAME=PATH"));

        let (tenants, notes) = group(vec![domains("d.json", ".", &["contoso.com"])], "root");
        assert!(tenants.is_empty());
        assert_eq!(notes, [left("d.json")]);
    }

    #[test]
    fn the_local_list_does_not_join_the_tenants() {
        let (tenants, notes) = group(
            vec![
                connectors("a/c.json", "a", "A"),
                domains("a/d.json", "a", &["contoso.onmicrosoft.com"]),
                domains("local/d.json", "local", &["corp.contoso.com"]),
            ],
            "root",
        );
        assert_eq!(accepted(&tenants[0]), Some(vec!["contoso.onmicrosoft.com"]));
        assert_eq!(notes.len(), 1);

        let (tenants, notes) = group(
            vec![
                connectors("a/b/c.json", "a/b", "A"),
                domains("local/d.json", "local", &["corp.contoso.com"]),
                domains("t/d.json", "t", &["contoso.onmicrosoft.com"]),
            ],
            "root",
        );
        assert_eq!(accepted(&tenants[0]), Some(vec!["contoso.onmicrosoft.com"]));
        assert_eq!(
            notes,
            [TenantNote::DomainsLeftOut {
                file: "local/d.json".to_owned()
            }]
        );
    }

    #[test]
    fn one_connector_in_two_forms_is_one_connector() {
        let csv = "Name,Enabled,SenderIPAddresses\nInbound,True,System.Collections.ArrayList\n";
        let csv = load_file("c.csv", ".", None, csv.as_bytes()).unwrap();
        let (tenants, notes) = group(vec![connectors("c.json", ".", "inbound"), csv], "root");
        let connector = &tenants[0].connectors[0];
        assert_eq!(tenants[0].connectors.len(), 1);
        assert_eq!(connector.enabled, Known::Value(true));
        assert_eq!(connector.sender_ip_addresses.value().map(Vec::len), Some(1));
        assert_eq!(tenants[0].files, ["c.csv", "c.json"]);
        assert!(notes.is_empty());
    }

    #[test]
    fn of_two_states_the_later_stands() {
        let state = |file: &str, when: &str, name: &str| {
            let json = serde_json::json!({"Name": "Inbound", "WhenChangedUTC": when, "TlsSenderCertificateName": name});
            load_file(file, ".", None, json.to_string().as_bytes()).unwrap()
        };
        let files = vec![
            state("1.json", "2026-10-01T00:00:00Z", "old.contoso.com"),
            state("2.json", "2026-11-01T00:00:00Z", "new.contoso.com"),
        ];
        let (tenants, notes) = group(files, "root");
        let name = tenants[0].connectors[0]
            .tls_sender_certificate_name
            .value()
            .cloned()
            .flatten();
        assert_eq!(name.as_deref(), Some("new.contoso.com"));
        assert_eq!(
            notes,
            [TenantNote::ConnectorTwice {
                tenant: "root".to_owned(),
                connector: "Inbound".to_owned(),
                kept: "2.json".to_owned(),
                dropped: "1.json".to_owned(),
            }]
        );
    }

    #[test]
    fn an_empty_export_is_a_tenant_without_connectors() {
        let empty = load_file("inbound.json", "a", None, b"[]").unwrap();
        let other = load_file("a/package.json", "a", None, b"{\"name\":\"x\"}").unwrap();
        let (tenants, _) = group(vec![other, empty], "root");
        assert_eq!(names(&tenants), ["a"]);
        assert!(tenants[0].connectors.is_empty());
        assert_eq!(tenants[0].files, ["inbound.json"]);
    }

    proptest! {
        #[test]
        fn the_order_of_the_files_does_not_matter(order in Just((0..7).collect::<Vec<usize>>()).prop_shuffle()) {
            let files = [
                connectors("a/c.json", "a", "A"),
                connectors("a/c2.json", "a", "a"),
                domains("a/d.json", "a", &["contoso.onmicrosoft.com", "contoso.com"]),
                connectors("b/c.json", "b", "B"),
                domains("b/x/d.json", "b/x", &["contoso.onmicrosoft.com"]),
                domains("d.json", ".", &["contoso.com"]),
                given(connectors("g/c.json", "g", "G"), "b"),
            ];
            let shuffled = order.iter().map(|at| files[*at].clone()).collect();
            prop_assert_eq!(group(shuffled, "root"), group(files.to_vec(), "root"));
        }
    }
}
