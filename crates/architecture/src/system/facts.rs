//! Facts on a page: a value, who said so, how surely and for which day.
//!
//! What may be shown is decided here once for pages of systems and contracts: a value that the reader does not see has no
//! source either, and history tells no more than the present page would have told.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use serde::Serialize;
use store::{Error, Transaction, values};
use vocabulary::{OrganisationId, PersonId};
use web::say;

use super::list::columns::Shown;
use crate::change;
use crate::statement::{Attribute, Stated, Statement, store::Standing};

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Source {
    /// Where it was read.
    pub source: String,
    /// verified, reported or estimated.
    pub confidence: &'static str,
    /// The day for which it was said.
    pub as_of: String,
}

/// One fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fact {
    /// The field's stable name.
    pub field: &'static str,
    /// In words.
    pub label: String,
    /// The value.
    pub value: Shown,
    /// Where it comes from; none for what is not known, and for what was reckoned.
    pub source: Option<Source>,
    /// How it was reckoned, or what else to know.
    pub note: Option<String>,
    /// A text that was not understood beside a value that was. For the organisation's own readers only.
    pub not_understood: Option<String>,
    /// The id of a private text that this reader may erase.
    pub erase: Option<String>,
}

/// Facts that belong together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Card {
    /// The heading.
    pub title: String,
    /// The facts.
    pub facts: Vec<Fact>,
    /// Where they are changed; none for those who may not.
    #[serde(skip)]
    pub edit: Option<String>,
}

/// What a reader may see beyond the plain facts of one organisation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sight {
    /// Private texts and texts that were not understood.
    pub own: bool,
    /// What systems cost.
    pub costs: bool,
    /// May change values and erase private texts.
    pub erases: bool,
}

/// Names of what statements point to, as far as the reader may know them.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Products by `(organisation, id)`.
    pub products: BTreeMap<(String, String), String>,
    /// Suppliers and users by id.
    pub organisations: BTreeMap<String, String>,
    /// Contracts of the organisation by id: their references or titles.
    pub contracts: BTreeMap<String, Option<String>>,
    /// Elements by `(frame, id)`.
    pub elements: BTreeMap<(String, String), String>,
    /// Systems of the organisation by id, for its own readers.
    pub systems: BTreeMap<String, String>,
    /// Private texts of the organisation that are still there, by id.
    pub texts: BTreeMap<String, String>,
    /// Pages of changes by number, and who made them; for the organisation's own readers.
    pub changes: BTreeMap<i64, (String, String)>,
    /// What the organisation is called where others ask who said something.
    pub organisation: String,
}

