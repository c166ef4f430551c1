//! Patterns such as `SEND*.LOG`, because not every shell expands them.
//!
//! In: a PATH as typed. Out: the paths that match it.
//! Must not open files. Invariant: on Windows, upper and lower case are the same, as in its file
//! systems.

use std::borrow::Cow;
use std::path::PathBuf;

use glob::MatchOptions;

use super::prefix;

/// Whether a PATH that does not exist is a pattern. The `?` of `\\?\` is none.
pub fn is_pattern(typed: &str) -> bool {
    is_wild(behind_prefix(typed))
}

/// The paths that match a pattern.
pub fn matches(typed: &str) -> Vec<PathBuf> {
    find(typed, cfg!(windows))
}

fn find(typed: &str, any_case: bool) -> Vec<PathBuf> {
    let plain = prefix::plain(typed);
    let pattern = if any_case {
        Cow::Owned(both_cases(&plain))
    } else {
        plain
    };
    let options = MatchOptions {
        case_sensitive: !any_case,
        ..MatchOptions::new()
    };
    glob::glob_with(&pattern, options)
        .map_or_else(|_| Vec::new(), |paths| paths.flatten().collect())
}

fn is_wild(part: &str) -> bool {
    part.contains(['*', '?', '['])
}

fn behind_prefix(typed: &str) -> &str {
    [r"\\?\", "//?/"]
        .iter()
        .find_map(|prefix| typed.strip_prefix(prefix))
        .unwrap_or(typed)
}

/// `glob` ignores the case of ASCII letters only. Other letters of a component with a wildcard
/// become a choice: `é*` is `[éÉ]*`.
fn both_cases(pattern: &str) -> String {
    pattern
        .split_inclusive(['/', '\\'])
        .map(|part| match is_wild(part) && !part.is_ascii() {
            true => Cow::Owned(letters_in_both_cases(part)),
            false => Cow::Borrowed(part),
        })
        .collect()
}

fn letters_in_both_cases(part: &str) -> String {
    let mut out = String::new();
    let mut in_choice = false;
    for letter in part.chars() {
        match letter {
            '[' => in_choice = true,
            ']' => in_choice = false,
            _ => {}
        }
        match other_case(letter) {
            Some(other) if in_choice => out.extend([letter, other]),
            Some(other) => out.extend(['[', letter, other, ']']),
            None => out.push(letter),
        }
    }
    out
}

/// The other case of a letter that is not ASCII, if it is one letter too.
fn other_case(letter: char) -> Option<char> {
    if letter.is_ascii() {
        return None;
    }
    let cases: [Vec<char>; 2] = [
        letter.to_uppercase().collect(),
        letter.to_lowercase().collect(),
    ];
    cases.iter().find_map(|case| match case[..] {
        [other] if other != letter => Some(other),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn names(pattern: &str, any_case: bool) -> Vec<String> {
        let root = tempfile::tempdir().expect("folder");
        for name in ["SEND1.LOG", "send2.log", "ÜBER.LOG", "other.txt"] {
            fs::write(root.path().join(name), "").expect("file");
        }
        let pattern = root.path().join(pattern);
        let mut names: Vec<String> = find(&pattern.to_string_lossy(), any_case)
            .iter()
            .filter_map(|path| path.file_name())
            .map(|name| name.to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn case_counts_only_where_the_file_system_says_so() {
        assert_eq!(names("send*.LOG", true), ["SEND1.LOG", "send2.log"]);
        assert_eq!(names("*.log", true), ["SEND1.LOG", "send2.log", "ÜBER.LOG"]);
        assert_eq!(names("*.log", false), ["send2.log"]);
        assert_eq!(names("S*.LOG", false), ["SEND1.LOG"]);
    }

    #[test]
    fn case_does_not_count_for_other_letters_either() {
        assert_eq!(names("über.*", true), ["ÜBER.LOG"]);
        assert_eq!(names("[aü]ber.*", true), ["ÜBER.LOG"]);
        assert_eq!(names("über.*", false), Vec::<String>::new());
        let share = r"\\SÉRVER\Ü\é*.log";
        assert_eq!(both_cases(share), r"\\SÉRVER\Ü\[éÉ]*.log");
    }

    #[test]
    fn a_prefix_is_no_pattern() {
        for (typed, pattern) in [
            (r"\\?\C:\Logs\SEND.LOG", false),
            (r"\\?\C:\Logs\*.LOG", true),
            ("//?/C:/Logs", false),
            (r"C:\Logs", false),
            (r"C:\Logs\SEND?.LOG", true),
            ("SEND[12].LOG", true),
        ] {
            assert_eq!(is_pattern(typed), pattern, "{typed}");
        }
    }
}
