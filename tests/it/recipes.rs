//! The PowerShell recipes: their commands run, and every property that they name is in the output.
//!
//! In: the `powershell` blocks of `docs/recipes.md`. A block runs this program with `-o FILE`, reads
//! the file into a variable, and sends it through a pipeline. The commands are run; the pipeline is
//! followed without a PowerShell: each property of `$r.a.b`, `$_.a`, `Select-Object a, b` and
//! `Group-Object a` must be in the objects that reach it. Where `pwsh` is installed, each block is run
//! by it as well.

use std::fs;
use std::path::Path;
use std::process::Command;

use regex::Regex;
use serde_json::{Map, Value};
use tempfile::TempDir;

use crate::document::{Document, folder, is_installed, path_with_program, program, words};

/// A block of commands.
struct Recipe {
    lines: Vec<String>,
    /// Where its files are written.
    output: TempDir,
}

fn recipes() -> Vec<Recipe> {
    let blocks = Document::read("docs/recipes.md").blocks();
    let recipes: Vec<Recipe> = blocks
        .into_iter()
        .filter(|block| block.language == "powershell")
        .map(|block| Recipe {
            lines: block.lines,
            output: tempfile::tempdir().expect("a folder"),
        })
        .collect();
    assert!(recipes.len() >= 5, "only {} recipes", recipes.len());
    recipes
}

#[test]
fn every_property_is_in_the_output() {
    for recipe in recipes() {
        let mut objects: Option<Vec<Value>> = None;
        let mut properties = 0;
        for line in &recipe.lines {
            if line.starts_with("sendlens ") {
                run_into(&recipe, line);
            } else if let Some(source) = line.strip_prefix("$r = ") {
                objects = Some(read(&recipe, source));
            } else if let Some(objects) = &objects {
                properties += follow(line, "$r", objects);
            }
        }
        if objects.is_some() {
            assert!(properties > 0, "no property in {:?}", recipe.lines);
        }
    }
}

#[test]
fn a_powershell_runs_them() {
    if !is_installed("pwsh") {
        return;
    }
    for recipe in recipes() {
        let samples = folder().join("sample-logs");
        let script = recipe
            .lines
            .join("\n")
            .replace("sample-logs/", &format!("{}/", samples.display()));
        let output = Command::new("pwsh")
            .args(["-NoProfile", "-NonInteractive", "-Command", &script])
            .current_dir(recipe.output.path())
            .env("PATH", path_with_program())
            .output()
            .expect("pwsh can be started");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(!output.stdout.is_empty(), "{script}\n{errors}");
    }
}

#[test]
fn a_wrong_property_is_noticed() {
    let objects = [serde_json::json!({"incidents": [{"cause": {"code": "x"}}]})];
    assert_eq!(follow("$r.incidents.cause.code", "$r", &objects), 3);
    for wrong in [
        "$r.incident",
        "$r.incidents | Select-Object cause, name",
        "$r.incidents | Where-Object { $_.cause.name }",
        "$r.incidents | ForEach-Object { $_.cause | Select-Object name }",
        "$r.incidents | Group-Object code",
    ] {
        let followed = std::panic::catch_unwind(|| follow(wrong, "$r", &objects));
        assert!(followed.is_err(), "{wrong}");
    }
}

/// Runs the program with its output file in the folder of the recipe.
fn run_into(recipe: &Recipe, line: &str) {
    let mut arguments = words(line)[1..].to_vec();
    let place = arguments.iter().position(|word| word == "-o");
    let name = &mut arguments[place.expect("a recipe writes with -o") + 1];
    let file = recipe.output.path().join(&*name);
    *name = file.to_string_lossy().into_owned();
    let output = program(&arguments);
    assert!(
        matches!(output.status.code(), Some(0 | 1)),
        "{line}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let size = fs::metadata(&file).map_or(0, |known| known.len());
    assert!(size > 0, "{line} wrote nothing");
}

/// The objects that a recipe reads from its file.
fn read(recipe: &Recipe, source: &str) -> Vec<Value> {
    let name = words(source)
        .into_iter()
        .find(|word| Path::new(word).extension().is_some())
        .expect("a file");
    let path = recipe.output.path().join(name);
    if source.starts_with("Import-Csv ") {
        let mut reader = csv::Reader::from_path(&path).expect("the file");
        let rows = reader.deserialize::<Map<String, Value>>();
        return rows.map(|row| Value::Object(row.expect("a row"))).collect();
    }
    assert!(source.ends_with("| ConvertFrom-Json"), "{source}");
    let text = fs::read_to_string(&path).expect("the file");
    flat(&serde_json::from_str(&text).expect("JSON"))
}

/// Follows a pipeline that starts with `variable`, and counts the properties that it names.
fn follow(pipeline: &str, variable: &str, objects: &[Value]) -> usize {
    let mut stages = split(pipeline, '|').into_iter();
    let start = stages.next().unwrap_or_default();
    let Some(path) = start.trim().strip_prefix(variable) else {
        return 0;
    };
    let names: Vec<&str> = path.split('.').skip(1).collect();
    let mut count = names.len();
    let mut current = resolve(objects, &names, pipeline);
    for stage in stages {
        let stage = stage.trim();
        let (command, rest) = stage.split_once(' ').unwrap_or((stage, ""));
        match command {
            "Select-Object" | "Group-Object" | "Sort-Object" => {
                for item in split(rest, ',') {
                    let item = item.trim().split(" -").next().unwrap_or_default();
                    count += match item.starts_with("@{") {
                        true => inside(item, &current, pipeline),
                        false => resolve(&current, &[item], pipeline).len().min(1),
                    };
                }
            }
            "ForEach-Object" => {
                let body = rest.trim_matches(['{', '}', ' ']);
                count += follow(body, "$_", &current);
                // What comes out depends on the body; nothing behind it may name a property.
                current = Vec::new();
            }
            _ => count += inside(rest, &current, pipeline),
        }
    }
    count
}

/// The properties of `$_` in an expression.
fn inside(expression: &str, objects: &[Value], pipeline: &str) -> usize {
    let property = Regex::new(r"\$_((?:\.\w+)+)").expect("a pattern");
    let mut count = 0;
    for found in property.captures_iter(expression) {
        let names: Vec<&str> = found[1].split('.').skip(1).collect();
        resolve(objects, &names, pipeline);
        count += names.len();
    }
    count
}

/// The values of a property of these objects. Lists are taken apart, as PowerShell does.
fn resolve(objects: &[Value], names: &[&str], pipeline: &str) -> Vec<Value> {
    let mut current = objects.to_vec();
    for name in names {
        let found: Vec<&Value> = current
            .iter()
            .filter_map(|object| object.get(name))
            .collect();
        assert!(!found.is_empty(), "no property '{name}' in: {pipeline}");
        current = found.into_iter().flat_map(flat).collect();
    }
    current
}

fn flat(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items.clone(),
        other => vec![other.clone()],
    }
}

/// Splits at a character outside of braces and quotes.
fn split(text: &str, at: char) -> Vec<&str> {
    let (mut depth, mut quoted, mut start) = (0, false, 0);
    let mut parts = Vec::new();
    for (place, character) in text.char_indices() {
        match character {
            '\'' => quoted = !quoted,
            '{' if !quoted => depth += 1,
            '}' if !quoted => depth -= 1,
            _ if character == at && depth == 0 && !quoted => {
                parts.push(&text[start..place]);
                start = place + character.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}
