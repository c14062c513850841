//! One system: everything known about it, who said so, who else runs the same product, and what was said before.
//!
//! Not here: changing it (`edit`, `retire`), and what its organisation may erase (`erase`).

use std::str::FromStr;

use accounts::{Deed, Organisation, may};
use axum::extract::{Path, State};
use serde::Serialize;
use serde_json::json;
use store::{Error, Transaction, Value};
use vocabulary::{Date, Kind, OrganisationId, Reader};
use web::{Outcome, Page, Problem, Routes, SuccessBanner, Visit, say};

use super::edit;
use super::facts::{Card, Entry, Fact, Known, Sight, history, label};
use super::list::columns::{self, Shown, find};
use super::list::line::{self, Line};
use super::list::{as_data, file};
use super::past::{self, Past};
use super::store::{Seen, SystemRow, sees_own};
use crate::organisation::{councils_share, short_name};
use crate::statement::{Attribute, SubjectKind, store::Present};
use crate::{Architecture, Refused, change, estate, statement};

const TEMPLATE: &str = "architecture/system/show.html";
const PARAMETERS: &[&str] = &["as_of", "erased", "change", "unchanged"];
/// The most rows of "Who else runs this" and of the history; the product's page and the data have the rest.
const MOST_OTHERS: usize = 20;
const MOST_HISTORY: usize = 60;

/// The addresses of this file.
pub(crate) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    let routes = routes.get("/systems/{id}", "One system: everything known, its sources, who else runs it", show);
    routes.parameters(PARAMETERS)
}

/// What the page is made from.
#[derive(Clone, Debug)]
pub(crate) struct Everything {
    pub organisation: Organisation,
    pub line: Line,
    pub sight: Sight,
    pub cards: Vec<Card>,
    pub history: Vec<Entry>,
    pub others: Vec<Other>,
    pub other_systems: u64,
    pub other_organisations: u64,
    /// The day as of which it is shown; none for today.
    pub as_of: Option<Date>,
}

/// Somebody else's use of the same product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Other {
    pub organisation: String,
    pub organisation_name: String,
    pub id: String,
    pub name: String,
    pub version: Option<String>,
    pub status: Option<String>,
    pub contract_end: Option<String>,
}

async fn show(State(state): State<Architecture>, Path(id): Path<String>, visit: Visit) -> Outcome {
    let parameters = visit.parameters(PARAMETERS)?;
    let reader = visit.reader.clone();
    let change = parameters.number("change", 1..=i64::MAX)?;
    if let Some(day) = past::day(&parameters, "as_of", state.clock.today())? {
        let everything = state.store.read(move |tx| Everything::read_as_of(tx, &reader, &id, day)).await?;
        return match everything {
            Some(everything) => Ok(everything.page(&visit.reader).into()),
            None => Err(Problem::of_kind(
                Kind::Missing,
                say!("This system was not in the estate on {date}.", date = web::say_date(&day.to_string())),
            )
            .next(say!("Remove \"as_of\" from the address to see it today."))),
        };
    }
    let reading = state.store.read(move |tx| {
        let everything = Everything::read(tx, &reader, &id)?;
        let banner = change::show::banner(tx, &reader, &everything.organisation.id, change)?;
        Ok::<_, Refused>((everything, banner))
    });
    let (everything, banner) = reading.await?;
    let mut page = everything.page(&visit.reader);
    if parameters.one("erased").is_some() && everything.sight.erases {
        page = page.banner(SuccessBanner { text: say!("The text is erased."), link: None });
    }
    if parameters.one("unchanged").is_some() && everything.sight.erases {
        page = page
            .banner(SuccessBanner { text: say!("That is what stood here already. Nothing was changed."), link: None });
    }
    if let Some(banner) = banner {
        page = page.banner(banner);
    }
    Ok(page.into())
}

/// What a reader may see and do at one organisation's systems.
pub(crate) fn sight(tx: &mut Transaction<'_>, reader: &Reader, organisation: &OrganisationId) -> Result<Sight, Error> {
    Ok(Sight {
        own: sees_own(reader, organisation),
        costs: reader.sees(estate::sharing(tx, organisation)?.costs, organisation),
        erases: may(reader, Deed::EditEstate, organisation).is_ok(),
    })
}

