//! A half of a proxied conversation in little room, because all of them wait until the last has come.
//!
//! In: a [`Half`]. Out: a [`Kept`], and later the same [`Half`] again.
//! Must not lose anything. A row is kept as what tells it from a similar one.

use std::sync::Arc;

use crate::input::place::LinePlace;
use crate::input::timestamp::Timestamp;
use crate::session::Completeness;
use crate::session::key::SessionKey;
use crate::smtp::certificate::{Certificate, Offered};
use crate::smtp::evidence::Evidence;
use crate::smtp::facts::{Accepted, Distrust, End, ProxyPart, Tls};
use crate::smtp::peer::Peer;
use crate::smtp::rejections::Rejections;

use super::half::Half;
use super::nearest::Period;

/// Half of a proxied conversation.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    id: SessionKey,
    connector: Arc<str>,
    first: LinePlace,
    started: Timestamp,
    ended: Timestamp,
    stream: u32,
    messages: u32,
    accepted: u32,
    rejected: u32,
    completeness: Completeness,
    peer: Peer,
    end: End,
    earlier: bool,
    unreadable_certificate: bool,
    offered: Option<bool>,
    masked: bool,
    requested: bool,
    protocol: Option<Arc<str>>,
    source_address: Option<Arc<str>>,
    certificate: Option<(Arc<Certificate>, Packed)>,
    remote_certificate: Option<(Arc<Certificate>, Packed)>,
    accepted_by: Box<[Accepted]>,
    /// The host that a front end names as its hub; `None` for a hub.
    hub_host: Option<Arc<str>>,
    rare: Option<Box<Rare>>,
}

/// What few halves have.
#[derive(Debug, Clone, Default)]
struct Rare {
    end_row: Option<Evidence>,
    not_connected: Option<(Timestamp, Evidence)>,
    error: Option<Arc<str>>,
    failure: Option<(Timestamp, Evidence)>,
    distrust: Option<Distrust>,
    ehlo: Option<Packed>,
    proxy_row: Option<Packed>,
    rejections: Rejections,
    accepted_left_out: u64,
}

/// What the next halves may resemble.
#[derive(Debug, Clone, Default)]
pub(super) struct Models {
    certificate: Model,
    remote_certificate: Model,
    ehlo: Model,
    proxy_row: Model,
    hub_host: Option<Arc<str>>,
}

impl Kept {
    pub(super) fn of(half: Half, models: &mut Models) -> Kept {
        let certificate = |model: &mut Model, offered: Option<Offered>| {
            offered.map(|offered| (offered.certificate, model.pack(&offered.evidence)))
        };
        let hub_host = match half.proxy {
            ProxyPart::FrontEnd { hub_host, .. } => {
                let known = models.hub_host.take().filter(|known| **known == *hub_host);
                models.hub_host = Some(known.unwrap_or(hub_host));
                models.hub_host.clone()
            }
            _ => None,
        };
        let rare = Rare {
            end_row: half.end_row,
            not_connected: half.not_connected,
            error: half.tls.error,
            failure: half.tls.failure,
            distrust: half.tls.distrust,
            ehlo: half.ehlo.map(|row| models.ehlo.pack(&row)),
            proxy_row: half.proxy_row.map(|row| models.proxy_row.pack(&row)),
            rejections: half.rejections,
            accepted_left_out: half.accepted_left_out,
        };
        Kept {
            id: half.id,
            connector: half.connector,
            first: half.first,
            started: half.started,
            ended: half.ended,
            stream: u32::try_from(half.stream).unwrap_or(u32::MAX),
            messages: half.messages,
            accepted: half.accepted,
            rejected: half.rejected,
            completeness: half.completeness,
            peer: half.peer,
            end: half.end,
            earlier: half.earlier,
            unreadable_certificate: half.unreadable_certificate,
            offered: half.tls.offered,
            masked: half.tls.masked,
            requested: half.tls.requested,
            protocol: half.tls.protocol,
            source_address: half.source_address,
            certificate: certificate(&mut models.certificate, half.certificate),
            remote_certificate: certificate(
                &mut models.remote_certificate,
                half.remote_certificate,
            ),
            accepted_by: half.accepted_by,
            hub_host,
            rare: (!rare.is_empty()).then(|| Box::new(rare)),
        }
    }

