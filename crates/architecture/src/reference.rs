//! The reference data that the program carries: the Local Government Architecture Model and the shared list of products.
//! Loaded when they differ from what is stored, so that starting again costs one comparison. Whatever is made from them
//! follows at once.

use ::store::{Error, Transaction, values};
use sha2::{Digest, Sha256};
use vocabulary::Timestamp;

use crate::frame::{self, Frame, FrameError, LGAM_FILE};
use crate::product::{self, PRODUCTS_FILE, Products, ProductsError};

/// What systems and contracts are found by, as a number that rises when it changes: then those of a database that an earlier
/// version wrote are registered anew, at the start, like names that the carried lists have changed.
const THINGS: &str = "things 2";

/// Why the reference data was not loaded.
#[derive(Debug, thiserror::Error)]
pub enum ReferenceError {
    /// The frame's file is unsound.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// The products' file is unsound.
    #[error(transparent)]
    Products(#[from] ProductsError),
    /// The database refused.
    #[error(transparent)]
    Store(#[from] Error),
}

/// Loads the carried reference data if the database holds another version of it. True if it did.
///
/// # Errors
/// When a file contradicts itself or the database refuses; then nothing was changed.
pub fn load(tx: &mut Transaction<'_>, now: Timestamp) -> Result<bool, ReferenceError> {
    let mut hash = Sha256::new();
    hash.update(LGAM_FILE);
    hash.update(PRODUCTS_FILE);
    hash.update(THINGS);
    let carried: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    let stored =
        tx.query_optional("SELECT hash FROM reference_loaded WHERE name = 'carried'", &[], |row| row.text(0))?;
    if stored.as_deref() == Some(carried.as_str()) {
        return Ok(false);
    }
    let lgam = Frame::read(LGAM_FILE)?;
    let elements = lgam.elements.iter().map(|element| element.id.as_str()).collect();
    let products = Products::read(PRODUCTS_FILE, &elements)?;
    load_frame(tx, &lgam, now)?;
    product::store::load(tx, &products, now)?;
    // Systems are found by the names of their products, suppliers and elements.
    crate::rebuild(tx, now)?;
    tx.execute(
        "INSERT INTO reference_loaded (name, hash) VALUES ('carried', $1) ON CONFLICT (name) DO UPDATE SET hash = excluded.hash",
        &values![carried],
    )?;
    Ok(true)
}

/// Loads a frame beside those that are there, or another version of one, and lets its elements be found. Elements that the
/// new version no longer has leave a tombstone.
///
/// # Errors
/// When the database refuses.
pub fn load_frame(tx: &mut Transaction<'_>, frame: &Frame, now: Timestamp) -> Result<(), Error> {
    let before = frame::store::elements(tx, &frame.frame.id)?;
    frame::store::load(tx, frame)?;
    for element in before.iter().filter(|old| frame.elements.iter().all(|new| new.id != old.id)) {
        ledger::withdraw_thing(tx, None, &element.address(), "not in this version of the frame", now)?;
    }
    let things = frame::store::things(tx)?;
    ledger::put_things(tx, &things, now)
}
