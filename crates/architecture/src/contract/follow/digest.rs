//! The digest: last notice dates of the next six months by e-mail, for those who asked for it.
//!
//! One is due on Mondays, or on the first of a month, at seven in the morning. A job of `serve` looks then and
//! `commonhold digest` when it is called; whoever comes first sees to it, once, in the transaction in which the message is
//! made. After a long silence there is one message and not one for each that was missed. When no last notice date lies
//! ahead, nothing is sent. Who no longer acts for the organisation gets none, and is forgotten.

use std::sync::Arc;

use accounts::{Block, Letter, person};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Zoned};
use ledger::job::{Failed, JobKind, Schedule};
use serde::Serialize;
use store::{Error, Store, Transaction, values};
use vocabulary::{Chance, Clock, Date, OrganisationId, PersonId, Reader, Timestamp};
use web::{say, say_date, say_n};

use super::event::called;
use super::fitting;
use super::news::MONTHS;
use crate::Refused;
use crate::contract::dates::Next;
use crate::contract::dates::asked::Asked;
use crate::contract::dates::read::{Contracts, Row, rows};

/// The job that makes them every morning. Running twice does no harm: who was seen to is written down with the message.
pub(crate) fn job(address: String) -> JobKind {
    JobKind {
        name: "digests",
        label: "Make the e-mails about last notice dates",
        schedule: Some(Schedule::DailyAt { hour: HOUR, minute: 0 }),
        tries: 5,
        limit_minutes: 30,
        run: Arc::new(move |run| {
            let sent = send_due(&run.store, &run.clock, &run.chance, &address);
            let sent = sent.map_err(|error| Failed::ForNow(error.to_string()))?;
            Ok(format!(
                "Made {} messages; for {} people no last notice date lies ahead.",
                sent.messages, sent.nothing_ahead
            ))
        }),
    }
}

/// The hour of the day in the United Kingdom.
const HOUR: i8 = 7;
/// How long a digest is news.
const USEFUL_FOR: SignedDuration = SignedDuration::from_hours(72);
/// The most contracts that a message lists.
const MOST: usize = 50;

/// How often somebody wants it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Often {
    /// On Mondays.
    Weekly,
    /// On the first of the month.
    Monthly,
}

impl Often {
    /// The word as stored and sent.
    pub const fn word(self) -> &'static str {
        match self {
            Often::Weekly => "weekly",
            Often::Monthly => "monthly",
        }
    }

    /// The reverse of [`Often::word`].
    pub fn from_word(word: &str) -> Option<Often> {
        [Often::Weekly, Often::Monthly].into_iter().find(|often| often.word() == word)
    }

    /// The latest moment at which one was due, up to now.
    pub fn due(self, now: Timestamp) -> Timestamp {
        let now = local(now);
        let day = match self {
            Often::Weekly => {
                now.date().saturating_sub(Span::new().days(i64::from(now.weekday().to_monday_zero_offset())))
            }
            Often::Monthly => now.date().first_of_month(),
        };
        let before = match self {
            Often::Weekly => day.saturating_sub(Span::new().weeks(1)),
            Often::Monthly => day.saturating_sub(Span::new().months(1)),
        };
        let at = morning(day);
        if at <= now.timestamp() { at } else { morning(before) }
    }

    /// The day of the next one.
    pub fn next_day(self, now: Timestamp) -> Date {
        let last = local(self.due(now)).date();
        match self {
            Often::Weekly => last.saturating_add(Span::new().weeks(1)),
            Often::Monthly => last.saturating_add(Span::new().months(1)),
        }
    }
}

fn zone() -> TimeZone {
    TimeZone::get("Europe/London").unwrap_or(TimeZone::UTC)
}

fn local(at: Timestamp) -> Zoned {
    at.to_zoned(zone())
}

fn morning(day: Date) -> Timestamp {
    day.at(HOUR, 0, 0, 0).to_zoned(zone()).map_or(Timestamp::UNIX_EPOCH, |at| at.timestamp())
}

/// How often this person wants the digest of this organisation; none when not at all.
///
/// # Errors
/// When the engine fails.
pub fn wanted(
    tx: &mut Transaction<'_>,
    person: PersonId,
    organisation: &OrganisationId,
) -> Result<Option<Often>, Error> {
    let sql = "SELECT how_often FROM digest WHERE organisation = $1 AND person = $2";
    let word = tx.query_optional(sql, &values![organisation.as_str(), person.to_string()], |row| row.text(0))?;
    Ok(word.as_deref().and_then(Often::from_word))
}

