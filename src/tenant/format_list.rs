//! Reads `Format-List` text, as it comes in e-mails, into rows.
//!
//! In: lines `Name : value` with indented continuations, blocks between blank lines.
//! Out: a [`Table`]. Lines that are neither (prose, prompts) are ignored.
//! Must not guess: a list that was cut is [`Value::Lost`], with a note that names it.
//! Invariant: the text is read once; every value is kept in one block.

use super::kind::identifies_export;
use super::table::{ExportError, ExportForm, ExportNote, Object, Table, Value};
use super::value_limit::ValueLimit;
use super::wrapped::{self, Breaks, Line};

/// A longer word before a colon is not a property name.
const LONGEST_NAME: usize = 80;

/// A line of this length was broken by the window, so the next one continues it, although a mail program has
/// taken its indentation away.
const NARROWEST_WINDOW: usize = 60;

/// Longer blocks are cut in two: no cmdlet writes so many properties, and names are compared
/// within a block.
const LONGEST_BLOCK: usize = 500;

/// Whether a text holds `Format-List` output of a wanted kind.
pub(super) fn is_format_list(text: &str) -> bool {
    identifies_export(
        text.lines()
            .filter_map(|line| property(unquoted(line)))
            .map(|found| found.name),
    )
}

/// Reads the blocks.
pub(super) fn parse(text: &str) -> Result<Table, ExportError> {
    let mut reader = Blocks {
        ignored_blanks: usual_blanks(text),
        breaks: Breaks::of(lines_of(text)),
        blocks: Vec::new(),
        current: Vec::new(),
        indent: 0,
        blanks: 0,
        last: "",
        colon: 0,
        limit: ValueLimit::default(),
    };
    for line in text.lines() {
        reader.line(unquoted(line))?;
    }
    reader.end_block();
    let mut notes = Vec::new();
    let objects = reader.blocks.into_iter().enumerate();
    let objects = objects
        .map(|(number, block)| object(block, number + 1, &mut notes))
        .collect();
    Ok(Table {
        form: ExportForm::FormatList,
        columns: Vec::new(),
        objects,
        no_rows: false,
        notes,
    })
}

/// How many blank lines stand before most properties: none, or one or more where a mail program or a web
/// page has doubled every line end.
fn usual_blanks(text: &str) -> usize {
    /// More blank lines are no line spacing.
    const MOST: usize = 3;
    let mut counts = [0_usize; MOST + 1];
    let mut blanks = None;
    for line in text.lines().map(unquoted) {
        if line.trim().is_empty() {
            blanks = blanks.map(|blanks: usize| blanks + 1);
            continue;
        }
        if let Some(blanks) = blanks.filter(|blanks| *blanks <= MOST)
            && property(line).is_some()
        {
            counts[blanks] += 1;
        }
        blanks = Some(0);
    }
    // The largest count; of equal ones the smallest spacing.
    let most = counts.iter().max().copied().unwrap_or_default();
    counts
        .iter()
        .position(|count| *count == most)
        .unwrap_or_default()
}

/// A property as it was read.
struct Entry<'a> {
    name: &'a str,
    value: String,
    /// Whether all its pieces are known to belong together in this way.
    certain: bool,
}

struct Blocks<'a> {
    blocks: Vec<Vec<Entry<'a>>>,
    current: Vec<Entry<'a>>,
    /// Where the names of the current block begin.
    indent: usize,
    /// So many blank lines between two lines do not end a block.
    ignored_blanks: usize,
    /// Blank lines since the last line.
    blanks: usize,
    /// The last line.
    last: &'a str,
    /// Where the colon of the last property stands, in bytes.
    colon: usize,
    /// How the window broke lines.
    breaks: Breaks,
    limit: ValueLimit,
}

