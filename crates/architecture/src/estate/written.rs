//! An estate as our files write it, so that it can be edited elsewhere and come back: for each system the text, number, day
//! or list that stands in each field, and the contracts that cover nothing.
//!
//! The same writing answers a second question: whether a cell of a file that came back says anything new. What a row says
//! just as we would write it now was not edited, however it would be read by itself; so a name that two systems share, a
//! text that could not be understood, or one that was never a person's goes out and comes back as what it was.
//!
//! It holds all that the organisation's own people see, private texts among it, and is for them only.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use store::{Error, Transaction, values};
use vocabulary::{OrganisationId, fold};
use web::Cell;

use crate::frame::{
    LGAM,
    store::{ElementNames, Means},
};
use crate::import::print::Labels;
use crate::matching::names::ProductNames;
use crate::product::merge::Merges;
use crate::spreadsheet::{Field, FieldKind, FieldValue, Row, Value};
use crate::statement::store::{Present, Standing, present, private_texts};
use crate::statement::{Attribute, Stated, SubjectKind};

/// What stands in one field of one system or contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrote {
    /// Words.
    Text(String),
    /// Several names.
    List {
        /// As they find again just what they name, and what was not understood among them.
        names: Vec<String>,
        /// As pages and the inventory's files have them.
        shown: Vec<String>,
    },
    /// A day or month as ISO 8601 writes it.
    Date(String),
    /// A whole number.
    Number(i64),
    /// An amount in pence.
    Pence(i64),
}

/// The fields of one system or contract that hold something.
pub type Fields = BTreeMap<Field, Wrote>;

/// An estate as files write it.
#[derive(Clone, Debug, Default)]
pub struct Written {
    /// Every recorded system by id, with the fields of its contract.
    pub systems: BTreeMap<String, Fields>,
    /// The contracts that cover no system.
    pub uncovering: Vec<Fields>,
}

/// What writing an estate needs beside its statements.
pub struct Names {
    /// Names of products, organisations, elements, systems.
    pub labels: Labels,
    products: ProductNames,
    elements: ElementNames,
    /// Every name of every element, the usual one first.
    element_names: BTreeMap<String, Vec<String>>,
}

impl Names {
    /// Reads them.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn of(tx: &mut Transaction<'_>, organisation: &OrganisationId) -> Result<Names, Error> {
        let mut element_names: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let sql = "SELECT element, name FROM frame_element_name WHERE frame = $1
                   ORDER BY element, CASE kind WHEN 'name' THEN 0 WHEN 'alias' THEN 1 ELSE 2 END, name";
        tx.each(sql, &values![LGAM], |row| {
            element_names.entry(row.text(0)?).or_default().push(row.text(1)?);
            Ok(())
        })?;
        Ok(Names {
            labels: Labels::of(tx, organisation)?,
            products: ProductNames::of(tx, organisation)?,
            elements: ElementNames::of(tx, LGAM)?,
            element_names,
        })
    }

    /// The first name of an element that means no other.
    fn element(&self, id: &str) -> String {
        let names = self.element_names.get(id).map(Vec::as_slice).unwrap_or_default();
        let own = |name: &&String| self.elements.find(name) == Means::One(id.to_owned());
        names.iter().find(own).or(names.first()).map_or_else(|| id.to_owned(), String::clone)
    }
}

