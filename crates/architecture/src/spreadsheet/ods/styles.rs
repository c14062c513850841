//! What OpenDocument's styles say: which cells show a date as a month, which are coloured, which tables are hidden.

use std::collections::{HashMap, HashSet};

use quick_xml::events::{BytesStart, Event};

use super::super::{Unreadable, number_formats::Shown, package::Part, xml::Xml};

/// How cells of one style look.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    pub shown: Shown,
    /// A number that stands for the colour behind them.
    pub colour: Option<u32>,
}

#[derive(Debug, Default)]
pub(super) struct Styles {
    /// Formats of dates by name.
    dates: HashMap<String, Shown>,
    cells: HashMap<String, Look>,
    colours: HashMap<String, u32>,
    hidden: HashSet<String>,
}

impl Styles {
    /// Adds the styles of one part.
    pub(super) fn read(&mut self, part: &Part) -> Result<(), Unreadable> {
        let mut xml = Xml::new(part);
        let mut current: Option<String> = None;
        let mut date: Option<(String, [bool; 4])> = None;
        loop {
            match xml.next()? {
                Event::Start(element) => match element.local_name().as_ref() {
                    "date-style" => {
                        let [name] = xml.attributes(&element, ["name"])?;
                        date = name.map(|name| (name.into_owned(), [false; 4]));
                    }
                    "style" => current = self.style(&xml, &element)?,
                    "table-cell-properties" => {
                        let [colour] = xml.attributes(&element, ["background-color"])?;
                        let colour = colour.filter(|colour| colour != "transparent");
                        if let (Some(colour), Some(style)) = (colour, &current) {
                            let next = u32::try_from(self.colours.len()).unwrap_or(u32::MAX).saturating_add(1);
                            let colour = *self.colours.entry(colour.into_owned()).or_insert(next);
                            if let Some(look) = self.cells.get_mut(style) {
                                look.colour = Some(colour);
                            }
                        }
                    }
                    "table-properties" => {
                        let [display] = xml.attributes(&element, ["display"])?;
                        if let (Some("false"), Some(style)) = (display.as_deref(), &current) {
                            self.hidden.insert(style.clone());
                        }
                    }
                    name => {
                        let part = ["year", "month", "day", "hours"].iter().position(|part| *part == name);
                        if let (Some(part), Some((_, parts))) = (part, &mut date)
                            && let Some(part) = parts.get_mut(part)
                        {
                            *part = true;
                        }
                    }
                },
                Event::End(element) if element.local_name().as_ref() == "date-style" => {
                    if let Some((name, [year, month, day, hours])) = date.take() {
                        let months = year && month && !day && !hours;
                        self.dates.insert(name, if months { Shown::Month } else { Shown::Date });
                    }
                }
                Event::End(element) if element.local_name().as_ref() == "style" => current = None,
                Event::Eof => return Ok(()),
                _ => {}
            }
        }
    }

    /// A style by its start, and its name where it is one of cells or tables.
    fn style(&mut self, xml: &Xml<'_>, element: &BytesStart<'_>) -> Result<Option<String>, Unreadable> {
        let [name, family, format, parent] =
            xml.attributes(element, ["name", "family", "data-style-name", "parent-style-name"])?;
        let (Some(name), Some(family)) = (name, family) else { return Ok(None) };
        if family == "table-cell" {
            let inherited = parent.and_then(|parent| self.cells.get(parent.as_ref()).copied());
            let mut look = inherited.unwrap_or(Look { shown: Shown::Number, colour: None });
            if let Some(shown) = format.and_then(|format| self.dates.get(format.as_ref()).copied()) {
                look.shown = shown;
            }
            self.cells.insert(name.clone().into_owned(), look);
        }
        Ok((family == "table-cell" || family == "table").then(|| name.into_owned()))
    }

    pub(super) fn cell(&self, style: &str) -> Option<Look> {
        self.cells.get(style).copied()
    }

    pub(super) fn hides(&self, table_style: &str) -> bool {
        self.hidden.contains(table_style)
    }
}
