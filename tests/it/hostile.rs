//! Names from logs and exports that want to be more than text.

use std::path::Path;

use regex::{Captures, Regex};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::corpus::{Session, log_of};
use crate::program::{Run, run};

/// A folder with a log, and an export of one connector.
fn folder(log: &str, connector: &Value) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("SEND2026110302-1.LOG"), log).expect("a log");
    let tenant = folder.path().join("tenant");
    crate::corpus::tenant(&tenant, "mail.contoso.com");
    let connector = serde_json::to_vec(&json!([connector])).expect("JSON");
    std::fs::write(tenant.join("InboundConnector.json"), connector).expect("an export");
    folder
}

fn connector(name: &str, certificate: &str) -> Value {
    json!({
        "Name": name, "Identity": name, "Enabled": true, "ConnectorType": "OnPremises",
        "SenderIPAddresses": [], "SenderDomains": ["smtp:*;1"], "RequireTls": true,
        "TlsSenderCertificateName": certificate, "WhenChangedUTC": "2026-08-21T08:02:11Z",
    })
}

fn on(command: &[&str], path: &Path) -> Run {
    run(command
        .iter()
        .map(|argument| argument.as_ref())
        .chain([path.as_os_str()]))
}

/// Characters that a terminal acts on: controls but the newline, and those that turn direction.
fn acts(character: char) -> bool {
    (character.is_control() && character != '\n')
        || matches!(
            character,
            '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}'
        )
}

const NASTY: &str = "\u{1b}[2J\u{1b}]0;owned\u{7}\u{8}\u{9b}31m\u{202E}gpj.exe\u{2066}\u{200F}\u{061C}\u{7f}\u{0}\t";

#[test]
fn nothing_in_a_log_reaches_the_terminal_raw() {
    let name = format!("Out{NASTY}\"quoted\", 'x'");
    let reply = format!("550 5.7.64 TenantAttribution; Relay {NASTY}\"Access\", Denied");
    let other = format!("550 5.1.10 nobody {NASTY} here");
    let session = |id, reply| Session {
        connector: &name,
        id,
        name: "mail.contoso.com\u{1b}[31m",
        sender: "anna\u{1b}[1m@contoso.com",
        reply,
    };
    let log = log_of(&[
        session("08DF31F688AD62C9", &reply),
        session("08DF1234\u{1b}[31m\u{202E}", &other),
    ]);
    let folder = folder(
        &log,
        &connector(&format!("Inbound{NASTY}"), "relay.contoso.com"),
    );
    for command in [
        &["diagnose"][..],
        &["diagnose", "-f", "markdown"],
        &["diagnose", "-f", "html"],
        &["sessions", "-f", "text"],
        &["certificates", "-f", "text"],
    ] {
        let run = on(command, folder.path());
        assert!(run.code < 2, "{run:?}");
        assert!(run.text().contains("Out"), "{command:?}: {}", run.text());
        let found: Vec<char> = run.text().chars().filter(|found| acts(*found)).collect();
        assert!(
            found.is_empty(),
            "{command:?} shows {found:?}:\n{}",
            run.text()
        );
    }
    for command in ["diagnose", "lint", "sessions", "certificates"] {
        for format in ["json", "ndjson", "csv"] {
            let run = on(&[command, "-f", format], folder.path());
            assert!(run.code < 2, "{run:?}");
            let raw: Vec<char> = run.text().chars().filter(|found| acts(*found)).collect();
            assert!(raw.is_empty(), "{command} -f {format} holds {raw:?}");
        }
    }
    let answer = on(
        &["preflight", "-f", "json", "mail.contoso.com"],
        folder.path(),
    );
    assert!(!answer.text().contains(acts), "{}", answer.text());
    // JSON loses nothing.
    let report = on(&["diagnose", "-f", "json"], folder.path());
    assert_eq!(report.json()["incidents"][0]["send_connector"], name);
    let sessions = on(&["sessions", "-f", "json"], folder.path());
    assert_eq!(sessions.json()[0]["connector"], name);
}

