//! Rows of `Get-AcceptedDomain`.
//!
//! In: an [`Object`] of any export form. Out: an [`AcceptedDomain`], if the row is one.
//! Must not decide whether a domain counts for a certificate; attribution decides that.
//! Invariant: names are lower case without trailing dot; `*.contoso.com` is `contoso.com` with
//! its sub-domains.

use super::kind::{ExportKind, kind};
use super::model::{AcceptedDomain, DomainType, Known};
use super::table::Object;

/// Under these names Microsoft gives every tenant its initial domain, one per national cloud.
const INITIAL_PARENTS: [&str; 4] = [
    "onmicrosoft.com",
    "onmicrosoft.us",
    "onmicrosoft.de",
    "partner.onmschina.cn",
];

/// Where Exchange Online's directory servers are.
const ONLINE_PARENTS: [&str; 5] = [
    ".outlook.com",
    ".exchangelabs.com",
    ".outlook.cn",
    ".outlook.de",
    ".office365.us",
];

/// Reads a row. Returns `None` if it is no accepted domain or has no name.
pub fn read_domain(object: &Object, file: &str) -> Option<AcceptedDomain> {
    if kind(object) != Some(ExportKind::AcceptedDomain) {
        return None;
    }
    let text = |field| object.text_of(field).value().cloned().flatten();
    let exported = text("DomainName").or_else(|| text("Name").filter(|name| is_domain(name)))?;
    let exported = exported.trim_end_matches('.').to_lowercase();
    let below = exported.strip_prefix("*.").map(str::to_owned);
    let is_true = |field| object.flag_of(field) == Known::Value(true);
    Some(AcceptedDomain {
        domain_type: domain_type(object),
        match_subdomains: match below {
            Some(_) => Known::Value(true),
            None => object.flag_of("MatchSubDomains"),
        },
        name: below.unwrap_or(exported),
        initial_domain: object.flag_of("InitialDomain"),
        pending: is_true("PendingRemoval") || is_true("PendingCompletion"),
        originating_server: text("OriginatingServer"),
        file: file.to_owned(),
    })
}

/// The tenant's initial domain `contoso.onmicrosoft.com` among its domains; the one marked as such
/// where there are several. Never the routing domain `contoso.mail.onmicrosoft.com`.
pub fn initial_domain(domains: &[AcceptedDomain]) -> Option<&str> {
    let candidates = || domains.iter().filter(|domain| is_initial(&domain.name));
    let marked = candidates().filter(|domain| domain.initial_domain == Known::Value(true));
    let names = |domain: &AcceptedDomain| domain.name.clone();
    let found = marked
        .min_by_key(|domain| names(domain))
        .or_else(|| candidates().min_by_key(|domain| names(domain)));
    found.map(|domain| domain.name.as_str())
}

/// Whether a list is probably the local Exchange's: no initial domain in it, or read from a
/// directory server that is not Exchange Online's.
pub fn looks_on_premises(domains: &[AcceptedDomain]) -> bool {
    !domains.is_empty() && (initial_domain(domains).is_none() || names_local_server(domains))
}

/// A domain of the list comes from a server that is not Exchange Online's: the list is the local
/// Exchange's.
pub fn names_local_server(domains: &[AcceptedDomain]) -> bool {
    let local = |domain: &AcceptedDomain| {
        domain.originating_server.as_ref().is_some_and(|server| {
            let server = server.trim_end_matches('.').to_ascii_lowercase();
            !ONLINE_PARENTS.iter().any(|parent| server.ends_with(parent))
        })
    };
    domains.iter().any(local)
}

fn is_initial(name: &str) -> bool {
    INITIAL_PARENTS.iter().any(|parent| {
        let tenant = name
            .strip_suffix(parent)
            .and_then(|rest| rest.strip_suffix('.'));
        tenant.is_some_and(|tenant| !tenant.is_empty() && !tenant.contains('.'))
    })
}

fn is_domain(name: &str) -> bool {
    name.contains('.')
        && name
            .chars()
            .all(|letter| letter.is_alphanumeric() || "-._*".contains(letter))
}

fn domain_type(object: &Object) -> Known<DomainType> {
    let Known::Value(Some(text)) = object.text_of("DomainType") else {
        return Known::Lost;
    };
    match text.to_ascii_lowercase().as_str() {
        "authoritative" => Known::Value(DomainType::Authoritative),
        "internalrelay" => Known::Value(DomainType::InternalRelay),
        "externalrelay" => Known::Value(DomainType::ExternalRelay),
        _ => Known::Lost,
    }
}

#[cfg(test)]
mod tests {
    use super::super::export::read;
    use super::*;

    fn domains(text: &str) -> Vec<AcceptedDomain> {
        let table = read(text.as_bytes()).unwrap();
        table
            .objects
            .iter()
            .filter_map(|object| read_domain(object, "domains"))
            .collect()
    }

