//! Tests each format of the report with hostile names, which could be read as more than text.

use crate::render::format::ReportFormat;
use crate::render::report::write;
use crate::render::view::{Extent, View};
use crate::report::certificate::{CertificateRow, Match, MatchVerdict};
use crate::report::document::{
    Bucket, CertificateInfo, CertificateRun, CheckFinding, CodeCount, Confidence, Document,
    EvidenceRow, Failing, FailingStep, Fix, Grid, Healthy, Hidden, InboundConnectorRow, Incident,
    IncidentCause, IncidentState, IncidentStatus, Input, LogGap, LogNote, NoteKind, Place, Program,
    Purpose, RejectedCount, ReplyCount, SCHEMA_VERSION, Severity, SkippedFile, StreamEffect,
    StreamSummary, TenantSummary, UseBucket,
};

/// Formula, table, element, code, heading, links of all kinds, control and direction characters at once.
const NASTY: &str = "=cmd()|a</td><script>alert(1)</script>\"x='1 ```` # [l](javascript:x) ![i](https://e.example/i) **b** &lt;\n# h\r\n- l\u{1b}[31m\u{202E}gpj\t| <ann@e.example> `@team` a/b#12 www.e.example [^1]";

fn nasty() -> String {
    NASTY.to_owned()
}

fn evidence(line: Option<u64>) -> Vec<EvidenceRow> {
    vec![EvidenceRow {
        file: nasty(),
        line,
        text: nasty(),
    }]
}

fn steps() -> Vec<Fix> {
    let step = |command| Fix {
        place: nasty(),
        command,
        note: nasty(),
        purpose: Purpose::Change,
    };
    vec![step(Some(nasty())), step(None)]
}

fn finding(code: &str, severity: Severity) -> CheckFinding {
    CheckFinding {
        code: code.to_owned(),
        name: "connector-domain-not-accepted".to_owned(),
        summary: "A connector expects a name of no accepted domain.".to_owned(),
        severity,
        confidence: Confidence::High,
        subject: "Inbound from contoso".to_owned(),
        tenant: Some("contoso.onmicrosoft.com".to_owned()),
        message: "It expects a name of no accepted domain.".to_owned(),
        evidence: vec![EvidenceRow {
            file: "tenant/inbound.json".to_owned(),
            line: None,
            text: "TlsSenderCertificateName: smtp.contoso.net".to_owned(),
        }],
        fix: vec![Fix {
            place: "Exchange Online PowerShell".to_owned(),
            command: Some("New-AcceptedDomain -Name 'contoso.net'".to_owned()),
            note: "Adds it.".to_owned(),
            purpose: Purpose::Change,
        }],
        count: 3,
    }
}

fn hostile_finding() -> CheckFinding {
    CheckFinding {
        code: nasty(),
        name: nasty(),
        summary: nasty(),
        subject: nasty(),
        tenant: Some(nasty()),
        message: nasty(),
        evidence: evidence(Some(3)),
        fix: steps(),
        ..finding("", Severity::Warning)
    }
}

fn failing(step: FailingStep) -> Failing {
    Failing {
        step,
        offered: vec![nasty()],
        expected: vec![nasty()],
    }
}

fn hostile_cause() -> IncidentCause {
    IncidentCause {
        code: nasty(),
        name: nasty(),
        summary: nasty(),
        severity: Severity::Error,
        confidence: Confidence::Low,
    }
}

