//! The answers of `preflight` for a change request: as one page, and as Markdown.

use regex::Regex;
use serde_json::Value;

use crate::corpus::tenant;
use crate::program::{Run, run};
use crate::usage::{folder, refuses, write};

const HEALTHY: &str = "sample-logs/healthy";
const SAME: &str = "tests/it/certificates/mail-contoso.cer";
const OTHER: &str = "tests/it/certificates/smtp-contoso-net.pem";

fn ask(options: &[&str], candidates: &[&str], path: &str) -> Run {
    let command = ["preflight", "--now=2026-11-22"];
    run([&command, options, candidates, &[path]].concat())
}

/// The commands of an answer, in their order.
fn commands(answer: &Value) -> Vec<String> {
    let tenants = answer["tenants"].as_array().expect("tenants").iter();
    let steps = tenants.flat_map(|tenant| tenant["steps"].as_array().expect("steps"));
    let commands = steps.filter_map(|step| step["command"].as_str());
    commands.map(str::to_owned).collect()
}

/// The texts of all elements of a kind.
fn texts(page: &str, element: &str) -> Vec<String> {
    let pattern = format!("(?s)<{element}(?: [^>]*)?>(.*?)</{element}>");
    let elements = Regex::new(&pattern).expect("a pattern");
    let tags = Regex::new("<[^>]*>").expect("a pattern");
    elements
        .captures_iter(page)
        .map(|found| {
            let text = tags.replace_all(&found[1], "");
            let text = text.replace("&lt;", "<").replace("&gt;", ">");
            text.replace("&quot;", "\"").replace("&amp;", "&")
        })
        .collect()
}

/// The blocks of code of a Markdown text.
fn blocks(markdown: &str) -> Vec<String> {
    let blocks = Regex::new("(?s)\n```powershell\n(.*?)\n```\n").expect("a pattern");
    let found = blocks.captures_iter(markdown);
    found.map(|block| block[1].to_owned()).collect()
}

#[test]
fn the_verdict_comes_first_and_the_steps_in_their_order() {
    let answer = ask(&["-f", "json"], &[OTHER], HEALTHY).json();
    let summary = answer["summary"].as_str().expect("a summary");
    let (page, markdown) = (
        ask(&["-f", "html"], &[OTHER], HEALTHY),
        ask(&["-f", "markdown"], &[OTHER], HEALTHY),
    );
    assert_eq!((page.code, markdown.code), (1, 1));
    let digits = "E6A97BB45F4E9351560951C4C8A23BD585876188";
    // In the heading, a thumbprint is short.
    let heading = summary.replace(digits, "E6A97BB4…");
    assert_eq!(texts(page.text(), "h1"), [heading]);
    let bold = markdown.text().lines().find(|line| line.starts_with("**"));
    assert!(
        bold.expect("a verdict")
            .starts_with(&format!("**{summary}** (checked for "))
    );
    let commands = commands(&answer);
    assert!(commands.len() > 3);
    assert_eq!(texts(page.text(), "pre"), commands);
    assert_eq!(blocks(markdown.text()), commands);
    let sender = &answer["send_connectors"][0];
    for text in [page.text(), markdown.text()] {
        for value in [&sender["name"], &sender["change"], &answer["not_judged"][0]] {
            let value = value.as_str().expect("a text");
            assert!(text.contains(value), "no {value} in {text}");
        }
        assert!(text.contains("Would be rejected"), "{text}");
    }
}

#[test]
fn several_answers_are_one_page() {
    let page = ask(&["-f", "html"], &[SAME, OTHER], HEALTHY);
    assert_eq!(
        texts(page.text(), "h1"),
        ["1 of 2 certificates are ready for the switch."]
    );
    let headings = texts(page.text(), "h2");
    assert_eq!(
        headings,
        [
            format!("1. New certificate: {SAME}"),
            format!("2. New certificate: {OTHER}")
        ]
    );
    let markdown = ask(&["-f", "markdown"], &[SAME, OTHER], HEALTHY);
    for part in [
        "## 1. New",
        "**Ready.** Yes",
        "## 2. New",
        "**Not ready.** No",
    ] {
        assert!(markdown.text().contains(part), "no {part}");
    }
}

