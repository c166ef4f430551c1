//! What one tenant would make of the candidate, as its exports stand.
//!
//! In: the question and a tenant. Out: a [`Standing`] with its reasons.
//! Must not look at send connectors. A lost value never gives a yes, and never a no.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::attribution::accepted::DomainStatus;
use crate::attribution::judgement::{ConnectorView, Judgement, Offer, OfferedCertificate};
use crate::attribution::name_match::row_note;
use crate::diagnosis::rule::Confidence;
use crate::preflight::question::{Origin, Question};
use crate::preflight::sender::Sender;
use crate::remedy::wording;
use crate::tenant::{ConnectorType, Tenant, domain};

/// Whether the tenant would take the certificate for its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// An enabled OnPremises connector matches.
    Match,
    /// None does.
    NoMatch,
    /// Not documented, or the export lost values.
    Uncertain,
    /// No export of inbound connectors was given.
    Unknown,
}

/// Which mail may be relayed to recipients outside Microsoft 365.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Relay {
    /// Of any sender, also bounces from `<>`.
    AnySender,
    /// Only of senders whose own domain is accepted.
    AcceptedSenders,
    /// None by this certificate.
    None,
    /// The exports or the documentation do not tell.
    Unknown,
}

/// One tenant and the candidate.
#[derive(Debug)]
pub struct Standing<'a> {
    /// The tenant.
    pub tenant: &'a Tenant,
    /// Yes, no, or not to be told.
    pub verdict: Verdict,
    /// How sure.
    pub confidence: Confidence,
    /// The connector that decides, or might.
    pub view: Option<ConnectorView<'a>>,
    /// The name of the certificate that decides, or its subject.
    pub matched_name: Option<String>,
    /// Which mail it lets through.
    pub relay: Relay,
    /// Why, in sentences.
    pub reasons: Vec<String>,
    /// The exports lost a value that could change the verdict.
    pub lost: bool,
    /// The tenant identifies its servers by address alone.
    pub by_address: bool,
    /// Connectors that match and cannot choose the tenant: disabled ones and those for partners.
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
        standing.reasons.push(format!(
            "No export of the inbound connectors of {} was given.",
            tenant.name
        ));
        return standing;
    }
    let by_domain = |view: &&ConnectorView<'a>| rank(view.domain);
    let matching = judgement.active().filter(|view| view.matches_by_name());
    if let Some(view) = matching.min_by_key(by_domain) {
        standing.matches(question, view.clone());
    } else if let Some(view) = judgement.active().find(|view| view.is_uncertain()) {
        standing.may_match(question, view.clone());
    } else if let Some(view) = judgement.views.iter().find(|view| view.may_match_by_name()) {
        standing.is_lost(view.clone());
    } else {
        standing.fails(question, &judgement);
    }
    standing.idle = judgement
        .views
        .into_iter()
        .filter(|view| view.matches_by_name() && !view.may_be_active())
        .collect();
    if standing.verdict != Verdict::Match {
        let idle: Vec<String> = standing.idle.iter().map(idle_sentence).collect();
        standing.reasons.extend(idle);
    }
    standing
}

/// The surest domain first.
fn rank(domain: DomainStatus) -> u8 {
    match domain {
        DomainStatus::Accepted => 0,
        DomainStatus::ParentOnly => 1,
        DomainStatus::Uncertain => 2,
        DomainStatus::Unknown => 3,
        DomainStatus::NotAccepted => 4,
    }
}

fn idle_sentence(view: &ConnectorView<'_>) -> String {
    let why = if view.is_type(ConnectorType::Partner) {
        "of type Partner, which does not choose the tenant"
    } else {
        "disabled"
    };
    format!(
        "{} {} and would match, but it is {why}.",
        wording::capitalised(&wording::connector(view)),
        wording::expectation(view)
    )
}

impl<'a> Standing<'a> {
    fn name_of(&mut self, question: &Question<'_>, view: &ConnectorView<'_>) {
        let found = view.name_match.as_ref();
        self.matched_name = match found {
            Some(found) if found.row == 16 => question.candidate.subject.clone(),
            Some(found) => Some(found.name.clone()).filter(|name| !name.is_empty()),
            None => None,
        };
    }

    fn matches(&mut self, question: &Question<'_>, view: ConnectorView<'a>) {
        self.verdict = Verdict::Match;
        self.name_of(question, &view);
        let row = view.name_match.as_ref().map_or(0, |found| found.row);
        self.reasons.push(format!(
            "{} {}; the certificate is for {}.",
            wording::capitalised(&wording::connector(&view)),
            wording::expectation(&view),
            self.matched_name.as_deref().unwrap_or("it")
        ));
        if matches!(row, 4 | 16) {
            self.confidence = Confidence::Medium;
            self.reasons
                .push(format!("{}.", wording::capitalised(row_note(row))));
        }
        self.relay(&view);
        if view.has_addresses() {
            self.reasons.push("The connector lists addresses as well: what it does with both is not documented; a connector for the certificate alone is safer.".to_owned());
        }
        self.view = Some(view);
    }

