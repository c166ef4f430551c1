//! Accepted messages by minute and sender domain.
//!
//! In: messages that the server took. Out: [`Accepted`] recipients.
//! Must not keep one entry for each message: a session may have very many.

use std::sync::Arc;

use crate::input::field::text as text_of;
use crate::input::timestamp::Timestamp;

use super::facts::Accepted;
use super::memory::Memo;

/// The most minutes and sender domains of a session of which it is kept that recipients were accepted.
const MOST_ACCEPTED: usize = 100_000;

/// A message that the server took.
pub(super) struct Taken<'a> {
    pub(super) time: Timestamp,
    /// The sender's address.
    pub(super) sender: &'a [u8],
    /// How many recipients it has.
    pub(super) recipients: u32,
}

impl Taken<'_> {
    /// Adds the recipients. Returns how many are left out, because there are too many.
    pub(super) fn add_to(&self, known: &mut Vec<Accepted>, domains: &mut Memo<Arc<str>>) -> u64 {
        let (sender, recipients) = (self.sender, self.recipients);
        let domain = memchr::memrchr(b'@', sender).map_or(&[][..], |at| &sender[at + 1..]);
        let minute = |time: Timestamp| time.millis().div_euclid(60_000);
        let is_full = known.len() >= MOST_ACCEPTED;
        let in_minute = known.last_mut();
        let mut in_minute = in_minute.filter(|last| minute(last.time) == minute(self.time));
        // Most senders of a session have the same domain, in the same spelling.
        if let Some(last) = &mut in_minute
            && last.sender_domain.as_bytes() == domain
        {
            last.recipients += recipients;
            return 0;
        }
        let sender_domain = domains.of(domain, || text_of(domain).to_ascii_lowercase().into());
        match in_minute {
            Some(last) if last.sender_domain == *sender_domain => last.recipients += recipients,
            _ if is_full => return u64::from(recipients),
            _ => known.push(Accepted {
                time: self.time,
                sender_domain: Arc::clone(sender_domain),
                recipients,
            }),
        }
        0
    }
}
