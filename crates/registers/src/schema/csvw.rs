//! A schema as CSVW (Metadata Vocabulary for Tabular Data, W3C): written whole, and read as far as registers go.
//!
//! What CSVW has no word for has an address of ours, `urn:commonhold:register:…`, which others pass over: it is allowed as a
//! common property. Kinds of values that are not XML Schema's are texts with a pattern for others, and an `@id` for us.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::{Map, Value, json};

use super::{Column, Schema, Trait};
use crate::datatype::Datatype;
use crate::datatype::date::{self, DateFormat};
use crate::datatype::number::NumberFormat;

const CONTEXT: &str = "http://www.w3.org/ns/csvw";
const OURS: &str = "urn:commonhold:register:";
const TYPES: &str = "urn:commonhold:type:";
const DESCRIPTION: &str = "dc:description";

/// What was found in a document, with its place as a JSON pointer: `/tableSchema/columns/2/datatype`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// Where.
    pub at: String,
    /// What, and what to do.
    pub message: String,
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", if self.at.is_empty() { "/" } else { &self.at }, self.message)
    }
}

/// A schema that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// The schema. Whether it can be published, [`Schema::faults`] says.
    pub schema: Schema,
    /// The file that it is of.
    pub url: String,
    /// What was passed over.
    pub passed_over: Vec<Remark>,
}

/// The document that says this of a file.
pub fn write(schema: &Schema, url: &str) -> Value {
    let columns: Vec<Value> = schema.columns.iter().map(column).collect();
    json!({
        "@context": CONTEXT,
        "url": url,
        "tableSchema": {"columns": columns, "primaryKey": schema.key},
    })
}

fn column(column: &Column) -> Value {
    let mut members = Map::new();
    let mut say = |name: &str, value: Value| drop(members.insert(name.to_owned(), value));
    say("name", json!(column.name));
    say("titles", json!(column.titles));
    say("datatype", datatype(&column.datatype));
    column.description.iter().for_each(|text| say(DESCRIPTION, json!(text)));
    column.separator.iter().for_each(|text| say("separator", json!(text)));
    column.property.iter().for_each(|text| say("propertyUrl", json!(text)));
    column.language.iter().for_each(|text| say("lang", json!(text)));
    if !column.nulls.is_empty() {
        // An empty cell is one of them unless it is said otherwise.
        say("null", json!([&[String::new()], column.nulls.as_slice()].concat()));
    }
    for what in &column.traits {
        match what {
            Trait::Required => say("required", json!(true)),
            other => say(&format!("{OURS}{}", other.word()), json!(true)),
        }
    }
    Value::Object(members)
}

impl Trait {
    const ALL: [Trait; 6] =
        [Trait::Required, Trait::Unique, Trait::Filterable, Trait::Groupable, Trait::Searchable, Trait::Erasable];

    /// The word in a document.
    pub const fn word(self) -> &'static str {
        match self {
            Trait::Required => "required",
            Trait::Unique => "unique",
            Trait::Filterable => "filterable",
            Trait::Groupable => "groupable",
            Trait::Searchable => "searchable",
            Trait::Erasable => "erasable",
        }
    }
}

