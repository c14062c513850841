//! The systems that count in maps and comparisons: those that the reader may see and that are not retired.
//!
//! One statement reads them with their elements. Products that the reader may not know of (another organisation's
//! candidates) are not there at all, so no number, match or order can depend on them.

use std::collections::{BTreeMap, BTreeSet};

use accounts::OrganisationKind;
use serde::Serialize;
use store::{Error, Transaction, Value};
use vocabulary::{Reader, fold};

use crate::frame::LGAM;
use crate::organisation::short_name;
use crate::system::store::{Narrow, Seen};

/// What is true of a system that counts: planned, live, retiring, or nobody told us. For queries that use [`Seen`].
pub const COUNTS: &str = "AND (s.status IS NULL OR s.status <> 'retired')";

/// The same in the words of the inventory's filter, so that a number leads to as many systems.
const COUNTS_THERE: &str = "status=planned&status=live&status=retiring&status=not-known";

/// Those of them that are in use already.
const IN_USE_THERE: &str = "status=live&status=retiring&status=not-known";

/// An organisation of which the reader sees at least one system that counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Body {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its name as column headings have it.
    pub short: String,
    /// Whether it is a council.
    pub council: bool,
}

impl Body {
    /// A body by its names.
    pub fn new(id: &str, name: &str, council: bool) -> Body {
        Body { id: id.to_owned(), name: name.to_owned(), short: short_name(name).to_owned(), council }
    }

    /// Where its systems that count are listed, narrowed by `filter`: `element=forms`.
    pub fn inventory(&self, filter: &str) -> String {
        format!("/organisations/{}/systems?{filter}&{COUNTS_THERE}", self.id)
    }

    /// The same without what is only planned.
    pub fn in_use(&self, filter: &str) -> String {
        format!("/organisations/{}/systems?{filter}&{IN_USE_THERE}", self.id)
    }
}

/// A product that the reader may know of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ProductName {
    /// '' for the shared list, else whose candidate it is.
    #[serde(skip)]
    pub organisation: String,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// A supplier.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct SupplierName {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// A system that counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InUse {
    /// The organisation's id.
    pub organisation: String,
    /// The system's id.
    pub id: String,
    /// What the organisation calls it.
    pub name: String,
    /// The product, where it is known and the reader may know of it.
    pub product: Option<ProductName>,
    /// The product's version.
    pub version: Option<String>,
    /// The supplier, where it is known.
    pub supplier: Option<SupplierName>,
    /// Ids of the elements that it is placed on.
    pub elements: Vec<String>,
    /// The id of its owner, where it stands here under an organisation that only uses it.
    pub owner: Option<String>,
}

impl InUse {
    /// Under whom it stands, and its id.
    pub fn key(&self) -> (&str, &str) {
        (&self.organisation, &self.id)
    }
}

/// Everything that counts for one reader.
#[derive(Clone, Debug, Default)]
pub struct Counted {
    /// Organisations by name.
    pub bodies: Vec<Body>,
    /// Their systems, by organisation and name.
    pub systems: Vec<InUse>,
    /// What they use and others own: the same systems under the organisation that uses them, in the same order.
    pub shared: Vec<InUse>,
}

