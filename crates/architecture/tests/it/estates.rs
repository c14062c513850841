//! The inventory of an estate: what each reader finds in it, by page, file and number.

use std::collections::BTreeSet;

use architecture::statement::{Attribute, Stated};
use axum::http::StatusCode;
use vocabulary::Visibility;

use crate::world::{NewSystem, READERS, World, system};

/// Six systems at Ashmere of which one has a candidate product and private texts.
fn ashmere() -> Vec<NewSystem> {
    vec![
        system("Bin rounds").product("roundmaster").status("live").elements(&["waste"]).users(120).cost(1_250_000)
            .reference("C-114").ends("2027-03-31", Some(6)).text(Attribute::BusinessOwner, "Waste services"),
        system("Bulky waste").product("wastedesk").status("live").elements(&["waste", "forms"]).users(15).ends("2027-01", None),
        system("Council tax").product("taxbase").status("retiring").elements(&["revenues"]).cost(9_900_000),
        system("Everything forms").status("live").elements(&["forms"]).says(Attribute::Supplier, Stated::InHouse),
        system("Hidden ledger").candidate("Zephyrline Quantum").status("planned")
            .private(Attribute::BusinessOwner, "Petronella Quill").private(Attribute::Supplier, "Vexworth and Daughters")
            .private(Attribute::Notes, "Replace by Michaelmas").unread(Attribute::End, "circa doomsday"),
        system("Old parking"),
    ]
}

fn world() -> World {
    let world = World::new();
    world.add("ashmere", ashmere());
    world.add("brackford", vec![
        system("Rounds").product("roundmaster").status("live").cost(700_000),
        system("Secret thing").candidate("Brackford Special").private(Attribute::BusinessOwner, "Ottoline Grey"),
    ]);
    world.add("colne", vec![system("Colne tax").product("taxbase").status("live")]);
    world
}

/// What only Ashmere's own readers may find anywhere.
const PRIVATE: &[&str] = &["Zephyrline", "Petronella", "Quill", "Vexworth", "Michaelmas", "doomsday"];

const OWN: &[&str] = &["editor@ashmere", "steward@ashmere", "auditor@colne"];

#[test]
fn each_reader_finds_as_many_systems_as_are_shared_with_them() {
    let world = world();
    for who in READERS {
        let signed_in_member = !["visitor", "supplier@oakware"].contains(who);
        let expected = [("ashmere", if signed_in_member { 6 } else { 0 }), ("brackford", 2), ("colne", usize::from(*who == "auditor@colne"))];
        for (organisation, count) in expected {
            let path = format!("/organisations/{organisation}/systems");
            let data = world.get(who, &format!("{path}.json")).json();
            let csv = world.get(who, &format!("{path}.csv")).csv();
            assert_eq!(data["total"], count, "{who} at {organisation}");
            assert_eq!(data["systems"].as_array().map(Vec::len), Some(count), "{who} at {organisation}");
            assert_eq!(csv.len(), count, "{who} at {organisation}");
            let page = world.get(who, &path);
            assert_eq!(page.status, StatusCode::OK);
            assert_eq!(page.all("tbody tr").len(), count, "{who} at {organisation}");
            let facets: u64 = data["filters"].as_array().into_iter().flatten().filter(|group| group["name"] == "status")
                .flat_map(|group| group["items"].as_array().into_iter().flatten()).filter_map(|item| item["count"].as_u64()).sum();
            assert_eq!(facets, u64::try_from(count).unwrap(), "{who} at {organisation}");
        }
    }
}

#[test]
fn the_fixed_sentence_stands_on_estates_that_are_not_public_whether_or_not_anything_is_there() {
    let world = world();
    let sentence = "Councils share most of their estates only with each other. Sign in if you work for one.";
    for who in READERS {
        let public = ["visitor", "supplier@oakware"].contains(who);
        for (organisation, open) in [("ashmere", false), ("brackford", true), ("colne", false)] {
            for page in ["", "/systems"] {
                let words = world.get(who, &format!("/organisations/{organisation}{page}")).words();
                assert_eq!(words.contains(sentence), public && !open, "{who} at {organisation}{page}");
            }
        }
    }
    let bare = World::new();
    for organisation in ["ashmere", "colne"] {
        let words = bare.get("visitor", &format!("/organisations/{organisation}/systems")).words();
        assert!(words.contains(sentence), "an empty estate says the same: {words}");
    }
}

