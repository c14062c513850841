//! Lists of contracts by themselves, kept as sent: the tables, and what a later version of a list leaves of the one before.
//!
//! Texts that look like a person's, that were not understood or that may be a supplier whom nobody knows, and the names of
//! systems, are in `private_text`, where they can be erased; what was erased is said no more.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use store::{Error, Transaction, values};
use vocabulary::{OrganisationId, fold};

use super::apply::{Moment, place_of};
use super::store::{ImportRow, find};
use crate::Refused;
use crate::spreadsheet::{Contract, Field, FieldValue, Reading, Value};
use crate::statement::store::keep_private;
use crate::statement::{Attribute, SubjectKind};

/// From which number on contracts are those of an earlier version of their list: no sheet has so many rows.
pub(super) const CARRIED: u32 = 100_000_000;

/// A contract of a list, as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Kept {
    sheet: String,
    number: u32,
    /// Whether an earlier version of the list said it, of systems that had come, and the latest says nothing of it.
    pub(super) carried: bool,
    /// Where it was told first.
    place: String,
    values: BTreeMap<Field, KeptValue>,
    /// The systems that it names (in the table by the ids of their texts), and where it named them first.
    systems: Vec<(String, String)>,
}

/// A value of it, and where it was told first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct KeptValue {
    value: FieldValue,
    /// The id of its text in `private_text`, where the text must be erasable.
    private: Option<String>,
    place: String,
}

/// A list of contracts that counts.
#[derive(Clone, Debug)]
pub(super) struct KeptList {
    /// The import that it came with.
    pub(super) import: ImportRow,
    /// The number of the organisation's latest change before it.
    pub(super) after: i64,
    /// Its contracts, those of earlier versions last.
    pub(super) contracts: Vec<Kept>,
}

impl Kept {
    fn key(&self) -> String {
        let text = |field: &Field| match &self.values.get(field)?.value.value {
            Value::Text(text) => Some(fold(text)),
            _ => None,
        };
        [Field::ContractReference, Field::ContractTitle].iter().find_map(text).unwrap_or_default()
    }

    /// Where it says what it says of each attribute of its contract, and that it covers the system of this name.
    pub(super) fn places(&self, system: &str) -> BTreeMap<Attribute, String> {
        let said = self.values.iter().filter_map(|(field, value)| Some((attribute_of(*field)?, value.place.clone())));
        let mut places: BTreeMap<Attribute, String> = said.collect();
        let named = self.systems.iter().find(|(name, _)| fold(name) == fold(system)).map(|(_, place)| place);
        places.insert(Attribute::Contract, named.unwrap_or(&self.place).clone());
        places.insert(Attribute::Recorded, self.place.clone());
        places
    }
}

impl KeptList {
    /// What a file says that is a list of contracts.
    pub(super) fn of(import: &ImportRow, contracts: &[Contract], after: i64) -> KeptList {
        let kept = contracts.iter().map(|contract| {
            let place = place_of(&import.file_name, &contract.sheet, contract.number);
            let value = |field: Field, value: &FieldValue| {
                let mut kept = KeptValue { value: value.clone(), private: None, place: place.clone() };
                // One text is kept apart, so it stands for both.
                if let (true, Value::Text(text)) = (kept.is_private(field), &value.value) {
                    kept.value.original.clone_from(text);
                }
                kept
            };
            Kept {
                sheet: contract.sheet.clone(),
                number: contract.number,
                carried: false,
                values: contract
                    .values
                    .iter()
                    .filter(|(field, _)| attribute_of(**field).is_some())
                    .map(|(field, said)| (*field, value(*field, said)))
                    .collect(),
                systems: contract.systems.iter().map(|name| (name.clone(), place.clone())).collect(),
                place,
            }
        });
        KeptList { import: import.clone(), after, contracts: kept.collect() }
    }

    /// Says the same as the version before in the same place, and goes on to say what that said of systems that had come by
    /// then and this says nothing of. `found` has, by their place in that version, the contracts of such systems with the
    /// names that were theirs.
    pub(super) fn follow(&mut self, before: &KeptList, found: &BTreeMap<u32, BTreeSet<String>>) {
        let mut earlier: BTreeMap<String, &Kept> = BTreeMap::new();
        for kept in &before.contracts {
            earlier.entry(kept.key()).or_insert(kept);
        }
        let mut keys = BTreeSet::new();
        for kept in &mut self.contracts {
            let key = kept.key();
            // One without a name is no other's later version.
            if let Some(was) = earlier.get(&key).filter(|_| !key.is_empty() && keys.insert(key.clone())) {
                kept.place.clone_from(&was.place);
                for (field, value) in &mut kept.values {
                    if let Some(same) = was.values.get(field).filter(|was| was.says() == value.says()) {
                        value.place.clone_from(&same.place);
                    }
                }
                for (name, place) in &mut kept.systems {
                    if let Some((_, same)) = was.systems.iter().find(|(named, _)| fold(named) == fold(name)) {
                        place.clone_from(same);
                    }
                }
            }
        }
        for (index, kept) in before.contracts.iter().enumerate() {
            let key = kept.key();
            let is_dropped = !key.is_empty() && !keys.contains(&key);
            if let Some(names) = found.get(&before.number(index)).filter(|_| is_dropped) {
                let mut kept = Kept { carried: true, ..kept.clone() };
                kept.systems.retain(|(name, _)| names.contains(name));
                self.contracts.push(kept);
            }
        }
    }

