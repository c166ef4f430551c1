//! One kind of rejection or TLS failure, and the questions that causes ask about it.
//!
//! In: an occurrence and the [`Analysis`]. Out: answers.
//! Must not choose among causes. If an answer needs a missing value, the answer is "no".

use std::net::IpAddr;

use crate::aggregate::flow::{CertificateId, Flow};
use crate::aggregate::intern::Name;
use crate::aggregate::occurrence::{Kind, Occurrence, SenderKind, Step, TlsState};
use crate::attribution::accepted;
use crate::attribution::judgement::{ConnectorView, Judgement};
use crate::attribution::simulation::Sender;
use crate::diagnosis::analysis;
use crate::diagnosis::analysis::{Analysis, Group};
use crate::diagnosis::send_connector;
use crate::diagnosis::subject::stream_label;
use crate::input::timestamp::Timestamp;
use crate::language::sentences;
use crate::onprem::SendConnector;
use crate::smtp::certificate::Certificate;
use crate::smtp::microsoft;
use crate::smtp::reply::Class;
use crate::tenant::{Known, Tenant};

/// The tenant and inbound connector that decide a rejection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deciding {
    /// The tenant's name.
    pub tenant: String,
    /// The connector's name; `None` if only the tenant is known.
    pub connector: Option<String>,
    /// When the connector was changed, if known.
    pub changed: Option<chrono::DateTime<chrono::Utc>>,
}

/// One kind of rejection or TLS failure, with everything that is known about it.
#[derive(Debug, Clone, Copy)]
pub struct CauseContext<'a> {
    /// The whole input.
    pub analysis: &'a Analysis<'a>,
    /// What happened.
    pub occurrence: &'a Occurrence,
    /// The sessions in which it happened.
    pub flow: &'a Flow,
    /// Which connectors match these sessions.
    pub judgement: &'a Judgement<'a>,
}

impl<'a> CauseContext<'a> {
    /// The context of an occurrence.
    pub fn new(analysis: &'a Analysis<'a>, occurrence: &'a Occurrence) -> CauseContext<'a> {
        let flow = occurrence.key.flow;
        CauseContext {
            analysis,
            occurrence,
            flow: &analysis.aggregate.flows[flow],
            judgement: &analysis.judgements[flow],
        }
    }

    /// The class of the rejection; `None` for a failure without a reply.
    pub fn class(&self) -> Option<Class> {
        match self.occurrence.key.kind {
            Kind::Reply { class, .. } => Some(class),
            _ => None,
        }
    }

    /// Whether what this side offers may be the reason: Exchange Online did not recognise the
    /// organisation or did not accept its TLS, TLS failed, or the session was dropped behind
    /// STARTTLS.
    pub fn concerns_our_side(&self) -> bool {
        match self.occurrence.key.kind {
            Kind::Reply { class, .. } => class.is_attribution() || class == Class::TlsDemanded,
            Kind::TlsFailure => true,
            Kind::Dropped(step) => step >= Step::StartTls,
            Kind::NotConnected | Kind::NothingDelivered => false,
        }
    }

    /// Whether the session was dropped.
    pub fn is_dropped(&self) -> bool {
        matches!(self.occurrence.key.kind, Kind::Dropped(_))
    }

    /// Whether TLS itself failed, or Exchange Online did not accept the TLS that was offered.
    pub fn is_about_tls(&self) -> bool {
        self.class() == Some(Class::TlsDemanded) || self.occurrence.key.kind == Kind::TlsFailure
    }

    /// Whether somebody looks at the certificate: TLS itself is what failed, an enabled OnPremises
    /// connector of some tenant has a certificate name, or no export of inbound connectors was
    /// given. Where only addresses or Partner connectors identify mail, the certificate is not what
    /// is wrong.
    pub fn certificate_matters(&self) -> bool {
        let mut views = self.judgement.views.iter();
        self.is_about_tls()
            || !self.analysis.has_exports()
            || views.any(|view| {
                let name = &view.connector.tls_sender_certificate_name;
                view.may_be_active() && *name != Known::Value(None)
            })
    }

    /// Whether it is a rejection of an attribution class.
    pub fn is_unattributed(&self) -> bool {
        self.class().is_some_and(Class::is_attribution)
    }

    /// Whether the reply carries ATTR36: Exchange Online saw a certificate or sender, but its
    /// domain is not accepted.
    pub fn has_attr36(&self) -> bool {
        match self.occurrence.key.kind {
            Kind::Reply {
                attr: Some(attr), ..
            } => self.text(attr) == "36",
            _ => false,
        }
    }

    /// A string of the aggregate.
    pub fn text(&self, name: Name) -> &'a str {
        self.analysis.aggregate.names.text(name)
    }

