//! `recipient-status`: one text for all recipients of a row, split among them.
//!
//! In: the text of the column, and the number of recipients. Out: a [`RecipientStatus`] for each.
//! Must not unwrap replies inside replies, and must not judge them.
//! Invariant: nothing is lost. Where the parts are not as many as the recipients, each gets the whole text.

use std::sync::Arc;

use super::context::begins_with_code;

/// What a status says, by its form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StatusKind {
    /// There is no text.
    #[default]
    Empty,
    /// `To`, `Cc` or `Bcc`: where the recipient stands in a message that came in.
    Header,
    /// A reply with a code.
    Reply,
    /// The message waited until it expired. The text may hold the last error.
    Expired,
    /// An administrator or an agent removed it from the queue, without a report.
    Removed,
    /// Another text, as the mailbox service writes it.
    Text,
}

/// What `recipient-status` says about one recipient.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecipientStatus {
    /// The reply, or the whole text if it is none. `[{LED=…}]` is unpacked.
    pub text: Option<Arc<str>>,
    /// What the text is.
    pub kind: StatusKind,
    /// Whether the text surely belongs to this recipient. Otherwise it is the text of all.
    pub is_own: bool,
    /// `FQDN`: the host that replied, or was tried.
    pub host: Option<Box<str>>,
}

/// The statuses of the recipients of a row, in their order.
pub(super) fn of_recipients(text: &str, recipients: usize) -> Vec<RecipientStatus> {
    let is_split = split(text).count() == recipients;
    // A reply may hold what separates recipients, but a single recipient owns all of it.
    if recipients == 1 && (is_split || !text.contains(OPEN)) {
        return vec![RecipientStatus::of(text)];
    }
    if is_split {
        return split(text).map(RecipientStatus::of).collect();
    }
    let shared = RecipientStatus {
        is_own: false,
        ..RecipientStatus::bare(text)
    };
    vec![shared; recipients]
}

/// What begins a part that names its values.
const OPEN: &str = "[{";

/// What ends it.
const CLOSE: &str = "}]";

/// The parts of a status, one for each recipient if it is well formed. With `;` between them, they are
/// the text again.
fn split(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let end = if text.starts_with(OPEN) {
            end_of_values(text)
        } else {
            end_of_reply(text)
        };
        rest = text.get(end + 1..);
        Some(&text[..end])
    })
}

/// The end of a part with named values: the first `}]` with nothing or `;` behind it.
fn end_of_values(text: &str) -> usize {
    let mut ends = text.match_indices(CLOSE).map(|(at, _)| at + CLOSE.len());
    let is_end = |end: &usize| matches!(text.as_bytes().get(*end), None | Some(b';'));
    ends.find(is_end).unwrap_or(text.len())
}

/// The end of a bare part: the first `;` behind which another part may begin. A reply may hold others.
fn end_of_reply(text: &str) -> usize {
    let mut ends = text.match_indices(';').map(|(at, _)| at);
    ends.find(|at| begins_part(&text[at + 1..]))
        .unwrap_or(text.len())
}

fn begins_part(text: &str) -> bool {
    let word = text.split(';').next().unwrap_or_default();
    word.is_empty() || text.starts_with(OPEN) || begins_with_code(text) || is_header(word)
}

/// Where a recipient of a message that came in stands.
fn is_header(word: &str) -> bool {
    let word = word.trim();
    ["To", "Cc", "Bcc"]
        .iter()
        .any(|known| known.eq_ignore_ascii_case(word))
}

/// The values of a part that matter, the first of each name.
#[derive(Debug, Default)]
struct Values<'a> {
    /// `LED`.
    last_error: Option<&'a str>,
    /// `FQDN`.
    host: Option<&'a str>,
}

/// The named values of a part, `KEY=value`.
fn values(part: &str) -> Option<Values<'_>> {
    let mut rest = part.strip_prefix(OPEN)?.strip_suffix(CLOSE)?;
    let mut values = Values::default();
    loop {
        let (key, behind) = key(rest)?;
        let (value, next) = border(behind).unwrap_or((behind, None));
        if key.eq_ignore_ascii_case("LED") {
            values.last_error.get_or_insert(value);
        } else if key.eq_ignore_ascii_case("FQDN") {
            values.host.get_or_insert(value);
        }
        match next {
            Some(next) => rest = next,
            None => return Some(values),
        }
    }
}

/// Exchange writes keys of two to four letters.
const LONGEST_KEY: usize = 32;

