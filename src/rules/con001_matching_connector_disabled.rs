//! CON001: the right connector is switched off.

use crate::tenant::ConnectorType;

use super::case::Case;
use super::entry::entry;
use super::fix::{Fix, Where, quote};
use super::{Entry, Finding, Rule, words};

entry! {
    /// The inbound connector that would match is disabled.
    ///
    /// ## What it finds
    /// No enabled OnPremises connector matches what was offered, and a disabled one does.
    ///
    /// ## Why it matters
    /// A disabled connector never matches, so the mail is nobody's.
    ///
    /// ## What to do
    /// Enable the connector.
    MatchingConnectorDisabled, "CON001", "matching-connector-disabled", Error, High
}

impl Rule for MatchingConnectorDisabled {
    fn entry(&self) -> &'static Entry {
        &Self::ENTRY
    }

    fn check(&self, case: &Case<'_>) -> Option<Finding> {
        let judgement = case.judgement;
        if !case.concerns_our_side() || !judgement.surely_none_matches() {
            return None;
        }
        let view = judgement.views.iter().find(|view| {
            view.is_disabled() && view.is_type(ConnectorType::OnPremises) && view.matches()
        })?;
        let explanation = format!(
            "'{}' offered {} from {}. {} {} and would match, but it is disabled, and no other does.",
            case.send_connector(),
            words::offered(case),
            case.source_text(),
            words::capitalised(&words::connector(view)),
            words::expectation(view),
        );
        let command = format!(
            "Set-InboundConnector -Identity {} -Enabled $true",
            quote(&view.connector.name)
        );
        Some(
            Finding::of(&Self::ENTRY, explanation)
                .deciding(Case::deciding(view))
                .fix(Fix::command(
                    Where::Online,
                    command,
                    "Takes minutes to an hour.",
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
    fn fires_where_the_match_is_disabled() {
        let mut disabled = contoso();
        disabled.connectors[0].enabled = Known::Value(false);
        assert_eq!(causes(&[Session::default()], &[disabled]), ["CON001"]);
    }

    #[test]
    fn stays_silent_where_an_enabled_one_matches_or_may() {
        let mut both = contoso();
        both.connectors.push(both.connectors[0].clone());
        both.connectors[0].enabled = Known::Value(false);
        assert!(
            findings(
                &MatchingConnectorDisabled,
                &[Session::default()],
                &[both.clone()]
            )
            .is_empty()
        );
        both.connectors[1].enabled = Known::Lost;
        both.connectors[1].tls_sender_certificate_name = Known::Lost;
        assert!(findings(&MatchingConnectorDisabled, &[Session::default()], &[both]).is_empty());
    }
}
