//! Reads the log of the Hybrid Configuration Wizard: which connectors it created or changed, and
//! with which certificate name.
//!
//! In: the bytes of a log, in any encoding. Out: [`WizardSetting`]s in file order.
//! Must not guess: it ignores lines of an unknown form and parameters without a value.
//! Invariant: nothing here panics, and the time is proportional to the length of the text.
//!
//! No log with exactly these lines is public, so the reader is lenient and keeps each line as
//! evidence.

use std::collections::HashMap;

use crate::input::timestamp::Timestamp;
use crate::tenant::export;

use super::model::WizardSetting;

/// How many lines of a file may come before the first one that has the form of a wizard's line.
const OPENING_LINES: usize = 20;

/// Evidence keeps this many characters of a line.
const LONGEST_TEXT: usize = 4000;

/// The cmdlets whose lines are read.
const CMDLETS: [&str; 4] = [
    "New-InboundConnector",
    "Set-InboundConnector",
    "New-SendConnector",
    "Set-SendConnector",
];

/// Whether the first bytes of a file are those of a wizard's log.
pub fn is_wizard_log(head: &[u8]) -> bool {
    let text = export::text(head);
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    lines.by_ref().take(OPENING_LINES).any(|line| {
        entry(line).is_some_and(|entry| {
            let keys = ["Cmdlet", "Session", "Activity", "Client"];
            keys.iter().any(|key| entry.value(key).is_some())
        })
    })
}

/// Reads the settings of connectors in a log.
pub fn read(file: &str, bytes: &[u8]) -> Vec<WizardSetting> {
    let text = export::text(bytes);
    let mut reader = WizardReader::new(file);
    for (index, line) in text.lines().enumerate() {
        reader.line(line, index as u64 + 1);
    }
    reader.end()
}

/// A line that begins with a time.
struct LogEntry<'a> {
    time: Timestamp,
    /// Blank, `*ERROR*` or `WARNING`, followed by the number of the event.
    level: &'a str,
    /// `Client=UX, Session=OnPremises, Cmdlet=…, Thread=9`.
    context: &'a str,
    text: &'a str,
}

impl<'a> LogEntry<'a> {
    /// A value of the context.
    fn value(&self, key: &str) -> Option<&'a str> {
        let mut parts = self
            .context
            .split(',')
            .filter_map(|part| part.split_once('='));
        parts
            .find(|(known, _)| known.trim().eq_ignore_ascii_case(key))
            .map(|(_, value)| value.trim())
    }

    /// The cmdlet that the line is about, if it is one of [`CMDLETS`].
    fn cmdlet(&self) -> Option<&'static str> {
        let cmdlet = self.value("Cmdlet")?;
        let mut wanted = CMDLETS.iter();
        wanted
            .find(|wanted| wanted.eq_ignore_ascii_case(cmdlet))
            .copied()
    }

    fn is_error(&self) -> bool {
        self.level.to_ascii_uppercase().contains("ERROR")
    }

    /// The text after a first word such as `START`.
    fn after(&self, word: &str) -> Option<&'a str> {
        let (first, rest) = self
            .text
            .split_once(char::is_whitespace)
            .unwrap_or((self.text, ""));
        first
            .trim_end_matches(':')
            .eq_ignore_ascii_case(word)
            .then_some(rest)
    }
}

/// Splits a line such as `2017.10.23 11:39:51.552         10276 [Client=UX, …] START …`.
fn entry(line: &str) -> Option<LogEntry<'_>> {
    let line = line.trim_start_matches('\u{feff}');
    let time = time(line.get(..23)?)?;
    let (level, rest) = line.get(23..)?.split_once('[')?;
    if level.len() > 80 || !level.starts_with([' ', '\t']) {
        return None;
    }
    let (context, text) = rest.split_once(']')?;
    Some(LogEntry {
        time,
        level,
        context,
        text: text.trim(),
    })
}

/// Reads `yyyy.MM.dd HH:mm:ss.fff`, the local time of an unknown zone, as if it were UTC.
fn time(text: &str) -> Option<Timestamp> {
    let (date, clock) = text.split_once(' ')?;
    let date = date.replace('.', "-");
    Timestamp::parse(format!("{date}T{clock}Z").as_bytes())
}

/// A started cmdlet: its session, its thread and its name.
type Running = (String, String, &'static str);

struct WizardReader<'f> {
    file: &'f str,
    settings: Vec<WizardSetting>,
    /// The index of the latest setting of each started cmdlet.
    running: HashMap<Running, usize>,
    /// The index of the latest setting of each thread, as long as its cmdlet has not finished.
    open: HashMap<String, usize>,
    /// The setting whose parameters may continue on the next lines, and its text so far.
    unfinished: Option<(usize, String)>,
}

