//! Export files, read into rows of named values, whatever their form.
//!
//! In: the bytes of one file. Out: a [`Table`], or one sentence that says what to do.
//! Must not know what a connector is beyond the shapes of [`super::kind`].
//! Invariant: nothing here panics or grows out of proportion, whatever the bytes.

use std::borrow::Cow;

use super::kind::{self, kind};
use super::table::{ExportError, ExportForm, Object, Table, Value};
use super::{clixml, console, dates, decode, delimited, format_list, json, line, marks};

pub use super::console::Unreadable;

/// How many bytes of a file [`looks_like_export`] looks at.
const HEAD_BYTES: usize = 64 * 1024;

/// Reads one export file, whatever its encoding and form.
///
/// # Errors
/// If the file is empty, is not an export, or is too damaged to read.
pub fn read(bytes: &[u8]) -> Result<Table, ExportError> {
    let text = text(bytes);
    if text.trim().is_empty() {
        return Err(ExportError::Empty);
    }
    let text = marks::without_marks(&text);
    let text = console::without_prompts(&text);
    let mut table = match form(&text).ok_or(ExportError::Unknown)? {
        ExportForm::Json => table(ExportForm::Json, json::parse(&text)?),
        ExportForm::CliXml => table(ExportForm::CliXml, clixml::parse(&text)?),
        ExportForm::Csv => delimited::parse(&text)?,
        ExportForm::FormatList => format_list::parse(&text)?,
    };
    line::number(&text, &mut table.objects);
    dates::settle(&mut table);
    Ok(table)
}

/// The text of a file, whatever its encoding, without colours.
pub fn text(bytes: &[u8]) -> Cow<'_, str> {
    match decode::decode(bytes) {
        Cow::Borrowed(text) => console::without_colours(text),
        Cow::Owned(text) => Cow::Owned(console::without_colours(&text).into_owned()),
    }
}

/// The text of the first bytes of a file.
fn head_of(head: &[u8]) -> Cow<'_, str> {
    text(&head[..head.len().min(HEAD_BYTES)])
}

/// Whether a file may be an export, by its first bytes (up to 64 KiB are looked at).
///
/// The test is cheap and generous: any JSON object or array may be an export. Logs and prose are not.
pub fn looks_like_export(head: &[u8]) -> bool {
    let text = head_of(head);
    form(&console::without_prompts(&marks::without_marks(&text))).is_some()
}

/// The wanted cmdlet whose output these first bytes show in a form that is no export, because it loses values
/// and columns.
pub fn unreadable(head: &[u8]) -> Option<Unreadable> {
    console::unreadable(&head_of(head))
}

/// Whether the first bytes contain a field name by which an export can be recognised. Then the file is an
/// export, even if it is cut or damaged.
pub fn names_its_fields(head: &[u8]) -> bool {
    kind::names_identifying_field(&head_of(head))
}

/// Whether the first bytes show properties of the wanted cmdlets, although nothing of it can be read.
pub fn shows_properties(head: &[u8]) -> bool {
    let text = head_of(head);
    marks::shows_properties(&text, kind::is_identifying)
}

