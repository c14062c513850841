//! Overlaps within one organisation and across.

use architecture::map::in_use::Counted;
use architecture::statement::Attribute;
use architecture::system::roll::Roll;
use architecture::system::store::Seen;
use axum::http::StatusCode;
use vocabulary::{Reader, Visibility};

use crate::county::{county, tells_nothing_of_candidates, tells_nothing_of_colne};
use crate::world::{READERS, World, reader, system};

/// Ashmere meets two needs with two products each, one of them dear; TaxBase is under three contracts in two councils.
fn overlapping() -> World {
    let world = World::new();
    world.add(
        "ashmere",
        vec![
            system("E-forms").product("roundmaster").elements(&["forms", "booking"]).cost(100_000),
            system("Old forms").product("wastedesk").elements(&["forms"]).cost(50_000),
            system("More forms").product("wastedesk").elements(&["forms"]),
            system("Paper forms").elements(&["forms"]),
            system("Tomorrow's forms").product("taxbase").elements(&["forms"]).status("planned").cost(9_900),
            system("Yesterday's forms").product("taxbase").elements(&["forms"]).status("retired").cost(7_700),
            system("Bookings").product("wastedesk").elements(&["booking"]).cost(900_000),
            system("Council tax").product("taxbase").elements(&["revenues"]).ends("2027-03-31", Some(3)),
            system("Business rates").product("taxbase").elements(&["revenues"]).ends("2027-06", None),
            system("Fax gateway"),
        ],
    );
    world.add("brackford", vec![system("Rates").product("taxbase").elements(&["revenues"]).ends("2027-09-30", None)]);
    world
}

