//! The systems that count, of many estates at once and in few bytes: what overlaps and likeness are reckoned from.
//!
//! Names are not here: places in lists stand for organisations, products, suppliers, elements and contracts, so that 30,000
//! systems are read in a fraction of the time that their rows would take. What the reader may not see is not there at all.

use std::collections::HashMap;

use store::{Error, Transaction, Value};
use vocabulary::{Date, Reader};

use super::store::Seen;
use crate::frame::LGAM;
use crate::map::in_use::COUNTS;

/// A place in one of the lists of a [`Roll`].
pub type Place = u32;

/// A product: '' for the shared list or whose candidate it is, and its id.
pub type ProductKey = (String, String);

/// What a reader sees of one system that counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Whose it is.
    pub organisation: Place,
    /// Not in use yet.
    pub planned: bool,
    /// Its product, where it is known and the reader may know of it.
    pub product: Option<Place>,
    /// Its supplier, where it is known.
    pub supplier: Option<Place>,
    /// Pence a year, where it is known and the reader may see it.
    pub cost: Option<i64>,
    /// Its contract, where one is recorded.
    pub contract: Option<Place>,
    /// The LGAM elements that it is placed on, in the order of their ids.
    pub elements: Vec<Place>,
}

/// The systems that count for one reader.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roll {
    /// Ids of the organisations. Each list is in the order of its ids.
    pub organisations: Vec<String>,
    /// Products.
    pub products: Vec<ProductKey>,
    /// Ids of suppliers.
    pub suppliers: Vec<String>,
    /// Ids of elements.
    pub elements: Vec<String>,
    /// The last day of each contract, where it is known.
    pub contracts: Vec<Option<Date>>,
    /// The systems, by organisation and id.
    pub systems: Vec<Entry>,
}

/// Texts by the place that they were given first.
#[derive(Default)]
struct Places {
    known: HashMap<String, Place>,
    texts: Vec<String>,
}

impl Places {
    fn of(&mut self, text: &str) -> Place {
        if let Some(place) = self.known.get(text) {
            return *place;
        }
        let place = Place::try_from(self.texts.len()).unwrap_or(Place::MAX);
        self.texts.push(text.to_owned());
        self.known.insert(text.to_owned(), place);
        place
    }
}

