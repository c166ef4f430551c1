//! Writes the report as one page for a browser or a printer.
//!
//! In: a [`Document`]. Out: one HTML file that needs no other file. It has no script, no image, and no
//! address that a browser would load.
//! Invariant: every text goes through [`shown`] and then through the escaping of `maud`. Only the style
//! sheet of this folder is inserted unescaped. The page also tells the browser to run no scripts and
//! to load nothing.

use std::io::{self, Write};

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::render::phrases::Detail;
use crate::render::plain::visible as shown;
use crate::render::{headline, incident_phrases, phrases, timeline};
use crate::report::certificate::CertificateRow;
use crate::report::document::{CheckFinding, Document, EvidenceRow, Fix, Incident, Severity};

const STYLE: &str = include_str!("page.css");

/// The browser loads nothing and runs nothing. The style sheet is part of the page.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// Writes the page.
///
/// # Errors
/// The error of the writer.
pub fn document(report: &Document, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", in_lines(&page(report).into_string()))
}

/// Starts a new line before each block element. A `<` always begins an element, because it is escaped
/// in texts.
fn in_lines(page: &str) -> String {
    const BLOCKS: [&str; 19] = [
        "article", "body", "dl", "dt", "figure", "footer", "h1", "h2", "h3", "head", "html", "li",
        "main", "meta", "p", "section", "style", "svg", "tr",
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

fn page(report: &Document) -> Markup {
    let title = format!("sendlens: {}", headline::counts(report));
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (shown(&title)) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { (phrases::TITLE) }
                    (verdict(report))
                }
                main {
                    (overview(&report.incidents))
                    @for (index, incident) in report.incidents.iter().enumerate() {
                        (self::incident(index + 1, incident))
                    }
                    (checks(&report.findings))
                    (certificates(&offered_certificates(report)))
                    @for (title, sentences) in phrases::closing(report) {
                        section {
                            h2 { (title) }
                            ul {
                                @for sentence in &sentences {
                                    li { (shown(sentence)) }
                                }
                            }
                        }
                    }
                }
                footer {
                    p { "Written by " (shown(&report.program.name)) " " (shown(&report.program.version)) "." }
                }
            }
        }
    }
}

fn verdict(report: &Document) -> Markup {
    let class = report.worst().map_or("clear", Severity::as_str);
    html! {
        p class={ "verdict " (class) } { (shown(&headline::sentences(report))) }
        @if let Some((intro, step)) = headline::first_step(report) {
            p { (shown(&intro)) }
            (command(step.command.as_deref().unwrap_or_default()))
            p { (shown(&step.note)) }
        }
    }
}

fn overview(incidents: &[Incident]) -> Markup {
    html! {
        @if !incidents.is_empty() {
            section {
                h2 { "Incidents" }
                div class="scroll" {
                    table {
                        thead {
                            tr {
                                @for column in incident_phrases::OVERVIEW {
                                    th scope="col" { (column) }
                                }
                            }
                        }
                        tbody {
                            @for (index, incident) in incidents.iter().enumerate() {
                                (overview_row(index + 1, incident))
                            }
                        }
                    }
                }
            }
        }
    }
}

fn overview_row(number: usize, incident: &Incident) -> Markup {
    let [cause, state, severity, rest @ ..] = incident_phrases::overview(incident);
    html! {
        tr {
            td { a href={ "#incident-" (number) } { (shown(&cause)) } }
            td { (state) }
            td class=(incident.cause.severity.as_str()) { (severity) }
            @for cell in &rest {
                td { (shown(cell)) }
            }
        }
    }
}

fn incident(number: usize, incident: &Incident) -> Markup {
    let cause = &incident.cause;
    html! {
        section id={ "incident-" (number) } {
            h2 class=(cause.severity.as_str()) {
                (number) ". " (shown(&cause.code)) " " (shown(&cause.name))
                " " span class="rating" {
                    "(" (phrases::rating(cause.severity, cause.confidence)) ")"
                }
            }
            p { (shown(&incident.explanation)) }
            (details(&incident_phrases::circumstances(incident)))
            (time_line(incident))
            (details(&incident_phrases::exchange(incident)))
            (proof(&incident.evidence))
            (fix(&incident.fix))
        }
    }
}

