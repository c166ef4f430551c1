//! The report as CSV, Markdown and HTML: the same content, read back with what others read it with.

use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::Value;

use crate::corpus::{Session, log_of};
use crate::program::{Run, run};
use crate::sample;
use crate::usage::{folder, on, write};

/// Two cases that the formats are compared on: one incident each, with exports of one tenant and
/// of two.
const CASES: [&str; 2] = ["renamed-certificate", "two-tenants"];

/// The formats of reports. Other tests go through this list too.
pub(crate) const FORMATS: &[&str] = &["text", "json", "ndjson", "csv", "markdown", "html"];

fn report(case: &str, format: &str) -> Run {
    run(["diagnose", "--full", "-f", format, &sample::path(case)])
}

/// The commands of all incidents of a JSON report.
fn commands(report: &Value) -> Vec<&str> {
    let listed = |name: &str| report[name].as_array().expect("a list").iter();
    let steps = listed("incidents")
        .chain(listed("findings"))
        .flat_map(|told| told["fix"].as_array().expect("a list"));
    steps.filter_map(|step| step["command"].as_str()).collect()
}

#[test]
fn every_format_shows_every_incident() {
    for case in CASES {
        let json = report(case, "json").json();
        let incidents = json["incidents"].as_array().expect("a list");
        assert!(!incidents.is_empty(), "{case}");
        for &format in FORMATS {
            let run = report(case, format);
            assert_eq!(run.code, 1, "{case} as {format}");
            for incident in incidents {
                for pointer in ["/cause/code", "/send_connector", "/certificate/thumbprint"] {
                    let value = incident.pointer(pointer).and_then(Value::as_str);
                    let value = value.expect("a text");
                    assert!(run.text().contains(value), "{case} as {format}: {value}");
                }
            }
        }
    }
}

#[test]
fn csv_holds_what_json_holds() {
    for case in CASES {
        let json = report(case, "json").json();
        let csv = report(case, "csv");
        let mut reader = csv::Reader::from_reader(csv.out.as_slice());
        let columns = reader.headers().expect("columns").clone();
        let rows: Vec<csv::StringRecord> =
            reader.records().map(|row| row.expect("a row")).collect();
        let incidents = json["incidents"].as_array().expect("a list");
        let findings = json["findings"].as_array().expect("a list");
        assert_eq!(rows.len(), incidents.len() + findings.len(), "{case}");
        for (row, finding) in rows[incidents.len()..].iter().zip(findings) {
            let code = finding["code"].as_str().expect("a code");
            assert_eq!((&row[0], &row[2]), ("finding", code), "{case}");
        }
        for (row, incident) in rows.iter().zip(incidents) {
            assert_eq!(&row[0], "incident");
            for (column, pointer) in [
                ("id", "/id"),
                ("code", "/cause/code"),
                ("severity", "/cause/severity"),
                ("confidence", "/cause/confidence"),
                ("send_connector", "/send_connector"),
                ("certificate_subject", "/certificate/subject"),
                ("thumbprint", "/certificate/thumbprint"),
                ("tenant", "/tenant"),
                ("inbound_connector", "/inbound_connector"),
                ("replies", "/rejected/replies"),
                ("messages", "/rejected/messages"),
                ("sessions", "/rejected/sessions"),
                ("first", "/first"),
                ("last", "/last"),
                ("message", "/explanation"),
            ] {
                let at = columns.iter().position(|name| name == column);
                let cell = &row[at.unwrap_or_else(|| panic!("no column {column}"))];
                let value = match incident.pointer(pointer).expect(pointer) {
                    Value::Null => String::new(),
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                };
                assert_eq!(cell, value, "{case}: {column}");
            }
            let at = columns.iter().position(|name| name == "commands");
            let cell = &row[at.expect("a column of commands")];
            let wanted: Vec<&str> = incident["fix"]
                .as_array()
                .expect("a list")
                .iter()
                .filter_map(|step| step["command"].as_str())
                .collect();
            assert_eq!(cell.lines().collect::<Vec<_>>(), wanted, "{case}");
        }
    }
    // Without an incident the columns are still named.
    let healthy = report("healthy", "csv");
    assert!(healthy.text().starts_with("type,id,code,"));
    assert_eq!(healthy.text().lines().count(), 1);
}

