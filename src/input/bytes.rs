//! The bytes of a log file: mapped, read window by window, or held in memory, behind one type.
//!
//! In: an open file or a buffer. Out: slices of a byte range.
//! Must not interpret the bytes. The length is fixed when the file is opened: what a running
//! Exchange appends later is not read, so every run of the program sees one consistent prefix.
//! The only `unsafe` of the crate is the mapping below.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::Path;

use memmap2::{Mmap, MmapOptions};

/// How files are read (`--io`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IoMode {
    /// The faster way: reading, on every file measured (`benches/README.md`).
    #[default]
    Auto,
    /// Mapped; a file that cannot be mapped or is on another machine is read.
    Mmap,
    /// Read window by window.
    Read,
}

/// A file's bytes.
#[derive(Debug)]
pub enum Source {
    /// Mapped into memory.
    Mapped(Mmap),
    /// Read by position, up to the length at opening.
    File {
        /// The open file.
        file: File,
        /// Its length when it was opened.
        len: u64,
    },
    /// Held in memory: decoded UTF-16.
    Owned(Vec<u8>),
    /// A pipe: its bytes come in order and only once, through the corpus.
    Pipe,
}

impl Source {
    /// Opens a file.
    ///
    /// # Errors
    /// Whatever the operating system says about opening the file or asking for its length.
    pub fn open(path: &Path, mode: IoMode) -> io::Result<Source> {
        let file = File::open(path)?;
        let len = file.metadata()?.len();
        let wants_map = mode == IoMode::Mmap && !is_network_path(path);
        if wants_map
            && len > 0
            && let Some(map) = map_file(&file, len)
        {
            return Ok(Source::Mapped(map));
        }
        Ok(Source::File { file, len })
    }

    /// The number of bytes; 0 for a pipe, whose length nobody knows.
    pub fn len(&self) -> u64 {
        match self {
            Source::Mapped(map) => map.len() as u64,
            Source::File { len, .. } => *len,
            Source::Owned(bytes) => bytes.len() as u64,
            Source::Pipe => 0,
        }
    }

    /// Whether there is nothing to read.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Hands over the whole lines that begin within `range`, several at a time and in order: from
    /// the first line start at or after `range.start` to the end of the line that holds the last
    /// byte of `range`. Neighbouring ranges share no line and leave none out. `window` is used where
    /// bytes must be read; it grows beyond its usual size only for a line that is longer.
    ///
    /// # Errors
    /// Whatever the operating system says about reading; a mapped file never fails here.
    pub fn each_lines(
        &self,
        range: Range<u64>,
        window: &mut Vec<u8>,
        visit: &mut dyn FnMut(&[u8]),
    ) -> io::Result<()> {
        match self {
            Source::Mapped(map) => visit(lines_in(map, range)),
            Source::Owned(bytes) => visit(lines_in(bytes, range)),
            Source::File { file, len } => return read_lines(file, *len, range, window, visit),
            Source::Pipe => {}
        }
        Ok(())
    }

    /// Up to `count` bytes from the start of the file.
    ///
    /// # Errors
    /// As [`Source::each_lines`].
    pub fn head(&self, count: usize) -> io::Result<Vec<u8>> {
        match self {
            Source::Mapped(map) => Ok(map[..count.min(map.len())].to_vec()),
            Source::Owned(bytes) => Ok(bytes[..count.min(bytes.len())].to_vec()),
            Source::File { file, len } => {
                let mut head = Vec::new();
                read_at(file, 0, u64::min(*len, count as u64), &mut head)?;
                Ok(head)
            }
            Source::Pipe => Ok(Vec::new()),
        }
    }
}

/// A path on another machine: mapping it would turn a network error into a crash.
fn is_network_path(path: &Path) -> bool {
    let text = path.as_os_str().as_encoded_bytes();
    text.starts_with(br"\\") || text.starts_with(b"//")
}

