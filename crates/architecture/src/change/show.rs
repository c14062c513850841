//! One change: what it did, field by field, and undoing it. For those who see the organisation's own parts: numbers and
//! names of people tell more than others may know.

use std::collections::{BTreeMap, BTreeSet};

use accounts::{Deed, Organisation, may};
use axum::extract::{Path, State};
use serde::Serialize;
use serde_json::json;
use store::Transaction;
use vocabulary::{Kind, OrganisationId, Reader};
use web::{Answer, Cell, FieldError, Format, Outcome, Page, Problem, Routes, SuccessBanner, Table, Visit, say, say_n};

use super::store::{ChangeRow, find};
use super::undo::{Conflict, Titles, reckon, recorded, undo};
use super::{address, address_of, moment, permitted, who};
use crate::import::print::Labels;
use crate::organisation::with_estate;
use crate::statement::store::{ChangeKind, around, of_change, private_texts};
use crate::statement::{Attribute, SubjectKind};
use crate::{Architecture, Refused};

const TEMPLATE: &str = "architecture/change/show.html";
const PARAMETERS: &[&str] = &["done"];
/// Systems and contracts on the page; JSON and CSV have all.
const MOST: usize = 100;

/// The addresses of this file.
pub(crate) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    routes
        .get(
            "/organisations/{id}/changes/{number}",
            "What one change of an estate did, and whether it can be undone",
            show,
        )
        .parameters(PARAMETERS)
        .by("editors and stewards of the organisation")
        .post("/organisations/{id}/changes/{number}/undo", "Undo a change", take_back)
        .by("editors and stewards of the organisation")
}

/// What a change did to one system or contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Subject {
    /// system or contract.
    pub kind: &'static str,
    pub id: String,
    /// Its name, or how a contract without a reference is told apart.
    pub name: String,
    /// Its page; none where it is not in the estate now.
    pub address: Option<String>,
    /// added, changed or removed.
    pub verdict: &'static str,
    pub values: Vec<ValueChange>,
}

/// One value of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct ValueChange {
    pub field: &'static str,
    pub label: &'static str,
    /// What stood before, in words; none when nothing did.
    pub before: Option<String>,
    /// What was said.
    pub after: Option<String>,
    pub source: String,
    pub confidence: &'static str,
    pub as_of: String,
}

/// What the page is made from.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub organisation: Organisation,
    pub row: ChangeRow,
    pub who: String,
    pub subjects: Vec<Subject>,
    /// Whether undoing makes sense; later work may stand in the way.
    pub undoable: bool,
    pub conflicts: Vec<Conflict>,
}

/// A change in the past tense, in words.
pub(crate) fn kind_text(kind: ChangeKind) -> String {
    match kind {
        ChangeKind::Import => say!("Brought in from a file"),
        ChangeKind::Undo => say!("Undid an earlier change"),
        ChangeKind::Edit => say!("Changed by hand"),
        ChangeKind::Confirm => say!("Said to be still right"),
        ChangeKind::Match => say!("Matched names to products"),
        ChangeKind::Merge => say!("Merged what was there twice"),
    }
}

