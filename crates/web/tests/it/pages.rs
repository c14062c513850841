//! The shell around every page, and the shared macros.

use axum::{body::Body, http::Method};
use vocabulary::Reader;
use web::{NavigationItem, Page, Shell, Site, Template, Visit, app};

use crate::world::{get, get_with, routes, send, site, templates};

#[tokio::test]
async fn a_page_says_whose_it_is_and_where_it_stands() {
    let page = get("/things").await;
    assert_eq!(page.says("title"), "Things – Ashmere – Commonhold");
    assert_eq!(page.attribute("html", "lang"), "en");
    assert_eq!(page.says(".govuk-generic-header strong"), "Ashmere & Brackford councils");
    assert_eq!(page.says(".govuk-service-navigation__service-name"), "Commonhold");
    assert_eq!(page.says("[aria-current=page]"), "Things");
    assert_eq!(page.says(".govuk-service-navigation__list"), "Things Other Sign in");
    assert_eq!(page.says(".govuk-breadcrumbs"), "Home");
    assert_eq!(page.count("body.ch-wide"), 1);
    assert_eq!(page.says("#before"), "Before");
    assert_eq!(page.count("main h1"), 1);
    assert_eq!(page.attribute(".ch-search", "action"), "/search");
    assert_eq!(page.says("label[for=site-search]"), "Search everything");
    assert_eq!(page.says(".govuk-footer__inline-list"), "Accessibility");
    assert_eq!(
        page.says(".govuk-footer__meta-custom"),
        "Run by Ashmere & Brackford councils. Contact: help@ashmere.example. Commonhold, version 1.2.3."
    );
    assert_eq!(page.says(".ch-print-only"), "Printed from /things on 31 March 2027");
    assert_eq!(page.count(".govuk-phase-banner"), 0);
    for crown in ["crown", "crest", "GOV.UK"] {
        assert!(!page.text().contains(crown), "{crown}");
    }
    assert_eq!(get("/rename").await.count(".govuk-grid-column-two-thirds form"), 1);
}

#[tokio::test]
async fn a_signed_in_reader_has_an_account_on_every_page() {
    for target in ["/things", "/nothing", "/fail/forbidden"] {
        let page = get_with(target, &[("x-who", "editor")]).await;
        assert_eq!(page.says(".govuk-service-navigation__list"), "Things Other Your work Account", "{target}");
    }
    let me = get_with("/me", &[("x-who", "editor")]).await;
    assert_eq!(me.says("[aria-current=true]"), "Account");
    assert_eq!(get_with("/me.json", &[("x-who", "nobody")]).await.json()["signed_in"], true);
    assert_eq!(get("/me.json").await.json()["signed_in"], false);
}

#[tokio::test]
async fn the_demonstration_says_so_and_an_unnamed_copy_is_called_commonhold() {
    let site = Site { demonstration: true, owner: None, contact: None, ..site() };
    let app = app(site, templates(), routes().into_router()).unwrap();
    let page = send(&app, Method::GET, "/things", &[], Body::empty()).await;
    assert_eq!(
        page.says(".govuk-phase-banner"),
        "Demonstration Everything here is invented. Choose who to be · Outbox"
    );
    assert_eq!(page.says(".govuk-generic-header"), "Commonhold");
    assert_eq!(page.count(".govuk-service-navigation__service-name"), 0);
    assert_eq!(page.says(".govuk-footer__meta-custom"), "Commonhold, version 1.2.3.");
}

#[tokio::test]
async fn success_is_said_once_with_its_undo() {
    let page = get("/banner").await;
    assert_eq!(page.says(".govuk-notification-banner--success"), "Success Bin rounds was added. Undo");
    assert_eq!(page.attribute(".govuk-notification-banner__link", "href"), "/undo");
    assert_eq!(page.count(".ch-search"), 0, "the page has its own search");
    assert_eq!(page.says("h1"), "Done <b>");
}

fn rendered(source: &'static str, page: Page) -> String {
    let shell = Shell::new(site(), &[Template { name: "sample/macros.html", source }]).unwrap();
    shell.render(&page, &Visit { query: "sort=name&after=zz".to_owned(), ..Visit::of("/here") }).unwrap()
}

fn between(html: &str) -> String {
    let (_, rest) = html.split_once("[[").unwrap();
    rest.split_once("]]").unwrap().0.split_whitespace().collect::<Vec<_>>().join(" ")
}

macro_rules! macros {
    ($source:literal) => {
        between(&rendered(
            concat!(
                r#"{% extends "web/page.html" %}{% import "web/macros.html" as ch %}{% block main %}[["#,
                $source,
                "]]{% endblock %}"
            ),
            Page::new("sample/macros.html", "Macros").extra("html", "<b>").extra("none", ()),
        ))
    };
}

