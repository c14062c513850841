//! What somebody typed into a form about a system or contract, read as the cells of a spreadsheet are: dates, amounts, months,
//! products and suppliers by name, owners that look like people kept private. What cannot be read is an error at its field;
//! nothing is kept as "not understood", since whoever typed it is there to correct it.

use std::collections::{BTreeMap, BTreeSet};

use vocabulary::{Date, fold};
use web::{FieldError, Form, say};

use super::choices::Choices;
use super::input::{Control, Stand, Stands, fillable, typed};
use crate::frame::LGAM;
use crate::import::meaning::{Meant, Names, Places, Said};
use crate::spreadsheet::{
    DateOrMonth, Field, FieldValue, Read, Row, Value, looks_like_a_person, mentions_a_person, quoted, read_date,
    read_text,
};
use crate::statement::{Attribute, Confidence, Stated};

/// What was typed into the fields of one system or contract, as far as it says something new.
#[derive(Debug, Default)]
pub(crate) struct Typed {
    /// What is said of each attribute; nothing meant: that it is not known any longer.
    pub said: BTreeMap<Attribute, Said>,
    /// What could not be read, field by field.
    pub errors: Vec<FieldError>,
}

/// What the fields are read against.
pub(crate) struct Against<'a> {
    /// Names of products and suppliers.
    pub names: &'a Names,
    /// What can be ticked.
    pub choices: &'a Choices,
    /// The words of what stands.
    pub stands: Stands<'a>,
}

impl Against<'_> {
    /// Reads the fields of these attributes. A field that was not sent, or still says what the form showed, says nothing.
    pub(crate) fn read(&self, attributes: &[Attribute], form: &Form, stand: &Stand) -> Typed {
        let mut read = Typed::default();
        let mut values: BTreeMap<Field, FieldValue> = BTreeMap::new();
        let mut touched: BTreeSet<Attribute> = BTreeSet::new();
        for (attribute, control) in fillable(attributes) {
            let sent = typed(form, attribute.word());
            let shown = self.stands.texts(attribute, stand.base.get(&attribute));
            let same = match control.is_ticked() {
                true => sent.iter().collect::<BTreeSet<_>>() == shown.iter().collect(),
                false => sent == shown,
            };
            if !form.has(attribute.word()) || same {
                continue;
            }
            touched.insert(attribute);
            let outcome = match (sent.as_slice(), control) {
                ([], _) => Ok(None),
                (ticked, Control::Elements) => self.elements(ticked, stand).map(Some),
                (ticked, Control::Organisations) => self.organisations(ticked).map(Some),
                ([only], _) => value(attribute, control, only, &mut values).map(|()| None),
                _ => Err(say!("{field} takes one value", field = label(attribute))),
            };
            match outcome {
                Ok(Some(said)) => drop(read.said.insert(attribute, said)),
                Ok(None) if attribute.word().parse::<Field>().is_ok_and(|field| values.contains_key(&field)) => {}
                Ok(None) => drop(read.said.insert(attribute, nothing())),
                Err(message) => read.errors.push(FieldError::new(attribute.word(), message)),
            }
        }
        self.mean(values, &touched, stand, &mut read);
        read.said.retain(|attribute, said| !said.stands(stand.now.get(attribute), self.stands.texts));
        read
    }

    /// What values mean for this organisation, as rows of files do.
    fn mean(
        &self,
        mut values: BTreeMap<Field, FieldValue>,
        touched: &BTreeSet<Attribute>,
        stand: &Stand,
        read: &mut Typed,
    ) {
        if values.is_empty() {
            return;
        }
        let supplier = self.stands.texts(Attribute::Supplier, stand.now.get(&Attribute::Supplier));
        // A product's name may be short for one of its supplier's.
        if let (true, [supplier]) = (touched.contains(&Attribute::Product), supplier.as_slice())
            && let Some((supplier, None)) = read_text(Field::Supplier, supplier)
        {
            values.entry(Field::Supplier).or_insert(supplier);
        }
        let row = Row {
            sheet: String::new(),
            number: 0,
            values,
            from: BTreeMap::new(),
            also: BTreeMap::new(),
            contract: None,
        };
        let (meaning, _) = self.names.read(&row, &Places::default());
        let versioned = touched.contains(&Attribute::Product);
        for (attribute, said) in meaning.system.into_iter().chain(meaning.contract) {
            // A product's name may carry its version.
            let wanted = touched.contains(&attribute) || (versioned && attribute == Attribute::Version);
            match (&said.meant, &said.original) {
                _ if !wanted || read.said.contains_key(&attribute) => {}
                (None, Some(text)) => {
                    let message = say!("{field}: {text} is not a name", field = label(attribute), text = quoted(text));
                    read.errors.push(FieldError::new(attribute.word(), message));
                }
                _ => drop(read.said.insert(attribute, said)),
            }
        }
    }

    fn elements(&self, ticked: &[String], stand: &Stand) -> Result<Said, String> {
        let mut placed: BTreeSet<(String, String)> = BTreeSet::new();
        for text in ticked {
            let id = self.choices.element(text).ok_or_else(|| {
                say!("{text} is not an element of the LGAM. Use its name or identifier", text = quoted(text))
            })?;
            placed.insert((LGAM.to_owned(), id));
        }
        // Places in other frames have no boxes here, and stay.
        if let Some(Stated::Elements(elements)) =
            stand.now.get(&Attribute::Elements).and_then(|s| s.statement.value.as_ref())
        {
            placed.extend(elements.iter().filter(|(frame, _)| frame != LGAM).cloned());
        }
        Ok(plainly(Stated::Elements(placed.into_iter().collect())))
    }

    fn organisations(&self, ticked: &[String]) -> Result<Said, String> {
        let mut ids: BTreeSet<String> = BTreeSet::new();
        for text in ticked {
            let known = self
                .choices
                .organisations
                .iter()
                .find(|choice| choice.value == *text || fold(&choice.text) == fold(text));
            let known = known.ok_or_else(|| {
                say!("{text} is not another organisation here. Use its name or identifier", text = quoted(text))
            })?;
            ids.insert(known.value.clone());
        }
        Ok(plainly(Stated::Organisations(ids.into_iter().collect())))
    }
}

