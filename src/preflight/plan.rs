//! Simulates the renewal.
//!
//! In: a [`Question`]. Out: a [`Renewal`]: how each tenant treats the candidate, what changes for
//! each send connector, and the steps in an order in which no message is lost.
//! It must not answer yes if a value is unknown, and not claim that Microsoft accepts the chain.
//! It is a pure function: it reads no files and no clock.

mod sentences;

use std::collections::BTreeSet;

use super::question::{Now, Origin, Question, ahead};
use super::sender::{self, SenderPlan};
use super::standing::{Relay, Standing, Verdict};
use super::{faults, senders, standing, steps};
use crate::attribution::exactness::{Winner, winner};
use crate::attribution::name_match::CertificateNames;
use crate::diagnosis::fix::{Fix, Purpose};
use crate::diagnosis::rule::Severity;
use crate::input::timestamp::Timestamp;
use crate::language::Language;
use crate::remedy::wizard;
use crate::tenant::{ConnectorType, Known};

/// A statement for or against the renewal as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanNote {
    /// How severe it is.
    pub severity: Severity,
    /// The sentence.
    pub text: String,
}

/// How a tenant treats the candidate, and what to do.
#[derive(Debug)]
pub struct TenantPlan<'a> {
    /// How the tenant treats the candidate today.
    pub standing: Standing<'a>,
    /// The candidate affects this tenant: it may be attributed to the tenant, or replaces a
    /// certificate that is.
    pub concerned: bool,
    /// How severe the problems are. `None` if nothing is wrong.
    pub severity: Option<Severity>,
    /// What to do, in order.
    pub steps: Vec<Fix>,
}

/// The answer.
#[derive(Debug)]
pub struct Renewal<'a> {
    /// Every tenant, in the order of the input.
    pub tenants: Vec<TenantPlan<'a>>,
    /// The send connectors to Exchange Online, by name, then stream.
    pub senders: Vec<SenderPlan>,
    /// Notes about the candidate itself.
    pub notes: Vec<PlanNote>,
}

impl Renewal<'_> {
    /// No server should offer the candidate, whatever the tenants expect: it has expired, is
    /// self-signed, or belongs to an authority.
    pub fn is_unusable(&self) -> bool {
        let mut notes = self.notes.iter();
        notes.any(|note| note.severity == Severity::Error)
    }

    /// The highest severity of all tenants and notes.
    pub fn worst(&self) -> Option<Severity> {
        let tenants = self.tenants.iter().filter_map(|plan| plan.severity);
        tenants
            .chain(self.notes.iter().map(|note| note.severity))
            .max()
    }
}

/// Simulates the renewal.
pub fn plan<'a>(question: &Question<'a>) -> Renewal<'a> {
    let tenants = question.context.tenants.iter();
    let mut standings: Vec<Standing<'a>> = tenants
        .map(|tenant| standing::of(question, tenant))
        .collect();
    let claims = claims(&standings);
    let gets_it = gets_it(question.context.language, &standings);
    if claims.len() > 1 {
        for standing in &mut standings {
            standing.claimed_also_by(question.context.language, &claims, &gets_it);
        }
    }
    let senders = senders::of(question, &standings);
    let concerned = concerned(question, &standings, &senders);
    let unmatched = standings
        .iter()
        .zip(&concerned)
        .filter(|(standing, concerned)| **concerned && standing.verdict == Verdict::NoMatch);
    let several = unmatched.count() > 1;
    let tenants = standings
        .into_iter()
        .zip(concerned)
        .map(|(standing, concerned)| {
            let mut plan = TenantPlan {
                severity: None,
                steps: Vec::new(),
                concerned,
                standing,
            };
            if concerned {
                plan.severity = severity(&plan.standing, &senders, claims.len());
                plan.steps = steps::of(question, &plan.standing, &senders, &claims);
            }
            if several && !plan.steps.is_empty() && plan.standing.verdict == Verdict::NoMatch {
                plan.steps.insert(
                    0,
                    Fix::step(&sentences::one_tenant_only(question.context.language)),
                );
            }
            plan
        })
        .collect();
    let mut renewal = Renewal {
        tenants,
        notes: notes(question, &claims, &gets_it, &senders),
        senders,
    };
    finish_steps(question, &mut renewal);
    renewal
}

