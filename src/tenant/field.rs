//! Reads the fields of an export as typed values.
//!
//! In: an [`Object`] and the name of a field. Out: text, flag, list or time, or [`Known::Lost`].
//! Must not take a missing column, a type name or a culture's date for an empty value.
//! Invariant: what is returned as known stands in the export.

use chrono::{DateTime, Datelike as _, NaiveDateTime, Utc};

use super::clixml_text::base64;
use super::dates::YEARS;
use super::model::Known;
use super::table::{Object, Value, is_type_name};

/// What separates the elements of a list that a script joined into one text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Separators {
    /// Blanks, commas and semicolons: addresses, host names, domains.
    Words,
    /// As for words, but a number after a semicolon is the cost that belongs to the address space
    /// before it: `smtp:*;1`.
    AddressSpaces,
    /// Commas, semicolons and line ends; blanks only where every word is a domain.
    Names,
}

impl Object {
    /// The text of a field; `Value(None)` if it is null or blank.
    pub fn text_of(&self, field: &str) -> Known<Option<String>> {
        let text = match self.get(field) {
            None => return Known::Lost,
            Some(Value::Null) => None,
            Some(Value::List(values)) if values.is_empty() => None,
            Some(value) => match text(value) {
                Some(text) => Some(text),
                None => return Known::Lost,
            },
        };
        let text = text.map(|text| text.trim().to_owned());
        Known::Value(text.filter(|text| !text.is_empty()))
    }

    /// The field as a Guid, in its usual form.
    pub fn guid_of(&self, field: &str) -> Option<String> {
        let text = self.text_of(field).value().cloned().flatten()?;
        let text = text.trim_matches(['{', '}']);
        let groups: Vec<&str> = text.split('-').collect();
        let is_hex = |group: &&str| group.bytes().all(|byte| byte.is_ascii_hexdigit());
        let is_guid = groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
            && groups.iter().all(is_hex);
        is_guid.then(|| text.to_owned())
    }

    /// The field as true or false.
    pub fn flag_of(&self, field: &str) -> Known<bool> {
        if let Some(Value::Bool(flag)) = self.get(field) {
            return Known::Value(*flag);
        }
        let Known::Value(Some(text)) = self.text_of(field) else {
            return Known::Lost;
        };
        match text.to_ascii_lowercase().as_str() {
            "true" | "$true" | "1" | "yes" => Known::Value(true),
            "false" | "$false" | "0" | "no" => Known::Value(false),
            _ => Known::Lost,
        }
    }

    /// The elements of a field; null and blank text are an empty list, one lost element loses all.
    pub fn list_of(&self, field: &str, separators: Separators) -> Known<Vec<String>> {
        let list = match self.get(field) {
            None | Some(Value::Lost | Value::Bytes(_) | Value::Bool(_)) => None,
            Some(Value::Null) => Some(Vec::new()),
            Some(Value::List(values)) => elements(values),
            Some(Value::Text(text)) => split(text, separators),
            Some(value @ (Value::Number(_) | Value::Object(_))) => {
                text(value).map(|text| vec![text])
            }
        };
        list.map_or(Known::Lost, Known::Value)
    }

    /// The time of a field, if it can be read without knowing the culture. A time without an offset counts
    /// as UTC; if it is the local time of a computer, the error is at most fourteen hours.
    pub fn time_of(&self, field: &str) -> Known<DateTime<Utc>> {
        let Known::Value(Some(text)) = self.text_of(field) else {
            return Known::Lost;
        };
        time(&text).map_or(Known::Lost, Known::Value)
    }

    /// The bytes of a field: CLIXML keeps them, JSON has a list of numbers or base64.
    pub fn bytes_of(&self, field: &str) -> Known<Vec<u8>> {
        let byte = |value: &Value| match value {
            Value::Number(text) | Value::Text(text) => text.trim().parse::<u8>().ok(),
            _ => None,
        };
        let bytes = match self.get(field) {
            Some(Value::Bytes(bytes)) => Some(bytes.clone()),
            Some(Value::List(values)) => values.iter().map(byte).collect(),
            Some(Value::Text(text)) => base64(text),
            _ => None,
        };
        let bytes = bytes.filter(|bytes| !bytes.is_empty());
        bytes.map_or(Known::Lost, Known::Value)
    }

    /// The text that stands for the whole object: what `ToString` gave, else what its fields tell.
    pub fn display(&self) -> Option<String> {
        let given = self.text.as_ref().filter(|text| !is_type_name(text));
        given.cloned().or_else(|| described(self))
    }
}