/// An incident. Other tests change what they are about.
pub(super) fn hostile_incident() -> Incident {
    Incident {
        id: nasty(),
        cause: hostile_cause(),
        also: vec![nasty()],
        send_connector: nasty(),
        streams: vec![nasty()],
        certificate: Some(CertificateInfo {
            subject: Some(nasty()),
            issuer: Some(nasty()),
            subject_and_issuer: None,
            serial: Some(nasty()),
            thumbprint: Some(nasty()),
            not_before: Some(nasty()),
            not_after: Some(nasty()),
            names: vec![nasty()],
        }),
        tenant: Some(nasty()),
        inbound_connector: Some(nasty()),
        rejected: RejectedCount {
            replies: 2,
            messages: 2,
            sessions: 1,
            senders: None,
        },
        failing_step: Some(failing(FailingStep::InboundConnector)),
        fails_next: Some(failing(FailingStep::AcceptedDomain)),
        by_stream: vec![StreamEffect {
            stream: nasty(),
            replies: 2,
            dropped: 0,
            senders: Some(1),
            accepted: 1,
            first: Some(nasty()),
            last: Some(nasty()),
        }],
        mail: None,
        replies: vec![reply()],
        first: Some(nasty()),
        last: Some(nasty()),
        timeline_bucket_seconds: 3600,
        timeline: vec![Bucket {
            start: "2026-11-03T02:00:00Z".to_owned(),
            accepted: 1,
            rejected: 41,
        }],
        queue: None,
        explanation: nasty(),
        evidence: evidence(Some(1041)),
        fix: steps(),
        status: IncidentStatus {
            state: IncidentState::Over,
            since: Some(nasty()),
            accepted_after: 6,
        },
    }
}

fn reply() -> ReplyCount {
    ReplyCount {
        code: 550,
        enhanced: Some(nasty()),
        attr: Some(nasty()),
        text: nasty(),
        count: 2,
    }
}

fn certificate() -> CertificateRow {
    CertificateRow {
        send_connector: nasty(),
        stream: nasty(),
        exchange_online: true,
        offered: Some(true),
        thumbprint: Some(nasty()),
        subject: Some(nasty()),
        issuer: Some(nasty()),
        not_before: Some(nasty()),
        not_after: Some(nasty()),
        days_left: Some(-1),
        names: vec![nasty()],
        first: Some(nasty()),
        last: Some(nasty()),
        sessions: 1,
        accepted: 0,
        rejected: 1,
        other_rejections: 1,
        dropped: 1,
        runs: vec![CertificateRun {
            first: Some(nasty()),
            last: Some(nasty()),
            sessions: 1,
            accepted: 0,
            rejected: 1,
            dropped: 1,
        }],
        timeline: vec![UseBucket {
            start: nasty(),
            accepted: 0,
            rejected: 1,
            dropped: 1,
        }],
        matched: Match {
            verdict: MatchVerdict::Uncertain,
            tenant: Some(nasty()),
            inbound_connector: Some(nasty()),
            disabled_connector: Some(nasty()),
        },
    }
}

/// A document with only the program's name, as `lint` has before it finds anything.
/// A report in which nothing was found.
pub(super) fn empty() -> Document {
    Document {
        schema_version: SCHEMA_VERSION,
        program: Program {
            name: "sendlens".to_owned(),
            version: "1.2.3".to_owned(),
        },
        input: Input::default(),
        on_premises: None,
        tenants: Vec::new(),
        queues: None,
        incidents: Vec::new(),
        rejected: RejectedCount::default(),
        other_rejections: Vec::new(),
        grid: None,
        certificates: Vec::new(),
        healthy: Vec::new(),
        unproven: Vec::new(),
        findings: Vec::new(),
        hidden: Hidden::default(),
        not_judged: Vec::new(),
    }
}

fn hostile_input() -> Input {
    Input {
        files: 1,
        first: Some(nasty()),
        last: Some(nasty()),
        streams: vec![StreamSummary {
            name: nasty(),
            server: Some(nasty()),
            files: 1,
            sessions: 1,
            first: Some(nasty()),
            last: Some(nasty()),
        }],
        gaps: vec![LogGap {
            stream: nasty(),
            first: nasty(),
            last: nasty(),
        }],
        skipped: vec![SkippedFile {
            file: nasty(),
            reason: nasty(),
        }],
        notes: vec![LogNote {
            kind: NoteKind::UnreadableTime,
            code: nasty(),
            count: 1,
            first: Place {
                file: nasty(),
                line: 1,
            },
        }],
        ..Input::default()
    }
}

