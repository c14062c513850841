//! What needs somebody, and in which order. Pure: facts in, things to do out.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Span;
use vocabulary::{Date, fold};

use crate::import::store::LeftOut;
use crate::statement::{Attribute, Stated, SubjectKind, words};

/// The values that age, and are to be confirmed once a year. All others change rarely, or their system with them.
pub const AGING: [Attribute; 6] = [
    Attribute::Status,
    Attribute::BusinessOwner,
    Attribute::TechnicalOwner,
    Attribute::Users,
    Attribute::AnnualCost,
    Attribute::End,
];
/// How many months ahead last notice dates are shown.
const AHEAD: i64 = 6;
/// Within how many days a date is near enough to stand in the first sentence.
const NEAR: i64 = 30;

words! {
    /// Why something needs somebody, in the order of the page.
    Reason {
        /// A last notice date comes near.
        Decide => "decide",
        /// Others offered names to the shared list, which this organisation keeps.
        Offers => "offers",
        /// A file said something that nobody could read, or that contradicts itself.
        Problems => "problems",
        /// A name may be a product or supplier of the shared list.
        Match => "match",
        /// The contract end of a live system is not known, or has passed.
        Missing => "missing",
        /// A value was said more than a year ago.
        Confirm => "confirm",
    }
}

/// A system that is not retired.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SystemFact {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether it is in use, with no end in sight.
    pub live: bool,
    /// Whether the organisation makes and runs it itself.
    pub in_house: bool,
    /// The contract that covers it.
    pub contract: Option<String>,
}

/// A contract that covers at least one of these systems.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContractFact {
    /// First day or month, as stated.
    pub start: Option<String>,
    /// Last day or month, as stated.
    pub end: Option<String>,
    /// Last day.
    pub end_day: Option<String>,
    /// The last day on which notice can be given.
    pub last_notice_day: Option<String>,
}

/// A value that stands now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatedFact {
    /// The system or contract.
    pub subject: String,
    /// What is stated of it.
    pub attribute: Attribute,
    /// The value; a private text is a plain one here.
    pub value: Stated,
    /// The number of the change that stated it.
    pub change: i64,
    /// The day for which it was said.
    pub as_of: Date,
}

/// A text that stands now and was not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadFact {
    /// Its id in the private texts.
    pub id: String,
    /// The system or contract.
    pub subject: String,
    /// What it was said of.
    pub attribute: Attribute,
    /// The text.
    pub text: String,
    /// Whether something of it was understood.
    pub partly: bool,
}

/// Everything that the rule looks at.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Systems that are not retired, by name.
    pub systems: Vec<SystemFact>,
    /// The contracts that cover them, by id.
    pub contracts: BTreeMap<String, ContractFact>,
    /// Values of the [`AGING`] attributes.
    pub stated: Vec<StatedFact>,
    /// Texts that were not understood.
    pub unread: Vec<UnreadFact>,
    /// Rows that were left out.
    pub left_out: Vec<LeftOut>,
    /// What was put aside.
    pub aside: BTreeSet<String>,
    /// How many names wait to be matched.
    pub names: u64,
    /// How many offers to the shared list wait: for those who decide about them.
    pub offers: u64,
}

/// Before this day it is a year ago that something was said.
pub fn a_year_before(today: Date) -> Date {
    today.saturating_sub(Span::new().years(1))
}

/// What exactly needs somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// Notice can be given until this day.
    Notice {
        /// The last day on which notice can be given.
        day: String,
        /// The contract's end, as stated.
        end: String,
    },
    /// A text was not understood; something of it perhaps.
    Unread {
        /// What it was said of.
        attribute: Attribute,
        /// The text.
        text: String,
        /// Whether something of it was understood.
        partly: bool,
    },
    /// A row of a file became nothing.
    LeftOut(LeftOut),
    /// The contract ends before it starts.
    EndsBeforeStart {
        /// First day, as stated.
        start: String,
        /// Last day, as stated.
        end: String,
    },
    /// The contract's end is not known.
    NoEnd,
    /// The contract has ended, and the system is in use.
    Ended {
        /// The end, as stated.
        end: String,
    },
    /// A value is old.
    Old {
        /// Which.
        attribute: Attribute,
        /// The value.
        value: Stated,
        /// The day for which it was said.
        as_of: Date,
        /// The number of the change that stated it.
        change: i64,
    },
    /// So many names wait to be matched: one row, and as many things.
    Names(u64),
    /// So many offers to the shared list wait: one row, and as many things.
    Offers(u64),
}

