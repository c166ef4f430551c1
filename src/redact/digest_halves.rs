//! Halves of proxied conversations and rows in digests, with stand-ins.
//!
//! In: records. Out: the same with stand-ins.
//! Must not leave out a field.

use super::redactor::Redactor;
use super::stand_ins::Part;
use super::tokens;
use crate::aggregate::saved::{HalfRecord, RejectionRecord, RowRecord, TextRecord};

impl Redactor {
    /// The rows with stand-ins.
    pub(super) fn rows_of<'a>(&mut self, rows: impl IntoIterator<Item = &'a mut RowRecord>) {
        for row in rows {
            row.text = self.row(&row.text);
        }
    }

    /// A number that stands for a sender: with the hash itself, a guess of the address could be tested.
    pub(super) fn sender_hash(&mut self, hash: u64) -> u64 {
        let number = self.given.number(Part::Sender, &hash.to_string());
        // Spread, as hashes are.
        u64::from(number).wrapping_mul(0x9E37_79B9_7F4A_7C15)
    }

    /// A half with stand-ins.
    pub(super) fn half(&mut self, half: &mut HalfRecord) {
        let HalfRecord {
            id,
            hub_host,
            connector,
            first: _,
            started: _,
            ended: _,
            completeness: _,
            peer: _,
            end: _,
            end_row,
            not_connected,
            earlier: _,
            source_address,
            tls,
            certificate,
            unreadable_certificate: _,
            remote_certificate,
            ehlo,
            messages: _,
            accepted: _,
            rejected: _,
            rejections,
            rejections_left_out: _,
            accepted_by,
            accepted_left_out: _,
            proxy_row,
        } = half;
        if let TextRecord::Text(text) = id {
            *text = tokens::session_id(text);
        }
        if let Some(host) = hub_host {
            *host = self.host_or_address(host);
        }
        *connector = self.connector(connector);
        if let Some(address) = source_address {
            *address = self.host_or_address(address);
        }
        self.rows_of([end_row, ehlo, proxy_row].into_iter().flatten());
        self.rows_of(not_connected.iter_mut().map(|timed| &mut timed.row));
        let offered = [certificate, remote_certificate].into_iter().flatten();
        self.rows_of(offered.map(|offered| &mut offered.row));
        for words in [&mut tls.protocol, &mut tls.error].into_iter().flatten() {
            *words = self.prose(words);
        }
        self.rows_of(tls.failure.iter_mut().map(|timed| &mut timed.row));
        if let Some(distrust) = &mut tls.distrust {
            distrust.error = self.prose(&distrust.error);
            self.rows_of([&mut distrust.row]);
        }
        rejections
            .iter_mut()
            .for_each(|one| self.half_rejection(one));
        for one in accepted_by {
            one.sender_domain = self.host_or_address(&one.sender_domain);
        }
    }

    fn half_rejection(&mut self, rejection: &mut RejectionRecord) {
        for address in [&mut rejection.sender, &mut rejection.recipient]
            .into_iter()
            .flatten()
        {
            *address = self.mailbox(address);
        }
        // The codes are not all in the text.
        let whole = self.reply(&format!("{} {}", rejection.code, rejection.text));
        rejection.text = whole
            .split_once(' ')
            .map_or("", |(_, text)| text)
            .to_owned();
        self.rows_of([&mut rejection.row]);
    }
}
