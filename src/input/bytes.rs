//! The bytes of a file: on disk, in an archive or a pipe, or held in memory, behind one type.
//!
//! In: where the bytes are. Out: their lines, their beginning, or all of them.
//! Must not interpret the bytes, and keeps no file open. The length of a file on disk is taken when it
//! is found: what a running Exchange appends later is not read, so every run of the program sees one
//! consistent prefix.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::mapping;
use super::packed::{Budget, Container, Packed, Step};
use super::window;

/// How files on disk are read (`--io`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IoMode {
    /// The faster way: reading, on every file measured (`docs/speed.md`).
    #[default]
    Auto,
    /// Mapped, chunk by chunk. A file that cannot be mapped or is on another machine is read.
    Mmap,
    /// Read window by window.
    Read,
}

/// Where the bytes are.
#[derive(Debug)]
pub enum Source {
    /// On disk.
    File(DiskFile),
    /// In an archive, or in UTF-16: they come in order only, as often as needed.
    Packed(Box<Packed>),
    /// In a pipe: they come in order, and only once.
    Pipe(Pipe),
    /// In memory.
    Held(Vec<u8>),
}

/// A file on disk.
#[derive(Debug, Clone)]
pub struct DiskFile {
    path: PathBuf,
    len: u64,
    is_mapped: bool,
}

/// A pipe, until it is read.
pub struct Pipe(Mutex<Option<Box<dyn Read + Send>>>);

/// A file has become shorter since it was found.
#[derive(Debug, thiserror::Error)]
#[error("the file became shorter while it was read")]
pub struct Shrunk;

impl Source {
    /// A file on disk. It is opened only when it is read.
    ///
    /// # Errors
    /// Whatever the operating system says about the file.
    pub fn file(path: &Path, mode: IoMode) -> io::Result<Source> {
        let len = path.metadata()?.len();
        Ok(Source::File(DiskFile {
            path: path.to_owned(),
            len,
            is_mapped: mode == IoMode::Mmap && !is_network_path(path),
        }))
    }

    /// A pipe.
    pub fn pipe(reader: Box<dyn Read + Send>) -> Source {
        Source::Pipe(Pipe(Mutex::new(Some(reader))))
    }

    /// The number of bytes, if it is known before they are read.
    pub fn known_len(&self) -> Option<u64> {
        match self {
            Source::File(file) => Some(file.len),
            Source::Held(bytes) => Some(bytes.len() as u64),
            Source::Packed(packed) => packed.known_len(),
            Source::Pipe(_) => None,
        }
    }

    /// The number of bytes, if any part of them can be read on its own.
    pub fn len_of_parts(&self) -> Option<u64> {
        match self {
            Source::File(_) | Source::Held(_) => self.known_len(),
            Source::Packed(_) | Source::Pipe(_) => None,
        }
    }

    /// What came out of it so far, if it must be unpacked.
    pub fn unpacked_bytes(&self) -> u64 {
        match self {
            Source::Packed(packed) => packed.given(),
            Source::File(_) | Source::Pipe(_) | Source::Held(_) => 0,
        }
    }

    /// The same bytes with one more step before they can be read.
    pub(super) fn unpacked(self, step: Step, budget: &Arc<Budget>) -> Source {
        match self {
            // A pipe is decoded before it becomes a source.
            Source::Pipe(pipe) => Source::Pipe(pipe),
            Source::File(file) => {
                let container = Container::File(file.path, 0..file.len);
                Source::Packed(Box::new(Packed::new(container, vec![step], budget)))
            }
            Source::Packed(packed) => Source::Packed(Box::new(packed.then(step))),
            Source::Held(bytes) => {
                let len = bytes.len() as u64;
                let container = Container::Memory(bytes.into(), 0..len);
                Source::Packed(Box::new(Packed::new(container, vec![step], budget)))
            }
        }
    }

    /// Where the bytes are, if they are there as they are.
    pub(super) fn container(&self) -> Option<Container> {
        match self {
            Source::File(file) => Some(Container::File(file.path.clone(), 0..file.len)),
            Source::Packed(packed) => packed.stored().cloned(),
            Source::Pipe(_) | Source::Held(_) => None,
        }
    }

    /// Whether the bytes can be read only once.
    pub fn is_pipe(&self) -> bool {
        matches!(self, Source::Pipe(_))
    }