/// One thing that needs somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Why.
    pub reason: Reason,
    /// What kind of subject it is about.
    pub kind: SubjectKind,
    /// The subject's id; for a row of a file that became nothing, the import's.
    pub subject: String,
    /// The system's name, or the names of the systems that the contract covers; the file in which a row stands.
    pub name: String,
    /// What exactly.
    pub need: Need,
    /// How putting it aside names it; none where that makes no sense.
    pub key: Option<String>,
}

/// What needs somebody, by reason, the most pressing first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Everything that needs somebody now.
    pub items: Vec<Item>,
    /// What would, had it not been put aside.
    pub aside: Vec<Item>,
}

impl Work {
    /// What needs somebody on this day.
    pub fn reckon(facts: &Facts, today: Date) -> Work {
        let mut items = Vec::new();
        let covered = covered(facts);
        notices(facts, &covered, today, &mut items);
        if facts.offers > 0 {
            items.push(about_system(Reason::Offers, "", "", Need::Offers(facts.offers), None));
        }
        problems(facts, &covered, &mut items);
        if facts.names > 0 {
            items.push(about_system(Reason::Match, "", "", Need::Names(facts.names), None));
        }
        missing(facts, today, &mut items);
        old(facts, &covered, today, &mut items);
        let (aside, items) =
            items.into_iter().partition(|item: &Item| item.key.as_ref().is_some_and(|key| facts.aside.contains(key)));
        Work { items, aside }
    }

    /// Those of one reason.
    pub fn of(&self, reason: Reason) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(move |item| item.reason == reason)
    }

    /// How many things need somebody.
    pub fn things(&self) -> u64 {
        self.items.iter().map(Item::things).sum()
    }

    /// How many of them for one reason.
    pub fn things_of(&self, reason: Reason) -> u64 {
        self.of(reason).map(Item::things).sum()
    }

    /// How many things have to be decided soon, and by which day: those of the next 30 days, or else the next.
    pub fn soonest(&self, today: Date) -> Option<(usize, String)> {
        let near = today.saturating_add(Span::new().days(NEAR)).to_string();
        let days: Vec<&str> = self
            .items
            .iter()
            .filter_map(|item| match &item.need {
                Need::Notice { day, .. } => Some(day.as_str()),
                _ => None,
            })
            .collect();
        let by = days.iter().filter(|day| **day <= near.as_str()).max().or(days.iter().min())?;
        Some((days.iter().filter(|day| *day <= by).count(), (*by).to_owned()))
    }
}

/// The names of the systems that each contract covers.
fn covered(facts: &Facts) -> BTreeMap<&str, String> {
    let mut names: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for system in &facts.systems {
        if let Some(contract) = &system.contract {
            names.entry(contract).or_default().push(&system.name);
        }
    }
    names.into_iter().map(|(contract, names)| (contract, names.join("; "))).collect()
}

fn notices(facts: &Facts, covered: &BTreeMap<&str, String>, today: Date, items: &mut Vec<Item>) {
    let (from, to) = (today.to_string(), today.saturating_add(Span::new().months(AHEAD)).to_string());
    let mut found: Vec<(String, Item)> = Vec::new();
    for (id, contract) in &facts.contracts {
        let (Some(day), Some(end), Some(name)) = (&contract.last_notice_day, &contract.end, covered.get(id.as_str()))
        else {
            continue;
        };
        if *day >= from && *day <= to {
            let need = Need::Notice { day: day.clone(), end: end.clone() };
            found.push((day.clone(), about_contract(Reason::Decide, id, name, need, None)));
        }
    }
    found.sort_by_cached_key(|(day, item)| (day.clone(), fold(&item.name), item.subject.clone()));
    items.extend(found.into_iter().map(|(_, item)| item));
}

