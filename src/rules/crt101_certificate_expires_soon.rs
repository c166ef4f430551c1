//! CRT101: a certificate in use is near its end.

use std::collections::BTreeMap;

use crate::attribution::connector_name::ConnectorName;
use crate::attribution::name_match::{self, CertificateNames, Strictness, Verdict};
use crate::input::timestamp::Timestamp;
use crate::onprem::ExchangeCertificate;
use crate::smtp::certificate::Certificate;

use super::Entry;
use super::check::{Check, Findings, Observation, Proof};
use super::entry::entry;
use super::fix::{self, Fix};
use super::offers::offers;
use super::setup::Setup;
use super::words;

entry! {
    /// A certificate that is in use for mail to Exchange Online ends within thirty days.
    ///
    /// ## What it finds
    /// The certificate that a send connector offered last, or, where the logs do not show that
    /// connector, the exported certificate that its `TlsCertificateName` names, if it ends within
    /// thirty days of the last log line (or of `--now`; without logs of today), or has ended. The end
    /// is taken from the log, else from the exported certificate with the same thumbprint.
    ///
    /// ## Why it matters
    /// Once it has ended, Exchange Online no longer takes it, and mail that relies on it is refused.
    /// A renewal under another name or by another authority needs changes on both sides before it.
    ///
    /// ## What to do
    /// Renew it in time, and ask `sendlens preflight` about the new certificate before it is switched.
    CertificateExpiresSoon, "CRT101", "certificate-expires-soon", Warning, High
}

const DAY: i64 = 86_400_000;
const SOON: i64 = 30 * DAY;

/// A certificate near its end, and which send connectors rely on it.
struct Ending<'a> {
    certificate: &'a Certificate,
    end: Timestamp,
    connectors: Vec<String>,
    proof: Vec<Proof>,
}

impl Check for CertificateExpiresSoon {
    fn entry(&self) -> &'static Entry {
        &Self::ENTRY
    }

    fn check(&self, setup: &Setup<'_>, findings: &mut Findings) {
        let mut found: BTreeMap<String, Ending<'_>> = BTreeMap::new();
        offered(setup, &mut found);
        named(setup, &mut found, findings);
        for ending in found.into_values() {
            findings.add(observation(&ending, setup.now));
        }
    }
}

fn is_near(end: Timestamp, now: Timestamp) -> bool {
    end.since(now).is_some_and(|left| left <= SOON)
}

/// What the logs show in use.
fn offered<'a>(setup: &Setup<'a>, found: &mut BTreeMap<String, Ending<'a>>) {
    let Some(study) = setup.logs else {
        return;
    };
    for history in offers(study) {
        let Some(offer) = history.current() else {
            continue;
        };
        let certificate = offer.certificate;
        let exported = setup.exported(certificate);
        let end = certificate
            .not_after
            .or_else(|| exported.and_then(|known| known.certificate.not_after));
        let Some(end) = end.filter(|end| is_near(*end, setup.now)) else {
            continue;
        };
        let user = format!("'{}' on {}", history.send_connector, history.stream_name);
        let proof = offer.evidence.map(|row| Proof::Log(row.clone()));
        note(found, certificate, end, user, proof);
    }
}

/// What exports name, for send connectors that the logs do not show.
fn named<'a>(setup: &Setup<'a>, found: &mut BTreeMap<String, Ending<'a>>, findings: &mut Findings) {
    for connector in setup.to_exchange_online() {
        let seen = setup
            .logs
            .is_some_and(|study| study.reaches_exchange_online(&connector.name));
        let name = connector.tls_certificate_name.value();
        let Some(name) = name.and_then(Option::as_deref).filter(|_| !seen) else {
            continue;
        };
        let wanted = ConnectorName::parse(name);
        let matching: Vec<&ExchangeCertificate> = setup
            .on_premises
            .certificates
            .iter()
            .filter(|known| {
                let names = CertificateNames::of(&known.certificate);
                matches!(wanted, ConnectorName::Distinguished { .. })
                    && name_match::compare(&wanted, &names, Strictness::Table).verdict
                        == Verdict::Match
            })
            .collect();
        if let Some(lost) = matching
            .iter()
            .find(|known| known.certificate.not_after.is_none())
        {
            let thumbprint = lost.certificate.thumbprint.as_deref().unwrap_or_default();
            findings.cannot_tell(
                &CertificateExpiresSoon::ENTRY,
                format!("certificate {thumbprint}"),
                "NotAfter",
            );
            continue;
        }
        // Of several with this name the latest counts: a renewal is there already.
        let last = matching
            .into_iter()
            .max_by_key(|known| known.certificate.not_after);
        if let Some(known) = last
            && let Some(end) = known.certificate.not_after
            && is_near(end, setup.now)
        {
            let proof = Proof::value(
                &known.file,
                known.line,
                "NotAfter",
                &end.rfc3339().unwrap_or_default(),
            );
            let user = format!("'{}'", connector.name);
            note(found, &known.certificate, end, user, Some(proof));
        }
    }
}

