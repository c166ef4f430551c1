//! Every fix of every sample case, with names that hold quotes, commas, spaces and `' on '`.
//!
//! In: the sample cases whose exports are all JSON. Out: for each, the same case with other names of
//! connectors, servers and folders; its fixes must be the same commands with those names in them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;
use walkdir::WalkDir;

use crate::hostile::{Token, evaluated, tokens};
use crate::program::run;
use crate::sample;

/// What each old name becomes.
type Names = BTreeMap<String, String>;

/// A name that tries to end its literal, or to be cut in two.
fn hostile(number: usize) -> String {
    [
        "Bob's connector, 'first' on 'EX09'",
        "x' on 'y', \"z\"",
        "’, ‘ on ’; Remove-Item ‘C:’",
        "two  spaces, and ''quotes'' on ''",
    ][number % 4]
        .to_owned()
        + &number.to_string()
}

/// Whether all exports of a case are JSON, which a test can write anew.
fn has_json_exports_only(case: &Path) -> bool {
    let files = WalkDir::new(case).into_iter().filter_map(Result::ok);
    let mut endings = files
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| entry.path().extension().map(|end| end.to_ascii_lowercase()));
    endings.all(|ending| {
        let known = ["json", "log", "md", "cer", "pem"];
        ending.is_some_and(|ending| known.iter().any(|known| ending == *known))
    }) && !case.join("wizard").exists()
}

/// The names of connectors in exports and logs, and of servers in folders.
fn names(case: &Path) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut connectors, mut servers) = (BTreeSet::new(), BTreeSet::new());
    for entry in WalkDir::new(case).into_iter().filter_map(Result::ok) {
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type().is_dir() && name.starts_with("EX") {
            servers.insert(name);
        } else if name.ends_with(".json") && name.contains("Connector") {
            let text = std::fs::read(entry.path()).expect("an export");
            let export = json(&text);
            let rows = export.as_array().cloned().unwrap_or_else(|| vec![export]);
            let names = rows.iter().filter_map(|row| row["Name"].as_str());
            connectors.extend(names.map(str::to_owned));
        } else if name.starts_with("SEND") {
            let text = std::fs::read(entry.path()).expect("a log");
            for row in rows(&encoding_rs::UTF_8.decode(&text).0) {
                connectors.extend(row.get(1).filter(|name| !name.is_empty()).cloned());
            }
        }
    }
    (connectors, servers)
}

/// An export, in whatever encoding its byte order mark names.
fn json(bytes: &[u8]) -> Value {
    let (text, ..) = encoding_rs::UTF_8.decode(bytes);
    serde_json::from_str(&text).expect("JSON")
}

/// The rows of a log, taken apart by a CSV reader.
fn rows(text: &str) -> Vec<Vec<String>> {
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with(|first: char| first.is_ascii_digit()))
        .collect();
    let lines = lines.join("\n");
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(lines.as_bytes());
    let cells = |record: csv::StringRecord| record.iter().map(str::to_owned).collect();
    reader.records().flatten().map(cells).collect()
}

/// Copies a case into a folder of this name, with other names in it.
fn copy(case: &Path, folder_name: &str, names: &Names) -> TempDir {
    let root = tempfile::tempdir().expect("a folder");
    for entry in WalkDir::new(case).into_iter().filter_map(Result::ok) {
        if !entry.file_type().is_file() {
            continue;
        }
        let below = entry.path().strip_prefix(case).expect("below the case");
        let mut target = root.path().join(folder_name);
        for part in below {
            let part = part.to_string_lossy().into_owned();
            target.push(names.get(&part).unwrap_or(&part));
        }
        std::fs::create_dir_all(target.parent().expect("a folder")).expect("a folder");
        let bytes = std::fs::read(entry.path()).expect("a file");
        let name = entry.file_name().to_string_lossy();
        let bytes = if name.ends_with(".json") {
            let mut export = json(&bytes);
            rename_values(&mut export, names);
            serde_json::to_vec(&export).expect("JSON")
        } else if name.starts_with("SEND") {
            let text = encoding_rs::UTF_8.decode(&bytes).0.into_owned();
            rename_connectors(&text, names).into_bytes()
        } else {
            bytes
        };
        std::fs::write(target, bytes).expect("a file");
    }
    root
}