/// The form of a text, by its content.
fn form(text: &str) -> Option<ExportForm> {
    let text = text.trim_start();
    let mut end = text.len().min(HEAD_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let head = &text[..end];
    if starts_like_json(head) {
        return Some(ExportForm::Json);
    }
    if head.starts_with("<Objs") || head.starts_with("<?xml") && head.contains("<Objs") {
        return Some(ExportForm::CliXml);
    }
    if delimited::is_delimited(head) {
        return Some(ExportForm::Csv);
    }
    format_list::is_format_list(head).then_some(ExportForm::FormatList)
}

/// The second character keeps out a console's `[PS] C:\>` and a log's `[12:00:01]`.
fn starts_like_json(text: &str) -> bool {
    let mut characters = text.chars().filter(|character| !character.is_whitespace());
    match (characters.next(), characters.next()) {
        (Some('{'), second) => matches!(second, Some('"' | '}')),
        (Some('['), second) => matches!(second, Some('{' | '[' | ']' | '"' | 'n')),
        // What `ConvertTo-Json` makes of no rows in PowerShell 7.
        _ => text.trim_end() == "null",
    }
}

/// The rows among nested values.
fn table(form: ExportForm, values: Vec<Value>) -> Table {
    let mut objects = Vec::new();
    let no_rows = values.iter().all(|value| match value {
        Value::Null => true,
        Value::List(values) => values.is_empty(),
        _ => false,
    });
    let known = values.iter().any(holds_row);
    for value in values {
        if known {
            collect_rows(value, &mut objects)
        } else {
            collect_outermost(value, &mut objects)
        }
    }
    Table {
        form,
        columns: Vec::new(),
        objects,
        no_rows,
        notes: Vec::new(),
    }
}

fn holds_row(value: &Value) -> bool {
    match value {
        Value::List(values) => values.iter().any(holds_row),
        Value::Object(object) => {
            kind(object).is_some() || object.fields.iter().any(|(_, value)| holds_row(value))
        }
        _ => false,
    }
}

fn collect_rows(value: Value, rows: &mut Vec<Object>) {
    match value {
        Value::List(values) => values
            .into_iter()
            .for_each(|value| collect_rows(value, rows)),
        Value::Object(object) if kind(&object).is_some() => rows.push(*object),
        Value::Object(object) => {
            object
                .fields
                .into_iter()
                .for_each(|(_, value)| collect_rows(value, rows));
        }
        _ => {}
    }
}

fn collect_outermost(value: Value, objects: &mut Vec<Object>) {
    match value {
        Value::List(values) => values
            .into_iter()
            .for_each(|value| collect_outermost(value, objects)),
        Value::Object(object) => objects.push(*object),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_form_is_known_by_content() {
        let cases: [(&str, ExportForm); 8] = [
            ("[]", ExportForm::Json),
            (" \r\n{\"value\":[],\"Count\":0}", ExportForm::Json),
            ("null\r\n", ExportForm::Json),
            ("<Objs Version=\"1.1.0.1\"></Objs>", ExportForm::CliXml),
            ("<?xml version=\"1.0\"?><Objs></Objs>", ExportForm::CliXml),
            (
                "#TYPE Selected.X\r\n\"Name\",\"Enabled\"\r\n",
                ExportForm::Csv,
            ),
            ("Name;SenderIPAddresses\r\n", ExportForm::Csv),
            (
                "\r\n\r\nName              : A\r\nSenderIPAddresses : {}\r\n",
                ExportForm::FormatList,
            ),
        ];
        for (text, form) in cases {
            assert_eq!(
                read(text.as_bytes()).map(|table| table.form),
                Ok(form),
                "{text}"
            );
            assert!(looks_like_export(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn logs_and_prose_are_no_exports() {
        for text in [
            "",
            "#Software: Microsoft Exchange Server\r\n#Log-type: SMTP Send Protocol Log\r\n#Fields: date-time,connector-id\r\n",
            "2026-11-03T02:14:09.120Z,Outbound,08DE1A2B3C4D5E6F,3,a:1,b:25,<,250 ok,\r\n",
            "# sendlens\n\nSet TlsSenderCertificateName, SenderIPAddresses and more.\n\n* Name: the name\n",
            "2017.10.23 11:39:51.552         10276 [Client=UX, Cmdlet=Set-X] START Set-X\r\n",
            "[12:00:01] service started\r\n",
            "<html><body>Name : x</body></html>",
            "<?xml version=\"1.0\"?><configuration/>",
            "Subject: Name\r\nFrom: admin@contoso.com\r\n\r\nDomainName is contoso.com\r\n",
        ] {
            assert!(!looks_like_export(text.as_bytes()), "{text}");
            assert!(read(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn a_console_transcript_is_no_json() {
        let text = "[PS] C:\\>Get-InboundConnector | fl\r\n\r\nName              : A\r\nSenderIPAddresses : {203.0.113.1}\r\n";
        assert_eq!(
            read(text.as_bytes()).map(|table| table.form),
            Ok(ExportForm::FormatList)
        );
    }

    #[test]
    fn rows_are_found_in_a_larger_document() {
        let text = r#"{"tenant":{"inbound_connectors":[{"Name":"A","SenderIPAddresses":[]}],
            "domains":{"value":[{"DomainName":"contoso.com","DomainType":"Authoritative"}],"Count":1}},
            "other":[{"Name":"x"}]}"#;
        let table = read(text.as_bytes()).unwrap();
        let kinds: Vec<_> = table.objects.iter().map(kind).collect();
        assert_eq!(
            kinds,
            [
                Some(kind::ExportKind::InboundConnector),
                Some(kind::ExportKind::AcceptedDomain)
            ]
        );
    }

    #[test]
    fn a_document_without_known_rows_gives_its_outermost_objects() {
        let table = read(br#"[{"Name":"x","Inner":{"Name":"y"}},3,[{"Name":"z"}]]"#).unwrap();
        let names: Vec<_> = table
            .objects
            .iter()
            .map(|object| object.get("name").cloned())
            .collect();
        assert_eq!(
            names,
            ["x", "z"].map(|name| Some(Value::Text(name.to_owned())))
        );
    }

    #[test]
    fn messages_are_one_sentence_with_advice() {
        assert_eq!(
            read(b"").unwrap_err().to_string(),
            "the file is empty: export again with ConvertTo-Json -Depth 5"
        );
        assert_eq!(read(b"hello").unwrap_err(), ExportError::Unknown);
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = read(&bytes);
            let _ = looks_like_export(&bytes);
        }

        #[test]
        fn arbitrary_text_after_a_known_start_never_panics(
            start in prop_oneof![
                Just("[{\"Name\":"), Just("<Objs><Obj>"), Just("#TYPE x\n"),
                Just("Name,DomainType\n"), Just("Name : a\nDomainType : {"),
            ],
            rest in "[\\x00-\\x7F…é]{0,120}",
        ) {
            let _ = read(format!("{start}{rest}").as_bytes());
        }

        #[test]
        fn what_is_read_was_recognised(text in "[a-zN{}\\[\\]<>:,; \"\n]{0,40}") {
            if read(text.as_bytes()).is_ok() {
                prop_assert!(looks_like_export(text.as_bytes()));
            }
        }
    }
}