fn problems(facts: &Facts, covered: &BTreeMap<&str, String>, items: &mut Vec<Item>) {
    let names: BTreeMap<&str, &str> =
        facts.systems.iter().map(|system| (system.id.as_str(), system.name.as_str())).collect();
    let mut found: Vec<Item> = Vec::new();
    for row in &facts.left_out {
        found.push(Item {
            reason: Reason::Problems,
            kind: SubjectKind::System,
            subject: row.import.clone(),
            name: row.file.clone(),
            need: Need::LeftOut(row.clone()),
            key: Some(format!("row/{}/{}", row.import, row.position)),
        });
    }
    for unread in &facts.unread {
        let need = Need::Unread { attribute: unread.attribute, text: unread.text.clone(), partly: unread.partly };
        let key = Some(format!("text/{}", unread.id));
        let (subject, reason) = (unread.subject.as_str(), Reason::Problems);
        if let Some(name) = names.get(subject) {
            found.push(about_system(reason, subject, name, need, key));
        } else if let Some(name) = covered.get(subject) {
            found.push(about_contract(reason, subject, name, need, key));
        }
    }
    for (id, contract) in &facts.contracts {
        let (Some(start), Some(end), Some(end_day), Some(name)) =
            (&contract.start, &contract.end, &contract.end_day, covered.get(id.as_str()))
        else {
            continue;
        };
        if end_day < start {
            let need = Need::EndsBeforeStart { start: start.clone(), end: end.clone() };
            found.push(about_contract(Reason::Problems, id, name, need, Some(format!("dates/{id}"))));
        }
    }
    found.sort_by_cached_key(|item| (!item.must_be_mended(), fold(&item.name), item.key.clone()));
    items.extend(found);
}

fn missing(facts: &Facts, today: Date, items: &mut Vec<Item>) {
    let today = today.to_string();
    let unread: BTreeSet<&str> = facts
        .unread
        .iter()
        .filter(|unread| unread.attribute == Attribute::End)
        .map(|unread| unread.subject.as_str())
        .collect();
    for system in facts.systems.iter().filter(|system| system.live && !system.in_house) {
        let contract = system.contract.as_deref();
        // A text that could not be read is a problem already.
        if contract.is_some_and(|contract| unread.contains(contract)) {
            continue;
        }
        let ends = contract.and_then(|id| facts.contracts.get(id));
        let need = match ends.and_then(|contract| Some((contract.end.clone()?, contract.end_day.clone()?))) {
            None => Need::NoEnd,
            Some((end, day)) if day < today => Need::Ended { end },
            Some(_) => continue,
        };
        let key = Some(format!("missing/{}", system.id));
        items.push(about_system(Reason::Missing, &system.id, &system.name, need, key));
    }
}