    /// The number of a contract's row, which no other contract of the list has.
    pub(super) fn number(&self, index: usize) -> u32 {
        match self.contracts.get(index) {
            Some(kept) if !kept.carried => kept.number,
            _ => CARRIED.saturating_add(u32::try_from(index).unwrap_or(u32::MAX)),
        }
    }

    /// The contracts by their numbers.
    pub(super) fn numbered(&self) -> BTreeMap<u32, &Kept> {
        self.contracts.iter().enumerate().map(|(index, kept)| (self.number(index), kept)).collect()
    }

    /// The list as if it had been read now.
    pub(super) fn reading(&self) -> Reading {
        let contracts = self.contracts.iter().enumerate().map(|(index, kept)| Contract {
            sheet: kept.sheet.clone(),
            number: self.number(index),
            values: kept.values.iter().map(|(field, kept)| (*field, kept.value.clone())).collect(),
            systems: kept.systems.iter().map(|(name, _)| name.clone()).collect(),
        });
        Reading { contracts: Some(contracts.collect()), ..Reading::default() }
    }
}

impl KeptValue {
    fn says(&self) -> (&Value, bool, bool, bool) {
        (&self.value.value, self.value.personal, self.value.understood, self.value.estimated)
    }

    fn is_private(&self, field: Field) -> bool {
        let FieldValue { personal, understood, .. } = self.value;
        personal || !understood || field == Field::ContractSupplier
    }
}

/// The attribute of a contract that a field states; what else a row says is not kept.
fn attribute_of(field: Field) -> Option<Attribute> {
    Attribute::from_word(field.id()).filter(|attribute| attribute.of() == SubjectKind::Contract)
}

/// Whether an organisation has lists of contracts that count.
///
/// # Errors
/// When the engine fails.
pub(super) fn any(tx: &mut Transaction<'_>, organisation: &OrganisationId) -> Result<bool, Error> {
    let sql = "SELECT COUNT(*) FROM kept_list WHERE organisation = $1";
    Ok(tx.query_one(sql, &values![organisation.as_str()], |row| row.integer(0))? > 0)
}

/// Whether an import is kept as a list of contracts.
///
/// # Errors
/// When the engine fails.
pub(super) fn is_kept(tx: &mut Transaction<'_>, organisation: &OrganisationId, import: &str) -> Result<bool, Error> {
    let sql = "SELECT COUNT(*) FROM kept_list WHERE organisation = $1 AND import = $2";
    Ok(tx.query_one(sql, &values![organisation.as_str(), import], |row| row.integer(0))? > 0)
}

/// The imports that are kept as lists of contracts.
///
/// # Errors
/// When the engine fails.
pub(super) fn all(tx: &mut Transaction<'_>, organisation: &OrganisationId) -> Result<BTreeSet<String>, Error> {
    let sql = "SELECT import FROM kept_list WHERE organisation = $1";
    Ok(tx.query(sql, &values![organisation.as_str()], |row| row.text(0))?.into_iter().collect())
}

/// The latest version of an import's list of contracts, where that is another import.
///
/// # Errors
/// When the engine fails.
pub(super) fn later(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    import: &ImportRow,
) -> Result<Option<ImportRow>, Error> {
    let sql =
        "SELECT k.import FROM kept_list AS k JOIN import AS i ON i.organisation = k.organisation AND i.id = k.import
         WHERE k.organisation = $1 AND i.source = $2 ORDER BY k.position DESC LIMIT 1";
    let latest = tx.query_optional(sql, &values![organisation.as_str(), &import.source], |row| row.text(0))?;
    match latest.filter(|latest| *latest != import.id) {
        Some(latest) => find(tx, organisation, &latest),
        None => Ok(None),
    }
}

