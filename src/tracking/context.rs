//! The columns that hold several things: `source-context`, `message-info`, `custom-data`.
//!
//! In: the text of a column. Out: what is in it.
//! Must not guess: what a form does not show is not there.

use crate::input::timestamp::Timestamp;

/// Why a message was sent once more. Another copy was sent before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resubmission {
    /// From Safety Net.
    SafetyNet,
    /// Shadow redundancy took over for another server.
    ShadowRedundancy,
    /// Something else.
    Other,
}

/// What a delivery report says. One report may say several things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DsnKinds(u8);

/// One kind of delivery report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DsnKind {
    /// Not delivered: an NDR.
    Failure = 1,
    /// Delayed.
    Delay = 2,
    /// Delivered.
    Delivery = 4,
    /// Handed to a server that sends no reports.
    Relay = 8,
    /// A group was expanded.
    Expansion = 16,
    /// Put into quarantine.
    Quarantine = 32,
}

/// The kinds by the names that Exchange writes.
const DSN_KINDS: [(&str, DsnKind); 6] = [
    ("Failure", DsnKind::Failure),
    ("Delay", DsnKind::Delay),
    ("Delivery", DsnKind::Delivery),
    ("Relay", DsnKind::Relay),
    ("Expansion", DsnKind::Expansion),
    ("Quarantine", DsnKind::Quarantine),
];

impl DsnKinds {
    /// Reads the `source-context` of a DSN row: names, separated by commas or semicolons.
    pub(super) fn of(context: &str) -> DsnKinds {
        let names = context.split([',', ';']).map(str::trim);
        let kinds = names.filter_map(|name| {
            let mut known = DSN_KINDS.iter();
            known.find(|(known, _)| known.eq_ignore_ascii_case(name))
        });
        DsnKinds(kinds.fold(0, |all, (_, kind)| all | *kind as u8))
    }

    /// Whether the report says this.
    pub fn has(self, kind: DsnKind) -> bool {
        self.0 & kind as u8 != 0
    }

    /// Whether the row does not say which kind of report it is.
    pub fn is_unknown(self) -> bool {
        self.0 == 0
    }
}

/// What `source-context` of a row that sends holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Sending<'a> {
    /// The session id in the send log.
    pub(super) session: Option<&'a str>,
    /// The reply to the message.
    pub(super) reply: Option<&'a str>,
}

