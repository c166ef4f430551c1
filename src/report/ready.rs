//! A part that many records repeat, with its JSON, which is made once.
//!
//! In: any serialisable value. Out: the value, and its JSON wherever JSON is written.
//! Must not change what is written: a reader cannot tell it from the value.

use std::borrow::Cow;
use std::ops::Deref;
use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

/// The value and its JSON, shared by all records that show it. To be written as JSON without
/// indentation: its own has none.
#[derive(Debug, Clone)]
pub struct Ready<T>(Arc<Made<T>>);

#[derive(Debug)]
struct Made<T> {
    value: T,
    /// `None` where the value cannot be JSON, which whoever writes it then hears of.
    json: Option<Box<RawValue>>,
}

impl<T: Serialize> Ready<T> {
    /// Makes the JSON.
    pub fn new(value: T) -> Ready<T> {
        let json = to_raw_value(&value).ok();
        Ready(Arc::new(Made { value, json }))
    }
}

impl<T> Deref for Ready<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0.value
    }
}

impl<T: Serialize> Serialize for Ready<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0.json {
            Some(json) => json.serialize(serializer),
            None => self.0.value.serialize(serializer),
        }
    }
}

impl<T: JsonSchema> JsonSchema for Ready<T> {
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
    fn nobody_can_tell_it_from_the_value() {
        let value = json!({"subject": "CN=\u{e9}\"\n", "names": ["a", "b"], "days": null});
        let ready = Ready::new(value.clone());
        let write = serde_json::to_string::<Vec<Ready<serde_json::Value>>>;
        assert_eq!(
            write(&vec![ready.clone(), ready.clone()]).expect("json"),
            serde_json::to_string(&[&value, &value]).expect("json")
        );
        assert_eq!(serde_json::to_value(&ready).expect("value"), value);
        assert_eq!(*ready, value);
    }
}