    /// Hands over the whole lines that begin within `range`, several at a time and in order: neighbouring
    /// ranges share no line and leave none out. The memory of `buffer` is reused. A source without parts
    /// has its lines in any range.
    ///
    /// # Errors
    /// Whatever the operating system or the archive says about reading, and [`Shrunk`]. The lines before
    /// were handed over.
    pub fn each_lines(
        &self,
        range: Range<u64>,
        buffer: &mut Vec<u8>,
        visit: &mut dyn FnMut(&[u8]),
    ) -> io::Result<()> {
        match self {
            Source::Held(bytes) => visit(window::lines_in(bytes, range)),
            Source::File(file) => file.each_lines(range, buffer, visit)?,
            Source::Packed(_) | Source::Pipe(_) => {
                let mut reader = self.read()?;
                let mut read = |_: u64, into: &mut [u8]| read_some(&mut reader, into);
                window::each_lines(0..u64::MAX, &mut read, buffer, visit)?;
            }
        }
        Ok(())
    }

    /// Reads the bytes from the beginning. A pipe gives them once, and then nothing.
    ///
    /// # Errors
    /// Whatever the operating system says about opening, or that an archive is damaged.
    pub fn read(&self) -> io::Result<Box<dyn Read + Send + '_>> {
        Ok(match self {
            Source::File(file) => Box::new(File::open(&file.path)?.take(file.len)),
            Source::Held(bytes) => Box::new(bytes.as_slice()),
            Source::Packed(packed) => packed.open()?,
            Source::Pipe(pipe) => match pipe.lock().take() {
                Some(reader) => reader,
                None => Box::new(io::empty()),
            },
        })
    }

    /// Up to `count` bytes from the beginning. A pipe gives them once.
    ///
    /// # Errors
    /// As [`Source::read`]. The beginning of a damaged archive is no error.
    pub fn head(&self, count: usize) -> io::Result<Vec<u8>> {
        let most = self.known_len().map_or(0, |len| len.min(count as u64));
        let mut head = Vec::with_capacity(usize::try_from(most).unwrap_or(0));
        let mut reader = self.read()?;
        let read = reader.by_ref().take(count as u64).read_to_end(&mut head);
        if head.is_empty() {
            read?;
        }
        drop(reader);
        Ok(head)
    }

    /// The beginning and the end of the first `limit` bytes, and how many of them there are: up to `head` bytes
    /// of the beginning and up to `tail` of the end. `None` for a pipe. What must be unpacked is unpacked as a
    /// whole.
    ///
    /// # Errors
    /// As [`Source::read`].
    pub fn ends(&self, head: usize, tail: usize, limit: u64) -> io::Result<Option<Ends>> {
        let mut ends = Ends::default();
        match self {
            Source::Pipe(_) => return Ok(None),
            Source::Held(bytes) => {
                let end = usize::try_from(limit).unwrap_or(usize::MAX);
                ends.add(&bytes[..end.min(bytes.len())], head, tail);
            }
            Source::File(file) => {
                ends.bytes = file.len.min(limit);
                let mut opened = File::open(&file.path)?;
                ends.head.reserve_exact(head);
                ends.tail.reserve_exact(tail);
                let most = (head as u64).min(ends.bytes);
                opened.by_ref().take(most).read_to_end(&mut ends.head)?;
                let most = (tail as u64).min(ends.bytes);
                opened.seek(SeekFrom::Start(ends.bytes - most))?;
                opened.take(most).read_to_end(&mut ends.tail)?;
            }
            Source::Packed(packed) => {
                let mut reader = packed.open()?.take(limit);
                let mut piece = vec![0; 64 * 1024];
                loop {
                    match read_some(&mut reader, &mut piece)? {
                        0 => break,
                        count => ends.add(&piece[..count], head, tail),
                    }
                }
            }
        }
        Ok(Some(ends))
    }

    /// Cuts off what stands behind the last newline of a file on disk, and returns it. The whole file may be one
    /// line. `None` if it is no file on disk, or if there is more of it than a line can have: then nothing is cut.
    ///
    /// # Errors
    /// As [`Source::read`].
    pub fn cut_tail(&mut self) -> io::Result<Option<Vec<u8>>> {
        let len = self.known_len().unwrap_or(0);
        let most = window::LONGEST_LINE;
        let ends = match &*self {
            Source::File(_) => self.ends(0, most, len)?,
            Source::Held(_) | Source::Packed(_) | Source::Pipe(_) => None,
        };
        let (Some(ends), Source::File(file)) = (ends, self) else {
            return Ok(None);
        };
        let newline = memchr::memrchr(b'\n', &ends.tail);
        let start = match newline {
            Some(newline) => newline + 1,
            None if ends.bytes < most as u64 => 0,
            None => return Ok(None),
        };
        let tail = ends.tail[start..].to_vec();
        file.len -= tail.len() as u64;
        Ok(Some(tail))
    }

    /// All bytes, if there are at most `most`.
    ///
    /// # Errors
    /// As [`Source::read`]; [`io::ErrorKind::FileTooLarge`] for more bytes.
    pub fn read_all(&self, most: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let limit = most.saturating_add(1);
        self.read()?.take(limit).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > most {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        Ok(bytes)
    }
}

