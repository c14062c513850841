//! What imports make of names, and that a match holds for the next file: whichever way it is decided or taken back, a row
//! stays the system that it was.

use architecture::Refused;
use architecture::import::apply::Moment;
use architecture::matching::decide::{confirm, keep_as_own, take_back};
use architecture::matching::store::{What, own_products, own_suppliers};
use architecture::matching::waiting;
use store::Transaction;

use crate::world::{World, id};

const EDITOR: &str = "editor@ashmere";

/// Two systems of one name, told apart by their products, and one more.
const LIST: &str =
    "System,Product,Supplier\nPermits,Permit Smithy,Nobody Ltd\nPermits,RoundMaster,Oakware\nGrants,Grantly,\n";

impl World {
    fn do_it<T: Send + 'static>(
        &self,
        act: impl Fn(&mut Transaction<'_>, &Moment) -> Result<T, Refused> + Send + 'static,
    ) -> T {
        let moment =
            Moment { now: self.clock.now(), today: self.clock.today(), chance: self.chance.clone(), actor: None };
        self.store.write_blocking(move |tx| act(tx, &moment)).expect("it is done")
    }

    /// The key of one of Ashmere's own names.
    fn key(&self, name: &'static str) -> String {
        let keys = self.do_it(|tx, _| {
            let mut names = own_products(tx, &id("ashmere"))?;
            names.extend(own_suppliers(tx, &id("ashmere"))?);
            Ok(names)
        });
        keys.into_iter().find(|own| own.name == name).expect(name).key
    }

    fn waiting(&self) -> u64 {
        self.do_it(|tx, _| Ok(waiting(tx, &id("ashmere"))?))
    }

    /// Name, id, product and version of Ashmere's systems, as an editor sees them.
    fn products(&self) -> Vec<[String; 4]> {
        let rows = self.get(EDITOR, "/organisations/ashmere/systems.csv").csv();
        let mut rows: Vec<[String; 4]> = rows
            .into_iter()
            .map(|row| ["name", "commonhold_id", "product", "version"].map(|field| row[field].clone()))
            .collect();
        rows.sort();
        rows
    }

    /// What bringing a file in again would do: new, changed and missing systems.
    fn again(&self, file: &str) -> (i64, i64, i64) {
        let counts = self.preview(&self.bring("ashmere", "systems.csv", file.as_bytes()))["counts"].clone();
        let count = |word: &str| counts[word].as_i64().expect(word);
        (count("new"), count("changed"), count("missing"))
    }
}

#[test]
fn what_is_certain_is_made_and_says_how() {
    let world = World::new();
    let file = "System,Product,Supplier\nRounds,Oakware RoundMaster 4.2,\nTax,TaxBasse,Oakware Ltd\nOld tax,RevsPro,\nWaste,WasteDesk Live,Fennel (UK) Limited\nOther,TaxBase,Bespoke Interiors\n";
    world.import("ashmere", "systems.csv", file.as_bytes());
    let products: Vec<(String, String, String)> =
        world.products().into_iter().map(|[name, _, product, version]| (name, product, version)).collect();
    let expected = [
        ("Old tax", "TaxBase", ""),
        ("Other", "TaxBase", ""),
        ("Rounds", "RoundMaster", "4.2"),
        ("Tax", "TaxBase", ""),
        ("Waste", "WasteDesk", ""),
    ];
    assert_eq!(products, expected.map(|(name, product, version)| (name.into(), product.into(), version.into())));
    let rows = world.get(EDITOR, "/organisations/ashmere/systems.json").json();
    let id = rows["systems"].as_array().unwrap().iter().find(|row| row["name"] == "Waste").unwrap()["id"].clone();
    let waste = world.get(EDITOR, &format!("/systems/{}", id.as_str().unwrap())).words();
    assert!(waste.contains("matched: same supplier; the text also says \"live\""), "{waste}");
    assert!(waste.contains("Product WasteDesk Estimated"), "{waste}");
    // The name itself is nothing that was concluded, whoever is named as its supplier.
    world.import("ashmere", "more.csv", b"System,Product,Supplier\nBigger tax,RevsPro,In-house\n");
    let names = world.get(EDITOR, "/organisations/ashmere/matches.json").json()["names"].clone();
    let made = names.as_array().unwrap().iter().filter(|row| row["stands"] == "made");
    assert_eq!(
        made.map(|row| row["name"].as_str().unwrap()).collect::<Vec<_>>(),
        ["Oakware RoundMaster 4.2", "TaxBasse", "WasteDesk Live"]
    );
    // Supplier by suffix; a firm that is not the product's makes it the organisation's own until somebody decides.
    assert_eq!(world.again(file), (0, 0, 0));
}

