//! The lines of a part of a file, mapped into memory. The only `unsafe` of the crate.
//!
//! In: an open file and a range. Out: the whole lines that begin in the range.
//! Must not keep a mapping: only the range is mapped, and only while its lines are handed over, so that
//! memory stays flat however large the file is.

use std::fs::File;
use std::ops::Range;

use memmap2::{Mmap, MmapOptions};

use super::window::lines_in;

/// Mapped beyond the range, to find the end of its last line.
const BEYOND: u64 = 64 * 1024;

/// Hands over the whole lines of the file that begin in `range`. Returns `false`, and hands over
/// nothing, if the range cannot be mapped, or its last line does not end soon.
pub(super) fn each_lines(
    file: &File,
    len: u64,
    range: Range<u64>,
    visit: &mut dyn FnMut(&[u8]),
) -> bool {
    // The byte before the range tells whether a line starts at its first byte.
    let begin = range.start.saturating_sub(1);
    let end = range.end.saturating_add(BEYOND).min(len);
    let Some(map) = map(file, begin..end) else {
        return false;
    };
    let wanted = range.start - begin..range.end - begin;
    let lines = lines_in(&map, wanted);
    if !lines.ends_with(b"\n") && end < len && !lines.is_empty() {
        return false;
    }
    visit(lines);
    true
}

#[allow(
    unsafe_code,
    reason = "memory mapping is the one operation that needs it"
)]
fn map(file: &File, range: Range<u64>) -> Option<Mmap> {
    let len = usize::try_from(range.end - range.start).ok()?;
    let mut options = MmapOptions::new();
    options.offset(range.start).len(len);
    // SAFETY: the map is read only and private to this process. Another process may change the
    // file meanwhile: Exchange only appends, and the length is fixed before, so the mapped range
    // keeps its bytes. Bytes changed in place by something else can give odd rows, which are
    // counted as malformed; they cannot break memory safety because every row is checked as
    // bytes, never assumed to be valid text. A file that is truncated while mapped ends the
    // program with a bus error on Unix; `--io read` is the way around that.
    let map = unsafe { options.map(file) }.ok()?;
    populate(&map);
    Some(map)
}

/// Fills the page tables at once, which is cheaper than page by page. Older systems cannot: there the
/// pages come one by one.
#[cfg(target_os = "linux")]
fn populate(map: &Mmap) {
    let _ = map.advise(memmap2::Advice::PopulateRead);
}

#[cfg(not(target_os = "linux"))]
fn populate(_map: &Mmap) {}
