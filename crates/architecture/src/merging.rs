//! Making one of two: systems of one organisation, products and suppliers of the shared list that were recorded twice.
//!
//! Nothing is rewritten. What goes is marked as merged into what stays, its address leads on, its links and names count for
//! what stays, and taking the merging back restores both as they were. Finding likely duplicates is `matching`'s.

pub mod shared;
mod shared_page;
pub mod system;
mod system_page;

use accounts::{Deed, may};
use store::{Error, Transaction};
use vocabulary::Reader;
use web::{Routes, SamplePage, Template};

use crate::Architecture;

/// Whether the reader may merge products and suppliers of the shared list.
///
/// # Errors
/// When the engine fails.
pub(crate) fn may_merge_shared(tx: &mut Transaction<'_>, reader: &Reader) -> Result<bool, Error> {
    let keeper = accounts::organisation::keeper(tx)?;
    Ok(keeper.is_some_and(|keeper| may(reader, Deed::KeepSharedList, &keeper).is_ok()))
}

/// The addresses of merging.
pub(crate) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    shared_page::routes(system_page::routes(routes))
}

/// The templates of merging.
pub(crate) const TEMPLATES: &[Template] = &[
    Template { name: "architecture/merging/system.html", source: include_str!("../templates/merging/system.html") },
    Template { name: "architecture/merging/shared.html", source: include_str!("../templates/merging/shared.html") },
];

/// The pages of merging with invented content.
pub(crate) fn samples() -> Vec<SamplePage> {
    [system_page::samples(), shared_page::samples()].concat()
}
