//! Bytes that have to be unpacked or decoded: they come in order only, as often as they are asked for.
//!
//! In: where the packed bytes are, and the steps that unpack them. Out: a reader.
//! Must not write to disk, and holds no more than what the steps need. Every byte that comes out is
//! counted: nothing in an archive can make the program read without end.

use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use encoding_rs::{Decoder, Encoding};

/// So much may come out of any input, however small it is.
pub const HARMLESS: u64 = 64 * 1024 * 1024;

/// Beyond [`HARMLESS`], so many bytes may come out of one. Logs of Exchange shrink to a tenth or twentieth.
const RATIO: u64 = 250;

/// Read from disk at once.
const PIECE: usize = 64 * 1024;

/// Memory that a zstd frame may ask for, as a power of two: what `zstd` itself accepts.
const ZSTD_WINDOW: u32 = 27;

/// Where packed bytes are.
#[derive(Clone)]
pub enum Container {
    /// A part of a file on disk.
    File(PathBuf, Range<u64>),
    /// A part of an archive that was unpacked from another one.
    Memory(Arc<[u8]>, Range<u64>),
}

/// One step from packed to readable bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A member of a zip archive.
    Deflate,
    /// The same, by the variant that Windows uses for large files.
    Deflate64,
    /// `.gz`, also of several parts.
    Gzip,
    /// `.zst`.
    Zstd,
    /// UTF-16 text, to UTF-8.
    Utf16(&'static Encoding),
}

/// Why unpacking ended early.
#[derive(Debug, thiserror::Error)]
pub enum UnpackError {
    /// More came out than any log would give.
    #[error(
        "unpacking was stopped, because more than {RATIO} times its size comes out. This is not what logs do: the file is damaged, or made to fill memory"
    )]
    Ratio,
    /// The limit of the run is reached.
    #[error(
        "unpacking was stopped, because more than {0} bytes come out of all archives. If that is right, allow more with --max-unpacked"
    )]
    Total(u64),
    /// The length or the checksum is not what the archive says.
    #[error("the archive is damaged here: the content is not what it says")]
    Damaged,
}

/// How much may come out of all archives of a run together.
#[derive(Debug)]
pub struct Budget {
    most: u64,
    used: AtomicU64,
}

impl Budget {
    /// Allows so many bytes.
    pub fn new(most: u64) -> Arc<Budget> {
        Arc::new(Budget {
            most,
            used: AtomicU64::new(0),
        })
    }

    fn spend(&self, bytes: u64) -> Result<(), UnpackError> {
        if self.used.fetch_add(bytes, Relaxed).saturating_add(bytes) > self.most {
            return Err(UnpackError::Total(self.most));
        }
        Ok(())
    }
}

/// Packed bytes.
#[derive(Debug)]
pub struct Packed {
    container: Container,
    steps: Vec<Step>,
    /// The length of what comes out, if the archive says it.
    unpacked: Option<u64>,
    /// The CRC-32 of what comes out, if the archive says it.
    checksum: Option<u32>,
    budget: Arc<Budget>,
    /// The part that was charged to the budget already. Bytes that come again are free.
    charged: AtomicU64,
}

impl Packed {
    /// Bytes that are unpacked by these steps.
    pub fn new(container: Container, steps: Vec<Step>, budget: &Arc<Budget>) -> Packed {
        Packed {
            container,
            steps,
            unpacked: None,
            checksum: None,
            budget: Arc::clone(budget),
            charged: AtomicU64::new(0),
        }
    }

    /// The same with the length and the checksum that the archive says.
    pub fn promising(mut self, unpacked: u64, checksum: u32) -> Packed {
        self.unpacked = Some(unpacked);
        self.checksum = Some(checksum);
        self
    }

    /// The same with one more step. What the archive says is then only known of an earlier step.
    pub fn then(self, step: Step) -> Packed {
        let mut more = Packed::new(self.container, self.steps, &self.budget);
        more.steps.push(step);
        if matches!(step, Step::Utf16(_)) {
            (more.unpacked, more.checksum) = (self.unpacked, self.checksum);
        }
        more
    }

    /// The length of what comes out, if it is known and not decoded.
    pub fn known_len(&self) -> Option<u64> {
        let is_decoded = matches!(self.steps.last(), Some(Step::Utf16(_)));
        if is_decoded {
            None
        } else {
            self.unpacked_len()
        }
    }

    /// The length before decoding, if it is known.
    pub fn unpacked_len(&self) -> Option<u64> {
        let only_decoded = self.steps.iter().all(|step| matches!(step, Step::Utf16(_)));
        self.unpacked.or(only_decoded.then(|| self.packed_len()))
    }

    /// The length of the packed bytes.
    pub fn packed_len(&self) -> u64 {
        let (Container::File(_, range) | Container::Memory(_, range)) = &self.container;
        range.end - range.start
    }

    /// How many bytes came out so far, before decoding. Bytes that came again count once.
    pub fn given(&self) -> u64 {
        self.charged.load(Relaxed)
    }

    /// The packed bytes, if they are what comes out.
    pub fn stored(&self) -> Option<&Container> {
        self.steps.is_empty().then_some(&self.container)
    }

    /// Reads from the beginning.
    ///
    /// # Errors
    /// Whatever the operating system says about opening the file. The reader's errors may hold an
    /// [`UnpackError`].
    pub fn open(&self) -> io::Result<Box<dyn Read + Send + '_>> {
        let taken = Arc::new(AtomicU64::new(0));
        let raw = Taken {
            inner: self.container.open()?,
            bytes: Arc::clone(&taken),
        };
        let mut reader: Box<dyn Read + Send + '_> = Box::new(raw);
        let mut decoding = None;
        for step in &self.steps {
            match step {
                Step::Utf16(_) => decoding = Some(*step),
                step => reader = step.undo(reader)?,
            }
        }
        let counted = Box::new(Counted {
            inner: reader,
            packed: self,
            taken,
            given: 0,
            checksum: self.checksum.map(|_| crc32fast::Hasher::new()),
        });
        match decoding {
            Some(step) => step.undo(counted),
            None => Ok(counted),
        }
    }
}