#[test]
fn markdown_holds_the_commands_as_they_are_pasted() {
    for case in CASES {
        let json = report(case, "json").json();
        let markdown = report(case, "markdown");
        let mut blocks = markdown.text().split("\n```powershell\n");
        blocks.next();
        let shown: Vec<&str> = blocks
            .map(|block| block.split("\n```\n").next().unwrap_or_default())
            .collect();
        let commands = commands(&json);
        assert!(!commands.is_empty());
        assert_eq!(shown, commands, "{case}");
    }
}

/// The elements of a page.
const ELEMENTS: &[&str] = &[
    "html",
    "head",
    "meta",
    "title",
    "style",
    "body",
    "header",
    "main",
    "footer",
    "nav",
    "section",
    "h1",
    "h2",
    "h3",
    "p",
    "a",
    "b",
    "span",
    "small",
    "div",
    "table",
    "caption",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "ul",
    "ol",
    "li",
    "dl",
    "dt",
    "dd",
    "pre",
    "code",
    "figure",
    "figcaption",
    "details",
    "summary",
    "time",
    "mark",
    "br",
    "wbr",
];
/// The elements of its drawings.
const OTHERS: &[&str] = &[
    "svg", "defs", "pattern", "symbol", "use", "path", "rect", "line", "g", "text", "tspan",
];
/// The attributes of both.
const ATTRIBUTES: &[&str] = &[
    "lang",
    "charset",
    "http-equiv",
    "content",
    "name",
    "class",
    "id",
    "style",
    "href",
    "scope",
    "colspan",
    "role",
    "tabindex",
    "title",
    "datetime",
    "data-l",
    "focusable",
    "aria-label",
    "aria-labelledby",
    "aria-hidden",
    "preserveAspectRatio",
    "patternUnits",
    "patternTransform",
    "viewBox",
    "overflow",
    "text-anchor",
    "d",
    "x",
    "y",
    "x1",
    "x2",
    "y1",
    "y2",
    "dx",
    "rx",
    "width",
    "height",
];

/// What a page holds, as a browser would see it.
#[derive(Debug, Default)]
struct Page {
    /// The elements in their order.
    elements: Vec<String>,
    /// Names of attributes with their values.
    attributes: Vec<(String, String)>,
    /// The commands to paste.
    commands: Vec<String>,
    /// The depth at which the command ends that is being read.
    command_ends: Option<usize>,
    /// The text outside of the style sheet.
    text: String,
    /// The style sheet.
    style: String,
}

/// Elements that HTML does not close.
const VOID: [&str; 3] = ["meta", "br", "wbr"];

/// Whether this is the label of a command.
fn is_command((name, value): &(String, String)) -> bool {
    name == "aria-label" && value.starts_with("Command for ")
}

impl Page {
    /// Reads a page, every element of which must end where it should.
    fn read(page: &str) -> Page {
        let mut reader = Reader::from_str(page);
        reader.config_mut().check_end_names = false;
        reader.config_mut().allow_unmatched_ends = true;
        let mut found = Page::default();
        let mut open: Vec<String> = Vec::new();
        loop {
            match reader.read_event().expect("well formed") {
                Event::DocType(kind) => assert_eq!(kind.as_ref().trim(), "html"),
                Event::Start(start) => {
                    let name = start.name().as_ref().to_owned();
                    for attribute in start.attributes() {
                        let attribute = attribute.expect("an attribute");
                        found.attributes.push((
                            attribute.key.as_ref().to_owned(),
                            attribute.value.clone().into_owned(),
                        ));
                    }
                    found.elements.push(name.clone());
                    if name == "pre" && found.attributes.last().is_some_and(is_command) {
                        found.commands.push(String::new());
                        found.command_ends = Some(open.len());
                    }
                    if !VOID.contains(&name.as_str()) {
                        open.push(name);
                    }
                }
                Event::End(end) => {
                    assert_eq!(open.pop().as_deref(), Some(end.name().as_ref()));
                    if found.command_ends == Some(open.len()) {
                        found.command_ends = None;
                    }
                }
                Event::Text(text) => found.add(&open, &text.xml10_content()),
                Event::GeneralRef(reference) => {
                    let sign = match reference.as_ref() {
                        "amp" => "&",
                        "lt" => "<",
                        "gt" => ">",
                        "quot" => "\"",
                        other => panic!("&{other};"),
                    };
                    found.add(&open, sign);
                }
                Event::Eof => break,
                other => panic!("{other:?} in a page"),
            }
        }
        assert_eq!(open, Vec::<String>::new(), "elements that do not end");
        found
    }

