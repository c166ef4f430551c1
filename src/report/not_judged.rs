//! What exports of tenants do not let judge, in sentences that say what to export.
//!
//! In: tenants. Out: sentences, in the order of the tenants.
//! Must not judge: what a check cannot tell it says itself.

use crate::rules::setup::Setup;
use crate::tenant::{Tenant, domain};

/// Exports that were not given, or are not the tenant's.
pub(super) fn missing_exports(tenants: &[Tenant]) -> Vec<String> {
    let mut sentences = Vec::new();
    let any = tenants.iter().any(|tenant| tenant.connectors_exported);
    for tenant in tenants {
        if !tenant.connectors_exported && any {
            sentences.push(format!("{}: no export of inbound connectors was given. Export Get-InboundConnector as JSON.", tenant.name));
        }
        match &tenant.domains {
            None => sentences.push(format!(
                "{}: no export of accepted domains was given, so nothing can be said of domains that are not accepted. Export Get-AcceptedDomain as JSON.",
                tenant.name
            )),
            Some(domains) if domain::looks_on_premises(domains) => sentences.push(format!(
                "{}: the accepted domains look like those of the local Exchange, not of the tenant. Export Get-AcceptedDomain in Exchange Online PowerShell.",
                tenant.name
            )),
            Some(_) => {}
        }
    }
    sentences
}

/// What exports lost that attribution needs; what checks need they say themselves.
pub(super) fn lost_values(tenants: &[Tenant]) -> Vec<String> {
    let mut sentences = Vec::new();
    for tenant in tenants {
        for connector in &tenant.connectors {
            let lost = connector.lost_fields();
            if !lost.is_empty() {
                sentences.push(format!(
                    "{}: the export lost {} of inbound connector '{}'; export as JSON.",
                    tenant.name,
                    lost.join(", "),
                    connector.name
                ));
            }
        }
    }
    sentences
}

/// Kinds of exports that were not given at all, with the checks that did not run for that.
pub(super) fn missing_kinds(setup: &Setup<'_>) -> Vec<String> {
    let inbound = setup
        .tenants
        .iter()
        .any(|tenant| tenant.connectors_exported);
    let own = setup.on_premises;
    let kinds = [
        (
            inbound,
            "Get-InboundConnector",
            "DOM101 and CON101 to CON109",
        ),
        (
            own.send_connectors_exported,
            "Get-SendConnector",
            "SND101 to SND107 and CRT101",
        ),
        (
            own.certificates_exported,
            "Get-ExchangeCertificate",
            "SND102, CRT101 and CRT102",
        ),
    ];
    let missing = kinds.into_iter().filter(|(given, ..)| !given);
    missing
        .map(|(_, cmdlet, checks)| {
            format!("No export of {cmdlet} was given: {checks} did not run.")
        })
        .collect()
}
