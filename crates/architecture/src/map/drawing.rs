//! The map as a picture to take away: an SVG made from the same rows as the table, with the finding as its title and the
//! coverage as its description. Text is text, colours are attributes; there is no style and no script in it.

use accounts::Organisation;
use web::{Picture, Visit, say};

use super::tally::{Map, Show, Tally};
use super::{Asked, all, coverage, one};
use crate::frame::About;
use crate::organisation::short_name;

/// The map of all organisations; drawn only when it is asked for.
pub(super) fn of_all(visit: &Visit, map: &Map, asked: &Asked, about: Option<&About>) -> Picture {
    let columns = (0..map.organisations.len()).map(|place| Column::Body(place, asked.show));
    picture(visit, "lgam-map".to_owned(), || Drawing {
        title: all::finding(map, asked.show),
        description: described(map, about.map(|about| about.attribution.as_str())),
        open: asked.opened(map),
        columns: columns.chain([Column::Other(asked.show)]).collect(),
        map,
    })
}

/// The map of one organisation.
pub(super) fn of_one(
    visit: &Visit,
    map: &Map,
    asked: &Asked,
    organisation: &Organisation,
    about: Option<&About>,
) -> Picture {
    picture(visit, format!("{}-lgam-map", organisation.id), || Drawing {
        title: one::finding(map, short_name(&organisation.name)),
        description: described(map, about.map(|about| about.attribution.as_str())),
        open: asked.opened(map),
        columns: vec![Column::All(Show::Systems), Column::All(Show::Products)],
        map,
    })
}

fn picture<'a>(visit: &Visit, name: String, drawing: impl FnOnce() -> Drawing<'a>) -> Picture {
    Picture { name, svg: if visit.format.is_picture() { drawing().svg() } else { String::new() } }
}

fn described(map: &Map, attribution: Option<&str>) -> String {
    [Some(format!("{}.", coverage(map))), attribution.map(str::to_owned)]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" ")
}

/// What a column of the picture holds.
#[derive(Clone, Copy)]
enum Column {
    /// Of the organisation at this place.
    Body(usize, Show),
    /// Of all together.
    All(Show),
    /// Of all together, the other of the two; plain, since it is no part of the heat.
    Other(Show),
}

struct Drawing<'a> {
    title: String,
    description: String,
    open: std::collections::BTreeSet<String>,
    columns: Vec<Column>,
    map: &'a Map,
}

// All in pixels at a scale of one.
const MARGIN: usize = 20;
const NAMES: usize = 300;
const COLUMN: usize = 110;
const ROW: usize = 30;
const LINE: usize = 18;
/// About how many letters of a heading fit into a column.
const LETTERS: usize = 12;

impl Column {
    fn heading(self, map: &Map) -> String {
        match self {
            Column::Body(place, _) => map.organisations.get(place).map_or_else(String::new, |body| body.short.clone()),
            Column::All(Show::Systems) | Column::Other(Show::Products) => say!("Systems"),
            Column::All(Show::Products) => say!("Different products"),
            Column::Other(Show::Systems) => say!("Products"),
        }
    }

    fn number(self, each: &[Tally], all: Tally) -> usize {
        match self {
            Column::Body(place, show) => each.get(place).map_or(0, |tally| tally.of(show)),
            Column::All(show) => all.of(show),
            Column::Other(Show::Systems) => all.products,
            Column::Other(Show::Products) => all.systems,
        }
    }
}

impl Drawing<'_> {
    fn svg(&self) -> String {
        let headings: Vec<Vec<String>> =
            self.columns.iter().map(|column| wrapped(&column.heading(self.map), LETTERS)).collect();
        let headed = headings.iter().map(Vec::len).max().unwrap_or(1) * LINE;
        let width = MARGIN * 2 + (NAMES + COLUMN * self.columns.len()).max(600);
        let title = wrapped(&self.title, width / 10);
        let mut y = MARGIN + 24 * title.len();
        let mut body = String::new();
        for (line, text) in title.iter().enumerate() {
            body.push_str(&words(
                "ch-drawing-title",
                MARGIN,
                MARGIN + 18 + 24 * line,
                "start",
                20,
                true,
                "#0b0c0c",
                text,
            ));
        }
        y += LINE + 4;
        body.push_str(&words("ch-drawing-coverage", MARGIN, y, "start", 14, false, "#484949", &coverage(self.map)));
        y += MARGIN;
        for (place, lines) in headings.iter().enumerate() {
            for (line, text) in lines.iter().enumerate() {
                let x = MARGIN + NAMES + COLUMN * place + COLUMN - 12;
                body.push_str(&words("ch-drawing-heading", x, y + LINE * (line + 1), "end", 14, true, "#0b0c0c", text));
            }
        }
        y += headed + 10;
        for layer in &self.map.layers {
            body.push_str(&words("ch-drawing-layer", MARGIN, y + 20, "start", 16, true, "#0b0c0c", &layer.name));
            self.row(&mut body, y, &layer.each, layer.all, false);
            y += ROW;
            if self.open.contains(&layer.id) {
                for element in &layer.elements {
                    body.push_str(&words(
                        "ch-drawing-element",
                        MARGIN + 15,
                        y + 20,
                        "start",
                        14,
                        false,
                        "#0b0c0c",
                        &element.name,
                    ));
                    self.row(&mut body, y, &element.each, element.all, true);
                    y += ROW;
                }
            }
        }
        y += MARGIN;
        let licence = wrapped(&self.description, width / 8);
        for (line, text) in licence.iter().enumerate() {
            body.push_str(&words("ch-drawing-source", MARGIN, y + LINE * line, "start", 14, false, "#484949", text));
        }
        let height = y + LINE * licence.len() + MARGIN;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"ch-drawing\" role=\"img\" aria-labelledby=\"title description\" \
             width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" font-family=\"Arial, sans-serif\">\
             <title id=\"title\">{}</title><desc id=\"description\">{}</desc>\
             <rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>{body}</svg>\n",
            escaped(&self.title),
            escaped(&self.description),
        )
    }

    fn row(&self, body: &mut String, y: usize, each: &[Tally], all: Tally, element: bool) {
        for (place, column) in self.columns.iter().enumerate() {
            let (x, number) = (MARGIN + NAMES + COLUMN * place, column.number(each, all));
            let heat = element && !matches!(column, Column::Other(_));
            let (fill, ink, border) = shade(number);
            if heat {
                let (class, wide, high) = (number.min(5), COLUMN - 4, ROW - 4);
                body.push_str(&format!(
                    "<rect class=\"ch-heat-{class}\" x=\"{x}\" y=\"{}\" width=\"{wide}\" height=\"{high}\" fill=\"{fill}\" stroke=\"#858686\"/>",
                    y + 2
                ));
                if border > 0 {
                    body.push_str(&format!(
                        "<rect x=\"{x}\" y=\"{}\" width=\"{border}\" height=\"{high}\" fill=\"#0b0c0c\"/>",
                        y + 2
                    ));
                }
            }
            let ink = if heat { ink } else { "#0b0c0c" };
            body.push_str(&words(
                "ch-drawing-number",
                x + COLUMN - 12,
                y + 20,
                "end",
                14,
                !element,
                ink,
                &number.to_string(),
            ));
        }
    }
}