impl Change {
    pub(crate) fn read(
        tx: &mut Transaction<'_>,
        organisation: &OrganisationId,
        number: i64,
    ) -> Result<Change, Refused> {
        let of = with_estate(tx, organisation.as_str())?;
        let row = find(tx, organisation, number)?.ok_or(Refused::Missing)?;
        let (before, after, now) = around(tx, organisation, number)?;
        let labels = Labels::of(tx, organisation)?;
        let texts = private_texts(tx, organisation)?;
        let (then, earlier) = (Titles::of(&after), Titles::of(&before));
        let mut subjects: Vec<Subject> = Vec::new();
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        for said in of_change(tx, organisation, number)? {
            let (statement, subject) = (&said.statement, &said.statement.subject);
            let place = *places.entry(subject.clone()).or_insert_with(|| {
                let (was, is) = (recorded(&before, subject), recorded(&after, subject));
                subjects.push(Subject {
                    kind: statement.kind.word(),
                    id: subject.clone(),
                    name: if is { then.title(subject) } else { earlier.title(subject) },
                    address: recorded(&now, subject).then(|| address_of(statement.kind, subject)),
                    verdict: match (was, is) {
                        (false, true) => "added",
                        (true, false) => "removed",
                        _ => "changed",
                    },
                    values: Vec::new(),
                });
                subjects.len() - 1
            });
            if statement.attribute == Attribute::Recorded {
                continue;
            }
            let earlier = before.get(subject).and_then(|attributes| attributes.get(&statement.attribute));
            if let Some(of) = subjects.get_mut(place) {
                of.values.push(ValueChange {
                    field: statement.attribute.word(),
                    label: statement.attribute.label(),
                    before: earlier.and_then(|earlier| labels.standing(statement.attribute, earlier, &texts)),
                    after: labels.standing(statement.attribute, &said, &texts),
                    source: statement.source.clone(),
                    confidence: statement.confidence.word(),
                    as_of: statement.as_of.to_string(),
                });
            }
        }
        let undoing = match (row.may_be_undone(), &row.import) {
            (Ok(()), Some(import)) => {
                let import = crate::import::store::find(tx, organisation, import)?.ok_or(Refused::Missing)?;
                match crate::import::undo::reckon(tx, organisation, &import) {
                    Err(Refused::Conflicting(_)) => None,
                    undoing => Some(undoing?),
                }
            }
            (Ok(()), None) => Some(reckon(tx, organisation, number)?),
            (Err(_), _) => None,
        };
        let who = who(tx, row.actor)?;
        Ok(Change {
            organisation: of,
            row,
            who,
            subjects,
            undoable: undoing.is_some(),
            conflicts: undoing.map(|undoing| undoing.conflicts).unwrap_or_default(),
        })
    }

    /// Said once after the change was made: what it did, with the way to undo it.
    pub(crate) fn banner(&self, reader: &Reader) -> SuccessBanner {
        let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let systems: Vec<&Subject> =
            self.subjects.iter().filter(|subject| subject.kind == SubjectKind::System.word()).collect();
        let text = match (self.row.kind, systems.as_slice(), self.subjects.as_slice()) {
            (ChangeKind::Undo, _, subjects) => {
                let values = subjects.iter().map(|subject| subject.values.len()).sum();
                say_n!(
                    "Undone. 1 value is as it was before.",
                    "Undone. {count} values are as they were before.",
                    count(values)
                )
            }
            (ChangeKind::Merge, _, all) => match all.iter().find(|subject| subject.verdict == "removed") {
                Some(gone) => say!("{name} is part of this system now.", name = gone.name),
                None => say!("The change is saved."),
            },
            // What was said of its contract was said on the system's page.
            (_, [one], all) => {
                let values = all.iter().flat_map(|subject| subject.values.clone()).collect();
                Subject { values, ..(*one).clone() }.told()
            }
            (_, [], [one]) => one.told(),
            (_, [], _) => say!("The change is saved."),
            (_, several, _) => match several.iter().all(|subject| subject.verdict == "added") {
                true => say_n!("1 system added.", "{count} systems added.", count(several.len())),
                false => say_n!("1 system changed.", "{count} systems changed.", count(several.len())),
            },
        };
        let may_undo = self.undoable && may(reader, Deed::EditEstate, &self.organisation.id).is_ok();
        let link = may_undo.then(|| (say!("Undo"), address(self.organisation.id.as_str(), self.row.number)));
        SuccessBanner { text, link }
    }

