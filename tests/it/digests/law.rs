//! The law: whatever parts of the streams are digests, in whatever order, mixed with logs or not, the output is
//! that of the logs, byte for byte.

use std::path::PathBuf;

use super::logs::{Folder, cut, each};
use crate::corpus::Random;
use crate::{sample, weeks};

/// How reports and lists are written.
const FORMS: [&[&str]; 9] = [
    &["diagnose", "-f", "json"],
    &["diagnose", "-f", "text"],
    &["diagnose", "-f", "text", "--full"],
    &["diagnose", "-f", "ndjson"],
    &["diagnose", "-f", "csv"],
    &["diagnose", "-f", "markdown"],
    &["diagnose", "-f", "html"],
    &["certificates", "-f", "ndjson"],
    &["certificates", "-f", "text"],
];

/// How many weeks are made.
const WEEKS: u64 = 52;

/// Each stream is in one of some digests, or its logs are given.
fn mixed(folder: &Folder, number: usize, options: &[String], random: &mut Random) -> Vec<PathBuf> {
    let parts = 1 + random.below(folder.streams.len());
    let mut digests: Vec<Vec<&String>> = vec![Vec::new(); parts];
    for stream in folder.streams.keys() {
        // The first time, all of them are.
        let part = random.below(parts + usize::from(number > 0));
        if let Some(digest) = digests.get_mut(part) {
            digest.push(stream);
        }
    }
    let digested: Vec<&String> = digests.iter().flatten().copied().collect();
    let mut paths = vec![folder.without(&format!("rest{number}"), &digested)];
    for (part, streams) in digests.iter().enumerate() {
        if !streams.is_empty() {
            paths.push(folder.digest(&format!("digest{number}-{part}"), streams, options));
        }
    }
    for end in (1..paths.len()).rev() {
        paths.swap(end, random.below(end + 1));
    }
    paths
}

/// Compares the output in one form.
fn holds(folder: &Folder, what: &str, form: &[&str], options: &[String], paths: &[PathBuf]) {
    let expected = folder.report(form, options, &[folder.whole()]);
    assert!(expected.wrote.is_some(), "{what}: {form:?} {expected:?}");
    let got = folder.report(form, options, paths);
    if got != expected {
        let text = |wrote: &Option<Vec<u8>>| {
            let bytes = wrote.as_deref().unwrap_or_default();
            String::from_utf8_lossy(bytes).into_owned()
        };
        let (got_text, expected_text) = (text(&got.wrote), text(&expected.wrote));
        let differs = got_text
            .lines()
            .zip(expected_text.lines())
            .find(|(one, other)| one != other);
        panic!(
            "{what}: {form:?} {options:?} {paths:?} {:?} instead of {:?}\n{differs:?}",
            got.exit, expected.exit
        );
    }
}

#[test]
fn the_report_of_digests_is_that_of_their_logs() {
    let cases = sample::cases();
    let several = each(cases.len() as u64, |seed| {
        let case = &cases[usize::try_from(seed).expect("few cases")];
        let mut random = Random::new(seed);
        let folder = Folder::copy(&sample::folder().join(case));
        if folder.streams.is_empty() {
            return 0;
        }
        for round in 0..2 {
            let paths = mixed(&folder, round, &[], &mut random);
            for (number, form) in FORMS.iter().enumerate() {
                // All forms are of one document, so that the second time some of them will do.
                if round == 0 || number as u64 % 4 == seed % 4 {
                    holds(&folder, case, form, &[], &paths);
                }
            }
        }
        usize::from(folder.streams.len() > 1)
    });
    let several: usize = several.iter().sum();
    assert!(several > 5, "{several} cases have several streams");
}

/// What may be asked of a week, in milliseconds from its start.
fn limits(random: &mut Random) -> Vec<String> {
    let mut options = Vec::new();
    let hours = random.below(100);
    let time = |hours: usize| {
        let start = chrono::NaiveDate::from_ymd_opt(2026, 11, 2).expect("a date");
        let time = start.and_hms_opt(0, 0, 0).expect("midnight")
            + chrono::Duration::hours(i64::try_from(hours).expect("few hours"));
        format!("{}Z", time.format("%Y-%m-%dT%H:%M:%S"))
    };
    if random.below(2) == 0 {
        options.extend(["--since".to_owned(), time(hours)]);
    }
    if random.below(2) == 0 {
        options.extend(["--until".to_owned(), time(hours + 30)]);
    }
    if random.below(4) == 0 {
        options.extend(["--connector".to_owned(), "*365*".to_owned()]);
    }
    options
}

#[test]
fn the_report_of_the_digests_of_a_week_is_that_of_the_week() {
    let results: Vec<(usize, bool)> = each(WEEKS, |seed| {
        let mut random = Random::new(seed ^ 0xD16E);
        let folder = Folder::of(|whole| {
            weeks::write(seed, whole);
            // Servers are not read at the same time: what one half shows may be missing in the other.
            if seed % 2 == 0 {
                cut(whole, &mut random);
            }
        });
        let options = if seed % 3 == 0 {
            limits(&mut random)
        } else {
            Vec::new()
        };
        let paths = mixed(&folder, usize::from(seed % 5 > 0), &options, &mut random);
        let other = FORMS[1 + usize::try_from(seed).expect("a small seed") % (FORMS.len() - 1)];
        for form in [FORMS[0], other] {
            holds(&folder, &format!("week {seed}"), form, &options, &paths);
        }
        let has_front_end = folder
            .streams
            .keys()
            .any(|name| name.ends_with("/FrontEnd"));
        (folder.streams.len(), has_front_end)
    });
    let several = results.iter().filter(|(streams, _)| *streams > 1).count();
    let front_ends = results.iter().filter(|(_, has)| *has).count();
    assert!(several > 30 && front_ends > 5, "{several} {front_ends}");
}