/// The name of a field in a message.
fn label(attribute: Attribute) -> String {
    crate::system::facts::label(attribute)
}

/// That nothing is known any longer.
pub(crate) fn nothing() -> Said {
    Said { meant: None, original: None, confidence: Confidence::Reported }
}

/// A value that needs no reading.
pub(crate) fn plainly(stated: Stated) -> Said {
    Said { meant: Some(Meant::Stated(stated)), original: None, confidence: Confidence::Reported }
}

/// Reads one text as the value of its field. That there is nothing ("n/a", "TBC") is the same as an empty field.
fn value(
    attribute: Attribute,
    control: Control,
    text: &str,
    values: &mut BTreeMap<Field, FieldValue>,
) -> Result<(), String> {
    let Ok(field) = attribute.word().parse::<Field>() else { return Ok(()) };
    let (label, most) = (label(attribute), control.longest());
    if text.chars().count() > most {
        return Err(say!("{field} must have {most} characters or fewer", field = label, most = most));
    }
    match read_text(field, text) {
        None | Some((FieldValue { value: Value::Nothing(_), .. }, _)) => Ok(()),
        Some((_, Some(not))) => Err(say!(
            "{field}: {text} {why}. {how}",
            field = label,
            text = quoted(text),
            why = not.why,
            how = not.next_step.trim_end_matches('.')
        )),
        Some((value, None)) => {
            values.insert(field, value);
            Ok(())
        }
    }
}

/// Checks what values of a contract say together: those typed, and of the rest those that stand.
pub(crate) fn check_contract(read: &mut Typed, stand: &Stand) {
    let text = |attribute: Attribute| match read.said.get(&attribute) {
        Some(Said { meant: Some(Meant::Stated(Stated::Text(text))), .. }) => Some(text.clone()),
        Some(_) => None,
        None => match stand.now.get(&attribute)?.statement.value.as_ref()? {
            Stated::Text(text) => Some(text.clone()),
            _ => None,
        },
    };
    let first = |text: &str| match text.len() {
        7 => format!("{text}-01").parse::<Date>().ok(),
        _ => text.parse().ok(),
    };
    let wrong =
        [Attribute::Start, Attribute::End].iter().any(|one| read.errors.iter().any(|error| error.field == one.word()));
    if wrong {
        return;
    }
    let (Some(start), Some(end)) = (text(Attribute::Start), text(Attribute::End)) else { return };
    let touched = [Attribute::Start, Attribute::End].iter().find(|attribute| read.said.contains_key(attribute));
    if let (Some(starts), Some(ends), Some(_)) = (first(&start), crate::contract::last_day(&end), touched)
        && ends < starts
    {
        let field = if read.said.contains_key(&Attribute::End) { Attribute::End } else { Attribute::Start };
        read.errors.push(FieldError::new(field.word(), say!("Contract end must be after contract start")));
    }
}

/// Where what is said by hand comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct How {
    pub source: String,
    pub confidence: Confidence,
    pub as_of: Date,
}

/// The names of the fields that [`How::read`] reads.
pub(crate) const HOW: [&str; 3] = ["source", "confidence", "known_on"];
/// The longest source, in characters.
const LONGEST_SOURCE: usize = 200;

impl How {
    /// Reads "How do you know?". What is left out: by hand, reported, today. Mistakes are added to `errors`.
    pub(crate) fn read(form: &Form, today: Date, errors: &mut Vec<FieldError>) -> How {
        let source = form.one("source").unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
        if source.chars().count() > LONGEST_SOURCE {
            errors.push(FieldError::new(
                "source",
                say!("The source must have {most} characters or fewer", most = LONGEST_SOURCE),
            ));
        } else if let Some(why) = looks_like_a_person(&source).or_else(|| mentions_a_person(&source)) {
            // A source stands in the history, where nothing is erased.
            errors.push(FieldError::new(
                "source",
                say!(
                    "The source {text} {why}. Write a document or a role, such as \"the contract\" or \"service manager\"",
                    text = quoted(&source),
                    why = why.words()
                ),
            ));
        }
        let confidence = match form.one("confidence").map(Confidence::from_word) {
            None => Confidence::Reported,
            Some(Some(confidence)) => confidence,
            Some(None) => {
                errors.push(FieldError::new(
                    "confidence",
                    say!("Choose how sure it is: verified, reported or estimated"),
                ));
                Confidence::Reported
            }
        };
        let source = if source.is_empty() { say!("entered by hand") } else { source };
        How { source, confidence, as_of: day(form, "known_on", today, errors) }
    }
}

/// A day of the past, or today where the field is empty.
pub(crate) fn day(form: &Form, name: &'static str, today: Date, errors: &mut Vec<FieldError>) -> Date {
    let Some(text) = form.one(name) else { return today };
    let read = if text.len() > 100 { Read::Empty } else { read_date(text, crate::spreadsheet::CellKind::Text, false) };
    match read.value() {
        Some(DateOrMonth::Date(day)) if day <= today => return day,
        Some(DateOrMonth::Date(_)) => {
            errors.push(FieldError::new(name, say!("The day must be today or earlier")));
        }
        _ => errors.push(FieldError::new(name, say!("Write the day like 3 March 2026"))),
    }
    today
}