#[allow(
    unsafe_code,
    reason = "memory mapping is the one operation that needs it"
)]
fn map_file(file: &File, len: u64) -> Option<Mmap> {
    let len = usize::try_from(len).ok()?;
    // SAFETY: the map is read only and private to this process. Another process may change the
    // file meanwhile: Exchange only appends, and the length is fixed here, so the mapped range
    // keeps its bytes. Bytes changed in place by something else can give odd rows, which are
    // counted as malformed; they cannot break memory safety because every row is checked as
    // bytes, never assumed to be valid text. A file that is truncated while mapped ends the
    // program with a bus error on Unix; `--io read` is the way around that.
    let map = unsafe { MmapOptions::new().len(len).map(file) }.ok()?;
    advise(&map);
    Some(map)
}

#[cfg(unix)]
fn advise(map: &Mmap) {
    // A hint; nothing depends on whether the system takes it.
    let _ = map.advise(memmap2::Advice::Sequential);
}

#[cfg(not(unix))]
fn advise(_map: &Mmap) {}

fn lines_in(bytes: &[u8], range: Range<u64>) -> &[u8] {
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

/// Bytes read at once: small enough to be in the processor's cache when they are parsed.
const WINDOW: usize = 256 * 1024;

/// Read beyond a range at once, to find the end of its last line.
const BEYOND: u64 = 4 * 1024;

fn read_lines(
    file: &File,
    len: u64,
    range: Range<u64>,
    window: &mut Vec<u8>,
    visit: &mut dyn FnMut(&[u8]),
) -> io::Result<()> {
    let end = range.end.min(len);
    // The byte before the range tells whether a line starts at its first byte.
    let mut skipping = range.start > 0;
    let mut at = range.start.saturating_sub(1);
    let mut filled = 0;
    loop {
        if filled == window.len() {
            window.resize((filled * 2).max(WINDOW), 0);
        }
        // Of a line that goes on and on, each turn reads as much again as it has so far.
        let beyond = BEYOND.max(filled as u64);
        let wanted = (end.saturating_sub(at) + beyond).min(len.saturating_sub(at));
        let space = window.len() - filled;
        let space = usize::try_from(wanted).map_or(space, |wanted| wanted.min(space));
        let count = read_some(file, at, &mut window[filled..filled + space])?;
        // What was left of the turn before holds no newline: only fresh bytes are searched.
        let fresh = filled;
        filled += count;
        at += count as u64;
        let mut start = 0;
        if skipping {
            let newline = memchr::memchr(b'\n', &window[..filled]);
            start = newline.map_or(filled, |newline| newline + 1);
            skipping = newline.is_none();
        }
        let begins = at - filled as u64;
        if begins + start as u64 >= end {
            return Ok(());
        }
        let bytes = &window[start..filled];
        let last = count == 0;
        if at >= end {
            let inside = ((end - begins) as usize - 1).max(fresh) - start;
            let newline = memchr::memchr(b'\n', &bytes[inside..]);
            let stop = newline.map(|found| inside + found + 1);
            if let Some(stop) = stop.or(last.then_some(bytes.len())) {
                visit(&bytes[..stop]);
                return Ok(());
            }
        } else if last {
            // The file has become shorter.
            visit(bytes);
            return Ok(());
        }
        if let Some(newline) = memchr::memrchr(b'\n', &window[start.max(fresh)..filled]) {
            let behind = start.max(fresh) + newline + 1;
            visit(&window[start..behind]);
            start = behind;
        }
        if start > 0 {
            window.copy_within(start..filled, 0);
            filled -= start;
        }
    }
}

/// Appends the bytes `from..until` of the file; fewer if the file has become shorter.
fn read_at(file: &File, from: u64, until: u64, buffer: &mut Vec<u8>) -> io::Result<()> {
    let before = buffer.len();
    let wanted = usize::try_from(until.saturating_sub(from)).map_err(io::Error::other)?;
    buffer.resize(before + wanted, 0);
    let mut done = 0;
    while done < wanted {
        match read_some(file, from + done as u64, &mut buffer[before + done..]) {
            Ok(0) => break,
            Ok(count) => done += count,
            Err(error) => {
                buffer.truncate(before);
                return Err(error);
            }
        }
    }
    buffer.truncate(before + done);
    Ok(())
}

/// Reads once, again where a signal came in between.
fn read_some(file: &File, at: u64, into: &mut [u8]) -> io::Result<usize> {
    loop {
        match read_once(file, at, into) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

#[cfg(unix)]
fn read_once(file: &File, at: u64, into: &mut [u8]) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, into, at)
}

#[cfg(windows)]
fn read_once(file: &File, at: u64, into: &mut [u8]) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, into, at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Write;

    fn pieces(source: &Source, cuts: &[u64], window: usize) -> Vec<Vec<u8>> {
        let mut borders = vec![0];
        borders.extend_from_slice(cuts);
        borders.push(source.len());
        borders
            .windows(2)
            .map(|pair| {
                let (mut window, mut lines) = (vec![0; window], Vec::new());
                let mut visit = |bytes: &[u8]| {
                    assert!(
                        lines.is_empty() || lines.ends_with(b"\n"),
                        "only whole lines"
                    );
                    lines.extend_from_slice(bytes);
                };
                source
                    .each_lines(pair[0]..pair[1], &mut window, &mut visit)
                    .expect("lines");
                lines
            })
            .collect()
    }

    proptest! {
        #[test]
        fn ranges_share_no_line_and_leave_none_out(
            text in "[ab\n]{0,200}", mut cuts in proptest::collection::vec(0u64..200, 0..5),
            window in 0usize..40
        ) {
            cuts.iter_mut().for_each(|cut| *cut = (*cut).min(text.len() as u64));
            cuts.sort_unstable();
            let mut file = tempfile::NamedTempFile::new().expect("file");
            file.write_all(text.as_bytes()).expect("write");
            let owned = Source::Owned(text.clone().into_bytes());
            let read = Source::open(file.path(), IoMode::Read).expect("open");
            let mapped = Source::open(file.path(), IoMode::Mmap).expect("open");
            let expected = pieces(&owned, &cuts, 0);
            prop_assert_eq!(expected.concat(), text.as_bytes());
            for piece in &expected[..expected.len() - 1] {
                prop_assert!(piece.is_empty() || piece.ends_with(b"\n") || text.as_bytes().ends_with(piece));
            }
            prop_assert_eq!(&pieces(&read, &cuts, window), &expected);
            prop_assert_eq!(&pieces(&mapped, &cuts, 0), &expected);
        }
    }

    #[test]
    fn a_line_longer_than_the_read_ahead_is_whole() {
        let mut file = tempfile::NamedTempFile::new().expect("file");
        let text = [vec![b'x'; 100_000], b"\ntail\n".to_vec()].concat();
        file.write_all(&text).expect("write");
        let source = Source::open(file.path(), IoMode::Read).expect("open");
        assert_eq!(
            pieces(&source, &[10, 50_000], 0),
            [text[..100_001].to_vec(), vec![], b"tail\n".to_vec()]
        );
    }

    #[test]
    fn a_line_far_longer_than_its_range_is_read_in_one_go() {
        // A tail of zeros, as a crash leaves it: 32 MB in which each turn used to look at all that
        // came before.
        let mut file = tempfile::NamedTempFile::new().expect("file");
        file.write_all(b"one\n").expect("write");
        file.as_file().set_len(32 * 1024 * 1024).expect("length");
        let source = Source::open(file.path(), IoMode::Read).expect("open");
        let begun = std::time::Instant::now();
        let found = pieces(&source, &[1024 * 1024], 0);
        assert!(begun.elapsed().as_secs() < 10, "{:?}", begun.elapsed());
        assert_eq!(found[0].len(), 32 * 1024 * 1024);
        assert!(found[0].starts_with(b"one\n\0") && found[1].is_empty());
    }

    #[test]
    fn only_the_length_at_opening_is_read() {
        let mut file = tempfile::NamedTempFile::new().expect("file");
        file.write_all(b"one\n").expect("write");
        let source = Source::open(file.path(), IoMode::Read).expect("open");
        file.write_all(b"two\n").expect("write");
        assert_eq!(pieces(&source, &[], 0), [b"one\n".to_vec()]);
    }
}