fn names(data: &serde_json::Value, kind: &str) -> Vec<String> {
    let lines = data[kind]["overlaps"].as_array().unwrap();
    lines.iter().map(|line| line["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn an_organisation_sees_its_needs_met_by_several_products_dearest_first() {
    let world = overlapping();
    let page = world.get("editor@ashmere", "/organisations/ashmere/overlaps");
    // Of E-forms' £1,000 half falls to booking and half to forms.
    assert_eq!(page.all("h1"), ["Booking costs most: 2 products, £9,500 a year where known"]);
    let words = page.words();
    assert!(words.contains("8 of 9 systems are placed on the LGAM; the product of 7 is known."), "{words}");
    assert!(words.contains("2 needs met by several products"), "{words}");
    assert!(
        words.contains("What overlaps costs £10,500 a year, from the 3 of 5 systems whose cost is known."),
        "each system once, and nothing twice: {words}"
    );
    assert!(words.contains("Booking: WasteDesk £9,000 + RoundMaster £500 = £9,500 a year."), "{words}");
    let rows = page.all("tbody tr");
    assert_eq!(rows[0], "Booking WasteDesk, RoundMaster £9,500 2 of 2 known 2 2 systems for Booking 0 Not known");
    assert_eq!(
        rows[1],
        "Forms WasteDesk (2), RoundMaster Of 1 system the product is not known. 1 more is planned. \
         £1,000 2 of 4 known 2 4 systems for Forms 0 Not known"
    );
    assert_eq!(
        rows[2],
        "TaxBase 1 more is planned. Not known 0 of 2 known 2 2 systems for TaxBase 2 contracts 31 Mar 2027 to 30 Jun 2027 31 Mar 2027 2 of 2 known"
    );
    assert_eq!(rows.len(), 3);
}

#[test]
fn numbers_lead_to_as_many_systems() {
    let world = overlapping();
    let page = world.get("editor@ashmere", "/organisations/ashmere/overlaps");
    let html = scraper::Html::parse_document(&page.body);
    let links = scraper::Selector::parse("tbody td a").unwrap();
    let mut followed = 0;
    for link in html.select(&links) {
        let text: String = link.text().collect();
        let count: usize = text.split_whitespace().next().unwrap().parse().unwrap();
        let list = world.get("editor@ashmere", link.value().attr("href").unwrap());
        assert_eq!(list.all("tbody tr").len(), count, "{text}");
        followed += 1;
    }
    assert_eq!(followed, 3);
}

#[test]
fn those_who_see_no_costs_see_neither_column_nor_order_of_them() {
    let world = overlapping();
    for who in ["member@ashmere", "member@brackford", "editor@brackford"] {
        let page = world.get(who, "/organisations/ashmere/overlaps");
        assert_eq!(page.all("h1"), ["Forms is met 4 times, by 2 products"], "{who}");
        assert!(!page.body.contains('£'), "{who}");
        let data = world.get(who, "/organisations/ashmere/overlaps.json").json();
        assert_eq!(names(&data, "needs"), ["Forms", "Booking"], "{who}");
        assert!(data["needs"]["overlaps"][0].get("annual_cost").is_none(), "{who}");
        let rows = world.get(who, "/organisations/ashmere/overlaps.csv").csv();
        assert!(!rows[0].contains_key("annual_cost") && !rows[0].contains_key("cost_known"), "{who}");
    }
    world.share("ashmere", Visibility::Members, Visibility::Members);
    let data = world.get("member@brackford", "/organisations/ashmere/overlaps.json").json();
    assert_eq!(names(&data, "needs"), ["Booking", "Forms"], "once costs are shared, they order");
}

#[test]
fn what_systems_cost_changes_nothing_for_those_who_may_not_see_it() {
    let (dear, cheap) = (overlapping(), overlapping());
    for (world, cost) in [(&dear, 99_999_900), (&cheap, 100)] {
        world.add(
            "ashmere",
            vec![
                system("Rounds").product("roundmaster").elements(&["waste"]).cost(cost),
                system("Refuse").product("wastedesk").elements(&["waste"]).cost(cost),
            ],
        );
    }
    for who in READERS.iter().filter(|who| !["editor@ashmere", "steward@ashmere", "auditor@colne"].contains(who)) {
        for path in
            ["/overlaps", "/organisations/ashmere/overlaps", "/overlaps?kind=product", "/overlaps?layer=capabilities"]
        {
            let (path, query) =
                path.split_once('?').map_or((path, String::new()), |(path, query)| (path, format!("?{query}")));
            for suffix in ["", ".json", ".csv"] {
                let path = format!("{path}{suffix}{query}");
                assert_eq!(dear.get(who, &path).body, cheap.get(who, &path).body, "{who} {path}");
            }
        }
    }
    assert_ne!(dear.get("editor@ashmere", "/overlaps").body, cheap.get("editor@ashmere", "/overlaps").body);
}

#[test]
fn across_councils_a_product_is_a_chance_to_act_together() {
    let world = overlapping();
    let page = world.get("member@ashmere", "/overlaps");
    assert_eq!(page.all("h1"), ["Forms is met 4 times, by 2 products"]);
    let words = page.words();
    assert!(words.contains("Based on 2 councils: 9 of 10 systems are placed on the LGAM"), "{words}");
    assert!(words.contains("1 product run by several councils"), "{words}");
    let rows = page.all("tbody tr");
    assert_eq!(
        rows.last().unwrap(),
        "TaxBase Ashmere, Brackford 1 more is planned. Not known 0 of 3 known 2 3 2 councils 31 Mar 2027 to 30 Sep 2027 31 Mar 2027 3 of 3 known"
    );
    let data = world.get("member@ashmere", "/overlaps.json").json();
    let together = &data["products"]["overlaps"][0]["together"];
    assert_eq!((together["count"].as_u64(), together["first_end"].as_str()), (Some(2), Some("2027-03-31")));
    let rows = world.get("member@ashmere", "/overlaps.csv").csv();
    assert_eq!(rows.last().unwrap()["together_names"], "Ashmere; Brackford");
}

#[test]
fn a_visitor_sees_what_is_public_and_no_costs() {
    let world = overlapping();
    let page = world.get("visitor", "/overlaps");
    assert_eq!(page.all("h1"), ["No overlaps in 1 system"]);
    assert!(page.words().contains("Councils share most of their estates only with each other."));
    assert!(!page.words().contains("ost of what overlaps"));
    let closed = world.get("visitor", "/organisations/ashmere/overlaps");
    assert_eq!((closed.status, closed.all("h1")), (StatusCode::OK, vec!["No systems to show".to_owned()]));
    assert_eq!(world.get("visitor", "/organisations/nowhere/overlaps").status, StatusCode::NOT_FOUND);
    assert_eq!(world.get("visitor", "/organisations/oakware/overlaps").status, StatusCode::NOT_FOUND, "a supplier");
}

#[test]
fn filters_choose_and_change_no_number() {
    let world = overlapping();
    let address = "/organisations/ashmere/overlaps";
    let all = world.get("editor@ashmere", &format!("{address}.json")).json();
    let of = |query: &str| world.get("editor@ashmere", &format!("{address}.json?{query}")).json();
    assert_eq!(names(&of("supplier=fennel"), "needs"), ["Booking", "Forms"]);
    assert!(names(&of("supplier=fennel"), "products").is_empty());
    assert_eq!(names(&of("layer=business-areas"), "products"), ["TaxBase"]);
    assert!(names(&of("layer=business-areas"), "needs").is_empty());
    assert!(names(&of("kind=product"), "needs").is_empty());
    let capabilities = of("layer=capabilities");
    assert_eq!(capabilities["needs"]["overlaps"], all["needs"]["overlaps"]);
    assert_eq!(world.get("editor@ashmere", &format!("{address}.csv?kind=need")).csv().len(), 2);
    let nothing = world.get("editor@ashmere", &format!("{address}?layer=security"));
    assert_eq!(nothing.all("h1"), ["No overlaps match the filters"]);
    for wrong in ["kind=waste", "layer=nowhere", "supplier=nobody", "sort=name", "after=x"] {
        let refused = world.get("editor@ashmere", &format!("{address}?{wrong}"));
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{wrong}");
    }
}

#[test]
fn products_alike_in_number_stand_by_name_and_are_counted() {
    let world = World::new();
    let systems = |of: &str| {
        let products = ["roundmaster", "taxbase", "wastedesk"];
        (0..24).map(|number| system(&format!("{of} {number}")).product(products[number % 3])).collect::<Vec<_>>()
    };
    world.add("ashmere", systems("A"));
    world.add("brackford", systems("B"));
    let data = world.get("member@ashmere", "/overlaps.json?kind=product").json();
    assert_eq!((data["total"].as_u64(), data["products"]["all"].as_u64()), (Some(3), Some(3)));
    assert_eq!(names(&data, "products"), ["RoundMaster", "TaxBase", "WasteDesk"], "alike in number, so by name");
}

#[test]
fn overlaps_tell_nothing_of_what_is_not_shared() {
    let addresses = [
        "/overlaps",
        "/overlaps?kind=product",
        "/overlaps?layer=capabilities",
        "/overlaps?supplier=oakware",
        "/overlaps?supplier=fennel&kind=need",
        "/organisations/ashmere/overlaps",
        "/organisations/brackford/overlaps",
        "/organisations/colne/overlaps",
        "/organisations/colne/overlaps?kind=product",
    ];
    tells_nothing_of_colne(&addresses);
    tells_nothing_of_candidates(&["/overlaps", "/overlaps?kind=product", "/organisations/brackford/overlaps"]);
}

/// The few columns must be those of the many: the same systems, products, costs and elements, for every reader.
#[test]
fn the_roll_holds_what_other_pages_read() {
    let world = county();
    world.add(
        "brackford",
        vec![
            system("Home-made").candidate("Hidden Gem").elements(&["waste", "forms"]).cost(123),
            system("Dear").product("taxbase").cost(456).ends("2027-01-31", Some(1)).text(Attribute::Hosting, "Here"),
        ],
    );
    for costs in [Visibility::Own, Visibility::Members] {
        world.share("brackford", Visibility::Public, costs);
        for who in READERS {
            for of in [None, Some("brackford"), Some("colne")] {
                let (few, many) = both(&world, &reader(who), of);
                assert_eq!(few, many, "{who} {of:?}");
            }
        }
    }
}

type Same = Vec<(String, Option<String>, Vec<String>, Option<i64>, Option<String>)>;

/// Organisation, product, elements, cost and contract end of every system, read both ways.
fn both(world: &World, reader: &Reader, of: Option<&'static str>) -> (Same, Same) {
    let reader = reader.clone();
    let read = move |tx: &mut store::Transaction<'_>| {
        let roll = Roll::read(tx, &reader, of)?;
        let counted = Counted::read(tx, &reader, of)?;
        let rows = Seen::by(&reader).rows(tx, "", vec![])?;
        Ok::<_, store::Error>((roll, counted, rows))
    };
    let (roll, counted, rows) = world.store.read_blocking(read).unwrap();
    let few = roll.systems.iter().map(|system| {
        let at = |list: &[String], place: u32| list[place as usize].clone();
        (
            at(&roll.organisations, system.organisation),
            system.product.map(|place| roll.products[place as usize].1.clone()),
            system.elements.iter().map(|place| at(&roll.elements, *place)).collect::<Vec<_>>(),
            system.cost,
            system.contract.and_then(|place| roll.contracts[place as usize]).map(|day| day.to_string()),
        )
    });
    let many = counted.systems.iter().map(|system| {
        let row = rows.iter().find(|row| row.id == system.id).unwrap();
        (
            system.organisation.clone(),
            system.product.as_ref().map(|product| product.id.clone()),
            system.elements.clone(),
            row.annual_cost,
            row.contract_end_day.clone(),
        )
    });
    let (mut few, mut many): (Same, Same) = (few.collect(), many.collect());
    few.sort();
    many.sort();
    (few, many)
}
