//! One line of a list of systems: what the reader may see of a system, its elements, and for the organisation's own
//! readers the texts that only they may see.
//!
//! Lines come from [`Seen`] alone. Searching, filtering, sorting, counting and every format work on lines, so nothing that
//! a reader may not see can reach a page, a file, an order or a number.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use serde::Serialize;
use store::{Error, Transaction, Value, values};
use vocabulary::{OrganisationId, Reader, fold};

use crate::frame::LGAM;
use crate::statement::{Attribute, store::private_texts};
use crate::system::store::{Seen, SystemRow, sees_own};

/// An element that a system serves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Placed {
    /// The frame's id.
    pub frame: String,
    /// The element's id within it.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its layer's id.
    pub layer: String,
}

impl Placed {
    /// Where its page is.
    pub fn address(&self) -> String {
        format!("/elements/{}-{}", self.frame, self.id)
    }
}

/// Another organisation that uses a system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct User {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

impl User {
    /// Where its page is.
    pub fn address(&self) -> String {
        format!("/organisations/{}", self.id)
    }
}

/// Another system of the same organisation, which this one relies on or which relies on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Needed {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// What only the organisation's own readers see of a system.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Own {
    /// Private texts by attribute; none where the text was erased.
    pub texts: BTreeMap<Attribute, Option<String>>,
    /// Texts as sent, where nothing was understood of them.
    pub not_understood: BTreeMap<Attribute, String>,
}

/// One system as one reader sees it in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its values.
    pub row: SystemRow,
    /// Its elements, in the frame's order.
    pub elements: Vec<Placed>,
    /// The other organisations that use it, by name.
    pub used_by: Vec<User>,
    /// The other systems that it relies on, as far as the reader sees them, by name.
    pub relies_on: Vec<Needed>,
    /// The other systems that rely on it, in the same way.
    pub relied_on_by: Vec<Needed>,
    /// Empty for everybody but the organisation's own readers.
    pub own: Own,
}

/// All systems of an organisation as `reader` may see them, in no order. An estate is some hundreds of systems: reading
/// it whole and once makes every number of a page agree with every other, on both engines alike.
///
/// # Errors
/// When the engine fails.
pub fn of_organisation(
    tx: &mut Transaction<'_>,
    reader: &Reader,
    organisation: &OrganisationId,
) -> Result<Vec<Line>, Error> {
    let seen = Seen::by(reader);
    let rest = format!("AND s.organisation = ${}", seen.next_parameter());
    let rows = seen.rows(tx, &rest, vec![Value::from(organisation.as_str())])?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let of = values![organisation.as_str()];
    let beside = Beside::read(tx, "x.organisation = $1", &of)?;
    let own = if sees_own(reader, organisation) { OwnTexts::read(tx, organisation)? } else { OwnTexts::default() };
    let mut lines: Vec<Line> = rows.into_iter().map(|row| line(row, &beside, &own)).collect();
    relate(tx, reader, "x.organisation = $1", &of, &mut lines)?;
    Ok(lines)
}

/// Lines for rows that were read already, of any organisations.
///
/// # Errors
/// When the engine fails.
pub fn of_rows(tx: &mut Transaction<'_>, reader: &Reader, rows: Vec<SystemRow>) -> Result<Vec<Line>, Error> {
    let mut beside = Beside::default();
    let mut relations = Vec::new();
    for chunk in rows.chunks(400) {
        let places: Vec<String> = (1..=chunk.len()).map(|place| format!("${place}")).collect();
        let ids: Vec<Value> = chunk.iter().map(|row| Value::from(row.id.as_str())).collect();
        let condition = format!("x.system IN ({})", places.join(", "));
        beside.extend(Beside::read(tx, &condition, &ids)?);
        relations.push((condition, ids));
    }
    let mut own = OwnTexts::default();
    if let Some(organisation) =
        rows.iter().filter_map(|row| OrganisationId::from_str(&row.organisation).ok()).find(|id| {
            // An auditor sees the own parts of everybody; in lists across organisations one's own are enough.
            reader.role_at(id).is_some() && sees_own(reader, id)
        })
    {
        own = OwnTexts::read(tx, &organisation)?;
    }
    let mut lines: Vec<Line> = rows.into_iter().map(|row| line(row, &beside, &own)).collect();
    for (condition, ids) in relations {
        relate(tx, reader, &condition, &ids, &mut lines)?;
    }
    Ok(lines)
}

