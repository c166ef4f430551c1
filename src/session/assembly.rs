//! The sessions of one chunk, on one worker.
//!
//! In: the rows of a chunk in order. Out: [`Piece`]s: sessions that begin in the chunk, already
//! digested, and the rows of sessions that began before it, kept for the shared step in
//! [`super::join`]. A session that also ends in the chunk is first offered to `finish`, which may
//! deal with it on the spot.
//! Must not look beyond the chunk. Memory: open sessions, plus copies of the rows of sessions that
//! the chunk's beginning cuts.

use std::collections::hash_map::Entry;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::input::header::Layout;
use crate::input::place::Place;
use crate::input::record::{self, Oddities, Row};
use crate::input::structure::Marks;
use crate::input::timestamp::DayCache;

use super::frame::{self, Digest, Finished, Frame, Session};
use super::key::SessionKey;

/// What a chunk knows of one session.
#[derive(Debug)]
pub enum Piece<D> {
    /// It begins in the chunk.
    Begun(Box<Session<D>>),
    /// It began before the chunk, or its beginning is lost.
    Continued(Box<CutRows>),
    /// It began and ended in the chunk and has been dealt with.
    Finished(Finished),
}

/// Copies of the rows of a session that a chunk's beginning cuts.
#[derive(Debug)]
pub struct CutRows {
    frame: Frame,
    layout: Layout,
    /// The lines one behind the other, and where each ends.
    bytes: Vec<u8>,
    rows: Vec<(Place, usize)>,
}

impl CutRows {
    /// Reads the rows again, in order.
    pub fn replay(&self, mut visit: impl FnMut(&Row<'_>)) {
        let (mut marks, mut days) = (Marks::default(), DayCache::default());
        let mut start = 0;
        for (place, end) in &self.rows {
            let line = &self.bytes[start..*end];
            start = *end;
            let mut odd = Oddities::default();
            let row = record::parse(line, *place, &self.layout, &mut marks, &mut days, &mut odd);
            if let Some(row) = row {
                visit(&row);
            }
        }
    }

    fn push(&mut self, row: &Row<'_>) {
        self.frame.push(row);
        self.bytes.extend_from_slice(row.line);
        self.rows.push((row.place, self.bytes.len()));
    }
}

/// A session that is open in the chunk.
enum Open<D> {
    Begun(Box<Session<D>>),
    Continued(Box<CutRows>),
}

impl<D> Open<D> {
    #[inline]
    fn frame(&self) -> &Frame {
        match self {
            Open::Begun(session) => &session.frame,
            Open::Continued(cut) => &cut.frame,
        }
    }

    fn into_piece(self) -> Piece<D> {
        match self {
            Open::Begun(session) => Piece::Begun(session),
            Open::Continued(cut) => Piece::Continued(cut),
        }
    }
}

impl<D: Digest> Open<D> {
    #[inline]
    fn push(&mut self, row: &Row<'_>, memory: &mut D::Memory) {
        match self {
            Open::Begun(session) => {
                session.frame.push(row);
                session.digest.row(row, memory);
            }
            Open::Continued(cut) => cut.push(row),
        }
    }
}

/// The sessions of a chunk.
#[derive(Debug)]
pub struct Pieces<D> {
    /// Those that end in the chunk or give way to another session with the same id, in the order
    /// of that row.
    pub closed: Vec<Piece<D>>,
    /// Those that are still open at its end, by first row.
    pub open: Vec<Piece<D>>,
}

/// Puts the rows of a chunk together. `F` is offered each session that begins and ends in the chunk
/// and says whether it has dealt with it.
pub struct ChunkAssembler<D: Digest, F> {
    open: FxHashMap<SessionKey, Open<D>>,
    closed: Vec<Piece<D>>,
    connectors: Connectors,
    memory: D::Memory,
    finish: F,
    /// The columns changed: a session may begin before the change and go on behind it.
    changed: bool,
    /// Room of sessions that have been dealt with.
    spare: Vec<Box<Session<D>>>,
}

impl<D: Digest, F: FnMut(&mut Session<D>) -> bool> ChunkAssembler<D, F> {
    /// An assembler that has seen no row.
    pub fn new(finish: F) -> ChunkAssembler<D, F> {
        ChunkAssembler {
            open: FxHashMap::default(),
            closed: Vec::new(),
            connectors: Connectors::default(),
            memory: D::Memory::default(),
            finish,
            changed: false,
            spare: Vec::new(),
        }
    }

    /// Takes the next row, read by this layout.
    #[inline]
    pub fn row(&mut self, row: &Row<'_>, layout: &Layout) {
        let key = SessionKey::of(row.session());
        let open = match self.open.entry(key) {
            Entry::Occupied(entry) => {
                let open = entry.into_mut();
                if open.frame().is_ended_by(row) {
                    let new = begin(row, *layout, &mut self.connectors, &mut self.spare);
                    let ended = std::mem::replace(open, new);
                    self.closed.push(ended.into_piece());
                }
                open
            }
            Entry::Vacant(entry) => {
                let new = begin(row, *layout, &mut self.connectors, &mut self.spare);
                entry.insert(new)
            }
        };
        // Copied rows are read again with one layout, so a change of layout closes the copy.
        if let Open::Continued(cut) = open
            && cut.layout != *layout
        {
            let new = begin(row, *layout, &mut self.connectors, &mut self.spare);
            let ended = std::mem::replace(open, new);
            self.closed.push(ended.into_piece());
            self.changed = true;
        }
        open.push(row, &mut self.memory);
        if row.event == b'-'
            && let Some(open) = self.open.remove(&key)
        {
            self.close(open);
        }
    }

    /// A session has ended.
    fn close(&mut self, open: Open<D>) {
        self.closed.push(match open {
            Open::Begun(mut session) => {
                let finished = session.frame.finished();
                let whole = !self.changed && session.frame.begins_with_number_zero();
                if whole && (self.finish)(&mut session) {
                    self.spare.push(session);
                    Piece::Finished(finished)
                } else {
                    Piece::Begun(session)
                }
            }
            Open::Continued(cut) => Piece::Continued(cut),
        });
    }

    /// The chunk has ended.
    pub fn finish(self) -> Pieces<D> {
        let mut open: Vec<Open<D>> = self.open.into_values().collect();
        open.sort_by_key(|open| open.frame().first);
        Pieces {
            closed: self.closed,
            open: open.into_iter().map(Open::into_piece).collect(),
        }
    }
}

fn begin<D: Digest>(
    row: &Row<'_>,
    layout: Layout,
    connectors: &mut Connectors,
    spare: &mut Vec<Box<Session<D>>>,
) -> Open<D> {
    let connector = connectors.intern(row);
    if frame::begins(row) {
        Open::Begun(match spare.pop() {
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
        Open::Continued(Box::new(CutRows {
            frame: Frame::new(row, connector),
            layout,
            bytes: Vec::new(),
            rows: Vec::new(),
        }))
    }
}

/// One allocation per connector name and chunk instead of one per session.
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
        // A hostile log may name a new connector in every row: the list stays short.
        if self.known.len() < 64 {
            self.known.push((raw.into(), Arc::clone(&name)));
        }
        name
    }
}