/// A text that is a name, or begins with the name of a server, gets the other name.
fn rename_values(value: &mut Value, names: &Names) {
    match value {
        Value::String(text) => {
            if let Some(new) = names.get(text.as_str()) {
                *text = new.clone();
            } else if let Some(at) = text.find(['.', '\\'])
                && let Some(new) = names.get(&text[..at].to_uppercase())
            {
                *text = format!("{new}{}", &text[at..]);
            }
        }
        Value::Array(values) => values
            .iter_mut()
            .for_each(|value| rename_values(value, names)),
        Value::Object(fields) => fields
            .values_mut()
            .for_each(|value| rename_values(value, names)),
        _ => {}
    }
}

/// Puts the other name into the second column of every row.
fn rename_connectors(text: &str, names: &Names) -> String {
    let mut renamed = String::new();
    for line in text.split_inclusive('\n') {
        let new = names.iter().find_map(|(old, new)| {
            let time = line.find(',')?;
            let rest = &line[time + 1..];
            let quoted = format!("\"{old}\"");
            let rest = rest.strip_prefix(&quoted).or(rest.strip_prefix(old))?;
            rest.starts_with(',').then(|| {
                let new = new.replace('"', "\"\"");
                format!("{},\"{new}\"{rest}", &line[..time])
            })
        });
        renamed.push_str(new.as_deref().unwrap_or(line));
    }
    renamed
}

/// The commands of all fixes of a report, each cut into tokens.
fn commands(folder: &Path) -> Vec<Vec<Token>> {
    let texts = command_texts(folder);
    texts.iter().map(|text| tokens(text)).collect()
}

/// The commands of all fixes of a report.
fn command_texts(folder: &Path) -> Vec<String> {
    let report = run([
        "diagnose".as_ref(),
        "-f".as_ref(),
        "json".as_ref(),
        folder.as_os_str(),
    ])
    .json();
    let of = |list: &Value| -> Vec<Value> { list.as_array().cloned().unwrap_or_default() };
    let mut all = of(&report["incidents"]);
    all.extend(of(&report["findings"]));
    let steps = all.iter().flat_map(|found| of(&found["fix"]));
    steps
        .filter_map(|step| Some(step["command"].as_str()?.to_owned()))
        .collect()
}

/// The same tokens with the other names.
fn renamed(command: &[Token], names: &Names) -> Vec<Token> {
    let rename = |token: &Token| match token {
        Token::Literal(text) => {
            let server = text.split('.').next().unwrap_or_default();
            // The name of a stream is a path.
            let part = |part: &str| names.get(part).map_or(part.to_owned(), Clone::clone);
            let new = match (names.get(text), names.get(&server.to_uppercase())) {
                (Some(new), _) => new.clone(),
                (None, Some(new)) => format!("{new}{}", &text[server.len()..]),
                (None, None) => text.split('/').map(part).collect::<Vec<_>>().join("/"),
            };
            Token::Literal(new)
        }
        Token::Word(text) => Token::Word(text.clone()),
        Token::Other(sign) => Token::Other(*sign),
    };
    command.iter().map(rename).collect()
}

fn sorted(commands: Vec<Vec<Token>>) -> Vec<String> {
    let mut texts: Vec<String> = commands
        .iter()
        .map(|command| format!("{command:?}"))
        .collect();
    texts.sort();
    texts
}

#[test]
fn every_fix_names_the_same_things_whatever_they_are_called() {
    let (mut cases, mut looked_at) = (0, 0);
    for case in sample::cases() {
        let case = sample::folder().join(case);
        if !has_json_exports_only(&case) {
            continue;
        }
        let (connectors, servers) = names(&case);
        let mut other: Names = Names::new();
        for (number, name) in connectors.into_iter().enumerate() {
            other.insert(name, hostile(number));
        }
        for (number, name) in servers.into_iter().enumerate() {
            // A server that cannot be one becomes a placeholder, see below.
            other.insert(name, format!("SRV-{number}"));
        }
        let folder = "Bob's server, ' on ' 2";
        let plain = commands(copy(&case, "logs", &Names::new()).path());
        let found = commands(copy(&case, folder, &other).path());
        other.insert("logs".to_owned(), folder.to_owned());
        let wanted = plain.iter().map(|command| renamed(command, &other));
        assert_eq!(
            sorted(found),
            sorted(wanted.collect()),
            "{}",
            case.display()
        );
        cases += 1;
        looked_at += plain.len();
    }
    assert!(
        cases > 20 && looked_at > 40,
        "only {looked_at} commands of {cases} cases"
    );
}

