//! Calendar and feed of what everybody may see, by plain addresses. They answer everybody alike, signed in or not: whoever
//! passes one on knows what it shows.

use axum::extract::State;
use vocabulary::{Date, Reader};
use web::{File, Outcome, Routes, Visit};

use super::{Followed, calendar, event, news, with_query};
use crate::Architecture;
use crate::contract::dates::asked::{Asked, FILTERS};

/// The addresses of this file.
pub(crate) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    routes
        .get("/contracts.ics", "Contract dates that everybody may see, as a calendar", as_calendar)
        .parameters(FILTERS)
        .get("/contracts.atom", "Contract dates that everybody may see, as a feed", as_news)
        .parameters(FILTERS)
}

async fn read(state: &Architecture, visit: &Visit) -> Result<(Asked, Followed, Date), web::Problem> {
    let asked = Asked::read(&visit.parameters(FILTERS)?)?;
    let (wanted, today) = (asked.clone(), state.clock.today());
    let followed = state.store.read(move |tx| Followed::read(tx, &Reader::visitor(), &wanted, today)).await?;
    Ok((asked, followed, today))
}

async fn as_calendar(State(state): State<Architecture>, visit: Visit) -> Outcome {
    let (_, followed, _) = read(&state, &visit).await?;
    let text = calendar::written(&followed.title, &event::of(&followed.rows), &state.public_address);
    Ok(File::new("contract-dates.ics", calendar::TYPE, text).inline().into())
}

async fn as_news(State(state): State<Architecture>, visit: Visit) -> Outcome {
    let (asked, followed, today) = read(&state, &visit).await?;
    let own = with_query(&format!("{}/contracts.atom", state.public_address), &asked.query());
    let about = news::About {
        id: own.clone(),
        title: followed.title,
        own: Some(own),
        page: with_query(&format!("{}/contracts", state.public_address), &asked.query()),
        address: state.public_address.clone(),
    };
    let text = news::written(&about, &event::of(&followed.rows), today);
    Ok(File::new("contract-dates.atom", news::TYPE, text).inline().into())
}