impl<'f> WizardReader<'f> {
    fn new(file: &'f str) -> WizardReader<'f> {
        WizardReader {
            file,
            settings: Vec::new(),
            running: HashMap::new(),
            open: HashMap::new(),
            unfinished: None,
        }
    }

    fn line(&mut self, line: &str, number: u64) {
        let Some(entry) = entry(line) else {
            // A continuation line. A text that does not end is not kept whole.
            if let Some((_, text)) = &mut self.unfinished
                && text.len() < 16 * LONGEST_TEXT
            {
                text.push('\n');
                text.push_str(line);
            }
            return;
        };
        self.finish_text();
        let thread = entry.value("Thread").unwrap_or_default().to_owned();
        let Some(cmdlet) = entry.cmdlet() else {
            // An error that names no cmdlet belongs to the cmdlet that its thread is running.
            if entry.is_error()
                && entry.value("Cmdlet").is_none()
                && let Some(at) = self.open.get(&thread)
            {
                self.settings[*at].failed = true;
            }
            return;
        };
        let session = entry.value("Session").unwrap_or_default().to_owned();
        let running = (session, thread.clone(), cmdlet);
        if let Some(results) = entry.after("FINISH") {
            self.open.remove(&thread);
            if let Some(at) = self.running.get(&running) {
                self.settings[*at].failed |= entry.is_error() || reports_error(results);
            }
        } else if entry.is_error() {
            if let Some(at) = self.running.get(&running) {
                self.settings[*at].failed = true;
            }
        } else if let Some(command) = entry.after("START") {
            let at = self.settings.len();
            self.settings
                .push(self.setting(&entry, cmdlet, line, number));
            self.running.insert(running, at);
            self.open.insert(thread, at);
            self.unfinished = Some((at, command.to_owned()));
        }
    }

    fn setting(
        &self,
        entry: &LogEntry<'_>,
        cmdlet: &'static str,
        line: &str,
        number: u64,
    ) -> WizardSetting {
        let line = line.trim();
        let text: String = line.chars().take(LONGEST_TEXT).collect();
        WizardSetting {
            local_time: entry.time,
            cmdlet: cmdlet.to_owned(),
            connector: None,
            certificate_name: None,
            failed: false,
            file: self.file.to_owned(),
            line: number,
            text,
        }
    }

    /// Reads the parameters of the setting whose text is now complete.
    fn finish_text(&mut self) {
        let Some((at, text)) = self.unfinished.take() else {
            return;
        };
        let parameters = parameters(&text);
        let value = |name: &str| {
            let mut named = parameters.iter();
            named
                .find(|(known, _)| known.eq_ignore_ascii_case(name))
                .and_then(|(_, value)| value.clone())
        };
        let setting = &mut self.settings[at];
        setting.connector = value("Identity").or_else(|| value("Name"));
        setting.certificate_name =
            value("TlsSenderCertificateName").or_else(|| value("TlsCertificateName"));
    }

    fn end(mut self) -> Vec<WizardSetting> {
        self.finish_text();
        self.settings
    }
}

/// Whether the results of a cmdlet report an error. `Errors=0`, `Error=''`, a parameter such as
/// `-ErrorAction` and text inside quotes, which may be a name, do not count.
fn reports_error(results: &str) -> bool {
    let mut plain = String::new();
    for (index, part) in results.split(['\'', '"']).enumerate() {
        let quoted = index % 2 == 1;
        plain.push_str(match (quoted, part.is_empty()) {
            (true, false) => "text",
            (true, true) => "",
            (false, _) => part,
        });
    }
    let plain = plain.to_ascii_lowercase();
    plain.match_indices("error").any(|(at, word)| {
        let (before, rest) = (&plain[..at], &plain[at + word.len()..]);
        let rest = rest.trim_start_matches('s');
        let value = rest.trim_start_matches([' ', '=', ':']);
        let none = ["0", "none", "false", "null", "$null", "{}", "<", ",", ";"];
        let nothing = none.iter().any(|none| value.starts_with(none))
            || value.is_empty() && rest.trim_start().starts_with(['=', ':']);
        let negated = before.split_whitespace().next_back() == Some("no");
        !nothing && !negated && !before.ends_with('-')
    })
}

/// The names and values of a command's parameters. A value that is `$null`, empty or missing is
/// `None`.
fn parameters(text: &str) -> Vec<(&str, Option<String>)> {
    let mut parameters: Vec<(&str, Option<String>)> = Vec::new();
    let mut rest = text;
    // Whether a name was read, but not yet its value.
    let mut waiting = false;
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            return parameters;
        }
        if let Some((name, behind)) = parameter_name(rest) {
            parameters.push((name, None));
            waiting = true;
            rest = behind;
            continue;
        }
        let (value, behind) = value(rest);
        if waiting && let Some((_, place)) = parameters.last_mut() {
            *place = Some(value)
                .filter(|value| !value.is_empty() && !value.eq_ignore_ascii_case("$null"));
        }
        waiting = false;
        rest = behind;
    }
}

