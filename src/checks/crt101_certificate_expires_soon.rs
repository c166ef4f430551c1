//! CRT101: a certificate in use expires soon.

use std::collections::BTreeMap;
use std::fmt;

use crate::diagnosis::check::Check;
use crate::diagnosis::check_context::CheckContext;
use crate::diagnosis::finding::{CheckOutput, Finding, Proof};
use crate::diagnosis::fix::Fix;
use crate::diagnosis::offers::offers;
use crate::diagnosis::rule::declare_rule;
use crate::diagnosis::subject::{Subject, stream_place};
use crate::diagnosis::transport_certificate as transport;
use crate::diagnosis::transport_certificate::NamedCertificate;
use crate::input::timestamp::Timestamp;
use crate::onprem::{ExchangeCertificate, SendConnector};
use crate::remedy::{command, wording};
use crate::smtp::certificate::Certificate;

declare_rule! {
    /// A certificate that is in use for mail to Exchange Online has expired or expires soon.
    ///
    /// ## What it finds
    /// A certificate that has expired, or that expires within thirty days. If a third of its
    /// lifetime is shorter than that, the third counts: a certificate for 45 days is reported 15
    /// days before its end. The days are counted from the last log line, or from today if there are
    /// no logs. `--now` sets another time. The check looks at these certificates:
    ///
    /// - The certificate that a send connector offered last.
    /// - If the logs do not show the send connector: the exported certificate of a source server
    ///   that its `TlsCertificateName` names. If a server has several such certificates, the one
    ///   that expires last counts.
    ///
    /// The expiry date comes from the log, or from the exported certificate with the same
    /// thumbprint.
    ///
    /// ## Why it matters
    /// Exchange Online does not accept an expired certificate, and rejects mail that relies on it.
    /// If the new certificate has another name or another authority, you must change both sides
    /// before you switch to it.
    ///
    /// ## What to do
    /// 1. Renew the certificate in time.
    /// 2. Check the new certificate with `sendlens preflight` before you switch to it.
    ///
    /// ## Sources
    /// - "TLS Certificates in Exchange Hybrid" (Exchange Team, 2025-06-04): the renewal of the
    ///   certificate is the usual reason why hybrid mail flow stops, and the connectors must be set
    ///   to the new one.
    /// - "Certificate requirements for hybrid deployments" (Microsoft Learn): the certificate for
    ///   hybrid mail must be from a trusted third-party authority and be on all servers that send.
    /// - CA/Browser Forum, ballot SC-081 (2025-04): the longest lifetime of public certificates
    ///   falls in steps to 47 days in 2029.
    CertificateExpiresSoon {
        code: "CRT101",
        name: "certificate-expires-soon",
        severity: Warning,
        confidence: High,
        needs: [SendLogs] or [SendConnectors, ExchangeCertificates],
        proof: Exports,
    }
}

const DAY: i64 = 86_400_000;
const SOON: i64 = 30 * DAY;

/// A certificate that expires soon, and the send connectors that rely on it.
struct Expiring<'a> {
    certificate: &'a Certificate,
    end: Timestamp,
    uses: Vec<Use>,
    proof: Vec<Proof>,
}

/// A send connector that relies on the certificate.
#[derive(Debug, PartialEq, Eq)]
struct Use {
    send_connector: String,
    /// The stream or server, if the certificate is not on all of them.
    on: Option<String>,
}

impl fmt::Display for Use {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}'", self.send_connector)?;
        match &self.on {
            Some(place) => write!(f, " {}", stream_place(place)),
            None => Ok(()),
        }
    }
}

impl Check for CertificateExpiresSoon {
    fn check(&self, context: &CheckContext<'_>, findings: &mut CheckOutput) {
        let mut found: BTreeMap<String, Expiring<'_>> = BTreeMap::new();
        offered(context, &mut found);
        named(context, &mut found, findings);
        for expiring in found.into_values() {
            findings.add(observation(&expiring, context.now));
        }
    }
}

fn expires_soon(end: Timestamp, now: Timestamp) -> bool {
    end.since(now).is_some_and(|left| left <= SOON)
}

/// The certificates that the logs show in use.
fn offered<'a>(context: &CheckContext<'a>, found: &mut BTreeMap<String, Expiring<'a>>) {
    let Some(analysis) = context.logs else {
        return;
    };
    for history in offers(analysis) {
        let Some(offer) = history.current() else {
            continue;
        };
        let certificate = offer.certificate;
        let exported = context.exported(certificate);
        let end = certificate
            .not_after
            .or_else(|| exported.and_then(|known| known.certificate.not_after));
        let Some(end) = end.filter(|end| expires_soon(*end, context.now)) else {
            continue;
        };
        let user = Use {
            send_connector: history.send_connector.to_owned(),
            on: Some(history.stream_name.to_owned()),
        };
        let proof = offer.evidence.map(|row| Proof::Log(row.clone()));
        note(found, certificate, end, user, proof);
    }
}