    fn add(&mut self, open: &[String], text: &str) {
        match open.last().map(String::as_str) {
            Some("style") => self.style.push_str(text),
            _ => {
                self.text.push_str(text);
                if self.command_ends.is_some() {
                    self.commands.last_mut().expect("a command").push_str(text);
                }
            }
        }
    }

    /// Nothing runs, and nothing is fetched from anywhere.
    fn stands_alone(&self) {
        for element in &self.elements {
            let known = ELEMENTS.contains(&element.as_str()) || OTHERS.contains(&element.as_str());
            assert!(known, "an element <{element}>");
        }
        for (name, value) in &self.attributes {
            assert!(ATTRIBUTES.contains(&name.as_str()), "an attribute {name}");
            if name == "href" {
                let target = value.strip_prefix('#').expect("a link within the page");
                let is_target = |(name, id): &(String, String)| name == "id" && id == target;
                assert!(self.attributes.iter().any(is_target), "a link to {value}");
            }
            if name != "title" && name != "aria-label" {
                assert!(
                    !value.contains("http:") && !value.contains("https:"),
                    "{value}"
                );
            }
        }
        // The style sheet refers to nothing but patterns of the page itself.
        let style = self.style.replace("url(#", "");
        for loading in ["url(", "@import", "http"] {
            assert!(!style.contains(loading), "{loading} in the style sheet");
        }
    }
}

#[test]
fn pages_are_well_formed_and_stand_alone() {
    for case in sample::cases() {
        let html = report(&case, "html");
        let page = Page::read(html.text());
        page.stands_alone();
        assert!(html.text().starts_with("<!DOCTYPE html>"));
        assert!(
            page.attributes
                .contains(&("lang".to_owned(), "en".to_owned()))
        );
        let head = page.elements.iter().take_while(|name| *name != "body");
        assert!(head.filter(|name| *name == "title").count() == 1);
        let json = report(&case, "json").json();
        let commands = commands(&json);
        assert_eq!(page.commands, commands, "{case}");
        for incident in json["incidents"].as_array().expect("a list") {
            for row in incident["evidence"].as_array().expect("a list") {
                let row = row["text"].as_str().expect("a row");
                assert!(page.text.contains(row), "{case}: {row}");
            }
        }
    }
}

#[test]
fn names_from_a_log_are_text_in_every_format() {
    let name = "=cmd()|<script>alert(1)</script>` # [x](y) \u{202E}gpj";
    let session = Session {
        connector: name,
        name: "smtp.contoso.net",
        ..Session::default()
    };
    let folder = folder();
    write(&folder, "logs/SEND2026110302-1.LOG", log_of(&[session]));
    crate::corpus::tenant(&folder.path().join("tenant"), "relay.contoso.com");
    let on = |format| on("diagnose", &["-f", format], folder.path());

    let html = on("html");
    let page = Page::read(html.text());
    page.stands_alone();
    assert!(
        page.text
            .contains("=cmd()|<script>alert(1)</script>` # [x](y) \\u{202e}gpj")
    );

    let markdown = on("markdown");
    let safe = "=cmd()\\|\\<script\\>alert(1)\\</script\\>\\` \\# \\[x\\](y) \\\\u{202e}gpj";
    assert!(markdown.text().contains(safe), "{}", markdown.text());
    assert!(!markdown.text().contains('\u{202E}'));

    let csv = on("csv");
    let mut reader = csv::Reader::from_reader(csv.out.as_slice());
    let row = reader.records().next().expect("a row").expect("CSV");
    let shown = format!("'{}", name.replace('\u{202E}', "\\u{202e}"));
    assert!(row.iter().any(|cell| cell == shown), "{row:?}");
    assert!(!row.iter().any(|cell| cell.starts_with('=')));
}

#[test]
fn colours_are_for_text_alone() {
    for format in ["csv", "markdown", "html"] {
        let path = sample::path("renamed-certificate");
        let coloured = run(["diagnose", "--color", "always", "-f", format, &path]);
        assert_eq!(coloured, report("renamed-certificate", format), "{format}");
        assert!(!coloured.out.contains(&0x1b), "{format}");
    }
}

#[test]
fn the_formats_are_as_before() {
    let version = format!("sendlens {}", env!("CARGO_PKG_VERSION"));
    insta::with_settings!({
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        for (format, ending) in [("markdown", "md"), ("html", "html"), ("csv", "csv")] {
            let run = report("renamed-certificate", format);
            let text = run.text().replacen(&version, "sendlens [version]", 1);
            insta::assert_snapshot!(format!("renamed-certificate.{ending}"), text);
        }
    });
}
