//! "Matches": the names of an organisation's own that may be products or suppliers of the shared list, one at a time, with
//! reasons. Nothing is chosen beforehand: a wrong match is worse than a miss.

use std::collections::{BTreeMap, BTreeSet};

use accounts::{Deed, Organisation, may};
use axum::extract::{Path, State as Shared};
use serde::Serialize;
use serde_json::json;
use store::{Error, Transaction};
use vocabulary::{OrganisationId, Reader};
use web::{
    Answer, Cell, FieldError, Form, Outcome, Page, Problem, Routes, SuccessBanner, Table, Template, Visit, say, say_n,
};

use super::decide::{confirm, following, keep_as_own, nothing, own_names, take_back};
use super::names::ProductNames;
use super::store::{Decided, OwnName, State, What, decided, own_products, own_suppliers, remember};
use super::{Reason, SupplierVerdict};
use crate::change::{moment, permitted};
use crate::organisation::{short_name, views, with_estate};
use crate::statement::store::private_texts;
use crate::{Architecture, Refused, shared_list};

const TEMPLATE: &str = "architecture/matching/show.html";
/// The templates of this file.
pub(crate) const TEMPLATES: &[Template] =
    &[Template { name: TEMPLATE, source: include_str!("../../templates/matching/show.html") }];
const PARAMETERS: &[&str] = &["show", "name", "later", "done"];
const FIELDS: &[&str] = &["name", "choice", "other", "action"];
/// Systems of one name that are named on the page.
const MOST_SYSTEMS: usize = 5;

/// The addresses of this file.
pub(crate) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    routes
        .get(
            "/organisations/{id}/matches",
            "An organisation's own names, matched to the shared list one at a time",
            show,
        )
        .parameters(PARAMETERS)
        .by("editors and stewards of the organisation")
        .post("/organisations/{id}/matches", "Say what one of the organisation's own names means, or take it back", act)
        .fields(&["name", "choice", "other", "action"])
        .by("editors and stewards of the organisation")
}

/// How a name stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Stand {
    Waiting,
    Made,
    Confirmed,
    None,
}

impl Stand {
    const ALL: [Stand; 4] = [Stand::Waiting, Stand::Made, Stand::Confirmed, Stand::None];

    fn word(self) -> &'static str {
        match self {
            Stand::Waiting => "waiting",
            Stand::Made => "made",
            Stand::Confirmed => "confirmed",
            Stand::None => "none",
        }
    }

    fn text(self) -> String {
        match self {
            Stand::Waiting => say!("Waiting"),
            Stand::Made => say!("Made without asking"),
            Stand::Confirmed => say!("Confirmed"),
            Stand::None => say!("Our own"),
        }
    }
}

/// A product or supplier that a name may mean.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Likely {
    pub id: String,
    pub name: String,
    /// A product's supplier, by name.
    pub supplier: Option<String>,
    pub reasons: String,
}

/// One name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Row {
    pub key: String,
    pub what: &'static str,
    pub name: String,
    /// What the systems say of the supplier.
    pub supplier: Option<String>,
    pub systems: Vec<(String, String)>,
    pub stands: Stand,
    /// What it was matched to.
    pub target: Option<String>,
    pub target_name: Option<String>,
    /// Why.
    pub how: Option<String>,
    pub likely: Vec<Likely>,
    #[serde(skip)]
    pub folded: String,
}

/// All names of an organisation's own.
pub(crate) struct Matches {
    pub organisation: Organisation,
    pub rows: Vec<Row>,
    pub may_edit: bool,
}

