//! PowerShell text taken apart, and a PowerShell to run it, where there is one.
//!
//! In: a script without here-strings. Out: its code without comments and texts, and the texts.
//! Invariant: quotes, comments and brackets are closed; a text computes nothing but properties.

use std::env;
use std::path::PathBuf;

use regex::Regex;

/// The parts of a script.
pub(crate) struct Parts {
    /// Everything but comments and texts.
    pub(crate) code: String,
    /// The texts between quotes, without the quotes.
    pub(crate) texts: Vec<String>,
}

/// Takes a script apart.
pub(crate) fn parts(script: &str) -> Parts {
    let letters: Vec<char> = script.chars().collect();
    let mut parts = Parts {
        code: String::new(),
        texts: Vec::new(),
    };
    let mut open = Vec::new();
    let mut at = 0;
    while at < letters.len() {
        let next = letters.get(at + 1).copied();
        match letters[at] {
            '<' if next == Some('#') => at = after(&letters, at + 2, "#>"),
            '#' if starts_word(&parts.code) => {
                at = after(&letters, at, "\n");
                parts.code.push('\n');
            }
            quote @ ('\'' | '"') => {
                let (text, end) = text(&letters, at + 1, quote);
                parts.texts.push(text);
                // A mark, so that what stands on both sides does not become one word.
                parts.code.push('\u{1a}');
                at = end;
            }
            letter => {
                match letter {
                    '(' => open.push(')'),
                    '{' => open.push('}'),
                    '[' => open.push(']'),
                    ')' | '}' | ']' => {
                        assert_eq!(open.pop(), Some(letter), "behind {}", tail(&parts.code));
                    }
                    _ => {}
                }
                parts.code.push(letter);
                at += 1;
            }
        }
    }
    assert!(open.is_empty(), "not closed: {open:?}");
    parts
}

/// A `#` inside a word begins no comment.
fn starts_word(code: &str) -> bool {
    code.is_empty()
        || code.ends_with(|letter: char| letter.is_whitespace() || "({;".contains(letter))
}

fn tail(code: &str) -> String {
    let letters: Vec<char> = code.chars().rev().take(80).collect();
    letters.into_iter().rev().collect()
}

/// The place behind the next `end`.
fn after(letters: &[char], from: usize, end: &str) -> usize {
    let end: Vec<char> = end.chars().collect();
    let found = letters[from..]
        .windows(end.len())
        .position(|window| window == end);
    from + found.expect("a comment is not closed") + end.len()
}

/// The text from a place behind its opening quote, and the place behind its closing one.
fn text(letters: &[char], from: usize, quote: char) -> (String, usize) {
    let mut text = String::new();
    let mut at = from;
    loop {
        let letter = *letters.get(at).expect("a quote is not closed");
        let next = letters.get(at + 1).copied();
        if letter == quote && next == Some(quote) {
            text.push(quote);
            at += 2;
        } else if letter == quote {
            break;
        } else if letter == '`' && quote == '"' {
            text.push(next.expect("a quote is not closed"));
            at += 2;
        } else {
            text.push(letter);
            at += 1;
        }
    }
    if quote == '"' {
        let property = Regex::new(r"\$\(\$\w+(\.\w+)*\)").expect("a pattern");
        let rest = property.replace_all(&text, "");
        assert!(!rest.contains("$("), "a text runs code: {text}");
    }
    (text, at + 1)
}

/// A PowerShell of this computer.
pub(crate) fn installed() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let names = ["pwsh", "pwsh.exe", "powershell.exe"];
    names.iter().find_map(|name| {
        let mut folders = env::split_paths(&path);
        folders.find_map(|folder| Some(folder.join(name)).filter(|file| file.is_file()))
    })
}
