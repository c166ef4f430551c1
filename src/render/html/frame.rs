//! What every page has: its head, its policy, its style sheet.
//!
//! In: a title and the body. Out: a page that loads nothing and runs nothing.
//! Invariant: only the style sheet of this folder is inserted unescaped.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::language::Language;
use crate::render::plain::visible as shown;

const STYLE: &str = include_str!("page.css");

/// The browser loads nothing and runs nothing. The style sheet is part of the page.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// A page. `margin` is printed in the margin of each sheet.
pub(super) fn page(language: Language, title: &str, margin: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(language.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width,initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="color-scheme" content="light dark";
                // By this line, a page that lies beside the logs is not read as a log.
                meta name="generator" content="sendlens";
                title { (shown(title)) " – sendlens" }
                style { (PreEscaped(STYLE)) (PreEscaped(margins(margin))) }
            }
            body { (body) }
        }
    }
}

/// The margins of printed pages. They hold no name of the input: only digits, months and a time zone.
fn margins(text: &str) -> String {
    let is_safe =
        |character: &char| character.is_alphanumeric() || " –,、:/+_-".contains(*character);
    let text: String = text.chars().filter(is_safe).collect();
    format!(
        "@media print{{@page{{@top-left{{content:\"sendlens\"}}@top-right{{content:\"{text}\"}}}}}}"
    )
}

/// Starts a new line before each block element. A `<` always begins an element, because it is escaped
/// in texts.
pub(super) fn in_lines(page: &str) -> String {
    const BLOCKS: [&str; 17] = [
        "body", "dl", "figure", "footer", "h1", "h2", "h3", "head", "header", "html", "li", "main",
        "meta", "section", "style", "tbody", "tr",
    ];
    let mut lines = String::with_capacity(page.len() + page.len() / 16);
    for piece in page.split_inclusive('<') {
        if lines.ends_with('<') && BLOCKS.iter().any(|block| piece.starts_with(block)) {
            lines.pop();
            lines.push_str("\n<");
        }
        lines.push_str(piece);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_margin_of_a_page_cannot_end_its_text() {
        let text = "2 – 8 Nov 2026\"}</style>\\a";
        assert!(margins(text).contains("content:\"2 – 8 Nov 2026/stylea\""));
    }

    #[test]
    fn a_title_is_text() {
        let page = page(Language::English, "</title><b>", "", &html! {}).into_string();
        assert!(page.contains("<title>&lt;/title&gt;&lt;b&gt; – sendlens</title>"));
    }
}
