//! The tables of products: loading the shared list, candidates, and finding the product that a text means.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use accounts::{Organisation, OrganisationKind};
use ledger::{AlsoKnown, Thing};
use store::{Error, Row, Transaction, Value, values};
use vocabulary::{OrganisationId, Timestamp, Visibility, fold};

use super::Products;
use super::merge::Merges;
use crate::frame::LGAM;
use crate::shared_list;
use crate::shared_list::store::{Kind, Publication};

/// Loads the shared list and its suppliers, adding and updating by id. A product once listed is never removed by this.
///
/// # Errors
/// When the engine fails.
pub fn load(tx: &mut Transaction<'_>, list: &Products, now: Timestamp) -> Result<(), Error> {
    let suppliers: Vec<Organisation> = list.suppliers.iter().filter_map(supplier).collect();
    accounts::organisation::put(tx, &suppliers, now)?;
    for table in ["product_name", "product_element"] {
        tx.execute(&format!("DELETE FROM {table} WHERE organisation = ''"), &[])?;
    }
    // What was merged stays merged whatever the carried list says, and its names find what it became. What the keeper of the
    // list published stays; where a carried product has a name that was published for another one, people here have spoken.
    let merges = Merges::read(tx)?;
    let published = shared_list::store::standing(tx)?;
    for product in list.products.iter().filter(|product| merges.became("", &product.id).is_none()) {
        put(tx, "", &product.id, &product.name, product.supplier.as_deref(), &product.source, Visibility::Public)?;
    }
    let products = || published.iter().filter(|one| one.kind == Kind::Product);
    for one in products().filter(|one| merges.became("", &one.product).is_none()) {
        self::list(tx, one)?;
    }
    name_suppliers(tx)?;
    // One row for each folded name: what was published, then the present name before aliases, aliases before former names.
    let mut names: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let mut name = |product: &str, name: &str, kind: &str| {
        let became = merges.became("", product);
        let id = became.unwrap_or(product);
        let folded = fold(name);
        let kind = if became.is_some() && kind == "name" { "alias" } else { kind };
        let row = values!["", &folded, id, name, kind].to_vec();
        names.entry(folded).or_insert(row);
    };
    for one in &published {
        name(&one.product, &one.name, if one.kind == Kind::Product { "name" } else { "alias" });
    }
    for product in &list.products {
        for (text, kind) in product.names() {
            name(&product.id, text, kind);
        }
    }
    tx.insert_many("product_name", &["organisation", "folded", "product", "name", "kind"], names.into_values())?;
    let carried = list.products.iter().map(|product| (&product.id, &product.elements));
    let elements = carried.chain(products().map(|one| (&one.product, &one.elements)));
    let elements = elements.filter(|(id, _)| merges.became("", id).is_none()).flat_map(|(id, elements)| {
        let unique: BTreeSet<&String> = elements.iter().collect();
        unique.into_iter().map(move |element| values!["", id, LGAM, element].to_vec())
    });
    tx.insert_many("product_element", &["organisation", "product", "frame", "element"], elements)?;
    // Derived from the tables just written, so that loading and `commonhold doctor` can never disagree.
    let things: Vec<Thing> = things(tx)?.into_iter().filter(|thing| thing.organisation.is_none()).collect();
    ledger::put_things(tx, &things, now)
}

fn supplier(supplier: &super::Supplier) -> Option<Organisation> {
    Some(Organisation {
        id: OrganisationId::from_str(&supplier.id).ok()?,
        name: supplier.name.clone(),
        kind: OrganisationKind::Supplier,
        code: supplier.company_number.clone(),
        participating: false,
        keeps_shared_list: false,
        about: String::new(),
        also_known: supplier.aliases.clone(),
        former_names: supplier.former_names.clone(),
    })
}

fn also_known(kind: &str, name: &str) -> AlsoKnown {
    let why = if kind == "former" { "Former name" } else { "Also known as" };
    AlsoKnown { why: why.to_owned(), text: name.to_owned() }
}

fn thing(
    organisation: Option<&OrganisationId>,
    id: &str,
    name: &str,
    supplier: Option<&str>,
    visibility: Visibility,
    also: Vec<AlsoKnown>,
) -> Thing {
    let summary = match (organisation, supplier) {
        (Some(_), _) => "A product name not yet in the shared list".to_owned(),
        (None, Some(supplier)) => web::say!("A product by {supplier}", supplier = supplier),
        (None, None) => web::say!("A product"),
    };
    Thing {
        organisation: organisation.cloned(),
        address: format!("/products/{id}"),
        kind: "product".into(),
        title: name.to_owned(),
        summary,
        visibility,
        also,
    }
}

