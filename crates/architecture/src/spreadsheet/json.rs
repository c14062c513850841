//! JSON as a list of systems: our own export, the register that the Government Digital Service publishes, and any list of
//! objects that another program exports. It becomes sheets like a workbook's, so that everything after is the same.
//!
//! # The shape of our own export
//!
//! ```json
//! {
//!   "format": "commonhold-estate",
//!   "systems": [
//!     {"commonhold_id": "018f…", "name": "Bin rounds", "product": "RoundMaster", "supplier": "Oakware",
//!      "elements": ["Waste management"], "annual_cost": "12500.00", "used_by": ["Brackford District Council"],
//!      "depends_on": ["Payments"], "contract_reference": "C-114"}
//!   ],
//!   "contracts": [
//!     {"contract_reference": "C-114", "contract_title": "Waste systems", "contract_end": "2027-03-31",
//!      "contract_cost": "20000.00", "systems": ["Bin rounds"]}
//!   ]
//! }
//! ```
//!
//! Names of fields are those of [`super::Field::id`]. A value is a text, a number, a truth value, null, or a list of texts.
//! Amounts are **pounds**, as text with two places or as a number, as in our CSV; days are `2027-03-31`, months `2027-03`. A
//! field that is absent, null or empty says nothing. `contracts` may be absent: a system may carry its contract's fields itself.
//! A contract is joined to systems by its reference or title, and by the names in `systems`.
//!
//! The answer of a page as JSON (`/organisations/{id}/systems.json`) has another shape and whole pence; it is recognised and
//! read too, and so are its neighbours.
//!
//! Deliberately without comments, trailing commas and other things that JSON (RFC 8259) does not have.

mod records;
mod register;

use serde_json::Value;

use super::{Format, Limits, Unreadable, Workbook, text};

/// Keys under which programs put their list of records; in the order in which they are looked for.
const LISTS: &[&str] =
    &["systems", "applications", "records", "result", "results", "items", "data", "value", "rows", "assets"];

/// Whether a text begins as JSON does, broken or not, and not as a list in CSV.
pub(super) fn begins_like_json(text: &[u8]) -> bool {
    let text = text.trim_ascii_start();
    let Some((first, rest)) = text.split_first() else { return false };
    let next = rest.trim_ascii_start().first();
    match first {
        b'{' => next.is_none_or(|next| matches!(next, b'"' | b'}')),
        b'[' => next.is_none_or(|next| matches!(next, b'{' | b'[' | b']')),
        _ => false,
    }
}

/// Reads a file of JSON.
pub(super) fn read(name: &str, bytes: &[u8], limits: &Limits) -> Result<Workbook, Unreadable> {
    let (content, _) = text::decode(bytes)?;
    count(&content, limits)?;
    let value: Value = serde_json::from_str(&content).map_err(|error| broken(&content, &error))?;
    let (mut sheets, mut absent) = (Vec::new(), Vec::new());
    match &value {
        Value::Array(list) => sheets.push(records::sheet("records", list, limits)?),
        Value::Object(object) => {
            let register = register::read(object);
            let found = LISTS.iter().find_map(|key| match object.get(*key) {
                Some(Value::Array(list)) if list.iter().any(Value::is_object) => Some((*key, list)),
                _ => None,
            });
            let Some((key, list)) = found else { return Err(Unreadable::NoList) };
            let (list, named) = match &register {
                Some(register) => (&register.records, register.absent.as_slice()),
                None => (list, [].as_slice()),
            };
            sheets.push(records::sheet(key, list, limits)?);
            absent.extend_from_slice(named);
            for beside in ["contracts", "suppliers"] {
                if let Some(Value::Array(list)) = object.get(beside).filter(|_| key == "systems") {
                    sheets.push(records::sheet(beside, list, limits)?);
                }
            }
        }
        _ => return Err(Unreadable::NoList),
    }
    sheets.retain(|sheet| !sheet.rows.is_empty());
    match sheets.is_empty() {
        true => Err(Unreadable::NoList),
        false => Ok(Workbook { name: name.to_owned(), format: Format::Json, from_1904: false, sheets, absent }),
    }
}

/// Refuses more values than the limits allow before anything is built from them.
fn count(content: &str, limits: &Limits) -> Result<(), Unreadable> {
    let (mut values, mut quoted, mut escaped) = (0_usize, false, false);
    for byte in content.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b',' | b':' | b'[' | b'{' if !quoted => values += 1,
            _ => {}
        }
    }
    match values > limits.cells {
        true => Err(Unreadable::TooManyCells { limit: limits.cells }),
        false => Ok(()),
    }
}

