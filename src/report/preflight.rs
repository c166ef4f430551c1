//! Builds the document of `preflight`: one certificate that is not in use yet, and what it would change.
//!
//! In: a [`Renewal`]. Out: a [`Preflight`]. Names and shapes are fixed, but fields can be added.
//! Must not decide anything except the wording.

mod sentences;

use schemars::JsonSchema;
use serde::Serialize;

use crate::attribution::accepted::DomainStatus;
use crate::diagnosis::analysis::Analysis;
use crate::diagnosis::fix::Fix;
use crate::diagnosis::rule::{Confidence, Severity};
use crate::diagnosis::undetermined;
use crate::input::timestamp::Timestamp;
use crate::language::Language;
use crate::preflight::plan::{Renewal, TenantPlan};
use crate::preflight::question::{self, Origin, Question};
use crate::preflight::sender::{SenderPlan, same_names};
use crate::preflight::standing::Standing;
use crate::report::certificate::info;
use crate::report::document::{CertificateInfo, SCHEMA_VERSION};
use crate::smtp::certificate::Certificate;

pub use crate::preflight::sender::Change;
pub use crate::preflight::standing::{Relay, Verdict};

/// The answer of `preflight` for one certificate.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Preflight {
    /// The version of the format. It increases when a name or a meaning changes.
    pub schema_version: u32,
    /// The name of the file or the host name, as you typed it.
    pub given: String,
    /// Whether it is a file or a host name.
    pub form: Form,
    /// The new certificate. For a host name, only its names are known.
    pub candidate: CertificateInfo,
    /// The other certificates in the file.
    pub chain: Vec<CertificateInfo>,
    /// Whether there is no warning and no error.
    pub certain: bool,
    /// The worst severity of tenants and notes. It is `null` if there is none.
    pub severity: Option<Severity>,
    /// The verdict as text.
    pub summary: String,
    /// The time at which the validity was checked.
    pub now: Option<String>,
    /// All given tenants.
    pub tenants: Vec<TenantVerdict>,
    /// The send connectors to Exchange Online in logs and exports.
    pub send_connectors: Vec<SendConnectorChange>,
    /// Notes about the certificate itself.
    pub notes: Vec<PreflightNote>,
    /// What could not be checked, and what would help.
    pub not_judged: Vec<String>,
}

/// The form in which the certificate was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// A certificate file.
    Certificate,
    /// A host name.
    HostName,
}

/// The result for one tenant.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TenantVerdict {
    /// The tenant.
    pub tenant: String,
    /// Whether an enabled OnPremises connector expects the certificate.
    pub verdict: Verdict,
    /// The connector that decides, or that could decide.
    pub inbound_connector: Option<String>,
    /// The name of the certificate that decides, or its subject.
    pub matched_name: Option<String>,
    /// The accepted domain because of which mail of any sender gets through.
    pub accepted_domain: Option<String>,
    /// Whether the domain of the connector's certificate name is accepted. It is `null` without a
    /// connector.
    pub domain_status: Option<DomainWord>,
    /// Which mail to recipients outside Microsoft 365 gets through.
    pub relay: Relay,
    /// Whether the certificate affects this tenant: the tenant may expect it, or expects the one that it
    /// replaces. Other tenants are listed for completeness and have no steps.
    pub concerned: bool,
    /// How certain the verdict is.
    pub confidence: Confidence,
    /// How urgent it is. It is `null` if nothing is wrong.
    pub severity: Option<Severity>,
    /// The reasons, as sentences.
    pub reasons: Vec<String>,
    /// The steps, in this order.
    pub steps: Vec<Fix>,
}

/// Whether a domain is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DomainWord {
    /// The domain is in the list of accepted domains.
    Accepted,
    /// Only the direct parent domain of the host name is in the list.
    ParentOnly,
    /// It is accepted only because of MatchSubDomains.
    Uncertain,
    /// The domain is not in the list.
    NotAccepted,
    /// No list was given, or only that of the local Exchange.
    Unknown,
}

/// A send connector today, and what the renewal would change.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SendConnectorChange {
    /// Its name.
    pub name: String,
    /// The stream. It is `null` if only the export shows the send connector.
    pub stream: Option<String>,
    /// The certificate that it offers today. It is `null` if it offers none, or if that is unknown.
    pub today: Option<CertificateInfo>,
    /// The end of the last session in which it was offered.
    pub seen: Option<String>,
    /// The tenants whose connectors expect the certificate that it offers today.
    pub tenants: Vec<String>,
    /// What would change, as a word.
    pub outcome: Change,
    /// What would change, as text.
    pub change: String,
}

