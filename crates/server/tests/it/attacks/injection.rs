//! What is typed stays text: in SQL, in pages, templates, spreadsheets, calendars, feeds, diagrams and letters; whether it is
//! shown at once or found again later. And odd, huge and repeated values are refused or kept, never stumbled over.

use std::io::Read;

use scraper::{Html, Selector};
use serde_json::Value;
use web::{Endpoint, Shape};

use super::{Answer, Demonstration, Known, Somebody, encoded, filled, percent};
use crate::browser::Browser;
use crate::place::{Place, demo};

/// An element that no page of ours has; where a page has one, or an attribute of this name, markup was let in.
const ELEMENT: &str = "zq-attack";
/// What a template would make of [`STORED`].
const RECKONED: &str = "1343433";
/// All in one, for what is kept: a formula, the ends of every quotation, markup, a template's words, SQL, another line.
const STORED: &str = "=zq+1\"'><zq-attack zq=1>{{191919*7}}${191919*7}' OR 1=1 --";

/// What is tried in every parameter.
const TYPED: [&str; 13] = [
    "zq\"'></title></textarea></select></script><zq-attack zq=1>",
    "zq\" zq=\"1",
    "zq' zq='1",
    "zq zq=1 >",
    "javascript:zq()",
    "{{191919*7}}{% include 'x' %}${191919*7}#{191919*7}",
    "zq' OR 'a'='a",
    "zq\" OR \"a\"=\"a",
    "zq'; DROP TABLE system; --",
    "zq' UNION SELECT email FROM person --",
    "\u{202e}zq\u{2066}\u{200b}\u{feff}",
    "zq\u{0}zq",
    "%_\\zq\u{1f9e8}e\u{301}\u{301}\u{301}",
];

/// Markup that is not ours.
fn markup(seen: &Answer) -> Option<String> {
    let text = seen.text();
    if text.contains(RECKONED) {
        return Some("a template reckoned what was typed".to_owned());
    }
    if seen.is_page() {
        return in_page(&text);
    }
    let kind = seen.header("content-type");
    let is_xml = kind.contains("xml") && !kind.contains("openxml");
    (is_xml && text.contains(&format!("<{ELEMENT}"))).then(|| format!("{kind} has the element"))
}

fn in_page(html: &str) -> Option<String> {
    let page = Html::parse_document(html);
    let odd = [
        format!("{ELEMENT}, [zq]"),
        "[href^='javascript:' i], [src^='javascript:' i], [action^='javascript:' i]".to_owned(),
    ];
    odd.iter().find_map(|odd| page.select(&Selector::parse(odd).unwrap()).next().map(|found| found.html()))
}

/// What is wrong with an answer, whatever was sent.
fn fault(seen: &Answer) -> Option<String> {
    match seen.status {
        0 => Some("no answer".to_owned()),
        status if status >= 500 => Some(format!("{status}: {}", seen.text().chars().take(300).collect::<String>())),
        _ => markup(seen),
    }
}

