//! The operator's pages through the front door: who comes in, what they see, what they do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may stop")]

mod jobs;
mod overview;
mod world;