/// `KEY` at the start of a text, and what follows its `=`.
fn key(text: &str) -> Option<(&str, &str)> {
    let letters = text.bytes().take(LONGEST_KEY);
    let end = letters
        .take_while(|byte| byte.is_ascii_alphanumeric())
        .count();
    let (key, behind) = text.split_at(end);
    let behind = behind.strip_prefix('=')?;
    (!key.is_empty()).then_some((key, behind))
}

/// The first border between two values, `};{` or `}; {` before a key: what is before and behind it.
fn border(text: &str) -> Option<(&str, Option<&str>)> {
    text.match_indices("};").find_map(|(at, border)| {
        let behind = text[at + border.len()..].trim_start_matches(' ');
        let next = behind.strip_prefix('{')?;
        key(next).map(|_| (&text[..at], Some(next)))
    })
}

impl RecipientStatus {
    fn of(part: &str) -> RecipientStatus {
        let Some(values) = values(part) else {
            return RecipientStatus::bare(part);
        };
        let host = values.host.map(str::trim).filter(|host| !host.is_empty());
        RecipientStatus {
            host: host.map(Into::into),
            ..RecipientStatus::bare(values.last_error.unwrap_or_default())
        }
    }

    fn bare(text: &str) -> RecipientStatus {
        let text = text.trim();
        RecipientStatus {
            text: (!text.is_empty()).then(|| text.into()),
            kind: StatusKind::of(text),
            is_own: true,
            host: None,
        }
    }
}

impl StatusKind {
    fn of(text: &str) -> StatusKind {
        if text.is_empty() {
            return StatusKind::Empty;
        }
        if is_header(text) {
            return StatusKind::Header;
        }
        if !begins_with_code(text) {
            return StatusKind::Text;
        }
        let mut words = text.split([' ', '-']).skip(1);
        let is_final = text.starts_with('5');
        match words.next() {
            Some("5.4.300" | "4.4.7") if is_final => StatusKind::Expired,
            Some("4.3.2") if is_final && is_removal(text) => StatusKind::Removed,
            _ => StatusKind::Reply,
        }
    }
}

