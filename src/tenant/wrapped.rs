//! Puts the pieces of a value together that `Format-List` wrote on several lines.
//!
//! In: the lines of a text with what they are, and the pieces of one value. Out: the value, and whether it
//! is certain.
//! Must not guess: where a text no longer shows whether a blank stood at the end of a line, only the form of
//! the value may decide.
//! Invariant: a piece is never dropped.
//!
//! Some cultures break a value at a blank, others at the column, inside words, and a word that is longer than
//! the column is cut everywhere. The blank stays at the end of the line. Editors, mail programs and transcripts
//! cut it; then a line shorter than the window was broken at a blank, and a line as wide as the window may have
//! been broken anywhere.

use textwrap::core::display_width;

/// What a line of a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    /// `Name : value`.
    Property {
        /// Nothing but blanks behind the colon.
        is_empty: bool,
    },
    /// An indented line that goes on with a value.
    Piece,
    /// Anything else.
    Other,
}

/// What became of the blanks at the ends of the lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Blanks {
    Kept,
    Cut,
    Unclear,
}

/// How the lines of a text were broken.
#[derive(Debug, Clone)]
pub(super) struct Breaks {
    blanks: Blanks,
    /// The width of the widest line of a list, in cells.
    widest: usize,
}

/// A transcript begins and ends with lines of this many stars at least.
const STARS: usize = 10;

impl Breaks {
    /// Looks at all lines of a text.
    pub(super) fn of<'t>(lines: impl Iterator<Item = (&'t str, Line)>) -> Breaks {
        let (mut shown, mut missing, mut widest) = (0_usize, 0_usize, 0_usize);
        // The shortest broken line without a blank at its end.
        let mut shortest_bare = usize::MAX;
        let mut is_transcript = false;
        let mut last: Option<&str> = None;
        for (line, what) in lines {
            let bare = line.trim_end();
            is_transcript |= bare.len() >= STARS && bare.bytes().all(|byte| byte == b'*');
            if what == Line::Other {
                last = None;
                continue;
            }
            if let Line::Property { is_empty: true } = what {
                let ends_blank = line.len() > bare.len();
                *(if ends_blank { &mut shown } else { &mut missing }) += 1;
            }
            if let (Line::Piece, Some(last)) = (what, last) {
                if last.ends_with(' ') {
                    shown += 1;
                } else {
                    shortest_bare = shortest_bare.min(display_width(last));
                }
            }
            widest = widest.max(display_width(bare));
            last = Some(line);
        }
        // A double-width character that did not fit leaves one cell free.
        let all_full = shortest_bare == usize::MAX || shortest_bare + 1 >= widest;
        let blanks = if is_transcript || shown == 0 {
            Blanks::Cut
        } else if missing == 0 && all_full {
            Blanks::Kept
        } else {
            Blanks::Unclear
        };
        Breaks { blanks, widest }
    }

    /// Adds the next piece of a value, whose last line is given. Returns whether the result is certain.
    pub(super) fn join(&self, field: &str, value: &mut String, last: &str, piece: &str) -> bool {
        let shows_blank = value.ends_with(' ') || piece.starts_with(' ');
        if value.is_empty() || shows_blank || self.blanks == Blanks::Kept {
            value.push_str(piece);
            return true;
        }
        let certain = match by_form(field, value, piece) {
            Some(blank) => {
                value.push_str(if blank { " " } else { "" });
                true
            }
            None => {
                let certain = self.blanks == Blanks::Cut && !self.fills_window(last, piece);
                value.push_str(if certain || !is_name(field) {
                    " "
                } else {
                    UNKNOWN
                });
                certain
            }
        };
        value.push_str(piece);
        certain
    }

    /// Whether a line is as wide as lines get here.
    fn fills_window(&self, line: &str, next: &str) -> bool {
        let width = display_width(line.trim_end());
        let is_wide = next
            .chars()
            .next()
            .is_some_and(|first| display_width(first.encode_utf8(&mut [0; 4])) > 1);
        width + usize::from(is_wide) >= self.widest
    }
}

/// Stands in a name where a blank may have stood. A row without a name would not count at all, and no command
/// takes a name with this character for the whole name.
const UNKNOWN: &str = "\u{FFFD}";

/// Whether a field names its row.
pub(super) fn is_name(field: &str) -> bool {
    ["Name", "Identity"]
        .iter()
        .any(|name| field.eq_ignore_ascii_case(name))
}

/// Whether a blank belongs between two pieces, if the form of the value shows it.
fn by_form(field: &str, value: &str, piece: &str) -> Option<bool> {
    // In a list, blanks only follow commas.
    if value.starts_with('{') {
        return Some(value.ends_with(','));
    }
    let is_host = |text: &str| {
        let mut letters = text.chars();
        letters.all(|letter| letter.is_alphanumeric() || "-._*".contains(letter))
    };
    const HOSTS: [&str; 5] = [
        "TlsSenderCertificateName",
        "Fqdn",
        "TlsDomain",
        "DomainName",
        "Thumbprint",
    ];
    let holds_host = HOSTS.iter().any(|host| field.eq_ignore_ascii_case(host));
    if holds_host && is_host(value) && is_host(piece) {
        return Some(false);
    }
    // A distinguished name is written with a blank behind each comma.
    let is_divided = value.ends_with(',') && value.contains('=') && begins_with_attribute(piece);
    is_divided.then_some(true)
}

