//! The pages in `docs/ja/` say what the English ones say.
//!
//! - A page begins with a link to its original, and a note. From then on, each line stands for a line of
//!   the original: the same kind of line, with the same code and links. Links lead to the page in the
//!   same language if there is one.
//! - Blocks are the same, but for ` --lang ja` in commands, and the outputs.
//! - A page ends with `<!-- read against: NAME DIGITS -->`. The digits stand for the original without
//!   outputs. Whoever changes the original reads the page again and writes the new digits. They are never
//!   renewed by a program.

use std::collections::BTreeSet;

use regex::Regex;

use crate::document::{Document, is_web, links};
use crate::documents::{REST, places};
use crate::languages::fingerprint;

/// Where the pages are.
const FOLDER: &str = "docs/ja/";
/// What their commands have more.
const OPTION: &str = " --lang ja";

/// A page and its original.
struct Translation {
    page: Document,
    original: Document,
    /// The digits of the original when the page was last read against it.
    read: String,
}

fn translations() -> Vec<Translation> {
    let pages = Document::all().into_iter();
    pages
        .filter(|page| page.name.starts_with(FOLDER))
        .map(|page| {
            let (original, read) = read_against(&page);
            Translation {
                page,
                original: Document::read(&original),
                read,
            }
        })
        .collect()
}

/// What the last line of a page says: the name of its original, and the digits.
fn read_against(page: &Document) -> (String, String) {
    let last = page.text.lines().last().unwrap_or_default();
    let words = last.strip_prefix("<!-- read against: ");
    let words = words.and_then(|words| words.strip_suffix(" -->"));
    let words = words.and_then(|words| words.split_once(' '));
    let Some((original, digits)) = words else {
        panic!(
            "{}: the last line does not say what it is read against",
            page.name
        );
    };
    let same = page.name.strip_prefix(FOLDER).unwrap_or_default();
    assert!(
        original == same || original == format!("docs/{same}"),
        "{} has another name than {original}",
        page.name
    );
    (original.to_owned(), digits.to_owned())
}

/// A document without the outputs that it shows.
fn without_outputs(document: &Document) -> Document {
    let mut lines: Vec<&str> = document.text.lines().collect();
    for (first, end, _) in places(document).into_iter().rev() {
        lines.drain(first..end);
    }
    Document {
        name: document.name.clone(),
        text: lines.join("\n"),
    }
}

#[test]
fn each_page_was_read_against_the_original_of_today() {
    let mut stale = Vec::new();
    let translations = translations();
    assert!(translations.len() >= 2, "{} pages", translations.len());
    for translation in translations {
        let digits = fingerprint(&without_outputs(&translation.original).text);
        if digits != translation.read {
            stale.push(format!(
                "{original} was changed: read {page} against it again, then end {page} with\n\
                 <!-- read against: {original} {digits} -->",
                original = translation.original.name,
                page = translation.page.name,
            ));
        }
    }
    assert!(stale.is_empty(), "{}", stale.join("\n"));
}

/// What a line of prose has in every language.
#[derive(Debug, PartialEq)]
struct Line {
    /// The signs of a heading, item, row or step, such as `##`.
    kind: String,
    /// The columns of a row.
    columns: usize,
    /// Code in backticks, and codes of the catalogue.
    code: BTreeSet<String>,
    /// What the links lead to.
    links: BTreeSet<String>,
}

/// The lines of prose with their texts, but for empty ones and comments. A link leads to what `place`
/// makes of it.
fn lines(document: &Document, place: impl Fn(&str) -> String) -> Vec<(Line, String)> {
    let kind = Regex::new(r"^(#+|\||-|\d+\.|) ?").expect("a pattern");
    let code = Regex::new(r"`[^`]+`|\b[A-Z]{3}\d{3}\b").expect("a pattern");
    let prose = without_outputs(document).prose();
    let lines = prose
        .lines()
        .map(str::trim_start)
        .filter(|line| !line.is_empty() && !line.starts_with("<!--"));
    lines
        .map(|line| {
            let found = kind.captures(line).expect("the kind may be empty");
            let code = code.find_iter(line).map(|found| found.as_str().to_owned());
            let kept = Line {
                kind: found[1].to_owned(),
                columns: line.matches(" |").count(),
                code: code.collect(),
                links: links(line).iter().map(|link| place(link)).collect(),
            };
            (kept, line.to_owned())
        })
        .collect()
}

