//! Export files found on disk, read into tenants.
//!
//! In: texts that discovery found, and the paths given with `--tenant`. Out: [`Tenant`]s, what was
//! skipped, and what could not be read.
//! Must not know logs.

use std::path::{Path, PathBuf};

use crate::input::discover::{self, Found, TextFile};
use crate::onprem::OnPremises;
use crate::report::document::SkippedFile;
use crate::tenant::load::{self, Content, LoadedFile};
use crate::tenant::{Tenant, export};

/// What the exports gave.
#[derive(Debug, Default)]
pub struct Exports {
    /// The tenants, by name.
    pub tenants: Vec<Tenant>,
    /// The organisation's own side.
    pub on_premises: OnPremises,
    /// Texts that are neither log nor export.
    pub skipped: Vec<SkippedFile>,
    /// Sentences about values that were lost or files left out.
    pub notes: Vec<String>,
    /// Files that could not be read, each a sentence.
    pub errors: Vec<String>,
}

/// Reads the exports found beside the logs and those of `--tenant`.
pub fn read(found: &Found, named: &[(Option<String>, PathBuf)]) -> Exports {
    let mut exports = Exports::default();
    let mut files = Vec::new();
    // Given tenants take the place of what lies beside the logs.
    let here = std::env::current_dir().ok();
    let root = here.and_then(|here| Some(here.file_name()?.to_string_lossy().into_owned()));
    for text in &found.texts {
        if named.is_empty() {
            file(text, None, &folder_of(&text.path), &mut files, &mut exports);
        } else if !is_export(text) {
            exports.skipped.push(skipped(&text.name));
        }
    }
    for file in &found.skipped {
        let unread = matches!(file.reason.as_str(), "empty file" | "not a text file");
        if unread && names_an_export(&file.file) {
            exports.errors.push(format!(
                "{}: {}; export again with ConvertTo-Json -Depth 5",
                file.file, file.reason
            ));
        }
    }
    for (name, path) in named {
        tenant_path(name.as_deref(), path, &mut files, &mut exports);
    }
    let (tenants, notes) = load::group(files, root.as_deref().unwrap_or("tenant"));
    exports.tenants = tenants;
    exports.notes.extend(notes.iter().map(ToString::to_string));
    exports.skipped.sort();
    exports
}

fn tenant_path(
    name: Option<&str>,
    path: &Path,
    files: &mut Vec<LoadedFile>,
    exports: &mut Exports,
) {
    let found = discover::find(
        std::slice::from_ref(&path.to_owned()),
        crate::input::bytes::IoMode::Read,
    );
    exports
        .errors
        .extend(found.errors.iter().map(ToString::to_string));
    let before = files.len();
    // All files below one PATH belong together, whatever folders they are in.
    let folder = if path.is_file() {
        folder_of(path)
    } else {
        shown(path)
    };
    for text in &found.texts {
        file(text, name, &folder, files, exports);
    }
    if files.len() == before && found.errors.is_empty() {
        exports.errors.push(format!(
            "--tenant {}: no export found there; run Get-InboundConnector | ConvertTo-Json -Depth 5 in Exchange Online PowerShell and save it there",
            path.display()
        ));
    }
}

/// The folder of a file as typed: told apart from every other, and named by its last part.
fn folder_of(path: &Path) -> String {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => shown(folder),
        _ => ".".to_owned(),
    }
}

fn shown(path: &Path) -> String {
    let text = path.to_string_lossy().replace('\\', "/");
    let text = text.trim_start_matches("./").trim_end_matches('/');
    if text.is_empty() {
        ".".to_owned()
    } else {
        text.to_owned()
    }
}

fn is_export(text: &TextFile) -> bool {
    export::looks_like_export(&text.head)
}

fn names_an_export(name: &str) -> bool {
    let is_note = name.to_ascii_lowercase().ends_with(".md");
    !is_note && load::content_by_name(name) != Content::Nothing
}

fn skipped(name: &str) -> SkippedFile {
    SkippedFile {
        file: name.to_owned(),
        reason: "neither a send log nor an export".to_owned(),
    }
}

fn file(
    text: &TextFile,
    tenant: Option<&str>,
    folder: &str,
    files: &mut Vec<LoadedFile>,
    exports: &mut Exports,
) {
    if !is_export(text) {
        // A file that names itself an export is missed if it is none.
        if names_an_export(&text.name) || tenant.is_some() {
            exports.errors.push(format!(
                "{}: is no export that can be read; export again with ConvertTo-Json -Depth 5",
                text.name
            ));
        } else {
            exports.skipped.push(skipped(&text.name));
        }
        return;
    }
    let bytes = match std::fs::read(&text.path) {
        Ok(bytes) => bytes,
        Err(error) => {
            return exports
                .errors
                .push(format!("{}: cannot be read: {error}", text.name));
        }
    };
    match load::load_file(&text.name, folder, tenant, &bytes) {
        Ok(loaded) if loaded.has_connector_export || loaded.has_domain_export => {
            exports.notes.extend(
                loaded
                    .notes
                    .iter()
                    .map(|note| format!("{}: {note}", text.name)),
            );
            files.push(loaded);
        }
        Ok(_) => exports.skipped.push(skipped(&text.name)),
        // Only a file that names itself an export is missed if it cannot be read.
        Err(error) if names_an_export(&text.name) || tenant.is_some() => {
            exports.errors.push(format!("{}: {error}", text.name));
        }
        Err(error) => exports.skipped.push(SkippedFile {
            file: text.name.clone(),
            reason: format!("looks like an export, but cannot be read as one: {error}"),
        }),
    }
}
