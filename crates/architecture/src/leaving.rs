//! What of the reference data that all share an organisation's own rows name: it belongs to nobody, so a file that the
//! organisation takes along describes it, by id and name.
//!
//! Not here: which tables are the organisation's own ([`BELONGINGS`](crate::BELONGINGS)), and the file.

use std::collections::{BTreeMap, BTreeSet};

use ::store::{Error, Table, Transaction, Value, values};
use vocabulary::{OrganisationId, Timestamp};

use crate::comparison;
use crate::product::merge::Merges;
use crate::projection;
use crate::statement::Stated;

/// Reference data that rows of one organisation name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// Ids of products of the shared list.
    pub products: BTreeSet<String>,
    /// Ids of other organisations, suppliers among them.
    pub organisations: BTreeSet<String>,
    /// Elements as `(frame, element)`.
    pub elements: BTreeSet<(String, String)>,
}

/// Columns that hold the id of a listed product, where they hold one that is not the organisation's own.
const PRODUCTS: [(&str, &str, &str); 6] = [
    ("name_match", "target", "what = 'product'"),
    ("name_conclusion", "target", "1 = 1"),
    ("import_row", "product", "product <> ''"),
    ("import_row_before", "product", "product <> ''"),
    ("shared_offer", "target", "1 = 1"),
    ("shared_offer", "product", "1 = 1"),
];

/// Columns that hold the id of another organisation.
const ORGANISATIONS: [(&str, &str, &str); 5] = [
    ("name_match", "target", "what = 'supplier'"),
    ("product", "supplier", "1 = 1"),
    ("product", "stated_supplier", "1 = 1"),
    ("comparison_organisation", "compared", "1 = 1"),
    ("system_user", "used_by", "1 = 1"),
];

/// What the rows of an organisation name.
///
/// # Errors
/// Those of the database.
pub fn named(tx: &mut Transaction<'_>, organisation: &OrganisationId) -> Result<Named, Error> {
    let of = organisation.as_str();
    let mut named = Named::default();
    tx.each("SELECT value FROM statement WHERE organisation = $1 AND value IS NOT NULL", &values![of], |row| {
        match Stated::from_json(row.str(0)?) {
            Some(Stated::Product(owner, id)) if owner.is_empty() => drop(named.products.insert(id)),
            Some(Stated::Supplier(id)) => drop(named.organisations.insert(id)),
            Some(Stated::Organisations(ids)) => named.organisations.extend(ids),
            Some(Stated::Elements(elements)) => named.elements.extend(elements),
            _ => {}
        }
        Ok(())
    })?;
    let column = |tx: &mut Transaction<'_>, (table, column, condition): (&str, &str, &str)| {
        let sql = format!(
            "SELECT DISTINCT {column} FROM {table} WHERE organisation = $1 AND {column} IS NOT NULL AND {condition}"
        );
        tx.query(&sql, &values![of], |row| row.text(0))
    };
    for place in PRODUCTS {
        named.products.extend(column(tx, place)?);
    }
    for place in ORGANISATIONS {
        named.organisations.extend(column(tx, place)?);
    }
    let sql = "SELECT frame, element FROM product_element WHERE organisation = $1";
    named.elements.extend(tx.query(sql, &values![of], |row| Ok((row.text(0)?, row.text(1)?)))?);
    for own in tx.query("SELECT id FROM product WHERE organisation = $1", &values![of], |row| row.text(0))? {
        named.products.remove(&own);
    }
    named.organisations.remove(of);
    let suppliers = "SELECT supplier FROM product WHERE organisation = '' AND id = $1 AND supplier IS NOT NULL";
    for product in &named.products {
        named.organisations.extend(tx.query_optional(suppliers, &values![product], |row| row.text(0))?);
    }
    Ok(named)
}

/// What listed products are called: for each id its name now, also where it was merged into another one, and its supplier.
///
/// # Errors
/// Those of the database.
pub fn called(
    tx: &mut Transaction<'_>,
    products: &BTreeSet<String>,
) -> Result<BTreeMap<String, (String, Option<String>)>, Error> {
    let merges = Merges::read(tx)?;
    let mut called = BTreeMap::new();
    for id in products {
        let now = merges.became("", id).unwrap_or(id);
        let sql = "SELECT name, supplier FROM product WHERE organisation = '' AND id = $1";
        let found = tx.query_optional(sql, &values![now], |row| Ok((row.text(0)?, row.optional_text(1)?)))?;
        called.extend(found.map(|found| (id.clone(), found)));
    }
    Ok(called)
}