/// What a link of a document leads to, as a name and an anchor.
fn plain(document: &Document, link: &str) -> String {
    if is_web(link) {
        return link.to_owned();
    }
    let (file, anchor) = document.target(link);
    format!("{file}#{anchor}")
}

/// What the translation of a link leads to: the translated page, if there is one, and the same heading.
fn translated(translations: &[Translation], document: &Document, link: &str) -> String {
    let (file, anchor) = document.target(link);
    let other = translations.iter().find(|one| one.original.name == file);
    let Some(other) = other.filter(|_| !is_web(link)) else {
        return plain(document, link);
    };
    let number = other
        .original
        .anchors()
        .iter()
        .position(|one| *one == anchor);
    let anchor = number.and_then(|number| other.page.anchors().into_iter().nth(number));
    format!("{}#{}", other.page.name, anchor.unwrap_or_default())
}

#[test]
fn each_line_stands_for_a_line_of_the_original() {
    let translations = translations();
    for Translation { page, original, .. } in &translations {
        let mut theirs = lines(original, |link| translated(&translations, original, link));
        // The link from the original to the page.
        let to_page = BTreeSet::from([format!("{}#", page.name)]);
        theirs.retain(|(line, text)| line.links != to_page || !is_one_link(text));
        let mut ours = lines(page, |link| plain(page, link));
        // Below the title, the link back and the note about the language of other pages.
        let (back, text) = ours.remove(1);
        let to_original = BTreeSet::from([format!("{}#", original.name)]);
        let is_back = back.links == to_original && is_one_link(&text);
        assert!(is_back, "{}: no link back below the title", page.name);
        ours.remove(1);
        for ((our, text), (their, english)) in ours.iter().zip(&theirs) {
            assert_eq!(our, their, "{}: {text}\nstands for {english}", page.name);
        }
        assert_eq!(ours.len(), theirs.len(), "lines of {}", page.name);
    }
}

/// Whether a line is nothing but a link.
fn is_one_link(text: &str) -> bool {
    text.starts_with('[') && text.ends_with(')')
}

/// The blocks as they are in every language, with the comments above them: language, comment, lines.
fn blocks(document: &Document) -> Vec<(String, String, Vec<String>)> {
    let outputs = places(document);
    let in_every_language = |line: &String| line.replace(OPTION, "");
    let blocks = document.blocks().into_iter().map(|block| {
        let is_output = outputs.iter().any(|(first, ..)| *first == block.first);
        let comment = match block.before.starts_with("<!--") {
            true => in_every_language(&block.before),
            false => String::new(),
        };
        let lines = block.lines.iter().map(in_every_language);
        // Of an output, only whether it shows everything.
        let lines: Vec<String> = lines.filter(|line| !is_output || line == REST).collect();
        (block.language, comment, lines)
    });
    blocks.collect()
}

#[test]
fn their_blocks_are_those_of_the_originals() {
    for Translation { page, original, .. } in translations() {
        let (ours, theirs) = (blocks(&page), blocks(&original));
        for (our, their) in ours.iter().zip(&theirs) {
            assert_eq!(our, their, "{}", page.name);
        }
        assert_eq!(ours.len(), theirs.len(), "blocks of {}", page.name);
        for (_, _, command) in places(&page) {
            let name = &page.name;
            assert!(
                command.ends_with(OPTION),
                "{name}: `{command}` is in English"
            );
        }
    }
}

#[test]
fn lines_differ_by_more_than_their_words() {
    let lines = |text: &str| {
        let document = Document {
            name: "docs/ja/page.md".to_owned(),
            text: text.to_owned(),
        };
        let lines = lines(&document, |link| plain(&document, link));
        let kept = lines.into_iter().map(|(kept, _)| kept);
        kept.collect::<Vec<_>>()
    };
    assert_eq!(
        lines("- `a` is [b](../b.md#c)"),
        lines("- [ビー](../b.md#c)は `a`")
    );
    for (one, other) in [
        ("## a", "### a"),
        ("- a", "a"),
        ("1. a", "2. a"),
        ("| a | b |", "| a |"),
        ("`a`", "`b`"),
        ("CRT001", "CRT002"),
        ("[a](b.md)", "[a](c.md)"),
        ("[a](b.md#c)", "[a](b.md#d)"),
    ] {
        assert_ne!(lines(one), lines(other));
    }
}
