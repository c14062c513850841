//! Publishing and declining: whoever offered follows, everybody else is left alone and finds it.

use axum::http::StatusCode;
use serde_json::json;

use super::{EDITOR, KEEPER, WAITING, world};

fn uses(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, product)| ((*name).to_owned(), (*product).to_owned())).collect()
}

#[test]
fn a_product_is_published_and_its_council_follows_in_one_change() {
    let world = world();
    world.import("colne", "theirs.csv", b"System,Product\nGiving,Grantly\nGiving two,Grantley\n");
    let (own, theirs) = (world.own("ashmere", "Grantly"), world.own("colne", "Grantly"));
    // Colne has said that its Grantly is none of the list, as the list was.
    world.post("editor@colne", "/organisations/colne/matches", &format!("name={theirs}&choice=none")).redirect();
    world.minutes_later();
    let offer = world.offer("ashmere", "Grantly", "supplier=Oak+Ware&elements=waste");
    let colne = world.estate("colne");
    let page = world.get(KEEPER, &format!("/shared-list/offers/{offer}"));
    assert_eq!(page.all("input[type=radio][checked]").len(), 0, "nothing is chosen beforehand");
    assert!(page.words().contains("No listed product is like it."), "{}", page.words());
    for (form, field) in [
        ("", "choice"),
        ("choice=publish&name=Grantly", "why"),
        ("choice=publish&name=&why=x", "name"),
        ("choice=publish&name=Jane+Doe&why=x", "name"),
        ("choice=publish&name=taxbase&why=x", "name"),
        ("choice=publish&name=Grantly&supplier=Nobody&why=x", "supplier"),
        ("choice=publish&name=Grantly&elements=nowhere&why=x", "elements"),
        ("choice=publish&name=Grantly&why=Ask+Mr+Khan", "why"),
        ("choice=same&why=x", "product"),
        ("choice=same&product=Nothing&why=x", "product"),
        ("choice=decline&why=", "why"),
    ] {
        let seen = world.decide(&offer, form);
        assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY, "{form}");
        assert_eq!(
            seen.all(&format!(".govuk-error-summary__list a[href='#{field}']")).len(),
            1,
            "{form}: {}",
            seen.body
        );
    }
    assert_eq!(world.published(), [json!(null); 0]);
    let done = world
        .decide(&offer, "choice=publish&name=Grantly&supplier=oakware&elements=&elements=waste&why=Sold+to+councils")
        .redirect();
    assert!(world.get(KEEPER, &done).words().contains("Published."));
    assert_eq!(world.faults(), [""; 0]);

    // Everybody sees the product, and nobody who offered it.
    let product = world.get("visitor", "/products/p-grantly.json").json()["product"].clone();
    assert_eq!((&product["name"], &product["supplier"]), (&json!("Grantly"), &json!("oakware")));
    assert_eq!(product["elements"][0][0], "waste");
    assert_eq!(world.found("grantly")[0], "/products/p-grantly");
    let log = world.get("visitor", "/shared-list");
    assert!(log.words().contains("1 product or name was published here."), "{}", log.words());
    assert!(log.words().contains("Sold to councils") && !log.body.contains("shmere"), "{}", log.words());
    let csv = world.get("visitor", "/shared-list.csv").csv();
    assert_eq!((csv[0]["name"].as_str(), csv[0]["published"].as_str()), ("Grantly", "2026-11-22"));

    // Ashmere's systems follow: in one change, with what the list says of the product.
    assert_eq!(world.uses("ashmere"), uses(&[("Grants", "Grantly"), ("Rounds", "Round Mstr")]));
    let system = world.system_named("ashmere", "Grants");
    assert_eq!((&system["product"], &system["elements"][0]["id"]), (&json!("p-grantly"), &json!("waste")));
    let old = world.get(EDITOR, &format!("/products/{own}"));
    assert_eq!(old.headers["location"], "/products/p-grantly");
    let offered = world.get(EDITOR, &format!("/organisations/ashmere/offers/{offer}.json")).json()["offer"].clone();
    assert_eq!((&offered["stands"], &offered["product"]), (&json!("published"), &json!("p-grantly")));
    assert_eq!(world.file_again(), (0, 0, 0), "the file that was brought in before means the same");

    // Colne's estate is as it was; its name is to be looked at again, and the next file finds the product.
    assert_eq!(world.estate("colne"), colne);
    let waits = world.own_name("colne", "Grantly");
    assert_eq!((&waits["stands"], &waits["likely"][0]["id"]), (&json!("waiting"), &json!("p-grantly")));
    assert_eq!(world.own_name("colne", "Grantley")["likely"][0]["id"], "p-grantly");
    let next = world.bring("colne", "theirs.csv", b"System,Product\nGiving,Grantly\nGiving two,Grantley\n");
    assert_eq!(world.preview(&next)["counts"]["changed"], 1, "the equal name only");
    // Who says that it is none of the list now is believed.
    world.minutes_later();
    world.post("editor@colne", "/organisations/colne/matches", &format!("name={theirs}&choice=none")).redirect();
    let next = world.bring("colne", "theirs.csv", b"System,Product\nGiving,Grantly\nGiving two,Grantley\n");
    assert_eq!(world.preview(&next)["counts"]["changed"], 0);
    assert_eq!(world.own_name("colne", "Grantly")["stands"], "none");

    // The carried list comes again.
    world.load_products();
    assert_eq!(world.get("visitor", "/products/p-grantly.json").json()["product"], product);
    assert_eq!(world.faults(), [""; 0]);

    // Ashmere undoes its change: its systems have its own product, the list keeps its one.
    let change = offered["change"].as_i64().unwrap();
    world.post(EDITOR, &format!("/organisations/ashmere/changes/{change}/undo"), "").redirect();
    assert_eq!(world.system_named("ashmere", "Grants")["product"], json!(own));
    assert_eq!(world.own_name("ashmere", "Grantly")["stands"], "none");
    assert_eq!(world.file_again(), (0, 0, 0), "and the next file leaves it so");
    assert_eq!(world.get("visitor", "/products/p-grantly").status, StatusCode::OK);
    assert_eq!(world.faults(), [""; 0]);
}

