//! A row for each module of a system: such rows are one system with several modules. Elsewhere a repeated name is said.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use vocabulary::{Money, fold};

use super::{Field, FieldKind, Row, RowReader, Severity, Spot, Value, join, quoted};

/// The most rows that are taken for modules of one system; more are no modules, whatever their column is called.
const MOST_MODULES: usize = 200;

/// What was made one.
#[derive(Default)]
struct Joined {
    rows: Vec<u32>,
    /// How many costs were added to that of the first row.
    added: usize,
    /// How many rows have a cost that is not known or could not be read.
    without_cost: usize,
    /// Whether rows said different things of which the first counts.
    differ: bool,
}

impl RowReader<'_> {
    /// Makes one system of the rows of its modules, and says which names are repeated otherwise.
    pub(super) fn one_for_each_system(&mut self) {
        let has_modules = self.columns.iter().any(|(_, field)| *field == Some(Field::Modules));
        let rows = std::mem::take(&mut self.reading.rows);
        let mut kept: Vec<Row> = Vec::with_capacity(rows.len());
        let mut places: HashMap<(String, String), usize> = HashMap::new();
        let mut joined: BTreeMap<usize, Joined> = BTreeMap::new();
        for row in rows {
            let product = row.text(Field::Product).map(fold).unwrap_or_default();
            let key = (fold(row.name()), product);
            let Some(place) = places.get(&key).copied() else {
                places.insert(key, kept.len());
                kept.push(row);
                continue;
            };
            let Some(first) = kept.get_mut(place) else { continue };
            let room = joined.get(&place).is_none_or(|joined| joined.rows.len() < MOST_MODULES);
            if has_modules && room && are_modules_of_one(first, &row) {
                let known = joined.entry(place);
                let known = known.or_insert_with(|| Joined { rows: vec![first.number], ..Joined::default() });
                known.rows.push(row.number);
                add(first, row, known);
                continue;
            }
            let at = Spot { row: Some(row.number), ..Spot::default() };
            let message = web::say!(
                "{name} stands in row {row} already.",
                name = quoted(row.name()),
                row = first.number.to_string()
            );
            let next = web::say!(
                "Give each its own name if they are different systems, or put them into one row. A row that says just the same is taken once."
            );
            self.report(Severity::Check, "name_repeated", at, message, next);
            kept.push(row);
        }
        for (place, joined) in joined {
            let Some(row) = kept.get(place) else { continue };
            let (name, first) = (quoted(row.name()), row.number);
            let rows: Vec<String> = joined.rows.iter().take(20).map(u32::to_string).collect();
            let mut message = web::say_n!(
                "Rows {rows} are {name} and its modules, so we read them as one system with 1 module.",
                "Rows {rows} are {name} and its modules, so we read them as one system with {count} modules.",
                u64::try_from(modules(row).len()).unwrap_or(u64::MAX),
                rows = rows.join(", "),
                name = name,
            );
            let cost = row.values.get(&Field::AnnualCost).map(|value| &value.value);
            if let (Some(Value::Money(cost)), true) = (cost, joined.added + joined.without_cost > 0) {
                message.push(' ');
                message.push_str(&match joined.without_cost {
                    0 => web::say!("Their costs add up to {cost}.", cost = cost.to_string()),
                    _ => web::say_n!(
                        "Their costs add up to {cost}, without 1 that is not known.",
                        "Their costs add up to {cost}, without {count} that are not known.",
                        u64::try_from(joined.without_cost).unwrap_or(u64::MAX),
                        cost = cost.to_string(),
                    ),
                });
            }
            if joined.differ {
                message.push(' ');
                message.push_str(&web::say!("Where they differ otherwise, the first row counts."));
            }
            let next = web::say!("Nothing, if they are one system. Otherwise give each its own name.");
            self.report(
                Severity::Information,
                "module_rows",
                Spot { row: Some(first), ..Spot::default() },
                message,
                next,
            );
        }
        self.reading.rows = kept;
    }
}

/// The modules that a row names, folded.
fn modules(row: &Row) -> BTreeSet<String> {
    match row.values.get(&Field::Modules).map(|value| &value.value) {
        Some(Value::List(modules)) => modules.iter().map(|module| fold(module)).collect(),
        _ => BTreeSet::new(),
    }
}

/// Whether both rows name modules, no module twice, and neither carries an id of its own that the other lacks. The first
/// may be the system itself, with its modules one by one beneath.
fn are_modules_of_one(first: &Row, row: &Row) -> bool {
    let (known, more) = (modules(first), modules(row));
    let same_product = first.text(Field::Supplier).is_none()
        || row.text(Field::Supplier).is_none_or(|text| first.text(Field::Supplier).map(fold) == Some(fold(text)));
    (!known.is_empty() || more.len() == 1)
        && !more.is_empty()
        && known.is_disjoint(&more)
        && same_product
        && row.text(Field::CommonholdId).is_none()
}

/// Adds the row of a further module.
fn add(first: &mut Row, row: Row, joined: &mut Joined) {
    for (field, value) in row.values {
        let Some(known) = first.values.get_mut(&field) else {
            first.values.insert(field, value);
            continue;
        };
        match (field, &mut known.value, &value.value) {
            (Field::Name | Field::Product | Field::CommonholdId, ..) => {}
            (Field::AnnualCost, sum, more) => {
                known.original.push_str(" + ");
                known.original.push_str(&value.original);
                match (&*sum, more) {
                    (Value::Money(one), Value::Money(more)) => {
                        *sum = Value::Money(Money(one.0.saturating_add(more.0)));
                        known.estimated |= value.estimated;
                        joined.added += 1;
                    }
                    // What is known of a sum is that it is no less.
                    (Value::Money(_), _) => {
                        known.estimated = true;
                        joined.without_cost += 1;
                    }
                    (_, Value::Money(_)) => {
                        *sum = value.value;
                        (known.understood, known.estimated) = (true, true);
                        joined.without_cost += 1;
                    }
                    _ => joined.without_cost += 1,
                }
            }
            // That nothing is known is no statement that something else could contradict.
            (_, Value::Nothing(_), _) => *known = value,
            (_, _, Value::Nothing(_)) => {}
            (Field::Users, Value::Number(most), Value::Number(more)) => *most = (*most).max(*more),
            (_, known, other) if known == other => {}
            (field, ..) if matches!(field.kind(), FieldKind::List | FieldKind::LongText) => {
                join(&mut first.values, field, value, "");
            }
            _ => joined.differ = true,
        }
    }
}
