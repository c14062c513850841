//! Every job: what waits, runs, was done, was given up, with why. Newest first, with filters.

pub(crate) mod act;

use axum::extract::State as Slot;
use ledger::job::{self, Filter, Listed, Place, State};
use serde_json::{Value, json};
use store::{Error, Transaction};
use vocabulary::Timestamp;
use web::{
    Cell, Cursor, CursorValue, Direction, Outcome, Page, Paging, Parameters, Problem, SuccessBanner, Table, Visit, say,
};

use crate::{Labels, Operations, permitted};

pub(crate) const TEMPLATE: &str = "operations/jobs.html";
pub(crate) const PARAMETERS: &[&str] = &["state", "kind", "changed", "after", "before"];
const PAGE_SIZE: u32 = 100;
/// The most rows of a file.
const MOST_ROWS: u32 = 100_000;
const SORT: &str = "newest";

/// What the page is made from.
pub(crate) struct Jobs {
    pub(crate) rows: Vec<Listed>,
    pub(crate) total: u64,
    pub(crate) next: bool,
    pub(crate) previous: bool,
    pub(crate) filter: Filter,
}

pub(crate) async fn list(Slot(operations): Slot<Operations>, visit: Visit) -> Outcome {
    permitted(&visit.reader)?;
    let parameters = visit.parameters(PARAMETERS)?;
    let filter = filter(&operations, &parameters)?;
    let cursor = parameters.cursor()?;
    let place = cursor.as_ref().map(from).transpose()?;
    let changed = parameters.one("changed").map(str::to_owned);
    let file = visit.format.is_table();
    let (wanted, asked) = (filter.clone(), changed.clone());
    let read = move |tx: &mut Transaction<'_>| -> Result<_, Error> {
        let total = job::total(tx, &wanted)?;
        let limit = if file { MOST_ROWS } else { PAGE_SIZE + 1 };
        let at = match &place {
            Some((Direction::After, id)) if !file => Place::After(id),
            Some((Direction::Before, id)) if !file => Place::Before(id),
            _ => Place::First,
        };
        let mut rows = job::some(tx, &wanted, at, limit)?;
        let more = rows.len() > PAGE_SIZE as usize && !file;
        // The row too many is the farthest from where the page began.
        match (more, at) {
            (true, Place::Before(_)) => drop(rows.remove(0)),
            (true, _) => drop(rows.pop()),
            (false, _) => {}
        }
        let (next, previous) = match at {
            Place::First => (more, false),
            Place::After(_) => (more, true),
            Place::Before(_) => (true, more),
        };
        let changed = match asked {
            Some(id) => job::find(tx, &id)?,
            None => None,
        };
        Ok((Jobs { rows, total, next, previous, filter: Filter::default() }, changed))
    };
    let read = operations.store.read(read).await;
    let (jobs, changed) = read.map_err(|error| ledger::store_problem(&error))?;
    let page = Jobs { filter, ..jobs }.page(&operations.labels());
    Ok(match changed {
        Some(job) => page
            .banner(SuccessBanner { text: act::said_of(&operations.labels().label(&job.kind), job.state), link: None }),
        None => page,
    }
    .into())
}

fn from(cursor: &Cursor) -> Result<(Direction, String), Problem> {
    cursor.expect_sort(SORT)?;
    match cursor.key.as_slice() {
        [CursorValue::Text(id)] => Ok((cursor.direction, id.clone())),
        _ => Err(ledger::Error::ForeignCursor.into()),
    }
}

fn filter(operations: &Operations, parameters: &Parameters) -> Result<Filter, Problem> {
    let words: Vec<&str> = State::ALL.into_iter().map(State::word).collect();
    let read = |word: &str| State::from_word(word).ok_or_else(|| parameters.unknown_value("state", word, &words));
    let states = parameters.all("state").into_iter().map(read).collect::<Result<_, _>>()?;
    let names: Vec<&str> = operations.kinds.iter().map(|kind| kind.name).collect();
    let known = |kind: &str| match names.contains(&kind) {
        true => Ok(kind.to_owned()),
        false => Err(parameters.unknown_value("kind", kind, &names)),
    };
    let kinds = parameters.all("kind").into_iter().map(known).collect::<Result<_, _>>()?;
    Ok(Filter { states, kinds })
}

