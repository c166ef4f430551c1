//! All sessions have come: what waited for other sessions is decided.
//!
//! In: the [`Aggregate`] of everything. Out: [`Totals`].
//! Must not depend on the order in which sessions came: halves are matched and retries are decided
//! in an order that follows from the content.

use super::collect::{Aggregate, FrontEnd, Seen};
use super::failure::retried;
use super::flow::CertificateId;
use super::half::{self, Half};
use super::halves::{Found, FrontEndsAlone};
use super::occurrence::{Kind, Validity};
use super::occurrences::Unresolved;
use super::totals::Totals;

impl Aggregate {
    /// All sessions have been added. `servers` has the server of each stream, where it is known.
    pub fn finish(mut self, servers: &[Option<String>], alone: FrontEndsAlone) -> Totals {
        self.match_halves(servers, alone);
        let mut all = self.sorted();
        all.occurrences.limit_senders();
        all.occurrences.limit_rows();
        all.resolve_retries();
        let mut totals = Totals {
            names: all.names,
            certificates: all.certificates.into_list(),
            flows: all.flows.into_list(),
            earlier: all.earlier.into_list(),
            drop_lengths: all
                .drops
                .iter()
                .map(|(sender, drops)| (*sender, drops.length()))
                .collect(),
            sessions: all.sessions,
            sessions_left_out: all.sessions_left_out,
            exchange_online_sessions: all.exchange_online_sessions,
            sessions_by_stream: all.sessions_by_stream,
            activity: all.activity,
            long_sessions: all.long_sessions,
            ..Totals::default()
        };
        all.occurrences.finish(&mut totals);
        totals
    }

    fn match_halves(&mut self, servers: &[Option<String>], alone: FrontEndsAlone) {
        let matched = std::mem::take(&mut self.halves).matched(servers);
        matched.each(|found| match found {
            Found::Hub(hub, front_end) => self.count_hub(hub, front_end),
            Found::FrontEndAlone(half) if alone == FrontEndsAlone::Count => {
                self.count(Seen::at(half.stream()), &half.view());
            }
            Found::FrontEndAlone(_) => {}
        });
    }

    fn count_hub(&mut self, hub: &Half, front_end: Option<&Half>) {
        let seen = Seen {
            stream: hub.stream(),
            front_end: front_end.map_or(FrontEnd::Missing, |half| FrontEnd::At(half.stream())),
        };
        match front_end {
            Some(front_end) if hub.is_earlier() => {
                self.count_earlier(seen, &half::joined(hub, front_end));
            }
            None if hub.is_earlier() => {}
            Some(front_end) => {
                // A hub session that only its front end shows to be with Exchange Online has
                // not been counted as such.
                let late = front_end.is_with_exchange_online() && !hub.is_with_exchange_online();
                self.exchange_online_sessions += u64::from(late);
                self.count(seen, &half::joined(hub, front_end));
            }
            None => self.count(seen, &hub.view()),
        }
    }

    /// A session without TLS that follows a failed negotiation within a minute belongs to that
    /// failure. Which dropped sessions need a cause is decided later, with the exports.
    fn resolve_retries(&mut self) {
        let (flows, certificates) = (&self.flows, &self.certificates);
        let (failures, retries) = (&self.failures, &self.retries);
        self.occurrences.change(|one: &mut Unresolved| {
            let Some(start) = one.moment.take() else {
                return;
            };
            let occurrence = &mut one.occurrence;
            if matches!(occurrence.key.kind, Kind::Dropped(_) | Kind::NotConnected) {
                occurrence.key.stretch = Some(start);
                return;
            }
            let flow = flows.list()[occurrence.key.flow].key;
            let sender = (flow.stream, flow.connector);
            let length = retries.get(&sender).map_or(1, |retries| retries.length());
            let failures = failures.get(&sender);
            let Some(failure) = failures.and_then(|failures| retried(failures, start, length))
            else {
                return;
            };
            let certificate = match flows.list()[failure.flow].key.certificate {
                CertificateId::Known(number) => certificates.list().get(number as usize),
                CertificateId::Absent | CertificateId::Unknown => None,
            };
            let key = &mut occurrence.key;
            key.flow = failure.flow;
            key.tls = failure.tls;
            key.follows_failure = true;
            key.validity = Validity::of(certificate.map(AsRef::as_ref), occurrence.first);
            if occurrence.background.is_some() {
                occurrence.background = Some(failure.row.clone());
            }
        });
    }
}
