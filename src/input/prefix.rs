//! What Windows can put in front of a path: `\\?\`, `\\.\`, and the server of a share.
//!
//! In: a path as typed. Out: the same path without prefix, and whether it is on a share.
//! Must not touch the file system, so that it can be tested everywhere.
//! Invariant: a path with slashes alone has such a prefix on Windows only.

use std::borrow::Cow;

/// The path without a prefix, if it can be written without: `\\?\C:\Logs` is `C:\Logs`, and
/// `\\?\UNC\EX01\Logs` is `\\EX01\Logs`.
pub fn plain(typed: &str) -> Cow<'_, str> {
    without_prefix(typed, cfg!(windows))
}

/// Whether the first component is the name of a server: `\\EX01\c$\…`.
pub fn is_share(typed: &str) -> bool {
    is_share_of(typed, cfg!(windows))
}

/// The components of a path, with either separator. Left out are `.`, empty ones, prefixes, and
/// the name of a device that is no drive.
pub fn components(typed: &str) -> Vec<String> {
    components_of(typed, cfg!(windows))
}

fn without_prefix(typed: &str, slashes: bool) -> Cow<'_, str> {
    let Some(rest) = behind_prefix(typed, slashes) else {
        return Cow::Borrowed(typed);
    };
    let mut parts = rest.splitn(2, ['/', '\\']);
    let (first, behind) = (parts.next().unwrap_or_default(), parts.next());
    match behind {
        Some(share) if first.eq_ignore_ascii_case("UNC") => Cow::Owned(format!(r"\\{share}")),
        _ if is_drive(first) => Cow::Borrowed(rest),
        _ => Cow::Borrowed(typed),
    }
}

fn is_share_of(typed: &str, slashes: bool) -> bool {
    let plain = without_prefix(typed, slashes);
    begins_with_two(&plain, slashes) && behind_prefix(&plain, slashes).is_none()
}

fn components_of(typed: &str, slashes: bool) -> Vec<String> {
    let plain = without_prefix(typed, slashes);
    // `\\?\Volume{…}\Logs`: neither the prefix nor the device names a folder.
    let device = if behind_prefix(&plain, slashes).is_some() {
        2
    } else {
        0
    };
    plain
        .split(['/', '\\'])
        .filter(|part| !part.is_empty())
        .skip(device)
        .filter(|part| *part != ".")
        .map(str::to_owned)
        .collect()
}

/// What follows `\\?\` or `\\.\`.
fn behind_prefix(typed: &str, slashes: bool) -> Option<&str> {
    if !begins_with_two(typed, slashes) {
        return None;
    }
    let rest = typed.get(2..)?.strip_prefix(['?', '.'])?;
    match slashes {
        true => rest.strip_prefix(['/', '\\']),
        false => rest.strip_prefix('\\'),
    }
}

fn begins_with_two(typed: &str, slashes: bool) -> bool {
    let is_separator = |byte: &u8| *byte == b'\\' || (slashes && *byte == b'/');
    typed.len() > 2 && typed.as_bytes()[..2].iter().all(is_separator)
}

fn is_drive(part: &str) -> bool {
    matches!(part.as_bytes(), [letter, b':'] if letter.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ON_WINDOWS: bool = true;

    #[test]
    fn a_prefix_is_left_out() {
        for (typed, plain) in [
            (r"\\?\C:\Logs\Hub", r"C:\Logs\Hub"),
            (r"\\.\C:\Logs", r"C:\Logs"),
            (r"//?/C:/Logs", "C:/Logs"),
            (r"\\?\C:", "C:"),
            (r"\\?\UNC\EX01\c$\Logs", r"\\EX01\c$\Logs"),
            (r"\\.\unc\EX01\c$", r"\\EX01\c$"),
            (r"//?/UNC/EX01/c$", r"\\EX01/c$"),
        ] {
            assert_eq!(without_prefix(typed, ON_WINDOWS), plain);
        }
    }

    #[test]
    fn other_paths_stay_as_they_are() {
        for typed in [
            r"C:\Logs",
            r"\\EX01\c$\Logs",
            "//EX01/c$",
            r"\\?\Volume{1f2a}\Logs",
            r"\\?\UNC",
            r"\\?",
            r"\\",
            "logs",
            "",
            "é",
            "../x",
        ] {
            assert_eq!(without_prefix(typed, ON_WINDOWS), typed);
        }
    }

    #[test]
    fn a_share_begins_with_two_separators() {
        for (typed, share) in [
            (r"\\EX01\c$\Logs", true),
            ("//EX01/c$/Logs", true),
            (r"\\?\UNC\EX01\c$", true),
            (r"\\?\C:\Logs", false),
            (r"\\.\C:\Logs", false),
            (r"\\?\Volume{1f2a}\Logs", false),
            (r"C:\Logs", false),
            (r"\Logs", false),
        ] {
            assert_eq!(is_share_of(typed, ON_WINDOWS), share, "{typed}");
        }
    }

    #[test]
    fn slashes_alone_are_no_prefix_elsewhere() {
        assert!(!is_share_of("//data/logs", !ON_WINDOWS));
        assert!(is_share_of(r"\\EX01\c$", !ON_WINDOWS));
        assert_eq!(without_prefix("//?/C:/x", !ON_WINDOWS), "//?/C:/x");
        assert_eq!(components_of("//./data", !ON_WINDOWS), ["data"]);
        assert_eq!(components_of("//?/data", !ON_WINDOWS), ["?", "data"]);
    }

    #[test]
    fn neither_prefix_nor_device_is_a_component() {
        for (typed, components) in [
            (r"\\?\C:\Logs\.\Hub\", &["C:", "Logs", "Hub"][..]),
            (r"\\?\UNC\EX01\c$", &["EX01", "c$"]),
            (r"\\?\Volume{1f2a}\Logs", &["Logs"]),
            (r"\\.\HarddiskVolume2\Logs", &["Logs"]),
            (".", &[]),
            ("/data//EX01/", &["data", "EX01"]),
        ] {
            assert_eq!(components_of(typed, ON_WINDOWS), components, "{typed}");
        }
    }
}