/// `O=Contoso`, `OID.1.2.3=x`.
fn begins_with_attribute(piece: &str) -> bool {
    piece.split_once('=').is_some_and(|(kind, _)| {
        !kind.is_empty()
            && kind
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'.')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The value of a field that was wrapped into these lines, without their indentation.
    fn joined(field: &str, lines: &[&str], others: &[&str]) -> Option<String> {
        let column = field.len() + 3;
        let text: Vec<String> = lines
            .iter()
            .enumerate()
            .map(|(at, line)| match at {
                0 => format!("{field} : {line}"),
                _ => format!("{}{line}", " ".repeat(column)),
            })
            .collect();
        let others = others.iter().map(|line| {
            (
                *line,
                Line::Property {
                    is_empty: line.trim_end().ends_with(':'),
                },
            )
        });
        let all = text.iter().enumerate().map(|(at, line)| {
            let what = match at {
                0 => Line::Property { is_empty: false },
                _ => Line::Piece,
            };
            (line.as_str(), what)
        });
        let breaks = Breaks::of(all.chain(others));
        let mut value = lines[0].to_owned();
        let mut certain = true;
        for (at, piece) in lines.iter().enumerate().skip(1) {
            certain &= breaks.join(field, &mut value, &text[at - 1], piece);
        }
        certain.then(|| value.trim().to_owned())
    }

    const EMPTY: &str = "Fqdn : ";
    const BARE: &str = "Fqdn :";

    #[test]
    fn where_blanks_are_kept_pieces_follow_each_other() {
        let whole = "<I>CN=Example CA, O=Example, C=US<S>CN=mail.contoso.com";
        for cut in whole.len() / 2 + 1..whole.len() {
            // At the column, as in Japan.
            let (first, second) = whole.split_at(cut);
            let found = joined("TlsCertificateName", &[first, second], &[EMPTY]);
            assert_eq!(found.as_deref(), Some(whole), "{cut}");
        }
        // At a blank.
        let lines = [
            "<I>CN=Example CA, O=Example, ",
            "C=US<S>CN=mail.contoso.com",
        ];
        let found = joined("TlsCertificateName", &lines, &[]);
        assert_eq!(found.as_deref(), Some(whole));
    }

    #[test]
    fn where_blanks_are_cut_the_width_of_a_line_decides() {
        let wide = "Subject            : CN=something that is wider than the other lines";
        let lines = ["CN=Example", "Issuing CA"];
        let found = joined("Issuer", &lines, &[BARE, wide]);
        assert_eq!(found.as_deref(), Some("CN=Example Issuing CA"));
        // As wide as the widest: both are possible.
        assert_eq!(joined("Issuer", &lines, &[BARE]), None);
        // A character of two cells did not fit.
        let wide = "Issuer : CN=Example1";
        assert_eq!(
            joined("Issuer", &["CN=Example", "発行者"], &[BARE, wide]),
            None
        );
        let found = joined("Issuer", &["CN=Example", "authority"], &[BARE, wide]);
        assert_eq!(found.as_deref(), Some("CN=Example authority"));
    }

    #[test]
    fn the_form_of_a_value_decides_where_the_width_does_not() {
        for (field, lines, whole) in [
            ("Fqdn", ["mail.cont", "oso.com"], "mail.contoso.com"),
            (
                "SmartHosts",
                ["{192.0.2.1,", "192.0.2.2}"],
                "{192.0.2.1, 192.0.2.2}",
            ),
            (
                "SmartHosts",
                ["{192.0.2.1, 192.", "0.2.2}"],
                "{192.0.2.1, 192.0.2.2}",
            ),
            ("Subject", ["CN=a, O=B,", "C=US"], "CN=a, O=B, C=US"),
        ] {
            assert_eq!(joined(field, &lines, &[BARE]).as_deref(), Some(whole));
        }
        assert_eq!(joined("Subject", &["CN=a, O=Con", "toso"], &[BARE]), None);
    }

    #[test]
    fn contradicting_lines_leave_it_open() {
        // A blank behind the colon, but none behind a broken line that is shorter than another.
        let wide = "Subject            : CN=something that is wider than the other lines";
        assert_eq!(
            joined("Issuer", &["CN=Example", "CA"], &[EMPTY, wide]),
            None
        );
    }

    #[test]
    fn a_transcript_cuts_blanks_behind_broken_lines_only() {
        let stars = "**********************";
        let lines = [
            (stars, Line::Other),
            (EMPTY, Line::Property { is_empty: true }),
            ("Issuer : CN=Example", Line::Property { is_empty: false }),
            ("         CA", Line::Piece),
        ];
        assert_eq!(Breaks::of(lines.into_iter()).blanks, Blanks::Cut);
    }

    #[test]
    fn a_name_shows_that_it_is_not_certain() {
        let breaks = Breaks::of([("Name : A", Line::Property { is_empty: false })].into_iter());
        let mut name = "A".to_owned();
        assert!(!breaks.join("Name", &mut name, "Name : A", "B"));
        assert_eq!(name, "A\u{FFFD}B");
    }
}