    pub(crate) fn page(&self, reader: &Reader) -> Page {
        let Change { organisation, row, who, subjects, .. } = self;
        let here = address(organisation.id.as_str(), row.number);
        let link = |number: Option<i64>| number.map(|number| address(organisation.id.as_str(), number));
        let import = row.import.as_deref().map(|import| crate::import::address(organisation.id.as_str(), import));
        let values = subjects.iter().map(|subject| subject.values.len()).sum::<usize>();
        let may_undo = self.undoable && may(reader, Deed::EditEstate, &organisation.id).is_ok();
        let mut changed: BTreeMap<(String, String), (BTreeSet<String>, String)> = BTreeMap::new();
        for conflict in &self.conflicts {
            let (fields, at) = changed.entry((conflict.name.clone(), conflict.id.clone())).or_default();
            fields.insert(say!(conflict.label));
            *at = conflict.at.clone().max(std::mem::take(at));
        }
        let changed: Vec<_> = changed
            .into_iter()
            .map(|((name, _), (fields, at))| json!({"name": name, "fields": fields, "at": at}))
            .collect();
        let data = json!({
            "change": {
                "number": row.number,
                "kind": row.kind.word(),
                "at": row.at,
                "who": who,
                "import": import,
                "undoes": link(row.undoes),
                "undone_by": link(row.undone_by),
            },
            "subjects": subjects,
            "values": values,
            "changed_since": changed,
        });
        Page::new(TEMPLATE, say!("Change {number} of {date}", number = row.number, date = web::say_date(&row.at)))
            .place(organisation.name.clone())
            .section("organisations")
            .crumb(say!("Home"), "/")
            .crumb(say!("Organisations"), "/organisations")
            .crumb(organisation.name.clone(), format!("/organisations/{}", organisation.id))
            .private()
            .data(data)
            .extra("kind", kind_text(row.kind))
            .extra("subjects", subjects.iter().take(MOST).collect::<Vec<_>>())
            .extra("action", format!("{here}/undo"))
            // An import is undone on its own page, which says what came of it.
            .extra(
                "import_undo",
                import.filter(|_| row.kind == ChangeKind::Import).map(|import| format!("{import}/undo")),
            )
            .extra("may_undo", may_undo)
            .table(self.table())
    }

    fn table(&self) -> Table {
        let cells = |subject: &Subject, value: Option<&ValueChange>| {
            let text = |text: Option<&String>| Cell::from(text.cloned());
            vec![
                Cell::from(subject.kind),
                Cell::from(subject.id.as_str()),
                Cell::from(subject.name.as_str()),
                Cell::from(subject.verdict),
                value.map_or(Cell::Empty, |value| Cell::from(value.field)),
                text(value.and_then(|value| value.before.as_ref())),
                text(value.and_then(|value| value.after.as_ref())),
                text(value.map(|value| &value.source)),
                value.map_or(Cell::Empty, |value| Cell::from(value.confidence)),
                value.map_or(Cell::Empty, |value| Cell::Date(value.as_of.clone())),
            ]
        };
        let rows = self.subjects.iter().flat_map(|subject| match subject.values.is_empty() {
            true => vec![cells(subject, None)],
            false => subject.values.iter().map(|value| cells(subject, Some(value))).collect(),
        });
        Table {
            name: format!("{}-change-{}", self.organisation.id, self.row.number),
            columns: vec![
                "kind",
                "commonhold_id",
                "name",
                "change",
                "field",
                "before",
                "after",
                "source",
                "confidence",
                "as_of",
            ],
            rows: rows.collect(),
        }
    }
}

