//! The search page as a browser and a program meet it.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode},
};
use http_body_util::BodyExt;
use ledger::Kind;
use store::Store;
use testing::TestStore;
use tower::ServiceExt;
use vocabulary::Visibility::{Members, Own, Public};
use web::Site;

use crate::world::{READERS, With, put, reader, store, thing};

const KINDS: [Kind; 2] = [
    Kind { name: "product", label: "Products", one: "Product" },
    Kind { name: "system", label: "Systems", one: "System" },
];

/// The application; a request says in the header `reader` who asks.
fn app(store: &TestStore) -> Router {
    let slice = ledger::slice(Store::clone(store), &KINDS, vocabulary::Retention::default());
    let site = Site {
        who: Some(Arc::new(|headers| {
            let who = headers.get("reader").map_or("", |who| who.to_str().unwrap()).to_owned();
            Box::pin(async move { Ok(reader(&who).into()) })
        })),
        ..Site::default()
    };
    web::app(site, slice.templates, slice.routes.into_router()).unwrap()
}

async fn get(app: &Router, who: &str, address: &str) -> (StatusCode, String) {
    let request = Request::get(address).header("reader", who).body(Body::empty()).unwrap();
    let response = app.clone().oneshot(request).await.unwrap();
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

fn world() -> TestStore {
    let store = store();
    put(
        &store,
        vec![
            thing("", "product", "TaxBase", Public).with("Former name", "RevsPro"),
            thing("ashmere", "system", "Revs & <bens>", Members).about("Council tax"),
            thing("ashmere", "system", "Revs secret", Own),
        ],
    );
    store
}

#[tokio::test]
async fn results_say_how_many_of_which_kind_and_why() {
    let store = world();
    let app = app(&store);
    let (status, page) = get(&app, "ashmere/member", "/search?q=revs").await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("2 results for &#39;revs&#39;"), "{page}");
    assert!(page.contains("Former name matches: RevsPro"));
    assert!(page.contains("Products (1)") && page.contains("Systems (1)") && page.contains("Everything (2)"));
    assert!(page.contains("Revs &amp; &lt;bens&gt;"), "titles are text, never markup");
    assert!(!page.contains("secret"));
    let (_, one) = get(&app, "", "/search?q=revs").await;
    assert!(one.contains("1 result for &#39;revs&#39;"));
}

#[tokio::test]
async fn an_empty_result_says_what_to_do() {
    let store = world();
    let app = app(&store);
    let (status, page) = get(&app, "", "/search?q=xyzzy").await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("Nothing found for &#39;xyzzy&#39;"));
    assert!(page.contains("try an older name"));
    let (status, page) = get(&app, "", "/search").await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("Search everything"));
}

#[tokio::test]
async fn what_cannot_be_searched_for_is_an_error_not_a_guess() {
    let store = world();
    let app = app(&store);
    let long = format!("/search?q={}", "x".repeat(201));
    for (address, status) in [
        ("/search?q=a+b+c+d+e+f+g+h+i+j+k", StatusCode::UNPROCESSABLE_ENTITY),
        (long.as_str(), StatusCode::UNPROCESSABLE_ENTITY),
        ("/search?q=revs&kind=secret", StatusCode::BAD_REQUEST),
        ("/search?q=revs&colour=red", StatusCode::BAD_REQUEST),
        ("/search?q=revs&after=abc", StatusCode::BAD_REQUEST),
        ("/search?q=%00", StatusCode::BAD_REQUEST),
    ] {
        let (found, page) = get(&app, "", address).await;
        assert_eq!(found, status, "{address}: {page}");
    }
    let (_, page) = get(&app, "", "/search?q=a+b+c+d+e+f+g+h+i+j+k").await;
    assert!(page.contains("There is a problem") && page.contains("Search for at most 10 words"));
    assert!(page.contains("a b c d e f g h i j k"), "what was typed is kept");
}

#[tokio::test]
async fn data_and_table_are_the_same_results() {
    let store = world();
    let app = app(&store);
    let (_, json) = get(&app, "ashmere/editor", "/search.json?q=revs").await;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["total"], 3, "{json}");
    assert_eq!(json["results"].as_array().unwrap().len(), 3);
    assert_eq!(json["results"][0]["why"], "Name matches");
    let (_, csv) = get(&app, "ashmere/editor", "/search.csv?q=revs").await;
    assert_eq!(csv.lines().count(), 4);
    assert!(csv.starts_with("address,kind,title,summary,organisation,organisation_name,why\r\n"));
}

#[tokio::test]
async fn no_format_tells_what_may_not_be_seen() {
    let store = world();
    put(&store, vec![thing("brackford", "system", "Zirconium deal", Own).with("Former name", "Revs onyx")]);
    let app = app(&store);
    for who in READERS.into_iter().filter(|who| !matches!(*who, "brackford/steward" | "brackford/auditor")) {
        for suffix in ["", ".json", ".csv"] {
            for query in ["q=revs", "q=zirc", "q=onyx", "q=z&kind=system", "q=revs&kind=system"] {
                let (status, body) = get(&app, who, &format!("/search{suffix}?{query}")).await;
                assert_eq!(status, StatusCode::OK);
                let body = body.to_lowercase();
                assert!(
                    !body.contains("zirconium") && !body.contains("revs onyx") && !body.contains("brackford"),
                    "{who} {suffix} {query}"
                );
            }
        }
        let (_, hidden) = get(&app, who, "/search.json?q=zirc").await;
        let (_, absent) = get(&app, who, "/search.json?q=qqqq").await;
        assert_eq!(hidden.replace("zirc", "qqqq"), absent, "{who}: hidden and absent are one answer");
    }
}

#[tokio::test]
async fn pages_of_results_are_linked() {
    let store = store();
    put(&store, (10..60).map(|n| thing("ashmere", "system", &format!("Revs {n}"), Public)).collect());
    let app = app(&store);
    let mut address = "/search?q=revs".to_owned();
    let mut seen = Vec::new();
    for _ in 0..3 {
        let (status, page) = get(&app, "", &address).await;
        assert_eq!(status, StatusCode::OK);
        let found: Vec<String> =
            page.match_indices("/systems/revs-").map(|(at, _)| page[at..at + 16].to_owned()).collect();
        seen.extend(found);
        let next =
            page.split("rel=\"next\"").next().and_then(|before| before.rfind("href=\"").map(|at| &before[at + 6..]));
        let Some(next) = next.filter(|_| page.contains("rel=\"next\"")) else { break };
        let path = next.split('"').next().unwrap().replace("&amp;", "&");
        address = if path.starts_with('?') { format!("/search{path}") } else { path };
    }
    let expected: Vec<String> = (10..60).map(|n| format!("/systems/revs-{n}")).collect();
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn every_sample_page_renders() {
    let store = world();
    let slice = ledger::slice(Store::clone(&store), &KINDS, vocabulary::Retention::default());
    let shell = web::Shell::new(Site::default(), &slice.templates).unwrap();
    assert_eq!(slice.samples.len(), 5);
    for sample in &slice.samples {
        let page = shell.render(&sample.page, &web::Visit::of("/search"));
        let page = page.unwrap_or_else(|problem| panic!("{}: {problem:?}", sample.name));
        assert_eq!(page.matches("<h1").count(), 1, "{}", sample.name);
    }
}
