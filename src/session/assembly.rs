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
    Continued(Box<CutSession>),
    /// It began and ended in the chunk and has been dealt with.
    Finished(Finished),
}

/// A session that a chunk's beginning cuts. Its rows are among the [`CutRows`].
#[derive(Debug)]
pub struct CutSession {
    frame: Frame,
    /// The number of its last row among them.
    pub last: usize,
}

/// Copies of the rows of all sessions that a chunk's beginning cuts, in order.
#[derive(Debug, Default)]
pub struct CutRows {
    /// Their lines, each with a newline.
    bytes: Vec<u8>,
    chunk: u32,
    /// The line number of each.
    lines: Vec<u32>,
    /// The layouts that they were read by, each with the number of the first such row.
    layouts: Vec<(usize, Layout)>,
}

impl CutRows {
    /// Reads the rows again, in order, and hands over each with its number.
    pub fn replay(&self, mut visit: impl FnMut(usize, &Row<'_>)) {
        let (mut marks, mut days) = (Marks::default(), DayCache::default());
        let mut layouts = self.layouts.iter().peekable();
        let mut layout = Layout::default();
        let mut number = 0;
        Marks::default().each_line(&self.bytes, |line| {
            let place = Place {
                chunk: self.chunk,
                line: self.lines[number],
            };
            while let Some((_, next)) = layouts.next_if(|(first, _)| *first == number) {
                layout = *next;
            }
            let usual = layout.is_default();
            let row = usual
                .then(|| record::with_default(line, place, &mut days))
                .flatten();
            let row = row.or_else(|| {
                let mut odd = Oddities::default();
                let (marks, days) = (&mut marks, &mut days);
                record::parse(line.bytes(), place, &layout, marks, days, &mut odd)
            });
            if let Some(row) = row {
                visit(number, &row);
            }
            number += 1;
        });
    }

    fn push(&mut self, session: &mut CutSession, row: &Row<'_>, layout: &Layout) {
        session.frame.push(row);
        session.last = self.lines.len();
        if self.layouts.last().is_none_or(|(_, last)| last != layout) {
            self.layouts.push((session.last, *layout));
        }
        self.bytes.extend_from_slice(row.line);
        self.bytes.push(b'\n');
        self.chunk = row.place.chunk;
        self.lines.push(row.place.line);
    }
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

    fn into_piece(self) -> Piece<D> {
        match self {
            Open::Begun(session) => Piece::Begun(session),
            Open::Continued(cut) => Piece::Continued(cut),
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
    /// The rows of those that began before it.
    pub cut: CutRows,
}

/// Puts the rows of a chunk together. `F` is offered each session that begins and ends in the chunk
/// and says whether it has dealt with it.
pub struct ChunkAssembler<D: Digest, F> {
    open: FxHashMap<SessionKey, Open<D>>,
    closed: Vec<Piece<D>>,
    connectors: Connectors,
    memory: D::Memory,
    finish: F,
    cut: CutRows,
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
            cut: CutRows::default(),
            spare: Vec::new(),
        }
    }

    /// Takes the next row, read by this layout.
    #[inline(always)]
    pub fn row(&mut self, row: &Row<'_>, layout: &Layout) {
        let key = SessionKey::of(row.session());
        let open = match self.open.entry(key) {
            Entry::Occupied(entry) => {
                let open = entry.into_mut();
                if open.frame().is_ended_by(row) {
                    let new = begin(row, &mut self.connectors, &mut self.spare);
                    let ended = std::mem::replace(open, new);
                    self.closed.push(ended.into_piece());
                }
                open
            }
            Entry::Vacant(entry) => entry.insert(begin(row, &mut self.connectors, &mut self.spare)),
        };
        match open {
            Open::Begun(session) => {
                session.frame.push(row);
                session.digest.row(row, &mut self.memory);
            }
            Open::Continued(session) => self.cut.push(session, row, layout),
        }
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
                let whole = session.frame.begins_with_number_zero();
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
            cut: self.cut,
        }
    }
}

fn begin<D: Digest>(
    row: &Row<'_>,
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
        Open::Continued(Box::new(CutSession {
            frame: Frame::new(row, connector),
            last: 0,
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