/// Markdown without blocks of code, and without the code in its lines.
fn without_code(markdown: &str) -> String {
    let fenced = Regex::new(r"(?ms)^(```+)\w*\n.*?^```+$").expect("a pattern");
    let escaped_or_code = Regex::new(r"\\(.)|`[^`]*`").expect("a pattern");
    // What is escaped is text, in which trackers look for links.
    let text = fenced.replace_all(markdown, "");
    escaped_or_code.replace_all(&text, "$1").into_owned()
}

#[test]
fn nothing_in_a_log_is_a_link_in_a_ticket() {
    let links = "https://e.example/x www.e.example <http://e.example> <ann@e.example> (bob@e.example) \
        @team a/b#12 [x](//e.example) [^1] [^1]: note ![i](//e.example)";
    let reply = format!("550 5.7.64 TenantAttribution; {links}");
    let other = format!("550 5.1.10 {links}");
    let session = |id, reply| Session {
        connector: links,
        id,
        reply,
        ..Session::default()
    };
    let log = log_of(&[
        session("08DF31F688AD62C9", &reply),
        session("08DF31F688AD62CA", &other),
    ]);
    let folder = folder(&log, &connector(links, "relay.contoso.com"));
    let report = on(&["diagnose", "-f", "markdown"], folder.path());
    assert_eq!(report.code, 1, "{}", report.err);
    let text = report.text();
    for shown in [
        "`https://e.example/x`",
        "`www.e.example`",
        "`ann@e.example`",
        "`@team`",
        "`a/b#12`",
    ] {
        assert!(text.contains(shown), "no {shown} in {text}");
    }
    let left = without_code(text);
    for link in ["://", "www.", "ann@", "bob@", "@team", "a/b#12"] {
        assert!(!left.contains(link), "{link} in {left}");
    }
    let bare = Regex::new(r"(^|[^\\`])[\[<]").expect("a pattern");
    let code = Regex::new(r"(?ms)^(```+)\w*\n.*?^```+$|`[^`]*`").expect("a pattern");
    // The report folds what nobody must read first.
    let tags = Regex::new(r"</?details>|<summary>[\w ]+</summary>").expect("a pattern");
    let text = tags.replace_all(text, "");
    let marks = code.replace_all(&text, "");
    assert!(!bare.is_match(&marks), "{marks}");
    // What is pasted into PowerShell has neither escapes nor marks.
    let name = format!("'{}'", links.replace('\'', "''"));
    assert!(text.contains(&name), "{text}");
}

#[test]
fn warnings_are_shown_without_controls() {
    let folder = folder(
        &Session::default().log(),
        &connector("Inbound", "relay.contoso.com"),
    );
    let broken = folder.path().join("tenant/InboundConnector.json");
    std::fs::write(broken, "[{\"\u{1b}[31m\u{202E}\": ").expect("an export");
    let run = on(&["diagnose"], folder.path());
    assert_eq!(run.code, 2);
    let raw: Vec<char> = run.err.chars().filter(|found| acts(*found)).collect();
    assert!(raw.is_empty(), "{raw:?} in {}", run.err);
}

/// One piece of a PowerShell line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Token {
    /// A bare word, such as a command or a parameter.
    Word(String),
    /// A text in single quotes, as PowerShell understands it.
    Literal(String),
    /// `;`, `|`, `&`, a line end, `$`, a double quote: what could begin something new.
    Other(char),
}

/// Cuts a command as PowerShell does: any of `'`, `‘`, `’`, `‚`, `‛` begins and ends a literal,
/// and two of them in it stand for the one that comes second. A grave accent at the end of a line
/// joins it with the next.
pub(crate) fn tokens(command: &str) -> Vec<Token> {
    let quote = |character: char| matches!(character, '\'' | '‘' | '’' | '‚' | '‛');
    let mut tokens = Vec::new();
    let mut rest = command.chars().peekable();
    while let Some(character) = rest.next() {
        if quote(character) {
            let mut literal = String::new();
            loop {
                match rest.next() {
                    None => panic!("the literal does not end: {command}"),
                    Some(end) if quote(end) => match rest.next_if(|next| quote(*next)) {
                        Some(second) => literal.push(second),
                        None => break,
                    },
                    Some(inside) => literal.push(inside),
                }
            }
            tokens.push(Token::Literal(literal));
        } else if character == '`' && rest.next_if_eq(&'\n').is_some() {
            continue;
        } else if character.is_alphanumeric() || matches!(character, '-' | '_' | '.') {
            let mut word = character.to_string();
            while let Some(next) =
                rest.next_if(|next| next.is_alphanumeric() || matches!(next, '-' | '_' | '.' | ':'))
            {
                word.push(next);
            }
            tokens.push(Token::Word(word));
        } else if character != ' ' {
            tokens.push(Token::Other(character));
        }
    }
    tokens
}

