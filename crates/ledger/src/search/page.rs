//! The `/search` page, also as JSON and CSV.

use std::sync::Arc;

use axum::extract::State;
use serde_json::json;
use store::Store;
use vocabulary::fold;
use web::{Cell, FieldError, Format, Outcome, Page, Paging, Parameters, Routes, SamplePage, Table, Visit};

use super::{Correction, Hit, SORT, SearchResult, search};
use crate::{AlsoKnown, Error, Kind, Reason, search_words};

const TEMPLATE: &str = "ledger/search.html";
/// The longest query, in characters.
const LONGEST_QUERY: usize = 200;

/// What the page needs.
#[derive(Clone)]
struct Search {
    store: Store,
    kinds: Arc<[Kind]>,
}

pub(crate) fn routes(store: Store, kinds: &[Kind]) -> Routes {
    Routes::new()
        .get("/search", "Search everything that the reader may see", show)
        .parameters(PARAMETERS)
        .words(WORDS)
        .with_state(Search { store, kinds: kinds.into() })
}

/// What the names in the address mean, the most particular first.
const WORDS: &[web::Word] = &[
    web::word("q", "The words to look for").examples(&["council tax"]),
    web::word("kind", "Only things of this kind").one_of(&[
        "system",
        "contract",
        "product",
        "element",
        "import",
        "organisation",
    ]),
];

const PARAMETERS: &[&str] = &["q", "kind", "after", "before"];

async fn show(State(state): State<Search>, visit: Visit) -> Outcome {
    let parameters = visit.parameters(PARAMETERS)?;
    let query = parameters.text("q").unwrap_or_default().to_owned();
    let kind = parameters.one("kind").map(str::to_owned);
    if let Some(kind) = &kind {
        let known: Vec<&str> = state.kinds.iter().map(|kind| kind.name).collect();
        if !known.contains(&kind.as_str()) {
            return Err(parameters.unknown_value("kind", kind, &known));
        }
    }
    if query.chars().count() > LONGEST_QUERY {
        let message = web::say!("Search for at most {limit} characters", limit = LONGEST_QUERY);
        return Ok(refused(&query, message).into());
    }
    let cursor = parameters.cursor()?;
    if let Some(cursor) = &cursor {
        cursor.expect_sort(SORT)?;
    }
    let page_size = page_size(visit.format);
    let reader = visit.reader.clone();
    let (asked, wanted) = (query.clone(), kind.clone());
    let found = state.store.read(move |tx| search(tx, &reader, &asked, wanted.as_deref(), cursor.as_ref(), page_size));
    match found.await {
        Ok(found) => Ok(results(&state.kinds, &parameters, &query, kind.as_deref(), found, page_size).into()),
        Err(Error::TooManyWords { limit }) => {
            let message = web::say!("Search for at most {limit} words", limit = limit);
            Ok(refused(&query, message).into())
        }
        Err(error) => Err(error.into()),
    }
}

/// A table is wanted whole, as far as that is sensible; a page is read.
fn page_size(format: Format) -> u32 {
    match format {
        Format::Html | Format::Svg | Format::Png => 20,
        Format::Json => 100,
        Format::Csv | Format::Xlsx => 5_000,
    }
}

/// The page with an error at its field.
fn refused(query: &str, message: String) -> Page {
    base(web::say!("Search everything"))
        .extra("query_text", query)
        .extra("asked", false)
        .errors(vec![FieldError::new("q", message)])
}

fn base(title: String) -> Page {
    Page::new(TEMPLATE, title).own_search()
}

fn results(
    kinds: &[Kind],
    parameters: &Parameters,
    query: &str,
    kind: Option<&str>,
    found: SearchResult,
    page_size: u32,
) -> Page {
    let asked = !query.is_empty();
    // What was searched for, as far as it differs from what was typed.
    let corrected = corrected(query, &found.corrections);
    let query_said = corrected.as_deref().unwrap_or(query);
    let title = match found.total {
        _ if !asked => web::say!("Search everything"),
        0 => web::say!("Nothing found for '{query}'", query = query_said),
        1 => web::say!("1 result for '{query}'", query = query_said),
        total => web::say!("{total} results for '{query}'", total = total, query = query_said),
    };
    let label = |name: &str| {
        let known = kinds.iter().find(|kind| kind.name == name);
        known.map_or_else(|| name.to_owned(), |kind| web::say!(kind.label))
    };
    let one = |name: &str| {
        let known = kinds.iter().find(|kind| kind.name == name);
        known.map_or_else(|| name.to_owned(), |kind| web::say!(kind.one))
    };
    let all: u64 = found.by_kind.iter().map(|(_, count)| count).sum();
    let everything = format!("/search?{}", parameters.query_without(&["kind", "after", "before"]));
    let choice = |text: String, count: &u64, current: bool, href: &str| {
        let text = web::say!("{kind} ({count})", kind = text, count = *count);
        json!({"text": text, "href": href, "current": current})
    };
    let mut choices = vec![choice(web::say!("Everything"), &all, kind.is_none(), &everything)];
    choices.extend(found.by_kind.iter().map(|(name, count)| {
        let href = format!("/search?{}", parameters.query_with("kind", name));
        choice(label(name), count, kind == Some(name.as_str()), &href)
    }));
    if all == 0 {
        choices.clear();
    }
    let hits: Vec<_> = found.hits.iter().map(|hit| shown(hit, one(&hit.kind))).collect();
    let by_kind: Vec<_> = found.by_kind.iter().map(|(kind, count)| json!({"kind": kind, "count": count})).collect();
    base(title)
        .data(json!({
            "query": query, "kind": kind, "total": found.total, "by_kind": by_kind, "results": hits,
            "corrections": corrections(&found.corrections),
        }))
        .extra("instead", instead(query, &found.corrections))
        .extra("query_text", query)
        .extra("asked", asked)
        .extra("choices", choices)
        .extra("everything", everything)
        .table(table(&found.hits))
        .list(Paging { total: found.total, next: found.next, previous: found.previous, page_size })
}