fn hostile() -> Document {
    Document {
        program: Program {
            name: nasty(),
            version: nasty(),
        },
        input: hostile_input(),
        tenants: vec![TenantSummary {
            name: nasty(),
            inbound_connectors: 1,
            accepted_domains: None,
            connectors: vec![InboundConnectorRow {
                name: nasty(),
                connector_type: Some("OnPremises"),
                enabled: Some(true),
                names: Some(vec![nasty()]),
                addresses: Some(vec![nasty()]),
                when_changed: Some(nasty()),
            }],
            files: vec![nasty()],
        }],
        incidents: vec![hostile_incident(), hostile_incident()],
        other_rejections: vec![reply()],
        grid: Some(Grid {
            start: nasty(),
            bucket_seconds: 3600,
            buckets: 2,
        }),
        certificates: vec![certificate()],
        healthy: vec![healthy(1)],
        unproven: vec![healthy(0)],
        findings: vec![hostile_finding()],
        not_judged: vec![nasty()],
        ..empty()
    }
}

fn healthy(accepted: u64) -> Healthy {
    Healthy {
        send_connector: nasty(),
        streams: vec![nasty()],
        sessions: 1,
        accepted,
        rejected: 2,
        other_rejections: vec![CodeCount {
            code: 550,
            enhanced: Some(nasty()),
            count: 2,
        }],
        dropped: 3,
        not_connected: 4,
    }
}

fn rendered(report: &Document, format: ReportFormat) -> String {
    rendered_as(report, format, Extent::Full)
}

fn rendered_as(report: &Document, format: ReportFormat, extent: Extent) -> String {
    let mut out = Vec::new();
    let view = View {
        extent,
        title: (report.incidents.len() == hostile().incidents.len()).then(nasty),
        ..View::default()
    };
    write(report, format, &view, &mut out).expect("a report");
    let text = String::from_utf8(out).expect("UTF-8");
    if format.is_coloured() {
        anstream::adapter::strip_str(&text).to_string()
    } else {
        text
    }
}

