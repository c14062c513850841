//! What applying a file would change, before anything is written: problems first, then changes field by field, what the
//! file no longer has, and what is new. Applying writes exactly what was shown, or nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use accounts::{Deed, Organisation};
use axum::extract::{Path, State};
use serde::Serialize;
use serde_json::json;
use vocabulary::{Kind, OrganisationId, Reader};
use web::{
    Answer, Cell, Cursor, CursorValue, Direction, FieldError, Form, Format, Outcome, Page, Paging, Problem, Routes,
    Table, Visit, say,
};

use super::problems::{Severities, Trouble};
use super::{Stage, Waiting, found, list, list_address, moment, page, permitted, problems, stage};
use crate::import::apply::apply;
use crate::import::joins::Follow;
use crate::import::plan::{Change, Listed, Missing, Outcome as RowOutcome, Plan, Planned, plan};
use crate::import::relies::Elsewhere;
use crate::statement::Attribute;
use crate::{Architecture, Refused};

const TEMPLATE: &str = "architecture/import/preview.html";
const PARAMETERS: &[&str] = &["show", "after", "before"];
/// Rows of one page of a section shown by itself.
const PAGE_SIZE: usize = 100;
/// Rows of each section where all are shown together.
const FIRST: usize = 20;

/// The addresses of this file.
pub(crate) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    routes
        .get(
            "/organisations/{id}/imports/{import}/preview",
            "What applying a waiting file would change, and its problems",
            show,
        )
        .parameters(PARAMETERS)
        .by("editors and stewards of the organisation")
        .post(
            "/organisations/{id}/imports/{import}/preview",
            "Apply what the preview showed, or cancel the import",
            decide,
        )
        .fields(&["action", "digest", "retire"])
        .by("editors and stewards of the organisation")
}

/// What `?show=` can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    Problems,
    New,
    Changed,
    Unchanged,
    Missing,
}

impl Section {
    const ALL: [Section; 5] = [Section::Problems, Section::New, Section::Changed, Section::Unchanged, Section::Missing];

    fn word(self) -> &'static str {
        match self {
            Section::Problems => "problems",
            Section::New => "new",
            Section::Changed => "changed",
            Section::Unchanged => "unchanged",
            Section::Missing => "missing",
        }
    }
}

/// A row of the file that is a system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct RowShown {
    /// The system's name.
    pub name: String,
    /// The sheet that the row stands in.
    pub sheet: String,
    /// Its number, from 1; none for a system of another list.
    pub row: Option<u32>,
    /// The system's id, where there is one already.
    pub system: Option<String>,
    /// One for each attribute that the row would state.
    pub changes: Vec<Change>,
}

impl RowShown {
    fn of(row: &Planned) -> RowShown {
        RowShown {
            name: row.meaning.name.clone(),
            sheet: row.meaning.sheet.clone(),
            row: Some(row.meaning.number),
            system: row.system.clone(),
            changes: row.shown.clone(),
        }
    }

    fn elsewhere(other: &Elsewhere) -> RowShown {
        RowShown {
            name: other.name.clone(),
            sheet: other.source.clone(),
            row: None,
            system: Some(other.system.clone()),
            changes: vec![other.change.clone()],
        }
    }
}

/// What the page is made from.
pub(crate) struct Preview {
    pub organisation: Organisation,
    pub address: String,
    pub file: String,
    pub list: String,
    pub digest: String,
    /// Whether something is said of a contract that changes nothing, and is kept beside what another list says.
    pub keeps_words: bool,
    pub new: Vec<RowShown>,
    pub changed: Vec<RowShown>,
    pub unchanged: Vec<RowShown>,
    pub missing: Vec<Missing>,
    pub problems: Vec<Trouble>,
    pub problems_left_out: usize,
    /// How many contracts the file lists, where it is a list of contracts.
    pub listed: Option<Listed>,
    /// What lists of contracts come to mean by the file.
    pub follows: Vec<Follow>,
}

