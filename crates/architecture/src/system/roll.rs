//! The systems that count, of many estates at once and in few bytes: what overlaps and likeness are reckoned from.
//!
//! Names are not here: places in lists stand for organisations, products, suppliers, elements and contracts, so that 30,000
//! systems are read in a fraction of the time that their rows would take. What the reader may not see is not there at all.
//!
//! A system that several organisations share stands here once, under its owner, with those that use it. In the roll of one
//! organisation, what it uses and others own stands after its own.

use std::cmp::Ordering;
use std::collections::HashMap;

use foldhash::fast::RandomState;
use store::{Error, Transaction, Value};
use vocabulary::{Date, Reader};

use super::store::{Seen, whose_costs};
use crate::frame::LGAM;
use crate::map::in_use::COUNTS;

/// A place in one of the lists of a [`Roll`].
pub type Place = u32;

/// A product: '' for the shared list or whose candidate it is, and its id.
pub type ProductKey = (String, String);

/// What a reader sees of one system that counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Whose it is; of no meaning where it is shared with the one organisation of the roll.
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
    /// The other organisations that use it, in the order of their ids.
    pub used_by: Vec<Place>,
    /// In the roll of one organisation: its place among [`Roll::shared`], where another organisation owns it.
    pub shared: Option<Place>,
}

/// A system that the organisation of a roll uses and another owns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shared {
    /// Its id.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// Its owner's name.
    pub owner: String,
}

/// The systems that count for one reader.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roll {
    /// Ids of the organisations whose systems these are. Each list is in the order of its ids.
    pub organisations: Vec<String>,
    /// Products.
    pub products: Vec<ProductKey>,
    /// Ids of suppliers.
    pub suppliers: Vec<String>,
    /// Ids of elements.
    pub elements: Vec<String>,
    /// The last day of each contract, where it is known.
    pub contracts: Vec<Option<Date>>,
    /// Ids of the organisations that use systems of others.
    pub users: Vec<String>,
    /// Of one organisation: what it uses and others own, by owner and id.
    pub shared: Vec<Shared>,
    /// The systems, by organisation and id; then those of [`Roll::shared`].
    pub systems: Vec<Entry>,
}

/// Which systems are read.
#[derive(Clone, Copy)]
enum Which<'a> {
    /// Those of every organisation.
    All,
    /// Those that one owns.
    OwnedBy(&'a str),
    /// Those that one uses and others own.
    UsedBy(&'a str),
}

impl Which<'_> {
    /// The condition on a table whose columns name the system and its owner.
    fn systems(self, owner: &str, system: &str, parameters: &mut Vec<Value>) -> String {
        match self {
            Which::All => String::new(),
            Which::OwnedBy(organisation) => {
                parameters.push(Value::from(organisation));
                format!(" AND {owner} = ${}", parameters.len())
            }
            Which::UsedBy(organisation) => {
                parameters.push(Value::from(organisation));
                format!(
                    " AND ({owner}, {system}) IN
                         (SELECT w.organisation, w.system FROM system_user AS w WHERE w.used_by = ${})",
                    parameters.len()
                )
            }
        }
    }

    /// The condition on contracts: those that the systems are under.
    fn contracts(self, parameters: &mut Vec<Value>) -> String {
        let Which::UsedBy(organisation) = self else {
            return self.systems("t.organisation", "t.id", parameters);
        };
        parameters.push(Value::from(organisation));
        format!(
            " AND (t.organisation, t.id) IN (SELECT s.organisation, s.contract FROM system AS s JOIN system_user AS w
                 ON w.organisation = s.organisation AND w.system = s.id WHERE w.used_by = ${})",
            parameters.len()
        )
    }
}

/// Places by text. Hashed by what is quick for short texts, since the roll of all estates asks a hundred thousand times.
type ByText<T> = HashMap<String, T, RandomState>;

