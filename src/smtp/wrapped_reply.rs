//! The reply inside the text of a `LastError`, of a `recipient-status` or of a bounce.
//!
//! In: the text, as a queue, a tracking log or a bounce shows it. Out: the innermost reply, who spoke it,
//! and the last endpoint if the text names one.
//! Must not decide a cause, and must not trust the words around a reply: what cannot be read is left as
//! it is.
//! Invariant: the reply is a part of the text. Nothing here panics, and the work grows with the length of
//! the text alone.
//! Source: queues and bounces in public posts; Microsoft's pages on them.

use super::host;

/// Who spoke a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaker {
    /// The other server answered.
    Remote,
    /// The server that wrote the text, or another one of the organisation.
    OwnServer,
    /// There was no connection, or it broke: nobody answered.
    Nobody,
    /// The text does not show it.
    Unknown,
}

/// A reply taken out of the texts around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrappedReply {
    /// The innermost reply, or the whole text if there is no other in it.
    pub reply: String,
    /// Who spoke it.
    pub speaker: Speaker,
    /// The last endpoint that was tried, such as `192.0.2.36:25`.
    pub endpoint: Option<String>,
    /// The host that the text names (`FQDN`).
    pub host: Option<String>,
    /// Whether the reply is what is left of a wrapper that was cut: the inner reply is missing or not
    /// whole.
    pub is_wrapper: bool,
}

/// More wrappers than any real text has.
const MOST_WRAPPERS: usize = 16;

/// Ports at which only servers of the organisation listen.
const OWN_PORTS: [&str; 3] = ["475", "717", "2525"];

/// What a server says by itself when it could not speak with the other side, in lower case.
const OF_NOBODY: [&str; 8] = [
    "connection timed out",
    "unable to connect",
    "connection dropped due to",
    "sockettimedout",
    "socketconnectionrefused",
    "socketerror",
    "socket error code",
    "winsock error code",
];

/// What a server says by itself, in lower case, although it may stand where a reply of the other side is
/// expected.
const OF_OWN_SERVER: [&str; 8] = [
    "starttls is required to send mail",
    "failed to establish appropriate tls channel",
    "certificate specified in tlscertificatename",
    "certificate validation failure",
    "security status ",
    "dns query failed",
    "temporarily disallowed this secure domain",
    "a matching connector cannot be found",
];

/// Takes the innermost reply out of a text.
pub fn unwrap(text: &str) -> WrappedReply {
    let mut around = Around {
        endpoint: last_endpoint(text),
        ..Around::default()
    };
    let mut inner = text.trim();
    for _ in 0..MOST_WRAPPERS {
        match step(inner, &mut around) {
            Some(next) if next.len() < inner.len() => inner = next,
            _ => break,
        }
    }
    let is_wrapper = around.is_open || begins_wrapper(&lower(inner));
    WrappedReply {
        reply: inner.to_owned(),
        speaker: around.speaker(inner),
        endpoint: around.endpoint,
        host: around.host,
        is_wrapper,
    }
}

/// What the texts around a reply say.
#[derive(Debug, Default)]
struct Around {
    endpoint: Option<String>,
    host: Option<String>,
    /// A wrapper says that the other side answered.
    answered: bool,
    /// A wrapper has no end: the text was cut.
    is_open: bool,
}

impl Around {
    fn speaker(&self, reply: &str) -> Speaker {
        let text = lower(reply);
        let port = self
            .endpoint
            .as_deref()
            .and_then(|place| place.rsplit(':').next());
        let says = |sentences: &[&str]| sentences.iter().any(|sentence| text.contains(sentence));
        if host::bracket_names_exchange_online(reply.as_bytes()) {
            Speaker::Remote
        } else if says(&OF_NOBODY) {
            Speaker::Nobody
        } else if says(&OF_OWN_SERVER) || port.is_some_and(|port| OWN_PORTS.contains(&port)) {
            Speaker::OwnServer
        } else if self.answered {
            Speaker::Remote
        } else {
            Speaker::Unknown
        }
    }
}

