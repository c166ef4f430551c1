//! The commands of a session that wait for their replies, first in first out.
//!
//! In: commands, and replies that name what they answer. Out: the command that the next reply answers.
//! Must not know messages. Invariant: a lost reply never shifts later replies beyond the next reply that
//! names its command.

use std::collections::VecDeque;

use super::command::Verb;
use super::reply::{Enhanced, ReplyLine};
use super::texts::Span;

/// If more commands than this wait for a reply, the log lacks replies.
pub(super) const MOST_PENDING: usize = 8_192;

/// A command that waits for its reply.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pending<R> {
    pub(super) verb: Verb,
    /// The path of RCPT, as [`super::command::path`] returns it.
    pub(super) path: Option<Span>,
    pub(super) message: Option<u32>,
    /// The recipient of RCPT, as the watch names it.
    pub(super) recipient: R,
}

/// The commands that wait.
#[derive(Debug)]
pub(super) struct PendingCommands<R>(VecDeque<Pending<R>>);

impl<R> Default for PendingCommands<R> {
    fn default() -> PendingCommands<R> {
        PendingCommands(VecDeque::new())
    }
}

impl<R: Copy + Default> PendingCommands<R> {
    /// Adds a command.
    pub(super) fn push(&mut self, pending: Pending<R>) {
        if self.0.len() >= MOST_PENDING {
            self.0.clear();
        }
        self.0.push_back(pending);
    }

    /// Adds a command that is answered before all others.
    pub(super) fn push_front(&mut self, pending: Pending<R>) {
        self.0.push_front(pending);
    }

    /// The command that the next reply answers.
    #[inline]
    pub(super) fn front(&self) -> Option<&Pending<R>> {
        self.0.front()
    }

    /// Takes the command that the next reply answers.
    #[inline]
    pub(super) fn pop_front(&mut self) -> Option<Pending<R>> {
        self.0.pop_front()
    }

    /// Whether no command waits.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Forgets all commands and keeps the memory.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Releases memory that is not in use.
    pub(super) fn shrink(&mut self) {
        self.0.shrink_to_fit();
    }

    /// The enhanced code of some replies names the command that they answer. If that command is further
    /// back in the queue, the replies to the commands before it were not logged.
    pub(super) fn resynchronise(&mut self, reply: &ReplyLine<'_>) {
        let Some(code) = reply.text.trim_ascii_start().first_chunk::<5>() else {
            return;
        };
        let is_usual = |verb: &Verb| {
            let usual = verb.usual_reply();
            usual.is_some_and(|usual| usual[4..9] == *code)
        };
        let Some(answered) = [Verb::Mail, Verb::Rcpt, Verb::Bdat]
            .into_iter()
            .find(is_usual)
        else {
            return;
        };
        let front = self.0.front();
        if front.is_some_and(|front| is_usual(&front.verb)) {
            return;
        }
        // The exact test: `2.1.50` is another code.
        let code = Enhanced::strip(reply.text).map(|(code, _)| code);
        if !matches!(code, Some(Enhanced(2, 1, 0 | 5) | Enhanced(2, 6, 0))) {
            return;
        }
        let fits = |pending: &Pending<R>| is_usual(&pending.verb);
        if front.is_some_and(|front| front.verb != Verb::Rset) {
            match self.0.iter().position(fits) {
                Some(at) => drop(self.0.drain(..at)),
                // The input begins in the middle of the session, after the command.
                None => self.0.push_front(Pending {
                    verb: answered,
                    path: None,
                    message: None,
                    recipient: R::default(),
                }),
            }
        }
    }
}
