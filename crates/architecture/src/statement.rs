//! Values are statements: who said what about which attribute, when, how surely, in which change. They are only ever
//! added to; the tables that pages read are projections of them, so history, undo and rebuilding are one mechanism.
//!
//! This module has the words; [`store`] has the tables; [`damage`] says whether they are whole.

pub mod damage;
pub mod store;

use serde::{Deserialize, Serialize};
use vocabulary::Date;

macro_rules! words {
    ($(#[$doc:meta])* $type:ident { $($(#[$vdoc:meta])* $variant:ident => $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $type { $($(#[$vdoc])* $variant),+ }
        impl $type {
            /// All of them, in the order in which pages show them.
            pub const ALL: &'static [$type] = &[$($type::$variant),+];
            /// The word as stored and as written in files.
            pub const fn word(self) -> &'static str { match self { $($type::$variant => $word),+ } }
            /// The one that a stored word names.
            pub fn from_word(word: &str) -> Option<$type> { match word { $($word => Some($type::$variant),)+ _ => None } }
        }
    };
}
pub(crate) use words;

words! {
    /// What a statement is about.
    SubjectKind {
        /// One organisation's use of a product.
        System => "system",
        /// An agreement that covers systems.
        Contract => "contract",
    }
}

words! {
    /// How sure a value is.
    Confidence {
        /// Somebody checked it against the thing itself.
        Verified => "verified",
        /// A source says so.
        Reported => "reported",
        /// Inferred, for example from what the product usually does.
        Estimated => "estimated",
    }
}

words! {
    /// What can be stated. The first is of both kinds of subject, those named `Contract…` and the last five of contracts, the
    /// rest of systems.
    Attribute {
        /// Whether the subject is in the estate at all; taken back by undoing the change that added it.
        Recorded => "recorded",
        /// The system that it was merged into; taken back by undoing that change.
        MergedInto => "merged_into",
        /// What the organisation calls it.
        Name => "name",
        /// Planned, live, retiring, retired.
        Status => "status",
        /// The product in use.
        Product => "product",
        /// The product's version.
        Version => "version",
        /// Who supplies it.
        Supplier => "supplier",
        /// The modules of the product that are in use.
        Modules => "modules",
        /// The reference elements that it serves.
        Elements => "elements",
        /// What it does, in the organisation's words.
        Description => "description",
        /// Role or team that answers for its use.
        BusinessOwner => "business_owner",
        /// Role or team that runs it.
        TechnicalOwner => "technical_owner",
        /// Number of users.
        Users => "users",
        /// What it costs a year, in pence.
        AnnualCost => "annual_cost",
        /// The contract that covers it.
        Contract => "contract",
        /// Where it runs.
        Hosting => "hosting",
        /// Whether its data are held together or apart.
        DataModel => "data_model",
        /// How its data can be taken out.
        Portability => "portability",
        /// Who supports it.
        SupportModel => "support_model",
        /// Other organisations that use it, in words.
        SharedWith => "shared_with",
        /// Other organisations that use it, by their ids: the system is shared, and this organisation owns it.
        UsedBy => "used_by",
        /// Other systems of the organisation that it needs, by their ids.
        DependsOn => "depends_on",
        /// How much depends on it.
        Criticality => "criticality",
        /// Its address on the web.
        Website => "website",
        /// The organisation's own notes.
        Notes => "notes",
        /// What the contract is called.
        ContractTitle => "contract_title",
        /// Who the contract is with.
        ContractSupplier => "contract_supplier",
        /// What the whole contract costs a year, in pence.
        ContractCost => "contract_cost",
        /// The contract's reference.
        Reference => "contract_reference",
        /// First day.
        Start => "contract_start",
        /// Last day.
        End => "contract_end",
        /// Months of notice that ending it needs.
        NoticeMonths => "notice_months",
        /// Options to extend.
        Extension => "extension_options",
    }
}

impl Attribute {
    /// Which kind of subject it is stated of. [`Attribute::Recorded`] is stated of both; this answers for systems.
    pub const fn of(self) -> SubjectKind {
        match self {
            Attribute::ContractTitle
            | Attribute::ContractSupplier
            | Attribute::ContractCost
            | Attribute::Reference
            | Attribute::Start
            | Attribute::End
            | Attribute::NoticeMonths
            | Attribute::Extension => SubjectKind::Contract,
            _ => SubjectKind::System,
        }
    }

    /// The name that people read.
    pub const fn label(self) -> &'static str {
        match self {
            Attribute::Recorded => "In the estate",
            Attribute::MergedInto => "Merged into",
            Attribute::Name => "System name",
            Attribute::Status => "Status",
            Attribute::Product => "Product",
            Attribute::Version => "Version",
            Attribute::Supplier => "Supplier",
            Attribute::Modules => "Modules",
            Attribute::Elements => "LGAM elements",
            Attribute::Description => "Description",
            Attribute::BusinessOwner => "Business owner",
            Attribute::TechnicalOwner => "Technical owner",
            Attribute::Users => "Users",
            Attribute::AnnualCost => "Cost a year",
            Attribute::Contract => "Contract",
            Attribute::Hosting => "Hosting",
            Attribute::DataModel => "Data model",
            Attribute::Portability => "Portability",
            Attribute::SupportModel => "Support model",
            Attribute::SharedWith => "Shared with",
            Attribute::UsedBy => "Used by",
            Attribute::DependsOn => "Relies on",
            Attribute::Criticality => "Criticality",
            Attribute::Website => "Website",
            Attribute::Notes => "Notes",
            Attribute::ContractTitle => "Contract title",
            Attribute::ContractSupplier => "Contract supplier",
            Attribute::ContractCost => "Contract cost a year",
            Attribute::Reference => "Contract reference",
            Attribute::Start => "Contract start",
            Attribute::End => "Contract end",
            Attribute::NoticeMonths => "Notice period",
            Attribute::Extension => "Extension options",
        }
    }
}