#[test]
fn following_can_be_taken_back_under_matches_too() {
    let world = world();
    world.publish_grantly();
    let own = world.own("ashmere", "Grantly");
    world.post(EDITOR, "/organisations/ashmere/matches", &format!("name={own}&action=take-back")).redirect();
    assert_eq!(world.system_named("ashmere", "Grants")["product"], json!(own));
    assert_eq!(world.file_again(), (0, 0, 0));
    assert_eq!(world.faults(), [""; 0]);
}

#[test]
fn a_product_that_is_listed_already_gets_another_name() {
    let world = world();
    world.import("colne", "theirs.csv", b"System,Product\nWheels,Round Mstr\n");
    let first = world.offer("ashmere", "Round Mstr", "");
    let second = world.offer("colne", "Round Mstr", "");
    let page = world.get(KEEPER, &format!("/shared-list/offers/{first}"));
    assert_eq!(page.all("table tbody th"), ["RoundMaster"], "what it is like is shown: {}", page.body);
    world.decide(&first, "choice=same&product=RoundMaster&why=An+abbreviation").redirect();
    assert_eq!(world.system_named("ashmere", "Rounds")["product"], "roundmaster");
    assert_eq!(world.uses("colne"), uses(&[("Wheels", "Round Mstr")]), "nobody else's systems follow");
    let product = world.get("visitor", "/products/roundmaster.json").json();
    assert_eq!(product["product"]["also_known_as"], json!(["Round Mstr"]));
    assert_eq!(world.found("mstr")[0], "/products/roundmaster");
    // The list needs the name once: Colne follows without another publication.
    let done = world.decide(&second, "choice=same&product=roundmaster&why=The+same").redirect();
    assert!(world.get(KEEPER, &done).words().contains("The list had the name already"));
    assert_eq!(world.system_named("colne", "Wheels")["product"], "roundmaster");
    assert_eq!(world.published().len(), 1);
    assert_eq!(world.faults(), [""; 0]);
    world.load_products();
    assert_eq!(world.get("visitor", "/products/roundmaster.json").json()["product"], product["product"]);
    assert_eq!(world.faults(), [""; 0]);
}

