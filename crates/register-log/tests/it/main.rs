//! The crate as those use it who have its specification and nothing else.

#![allow(clippy::unwrap_used, reason = "tests say what is wrong by stopping")]

mod specification;
