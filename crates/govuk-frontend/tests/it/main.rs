//! The crate from outside: the package's own fixtures, pages of an application, the embedded files.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may stop")]

mod assets;
mod explanation;
mod fixtures;
mod javascript;
mod pages;
