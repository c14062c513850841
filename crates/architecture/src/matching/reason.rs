//! Why a text may mean a product, in words for people.

use super::NameKind;
use web::say;

/// A reason for or against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The same name but for case, accents and signs; of which kind.
    Name(NameKind),
    /// The text is written in other words, or with other spaces.
    Spaces,
    /// A version stands in the text.
    Version,
    /// Supplier and product stand in one text.
    RunTogether,
    /// The supplier is the same.
    SameSupplier,
    /// The supplier is another one.
    SupplierDiffers,
    /// One letter is wrong, missing, doubled, or two have changed places.
    OneLetter,
    /// Two letters are.
    TwoLetters,
    /// A word is shortened.
    Abbreviation(String),
    /// The text says more than the name; in which words.
    AlsoSays(String),
    /// Only some words of the name are there.
    PartOfName,
    /// Nothing but the supplier is named.
    OnlySupplier,
    /// Only words that many products have are the same.
    CommonWords,
}

impl Reason {
    /// In words.
    pub fn text(&self) -> String {
        match self {
            Reason::Name(NameKind::Name) => say!("the same name"),
            Reason::Name(NameKind::Alias) => say!("also known by this name"),
            Reason::Name(NameKind::Former) => say!("had this name before"),
            Reason::Spaces => say!("spaces, signs or order differ"),
            Reason::Version => say!("name differs by version"),
            Reason::RunTogether => say!("supplier and product run together"),
            Reason::SameSupplier => say!("same supplier"),
            Reason::SupplierDiffers => say!("supplier differs"),
            Reason::OneLetter => say!("one letter differs"),
            Reason::TwoLetters => say!("two letters differ"),
            Reason::Abbreviation(of) => say!("abbreviation of \"{name}\"", name = of),
            Reason::AlsoSays(words) => say!("the text also says \"{words}\"", words = words),
            Reason::PartOfName => say!("part of the name is the same"),
            Reason::OnlySupplier => say!("the text names only the supplier"),
            Reason::CommonWords => say!("only common words are the same"),
        }
    }
}