async fn show(State(state): State<Architecture>, Path((id, import)): Path<(String, String)>, visit: Visit) -> Outcome {
    let of = permitted(&visit.reader, Deed::SeeOwn, &id)?;
    let parameters = visit.parameters(PARAMETERS)?;
    let section = match parameters.one("show") {
        None => None,
        Some(word) => Some(
            Section::ALL
                .into_iter()
                .find(|section| section.word() == word)
                .ok_or_else(|| parameters.unknown_value("show", word, &Section::ALL.map(Section::word)))?,
        ),
    };
    let cursor = parameters.cursor()?;
    let waiting = match stage(&state, &of, import).await?.or_its_page() {
        Ok(waiting) => waiting,
        Err(elsewhere) => return Ok(elsewhere),
    };
    if waiting.import.mapping.is_none() {
        return Ok(Answer::Redirect(format!("{}/mapping", waiting.address())));
    }
    let preview = reckon(&state, of, waiting).await?;
    Ok(preview.page(&visit.reader, visit.format, section, cursor.as_ref())?.into())
}

/// Plans what waits against the estate as it is now.
async fn reckon(state: &Architecture, of: OrganisationId, waiting: Waiting) -> Result<Preview, Problem> {
    let today = state.clock.today();
    let (address, file) = (waiting.address(), Arc::clone(&waiting.file));
    let mapping = waiting.mapping(&file.layout);
    let source = waiting.import.source.clone();
    let planning = state.store.read(move |tx| {
        let (reading, places) = file.rows(&mapping, today);
        plan(tx, &of, &source, &reading, &places)
    });
    let plan = planning.await?;
    Ok(Preview::of(waiting, address, plan))
}

async fn decide(
    State(state): State<Architecture>,
    Path((id, import)): Path<(String, String)>,
    visit: Visit,
    form: Form,
) -> Outcome {
    let of = permitted(&visit.reader, Deed::EditEstate, &id)?;
    visit.parameters(&[])?;
    form.only(&["action", "digest", "retire"])?;
    match form.one("action") {
        Some("apply") => {}
        Some("cancel") => return list::cancel(&state, &visit, &id, import).await,
        _ => return Err(Problem::invalid(say!("Say what to do: \"action\" is \"apply\" or \"cancel\"."))),
    }
    let Some(digest) = form.one("digest").map(str::to_owned) else {
        let next = say!("Open the preview and apply from there.");
        return Err(Problem::invalid(say!("It is not said which preview is to be applied (\"digest\").")).next(next));
    };
    let waiting = stage(&state, &of, import.clone()).await?.or_refuse()?;
    let retire: BTreeSet<String> = form.all("retire").into_iter().map(str::to_owned).collect();
    let (moment, address) = (moment(&state, &visit.reader), waiting.address());
    let (file, mapping) = (Arc::clone(&waiting.file), waiting.mapping(&waiting.file.layout));
    let organisation = of.clone();
    let wanted = import.clone();
    let writing = state.store.write(move |tx| {
        let (_, import) = found(tx, &organisation, &wanted)?;
        let rows = file.rows(&mapping, moment.today);
        apply(tx, &organisation, &import, &rows, &retire, Some(&digest), &moment)
    });
    match writing.await {
        Ok(_) => Ok(Answer::Redirect(format!("{address}?applied=yes"))),
        Err(refused) if refused.kind() == Kind::Conflicting => match stage(&state, &of, import).await? {
            Stage::Waiting(waiting) => {
                // What would change now is not what was shown: it is shown anew, with the ticks that still mean something.
                let preview = reckon(&state, of, *waiting).await?;
                let error = FieldError::new("changes", refused.to_string());
                Ok(preview.page(&visit.reader, Format::Html, None, None)?.typed(&form).errors(vec![error]).into())
            }
            Stage::Settled(_) => Err(refused.into()),
        },
        Err(refused) => Err(Refused::into(refused)),
    }
}

