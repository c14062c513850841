//! Which column means which field: recognised from headings, or remembered from what people chose before.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde::{Deserialize, Serialize};

mod names;
mod sheets;
#[cfg(test)]
mod tests;

use self::names::meanings;
pub(super) use self::names::{best_name, names_of};
pub use self::sheets::{ListOf, MappedSheet, recognise_as, recognise_file};
use super::{Column, Field, presets::preset_of, ticks};

/// What the columns of a file mean. Remembered for an organisation as JSON and applied to its next file by heading, so
/// that columns may move.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mapping {
    /// The columns in the order of the file.
    pub columns: Vec<Mapped>,
    /// What each row is.
    #[serde(default)]
    pub list_of: ListOf,
    /// What the columns of the other sheets mean that are joined to the systems. A sheet of which nothing stands here is read
    /// as it was recognised.
    #[serde(default)]
    pub sheets: Vec<MappedSheet>,
}

/// What one column means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mapped {
    /// What identifies the column from file to file: its folded heading, numbered when it repeats.
    pub key: String,
    /// Its heading as written.
    #[serde(default)]
    pub heading: String,
    /// Its field; none for a column that is not needed or not recognised.
    pub field: Option<Field>,
    /// How sure that is.
    #[serde(default)]
    pub certainty: Certainty,
    /// Why, in words.
    #[serde(default)]
    pub why: String,
}

/// How sure it is what a column means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Certainty {
    /// A person chose it, now or for an earlier file. This includes the choice "not needed".
    #[default]
    Chosen,
    /// The heading is a usual name of the field.
    Sure,
    /// The heading suggests the field and may mean another.
    Likely,
    /// Nothing is known about it.
    Unrecognised,
}

impl Mapping {
    /// How many columns have a field.
    pub fn recognised(&self) -> usize {
        self.columns.iter().filter(|column| column.field.is_some()).count()
    }

    /// Whether some column holds this field.
    pub fn has(&self, field: Field) -> bool {
        self.columns.iter().any(|column| column.field == Some(field))
    }

    /// Records a person's choice for the column with this key. Another column that held the same field gives it up,
    /// unless several may hold it. Says whether there is such a column.
    pub fn choose(&mut self, key: &str, field: Option<Field>) -> bool {
        if !self.columns.iter().any(|column| column.key == key) {
            return false;
        }
        let single = field.filter(|field| !field.takes_several_columns());
        for column in &mut self.columns {
            if column.key == key {
                column.field = field;
                column.certainty = Certainty::Chosen;
                column.why = web::say!("You chose this.");
            } else if single.is_some() && column.field == single {
                column.field = None;
                column.certainty = Certainty::Chosen;
                column.why = web::say!("Another column was chosen for this.");
            }
        }
        true
    }

    /// The field of each of these columns, in their order. Of two columns with the same single field the first has it.
    pub(super) fn fields_of(&self, columns: &[Column]) -> Vec<Option<Field>> {
        let by_key: HashMap<&str, Option<Field>> =
            self.columns.iter().map(|mapped| (mapped.key.as_str(), mapped.field)).collect();
        let mut taken = HashSet::new();
        let keys = keys(columns);
        keys.iter()
            .map(|key| {
                let field = by_key.get(key.as_str()).copied().flatten()?;
                (field.takes_several_columns() || taken.insert(field)).then_some(field)
            })
            .collect()
    }
}

/// The keys by which columns are found again in the next file.
pub fn keys(columns: &[Column]) -> Vec<String> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let key = |column: &Column| {
        let folded = match vocabulary::fold(&column.heading) {
            empty if empty.is_empty() => format!("column {}", column.letter.to_lowercase()),
            folded => folded,
        };
        let times = seen.entry(folded.clone()).or_default();
        *times += 1;
        match *times {
            1 => folded,
            times => format!("{folded} #{times}"),
        }
    };
    columns.iter().map(key).collect()
}

/// Says what each column may mean. What was chosen before wins; no two columns get the same field unless several may
/// hold it; what is not recognised stays without a field.
pub fn recognise(columns: &[Column], remembered: Option<&Mapping>) -> Mapping {
    recognise_with(columns, remembered, &BTreeSet::new())
}