/// The organisation that a visible row belongs to.
pub(crate) fn organisation_of(tx: &mut Transaction<'_>, id: &str) -> Result<Organisation, Refused> {
    let id = OrganisationId::from_str(id).map_err(|_| Refused::Missing)?;
    accounts::organisation::find(tx, &id)?.ok_or(Refused::Missing)
}

impl Everything {
    pub(crate) fn read(tx: &mut Transaction<'_>, reader: &Reader, id: &str) -> Result<Everything, Refused> {
        let seen = Seen::by(reader);
        let row = seen.system(tx, id)?.ok_or(Refused::Missing)?;
        let organisation = organisation_of(tx, &row.organisation)?;
        let sight = sight(tx, reader, &organisation.id)?;
        let line = line::of_system(tx, reader, row)?;
        let statements = statement::store::history(tx, &organisation.id, id)?;
        let mut present = Present::new();
        present.insert(id.to_owned(), statement::store::present_of(tx, &organisation.id, id)?);
        if let Some(contract) = &line.row.contract {
            present.insert(contract.clone(), statement::store::present_of(tx, &organisation.id, contract)?);
        }
        let known = Known::read(tx, &organisation.id, sight, &statements)?;
        let cards = cards(&line, &present, &known, sight, &organisation);
        let history = history(&statements, &known, sight);
        let (others, other_systems, other_organisations) = others(tx, &seen, &line.row)?;
        Ok(Everything {
            organisation,
            line,
            sight,
            cards,
            history,
            others,
            other_systems,
            other_organisations,
            as_of: None,
        })
    }

    /// The system as it was at the end of a day; none where it was not recorded then. One that has left the estate since is
    /// still there for its organisation's own readers.
    fn read_as_of(
        tx: &mut Transaction<'_>,
        reader: &Reader,
        id: &str,
        day: Date,
    ) -> Result<Option<Everything>, Refused> {
        let today = Seen::by(reader).system(tx, id)?;
        let organisation = match (&today, &reader.acting) {
            (Some(row), _) => organisation_of(tx, &row.organisation)?,
            (None, Some(acting)) if sees_own(reader, &acting.organisation) => {
                organisation_of(tx, acting.organisation.as_str())?
            }
            (None, _) => return Err(Refused::Missing),
        };
        let sight = Sight { erases: false, ..sight(tx, reader, &organisation.id)? };
        let statements = statement::store::history(tx, &organisation.id, id)?;
        if today.is_none() && !statements.iter().any(|standing| standing.statement.kind == SubjectKind::System) {
            return Err(Refused::Missing);
        }
        let Past { until, present, lines } = Past::read(tx, reader, &organisation, sight, day)?;
        let Some(line) = lines.into_iter().find(|line| line.row.id == id) else { return Ok(None) };
        let statements: Vec<_> = statements.into_iter().filter(|standing| standing.change <= until).collect();
        let known = Known::read(tx, &organisation.id, sight, &statements)?;
        let cards = cards(&line, &present, &known, sight, &organisation);
        let history = history(&statements, &known, sight);
        Ok(Some(Everything {
            organisation,
            line,
            sight,
            cards,
            history,
            others: Vec::new(),
            other_systems: 0,
            other_organisations: 0,
            as_of: Some(day),
        }))
    }