/// The words of this server for a message that was taken out of a queue.
fn is_removal(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    ["ddadmin", "poisonadmin", "transportagent"]
        .iter()
        .any(|word| text.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LED: &str = "550 5.7.64 TenantAttribution; Relay Access Denied [AM0PEPF0000012F.eurprd01.prod.outlook.com 2026-11-18T07:20:00.651Z 08DF001ED0DE024D]";

    fn named(led: &str) -> String {
        format!(
            "[{{LED={led}}};{{MSG=}};{{FQDN=contoso-com.mail.protection.outlook.com}};{{IP=192.0.2.36}};{{LRT=11/18/2026 7:20:00 AM}}]"
        )
    }

    fn texts(status: &str, recipients: usize) -> Vec<(String, bool)> {
        of_recipients(status, recipients)
            .into_iter()
            .map(|status| {
                (
                    status.text.as_deref().unwrap_or_default().to_owned(),
                    status.is_own,
                )
            })
            .collect()
    }

    fn own(texts: &[&str]) -> Vec<(String, bool)> {
        texts
            .iter()
            .map(|text| ((*text).to_owned(), true))
            .collect()
    }

    #[test]
    fn named_values_are_read_in_any_order() {
        let status = &of_recipients(&named(LED), 1)[0];
        assert_eq!(status.text.as_deref(), Some(LED));
        assert_eq!((status.kind, status.is_own), (StatusKind::Reply, true));
        assert_eq!(
            status.host.as_deref(),
            Some("contoso-com.mail.protection.outlook.com")
        );
        let old = "[{LRT=1/2/2026 1:00:00};{LED=451 4.4.0 No};{FQDN=};{IP=}]";
        let status = &of_recipients(old, 1)[0];
        assert_eq!(status.text.as_deref(), Some("451 4.4.0 No"));
        assert_eq!(status.host, None);
        let parted = "[{LED=451 4.4.0 No}; {FQDN=a.example.org}]";
        assert_eq!(
            of_recipients(parted, 1)[0].host.as_deref(),
            Some("a.example.org")
        );
    }

    #[test]
    fn brackets_and_semicolons_of_the_reply_are_no_borders() {
        for led in [
            "550 5.7.51 TenantInboundAttribution; the message's domain [H 2026-11-18T07:20:00.651Z 08DF]",
            "421 4.7.0 IB305 i{2b0c1d}",
            "550 5.1.1 a}] b}, {c=d};e",
            "550-5.7.26 one 550 5.7.26 two",
        ] {
            assert_eq!(texts(&named(led), 1), own(&[led]), "{led}");
            let two = format!("{};{}", named(led), named("250 2.1.5 OK"));
            assert_eq!(texts(&two, 2), own(&[led, "250 2.1.5 OK"]), "{led}");
        }
    }

    #[test]
    fn bare_replies_are_split_where_another_begins() {
        let ok = "250 2.1.5 Recipient OK";
        assert_eq!(texts(&format!("{ok};{ok}"), 2), own(&[ok, ok]));
        assert_eq!(texts("To;Cc;", 3), own(&["To", "Cc", ""]));
        let two = format!("{LED};{ok}");
        assert_eq!(texts(&two, 2), own(&[LED, ok]));
        assert_eq!(texts(LED, 1), own(&[LED]));
        let store = "STOREDRV.Deliver.Exception:Quota; Failed to process message; 5";
        assert_eq!(texts(store, 1), own(&[store]));
        assert_eq!(texts("550 1;550 2", 1), own(&["550 1;550 2"]));
    }

    #[test]
    fn what_does_not_fit_is_given_to_all_as_a_whole() {
        for (status, recipients) in [
            (LED.to_owned(), 2),
            (named(LED), 2),
            (format!("{};{}", named(LED), named(LED)), 1),
            (format!("{};{}", named(LED), named(LED)), 3),
        ] {
            let found = texts(&status, recipients);
            assert_eq!(found, vec![(status.clone(), false); recipients]);
        }
        assert!(of_recipients(LED, 0).is_empty());
    }

    #[test]
    fn a_status_without_text_says_nothing() {
        let empty = "[{LED=};{MSG=};{FQDN=};{IP=};{LRT=}]";
        for text in [empty, ""] {
            let status = &of_recipients(text, 1)[0];
            assert_eq!((&status.text, status.kind), (&None, StatusKind::Empty));
        }
        let all = of_recipients("", 2);
        assert!(all.iter().all(|status| status.kind == StatusKind::Empty));
    }

    #[test]
    fn a_status_made_to_be_slow_is_read_in_time() {
        for piece in ["};{", "}];", "[{", "};{a", ";", "[{LED=};{", "}};"] {
            let text = format!("[{{LED=550 x{}}}]", piece.repeat(200_000));
            for recipients in [1, 2, 1_000] {
                assert_eq!(of_recipients(&text, recipients).len(), recipients);
            }
        }
    }

    #[test]
    fn the_kind_is_that_of_the_reply() {
        for (text, kind) in [
            ("To", StatusKind::Header),
            ("bcc", StatusKind::Header),
            (
                "550 5.4.300 Message expired -> 451 4.4.0 x",
                StatusKind::Expired,
            ),
            (
                "550 4.4.7 QUEUE.Expired;message expired",
                StatusKind::Expired,
            ),
            ("400 4.4.7 Message delayed", StatusKind::Reply),
            (
                "550 4.3.2 QUEUE.DDAdmin; message deleted by administrative action",
                StatusKind::Removed,
            ),
            ("550 4.3.2 QUEUE.TransportAgent; gone", StatusKind::Removed),
            ("421 4.3.2 Service not available", StatusKind::Reply),
            ("550 4.3.2 Other", StatusKind::Reply),
            ("5500 x", StatusKind::Text),
            ("STOREDRV.Deliver.Exception:x", StatusKind::Text),
        ] {
            assert_eq!(of_recipients(text, 1)[0].kind, kind, "{text}");
        }
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_nothing_breaks(
            text in r"(\[\{|\}\]|\};\{|\}; \{|LED=|FQDN=|;|; |250 ok|550|To|[a-z é\[\]{}=]{0,6}){0,12}",
            recipients in 0usize..6
        ) {
            prop_assert_eq!(split(&text).collect::<Vec<_>>().join(";"), text.as_str());
            let found = of_recipients(&text, recipients);
            prop_assert_eq!(found.len(), recipients);
            for status in found.iter().filter(|status| !status.is_own) {
                let whole = text.trim();
                prop_assert_eq!(status.text.as_deref().unwrap_or_default(), whole);
            }
        }

        #[test]
        fn what_exchange_would_write_is_split_again(
            replies in proptest::collection::vec(r"[245][0-9]{2} [a-z0-9.;\[\] ]{0,30}", 1..6)
        ) {
            let wanted: Vec<String> = replies.iter().map(|reply| reply.trim().to_owned()).collect();
            let status = wanted.iter().map(|reply| named(reply)).collect::<Vec<_>>().join(";");
            let found: Vec<String> = texts(&status, wanted.len()).into_iter().map(|(text, _)| text).collect();
            prop_assert_eq!(found, wanted);
        }
    }
}
