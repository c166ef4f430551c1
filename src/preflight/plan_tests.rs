//! Tests of renewals: tenants, logs and a candidate in, verdicts and steps out.

use super::*;
use crate::attribution::name_match::Strictness;
use crate::diagnosis::check_context::{CheckContext, NO_LOGS};
use crate::language::Language;
use crate::onprem::model::CertificateUsage;
use crate::onprem::{OnPremises, SendConnector};
use crate::preflight::sender::Change;
use crate::scenario::exports::{NOW, exchange_certificate, on_premises, send_connector};
use crate::scenario::logs::{Session, TAKEN, connector, contoso, tenant, with_analysis};
use crate::smtp::certificate::Certificate;
use crate::tenant::{ConnectorType, Known, Tenant};

/// A certificate as read from a file.
fn certificate(names: &[&str]) -> Certificate {
    Certificate {
        subject: Some(format!("CN={}, O=Contoso", names[0])),
        issuer: Some("CN=New CA, O=Example".to_owned()),
        thumbprint: Some("A".repeat(40)),
        not_before: Timestamp::parse(b"2026-11-01T00:00:00.000Z"),
        not_after: Timestamp::parse(b"2027-11-01T00:00:00.000Z"),
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        ..Certificate::default()
    }
}

/// A session whose mail is accepted.
fn healthy() -> Session {
    Session {
        mails: vec![("a@contoso.com", TAKEN)],
        ..Session::default()
    }
}

