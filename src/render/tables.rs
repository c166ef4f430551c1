//! Writes certificates and the catalogue as CSV, text and Markdown.
//!
//! In: rows of the report. Out: CSV rows, or text that fits the terminal.
//! Must not use thousands separators in CSV.

use std::io::{self, Write};

use comfy_table::{Cell, ColumnConstraint, ContentArrangement, Table, presets};
use textwrap::core::display_width;

use crate::language::count::{self, count, grouped};
use crate::language::{Language, labels, sentences};
use crate::render::csv::{Rows, joined};
use crate::render::phrases::placed;
use crate::render::plain::{padded, visible};
use crate::render::{facts, phrases, plain, words};
use crate::report::catalogue::CatalogueEntry;
use crate::report::certificate::CertificateRow;
use crate::report::document::Confidence;

const CERTIFICATE_COLUMNS: [&str; 18] = [
    "send_connector",
    "stream",
    "exchange_online",
    "thumbprint",
    "subject",
    "issuer",
    "not_before",
    "not_after",
    "days_left",
    "names",
    "first",
    "last",
    "sessions",
    "accepted",
    "rejected",
    "verdict",
    "tenant",
    "inbound_connector",
];

/// Writes certificates as CSV.
///
/// # Errors
/// The error of the writer.
pub fn certificates_csv(rows: &[CertificateRow], out: &mut dyn Write) -> io::Result<()> {
    let mut writer = Rows::new(&CERTIFICATE_COLUMNS, out)?;
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    for row in rows {
        writer.row(&[
            row.send_connector.clone(),
            row.stream.clone(),
            row.exchange_online.to_string(),
            text(&row.thumbprint),
            text(&row.subject),
            text(&row.issuer),
            text(&row.not_before),
            text(&row.not_after),
            row.days_left
                .map(|days| days.to_string())
                .unwrap_or_default(),
            joined(&row.names),
            text(&row.first),
            text(&row.last),
            row.sessions.to_string(),
            row.accepted.to_string(),
            row.rejected.to_string(),
            row.matched.verdict.as_str().to_owned(),
            text(&row.matched.tenant),
            text(&row.matched.inbound_connector),
        ])?;
    }
    writer.finish()
}

