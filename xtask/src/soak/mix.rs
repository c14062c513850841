//! Who asks for what: mostly visitors and editors who read, in the proportions of a working day, and some who write.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use anyhow::{Context, Result, ensure};
use serde_json::json;

use crate::crash::Dice;
use crate::crash::place::Place;
use crate::crash::visitor::{Answer, Visitor};
use crate::root;

/// The councils whose estates are brought in, each with its file.
const ESTATES: [(&str, &str); 4] = [
    ("ashmere", "ashmere-systems.xlsx"),
    ("brackford", "brackford_apps_v3 FINAL.csv"),
    ("elmsey", "Elmsey_Estate_export.csv"),
    ("hexleigh", "hexleigh-register.json"),
];
/// Of a hundred requests, how many change something.
const WRITES: u64 = 5;
/// Of a hundred reads, how many come from somebody who has signed in.
const SIGNED_IN: u64 = 40;

/// Addresses that anybody may read, as pages and as data.
const READS: [&str; 20] = [
    "/",
    "/organisations",
    "/organisations/ashmere",
    "/organisations/ashmere/systems",
    "/organisations/ashmere/systems.json",
    "/organisations/ashmere/systems.csv",
    "/organisations/elmsey/systems?sort=name",
    "/organisations/elmsey/contracts",
    "/organisations/brackford/overlaps",
    "/organisations/hexleigh/map",
    "/products",
    "/products.json",
    "/elements",
    "/contracts",
    "/contracts.ics",
    "/overlaps",
    "/map",
    "/search?q=waste",
    "/search.json?q=housing",
    "/shared-list",
];

/// Everything that is asked for.
pub struct Mix {
    address: String,
    editors: Vec<(String, Vec<String>)>,
    next: AtomicU64,
}

/// Brings the estates in.
pub fn estates(place: &Place) -> Result<()> {
    for (organisation, file) in ESTATES {
        let file = root().join("demo").join(file).display().to_string();
        place.succeeds(&["import", "estate", &file, "--organisation", organisation])?;
    }
    Ok(())
}

impl Mix {
    /// Signs an editor of each council in, and finds out what they may change.
    pub fn new(place: &Place) -> Result<Mix> {
        let mut editors = Vec::new();
        for (organisation, _) in ESTATES {
            let visitor = Visitor::new(place.address(), None);
            let email = format!("estate.editor@{organisation}.example");
            let cookie = crate::crash::enter(&visitor, &email, &place.outbox(), &AtomicBool::new(false))?;
            let cookie = cookie.with_context(|| format!("{email} could not sign in"))?;
            let list = Visitor::new(place.address(), Some(cookie.clone()))
                .data(&format!("/organisations/{organisation}/systems.json"))?;
            let systems =
                list["items"].as_array().or_else(|| list["systems"].as_array()).context("a list of systems")?;
            let addresses = systems.iter().filter_map(|system| Some(format!("/systems/{}", system["id"].as_str()?)));
            editors.push((cookie, addresses.collect()));
        }
        let mix = Mix { address: place.address().to_owned(), editors, next: AtomicU64::new(0) };
        ensure!(mix.systems() > 0, "there is nothing to change");
        Ok(mix)
    }

    pub fn reads(&self) -> usize {
        READS.len() + self.systems()
    }

    pub fn systems(&self) -> usize {
        self.editors.iter().map(|(_, systems)| systems.len()).sum()
    }

    pub fn editors(&self) -> usize {
        self.editors.len()
    }

    /// Somebody who asks, with connections of their own: as a visitor and as each editor.
    pub fn someone(&self, number: usize) -> Someone<'_> {
        let from = format!("10.1.{}.{}", number / 250, number % 250 + 1);
        let visitor = |cookie| Visitor::new(&self.address, cookie).from(from.clone());
        Someone {
            mix: self,
            anyone: visitor(None),
            editors: self.editors.iter().map(|(cookie, _)| visitor(Some(cookie.clone()))).collect(),
            dice: Dice::new(number as u64 + 1),
        }
    }
}

/// One who asks again and again.
pub struct Someone<'m> {
    mix: &'m Mix,
    anyone: Visitor,
    editors: Vec<Visitor>,
    dice: Dice,
}

/// What came of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Came {
    /// What was asked for.
    Done,
    /// Turned away with a time to come back.
    Shed,
    /// Anything else.
    Fault(u16),
}

impl Someone<'_> {
    /// The next request of this one.
    pub fn ask(&self) -> Came {
        let below = |bound: usize| usize::try_from(self.dice.below(bound as u64)).unwrap_or_default();
        let editor = below(self.editors.len());
        let systems = &self.mix.editors[editor].1;
        let system = &systems[below(systems.len())];
        let answer = if self.dice.below(100) < WRITES {
            let users = self.mix.next.fetch_add(1, Ordering::Relaxed) % 10_000;
            self.editors[editor].post_json(&format!("{system}/edit.json"), &json!({ "users": users }))
        } else {
            let signed_in = self.dice.below(100) < SIGNED_IN;
            // A council's systems are not everybody's.
            match READS.get(below(READS.len() + 10)) {
                Some(address) if !signed_in => self.anyone.get(address),
                Some(address) => self.editors[editor].get(address),
                None => self.editors[editor].get(system),
            }
        };
        match answer {
            Answer::Whole(seen) if seen.status == 200 => Came::Done,
            // What many write at once from one session is told so; both are refusals that say when to come again.
            Answer::Whole(seen) if [503, 429].contains(&seen.status) && seen.retry_after.is_some() => Came::Shed,
            Answer::Whole(seen) => Came::Fault(seen.status),
            Answer::Unknown => Came::Fault(0),
        }
    }
}