/// A note about the certificate itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PreflightNote {
    /// How urgent it is.
    pub severity: Severity,
    /// The text.
    pub text: String,
}

/// What was given, except the question.
#[derive(Debug, Clone)]
pub struct Given<'a> {
    /// The file or host name, as you typed it.
    pub text: String,
    /// The other certificates in the file.
    pub chain: Vec<&'a Certificate>,
    /// Sentences about exports that could not be used completely.
    pub export_notes: &'a [String],
}

/// Builds the document.
pub fn document(question: &Question<'_>, renewal: &Renewal<'_>, given: &Given<'_>) -> Preflight {
    let worst = renewal.worst();
    let certain = worst.is_none_or(|worst| worst < Severity::Warning);
    Preflight {
        schema_version: SCHEMA_VERSION,
        given: given.text.clone(),
        form: match question.origin {
            Origin::HostName => Form::HostName,
            Origin::File { .. } => Form::Certificate,
        },
        candidate: info(question.candidate),
        chain: given.chain.iter().map(|other| info(other)).collect(),
        certain,
        severity: worst,
        summary: summary(question, renewal, certain),
        now: question.context.now.rfc3339(),
        tenants: renewal.tenants.iter().map(tenant).collect(),
        send_connectors: renewal
            .senders
            .iter()
            .map(|sender| send_connector(question, renewal, sender))
            .collect(),
        notes: renewal
            .notes
            .iter()
            .map(|note| PreflightNote {
                severity: note.severity,
                text: note.text.clone(),
            })
            .collect(),
        not_judged: limits(question, given),
    }
}

fn names_of<'a>(language: Language, plans: impl Iterator<Item = &'a TenantPlan<'a>>) -> String {
    let names: Vec<&str> = plans
        .map(|plan| plan.standing.tenant.name.as_str())
        .collect();
    language.list(&names)
}

/// The verdict: yes, no, or why it cannot be determined.
fn summary(question: &Question<'_>, renewal: &Renewal<'_>, certain: bool) -> String {
    let of = |verdict: Verdict| {
        let concerned = renewal.tenants.iter().filter(|plan| plan.concerned);
        let found: Vec<&TenantPlan<'_>> = concerned
            .filter(|plan| plan.standing.verdict == verdict)
            .collect();
        found
    };
    let language = question.context.language;
    let what = question::described(question);
    let matching = of(Verdict::Match);
    let yes = names_of(language, matching.iter().copied());
    let unmatched = of(Verdict::NoMatch);
    let no = names_of(language, unmatched.iter().copied());
    let open: Vec<_> = [of(Verdict::Uncertain), of(Verdict::Unknown)].concat();
    if certain && matching.is_empty() {
        return match unmatched.as_slice() {
            [_] => sentences::nothing_changes(language, &no, &what),
            _ => sentences::nothing_changes_in_several(language, &no, &what),
        };
    }
    if certain {
        return sentences::yes(language, &what, &yes);
    }
    let mut notes = renewal.notes.iter();
    if let Some(note) = notes.find(|note| note.severity == Severity::Error) {
        return sentences::no_for_a_note(language, &what, &note.text);
    }
    if !unmatched.is_empty() {
        return sentences::no(language, &what, &no);
    }
    if !open.is_empty() {
        let open = names_of(language, open.iter().copied());
        return sentences::unclear(language, &what, &open);
    }
    conditional(language, &matching, &what, &yes)
}