/// The line of one system, with its own texts for whoever may see those, an auditor included.
///
/// # Errors
/// When the engine fails.
pub fn of_system(tx: &mut Transaction<'_>, reader: &Reader, row: SystemRow) -> Result<Line, Error> {
    let of = values![&row.organisation, &row.id];
    let beside = Beside::read(tx, "x.organisation = $1 AND x.system = $2", &of)?;
    let own = match OrganisationId::from_str(&row.organisation) {
        Ok(organisation) if sees_own(reader, &organisation) => OwnTexts::read(tx, &organisation)?,
        _ => OwnTexts::default(),
    };
    let mut lines = [line(row, &beside, &own)];
    let condition = "x.organisation = $1 AND (x.system = $2 OR x.relies_on = $2)";
    relate(tx, reader, condition, &of, &mut lines)?;
    let [line] = lines;
    Ok(line)
}

impl Line {
    /// Its elements of the Local Government Architecture Model, leaving out other frames.
    pub fn on_lgam(&self) -> impl Iterator<Item = &Placed> {
        self.elements.iter().filter(|placed| placed.frame == LGAM)
    }
}

type Elements = BTreeMap<(String, String), Vec<Placed>>;

/// What stands beside the rows of systems, by organisation and system.
#[derive(Default)]
struct Beside {
    elements: Elements,
    users: BTreeMap<(String, String), Vec<User>>,
}

impl Beside {
    /// Reads it of systems that are known to be visible.
    fn read(tx: &mut Transaction<'_>, condition: &str, parameters: &[Value]) -> Result<Beside, Error> {
        Ok(Beside { elements: elements(tx, condition, parameters)?, users: users(tx, condition, parameters)? })
    }

    fn extend(&mut self, more: Beside) {
        self.elements.extend(more.elements);
        self.users.extend(more.users);
    }
}

/// The other organisations that use systems that are known to be visible.
fn users(
    tx: &mut Transaction<'_>,
    condition: &str,
    parameters: &[Value],
) -> Result<BTreeMap<(String, String), Vec<User>>, Error> {
    let mut users: BTreeMap<(String, String), Vec<User>> = BTreeMap::new();
    let sql = format!(
        "SELECT x.organisation, x.system, x.used_by, o.name FROM system_user AS x JOIN organisation AS o ON o.id = x.used_by
         WHERE {condition} ORDER BY x.organisation, x.system, o.name, x.used_by"
    );
    tx.each(&sql, parameters, |row| {
        let user = User { id: row.text(2)?, name: row.text(3)? };
        users.entry((row.text(0)?, row.text(1)?)).or_default().push(user);
        Ok(())
    })?;
    Ok(users)
}

/// The elements of systems that are known to be visible.
fn elements(tx: &mut Transaction<'_>, condition: &str, parameters: &[Value]) -> Result<Elements, Error> {
    let mut elements = Elements::new();
    let sql = format!(
        "SELECT x.organisation, x.system, x.frame, x.element, f.name, f.layer FROM system_element AS x
         JOIN frame_element AS f ON f.frame = x.frame AND f.id = x.element
         WHERE {condition} ORDER BY x.organisation, x.system, x.frame, f.position"
    );
    tx.each(&sql, parameters, |row| {
        let placed = Placed { frame: row.text(2)?, id: row.text(3)?, name: row.text(4)?, layer: row.text(5)? };
        elements.entry((row.text(0)?, row.text(1)?)).or_default().push(placed);
        Ok(())
    })?;
    Ok(elements)
}

