//! Roles in words for people: what each is called, and what somebody in it can do. The rules are in `permission`.

use serde_json::{Value, json};
use vocabulary::Role;

use crate::Organisation;

/// What a role is called.
pub(crate) fn name(role: Role) -> String {
    match role {
        Role::Member => web::say!("Member of staff"),
        Role::Editor => web::say!("Editor"),
        Role::Steward => web::say!("Steward"),
        Role::Moderator => web::say!("Moderator"),
        Role::Auditor => web::say!("Auditor"),
        Role::Operator => web::say!("Operator"),
    }
}

/// Roles as a page offers them: value, name, and what each can do at an organisation.
pub(crate) fn choices(roles: &[Role], organisation: &Organisation) -> Vec<Value> {
    let choice = |role: &Role| {
        let can = can(*role, organisation.participating, &organisation.name);
        json!({"value": role, "text": name(*role), "can": can})
    };
    roles.iter().map(choice).collect()
}

/// What somebody in a role at an organisation can do here.
pub(crate) fn can(role: Role, participating: bool, organisation: &str) -> String {
    if !participating {
        return web::say!("Sees what everybody sees, and no more.");
    }
    match role {
        Role::Member => {
            web::say!("Sees what participating bodies share with each other. Changes nothing.")
        }
        Role::Editor => {
            web::say!("Sees also what only {organisation} sees. Imports its spreadsheets.", organisation = organisation)
        }
        Role::Steward => web::say!(
            "Does what an editor of {organisation} does, decides who sees what, and who acts for it.",
            organisation = organisation
        ),
        Role::Auditor => web::say!("Sees everything of every organisation. Changes nothing."),
        Role::Operator => {
            web::say!(
                "Runs this service: its people, organisations and settings. Sees estates as a member of staff does."
            )
        }
        // What moderators do beyond that comes with the pages for it.
        Role::Moderator => web::say!("Sees what a member of staff sees. Changes nothing yet."),
    }
}
