//! What is in a zip archive.
//!
//! In: where the archive is. Out: its members, each as bytes that can be unpacked, and what cannot be used.
//! Must not unpack anything, and must not trust a name: a member stays below its archive.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::ops::Range;
use std::sync::Arc;

use zip::{CompressionMethod, ZipArchive};

use super::packed::{Budget, Container, HARMLESS, Packed, Step};
use crate::language::{Language, labels, sentences};

/// More members are not read.
pub const MOST_MEMBERS: usize = 200_000;

/// An archive in an archive is unpacked into memory if it is compressed there. More is not.
pub const LARGEST_INNER: u64 = 256 * 1024 * 1024;

/// So many bytes of members may stand for one byte of an archive.
const DECLARED_RATIO: u64 = 250;

/// A file in an archive.
#[derive(Debug)]
pub struct Member {
    /// The names of its folders and its own name.
    pub path: Vec<String>,
    /// Its bytes.
    pub packed: Packed,
}

/// A member, or a whole archive, that cannot be used; each is one sentence about what stands before it.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.words(Language::English))]
pub enum ArchiveFault {
    /// It needs a password.
    Encrypted,
    /// An old or rare method.
    Method(&'static str),
    /// Its name is a path to elsewhere.
    LeadsOut,
    /// A link.
    Link,
    /// Another member has the same name.
    Clash,
    /// As [`ArchiveFault::Clash`], if the names are not known.
    SomeClash,
    /// There are more members than [`MOST_MEMBERS`].
    TooMany,
    /// Its members are far too large for it.
    Ratio(u64),
    /// An archive in an archive in an archive.
    Nested,
    /// An archive in an archive that is too large to be held in memory.
    LargeInner,
    /// The list of its members cannot be read.
    Broken(#[from] zip::result::ZipError),
    /// The operating system refused.
    Unreadable(#[from] io::Error),
}

impl ArchiveFault {
    /// The sentence in a language. What the operating system says is in its own.
    pub fn words(&self, language: Language) -> String {
        match self {
            ArchiveFault::Encrypted => encrypted(language),
            ArchiveFault::Method(name) => method(language, name),
            ArchiveFault::LeadsOut => leads_out(language),
            ArchiveFault::Link => link(language),
            ArchiveFault::Clash => clash(language),
            ArchiveFault::SomeClash => some_clash(language),
            ArchiveFault::TooMany => too_many(language, MOST_MEMBERS),
            ArchiveFault::Ratio(bytes) => ratio(language, *bytes),
            ArchiveFault::Nested => nested(language),
            ArchiveFault::LargeInner => large_inner(language, LARGEST_INNER / 1024 / 1024),
            ArchiveFault::Broken(error) => broken(language, error),
            ArchiveFault::Unreadable(error) => unreadable(language, error),
        }
    }
}

/// The members of an archive, and for each that cannot be used its name and the reason. The name is
/// empty for the archive itself.
#[derive(Debug, Default)]
pub struct Listing {
    /// The members in the order of the archive.
    pub members: Vec<Member>,
    /// What cannot be used.
    pub faults: Vec<(String, ArchiveFault)>,
}

impl Listing {
    /// Whether the archive is a document of an office program or a package, and not of files.
    pub fn is_document(&self) -> bool {
        let mut members = self.members.iter();
        members.any(|member| member.path == ["[Content_Types].xml"])
    }
}

/// Lists the members of the archive in `container`.
///
/// # Errors
/// If it is no zip archive that can be read.
pub fn list(container: &Container, budget: &Arc<Budget>) -> Result<Listing, ArchiveFault> {
    let mut part = Part::open(container)?;
    let said = entries_said(&mut part)?;
    let size = part.len;
    let mut archive = ZipArchive::new(part)?;
    let mut listing = Listing::default();
    let fault = |listing: &mut Listing, fault| listing.faults.push((String::new(), fault));
    if said.is_some_and(|said| said > archive.len()) {
        fault(&mut listing, ArchiveFault::SomeClash);
    }
    if archive.len() > MOST_MEMBERS {
        fault(&mut listing, ArchiveFault::TooMany);
    }
    let mut declared = 0_u64;
    let mut names = BTreeSet::new();
    for index in 0..archive.len().min(MOST_MEMBERS) {
        let entry = match entry(&mut archive, index, container, budget) {
            Ok(Some(entry)) => entry,
            Ok(None) => continue,
            Err((name, reason)) => {
                listing.faults.push((name, reason));
                continue;
            }
        };
        declared = declared.saturating_add(entry.packed.unpacked_len().unwrap_or(0));
        let name = entry.path.join("/");
        if names.insert(name.to_lowercase()) {
            listing.members.push(entry);
        } else {
            listing.faults.push((name, ArchiveFault::Clash));
        }
    }
    if declared > HARMLESS && declared / DECLARED_RATIO > size {
        return Err(ArchiveFault::Ratio(declared));
    }
    Ok(listing)
}

/// One member; `None` for a folder. The second part of the error says why it cannot be used.
fn entry(
    archive: &mut ZipArchive<Part>,
    index: usize,
    container: &Container,
    budget: &Arc<Budget>,
) -> Result<Option<Member>, (String, ArchiveFault)> {
    let entry = archive
        .by_index_raw(index)
        .map_err(|error| (format!("file {}", index + 1), error.into()))?;
    let name = match entry.name() {
        Ok(name) => name.replace('\\', "/"),
        Err(error) => return Err((format!("file {}", index + 1), error.into())),
    };
    if name.ends_with('/') {
        return Ok(None);
    }
    let Some(path) = components(&name) else {
        return Err((name, ArchiveFault::LeadsOut));
    };
    let name = path.join("/");
    if entry.encrypted() {
        return Err((name, ArchiveFault::Encrypted));
    }
    if entry.is_symlink() {
        return Err((name, ArchiveFault::Link));
    }
    let steps = match entry.compression() {
        CompressionMethod::STORE => Vec::new(),
        CompressionMethod::DEFLATE => vec![Step::Deflate],
        CompressionMethod::DEFLATE64 => vec![Step::Deflate64],
        CompressionMethod::ZSTD => vec![Step::Zstd],
        CompressionMethod::AES => return Err((name, ArchiveFault::Encrypted)),
        other => return Err((name, ArchiveFault::Method(method_name(other)))),
    };
    let Some(start) = entry.data_start() else {
        return Err((name, ArchiveFault::Clash));
    };
    let bytes = container.part(start..start.saturating_add(entry.compressed_size()));
    let packed = Packed::new(bytes, steps, budget).promising(entry.size(), entry.crc32());
    Ok(Some(Member { path, packed }))
}

/// What people call a method.
fn method_name(method: CompressionMethod) -> &'static str {
    match method {
        CompressionMethod::BZIP2 => "bzip2",
        CompressionMethod::LZMA => "LZMA",
        CompressionMethod::XZ => "xz",
        CompressionMethod::PPMD => "PPMd",
        CompressionMethod::IMPLODE => "Implode",
        _ => "a rare one",
    }
}

/// The parts of a name; `None` if it leads out of the archive.
fn components(name: &str) -> Option<Vec<String>> {
    let is_absolute = name.starts_with('/') || name.as_bytes().get(1) == Some(&b':');
    let parts = name
        .split('/')
        .filter(|part| !part.is_empty() && *part != ".");
    let parts: Vec<String> = parts.map(str::to_owned).collect();
    let leads_out = parts.iter().any(|part| part == ".." || part.contains('\0'));
    (!is_absolute && !leads_out && !parts.is_empty()).then_some(parts)
}

/// How many members the end of the archive counts. The list of members merges those of the same name.
fn entries_said(part: &mut Part) -> io::Result<Option<usize>> {
    const RECORD: u64 = 22;
    const COMMENT: u64 = 65_535;
    part.seek(SeekFrom::Start(part.len.saturating_sub(RECORD + COMMENT)))?;
    let mut tail = Vec::new();
    part.read_to_end(&mut tail)?;
    part.rewind()?;
    let record = memchr::memmem::rfind(&tail, b"PK\x05\x06").map(|at| &tail[at..]);
    let said = record.and_then(|record| Some([*record.get(10)?, *record.get(11)?]));
    let said = said
        .map(u16::from_le_bytes)
        .filter(|said| *said != u16::MAX);
    Ok(said.map(usize::from))
}

/// An archive, as the zip library reads it.
struct Part {
    bytes: Bytes,
    start: u64,
    len: u64,
}

enum Bytes {
    File(File),
    Memory(Cursor<Arc<[u8]>>),
}

impl Part {
    fn open(container: &Container) -> io::Result<Part> {
        let (bytes, Range { start, end }) = match container {
            Container::File(path, range) => (Bytes::File(File::open(path)?), range.clone()),
            Container::Memory(bytes, range) => {
                (Bytes::Memory(Cursor::new(Arc::clone(bytes))), range.clone())
            }
        };
        let len = end - start;
        let mut part = Part { bytes, start, len };
        part.rewind()?;
        Ok(part)
    }

    fn bytes(&mut self) -> &mut dyn ReadSeek {
        match &mut self.bytes {
            Bytes::File(file) => file,
            Bytes::Memory(bytes) => bytes,
        }
    }
}

trait ReadSeek: Read + Seek {}

impl<T: Read + Seek> ReadSeek for T {}

impl Read for Part {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let end = self.start + self.len;
        let rest = end.saturating_sub(self.bytes().stream_position()?);
        let most = usize::try_from(rest).unwrap_or(usize::MAX).min(into.len());
        self.bytes().read(&mut into[..most])
    }
}

impl Seek for Part {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let start = self.start;
        let end = start + self.len;
        let absolute = match to {
            SeekFrom::Start(at) => Some(start.saturating_add(at)),
            SeekFrom::End(by) => end.checked_add_signed(by),
            SeekFrom::Current(by) => self.bytes().stream_position()?.checked_add_signed(by),
        };
        let absolute = absolute.filter(|at| *at >= start);
        let absolute = absolute.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.bytes().seek(SeekFrom::Start(absolute))? - start)
    }
}

