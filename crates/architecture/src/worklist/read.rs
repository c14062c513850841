//! The queries of the worklist: a few, whatever the estate's size.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use store::{Error, Transaction, Value, values};
use vocabulary::{Date, OrganisationId, PersonId, Reader, Timestamp};

use super::rule::{AGING, ContractFact, Facts, StatedFact, SystemFact, UnreadFact, Work, a_year_before};
use crate::import::store::left_out;
use crate::statement::store::private_texts;
use crate::statement::{Attribute, Stated};
use crate::system::store::Seen;

/// What needs somebody at an organisation on this day. Ask only for readers who may edit its estate.
///
/// # Errors
/// When the engine fails.
pub fn work(
    tx: &mut Transaction<'_>,
    reader: &Reader,
    organisation: &OrganisationId,
    today: Date,
) -> Result<Work, Error> {
    let mut facts = Facts::default();
    systems(tx, reader, organisation, &mut facts)?;
    let texts = private_texts(tx, organisation)?;
    facts.stated = old(tx, organisation, &texts, a_year_before(today))?;
    facts.unread = unread(tx, organisation)?;
    facts.left_out = left_out(tx, organisation)?;
    facts.aside = aside(tx, organisation)?;
    facts.names = crate::matching::waiting(tx, organisation)?;
    facts.offers = crate::shared_list::waiting(tx, reader)?.unwrap_or_default();
    Ok(Work::reckon(&facts, today))
}

fn systems(
    tx: &mut Transaction<'_>,
    reader: &Reader,
    organisation: &OrganisationId,
    facts: &mut Facts,
) -> Result<(), Error> {
    let seen = Seen::by(reader);
    let sql = format!(
        "SELECT s.id, s.name, s.status, s.in_house, c.id, c.start_date, c.end_date, c.end_day,
                c.last_notice_day {} AND s.organisation = ${} AND (s.status IS NULL OR s.status <> 'retired')
         ORDER BY s.name_folded, s.id",
        seen.from,
        seen.next_parameter()
    );
    tx.each(&sql, &seen.with(vec![Value::from(organisation.as_str())]), |row| {
        let contract = row.optional_text(4)?;
        if let Some(id) = &contract {
            facts.contracts.insert(
                id.clone(),
                ContractFact {
                    start: row.optional_text(5)?,
                    end: row.optional_text(6)?,
                    end_day: row.optional_text(7)?,
                    last_notice_day: row.optional_text(8)?,
                },
            );
        }
        facts.systems.push(SystemFact {
            id: row.text(0)?,
            name: row.text(1)?,
            live: row.optional_text(2)?.as_deref() == Some("live"),
            in_house: row.flag(3)?,
            contract,
        });
        Ok(())
    })
}

/// What stands of each attribute that ages, where it was said for a day before `before`. The statements are read as they
/// lie and the latest is found here: to let the engine put some ten thousand in order takes ten times as long.
fn old(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    texts: &BTreeMap<String, String>,
    before: Date,
) -> Result<Vec<StatedFact>, Error> {
    let places: Vec<String> = (2..AGING.len() + 2).map(|place| format!("${place}")).collect();
    let sql = format!(
        "SELECT subject, attribute, change, position, value, as_of FROM statement WHERE organisation = $1 AND attribute IN ({})",
        places.join(", ")
    );
    let mut parameters = vec![Value::from(organisation.as_str())];
    parameters.extend(AGING.iter().map(|attribute| Value::from(attribute.word())));
    type Latest = ((i64, i64), Option<String>, String);
    let mut latest: HashMap<(String, String), Latest> = HashMap::new();
    tx.each(&sql, &parameters, |row| {
        let place = (row.integer(2)?, row.integer(3)?);
        let said = (place, row.optional_text(4)?, row.text(5)?);
        match latest.entry((row.text(0)?, row.text(1)?)) {
            Entry::Occupied(mut entry) if entry.get().0 < place => drop(entry.insert(said)),
            Entry::Occupied(_) => {}
            Entry::Vacant(entry) => drop(entry.insert(said)),
        }
        Ok(())
    })?;
    let before = before.to_string();
    let found = latest.into_iter().filter(|(_, (_, _, as_of))| *as_of < before);
    let found = found.filter_map(|((subject, attribute), ((change, _), value, as_of))| {
        let value = match Stated::from_json(&value?)? {
            Stated::Private(id) => Stated::Text(texts.get(&id)?.clone()),
            plain => plain,
        };
        let attribute = Attribute::from_word(&attribute)?;
        Some(StatedFact { subject, attribute, value, change, as_of: as_of.parse().ok()? })
    });
    Ok(found.collect())
}

/// Texts that were not understood and have not been restated or erased since.
fn unread(tx: &mut Transaction<'_>, organisation: &OrganisationId) -> Result<Vec<UnreadFact>, Error> {
    let mut found = Vec::new();
    tx.each(
        "SELECT s.original, s.subject, s.attribute, t.text, CASE WHEN s.value IS NULL THEN 0 ELSE 1 END
         FROM statement AS s JOIN private_text AS t ON t.organisation = s.organisation AND t.id = s.original
         WHERE s.organisation = $1 AND s.original IS NOT NULL AND t.text IS NOT NULL AND NOT EXISTS (
             SELECT 1 FROM statement AS later
             WHERE later.organisation = s.organisation AND later.subject = s.subject AND later.attribute = s.attribute
               AND (later.change > s.change OR (later.change = s.change AND later.position > s.position)))
         ORDER BY s.subject, s.attribute, s.original",
        &values![organisation.as_str()],
        |row| {
            // An attribute of a later version of the program is nothing that this one could ask about.
            if let Some(attribute) = Attribute::from_word(&row.text(2)?) {
                found.push(UnreadFact {
                    id: row.text(0)?,
                    subject: row.text(1)?,
                    attribute,
                    text: row.text(3)?,
                    partly: row.flag(4)?,
                });
            }
            Ok(())
        },
    )?;
    Ok(found)
}

fn aside(tx: &mut Transaction<'_>, organisation: &OrganisationId) -> Result<BTreeSet<String>, Error> {
    let sql = "SELECT item FROM worklist_aside WHERE organisation = $1 ORDER BY item";
    Ok(tx.query(sql, &values![organisation.as_str()], |row| row.text(0))?.into_iter().collect())
}

/// Puts a thing aside.
///
/// # Errors
/// When the engine fails.
pub fn put_aside(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    item: &str,
    actor: Option<PersonId>,
    now: Timestamp,
) -> Result<(), Error> {
    tx.execute(
        "INSERT INTO worklist_aside (organisation, item, put_aside_at, actor) VALUES ($1, $2, $3, $4)
         ON CONFLICT (organisation, item) DO NOTHING",
        &values![organisation.as_str(), item, now.to_string(), actor.map(|actor| actor.to_string())],
    )?;
    Ok(())
}

/// Takes a thing up again that was put aside.
///
/// # Errors
/// When the engine fails.
pub fn take_up(tx: &mut Transaction<'_>, organisation: &OrganisationId, item: &str) -> Result<(), Error> {
    let sql = "DELETE FROM worklist_aside WHERE organisation = $1 AND item = $2";
    tx.execute(sql, &values![organisation.as_str(), item])?;
    Ok(())
}
