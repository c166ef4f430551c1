//! The renewal, simulated.
//!
//! In: a [`Question`]. Out: a [`Renewal`]: what each tenant would make of the candidate, what it
//! would change for each send connector, and the steps in an order in which no message is lost.
//! Must not say yes where a value is unknown, and never claims that Microsoft accepts the chain.
//! A pure function: no files, no clock.

use std::collections::BTreeSet;

use super::question::{Now, Origin, Question, ahead};
use super::sender::{self, Sender};
use super::standing::{Relay, Standing, Verdict};
use super::{senders, standing, steps};
use crate::diagnosis::fix::{Fix, Purpose};
use crate::diagnosis::rule::Severity;
use crate::input::timestamp::Timestamp;

/// Something that speaks for or against the renewal as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// How bad.
    pub severity: Severity,
    /// The sentence.
    pub text: String,
}

/// What a tenant would make of it, and what to do.
#[derive(Debug)]
pub struct TenantPlan<'a> {
    /// What it makes of the candidate today.
    pub standing: Standing<'a>,
    /// The candidate has to do with this tenant: it may be attributed to it, or takes the place of
    /// a certificate that is.
    pub concerned: bool,
    /// How bad; `None` where nothing is wrong.
    pub severity: Option<Severity>,
    /// What to do, in order.
    pub steps: Vec<Fix>,
}

/// The answer.
#[derive(Debug)]
pub struct Renewal<'a> {
    /// Every tenant, in its order.
    pub tenants: Vec<TenantPlan<'a>>,
    /// The send connectors to Exchange Online, by name, then stream.
    pub senders: Vec<Sender>,
    /// What concerns the candidate itself.
    pub notes: Vec<Note>,
}

impl Renewal<'_> {
    /// No server should offer the candidate, whatever tenants make of it: it has ended, is
    /// self-signed, or is an authority's.
    pub fn is_unusable(&self) -> bool {
        let mut notes = self.notes.iter();
        notes.any(|note| note.severity == Severity::Error)
    }

    /// The worst of everything.
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
    if claims.len() > 1 {
        for standing in &mut standings {
            standing.claimed_also_by(&claims);
        }
    }
    let senders = senders::of(question, &standings);
    let concerned = concerned(question, &standings, &senders);
    let refused = standings
        .iter()
        .zip(&concerned)
        .filter(|(standing, concerned)| **concerned && standing.verdict == Verdict::NoMatch);
    let several = refused.count() > 1;
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
                plan.steps.insert(0, Fix::step(ONE_TENANT_ONLY));
            }
            plan
        })
        .collect();
    let mut renewal = Renewal {
        tenants,
        notes: notes(question, &claims, &senders),
        senders,
    };
    if renewal.is_unusable() {
        for plan in renewal.tenants.iter_mut().filter(|plan| plan.concerned) {
            plan.steps = vec![Fix::step(ANOTHER_CERTIFICATE)];
        }
    } else {
        for plan in &mut renewal.tenants {
            wait_until_valid(question, &mut plan.steps);
        }
    }
    renewal
}

/// Where the steps let servers offer it before it is valid.
fn wait_until_valid(question: &Question<'_>, steps: &mut Vec<Fix>) {
    let offers = |step: &Fix| step.purpose == Purpose::EnableCertificate;
    if let Some(start) = ahead(question).filter(|_| steps.iter().any(offers)) {
        steps.insert(
            0,
            Fix::step(&format!(
                "Wait until {} before you let any server offer the certificate: it is not valid earlier.",
                start.rfc3339().unwrap_or_default()
            )),
        );
    }
}

const ANOTHER_CERTIFICATE: &str = "Do not offer this certificate. Get one that is valid, for a server and from a public authority, and ask again with that.";

const ONE_TENANT_ONLY: &str = "Do this only in the tenant that the certificate is meant for: one that two tenants expect is attributed to either.";

