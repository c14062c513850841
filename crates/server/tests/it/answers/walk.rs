//! Somebody who follows links from page to page, asks each address in every format, and looks at every form.

use std::collections::{BTreeMap, BTreeSet};

use scraper::{Html, Selector};
use serde_json::Value;
use web::{Endpoint, Shape};

use super::shape::{merged, shape, shortened};
use crate::addresses::pattern;
use crate::browser::Browser;

/// Formats by their suffixes.
pub const FORMATS: [&str; 5] = ["json", "csv", "xlsx", "svg", "png"];
/// How many values of a parameter are asked, on the first address of its kind: each is checked by the subject that takes it.
const MOST_VALUES: usize = 8;
/// How many of one kind are asked one by one.
const SAMPLES: usize = 60;

/// Every `id` within.
fn collect_ids<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect_ids(item, found)),
        Value::Object(members) => {
            found.extend(members.get("id").and_then(Value::as_str));
            members.values().for_each(|member| collect_ids(member, found));
        }
        _ => {}
    }
}

/// What was found out of an address.
#[derive(Default)]
pub struct Found {
    pub formats: BTreeSet<usize>,
    pub file: Option<String>,
    pub led: bool,
    pub shape: Option<Value>,
    pub example: Option<Value>,
    pub asked: usize,
    /// With which parameters it was asked in every format: what there is to take away may depend on them.
    whole: BTreeSet<BTreeSet<String>>,
    /// Who was answered, by their place among those who ask, and at which address.
    pub answered: Vec<(usize, String)>,
}

/// Somebody who asks, and what they come to.
pub struct Walk<'a> {
    pub endpoints: &'a [Endpoint],
    pub found: BTreeMap<&'static str, Found>,
    /// The place of whoever asks now.
    pub who: usize,
    /// Controls of forms that send what their address does not take.
    pub odd_controls: BTreeSet<String>,
    /// How many controls were looked at.
    pub controls: usize,
}

