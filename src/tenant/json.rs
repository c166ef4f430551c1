//! Reads the output of `ConvertTo-Json` into values.
//!
//! In: text; one document or several after each other. Out: one [`Value`] per document.
//! Must not decide what a row is. Fields keep their order and their spelling, doubles included,
//! because PowerShell writes `{"value":1,"Value":"OnPremises"}`.
//! Invariant: depth is bounded by serde_json's own limit, so hostile nesting is an error.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;

use super::table::{ExportError, Object, Value};
use super::value_limit::ValueLimit;

/// Reads all documents of a text.
pub(super) fn parse(text: &str) -> Result<Vec<Value>, ExportError> {
    let limit = ValueLimit::default();
    let mut documents = serde_json::Deserializer::from_str(text);
    let mut values = Vec::new();
    while documents.end().is_err() {
        match Json(&limit).deserialize(&mut documents) {
            Ok(value) => values.push(value),
            Err(_) if limit.is_exceeded() => return Err(ValueLimit::error()),
            Err(error) => return Err(broken(&error)),
        }
    }
    Ok(values)
}

fn broken(error: &serde_json::Error) -> ExportError {
    // serde_json shows this only in its text.
    if error.classify() == Category::Syntax && error.to_string().starts_with("recursion limit") {
        return ExportError::TooDeep;
    }
    ExportError::Json {
        line: error.line(),
        column: error.column(),
    }
}

/// Reads a value, and counts it.
#[derive(Clone, Copy)]
struct Json<'l>(&'l ValueLimit);

impl<'de> DeserializeSeed<'de> for Json<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.0.take(1).map_err(D::Error::custom)?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Json<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Number(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from_text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::from_text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = elements.next_element_seed(self)? {
            values.push(value);
        }
        Ok(Value::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut fields = Vec::new();
        while let Some(name) = entries.next_key::<String>()? {
            // `X@data.type` and `@odata.context` describe values and are none.
            if name.contains("@data.") || name.contains("@odata.") {
                entries.next_value::<IgnoredAny>()?;
            } else {
                fields.push((name, entries.next_value_seed(self)?));
            }
        }
        Ok(unwrapped(fields))
    }
}

/// An object, or the list in PowerShell's `{"value":[…],"Count":n}`.
fn unwrapped(mut fields: Vec<(String, Value)>) -> Value {
    let counted = |fields: &[(String, Value)]| {
        fields.len() == 2
            && fields
                .iter()
                .any(|(name, value)| name == "Count" && matches!(value, Value::Number(_)))
    };
    if counted(&fields) {
        let list = fields.iter().position(|(name, value)| {
            name.eq_ignore_ascii_case("value") && matches!(value, Value::List(_))
        });
        if let Some(list) = list {
            return fields.swap_remove(list).1;
        }
    }
    Value::Object(Box::new(Object {
        type_name: None,
        fields,
        text: None,
        line: None,
    }))
}

#[cfg(test)]
mod tests {
    use super::super::value_limit::MOST_VALUES;
    use super::*;

    fn one(text: &str) -> Value {
        let mut values = parse(text).unwrap();
        assert_eq!(values.len(), 1);
        values.remove(0)
    }

    fn object(value: Value) -> Object {
        match value {
            Value::Object(object) => *object,
            other => panic!("no object: {other:?}"),
        }
    }

    #[test]
    fn scalars_keep_their_kind() {
        let row = object(one(
            r#"{"A":null,"B":true,"C":-3,"D":1.5,"E":"x\r\n","F":18446744073709551615,"G":[]}"#,
        ));
        let number = |text: &str| Value::Number(text.to_owned());
        assert_eq!(row.get("A"), Some(&Value::Null));
        assert_eq!(row.get("b"), Some(&Value::Bool(true)));
        assert_eq!(row.get("C"), Some(&number("-3")));
        assert_eq!(row.get("D"), Some(&number("1.5")));
        assert_eq!(row.get("E"), Some(&Value::Text("x\r\n".to_owned())));
        assert_eq!(row.get("F"), Some(&number("18446744073709551615")));
        assert_eq!(row.get("G"), Some(&Value::List(Vec::new())));
        assert_eq!(row.get("H"), None);
    }

    #[test]
    fn names_that_differ_in_case_are_both_kept() {
        let row = object(one(r#"{"value":1,"Value":"OnPremises"}"#));
        assert_eq!(
            row.get("Value"),
            Some(&Value::Text("OnPremises".to_owned()))
        );
        assert_eq!(row.get("value"), Some(&Value::Number("1".to_owned())));
        assert_eq!(row.get("VALUE"), Some(&Value::Number("1".to_owned())));
    }

    #[test]
    fn counted_lists_are_unwrapped() {
        assert_eq!(
            one(r#"{"value":["a"],"Count":1}"#),
            Value::List(vec![Value::Text("a".to_owned())])
        );
        let row = object(one(r#"{"value":["a"],"Other":1}"#));
        assert_eq!(row.fields.len(), 2);
    }

    #[test]
    fn type_annotations_are_left_out_and_type_names_are_lost() {
        let row = object(one(
            r##"{"Ips@data.type":"#Collection(String)","Ips":"System.Collections.ArrayList"}"##,
        ));
        assert_eq!(row.fields, [("Ips".to_owned(), Value::Lost)]);
    }

    #[test]
    fn documents_may_follow_each_other() {
        assert_eq!(
            parse("{\"Name\":\"a\"}\r\n{\"Name\":\"b\"}\r\n")
                .unwrap()
                .len(),
            2
        );
    }

    #[test]
    fn broken_and_hostile_documents_are_errors() {
        assert_eq!(
            parse("[\n{\"a\":"),
            Err(ExportError::Json { line: 2, column: 5 })
        );
        let deep = "[".repeat(1_000_000);
        assert_eq!(parse(&deep), Err(ExportError::TooDeep));
        let deep = "{\"a\":".repeat(1_000_000);
        assert_eq!(parse(&deep), Err(ExportError::TooDeep));
    }

    #[test]
    fn the_number_of_values_is_bounded() {
        let many = format!("[{}1]", "1,".repeat(MOST_VALUES));
        assert_eq!(parse(&many), Err(ValueLimit::error()));
    }
}
