//! A value that many records repeat, together with its JSON. The JSON is made only once.
//!
//! In: any serialisable value. Out: the value, and its JSON wherever JSON is written.
//! Must not change the output: it is the same as for the plain value.

use std::borrow::Cow;
use std::ops::Deref;
use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

/// The value and its JSON, shared by all records that show the value. Use it only for JSON without
/// indentation, because the stored JSON has none.
#[derive(Debug, Clone)]
pub struct Preserialized<T>(Arc<Made<T>>);

#[derive(Debug)]
struct Made<T> {
    value: T,
    /// `None` if the value cannot be JSON. Then writing the value returns the error.
    json: Option<Box<RawValue>>,
}

impl<T: Serialize> Preserialized<T> {
    /// Serialises the value.
    pub fn new(value: T) -> Preserialized<T> {
        let json = to_raw_value(&value).ok();
        Preserialized(Arc::new(Made { value, json }))
    }
}

impl<T> Deref for Preserialized<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0.value
    }
}

impl<T: Serialize> Serialize for Preserialized<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0.json {
            Some(json) => json.serialize(serializer),
            None => self.0.value.serialize(serializer),
        }
    }
}

impl<T: JsonSchema> JsonSchema for Preserialized<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_output_is_that_of_the_plain_value() {
        let value = json!({"subject": "CN=\u{e9}\"\n", "names": ["a", "b"], "days": null});
        let preserialized = Preserialized::new(value.clone());
        let write = serde_json::to_string::<Vec<Preserialized<serde_json::Value>>>;
        assert_eq!(
            write(&vec![preserialized.clone(), preserialized.clone()]).expect("json"),
            serde_json::to_string(&[&value, &value]).expect("json")
        );
        assert_eq!(serde_json::to_value(&preserialized).expect("value"), value);
        assert_eq!(*preserialized, value);
    }
}
