//! Shapes of JSON, as JSON Schema: that of a value, the narrowest that several fit, and how one became wider.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// An object with more members than this, or with a name that is no word, holds things by their ids.
const MOST_MEMBERS: usize = 60;

/// The shape of one value, as JSON Schema.
pub fn shape(value: &Value) -> Value {
    match value {
        Value::Null => json!({"type": "null"}),
        Value::Bool(_) => json!({"type": "boolean"}),
        Value::Number(number) if number.is_f64() => json!({"type": "number"}),
        Value::Number(_) => json!({"type": "integer"}),
        Value::String(_) => json!({"type": "string"}),
        Value::Array(items) => {
            let items = items.iter().map(shape).reduce(|one, other| merged(&one, &other)).unwrap_or_else(|| json!({}));
            json!({"type": "array", "items": items})
        }
        Value::Object(members) => {
            if holds_things(members) {
                let each = members.values().map(shape).reduce(|one, other| merged(&one, &other));
                return json!({"type": "object", "additionalProperties": each.unwrap_or_else(|| json!({}))});
            }
            let properties: Map<String, Value> =
                members.iter().map(|(name, value)| (name.clone(), shape(value))).collect();
            let required: BTreeSet<&String> = properties.keys().collect();
            json!({"type": "object", "required": required, "properties": properties})
        }
    }
}

/// Whether the members' names are no words of ours but ids of things.
fn holds_things(members: &Map<String, Value>) -> bool {
    let word = |name: &String| {
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    members.len() > MOST_MEMBERS || !members.keys().all(word)
}

/// Whether a value has a shape.
pub fn fits_shape(value: &Value, whole: &Value) -> bool {
    let kinds = types(whole);
    let own = types(&shape(value));
    let kind = own.iter().all(|kind| kinds.contains(kind) || (kind == "integer" && kinds.contains("number")));
    if !kinds.is_empty() && !kind {
        return false;
    }
    let below =
        |name: &str| whole.get("properties").and_then(|all| all.get(name)).or(whole.get("additionalProperties"));
    match value {
        Value::Array(items) => whole.get("items").is_none_or(|shape| items.iter().all(|item| fits_shape(item, shape))),
        Value::Object(members) => {
            let needed = whole.get("required").and_then(Value::as_array).into_iter().flatten();
            needed.filter_map(Value::as_str).all(|name| members.contains_key(name))
                && members.iter().all(|(name, value)| below(name).is_some_and(|shape| fits_shape(value, shape)))
        }
        _ => true,
    }
}

fn types(shape: &Value) -> BTreeSet<String> {
    let listed = match &shape["type"] {
        Value::Array(types) => types.clone(),
        Value::Null => Vec::new(),
        one => vec![one.clone()],
    };
    listed.iter().filter_map(|kind| kind.as_str().map(str::to_owned)).collect()
}

/// What either says under a word.
fn either<'a>(one: &'a Value, other: &'a Value, word: &str) -> Vec<&'a Value> {
    [one, other].into_iter().filter_map(|shape| shape.get(word)).collect()
}

/// The narrowest shape that both fit.
pub fn merged(one: &Value, other: &Value) -> Value {
    if one == &json!({}) || one == other {
        return other.clone();
    }
    if other == &json!({}) {
        return one.clone();
    }
    let mut all: BTreeSet<String> = types(one).union(&types(other)).cloned().collect();
    if all.contains("number") {
        all.remove("integer");
    }
    let mut whole = Map::new();
    let all: Vec<String> = all.into_iter().collect();
    whole.insert("type".to_owned(), if let [only] = all.as_slice() { json!(only) } else { json!(all) });
    for word in ["description", "enum", "format"] {
        if let Some(said) = one.get(word) {
            whole.insert(word.to_owned(), said.clone());
        }
    }
    let of = |word: &str| either(one, other, word).into_iter();
    if let Some(items) = of("items").cloned().reduce(|one, other| merged(&one, &other)) {
        whole.insert("items".to_owned(), items);
    }
    if of("additionalProperties").next().is_some() {
        let each = of("additionalProperties")
            .chain(of("properties").flat_map(|members| members.as_object().unwrap().values()));
        let each = each.cloned().reduce(|one, other| merged(&one, &other));
        whole.insert("additionalProperties".to_owned(), each.unwrap_or_else(|| json!({})));
        return Value::Object(whole);
    }
    let objects: Vec<&Map<String, Value>> = of("properties").filter_map(Value::as_object).collect();
    if !objects.is_empty() {
        let mut properties: Map<String, Value> = Map::new();
        for (name, shape) in objects.iter().copied().flatten() {
            let known = properties.get(name).map_or_else(|| shape.clone(), |known| merged(known, shape));
            properties.insert(name.clone(), known);
        }
        let named = |list: &Value| -> BTreeSet<String> {
            list.as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect()
        };
        let required = of("required").map(named).reduce(|one, other| one.intersection(&other).cloned().collect());
        whole.insert("required".to_owned(), json!(required.unwrap_or_default()));
        whole.insert("properties".to_owned(), Value::Object(properties));
    }
    Value::Object(whole)
}

/// Every member that a shape names, as a path.
pub fn members(shape: &Value, at: &str, found: &mut BTreeSet<String>) {
    for (name, below) in shape.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let at = format!("{at}.{name}");
        members(below, &at, found);
        found.insert(at);
    }
    for word in ["items", "additionalProperties"] {
        if let Some(below) = shape.get(word) {
            members(below, &format!("{at}[]"), found);
        }
    }
}

