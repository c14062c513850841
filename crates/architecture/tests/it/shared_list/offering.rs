//! Offering: exactly what is shown is sent, nothing by itself, and nothing personal.

use axum::http::StatusCode;

use super::{EDITOR, FILE, KEEPER, WAITING, world};

const NEW: &str = "/organisations/ashmere/offers/new";

#[test]
fn what_is_offered_is_shown_before_it_is_sent_and_nothing_else_is() {
    let world = world();
    let own = world.own("ashmere", "Grantly");
    let waiting = world.get(KEEPER, WAITING).json();
    assert_eq!((&waiting["waiting"], &waiting["total"]), (&serde_json::json!([]), &0.into()), "nothing by itself");

    let product = world.get(EDITOR, &format!("/products/{own}"));
    assert!(product.words().contains("Offer \"Grantly\" to the shared list"), "{}", product.words());
    let form = world.get(EDITOR, &format!("{NEW}?of={own}"));
    assert_eq!(form.all("h1"), ["Offer \"Grantly\" to the shared list"]);
    let before = world.row_counts();
    let words =
        "supplier=Oak+Ware&website=https%3A%2F%2Fwww.example.org&elements=&elements=waste&reason=Four+of+us+use+it";
    let check = world.post(EDITOR, NEW, &format!("of={own}&step=check&{words}"));
    let shown = check.words();
    let exactly = "Name Grantly Supplier, as offered Oak Ware Website https://www.example.org \
                   Usual LGAM elements Waste management Why Four of us use it";
    let plain = |text: &str| text.replace(char::is_whitespace, "");
    assert!(plain(&shown).contains(&plain(exactly)), "{shown}");
    assert!(shown.contains("The stewards of Brackford District Council"), "{shown}");
    for own in ["Grants", "12500", "12,500", "Jane", "secret"] {
        assert!(!shown.contains(own), "{own}: {shown}");
    }
    let again = world.post(EDITOR, NEW, &format!("of={own}&step=change&{words}"));
    assert!(again.body.contains("value=\"Oak Ware\"") && again.body.contains("Four of us use it"), "{}", again.body);
    assert_eq!(world.row_counts(), before, "looking and checking send nothing");

    let sent = world.post(EDITOR, NEW, &format!("of={own}&step=send&{words}")).redirect();
    let page = world.get(EDITOR, &sent);
    assert!(page.words().contains("Offered 22 November 2026: waiting."), "{}", page.words());
    assert!(page.words().contains("\"Grantly\" is offered."), "{}", page.words());
    let waiting = world.get(KEEPER, WAITING).json()["waiting"].clone();
    assert_eq!(waiting.as_array().unwrap().len(), 1);
    let id = waiting[0]["id"].as_str().unwrap().to_owned();
    for path in [format!("/shared-list/offers/{id}"), format!("/shared-list/offers/{id}.json"), WAITING.to_owned()] {
        let read = world.get(KEEPER, &path);
        assert!(read.body.contains("Grantly") && read.body.contains("Ashmere"), "{path}");
        for hidden in ["Grants", "12500", "12,500", "Jane", "secret", own.as_str()] {
            assert!(!read.body.contains(hidden), "{hidden} in {path}");
        }
    }
    assert_eq!(world.faults(), [""; 0]);
}

#[test]
fn an_offer_is_made_once_and_can_be_taken_back_while_it_waits() {
    let world = world();
    let own = world.own("ashmere", "Grantly");
    let offer = world.offer("ashmere", "Grantly", "");
    let twice = world.send_offer("ashmere", &own, "");
    assert_eq!(twice.status, StatusCode::CONFLICT);
    assert!(twice.words().contains("This name is offered already"), "{}", twice.words());
    let page = world.get(EDITOR, &format!("/products/{own}"));
    assert!(page.words().contains("Offered 22 November 2026: waiting"), "{}", page.words());

    let address = format!("/organisations/ashmere/offers/{offer}");
    let back = world.post(EDITOR, &address, "").redirect();
    assert!(world.get(EDITOR, &back).words().contains("taken back 22 November 2026"));
    assert_eq!(world.get(KEEPER, WAITING).json()["total"], 0);
    assert_eq!(world.post(EDITOR, &address, "").status, StatusCode::CONFLICT, "it does not wait any more");
    assert_eq!(world.decide(&offer, "choice=decline&why=no").status, StatusCode::CONFLICT);
    world.offer("ashmere", "Grantly", "");
    let csv = world.get(EDITOR, "/organisations/ashmere/offers.csv").csv();
    let stands: Vec<&str> = csv.iter().map(|row| row["stands"].as_str()).collect();
    assert_eq!(stands, ["waiting", "withdrawn"]);
    let list = world.get(EDITOR, "/organisations/ashmere/offers").words();
    assert!(list.contains("2 offers, 1 of which waits."), "{list}");
    let none = world.get("editor@colne", "/organisations/colne/offers").words();
    assert!(none.contains("Nothing of yours was offered to the shared list."), "{none}");
}

