//! A system: one organisation's use of a product. What is true of it is reckoned here from the statements about it.

pub(crate) mod add;
pub(crate) mod bulk;
pub mod edit;
pub mod erase;
pub mod facts;
pub mod list;
pub(crate) mod past;
pub(crate) mod retire;
pub mod roll;
pub(crate) mod samples;
pub mod shared;
pub mod show;
pub mod store;
pub mod users;

use std::collections::BTreeMap;

use vocabulary::fold;
use web::{Routes, Template};

use self::facts::{is_plain, names_a_candidate};
use crate::statement::{Attribute, Stated, store::Standing, words};

/// The addresses of systems.
pub(crate) fn routes(routes: Routes<crate::Architecture>) -> Routes<crate::Architecture> {
    let routes = bulk::routes(retire::routes(add::routes(edit::routes(routes))));
    users::routes(erase::routes(show::routes(list::routes(routes))))
}

/// The templates of systems.
pub(crate) const TEMPLATES: &[Template] = &[
    Template { name: "architecture/system/macros.html", source: include_str!("../templates/system/macros.html") },
    Template { name: "architecture/system/add.html", source: include_str!("../templates/system/add.html") },
    Template { name: "architecture/system/bulk.html", source: include_str!("../templates/system/bulk.html") },
    Template { name: "architecture/system/retire.html", source: include_str!("../templates/system/retire.html") },
    Template { name: "architecture/system/edit.html", source: include_str!("../templates/system/edit.html") },
    Template { name: "architecture/system/list.html", source: include_str!("../templates/system/list.html") },
    Template { name: "architecture/system/show.html", source: include_str!("../templates/system/show.html") },
    Template { name: "architecture/system/users.html", source: include_str!("../templates/system/users.html") },
];

words! {
    /// Where a system is in its life.
    Status {
        /// Agreed, not yet in use.
        Planned => "planned",
        /// In use.
        Live => "live",
        /// In use, with an end in sight.
        Retiring => "retiring",
        /// No longer in use.
        Retired => "retired",
    }
}

/// A system as the statements about it say: the row of the projection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct System {
    /// What the organisation calls it.
    pub name: String,
    /// Where it is in its life.
    pub status: Option<String>,
    /// `(organisation, id)`; the organisation is '' for the shared list.
    pub product: Option<(String, String)>,
    /// The product's version.
    pub version: Option<String>,
    /// As stated for this system; the projection fills in the product's where nothing is stated.
    pub supplier: Option<String>,
    /// Made and run by the organisation itself.
    pub in_house: bool,
    /// Id of a private text: a supplier's name that matched no organisation.
    pub supplier_private: Option<String>,
    /// `(frame, element)`, sorted.
    pub elements: Vec<(String, String)>,
    /// Ids of the other organisations that use it, sorted.
    pub used_by: Vec<String>,
    /// Ids of the other systems that it relies on, sorted.
    pub relies_on: Vec<String>,
    /// Plain texts by attribute.
    pub texts: BTreeMap<Attribute, String>,
    /// Ids of private texts by attribute.
    pub privates: BTreeMap<Attribute, String>,
    /// Number of users.
    pub users: Option<i64>,
    /// Pence a year.
    pub annual_cost: Option<i64>,
    /// The contract's id.
    pub contract: Option<String>,
    /// When the latest statement was made.
    pub changed_at: String,
    /// When the latest was made that everybody is told who sees the system.
    pub plain_changed_at: Option<String>,
}

impl System {
    /// What the statements add up to; none when the system is not recorded, or no longer.
    pub fn reckon(present: &BTreeMap<Attribute, Standing>) -> Option<System> {
        if present.get(&Attribute::Recorded)?.statement.value != Some(Stated::Flag(true)) {
            return None;
        }
        let mut system = System::default();
        let candidate = present.get(&Attribute::Product).is_some_and(|standing| names_a_candidate(&standing.statement));
        for (attribute, standing) in present {
            if standing.at > system.changed_at {
                system.changed_at.clone_from(&standing.at);
            }
            if is_plain(&standing.statement, candidate) {
                system.plain_changed_at = system.plain_changed_at.max(Some(standing.at.clone()));
            }
            let Some(value) = standing.statement.value.clone() else { continue };
            match (attribute, value) {
                (Attribute::Name, Stated::Text(text)) => system.name = text,
                (Attribute::Status, Stated::Text(text)) => system.status = Some(text),
                (Attribute::Version, Stated::Text(text)) => system.version = Some(text),
                (Attribute::Product, Stated::Product(organisation, id)) => system.product = Some((organisation, id)),
                (Attribute::Supplier, Stated::Supplier(id)) => system.supplier = Some(id),
                (Attribute::Supplier, Stated::InHouse) => system.in_house = true,
                (Attribute::Supplier, Stated::Private(id)) => system.supplier_private = Some(id),
                (Attribute::Elements, Stated::Elements(elements)) => system.elements = elements,
                (Attribute::UsedBy, Stated::Organisations(ids)) => system.used_by = ids,
                (Attribute::DependsOn, Stated::Systems(ids)) => system.relies_on = ids,
                (Attribute::Users, Stated::Number(count)) => system.users = Some(count),
                (Attribute::AnnualCost, Stated::Number(pence)) => system.annual_cost = Some(pence),
                (Attribute::Contract, Stated::Contract(id)) => system.contract = Some(id),
                (_, Stated::Text(text)) => drop(system.texts.insert(*attribute, text)),
                (_, Stated::Private(id)) => drop(system.privates.insert(*attribute, id)),
                // Statements of other shapes are not made of these attributes.
                _ => {}
            }
        }
        Some(system)
    }

    /// The name's comparable form.
    pub fn name_folded(&self) -> String {
        fold(&self.name)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used, reason = "a test may stop")]

    use super::*;
    use crate::statement::{Confidence, Statement, SubjectKind};

    fn standing(attribute: Attribute, value: Stated, at: &str) -> (Attribute, Standing) {
        let statement = Statement {
            kind: SubjectKind::System,
            subject: "s".to_owned(),
            attribute,
            value: Some(value),
            original: None,
            source: "a test".to_owned(),
            confidence: Confidence::Reported,
            as_of: vocabulary::Date::constant(2026, 3, 1),
        };
        (attribute, Standing { change: 1, at: at.to_owned(), statement })
    }

    #[test]
    fn a_system_is_what_is_said_of_it() {
        let present = BTreeMap::from([
            standing(Attribute::Recorded, Stated::Flag(true), "2026-03-01T00:00:00Z"),
            standing(Attribute::Name, Stated::Text("Bin rounds".to_owned()), "2026-03-02T00:00:00Z"),
            standing(Attribute::BusinessOwner, Stated::Private("p1".to_owned()), "2026-03-01T00:00:00Z"),
        ]);
        let system = System::reckon(&present).expect("it is recorded");
        assert_eq!((system.name.as_str(), system.changed_at.as_str()), ("Bin rounds", "2026-03-02T00:00:00Z"));
        assert_eq!(system.privates.get(&Attribute::BusinessOwner).map(String::as_str), Some("p1"));
        assert!(system.texts.is_empty(), "a private text is not a plain one");
    }

    #[test]
    fn a_system_taken_back_is_none() {
        let present = BTreeMap::from([
            standing(Attribute::Recorded, Stated::Flag(false), "2026-03-01T00:00:00Z"),
            standing(Attribute::Name, Stated::Text("Bin rounds".to_owned()), "2026-03-02T00:00:00Z"),
        ]);
        assert_eq!(System::reckon(&present), None);
    }
}
