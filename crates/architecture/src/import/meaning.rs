//! What the cells of one row mean for one organisation: products and suppliers by name, as far as `matching` is certain;
//! elements by name or alias; texts that only the organisation may see. What is not understood is kept as it was sent.

mod places;
mod users;

use std::collections::BTreeMap;

use store::{Error, Transaction};
use vocabulary::{OrganisationId, fold};
use web::{say, say_n};

use crate::frame::{
    LGAM,
    store::{ElementNames, Means},
};
use crate::matching::names::{Found, ProductNames};
use crate::matching::store::{What, decided};
use crate::product::split_version;
use crate::spreadsheet::{Field, FieldValue, Problem, Row, Severity, Value, quoted};
use crate::statement::{Attribute, Confidence, Stated, store::Standing};
pub use places::Places;
use users::Users;
pub use users::bodies;

/// What a cell means. Ids of new private texts, candidates and contracts are made only when the import is applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meant {
    /// A value that can be stated as it is.
    Stated(Stated),
    /// A product name that neither the shared list nor the organisation's candidates know.
    Candidate(String),
    /// Words that only the organisation may see.
    Private(String),
    /// Systems of the organisation: those that it has, and those that rows of the same file become.
    Systems(Vec<Needed>),
}

/// A system that a row names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Needed {
    /// One that the estate has, by id, with its name.
    Known(String, String),
    /// One that another row of the file becomes, by the row's place among those planned, with its name.
    New(usize, String),
}

impl Needed {
    /// Its name.
    pub fn name(&self) -> &str {
        match self {
            Needed::Known(_, name) | Needed::New(_, name) => name,
        }
    }
}

/// What a row says of one attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The value; none where the text was not understood.
    pub meant: Option<Meant>,
    /// The text as sent, where some or all of it was not understood.
    pub original: Option<String>,
    /// How sure it is.
    pub confidence: Confidence,
}

impl Said {
    fn reported(meant: Meant) -> Said {
        Said { meant: Some(meant), original: None, confidence: Confidence::Reported }
    }

    /// Whether this says what stands already.
    pub fn stands(&self, standing: Option<&Standing>, private_texts: &BTreeMap<String, String>) -> bool {
        let Some(standing) = standing else { return self.meant.is_none() && self.original.is_none() };
        let text = |id: &String| private_texts.get(id).map(String::as_str);
        let value = match (&self.meant, &standing.statement.value) {
            (None, None) => true,
            // What was kept from others stays so, whoever sends the same words again.
            (Some(Meant::Stated(Stated::Text(meant))), Some(Stated::Private(id))) => text(id) == Some(meant),
            (Some(Meant::Stated(meant)), Some(stated)) => meant == stated,
            (Some(Meant::Private(meant)), Some(Stated::Private(id))) => text(id) == Some(meant),
            (Some(Meant::Systems(meant)), Some(Stated::Systems(ids))) => {
                let known = |needed: &Needed| match needed {
                    Needed::Known(id, _) => Some(id.clone()),
                    Needed::New(..) => None,
                };
                meant.iter().map(known).collect::<Option<Vec<_>>>().is_some_and(|known| known == *ids)
            }
            _ => false,
        };
        value && standing.statement.original.as_ref().and_then(text) == self.original.as_deref()
    }
}

