//! Files, and the files in archives among them, each recognised.
//!
//! In: places on disk. Out: [`File`]s in their order, as if all archives were unpacked where they are.
//! Must not unpack more than the head of a file, except an archive in an archive.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use encoding_rs::Encoding;

use super::archive::{self, ArchiveFault, LARGEST_INNER, Listing, Member};
use super::bytes::{IoMode, Source};
use super::error::InputError;
use super::grouping::Named;
use super::packed::{Budget, Container, Step};
use super::skip::SkipReason;
use super::sniff::{self, FileKind, Recognised};
use super::stream::GivenServer;
use super::walk::Place;

/// How to look.
#[derive(Debug, Clone)]
pub struct Search {
    /// How files on disk are read.
    pub io: IoMode,
    /// How much may come out of all archives together.
    pub budget: Arc<Budget>,
    /// The server of logs whose path does not show one.
    pub server: Option<GivenServer>,
}

/// A file with its bytes, and what it is.
#[derive(Debug)]
pub(super) struct File {
    pub(super) named: Named,
    pub(super) source: Source,
    pub(super) recognised: Recognised,
    /// The beginning of a text.
    pub(super) head: Vec<u8>,
    pub(super) encoding: Option<&'static Encoding>,
    /// Why it is not used, if its content does not matter.
    pub(super) skipped: Option<SkipReason>,
}

/// All files.
#[derive(Debug, Default)]
pub(super) struct Files {
    pub(super) files: Vec<File>,
    pub(super) errors: Vec<InputError>,
}

/// An archive, and how deep it is in others.
struct Archive {
    named: Named,
    source: Source,
    depth: usize,
}

/// How the names of digests end. A digest is recognised by its content; this tells only one that is damaged.
const DIGEST_ENDING: &str = ".digest";

/// An archive may be in one other archive.
const DEEPEST: usize = 2;

/// Recognises the files, and puts the members of each archive in its place.
pub(super) fn with_members(places: Vec<Place>, search: &Search) -> Files {
    let mut finder = Finder {
        search,
        on_disk: BTreeSet::new(),
        found: Files::default(),
    };
    let mut archives = Vec::new();
    for place in places {
        archives.extend(finder.on_disk(place));
    }
    for archive in archives {
        finder.archive(archive);
    }
    finder.found
}

struct Finder<'a> {
    search: &'a Search,
    /// The files on disk with their lengths. People unpack an archive and leave it where it is.
    on_disk: BTreeSet<(PathBuf, u64)>,
    found: Files,
}

