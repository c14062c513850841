//! Filters, orders, columns, pages and files of an inventory.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use vocabulary::Visibility;

use crate::estates::world;
use crate::world::{READERS, World, sheets, system};

#[test]
fn filters_narrow_and_their_counts_are_reckoned_with_the_others_applied() {
    let world = world();
    let get = |query: &str| world.get("editor@ashmere", &format!("/organisations/ashmere/systems.json?{query}")).json();
    let names = |query: &str| -> Vec<String> {
        get(query)["systems"]
            .as_array()
            .unwrap()
            .iter()
            .map(|system| system["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let counts = |query: &str, group: &str| -> Vec<(String, u64)> {
        let data = get(query);
        let groups = data["filters"].as_array().unwrap();
        let items = groups.iter().find(|item| item["name"] == group).unwrap()["items"].as_array().unwrap().clone();
        items.iter().map(|item| (item["text"].as_str().unwrap().to_owned(), item["count"].as_u64().unwrap())).collect()
    };
    let pairs =
        |pairs: &[(&str, u64)]| pairs.iter().map(|(text, count)| ((*text).to_owned(), *count)).collect::<Vec<_>>();
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
    assert_eq!(
        counts("element=waste&status=retired", "status"),
        pairs(&[("Live", 2), ("Retired", 0)]),
        "an applied value stays"
    );
    assert_eq!(counts("status=live", "element"), pairs(&[("Forms", 2), ("Waste management", 2)]));
    assert_eq!(counts("status=live", "status"), counts("", "status"), "a filter does not narrow its own counts");
    assert_eq!(counts("", "supplier"), pairs(&[("Oakware", 2), ("Fennel", 1), ("In-house", 1), ("Not known", 2)]));
    let page = world.get("editor@ashmere", "/organisations/ashmere/systems?status=live&element=waste&sort=users");
    assert_eq!(page.all(".ch-applied a"), ["Remove Live", "Remove Waste management", "Clear filters"]);
    let empty = world
        .get("editor@ashmere", "/organisations/ashmere/systems?status=retired&element=waste&supplier=oakware")
        .words();
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
        ("sort=%20", "\"sort\" cannot be \" \""),
        ("column=commonhold_id", "\"column\" cannot be \"commonhold_id\""),
        ("after=xyz", "damaged"),
    ] {
        let seen = world.get("member@ashmere", &format!("/organisations/ashmere/systems?{query}"));
        assert_eq!(seen.status, StatusCode::BAD_REQUEST, "{query}");
        let words = seen.words();
        assert!(words.contains(says), "{query}: {words}");
    }
    assert_eq!(
        world.get("member@ashmere", "/organisations/ashmere/systems?q=%20").words(),
        world.get("member@ashmere", "/organisations/ashmere/systems").words(),
        "a blank is nothing to search for"
    );
    assert_eq!(
        world.get("member@ashmere", "/organisations/ashmere/systems?supplier=brackford").status,
        StatusCode::OK,
        "a body that supplies nothing here"
    );
    for path in
        ["/organisations/nowhere/systems", "/organisations/oakware/systems", "/organisations/Ash%20mere/systems"]
    {
        assert_eq!(world.get("member@ashmere", path).status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[test]
fn files_have_the_columns_that_come_back_in() {
    let world = world();
    let csv = world.get("editor@ashmere", "/organisations/ashmere/systems.csv");
    assert_eq!(
        csv.body.lines().next().unwrap(),
        "commonhold_id,name,organisation,product,version,modules,supplier,elements,status,description,business_owner,technical_owner,users,\
         annual_cost,contract_reference,contract_title,contract_supplier,contract_cost,contract_start,contract_end,notice_months,last_notice_date,extension_options,hosting,\
         data_model,portability,support_model,shared_with,used_by,depends_on,criticality,website"
    );
    let rows = csv.csv();
    let row = rows.iter().find(|row| row["name"] == "Bin rounds").unwrap();
    let cells = [
        "organisation",
        "product",
        "supplier",
        "elements",
        "status",
        "users",
        "annual_cost",
        "contract_end",
        "notice_months",
        "last_notice_date",
    ];
    assert_eq!(
        cells.map(|column| row[column].as_str()),
        [
            "Ashmere Borough Council",
            "RoundMaster",
            "Oakware",
            "Waste management",
            "live",
            "120",
            "12500.00",
            "2027-03-31",
            "6",
            "2026-09-30"
        ]
    );
    assert_eq!(
        rows.iter().find(|row| row["name"] == "Bulky waste").unwrap()["contract_end"],
        "2027-01",
        "a month stays a month"
    );
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
        let whole: Vec<String> = world
            .get("editor@ashmere", &format!("/organisations/ashmere/systems.csv?sort={sort}"))
            .csv()
            .into_iter()
            .map(|row| row["commonhold_id"].clone())
            .collect();
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
    let ordered =
        known.windows(2).all(|pair| if sort.starts_with('-') { pair[0] >= pair[1] } else { pair[0] <= pair[1] });
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

#[test]
fn a_workbook_holds_for_each_reader_what_the_csv_holds() {
    let world = world();
    world.share("ashmere", Visibility::Members, Visibility::Members);
    for who in READERS {
        for path in ["/organisations/ashmere/systems", "/organisations/ashmere/systems?status=live&sort=-contract_end"]
        {
            let (path, query) = path.split_once('?').unwrap_or((path, ""));
            let csv = world.get(who, &format!("{path}.csv?{query}")).csv();
            let book = world.get(who, &format!("{path}.xlsx?{query}"));
            assert_eq!(book.headers["content-disposition"], "attachment; filename=\"ashmere-systems.xlsx\"");
            let sheets = sheets(&book.bytes);
            assert_eq!(sheets.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["ashmere-systems", "About"]);
            let (headings, rows) = sheets[0].1.split_first().unwrap();
            assert_eq!(rows.len(), csv.len(), "{who}");
            for (row, line) in rows.iter().zip(&csv) {
                assert_eq!(row.len(), line.len(), "{who}");
                for (heading, cell) in headings.iter().zip(row) {
                    let said = &line[&heading.to_string()];
                    let written = match cell {
                        calamine::Data::Float(number) if *heading == "annual_cost" => format!("{number:.2}"),
                        calamine::Data::DateTime(day) => {
                            let (year, month, day, ..) = day.to_ymd_hms_milli();
                            format!("{year}-{month:02}-{day:02}")
                        }
                        cell => cell.to_string(),
                    };
                    assert_eq!(&written, said, "{who}, {heading}");
                }
            }
            let about: Vec<String> = sheets[1].1.iter().map(|row| row[1].to_string()).collect();
            assert!(about.iter().any(|text| text.contains("Open Government Licence")), "{about:?}");
        }
    }
}