/// A row as one organisation means it.
#[derive(Clone, Debug)]
pub struct RowMeaning {
    /// The sheet it stands in.
    pub sheet: String,
    /// Its number there, from 1.
    pub number: u32,
    /// Our own id, if the file carries it.
    pub our_id: Option<String>,
    /// The system's name.
    pub name: String,
    /// What tells the row from others of its name: the organisation's own product that stands for the text that was sent,
    /// whatever it was matched to since; else the product's id; for a new name its folded form after a sign.
    pub product_key: String,
    /// How the row writes the name of the organisation's own product, where it is one.
    pub own_name: Option<String>,
    /// Under which product the row may have been remembered by an earlier program.
    pub product_was: Option<String>,
    /// How the product was found, where its name is not simply what was sent.
    pub how: Option<String>,
    /// A listed product that was concluded from a name unlike its own: the name as sent, the product, and why.
    pub concluded: Option<Concluded>,
    /// What it says of the system.
    pub system: BTreeMap<Attribute, Said>,
    /// What it says of the contract that covers it.
    pub contract: BTreeMap<Attribute, Said>,
    /// Sheet and row of its contract, where another sheet describes it.
    pub contract_place: Option<(String, u32)>,
    /// Where it says this of its contract, and that it covers the system, where that is not its own place.
    pub sources: BTreeMap<Attribute, String>,
    /// The systems that it names as those it relies on; which they are is known when all rows are.
    pub relies_on: Vec<String>,
}

impl RowMeaning {
    /// All that it says of its system and contract: two rows that say the same are one.
    pub(super) fn what_it_says(&self) -> String {
        format!("{:?}", (&self.name, &self.our_id, &self.system, &self.contract, &self.relies_on))
    }
}

/// A listed product that was concluded from a name unlike its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Concluded {
    /// The name as sent.
    pub name: String,
    /// The product's id.
    pub product: String,
    /// Why, in words.
    pub how: String,
    /// The version that is part of the name.
    pub version: Option<String>,
    /// The organisation's own product that stands for the name already.
    pub own: Option<String>,
}

/// How matching is told that the organisation supplies a system itself.
const IN_HOUSE: &str = "in-house";

/// The names that an organisation's rows are read against; by default none.
#[derive(Default)]
pub struct Names {
    products: ProductNames,
    elements: ElementNames,
    /// What the organisation has said that suppliers' names mean, by folded name.
    suppliers: BTreeMap<String, String>,
    users: Users,
}

