//! Work on all cores, and what comes of it in order.
//!
//! In: [`Chunk`]s or other items, and work to be done on each. Out: the results, in the order of the items.
//! Must not know what is in a chunk. Memory: the items in flight, a few per thread.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};

use super::chunks::{Chunk, FileError};

/// Items in flight per thread.
const ITEMS_PER_THREAD: usize = 2;

/// Buffers for reading files, or other things that work needs, reused for each chunk.
#[derive(Default)]
pub struct Buffers<B = Vec<u8>>(Mutex<Vec<B>>);

impl<B: Default> Buffers<B> {
    /// Lends a buffer to the work.
    pub fn with<T>(&self, work: impl FnOnce(&mut B) -> T) -> T {
        let mut buffer = self.lock().pop().unwrap_or_default();
        let result = work(&mut buffer);
        self.lock().push(buffer);
        result
    }

    fn lock(&self) -> MutexGuard<'_, Vec<B>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What comes next.
pub enum Outcome<T> {
    /// The next chunk, and what came of it.
    Done(Chunk, T),
    /// A file gives no more chunks. This comes as soon as it is known, before chunks in flight.
    Failed(FileError),
}

/// Does the work on each chunk, on the threads of the pool. `take` receives the results in the order
/// of the chunks, on the calling thread.
pub fn each_chunk<T: Send>(
    pool: &rayon::ThreadPool,
    chunks: impl Iterator<Item = Result<Chunk, FileError>>,
    work: &(impl Fn(&Chunk) -> T + Sync),
    take: &mut dyn FnMut(Outcome<T>),
) {
    // Chunks are asked for and taken in turn, never at the same time.
    let take = RefCell::new(take);
    let chunks = chunks.filter_map(|chunk| {
        let failed = |error| (take.borrow_mut())(Outcome::Failed(error));
        chunk.map_err(failed).ok()
    });
    each(pool, chunks, work, &mut |chunk, result| {
        (take.borrow_mut())(Outcome::Done(chunk, result));
    });
}

/// Does the work on each item, on the threads of the pool. `take` receives the results in the order of
/// the items, on the calling thread, while the next items are worked on.
pub fn each<I: Send, T: Send>(
    pool: &rayon::ThreadPool,
    mut items: impl Iterator<Item = I>,
    work: &(impl Fn(&I) -> T + Sync),
    take: &mut dyn FnMut(I, T),
) {
    let window = pool.current_num_threads().max(1) * ITEMS_PER_THREAD;
    pool.in_place_scope(|scope| {
        // The items in flight, in their order.
        let mut in_flight = VecDeque::new();
        loop {
            while in_flight.len() < window {
                let Some(item) = items.next() else { break };
                let (sender, done) = mpsc::sync_channel(1);
                in_flight.push_back(done);
                scope.spawn(move |_| {
                    let result = work(&item);
                    // The receiver is gone only if the caller is already unwinding.
                    let _ = sender.send((item, result));
                });
            }
            let Some(next) = in_flight.pop_front() else {
                break;
            };
            // A worker that panics sends nothing. The scope then resumes the panic.
            let Ok((item, result)) = next.recv() else {
                break;
            };
            take(item, result);
        }
    });
}