fn note<'a>(
    found: &mut BTreeMap<String, Ending<'a>>,
    certificate: &'a Certificate,
    end: Timestamp,
    user: String,
    proof: Option<Proof>,
) {
    let key = words::certificate(certificate);
    let ending = found.entry(key).or_insert_with(|| Ending {
        certificate,
        end,
        connectors: Vec::new(),
        proof: Vec::new(),
    });
    ending.connectors.push(user);
    ending.proof.extend(proof);
}

fn observation(ending: &Ending<'_>, now: Timestamp) -> Observation {
    let left = ending.end.since(now).unwrap_or(0);
    let when = match left {
        left if left < 0 => "ended".to_owned(),
        left if left < DAY => "ends within a day,".to_owned(),
        left => format!("ends in {} days,", left / DAY),
    };
    let message = format!(
        "{} {when} at {}. It is in use by send connector {}.",
        words::certificate(ending.certificate),
        ending.end.rfc3339().unwrap_or_default(),
        ending.connectors.join(", "),
    );
    let subject = ending.certificate.subject.as_deref();
    let subject = subject.or(ending.certificate.thumbprint.as_deref());
    let mut observation = Observation::of(
        &CertificateExpiresSoon::ENTRY,
        subject.unwrap_or_default(),
        message,
    );
    observation.proof.clone_from(&ending.proof);
    let connector = ending.connectors.first().map_or("", String::as_str);
    let name = connector.trim_start_matches('\'');
    let name = name.rsplit_once('\'').map_or(name, |(name, _)| name);
    observation
        .fix(Fix::step(
            "Renew the certificate, best with the same names and by the same authority, import it on every source server of the send connector, and ask `sendlens preflight` about the new file before it is switched.",
        ))
        .fix(fix::offer_another(
            name,
            "the renewed certificate",
            "Switches the send connector to it; the inbound connector must expect its name before.",
        ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onprem::OnPremises;
    use crate::rules::scenario::Session;
    use crate::rules::scenario_setup::{
        exchange_certificate, of_exports, of_logs, on_premises, send_connector,
    };

    fn session(valid: &'static str) -> Session {
        Session {
            valid,
            ..Session::default()
        }
    }

    fn in_logs(sessions: &[Session]) -> Vec<Observation> {
        of_logs(
            &CertificateExpiresSoon,
            sessions,
            &[],
            &OnPremises::default(),
        )
        .observations
    }

    #[test]
    fn fires_on_what_the_log_shows_in_use() {
        let found = in_logs(&[session("2026-01-01T00:00:00.000Z 2026-11-20T00:00:00.000Z")]);
        assert_eq!(found.len(), 1);
        assert!(
            found[0].message.contains("ends in 16 days"),
            "{}",
            found[0].message
        );
        assert!(found[0].message.contains("'Out' on EX01"));
        let found = in_logs(&[session("2026-01-01T00:00:00.000Z 2026-11-01T00:00:00.000Z")]);
        assert!(found[0].message.contains(" ended at 2026-11-01"));
    }

    #[test]
    fn stays_silent_on_a_later_end_and_on_what_has_been_replaced() {
        assert!(in_logs(&[Session::default()]).is_empty());
        let renewed = Session {
            time: "2026-11-03T05:00",
            names: &["smtp.contoso.net"],
            ..Session::default()
        };
        let old = session("2026-01-01T00:00:00.000Z 2026-11-20T00:00:00.000Z");
        assert!(in_logs(&[old, renewed]).is_empty());
    }

    #[test]
    fn exports_alone_show_the_certificate_named() {
        let mut ending = exchange_certificate('A');
        ending.certificate.not_after = Timestamp::parse(b"2026-11-30T00:00:00.000Z");
        let own = on_premises(vec![send_connector()], vec![ending.clone()]);
        let found = of_exports(&CertificateExpiresSoon, &[], &own).observations;
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].subject, "CN=mail.contoso.com");
        let renewed = on_premises(
            vec![send_connector()],
            vec![ending.clone(), exchange_certificate('B')],
        );
        assert!(
            of_exports(&CertificateExpiresSoon, &[], &renewed)
                .observations
                .is_empty()
        );
        ending.certificate.not_after = None;
        let lost = on_premises(vec![send_connector()], vec![ending]);
        let findings = of_exports(&CertificateExpiresSoon, &[], &lost);
        assert!(findings.observations.is_empty());
        assert_eq!(findings.untold[0].field, "NotAfter");
    }
}