/// Every parameter of every address with everything, and every field of every write with what breaks out of a statement.
fn typed_everywhere(endpoints: &[Endpoint], who: &Somebody, known: &Known) -> Vec<String> {
    let mut faults = Vec::new();
    let mut tell = |what: String, seen: &Answer| {
        let what: String = what.chars().take(200).collect();
        faults.extend(fault(seen).map(|fault| format!("{what}: {fault}")));
    };
    let huge = "zq".repeat(4_000);
    for endpoint in endpoints.iter().filter(|endpoint| endpoint.method == "GET") {
        let address = known.address(endpoint.path);
        let total = |name: &str, value: &str| -> Option<u64> {
            let seen = who.get(&format!("{address}.json?{name}={}", percent(value)));
            serde_json::from_slice::<Value>(&seen.body).ok()?["total"].as_u64()
        };
        for name in endpoint.parameters {
            for value in TYPED.iter().copied().chain([huge.as_str()]) {
                let target = format!("{address}?{name}={}", percent(value));
                tell(format!("GET {target}"), &who.get(&target));
            }
            for query in [
                format!("{name}=%ff%fe%c0%80"),
                (*name).to_owned(),
                format!("{name}="),
                format!("{name}=zq&{name}=zq&{name}=%27"),
                format!("{name}[]=zq"),
                format!("{name}%00=zq"),
            ] {
                tell(format!("GET {address}?{query}"), &who.get(&format!("{address}?{query}")));
            }
            if let Some(nothing) = total(name, "zqzqzqzq") {
                for value in
                    ["zqzqzqzq' OR 'a'='a", "zqzqzqzq') OR ('a'='a", "zqzqzqzq' OR 1=1 --", "zqzqzqzq\" OR \"a\"=\"a"]
                {
                    let found = total(name, value);
                    if found.is_some_and(|found| found > nothing) {
                        tell(format!("GET {address}.json?{name}={value} finds {found:?}, not {nothing}"), &no_answer());
                    }
                }
            }
        }
        // In place of an id, and as a parameter that nobody declared.
        for value in TYPED {
            let target = endpoint
                .path
                .split('/')
                .map(|part| if part.starts_with('{') { percent(value) } else { part.to_owned() });
            let target = target.collect::<Vec<_>>().join("/");
            tell(format!("GET {target}"), &who.get(&target));
        }
        tell(format!("GET {address}?{STORED}"), &who.get(&format!("{address}?{}=1", percent(STORED))));
    }
    for endpoint in endpoints.iter().filter(|endpoint| endpoint.method == "POST" && endpoint.path != "/sign-out") {
        let address = known.address(endpoint.path);
        let fields = filled(endpoint);
        for value in ["zq' OR 'a'='a", "zq\u{0}zq", &huge, "\u{202e}\u{feff}", "9".repeat(400).as_str(), "-1", "1e999"]
        {
            let form = encoded(fields.iter().map(|(name, _)| (name.as_str(), value)));
            tell(format!("POST {address} with {value:?}"), &who.post(&address, &form));
        }
        // The same several times, under names that nobody declared, and in bytes that are no text.
        let twice = format!("{0}&{0}", encoded(fields.iter().map(|(name, value)| (name.as_str(), value.as_str()))));
        for form in [twice.as_str(), "%00=%00", "zq%22%3E%3Czq-attack%3E=1", "name=%ff%fe", "&&&==&=", "%"] {
            tell(format!("POST {address} with {form}"), &who.post(&address, form));
        }
        let deep = format!("{{\"name\":{}{}}}", "[".repeat(50_000), "]".repeat(50_000));
        for json in [
            deep.as_str(),
            "{\"name\":{\"$gt\":\"\"}}",
            "[]",
            "null",
            "{\"name\":1e999}",
            "{\"__proto__\":{}}",
            "\u{feff}{}",
            "{\"name\":\"\\ud800\"}",
        ] {
            let seen = who.post_json(&address, json);
            tell(format!("POST {address} with {}", &json[..json.len().min(40)]), &seen);
        }
    }
    faults
}

fn no_answer() -> Answer {
    Answer { status: 0, headers: Vec::new(), body: Vec::new() }
}

/// The cells of a CSV file (RFC 4180).
fn cells(text: &str) -> Vec<String> {
    let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    let mut letters = text.chars().peekable();
    while let Some(c) = letters.next() {
        match (c, quoted) {
            ('"', true) if letters.peek() == Some(&'"') => {
                letters.next();
                cell.push('"');
            }
            ('"', _) => quoted = !quoted,
            (',' | '\n', false) => cells.push(std::mem::take(&mut cell)),
            ('\r', false) => {}
            (c, _) => cell.push(c),
        }
    }
    cells.push(cell);
    cells
}

/// What is wrong with a file that others open.
fn file_fault(seen: &Answer, suffix: &str) -> Option<String> {
    match suffix {
        ".csv" if !seen.header("content-type").starts_with("text/csv") => None,
        ".csv" => {
            let formula = |cell: &String| {
                let shown = cell.trim_start_matches(|c: char| c.is_whitespace() || c.is_control());
                let number = shown.parse::<f64>().is_ok();
                shown.starts_with(['=', '+', '-', '@']) && !number
            };
            cells(&seen.text()).into_iter().find(formula).map(|cell| format!("the cell {cell:?} is a formula"))
        }
        ".xlsx" if !seen.header("content-type").contains("spreadsheetml") => None,
        ".xlsx" => parts(&seen.body).into_iter().find_map(|(name, text)| {
            let odd = ["<f>", "<f ", "<zq-attack", "TargetMode=\"External\" Target=\"javascript", RECKONED];
            odd.iter().find(|odd| text.contains(**odd)).map(|odd| format!("{name} holds {odd}"))
        }),
        ".ics" => {
            let unfolded = seen.text().replace("\r\n ", "");
            let odd = unfolded
                .split("\r\n")
                .find(|line| line.starts_with("ATTACH") || line.starts_with("zq") || line.contains('\n'));
            odd.map(|line| format!("the line {line:?}"))
        }
        _ => None,
    }
}