    /// The half again, as a copy.
    pub(super) fn half(&self) -> Half {
        self.clone().into_half()
    }

    /// The half again.
    pub(super) fn into_half(self) -> Half {
        let rare = self.rare.map(|rare| *rare).unwrap_or_default();
        let offered = |(certificate, row): (Arc<Certificate>, Packed)| Offered {
            certificate,
            evidence: row.evidence(),
        };
        Half {
            stream: self.stream as usize,
            id: self.id,
            connector: self.connector,
            first: self.first,
            started: self.started,
            ended: self.ended,
            completeness: self.completeness,
            peer: self.peer,
            end: self.end,
            end_row: rare.end_row,
            not_connected: rare.not_connected,
            earlier: self.earlier,
            source_address: self.source_address,
            tls: Tls {
                offered: self.offered,
                masked: self.masked,
                requested: self.requested,
                protocol: self.protocol,
                error: rare.error,
                failure: rare.failure,
                distrust: rare.distrust,
            },
            certificate: self.certificate.map(offered),
            unreadable_certificate: self.unreadable_certificate,
            remote_certificate: self.remote_certificate.map(offered),
            ehlo: rare.ehlo.as_ref().map(Packed::evidence),
            messages: self.messages,
            accepted: self.accepted,
            rejected: self.rejected,
            rejections: rare.rejections,
            accepted_by: self.accepted_by,
            accepted_left_out: rare.accepted_left_out,
            proxy: match self.hub_host {
                // The id of the hub session is the key.
                Some(hub_host) => ProxyPart::FrontEnd {
                    hub_session: Arc::clone(&hub_host),
                    hub_host,
                },
                None => ProxyPart::Hub,
            },
            proxy_row: rare.proxy_row.as_ref().map(Packed::evidence),
        }
    }

    /// Gives it to the stream with this index.
    pub(super) fn move_to(&mut self, stream: usize) {
        self.stream = u32::try_from(stream).unwrap_or(u32::MAX);
    }

    /// Shows the place of its first row and of each row that is kept as proof, to be changed.
    pub(super) fn each_place(&mut self, change: &mut dyn FnMut(&mut LinePlace)) {
        change(&mut self.first);
        let certificates = [&mut self.certificate, &mut self.remote_certificate];
        for (_, row) in certificates.into_iter().flatten() {
            change(&mut row.place);
        }
        if let Some(rare) = &mut self.rare {
            rare.each_place(change);
        }
    }

    pub(super) fn is_hub(&self) -> bool {
        self.hub_host.is_none()
    }

    /// The id of the hub session.
    pub(super) fn id(&self) -> &SessionKey {
        &self.id
    }

    /// The index of its stream.
    pub(super) fn stream(&self) -> usize {
        self.stream as usize
    }

    /// In this order halves are matched; no two halves are equal in it.
    pub(super) fn order(&self) -> impl Ord + use<> {
        (self.started, self.ended, self.stream, self.first)
    }

    pub(super) fn period(&self) -> Period {
        (self.started, self.ended)
    }

    /// The first part of the name of the host that a front end names as its hub.
    pub(super) fn hub_host(&self) -> String {
        let host = self.hub_host.as_deref().unwrap_or_default();
        let name = host.split('.').next().unwrap_or_default();
        name.to_ascii_lowercase()
    }
}

