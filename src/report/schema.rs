//! The JSON Schemas of all JSON outputs, printed by `sendlens rules --schema`.
//!
//! In: the types of this folder. Out: one JSON value with a schema per output.

use schemars::schema_for;
use serde_json::{Value, json};

use crate::report::catalogue::CatalogueEntry;
use crate::report::certificate::CertificateRow;
use crate::report::document::Document;
use crate::report::preflight::Preflight;
use crate::report::session_record::SessionRecord;

/// A schema per output, by the name of the command that prints it.
pub fn schemas() -> Value {
    json!({
        "diagnose": schema_for!(Document),
        "sessions": schema_for!(SessionRecord<'_>),
        "certificates": schema_for!(CertificateRow),
        "preflight": schema_for!(Preflight),
        "rules": schema_for!(CatalogueEntry),
    })
}