impl Known {
    /// Reads the names that these statements need.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn read(
        tx: &mut Transaction<'_>,
        organisation: &OrganisationId,
        sight: Sight,
        statements: &[Standing],
    ) -> Result<Known, Error> {
        let mut known = Known::default();
        let of = if sight.own { organisation.as_str() } else { "" };
        let sql = "SELECT organisation, id, name FROM product WHERE organisation = '' OR organisation = $1";
        known.products.extend(tx.query(sql, &values![of], |row| Ok(((row.text(0)?, row.text(1)?), row.text(2)?)))?);
        known.products.extend(crate::product::merge::Merges::read(tx)?.names());
        let sql = "SELECT id, COALESCE(reference, title) FROM contract WHERE organisation = $1";
        known
            .contracts
            .extend(tx.query(sql, &values![organisation.as_str()], |row| Ok((row.text(0)?, row.optional_text(1)?)))?);
        let sql = "SELECT frame, id, name FROM frame_element";
        known.elements.extend(tx.query(sql, &[], |row| Ok(((row.text(0)?, row.text(1)?), row.text(2)?)))?);
        for merged in accounts::organisation::all_merged(tx)? {
            known.organisations.insert(merged.was.id.to_string(), merged.was.name);
        }
        for standing in statements {
            let ids = match &standing.statement.value {
                Some(Stated::Supplier(id)) => std::slice::from_ref(id),
                Some(Stated::Organisations(ids)) => ids,
                _ => &[],
            };
            for id in ids {
                if !known.organisations.contains_key(id)
                    && let Ok(named) = OrganisationId::from_str(id)
                    && let Some(named) = accounts::organisation::find(tx, &named)?
                {
                    known.organisations.insert(id.clone(), named.name);
                }
            }
        }
        let named = accounts::organisation::find(tx, organisation)?.map(|found| found.name).unwrap_or_default();
        known.organisation = crate::organisation::short_name(&named).to_owned();
        if sight.own {
            known.changes = changes_of(tx, organisation, statements)?;
            known.texts = crate::statement::store::private_texts(tx, organisation)?;
            let sql = "SELECT id, name FROM system WHERE organisation = $1";
            let own = values![organisation.as_str()];
            known.systems.extend(tx.query(sql, &own, |row| Ok((row.text(0)?, row.text(1)?)))?);
        }
        Ok(known)
    }

    /// Who made a change: a person for the organisation's own readers, the organisation for others.
    fn who(&self, change: i64) -> String {
        self.changes.get(&change).map_or_else(|| self.organisation.clone(), |(_, who)| who.clone())
    }

    /// The text that was not understood, where there is one to be seen.
    fn original(&self, standing: &Standing) -> Option<&str> {
        self.texts.get(standing.statement.original.as_ref()?).map(String::as_str)
    }

    /// What a statement says, in the form of a cell.
    fn shown(&self, standing: &Standing) -> Shown {
        let statement = &standing.statement;
        let Some(value) = &statement.value else {
            return match (self.original(standing), &statement.original) {
                (Some(text), _) => Shown::not_understood(text),
                (None, Some(_)) => Shown::own(None),
                (None, None) => Shown::not_known(),
            };
        };
        match value {
            Stated::Flag(true) => Shown::Text { text: say!("Added") },
            Stated::Flag(false) => Shown::Text { text: say!("Taken back") },
            Stated::Text(status) if statement.attribute == Attribute::Status => {
                Shown::Status { status: status.clone() }
            }
            Stated::Text(date) if matches!(statement.attribute, Attribute::Start | Attribute::End) => {
                Shown::Date { date: date.clone() }
            }
            Stated::Text(text) => Shown::Text { text: text.clone() },
            Stated::Number(pence) if matches!(statement.attribute, Attribute::AnnualCost | Attribute::ContractCost) => {
                Shown::Pounds { pence: *pence }
            }
            Stated::Number(number) => Shown::Number { number: *number },
            Stated::Elements(elements) if elements.is_empty() => Shown::Nothing { text: say!("None recorded") },
            Stated::Elements(elements) => Shown::Links {
                links: elements
                    .iter()
                    .map(|key| {
                        (self.elements.get(key).unwrap_or(&key.1).clone(), format!("/elements/{}-{}", key.0, key.1))
                    })
                    .collect(),
            },
            Stated::Product(organisation, id) => match self.products.get(&(organisation.clone(), id.clone())) {
                Some(name) => Shown::Link { text: name.clone(), href: format!("/products/{id}") },
                None => Shown::not_known(),
            },
            Stated::Organisations(ids) => Shown::Links {
                links: ids
                    .iter()
                    .map(|id| (self.organisations.get(id).unwrap_or(id).clone(), format!("/organisations/{id}")))
                    .collect(),
            },
            Stated::Systems(ids) => {
                let links = ids.iter().filter_map(|id| Some((self.systems.get(id)?.clone(), format!("/systems/{id}"))));
                let links: Vec<_> = links.collect();
                if links.is_empty() { Shown::Nothing { text: say!("None recorded") } } else { Shown::Links { links } }
            }
            Stated::Supplier(id) => Shown::Link {
                text: self.organisations.get(id).unwrap_or(id).clone(),
                href: format!("/organisations/{id}"),
            },
            Stated::InHouse => Shown::Text { text: say!("In-house") },
            Stated::Contract(id) => match self.contracts.get(id) {
                Some(reference) => Shown::Link {
                    text: reference.clone().unwrap_or_else(|| say!("Contract without a reference")),
                    href: format!("/contracts/{id}"),
                },
                // A contract that was taken back has no page.
                None => Shown::Text { text: say!("A contract that was taken back") },
            },
            // Shown in the system's own history, which nobody reaches while it is merged, and in that of the change.
            Stated::System(id) => Shown::Link { text: say!("Another system"), href: format!("/systems/{id}") },
            Stated::Private(id) => Shown::own(self.texts.get(id).map(String::as_str)),
        }
    }

    /// The private text that a statement points to and that is still there.
    fn private<'a>(&self, standing: &'a Standing) -> Option<&'a String> {
        let id = match &standing.statement.value {
            Some(Stated::Private(id)) => Some(id),
            _ => standing.statement.original.as_ref(),
        };
        id.filter(|id| self.texts.contains_key(*id))
    }
}