fn datatype(datatype: &Datatype) -> Value {
    let number = |base: &str, format: &NumberFormat| {
        let mut members = Map::new();
        format.pattern().iter().for_each(|text| drop(members.insert("pattern".to_owned(), json!(text))));
        if format.decimal() != '.' {
            members.insert("decimalChar".to_owned(), json!(format.decimal()));
        }
        format.group().iter().for_each(|group| drop(members.insert("groupChar".to_owned(), json!(group))));
        if members.is_empty() { json!(base) } else { json!({"base": base, "format": members}) }
    };
    let date = |base: &str, format: &Option<DateFormat>| match format {
        Some(format) => json!({"base": base, "format": format.text()}),
        None => json!(base),
    };
    let ours =
        |name: &str, pattern: &str| json!({"@id": format!("{TYPES}{name}"), "base": "string", "format": pattern});
    match datatype {
        Datatype::Text => json!("string"),
        Datatype::Integer(format) => number("integer", format),
        Datatype::Decimal(format) => number("decimal", format),
        Datatype::Double(format) => number("double", format),
        Datatype::Boolean(Some([yes, no])) => json!({"base": "boolean", "format": format!("{yes}|{no}")}),
        Datatype::Boolean(None) => json!("boolean"),
        Datatype::Date(format) => date("date", format),
        Datatype::Time(format) => date("time", format),
        Datatype::DateTime(format) => date("dateTime", format),
        Datatype::Duration => json!("duration"),
        Datatype::Uri => json!("anyURI"),
        Datatype::PartialDate => ours("partial-date", "[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?"),
        Datatype::Curie => ours("curie", "[a-z][a-z0-9-]*:[A-Za-z0-9_./-]+"),
        Datatype::Postcode => ours("postcode", "[A-Za-z]{1,2}[0-9][A-Za-z0-9]? ?[0-9][A-Za-z]{2}"),
        Datatype::Uprn => ours("uprn", "[0-9]{1,12}"),
        Datatype::GssCode => ours("gss-code", "[A-Z][0-9]{8}"),
    }
}

/// Reads a document about one file.
///
/// # Errors
/// Everything in it by which no register can be made.
pub fn read(document: &[u8]) -> Result<Document, Vec<Remark>> {
    let mut reader = Reader::default();
    let value: Value = match serde_json::from_slice(document) {
        Ok(value) => value,
        Err(error) => {
            let message = format!("this is no JSON: it breaks off at line {}, column {}", error.line(), error.column());
            return Err(vec![Remark { at: String::new(), message }]);
        }
    };
    let read = reader.document(&value);
    match read {
        Some((schema, url)) if reader.wrong.is_empty() => Ok(Document { schema, url, passed_over: reader.passed_over }),
        _ => Err(reader.wrong),
    }
}

#[derive(Default)]
struct Reader {
    wrong: Vec<Remark>,
    passed_over: Vec<Remark>,
}

impl Reader {
    fn wrong(&mut self, at: &str, message: impl Into<String>) {
        self.wrong.push(Remark { at: at.to_owned(), message: message.into() });
    }

    fn pass_over(&mut self, at: &str, message: impl Into<String>) {
        self.passed_over.push(Remark { at: at.to_owned(), message: message.into() });
    }

    /// Members that nobody looks at.
    fn others(&mut self, at: &str, object: &Map<String, Value>, known: &[&str]) {
        for name in object.keys() {
            // Common properties are anybody's.
            if !known.contains(&name.as_str()) && !name.contains(':') {
                self.pass_over(&format!("{at}/{name}"), "registers have no use for this");
            }
        }
    }

    fn document(&mut self, value: &Value) -> Option<(Schema, String)> {
        let Some(document) = value.as_object() else {
            self.wrong("", "a document about a file is an object");
            return None;
        };
        let sound = match document.get("@context") {
            Some(Value::String(text)) => text == CONTEXT,
            Some(Value::Array(parts)) => parts.first().is_some_and(|part| part == CONTEXT),
            _ => false,
        };
        if !sound {
            self.wrong("/@context", format!("it has to be \"{CONTEXT}\""));
        }
        match document.get("tables").map(|tables| tables.as_array().map(Vec::as_slice)) {
            None => self.table("", document),
            Some(Some([Value::Object(table)])) => {
                self.others("", document, &["@context", "@type", "@id", "tables"]);
                self.table("/tables/0", table)
            }
            Some(_) => {
                self.wrong("/tables", "a register is made of one file, and here is not one");
                None
            }
        }
    }

