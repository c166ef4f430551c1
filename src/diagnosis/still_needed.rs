//! Who still needs the certificate name that an inbound connector expects today.
//!
//! In: an inbound connector, a new certificate and its name, the logs and the exports. Out: who still
//! needs the old name, in words.
//! Must not decide which name is right. In doubt somebody needs it: a second connector harms nobody,
//! and a changed one shuts out whoever has not changed.

use std::collections::{BTreeMap, BTreeSet};

use crate::aggregate::flow::{CertificateId, Flow};
use crate::aggregate::intern::Name;
use crate::attribution::connector_name::ConnectorName;
use crate::attribution::judgement::{ConnectorView, Judgement};
use crate::attribution::name_match::{self, CertificateNames, NameVerdict, Strictness};
use crate::diagnosis::analysis::Analysis;
use crate::diagnosis::cause_context::CauseContext;
use crate::diagnosis::lanes::{Lane, Logged, Offered};
use crate::diagnosis::out_of_step;
use crate::diagnosis::subject::stream_place;
use crate::diagnosis::transport_certificate::{NamedCertificate, common_name, same_server};
use crate::language::sentences;
use crate::onprem::SendConnector;
use crate::smtp::certificate::Certificate;

/// Who still needs the name that the connector of `view` expects, when it is to expect `name` for the
/// certificate of `context` instead. `None` if nobody does.
pub fn needed_by(
    context: &CauseContext<'_>,
    view: &ConnectorView<'_>,
    name: &str,
) -> Option<String> {
    let question = Question {
        context,
        view,
        new: ConnectorName::parse(name),
    };
    let mut views = context.judgement.views.iter();
    let place = views.position(|known| std::ptr::eq(known.connector, view.connector));
    let known = place.and_then(|place| context.analysis.logged.get(place));
    let own;
    let logged = match known {
        Some(known) => known.get_or_init(|| question.logged()),
        None => {
            own = question.logged();
            &own
        }
    };
    let by_log = question.by_log(logged);
    let by_log = by_log.or_else(|| question.other_way());
    let by_export = by_log.or_else(|| question.by_export(logged));
    by_export.or_else(|| {
        let some_left_out = context.analysis.lookup.some_left_out;
        some_left_out.then(|| left_out_may_need(context.analysis.language))
    })
}

struct Question<'q> {
    context: &'q CauseContext<'q>,
    view: &'q ConnectorView<'q>,
    new: ConnectorName,
}

