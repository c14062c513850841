//! Two to six organisations side by side, element by element. Two: the same product, the same supplier, different, one side
//! only, nobody. Three to six: what most of them share. Choose, then see where it is worth talking.
//!
//! A comparison that is kept under a name is [`crate::comparison`]; what overlaps is [`crate::overlap`].

pub mod asked;
mod cell;
pub mod samples;
mod several;
pub mod shared;
pub mod sides;
mod two;

use ::store::Transaction;
use accounts::{Deed, may};
use axum::extract::State;
use serde::Serialize;
use serde_json::json;
use vocabulary::Reader;
use web::{FieldError, Outcome, Page, Parameters, Problem, Routes, Template, Visit, say, say_n};

use self::asked::{FIRST_CHOICE, Place, Read, Show, joined};
use self::cell::Wanted;
use crate::comparison::{self, Saved, store};
use crate::map::in_use::{Body, counts};
use crate::map::{credited, n};
use crate::organisation::alike::{Alike, most_alike};
use crate::organisation::{View, councils_share};
use crate::{Architecture, Refused};

const CHOOSE: &str = "architecture/compare/choose.html";
/// The templates of this subject's comparison.
pub(crate) const TEMPLATES: &[Template] = &[
    Template { name: CHOOSE, source: include_str!("../templates/compare/choose.html") },
    Template { name: two::TEMPLATE, source: include_str!("../templates/compare/two.html") },
    Template { name: several::TEMPLATE, source: include_str!("../templates/compare/several.html") },
    Template { name: "architecture/compare/macros.html", source: include_str!("../templates/compare/macros.html") },
];
const PARAMETERS: &[&str] = &["organisation", "show"];

/// The addresses of this file.
pub(crate) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    routes.get("/compare", "Two to six organisations side by side, element by element", compare).parameters(PARAMETERS)
}

/// The views across organisations.
pub(crate) fn views() -> Vec<View> {
    vec![
        View { text: say!("LGAM map"), href: "/map".to_owned() },
        View { text: say!("Side by side"), href: "/compare".to_owned() },
        View { text: say!("Overlaps"), href: "/overlaps".to_owned() },
        View { text: say!("Contract dates"), href: "/contracts".to_owned() },
    ]
}

async fn compare(State(state): State<Architecture>, visit: Visit) -> Outcome {
    let parameters = visit.parameters(PARAMETERS)?;
    let asked = parameters.all("organisation");
    let chosen = asked::chosen(&asked);
    let reader = visit.reader.clone();
    let (wanted, choice) = state
        .store
        .read(move |tx| {
            let read = match &chosen {
                Ok(ids) => asked::read(tx, &reader, ids)?,
                Err(_) => Read::default(),
            };
            let choice = (read.compared.len() < 2).then(|| Choice::read(tx, &reader)).transpose()?;
            Ok::<_, Refused>((chosen.map(|ids| (ids, read)), choice))
        })
        .await?;
    Ok(page(&visit, &parameters, wanted, choice.unwrap_or_default())?.into())
}

/// What there is to choose from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Choice {
    /// Organisations of which the reader sees systems, with how many.
    bodies: Vec<(Body, usize)>,
    /// The reader's own, with those most like it.
    alike: Option<(Body, Vec<Alike>)>,
    /// Saved comparisons that the reader sees.
    saved: Vec<Saved>,
}

impl Choice {
    fn read(tx: &mut Transaction<'_>, reader: &Reader) -> Result<Choice, Refused> {
        let bodies = counts(tx, reader)?;
        let own = reader.acting.as_ref().map(|acting| acting.organisation.as_str());
        let alike = match bodies.iter().find(|(body, _)| Some(body.id.as_str()) == own) {
            Some((body, _)) => Some((body.clone(), most_alike(tx, reader, &body.id)?)),
            None => None,
        };
        Ok(Choice { bodies, alike, saved: store::all(tx, reader, None)? })
    }
}

/// The ids that were asked for with what was read of them, or why they cannot be compared.
type Found = Result<(Vec<String>, Read), FieldError>;