/// Lets what others hold follow the name of an organisation that left or came back: estates that name it as a user of their
/// systems, and comparisons with it.
///
/// # Errors
/// Those of the database.
pub fn follow_name(tx: &mut Transaction<'_>, organisation: &OrganisationId, now: Timestamp) -> Result<(), Error> {
    let of = organisation.as_str();
    let sql = "SELECT DISTINCT organisation FROM system_user WHERE used_by = $1 AND organisation <> $1";
    for other in tx.query(sql, &values![of], |row| row.text(0))? {
        if let Ok(other) = other.parse::<OrganisationId>() {
            projection::write_all(tx, &other, now)?;
        }
    }
    // What has not changed is left as it is.
    let comparisons = comparison::things(tx)?;
    ledger::put_things(tx, &comparisons, now)
}

/// What ids of a file are on the copy that it is brought to.
#[derive(Clone, Debug, Default)]
pub struct Renamed {
    /// Listed products: the owner ('' for the shared list) and the id here.
    pub products: BTreeMap<String, (String, String)>,
    /// Organisations: the id here.
    pub organisations: BTreeMap<String, String>,
}

impl Renamed {
    /// Whether every id is the same here.
    pub fn is_nothing(&self) -> bool {
        self.products.iter().all(|(id, (owner, here))| owner.is_empty() && id == here)
            && self.organisations.iter().all(|(id, here)| id == here)
    }

    fn product(&self, id: &str) -> (String, String) {
        self.products.get(id).cloned().unwrap_or_else(|| (String::new(), id.to_owned()))
    }

    fn organisation(&self, id: &str) -> String {
        self.organisations.get(id).cloned().unwrap_or_else(|| id.to_owned())
    }

    /// Writes the ids of this copy into a row. False for a row that says something of the shared list which this copy does
    /// not have: that a name means a product that nobody lists here.
    pub fn row(&self, table: &Table, values: &mut [Value]) -> bool {
        let place = |name: &str| table.columns.iter().position(|column| column.name == name);
        let text = |values: &[Value], at: usize| match &values[at] {
            Value::Text(text) => Some(text.clone()),
            _ => None,
        };
        if table.name == "statement" {
            let Some(at) = place("value") else { return true };
            let stated = text(values, at).and_then(|value| Stated::from_json(&value));
            let renamed = match stated {
                Some(Stated::Product(owner, id)) if owner.is_empty() => {
                    let (owner, id) = self.product(&id);
                    Stated::Product(owner, id)
                }
                Some(Stated::Supplier(id)) => Stated::Supplier(self.organisation(&id)),
                Some(Stated::Organisations(ids)) => {
                    let ids: BTreeSet<String> = ids.iter().map(|id| self.organisation(id)).collect();
                    Stated::Organisations(ids.into_iter().collect())
                }
                _ => return true,
            };
            values[at] = Value::Text(renamed.to_json());
            return true;
        }
        let is = |values: &[Value], column: &str, word: &str| {
            place(column).and_then(|at| text(values, at)).is_some_and(|text| text == word)
        };
        for (_, column, _) in ORGANISATIONS.iter().filter(|(of, ..)| *of == table.name) {
            if table.name == "name_match" && !is(values, "what", "supplier") {
                continue;
            }
            if let Some((at, id)) = place(column).and_then(|at| Some((at, text(values, at)?))) {
                values[at] = Value::Text(self.organisation(&id));
            }
        }
        for (_, column, _) in PRODUCTS.iter().filter(|(of, ..)| *of == table.name) {
            if table.name == "name_match" && !is(values, "what", "product") {
                continue;
            }
            let Some((at, id)) = place(column).and_then(|at| Some((at, text(values, at)?))) else { continue };
            let (owner, here) = self.product(&id);
            // A row of a list is known by its product, whoever lists that; everything else speaks of the shared list.
            if !owner.is_empty() && !table.name.starts_with("import_row") {
                return false;
            }
            values[at] = Value::Text(here);
        }
        true
    }
}