impl<'a> Blocks<'a> {
    fn line(&mut self, line: &'a str) -> Result<(), ExportError> {
        if line.trim().is_empty() {
            self.blanks += 1;
            if self.blanks > self.ignored_blanks {
                self.end_block();
            }
            return Ok(());
        }
        self.blanks = 0;
        let last = std::mem::replace(&mut self.last, line);
        let found = property(line);
        // The longest name may reach the colon; then only the other lines show that it is a name.
        let found = found
            .or_else(|| property_in_column(line, self.colon).filter(|_| !self.current.is_empty()));
        match (found, self.current.last_mut()) {
            // A value may hold ` : ` too, but stands further right than the names.
            (Some(found), open) if open.is_none() || found.indent <= self.indent => {
                let Property {
                    indent,
                    name,
                    value,
                } = found;
                // Blank lines get lost in mail; a name that comes again begins a new row.
                let again = self
                    .current
                    .iter()
                    .any(|known| known.name.eq_ignore_ascii_case(name));
                if again || self.current.len() >= LONGEST_BLOCK {
                    self.end_block();
                }
                self.indent = indent;
                self.colon = line.len() - value.len() - 1;
                self.limit.take(1)?;
                self.current.push(Entry {
                    name,
                    value: value.trim_start().to_owned(),
                    certain: true,
                });
            }
            (_, Some(entry))
                if continues(line, self.indent, &entry.value)
                    || last.trim_end().chars().count() >= NARROWEST_WINDOW =>
            {
                let piece = piece(line, self.colon);
                let value = &mut entry.value;
                entry.certain &= self.breaks.join(entry.name, value, last, piece);
            }
            _ => {}
        }
        Ok(())
    }

    fn end_block(&mut self) {
        if !self.current.is_empty() {
            self.blocks.push(std::mem::take(&mut self.current));
        }
    }
}

/// Indented further than the names, or inside a list that is still open (mail programs take the
/// indentation away).
fn continues(line: &str, indent: usize, value: &str) -> bool {
    let further = line.len() - line.trim_start().len() > indent;
    further || value.starts_with('{') && !value.ends_with('}')
}

/// A line that goes on with a value, without its indentation. The value stands behind the colon and a blank.
fn piece(line: &str, colon: usize) -> &str {
    let column = colon + 2;
    let blanks = line.len() - line.trim_start_matches(' ').len();
    match line.get(column..) {
        Some(piece) if blanks >= column => piece,
        _ => line.trim_start(),
    }
}

/// Without the marks of a quoted mail.
fn unquoted(line: &str) -> &str {
    /// Further right, `>` belongs to a value that goes on.
    const FURTHEST: usize = 3;
    let mut line = line;
    while let Some((blanks, rest)) = line.split_once('>')
        && blanks.len() <= FURTHEST
        && blanks.trim_start().is_empty()
    {
        line = rest.strip_prefix(' ').unwrap_or(rest);
    }
    line
}

/// All lines, with what they are.
fn lines_of(text: &str) -> impl Iterator<Item = (&str, Line)> {
    let mut in_list = false;
    text.lines().map(unquoted).map(move |line| {
        let what = match property(line) {
            Some(found) => Line::Property {
                is_empty: found.value.trim().is_empty(),
            },
            None if in_list && line.starts_with([' ', '\t']) && !line.trim().is_empty() => {
                Line::Piece
            }
            None => Line::Other,
        };
        in_list = what != Line::Other;
        (line, what)
    })
}

/// A line `Name : value`.
struct Property<'a> {
    indent: usize,
    name: &'a str,
    value: &'a str,
}

/// A line `Name : value`, by the blanks around its colon.
fn property(line: &str) -> Option<Property<'_>> {
    let (found, is_spaced) = name_and_value(line)?;
    is_spaced.then_some(found)
}

/// A line whose name reaches its colon, in the column where other colons stand.
fn property_in_column(line: &str, column: usize) -> Option<Property<'_>> {
    let (found, _) = name_and_value(line)?;
    (line.len() - found.value.len() == column + 1).then_some(found)
}

/// What may be a property, and whether there are blanks around its colon.
fn name_and_value(line: &str) -> Option<(Property<'_>, bool)> {
    let trimmed = line.trim_start();
    let end = trimmed
        .find(|character: char| !(character.is_ascii_alphanumeric() || character == '_'))
        .filter(|end| (1..=LONGEST_NAME).contains(end))?;
    let (name, rest) = trimmed.split_at(end);
    const BLANKS: [char; 3] = [' ', '\u{A0}', '\t'];
    let value = rest.trim_start_matches(BLANKS).strip_prefix(':')?;
    let spaced = rest.starts_with(BLANKS) && (value.trim().is_empty() || value.starts_with(BLANKS));
    let named = !name.starts_with(|first: char| first.is_ascii_digit());
    let found = Property {
        indent: line.len() - trimmed.len(),
        name,
        value,
    };
    named.then_some((found, spaced))
}

