//! The parts below the incidents: checks, certificates, what works, what was read, what is not known.
//!
//! In: a document. Out: sections of the page. Long lists say how much they leave out.
//! Must not repeat an incident.

use maud::{Markup, html};

use super::incident::{fix, proof, reply_table, split};
use super::lanes::Group;
use super::page::Page;
use super::picture::swatch;
use super::prose::{chip, date, exact_time, prose, time, whole_thumbprint};
use super::{matches, say};
use crate::language::count::{self, count, grouped};
use crate::render::plain::visible as shown;
use crate::render::{fact_sentences, facts, phrases};
use crate::report::certificate::MatchVerdict;
use crate::report::document::{CertificateRow, CheckFinding, Healthy};

/// How many subjects of a check stand in its row.
const MOST_SUBJECTS: usize = 3;

/// How many servers stand in a row of a certificate.
const MOST_SERVERS: usize = 5;

/// How many streams are listed without folding.
const MOST_STREAMS: usize = 8;

/// A certificate that expires sooner is marked.
const SOON: i64 = 30;

/// The findings, one group for each code.
pub(super) fn checks(page: &Page<'_>) -> Markup {
    let language = page.language;
    let findings = &page.report.findings;
    let groups: Vec<&[CheckFinding]> = findings.chunk_by(|a, b| a.code == b.code).collect();
    html! {
        @if !groups.is_empty() {
            section id="checks" {
                h2 { (say::checks(language)) }
                p class="soft small" { (say::checks_beside(language)) }
                table class="checks stack" {
                    thead {
                        tr {
                            th scope="col" { (say::code(language)) }
                            th scope="col" { (say::check(language)) }
                            th scope="col" { (say::severity(language)) }
                            th scope="col" class="num" { (say::count_word(language)) }
                            th scope="col" { (say::about(language)) }
                        }
                    }
                    @for group in groups { (check(page, group)) }
                }
            }
        }
    }
}

