//! Determines how one tenant treats the candidate with its exported configuration.
//!
//! In: the question and a tenant. Out: a [`Standing`] with its reasons.
//! It must not look at send connectors. It must not answer yes or no if a value is lost.

mod sentences;

use std::collections::BTreeSet;

use serde::Serialize;

use crate::attribution::accepted::DomainStatus;
use crate::attribution::judgement::{ConnectorView, Judgement, Offer, OfferedCertificate};
use crate::attribution::name_match::MatchRow;
use crate::diagnosis::rule::Confidence;
use crate::language::Language;
use crate::preflight::question::{Origin, Question};
use crate::preflight::sender::SenderPlan;
use crate::remedy::wording;
use crate::tenant::{ConnectorType, Tenant, domain};

/// Whether the certificate matches a connector of the tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// An enabled OnPremises connector matches.
    Match,
    /// No enabled OnPremises connector matches.
    NoMatch,
    /// The match is not documented, or the export lost values.
    Uncertain,
    /// The inbound connectors were not exported.
    Unknown,
}

/// Which mail can be relayed to recipients outside Microsoft 365.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Relay {
    /// Mail of any sender, including bounces from `<>`.
    AnySender,
    /// Only mail whose sender domain is accepted.
    AcceptedSenders,
    /// No mail by this certificate.
    None,
    /// The exports or the documentation do not show it.
    Unknown,
}

/// How one tenant treats the candidate.
#[derive(Debug)]
pub struct Standing<'a> {
    /// The tenant.
    pub tenant: &'a Tenant,
    /// Whether a connector of the tenant matches.
    pub verdict: Verdict,
    /// How certain the verdict is.
    pub confidence: Confidence,
    /// The connector that decides, or might.
    pub view: Option<ConnectorView<'a>>,
    /// The name of the certificate that decides, or its subject.
    pub matched_name: Option<String>,
    /// Which mail the tenant relays.
    pub relay: Relay,
    /// The reasons, in sentences.
    pub reasons: Vec<String>,
    /// The exports lost a value that could change the verdict.
    pub lost: bool,
    /// The tenant identifies its servers by address only.
    pub by_address: bool,
    /// Connectors that match but do not select the tenant: disabled and Partner connectors.
    pub idle: Vec<ConnectorView<'a>>,
}

/// Judges one tenant.
pub(super) fn of<'a>(question: &Question<'a>, tenant: &'a Tenant) -> Standing<'a> {
    let offer = Offer {
        certificate: OfferedCertificate::Known(question.candidate),
        source: None,
    };
    let judgement = Judgement::new(
        &offer,
        std::slice::from_ref(tenant),
        question.context.strict,
    );
    let mut standing = Standing {
        tenant,
        verdict: Verdict::NoMatch,
        confidence: Confidence::High,
        view: None,
        matched_name: None,
        relay: Relay::None,
        reasons: Vec::new(),
        lost: false,
        by_address: false,
        idle: Vec::new(),
    };
    if !tenant.connectors_exported {
        standing.verdict = Verdict::Unknown;
        standing.confidence = Confidence::Low;
        standing.relay = Relay::Unknown;
        let language = question.context.language;
        let reason = sentences::not_exported(language, &tenant.name);
        standing.reasons.push(reason);
        return standing;
    }
    let by_domain = |view: &&ConnectorView<'a>| rank(view.domain);
    let matching = judgement.active().filter(|view| view.matches_by_name());
    if let Some(view) = matching.min_by_key(by_domain) {
        standing.matches(question, view.clone());
    } else if let Some(view) = judgement.active().find(|view| view.is_uncertain()) {
        standing.may_match(question, view.clone());
    } else if let Some(view) = judgement.views.iter().find(|view| view.may_match_by_name()) {
        standing.is_lost(question, view.clone());
    } else {
        standing.fails(question, &judgement);
    }
    standing.idle = judgement
        .views
        .into_iter()
        .filter(|view| view.matches_by_name() && !view.may_be_active())
        .collect();
    if standing.verdict != Verdict::Match {
        let idle = standing.idle.iter();
        let idle = idle.map(|view| idle_sentence(question.context.language, view));
        let idle: Vec<String> = idle.collect();
        standing.reasons.extend(idle);
    }
    standing
}

