//! A small application behind the real front door, visited as browsers and programs would.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may stop")]

mod addresses;
mod formats;
mod forms;
mod headers;
mod limits;
mod lists;
mod pages;
mod problems;
mod serving;
mod text;
mod world;