impl Counted {
    /// What `reader` sees: of one organisation, or (none named) of all.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn read(tx: &mut Transaction<'_>, reader: &Reader, organisation: Option<&str>) -> Result<Counted, Error> {
        Counted::of(tx, reader, organisation.as_slice())
    }

    /// What `reader` sees of these organisations; of all where none is named.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn of(tx: &mut Transaction<'_>, reader: &Reader, organisations: &[&str]) -> Result<Counted, Error> {
        let seen = Seen::narrow(reader);
        let places = named(seen.next_parameter() + 1, organisations.len());
        let owned = if organisations.is_empty() { String::new() } else { format!("AND s.organisation IN ({places})") };
        let mut counted = Counted::found(tx, &seen, &owned, organisations)?;
        counted.share(tx, &seen, organisations)?;
        counted.bodies.sort_by_cached_key(|body| (fold(&body.name), body.id.clone()));
        counted.tell_apart();
        Ok(counted)
    }

    /// The systems of a condition whose parameters are `more`, after the frame's.
    fn found(tx: &mut Transaction<'_>, seen: &Narrow, condition: &str, more: &[&str]) -> Result<Counted, Error> {
        let next = seen.next_parameter();
        let more = std::iter::once(LGAM).chain(more.iter().copied()).map(Value::from).collect();
        let sql = format!(
            "SELECT t.organisation, t.body, t.kind, t.id, t.name, t.product_of, t.product, t.product_name, t.version,
                    t.supplier, t.supplier_name, x.element
             FROM (SELECT s.organisation AS organisation, o.name AS body, o.kind AS kind, s.id AS id, s.name AS name,
                          s.name_folded AS name_folded, p.organisation AS product_of, p.id AS product, p.name AS product_name,
                          CASE WHEN p.id IS NOT NULL THEN s.version END AS version,
                          u.id AS supplier, u.name AS supplier_name
                   FROM system AS s JOIN organisation AS o ON o.id = s.organisation
                   LEFT JOIN product AS p ON p.organisation = s.product_organisation AND p.id = s.product AND {}
                   LEFT JOIN organisation AS u ON u.id = s.supplier
                   WHERE {} {COUNTS} {condition}) AS t
             LEFT JOIN system_element AS x ON x.organisation = t.organisation AND x.system = t.id AND x.frame = ${next}
             ORDER BY t.organisation, t.name_folded, t.id, x.element",
            seen.products, seen.rows
        );
        let mut counted = Counted::default();
        tx.each(&sql, &seen.with(more), |row| {
            let (organisation, id) = (row.text(0)?, row.text(3)?);
            let element = row.optional_text(11)?;
            if let Some(last) =
                counted.systems.last_mut().filter(|last| last.id == id && last.organisation == organisation)
            {
                last.elements.extend(element);
                return Ok(());
            }
            if counted.bodies.last().is_none_or(|last| last.id != organisation) {
                let council = row.text(2)? == OrganisationKind::Council.word();
                counted.bodies.push(Body::new(&organisation, &row.text(1)?, council));
            }
            let product = match (row.optional_text(5)?, row.optional_text(6)?, row.optional_text(7)?) {
                (Some(organisation), Some(id), Some(name)) => Some(ProductName { organisation, id, name }),
                _ => None,
            };
            let supplier =
                row.optional_text(9)?.zip(row.optional_text(10)?).map(|(id, name)| SupplierName { id, name });
            let (name, version) = (row.text(4)?, row.optional_text(8)?);
            counted.systems.push(InUse {
                organisation,
                id,
                name,
                product,
                version,
                supplier,
                elements: element.into_iter().collect(),
                owner: None,
            });
            Ok(())
        })?;
        Ok(counted)
    }

    /// Adds what each organisation uses and another owns. One that has nothing of its own to show is in the map of itself
    /// only: across organisations it would look as if that were all it has.
    fn share(&mut self, tx: &mut Transaction<'_>, seen: &Narrow, organisations: &[&str]) -> Result<(), Error> {
        let (mut condition, mut parameters) = (String::new(), Vec::new());
        let mut owned = BTreeMap::new();
        let others;
        if organisations.is_empty() {
            owned.extend(self.systems.iter().map(|system| (system.key(), system)));
        } else {
            let places = named(seen.next_parameter() + 1, organisations.len());
            let used = format!(
                "AND (s.organisation, s.id) IN (SELECT w.organisation, w.system FROM system_user AS w WHERE w.used_by IN ({places}))"
            );
            others = Counted::found(tx, seen, &used, organisations)?.systems;
            owned.extend(others.iter().map(|system| (system.key(), system)));
            condition = format!("WHERE w.used_by IN ({})", named(1, organisations.len()));
            parameters = organisations.iter().map(|id| Value::from(*id)).collect();
        }
        let sql = format!(
            "SELECT w.used_by, b.name, b.kind, w.organisation, w.system FROM system_user AS w JOIN organisation AS b ON b.id = w.used_by
             {condition} ORDER BY w.used_by, w.organisation, w.system"
        );
        let (mut shared, mut alone) = (Vec::new(), None);
        tx.each(&sql, &parameters, |row| {
            let (user, owner, id) = (row.text(0)?, row.text(3)?, row.text(4)?);
            let Some(system) = owned.get(&(owner.as_str(), id.as_str())) else { return Ok(()) };
            if !self.bodies.iter().any(|body| body.id == user) {
                if organisations.len() != 1 {
                    return Ok(());
                }
                let council = row.text(2)? == OrganisationKind::Council.word();
                alone = Some(Body::new(&user, &row.text(1)?, council));
            }
            shared.push(InUse { organisation: user, owner: Some(owner.clone()), ..InUse::clone(system) });
            Ok(())
        })?;
        shared.sort_by_cached_key(|system| (system.organisation.clone(), fold(&system.name), system.id.clone()));
        self.bodies.extend(alone);
        self.shared = shared;
        Ok(())
    }

    /// Full names for those whose short names are alike.
    fn tell_apart(&mut self) {
        let mut seen = BTreeSet::new();
        let twice: BTreeSet<String> =
            self.bodies.iter().map(|body| body.short.clone()).filter(|short| !seen.insert(short.clone())).collect();
        for body in &mut self.bodies {
            if twice.contains(&body.short) {
                body.short.clone_from(&body.name);
            }
        }
    }

    /// Every system once, whether an organisation here owns it or uses it only.
    pub fn all(&self) -> Vec<&InUse> {
        let owned: BTreeSet<&str> = self.systems.iter().map(|system| system.id.as_str()).collect();
        let used: BTreeMap<&str, &InUse> = self.shared.iter().map(|system| (system.id.as_str(), system)).collect();
        let used = used.into_values().filter(|system| !owned.contains(system.id.as_str()));
        self.systems.iter().chain(used).collect()
    }

    /// Every system under each organisation that owns or uses it: a shared one stands several times.
    pub fn of_each(&self) -> Vec<InUse> {
        self.systems.iter().chain(&self.shared).cloned().collect()
    }

    /// How many of them are placed on at least one element.
    pub fn placed(&self) -> usize {
        self.all().iter().filter(|system| !system.elements.is_empty()).count()
    }
}

