//! All that is known of a session, to be compared with what another way of reading gives.
//!
//! In: sessions. Out: [`Outline`]s. Must not leave out anything that a report shows.

use std::sync::Arc;

use sendlens::input::place::{LinePlace, PlaceTable};
use sendlens::input::timestamp::Timestamp;
use sendlens::session::{Completeness, Session};
use sendlens::smtp::certificate::{Certificate, ShownCertificate};
use sendlens::smtp::digest::SmtpDigest;
use sendlens::smtp::evidence::ProofRow;
use sendlens::smtp::facts::{Accepted, End, ProxyPart, Tls};
use sendlens::smtp::peer::Peer;

/// A session without a reference to the chunks that it was read from.
#[derive(Debug, PartialEq)]
pub struct Outline {
    id: String,
    connector: Arc<str>,
    ends: [String; 2],
    times: [Timestamp; 2],
    /// Its rows.
    pub rows: u64,
    completeness: Completeness,
    peer: Peer,
    end: End,
    not_connected: Option<Timestamp>,
    source_address: Option<Arc<str>>,
    tls: Tls,
    certificates: [Option<Arc<Certificate>>; 2],
    unreadable_certificate: bool,
    messages: u32,
    /// Recipients accepted and rejected.
    pub recipients: [u32; 2],
    rejections: Vec<String>,
    accepted_by: Vec<Accepted>,
    proxy: ProxyPart,
    /// The rows that are kept as proof.
    proof: Vec<Option<Vec<u8>>>,
    /// Where its first row and the proof stand, by chunk; and by file and line, once that is known.
    chunk_places: Vec<LinePlace>,
    places: Vec<(usize, u64)>,
}

const NOWHERE: LinePlace = LinePlace { chunk: 0, line: 0 };

/// Takes the rows that are kept.
struct Proof {
    rows: Vec<Option<Vec<u8>>>,
    places: Vec<LinePlace>,
}

impl Proof {
    fn keep(&mut self, row: Option<ProofRow<'_>>) {
        self.places.extend(row.map(|row| row.place));
        self.rows.push(row.map(|row| row.line.to_vec()));
    }

    fn certificate(&mut self, shown: Option<ShownCertificate<'_>>) -> Option<Arc<Certificate>> {
        self.keep(shown.map(|shown| shown.row));
        shown.map(|shown| Arc::clone(shown.certificate))
    }

    fn tls(&mut self, tls: &Tls) -> Tls {
        let mut tls = tls.clone();
        if let Some((_, row)) = &mut tls.failure {
            self.keep(Some(row.row()));
            row.place = NOWHERE;
        }
        if let Some(distrust) = &mut tls.distrust {
            self.keep(Some(distrust.row.row()));
            distrust.row.place = NOWHERE;
        }
        tls
    }
}

impl Outline {
    /// The outline of a session.
    pub fn of(session: &Session<SmtpDigest>) -> Outline {
        let frame = &session.frame;
        let view = session.digest.view(frame);
        let mut proof = Proof {
            rows: Vec::new(),
            places: vec![frame.first],
        };
        proof.keep(view.end_row);
        proof.keep(view.not_connected.map(|(_, row)| row));
        proof.keep(view.ehlo);
        proof.keep(view.proxy_row);
        let certificates = [
            proof.certificate(view.certificate),
            proof.certificate(view.remote_certificate),
        ];
        let tls = proof.tls(view.tls);
        let mut rejections = Vec::new();
        for one in view.refused() {
            proof.keep(Some(one.row));
            let message = (one.verb, one.sender, one.recipient, one.message);
            rejections.push(format!("{:?} {message:?} {:?}", one.time, one.reply));
        }
        Outline {
            id: frame.id.to_string(),
            connector: Arc::clone(&frame.connector),
            ends: [frame.local.clone(), frame.remote.clone()],
            times: [frame.started, frame.ended],
            rows: frame.rows,
            completeness: view.completeness,
            peer: view.peer,
            end: view.end,
            not_connected: view.not_connected.map(|(time, _)| time),
            source_address: view.source_address.cloned(),
            tls,
            certificates,
            unreadable_certificate: view.unreadable_certificate,
            messages: view.messages,
            recipients: [view.accepted, view.rejected],
            rejections,
            accepted_by: view.accepted_by.to_vec(),
            proxy: view.proxy.clone(),
            proof: proof.rows,
            chunk_places: proof.places,
            places: Vec::new(),
        }
    }

    /// The same with the file and the line of each place.
    pub fn placed(mut self, table: &PlaceTable) -> Outline {
        let places = self.chunk_places.drain(..);
        self.places = places.map(|place| table.locate(place)).collect();
        self
    }

    /// The same without places, for inputs whose lines have other numbers.
    pub fn without_places(mut self) -> Outline {
        self.chunk_places.clear();
        self.places.clear();
        self
    }
}