/// From now on this person gets the digest this often, or not at all.
///
/// # Errors
/// When the engine fails.
pub fn want(
    tx: &mut Transaction<'_>,
    person: PersonId,
    organisation: &OrganisationId,
    often: Option<Often>,
    now: Timestamp,
) -> Result<(), Error> {
    match often {
        Some(often) => tx.execute(
            "INSERT INTO digest (organisation, person, how_often, made_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (organisation, person) DO UPDATE SET how_often = $3",
            &values![organisation.as_str(), person.to_string(), often.word(), now.as_microsecond()],
        )?,
        None => tx.execute(
            "DELETE FROM digest WHERE organisation = $1 AND person = $2",
            &values![organisation.as_str(), person.to_string()],
        )?,
    };
    Ok(())
}

/// What came of one look at what is due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sent {
    /// Messages that were made.
    pub messages: usize,
    /// Those for whom no last notice date lies ahead, so that nothing was sent.
    pub nothing_ahead: usize,
    /// Those who no longer act for the organisation.
    pub forgotten: usize,
}

/// Makes the messages that are due now. `address` is how this copy is reached. Each is one transaction, so that what stops
/// in between goes on next time.
///
/// # Errors
/// When the engine fails.
pub fn send_due(store: &Store, clock: &Clock, chance: &Chance, address: &str) -> Result<Sent, Refused> {
    let (now, today) = (clock.now(), clock.today());
    let due = store.read_blocking(move |tx| due(tx, now))?;
    let mut sent = Sent::default();
    for (organisation, person) in due {
        let (chance, address) = (chance.clone(), address.to_owned());
        let came = store.write_blocking(move |tx| see_to(tx, &organisation, person, now, today, &address, &chance))?;
        match came {
            Came::Message => sent.messages += 1,
            Came::NothingAhead => sent.nothing_ahead += 1,
            Came::Forgotten => sent.forgotten += 1,
            Came::SeenToAlready => {}
        }
    }
    Ok(sent)
}

/// Those for whom one is due and not yet seen to. A digest is first due after it was asked for.
fn due(tx: &mut Transaction<'_>, now: Timestamp) -> Result<Vec<(OrganisationId, PersonId)>, Error> {
    let [weekly, monthly] = [Often::Weekly, Often::Monthly].map(|often| often.due(now).as_microsecond());
    let rows = tx.query(
        "SELECT organisation, person FROM digest
         WHERE (how_often = 'weekly' AND made_at < $1 AND (seen_to_at IS NULL OR seen_to_at < $1))
            OR (how_often = 'monthly' AND made_at < $2 AND (seen_to_at IS NULL OR seen_to_at < $2))
         ORDER BY organisation, person",
        &values![weekly, monthly],
        |row| Ok((row.text(0)?, row.text(1)?)),
    )?;
    Ok(rows
        .into_iter()
        .filter_map(|(organisation, person)| Some((organisation.parse().ok()?, person.parse().ok()?)))
        .collect())
}

enum Came {
    Message,
    NothingAhead,
    Forgotten,
    SeenToAlready,
}

fn see_to(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    person: PersonId,
    now: Timestamp,
    today: Date,
    address: &str,
    chance: &Chance,
) -> Result<Came, Refused> {
    // Another process may have been quicker.
    if !due(tx, now)?.contains(&(organisation.clone(), person)) {
        return Ok(Came::SeenToAlready);
    }
    let acting = person::acting(tx, person, organisation)?.filter(|acting| acting.participating);
    let (Some(acting), Some(often)) = (acting, wanted(tx, person, organisation)?) else {
        want(tx, person, organisation, None, now)?;
        return Ok(Came::Forgotten);
    };
    let reader = Reader { person: Some(person), acting: Some(acting), scope: None };
    let letter = letter(tx, &reader, organisation, often, today, address)?;
    let seen_to = "UPDATE digest SET seen_to_at = $3 WHERE organisation = $1 AND person = $2";
    tx.execute(seen_to, &values![organisation.as_str(), person.to_string(), now.as_microsecond()])?;
    let Some(letter) = letter else { return Ok(Came::NothingAhead) };
    if !accounts::send(tx, person, &letter, now, chance).map_err(|error| match error {
        accounts::Error::Store(error) => Refused::Store(error),
        accounts::Error::Chance(error) => Refused::NoChance(error),
        other => Refused::Conflicting(other.to_string()),
    })? {
        want(tx, person, organisation, None, now)?;
        return Ok(Came::Forgotten);
    }
    let sent = "UPDATE digest SET sent_at = $3 WHERE organisation = $1 AND person = $2";
    tx.execute(sent, &values![organisation.as_str(), person.to_string(), now.as_microsecond()])?;
    Ok(Came::Message)
}

