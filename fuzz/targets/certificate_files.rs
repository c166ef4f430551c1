//! Certificates in DER and PEM, one or a chain.

#![no_main]

use sendlens::onprem::{certificate_file, certificate_usage, der};
use sendlens::smtp::certificate::Certificate;
use sendlens_fuzz::memory;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = certificate_file::looks_like_one(bytes);
    let _ = certificate_usage::of_der(bytes);
    if let Some(certificate) = der::certificate(bytes) {
        check(&certificate);
    }
    let most = bytes.len() * 400 + 4 * 1024 * 1024;
    let file = memory::within(most, || certificate_file::read(bytes));
    assert_eq!(file, certificate_file::read(bytes));
    if let Ok(file) = file {
        check(file.leaf());
        file.others().for_each(check);
    }
});

fn check(certificate: &Certificate) {
    let thumbprint = certificate.thumbprint.as_deref().expect("a thumbprint");
    assert_eq!(thumbprint.len(), 40);
    let _ = certificate.common_name();
    let _ = certificate.is_self_signed();
}
