//! A message whose recipients are still being answered.
//!
//! In: what the dialogue learns of it. Out: how many recipients no reply will come for.
//! Must not match replies to commands.

use super::texts::Span;

/// A message that has begun.
#[derive(Debug, Clone, Copy)]
pub(super) struct Message {
    pub(super) number: u32,
    /// The sender's address.
    pub(super) sender: Option<Span>,
    pub(super) recipients: u32,
    /// The path of its recipient, as long as there is only one.
    pub(super) only_path: Option<Span>,
    pub(super) taken: u32,
    /// Refused at MAIL: every recipient is rejected, whether it is answered or not.
    pub(super) refused: bool,
    pub(super) rejected: u32,
}

impl Message {
    /// Recipients of a refused message whose own replies never came.
    pub(super) fn unanswered(&self) -> u32 {
        if self.refused {
            self.recipients.saturating_sub(self.rejected)
        } else {
            0
        }
    }
}
