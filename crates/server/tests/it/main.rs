//! The program as its users meet it: the built command, its pages over HTTP, and what the documentation must say of both.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may stop")]

mod about_people;
mod addresses;
mod backups;
mod browser;
mod demo;
mod doctor;
mod documents;
mod import_files;
mod invite;
mod mail;
mod place;
mod program;
mod sample_pages;
mod see_as;
mod serve;
mod sign_in;
mod upgrades;
mod usage;
