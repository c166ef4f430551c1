//! The schemas that the program prints, against its own output.

use std::collections::BTreeSet;

use jsonschema::Validator;
use serde_json::{Value, json};

use crate::program::run;
use crate::sample;

/// A schema by the name of its command, or by a path into its definitions.
struct Schemas(Value);

impl Schemas {
    fn print() -> Schemas {
        let run = run(["rules", "--schema"]);
        assert_eq!(run.code, 0);
        Schemas(run.json())
    }

    fn of(&self, command: &str) -> Value {
        let schema = self.0.get(command);
        schema
            .unwrap_or_else(|| panic!("no schema of {command}"))
            .clone()
    }

    /// A definition inside the schema of a command.
    fn part(&self, command: &str, name: &str) -> Value {
        let definitions = &self.of(command)["$defs"];
        assert!(definitions.get(name).is_some(), "{command} has no {name}");
        json!({"$ref": format!("#/$defs/{name}"), "$defs": definitions})
    }
}

/// A schema that also rejects what it does not name.
fn closed(mut schema: Value) -> Value {
    close(&mut schema);
    schema
}

fn close(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            object.values_mut().for_each(close);
            if object.get("properties").is_some_and(Value::is_object) {
                object.insert("additionalProperties".to_owned(), Value::Bool(false));
            }
        }
        Value::Array(list) => list.iter_mut().for_each(close),
        _ => {}
    }
}

fn compile(schema: &Value) -> Validator {
    jsonschema::draft202012::meta::validate(schema).expect("a schema of the draft that it names");
    jsonschema::validator_for(schema).expect("a schema that compiles")
}

