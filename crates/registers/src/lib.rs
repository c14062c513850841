//! Registers: bulk files that become APIs which anyone can use and anyone can verify.
//!
//! | Module | What it is for |
//! |---|---|
//! | `datatype` | what kind of value a column holds, and its one form |
//! | `schema` | columns, what identifies a record, and what may be asked; as CSVW |
//! | `table` | files, record by record |
//!
//! It deliberately has no log of its own: `register-log` says what is signed.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic, reason = "tests say what is wrong by stopping"))]

pub mod datatype;
pub mod schema;
pub mod table;
