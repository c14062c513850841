//! The product: its subjects, one line for each.

use accounts::{Organisation, View};
use architecture::Architecture;
use ledger::{Kind, Slice};
use store::Migration;
use vocabulary::Reader;

use crate::Product;

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
    vec![architecture, accounts, ledger]
}

/// The pages of an organisation, those of its estate and that of its people: what `accounts` asks for its links between them.
pub(crate) fn views(organisation: &Organisation, reader: &Reader) -> Vec<View> {
    let views = architecture::organisation::views(organisation, reader);
    views.into_iter().map(|view| View { text: view.text, href: view.href }).collect()
}

/// The tables of every subject: what opening the database needs before there is a slice.
pub fn migrations() -> Vec<Migration> {
    [ledger::MIGRATIONS, accounts::MIGRATIONS, architecture::MIGRATIONS].concat()
}
