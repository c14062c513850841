//! The organisations most like one: by the listed products that both run and the needs that both meet.
//!
//! A shared system counts for its owner and for each organisation that uses it, as on the LGAM map. An organisation of which
//! the reader sees no system of its own is like nobody: what it uses of others would look as if that were all it has.
//!
//! Likeness is how much is common of all that either has (Jaccard's measure): so a large estate is not like everybody for
//! being large. It orders; what is shown are its parts.

use std::cmp::Ordering;
use std::collections::HashMap;

use serde::Serialize;
use store::{Error, Transaction};
use vocabulary::{Reader, fold};

use crate::system::roll::{Place, Roll};

/// How many are most alike.
const MOST: usize = 3;

/// Another organisation with what it has in common.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Alike {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Products of the shared list that both run.
    pub products: usize,
    /// LGAM elements that both have a system for.
    pub needs: usize,
    /// Products and elements that at least one of them has.
    pub of: usize,
}

/// The three most like `organisation`, of those whose systems the reader sees, nearest first. None is nearer than another
/// with nothing in common, so those are left out.
///
/// # Errors
/// When the engine fails.
pub fn most_alike(tx: &mut Transaction<'_>, reader: &Reader, organisation: &str) -> Result<Vec<Alike>, Error> {
    let roll = Roll::without_contracts(tx, reader)?;
    let likes = likes(&roll, organisation);
    if likes.is_empty() {
        return Ok(Vec::new());
    }
    let names =
        tx.query("SELECT id, name FROM organisation ORDER BY id", &[], |row| Ok((row.text(0)?, row.text(1)?)))?;
    let names: HashMap<String, String> = names.into_iter().collect();
    let mut alike: Vec<Alike> = likes
        .into_iter()
        .filter_map(|like| {
            let id = roll.organisations.get(like.organisation as usize)?;
            let Like { products, needs, of, .. } = like;
            Some(Alike { id: id.clone(), name: names.get(id)?.clone(), products, needs, of })
        })
        .collect();
    alike.sort_by(|one, other| nearer(one, other).then_with(|| fold(&one.name).cmp(&fold(&other.name))));
    alike.truncate(MOST);
    Ok(alike)
}

/// By common of all, as a ratio without fractions; then by how much is common.
fn nearer(one: &Alike, other: &Alike) -> Ordering {
    let common = |alike: &Alike| (alike.products + alike.needs) as u128;
    let (left, right) = (common(one) * other.of as u128, common(other) * one.of as u128);
    right.cmp(&left).then(common(other).cmp(&common(one)))
}

/// What one other organisation has in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Like {
    organisation: Place,
    products: usize,
    needs: usize,
    of: usize,
}

/// What each other organisation has in common with one. Pure; products that are nobody else's do not count.
fn likes(roll: &Roll, organisation: &str) -> Vec<Like> {
    let Some(own) = roll.organisations.iter().position(|id| id == organisation) else { return Vec::new() };
    // Products first, then elements: one list of marks for both.
    let offset = roll.products.len();
    let listed = |product: Place| roll.products.get(product as usize).is_some_and(|(owner, _)| owner.is_empty());
    let mut each: Vec<Vec<usize>> = vec![Vec::new(); roll.organisations.len()];
    // Both lists are in the order of ids.
    let users = roll.users.iter().map(|id| roll.organisations.binary_search(id).ok());
    let users: Vec<Option<usize>> = users.collect();
    for system in &roll.systems {
        let users = system.used_by.iter().filter_map(|user| users.get(*user as usize).copied().flatten());
        for body in std::iter::once(system.organisation as usize).chain(users) {
            if let Some(marks) = each.get_mut(body) {
                marks.extend(system.product.filter(|product| listed(*product)).map(|product| product as usize));
                marks.extend(system.elements.iter().map(|element| offset + *element as usize));
            }
        }
    }
    for marks in &mut each {
        marks.sort_unstable();
        marks.dedup();
    }
    let mut is_own = vec![false; offset + roll.elements.len()];
    for mark in &each[own] {
        is_own[*mark] = true;
    }
    let others = (0..).zip(&each).filter(|(place, _)| *place as usize != own);
    let likes = others.map(|(place, marks): (Place, _)| {
        let common = || marks.iter().filter(|mark| is_own[**mark]);
        let products = common().filter(|mark| **mark < offset).count();
        let needs = common().count() - products;
        Like { organisation: place, products, needs, of: each[own].len() + marks.len() - products - needs }
    });
    likes.filter(|like| like.products + like.needs > 0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::roll::Entry;

    fn roll() -> Roll {
        let entry = |organisation, product, elements: &[Place]| Entry {
            organisation,
            product,
            elements: elements.to_vec(),
            ..Entry::default()
        };
        let listed = |id: &str| (String::new(), id.to_owned());
        Roll {
            organisations: ["a", "b", "c", "d"].map(str::to_owned).to_vec(),
            products: vec![("a".to_owned(), "own".to_owned()), listed("one"), listed("two"), listed("three")],
            elements: ["forms", "waste"].map(str::to_owned).to_vec(),
            systems: vec![
                entry(0, Some(1), &[0]),
                entry(0, Some(1), &[0]),
                entry(0, Some(0), &[]),
                entry(1, Some(1), &[0]),
                entry(2, Some(1), &[0, 1]),
                entry(2, Some(2), &[]),
                entry(3, Some(3), &[1]),
            ],
            ..Roll::default()
        }
    }

    #[test]
    fn common_of_all_that_either_has() {
        let like = |organisation, products, needs, of| Like { organisation, products, needs, of };
        assert_eq!(likes(&roll(), "a"), [like(1, 1, 1, 2), like(2, 1, 1, 4)], "and the fourth has nothing in common");
        assert!(likes(&roll(), "nowhere").is_empty());
    }

    #[test]
    fn what_one_uses_of_another_counts_for_it_too() {
        let mut roll = roll();
        roll.users = ["d", "nowhere"].map(str::to_owned).to_vec();
        roll.systems[0].used_by = vec![0, 1];
        let d = likes(&roll, "a").into_iter().find(|like| like.organisation == 3);
        assert_eq!(
            d,
            Some(Like { organisation: 3, products: 1, needs: 1, of: 4 }),
            "and one of nothing of its own has no place"
        );
    }

    #[test]
    fn the_smaller_estate_with_as_much_in_common_is_nearer() {
        let alike = |products, needs, of| Alike { id: String::new(), name: String::new(), products, needs, of };
        assert_eq!(nearer(&alike(1, 1, 2), &alike(1, 1, 4)), Ordering::Less);
        assert_eq!(nearer(&alike(3, 3, 12), &alike(1, 1, 4)), Ordering::Less, "as near, and more of it");
        assert_eq!(nearer(&alike(0, 1, 3), &alike(1, 1, 3)), Ordering::Greater);
    }
}