fn old(facts: &Facts, covered: &BTreeMap<&str, String>, today: Date, items: &mut Vec<Item>) {
    let names: BTreeMap<&str, &str> =
        facts.systems.iter().map(|system| (system.id.as_str(), system.name.as_str())).collect();
    // Systems come by name, so that their places need no folding; contracts stand where the first that they cover does.
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for (place, system) in facts.systems.iter().enumerate() {
        places.entry(&system.name).or_insert(place);
        if let Some(names) = system.contract.as_deref().and_then(|contract| covered.get(contract)) {
            places.entry(names).or_insert(place);
        }
    }
    let (limit, now) = (a_year_before(today), today.to_string());
    let mut found: Vec<(Date, Item)> = Vec::new();
    for stated in facts.stated.iter().filter(|stated| stated.as_of < limit) {
        let need = Need::Old {
            attribute: stated.attribute,
            value: stated.value.clone(),
            as_of: stated.as_of,
            change: stated.change,
        };
        let subject = stated.subject.as_str();
        let item = match (names.get(subject), covered.get(subject)) {
            (Some(name), _) => about_system(Reason::Confirm, subject, name, need, None),
            (None, Some(name)) => {
                // What has ended is missing, not to be confirmed.
                let end = facts.contracts.get(subject).and_then(|contract| contract.end_day.as_ref());
                if end.is_some_and(|end| *end < now) {
                    continue;
                }
                about_contract(Reason::Confirm, subject, name, need, None)
            }
            (None, None) => continue,
        };
        found.push((stated.as_of, item));
    }
    let order = |(as_of, item): &(Date, Item)| (*as_of, places.get(item.name.as_str()).copied(), item.attribute());
    found.sort_by(|one, other| order(one).cmp(&order(other)).then_with(|| one.1.subject.cmp(&other.1.subject)));
    items.extend(found.into_iter().map(|(_, item)| item));
}

fn about_system(reason: Reason, id: &str, name: &str, need: Need, key: Option<String>) -> Item {
    Item { reason, kind: SubjectKind::System, subject: id.to_owned(), name: name.to_owned(), need, key }
}

fn about_contract(reason: Reason, id: &str, name: &str, need: Need, key: Option<String>) -> Item {
    Item { reason, kind: SubjectKind::Contract, subject: id.to_owned(), name: name.to_owned(), need, key }
}

impl Item {
    /// How many things it is: names and offers share a row.
    pub fn things(&self) -> u64 {
        match self.need {
            Need::Names(count) | Need::Offers(count) => count,
            _ => 1,
        }
    }

    /// The field that it is about.
    pub fn attribute(&self) -> Option<Attribute> {
        match &self.need {
            Need::Unread { attribute, .. } | Need::Old { attribute, .. } => Some(*attribute),
            Need::Notice { .. } | Need::EndsBeforeStart { .. } | Need::NoEnd | Need::Ended { .. } => {
                Some(Attribute::End)
            }
            Need::LeftOut(_) | Need::Names(_) | Need::Offers(_) => None,
        }
    }