#[test]
fn a_problem_says_how_many_are_like_it() {
    let world = World::new();
    let address = world.bring("ashmere", "systems.csv", b"System,Product\nTax,Tax Baze\nGrants,Grantly\n");
    let problems = world.preview(&address)["problems"].clone();
    let next = |text: &str| {
        let of = problems.as_array().unwrap().iter().find(|problem| problem["text"] == text).unwrap();
        assert_eq!(of["code"], "product_unknown");
        of["next_step"].as_str().unwrap().to_owned()
    };
    assert!(next("Tax Baze").contains("The list has 1 product like it, TaxBase"), "{}", next("Tax Baze"));
    assert!(next("Grantly").contains("say so under Matches"));
    let page = world.get(EDITOR, &format!("{address}/preview"));
    assert_eq!(page.all("a[href='/organisations/ashmere/matches']").len(), 2, "{}", page.body);
}

#[test]
fn rows_stay_the_systems_that_they_were_when_a_match_is_made_and_taken_back() {
    let world = World::new();
    world.import("ashmere", "systems.csv", LIST.as_bytes());
    let before = world.products();
    assert_eq!(world.waiting(), 3, "two products and a supplier");
    let key = world.key("Permit Smithy");
    let own = key.clone();
    world.do_it(move |tx, moment| confirm(tx, &id("ashmere"), (What::Product, &own), "taxbase", moment));
    let matched = world.products();
    let ids = |rows: &[[String; 4]]| rows.iter().map(|row| row[1].clone()).collect::<Vec<_>>();
    assert_eq!(ids(&matched).iter().collect::<std::collections::BTreeSet<_>>().len(), 3);
    assert!(matched.iter().any(|row| row[0] == "Permits" && row[2] == "TaxBase"), "{matched:?}");
    assert_eq!(world.again(LIST), (0, 0, 0), "the same file means the match");
    // Applied too: rows are remembered anew, and still mean the same systems.
    world.import("ashmere", "systems.csv", LIST.as_bytes());
    assert_eq!(world.products(), matched);
    let longer = format!("{LIST}Parking permits,permit smithy,\n");
    world.import("ashmere", "systems.csv", longer.as_bytes());
    assert!(world.products().iter().any(|row| row[0] == "Parking permits" && row[2] == "TaxBase"));

    world.do_it(|tx, moment| take_back(tx, &id("ashmere"), (What::Product, "permit smithy"), moment));
    let back = world.products();
    assert_eq!(back.iter().filter(|row| row[0] != "Parking permits").cloned().collect::<Vec<_>>(), before);
    assert!(back.iter().any(|row| row[0] == "Parking permits" && row[2] == "Permit Smithy"), "{back:?}");
    assert_eq!(world.again(&longer), (0, 0, 0));
    assert_eq!(world.waiting(), 3, "it waits again");
    let differences = world.store.read_blocking(ledger::verify).unwrap();
    assert_eq!(differences, [""; 0]);
}

