//! Making one of two: systems of one organisation, products and suppliers of the shared list that were recorded twice.
//!
//! Nothing is rewritten. What goes is marked as merged into what stays, its address leads on, its links and names count for
//! what stays, and taking the merging back restores both as they were. Finding likely duplicates is `matching`'s.

pub mod shared;
mod shared_page;
pub mod system;
mod system_page;

use web::{Routes, SamplePage, Template};

use crate::Architecture;

/// The addresses of merging.
pub(crate) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    shared_page::routes(system_page::routes(routes))
}

/// The templates of merging.
pub(crate) const TEMPLATES: &[Template] =
    &[Template { name: "architecture/merging/system.html", source: include_str!("../templates/merging/system.html") }];

/// The pages of merging with invented content.
pub(crate) fn samples() -> Vec<SamplePage> {
    [system_page::samples(), shared_page::samples()].concat()
}
