//! What the design promises, measured: `cargo xtask bench`. Release build, SQLite, warm, everything in one process and in
//! one run. It prints what it saw beside the promise and whether that holds; it ends well either way, so it is no timed test.
//!
//! Pages are asked for through the whole application (routing, session, permission, database, template), signed in as an
//! editor, without a network in between. The answers that go across councils are measured twice: on the demonstration, and on
//! a [`region`] of 100 councils with 300 systems each; on one of 400 councils when asked for by name.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a benchmark may stop")]

mod region;
mod times;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use rust_xlsxwriter::Workbook;
use server::import::{self, estate};
use server::{Product, app, demonstration, migrations};
use store::{Location, Store};
use times::{Times, heading};
use tower::ServiceExt;
use vocabulary::{Chance, Clock};

/// Files brought in, each into an organisation of its own, and requests of each address.
const FILES: usize = 9;
const REQUESTS: usize = 60;
/// Addresses of one pattern that are measured.
const OF_A_PATTERN: usize = 5;
/// How often the demonstration is loaded.
const LOADS: usize = 3;
/// The large world, and a whole country's.
const REGION: region::Region = region::Region { councils: 100, systems: 300, seed: 20_261_124 };
const COUNTRY: region::Region = region::Region { councils: 400, ..REGION };

fn main() {
    // Cargo gives `--bench`; words name the parts wanted: `cargo bench -p server -- region`. What begins with a slash is an
    // address of the demonstration or the region, to be measured alone.
    let arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with('-'));
    let (alone, wanted): (Vec<String>, Vec<String>) = arguments.partition(|argument| argument.starts_with('/'));
    let named = |part: &str| wanted.iter().any(|word| part.contains(word.as_str()));
    let is_wanted = |part: &str| wanted.is_empty() || named(part);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let database = |name: &str| open(&folder.path().join(name));
    if is_wanted("spreadsheets") {
        spreadsheets(&database("spreadsheets.sqlite"));
    }
    if is_wanted("loading") {
        loading(&(0..LOADS).map(|load| database(&format!("loading-{load}.sqlite"))).collect::<Vec<Store>>());
    }
    if is_wanted("pages") {
        pages(&database("pages.sqlite"), &alone);
    }
    if is_wanted("region") {
        large(&database("region.sqlite"), REGION, &alone);
    }
    if named("country") {
        large(&database("country.sqlite"), COUNTRY, &alone);
    }
}

fn open(file: &std::path::Path) -> Store {
    Store::open(&Location::Sqlite(file.to_path_buf()), &migrations()).expect("a new database")
}

fn spreadsheets(store: &Store) {
    let (clock, chance) = (Clock::System, Chance::System);
    import::reference(store, &clock).expect("reference data");
    let mut list = "id,code,name,kind,participating,about\n".to_owned();
    for council in 0..FILES {
        list.push_str(&format!("council-{council},X{council:08},Council {council},council,yes,\n"));
    }
    import::organisations(store, list.as_bytes(), &clock).expect("organisations");
    let bytes = spreadsheet(500);
    let mut times = Times::default();
    for council in 0..FILES {
        let file = estate::EstateFile { name: "systems.xlsx".to_owned(), bytes: bytes.clone(), source: None };
        let bring_in = || estate::bring_in(store, &format!("council-{council}"), file, &clock, &chance);
        let imported = times.of_blocking(bring_in).expect("an import");
        assert_eq!(imported.systems.new, 500, "every row is a system");
    }
    heading(&format!(
        "Spreadsheet of 500 systems, 16 columns ({} KB), file to committed, {FILES} files:",
        bytes.len() / 1024
    ));
    times.tell("  import estate", Duration::from_secs(1));
}

