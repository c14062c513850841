//! Contract dates as a calendar (iCalendar, RFC 5545): each last notice date and each end is an event of one day.
//!
//! What is in it comes from the data alone: asked twice, it is the same to the letter. An event keeps its identifier when
//! its day changes, so that calendars move it.

use vocabulary::Timestamp;

use super::event::Event;

/// The content type of a calendar.
pub(crate) const TYPE: &str = "text/calendar; charset=utf-8";
/// The most octets of a line before it is folded (RFC 5545, 3.1).
const LINE: usize = 75;

/// A calendar of these events, called `title`. `address` is how this copy is reached.
pub(crate) fn written(title: &str, events: &[Event], address: &str) -> String {
    let mut text = String::new();
    let mut line = |content: String| fold(&mut text, &content);
    line("BEGIN:VCALENDAR".to_owned());
    line("VERSION:2.0".to_owned());
    line("PRODID:-//Commonhold//Contract dates//EN".to_owned());
    line("CALSCALE:GREGORIAN".to_owned());
    // The name twice: as RFC 7986 has it, and as programs have read it for longer. Asking once a day is enough.
    line(format!("NAME:{}", escaped(title)));
    line(format!("X-WR-CALNAME:{}", escaped(title)));
    line("REFRESH-INTERVAL;VALUE=DURATION:P1D".to_owned());
    line("X-PUBLISHED-TTL:P1D".to_owned());
    for event in events {
        let (contract, word) = (&event.contract, event.falls.word());
        let day = |day: vocabulary::Date| format!("{:04}{:02}{:02}", day.year(), day.month(), day.day());
        line("BEGIN:VEVENT".to_owned());
        line(format!("UID:{contract}-{word}@commonhold"));
        line(format!("DTSTAMP:{}", moment(event.changed_at)));
        line(format!("LAST-MODIFIED:{}", moment(event.changed_at)));
        line(format!("DTSTART;VALUE=DATE:{}", day(event.day)));
        if let Ok(next) = event.day.tomorrow() {
            line(format!("DTEND;VALUE=DATE:{}", day(next)));
        }
        line(format!("SUMMARY:{}", escaped(&event.summary)));
        line(format!("DESCRIPTION:{}", escaped(&event.description.join("\n"))));
        line(format!("URL:{}{}", address, event.path()));
        line("TRANSP:TRANSPARENT".to_owned());
        line("END:VEVENT".to_owned());
    }
    line("END:VCALENDAR".to_owned());
    text
}

fn moment(at: Timestamp) -> String {
    let at = at.to_zoned(jiff::tz::TimeZone::UTC);
    format!("{:04}{:02}{:02}T{:02}{:02}{:02}Z", at.year(), at.month(), at.day(), at.hour(), at.minute(), at.second())
}

/// A text (RFC 5545, 3.3.11): what separates is escaped, line breaks are `\n`, other control characters go.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.replace("\r\n", "\n").chars() {
        match letter {
            '\\' | ';' | ',' => safe.extend(['\\', letter]),
            '\n' | '\r' => safe.push_str("\\n"),
            letter if letter.is_control() => safe.push(' '),
            letter => safe.push(letter),
        }
    }
    safe
}

/// Adds a line, folded between letters into pieces of at most 75 octets, each but the first after a space.
fn fold(text: &mut String, content: &str) {
    let mut length = 0;
    for letter in content.chars() {
        if length + letter.len_utf8() > LINE {
            text.push_str("\r\n ");
            length = 1;
        }
        text.push(letter);
        length += letter.len_utf8();
    }
    text.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_cannot_end_a_line_or_begin_a_property() {
        assert_eq!(escaped("a;b,c\\d"), "a\\;b\\,c\\\\d");
        assert_eq!(escaped("one\r\nEND:VEVENT\rx\u{7}"), "one\\nEND:VEVENT\\nx ");
    }

    #[test]
    fn lines_are_folded_between_letters() {
        let mut text = String::new();
        fold(&mut text, &"é".repeat(100));
        let lines: Vec<&str> = text.trim_end().split("\r\n").collect();
        assert!(lines.len() > 1 && lines.iter().all(|line| line.len() <= LINE), "{text}");
        let unfolded: String = text.replace("\r\n ", "").trim_end().to_owned();
        assert_eq!(unfolded, "é".repeat(100));
    }
}