#[test]
fn reports_for_people_show_what_acts_on_a_screen() {
    let acts = |found: &char| {
        (found.is_control() && *found != '\n')
            || matches!(found, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
    };
    for format in [
        ReportFormat::Text,
        ReportFormat::Markdown,
        ReportFormat::Html,
    ] {
        let report = rendered(&hostile(), format);
        let found: Vec<&str> = report
            .lines()
            .filter(|line| line.chars().any(|sign| acts(&sign)))
            .collect();
        assert!(found.is_empty(), "{format:?} shows {found:?}");
        assert!(report.contains("u{202e}gpj"), "{format:?} hides it");
    }
    let short = rendered_as(&hostile(), ReportFormat::Text, Extent::Short);
    let found: Vec<char> = short.chars().filter(acts).collect();
    assert!(found.is_empty(), "the short report shows {found:?}");
    assert!(short.contains("u{202e}gpj"), "the short report hides it");
}

#[test]
fn data_holds_no_character_that_acts() {
    let report = hostile();
    for format in [ReportFormat::Json, ReportFormat::Ndjson, ReportFormat::Csv] {
        let text = rendered(&report, format);
        let found = |found: char| super::hidden::is_hidden(found) && found != '\n';
        assert!(!text.contains(found), "{format:?}");
        assert!(
            text.contains("u{202e}gpj") || text.contains("\\u202egpj"),
            "{format:?}"
        );
    }
    let json: serde_json::Value =
        serde_json::from_str(&rendered(&report, ReportFormat::Json)).expect("JSON");
    assert_eq!(json["incidents"][0]["send_connector"], NASTY);
}

#[test]
fn a_page_holds_no_element_of_a_name() {
    let page = rendered(&hostile(), ReportFormat::Html);
    assert!(page.contains("&lt;script&gt;alert(1)"));
    assert!(!page.contains("<script"));
    let opened = |page: &str| {
        page.match_indices('<')
            .map(|(at, _)| page[at..].split(['>', ' ']).next().unwrap_or_default())
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    // Where a browser may break a name, and what differs in it, are elements within it.
    let within = regex::Regex::new("</?mark>|<wbr>|<span class=\"nb\">([^<]*)</span>");
    let page = within.expect("a pattern").replace_all(&page, "$1");
    let page = page.replace('\u{A0}', " ");
    // The same report with harmless names has the same elements in the same order.
    let harmless = page.replace(&shown(), "harmless");
    assert_eq!(opened(&page), opened(&harmless));
    let changed: Vec<&str> = harmless
        .lines()
        .filter(|line| line.contains("alert"))
        .collect();
    assert!(
        changed.is_empty(),
        "a name is shown in another way: {changed:?}"
    );
}

/// The nasty name as the page shows it.
fn shown() -> String {
    maud::html! { (crate::render::plain::visible(NASTY)) }.into_string()
}

#[test]
fn no_name_is_markup_in_a_ticket() {
    let text = rendered(&hostile(), ReportFormat::Markdown);
    let mut fence: Option<&str> = None;
    let mut outside = Vec::new();
    for line in text.lines() {
        let ticks = line.len() - line.trim_start_matches('`').len();
        match fence {
            Some(open) if line == open => fence = None,
            Some(open) => assert!(
                !(ticks >= open.len() && line.trim_matches('`').is_empty()),
                "{line:?} ends a block"
            ),
            None if ticks >= 3 => fence = Some(&line[..ticks]),
            // The report folds what nobody must read first.
            None if ["<details>", "</details>", "<!-- sendlens report -->"].contains(&line) => {}
            None if line.starts_with("<summary>") && line.ends_with("</summary>") => {
                assert_eq!(line.matches('<').count(), 2, "{line}");
            }
            None => outside.push(line),
        }
    }
    assert_eq!(fence, None, "a block does not end");
    let escaped = crate::render::markdown_text::inline(NASTY);
    assert!(outside.iter().any(|line| line.contains(&escaped)));
    for line in &outside {
        let text = without_code(line);
        for sign in ['`', '<', '>', '[', ']', '&'] {
            let bare = text
                .match_indices(sign)
                .any(|(at, _)| !text[..at].ends_with('\\'));
            assert!(!bare, "bare {sign} in {line}");
        }
        // Trackers look for these where the escapes are gone.
        let shown = text.replace('\\', "");
        for link in ["://", "www.", "ann@", "@team", "a/b#12"] {
            assert!(!shown.contains(link), "{link} in {line}");
        }
    }
    let headings = outside.iter().filter(|line| line.starts_with('#')).count();
    assert_eq!(headings, 1 + 2 + 1 + 1 + 5, "{text}");
    let table: Vec<_> = outside
        .iter()
        .filter(|line| line.starts_with('|'))
        .collect();
    // The incidents and the certificates, each with two lines of heading.
    let cells = |row: &&str| row.matches('|').count() - row.matches("\\|").count();
    let [incidents, certificates] = [8, 9].map(|count| {
        let rows = table.iter().filter(|row| cells(row) == count);
        rows.count()
    });
    assert_eq!(incidents, 2 + 2, "{text}");
    assert!(certificates > 2, "{text}");
    assert_eq!(table.len(), incidents + certificates, "{text}");
}

/// A line of Markdown without the code in it.
fn without_code(line: &str) -> String {
    let mut left = String::new();
    let mut rest = line.chars();
    while let Some(sign) = rest.next() {
        match sign {
            '`' => assert!(rest.any(|sign| sign == '`'), "code does not end in {line}"),
            '\\' => left.extend(std::iter::once(sign).chain(rest.next())),
            _ => left.push(sign),
        }
    }
    left
}

#[test]
fn a_row_of_csv_per_incident_and_finding() {
    let text = rendered(&hostile(), ReportFormat::Csv);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let columns = reader.headers().expect("columns").clone();
    let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.expect("a row")).collect();
    let types: Vec<&str> = rows.iter().map(|row| &row[0]).collect();
    assert_eq!(types, ["incident", "incident", "finding"]);
    for row in &rows {
        for cell in row {
            assert!(
                !cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']),
                "{cell:?} is a formula"
            );
        }
    }
    let cell = |row: &csv::StringRecord, name: &str| {
        let at = columns.iter().position(|column| column == name);
        row[at.unwrap_or_else(|| panic!("no {name}"))].to_owned()
    };
    let defused = format!("'{}", crate::render::csv::shown(NASTY));
    assert!(!defused.contains(super::hidden::is_hidden), "{defused}");
    assert_eq!(cell(&rows[0], "send_connector"), defused);
    assert_eq!(cell(&rows[0], "replies"), "2");
    assert_eq!(cell(&rows[0], "evidence"), format!("{defused}:1041"));
    assert_eq!(cell(&rows[2], "subject"), defused);
    let commands: Vec<_> = NASTY.lines().map(crate::render::csv::shown).collect();
    let commands = format!("'{}", commands.join("\n"));
    assert_eq!(cell(&rows[2], "commands"), commands);
    assert_eq!(cell(&rows[2], "count"), "3");
    assert_eq!(rendered(&empty(), ReportFormat::Csv).lines().count(), 1);
}

#[test]
fn findings_are_lines_of_ndjson() {
    let mut report = empty();
    report.findings.push(finding("DOM101", Severity::Warning));
    let text = rendered(&report, ReportFormat::Ndjson);
    let lines: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["type"], "summary");
    assert_eq!(lines[1]["type"], "finding");
    assert_eq!(lines[1]["code"], "DOM101");
    assert_eq!(lines[1]["fix"][0]["where"], "Exchange Online PowerShell");
}