    fn table(&mut self, at: &str, table: &Map<String, Value>) -> Option<(Schema, String)> {
        self.others(at, table, &["@context", "@type", "@id", "url", "tableSchema", "notes"]);
        let url = table.get("url").and_then(Value::as_str);
        if url.is_none() {
            self.wrong(&format!("{at}/url"), "it does not say of which file it is");
        }
        let at = format!("{at}/tableSchema");
        let Some(schema) = table.get("tableSchema").and_then(Value::as_object) else {
            self.wrong(&at, "it has no schema");
            return None;
        };
        self.others(&at, schema, &["@type", "@id", "columns", "primaryKey"]);
        let Some(columns) = schema.get("columns").and_then(Value::as_array) else {
            self.wrong(&format!("{at}/columns"), "there are no columns");
            return None;
        };
        let columns = columns
            .iter()
            .enumerate()
            .filter_map(|(number, column)| self.column(&format!("{at}/columns/{number}"), column));
        let columns = columns.collect();
        let key = match schema.get("primaryKey") {
            None => Vec::new(),
            Some(key) => self.texts(&format!("{at}/primaryKey"), key),
        };
        Some((Schema { columns, key }, url?.to_owned()))
    }

    /// One text or a list of them.
    fn texts(&mut self, at: &str, value: &Value) -> Vec<String> {
        let texts = match value {
            Value::String(text) => Some(vec![text.clone()]),
            Value::Array(texts) => texts.iter().map(|text| text.as_str().map(str::to_owned)).collect(),
            _ => None,
        };
        texts.unwrap_or_else(|| {
            self.pass_over(at, "this is neither a text nor a list of texts");
            Vec::new()
        })
    }

    fn column(&mut self, at: &str, value: &Value) -> Option<Column> {
        let Some(members) = value.as_object() else {
            self.wrong(at, "a column is an object");
            return None;
        };
        let known =
            ["@type", "@id", "name", "titles", "datatype", "separator", "null", "required", "lang", "propertyUrl"];
        self.others(at, members, &known);
        let titles = match members.get("titles") {
            None => Vec::new(),
            // By language: every one of them may stand at the head of a column.
            Some(Value::Object(languages)) => languages
                .iter()
                .flat_map(|(language, titles)| self.texts(&format!("{at}/titles/{language}"), titles))
                .collect(),
            Some(titles) => self.texts(&format!("{at}/titles"), titles),
        };
        let name = match members.get("name").and_then(Value::as_str).or(titles.first().map(String::as_str)) {
            Some(name) => name.to_owned(),
            None => {
                self.wrong(&format!("{at}/name"), "the column has neither a name nor a title");
                return None;
            }
        };
        let text = |member: &str| members.get(member).and_then(Value::as_str).map(str::to_owned);
        let nulls = members.get("null").map(|nulls| self.texts(&format!("{at}/null"), nulls)).unwrap_or_default();
        let datatype = match members.get("datatype") {
            None => Datatype::Text,
            Some(datatype) => self.datatype(&format!("{at}/datatype"), datatype),
        };
        let traits: BTreeSet<Trait> = Trait::ALL
            .into_iter()
            .filter(|what| {
                let member = match what {
                    Trait::Required => what.word().to_owned(),
                    other => format!("{OURS}{}", other.word()),
                };
                members.get(&member) == Some(&Value::Bool(true))
            })
            .collect();
        Some(Column {
            titles: if titles.is_empty() { vec![name.clone()] } else { titles },
            name,
            description: text(DESCRIPTION),
            datatype,
            separator: text("separator").filter(|separator| !separator.is_empty()),
            nulls: nulls.into_iter().filter(|null| !null.is_empty()).collect(),
            property: text("propertyUrl"),
            language: text("lang"),
            traits,
        })
    }