/// Tells lines which systems rely on which. A relation is told where the reader sees both ends.
fn relate(
    tx: &mut Transaction<'_>,
    reader: &Reader,
    condition: &str,
    parameters: &[Value],
    lines: &mut [Line],
) -> Result<(), Error> {
    let sql = format!(
        "SELECT x.system, x.relies_on FROM system_dependency AS x WHERE {condition}
         ORDER BY x.organisation, x.system, x.relies_on"
    );
    let relations = tx.query(&sql, parameters, |row| Ok((row.text(0)?, row.text(1)?)))?;
    if relations.is_empty() {
        return Ok(());
    }
    let mut names: BTreeMap<String, String> =
        lines.iter().map(|line| (line.row.id.clone(), line.row.name.clone())).collect();
    let ends = relations.iter().flat_map(|(system, other)| [system, other]);
    let unnamed: BTreeSet<&String> = ends.filter(|id| !names.contains_key(*id)).collect();
    let unnamed: Vec<&String> = unnamed.into_iter().collect();
    let seen = Seen::by(reader);
    let first = seen.next_parameter();
    for chunk in unnamed.chunks(400) {
        let places: Vec<String> = (first..first + chunk.len()).map(|place| format!("${place}")).collect();
        let sql = format!("SELECT s.id, s.name {} AND s.id IN ({})", seen.from, places.join(", "));
        let ids = chunk.iter().map(|id| Value::from(id.as_str())).collect();
        names.extend(tx.query(&sql, &seen.with(ids), |row| Ok((row.text(0)?, row.text(1)?)))?);
    }
    let mut relies: BTreeMap<&str, (Vec<Needed>, Vec<Needed>)> = BTreeMap::new();
    let needed = |id: &String, name: &String| Needed { id: id.clone(), name: name.clone() };
    for (system, other) in &relations {
        if let (Some(name), Some(other_name)) = (names.get(system), names.get(other)) {
            relies.entry(system).or_default().0.push(needed(other, other_name));
            relies.entry(other).or_default().1.push(needed(system, name));
        }
    }
    for line in lines {
        let (mut on, mut by) = relies.get(line.row.id.as_str()).cloned().unwrap_or_default();
        for others in [&mut on, &mut by] {
            others.sort_by(|one, other| (fold(&one.name), &one.id).cmp(&(fold(&other.name), &other.id)));
        }
        line.relies_on.extend(on);
        line.relied_on_by.extend(by);
    }
    Ok(())
}

/// The private texts of one organisation.
#[derive(Default)]
struct OwnTexts {
    texts: BTreeMap<String, String>,
    not_understood: BTreeMap<(String, Attribute), String>,
}

impl OwnTexts {
    fn read(tx: &mut Transaction<'_>, organisation: &OrganisationId) -> Result<OwnTexts, Error> {
        let texts = private_texts(tx, organisation)?;
        let mut not_understood = BTreeMap::new();
        // The latest statement of an attribute, where it holds a text and no value.
        let sql = "SELECT s.subject, s.attribute, s.original FROM statement AS s
             WHERE s.organisation = $1 AND s.original IS NOT NULL AND s.value IS NULL AND NOT EXISTS (
                 SELECT 1 FROM statement AS later
                 WHERE later.organisation = s.organisation AND later.subject = s.subject AND later.attribute = s.attribute
                   AND (later.change > s.change OR (later.change = s.change AND later.position > s.position)))";
        tx.each(sql, &values![organisation.as_str()], |row| {
            let attribute = Attribute::from_word(&row.text(1)?);
            if let (Some(attribute), Some(text)) = (attribute, texts.get(&row.text(2)?)) {
                not_understood.insert((row.text(0)?, attribute), text.clone());
            }
            Ok(())
        })?;
        Ok(OwnTexts { texts, not_understood })
    }
}

fn line(row: SystemRow, beside: &Beside, own: &OwnTexts) -> Line {
    let key = (row.organisation.clone(), row.id.clone());
    let elements = beside.elements.get(&key).cloned().unwrap_or_default();
    let used_by = beside.users.get(&key).cloned().unwrap_or_default();
    let mut found = Own::default();
    let ids = [
        (Attribute::Supplier, &row.own.supplier),
        (Attribute::BusinessOwner, &row.own.business_owner),
        (Attribute::TechnicalOwner, &row.own.technical_owner),
        (Attribute::Notes, &row.own.notes),
        (Attribute::ContractSupplier, &row.own.contract_supplier),
    ];
    for (attribute, id) in ids {
        if let Some(id) = id {
            found.texts.insert(attribute, own.texts.get(id).cloned());
        }
    }
    for subject in std::iter::once(&row.id).chain(&row.contract) {
        let of = own.not_understood.range((subject.clone(), Attribute::Recorded)..);
        let of = of.take_while(|((of, _), _)| of == subject);
        found.not_understood.extend(of.map(|((_, attribute), text)| (*attribute, text.clone())));
    }
    Line { row, elements, used_by, relies_on: Vec::new(), relied_on_by: Vec::new(), own: found }
}
