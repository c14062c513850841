//! Throw-away databases: every test gets its own, and the same tests run on both engines.
//!
//! SQLite in a temporary folder, unless the variable `COMMONHOLD_TEST_POSTGRES` holds the address of a PostgreSQL server:
//! then a new database there. [`postgres::Server`] starts such a server. [`smtp::SmtpServer`] is a mail server, and
//! [`provider::Provider`] one by which people sign in; both misbehave when told to. [`authenticator::Authenticator`] makes
//! passkeys, and gives its parts away for others to bend. This crate knows no subject; worlds that tests need are built by the
//! tests of each subject.
#![allow(clippy::expect_used, clippy::panic, reason = "a test may stop")]

pub mod authenticator;
mod database;
pub mod postgres;
pub mod provider;
pub mod smtp;

pub use database::{TestDatabase, TestStore, database, store};

/// The variable that sends tests to PostgreSQL: `postgres://user@host/postgres`, version 15 or newer, with the
/// right to create databases.
pub const POSTGRES: &str = "COMMONHOLD_TEST_POSTGRES";
