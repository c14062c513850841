//! Every page of every subject, rendered with sample data and checked: one heading, labels, links, no styles, no text that
//! could not be translated.

use std::collections::BTreeSet;

use scraper::{ElementRef, Html, Selector};
use server::Product;
use testing::TestStore;
use web::{Endpoint, Shell, Visit};

use crate::addresses::pattern;

struct Rendered {
    name: String,
    html: Html,
}

fn product(store: &TestStore) -> Product {
    Product { demonstration: true, ..Product::new((**store).clone(), "http://127.0.0.1") }
}

fn rendered(product: &Product) -> Vec<Rendered> {
    let shell = Shell::new(product.site(), &product.templates()).unwrap();
    let visit = Visit::of("/sample");
    let mut pages = Vec::new();
    for slice in server::slices(product) {
        for sample in slice.samples {
            let name = format!("{}, {}", slice.name, sample.name);
            let html = shell.render(&sample.page, &visit).unwrap_or_else(|problem| panic!("{name}: {problem:?}"));
            pages.push(Rendered { html: Html::parse_document(&html), name });
        }
    }
    pages
}

fn all<'a>(html: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    html.select(&Selector::parse(selector).unwrap()).collect()
}

#[test]
fn every_sample_page_keeps_the_rules_of_a_page() {
    let store = testing::store(&server::migrations());
    let product = product(&store);
    let endpoints = product.endpoints();
    let pages = rendered(&product);
    assert!(pages.len() >= 25, "only {} pages have samples", pages.len());
    let mut faults = Vec::new();
    for Rendered { name, html } in &pages {
        let mut fault = |what: String| faults.push(format!("{name}: {what}"));
        let headings = all(html, "h1").len();
        if headings != 1 {
            fault(format!("{headings} headings of the first level"));
        }
        for element in all(html, "[style]") {
            fault(format!("a style attribute on {}", element.value().name()));
        }
        if all(html, "html[lang]").is_empty() || all(html, "title").is_empty() {
            fault("no language or no title".to_owned());
        }
        unlabelled(html).into_iter().for_each(|input| fault(format!("no label for {input}")));
        repeated(html).into_iter().for_each(|id| fault(format!("the id {id} stands twice")));
        dangling(html).into_iter().for_each(|id| fault(format!("something refers to #{id}, which is not there")));
        for link in unresolved(html, &endpoints) {
            fault(format!("{link} leads to no known address"));
        }
        for table in all(html, "table") {
            let captioned = table.select(&Selector::parse("caption").unwrap()).next().is_some();
            if !captioned && table.value().attr("aria-labelledby").is_none() {
                fault("a table without a caption".to_owned());
            }
        }
        for picture in all(html, "img:not([alt])") {
            fault(format!("{} without words", picture.html()));
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// Fields that have no label, by id.
fn unlabelled(html: &Html) -> Vec<String> {
    let labels: BTreeSet<&str> = all(html, "label[for]").iter().filter_map(|label| label.value().attr("for")).collect();
    let fields = all(html, "input:not([type=hidden]):not([type=submit]):not([type=button]), select, textarea");
    let labelled = |field: &ElementRef<'_>| {
        let value = field.value();
        let named = value.attr("aria-label").or(value.attr("aria-labelledby")).is_some_and(|name| !name.is_empty());
        named || value.attr("id").is_some_and(|id| labels.contains(id))
    };
    fields.iter().filter(|field| !labelled(field)).map(ElementRef::html).collect()
}

fn ids(html: &Html) -> Vec<&str> {
    html.select(&Selector::parse("[id]").unwrap()).filter_map(|element| element.value().attr("id")).collect()
}

fn repeated(html: &Html) -> Vec<String> {
    let mut seen = BTreeSet::new();
    ids(html).into_iter().filter(|id| !seen.insert(*id)).map(str::to_owned).collect()
}

/// Ids that something refers to and that are not on the page.
fn dangling(html: &Html) -> BTreeSet<String> {
    let known: BTreeSet<&str> = ids(html).into_iter().collect();
    let mut referred: BTreeSet<String> = BTreeSet::new();
    for attribute in ["for", "aria-labelledby", "aria-describedby"] {
        for element in all(html, &format!("[{attribute}]")) {
            let named = element.value().attr(attribute).unwrap_or_default();
            referred.extend(named.split_whitespace().map(str::to_owned));
        }
    }
    for link in all(html, "a[href^='#']") {
        referred.extend(link.value().attr("href").and_then(|href| href.strip_prefix('#')).map(str::to_owned));
    }
    referred.retain(|id| !id.is_empty() && !known.contains(id.as_str()));
    referred
}

/// Links and forms of this site that lead to no address that it answers with that method.
fn unresolved(html: &Html, endpoints: &[Endpoint]) -> BTreeSet<String> {
    let mut wrong = BTreeSet::new();
    let mut check = |method: &str, address: &str| {
        if address.starts_with('/') && !address.starts_with("/assets/") && !is_known(method, address, endpoints) {
            wrong.insert(format!("{method} {address}"));
        }
    };
    for link in all(html, "a[href]") {
        check("GET", link.value().attr("href").unwrap_or_default());
    }
    for form in all(html, "form") {
        let method = form.value().attr("method").unwrap_or("get").to_uppercase();
        check(&method, form.value().attr("action").unwrap_or_default());
    }
    wrong
}

/// Links that keep the page's own address begin with the sample's; following links in a running copy checks those.
fn is_known(method: &str, address: &str, endpoints: &[Endpoint]) -> bool {
    let of_sample =
        address.strip_prefix("/sample").is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '.', '#']));
    of_sample || pattern(method, address, endpoints).is_some()
}

#[test]
fn every_text_of_every_template_can_be_translated() {
    let store = testing::store(&server::migrations());
    let mut found = Vec::new();
    for template in product(&store).templates() {
        found.extend(
            web::untranslated_text(template.source).into_iter().map(|text| format!("{}: {text}", template.name)),
        );
    }
    // The names of formats are the same in every language.
    found.retain(|found| ![": CSV", ": JSON", ": SVG"].iter().any(|format| found.ends_with(format)));
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn subjects_do_not_share_addresses_templates_or_tables() {
    let store = testing::store(&server::migrations());
    let product = product(&store);
    let slices = server::slices(&product);
    let mut addresses = BTreeSet::new();
    for endpoint in product.endpoints() {
        assert!(addresses.insert((endpoint.method, endpoint.path)), "{} {} twice", endpoint.method, endpoint.path);
        assert!(!endpoint.what.is_empty() && endpoint.path.starts_with('/'), "{endpoint:?}");
    }
    let mut templates = BTreeSet::new();
    for template in product.templates() {
        assert!(templates.insert(template.name), "{} twice", template.name);
    }
    // Opening the database needs the tables before there are slices, so the list is kept twice: it must be the same.
    let of_slices: BTreeSet<_> =
        slices.iter().flat_map(|slice| slice.migrations).map(|m| (m.subject, m.number)).collect();
    let listed: BTreeSet<_> = server::migrations().iter().map(|m| (m.subject, m.number)).collect();
    assert_eq!(of_slices, listed);
}
