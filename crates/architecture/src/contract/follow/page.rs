//! The page on which one follows contract dates: plain addresses, addresses with a secret, e-mail; and stops them again.

use accounts::{Deed, Token, may};
use axum::extract::{Path, State};
use serde::Serialize;
use serde_json::{Value as Json, json};
use store::Transaction;
use vocabulary::{Acting, Date, OrganisationId, PersonId, Reader, Role, Timestamp};
use web::{Answer, FieldError, Form, Outcome, Page, Problem, Routes, SuccessBanner, Visit, say};

use super::digest::{self, Often};
use super::feed::{self, Feed, Sees};
use super::{filters, fitting, title, with_query};
use crate::contract::dates::asked::Asked;
use crate::contract::dates::read::Contracts;
use crate::organisation::short_name;
use crate::{Architecture, Refused};

const FOLLOW: &str = "architecture/contract/follow.html";
const MADE: &str = "architecture/contract/feed-made.html";
const PATH: &str = "/contracts/follow";
const PARAMETERS: &[&str] = &["year", "organisation", "supplier", "past", "done"];
/// What `done` says that has just worked.
const DONE: [&str; 4] = ["stopped", "weekly", "monthly", "never"];

/// The addresses of this file.
pub(crate) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    routes
        .get(PATH, "Following contract dates: calendar, feed and e-mail", show)
        .parameters(PARAMETERS)
        .post(PATH, "Make an address for contract dates that not everybody may see", make)
        .done_with(&[200])
        .fields(&["sees", "filters"])
        .in_browser_by("staff of participating bodies")
        .post("/contracts/follow/{id}/stop", "Stop an address for good", stop)
        .in_browser_by("whoever made the address")
        .post("/contracts/digest", "Get last notice dates by e-mail, or not any longer", want)
        .fields(&["how_often", "filters"])
        .by("staff of participating bodies")
}

/// For whom somebody acts who may follow more than everybody may.
#[derive(Clone, Debug)]
pub(crate) struct Follower {
    pub person: PersonId,
    pub organisation: OrganisationId,
    /// Whether there is more to see for its own staff than for members.
    pub sees_own: bool,
    pub steward: bool,
}

impl Follower {
    fn of(reader: &Reader) -> Option<Follower> {
        let (person, acting) = (reader.person?, reader.acting.as_ref()?);
        let may = |deed| may(reader, deed, &acting.organisation).is_ok();
        may(Deed::FollowDates).then(|| Follower {
            person,
            organisation: acting.organisation.clone(),
            sees_own: may(Deed::SeeOwn),
            steward: may(Deed::StopSharing),
        })
    }
}

/// What the page is made from.
pub(crate) struct Read {
    pub asked: Asked,
    pub title: String,
    /// How many contracts everybody sees of those asked for.
    pub everyone: usize,
    pub following: Option<Following>,
}

/// What somebody follows who may follow more.
pub(crate) struct Following {
    pub follower: Follower,
    pub organisation_name: String,
    /// How many contracts members see of those asked for, and how many the organisation's own staff.
    pub counts: (usize, usize),
    pub often: Option<Often>,
    pub own: Vec<Feed>,
    /// Of others at the organisation, for its stewards.
    pub others: Vec<Feed>,
    /// What the filters of those mean, by their text.
    pub words: Vec<(String, String)>,
}

impl Read {
    fn gather(tx: &mut Transaction<'_>, reader: &Reader, asked: Asked, today: Date) -> Result<Read, Refused> {
        let of = asked.only_organisation().map(str::to_owned);
        let contracts = Contracts::read(tx, &Reader::visitor(), of.as_deref(), today)?;
        if let Some((field, value)) = asked.unknown(&contracts) {
            return Err(Refused::Invalid(say!("\"{field}\" cannot be \"{value}\".", field = field, value = value)));
        }
        let (title, everyone) = (title(&asked, &contracts), fitting(&asked, &contracts).len());
        let Some(follower) = Follower::of(reader) else {
            return Ok(Read { asked, title, everyone, following: None });
        };
        let mut count = |role| {
            let acting = Acting { organisation: follower.organisation.clone(), participating: true, role };
            let reader = Reader { person: Some(follower.person), acting: Some(acting), scope: None };
            let contracts = Contracts::read(tx, &reader, of.as_deref(), today)?;
            Ok::<_, Refused>(fitting(&asked, &contracts).len())
        };
        let members = count(Role::Member)?;
        let counts = (members, if follower.sees_own { count(Role::Editor)? } else { members });
        let own = feed::of_person(tx, follower.person)?;
        let mut others = if follower.steward { feed::of_organisation(tx, &follower.organisation)? } else { Vec::new() };
        others.retain(|feed| feed.person != follower.person.to_string());
        let words = |feed: &Feed| {
            let words = filters(&feed.filters).ok().and_then(|asked| asked.words(&contracts));
            (feed.filters.clone(), words.unwrap_or_else(|| say!("All organisations")))
        };
        let words = own.iter().chain(&others).map(words).collect();
        let often = digest::wanted(tx, follower.person, &follower.organisation)?;
        let organisation_name = contracts.names.get(follower.organisation.as_str()).cloned();
        // Whoever sees as staff of another council acts for none in particular.
        let organisation_name = organisation_name.unwrap_or_else(|| say!("your organisation"));
        let following = Following { follower, organisation_name, counts, often, own, others, words };
        Ok(Read { asked, title, everyone, following: Some(following) })
    }