#[test]
fn an_estate_of_which_nothing_is_seen_looks_like_an_empty_one() {
    let full = world();
    let empty = World::new();
    for who in ["visitor", "supplier@oakware"] {
        for path in ["/organisations/ashmere/systems", "/organisations/ashmere", "/organisations/ashmere/systems.json", "/organisations/ashmere.json", "/organisations/ashmere/systems.csv"] {
            assert_eq!(full.get(who, path).body, empty.get(who, path).body, "{who} {path}");
        }
    }
    assert_eq!(full.get("member@brackford", "/organisations/colne/systems").body, empty.get("member@brackford", "/organisations/colne/systems").body);
}

#[test]
fn candidates_and_private_texts_reach_their_own_readers_and_nobody_else() {
    let world = world();
    let columns = "?column=business_owner&column=supplier&column=product&column=contract_end&column=version";
    let paths = [
        "/organisations/ashmere/systems".to_owned(),
        format!("/organisations/ashmere/systems{columns}"),
        "/organisations/ashmere/systems.json".to_owned(),
        "/organisations/ashmere/systems.csv".to_owned(),
        "/organisations/ashmere".to_owned(),
        "/organisations/ashmere.json".to_owned(),
        "/organisations/oakware".to_owned(),
        "/organisations/oakware.json".to_owned(),
        "/organisations".to_owned(),
    ];
    for who in READERS.iter().filter(|who| !OWN.contains(who)) {
        for path in &paths {
            let body = world.get(who, path).body;
            for text in PRIVATE {
                assert!(!body.contains(text), "{who} reads {text} at {path}");
            }
        }
        for word in PRIVATE {
            let found = world.get(who, &format!("/organisations/ashmere/systems.json?q={word}")).json();
            assert_eq!(found["total"], 0, "{who} finds by {word}");
            let others = found["filters"].as_array().into_iter().flatten().flat_map(|group| group["items"].as_array().into_iter().flatten());
            assert_eq!(others.count(), 0, "{who} counts by {word}");
        }
    }
    for who in OWN {
        let page = world.get(who, &format!("/organisations/ashmere/systems{columns}")).words();
        for text in ["Zephyrline Quantum", "Petronella Quill", "Vexworth and Daughters", "Not understood: \"circa doomsday\""] {
            assert!(page.contains(text), "{who} misses {text}: {page}");
        }
        let found = world.get(who, "/organisations/ashmere/systems.json?q=petronella%20zephyr").json();
        assert_eq!(found["total"], 1, "{who}");
        let csv = world.get(who, "/organisations/ashmere/systems.csv").csv();
        let hidden = csv.iter().find(|row| row["name"] == "Hidden ledger").unwrap();
        let cell = |column: &str| hidden[column].as_str();
        assert_eq!(
            (cell("business_owner"), cell("supplier"), cell("product"), cell("contract_end")),
            ("Petronella Quill", "Vexworth and Daughters", "Zephyrline Quantum", "circa doomsday")
        );
    }
}

#[test]
fn a_candidate_is_a_value_of_a_filter_for_its_own_readers_and_unknown_to_others() {
    let world = world();
    let own = world.get("editor@ashmere", "/organisations/ashmere/systems.json").json();
    let hidden = own["systems"].as_array().unwrap().iter().find(|system| system["name"] == "Hidden ledger").unwrap().clone();
    let candidate = hidden["product"].as_str().unwrap();
    let path = |product: &str| format!("/organisations/ashmere/systems.json?product={product}");
    assert_eq!(world.get("editor@ashmere", &path(candidate)).json()["total"], 1);
    let refused = |product: &str| {
        let seen = world.get("member@ashmere", &path(product));
        assert_eq!(seen.status, StatusCode::BAD_REQUEST);
        seen.body.replace(product, "…")
    };
    assert_eq!(refused(candidate), refused("no-such-product"), "hidden and absent are one answer");
}

