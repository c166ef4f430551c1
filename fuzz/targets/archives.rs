//! Archives: zip, also one in another, gzip and zstd.

#![no_main]

use std::io::Read;
use std::sync::Arc;

use sendlens::input::archive;
use sendlens::input::packed::{Budget, Container, Packed, Step};
use sendlens::input::sniff::{self, FileKind};
use sendlens_fuzz::memory;

/// What may come out of one input.
const MOST: u64 = 256 * 1024;

/// What unpacking may hold: a few readers with their buffers, and an archive in an archive.
const MEMORY: usize = 16 * 1024 * 1024;

/// How deep archives are read.
const DEEPEST: usize = 2;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let read = || memory::within(MEMORY + bytes.len() * 400, || unpack(bytes));
    let first = read();
    assert_eq!(first, read(), "what is unpacked twice is the same");
});

/// What came out: names, bytes and faults.
#[derive(Debug, Default, PartialEq)]
struct Unpacked {
    files: Vec<(String, Vec<u8>)>,
    faults: Vec<String>,
}

fn unpack(bytes: &[u8]) -> Unpacked {
    let budget = Budget::new(MOST);
    let mut unpacked = Unpacked::default();
    let container = Container::Memory(bytes.into(), 0..bytes.len() as u64);
    let whole = Packed::new(container.clone(), Vec::new(), &budget);
    file("", &whole, &container, 0, &budget, &mut unpacked);
    let all: usize = unpacked.files.iter().map(|(_, bytes)| bytes.len()).sum();
    // UTF-16 is counted before it is decoded, which makes three bytes of two.
    assert!(all as u64 <= MOST * 3 / 2, "{all} bytes came out");
    unpacked
}

/// Reads a file, and what is in it if it is an archive.
fn file(
    name: &str,
    packed: &Packed,
    container: &Container,
    depth: usize,
    budget: &Arc<Budget>,
    unpacked: &mut Unpacked,
) {
    let head = head(packed);
    let encoding = sniff::utf16(&head);
    let kind = sniff::recognise(&head, encoding).kind;
    let steps = match kind {
        FileKind::Archive("zip") if depth < DEEPEST => {
            return members(name, container, depth + 1, budget, unpacked);
        }
        FileKind::Archive("gzip") => vec![Step::Gzip],
        FileKind::Archive("zstd") => vec![Step::Zstd],
        _ => encoding.map(Step::Utf16).into_iter().collect(),
    };
    if depth == 0 {
        let inner = Packed::new(container.clone(), steps, budget);
        content(name, &inner, unpacked);
    }
}

fn members(
    name: &str,
    container: &Container,
    depth: usize,
    budget: &Arc<Budget>,
    unpacked: &mut Unpacked,
) {
    let listing = match archive::list(container, budget) {
        Ok(listing) => listing,
        Err(fault) => return unpacked.faults.push(format!("{name}: {fault}")),
    };
    let _ = listing.is_document();
    let faults = listing.faults.iter();
    let faults = faults.map(|(member, fault)| format!("{name}!{member}: {fault}"));
    unpacked.faults.extend(faults);
    for member in &listing.members {
        let leads_out = |part: &String| part.is_empty() || part == ".." || part.contains('/');
        assert!(!member.path.iter().any(leads_out), "{:?}", member.path);
        let name = format!("{name}!{}", member.path.join("/"));
        if let Some(bytes) = content(&name, &member.packed, unpacked) {
            let len = bytes.len() as u64;
            let inner = Container::Memory(bytes.into(), 0..len);
            file(&name, &member.packed, &inner, depth, budget, unpacked);
        }
    }
}

fn head(packed: &Packed) -> Vec<u8> {
    let mut head = Vec::new();
    if let Ok(reader) = packed.open() {
        let _ = reader.take(1024).read_to_end(&mut head);
    }
    head
}

/// Reads to the end or to a fault.
fn content(name: &str, packed: &Packed, unpacked: &mut Unpacked) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = match packed.open() {
        Ok(mut reader) => reader.read_to_end(&mut bytes).map(drop),
        Err(error) => Err(error),
    };
    let is_whole = read.is_ok();
    if let Err(error) = read {
        unpacked.faults.push(format!("{name}: {error}"));
    }
    unpacked.files.push((name.to_owned(), bytes.clone()));
    is_whole.then_some(bytes)
}
