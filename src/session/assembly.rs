//! The sessions of one chunk, on one worker.
//!
//! In: the rows of a chunk, many at a time and in order. Out: [`ChunkSession`]s: the sessions that begin
//! in the chunk, already digested, and the rows of sessions that began before it, kept for the shared
//! step in [`super::join`]. A session that begins and ends in the chunk is first offered to `finish`,
//! which may process it at once.
//! The assembler takes rows session by session. The dialogue of one session follows a script, so the
//! processor predicts most branches; it cannot predict which of a hundred sessions has the next row.
//! Must not look beyond the chunk. Memory: the open sessions, of which there is a limit, and copies of the
//! rows of sessions that began before the chunk.

use std::sync::Arc;

use crate::input::header::Layout;
use crate::input::lines::RowSink;
use crate::input::notes::{NoteKind, Notes};
use crate::input::record::Row;

use super::crowd::Most;
use super::cut_rows::CutRows;
use super::frame::{self, Digest, Finished, Frame, Session};
use super::groups::Groups;
use super::key::{KeySet, SessionKey};

/// What a chunk knows of one session.
#[derive(Debug)]
pub enum ChunkSession<D> {
    /// It begins in the chunk.
    Begun(Box<Session<D>>),
    /// It began before the chunk, or its beginning is lost. Its rows are among the copied rows.
    Continued {
        /// The line of its last row.
        last: u32,
        /// Its id, if another session replaces it. Only the rows before the chunk tell whether it does.
        replaced: Option<SessionKey>,
    },
    /// It began in the chunk, and `finish` has processed it: it ended, or it was given up.
    Finished(Finished),
}

/// A session that began before the chunk.
#[derive(Debug)]
struct CutSession {
    frame: Frame,
    /// The line of its last row.
    last: u32,
}

/// A session that is open in the chunk.
enum Open<D> {
    Begun(Box<Session<D>>),
    Continued(Box<CutSession>),
}

impl<D> Open<D> {
    #[inline]
    fn frame(&self) -> &Frame {
        match self {
            Open::Begun(session) => &session.frame,
            Open::Continued(cut) => &cut.frame,
        }
    }

    fn into_chunk_session(self) -> ChunkSession<D> {
        match self {
            Open::Begun(session) => ChunkSession::Begun(session),
            Open::Continued(cut) => ChunkSession::Continued {
                last: cut.last,
                replaced: None,
            },
        }
    }
}

/// The sessions of a chunk.
#[derive(Debug)]
pub struct ChunkSessions<D> {
    /// The sessions that end in the chunk, or that another session with the same id replaces, in the
    /// order of that row.
    pub closed: Vec<ChunkSession<D>>,
    /// The sessions that are open at the end of the chunk, by first row.
    pub open: Vec<ChunkSession<D>>,
    /// The rows of the sessions that began before the chunk.
    pub cut: CutRows,
    /// Of sessions that were given up.
    pub notes: Notes,
}

/// Assembles the rows of a chunk into sessions. `F` is offered each session that begins and ends in the
/// chunk, and returns whether it has processed the session.
pub struct ChunkAssembler<D: Digest, F> {
    groups: Groups,
    /// The open session of each group.
    open: Vec<Option<Open<D>>>,
    /// The sessions that ended among the latest rows, each with the number of the row.
    ended: Vec<(u32, Open<D>)>,
    /// The numbers of the latest rows that belong to sessions that began before the chunk.
    cut_rows: Vec<u32>,
    closed: Vec<ChunkSession<D>>,
    memory: D::Memory,
    finish: F,
    cut: CutRows,
    begin: Begin<D>,
    /// How many sessions without an end are among `closed`.
    unended: usize,
    most: Most,
    notes: Notes,
}

/// Processed sessions, whose memory the next sessions reuse.
pub(super) type Spare<D> = Vec<Box<Session<D>>>;

/// So many are kept from one chunk to the next.
const MOST_SPARE: usize = 512;

/// A session with more rows is no spare one: it may hold much memory.
const MOST_ROWS: u64 = 1_000;

/// Begins sessions.
struct Begin<D> {
    connectors: Connectors,
    /// The sessions whose rows are all kept for the shared step.
    kept: KeySet,
    spare: Spare<D>,
    /// There were too many open sessions: from now on, those that `finish` will not take are kept as
    /// rows.
    crowded: bool,
    /// `finish` has not taken a session.
    refused: bool,
}