impl Preview {
    fn of(waiting: Waiting, address: String, plan: Plan) -> Preview {
        let rows = |outcome| plan.rows.iter().filter(move |row| row.outcome() == outcome).map(RowShown::of);
        Preview {
            address,
            file: waiting.import.file_name,
            list: waiting.import.source,
            organisation: waiting.organisation,
            digest: plan.digest(),
            keeps_words: plan.keeps_words(),
            new: rows(RowOutcome::New).collect(),
            changed: rows(RowOutcome::Changed).chain(plan.elsewhere_only().map(RowShown::elsewhere)).collect(),
            unchanged: rows(RowOutcome::Unchanged).collect(),
            problems: plan.problems.iter().map(Trouble::from).collect(),
            problems_left_out: plan.problems_left_out,
            listed: plan.listed,
            follows: plan.follows,
            missing: plan.missing,
        }
    }

    /// The page with all sections, or with one by itself. Files hold what the page is about, whole.
    pub(crate) fn page(
        &self,
        reader: &Reader,
        format: Format,
        section: Option<Section>,
        cursor: Option<&Cursor>,
    ) -> Result<Page, Problem> {
        let severities = Severities::of(&self.problems);
        let all = if format == Format::Html { FIRST } else { usize::MAX };
        let shows = |wanted: Section| section.is_none() || section == Some(wanted);
        let mut paging = None;
        let data = json!({
            "file": self.file,
            "list": self.list,
            "contracts_listed": self.listed,
            "contracts_follow": self.follows,
            "digest": self.digest,
            "counts": {
                "new": self.new.len(),
                "changed": self.changed.len(),
                "unchanged": self.unchanged.len(),
                "missing": self.missing.len(),
                "problems": self.problems.len() + self.problems_left_out,
                "must_fix": severities.must_fix,
                "check": severities.check,
                "information": severities.information,
            },
            "problems_left_out": self.problems_left_out,
            "problems": cut(&self.problems, Section::Problems, section, cursor, all, &mut paging)?,
            "changed": cut(&self.changed, Section::Changed, section, cursor, all, &mut paging)?,
            "new": cut(&self.new, Section::New, section, cursor, all, &mut paging)?,
            "unchanged": cut(&self.unchanged, Section::Unchanged, section, cursor, if all == FIRST { 0 } else { all }, &mut paging)?,
            // Whole wherever the form is: a tick on a page that is not sent would be lost.
            "missing": self.missing,
        });
        let mut page =
            page(TEMPLATE, say!("Check what would change: {file}", file = self.file), &self.organisation, reader)
                .back(say!("Back to columns"), format!("{}/mapping", self.address))
                .wide()
                .data(data)
                .extra("action", format!("{}/preview", self.address))
                .extra("imports_address", list_address(&self.organisation.id))
                .extra("show", section.map(Section::word))
                .extra(
                    "shows",
                    Section::ALL.into_iter().filter(|section| shows(*section)).map(Section::word).collect::<Vec<_>>(),
                )
                .extra("keeps_words", self.keeps_words)
                .extra("follows", Following::of(&self.follows))
                .extra("to_apply", self.new.len() + self.changed.len() + self.follows.len())
                .table(self.table(section));
        if let Some(paging) = paging {
            page = page.list(paging);
        }
        Ok(page)
    }

    fn table(&self, section: Option<Section>) -> Table {
        let name = |of: &str| format!("{}-import-{of}", self.organisation.id);
        match section {
            None | Some(Section::Problems) => problems::table(name("problems"), &self.problems),
            Some(Section::Missing) => Table {
                name: name("missing"),
                columns: vec!["commonhold_id", "name"],
                rows: self
                    .missing
                    .iter()
                    .map(|system| vec![Cell::from(system.id.as_str()), Cell::from(system.name.as_str())])
                    .collect(),
            },
            Some(Section::New) => changes(name("new"), &self.new),
            Some(Section::Changed) => changes(name("changed"), &self.changed),
            Some(Section::Unchanged) => Table {
                name: name("unchanged"),
                columns: vec!["commonhold_id", "name", "sheet", "row"],
                rows: self.unchanged.iter().map(|row| start(row).to_vec()).collect(),
            },
        }
    }
}

