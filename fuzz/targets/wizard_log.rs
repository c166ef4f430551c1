//! Logs of the hybrid wizard.

#![no_main]

use sendlens::onprem::wizard;
use sendlens_fuzz::memory;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = wizard::is_wizard_log(bytes);
    let most = bytes.len() * 400 + 4 * 1024 * 1024;
    let settings = memory::within(most, || wizard::read("wizard.log", bytes));
    assert_eq!(settings, wizard::read("wizard.log", bytes));
    assert!(
        settings.is_sorted_by_key(|setting| setting.line),
        "in the order of the file"
    );
});
