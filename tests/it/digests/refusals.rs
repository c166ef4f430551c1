//! What is no digest, and which digests do not go together: a sentence and no report.

use std::fs;
use std::path::{Path, PathBuf};

use sha1::{Digest as _, Sha1};

use super::logs::{Folder, Gave, run, text};
use crate::program::Call;
use crate::sample;

/// Where reports go.
fn report(folder: &Folder, paths: &[PathBuf], options: &[&str]) -> Gave {
    let options: Vec<String> = options.iter().map(|option| (*option).to_owned()).collect();
    folder.report(&["diagnose", "-f", "json"], &options, paths)
}

/// The sentence of a refusal.
fn refused(gave: &Gave) -> &str {
    assert!(gave.wrote.is_none(), "{gave:?}");
    gave.exit.as_ref().expect_err("a refusal")
}

fn case(name: &str) -> Folder {
    Folder::copy(&sample::folder().join(name))
}

#[test]
fn digests_that_would_count_twice_are_refused() {
    let one = case("renamed-certificate");
    let other = case("certificate-expired");
    let digest = one.digest("one.digest", &[], &[]);
    // Two servers, as far as the paths show, and they have one name.
    let gave = report(
        &one,
        &[digest.clone(), other.digest("two.digest", &[], &[])],
        &[],
    );
    assert!(refused(&gave).contains("--server NAME"), "{gave:?}");
    // The same with the logs themselves.
    let gave = report(&one, &[digest.clone(), one.whole()], &[]);
    assert!(
        refused(&gave).contains("is in the send logs too"),
        "{gave:?}"
    );
    // One server with two names.
    let named = |name: &str| {
        let options = ["--server".to_owned(), name.to_owned()];
        one.digest(&format!("{name}.digest"), &[], &options)
    };
    let gave = report(&one, &[named("EX01"), named("EX02")], &[]);
    assert!(refused(&gave).contains("counted twice"), "{gave:?}");
    let gave = report(&one, &[named("EX03"), one.whole()], &[]);
    assert!(refused(&gave).contains("counted twice"), "{gave:?}");
    // Two servers with two names.
    let options = ["--server".to_owned(), "EX04".to_owned()];
    let other = other.digest("EX04.digest", &[], &options);
    assert!(report(&one, &[digest, other], &[]).exit.is_ok());
}

#[test]
fn digests_of_other_sessions_are_refused() {
    let one = case("renamed-certificate");
    let other = case("certificate-expired");
    let options =
        |words: &[&str]| -> Vec<String> { words.iter().map(|word| (*word).to_owned()).collect() };
    let all = one.digest("all.digest", &[], &[]);
    let since = options(&["--since", "2026-01-01", "--server", "EX02"]);
    let limited = other.digest("limited.digest", &[], &since);
    let gave = report(&one, &[all.clone(), limited.clone()], &[]);
    assert!(
        refused(&gave).contains("--since 2026-01-01T00:00:00.000Z"),
        "{gave:?}"
    );
    let gave = report(&one, &[all], &["--until", "2027-01-01"]);
    assert!(refused(&gave).contains("no limits"), "{gave:?}");
    // What the digest was made with holds, or is said again.
    for said in [&[][..], &["--since", "2026-01-01"]] {
        assert!(
            report(&one, std::slice::from_ref(&limited), said)
                .exit
                .is_ok()
        );
    }
}

/// A digest with these lines, and with an end that fits to them.
fn packed(lines: &[String]) -> Vec<u8> {
    let mut text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let hash = Sha1::digest(text.as_bytes());
    let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    let end = format!(
        r#"{{"type":"end","lines":{},"sha1":"{hash}"}}"#,
        lines.len()
    );
    text.push_str(&end);
    text.push('\n');
    zstd::encode_all(text.as_bytes(), 3).expect("zstd")
}

/// The lines of a digest but for the last one, as text.
fn lines(digest: &Path) -> Vec<String> {
    let bytes = fs::read(digest).expect("a digest");
    let text = zstd::decode_all(bytes.as_slice()).expect("zstd");
    let text = String::from_utf8(text).expect("UTF-8");
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines.pop();
    lines
}