/// Writes certificates as text, with one block for each.
///
/// # Errors
/// The error of the writer.
pub fn certificates_text(
    language: Language,
    rows: &[CertificateRow],
    out: &mut dyn Write,
) -> io::Result<()> {
    if rows.is_empty() {
        return writeln!(out, "{}", none_offered(language));
    }
    for row in rows {
        let connector = language.quoted(&row.send_connector);
        let connector = placed(language, &connector, std::slice::from_ref(&row.stream));
        let heading = if row.exchange_online {
            to_exchange_online(language, &connector)
        } else {
            to_others(language, &connector)
        };
        writeln!(out, "{}", plain::hanging(&heading, "", "  "))?;
        let fields = fields(language, row);
        let widths = fields.iter().map(|(label, _)| display_width(label));
        let column = widths.max().unwrap_or(0) + 1;
        let rest = " ".repeat(2 + column);
        for (label, value) in &fields {
            let line = format!("{}{value}", padded(label, column));
            writeln!(out, "{}", plain::hanging(&line, "  ", &rest))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// What is known of a certificate and of the sessions that offered it, each with its label.
fn fields(language: Language, row: &CertificateRow) -> [(String, String); 7] {
    let known = |value: &Option<String>| {
        let value = value.clone();
        value.unwrap_or_else(|| words::unknown(language))
    };
    let validity = match row.days_left {
        Some(days) => validity(language, days),
        None => not_logged(language),
    };
    let outcome = [
        count(language, row.sessions, count::SESSION),
        count(language, row.accepted, count::ACCEPTED_RECIPIENT),
        rejected(language, &grouped(row.rejected)),
    ];
    // In English, the word is the one of the other formats.
    let verdict = match language {
        Language::English => row.matched.verdict.as_str().to_owned(),
        Language::Japanese => phrases::verdict(language, row.matched.verdict),
    };
    let verdict = match (&row.matched.inbound_connector, &row.matched.tenant) {
        (Some(connector), Some(tenant)) => compared_with(language, &verdict, connector, tenant),
        _ => match &row.matched.disabled_connector {
            Some(connector) => but_disabled(language, &verdict, connector),
            None => verdict,
        },
    };
    [
        (certificate_label(language), known(&row.thumbprint)),
        (subject_label(language), known(&row.subject)),
        (names_label(language), language.list(&row.names)),
        (validity_label(language), validity),
        (
            seen_label(language),
            words::from_to(language, &known(&row.first), &known(&row.last)),
        ),
        (outcome_label(language), language.list(&outcome)),
        (match_label(language), verdict),
    ]
}

/// How long a certificate is still valid.
fn validity(language: Language, days_left: i64) -> String {
    let days = count(language, days_left.unsigned_abs(), count::DAY);
    if days_left < 0 {
        expired(language, &days)
    } else {
        left(language, &days)
    }
}

/// Writes the catalogue as a text table.
///
/// # Errors
/// The error of the writer.
pub fn catalogue_text(
    language: Language,
    entries: &[CatalogueEntry],
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(u16::try_from(plain::WIDTH).unwrap_or(80));
    let headings = [
        words::code(language),
        name_heading(language),
        words::severity(language),
        what_it_finds(language),
    ];
    let rows: Vec<[String; 4]> = entries.iter().map(|entry| row(language, entry)).collect();
    let width = |column: usize| {
        let cells = rows.iter().chain([&headings]);
        let widths = cells.map(|row| display_width(&row[column]) + PADDING);
        widths.max().unwrap_or(0)
    };
    let taken: usize = (0..3).map(width).sum();
    let left = plain::WIDTH.saturating_sub(taken + PADDING);
    table.set_header(&headings);
    for [code, name, severity, summary] in rows {
        let summary = match plain::cell(&summary, left) {
            // The lines are whole: none is broken again at its blanks.
            Some(lines) => Cell::new(lines).set_delimiter('\n'),
            None => Cell::new(summary),
        };
        table.add_row([code.into(), name.into(), severity.into(), summary]);
    }
    // Codes and names are copied and searched for, so they are not broken.
    for column in 0..3 {
        if let Some(column) = table.column_mut(column) {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    for line in table.lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

/// The blanks on both sides of a cell.
const PADDING: usize = 2;

fn row(language: Language, entry: &CatalogueEntry) -> [String; 4] {
    [
        entry.code.clone(),
        entry.name.clone(),
        facts::severity(language, entry.severity),
        visible(&entry.summary),
    ]
}

/// Writes the catalogue as a Markdown table.
///
/// # Errors
/// The error of the writer.
pub fn catalogue_markdown(
    language: Language,
    entries: &[CatalogueEntry],
    out: &mut dyn Write,
) -> io::Result<()> {
    let headings = [
        markdown_code(language),
        markdown_name(language),
        markdown_severity(language),
        markdown_finds(language),
    ];
    writeln!(out, "| {} |", headings.join(" | "))?;
    writeln!(out, "|---|---|---|---|")?;
    for entry in entries {
        let summary = entry.summary.replace('|', "\\|");
        let rating = language.list(&[
            facts::severity(language, entry.severity),
            confidence(language, entry.confidence),
        ]);
        writeln!(
            out,
            "| {} | {} | {rating} | {summary} |",
            entry.code, entry.name
        )?;
    }
    Ok(())
}

/// How certain a cause is, in the word of the catalogue.
fn confidence(language: Language, confidence: Confidence) -> String {
    match confidence {
        Confidence::High => words::high(language),
        Confidence::Medium => words::medium(language),
        Confidence::Low => words::low(language),
    }
}

labels! {
    none_offered: "These logs contain no session in which a certificate was offered.", "ログに、証明書が提示されたセッションはありません。" ["f132f414"];
    certificate_label: "certificate", "証明書" ["45ec6270"];
    subject_label: "subject", "サブジェクト" ["891cfe4f"];
    names_label: "names", "名前" ["e6e5718f"];
    validity_label: "validity", "有効期間" ["0fb8fdf7"];
    seen_label: "seen", "使用期間" ["5a45cc6a"];
    outcome_label: "outcome", "結果" ["443bc533"];
    match_label: "match", "判定" ["7e202f96"];
    not_logged: "not logged", "記録なし" ["a5a75680"];
    name_heading: "Name", "名前" ["0fe07306"];
    what_it_finds: "What it finds", "検出する内容" ["ffd138b0"];
    markdown_code: "code", "コード" ["f9316cf4"];
    markdown_name: "name", "名前" ["8d39bde6"];
    markdown_severity: "severity", "重大度" ["8ffc4fb2"];
    markdown_finds: "what it finds", "検出する内容" ["e9302410"];
}

sentences! {
    /// A send connector that sends to Exchange Online.
    fn to_exchange_online(connector: &str) {
        en: "{connector}, to Exchange Online",
        ja: "{connector}、Exchange Online 宛て" ["dd466499"],
    }
    /// A send connector that sends to other servers.
    fn to_others(connector: &str) {
        en: "{connector}, to other servers",
        ja: "{connector}、ほかのサーバー宛て" ["0bb83757"],
    }
    /// How many recipients were rejected.
    fn rejected(number: &str) {
        en: "{number} rejected",
        ja: "拒否 {number} 件" ["798fb0c8"],
    }
    /// A verdict, and the disabled connector that expects the certificate.
    fn but_disabled(verdict: &str, connector: &str) {
        en: "{verdict} (inbound connector '{connector}' expects it, but is disabled)",
        ja: "{verdict} (受信コネクタ「{connector}」が想定していますが、無効です)" ["a00ed38a"],
    }
    /// Which inbound connector was compared, and with what result.
    fn compared_with(verdict: &str, connector: &str, tenant: &str) {
        en: "{verdict}: '{connector}' of {tenant}",
        ja: "{verdict}: {tenant} の「{connector}」" ["86a0d9b6"],
    }
    /// For how long a certificate has not been valid.
    fn expired(days: &str) {
        en: "expired {days} ago",
        ja: "{days}前に有効期限切れ" ["8aa69cda"],
    }
    /// For how long a certificate is still valid.
    fn left(days: &str) {
        en: "{days} left",
        ja: "残り {days}" ["04c171cd"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::rule::Severity;
    use crate::report::catalogue::EntryGroup;

    #[test]
    fn columns_of_a_japanese_table_begin_below_each_other() {
        let entry = |code: &str, summary: &str| CatalogueEntry {
            kind: "rule".to_owned(),
            group: EntryGroup::Check,
            code: code.to_owned(),
            name: "expired-certificate".to_owned(),
            severity: Severity::Error,
            confidence: Confidence::High,
            summary: summary.to_owned(),
        };
        let entries = [
            entry(
                "CRT101",
                "送信コネクタが提示する証明書の有効期限が切れています。Exchange Online は有効期限の切れた証明書を受け入れません。",
            ),
            entry("CRT102", "短い要約です。"),
        ];
        let mut out = Vec::new();
        catalogue_text(Language::Japanese, &entries, &mut out).expect("memory");
        let text = String::from_utf8(out).expect("UTF-8");
        let begin = |line: &str, cell: &str| line.find(cell).map(|at| display_width(&line[..at]));
        let lines: Vec<&str> = text.lines().collect();
        let column = begin(lines[0], "検出する内容");
        assert_eq!(column, begin(lines[1], "送信コネクタ"), "{text}");
        assert_eq!(
            column,
            begin(&text[text.find(" CRT102").expect("row")..], "短い"),
            "{text}"
        );
        for line in &lines {
            assert!(display_width(line) <= plain::WIDTH, "{text}");
            assert!(!line.trim_start().starts_with(['。', '、']), "{text}");
        }
        assert!(text.contains("Exchange Online"), "{text}");
    }
}
