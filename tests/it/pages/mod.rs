//! Pages about odd inputs: many servers, one session, a change of year, names that are markup.
//!
//! In: the inputs of `inputs`. Out: what `tests/browser.sh` opens in a browser. It calls
//! `SENDLENS_PAGES_DIR=target/browser/inputs cargo test --test it pages`, which leaves the inputs there.
//! Must not need a browser: size and sameness are tested here.

use std::path::Path;

use crate::program::{self, Run};

use self::inputs::{INPUTS, Input};

mod inputs;

/// How large a page may be, whatever it is about.
const MOST_BYTES: usize = 200_000;

fn diagnose(folder: &Path, options: &[&str]) -> Run {
    let path = folder.to_str().expect("a path in UTF-8");
    program::run([&["diagnose"], options, &[path]].concat())
}

/// Leaves an input in a folder, and says what is wrong with the page about it.
fn faults(input: &Input, folder: &Path) -> Vec<String> {
    input.write(folder);
    let report = diagnose(folder, &["-f", "json"]).json();
    let length = |pointer| Some(report.pointer(pointer)?.as_array()?.len());
    let page = diagnose(folder, &["-f", "html"]);
    let again = diagnose(folder, &["-f", "html", "--threads", "1"]);
    let mut faults = Vec::new();
    let mut expect = |what: &str, holds: bool| {
        if !holds {
            faults.push(format!("{}: {what}", input.name));
        }
    };
    let (incidents, servers) = (length("/incidents"), length("/input/streams"));
    let size = page.out.len();
    expect(
        &format!("{incidents:?} incidents"),
        incidents == Some(input.incidents),
    );
    expect(
        &format!("{servers:?} servers"),
        servers == Some(input.servers),
    );
    expect(
        &format!("exit code {}", page.code),
        page.code == i32::from(input.incidents > 0),
    );
    expect(&format!("{size} bytes"), size <= MOST_BYTES);
    expect("other bytes from the same input", page == again);
    faults
}

#[test]
fn a_page_of_any_input_is_small_and_always_the_same() {
    let kept = std::env::var("SENDLENS_PAGES_DIR").ok();
    let mut found = Vec::new();
    for input in INPUTS {
        let temporary = tempfile::tempdir().expect("a folder");
        let folder = match &kept {
            Some(kept) => Path::new(kept).join(input.name),
            None => temporary.path().join(input.name),
        };
        std::fs::create_dir_all(&folder).expect("a folder");
        found.extend(faults(input, &folder));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