/// Asks about sessions and exports. `change` can change the question.
fn ask<T>(
    candidate: &Certificate,
    (sessions, tenants, own): (&[Session], &[Tenant], &OnPremises),
    change: impl FnOnce(&mut Question<'_>),
    with: impl FnOnce(&Renewal<'_>) -> T,
) -> T {
    with_analysis(sessions, tenants, own, |analysis| {
        let mut question = Question {
            candidate,
            origin: Origin::File {
                is_authority: false,
                end_certificates: 1,
                usage: CertificateUsage::default(),
            },
            context: CheckContext {
                tenants,
                on_premises: own,
                logs: (!sessions.is_empty()).then_some(analysis),
                reading: &NO_LOGS,
                now: Timestamp::parse(NOW).unwrap(),
                strict: Strictness::Table,
                language: Language::English,
            },
            now: Now::Known,
            chosen: false,
        };
        change(&mut question);
        with(&plan(&question))
    })
}

fn on<T>(
    names: &[&str],
    sessions: &[Session],
    tenants: &[Tenant],
    with: impl FnOnce(&Renewal<'_>) -> T,
) -> T {
    let own = OnPremises::default();
    ask(&certificate(names), (sessions, tenants, &own), |_| {}, with)
}

fn commands(renewal: &Renewal<'_>) -> Vec<String> {
    let steps = renewal.tenants.iter().flat_map(|plan| &plan.steps);
    steps
        .map(|step| step.command.clone().unwrap_or_else(|| "-".to_owned()))
        .map(|command| {
            command
                .split(' ')
                .next()
                .unwrap_or_default()
                .trim_end_matches(';')
                .to_owned()
        })
        .collect()
}

fn fabrikam() -> Tenant {
    Tenant {
        name: "fabrikam.onmicrosoft.com".to_owned(),
        ..tenant(
            Some("smtp.fabrikam.com"),
            &[],
            &["smtp.fabrikam.com", "fabrikam.onmicrosoft.com"],
        )
    }
}

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
fn validity_is_counted_from_a_time_that_is_known() {
    let of = |now: &[u8], by: Now| {
        let own = OnPremises::default();
        let change = |question: &mut Question<'_>| {
            question.context.now = Timestamp::parse(now).unwrap();
            question.now = by;
        };
        ask(
            &certificate(&["mail.contoso.com"]),
            (&[], &[contoso()], &own),
            change,
            |found| found.worst(),
        )
    };
    assert_eq!(of(b"2026-12-01T00:00:00.000Z", Now::Known), None);
    assert_eq!(
        of(b"2026-10-01T00:00:00.000Z", Now::Known),
        Some(Severity::Warning)
    );
    // The logs end before the renewal, as expected.
    assert_eq!(
        of(b"2026-10-01T00:00:00.000Z", Now::LastLine),
        Some(Severity::Info)
    );
    assert_eq!(
        of(b"2027-12-01T00:00:00.000Z", Now::LastLine),
        Some(Severity::Error)
    );
}

#[test]
fn a_host_name_does_not_contain_issuer_and_subject() {
    let candidate = Certificate {
        names: vec!["mail.contoso.com".to_owned()],
        ..Certificate::default()
    };
    let tenants = [tenant(
        Some("<I>CN=New CA, O=Example<S>CN=mail.contoso.com, O=Contoso"),
        &[],
        &["mail.contoso.com", "x.onmicrosoft.com"],
    )];
    let own = OnPremises::default();
    ask(
        &candidate,
        (&[], &tenants, &own),
        |question| question.origin = Origin::HostName,
        |found| {
            assert_eq!(found.tenants[0].standing.verdict, Verdict::Uncertain);
            assert!(found.tenants[0].standing.reasons[0].contains("certificate file"));
            assert_eq!(commands(found), ["-"]);
        },
    );
    on(&["mail.contoso.com"], &[], &tenants, |found| {
        assert_eq!(found.tenants[0].standing.verdict, Verdict::Match);
    });
}

#[test]
fn exports_add_send_connectors_that_no_log_shows() {
    let own = on_premises(vec![send_connector()], Vec::new());
    let candidate = certificate(&["mail.contoso.com"]);
    ask(
        &candidate,
        (&[], &[contoso()], &own),
        |_| {},
        |found| {
            let [sender] = &found.senders[..] else {
                panic!("{:?}", found.senders);
            };
            assert_eq!((sender.name.as_str(), &sender.stream), ("Out", &None));
            assert_eq!(sender.servers, ["EX01"]);
            assert_eq!(sender.change, Change::StaysAttributed);
            let enable = found.tenants[0].steps[0].command.clone().unwrap();
            assert!(enable.contains("-Server 'EX01'"), "{enable}");
        },
    );
    // Issuer and subject do not change, so the old certificate must go.
    let mut alike = certificate(&["mail.contoso.com"]);
    alike.subject = Some("CN=mail.contoso.com".to_owned());
    alike.issuer = Some("CN=Example CA, O=Example".to_owned());
    ask(
        &alike,
        (&[], &[contoso()], &own),
        |_| {},
        |found| {
            assert_eq!(
                commands(found),
                [
                    "Enable-ExchangeCertificate",
                    "-",
                    "Invoke-Command",
                    "Set-SendConnector",
                    "Remove-ExchangeCertificate",
                    "$cert",
                    "Invoke-Command",
                    "-"
                ]
            );
        },
    );
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

/// A second send connector, which sends to fabrikam.
fn to_fabrikam(names: Known<Option<String>>) -> SendConnector {
    SendConnector {
        name: "OutF".to_owned(),
        smart_hosts: Known::Value(vec![
            "smtp-fabrikam-com.mail.protection.outlook.com".to_owned(),
        ]),
        address_spaces: Known::Value(vec!["SMTP:*;1".to_owned()]),
        tls_certificate_name: names,
        ..send_connector()
    }
}

/// Asks about exports only.
fn of_exports<T>(
    names: &[&str],
    tenants: &[Tenant],
    connectors: Vec<SendConnector>,
    with: impl FnOnce(&Renewal<'_>) -> T,
) -> T {
    let own = on_premises(connectors, Vec::new());
    ask(&certificate(names), (&[], tenants, &own), |_| {}, with)
}

#[test]
fn an_unknown_certificate_is_not_treated_as_the_known_one() {
    for unknown in [Known::Value(None), Known::Lost] {
        let both = || vec![send_connector(), to_fabrikam(unknown.clone())];
        // It sends to another tenant, so it is left out.
        let tenants = [contoso(), fabrikam()];
        of_exports(&["mail.contoso.com"], &tenants, both(), |found| {
            let [out, other] = &found.senders[..] else {
                panic!("{:?}", found.senders);
            };
            assert!(out.replaced && !other.replaced);
            assert_eq!(other.change, Change::NotConcerned);
            assert_eq!(other.elsewhere.as_deref(), Some("fabrikam.onmicrosoft.com"));
            let switched = found.tenants.iter().flat_map(|plan| &plan.steps);
            let mut commands = switched.filter_map(|step| step.command.as_deref());
            assert!(!commands.any(|command| command.contains("OutF")));
            assert_eq!(found.worst(), None);
        });
        // Its tenant is unknown.
        of_exports(&["mail.contoso.com"], &[contoso()], both(), |found| {
            let other = &found.senders[1];
            assert!(other.is_unclear() && !other.replaced);
            assert_eq!(found.senders[0].change, Change::StaysAttributed);
            assert_eq!(found.worst(), Some(Severity::Warning));
            assert!(found.notes[0].text.contains("'OutF'"));
        });
    }
    // If it is the only one, the question is about it.
    let alone = vec![to_fabrikam(Known::Lost)];
    of_exports(&["mail.contoso.com"], &[contoso()], alone, |found| {
        assert!(found.senders[0].replaced);
    });
}

#[test]
fn one_send_connector_with_the_same_names_does_not_keep_others_from_the_switch() {
    let mut candidate = certificate(&["mail.contoso.com"]);
    candidate.subject = Some("CN=mail.contoso.com".to_owned());
    candidate.issuer = Some("CN=Example CA, O=Example".to_owned());
    let other = SendConnector {
        name: "Out 2".to_owned(),
        tls_certificate_name: Known::Value(Some(
            "<I>CN=Older CA, O=Example<S>CN=mail.contoso.com".to_owned(),
        )),
        ..send_connector()
    };
    let own = on_premises(vec![send_connector(), other], Vec::new());
    ask(
        &candidate,
        (&[], &[contoso()], &own),
        |_| {},
        |found| {
            assert_eq!(
                commands(found),
                [
                    "Enable-ExchangeCertificate",
                    "-",
                    "Invoke-Command",
                    "Set-SendConnector",
                    "Remove-ExchangeCertificate",
                    "$cert",
                    "Invoke-Command",
                    "Set-SendConnector",
                    "-"
                ]
            );
            let steps = &found.tenants[0].steps;
            assert!(steps[1].note.contains("'Out'"), "{}", steps[1].note);
            let cleared = steps[3].command.as_deref().unwrap();
            assert!(cleared.contains("-Identity 'Out' -Tls"), "{cleared}");
            let switch = steps[7].command.as_deref().unwrap();
            assert!(switch.contains("-Identity 'Out 2'"), "{switch}");
        },
    );
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
fn a_certificate_that_is_not_valid_yet_is_waited_for() {
    let own = OnPremises::default();
    ask(
        &certificate(&["mail.contoso.com"]),
        (&[healthy()], &[contoso()], &own),
        |question| question.context.now = Timestamp::parse(b"2026-10-01T00:00:00.000Z").unwrap(),
        |found| {
            assert_eq!(
                commands(found),
                ["-", "Enable-ExchangeCertificate", "Set-SendConnector", "-"]
            );
            let first = &found.tenants[0].steps[0].note;
            assert!(
                first.starts_with("Wait until 2026-11-01T00:00:00"),
                "{first}"
            );
        },
    );
}

#[test]
fn the_expiry_of_todays_certificate_is_known() {
    let own = OnPremises::default();
    let ended = |now: &[u8]| {
        ask(
            &certificate(&["mail.contoso.com"]),
            (&[healthy()], &[contoso()], &own),
            |question| question.context.now = Timestamp::parse(now).unwrap(),
            |found| found.senders[0].ended(Timestamp::parse(now).unwrap()),
        )
    };
    assert_eq!(ended(b"2026-12-01T00:00:00.000Z"), None);
    assert_eq!(
        ended(b"2027-02-01T00:00:00.000Z"),
        Timestamp::parse(b"2027-01-01T00:00:00.000Z")
    );
}

/// Asks about a certificate from a file with this usage.
fn with_usage<T>(usage: CertificateUsage, with: impl FnOnce(&Renewal<'_>) -> T) -> T {
    let own = on_premises(vec![send_connector()], Vec::new());
    ask(
        &certificate(&["mail.contoso.com"]),
        (&[], &[contoso()], &own),
        |question| {
            question.origin = Origin::File {
                is_authority: false,
                end_certificates: 1,
                usage,
            };
        },
        with,
    )
}

#[test]
fn an_elliptic_curve_is_never_an_unconditional_yes() {
    let usage = CertificateUsage {
        elliptic_curve: Some(true),
        ..CertificateUsage::default()
    };
    with_usage(usage, |found| {
        assert_eq!(found.worst(), Some(Severity::Warning));
        assert!(found.notes[0].text.contains("EnableEccCertificateSupport"));
        let first = found.tenants[0].steps[0].command.as_deref().unwrap();
        assert!(first.contains("EnableEccCertificateSupport"), "{first}");
    });
}

#[test]
fn only_server_authentication_is_no_fault_and_its_absence_is_one() {
    let usage = |server, client| CertificateUsage {
        server_authentication: Some(server),
        client_authentication: Some(client),
        ..CertificateUsage::default()
    };
    with_usage(usage(true, false), |found| {
        assert_eq!(found.worst(), Some(Severity::Info));
        assert!(found.notes[0].text.contains("That is no fault"));
        assert_eq!(found.notes.len(), 1);
    });
    with_usage(usage(true, true), |found| assert_eq!(found.worst(), None));
    with_usage(usage(false, true), |found| assert!(found.is_unusable()));
    with_usage(CertificateUsage::default(), |found| {
        assert_eq!(found.worst(), None);
    });
}

#[test]
fn without_a_subject_no_send_connector_can_name_it() {
    let mut candidate = certificate(&["mail.contoso.com"]);
    candidate.subject = Some(String::new());
    let own = OnPremises::default();
    ask(
        &candidate,
        (&[], &[contoso()], &own),
        |_| {},
        |found| {
            assert!(found.is_unusable());
            assert!(found.notes[0].text.contains("It has no subject"));
        },
    );
}

#[test]
fn what_the_servers_say_about_the_candidate_counts() {
    let mut installed = exchange_certificate('A');
    installed.services = Known::Value(Vec::new());
    let worst = |installed| {
        let own = on_premises(vec![send_connector()], vec![installed]);
        ask(
            &certificate(&["mail.contoso.com"]),
            (&[], &[contoso()], &own),
            |_| {},
            |found| (found.worst(), found.notes[0].text.clone()),
        )
    };
    let (severity, text) = worst(installed.clone());
    assert_eq!(severity, Some(Severity::Warning));
    assert!(text.contains("not enabled for SMTP"));
    assert!(
        text.ends_with("This is so on EX01. The steps enable it."),
        "{text}"
    );
    installed.has_private_key = Known::Value(false);
    assert!(worst(installed).1.contains("no private key"));
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

#[test]
fn the_wizard_is_offered_where_it_made_a_connector_that_the_steps_change() {
    let offers = |made: bool, names: &[&str]| {
        let mut tenant = contoso();
        let source = if made { "HybridWizard" } else { "Default" };
        tenant.connectors[0].connector_source = Known::Value(Some(source.to_owned()));
        on(names, &[healthy()], &[tenant], |found| {
            let steps = &found.tenants[0].steps;
            steps
                .iter()
                .any(|step| step.note.contains("hybrid configuration wizard"))
        })
    };
    assert!(offers(true, &["mail.contoso.com"]));
    assert!(offers(true, &["smtp.contoso.com"]));
    assert!(!offers(false, &["mail.contoso.com"]));
}

#[test]
fn a_self_signed_certificate_of_a_server_is_called_so_and_no_authority() {
    let notes = |candidate: &Certificate| {
        let own = OnPremises::default();
        let change = |question: &mut Question<'_>| {
            question.origin = Origin::File {
                is_authority: true,
                end_certificates: 1,
                usage: CertificateUsage::default(),
            };
        };
        ask(candidate, (&[], &[contoso()], &own), change, |found| {
            let texts = found.notes.iter().map(|note| note.text.clone());
            texts.collect::<Vec<_>>().join(" ")
        })
    };
    let mut own = certificate(&["mail.contoso.com"]);
    own.issuer.clone_from(&own.subject);
    let found = notes(&own);
    assert!(
        found.contains("self-signed") && !found.contains("of an authority"),
        "{found}"
    );
    let mut root = own.clone();
    root.subject = Some("CN=Example Root CA, O=Example".to_owned());
    root.issuer.clone_from(&root.subject);
    root.names.clear();
    assert!(notes(&root).contains("of an authority"));
}
