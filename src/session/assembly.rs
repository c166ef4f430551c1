//! The sessions of one chunk, on one worker.
//!
//! In: the rows of a chunk in order. Out: [`Piece`]s: sessions that begin in the chunk, already
//! digested, and the rows of sessions that began before it, kept for the shared step in
//! [`super::join`].
//! Must not look beyond the chunk. Memory: open sessions, plus copies of the rows of sessions that
//! the chunk's beginning cuts.

use std::collections::hash_map::Entry;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::input::header::Layout;
use crate::input::place::Place;
use crate::input::record::{self, Oddities, Row};
use crate::input::timestamp::DayCache;

use super::frame::{self, Digest, Frame, Session};
use super::key::SessionKey;

/// What a chunk knows of one session.
#[derive(Debug)]
pub enum Piece<D> {
    /// It begins in the chunk.
    Begun(Box<Session<D>>),
    /// It began before the chunk, or its beginning is lost.
    Continued(Box<CutRows>),
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
        let mut days = DayCache::default();
        let mut start = 0;
        for (place, end) in &self.rows {
            let line = &self.bytes[start..*end];
            start = *end;
            let mut odd = Oddities::default();
            if let Some(row) = record::parse(line, *place, &self.layout, &mut days, &mut odd) {
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

impl<D> Piece<D> {
    /// The outline as far as the chunk shows it.
    #[inline]
    pub fn frame(&self) -> &Frame {
        match self {
            Piece::Begun(session) => &session.frame,
            Piece::Continued(cut) => &cut.frame,
        }
    }
}

impl<D: Digest> Piece<D> {
    #[inline]
    fn push(&mut self, row: &Row<'_>, memory: &mut D::Memory) {
        match self {
            Piece::Begun(session) => {
                session.frame.push(row);
                session.digest.row(row, memory);
            }
            Piece::Continued(cut) => cut.push(row),
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

/// Puts the rows of a chunk together.
pub struct ChunkAssembler<D: Digest> {
    open: FxHashMap<SessionKey, Piece<D>>,
    closed: Vec<Piece<D>>,
    connectors: Connectors,
    memory: D::Memory,
}

impl<D: Digest> Default for ChunkAssembler<D> {
    fn default() -> ChunkAssembler<D> {
        ChunkAssembler::new()
    }
}

impl<D: Digest> ChunkAssembler<D> {
    /// An assembler that has seen no row.
    pub fn new() -> ChunkAssembler<D> {
        ChunkAssembler {
            open: FxHashMap::default(),
            closed: Vec::new(),
            connectors: Connectors::default(),
            memory: D::Memory::default(),
        }
    }

    /// Takes the next row, read by this layout.
    pub fn row(&mut self, row: &Row<'_>, layout: &Layout) {
        let key = SessionKey::of(row.session);
        let piece = match self.open.entry(key) {
            Entry::Occupied(entry) => {
                let piece = entry.into_mut();
                if piece.frame().is_ended_by(row) {
                    let new = begin(row, *layout, &mut self.connectors);
                    self.closed.push(std::mem::replace(piece, new));
                }
                piece
            }
            Entry::Vacant(entry) => entry.insert(begin(row, *layout, &mut self.connectors)),
        };
        // Copied rows are read again with one layout, so a change of layout closes the copy.
        if let Piece::Continued(cut) = piece
            && cut.layout != *layout
        {
            let new = begin(row, *layout, &mut self.connectors);
            self.closed.push(std::mem::replace(piece, new));
        }
        piece.push(row, &mut self.memory);
        if row.event == b'-'
            && let Some(piece) = self.open.remove(&key)
        {
            self.closed.push(piece);
        }
    }

    /// The chunk has ended.
    pub fn finish(self) -> Pieces<D> {
        let mut open: Vec<Piece<D>> = self.open.into_values().collect();
        open.sort_by_key(|piece| piece.frame().first);
        Pieces {
            closed: self.closed,
            open,
        }
    }
}

fn begin<D: Digest>(row: &Row<'_>, layout: Layout, connectors: &mut Connectors) -> Piece<D> {
    let frame = Frame::new(row, connectors.intern(row));
    if frame::begins(row.event, row.sequence) {
        Piece::Begun(Box::new(Session {
            frame,
            digest: D::default(),
        }))
    } else {
        Piece::Continued(Box::new(CutRows {
            frame,
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
        let raw = row.connector.raw();
        if let Some((_, name)) = self.known.iter().find(|(known, _)| **known == *raw) {
            return Arc::clone(name);
        }
        let name: Arc<str> = row.connector.text().into();
        // A hostile log may name a new connector in every row: the list stays short.
        if self.known.len() < 64 {
            self.known.push((raw.into(), Arc::clone(&name)));
        }
        name
    }
}