/// What lists of contracts come to mean, list by list and in the order of what people ask first.
#[derive(Debug, Default, Serialize)]
struct Following {
    /// Contracts that are recorded with systems: for each list how many, and which with which.
    recorded: Vec<(Option<String>, usize, String)>,
    /// Contracts that are no longer recorded with systems.
    no_longer: Vec<(Option<String>, usize, String)>,
    /// Contracts of which something else changes.
    changed: Vec<Follow>,
}

impl Following {
    fn of(follows: &[Follow]) -> Following {
        let told = |systems: fn(&Follow) -> &Vec<String>| {
            let mut lists: BTreeMap<Option<String>, Vec<String>> = BTreeMap::new();
            for follow in follows.iter().filter(|follow| !systems(follow).is_empty()) {
                let list = lists.entry(follow.list.clone()).or_default();
                list.push(format!("{} ({})", follow.contract, systems(follow).join(", ")));
            }
            lists.into_iter().map(|(list, names)| (list, names.len(), names.join("; "))).collect()
        };
        Following {
            recorded: told(|follow| &follow.systems),
            no_longer: told(|follow| &follow.no_longer),
            changed: follows.iter().filter(|follow| !follow.changes.is_empty()).cloned().collect(),
        }
    }
}

fn start(row: &RowShown) -> [Cell; 4] {
    [
        Cell::from(row.system.clone()),
        Cell::from(row.name.as_str()),
        Cell::from(row.sheet.as_str()),
        row.row.map_or(Cell::Empty, |row| Cell::Integer(i64::from(row))),
    ]
}

/// One line for each field that would change.
fn changes(name: String, rows: &[RowShown]) -> Table {
    let lines = rows.iter().flat_map(|row| {
        row.changes.iter().map(|change| {
            let date = |text: &Option<String>| match text {
                Some(text) if is_date(change.attribute) => Cell::Date(text.clone()),
                text => Cell::from(text.clone()),
            };
            let mut cells = start(row).to_vec();
            cells.extend([Cell::from(change.attribute), date(&change.now), date(&change.then)]);
            cells
        })
    });
    Table {
        name,
        columns: vec!["commonhold_id", "name", "sheet", "row", "field", "now", "would_become"],
        rows: lines.collect(),
    }
}

fn is_date(attribute: &str) -> bool {
    [Attribute::Start.word(), Attribute::End.word()].contains(&attribute)
}

/// The part of a section that a page shows: its first rows among others, a page of it by itself, nothing beside another.
fn cut<'a, T>(
    rows: &'a [T],
    which: Section,
    shown: Option<Section>,
    cursor: Option<&Cursor>,
    first: usize,
    paging: &mut Option<Paging>,
) -> Result<&'a [T], Problem> {
    match shown {
        None => Ok(rows.get(..first).unwrap_or(rows)),
        Some(shown) if shown != which => Ok(&[]),
        Some(_) => {
            let from = match cursor {
                None => 0,
                Some(cursor) => {
                    cursor.expect_sort(which.word())?;
                    let at = match cursor.key.as_slice() {
                        [CursorValue::Integer(at)] => usize::try_from(*at).unwrap_or_default(),
                        _ => 0,
                    };
                    match cursor.direction {
                        Direction::After => at.saturating_add(1).min(rows.len()),
                        Direction::Before => at.saturating_sub(PAGE_SIZE),
                    }
                }
            };
            let to = rows.len().min(from.saturating_add(PAGE_SIZE));
            let key = |at: usize| vec![CursorValue::Integer(i64::try_from(at).unwrap_or(i64::MAX))];
            *paging = Some(Paging {
                total: u64::try_from(rows.len()).unwrap_or(u64::MAX),
                next: (to < rows.len()).then(|| Cursor::after(which.word(), key(to - 1))),
                previous: (from > 0).then(|| Cursor::before(which.word(), key(from))),
                page_size: 100,
            });
            Ok(rows.get(from..to).unwrap_or(&[]))
        }
    }
}
