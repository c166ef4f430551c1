//! Which names the tenant expects: the same, another one, a wildcard.

use super::*;

#[test]
fn the_same_name_is_a_certain_yes() {
    on(&["mail.contoso.com"], &[healthy()], &[contoso()], |found| {
        assert_eq!(found.worst(), None);
        let standing = &found.tenants[0].standing;
        assert_eq!(standing.verdict, Verdict::Match);
        assert_eq!(standing.relay, Relay::AnySender);
        assert_eq!(
            standing.confidence,
            crate::diagnosis::rule::Confidence::High
        );
        assert_eq!(standing.matched_name.as_deref(), Some("mail.contoso.com"));
        assert_eq!(
            standing.accepted_domain().as_deref(),
            Some("mail.contoso.com")
        );
        assert_eq!(found.senders[0].change, Change::StaysAttributed);
        assert_eq!(
            commands(found),
            ["Enable-ExchangeCertificate", "Set-SendConnector", "-"]
        );
        let switch = found.tenants[0].steps[1].command.clone().unwrap();
        assert!(
            switch.ends_with("'<I>CN=New CA, O=Example<S>CN=mail.contoso.com, O=Contoso'"),
            "{switch}"
        );
    });
}

#[test]
fn another_name_comes_first_as_a_second_connector() {
    let tenants = [tenant(
        Some("mail.contoso.com"),
        &[],
        &["mail.contoso.com", "smtp.contoso.net", "x.onmicrosoft.com"],
    )];
    on(&["smtp.contoso.net"], &[healthy()], &tenants, |found| {
        assert_eq!(found.worst(), Some(Severity::Error));
        assert_eq!(found.senders[0].change, Change::WouldBeRefused);
        let order = [
            "New-InboundConnector",
            "-",
            "Enable-ExchangeCertificate",
            "Set-SendConnector",
            "-",
            "Set-InboundConnector",
        ];
        assert_eq!(commands(found), order);
        let last = found.tenants[0].steps[5].command.as_deref();
        assert_eq!(
            last,
            Some("Set-InboundConnector -Identity 'Inbound from contoso' -Enabled $false")
        );
    });
    // Its domain is not accepted anywhere: the domain is added first.
    on(&["smtp.contoso.net"], &[healthy()], &[contoso()], |found| {
        let first = found.tenants[0].steps[0].command.as_deref();
        assert_eq!(
            first,
            Some("New-MgDomain -BodyParameter @{Id='smtp.contoso.net'}")
        );
        assert_eq!(commands(found)[1], "New-InboundConnector");
    });
}

#[test]
fn a_wildcard_over_both_is_used_where_its_domain_is_accepted() {
    let sets_wildcard = |found: &Renewal<'_>| {
        let first = found.tenants[0].steps[0].command.clone().unwrap();
        assert!(
            first.ends_with(
                "-Identity 'Inbound from contoso' -TlsSenderCertificateName '*.contoso.com'"
            ),
            "{first}"
        );
    };
    on(
        &["mx2.contoso.com"],
        &[healthy()],
        &[contoso()],
        sets_wildcard,
    );
    on(&["*.contoso.com"], &[healthy()], &[contoso()], |found| {
        sets_wildcard(found);
        assert_eq!(found.tenants[0].standing.verdict, Verdict::Uncertain);
        assert_eq!(found.worst(), Some(Severity::Warning));
    });
    // Not where another tenant expects a name below it.
    let mut other = fabrikam();
    other.connectors[0].tls_sender_certificate_name =
        Known::Value(Some("fax.contoso.com".to_owned()));
    on(
        &["mx2.contoso.com"],
        &[healthy()],
        &[contoso(), other],
        |found| {
            let first = found.tenants[0].steps[0].command.clone().unwrap();
            assert!(first.contains("'mx2.contoso.com'"), "{first}");
        },
    );
}

