//! What each page says where nobody said who runs the copy, in a demonstration, and where everything is said.

use std::sync::Arc;

use axum::{body::Body, http::Request};
use http_body_util::BodyExt;
use policies::{Policies, Texts, Words};
use scraper::{Html, Selector};
use serde_json::Value;
use tower::ServiceExt;

const PAGES: [&str; 4] = ["/privacy", "/cookies", "/accessibility", "/terms"];

fn bare() -> Policies {
    let kept = || {
        let text = |text: &str| text.to_owned();
        vec![ledger::Kept { tables: &[], what: text("Your shoe size"), why: text("To knit"), how_long: text("9 days") }]
    };
    let cookies = || {
        vec![web::DeclaredCookie {
            name: "crumb".to_owned(),
            purpose: "Feeds you".to_owned(),
            set_when: "When you are hungry".to_owned(),
            lasts: "2 minutes".to_owned(),
            seconds: 120,
            path: "/".to_owned(),
            http_only: true,
            secure: false,
            same_site: "Lax".to_owned(),
        }]
    };
    Policies {
        name: None,
        contact: None,
        address: "https://commonhold.example".to_owned(),
        demonstration: false,
        version: "9.8.7".to_owned(),
        requests_a_minute: None,
        providers: vec![],
        kept: Arc::new(kept),
        cookies: Arc::new(cookies),
        texts: Texts::default(),
    }
}

async fn get(policies: &Policies, path: &str) -> String {
    let slice = policies::slice(policies.clone());
    let site = web::Site { footer: policies::FOOTER.to_vec(), ..web::Site::default() };
    let app = web::app(site, slice.templates, slice.routes.into_router()).unwrap();
    let answer = app.oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(answer.status(), 200, "{path}");
    assert!(!answer.headers().contains_key("set-cookie"), "{path}");
    String::from_utf8(answer.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

/// The words of the main part, with single spaces.
fn words(html: &str) -> String {
    let page = Html::parse_document(html);
    let main = page.select(&Selector::parse("main").unwrap()).next().unwrap();
    main.text().flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn what_is_not_known_is_said_and_nothing_is_claimed() {
    let bare = bare();
    for path in PAGES {
        let said = words(&get(&bare, path).await);
        assert!(said.contains("Whoever runs this copy of Commonhold has not said here who they are."), "{said}");
        assert!(said.contains("How to reach whoever runs this copy is not said here."), "{said}");
    }
    let privacy = words(&get(&bare, "/privacy").await);
    for said in [
        "Your shoe size To knit 9 days",
        "on which lawful basis",
        "data protection officer",
        "Your network address is not written down.",
    ] {
        assert!(privacy.contains(said), "{said}: {privacy}");
    }
    let cookies = words(&get(&bare, "/cookies").await);
    for said in ["1 cookie can be set, and only when you sign in.", "crumb Feeds you When you are hungry 2 minutes"] {
        assert!(cookies.contains(said), "{said}: {cookies}");
    }
    let accessibility = words(&get(&bare, "/accessibility").await);
    for said in [
        "applies to https://commonhold.example.",
        "Compliance status Not assessed.",
        "Nobody has audited this website.",
        "Equality and Human Rights Commission (EHRC)",
        "Equality Commission for Northern Ireland (ECNI)",
        "it is that of version 9.8.7",
    ] {
        assert!(accessibility.contains(said), "{said}: {accessibility}");
    }
    let terms = words(&get(&bare, "/terms").await);
    for said in
        ["has not said under which licence", "Permission is hereby granted, free of charge", "Open Government Licence"]
    {
        assert!(terms.contains(said), "{said}: {terms}");
    }
    assert!(!terms.contains("requests a minute"), "none is set: {terms}");
}

#[tokio::test]
async fn who_runs_it_stands_on_every_page_and_a_demonstration_says_that_it_is_one() {
    let said =
        Policies { name: Some("Ashmere".to_owned()), contact: Some("help@ashmere.example".to_owned()), ..bare() };
    for path in PAGES {
        let html = get(&said, path).await;
        assert!(words(&html).contains("Ashmere runs this copy of Commonhold."), "{html}");
        assert!(html.contains("href=\"mailto:help@ashmere.example\""), "{html}");
        let demonstration = Policies { demonstration: true, contact: None, ..said.clone() };
        let html = words(&get(&demonstration, path).await);
        assert!(html.contains("This is a demonstration: everything in it is invented"), "{html}");
        assert!(!html.contains("on which lawful basis"), "{html}");
    }
}

#[tokio::test]
async fn programs_get_what_people_read() {
    let bare = bare();
    for path in PAGES {
        let page = words(&get(&bare, path).await);
        let data: Value = serde_json::from_str(&get(&bare, &format!("{path}.json")).await).unwrap();
        let sections = data["sections"].as_array().unwrap();
        assert!(sections.len() >= 4, "{data}");
        for section in sections {
            assert!(page.contains(section["heading"].as_str().unwrap()), "{section}");
            for block in section["blocks"].as_array().unwrap() {
                let texts = [&block["points"], &block["paragraphs"]]
                    .into_iter()
                    .flat_map(|all| all.as_array().into_iter().flatten());
                for text in texts.chain([&block["text"]]).filter_map(Value::as_str) {
                    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
                    assert!(page.contains(&text), "{text} is not on {path}");
                }
            }
        }
    }
    let data: Value = serde_json::from_str(&get(&bare, "/cookies.json").await).unwrap();
    assert_eq!(data["cookies"][0]["seconds"], 120);
    assert!(get(&bare, "/cookies.csv").await.ends_with("crumb,Feeds you,When you are hungry,120\r\n"));
    assert!(get(&bare, "/privacy.csv").await.ends_with("Your shoe size,To knit,9 days\r\n"));
}

#[tokio::test]
async fn an_own_text_replaces_all_but_the_tables() {
    let folder = tempfile::tempdir().unwrap();
    let text = "---\nupdated: 2026-03-03\n---\n\nOurs, 5 < 6.\n\n## Sweets\n\n{cookies}\n\nAfter.\n";
    std::fs::write(folder.path().join("terms.md"), text).unwrap();
    let texts = Texts::read(folder.path(), &Words::default()).unwrap();
    let own = Policies { texts, ..bare() };
    let html = get(&own, "/terms").await;
    let said = words(&html);
    assert!(
        said.starts_with("Terms of use Last updated 3 March 2026 Ours, 5 < 6. Sweets Cookies that this copy can set"),
        "{said}"
    );
    assert!(said.contains("crumb Feeds you When you are hungry 2 minutes After."), "{said}");
    assert!(html.contains("<h2 class=\"govuk-heading-m ch-wrap\" id=\"sweets\">"), "{html}");
    assert!(!said.contains("MIT licence"), "{said}");
    let data: Value = serde_json::from_str(&get(&own, "/terms.json").await).unwrap();
    assert_eq!(data["markdown"], "Ours, 5 < 6.\n\n## Sweets\n\n{cookies}\n\nAfter.");
    assert_eq!((&data["lead"], &data["sections"]), (&Value::Null, &Value::Null));
    assert!(words(&get(&own, "/privacy").await).contains("Your shoe size"), "the others stay the program's");
}