    /// Whether any sender may relay.
    fn relay(&mut self, view: &ConnectorView<'_>) {
        let tenant = &self.tenant.name;
        let domain = view.name.as_ref().and_then(|name| name.domain());
        let domain = domain.map_or_else(String::new, |(domain, _)| domain);
        let local = self.tenant.domains.as_deref();
        if local.is_some_and(domain::looks_on_premises) {
            self.relay = Relay::Unknown;
            self.confidence = Confidence::Medium;
            self.reasons.push(format!("The accepted domains look like those of the local Exchange: whether '{domain}' is accepted in {tenant} cannot be told. Export Get-AcceptedDomain in Exchange Online PowerShell."));
            return;
        }
        let (relay, sentence) = match view.domain {
            DomainStatus::Accepted => (
                Relay::AnySender,
                format!(
                    "'{domain}' is an accepted domain of {tenant}: any sender may relay, also bounces from <>."
                ),
            ),
            DomainStatus::NotAccepted => (
                Relay::AcceptedSenders,
                format!(
                    "'{domain}' is no accepted domain of {tenant}: only senders whose own domain is accepted may relay; all others, and bounces from <>, are refused (550 5.7.64 with ATTR36)."
                ),
            ),
            DomainStatus::ParentOnly => (
                Relay::Unknown,
                format!(
                    "Of '{domain}' only the parent is an accepted domain of {tenant}: whether that is enough for any sender is not documented."
                ),
            ),
            DomainStatus::Uncertain => (
                Relay::Unknown,
                format!(
                    "'{domain}' is accepted in {tenant} only as a sub-domain (MatchSubDomains): whether that counts for a certificate is not documented."
                ),
            ),
            DomainStatus::Unknown => (
                Relay::Unknown,
                format!(
                    "No export of the accepted domains of {tenant} was given: whether '{domain}' is one of them cannot be told. Export Get-AcceptedDomain as JSON."
                ),
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
        let row = view.name_match.as_ref().map_or(0, |found| found.row);
        let why = match (row, question.origin) {
            (16, Origin::HostName) => {
                "It compares issuer and subject, which a host name does not tell: give the certificate file".to_owned()
            }
            _ => wording::capitalised(row_note(row)),
        };
        self.reasons.push(format!(
            "{} {}. {why}.",
            wording::capitalised(&wording::connector(&view)),
            wording::expectation(&view)
        ));
        self.view = Some(view);
    }

    fn is_lost(&mut self, view: ConnectorView<'a>) {
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
        self.reasons.push(format!(
            "The export lost {} of {}, so it cannot be told whether it matches: export as JSON.",
            fields.join(", "),
            wording::connector(&view)
        ));
        self.view = Some(view);
    }

    fn fails(&mut self, question: &Question<'_>, judgement: &Judgement<'_>) {
        const MOST: usize = 4;
        let tenant = &self.tenant.name;
        let named: Vec<&ConnectorView<'_>> =
            judgement.active().filter(|view| view.has_name()).collect();
        for view in named.iter().take(MOST) {
            self.reasons.push(format!(
                "{} {}; the certificate is for {}.",
                wording::capitalised(&wording::connector(view)),
                wording::expectation(view),
                wording::names(question.candidate)
            ));
        }
        if named.len() > MOST {
            self.reasons.push(format!(
                "{} more connectors of {tenant} expect other names.",
                named.len() - MOST
            ));
        }
        self.by_address = judgement.identifies_by_address();
        if self.by_address {
            self.reasons.push(format!("{tenant} identifies its servers by address alone: the certificate decides nothing there, and a renewal changes nothing."));
        } else if named.is_empty() {
            self.reasons.push(format!(
                "{tenant} has no enabled OnPremises connector with a certificate name."
            ));
        }
    }

    pub(super) fn claimed_also_by(&mut self, claims: &BTreeSet<String>) {
        let others: Vec<&str> = claims
            .iter()
            .filter(|name| **name != self.tenant.name)
            .map(String::as_str)
            .collect();
        if self.verdict == Verdict::Match {
            self.confidence = self.confidence.min(Confidence::Medium);
            self.relay = Relay::Unknown;
            self.reasons.push(format!(
                "{} would match it as well; which tenant wins is not documented.",
                others.join(", ")
            ));
        }
    }

    /// A certificate offered today is attributed through the same connector, of whose domain only
    /// the documentation leaves open whether it counts as accepted.
    pub(super) fn as_today(&self, senders: &[Sender]) -> bool {
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

    /// The accepted domain that lets any sender relay.
    pub fn accepted_domain(&self) -> Option<String> {
        let (domain, _) = self.view.as_ref()?.name.as_ref()?.domain()?;
        (self.domain_status() == Some(DomainStatus::Accepted)).then_some(domain)
    }

    /// Whether the domain of the connector's name is accepted; `None` without such a name. The list
    /// of a local Exchange says nothing.
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