async fn show(Shared(state): Shared<Architecture>, Path(id): Path<String>, visit: Visit) -> Outcome {
    let of = permitted(&visit.reader, Deed::SeeOwn, &id)?;
    let parameters = visit.parameters(PARAMETERS)?;
    let table = match parameters.one("show") {
        None => None,
        Some(word) => Some(
            Stand::ALL
                .into_iter()
                .find(|stand| stand.word() == word)
                .ok_or_else(|| parameters.unknown_value("show", word, &Stand::ALL.map(Stand::word)))?,
        ),
    };
    let reader = visit.reader.clone();
    let named = parameters.one("name").map(str::to_owned);
    let read = state.store.read(move |tx| {
        let matches = Matches::read(tx, &reader, &of)?;
        // What is decided about a name may be offered to all.
        let decided = |row: &&Row| row.what == What::Product.word() && row.stands != Stand::Waiting;
        let offer = match named.as_deref().and_then(|key| matches.row(key)).filter(decided) {
            Some(row) => shared_list::link_for(tx, &reader, &of, &row.key)?,
            None => None,
        };
        Ok::<_, Refused>((matches, offer))
    });
    let (matches, offer) = read.await?;
    let asked = match (parameters.one("name"), parameters.one("later")) {
        (Some(key), _) => Some(matches.row(key).ok_or_else(Problem::missing)?),
        (None, Some(later)) => matches.after(later),
        (None, None) => matches.waiting().next(),
    };
    let done = parameters.one("done").and_then(|key| matches.row(key));
    let mut page = matches.page(&visit.reader, table, asked).extra("offer", offer);
    if let Some(done) = done.filter(|done| done.stands != Stand::Waiting) {
        page = page.banner(SuccessBanner {
            text: done.done_text(),
            link: Some((say!("Undo"), matches.address_of(&done.key))),
        });
    }
    Ok(page.into())
}

impl Row {
    fn done_text(&self) -> String {
        match &self.target_name {
            Some(target) => say!("\"{name}\" is matched to {target}.", name = self.name, target = target),
            None => say!("\"{name}\" stays your own. We do not ask about it again.", name = self.name),
        }
    }
}

impl Matches {
    fn read(tx: &mut Transaction<'_>, reader: &Reader, of: &OrganisationId) -> Result<Matches, Refused> {
        let organisation = with_estate(tx, of.as_str())?;
        let names = ProductNames::of(tx, of)?;
        let suppliers = Suppliers::read(tx)?;
        let all = decided(tx, of)?;
        let is_decided: BTreeSet<(What, &str)> = all.iter().map(|one| (one.what, one.folded.as_str())).collect();
        let mut own = own_products(tx, of)?;
        own.extend(own_suppliers(tx, of)?);
        let mut rows: Vec<Row> = own
            .iter()
            .filter(|name| !is_decided.contains(&(name.what, name.folded().as_str())))
            .map(|name| waiting(name, &names, &suppliers))
            .collect();
        // Likely ones first, then by name.
        rows.sort_by_cached_key(|row| (row.likely.is_empty(), row.what != What::Product.word(), row.folded.clone()));
        let mut decided_rows = Vec::new();
        let (own_names, texts) = (own_names(tx, of)?, private_texts(tx, of)?);
        let systems = system_names(tx, of)?;
        for one in &all {
            let name = match one.what {
                What::Product => own_names.get(&one.stands),
                What::Supplier => texts.get(&one.stands),
            };
            let Some(name) = name.cloned() else { continue };
            let used = own.iter().find(|own| own.what == one.what && own.folded() == one.folded);
            let systems = match used {
                Some(used) => used.used_by.clone(),
                None => {
                    let ids = following(tx, of, one)?;
                    ids.into_iter().filter_map(|id| Some((id.clone(), systems.get(&id)?.clone()))).collect()
                }
            };
            decided_rows.push(told(one, name, systems, &names, &suppliers));
        }
        decided_rows.sort_by_cached_key(|row| (row.stands, row.folded.clone()));
        rows.extend(decided_rows);
        let may_edit = may(reader, Deed::EditEstate, of).is_ok();
        Ok(Matches { organisation, rows, may_edit })
    }

