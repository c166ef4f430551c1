//! JSON and NDJSON.
//!
//! In: any serialisable data. Out: indented JSON, or one object per line with its `type` first.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Map, Value};

use crate::report::document::Document;

/// One indented document.
///
/// # Errors
/// Whatever the writer says.
pub fn document(data: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, data)?;
    out.write_all(b"\n")
}

/// One object on one line.
///
/// # Errors
/// Whatever the writer says.
pub fn line(data: &impl Serialize, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    serde_json::to_writer(&mut *out, data)?;
    out.write_all(b"\n")
}

/// An object on one line, its `type` put in front.
///
/// # Errors
/// Whatever the writer says.
pub fn typed_line(kind: &str, data: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let mut object = Map::new();
    object.insert("type".to_owned(), Value::from(kind));
    if let Value::Object(fields) = serde_json::to_value(data)? {
        object.extend(fields);
    }
    line(&object, out)
}

/// The document of `diagnose`, an object per line: a summary, then incidents, certificates and
/// findings.
///
/// # Errors
/// Whatever the writer says.
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
