//! CON004: the address has changed.

use crate::attribution::judgement::{AddressMatch, ConnectorView};

use super::case::Case;
use super::entry::entry;
use super::fix::{Fix, Where, quote};
use super::{Entry, Finding, Rule, words};

entry! {
    /// The address from which the mail came is in no inbound connector.
    ///
    /// ## What it finds
    /// The tenant identifies by address (or an earlier session of this send connector came from a
    /// listed address), and the address that Exchange Online saw is in no connector. It stands in
    /// the EHLO reply: `Hello [203.0.113.7]`.
    ///
    /// ## Why it matters
    /// A new provider, a second line or another NAT rule changes the address, and from then on the
    /// mail is nobody's.
    ///
    /// ## What to do
    /// Add the address to the connector; better, identify by certificate.
    SourceAddressNotListed, "CON004", "source-address-not-listed", Error, High
}

impl Rule for SourceAddressNotListed {
    fn entry(&self) -> &'static Entry {
        &Self::ENTRY
    }

    fn check(&self, case: &Case<'_>) -> Option<Finding> {
        let source = case.source()?;
        let judgement = case.judgement;
        let with_addresses: Vec<&ConnectorView<'_>> = judgement
            .active()
            .filter(|view| view.has_addresses())
            .collect();
        let not_listed = with_addresses
            .iter()
            .all(|view| view.address == AddressMatch::NotListed);
        let relevant = case.identifies_by_address() || came_from_listed(case);
        if !case.concerns_our_side()
            || with_addresses.is_empty()
            || !not_listed
            || !relevant
            || !judgement.surely_none_matches()
        {
            return None;
        }
        let view = with_addresses[0];
        let explanation = format!(
            "Exchange Online saw '{}' come from {source}, which is in no inbound connector; {} {}.",
            case.send_connector(),
            words::connector(view),
            words::expectation(view),
        );
        let finding = Finding::of(&Self::ENTRY, explanation);
        if with_addresses.len() > 1 {
            return Some(finding.fix(Fix::step(
                "Add the address to the connector that is meant for this site.",
            )));
        }
        let command = format!(
            "Set-InboundConnector -Identity {} -SenderIPAddresses @{{Add={}}}",
            quote(&view.connector.name),
            quote(&source.to_string())
        );
        Some(finding.deciding(Case::deciding(view)).fix(Fix::command(
            Where::Online,
            command,
            "Takes minutes to an hour. Better in the long run: identify by certificate (-TlsSenderCertificateName).",
        )))
    }
}

/// An earlier session of this stream and send connector came from a listed address.
fn came_from_listed(case: &Case<'_>) -> bool {
    case.study
        .lanes_of(case.lane.key.connector)
        .filter(|(lane, _)| {
            lane.key.stream == case.lane.key.stream
                && case
                    .last_rejection()
                    .since(lane.first)
                    .is_some_and(|before| before > 0)
        })
        .any(|(_, judgement)| judgement.active().any(|view| view.matches_by_address()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::scenario::{Session, TAKEN, causes, connector, contoso, findings, tenant};

    #[test]
    fn fires_where_the_tenant_goes_by_address() {
        let by_address = tenant(None, &["198.51.100.0/28"], &["contoso.com"]);
        assert_eq!(
            causes(&[Session::default()], std::slice::from_ref(&by_address)),
            ["CON004"]
        );
        let found = findings(
            &SourceAddressNotListed,
            &[Session::default()],
            &[by_address],
        );
        assert_eq!(
            found[0].fix[0].command.as_deref(),
            Some(
                "Set-InboundConnector -Identity 'Inbound from contoso' -SenderIPAddresses @{Add='203.0.113.7'}"
            )
        );
    }

    #[test]
    fn fires_where_an_earlier_session_came_from_a_listed_address() {
        let mut mixed = tenant(Some("other.contoso.com"), &[], &["contoso.com"]);
        mixed
            .connectors
            .push(connector("by address", None, &["198.51.100.1"]));
        let before = Session {
            source: "198.51.100.1",
            mails: vec![("a@contoso.com", TAKEN)],
            ..Session::default()
        };
        let after = Session {
            time: "2026-11-03T05:00",
            ..Session::default()
        };
        assert_eq!(causes(&[before, after], &[mixed]), ["CON004"]);
    }

    #[test]
    fn stays_silent_where_the_address_is_listed_or_certificates_decide() {
        let listed = tenant(None, &["203.0.113.0/24"], &["contoso.com"]);
        assert!(findings(&SourceAddressNotListed, &[Session::default()], &[listed]).is_empty());
        assert!(findings(&SourceAddressNotListed, &[Session::default()], &[contoso()]).is_empty());
    }
}