impl Walk<'_> {
    fn kind(&self, address: &str) -> String {
        pattern("GET", address, self.endpoints).unwrap_or(address).to_owned()
    }

    /// Asks one address in every format, and others of its kind with the same parameters in JSON only.
    pub fn ask(&mut self, browser: &Browser, address: &str) {
        let Some(known) = pattern("GET", address, self.endpoints) else { return };
        let (path, query) = address.split_once('?').map_or((address, ""), |(path, query)| (path, query));
        let path = FORMATS.iter().find_map(|format| path.strip_suffix(&format!(".{format}"))).unwrap_or(path);
        let query = if query.is_empty() { String::new() } else { format!("?{query}") };
        let found = self.found.entry(known).or_default();
        found.asked += 1;
        let given = |pair: &str| {
            let (name, value) = pair.split_once('=')?;
            (!value.is_empty()).then(|| name.to_owned())
        };
        let new = found.whole.insert(query.trim_start_matches('?').split('&').filter_map(given).collect());
        let formats = if new || found.formats.is_empty() { &FORMATS[..] } else { &FORMATS[..1] };
        for (place, format) in formats.iter().enumerate() {
            let seen = browser.get(&format!("{path}.{format}{query}"));
            if (seen.status, *format) == (200, "json") {
                found.answered.push((self.who, format!("{path}.json{query}")));
            }
            match (seen.status, *format) {
                // The description does not describe itself: that is what OpenAPI's own schema is for.
                (200, "json") if known.starts_with("/openapi") => drop(found.formats.insert(place)),
                (200, "json") if seen.kind.starts_with("application/json") => {
                    let answer: Value = serde_json::from_str(&seen.body).unwrap();
                    let now = shape(&answer);
                    found.shape = Some(found.shape.take().map_or_else(|| now.clone(), |known| merged(&known, &now)));
                    // The one that says most stands for all.
                    let short = shortened(&answer);
                    let size = |value: &Value| value.to_string().len();
                    if found.example.as_ref().is_none_or(|known| size(known) < size(&short)) {
                        found.example = Some(short);
                    }
                    found.formats.insert(place);
                }
                (200, _) if seen.kind.starts_with("text/html") => panic!("{path}.{format} is a page"),
                (200, "json") => {
                    found.file = Some(seen.kind.clone());
                    break;
                }
                (200, _) => {
                    found.formats.insert(place);
                }
                (303, _) => found.led = true,
                (307 | 400 | 401 | 404 | 406 | 410, _) => {}
                (status, _) => panic!("{path}.{format}{query} answered {status}: {}", seen.body),
            }
        }
    }

    /// Asks many of one kind, since one of them alone does not say what may be missing or be another type.
    pub fn sample(&mut self, browser: &Browser, list: &str, member: &str, of: &str) {
        let listed: Value = serde_json::from_str(&browser.get(list).body).unwrap();
        let mut ids = Vec::new();
        collect_ids(&listed[member], &mut ids);
        assert!(!ids.is_empty(), "{list} lists nothing in {member}");
        for id in ids.into_iter().take(SAMPLES) {
            self.ask(browser, &format!("{of}/{id}"));
            if of == "/systems" {
                self.ask(browser, &format!("{of}/{id}/edit"));
            }
        }
    }

    /// Whether each form of a page sends only what is declared where it goes.
    fn look_at_forms(&mut self, address: &str, body: &str) {
        let select = |css: &str| Selector::parse(css).unwrap();
        for form in Html::parse_document(body).select(&select("form")) {
            let method = form.value().attr("method").unwrap_or("get").to_uppercase();
            let buttons: Vec<_> =
                form.select(&select("[formaction]")).filter_map(|b| b.value().attr("formaction")).collect();
            let action = form.value().attr("action").filter(|action| !action.is_empty()).unwrap_or(address);
            for to in buttons.into_iter().chain([action]) {
                let Some(endpoint) = pattern(&method, to, self.endpoints)
                    .and_then(|path| self.endpoints.iter().find(|known| known.method == method && known.path == path))
                else {
                    self.odd_controls.insert(format!("{address}: {method} {to} is no address"));
                    continue;
                };
                let known = if method == "POST" { endpoint.fields } else { endpoint.parameters };
                let takes = |name: &str| {
                    known
                        .iter()
                        .any(|known| known.strip_suffix('*').map_or(*known == name, |start| name.starts_with(start)))
                };
                for control in form.select(&select("[name]")).filter_map(|control| control.value().attr("name")) {
                    self.controls += 1;
                    if !takes(control) && !endpoint.any_parameters {
                        self.odd_controls
                            .insert(format!("{method} {}: {control} is sent, and not declared", endpoint.path));
                    }
                }
            }
        }
    }

    /// Follows links, and asks with every value that is declared.
    pub fn follow(&mut self, browser: &Browser, start: &str) {
        let pages = browser.follow_links(start, 2, |address| self.kind(address));
        for (address, page) in pages {
            if page.kind.starts_with("text/html") {
                self.look_at_forms(&address, &page.body);
            }
            self.ask(browser, &address);
            let Some(endpoint) = self.endpoints.iter().find(|endpoint| {
                endpoint.method == "GET" && Some(endpoint.path) == pattern("GET", &address, self.endpoints)
            }) else {
                continue;
            };
            if page.status != 200 || self.found.get(endpoint.path).is_some_and(|found| found.asked > 1) {
                continue;
            }
            let path = address.split('?').next().unwrap();
            for name in endpoint.parameters {
                // As a form sends what was not chosen.
                self.ask(browser, &format!("{path}?{name}="));
                match endpoint.word(name).map(|word| word.shape) {
                    Some(Shape::OneOf(values)) => {
                        values
                            .iter()
                            .take(MOST_VALUES)
                            .for_each(|value| self.ask(browser, &format!("{path}?{name}={value}")));
                    }
                    Some(Shape::Day) => self.ask(browser, &format!("{path}?{name}=2026-01-01")),
                    _ => {}
                }
            }
        }
    }
}
