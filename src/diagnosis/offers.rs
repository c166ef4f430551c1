//! Which certificates each send connector offered to Exchange Online on each stream, in order of
//! time.
//!
//! In: the flows of an analysis. Out: [`OfferHistory`] in the order of send connector and stream.
//! Must not decide whether an offer is right. Sessions that offered no certificate, or whose
//! certificate the input does not show, are not an offer. [`OfferHistory::all_known`] is false if there
//! are sessions of the second kind.

use std::collections::BTreeMap;

use crate::aggregate::flow::CertificateId;
use crate::diagnosis::analysis::Analysis;
use crate::input::timestamp::Timestamp;
use crate::smtp::certificate::Certificate;
use crate::smtp::evidence::Evidence;

/// The certificates of one send connector and stream.
#[derive(Debug)]
pub struct OfferHistory<'a> {
    /// The send connector.
    pub send_connector: &'a str,
    /// Index of the stream.
    pub stream: usize,
    /// The name of the stream. `.` is the given folder.
    pub stream_name: &'a str,
    /// The certificates, by the time of their first session.
    pub offers: Vec<OfferPeriod<'a>>,
    /// Whether the certificate of every session is known.
    pub all_known: bool,
    /// The end of the last session that offered none. Unknown if there is none.
    pub last_without: Timestamp,
}

/// One certificate that was offered.
#[derive(Debug)]
pub struct OfferPeriod<'a> {
    /// The certificate.
    pub certificate: &'a Certificate,
    /// Its number in the analysis.
    pub id: CertificateId,
    /// The beginning of the first session.
    pub first: Timestamp,
    /// The end of the last session.
    pub last: Timestamp,
    /// The number of sessions.
    pub sessions: u64,
    /// The earliest row that shows it.
    pub evidence: Option<&'a Evidence>,
}

impl<'a> OfferHistory<'a> {
    /// The certificate in use, which is the one that the latest session offered.
    pub fn current(&self) -> Option<&OfferPeriod<'a>> {
        self.offers
            .iter()
            .max_by_key(|offer| (offer.last, offer.first))
    }
}

/// All offers of an analysis. A front end that sends for a server makes the offer.
pub fn offers<'a>(analysis: &'a Analysis<'_>) -> Vec<OfferHistory<'a>> {
    let names = &analysis.aggregate.names;
    let mut found: BTreeMap<(&str, usize), OfferHistory<'a>> = BTreeMap::new();
    let flows = analysis.aggregate.flows.iter();
    for flow in flows.filter(|flow| flow.exchange_online && flow.sessions > 0) {
        let send_connector = names.text(flow.key.connector);
        let stream = flow.key.offering_stream();
        let entry = found
            .entry((send_connector, stream))
            .or_insert_with(|| OfferHistory {
                send_connector,
                stream,
                stream_name: analysis
                    .streams
                    .get(stream)
                    .map_or("", |found| found.name.as_str()),
                offers: Vec::new(),
                all_known: true,
                last_without: Timestamp::UNKNOWN,
            });
        entry.all_known &= flow.key.certificate != CertificateId::Unknown;
        if flow.key.certificate == CertificateId::Absent {
            entry.last_without = entry.last_without.later(flow.last);
        }
        let Some(certificate) = analysis.certificate(flow.key.certificate) else {
            continue;
        };
        let id = flow.key.certificate;
        match entry.offers.iter_mut().find(|offer| offer.id == id) {
            Some(offer) => {
                offer.first = offer.first.earlier(flow.first);
                offer.last = offer.last.later(flow.last);
                offer.sessions += flow.sessions;
            }
            None => entry.offers.push(OfferPeriod {
                certificate,
                id,
                first: flow.first,
                last: flow.last,
                sessions: flow.sessions,
                evidence: flow.certificate_evidence.as_ref(),
            }),
        }
    }
    let mut all: Vec<OfferHistory<'a>> = found.into_values().collect();
    for offers in &mut all {
        offers.offers.sort_by_key(|offer| (offer.first, offer.id));
    }
    all.retain(|offers| !offers.offers.is_empty() || !offers.all_known);
    all
}