    fn datatype(&mut self, at: &str, value: &Value) -> Datatype {
        let (base, format, id) = match value {
            Value::String(base) => (base.as_str(), None, None),
            Value::Object(members) => {
                self.others(at, members, &["@id", "base", "format", "name"]);
                let text = |name: &str| members.get(name).and_then(Value::as_str);
                (text("base").unwrap_or("string"), members.get("format"), text("@id"))
            }
            _ => ("", None, None),
        };
        match id.and_then(|id| id.strip_prefix(TYPES)) {
            Some("partial-date") => return Datatype::PartialDate,
            Some("curie") => return Datatype::Curie,
            Some("postcode") => return Datatype::Postcode,
            Some("uprn") => return Datatype::Uprn,
            Some("gss-code") => return Datatype::GssCode,
            _ => {}
        }
        let at = &format!("{at}/format");
        match base {
            "string" | "normalizedString" | "token" | "language" | "Name" | "NMTOKEN" => {
                if format.is_some() {
                    self.pass_over(at, "a pattern for texts is not held to");
                }
                Datatype::Text
            }
            "integer" | "long" | "int" | "short" | "byte" | "nonNegativeInteger" | "positiveInteger"
            | "unsignedLong" | "unsignedInt" | "unsignedShort" | "unsignedByte" | "nonPositiveInteger"
            | "negativeInteger" => Datatype::Integer(self.number(at, format)),
            "decimal" => Datatype::Decimal(self.number(at, format)),
            "number" | "double" | "float" => Datatype::Double(self.number(at, format)),
            "boolean" => Datatype::Boolean(format.and_then(|format| {
                let words = format.as_str().and_then(|text| text.split_once('|'));
                let words = words.filter(|(yes, no)| !yes.is_empty() && !no.is_empty() && yes != no);
                if words.is_none() {
                    self.pass_over(at, "this is not two words with | between them");
                }
                words.map(|(yes, no)| [yes.to_owned(), no.to_owned()])
            })),
            "date" => Datatype::Date(self.date(at, format, date::Kind::Date)),
            "time" => Datatype::Time(self.date(at, format, date::Kind::Time)),
            "dateTime" | "datetime" => Datatype::DateTime(self.date(at, format, date::Kind::DateTime)),
            "gYear" | "gYearMonth" => Datatype::PartialDate,
            "duration" | "dayTimeDuration" | "yearMonthDuration" => Datatype::Duration,
            "anyURI" => Datatype::Uri,
            other => {
                self.pass_over(at, format!("there is no datatype \"{other}\" here, so it is taken for texts"));
                Datatype::Text
            }
        }
    }

    fn number(&mut self, at: &str, format: Option<&Value>) -> NumberFormat {
        let letter = |value: &Value| value.as_str().and_then(|text| text.chars().next());
        let read = match format {
            None => return NumberFormat::default(),
            Some(Value::String(pattern)) => NumberFormat::new(Some(pattern), None, None),
            Some(Value::Object(members)) => {
                let one = |name: &str| members.get(name).and_then(letter);
                let pattern = members.get("pattern").and_then(Value::as_str);
                NumberFormat::new(pattern, one("decimalChar"), one("groupChar"))
            }
            Some(_) => {
                self.pass_over(at, "this is no format for numbers");
                return NumberFormat::default();
            }
        };
        read.unwrap_or_else(|error| {
            self.pass_over(at, error.to_string());
            NumberFormat::default()
        })
    }

