//! Reads the output of `Export-Clixml` into values.
//!
//! In: text with one or more `<Objs>` documents ([MS-PSRP] 2.2.5 describes the elements).
//! Out: one [`Value`] per outermost element. An enumeration becomes its name, a list a list.
//! Must not follow a reference twice on one path: cycles end as [`Value::Lost`].
//! Invariant: depth is bounded, and what references copy is bounded by the size of the text, so
//! that a hostile file costs no more than a large one.

use std::collections::HashMap;

use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::clixml_text::{primitive, unescaped};
use super::table::{ExportError, MAX_DEPTH, Object, Value};
use super::value_limit::ValueLimit;

/// How much larger than the text the values may become through references.
const GROWTH: usize = 16;

/// Reads all outermost elements of a text.
pub(super) fn parse(text: &str) -> Result<Vec<Value>, ExportError> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    reader.config_mut().allow_dangling_amp = true;
    let mut parser = Parser {
        reader,
        ..Parser::default()
    };
    parser.documents()?;
    let mut builder = Builder {
        objects: &parser.objects,
        on_path: vec![false; parser.objects.len()],
        budget: text.len().saturating_mul(GROWTH).saturating_add(1 << 20),
    };
    parser
        .roots
        .iter()
        .map(|root| builder.build(root, 0))
        .collect()
}

/// An element before references are followed.
#[derive(Debug)]
enum Node {
    Done(Value),
    /// Index into [`Parser::objects`].
    Object(usize),
}

/// The content of an `<Obj>`.
#[derive(Debug, Default)]
struct RawObject {
    type_name: Option<String>,
    text: Option<String>,
    /// The value inside where the object wraps a primitive: an enumeration's number, a date.
    primitive: Option<Value>,
    items: Option<Vec<Node>>,
    fields: Vec<(String, Node)>,
}

struct Parser<'a> {
    reader: Reader<&'a [u8]>,
    objects: Vec<RawObject>,
    roots: Vec<Node>,
    by_id: HashMap<String, usize>,
    type_names: HashMap<String, String>,
    limit: ValueLimit,
}

impl Default for Parser<'_> {
    fn default() -> Self {
        Parser {
            reader: Reader::from_str(""),
            objects: Vec::new(),
            roots: Vec::new(),
            by_id: HashMap::new(),
            type_names: HashMap::new(),
            limit: ValueLimit::default(),
        }
    }
}

impl<'a> Parser<'a> {
    fn documents(&mut self) -> Result<(), ExportError> {
        let mut open = false;
        loop {
            match self.next()? {
                Event::Start(start) if start.local_name().as_ref() == "Objs" => {
                    // Numbers hold within one document.
                    self.by_id.clear();
                    self.type_names.clear();
                    open = true;
                }
                Event::Start(start) => {
                    let node = self.element(&start, 0)?;
                    self.roots.extend(node);
                }
                Event::End(_) => open = false,
                Event::Eof if open => return Err(self.broken("it ends early")),
                Event::Eof => return Ok(()),
                _ => {}
            }
        }
    }

