//! Whether a text is anywhere in the corpus.
//!
//! In: a [`Corpus`] and a text. Out: yes or no.
//! Must not look at rows.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::input::corpus::Corpus;
use crate::input::in_order::Buffers;

use super::sink::LARGEST_CHUNK;

/// Whether any file contains the text. It stops at the first file that does, and it ignores pipes.
pub fn contains(corpus: &Corpus, pool: &rayon::ThreadPool, needle: &[u8]) -> bool {
    let found = AtomicBool::new(false);
    let finder = memchr::memmem::Finder::new(needle);
    let buffers: Buffers = Buffers::default();
    pool.in_place_scope(|scope| {
        for chunk in corpus.chunks(LARGEST_CHUNK).flatten() {
            let (found, finder, buffers) = (&found, &finder, &buffers);
            scope.spawn(move |_| {
                if found.load(Ordering::Relaxed) {
                    return;
                }
                let look = |bytes: &[u8]| {
                    if !found.load(Ordering::Relaxed) && finder.find(bytes).is_some() {
                        found.store(true, Ordering::Relaxed);
                    }
                };
                // The pass that reads sessions reports files that cannot be read.
                let _ = buffers.with(|window| corpus.each_lines(&chunk, window, &mut { look }));
            });
        }
    });
    found.into_inner()
}