/// An answer with one or two of each list, and texts that are not too long.
pub fn shortened(value: &Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.iter().take(1).map(shortened).collect()),
        Value::Object(members) => {
            let most = if holds_things(members) { 3 } else { usize::MAX };
            members
                .iter()
                .take(most)
                .map(|(name, value)| (name.clone(), shortened(value)))
                .collect::<Map<_, _>>()
                .into()
        }
        Value::String(text) if text.chars().count() > 120 => {
            Value::from(text.chars().take(119).collect::<String>() + "…")
        }
        other => other.clone(),
    }
}

/// Where a shape became wider.
pub fn differences(said: &Value, whole: &Value, at: &str) -> String {
    let mut found = Vec::new();
    if said.get("type") != whole.get("type") || said.get("required") != whole.get("required") {
        found.push(format!("{at} {} {}", whole["type"], whole.get("required").unwrap_or(&Value::Null)));
    }
    for (name, below) in whole.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let before = said.get("properties").and_then(|members| members.get(name)).cloned().unwrap_or_else(|| json!({}));
        if &before != below {
            found.push(differences(&before, below, &format!("{at}.{name}")));
        }
    }
    for word in ["items", "additionalProperties"] {
        if let Some(below) = whole.get(word).filter(|below| said.get(word) != Some(below)) {
            found.push(differences(said.get(word).unwrap_or(&json!({})), below, &format!("{at}[]")));
        }
    }
    found.join("; ").chars().take(600).collect()
}

#[test]
fn an_answer_that_does_not_fit_is_found() {
    let said = merged(&shape(&json!({"a": 1, "b": [{"c": null}]})), &shape(&json!({"a": 2, "b": [{"c": "x"}]})));
    for fits in [json!({"a": 5, "b": []}), json!({"a": 0, "b": [{"c": "y"}, {"c": null}]})] {
        assert_eq!(merged(&said, &shape(&fits)), said, "{fits}");
        assert!(fits_shape(&fits, &said), "{fits}");
    }
    for odd in [
        json!({"a": "1", "b": []}),
        json!({"a": 1}),
        json!({"a": 1, "b": [], "d": 1}),
        json!({"a": 1, "b": [{"c": 1}]}),
    ] {
        assert_ne!(merged(&said, &shape(&odd)), said, "{odd}");
        assert!(!fits_shape(&odd, &said), "{odd}");
    }
}
