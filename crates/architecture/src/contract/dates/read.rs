//! Reading contracts as a reader may see them: first the dates of all, from which every number and order comes, then the
//! rest of those that are shown.
//!
//! Contracts pass the ledger's predicate by their own visibility, systems come from [`Seen`], costs and own texts are NULL
//! in SQL already for those who may not read them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use ledger::visible;
use store::{Error, Transaction, Value};
use vocabulary::{Date, Reader};

use super::Next;
use crate::statement::Attribute;
use crate::system::shared::used_by;
use crate::system::store::Seen;

/// The dates of one contract: what filters, orders and counts work on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dated {
    /// Whose it is.
    pub organisation: String,
    /// The contract's id.
    pub id: String,
    /// Whether the last notice date is known, past or ahead.
    pub notice_known: bool,
    /// What falls next.
    pub next: Next,
    /// Ids of its supplier: as the contract says, else those of the systems that it covers. In order, each once.
    pub suppliers: Vec<String>,
    /// Among the contracts of one organisation: another owns it, and shares a system that is under it.
    pub shared: bool,
}

/// The suppliers of the systems under each contract, by its id.
type Suppliers = HashMap<String, BTreeSet<String>>;

/// All contracts that a reader may see, of one organisation or of all.
#[derive(Clone, Debug, Default)]
pub struct Contracts {
    /// In no order.
    pub dated: Vec<Dated>,
    /// How many systems the reader sees there.
    pub systems: usize,
    /// How many of those have a contract recorded.
    pub covered: usize,
    /// Names of all organisations, suppliers among them.
    pub names: BTreeMap<String, String>,
    /// Ids of the systems that one organisation uses and others own, where those were asked for.
    pub used: BTreeSet<String>,
}

impl Contracts {
    /// Reads them.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn read(
        tx: &mut Transaction<'_>,
        reader: &Reader,
        organisation: Option<&str>,
        today: Date,
    ) -> Result<Contracts, Error> {
        let mut contracts = Contracts { names: names(tx)?, ..Contracts::default() };
        let suppliers = contracts.read_suppliers(tx, reader, organisation)?;
        let (condition, more) = match organisation {
            Some(organisation) => ("c.organisation", vec![Value::from(organisation)]),
            None => ("", Vec::new()),
        };
        contracts.add(tx, reader, condition, more, suppliers, today)?;
        Ok(contracts)
    }

    /// The same of one organisation, and beside them, marked, the contracts of other owners under which the systems are that
    /// it uses, as far as the reader sees those.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn with_shared(
        tx: &mut Transaction<'_>,
        reader: &Reader,
        organisation: &str,
        today: Date,
    ) -> Result<Contracts, Error> {
        let mut contracts = Contracts::read(tx, reader, Some(organisation), today)?;
        let seen = Seen::by(reader);
        let sql = format!(
            "SELECT s.contract, s.supplier, s.id {} {} AND s.contract IS NOT NULL",
            seen.from,
            used_by(seen.next_parameter())
        );
        let mut suppliers = Suppliers::new();
        tx.each(&sql, &seen.with(vec![Value::from(organisation)]), |row| {
            suppliers.entry(row.text(0)?).or_default().extend(row.optional_text(1)?);
            contracts.used.insert(row.text(2)?);
            Ok(())
        })?;
        let own = contracts.dated.len();
        let ids: Vec<Value> = suppliers.keys().map(|id| Value::from(id.as_str())).collect();
        for chunk in ids.chunks(AT_ONCE) {
            contracts.add(tx, reader, "c.id", chunk.to_vec(), suppliers.clone(), today)?;
        }
        let mut others = contracts.dated.split_off(own);
        others.retain(|dated| dated.organisation != organisation);
        others.iter_mut().for_each(|dated| dated.shared = true);
        contracts.dated.extend(others);
        Ok(contracts)
    }

    /// Adds the contracts that the reader may see and of which `column` is one of `values`; all, where no column is named.
    fn add(
        &mut self,
        tx: &mut Transaction<'_>,
        reader: &Reader,
        column: &str,
        values: Vec<Value>,
        mut suppliers: Suppliers,
        today: Date,
    ) -> Result<(), Error> {
        let seen = visible(reader, "c.visibility", "c.organisation", 1);
        let condition = match values.len() {
            0 => String::new(),
            count => format!(" AND {column} IN ({})", places(seen.parameters.len(), count)),
        };
        let sql = format!(
            "SELECT c.organisation, c.id, c.end_day, c.last_notice_day, c.supplier FROM contract AS c WHERE {}{condition}",
            seen.sql
        );
        let (dated, known, today) = (&mut self.dated, &self.names, today.to_string());
        tx.each(&sql, &[seen.parameters, values].concat(), |row| {
            let (organisation, id) = (row.text(0)?, row.text(1)?);
            let (end, notice) = (row.optional_text(2)?, row.optional_text(3)?);
            let of_systems = suppliers.remove(&id).unwrap_or_default();
            let mut suppliers = match row.optional_text(4)? {
                Some(supplier) => vec![supplier],
                None => of_systems.into_iter().collect(),
            };
            suppliers.retain(|id| known.contains_key(id));
            dated.push(Dated {
                organisation,
                id,
                notice_known: notice.is_some(),
                next: Next::on(end.as_deref(), notice.as_deref(), &today),
                suppliers,
                shared: false,
            });
            Ok(())
        })
    }

    /// Counts the systems, and gives the suppliers of those that have a contract, by contract.
    fn read_suppliers(
        &mut self,
        tx: &mut Transaction<'_>,
        reader: &Reader,
        organisation: Option<&str>,
    ) -> Result<Suppliers, Error> {
        let narrow = Seen::narrow(reader);
        let (condition, values) = of_organisation(organisation, "s.organisation", narrow.parameters);
        let sql = format!("SELECT s.contract, s.supplier {}{condition}", narrow.from);
        let mut suppliers = Suppliers::new();
        let (systems, covered) = (&mut self.systems, &mut self.covered);
        tx.each(&sql, &values, |row| {
            *systems += 1;
            if let Some(contract) = row.optional_text(0)? {
                *covered += 1;
                suppliers.entry(contract).or_default().extend(row.optional_text(1)?);
            }
            Ok(())
        })?;
        Ok(suppliers)
    }
}

