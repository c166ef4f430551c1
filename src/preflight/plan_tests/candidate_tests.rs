//! What the candidate is good for: when it is valid, and what it may be used for.

use super::*;

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
