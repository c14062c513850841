//! Whether changes, statements and private texts are whole: everything that pages read is made from them, and nothing can
//! make them again. To rebuild from damaged ones would hide a loss, and lose the rest of what was there.
//!
//! Not here: whether what was made from them agrees with them, which is the projection's own check.

use std::collections::{BTreeMap, BTreeSet};

use store::{Error, Row, Transaction};

use super::{Attribute, Confidence, Stated, SubjectKind};

/// What is missing or cannot be read, in words. Empty when everything is whole.
///
/// # Errors
/// When the engine fails.
pub fn faults(tx: &mut Transaction<'_>) -> Result<Vec<String>, Error> {
    let mut histories: BTreeMap<String, History> = BTreeMap::new();
    tx.each("SELECT organisation, number FROM change", &[], |row| {
        histories.entry(row.text(0)?).or_default().changes.insert(row.integer(1)?);
        Ok(())
    })?;
    tx.each("SELECT organisation FROM estate", &[], |row| {
        histories.entry(row.text(0)?).or_default().has_estate = true;
        Ok(())
    })?;
    tx.each("SELECT organisation, id FROM private_text", &[], |row| {
        histories.entry(row.text(0)?).or_default().texts.insert(row.text(1)?);
        Ok(())
    })?;
    let sql = "SELECT organisation, change, position, subject_kind, attribute, confidence, as_of, value, original
               FROM statement ORDER BY organisation, change, position";
    tx.each(sql, &[], |row| histories.entry(row.text(0)?).or_default().hear(row))?;
    Ok(histories.iter().flat_map(|(organisation, history)| history.faults(organisation)).collect())
}

/// What there is of one organisation.
#[derive(Default)]
struct History {
    has_estate: bool,
    changes: BTreeSet<i64>,
    texts: BTreeSet<String>,
    /// How many statements each change has, where they follow each other without a gap.
    heard: BTreeMap<i64, i64>,
    /// Changes of which statements are missing, and those with one that cannot be read.
    gaps: BTreeSet<i64>,
    strange: BTreeSet<i64>,
    texts_lost: usize,
}

impl History {
    fn hear(&mut self, row: &Row<'_>) -> Result<(), Error> {
        let (change, position) = (row.integer(1)?, row.integer(2)?);
        let heard = self.heard.entry(change).or_default();
        if position != *heard {
            self.gaps.insert(change);
        }
        *heard = position.saturating_add(1);
        let value = row.optional_text(7)?;
        let stated = value.as_deref().map(Stated::from_json);
        let known = SubjectKind::from_word(&row.text(3)?).is_some()
            && Attribute::from_word(&row.text(4)?).is_some()
            && Confidence::from_word(&row.text(5)?).is_some()
            && row.text(6)?.parse::<vocabulary::Date>().is_ok();
        if !known || stated == Some(None) {
            self.strange.insert(change);
        }
        let private = match stated {
            Some(Some(Stated::Private(id))) => Some(id),
            _ => None,
        };
        let lost = private.into_iter().chain(row.optional_text(8)?).filter(|id| !self.texts.contains(id)).count();
        self.texts_lost += lost;
        Ok(())
    }

    fn faults(&self, organisation: &str) -> Vec<String> {
        let last = self.changes.last().max(self.heard.keys().last()).copied().unwrap_or_default();
        let mut faults = Vec::new();
        if !self.has_estate && last > 0 {
            faults.push(format!("{organisation} has changes, and how its estate is shared is missing"));
        }
        for change in (1..=last).filter(|change| !self.changes.contains(change)) {
            faults.push(format!("change {change} of {organisation} is missing"));
        }
        for change in self.changes.iter().filter(|change| !self.heard.contains_key(*change)) {
            faults.push(format!("change {change} of {organisation} has no statements"));
        }
        faults.extend(self.gaps.iter().map(|change| format!("change {change} of {organisation} lacks statements")));
        let strange = self.strange.iter();
        faults.extend(
            strange.map(|change| format!("change {change} of {organisation} has statements that cannot be read")),
        );
        if self.texts_lost > 0 {
            faults
                .push(format!("{organisation} has statements of private texts that are missing: {}", self.texts_lost));
        }
        faults
    }
}
