//! The queries of the worklist: five, whatever the estate's size.

use std::collections::{BTreeMap, BTreeSet};

use store::{Error, Transaction, Value, values};
use vocabulary::{Date, OrganisationId, PersonId, Reader, Timestamp};

use super::rule::{AGING, ContractFact, Facts, StatedFact, SystemFact, UnreadFact, Work};
use crate::import::store::left_out;
use crate::statement::store::{Standing, latest, private_texts};
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
    for standing in latest(tx, organisation, &AGING)? {
        facts.stated.extend(stated(standing, &texts));
    }
    facts.unread = unread(tx, organisation)?;
    facts.left_out = left_out(tx, organisation)?;
    facts.aside = aside(tx, organisation)?;
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

/// A value that ages; none where nothing is stated or the text was erased.
fn stated(standing: Standing, texts: &BTreeMap<String, String>) -> Option<StatedFact> {
    let Standing { change, statement, .. } = standing;
    let value = match statement.value? {
        Stated::Private(id) => Stated::Text(texts.get(&id)?.clone()),
        plain => plain,
    };
    Some(StatedFact {
        subject: statement.subject,
        attribute: statement.attribute,
        value,
        change,
        as_of: statement.as_of,
    })
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
