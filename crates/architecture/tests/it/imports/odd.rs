//! Odd files and odd orders of events: identity that could be mistaken, contracts that two lists share, texts that look
//! like our own marks.

use super::EDITOR;
use crate::world::World;

fn list(rows: &str) -> String {
    format!("System,Product,Supplier,Contract ref,Contract end,Annual cost\n{rows}")
}

/// The id that the inventory gives a system.
fn ids(world: &World, name: &str) -> Vec<String> {
    let systems = world.get(EDITOR, "/organisations/ashmere/systems.csv").csv();
    systems.iter().filter(|system| system["name"] == name).map(|system| system["commonhold_id"].clone()).collect()
}

#[test]
fn a_contract_that_another_list_has_joined_is_not_taken_away() {
    let world = World::new();
    let first = world.import("ashmere", "systems.csv", list("Bin rounds,,,C-9,31/03/2027,\n").as_bytes());
    world.import("ashmere", "sites.csv", list("Depot gates,,,C-9,31/03/2027,\n").as_bytes());
    let before = world.estate("ashmere");
    assert!(before.iter().any(|line| line.contains("Depot gates") && line.contains("C-9")), "{before:#?}");
    let undone = world.post(EDITOR, &format!("{first}/undo"), "");
    assert!(undone.words().contains("Depot gates"), "{} {}", undone.status, undone.words());
    assert_eq!(world.estate("ashmere"), before);
}

#[test]
fn a_row_with_our_id_keeps_its_system_wherever_it_stands() {
    let world = World::new();
    world.import("ashmere", "systems.csv", list("Bin rounds,RoundMaster,,,,\n").as_bytes());
    let [id] = ids(&world, "Bin rounds").try_into().unwrap();
    let file = format!("Commonhold ID,System,Product\n,Bin rounds,RoundMaster\n{id},Bin rounds east,RoundMaster\n");
    let address = world.bring("ashmere", "systems.csv", file.as_bytes());
    let preview = world.preview(&address);
    assert_eq!(preview["changed"][0]["name"], "Bin rounds east", "{preview:#}");
    assert_eq!(preview["new"][0]["name"], "Bin rounds", "{preview:#}");
    assert_eq!(preview["problems"], serde_json::json!([]));
    world.apply(&address, &[]).redirect();
    assert_eq!(ids(&world, "Bin rounds east"), [id]);
}

#[test]
fn short_texts_in_problems_come_back_as_they_were_sent() {
    let world = World::new();
    let address = world.import(
        "ashmere",
        "systems.csv",
        list("Forms,,,,,x\nMail,,,,,e\nPost,,,,,text\nFax,,,,,{text}\n").as_bytes(),
    );
    let before = world.get(EDITOR, &format!("{address}.json")).json();
    let told: Vec<&str> =
        before["problems"].as_array().unwrap().iter().map(|one| one["message"].as_str().unwrap()).collect();
    for (message, sent) in told.iter().zip(["x", "e", "text", "{text}"]) {
        assert!(message.starts_with(&format!("\"{sent}\" is not an amount. We keep the text")), "{told:#?}");
    }
}

#[test]
fn ids_of_others_are_nobodys() {
    let world = World::new();
    world.import("brackford", "systems.csv", list("Secret gate,RoundMaster,,,,\n").as_bytes());
    let theirs =
        world.get("editor@brackford", "/organisations/brackford/systems.csv").csv()[0]["commonhold_id"].clone();
    world.import("ashmere", "systems.csv", list("Bin rounds,RoundMaster,,,,\n").as_bytes());
    let file = format!("Commonhold ID,System,Product\n{theirs},Bin rounds,RoundMaster\n");
    let address = world.bring("ashmere", "systems.csv", file.as_bytes());
    let preview = world.preview(&address);
    assert_eq!(preview["counts"]["unchanged"], 1, "{preview:#}");
    assert_eq!(preview["problems"][0]["code"], "id_unknown");
    let digest = preview["digest"].as_str().unwrap();
    let brackford = world.estate("brackford");
    let form = format!("action=apply&digest={digest}&retire={theirs}&retire=&retire=..%2F");
    world.post(EDITOR, &format!("{address}/preview"), &form).redirect();
    assert_eq!(world.estate("brackford"), brackford);
}

/// How many things a word finds.
fn found(tx: &mut store::Transaction<'_>, word: &'static str) -> Result<i64, store::Error> {
    tx.query_one("SELECT COUNT(*) FROM search_word WHERE word = $1", &store::values![word], |row| row.integer(0))
}

#[test]
fn what_was_taken_for_a_product_leaves_lists_and_search_when_the_import_is_undone() {
    let world = World::new();
    let told = || {
        let products = world.get(EDITOR, "/products.json").json();
        let named = |product: &&serde_json::Value| product["name"] == "Priya Placeholder";
        let listed = products["products"].as_array().unwrap().iter().filter(named).count();
        (listed, world.store.read_blocking(|tx| found(tx, "placeholder")).unwrap())
    };
    let file = list("Bin rounds,Priya Placeholder,,,,\n");
    let first = world.import("ashmere", "systems.csv", file.as_bytes());
    assert_eq!(told(), (1, 1));
    world.post(EDITOR, &format!("{first}/undo"), "").redirect();
    assert_eq!(told(), (0, 0));
    // Brought in once more it is the same product again; without a use it is none.
    world.import("ashmere", "systems.csv", file.as_bytes());
    assert_eq!(told(), (1, 1));
    world.import("ashmere", "systems.csv", list("Bin rounds,RoundMaster,,,,\n").as_bytes());
    assert_eq!(told(), (0, 0));
}
