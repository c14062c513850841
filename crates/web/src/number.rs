//! Numbers, money and dates as people read them.

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};

use crate::{context, language::translate, say_n};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// `12,500`; a true minus sign before negatives.
pub(crate) fn grouped(number: i128) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 3);
    if number < 0 {
        text.push('−');
    }
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A day or month of ISO 8601 in words: `2027-03-31` is "31 March 2027", `2027-03` "March 2027", `2027` "2027". The day
/// of a moment is the day in the United Kingdom. Anything else stays as it is. `short` cuts months to three letters.
pub(crate) fn date(text: &str, short: bool, month: impl Fn(&str) -> String) -> String {
    let name = |number: i8| {
        let index = usize::try_from(number - 1).unwrap_or_default();
        let whole = month(MONTHS.get(index).copied().unwrap_or_default());
        if short { whole.chars().take(3).collect() } else { whole }
    };
    let words = |date: Date| format!("{} {} {}", date.day(), name(date.month()), date.year());
    if let Some((day, _)) = moment(text) {
        return words(day);
    }
    if let Ok(day) = text.parse::<Date>() {
        return words(day);
    }
    match format!("{text}-01").parse::<Date>() {
        Ok(day) if text.len() == 7 => format!("{} {}", name(day.month()), day.year()),
        _ => text.to_owned(),
    }
}

/// A length of time in words, in the language of the request being answered, in the largest unit in which it is whole:
/// "7 days", "12 hours", "90 minutes", "30 seconds". What is below a second is left out.
pub fn say_period(period: SignedDuration) -> String {
    let seconds = period.as_secs().unsigned_abs();
    match seconds {
        _ if seconds > 0 && seconds.is_multiple_of(86_400) => say_n!("1 day", "{count} days", seconds / 86_400),
        _ if seconds > 0 && seconds.is_multiple_of(3_600) => say_n!("1 hour", "{count} hours", seconds / 3_600),
        _ if seconds > 0 && seconds.is_multiple_of(60) => say_n!("1 minute", "{count} minutes", seconds / 60),
        _ => say_n!("1 second", "{count} seconds", seconds),
    }
}

/// A day, month or moment in words, in the language of the request being answered: "31 March 2027".
pub fn say_date(text: &str) -> String {
    date(text, false, |month| translate(&context::language(), month, &[]))
}

/// A moment in words: "31 March 2027, 10:14am", in the United Kingdom's time.
pub(crate) fn when(text: &str, month: impl Fn(&str) -> String) -> String {
    match moment(text) {
        Some((_, time)) => format!("{}, {time}", date(text, false, month)),
        None => date(text, false, month),
    }
}

/// Day and time of an RFC 3339 moment in the United Kingdom.
fn moment(text: &str) -> Option<(Date, String)> {
    let at: Timestamp = text.parse().ok()?;
    let at = at.to_zoned(TimeZone::get("Europe/London").unwrap_or(TimeZone::UTC));
    let (hour, half) = (at.hour(), if at.hour() < 12 { "am" } else { "pm" });
    let hour = if hour % 12 == 0 { 12 } else { hour % 12 };
    Some((at.date(), format!("{hour}:{:02}{half}", at.minute())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_of_time_is_said_in_its_largest_whole_unit() {
        let said = |seconds| say_period(SignedDuration::from_secs(seconds));
        assert_eq!([said(0), said(1), said(30)], ["0 seconds", "1 second", "30 seconds"]);
        assert_eq!([said(60), said(90), said(5_400)], ["1 minute", "90 seconds", "90 minutes"]);
        assert_eq!([said(3_600), said(12 * 3_600), said(86_400)], ["1 hour", "12 hours", "1 day"]);
        assert_eq!([said(7 * 86_400), said(365 * 86_400)], ["7 days", "365 days"]);
    }

    #[test]
    fn numbers_and_dates_read_as_people_write_them() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(-12_500), "−12,500");
        let english = |month: &str| month.to_owned();
        assert_eq!(date("2027-03-31", false, english), "31 March 2027");
        assert_eq!(date("2027-03-01", true, english), "1 Mar 2027");
        assert_eq!(date("2027-03", false, english), "March 2027");
        assert_eq!(date("circa 2027", false, english), "circa 2027");
        assert_eq!(date("2026-07-01T23:30:00Z", false, english), "2 July 2026", "an hour ahead in summer");
        assert_eq!(when("2026-01-01T00:05:00Z", english), "1 January 2026, 12:05am");
        assert_eq!(when("2026-01-01T13:05:00Z", english), "1 January 2026, 1:05pm");
    }
}