/// The parts of a workbook.
pub fn parts(bytes: &[u8]) -> Vec<(String, String)> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("a workbook");
    let count = archive.len();
    let mut part = |at: usize| {
        let mut file = archive.by_index(at).unwrap();
        let (name, mut text) = (file.name().unwrap().into_owned(), Vec::new());
        file.read_to_end(&mut text).unwrap();
        (name, String::from_utf8_lossy(&text).into_owned())
    };
    (0..count).map(&mut part).collect()
}

#[test]
fn what_is_typed_stays_text_in_every_answer() {
    let demonstration = Demonstration::start();
    let (editor, steward) = (demonstration.somebody("Editor at Ashmere"), demonstration.somebody("Steward at Ashmere"));
    let operator = demonstration.somebody("Operator at Colne");
    let known = Known::by_looking(
        &demonstration.endpoints,
        &[(&steward, "/"), (&editor, "/organisations/ashmere"), (&operator, "/operator")],
    );
    let mut faults = stored(&demonstration, &steward, &operator, &known);
    faults.extend(typed_everywhere(&demonstration.endpoints, &editor, &known));
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    demonstration.stop();
}

/// Saves the same text in every field of every write, one field at a time so that the others are as they should be; then
/// looks at everything, in every format.
fn stored(demonstration: &Demonstration, steward: &Somebody, operator: &Somebody, known: &Known) -> Vec<String> {
    let mut faults = Vec::new();
    let whose = |endpoint: &Endpoint| if endpoint.access.who().contains("operator") { operator } else { steward };
    // Before anything else, a system and a contract of whose every text it is.
    let every = [
        "name",
        "description",
        "version",
        "modules",
        "hosting",
        "data_model",
        "support_model",
        "business_owner",
        "technical_owner",
        "notes",
        "contract_title",
        "contract_reference",
        "contract_supplier",
        "extension_options",
        "supplier",
        "product",
    ];
    let made = steward.post("/organisations/ashmere/systems/new", &encoded([("name", STORED)]));
    assert_eq!(made.status, 303, "{}", made.text());
    let system = made.header("location").split('?').next().unwrap().to_owned();
    let form = encoded(every.iter().map(|name| (*name, STORED)).chain([("contract_end", "2027-03-31")]));
    let edited = steward.post(&format!("{system}/edit"), &form);
    assert_eq!(edited.status, 303, "{}", edited.text());
    let csv = format!(
        "System,Supplier,Product,Contract end\n\"{0}\",\"{0}\",\"{0}\",31/03/2027\n",
        STORED.replace('"', "\"\"")
    );
    let sent = steward.upload("ashmere", &format!("{STORED}.csv"), csv.as_bytes());
    faults.extend(fault(&sent).map(|fault| format!("upload: {fault}")));
    let leaves = ["/sign-out", "/account/sign-out-elsewhere", "/account/erase", "/see-as"];
    for endpoint in demonstration.writes().filter(|endpoint| !leaves.contains(&endpoint.path)) {
        let address = known.address(endpoint.path);
        let text = |name: &&&'static str| {
            !matches!(endpoint.word(name).map(|word| word.shape), Some(Shape::OneOf(_) | Shape::Day))
        };
        for name in endpoint.fields.iter().filter(text) {
            let fields = filled(endpoint);
            let value = |known: &str, value: &str| if known == *name { STORED.to_owned() } else { value.to_owned() };
            let fields: Vec<(String, String)> =
                fields.iter().map(|(known, own)| (known.clone(), value(known, own))).collect();
            let form = encoded(fields.iter().map(|(name, value)| (name.as_str(), value.as_str())));
            let seen = whose(endpoint).post(&address, &form);
            faults.extend(fault(&seen).map(|fault| format!("POST {address} with {name}: {fault}")));
        }
    }
    let again = Known::by_looking(&demonstration.endpoints, &[(steward, "/"), (operator, "/operator")]);
    let more = [
        "/outbox",
        "/account",
        "/account/export",
        "/account/tokens",
        "/operator/people",
        "/operator/organisations",
        &system,
    ];
    let addresses = known.all().chain(again.all()).map(|(_, address)| address).chain(more);
    let (mut looked, mut holding) = (0, 0);
    for address in addresses {
        for who in [steward, operator] {
            let suffixes: &[&str] =
                if address == "/" || address.contains('.') { &[""] } else { &["", ".json", ".csv", ".xlsx", ".svg"] };
            for suffix in suffixes {
                let seen = who.get(&format!("{address}{suffix}"));
                looked += 1;
                if seen.status == 200 {
                    let suffix = if address.ends_with(".ics") { ".ics" } else { suffix };
                    let held = seen.text().contains("zq-attack")
                        || (seen.header("content-type").contains("spreadsheetml")
                            && parts(&seen.body).iter().any(|(_, text)| text.contains("zq-attack")));
                    holding += usize::from(held);
                    faults.extend(file_fault(&seen, suffix).map(|fault| format!("GET {address}{suffix}: {fault}")));
                }
                faults.extend(fault(&seen).map(|fault| format!("GET {address}{suffix}, {}: {fault}", who.name)));
            }
        }
    }
    assert!(looked > 300 && holding > 40, "too few to show anything: {holding} of {looked} hold it");
    let letters: Value = serde_json::from_slice(&operator.get("/outbox.json").body).unwrap();
    for letter in letters["messages"].as_array().unwrap() {
        let html = letter["html"].as_str().unwrap_or_default();
        faults.extend(in_page(html).map(|found| format!("a letter has {found}")));
    }
    faults
}