/// The text inside the outermost wrapper.
fn step<'t>(text: &'t str, around: &mut Around) -> Option<&'t str> {
    // The letters of ASCII alone change, so that places in both texts are the same.
    let low = lower(text);
    bracketed(text, &low, around)
        .or_else(|| quoted(text, &low, around))
        .or_else(|| returned(text, &low, around))
        .or_else(|| behind_arrow(text, &low))
        .or_else(|| expired(text, &low))
}

fn lower(text: &str) -> String {
    text.to_ascii_lowercase()
}

/// `[{LED=…};{MSG=};{FQDN=…};{IP=…};{LRT=…}]`, in any order, with `}; {` between the items too.
fn bracketed<'t>(text: &'t str, low: &str, around: &mut Around) -> Option<&'t str> {
    let is_list = text.starts_with("[{") || text.starts_with('{');
    let start = low.find("{led=").filter(|_| is_list)?;
    if around.host.is_none() {
        around.host = item(text, low, "{fqdn=").map(str::to_owned);
    }
    if around.endpoint.is_none() {
        around.endpoint = item(text, low, "{ip=").map(str::to_owned);
    }
    let value = &text[start + "{led=".len()..];
    let end = end_of_item(value);
    around.is_open |= end.is_none();
    Some(value[..end.unwrap_or(value.len())].trim())
}

/// The value of a short item, if it is whole and not empty.
fn item<'t>(text: &'t str, low: &str, name: &str) -> Option<&'t str> {
    let value = &text[low.find(name)? + name.len()..];
    let value = value[..value.find('}')?].trim();
    let is_plain = |letter: char| letter.is_ascii_graphic() && !"{;\"'<>".contains(letter);
    (!value.is_empty() && value.chars().all(is_plain)).then_some(value)
}

/// Where an item ends: at a `}` that the next item or the end of the list follows. A reply may hold
/// brackets and semicolons of its own.
fn end_of_item(value: &str) -> Option<usize> {
    let ends = |at: &usize| {
        let rest = value[at + 1..].trim_start();
        let next = rest.strip_prefix(';').map(str::trim_start);
        rest.is_empty()
            || rest
                .strip_prefix(']')
                .is_some_and(|rest| rest.is_empty() || rest.starts_with([';', ',', ' ', '"']))
            || next.is_some_and(is_item)
    };
    value.match_indices('}').map(|(at, _)| at).find(ends)
}

/// Whether a text begins with an item such as `{FQDN=`.
fn is_item(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('{') else {
        return false;
    };
    let mut letters = rest.bytes().take(9);
    let name = letters.by_ref().take_while(u8::is_ascii_alphabetic).count();
    name >= 2 && rest.as_bytes().get(name) == Some(&b'=')
}

/// `… primary target IP address responded with: "X" Attempted failover …`, and
/// `… Proxy session setup failed on Frontend with 'X'`.
fn quoted<'t>(text: &'t str, low: &str, around: &mut Around) -> Option<&'t str> {
    let target = low.find("primary target ip address");
    let proxy = low.find("session setup failed on frontend with");
    let begin = [target, proxy].into_iter().flatten().min()?;
    // Only what stands before the first quote is the wrapper's own text.
    let open = text.find(['"', '\'', '\u{201C}', '\u{2018}'])?;
    if open < begin {
        return None;
    }
    let mark = text[open..].chars().next()?;
    let inside = &text[open + mark.len_utf8()..];
    // A sentence of the wrapper follows the reply. A reply that repeats the sentence ends at the last one.
    let is_proxy = proxy == Some(begin);
    let after = lower(inside)
        .rfind("attempted failover")
        .filter(|_| !is_proxy);
    let room = &inside[..after.unwrap_or(inside.len())];
    let close = room.rfind(closing(mark));
    around.is_open |= close.is_none();
    around.answered |= low[begin..open].contains("responded with");
    let reply = room[..close.unwrap_or(room.len())].trim();
    Some(reply.strip_suffix('.').unwrap_or(reply))
}

fn closing(mark: char) -> char {
    match mark {
        '\u{201C}' => '\u{201D}',
        '\u{2018}' => '\u{2019}',
        other => other,
    }
}