    fn next(&mut self) -> Result<Event<'a>, ExportError> {
        self.reader
            .read_event()
            .map_err(|error| ExportError::CliXml {
                offset: self.reader.error_position(),
                reason: error.to_string(),
            })
    }

    /// The next event inside an element, which the end of the text may not cut.
    fn next_inside(&mut self) -> Result<Event<'a>, ExportError> {
        match self.next()? {
            Event::Eof => Err(self.broken("it ends early")),
            event => Ok(event),
        }
    }

    fn broken(&self, reason: &str) -> ExportError {
        ExportError::CliXml {
            offset: self.reader.buffer_position(),
            reason: reason.to_owned(),
        }
    }

    fn skip(&mut self, start: &BytesStart<'_>) -> Result<(), ExportError> {
        self.reader
            .read_to_end(start.name())
            .map(drop)
            .map_err(|error| ExportError::CliXml {
                offset: self.reader.error_position(),
                reason: error.to_string(),
            })
    }

    /// Reads an element that is a value. Returns `None` if its content is not needed.
    fn element(
        &mut self,
        start: &BytesStart<'a>,
        depth: usize,
    ) -> Result<Option<Node>, ExportError> {
        if depth > MAX_DEPTH {
            return Err(ExportError::TooDeep);
        }
        self.limit.take(1)?;
        let value = match start.local_name().as_ref() {
            "Obj" => return self.object(start, depth).map(Some),
            "Ref" => {
                let target = attribute(start, "RefId").and_then(|id| self.by_id.get(&id).copied());
                self.skip(start)?;
                return Ok(Some(target.map_or(Node::Done(Value::Lost), Node::Object)));
            }
            // Kilobytes of .NET binary beside every Exchange object, with nothing else in them.
            "BA" if attribute(start, "N").as_deref() == Some("SerializationData") => {
                self.skip(start)?;
                return Ok(None);
            }
            // A secure string cannot be read.
            "SS" => {
                self.skip(start)?;
                Value::Lost
            }
            "Nil" => {
                self.skip(start)?;
                Value::Null
            }
            name => primitive(name, self.text()?),
        };
        Ok(Some(Node::Done(value)))
    }

    fn object(&mut self, start: &BytesStart<'a>, depth: usize) -> Result<Node, ExportError> {
        let index = self.objects.len();
        self.objects.push(RawObject::default());
        if let Some(id) = attribute(start, "RefId") {
            self.by_id.insert(id, index);
        }
        let mut object = RawObject::default();
        loop {
            let start = match self.next_inside()? {
                Event::Start(start) => start,
                Event::End(_) => break,
                _ => continue,
            };
            match start.local_name().as_ref() {
                "TN" => object.type_name = self.type_names(&start)?,
                "TNRef" => {
                    let name = attribute(&start, "RefId").and_then(|id| self.type_names.get(&id));
                    object.type_name = name.cloned();
                    self.skip(&start)?;
                }
                "ToString" => object.text = Some(unescaped(&self.text()?)),
                "Props" | "MS" => self.members(&mut object.fields, depth)?,
                "LST" | "IE" | "STK" | "QUE" => {
                    let mut items = Vec::new();
                    self.members_into(depth, |_, node| items.push(node))?;
                    object.items = Some(items);
                }
                "DCT" => self.entries(&mut object.fields, depth)?,
                _ => {
                    if let Some(Node::Done(value)) = self.element(&start, depth + 1)? {
                        object.primitive = Some(value);
                    }
                }
            }
        }
        self.objects[index] = object;
        Ok(Node::Object(index))
    }

    /// `<TN>`: the first `<T>` is the type itself, the others are its bases.
    fn type_names(&mut self, start: &BytesStart<'_>) -> Result<Option<String>, ExportError> {
        let mut first = None;
        loop {
            match self.next_inside()? {
                Event::Start(_) => {
                    let name = unescaped(&self.text()?);
                    first.get_or_insert(name);
                }
                Event::End(_) => break,
                _ => {}
            }
        }
        if let (Some(id), Some(name)) = (attribute(start, "RefId"), &first) {
            self.type_names.insert(id, name.clone());
        }
        Ok(first)
    }

    fn members(
        &mut self,
        fields: &mut Vec<(String, Node)>,
        depth: usize,
    ) -> Result<(), ExportError> {
        self.members_into(depth, |name, node| {
            fields.push((name.unwrap_or_default(), node))
        })
    }

    fn members_into(
        &mut self,
        depth: usize,
        mut take: impl FnMut(Option<String>, Node),
    ) -> Result<(), ExportError> {
        loop {
            match self.next_inside()? {
                Event::Start(start) => {
                    let name = attribute(&start, "N").map(|name| unescaped(&name));
                    if let Some(node) = self.element(&start, depth + 1)? {
                        take(name, node);
                    }
                }
                Event::End(_) => return Ok(()),
                _ => {}
            }
        }
    }

    /// `<DCT>`: `<En>` elements that hold a `Key` and a `Value`.
    fn entries(
        &mut self,
        fields: &mut Vec<(String, Node)>,
        depth: usize,
    ) -> Result<(), ExportError> {
        loop {
            match self.next_inside()? {
                Event::Start(_) => {
                    let (mut key, mut value) = (None, None);
                    self.members_into(depth, |name, node| match name.as_deref() {
                        Some("Key") => key = Some(node),
                        _ => value = Some(node),
                    })?;
                    if let (Some(Node::Done(Value::Text(key))), Some(value)) = (key, value) {
                        fields.push((key, value));
                    }
                }
                Event::End(_) => return Ok(()),
                _ => {}
            }
        }
    }

    /// The text up to the end of the element that was just begun.
    fn text(&mut self) -> Result<String, ExportError> {
        let mut text = String::new();
        loop {
            match self.next_inside()? {
                Event::Text(part) => text.push_str(&part.xml10_content()),
                Event::CData(part) => text.push_str(&part.xml10_content()),
                Event::GeneralRef(reference) => push_reference(&mut text, &reference),
                Event::Start(start) => self.skip(&start)?,
                Event::End(_) => return Ok(text),
                _ => {}
            }
        }
    }
}

