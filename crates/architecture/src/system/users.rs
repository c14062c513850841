//! Saying by hand who else uses a system: one system has one owner and may have several users. For the owner's editors.
//!
//! Not here: a request of a using organisation. Only the owner knows, and decides, who uses what is its own.

use std::collections::BTreeSet;
use std::str::FromStr;

use accounts::Organisation;
use axum::extract::{Path, State};
use serde_json::json;
use store::Transaction;
use vocabulary::{OrganisationId, Reader};
use web::{Answer, FieldError, Form, Outcome, Page, Routes, SamplePage, Visit, say};

use super::erase::of_editor;
use super::list::line::User;
use super::store::Seen;
use crate::change::{self, Stating, moment};
use crate::organisation::short_name;
use crate::statement::store::{ChangeKind, present_of};
use crate::statement::{Attribute, Confidence, Stated, Statement, SubjectKind};
use crate::{Architecture, Refused};

const TEMPLATE: &str = "architecture/system/users.html";
/// The id of the first checkbox, to which the error summary leads.
const FIRST: &str = "used_by";

/// The addresses of this file.
pub(crate) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    routes
        .get("/systems/{id}/users", "Who else uses a system, for its organisation's editors", show)
        .by("editors and stewards of the organisation")
        .post("/systems/{id}/users", "Say who else uses a system", save)
        .fields(&["used_by", "before"])
        .by("editors and stewards of the organisation")
}

/// What the page is made from.
#[derive(Clone, Debug)]
struct Users {
    owner: Organisation,
    system: String,
    name: String,
    /// Participating bodies, and whoever is stated already, by name.
    bodies: Vec<User>,
    /// Ids of those stated now, sorted.
    stated: Vec<String>,
}

async fn show(State(state): State<Architecture>, Path(id): Path<String>, visit: Visit) -> Outcome {
    visit.parameters(&[])?;
    let reader = visit.reader.clone();
    let users = state.store.read(move |tx| Users::read(tx, &reader, &id)).await?;
    Ok(users.page(&users.stated).into())
}

async fn save(State(state): State<Architecture>, Path(id): Path<String>, visit: Visit, form: Form) -> Outcome {
    visit.parameters(&[])?;
    form.only(&["used_by", "before"])?;
    let (reader, moment) = (visit.reader.clone(), moment(&state, &visit.reader));
    let ticked: BTreeSet<String> = form.all("used_by").into_iter().map(str::to_owned).collect();
    let before = form.one("before").unwrap_or_default().to_owned();
    let address = format!("/systems/{id}");
    let written = state.store.write(move |tx| {
        let users = Users::read(tx, &reader, &id)?;
        let wanted: Vec<String> = ticked.iter().cloned().collect();
        if !wanted.iter().all(|id| users.bodies.iter().any(|body| body.id == *id)) {
            return Err(Refused::Invalid(say!("Choose among the organisations that the page lists.")));
        }
        if users.stated == wanted {
            return Ok(Ok(None));
        }
        if users.stated.join(" ") != before {
            return Ok(Err((users, wanted)));
        }
        let stating = Stating {
            kind: ChangeKind::Edit,
            undoes: None,
            statements: vec![Statement {
                kind: SubjectKind::System,
                subject: users.system.clone(),
                attribute: Attribute::UsedBy,
                value: (!wanted.is_empty()).then_some(Stated::Organisations(wanted)),
                original: None,
                source: "said by hand".to_owned(),
                confidence: Confidence::Reported,
                as_of: moment.today,
            }],
            privates: Vec::new(),
            verb: "changed",
            thing: format!("/systems/{}", users.system),
            details: json!({"attributes": [Attribute::UsedBy.word()]}),
        };
        Ok(Ok(change::make(tx, &users.owner.id, &stating, &moment)?))
    });
    match written.await? {
        Ok(Some(number)) => Ok(Answer::Redirect(format!("{address}?change={number}"))),
        Ok(None) => Ok(Answer::Redirect(address)),
        Err((users, wanted)) => {
            let now = say!(
                "Somebody changed this while you did. It says now: {names}. Tick who uses it, and save again",
                names = users.said()
            );
            Ok(users.page(&wanted).errors(vec![FieldError::new(FIRST, now)]).into())
        }
    }
}

