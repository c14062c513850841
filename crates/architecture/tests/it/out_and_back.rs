//! An estate goes out as a spreadsheet, CSV or JSON and comes back: what nobody edited is no difference, what somebody
//! edited is just that, what only the organisation sees goes to nobody else.

use std::collections::BTreeSet;

use architecture::import::apply::Moment;
use architecture::merging;
use architecture::spreadsheet::Field;
use architecture::statement::store::{erase_private, private_texts};
use architecture::statement::{Attribute, Stated};
use axum::http::StatusCode;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;

use crate::imports::EDITOR;
use crate::world::{NewSystem, READERS, World, id, sheets, system};

const FILES: [&str; 3] = ["xlsx", "csv", "json"];

impl World {
    /// The estate of Ashmere as a file.
    fn taken_out(&self, ending: &str) -> Vec<u8> {
        let taken = self.get(EDITOR, &format!("/organisations/ashmere/estate.{ending}"));
        assert_eq!(taken.status, StatusCode::OK, "{}", taken.body);
        taken.bytes
    }

    /// Uploads a file as the next version of the estate, says what it would change, and puts it aside.
    fn looked_at(&self, name: &str, bytes: &[u8]) -> Value {
        let address = self.bring("ashmere", name, bytes);
        let preview = self.preview(&address);
        self.post(EDITOR, &format!("{address}/preview"), "action=cancel").redirect();
        preview
    }
}

/// A file that was taken out, with some of its cells written anew: by heading and system.
fn edited(csv: &[u8], edit: impl Fn(&str, &str, &str) -> Option<String>) -> Vec<u8> {
    let mut reader = csv::Reader::from_reader(csv);
    let headings = reader.headers().unwrap().clone();
    let name = headings.iter().position(|heading| heading == "name").unwrap();
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&headings).unwrap();
    for row in reader.records().map(Result::unwrap) {
        let cells = headings
            .iter()
            .zip(&row)
            .map(|(heading, cell)| edit(&row[name], heading, cell).unwrap_or_else(|| cell.to_owned()));
        writer.write_record(cells.collect::<Vec<_>>()).unwrap();
    }
    writer.into_inner().unwrap()
}

/// Texts that files and readers are known to stumble over.
fn text() -> impl Strategy<Value = String> {
    let odd = prop::sample::select(vec![
        "=1+1",
        "+44 1632 960000",
        "-",
        "@everyone",
        "None",
        "n/a",
        "Not known",
        "In-house",
        "TaxBase",
        "taxbase 12",
        "31/03/2027",
        "2027-03",
        "12,500",
        "£5k",
        "3.10",
        "007",
        "TRUE",
        "a; b; c",
        "a, b and c",
        "O'Brien's",
        "'quoted'",
        "\"quoted\"",
        "Jane Smith",
        "Jane Smith <jane.smith@ashmere.example>",
        "waste.team@ashmere.example",
        "two\nlines",
        "Gwasanaethau – Ŵyn",
        "_x0041_ & <b>",
        "𝄞 漢字",
        "Total",
        "System name",
    ]);
    prop_oneof![3 => odd.prop_map(str::to_owned), 1 => "[A-Za-z][A-Za-z0-9 .,/&()-]{0,30}[a-z]"]
}

fn date() -> impl Strategy<Value = String> {
    prop_oneof![
        (2001..2060_i32, 1..=12_u8, 1..=28_u8).prop_map(|(year, month, day)| format!("{year}-{month:02}-{day:02}")),
        (2001..2060_i32, 1..=12_u8).prop_map(|(year, month)| format!("{year}-{month:02}")),
    ]
}

