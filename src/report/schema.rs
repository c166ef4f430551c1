//! Makes the JSON Schemas of all JSON outputs, which `sendlens rules --schema` prints.
//!
//! In: the types of this folder. Out: one JSON value with a schema for each output.

use schemars::schema_for;
use serde_json::{Value, json};

use crate::digest_file::record::DigestLine;
use crate::report::catalogue::CatalogueEntry;
use crate::report::certificate::CertificateRow;
use crate::report::document::Document;
use crate::report::message_record::MessageOutput;
use crate::report::preflight::Preflight;
use crate::report::session_record::SessionRecord;

/// A schema for each output. Its name is that of the command.
pub fn schemas() -> Value {
    json!({
        "diagnose": schema_for!(Document),
        "sessions": schema_for!(SessionRecord<'_>),
        "messages": schema_for!(MessageOutput),
        "digest": schema_for!(DigestLine),
        "certificates": schema_for!(CertificateRow),
        "preflight": schema_for!(Preflight),
        "rules": schema_for!(CatalogueEntry),
    })
}