    fn date(&mut self, at: &str, format: Option<&Value>, kind: date::Kind) -> Option<DateFormat> {
        let read = DateFormat::new(format?.as_str().unwrap_or_default(), kind);
        read.map_err(|error| self.pass_over(at, error.to_string())).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One column of each kind, with everything that a column can have.
    fn everything() -> Schema {
        let number = |pattern, decimal, group| NumberFormat::new(pattern, decimal, group).unwrap();
        let format = |text, kind| Some(DateFormat::new(text, kind).unwrap());
        let kinds = [
            Datatype::Text,
            Datatype::Integer(NumberFormat::default()),
            Datatype::Integer(number(Some("#,##0"), None, None)),
            Datatype::Decimal(number(Some("#,##0.00"), Some(','), Some('.'))),
            Datatype::Double(number(None, None, Some(' '))),
            Datatype::Boolean(None),
            Datatype::Boolean(Some(["Y".to_owned(), "N".to_owned()])),
            Datatype::Date(None),
            Datatype::Date(format("dd/MM/yyyy", date::Kind::Date)),
            Datatype::Time(format("HH:mm", date::Kind::Time)),
            Datatype::DateTime(format("yyyy-MM-ddTHH:mm:ss.SSS XXX", date::Kind::DateTime)),
            Datatype::PartialDate,
            Datatype::Duration,
            Datatype::Uri,
            Datatype::Curie,
            Datatype::Postcode,
            Datatype::Uprn,
            Datatype::GssCode,
        ];
        let columns = kinds.into_iter().enumerate().map(|(at, datatype)| Column {
            datatype,
            titles: vec![format!("Column {at}"), format!("Colofn {at}")],
            description: (at % 2 == 0).then(|| format!("What {at} says")),
            separator: (at % 3 == 1).then(|| ";".to_owned()),
            nulls: if at % 4 == 0 { vec!["n/a".to_owned(), "-".to_owned()] } else { Vec::new() },
            property: (at % 5 == 0).then(|| "http://schema.org/name".to_owned()),
            language: (at % 6 == 0).then(|| "cy".to_owned()),
            traits: Trait::ALL.into_iter().skip(at % 7).collect(),
            ..Column::new(format!("c{at}"))
        });
        Schema { columns: columns.collect(), key: vec!["c0".to_owned(), "c11".to_owned()] }
    }

    #[test]
    fn what_is_written_is_read_back_whole() {
        let schema = everything();
        let written = write(&schema, "a.csv").to_string();
        let read = read(written.as_bytes()).unwrap();
        assert_eq!((&read.schema, read.url.as_str()), (&schema, "a.csv"));
        assert_eq!(read.passed_over, []);
    }

    fn passed_over(document: Value) -> Vec<String> {
        read(document.to_string().as_bytes()).unwrap().passed_over.iter().map(ToString::to_string).collect()
    }

    fn wrong(document: &str) -> Vec<String> {
        read(document.as_bytes()).unwrap_err().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn documents_of_others_are_read_as_far_as_they_go() {
        let document = json!({
            "@context": [CONTEXT, {"@language": "en"}],
            "dc:title": "Councils",
            "tables": [{
                "url": "councils.csv",
                "dialect": {"delimiter": ";"},
                "tableSchema": {
                    "aboutUrl": "http://x.example/{code}",
                    "primaryKey": "code",
                    "columns": [
                        {"titles": {"en": "code", "cy": ["cod"]}, "datatype": "gYear", "required": true},
                        {"name": "size", "datatype": {"base": "decimal", "format": "0#", "minimum": "1"}},
                        {"name": "day", "datatype": {"base": "date", "format": "dd MMM yyyy"}, "null": 5},
                        {"name": "shape", "datatype": "hexBinary"},
                    ],
                },
            }],
        });
        let read = read(document.to_string().as_bytes()).unwrap();
        let names: Vec<&str> = read.schema.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, ["code", "size", "day", "shape"]);
        assert!(read.schema.columns[0].is(Trait::Required));
        let told = passed_over(document);
        for part in [
            "/tables/0/dialect",
            "/tableSchema/aboutUrl",
            "/columns/1/datatype/minimum",
            "0#",
            "dd MMM yyyy",
            "/null",
            "hexBinary",
        ] {
            assert!(told.iter().any(|line| line.contains(part)), "{part}: {told:?}");
        }
        assert_eq!(told.len(), 7, "{told:?}");
    }

    #[test]
    fn what_cannot_be_a_schema_is_refused_with_its_place() {
        assert!(wrong("{\n\"a\": x")[0].contains("line 2, column 6"), "{:?}", wrong("{\n\"a\": x"));
        assert_eq!(wrong("[]"), ["/: a document about a file is an object"]);
        let told = wrong(r#"{"url": 5, "tableSchema": {"columns": [5, {"datatype": "date"}]}}"#);
        let places: Vec<&str> = told.iter().filter_map(|line| line.split(':').next()).collect();
        assert_eq!(places, ["/@context", "/url", "/tableSchema/columns/0", "/tableSchema/columns/1/name"]);
        assert!(wrong(r#"{"@context": "http://www.w3.org/ns/csvw", "tables": [{}, {}]}"#)[0].starts_with("/tables"));
        assert!(wrong(r#"{"@context": "http://www.w3.org/ns/csvw", "url": "a.csv"}"#)[0].contains("no schema"));
    }
}