    fn row(&self, key: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.key == key)
    }

    fn waiting(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| row.stands == Stand::Waiting)
    }

    /// The name that comes after another one that was put off; the first again after the last.
    fn after(&self, key: &str) -> Option<&Row> {
        let mut rest = self.waiting().skip_while(|row| row.key != key).skip(1);
        rest.next().or_else(|| self.waiting().next())
    }

    fn count(&self, stand: Stand) -> usize {
        self.rows.iter().filter(|row| row.stands == stand).count()
    }

    fn address(&self) -> String {
        format!("/organisations/{}/matches", self.organisation.id)
    }

    fn address_of(&self, key: &str) -> String {
        format!("{}?name={key}", self.address())
    }

    pub(crate) fn page(&self, reader: &Reader, table: Option<Stand>, asked: Option<&Row>) -> Page {
        let short = short_name(&self.organisation.name).to_owned();
        let waiting = self.count(Stand::Waiting);
        let counts: BTreeMap<&str, usize> =
            Stand::ALL.into_iter().map(|stand| (stand.word(), self.count(stand))).collect();
        let likely = self.waiting().filter(|row| !row.likely.is_empty()).count();
        let sections: Vec<_> = Stand::ALL
            .into_iter()
            .map(|stand| {
                let text = format!("{} {}", stand.text(), self.count(stand));
                let href = format!("{}?show={}", self.address(), stand.word());
                json!({"text": text, "href": href, "current": table == Some(stand)})
            })
            .collect();
        let listed = table.unwrap_or(Stand::Waiting);
        let names: Vec<&Row> = self.rows.iter().filter(|row| row.stands == listed).collect();
        let title = match asked.filter(|_| table.is_none()) {
            Some(row) if row.what == What::Supplier.word() => say!("Match the supplier \"{name}\"", name = row.name),
            Some(row) => say!("Match \"{name}\"", name = row.name),
            None => say!("{organisation}'s names and the shared list", organisation = short),
        };
        let first = match waiting {
            0 => say!("Every name is matched."),
            _ => say_n!(
                "1 name to match.",
                "{count} names to match, likely ones first.",
                u64::try_from(waiting).unwrap_or(u64::MAX)
            ),
        };
        Page::new(TEMPLATE, title)
            .place(self.organisation.name.clone())
            .section("organisations")
            .crumb(say!("Home"), "/")
            .crumb(say!("Organisations"), "/organisations")
            .crumb(self.organisation.name.clone(), self.organisation.address())
            .private()
            .data(json!({
                "organisation": self.organisation.id,
                "counts": counts,
                "likely": likely,
                "name": asked.filter(|_| table.is_none()),
                "names": self.rows,
            }))
            .extra("first", first)
            .extra("short_name", short)
            .extra("sections", sections)
            .extra("names", names)
            .extra("listed", listed.word())
            .extra("without_likely", waiting - likely)
            .extra("shows_table", table.is_some())
            .extra("most_systems", MOST_SYSTEMS)
            .extra("action", self.address())
            .extra("organisation_address", self.organisation.address())
            .extra("may_edit", self.may_edit)
            .extra("views", views(&self.organisation, reader))
            .table(self.table())
    }

    fn table(&self) -> Table {
        let text = |text: &Option<String>| text.as_ref().map_or(Cell::Empty, |text| Cell::Text(text.clone()));
        Table {
            name: format!("{}-matches", self.organisation.id),
            columns: ["what", "name", "supplier", "systems", "stands", "target", "target_name", "how", "likely"]
                .to_vec(),
            rows: self
                .rows
                .iter()
                .map(|row| {
                    let likely: Vec<&str> = row.likely.iter().map(|likely| likely.name.as_str()).collect();
                    vec![
                        Cell::Text(row.what.to_owned()),
                        Cell::Text(row.name.clone()),
                        text(&row.supplier),
                        Cell::Integer(i64::try_from(row.systems.len()).unwrap_or(i64::MAX)),
                        Cell::Text(row.stands.word().to_owned()),
                        text(&row.target),
                        text(&row.target_name),
                        text(&row.how),
                        Cell::Text(likely.join("; ")),
                    ]
                })
                .collect(),
        }
    }
}

/// Suppliers by id.
struct Suppliers(BTreeMap<String, String>);

impl Suppliers {
    fn read(tx: &mut Transaction<'_>) -> Result<Suppliers, Error> {
        let all = accounts::organisation::all(tx, Some(accounts::OrganisationKind::Supplier))?;
        Ok(Suppliers(all.into_iter().map(|supplier| (supplier.id.to_string(), supplier.name)).collect()))
    }
}

fn system_names(tx: &mut Transaction<'_>, of: &OrganisationId) -> Result<BTreeMap<String, String>, Error> {
    let sql = "SELECT id, name FROM system WHERE organisation = $1
               UNION ALL SELECT id, COALESCE(reference, title, '') FROM contract WHERE organisation = $1";
    let rows = tx.query(sql, &store::values![of.as_str()], |row| Ok((row.text(0)?, row.text(1)?)))?;
    Ok(rows.into_iter().collect())
}

fn reasons(reasons: &[Reason]) -> String {
    reasons.iter().map(Reason::text).collect::<Vec<_>>().join("; ")
}