#[test]
fn costs_are_a_column_a_sum_and_an_order_only_for_those_who_see_them() {
    let world = world();
    let path = "/organisations/ashmere/systems";
    let sees = |who: &str, yes: bool| {
        let page = world.get(who, path).body;
        assert_eq!(page.contains("Cost a year"), yes, "{who}");
        assert_eq!(world.get(who, &format!("{path}.csv")).body.lines().next().unwrap().contains("annual_cost"), yes, "{who}");
        assert_eq!(world.get(who, &format!("{path}.json")).body.contains("annual_cost\":"), yes, "{who}");
        for (query, unknown) in [("sort=annual_cost", "sort=no_such"), ("sort=-annual_cost", "sort=-no_such"), ("column=annual_cost", "column=no_such")] {
            let seen = world.get(who, &format!("{path}?{query}"));
            if yes {
                assert_eq!(seen.status, StatusCode::OK, "{who} {query}");
            } else {
                assert_eq!(seen.status, StatusCode::BAD_REQUEST, "{who} {query}");
                let unknown = world.get(who, &format!("{path}.json?{unknown}"));
                let refused = world.get(who, &format!("{path}.json?{query}"));
                assert_eq!(refused.body.replace("annual_cost", "no_such"), unknown.body, "refused like what does not exist");
            }
        }
    };
    for who in READERS {
        sees(who, OWN.contains(who));
    }
    world.share("ashmere", Visibility::Members, Visibility::Members);
    for who in READERS {
        sees(who, !["visitor", "supplier@oakware"].contains(who));
    }
    let words = world.get("member@brackford", path).words();
    assert!(words.contains("£111,500 a year, from the 2 of 6 systems whose cost is known."), "{words}");
}

#[test]
fn a_cursor_by_cost_does_not_serve_those_who_may_not_sort_by_it() {
    let world = World::new();
    world.add("ashmere", (0..120).map(|n| system(&format!("System {n:03}")).cost(n * 100)).collect());
    let first = world.get("editor@ashmere", "/organisations/ashmere/systems.json?sort=annual_cost").json();
    let next = first["next"].as_str().unwrap().to_owned();
    assert_eq!(world.get("editor@ashmere", &next).json()["systems"].as_array().unwrap().len(), 20);
    assert_eq!(world.get("member@ashmere", &next).status, StatusCode::BAD_REQUEST);
    let without_sort = next.replace("sort=annual_cost&", "").replace("&sort=annual_cost", "");
    assert_ne!(without_sort, next);
    assert_eq!(world.get("member@ashmere", &without_sort).status, StatusCode::BAD_REQUEST, "nor with the sorting left out");
    let visitor = world.get("visitor", "/organisations/ashmere/systems.json").json();
    assert_eq!(visitor["next"], serde_json::Value::Null);
}

#[test]
fn filters_narrow_and_their_counts_are_reckoned_with_the_others_applied() {
    let world = world();
    let get = |query: &str| world.get("editor@ashmere", &format!("/organisations/ashmere/systems.json?{query}")).json();
    let names = |query: &str| -> Vec<String> {
        get(query)["systems"].as_array().unwrap().iter().map(|system| system["name"].as_str().unwrap().to_owned()).collect()
    };
    let counts = |query: &str, group: &str| -> Vec<(String, u64)> {
        let data = get(query);
        let groups = data["filters"].as_array().unwrap();
        let items = groups.iter().find(|item| item["name"] == group).unwrap()["items"].as_array().unwrap().clone();
        items.iter().map(|item| (item["text"].as_str().unwrap().to_owned(), item["count"].as_u64().unwrap())).collect()
    };
    let pairs = |pairs: &[(&str, u64)]| pairs.iter().map(|(text, count)| ((*text).to_owned(), *count)).collect::<Vec<_>>();
    assert_eq!(names("status=live"), ["Bin rounds", "Bulky waste", "Everything forms"]);
    assert_eq!(names("status=live&status=retiring&element=waste"), ["Bin rounds", "Bulky waste"]);
    assert_eq!(names("layer=capabilities"), ["Bulky waste", "Everything forms"]);
    assert_eq!(names("supplier=in-house"), ["Everything forms"]);
    assert_eq!(names("supplier=not-known"), ["Hidden ledger", "Old parking"]);
    assert_eq!(names("supplier=oakware&product=taxbase"), ["Council tax"]);
    assert_eq!(names("q=waste"), ["Bin rounds", "Bulky waste"], "by name, element and owner");
    assert_eq!(names("q=wastedesk"), ["Bulky waste"], "by product");
    assert_eq!(names("q=OAKWARE%20tax"), ["Council tax"], "every word, in any case");
    assert!(names("status=retired").is_empty());
    assert_eq!(counts("", "status"), pairs(&[("Planned", 1), ("Live", 3), ("Retiring", 1), ("Not known", 1)]));
    assert_eq!(counts("element=waste", "status"), pairs(&[("Live", 2)]));
    assert_eq!(counts("element=waste&status=retired", "status"), pairs(&[("Live", 2), ("Retired", 0)]), "an applied value stays");
    assert_eq!(counts("status=live", "element"), pairs(&[("Forms", 2), ("Waste management", 2)]));
    assert_eq!(counts("status=live", "status"), counts("", "status"), "a filter does not narrow its own counts");
    assert_eq!(counts("", "supplier"), pairs(&[("Oakware", 2), ("Fennel", 1), ("In-house", 1), ("Not known", 2)]));
    let page = world.get("editor@ashmere", "/organisations/ashmere/systems?status=live&element=waste&sort=users");
    assert_eq!(page.all(".ch-applied a"), ["Remove Live", "Remove Waste management", "Clear filters"]);
    let empty = world.get("editor@ashmere", "/organisations/ashmere/systems?status=retired&element=waste&supplier=oakware").words();
    assert!(empty.contains("No systems match these 3 filters. Remove one, or clear filters."), "{empty}");
}

