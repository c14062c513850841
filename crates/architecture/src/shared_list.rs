//! The shared list of products grows by what organisations offer and its keeper publishes.
//!
//! An organisation's own names stay with it until one of its editors offers one and a steward of the keeper publishes it; so
//! neither private names nor one editor's mistake spreads. Nothing is offered by itself. An offer shows its text to the
//! stewards of the keeper and to nobody else: no systems, costs or people go with it. What was published is public, without
//! who offered it.
//!
//! [`offer`] is the noun: what may be offered, and with which words. [`publish`] and [`withdraw`] decide; [`store`] has the
//! tables. Pages: `list_page` for everyone, `mine_page` and `new_page` for the organisation, `decide_page` and
//! `withdraw_page` for the keeper. What names mean, and how systems follow, is `matching`'s; merging duplicates is `merging`'s.

mod decide_page;
mod list_page;
mod mine_page;
mod new_page;
pub mod offer;
pub mod publish;
mod samples;
pub mod store;
pub mod withdraw;
mod withdraw_page;

use ::store::Transaction;
use accounts::{Deed, may};
use vocabulary::{Kind, Reader};
use web::{Routes, Template};

use crate::{Architecture, Refused};

pub(crate) use mine_page::{Link, link_for};
pub(crate) use samples::samples;

/// The addresses of the shared list.
pub(crate) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    let routes = list_page::routes(routes);
    let routes = decide_page::routes(routes);
    let routes = withdraw_page::routes(routes);
    let routes = new_page::routes(routes);
    mine_page::routes(routes)
}

/// The templates of the shared list.
pub(crate) const TEMPLATES: &[Template] = &[
    Template { name: list_page::TEMPLATE, source: include_str!("../templates/shared_list/list.html") },
    Template { name: decide_page::TEMPLATE, source: include_str!("../templates/shared_list/decide.html") },
    Template { name: withdraw_page::TEMPLATE, source: include_str!("../templates/shared_list/withdraw.html") },
    Template { name: new_page::TEMPLATE, source: include_str!("../templates/shared_list/new.html") },
    Template { name: mine_page::LIST, source: include_str!("../templates/shared_list/mine.html") },
    Template { name: mine_page::ONE, source: include_str!("../templates/shared_list/offer.html") },
    Template {
        name: "architecture/shared_list/macros.html",
        source: include_str!("../templates/shared_list/macros.html"),
    },
];

/// Refuses everybody but the stewards of whoever keeps the shared list; to others the page does not exist.
///
/// # Errors
/// [`Refused::Missing`] or [`Refused::Forbidden`], as `accounts::may` says.
pub(crate) fn keeps(tx: &mut Transaction<'_>, reader: &Reader) -> Result<(), Refused> {
    let keeper = accounts::organisation::keeper(tx)?.ok_or(Refused::Missing)?;
    match may(reader, Deed::KeepSharedList, &keeper) {
        Ok(()) => Ok(()),
        Err(refused) if refused.kind == Kind::Missing => Err(Refused::Missing),
        Err(refused) => Err(Refused::Forbidden(refused.to_string())),
    }
}

/// How many offers wait, for those who decide about them; none for everybody else.
///
/// # Errors
/// When the engine fails.
pub fn waiting(tx: &mut Transaction<'_>, reader: &Reader) -> Result<Option<u64>, ::store::Error> {
    match crate::merging::may_merge_shared(tx, reader)? {
        true => store::count_waiting(tx).map(Some),
        false => Ok(None),
    }
}
