//! A message whose recipients still wait for replies.
//!
//! In: what the dialogue learns about the message. Out: how many recipients will get no reply.
//! Must not match replies to commands.

use super::texts::Span;

/// A message that has begun.
#[derive(Debug, Clone, Copy)]
pub(super) struct Message {
    pub(super) number: u32,
    /// The sender's address.
    pub(super) sender: Option<Span>,
    pub(super) recipients: u32,
    /// The path of the recipient, while there is only one.
    pub(super) only_path: Option<Span>,
    pub(super) taken: u32,
    /// MAIL was rejected. Then every recipient is rejected, with or without a reply.
    pub(super) refused: bool,
    pub(super) rejected: u32,
}

impl Message {
    /// The recipients of a rejected message that got no reply.
    pub(super) fn unanswered(&self) -> u32 {
        if self.refused {
            self.recipients.saturating_sub(self.rejected)
        } else {
            0
        }
    }
}