#[test]
fn what_the_address_says_and_we_do_not_know_is_refused_by_name() {
    let world = world();
    for (query, says) in [
        ("colour=red", "no parameter \"colour\""),
        ("status=dead", "\"status\" cannot be \"dead\""),
        ("layer=nowhere", "\"layer\" cannot be \"nowhere\""),
        ("element=nothing", "\"element\" cannot be \"nothing\""),
        ("supplier=nobody", "\"supplier\" cannot be \"nobody\""),
        ("product=nothing", "\"product\" cannot be \"nothing\""),
        ("sort=colour", "\"sort\" cannot be \"colour\""),
        ("column=commonhold_id", "\"column\" cannot be \"commonhold_id\""),
        ("after=xyz", "damaged"),
    ] {
        let seen = world.get("member@ashmere", &format!("/organisations/ashmere/systems?{query}"));
        assert_eq!(seen.status, StatusCode::BAD_REQUEST, "{query}");
        let words = seen.words();
        assert!(words.contains(says), "{query}: {words}");
    }
    assert_eq!(world.get("member@ashmere", "/organisations/ashmere/systems?supplier=brackford").status, StatusCode::OK, "a body that supplies nothing here");
    for path in ["/organisations/nowhere/systems", "/organisations/oakware/systems", "/organisations/Ash%20mere/systems"] {
        assert_eq!(world.get("member@ashmere", path).status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[test]
fn page_csv_and_json_say_the_same() {
    let world = world();
    for who in READERS {
        for organisation in ["ashmere", "brackford", "colne"] {
            for query in ["", "?status=live", "?sort=-users&q=a"] {
                let path = format!("/organisations/{organisation}/systems");
                let names = |names: Vec<String>| names;
                let page = names(world.get(who, &format!("{path}{query}")).all("tbody th"));
                let json: Vec<String> = world.get(who, &format!("{path}.json{query}")).json()["systems"].as_array().unwrap().iter()
                    .map(|system| system["name"].as_str().unwrap().to_owned()).collect();
                let csv: Vec<String> = world.get(who, &format!("{path}.csv{query}")).csv().iter().map(|row| row["name"].clone()).collect();
                assert_eq!(page, json, "{who} {path}{query}");
                assert_eq!(csv, json, "{who} {path}{query}");
            }
        }
    }
}

#[test]
fn files_have_the_columns_that_come_back_in() {
    let world = world();
    let csv = world.get("editor@ashmere", "/organisations/ashmere/systems.csv");
    assert_eq!(
        csv.body.lines().next().unwrap(),
        "commonhold_id,name,organisation,product,version,supplier,elements,status,description,business_owner,technical_owner,users,\
         annual_cost,contract_reference,contract_start,contract_end,notice_months,last_notice_date,extension_options,hosting,\
         data_model,portability,support_model,shared_with,criticality,website"
    );
    let rows = csv.csv();
    let row = rows.iter().find(|row| row["name"] == "Bin rounds").unwrap();
    let cells = ["organisation", "product", "supplier", "elements", "status", "users", "annual_cost", "contract_end", "notice_months", "last_notice_date"];
    assert_eq!(
        cells.map(|column| row[column].as_str()),
        ["Ashmere Borough Council", "RoundMaster", "Oakware", "Waste management", "live", "120", "12500.00", "2027-03-31", "6", "2026-09-30"]
    );
    assert_eq!(rows.iter().find(|row| row["name"] == "Bulky waste").unwrap()["contract_end"], "2027-01", "a month stays a month");
    assert_eq!(rows.iter().find(|row| row["name"] == "Everything forms").unwrap()["supplier"], "In-house");
}

#[test]
fn long_lists_are_walked_once_in_order_under_every_sort_both_ways() {
    let world = World::new();
    let products = ["roundmaster", "taxbase", "wastedesk"];
    let statuses = ["planned", "live", "retiring", "retired"];
    let systems = (0_usize..250).map(|n| {
        let mut new = system(&format!("{} {n}", ["alpha", "Beta", "élan", "delta", "Żeta"][n * 7 % 5]));
        if n % 3 != 0 {
            new = new.product(products[n % 2 + (n / 7) % 2]);
        }
        if n % 5 != 0 {
            new = new.status(statuses[n % 4]);
        }
        if n % 4 != 1 {
            new = new.users(i64::try_from(n % 11).unwrap());
        }
        if n % 4 != 2 {
            new = new.cost(i64::try_from(n % 13).unwrap() * 100);
        }
        if n % 2 == 0 {
            new = new.ends(&format!("2027-{:02}", n % 12 + 1), (n % 6 == 0).then_some(3));
        }
        new
    });
    world.add("ashmere", systems.collect());
    let fields = ["name", "product", "supplier", "status", "contract_end", "last_notice_date", "users", "annual_cost"];
    for sort in fields.iter().flat_map(|field| [(*field).to_owned(), format!("-{field}")]) {
        let whole: Vec<String> = world.get("editor@ashmere", &format!("/organisations/ashmere/systems.csv?sort={sort}")).csv().into_iter()
            .map(|row| row["commonhold_id"].clone()).collect();
        assert_eq!(whole.iter().collect::<BTreeSet<_>>().len(), 250, "{sort}");
        let mut pages = Vec::new();
        let mut path = Some(format!("/organisations/ashmere/systems.json?sort={sort}"));
        let mut last = None;
        while let Some(at) = path {
            let data = world.get("editor@ashmere", &at).json();
            pages.push(ids(&data));
            path = data["next"].as_str().map(str::to_owned);
            last = Some(data);
        }
        assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [100, 100, 50], "{sort}");
        assert_eq!(pages.concat(), whole, "{sort} forwards");
        let mut data = last.unwrap();
        let mut back = vec![ids(&data)];
        while let Some(at) = data["previous"].as_str().map(str::to_owned) {
            data = world.get("editor@ashmere", &at).json();
            back.insert(0, ids(&data));
        }
        assert_eq!(back.concat(), whole, "{sort} backwards");
        assert_order(&world, &sort);
    }
}

fn ids(data: &serde_json::Value) -> Vec<String> {
    data["systems"].as_array().unwrap().iter().map(|system| system["id"].as_str().unwrap().to_owned()).collect()
}

/// The values of a file sorted by a field rise or fall, and what is not known comes last both ways.
fn assert_order(world: &World, sort: &str) {
    let field = sort.trim_start_matches('-');
    let rows = world.get("editor@ashmere", &format!("/organisations/ashmere/systems.csv?sort={sort}")).csv();
    let life = ["planned", "live", "retiring", "retired"];
    let keys: Vec<Option<String>> = rows
        .iter()
        .map(|row| match (field, row[field].as_str()) {
            (_, "") => None,
            ("status", status) => Some(life.iter().position(|known| *known == status).unwrap().to_string()),
            ("users", number) => Some(format!("{:0>8}", number)),
            ("annual_cost", number) => Some(format!("{:0>12}", number)),
            (_, text) => Some(vocabulary::fold(text)),
        })
        .collect();
    let known: Vec<&String> = keys.iter().flatten().collect();
    assert!(keys.iter().skip(known.len()).all(Option::is_none), "{sort}: not known comes last");
    let ordered = known.windows(2).all(|pair| if sort.starts_with('-') { pair[0] >= pair[1] } else { pair[0] <= pair[1] });
    assert!(ordered, "{sort}: {known:?}");
}

#[test]
fn headings_tell_how_the_list_is_sorted() {
    let world = world();
    let page = world.get("member@ashmere", "/organisations/ashmere/systems?sort=-last_notice_date");
    assert!(page.words().contains("Sorted by last notice date, latest first"));
    assert_eq!(page.all("th[aria-sort=descending]").len(), 1);
    assert_eq!(page.all("th[aria-sort]:not(.ch-narrow-only)").len(), 6, "six columns to begin with, all of which sort");
    let columns = world.get("member@ashmere", "/organisations/ashmere/systems?column=hosting&column=version");
    assert_eq!(columns.all("thead th"), ["System ▲", "Version", "Hosting"], "the name stays, and the order is ours");
    let words = page.words();
    assert!(words.contains("6 systems · 2 of 6 contract dates known · last change 22 November 2026"), "{words}");
}
