//! The description for people: how to begin, every address by who may ask it, and a page for each.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use serde::Serialize;
use serde_json::{Value, json};
use web::{Format, Outcome, Page, Problem, SamplePage, Shape, Visit, say};

use crate::{
    Description, Made,
    document::all as operations,
    everywhere::{REFUSALS, example},
    operation::Operation,
};

pub(crate) const ALL: &str = "openapi/all.html";
pub(crate) const ONE: &str = "openapi/one.html";

/// The addresses that these people may ask.
#[derive(Debug, Serialize)]
struct Group {
    who: &'static str,
    lines: Vec<Line>,
}

/// An address in the list.
#[derive(Debug, Serialize)]
struct Line {
    href: String,
    method: &'static str,
    path: String,
    what: &'static str,
    /// Further formats beside the first.
    formats: Vec<String>,
}

/// A parameter, a part of a path or a field.
#[derive(Debug, Serialize)]
struct Named {
    name: &'static str,
    what: &'static str,
    values: String,
}

pub(crate) async fn all(State(made): State<Made>, visit: Visit) -> Outcome {
    visit.parameters(&[])?;
    let page = list(&made.from.address, made.operations());
    // The document is large, and a page does not show it.
    Ok(page.data_for(visit.format, || made.document()).into())
}

fn list(address: &str, operations: &[Operation]) -> Page {
    let mut groups: BTreeMap<&'static str, Vec<Line>> = BTreeMap::new();
    for operation in operations {
        let lines = groups.entry(operation.who()).or_default();
        let (method, what) = (operation.endpoint.method, operation.endpoint.what);
        let same = lines.last_mut().filter(|line| (line.method, line.what) == (method, what));
        match (same, &operation.format) {
            (Some(line), Some(format)) => line.formats.push(format.clone()),
            _ => lines.push(Line { href: href(operation), method, path: operation.path(), what, formats: Vec::new() }),
        }
    }
    // What anyone may ask comes first.
    let mut groups: Vec<Group> = groups.into_iter().map(|(who, lines)| Group { who, lines }).collect();
    groups.sort_by_key(|group| (group.who != "anyone", std::cmp::Reverse(group.lines.len())));
    let problems: Vec<Value> = REFUSALS
        .iter()
        .map(|refusal| json!({"status": refusal.status, "kind": refusal.kind, "when": refusal.when}))
        .collect();
    Page::new(ALL, say!("Use this service from a program"))
        .extra("groups", groups)
        .extra("problems", problems)
        .extra("address", address)
}

fn href(operation: &Operation) -> String {
    format!("/openapi/{}", operation.id())
}

pub(crate) async fn one(State(made): State<Made>, Path(id): Path<String>, visit: Visit) -> Outcome {
    visit.parameters(&[])?;
    let found = made.operations().iter().find(|operation| operation.id() == id).ok_or_else(Problem::missing)?;
    Ok(shown(found, &made.from.address, visit.format).into())
}

fn shown(operation: &Operation, address: &str, format: Format) -> Page {
    let endpoint = operation.endpoint;
    let named = |name: &'static str| {
        let word = endpoint.word(name);
        let values = word.map_or_else(String::new, |word| {
            let mut values = match word.shape {
                Shape::Text => String::new(),
                Shape::OneOf(values) => values.join(", "),
                Shape::Number(least, most) => say!("A whole number from {least} to {most}", least = least, most = most),
                Shape::Day => say!("A day, like 2027-03-31"),
                Shape::Cursor => say!("As an answer gave it"),
            };
            if word.several {
                let more = say!("May be given several times");
                values = if values.is_empty() { more } else { format!("{values}. {more}") };
            }
            values
        });
        Named { name, what: word.map_or("", |word| word.what), values }
    };
    let (in_path, in_query): (Vec<Named>, Vec<Named>) =
        (endpoint.path_names().map(named).collect(), endpoint.parameters.iter().copied().map(named).collect());
    let fields: Vec<Named> = endpoint.fields.iter().copied().map(named).collect();
    let refusals: Vec<Value> = operation
        .refusals()
        .map(|refusal| json!({"status": refusal.status, "kind": refusal.kind, "when": refusal.when}))
        .collect();
    let answer = operation.answered.example.as_ref().filter(|_| operation.path().ends_with(".json"));
    let refused = REFUSALS.iter().find(|refusal| refusal.status == if endpoint.method == "GET" { 400 } else { 422 });
    let pretty = |value: &Value| serde_json::to_string_pretty(value).unwrap_or_default();
    Page::new(ONE, endpoint.what)
        .crumb(say!("Use this service from a program"), "/openapi")
        .data_for(format, || {
            json!({
                "path": operation.path(),
                "method": endpoint.method,
                "operation": operation.described(),
            })
        })
        .extra("method", endpoint.method)
        .extra("path", operation.path())
        .extra("people", (endpoint.method == "GET").then_some(endpoint.path))
        .extra("who", operation.who())
        .extra("token", matches!(endpoint.access, web::Access::Token(_)))
        .extra("in_path", in_path)
        .extra("in_query", in_query)
        .extra("fields", fields)
        .extra("file", endpoint.takes_file)
        .extra("command", operation.command(address))
        .extra("statuses", operation.statuses())
        .extra("answer", answer.map(pretty))
        .extra("refusals", refusals)
        .extra("refused", refused.map(|refusal| pretty(&example(refusal))))
}

/// Both pages with invented content.
pub(crate) fn samples() -> Vec<SamplePage> {
    let endpoints = web::Routes::<()>::new()
        .get("/sample/{id}", "One thing and what is known of it", || async {})
        .parameters(&["kind", "after"])
        .post("/sample/{id}/edit", "Change it", || async {})
        .fields(&["name"])
        .by("editors of the organisation")
        .words(SAMPLE_WORDS)
        .endpoints();
    let from = Description {
        endpoints,
        answers: r#"{"GET /sample/{id}": {"formats": ["json", "csv"], "example": {"name": "Bins"}, "schema": {"type": "object"}}}"#,
        version: "0.1.0",
        address: "https://commonhold.example".to_owned(),
    };
    let mut samples = vec![SamplePage {
        name: "every address",
        page: list(&from.address, &operations(&from)).data_for(Format::Html, || ()),
    }];
    let names = ["an address that is read", "the same as CSV", "an address that is written to"];
    let each = operations(&from);
    samples.extend(
        names
            .into_iter()
            .zip(&each)
            .map(|(name, operation)| SamplePage { name, page: shown(operation, &from.address, Format::Html) }),
    );
    samples
}

const SAMPLE_WORDS: &[web::Word] = &[
    web::word("id", "The thing").examples(&["bins"]),
    web::word("kind", "Only things of this kind").one_of(&["large", "small"]).several(),
    web::word("name", "What it is called").examples(&["Bins"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_has_a_page_for_each_of_its_operations() {
        assert_eq!(samples().len(), 4);
    }
}
