//! The shared technical architecture model: estates, products, contracts, reference frames, comparison.
//!
//! Code map. Nouns: [`frame`] (reference model), [`product`], [`system`], [`contract`], [`estate`] (how an organisation
//! shares its systems), [`statement`] (how values are kept). [`projection`] makes the tables that pages read from the
//! statements. [`spreadsheet`] reads files; `import` previews, applies and undoes them. Each page or action is a file under
//! its noun: `system/show.rs`, `import/undo.rs`. Organisations themselves live in `accounts`.
//!
//! What is not here: sign-in and roles (`accounts`), search and events (`ledger`), statuses and formats (`web`).

pub mod contract;
pub mod estate;
pub mod frame;
pub mod product;
pub mod projection;
mod refused;
pub mod spreadsheet;
pub mod statement;
pub mod system;

use ::store::{Migration, Store};
use vocabulary::{Chance, Clock};

pub use refused::Refused;

/// What the pages and actions of this subject need.
#[derive(Clone)]
pub struct Architecture {
    /// The database.
    pub store: Store,
    /// The present moment.
    pub clock: Clock,
    /// Randomness for identifiers.
    pub chance: Chance,
}

/// The tables of this subject.
pub const MIGRATIONS: &[Migration] = &[
    Migration { subject: "architecture", number: 1, name: "reference", sql: include_str!("../migrations/0001_reference.sql") },
    Migration { subject: "architecture", number: 2, name: "estates", sql: include_str!("../migrations/0002_estates.sql") },
    Migration { subject: "architecture", number: 3, name: "imports", sql: include_str!("../migrations/0003_imports.sql") },
];