impl Names {
    /// Reads them.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn of(tx: &mut Transaction<'_>, organisation: &OrganisationId) -> Result<Names, Error> {
        let said = decided(tx, organisation)?.into_iter().filter(|decided| decided.what == What::Supplier);
        let merged: BTreeMap<String, String> = accounts::organisation::merges(tx)?.into_iter().collect();
        let now = |id: String| merged.get(&id).cloned().unwrap_or(id);
        let suppliers = said.filter_map(|decided| Some((decided.folded, now(decided.target?)))).collect();
        let products = ProductNames::of(tx, organisation)?;
        let users = Users::of(tx, organisation)?;
        Ok(Names { products, elements: ElementNames::of(tx, LGAM)?, suppliers, users })
    }

    /// The supplier that a name means: what the organisation has said that it means, else one of that name.
    fn supplier_named(&self, text: &str) -> Option<String> {
        let said = self.suppliers.get(&fold(text)).cloned();
        said.or_else(|| self.products.index().suppliers().certain(text).map(str::to_owned))
    }

    /// The supplier of a stated product.
    pub fn supplier(&self, product: &Stated) -> Option<&str> {
        match product {
            Stated::Product(organisation, id) => self.products.supplier(organisation, id),
            _ => None,
        }
    }

    /// What a row means, and what about it people should look at.
    pub fn read(&self, row: &Row, places: &Places) -> (RowMeaning, Vec<Problem>) {
        let mut reading = Reading {
            names: self,
            places,
            row,
            problems: Vec::new(),
            system: BTreeMap::new(),
            contract: BTreeMap::new(),
        };
        let product = reading.product();
        reading.supplier();
        reading.contract_supplier();
        reading.used_by();
        reading.elements(product.as_ref());
        reading.plain();
        let Reading { problems, system, contract, .. } = reading;
        let cell = text_of(row, Field::Product);
        let concluded = product.as_ref().zip(cell.as_ref()).filter(|(found, _)| found.concluded);
        let concluded = concluded.map(|(found, cell)| Concluded {
            name: cell.clone(),
            product: found.product.clone(),
            how: found.how.clone().unwrap_or_default(),
            version: found.version.clone(),
            own: found.own.clone(),
        });
        let said_product = system.get(&Attribute::Product).and_then(|said| said.meant.clone());
        let product_key = match (&product, &said_product) {
            (Some(Found { own: Some(own), .. }), _) => own.clone(),
            (Some(_), _) if concluded.is_some() => cell.as_deref().map(written).unwrap_or_default(),
            (Some(found), _) => found.product.clone(),
            (None, Some(Meant::Candidate(name))) => written(name),
            (None, _) => String::new(),
        };
        let meaning = RowMeaning {
            sheet: row.sheet.clone(),
            number: row.number,
            our_id: text_of(row, Field::CommonholdId),
            name: text_of(row, Field::Name).unwrap_or_default(),
            product_key,
            own_name: cell.as_ref().and_then(|cell| match (&product, &said_product) {
                (Some(found), _) if found.organisation.is_empty() => None,
                (Some(Found { version: Some(_), .. }), _) => Some(split_version(cell)?.0.to_owned()),
                (Some(_), _) => Some(cell.clone()),
                (None, Some(Meant::Candidate(name))) => Some(name.clone()),
                (None, _) => None,
            }),
            product_was: product.as_ref().map(|found| found.product.clone()),
            how: product.as_ref().and_then(|found| found.how.clone()),
            concluded,
            system,
            contract,
            contract_place: [Field::ContractEnd, Field::ContractReference, Field::ContractTitle, Field::ContractStart]
                .into_iter()
                .find_map(|field| row.from.get(&field).cloned()),
            sources: BTreeMap::new(),
            relies_on: match row.values.get(&Field::DependsOn).map(|value| &value.value) {
                Some(Value::List(names)) => names.clone(),
                _ => Vec::new(),
            },
        };
        (meaning, problems)
    }

    /// What a row of a list of contracts means: of its contract, and of nothing else.
    pub fn read_contract(&self, row: &Row, places: &Places) -> (RowMeaning, Vec<Problem>) {
        let (system, contract) = (BTreeMap::new(), BTreeMap::new());
        let mut reading = Reading { names: self, places, row, problems: Vec::new(), system, contract };
        reading.contract_supplier();
        reading.plain();
        let meaning = RowMeaning {
            sheet: row.sheet.clone(),
            number: row.number,
            our_id: text_of(row, Field::CommonholdId),
            name: text_of(row, Field::Name).unwrap_or_default(),
            product_key: String::new(),
            own_name: None,
            product_was: None,
            how: None,
            concluded: None,
            system: BTreeMap::new(),
            contract: reading.contract,
            contract_place: None,
            sources: BTreeMap::new(),
            relies_on: Vec::new(),
        };
        (meaning, reading.problems)
    }
}

/// Begins what tells a row by a product's name as written, until the name has an id: no id begins so.
pub(super) const WRITTEN: char = '=';

fn written(name: &str) -> String {
    format!("{WRITTEN}{}", fold(name))
}

fn text_of(row: &Row, field: Field) -> Option<String> {
    match &row.values.get(&field)?.value {
        Value::Text(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        _ => None,
    }
}

struct Reading<'a> {
    names: &'a Names,
    places: &'a Places,
    row: &'a Row,
    problems: Vec<Problem>,
    system: BTreeMap<Attribute, Said>,
    contract: BTreeMap<Attribute, Said>,
}

