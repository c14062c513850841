//! The worklist as a page: how many things need somebody and by when, then a table for each reason, one action a row.
//!
//! A table begins with ten rows and leads to all of its reason, a hundred to a page, so that no list is without an end.

use accounts::{Deed, Organisation};
use axum::extract::{Path, State};
use serde::Serialize;
use serde_json::json;
use vocabulary::{Date, Money, Reader};
use web::{Answer, Cell, Format, Outcome, Page, Parameters, Problem, Routes, SuccessBanner, Table, Visit, say, say_n};

use super::of_reader;
use super::read::work;
use super::rule::{Item, Need, Reason, Work};
use crate::change::{address_of, permitted, show::banner};
use crate::listing;
use crate::organisation::{short_name, views, with_estate};
use crate::statement::{Attribute, Stated, SubjectKind};
use crate::system::{Status, edit::Card, facts::label, list::filter::status_text};
use crate::{Architecture, Refused};

const TEMPLATE: &str = "architecture/worklist/show.html";
const PARAMETERS: &[&str] = &["show", "change", "moved", "after", "before"];
/// The word of `show=` for what was put aside.
const ASIDE: &str = "aside";
/// Rows of each table until one asks for all of it.
const FIRST: usize = 10;

/// The addresses of this file.
pub(crate) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    routes
        .get("/worklist", "Leads to the worklist of the organisation that one acts for", own)
        .by("editors and stewards of the organisation")
        .get("/organisations/{id}/worklist", "What needs the people who keep an estate, for them only", show)
        .parameters(PARAMETERS)
        .by("editors and stewards of the organisation")
}

async fn own(visit: Visit) -> Outcome {
    visit.parameters(&[])?;
    let organisation = of_reader(&visit.reader).ok_or_else(Problem::missing)?;
    Ok(Answer::Redirect(format!("/organisations/{organisation}/worklist{}", visit.format.suffix())))
}

/// What of the worklist is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Show {
    Everything,
    Only(Reason),
    Aside,
}

impl Show {
    pub(super) fn read(parameters: &Parameters) -> Result<Show, Problem> {
        match parameters.one("show") {
            None => Ok(Show::Everything),
            Some(ASIDE) => Ok(Show::Aside),
            Some(word) => Reason::from_word(word).map(Show::Only).ok_or_else(|| {
                let known: Vec<&str> = Reason::ALL.iter().map(|reason| reason.word()).chain([ASIDE]).collect();
                parameters.unknown_value("show", word, &known)
            }),
        }
    }

    pub(super) fn word(self) -> Option<&'static str> {
        match self {
            Show::Everything => None,
            Show::Only(reason) => Some(reason.word()),
            Show::Aside => Some(ASIDE),
        }
    }
}

async fn show(State(state): State<Architecture>, Path(id): Path<String>, visit: Visit) -> Outcome {
    let of = permitted(&visit.reader, Deed::EditEstate, &id)?;
    let parameters = visit.parameters(PARAMETERS)?;
    let show = Show::read(&parameters)?;
    let change = parameters.number("change", 1..=i64::MAX)?;
    let (today, reader) = (state.clock.today(), visit.reader.clone());
    let read = state.store.read(move |tx| {
        let organisation = with_estate(tx, of.as_str())?;
        let banner = banner(tx, &reader, &of, change)?;
        Ok::<_, Refused>((organisation, work(tx, &reader, &of, today)?, banner))
    });
    let (organisation, work, banner) = read.await?;
    let mut page = page(&organisation, &work, today, show, &parameters, &visit)?;
    if let Some(banner) = banner {
        page = page.banner(banner);
    }
    let moved = match parameters.one("moved") {
        None => None,
        Some("aside") => Some(say!("Put aside. It is in the list of what was put aside.")),
        Some("back") => Some(say!("Taken up again.")),
        Some(word) => return Err(parameters.unknown_value("moved", word, &["aside", "back"])),
    };
    if let Some(text) = moved {
        let link = (parameters.one("moved") == Some("aside"))
            .then(|| (say!("See what was put aside"), format!("{}?show={ASIDE}", visit.path)));
        page = page.banner(SuccessBanner { text, link });
    }
    Ok(page.into())
}

/// A row, in words.
#[derive(Clone, Debug, Serialize)]
struct Row {
    reason: &'static str,
    /// system or contract, by its id; import for a row of a file.
    kind: &'static str,
    id: String,
    /// Whose it is: the system's name, or those that the contract covers.
    name: String,
    /// Where one does something about it.
    address: String,
    /// The field's stable name.
    field: Option<&'static str>,
    /// What to do there.
    what: String,
    /// The value as it stands, or the text as sent.
    value: Option<String>,
    must_fix: bool,
    last_notice_date: Option<String>,
    contract_end: Option<String>,
    as_of: Option<String>,
    change: Option<i64>,
    /// How putting it aside names it.
    key: Option<String>,
}

