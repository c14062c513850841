//! Every text of a page passes through translation.

use std::collections::BTreeMap;

use axum::{body::Body, http::Method};
use scraper::{Html, Node};
use web::{Catalogue, Site, app, untranslated_text};

use crate::world::{FORM, LIST, get, routes, send, site, templates};

/// Texts of a page that stand outside `⟦…⟧` and are not data of the sample.
fn bare(html: &str, data: &[&str]) -> Vec<String> {
    let document = Html::parse_document(html);
    let mut found = Vec::new();
    for node in document.tree.nodes() {
        match node.value() {
            Node::Text(text) => {
                let parent = node
                    .parent()
                    .and_then(|parent| parent.value().as_element().map(|element| element.name().to_owned()));
                if !matches!(parent.as_deref(), Some("script" | "style")) {
                    found.push(text.to_string());
                }
            }
            Node::Element(element) => {
                found.extend(
                    element
                        .attrs()
                        .filter(|(name, _)| matches!(*name, "aria-label" | "title" | "alt" | "placeholder"))
                        .map(|(_, value)| value.to_owned()),
                );
            }
            _ => {}
        }
    }
    // The longest first, so that a name within a sentence does not spoil the sentence.
    let mut data = data.to_vec();
    data.sort_by_key(|text| std::cmp::Reverse(text.len()));
    let outside = |text: &String| {
        let mut left = String::new();
        let mut depth = 0;
        for c in text.chars() {
            match c {
                '⟦' => depth += 1,
                '⟧' => depth -= 1,
                c if depth == 0 => left.push(c),
                _ => {}
            }
        }
        for known in &data {
            left = left.replace(known, "");
        }
        left.split(|c: char| !c.is_alphabetic()).any(|word| word.chars().count() > 1)
    };
    found.into_iter().filter(outside).map(|text| text.trim().to_owned()).collect()
}

#[tokio::test]
async fn in_a_pseudo_language_no_text_of_the_shell_stays_english() {
    let site = Site { demonstration: true, ..site() };
    let app = app(site, templates(), routes().into_router()).unwrap();
    let sample = [
        "Commonhold",
        "Ashmere & Brackford councils",
        "help@ashmere.example",
        "Things",
        "Ashmere",
        "Rename",
        "Home",
        "Status",
        "Live",
        "Planned",
        "Ant",
        "Bee",
        "Dog",
        "cmd|' /C calc'!A0",
        "CSV",
        "XLSX",
        "SVG",
        "PNG",
        "JSON",
        "Enter a name",
        "Back",
        "Bin rounds was added.",
        "Undo",
        "Done <b>",
        "null",
        "Only editors of Ashmere may do this.",
    ];
    for target in [
        "/zz/things?status=live",
        "/zz/rename",
        "/zz/banner",
        "/zz/nothing",
        "/zz/fail/forbidden",
        "/zz/fail/panic",
        "/zz/fail/busy",
        "/zz/things?colour=red",
    ] {
        let page = send(&app, Method::GET, target, &[], Body::empty()).await;
        assert_eq!(page.attribute("html", "lang"), "zz", "{target}");
        assert!(page.text().contains("⟦Search everything⟧") || target.ends_with("banner"));
        assert_eq!(bare(&page.text(), &sample), Vec::<String>::new(), "{target}");
    }
    let headers = [("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "same-origin")];
    let page = send(&app, Method::POST, "/zz/rename", &headers, "name=").await;
    assert_eq!(bare(&page.text(), &sample), Vec::<String>::new());
    let english = send(&app, Method::GET, "/things", &[], Body::empty()).await;
    assert!(bare(&english.text(), &sample).contains(&"Search".to_owned()), "the check itself sees English");
}

#[tokio::test]
async fn data_is_never_translated_and_words_of_programs_are() {
    assert_eq!(get("/zz/things.json").await.json(), get("/things.json").await.json());
    assert_eq!(get("/zz/things.csv").await.bytes, get("/things.csv").await.bytes);
    assert_eq!(get("/spoken").await.says("h1"), "Nothing found for revs");
    assert_eq!(get("/spoken.json").await.json()[0], "1,200 matches");
    assert_eq!(get("/zz/spoken").await.says("h1"), "⟦Nothing found for revs⟧");
    assert_eq!(get("/zz/fail/busy.json").await.json()["title"], "⟦This service is busy⟧");
}

#[tokio::test]
async fn a_catalogue_is_enough_to_add_a_language() {
    let entries =
        [("Search everything", vec!["Chwilio popeth"]), ("{count} things", vec!["{count} peth", "{count} o bethau"])];
    let entries = entries.map(|(key, forms)| (key.to_owned(), forms.into_iter().map(str::to_owned).collect()));
    let welsh = Catalogue::new("cy", BTreeMap::from(entries), |count| usize::from(count > 4));
    let app = app(Site { catalogues: vec![welsh], ..site() }, templates(), routes().into_router()).unwrap();
    let page = send(&app, Method::GET, "/cy/things", &[], Body::empty()).await;
    assert_eq!(
        (page.attribute("html", "lang"), page.says("label[for=site-search]"), page.says("#count")),
        ("cy".into(), "Chwilio popeth".into(), "5 o bethau".into())
    );
    assert_eq!(page.says(".ch-filters button"), "Apply filters", "what the catalogue lacks stays English");
}

#[tokio::test]
async fn markup_in_translated_text_is_escaped_unless_marked_safe() {
    let page = get("/things?q=%3Cb%3E").await;
    assert!(!page.text().contains("<b>"));
}

#[test]
fn templates_have_no_bare_words() {
    for source in [
        include_str!("../../templates/page.html"),
        include_str!("../../templates/macros.html"),
        include_str!("../../templates/problem.html"),
        LIST,
        FORM,
    ] {
        assert_eq!(untranslated_text(source), Vec::<String>::new());
    }
}
