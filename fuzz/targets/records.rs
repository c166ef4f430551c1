//! Any bytes as a log: the first byte says how it is cut, the others are the file.

#![no_main]

use std::io::Cursor;

use sendlens::input::bytes::Source;
use sendlens::input::header::Layout;
use sendlens::input::notes::NOTE_KINDS;
use sendlens::input::pasted;
use sendlens::input::sniff::{self, FileKind};
use sendlens::session::stream_read::StreamRead;
use sendlens_fuzz::log::{Sessions, corpus, read};
use sendlens_fuzz::memory;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((how, file)) = bytes.split_first() else {
        return;
    };
    let encoding = sniff::utf16(file);
    let recognised = memory::within(file.len() * 400 + 4 * 1024 * 1024, || {
        sniff::recognise(file, encoding)
    });
    if recognised.pasted || recognised.kind == FileKind::Text {
        clean(file);
    }
    cut(*how, file, recognised.layout);
});

/// A copied log has as many lines after it was cleaned.
fn clean(file: &[u8]) {
    let text = pasted::text(file);
    let (cleaned, found) = pasted::clean(&text);
    assert_eq!((cleaned.clone(), found), pasted::clean(&text));
    let lines = |text: &str| text.split('\n').count();
    assert_eq!(lines(&cleaned), lines(&text));
}

/// The log gives the same in one piece, in chunks, and from a pipe.
fn cut(how: u8, file: &[u8], layout: Layout) {
    let held = || Source::Held(file.to_vec());
    let whole = read::<{ u64::MAX }>(&corpus([held()], layout), false);
    let on_workers = how & 1 != 0;
    let cut = corpus([held()], layout);
    // Of many small chunks, each takes as long as a large one.
    let cut = match (how >> 1) % 4 {
        0 if file.len() < 80 => read::<7>(&cut, on_workers),
        0 | 1 if file.len() < 400 => read::<40>(&cut, on_workers),
        3 if how & 8 == 0 => {
            let pipe = Source::pipe(Box::new(Cursor::new(file.to_vec())));
            read::<200>(&corpus([pipe], layout), on_workers)
        }
        _ => read::<300>(&cut, on_workers),
    };
    same(&whole, &cut);
}

fn same(whole: &Sessions, cut: &Sessions) {
    assert_eq!(whole.outlines, cut.outlines);
    let (whole, cut) = (&whole.read, &cut.read);
    assert!(whole.errors.is_empty() && cut.errors.is_empty());
    let (whole, cut) = (&whole.streams[0], &cut.streams[0]);
    assert_eq!(whole.counts, cut.counts);
    assert_eq!((whole.first, whole.last), (cut.first, cut.last));
    assert_eq!((whole.bytes, whole.cut_tails), (cut.bytes, cut.cut_tails));
    for kind in NOTE_KINDS {
        assert_eq!(whole.notes.count(kind), cut.notes.count(kind), "{kind:?}");
        let places = |read: &StreamRead| read.notes.places(kind).to_vec();
        assert_eq!(places(whole), places(cut), "{kind:?}");
    }
}
