//! Where the fields of a file stand, for the problems of its rows.

use std::collections::BTreeMap;

use crate::spreadsheet::{Field, Layout, Mapping, Problem, Row, Severity, keys};

/// Where each field stands in a file, so that a problem can name its column: letters and heading.
#[derive(Clone, Debug, Default)]
pub struct Places {
    main: BTreeMap<Field, (String, String)>,
    /// The columns of other sheets, by sheet.
    beside: BTreeMap<(String, Field), (String, String)>,
}

impl Places {
    /// The columns of a file under a mapping.
    pub fn of(layout: &Layout, mapping: &Mapping) -> Places {
        let mut places = BTreeMap::new();
        let mut others = BTreeMap::new();
        for beside in mapping.beside(layout) {
            for (column, field) in beside.layout.columns.iter().zip(&beside.fields) {
                if let Some(field) = field {
                    let place = (column.letter.clone(), column.heading.clone());
                    others.entry((beside.layout.sheet.clone(), *field)).or_insert(place);
                }
            }
        }
        for (column, key) in layout.columns.iter().zip(keys(&layout.columns)) {
            let mapped = mapping.columns.iter().find(|mapped| mapped.key == key).and_then(|mapped| mapped.field);
            if let Some(field) = mapped {
                places.entry(field).or_insert_with(|| (column.letter.clone(), column.heading.clone()));
            }
        }
        Places { main: places, beside: others }
    }

    /// Whether the file has a column of this field.
    pub(in crate::import) fn has(&self, field: Field) -> bool {
        self.main.contains_key(&field)
    }

    /// A problem of one field of one row.
    pub(in crate::import) fn problem(
        &self,
        row: &Row,
        field: Field,
        code: &'static str,
        severity: Severity,
        text: &str,
        words: (String, &str),
    ) -> Problem {
        let from = row.from.get(&field);
        let place = match from {
            Some((sheet, _)) => self.beside.get(&(sheet.clone(), field)),
            None => self.main.get(&field),
        };
        Problem {
            code,
            severity,
            sheet: from.map_or(&row.sheet, |(sheet, _)| sheet).clone(),
            row: Some(from.map_or(row.number, |(_, number)| *number)),
            column: place.map(|(letter, _)| letter.clone()),
            heading: place.map(|(_, heading)| heading.clone()),
            text: Some(text.to_owned()),
            message: words.0,
            next_step: words.1.to_owned(),
        }
    }
}
