//! DOM002: the address is listed, but the sender's domain is not accepted.

use crate::attribution::judgement::ConnectorView;
use crate::attribution::simulation::Sender;
use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::delivering;
use crate::diagnosis::fix::Fix;
use crate::diagnosis::rule::{Confidence, declare_rule};
use crate::language::Language;
use crate::remedy::expect::expect;
use crate::remedy::{host_name, settings, wording};

declare_rule! {
    /// The mail is identified by its source address, and the sender's domain is not accepted.
    ///
    /// ## What it finds
    /// No certificate matches, and an inbound connector lists the address. The domain of MAIL FROM
    /// is not an accepted domain of that connector's tenant. The reply is `550 5.7.64`, sometimes
    /// with ATTR36.
    ///
    /// ## Why it matters
    /// With an address alone, Exchange Online attributes only mail from accepted domains. It
    /// rejects, for example, forwarded mail and newsletters that are sent with another sender
    /// domain.
    ///
    /// ## What to do
    /// Identify your servers by a certificate whose domain is accepted. Then any sender may relay.
    /// Or add the sender's domain, if it is yours, to the accepted domains.
    ///
    /// ## Sources
    /// - "Updated Requirements for SMTP Relay through Exchange Online" (Exchange Team, 2023-06-19,
    ///   in force since 2023-11-01): relay needs an accepted domain in the certificate or in MAIL
    ///   FROM, and also an OnPremises connector that matches the certificate or the address.
    /// - KB 3169958 (notice about configured connectors, Exchange Team, 2016-03-29, in force since
    ///   2017-07-05): to relay, the domain of the sender or of the certificate must be registered
    ///   in the tenant; replies with ATTR36 point to this page.
    /// - MC1226222 (message center, 2026-02-04): it asks to prefer a connector with a certificate
    ///   name to one with addresses.
    SenderDomainNotAccepted {
        code: "DOM002",
        name: "sender-domain-not-accepted",
        severity: Error,
        confidence: High,
        needs: [SendLogs, InboundConnectors, AcceptedDomains],
        proof: Certificate,
        step: Sender,
    }
}

impl Cause for SenderDomainNotAccepted {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        if !context.is_unattributed()
            || context
                .judgement
                .active()
                .any(|view| view.matches_by_name())
        {
            return None;
        }
        let listing: Vec<_> = context
            .judgement
            .active()
            .filter(|view| view.matches_by_address())
            .collect();
        let view = *listing.first()?;
        // ATTR36 alone proves that the domain is not accepted.
        let refused =
            |accepted: Option<bool>| accepted.map_or(context.has_attr36(), |accepted| !accepted);
        if !listing
            .iter()
            .all(|view| refused(context.sender_accepted(view.tenant)))
        {
            return None;
        }
        let proven = context.sender_accepted(view.tenant).is_some();
        let sender = match context.sender() {
            Sender::Domain(domain) => format!("the sender's domain '{domain}' is not an"),
            _ => "the sender is <>, which is in no".to_owned(),
        };
        let explanation = format!(
            "Exchange Online identifies mail of send connector '{}' by its source address {}, which {} lists. However, {sender} accepted domain of {}.",
            context.send_connector(),
            context.source_text(),
            wording::connector(context.analysis.language, view),
            view.tenant.name,
        );
        let others: Vec<&str> = listing
            .iter()
            .map(|view| view.tenant.name.as_str())
            .filter(|name| *name != view.tenant.name)
            .collect();
        let confidence = if proven {
            Confidence::High
        } else {
            Confidence::Medium
        };
        let finding = Diagnosis::of(&Self::META, explanation)
            .confidence(confidence)
            .deciding(CauseContext::deciding(view));
        Some(finding.fix(step(context, view, &others)))
    }
}

/// The step that lets the certificate identify the servers. `others` are tenants that list the address
/// as well.
fn step(context: &CauseContext<'_>, view: &ConnectorView<'_>, others: &[&str]) -> Fix {
    if !others.is_empty() {
        return Fix::step(&of_several(context.analysis.language, view, others));
    }
    let name = context
        .certificate()
        .filter(|found| !delivering::is_of_no_use(context.analysis, found))
        .and_then(|found| host_name::best(view.tenant, context.analysis.tenants, found));
    let Some(name) = name else {
        return Fix::step(
            "1. Let the send connector offer a certificate whose domain is accepted. 2. Set TlsSenderCertificateName of the inbound connector to the name of this certificate.",
        );
    };
    let note = format!(
        "With this command, Exchange Online identifies your servers by the certificate that they offer already. Mail from any sender then gets through. {}",
        wording::domain_note(context.analysis.language, view.tenant, &name)
    );
    expect(context, view, &name, &note)
}

/// The step where connectors of several tenants list the address.
fn of_several(language: Language, view: &ConnectorView<'_>, others: &[&str]) -> String {
    format!(
        "Connectors of {} and {} list this address. If a connector of one of them expected the certificate that all of this mail offers, that tenant would get the mail of the others, too. 1. Decide which tenant is to relay this mail. 2. Get a certificate with a name of its own for it, in a domain that only this tenant accepts. 3. Let a send connector of its own offer this certificate. 4. Add an inbound connector of type OnPremises in this tenant that expects exactly this name.",
        view.tenant.name,
        settings::listed(language, others.iter().copied())
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::{DENIED, Session, causes, contoso, findings, tenant};

    fn from(sender: &'static str) -> [Session; 1] {
        [Session {
            mails: vec![(sender, DENIED)],
            ..Session::default()
        }]
    }

    #[test]
    fn fires_on_a_foreign_sender_behind_a_listed_address() {
        let by_address = tenant(None, &["203.0.113.7"], &["contoso.com"]);
        assert_eq!(causes(&from("a@example.net"), &[by_address]), ["DOM002"]);
    }

    #[test]
    fn an_address_of_two_tenants_gets_no_certificate_name() {
        let one = tenant(None, &["203.0.113.7"], &["contoso.com"]);
        let mut two = tenant(None, &["203.0.113.7"], &["fabrikam.com"]);
        two.name = "fabrikam.onmicrosoft.com".to_owned();
        let found = findings(
            &SenderDomainNotAccepted,
            &from("a@example.net"),
            &[one, two],
        );
        let fix = &found[0].fix[0];
        assert_eq!(fix.command, None);
        assert!(
            fix.note.contains("fabrikam.onmicrosoft.com"),
            "{}",
            fix.note
        );
    }

    #[test]
    fn stays_silent_on_an_accepted_sender_and_on_certificates() {
        let by_address = tenant(None, &["203.0.113.7"], &["contoso.com"]);
        assert!(
            findings(
                &SenderDomainNotAccepted,
                &from("a@contoso.com"),
                &[by_address]
            )
            .is_empty()
        );
        assert!(
            findings(
                &SenderDomainNotAccepted,
                &from("a@example.net"),
                &[contoso()]
            )
            .is_empty()
        );
    }
}
