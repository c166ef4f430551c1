//! What is in use today: send connectors, certificates of the servers, the hybrid wizard.

use super::*;

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
