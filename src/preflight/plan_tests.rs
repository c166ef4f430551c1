//! Tests of renewals: tenants, logs and a candidate in, verdicts and steps out.

#[path = "plan_tests/candidate_tests.rs"]
mod candidate;
#[path = "plan_tests/names_tests.rs"]
mod names;
#[path = "plan_tests/tenants_tests.rs"]
mod tenants;
#[path = "plan_tests/today_tests.rs"]
mod today;

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
