//! What a heading says about the numbers beneath it, in words, for the page of columns.

use super::{
    Field, FieldKind,
    values::{Unit, heading_says_millions, heading_says_thousands, heading_times_a_year, heading_unit},
};

/// What we make of the numbers of a column because of its heading; none where they are taken as they are.
pub fn unit_note(field: Field, heading: &str) -> Option<String> {
    match field.kind() {
        FieldKind::Money => {
            let size = match (heading_says_millions(heading), heading_says_thousands(heading)) {
                (true, _) => Some(web::say!("Bare numbers are millions of pounds.")),
                (_, true) => Some(web::say!("Bare numbers are thousands of pounds.")),
                _ => None,
            };
            let time = match heading_times_a_year(heading) {
                12 => Some(web::say!("Amounts are for a month: we multiply them by 12.")),
                4 => Some(web::say!("Amounts are for a quarter: we multiply them by 4.")),
                _ => None,
            };
            match (size, time) {
                (Some(size), Some(time)) => Some(format!("{size} {time}")),
                (size, time) => size.or(time),
            }
        }
        FieldKind::Months => match heading_unit(heading) {
            Unit::Days => Some(web::say!("Bare numbers are days: we round them up to months.")),
            Unit::Weeks => Some(web::say!("Bare numbers are weeks: we round them up to months.")),
            Unit::Years => Some(web::say!("Bare numbers are years: we multiply them by 12.")),
            Unit::Months => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_say_how_numbers_count() {
        let note = |field, heading| unit_note(field, heading).unwrap_or_default();
        assert!(note(Field::AnnualCost, "Cost (\u{a3}k)").contains("thousands"));
        assert!(note(Field::AnnualCost, "Cost per month").contains("by 12"));
        assert!(note(Field::AnnualCost, "\u{a3}m a year").contains("millions"));
        assert!(note(Field::NoticeMonths, "Notice (weeks)").contains("weeks"));
        assert_eq!(note(Field::NoticeMonths, "Notice (months)") + &note(Field::AnnualCost, "Annual cost"), "");
        assert_eq!(note(Field::Name, "Cost per month"), "");
    }
}
