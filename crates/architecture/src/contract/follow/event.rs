//! The days that are followed: each known last notice date and each known end, in words.
//!
//! Costs, and texts that only the organisation sees and can erase, are never among those words.

use vocabulary::{Date, Timestamp};
use web::{say, say_date, say_n};

use crate::contract::dates::Next;
use crate::contract::dates::read::Row;
use crate::contract::show::named;
use crate::organisation::short_name;

/// What falls on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Falls {
    /// The last day on which notice can be given.
    LastNotice,
    /// The last day of the contract.
    End,
}

impl Falls {
    /// The stable word of it, in identifiers.
    pub const fn word(self) -> &'static str {
        match self {
            Falls::LastNotice => "last-notice-date",
            Falls::End => "contract-end",
        }
    }
}

/// One day of one contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The contract's id.
    pub contract: String,
    /// What falls.
    pub falls: Falls,
    /// When.
    pub day: Date,
    /// One line: "Last notice date: Bin rounds, Ashmere".
    pub summary: String,
    /// What else is known, a sentence a line.
    pub description: Vec<String>,
    /// When the latest statement about the contract was made.
    pub changed_at: Timestamp,
}

impl Event {
    /// Where the contract's page is.
    pub fn path(&self) -> String {
        format!("/contracts/{}", self.contract)
    }
}

/// The days of these contracts, in the order of the contracts.
pub(crate) fn of(rows: &[Row]) -> Vec<Event> {
    rows.iter().flat_map(days).collect()
}

fn days(row: &Row) -> Vec<Event> {
    let day = |text: Option<&str>| text.and_then(|text| text.parse::<Date>().ok());
    let notice = day(row.last_notice_day.as_deref()).map(|day| (Falls::LastNotice, day));
    let end = day(row.end_day.as_deref()).map(|day| (Falls::End, day));
    let event = |(falls, day)| {
        let (name, organisation) = (called(row), short_name(&row.organisation_name));
        Event {
            contract: row.dated.id.clone(),
            falls,
            day,
            summary: match falls {
                Falls::LastNotice => {
                    say!("Last notice date: {name}, {organisation}", name = name, organisation = organisation)
                }
                Falls::End => say!("Contract ends: {name}, {organisation}", name = name, organisation = organisation),
            },
            description: described(row, falls),
            changed_at: row.changed_at.parse().unwrap_or(Timestamp::UNIX_EPOCH),
        }
    };
    notice.into_iter().chain(end).map(event).collect()
}

/// What a contract is called by those who do not know its reference: by its systems.
pub(crate) fn called(row: &Row) -> String {
    let first = row.systems.first().map(|system| system.name.as_str());
    match (first, row.systems.len()) {
        (Some(first), 2..) => {
            let more = u64::try_from(row.systems.len() - 1).unwrap_or(u64::MAX);
            say_n!("{first} and 1 more system", "{first} and {count} more systems", more, first = first)
        }
        (Some(only), _) => only.to_owned(),
        (None, _) => named(row.reference.as_deref(), row.title.as_deref()),
    }
}

fn described(row: &Row, falls: Falls) -> Vec<String> {
    let contract = named(row.reference.as_deref(), row.title.as_deref());
    let suppliers: Vec<&str> = row.suppliers.iter().map(|(_, name)| name.as_str()).collect();
    let mut lines = vec![match suppliers.is_empty() {
        true => say!("{contract}. The supplier is not known.", contract = contract),
        false => say!("{contract}, with {suppliers}.", contract = contract, suppliers = suppliers.join(", ")),
    }];
    if let Some(end) = &row.end {
        lines.push(say!("Contract end: {end}.", end = say_date(end)));
    }
    match (falls, row.notice_months) {
        (Falls::LastNotice, Some(months)) => {
            let months = u64::try_from(months).unwrap_or(0);
            lines.push(say_n!("Notice: 1 month.", "Notice: {count} months.", months));
        }
        (Falls::End, Some(_)) => {}
        (_, None) => lines.push(say!("The last notice date is not known.")),
    }
    if let Some(options) = &row.extension {
        lines.push(say!("Extension options: {options}.", options = options.trim_end_matches('.')));
    }
    if row.systems.len() > 1 {
        let names: Vec<&str> = row.systems.iter().take(20).map(|system| system.name.as_str()).collect();
        lines.push(say!("Systems: {systems}.", systems = names.join(", ")));
    }
    if matches!(row.dated.next, Next::Ended(_)) {
        lines.push(say!("This contract has ended."));
    }
    lines
}