fn put(
    tx: &mut Transaction<'_>,
    organisation: &str,
    id: &str,
    name: &str,
    supplier: Option<&str>,
    source: &str,
    visibility: Visibility,
) -> Result<(), Error> {
    tx.execute(
        "INSERT INTO product (organisation, id, name, name_folded, supplier, stated_supplier, source, visibility)
         VALUES ($1, $2, $3, $4, $5, $5, $6, $7)
         ON CONFLICT (organisation, id) DO UPDATE SET name = excluded.name, name_folded = excluded.name_folded,
             supplier = excluded.supplier, stated_supplier = excluded.stated_supplier, source = excluded.source, visibility = excluded.visibility",
        &values![organisation, id, name, fold(name), supplier, source, visibility.word()],
    )?;
    Ok(())
}

/// Puts a product that was published into the shared list. Its names and elements are the caller's.
///
/// # Errors
/// When the engine fails.
pub fn list(tx: &mut Transaction<'_>, published: &Publication) -> Result<(), Error> {
    let source = web::say!("published here on {date}", date = web::say_date(&published.published_at));
    let supplier = published.supplier.as_deref();
    put(tx, "", &published.product, &published.name, supplier, &source, Visibility::Public)
}

/// Names as supplier of each product what the supplier of its source is now, after mergings.
///
/// # Errors
/// When the engine fails.
pub fn name_suppliers(tx: &mut Transaction<'_>) -> Result<(), Error> {
    tx.execute("UPDATE product SET supplier = stated_supplier WHERE stated_supplier IS NOT NULL", &[])?;
    for (gone, now) in accounts::organisation::merges(tx)? {
        tx.execute("UPDATE product SET supplier = $2 WHERE stated_supplier = $1", &values![gone, now])?;
    }
    Ok(())
}

/// A name that the shared list does not know, on its way to being a candidate.
#[derive(Clone, Debug)]
pub struct NewCandidate {
    /// Its id.
    pub id: String,
    /// The name as sent.
    pub name: String,
    /// Where it was read.
    pub source: String,
}

/// Adds candidates of `organisation`. They become things when a system is written as a use of them.
///
/// # Errors
/// When the engine fails, or one of them has a name that a candidate has already.
pub fn add_candidates(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    candidates: &[NewCandidate],
) -> Result<(), Error> {
    let of = organisation.as_str();
    let products = candidates.iter().map(|NewCandidate { id, name, source }| {
        values![of, id, name, fold(name), source, Visibility::Own.word()].to_vec()
    });
    tx.insert_many("product", &["organisation", "id", "name", "name_folded", "source", "visibility"], products)?;
    let names =
        candidates.iter().map(|NewCandidate { id, name, .. }| values![of, fold(name), id, name, "name"].to_vec());
    tx.insert_many("product_name", &["organisation", "folded", "product", "name", "kind"], names)?;
    Ok(())
}

/// Keeps how an import writes the names of candidates, by their ids.
///
/// # Errors
/// When the engine fails.
pub fn keep_spellings(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    import: &str,
    spellings: &BTreeMap<String, String>,
) -> Result<(), Error> {
    let rows = spellings.iter().map(|(product, name)| values![organisation.as_str(), import, product, name].to_vec());
    tx.insert_many("candidate_spelling", &["organisation", "import", "product", "name"], rows)?;
    Ok(())
}

/// Calls the candidates that an import names as the lists write them that stand now. Where lists write a name differently,
/// the list whose name comes first in the alphabet is followed, so that it matters to nobody which file came first.
///
/// # Errors
/// When the engine fails.
pub fn respell(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    import: &str,
    now: Timestamp,
) -> Result<(), Error> {
    let sql = format!(
        "SELECT p.id, p.name, s.name, CASE WHEN {LISTED_OR_IN_USE} THEN 1 ELSE 0 END FROM candidate_spelling AS s
         JOIN import AS i ON i.organisation = s.organisation AND i.id = s.import
         JOIN product AS p ON p.organisation = s.organisation AND p.id = s.product
         WHERE s.organisation = $1 AND i.state = 'applied'
           AND s.product IN (SELECT product FROM candidate_spelling WHERE organisation = $1 AND import = $2)
         ORDER BY p.id, i.source, i.applied_at DESC, COALESCE(i.applied_change, 0) DESC, s.name"
    );
    let of = organisation.as_str();
    let read = |row: &Row<'_>| Ok((row.text(0)?, row.text(1)?, row.text(2)?, row.flag(3)?));
    let mut found = tx.query(&sql, &values![of, import], read)?;
    found.dedup_by(|one, first| one.0 == first.0);
    let mut things = Vec::new();
    for (id, _, name, in_use) in found.into_iter().filter(|(_, was, name, _)| was != name) {
        tx.execute("UPDATE product SET name = $3 WHERE organisation = $1 AND id = $2", &values![of, &id, &name])?;
        let sql = "UPDATE product_name SET name = $4 WHERE organisation = $1 AND folded = $2 AND product = $3";
        tx.execute(sql, &values![of, fold(&name), &id, &name])?;
        if in_use {
            things.push(thing(Some(organisation), &id, &name, None, Visibility::Own, Vec::new()));
        }
    }
    ledger::put_things(tx, &things, now)
}

