//! JavaScript's idea of a value: what counts as true, what equals what, and how it reads as text.
//!
//! Only what templates can observe is here. Numbers print as Rust prints them, which differs from JavaScript beyond
//! 21 digits.

use minijinja::value::{Enumerator, Object, ObjectRepr, Value, ValueKind};
use minijinja::{Error, State};
use std::borrow::Cow;
use std::sync::Arc;

/// A dictionary or list that is true although it may be empty, and so is everything reached through it.
///
/// It holds the original value and asks it for everything else, so nothing is copied and objects an application
/// wrote itself keep working.
#[derive(Debug)]
struct JsObject(Value);

impl Object for JsObject {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        self.0.as_object().map_or(ObjectRepr::Plain, |inner| inner.repr())
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.0.as_object()?.get_value(key).map(object)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        self.0.as_object()?.get_value_by_str(key).map(object)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        match (self.0.try_iter(), self.0.len(), self.repr()) {
            (Ok(_), Some(length), ObjectRepr::Seq) => Enumerator::Seq(length),
            (Ok(keys), _, ObjectRepr::Map) => Enumerator::Values(keys.collect()),
            (Ok(items), _, _) => Enumerator::Iter(Box::new(items.map(object))),
            (Err(_), _, _) => Enumerator::NonEnumerable,
        }
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        self.0.len()
    }

    fn is_true(self: &Arc<Self>) -> bool {
        true
    }

    fn call(self: &Arc<Self>, state: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
        self.0.call(state, arguments)
    }

    fn call_method(
        self: &Arc<Self>,
        state: &mut State<'_, '_>,
        method: &str,
        arguments: &[Value],
    ) -> Result<Value, Error> {
        self.0.call_method(state, method, arguments)
    }
}

/// Gives dictionaries and lists JavaScript's truth, all the way down. Other values stay as they are.
pub(crate) fn object(value: Value) -> Value {
    let container = matches!(value.kind(), ValueKind::Map | ValueKind::Seq | ValueKind::Iterable);
    if container && value.downcast_object_ref::<JsObject>().is_none() {
        Value::from_object(JsObject(value))
    } else {
        value
    }
}

/// The value as it was before [`object`] saw it; two different wrappers may hold the same object.
fn original(value: &Value) -> &Value {
    value.downcast_object_ref::<JsObject>().map_or(value, |wrapper| &wrapper.0)
}

/// Whether the value is `null` or `undefined`.
pub(crate) fn is_missing(value: &Value) -> bool {
    value.is_none() || value.is_undefined()
}

/// JavaScript's `===`: no value equals one of another type, and an object equals only itself.
pub(crate) fn same(left: &Value, right: &Value) -> bool {
    let (left, right) = (original(left), original(right));
    match (left.kind(), right.kind()) {
        (ValueKind::Number, ValueKind::Number) => left == right,
        (left_kind, right_kind) => left_kind == right_kind && minijinja::tests::is_sameas(left, right),
    }
}

/// JavaScript's `==`: missing values equal each other, and numbers, booleans and text are compared as numbers.
pub(crate) fn equal(left: &Value, right: &Value) -> bool {
    if is_missing(left) || is_missing(right) {
        return is_missing(left) && is_missing(right);
    }
    if left.kind() == right.kind() {
        return same(left, right);
    }
    if left.as_object().is_some() || right.as_object().is_some() {
        return text(left) == text(right);
    }
    matches!((number(left), number(right)), (Some(left), Some(right)) if left == right)
}

/// JavaScript's `+`: two numbers are added, anything else is joined as text.
pub(crate) fn add(left: &Value, right: &Value) -> Value {
    let both_numbers = left.kind() == ValueKind::Number && right.kind() == ValueKind::Number;
    match (left.as_i64(), right.as_i64(), number(left), number(right)) {
        (Some(left), Some(right), _, _) if both_numbers && left.checked_add(right).is_some() => {
            Value::from(left.wrapping_add(right))
        }
        (_, _, Some(left), Some(right)) if both_numbers => Value::from(left + right),
        _ => Value::from(format!("{}{}", spoken(left), spoken(right))),
    }
}

