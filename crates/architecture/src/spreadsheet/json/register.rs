//! The register of systems in the shape that the Government Digital Service uses for a council, and our own page as JSON: both
//! are made into records whose names of fields and values are those of our own shape.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};
use vocabulary::fold;

use super::super::{Absent, ticks::ELEMENTS};

/// Such a file.
pub(super) struct Register {
    pub records: Vec<Value>,
    /// Systems that are said to rely on others, and that the file does not have.
    pub absent: Vec<Absent>,
}

/// What such a file holds; none where it is neither.
pub(super) fn read(object: &Map<String, Value>) -> Option<Register> {
    let systems = object.get("systems")?.as_array()?;
    if let Some(Value::Object(taxonomy)) = object.get("taxonomy") {
        return Some(register(systems, taxonomy));
    }
    let first = systems.first()?.as_object()?;
    let is_page = first.contains_key("organisation_name") && first.contains_key("changed_at");
    is_page.then(|| Register { records: systems.iter().map(page).collect(), absent: Vec::new() })
}

/// The register: its ids of elements become names that we know, its ids of systems names of systems. Whom a system serves
/// relies on it. One that is no system of the file is said: its own row, which would rely on this one, is not there.
fn register(systems: &[Value], taxonomy: &Map<String, Value>) -> Register {
    let labels = labels(taxonomy);
    let names: BTreeMap<&str, &str> =
        systems.iter().filter_map(|system| Some((text(system, "id")?, text(system, "name")?))).collect();
    let named = |id: &str| names.get(id).copied().unwrap_or(id).to_owned();
    let ids: BTreeMap<String, &str> =
        systems.iter().filter_map(|system| Some((fold(text(system, "name")?), own_id(system)?))).collect();
    let mut relies: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut absent = Vec::new();
    for (row, system) in (1..).zip(systems) {
        let Some(id) = own_id(system) else { continue };
        relies.entry(id).or_default().extend(list(system, "dependencies").map(named));
        for consumer in list(system, "consumers").filter(|consumer| !consumer.trim().is_empty()) {
            let known = names.contains_key(consumer).then_some(consumer).or_else(|| ids.get(&fold(consumer)).copied());
            match known {
                Some(consumer) => relies.entry(consumer).or_default().push(named(id)),
                None => absent.push(Absent { sheet: "systems".to_owned(), row, text: consumer.to_owned() }),
            }
        }
    }
    let element = |id: &str| match ELEMENTS.contains(&fold(id)) {
        true => id.to_owned(),
        false => labels.get(id).unwrap_or(&id).to_string(),
    };
    let record = |system: &Value| {
        let mut record = system.as_object().cloned().unwrap_or_default();
        let mut elements: Vec<String> =
            list(system, "domains").chain(list(system, "capabilities")).map(element).collect();
        let mut known = BTreeSet::new();
        elements.retain(|name| known.insert(name.clone()));
        for gone in ["domains", "capabilities", "consumers", "dependencies"] {
            record.shift_remove(gone);
        }
        record.insert("elements".to_owned(), elements.into());
        // Its category says what kind of system it is and not what for.
        if let Some(Value::Object(identity)) = record.get_mut("identity")
            && let Some(category) = identity.shift_remove("category")
        {
            identity.insert("register category".to_owned(), category);
        }
        let id = own_id(system).unwrap_or_default();
        let mut relies = relies.get(id).cloned().unwrap_or_default();
        relies.sort();
        relies.dedup();
        record.insert("depends_on".to_owned(), relies.into());
        Value::Object(record)
    };
    Register { records: systems.iter().map(record).collect(), absent }
}

/// What a system is known by among the others: its id, else its name.
fn own_id(system: &Value) -> Option<&str> {
    text(system, "id").or_else(|| text(system, "name"))
}

/// What the register calls its own ids.
fn labels(taxonomy: &Map<String, Value>) -> BTreeMap<&str, &str> {
    let all = ["domains", "capabilities"].into_iter().filter_map(|key| taxonomy.get(key)?.as_array()).flatten();
    all.filter_map(|one| Some((text(one, "id")?, text(one, "label")?))).collect()
}

/// A system as our pages give it: names for ids, pounds for pence, and nothing that we reckoned ourselves.
fn page(system: &Value) -> Value {
    let Value::Object(system) = system else { return Value::Null };
    let mut record = Map::new();
    for (key, value) in system {
        let (name, value) = match key.as_str() {
            "id" => ("commonhold_id", value.clone()),
            "product_name" => ("product", value.clone()),
            "contract_supplier_name" => ("contract_supplier", value.clone()),
            "supplier_name" if system.get("in_house") != Some(&Value::Bool(true)) => ("supplier", value.clone()),
            "in_house" if value == &Value::Bool(true) => ("supplier", "In-house".into()),
            "annual_cost" | "contract_cost" => {
                let pounds = value.as_i64().map(|pence| format!("{}.{:02}", pence / 100, pence.rem_euclid(100)));
                (key.as_str(), pounds.map_or(Value::Null, Value::from))
            }
            "own_texts" => {
                let texts = value.as_object().into_iter().flatten();
                record.extend(texts.map(|(key, text)| (key.clone(), text.clone())));
                continue;
            }
            known
                if known.parse::<super::super::Field>().is_ok()
                    && !["product", "supplier", "contract_supplier"].contains(&known) =>
            {
                (known, value.clone())
            }
            _ => continue,
        };
        record.insert(name.to_owned(), value);
    }
    Value::Object(record)
}

fn text<'a>(of: &'a Value, key: &str) -> Option<&'a str> {
    of.get(key)?.as_str()
}

fn list<'a>(of: &'a Value, key: &str) -> impl Iterator<Item = &'a str> {
    of.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}