fn object(block: Vec<Entry<'_>>, number: usize, notes: &mut Vec<ExportNote>) -> Object {
    let called = |name: &str| {
        let mut entries = block.iter();
        entries.find(|entry| entry.name.eq_ignore_ascii_case(name))
    };
    let named = called("Name").or_else(|| called("Identity"));
    let owner = named.map_or_else(
        || format!("row {number}"),
        |entry| format!("'{}'", entry.value.trim()),
    );
    let mut fields = Vec::with_capacity(block.len());
    for entry in block {
        let field = entry.name.to_owned();
        let owner = owner.clone();
        let read = value(entry.name, entry.value.trim().to_owned());
        let value = match read {
            None => {
                notes.push(ExportNote::CutList {
                    field: field.clone(),
                    owner,
                });
                Value::Lost
            }
            Some(value) if entry.certain || is_free(entry.name) => value,
            Some(value) => {
                if is_read(entry.name) {
                    notes.push(ExportNote::BrokenLine {
                        field: field.clone(),
                        owner,
                    });
                }
                if wrapped::is_name(entry.name) {
                    value
                } else {
                    Value::Lost
                }
            }
        };
        fields.push((field, value));
    }
    Object {
        type_name: None,
        fields,
        text: None,
        line: None,
    }
}

/// Whether a field is free text, which nothing depends on.
fn is_free(name: &str) -> bool {
    ["Comment", "Notes"]
        .iter()
        .any(|free| name.eq_ignore_ascii_case(free))
}

/// Whether something depends on a field that is long enough to be broken.
fn is_read(name: &str) -> bool {
    [
        "Name",
        "Identity",
        "TlsSenderCertificateName",
        "TlsCertificateName",
        "Subject",
        "Issuer",
    ]
    .iter()
    .any(|read| name.eq_ignore_ascii_case(read))
}