/// The changes that these statements belong to, with their pages and who made them.
fn changes_of(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    statements: &[Standing],
) -> Result<BTreeMap<i64, (String, String)>, Error> {
    let mut people: BTreeMap<Option<PersonId>, String> = BTreeMap::new();
    let mut changes = BTreeMap::new();
    let wanted: BTreeSet<i64> = statements.iter().map(|standing| standing.change).collect();
    for (number, actor) in change::store::made_by(tx, organisation, &wanted)? {
        let who = match people.get(&actor) {
            Some(known) => known.clone(),
            None => {
                let who = change::who(tx, actor)?;
                people.insert(actor, who.clone());
                who
            }
        };
        changes.insert(number, (change::address(organisation.as_str(), number), who));
    }
    Ok(changes)
}

/// The words beside a value: with the unit, where the value is a bare number.
pub fn label(attribute: Attribute) -> String {
    match attribute {
        Attribute::NoticeMonths => say!("Notice period (months)"),
        _ => say!(attribute.label()),
    }
}

/// Where a statement comes from. A file's name is the organisation's own words, so others learn only that it was a list.
pub fn source_of(standing: &Standing, sight: Sight) -> Source {
    let statement = &standing.statement;
    Source {
        source: if sight.own { statement.source.clone() } else { say!("the organisation's own list") },
        confidence: statement.confidence.word(),
        as_of: statement.as_of.to_string(),
    }
}

impl Fact {
    /// A fact with the value that the reader sees and the latest statement about it. Who sees no value sees no source.
    pub fn of(
        label: String,
        attribute: Attribute,
        value: Shown,
        latest: Option<&Standing>,
        known: &Known,
        sight: Sight,
    ) -> Fact {
        let nothing = matches!(value, Shown::Nothing { .. });
        let latest = latest.filter(|_| sight.own || !nothing);
        let stated =
            latest.filter(|standing| standing.statement.value.is_some() || standing.statement.original.is_some());
        let value = match stated {
            // The list says "Not known" of an erased text; here the history is at hand.
            Some(standing) if nothing && sight.own && standing.statement.value.is_none() => known.shown(standing),
            _ => value,
        };
        let beside = stated.filter(|standing| standing.statement.value.is_some());
        Fact {
            field: attribute.word(),
            label,
            value,
            source: stated.map(|standing| source_of(standing, sight)),
            note: None,
            not_understood: beside.and_then(|standing| known.original(standing)).map(str::to_owned),
            erase: stated.filter(|_| sight.erases).and_then(|standing| known.private(standing)).cloned(),
        }
    }

    /// A fact that was reckoned and not stated.
    pub fn reckoned(field: &'static str, label: String, value: Shown, note: String) -> Fact {
        let note = (!matches!(value, Shown::Nothing { .. })).then_some(note);
        Fact { field, label, value, source: None, note, not_understood: None, erase: None }
    }

    /// The fact with a further note.
    pub fn noted(mut self, note: Option<String>) -> Fact {
        self.note = note;
        self
    }
}