/// Whether a product `p` is in the shared list, or a candidate that some system of its organisation is a use of. One that no
/// system uses any longer, such as after an undo, is kept for the history and for the next file, and is in no list.
pub const LISTED_OR_IN_USE: &str = "(p.organisation = '' OR EXISTS (SELECT 1 FROM system AS of
    WHERE of.organisation = p.organisation AND of.product_organisation = p.organisation AND of.product = p.id))";

/// Lets the ledger follow which candidates of an organisation are in use: those `used` are things, those that no system
/// uses are not.
///
/// # Errors
/// When the engine fails.
pub fn follow_use(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    used: &BTreeSet<String>,
    now: Timestamp,
) -> Result<(), Error> {
    let candidate = |row: &Row<'_>| Ok((row.text(0)?, row.text(1)?, row.flag(2)?));
    let sql = format!(
        "SELECT p.id, p.name, CASE WHEN {LISTED_OR_IN_USE} THEN 1 ELSE 0 END FROM product AS p WHERE p.organisation = $1"
    );
    let mut things = Vec::new();
    for (id, name, in_use) in tx.query(&sql, &values![organisation.as_str()], candidate)? {
        let thing = thing(Some(organisation), &id, &name, None, Visibility::Own, Vec::new());
        match in_use {
            true if used.contains(&id) => things.push(thing),
            true => {}
            false => drop(ledger::withdraw_thing(tx, organisation, &thing.address, "no system uses it", now)?),
        }
    }
    ledger::put_things(tx, &things, now)
}

/// The things that this part of the subject answers for, as the ledger should hold them.
///
/// # Errors
/// When the engine fails.
pub fn things(tx: &mut Transaction<'_>) -> Result<Vec<Thing>, Error> {
    let mut also: BTreeMap<(String, String), Vec<AlsoKnown>> = BTreeMap::new();
    let sql = "SELECT organisation, product, kind, name FROM product_name WHERE kind <> 'name' ORDER BY organisation, product, kind, folded";
    tx.each(sql, &[], |row| {
        let known = also_known(&row.text(2)?, &row.text(3)?);
        also.entry((row.text(0)?, row.text(1)?)).or_default().push(known);
        Ok(())
    })?;
    // The needs that a product usually meets are found by their names too.
    let mut elements: BTreeMap<(String, String), Vec<AlsoKnown>> = BTreeMap::new();
    let sql = "SELECT x.organisation, x.product, f.name FROM product_element AS x
         JOIN frame_element AS f ON f.frame = x.frame AND f.id = x.element ORDER BY x.organisation, x.product, x.frame, f.position";
    tx.each(sql, &[], |row| {
        elements.entry((row.text(0)?, row.text(1)?)).or_default().push(AlsoKnown::new("Element", row.text(2)?));
        Ok(())
    })?;
    let suppliers: BTreeMap<String, String> = accounts::organisation::all(tx, Some(OrganisationKind::Supplier))?
        .into_iter()
        .map(|organisation| (organisation.id.to_string(), organisation.name))
        .collect();
    let sql = format!(
        "SELECT p.organisation, p.id, p.name, p.supplier FROM product AS p WHERE {LISTED_OR_IN_USE} ORDER BY p.organisation, p.id"
    );
    tx.query(&sql, &[], |row| {
        let (organisation, id, name, supplier) = (row.text(0)?, row.text(1)?, row.text(2)?, row.optional_text(3)?);
        let owner = OrganisationId::from_str(&organisation).ok();
        let supplier = supplier.and_then(|id| suppliers.get(&id)).filter(|_| owner.is_none());
        let key = (organisation, id.clone());
        let mut names = also.remove(&key).unwrap_or_default();
        names.extend(supplier.map(|name| AlsoKnown { why: "Supplier".to_owned(), text: name.clone() }));
        names.extend(elements.remove(&key).unwrap_or_default());
        let visibility = if owner.is_some() { Visibility::Own } else { Visibility::Public };
        Ok(thing(owner.as_ref(), &id, &name, supplier.map(String::as_str), visibility, names))
    })
}
