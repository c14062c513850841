//! The program as its users meet it: the built command, its pages over HTTP, and what the documentation must say of both.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may stop")]

mod about_people;
mod addresses;
mod answers;
mod attacks;
mod backups;
mod browser;
mod coming;
mod demo;
mod doctor;
mod documents;
mod import_files;
mod invite;
mod leaving;
mod left;
mod mail;
mod passkeys;
mod place;
mod policies;
mod program;
mod replicas;
mod sample_pages;
mod see_as;
mod serve;
mod sign_in;
#[cfg(feature = "otel")]
mod traces;
mod upgrades;
mod usage;
mod watching;
