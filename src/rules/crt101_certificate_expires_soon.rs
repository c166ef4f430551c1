//! CRT101: a certificate in use is near its end.

use std::collections::BTreeMap;

use crate::input::timestamp::Timestamp;
use crate::onprem::{ExchangeCertificate, SendConnector};
use crate::smtp::certificate::Certificate;

use super::check::{Check, Findings, Observation, Proof};
use super::entry::entry;
use super::fix::{self, Fix};
use super::offers::offers;
use super::setup::Setup;
use super::transport_certificate::{self as transport, NamedCertificate};
use super::{Entry, subject, words};

entry! {
    /// A certificate that is in use for mail to Exchange Online ends within thirty days.
    ///
    /// ## What it finds
    /// The certificate that a send connector offered last, or, where the logs do not show that
    /// connector, the exported certificate of a source server that its `TlsCertificateName` names, of
    /// several on one server the last to end, if it ends within thirty days of the last log line (or of `--now`; without logs of today), or has ended. The end
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
        let Some(wanted) = NamedCertificate::parse(name) else {
            continue;
        };
        let on_servers = matching(setup, connector, &wanted);
        let mut near: Vec<&ExchangeCertificate> = Vec::new();
        for own in on_servers.values() {
            if let Some(lost) = own.iter().find(|one| one.certificate.not_after.is_none()) {
                let thumbprint = lost.certificate.thumbprint.as_deref().unwrap_or_default();
                findings.cannot_tell(
                    &CertificateExpiresSoon::ENTRY,
                    format!("certificate {thumbprint}"),
                    "NotAfter",
                );
                continue;
            }
            // Of several on one server the latest counts: a renewal is there already.
            let last = own.iter().max_by_key(|one| one.certificate.not_after);
            let ends = |one: &&ExchangeCertificate| {
                let end = one.certificate.not_after;
                end.is_some_and(|end| is_near(end, setup.now))
            };
            near.extend(last.copied().filter(ends));
        }
        let everywhere = near.len() == on_servers.len();
        if !everywhere && !near.is_empty() && source_servers(connector).is_empty() {
            let about = subject::send(connector);
            let entry = &CertificateExpiresSoon::ENTRY;
            findings.cannot_tell(entry, about, "SourceTransportServers");
            continue;
        }
        for known in near {
            let user = match &known.server {
                Some(server) if !everywhere => format!("'{}' on {server}", connector.name),
                _ => format!("'{}'", connector.name),
            };
            let end = known.certificate.not_after.unwrap_or(setup.now);
            let proof = Proof::value(
                &known.file,
                known.line,
                "NotAfter",
                &end.rfc3339().unwrap_or_default(),
            );
            note(found, &known.certificate, end, user, Some(proof));
        }
    }
}

fn source_servers(connector: &SendConnector) -> &[String] {
    let servers = connector.source_servers.value();
    servers.map_or(&[], Vec::as_slice)
}

/// The certificates that are named, by server; of a server that is no source server none. Those of
/// an unknown server are of the only one where there is just one, else of one of their own.
fn matching<'a>(
    setup: &Setup<'a>,
    connector: &SendConnector,
    wanted: &NamedCertificate<'_>,
) -> BTreeMap<String, Vec<&'a ExchangeCertificate>> {
    let alone = source_servers(connector).len() == 1;
    let mut servers: BTreeMap<String, Vec<&ExchangeCertificate>> = BTreeMap::new();
    for known in &setup.on_premises.certificates {
        if transport::may_be_of(connector, known) && wanted.means(&known.certificate) == Some(true)
        {
            let server = known.server.as_deref().filter(|_| !alone);
            let key = server.map_or_else(String::new, transport::server_label);
            servers.entry(key).or_default().push(known);
        }
    }
    servers
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
    // Two exports may hold one connector, two servers one certificate.
    if !ending.connectors.contains(&user) {
        ending.connectors.push(user);
        ending.proof.extend(proof);
    }
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
    use crate::tenant::Known;

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

    fn ending() -> ExchangeCertificate {
        let mut ending = exchange_certificate('A');
        ending.certificate.not_after = Timestamp::parse(b"2026-11-30T00:00:00.000Z");
        ending
    }

    fn on(server: &str, certificate: ExchangeCertificate) -> ExchangeCertificate {
        ExchangeCertificate {
            server: Some(server.to_owned()),
            ..certificate
        }
    }

    #[test]
    fn a_renewal_counts_on_its_own_server_alone() {
        let renewed = exchange_certificate('B');
        let both = SendConnector {
            source_servers: Known::Value(vec!["EX01".to_owned(), "EX02".to_owned()]),
            ..send_connector()
        };
        let certificates = vec![on("EX02", ending()), renewed.clone()];
        let own = on_premises(vec![both.clone()], certificates.clone());
        let found = of_exports(&CertificateExpiresSoon, &[], &own).observations;
        assert_eq!(found.len(), 1);
        assert!(
            found[0].message.ends_with("send connector 'Out' on EX02."),
            "{}",
            found[0].message
        );
        let elsewhere = vec![ending(), on("EX03", renewed)];
        let own = on_premises(vec![send_connector()], elsewhere);
        let found = of_exports(&CertificateExpiresSoon, &[], &own).observations;
        assert_eq!(found.len(), 1);
        let lost = SendConnector {
            source_servers: Known::Lost,
            ..both
        };
        let own = on_premises(vec![lost], certificates);
        let found = of_exports(&CertificateExpiresSoon, &[], &own);
        assert!(found.observations.is_empty());
        assert_eq!(found.untold[0].field, "SourceTransportServers");
    }

    #[test]
    fn a_connector_of_two_exports_is_named_once_and_the_order_of_parts_is_no_difference() {
        let second = SendConnector {
            file: "send2.json".to_owned(),
            ..send_connector()
        };
        let mut turned = ending();
        turned.certificate.issuer = Some("O=Example, CN=Example CA".to_owned());
        let own = on_premises(vec![send_connector(), second], vec![turned]);
        let found = of_exports(&CertificateExpiresSoon, &[], &own).observations;
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].message.matches("'Out'").count(), 1);
        assert_eq!(found[0].proof.len(), 1);
    }
}