impl<'a> Sending<'a> {
    /// Reads `<session>;<reply>;ClientSubmitTime:<time>`. Each part may be missing.
    pub(super) fn of(context: &'a str) -> Sending<'a> {
        let mut rest = context;
        if let Some(at) = rest.rfind(SUBMIT_TIME) {
            rest = rest[..at].trim_end_matches(';');
        }
        let (first, behind) = rest.split_once(';').unwrap_or((rest, ""));
        let session = is_session_id(first).then_some(first);
        if session.is_some() || first.is_empty() {
            rest = behind;
        }
        let reply = rest.trim();
        Sending {
            session,
            reply: begins_with_code(reply).then_some(reply),
        }
    }
}

const SUBMIT_TIME: &str = "ClientSubmitTime:";

/// Sixteen hex digits.
fn is_session_id(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether a text begins like a reply: three digits, then a blank, a hyphen or nothing.
pub(super) fn begins_with_code(text: &str) -> bool {
    match text.as_bytes() {
        [b'2'..=b'5', b, c] | [b'2'..=b'5', b, c, b' ' | b'-', ..] => {
            b.is_ascii_digit() && c.is_ascii_digit()
        }
        _ => false,
    }
}

/// The time at the start of `message-info`.
pub(super) fn info_time(info: &str) -> Timestamp {
    let first = info.split(';').next().unwrap_or_default().trim();
    Timestamp::parse(first.as_bytes()).unwrap_or(Timestamp::UNKNOWN)
}

/// What `custom-data` holds, as far as it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct CustomData {
    pub(super) resubmitted: Option<Resubmission>,
    pub(super) reply_from_outside: Option<bool>,
}

impl CustomData {
    /// Reads `S:key=value;S:key=value`.
    pub(super) fn of(text: &str) -> CustomData {
        let mut data = CustomData::default();
        for part in text.split(';') {
            let part = part.trim();
            let part = part.strip_prefix("S:").unwrap_or(part);
            let Some((key, value)) = part.split_once('=') else {
                continue;
            };
            if key.eq_ignore_ascii_case("Resubmit") {
                data.resubmitted = resubmission(value.trim());
            } else if key.eq_ignore_ascii_case("IsSmtpResponseFromExternalServer") {
                data.reply_from_outside = truth(value.trim());
            }
        }
        data
    }
}

fn resubmission(value: &str) -> Option<Resubmission> {
    match value {
        "" => None,
        net if net.eq_ignore_ascii_case("SafetyNet") => Some(Resubmission::SafetyNet),
        shadow if shadow.eq_ignore_ascii_case("ShadowRedundancy") => {
            Some(Resubmission::ShadowRedundancy)
        }
        _ => Some(Resubmission::Other),
    }
}

fn truth(value: &str) -> Option<bool> {
    [("True", true), ("False", false)]
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(value))
        .map(|(_, is)| *is)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_reply_stands_between_session_and_submit_time() {
        let reply = "250 2.6.0 <a@b> [InternalId=1, Hostname=H]; Queued mail for delivery";
        for (context, session, found) in [
            (format!(";{reply};ClientSubmitTime:"), None, Some(reply)),
            (
                format!("08DF3E00890BE9A1;{reply};ClientSubmitTime:2026-11-18T07:20:01.730Z"),
                Some("08DF3E00890BE9A1"),
                Some(reply),
            ),
            (
                "250 2.0.0 OK;ClientSubmitTime:2026-11-18T07:20:01.730Z".to_owned(),
                None,
                Some("250 2.0.0 OK"),
            ),
            (
                "08DF3E00890BE9A1".to_owned(),
                Some("08DF3E00890BE9A1"),
                None,
            ),
            (String::new(), None, None),
            ("ContentConversion".to_owned(), None, None),
        ] {
            let read = Sending::of(&context);
            assert_eq!((read.session, read.reply), (session, found), "{context}");
        }
    }

    #[test]
    fn a_report_has_its_kinds() {
        let both = DsnKinds::of("Failure, Relay");
        assert!(both.has(DsnKind::Failure) && both.has(DsnKind::Relay));
        assert!(!both.has(DsnKind::Delay) && !both.is_unknown());
        assert!(DsnKinds::of("").is_unknown() && DsnKinds::of("Failures").is_unknown());
    }

    #[test]
    fn times_and_custom_data_are_read_where_they_are() {
        let entered = info_time("2026-11-18T07:19:58.310Z;LSRV=EX01:TOTAL-HUB=2.5|SMS=0.3");
        assert_eq!(
            entered.rfc3339().as_deref(),
            Some("2026-11-18T07:19:58.310Z")
        );
        for opaque in ["0cA: ", "04I:", ""] {
            assert!(!info_time(opaque).is_known(), "{opaque}");
        }
        let data =
            CustomData::of("S:Resubmit=SafetyNet;S:IsSmtpResponseFromExternalServer=True;S:a");
        assert_eq!(data.resubmitted, Some(Resubmission::SafetyNet));
        assert_eq!(data.reply_from_outside, Some(true));
        let other = CustomData::of("S:resubmit=Elsewhere");
        assert_eq!(other.resubmitted, Some(Resubmission::Other));
        assert_eq!(other.reply_from_outside, None);
        assert_eq!(CustomData::of(""), CustomData::default());
    }

    proptest! {
        #[test]
        fn no_text_is_too_odd(text in r"[ -~é;:]{0,60}(ClientSubmitTime:)?[ -~]{0,20}") {
            let _ = (Sending::of(&text), DsnKinds::of(&text), info_time(&text), CustomData::of(&text));
        }
    }
}
