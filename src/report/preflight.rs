//! The document of `preflight`: one certificate that is not offered yet, and what would come of it.
//!
//! In: a [`Renewal`]. Out: a [`Preflight`]; names and shapes are fixed, more may be added.
//! Must not decide anything but the words of the verdict.

use schemars::JsonSchema;
use serde::Serialize;

use crate::attribution::accepted::DomainStatus;
use crate::diagnosis::analysis::Analysis;
use crate::diagnosis::fix::Fix;
use crate::diagnosis::rule::{Confidence, Severity};
use crate::diagnosis::undetermined;
use crate::input::timestamp::Timestamp;
use crate::preflight::plan::{Renewal, TenantPlan};
use crate::preflight::question::{self, Origin, Question};
use crate::preflight::sender::{Change, Sender, same_names};
use crate::preflight::standing::{Relay, Standing, Verdict};
use crate::report::certificate::info;
use crate::report::document::{CertificateInfo, SCHEMA_VERSION};
use crate::smtp::certificate::Certificate;

/// What `preflight` says of one certificate.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Preflight {
    /// Raised when a name or meaning changes.
    pub schema_version: u32,
    /// What was given: the name of the file, or the host name.
    pub given: String,
    /// Whether it is a file or a host name.
    pub form: Form,
    /// The certificate; for a host name only its names are known.
    pub candidate: CertificateInfo,
    /// The other certificates of the file.
    pub chain: Vec<CertificateInfo>,
    /// Nothing as bad as a warning speaks against the renewal.
    pub certain: bool,
    /// The worst of tenants and notes; `null` where nothing is to be said.
    pub severity: Option<Severity>,
    /// The verdict in one sentence.
    pub summary: String,
    /// What validity is counted from.
    pub now: Option<String>,
    /// Every tenant given.
    pub tenants: Vec<TenantVerdict>,
    /// The send connectors to Exchange Online in logs and exports.
    pub send_connectors: Vec<SendConnectorChange>,
    /// What concerns the certificate itself.
    pub notes: Vec<PreflightNote>,
    /// What could not be judged, and what would help.
    pub not_judged: Vec<String>,
}

/// What was given as certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// A certificate file.
    Certificate,
    /// A host name.
    HostName,
}

/// What a tenant would make of it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TenantVerdict {
    /// The tenant.
    pub tenant: String,
    /// Whether an enabled OnPremises connector matches.
    pub verdict: Verdict,
    /// The connector that decides, or might.
    pub inbound_connector: Option<String>,
    /// The name of the certificate that decides, or its subject.
    pub matched_name: Option<String>,
    /// The accepted domain that lets any sender relay.
    pub accepted_domain: Option<String>,
    /// Whether the domain of the connector's name is accepted; `null` without a connector.
    pub domain_status: Option<DomainWord>,
    /// Which mail may be relayed to recipients outside Microsoft 365.
    pub relay: Relay,
    /// The certificate has to do with this tenant: it may be attributed to it, or takes the place
    /// of one that is. Others are listed for completeness and have no steps.
    pub concerned: bool,
    /// How sure the verdict is.
    pub confidence: Confidence,
    /// How bad it is; `null` where nothing is wrong.
    pub severity: Option<Severity>,
    /// Why, in sentences.
    pub reasons: Vec<String>,
    /// What to do, in this order.
    pub steps: Vec<Fix>,
}

/// Whether a domain is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DomainWord {
    /// It is in the list.
    Accepted,
    /// Only the immediate parent of a host name is.
    ParentOnly,
    /// Only by MatchSubDomains.
    Uncertain,
    /// It is not.
    NotAccepted,
    /// No list was given, or that of the local Exchange.
    Unknown,
}

/// A send connector today, and what the renewal would change.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SendConnectorChange {
    /// Its name.
    pub name: String,
    /// The stream; `null` where no log shows it, only the export.
    pub stream: Option<String>,
    /// What it offers today; `null` where it offers none, or where that is unknown.
    pub today: Option<CertificateInfo>,
    /// The end of the last session that offered it.
    pub seen: Option<String>,
    /// The tenants whose connectors match what it offers today.
    pub tenants: Vec<String>,
    /// The same as `change`, as a word.
    pub outcome: Change,
    /// What would change, in a sentence.
    pub change: String,
}

/// Something about the certificate itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PreflightNote {
    /// How bad.
    pub severity: Severity,
    /// The sentence.
    pub text: String,
}

/// What was given, beside the question.
#[derive(Debug, Clone)]
pub struct Given<'a> {
    /// The file or host name as typed.
    pub text: String,
    /// The other certificates of the file.
    pub chain: Vec<&'a Certificate>,
    /// Sentences about exports that could not be used in full.
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

fn names_of<'a>(plans: impl Iterator<Item = &'a TenantPlan<'a>>) -> String {
    let names: Vec<&str> = plans
        .map(|plan| plan.standing.tenant.name.as_str())
        .collect();
    names.join(", ")
}

