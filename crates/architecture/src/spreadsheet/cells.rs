//! One cell as the value of one field.

use super::{
    Cell, CellKind, Field, FieldKind, FieldValue, Nothing, Value, clean,
    personal::{Why, looks_like_a_person, mentions_a_person},
    values::{
        NotUnderstood, Read, heading_unit, is_in_house, read_date, read_list, read_money_under, read_months,
        read_nothing, read_number, read_status,
    },
};

/// A cell's value, and why it was not understood if so.
pub(super) struct CellReading {
    pub value: FieldValue,
    pub not_understood: Option<NotUnderstood>,
}

/// Reads a cell; none when it says nothing at all, or nothing that could be a name.
pub(super) fn read(field: Field, cell: &Cell, heading: &str, from_1904: bool) -> Option<CellReading> {
    let sent = unguarded(&cell.text);
    let visible = clean::visible(sent);
    let text: &str = &visible;
    let read = match field.kind() {
        FieldKind::Date => read_date(text, cell.kind, from_1904).map(Value::Date),
        FieldKind::Money => read_money_under(heading, &number_as_sent(cell, text)).map(Value::Money),
        FieldKind::Number => read_number(text).map(Value::Number),
        FieldKind::Months => read_months(text, heading_unit(heading)).map(Value::Months),
        FieldKind::Status => status(text),
        FieldKind::List => list(text),
        FieldKind::LongText => words(text, clean::lines),
        FieldKind::Text | FieldKind::Owner => match field {
            Field::Name => name(text),
            Field::Supplier if is_in_house(text) => Read::Ok(Value::InHouse),
            _ => words(text, clean::line),
        },
    };
    let (value, understood, estimated, not_understood) = match read {
        Read::Ok(value) => (value, true, false, None),
        Read::Estimated(value) => (value, true, true, None),
        Read::Nothing(nothing) => (Value::Nothing(nothing), true, false, None),
        Read::NotUnderstood(not) => (Value::Text(clean::lines(text)), false, false, Some(not)),
        Read::Empty => return None,
    };
    let value = FieldValue { value, original: sent.to_owned(), personal: false, understood, estimated };
    Some(CellReading { value, not_understood })
}

/// What somebody typed as the value of a field, read as a cell of a file would be; none when it says nothing at all.
pub fn read_text(field: Field, text: &str) -> Option<(FieldValue, Option<NotUnderstood>)> {
    let cell = Cell { column: 0, text: text.to_owned(), kind: CellKind::Text, formula: false, repeated: false };
    let CellReading { mut value, not_understood } = read(field, &cell, "", false)?;
    value.personal = names_a_person(field, &value).is_some();
    Some((value, not_understood))
}

/// The text without the apostrophe that our exports, like spreadsheet programs, put before what could be taken for a formula.
fn unguarded(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if matches!(web::safe_csv_cell(rest), std::borrow::Cow::Owned(_)) => rest,
        _ => text,
    }
}

impl<T> Read<T> {
    fn map<U>(self, wrap: impl FnOnce(T) -> U) -> Read<U> {
        match self {
            Read::Ok(value) => Read::Ok(wrap(value)),
            Read::Estimated(value) => Read::Estimated(wrap(value)),
            Read::Nothing(nothing) => Read::Nothing(nothing),
            Read::NotUnderstood(not) => Read::NotUnderstood(not),
            Read::Empty => Read::Empty,
        }
    }
}

/// A number cell's text without the exponent that very large or small numbers have.
fn number_as_sent(cell: &Cell, text: &str) -> String {
    match cell.kind {
        CellKind::Number(number) if number.abs() < 1e15 => format!("{number:.2}"),
        _ => text.to_owned(),
    }
}

fn words(text: &str, tidy: fn(&str) -> String) -> Read<Value> {
    let text = tidy(text);
    match read_nothing(&text) {
        _ if text.is_empty() => Read::Empty,
        Some(nothing) => Read::Nothing(nothing),
        None => Read::Ok(Value::Text(text)),
    }
}

/// A name: "Check" and "Update" may be names, "n/a", "TBC" and a dash are none.
fn name(text: &str) -> Read<Value> {
    let text = clean::line(text);
    let folded = vocabulary::fold(&text);
    let nothing = matches!(
        folded.as_str(),
        "" | "n a" | "na" | "none" | "tbc" | "tba" | "tbd" | "unknown" | "not known" | "not applicable"
    );
    let signs =
        folded.is_empty() && text.chars().any(|c| !c.is_ascii_punctuation() && !matches!(c, '\u{2010}'..='\u{2026}'));
    match nothing && !signs {
        true => Read::Empty,
        false => Read::Ok(Value::Text(text)),
    }
}

fn status(text: &str) -> Read<Value> {
    read_status(text).map(Value::Status)
}

fn list(text: &str) -> Read<Value> {
    let parts = read_list(text);
    match (parts.is_empty(), read_nothing(text)) {
        (false, _) => Read::Ok(Value::List(parts)),
        (true, Some(nothing)) => Read::Nothing(nothing),
        (true, None) if text.trim().is_empty() => Read::Empty,
        (true, None) => Read::Nothing(Nothing::NotKnown),
    }
}

/// Whether a value names a person: owners by every sign, other words by the sure ones only. Names of systems, products
/// and suppliers may be people's and are not judged.
pub(super) fn names_a_person(field: Field, value: &FieldValue) -> Option<Why> {
    let Value::Text(text) = &value.value else { return None };
    match (field.kind(), field) {
        (FieldKind::Owner, _) => looks_like_a_person(text),
        (
            _,
            Field::Name
            | Field::Product
            | Field::Supplier
            | Field::ContractSupplier
            | Field::Version
            | Field::CommonholdId,
        ) => None,
        _ => mentions_a_person(text),
    }
}

/// A name or a version that a spreadsheet program has turned into a date.
pub(super) fn became_a_date(field: Field, cell: &Cell) -> bool {
    let words = matches!(field, Field::Name | Field::Product | Field::Version | Field::ContractReference);
    words && matches!(cell.kind, CellKind::Date(_) | CellKind::Month { .. })
}
