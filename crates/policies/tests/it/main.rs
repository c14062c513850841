//! The four pages through the front door.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop")]

mod pages;
