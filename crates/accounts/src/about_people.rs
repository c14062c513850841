//! What this subject holds about people, how everything that is held about one is told, and how it is erased.

use ledger::{AboutPeople, Holds, PersonColumn, WhenErased, Whom};
use store::{Transaction, values};
use vocabulary::{PersonId, Timestamp};

use crate::person::{self, memberships};

/// Every column of `accounts` that refers to somebody.
pub const ABOUT_PEOPLE: AboutPeople = AboutPeople {
    subject: "accounts",
    columns: &[
        PersonColumn {
            table: "person",
            column: "id",
            holds: Holds::Id,
            what: || web::say!("You: your address and name, and the month in which you were last signed in"),
            tells: &["id", "email", "name", "made_at", "seen_month", "disabled_at"],
            when_erased: WhenErased::Kept,
        },
        PersonColumn {
            table: "membership",
            column: "person",
            holds: Holds::Id,
            what: || web::say!("For whom you act, and in which role"),
            tells: &["organisation", "role", "made_at"],
            when_erased: WhenErased::Deleted,
        },
        PersonColumn {
            table: "session",
            column: "person",
            holds: Holds::Id,
            what: || web::say!("Browsers on which you are signed in"),
            tells: &["organisation", "see_as", "made_at", "seen_at", "proved_at"],
            when_erased: WhenErased::Deleted,
        },
        PersonColumn {
            table: "sign_in_link",
            column: "person",
            holds: Holds::Id,
            what: || web::say!("Sign-in links that were sent to you"),
            tells: &["next", "made_at", "expires_at", "used_at"],
            when_erased: WhenErased::Deleted,
        },
        PersonColumn {
            table: "sign_in_link",
            column: "email",
            holds: Holds::Address,
            what: || web::say!("Sign-in links that were sent to your address before you had an account"),
            tells: &["next", "organisation", "made_at", "expires_at", "used_at"],
            when_erased: WhenErased::Deleted,
        },
        PersonColumn {
            table: "organisation_domain",
            column: "proposed_by",
            holds: Holds::Id,
            what: || web::say!("Email domains that you proposed"),
            tells: &["organisation", "domain", "proposed_at"],
            when_erased: WhenErased::Kept,
        },
        PersonColumn {
            table: "organisation_domain",
            column: "confirmed_by",
            holds: Holds::Id,
            what: || web::say!("Email domains that you confirmed"),
            tells: &["organisation", "domain", "confirmed_at"],
            when_erased: WhenErased::Kept,
        },
        PersonColumn {
            table: "outbox",
            column: "person",
            holds: Holds::Id,
            what: || web::say!("Letters to you that wait to be sent"),
            tells: &["recipient", "subject", "made_at"],
            when_erased: WhenErased::Deleted,
        },
        PersonColumn {
            table: "outbox",
            column: "recipient",
            holds: Holds::Address,
            what: || web::say!("Letters to your address that wait to be sent"),
            tells: &["recipient", "subject", "made_at"],
            when_erased: WhenErased::Deleted,
        },
        PersonColumn {
            table: "invitation",
            column: "email",
            holds: Holds::Address,
            what: || web::say!("Invitations that you have not answered"),
            tells: &["organisation", "name", "role", "made_at", "expires_at"],
            when_erased: WhenErased::Deleted,
        },
        PersonColumn {
            table: "invitation",
            column: "invited_by",
            holds: Holds::Id,
            what: || web::say!("Invitations that you sent and nobody answered"),
            tells: &["organisation", "role", "made_at", "expires_at"],
            when_erased: WhenErased::Deleted,
        },
        PersonColumn {
            table: "join_request",
            column: "person",
            holds: Holds::Id,
            what: || web::say!("Requests of yours to act for an organisation"),
            tells: &["organisation", "reason", "made_at", "outcome", "ended_at", "role", "answer"],
            when_erased: WhenErased::Deleted,
        },
        PersonColumn {
            table: "join_request",
            column: "ended_by",
            holds: Holds::Id,
            what: || web::say!("Requests of others about which you decided"),
            tells: &["organisation", "outcome", "ended_at", "role", "answer"],
            when_erased: WhenErased::Kept,
        },
        PersonColumn {
            table: "organisation_leaving",
            column: "asked_by",
            holds: Holds::Id,
            what: || web::say!("Organisations that you asked to leave"),
            tells: &["organisation", "asked_at", "due_at"],
            when_erased: WhenErased::Kept,
        },
        PersonColumn {
            table: "organisation_leaving",
            column: "confirmed_by",
            holds: Holds::Id,
            what: || web::say!("Organisations whose leaving you confirmed"),
            tells: &["organisation", "confirmed_at", "due_at"],
            when_erased: WhenErased::Kept,
        },
        PersonColumn {
            table: "email_change",
            column: "person",
            holds: Holds::Id,
            what: || web::say!("New addresses that you have not confirmed"),
            tells: &["email", "made_at", "expires_at"],
            when_erased: WhenErased::Deleted,
        },
        PersonColumn {
            table: "api_token",
            column: "person",
            holds: Holds::Id,
            what: || web::say!("API tokens that you made"),
            tells: &["id", "name", "organisation", "scope", "made_at", "expires_at", "used_at"],
            when_erased: WhenErased::Deleted,
        },
        PersonColumn {
            table: "identity",
            column: "person",
            holds: Holds::Id,
            what: || web::say!("Accounts elsewhere by which you sign in"),
            tells: &["issuer", "subject", "made_at", "seen_at"],
            when_erased: WhenErased::Deleted,
        },
        PersonColumn {
            table: "sign_in_attempt",
            column: "person",
            holds: Holds::Id,
            what: || web::say!("Accounts elsewhere that you are adding now"),
            tells: &["provider", "made_at", "expires_at"],
            when_erased: WhenErased::Deleted,
        },
        PersonColumn {
            table: "passkey",
            column: "person",
            holds: Holds::Id,
            what: || web::say!("Passkeys by which you sign in"),
            tells: &["id", "name", "made_at", "used_at"],
            when_erased: WhenErased::Deleted,
        },
        PersonColumn {
            table: "passkey_challenge",
            column: "person",
            holds: Holds::Id,
            what: || web::say!("Passkeys that you are adding or using now"),
            tells: &["purpose", "made_at", "expires_at"],
            when_erased: WhenErased::Deleted,
        },
        PersonColumn {
            table: "membership_grant",
            column: "person",
            holds: Holds::Id,
            what: || web::say!("Roles that an account elsewhere gave you"),
            tells: &["organisation", "issuer", "role", "made_at"],
            when_erased: WhenErased::Deleted,
        },
        PersonColumn {
            table: "organisation_merge",
            column: "actor",
            holds: Holds::Id,
            what: || web::say!("Suppliers that you merged"),
            tells: &["organisation", "into_organisation", "why", "made_at"],
            when_erased: WhenErased::Kept,
        },
    ],
    more: |_, _| Ok(vec![]),
    erase: |_, _, _| Ok(()),
};

/// Somebody, as everything that is held about them is found by. None when they were erased, or are not here.
pub(crate) fn whom(tx: &mut Transaction<'_>, id: PersonId) -> Result<Option<Whom>, store::Error> {
    let Some(name) = person::name(tx, id)? else { return Ok(None) };
    let email = person::email(tx, id)?.map(|email| email.to_string());
    let organisations = memberships(tx, id)?.into_iter().map(|membership| membership.organisation).collect();
    Ok(Some(Whom { id, email, name, organisations }))
}

/// Erases somebody in every subject given, and last their own row but for its id. False when there is nobody to erase.
///
/// # Errors
/// Those of the database.
pub(crate) fn erase(
    tx: &mut Transaction<'_>,
    subjects: &[AboutPeople],
    id: PersonId,
    now: Timestamp,
) -> Result<bool, store::Error> {
    let Some(whom) = whom(tx, id)? else { return Ok(false) };
    for subject in subjects {
        subject.erase(tx, &whom, now)?;
    }
    let erased = tx.execute(
        "UPDATE person SET email = NULL, name = NULL, seen_month = NULL, erased_at = $2 WHERE id = $1",
        &values![id.to_string(), now.as_microsecond()],
    )?;
    Ok(erased > 0)
}
