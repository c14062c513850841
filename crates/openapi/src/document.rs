//! Every operation together, as one document of OpenAPI 3.1.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::{
    Description,
    answers::Answers,
    everywhere::components,
    operation::{Operation, operations},
};

/// What stands before everything else.
const ABOUT: &str = "Every page is also data: each address answers as a page, with `.json` as JSON, and where it is a list \
with `.csv` and `.xlsx`. What a reader sees on the page is what a program gets, and no more. Unknown parameters and fields \
are refused, never ignored. Amounts are whole pence. Nothing here is promised to stay as it is before the first release.";

/// Every operation, in the order in which slices list their addresses.
pub(crate) fn all(from: &Description) -> Vec<Operation> {
    let answers = Answers::read(from.answers);
    let of = |endpoint: &web::Endpoint| operations(*endpoint, answers.of(endpoint.method, endpoint.path));
    from.endpoints.iter().flat_map(of).collect()
}

/// The whole document.
pub(crate) fn document(from: &Description, operations: &[Operation]) -> Value {
    let mut paths = Map::new();
    let mut tags = BTreeSet::new();
    for operation in operations {
        tags.insert(operation.who());
        let path = paths.entry(operation.path()).or_insert_with(|| json!({}));
        path[operation.endpoint.method.to_lowercase()] = operation.described();
    }
    for (path, what) in [("/healthz", "That the program lives"), ("/readyz", "Whether it can serve")] {
        paths.insert(path.to_owned(), json!({"get": lives(path, what)}));
    }
    tags.insert("anyone");
    let tags: Vec<Value> =
        tags.into_iter().map(|who| json!({"name": who, "description": format!("For {who}")})).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Commonhold",
            "version": from.version,
            "summary": "What councils run, need and pay for, as pages and as data",
            "description": ABOUT,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": from.address, "description": "This copy"}],
        "tags": tags,
        "paths": paths,
        "components": components(&from.address),
    })
}

fn lives(path: &str, what: &str) -> Value {
    let state = json!({
        "description": what,
        "content": {"application/json": {
            "schema": {
                "type": "object",
                "required": ["status", "version"],
                "properties": {"status": {"type": "string"}, "version": {"type": "string"}},
            },
            "example": {"status": if path == "/healthz" { "ok" } else { "ready" }, "version": "0.1.0"},
        }},
    });
    let mut responses = json!({"200": state.clone()});
    if path == "/readyz" {
        responses["503"] = state;
        responses["503"]["content"]["application/json"]["example"]["status"] = "not ready".into();
    }
    json!({
        "operationId": format!("get_{}", path.trim_matches('/')),
        "summary": what,
        "description": "For whatever watches this copy. It counts against no quota.",
        "tags": ["anyone"],
        "parameters": [],
        "responses": responses,
        "security": [{}],
    })
}