/// The value as text, with nothing for missing values, as Nunjucks prints it.
pub(crate) fn text(value: &Value) -> Cow<'_, str> {
    if let Some(text) = value.as_str() {
        return Cow::Borrowed(text);
    }
    match value.kind() {
        ValueKind::Undefined | ValueKind::None => Cow::Borrowed(""),
        ValueKind::Bool => Cow::Borrowed(if value.is_true() { "true" } else { "false" }),
        ValueKind::Number if !value.is_integer() => {
            number(value).map_or_else(|| Cow::Owned(value.to_string()), |number| Cow::Owned(number.to_string()))
        }
        ValueKind::Seq | ValueKind::Iterable => {
            let items = value.try_iter().into_iter().flatten();
            Cow::Owned(items.map(|item| text(&item).into_owned()).collect::<Vec<_>>().join(","))
        }
        ValueKind::Map => Cow::Borrowed("[object Object]"),
        _ => Cow::Owned(value.to_string()),
    }
}

/// The value as text where JavaScript names missing values, as in an addition.
pub(crate) fn spoken(value: &Value) -> Cow<'_, str> {
    match value.kind() {
        ValueKind::Undefined => Cow::Borrowed("undefined"),
        ValueKind::None => Cow::Borrowed("null"),
        _ => text(value),
    }
}

/// JavaScript's conversion to a number, `None` where that is not a number.
fn number(value: &Value) -> Option<f64> {
    match value.kind() {
        ValueKind::Bool => Some(f64::from(u8::from(value.is_true()))),
        ValueKind::Number => f64::try_from(value.clone()).ok(),
        ValueKind::String => match text(value).trim() {
            "" => Some(0.0),
            digits => digits.parse().ok(),
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use minijinja::value::Serde;
    use serde_json::json;

    fn plain(json: &serde_json::Value) -> Value {
        Value::from(Serde(json))
    }

    #[test]
    fn empty_objects_are_true_at_every_depth() {
        let value = object(plain(&json!({"list": [], "map": {"deep": {}}, "text": ""})));
        let member =
            |path: &[&str]| path.iter().fold(value.clone(), |value, key| value.get_attr(key).unwrap_or_default());
        assert!(object(plain(&json!({}))).is_true());
        assert!(member(&["list"]).is_true());
        assert!(member(&["map", "deep"]).is_true());
        assert!(!member(&["text"]).is_true());
        assert!(!member(&["absent"]).is_true());
    }

    #[test]
    fn a_wrapped_list_keeps_its_items_and_length() {
        let value = object(plain(&json!([{}, 2])));
        assert_eq!(value.len(), Some(2));
        let truths: Vec<bool> = value.try_iter().into_iter().flatten().map(|item| item.is_true()).collect();
        assert_eq!(truths, [true, true]);
    }

    #[test]
    fn strict_equality_never_crosses_types() {
        assert!(!same(&Value::from(1), &Value::from(true)));
        assert!(!same(&Value::from(1), &Value::from("1")));
        assert!(!same(&Value::from(()), &Value::UNDEFINED));
        assert!(same(&Value::from(1), &Value::from(1.0)));
        assert!(same(&Value::from("a"), &Value::from_safe_string("a".to_owned())));
    }

    #[test]
    fn an_object_is_the_same_as_itself_only() {
        let list = object(plain(&json!([{"a": 1}, {"a": 1}])));
        let item = |index| list.get_item_by_index(index).unwrap_or_default();
        assert!(same(&item(0), &item(0)));
        assert!(!same(&item(0), &item(1)));
    }

    #[test]
    fn loose_equality_converts() {
        assert!(equal(&Value::from(()), &Value::UNDEFINED));
        assert!(equal(&Value::from("2"), &Value::from(2)));
        assert!(equal(&Value::from(true), &Value::from(1)));
        assert!(!equal(&Value::from(()), &Value::from(false)));
        assert!(!equal(&Value::from("b"), &Value::from(2)));
    }

    #[test]
    fn addition_adds_numbers_and_joins_the_rest() {
        let sum = |left: Value, right: Value| text(&add(&left, &right)).into_owned();
        assert_eq!(sum(Value::from(32), Value::from(130)), "162");
        assert_eq!(sum(Value::from(1.5), Value::from(1)), "2.5");
        assert_eq!(sum(Value::from("a-"), Value::from(1)), "a-1");
        assert_eq!(sum(Value::UNDEFINED, Value::from("-hint")), "undefined-hint");
        assert_eq!(sum(Value::from(true), Value::from("")), "true");
        assert!(!add(&Value::from_safe_string("<b>".to_owned()), &Value::from("<")).is_safe());
    }

    #[test]
    fn values_read_as_javascript_writes_them() {
        assert_eq!(text(&Value::from(2.0)), "2");
        assert_eq!(text(&Value::from(false)), "false");
        assert_eq!(text(&Value::from(())), "");
        assert_eq!(text(&plain(&json!([1, null, "a"]))), "1,,a");
        assert_eq!(text(&plain(&json!({"a": 1}))), "[object Object]");
    }
}