fn check(validator: &Validator, what: &str, value: &Value) {
    let errors: Vec<String> = validator
        .iter_errors(value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{what}: {}", errors.join("\n"));
}

#[test]
fn every_command_with_json_has_a_schema() {
    let schemas = Schemas::print();
    for command in [
        "diagnose",
        "sessions",
        "certificates",
        "messages",
        "preflight",
        "rules",
    ] {
        let schema = schemas.of(command);
        assert_eq!(
            schema["$schema"],
            "https://json-schema.org/draft/2020-12/schema"
        );
        compile(&schema);
        assert!(
            !compile(&schema).is_valid(&json!({})),
            "{command} takes anything"
        );
    }
}

#[test]
fn the_report_of_every_case_is_valid() {
    let validator = compile(&closed(Schemas::print().of("diagnose")));
    for case in sample::cases() {
        let report = run(["diagnose", "-f", "json", &sample::path(&case)]).json();
        check(&validator, &case, &report);
        let mut broken = report.clone();
        broken["input"]["lines"] = Value::from("many");
        assert!(!validator.is_valid(&broken));
    }
}

#[test]
fn the_sessions_of_every_case_are_valid() {
    let validator = compile(&closed(Schemas::print().of("sessions")));
    for case in sample::cases() {
        let path = sample::path(&case);
        let sessions = run(["sessions", &path]).lines();
        assert!(!sessions.is_empty(), "{case}");
        for session in &sessions {
            check(&validator, &case, session);
        }
        let array = run(["sessions", "-f", "json", &path]).json();
        assert_eq!(array, Value::from(sessions), "{case}: JSON and NDJSON");
    }
}

#[test]
fn the_messages_of_every_case_are_valid() {
    let validator = compile(&closed(Schemas::print().of("messages")));
    let mut count = 0;
    for case in sample::all() {
        let path = sample::path(&case);
        let messages = run(["messages", "--subjects", &path]).lines();
        for message in &messages {
            check(&validator, &case, message);
        }
        count += messages.len();
        let array = run(["messages", "--subjects", "-f", "json", &path]).json();
        assert_eq!(array, Value::from(messages), "{case}: JSON and NDJSON");
    }
    assert!(count >= 10, "only {count} messages");
}

#[test]
fn the_certificates_of_every_case_are_valid() {
    let schema = Schemas::print().of("certificates");
    let open = compile(&schema);
    let closed = compile(&closed(schema));
    for case in sample::cases() {
        let path = sample::path(&case);
        let mut rows = run(["certificates", &path]).lines();
        for row in &mut rows {
            check(&open, &case, row);
            let kind = row.as_object_mut().and_then(|row| row.shift_remove("type"));
            assert_eq!(kind, Some(Value::from("certificate")));
            check(&closed, &case, row);
        }
        let array = run(["certificates", "-f", "json", &path]).json();
        let rows: Vec<Value> = rows;
        for (row, other) in rows.iter().zip(array.as_array().expect("an array")) {
            let mut other = other.clone();
            if let Some(other) = other.as_object_mut() {
                other.shift_remove("type");
            }
            assert_eq!(*row, other, "{case}: JSON and NDJSON");
        }
        assert_eq!(array.as_array().map(Vec::len), Some(rows.len()));
    }
}

#[test]
fn the_answer_of_preflight_to_every_case_is_valid() {
    let validator = compile(&closed(Schemas::print().of("preflight")));
    let mut answered = 0;
    for case in sample::cases() {
        let path = sample::path(&case);
        for candidate in ["tests/it/certificates/chain.pem", "*.contoso.com"] {
            let run = run(["preflight", "-f", "json", candidate, &path]);
            if run.code == 3 {
                assert_eq!(case, "no-export");
                continue;
            }
            let answer = run.json();
            check(&validator, &case, &answer);
            assert_eq!(
                answer["certain"] == true,
                run.code == 0,
                "{case}: {}",
                answer["summary"]
            );
            answered += 1;
        }
    }
    assert!(answered > 30, "only {answered} answers");
}

#[test]
fn the_catalogue_is_valid() {
    let validator = compile(&closed(Schemas::print().of("rules")));
    let entries = run(["rules", "-f", "json"]).json();
    let list = entries.as_array().expect("a list");
    assert!(list.len() >= 20, "{} entries", list.len());
    let mut codes = BTreeSet::new();
    for entry in list {
        check(&validator, "rules", entry);
        let code = entry["code"].as_str().expect("a code");
        assert!(codes.insert(code), "{code} comes twice");
        let explained = run(["explain", code]);
        assert_eq!(explained.code, 0);
        let name = entry["name"].as_str().expect("a name");
        assert!(explained.text().starts_with(&format!("{code} {name} (")));
        assert_eq!(run(["explain", name]), explained);
    }
    assert_eq!(run(["rules", "-f", "ndjson"]).lines(), *list);
}

#[test]
fn report_lines_are_of_known_types_and_valid() {
    let schemas = Schemas::print();
    let incident = compile(&schemas.part("diagnose", "Incident"));
    let certificate = compile(&schemas.of("certificates"));
    let finding = compile(&schemas.part("diagnose", "CheckFinding"));
    for case in sample::cases() {
        let path = sample::path(&case);
        let lines = run(["diagnose", "-f", "ndjson", &path]).lines();
        let report = run(["diagnose", "-f", "json", &path]).json();
        let mut again = report.clone();
        for name in ["incidents", "certificates", "findings"] {
            again[name] = json!([]);
        }
        for (number, line) in lines.iter().enumerate() {
            let mut content = line.clone();
            let kind = content
                .as_object_mut()
                .and_then(|object| object.shift_remove("type"));
            let kind = kind.unwrap_or_default();
            assert_eq!(
                kind == "summary",
                number == 0,
                "{case}: the summary comes first"
            );
            let list = match kind.as_str() {
                Some("summary") => {
                    for (name, value) in content.as_object().expect("an object") {
                        again[name] = value.clone();
                    }
                    continue;
                }
                Some("incident") => {
                    check(&incident, &case, line);
                    "incidents"
                }
                Some("certificate") => {
                    check(&certificate, &case, line);
                    "certificates"
                }
                Some("finding") => {
                    check(&finding, &case, line);
                    "findings"
                }
                _ => panic!("{case}: type {kind}"),
            };
            again[list].as_array_mut().expect("a list").push(content);
        }
        assert_eq!(again, report, "{case}: the lines hold the whole report");
    }
}