#[test]
fn a_confirmed_match_is_offered_as_another_name() {
    let world = world();
    let own = world.own("ashmere", "Round Mstr");
    world.post(EDITOR, "/organisations/ashmere/matches", &format!("name={own}&choice=roundmaster")).redirect();
    let page = world.get(EDITOR, &format!("/organisations/ashmere/matches?name={own}"));
    let link = "Offer \"Round Mstr\" to the shared list as another name of RoundMaster";
    assert!(page.words().contains(link), "{}", page.words());
    let check =
        world.post(EDITOR, "/organisations/ashmere/offers/new", &format!("of={own}&step=check&reason=As+we+write+it"));
    assert!(check.words().contains("Another name of RoundMaster Why"), "{}", check.words());
    assert!(!check.words().contains("Supplier"), "{}", check.words());
    let offer = world.offer("ashmere", "Round Mstr", "");
    let changes = world.get(EDITOR, "/organisations/ashmere/history.csv").csv().len();
    world.decide(&offer, "choice=publish&why=Often+written+so").redirect();
    assert_eq!(world.get(EDITOR, "/organisations/ashmere/history.csv").csv().len(), changes, "they follow already");
    world.import("colne", "theirs.csv", b"System,Product\nWheels,Round Mstr\n");
    assert_eq!(world.system_named("colne", "Wheels")["product"], "roundmaster");
    let line = world.published()[0].clone();
    assert_eq!((&line["what"], &line["product"]), (&json!("name"), &json!("roundmaster")));

    // Withdrawn again, it is found no longer; the match that Ashmere had made itself stays, and so does Colne's file.
    let address = format!("/shared-list/published/{}/withdraw", line["id"].as_str().unwrap());
    world.post(KEEPER, &address, "why=It+means+two").redirect();
    assert_eq!(world.system_named("ashmere", "Rounds")["product"], "roundmaster");
    assert_eq!(world.system_named("colne", "Wheels")["product"], "roundmaster");
    assert_eq!(world.get("visitor", "/products/roundmaster.json").json()["product"]["also_known_as"], json!([]));
    assert_eq!(world.own_name("ashmere", "Round Mstr")["stands"], "confirmed");
    world.load_products();
    assert_eq!(world.get("visitor", "/products/roundmaster.json").json()["product"]["also_known_as"], json!([]));
    assert_eq!(world.faults(), [""; 0]);
}

#[test]
fn what_is_declined_stays_its_councils_own_and_says_why() {
    let world = world();
    let own = world.own("ashmere", "Grantly");
    let offer = world.offer("ashmere", "Grantly", "");
    let estate = world.estate("ashmere");
    world.decide(&offer, "choice=decline&why=It+is+a+module+of+RoundMaster").redirect();
    assert_eq!(world.estate("ashmere"), estate);
    let read = world.get(EDITOR, &format!("/organisations/ashmere/offers/{offer}")).words();
    assert!(read.contains("declined 22 November 2026, because: It is a module of RoundMaster"), "{read}");
    assert!(world.get(EDITOR, &format!("/products/{own}")).words().contains("because: It is a module"));
    assert_eq!((world.published(), world.found("grantly")), (Vec::new(), Vec::new()));
    world.load_products();
    assert_eq!((world.published(), world.found("grantly")), (Vec::new(), Vec::new()));
    assert_eq!(world.get("visitor", "/products/p-grantly").status, StatusCode::NOT_FOUND);
    assert_eq!(world.decide(&offer, "choice=publish&name=Grantly&why=x").status, StatusCode::CONFLICT);
    // They may say it better.
    let again = world.offer("ashmere", "Grantly", "");
    assert_eq!(world.get(KEEPER, WAITING).json()["waiting"][0]["id"], json!(again));
    assert_eq!(world.faults(), [""; 0]);
}

#[test]
fn ids_are_made_of_names_and_never_given_twice() {
    let world = world();
    world.import("colne", "theirs.csv", "System,Product\nOne,Grantly!! Plus\nTwo,\u{68cb}\n".as_bytes());
    for (name, id) in [("Grantly!! Plus", "p-grantly-plus"), ("\u{68cb}", "p-product")] {
        let offer = world.offer("colne", name, "");
        world.decide(&offer, &format!("choice=publish&name={}&why=x", name.replace(' ', "+"))).redirect();
        assert_eq!(world.get("visitor", &format!("/products/{id}")).status, StatusCode::OK, "{id}");
    }
    // Another name than was offered, as the list should have it. What it was offered as is matched all the same.
    let offer = world.offer("ashmere", "Grantly", "");
    world.decide(&offer, "choice=publish&name=Grantly+Plus+%28council%29&why=x").redirect();
    assert_eq!(world.uses("ashmere")[0], ("Grants".to_owned(), "Grantly Plus (council)".to_owned()));
    assert_eq!(world.file_again(), (0, 0, 0));
    assert_eq!(world.faults(), [""; 0]);
}
