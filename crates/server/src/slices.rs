//! The product: its subjects, one line for each.

use accounts::Accounts;
use architecture::Architecture;
use ledger::{Kind, Slice};
use store::Migration;

use crate::Product;

/// Every subject of the product with what it offers.
pub fn slices(product: &Product) -> Vec<Slice> {
    let Product { store, clock, chance, .. } = product.clone();
    let architecture = architecture::slice(Architecture {
        store: store.clone(),
        clock: clock.clone(),
        chance: chance.clone(),
        public_address: product.address.clone(),
    });
    let accounts = accounts::slice(Accounts {
        store: store.clone(),
        clock,
        chance,
        demonstration: product.demonstration,
        public_address: product.address.clone(),
    });
    let kinds: Vec<Kind> = [&architecture, &accounts].iter().flat_map(|slice| slice.kinds).copied().collect();
    let ledger = ledger::slice(store, &kinds);
    vec![architecture, accounts, ledger]
}

/// The tables of every subject: what opening the database needs before there is a slice.
pub fn migrations() -> Vec<Migration> {
    [ledger::MIGRATIONS, accounts::MIGRATIONS, architecture::MIGRATIONS].concat()
}