impl Question<'_> {
    /// Every lane of the logs, also before the period asked for.
    fn logged(&self) -> Logged {
        let analysis = self.context.analysis;
        let lookup = &analysis.lookup;
        let connectors = lookup.flows.keys().chain(lookup.earlier.keys());
        let connectors: BTreeSet<Name> = connectors.copied().collect();
        let mut lanes: BTreeMap<Lane, Offered> = BTreeMap::new();
        for connector in connectors {
            for (flow, judgement) in analysis.history_of(connector) {
                if analysis.certificate(flow.key.certificate).is_some() {
                    let lane = (flow.key.stream, connector);
                    self.add(lanes.entry(lane).or_default(), flow, judgement);
                }
            }
        }
        let mut known = BTreeSet::new();
        let demanding = lanes.iter().filter(|(_, lane)| {
            let latest = lane.latest.map(|(id, _)| id);
            (lane.matched || lane.rejected) && known.insert(latest)
        });
        let demanding = demanding.map(|(lane, _)| *lane).collect();
        let mut streams: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (stream, connector) in lanes.keys() {
            let name = analysis.aggregate.names.text(*connector);
            let same = streams.entry(name.to_ascii_lowercase()).or_default();
            same.push(*stream);
        }
        Logged {
            lanes,
            demanding,
            streams,
        }
    }

    fn add(&self, lane: &mut Offered, flow: &Flow, judgement: &Judgement<'_>) {
        let mut views = judgement.views.iter();
        lane.matched |= views.any(|other| {
            std::ptr::eq(other.connector, self.view.connector) && other.matches_by_name()
        });
        if lane.latest.is_none_or(|(_, last)| last <= flow.last) {
            lane.latest = Some((flow.key.certificate, flow.last));
            let group = self.context.analysis.group(flow);
            let refused = group.is_some_and(|group| group.last_rejection.is_some());
            lane.rejected = refused && judgement.surely_none_matches();
        }
    }

    /// Whether a certificate is the new one, or has its name too.
    fn is_new(&self, certificate: &Certificate, id: Option<CertificateId>) -> bool {
        let own = self.context.certificate();
        // A redacted thumbprint is the same on every certificate.
        let thumbprint = |one: &Certificate| {
            let text = one.thumbprint.clone();
            text.filter(|text| text.bytes().all(|byte| byte.is_ascii_hexdigit()))
        };
        let same = own.is_some_and(|own| {
            thumbprint(own).is_some() && thumbprint(own) == thumbprint(certificate)
        });
        same || id == Some(self.context.flow.key.certificate) || matches(&self.new, certificate)
    }

    fn is_old(&self, certificate: &Certificate) -> bool {
        self.view
            .name
            .as_ref()
            .is_some_and(|name| matches(name, certificate))
    }

    /// A lane that has not changed to the new certificate, and that needs the old name or yet another
    /// one.
    fn by_log(&self, logged: &Logged) -> Option<String> {
        let analysis = self.context.analysis;
        let lanes = logged.demanding.iter();
        let mut lanes = lanes.map(|place| (place, &logged.lanes[place]));
        let ((stream, connector), lane) = lanes.find(|(_, lane)| {
            let latest = lane.latest.map(|(id, _)| id);
            let certificate = latest.and_then(|id| analysis.certificate(id));
            !certificate.is_some_and(|found| self.is_new(found, latest))
        })?;
        let place = stream_place(analysis.language, &analysis.streams.get(*stream)?.name);
        let connector = self.context.text(*connector);
        Some(if lane.matched {
            needs_it(analysis.language, connector, &place)
        } else {
            needs_another_name(analysis.language, connector, &place)
        })
    }

    /// Another incident of this send connector, whose fix brings the old certificate back.
    fn other_way(&self) -> Option<String> {
        let analysis = self.context.analysis;
        let connector = self.context.flow.key.connector;
        let stream = out_of_step::beside(analysis, connector, self.view.connector)?;
        let place = stream_place(analysis.language, &analysis.streams.get(stream)?.name);
        let connector = self.context.send_connector();
        Some(comes_back(analysis.language, connector, &place))
    }

    /// A send connector or source server that by the exports has only an old certificate, and whose
    /// logs do not show otherwise.
    fn by_export(&self, lanes: &Logged) -> Option<String> {
        let own = self.context.analysis.on_premises;
        let mut connectors = own.send_connectors.iter();
        connectors.find_map(|connector| {
            let disabled = connector.enabled.value() == Some(&false);
            let elsewhere = connector.goes_to_exchange_online() == Some(false)
                || connector.goes_to_named_hosts();
            if disabled || elsewhere {
                return None;
            }
            self.of_server(connector, lanes)
                .or_else(|| self.of_connector(connector, lanes))
        })
    }

    /// A source server that is not in the logs of the connector and has a certificate with the old
    /// name, but none with the new one.
    fn of_server(&self, connector: &SendConnector, lanes: &Logged) -> Option<String> {
        let own = self.context.analysis.on_premises;
        let mut servers = connector.source_servers.value()?.iter();
        let server = servers.find(|server| {
            let there = || {
                let known = own.certificates.iter();
                known
                    .filter(|one| {
                        let known = one.server.as_deref();
                        known.is_some_and(|known| same_server(known, server))
                    })
                    .map(|one| &one.certificate)
            };
            !is_logged(self.context.analysis, lanes, connector, Some(server))
                && self.may_offer_old(connector)
                && there().any(|one| self.is_old(one))
                && !there().any(|one| self.is_new(one, None))
        })?;
        let language = self.context.analysis.language;
        Some(has_only_old(language, server, &connector.name))
    }

    /// Whether the connector names a certificate with the old name, or leaves the choice to Exchange.
    fn may_offer_old(&self, connector: &SendConnector) -> bool {
        let name = connector.tls_certificate_name.value();
        let name = name.and_then(Option::as_deref);
        name.is_none_or(|name| self.is_own(connector) || self.names_old(name))
    }

    fn is_own(&self, connector: &SendConnector) -> bool {
        let own = self.context.send_connector();
        connector.name.eq_ignore_ascii_case(own)
    }

    /// Another send connector that names a certificate with the old name and none with the new one.
    fn of_connector(&self, connector: &SendConnector, lanes: &Logged) -> Option<String> {
        let name = connector.tls_certificate_name.value()?.as_deref()?;
        let logged = is_logged(self.context.analysis, lanes, connector, None);
        let needs =
            !self.is_own(connector) && !logged && self.names_old(name) && !self.names_new(name);
        needs.then(|| connector_needs_it(self.context.analysis.language, &connector.name))
    }

    fn names_old(&self, name: &str) -> bool {
        self.meant(name).iter().any(|one| self.is_old(one))
    }

    fn names_new(&self, name: &str) -> bool {
        self.meant(name).iter().any(|one| self.is_new(one, None))
    }

    /// The certificates of exports and logs that a name means; without any, what the name itself says.
    fn meant(&self, text: &str) -> Vec<Certificate> {
        let Some(name) = NamedCertificate::parse(text) else {
            return Vec::new();
        };
        let mut found: Vec<Certificate> = self
            .context
            .analysis
            .with_common_name_of(name.subject)
            .filter(|one| name.means(one) == Some(true))
            .cloned()
            .collect();
        if found.is_empty() {
            found.push(Certificate {
                subject: Some(name.subject.to_owned()),
                issuer: name.issuer.map(str::to_owned),
                names: common_name(name.subject).into_iter().collect(),
                ..Certificate::default()
            });
        }
        found
    }
}

