//! Where assembled sessions go: to the worker that saw them whole, or to one place in order.
//!
//! In: sessions. Out: what an implementation makes of them.
//! Must not assemble anything.

use crate::input::place::PlaceTable;

use super::frame::Session;

/// The usual size of the largest chunk.
pub const LARGEST_CHUNK: u64 = 32 * 1024 * 1024;

/// What a worker does with a session that it has seen from its beginning to its end.
pub trait Finish<D>: Sync {
    /// What comes of the sessions of one chunk.
    type Part: Default + Send;

    /// The most bytes of a file to be read as one chunk: many, because each border cuts the sessions
    /// that are open there, and because a worker reads them window by window. What waits is the part,
    /// for the chunks before it: the larger it is, the smaller chunks should be.
    const LARGEST_CHUNK: u64 = LARGEST_CHUNK;

    /// Deals with the session, which is in the file with this index, and says so; the session is
    /// then cleared. Otherwise it goes to the [`Sink`]. The result must not depend on the other
    /// sessions of the chunk.
    fn finish(&self, file: usize, session: &Session<D>, part: &mut Self::Part) -> bool;
}

/// Leaves every session to the sink.
pub struct LeaveAll;

impl<D> Finish<D> for LeaveAll {
    type Part = ();

    fn finish(&self, _file: usize, _session: &Session<D>, _part: &mut ()) -> bool {
        false
    }
}

/// Where sessions go, in their order.
pub trait Sink<D, P> {
    /// Takes a session that has ended, or that never will.
    fn take(&mut self, stream: usize, session: Session<D>, places: &PlaceTable);

    /// It is the turn of the next session that a worker has dealt with; `part` is what came of its
    /// chunk.
    fn finished(&mut self, _stream: usize, _part: &mut P, _places: &PlaceTable) {}

    /// All sessions of the chunk have been taken. If what came of it lacks something that is known to be
    /// wanted by now, the chunk is read again, and what comes of it then is the part.
    fn lacks(&mut self, _part: &P) -> bool {
        false
    }

    /// All sessions of the chunk have been taken, and this came of it.
    fn part(&mut self, _stream: usize, _part: P) {}

    /// These sessions may go on if more is logged. They come before the stream ends, by their first row.
    fn open(&mut self, _stream: usize, _sessions: Vec<Session<D>>, _places: &PlaceTable) {}

    /// All sessions of the stream have been taken. A stream without lines does not end.
    fn end(&mut self, _stream: usize, _places: &PlaceTable) {}
}

impl<D, G: FnMut(usize, Session<D>, &PlaceTable)> Sink<D, ()> for G {
    fn take(&mut self, stream: usize, session: Session<D>, places: &PlaceTable) {
        self(stream, session, places);
    }
}