/// Whether the candidate has to do with each tenant: it may be attributed to it, or takes the place
/// of a certificate that is. Where neither holds for any, it is meant for those that accept one of
/// its domains, else for nobody knows which.
fn concerned(question: &Question<'_>, standings: &[Standing<'_>], senders: &[Sender]) -> Vec<bool> {
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

/// The names of the tenants that would take the candidate for theirs.
fn claims(standings: &[Standing<'_>]) -> BTreeSet<String> {
    let matching = standings
        .iter()
        .filter(|standing| standing.verdict == Verdict::Match);
    matching
        .map(|standing| standing.tenant.name.clone())
        .collect()
}

fn severity(standing: &Standing<'_>, senders: &[Sender], claims: usize) -> Option<Severity> {
    match (standing.verdict, standing.relay) {
        // The certificate decides nothing there.
        (Verdict::NoMatch, _) if standing.by_address => Some(Severity::Info),
        (Verdict::NoMatch, _) => Some(Severity::Error),
        (Verdict::Uncertain | Verdict::Unknown, _) => Some(Severity::Warning),
        (Verdict::Match, _) if claims > 1 => Some(Severity::Warning),
        (Verdict::Match, Relay::AnySender) => None,
        // What is not documented is as it was: the renewal changes nothing about it.
        (Verdict::Match, Relay::Unknown) if standing.as_today(senders) => Some(Severity::Info),
        (Verdict::Match, _) => Some(Severity::Warning),
    }
}

fn notes(question: &Question<'_>, claims: &BTreeSet<String>, senders: &[Sender]) -> Vec<Note> {
    let candidate = question.candidate;
    let mut notes = Vec::new();
    let mut say = |severity, text: String| notes.push(Note { severity, text });
    if let Origin::File {
        is_authority,
        end_certificates,
    } = question.origin
    {
        if is_authority {
            say(Severity::Error, "It is the certificate of an authority, not of a server: give the one that the servers will offer.".to_owned());
        }
        if end_certificates > 1 {
            say(
                Severity::Warning,
                format!(
                    "The file holds {end_certificates} certificates of servers; only the first was looked at."
                ),
            );
        }
    }
    if candidate.is_self_signed() {
        say(
            Severity::Error,
            "It is self-signed: Exchange Online takes only certificates of public authorities."
                .to_owned(),
        );
    }
    validity(question, &mut say);
    if claims.len() > 1 {
        let list = claims.iter().cloned().collect::<Vec<_>>().join(", ");
        say(
            Severity::Warning,
            format!(
                "Several tenants claim it: {list}. Which of them gets the mail is not documented."
            ),
        );
    }
    about_senders(senders, &mut say);
    notes
}

fn about_senders(senders: &[Sender], say: &mut impl FnMut(Severity, String)) {
    let same = senders
        .iter()
        .find(|sender| sender.change == sender::Change::SameCertificate);
    if let Some(sender) = same {
        say(
            Severity::Info,
            format!("'{}' offers this very certificate already.", sender.name),
        );
    }
    let mut unclear: Vec<&str> = senders
        .iter()
        .filter(|sender| sender.is_unclear())
        .map(|sender| sender.name.as_str())
        .collect();
    unclear.dedup();
    for name in unclear {
        say(
            Severity::Warning,
            format!(
                "What '{name}' offers today is not in the input, so whether the certificate is meant for it, too, cannot be told: export Get-SendConnector as JSON, or choose the send connectors with --connector."
            ),
        );
    }
    for sender in senders
        .iter()
        .filter(|sender| sender.replaced && sender.refused)
    {
        say(
            Severity::Warning,
            format!(
                "Mail of '{}' is refused in the logs although its certificate of today matches, too: find out why first (`sendlens diagnose`), for the new one may fare no better.",
                sender.name
            ),
        );
    }
}

fn validity(question: &Question<'_>, say: &mut impl FnMut(Severity, String)) {
    let now = question.context.now;
    let day = |time: Timestamp| time.rfc3339().unwrap_or_default();
    let by = match question.now {
        Now::Known => "",
        Now::LastLine => " (the last line of the logs)",
    };
    let until = question.candidate.not_after;
    if let Some(end) = until.filter(|end| now.since(*end).is_some_and(|over| over > 0)) {
        say(
            Severity::Error,
            format!(
                "It has expired: valid until {}, and now is {}{by}.",
                day(end),
                day(now)
            ),
        );
    }
    if let Some(start) = ahead(question) {
        let severity = match question.now {
            Now::Known => Severity::Warning,
            Now::LastLine => Severity::Info,
        };
        say(
            severity,
            format!(
                "It is valid only from {}, and now is {}{by}: do not switch before.",
                day(start),
                day(now)
            ),
        );
    }
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