/// A system with anything that can be stated of one, by a file or by hand.
pub fn any_system() -> impl Strategy<Value = NewSystem> {
    use Attribute as A;
    let texts = [A::Version, A::Modules, A::Description, A::Hosting, A::DataModel, A::Portability, A::SupportModel];
    let texts = [&texts[..], &[A::SharedWith, A::Criticality, A::Website]].concat();
    let text_of = |attributes: Vec<Attribute>| (prop::sample::select(attributes), text());
    let plain = prop::collection::vec(text_of(texts), 0..5);
    let private =
        prop::collection::vec(text_of(vec![A::BusinessOwner, A::TechnicalOwner, A::Notes, A::Supplier]), 0..3);
    let unread = prop::collection::vec(
        (
            prop::sample::select(vec![A::End, A::AnnualCost, A::Users, A::Status, A::NoticeMonths]),
            "about [a-z]{3,9} time",
        ),
        0..2,
    );
    let known = (
        prop::option::of(prop::sample::select(vec!["planned", "live", "retiring", "retired"])),
        prop::option::of(prop::sample::select(vec!["roundmaster", "taxbase", "wastedesk"])),
        prop::option::of(0..5_000_000_i64),
        prop::option::of(0..100_000_i64),
        prop::collection::btree_set(prop::sample::select(ELEMENTS.to_vec()), 0..4),
        prop::collection::btree_set(prop::sample::select(vec!["brackford", "colne"]), 0..2),
    );
    let contract = prop::collection::vec(text_of(vec![A::Reference, A::ContractTitle, A::Extension]), 0..3);
    let term = (prop::option::of(date()), prop::option::of(date()), prop::option::of(0..48_i64));
    let who = prop::option::of("[A-Z][a-z]{9} (Pro|2000)");
    // What says that there is no value is no name.
    let name = text().prop_filter("no name", |text| !["-", "None", "n/a", "Not known"].contains(&text.as_str()));
    (name, plain, private, unread, known, (contract, term, who)).prop_map(
        |(name, plain, private, unread, known, (contract, (start, end, notice), candidate))| {
            let mut one = system(&name);
            let (status, product, cost, users, elements, users_of) = known;
            for (attribute, text) in plain {
                one = one.text(attribute, &text);
            }
            if let Some(status) = status {
                one = one.status(status);
            }
            one = match (product, candidate) {
                (Some(product), _) => one.product(product),
                (None, Some(candidate)) => one.candidate(&candidate),
                (None, None) => one,
            };
            if let Some(cost) = cost {
                one = one.cost(cost);
            }
            if let Some(users) = users {
                one = one.users(users);
            }
            if !elements.is_empty() {
                one = one.elements(&elements.into_iter().collect::<Vec<_>>());
            }
            if !users_of.is_empty() {
                let ids = users_of.into_iter().map(str::to_owned).collect();
                one = one.says(A::UsedBy, Stated::Organisations(ids));
            }
            for (attribute, text) in contract {
                one = one.text(attribute, &text);
            }
            for (attribute, date) in [(A::Start, start), (A::End, end)] {
                if let Some(date) = date {
                    one = one.text(attribute, &date);
                }
            }
            if let Some(months) = notice {
                one = one.says(A::NoticeMonths, Stated::Number(months));
            }
            for (attribute, text) in private {
                one = one.private(attribute, &text);
            }
            for (attribute, text) in unread {
                one = one.unread(attribute, &text);
            }
            // A list of which a part was not understood.
            one = one.not_all_understood(A::Elements, "Gardening; Moon base").not_all_understood(A::UsedBy, "Nobody");
            one
        },
    )
}

/// What people do with an estate after it was brought in.
#[derive(Clone, Debug)]
pub struct Work {
    /// The first system's contract covers the last one too.
    shares: bool,
    /// The last system is merged into the first.
    merges: bool,
    /// A text that only the organisation sees is erased.
    erases: bool,
    /// What is said anew of the first system.
    edits: Vec<(Attribute, Option<String>)>,
}

pub fn work() -> impl Strategy<Value = Work> {
    use Attribute as A;
    let attributes =
        vec![A::Version, A::Hosting, A::Description, A::Modules, A::SharedWith, A::BusinessOwner, A::Notes];
    let edit = (prop::sample::select(attributes), prop::option::of(text()));
    (any::<bool>(), any::<bool>(), any::<bool>(), prop::collection::vec(edit, 0..3))
        .prop_map(|(shares, merges, erases, edits)| Work { shares, merges, erases, edits })
}

