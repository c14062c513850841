//! The page of leaving: what will happen, the file to take along, and who does the next step.

use axum::extract::{Path, State};
use serde_json::json;
use store::Transaction;
use vocabulary::{OrganisationId, Reader, Timestamp};
use web::{Answer, FieldError, File, Form, Outcome, Page, Problem, SamplePage, Visit};

use super::{Leaving, ask_to_leave, confirm_to_leave, leaving, note, present, stay, who};
use crate::membership::still;
use crate::people::samples::{ashmere, steward};
use crate::{Accounts, Deed, Error, Organisation, may};

const TEMPLATE: &str = "accounts/leaving/show.html";
/// The largest file that is given by a page: more is made by the command, where nobody waits.
const LARGEST: u64 = 200 * 1024 * 1024;

/// An organisation and how far its leaving is.
struct Standing {
    organisation: Organisation,
    leaving: Option<Leaving>,
    asked_by: String,
    /// Why it cannot leave as things are.
    cannot: Option<String>,
}

async fn standing(accounts: &Accounts, id: &str, reader: &Reader) -> Result<Standing, Problem> {
    let id: OrganisationId = id.parse().map_err(|_| Problem::missing())?;
    may(reader, Deed::Leave, &id)?;
    let read = move |tx: &mut Transaction<'_>| {
        let organisation = present(tx, &id)?;
        let leaving = leaving(tx, &id)?;
        let asked_by = who(tx, leaving.as_ref().and_then(|leaving| leaving.asked_by))?;
        let cannot = match super::may_leave(tx, &organisation) {
            Ok(()) => None,
            Err(Error::Conflicting(why)) => Some(why),
            Err(error) => return Err(error),
        };
        Ok(Standing { organisation, leaving, asked_by, cannot })
    };
    Ok(accounts.store.read(read).await?)
}

/// What leaving does, and the next step.
pub(crate) async fn show(State(accounts): State<Accounts>, Path(id): Path<String>, visit: Visit) -> Outcome {
    visit.parameters(&[])?;
    let standing = standing(&accounts, &id, &visit.reader).await?;
    Ok(page(&accounts_view(&accounts, &standing, &visit.reader), &standing, &visit.reader).into())
}

/// What the page has to know of this copy.
struct View {
    views: Vec<crate::View>,
    days: u16,
}

fn accounts_view(accounts: &Accounts, standing: &Standing, reader: &Reader) -> View {
    View { views: (accounts.views)(&standing.organisation, reader), days: accounts.retention.leaving.count() }
}

pub(super) fn day(at: Timestamp) -> String {
    at.to_zoned(jiff::tz::TimeZone::UTC).strftime("%-d %B %Y, %H:%M UTC").to_string()
}

fn page(view: &View, standing: &Standing, reader: &Reader) -> Page {
    let Standing { organisation, leaving, asked_by, cannot } = standing;
    let asked_yourself =
        leaving.as_ref().is_some_and(|leaving| leaving.asked_by.is_some() && leaving.asked_by == reader.person);
    let state = match leaving {
        None => "staying",
        Some(Leaving { due_at: None, .. }) => "asked",
        Some(_) => "confirmed",
    };
    Page::new(TEMPLATE, web::say!("Leave with everything of {organisation}", organisation = organisation.name))
        .place(organisation.name.clone())
        .section("organisations")
        .crumb(web::say!("Home"), "/")
        .crumb(web::say!("Organisations"), "/organisations")
        .crumb(organisation.name.clone(), organisation.address())
        .reading()
        .private()
        .extra("views", &view.views)
        .extra("may_take", may(reader, Deed::TakeAlong, &organisation.id).is_ok())
        .data(json!({
            "organisation": organisation.id,
            "name": organisation.name,
            "state": state,
            "asked_by": leaving.as_ref().map(|_| asked_by),
            "asked_at": leaving.as_ref().map(|leaving| day(leaving.asked_at)),
            "due_at": leaving.as_ref().and_then(|leaving| leaving.due_at).map(day),
            "asked_yourself": asked_yourself,
            "days": view.days,
            "cannot": cannot,
        }))
}