/// Puts what holds for the certificate as a whole before and behind the steps of each tenant.
fn finish_steps(question: &Question<'_>, renewal: &mut Renewal<'_>) {
    if renewal.is_unusable() {
        for plan in renewal.tenants.iter_mut().filter(|plan| plan.concerned) {
            let step = sentences::another_certificate(question.context.language);
            plan.steps = vec![Fix::step(&step)];
        }
    } else {
        for plan in &mut renewal.tenants {
            wait_until_valid(question, &mut plan.steps);
            plan.steps.extend(by_wizard(
                question,
                &plan.standing,
                &renewal.senders,
                &plan.steps,
            ));
            let offers = |step: &Fix| step.purpose == Purpose::EnableCertificate;
            if plan.steps.iter().any(offers) {
                plan.steps.splice(0..0, faults::steps(question));
            }
        }
    }
}

/// The step that offers the wizard, if it made one of the connectors that the steps change.
fn by_wizard(
    question: &Question<'_>,
    standing: &Standing<'_>,
    senders: &[SenderPlan],
    steps: &[Fix],
) -> Option<Fix> {
    let own = question.context.on_premises;
    let mut connectors = standing.tenant.connectors.iter();
    let inbound = connectors.any(|connector| {
        connector.connector_type == Known::Value(ConnectorType::OnPremises)
            && wizard::made_inbound(own, connector)
    });
    let mut replaced = senders.iter().filter(|sender| sender.replaced);
    let made = inbound || replaced.any(|sender| wizard::made_outbound(own, &sender.name));
    let changes = |step: &Fix| step.command.is_some() && step.purpose != Purpose::Inspect;
    (made && steps.iter().any(changes)).then(|| wizard::run_again(question.context.language))
}

/// Adds a first step if the steps let servers offer the candidate before it is valid.
fn wait_until_valid(question: &Question<'_>, steps: &mut Vec<Fix>) {
    let offers = |step: &Fix| step.purpose == Purpose::EnableCertificate;
    if let Some(start) = ahead(question).filter(|_| steps.iter().any(offers)) {
        let start = start.rfc3339().unwrap_or_default();
        let step = sentences::wait_until(question.context.language, &start);
        steps.insert(0, Fix::step(&step));
    }
}

/// Whether the candidate affects each tenant: it may be attributed to the tenant, or replaces a
/// certificate that is. If neither is true for any tenant, it affects those that accept one of its
/// domains. If there are none, it may affect every tenant.
fn concerned(
    question: &Question<'_>,
    standings: &[Standing<'_>],
    senders: &[SenderPlan],
) -> Vec<bool> {
    let serves = |standing: &Standing<'_>| {
        let name = &standing.tenant.name;
        let mut replaced = senders.iter().filter(|sender| sender.replaced);
        replaced.any(|sender| sender.tenants.contains(name))
    };
    let wanted = sender::domains(question.candidate);
    let accepts = |standing: &Standing<'_>| {
        let domains = standing.tenant.domains.iter().flatten();
        domains
            .map(|domain| sender::registrable(&domain.name))
            .any(|domain| wanted.contains(domain))
    };
    let ask = |holds: &dyn Fn(&Standing<'_>) -> bool| -> Vec<bool> {
        standings.iter().map(holds).collect()
    };
    let surely = ask(&|standing| standing.verdict != Verdict::NoMatch || serves(standing));
    let perhaps = ask(&accepts);
    [surely, perhaps]
        .into_iter()
        .find(|list| list.contains(&true))
        .unwrap_or_else(|| vec![true; standings.len()])
}

