//! CON002: the right name is on the wrong type of connector.

use crate::attribution::judgement::ConnectorView;
use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::fix::{Fix, Where};
use crate::diagnosis::rule::declare_rule;
use crate::remedy::command;
use crate::remedy::{on_premises, wording};
use crate::tenant::ConnectorType;

declare_rule! {
    /// The only inbound connector that matches is of type Partner.
    ///
    /// ## What it finds
    /// No enabled OnPremises connector matches what was offered, but an enabled Partner connector
    /// does.
    ///
    /// ## Why it matters
    /// Exchange Online uses only connectors of type OnPremises to choose the tenant. A Partner
    /// connector acts in the recipient's tenant. It cannot let mail relay.
    ///
    /// ## What to do
    /// Change the type of the connector, or create an OnPremises connector with the same
    /// certificate name.
    ///
    /// ## Sources
    /// - `Set-InboundConnector` (reference, Microsoft Learn): only connectors of type OnPremises
    ///   grant the right to relay; Partner connectors serve external partners.
    /// - "Updated Requirements for SMTP Relay through Exchange Online" (Exchange Team, 2023-06-19,
    ///   in force since 2023-11-01): relay needs an accepted domain in the certificate or in MAIL
    ///   FROM, and also an OnPremises connector that matches the certificate or the address.
    /// - KB 4051495 ("550 5.7.64 TenantAttribution" when sending mail externally, Microsoft Learn):
    ///   to relay, a connector must exist that is configured correctly and matches the sending
    ///   server.
    MatchingConnectorIsPartner {
        code: "CON002",
        name: "matching-connector-is-partner",
        severity: Error,
        confidence: High,
        needs: [SendLogs, InboundConnectors],
        proof: Certificate,
        step: InboundConnector,
    }
}

impl Cause for MatchingConnectorIsPartner {
    fn check(&self, context: &CauseContext<'_>) -> Option<Diagnosis> {
        let judgement = context.judgement;
        if !context.concerns_our_side() || !judgement.surely_none_matches() {
            return None;
        }
        let view = judgement.views.iter().find(|view| {
            view.is_enabled() && view.is_type(ConnectorType::Partner) && view.matches()
        })?;
        let unfit = if view.has_name() {
            on_premises::unfit(context)
        } else {
            String::new()
        };
        let explanation = format!(
            "Send connector '{}' offered {} from {}. Only {} matches, and it is of type Partner. Exchange Online does not use Partner connectors to choose the tenant.",
            context.send_connector(),
            wording::offered(context),
            context.source_text(),
            wording::connector(context.analysis.language, view),
        );
        let command = format!(
            "Set-InboundConnector -Identity {} -ConnectorType OnPremises",
            command::inbound_identity(view.connector)
        );
        Some(
            Diagnosis::of(&Self::META, explanation + &unfit)
                .deciding(CauseContext::deciding(view))
                .fix(Fix::command(Where::Online, command, &partner_note(view))),
        )
    }
}

/// What to mind before the type of the connector is changed.
fn partner_note(view: &ConnectorView<'_>) -> String {
    let same = if view.matches_by_name() {
        "certificate name"
    } else {
        "addresses"
    };
    format!(
        "First check whether partners also use this connector. If they do, do not run this command. Create a second connector of type OnPremises with the same {same} instead."
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::logs::{Session, causes, contoso, findings, tenant};
    use crate::tenant::Known;

    #[test]
    fn fires_where_only_a_partner_connector_matches() {
        let mut partner = contoso();
        partner.connectors[0].connector_type = Known::Value(ConnectorType::Partner);
        assert_eq!(causes(&[Session::default()], &[partner]), ["CON002"]);
        let mut partner = tenant(None, &["203.0.113.7"], &["contoso.com"]);
        partner.connectors[0].connector_type = Known::Value(ConnectorType::Partner);
        let found = findings(
            &MatchingConnectorIsPartner,
            &[Session::default()],
            &[partner],
        );
        assert!(found[0].fix[0].note.contains("with the same addresses"));
    }

    #[test]
    fn stays_silent_where_an_onpremises_one_matches_or_the_partner_is_disabled() {
        assert!(
            findings(
                &MatchingConnectorIsPartner,
                &[Session::default()],
                &[contoso()]
            )
            .is_empty()
        );
        let mut disabled = contoso();
        disabled.connectors[0].connector_type = Known::Value(ConnectorType::Partner);
        disabled.connectors[0].enabled = Known::Value(false);
        assert!(
            findings(
                &MatchingConnectorIsPartner,
                &[Session::default()],
                &[disabled]
            )
            .is_empty()
        );
    }
}
