//! What templates can call: translation, numbers, dates, links of the present query.

use minijinja::{
    Environment, Error, ErrorKind, State, Value,
    value::{Kwargs, ValueKind},
};
use vocabulary::Money;

use crate::{
    context,
    language::{Said, say_plural, translate},
    number::{date, grouped, when},
};

/// Adds the functions and filters: `_`, `_n`, `chosen`, `error_message`, `query_with`, `query_without`; `date`, `short_date`,
/// `when`, `number`, `pounds`.
pub(crate) fn register(environment: &mut Environment<'static>) {
    environment
        .add_function("_", |text: &str, args: Kwargs| say(&args, |args| translate(&context::language(), text, args)));
    environment.add_function("_n", |one: &str, many: &str, count: u64, args: Kwargs| {
        say(&args, |args| say_plural(&context::language(), one, many, count, args))
    });
    environment.add_function("error_message", error_message);
    environment.add_function("chosen", |typed: &Value, value: &Value| {
        typed == value
            || (typed.kind() == ValueKind::Seq && typed.try_iter().is_ok_and(|mut all| all.any(|one| one == *value)))
    });
    environment.add_function("query_with", query_with);
    environment.add_function("query_without", query_without);
    environment.add_filter("date", |value: &Value| dated(value, |text| date(text, false, month)));
    environment.add_filter("short_date", |value: &Value| dated(value, |text| date(text, true, month)));
    environment.add_filter("when", |value: &Value| dated(value, |text| when(text, month)));
    environment.add_filter("number", number);
    environment.add_filter("pounds", pounds);
}

/// What a component takes as `errorMessage`: the mistake at the field of this id, or nothing.
fn error_message(state: &mut State, id: &str) -> Result<Value, Error> {
    let errors = state.lookup("errors").unwrap_or_default();
    let text = errors.get_attr(id)?;
    if !text.is_true() {
        return Ok(Value::UNDEFINED);
    }
    let hidden = translate(&context::language(), "Error", &[]);
    Ok(Value::from_pairs([("text", text), ("visuallyHiddenText", Value::from(hidden))]))
}

fn month(name: &str) -> String {
    translate(&context::language(), name, &[])
}

/// A translated text; safe HTML if one of its arguments is, and then the rest is escaped here.
fn say(args: &Kwargs, translated: impl FnOnce(&[(&str, String)]) -> String) -> Result<Value, Error> {
    let names: Vec<&str> = args.args().collect();
    let values = names.iter().map(|name| args.get::<Value>(name)).collect::<Result<Vec<_>, _>>()?;
    let html = values.iter().any(Value::is_safe);
    let pairs: Vec<(&str, String)> = names
        .iter()
        .copied()
        .zip(values.iter().map(|value| match value.as_i64() {
            Some(number) if value.kind() == ValueKind::Number => number.said(),
            _ if html && !value.is_safe() => escaped(&value.to_string()),
            _ if value.is_undefined() || value.is_none() => String::new(),
            _ => value.to_string(),
        }))
        .collect();
    let text = translated(&pairs);
    Ok(if html { Value::from_safe_string(text) } else { Value::from(text) })
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

fn dated(value: &Value, words: impl FnOnce(&str) -> String) -> Value {
    match value.as_str() {
        Some(text) => Value::from(words(text)),
        None => value.clone(),
    }
}

fn number(value: &Value) -> Value {
    match value.as_i64() {
        Some(number) => Value::from(grouped(i128::from(number))),
        None => value.clone(),
    }
}

fn pounds(value: &Value) -> Value {
    match value.as_i64() {
        Some(pence) => Value::from(Money(pence).to_string()),
        None => value.clone(),
    }
}

type Pairs = Vec<(String, String)>;

fn pairs(query: &str) -> Pairs {
    let all = form_urlencoded::parse(query.trim_start_matches('?').as_bytes()).into_owned();
    all.filter(|(name, value)| name != "after" && name != "before" && !value.is_empty()).collect()
}

fn link(pairs: &Pairs) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    format!("?{query}")
}

/// The query with names set to values, as `?…`, beginning at the first page again: `query_with(query, sort="name")`.
fn query_with(query: &str, args: Kwargs) -> Result<String, Error> {
    let mut pairs = pairs(query);
    for name in args.args() {
        let value = args.get::<Value>(name)?;
        pairs.retain(|(known, _)| known != name);
        if !(value.is_undefined() || value.is_none()) {
            pairs.push((name.to_owned(), value.to_string()));
        }
    }
    Ok(link(&pairs))
}

/// The query without a name, or without one value of it, as `?…`: `query_without(query, "status", "live")`.
fn query_without(query: &str, name: &str, value: Option<Value>) -> Result<String, Error> {
    if name.is_empty() {
        return Err(Error::new(ErrorKind::InvalidOperation, "query_without needs a name"));
    }
    let mut pairs = pairs(query);
    let value = value.filter(|value| !value.is_undefined() && !value.is_none()).map(|value| value.to_string());
    pairs.retain(|(known, has)| known != name || value.as_ref().is_some_and(|value| value != has));
    Ok(link(&pairs))
}