impl World {
    /// Works by hand on systems of Ashmere.
    pub fn work_on(&self, ids: &[String], work: &Work) {
        let (Some(first), Some(last)) = (ids.first(), ids.last()) else { return };
        for (attribute, text) in &work.edits {
            let edited = crate::world::change(first);
            let private = matches!(attribute, Attribute::BusinessOwner | Attribute::Notes);
            let edited = match text {
                Some(text) if private => edited.private(*attribute, text),
                Some(text) => edited.text(*attribute, text),
                None => edited.unsaid(*attribute),
            };
            self.add("ashmere", vec![edited]);
        }
        let contract = self.get(EDITOR, &format!("/systems/{first}.json")).json()["system"]["contract"].clone();
        if let (true, Some(contract)) = (work.shares, contract.as_str()) {
            let covered = crate::world::change(last).says(Attribute::Contract, Stated::Contract(contract.to_owned()));
            self.add("ashmere", vec![covered]);
        }
        let (chance, merges, erases) = (self.chance.clone(), work.merges && first != last, work.erases);
        let (stays, goes) = (first.clone(), last.clone());
        let moment = Moment { now: self.clock.now(), today: self.clock.today(), chance, actor: None };
        let act = move |tx: &mut store::Transaction<'_>| {
            let of = id("ashmere");
            if merges {
                let seen = merging::system::reckon(tx, &of, &stays, &goes)?.seen;
                merging::system::merge(tx, &of, (&stays, &goes), &BTreeSet::new(), seen, &moment)?;
            }
            let texts = private_texts(tx, &of)?;
            if let (true, Some(text)) = (erases, texts.keys().next_back()) {
                erase_private(tx, &of, text, moment.now)?;
            }
            Ok::<_, architecture::Refused>(())
        };
        self.store.write_blocking(act).unwrap();
    }
}

/// Elements whose names are odd among them: two that share a name.
const ELEMENTS: [&str; 5] = ["waste", "forms", "payments", "email-ch", "email-cap"];

#[test]
fn what_goes_out_and_comes_back_is_no_difference() {
    let world = World::new();
    world.add("ashmere", vec![system("Odd").candidate("none"), system("Own").candidate("TaxBase")]);
    let mut runner = TestRunner::new(Config { cases: 12, failure_persistence: None, ..Config::default() });
    let estates = (prop::collection::vec(any_system(), 1..6), work());
    // The estate grows from case to case, so that names and contracts meet others of their kind.
    let run = runner.run(&estates, |(systems, work)| {
        let ids = world.add("ashmere", systems);
        let first = Stated::Systems(vec![ids[0].clone()]);
        world.add("ashmere", vec![system("TaxBase").says(Attribute::DependsOn, first)]);
        world.work_on(&ids, &work);
        for ending in FILES {
            let name = format!("ashmere-estate (2).{ending}");
            let preview = world.looked_at(&name, &world.taken_out(ending));
            let counts = &preview["counts"];
            let told = (counts["new"].as_i64(), counts["changed"].as_i64(), counts["missing"].as_i64());
            prop_assert_eq!(
                told,
                (Some(0), Some(0), Some(0)),
                "{}: {} {} {}",
                ending,
                preview["changed"],
                preview["new"],
                preview["missing"]
            );
        }
        // So is the inventory, although it says less.
        let inventory = world.get(EDITOR, "/organisations/ashmere/systems.csv").bytes;
        let preview = world.looked_at("ashmere-systems.csv", &inventory);
        prop_assert_eq!((&preview["counts"]["new"], &preview["changed"]), (&0.into(), &Value::Array(vec![])));
        Ok(())
    });
    run.unwrap();
    // All of it was met at least once: a contract of several systems, a merged system, an erased text.
    let count =
        |sql: &'static str| world.store.read_blocking(move |tx| tx.query_one(sql, &[], |row| row.integer(0))).unwrap();
    assert!(count("SELECT COUNT(*) FROM statement WHERE attribute = 'merged_into'") > 0);
    assert!(count("SELECT COUNT(*) FROM private_text WHERE text IS NULL") > 0);
    assert!(
        count("SELECT COUNT(*) FROM (SELECT contract FROM system GROUP BY contract HAVING COUNT(*) > 1) AS shared") > 1
    );
    assert_eq!(world.faults(), [""; 0]);
}