#[test]
fn undoing_the_change_undoes_the_match() {
    let world = World::new();
    world.import("ashmere", "systems.csv", LIST.as_bytes());
    let key = world.key("Grantly");
    let change = world
        .do_it(move |tx, moment| confirm(tx, &id("ashmere"), (What::Product, &key), "wastedesk", moment))
        .expect("a change");
    assert_eq!(world.again(LIST), (0, 0, 0));
    let undo = world.post(EDITOR, &format!("/organisations/ashmere/changes/{change}/undo"), "");
    assert!(undo.status.is_redirection(), "{}", undo.body);
    assert!(world.products().iter().any(|row| row[2] == "Grantly"));
    assert_eq!(world.again(LIST), (0, 0, 0), "the next file does not match it again");
    assert_eq!(world.waiting(), 3);
}

#[test]
fn none_of_these_is_remembered_and_what_was_made_wrongly_can_be_taken_back() {
    let world = World::new();
    let file = "System,Product,Supplier\nTax,TaxBaze 7,Oakware\nWaste,WasteDesk Live,Fennel\n";
    world.import("ashmere", "systems.csv", file.as_bytes());
    let made: Vec<String> = world.products().into_iter().map(|row| row[2].clone()).collect();
    assert_eq!(made, ["TaxBase", "WasteDesk"]);
    assert_eq!(world.waiting(), 0, "nobody is asked");
    world.do_it(|tx, moment| take_back(tx, &id("ashmere"), (What::Product, "wastedesk live"), moment));
    assert_eq!(world.products()[1][2], "WasteDesk Live");
    assert_eq!(world.again(file), (0, 0, 0), "it is not concluded again");
    assert_eq!(world.waiting(), 0, "nor asked about");

    let file = format!("{file}Grants,Tax Bas,\n");
    world.import("ashmere", "systems.csv", file.as_bytes());
    let key = world.key("Tax Bas");
    assert_eq!(world.waiting(), 1);
    world.do_it(move |tx, moment| keep_as_own(tx, &id("ashmere"), (What::Product, &key), moment));
    assert_eq!(world.waiting(), 0);
    assert_eq!(world.again(&file), (0, 0, 0));
}

#[test]
fn a_suppliers_name_is_matched_for_its_systems_and_the_next_file() {
    let world = World::new();
    let file = "System,Supplier\nTax,Oak Ware Services\nWaste,Oak Ware Services\n";
    world.import("ashmere", "systems.csv", file.as_bytes());
    let key = world.key("Oak Ware Services");
    world.do_it(move |tx, moment| confirm(tx, &id("ashmere"), (What::Supplier, &key), "oakware", moment));
    let suppliers = || {
        let rows = world.get(EDITOR, "/organisations/ashmere/systems.csv").csv();
        rows.into_iter().map(|row| row["supplier"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(suppliers(), ["Oakware", "Oakware"]);
    assert_eq!(world.again(file), (0, 0, 0));
    // It holds for Ashmere alone.
    world.import("brackford", "systems.csv", file.as_bytes());
    let theirs = world.get("editor@brackford", "/organisations/brackford/systems.csv").csv();
    assert!(theirs.iter().all(|row| row["supplier"] != "Oakware"));
    world.do_it(|tx, moment| take_back(tx, &id("ashmere"), (What::Supplier, "oak ware services"), moment));
    assert_eq!(suppliers(), ["Oak Ware Services", "Oak Ware Services"]);
    assert_eq!(world.again(file), (0, 0, 0));
}

#[test]
fn what_one_organisation_decides_holds_for_no_other() {
    let world = World::new();
    for of in ["ashmere", "brackford"] {
        world.import(of, "systems.csv", b"System,Product\nGrants,Grantly\n");
    }
    let key = world.key("Grantly");
    world.do_it(move |tx, moment| confirm(tx, &id("ashmere"), (What::Product, &key), "wastedesk", moment));
    world.import("brackford", "more.csv", b"System,Product\nMore grants,Grantly\n");
    let theirs = world.get("editor@brackford", "/organisations/brackford/systems.csv").csv();
    assert_eq!(theirs.iter().map(|row| row["product"].as_str()).collect::<Vec<_>>(), ["Grantly", "Grantly"]);
}