    /// The page. `address` is how this copy is reached.
    pub fn page(&self, address: &str, now: Timestamp, done: Option<&str>) -> Page {
        let query = self.asked.query();
        let back = with_query("/contracts", &query);
        let path = |ending: &str| with_query(&format!("/contracts.{ending}"), &query);
        let plain = |ending: &str| format!("{address}{}", path(ending));
        let mut data = json!({
            "following": self.title,
            "filters": query,
            "contracts_that_everyone_sees": self.everyone,
            "addresses": {"calendar": plain("ics"), "atom": plain("atom")},
        });
        if let Some(following) = &self.following {
            let feeds = |feeds: &[Feed]| feeds.iter().map(|feed| shown(feed, following)).collect::<Vec<Json>>();
            data["digest"] = json!({"organisation": following.follower.organisation, "how_often": following.often});
            data["own_addresses"] = feeds(&following.own).into();
            if following.follower.steward {
                data["addresses_of_others"] = feeds(&following.others).into();
            }
        }
        let mut page = Page::new(FOLLOW, say!("Follow these dates"))
            .place(say!("Contract dates"))
            .section("compare")
            .back(say!("Back to contract dates"), back)
            .private()
            .data(data)
            .extra("caption", &self.title)
            .extra("plain", json!({"calendar": path("ics"), "atom": path("atom")}))
            .extra("filters", &query);
        if let Some(following) = &self.following {
            let next = |often: Often| often.next_day(now).to_string();
            page = page
                .extra("organisation_name", &following.organisation_name)
                .extra("short_name", short_name(&following.organisation_name))
                .extra("sees_own", following.follower.sees_own)
                .extra("steward", following.follower.steward)
                .extra("members_see", following.counts.0)
                .extra("own_see", following.counts.1)
                .extra("often", following.often)
                .extra("next_weekly", next(Often::Weekly))
                .extra("next_monthly", next(Often::Monthly))
                .extra("may_follow", true);
        }
        match done.and_then(|done| self.told(done, now)) {
            Some(text) => page.banner(SuccessBanner { text, link: None }),
            None => page,
        }
    }

    fn told(&self, done: &str, now: Timestamp) -> Option<String> {
        let next = |often: Often| web::say_date(&often.next_day(now).to_string());
        match done {
            "stopped" => Some(say!("The address is stopped. It shows nothing any longer.")),
            "never" => Some(say!("You get no more e-mails about last notice dates.")),
            word => {
                let often = Often::from_word(word)?;
                Some(say!(
                    "The first e-mail comes on {day}, if a last notice date lies within the six months after it.",
                    day = next(often)
                ))
            }
        }
    }
}

/// An address in a list: everything but the address.
fn shown(feed: &Feed, following: &Following) -> Json {
    let moment = |micros: i64| Timestamp::from_microsecond(micros).map(|at| at.to_string()).ok();
    let words = following.words.iter().find(|(filters, _)| *filters == feed.filters).map(|(_, words)| words);
    json!({
        "id": feed.id,
        "organisation": feed.organisation,
        "organisation_name": short_name(&feed.organisation_name),
        "filters": feed.filters,
        "shows": words,
        "sees": feed.sees,
        "made_by": feed.name,
        "made_at": moment(feed.made_at),
        "last_used_at": feed.last_used_at.and_then(moment),
    })
}

async fn show(State(state): State<Architecture>, visit: Visit) -> Outcome {
    let parameters = visit.parameters(PARAMETERS)?;
    let asked = Asked::read(&parameters)?;
    if let Some(unknown) = parameters.one("done").filter(|done| !DONE.contains(done)) {
        return Err(parameters.unknown_value("done", unknown, &DONE));
    }
    let read = ask(&state, &visit.reader, asked).await?;
    Ok(read.page(&state.public_address, state.clock.now(), parameters.one("done")).into())
}

async fn ask(state: &Architecture, reader: &Reader, asked: Asked) -> Result<Read, Problem> {
    let (reader, today) = (reader.clone(), state.clock.today());
    Ok(state.store.read(move |tx| Read::gather(tx, &reader, asked, today)).await?)
}