impl Roll {
    /// What `reader` sees: of one organisation, or (none named) of all.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn read(tx: &mut Transaction<'_>, reader: &Reader, organisation: Option<&str>) -> Result<Roll, Error> {
        let mut roll = Roll::default();
        let contracts = roll.read_contracts(tx, reader, organisation)?;
        let ids = roll.read_systems(tx, reader, organisation, &contracts)?;
        roll.read_elements(tx, organisation, &ids)?;
        roll.sort();
        Ok(roll)
    }

    /// What `reader` sees of all, without contracts, and so without their ends: where only what is run and met counts.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn without_contracts(tx: &mut Transaction<'_>, reader: &Reader) -> Result<Roll, Error> {
        let mut roll = Roll::default();
        let ids = roll.read_systems(tx, reader, None, &HashMap::new())?;
        roll.read_elements(tx, None, &ids)?;
        roll.sort();
        Ok(roll)
    }

    /// Brings the lists into the order of their ids, so that a place says nothing of whose system named it first.
    fn sort(&mut self) {
        let (products, suppliers) = (ordered(&mut self.products), ordered(&mut self.suppliers));
        let elements = ordered(&mut self.elements);
        let moved = |places: &[Place], place: &mut Place| {
            *place = places.get(*place as usize).copied().unwrap_or(*place);
        };
        for system in &mut self.systems {
            system.product.iter_mut().for_each(|place| moved(&products, place));
            system.supplier.iter_mut().for_each(|place| moved(&suppliers, place));
            system.elements.iter_mut().for_each(|place| moved(&elements, place));
        }
    }

    fn read_contracts(
        &mut self,
        tx: &mut Transaction<'_>,
        reader: &Reader,
        organisation: Option<&str>,
    ) -> Result<HashMap<String, Place>, Error> {
        let rows = ledger::visible(reader, "t.visibility", "t.organisation", 1);
        let mut parameters = rows.parameters;
        let of = narrowed("t.organisation", organisation, &mut parameters);
        let mut places = HashMap::new();
        let sql = format!("SELECT t.id, t.end_day FROM contract AS t WHERE {}{of}", rows.sql);
        tx.each(&sql, &parameters, |row| {
            let end = row.optional_str(1)?.and_then(|day| day.parse().ok());
            let place = Place::try_from(self.contracts.len()).unwrap_or(Place::MAX);
            self.contracts.push(end);
            places.insert(row.text(0)?, place);
            Ok(())
        })?;
        Ok(places)
    }

    /// Reads the systems and returns their ids, in the same order.
    fn read_systems(
        &mut self,
        tx: &mut Transaction<'_>,
        reader: &Reader,
        organisation: Option<&str>,
        contracts: &HashMap<String, Place>,
    ) -> Result<Vec<String>, Error> {
        let narrow = Seen::narrow(reader);
        let mut parameters = narrow.parameters;
        let of = narrowed("s.organisation", organisation, &mut parameters);
        let sql = format!(
            "SELECT s.organisation, s.id, CASE WHEN s.status = 'planned' THEN 1 ELSE 0 END, s.product_organisation, {},
                    s.supplier, {}, s.contract {} {COUNTS}{of} ORDER BY s.organisation, s.id",
            narrow.product, narrow.cost, narrow.from
        );
        let mut ids = Vec::new();
        // By whose they are and then by id, so that each is looked up without a copy of its names.
        let mut products: HashMap<String, HashMap<String, Place>> = HashMap::new();
        let mut suppliers = Places::default();
        tx.each(&sql, &parameters, |row| {
            let organisation = row.str(0)?;
            if self.organisations.last().is_none_or(|last| last != organisation) {
                self.organisations.push(organisation.to_owned());
            }
            let product = match (row.optional_str(3)?, row.optional_str(4)?) {
                (Some(owner), Some(id)) => Some(match products.get(owner).and_then(|known| known.get(id)) {
                    Some(place) => *place,
                    None => {
                        let place = Place::try_from(self.products.len()).unwrap_or(Place::MAX);
                        self.products.push((owner.to_owned(), id.to_owned()));
                        products.entry(owner.to_owned()).or_default().insert(id.to_owned(), place);
                        place
                    }
                }),
                _ => None,
            };
            self.systems.push(Entry {
                organisation: Place::try_from(self.organisations.len() - 1).unwrap_or(Place::MAX),
                planned: row.flag(2)?,
                product,
                supplier: row.optional_str(5)?.map(|supplier| suppliers.of(supplier)),
                cost: row.optional_integer(6)?,
                contract: row.optional_str(7)?.and_then(|contract| contracts.get(contract).copied()),
                elements: Vec::new(),
            });
            ids.push(row.text(1)?);
            Ok(())
        })?;
        self.suppliers = suppliers.texts;
        Ok(ids)
    }

    /// Adds the elements of the systems that were read. Both come in the same order, so that one pass does; elements of
    /// systems that the reader does not see are stepped over.
    fn read_elements(
        &mut self,
        tx: &mut Transaction<'_>,
        organisation: Option<&str>,
        ids: &[String],
    ) -> Result<(), Error> {
        let mut parameters = Vec::new();
        let of = narrowed("x.organisation", organisation, &mut parameters);
        // Not narrowed to the LGAM: an engine would then read by frame and sort, instead of in the order of the key.
        let sql = format!(
            "SELECT x.organisation, x.system, x.frame, x.element FROM system_element AS x WHERE 1 = 1{of}
             ORDER BY x.organisation, x.system, x.frame, x.element"
        );
        let mut elements = Places::default();
        let mut at = 0;
        tx.each(&sql, &parameters, |row| {
            let (organisation, system) = (row.str(0)?, row.str(1)?);
            while let (Some(entry), Some(id)) = (self.systems.get_mut(at), ids.get(at)) {
                let own = self.organisations.get(entry.organisation as usize).map_or("", String::as_str);
                match (own, id.as_str()).cmp(&(organisation, system)) {
                    std::cmp::Ordering::Less => at += 1,
                    std::cmp::Ordering::Equal => {
                        if row.str(2)? == LGAM {
                            entry.elements.push(elements.of(row.str(3)?));
                        }
                        break;
                    }
                    std::cmp::Ordering::Greater => break,
                }
            }
            Ok(())
        })?;
        self.elements = elements.texts;
        Ok(())
    }

    /// How many systems are placed on at least one element.
    pub fn placed(&self) -> usize {
        self.systems.iter().filter(|system| !system.elements.is_empty()).count()
    }
}

/// Sorts a list and returns, for each place before, the place now.
fn ordered<T: Ord + Clone>(list: &mut Vec<T>) -> Vec<Place> {
    let mut order: Vec<usize> = (0..list.len()).collect();
    order.sort_by(|one, other| list[*one].cmp(&list[*other]));
    let mut now = vec![0; list.len()];
    for (place, before) in order.iter().enumerate() {
        now[*before] = Place::try_from(place).unwrap_or(Place::MAX);
    }
    *list = order.into_iter().map(|before| list[before].clone()).collect();
    now
}

/// The condition that narrows to one organisation, if one is wanted.
fn narrowed(column: &str, organisation: Option<&str>, parameters: &mut Vec<Value>) -> String {
    let Some(organisation) = organisation else { return String::new() };
    parameters.push(Value::from(organisation));
    format!(" AND {column} = ${}", parameters.len())
}