impl Written {
    /// Reads and writes the estate of an organisation.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn of(tx: &mut Transaction<'_>, organisation: &OrganisationId) -> Result<Written, Error> {
        let mut present = present(tx, organisation, None)?;
        Merges::read(tx)?.resolve(organisation, &mut present);
        let texts = private_texts(tx, organisation)?;
        Ok(Written::from(&present, &texts, &Names::of(tx, organisation)?))
    }

    /// Writes the estate that these statements are.
    pub fn from(present: &Present, texts: &BTreeMap<String, String>, names: &Names) -> Written {
        let recorded = |id: &String| {
            let standing = present.get(id)?.get(&Attribute::Recorded)?;
            (standing.statement.value == Some(Stated::Flag(true))).then_some(standing.statement.kind)
        };
        let mut namesakes: BTreeMap<String, usize> = BTreeMap::new();
        for (id, statements) in present {
            if recorded(id) == Some(SubjectKind::System)
                && let Some(Stated::Text(name)) = value(statements, Attribute::Name)
            {
                *namesakes.entry(fold(name)).or_default() += 1;
            }
        }
        let writer = Writer { present, texts, names, namesakes };
        let mut written = Written::default();
        let mut covering: BTreeSet<&String> = BTreeSet::new();
        for (id, statements) in present.iter().filter(|(id, _)| recorded(id) == Some(SubjectKind::System)) {
            let mut fields = writer.fields(statements, SubjectKind::System);
            fields.insert(Field::CommonholdId, Wrote::Text(id.clone()));
            if let Some(Stated::Contract(contract)) = value(statements, Attribute::Contract)
                && recorded(contract) == Some(SubjectKind::Contract)
                && let Some(statements) = present.get(contract)
            {
                covering.insert(contract);
                fields.extend(writer.fields(statements, SubjectKind::Contract));
            }
            written.systems.insert(id.clone(), fields);
        }
        for (id, statements) in present.iter().filter(|(id, _)| recorded(id) == Some(SubjectKind::Contract)) {
            if !covering.contains(id) {
                written.uncovering.push(writer.fields(statements, SubjectKind::Contract));
            }
        }
        written
    }

    /// Systems in the order of files: by name, then by id.
    pub fn in_order(&self) -> Vec<&Fields> {
        let mut systems: Vec<_> = self.systems.iter().collect();
        systems.sort_by_cached_key(|(id, fields)| match fields.get(&Field::Name) {
            Some(Wrote::Text(name)) => (fold(name), (*id).clone()),
            _ => (String::new(), (*id).clone()),
        });
        systems.into_iter().map(|(_, fields)| fields).collect()
    }

    /// A row of a file without the cells that say what stands, and the fields that it said so of. The name stays.
    pub fn trimmed(&self, row: &Row) -> Option<(Row, BTreeSet<Field>)> {
        let stands = self.systems.get(row.text(Field::CommonholdId)?)?;
        let same = |(field, value): (&Field, &FieldValue)| {
            let wrote = stands.get(field)?;
            (wrote.is(*field, value) && *field != Field::CommonholdId).then_some(*field)
        };
        let same: BTreeSet<Field> = row.values.iter().filter_map(same).collect();
        let mut left = row.clone();
        left.values.retain(|field, _| *field == Field::Name || !same.contains(field));
        Some((left, same))
    }
}

fn value(statements: &BTreeMap<Attribute, Standing>, attribute: Attribute) -> Option<&Stated> {
    statements.get(&attribute)?.statement.value.as_ref()
}

struct Writer<'a> {
    present: &'a Present,
    texts: &'a BTreeMap<String, String>,
    names: &'a Names,
    /// How many systems have a name, folded.
    namesakes: BTreeMap<String, usize>,
}

impl Writer<'_> {
    fn fields(&self, statements: &BTreeMap<Attribute, Standing>, kind: SubjectKind) -> Fields {
        let wrote = |field: Field| {
            let attribute = Attribute::from_word(field.id()).filter(|attribute| attribute.of() == kind)?;
            let standing = statements.get(&attribute);
            let wrote = standing.and_then(|standing| self.wrote(field, attribute, standing));
            // A product's supplier is its system's too, where nobody says otherwise.
            let wrote = wrote.or_else(|| match (attribute, value(statements, Attribute::Product)) {
                (Attribute::Supplier, Some(Stated::Product(of, id))) => {
                    let supplier = Stated::Supplier(self.names.products.supplier(of, id)?.to_owned());
                    Some(Wrote::Text(self.names.labels.print(attribute, &supplier)))
                }
                _ => None,
            });
            Some((field, wrote?))
        };
        Field::all().filter_map(wrote).collect()
    }

    fn wrote(&self, field: Field, attribute: Attribute, standing: &Standing) -> Option<Wrote> {
        let said = &standing.statement;
        let unread = said.original.as_ref().and_then(|id| self.texts.get(id));
        let print = |stated: &Stated| self.names.labels.print(attribute, stated);
        let (mut names, shown): (Vec<String>, Vec<String>) = match &said.value {
            None => return unread.map(|text| Wrote::Text(text.clone())),
            Some(Stated::Elements(elements)) => {
                let elements = elements.iter().filter(|(frame, _)| frame == LGAM);
                let shown = |key: &(String, String)| print(&Stated::Elements(vec![key.clone()]));
                elements.map(|key| (self.names.element(&key.1), shown(key))).unzip()
            }
            Some(Stated::Organisations(ids)) => {
                let name = |id: &String| print(&Stated::Organisations(vec![id.clone()]));
                ids.iter().map(|id| (name(id), name(id))).unzip()
            }
            Some(Stated::Systems(ids)) => {
                ids.iter().map(|id| (self.system(id), print(&Stated::Systems(vec![id.clone()])))).unzip()
            }
            Some(Stated::Private(id)) => return Some(Wrote::Text(self.texts.get(id)?.clone())),
            Some(Stated::Number(number)) => {
                let money = matches!(attribute, Attribute::AnnualCost | Attribute::ContractCost);
                return Some(if money { Wrote::Pence(*number) } else { Wrote::Number(*number) });
            }
            Some(Stated::Text(text)) if field.kind() == FieldKind::Date => return Some(Wrote::Date(text.clone())),
            Some(stated) => return Some(Wrote::Text(print(stated))),
        };
        names.extend(unread.into_iter().flat_map(|text| parts(text)));
        (!names.is_empty()).then_some(Wrote::List { names, shown })
    }

    /// A system by its name; by its id where several have the name.
    fn system(&self, id: &str) -> String {
        match self.present.get(id).and_then(|statements| value(statements, Attribute::Name)) {
            Some(Stated::Text(name)) if self.namesakes.get(&fold(name)) == Some(&1) => name.clone(),
            _ => id.to_owned(),
        }
    }
}