/// The organisation that one acts for, if one may follow its dates.
fn follower(reader: &Reader) -> Result<(PersonId, OrganisationId), Problem> {
    let (Some(person), Some(acting)) = (reader.person, &reader.acting) else { return Err(Problem::missing()) };
    may(reader, Deed::FollowDates, &acting.organisation)?;
    Ok((person, acting.organisation.clone()))
}

async fn make(State(state): State<Architecture>, visit: Visit, form: Form) -> Outcome {
    let (person, organisation) = follower(&visit.reader)?;
    visit.parameters(&[])?;
    form.only(&["sees", "filters"])?;
    let asked = filters(form.one("filters").unwrap_or_default())?;
    let Some(sees) = form.one("sees").and_then(Sees::from_word) else {
        let message = say!("Choose what the address shows");
        let page = ask(&state, &visit.reader, asked).await?.page(&state.public_address, state.clock.now(), None);
        return Ok(page.errors(vec![FieldError::new("sees", message)]).into());
    };
    if sees == Sees::Own {
        may(&visit.reader, Deed::SeeOwn, &organisation)?;
    }
    // Before anything is made: what is asked for may be nothing that exists.
    let read = ask(&state, &visit.reader, asked).await?;
    let token = Token::new(&state.chance).map_err(|error| Problem::internal(&error))?;
    let (making, query, made) = (state.clone(), read.asked.query(), token.clone());
    let id = state.store.write(move |tx| feed::make(tx, &making, (person, &organisation), sees, &query, &made)).await?;
    Ok(made_page(&read, &state.public_address, &id, token.as_str(), sees).into())
}

/// The one page that shows an address with a secret.
pub(crate) fn made_page(read: &Read, address: &str, id: &str, token: &str, sees: Sees) -> Page {
    let of = |ending: &str| format!("{address}/feeds/{token}/dates.{ending}");
    let follow = with_query(PATH, &read.asked.query());
    Page::new(MADE, say!("Your address for these dates"))
        .place(say!("Contract dates"))
        .section("compare")
        .reading()
        .back(say!("Back to follow these dates"), follow)
        .private()
        .extra("caption", &read.title)
        .data(json!({"id": id, "sees": sees, "addresses": {"calendar": of("ics"), "atom": of("atom")}}))
}

async fn stop(State(state): State<Architecture>, Path(id): Path<String>, visit: Visit) -> Outcome {
    let (reader, now) = (visit.reader.clone(), state.clock.now());
    let stopped = state.store.write(move |tx| {
        let Some(person) = reader.person else { return Err(Refused::Missing) };
        let feed = feed::find(tx, &id)?.ok_or(Refused::Missing)?;
        let organisation: OrganisationId = feed.organisation.parse().map_err(|_| Refused::Missing)?;
        // One's own, whomever one acts for now; those of others as their organisation's steward. To anybody else there is
        // no such address.
        if feed.person != person.to_string() && may(&reader, Deed::StopSharing, &organisation).is_err() {
            return Err(Refused::Missing);
        }
        Ok(feed::stop(tx, &feed, person, now)?)
    });
    stopped.await?;
    Ok(Answer::Redirect(format!("{PATH}?done=stopped")))
}

/// What the form about e-mail says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
enum Wish {
    Often(Often),
    Never,
}

async fn want(State(state): State<Architecture>, visit: Visit, form: Form) -> Outcome {
    let (person, organisation) = follower(&visit.reader)?;
    visit.parameters(&[])?;
    form.only(&["how_often", "filters"])?;
    let word = form.one("how_often").unwrap_or_default();
    let wish = match word {
        "never" => Some(Wish::Never),
        word => Often::from_word(word).map(Wish::Often),
    };
    let asked = filters(form.one("filters").unwrap_or_default())?;
    let Some(wish) = wish else {
        let message = say!("Choose how often you want the e-mail");
        let page = ask(&state, &visit.reader, asked).await?.page(&state.public_address, state.clock.now(), None);
        return Ok(page.errors(vec![FieldError::new("how_often", message)]).into());
    };
    let (often, done) = match wish {
        Wish::Often(often) => (Some(often), often.word()),
        Wish::Never => (None, "never"),
    };
    let now = state.clock.now();
    state.store.write(move |tx| digest::want(tx, person, &organisation, often, now).map_err(Refused::from)).await?;
    let query = asked.query();
    let query = if query.is_empty() { format!("done={done}") } else { format!("{query}&done={done}") };
    Ok(Answer::Redirect(with_query(PATH, &query)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::dates::asked::FILTERS;

    #[test]
    fn every_word_of_done_says_something() {
        let read = Read { asked: Asked::default(), title: String::new(), everyone: 0, following: None };
        for word in DONE {
            assert!(read.told(word, Timestamp::UNIX_EPOCH).is_some(), "{word}");
        }
        assert_eq!(read.told("else", Timestamp::UNIX_EPOCH), None);
        assert!(FILTERS.iter().all(|filter| PARAMETERS.contains(filter)));
    }
}
