//! Contract dates as a picture: the rows of the table in their order, a bar to the end of each contract, a diamond at its
//! last notice date, an open end where the end is not known, today as a line, what is past hatched.
//!
//! Text is text, colours are attributes; there is no style and no script in it.

use vocabulary::Date;
use web::{say, say_date};

use super::read::Row;
use crate::map::drawing::{escaped, words, wrapped};
use crate::organisation::short_name;

// All in pixels at a scale of one.
const WIDTH: i64 = 1_200;
const MARGIN: i64 = 20;
const NAMES: i64 = 330;
/// Room for the words after a bar.
const AFTER: i64 = 130;
const ROW: i64 = 30;
const BAR: i64 = 14;
/// Letters of a name that fit, by a cautious reckoning.
const LETTERS: usize = 40;
/// The longest time that is drawn; what ends later runs out of the picture.
const MOST_YEARS: i16 = 12;
const INK: &str = "#0b0c0c";
const FILL: &str = "#1d70b8";

/// The picture of some rows.
pub(crate) struct Drawing<'a> {
    pub rows: &'a [Row],
    pub today: Date,
    /// Whether each row says whose it is.
    pub across: bool,
}

/// From a day to a place.
struct Scale {
    first: Date,
    last: Date,
}

impl Scale {
    fn of(rows: &[Row], today: Date) -> Scale {
        let days = rows.iter().flat_map(|row| [row.end_day.as_deref(), row.last_notice_day.as_deref()]).flatten();
        let days: Vec<Date> = days.filter_map(|day| day.parse().ok()).chain([today]).collect();
        let first = days.iter().min().copied().unwrap_or(today).year().max(today.year() - MOST_YEARS);
        let last = days
            .iter()
            .max()
            .copied()
            .unwrap_or(today)
            .year()
            .min(first.saturating_add(MOST_YEARS - 1))
            .max(today.year());
        Scale {
            first: Date::new(first, 1, 1).unwrap_or(today),
            last: Date::new(last.saturating_add(1), 1, 1).unwrap_or(today),
        }
    }

    fn left() -> i64 {
        MARGIN + NAMES
    }

    fn right() -> i64 {
        WIDTH - MARGIN - AFTER
    }

    /// Days outside the picture stand at its edge.
    fn x(&self, day: Date) -> i64 {
        let days = |from: Date, to: Date| from.until(to).map_or(0, |span| i64::from(span.get_days()));
        let whole = days(self.first, self.last).max(1);
        let at = days(self.first, day).clamp(0, whole);
        Scale::left() + at * (Scale::right() - Scale::left()) / whole
    }
}