/// As [`recognise`], where columns of ticks may be headed by organisations: `bodies` are their names, folded.
pub fn recognise_with(columns: &[Column], remembered: Option<&Mapping>, bodies: &BTreeSet<String>) -> Mapping {
    let preset = preset_of(columns);
    let ticks = ticks::meanings(columns, bodies);
    let chosen: HashMap<&str, &Mapped> =
        remembered.iter().flat_map(|mapping| &mapping.columns).map(|mapped| (mapped.key.as_str(), mapped)).collect();
    let mut result: Vec<Mapped> = Vec::with_capacity(columns.len());
    let mut candidates: Vec<Candidate> = Vec::new();
    let mut taken: HashSet<Field> = HashSet::new();
    let mut given: Vec<(usize, Field)> = Vec::new();
    for (place, (column, key)) in columns.iter().zip(keys(columns)).enumerate() {
        let mut mapped = Mapped {
            heading: column.heading.clone(),
            field: None,
            certainty: Certainty::Unrecognised,
            why: web::say!("We do not know this heading."),
            key,
        };
        // What people chose stands. What was recognised is recognised again, in this file and by its own columns.
        let before = chosen.get(mapped.key.as_str()).filter(|before| before.certainty == Certainty::Chosen);
        if let Some(before) = before {
            let free = before.field.is_none_or(|field| field.takes_several_columns() || taken.insert(field));
            mapped.field = before.field.filter(|_| free);
            mapped.certainty = Certainty::Chosen;
            mapped.why = web::say!("As in your last file.");
        } else if let Some(field) = ticks.get(&place) {
            mapped.field = Some(*field);
            mapped.certainty = Certainty::Sure;
            mapped.why = web::say!("A column of ticks: what is ticked is the heading.");
        } else if let Some((preset, (field, _))) =
            preset.and_then(|preset| Some((preset, preset.meaning(&column.heading)?)))
        {
            mapped.certainty = Certainty::Sure;
            mapped.why = web::say!("So in exports from {program}.", program = preset.name);
            if let Some(field) = field {
                given.push((place, field));
            }
        } else {
            candidates.extend(meanings(&column.heading).into_iter().map(|(field, score)| Candidate {
                place,
                field,
                score,
            }));
        }
        result.push(mapped);
    }
    // Of two columns of an export that mean the same, the better one has it.
    let better = |place: &usize| {
        let heading = columns.get(*place).map(|column| column.heading.as_str()).unwrap_or_default();
        preset.and_then(|preset| preset.meaning(heading)).map(|(_, rank)| rank)
    };
    given.sort_by_key(|(place, _)| better(place));
    for (place, field) in given {
        let free = field.takes_several_columns() || taken.insert(field);
        if let Some(mapped) = result.get_mut(place).filter(|_| free) {
            mapped.field = Some(field);
        }
    }
    candidates.sort_by_key(|candidate| (std::cmp::Reverse(candidate.score), candidate.place, candidate.field));
    for candidate in &candidates {
        let Some(mapped) = result.get_mut(candidate.place).filter(|mapped| mapped.field.is_none()) else { continue };
        let several = candidate.field.takes_several_columns() && candidate.score >= Score::OwnTrimmed;
        if taken.insert(candidate.field) || several {
            candidate.give(mapped);
        }
    }
    name_at_least(&mut result, &candidates, &taken);
    one_supplier(columns, &mut result, &taken);
    Mapping { columns: result, ..Mapping::default() }
}

/// "Supplier" beneath a heading "Contract" is the system's supplier where the file names no other.
fn one_supplier(columns: &[Column], result: &mut [Mapped], taken: &HashSet<Field>) {
    if taken.contains(&Field::Supplier) {
        return;
    }
    let grouped = columns.iter().zip(result).find(|(column, mapped)| {
        mapped.field == Some(Field::ContractSupplier) && mapped.certainty != Certainty::Chosen && column.group.is_some()
    });
    if let Some((_, mapped)) = grouped {
        mapped.field = Some(Field::Supplier);
        mapped.certainty = Certainty::Likely;
        mapped.why = web::say!("No other column names a supplier.");
    }
}

/// A list of products without a column of system names: the products' names are the systems'.
fn name_at_least(result: &mut [Mapped], candidates: &[Candidate], taken: &HashSet<Field>) {
    if taken.contains(&Field::Name) {
        return;
    }
    let candidate = candidates.iter().find(|candidate| {
        let column = result.get(candidate.place);
        candidate.field == Field::Name && column.is_some_and(|column| column.certainty != Certainty::Chosen)
    });
    if let Some((candidate, mapped)) = candidate.and_then(|found| Some((found, result.get_mut(found.place)?))) {
        candidate.give(mapped);
        mapped.certainty = Certainty::Likely;
        mapped.why = web::say!("No other column names the systems.");
    }
}

struct Candidate {
    place: usize,
    field: Field,
    score: Score,
}

impl Candidate {
    fn give(&self, mapped: &mut Mapped) {
        mapped.field = Some(self.field);
        let field = web::say!(self.field.label());
        (mapped.certainty, mapped.why) = match self.score {
            Score::Own | Score::OwnTrimmed => {
                (Certainty::Sure, web::say!("A usual heading for \"{field}\".", field = field))
            }
            Score::Weaker | Score::WeakerTrimmed => {
                (Certainty::Likely, web::say!("Sometimes a heading for \"{field}\".", field = field))
            }
            Score::Words => (Certainty::Likely, web::say!("Words in it suggest \"{field}\".", field = field)),
        };
    }
}

/// How well a heading fits a field, best last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Score {
    Words,
    WeakerTrimmed,
    Weaker,
    OwnTrimmed,
    Own,
}