    /// The send connector.
    pub fn send_connector(&self) -> &'a str {
        self.text(self.flow.key.connector)
    }

    /// The certificate offered, if one is known.
    pub fn certificate(&self) -> Option<&'a Certificate> {
        self.analysis.certificate(self.flow.key.certificate)
    }

    /// Whether the log shows that no certificate was offered.
    pub fn offered_none(&self) -> bool {
        self.flow.key.certificate == CertificateId::Absent
    }

    /// The state of TLS.
    pub fn tls(&self) -> &TlsState {
        &self.occurrence.key.tls
    }

    /// The source address that Exchange Online saw.
    pub fn source(&self) -> Option<IpAddr> {
        analysis::source(self.analysis.aggregate, self.flow)
    }

    /// Whether the address that the other side saw is proven to be that of this server: more than one
    /// session shows it, the other side is Exchange Online by its certificate where the log has it,
    /// and no such session of this server shows another address.
    pub fn source_is_proven(&self) -> bool {
        let own = self.flow.key;
        let Some(sources) = self.analysis.lookup.sources.get(&own.stream) else {
            return false;
        };
        let shown = sources.shown.get(&own.source).copied();
        let (sessions, by_certificate) = shown.unwrap_or_default();
        let issuer = self.tls().remote_issuer.map(|issuer| self.text(issuer));
        let is_microsofts = issuer.is_none_or(microsoft::is_issuer);
        let contradicted = sources.proven.iter().any(|source| *source != own.source);
        sessions > 1 && is_microsofts && (by_certificate || !contradicted)
    }

    /// The source address as logged, or a phrase if none is known.
    pub fn source_text(&self) -> String {
        self.flow.key.source.map_or_else(
            || address_not_shown(self.analysis.language),
            |name| self.text(name).to_owned(),
        )
    }

    /// The sender, for the simulation.
    pub fn sender(&self) -> Sender<'a> {
        match self.occurrence.key.sender {
            SenderKind::Unknown | SenderKind::Many => Sender::Unknown,
            SenderKind::Null => Sender::Null,
            SenderKind::Domain(name) => Sender::Domain(self.text(name)),
        }
    }

    /// Whether the sender's domain is accepted in a tenant; `None` if that cannot be determined.
    pub fn sender_accepted(&self, tenant: &Tenant) -> Option<bool> {
        match self.sender() {
            Sender::Unknown => None,
            Sender::Null => accepted::accepts_sender(tenant, None),
            Sender::Domain(domain) => accepted::accepts_sender(tenant, Some(domain)),
        }
    }

    /// All sessions of this send connector and certificate.
    pub fn group(&self) -> Option<&'a Group> {
        self.analysis.group(self.flow)
    }

    /// The times of the first and the last session of this send connector and certificate in a
    /// stream.
    pub fn period_on(&self, stream: usize) -> (Timestamp, Timestamp) {
        let key = (self.flow.key.connector, self.flow.key.certificate, stream);
        let period = self.analysis.lookup.periods.get(&key).copied();
        period.unwrap_or((Timestamp::UNKNOWN, Timestamp::UNKNOWN))
    }

    /// The streams in which this send connector got replies of the same class.
    pub fn streams_with_this_class(&self) -> Vec<String> {
        let analysis = self.analysis;
        let same = analysis.kinds_of(self.flow.key.connector).filter(|other| {
            let class = match other.key.kind {
                Kind::Reply { class, .. } => Some(class),
                _ => None,
            };
            class == self.class()
        });
        let streams = same.map(|other| analysis.aggregate.flows[other.key.flow].key.stream);
        let names = streams.filter_map(|stream| analysis.streams.get(stream));
        let labels = names.map(|stream| stream_label(analysis.language, &stream.name));
        let mut names: Vec<String> = labels.collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The servers on which sessions of this send connector and certificate failed in TLS with the same
    /// error, as commands name them.
    pub fn servers_with_the_same_failure(&self) -> Vec<&'a str> {
        let analysis = self.analysis;
        let own = self.flow.key;
        let same = analysis.kinds_of(own.connector).filter(|other| {
            let key = analysis.aggregate.flows[other.key.flow].key;
            key.certificate == own.certificate && other.key.tls.error == self.tls().error
        });
        let streams = same.map(|other| {
            analysis.aggregate.flows[other.key.flow]
                .key
                .offering_stream()
        });
        let servers = streams.map(|stream| analysis.server_name(stream).unwrap_or("<server>"));
        let mut servers: Vec<&str> = servers.collect();
        servers.sort_unstable();
        servers.dedup();
        servers
    }

    /// The last rejection of an attribution class for this send connector and certificate.
    pub fn last_rejection(&self) -> Timestamp {
        let last = self.group().and_then(|group| group.last_rejection);
        last.unwrap_or(self.occurrence.last)
    }

    /// Whether the tenant identifies senders by address, so that TLS and certificate do not matter.
    pub fn identifies_by_address(&self) -> bool {
        self.judgement.identifies_by_address()
    }

    /// The time of the first occurrence.
    pub fn first(&self) -> Timestamp {
        self.occurrence.first
    }

    /// This connector as the deciding one.
    pub fn deciding(view: &ConnectorView<'_>) -> Option<Deciding> {
        Some(Deciding {
            tenant: view.tenant.name.clone(),
            connector: Some(view.connector.name.clone()),
            changed: view.connector.when_changed.value().copied(),
        })
    }

    /// The exports of the send connector.
    pub fn send_connector_exports(&self) -> impl Iterator<Item = &'a SendConnector> + use<'a> {
        self.analysis.exports_of(self.send_connector())
    }

    /// The smart host or routing domain by which the send connector sends to a tenant that is none of
    /// the given ones, by its exports.
    pub fn missing_tenant(&self) -> Option<String> {
        let tenants = self.analysis.tenants;
        self.send_connector_exports()
            .find_map(|connector| send_connector::foreign_destination(connector, tenants))
    }

    /// The enabled OnPremises connector with a certificate name that most likely should match: the
    /// only one of the tenant that the send connector sends to, one that matches with the verdict
    /// `uncertain`, or the only one whose tenant accepts the sender.
    pub fn expected_connector(&self) -> Option<&'a ConnectorView<'a>> {
        let judgement = self.judgement;
        let tenants = self.analysis.tenants;
        let destination = self
            .send_connector_exports()
            .find_map(|connector| send_connector::tenant_of(connector, tenants));
        let is_meant = |view: &&ConnectorView<'a>| {
            view.has_name() && destination.is_none_or(|tenant| view.tenant.name == tenant)
        };
        let named: Vec<&ConnectorView<'a>> = judgement.active().filter(is_meant).collect();
        if let [only] = *named.as_slice() {
            return Some(only);
        }
        let uncertain = named.iter().find(|view| view.is_uncertain());
        let mut by_sender = named
            .iter()
            .filter(|view| self.sender_accepted(view.tenant) == Some(true));
        uncertain
            .or_else(|| by_sender.next().filter(|_| by_sender.next().is_none()))
            .copied()
    }
}

sentences! {
    /// The source address, where the log does not show it.
    fn address_not_shown() {
        en: "an address that the log does not show",
        ja: "不明な IP アドレス (ログに記録なし)" ["5fecec6b"],
    }
}
