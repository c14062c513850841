//! The filters, tests and functions that rewritten templates call, behaving as Nunjucks' own.
//!
//! Their names begin with `nunjucks_`, so the filters an application's own templates use stay MiniJinja's. They are
//! not meant for those templates.

use crate::values::{add, equal, is_missing, object, same, spoken, text};
use minijinja::value::{Object, ObjectRepr, Rest, Value, ValueKind};
use minijinja::{Environment, Error, State};
use std::sync::Arc;

/// Makes everything that rewritten templates call known to an environment.
pub(crate) fn register(environment: &mut Environment<'_>) {
    environment.add_function("nunjucks_object", object);
    environment.add_function("nunjucks_caller", |printed: Value| Value::from_object(Caller(printed)));

    environment.add_filter("nunjucks_add", |left: &Value, right: &Value| add(left, right));
    environment.add_filter("nunjucks_each", each);
    environment.add_filter("nunjucks_pairs", pairs);
    environment.add_filter("nunjucks_capitalize", capitalize);
    environment.add_filter("nunjucks_escape", escape);
    environment.add_filter("nunjucks_indent", indent);
    environment.add_filter("nunjucks_length", length);
    environment.add_filter("nunjucks_replace", replace);
    environment.add_filter("nunjucks_member_length", member_length);
    environment.add_filter("nunjucks_safe", |value: &Value| Value::from_safe_string(text(value).into_owned()));
    environment.add_filter("nunjucks_select", select);
    environment.add_filter("nunjucks_string", |value: &Value| alike(value, text(value).into_owned()));
    environment.add_filter("nunjucks_trim", |value: &Value| alike(value, text(value).trim().to_owned()));
    environment.add_filter("nunjucks_val", val);

    environment.add_test("nunjucks_same", |left: &Value, right: &Value| same(left, right));
    environment.add_test("nunjucks_equal", |left: &Value, right: &Value| equal(left, right));
    environment.add_test("nunjucks_in", contained);
    // In JavaScript a string that is marked safe is an object.
    environment.add_test("nunjucks_string", |value: &Value| value.as_str().is_some() && !value.is_safe());
    // The package selects by this name.
    environment.add_test("truthy", |value: &Value| value.is_true());
}

/// Writes text with the five characters HTML gives a meaning to, and the backslash, as references.
pub(crate) fn write_escaped(text: &str, mut write: impl FnMut(&str) -> std::fmt::Result) -> std::fmt::Result {
    let mut rest = text;
    while let Some(place) = rest.find(['&', '"', '\'', '<', '>', '\\']) {
        write(&rest[..place])?;
        write(match rest.as_bytes().get(place) {
            Some(b'&') => "&amp;",
            Some(b'"') => "&quot;",
            Some(b'\'') => "&#39;",
            Some(b'<') => "&lt;",
            Some(b'>') => "&gt;",
            _ => "&#92;",
        })?;
        rest = &rest[place + 1..];
    }
    write(rest)
}

/// What a `{% call %}` block printed, given to the macro as a function.
#[derive(Debug)]
struct Caller(Value);

impl Object for Caller {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call(self: &Arc<Self>, _: &mut State<'_, '_>, _: &[Value]) -> Result<Value, Error> {
        Ok(self.0.clone())
    }
}

/// New text that is safe if the value it was made from was.
fn alike(value: &Value, text: String) -> Value {
    if value.is_safe() { Value::from_safe_string(text) } else { Value::from(text) }
}

fn empty_list() -> Value {
    Value::from(Vec::<Value>::new())
}

/// What a loop with one name runs over: the items of a list, and nothing for anything else.
fn each(value: Value) -> Value {
    match value.kind() {
        ValueKind::Seq | ValueKind::Iterable | ValueKind::String => value,
        _ => empty_list(),
    }
}

/// What a loop with two names runs over: a dictionary's keys with their values, text's places with their characters,
/// and of a list the first two items of each item, missing where it has none.
fn pairs(value: Value) -> Value {
    let members = || value.try_iter().into_iter().flatten();
    let pair = |first: Value, second: Value| Value::from(vec![first, second]);
    match value.kind() {
        ValueKind::Map => members()
            .map(|key| {
                let entry = value.get_item(&key).unwrap_or_default();
                pair(key, object(entry))
            })
            .collect(),
        ValueKind::String => {
            members().enumerate().map(|(place, character)| pair(Value::from(place), character)).collect()
        }
        ValueKind::Seq | ValueKind::Iterable => members()
            .map(|item| {
                let at = |place| item.get_item_by_index(place).unwrap_or_default();
                pair(at(0), at(1))
            })
            .collect(),
        _ => empty_list(),
    }
}

fn capitalize(value: &Value) -> Value {
    let lower = text(value).to_lowercase();
    let mut characters = lower.chars();
    let capitalized = match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => String::new(),
    };
    alike(value, capitalized)
}

fn escape(value: &Value) -> Result<Value, Error> {
    if value.is_safe() {
        return Ok(value.clone());
    }
    let mut escaped = String::new();
    write_escaped(&text(value), |part| {
        escaped.push_str(part);
        Ok(())
    })?;
    Ok(Value::from_safe_string(escaped))
}

/// Indents every line but the first by `width` spaces, 4 if not given; the first too if asked.
fn indent(value: &Value, width: Option<usize>, first: Option<bool>) -> Value {
    if is_missing(value) {
        return Value::from("");
    }
    let space = " ".repeat(width.unwrap_or(4));
    let start = if first.unwrap_or(false) { space.as_str() } else { "" };
    let indented = format!("{start}{}", text(value).replace('\n', &format!("\n{space}")));
    alike(value, indented)
}

/// The number of UTF-16 units of text, of items of a list or of entries of a dictionary; otherwise 0.
fn length(value: &Value) -> usize {
    value.as_str().map_or_else(|| value.len().unwrap_or(0), |text| text.encode_utf16().count())
}

/// JavaScript's `.length`, which a dictionary has only as an entry.
fn member_length(value: &Value) -> Value {
    match value.kind() {
        ValueKind::Map => value.get_attr("length").unwrap_or_default(),
        ValueKind::Seq | ValueKind::Iterable | ValueKind::String => Value::from(length(value)),
        _ => Value::UNDEFINED,
    }
}

/// Replaces every occurrence; only text and numbers have any.
fn replace(value: &Value, old: &Value, new: &Value) -> Value {
    match value.kind() {
        ValueKind::String | ValueKind::Number => {
            let replaced = text(value).replace(text(old).as_ref(), &spoken(new));
            alike(value, replaced)
        }
        _ => value.clone(),
    }
}

fn select(state: &mut State<'_, '_>, value: Value, arguments: Rest<Value>) -> Result<Value, Error> {
    let mut all = vec![each(value)];
    all.extend(arguments.0);
    state.apply_filter("select", &all).map(object)
}

/// The text inside a string that is marked safe; of anything else the member `val`.
fn val(value: &Value) -> Value {
    if value.is_safe() {
        return Value::from(text(value).into_owned());
    }
    value.get_attr("val").unwrap_or_default()
}

/// Whether a list has an item, strictly the same, text a part, or a dictionary a key.
fn contained(item: &Value, container: &Value) -> bool {
    match container.kind() {
        ValueKind::Seq | ValueKind::Iterable => {
            container.try_iter().into_iter().flatten().any(|candidate| same(&candidate, item))
        }
        ValueKind::String => text(container).contains(text(item).as_ref()),
        ValueKind::Map => container.as_object().is_some_and(|map| map.get_value_by_str(&text(item)).is_some()),
        _ => false,
    }
}