/// What is stated of an attribute. Stored as canonical JSON: one object with one key, or one word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stated {
    /// Yes or no.
    Flag(bool),
    /// Words, a date (`2027-03-31`), a month (`2027-03`), a status word.
    Text(String),
    /// A count, months, or pence.
    Number(i64),
    /// Elements as `(frame, element)`, sorted.
    Elements(Vec<(String, String)>),
    /// A product as `(organisation, id)`; the organisation is '' for the shared list.
    Product(String, String),
    /// A supplying organisation's id.
    Supplier(String),
    /// The organisation makes and runs it itself.
    InHouse,
    /// A contract's id.
    Contract(String),
    /// A system's id.
    System(String),
    /// Ids of organisations, sorted.
    Organisations(Vec<String>),
    /// Ids of systems of the same organisation, sorted.
    Systems(Vec<String>),
    /// An id in `private_text`: seen by the organisation only, and erasable.
    Private(String),
}

impl Stated {
    /// As stored.
    pub fn to_json(&self) -> String {
        // A `Stated` has string keys only, so this cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// From what was stored.
    pub fn from_json(text: &str) -> Option<Stated> {
        serde_json::from_str(text).ok()
    }
}

/// One statement, before it has its place in a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// What kind of subject.
    pub kind: SubjectKind,
    /// The subject's id.
    pub subject: String,
    /// Which attribute.
    pub attribute: Attribute,
    /// The value; none says that nothing is stated any longer.
    pub value: Option<Stated>,
    /// Id in `private_text` of the text as sent, where it was not understood.
    pub original: Option<String>,
    /// Where it was read.
    pub source: String,
    /// How sure it is.
    pub confidence: Confidence,
    /// The day for which it is said.
    pub as_of: Date,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stated_comes_back_from_its_json() {
        let values = [
            Stated::Flag(true),
            Stated::Text("2027-03".to_owned()),
            Stated::Number(-3),
            Stated::Elements(vec![("lgam".to_owned(), "waste".to_owned())]),
            Stated::Product(String::new(), "idox-uniform".to_owned()),
            Stated::InHouse,
            Stated::Organisations(vec!["brackford".to_owned()]),
            Stated::Systems(vec!["s".to_owned()]),
            Stated::Private("1".to_owned()),
        ];
        for value in values {
            assert_eq!(Stated::from_json(&value.to_json()), Some(value));
        }
        assert_eq!(Stated::InHouse.to_json(), "\"in_house\"");
    }

    #[test]
    fn words_of_attributes_are_all_different() {
        let words: std::collections::BTreeSet<_> = Attribute::ALL.iter().map(|attribute| attribute.word()).collect();
        assert_eq!(words.len(), Attribute::ALL.len());
        assert!(Attribute::ALL.iter().all(|attribute| Attribute::from_word(attribute.word()) == Some(*attribute)));
    }
}
