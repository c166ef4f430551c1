//! CON002: the right name on the wrong type of connector.

use crate::tenant::ConnectorType;

use super::case::Case;
use super::entry::entry;
use super::fix::{Fix, Where, quote};
use super::{Entry, Finding, Rule, words};

entry! {
    /// The only inbound connector that matches is of type Partner.
    ///
    /// ## What it finds
    /// No enabled OnPremises connector matches what was offered, and an enabled Partner one does.
    ///
    /// ## Why it matters
    /// Only connectors of type OnPremises choose the tenant. A Partner connector acts in the
    /// recipient's tenant and cannot make mail relay.
    ///
    /// ## What to do
    /// Change the connector's type, or make an OnPremises connector with the same certificate name.
    MatchingConnectorIsPartner, "CON002", "matching-connector-is-partner", Error, High
}

impl Rule for MatchingConnectorIsPartner {
    fn entry(&self) -> &'static Entry {
        &Self::ENTRY
    }

    fn check(&self, case: &Case<'_>) -> Option<Finding> {
        let judgement = case.judgement;
        if !case.concerns_our_side() || !judgement.surely_none_matches() {
            return None;
        }
        let view = judgement.views.iter().find(|view| {
            view.is_enabled() && view.is_type(ConnectorType::Partner) && view.matches()
        })?;
        let explanation = format!(
            "'{}' offered {} from {}. Only {} matches, and it is of type Partner: such a connector does not choose the tenant.",
            case.send_connector(),
            words::offered(case),
            case.source_text(),
            words::connector(view),
        );
        let command = format!(
            "Set-InboundConnector -Identity {} -ConnectorType OnPremises",
            quote(&view.connector.name)
        );
        Some(
            Finding::of(&Self::ENTRY, explanation).deciding(Case::deciding(view)).fix(Fix::command(
                Where::Online,
                command,
                "If partners use this connector too, make a second one of type OnPremises instead.",
            )),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::scenario::{Session, causes, contoso, findings};
    use crate::tenant::Known;

    #[test]
    fn fires_where_only_a_partner_connector_matches() {
        let mut partner = contoso();
        partner.connectors[0].connector_type = Known::Value(ConnectorType::Partner);
        assert_eq!(causes(&[Session::default()], &[partner]), ["CON002"]);
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
