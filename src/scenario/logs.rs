//! Makes logs and tenants for the tests of causes and checks.
//!
//! In: sessions and tenants that a test describes. Out: the rows of a log, run through the real
//! stages up to the [`Analysis`], and what one cause or all causes make of it.
//! Must not be used outside tests.

use crate::aggregate::{Aggregate, FrontEndsAlone, Totals};
use crate::attribution::name_match::Strictness;
use crate::causes::CAUSES;
use crate::diagnosis::analysis::Analysis;
use crate::diagnosis::cause::{Cause, Diagnosis};
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::{destination, outage};
use crate::input::corpus::Stream;
use crate::input::header::Layout;
use crate::input::lines;
use crate::language::Language;
use crate::onprem::OnPremises;
use crate::session::Session as Assembled;
use crate::session::assembly::ChunkAssembler;
use crate::session::join::{Joined, Joiner};
use crate::smtp::digest::SmtpDigest;
use crate::tenant::{AcceptedDomain, ConnectorType, InboundConnector, Known, Tenant, address};

/// The usual rejection.
pub(crate) const DENIED: &str =
    "550 5.7.64 TenantAttribution; Relay Access Denied [AM0PR01MB0001.eurprd01.prod.outlook.com]";
/// The reply that accepts a recipient.
pub(crate) const TAKEN: &str = "250 2.1.5 Recipient OK";

/// What happens to STARTTLS in a session.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Starttls {
    Used,
    NotOffered,
    NotUsed,
    Failed(&'static str),
    /// Our own side does not trust the certificate of the other side.
    Distrusted(&'static str),
}

/// How a session ends.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Ending {
    /// With QUIT.
    Quit,
    /// With a row that says who ended it, and no QUIT.
    Dropped(&'static str),
    /// No connection came about.
    NotConnected,
}

/// One session. The default is one of `EX01` that offers `mail.contoso.com` over TLS. Its one
/// recipient is rejected with [`DENIED`].
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) time: &'static str,
    pub(crate) stream: &'static str,
    pub(crate) connector: &'static str,
    pub(crate) names: &'static [&'static str],
    pub(crate) issuer: &'static str,
    pub(crate) valid: &'static str,
    pub(crate) source: &'static str,
    pub(crate) host: &'static str,
    pub(crate) remote_names: &'static str,
    pub(crate) remote_issuer: &'static str,
    pub(crate) starttls: Starttls,
    /// For each message: the sender, and the reply to its one recipient.
    pub(crate) mails: Vec<(&'static str, &'static str)>,
    pub(crate) start: bool,
    pub(crate) proxied: bool,
    pub(crate) ending: Ending,
}

impl Default for Session {
    fn default() -> Session {
        Session {
            time: "2026-11-03T02:00",
            stream: "EX01",
            connector: "Out",
            names: &["mail.contoso.com"],
            issuer: "CN=Example CA, O=Example",
            valid: "2026-01-01T00:00:00.000Z 2027-01-01T00:00:00.000Z",
            source: "203.0.113.7",
            host: "AM0.mail.protection.outlook.com",
            remote_names: "mail.protection.outlook.com",
            remote_issuer: "CN=DigiCert Cloud Services CA-1, O=DigiCert Inc, C=US",
            starttls: Starttls::Used,
            mails: vec![("a@contoso.com", DENIED)],
            start: true,
            proxied: false,
            ending: Ending::Quit,
        }
    }
}

/// A tenant with one enabled OnPremises connector that expects `certificate`.
pub(crate) fn tenant(certificate: Option<&str>, addresses: &[&str], domains: &[&str]) -> Tenant {
    let domains: Vec<AcceptedDomain> = domains.iter().map(|name| domain(name)).collect();
    Tenant {
        name: "contoso.onmicrosoft.com".to_owned(),
        connectors: vec![connector("Inbound from contoso", certificate, addresses)],
        connectors_exported: true,
        domains: Some(domains.into()),
        files: Vec::new(),
    }
}

/// The tenant whose connector matches the default session.
pub(crate) fn contoso() -> Tenant {
    tenant(
        Some("mail.contoso.com"),
        &[],
        &["contoso.com", "mail.contoso.com", "contoso.onmicrosoft.com"],
    )
}