impl Users {
    fn read(tx: &mut Transaction<'_>, reader: &Reader, id: &str) -> Result<Users, Refused> {
        let owner = of_editor(tx, reader, id)?;
        let owner = accounts::organisation::find(tx, &owner)?.ok_or(Refused::Missing)?;
        let row = Seen::by(reader).system(tx, id)?.ok_or(Refused::Missing)?;
        let present = present_of(tx, &owner.id, id)?;
        let mut stated = match present.get(&Attribute::UsedBy).map(|standing| &standing.statement.value) {
            Some(Some(Stated::Organisations(ids))) => ids.clone(),
            _ => Vec::new(),
        };
        stated.retain(|id| OrganisationId::from_str(id).is_ok_and(|id| id != owner.id));
        stated.sort();
        let bodies = accounts::organisation::all(tx, None)?
            .into_iter()
            .filter(|body| body.id != owner.id)
            .filter(|body| body.participating || stated.iter().any(|id| id == body.id.as_str()))
            .map(|body| User { id: body.id.to_string(), name: body.name })
            .collect();
        Ok(Users { owner, system: row.id, name: row.name, bodies, stated })
    }

    /// Who is stated now, in words.
    fn said(&self) -> String {
        let of = |id: &String| self.bodies.iter().find(|body| body.id == *id).map(|body| body.name.clone());
        let names: Vec<String> = self.stated.iter().filter_map(of).collect();
        if names.is_empty() { say!("nobody else") } else { super::shared::and(&names) }
    }

    /// The page with these ticked. It remembers what was stated when it was made, so that nobody's work is lost.
    fn page(&self, ticked: &[String]) -> Page {
        let items: Vec<_> = self
            .bodies
            .iter()
            .enumerate()
            .map(|(place, body)| {
                let id = if place == 0 { FIRST.to_owned() } else { format!("{FIRST}-{}", place + 1) };
                json!({"value": body.id, "text": body.name, "checked": ticked.contains(&body.id), "id": id})
            })
            .collect();
        let address = format!("/systems/{}", self.system);
        Page::new(TEMPLATE, say!("Who else uses {system}?", system = self.name))
            .place(self.owner.name.clone())
            .section("organisations")
            .back(say!("Back to {system}", system = self.name), address)
            .reading()
            .private()
            .data(json!({"system": self.system, "name": self.name, "used_by": self.stated, "bodies": self.bodies}))
            .extra("items", items)
            .extra("before", self.stated.join(" "))
            .extra("short_name", short_name(&self.owner.name))
    }
}

/// This file's pages with invented content.
pub(crate) fn samples() -> Vec<SamplePage> {
    let Some(owner) = super::samples::council() else { return Vec::new() };
    let user = |id: &str, name: &str| User { id: id.to_owned(), name: name.to_owned() };
    let users = Users {
        owner,
        system: "1".to_owned(),
        name: "Bin rounds".to_owned(),
        bodies: vec![user("brackford", "Brackford District Council"), user("colne", "Colne City Council")],
        stated: vec!["brackford".to_owned()],
    };
    let clash = FieldError::new(
        FIRST,
        say!(
            "Somebody changed this while you did. It says now: {names}. Tick who uses it, and save again",
            names = users.said()
        ),
    );
    let alone = Users { bodies: Vec::new(), stated: Vec::new(), ..users.clone() };
    vec![
        SamplePage { name: "who else uses a system", page: users.page(&users.stated) },
        SamplePage { name: "who else uses a system, changed meanwhile", page: users.page(&[]).errors(vec![clash]) },
        SamplePage { name: "who else uses a system, nobody to choose", page: alone.page(&[]) },
    ]
}
