//! JSON in one canonical form: RFC 8785 (JCS) for the values that events may hold.
//!
//! Numbers are whole and within ±(2^53 − 1), where JCS and plain decimal notation agree. Floating-point numbers are
//! refused: they are the one part of JCS that implementations get wrong, and no event needs them.

use serde_json::Value;

use crate::Error;

/// Largest whole number that JSON readers of every language keep exactly.
const LARGEST: u64 = (1 << 53) - 1;

/// The canonical bytes of a value.
pub(crate) fn bytes(value: &Value) -> Result<Vec<u8>, Error> {
    let mut out = String::new();
    write(value, &mut out)?;
    Ok(out.into_bytes())
}

fn write(value: &Value, out: &mut String) -> Result<(), Error> {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => {
            let whole = number.as_i64().map(i64::unsigned_abs).or(number.as_u64());
            match whole {
                Some(size) if size <= LARGEST => out.push_str(&number.to_string()),
                Some(_) => return Err(Error::UnsuitableDetails("whole numbers above 2^53 - 1")),
                None => return Err(Error::UnsuitableDetails("floating-point numbers")),
            }
        }
        Value::String(text) => write_text(text, out),
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write(item, out)?;
            }
            out.push(']');
        }
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            // RFC 8785, 3.2.3: by UTF-16 code units, which differs from UTF-8 order beyond the first plane.
            members.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
            out.push('{');
            for (i, (name, member)) in members.into_iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_text(name, out);
                out.push(':');
                write(member, out)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

/// RFC 8785, 3.2.2.2: only what JSON demands is escaped, in its short form where there is one.
fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            control if control < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(control))),
            other => out.push(other),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop")]

    use serde_json::json;

    use super::*;

    fn text(value: &Value) -> String {
        String::from_utf8(bytes(value).unwrap()).unwrap()
    }

    #[test]
    fn the_strings_and_order_of_the_specification() {
        // RFC 8785, section 3.2.2 (without its floating-point numbers) and the sorting example of 3.2.3.
        let value = json!({"string": "\u{20ac}$\u{f}\nA'B\"\\\\\"/", "literals": [null, true, false]});
        assert_eq!(
            text(&value),
            "{\"literals\":[null,true,false],\"string\":\"\u{20ac}$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}"
        );
        let value = json!({"\u{20ac}": 1, "\r": 2, "\u{fb33}": 3, "1": 4, "\u{1f600}": 5, "\u{80}": 6, "\u{f6}": 7});
        assert_eq!(
            text(&value),
            "{\"\\r\":2,\"1\":4,\"\u{80}\":6,\"\u{f6}\":7,\"\u{20ac}\":1,\"\u{1f600}\":5,\"\u{fb33}\":3}"
        );
    }

    #[test]
    fn numbers_are_whole_and_exact_everywhere() {
        assert_eq!(text(&json!([0, -7, 9_007_199_254_740_991_i64])), "[0,-7,9007199254740991]");
        assert!(bytes(&json!(1.5)).is_err());
        assert!(bytes(&json!({"a": [1.0]})).is_err());
        assert!(bytes(&json!(9_007_199_254_740_992_u64)).is_err());
        assert!(bytes(&json!(u64::MAX)).is_err());
    }

    #[test]
    fn what_was_written_reads_back_and_writes_alike() {
        let value = json!({"b": [{"z": "\u{7f}\u{2028}"}, []], "a": {"": null}});
        let once = bytes(&value).unwrap();
        let again: Value = serde_json::from_slice(&once).unwrap();
        assert_eq!(bytes(&again).unwrap(), once);
    }
}