/// The file with everything that is the organisation's own. That it was taken, and by whom, is on record.
pub(crate) async fn file(State(accounts): State<Accounts>, Path(id): Path<String>, visit: Visit) -> Outcome {
    visit.parameters(&[])?;
    let id: OrganisationId = id.parse().map_err(|_| Problem::missing())?;
    may(&visit.reader, Deed::TakeAlong, &id)?;
    let (by, of, reader) = (accounts.by(visit.reader.person), id.clone(), visit.reader.clone());
    let write = move |tx: &mut Transaction<'_>| {
        still(tx, &reader)?;
        present(tx, &of)?;
        note(tx, &of, "taken-along", json!({}), &by)
    };
    accounts.store.write(write).await?;
    let (store, take, now) = (accounts.store.clone(), accounts.leaving.take, accounts.clock.now());
    let of = id.clone();
    let span = tracing::Span::current();
    let made = tokio::task::spawn_blocking(move || span.in_scope(|| take(&store, &of, LARGEST, now))).await;
    let file = made.map_err(|error| Problem::internal(&error))?.map_err(|why| {
        Problem::of_kind(vocabulary::Kind::Busy, web::say!("The file could not be made: {why}", why = why))
            .next(web::say!("Try again, or ask whoever runs this service for the file."))
    })?;
    let bytes = file.ok_or_else(|| {
        Problem::too_large(web::say!(
            "The file is larger than 200 MB. Whoever runs this service makes it with: commonhold organisation take."
        ))
    })?;
    let name = format!("{id}-{}.organisation.gz", now.strftime("%Y-%m-%d"));
    Ok(File::new(name, "application/gzip", bytes).private().into())
}

/// Asks for it.
pub(crate) async fn ask(State(accounts): State<Accounts>, Path(id): Path<String>, visit: Visit, form: Form) -> Outcome {
    visit.parameters(&[])?;
    form.only(&["taken"])?;
    let standing = standing(&accounts, &id, &visit.reader).await?;
    if form.one("taken") != Some("yes") {
        let view = accounts_view(&accounts, &standing, &visit.reader);
        let error = FieldError::new("taken", web::say!("Say that you have your file, or need none"));
        return Ok(page(&view, &standing, &visit.reader).typed(&form).errors(vec![error]).into());
    }
    let (by, reader) = (accounts.by(visit.reader.person), visit.reader.clone());
    step(&accounts, &standing, move |tx, of| {
        still(tx, &reader)?;
        ask_to_leave(tx, of, &by)
    })
    .await
}

/// Confirms what somebody else asked for.
pub(crate) async fn confirm(
    State(accounts): State<Accounts>,
    Path(id): Path<String>,
    visit: Visit,
    form: Form,
) -> Outcome {
    visit.parameters(&[])?;
    form.only(&[])?;
    let standing = standing(&accounts, &id, &visit.reader).await?;
    let (by, reader, wait) = (accounts.by(visit.reader.person), visit.reader.clone(), accounts.retention.leaving);
    step(&accounts, &standing, move |tx, of| {
        still(tx, &reader)?;
        confirm_to_leave(tx, of, wait, &by).map(drop)
    })
    .await
}

/// Takes it back.
pub(crate) async fn take_back(
    State(accounts): State<Accounts>,
    Path(id): Path<String>,
    visit: Visit,
    form: Form,
) -> Outcome {
    visit.parameters(&[])?;
    form.only(&[])?;
    let standing = standing(&accounts, &id, &visit.reader).await?;
    let (by, reader) = (accounts.by(visit.reader.person), visit.reader.clone());
    step(&accounts, &standing, move |tx, of| {
        still(tx, &reader)?;
        stay(tx, of, &by).map(drop)
    })
    .await
}

/// Does one step and leads back to the page.
async fn step(
    accounts: &Accounts,
    standing: &Standing,
    act: impl Fn(&mut Transaction<'_>, &OrganisationId) -> Result<(), Error> + Send + 'static,
) -> Outcome {
    let of = standing.organisation.id.clone();
    let back = format!("/organisations/{of}/leave");
    accounts.store.write(move |tx: &mut Transaction<'_>| act(tx, &of)).await?;
    Ok(Answer::Redirect(back))
}

/// The page in each of its states.
pub(crate) fn samples() -> Vec<SamplePage> {
    let Some(organisation) = ashmere() else { return vec![] };
    let reader = steward(&organisation);
    let at = Timestamp::UNIX_EPOCH;
    let sample = |name, leaving: Option<Leaving>, cannot: Option<&str>| {
        let standing = Standing {
            organisation: organisation.clone(),
            leaving,
            asked_by: "Sam Cole".to_owned(),
            cannot: cannot.map(str::to_owned),
        };
        SamplePage { name, page: page(&View { views: vec![], days: 7 }, &standing, &reader) }
    };
    let by = |person: u128, due_at| Leaving {
        asked_by: Some(vocabulary::PersonId(uuid::Uuid::from_u128(person))),
        asked_at: at,
        due_at,
    };
    vec![
        sample("leaving", None, None),
        sample("leaving, not possible", None, Some("Ashmere keeps the list of products that all share.")),
        sample("leaving, asked by oneself", Some(by(1, None)), None),
        sample("leaving, asked by somebody else", Some(by(2, None)), None),
        sample("leaving, confirmed", Some(by(2, Some(at))), None),
    ]
}