/// The letter; none when no last notice date lies ahead.
fn letter(
    tx: &mut Transaction<'_>,
    reader: &Reader,
    organisation: &OrganisationId,
    often: Often,
    today: Date,
    address: &str,
) -> Result<Option<Letter>, Refused> {
    let until = today.saturating_add(Span::new().months(MONTHS));
    let contracts = Contracts::read(tx, reader, Some(organisation.as_str()), today)?;
    let due = fitting(&Asked::default(), &contracts).into_iter().filter(|dated| dated.next.is_due(until));
    let (notices, ends): (Vec<_>, Vec<_>) = due.partition(|dated| matches!(dated.next, Next::Notice(_)));
    if notices.is_empty() {
        return Ok(None);
    }
    let name = contracts.names.get(organisation.as_str()).cloned().unwrap_or_default();
    let listed = rows(tx, reader, notices.get(..MOST).unwrap_or(&notices), &contracts.names)?;
    let count = u64::try_from(notices.len()).unwrap_or(u64::MAX);
    let mut blocks = vec![Block::paragraph(say!(
        "Last notice dates of {organisation} from {today} to {until}.",
        organisation = name,
        today = say_date(&today.to_string()),
        until = say_date(&until.to_string())
    ))];
    blocks.extend(listed.iter().map(|row| entry(row, today, address)));
    if notices.len() > listed.len() {
        let more = u64::try_from(notices.len() - listed.len()).unwrap_or(0);
        blocks.push(Block::paragraph(say_n!("And 1 more.", "And {count} more.", more)));
    }
    if !ends.is_empty() {
        blocks.push(Block::paragraph(say_n!(
            "1 contract more ends in this time; its last notice date has passed or is not known.",
            "{count} contracts more end in this time; their last notice dates have passed or are not known.",
            u64::try_from(ends.len()).unwrap_or(0)
        )));
    }
    let follow = format!("{address}/contracts/follow?organisation={organisation}");
    blocks.push(Block::link(say!("All contract dates"), format!("{address}/organisations/{organisation}/contracts")));
    blocks.push(Block::paragraph(match often {
        Often::Weekly => say!("You get this once a week, because you asked for it."),
        Often::Monthly => say!("You get this once a month, because you asked for it."),
    }));
    blocks.push(Block::link(say!("To stop it, or to get it more or less often"), follow.clone()));
    let subject = say_n!(
        "1 last notice date at {organisation} within six months",
        "{count} last notice dates at {organisation} within six months",
        count,
        organisation = name
    );
    Ok(Some(Letter { subject, blocks, useful_for: USEFUL_FOR, unsubscribe: Some(follow) }))
}

fn entry(row: &Row, today: Date, address: &str) -> Block {
    let day = row.dated.next.day().unwrap_or_default();
    let days = day.parse::<Date>().ok().and_then(|day| today.until(day).ok()).map_or(0, |span| span.get_days());
    let away = match u64::try_from(days) {
        Ok(0) => say!("today"),
        Ok(days) => say_n!("in 1 day", "in {count} days", days),
        Err(_) => String::new(),
    };
    let suppliers: Vec<&str> = row.suppliers.iter().map(|(_, name)| name.as_str()).collect();
    let with = if suppliers.is_empty() { say!("supplier not known") } else { suppliers.join(", ") };
    let end = row.end.as_deref().map(say_date).unwrap_or_default();
    Block::Entry {
        title: say!("{day} ({away}): {name}", day = say_date(day), away = away, name = called(row)),
        lines: vec![say!("{suppliers}; contract end {end}", suppliers = with, end = end)],
        href: Some(format!("{address}/contracts/{}", row.dated.id)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap_or_default()
    }

    #[test]
    fn one_is_due_on_mondays_or_the_first_at_seven_in_the_morning() {
        // 22 November 2026 is a Sunday.
        assert_eq!(Often::Weekly.due(at("2026-11-22T12:00:00Z")), at("2026-11-16T07:00:00Z"));
        assert_eq!(Often::Weekly.due(at("2026-11-23T06:59:59Z")), at("2026-11-16T07:00:00Z"));
        assert_eq!(Often::Weekly.due(at("2026-11-23T07:00:00Z")), at("2026-11-23T07:00:00Z"));
        assert_eq!(Often::Monthly.due(at("2026-11-22T12:00:00Z")), at("2026-11-01T07:00:00Z"));
        assert_eq!(Often::Monthly.due(at("2026-11-01T06:00:00Z")), at("2026-10-01T06:00:00Z"), "summer time");
        assert_eq!(Often::Weekly.next_day(at("2026-11-22T12:00:00Z")), Date::constant(2026, 11, 23));
        assert_eq!(Often::Monthly.next_day(at("2026-12-31T12:00:00Z")), Date::constant(2027, 1, 1));
    }
}
