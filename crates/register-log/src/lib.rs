//! A register as an append-only log that anyone can verify: canonical entries, the Merkle tree over them, tiles,
//! checkpoints, and proofs. `docs/specs/register-log.md` is its specification.
//!
//! It deliberately has no I/O, no clock, no chance and no HTTP: hashes come from wherever the caller keeps them, times and
//! salts as arguments.
//!
//! | Module | What it is for |
//! |---|---|
//! | `hash` | SHA-256 and how it is written |
//! | `tree` | RFC 6962: roots, and proofs of inclusion, growth and completeness |
//! | `tile` | the log as plain files (C2SP tlog-tiles) |
//! | `note` | texts that are signed (C2SP signed-note) |
//! | `checkpoint` | what a log says it is at some size (C2SP tlog-checkpoint) |
//! | `cosignature` | what a witness signs (C2SP tlog-cosignature) |
//! | `witness` | what a witness is asked and decides (C2SP tlog-witness) |
//! | `proof` | that an entry is in a log, in one file (C2SP tlog-proof) |
//! | `content` | what a record says, and commitments to what may be erased |
//! | `entry` | what happened to a register |
//! | `map` | which entry is the latest of each key, and that none is left out |
//! | `replay` | whether entries make a valid log, and which map comes of them |
//! | `answer` | what records say, with all of its proof, in one file |

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic, reason = "tests say what is wrong by stopping"))]

pub mod answer;
pub mod checkpoint;
pub mod content;
pub mod cosignature;
pub mod entry;
mod hash;
pub mod map;
pub mod note;
pub mod proof;
pub mod replay;
pub mod tile;
pub mod tree;
pub mod witness;

pub use hash::{Hash, NotAHash};
