//! The top of the HTML report of sample cases: its sentences and numbers, as a reader sees them.

use regex::Regex;

use crate::program::run;
use crate::sample;

/// The text of the page from its first line to the links to its parts, with one blank between two words.
fn top(case: &str) -> String {
    text_of(case, "<p class=\"top\">", "<nav")
}

/// The text of the picture.
fn picture(case: &str) -> String {
    text_of(case, "<section id=\"pic\">", "</section>")
}

fn text_of(case: &str, begin: &str, end: &str) -> String {
    let report = run(["diagnose", "-f", "html", &sample::path(case)]);
    let page = report.text();
    let from = page.find(begin).expect("its beginning");
    let part = &page[from..];
    let part = &part[..part.find(end).expect("its end")];
    let element = Regex::new("<[^>]*>").expect("a pattern");
    let text = element.replace_all(part, " ");
    let text = text.replace("&#39;", "'").replace('\u{A0}', " ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn assert_says(text: &str, wanted: &[&str], unwanted: &[&str]) {
    for words in wanted {
        assert!(text.contains(words), "no {words:?} in {text}");
    }
    for words in unwanted {
        assert!(!text.contains(words), "{words:?} in {text}");
    }
}

#[test]
fn servers_and_commands_alike_are_named() {
    let top = top("several-servers-out-of-step");
    let wanted = [
        "Some servers of the send connector offer a certificate",
        "'To Exchange Online' on EX02, EX04, EX05. web.contoso.com is offered",
        "Fix: Enable-ExchangeCertificate -Server 'EX02'",
        "and 2 more below",
        "Servers 3 of 5 with an open incident",
    ];
    assert_says(&top, &wanted, &["One server"]);
}

#[test]
fn what_is_over_is_in_the_past_and_needs_nothing() {
    let top = top("over-since-morning");
    let wanted = [
        "smtp.contoso.net was offered, mail.contoso.com was expected.",
        "No fix is needed any more: the last failure was at 3 Dec 04:09",
    ];
    assert_says(&top, &wanted, &["is expected", "Fix:"]);
}

#[test]
fn a_certificate_that_expired_is_not_perhaps_early() {
    let top = top("certificate-expired");
    assert_says(&top, &["offered expired at"], &["not valid yet"]);
    let picture = picture("dropped-expired");
    let wanted = ["certificate that has expired", "· expired"];
    assert_says(&picture, &wanted, &[]);
}

#[test]
fn sessions_that_this_side_ends_are_not_called_rejected() {
    let top = top("remote-distrusted");
    let wanted = [
        "Mail does not leave",
        "Silent now",
        "ends its sessions before any mail",
    ];
    assert_says(&top, &wanted, &["Mail is rejected", "Rejected now"]);
}

#[test]
fn queues_alone_have_their_own_numbers() {
    let top = top("waiting-without-session");
    let wanted = [
        "2026, all times UTC",
        "Mail waits in a queue. Exchange does not find the certificate",
        "Messages waiting 2 in 1 queue, as of",
        "Read from 1 queue",
    ];
    let unwanted = ["Messages rejected", "log files", "tenants", "because"];
    assert_says(&top, &wanted, &unwanted);
}

#[test]
fn a_disabled_connector_is_said_to_be_disabled() {
    let picture = picture("connector-disabled");
    let wanted = [
        "certificate that only a disabled connector expects",
        "· connector disabled",
    ];
    assert_says(
        &picture,
        &wanted,
        &["certificate that no connector expects"],
    );
}

#[test]
fn a_domain_that_is_not_accepted_is_not_compared_with_others() {
    let top = top("domain-not-accepted");
    let wanted = ["mail.contoso.com is not an accepted domain."];
    assert_says(&top, &wanted, &["is expected"]);
}

#[test]
fn a_row_has_the_numbers_of_the_top() {
    let case = "domain-not-accepted";
    assert_says(&top(case), &["5 rejections"], &[]);
    let picture = picture(case);
    assert_says(
        &picture,
        &["5 rejected", "1 for other reasons"],
        &["6 rejected"],
    );
}

#[test]
fn one_address_is_in_the_singular() {
    assert_says(&top("tenant-limit"), &["1 address "], &["1 addresses"]);
}