#[test]
fn an_answer_has_a_title_and_a_time_zone() {
    let shown = ["--title", "CHG-4711 <b>", "--time-zone", "Asia/Tokyo"];
    for (format, title) in [
        ("html", "CHG-4711 &lt;b&gt;"),
        ("markdown", "# CHG-4711 \\<b\\>"),
        ("text", "CHG-4711 <b>"),
    ] {
        let options = [&["-f", format], &shown[..]].concat();
        let run = ask(&options, &[OTHER], HEALTHY);
        assert!(run.text().contains(title), "{format}: {}", run.text());
        assert!(run.text().contains("Asia/Tokyo"), "{format}");
        if format != "text" {
            assert!(run.text().contains("22 Nov 2026 09:00"), "{format}");
        }
    }
    let plain = ask(&[], &[OTHER], HEALTHY);
    assert!(plain.text().starts_with("No: "), "{}", plain.text());
    // Everything is shown anyway.
    refuses(&ask(&["--full"], &[OTHER], HEALTHY), 2, &["--full"]);
}

#[test]
fn the_ending_of_the_file_chooses_and_the_answer_is_no_input() {
    let folder = folder();
    tenant(&folder.path().join("tenant"), "mail.contoso.com");
    let path = folder.path().to_str().expect("UTF-8");
    for (name, begin) in [
        ("answer.html", "<!DOCTYPE html>"),
        ("answer.md", "<!-- sendlens preflight -->"),
    ] {
        let file = folder.path().join(name);
        let output = ["-o", file.to_str().expect("UTF-8")];
        let run = ask(&output, &[SAME], path);
        assert_eq!(run.code, 0, "{}", run.err);
        let written = std::fs::read_to_string(&file).expect("an answer");
        assert!(written.starts_with(begin), "{written}");
    }
    // The answers lie beside the exports now.
    let again = ask(&["-f", "json"], &[SAME], path);
    assert_eq!(again.code, 0, "{}", again.err);
    assert_eq!(again.json()["tenants"][0]["verdict"], "match");
}

#[test]
fn names_of_a_certificate_and_of_exports_are_text() {
    let name = "</style><script>alert(1)</script>|`# [x](//e.example) \u{202E}gpj";
    let folder = folder();
    tenant(&folder.path().join("tenant"), "mail.contoso.com");
    let connector = serde_json::json!([{
        "Name": name, "Identity": name, "Enabled": true, "ConnectorType": "OnPremises",
        "SenderIPAddresses": [], "SenderDomains": ["smtp:*;1"], "RequireTls": true,
        "TlsSenderCertificateName": "mail.contoso.com",
    }]);
    write(
        &folder,
        "tenant/InboundConnector.json",
        connector.to_string(),
    );
    let path = folder.path().to_str().expect("UTF-8");
    let hostile = "tests/it/certificates/hostile.pem";
    for format in ["html", "markdown"] {
        let title = ["-f", format, "--title", name];
        let run = ask(&title, &[SAME, hostile], path);
        assert!(run.code < 2, "{}", run.err);
        let text = run.text();
        let acts = |sign: char| (sign.is_control() && sign != '\n') || sign == '\u{202E}';
        assert!(!text.contains(acts), "{format}: {text}");
        if format == "html" {
            assert!(!text.contains("<script"), "{text}");
            assert!(text.contains("&lt;script&gt;alert(1)"), "{text}");
            assert_eq!(text.matches("</style>").count(), 1);
        } else {
            assert!(text.contains("\\<script\\>alert(1)"), "{text}");
            // What would be a link is code.
            let rest = text.replace("`[x](//e.example)`", "");
            assert!(!rest.contains("[x](//"), "{text}");
        }
    }
}
