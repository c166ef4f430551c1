//! Tests of the procedure.
//!
//! In: tenants, a certificate, an address and a sender. Out: the outcome.

use super::*;
use crate::attribution::judgement::{Offer, OfferedCertificate};
use crate::attribution::name_match::Strictness;
use crate::smtp::certificate::Certificate;
use crate::tenant::{AcceptedDomain, ConnectorType, InboundConnector, Known, Tenant, address};

fn connector(name: &str, certificate: Option<&str>, addresses: &[&str]) -> InboundConnector {
    InboundConnector {
        guid: None,
        name: name.to_owned(),
        enabled: Known::Value(true),
        connector_type: Known::Value(ConnectorType::OnPremises),
        tls_sender_certificate_name: Known::Value(certificate.map(str::to_owned)),
        sender_ip_addresses: Known::Value(
            addresses.iter().map(|text| address::parse(text)).collect(),
        ),
        sender_domains: Known::Lost,
        associated_accepted_domains: Known::Lost,
        require_tls: Known::Lost,
        restrict_domains_to_certificate: Known::Lost,
        restrict_domains_to_ip_addresses: Known::Lost,
        cloud_services_mail_enabled: Known::Lost,
        connector_source: Known::Lost,
        test_mode: Known::Lost,
        when_changed: Known::Lost,
        file: String::new(),
        line: None,
    }
}

fn tenant(name: &str, connectors: Vec<InboundConnector>, domains: &[&str]) -> Tenant {
    let domains: Vec<AcceptedDomain> = domains
        .iter()
        .map(|domain| AcceptedDomain {
            name: (*domain).to_owned(),
            domain_type: Known::Lost,
            match_subdomains: Known::Value(false),
            initial_domain: Known::Lost,
            pending: false,
            originating_server: None,
            file: String::new(),
        })
        .collect();
    Tenant {
        name: name.to_owned(),
        connectors,
        connectors_exported: true,
        domains: Some(domains.into()),
        files: Vec::new(),
    }
}

fn outcome(
    tenants: &[Tenant],
    names: &[&str],
    source: &str,
    sender: Sender<'_>,
) -> (Outcome, Option<By>, Option<String>) {
    let certificate = Certificate {
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        ..Certificate::default()
    };
    let offer = Offer {
        certificate: if names.is_empty() {
            OfferedCertificate::Absent
        } else {
            OfferedCertificate::Known(&certificate)
        },
        source: source.parse().ok(),
    };
    let judgement = Judgement::new(&offer, tenants, Strictness::Table);
    let found = simulate(Language::English, &judgement, sender);
    assert!(!found.trace.is_empty());
    (
        found.outcome,
        found.by,
        found.view.map(|view| view.tenant.name.clone()),
    )
}

#[test]
fn an_accepted_certificate_domain_lets_any_sender_relay() {
    let tenants = [tenant(
        "c",
        vec![connector("in", Some("*.contoso.com"), &[])],
        &["contoso.com"],
    )];
    for sender in [Sender::Null, Sender::Domain("example.org"), Sender::Unknown] {
        let found = outcome(&tenants, &["mail.contoso.com"], "", sender);
        assert_eq!(
            found,
            (
                Outcome::Attributed,
                Some(By::Certificate),
                Some("c".to_owned())
            )
        );
    }
}

#[test]
fn an_unaccepted_certificate_domain_leaves_it_to_the_sender() {
    let tenants = [tenant(
        "c",
        vec![connector("in", Some("mail.other.example"), &[])],
        &["contoso.com"],
    )];
    let ask = |sender| outcome(&tenants, &["mail.other.example"], "", sender).0;
    assert_eq!(ask(Sender::Domain("contoso.com")), Outcome::Attributed);
    assert_eq!(ask(Sender::Domain("example.org")), Outcome::Unattributed);
    assert_eq!(ask(Sender::Null), Outcome::Unattributed);
}

#[test]
fn the_sender_picks_among_tenants_that_list_the_address() {
    let tenants = [
        tenant(
            "c",
            vec![connector("in", None, &["203.0.113.7"])],
            &["contoso.com"],
        ),
        tenant(
            "f",
            vec![connector("in", None, &["203.0.113.0/24"])],
            &["fabrikam.com"],
        ),
    ];
    let ask = |sender| outcome(&tenants, &[], "203.0.113.7", sender);
    assert_eq!(ask(Sender::Domain("fabrikam.com")).2, Some("f".to_owned()));
    assert_eq!(
        ask(Sender::Domain("contoso.com")),
        (Outcome::Attributed, Some(By::Address), Some("c".to_owned()))
    );
    assert_eq!(ask(Sender::Null).0, Outcome::Unattributed);
    assert_eq!(
        outcome(&tenants, &[], "198.51.100.1", Sender::Domain("contoso.com")).0,
        Outcome::Unattributed
    );
}

#[test]
fn what_cannot_be_known_is_uncertain() {
    let tenants = [tenant(
        "c",
        vec![connector("in", Some("mail.contoso.com"), &[])],
        &["contoso.com"],
    )];
    assert_eq!(
        outcome(&tenants, &["*.contoso.com"], "", Sender::Unknown).0,
        Outcome::Uncertain
    );
    let mut lost = tenants.clone();
    lost[0].connectors[0].tls_sender_certificate_name = Known::Lost;
    assert_eq!(
        outcome(&lost, &["x.example.org"], "", Sender::Unknown).0,
        Outcome::Uncertain
    );
    let both = [
        tenant(
            "c",
            vec![connector("in", Some("*.contoso.com"), &[])],
            &["contoso.com"],
        ),
        tenant(
            "f",
            vec![connector("in", Some("mail.contoso.com"), &[])],
            &["fabrikam.com"],
        ),
    ];
    assert_eq!(
        outcome(&both, &["mail.contoso.com"], "", Sender::Unknown).0,
        Outcome::Uncertain
    );
}

#[test]
fn disabled_and_partner_connectors_never_choose_the_tenant() {
    for change in [
        |connector: &mut InboundConnector| connector.enabled = Known::Value(false),
        |connector: &mut InboundConnector| {
            connector.connector_type = Known::Value(ConnectorType::Partner)
        },
    ] {
        let mut tenants = [tenant(
            "c",
            vec![connector("in", Some("*.contoso.com"), &[])],
            &["contoso.com"],
        )];
        change(&mut tenants[0].connectors[0]);
        assert_eq!(
            outcome(&tenants, &["mail.contoso.com"], "", Sender::Unknown).0,
            Outcome::Unattributed
        );
    }
}