    pub(crate) fn page(&self, reader: &Reader) -> Page {
        let Everything { organisation, line, sight, cards, history, others, .. } = self;
        let row = &line.row;
        let short = short_name(&organisation.name);
        let data = json!({
            "as_of": self.as_of.map(|day| day.to_string()),
            "system": as_data(line),
            "cards": cards,
            "others": {"systems": self.other_systems, "organisations": self.other_organisations, "first": others},
            "history": history,
        });
        Page::new(TEMPLATE, row.name.clone())
            .place(organisation.name.clone())
            .section("organisations")
            .crumb(say!("Home"), "/")
            .crumb(say!("Organisations"), "/organisations")
            .crumb(organisation.name.clone(), format!("/organisations/{}", organisation.id))
            .crumb(say!("Systems"), format!("/organisations/{}/systems", organisation.id))
            .data(data)
            .extra("status", &row.status)
            .extra("use_of", use_of(row, short))
            .extra("owner", json!({"name": organisation.name, "href": organisation.address()}))
            .extra(
                "users",
                line.used_by.iter().map(|user| json!({"name": user.name, "href": user.address()})).collect::<Vec<_>>(),
            )
            .extra("may_edit", sight.erases)
            .extra("candidate", row.candidate && sight.own)
            .extra("short_name", short)
            .extra("as_of", self.as_of.map(|day| day.to_string()))
            .extra("seen_by", seen_by(&row.visibility, short))
            .extra(
                "cards",
                cards
                    .iter()
                    .map(|card| json!({"title": card.title, "facts": card.facts, "edit": card.edit}))
                    .collect::<Vec<_>>(),
            )
            .extra("may_edit", sight.erases)
            .extra("changed_at", &row.changed_at)
            .extra("product", json!({"name": row.product_name, "href": row.product_address()}))
            .extra("others", others)
            .extra("other_systems", self.other_systems)
            .extra("other_organisations", self.other_organisations)
            .extra(
                "history",
                history
                    .iter()
                    .take(MOST_HISTORY)
                    .map(|entry| json!({"entry": entry, "erase": entry.erase}))
                    .collect::<Vec<_>>(),
            )
            .extra("history_total", history.len())
            .extra("system_address", row.address())
            .extra("merges", sight.erases)
            .extra("councils_share", councils_share(reader, None))
            .table(file(&format!("system-{}", row.id), std::slice::from_ref(line), sight.costs))
    }
}

/// "Ashmere's use of RoundMaster, by Oakware", as far as it is known.
fn use_of(row: &SystemRow, short: &str) -> String {
    match (&row.product_name, &row.supplier_name, row.in_house) {
        (Some(product), Some(supplier), _) => {
            say!(
                "{organisation}'s use of {product}, by {supplier}",
                organisation = short,
                product = product,
                supplier = supplier
            )
        }
        (Some(product), None, _) => say!("{organisation}'s use of {product}", organisation = short, product = product),
        (None, Some(supplier), _) => {
            say!("A system at {organisation}, by {supplier}", organisation = short, supplier = supplier)
        }
        (None, None, true) => say!("Made and run by {organisation}", organisation = short),
        (None, None, false) => say!("A system at {organisation}", organisation = short),
    }
}

/// Who sees it, as a sentence.
pub(crate) fn seen_by(visibility: &str, short: &str) -> String {
    match visibility {
        "public" => say!("Seen by: anyone"),
        "members" => say!("Seen by: participating bodies"),
        _ => say!("Seen by: only {organisation}", organisation = short),
    }
}

/// The facts in their groups. A field that the reader may not see is not among them.
fn cards(line: &Line, present: &Present, known: &Known, sight: Sight, organisation: &Organisation) -> Vec<Card> {
    let row = &line.row;
    let stated = |subject: Option<&String>, attribute: Attribute| present.get(subject?)?.get(&attribute);
    let fact = |attribute: Attribute| {
        let shown = find(attribute.word()).map_or_else(Shown::not_known, |column| column.shown(line));
        Fact::of(label(attribute), attribute, shown, stated(Some(&row.id), attribute), known, sight)
    };
    let contract = |attribute: Attribute, field: &str| {
        let shown = find(field).map_or_else(Shown::not_known, |column| column.shown(line));
        Fact::of(label(attribute), attribute, shown, stated(row.contract.as_ref(), attribute), known, sight)
    };
    let short = short_name(&organisation.name);
    let card = |of: edit::Card, facts: Vec<Fact>| Card {
        title: of.title(short),
        facts,
        edit: sight.erases.then(|| of.address(&row.id)),
    };
    let mut agreed = vec![
        reference(line, stated(row.contract.as_ref(), Attribute::Reference), known, sight),
        contract(Attribute::ContractTitle, "contract_title"),
        contract(Attribute::ContractSupplier, "contract_supplier"),
        contract(Attribute::Start, "contract_start"),
        Fact::reckoned(
            "last_notice_date",
            say!("Last notice date"),
            Shown::date(row.last_notice_day.as_deref()),
            say!("Reckoned from contract end and notice period"),
        ),
        contract(Attribute::End, "contract_end"),
        contract(Attribute::NoticeMonths, "notice_months"),
        contract(Attribute::Extension, "extension_options"),
    ];
    if sight.costs {
        agreed.push(contract(Attribute::ContractCost, "contract_cost"));
        agreed.push(fact(Attribute::AnnualCost));
    }
    let mut supplier = fact(Attribute::Supplier);
    if supplier.source.is_none() && row.supplier.is_some() {
        supplier = supplier.noted(Some(say!("From the list of products")));
    }
    let attributes = |all: &[Attribute]| all.iter().map(|attribute| fact(*attribute)).collect::<Vec<_>>();
    let mut technology = attributes(&[Attribute::Product, Attribute::Version, Attribute::Modules]);
    technology.push(supplier);
    technology.extend(attributes(&[
        Attribute::Hosting,
        Attribute::DataModel,
        Attribute::Portability,
        Attribute::SupportModel,
        Attribute::DependsOn,
    ]));
    technology.push(Fact::reckoned(
        "relied_on_by",
        say!("Relied on by"),
        columns::systems(&line.relied_on_by),
        say!("From what is said of those systems"),
    ));
    let mut cards = vec![
        card(
            edit::Card::Purpose,
            attributes(&[
                Attribute::Description,
                Attribute::Elements,
                Attribute::Status,
                Attribute::Users,
                Attribute::SharedWith,
                Attribute::UsedBy,
                Attribute::Criticality,
                Attribute::Website,
            ]),
        ),
        card(edit::Card::Contract, agreed),
        card(edit::Card::Technology, technology),
        card(edit::Card::Owners, attributes(&[Attribute::BusinessOwner, Attribute::TechnicalOwner])),
    ];
    if sight.own {
        let notes = match line.own.texts.get(&Attribute::Notes) {
            Some(text) => Shown::own(text.as_deref()),
            None => Shown::Nothing { text: say!("None") },
        };
        let notes =
            Fact::of(say!("Notes"), Attribute::Notes, notes, stated(Some(&row.id), Attribute::Notes), known, sight);
        cards.push(card(edit::Card::Notes, vec![notes]));
    }
    cards
}