fn of_organisation(organisation: Option<&str>, column: &str, mut values: Vec<Value>) -> (String, Vec<Value>) {
    let Some(organisation) = organisation else { return (String::new(), values) };
    values.push(Value::from(organisation));
    (format!(" AND {column} = ${}", values.len()), values)
}

fn names(tx: &mut Transaction<'_>) -> Result<BTreeMap<String, String>, Error> {
    let names =
        tx.query("SELECT id, name FROM organisation ORDER BY id", &[], |row| Ok((row.text(0)?, row.text(1)?)))?;
    Ok(names.into_iter().collect())
}

/// A system that a contract covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Covered {
    /// Its id.
    pub id: String,
    /// What the organisation calls it.
    pub name: String,
    /// The product's name, where it is known and the reader may know it.
    pub product: Option<String>,
}

/// What a row of the list shows beside its dates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The dates.
    pub dated: Dated,
    /// Its organisation's name.
    pub organisation_name: String,
    /// The organisation's reference for it.
    pub reference: Option<String>,
    /// What it is called.
    pub title: Option<String>,
    /// First day or month, as given.
    pub start: Option<String>,
    /// Last day or month, as given.
    pub end: Option<String>,
    /// Last day.
    pub end_day: Option<String>,
    /// Months of notice.
    pub notice_months: Option<i64>,
    /// The last day on which notice can be given.
    pub last_notice_day: Option<String>,
    /// Options to extend, in words.
    pub extension: Option<String>,
    /// Suppliers: id and name.
    pub suppliers: Vec<(String, String)>,
    /// For the organisation's own readers: a supplier's name that matched no organisation.
    pub supplier_text: Option<String>,
    /// For the organisation's own readers: an end as sent that was not understood.
    pub end_text: Option<String>,
    /// Pence a year; none for those who may not see it.
    pub annual_cost: Option<i64>,
    /// When the latest statement about it was made.
    pub changed_at: String,
    /// The systems that it covers, by name.
    pub systems: Vec<Covered>,
}

/// How many contracts are asked for in one statement.
const AT_ONCE: usize = 400;