/// A command as PowerShell understands it: texts put together are one text, and a filter stands for the name that
/// it finds.
pub(crate) fn evaluated(command: &str) -> String {
    let put_together =
        Regex::new(r"\(('(?:[^']|'')*'(?: \+ (?:'(?:[^']|'')*'|\[char\]0x[0-9A-F]{4}))+)\)")
            .expect("a pattern");
    let part = Regex::new(r"'((?:[^']|'')*)'|\[char\]0x([0-9A-F]{4})").expect("a pattern");
    let command = put_together.replace_all(command, |found: &Captures<'_>| {
        let text: String = part
            .captures_iter(&found[1])
            .map(|part| match (part.get(1), part.get(2)) {
                (Some(text), _) => text.as_str().to_owned(),
                (None, Some(number)) => u32::from_str_radix(number.as_str(), 16)
                    .ok()
                    .and_then(char::from_u32)
                    .expect("a character")
                    .to_string(),
                (None, None) => String::new(),
            })
            .collect();
        format!("<'{text}'>")
    });
    // `.Equals(…)` has lost its parentheses to the text.
    let filter = Regex::new(
        r"\(Get-(?:Send|Inbound)Connector \| Where-Object \{ \$_\.Name\.Equals<('(?:[^']|'')*')> \}\)\.Guid",
    )
    .expect("a pattern");
    let command = filter.replace_all(&command, "$1");
    command.replace("<'", "'").replace("'>", "'")
}

#[test]
fn the_tokenizer_follows_powershell() {
    let word = |text: &str| Token::Word(text.to_owned());
    let literal = |text: &str| Token::Literal(text.to_owned());
    assert_eq!(
        tokens("Set-X -Name 'a''b' `\n  -Y ‘c’; 'd’’'"),
        [
            word("Set-X"),
            word("-Name"),
            literal("a'b"),
            word("-Y"),
            literal("c"),
            Token::Other(';'),
            literal("d’"),
        ]
    );
}

/// Names that try to leave the literal.
const BREAKOUTS: [&str; 9] = [
    "x'; Remove-Item C:\\ -Recurse; '",
    "x’; Remove-Item C:\\ -Recurse; ‘",
    "x‚; Remove-Item C:\\; ‛",
    "'",
    "''; calc; ''",
    "’'; calc; '’",
    "$(calc) `\" & calc | calc",
    "a\r\ncalc",
    "-Identity 'x' `",
];

/// A folder with a rejected session, and a connector of this name that does not match.
fn mismatch(name: &str) -> TempDir {
    let session = Session {
        name: "smtp.contoso.net",
        ..Session::default()
    };
    folder(&session.log(), &connector(name, "relay.contoso.com"))
}

/// The commands of a fix.
fn commands(incident: &Value) -> Vec<String> {
    let steps = incident["fix"].as_array().expect("a list");
    let commands = steps.iter().filter_map(|fix| fix["command"].as_str());
    commands.map(str::to_owned).collect()
}

fn commands_with(name: &str) -> Vec<String> {
    let folder = mismatch(name);
    commands(&on(&["diagnose", "-f", "json"], folder.path()).json()["incidents"][0])
}

/// Tokens with the texts of literals taken out: what the line does.
fn shape(tokens: Vec<Token>) -> Vec<Token> {
    let blank = |token| match token {
        Token::Literal(_) => Token::Literal(String::new()),
        other => other,
    };
    tokens.into_iter().map(blank).collect()
}