impl Subject {
    /// What was done to it, as a sentence.
    fn told(&self) -> String {
        let name = self.name.as_str();
        match (self.verdict, self.values.as_slice()) {
            ("added", _) => say!("{name} added.", name = name),
            ("removed", _) => say!("{name} taken back.", name = name),
            (_, [value]) if value.field == Attribute::Status.word() && value.after.as_deref() == Some("retired") => {
                say!("{name} is retired.", name = name)
            }
            (_, [value]) if value.before.is_some() && value.before == value.after => {
                say!("{label} of {name} is still right.", label = say!(value.label), name = name)
            }
            (_, [value]) => {
                let label = say!(value.label);
                match (&value.after, value.field) {
                    (None, _) => say!("{label} is not known now.", label = label),
                    (Some(after), "contract_start" | "contract_end") => {
                        say!("{label} changed to {value}.", label = label, value = web::say_date(after))
                    }
                    (Some(after), _) if after.chars().count() <= 60 => {
                        say!("{label} changed to {value}.", label = label, value = after)
                    }
                    (Some(_), _) => say!("{label} changed.", label = label),
                }
            }
            (_, values) => say_n!(
                "1 value of {name} changed.",
                "{count} values of {name} changed.",
                u64::try_from(values.len()).unwrap_or(u64::MAX),
                name = name
            ),
        }
    }
}

/// The banner about a change that was just made, for a page that leads on from it; none for those who may not know of it
/// and where there is no such change.
///
/// # Errors
/// When the engine fails.
pub(crate) fn banner(
    tx: &mut Transaction<'_>,
    reader: &Reader,
    organisation: &OrganisationId,
    number: Option<i64>,
) -> Result<Option<SuccessBanner>, Refused> {
    let Some(number) = number.filter(|_| may(reader, Deed::SeeOwn, organisation).is_ok()) else { return Ok(None) };
    match Change::read(tx, organisation, number) {
        Ok(change) => Ok(Some(change.banner(reader))),
        Err(Refused::Missing) => Ok(None),
        Err(refused) => Err(refused),
    }
}

fn numbered(text: &str) -> Result<i64, Problem> {
    text.parse::<i64>().ok().filter(|number| *number > 0).ok_or_else(Problem::missing)
}

async fn show(State(state): State<Architecture>, Path((id, number)): Path<(String, String)>, visit: Visit) -> Outcome {
    let of = permitted(&visit.reader, Deed::SeeOwn, &id)?;
    let parameters = visit.parameters(PARAMETERS)?;
    let number = numbered(&number)?;
    let change = state.store.read(move |tx| Change::read(tx, &of, number)).await?;
    let page = change.page(&visit.reader);
    Ok(match parameters.one("done") {
        Some(_) => page.banner(change.banner(&visit.reader)).into(),
        None => page.into(),
    })
}

async fn take_back(
    State(state): State<Architecture>,
    Path((id, number)): Path<(String, String)>,
    visit: Visit,
) -> Outcome {
    let of = permitted(&visit.reader, Deed::EditEstate, &id)?;
    visit.parameters(&[])?;
    let number = numbered(&number)?;
    let moment = moment(&state, &visit.reader);
    let organisation = of.clone();
    let writing = state.store.write(move |tx| {
        let undone = undo(tx, &organisation, number, &moment)?;
        Change::read(tx, &organisation, undone)
    });
    let refused = match writing.await {
        Ok(undone) => return Ok(Answer::Redirect(undone.landing())),
        Err(refused) => refused,
    };
    if refused.kind() != Kind::Conflicting {
        return Err(refused.into());
    }
    let change = state.store.read(move |tx| Change::read(tx, &of, number)).await?;
    if visit.format != Format::Html || change.conflicts.is_empty() {
        return Err(refused.into());
    }
    let error = FieldError::new("changed-since", say!("Changes made since would be lost, so nothing was undone"));
    Ok(change.page(&visit.reader).errors(vec![error]).into())
}

impl Change {
    /// Where one goes on after making this change: to the one system or contract that it changed, else to its own page.
    pub(crate) fn landing(&self) -> String {
        let systems: Vec<&Subject> =
            self.subjects.iter().filter(|subject| subject.kind == SubjectKind::System.word()).collect();
        let one = match (systems.as_slice(), self.subjects.as_slice()) {
            ([one], _) => one.address.clone(),
            ([], [one]) => one.address.clone(),
            _ => None,
        };
        match one {
            Some(address) => format!("{address}?change={}", self.row.number),
            None => format!("{}?done=yes", address(self.organisation.id.as_str(), self.row.number)),
        }
    }
}
