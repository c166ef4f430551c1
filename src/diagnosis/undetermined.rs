//! What could not be determined, in sentences that say what to export.
//!
//! In: the tenants, what was given, and what checks left undetermined. Out: sentences.
//! Must not decide whether a value matters. The code that asked for the value decides that.

use std::collections::{BTreeMap, BTreeSet};

use super::analysis::Analysis;
use super::check_context::CheckContext;
use super::finding::{Missing, Undetermined};
use super::out_of_step;
use super::rule::{Need, RuleMeta};
use super::unexplained;
use crate::aggregate::occurrence::SenderKind;
use crate::aggregate::{LongSessions, MOST_SENDERS};
use crate::attribution::judgement::ConnectorView;
use crate::language::Language;
use crate::smtp::rejections::MOST_REJECTIONS;
use crate::tenant::{Tenant, domain};

/// Exports that were not given or that are not of the tenant, in the order of the tenants.
pub fn missing_exports(_language: Language, tenants: &[Tenant]) -> Vec<String> {
    let mut sentences = Vec::new();
    let any = tenants.iter().any(|tenant| tenant.connectors_exported);
    for tenant in tenants {
        if !tenant.connectors_exported && any {
            sentences.push(format!("{}: no export of inbound connectors was given. Export Get-InboundConnector as JSON.", tenant.name));
        }
        match &tenant.domains {
            None => sentences.push(format!(
                "{}: no export of accepted domains was given, so it is not known which domains are accepted. Export Get-AcceptedDomain as JSON.",
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

/// Values that attribution needs and that an export lost. Each check reports the values that it
/// needs.
pub fn lost_values(language: Language, tenants: &[Tenant]) -> Vec<String> {
    let mut sentences = Vec::new();
    for tenant in tenants {
        for connector in &tenant.connectors {
            let lost = connector.lost_fields();
            if !lost.is_empty() {
                sentences.push(format!(
                    "{}: the export lost {} of inbound connector '{}'. Export as JSON.",
                    tenant.name,
                    language.list(&lost),
                    connector.name
                ));
            }
        }
    }
    sentences
}

/// The kinds of exports that were not given at all, each with the checks that did not run because
/// of that.
pub fn checks_not_run<'m>(
    context: &CheckContext<'_>,
    checks: impl Iterator<Item = &'m RuleMeta> + Clone,
) -> Vec<String> {
    let mut tenants = context.tenants.iter();
    let inbound = tenants.any(|tenant| tenant.connectors_exported);
    let own = context.on_premises;
    let is_given = |need| match need {
        Need::SendLogs => context.logs.is_some(),
        Need::InboundConnectors => inbound,
        // Each tenant without accepted domains has its own sentence.
        Need::AcceptedDomains => true,
        Need::SendConnectors => own.send_connectors_exported,
        Need::ExchangeCertificates => own.certificates_exported,
        // No check needs queues.
        Need::Queues => true,
    };
    let exports = [
        Need::InboundConnectors,
        Need::SendConnectors,
        Need::ExchangeCertificates,
    ];
    let mut sentences = Vec::new();
    for need in exports.into_iter().filter(|need| !is_given(*need)) {
        // A check that also needs logs would not have run with this export either.
        let with_it = |other| other == need || is_given(other);
        let codes: Vec<&str> = checks
            .clone()
            .filter(|meta| meta.needs(need) && !meta.runs_with(is_given))
            .filter(|meta| meta.runs_with(|other| other != Need::SendLogs || with_it(other)))
            .map(|meta| meta.code)
            .collect();
        if let Some(cmdlet) = need.cmdlet().filter(|_| !codes.is_empty()) {
            let codes = codes.join(", ");
            sentences.push(format!(
                "No export of {cmdlet} was given, so these checks did not run: {codes}."
            ));
        }
    }
    sentences
}

/// One sentence for each subject that checks left undetermined. It shows which values are missing,
/// and which checks need them.
pub fn sentences(language: Language, all: &[Undetermined]) -> Vec<String> {
    #[derive(Default)]
    struct About {
        codes: BTreeSet<&'static str>,
        fields: BTreeSet<&'static str>,
        exports: BTreeSet<&'static str>,
    }
    let mut subjects: BTreeMap<String, About> = BTreeMap::new();
    for undetermined in all {
        let about = subjects
            .entry(undetermined.about.words(language))
            .or_default();
        about.codes.insert(undetermined.code);
        match undetermined.missing {
            Missing::Field(field) => about.fields.insert(field),
            Missing::Export(need) => about.exports.insert(need.cmdlet().unwrap_or_default()),
        };
    }
    let list = |words: BTreeSet<&'static str>| words.into_iter().collect::<Vec<_>>().join(", ");
    subjects
        .into_iter()
        .map(|(subject, about)| {
            let mut why = Vec::new();
            if !about.fields.is_empty() {
                why.push(format!(
                    "the export does not contain {} (export as JSON, as `sendlens collect` does)",
                    list(about.fields)
                ));
            }
            if !about.exports.is_empty() {
                why.push(format!(
                    "no usable export of {} was given",
                    list(about.exports)
                ));
            }
            let codes = list(about.codes);
            format!(
                "{codes} could not be determined for {subject}: {}.",
                why.join("; ")
            )
        })
        .collect()
}

/// What cannot be determined from the logs and exports of a diagnosis.
pub fn of_logs(analysis: &Analysis<'_>) -> Vec<String> {
    let mut sentences = Vec::new();
    if !analysis.has_exports() && analysis.aggregate.exchange_online_sessions > 0 {
        sentences.push("No export of inbound connectors was given, so certificates could not be compared with what the tenant expects. 1. In Exchange Online PowerShell, run `ConvertTo-Json -InputObject @(Get-InboundConnector) -Depth 5` and the same with Get-AcceptedDomain, and save each output to a file. 2. Put the files in the folder of the logs.".to_owned());
    }
    sentences.extend(missing_exports(analysis.language, analysis.tenants));
    sentences.extend(lost_values(analysis.language, analysis.tenants));
    if analysis
        .judgements
        .iter()
        .flat_map(|judgement| &judgement.views)
        .any(ConnectorView::is_uncertain)
    {
        sentences.push("At least one certificate matches a connector only in a way that Microsoft does not document (verdict `uncertain`).".to_owned());
    }
    let flows = analysis.aggregate.flows.iter();
    let front_ends: u64 = flows.map(|flow| flow.front_ends).sum();
    if front_ends > 0 {
        sentences.push(format!(
            "{front_ends} of the sessions are those of a Front End Transport service whose hub's log is not in the input, so what became of their messages is unknown. Add the folder TransportRoles\\Logs\\Hub\\ProtocolLog\\SmtpSend of the Mailbox servers."
        ));
    }
    sentences.extend(of_long_sessions(&analysis.aggregate.long_sessions));
    sentences.extend(of_many_senders(analysis));
    sentences.extend(analysis.left_out.sentence(analysis.language));
    sentences.extend(too_many_pairs(analysis));
    sentences.extend(unexplained::sentences(analysis));
    if analysis.aggregate.exchange_online_sessions == 0 && analysis.aggregate.sessions > 0 {
        sentences.push("No session in the logs goes to Exchange Online.".to_owned());
    }
    sentences.push("The logs show what was offered. They do not show whether Microsoft accepted the certificate chain, or how other tenants are configured.".to_owned());
    sentences
}

/// The rejections whose senders were not told apart.
fn of_many_senders(analysis: &Analysis<'_>) -> Option<String> {
    let all = analysis.aggregate.occurrences.iter();
    let many = all.filter(|one| one.key.sender == SenderKind::Many);
    let count: u64 = many.map(|one| one.count).sum();
    (count > 0).then(|| {
        format!(
            "Mail of more than {MOST_SENDERS} sender domains was rejected. The senders of {count} rejections were not looked at; they are counted with the others of their send connector and certificate."
        )
    })
}

/// What was not looked at in sessions with very many messages.
fn of_long_sessions(long: &LongSessions) -> Option<String> {
    let parts = [
        (long.rejections, "rejections"),
        (long.accepted, "accepted recipients"),
    ];
    let parts = parts.iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> = parts
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    (!parts.is_empty()).then(|| {
        format!(
            "Some sessions have more than {MOST_REJECTIONS} rejections or accepted messages. What comes after these in a session was not looked at: {}.",
            parts.join(" and ")
        )
    })
}

/// The send connectors of which not all servers were compared with each other.
fn too_many_pairs(analysis: &Analysis<'_>) -> Vec<String> {
    let connectors = analysis.lookup.flows.keys();
    let connectors =
        connectors.filter(|connector| out_of_step::are_too_many(analysis, **connector));
    let names = connectors.map(|connector| analysis.aggregate.names.text(*connector));
    names
        .map(|name| {
            format!(
                "Send connector '{name}' offered very many certificates that no inbound connector matches. Not all of them were compared with those of other servers, so CRT006 may be missing."
            )
        })
        .collect()
}