/// The value of a text; `None` if it was cut.
fn value(name: &str, text: String) -> Option<Value> {
    let is_cut = |text: &str| text.ends_with('…') || text.ends_with("...");
    let Some(inside) = text.strip_prefix('{') else {
        // Names and comments are free text. A row without its name would not count at all.
        let may_end_so = is_free(name) || wrapped::is_name(name);
        return (may_end_so || !is_cut(&text)).then(|| Value::from_text(text));
    };
    let inside = inside.strip_suffix('}')?.trim();
    if is_cut(inside) {
        return None;
    }
    let elements = inside
        .split(", ")
        .map(str::trim)
        .filter(|element| !element.is_empty());
    Some(Value::List(
        elements
            .map(|element| Value::from_text(element.to_owned()))
            .collect(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> Table {
        super::parse(text).expect("few values")
    }

    fn text(value: &str) -> Value {
        Value::Text(value.to_owned())
    }

    const MAIL: &str = "Hello, here is what you asked for:\r\n\
        \r\n\
        [PS] C:\\>Get-InboundConnector | Format-List\r\n\
        \r\n\
        Enabled                  : True\r\n\
        ConnectorType            : OnPremises\r\n\
        Comment                  : first : second\r\n\
        \x20                          third : fourth\r\n\
        SenderIPAddresses        : {203.0.113.1, 203.0.113.2, \r\n\
        \x20                          203.0.113.3}\r\n\
        SenderDomains            : {smtp:*;1}\r\n\
        AssociatedAcceptedDomains: {}\r\n\
        TlsSenderCertificateName :\r\n\
        TreatMessages            : {}\r\n\
        Name                     : Inbound from contoso\r\n\
        \r\n\
        Name                     : Second\r\n\
        SenderIPAddresses        : {203.0.113.1, 203.0.113.2, 203.0.113.3, 203.0.113.4…}\r\n\
        \r\n\
        Kind regards\r\n";

    #[test]
    fn blocks_become_rows() {
        let table = parse(MAIL);
        assert_eq!(table.objects.len(), 2);
        let row = &table.objects[0];
        assert_eq!(row.get("Enabled"), Some(&text("True")));
        assert_eq!(
            row.get("Comment"),
            Some(&text("first : second third : fourth"))
        );
        let addresses = ["203.0.113.1", "203.0.113.2", "203.0.113.3"]
            .map(text)
            .to_vec();
        assert_eq!(row.get("SenderIPAddresses"), Some(&Value::List(addresses)));
        assert_eq!(
            row.get("SenderDomains"),
            Some(&Value::List(vec![text("smtp:*;1")]))
        );
        assert_eq!(row.get("TreatMessages"), Some(&Value::List(Vec::new())));
        assert_eq!(row.get("TlsSenderCertificateName"), Some(&text("")));
        assert_eq!(row.get("Name"), Some(&text("Inbound from contoso")));
    }

    #[test]
    fn cut_lists_are_lost_with_a_note() {
        for cut in [
            "{203.0.113.1…}",
            "{203.0.113.1...}",
            "{a, b, …}",
            "{a, b",
            "{a, b...",
        ] {
            let table = parse(&format!(
                "Name              : Second\nSenderIPAddresses : {cut}\n"
            ));
            assert_eq!(
                table.objects[0].get("SenderIPAddresses"),
                Some(&Value::Lost),
                "{cut}"
            );
            let messages: Vec<_> = table.notes.iter().map(ToString::to_string).collect();
            assert_eq!(
                messages,
                [
                    "Format-List output was cut ('…') in SenderIPAddresses of 'Second': export with ConvertTo-Json -Depth 5"
                ]
            );
        }
    }

    #[test]
    fn broken_words_are_joined_in_lists_and_flattened_mail_is_followed() {
        let table = parse(
            "Name              : A\nSenderIPAddresses : {203.0.113.1, 203.0.1\n13.2,\n203.0.113.3}\nEnabled           : True\n",
        );
        let addresses = ["203.0.113.1", "203.0.113.2", "203.0.113.3"]
            .map(text)
            .to_vec();
        assert_eq!(
            table.objects[0].get("SenderIPAddresses"),
            Some(&Value::List(addresses))
        );
        assert_eq!(table.objects[0].get("Enabled"), Some(&text("True")));
    }

    #[test]
    fn quoted_and_indented_blocks_are_read() {
        let table =
            parse("> > Name       : A\n> > DomainType : Authoritative\n> > Name       : B\n");
        assert_eq!(table.objects.len(), 2);
        let table = parse("    Name       : A\n    DomainType : Authoritative\n");
        assert_eq!(
            table.objects[0].get("DomainType"),
            Some(&text("Authoritative"))
        );
    }

    #[test]
    fn doubled_blank_lines_end_no_block() {
        let text = "Name              : A\n\nEnabled           : True\n\nSenderIPAddresses : {203.0.113.1,\n\n                    203.0.113.2}\n\n\n\nName              : B\n\nEnabled           : False\n";
        let table = parse(text);
        assert_eq!(table.objects.len(), 2);
        let addresses = ["203.0.113.1", "203.0.113.2"].map(self::text).to_vec();
        assert_eq!(
            table.objects[0].get("SenderIPAddresses"),
            Some(&Value::List(addresses))
        );
        assert_eq!(table.objects[1].get("Enabled"), Some(&self::text("False")));
        // The blank lines between the rows may be lost.
        let table = parse(&text.replace("\n\n\n\n", "\n\n"));
        assert_eq!(table.objects.len(), 2);
    }

    #[test]
    fn a_value_without_its_indentation_goes_on() {
        let long =
            "TlsSenderCertificateName : <I>CN=Example CA, O=Example, C=US<S>CN=mail.contoso.com,";
        let table = parse(&format!(
            "Name : A\n{long}\nO=Contoso, C=US\nEnabled : True\n"
        ));
        assert_eq!(
            table.objects[0].get("TlsSenderCertificateName"),
            Some(&text(
                "<I>CN=Example CA, O=Example, C=US<S>CN=mail.contoso.com, O=Contoso, C=US"
            ))
        );
        // Prose after a short line belongs to nothing.
        let table = parse("Name       : A\nDomainType : Authoritative\nThat is all.\n");
        assert_eq!(
            table.objects[0].get("DomainType"),
            Some(&text("Authoritative"))
        );
    }

    #[test]
    fn a_cut_value_is_lost_as_a_cut_list_is() {
        for cut in ["mail.con…", "mail.contoso...", "<I>CN=Example CA, O=Exam…"] {
            let table = parse(&format!(
                "Name                     : Cut…\nTlsSenderCertificateName : {cut}\n"
            ));
            let row = &table.objects[0];
            assert_eq!(row.get("TlsSenderCertificateName"), Some(&Value::Lost));
            assert_eq!(row.get("Name"), Some(&text("Cut…")));
            assert_eq!(table.notes.len(), 1);
        }
    }

    /// A value in a window of that width, as PowerShell writes it: at blanks, which stay at the end of the
    /// line, and inside words that are longer than a line; or at the column.
    fn wrapped(value: &str, width: usize, at_blanks: bool) -> String {
        let column = width - 27;
        let mut lines = vec![String::new()];
        let words: Vec<&str> = if at_blanks {
            value.split_inclusive(' ').collect()
        } else {
            vec![value]
        };
        for word in words {
            let last = lines.last().unwrap().len();
            if last + word.len() > column && word.len() <= column {
                lines.push(String::new());
            }
            for letter in word.chars() {
                if lines.last().unwrap().len() == column {
                    lines.push(String::new());
                }
                lines.last_mut().unwrap().push(letter);
            }
        }
        let value = lines.join(&format!("\n{}", " ".repeat(27)));
        format!(
            "Name                     : A\nTlsDomain                : \nTlsSenderCertificateName : {value}\nEnabled                  : True\n"
        )
    }

    #[test]
    fn a_wrapped_value_is_read_whatever_the_culture_and_the_width() {
        let long = "smtp-gateway-production-emea-west.mail.services.example.com";
        for value in [
            long.to_owned(),
            format!(
                "<I>CN=Example CA 7, O=Example Trust Services, C=US<S>CN={long}, O=Contoso, C=US"
            ),
        ] {
            for (width, at_blanks) in (60..100).flat_map(|width| [(width, true), (width, false)]) {
                let list = wrapped(&value, width, at_blanks);
                let read = |list: &str| {
                    let row = parse(list).objects.remove(0);
                    row.get("TlsSenderCertificateName").cloned().unwrap()
                };
                assert_eq!(read(&list), text(&value), "{list}");
                // Where an editor has cut the blanks: the value or nothing.
                let cut: Vec<&str> = list.lines().map(str::trim_end).collect();
                let cut = cut.join("\n");
                let found = read(&cut);
                assert!(
                    found == text(&value) || found == Value::Lost,
                    "{found:?}\n{cut}"
                );
            }
        }
    }

    #[test]
    fn a_line_that_may_have_been_broken_anywhere_is_lost_with_a_note() {
        let table = parse(
            "Name               : A\nTlsCertificateName : <I>CN=Example\n                     CA<S>CN=x\nSmartHosts         :\n",
        );
        let row = &table.objects[0];
        assert_eq!(row.get("TlsCertificateName"), Some(&Value::Lost));
        let messages: Vec<_> = table.notes.iter().map(ToString::to_string).collect();
        assert_eq!(
            messages,
            [
                "TlsCertificateName of 'A' is broken into lines, and nothing shows whether a blank belongs there: export with ConvertTo-Json -Depth 5"
            ]
        );
    }

    #[test]
    fn a_name_may_reach_its_colon_and_tabs_are_blanks() {
        let table = parse("Name       : A\nDomainType\t: Authoritative\n");
        assert_eq!(
            table.objects[0].get("DomainType"),
            Some(&text("Authoritative"))
        );
        let table = parse(
            "Name                    : A\nTlsSenderCertificateName: mail.contoso.com\nComment                 : x\nSee: y\n",
        );
        let name = Some(&text("mail.contoso.com"));
        assert_eq!(table.objects[0].get("TlsSenderCertificateName"), name);
        assert_eq!(table.objects[0].get("See"), None);
    }

    #[test]
    fn only_wanted_lists_are_recognised() {
        assert!(is_format_list(MAIL));
        assert!(!is_format_list("Name : a\nStatus : b\n"));
        assert!(!is_format_list("Name: a\nDomainName: b\n"));
        assert!(!is_format_list("DomainName : contoso.com\n"));
    }

    proptest! {
        #[test]
        fn any_text_never_panics(text in "[A-Z{}:…, .>\n\u{A0}é]{0,120}") {
            let _ = parse(&text);
            let _ = is_format_list(&text);
        }
    }
}