fn row(item: &Item, organisation: &Organisation) -> Row {
    let name = item.name.clone();
    let field = item.attribute();
    let mut row = Row {
        reason: item.reason.word(),
        kind: item.kind.word(),
        id: item.subject.clone(),
        name: name.clone(),
        address: mended_at(item),
        field: field.map(Attribute::word),
        what: String::new(),
        value: None,
        must_fix: item.must_be_mended(),
        last_notice_date: None,
        contract_end: None,
        as_of: None,
        change: None,
        key: item.key.clone(),
    };
    match &item.need {
        Need::Notice { day, end } => {
            row.what = say!("Renew or give notice");
            row.last_notice_date = Some(day.clone());
            row.contract_end = Some(end.clone());
        }
        Need::Unread { attribute, text, partly } => {
            let field = label(*attribute);
            row.what = match partly {
                true => say!("Check the {field}", field = lower(&field)),
                false => say!("Give the {field}", field = lower(&field)),
            };
            row.value = Some(text.clone());
        }
        Need::LeftOut(left) => {
            row.kind = "import";
            row.name = match left.row {
                Some(number) => {
                    say!("{file}, {sheet}, row {row}", file = left.file, sheet = left.sheet, row = number.to_string())
                }
                None => left.file.clone(),
            };
            row.address = format!("/organisations/{}/imports/{}", organisation.id, left.import);
            row.what = say!("Correct the file and upload it again");
            row.value = Some(left.message.clone());
        }
        Need::EndsBeforeStart { start, end } => {
            row.what = say!("Correct the contract's dates");
            row.value =
                Some(say!("ends {end}, starts {start}", end = web::say_date(end), start = web::say_date(start)));
        }
        Need::NoEnd => row.what = say!("Add the contract end"),
        Need::Ended { end } => {
            row.what = say!("Say what covers it now");
            row.contract_end = Some(end.clone());
        }
        Need::Old { attribute, value, as_of, change } => {
            row.what = label(*attribute);
            row.value = Some(in_words(*attribute, value));
            row.as_of = Some(as_of.to_string());
            row.change = Some(*change);
        }
        Need::Names(count) => {
            row.kind = "matches";
            row.id = organisation.id.to_string();
            row.name = say!("Matches");
            row.address = format!("{}/matches", organisation.address());
            row.what = say_n!("1 name to match", "{count} names to match, likely ones first", *count);
        }
        Need::Offers(count) => {
            row.kind = "shared-list";
            row.id = organisation.id.to_string();
            row.name = say!("Shared list");
            row.address = "/shared-list?show=waiting".to_owned();
            row.what = say_n!("1 offer to the shared list waits", "{count} offers to the shared list wait", *count);
        }
    }
    row
}

/// Where it is mended: the form of the field, or the page where one decides.
fn mended_at(item: &Item) -> String {
    let page = address_of(item.kind, &item.subject);
    match (&item.need, item.kind, item.attribute()) {
        (Need::Notice { .. }, _, _) | (_, _, None) => page,
        (_, SubjectKind::Contract, _) => format!("{page}/edit"),
        (_, SubjectKind::System, Some(Attribute::UsedBy)) => format!("{page}/users"),
        (_, SubjectKind::System, Some(attribute)) => Card::ALL
            .iter()
            .find(|card| card.attributes().contains(&attribute))
            .map_or(page, |card| card.address(&item.subject)),
    }
}

/// A label within a sentence. "LGAM elements" keeps its letters.
fn lower(label: &str) -> String {
    let mut letters = label.chars();
    match (letters.next(), label.chars().nth(1)) {
        (Some(first), Some(second)) if second.is_lowercase() => first.to_lowercase().chain(letters).collect(),
        _ => label.to_owned(),
    }
}

fn in_words(attribute: Attribute, stated: &Stated) -> String {
    match stated {
        Stated::Text(text) if attribute == Attribute::Status => {
            Status::from_word(text).map_or_else(|| text.clone(), status_text)
        }
        Stated::Text(text) if attribute == Attribute::End => web::say_date(text),
        Stated::Text(text) => text.clone(),
        Stated::Number(pence) if attribute == Attribute::AnnualCost => {
            say!("{amount} a year", amount = Money(*pence).to_string())
        }
        Stated::Number(number) => say!("{number}", number = *number),
        _ => say!("Not known"),
    }
}

/// "7 things need you, 2 by 6 March 2026."
pub(crate) fn sentence(work: &Work, today: Date) -> String {
    let things = say_n!("1 thing needs you", "{count} things need you", work.things());
    match (work.items.is_empty(), work.soonest(today)) {
        (true, _) => say!("Nothing needs you today."),
        (_, None) => say!("{things}.", things = things),
        (_, Some((by, day))) => {
            say!("{things}, {by} by {day}.", things = things, by = by, day = web::say_date(&day))
        }
    }
}