/// Products by whose they are and then by id, so that each is looked up without a copy of its names.
#[derive(Default)]
struct Products(ByText<ByText<Place>>);

impl Products {
    fn of(&mut self, owner: &str, id: &str, products: &mut Vec<ProductKey>) -> Place {
        if let Some(place) = self.0.get(owner).and_then(|known| known.get(id)) {
            return *place;
        }
        let place = Place::try_from(products.len()).unwrap_or(Place::MAX);
        products.push((owner.to_owned(), id.to_owned()));
        self.0.entry(owner.to_owned()).or_default().insert(id.to_owned(), place);
        place
    }
}

/// The contracts of many organisations, in the order of their owners' ids and their own. A system is under a contract of its
/// owner, so that it is looked up among few, which stand side by side.
#[derive(Default)]
struct Contracts {
    ids: Vec<String>,
    /// Each owner with where its contracts begin.
    owners: Vec<(String, usize)>,
    /// Where the ids begin among the contracts of the roll.
    first: usize,
    /// Those of the owner asked for last.
    near: std::ops::Range<usize>,
    owner: Option<String>,
}

impl Contracts {
    /// Adds the next.
    fn add(&mut self, organisation: &str, id: &str) {
        if self.owners.last().is_none_or(|(last, _)| last != organisation) {
            self.owners.push((organisation.to_owned(), self.ids.len()));
        }
        self.ids.push(id.to_owned());
    }

    /// The place of a contract that was added.
    fn of(&mut self, organisation: &str, id: &str) -> Option<Place> {
        if self.owner.as_deref() != Some(organisation) {
            self.owner = Some(organisation.to_owned());
            let found = self.owners.binary_search_by(|(owner, _)| owner.as_str().cmp(organisation));
            let begins = |at: usize| self.owners.get(at).map_or(self.ids.len(), |(_, begins)| *begins);
            self.near = found.map_or(0..0, |at| begins(at)..begins(at + 1));
        }
        let at = self.ids.get(self.near.clone())?.binary_search_by(|known| known.as_str().cmp(id)).ok()?;
        Place::try_from(self.first + self.near.start + at).ok()
    }
}

/// What several queries add to.
#[derive(Default)]
struct Reading {
    products: Products,
    suppliers: Places,
    elements: Places,
    users: Places,
}