impl<D: Digest, F: FnMut(&Session<D>) -> bool> ChunkAssembler<D, F> {
    /// Creates an assembler that has seen no row.
    pub fn new(finish: F) -> ChunkAssembler<D, F> {
        ChunkAssembler::keeping(KeySet::default(), finish)
    }

    /// The same for a chunk in which these sessions cannot be told from those that began before it:
    /// all their rows are kept for the shared step.
    pub(super) fn keeping(kept: KeySet, finish: F) -> ChunkAssembler<D, F> {
        ChunkAssembler::with_most(kept, finish, Most::IN_CHUNK)
    }

    /// The same with another limit of open sessions.
    pub(super) fn with_most(kept: KeySet, finish: F, most: Most) -> ChunkAssembler<D, F> {
        ChunkAssembler {
            groups: Groups::default(),
            open: Vec::new(),
            ended: Vec::new(),
            cut_rows: Vec::new(),
            closed: Vec::new(),
            memory: D::Memory::default(),
            finish,
            cut: CutRows::default(),
            begin: Begin {
                connectors: Connectors::default(),
                // What was kept as rows when the chunk was read before must be so again.
                refused: !kept.is_empty(),
                kept,
                spare: Vec::new(),
                crowded: false,
            },
            unended: 0,
            most,
            notes: Notes::default(),
        }
    }

    /// Begins sessions in the memory of these.
    pub(super) fn reuse(&mut self, spare: Spare<D>) {
        self.begin.spare = spare;
    }

    /// Processed sessions, to be reused for another chunk.
    pub(super) fn take_spare(&mut self) -> Spare<D> {
        let mut spare = std::mem::take(&mut self.begin.spare);
        spare.truncate(MOST_SPARE);
        spare
    }

