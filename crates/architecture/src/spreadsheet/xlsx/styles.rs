//! What styles say: which show a number as a date, and which have a fill colour. Nothing else about styles matters here.

use std::collections::HashMap;

use quick_xml::events::Event;

use super::super::{
    Unreadable,
    number_formats::{Shown, of_builtin, of_code},
    package::Part,
    xml::Xml,
};

/// The first fills of every workbook: none, and a grey that no cell has.
const NO_FILLS: usize = 2;

#[derive(Debug, Default)]
pub(super) struct Styles {
    by_index: Vec<(Shown, u32)>,
}

impl Styles {
    pub(super) fn read(part: &Part) -> Result<Styles, Unreadable> {
        let mut xml = Xml::new(part);
        let mut formats: HashMap<u32, Shown> = HashMap::new();
        let mut styles = Styles::default();
        let mut in_cell_styles = false;
        let (mut in_fills, mut fills) = (false, Vec::new());
        loop {
            match xml.next()? {
                Event::Start(element) => match element.local_name().as_ref() {
                    "numFmt" => {
                        let [id, code] = xml.attributes(&element, ["numFmtId", "formatCode"])?;
                        let id = id.and_then(|id| id.parse().ok());
                        if let (Some(id), Some(code)) = (id, code) {
                            formats.insert(id, of_code(&code));
                        }
                    }
                    "fills" => in_fills = true,
                    "patternFill" if in_fills => {
                        let [pattern] = xml.attributes(&element, ["patternType"])?;
                        fills.push(pattern.is_some_and(|pattern| pattern != "none"));
                    }
                    "gradientFill" if in_fills => fills.push(true),
                    "cellXfs" => in_cell_styles = true,
                    "xf" if in_cell_styles => {
                        let [id, fill] = xml.attributes(&element, ["numFmtId", "fillId"])?;
                        let id = id.and_then(|id| id.parse().ok()).unwrap_or(0);
                        let fill: u32 = fill.and_then(|fill| fill.parse().ok()).unwrap_or(0);
                        let place = usize::try_from(fill).unwrap_or(usize::MAX);
                        let filled = place >= NO_FILLS && fills.get(place) == Some(&true);
                        let shown = formats.get(&id).copied().unwrap_or_else(|| of_builtin(id));
                        styles.by_index.push((shown, if filled { fill } else { 0 }));
                    }
                    _ => {}
                },
                Event::End(element) => match element.local_name().as_ref() {
                    "cellXfs" => in_cell_styles = false,
                    "fills" => in_fills = false,
                    _ => {}
                },
                Event::Eof => return Ok(styles),
                _ => {}
            }
        }
    }

    pub(super) fn shown(&self, style: Option<usize>) -> Shown {
        style.and_then(|style| self.by_index.get(style)).map_or(Shown::Number, |(shown, _)| *shown)
    }

    /// The number of the fill that a style has; none where it is not coloured.
    pub(super) fn fill(&self, style: Option<usize>) -> Option<u32> {
        let (_, fill) = self.by_index.get(style?)?;
        (*fill > 0).then_some(*fill)
    }
}
