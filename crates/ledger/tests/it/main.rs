//! The ledger through its own front door: its functions on a real database, and the search page through `web::app`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may stop")]

mod doctor;
mod events;
mod jobs;
mod links;
mod moved;
mod near;
mod search;
mod search_page;
mod things;
mod world;
