//! The shared step: it joins sessions that the border of a chunk or file cuts.
//!
//! In: the [`ChunkSessions`] of the chunks of one stream, in order. Out: whole sessions in the order in
//! which they end; at the end of the stream, the sessions that never ended, by their first row. If there
//! are very many of those, some come earlier.
//! Must not touch sessions that a worker saw whole, except to look up their id.

use std::mem::take;

use crate::input::notes::{NoteKind, Notes};
use crate::input::record::Row;
use crate::input::timestamp::Timestamp;

use super::assembly::{ChunkSession, ChunkSessions, Connectors};
use super::crowd::Most;
use super::frame::{Border, Digest, Finished, Frame, Session};
use super::key::{KeyMap, KeySet, SessionKey};

/// The open sessions of a stream between two chunks.
pub struct Joiner<D: Digest> {
    open: KeyMap<Box<Session<D>>>,
    never_ended: Vec<Box<Session<D>>>,
    connectors: Connectors,
    memory: D::Memory,
    most: Most,
    /// Of sessions that were given up.
    notes: Notes,
}

impl<D: Digest> Default for Joiner<D> {
    fn default() -> Joiner<D> {
        Joiner {
            open: KeyMap::default(),
            never_ended: Vec::new(),
            connectors: Connectors::default(),
            memory: D::Memory::default(),
            most: Most::IN_STREAM,
            notes: Notes::default(),
        }
    }
}

/// What comes out of a chunk, in the order in which sessions end.
pub enum Joined<'a, D> {
    /// A session.
    Session(Box<Session<D>>),
    /// A session that a worker has processed.
    Finished(&'a Finished),
}

impl<D: Digest> Joiner<D> {
    /// The sessions of the chunk that may continue one that is open here in a way that only their rows in
    /// order show. The chunk must be read again, and their rows kept. Hardly any chunk has one: their
    /// numbers are all 0, or their rows have no times.
    pub(super) fn unclear(&self, chunk: &ChunkSessions<D>) -> KeySet {
        let all = chunk.closed.iter().chain(&chunk.open);
        let unclear = all.filter_map(|session| self.unclear_key(session));
        unclear.cloned().collect()
    }

