//! What every address takes and answers: `/openapi.json`, and the pages that are made from it.
//!
//! | Module | What it is for |
//! |---|---|
//! | `answers` | shapes and examples of answers, as they were learned |
//! | `everywhere` | what holds for every address: problems, headers, ways to say who one is |
//! | `operation` | one address and method |
//! | `document` | all of it, as OpenAPI 3.1 |
//! | `pages` | the same for people |
//!
//! It knows no subject: addresses come in with the slices, answers with a file.

mod answers;
mod document;
mod everywhere;
mod operation;
mod pages;

use std::sync::{Arc, OnceLock};

use ledger::{AboutPeople, Slice};
use operation::Operation;
use serde_json::Value;
use web::{Endpoint, Routes, Template};

/// What the description is made from.
#[derive(Clone, Debug)]
pub struct Description {
    /// Every address of every slice.
    pub endpoints: Vec<Endpoint>,
    /// Shapes and examples of answers: the text of a JSON file.
    pub answers: &'static str,
    /// The program's version.
    pub version: &'static str,
    /// How programs reach this copy, without a slash at the end.
    pub address: String,
}

/// The description, made when it is first asked for.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    from: Arc<Description>,
    operations: Arc<OnceLock<Vec<Operation>>>,
    document: Arc<OnceLock<Value>>,
}

impl Made {
    fn operations(&self) -> &[Operation] {
        self.operations.get_or_init(|| document::all(&self.from))
    }

    fn document(&self) -> &Value {
        self.document.get_or_init(|| document::document(&self.from, self.operations()))
    }
}

/// What this crate offers.
pub fn slice(mut description: Description) -> Slice {
    description.endpoints.extend(routes().endpoints());
    let made = Made { from: Arc::new(description), operations: Arc::default(), document: Arc::default() };
    Slice {
        name: "openapi",
        routes: routes().with_state(made),
        templates: vec![
            Template { name: pages::ALL, source: include_str!("../templates/all.html") },
            Template { name: pages::ONE, source: include_str!("../templates/one.html") },
        ],
        migrations: &[],
        navigation: vec![],
        personal: vec![],
        operator: vec![],
        samples: pages::samples(),
        kinds: &[],
        things: |_| Ok(vec![]),
        check: |_| Ok(vec![]),
        people: AboutPeople::nothing("openapi"),
        jobs: vec![],
        health: vec![],
    }
}

/// The name in an address of this crate.
const WORDS: &[web::Word] =
    &[web::word("operation", "The `operationId` of an address").examples(&["get_organisations"])];

fn routes() -> Routes<Made> {
    Routes::new()
        .get(
            "/openapi",
            "How to use this service from a program, and every address; as JSON an OpenAPI document",
            pages::all,
        )
        .get("/openapi/{operation}", "One address: what it takes, answers and refuses", pages::one)
        .words(WORDS)
}
