//! Who is told what becomes of the messages and recipients of a session.
//!
//! In: calls of the [`super::dialogue`], which alone matches replies to commands. Out: whatever an
//! implementation notes.
//! Must not change what the dialogue counts. `()` notes nothing and costs nothing.

use std::fmt::Debug;

use crate::input::record::Row;

use super::command::Verb;
use super::rejections::Said;

/// What a 4xx or 5xx reply is about.
#[derive(Debug, Clone, Copy)]
pub enum Concerned<R> {
    /// One recipient.
    Recipient(R),
    /// The message with this number in the session: all its recipients that have no reply of their own.
    Message(u32),
}

/// Is told about messages and recipients, in the order of the rows.
pub trait Watch: Debug + Default + Send {
    /// How it names a recipient. The default names nobody, for commands that are about none.
    type Recipient: Debug + Copy + Default + Send;

    /// A row announces the next message.
    fn announced(&mut self, _row: &Row<'_>) {}

    /// A command other than MAIL and RCPT.
    fn command(&mut self, _verb: Verb) {}

    /// MAIL, with the sender's address if it can be read.
    fn mail(&mut self, _message: u32, _sender: Option<&[u8]>, _row: &Row<'_>) {}

    /// RCPT, with its path as [`super::command::path`] returns it. MAIL may be missing.
    fn recipient(&mut self, message: u32, path: Option<&[u8]>, row: &Row<'_>) -> Self::Recipient;

    /// A recipient is accepted. The message is not yet sent.
    fn accepted(&mut self, _recipient: Self::Recipient) {}

    /// The other side has taken the message over.
    fn taken(&mut self, _message: u32, _row: &Row<'_>) {}

    /// A 4xx or 5xx reply.
    fn refused(&mut self, _concerned: Concerned<Self::Recipient>, _said: &Said<'_>) {}

    /// Whether rows before the connect row have told nothing, so that nothing is lost if they are put
    /// before what was read after them.
    fn may_be_prepended(&self) -> bool {
        true
    }

    /// Releases memory that is not in use.
    fn shrink(&mut self) {}

    /// Forgets everything and keeps the memory.
    fn clear(&mut self) {}
}

impl Watch for () {
    type Recipient = ();

    #[inline(always)]
    fn recipient(&mut self, _message: u32, _path: Option<&[u8]>, _row: &Row<'_>) {}
}
