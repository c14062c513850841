//! What the design promises, measured: `cargo xtask bench`. Release build, SQLite, warm, everything in one process and in
//! one run. It prints what it saw beside the promise and their ratio; it passes no judgement, so it is no timed test.
//!
//! Pages are asked for through the whole application (routing, session, permission, database, template), signed in as an
//! editor, without a network in between. The answers that go across councils are measured twice: on the demonstration, and on
//! a [`region`] of 100 councils with 300 systems each.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a benchmark may stop")]

mod region;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use rust_xlsxwriter::Workbook;
use server::import::{self, estate};
use server::{Product, app, demonstration, migrations};
use store::{Location, Store};
use tower::ServiceExt;
use vocabulary::{Chance, Clock};

/// Files brought in, each into an organisation of its own, and requests of each address.
const FILES: usize = 9;
const REQUESTS: usize = 60;
/// Addresses of one pattern that are measured.
const OF_A_PATTERN: usize = 5;
/// How often the demonstration is loaded.
const LOADS: usize = 3;
/// The large world.
const REGION: region::Region = region::Region { councils: 100, systems: 300, seed: 20_261_124 };

fn main() {
    // Cargo gives `--bench`; words name the parts wanted: `cargo bench -p server -- region`.
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let is_wanted = |part: &str| wanted.is_empty() || wanted.iter().any(|word| part.contains(word));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let database = |name: &str| open(&folder.path().join(name));
    if is_wanted("spreadsheets") {
        spreadsheets(&database("spreadsheets.sqlite"));
    }
    if is_wanted("loading") {
        loading((0..LOADS).map(|load| database(&format!("loading-{load}.sqlite"))));
    }
    if is_wanted("pages") {
        pages(&database("pages.sqlite"));
    }
    if is_wanted("region") {
        large(&database("region.sqlite"));
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
    let mut times = Vec::new();
    for council in 0..FILES {
        let file = estate::EstateFile { name: "systems.xlsx".to_owned(), bytes: bytes.clone(), source: None };
        let started = Instant::now();
        let imported =
            estate::bring_in(store, &format!("council-{council}"), file, &clock, &chance).expect("an import");
        times.push(started.elapsed());
        assert_eq!(imported.systems.new, 500, "every row is a system");
    }
    times.sort();
    println!("Spreadsheet of 500 systems, 16 columns ({} KB), file to committed, {FILES} files:", bytes.len() / 1024);
    tell("  import estate", &times, Duration::from_secs(1));
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

fn loading(stores: impl Iterator<Item = Store>) {
    let load = |store: Store| {
        let started = Instant::now();
        demonstration::load(&store, &Clock::System, &Chance::System, |_| {}).expect("the county");
        started.elapsed()
    };
    let mut times: Vec<Duration> = stores.map(load).collect();
    times.sort();
    println!("\nThe whole demonstration into an empty database, {LOADS} times:");
    tell("  demonstration", &times, Duration::from_secs(5));
}

/// The whole application on this database, where anyone may be anyone, and what runs it.
fn application(store: &Store) -> (Router, tokio::runtime::Runtime) {
    let mut product = Product::new(store.clone(), "http://127.0.0.1:8080");
    product.demonstration = true;
    let router = app(&product).expect("the application");
    (router, tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime"))
}

fn pages(store: &Store) {
    demonstration::load(store, &Clock::System, &Chance::System, |_| {}).expect("the county");
    let (router, runtime) = application(store);
    runtime.block_on(async {
        let cookie = become_editor(&router, "Ashmere").await;
        println!("\nAnswers across the councils of the demonstration, as an editor, {REQUESTS} requests of each:");
        answers(&router, &cookie, "ashmere", Duration::from_millis(20)).await;
        measure_pages(&router, &cookie).await;
    });
}

/// The region, and its people: one editor of the first council.
fn large(store: &Store) {
    let clock = Clock::System;
    import::reference(store, &clock).expect("reference data");
    let started = Instant::now();
    region::load(store, REGION, clock.now());
    println!(
        "\nA region of {} councils with {} systems each, written in {:.1} s. The same answers there:",
        REGION.councils,
        REGION.systems,
        started.elapsed().as_secs_f64()
    );
    let first = region::council(1);
    let people = format!("email,name,organisation,role\neditor@region.example,The editor,{first},editor\n");
    import::people(store, people.as_bytes(), &clock, &Chance::System).expect("people");
    let (router, runtime) = application(store);
    runtime.block_on(async {
        let cookie = become_editor(&router, "").await;
        answers(&router, &cookie, &first, Duration::from_millis(100)).await;
    });
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
        ("who is most alike: an organisation's page", format!("/organisations/{own}")),
        ("LGAM map of all", "/map".to_owned()),
        ("search for a need", "/search?q=revenues".to_owned()),
        ("search for a product", "/search?q=microsoft+365".to_owned()),
    ];
    for (what, address) in named {
        let (status, _) = get(router, &address, cookie).await;
        if status != StatusCode::OK {
            println!("  {what}: not measured, {address} answers {status}");
            continue;
        }
        let mut times = Vec::new();
        let before = processor();
        for _ in 0..REQUESTS {
            let started = Instant::now();
            get(router, &address, cookie).await;
            times.push(started.elapsed());
        }
        let used = processor().zip(before).map(|(after, before)| (after - before).as_secs_f64() * 1000.0);
        times.sort();
        let used = used.map_or(String::new(), |used| format!(" (processor {:.1} ms each)", used / REQUESTS as f64));
        tell(&format!("  {what}{used}"), &times, promise);
    }
}

async fn measure_pages(router: &Router, cookie: &str) {
    let addresses = addresses(router, cookie).await;
    let mut all = Vec::new();
    let mut by_pattern: BTreeMap<String, Vec<Duration>> = BTreeMap::new();
    for address in &addresses {
        get(router, address, cookie).await;
        let times = by_pattern.entry(pattern(address)).or_default();
        for _ in 0..REQUESTS {
            let started = Instant::now();
            get(router, address, cookie).await;
            times.push(started.elapsed());
        }
    }
    println!(
        "\nPages of the demonstration, signed in as an editor, {REQUESTS} requests of each of {} addresses:",
        addresses.len()
    );
    for (pattern, times) in &mut by_pattern {
        times.sort();
        tell(&format!("  {pattern}"), times, Duration::from_millis(20));
        all.extend_from_slice(times);
    }
    all.sort();
    tell("  all", &all, Duration::from_millis(20));
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

/// The time that this process has had from its processors, where the system tells it (Linux). Times on the clock also hold
/// what else the machine does; on a busy machine this is what a page costs.
fn processor() -> Option<Duration> {
    let said = std::fs::read_to_string("/proc/self/stat").ok()?;
    // After the name, which is in brackets: user and system time are the 12th and 13th, in hundredths of a second.
    let mut fields = said.rsplit(')').next()?.split_whitespace().skip(11);
    let mut hundredths = || fields.next()?.parse::<u64>().ok();
    Some(Duration::from_millis(10 * (hundredths()? + hundredths()?)))
}

/// Median and 95th percentile of sorted times, beside a promise for the latter.
fn tell(what: &str, times: &[Duration], promise: Duration) {
    let at = |percent: usize| times[(times.len() * percent / 100).min(times.len() - 1)];
    let millis = |time: Duration| time.as_secs_f64() * 1000.0;
    let (median, high) = (at(50), at(95));
    println!(
        "{what:<70} median {:>8.2} ms   95th {:>8.2} ms   {:>5.2} of the promised {} ms",
        millis(median),
        millis(high),
        high.as_secs_f64() / promise.as_secs_f64(),
        promise.as_millis()
    );
}