/// The rows of these contracts, in their order. Only of contracts that came from [`Contracts::read`] for the same reader;
/// the predicate is asked again all the same.
///
/// # Errors
/// When the engine fails.
pub fn rows(
    tx: &mut Transaction<'_>,
    reader: &Reader,
    dated: &[Dated],
    names: &BTreeMap<String, String>,
) -> Result<Vec<Row>, Error> {
    let mut found: BTreeMap<String, Row> = BTreeMap::new();
    for chunk in dated.chunks(AT_ONCE) {
        let by_id: BTreeMap<&str, &Dated> = chunk.iter().map(|dated| (dated.id.as_str(), dated)).collect();
        let ids: Vec<Value> = chunk.iter().map(|dated| Value::from(dated.id.as_str())).collect();
        let seen = visible(reader, "c.visibility", "c.organisation", 1);
        // The same parameters serve every predicate of one reader, so they are given once.
        let cost = visible(reader, "e.cost_visibility", "c.organisation", 1);
        let own = visible(reader, "'own'", "c.organisation", 1);
        let sql = format!(
            "SELECT c.id, c.reference, c.title, c.start_date, c.end_date, c.end_day, c.notice_months, c.last_notice_day,
                    c.extension, CASE WHEN {} THEN c.changed_at ELSE c.plain_changed_at END, CASE WHEN {} THEN c.annual_cost END, CASE WHEN {} THEN t.text END
             FROM contract AS c JOIN estate AS e ON e.organisation = c.organisation
             LEFT JOIN private_text AS t ON t.organisation = c.organisation AND t.id = c.supplier_private
             WHERE {} AND c.id IN ({})",
            own.sql,
            cost.sql,
            own.sql,
            seen.sql,
            places(seen.parameters.len(), ids.len())
        );
        tx.each(&sql, &[seen.parameters, ids.clone()].concat(), |row| {
            let id = row.text(0)?;
            let Some(dated) = by_id.get(id.as_str()) else { return Ok(()) };
            let supplier = |id: &String| names.get(id).map(|name| (id.clone(), name.clone()));
            found.insert(
                id,
                Row {
                    dated: (*dated).clone(),
                    organisation_name: names.get(&dated.organisation).cloned().unwrap_or_default(),
                    reference: row.optional_text(1)?,
                    title: row.optional_text(2)?,
                    start: row.optional_text(3)?,
                    end: row.optional_text(4)?,
                    end_day: row.optional_text(5)?,
                    notice_months: row.optional_integer(6)?,
                    last_notice_day: row.optional_text(7)?,
                    extension: row.optional_text(8)?,
                    changed_at: row.text(9)?,
                    annual_cost: row.optional_integer(10)?,
                    suppliers: dated.suppliers.iter().filter_map(supplier).collect(),
                    supplier_text: row.optional_text(11)?,
                    end_text: None,
                    systems: Vec::new(),
                },
            );
            Ok(())
        })?;
        add_systems(tx, reader, &ids, &mut found)?;
        add_end_texts(tx, reader, &ids, &mut found)?;
    }
    Ok(dated.iter().filter_map(|dated| found.remove(&dated.id)).collect())
}

fn add_systems(
    tx: &mut Transaction<'_>,
    reader: &Reader,
    ids: &[Value],
    found: &mut BTreeMap<String, Row>,
) -> Result<(), Error> {
    let seen = Seen::by(reader);
    let sql = format!(
        "SELECT s.contract, s.id, s.name, p.name {} AND s.contract IN ({}) ORDER BY s.name_folded, s.id",
        seen.from,
        places(seen.parameters.len(), ids.len())
    );
    tx.each(&sql, &seen.with(ids.to_vec()), |row| {
        if let Some(of) = found.get_mut(&row.text(0)?) {
            of.systems.push(Covered { id: row.text(1)?, name: row.text(2)?, product: row.optional_text(3)? });
        }
        Ok(())
    })
}

/// Ends that were sent and not understood: the latest statement holds a text and no value.
fn add_end_texts(
    tx: &mut Transaction<'_>,
    reader: &Reader,
    ids: &[Value],
    found: &mut BTreeMap<String, Row>,
) -> Result<(), Error> {
    let sees_own = |id: &String| id.parse().is_ok_and(|id| crate::system::store::sees_own(reader, &id));
    let organisations: BTreeSet<String> = found.values().map(|row| row.dated.organisation.clone()).collect();
    let organisations: Vec<Value> = organisations.into_iter().filter(sees_own).map(Value::from).collect();
    if organisations.is_empty() {
        return Ok(());
    }
    // Statements are found by organisation, then subject.
    let sql = format!(
        "SELECT s.subject, t.text FROM statement AS s
         JOIN private_text AS t ON t.organisation = s.organisation AND t.id = s.original
         WHERE s.organisation IN ({}) AND s.subject IN ({}) AND s.attribute = $1 AND s.value IS NULL AND t.text IS NOT NULL
           AND NOT EXISTS (
             SELECT 1 FROM statement AS later
             WHERE later.organisation = s.organisation AND later.subject = s.subject AND later.attribute = s.attribute
               AND (later.change > s.change OR (later.change = s.change AND later.position > s.position)))",
        places(1, organisations.len()),
        places(1 + organisations.len(), ids.len())
    );
    let values = [vec![Value::from(Attribute::End.word())], organisations, ids.to_vec()].concat();
    tx.each(&sql, &values, |row| {
        if let Some(of) = found.get_mut(&row.text(0)?) {
            of.end_text = row.optional_text(1)?;
        }
        Ok(())
    })
}

/// `$4, $5, $6`: as many as are asked for, after those that are there.
fn places(after: usize, count: usize) -> String {
    let places: Vec<String> = (after + 1..=after + count).map(|place| format!("${place}")).collect();
    places.join(", ")
}
