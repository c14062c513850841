//! Who sees an organisation's estate, and who sees what it costs: decided by its stewards.
//!
//! Not here: its people, and publishing parts of an estate.

use accounts::{Deed, Organisation, may};
use axum::extract::{Path, State};
use ledger::NewEvent;
use serde_json::json;
use vocabulary::Visibility;
use web::{Answer, FieldError, Form, Outcome, Page, Routes, SuccessBanner, Visit, say};

use super::{short_name, views, with_estate};
use crate::estate::{self, Sharing};
use crate::{Architecture, Refused};

const TEMPLATE: &str = "architecture/organisation/settings.html";
const PARAMETERS: &[&str] = &["saved"];

/// The addresses of this file.
pub(crate) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    routes
        .get("/organisations/{id}/settings", "Who sees an estate and its costs, for stewards", show)
        .parameters(PARAMETERS)
        .in_browser_by("stewards of the organisation")
        .post("/organisations/{id}/settings", "Decide who sees an estate and its costs", save)
        .fields(&["estate", "costs"])
        .in_browser_by("stewards of the organisation")
}

async fn show(State(state): State<Architecture>, Path(id): Path<String>, visit: Visit) -> Outcome {
    let parameters = visit.parameters(PARAMETERS)?;
    let read = state.store.read(move |tx| {
        let organisation = with_estate(tx, &id)?;
        let sharing = estate::sharing(tx, &organisation.id)?;
        Ok::<_, Refused>((organisation, sharing))
    });
    let (organisation, sharing) = read.await?;
    may(&visit.reader, Deed::DecideVisibility, &organisation.id)?;
    let mut page = page(&organisation, sharing, &visit);
    if parameters.one("saved").is_some() {
        page = page.banner(SuccessBanner {
            text: say!("What others see of {organisation} is saved.", organisation = short_name(&organisation.name)),
            link: None,
        });
    }
    Ok(page.into())
}

pub(super) fn page(organisation: &Organisation, sharing: Sharing, visit: &Visit) -> Page {
    let short = short_name(&organisation.name).to_owned();
    Page::new(TEMPLATE, say!("Who sees {organisation}'s systems", organisation = short))
        .place(organisation.name.clone())
        .section("organisations")
        .crumb(say!("Home"), "/")
        .crumb(say!("Organisations"), "/organisations")
        .crumb(organisation.name.clone(), organisation.address())
        .reading()
        .data(json!({"estate": sharing.estate, "costs": sharing.costs}))
        .extra("short_name", short)
        .extra("views", views(organisation, &visit.reader))
        .private()
}

async fn save(State(state): State<Architecture>, Path(id): Path<String>, visit: Visit, form: Form) -> Outcome {
    visit.parameters(&[])?;
    form.only(&["estate", "costs"])?;
    let wanted = id.clone();
    let read = state.store.read(move |tx| {
        let organisation = with_estate(tx, &id)?;
        let sharing = estate::sharing(tx, &organisation.id)?;
        Ok::<_, Refused>((organisation, sharing))
    });
    let (organisation, present) = read.await?;
    may(&visit.reader, Deed::DecideVisibility, &organisation.id)?;
    let sharing = match read_form(&form) {
        Ok(sharing) => sharing,
        Err(errors) => return Ok(page(&organisation, present, &visit).typed(&form).errors(errors).into()),
    };
    let (now, chance, actor, of) =
        (state.clock.now(), state.chance.clone(), visit.reader.person, organisation.id.clone());
    let write = state.store.write(move |tx| {
        estate::share(tx, &of, sharing, now)?;
        let event = NewEvent {
            organisation: Some(of.clone()),
            actor,
            verb: "shared",
            thing: format!("/organisations/{of}"),
            details: json!({"estate": sharing.estate.word(), "costs": sharing.costs.word()}),
            erasable: false,
        };
        ledger::append(tx, &event, now, &chance)?;
        Ok::<_, Refused>(())
    });
    write.await?;
    Ok(Answer::Redirect(format!("/organisations/{wanted}/settings?saved=yes")))
}

/// What was chosen, if it can be done.
fn read_form(form: &Form) -> Result<Sharing, Vec<FieldError>> {
    let choice = |name: &str| form.one(name).and_then(|word| word.parse::<Visibility>().ok());
    let mut errors = Vec::new();
    let estate = choice("estate");
    let costs = choice("costs").filter(|costs| *costs != Visibility::Public);
    if estate.is_none() {
        errors.push(FieldError::new("estate", say!("Choose who sees the systems and contracts")));
    }
    if costs.is_none() {
        errors.push(FieldError::new("costs", say!("Choose who sees what they cost")));
    }
    match (estate, costs) {
        (Some(estate), Some(costs)) if costs > estate => {
            errors.push(FieldError::new("costs", say!("Costs cannot be seen by more people than the systems are")));
            Err(errors)
        }
        (Some(estate), Some(costs)) => Ok(Sharing { estate, costs }),
        _ => Err(errors),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(estate: &str, costs: &str) -> Result<Sharing, Vec<String>> {
        let read = read_form(&Form::of([("estate", estate), ("costs", costs)]));
        read.map_err(|errors| errors.into_iter().map(|error| error.field).collect())
    }

    #[test]
    fn costs_are_never_shared_more_widely_than_systems_nor_with_everyone() {
        let sharing = |estate, costs| Ok(Sharing { estate, costs });
        assert_eq!(of("public", "members"), sharing(Visibility::Public, Visibility::Members));
        assert_eq!(of("own", "own"), sharing(Visibility::Own, Visibility::Own));
        assert_eq!(of("own", "members"), Err(vec!["costs".to_owned()]));
        assert_eq!(of("public", "public"), Err(vec!["costs".to_owned()]));
        assert_eq!(of("", "everyone"), Err(vec!["estate".to_owned(), "costs".to_owned()]));
    }
}