fn heading(reason: Reason) -> String {
    match reason {
        Reason::Decide => say!("Decide: last notice dates in the next 6 months"),
        Reason::Problems => say!("Problems: what a file said and could not be used"),
        Reason::Offers => say!("Shared list: offers that wait for you"),
        Reason::Match => say!("Match: names that may be products or suppliers of the shared list"),
        Reason::Missing => say!("Missing: contract dates of live systems"),
        Reason::Confirm => say!("Confirm: said more than a year ago"),
    }
}

pub(super) fn page(
    organisation: &Organisation,
    work: &Work,
    today: Date,
    show: Show,
    parameters: &Parameters,
    visit: &Visit,
) -> Result<Page, Problem> {
    let rows = |items: &[&Item]| items.iter().map(|item| row(item, organisation)).collect::<Vec<Row>>();
    let of = |reason: Reason| work.of(reason).collect::<Vec<&Item>>();
    let chosen: Vec<&Item> = match show {
        Show::Everything => work.items.iter().collect(),
        Show::Only(reason) => of(reason),
        Show::Aside => work.aside.iter().collect(),
    };
    let mut paging = None;
    let groups: Vec<_> = match show {
        Show::Everything => Reason::ALL
            .iter()
            .map(|reason| (*reason, of(*reason)))
            .filter(|(_, items)| !items.is_empty())
            .map(|(reason, items)| {
                let first = rows(items.get(..FIRST.min(items.len())).unwrap_or_default());
                json!({"reason": reason.word(), "heading": heading(reason), "total": work.things_of(reason), "rows": first,
                       "more": items.len().saturating_sub(FIRST)})
            })
            .collect(),
        Show::Only(_) | Show::Aside => {
            let word = show.word().unwrap_or_default();
            let heading = match show {
                Show::Only(reason) => heading(reason),
                _ => say!("Put aside"),
            };
            // Their order is the rule's.
            let (items, pages) = listing::by_place(chosen.clone(), word, parameters.cursor()?.as_ref())?;
            paging = Some(pages);
            vec![json!({"reason": word, "heading": heading, "total": chosen.iter().map(|item| item.things()).sum::<u64>(), "rows": rows(&items), "more": 0})]
        }
    };
    let counts: serde_json::Map<String, serde_json::Value> =
        Reason::ALL.iter().map(|reason| (reason.word().to_owned(), work.things_of(*reason).into())).collect();
    let short = short_name(&organisation.name);
    let table = if visit.format == Format::Html { Vec::new() } else { rows(&chosen) };
    let sentence = sentence(work, today);
    let mut page = Page::new(TEMPLATE, say!("Your work at {organisation}", organisation = short))
        .place(organisation.name.clone())
        .section("work")
        .crumb(say!("Home"), "/")
        .crumb(say!("Organisations"), "/organisations")
        .crumb(organisation.name.clone(), organisation.address())
        .private()
        .data(json!({
            "organisation": {"id": organisation.id, "name": organisation.name},
            "finding": sentence,
            "things": work.things(),
            "by_reason": counts,
            "put_aside": work.aside.len(),
            "show": show.word(),
            "groups": groups,
        }))
        .extra("action", format!("{}/worklist", organisation.address()))
        .extra("short_name", short)
        .extra("views", views(organisation, &visit.reader))
        .table(file(organisation, &table));
    if let Some(paging) = paging {
        page = page.list(paging);
    }
    Ok(page)
}

fn file(organisation: &Organisation, rows: &[Row]) -> Table {
    let date = |text: &Option<String>| text.clone().map_or(Cell::Empty, Cell::Date);
    let cells = |row: &Row| {
        vec![
            Cell::from(row.reason),
            Cell::from(row.kind),
            Cell::from(row.id.as_str()),
            Cell::from(row.name.as_str()),
            row.field.map_or(Cell::Empty, Cell::from),
            Cell::from(row.what.as_str()),
            Cell::from(row.value.clone()),
            Cell::from(if row.must_fix { "yes" } else { "no" }),
            date(&row.last_notice_date),
            date(&row.contract_end),
            date(&row.as_of),
        ]
    };
    Table {
        name: format!("{}-worklist", organisation.id),
        columns: vec![
            "reason",
            "kind",
            "commonhold_id",
            "name",
            "field",
            "what",
            "value",
            "must_fix",
            "last_notice_date",
            "contract_end",
            "as_of",
        ],
        rows: rows.iter().map(cells).collect(),
    }
}

/// What home says to those who keep an estate: the sentence, and where the list is.
///
/// # Errors
/// When the engine fails.
pub(crate) fn at_home(
    tx: &mut ::store::Transaction<'_>,
    reader: &Reader,
    today: Date,
) -> Result<Option<(Work, String)>, ::store::Error> {
    let Some(organisation) = of_reader(reader) else { return Ok(None) };
    Ok(Some((work(tx, reader, organisation, today)?, format!("/organisations/{organisation}/worklist"))))
}