/// Texts by the place that they were given first.
#[derive(Default)]
struct Places {
    known: ByText<Place>,
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
    /// What `reader` sees: of one organisation, with what it uses of others, or (none named) of all.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn read(tx: &mut Transaction<'_>, reader: &Reader, organisation: Option<&str>) -> Result<Roll, Error> {
        let mut roll = Roll::default();
        let mut reading = Reading::default();
        let own = organisation.map_or(Which::All, Which::OwnedBy);
        for which in std::iter::once(own).chain(organisation.map(Which::UsedBy)) {
            let contracts = roll.read_contracts(tx, reader, which)?;
            roll.read_systems(tx, reader, which, contracts, &mut reading)?;
        }
        Ok(roll.sorted(reading))
    }

    /// What `reader` sees of all, without contracts, and so without their ends: where only what is run and met counts.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn without_contracts(tx: &mut Transaction<'_>, reader: &Reader) -> Result<Roll, Error> {
        let mut roll = Roll::default();
        let mut reading = Reading::default();
        roll.read_systems(tx, reader, Which::All, Contracts::default(), &mut reading)?;
        Ok(roll.sorted(reading))
    }

    /// Brings the lists into the order of their ids, so that a place says nothing of whose system named it first.
    fn sorted(mut self, reading: Reading) -> Roll {
        self.suppliers = reading.suppliers.texts;
        self.elements = reading.elements.texts;
        self.users = reading.users.texts;
        let (products, suppliers) = (ordered(&mut self.products), ordered(&mut self.suppliers));
        let (elements, users) = (ordered(&mut self.elements), ordered(&mut self.users));
        let moved = |places: &[Place], place: &mut Place| {
            *place = places.get(*place as usize).copied().unwrap_or(*place);
        };
        for system in &mut self.systems {
            system.product.iter_mut().for_each(|place| moved(&products, place));
            system.supplier.iter_mut().for_each(|place| moved(&suppliers, place));
            system.elements.iter_mut().for_each(|place| moved(&elements, place));
            system.used_by.iter_mut().for_each(|place| moved(&users, place));
        }
        self
    }

    fn read_contracts(
        &mut self,
        tx: &mut Transaction<'_>,
        reader: &Reader,
        which: Which<'_>,
    ) -> Result<Contracts, Error> {
        let rows = ledger::visible(reader, "t.visibility", "t.organisation", 1);
        let mut parameters = rows.parameters;
        let of = which.contracts(&mut parameters);
        let sql = format!(
            "SELECT t.organisation, t.id, t.end_day FROM contract AS t WHERE {}{of} ORDER BY t.organisation, t.id",
            rows.sql
        );
        let mut contracts = Contracts { first: self.contracts.len(), ..Contracts::default() };
        tx.each(&sql, &parameters, |row| {
            contracts.add(row.str(0)?, row.str(1)?);
            self.contracts.push(row.optional_str(2)?.and_then(|day| day.parse().ok()));
            Ok(())
        })?;
        Ok(contracts)
    }

    /// Adds the systems with their elements and users.
    fn read_systems(
        &mut self,
        tx: &mut Transaction<'_>,
        reader: &Reader,
        which: Which<'_>,
        mut contracts: Contracts,
        reading: &mut Reading,
    ) -> Result<(), Error> {
        let from = self.systems.len();
        let narrow = Seen::narrow(reader);
        let costs = whose_costs(tx, reader)?;
        let mut parameters = narrow.parameters;
        let of = which.systems("s.organisation", "s.id", &mut parameters);
        let sql = format!(
            "SELECT s.organisation, s.id, CASE WHEN s.status = 'planned' THEN 1 ELSE 0 END, s.product_organisation, {},
                    s.supplier, s.annual_cost, s.contract {} {COUNTS}{of} ORDER BY s.organisation, s.id",
            narrow.product, narrow.from
        );
        let mut ids = Vec::new();
        // Whose each system is, by its place among those read now.
        let mut owners: Vec<String> = Vec::new();
        let mut owned_by: Vec<Place> = Vec::new();
        let mut sees_cost = false;
        tx.each(&sql, &parameters, |row| {
            let organisation = row.str(0)?;
            if owners.last().is_none_or(|last| last != organisation) {
                owners.push(organisation.to_owned());
                sees_cost = costs.contains(organisation);
            }
            let owner = Place::try_from(owners.len() - 1).unwrap_or(Place::MAX);
            owned_by.push(owner);
            let product = match (row.optional_str(3)?, row.optional_str(4)?) {
                (Some(owner), Some(id)) => Some(reading.products.of(owner, id, &mut self.products)),
                _ => None,
            };
            self.systems.push(Entry {
                organisation: owner,
                planned: row.flag(2)?,
                product,
                supplier: row.optional_str(5)?.map(|supplier| reading.suppliers.of(supplier)),
                cost: row.optional_integer(6)?.filter(|_| sees_cost),
                contract: row.optional_str(7)?.and_then(|contract| contracts.of(organisation, contract)),
                ..Entry::default()
            });
            ids.push(row.text(1)?);
            Ok(())
        })?;
        let mut read = Read { owners: &owners, owned_by: &owned_by, ids: &ids, systems: &mut self.systems[from..] };
        read.elements(tx, which, &mut reading.elements)?;
        read.users(tx, which, &mut reading.users)?;
        match which {
            Which::UsedBy(_) => self.name_shared(tx, reader, which, &ids, from),
            _ => {
                self.organisations = owners;
                Ok(())
            }
        }
    }

    /// Names the systems of others, which stand from `from` on.
    fn name_shared(
        &mut self,
        tx: &mut Transaction<'_>,
        reader: &Reader,
        which: Which<'_>,
        ids: &[String],
        from: usize,
    ) -> Result<(), Error> {
        let seen = Seen::by(reader);
        let mut parameters = seen.parameters;
        let of = which.systems("s.organisation", "s.id", &mut parameters);
        let sql = format!("SELECT s.id, s.name, o.name {}{of}", seen.from);
        let mut named = HashMap::new();
        tx.each(&sql, &parameters, |row| {
            let shared = Shared { id: row.text(0)?, name: row.text(1)?, owner: row.text(2)? };
            named.insert(shared.id.clone(), shared);
            Ok(())
        })?;
        for ((place, id), system) in (0..).zip(ids).zip(&mut self.systems[from..]) {
            self.shared.push(named.remove(id).unwrap_or_default());
            system.shared = Some(place);
        }
        Ok(())
    }

    /// How many systems are placed on at least one element.
    pub fn placed(&self) -> usize {
        self.systems.iter().filter(|system| !system.elements.is_empty()).count()
    }
}