/// The contract's reference, which leads to its page whether or not it is known.
fn reference(line: &Line, latest: Option<&statement::store::Standing>, known: &Known, sight: Sight) -> Fact {
    let row = &line.row;
    let shown = match (&row.contract, &row.contract_reference) {
        (Some(id), Some(reference)) => Shown::Link { text: reference.clone(), href: format!("/contracts/{id}") },
        (Some(id), None) => {
            let text = row.contract_title.clone().unwrap_or_else(|| say!("Contract without a reference"));
            Shown::Link { text, href: format!("/contracts/{id}") }
        }
        (None, _) => Shown::not_known(),
    };
    let mut fact = Fact::of(say!("Contract reference"), Attribute::Reference, shown, latest, known, sight);
    if row.contract_reference.is_none() && fact.erase.is_none() {
        fact.source = None;
    }
    fact
}

/// Other systems with the same listed product, and how many systems and organisations there are in all.
fn others(tx: &mut Transaction<'_>, seen: &Seen, row: &SystemRow) -> Result<(Vec<Other>, u64, u64), Error> {
    let Some(product) = row.product.as_ref().filter(|_| !row.candidate) else { return Ok((Vec::new(), 0, 0)) };
    let first = seen.next_parameter();
    let rest = format!(
        "AND p.organisation = '' AND p.id = ${first} AND NOT (s.organisation = ${} AND s.id = ${})",
        first + 1,
        first + 2
    );
    let more =
        vec![Value::from(product.as_str()), Value::from(row.organisation.as_str()), Value::from(row.id.as_str())];
    let sql = format!("SELECT COUNT(*), COUNT(DISTINCT s.organisation) {} {rest}", seen.from);
    let counts = tx.query_one(&sql, &seen.with(more.clone()), |row| Ok((row.integer(0)?, row.integer(1)?)))?;
    let sql = format!(
        "SELECT s.organisation, o.name, s.id, s.name, s.version, s.status, c.end_date {} {rest}
         ORDER BY o.name, s.organisation, s.name_folded, s.id LIMIT {MOST_OTHERS}",
        seen.from
    );
    let others = tx.query(&sql, &seen.with(more), |row| {
        Ok(Other {
            organisation: row.text(0)?,
            organisation_name: row.text(1)?,
            id: row.text(2)?,
            name: row.text(3)?,
            version: row.optional_text(4)?,
            status: row.optional_text(5)?,
            contract_end: row.optional_text(6)?,
        })
    })?;
    Ok((others, u64::try_from(counts.0).unwrap_or(0), u64::try_from(counts.1).unwrap_or(0)))
}
