//! Contract dates: what must be decided when, for one organisation and across all that the reader may see. A table, of
//! which the drawing repeats the rows.
//!
//! A contract stands at the day that falls next: its last notice date while that lies ahead, then its end. [`read`] has
//! the SQL, [`asked`] the filters, [`page`] the pages and files, [`drawing`] the picture.
//!
//! Not here: changing contracts, and what is to be done about them.

pub mod asked;
pub mod drawing;
pub mod page;
pub mod read;
pub mod samples;

use vocabulary::Date;
use web::{Routes, Template, say, say_date};

use crate::Architecture;

/// The addresses of contract dates.
pub(crate) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    page::routes(routes)
}

/// Their templates.
pub(crate) const TEMPLATES: &[Template] = &[Template {
    name: "architecture/contract/dates.html",
    source: include_str!("../../templates/contract/dates.html"),
}];

/// What falls next for a contract, with the day, as ISO 8601 writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// It has ended.
    Ended(String),
    /// Notice can still be given, until this day.
    Notice(String),
    /// It ends; the last notice date has passed or is not known.
    End(String),
    /// When it ends is not known.
    Unknown,
}

impl Next {
    /// What falls next for a contract with this last day and last notice day.
    pub fn of(end_day: Option<&str>, last_notice_day: Option<&str>, today: Date) -> Next {
        Next::on(end_day, last_notice_day, &today.to_string())
    }

    /// The same on a day as ISO 8601 writes it.
    fn on(end_day: Option<&str>, last_notice_day: Option<&str>, today: &str) -> Next {
        match (end_day, last_notice_day) {
            (None, _) => Next::Unknown,
            (Some(end), _) if end < today => Next::Ended(end.to_owned()),
            (Some(_), Some(notice)) if notice >= today => Next::Notice(notice.to_owned()),
            (Some(end), _) => Next::End(end.to_owned()),
        }
    }

    /// The day at which the contract stands in a list.
    pub fn day(&self) -> Option<&str> {
        match self {
            Next::Ended(day) | Next::Notice(day) | Next::End(day) => Some(day),
            Next::Unknown => None,
        }
    }

    /// The year of that day.
    pub fn year(&self) -> Option<&str> {
        self.day().and_then(|day| day.get(..4))
    }

    /// Whether it has ended.
    pub fn is_past(&self) -> bool {
        matches!(self, Next::Ended(_))
    }

    /// Whether something is to be decided from now until this day.
    pub fn is_due(&self, until: Date) -> bool {
        match self {
            Next::Notice(day) | Next::End(day) => *day <= until.to_string(),
            Next::Ended(_) | Next::Unknown => false,
        }
    }

    /// The heading under which it stands: a quarter.
    fn quarter(&self) -> String {
        let Some(day) = self.day() else { return say!("When it ends is not known") };
        let month: u32 = day.get(5..7).and_then(|month| month.parse().ok()).unwrap_or(1);
        let first = (month.saturating_sub(1) / 3) * 3 + 1;
        let year = self.year().unwrap_or_default();
        let name = |month: u32| say_date(&format!("{year}-{month:02}"));
        let from = name(first);
        let from = from.split_once(' ').map_or(from.as_str(), |(month, _)| month).to_owned();
        let quarter = say!("{from} to {until}", from = from, until = name(first + 2));
        if self.is_past() { say!("Ended {quarter}", quarter = quarter) } else { quarter }
    }
}

/// The day until which pages say what must be decided: the end of the quarter in which half a year from today falls.
pub fn horizon(today: Date) -> Date {
    let ahead = today.saturating_add(jiff::Span::new().months(6));
    let last_month = (ahead.month() - 1) / 3 * 3 + 3;
    let month = Date::new(ahead.year(), last_month, 1).unwrap_or(ahead);
    month.last_of_month()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: Date = Date::constant(2026, 11, 22);

    #[test]
    fn a_contract_stands_at_the_day_that_falls_next() {
        let next = |end, notice| Next::of(end, notice, TODAY);
        assert_eq!(next(Some("2027-03-31"), Some("2026-12-31")), Next::Notice("2026-12-31".to_owned()));
        assert_eq!(
            next(Some("2027-03-31"), Some("2026-11-22")),
            Next::Notice("2026-11-22".to_owned()),
            "until the day"
        );
        assert_eq!(next(Some("2027-03-31"), Some("2026-11-21")), Next::End("2027-03-31".to_owned()));
        assert_eq!(next(Some("2027-03-31"), None), Next::End("2027-03-31".to_owned()));
        assert_eq!(next(Some("2026-11-21"), Some("2026-10-21")), Next::Ended("2026-11-21".to_owned()));
        assert_eq!(next(None, None), Next::Unknown);
    }

    #[test]
    fn the_horizon_is_the_end_of_a_quarter_half_a_year_ahead() {
        assert_eq!(horizon(TODAY), Date::constant(2027, 6, 30));
        assert_eq!(horizon(Date::constant(2026, 6, 30)), Date::constant(2026, 12, 31));
        assert_eq!(horizon(Date::constant(2026, 8, 31)), Date::constant(2027, 3, 31), "a short month");
        let due = |next: Next| next.is_due(horizon(TODAY));
        assert!(due(Next::Notice("2027-06-30".to_owned())) && due(Next::End("2026-12-31".to_owned())));
        assert!(!due(Next::Notice("2027-07-01".to_owned())) && !due(Next::Ended("2026-01-31".to_owned())));
        assert!(!due(Next::Unknown));
    }

    #[test]
    fn quarters_say_their_months() {
        assert_eq!(Next::Notice("2026-12-31".to_owned()).quarter(), "October to December 2026");
        assert_eq!(Next::Ended("2026-01-31".to_owned()).quarter(), "Ended January to March 2026");
        assert_eq!(Next::Unknown.quarter(), "When it ends is not known");
    }
}