labels! {
    encrypted: "this file needs a password. Unpack the archive first", "このファイルにはパスワードが必要です。先にアーカイブを展開してください。" ["947b8a7b"];
    leads_out: "the name of this file leads out of the archive, so it was not read", "このファイルの名前がアーカイブの外を指しているため、読み取っていません。" ["728fbfd2"];
    link: "this is a link, so it was not read", "リンクであるため、読み取っていません。" ["f6a9225d"];
    clash: "two files of the archive have this name, so only one of them was read", "アーカイブ内にこの名前のファイルが 2 つあるため、そのうちの 1 つだけを読み取りました。" ["4ca4bd1f"];
    some_clash: "files of the archive have the same name, so not all of them were read", "アーカイブ内に同じ名前のファイルがあるため、一部のファイルを読み取っていません。" ["c1950bb6"];
    nested: "this archive is in an archive that is in another one. Unpack one of them first", "このアーカイブは、別のアーカイブ内のアーカイブに入っています。先にどれかを展開してください。" ["c9a9b789"];
}

sentences! {
    /// [`ArchiveFault::Method`].
    fn method(name: &str) {
        en: "this file is compressed by a method that cannot be read ({name}). Unpack the archive first",
        ja: "このファイルの圧縮方式 ({name}) は読み取れません。先にアーカイブを展開してください。" ["eaf03b97"],
    }
    /// [`ArchiveFault::TooMany`].
    fn too_many(most: usize) {
        en: "the archive has more than {most} files. The others were not read",
        ja: "アーカイブ内のファイルが {most} 個を超えています。残りは読み取っていません。" ["d6dc54f0"],
    }
    /// [`ArchiveFault::Ratio`].
    fn ratio(bytes: u64) {
        en: "the archive says that it holds {bytes} bytes, which is far more than its size can hold. It is damaged, or made to fill memory",
        ja: "アーカイブの内容は {bytes} バイトと記録されていますが、アーカイブの大きさに対して多すぎます。破損しているか、メモリを使い果たす目的で作られています。" ["bf527edb"],
    }
    /// [`ArchiveFault::LargeInner`].
    fn large_inner(megabytes: u64) {
        en: "this archive is compressed in another one and larger than {megabytes} MB. Unpack the outer one first",
        ja: "このアーカイブは別のアーカイブ内で圧縮されており、{megabytes} MB を超えています。先に外側のアーカイブを展開してください。" ["48ccb895"],
    }
    /// [`ArchiveFault::Broken`].
    fn broken(error: &zip::result::ZipError) {
        en: "the archive cannot be read ({error}). Copy it again",
        ja: "アーカイブを読み取れません ({error})。もう一度コピーしてください。" ["ffa864cf"],
    }
    /// [`ArchiveFault::Unreadable`].
    fn unreadable(error: &io::Error) {
        en: "the archive cannot be read: {error}",
        ja: "アーカイブを読み取れません: {error}" ["fa856428"],
    }
}
