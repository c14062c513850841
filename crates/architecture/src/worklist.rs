//! What needs the people who keep an estate: last notice dates ahead, what files said and nobody could read, contract dates
//! that are missing, values that nobody has confirmed for a year, names to match, and offers to the shared list.
//!
//! [`rule`] says what needs whom, as plain code; [`read`] has the few queries; [`page`] the tables by reason; [`act`] says
//! that a value is still right, and puts things aside. For editors and stewards only: all of it is the organisation's own.

pub mod act;
pub mod page;
pub mod read;
pub mod rule;
pub(crate) mod samples;

use accounts::{Deed, may};
use vocabulary::{OrganisationId, Reader};
use web::{Routes, Template};

use crate::Architecture;

/// The addresses of worklists.
pub(crate) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    act::routes(page::routes(routes))
}

/// The templates of worklists.
pub(crate) const TEMPLATES: &[Template] =
    &[Template { name: "architecture/worklist/show.html", source: include_str!("../templates/worklist/show.html") }];

/// The organisation whose worklist is this reader's, if they have one.
pub(crate) fn of_reader(reader: &Reader) -> Option<&OrganisationId> {
    let organisation = &reader.acting.as_ref()?.organisation;
    may(reader, Deed::EditEstate, organisation).is_ok().then_some(organisation)
}

/// "Your work" in the navigation, for those who have some.
pub(crate) fn navigation() -> web::PersonalItem {
    web::PersonalItem {
        item: web::NavigationItem { id: "work", text: "Your work", href: "/worklist" },
        shown: |reader| of_reader(reader).is_some(),
    }
}