#[test]
fn a_digest_of_the_future_is_refused() {
    let folder = case("renamed-certificate");
    let digest = folder.digest("one.digest", &[], &[]);
    let mut future = lines(&digest);
    future[0] = future[0].replace(r#""version":1,"#, r#""version":2,"new":[],"#);
    fs::write(&digest, packed(&future)).expect("a file");
    let gave = report(&folder, std::slice::from_ref(&digest), &[]);
    assert!(refused(&gave).contains("version 2"), "{gave:?}");
    // As the program says it.
    let run = Call::new(["diagnose"]).argument(&digest).run();
    assert_eq!((run.code, run.text()), (2, ""), "{run:?}");
    assert!(run.err.contains("Update sendlens here"), "{run:?}");
}

#[test]
fn a_digest_that_was_cut_or_changed_is_refused() {
    let folder = case("renamed-certificate");
    let digest = folder.digest("one.digest", &[], &[]);
    let whole = fs::read(&digest).expect("a digest");
    let broken = folder.root.path().join("broken.digest");
    let out = folder.root.path().join("out");
    let arguments = [
        "diagnose".to_owned(),
        text(&broken),
        text(&folder.whole().join("tenant")),
    ];
    let step = (whole.len() / 110).max(1);
    let mut tried = 0;
    for at in (0..whole.len()).step_by(step) {
        let mut flipped = whole.clone();
        flipped[at] ^= 1 << (at % 8);
        for bytes in [&whole[..at], &flipped] {
            fs::write(&broken, bytes).expect("a file");
            let gave = run(&arguments, &out);
            assert!(
                gave.exit.is_err() && gave.wrote.is_none(),
                "at {at}: {gave:?}"
            );
            tried += 1;
        }
    }
    assert!(tried > 200, "{tried}");
    // The lines themselves, in an archive that is whole.
    let good = lines(&digest);
    for at in 0..good.len() {
        let mut fewer = good.clone();
        fewer.remove(at);
        let mut twice = good.clone();
        twice.insert(at, good[at].clone());
        for changed in [fewer, twice] {
            fs::write(&broken, packed(&changed)).expect("a file");
            let gave = run(&arguments, &out);
            // Whoever writes a hash that fits can leave out what stands on its own.
            assert!(gave.exit.is_err() || at > 2, "line {at}: {gave:?}");
        }
    }
}

#[test]
fn numbers_out_of_bounds_are_refused() {
    let folder = case("renamed-certificate");
    let digest = folder.digest("one.digest", &[], &[]);
    let good = lines(&digest);
    let out = folder.root.path().join("out");
    let arguments = [
        "diagnose".to_owned(),
        text(&digest),
        text(&folder.whole().join("tenant")),
    ];
    let places = good.iter().enumerate().flat_map(|(at, line)| {
        let numbers = numbers(line).into_iter();
        numbers.map(move |(start, number)| (at, start, number.len()))
    });
    let others = ["-1", "4294967295", "18446744073709551615", "9e99"];
    let places: Vec<(usize, usize, usize)> = places.collect();
    let (mut read, mut refused) = (0, 0);
    // Not all of them, because each is a whole run.
    for (number, (at, start, length)) in places.iter().step_by(5).copied().enumerate() {
        let mut changed = good.clone();
        let other = others[number % others.len()];
        changed[at].replace_range(start..start + length, other);
        fs::write(&digest, packed(&changed)).expect("a file");
        match run(&arguments, &out).exit {
            Ok(_) => read += 1,
            Err(sentence) => {
                assert!(sentence.contains("digest"), "{sentence}");
                refused += 1;
            }
        }
    }
    assert!(refused > read, "{refused} refused, {read} read");
}

/// The numbers of a line outside of texts, with their places.
fn numbers(line: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut quoted = false;
    let mut escaped = false;
    let bytes = line.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        if quoted {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => quoted = false,
                _ => {}
            }
        } else if byte == b'"' {
            quoted = true;
        } else if byte.is_ascii_digit() {
            let length = bytes[at..]
                .iter()
                .take_while(|byte| byte.is_ascii_digit())
                .count();
            found.push((at, &line[at..at + length]));
            at += length;
            continue;
        }
        at += 1;
    }
    found
}