#[test]
fn a_new_name_is_for_the_tenant_that_it_replaces_or_whose_domain_it_has() {
    let tenants = [contoso(), fabrikam()];
    let concerned = |found: &Renewal<'_>| -> Vec<bool> {
        found.tenants.iter().map(|plan| plan.concerned).collect()
    };
    let session = [healthy()];
    on(&["mx.fabrikam.com"], &session, &tenants, |found| {
        assert_eq!(concerned(found), [true, false]);
    });
    on(&["mx.fabrikam.com"], &[], &tenants, |found| {
        assert_eq!(concerned(found), [false, true]);
    });
    on(&["mx.example.org"], &[], &tenants, |found| {
        assert_eq!(concerned(found), [true, true]);
        let first = &found.tenants[1].steps[0];
        let note = sentences::one_tenant_only(Language::English);
        assert_eq!((&first.command, &first.note), (&None, &note));
    });
}

#[test]
fn a_name_that_wants_to_be_a_command_stays_a_text() {
    let mut candidate = certificate(&["mail.contoso.com"]);
    candidate.subject = Some("CN=x'; Remove-Mailbox y; \u{1b}".to_owned());
    let own = OnPremises::default();
    ask(
        &candidate,
        (&[healthy()], &[contoso()], &own),
        |_| {},
        |found| {
            let switch = found.tenants[0].steps[1].command.clone().unwrap();
            assert!(switch.starts_with("$cert = Get-ExchangeCertificate -Thumbprint 'AAAA"));
            assert!(!switch.contains("Remove-Mailbox"), "{switch}");
        },
    );
}

#[test]
fn without_a_name_to_expect_nothing_else_is_to_do() {
    let mut nameless = certificate(&["mail.contoso.com"]);
    nameless.names.clear();
    nameless.subject = Some("CN=Some Label".to_owned());
    let own = OnPremises::default();
    ask(
        &nameless,
        (&[healthy()], &[contoso()], &own),
        |_| {},
        |found| {
            assert_eq!(commands(found), ["-"]);
            let note = &found.tenants[0].steps[0].note;
            assert!(note.contains("no host name"), "{note}");
        },
    );
    // A wildcard that also matches another tenant's name.
    let mut other = fabrikam();
    other.connectors[0].tls_sender_certificate_name =
        Known::Value(Some("fax.contoso.com".to_owned()));
    on(&["*.contoso.com"], &[], &[contoso(), other], |found| {
        let steps = &found.tenants[0].steps;
        assert_eq!(steps.len(), 1, "{steps:?}");
        assert!(
            steps[0]
                .note
                .contains("certificates of fabrikam.onmicrosoft.com"),
            "{}",
            steps[0].note
        );
    });
}

#[test]
fn a_wildcard_goes_before_its_own_domain() {
    let tenants = [tenant(
        Some("mail.contoso.com"),
        &[],
        &["contoso.com", "contoso.onmicrosoft.com"],
    )];
    on(&["*.contoso.com", "contoso.com"], &[], &tenants, |found| {
        let steps = &found.tenants[0].steps;
        let set = steps.iter().filter_map(|step| step.command.as_deref());
        let set: Vec<&str> = set
            .filter(|text| text.contains("InboundConnector"))
            .collect();
        assert!(
            set[0].contains("-TlsSenderCertificateName '*.contoso.com'"),
            "{set:?}"
        );
    });
}

#[test]
fn the_most_exact_of_two_tenants_is_named() {
    let wild = tenant(
        Some("*.contoso.com"),
        &[],
        &["contoso.com", "contoso.onmicrosoft.com"],
    );
    let exact = Tenant {
        name: "fabrikam.onmicrosoft.com".to_owned(),
        ..tenant(
            Some("mail.contoso.com"),
            &[],
            &["mail.contoso.com", "fabrikam.onmicrosoft.com"],
        )
    };
    on(&["mail.contoso.com"], &[], &[wild, exact], |found| {
        let said = found.notes.iter().any(|note| {
            note.text
                .contains("fabrikam.onmicrosoft.com ('Inbound from contoso') gets the mail")
        });
        assert!(said, "{:?}", found.notes);
    });
}
