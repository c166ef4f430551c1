//! An export file, read as the program reads it.
//!
//! In: the bytes of a file. Out: nothing. Must not expect a form: the content decides.

use sendlens::onprem::load::put_together;
use sendlens::tenant::export;
use sendlens::tenant::group::group;
use sendlens::tenant::load::ExportFile;

use crate::memory;

/// What reading may hold: the values are a few times as large as the text, and references of a
/// CLIXML file may make them 16 times as large.
const TIMES: usize = 400;
const ALWAYS: usize = 4 * 1024 * 1024;

/// How many bytes of a file decide what it is.
const HEAD: usize = 64 * 1024;

/// Reads a file.
///
/// # Panics
/// If that takes too much memory, or if the result depends on anything but the file.
pub fn check(bytes: &[u8]) {
    let most = bytes.len() * TIMES + ALWAYS;
    let read = |name: &str| memory::within(most, || ExportFile::read(name, bytes));
    let file = read("Export");
    assert_eq!(file, read("Export"), "what is read twice is the same");
    let is_recognised = export::looks_like_export(bytes);
    // These take as long as reading and hardly depend on details.
    if bytes.len().is_multiple_of(8) {
        let _ = export::unreadable(bytes);
        let _ = export::names_its_fields(bytes);
        let _ = export::shows_properties(bytes);
    }
    let Ok(file) = file else {
        return;
    };
    assert!(
        is_recognised || bytes.len() > HEAD,
        "what can be read is recognised"
    );
    let mut other = file.clone();
    other.file = "Other/Export".to_owned();
    let parts = || {
        let here = file.tenants_part("Contoso", None);
        let there = other.tenants_part("Other", Some("Fabrikam"));
        vec![here, other.tenants_part("Other", None), there]
    };
    let mut backward = parts();
    backward.reverse();
    let both = memory::within(most, || group(parts(), "root"));
    assert_eq!(both, group(backward, "root"), "in any order");
    let forward = put_together(vec![file.clone(), other.clone()], Vec::new());
    let backward = put_together(vec![other, file], Vec::new());
    assert_eq!(forward, backward, "in any order");
}