    /// Whether something is left out until it is mended; else it is to be checked.
    pub fn must_be_mended(&self) -> bool {
        match &self.need {
            Need::LeftOut(_) => true,
            Need::Unread { attribute, partly, .. } => {
                let counts = [Attribute::End, Attribute::Start, Attribute::AnnualCost, Attribute::ContractCost];
                !partly && counts.contains(attribute)
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: Date = Date::constant(2026, 11, 22);

    fn live(id: &str, contract: Option<&str>) -> SystemFact {
        let contract = contract.map(str::to_owned);
        SystemFact { id: id.to_owned(), name: id.to_owned(), live: true, in_house: false, contract }
    }

    fn contract(end: Option<&str>, notice: Option<&str>) -> ContractFact {
        let text = |text: Option<&str>| text.map(str::to_owned);
        ContractFact { end: text(end), end_day: text(end), last_notice_day: text(notice), ..ContractFact::default() }
    }

    fn stated(subject: &str, attribute: Attribute, as_of: Date) -> StatedFact {
        StatedFact { subject: subject.to_owned(), attribute, value: Stated::InHouse, change: 1, as_of }
    }

    fn said(work: &Work) -> Vec<(&'static str, &str)> {
        work.items.iter().map(|item| (item.reason.word(), item.subject.as_str())).collect()
    }

    #[test]
    fn notice_dates_of_the_next_six_months_are_to_be_decided() {
        let mut facts = Facts { systems: Vec::new(), ..Facts::default() };
        for (id, day) in
            [("gone", "2026-11-21"), ("now", "2026-11-22"), ("last", "2027-05-22"), ("later", "2027-05-23")]
        {
            facts.systems.push(live(&format!("s-{id}"), Some(id)));
            facts.contracts.insert(id.to_owned(), contract(Some("2027-12-31"), Some(day)));
        }
        facts.contracts.insert("nobody".to_owned(), contract(Some("2027-12-31"), Some("2026-12-01")));
        let work = Work::reckon(&facts, TODAY);
        assert_eq!(said(&work), [("decide", "now"), ("decide", "last")], "and none that covers nothing");
        assert_eq!(work.soonest(TODAY), Some((1, "2026-11-22".to_owned())));
        assert_eq!(Work::default().soonest(TODAY), None);
    }

    #[test]
    fn live_systems_without_a_contract_end_are_missing_it() {
        let mut facts = Facts {
            systems: vec![
                live("none", None),
                live("unknown", Some("a")),
                live("ended", Some("b")),
                live("known", Some("c")),
                live("unread", Some("d")),
                SystemFact { in_house: true, ..live("own", None) },
                SystemFact { live: false, ..live("planned", None) },
            ],
            ..Facts::default()
        };
        for (id, end) in [("a", None), ("b", Some("2026-11-21")), ("c", Some("2026-11-22")), ("d", None)] {
            facts.contracts.insert(id.to_owned(), contract(end, None));
        }
        facts.unread.push(UnreadFact {
            id: "t".to_owned(),
            subject: "d".to_owned(),
            attribute: Attribute::End,
            text: "Rolling".to_owned(),
            partly: false,
        });
        let work = Work::reckon(&facts, TODAY);
        assert_eq!(said(&work), [("problems", "d"), ("missing", "none"), ("missing", "unknown"), ("missing", "ended")]);
        assert!(work.items.iter().take(1).all(Item::must_be_mended));
        facts.aside.extend(["text/t".to_owned(), "missing/none".to_owned()]);
        let work = Work::reckon(&facts, TODAY);
        assert_eq!(said(&work), [("missing", "unknown"), ("missing", "ended")]);
        assert_eq!(work.aside.len(), 2);
    }

    #[test]
    fn what_was_said_more_than_a_year_ago_is_to_be_confirmed() {
        let (old, older) = (Date::constant(2025, 11, 21), Date::constant(2024, 1, 1));
        let mut facts = Facts { systems: vec![live("a", Some("c")), live("b", Some("past"))], ..Facts::default() };
        facts.contracts.insert("c".to_owned(), contract(Some("2027-01-31"), None));
        facts.contracts.insert("past".to_owned(), contract(Some("2025-01-31"), None));
        facts.stated = vec![
            stated("a", Attribute::Status, old),
            stated("a", Attribute::Users, Date::constant(2025, 11, 22)),
            stated("c", Attribute::End, older),
            stated("past", Attribute::End, older),
            stated("retired", Attribute::Status, older),
        ];
        let work = Work::reckon(&facts, TODAY);
        assert_eq!(said(&work), [("missing", "b"), ("confirm", "c"), ("confirm", "a")], "the oldest first");
    }

    #[test]
    fn names_and_offers_are_one_row_each_and_as_many_things() {
        let facts = Facts { systems: vec![live("a", None)], names: 41, offers: 2, ..Facts::default() };
        let work = Work::reckon(&facts, TODAY);
        assert_eq!(said(&work), [("offers", ""), ("match", ""), ("missing", "a")]);
        assert_eq!((work.things(), work.things_of(Reason::Match), work.things_of(Reason::Decide)), (44, 41, 0));
        assert_eq!(Work::reckon(&Facts::default(), TODAY).things(), 0, "nothing waits, so there is no row");
    }

    #[test]
    fn a_contract_that_ends_before_it_starts_is_a_problem() {
        let mut facts = Facts { systems: vec![live("a", Some("c"))], ..Facts::default() };
        let dates = ContractFact { start: Some("2027-02".to_owned()), ..contract(Some("2027-01-31"), None) };
        facts.contracts.insert("c".to_owned(), dates);
        let work = Work::reckon(&facts, TODAY);
        assert_eq!(said(&work), [("problems", "c")]);
        assert!(!work.items.iter().any(Item::must_be_mended));
    }
}