fn waiting(name: &OwnName, names: &ProductNames, suppliers: &Suppliers) -> Row {
    let likely = match name.what {
        What::Product => names
            .suggestions(&name.name, name.supplier.as_deref())
            .into_iter()
            .map(|one| Likely {
                name: names.name(&one.product),
                supplier: names.supplier("", &one.product).and_then(|id| suppliers.0.get(id)).cloned(),
                reasons: one.reasons_text(),
                id: one.product,
            })
            .collect(),
        What::Supplier => match names.index().suppliers().find(&name.name) {
            SupplierVerdict::Certain(id) => vec![(id, vec![Reason::Spaces])],
            SupplierVerdict::Likely(likely) => likely,
            SupplierVerdict::Nothing => Vec::new(),
        }
        .into_iter()
        .filter_map(|(id, why)| {
            let name = suppliers.0.get(&id)?.clone();
            Some(Likely { name, supplier: None, reasons: reasons(&why), id })
        })
        .collect(),
    };
    Row {
        key: name.key.clone(),
        what: name.what.word(),
        name: name.name.clone(),
        supplier: name.supplier.clone(),
        systems: name.used_by.clone(),
        stands: Stand::Waiting,
        target: None,
        target_name: None,
        how: None,
        likely,
        folded: name.folded(),
    }
}

fn told(
    one: &Decided,
    name: String,
    systems: Vec<(String, String)>,
    names: &ProductNames,
    suppliers: &Suppliers,
) -> Row {
    let target_name = one.target.as_ref().map(|target| match one.what {
        What::Product => names.name(target),
        What::Supplier => suppliers.0.get(target).unwrap_or(target).clone(),
    });
    Row {
        key: one.stands.clone(),
        what: one.what.word(),
        name,
        supplier: None,
        systems,
        stands: match one.state {
            State::Made => Stand::Made,
            State::Confirmed => Stand::Confirmed,
            State::Nothing => Stand::None,
        },
        target: one.target.clone(),
        target_name,
        how: Some(one.how.clone()),
        likely: Vec::new(),
        folded: one.folded.clone(),
    }
}

/// What is to be done about a name.
enum Wish {
    /// It means this.
    Means(String),
    /// It means a product of this name.
    Named(String),
    /// It is the organisation's own.
    Own,
    /// Another time.
    Later,
    /// What was decided is wrong.
    TakeBack,
    /// All without a likely product or supplier are the organisation's own.
    KeepRest,
}

fn wish(form: &Form) -> Result<Wish, FieldError> {
    match (form.one("action"), form.one("choice")) {
        (Some("take-back"), _) => Ok(Wish::TakeBack),
        (Some("keep-rest"), _) => Ok(Wish::KeepRest),
        (_, Some("none")) => Ok(Wish::Own),
        (_, Some("later")) => Ok(Wish::Later),
        (_, Some("other")) => match form.one("other") {
            Some(name) => Ok(Wish::Named(name.to_owned())),
            None => Err(FieldError::new("other", say!("Write the name as the shared list has it"))),
        },
        (_, Some(target)) => Ok(Wish::Means(target.to_owned())),
        (_, None) => Err(FieldError::new("choice", say!("Choose what the name means, or decide later"))),
    }
}