/// The certificates that exports name, for send connectors that the logs do not show.
fn named<'a>(
    context: &CheckContext<'a>,
    found: &mut BTreeMap<String, Expiring<'a>>,
    findings: &mut CheckOutput,
) {
    for connector in context.to_exchange_online() {
        let seen = context
            .logs
            .is_some_and(|analysis| analysis.reaches_exchange_online(&connector.name));
        let name = connector.tls_certificate_name.value();
        let Some(name) = name.and_then(Option::as_deref).filter(|_| !seen) else {
            continue;
        };
        let Some(wanted) = NamedCertificate::parse(name) else {
            continue;
        };
        let on_servers = matching(context, connector, &wanted);
        let mut near: Vec<&ExchangeCertificate> = Vec::new();
        for own in on_servers.values() {
            if let Some(lost) = own.iter().find(|one| one.certificate.not_after.is_none()) {
                let thumbprint = lost.certificate.thumbprint.as_deref().unwrap_or_default();
                findings.mark_undetermined(
                    &CertificateExpiresSoon::META,
                    Subject::Certificate {
                        thumbprint: thumbprint.to_owned(),
                    },
                    "NotAfter",
                );
                continue;
            }
            // Of several on one server, the one that expires last counts: it is the renewal.
            let last = own.iter().max_by_key(|one| one.certificate.not_after);
            let soon = |one: &&ExchangeCertificate| {
                let end = one.certificate.not_after;
                end.is_some_and(|end| expires_soon(end, context.now))
            };
            near.extend(last.copied().filter(soon));
        }
        let everywhere = near.len() == on_servers.len();
        if !everywhere && !near.is_empty() && source_servers(connector).is_empty() {
            let about = Subject::send(connector);
            let entry = &CertificateExpiresSoon::META;
            findings.mark_undetermined(entry, about, "SourceTransportServers");
            continue;
        }
        for known in near {
            let server = known.server.clone().filter(|_| !everywhere);
            let user = Use {
                send_connector: connector.name.clone(),
                on: server,
            };
            let end = known.certificate.not_after.unwrap_or(context.now);
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

/// The named certificates by server, without servers that are not source servers. A certificate of
/// an unknown server belongs to the only source server, or else to a server of its own.
fn matching<'a>(
    context: &CheckContext<'a>,
    connector: &SendConnector,
    wanted: &NamedCertificate<'_>,
) -> BTreeMap<String, Vec<&'a ExchangeCertificate>> {
    let alone = source_servers(connector).len() == 1;
    let mut servers: BTreeMap<String, Vec<&ExchangeCertificate>> = BTreeMap::new();
    for known in &context.on_premises.certificates {
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
    found: &mut BTreeMap<String, Expiring<'a>>,
    certificate: &'a Certificate,
    end: Timestamp,
    user: Use,
    proof: Option<Proof>,
) {
    let key = wording::certificate(certificate);
    let expiring = found.entry(key).or_insert_with(|| Expiring {
        certificate,
        end,
        uses: Vec::new(),
        proof: Vec::new(),
    });
    // Two exports may contain the same connector, and two servers the same certificate.
    if !expiring.uses.contains(&user) {
        expiring.uses.push(user);
        expiring.proof.extend(proof);
    }
}

fn observation(expiring: &Expiring<'_>, now: Timestamp) -> Finding {
    let left = expiring.end.since(now).unwrap_or(0);
    let when = match left {
        left if left < 0 => "expired".to_owned(),
        left if left < DAY => "expires within a day,".to_owned(),
        left => match left / DAY {
            1 => "expires in 1 day,".to_owned(),
            days => format!("expires in {days} days,"),
        },
    };
    let uses: Vec<String> = expiring.uses.iter().map(Use::to_string).collect();
    let message = format!(
        "{} {when} at {}. It is used by send connector {}.",
        wording::certificate(expiring.certificate),
        expiring.end.rfc3339().unwrap_or_default(),
        uses.join(", "),
    );
    let subject = expiring.certificate.subject.as_deref();
    let subject = subject.or(expiring.certificate.thumbprint.as_deref());
    let mut observation = Finding::of(
        &CertificateExpiresSoon::META,
        subject.unwrap_or_default(),
        message,
    );
    observation.proof.clone_from(&expiring.proof);
    let first = expiring.uses.first();
    let name = first.map_or("", |first| first.send_connector.as_str());
    observation
        .fix(Fix::step(
            "1. Renew the certificate, if possible with the same names and from the same authority. 2. Check the new certificate file with `sendlens preflight`. 3. Import the new certificate, with its private key, on every source server of the send connector. 4. Enable it for SMTP there.",
        ))
        .fix(command::offer_another(
            name,
            "the renewed certificate",
            "Run this last, when the renewed certificate is on every source server and the inbound connector expects its name. It switches the send connector to the renewed certificate.",
        ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onprem::OnPremises;
    use crate::scenario::exports::{
        exchange_certificate, of_exports, of_logs, on_premises, send_connector,
    };
    use crate::scenario::logs::Session;
    use crate::tenant::Known;

    fn session(valid: &'static str) -> Session {
        Session {
            valid,
            ..Session::default()
        }
    }

    fn in_logs(sessions: &[Session]) -> Vec<Finding> {
        of_logs(
            &CertificateExpiresSoon,
            sessions,
            &[],
            &OnPremises::default(),
        )
        .findings
    }

    #[test]
    fn fires_on_what_the_log_shows_in_use() {
        let found = in_logs(&[session("2026-01-01T00:00:00.000Z 2026-11-20T00:00:00.000Z")]);
        assert_eq!(found.len(), 1);
        assert!(
            found[0].message.contains("expires in 16 days"),
            "{}",
            found[0].message
        );
        assert!(found[0].message.contains("'Out' on EX01"));
        let found = in_logs(&[session("2026-01-01T00:00:00.000Z 2026-11-01T00:00:00.000Z")]);
        assert!(found[0].message.contains(" expired at 2026-11-01"));
    }

    #[test]
    fn stays_silent_on_a_later_expiry_and_on_what_has_been_replaced() {
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
        let mut expiring = exchange_certificate('A');
        expiring.certificate.not_after = Timestamp::parse(b"2026-11-30T00:00:00.000Z");
        let own = on_premises(vec![send_connector()], vec![expiring.clone()]);
        let found = of_exports(&CertificateExpiresSoon, &[], &own).findings;
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].subject, "CN=mail.contoso.com");
        let renewed = on_premises(
            vec![send_connector()],
            vec![expiring.clone(), exchange_certificate('B')],
        );
        assert!(
            of_exports(&CertificateExpiresSoon, &[], &renewed)
                .findings
                .is_empty()
        );
        expiring.certificate.not_after = None;
        let lost = on_premises(vec![send_connector()], vec![expiring]);
        let findings = of_exports(&CertificateExpiresSoon, &[], &lost);
        assert!(findings.findings.is_empty());
        assert_eq!(findings.undetermined[0].missing.name(), "NotAfter");
    }

    fn expiring() -> ExchangeCertificate {
        let mut expiring = exchange_certificate('A');
        expiring.certificate.not_after = Timestamp::parse(b"2026-11-30T00:00:00.000Z");
        expiring
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
        let certificates = vec![on("EX02", expiring()), renewed.clone()];
        let own = on_premises(vec![both.clone()], certificates.clone());
        let found = of_exports(&CertificateExpiresSoon, &[], &own).findings;
        assert_eq!(found.len(), 1);
        assert!(
            found[0].message.ends_with("send connector 'Out' on EX02."),
            "{}",
            found[0].message
        );
        let elsewhere = vec![expiring(), on("EX03", renewed)];
        let own = on_premises(vec![send_connector()], elsewhere);
        let found = of_exports(&CertificateExpiresSoon, &[], &own).findings;
        assert_eq!(found.len(), 1);
        let lost = SendConnector {
            source_servers: Known::Lost,
            ..both
        };
        let own = on_premises(vec![lost], certificates);
        let found = of_exports(&CertificateExpiresSoon, &[], &own);
        assert!(found.findings.is_empty());
        assert_eq!(
            found.undetermined[0].missing.name(),
            "SourceTransportServers"
        );
    }

    #[test]
    fn a_connector_of_two_exports_is_named_once_and_the_order_of_parts_is_no_difference() {
        let second = SendConnector {
            file: "send2.json".to_owned(),
            ..send_connector()
        };
        let mut turned = expiring();
        turned.certificate.issuer = Some("O=Example, CN=Example CA".to_owned());
        let own = on_premises(vec![send_connector(), second], vec![turned]);
        let found = of_exports(&CertificateExpiresSoon, &[], &own).findings;
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].message.matches("'Out'").count(), 1);
        assert_eq!(found[0].proof.len(), 1);
    }
}