/// Fill, colour of the number, and the width of the left border that repeats the step.
fn shade(number: usize) -> (&'static str, &'static str, usize) {
    match number {
        0 => ("#ffffff", "#0b0c0c", 0),
        1 => ("#5694ca", "#0b0c0c", 2),
        2 => ("#1d70b8", "#ffffff", 4),
        3 | 4 => ("#16548a", "#ffffff", 6),
        _ => ("#0f385c", "#ffffff", 8),
    }
}

#[expect(clippy::too_many_arguments, reason = "the attributes of one text")]
pub(crate) fn words(
    class: &str,
    x: usize,
    y: usize,
    anchor: &str,
    size: usize,
    bold: bool,
    fill: &str,
    text: &str,
) -> String {
    let weight = if bold { " font-weight=\"bold\"" } else { "" };
    format!(
        "<text class=\"{class}\" x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\" font-size=\"{size}\"{weight} fill=\"{fill}\">{}</text>",
        escaped(text)
    )
}

/// Text between tags. Control characters, which XML 1.0 forbids, become spaces.
pub(crate) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            letter if letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}') => safe.push(' '),
            letter => safe.push(letter),
        }
    }
    safe
}

/// Lines of at most `letters` letters, broken at spaces where there are any.
pub(crate) fn wrapped(text: &str, letters: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let mut rest: Vec<char> = word.chars().collect();
        while !rest.is_empty() {
            let part: String = rest.drain(..rest.len().min(letters.max(1))).collect();
            match lines.last_mut() {
                Some(line) if line.is_empty() => *line = part,
                Some(line) if line.chars().count() + 1 + part.chars().count() <= letters => {
                    line.push(' ');
                    line.push_str(&part);
                }
                _ => lines.push(part),
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used, reason = "a test may stop")]

    use super::*;
    use crate::map::samples;

    #[test]
    fn the_picture_has_the_rows_of_the_table_and_nothing_that_runs() {
        let (layers, mut counted) = samples::county();
        counted.bodies[0].short = "Ash<mere & Co \u{7}".to_owned();
        let map = Map::reckon(&layers, &counted);
        let drawing = Drawing {
            title: all::finding(&map, Show::Systems),
            description: described(&map, Some("By its makers.")),
            open: std::collections::BTreeSet::from(["capabilities".to_owned()]),
            columns: vec![Column::Body(0, Show::Systems), Column::Body(1, Show::Systems), Column::Other(Show::Systems)],
            map: &map,
        };
        let svg = drawing.svg();
        assert!(
            svg.contains("<title id=\"title\">Forms is met 3 times, by 2 products, in 2 councils</title>"),
            "{svg}"
        );
        assert!(
            svg.contains("<desc id=\"description\">Based on 5 of 6 systems placed on the LGAM. By its makers.</desc>"),
            "{svg}"
        );
        assert!(svg.contains("Ash&lt;mere") && !svg.contains("Ash<mere") && !svg.contains('\u{7}'), "{svg}");
        assert_eq!(svg.matches("class=\"ch-heat-2\"").count(), 1, "Ashmere's two for forms");
        assert_eq!(svg.matches("ch-drawing-element").count(), 3, "the open layer's elements, and no others");
        assert!(!svg.contains("style") && !svg.contains("<script"), "{svg}");
    }

    #[test]
    fn long_words_break_too() {
        assert_eq!(wrapped("City of Dunmoor", 8), ["City of", "Dunmoor"]);
        assert_eq!(wrapped("Abcdefghij", 4), ["Abcd", "efgh", "ij"]);
        assert_eq!(wrapped("", 4), [""]);
    }
}