fn checks(findings: &[CheckFinding]) -> Markup {
    html! {
        @if !findings.is_empty() {
            section {
                h2 { (phrases::CHECKS) }
                @for finding in findings {
                    article {
                        h3 class=(finding.severity.as_str()) {
                            (shown(&finding.code)) " " (shown(&finding.name))
                            " " span class="rating" {
                                "(" (phrases::rating(finding.severity, finding.confidence)) ")"
                            }
                        }
                        p { (shown(&finding.message)) }
                        (details(&phrases::about(finding)))
                        (proof(&finding.evidence))
                        (fix(&finding.fix))
                    }
                }
            }
        }
    }
}

fn details(details: &[Detail]) -> Markup {
    html! {
        dl {
            @for detail in details {
                dt { (detail.label) }
                dd { (shown(&detail.text)) }
            }
        }
    }
}

fn proof(rows: &[EvidenceRow]) -> Markup {
    html! {
        @if !rows.is_empty() {
            p class="label" { "Evidence" }
            @for row in rows {
                p class="place" { (shown(&row.place())) }
                pre { (shown(&row.text)) }
            }
        }
    }
}

fn fix(steps: &[Fix]) -> Markup {
    html! {
        @if !steps.is_empty() {
            p class="label" { "Fix" }
            @for step in steps {
                @if let Some(command) = &step.command {
                    p { "Run in " (shown(&phrases::shell(&step.place))) ":" }
                    (self::command(command))
                }
                p { (shown(&step.note)) }
            }
        }
    }
}

fn command(command: &str) -> Markup {
    html! {
        pre { code { (shown(command)) } }
    }
}

/// Two rows of bars. Each is scaled by its own maximum.
fn time_line(incident: &Incident) -> Markup {
    const BARS: usize = 120;
    let Some(scaled) = timeline::scaled(incident, BARS) else {
        return html! {};
    };
    html! {
        figure {
            figcaption { "Timeline from " (shown(&scaled.from)) ". Each bar is " (scaled.period) "." }
            (bars("accepted", &scaled.accepted))
            (bars("rejected", &scaled.rejected))
        }
    }
}

fn bars(what: &str, counts: &[u64]) -> Markup {
    const WIDTH: usize = 10;
    const HEIGHT: u64 = 100;
    let most = counts.iter().copied().max().unwrap_or(0).max(1);
    let label = format!("{} {what}", phrases::grouped(counts.iter().sum()));
    html! {
        p class="rating" { (label) }
        svg class=(what) role="img" aria-label=(label) preserveAspectRatio="none"
            viewBox={ "0 0 " (counts.len() * WIDTH) " " (HEIGHT) } {
            @for (index, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
                @let height = count.saturating_mul(HEIGHT).div_ceil(most).clamp(4, HEIGHT);
                rect x=(index * WIDTH) y=(HEIGHT - height) width=(WIDTH - 2) height=(height) {}
            }
        }
    }
}

/// The rows with a certificate.
fn offered_certificates(report: &Document) -> Vec<&CertificateRow> {
    let rows = report.certificates.iter();
    rows.filter(|row| row.offered == Some(true)).collect()
}

fn certificates(rows: &[&CertificateRow]) -> Markup {
    const COLUMNS: [&str; 8] = [
        "Send connector",
        "Server and role",
        "Subject",
        "Thumbprint",
        "Valid until",
        "Sessions",
        "Accepted / rejected",
        "Match",
    ];
    html! {
        @if !rows.is_empty() {
            section {
                h2 { "Certificates offered to Exchange Online" }
                div class="scroll" {
                    table {
                        thead {
                            tr {
                                @for column in COLUMNS {
                                    th scope="col" { (column) }
                                }
                            }
                        }
                        tbody {
                            @for row in rows {
                                tr {
                                    @for cell in certificate(row) {
                                        td { (shown(&cell)) }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn certificate(row: &CertificateRow) -> [String; 8] {
    let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "unknown".to_owned());
    let until = row.not_after.as_deref().map_or("not logged", phrases::day);
    let matched = match (&row.matched.inbound_connector, &row.matched.tenant) {
        (Some(connector), Some(tenant)) => {
            let verdict = row.matched.verdict.as_str();
            format!("{verdict}: '{connector}' of {tenant}")
        }
        _ => row.matched.verdict.as_str().to_owned(),
    };
    [
        row.send_connector.clone(),
        phrases::streams(std::slice::from_ref(&row.stream)),
        text(&row.subject),
        text(&row.thumbprint),
        until.to_owned(),
        phrases::grouped(row.sessions),
        format!(
            "{} / {}",
            phrases::grouped(row.accepted),
            phrases::grouped(row.rejected)
        ),
        matched,
    ]
}
