//! What the tenants say: accepted domains, inbound connectors, values that are not known.

use super::*;

#[test]
fn lost_values_are_never_a_yes_nor_a_no() {
    let changes: [fn(&mut Tenant); 3] = [
        |tenant| tenant.connectors[0].tls_sender_certificate_name = Known::Lost,
        |tenant| tenant.connectors[0].enabled = Known::Lost,
        |tenant| tenant.connectors[0].connector_type = Known::Lost,
    ];
    for change in changes {
        let mut tenants = [contoso()];
        change(&mut tenants[0]);
        on(&["mail.contoso.com"], &[healthy()], &tenants, |found| {
            let plan = &found.tenants[0];
            assert_eq!(plan.standing.verdict, Verdict::Uncertain);
            assert_eq!(found.worst(), Some(Severity::Warning));
            assert!(plan.standing.reasons[0].contains("export as JSON"));
            assert_eq!(commands(found), ["ConvertTo-Json"]);
        });
    }
    let mut none = contoso();
    none.connectors_exported = false;
    none.connectors.clear();
    on(&["mail.contoso.com"], &[], &[none], |found| {
        assert_eq!(found.tenants[0].standing.verdict, Verdict::Unknown);
        assert_eq!(found.worst(), Some(Severity::Warning));
    });
}

#[test]
fn the_accepted_domain_decides_who_may_relay() {
    let with = |domains: Option<&[&str]>| {
        let mut found = tenant(Some("mail.contoso.com"), &[], domains.unwrap_or_default());
        found.domains = found.domains.filter(|_| domains.is_some());
        found
    };
    for (domains, relay, alone, renewed) in [
        (
            Some(&["x.onmicrosoft.com"][..]),
            Relay::AcceptedSenders,
            Some(Severity::Warning),
            Some(Severity::Warning),
        ),
        // Only the parent domain: the renewal changes nothing.
        (
            Some(&["contoso.com", "x.onmicrosoft.com"]),
            Relay::Unknown,
            Some(Severity::Warning),
            Some(Severity::Info),
        ),
        // The list of the local Exchange.
        (
            Some(&["mail.contoso.com"]),
            Relay::Unknown,
            Some(Severity::Warning),
            Some(Severity::Warning),
        ),
        (
            None,
            Relay::Unknown,
            Some(Severity::Warning),
            Some(Severity::Warning),
        ),
    ] {
        let tenants = [with(domains)];
        for (sessions, severity) in [(vec![], alone), (vec![healthy()], renewed)] {
            on(&["mail.contoso.com"], &sessions, &tenants, |found| {
                assert_eq!(found.tenants[0].standing.relay, relay, "{domains:?}");
                assert_eq!(found.worst(), severity, "{domains:?}");
            });
        }
    }
}

#[test]
fn one_certificate_for_two_tenants_is_never_certain() {
    let tenants = [contoso(), fabrikam()];
    let both = ["mail.contoso.com", "smtp.fabrikam.com"];
    on(&both, &[healthy()], &tenants, |found| {
        assert_eq!(found.worst(), Some(Severity::Warning));
        assert!(
            found
                .notes
                .iter()
                .any(|note| note.text.contains("Several tenants"))
        );
        assert_eq!(commands(found), ["-", "-"]);
    });
    // The candidate no longer serves one of the two tenants of the old certificate.
    let served = Session {
        names: &["mail.contoso.com", "smtp.fabrikam.com"],
        ..healthy()
    };
    on(&["mail.contoso.com"], &[served], &tenants, |found| {
        assert_eq!(found.worst(), Some(Severity::Error));
        assert!(found.tenants[1].concerned);
        assert_eq!(found.senders[0].change, Change::WouldBeRefused);
    });
    // The candidate does not affect the other tenant.
    on(&["mail.contoso.com"], &[healthy()], &tenants, |found| {
        assert_eq!(found.worst(), None);
        assert!(!found.tenants[1].concerned && found.tenants[1].steps.is_empty());
    });
}

#[test]
fn disabled_and_partner_connectors_are_named_and_do_not_count() {
    let mut tenants = [contoso()];
    tenants[0].connectors[0].enabled = Known::Value(false);
    on(&["mail.contoso.com"], &[], &tenants, |found| {
        let plan = &found.tenants[0];
        assert_eq!(plan.standing.verdict, Verdict::NoMatch);
        assert!(
            plan.standing
                .reasons
                .iter()
                .any(|reason| reason.contains("disabled"))
        );
        let first = plan.steps[0].command.clone().unwrap();
        assert!(first.ends_with("-Enabled $true"), "{first}");
    });
    tenants[0].connectors[0] = connector("P", Some("*.contoso.com"), &[]);
    tenants[0].connectors[0].connector_type = Known::Value(ConnectorType::Partner);
    on(&["mail.contoso.com"], &[], &tenants, |found| {
        let plan = &found.tenants[0];
        assert_eq!(plan.standing.verdict, Verdict::NoMatch);
        assert!(
            plan.standing
                .reasons
                .iter()
                .any(|reason| reason.contains("Partner"))
        );
        assert_eq!(commands(found)[0], "New-InboundConnector");
    });
}