impl Rare {
    fn each_place(&mut self, change: &mut dyn FnMut(&mut LinePlace)) {
        let Rare {
            end_row,
            not_connected,
            error: _,
            failure,
            distrust,
            ehlo,
            proxy_row,
            rejections,
            accepted_left_out: _,
        } = self;
        let timed = [not_connected, failure].into_iter().flatten();
        let rows = timed.map(|(_, row)| row).chain(end_row);
        let rows = rows.chain(distrust.as_mut().map(|distrust| &mut distrust.row));
        rows.for_each(|row| change(&mut row.place));
        for row in [ehlo, proxy_row].into_iter().flatten() {
            change(&mut row.place);
        }
        rejections.each_place(change);
    }

    fn is_empty(&self) -> bool {
        self.end_row.is_none()
            && self.not_connected.is_none()
            && self.error.is_none()
            && self.failure.is_none()
            && self.distrust.is_none()
            && self.ehlo.is_none()
            && self.proxy_row.is_none()
            && self.rejections.is_empty()
            && self.accepted_left_out == 0
    }
}

/// A row as what tells it from a similar one.
#[derive(Debug, Clone)]
struct Packed {
    place: LinePlace,
    like: Arc<[u8]>,
    /// How many bytes are the same at the beginning, and how many at the end.
    start: u32,
    end: u32,
    between: Box<[u8]>,
}

impl Packed {
    fn evidence(&self) -> Evidence {
        let (start, end) = (self.start as usize, self.end as usize);
        let mut line = Vec::with_capacity(start + self.between.len() + end);
        line.extend_from_slice(&self.like[..start]);
        line.extend_from_slice(&self.between);
        line.extend_from_slice(&self.like[self.like.len() - end..]);
        Evidence {
            place: self.place,
            line: line.into(),
        }
    }
}

/// The row that the next ones may resemble.
#[derive(Debug, Clone, Default)]
struct Model(Option<Arc<[u8]>>);

impl Model {
    fn pack(&mut self, row: &Evidence) -> Packed {
        let line = &row.line;
        let most = usize::try_from(u32::MAX).unwrap_or(usize::MAX);
        let same = |known: &Arc<[u8]>| {
            let start = same_bytes(known.iter(), line.iter()).min(most);
            let (known, line) = (&known[start..], &line[start..]);
            (
                start,
                same_bytes(known.iter().rev(), line.iter().rev()).min(most),
            )
        };
        let known = self.0.take().map(|known| (same(&known), known));
        let known = known.filter(|((start, end), _)| (start + end) * 2 >= line.len());
        let ((start, end), like) = known.unwrap_or_else(|| ((0, 0), Arc::clone(line)));
        let (start, end) = if Arc::ptr_eq(&like, line) {
            (line.len().min(most), 0)
        } else {
            (start, end)
        };
        self.0 = Some(Arc::clone(&like));
        Packed {
            place: row.place,
            start: start as u32,
            end: end as u32,
            between: line[start..line.len() - end].into(),
            like,
        }
    }
}

fn same_bytes<'a>(one: impl Iterator<Item = &'a u8>, other: impl Iterator<Item = &'a u8>) -> usize {
    one.zip(other)
        .take_while(|(one, other)| one == other)
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_as_they_were() {
        let mut model = Model::default();
        let rows = [
            "2026-11-03T02:14:09.120Z,Out,08DE1,7,a,b,*,CN=mail.contoso.com 1234,Sending certificate",
            "2026-11-03T02:14:10.120Z,Out,08DE22,7,a,b,*,CN=mail.contoso.com 1234,Sending certificate",
            "2026-11-03T02:14:10.120Z,Out,08DE22,7,a,b,*,CN=mail.contoso.com 1234,Sending certificate",
            "x",
            "",
            "xx",
            "x",
            "xxxx",
            "2026-11-03T02:14:10.120Z,Out,08DE22,7,a,b,*,CN=mail.contoso.com 1234,Sending certificate",
        ];
        for (line, text) in (0..).zip(rows) {
            let row = Evidence {
                place: LinePlace { chunk: 1, line },
                line: text.as_bytes().into(),
            };
            let packed = model.pack(&row);
            assert_eq!(packed.evidence(), row);
            if line == 1 {
                assert!(packed.between.len() < 30);
            }
        }
    }
}