/// Whether nothing that is stated of this attribute is told to a reader. `of_candidate`: of a system whose product only its
/// organisation names.
pub(crate) fn withheld(attribute: Attribute, sight: Sight, of_candidate: bool) -> bool {
    match attribute {
        Attribute::MergedInto => !sight.own,
        Attribute::AnnualCost | Attribute::ContractCost => !sight.costs,
        // Which systems it relied on: not all of them may be shared with the reader.
        Attribute::Notes | Attribute::DependsOn => !sight.own,
        // A version and modules say which product they are of.
        Attribute::Version | Attribute::Modules => of_candidate && !sight.own,
        _ => false,
    }
}

/// Whether a statement says something to a reader. For those who do not see the organisation's own parts a private or unread
/// text is no value.
pub(crate) fn is_news(statement: &Statement, sight: Sight) -> bool {
    if sight.own {
        return statement.value.is_some() || statement.original.is_some();
    }
    match &statement.value {
        None | Some(Stated::Private(_) | Stated::Systems(_)) => false,
        Some(Stated::Product(organisation, _)) => organisation.is_empty(),
        Some(Stated::Elements(elements)) => !elements.is_empty(),
        Some(_) => true,
    }
}

/// Whether everybody who sees its system or contract is told a statement.
pub(crate) fn is_plain(statement: &Statement, of_candidate: bool) -> bool {
    let others = Sight::default();
    !withheld(statement.attribute, others, of_candidate) && is_news(statement, others)
}

/// Whether a statement names a product that only its organisation names.
pub(crate) fn names_a_candidate(statement: &Statement) -> bool {
    matches!(&statement.value, Some(Stated::Product(organisation, _)) if !organisation.is_empty())
}

/// One line of a history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// When it was said here.
    pub at: String,
    /// Who said it: for the organisation's own readers a person, for others the organisation.
    pub who: String,
    /// The page of the change that it belongs to; only for the organisation's own readers, since numbers would tell others
    /// of what they do not see.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<String>,
    /// The field's stable name.
    pub field: &'static str,
    /// In words.
    pub label: String,
    /// What was said.
    pub value: Shown,
    /// Where it comes from; none where the reader does not see what was said.
    pub source: Option<Source>,
    /// The id of a private text that this reader may erase.
    #[serde(skip)]
    pub erase: Option<String>,
}

/// What was said of a subject, latest first, as far as the reader may see it. `statements` are in that order.
///
/// For those who do not see the organisation's own parts a private or unread text is no value, and saying that nothing is
/// known where nothing was known before is no news: such lines would only tell that something is withheld.
pub fn history(statements: &[Standing], known: &Known, sight: Sight) -> Vec<Entry> {
    let candidates = statements.iter().any(|standing| names_a_candidate(&standing.statement));
    let mut before: BTreeMap<Attribute, bool> = BTreeMap::new();
    let mut entries = Vec::new();
    for standing in oldest_first(statements) {
        let attribute = standing.statement.attribute;
        if withheld(attribute, sight, candidates) {
            continue;
        }
        let news = is_news(&standing.statement, sight);
        let value = if news || sight.own { known.shown(standing) } else { Shown::not_known() };
        let had = before.insert(attribute, news).unwrap_or(false);
        if news || had {
            entries.push(Entry {
                at: standing.at.clone(),
                who: known.who(standing.change),
                change: known.changes.get(&standing.change).map(|(address, _)| address.clone()),
                field: attribute.word(),
                label: label(attribute),
                value,
                source: (news || sight.own).then(|| source_of(standing, sight)),
                erase: Some(standing).filter(|_| sight.erases).and_then(|standing| known.private(standing)).cloned(),
            });
        }
    }
    entries.reverse();
    entries
}

/// Statements come latest change first, and within a change in their order.
fn oldest_first(statements: &[Standing]) -> Vec<&Standing> {
    let mut ordered: Vec<&Standing> = statements.iter().collect();
    ordered.sort_by_key(|standing| standing.change);
    ordered
}
