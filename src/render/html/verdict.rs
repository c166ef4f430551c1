//! The rows below the heading: who an incident is about, since when, why, and what to do first.
//!
//! In: the incidents of a document. Out: a row for each, and one for what works.
//! Must not shorten a command.

use maud::{Markup, html};

use super::page::Page;
use super::prose::{chip, prose};
use super::say;
use crate::language::Language;
use crate::language::count::{self, count, grouped};
use crate::render::plain::visible as shown;
use crate::render::state::Shown;
use crate::render::{facts, steps};
use crate::report::document::{FailingStep, Fix, Incident, Purpose};

/// After so many rows, the others are counted.
const MOST_ROWS: usize = 12;

/// Up to so many incidents, each shows its fix.
const MOST_WITH_FIX: usize = 4;

/// How the empty sender is written.
const NULL_SENDER: &str = "<>";

/// Who an incident is about, in a few words: the send connector and its server, or their number.
pub(super) fn subject(page: &Page<'_>, incident: &Incident) -> String {
    about(page, incident, |servers| {
        count(page.language, servers.len() as u64, count::SERVER)
    })
}

/// The same with the names of some servers.
fn who(page: &Page<'_>, incident: &Incident) -> String {
    about(page, incident, |servers| {
        facts::some(page.language, servers)
    })
}

/// The send connector, and its servers in the words of `several` if they are known.
fn about(page: &Page<'_>, incident: &Incident, several: impl Fn(&[String]) -> String) -> String {
    let language = page.language;
    let servers = facts::servers(language, &page.report.input, &incident.streams);
    let connector = language.quoted(&incident.send_connector);
    match servers.as_slice() {
        [] => connector,
        _ if incident.streams == ["."] => connector,
        [one] => say::connector_on(language, &connector, one),
        servers => say::connector_on(language, &connector, &several(servers)),
    }
}

/// A row for each incident, and one for what works.
pub(super) fn all(page: &Page<'_>) -> Markup {
    let language = page.language;
    let incidents = page.report.incidents.as_slice();
    let with_fix = incidents.len() <= MOST_WITH_FIX;
    let beyond = incidents.get(MOST_ROWS..).unwrap_or_default();
    let works = facts::works_in_brief(language, &page.report.healthy);
    html! {
        @if !incidents.is_empty() || works.is_some() {
            ul class="verdicts" {
                @for (index, incident) in incidents.iter().enumerate().take(MOST_ROWS) {
                    (verdict(page, index + 1, incident, with_fix))
                }
                @if !beyond.is_empty() {
                    @let sizes: u64 = beyond.iter().map(facts::size).sum();
                    li {
                        span {}
                        span class="s" { (say::more_incidents(language, &grouped(beyond.len() as u64))) }
                        span class="n" { b { (grouped(sizes)) } }
                    }
                }
                @if let Some((names, recipients)) = &works {
                    li {
                        (chip("ok", &say::healthy(language)))
                        span class="s" { (shown(names)) }
                        span class="n" { (shown(&say::accepted_recipients(language, &grouped(*recipients)))) }
                    }
                }
            }
        }
    }
}

fn verdict(page: &Page<'_>, number: usize, incident: &Incident, with_fix: bool) -> Markup {
    let language = page.language;
    let state = Shown::of(incident);
    let first = incident.first.as_deref().unwrap_or_default();
    let last = incident.last.as_deref().unwrap_or_default();
    let who = who(page, incident);
    let when = if state.is_open() {
        say::since(language, first, &who)
    } else {
        say::from_to(language, first, last, &who)
    };
    let line = match state {
        Shown::Over => over_line(page, &incident.fix),
        _ => fix_line(page, &incident.fix),
    };
    let noun = facts::size_noun(incident);
    let size = count(language, facts::size(incident), noun);
    html! {
        li {
            (chip(page.state_class(incident), &state.label(language)))
            span class="s" {
                a href={ "#i" (number) } {
                    b { (prose(&when, &page.clock)) } (language.gap())
                    (prose(&why(language, incident), &page.clock))
                }
                @if let Some(line) = line.filter(|_| with_fix) {
                    span class="fixline" { (line) }
                }
            }
            span class="n" { (shown(&size)) }
        }
    }
}