    /// The key of the session if it is unclear. Only the first session of the chunk that has this key can
    /// be, and it does no harm to take another one for it.
    fn unclear_key<'a>(&self, session: &'a ChunkSession<D>) -> Option<&'a SessionKey> {
        let (key, is_unclear) = match session {
            ChunkSession::Finished(finished) => {
                let open = self.open.get(&finished.key)?;
                let border = open.frame.border_to_finished(finished);
                (&finished.key, border != Border::Apart)
            }
            ChunkSession::Begun(session) => {
                let key = session.frame.id.key();
                let open = self.open.get(key)?;
                let is_unclear = match open.frame.border(&session.frame) {
                    Border::Apart => false,
                    Border::Joined => !open.digest.may_be_prepended(),
                    Border::Unclear => true,
                };
                (key, is_unclear)
            }
            // The chunk alone cannot tell where it ends, unless a disconnect row ends it.
            ChunkSession::Continued { replaced, .. } => {
                let key = replaced.as_ref()?;
                (key, self.open.contains_key(key))
            }
        };
        is_unclear.then_some(key)
    }

    /// Takes the sessions of the next chunk, none of which is unclear. `emit` receives each
    /// session that ends in it.
    pub fn join(&mut self, chunk: ChunkSessions<D>, emit: &mut impl FnMut(Joined<'_, D>)) {
        let mut rest = chunk.closed.into_iter().chain(chunk.open).peekable();
        chunk.cut.replay(|row| {
            // Everything that ends before the first cut session to which this row can belong comes first.
            let is_before =
                |session: &ChunkSession<D>| !matches!(session, ChunkSession::Continued { last, .. } if *last >= row.place.line);
            while let Some(session) = rest.next_if(is_before) {
                self.session(session, emit);
            }
            self.row(row, emit);
        });
        rest.for_each(|session| self.session(session, emit));
        self.notes.merge(&chunk.notes);
    }

    /// What was noted since the last call.
    pub fn take_notes(&mut self) -> Notes {
        take(&mut self.notes)
    }

    fn session(&mut self, session: ChunkSession<D>, emit: &mut impl FnMut(Joined<'_, D>)) {
        match session {
            ChunkSession::Begun(session) => self.begun(session, emit),
            // Its rows come from `cut`, in their order.
            ChunkSession::Continued { .. } => {}
            ChunkSession::Finished(finished) => {
                if let Some(earlier) = self.open.remove(&finished.key) {
                    self.never_ended(earlier, emit);
                }
                emit(Joined::Finished(&finished));
            }
        }
    }

    /// Ends the stream. `emit` receives the sessions without an end, by their first row.
    pub fn finish(&mut self, emit: &mut impl FnMut(Joined<'_, D>)) {
        self.never_ended
            .extend(self.open.drain().map(|(_, session)| session));
        self.emit_never_ended(emit);
    }

    /// Ends the stream, but for the sessions that may go on if more is logged: they are returned, by their
    /// first row. `now` is the latest time of the stream.
    pub(super) fn finish_but(
        &mut self,
        now: Timestamp,
        emit: &mut impl FnMut(Joined<'_, D>),
    ) -> Vec<Session<D>> {
        let open = self.open.drain().map(|(_, session)| session);
        let (over, mut open): (Vec<_>, Vec<_>) =
            open.partition(|session| session.frame.is_over_by(now));
        self.never_ended.extend(over);
        self.emit_never_ended(emit);
        open.sort_by_key(|session| session.frame.first);
        open.into_iter().map(|session| *session).collect()
    }

    /// Takes a row of a session that was open when the log ended, in order.
    pub(super) fn resume(&mut self, row: &Row<'_>, emit: &mut impl FnMut(Joined<'_, D>)) {
        self.row(row, emit);
    }

    fn begun(&mut self, mut session: Box<Session<D>>, emit: &mut impl FnMut(Joined<'_, D>)) {
        if let Some(earlier) = self.open.remove(session.frame.id.key()) {
            // The second always holds too, unless the session was given up in this chunk.
            let is_joined = earlier.frame.border(&session.frame) == Border::Joined
                && earlier.digest.may_be_prepended();
            if is_joined {
                let earlier = *earlier;
                session.frame.prepend(earlier.frame);
                session.digest.prepend(earlier.digest);
            } else {
                self.never_ended(earlier, emit);
            }
        }
        if session.frame.has_end() {
            emit(Joined::Session(session));
        } else {
            self.open.insert(session.frame.id.key().clone(), session);
            self.limit(emit);
        }
    }

    /// Keeps a session that will have no end until the end of the stream. Of very many, none.
    fn never_ended(&mut self, session: Box<Session<D>>, emit: &mut impl FnMut(Joined<'_, D>)) {
        self.never_ended.push(session);
        if self.never_ended.len() > self.most.0 {
            self.emit_never_ended(emit);
        }
    }

    fn emit_never_ended(&mut self, emit: &mut impl FnMut(Joined<'_, D>)) {
        self.never_ended.sort_by_key(|session| session.frame.first);
        self.never_ended
            .drain(..)
            .for_each(|session| emit(Joined::Session(session)));
    }

    /// Gives up the sessions that have been silent the longest, if too many are open.
    fn limit(&mut self, emit: &mut impl FnMut(Joined<'_, D>)) {
        if self.open.len() <= self.most.0 {
            return;
        }
        // The order of a map is none that a result may depend on.
        let mut open: Vec<Box<Session<D>>> = self.open.drain().map(|(_, open)| open).collect();
        open.sort_unstable_by_key(|session| session.frame.first);
        let frames = open.iter().map(|session| &session.frame).enumerate();
        let frames: Vec<(usize, &Frame)> = frames.collect();
        let give_up = self.most.to_give_up(&frames);
        let mut give_up = give_up.into_iter().peekable();
        for (index, session) in open.into_iter().enumerate() {
            if let Some(one) = give_up.next_if(|one| one.index == index) {
                if !one.is_over {
                    self.notes.add(NoteKind::SessionsGivenUp, one.first);
                }
                emit(Joined::Session(session));
            } else {
                self.open.insert(session.frame.id.key().clone(), session);
            }
        }
    }

    fn row(&mut self, row: &Row<'_>, emit: &mut impl FnMut(Joined<'_, D>)) {
        let key = SessionKey::of(row.session());
        if self
            .open
            .get(&key)
            .is_some_and(|open| open.frame.is_ended_by(row))
            && let Some(earlier) = self.open.remove(&key)
        {
            self.never_ended(earlier, emit);
        }
        let mut is_new = false;
        let session = self.open.entry(key.clone()).or_insert_with(|| {
            is_new = true;
            Box::new(Session {
                frame: Frame::new(row, self.connectors.intern(row)),
                digest: D::default(),
            })
        });
        session.frame.push(row);
        session.digest.row(row, &mut self.memory);
        if session.frame.has_end()
            && let Some(session) = self.open.remove(&key)
        {
            emit(Joined::Session(session));
        } else if is_new {
            self.limit(emit);
        }
    }
}

#[cfg(test)]
#[path = "join_tests.rs"]
mod tests;