/// `… Server at HOST (ADDRESS) returned 'X'` of a bounce.
fn returned<'t>(text: &'t str, low: &str, around: &mut Around) -> Option<&'t str> {
    let server = low.find("server at ")? + "server at ".len();
    let word = server + low[server..].find(" returned ")?;
    let place = text[server..word].trim();
    // Between the words stand a host and its address, and no sentence.
    let (host, address) = place.split_once(' ').unwrap_or((place, ""));
    let address = address.trim().trim_matches(['(', ')']);
    if host.is_empty() || address.contains(' ') {
        return None;
    }
    let rest = text[word + " returned ".len()..].trim_start();
    let mark = rest.chars().next()?;
    let reply = match mark {
        '\'' | '"' | '\u{2018}' | '\u{201C}' => {
            let inside = &rest[mark.len_utf8()..];
            let close = inside.rfind(closing(mark));
            around.is_open |= close.is_none();
            &inside[..close.unwrap_or(inside.len())]
        }
        // HTML keeps no quotes.
        _ => rest,
    };
    around.answered = true;
    around.host.get_or_insert_with(|| host.to_owned());
    if !address.is_empty() {
        around.endpoint.get_or_insert_with(|| address.to_owned());
    }
    Some(reply.trim())
}

/// `451 4.4.395 Target host responded with error. -> X`, also several in a row.
fn behind_arrow<'t>(text: &'t str, low: &str) -> Option<&'t str> {
    let (at, length) = ["->", "-&gt;"]
        .iter()
        .filter_map(|arrow| Some((low.find(arrow)?, arrow.len())))
        .min()?;
    let rest = text[at + length..].trim();
    let is_error = |text: &str| {
        let text = lower(text);
        ["socket", "winsock"]
            .iter()
            .any(|word| text.starts_with(word))
    };
    // A reply may hold an arrow of its own.
    (!rest.is_empty() && (begins_wrapper(&low[..at]) || is_error(rest))).then_some(rest)
}

/// `550 4.4.7 QUEUE.Expired;X` and `400 4.4.7 Message delayed X`.
fn expired<'t>(text: &'t str, low: &str) -> Option<&'t str> {
    let after = |words: &str| {
        let at = low.find(words)?;
        // Before the words stand a code and an enhanced code at most.
        (at <= 24).then(|| text[at + words.len()..].trim_start_matches([';', ':', '.', ',', ' ']))
    };
    let rest = after("queue.expired;").or_else(|| after("message delayed"))?;
    let is_reply = rest.get(..3).is_some_and(|code| {
        code.bytes().all(|byte| byte.is_ascii_digit()) && code.starts_with(['2', '4', '5'])
    });
    is_reply.then_some(rest)
}

/// Whether a text in lower case begins as a wrapper does, by its words: codes are often retyped.
fn begins_wrapper(low: &str) -> bool {
    const WORDS: [&str; 8] = [
        "target host responded with error",
        "error communicating with target host",
        "message expired",
        "primary target ip address responded with",
        "error encountered while communicating with primary target ip address",
        "session setup failed on frontend with",
        "queue.expired;",
        "message delayed",
    ];
    WORDS.iter().any(|words| {
        let found = low.find(words);
        found.is_some_and(|at| at <= 32)
    })
}

