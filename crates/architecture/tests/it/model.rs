//! An estate in a form that can be compared: without ids, numbers of changes and times, which differ from run to run.

use std::collections::BTreeMap;

use architecture::matching::store::decided;
use architecture::statement::store::{Present, Standing, present, private_texts};
use architecture::statement::{Attribute, Stated, SubjectKind};
use serde_json::Value;
use store::{Error, Transaction, values};

use crate::world::{World, id};

struct Printer {
    present: Present,
    texts: BTreeMap<String, String>,
    products: BTreeMap<(String, String), String>,
}

impl Printer {
    fn of(tx: &mut Transaction<'_>, organisation: &str) -> Result<Printer, Error> {
        let sql = "SELECT organisation, id, name FROM product WHERE organisation IN ('', $1)";
        let products = tx.query(sql, &values![organisation], |row| Ok(((row.text(0)?, row.text(1)?), row.text(2)?)))?;
        let organisation = id(organisation);
        Ok(Printer {
            present: present(tx, &organisation, None)?,
            texts: private_texts(tx, &organisation)?,
            products: products.into_iter().collect(),
        })
    }

    fn is_recorded(&self, subject: &str) -> bool {
        let standing = self.present.get(subject).and_then(|said| said.get(&Attribute::Recorded));
        standing.is_some_and(|standing| standing.statement.value == Some(Stated::Flag(true)))
    }

    /// Everything that stands of a subject.
    fn subject(&self, subject: &str) -> String {
        let Some(said) = self.present.get(subject).filter(|_| self.is_recorded(subject)) else {
            return "gone".to_owned();
        };
        let said = said.iter().filter(|(attribute, _)| **attribute != Attribute::Recorded);
        let said: Vec<String> = said.filter_map(|(attribute, standing)| self.said(*attribute, standing)).collect();
        said.join(", ")
    }

    fn said(&self, attribute: Attribute, standing: &Standing) -> Option<String> {
        let said = &standing.statement;
        let text = |id: &String| self.texts.get(id).cloned().unwrap_or_else(|| "erased".to_owned());
        let original = said.original.as_ref().map(|id| format!(", not understood: {}", text(id))).unwrap_or_default();
        let value = match &said.value {
            None if said.original.is_none() => return None,
            None => "nothing".to_owned(),
            Some(Stated::Private(id)) => format!("private {}", text(id)),
            Some(Stated::Product(of, id)) => {
                let name = &self.products[&(of.clone(), id.clone())];
                format!("{} {name}", if of.is_empty() { "listed" } else { "own" })
            }
            Some(Stated::Contract(id)) => format!("({})", self.subject(id)),
            Some(Stated::Systems(ids)) => {
                let name = |id: &String| match self.present.get(id).and_then(|said| said.get(&Attribute::Name)) {
                    Some(Standing { statement, .. }) => format!("{:?} {}", statement.value, self.is_recorded(id)),
                    None => "?".to_owned(),
                };
                let mut names: Vec<String> = ids.iter().map(name).collect();
                names.sort();
                format!("{names:?}")
            }
            Some(Stated::System(id)) => format!("({})", self.subject(id)),
            Some(stated) => format!("{stated:?}"),
        };
        Some(format!("{}: {value}{original} [{}, {}]", attribute.word(), said.confidence.word(), said.source))
    }
}

fn read(tx: &mut Transaction<'_>, organisation: &str) -> Result<Vec<String>, Error> {
    let printer = Printer::of(tx, organisation)?;
    let mut told: Vec<String> = Vec::new();
    for (subject, said) in printer.present.iter().filter(|(subject, _)| printer.is_recorded(subject)) {
        let kind = said.values().next().map_or(SubjectKind::System, |standing| standing.statement.kind);
        told.push(format!("{} {}", kind.word(), printer.subject(subject)));
    }
    for match_ in decided(tx, &id(organisation))? {
        let (stands, target) = (printer.products.get(&(organisation.to_owned(), match_.stands.clone())), match_.target);
        told.push(format!(
            "match {} {}: {} {target:?} {} {:?}, stands {stands:?}",
            match_.what.word(),
            match_.folded,
            match_.state.word(),
            match_.how,
            match_.version
        ));
    }
    let sql = "SELECT kind, title, summary, visibility, also FROM thing
        WHERE organisation = $1 AND withdrawn_at IS NULL AND kind <> 'import'";
    let things = tx.query(sql, &values![organisation], |row| {
        Ok(format!("thing {} {} {} {} {}", row.text(0)?, row.text(1)?, row.text(2)?, row.text(3)?, row.text(4)?))
    })?;
    told.extend(things);
    let sql = "SELECT source, name_folded, product, occurrence, system FROM import_row WHERE organisation = $1";
    let rows = tx.query(sql, &values![organisation], |row| {
        Ok((row.text(0)?, row.text(1)?, row.text(2)?, row.integer(3)?, row.text(4)?))
    })?;
    for (source, name, product, occurrence, system) in rows {
        if printer.is_recorded(&system) {
            let key = (organisation.to_owned(), product.clone());
            let product = printer.products.get(&key).unwrap_or(&product);
            told.push(format!("row {source} {name} {product} {occurrence} is {}", printer.subject(&system)));
        }
    }
    told.sort();
    Ok(told)
}

impl World {
    /// All that an organisation's estate is: systems and contracts as they stand with what was not understood, matches, what
    /// search finds, which rows of lists are which systems, and what is to be done. Nothing of it may be at odds.
    pub fn model(&self, organisation: &str) -> Vec<String> {
        let of = organisation.to_owned();
        let mut told = self.store.read_blocking(move |tx| read(tx, &of)).unwrap();
        let work = self.get(&format!("editor@{organisation}"), &format!("/organisations/{organisation}/worklist.json"));
        let work = if work.status == axum::http::StatusCode::NOT_FOUND { Value::Null } else { work.json() };
        for row in work["rows"].as_array().into_iter().flatten() {
            let part = |key: &str| row[key].to_string();
            told.push(
                ["work", &part("reason"), &part("name"), &part("field"), &part("what"), &part("value")].join(" "),
            );
        }
        told.sort();
        told
    }
}

/// The lines that only one of two models has, for a message that can be read.
pub fn differences(one: &[String], other: &[String]) -> String {
    let lacks = |of: &[String], lines: &[String], mark: &str| -> Vec<String> {
        let mut rest = of.to_vec();
        let mut only = Vec::new();
        for line in lines {
            match rest.iter().position(|other| other == line) {
                Some(place) => drop(rest.swap_remove(place)),
                None => only.push(format!("{mark} {line}")),
            }
        }
        only
    };
    [lacks(other, one, "-"), lacks(one, other, "+")].concat().join("\n")
}