/// The verdict where tenants expect the certificate, and something else speaks against the switch.
fn conditional(language: Language, matching: &[&TenantPlan<'_>], what: &str, yes: &str) -> String {
    let relay = match matching {
        [_, _, ..] => return sentences::several_tenants(language, what, yes),
        [one] => one.standing.relay,
        [] => Relay::AnySender,
    };
    match relay {
        Relay::AnySender => sentences::read_the_notes(language, what, yes),
        Relay::AcceptedSenders => sentences::accepted_senders_only(language, what, yes),
        _ => sentences::senders_unclear(language, what, yes),
    }
}

fn tenant(plan: &TenantPlan<'_>) -> TenantVerdict {
    let standing = &plan.standing;
    TenantVerdict {
        tenant: standing.tenant.name.clone(),
        verdict: standing.verdict,
        inbound_connector: standing
            .view
            .as_ref()
            .map(|view| view.connector.name.clone()),
        matched_name: standing.matched_name.clone(),
        accepted_domain: standing.accepted_domain(),
        domain_status: domain_status(standing),
        relay: standing.relay,
        concerned: plan.concerned,
        confidence: standing.confidence,
        severity: plan.severity,
        reasons: standing.reasons.clone(),
        steps: plan.steps.clone(),
    }
}

fn domain_status(standing: &Standing<'_>) -> Option<DomainWord> {
    Some(match standing.domain_status()? {
        DomainStatus::Accepted => DomainWord::Accepted,
        DomainStatus::ParentOnly => DomainWord::ParentOnly,
        DomainStatus::Uncertain => DomainWord::Uncertain,
        DomainStatus::NotAccepted => DomainWord::NotAccepted,
        DomainStatus::Unknown => DomainWord::Unknown,
    })
}

fn send_connector(
    question: &Question<'_>,
    renewal: &Renewal<'_>,
    sender: &SenderPlan,
) -> SendConnectorChange {
    SendConnectorChange {
        name: sender.name.clone(),
        stream: sender.stream.clone(),
        today: sender.today.as_ref().map(info),
        seen: sender.seen.and_then(Timestamp::rfc3339),
        tenants: sender.tenants.clone(),
        outcome: sender.change,
        change: change(question, renewal, sender),
    }
}

fn change(question: &Question<'_>, renewal: &Renewal<'_>, sender: &SenderPlan) -> String {
    let language = question.context.language;
    let served = language.list(&sender.tenants);
    let plans = renewal.tenants.iter();
    let matching = plans.filter(|plan| plan.standing.verdict == Verdict::Match);
    let matching = names_of(language, matching);
    let alike = sender
        .today
        .as_ref()
        .is_some_and(|today| same_names(today, question.candidate));
    match sender.change {
        Change::Uncertain if sender.is_unclear() => sentences::not_in_the_input(language),
        Change::NotConcerned => match sender.elsewhere.as_deref() {
            Some(tenant) => sentences::sends_elsewhere(language, tenant),
            None => sentences::has_other_names(language),
        },
        Change::StaysAttributed => match sender.ended(question.context.now) {
            Some(end) => {
                let end = end.rfc3339().unwrap_or_default();
                sentences::assigned_again(language, &served, &end)
            }
            None if alike => sentences::stays_and_alike(language, &served),
            None => sentences::stays(language, &served),
        },
        Change::SameCertificate => sentences::offered_already(language),
        Change::BecomesAttributed if sender.hidden => {
            sentences::becomes_from_unknown(language, &matching)
        }
        Change::BecomesAttributed => sentences::becomes(language, &matching),
        Change::WouldBeRefused => sentences::would_be_refused(language, &served),
        Change::ChangesTenant => sentences::changes_tenant(language, &served, &matching),
        Change::StaysUnattributed => sentences::stays_unassigned(language),
        Change::Uncertain => sentences::tenant_unclear(language),
    }
}

fn limits(question: &Question<'_>, given: &Given<'_>) -> Vec<String> {
    let language = question.context.language;
    let mut limits = given.export_notes.to_vec();
    for tenant in question.context.tenants {
        if tenant.connectors_exported && tenant.domains.is_none() {
            limits.push(sentences::no_accepted_domains(language, &tenant.name));
        }
    }
    limits.extend(undetermined::lost_values(
        language,
        question.context.tenants,
    ));
    if question.context.logs.is_none() {
        limits.push(sentences::no_log(language));
    }
    for connector in &question.context.on_premises.send_connectors {
        if connector.goes_to_exchange_online().is_none() {
            limits.push(sentences::destination_lost(language, &connector.name));
        }
    }
    if question.origin == Origin::HostName {
        limits.push(sentences::only_a_host_name(language));
    }
    let elsewhere = |analysis: &Analysis<'_>| {
        analysis.aggregate.sessions > 0 && analysis.aggregate.exchange_online_sessions == 0
    };
    if question.context.logs.is_some_and(elsewhere) {
        limits.push(sentences::no_session(language));
    }
    limits.push(sentences::chain_not_judged(language));
    limits
}