/// The names that were compared, or the domain that is not accepted. If there is none, the cause.
fn why(language: Language, incident: &Incident) -> String {
    let goes_on = Shown::of(incident).is_open();
    let failing = incident.failing_step.as_ref();
    let step = failing.map(|failing| failing.step);
    let offered = failing.and_then(|failing| failing.offered.first());
    let expected = failing.and_then(|failing| failing.expected.first());
    match (step, offered, expected) {
        (Some(step), Some(domain), _) if facts::is_about_domains(step) && domain != NULL_SENDER => {
            let words = if goes_on {
                say::not_accepted
            } else {
                say::was_not_accepted
            };
            words(language, domain)
        }
        (Some(FailingStep::InboundConnector), Some(offered), Some(expected)) => {
            let words = if goes_on {
                say::compared
            } else {
                say::was_compared
            };
            words(language, offered, expected)
        }
        _ => incident.cause.summary.clone(),
    }
}

/// That nothing has to be done for an incident that is over, or what is left to do.
fn over_line(page: &Page<'_>, fixes: &[Fix]) -> Option<Markup> {
    let note = steps::of(&fixes.first()?.note);
    Some(prose(note.before, &page.clock)).filter(|_| !note.before.is_empty())
}

/// The fix in one line: the command, else the first step.
fn fix_line(page: &Page<'_>, fixes: &[Fix]) -> Option<Markup> {
    let language = page.language;
    let with_command = fixes.iter().find(|step| step.command.is_some());
    let chosen = with_command.or(fixes.first())?;
    let Some(command) = &chosen.command else {
        let note = steps::of(&chosen.note);
        let text = note.steps.first().copied().unwrap_or(note.before);
        let first = steps::first_sentence(text);
        return Some(html! { b { (say::fix(language)) } " " (prose(first, &page.clock)) });
    };
    let label = match chosen.purpose {
        Purpose::Inspect => say::look_first(language),
        _ => say::fix(language),
    };
    let alike = fixes.iter().filter(|step| is_alike(step, chosen)).count() - 1;
    Some(html! {
        b { (label) } " " code { (shown(command)) }
        @if alike > 0 { " " (say::more_commands(language, &grouped(alike as u64))) }
    })
}

/// Whether two steps run the same cmdlet, as on one server after the other.
fn is_alike(one: &Fix, other: &Fix) -> bool {
    let cmdlet = |fix: &Fix| {
        let command = fix.command.as_deref()?;
        command.split_whitespace().next().map(str::to_owned)
    };
    one.purpose == other.purpose && cmdlet(one) == cmdlet(other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::hostile_tests::hostile_incident;
    use crate::report::document::{Failing, IncidentState, IncidentStatus};

    fn why_at(step: FailingStep, offered: &str, state: IncidentState) -> String {
        let incident = Incident {
            failing_step: Some(Failing {
                step,
                offered: vec![offered.to_owned()],
                expected: vec!["contoso.com".to_owned()],
            }),
            status: IncidentStatus {
                state,
                ..hostile_incident().status
            },
            ..hostile_incident()
        };
        why(Language::English, &incident)
    }

    #[test]
    fn names_are_compared_in_the_tense_of_the_incident() {
        let connector = FailingStep::InboundConnector;
        let at = |state| why_at(connector, "smtp.contoso.net", state);
        let now = "smtp.contoso.net is offered, contoso.com is expected.";
        assert_eq!(at(IncidentState::Ongoing), now);
        let then = "smtp.contoso.net was offered, contoso.com was expected.";
        assert_eq!(at(IncidentState::Over), then);
        assert_eq!(at(IncidentState::Unclear), then);
    }

    #[test]
    fn a_domain_that_is_not_accepted_is_not_compared() {
        let at = |step, domain| why_at(step, domain, IncidentState::Ongoing);
        let domain = "mail.contoso.com is not an accepted domain.";
        assert_eq!(at(FailingStep::AcceptedDomain, "mail.contoso.com"), domain);
        assert_eq!(at(FailingStep::Sender, "mail.contoso.com"), domain);
        let summary = hostile_incident().cause.summary;
        assert_eq!(at(FailingStep::Sender, NULL_SENDER), summary);
        assert_eq!(at(FailingStep::Certificate, "a.contoso.com"), summary);
    }

    #[test]
    fn commands_of_one_cmdlet_are_alike() {
        let fix = |command: &str, purpose| Fix {
            place: String::new(),
            command: Some(command.to_owned()),
            note: String::new(),
            purpose,
        };
        let one = fix("Enable-ExchangeCertificate -Server 'EX02'", Purpose::Change);
        let other = fix("Enable-ExchangeCertificate -Server 'EX04'", Purpose::Change);
        let inspect = fix("Get-SendConnector", Purpose::Inspect);
        assert!(is_alike(&one, &other) && !is_alike(&one, &inspect));
    }
}
