//! Following contract dates without coming back to look: a calendar, a feed, an e-mail.
//!
//! What everybody may see has plain addresses ([`plain`]). Anything more needs an address with a secret ([`feed`]), which
//! never shows more than its maker may see at that moment, or a message to a person who may see it ([`digest`]).

pub mod calendar;
pub mod digest;
pub mod event;
pub mod feed;
pub mod news;
pub mod page;
pub mod plain;
pub mod samples;

use ledger::Secrets;
use store::Transaction;
use vocabulary::{Date, Reader};
use web::{Routes, Template, Visit, say};

use super::dates::asked::{Asked, FILTERS};
use super::dates::read::{Contracts, Dated, Row, rows};
use crate::{Architecture, Refused, listing};

/// The addresses of following.
pub(crate) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    feed::routes(plain::routes(page::routes(routes)))
}

/// Its templates.
pub(crate) const TEMPLATES: &[Template] = &[
    Template {
        name: "architecture/contract/follow.html",
        source: include_str!("../../templates/contract/follow.html"),
    },
    Template {
        name: "architecture/contract/feed-made.html",
        source: include_str!("../../templates/contract/feed-made.html"),
    },
];

/// Addresses with a secret: what a restored backup stops.
pub const SECRETS: &[Secrets] = &[Secrets {
    table: "feed",
    words: ("address of a calendar or feed", "addresses of calendars and feeds"),
    revoke: feed::stop_all,
}];

/// The most contracts of a calendar or feed: the soonest.
const MOST: usize = 2_000;

/// The filters that a text has, as [`Asked::query`] wrote it.
///
/// # Errors
/// A problem when it was not written by that.
pub(crate) fn filters(text: &str) -> Result<Asked, web::Problem> {
    let mut visit = Visit::of("/contracts");
    visit.query = text.to_owned();
    Asked::read(&visit.parameters(FILTERS)?)
}

/// What is followed: contracts in their order, and what the filters say in words.
pub(crate) struct Followed {
    pub title: String,
    pub rows: Vec<Row>,
}

impl Followed {
    /// Reads what `reader` may see.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn read(tx: &mut Transaction<'_>, reader: &Reader, asked: &Asked, today: Date) -> Result<Followed, Refused> {
        let contracts = Contracts::read(tx, reader, asked.only_organisation(), today)?;
        let mut fitting = fitting(asked, &contracts);
        fitting.truncate(MOST);
        let title = title(asked, &contracts);
        Ok(Followed { title, rows: rows(tx, reader, &fitting, &contracts.names)? })
    }
}

/// The contracts that fit, soonest first.
pub(crate) fn fitting(asked: &Asked, contracts: &Contracts) -> Vec<Dated> {
    listing::sorted(asked.filtered(contracts), super::dates::page::key)
}

/// What a calendar or feed is called.
pub(crate) fn title(asked: &Asked, contracts: &Contracts) -> String {
    match asked.words(contracts) {
        Some(words) => say!("Contract dates: {filters}", filters = words),
        None => say!("Contract dates"),
    }
}

/// `path?query`, or the path where there is no query.
pub(crate) fn with_query(path: &str, query: &str) -> String {
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}