/// The rank of a domain status. The most certain status is first.
fn rank(domain: DomainStatus) -> u8 {
    match domain {
        DomainStatus::Accepted => 0,
        DomainStatus::ParentOnly => 1,
        DomainStatus::Uncertain => 2,
        DomainStatus::Unknown => 3,
        DomainStatus::NotAccepted => 4,
    }
}

fn idle_sentence(language: Language, view: &ConnectorView<'_>) -> String {
    let connector = wording::capitalised(language, &wording::connector(language, view));
    let expectation = wording::expectation(language, view);
    if view.is_type(ConnectorType::Partner) {
        sentences::partner_matches(language, &connector, &expectation)
    } else {
        sentences::disabled_matches(language, &connector, &expectation)
    }
}

impl<'a> Standing<'a> {
    fn name_of(&mut self, question: &Question<'_>, view: &ConnectorView<'_>) {
        let found = view.name_match.as_ref();
        self.matched_name = match found {
            Some(found) if found.row == MatchRow::DistinguishedName => {
                question.candidate.subject.clone()
            }
            Some(found) => Some(found.name.clone()).filter(|name| !name.is_empty()),
            None => None,
        };
    }

    fn matches(&mut self, question: &Question<'_>, view: ConnectorView<'a>) {
        self.verdict = Verdict::Match;
        self.name_of(question, &view);
        let row = view.name_match.as_ref().map(|found| found.row);
        let language = question.context.language;
        let connector = wording::capitalised(language, &wording::connector(language, &view));
        let expectation = wording::expectation(language, &view);
        self.reasons.push(match &self.matched_name {
            Some(name) => sentences::expects_and_is_for(language, &connector, &expectation, name),
            None => sentences::expects_and_is_for_it(language, &connector, &expectation),
        });
        if let Some(row @ (MatchRow::WildcardOverApex | MatchRow::DistinguishedName)) = row {
            self.confidence = Confidence::Medium;
            let note = wording::capitalised(language, &row.note(language));
            self.reasons.push(sentences::undocumented(language, &note));
        }
        self.relay(language, &view);
        if view.has_addresses() {
            self.reasons.push(sentences::also_addresses(language));
        }
        self.view = Some(view);
    }

    /// Determines whether any sender can relay.
    fn relay(&mut self, language: Language, view: &ConnectorView<'_>) {
        let tenant = &self.tenant.name;
        let domain = view.name.as_ref().and_then(|name| name.domain());
        let domain = domain.map_or_else(String::new, |(domain, _)| domain);
        let local = self.tenant.domains.as_deref();
        if local.is_some_and(domain::looks_on_premises) {
            self.relay = Relay::Unknown;
            self.confidence = Confidence::Medium;
            let reason = sentences::local_domains(language, &domain, tenant);
            self.reasons.push(reason);
            return;
        }
        let (relay, sentence) = match view.domain {
            DomainStatus::Accepted => (
                Relay::AnySender,
                sentences::accepted(language, &domain, tenant),
            ),
            DomainStatus::NotAccepted => (
                Relay::AcceptedSenders,
                sentences::not_accepted(language, &domain, tenant),
            ),
            DomainStatus::ParentOnly => (
                Relay::Unknown,
                sentences::parent_only(language, &domain, tenant),
            ),
            DomainStatus::Uncertain => (
                Relay::Unknown,
                sentences::subdomain_only(language, &domain, tenant),
            ),
            DomainStatus::Unknown => (
                Relay::Unknown,
                sentences::domains_unknown(language, &domain, tenant),
            ),
        };
        if relay == Relay::Unknown {
            self.confidence = self.confidence.min(Confidence::Medium);
        }
        self.relay = relay;
        self.reasons.push(sentence);
    }

    fn may_match(&mut self, question: &Question<'_>, view: ConnectorView<'a>) {
        self.verdict = Verdict::Uncertain;
        self.confidence = Confidence::Low;
        self.relay = Relay::Unknown;
        self.name_of(question, &view);
        let row = view.name_match.as_ref().map(|found| found.row);
        let language = question.context.language;
        let connector = wording::capitalised(language, &wording::connector(language, &view));
        let expectation = wording::expectation(language, &view);
        self.reasons.push(match (row, question.origin) {
            (Some(MatchRow::DistinguishedName), Origin::HostName) => {
                sentences::needs_file(language, &connector, &expectation)
            }
            _ => {
                let note = row.map_or_else(String::new, |row| row.note(language));
                let note = wording::capitalised(language, &note);
                sentences::may_match(language, &connector, &expectation, &note)
            }
        });
        self.view = Some(view);
    }

