//! All organisations, for operators: who stewards them, how many act for them, what waits. With filters.

use ::store::Transaction;
use axum::extract::State as Slot;
use serde_json::{Value, json};
use vocabulary::fold;
use web::{Cell, Outcome, Page, Paging, Parameters, Problem, Table, Visit};

use super::{
    bodies::{self, Body},
    by_name::{Key, Place, cut, place},
    permitted_for_organisations,
};
use crate::{Accounts, Error, OrganisationKind};

const TEMPLATE: &str = "accounts/operator/organisations.html";
pub(crate) const PARAMETERS: &[&str] = &["q", "kind", "state", "after", "before"];
const KINDS: [OrganisationKind; 4] =
    [OrganisationKind::Council, OrganisationKind::Supplier, OrganisationKind::Partner, OrganisationKind::Other];
/// What `state` can be.
const STATES: [&str; 4] = ["participating", "waiting", "unstewarded", "closed"];

/// Which are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Filter {
    pub(super) text: Option<String>,
    pub(super) kinds: Vec<OrganisationKind>,
    pub(super) states: Vec<&'static str>,
}

impl Filter {
    fn read(parameters: &Parameters) -> Result<Filter, Problem> {
        let words: Vec<&str> = KINDS.iter().map(|kind| kind.word()).collect();
        let kind = |word: &str| word.parse().map_err(|_| parameters.unknown_value("kind", word, &words));
        let state = |word: &str| {
            let known = STATES.iter().find(|known| **known == word);
            known.copied().ok_or_else(|| parameters.unknown_value("state", word, &STATES))
        };
        Ok(Filter {
            text: parameters.text("q").map(|text| text.chars().take(200).collect()),
            kinds: parameters.all("kind").into_iter().map(kind).collect::<Result<_, _>>()?,
            states: parameters.all("state").into_iter().map(state).collect::<Result<_, _>>()?,
        })
    }

    fn fits(&self, body: &Body) -> bool {
        let is = |state: &&str| match *state {
            "participating" => body.participating && body.closed_at.is_none(),
            "waiting" => body.requests > 0 || body.domains > 0,
            "unstewarded" => body.people > 0 && body.stewards == 0,
            _ => body.closed_at.is_some(),
        };
        self.text.as_deref().is_none_or(|text| bodies::called(body, text))
            && (self.kinds.is_empty() || self.kinds.contains(&body.kind))
            && (self.states.is_empty() || self.states.iter().any(is))
    }
}

/// One page of the list.
pub(super) struct Bodies {
    pub(super) filter: Filter,
    pub(super) rows: Vec<Body>,
    pub(super) paging: Paging,
}

impl Bodies {
    /// Those of `all` who fit, by name, from a place in the list on. `whole`: all of them, for a file.
    pub(super) fn of(all: Vec<Body>, filter: Filter, place: Option<&Place>, whole: bool) -> Bodies {
        let mut keyed: Vec<(Key, Body)> = all
            .into_iter()
            .filter(|body| filter.fits(body))
            .map(|body| ((fold(&body.name), body.id.to_string()), body))
            .collect();
        keyed.sort_by(|(one, _), (other, _)| one.cmp(other));
        let (rows, paging) = cut(&keyed, place, whole);
        Bodies { filter, rows, paging }
    }

    pub(super) fn page(&self) -> Page {
        let kinds: Vec<Value> = KINDS
            .iter()
            .map(|kind| {
                let checked = self.filter.kinds.contains(kind);
                json!({"value": kind, "text": kind.name(), "checked": checked})
            })
            .collect();
        let states = [
            (STATES[0], web::say!("Participating")),
            (STATES[1], web::say!("Something waits")),
            (STATES[2], web::say!("People, but no steward")),
            (STATES[3], web::say!("Closed")),
        ];
        let states: Vec<Value> = states
            .into_iter()
            .map(|(value, text)| json!({"value": value, "text": text, "checked": self.filter.states.contains(&value)}))
            .collect();
        let groups = json!([
            {"name": "state", "legend": web::say!("State"), "items": states},
            {"name": "kind", "legend": web::say!("Kind"), "items": kinds},
        ]);
        Page::new(TEMPLATE, web::say!("Organisations"))
            .section("operator")
            .crumb(web::say!("Home"), "/")
            .crumb(web::say!("Operator"), "/operator")
            .wide()
            .private()
            .extra("groups", groups)
            .extra("searched", self.filter.text.clone())
            .data(json!({"organisations": self.rows.iter().map(shown).collect::<Vec<_>>()}))
            .table(table(&self.rows))
            .list(self.paging.clone())
    }
}

/// The list.
pub(crate) async fn show(Slot(accounts): Slot<Accounts>, visit: Visit) -> Outcome {
    permitted_for_organisations(&visit.reader)?;
    let parameters = visit.parameters(PARAMETERS)?;
    let filter = Filter::read(&parameters)?;
    let place = parameters.cursor()?.as_ref().map(place).transpose()?;
    let all = accounts.store.read(|tx: &mut Transaction<'_>| bodies::all(tx)).await.map_err(Error::from)?;
    Ok(Bodies::of(all, filter, place.as_ref(), visit.format.is_table()).page().into())
}

/// An organisation as pages and data have it.
pub(super) fn shown(body: &Body) -> Value {
    json!({
        "id": body.id,
        "name": body.name,
        "kind": body.kind,
        "kind_name": body.kind.name(),
        "code": body.code,
        "participating": body.participating,
        "closed_at": body.closed_at,
        "people": body.people,
        "stewards": body.stewards,
        "requests": body.requests,
        "domains_waiting": body.domains,
    })
}

fn table(rows: &[Body]) -> Table {
    let count = |number: u64| Cell::Integer(i64::try_from(number).unwrap_or(i64::MAX));
    let row = |body: &Body| {
        vec![
            Cell::from(body.id.as_str()),
            Cell::from(body.name.as_str()),
            Cell::from(body.kind.word()),
            Cell::from(body.code.clone()),
            Cell::from(if body.participating { "yes" } else { "no" }),
            count(body.people),
            count(body.stewards),
            count(body.requests),
            count(body.domains),
            body.closed_at.map_or(Cell::Empty, |at| Cell::Date(at.to_string())),
        ]
    };
    let columns = vec![
        "id",
        "name",
        "kind",
        "code",
        "participating",
        "people",
        "stewards",
        "requests",
        "domains_waiting",
        "closed_at",
    ];
    Table { name: "organisations".to_owned(), columns, rows: rows.iter().map(row).collect() }
}