/// The query with what was taken for it; none when nothing was corrected.
fn corrected(query: &str, corrections: &[Correction]) -> Option<String> {
    let word = |word: &String| {
        let found = corrections.iter().find(|correction| correction.typed == *word);
        found.map_or_else(|| word.clone(), |correction| correction.used.clone())
    };
    let words = search_words(query);
    (!corrections.is_empty()).then(|| words.iter().map(word).collect::<Vec<_>>().join(" "))
}

fn corrections(corrections: &[Correction]) -> Vec<serde_json::Value> {
    let shown = |correction: &Correction| json!({"typed": correction.typed, "used": correction.used, "others": correction.others});
    corrections.iter().map(shown).collect()
}

/// For each word that was corrected: the sentence, and where each other word leads that is as near.
fn instead(query: &str, corrections: &[Correction]) -> Vec<serde_json::Value> {
    let words = search_words(query);
    let with = |typed: &str, other: &str| {
        let chosen: Vec<&str> = words
            .iter()
            .map(|word| match corrections.iter().find(|correction| correction.typed == *word) {
                _ if word == typed => other,
                Some(correction) => &correction.used,
                None => word,
            })
            .collect();
        json!({"text": other, "href": format!("/search?q={}", chosen.join("+"))})
    };
    let shown = |correction: &Correction| {
        let (used, typed) = (&correction.used, &correction.typed);
        let others = correction.others.iter().map(|other| with(typed, other)).collect::<Vec<_>>();
        json!({
            "text": web::say!("Showing results for '{used}' instead of '{typed}'.", used = used, typed = typed),
            "others": others,
        })
    };
    corrections.iter().map(shown).collect()
}

fn shown(hit: &Hit, kind_label: String) -> serde_json::Value {
    json!({
        "address": hit.address,
        "kind": hit.kind,
        "kind_label": kind_label,
        "title": hit.title,
        "summary": hit.summary,
        "organisation": hit.organisation,
        "organisation_name": hit.organisation_name,
        "why": hit.why(),
    })
}

fn table(hits: &[Hit]) -> Table {
    let row = |hit: &Hit| {
        let organisation = hit.organisation.as_ref().map(|id| id.as_str().to_owned());
        vec![
            Cell::from(hit.address.as_str()),
            Cell::from(hit.kind.as_str()),
            Cell::from(hit.title.as_str()),
            Cell::from(hit.summary.as_str()),
            Cell::from(organisation),
            Cell::from(hit.organisation_name.clone()),
            Cell::from(hit.why()),
        ]
    };
    Table {
        name: "search".to_owned(),
        columns: vec!["address", "kind", "title", "summary", "organisation", "organisation_name", "why"],
        rows: hits.iter().map(row).collect(),
    }
}

/// The page as it looks in each of its states.
pub(crate) fn samples() -> Vec<SamplePage> {
    let kinds = [
        Kind { name: "product", label: "Products", one: "Product" },
        Kind { name: "system", label: "Systems", one: "System" },
    ];
    let hit = |address: &str, kind: &str, title: &str, reasons| Hit {
        address: address.to_owned(),
        kind: kind.to_owned(),
        title: title.to_owned(),
        summary: web::say!("Council tax and business rates"),
        organisation: (kind == "system").then(|| "ashmere".parse().ok()).flatten(),
        organisation_name: (kind == "system").then(|| "Ashmere Borough Council".to_owned()),
        reasons,
    };
    let found = SearchResult {
        total: 2,
        by_kind: vec![("product".to_owned(), 1), ("system".to_owned(), 1)],
        hits: vec![
            hit(
                "/products/taxbase",
                "product",
                "TaxBase",
                vec![Reason::AlsoKnown(AlsoKnown::new("Former name", "RevsPro"))],
            ),
            hit("/systems/1", "system", "Revs", vec![Reason::Name]),
        ],
        next: None,
        previous: None,
        corrections: vec![],
    };
    let similar = SearchResult {
        corrections: vec![Correction {
            typed: "revnues".to_owned(),
            used: "revenues".to_owned(),
            others: vec!["revenue".to_owned()],
        }],
        hits: vec![hit("/systems/1", "system", "Revenues", vec![Reason::Name, Reason::Similar("revenues".to_owned())])],
        total: 1,
        by_kind: vec![("system".to_owned(), 1)],
        ..SearchResult::default()
    };
    let sample = |name, query: &str, found| {
        let address = form_query(query);
        let mut visit = Visit::of("/search");
        visit.query = address;
        let parameters = visit.parameters(PARAMETERS).ok()?;
        let page = results(&kinds, &parameters, query, None, found, 20);
        Some(SamplePage { name, page })
    };
    let refused = SamplePage {
        name: "search refused",
        page: refused("a b c d e f g h i j k", web::say!("Search for at most {limit} words", limit = 10)),
    };
    [
        sample("search results", "revs", found),
        sample("search results for a similar word", "revnues", similar),
        sample("search without results", "xyzzy", SearchResult::default()),
        sample("search before a query", "", SearchResult::default()),
        Some(refused),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn form_query(query: &str) -> String {
    match query {
        "" => String::new(),
        query => format!("q={}", fold(query)),
    }
}