/// A list such as councils keep, with products of the shared list among others.
fn spreadsheet(systems: u32) -> Vec<u8> {
    let headings = [
        "System name",
        "Product",
        "Version",
        "Supplier",
        "Service area",
        "Status",
        "Business owner",
        "Users",
        "Annual cost",
        "Contract ref",
        "Contract start",
        "Contract end",
        "Notice period",
        "Hosting",
        "Criticality",
        "Notes",
    ];
    let products =
        ["Idox Uniform", "NEC Revenues & Benefits", "Mosaic", "Modern.gov", "Microsoft 365", "A product of our own"];
    let areas =
        ["Planning", "Revenues", "Adult social care", "Democratic services", "Productivity", "Waste management"];
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for (column, heading) in (0..).zip(headings) {
        sheet.write(0, column, heading).expect("a heading");
    }
    for row in 1..=systems {
        let pick = |from: &[&'static str]| from[row as usize % from.len()];
        let year = 2026 + row % 5;
        let cells = [
            format!("System number {row}"),
            pick(&products).to_owned(),
            format!("{}.{}", row % 12, row % 7),
            format!("Supplier {}", row % 40),
            pick(&areas).to_owned(),
            "Live".to_owned(),
            "Head of service".to_owned(),
            (row * 3).to_string(),
            format!("£{},{:03}", row % 90 + 1, row),
            format!("C-{row:04}"),
            format!("01/04/{}", year - 4),
            format!("31/03/{year}"),
            "3 months".to_owned(),
            "Supplier cloud".to_owned(),
            "High".to_owned(),
            "Reviewed".to_owned(),
        ];
        for (column, cell) in (0..).zip(cells) {
            sheet.write(row, column, cell).expect("a cell");
        }
    }
    workbook.save_to_buffer().expect("a workbook")
}

/// The stores stay open until all is measured: what a thread took that has ended is in no number.
fn loading(stores: &[Store]) {
    let (mut times, mut loaded) = (Times::default(), demonstration::County::default());
    for store in stores {
        let load = || demonstration::load(store, &Clock::System, &Chance::System, |_| {});
        loaded = times.of_blocking(load).expect("the county");
    }
    heading(&format!(
        "The whole demonstration into an empty database, {LOADS} times: {} files of {} councils, {} systems:",
        loaded.files.len(),
        loaded.councils(),
        loaded.files.iter().map(|file| file.systems).sum::<usize>()
    ));
    times.tell("  load of the councils' files", Duration::from_secs(5));
}

/// The whole application on this database, where anyone may be anyone, and what runs it.
fn application(store: &Store) -> (Router, tokio::runtime::Runtime) {
    let mut product = Product::new(store.clone(), "http://127.0.0.1:8080");
    product.demonstration = true;
    let router = app(&product).expect("the application");
    (router, tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime"))
}

fn pages(store: &Store, alone: &[String]) {
    const PROMISE: Duration = Duration::from_millis(20);
    demonstration::load(store, &Clock::System, &Chance::System, |_| {}).expect("the county");
    let (router, runtime) = application(store);
    runtime.block_on(async {
        let cookie = become_editor(&router, "Ashmere").await;
        if !alone.is_empty() {
            return those(&router, &cookie, alone, PROMISE).await;
        }
        heading(&format!(
            "Answers across the councils of the demonstration, as an editor, {REQUESTS} requests of each:"
        ));
        answers(&router, &cookie, "ashmere", PROMISE).await;
        measure_pages(&router, &cookie, PROMISE).await;
    });
}

/// A region, and its people: one editor of the first council.
fn large(store: &Store, region: region::Region, alone: &[String]) {
    const PROMISE: Duration = Duration::from_millis(100);
    let clock = Clock::System;
    import::reference(store, &clock).expect("reference data");
    let started = Instant::now();
    region::load(store, region, clock.now());
    heading(&format!(
        "A region of {} councils with {} systems each, written in {:.1} s. The same answers there:",
        region.councils,
        region.systems,
        started.elapsed().as_secs_f64()
    ));
    let first = region::council(1);
    let people = format!("email,name,organisation,role\neditor@region.example,The editor,{first},editor\n");
    import::people(store, people.as_bytes(), &clock, &Chance::System).expect("people");
    let (router, runtime) = application(store);
    runtime.block_on(async {
        let cookie = become_editor(&router, "").await;
        if !alone.is_empty() {
            return those(&router, &cookie, alone, PROMISE).await;
        }
        answers(&router, &cookie, &first, PROMISE).await;
    });
}

/// Only these addresses.
async fn those(router: &Router, cookie: &str, addresses: &[String], promise: Duration) {
    for address in addresses {
        answer(router, cookie, address, address, promise).await;
    }
}

/// What the design promises of the answers that go across councils: overlap, comparison, contract dates, search.
async fn answers(router: &Router, cookie: &str, own: &str, promise: Duration) {
    let (_, choice) = get(router, "/compare.json", cookie).await;
    let choice: serde_json::Value = serde_json::from_str(&choice).expect("JSON");
    let councils: Vec<&str> =
        choice["organisations"].as_array().expect("a list").iter().filter_map(|body| body["id"].as_str()).collect();
    let compare = |most: usize| {
        let chosen: Vec<String> = councils.iter().take(most).map(|id| format!("organisation={id}")).collect();
        format!("/compare?{}", chosen.join("&"))
    };
    let named = [
        ("overlap across councils", "/overlaps".to_owned()),
        ("overlap within one council", format!("/organisations/{own}/overlaps")),
        ("compare two", compare(2)),
        ("compare six, or as many as there are", compare(6)),
        ("contract dates across councils", "/contracts".to_owned()),
        ("contract dates of one council", format!("/organisations/{own}/contracts")),
        ("search for a need", "/search?q=revenues".to_owned()),
        ("search for a product", "/search?q=microsoft+365".to_owned()),
        ("who is most alike: an organisation's page", format!("/organisations/{own}")),
        ("LGAM map of all", "/map".to_owned()),
        ("home", "/".to_owned()),
        ("worklist", format!("/organisations/{own}/worklist")),
    ];
    for (what, address) in named {
        answer(router, cookie, what, &address, promise).await;
    }
}

/// Measures one address and tells of it.
async fn answer(router: &Router, cookie: &str, what: &str, address: &str, promise: Duration) {
    let (status, _) = get(router, address, cookie).await;
    if status != StatusCode::OK {
        println!("  {what}: not measured, {address} answers {status}");
        return;
    }
    measured(router, cookie, address).await.tell(&format!("  {what}"), promise);
}

/// What an address takes that was asked for before.
async fn measured(router: &Router, cookie: &str, address: &str) -> Times {
    let mut times = Times::default();
    for _ in 0..REQUESTS {
        times.of(get(router, address, cookie)).await;
    }
    times
}

async fn measure_pages(router: &Router, cookie: &str, promise: Duration) {
    let addresses = addresses(router, cookie).await;
    let mut all = Times::default();
    let mut by_pattern: BTreeMap<String, Times> = BTreeMap::new();
    let mut slow: Vec<(Duration, &str)> = Vec::new();
    for address in &addresses {
        let times = measured(router, cookie, address).await;
        if times.high() > promise {
            slow.push((times.high(), address));
        }
        by_pattern.entry(pattern(address)).or_default().extend(&times);
    }
    heading(&format!(
        "Pages of the demonstration, signed in as an editor, {REQUESTS} requests of each of {} addresses:",
        addresses.len()
    ));
    for (pattern, times) in &by_pattern {
        times.tell(&format!("  {pattern}"), promise);
        all.extend(times);
    }
    all.tell("  all", promise);
    slow.sort_unstable_by_key(|(high, _)| std::cmp::Reverse(*high));
    println!("Of {} addresses, {} do not keep the promise on this clock:", addresses.len(), slow.len());
    for (high, address) in slow {
        println!("  {:>8.1}  {address}", high.as_secs_f64() * 1000.0);
    }
}

/// Signs in as an editor whose label in the demonstration's list says `of`.
async fn become_editor(router: &Router, of: &str) -> String {
    let page = get(router, "/choose-role", "").await.1;
    let document = scraper::Html::parse_document(&page);
    let radio = scraper::Selector::parse("input[type=radio]").expect("a selector");
    let label = scraper::Selector::parse("label").expect("a selector");
    let editor = document.select(&label).find(|label| {
        let text: String = label.text().collect();
        text.contains("Editor") && text.contains(of)
    });
    let id = editor.expect("an editor can be chosen").value().attr("for").expect("a label's input");
    let input = document.select(&radio).find(|input| input.value().attr("id") == Some(id)).expect("the radio");
    let (name, value) = (input.value().attr("name").expect("a name"), input.value().attr("value").expect("a value"));
    let request = Request::post("/choose-role")
        .header(header::HOST, "127.0.0.1:8080")
        .header(header::ORIGIN, "http://127.0.0.1:8080")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(format!("{name}={value}")))
        .expect("a request");
    let response = router.clone().oneshot(request).await.expect("an answer");
    let cookie = response.headers().get(header::SET_COOKIE).expect("a session").to_str().expect("text");
    cookie.split(';').next().expect("a cookie").to_owned()
}

async fn get(router: &Router, address: &str, cookie: &str) -> (StatusCode, String) {
    let request = Request::get(address).header(header::HOST, "127.0.0.1:8080").header(header::COOKIE, cookie);
    let request = request.body(Body::empty()).expect("a request");
    let response = router.clone().oneshot(request).await.expect("an answer");
    let status = response.status();
    let body = to_bytes(response.into_body(), usize::MAX).await.expect("a body");
    (status, String::from_utf8_lossy(&body).into_owned())
}

/// Some addresses of every pattern that an editor reaches by following links from home.
async fn addresses(router: &Router, cookie: &str) -> Vec<String> {
    let link = scraper::Selector::parse("a[href]").expect("a selector");
    let begin = ["/", "/search?q=revenues", "/compare?organisation=ashmere&organisation=brackford"];
    let mut queue: VecDeque<String> = begin.into_iter().map(str::to_owned).collect();
    let mut seen: BTreeSet<String> = queue.iter().cloned().collect();
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    let mut addresses = Vec::new();
    while let Some(address) = queue.pop_front() {
        let times = taken.entry(pattern(&address)).or_default();
        if *times >= OF_A_PATTERN {
            continue;
        }
        *times += 1;
        let (status, body) = get(router, &address, cookie).await;
        if status != StatusCode::OK {
            continue;
        }
        addresses.push(address);
        let document = scraper::Html::parse_document(&body);
        for target in document.select(&link).filter_map(|link| link.value().attr("href")) {
            let target = target.split('#').next().unwrap_or_default();
            if target.starts_with('/') && !target.starts_with("/assets/") && seen.insert(target.to_owned()) {
                queue.push_back(target.to_owned());
            }
        }
    }
    addresses
}

/// An address without its query and with its identifiers taken out: pages of one pattern share handler and template.
fn pattern(address: &str) -> String {
    let path = address.split('?').next().unwrap_or(address);
    let parts: Vec<&str> = path.split('/').collect();
    let parts = parts.iter().enumerate().map(|(place, part)| {
        let parent = place.checked_sub(1).map_or("", |before| parts[before]);
        let id = ["organisations", "systems", "products", "contracts", "elements", "imports", "comparisons"]
            .contains(&parent)
            && (place == 2 || parent == "imports");
        let suffix = part.rfind('.').map_or("", |dot| &part[dot..]);
        if id { format!("{{id}}{suffix}") } else { (*part).to_owned() }
    });
    parts.collect::<Vec<_>>().join("/")
}