/// The beginning and the end of some bytes.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Ends {
    /// How many bytes there are.
    pub bytes: u64,
    /// The first ones.
    pub head: Vec<u8>,
    /// The last ones.
    pub tail: Vec<u8>,
}

impl Ends {
    /// Adds the next bytes.
    fn add(&mut self, bytes: &[u8], head: usize, tail: usize) {
        self.bytes += bytes.len() as u64;
        let room = head.saturating_sub(self.head.len()).min(bytes.len());
        self.head.extend_from_slice(&bytes[..room]);
        let new = &bytes[bytes.len().saturating_sub(tail)..];
        let kept = tail - new.len();
        let old = self.tail.len().saturating_sub(kept);
        self.tail.drain(..old);
        self.tail.extend_from_slice(new);
    }
}

impl DiskFile {
    fn each_lines(
        &self,
        range: Range<u64>,
        buffer: &mut Vec<u8>,
        visit: &mut dyn FnMut(&[u8]),
    ) -> io::Result<()> {
        let file = File::open(&self.path)?;
        let range = range.start..range.end.min(self.len);
        if self.is_mapped && mapping::each_lines(&file, self.len, range.clone(), visit) {
            return Ok(());
        }
        let mut read = |at: u64, into: &mut [u8]| {
            let rest = usize::try_from(self.len.saturating_sub(at)).unwrap_or(into.len());
            let wanted = rest.min(into.len());
            match read_at(&file, at, &mut into[..wanted])? {
                0 if wanted > 0 => Err(io::Error::new(io::ErrorKind::UnexpectedEof, Shrunk)),
                count => Ok(count),
            }
        };
        window::each_lines(range, &mut read, buffer, visit)
    }
}

impl Pipe {
    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Box<dyn Read + Send>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Pipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pipe")
    }
}

/// A path on another machine: mapping it would turn a network error into a crash.
fn is_network_path(path: &Path) -> bool {
    let text = path.as_os_str().as_encoded_bytes();
    text.starts_with(br"\\") || text.starts_with(b"//")
}

