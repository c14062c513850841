//! What a subject holds about people, declared once: for the export that everybody may have, for erasing, and for the test
//! that finds what nobody declared.
//!
//! A declaration is a column that refers to a person, by their id or their address. Whatever is held in another way (inside
//! the bytes of an event, in a text that names somebody) has a function of its own.

use serde_json::{Map, Value};
use store::{Error, Transaction, values};
use vocabulary::{OrganisationId, PersonId, Timestamp};

/// What one subject holds about people.
#[derive(Clone, Copy)]
pub struct AboutPeople {
    /// The subject's name.
    pub subject: &'static str,
    /// Every column that refers to a person.
    pub columns: &'static [PersonColumn],
    /// What it holds that no column names.
    pub more: fn(&mut Transaction<'_>, &Whom) -> Result<Vec<Held>, Error>,
    /// Erases what deleting rows does not: called before any row is deleted.
    pub erase: fn(&mut Transaction<'_>, &Whom, Timestamp) -> Result<(), Error>,
}

/// A column that refers to a person.
#[derive(Clone, Copy)]
pub struct PersonColumn {
    /// The table.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    /// What stands in it.
    pub holds: Holds,
    /// What its rows are, in words.
    pub what: fn() -> String,
    /// The columns that an export tells, all of text or whole numbers; those whose name ends in `_at` are moments.
    pub tells: &'static [&'static str],
    /// What erasing the person does to its rows.
    pub when_erased: WhenErased,
}

/// How a column refers to somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// By their id.
    Id,
    /// By their e-mail address.
    Address,
}

/// What becomes of rows when the person is erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenErased {
    /// They go.
    Deleted,
    /// They stay, with an id that says nothing about anybody any more.
    Kept,
}

/// Somebody, as far as is known before they are erased.
#[derive(Clone, Debug)]
pub struct Whom {
    /// The reference.
    pub id: PersonId,
    /// Their address. Whoever signs in only with an account elsewhere may have none here.
    pub email: Option<String>,
    /// Their name.
    pub name: String,
    /// For whom they act.
    pub organisations: Vec<OrganisationId>,
}

/// Rows of one sort that are held about somebody.
#[derive(Clone, Debug, PartialEq)]
pub struct Held {
    /// Where they are: a table.
    pub place: &'static str,
    /// What they are, in words.
    pub what: String,
    /// What becomes of them when the person is erased.
    pub when_erased: WhenErased,
    /// The rows.
    pub rows: Vec<Map<String, Value>>,
}

impl AboutPeople {
    /// Of a subject that holds nothing about anybody.
    pub const fn nothing(subject: &'static str) -> AboutPeople {
        AboutPeople { subject, columns: &[], more: |_, _| Ok(vec![]), erase: |_, _, _| Ok(()) }
    }

    /// Everything that the subject holds about somebody.
    ///
    /// # Errors
    /// Those of the database.
    pub fn held(&self, tx: &mut Transaction<'_>, whom: &Whom) -> Result<Vec<Held>, Error> {
        let mut held = Vec::new();
        for column in self.columns {
            held.push(Held {
                place: column.table,
                what: (column.what)(),
                when_erased: column.when_erased,
                rows: column.rows(tx, whom)?,
            });
        }
        held.extend((self.more)(tx, whom)?);
        Ok(held)
    }

    /// Erases what the subject holds about somebody, but for references that say nothing any more.
    ///
    /// # Errors
    /// Those of the database.
    pub fn erase(&self, tx: &mut Transaction<'_>, whom: &Whom, now: Timestamp) -> Result<(), Error> {
        (self.erase)(tx, whom, now)?;
        for column in self.columns.iter().filter(|column| column.when_erased == WhenErased::Deleted) {
            let Some(value) = column.value(whom) else { continue };
            let sql = format!("DELETE FROM {} WHERE {} = $1", column.table, column.column);
            tx.execute(&sql, &values![value])?;
        }
        Ok(())
    }
}

impl PersonColumn {
    /// What the column holds where it is about them; nothing where it holds addresses and they have none.
    fn value(&self, whom: &Whom) -> Option<String> {
        match self.holds {
            Holds::Id => Some(whom.id.to_string()),
            Holds::Address => whom.email.clone(),
        }
    }

    fn rows(&self, tx: &mut Transaction<'_>, whom: &Whom) -> Result<Vec<Map<String, Value>>, Error> {
        let Some(value) = self.value(whom) else { return Ok(vec![]) };
        // A table and its columns are named in the program, never by a request.
        let columns: Vec<String> = self.tells.iter().map(|column| format!("CAST({column} AS TEXT)")).collect();
        let sql = format!("SELECT {} FROM {} WHERE {} = $1", columns.join(", "), self.table, self.column);
        let mut rows = tx.query(&sql, &values![value], |row| {
            let cells = self.tells.iter().enumerate();
            cells.map(|(at, name)| Ok(((*name).to_owned(), told(name, row.optional_text(at)?)))).collect()
        })?;
        rows.sort_by_cached_key(|row: &Map<String, Value>| Value::Object(row.clone()).to_string());
        Ok(rows)
    }
}

/// A value as an export tells it: moments as ISO 8601.
fn told(name: &str, value: Option<String>) -> Value {
    let Some(value) = value else { return Value::Null };
    let moment = name.ends_with("_at").then(|| value.parse::<i64>().ok()).flatten();
    match moment.and_then(|at| Timestamp::from_microsecond(at).ok()) {
        Some(moment) => Value::from(moment.to_string()),
        None => Value::from(value),
    }
}

/// What the ledger holds: links by who said so, and events by who did it or whom they are about.
pub const ABOUT_PEOPLE: AboutPeople = AboutPeople {
    subject: "ledger",
    columns: &[PersonColumn {
        table: "link",
        column: "said_by",
        holds: Holds::Id,
        what: || web::say!("Links between things that you made"),
        tells: &["here", "relation", "there", "said_at"],
        when_erased: WhenErased::Kept,
    }],
    more: events,
    erase: |_, _, _| Ok(()),
};

/// Events that name somebody's reference: as whoever did it, or in their details.
fn events(tx: &mut Transaction<'_>, whom: &Whom) -> Result<Vec<Held>, Error> {
    let wanted = whom.id.to_string();
    let names = |bytes: &[u8]| bytes.windows(wanted.len()).any(|window| window == wanted.as_bytes());
    let mut rows = Vec::new();
    tx.each("SELECT bytes, details FROM event ORDER BY organisation, sequence", &[], |row| {
        let bytes = row.bytes(0)?;
        let details = row.optional_bytes(1)?.unwrap_or_default();
        if names(&bytes) || names(&details) {
            let event: Value = serde_json::from_slice(&bytes).unwrap_or_default();
            let kept = ["organisation", "sequence", "at", "verb", "thing"];
            rows.push(kept.iter().map(|name| ((*name).to_owned(), event[*name].clone())).collect());
        }
        Ok(())
    })?;
    let what = web::say!("What you did, and what was done about you: events, which hold a reference and no name");
    Ok(vec![Held { place: "event", what, when_erased: WhenErased::Kept, rows }])
}
