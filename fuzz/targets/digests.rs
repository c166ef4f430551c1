//! Digests that anybody may have written: their lines, to which the right end is added.

#![no_main]

use sha1::{Digest as _, Sha1};

use sendlens::aggregate::{Aggregate, FrontEndsAlone, StreamPlace};
use sendlens::digest_file::{self, DigestWriter, LogDigest};
use sendlens::input::bytes::Source;
use sendlens_fuzz::memory;

/// What a reader needs besides the lines.
const READER: usize = 4 * 1024 * 1024;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    // As it is, it hardly ever ends as it should.
    let _ = read(bytes.to_vec());
    let ended = with_end(bytes);
    let most = ended.len() * 400 + READER;
    let Some(digest) = memory::within(most, || read(ended)) else {
        return;
    };
    // What was taken comes back as it was.
    let once = written(&digest);
    let again = read(once.clone()).expect("a digest that the program has written");
    assert_eq!(written(&again), once);
    let streams = digest.streams.iter();
    let servers: Vec<_> = streams.map(|one| one.stream.server.clone()).collect();
    let mut first_file = 0;
    let places = digest.streams.into_iter().enumerate();
    let all = Aggregate::of_streams(places.map(|(stream, one)| {
        let place = StreamPlace { stream, first_file };
        first_file += one.files.len();
        (place, one.aggregate)
    }));
    let _ = all.finish(&servers, FrontEndsAlone::Count);
});

fn read(bytes: Vec<u8>) -> Option<LogDigest> {
    digest_file::read(&Source::Held(bytes), true).ok()
}

/// The lines with a last one that fits to them.
fn with_end(bytes: &[u8]) -> Vec<u8> {
    let mut text = bytes.to_vec();
    if text.last().is_some_and(|last| *last != b'\n') {
        text.push(b'\n');
    }
    let lines = text.iter().filter(|byte| **byte == b'\n').count();
    let hash = Sha1::digest(&text);
    let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    let end = format!("{{\"type\":\"end\",\"lines\":{lines},\"sha1\":\"{hash}\"}}\n");
    text.extend(end.into_bytes());
    text
}

/// The lines of a digest.
fn written(digest: &LogDigest) -> Vec<u8> {
    let number = digest.streams.len();
    let mut writer = DigestWriter::new(Vec::new(), &digest.limits, number).expect("memory");
    for one in &digest.streams {
        writer.stream(one).expect("memory");
    }
    let packed = writer.finish().expect("memory");
    zstd::decode_all(packed.as_slice()).expect("what was just packed")
}