/// Reads once, again where a signal came in between.
fn read_some(reader: &mut dyn Read, into: &mut [u8]) -> io::Result<usize> {
    loop {
        match reader.read(into) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// The same, at a position.
fn read_at(file: &File, at: u64, into: &mut [u8]) -> io::Result<usize> {
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
        borders.push(source.known_len().expect("length"));
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
            let owned = Source::Held(text.clone().into_bytes());
            let read = Source::file(file.path(), IoMode::Read).expect("open");
            let mapped = Source::file(file.path(), IoMode::Mmap).expect("open");
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
        let source = Source::file(file.path(), IoMode::Read).expect("open");
        assert_eq!(
            pieces(&source, &[10, 50_000], 0),
            [text[..100_001].to_vec(), vec![], b"tail\n".to_vec()]
        );
    }

    #[test]
    fn a_line_that_is_too_long_is_cut_everywhere_and_held_nowhere() {
        // A tail of zeros, as a crash leaves it, and rows before and behind it.
        let mut file = tempfile::NamedTempFile::new().expect("file");
        file.write_all(b"one\n").expect("write");
        file.as_file().set_len(32 * 1024 * 1024).expect("length");
        file.seek(SeekFrom::End(0)).expect("end");
        file.write_all(b"\ntwo\n").expect("write");
        let source = Source::file(file.path(), IoMode::Read).expect("open");
        for cuts in [
            vec![],
            vec![1024 * 1024],
            vec![3, 4, 5, 20_000_000, 33_554_432, 33_554_434],
        ] {
            let (mut buffer, mut lines) = (Vec::new(), Vec::new());
            let ends = cuts
                .iter()
                .copied()
                .chain([source.known_len().expect("length")]);
            let mut start = 0;
            for end in ends {
                let mut visit = |bytes: &[u8]| lines.extend_from_slice(bytes);
                source
                    .each_lines(start..end, &mut buffer, &mut visit)
                    .expect("lines");
                start = end;
            }
            assert!(
                lines.starts_with(b"one\n\0") && lines.ends_with(b"\0\ntwo\n"),
                "{cuts:?}"
            );
            assert_eq!(lines.len(), 4 + window::LONGEST_LINE + 2 + 4, "{cuts:?}");
            assert!(buffer.len() < 4 * 1024 * 1024, "{}", buffer.len());
        }
    }

    #[test]
    fn a_file_that_shrinks_gives_what_is_left_and_an_error() {
        let mut file = tempfile::NamedTempFile::new().expect("file");
        file.write_all(b"one\ntwo\nthree\n").expect("write");
        let source = Source::file(file.path(), IoMode::Read).expect("open");
        file.as_file().set_len(6).expect("length");
        let mut lines = Vec::new();
        let mut visit = |bytes: &[u8]| lines.extend_from_slice(bytes);
        let error = source
            .each_lines(0..14, &mut Vec::new(), &mut visit)
            .expect_err("shrunk");
        assert_eq!(
            error.to_string(),
            "the file became shorter while it was read"
        );
        assert_eq!(lines, b"one\ntw");
    }

    #[test]
    fn the_ends_of_all_sources_are_the_same() {
        let text: Vec<u8> = (0..200_000u32).map(|number| number as u8 % 251).collect();
        let mut file = tempfile::NamedTempFile::new().expect("file");
        file.write_all(&text).expect("write");
        let on_disk = || Source::file(file.path(), IoMode::Read).expect("open");
        let packed = Packed::new(
            Container::File(file.path().to_owned(), 0..200_000),
            Vec::new(),
            &Budget::new(u64::MAX),
        );
        let sources = [
            on_disk(),
            Source::Held(text.clone()),
            Source::Packed(Box::new(packed)),
        ];
        for limit in [0, 3, 70_000, 199_999, u64::MAX] {
            let bytes = text.len().min(limit as usize);
            let expected = Ends {
                bytes: bytes as u64,
                head: text[..bytes.min(100)].to_vec(),
                tail: text[bytes.saturating_sub(70)..bytes].to_vec(),
            };
            for source in &sources {
                let ends = source.ends(100, 70, limit).expect("ends");
                assert_eq!(ends.as_ref(), Some(&expected), "{limit} {source:?}");
            }
        }
        let pipe = Source::pipe(Box::new(&b"x"[..]));
        assert!(pipe.ends(1, 1, 1).expect("nothing").is_none());
    }

    #[test]
    fn what_is_behind_the_last_newline_is_cut_off() {
        let cut = |text: &[u8]| {
            let mut file = tempfile::NamedTempFile::new().expect("file");
            file.write_all(text).expect("write");
            let mut source = Source::file(file.path(), IoMode::Read).expect("open");
            let tail = source.cut_tail().expect("readable");
            (tail, source.read_all(u64::MAX - 1).expect("readable"))
        };
        let expected = |tail: &[u8], rest: &[u8]| (Some(tail.to_vec()), rest.to_vec());
        assert_eq!(cut(b"one\ntw"), expected(b"tw", b"one\n"));
        assert_eq!(cut(b"one\n"), expected(b"", b"one\n"));
        assert_eq!(cut(b"one"), expected(b"one", b""));
        assert_eq!(cut(b""), expected(b"", b""));
        let long = vec![b'x'; window::LONGEST_LINE + 1];
        assert_eq!(cut(&long), (None, long));
        let mut held = Source::Held(b"one".to_vec());
        assert_eq!(held.cut_tail().expect("no file"), None);
    }

    #[test]
    fn only_the_length_at_opening_is_read() {
        let mut file = tempfile::NamedTempFile::new().expect("file");
        file.write_all(b"one\n").expect("write");
        let source = Source::file(file.path(), IoMode::Read).expect("open");
        file.write_all(b"two\n").expect("write");
        assert_eq!(pieces(&source, &[], 0), [b"one\n".to_vec()]);
    }
}