#[test]
fn a_name_in_a_fix_stays_one_literal() {
    for name in BREAKOUTS {
        let folder = mismatch(name);
        let report = on(&["diagnose", "-f", "json"], folder.path()).json();
        let incident = &report["incidents"][0];
        assert_eq!(incident["cause"]["code"], "CRT005", "{name}");
        let commands = commands(incident);
        let plain = commands_with("Inbound from contoso");
        assert!(!commands.is_empty(), "{name}: no command");
        assert_eq!(commands.len(), plain.len(), "{name}");
        let mut seen = false;
        for (command, plain) in commands.iter().zip(&plain) {
            assert!(!command.contains(['\n', '\r']), "{name}: {command}");
            let tokens = tokens(&evaluated(command));
            seen |= tokens.contains(&Token::Literal(name.to_owned()));
            assert_eq!(
                shape(tokens),
                shape(self::tokens(plain)),
                "{name}: {command}"
            );
        }
        assert!(seen, "{name}: not as one literal in {commands:?}");
        pasted_as_shown(&folder, &commands);
    }
}

/// The text report breaks commands over lines; pasted, they must be the same tokens.
fn pasted_as_shown(folder: &TempDir, commands: &[String]) {
    let text = on(&["diagnose", "--full"], folder.path());
    for command in commands {
        let wanted = tokens(command);
        let verb = command.split(' ').next().unwrap_or_default();
        let found = text.text().match_indices(verb).any(|(at, _)| {
            let mut block = String::new();
            for line in text.text()[at..].lines() {
                block.push_str(line);
                block.push('\n');
                if !line.ends_with('`') {
                    break;
                }
            }
            let block = block.trim_end_matches('\n').to_owned();
            std::panic::catch_unwind(|| tokens(&block)).is_ok_and(|found| found == wanted)
        });
        assert!(
            found,
            "{command} is not shown as it must be pasted:\n{}",
            text.text()
        );
    }
}

#[test]
fn a_name_on_a_certificate_stays_one_literal() {
    for name in ["smtp.contoso.net'; calc; '", "smtp.contoso.net’; calc; ’"] {
        let session = Session {
            name,
            ..Session::default()
        };
        let folder = folder(&session.log(), &connector("Inbound", "relay.contoso.com"));
        let report = on(&["diagnose", "-f", "json"], folder.path()).json();
        for incident in report["incidents"].as_array().expect("a list") {
            for fix in incident["fix"].as_array().expect("a list") {
                let command = fix["command"].as_str().unwrap_or_default();
                for token in tokens(command) {
                    // The fixes' own way to show a property goes through one pipe.
                    let own = token == Token::Other('|') && command.contains("' | Format-List ");
                    assert!(
                        own || !matches!(&token, Token::Other(_)),
                        "{token:?} in {command}"
                    );
                    assert_ne!(token, Token::Word("calc".to_owned()), "{command}");
                }
            }
        }
        assert_eq!(report["incidents"].as_array().map(Vec::len), Some(1));
    }
}

#[test]
fn cells_that_look_like_formulas_are_defused() {
    for name in [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "=cmd|' /C calc'!A0",
        "\t=1",
        " =1",
    ] {
        let session = Session {
            connector: name,
            id: "=1AAAAAAAAAAAAAA",
            ..Session::default()
        };
        let folder = folder(&session.log(), &connector(name, "mail.contoso.com"));
        for (command, code) in [("sessions", 0), ("certificates", 0), ("diagnose", 1)] {
            let run = on(&[command, "-f", "csv"], folder.path());
            assert_eq!(run.code, code, "{}", run.err);
            let mut reader = csv::Reader::from_reader(run.out.as_slice());
            let mut rows = 0;
            for record in reader.records() {
                let record = record.expect("a row of CSV");
                rows += 1;
                for cell in &record {
                    assert!(
                        !cell.starts_with(['=', '+', '-', '@', '\t', '\r']),
                        "{command}: {cell:?} of {name:?}"
                    );
                }
                let shown = name.replace('\t', "\\u{9}");
                assert!(
                    record.iter().any(|cell| cell.ends_with(&shown)),
                    "{command}: {name:?} is lost in {record:?}"
                );
            }
            assert_eq!(rows, 1, "{command}");
        }
    }
}