impl Finder<'_> {
    /// Takes a file on disk. Returns it if it is an archive.
    fn on_disk(&mut self, place: Place) -> Option<Archive> {
        let named = Named::of(place);
        match Source::file(&named.path, self.search.io) {
            Ok(source) => {
                let len = source.known_len().unwrap_or(0);
                self.on_disk.insert((named.path.clone(), len));
                self.take(named, source, 0)
            }
            Err(error) => {
                self.unreadable(&named.path, error);
                None
            }
        }
    }

    /// Recognises one file. Returns it if it is an archive.
    fn take(&mut self, mut named: Named, mut source: Source, depth: usize) -> Option<Archive> {
        let mut recognised = recognise(&source);
        let is_digest = named
            .file_name
            .to_ascii_lowercase()
            .ends_with(DIGEST_ENDING);
        let form = match &recognised {
            Ok((
                Recognised {
                    kind: FileKind::Archive(form),
                    ..
                },
                ..,
            )) => Some(*form),
            _ => None,
        };
        if form == Some("zip") {
            return Some(Archive {
                named,
                source,
                depth: depth + 1,
            });
        }
        if let Some(step) = form.and_then(step_of) {
            source = source.unpacked(step, &self.search.budget);
            named.unpack_name();
            recognised = recognise(&source);
        }
        match recognised {
            // It must not be passed over because nothing in it can be recognised any more.
            Err(_) if is_digest => self.found.files.push(damaged_digest(named, source)),
            Ok((Recognised { kind, .. }, ..)) if is_digest && !is_certain(&kind) => {
                self.found.files.push(damaged_digest(named, source));
            }
            Ok((recognised, head, encoding)) => self.found.files.push(File {
                named,
                source,
                recognised,
                head,
                encoding,
                skipped: None,
            }),
            Err(error) => self.unreadable(&named.path, error),
        }
        None
    }

    fn archive(&mut self, archive: Archive) {
        match self.listing(&archive) {
            // A document of an office program is an archive too.
            Ok(listing) if listing.is_document() => {
                self.skip(archive.named, SkipReason::Binary);
            }
            Ok(listing) => {
                for (name, fault) in listing.faults {
                    self.fault(&archive.named, &name, fault);
                }
                for member in listing.members {
                    self.member(&archive, member);
                }
            }
            Err(fault) => self.fault(&archive.named, "", fault),
        }
    }

    fn listing(&self, archive: &Archive) -> Result<Listing, ArchiveFault> {
        if archive.depth > DEEPEST {
            return Err(ArchiveFault::Nested);
        }
        let container = match archive.source.container() {
            Some(container) => container,
            None => {
                let bytes = archive.source.read_all(LARGEST_INNER);
                let bytes = bytes.map_err(|error| match error.kind() {
                    io::ErrorKind::FileTooLarge => ArchiveFault::LargeInner,
                    _ => ArchiveFault::Unreadable(error),
                })?;
                let len = bytes.len() as u64;
                Container::Memory(bytes.into(), 0..len)
            }
        };
        archive::list(&container, &self.search.budget)
    }

    fn member(&mut self, archive: &Archive, member: Member) {
        let named = archive.named.member(&member.path);
        if let Some(same) = self.unpacked_beside(&archive.named, &member) {
            return self.skip(named, SkipReason::AlsoUnpacked(same));
        }
        let source = Source::Packed(Box::new(member.packed));
        if let Some(inner) = self.take(named, source, archive.depth) {
            self.archive(inner);
        }
    }

    /// The file on disk that a member was unpacked to: beside the archive, or in a folder with its name.
    fn unpacked_beside(&self, archive: &Named, member: &Member) -> Option<String> {
        if archive.in_archive {
            return None;
        }
        let len = member.packed.unpacked_len()?;
        let folder = archive.path.parent().unwrap_or(Path::new(""));
        let below = |mut path: PathBuf| {
            path.extend(&member.path);
            path
        };
        let places = [below(folder.to_owned()), below(folder.join(archive.stem()))];
        let is_there = |path: &PathBuf| self.on_disk.contains(&(path.clone(), len));
        let same = places.into_iter().find(is_there)?;
        Some(same.to_string_lossy().into_owned())
    }

    fn skip(&mut self, named: Named, reason: SkipReason) {
        self.found.files.push(File {
            named,
            source: Source::Held(Vec::new()),
            recognised: Recognised::nothing(),
            head: Vec::new(),
            encoding: None,
            skipped: Some(reason),
        });
    }

    fn unreadable(&mut self, path: &Path, source: io::Error) {
        self.found.errors.push(InputError::Unreadable {
            path: path.to_string_lossy().into_owned(),
            source,
        });
    }

    /// A member that cannot be used, or the archive itself if the name is empty.
    fn fault(&mut self, archive: &Named, member: &str, fault: ArchiveFault) {
        let path = archive.path.to_string_lossy();
        let file = match member {
            "" => path.into_owned(),
            name => format!("{path}!{name}"),
        };
        self.found.errors.push(InputError::Archive { file, fault });
    }
}

/// A digest that is damaged, as far as its name tells.
fn damaged_digest(named: Named, source: Source) -> File {
    File {
        named,
        source,
        recognised: Recognised {
            kind: FileKind::Digest,
            ..Recognised::nothing()
        },
        head: Vec::new(),
        encoding: None,
        skipped: None,
    }
}

/// Whether a file is what its content says, even if its name says that it is a digest.
fn is_certain(kind: &FileKind) -> bool {
    match kind {
        FileKind::Digest | FileKind::SendLog | FileKind::HeaderlessSendLog => true,
        FileKind::Archive(form) => *form == "zip",
        _ => false,
    }
}

/// The bytes of one file on disk, unpacked.
///
/// # Errors
/// Whatever the operating system says about reading it.
pub fn unpacked(path: &Path, search: &Search) -> io::Result<Source> {
    let source = Source::file(path, search.io)?;
    let (recognised, ..) = recognise(&source)?;
    Ok(match recognised.kind {
        FileKind::Archive(form) => match step_of(form) {
            Some(step) => source.unpacked(step, &search.budget),
            None => source,
        },
        _ => source,
    })
}

/// How one compressed file is unpacked.
fn step_of(form: &'static str) -> Option<Step> {
    match form {
        "gzip" => Some(Step::Gzip),
        "zstd" => Some(Step::Zstd),
        _ => None,
    }
}

/// Recognises bytes by their head, which is kept only for a text.
fn recognise(source: &Source) -> io::Result<(Recognised, Vec<u8>, Option<&'static Encoding>)> {
    let head = source.head(sniff::HEAD_BYTES)?;
    let encoding = sniff::utf16(&head);
    let recognised = sniff::recognise(&head, encoding);
    let keeps = matches!(recognised.kind, FileKind::Text | FileKind::QueueLog);
    Ok((recognised, if keeps { head } else { Vec::new() }, encoding))
}