pub(crate) fn connector(
    name: &str,
    certificate: Option<&str>,
    addresses: &[&str],
) -> InboundConnector {
    InboundConnector {
        guid: None,
        name: name.to_owned(),
        enabled: Known::Value(true),
        connector_type: Known::Value(ConnectorType::OnPremises),
        tls_sender_certificate_name: Known::Value(certificate.map(str::to_owned)),
        sender_ip_addresses: Known::Value(
            addresses.iter().map(|text| address::parse(text)).collect(),
        ),
        sender_domains: Known::Lost,
        associated_accepted_domains: Known::Lost,
        require_tls: Known::Value(true),
        restrict_domains_to_certificate: Known::Lost,
        restrict_domains_to_ip_addresses: Known::Lost,
        cloud_services_mail_enabled: Known::Lost,
        connector_source: Known::Lost,
        test_mode: Known::Lost,
        when_changed: Known::Lost,
        file: String::new(),
        line: None,
    }
}

fn domain(name: &str) -> AcceptedDomain {
    AcceptedDomain {
        name: name.to_owned(),
        domain_type: Known::Lost,
        match_subdomains: Known::Value(false),
        initial_domain: Known::Lost,
        pending: false,
        originating_server: None,
        file: String::new(),
    }
}

impl Session {
    /// The rows of the session as text.
    fn rows(&self, id: usize) -> String {
        let mut text = String::new();
        let mut number = 0;
        let mut add = |event: char, data: &str, context: &str| {
            let field = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
            let (time, stamp) = (self.time, format!("{:02}.000Z", number.min(59)));
            text.push_str(&format!(
                "{time}:{stamp},{},{id:016X},{},10.0.0.5:1,192.0.2.1:25,{event},{},{}\n",
                self.connector,
                number + usize::from(!self.start),
                field(data),
                field(context)
            ));
            number += 1;
        };
        if matches!(self.ending, Ending::NotConnected) {
            add('*', "", "attempting to connect");
            add(
                '*',
                "",
                "Failed to connect. Winsock error code: 10060, Win32 error code: 10060",
            );
            return text;
        }
        if self.start {
            self.greeting(&mut add);
        }
        if self.proxied {
            add(
                '>',
                "XPROXYTO PORT=25 DESTINATIONS=contoso-com.mail.protection.outlook.com",
                "",
            );
            add('<', "250 XProxyTo accepted", "");
        }
        if self.start && !matches!(self.starttls, Starttls::NotOffered | Starttls::NotUsed) {
            self.handshake(&mut add);
        }
        for (sender, reply) in &self.mails {
            add('>', &format!("MAIL FROM:<{sender}>"), "");
            add('<', "250 2.1.0 Sender OK", "");
            add('>', "RCPT TO:<someone@example.org>", "");
            add('<', reply, "");
            if reply.starts_with('2') {
                add('>', "BDAT 1 LAST", "");
                add('<', "250 2.6.0 Queued mail for delivery", "");
            }
        }
        if let Ending::Dropped(who) = self.ending {
            add('-', "", who);
            return text;
        }
        add('>', "QUIT", "");
        add('<', "221 2.0.0 Service closing transmission channel", "");
        add('-', "", "Local");
        text
    }

    fn greeting(&self, add: &mut impl FnMut(char, &str, &str)) {
        add('+', "", "");
        let host = self.host;
        add(
            '<',
            &format!("220 {host} Microsoft ESMTP MAIL Service ready"),
            "",
        );
        add('>', "EHLO mail.contoso.com", "");
        let offer = if matches!(self.starttls, Starttls::NotOffered) {
            ""
        } else {
            "STARTTLS "
        };
        add(
            '<',
            &format!("250  {host} Hello [{}] SIZE {offer}8BITMIME", self.source),
            "",
        );
    }