/// Reads `-Name` or `-Name:`. Returns the name and the rest of the text.
fn parameter_name(text: &str) -> Option<(&str, &str)> {
    let name = text.strip_prefix('-')?;
    let end = name
        .find(|character: char| !character.is_ascii_alphanumeric())
        .unwrap_or(name.len());
    let (name, rest) = name.split_at(end);
    let known = name.starts_with(|first: char| first.is_ascii_alphabetic());
    let rest = rest.strip_prefix(':').unwrap_or(rest);
    known.then_some((name, rest))
}

/// Reads a value. Returns it and the rest of the text. Inside single quotes a quote is doubled.
/// Inside double quotes it is doubled or follows a backtick. A value without quotes ends at the
/// next blank.
fn value(text: &str) -> (String, &str) {
    let Some(quote @ ('\'' | '"')) = text.chars().next() else {
        let end = text.find(char::is_whitespace).unwrap_or(text.len());
        // The first value of a list.
        let bare = text[..end].trim_end_matches(',');
        return (bare.to_owned(), &text[end..]);
    };
    let mut value = String::new();
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((at, character)) = characters.next() {
        let next = characters.peek().map(|(_, next)| *next);
        if character == '`' && quote == '"' && next.is_some() {
            value.extend(next);
            characters.next();
        } else if character != quote {
            value.push(character);
        } else if next == Some(quote) {
            value.push(quote);
            characters.next();
        } else {
            return (value, &text[at + 1..]);
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn line(second: u32, level: &str, cmdlet: &str, thread: u32, text: &str) -> String {
        format!(
            "2026.11.03 11:39:{second:02}.552 {level:>8} 10276 [Client=UX, Activity=Configure, Session=Tenant, Cmdlet={cmdlet}, Thread={thread}] {text}"
        )
    }

    fn settings(lines: &[String]) -> Vec<WizardSetting> {
        read("hybrid.log", lines.join("\r\n").as_bytes())
    }

    #[test]
    fn what_the_wizard_set_is_read() {
        let found = settings(&[
            line(
                1,
                "",
                "Get-OrganizationConfig",
                9,
                "START Get-OrganizationConfig",
            ),
            line(
                2,
                "",
                "New-InboundConnector",
                9,
                "START New-InboundConnector -Name 'Inbound from O''Brien' -ConnectorType: OnPremises -RequireTls: $true -TlsSenderCertificateName \"*.contoso.com\" -Comment '-Name x'",
            ),
            line(
                3,
                "",
                "New-InboundConnector",
                9,
                "FINISH Time=1234.5ms Results=1 Errors=0",
            ),
            line(
                4,
                "",
                "Set-SendConnector",
                9,
                "START Set-SendConnector -identity:Outbound -TlsCertificateName '<I>CN=Example CA, O=Example<S>CN=mail.contoso.com' -Name 'New name'",
            ),
        ]);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].cmdlet, "New-InboundConnector");
        assert_eq!(found[0].connector.as_deref(), Some("Inbound from O'Brien"));
        assert_eq!(found[0].certificate_name.as_deref(), Some("*.contoso.com"));
        assert_eq!(
            found[0].local_time.rfc3339().as_deref(),
            Some("2026-11-03T11:39:02.552Z")
        );
        assert_eq!(found[0].line, 2);
        assert!(found[0].text.starts_with("2026.11.03 11:39:02.552"));
        assert!(!found[0].failed && !found[1].failed);
        assert_eq!(found[1].connector.as_deref(), Some("Outbound"));
        assert_eq!(
            found[1].certificate_name.as_deref(),
            Some("<I>CN=Example CA, O=Example<S>CN=mail.contoso.com")
        );
    }

    #[test]
    fn errors_mark_the_setting_of_the_same_cmdlet_and_thread() {
        let start = "START Set-SendConnector -Identity 'Out'";
        let cmdlet = "Set-SendConnector";
        for (level, of, thread, text, failed) in [
            ("*ERROR*", cmdlet, 9, "FINISH Time=3ms", true),
            (
                "*ERROR*",
                cmdlet,
                9,
                "The certificate cannot be found.",
                true,
            ),
            (
                "",
                cmdlet,
                9,
                "FINISH Time=3ms Results=PowerShell failed to invoke: Error 7",
                true,
            ),
            ("", cmdlet, 9, "FINISH Time=3ms Errors: 0 'Error x'", false),
            ("", cmdlet, 9, "FINISH Time=3ms with no errors", false),
            ("", cmdlet, 9, "FINISH -ErrorAction Stop Error=''", false),
            ("", cmdlet, 9, "FINISH Error='not found'", true),
            ("WARNING", cmdlet, 9, "FINISH Time=3ms", false),
            ("*ERROR*", cmdlet, 8, "x", false),
            ("*ERROR*", "New-SendConnector", 9, "x", false),
        ] {
            let found = settings(&[
                line(1, "", cmdlet, 9, start),
                line(2, level, of, thread, text),
            ]);
            assert_eq!(found.len(), 1, "{text}");
            assert_eq!(found[0].failed, failed, "{level} {text}");
        }
        let nameless = "2026.11.03 11:39:59.552 *ERROR* 10224 [Client=UX, Thread=9] x".to_owned();
        let started = || line(1, "", cmdlet, 9, start);
        assert!(settings(&[started(), nameless.clone()])[0].failed);
        let done = line(2, "", cmdlet, 9, "FINISH Time=3ms");
        assert!(!settings(&[started(), done, nameless])[0].failed);
    }

    #[test]
    fn parameters_may_continue_on_further_lines() {
        let found = settings(&[
            line(
                1,
                "",
                "Set-InboundConnector",
                9,
                "START Set-InboundConnector -Identity",
            ),
            "        'In' -TlsSenderCertificateName $null".to_owned(),
            String::new(),
            line(2, "", "Set-InboundConnector", 9, "FINISH"),
            "    -Identity 'x'".to_owned(),
        ]);
        assert_eq!(found[0].connector.as_deref(), Some("In"));
        assert_eq!(found[0].certificate_name, None);
    }

    #[test]
    fn values_are_read_as_powershell_does() {
        for (text, expected) in [
            ("'a b' c", "a b"),
            ("'a''b'", "a'b"),
            ("\"a\"\"b`\"c\"", "a\"b\"c"),
            ("a,b c", "a,b"),
            ("a, b", "a"),
            ("'open", "open"),
            ("\"open`", "open`"),
        ] {
            assert_eq!(value(text).0, expected, "{text}");
        }
        assert_eq!(
            parameters("x -A -B 'c' d -1 -"),
            [("A", None), ("B", Some("c".to_owned()))]
        );
    }

    #[test]
    fn the_log_is_recognised_by_its_lines_in_any_encoding() {
        let text = format!("\r\n{}\r\n", line(1, "", "Get-X", 9, "START Get-X"));
        assert!(is_wizard_log(text.as_bytes()));
        let utf16: Vec<u8> = std::iter::once(0xFEFF)
            .chain(
                line(
                    1,
                    "",
                    "Set-SendConnector",
                    9,
                    "START Set-SendConnector -Identity 送信",
                )
                .encode_utf16(),
            )
            .flat_map(u16::to_le_bytes)
            .collect();
        assert!(is_wizard_log(&utf16));
        assert_eq!(read("x", &utf16)[0].connector.as_deref(), Some("送信"));
        for text in [
            "",
            "2026.11.03 11:39:51.552 started",
            "2026.11.03 11:39:51.552 [12] started",
            "2026-11-03T11:39:51.552Z,Out,08DE,3,a:1,b:25,<,250 ok,\r\n",
            "prose about [Client=UX, Thread=9]",
        ] {
            assert!(!is_wizard_log(text.as_bytes()), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = is_wizard_log(&bytes);
            let _ = read("x", &bytes);
        }

        #[test]
        fn any_command_is_read_without_panic(text in "[-'\"` :a-cé\n$]{0,60}", level in "\\PC{0,10}") {
            let found = settings(&[
                line(1, "", "Set-SendConnector", 9, &format!("START Set-SendConnector {text}")),
                line(2, &level, "Set-SendConnector", 9, &text),
            ]);
            prop_assert!(!found.is_empty());
        }

        #[test]
        fn a_quoted_value_comes_back(value in "[^\n\r\u{85}\u{2028}\u{2029}]{1,30}") {
            let text = format!("-A 'x' -TlsCertificateName '{}' -B y", value.replace('\'', "''"));
            let found = parameters(&text);
            prop_assert_eq!(found[1].1.as_deref(), Some(value.as_str()).filter(|text| !text.eq_ignore_ascii_case("$null")));
        }
    }
}