impl Drawing<'_> {
    /// What the picture shows first: in which year most contracts end.
    pub fn title(&self) -> String {
        let mut years: Vec<&str> = self.rows.iter().filter_map(|row| row.end_day.as_deref()?.get(..4)).collect();
        years.sort_unstable();
        let known = years.len();
        let most = years
            .chunk_by(|one, other| one == other)
            .map(|year| (year.len(), year[0]))
            .rev()
            .max_by_key(|(count, _)| *count);
        match most {
            None => say!("When these contracts end is not known"),
            Some((count, year)) if count * 2 > known && known > 1 => {
                say!("Most of these contracts end in {year}", year = year)
            }
            Some((count, year)) => {
                say!(
                    "{count} of {known} contracts end in {year}, the most in a year",
                    count = count,
                    known = known,
                    year = year
                )
            }
        }
    }

    fn description(&self) -> String {
        let known = self.rows.iter().filter(|row| row.end_day.is_some()).count();
        let notice = self.rows.iter().filter(|row| row.last_notice_day.is_some()).count();
        say!(
            "{all} contracts in the order of the table; the end of {known} and the last notice date of {notice} are known. Today is {today}.",
            all = self.rows.len(),
            known = known,
            notice = notice,
            today = say_date(&self.today.to_string())
        )
    }

    /// The picture. One that stands alone carries its title as text too, and its key.
    pub fn svg(&self, alone: bool) -> String {
        let scale = Scale::of(self.rows, self.today);
        let (title, description) = (self.title(), self.description());
        let mut body = String::new();
        let mut top = MARGIN;
        if alone {
            body.push_str(&text(MARGIN, top + 18, "start", 20, true, INK, &title));
            for line in wrapped(&description, 140) {
                top += 22;
                body.push_str(&text(MARGIN, top + 22, "start", 14, false, "#484949", &line));
            }
            top += 50;
        }
        let first_row = top + 50;
        let bottom = first_row + ROW * i64::try_from(self.rows.len()).unwrap_or(0);
        self.years(&scale, top, bottom, &mut body);
        for (place, row) in self.rows.iter().enumerate() {
            let y = first_row + ROW * i64::try_from(place).unwrap_or(0);
            self.row(&scale, row, y, &mut body);
        }
        self.today_line(&scale, top, bottom, &mut body);
        key(bottom + 14, &mut body);
        let height = bottom + 14 + ROW + MARGIN;
        // Two pictures of one page would need other ids; there is one.
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"ch-drawing\" role=\"img\" aria-labelledby=\"dates-title dates-description\" \
             width=\"{WIDTH}\" height=\"{height}\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"Arial, sans-serif\">\
             <title id=\"dates-title\">{}</title><desc id=\"dates-description\">{}</desc>\
             <defs><pattern id=\"dates-past\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">\
             <rect width=\"6\" height=\"6\" fill=\"#ffffff\"/><rect width=\"2\" height=\"6\" fill=\"#858686\"/></pattern></defs>\
             <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#ffffff\"/>{body}</svg>\n",
            escaped(&title),
            escaped(&description),
        )
    }

    fn years(&self, scale: &Scale, top: i64, bottom: i64, body: &mut String) {
        for year in scale.first.year()..=scale.last.year() {
            let Ok(day) = Date::new(year, 1, 1) else { continue };
            let x = scale.x(day);
            body.push_str(&line(x, top + 28, x, bottom, "#cecece", 1));
            if year < scale.last.year() {
                body.push_str(&text(x + 4, top + 42, "start", 14, false, INK, &year.to_string()));
            }
        }
    }

    fn today_line(&self, scale: &Scale, top: i64, bottom: i64, body: &mut String) {
        let x = scale.x(self.today);
        body.push_str(&line(x, top + 18, x, bottom, INK, 2));
        let anchor = if x > WIDTH - 200 { "end" } else { "middle" };
        body.push_str(&text(x, top + 14, anchor, 14, true, INK, &say!("Today")));
    }

    fn row(&self, scale: &Scale, row: &Row, y: i64, body: &mut String) {
        let (middle, high) = (y + ROW / 2, y + (ROW - BAR) / 2);
        body.push_str(&text(MARGIN, middle + 5, "start", 14, false, INK, &self.name(row)));
        let day = |text: Option<&str>| text.and_then(|text| text.parse::<Date>().ok());
        let start = row.start.as_deref().and_then(crate::contract::last_day).map_or(Scale::left(), |day| scale.x(day));
        let now = scale.x(self.today);
        let end = day(row.end_day.as_deref());
        let right = end.map_or(Scale::right(), |end| scale.x(end)).max(start.min(now) + 2);
        let start = start.min(right);
        // What is past, then what is ahead.
        let turn = now.clamp(start, right);
        if turn > start {
            body.push_str(&bar(start, turn, high, "url(#dates-past)", "#858686"));
        }
        if right > turn {
            match end {
                Some(_) => body.push_str(&bar(turn, right, high, FILL, FILL)),
                None => body.push_str(&format!(
                    "<path class=\"ch-drawing-open\" d=\"M {right} {high} H {turn} V {} H {right}\" fill=\"none\" stroke=\"{FILL}\" stroke-dasharray=\"6 4\" stroke-width=\"2\"/>",
                    high + BAR
                )),
            }
        }
        if let Some(notice) = day(row.last_notice_day.as_deref()) {
            body.push_str(&diamond(scale.x(notice), middle));
        }
        let after = match &row.end {
            Some(end) => short(end),
            None => say!("End not known"),
        };
        body.push_str(&text(right + 8, middle + 5, "start", 14, false, INK, &after));
    }

    fn name(&self, row: &Row) -> String {
        let systems: Vec<&str> = row.systems.iter().map(|system| system.name.as_str()).collect();
        let mut name = match systems.as_slice() {
            [] => crate::contract::show::named(row.reference.as_deref(), row.title.as_deref()),
            [only] => (*only).to_owned(),
            [first, rest @ ..] => say!("{first} and {more} more", first = first, more = rest.len()),
        };
        if self.across || row.dated.shared {
            name = format!("{}: {name}", short_name(&row.organisation_name));
        }
        if name.chars().count() > LETTERS {
            name = name.chars().take(LETTERS - 1).chain(['…']).collect();
        }
        name
    }
}