/// Systems that were read, in the order of their owners' ids and their own.
struct Read<'a> {
    owners: &'a [String],
    owned_by: &'a [Place],
    ids: &'a [String],
    systems: &'a mut [Entry],
}

impl Read<'_> {
    /// Adds the elements.
    fn elements(&mut self, tx: &mut Transaction<'_>, which: Which<'_>, elements: &mut Places) -> Result<(), Error> {
        let mut parameters = Vec::new();
        let of = which.systems("x.organisation", "x.system", &mut parameters);
        // Not narrowed to the LGAM: an engine would then read by frame and sort, instead of in the order of the key.
        let sql = format!(
            "SELECT x.organisation, x.system, x.frame, x.element FROM system_element AS x WHERE 1 = 1{of}
             ORDER BY x.organisation, x.system, x.frame, x.element"
        );
        let mut at = 0;
        tx.each(&sql, &parameters, |row| {
            if let Some(entry) = self.entry(&mut at, row.str(0)?, row.str(1)?)
                && row.str(2)? == LGAM
            {
                entry.elements.push(elements.of(row.str(3)?));
            }
            Ok(())
        })
    }

    /// Adds the other organisations that use them.
    fn users(&mut self, tx: &mut Transaction<'_>, which: Which<'_>, users: &mut Places) -> Result<(), Error> {
        let mut parameters = Vec::new();
        let of = which.systems("x.organisation", "x.system", &mut parameters);
        let sql = format!(
            "SELECT x.organisation, x.system, x.used_by FROM system_user AS x WHERE 1 = 1{of}
             ORDER BY x.organisation, x.system, x.used_by"
        );
        let mut at = 0;
        tx.each(&sql, &parameters, |row| {
            if let Some(entry) = self.entry(&mut at, row.str(0)?, row.str(1)?) {
                entry.used_by.push(users.of(row.str(2)?));
            }
            Ok(())
        })
    }

    /// The system of this owner and id. Rows that are asked for come in the same order as the systems, so that one pass
    /// does; those of systems that the reader does not see are stepped over.
    fn entry(&mut self, at: &mut usize, organisation: &str, system: &str) -> Option<&mut Entry> {
        while let (Some(owner), Some(id)) = (self.owned_by.get(*at), self.ids.get(*at)) {
            let owner = self.owners.get(*owner as usize).map_or("", String::as_str);
            // Most rows are of the system at hand, and that two texts are one is seen sooner than which comes first.
            if id == system && owner == organisation {
                return self.systems.get_mut(*at);
            }
            match owner.cmp(organisation).then_with(|| id.as_str().cmp(system)) {
                Ordering::Less => *at += 1,
                _ => return None,
            }
        }
        None
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