/// A state in words, and the colour of its tag.
pub(crate) fn state_words(state: State) -> (String, &'static str) {
    match state {
        State::Waiting => (say!("Waiting"), "blue"),
        State::Running => (say!("Running"), "yellow"),
        State::Done => (say!("Done"), "green"),
        State::GivenUp => (say!("Given up"), "red"),
        State::Cancelled => (say!("Cancelled"), "grey"),
    }
}

/// One job as pages and data have it: without its details.
pub(crate) fn shown(labels: &Labels, job: &Listed) -> Value {
    let moment = |at: &Option<Timestamp>| at.map(|at| at.to_string());
    let said =
        |of: &Option<(Timestamp, String)>| of.as_ref().map(|(at, text)| json!({"at": at.to_string(), "text": text}));
    let recurs = labels.recurs(&job.kind);
    let waits = job.state == State::Waiting;
    let (state_name, colour) = state_words(job.state);
    json!({
        "id": job.id,
        "kind": job.kind,
        "label": labels.label(&job.kind),
        "state": job.state.word(),
        "state_name": state_name,
        "colour": colour,
        "recurs": recurs,
        "tries": job.tries,
        "made": job.made.to_string(),
        "due": moment(&job.due),
        "began": moment(&job.began),
        "failure": said(&job.failure),
        "success": said(&job.success),
        "ended": moment(&job.ended),
        "can_run": waits || matches!(job.state, State::GivenUp | State::Cancelled),
        "can_cancel": waits && !recurs,
    })
}

impl Jobs {
    pub(crate) fn page(self, labels: &Labels) -> Page {
        let key = |job: &Listed| vec![CursorValue::Text(job.id.clone())];
        let paging = Paging {
            total: self.total,
            next: self.rows.last().filter(|_| self.next).map(|job| Cursor::after(SORT, key(job))),
            previous: self.rows.first().filter(|_| self.previous).map(|job| Cursor::before(SORT, key(job))),
            page_size: PAGE_SIZE,
        };
        let states: Vec<Value> = State::ALL
            .into_iter()
            .map(|state| {
                let checked = self.filter.states.contains(&state);
                json!({"value": state.word(), "text": state_words(state).0, "checked": checked})
            })
            .collect();
        let kinds: Vec<Value> = labels
            .kinds
            .iter()
            .map(|kind| {
                let checked = self.filter.kinds.iter().any(|wanted| wanted == kind.name);
                json!({"value": kind.name, "text": say!(kind.label), "checked": checked})
            })
            .collect();
        let groups = json!([
            {"name": "state", "legend": say!("State"), "items": states},
            {"name": "kind", "legend": say!("Kind"), "items": kinds},
        ]);
        let rows: Vec<Value> = self.rows.iter().map(|job| shown(labels, job)).collect();
        Page::new(TEMPLATE, say!("Jobs"))
            .section("operator")
            .crumb(say!("Home"), "/")
            .crumb(say!("Operator"), "/operator")
            .wide()
            .private()
            .extra("groups", groups)
            .data(json!({"jobs": rows}))
            .table(table(&self.rows))
            .list(paging)
    }
}

fn table(rows: &[Listed]) -> Table {
    let moment = |at: Option<Timestamp>| at.map_or(Cell::Empty, |at| Cell::Date(at.to_string()));
    let row = |job: &Listed| {
        let (failed, why) = job.failure.clone().unzip();
        let (done, said) = job.success.clone().unzip();
        vec![
            Cell::from(job.id.as_str()),
            Cell::from(job.kind.as_str()),
            Cell::from(job.state.word()),
            Cell::Integer(i64::from(job.tries)),
            moment(Some(job.made)),
            moment(job.due),
            moment(job.began),
            moment(failed),
            Cell::from(why),
            moment(done),
            Cell::from(said),
            moment(job.ended),
        ]
    };
    let columns = vec![
        "id",
        "kind",
        "state",
        "tries",
        "made_at",
        "due_at",
        "began_at",
        "failed_at",
        "last_error",
        "done_at",
        "said",
        "ended_at",
    ];
    Table { name: "jobs".to_owned(), columns, rows: rows.iter().map(row).collect() }
}
