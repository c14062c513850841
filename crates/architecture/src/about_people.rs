//! What this subject holds about people: who changed, decided and followed what, and texts that name somebody.
//!
//! Changes stay when a person is erased: they are the organisation's, and their reference then says nothing about anybody.

use ledger::{AboutPeople, Held, Holds, PersonColumn, WhenErased, Whom};
use store::{Error, Transaction};
use vocabulary::{OrganisationId, Timestamp, fold};
use web::say;

use crate::statement::store::{erase_private, private_texts};

/// A column that keeps who did something, which stays.
const fn did(
    (table, column): (&'static str, &'static str),
    what: fn() -> String,
    tells: &'static [&'static str],
) -> PersonColumn {
    PersonColumn { table, column, holds: Holds::Id, what, tells, when_erased: WhenErased::Kept }
}

/// Every column of `architecture` that refers to somebody.
pub const ABOUT_PEOPLE: AboutPeople = AboutPeople {
    subject: "architecture",
    columns: &[
        did(
            ("change", "actor"),
            || say!("Changes of estates that you made"),
            &["organisation", "number", "kind", "at"],
        ),
        did(
            ("reading", "person"),
            || say!("Estates of councils that you read"),
            &["organisation", "day", "acting", "route", "subject", "format", "times", "last_at"],
        ),
        did(
            ("import", "created_by"),
            || say!("Files that you brought in"),
            &["organisation", "id", "file_name", "state", "created_at"],
        ),
        did(("product_merge", "actor"), || say!("Products that you merged"), &["product", "into_product", "why", "at"]),
        did(
            ("worklist_aside", "actor"),
            || say!("What you put aside on a worklist"),
            &["organisation", "item", "put_aside_at"],
        ),
        did(
            ("name_match", "decided_by"),
            || say!("Names that you matched to the shared list"),
            &["organisation", "what", "folded", "state", "decided_at"],
        ),
        did(
            ("shared_offer", "offered_by"),
            || say!("What you offered to the shared list"),
            &["organisation", "id", "name", "reason", "offered_at", "state"],
        ),
        did(
            ("shared_offer", "decided_by"),
            || say!("Offers to the shared list that you decided"),
            &["organisation", "id", "name", "decided_at", "state", "why"],
        ),
        did(
            ("shared_publication", "published_by"),
            || say!("What you published in the shared list"),
            &["id", "name", "why", "published_at"],
        ),
        did(
            ("shared_publication", "withdrawn_by"),
            || say!("What you withdrew from the shared list"),
            &["id", "name", "withdrawn_at", "withdrawn_why"],
        ),
        PersonColumn {
            table: "feed",
            column: "person",
            holds: Holds::Id,
            what: || say!("Addresses by which you follow contract dates"),
            tells: &["organisation", "id", "sees", "filters", "made_at", "last_used_at", "stopped_at"],
            when_erased: WhenErased::Deleted,
        },
        did(
            ("feed", "stopped_by"),
            || say!("Addresses of others for contract dates that you stopped"),
            &["organisation", "id", "stopped_at"],
        ),
        PersonColumn {
            table: "digest",
            column: "person",
            holds: Holds::Id,
            what: || say!("Contract dates that you get by e-mail"),
            tells: &["organisation", "how_often", "made_at", "sent_at"],
            when_erased: WhenErased::Deleted,
        },
    ],
    more: naming,
    erase: erase_naming,
};

/// Texts of the person's own organisations, kept apart there, that hold their address or their whole name.
fn texts(tx: &mut Transaction<'_>, whom: &Whom) -> Result<Vec<(OrganisationId, String, String)>, Error> {
    let (address, name) = (whom.email.as_deref().map(fold), fold(&whom.name));
    // One word is no whole name: "Sam" stands in too many texts that are about nobody.
    let whole = name.split_whitespace().count() > 1;
    let holds = |text: &str, words: &str| format!(" {text} ").contains(&format!(" {words} "));
    let mut found = Vec::new();
    for organisation in &whom.organisations {
        for (id, text) in private_texts(tx, organisation)? {
            let folded = fold(&text);
            if address.as_deref().is_some_and(|address| holds(&folded, address)) || (whole && holds(&folded, &name)) {
                found.push((organisation.clone(), id, text));
            }
        }
    }
    Ok(found)
}

fn naming(tx: &mut Transaction<'_>, whom: &Whom) -> Result<Vec<Held>, Error> {
    let row = |(organisation, id, text): (OrganisationId, String, String)| {
        [("organisation", organisation.to_string()), ("id", id), ("text", text)]
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.into()))
            .collect()
    };
    let rows = texts(tx, whom)?.into_iter().map(row).collect();
    let what = say!("Texts in the estates of your organisations that hold your address or your whole name");
    Ok(vec![Held { place: "private_text", what, when_erased: WhenErased::Deleted, rows }])
}

/// The history keeps that something was said, not what: as when an editor erases a text.
fn erase_naming(tx: &mut Transaction<'_>, whom: &Whom, now: Timestamp) -> Result<(), Error> {
    for (organisation, id, _) in texts(tx, whom)? {
        // False where the same words were erased just now.
        erase_private(tx, &organisation, &id, now)?;
    }
    Ok(())
}
