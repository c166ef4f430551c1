//! Finds the lines of an export's rows in its text.
//!
//! In: the decoded text and its rows in file order. Out: each row's line, from 1.
//! Must not guess: a name that the text writes differently (escaped, or cut into two lines) has no
//! line. Invariant: the work is bounded by the size of the text, whatever the names.

use memchr::memmem;

use super::kind::{ExportKind, kind};
use super::table::{Object, Value};

/// How often the text may be searched for all rows together.
const PASSES: usize = 64;

/// Gives every row of a known kind the line of the first occurrence of its name (for a certificate
/// its thumbprint) after that of the row before.
pub(super) fn number(text: &str, rows: &mut [Object]) {
    let mut lines = LineFinder {
        text: text.as_bytes(),
        at: 0,
        line: 1,
        budget: text.len().saturating_mul(PASSES),
    };
    for row in rows {
        row.line = name(row).and_then(|name| lines.find(&name));
    }
}

/// The text that identifies a row.
fn name(row: &Object) -> Option<String> {
    let text = |field| row.text_of(field).value().cloned().flatten();
    match kind(row)? {
        ExportKind::AcceptedDomain => text("DomainName").or_else(|| text("Name")),
        ExportKind::InboundConnector | ExportKind::SendConnector => {
            text("Name").or_else(|| text("Identity"))
        }
        // JSON writes the backslash of an identity twice.
        ExportKind::Queue => text("NextHopDomain").or_else(|| text("Identity")),
        // JSON and XML may escape the angle brackets.
        ExportKind::QueuedMessage => {
            let id = text("InternetMessageId");
            id.map(|id| id.trim_matches(['<', '>']).to_owned())
        }
        ExportKind::ExchangeCertificate => match row.get("Thumbprint") {
            Some(Value::Text(text)) => Some(text.trim().to_owned()),
            // CLIXML keeps it in the text of the whole object only.
            _ => row.text.as_deref().and_then(|text| {
                let mut words = text.split_whitespace();
                let thumbprint = |word: &&str| {
                    word.len() == 40 && word.bytes().all(|byte| byte.is_ascii_hexdigit())
                };
                words.rfind(thumbprint).map(str::to_owned)
            }),
        },
    }
    .filter(|name| !name.is_empty())
}

struct LineFinder<'t> {
    text: &'t [u8],
    /// Where the name of the row before ends.
    at: usize,
    /// The number of its line.
    line: u64,
    budget: usize,
}

impl LineFinder<'_> {
    fn find(&mut self, name: &str) -> Option<u64> {
        if self.budget == 0 {
            return None;
        }
        let rest = &self.text[self.at..];
        let found = memmem::find(rest, name.as_bytes());
        self.budget = self.budget.saturating_sub(found.unwrap_or(rest.len()));
        let found = found?;
        self.line += memchr::memchr_iter(b'\n', &rest[..found]).count() as u64;
        self.at += found + name.len();
        Some(self.line)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::export::read;

    fn lines(text: &str) -> Vec<Option<u64>> {
        let table = read(text.as_bytes()).unwrap();
        table.objects.iter().map(|row| row.line).collect()
    }

    #[test]
    fn rows_know_their_lines_in_every_form() {
        let json = "[\n  {\n    \"Name\": \"A\",\n    \"SenderIPAddresses\": []\n  },\n  {\n    \"SmartHosts\": [],\n    \"AddressSpaces\": [],\n    \"Identity\": \"Out\"\n  }\n]";
        assert_eq!(lines(json), [Some(3), Some(9)]);
        let csv = "#TYPE x\r\nName,SenderIPAddresses\r\nFirst,\r\nSecond,\r\n";
        assert_eq!(lines(csv), [Some(3), Some(4)]);
        let list = "\nDomainName : contoso.com\nDomainType : Authoritative\n\nDomainName : example.com\nDomainType : Authoritative\n";
        assert_eq!(lines(list), [Some(2), Some(5)]);
        let thumbprint = "0123456789ABCDEF0123456789ABCDEF01234567";
        let xml = format!(
            "<Objs>\n<Obj><TN><T>X.ExchangeCertificate</T></TN>\n<ToString>[Subject]_x000D__x000A_  CN=a_x000D__x000A_[Thumbprint]_x000D__x000A_  {thumbprint}_x000D__x000A_</ToString></Obj></Objs>"
        );
        assert_eq!(lines(&xml), [Some(3)]);
        let xml = xml.replace(thumbprint, &format!("\n{thumbprint}"));
        assert_eq!(lines(&xml), [Some(4)]);
    }

    #[test]
    fn rows_on_one_line_and_names_written_differently() {
        let text = r#"[{"Name":"A","SenderIPAddresses":[]},{"Name":"O'x","SenderIPAddresses":[]},{"Name":"B","SenderIPAddresses":[]}]"#;
        assert_eq!(lines(text), [Some(1); 3]);
        let text = text.replace('\'', "\\u0027");
        assert_eq!(lines(&text), [Some(1), None, Some(1)]);
    }

    #[test]
    fn the_same_name_again_is_found_further_down() {
        let row = |name: &str| format!(r#"{{"Name":"{name}","SenderIPAddresses":[]}}"#);
        let text = format!("[{},{},\n{}]", row("Out B"), row("Out"), row("Out"));
        assert_eq!(lines(&text), [Some(1), Some(1), Some(2)]);
    }

    #[test]
    fn hostile_names_end_the_search() {
        let row = r#"{"Name":"\u0051","SenderIPAddresses":[]}"#;
        let text = format!("[{}]", vec![row; 20_000].join(","));
        assert_eq!(lines(&text).iter().flatten().count(), 0);
    }

    proptest! {
        #[test]
        fn lines_ascend_and_hold_the_name(names in proptest::collection::vec("[a-c]{1,2}", 1..8)) {
            let rows: Vec<String> = names
                .iter()
                .map(|name| format!("{{\"Name\":\n\"{name}\",\"SenderIPAddresses\":[]}}"))
                .collect();
            let text = format!("[{}]", rows.join(","));
            let found: Vec<u64> = lines(&text).into_iter().flatten().collect();
            prop_assert_eq!(found.len(), names.len());
            prop_assert!(found.is_sorted());
            for (line, name) in found.iter().zip(&names) {
                let line = text.lines().nth(*line as usize - 1).unwrap();
                prop_assert!(line.contains(name.as_str()));
            }
        }
    }
}
