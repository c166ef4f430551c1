//! Halves of proxied conversations as records, and back.
//!
//! In: a [`Half`] of one stream. Out: a [`HalfRecord`]. Or the other way round, checked.
//! Must not leave out what a half may hold: each field is named.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aggregate::half::Half;
use crate::session::Completeness;
use crate::session::key::SessionKey;
use crate::smtp::certificate::{Certificate, Offered};
use crate::smtp::evidence::Evidence;
use crate::smtp::facts::{End, ProxyPart};
use crate::smtp::peer::Peer;
use crate::smtp::rejections::Rejections;

use super::half_parts::{
    AcceptedRecord, HalfTlsRecord, OfferedRecord, RejectionRecord, TimedRowRecord,
};
use super::known::{HalfCertificates, Known};
use super::series::is_zero;
use super::values::{
    LineRecord, Millis, RecordFault, RowRecord, TextRecord, count, evidence, millis, timestamp,
};

/// Half of a proxied conversation, until its other half is found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HalfRecord {
    /// The session id of the hub.
    pub id: TextRecord,
    /// The host that a front end names as its hub; `null` for a hub.
    pub hub_host: Option<String>,
    /// The send connector.
    pub connector: String,
    /// The first row.
    pub first: LineRecord,
    /// The earliest time.
    pub started: Millis,
    /// The latest time.
    pub ended: Millis,
    /// How much of the session is in the log.
    pub completeness: Completeness,
    /// Who the other side is.
    pub peer: Peer,
    /// How it ended.
    pub end: End,
    /// The row with which it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_row: Option<RowRecord>,
    /// The first attempt to connect that failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_connected: Option<TimedRowRecord>,
    /// The session ended before the period asked for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub earlier: bool,
    /// The address that the other side saw.
    pub source_address: Option<String>,
    /// TLS.
    pub tls: HalfTlsRecord,
    /// Our certificate.
    pub certificate: Option<OfferedRecord>,
    /// A row about our certificate could not be read.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unreadable_certificate: bool,
    /// The other side's certificate.
    pub remote_certificate: Option<OfferedRecord>,
    /// The EHLO reply that decided whether STARTTLS was offered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ehlo: Option<RowRecord>,
    /// MAIL commands.
    pub messages: u32,
    /// Recipients accepted.
    pub accepted: u32,
    /// Recipients rejected.
    pub rejected: u32,
    /// Every 4xx and 5xx reply.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rejections: Vec<RejectionRecord>,
    /// How many more there were.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub rejections_left_out: u64,
    /// The accepted recipients by minute and sender domain.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accepted_by: Vec<AcceptedRecord>,
    /// Accepted recipients that are missing there.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub accepted_left_out: u64,
    /// The row that shows the proxying.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy_row: Option<RowRecord>,
}

/// The host that a front end names as its hub.
fn hub_host(proxy: &ProxyPart) -> Option<String> {
    match proxy {
        ProxyPart::FrontEnd { hub_host, .. } => Some(hub_host.to_string()),
        ProxyPart::Hub | ProxyPart::None | ProxyPart::Inbound => None,
    }
}

impl HalfRecord {
    pub(super) fn of(half: &Half, certificates: &HalfCertificates) -> HalfRecord {
        let Half {
            // There is only one.
            stream: _,
            id,
            connector,
            first,
            started,
            ended,
            completeness,
            peer,
            end,
            end_row,
            not_connected,
            earlier,
            source_address,
            tls,
            certificate,
            unreadable_certificate,
            remote_certificate,
            ehlo,
            messages,
            accepted,
            rejected,
            rejections,
            accepted_by,
            accepted_left_out,
            proxy,
            proxy_row,
        } = half;
        let row = |row: &Option<Evidence>| row.as_ref().map(RowRecord::of);
        let offered = |offered: &Option<Offered>| certificates.offered(offered.as_ref()?);
        HalfRecord {
            id: TextRecord::of(&id.bytes()),
            hub_host: hub_host(proxy),
            connector: connector.to_string(),
            first: LineRecord::of(*first),
            started: millis(*started),
            ended: millis(*ended),
            completeness: *completeness,
            peer: *peer,
            end: *end,
            end_row: row(end_row),
            not_connected: not_connected.as_ref().map(TimedRowRecord::of),
            earlier: *earlier,
            source_address: source_address.as_deref().map(str::to_owned),
            tls: HalfTlsRecord::of(tls),
            certificate: offered(certificate),
            unreadable_certificate: *unreadable_certificate,
            remote_certificate: offered(remote_certificate),
            ehlo: row(ehlo),
            messages: *messages,
            accepted: *accepted,
            rejected: *rejected,
            rejections: RejectionRecord::all(rejections),
            rejections_left_out: rejections.left_out(),
            accepted_by: accepted_by.iter().map(AcceptedRecord::of).collect(),
            accepted_left_out: *accepted_left_out,
            proxy_row: row(proxy_row),
        }
    }

    pub(super) fn half(
        &self,
        known: &Known<'_>,
        certificates: &[Arc<Certificate>],
    ) -> Result<Half, RecordFault> {
        let files = known.files;
        let row = |row: &Option<RowRecord>| evidence(row.as_ref(), files);
        let offered = |offered: &Option<OfferedRecord>| -> Result<_, RecordFault> {
            let Some(offered) = offered else {
                return Ok(None);
            };
            let certificate = certificates.get(offered.certificate as usize);
            Ok(Some(Offered {
                certificate: Arc::clone(certificate.ok_or(RecordFault("certificate"))?),
                evidence: offered.row.evidence(files)?,
            }))
        };
        let mut rejections = Rejections::default();
        for rejection in &self.rejections {
            rejection.add_to(&mut rejections, files)?;
        }
        rejections.leave_out(count(self.rejections_left_out)?);
        rejections.shrink();
        let accepted_by = self.accepted_by.iter().map(AcceptedRecord::back);
        let id = self.id.bytes();
        Ok(Half {
            stream: 0,
            id: SessionKey::of(id),
            connector: self.connector.as_str().into(),
            first: self.first.place(files)?,
            started: timestamp(self.started)?,
            ended: timestamp(self.ended)?,
            completeness: self.completeness,
            peer: self.peer,
            end: self.end,
            end_row: row(&self.end_row)?,
            not_connected: TimedRowRecord::back(self.not_connected.as_ref(), files)?,
            earlier: self.earlier,
            source_address: self.source_address.as_deref().map(Arc::from),
            tls: self.tls.tls(files)?,
            certificate: offered(&self.certificate)?,
            unreadable_certificate: self.unreadable_certificate,
            remote_certificate: offered(&self.remote_certificate)?,
            ehlo: row(&self.ehlo)?,
            messages: self.messages,
            accepted: self.accepted,
            rejected: self.rejected,
            rejections,
            accepted_by: accepted_by.collect::<Result<_, RecordFault>>()?,
            accepted_left_out: count(self.accepted_left_out)?,
            proxy: match &self.hub_host {
                Some(hub_host) => ProxyPart::FrontEnd {
                    // The id is the key.
                    hub_session: String::from_utf8_lossy(id).into(),
                    hub_host: hub_host.as_str().into(),
                },
                None => ProxyPart::Hub,
            },
            proxy_row: row(&self.proxy_row)?,
        })
    }
}