#[test]
fn macros_do_what_pages_expect() {
    assert_eq!(
        macros!(r#"{{ ch.tag("Live & well", "green") }}"#),
        r#"<strong class="govuk-tag govuk-tag--green"> Live &amp; well </strong>"#
    );
    assert_eq!(
        macros!(r#"{{ ch.status("one_side_only") }}"#),
        r#"<strong class="govuk-tag govuk-tag--grey"> One side only </strong>"#
    );
    assert_eq!(
        macros!(r#"{{ ch.status(none) }},{{ ch.status("Nobody") }},{{ ch.status("<odd>") }}"#),
        "Not known,Nobody,&lt;odd&gt;"
    );
    assert_eq!(
        macros!(r#"{{ ch.sort_link("Name", "name", "name") }}"#),
        r#"<a class="govuk-link govuk-link--no-visited-state ch-sort" href="/here?sort=-name">Name<span class="ch-sort__arrow" aria-hidden="true"> ▲</span></a>"#
    );
    assert_eq!(
        macros!(r#"{{ ch.sort_link("Ends", "ends", "name") }}"#),
        r#"<a class="govuk-link govuk-link--no-visited-state ch-sort" href="/here?sort=ends">Ends</a>"#
    );
    assert_eq!(
        macros!(r#"{{ ch.aria_sort("a", "a") }} {{ ch.aria_sort("a", "-a") }} {{ ch.aria_sort("a", "b") }}"#),
        "ascending descending none"
    );
    assert!(
        macros!(r#"{{ ch.subnav("Views", [{"text": "A", "href": "/here"}, {"text": "B", "href": "/b"}]) }}"#)
            .contains(r#"href="/here" aria-current="page">A</a>"#)
    );
    assert!(
        macros!(r#"{% call ch.scroll("cap") %}<i>x</i>{% endcall %}"#)
            .starts_with(r#"<div class="ch-scroll" role="region" aria-labelledby="cap" tabindex="0"> <i>x</i>"#)
    );
    assert!(macros!(r#"{{ ch.details("Why", html) }}"#).contains("&lt;b&gt;"), "HTML must be marked safe by the page");
    assert!(macros!(r#"{% call ch.details("Why") %}<i>x</i>{% endcall %}"#).contains("<i>x</i>"));
    assert_eq!(macros!(r#"{{ ch.downloads() }}{{ ch.pagination() }}{{ ch.field_error("a") }}"#), "");
    assert_eq!(
        macros!(r#"{{ ch.coverage("8 of 12 known") }}"#),
        r#"<p class="govuk-body ch-coverage">8 of 12 known</p>"#
    );
}

#[test]
fn filters_of_templates_write_numbers_and_dates_as_people_do() {
    assert_eq!(
        macros!(r#"{{ 12500 | number }} {{ 1250000 | pounds }} {{ 1250050 | pounds }} {{ -100 | pounds }}"#),
        "12,500 £12,500 £12,500.50 −£1"
    );
    assert_eq!(
        macros!(
            r#"{{ "2027-03-31" | date }}; {{ "2027-03-31" | short_date }}; {{ "2027-03" | date }}; {{ "soon" | date }}"#
        ),
        "31 March 2027; 31 Mar 2027; March 2027; soon"
    );
    assert_eq!(macros!(r#"{{ "2027-06-01T09:14:00Z" | when }}"#), "1 June 2027, 10:14am");
    assert_eq!(macros!(r#"{{ none | date }}{{ none | number }}{{ none | pounds }}"#), "");
    assert_eq!(
        macros!(
            r#"{{ query_with(query, sort="a b") }} {{ query_without(query, "sort") }} {{ query_without("a=1&a=2", "a", "1") }}"#
        ),
        "?sort=a+b ? ?a=2"
    );
}

#[test]
fn a_template_that_cannot_be_read_is_found_at_start() {
    let wrong = Template { name: "sample/wrong.html", source: "{% block main %}" };
    let error = Shell::new(site(), &[wrong]).unwrap_err();
    assert!(error.to_string().starts_with("the template sample/wrong.html cannot be read"), "{error}");
}

#[test]
fn a_small_page_looks_like_this() {
    let source =
        r#"{% extends "web/page.html" %}{% block main %}<h1 class="govuk-heading-l">{{ title }}</h1>{% endblock %}"#;
    let small = Site {
        owner: None,
        contact: None,
        footer: Vec::new(),
        navigation_personal: Vec::new(),
        navigation: vec![NavigationItem { id: "things", text: "Things", href: "/things" }],
        ..site()
    };
    let shell = Shell::new(small, &[Template { name: "sample/small.html", source }]).unwrap();
    let visit = Visit { reader: Reader::visitor(), ..Visit::of("/small") };
    let html = shell.render(&Page::new("sample/small.html", "Small"), &visit).unwrap();
    let (_, body) = html.split_once("<body").unwrap();
    let lines: Vec<&str> = body.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    insta::assert_snapshot!(lines.join("\n"));
}