#[test]
fn addresses_alone_make_the_certificate_irrelevant() {
    let tenants = [tenant(
        None,
        &["203.0.113.7"],
        &["contoso.com", "x.onmicrosoft.com"],
    )];
    on(&["mail.contoso.com"], &[healthy()], &tenants, |found| {
        let standing = &found.tenants[0].standing;
        assert_eq!(standing.verdict, Verdict::NoMatch);
        assert!(
            standing
                .reasons
                .iter()
                .any(|reason| reason.contains("address only"))
        );
        assert_eq!(found.worst(), Some(Severity::Info));
        assert_eq!(commands(found), Vec::<String>::new());
    });
}

#[test]
fn an_inbound_connector_that_others_need_is_not_disabled() {
    let last = |tenant: Tenant, connectors: Vec<SendConnector>| {
        of_exports(&["mx2.contoso.net"], &[tenant], connectors, |found| {
            found.tenants[0].steps.last().cloned().unwrap()
        })
    };
    let with_net = || {
        tenant(
            Some("mail.contoso.com"),
            &[],
            &["mail.contoso.com", "mx2.contoso.net", "x.onmicrosoft.com"],
        )
    };
    let free = last(with_net(), vec![send_connector()]);
    assert!(free.command.unwrap().ends_with("-Enabled $false"));
    let mut by_address = with_net();
    by_address.connectors[0] = connector(
        "Inbound from contoso",
        Some("mail.contoso.com"),
        &["203.0.113.7"],
    );
    let mut lost = with_net();
    lost.connectors[0].sender_ip_addresses = Known::Lost;
    for tenant in [by_address, lost] {
        let step = last(tenant, vec![send_connector()]);
        assert_eq!(step.command, None);
        assert!(step.note.contains("addresses"), "{}", step.note);
    }
    // It is unknown what a second send connector offers.
    let hidden = to_fabrikam(Known::Lost);
    let named = SendConnector {
        tls_certificate_name: Known::Value(Some(
            "<I>CN=Example CA, O=Example<S>CN=mail.contoso.net".to_owned(),
        )),
        ..send_connector()
    };
    let widened = SendConnector {
        name: "Out 3".to_owned(),
        ..send_connector()
    };
    let step = last(with_net(), vec![named, widened, hidden]);
    assert_eq!(step.command, None);
}

#[test]
fn a_domain_that_the_tenant_cannot_get_is_not_added() {
    let only = |names: &[&str], tenants: &[Tenant]| {
        on(names, &[healthy()], tenants, |found| {
            found.tenants[0].steps.clone()
        })
    };
    // Another tenant's.
    let steps = only(
        &["smtp.fabrikam.com"],
        &[contoso(), {
            let mut other = fabrikam();
            other.connectors.clear();
            other
        }],
    );
    assert_eq!((steps.len(), &steps[0].command), (1, &None));
    assert!(steps[0].note.contains("fabrikam.onmicrosoft.com"));
    // Microsoft's, and a public suffix.
    for name in ["contoso-com.mail.protection.outlook.com", "*.co.uk"] {
        let steps = only(&[name], &[contoso()]);
        assert_eq!((steps.len(), &steps[0].command), (1, &None), "{name}");
        assert!(steps[0].note.contains("public suffix"), "{}", steps[0].note);
    }
    // Pending.
    let mut pending = tenant(
        Some("mail.contoso.com"),
        &[],
        &["mail.contoso.com", "mx.contoso.net", "x.onmicrosoft.com"],
    );
    pending.domains.as_mut().unwrap()[1].pending = true;
    let steps = only(&["mx.contoso.net"], &[pending]);
    assert_eq!(
        steps[0].command.as_deref(),
        Some("Confirm-MgDomain -DomainId 'mx.contoso.net'")
    );
    // The list of the local Exchange does not describe the tenant.
    let local = tenant(Some("mail.contoso.com"), &[], &["contoso.com"]);
    for name in ["mail.contoso.com", "mx.contoso.net"] {
        let steps = only(&[name], std::slice::from_ref(&local));
        let command = steps[0].command.as_deref().unwrap();
        assert!(command.contains("@(Get-AcceptedDomain)"), "{command}");
        assert!(steps[0].note.contains("local Exchange"));
    }
}
