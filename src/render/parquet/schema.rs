//! The columns of the Parquet file of sessions. `docs/json.md` describes them.
//!
//! In: nothing. Out: the schema. The columns have the names and the order of the fields of
//! [`SessionRecord`](crate::report::session_record::SessionRecord).
//! Must not rename, remove or retype a column, because queries depend on them. A new one goes to the
//! place of its field.

use std::sync::{Arc, LazyLock};

use parquet::schema::parser::parse_message_type;
use parquet::schema::types::{SchemaDescPtr, SchemaDescriptor};

/// The schema. It is `None` only if the text below is wrong, which a test excludes.
pub(super) static SESSIONS: LazyLock<Option<SchemaDescPtr>> = LazyLock::new(|| {
    let message = parse_message_type(TEXT).ok()?;
    Some(Arc::new(SchemaDescriptor::new(Arc::new(message))))
});

/// In the language of the Parquet specification.
///
/// A list is never null, and has the three levels that the specification asks for. Numbers are signed,
/// because Spark has no others.
const TEXT: &str = "
message session {
  required binary type (STRING);
  required binary stream (STRING);
  required binary connector (STRING);
  required binary session_id (STRING);
  required binary completeness (STRING);
  optional int64 started (TIMESTAMP(MILLIS, true));
  optional int64 ended (TIMESTAMP(MILLIS, true));
  optional binary local (STRING);
  optional binary remote (STRING);
  required boolean exchange_online;
  optional binary source_address (STRING);
  required group tls {
    optional boolean offered;
    required boolean requested;
    optional binary protocol (STRING);
    optional binary error (STRING);
  }
  optional group certificate {
    optional binary subject (STRING);
    optional binary issuer (STRING);
    optional binary subject_and_issuer (STRING);
    optional binary serial (STRING);
    optional binary thumbprint (STRING);
    optional int64 not_before (TIMESTAMP(MILLIS, true));
    optional int64 not_after (TIMESTAMP(MILLIS, true));
    required group names (LIST) {
      repeated group list {
        required binary element (STRING);
      }
    }
  }
  optional group remote_certificate {
    optional binary subject (STRING);
    optional binary issuer (STRING);
    optional binary subject_and_issuer (STRING);
    optional binary serial (STRING);
    optional binary thumbprint (STRING);
    optional int64 not_before (TIMESTAMP(MILLIS, true));
    optional int64 not_after (TIMESTAMP(MILLIS, true));
    required group names (LIST) {
      repeated group list {
        required binary element (STRING);
      }
    }
  }
  required int64 messages;
  required int64 accepted;
  required int64 rejected;
  required group rejections (LIST) {
    repeated group list {
      required group element {
        optional int64 time (TIMESTAMP(MILLIS, true));
        optional binary verb (STRING);
        optional binary sender (STRING);
        optional binary recipient (STRING);
        required int32 code;
        optional binary enhanced (STRING);
        optional binary attr (STRING);
        required binary text (STRING);
      }
    }
  }
  optional group attribution {
    required binary outcome (STRING);
    optional binary by (STRING);
    optional binary tenant (STRING);
    optional binary inbound_connector (STRING);
    required group trace (LIST) {
      repeated group list {
        required binary element (STRING);
      }
    }
  }
  optional group proxy {
    required binary role (STRING);
    optional binary stream (STRING);
    optional binary session_id (STRING);
  }
  required binary file (STRING);
  required int64 line;
  required int64 rows;
}
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_a_schema_with_the_fields_of_the_record_in_their_order() {
        let schema = SESSIONS.as_ref().expect("a schema");
        let fields = schema.root_schema().get_fields().iter();
        let columns: Vec<&str> = fields.map(|field| field.name()).collect();
        let json = schemars::schema_for!(crate::report::session_record::SessionRecord<'static>);
        let fields = json.as_value()["properties"].as_object().expect("fields");
        let fields: Vec<&str> = fields.keys().map(String::as_str).collect();
        assert_eq!(columns, fields);
    }
}
