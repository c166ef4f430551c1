//! Writes JSON and NDJSON.
//!
//! In: any serialisable data. Out: indented JSON, or one object on each line with its `type` first.
//! Must not change the data. Invariant: control characters, and those that turn the direction of text or
//! that nobody sees, are escaped, so that no screen acts on them.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Map, Value};

use crate::render::hidden::EscapeHidden;
use crate::report::document::Document;

/// Writes one indented document.
///
/// # Errors
/// The error of the writer.
pub fn document(data: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(EscapeHidden(&mut *out), data)?;
    out.write_all(b"\n")
}

/// Writes one object on one line.
///
/// # Errors
/// The error of the writer.
pub fn line(data: &impl Serialize, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    serde_json::to_writer(EscapeHidden(&mut *out), data)?;
    out.write_all(b"\n")
}

/// Writes one object on one line, with its `type` first.
///
/// # Errors
/// The error of the writer.
pub fn typed_line(kind: &str, data: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let mut object = Map::new();
    object.insert("type".to_owned(), Value::from(kind));
    if let Value::Object(fields) = serde_json::to_value(data)? {
        object.extend(fields);
    }
    line(&object, out)
}

/// Writes the document of `diagnose` with one object on each line: a summary, then incidents,
/// certificates and findings.
///
/// # Errors
/// The error of the writer.
pub fn lines(report: &Document, out: &mut dyn Write) -> io::Result<()> {
    let mut summary = Map::new();
    if let Value::Object(fields) = serde_json::to_value(report)? {
        let listed = ["incidents", "certificates", "findings"];
        summary.extend(
            fields
                .into_iter()
                .filter(|(name, _)| !listed.contains(&name.as_str())),
        );
    }
    typed_line("summary", &summary, out)?;
    for incident in &report.incidents {
        typed_line("incident", incident, out)?;
    }
    for certificate in &report.certificates {
        typed_line("certificate", certificate, out)?;
    }
    for finding in &report.findings {
        typed_line("finding", finding, out)?;
    }
    Ok(())
}
