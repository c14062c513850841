//! The table of what an organisation's own names mean, and the names that wait to be matched.
//!
//! A name is an organisation's own product (a candidate) or the text of a supplier that nobody knows. What is decided about
//! it holds for that organisation only.

use std::collections::{BTreeMap, BTreeSet};

use store::{Error, Row, Transaction, values};
use vocabulary::{OrganisationId, fold};

use crate::import::apply::Moment;
use crate::shared_list::store::listed_as;
use crate::statement::words;

words! {
    /// What a name is the name of.
    What {
        /// A product.
        Product => "product",
        /// A supplier.
        Supplier => "supplier",
    }
}

words! {
    /// What was decided about a name.
    State {
        /// An import concluded it beyond doubt, without asking.
        Made => "made",
        /// Somebody said so.
        Confirmed => "confirmed",
        /// Somebody said that it is none of the shared list.
        Nothing => "none",
    }
}

/// What is decided about a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// What it is the name of.
    pub what: What,
    /// The name as it is compared.
    pub folded: String,
    /// The organisation's own product that stands for the name; of a supplier, the private text that holds it.
    pub stands: String,
    /// What was decided.
    pub state: State,
    /// The listed product, or the supplying organisation.
    pub target: Option<String>,
    /// Why, in words.
    pub how: String,
    /// A version that is part of the name.
    pub version: Option<String>,
    /// The change in which systems followed.
    pub change: Option<i64>,
}

impl Decided {
    /// The organisation's own product that stands for the name.
    pub fn own(&self) -> Option<&str> {
        (self.what == What::Product).then_some(self.stands.as_str())
    }
}

/// The longest name that is remembered, in bytes: it is part of a key.
const LONGEST: usize = 1_800;

/// All that an organisation has decided and not taken back.
///
/// # Errors
/// When the engine fails.
pub fn decided(tx: &mut Transaction<'_>, organisation: &OrganisationId) -> Result<Vec<Decided>, Error> {
    // That a name is none of the shared list was said of the list as it was: what was published since is to be looked at.
    let sql = "SELECT m.what, m.folded, m.stands, m.state, m.target, m.how, m.version, m.change FROM name_match AS m
         WHERE m.organisation = $1 AND NOT (m.state = 'none' AND m.what = 'product' AND EXISTS (
             SELECT 1 FROM shared_publication AS p
             WHERE p.folded = m.folded AND p.withdrawn_at IS NULL AND p.published_at > m.decided_at))
         ORDER BY m.what, m.folded";
    let rows: Vec<Decided> = tx.query(sql, &values![organisation.as_str()], read)?.into_iter().flatten().collect();
    let undone = match rows.iter().any(|decided| decided.change.is_some()) {
        true => crate::change::store::undone(tx, organisation)?,
        false => BTreeMap::new(),
    };
    let mut found = Vec::new();
    for decided in rows {
        if decided.change.is_none_or(|change| !undone.contains_key(&change)) {
            found.push(decided);
        } else if decided.what == What::Product && listed_as(tx, &decided.folded)?.is_some() {
            // A change that was undone by its number takes the match with it. Where the list itself has the name, the next
            // file would bring it back: so the name is the organisation's own until somebody says otherwise.
            let how = web::say!("in the shared list, and undone");
            let own = Decided { state: State::Nothing, target: None, version: None, change: None, how, ..decided };
            found.push(own);
        }
    }
    let known: BTreeSet<String> =
        found.iter().filter(|row| row.what == What::Product).map(|row| row.folded.clone()).collect();
    let made = conclusions(tx, organisation)?.into_iter().filter(|made| !known.contains(&made.folded));
    found.extend(made);
    found.sort_by(|one, other| (one.what.word(), &one.folded).cmp(&(other.what.word(), &other.folded)));
    Ok(found)
}