/// A name that cannot be pasted: with a tab, an invisible mark, a control character.
fn unpasteable(number: usize) -> String {
    [
        "a tab\there, 'x'",
        "left\u{202E}right",
        "bell\u{7}",
        "Out\u{200E}",
    ][number % 4]
        .to_owned()
        + &number.to_string()
}

/// The Guid of a connector in the exports of the next test.
fn guid(name: &str) -> String {
    let sum: u32 = name.chars().map(u32::from).sum();
    format!("{sum:08x}-1111-4222-8333-{:012x}", name.len())
}

/// Gives every connector of an export a Guid. Queues name their connector by it, too.
fn add_guids(root: &Path) {
    let exports: Vec<_> = WalkDir::new(root)
        .into_iter()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_name().to_string_lossy().ends_with(".json"))
        .collect();
    let mut before = Names::new();
    for entry in &exports {
        if !entry.file_name().to_string_lossy().contains("Connector") {
            continue;
        }
        let mut export = json(&std::fs::read(entry.path()).expect("an export"));
        let rows: Vec<&mut Value> = match &mut export {
            Value::Array(rows) => rows.iter_mut().collect(),
            row => vec![row],
        };
        for row in rows {
            let Some(new) = row["Name"].as_str().map(guid) else {
                continue;
            };
            if let Some(old) = row["Guid"].as_str() {
                before.insert(old.to_owned(), new.clone());
            }
            row["Guid"] = new.into();
        }
        std::fs::write(entry.path(), serde_json::to_vec(&export).expect("JSON")).expect("a file");
    }
    for entry in exports {
        let mut text = std::fs::read_to_string(entry.path()).expect("an export");
        for (old, new) in &before {
            text = text.replace(old, new);
        }
        std::fs::write(entry.path(), text).expect("a file");
    }
}

#[test]
fn a_name_that_cannot_be_pasted_is_found_by_its_guid_or_a_filter() {
    let (mut by_guid, mut by_filter) = (0, 0);
    for case in sample::cases() {
        let case = sample::folder().join(case);
        if !has_json_exports_only(&case) {
            continue;
        }
        let (connectors, _) = names(&case);
        let connectors = connectors.into_iter().enumerate();
        let other: Names = connectors
            .map(|(number, name)| (name, unpasteable(number)))
            .collect();
        let plain = commands(copy(&case, "logs", &Names::new()).path());
        let wanted = plain.iter().map(|command| renamed(command, &other));
        let wanted = sorted(wanted.collect());
        for with_guids in [false, true] {
            let folder = copy(&case, "logs", &other);
            if with_guids {
                add_guids(folder.path());
            }
            let mut found = Vec::new();
            for text in command_texts(folder.path()) {
                let odd = |letter: char| {
                    letter.is_control() || "\u{FFFD}\u{202E}\u{200E}".contains(letter)
                };
                assert!(!text.contains(odd), "{text:?}");
                by_filter += usize::from(text.contains("| Where-Object { $_.Name.Equals("));
                let mut text = evaluated(&text);
                for name in other.values() {
                    by_guid += usize::from(text.contains(&guid(name)));
                    text = text.replace(&guid(name), &name.replace('\'', "''"));
                }
                found.push(tokens(&text));
            }
            assert_eq!(sorted(found), wanted, "{}", case.display());
        }
    }
    assert!(by_guid > 10 && by_filter > 10, "{by_guid} {by_filter}");
}

#[test]
fn a_folder_that_is_no_server_is_named_in_no_command() {
    let mut placeholders = 0;
    for case in [
        "server-out-of-step",
        "private-key",
        "several-servers-out-of-step",
    ] {
        let case = sample::folder().join(case);
        let (_, servers) = names(&case);
        let hostile = servers.into_iter().enumerate();
        let hostile: Names = hostile
            .map(|(number, name)| (name, format!("E'X, ' on ' {number}")))
            .collect();
        for command in commands(copy(&case, "Bob's logs", &hostile).path()) {
            for pair in command.windows(2) {
                if let [Token::Word(parameter), Token::Literal(server)] = pair
                    && parameter == "-Server"
                {
                    assert_eq!(server, "<server>", "{}", case.display());
                    placeholders += 1;
                }
            }
        }
    }
    assert!(placeholders > 2, "only {placeholders} placeholders");
}
