//! Which organisations names mean, where a file says who uses a system.

use std::collections::{BTreeMap, BTreeSet};

use store::{Error, Transaction};
use vocabulary::{OrganisationId, fold};

use crate::organisation::short_name;

/// The organisations that may use a system, by folded name and by code.
#[derive(Default)]
pub(super) struct Users {
    pub(super) own: String,
    /// None for a name that two of them have.
    names: BTreeMap<String, Option<String>>,
}

impl Users {
    pub(super) fn of(tx: &mut Transaction<'_>, organisation: &OrganisationId) -> Result<Users, Error> {
        let mut users = Users { own: organisation.to_string(), names: BTreeMap::new() };
        let all = accounts::organisation::all(tx, None)?;
        let mut bodies: Vec<_> =
            all.into_iter().filter(|one| one.kind != accounts::OrganisationKind::Supplier).collect();
        bodies.sort_by(|one, other| one.id.cmp(&other.id));
        // Names that organisations have now come before names that they had.
        for body in &bodies {
            let id = body.id.to_string();
            users.name(short_name(&body.name), &id);
            users.name(body.name.strip_suffix(" Council").unwrap_or(&body.name), &id);
            for name in body.also_known.iter().chain(body.code.as_ref()).chain([&body.name, &id]) {
                users.name(name, &id);
            }
        }
        let now = users.names.clone();
        for body in &bodies {
            for name in body.former_names.iter().filter(|name| !now.contains_key(&fold(name))) {
                users.name(name, &body.id.to_string());
            }
        }
        Ok(users)
    }

    fn name(&mut self, name: &str, id: &str) {
        let known = self.names.entry(fold(name)).or_insert_with(|| Some(id.to_owned()));
        if known.as_deref() != Some(id) {
            *known = None;
        }
    }

    pub(super) fn find(&self, text: &str) -> Option<&str> {
        self.names.get(&fold(text))?.as_deref()
    }
}

/// The names of the organisations that may use a system, folded: columns of ticks may be headed by them.
///
/// # Errors
/// When the engine fails.
pub fn bodies(tx: &mut Transaction<'_>, organisation: &OrganisationId) -> Result<BTreeSet<String>, Error> {
    let users = Users::of(tx, organisation)?;
    Ok(users.names.into_iter().filter(|(_, id)| id.is_some()).map(|(name, _)| name).collect())
}