/// What imports that were applied and not undone have concluded, each name once. Where they give different reasons, the
/// first in the alphabet stands, so that it matters to nobody which file came first.
fn conclusions(tx: &mut Transaction<'_>, organisation: &OrganisationId) -> Result<Vec<Decided>, Error> {
    let sql = "SELECT c.folded, c.stands, c.target, c.how, c.version FROM name_conclusion AS c
         JOIN import AS i ON i.organisation = c.organisation AND i.id = c.import
         WHERE c.organisation = $1 AND i.state = 'applied' ORDER BY c.folded, c.how, c.target, c.import";
    let mut made: Vec<Decided> = tx.query(sql, &values![organisation.as_str()], |row| {
        Ok(Decided {
            what: What::Product,
            folded: row.text(0)?,
            stands: row.text(1)?,
            state: State::Made,
            target: Some(row.text(2)?),
            how: row.text(3)?,
            version: row.optional_text(4)?,
            change: None,
        })
    })?;
    made.dedup_by(|one, first| one.folded == first.folded);
    Ok(made)
}

/// Remembers what an import concluded, in place of what it had.
///
/// # Errors
/// When the engine fails.
pub fn conclude(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    import: &str,
    made: &[Decided],
) -> Result<(), Error> {
    let columns = ["organisation", "import", "folded", "stands", "target", "how", "version"];
    let rows = made.iter().filter(|one| one.folded.len() <= LONGEST).filter_map(|one| {
        let target = one.target.as_deref()?;
        let version = one.version.as_deref();
        Some(values![organisation.as_str(), import, &one.folded, &one.stands, target, &one.how, version].to_vec())
    });
    tx.insert_many("name_conclusion", &columns, rows)?;
    Ok(())
}

fn read(row: &Row<'_>) -> Result<Option<Decided>, Error> {
    let (Some(what), Some(state)) = (What::from_word(&row.text(0)?), State::from_word(&row.text(3)?)) else {
        return Ok(None);
    };
    Ok(Some(Decided {
        what,
        folded: row.text(1)?,
        stands: row.text(2)?,
        state,
        target: row.optional_text(4)?,
        how: row.text(5)?,
        version: row.optional_text(6)?,
        change: row.optional_integer(7)?,
    }))
}

/// Remembers decisions, in place of what was decided of the same names.
///
/// # Errors
/// When the engine fails.
pub fn remember(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    decided: &[Decided],
    moment: &Moment,
) -> Result<(), Error> {
    let decided: Vec<&Decided> = decided.iter().filter(|decided| decided.folded.len() <= LONGEST).collect();
    for one in &decided {
        forget(tx, organisation, one.what, &one.folded)?;
    }
    let columns = [
        "organisation",
        "what",
        "folded",
        "stands",
        "state",
        "target",
        "how",
        "version",
        "change",
        "decided_at",
        "decided_by",
    ];
    let rows = decided.into_iter().map(|one| {
        values![
            organisation.as_str(),
            one.what.word(),
            &one.folded,
            &one.stands,
            one.state.word(),
            one.target.as_deref(),
            &one.how,
            one.version.as_deref(),
            one.change,
            moment.now.to_string(),
            moment.actor.map(|actor| actor.to_string())
        ]
        .to_vec()
    });
    tx.insert_many("name_match", &columns, rows)?;
    Ok(())
}

/// Takes back what was decided about a name.
///
/// # Errors
/// When the engine fails.
pub fn forget(tx: &mut Transaction<'_>, organisation: &OrganisationId, what: What, folded: &str) -> Result<(), Error> {
    let sql = "DELETE FROM name_match WHERE organisation = $1 AND what = $2 AND folded = $3";
    tx.execute(sql, &values![organisation.as_str(), what.word(), folded])?;
    if what == What::Product {
        let sql = "DELETE FROM name_conclusion WHERE organisation = $1 AND folded = $2";
        tx.execute(sql, &values![organisation.as_str(), folded])?;
    }
    Ok(())
}

/// A name of the organisation's own that systems use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnName {
    /// What it is the name of.
    pub what: What,
    /// What identifies it on pages: the id of the own product, or of a private text.
    pub key: String,
    /// As it was sent.
    pub name: String,
    /// The systems that carry it: id and name. For a supplier, contracts too, by reference.
    pub used_by: Vec<(String, String)>,
    /// What the systems say of the supplier, where they say one thing.
    pub supplier: Option<String>,
}

impl OwnName {
    /// As it is compared.
    pub fn folded(&self) -> String {
        fold(&self.name)
    }
}

