//! An organisation takes everything that is its own along (`docs/specs/organisation-file.md` describes the file), comes with
//! it to another copy (`bring`), and leaves (`erase`).
//!
//! Which tables are an organisation's own is declared by each subject ([`belongings`]). What is not a table goes along as parts
//! that are described here: its people as it knows them, and what it names of what all share.

mod bring;
mod erase;

use std::collections::BTreeSet;
use std::path::Path;

use ledger::{Belonging, Owner};
use store::backup::{self, Manifest, Part, Sort, Title};
use store::{Column, ColumnKind, Store, Table, Transaction, values};
use vocabulary::{OrganisationId, Timestamp};

pub use self::bring::{Brought, Guest, bring};
pub use self::erase::erase;
pub(crate) use self::erase::{erase_again, in_memory};
use crate::slices::belongings;
use crate::stopped::Stopped;

/// The file of an organisation.
pub const FILE: Sort = Sort { word: "organisation", called: "file of an organisation", format: 1 };

/// The part with the people who act for the organisation.
pub const PEOPLE: &str = "person";
/// The part with the people who are invited to.
pub const INVITED: &str = "invited";
/// The parts with what the organisation's rows name of what all share.
pub const ORGANISATIONS: &str = "named_organisation";
/// Products of the shared list.
pub const PRODUCTS: &str = "named_product";
/// Elements of reference frames.
pub const ELEMENTS: &str = "named_element";

/// Writes everything that is an organisation's own into a file, all of one moment, while others go on. Says what is in it
/// and how many bytes it has.
///
/// # Errors
/// When there is no such organisation, the file cannot be written, or the database not be read.
pub fn take(store: &Store, id: &OrganisationId, path: &Path, now: Timestamp) -> Result<(Manifest, u64), Stopped> {
    let title = Title {
        sort: FILE,
        of: Some(id.to_string()),
        program: env!("CARGO_PKG_VERSION").to_owned(),
        made_at: now.to_string(),
    };
    let of = id.clone();
    backup::write_parts(store, path, title, move |tx| {
        if accounts::organisation::find(tx, &of)?.is_none() {
            return Err(accounts::Error::NoSuchOrganisation(of.to_string()).into());
        }
        parts(tx, &of)
    })
}

fn parts(tx: &mut Transaction<'_>, of: &OrganisationId) -> Result<Vec<Part>, Stopped> {
    let tables = store::tables(tx)?;
    let mut parts = Vec::new();
    for Belonging { table, to } in belongings() {
        let (Owner::Organisation(column) | Owner::ToRead(column)) = to else { continue };
        let Some(table) = tables.iter().find(|known| known.name == table) else { continue };
        let mut condition = format!("\"{column}\" = $1");
        if table.name == "link" {
            // Where a link leads is told as far as it is not another organisation's alone.
            condition.push_str(
                " AND (there_organisation IN ('', $1) OR EXISTS (SELECT 1 FROM thing AS t WHERE t.address = link.there \
                 AND t.organisation = link.there_organisation AND t.visibility <> 'own'))",
            );
        }
        parts.push(Part::of(table.clone(), &condition, values![of.as_str()].to_vec()));
    }
    parts.push(Part::read_by(
        table(PEOPLE, &["id"], &["email", "name", "role"]),
        "SELECT p.id, p.email, p.name, m.role FROM membership AS m JOIN person AS p ON p.id = m.person \
         WHERE m.organisation = $1 AND p.erased_at IS NULL ORDER BY p.id"
            .to_owned(),
        values![of.as_str()].to_vec(),
    ));
    parts.push(Part::read_by(
        table(INVITED, &["email"], &["name", "role"]),
        "SELECT email, name, role FROM invitation WHERE organisation = $1 ORDER BY email".to_owned(),
        values![of.as_str()].to_vec(),
    ));
    parts.extend(named(tx, of)?);
    Ok(parts)
}

/// What the organisation names of what all share.
fn named(tx: &mut Transaction<'_>, of: &OrganisationId) -> Result<[Part; 3], Stopped> {
    let named = architecture::leaving::named(tx, of)?;
    let mut organisations = Vec::new();
    let became = accounts::organisation::merges(tx)?;
    for id in &named.organisations {
        let now = became.get(id).unwrap_or(id);
        if let Some(found) = accounts::organisation::by_id_or_code(tx, now)? {
            organisations.push(values![id, &found.name, found.kind.word(), found.code].to_vec());
        }
    }
    let called = architecture::leaving::called(tx, &named.products)?;
    let products = called.into_iter().map(|(id, (name, supplier))| values![id, name, supplier].to_vec()).collect();
    let elements: BTreeSet<(String, String)> = named.elements;
    let elements = elements.into_iter().map(|(frame, element)| values![frame, element].to_vec()).collect();
    Ok([
        Part::given(table(ORGANISATIONS, &["id"], &["name", "kind", "code"]), organisations),
        Part::given(table(PRODUCTS, &["id"], &["name", "supplier"]), products),
        Part::given(table(ELEMENTS, &["frame", "element"], &[]), elements),
    ])
}

/// A part whose columns are texts.
fn table(name: &str, key: &[&str], more: &[&str]) -> Table {
    let columns = key.iter().chain(more).map(|name| Column { name: (*name).to_owned(), kind: ColumnKind::Text });
    Table { name: name.to_owned(), columns: columns.collect(), key: (0..key.len()).collect() }
}