/// "31 Mar 2027", as dense tables have it.
fn short(day: &str) -> String {
    let whole = say_date(day);
    let month = |word: &str| word.starts_with(char::is_alphabetic);
    let cut = |word: &str| if month(word) { word.chars().take(3).collect() } else { word.to_owned() };
    whole.split(' ').map(cut).collect::<Vec<_>>().join(" ")
}

fn text(x: i64, y: i64, anchor: &str, size: usize, bold: bool, fill: &str, of: &str) -> String {
    let place = |number: i64| usize::try_from(number).unwrap_or(0);
    words("ch-drawing-text", place(x), place(y), anchor, size, bold, fill, of)
}

fn line(x: i64, y: i64, to_x: i64, to_y: i64, stroke: &str, width: i64) -> String {
    format!("<line x1=\"{x}\" y1=\"{y}\" x2=\"{to_x}\" y2=\"{to_y}\" stroke=\"{stroke}\" stroke-width=\"{width}\"/>")
}

fn bar(from: i64, to: i64, y: i64, fill: &str, stroke: &str) -> String {
    let width = (to - from).max(1);
    format!(
        "<rect class=\"ch-drawing-bar\" x=\"{from}\" y=\"{y}\" width=\"{width}\" height=\"{BAR}\" fill=\"{fill}\" stroke=\"{stroke}\"/>"
    )
}

fn diamond(x: i64, y: i64) -> String {
    format!(
        "<path class=\"ch-drawing-notice\" d=\"M {x} {} L {} {y} L {x} {} L {} {y} Z\" fill=\"{INK}\" stroke=\"#ffffff\" stroke-width=\"2\"/>",
        y - 9,
        x + 9,
        y + 9,
        x - 9
    )
}

/// What the signs mean, in one line.
fn key(y: i64, body: &mut String) {
    let (middle, mut x) = (y + ROW / 2, MARGIN);
    let signs = [
        (diamond(x + 9, middle), say!("last notice date"), 160),
        (bar(x + 180, x + 220, y + 8, FILL, FILL), say!("runs until its end"), 240),
        (bar(x + 420, x + 460, y + 8, "url(#dates-past)", "#858686"), say!("past"), 140),
        (
            format!(
                "<path d=\"M {} {} H {} V {} H {}\" fill=\"none\" stroke=\"{FILL}\" stroke-dasharray=\"6 4\" stroke-width=\"2\"/>",
                x + 600,
                y + 8,
                x + 560,
                y + 8 + BAR,
                x + 600
            ),
            say!("end not known"),
            0,
        ),
    ];
    for (place, (sign, meaning, _)) in signs.iter().enumerate() {
        x = MARGIN + [26, 230, 470, 610].get(place).copied().unwrap_or(0);
        body.push_str(sign);
        body.push_str(&text(x, middle + 5, "start", 14, false, INK, meaning));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used, reason = "a test may stop")]

    use super::super::samples;
    use super::*;

    const TODAY: Date = Date::constant(2026, 11, 22);

    #[test]
    fn the_picture_has_a_row_for_each_contract_and_nothing_that_runs() {
        let mut rows = samples::rows();
        rows[0].systems[0].name = "Rounds <b> & \u{7}bins".to_owned();
        let drawing = Drawing { rows: &rows, today: TODAY, across: true };
        let svg = drawing.svg(true);
        assert_eq!(svg.matches("ch-drawing-notice").count(), 2 + 1, "two known notice dates, and the key: {svg}");
        assert_eq!(svg.matches("ch-drawing-open").count(), 1, "one end is not known");
        assert!(svg.contains("Rounds &lt;b&gt; &amp;") && !svg.contains('\u{7}'), "{svg}");
        assert!(!svg.contains("style") && !svg.contains("<script"), "{svg}");
        assert!(svg.contains(">Today<"), "{svg}");
        assert_eq!(drawing.title(), "Most of these contracts end in 2027");
    }

    #[test]
    fn a_far_end_stays_within_the_picture() {
        let mut rows = samples::rows();
        rows[0].end_day = Some("2999-12-31".to_owned());
        rows[1].end_day = Some("1970-01-01".to_owned());
        let svg = Drawing { rows: &rows, today: TODAY, across: false }.svg(false);
        let numbers = svg.split(" x=\"").skip(1).filter_map(|rest| rest.split('"').next()?.parse::<i64>().ok());
        assert!(numbers.into_iter().all(|x| (0..=WIDTH).contains(&x)), "{svg}");
    }
}