#[test]
fn both_engines_take_what_is_typed_for_text() {
    let place = Place::with_people();
    place.run(&["import", "estate", &demo("ashmere-systems.xlsx"), "--organisation", "ashmere"]).with(0);
    let invited = ["invite", "jo@ashmere.example", "--name", "Jo", "--role", "editor", "--organisation", "ashmere"];
    let told = place.run(&[&invited[..], &["--json"]].concat()).with(0).json();
    let link = told["link"].as_str().unwrap();
    let link = link[link.find("/invitations/").unwrap()..].to_owned();
    let serving = place.serve(&["serve", "--requests-a-minute", "0"]);
    let mut browser = Browser::new(&serving.address);
    assert_eq!(browser.post(&link, &[]).status, 303);
    let editor = Somebody::at(&serving.address, browser, "an editor");
    let endpoints = crate::addresses::endpoints();
    let known = Known::by_looking(&endpoints, &[(&editor, "/")]);
    assert!(known.all().count() > 40, "only {} kinds of addresses", known.all().count());
    let faults = typed_everywhere(&endpoints, &editor, &known);
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    serving.stop().with(0);
    place.run(&["doctor"]).with(0);
}

#[test]
fn what_was_let_in_is_found() {
    for page in ["<p><zq-attack>", "<a zq=\"1\">", "<a href=' '><a href='JavaScript:zq()'>"] {
        assert!(in_page(page).is_some(), "{page}");
    }
    for page in ["<p>&lt;zq-attack&gt;", "<a title=\"' zq='1\">", "<a href=\"/x?javascript:zq()\">"] {
        assert!(in_page(page).is_none(), "{page}");
    }
    assert_eq!(cells("a,\"b \"\"c\"\",\n=d\"\r\n=e"), ["a", "b \"c\",\n=d", "=e"]);
    let kind = ("content-type".to_owned(), "text/csv".to_owned());
    let file = |text: &str| Answer { status: 200, headers: vec![kind.clone()], body: text.as_bytes().to_vec() };
    assert!(
        file_fault(&file("a,=1+1\r\n"), ".csv").is_some() && file_fault(&file("a,'=1+1,-3.50\r\n"), ".csv").is_none()
    );
}