/// The products of its own that an organisation's systems use, by name.
///
/// # Errors
/// When the engine fails.
pub fn own_products(tx: &mut Transaction<'_>, organisation: &OrganisationId) -> Result<Vec<OwnName>, Error> {
    let sql = "SELECT p.id, p.name, s.id, s.name, u.name, t.text, s.in_house
         FROM system AS s JOIN product AS p ON p.organisation = s.product_organisation AND p.id = s.product
         LEFT JOIN organisation AS u ON u.id = s.supplier
         LEFT JOIN private_text AS t ON t.organisation = s.organisation AND t.id = s.supplier_private
         WHERE s.organisation = $1 AND s.product_organisation = $1 ORDER BY p.name_folded, p.id, s.name_folded, s.id";
    let mut names: Vec<OwnName> = Vec::new();
    let mut suppliers: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    tx.each(sql, &values![organisation.as_str()], |row| {
        let (key, name, system) = (row.text(0)?, row.text(1)?, (row.text(2)?, row.text(3)?));
        let in_house = row.flag(6)?.then(|| "in-house".to_owned());
        let supplier = row.optional_text(4)?.or(row.optional_text(5)?).or(in_house);
        suppliers.entry(key.clone()).or_default().extend(supplier);
        match names.last_mut().filter(|last| last.key == key) {
            Some(last) => last.used_by.push(system),
            None => names.push(OwnName { what: What::Product, key, name, used_by: vec![system], supplier: None }),
        }
        Ok(())
    })?;
    for name in &mut names {
        let said = suppliers.remove(&name.key).unwrap_or_default();
        name.supplier = if said.len() == 1 { said.into_iter().next() } else { None };
    }
    Ok(names)
}

/// The suppliers that an organisation's systems and contracts name and nobody knows, by name.
///
/// # Errors
/// When the engine fails.
pub fn own_suppliers(tx: &mut Transaction<'_>, organisation: &OrganisationId) -> Result<Vec<OwnName>, Error> {
    let sql = "SELECT t.id, t.text, s.id, s.name FROM system AS s
         JOIN private_text AS t ON t.organisation = s.organisation AND t.id = s.supplier_private
         WHERE s.organisation = $1 AND t.text IS NOT NULL
         UNION ALL
         SELECT t.id, t.text, c.id, COALESCE(c.reference, c.title, '') FROM contract AS c
         JOIN private_text AS t ON t.organisation = c.organisation AND t.id = c.supplier_private
         WHERE c.organisation = $1 AND t.text IS NOT NULL";
    let rows = tx.query(sql, &values![organisation.as_str()], |row| {
        Ok((row.text(0)?, row.text(1)?, row.text(2)?, row.text(3)?))
    })?;
    let mut names: BTreeMap<String, OwnName> = BTreeMap::new();
    for (key, name, subject, title) in rows {
        let folded = fold(&name);
        if folded.is_empty() || folded.len() > LONGEST {
            continue;
        }
        let new = || OwnName { what: What::Supplier, key: key.clone(), name, used_by: Vec::new(), supplier: None };
        let own = names.entry(folded).or_insert_with(new);
        // The same words have an id each time: the first of them names all.
        if key < own.key {
            own.key.clone_from(&key);
        }
        own.used_by.push((subject, title));
    }
    for name in names.values_mut() {
        name.used_by.sort_by(|one, other| (fold(&one.1), &one.0).cmp(&(fold(&other.1), &other.0)));
    }
    Ok(names.into_values().collect())
}

/// How many names of an organisation wait to be matched: products of its own, and suppliers that nobody knows, about which
/// nobody has decided.
///
/// # Errors
/// When the engine fails.
pub fn waiting(tx: &mut Transaction<'_>, organisation: &OrganisationId) -> Result<u64, Error> {
    let decided: BTreeSet<(What, String)> =
        decided(tx, organisation)?.into_iter().map(|decided| (decided.what, decided.folded)).collect();
    let mut names = own_products(tx, organisation)?;
    names.extend(own_suppliers(tx, organisation)?);
    let open = names.iter().filter(|name| !decided.contains(&(name.what, name.folded())));
    Ok(u64::try_from(open.count()).unwrap_or(u64::MAX))
}
