//! Texts of the page: sentences with their times and thumbprints, commands, labels.
//!
//! In: texts and a [`Clock`]. Out: markup.
//! Invariant: every text goes through [`shown`] and then through the escaping of `maud`.

use std::sync::LazyLock;

use maud::{Markup, html};
use regex::Regex;

use crate::render::plain::visible as shown;
use crate::render::times::Clock;

/// What stands in a sentence and is not shown as it is: times, thumbprints, and commands and parameters in
/// backticks. A name from the input may hold any sign, so what no command holds is left as it is.
static SPECIAL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z|\b[0-9A-F]{40}\b|`[A-Za-z][A-Za-z0-9 .<>_$-]*`",
    )
    .ok()
});

/// How many digits of a thumbprint are shown in a sentence.
const DIGITS: usize = 8;

/// A sentence. Its times are shown in the time zone of the page, its thumbprints by their first digits, and
/// what stands in backticks as code.
pub(super) fn prose(text: &str, clock: &Clock) -> Markup {
    let Some(pattern) = SPECIAL.as_ref() else {
        return html! { (shown(text)) };
    };
    let mut parts = Vec::new();
    let mut written = 0;
    for found in pattern.find_iter(text) {
        parts.push(html! { (shown(&text[written..found.start()])) });
        parts.push(match found.as_str() {
            code if code.starts_with('`') => html! { code { (shown(code.trim_matches('`'))) } },
            digits if digits.contains('-') => time(digits, clock),
            digits => thumbprint(digits),
        });
        written = found.end();
    }
    html! {
        @for part in &parts { (part) }
        (shown(&text[written..]))
    }
}

/// A time, with the whole of it behind.
pub(super) fn time(time: &str, clock: &Clock) -> Markup {
    html! {
        time datetime=(shown(time)) title=(shown(time)) { (no_break(&clock.time(time))) }
    }
}

/// A time that is printed whole on paper.
pub(super) fn exact_time(time: &str, clock: &Clock) -> Markup {
    html! {
        time class="iso" datetime=(shown(time)) title=(shown(time)) { (no_break(&clock.time(time))) }
    }
}

/// The date of a time.
pub(super) fn date(time: &str, clock: &Clock) -> Markup {
    html! {
        time class="nb" datetime=(shown(time)) title=(shown(time)) { (no_break(&clock.date(time))) }
    }
}

/// The first digits of a thumbprint, with the whole of it behind.
pub(super) fn thumbprint(digits: &str) -> Markup {
    let first: String = digits.chars().take(DIGITS).collect();
    html! {
        span class="mono" title=(shown(digits)) { (shown(&first)) "…" }
    }
}

/// A thumbprint that may break after every eight digits, and is copied whole.
pub(super) fn whole_thumbprint(digits: &str) -> Markup {
    let digits: Vec<char> = shown(digits).chars().collect();
    html! {
        span class="mono" {
            @for (index, part) in digits.chunks(DIGITS).enumerate() {
                @if index > 0 { wbr; }
                (part.iter().collect::<String>())
            }
        }
    }
}

/// A host name that may break after its dots.
pub(super) fn host(name: &str) -> Markup {
    let name = shown(name);
    html! {
        @for (index, label) in name.split_inclusive('.').enumerate() {
            @if index > 0 { wbr; }
            (label)
        }
    }
}

/// A command on one line. A parameter stays whole where the browser breaks the line.
pub(super) fn command(text: &str, place: &str, label: &str, hint: &str) -> Markup {
    let text = shown(text);
    html! {
        figure class="cmd" {
            figcaption { span { (shown(place)) } span class="hint" { (hint) } }
            pre tabindex="0" aria-label=(shown(label)) {
                @for piece in text.split_inclusive(' ') {
                    @if piece.starts_with('-') {
                        span class="nb" { (piece.trim_end()) }
                        @if piece.ends_with(' ') { " " }
                    } @else {
                        (piece)
                    }
                }
            }
        }
    }
}

/// A short label in the colour of a state.
pub(super) fn chip(class: &str, label: &str) -> Markup {
    html! { span class={ "chip " (class) } { (label) } }
}

fn no_break(text: &str) -> String {
    shown(text).replace(' ', "\u{A0}")
}

#[cfg(test)]
mod tests {
    use chrono_tz::Tz;

    use super::*;
    use crate::language::Language;

    fn clock() -> Clock {
        let time = Some("2026-11-02T22:00:00Z");
        Clock::new(Language::English, Tz::UTC, time, time)
    }

    #[test]
    fn times_and_thumbprints_are_short_and_whole() {
        let digits = "8CE3202B7C847054D54164BDDC63159652240976";
        let text = format!("Since 2026-11-03T02:14:08Z it offers <{digits}>.");
        let page = prose(&text, &clock()).into_string();
        assert_eq!(
            page,
            format!(
                "Since <time datetime=\"2026-11-03T02:14:08Z\" title=\"2026-11-03T02:14:08Z\">3\u{A0}Nov\u{A0}02:14</time> it offers &lt;<span class=\"mono\" title=\"{digits}\">8CE3202B…</span>&gt;."
            )
        );
    }

    #[test]
    fn what_stands_in_backticks_is_code() {
        let page = prose("Run `sendlens explain <X>`, not `that.", &clock()).into_string();
        assert_eq!(
            page,
            "Run <code>sendlens explain &lt;X&gt;</code>, not `that."
        );
    }

    #[test]
    fn a_command_is_copied_as_it_is() {
        let text = "Set-X -Name 'a -b <c>' | Format-List";
        let page = command(text, "Shell", "Command", "hint").into_string();
        let pre = page.split_once("\"Command\">").expect("a command").1;
        let plain = pre.split_once("</pre>").expect("its end").0;
        let plain = plain
            .replace("<span class=\"nb\">", "")
            .replace("</span>", "");
        assert_eq!(plain, "Set-X -Name 'a -b &lt;c&gt;' | Format-List");
    }
}