/// Whether the logs show what a send connector offers, on this server or on any.
fn is_logged(
    analysis: &Analysis<'_>,
    logged: &Logged,
    connector: &SendConnector,
    server: Option<&str>,
) -> bool {
    let streams = logged.streams.get(&connector.name.to_ascii_lowercase());
    let mut streams = streams.into_iter().flatten();
    streams.any(|stream| {
        server.is_none_or(|server| {
            let known = analysis.server(*stream).unwrap_or_default();
            known.split('/').any(|part| same_server(part, server))
        })
    })
}

fn matches(name: &ConnectorName, certificate: &Certificate) -> bool {
    let names = CertificateNames::of(certificate);
    name_match::compare(name, &names, Strictness::Table).verdict == NameVerdict::Match
}

sentences! {
    /// Who needs the name, as a clause: sessions that were not looked at.
    fn left_out_may_need() {
        en: "sessions that were left out on request (--connector, --since, --until) may need it",
        ja: "オプション (--connector、--since、--until) で除外したセッションが、現在の名前を必要としている可能性があります" ["c0c1b433"],
    }
    /// Who needs the name, as a clause: a send connector on a server.
    fn needs_it(connector: &str, place: &str) {
        en: "'{connector}' {place} still needs it",
        ja: "{place}送信コネクタ「{connector}」が現在の名前をまだ必要としています" ["8c0456ff"],
    }
    /// Who needs the name, as a clause: a send connector on a server that needs yet another one.
    fn needs_another_name(connector: &str, place: &str) {
        en: "'{connector}' {place} offers another certificate, which needs a name of its own",
        ja: "{place}送信コネクタ「{connector}」が別の証明書を提示しており、その証明書には別の名前が必要です" ["afe4b531"],
    }
    /// Who needs the name, as a clause: a send connector whose fix is the other way round.
    fn comes_back(connector: &str, place: &str) {
        en: "the fix of another incident lets '{connector}' {place} offer the old certificate again",
        ja: "別のインシデントの対処により、{place}送信コネクタ「{connector}」が古い証明書を再び提示するようになります" ["767175f2"],
    }
    /// Who needs the name, as a clause: a server without the new certificate.
    fn has_only_old(server: &str, connector: &str) {
        en: "server {server} of '{connector}' has only a certificate with the old name",
        ja: "送信コネクタ「{connector}」のサーバー {server} には、古い名前の証明書しかありません" ["bb0d6974"],
    }
    /// Who needs the name, as a clause: a send connector.
    fn connector_needs_it(connector: &str) {
        en: "send connector '{connector}' still needs it",
        ja: "送信コネクタ「{connector}」が現在の名前をまだ必要としています" ["ac26b747"],
    }
}