    /// Takes the next rows, read by this layout.
    pub fn rows(&mut self, rows: &[Row<'_>], layout: &Layout) {
        self.groups.add(rows, 0);
        self.grouped(rows, layout);
    }

    /// Takes rows that are already grouped.
    fn grouped(&mut self, rows: &[Row<'_>], layout: &Layout) {
        self.groups.close();
        self.open.resize_with(self.groups.len(), || None);
        while let Some(group) = self.groups.next() {
            let mut open = self.open[group.number].take();
            let mut next = Some(group.first);
            while let Some(number) = next {
                open = self.row(open, &rows[number as usize], number);
                next = self.groups.row_behind(number);
            }
            if open.is_none() {
                self.groups.forget(group.number);
            }
            self.open[group.number] = open;
        }
        self.cut_rows.sort_unstable();
        for number in self.cut_rows.drain(..) {
            self.cut.push(&rows[number as usize], layout);
        }
        let mut ended = std::mem::take(&mut self.ended);
        // Sessions that end with the same row belong to one group and are already in order.
        ended.sort_by_key(|(number, _)| *number);
        ended.drain(..).for_each(|(_, open)| self.close(open));
        self.ended = ended;
        if self.groups.open() > self.most.0 {
            self.give_up();
        }
    }

    /// Gives up the sessions that have been silent the longest.
    #[cold]
    fn give_up(&mut self) {
        self.begin.crowded = true;
        let open = self.open.iter().enumerate();
        let open: Vec<(usize, &Frame)> = open
            .filter_map(|(group, open)| Some((group, open.as_ref()?.frame())))
            .collect();
        for one in self.most.to_give_up(&open) {
            self.groups.forget(one.index);
            let Some(open) = self.open[one.index].take() else {
                continue;
            };
            self.end(open);
            // All others go on in the shared step.
            let is_finished = matches!(self.closed.last(), Some(ChunkSession::Finished(_)));
            if is_finished && !one.is_over {
                self.notes.add(NoteKind::SessionsGivenUp, one.first);
            }
        }
    }

    /// Adds the next row to the session that is open under its id. Returns the session that is open then.
    #[inline(always)]
    fn row(&mut self, open: Option<Open<D>>, row: &Row<'_>, number: u32) -> Option<Open<D>> {
        let mut open = match open {
            Some(open) if !open.frame().is_ended_by(row) => open,
            other => {
                self.ended.extend(other.map(|open| (number, open)));
                self.begin.session(row)
            }
        };
        match &mut open {
            Open::Begun(session) => {
                session.frame.push(row);
                session.digest.row(row, &mut self.memory);
            }
            Open::Continued(session) => {
                session.frame.push(row);
                session.last = row.place.line;
                self.cut_rows.push(number);
            }
        }
        if row.event != b'-' {
            return Some(open);
        }
        self.ended.push((number, open));
        None
    }

    /// Closes a session that has ended, or that another one with its id replaces.
    fn close(&mut self, open: Open<D>) {
        match open {
            Open::Begun(session) if !session.frame.has_end() && self.unended < self.most.0 => {
                self.unended += 1;
                self.closed.push(ChunkSession::Begun(session));
            }
            Open::Continued(cut) if !cut.frame.has_end() => {
                self.closed.push(ChunkSession::Continued {
                    last: cut.last,
                    replaced: Some(cut.frame.id.key().clone()),
                });
            }
            other => self.end(other),
        }
    }

    /// Offers a session to `finish`, or keeps it.
    fn end(&mut self, open: Open<D>) {
        self.closed.push(match open {
            Open::Begun(session) => {
                let finished = session.frame.finished();
                let whole = session.frame.begins_with_number_zero();
                if whole && (self.finish)(&session) {
                    if session.frame.rows <= MOST_ROWS {
                        self.begin.spare.push(session);
                    }
                    ChunkSession::Finished(finished)
                } else {
                    self.begin.refused |= whole;
                    ChunkSession::Begun(session)
                }
            }
            other => other.into_chunk_session(),
        });
    }

    /// Ends the chunk.
    pub fn finish(self) -> ChunkSessions<D> {
        let mut open: Vec<Open<D>> = self.open.into_iter().flatten().collect();
        open.sort_by_key(|open| open.frame().first);
        for open in &mut open {
            if let Open::Begun(session) = open {
                session.digest.shrink();
            }
        }
        ChunkSessions {
            closed: self.closed,
            open: open.into_iter().map(Open::into_chunk_session).collect(),
            cut: self.cut,
            notes: self.notes,
        }
    }
}

impl<D: Digest, F: FnMut(&Session<D>) -> bool> RowSink for ChunkAssembler<D, F> {
    fn look(&mut self, rows: &[Row<'_>], from: usize) {
        self.groups.add(rows, from);
    }

    fn take(&mut self, rows: &[Row<'_>], layout: &Layout) {
        self.grouped(rows, layout);
    }
}

impl<D: Digest> Begin<D> {
    fn session(&mut self, row: &Row<'_>) -> Open<D> {
        let connector = self.connectors.intern(row);
        if frame::begins(row) && !self.as_rows(row) {
            Open::Begun(match self.spare.pop() {
                Some(mut session) => {
                    session.frame.renew(row, connector);
                    session.digest.clear();
                    session
                }
                None => Box::new(Session {
                    frame: Frame::new(row, connector),
                    digest: D::default(),
                }),
            })
        } else {
            Open::Continued(Box::new(CutSession {
                frame: Frame::new(row, connector),
                last: 0,
            }))
        }
    }

    /// Whether the session that begins with this row is left to the shared step.
    #[inline]
    fn as_rows(&self, row: &Row<'_>) -> bool {
        let is_kept = || self.kept.contains(&SessionKey::of(row.session()));
        (!self.kept.is_empty() && is_kept())
            || (self.crowded && (self.refused || !row.has_number_zero()))
    }
}

/// The connector names of a chunk, so that each is allocated once and not once per session.
#[derive(Debug, Default)]
pub struct Connectors {
    known: Vec<(Box<[u8]>, Arc<str>)>,
}

impl Connectors {
    /// The row's connector name as shared text.
    pub fn intern(&mut self, row: &Row<'_>) -> Arc<str> {
        let raw = row.connector().raw();
        if let Some((_, name)) = self.known.iter().find(|(known, _)| **known == *raw) {
            return Arc::clone(name);
        }
        let name: Arc<str> = row.connector().text().into();
        // A hostile log may name a new connector in every row, so the list is bounded.
        if self.known.len() < 64 {
            self.known.push((raw.into(), Arc::clone(&name)));
        }
        name
    }
}
