//! Wide lists: a column for each council, service area or module, with ticks. What is ticked is the heading.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use vocabulary::fold;

use super::{Column, Field, FieldKind, fields::named, values::Read, values::read_yes_no};

/// How many columns of ticks make a wide list.
const FEWEST: usize = 2;

/// Every name of every element that the program carries, folded.
pub(super) static ELEMENTS: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let frame = crate::frame::Frame::read(crate::frame::LGAM_FILE).ok();
    let elements = frame.map(|frame| frame.elements).unwrap_or_default();
    let names = elements.iter().flat_map(|element| element.aliases.iter().chain([&element.id, &element.name]));
    names.map(|name| fold(name)).collect()
});

/// Whether a cell is a tick; none where it is neither a tick nor the lack of one.
pub(super) fn tick(text: &str) -> Option<bool> {
    let trimmed = text.trim();
    if trimmed.is_empty() || trimmed.len() > 12 {
        return trimmed.is_empty().then_some(false);
    }
    match (trimmed, read_yes_no(trimmed)) {
        ("\u{2022}" | "\u{25cf}" | "*" | "X" | "x" | "\u{d7}" | "P" | "\u{fc}", _) => Some(true),
        (_, Read::Ok(flag) | Read::Estimated(flag)) => Some(flag),
        (_, Read::Nothing(_)) => Some(false),
        _ => None,
    }
}

/// Whether a field's values can be ticked.
fn can_be_ticked(field: Field) -> bool {
    field.kind() == FieldKind::List
}

/// Whether what is ticked in a column that means `field` is the column's heading. Where a few cells are no ticks, only if the
/// heading is one of the things that are listed, and no name of the list: "Shared with" may hold "Y" and names.
pub fn says_its_heading(column: &Column, field: Field) -> bool {
    let of_list = || named(&fold(&column.heading)).any(|(named, _)| named == field);
    column.ticks && can_be_ticked(field) && (column.strays == 0 || !of_list())
}

/// What the columns of ticks list, by the places of the columns: from the group of headings that stands above them, from what
/// is known by their headings' names, and for unknown ones among known ones from their neighbours.
pub(super) fn meanings(columns: &[Column], bodies: &BTreeSet<String>) -> BTreeMap<usize, Field> {
    let mut found: BTreeMap<usize, Field> = BTreeMap::new();
    let ticked: Vec<usize> = columns
        .iter()
        .enumerate()
        .filter(|(_, column)| column.ticks && !column.heading.is_empty())
        .map(|(place, _)| place)
        .collect();
    for place in &ticked {
        let Some(column) = columns.get(*place) else { continue };
        let group = column.group.as_deref().map(fold).unwrap_or_default();
        let by_group = named(&group).map(|(field, _)| field).find(|field| can_be_ticked(*field));
        let by_group = by_group
            .or_else(|| matches!(group.as_str(), "councils" | "organisations" | "users").then_some(Field::UsedBy));
        let heading = fold(&column.heading);
        let by_name = match () {
            () if bodies.contains(&heading) => Some(Field::UsedBy),
            () if is_council(&heading) => Some(Field::UsedBy),
            () if named(&heading).any(|(_, strength)| strength >= 3) => None,
            () if ELEMENTS.contains(&heading) => Some(Field::Elements),
            () => None,
        };
        if let Some(field) = by_group.or(by_name) {
            found.insert(*place, field);
        }
    }
    if found.len() < FEWEST {
        return BTreeMap::new();
    }
    // A neighbour without a meaning of its own, between or beside two of the same.
    let known = found.clone();
    for place in ticked.iter().filter(|place| !known.contains_key(place)) {
        let near = |step: isize| place.checked_add_signed(step).and_then(|near| known.get(&near));
        let unnamed = columns.get(*place).is_some_and(|column| named(&fold(&column.heading)).next().is_none());
        let field = near(-1).or_else(|| near(1)).filter(|_| unnamed);
        if let Some(field) = field {
            found.insert(*place, *field);
        }
    }
    found
}

fn is_council(heading: &str) -> bool {
    [" council", " borough", " district", " city council", " county council"]
        .iter()
        .any(|ending| heading.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_and_their_lack() {
        for text in ["x", "X", "\u{2713}", "Y", "yes", "1", "TRUE", "\u{2022}"] {
            assert_eq!(tick(text), Some(true), "{text}");
        }
        for text in ["", "N", "no", "0", "-", "n/a"] {
            assert_eq!(tick(text), Some(false), "{text}");
        }
        for text in ["Housing", "12", "maybe one day, later"] {
            assert_eq!(tick(text), None, "{text}");
        }
    }
}
