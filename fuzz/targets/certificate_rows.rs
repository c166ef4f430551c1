//! Information rows, line by line: context, a tab, data. They are about certificates and TLS.

#![no_main]

use sendlens::smtp::name::DistinguishedName;
use sendlens::smtp::split::{self, Parted};
use sendlens_fuzz::log::SessionText;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let mut session = SessionText::default();
    for line in text.lines().take(200) {
        let (context, data) = line.split_once('\t').unwrap_or((line, ""));
        joined(data);
        match context {
            // The last certificate before the first message counts.
            ">" => session.row('>', data, ""),
            context => session.row('*', data, context),
        }
    }
    session.check();
});

fn joined(data: &str) {
    let _ = DistinguishedName::parse(data).first("CN");
    for with_dates in [true, false] {
        let Some(row) = split::joined(data, with_dates) else {
            continue;
        };
        assert!(matches!(row.thumbprint.len(), 0 | 40));
        assert!(with_dates || row.dates.is_none());
        let names = match row.names {
            Parted::Two(subject, issuer) => subject.len() + 1 + issuer.len(),
            Parted::Undivided(text) => text.len(),
        };
        assert!(
            names + row.serial.len() + row.thumbprint.len() + row.alternate.len() <= data.len() + 1
        );
    }
}