/// The lists of contracts of an organisation, by name: of each the latest version, leaving out the import `without`.
///
/// # Errors
/// When the engine fails, or what is kept cannot be read.
pub(super) fn lists(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    texts: &BTreeMap<String, String>,
    without: Option<&str>,
) -> Result<BTreeMap<String, KeptList>, Error> {
    let sql = "SELECT import, after_change FROM kept_list WHERE organisation = $1 ORDER BY position";
    let imports = tx.query(sql, &values![organisation.as_str()], |row| Ok((row.text(0)?, row.integer(1)?)))?;
    let mut lists: BTreeMap<String, KeptList> = BTreeMap::new();
    for (id, after) in imports.into_iter().filter(|(id, _)| without != Some(id)) {
        let Some(import) = find(tx, organisation, &id)? else { continue };
        lists.insert(import.source.clone(), KeptList { import, after, contracts: Vec::new() });
    }
    for list in lists.values_mut() {
        let sql = "SELECT position, said FROM kept_contract WHERE organisation = $1 AND import = $2 ORDER BY position";
        let rows =
            tx.query(sql, &values![organisation.as_str(), &list.import.id], |row| Ok((row.integer(0)?, row.text(1)?)))?;
        for (position, said) in rows {
            let mut kept: Kept = serde_json::from_str(&said).map_err(|error| Error::Type {
                place: format!("contract {position} that import {} keeps", list.import.id),
                message: error.to_string(),
            })?;
            kept.values.retain(|_, kept| {
                let Some(id) = kept.private.take() else { return true };
                let Some(text) = texts.get(&id) else { return false };
                kept.value.original.clone_from(text);
                if let Value::Text(value) = &mut kept.value.value {
                    value.clone_from(text);
                }
                true
            });
            kept.systems.retain_mut(|(name, _)| match texts.get(name.as_str()) {
                Some(text) => {
                    name.clone_from(text);
                    true
                }
                None => false,
            });
            list.contracts.push(kept);
        }
    }
    Ok(lists)
}

/// Keeps a list of contracts with its import.
///
/// # Errors
/// When the engine or the source of chance fails.
pub(super) fn keep(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    list: &KeptList,
    moment: &Moment,
) -> Result<(), Refused> {
    let sql = "INSERT INTO kept_list (organisation, import, position, after_change)
         SELECT $1, $2, COALESCE(MAX(position), 0) + 1, $3 FROM kept_list WHERE organisation = $1";
    tx.execute(sql, &values![organisation.as_str(), &list.import.id, list.after])?;
    let (mut rows, mut privates) = (Vec::new(), Vec::new());
    for (position, kept) in list.contracts.iter().enumerate() {
        let mut kept = kept.clone();
        for (field, value) in &mut kept.values {
            if value.is_private(*field) {
                let id = moment.id()?;
                let text = match &mut value.value.value {
                    Value::Text(text) => std::mem::take(text),
                    _ => value.value.original.clone(),
                };
                privates.push((id.clone(), text));
                value.value.original.clear();
                value.private = Some(id);
            }
        }
        for (name, _) in &mut kept.systems {
            let id = moment.id()?;
            privates.push((id.clone(), std::mem::replace(name, id)));
        }
        // All keys are text, so this cannot fail.
        let said = serde_json::to_string(&kept).unwrap_or_default();
        rows.push(values![organisation.as_str(), &list.import.id, position, said].to_vec());
    }
    keep_private(tx, organisation, &privates.iter().map(|(id, text)| (id.clone(), text.as_str())).collect::<Vec<_>>())?;
    tx.insert_many("kept_contract", &["organisation", "import", "position", "said"], rows.into_iter())?;
    Ok(())
}

/// Keeps a list of contracts no longer, with its texts.
///
/// # Errors
/// When the engine fails.
pub(super) fn forget(tx: &mut Transaction<'_>, organisation: &OrganisationId, import: &str) -> Result<(), Error> {
    let of = values![organisation.as_str(), import];
    let sql = "SELECT said FROM kept_contract WHERE organisation = $1 AND import = $2";
    for said in tx.query(sql, &of, |row| row.text(0))? {
        let Ok(kept) = serde_json::from_str::<Kept>(&said) else { continue };
        let names = kept.systems.iter().map(|(name, _)| name);
        for id in kept.values.values().filter_map(|value| value.private.as_ref()).chain(names) {
            let sql = "DELETE FROM private_text WHERE organisation = $1 AND id = $2";
            tx.execute(sql, &values![organisation.as_str(), id])?;
        }
    }
    tx.execute("DELETE FROM kept_contract WHERE organisation = $1 AND import = $2", &of)?;
    tx.execute("DELETE FROM kept_list WHERE organisation = $1 AND import = $2", &of)?;
    Ok(())
}