fn check(page: &Page<'_>, group: &[CheckFinding]) -> Markup {
    let language = page.language;
    let Some(first) = group.first() else {
        return html! {};
    };
    let number: u64 = group.iter().map(|finding| finding.count.max(1)).sum();
    let severity = group.iter().map(|finding| finding.severity).max();
    let severity = severity.unwrap_or(first.severity);
    let subjects = group.iter();
    let subjects: Vec<String> = subjects
        .map(|finding| phrases::subject(language, finding))
        .collect();
    let named = language.list(&subjects[..subjects.len().min(MOST_SUBJECTS)]);
    let named = match subjects.len().saturating_sub(MOST_SUBJECTS) as u64 {
        0 => named,
        more => fact_sentences::and_more(language, &named, &grouped(more)),
    };
    let (listed, rest) = split(group, page.budget.findings);
    html! {
        tbody {
            tr class="f" {
                th scope="row" { (shown(&first.code)) }
                td class="wrap" { (prose(&first.summary, &page.clock)) }
                td { (chip(severity.as_str(), &facts::severity(language, severity))) }
                td class="num" data-l=(say::count_word(language)) { (grouped(number)) }
                td class="wrap" data-l=(say::about(language)) { (shown(&named)) }
            }
            tr class="d" {
                td {}
                td colspan="4" {
                    details {
                        summary { (say::what_and_what_to_do(language)) }
                        ul { @for finding in listed { li { (self::finding(page, finding)) } } }
                        @if !rest.is_empty() {
                            p class="soft small" {
                                (say::more_findings(language, &grouped(rest.len() as u64))) " "
                                code { "--select " (shown(&first.code)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn finding(page: &Page<'_>, finding: &CheckFinding) -> Markup {
    html! {
        (prose(&finding.message, &page.clock))
        @for step in &finding.fix { div class="small soft" { (fix(page, step)) } }
        (proof(page, &finding.evidence))
    }
}

/// Every certificate that was offered to Exchange Online, one row for each send connector.
pub(super) fn certificates(page: &Page<'_>, groups: &[Group<'_>]) -> Markup {
    let language = page.language;
    let mut rows: Vec<Vec<&CertificateRow>> = Vec::new();
    for row in groups
        .iter()
        .flat_map(|group| &group.lanes)
        .flat_map(|lane| &lane.rows)
    {
        let same = |other: &&CertificateRow| {
            other.send_connector == row.send_connector
                && super::letters::key(other) == super::letters::key(row)
                && other.offered == row.offered
        };
        match rows
            .iter_mut()
            .find(|known| known.first().is_some_and(same))
        {
            Some(known) => known.push(row),
            None => rows.push(vec![row]),
        }
    }
    let (listed, rest) = split(&rows, page.budget.certificates);
    html! {
        @if !rows.is_empty() {
            section id="certs" {
                h2 { (say::certificates_offered(language)) }
                table class="certs stack" {
                    thead {
                        tr {
                            th scope="col" { span class="vh" { (say::letter(language)) } }
                            th scope="col" { (say::name_and_thumbprint(language)) }
                            th scope="col" { (say::verdict(language)) }
                            th scope="col" { (say::valid_until_column(language)) }
                            th scope="col" { (say::offered_by(language)) }
                            th scope="col" { (say::seen(language)) }
                            th scope="col" class="num" { (say::sessions(language)) }
                        }
                    }
                    tbody { @for rows in listed { (certificate(page, rows)) } }
                }
                @if !rest.is_empty() {
                    p class="soft small" {
                        (say::more_certificates(language, &grouped(rest.len() as u64))) " "
                        code { "sendlens certificates" }
                    }
                }
            }
        }
    }
}

fn certificate(page: &Page<'_>, rows: &[&CertificateRow]) -> Markup {
    let language = page.language;
    let Some(row) = rows.first() else {
        return html! {};
    };
    let letter = page.letters.letter(row);
    let striped = row.matched.verdict == MatchVerdict::NoMatch;
    let streams: Vec<String> = rows
        .iter()
        .map(|row| page.stream_name(&row.stream))
        .collect();
    let named = language.list(&streams[..streams.len().min(MOST_SERVERS)]);
    let named = match streams.len().saturating_sub(MOST_SERVERS) as u64 {
        0 => named,
        more => fact_sentences::and_more(language, &named, &grouped(more)),
    };
    let first = rows.iter().filter_map(|row| row.first.as_deref()).min();
    let last = rows.iter().filter_map(|row| row.last.as_deref()).max();
    let sessions: u64 = rows.iter().map(|row| row.sessions).sum();
    html! {
        tr {
            td {
                (swatch(page.letters.class(row), striped, letter))
                span class="vh" { (letter.unwrap_or_default()) }
            }
            th scope="row" class="wrap" {
                (shown(&page.certificate_name(row)))
                @if let Some(digits) = &row.thumbprint { " " (whole_thumbprint(digits)) }
            }
            td data-l=(say::verdict(language)) {
                (chip(matches::class(row), &matches::verdict_in_brief(language, row)))
            }
            td data-l=(say::valid_until_column(language)) {
                @if let Some(end) = &row.not_after {
                    span class=(if row.days_left.is_some_and(|days| days < SOON) { "soon" } else { "" }) {
                        (date(end, &page.clock))
                    }
                }
            }
            td class="wrap" data-l=(say::offered_by(language)) {
                (shown(&row.send_connector)) br; span class="soft" { (shown(&named)) }
            }
            td data-l=(say::seen(language)) {
                @if let (Some(first), Some(last)) = (first, last) {
                    (time(first, &page.clock)) " –" br; (time(last, &page.clock))
                }
            }
            td class="num" data-l=(say::sessions(language)) { (grouped(sessions)) }
        }
    }
}

/// What works, and what was rejected for reasons that are no incident.
pub(super) fn nothing_to_do(page: &Page<'_>) -> Markup {
    let language = page.language;
    let report = page.report;
    let connectors = |heading: String, rows: &[Healthy]| {
        html! {
            @if !rows.is_empty() {
                h3 { (heading) }
                ul class="limits" {
                    @for row in rows { li { (shown(&facts::healthy(language, &report.input, row))) } }
                }
            }
        }
    };
    let is_empty = report.healthy.is_empty()
        && report.unproven.is_empty()
        && report.other_rejections.is_empty();
    html! {
        @if !is_empty {
            section {
                h2 { (say::nothing_to_do(language)) }
                (connectors(say::connectors_that_work(language), &report.healthy))
                (connectors(say::connectors_without_mail(language), &report.unproven))
                @if !report.other_rejections.is_empty() {
                    h3 { (say::other_rejections(language)) }
                    (reply_table(page, &report.other_rejections))
                }
            }
        }
    }
}

/// What was read.
pub(super) fn read(page: &Page<'_>) -> Markup {
    let language = page.language;
    let input = &page.report.input;
    let numbers = [
        count(language, input.files, count::LOG_FILE),
        count(language, input.lines, count::LINE),
        count(language, input.sessions, count::SESSION),
        say::of_them_online(language, &grouped(input.exchange_online_sessions)),
    ];
    html! {
        section id="read" {
            h2 { (say::what_was_read(language)) }
            @if input.files > 0 {
                p {
                    (say::counted(language, &language.list(&numbers))) (language.gap())
                    @if let (Some(first), Some(last)) = (&input.first, &input.last) {
                        (exact_time(first, &page.clock)) " – " (exact_time(last, &page.clock))
                    }
                }
            }
            (tenants(page))
            (streams(page))
            @let also = phrases::also_read(language, page.report);
            @if !also.is_empty() {
                ul class="limits" { @for sentence in &also { li { (prose(sentence, &page.clock)) } } }
            }
        }
    }
}

fn tenants(page: &Page<'_>) -> Markup {
    let language = page.language;
    html! {
        @if !page.report.tenants.is_empty() {
            h3 { (say::tenants(language)) }
            table class="stack" {
                thead {
                    tr {
                        th scope="col" { (say::tenant(language)) }
                        th scope="col" class="num" { (say::inbound_connectors(language)) }
                        th scope="col" class="num" { (say::accepted_domains(language)) }
                        th scope="col" { (say::files(language)) }
                    }
                }
                tbody {
                    @for tenant in &page.report.tenants {
                        @let domains = tenant.accepted_domains.map_or_else(|| say::not_given(language), |number| grouped(number as u64));
                        tr {
                            th scope="row" { (shown(&tenant.name)) }
                            td class="num" data-l=(say::inbound_connectors(language)) { (grouped(tenant.inbound_connectors as u64)) }
                            td class="num" data-l=(say::accepted_domains(language)) { (domains) }
                            td class="files" data-l=(say::files(language)) { (shown(&language.list(&tenant.files))) }
                        }
                    }
                }
            }
        }
    }
}

fn streams(page: &Page<'_>) -> Markup {
    let language = page.language;
    let (listed, rest) = split(&page.report.input.streams, MOST_STREAMS);
    let table = |rows: &[crate::report::document::StreamSummary]| {
        html! {
            table {
                thead {
                    tr {
                        th scope="col" { (say::server(language)) }
                        th scope="col" class="num" { (say::files(language)) }
                        th scope="col" class="num" { (say::sessions(language)) }
                    }
                }
                tbody {
                    @for row in rows {
                        tr {
                            th scope="row" { (shown(&page.stream_name(&row.name))) }
                            td class="num" { (grouped(row.files)) }
                            td class="num" { (grouped(row.sessions)) }
                        }
                    }
                }
            }
        }
    };
    html! {
        @if !listed.is_empty() {
            h3 { (say::logs(language)) }
            (table(listed))
            @if !rest.is_empty() {
                details {
                    summary { (say::more_streams(language, &grouped(rest.len() as u64))) }
                    (table(rest))
                }
            }
        }
    }
}

/// What could not be checked.
pub(super) fn not_judged(page: &Page<'_>) -> Markup {
    html! {
        @if !page.report.not_judged.is_empty() {
            section {
                h2 { (say::not_checked(page.language)) }
                ul class="limits" {
                    @for sentence in &page.report.not_judged { li { (prose(sentence, &page.clock)) } }
                }
            }
        }
    }
}