/// The text of one value; `None` if the export lost it.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) | Value::Number(text) => Some(text.clone()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Object(object) => object.display(),
        Value::List(values) => match values.as_slice() {
            [value] => text(value),
            _ => None,
        },
        Value::Null | Value::Bytes(_) | Value::Lost => None,
    }
}

/// What `ConvertTo-Json` leaves of Exchange's small types: address spaces, address ranges, domains,
/// directory names and enumerations.
fn described(object: &Object) -> Option<String> {
    let field = |name: &str| {
        object
            .get(name)
            .and_then(text)
            .filter(|text| !text.trim().is_empty())
    };
    if let (Some(kind), Some(address), Some(cost)) =
        (field("Type"), field("Address"), field("Cost"))
    {
        return Some(format!("{kind}:{address};{cost}"));
    }
    if let (Some(first), Some(last)) = (field("LowerBound"), field("UpperBound")) {
        return Some(if first == last {
            first
        } else {
            format!("{first}-{last}")
        });
    }
    // `{"value":1,"Value":"OnPremises"}`: the one that is text.
    let named_value = object
        .fields
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("Value"));
    let worded = named_value.clone().find_map(|(_, value)| match value {
        Value::Text(text) => Some(text.clone()),
        _ => None,
    });
    let host = matches!(object.get("IsIPAddress"), Some(Value::Bool(false)));
    worded
        .or_else(|| field("Name"))
        .or_else(|| if host { field("Domain") } else { None })
        // Beside it an IP address has a number called `Address`.
        .or_else(|| field("IPAddressToString"))
        .or_else(|| field("Address"))
        .or_else(|| field("Domain"))
        .or_else(|| field("DistinguishedName"))
        .or_else(|| named_value.clone().find_map(|(_, value)| text(value)))
}

fn elements(values: &[Value]) -> Option<Vec<String>> {
    let mut elements = Vec::with_capacity(values.len());
    for value in values.iter().filter(|value| **value != Value::Null) {
        let text = text(value)?;
        let text = text.trim();
        // PowerShell's words for an object, not for what it holds.
        if text.starts_with("@{") || text == "(null)" {
            return None;
        }
        if !text.is_empty() {
            elements.push(text.to_owned());
        }
    }
    Some(elements)
}

/// The elements of a joined list; `None` if the text shows that it is not whole.
fn split(text: &str, separators: Separators) -> Option<Vec<String>> {
    let text = text.trim();
    let text = match text.strip_prefix('{') {
        Some(inside) => inside.strip_suffix('}')?.trim(),
        None => text,
    };
    if text.ends_with('…') || text.ends_with("...") || text.contains("@{") {
        return None;
    }
    let break_at = |character: char| match separators {
        Separators::Names => matches!(character, ',' | ';' | '\r' | '\n'),
        Separators::Words | Separators::AddressSpaces => {
            matches!(character, ',' | ';') || character.is_whitespace()
        }
    };
    let mut elements: Vec<String> = Vec::new();
    for piece in text
        .split(break_at)
        .map(str::trim)
        .filter(|piece| !piece.is_empty())
    {
        match elements.last_mut() {
            Some(last) if separators == Separators::AddressSpaces && is_cost(piece, last) => {
                last.push(';');
                last.push_str(piece);
            }
            // `203.0.113.1 - 203.0.113.9` is one range.
            Some(last)
                if separators == Separators::Words && (piece == "-" || last.ends_with('-')) =>
            {
                last.push_str(piece);
            }
            _ => elements.push(piece.to_owned()),
        }
    }
    if separators == Separators::Names && elements.len() == 1 {
        let words: Vec<_> = elements[0].split_whitespace().collect();
        if words.iter().all(|word| word.contains('.')) {
            return Some(words.into_iter().map(str::to_owned).collect());
        }
    }
    Some(elements)
}

fn is_cost(piece: &str, before: &str) -> bool {
    piece.bytes().all(|byte| byte.is_ascii_digit()) && !before.contains(';')
}

/// A date in one of the forms that mean the same everywhere.
fn time(text: &str) -> Option<DateTime<Utc>> {
    if let Some(milliseconds) = script_date(text) {
        return DateTime::from_timestamp_millis(milliseconds);
    }
    let with_offset = DateTime::parse_from_rfc3339(text)
        .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z"));
    if let Ok(time) = with_offset {
        return Some(time.with_timezone(&Utc));
    }
    // The last is year first, as in Japan, which no culture reads in another order.
    [
        "%Y-%m-%dT%H:%M:%S%.f",
        "%Y-%m-%d %H:%M:%S%.f",
        "%Y/%m/%d %H:%M:%S",
    ]
    .iter()
    .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
    .filter(|time| YEARS.contains(&time.year()))
    .map(|time| time.and_utc())
}