impl Step {
    /// Reads what comes out of `reader` by this step.
    pub(super) fn undo<'a>(
        self,
        reader: Box<dyn Read + Send + 'a>,
    ) -> io::Result<Box<dyn Read + Send + 'a>> {
        let input = BufReader::with_capacity(PIECE, reader);
        Ok(match self {
            Step::Deflate => Box::new(flate2::bufread::DeflateDecoder::new(input)),
            Step::Deflate64 => Box::new(deflate64::Deflate64Decoder::with_buffer(input)),
            Step::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(input)),
            Step::Zstd => {
                let mut decoder = zstd::stream::read::Decoder::with_buffer(input)?;
                decoder.window_log_max(ZSTD_WINDOW)?;
                Box::new(decoder)
            }
            Step::Utf16(encoding) => Box::new(Decoded::new(input, encoding)),
        })
    }
}

impl Container {
    /// A part of it. What is beyond its end is left out.
    pub fn part(&self, part: Range<u64>) -> Container {
        let within = |whole: &Range<u64>| {
            let start = whole.start.saturating_add(part.start).min(whole.end);
            start..whole.start.saturating_add(part.end).clamp(start, whole.end)
        };
        match self {
            Container::File(path, whole) => Container::File(path.clone(), within(whole)),
            Container::Memory(bytes, whole) => Container::Memory(Arc::clone(bytes), within(whole)),
        }
    }

    fn open(&self) -> io::Result<Box<dyn Read + Send + '_>> {
        Ok(match self {
            Container::File(path, range) => {
                let mut file = File::open(path)?;
                file.seek(SeekFrom::Start(range.start))?;
                Box::new(file.take(range.end - range.start))
            }
            Container::Memory(bytes, range) => {
                let end = bytes.len().min(range.end as usize);
                let start = end.min(range.start as usize);
                Box::new(Cursor::new(&bytes[start..end]))
            }
        })
    }
}

impl fmt::Debug for Container {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Container::File(path, range) => write!(f, "{}[{range:?}]", path.display()),
            Container::Memory(_, range) => write!(f, "memory[{range:?}]"),
        }
    }
}

/// Counts what is taken of the packed bytes.
struct Taken<R> {
    inner: R,
    bytes: Arc<AtomicU64>,
}

impl<R: Read> Read for Taken<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(into)?;
        self.bytes.fetch_add(count as u64, Relaxed);
        Ok(count)
    }
}

/// Counts what comes out, and stops where it must not go on.
struct Counted<'a> {
    inner: Box<dyn Read + Send + 'a>,
    packed: &'a Packed,
    taken: Arc<AtomicU64>,
    given: u64,
    checksum: Option<crc32fast::Hasher>,
}

impl Read for Counted<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(into)?;
        if count == 0 && !into.is_empty() {
            self.check_end().map_err(io::Error::other)?;
        }
        self.given += count as u64;
        if let Some(checksum) = &mut self.checksum {
            checksum.update(&into[..count]);
        }
        self.check_bounds().map_err(io::Error::other)?;
        Ok(count)
    }
}

impl Counted<'_> {
    fn check_bounds(&self) -> Result<(), UnpackError> {
        let packed = self.packed;
        if packed.unpacked.is_some_and(|most| self.given > most) {
            return Err(UnpackError::Damaged);
        }
        let taken = self.taken.load(Relaxed);
        if self.given > HARMLESS && self.given / RATIO > taken {
            return Err(UnpackError::Ratio);
        }
        // Another thread may read the same bytes; each is charged once.
        let charged = packed.charged.fetch_max(self.given, Relaxed);
        packed.budget.spend(self.given.saturating_sub(charged))
    }

    fn check_end(&mut self) -> Result<(), UnpackError> {
        let whole = self.packed.unpacked.is_none_or(|len| len == self.given);
        let sum = self.checksum.take().map(crc32fast::Hasher::finalize);
        if !whole || sum.is_some_and(|sum| Some(sum) != self.packed.checksum) {
            return Err(UnpackError::Damaged);
        }
        Ok(())
    }
}

/// Decodes UTF-16 to UTF-8.
struct Decoded<R> {
    inner: R,
    decoder: Decoder,
    /// Read and not decoded.
    raw: Vec<u8>,
    /// Decoded and not handed over, from `next` on.
    text: String,
    next: usize,
    is_done: bool,
}

impl<R: Read> Decoded<R> {
    fn new(inner: R, encoding: &'static Encoding) -> Decoded<R> {
        Decoded {
            inner,
            decoder: encoding.new_decoder(),
            raw: vec![0; PIECE],
            text: String::with_capacity(2 * PIECE),
            next: 0,
            is_done: false,
        }
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.next == self.text.len() && !self.is_done {
            let count = self.inner.read(&mut self.raw)?;
            self.is_done = count == 0;
            self.text.clear();
            self.next = 0;
            let raw = &self.raw[..count];
            let room = self.decoder.max_utf8_buffer_length(count);
            self.text.reserve(room.unwrap_or(4 * PIECE));
            let _ = self
                .decoder
                .decode_to_string(raw, &mut self.text, self.is_done);
        }
        let rest = &self.text.as_bytes()[self.next..];
        let count = rest.len().min(into.len());
        into[..count].copy_from_slice(&rest[..count]);
        self.next += count;
        Ok(count)
    }
}
