//! The product: its subjects, one line for each.

use accounts::{Organisation, View};
use architecture::Architecture;
use ledger::{AboutPeople, Belonging, Erasure, Kind, Secrets, Slice};
use openapi::Description;
use store::{Error, Migration, Transaction};
use vocabulary::Reader;

use crate::Product;

/// What was answered, for the description of the API: a test compares it with what is answered now.
const ANSWERS: &str = include_str!("../answers.json");

/// Every subject of the product with what it offers.
pub fn slices(product: &Product) -> Vec<Slice> {
    let Product { store, clock, chance, retention, .. } = product.clone();
    let architecture = architecture::slice(Architecture {
        store: store.clone(),
        clock,
        chance,
        public_address: product.address.clone(),
        retention,
    });
    let accounts = accounts::slice(product.accounts());
    let kinds: Vec<Kind> = [&architecture, &accounts].iter().flat_map(|slice| slice.kinds).copied().collect();
    let ledger = ledger::slice(store, &kinds, retention);
    let mut slices = vec![architecture, accounts, ledger, policies::slice(product.policies())];
    slices.push(operations::slice(product.operations(&slices)));
    slices.push(openapi::slice(Description {
        endpoints: slices.iter().flat_map(|slice| slice.routes.endpoints()).collect(),
        answers: ANSWERS,
        version: env!("CARGO_PKG_VERSION"),
        address: product.address.clone(),
    }));
    slices
}

/// The pages of an organisation, those of its estate and that of its people: what `accounts` asks for its links between them.
pub(crate) fn views(organisation: &Organisation, reader: &Reader) -> Vec<View> {
    let views = architecture::organisation::views(organisation, reader);
    views.into_iter().map(|view| View { text: view.text, href: view.href }).collect()
}

/// What every subject holds about people: what `accounts` asks for somebody's export, and when they are erased.
pub fn about_people() -> Vec<AboutPeople> {
    vec![architecture::ABOUT_PEOPLE, accounts::ABOUT_PEOPLE, ledger::ABOUT_PEOPLE]
}

/// Everything that lets whoever holds it in, of every subject: what a restored backup takes back.
pub fn secrets() -> Vec<Secrets> {
    [accounts::SECRETS, architecture::SECRETS].concat()
}

/// Whose the rows of every table are: what an organisation takes along, and what is erased behind it.
pub fn belongings() -> Vec<Belonging> {
    [ledger::BELONGINGS, accounts::BELONGINGS, architecture::BELONGINGS].concat()
}

/// Erases again what was erased before, whichever subject knows how. True if there was something left to erase.
///
/// # Errors
/// Those of the database.
pub fn reapply(tx: &mut Transaction<'_>, erasure: &Erasure) -> Result<bool, Error> {
    // A person is erased in every subject.
    let mut any = accounts::person::reapply(tx, &about_people(), erasure)?;
    for reapply in [accounts::reapply_passkey, ledger::reapply, architecture::statement::store::reapply] {
        any |= reapply(tx, erasure)?;
    }
    any |= crate::leaving::erase_again(tx, erasure)?;
    Ok(any)
}

/// The tables of every subject: what opening the database needs before there is a slice.
pub fn migrations() -> Vec<Migration> {
    [ledger::MIGRATIONS, accounts::MIGRATIONS, architecture::MIGRATIONS].concat()
}
