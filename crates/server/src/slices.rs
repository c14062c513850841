//! The product: its subjects, one line for each.

use architecture::Architecture;
use ledger::{Kind, Slice};
use store::Migration;

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

/// The tables of every subject: what opening the database needs before there is a slice.
pub fn migrations() -> Vec<Migration> {
    [ledger::MIGRATIONS, accounts::MIGRATIONS, architecture::MIGRATIONS].concat()
}
