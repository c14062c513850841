//! Who acts for an organisation: shown and changed by its stewards, and by operators. To others there is no such page; to its
//! own staff in other roles it is forbidden.
//!
//! | File | What one does there |
//! |---|---|
//! | `list` | see who acts for it, who is invited, and what happened |
//! | `role` | change somebody's role |
//! | `remove` | end what somebody does for it |
//! | `undo` | take back the latest of these about somebody |
//! | `history` | what happened, in sentences |
//! | `command` | the same from a command line |

pub mod command;
mod history;
pub(crate) mod list;
pub(crate) mod remove;
pub(crate) mod role;
pub(crate) mod samples;
pub(crate) mod undo;

use store::Transaction;
use vocabulary::{OrganisationId, PersonId, Reader};
use web::{Page, Problem};

use crate::{Accounts, Deed, Error, Organisation, may, organisation};

/// The organisation of an address, if its people are the reader's to manage.
pub(crate) async fn of_visit(accounts: &Accounts, id: &str, reader: &Reader) -> Result<Organisation, Problem> {
    let id: OrganisationId = id.parse().map_err(|_| Problem::missing())?;
    may(reader, Deed::ManagePeople, &id)?;
    let find = move |tx: &mut Transaction<'_>| organisation::here(tx, &id);
    let found = accounts.store.read(find).await.map_err(Error::from)?;
    found.ok_or_else(Problem::missing)
}

fn person_of(text: &str) -> Result<PersonId, Problem> {
    text.parse().map_err(|_| Problem::missing())
}

/// A step of a task about an organisation's people: it leads back to them, and says whose they are.
pub(crate) fn task(page: Page, organisation: &Organisation) -> Page {
    page.place(organisation.name.clone())
        .section("organisations")
        .back(web::say!("People"), format!("/organisations/{}/people", organisation.id))
        .reading()
        .private()
        .extra("organisation_name", &organisation.name)
}