#[test]
fn edits_come_back_as_just_those() {
    let world = World::new();
    let ids = world.add(
        "ashmere",
        vec![
            system("Bin rounds")
                .product("roundmaster")
                .reference("C-1")
                .ends("2027-03-31", Some(3))
                .private(Attribute::Notes, "Ask Jo"),
            system("Council tax").product("taxbase").status("live"),
            system("Fax").unread(Attribute::End, "circa 2027"),
            system("Forms"),
        ],
    );
    let contract = world.contract_of(EDITOR, &ids[0]);
    world.add("ashmere", vec![crate::world::change(&ids[1]).says(Attribute::Contract, Stated::Contract(contract))]);
    let out = world.taken_out("csv");
    let edit = edited(&out, |name, heading, _| match (name, heading) {
        // The contract covers two systems; changing it in one row is enough, in whichever.
        ("Council tax", "contract_end") => Some("31 March 2028".to_owned()),
        ("Fax", "contract_end") => Some("2027-06".to_owned()),
        ("Forms", "commonhold_id") => Some(String::new()),
        ("Forms", "name") => Some("Online forms".to_owned()),
        _ => None,
    });
    let preview = world.looked_at("Ashmere-estate 2027.csv", &edit);
    let mut changes: Vec<String> = Vec::new();
    for row in preview["changed"].as_array().unwrap() {
        for change in row["changes"].as_array().unwrap() {
            changes.push(format!("{}: {} {} -> {}", row["name"], change["attribute"], change["now"], change["then"]));
        }
    }
    assert_eq!(
        changes,
        [
            r#""Council tax": "contract_end" "2027-03-31" -> "2028-03-31""#,
            r#""Fax": "contract_end" "Not understood: \"circa 2027\"" -> "2027-06""#,
        ]
    );
    assert_eq!(preview["new"][0]["name"], "Online forms");
    assert_eq!(preview["missing"][0]["name"], "Forms", "a row that is gone is missing, whichever list it came from");

    let address = world.bring("ashmere", "Ashmere-estate 2027.csv", &edit);
    world.apply(&address, &["Forms"]).redirect();
    let estate = world.estate("ashmere");
    assert_eq!(estate.iter().filter(|row| row.starts_with("contract Some(\"C-1\")")).count(), 1, "{estate:#?}");
    assert_eq!(estate.iter().filter(|row| row.contains("2028-03-31")).count(), 3, "both systems, one contract");
    assert!(estate.iter().any(|row| row.contains("\"Forms\"") && row.contains("retired")), "{estate:#?}");
    for ending in FILES {
        let preview = world.looked_at(&format!("ashmere-estate.{ending}"), &world.taken_out(ending));
        assert_eq!(preview["counts"]["unchanged"], 5, "{ending}");
        assert_eq!(preview["counts"]["new"], 0, "{ending}");
    }
}

#[test]
fn only_the_organisations_own_people_take_it_out() {
    let world = World::new();
    world.add("ashmere", vec![system("Bin rounds").private(Attribute::Notes, "Ask Jo").cost(1_250_000)]);
    for who in READERS {
        let may = ["editor@ashmere", "steward@ashmere", "auditor@colne"].contains(who);
        for path in ["", ".csv", ".json", ".xlsx", "/blank.xlsx"] {
            let told = world.get(who, &format!("/organisations/ashmere/estate{path}"));
            assert_eq!(told.status == StatusCode::OK, may, "{who} {path}");
            assert!(may || !told.body.contains("Ask Jo") && !told.body.contains("12500"), "{who} {path}");
            assert!(!may || told.headers["cache-control"] == "private, no-store", "{who} {path}");
        }
        let listed = world.get(who, "/organisations/ashmere/systems").body;
        assert_eq!(listed.contains("/organisations/ashmere/estate\""), may, "{who}");
    }
    assert_eq!(world.get(EDITOR, "/organisations/oakware/estate").status, StatusCode::NOT_FOUND);
}

