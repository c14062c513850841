//! Which product or supplier a text means, when people write names as they come: abbreviated, misspelt, with the supplier or
//! a version run into them, or as they were years ago.
//!
//! A wrong match is worse than a miss. So there are three outcomes: *certain* is made without asking, *likely* is suggested
//! with reasons that people can read, and *nothing*. Certain needs the whole name, nothing foreign beside it, and no
//! supplier that speaks against it; how alike two spellings are alone never suffices.
//!
//! [`index`] and [`judge`] decide about products and [`suppliers`] about suppliers: plain code over names in memory, without
//! a database. The lists of words that they know are in [`words`]. [`names`] has what texts mean to one organisation, [`store`]
//! what it has decided about its own names.

pub mod decide;
mod index;
mod judge;
pub mod names;
pub(crate) mod page;
mod reason;
pub mod store;
mod suppliers;
mod words;

pub use index::{Index, Known, KnownName, NameKind};
pub use reason::Reason;
pub use store::waiting;
pub use suppliers::{KnownSupplier, SupplierVerdict, Suppliers};

/// What a text means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// This product, without asking.
    Certain(Suggestion),
    /// Perhaps one of these, the likeliest first; people decide.
    Likely(Vec<Suggestion>),
    /// Nothing that is known.
    Nothing,
}

/// A product that a text may mean, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// '' for the shared list, else the organisation whose own product it is.
    pub organisation: String,
    /// The product's id.
    pub product: String,
    /// The name of it that the text is like.
    pub name: String,
    /// How like, from 0 to 100. It orders suggestions and is shown to nobody: the reasons are.
    pub score: u8,
    /// Why, the strongest first.
    pub reasons: Vec<Reason>,
    /// A version that the text carries.
    pub version: Option<String>,
}

impl Suggestion {
    /// The reasons as one sentence part: "same supplier; name differs by version".
    pub fn reasons_text(&self) -> String {
        let reasons: Vec<String> = self.reasons.iter().map(Reason::text).collect();
        reasons.join("; ")
    }

    /// Whether it is the name itself, but for case, accents and signs.
    pub fn is_exact(&self) -> bool {
        self.reasons.iter().any(|reason| matches!(reason, Reason::Name(_)))
    }
}

/// At most so many suggestions are made for one text.
pub const MOST_SUGGESTIONS: usize = 5;

/// Texts longer than this are sentences and not names; they are not compared.
const LONGEST_TEXT: usize = 200;