/// Places of parameters: `$3, $4`.
fn named(first: usize, count: usize) -> String {
    (first..first + count).map(|place| format!("${place}")).collect::<Vec<_>>().join(", ")
}

/// Every organisation of which the reader sees a system that counts, by name, with how many.
///
/// # Errors
/// When the engine fails.
pub fn counts(tx: &mut Transaction<'_>, reader: &Reader) -> Result<Vec<(Body, usize)>, Error> {
    let narrow = Seen::narrow(reader);
    let sql = format!(
        "SELECT t.organisation, o.name, o.kind, t.systems
         FROM (SELECT s.organisation AS organisation, COUNT(*) AS systems {} {COUNTS} GROUP BY s.organisation) AS t
         JOIN organisation AS o ON o.id = t.organisation ORDER BY o.folded, o.id",
        narrow.from
    );
    tx.query(&sql, &narrow.parameters, |row| {
        let council = row.text(2)? == OrganisationKind::Council.word();
        let body = Body::new(&row.text(0)?, &row.text(1)?, council);
        Ok((body, usize::try_from(row.integer(3)?).unwrap_or_default()))
    })
}

/// What can be said at a glance of one organisation's systems that count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Glance {
    /// Whose they are.
    #[serde(flatten)]
    pub body: Body,
    /// How many.
    pub systems: usize,
    /// Of them, those placed on the LGAM.
    pub placed: usize,
    /// Of them, those whose contract end is known.
    pub dated: usize,
    /// When the latest statement about any of them was made.
    pub changed_at: String,
}

/// Every organisation of which the reader sees a system that counts, by name.
///
/// # Errors
/// When the engine fails.
pub fn glances(tx: &mut Transaction<'_>, reader: &Reader) -> Result<Vec<Glance>, Error> {
    // Counted before anything is joined: the first page asks this of all systems.
    let narrow = Seen::narrow(reader);
    let sql = format!(
        "SELECT t.organisation, o.name, o.kind, t.systems, t.placed, t.dated, t.changed
         FROM (SELECT s.organisation AS organisation, COUNT(*) AS systems,
                CAST(SUM(CASE WHEN EXISTS (SELECT 1 FROM system_element AS x
                    WHERE x.organisation = s.organisation AND x.system = s.id AND x.frame = ${}) THEN 1 ELSE 0 END) AS BIGINT) AS placed,
                CAST(SUM(CASE WHEN EXISTS (SELECT 1 FROM contract AS c
                    WHERE c.organisation = s.organisation AND c.id = s.contract AND c.end_day IS NOT NULL) THEN 1 ELSE 0 END) AS BIGINT) AS dated,
                MAX({}) AS changed
               {} {COUNTS} GROUP BY s.organisation) AS t
         JOIN organisation AS o ON o.id = t.organisation ORDER BY t.organisation",
        narrow.next_parameter(),
        narrow.changed,
        narrow.from
    );
    let many = |number: i64| usize::try_from(number).unwrap_or_default();
    let mut glances = tx.query(&sql, &narrow.with(vec![Value::from(LGAM)]), |row| {
        Ok(Glance {
            body: Body::new(&row.text(0)?, &row.text(1)?, row.text(2)? == OrganisationKind::Council.word()),
            systems: many(row.integer(3)?),
            placed: many(row.integer(4)?),
            dated: many(row.integer(5)?),
            changed_at: row.text(6)?,
        })
    })?;
    glances.sort_by_cached_key(|glance| (fold(&glance.body.name), glance.body.id.clone()));
    Ok(glances)
}