/// The names of a list, as cells hold them.
fn parts(text: &str) -> Vec<String> {
    text.split([';', '\n']).map(spaced).filter(|part| !part.is_empty()).collect()
}

/// One space between words.
fn spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Wrote {
    /// As a cell of a table.
    pub fn cell(&self) -> Cell {
        match self {
            Wrote::Text(text) => Cell::Text(text.clone()),
            Wrote::List { names, .. } => Cell::Text(names.join("; ")),
            Wrote::Date(date) => Cell::Date(date.clone()),
            Wrote::Number(number) => Cell::Integer(*number),
            Wrote::Pence(pence) => Cell::Pence(*pence),
        }
    }

    /// As a value of JSON: amounts in pounds, as text.
    pub fn json(&self) -> serde_json::Value {
        match self {
            Wrote::Text(text) | Wrote::Date(text) => json!(text),
            Wrote::List { names, .. } => json!(names),
            Wrote::Number(number) => json!(number),
            Wrote::Pence(pence) => {
                let sign = if *pence < 0 { "-" } else { "" };
                json!(format!("{sign}{}.{:02}", pence.unsigned_abs() / 100, pence.unsigned_abs() % 100))
            }
        }
    }

    /// Whether a cell that came back says just this.
    fn is(&self, field: Field, value: &FieldValue) -> bool {
        let number = |number: i64| match &value.value {
            Value::Number(read) => i64::try_from(*read) == Ok(number),
            Value::Months(read) => i64::from(*read) == number,
            _ => false,
        };
        match (self, &value.value) {
            (Wrote::Number(wrote), _) => number(*wrote) && !value.estimated,
            (Wrote::Pence(wrote), Value::Money(money)) => money.0 == *wrote && !value.estimated,
            (Wrote::Date(wrote), Value::Date(date)) => date.to_string() == *wrote && !value.estimated,
            (Wrote::Text(wrote), Value::Status(status)) => status.to_string() == *wrote && !value.estimated,
            (Wrote::Text(wrote), Value::Money(_) | Value::Date(_) | Value::Number(_) | Value::Months(_)) => {
                spaced(wrote) == spaced(&value.original)
            }
            (Wrote::List { names, shown }, _) => {
                let sorted = |names: &[String]| names.iter().flat_map(|name| parts(name)).collect::<BTreeSet<String>>();
                let sent: BTreeSet<String> = parts(&value.original).into_iter().collect();
                sent == sorted(names) || sent == sorted(shown)
            }
            (Wrote::Text(wrote), _) if field.kind() == FieldKind::List => parts(wrote) == parts(&value.original),
            (Wrote::Text(wrote), _) => {
                // A cell of a workbook is shorter than a text may be.
                let cut = value.original.strip_suffix('…').filter(|cut| cut.len() > web::workbook::LONGEST_TEXT / 2);
                spaced(wrote) == spaced(&value.original) || cut.is_some_and(|cut| wrote.starts_with(cut))
            }
            (Wrote::Pence(_) | Wrote::Date(_), _) => false,
        }
    }
}
