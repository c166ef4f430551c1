//! CRT004: a renewal changed the name.

use crate::aggregate::lane::{CertificateId, Lane};
use crate::attribution::judgement::ConnectorView;
use crate::input::timestamp::Timestamp;

use super::case::Case;
use super::entry::entry;
use super::expect::expect;
use super::{Entry, Finding, Rule, own_side, words};

entry! {
    /// The certificate was replaced by one with another name, which no inbound connector expects.
    ///
    /// ## What it finds
    /// An earlier certificate of the same server and send connector matched an inbound connector;
    /// the one offered now matches none.
    ///
    /// ## Why it matters
    /// From the moment of the change all mail over this send connector is nobody's.
    ///
    /// ## What to do
    /// Set `TlsSenderCertificateName` of the inbound connector to a name of the new certificate,
    /// and see that its domain is an accepted domain. Or go back to a certificate with the old name.
    CertificateRenamed, "CRT004", "certificate-renamed", Error, High
}

impl Rule for CertificateRenamed {
    fn entry(&self) -> &'static Entry {
        &Self::ENTRY
    }

    fn check(&self, case: &Case<'_>) -> Option<Finding> {
        let certificate = case.certificate()?;
        if !case.concerns_our_side() || !case.judgement.surely_none_matches() {
            return None;
        }
        let (earlier, view) = earlier_match(case)?;
        let old = case.study.certificate(earlier.key.certificate)?;
        let explanation = format!(
            "Until {}, '{}' offered {}, which matched {} (it {}). Now it offers {} for {}, which no inbound connector matches.",
            earlier.last,
            case.send_connector(),
            words::certificate(old),
            words::connector(view),
            words::expectation(view),
            words::certificate(certificate),
            words::names(certificate),
        ) + &own_side::named_otherwise(case);
        let mut finding = Finding::of(&Self::ENTRY, explanation).deciding(Case::deciding(view));
        if let Some(name) = words::best_name(certificate) {
            let note = format!(
                "Takes minutes to an hour. {}",
                words::domain_note(view.tenant, &name)
            );
            finding = finding.fix(expect(case, view, &name, &note));
        }
        finding.fix.extend(own_side::instead(case, view));
        Some(finding)
    }
}

/// The latest other certificate of the same stream and send connector that was there before this
/// one and matched.
fn earlier_match<'a>(case: &Case<'a>) -> Option<(&'a Lane, &'a ConnectorView<'a>)> {
    let own = case.lane.key;
    let lanes = || {
        case.study
            .lanes_of(own.connector)
            .filter(|(lane, _)| lane.key.stream == own.stream)
    };
    let since = lanes()
        .filter(|(lane, _)| lane.key.certificate == own.certificate)
        .fold(Timestamp::UNKNOWN, |first, (lane, _)| {
            first.earlier(lane.first)
        });
    lanes()
        .filter(|(lane, _)| {
            lane.key.certificate != own.certificate
                && matches!(lane.key.certificate, CertificateId::Known(_))
                && since.since(lane.first).is_some_and(|before| before > 0)
        })
        .filter_map(|(lane, judgement)| {
            judgement
                .active()
                .find(|view| view.matches_by_name())
                .map(|view| (lane, view))
        })
        .max_by_key(|(lane, _)| lane.last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::scenario::{Session, TAKEN, causes, contoso, findings};

    fn before() -> Session {
        Session {
            mails: vec![("a@contoso.com", TAKEN)],
            ..Session::default()
        }
    }

    fn after() -> Session {
        Session {
            time: "2026-11-03T03:00",
            names: &["smtp.contoso.net"],
            ..Session::default()
        }
    }

    #[test]
    fn fires_where_an_earlier_certificate_matched() {
        assert_eq!(causes(&[before(), after()], &[contoso()]), ["CRT004"]);
        let found = findings(&CertificateRenamed, &[before(), after()], &[contoso()]);
        assert_eq!(
            found[0].fix[0].command.as_deref(),
            Some(
                "Set-InboundConnector -Identity 'Inbound from contoso' -TlsSenderCertificateName 'smtp.contoso.net'"
            )
        );
    }

    #[test]
    fn stays_silent_without_an_earlier_one_or_on_another_server() {
        assert!(findings(&CertificateRenamed, &[after()], &[contoso()]).is_empty());
        let other = Session {
            stream: "EX02",
            ..before()
        };
        assert!(findings(&CertificateRenamed, &[other, after()], &[contoso()]).is_empty());
        let later = Session {
            time: "2026-11-03T04:00",
            ..before()
        };
        assert!(findings(&CertificateRenamed, &[after(), later], &[contoso()]).is_empty());
    }
}