fn page(visit: &Visit, parameters: &Parameters, found: Found, choice: Choice) -> Result<Page, Problem> {
    let asked = parameters.all("organisation");
    match found {
        Ok((ids, read)) if !read.unknown.is_empty() => {
            // Values of an address are shown as text; what is no identifier is cut short.
            let first: String = read
                .unknown
                .first()
                .map(|id| id.chars().filter(|c| !c.is_control()).take(60).collect())
                .unwrap_or_default();
            let error = FieldError::new(
                FIRST_CHOICE,
                say!("There is no organisation \"{id}\" to compare. Choose from those below.", id = first),
            );
            Ok(choose(visit, &choice, &ids, &[], vec![error]))
        }
        Ok((ids, read)) if read.compared.len() < 2 => Ok(choose(visit, &choice, &ids, &read.nothing, Vec::new())),
        Ok((ids, read)) => {
            let show = Show::read(parameters, read.compared.len(), None)?;
            let place = Place::of(&ids);
            let own = visit.reader.acting.as_ref().map(|acting| &acting.organisation);
            let save = own.filter(|own| may(&visit.reader, Deed::EditEstate, own).is_ok());
            let save = save.map(|_| comparison::new::address(&ids, show));
            Ok(shown(visit, &read, show, &place).crumb(say!("Compare"), "/compare").extra("save", save))
        }
        Err(error) => {
            let ids: Vec<String> = asked.iter().map(|&id| id.to_owned()).collect();
            let errors = if asked.is_empty() { Vec::new() } else { vec![error] };
            Ok(choose(visit, &choice, &ids, &[], errors))
        }
    }
}

/// The comparison of those that there is something to show of.
pub(crate) fn shown(visit: &Visit, read: &Read, show: Option<Show>, place: &Place) -> Page {
    let wanted = Wanted::of(visit.format);
    let page = match read.compared.as_slice() {
        [first, second] => two::page(read, &[first.clone(), second.clone()], show, place, wanted),
        several => several::page(read, several, show, place, wanted),
    };
    let nothing = (!read.nothing.is_empty())
        .then(|| say!("No systems to show for {organisations}.", organisations = joined(&read.nothing)));
    let page = framed(page.crumb(say!("Home"), "/"))
        .wide()
        .extra("bodies", &read.compared)
        .extra("all_href", place.link(None))
        .extra("nothing", nothing)
        .extra("councils", read.compared.iter().all(|body| body.council))
        .extra("councils_share", councils_share(&visit.reader, None))
        .extra("attribution", read.about.as_ref().map(|about| &about.attribution));
    credited(page, read.about.as_ref())
}

/// A saved comparison as the list of them shows it.
#[derive(Serialize)]
struct Kept<'a> {
    name: &'a str,
    address: String,
    organisations: String,
    made_by: &'a str,
}

fn choose(visit: &Visit, choice: &Choice, chosen: &[String], nothing: &[Body], errors: Vec<FieldError>) -> Page {
    let own = choice.alike.as_ref().map(|(own, _)| own.id.as_str());
    let asked = !chosen.is_empty();
    let items: Vec<_> = choice
        .bodies
        .iter()
        .map(|(body, systems)| {
            json!({
                "value": body.id,
                "text": body.name,
                "hint": {"text": say_n!("1 system", "{count} systems", n(*systems))},
                "checked": chosen.contains(&body.id) || (!asked && own == Some(body.id.as_str())),
            })
        })
        .collect();
    let kept: Vec<Kept<'_>> = choice
        .saved
        .iter()
        .map(|saved| Kept {
            name: &saved.name,
            address: saved.address(),
            organisations: joined(&saved.compared),
            made_by: &saved.made_by,
        })
        .collect();
    let alike = choice.alike.as_ref().filter(|(_, alike)| !alike.is_empty()).map(|(own, alike)| {
        let names: Vec<Body> = alike.iter().map(|other| Body::new(&other.id, &other.name, true)).collect();
        let ids = std::iter::once(own.id.clone()).chain(alike.iter().map(|other| other.id.clone()));
        let text = say_n!(
            "Compare {own} with the one most like it: {names}",
            "Compare {own} with the {count} most like it: {names}",
            n(names.len()),
            own = own.short,
            names = joined(&names)
        );
        json!({"text": text, "href": Place::of(&ids.collect::<Vec<_>>()).link(None)})
    });
    let (title, said) = match nothing {
        [] => (say!("Compare 2 to 6 organisations"), None),
        nothing => (
            say!("There is nothing to compare"),
            Some(say!(
                "No systems to show for {organisations}, so they cannot be compared here.",
                organisations = joined(nothing)
            )),
        ),
    };
    framed(Page::new(CHOOSE, title).crumb(say!("Home"), "/"))
        .data(json!({
            "organisations": choice.bodies.iter().map(|(body, _)| body).collect::<Vec<_>>(),
            "nothing_to_show": nothing,
            "most_alike": choice.alike.as_ref().map(|(_, alike)| alike),
            "saved": choice.saved,
        }))
        .extra("items", items)
        .extra("nothing", said)
        .extra("kept", kept)
        .extra("alike", alike)
        .extra("visitor", visit.reader.person.is_none())
        .extra("councils_share", councils_share(&visit.reader, None))
        .errors(errors)
}

pub(crate) fn framed(page: Page) -> Page {
    page.section("compare").extra("views", views())
}