/// Where JSON breaks, with the words of that line.
fn broken(content: &str, error: &serde_json::Error) -> Unreadable {
    let line = u32::try_from(error.line()).unwrap_or(u32::MAX);
    if error.is_eof() {
        return Unreadable::CutOff(web::say!("in line {line}", line = line.to_string()));
    }
    let told = error.to_string();
    let why = told.split(" at line ").next().unwrap_or_default();
    let why = match why {
        "trailing characters" => web::say!("something stands after the end"),
        "trailing comma" => web::say!("a comma stands before a closing bracket"),
        "key must be a string" => web::say!("a name is not in double quotation marks"),
        "expected `:`" => web::say!("a colon is missing"),
        "invalid escape" => web::say!("a backslash is followed by a sign that means nothing"),
        "recursion limit exceeded" => web::say!("lists stand within lists more than 100 times"),
        why if why.starts_with("expected `,`") => web::say!("a comma or a closing bracket is missing"),
        why if why.starts_with("control character") => web::say!("a text is not closed before its line ends"),
        why if why.contains("number") => web::say!("a number is not written as JSON writes numbers"),
        _ => web::say!("there is something that JSON does not have"),
    };
    // Long lines are shown around the place.
    let text = content.lines().nth(error.line().saturating_sub(1)).unwrap_or_default();
    let before = error.column().saturating_sub(40);
    let from = (0..=before.min(text.len())).rev().find(|place| text.is_char_boundary(*place)).unwrap_or(0);
    let excerpt = super::problems::quoted(text.get(from..).unwrap_or_default());
    // The place is counted in bytes; people count characters.
    let column = text.char_indices().take_while(|(place, _)| *place < error.column()).count();
    Unreadable::BrokenJson { line, column: u32::try_from(column.max(1)).unwrap_or(u32::MAX), why, excerpt }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop")]
    use super::*;

    fn table(content: &str) -> Vec<(String, Vec<Vec<String>>)> {
        let book = super::super::read("a.json", content.as_bytes(), &Limits::default()).unwrap();
        let row = |row: &super::super::SheetRow| {
            row.cells.iter().map(|cell| format!("{}{}", super::super::letters(cell.column), cell.text)).collect()
        };
        book.sheets.iter().map(|sheet| (sheet.name.clone(), sheet.rows.iter().map(row).collect())).collect()
    }

    fn refusal(content: &str) -> Unreadable {
        super::super::read("a.json", content.as_bytes(), &Limits::default()).unwrap_err()
    }

    #[test]
    fn our_own_shape() {
        let content = r#"{"format": "commonhold-estate", "systems": [
            {"name": "Bin rounds", "elements": ["Waste", "Forms"], "annual_cost": "12500.00", "users": 40, "notes": null},
            {"name": "Forms", "version": "", "used_by": []}],
            "contracts": [{"contract_reference": "C-1", "systems": ["Bin rounds"]}]}"#;
        let expected = vec![
            (
                "systems".to_owned(),
                vec![
                    vec!["Aname".to_owned(), "Belements".into(), "Cannual_cost".into(), "Dusers".into()],
                    vec!["ABin rounds".to_owned(), "BWaste\nForms".into(), "C12500.00".into(), "D40".into()],
                    vec!["AForms".to_owned()],
                ],
            ),
            (
                "contracts".to_owned(),
                vec![
                    vec!["Acontract_reference".to_owned(), "Bsystems".into()],
                    vec!["AC-1".to_owned(), "BBin rounds".into()],
                ],
            ),
        ];
        assert_eq!(table(content), expected);
    }

    #[test]
    fn objects_within_objects_are_columns_by_their_last_names() {
        let content = r#"[{"id": 1, "identity": {"vendor": "Oak", "owner": {"display_value": "Waste team", "link": "x"}},
            "contract": {"contractEnd": "2027-03", "id": "C-1"}, "tags": [{"name": "a"}, {"name": "b"}]}]"#;
        let [(_, rows)] = table(content).try_into().unwrap();
        let headings = ["Aid", "Bvendor", "Cowner", "Dcontract end", "Econtract id", "Ftags"];
        assert_eq!(rows[0], headings);
        assert_eq!(rows[1], ["A1", "BOak", "CWaste team", "D2027-03", "EC-1", "Fa\nb"]);
    }

    #[test]
    fn broken_json_says_where_and_what() {
        let content = "{\n  \"layers\": [\n    {\n      \"id\": \"l0\",\n      \"label\": \"l0\",\n      \"order\": 0\u{e5}\n    }";
        let refused = refusal(content);
        let Unreadable::BrokenJson { line, column, .. } = &refused else { unreachable!("{refused}") };
        assert_eq!((*line, *column), (6, 17));
        let words = refused.to_string();
        assert!(words.starts_with("Line 6, character 17 of the JSON cannot be read"), "{words}");
        assert!(words.contains("\"order\": 0\u{e5}") && words.contains("a comma or a closing bracket"), "{words}");
        assert_eq!(refusal("{\"systems\": [{\"name\": \"a\"}").code(), "cut_off");
        assert_eq!(refusal("{\"systems\": [{\"name\": \"a\",}]}").code(), "broken_json");
        assert_eq!(refusal("{\"systems\": []}"), Unreadable::NoList);
        assert_eq!(refusal("{\"nodes\": [{\"id\": \"a\"}]}"), Unreadable::NoList);
        assert_eq!(refusal(&format!("[{}", "[".repeat(100_000))).code(), "broken_json");
        assert_eq!(refusal(&format!("[{{\"a\": [{}1]}}]", "1,".repeat(2_000_000))).code(), "too_many_cells");
        let wide: Vec<String> = (0..600).map(|n| format!("\"k{n}\": 1")).collect();
        assert_eq!(refusal(&format!("[{{{}}}]", wide.join(","))).code(), "too_many_columns");
        let many = format!("[{}{{\"name\": \"a\"}}]", "{\"name\": \"a\"},".repeat(10_000));
        assert_eq!(refusal(&many).code(), "too_many_rows");
    }
}