/// The names of the tenants with a connector that matches the candidate.
fn claims(standings: &[Standing<'_>]) -> BTreeSet<String> {
    let matching = standings
        .iter()
        .filter(|standing| standing.verdict == Verdict::Match);
    matching
        .map(|standing| standing.tenant.name.clone())
        .collect()
}

/// Which of the tenants that match the candidate gets the mail, as a sentence.
fn gets_it(language: Language, standings: &[Standing<'_>]) -> String {
    let matching = standings
        .iter()
        .filter(|standing| standing.verdict == Verdict::Match);
    let connectors: Vec<_> = matching
        .filter_map(|standing| Some((standing.tenant, standing.view.as_ref()?.connector)))
        .collect();
    match winner(&connectors) {
        Winner::One((tenant, connector)) => {
            sentences::winner_is(language, &tenant.name, &connector.name)
        }
        Winner::Equal | Winner::Nobody | Winner::Unknown => sentences::winner_unknown(language),
    }
}

fn severity(standing: &Standing<'_>, senders: &[SenderPlan], claims: usize) -> Option<Severity> {
    match (standing.verdict, standing.relay) {
        // The certificate does not matter there.
        (Verdict::NoMatch, _) if standing.by_address => Some(Severity::Info),
        (Verdict::NoMatch, _) => Some(Severity::Error),
        (Verdict::Uncertain | Verdict::Unknown, _) => Some(Severity::Warning),
        (Verdict::Match, _) if claims > 1 => Some(Severity::Warning),
        (Verdict::Match, Relay::AnySender) => None,
        // The renewal does not change what is not documented.
        (Verdict::Match, Relay::Unknown) if standing.as_today(senders) => Some(Severity::Info),
        (Verdict::Match, _) => Some(Severity::Warning),
    }
}

fn notes(
    question: &Question<'_>,
    claims: &BTreeSet<String>,
    gets_it: &str,
    senders: &[SenderPlan],
) -> Vec<PlanNote> {
    let language = question.context.language;
    let mut notes = Vec::new();
    let mut say = |severity, text: String| notes.push(PlanNote { severity, text });
    if let Origin::File {
        is_authority,
        end_certificates,
        ..
    } = question.origin
    {
        // Tools that make a self-signed certificate for a server often mark it as an authority.
        let of_server = question.candidate.is_self_signed()
            && !CertificateNames::of(question.candidate).hosts.is_empty();
        if is_authority && !of_server {
            say(Severity::Error, sentences::of_authority(language));
        }
        if end_certificates > 1 {
            let note = sentences::several_in_file(language, end_certificates);
            say(Severity::Warning, note);
        }
    }
    faults::notes(question, &mut say);
    validity(question, &mut say);
    if claims.len() > 1 {
        let tenants: Vec<&String> = claims.iter().collect();
        let several = sentences::several_claim(language, &language.list(&tenants));
        let note = language.together(&[several.as_str(), gets_it]);
        say(Severity::Warning, note);
    }
    about_senders(language, senders, &mut say);
    notes
}

fn about_senders(
    language: Language,
    senders: &[SenderPlan],
    say: &mut impl FnMut(Severity, String),
) {
    let same = senders
        .iter()
        .find(|sender| sender.change == sender::Change::SameCertificate);
    if let Some(sender) = same {
        let note = sentences::already_offered(language, &sender.name);
        say(Severity::Info, note);
    }
    let mut unclear: Vec<&str> = senders
        .iter()
        .filter(|sender| sender.is_unclear())
        .map(|sender| sender.name.as_str())
        .collect();
    unclear.dedup();
    for name in unclear {
        say(Severity::Warning, sentences::not_shown(language, name));
    }
    for sender in senders
        .iter()
        .filter(|sender| sender.replaced && sender.rejected)
    {
        let note = sentences::rejected_today(language, &sender.name);
        say(Severity::Warning, note);
    }
}

fn validity(question: &Question<'_>, say: &mut impl FnMut(Severity, String)) {
    let language = question.context.language;
    let now = question.context.now;
    let day = |time: Timestamp| time.rfc3339().unwrap_or_default();
    let today = match question.now {
        Now::Known => day(now),
        Now::LastLine => sentences::by_last_line(language, &day(now)),
    };
    let until = question.candidate.not_after;
    if let Some(end) = until.filter(|end| now.since(*end).is_some_and(|over| over > 0)) {
        let note = sentences::expired(language, &day(end), &today);
        say(Severity::Error, note);
    }
    if let Some(start) = ahead(question) {
        let severity = match question.now {
            Now::Known => Severity::Warning,
            Now::LastLine => Severity::Info,
        };
        let note = sentences::not_yet_valid(language, &day(start), &today);
        say(severity, note);
    }
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