/// `The last endpoint attempted was 192.0.2.36:25`.
fn last_endpoint(text: &str) -> Option<String> {
    const WORDS: &str = "last endpoint attempted was";
    let at = lower(text).rfind(WORDS)? + WORDS.len();
    let word = text[at..].split_whitespace().next()?;
    let word = word.trim_end_matches(['.', '"', '\'', ',', ';', ')', '}']);
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || ".:-[]%_".contains(letter);
    (word.contains(':') && word.chars().all(is_plain)).then(|| word.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOT_FOUND: &str = "454 4.7.5 The certificate specified in TlsCertificateName of the SendConnector could not be found.";

    fn inner(text: &str) -> (String, Speaker) {
        let found = unwrap(text);
        assert!(!found.is_wrapper, "{text}");
        (found.reply, found.speaker)
    }

    #[test]
    fn a_bare_reply_is_itself() {
        for (text, speaker) in [
            (NOT_FOUND, Speaker::OwnServer),
            (
                "550 5.7.64 TenantAttribution; Relay Access Denied",
                Speaker::Unknown,
            ),
            (
                "550 5.7.64 TenantAttribution; Relay Access Denied [AM0PEPF0000012F.eurprd01.prod.outlook.com 2026-11-18T07:20:00.651Z 08DF001ED0DE024D]",
                Speaker::Remote,
            ),
            ("550 5.7.1 see https://x.example/a -> b", Speaker::Unknown),
            ("", Speaker::Unknown),
        ] {
            assert_eq!(inner(text), (text.to_owned(), speaker));
        }
    }

    #[test]
    fn lists_of_items_hold_the_last_error() {
        for text in [
            format!("[{{LRT=11/18/2026 9:12:03 AM}};{{LED={NOT_FOUND}}};{{FQDN=}};{{IP=}}]"),
            format!("[{{LED={NOT_FOUND}}}; {{MSG=}}; {{FQDN=}}]"),
            format!("{{LRT=x}};{{led={NOT_FOUND}}}"),
        ] {
            assert_eq!(inner(&text), (NOT_FOUND.to_owned(), Speaker::OwnServer));
        }
        let found = unwrap(
            "[{LED=550 5.7.51 TenantInboundAttribution; i{2b0c}};{MSG=};{FQDN=contoso-com.mail.protection.outlook.com};{IP=192.0.2.36};{LRT=x}]",
        );
        assert_eq!(found.reply, "550 5.7.51 TenantInboundAttribution; i{2b0c}");
        assert_eq!(
            found.host.as_deref(),
            Some("contoso-com.mail.protection.outlook.com")
        );
        assert_eq!(found.endpoint.as_deref(), Some("192.0.2.36"));
    }

    #[test]
    fn failover_and_proxy_texts_hold_it_in_quotes() {
        let text = "451 4.4.0 Primary target IP address responded with: \"451 4.7.0 Temporary server error. Please try again later. PRX3\" Attempted failover to alternate host, but that did not succeed. Either there are no alternate hosts, or delivery failed to all alternate hosts. The last endpoint attempted was 192.0.2.36:25.";
        let found = unwrap(text);
        assert_eq!(
            found.reply,
            "451 4.7.0 Temporary server error. Please try again later. PRX3"
        );
        assert_eq!(found.speaker, Speaker::Remote);
        assert_eq!(found.endpoint.as_deref(), Some("192.0.2.36:25"));
        let text = "441 4.4.1 Error encountered while communicating with primary target IP address: \"421 4.4.2 Connection dropped due to SocketError.\" Attempted failover to alternate host, but that did not succeed. The last endpoint attempted was [2001:db8::1]:25";
        let found = unwrap(text);
        assert_eq!(
            found.reply,
            "421 4.4.2 Connection dropped due to SocketError"
        );
        assert_eq!(found.speaker, Speaker::Nobody);
        assert_eq!(found.endpoint.as_deref(), Some("[2001:db8::1]:25"));
        let proxy = "450 4.7.0 Proxy session setup failed on Frontend with '451 4.4.0 Primary target IP address responded with: \"454 4.7.5 Certificate validation failure, reason:UntrustedRoot.\" Attempted failover to alternate host, but that did not succeed.'";
        assert_eq!(
            inner(proxy),
            (
                "454 4.7.5 Certificate validation failure, reason:UntrustedRoot".to_owned(),
                Speaker::OwnServer
            )
        );
    }

    #[test]
    fn a_reply_at_a_port_of_our_own_is_of_our_own_server() {
        let text = "451 4.4.0 Primary target IP address responded with: \"454 4.7.0 Temporary authentication failure\" Attempted failover to alternate host. The last endpoint attempted was 10.0.0.6:2525";
        assert_eq!(inner(text).1, Speaker::OwnServer);
    }

    #[test]
    fn arrows_lead_inside() {
        for (text, reply, speaker) in [
            (
                "451 4.4.395 Target host responded with error. -> 451 5.7.3 STARTTLS is required to send mail",
                "451 5.7.3 STARTTLS is required to send mail",
                Speaker::OwnServer,
            ),
            (
                "451 4-4.395 Target host responded with error. -> 421 4.4.1 Connection timed out",
                "421 4.4.1 Connection timed out",
                Speaker::Nobody,
            ),
            (
                "451 4.4.397 Error communicating with target host. -> 421 4.2.1 Unable to connect -> SocketTimedout: Socket error code 10060",
                "SocketTimedout: Socket error code 10060",
                Speaker::Nobody,
            ),
            (
                "550 5.4.300 Message expired -&gt; 451 4.4.62 Mail sent to the wrong Office 365 region. ATTR35",
                "451 4.4.62 Mail sent to the wrong Office 365 region. ATTR35",
                Speaker::Unknown,
            ),
            (
                "550 4.4.7 QUEUE.Expired;451 4.4.4 Temporary server error. ATTR3",
                "451 4.4.4 Temporary server error. ATTR3",
                Speaker::Unknown,
            ),
            (
                "400 4.4.7 Message delayed 451 4.4.4 Temporary server error. ATTR3",
                "451 4.4.4 Temporary server error. ATTR3",
                Speaker::Unknown,
            ),
        ] {
            assert_eq!(inner(text), (reply.to_owned(), speaker));
        }
    }

    #[test]
    fn bounces_name_the_server_that_answered() {
        let found = unwrap(
            "11/18/2026 7:20:00 AM - Server at contoso-com.mail.protection.outlook.com (192.0.2.36) returned '550 5.7.64 TenantAttribution; Relay Access Denied [x.prod.outlook.com]'",
        );
        assert_eq!(
            found.reply,
            "550 5.7.64 TenantAttribution; Relay Access Denied [x.prod.outlook.com]"
        );
        assert_eq!(found.speaker, Speaker::Remote);
        assert_eq!(
            found.host.as_deref(),
            Some("contoso-com.mail.protection.outlook.com")
        );
        assert_eq!(found.endpoint.as_deref(), Some("192.0.2.36"));
        let own = "Remote Server at contoso.mail.onmicrosoft.com (192.0.2.36) returned '400 4.4.7 Message delayed'";
        assert_eq!(unwrap(own).reply, "400 4.4.7 Message delayed");
    }

    #[test]
    fn what_was_cut_is_a_wrapper() {
        for text in [
            "451 4.4.0 Primary target IP address responded with: \"451 4.7.0 Temporary server er",
            "451 4.4.0 Primary target IP address responded with",
            "451 4.4.395 Target host responded with error.",
            "[{LRT=x};{LED=451 4.7.0 Temporary",
        ] {
            assert!(unwrap(text).is_wrapper, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_gives_a_part_of_itself(
            text in "([\\[{}\\]\"' ;>-]|LED=|FQDN=|->|primary target ip address responded with|Attempted failover|queue.expired;|Server at x returned |é|\u{201C}|451 4\\.4\\.0 ){0,40}",
        ) {
            let found = unwrap(&text);
            prop_assert!(text.contains(&found.reply));
        }

        #[test]
        fn a_reply_is_found_in_any_depth_of_wrappers(
            reply in "[245][0-9]{2} [245]\\.[0-9]\\.[0-9]{1,2} [A-Za-z][A-Za-z ;]{0,30}[A-Za-z]",
            ways in proptest::collection::vec(0..4_usize, 0..5),
        ) {
            let mut lists = 0;
            let text = ways.iter().fold(reply.clone(), |text, way| match way {
                // No list holds another.
                0 if std::mem::replace(&mut lists, 1) == 0 => format!("[{{LRT=1/2/2026}};{{LED={text}}};{{FQDN=x}};{{IP=}}]"),
                1 => format!("451 4.4.395 Target host responded with error. -> {text}"),
                2 => format!("451 4.4.0 Primary target IP address responded with: \"{text}.\" Attempted failover to alternate host."),
                _ => format!("550 5.4.300 Message expired -> {text}"),
            });
            prop_assert_eq!(unwrap(&text).reply, reply);
        }
    }
}
