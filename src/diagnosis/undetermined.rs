//! What could not be determined, in sentences that say what to export.
//!
//! In: the tenants, what was given, and what checks left undetermined. Out: sentences.
//! Must not decide whether a value matters. The code that asked for the value decides that.

mod words;

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
pub fn missing_exports(language: Language, tenants: &[Tenant]) -> Vec<String> {
    let mut sentences = Vec::new();
    let any = tenants.iter().any(|tenant| tenant.connectors_exported);
    for tenant in tenants {
        if !tenant.connectors_exported && any {
            sentences.push(words::no_inbound_connectors(language, &tenant.name));
        }
        match &tenant.domains {
            None => sentences.push(words::no_accepted_domains(language, &tenant.name)),
            Some(domains) if domain::looks_on_premises(domains) => {
                sentences.push(words::domains_on_premises(language, &tenant.name));
            }
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
                sentences.push(words::values_lost(
                    language,
                    &tenant.name,
                    &language.list(&lost),
                    &connector.name,
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
            let language = context.language;
            let codes = language.list(&codes);
            sentences.push(words::checks_not_run(language, cmdlet, &codes));
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
    let list = |names: BTreeSet<&'static str>| {
        let names: Vec<&str> = names.into_iter().collect();
        language.list(&names)
    };
    subjects
        .into_iter()
        .map(|(subject, about)| {
            let (fields, exports) = (list(about.fields), list(about.exports));
            let codes = list(about.codes);
            match (fields.as_str(), exports.as_str()) {
                (fields, "") => words::of_fields(language, &codes, &subject, fields),
                ("", exports) => words::of_exports(language, &codes, &subject, exports),
                (fields, exports) => words::of_both(language, &codes, &subject, fields, exports),
            }
        })
        .collect()
}

/// What cannot be determined from the logs and exports of a diagnosis.
pub fn of_logs(analysis: &Analysis<'_>) -> Vec<String> {
    let language = analysis.language;
    let mut sentences = Vec::new();
    if !analysis.has_exports() && analysis.aggregate.exchange_online_sessions > 0 {
        sentences.push(words::nothing_to_compare(language));
    }
    sentences.extend(missing_exports(analysis.language, analysis.tenants));
    sentences.extend(lost_values(analysis.language, analysis.tenants));
    if analysis
        .judgements
        .iter()
        .flat_map(|judgement| &judgement.views)
        .any(ConnectorView::is_uncertain)
    {
        sentences.push(words::uncertain_match(language));
    }
    let flows = analysis.aggregate.flows.iter();
    let front_ends: u64 = flows.map(|flow| flow.front_ends).sum();
    if front_ends > 0 {
        sentences.push(words::hub_missing(language, front_ends));
    }
    sentences.extend(of_long_sessions(
        language,
        &analysis.aggregate.long_sessions,
    ));
    sentences.extend(of_many_senders(analysis));
    sentences.extend(analysis.left_out.sentence(analysis.language));
    sentences.extend(too_many_pairs(analysis));
    sentences.extend(unexplained::sentences(analysis));
    if analysis.aggregate.exchange_online_sessions == 0 && analysis.aggregate.sessions > 0 {
        sentences.push(words::no_session(language));
    }
    sentences.push(words::limits(language));
    sentences
}

/// The rejections whose senders were not told apart.
fn of_many_senders(analysis: &Analysis<'_>) -> Option<String> {
    let all = analysis.aggregate.occurrences.iter();
    let many = all.filter(|one| one.key.sender == SenderKind::Many);
    let count: u64 = many.map(|one| one.count).sum();
    (count > 0).then(|| words::many_senders(analysis.language, MOST_SENDERS, count))
}

/// What was not looked at in sessions with very many messages.
fn of_long_sessions(language: Language, long: &LongSessions) -> Option<String> {
    let (rejections, accepted) = (long.rejections, long.accepted);
    match (rejections, accepted) {
        (0, 0) => None,
        (_, 0) => Some(words::more_rejections(
            language,
            MOST_REJECTIONS,
            rejections,
        )),
        (0, _) => Some(words::more_accepted(language, MOST_REJECTIONS, accepted)),
        _ => Some(words::more_of_both(
            language,
            MOST_REJECTIONS,
            rejections,
            accepted,
        )),
    }
}

/// The send connectors of which not all servers were compared with each other.
fn too_many_pairs(analysis: &Analysis<'_>) -> Vec<String> {
    let connectors = analysis.lookup.flows.keys();
    let connectors =
        connectors.filter(|connector| out_of_step::are_too_many(analysis, **connector));
    let names = connectors.map(|connector| analysis.aggregate.names.text(*connector));
    names
        .map(|name| words::too_many_pairs(analysis.language, name))
        .collect()
}
