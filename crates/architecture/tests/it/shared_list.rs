//! The shared list grows by what councils offer and its keeper publishes. Brackford keeps it here; Ashmere offers.

mod offering;
mod permission;
mod publishing;
mod withdrawing;

use serde_json::Value;

use crate::world::{Seen, World};

const EDITOR: &str = "editor@ashmere";
const KEEPER: &str = "steward@brackford";
const WAITING: &str = "/shared-list.json?show=waiting";
/// Grantly is nobody's product that the list knows; its row says more than the list should ever learn.
const FILE: &str = "System,Product,Supplier,Cost a year,Business owner,Notes\nGrants,Grantly,Oak Ware,12500,Jane Doe,secret\nRounds,Round Mstr,,,,\n";

/// Ashmere has brought its file in, and Brackford keeps the list.
fn world() -> World {
    let world = World::new();
    world.keeps_shared_list("brackford");
    world.import("ashmere", "systems.csv", FILE.as_bytes());
    world
}

impl World {
    /// The key of an organisation's own name.
    fn own(&self, organisation: &str, name: &str) -> String {
        self.own_name(organisation, name)["key"].as_str().unwrap().to_owned()
    }

    fn own_name(&self, organisation: &str, name: &str) -> Value {
        let path = format!("/organisations/{organisation}/matches.json");
        let names = self.get(&format!("editor@{organisation}"), &path).json()["names"].clone();
        let found = names.as_array().unwrap().iter().find(|row| row["name"] == name).cloned();
        found.unwrap_or_else(|| panic!("{name} in {names}"))
    }

    /// Offers one of an organisation's own names, and returns the offer's id.
    fn offer(&self, organisation: &str, name: &str, more: &str) -> String {
        let sent = self.send_offer(organisation, &self.own(organisation, name), more);
        let address = sent.redirect();
        address.rsplit('/').next().unwrap().split('?').next().unwrap().to_owned()
    }

    fn send_offer(&self, organisation: &str, own: &str, more: &str) -> Seen {
        let path = format!("/organisations/{organisation}/offers/new");
        self.post(&format!("editor@{organisation}"), &path, &format!("of={own}&step=send&reason=We+use+it&{more}"))
    }

    fn decide(&self, offer: &str, form: &str) -> Seen {
        self.post(KEEPER, &format!("/shared-list/offers/{offer}"), form)
    }

    /// Offers Ashmere's Grantly and publishes it as a product.
    fn publish_grantly(&self) -> String {
        let offer = self.offer("ashmere", "Grantly", "supplier=Oak+Ware&elements=waste");
        self.decide(&offer, "choice=publish&name=Grantly&supplier=Oakware&elements=waste&why=Sold+to+councils")
            .redirect();
        offer
    }

    /// What Ashmere's or another organisation's systems are uses of, by the system's name.
    fn uses(&self, organisation: &str) -> Vec<(String, String)> {
        let path = format!("/organisations/{organisation}/systems.csv");
        let rows = self.get(&format!("editor@{organisation}"), &path).csv();
        let mut uses: Vec<_> = rows.into_iter().map(|row| (row["name"].clone(), row["product"].clone())).collect();
        uses.sort();
        uses
    }

    /// Systems of an organisation by name, with the ids of their products and suppliers.
    fn system_named(&self, organisation: &str, name: &str) -> Value {
        let who = format!("editor@{organisation}");
        let rows = self.get(&who, &format!("/organisations/{organisation}/systems.csv")).csv();
        let id = rows.iter().find(|row| row["name"] == name).expect("a system")["commonhold_id"].clone();
        self.get(&who, &format!("/systems/{id}.json")).json()["system"].clone()
    }

    /// What bringing Ashmere's file in again would do: new, changed and missing systems.
    fn file_again(&self) -> (i64, i64, i64) {
        let counts = self.preview(&self.bring("ashmere", "systems.csv", FILE.as_bytes()))["counts"].clone();
        let count = |word: &str| counts[word].as_i64().expect(word);
        (count("new"), count("changed"), count("missing"))
    }

    fn published(&self) -> Vec<Value> {
        self.get("visitor", "/shared-list.json").json()["published"].as_array().unwrap().clone()
    }

    fn found(&self, words: &'static str) -> Vec<String> {
        let search = move |tx: &mut store::Transaction<'_>| {
            ledger::search(tx, &vocabulary::Reader::visitor(), words, None, None, 5)
        };
        self.store.read_blocking(search).unwrap().hits.into_iter().map(|hit| hit.address).collect()
    }

    fn minutes_later(&self) {
        self.clock.advance(jiff::SignedDuration::from_mins(5));
    }
}