/// `/Date(1700000000000)/`: milliseconds in UTC, whatever offset may follow them.
fn script_date(text: &str) -> Option<i64> {
    let inside = text.strip_prefix("/Date(")?.strip_suffix(")/")?;
    let sign = inside
        .get(1..)?
        .find(['+', '-'])
        .map_or(inside.len(), |at| at + 1);
    inside.get(..sign)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn row(json: &str) -> Object {
        super::super::export::read(json.as_bytes())
            .unwrap()
            .objects
            .remove(0)
    }

    fn words(list: &[&str]) -> Known<Vec<String>> {
        Known::Value(list.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn lost_and_empty_texts_are_told_apart() {
        let row = row(
            r#"{"A":null,"B":" ","C":"System.Object[]","D":[],"E":" x ","F":7,"G":{},"H":["y"],"I":["y","z"]}"#,
        );
        for (field, text) in [
            ("A", None),
            ("B", None),
            ("D", None),
            ("E", Some("x")),
            ("F", Some("7")),
            ("H", Some("y")),
        ] {
            assert_eq!(
                row.text_of(field),
                Known::Value(text.map(str::to_owned)),
                "{field}"
            );
        }
        for field in ["C", "G", "I", "Missing"] {
            assert_eq!(row.text_of(field), Known::Lost, "{field}");
        }
    }

    #[test]
    fn bytes_come_as_numbers_or_base64() {
        let row = row(
            r#"{"A":[48,130,1],"B":"MIIB","C":[48,256],"D":"no base64!","E":null,"F":"System.Byte[]","G":[]}"#,
        );
        for field in ["A", "B"] {
            assert_eq!(row.bytes_of(field), Known::Value(vec![48, 130, 1]));
        }
        for field in ["C", "D", "E", "F", "G", "Missing"] {
            assert_eq!(row.bytes_of(field), Known::Lost, "{field}");
        }
    }

    #[test]
    fn an_address_is_no_number() {
        let row = row(
            r#"{"SmartHosts":[{"Address":{"Address":16777343,"AddressFamily":2,"IPAddressToString":"127.0.0.1"},"IsIPAddress":true,"Domain":""},{"Address":{"Address":0,"IPAddressToString":"0.0.0.0"},"IsIPAddress":false,"Domain":"mail.contoso.com"}]}"#,
        );
        assert_eq!(
            row.list_of("SmartHosts", Separators::Words),
            words(&["127.0.0.1", "mail.contoso.com"])
        );
    }

    #[test]
    fn flags_have_many_spellings() {
        let row = row(
            r#"{"A":true,"B":"True","C":"$false","D":1,"E":"no","F":"Wahr","G":null,"H":2,"I":{"value":0}}"#,
        );
        for (field, flag) in [
            ("A", true),
            ("B", true),
            ("C", false),
            ("D", true),
            ("E", false),
            ("I", false),
        ] {
            assert_eq!(row.flag_of(field), Known::Value(flag), "{field}");
        }
        for field in ["F", "G", "H", "Missing"] {
            assert_eq!(row.flag_of(field), Known::Lost, "{field}");
        }
    }

    /// What a text is split into.
    fn splits(text: &str, separators: Separators, list: &[&str]) {
        let json = serde_json::json!({ "List": text }).to_string();
        assert_eq!(
            row(&json).list_of("List", separators),
            words(list),
            "{text}"
        );
    }

    #[test]
    fn joined_words_are_split() {
        let two = &["203.0.113.1", "203.0.113.2"];
        let split = |text, list: &[&str]| splits(text, Separators::Words, list);
        split("203.0.113.1;203.0.113.2", two);
        split("203.0.113.1, 203.0.113.2", two);
        split("203.0.113.1 203.0.113.2", two);
        split("203.0.113.1\r\n203.0.113.2\r\n", two);
        split("{203.0.113.1, 203.0.113.2}", two);
        split(
            "203.0.113.1 - 203.0.113.9, 2001:db8::1",
            &["203.0.113.1-203.0.113.9", "2001:db8::1"],
        );
        split("", &[]);
        split("{}", &[]);
    }

    #[test]
    fn address_spaces_keep_their_cost() {
        let two = &["smtp:contoso.com;1", "smtp:*.fabrikam.com;5"];
        let split = |text, list: &[&str]| splits(text, Separators::AddressSpaces, list);
        split("smtp:*;1", &["smtp:*;1"]);
        split("smtp:contoso.com;1;smtp:*.fabrikam.com;5", two);
        split("smtp:contoso.com;1, smtp:*.fabrikam.com;5", two);
        split("smtp:contoso.com;1 smtp:*.fabrikam.com;5", two);
        split("contoso.com;*", &["contoso.com", "*"]);
    }

    #[test]
    fn names_keep_their_blanks() {
        let split = |text, list: &[&str]| splits(text, Separators::Names, list);
        split("Contoso main;contoso.com", &["Contoso main", "contoso.com"]);
        split("Contoso main", &["Contoso main"]);
        split("contoso.com fabrikam.com", &["contoso.com", "fabrikam.com"]);
    }

    #[test]
    fn lists_that_are_not_whole_are_lost() {
        let row = row(
            r#"{"A":"{a, b…}","B":"{a","C":"@{X=1}","D":["a","System.Object[]"],"E":{},"F":true,"G":["a",null,""],"H":null}"#,
        );
        for field in ["A", "B", "C", "D", "E", "F", "Missing"] {
            assert_eq!(
                row.list_of(field, Separators::Words),
                Known::Lost,
                "{field}"
            );
        }
        assert_eq!(row.list_of("G", Separators::Words), words(&["a"]));
        assert_eq!(row.list_of("H", Separators::Words), words(&[]));
    }

    #[test]
    fn exchange_types_in_json_have_a_text() {
        for (json, text) in [
            (r#"{"value":1,"Value":"OnPremises"}"#, "OnPremises"),
            (
                r#"{"Address":"*","Type":"smtp","Cost":1,"Domain":"*"}"#,
                "smtp:*;1",
            ),
            (
                r#"{"LowerBound":"203.0.113.1","UpperBound":"203.0.113.9","RangeFormat":2}"#,
                "203.0.113.1-203.0.113.9",
            ),
            (
                r#"{"LowerBound":{"IPAddressToString":"203.0.113.1"},"UpperBound":"203.0.113.1"}"#,
                "203.0.113.1",
            ),
            (
                r#"{"Rdn":"CN=x","Name":"contoso.com","DistinguishedName":"CN=contoso.com"}"#,
                "contoso.com",
            ),
            (
                r#"{"Domain":"contoso.com","Address":"*.contoso.com","IncludeSubDomains":true}"#,
                "*.contoso.com",
            ),
            (
                r#"{"Address":"0.0.0.0","IsIPAddress":false,"Domain":"mail.contoso.com"}"#,
                "mail.contoso.com",
            ),
            (r#"{"Domain":"contoso.com"}"#, "contoso.com"),
            (
                r#"{"value":"\/Date(1700000000000)\/","DisplayHint":2,"DateTime":"x"}"#,
                "/Date(1700000000000)/",
            ),
            (r#"{"value":3}"#, "3"),
        ] {
            let outer = row(&format!("{{\"F\":{json}}}"));
            assert_eq!(
                outer.text_of("F"),
                Known::Value(Some(text.to_owned())),
                "{json}"
            );
        }
    }

    #[test]
    fn times_are_read_where_they_are_certain() {
        let expected: DateTime<Utc> = "2026-11-03T02:14:09Z".parse().unwrap();
        for text in [
            "2026-11-03T02:14:09Z",
            "2026-11-03T11:14:09+09:00",
            "2026-11-03T11:14:09+0900",
            "2026-11-03 02:14:09Z",
            "/Date(1793672049000)/",
            "/Date(1793672049000+0200)/",
            "2026-11-03T02:14:09",
            "2026-11-03 02:14:09",
            "2026/11/03 2:14:09",
        ] {
            assert_eq!(time(text), Some(expected), "{text}");
        }
        for text in [
            "11/03/2026 02:14:09",
            "03.11.2026 02:14",
            "/Date()/",
            "/Date(x)/",
            "/Date(99999999999999999)/",
            "",
            "yesterday",
        ] {
            assert_eq!(time(text), None, "{text}");
        }
        assert_eq!(script_date("/Date(-1000)/"), Some(-1000));
        assert_eq!(script_date("/Date(-1000-0500)/"), Some(-1000));
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in "\\PC{0,40}|/Date\\([-+0-9é]{0,12}\\)/") {
            let _ = time(&text);
            for separators in [Separators::Words, Separators::AddressSpaces, Separators::Names] {
                let _ = split(&text, separators);
            }
        }
    }
}
