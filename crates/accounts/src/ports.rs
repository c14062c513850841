//! What this subject asks of the rest of the program; `server` answers.

use serde::Serialize;
use vocabulary::Reader;

use crate::Organisation;

/// A link of the row of links that joins an organisation's pages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct View {
    /// In words.
    pub text: String,
    /// Its address.
    pub href: String,
}

/// Which pages does an organisation have for this reader? The page of its people is one of them.
pub type Views = fn(&Organisation, &Reader) -> Vec<View>;