#[test]
fn what_looks_personal_is_not_offered() {
    let world = world();
    world.import("ashmere", "more.csv", b"System,Product\nOne,Grantly 2\nTwo,Sarah Jones ledger\n");
    let before = world.row_counts();
    let own = world.own("ashmere", "Grantly");
    for (words, field, why) in [
        ("reason=Ask+Mrs+Khan", "reason", "looks like a person's name"),
        ("reason=Mail+jane.doe%40example.org", "reason", "looks like a person's e-mail address"),
        ("reason=", "reason", "Say why the shared list should have it"),
        ("reason=x&supplier=Jane+Doe", "supplier", "looks like a person's name"),
        ("reason=x&website=javascript%3Aalert(1)", "website", "must be an address"),
        ("reason=x&website=https%3A%2F%2Fteam%40example.org", "website", "must be an address"),
        ("reason=x&website=https%3A%2F%2Fjane%40example.org", "website", "looks like a person's e-mail address"),
        ("reason=x&elements=nowhere", "elements", "Tick elements of the list only"),
    ] {
        for step in ["check", "send"] {
            let seen = world.post(EDITOR, NEW, &format!("of={own}&step={step}&{words}"));
            assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY, "{words}");
            let said = seen.all(&format!(".govuk-error-summary__list a[href='#{field}']"));
            assert!(said.len() == 1 && said[0].contains(why), "{words}: {said:?}");
        }
    }
    let long = world.post(EDITOR, NEW, &format!("of={own}&step=send&reason={}", "a".repeat(501)));
    assert_eq!(long.status, StatusCode::UNPROCESSABLE_ENTITY);
    // A name that names somebody cannot be sent in any words.
    let person = world.own("ashmere", "Sarah Jones ledger");
    for seen in [world.get(EDITOR, &format!("{NEW}?of={person}")), world.send_offer("ashmere", &person, "")] {
        assert_eq!(seen.status, StatusCode::BAD_REQUEST);
        assert!(seen.words().contains("looks like a person's name"), "{}", seen.words());
    }
    assert_eq!(
        world.post(EDITOR, NEW, &format!("of={own}&step=fly&reason=x")).status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(world.post(EDITOR, NEW, &format!("of={own}&colour=red&reason=x")).status, StatusCode::BAD_REQUEST);
    assert_eq!(world.get(EDITOR, &format!("{NEW}?of=nothing")).status, StatusCode::NOT_FOUND);
    assert_eq!(world.row_counts(), before);
}

#[test]
fn only_what_the_list_lacks_is_offered() {
    let world = world();
    // What an import concluded by itself is nothing to be told.
    world.import("ashmere", "tax.csv", b"System,Product,Supplier\nTax,TaxBase Live,Oakware\n");
    let made = world.own("ashmere", "TaxBase Live");
    assert_eq!(world.send_offer("ashmere", &made, "").status, StatusCode::CONFLICT);
    // Nor is what the list has by now.
    world.publish_grantly();
    let own = world.own("ashmere", "Grantly");
    let seen = world.send_offer("ashmere", &own, "");
    assert_eq!(seen.status, StatusCode::CONFLICT);
    assert!(seen.words().contains("The shared list has this name already"), "{}", seen.words());

    // Without a keeper there is nobody to offer to, and no link that would lead there.
    let alone = crate::world::World::new();
    alone.import("ashmere", "systems.csv", FILE.as_bytes());
    let own = alone.own("ashmere", "Grantly");
    assert!(alone.send_offer("ashmere", &own, "").words().contains("Nobody keeps the shared list of this copy yet"));
    assert!(!alone.get(EDITOR, &format!("/products/{own}")).words().contains("Offer"));
    assert_eq!(alone.get("steward@ashmere", "/shared-list?show=waiting").status, StatusCode::NOT_FOUND);
    assert!(alone.get("visitor", "/shared-list").words().contains("Nothing was published here yet."));
}

#[test]
fn a_hundred_offers_wait_at_most() {
    let world = world();
    let rows: String = (0..101).map(|number| format!("System {number},Thingummy-{number}x desk\n")).collect();
    world.import("ashmere", "many.csv", format!("System,Product\n{rows}").as_bytes());
    let names = world.get(EDITOR, "/organisations/ashmere/matches.json").json()["names"].clone();
    let keys = names.as_array().unwrap().iter().filter(|row| row["name"].as_str().unwrap().starts_with("Thingummy"));
    let keys: Vec<&str> = keys.map(|row| row["key"].as_str().unwrap()).collect();
    for key in &keys[..100] {
        world.send_offer("ashmere", key, "").redirect();
    }
    let refused = world.send_offer("ashmere", keys[100], "");
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.words().contains("100 of your offers wait"), "{}", refused.words());
    // The keeper reads ten of them, then all.
    let page = world.get(KEEPER, "/shared-list");
    assert!(
        page.words().contains("100 offers wait") && page.words().contains("and 90 more offers"),
        "{}",
        page.words()
    );
    assert_eq!(world.get(KEEPER, "/shared-list.csv?show=waiting").csv().len(), 100);
}
