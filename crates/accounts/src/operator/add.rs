//! Adding an organisation.

use ::store::{Transaction, values};
use axum::extract::State as Slot;
use serde_json::json;
use web::{Answer, FieldError, Form, Outcome, Page, Visit};

use super::{note_organisation, permitted_for_organisations, still_permitted_for_organisations};
use crate::{Accounts, Error, Organisation, OrganisationKind, invitation::identifier, organisation};

const TEMPLATE: &str = "accounts/operator/add.html";
const LONGEST_NAME: usize = 200;
const LONGEST_CODE: usize = 100;
const FIELDS: &[&str] = &["name", "id", "kind", "code", "participating"];
const KINDS: [OrganisationKind; 4] =
    [OrganisationKind::Council, OrganisationKind::Supplier, OrganisationKind::Partner, OrganisationKind::Other];

/// The form.
pub(crate) async fn show(visit: Visit) -> Outcome {
    permitted_for_organisations(&visit.reader)?;
    visit.parameters(&[])?;
    Ok(page().into())
}

pub(super) fn page() -> Page {
    let kinds: Vec<_> = KINDS.iter().map(|kind| json!({"value": kind, "text": kind.name()})).collect();
    Page::new(TEMPLATE, web::say!("Add an organisation"))
        .section("operator")
        .back(web::say!("Organisations"), "/operator/organisations")
        .reading()
        .private()
        .extra("kinds", kinds)
        .data(json!({"kinds": KINDS}))
}

/// A name of an organisation as it was typed, in one line.
pub(super) fn read_organisation_name(typed: &str) -> Result<String, String> {
    let name = typed.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() {
        return Err(web::say!("Enter the name of the organisation"));
    }
    match name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
        true => Err(web::say!(
            "A name of an organisation has at most {limit} characters, in one line",
            limit = LONGEST_NAME
        )),
        false => Ok(name),
    }
}

fn read(form: &Form) -> Result<Organisation, Vec<FieldError>> {
    let mut errors = Vec::new();
    let name = read_organisation_name(form.one("name").unwrap_or_default());
    let name = name.map_err(|message| errors.push(FieldError::new("name", message))).unwrap_or_default();
    let id = match form.one("id") {
        Some(id) => id.to_owned(),
        None => identifier(&vocabulary::fold(&name)),
    };
    let id = id.parse().map_err(|_| {
        let message = web::say!("Write a short name for addresses in small letters, digits and hyphens, like ashmere");
        errors.push(FieldError::new("id", message));
    });
    let kind = form.one("kind").and_then(|kind| kind.parse::<OrganisationKind>().ok());
    if kind.is_none() {
        errors.push(FieldError::new("kind", web::say!("Choose what it is")));
    }
    let participating = match form.one("participating") {
        Some("yes") => Some(true),
        Some("no") => Some(false),
        _ => None,
    };
    match participating {
        None => errors.push(FieldError::new("participating", web::say!("Choose whether it takes part"))),
        Some(true) if kind == Some(OrganisationKind::Supplier) => {
            errors.push(FieldError::new("participating", web::say!("A supplier does not take part: choose no")));
        }
        Some(_) => {}
    }
    let code = form.one("code").map(str::to_owned);
    if code.as_ref().is_some_and(|code| code.chars().count() > LONGEST_CODE || code.chars().any(char::is_control)) {
        errors.push(FieldError::new("code", web::say!("A code has at most {limit} characters", limit = LONGEST_CODE)));
    }
    match (id, kind, participating) {
        (Ok(id), Some(kind), Some(participating)) if errors.is_empty() => Ok(Organisation {
            id,
            name,
            kind,
            code,
            participating,
            keeps_shared_list: false,
            about: String::new(),
            also_known: vec![],
            former_names: vec![],
        }),
        _ => Err(errors),
    }
}

/// It is here from now on; nobody acts for it yet.
pub(crate) async fn add(Slot(accounts): Slot<Accounts>, visit: Visit, form: Form) -> Outcome {
    permitted_for_organisations(&visit.reader)?;
    visit.parameters(&[])?;
    form.only(FIELDS)?;
    let new = match read(&form) {
        Ok(new) => new,
        Err(errors) => return Ok(page().typed(&form).errors(errors).into()),
    };
    let (reader, by) = (visit.reader.clone(), accounts.by(visit.reader.person));
    let at = format!("/operator/organisations/{}", new.id);
    let write = move |tx: &mut Transaction<'_>| -> Result<Option<FieldError>, Error> {
        still_permitted_for_organisations(tx, &reader)?;
        // One that was merged into another keeps its identifier for the day on which that is taken back.
        let merged = organisation::all_merged(tx)?.iter().any(|merged| merged.was.id == new.id);
        if merged || organisation::find(tx, &new.id)?.is_some() {
            let message = web::say!("{id} is another organisation's. Write another short name", id = new.id.as_str());
            return Ok(Some(FieldError::new("id", message)));
        }
        let taken =
            tx.query_optional("SELECT name FROM organisation WHERE code = $1", &values![new.code.as_ref()], |row| {
                row.text(0)
            })?;
        if let Some(name) = taken {
            let message = web::say!("This code is that of {organisation}", organisation = name);
            return Ok(Some(FieldError::new("code", message)));
        }
        organisation::put(tx, std::slice::from_ref(&new), by.now)?;
        let details = json!({"kind": new.kind, "participating": new.participating});
        note_organisation(tx, &new.id, "organisation-added", details, &by)?;
        Ok(None)
    };
    match accounts.store.write(write).await? {
        None => Ok(Answer::Redirect(format!("{at}?done=added"))),
        Some(error) => Ok(page().typed(&form).errors(vec![error]).into()),
    }
}