#[test]
fn the_spreadsheet_explains_itself_and_offers_what_may_stand_there() {
    let world = World::new();
    world.add("ashmere", vec![system("Bin rounds").status("live").cost(1_250_000).ends("2027-03", None)]);
    let names = |bytes: &[u8]| sheets(bytes).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    let book = world.taken_out("xlsx");
    assert_eq!(names(&book), ["Systems", "Legend", "Choices", "About"]);
    let parts = sheets(&book);
    let headings: Vec<String> = parts[0].1[0].iter().map(ToString::to_string).collect();
    assert_eq!(headings, Field::all().map(Field::label).collect::<Vec<_>>());
    let legend: Vec<String> = parts[1].1[3..].iter().map(|row| row[0].to_string()).collect();
    assert_eq!(legend, headings);
    assert!(parts[1].1[3..].iter().all(|row| row.len() == 5 && row.iter().all(|cell| !cell.to_string().is_empty())));
    let status = headings.iter().position(|heading| heading == "Status").unwrap();
    assert_eq!(parts[0].1[1][status].to_string(), "Live", "as the drop-down has it");

    // The blank one is filled in and comes in; nobody maps a column by hand.
    let blank = world.get(EDITOR, "/organisations/ashmere/estate/blank.xlsx");
    assert_eq!(blank.headers["content-disposition"], "attachment; filename=\"Ashmere systems.xlsx\"");
    assert_eq!(names(&blank.bytes), ["Systems", "Legend", "Choices", "About"]);
    assert_eq!(sheets(&blank.bytes)[0].1.len(), 1);
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(&blank.bytes)).unwrap();
    let mut sheet = String::new();
    std::io::Read::read_to_string(&mut archive.by_name("xl/worksheets/sheet1.xml").unwrap(), &mut sheet).unwrap();
    assert_eq!(sheet.matches("type=\"list\"").count(), 6, "{sheet}");
    assert!(sheet.contains("Planned,Live,Retiring,Retired") && sheet.contains("Choices!$A$2:$A$"), "{sheet}");
    let refused = world.upload(EDITOR, "ashmere", "Ashmere systems.xlsx", &blank.bytes);
    let mapping = world.get(EDITOR, &refused.redirect()).words();
    let all = Field::all().count();
    assert!(mapping.contains(&format!("We recognised {all} of {all} columns.")), "{mapping}");
}

#[test]
fn a_dependency_on_one_of_two_namesakes_comes_back_as_that_one() {
    let world = World::new();
    let ids = world.add("ashmere", vec![system("Forms"), system("Forms"), system("Payments")]);
    let on = Stated::Systems(vec![ids[1].clone()]);
    world.add("ashmere", vec![crate::world::change(&ids[2]).says(Attribute::DependsOn, on)]);
    let json: Value = serde_json::from_slice(&world.taken_out("json")).unwrap();
    let payments = json["systems"].as_array().unwrap().iter().find(|system| system["name"] == "Payments").unwrap();
    assert_eq!(payments["depends_on"], serde_json::json!([ids[1]]));
    // Written into another row by hand, the id means the same system.
    let out = edited(&world.taken_out("csv"), |name, heading, _| {
        (name == "Payments" && heading == "depends_on").then(|| ids[0].clone())
    });
    let preview = world.looked_at("ashmere-estate.csv", &out);
    assert_eq!(preview["counts"]["changed"], 1, "{preview}");
    assert_eq!(preview["counts"]["must_fix"], 0, "{preview}");
}

#[test]
fn a_contract_that_covers_nothing_says_nothing_of_its_namesake() {
    let world = World::new();
    let ids = world.add(
        "ashmere",
        vec![system("Bin rounds").reference("C-1"), system("Rounds").reference("C-1").ends("2027-03-31", None)],
    );
    let contract = world.contract_of(EDITOR, &ids[0]);
    let covered = Stated::Contract(contract);
    world.add("ashmere", vec![crate::world::change(&ids[1]).says(Attribute::Contract, covered)]);
    let book = world.taken_out("xlsx");
    assert!(sheets(&book).iter().any(|(name, rows)| name == "Contracts" && rows.len() == 2));
    let preview = world.looked_at("ashmere-estate.xlsx", &book);
    assert_eq!((&preview["counts"]["unchanged"], &preview["counts"]["changed"]), (&2.into(), &0.into()), "{preview}");
}