/// A configuration without logs, with two findings.
fn configuration() -> Document {
    Document {
        tenants: vec![TenantSummary {
            name: "contoso.onmicrosoft.com".to_owned(),
            inbound_connectors: 1,
            accepted_domains: Some(2),
            connectors: Vec::new(),
            files: Vec::new(),
        }],
        findings: vec![
            finding("CON101", Severity::Info),
            finding("DOM101", Severity::Warning),
        ],
        ..empty()
    }
}

#[test]
fn findings_without_logs_are_reported() {
    let text = rendered(&configuration(), ReportFormat::Text);
    let expected = "\
2 findings: 1 warning, 1 for information. The worst is about 'Inbound from
contoso': connector-domain-not-accepted (DOM101).
To fix it, run in Exchange Online PowerShell:
    New-AcceptedDomain -Name 'contoso.net'
Adds it.

Checks
CON101 connector-domain-not-accepted (info, certain)
   It expects a name of no accepted domain.
   About      Inbound from contoso
   Tenant     contoso.onmicrosoft.com
   Seen       3 times
   Evidence
     tenant/inbound.json
       TlsSenderCertificateName: smtp.contoso.net
   Fix
     Run in Exchange Online PowerShell:
       New-AcceptedDomain -Name 'contoso.net'
     Adds it.

DOM101 connector-domain-not-accepted (warning, certain)
";
    assert!(text.starts_with(expected), "{text}");
    let end = "
What was read
   Tenant contoso.onmicrosoft.com: 1 inbound connector, 2 accepted domains.
";
    assert!(text.ends_with(end), "{text}");
    assert!(!text.contains("incident") && !text.contains("session"));
    for (format, seen) in [
        (ReportFormat::Markdown, "**Seen:** 3 times"),
        (ReportFormat::Html, "data-l=\"Count\">3<"),
    ] {
        let report = rendered(&configuration(), format);
        for part in [
            "2 findings: 1 warning",
            "DOM101",
            "New-AcceptedDomain",
            seen,
        ] {
            assert!(report.contains(part), "{format:?}: {part}");
        }
        assert!(!report.contains("session"), "{format:?}");
    }
}

#[test]
fn nothing_found_says_where_nothing_was_found() {
    let mut report = empty();
    let clear = "No check found a problem in the given configuration.";
    assert_eq!(rendered(&report, ReportFormat::Text), format!("{clear}\n"));
    report.not_judged.push("An export lost a value.".to_owned());
    let text = rendered(&report, ReportFormat::Text);
    assert!(
        text.starts_with(&format!("{clear} What could not")),
        "{text}"
    );
    report.input.files = 1;
    report.input.exchange_online_sessions = 3;
    report.findings.push(finding("DOM101", Severity::Error));
    let text = rendered(&report, ReportFormat::Text);
    let both = "No incident in 3 sessions to Exchange Online. 1 finding: 1 error. It is about";
    assert!(text.starts_with(both), "{text}");
}