impl Reading<'_> {
    fn say(&mut self, attribute: Attribute, said: Said) {
        let of = if attribute.of() == crate::statement::SubjectKind::Contract {
            &mut self.contract
        } else {
            &mut self.system
        };
        of.insert(attribute, said);
    }

    /// Whether the row came from us with a column for this field, so that an empty cell is no reason to conclude anything.
    fn is_ours(&self, field: Field) -> bool {
        text_of(self.row, Field::CommonholdId).is_some() && self.places.has(field)
    }

    /// The product: by its own column, else by the system's name, which is often the product's.
    fn product(&mut self) -> Option<Found> {
        let supplier = match self.row.values.get(&Field::Supplier).map(|value| &value.value) {
            Some(Value::InHouse) => Some(IN_HOUSE.to_owned()),
            _ => text_of(self.row, Field::Supplier),
        };
        let cell = text_of(self.row, Field::Product);
        if let (Some(cell), Some(value)) = (&cell, self.row.values.get(&Field::Product))
            && fold(cell).is_empty()
        {
            // Only signs: no name that anything could be found by.
            self.unread(Attribute::Product, value);
            return None;
        }
        // A row of our own file says what the product is, or that nobody knows.
        let name = text_of(self.row, Field::Name).filter(|_| !self.is_ours(Field::Product));
        let products = &self.names.products;
        let found = match (&cell, &name) {
            (Some(cell), _) => products.find(cell, supplier.as_deref()),
            (None, Some(name)) => products.find_as_name(name, supplier.as_deref()),
            (None, None) => None,
        };
        match (&found, cell) {
            (Some(found), cell) => {
                let confidence = match cell {
                    Some(_) if !found.concluded => Confidence::Reported,
                    _ => Confidence::Estimated,
                };
                let stated = Stated::Product(found.organisation.clone(), found.product.clone());
                self.say(Attribute::Product, Said { meant: Some(Meant::Stated(stated)), original: None, confidence });
                if let Some(version) = &found.version {
                    let stated = Stated::Text(version.clone());
                    self.say(
                        Attribute::Version,
                        Said { meant: Some(Meant::Stated(stated)), original: None, confidence },
                    );
                }
            }
            (None, Some(cell)) => {
                let message = say!("{text} is not in the shared list of products.", text = quoted(&cell));
                let likely = products.suggestions(&cell, supplier.as_deref());
                let next = match likely.first() {
                    None => say!(
                        "We keep it as your own product, which only you see. If the list has it under another name, say so under Matches."
                    ),
                    Some(first) => say_n!(
                        "We keep it as your own product, which only you see. The list has 1 product like it, {first}: say under Matches whether it is meant.",
                        "We keep it as your own product, which only you see. The list has {count} products like it, {first} before others: say under Matches whether one is meant.",
                        u64::try_from(likely.len()).unwrap_or(u64::MAX),
                        first = products.name(&first.product)
                    ),
                };
                self.problem(Field::Product, "product_unknown", Severity::Check, &cell, message, &next);
                // "Formsmith 3" is version 3 of Formsmith, whether a row names Formsmith alone or none does.
                let (name, version) = match products.without_version(&cell) {
                    Some((name, version)) => (name.to_owned(), Some(version.to_owned())),
                    None => (cell, None),
                };
                self.say(Attribute::Product, Said::reported(Meant::Candidate(name)));
                if let Some(version) = version {
                    self.say(Attribute::Version, Said::reported(Meant::Stated(Stated::Text(version))));
                }
            }
            (None, None) => {}
        }
        found
    }

    fn supplier(&mut self) {
        let Some(value) = self.row.values.get(&Field::Supplier) else { return };
        let said = match &value.value {
            Value::InHouse => Meant::Stated(Stated::InHouse),
            Value::Text(text) => match self.known_supplier(text, Field::Supplier) {
                Some(id) => Meant::Stated(Stated::Supplier(id)),
                None => {
                    let text = self.row.also.get(&Field::Supplier).unwrap_or(text).clone();
                    let message = say!("{text} is not a supplier we know.", text = quoted(&text));
                    self.problem(
                        Field::Supplier,
                        "supplier_unknown",
                        Severity::Information,
                        &text,
                        message,
                        &say!("We keep the name, which only you see. Nothing needs doing."),
                    );
                    Meant::Private(text)
                }
            },
            Value::Nothing(_) => return,
            _ => return self.unread(Attribute::Supplier, value),
        };
        self.say(Attribute::Supplier, Said::reported(said));
    }

    /// The supplier that a text means, or that its full name in the file's own list of suppliers means.
    fn known_supplier(&self, text: &str, field: Field) -> Option<String> {
        let also = || self.names.supplier_named(self.row.also.get(&field)?);
        self.names.supplier_named(text).or_else(also)
    }

    /// Whom the contract is with: by name, else the name for the organisation alone.
    fn contract_supplier(&mut self) {
        let Some(value) = self.row.values.get(&Field::ContractSupplier) else { return };
        let Value::Text(text) = &value.value else { return };
        let said = match self.known_supplier(text, Field::ContractSupplier) {
            Some(id) => Meant::Stated(Stated::Supplier(id)),
            None => {
                let text = self.row.also.get(&Field::ContractSupplier).unwrap_or(text).clone();
                let message = say!("{text} is not a supplier we know.", text = quoted(&text));
                let next = &say!("We keep the name, which only you see. Nothing needs doing.");
                self.problem(Field::ContractSupplier, "supplier_unknown", Severity::Information, &text, message, next);
                Meant::Private(text)
            }
        };
        self.say(Attribute::ContractSupplier, Said::reported(said));
    }

    /// Other organisations that use the system: by name, short name or code. Those that "Shared with" names count too,
    /// where the file has no column of users.
    fn used_by(&mut self) {
        let texts = |field: Field| match self.row.values.get(&field).map(|value| &value.value) {
            Some(Value::List(texts)) => texts.clone(),
            Some(Value::Text(text)) => vec![text.clone()],
            _ => Vec::new(),
        };
        let stated = texts(Field::UsedBy);
        let (mut ids, mut unread) = (Vec::new(), Vec::new());
        if self.places.has(Field::UsedBy) || !stated.is_empty() {
            for text in stated {
                match self.names.users.find(&text) {
                    Some(id) => ids.push(id.to_owned()),
                    None => {
                        let message = say!("{text} is not an organisation that we know.", text = quoted(&text));
                        let next = &say!(
                            "We keep the text, which only you see. Use the organisation's name as it stands here, or choose another meaning for the column."
                        );
                        self.problem(Field::UsedBy, "organisation_unknown", Severity::Check, &text, message, next);
                        unread.push(text);
                    }
                }
            }
        } else {
            let shared = texts(Field::SharedWith);
            ids.extend(shared.iter().filter_map(|text| self.names.users.find(text)).map(str::to_owned));
        }
        ids.retain(|id| *id != self.names.users.own);
        ids.sort();
        ids.dedup();
        let original = (!unread.is_empty()).then(|| unread.join("; "));
        if ids.is_empty() && original.is_none() {
            return;
        }
        let meant = (!ids.is_empty()).then_some(Meant::Stated(Stated::Organisations(ids)));
        self.say(Attribute::UsedBy, Said { meant, original, confidence: Confidence::Reported });
    }

    /// Elements by name or alias; where none is given or understood, those that the product usually serves.
    fn elements(&mut self, product: Option<&Found>) {
        let usual: Vec<String> = product
            .map(|found| self.names.products.usual_elements(&found.organisation, &found.product).to_vec())
            .unwrap_or_default();
        let inferred = if self.is_ours(Field::Elements) { Vec::new() } else { usual.clone() };
        let texts: Vec<String> = match self.row.values.get(&Field::Elements).map(|value| &value.value) {
            Some(Value::List(texts)) => texts.clone(),
            Some(Value::Text(text)) => vec![text.clone()],
            _ => Vec::new(),
        };
        let (mut ids, mut unread) = (Vec::new(), Vec::new());
        for text in texts {
            match self.names.elements.find(&text) {
                Means::One(id) => ids.push(id),
                Means::Several(several) => {
                    let usually: Vec<&String> = several.iter().filter(|id| usual.contains(id)).collect();
                    match usually.as_slice() {
                        [one] => ids.push((*one).clone()),
                        _ => {
                            let message = say!(
                                "{text} is the name of {count} elements of the LGAM.",
                                text = quoted(&text),
                                count = several.len()
                            );
                            self.problem(
                                Field::Elements,
                                "element_ambiguous",
                                Severity::Check,
                                &text,
                                message,
                                &say!("Write which one you mean, for example \"Email (channel)\", and upload again."),
                            );
                            unread.push(text);
                        }
                    }
                }
                Means::Nothing => {
                    let message = say!("{text} is not an element of the LGAM that we know.", text = quoted(&text));
                    self.problem(Field::Elements, "element_unknown", Severity::Check, &text, message,
                        &say!("We keep the text, which only you see. Use an element's name from the LGAM page and upload again."));
                    unread.push(text);
                }
            }
        }
        let confidence = if ids.is_empty() { Confidence::Estimated } else { Confidence::Reported };
        if ids.is_empty() {
            ids = inferred;
        }
        ids.sort();
        ids.dedup();
        let original = (!unread.is_empty()).then(|| unread.join("; "));
        if ids.is_empty() && original.is_none() {
            return;
        }
        let placed = ids.into_iter().map(|id| (LGAM.to_owned(), id)).collect::<Vec<_>>();
        let meant = (!placed.is_empty()).then_some(Meant::Stated(Stated::Elements(placed)));
        self.say(Attribute::Elements, Said { meant, original, confidence });
    }

    /// Every other cell says what it says.
    fn plain(&mut self) {
        for (field, value) in &self.row.values {
            let Some(attribute) = attribute_of(*field) else { continue };
            if !value.understood {
                self.unread(attribute, value);
                continue;
            }
            let meant = match &value.value {
                Value::Text(text) if value.personal || attribute == Attribute::Notes => Meant::Private(text.clone()),
                Value::Text(text) => Meant::Stated(Stated::Text(text.clone())),
                Value::List(texts) => Meant::Stated(Stated::Text(texts.join("; "))),
                Value::Date(date) => Meant::Stated(Stated::Text(date.to_string())),
                Value::Status(status) => Meant::Stated(Stated::Text(status.to_string())),
                Value::Money(money) => Meant::Stated(Stated::Number(money.0)),
                Value::Number(number) => Meant::Stated(Stated::Number(i64::try_from(*number).unwrap_or(i64::MAX))),
                Value::Months(months) => Meant::Stated(Stated::Number(i64::from(*months))),
                // That there is none, or that nobody knows, is not a value; a blank cell says nothing either.
                Value::InHouse | Value::Nothing(_) => continue,
            };
            let confidence = if value.estimated { Confidence::Estimated } else { Confidence::Reported };
            self.say(attribute, Said { meant: Some(meant), original: None, confidence });
        }
    }

    fn unread(&mut self, attribute: Attribute, value: &FieldValue) {
        let original = Some(value.original.clone());
        self.say(attribute, Said { meant: None, original, confidence: Confidence::Reported });
    }

    fn problem(
        &mut self,
        field: Field,
        code: &'static str,
        severity: Severity,
        text: &str,
        message: String,
        next: &str,
    ) {
        self.problems.push(self.places.problem(self.row, field, code, severity, text, (message, next)));
    }
}

/// The attribute that a column of this meaning states directly; none for those with a reading of their own above.
fn attribute_of(field: Field) -> Option<Attribute> {
    match field {
        Field::CommonholdId
        | Field::Product
        | Field::Supplier
        | Field::Elements
        | Field::ContractSupplier
        | Field::UsedBy
        | Field::DependsOn => None,
        other => Attribute::from_word(other.id()),
    }
}