    fn handshake(&self, add: &mut impl FnMut(char, &str, &str)) {
        add('>', "STARTTLS", "");
        add('<', "220 2.0.0 SMTP server ready", "");
        let columns = "Subject Issuer name Serial number Thumbprint Not before Not after Subject alternate names";
        if let [first, ..] = self.names {
            let thumbprint = format!(
                "{:0>40}",
                first
                    .bytes()
                    .fold(String::new(), |text, byte| text + &format!("{byte:02X}"))
            );
            let thumbprint = &thumbprint[thumbprint.len() - 40..];
            let data = format!(
                " CN={first} {} 0A {thumbprint} {} {}",
                self.issuer,
                self.valid,
                self.names.join(";")
            );
            add('*', &data, &format!("Sending certificate {columns}"));
        }
        let data = format!(
            " CN={} {} 0B {:0>40} {} {}",
            self.remote_names, self.remote_issuer, "EE", self.valid, self.remote_names
        );
        add('*', &data, &format!("Remote certificate {columns}"));
        match self.starttls {
            Starttls::Failed(error) => add(
                '*',
                "",
                &format!("TLS negotiation failed with error {error}"),
            ),
            _ => add(
                '*',
                "",
                "TLS protocol SP_PROT_TLS1_2_CLIENT negotiation succeeded using AES",
            ),
        }
        if let Starttls::Distrusted(error) = self.starttls {
            let text = "Outbound TLS authentication failed for auth level DomainValidation";
            add('*', "", &format!("{text} with error {error}"));
        }
        if matches!(self.starttls, Starttls::Used) {
            add('>', "EHLO mail.contoso.com", "");
            add(
                '<',
                &format!("250  {} Hello [{}] SIZE 8BITMIME", self.host, self.source),
                "",
            );
        }
    }
}

fn aggregate(sessions: &[Session], streams: &[Stream]) -> Totals {
    let mut aggregate = Aggregate::default();
    for (stream, known) in streams.iter().enumerate() {
        let text: String = sessions
            .iter()
            .enumerate()
            .filter(|(_, session)| session.stream == known.name)
            .map(|(id, session)| session.rows(id + 1))
            .collect();
        let mut part = Aggregate::default();
        let mut chunk = ChunkAssembler::new(|session: &Assembled<SmtpDigest>| {
            part.add(stream, session);
            true
        });
        lines::read(text.as_bytes(), 0, Layout::default(), |rows, layout| {
            chunk.rows(rows, layout)
        });
        let mut joiner = Joiner::default();
        let pieces = chunk.finish();
        aggregate.merge(part);
        let mut take = |joined: Joined<'_, SmtpDigest>| {
            if let Joined::Session(session) = joined {
                aggregate.add(stream, &session);
            }
        };
        joiner.join(pieces, &mut take);
        joiner.finish(&mut take);
    }
    aggregate.finish(&[], FrontEndsAlone::Count)
}

/// Runs `ask` on the analysis of the sessions.
pub(crate) fn with_analysis<T>(
    sessions: &[Session],
    tenants: &[Tenant],
    on_premises: &OnPremises,
    ask: impl FnOnce(&Analysis<'_>) -> T,
) -> T {
    let mut names: Vec<&str> = sessions.iter().map(|session| session.stream).collect();
    names.sort_unstable();
    names.dedup();
    let streams: Vec<Stream> = names
        .into_iter()
        .map(|name| Stream {
            name: name.to_owned(),
            server: name.split('/').next().map(str::to_owned),
        })
        .collect();
    let mut aggregate = aggregate(sessions, &streams);
    destination::decide(&mut aggregate, on_premises);
    outage::decide(&mut aggregate);
    ask(&Analysis::new(
        &aggregate,
        &streams,
        tenants,
        on_premises,
        Strictness::Table,
        Language::English,
    ))
}

/// Runs `ask` on the context of each kind of rejection in the sessions.
fn with_contexts<T>(
    sessions: &[Session],
    tenants: &[Tenant],
    ask: impl Fn(&CauseContext<'_>) -> T,
) -> Vec<T> {
    with_analysis(sessions, tenants, &OnPremises::default(), |analysis| {
        let occurrences = analysis.aggregate.occurrences.iter();
        occurrences
            .map(|occurrence| ask(&CauseContext::new(analysis, occurrence)))
            .collect()
    })
}

/// What one cause finds if it runs alone.
pub(crate) fn findings(
    rule: &dyn Cause,
    sessions: &[Session],
    tenants: &[Tenant],
) -> Vec<Diagnosis> {
    with_contexts(sessions, tenants, |context| rule.check(context))
        .into_iter()
        .flatten()
        .collect()
}

/// The code of the cause that explains each kind of rejection, by precedence.
pub(crate) fn causes(sessions: &[Session], tenants: &[Tenant]) -> Vec<&'static str> {
    with_contexts(sessions, tenants, |context| {
        CAUSES
            .iter()
            .find(|rule| rule.check(context).is_some())
            .map_or("none", |rule| rule.meta().code)
    })
}
