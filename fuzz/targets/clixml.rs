//! CLIXML exports, as `Export-Clixml` writes them.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sendlens_fuzz::export::check(bytes));