    fn is_lost(&mut self, question: &Question<'_>, view: ConnectorView<'a>) {
        self.verdict = Verdict::Uncertain;
        self.confidence = Confidence::Low;
        self.relay = Relay::Unknown;
        self.lost = true;
        let connector = view.connector;
        let decides = [
            ("Enabled", connector.enabled.is_lost()),
            ("ConnectorType", connector.connector_type.is_lost()),
            (
                "TlsSenderCertificateName",
                connector.tls_sender_certificate_name.is_lost(),
            ),
        ];
        let fields = decides.iter().filter(|(_, lost)| *lost);
        let fields: Vec<&str> = fields.map(|(name, _)| *name).collect();
        let language = question.context.language;
        let connector = wording::connector(language, &view);
        let reason = sentences::lost(language, &language.list(&fields), &connector);
        self.reasons.push(reason);
        self.view = Some(view);
    }

    fn fails(&mut self, question: &Question<'_>, judgement: &Judgement<'_>) {
        const MOST: usize = 4;
        let language = question.context.language;
        let tenant = &self.tenant.name;
        let names = wording::names(language, question.candidate);
        let named: Vec<&ConnectorView<'_>> =
            judgement.active().filter(|view| view.has_name()).collect();
        for view in named.iter().take(MOST) {
            let connector = wording::capitalised(language, &wording::connector(language, view));
            let expectation = wording::expectation(language, view);
            let reason = sentences::expects_and_is_for(language, &connector, &expectation, &names);
            self.reasons.push(reason);
        }
        if named.len() > MOST {
            self.reasons.push(match named.len() - MOST {
                1 => sentences::one_more(language, tenant),
                more => sentences::several_more(language, more, tenant),
            });
        }
        self.by_address = judgement.identifies_by_address();
        if self.by_address {
            self.reasons.push(sentences::by_address(language, tenant));
        } else if named.is_empty() {
            self.reasons.push(sentences::no_connector(language, tenant));
        }
    }

    pub(super) fn claimed_also_by(
        &mut self,
        language: Language,
        claims: &BTreeSet<String>,
        gets_it: &str,
    ) {
        let others: Vec<&str> = claims
            .iter()
            .filter(|name| **name != self.tenant.name)
            .map(String::as_str)
            .collect();
        if self.verdict == Verdict::Match {
            self.confidence = self.confidence.min(Confidence::Medium);
            self.relay = Relay::Unknown;
            let reason = sentences::also_matches(language, &language.list(&others));
            let reason = language.together(&[reason.as_str(), gets_it]);
            self.reasons.push(reason);
        }
    }

    /// Whether a certificate offered today is attributed through the same connector. It is not
    /// documented whether the domain of this connector counts as accepted.
    pub(super) fn as_today(&self, senders: &[SenderPlan]) -> bool {
        let Some(view) = &self.view else { return false };
        let undocumented = matches!(
            self.domain_status(),
            Some(DomainStatus::ParentOnly | DomainStatus::Uncertain)
        );
        if !undocumented {
            return false;
        }
        let decides = (self.tenant.name.clone(), view.connector.name.clone());
        senders
            .iter()
            .any(|sender| sender.replaced && sender.connectors.contains(&decides))
    }

    /// The accepted domain that allows any sender to relay.
    pub fn accepted_domain(&self) -> Option<String> {
        let (domain, _) = self.view.as_ref()?.name.as_ref()?.domain()?;
        (self.domain_status() == Some(DomainStatus::Accepted)).then_some(domain)
    }

    /// Whether the domain of the connector's name is accepted. `None` without such a name.
    /// `Unknown` for the list of a local Exchange.
    pub fn domain_status(&self) -> Option<DomainStatus> {
        let view = self.view.as_ref().filter(|view| view.has_name())?;
        let local = self.tenant.domains.as_deref();
        Some(if local.is_some_and(domain::looks_on_premises) {
            DomainStatus::Unknown
        } else {
            view.domain
        })
    }
}
