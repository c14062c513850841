//! Contract dates as a feed (Atom, RFC 4287): a date becomes an entry when it lies within the next six months, so that
//! people are told once, in time, and again when the contract changes.
//!
//! What is in it comes from the data and the day alone.

use jiff::tz::TimeZone;
use vocabulary::{Date, Timestamp};
use web::{say, say_date};

use super::event::Event;
use crate::map::drawing::escaped;

/// The content type of a feed.
pub(crate) const TYPE: &str = "application/atom+xml; charset=utf-8";
/// How many months ahead a date becomes an entry.
pub(crate) const MONTHS: i32 = 6;

/// What a feed says of itself.
pub(crate) struct About {
    /// What identifies it, for ever: an IRI.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// Its own address, where that is no secret.
    pub own: Option<String>,
    /// The page with the same dates.
    pub page: String,
    /// How this copy is reached.
    pub address: String,
}

/// A feed of those events that lie ahead within six months.
pub(crate) fn written(about: &About, events: &[Event], today: Date) -> String {
    let until = today.saturating_add(jiff::Span::new().months(MONTHS));
    let mut near: Vec<(&Event, Timestamp)> = events
        .iter()
        .filter(|event| event.day >= today && event.day <= until)
        .map(|event| (event, updated(event)))
        .collect();
    near.sort_by(|(one, at), (other, than)| {
        than.cmp(at).then_with(|| one.contract.cmp(&other.contract)).then(one.day.cmp(&other.day))
    });
    let all = events.iter().map(|event| event.changed_at).max().unwrap_or(Timestamp::UNIX_EPOCH);
    let latest = near.iter().map(|(_, at)| *at).max().unwrap_or(all);
    let mut text =
        String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n");
    element(&mut text, "id", &about.id);
    element(&mut text, "title", &about.title);
    element(&mut text, "subtitle", &say!("Last notice dates and ends of contracts within the next six months."));
    element(&mut text, "updated", &latest.to_string());
    text.push_str("<author><name>Commonhold</name></author>\n");
    link(&mut text, "alternate", "text/html", &about.page);
    if let Some(own) = &about.own {
        link(&mut text, "self", "application/atom+xml", own);
    }
    for (event, at) in near {
        text.push_str("<entry>\n");
        element(&mut text, "id", &format!("urn:commonhold:contract:{}:{}", event.contract, event.falls.word()));
        let title = say!("{day}: {what}", day = say_date(&event.day.to_string()), what = event.summary);
        element(&mut text, "title", &title);
        element(&mut text, "updated", &at.to_string());
        link(&mut text, "alternate", "text/html", &format!("{}{}", about.address, event.path()));
        text.push_str(&format!("<content type=\"text\">{}</content>\n", escaped(&event.description.join(" "))));
        text.push_str("</entry>\n");
    }
    text.push_str("</feed>\n");
    text
}

/// When there was news: the contract changed, or the date came within six months; the later of the two.
fn updated(event: &Event) -> Timestamp {
    let came = event.day.saturating_sub(jiff::Span::new().months(MONTHS));
    let came = came.to_zoned(TimeZone::UTC).map_or(Timestamp::UNIX_EPOCH, |day| day.timestamp());
    came.max(event.changed_at)
}

fn element(text: &mut String, name: &str, content: &str) {
    text.push_str(&format!("<{name}>{}</{name}>\n", escaped(content)));
}

fn link(text: &mut String, relation: &str, kind: &str, href: &str) {
    let href = escaped(href).replace('"', "&quot;");
    text.push_str(&format!("<link rel=\"{relation}\" type=\"{kind}\" href=\"{href}\"/>\n"));
}
