//! Whole lines of bytes that are read piece by piece.
//!
//! In: a way to read bytes, and the range whose lines are wanted. Out: whole lines, many at a time.
//! Must not interpret the bytes, and must not hold more than a window and one line. Invariant: of a line
//! that is longer than [`LONGEST_LINE`], only the beginning is handed over, and it is still too long.

use std::io;
use std::ops::Range;

/// A line of more bytes is no row of a log. Exchange writes rows of a few hundred bytes, and cuts what
/// another server sends at a few thousand.
pub(super) const LONGEST_LINE: usize = 1024 * 1024;

/// Bytes read at once: small enough to be in the processor's cache when they are parsed.
const WINDOW: usize = 256 * 1024;

/// Read beyond a range at once, to find the end of its last line.
const BEYOND: u64 = 4 * 1024;

/// Reads bytes at a position into a buffer, and returns how many; 0 at the end. Positions only grow.
pub(super) type ReadAt<'r> = dyn FnMut(u64, &mut [u8]) -> io::Result<usize> + 'r;

/// Hands over the whole lines that begin within `range`, several at a time and in order: from the first
/// line start at or after `range.start` to the end of the line that holds the last byte of `range`.
/// Neighbouring ranges share no line and leave none out. The memory of `buffer` is reused.
///
/// # Errors
/// The error of `read`, after the lines before it were handed over.
pub(super) fn each_lines(
    range: Range<u64>,
    read: &mut ReadAt<'_>,
    buffer: &mut Vec<u8>,
    visit: &mut dyn FnMut(&[u8]),
) -> io::Result<()> {
    let mut window = Window {
        // The byte before the range tells whether a line starts at its first byte.
        at: range.start.saturating_sub(1),
        filled: 0,
        end: range.end,
        buffer,
    };
    if range.start > 0 && !window.skip_line(read)? {
        return Ok(());
    }
    // What is in the window before `fresh` was searched for newlines already.
    let mut fresh = 0;
    loop {
        if window.begins() >= window.end {
            return Ok(());
        }
        if window.filled == fresh {
            let count = match window.read(read) {
                Ok(count) => count,
                Err(error) => {
                    visit(&window.buffer[..window.filled]);
                    return Err(error);
                }
            };
            if count == 0 {
                visit(&window.buffer[..window.filled]);
                return Ok(());
            }
        }
        if let Some(stop) = window.last_stop(fresh) {
            visit(&window.buffer[..stop]);
            return Ok(());
        }
        let newest = &window.buffer[fresh..window.filled];
        if let Some(newline) = memchr::memrchr(b'\n', newest) {
            let behind = fresh + newline + 1;
            visit(&window.buffer[..behind]);
            window.forget(behind);
        }
        fresh = window.filled;
        if window.filled > LONGEST_LINE {
            let stop = window.cut_line(read)?;
            visit(&window.buffer[..stop]);
            window.forget(stop);
            fresh = 0;
        }
    }
}

/// The bytes read and not yet handed over. They begin with a line.
struct Window<'b> {
    /// The position behind the last byte read.
    at: u64,
    filled: usize,
    /// The end of the range.
    end: u64,
    buffer: &'b mut Vec<u8>,
}

impl Window<'_> {
    /// The position of the first byte.
    fn begins(&self) -> u64 {
        self.at - self.filled as u64
    }

    fn forget(&mut self, bytes: usize) {
        self.buffer.copy_within(bytes..self.filled, 0);
        self.filled -= bytes;
    }

    /// Reads more, beyond the range only what may be the rest of its last line.
    fn read(&mut self, read: &mut ReadAt<'_>) -> io::Result<usize> {
        if self.filled == self.buffer.len() {
            self.buffer.resize((self.filled * 2).max(WINDOW), 0);
        }
        // Of a line that goes on and on, each turn reads as much again as it has so far.
        let beyond = BEYOND.max(self.filled as u64);
        let wanted = self.end.saturating_sub(self.at).saturating_add(beyond);
        let space = self.buffer.len() - self.filled;
        let space = usize::try_from(wanted).map_or(space, |wanted| wanted.min(space));
        let count = read(self.at, &mut self.buffer[self.filled..self.filled + space])?;
        self.filled += count;
        self.at += count as u64;
        Ok(count)
    }

    /// Skips the rest of the line that holds the byte before the range. Returns whether a line begins in
    /// the range.
    fn skip_line(&mut self, read: &mut ReadAt<'_>) -> io::Result<bool> {
        loop {
            let count = self.read(read)?;
            if let Some(newline) = memchr::memchr(b'\n', &self.buffer[..self.filled]) {
                self.forget(newline + 1);
                return Ok(self.begins() < self.end);
            }
            self.filled = 0;
            if count == 0 || self.at >= self.end {
                return Ok(false);
            }
        }
    }

    /// Where the last line of the range ends, if its end is in the window.
    fn last_stop(&self, fresh: usize) -> Option<usize> {
        let inside = self.end.checked_sub(self.begins() + 1)?;
        let inside = usize::try_from(inside).ok()?.max(fresh);
        let bytes = self.buffer.get(inside..self.filled)?;
        memchr::memchr(b'\n', bytes).map(|newline| inside + newline + 1)
    }

    /// Drops the middle of a line that is too long. Returns where the line ends in the window.
    fn cut_line(&mut self, read: &mut ReadAt<'_>) -> io::Result<usize> {
        const KEPT: usize = LONGEST_LINE + 1;
        self.buffer.resize(self.buffer.len().max(KEPT + WINDOW), 0);
        let mut filled = self.filled;
        loop {
            if let Some(newline) = memchr::memchr(b'\n', &self.buffer[KEPT..filled]) {
                self.buffer.copy_within(KEPT + newline..filled, KEPT);
                self.filled = filled - newline;
                return Ok(KEPT + 1);
            }
            let count = read(self.at, &mut self.buffer[KEPT..])?;
            self.at += count as u64;
            filled = KEPT + count;
            if count == 0 {
                self.filled = KEPT;
                return Ok(KEPT);
            }
        }
    }
}

/// The whole lines of `bytes` that begin within `range`.
pub(super) fn lines_in(bytes: &[u8], range: Range<u64>) -> &[u8] {
    let end = usize::try_from(range.end).map_or(bytes.len(), |end| end.min(bytes.len()));
    let start = usize::try_from(range.start).map_or(end, |start| start.min(end));
    let first = line_start(bytes, start);
    if first >= end {
        return &[];
    }
    &bytes[first..line_start(bytes, end)]
}

/// The first line start at or after `at`.
fn line_start(bytes: &[u8], at: usize) -> usize {
    if at == 0 || at >= bytes.len() {
        return at.min(bytes.len());
    }
    memchr::memchr(b'\n', &bytes[at - 1..]).map_or(bytes.len(), |found| at + found)
}
