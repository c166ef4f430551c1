//! What a report says of each send connector: its certificates, and whether it delivers.
//!
//! In: rows. Out: the same with stand-ins.
//! Must not leave out a field: every struct is taken apart completely.

use super::redactor::Redactor;
use crate::report::certificate::{CertificateRow, Match};
use crate::report::document::Healthy;

impl Redactor {
    /// Rows of `sendlens certificates`.
    pub fn certificate_rows(&mut self, rows: Vec<CertificateRow>) -> Vec<CertificateRow> {
        rows.into_iter()
            .map(|row| self.certificate_row(row))
            .collect()
    }

    fn certificate_row(&mut self, row: CertificateRow) -> CertificateRow {
        let CertificateRow {
            send_connector,
            stream,
            exchange_online,
            offered,
            thumbprint,
            subject,
            issuer,
            not_before,
            not_after,
            days_left,
            names,
            first,
            last,
            sessions,
            accepted,
            rejected,
            other_rejections,
            dropped,
            runs,
            timeline,
            matched:
                Match {
                    verdict,
                    tenant,
                    inbound_connector,
                    disabled_connector,
                },
        } = row;
        CertificateRow {
            send_connector: self.connector(&send_connector),
            stream: self.stream(&stream),
            exchange_online,
            offered,
            thumbprint: thumbprint.map(|text| super::tokens::thumbprint(&text)),
            subject: subject.map(|name| self.name(&name)),
            issuer: issuer.map(|name| self.name(&name)),
            not_before,
            not_after,
            days_left,
            names: names.iter().map(|name| self.alternate_name(name)).collect(),
            first,
            last,
            sessions,
            accepted,
            rejected,
            other_rejections,
            dropped,
            runs,
            timeline,
            matched: Match {
                verdict,
                tenant: tenant.map(|tenant| self.tenant(&tenant)),
                inbound_connector: inbound_connector.map(|name| self.connector(&name)),
                disabled_connector: disabled_connector.map(|name| self.connector(&name)),
            },
        }
    }

    /// Send connectors without an incident.
    pub(super) fn connectors(&mut self, healthy: Vec<Healthy>) -> Vec<Healthy> {
        let rows = healthy.into_iter().map(|one| {
            let Healthy {
                send_connector,
                streams,
                sessions,
                accepted,
                rejected,
                other_rejections,
                dropped,
                not_connected,
            } = one;
            Healthy {
                send_connector: self.connector(&send_connector),
                streams: streams.iter().map(|stream| self.stream(stream)).collect(),
                sessions,
                accepted,
                rejected,
                other_rejections,
                dropped,
                not_connected,
            }
        });
        rows.collect()
    }
}