    fn named(names: &[&str]) -> Vec<AcceptedDomain> {
        let rows: Vec<_> = names
            .iter()
            .map(|name| serde_json::json!({"DomainName": name, "DomainType": "Authoritative"}))
            .collect();
        domains(&serde_json::Value::from(rows).to_string())
    }

    #[test]
    fn every_form_gives_the_same_domain() {
        let expected = AcceptedDomain {
            name: "contoso.com".to_owned(),
            domain_type: Known::Value(DomainType::InternalRelay),
            match_subdomains: Known::Value(false),
            initial_domain: Known::Value(false),
            pending: false,
            originating_server: Some("dc1.eurp195a010.prod.outlook.com".to_owned()),
            file: "domains".to_owned(),
        };
        for text in [
            r#"{"DomainName":"Contoso.com.","DomainType":"InternalRelay","MatchSubDomains":false,"InitialDomain":false,"PendingRemoval":false,"OriginatingServer":"dc1.eurp195a010.prod.outlook.com"}"#,
            r#"[{"DomainName":{"Domain":"contoso.com","IncludeSubDomains":false},"DomainType":{"value":2,"Value":"InternalRelay"},"MatchSubDomains":0,"InitialDomain":"False","OriginatingServer":"dc1.eurp195a010.prod.outlook.com"}]"#,
            "Name;DomainType;MatchSubDomains;InitialDomain;OriginatingServer\ncontoso.com;InternalRelay;False;False;dc1.eurp195a010.prod.outlook.com\n",
            "DomainName        : contoso.com\nDomainType        : InternalRelay\nMatchSubDomains   : False\nInitialDomain     : False\nOriginatingServer : dc1.eurp195a010.prod.outlook.com\n",
            r#"<Objs><Obj RefId="0"><ToString>contoso.com</ToString><Props>
                <Obj N="DomainName" RefId="1"><TN RefId="1"><T>Microsoft.Exchange.Data.SmtpDomainWithSubdomains</T></TN><ToString>contoso.com</ToString><Props><S N="Address">contoso.com</S></Props></Obj>
                <Obj N="DomainType" RefId="2"><ToString>InternalRelay</ToString><I32>2</I32></Obj>
                <B N="MatchSubDomains">false</B><B N="InitialDomain">false</B><S N="OriginatingServer">dc1.eurp195a010.prod.outlook.com</S></Props></Obj></Objs>"#,
        ] {
            assert_eq!(domains(text), std::slice::from_ref(&expected), "{text}");
        }
    }

    #[test]
    fn a_wildcard_name_means_subdomains() {
        let list = named(&["*.contoso.com", "*"]);
        assert_eq!(list[0].name, "contoso.com");
        assert_eq!(list[0].match_subdomains, Known::Value(true));
        assert_eq!(list[1].name, "*");
        assert_eq!(list[1].match_subdomains, Known::Lost);
    }

    #[test]
    fn numbers_are_no_types_and_pending_domains_are_marked() {
        let list = domains(
            r#"[{"DomainName":"a.com","DomainType":0,"PendingRemoval":true},{"DomainName":"b.com","DomainType":"ExternalRelay","PendingCompletion":"True"}]"#,
        );
        assert_eq!(list[0].domain_type, Known::Lost);
        assert_eq!(list[1].domain_type, Known::Value(DomainType::ExternalRelay));
        assert!(list.iter().all(|domain| domain.pending));
    }

    #[test]
    fn other_rows_are_no_domains() {
        for text in [
            r#"{"Name":"Default","DomainName":"*","AllowedOOFType":"External"}"#,
            r#"{"Name":"My company","DomainType":"Authoritative"}"#,
            r#"{"DomainName":null,"DomainType":"Authoritative"}"#,
            r#"{"Name":"A","SenderIPAddresses":[]}"#,
        ] {
            assert!(domains(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn the_initial_domain_is_never_the_routing_domain() {
        let list = named(&[
            "contoso.com",
            "contoso.mail.onmicrosoft.com",
            "contoso.onmicrosoft.com",
        ]);
        assert_eq!(initial_domain(&list), Some("contoso.onmicrosoft.com"));
        assert_eq!(initial_domain(&list[..2]), None);
        let mut two = named(&["a.onmicrosoft.com", "b.onmicrosoft.com"]);
        assert_eq!(initial_domain(&two), Some("a.onmicrosoft.com"));
        two[1].initial_domain = Known::Value(true);
        assert_eq!(initial_domain(&two), Some("b.onmicrosoft.com"));
    }

    #[test]
    fn the_local_exchange_is_suspected_for_a_reason() {
        let mut list = named(&["contoso.com", "contoso.onmicrosoft.com"]);
        assert!(!looks_on_premises(&list));
        assert!(looks_on_premises(&list[..1]));
        assert!(!looks_on_premises(&[]));
        list[0].originating_server = Some("DC1.EURP195A010.PROD.OUTLOOK.COM".to_owned());
        assert!(!looks_on_premises(&list));
        list[0].originating_server = Some("dc1.corp.contoso.com".to_owned());
        assert!(looks_on_premises(&list));
    }
}
