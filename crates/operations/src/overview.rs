//! The operator's page: the worst thing first, then a card for each part, then what recurs.

use std::path::PathBuf;

use axum::extract::State;
use ledger::job::{self, Listed};
use ledger::{Card, Concern};
use serde_json::{Value, json};
use store::{Error, Transaction};
use web::{NavigationItem, Outcome, Page, SuccessBanner, Visit, say};

use crate::jobs::act::said_of;
use crate::{Operations, cards, jobs, permitted};

pub(crate) const TEMPLATE: &str = "operations/overview.html";

/// What the page is made from.
pub(crate) struct Overview {
    pub(crate) cards: Vec<Card>,
    pub(crate) recurring: Vec<Value>,
    pub(crate) pages: Vec<NavigationItem>,
}

pub(crate) async fn show(State(operations): State<Operations>, visit: Visit) -> Outcome {
    permitted(&visit.reader)?;
    let parameters = visit.parameters(&["changed"])?;
    let changed = parameters.one("changed").map(str::to_owned);
    let now = operations.clock.now();
    // The disk is asked apart from the database: it may take long when it is not well.
    let free = match operations.folder.clone() {
        Some(folder) => free_on_disk(folder).await,
        None => None,
    };
    let (health, kinds) = (operations.health.clone(), operations.kinds.clone());
    let names: Vec<&'static str> = kinds.iter().filter(|kind| kind.schedule.is_some()).map(|kind| kind.name).collect();
    let asked = changed.clone();
    let read = move |tx: &mut Transaction<'_>| -> Result<_, Error> {
        let storage = cards::storage(tx, free)?;
        let jobs = cards::jobs(tx, &kinds, now)?;
        let others = health.iter().map(|health| health(tx, now)).collect::<Result<Vec<_>, Error>>()?;
        let changed = match asked {
            Some(id) => job::find(tx, &id)?,
            None => None,
        };
        Ok((storage, jobs, others, job::recurring(tx, &names)?, changed))
    };
    let read = operations.store.read(read).await;
    let (storage, of_jobs, others, recurring, changed) = read.map_err(|error| ledger::store_problem(&error))?;
    let mut cards = vec![storage()];
    cards.extend(others.into_iter().map(|words| words()));
    cards.push(of_jobs());
    cards.push(cards::program(&operations.version, operations.started, now));
    let labels = operations.labels();
    let recurring = recurring.iter().map(|job: &Listed| jobs::shown(&labels, job)).collect();
    let page = Overview { cards, recurring, pages: operations.pages.clone() }.page();
    Ok(match changed {
        Some(job) => page.banner(SuccessBanner { text: said_of(&labels.label(&job.kind), job.state), link: None }),
        None => page,
    }
    .into())
}

/// Asked on a thread that may wait.
async fn free_on_disk(folder: PathBuf) -> Option<u64> {
    tokio::task::spawn_blocking(move || cards::free_bytes(&folder)).await.ok().flatten()
}

impl Overview {
    pub(crate) fn page(self) -> Page {
        let mut concerns: Vec<&Concern> = self.cards.iter().flat_map(|card| &card.concerns).collect();
        concerns.sort_by_key(|concern| concern.grade);
        let title = match concerns.as_slice() {
            [] => say!("Nothing needs you"),
            [one] => one.what.clone(),
            [worst, ..] => worst.what.clone(),
        };
        let pages: Vec<Value> =
            self.pages.iter().map(|page| json!({"text": say!(page.text), "href": page.href})).collect();
        let data = json!({"needs": concerns, "cards": self.cards, "recurring": self.recurring, "pages": pages});
        Page::new(TEMPLATE, say!("Operator")).section("operator").private().extra("finding", title).data(data)
    }
}