fn attribute(start: &BytesStart<'_>, name: &str) -> Option<String> {
    let attribute = start.try_get_attribute(name).ok()??;
    attribute
        .normalized_value(XmlVersion::Implicit1_0)
        .ok()
        .map(std::borrow::Cow::into_owned)
}

fn push_reference(text: &mut String, reference: &BytesRef<'_>) {
    match reference.resolve_char_ref() {
        Ok(Some(character)) => text.push(character),
        Ok(None) => match quick_xml::escape::resolve_predefined_entity(reference) {
            Some(replacement) => text.push_str(replacement),
            None => text.push(char::REPLACEMENT_CHARACTER),
        },
        Err(_) => text.push(char::REPLACEMENT_CHARACTER),
    }
}

/// Follows the references.
struct Builder<'p> {
    objects: &'p [RawObject],
    /// The objects that contain the current one.
    on_path: Vec<bool>,
    budget: usize,
}

impl Builder<'_> {
    fn build(&mut self, node: &Node, depth: usize) -> Result<Value, ExportError> {
        match node {
            Node::Done(value) => {
                self.spend(match value {
                    Value::Text(text) | Value::Number(text) => text.len(),
                    Value::Bytes(bytes) => bytes.len(),
                    _ => 0,
                })?;
                Ok(value.clone())
            }
            // A chain of references can be longer than the text is deep.
            Node::Object(index) if self.on_path[*index] || depth > MAX_DEPTH => Ok(Value::Lost),
            Node::Object(index) => {
                self.on_path[*index] = true;
                let value = self.build_object(&self.objects[*index], depth + 1);
                self.on_path[*index] = false;
                value
            }
        }
    }

    fn build_object(&mut self, object: &RawObject, depth: usize) -> Result<Value, ExportError> {
        if let Some(items) = &object.items {
            let items: Result<_, _> = items.iter().map(|item| self.build(item, depth)).collect();
            return items.map(Value::List);
        }
        let text = object.text.as_ref().filter(|text| !text.trim().is_empty());
        self.spend(text.map_or(0, String::len) + object.type_name.as_ref().map_or(0, String::len))?;
        match (&object.primitive, text) {
            // An enumeration: the number that belongs to the name is not documented.
            (Some(Value::Number(_)), Some(text)) => return Ok(Value::from_text(text.clone())),
            (Some(value), _) => return Ok(value.clone()),
            (None, _) => {}
        }
        let mut fields = Vec::with_capacity(object.fields.len());
        for (name, node) in &object.fields {
            self.spend(name.len())?;
            fields.push((name.clone(), self.build(node, depth)?));
        }
        let (type_name, text) = (object.type_name.clone(), text.cloned());
        Ok(Value::Object(Box::new(Object {
            type_name,
            fields,
            text,
            line: None,
        })))
    }

    fn spend(&mut self, bytes: usize) -> Result<(), ExportError> {
        self.budget = self
            .budget
            .checked_sub(bytes + 16)
            .ok_or(ExportError::TooLarge)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn document(content: &str) -> String {
        format!(
            "<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\">\n{content}\n</Objs>"
        )
    }

    fn objects(content: &str) -> Vec<Object> {
        let values = parse(&document(content)).unwrap();
        values
            .into_iter()
            .map(|value| match value {
                Value::Object(object) => *object,
                other => panic!("no object: {other:?}"),
            })
            .collect()
    }

    fn text(value: &str) -> Value {
        Value::Text(value.to_owned())
    }

    const CONNECTOR: &str = r#"<Obj RefId="0">
      <TN RefId="0"><T>Deserialized.Microsoft.Exchange.Data.TenantInboundConnector</T><T>System.Object</T></TN>
      <ToString>Inbound from contoso</ToString>
      <Props>
        <B N="Enabled">true</B>
        <Obj N="ConnectorType" RefId="1">
          <TN RefId="1"><T>Microsoft.Exchange.Data.TenantConnectorType</T><T>System.Enum</T></TN>
          <ToString>OnPremises</ToString><I32>1</I32>
        </Obj>
        <Obj N="SenderIPAddresses" RefId="2">
          <TN RefId="2"><T>Microsoft.Exchange.Data.MultiValuedProperty`1[[Microsoft.Exchange.Data.IPRange]]</T></TN>
          <LST><S>203.0.113.7</S><S>198.51.100.0/24</S></LST>
        </Obj>
        <Obj N="SenderDomains" RefId="3"><TNRef RefId="2" /><LST /></Obj>
        <Nil N="TlsSenderCertificateName" />
        <DT N="WhenChangedUTC">2026-11-03T02:14:09Z</DT>
        <S N="Comment">a &amp; b &lt;c&gt; &#233;_x000D__x000A_d</S>
        <Ref N="Again" RefId="2" />
      </Props>
      <MS><BA N="SerializationData">AAEAAAD/////</BA><BA N="RawData">AQID/w==</BA></MS>
    </Obj>"#;

    #[test]
    fn an_object_is_read_with_its_nested_values() {
        let rows = objects(CONNECTOR);
        let row = &rows[0];
        assert_eq!(
            row.type_name.as_deref(),
            Some("Deserialized.Microsoft.Exchange.Data.TenantInboundConnector")
        );
        assert_eq!(row.text.as_deref(), Some("Inbound from contoso"));
        let addresses = Value::List(vec![text("203.0.113.7"), text("198.51.100.0/24")]);
        assert_eq!(row.get("Enabled"), Some(&Value::Bool(true)));
        assert_eq!(row.get("ConnectorType"), Some(&text("OnPremises")));
        assert_eq!(row.get("SenderIPAddresses"), Some(&addresses));
        assert_eq!(row.get("SenderDomains"), Some(&Value::List(Vec::new())));
        assert_eq!(row.get("TlsSenderCertificateName"), Some(&Value::Null));
        assert_eq!(
            row.get("WhenChangedUTC"),
            Some(&text("2026-11-03T02:14:09Z"))
        );
        assert_eq!(row.get("Comment"), Some(&text("a & b <c> é\r\nd")));
        assert_eq!(row.get("Again"), Some(&addresses));
        assert_eq!(row.get("SerializationData"), None);
        assert_eq!(row.get("RawData"), Some(&Value::Bytes(vec![1, 2, 3, 255])));
    }

    #[test]
    fn type_references_and_lists_of_objects_are_resolved() {
        let rows = objects(
            r#"<Obj RefId="0"><TN RefId="0"><T>Contoso.A</T></TN><MS><I32 N="X">1</I32></MS></Obj>
               <Obj RefId="1"><TNRef RefId="0" /><MS><Obj N="Y" RefId="2"><IE><Ref RefId="0" /></IE></Obj></MS></Obj>"#,
        );
        assert_eq!(rows[1].type_name.as_deref(), Some("Contoso.A"));
        let inner = Value::List(vec![Value::Object(Box::new(rows[0].clone()))]);
        assert_eq!(rows[1].get("Y"), Some(&inner));
    }

    #[test]
    fn dictionaries_become_fields() {
        let rows = objects(
            r#"<Obj RefId="0"><DCT><En><S N="Key">inbound</S><S N="Value">x</S></En><En><I32 N="Key">1</I32><S N="Value">y</S></En></DCT></Obj>"#,
        );
        assert_eq!(rows[0].fields, [("inbound".to_owned(), text("x"))]);
    }

    #[test]
    fn primitives_keep_their_kind() {
        let rows = objects(
            r#"<Obj RefId="0"><MS><By N="a">1</By><Db N="b">0.5</Db><C N="c">97</C><G N="d">00000000-0000-0000-0000-000000000000</G>
               <TS N="e">PT9.02S</TS><Version N="f">15.0</Version><SS N="g">00</SS><BA N="h">!</BA><B N="i">maybe</B>
               <S N="j">Microsoft.Exchange.Data.IPRange</S>
               <Obj N="k" RefId="7"><DT>2026-11-03T02:14:09Z</DT><ToString>11/03/2026 02:14:09</ToString></Obj></MS></Obj>"#,
        );
        let values: Vec<_> = rows[0]
            .fields
            .iter()
            .map(|(_, value)| value.clone())
            .collect();
        assert_eq!(
            values,
            [
                Value::Number("1".to_owned()),
                Value::Number("0.5".to_owned()),
                text("a"),
                text("00000000-0000-0000-0000-000000000000"),
                text("PT9.02S"),
                text("15.0"),
                Value::Lost,
                Value::Lost,
                Value::Lost,
                Value::Lost,
                text("2026-11-03T02:14:09Z"),
            ]
        );
    }

    #[test]
    fn cycles_end() {
        let rows = objects(
            r#"<Obj RefId="0"><MS><Obj N="Child" RefId="1"><MS><Ref N="Parent" RefId="0" /><Ref N="Unknown" RefId="9" /></MS></Obj></MS></Obj>"#,
        );
        let Some(Value::Object(child)) = rows[0].get("Child") else {
            panic!("no child")
        };
        assert_eq!(child.get("Parent"), Some(&Value::Lost));
        assert_eq!(child.get("Unknown"), Some(&Value::Lost));
    }

    #[test]
    fn references_cannot_explode() {
        let mut content = "<Obj RefId=\"0\"><MS><S N=\"a\">x</S></MS></Obj>".to_owned();
        for id in 1..60 {
            let refs = format!(
                "<Ref N=\"a\" RefId=\"{0}\" /><Ref N=\"b\" RefId=\"{0}\" />",
                id - 1
            );
            content.push_str(&format!("<Obj RefId=\"{id}\"><MS>{refs}</MS></Obj>"));
        }
        assert_eq!(parse(&document(&content)), Err(ExportError::TooLarge));
    }

    #[test]
    fn nesting_is_bounded() {
        let deep = "<Obj><MS>".repeat(100_000);
        assert_eq!(parse(&document(&deep)), Err(ExportError::TooDeep));
        let deep = "<Obj><LST>".repeat(100_000);
        assert_eq!(parse(&document(&deep)), Err(ExportError::TooDeep));
        let deep = "<Obj><X>".repeat(100_000);
        assert!(parse(&document(&deep)).is_err());
    }

    #[test]
    fn a_cut_file_is_an_error() {
        let whole = document(CONNECTOR);
        let cut = &whole[..whole.len() / 2];
        assert!(matches!(parse(cut), Err(ExportError::CliXml { .. })));
        assert!(matches!(
            parse("<Objs><Obj><B>"),
            Err(ExportError::CliXml { .. })
        ));
        assert!(matches!(
            parse("<Objs></Obj>"),
            Err(ExportError::CliXml { .. })
        ));
    }

    #[test]
    fn joined_documents_number_their_objects_anew() {
        let one = document(r#"<Obj RefId="0"><MS><S N="a">x</S></MS></Obj><Ref RefId="0" />"#);
        assert_eq!(parse(&format!("{one}{one}")).unwrap().len(), 4);
    }

    proptest! {
        #[test]
        fn any_mix_of_elements_never_panics(parts in proptest::collection::vec(prop_oneof![
            Just("<Obj RefId=\"0\">"), Just("</Obj>"), Just("<Props>"), Just("</Props>"), Just("<LST>"),
            Just("</LST>"), Just("<Ref RefId=\"0\"/>"), Just("<S N=\"Name\">x</S>"), Just("<TN RefId=\"0\"><T>y</T></TN>"),
            Just("<DCT>"), Just("<En>"), Just("</En>"), Just("</DCT>"), Just("&amp;"), Just("&#0;"), Just("<"), Just("<TNRef/>"),
        ], 0..30)) {
            let _ = parse(&document(&parts.concat()));
        }
    }
}
