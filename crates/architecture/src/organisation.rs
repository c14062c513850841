//! An organisation as this subject sees it: what a council runs and a supplier sells. The organisation itself, its name and
//! its people live in `accounts`.

pub mod alike;
pub mod list;
pub(crate) mod samples;
pub mod settings;
pub mod show;
pub mod supplier;

use std::str::FromStr;

use ::store::{Error, Transaction};
use accounts::{Deed, Organisation, OrganisationKind, may};
use serde::Serialize;
use vocabulary::{OrganisationId, Reader, Standing, Visibility};
use web::{Routes, Template, say};

use crate::Architecture;
use crate::estate::Sharing;
use crate::refused::Refused;

/// The addresses of organisations.
pub(crate) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    settings::routes(show::routes(list::routes(routes)))
}

/// The templates of organisations.
pub(crate) const TEMPLATES: &[Template] = &[
    Template {
        name: "architecture/organisation/list.html",
        source: include_str!("../templates/organisation/list.html"),
    },
    Template {
        name: "architecture/organisation/show.html",
        source: include_str!("../templates/organisation/show.html"),
    },
    Template {
        name: "architecture/organisation/supplier.html",
        source: include_str!("../templates/organisation/supplier.html"),
    },
    Template {
        name: "architecture/organisation/settings.html",
        source: include_str!("../templates/organisation/settings.html"),
    },
];

/// A link of the row of links that joins an organisation's views.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct View {
    /// In words.
    pub text: String,
    /// Its address.
    pub href: String,
}

/// The views of an organisation that a reader has: those that one may not open are absent, and a supplier has none of an
/// estate.
pub fn views(organisation: &Organisation, reader: &Reader) -> Vec<View> {
    let id = &organisation.id;
    let view = |text: String, path: &str| View { text, href: format!("/organisations/{id}{path}") };
    let estate = has_estate(organisation);
    let mut views = vec![view(say!("Summary"), "")];
    if estate {
        views.push(view(say!("Systems"), "/systems"));
        views.push(view(say!("LGAM map"), "/map"));
        views.push(view(say!("Contracts"), "/contracts"));
        views.push(view(say!("Overlaps"), "/overlaps"));
        views.push(view(say!("History"), "/history"));
    }
    if estate && may(reader, Deed::EditEstate, id).is_ok() {
        views.push(view(say!("Worklist"), "/worklist"));
        views.push(view(say!("Matches"), "/matches"));
        views.push(view(say!("Imports"), "/imports"));
    }
    if may(reader, Deed::ManagePeople, id).is_ok() {
        views.push(view(say!("People"), "/people"));
    }
    if estate && may(reader, Deed::SeeReaders, id).is_ok() {
        views.push(view(say!("Readers"), "/readers"));
    }
    if estate && may(reader, Deed::DecideVisibility, id).is_ok() {
        views.push(view(say!("Settings"), "/settings"));
    }
    views
}

/// Whether an organisation has an estate: any but a supplier.
fn has_estate(organisation: &Organisation) -> bool {
    organisation.kind != OrganisationKind::Supplier
}

/// Where one asks to act for an organisation; nothing for those who act for it now, and for programs.
pub(crate) fn ask_to_join(organisation: &Organisation, reader: &Reader) -> Option<String> {
    let stranger = reader.role_at(&organisation.id).is_none() && reader.scope.is_none();
    stranger.then(|| format!("/join?organisation={}", organisation.id))
}

/// The organisation at this address.
///
/// # Errors
/// [`Refused::Missing`] when there is none, [`Refused::Left`] when it left.
pub fn found(tx: &mut Transaction<'_>, id: &str) -> Result<Organisation, Refused> {
    let id = OrganisationId::from_str(id).map_err(|_| Refused::Missing)?;
    if let Some(tombstone) = accounts::leaving::tombstone(tx, &id)? {
        return Err(Refused::Left(Box::new(tombstone)));
    }
    accounts::organisation::find(tx, &id)?.ok_or(Refused::Missing)
}

/// The organisation at this address, if it is one that has an estate.
///
/// # Errors
/// [`Refused::Missing`] when there is none.
pub fn with_estate(tx: &mut Transaction<'_>, id: &str) -> Result<Organisation, Refused> {
    found(tx, id)
        .and_then(|organisation| if has_estate(&organisation) { Ok(organisation) } else { Err(Refused::Missing) })
}

/// What is said to those who see only what is public, wherever councils' estates are: the same whether or not anything is
/// withheld. Nothing for others, and nothing where the estate is everybody's.
pub fn councils_share(reader: &Reader, sharing: Option<Sharing>) -> Option<String> {
    let open = sharing.is_some_and(|sharing| sharing.estate == Visibility::Public);
    (reader.standing() == Standing::Public && !open)
        .then(|| say!("Councils share most of their estates only with each other. Sign in if you work for one."))
}

/// A council's name without the words that all councils have: "Ashmere" of "Ashmere Borough Council". Others as they are.
pub fn short_name(name: &str) -> &str {
    let mut short = name;
    if let Some(rest) = name.strip_suffix(" Council") {
        short = rest;
        for kind in [" Metropolitan", " Borough", " District", " City", " County", " Unitary"] {
            for kind in [kind, " Metropolitan"] {
                short = short.strip_suffix(kind).filter(|rest| !rest.is_empty()).unwrap_or(short);
            }
        }
    }
    short
}

/// The name of one organisation, for labels of what was asked for.
///
/// # Errors
/// When the engine fails.
pub fn name_of(tx: &mut Transaction<'_>, id: &str) -> Result<Option<String>, Error> {
    let Ok(id) = OrganisationId::from_str(id) else { return Ok(None) };
    Ok(accounts::organisation::find(tx, &id)?.map(|organisation| organisation.name))
}

#[cfg(test)]
mod tests {
    use super::short_name;

    #[test]
    fn short_names_keep_what_tells_councils_apart() {
        assert_eq!(short_name("Ashmere Borough Council"), "Ashmere");
        assert_eq!(short_name("Brackford Metropolitan Borough Council"), "Brackford");
        assert_eq!(short_name("City of Colne Council"), "City of Colne");
        assert_eq!(short_name("Dunmoor Council"), "Dunmoor");
        assert_eq!(short_name("Borough Council"), "Borough");
        assert_eq!(short_name("Fennel Software"), "Fennel Software");
    }
}