async fn act(Shared(state): Shared<Architecture>, Path(id): Path<String>, visit: Visit, form: Form) -> Outcome {
    visit.parameters(&[])?;
    let of = permitted(&visit.reader, Deed::EditEstate, &id)?;
    form.only(FIELDS)?;
    let key = form.one("name").unwrap_or_default().to_owned();
    let moment = moment(&state, &visit.reader);
    let reader = visit.reader.clone();
    let wish = wish(&form);
    let at = key.clone();
    let done = state
        .store
        .write(move |tx| {
            let matches = Matches::read(tx, &reader, &of)?;
            let wish = match &wish {
                Ok(wish) => wish,
                Err(error) => return Ok(Err((matches, error.clone()))),
            };
            if matches!(wish, Wish::KeepRest) {
                let rest = matches.waiting().filter(|row| row.likely.is_empty());
                let own = rest.map(|row| nothing(&row.as_own())).collect::<Vec<_>>();
                remember(tx, &of, &own, &moment)?;
                return Ok(Ok(format!("{}?show=none", matches.address())));
            }
            let row = matches.row(&at).ok_or(Refused::Missing)?;
            let what = What::from_word(row.what).ok_or(Refused::Missing)?;
            let target = match wish {
                Wish::Later => return Ok(Ok(format!("{}?later={at}", matches.address()))),
                Wish::TakeBack => {
                    take_back(tx, &of, (what, &row.folded), &moment)?;
                    return Ok(Ok(matches.address_of(&at)));
                }
                Wish::Own | Wish::KeepRest => None,
                Wish::Means(target) => Some(target.clone()),
                Wish::Named(name) => match listed(tx, what, name)? {
                    Some(target) => Some(target),
                    None => {
                        let text = match what {
                            What::Product => {
                                say!("The shared list has no product of this name. Look it up under Products")
                            }
                            What::Supplier => say!("We know no supplier of this name. Look it up under Organisations"),
                        };
                        return Ok(Err((matches, FieldError::new("other", text))));
                    }
                },
            };
            match target {
                Some(target) => drop(confirm(tx, &of, (what, &at), &target, &moment)?),
                None => keep_as_own(tx, &of, (what, &at), &moment)?,
            }
            Ok::<_, Refused>(Ok(format!("{}?done={at}", matches.address())))
        })
        .await?;
    match done {
        Ok(next) => Ok(Answer::Redirect(next)),
        Err((matches, error)) => {
            let asked = matches.row(&key).ok_or_else(Problem::missing)?;
            Ok(matches.page(&visit.reader, None, Some(asked)).typed(&form).errors(vec![error]).into())
        }
    }
}

impl Row {
    fn as_own(&self) -> OwnName {
        OwnName {
            what: What::from_word(self.what).unwrap_or(What::Product),
            key: self.key.clone(),
            name: self.name.clone(),
            used_by: self.systems.clone(),
            supplier: self.supplier.clone(),
        }
    }
}

/// The listed product or known supplier of exactly this name.
fn listed(tx: &mut Transaction<'_>, what: What, name: &str) -> Result<Option<String>, Error> {
    let index = super::names::index(tx)?;
    Ok(match what {
        What::Product => index.named_product(name),
        What::Supplier => index.suppliers().certain(name).map(str::to_owned),
    })
}

/// This file's pages with invented content.
pub(crate) fn samples() -> Vec<web::SamplePage> {
    use crate::system::samples::{council, reader};
    let (Some(organisation), Some(reader)) = (council(), reader(vocabulary::Role::Editor)) else { return Vec::new() };
    let row = |number: u8, name: &str, stands: Stand| Row {
        key: format!("018f0000-0000-7000-8000-0000000005{number:02}"),
        what: What::Product.word(),
        name: name.to_owned(),
        supplier: Some("Oakware".to_owned()),
        systems: vec![("018f0000-0000-7000-8000-000000000001".to_owned(), "Bin rounds".to_owned())],
        stands,
        target: (stands == Stand::Confirmed).then(|| "roundmaster".to_owned()),
        target_name: (stands == Stand::Confirmed).then(|| "RoundMaster".to_owned()),
        how: (stands != Stand::Waiting).then(|| "\"Round Mstr\" matched by hand".to_owned()),
        likely: Vec::new(),
        folded: name.to_lowercase(),
    };
    let likely = Likely {
        id: "roundmaster".to_owned(),
        name: "RoundMaster".to_owned(),
        supplier: Some("Oakware".to_owned()),
        reasons: "same supplier; one letter differs".to_owned(),
    };
    let asked = Row { likely: vec![likely], ..row(1, "RoundMastr", Stand::Waiting) };
    let rows = vec![asked, row(2, "Grantly", Stand::Waiting), row(3, "Round Mstr", Stand::Confirmed)];
    let matches = Matches { organisation: organisation.clone(), rows, may_edit: true };
    let empty = Matches { organisation, rows: Vec::new(), may_edit: true };
    let sample = |name, page| web::SamplePage { name, page };
    vec![
        sample("matches, one name", matches.page(&reader, None, matches.waiting().next())),
        sample(
            "matches, one that is confirmed",
            matches.page(&reader, None, matches.rows.last()).extra(
                "offer",
                shared_list::Link {
                    text: say!("Offered {offered}: waiting", offered = web::say_date("2026-03-03")),
                    href: "/organisations/ashmere/offers/1".to_owned(),
                },
            ),
        ),
        sample("matches, all that wait", matches.page(&reader, Some(Stand::Waiting), None)),
        sample("matches, none", empty.page(&reader, None, None)),
    ]
}