/// One sentence: yes, no, or why not to be told.
fn summary(question: &Question<'_>, renewal: &Renewal<'_>, certain: bool) -> String {
    let of = |verdict: Verdict| {
        let concerned = renewal.tenants.iter().filter(|plan| plan.concerned);
        let found: Vec<&TenantPlan<'_>> = concerned
            .filter(|plan| plan.standing.verdict == verdict)
            .collect();
        found
    };
    let what = question::described(question);
    let matching = of(Verdict::Match);
    let yes = names_of(matching.iter().copied());
    let refused = of(Verdict::NoMatch);
    let open: Vec<_> = [of(Verdict::Uncertain), of(Verdict::Unknown)].concat();
    if certain && matching.is_empty() {
        let names = names_of(refused.iter().copied());
        return format!(
            "Nothing changes: {names} identifies its servers by address, and {what} decides nothing there."
        );
    }
    if certain {
        return format!("Yes: {what} is attributed to {yes} as things stand.");
    }
    let bad = renewal
        .notes
        .iter()
        .find(|note| note.severity == Severity::Error);
    if let Some(note) = bad {
        return format!("No: do not switch to {what}. {}", note.text);
    }
    if !refused.is_empty() {
        let no = names_of(refused.iter().copied());
        return format!(
            "No: {what} is not attributed to {no} as things stand. Switching now would lose mail."
        );
    }
    if !open.is_empty() {
        let open = names_of(open.iter().copied());
        return format!("Cannot tell: whether {what} would be attributed to {open} is uncertain.");
    }
    match matching.as_slice() {
        [_, _, ..] => format!("Not safe: {what} is claimed by several tenants: {yes}."),
        [one] if one.standing.relay != Relay::AnySender => format!(
            "Not safe: {what} is attributed to {yes}, but {}.",
            match one.standing.relay {
                Relay::AcceptedSenders => "only mail of accepted senders would pass",
                _ => "whether any sender may relay cannot be told",
            }
        ),
        _ => format!("Not yet: {what} is attributed to {yes}, but see the notes."),
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
    sender: &Sender,
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

fn change(question: &Question<'_>, renewal: &Renewal<'_>, sender: &Sender) -> String {
    let served = sender.tenants.join(", ");
    let plans = renewal.tenants.iter();
    let matching = names_of(plans.filter(|plan| plan.standing.verdict == Verdict::Match));
    let alike = sender
        .today
        .as_ref()
        .is_some_and(|today| same_names(today, question.candidate));
    match sender.change {
        Change::Uncertain if sender.is_unclear() => "What it offers today is not in the input, so whether the new certificate is meant for it cannot be told; choose it with --connector if it is.".to_owned(),
        Change::NotConcerned if sender.elsewhere.is_some() => format!("Leads to {}, so the new one does not seem meant for it; choose it with --connector if it is.", sender.elsewhere.as_deref().unwrap_or_default()),
        Change::StaysAttributed if sender.ended(question.context.now).is_some() => {
            let end = sender.ended(question.context.now).and_then(Timestamp::rfc3339);
            format!("Would be attributed to {served}. The name of today's certificate matches there, too, but that one has ended: valid until {}.", end.unwrap_or_default())
        }
        Change::SameCertificate => "The same certificate: nothing changes.".to_owned(),
        Change::StaysAttributed if alike => format!("Stays attributed to {served}; issuer and subject stay the same, too."),
        Change::StaysAttributed => format!("Stays attributed to {served}."),
        Change::BecomesAttributed if sender.hidden => format!("Would be attributed to {matching}; what it offers today is not in the input."),
        Change::BecomesAttributed => format!("Would be attributed to {matching}; today no inbound connector matches its certificate."),
        Change::WouldBeRefused => format!("Attributed to {served} today; mail would be refused until an inbound connector there expects the new certificate."),
        Change::ChangesTenant => format!("Attributed to {served} today; would be attributed to {matching} instead."),
        Change::StaysUnattributed => "No inbound connector matches its certificate today, and none would match the new one.".to_owned(),
        Change::Uncertain => "Whether its mail would be attributed, and to whom, cannot be told.".to_owned(),
        Change::NotConcerned => "Offers a certificate of other names, so the new one does not seem meant for it; choose it with --connector if it is.".to_owned(),
    }
}

fn limits(question: &Question<'_>, given: &Given<'_>) -> Vec<String> {
    let mut sentences = given.export_notes.to_vec();
    for tenant in question.context.tenants {
        if tenant.connectors_exported && tenant.domains.is_none() {
            sentences.push(format!(
                "{}: no export of accepted domains was given. Export Get-AcceptedDomain as JSON.",
                tenant.name
            ));
        }
    }
    sentences.extend(undetermined::lost_values(question.context.tenants));
    if question.context.logs.is_none() {
        sentences.push("No send log was given: what the send connectors offer today is not known from the logs.".to_owned());
    }
    for connector in &question.context.on_premises.send_connectors {
        if connector.goes_to_exchange_online().is_none() {
            sentences.push(format!(
                "The export lost where send connector '{}' sends to; export as JSON.",
                connector.name
            ));
        }
    }
    if question.origin == Origin::HostName {
        sentences.push("Only a host name was given: issuer, validity and further names of the certificate were not looked at.".to_owned());
    }
    let elsewhere = |analysis: &Analysis<'_>| {
        analysis.aggregate.sessions > 0 && analysis.aggregate.exchange_online_sessions == 0
    };
    if question.context.logs.is_some_and(elsewhere) {
        sentences.push("No session in the logs goes to Exchange Online.".to_owned());
    }
    sentences.push("Microsoft must also accept the chain of the certificate, which no export shows: a public authority, sent with its intermediate certificates. Connectors of tenants that were not given may claim the certificate, too.".to_owned());
    sentences
}
