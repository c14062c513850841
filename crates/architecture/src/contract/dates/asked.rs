//! What is asked of contract dates: year, organisation, supplier, and whether contracts that have ended are shown. The
//! same filters make a list, a picture, a calendar and a feed.

use std::collections::BTreeMap;

use web::{Parameters, Problem, say};

use super::read::{Contracts, Dated};
use crate::system::list::filter::{Choice, Group, NOT_KNOWN};

/// The parameters of the filters across organisations.
pub const ACROSS: &[&str] = &["year", "organisation", "supplier", "past", "after", "before"];
/// The same for one organisation.
pub const OF_ONE: &[&str] = &["year", "supplier", "past", "after", "before"];
/// The parameters that filter, without those that lead to a page of the list.
pub const FILTERS: &[&str] = &["year", "organisation", "supplier", "past"];
/// The one value of `past`.
const YES: &str = "yes";
/// Values of one filter: more than anybody ticks.
const MOST_VALUES: usize = 100;

/// What a list can be filtered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Facet {
    Year,
    Organisation,
    Supplier,
}

impl Facet {
    const ALL: [Facet; 3] = [Facet::Year, Facet::Organisation, Facet::Supplier];

    fn name(self) -> &'static str {
        match self {
            Facet::Year => "year",
            Facet::Organisation => "organisation",
            Facet::Supplier => "supplier",
        }
    }

    /// The values of a contract; never none, so that everything can be found by some value.
    fn values(self, dated: &Dated) -> Vec<&str> {
        let mut values: Vec<&str> = match self {
            Facet::Year => dated.next.year().into_iter().collect(),
            Facet::Organisation => vec![&dated.organisation],
            Facet::Supplier => dated.suppliers.iter().map(String::as_str).collect(),
        };
        if values.is_empty() {
            values.push(NOT_KNOWN);
        }
        values
    }
}

/// What was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    values: BTreeMap<Facet, Vec<String>>,
    /// Whether contracts that have ended are shown too.
    pub past: bool,
}

impl Asked {
    /// Reads the parameters.
    ///
    /// # Errors
    /// A problem that names what a value can be, where it can be nothing.
    pub fn read(parameters: &Parameters) -> Result<Asked, Problem> {
        let mut asked = Asked::default();
        for facet in Facet::ALL {
            let mut of: Vec<String> = parameters.all(facet.name()).into_iter().map(str::to_owned).collect();
            of.sort();
            of.dedup();
            of.truncate(MOST_VALUES);
            asked.values.insert(facet, of);
        }
        let year = |value: &&String| {
            *value != NOT_KNOWN && !(value.len() == 4 && value.bytes().all(|byte| byte.is_ascii_digit()))
        };
        if let Some(value) = asked.of(Facet::Year).iter().find(year) {
            return Err(parameters.unknown_value("year", value, &["2027", NOT_KNOWN]));
        }
        match parameters.one("past") {
            None => {}
            Some(YES) => asked.past = true,
            Some(value) => return Err(parameters.unknown_value("past", value, &[YES])),
        }
        Ok(asked)
    }

    fn of(&self, facet: Facet) -> &[String] {
        self.values.get(&facet).map_or(&[], Vec::as_slice)
    }

    /// Refuses an organisation or supplier that does not exist. Which exist everybody may know.
    ///
    /// # Errors
    /// A problem about the value.
    pub fn check(&self, parameters: &Parameters, contracts: &Contracts) -> Result<(), Problem> {
        let Some((facet, value)) = self.unknown(contracts) else { return Ok(()) };
        let next = match facet == Facet::Supplier.name() {
            true => say!("Its values are the identifiers of suppliers, and {not_known}.", not_known = NOT_KNOWN),
            false => say!("Its values are the identifiers of organisations."),
        };
        Err(parameters.unknown_value(facet, value, &[]).next(next))
    }

    /// The first organisation or supplier that does not exist, with the name of its filter.
    pub fn unknown(&self, contracts: &Contracts) -> Option<(&'static str, &str)> {
        [Facet::Organisation, Facet::Supplier].into_iter().find_map(|facet| {
            let known = |value: &&String| {
                contracts.names.contains_key(*value) || (facet == Facet::Supplier && *value == NOT_KNOWN)
            };
            self.of(facet).iter().find(|value| !known(value)).map(|value| (facet.name(), value.as_str()))
        })
    }

    /// Whether anything narrows the list.
    pub fn narrows(&self) -> bool {
        self.values.values().any(|values| !values.is_empty())
    }

    /// The years asked for, in words, where some are.
    pub fn years(&self) -> Option<String> {
        let years: Vec<&str> =
            self.of(Facet::Year).iter().map(String::as_str).filter(|year| *year != NOT_KNOWN).collect();
        (!years.is_empty()).then(|| years.join(", "))
    }

    /// The one organisation that was asked for, where it is one.
    pub fn only_organisation(&self) -> Option<&str> {
        match self.of(Facet::Organisation) {
            [only] => Some(only),
            _ => None,
        }
    }

    /// The filters as they stand in an address, without `?`; empty where nothing is asked.
    pub fn query(&self) -> String {
        let mut pairs: Vec<String> = Vec::new();
        for facet in Facet::ALL {
            // Years and identifiers are letters, digits and hyphens.
            let of =
                self.of(facet).iter().filter(|value| value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'));
            pairs.extend(of.map(|value| format!("{}={value}", facet.name())));
        }
        if self.past {
            pairs.push(format!("past={YES}"));
        }
        pairs.join("&")
    }

    /// The same, narrowed to one organisation.
    pub fn of_organisation(mut self, organisation: &str) -> Asked {
        self.values.insert(Facet::Organisation, vec![organisation.to_owned()]);
        self
    }

    fn fits(&self, dated: &Dated, except: Option<Facet>) -> bool {
        let fits = |facet: Facet| {
            if Some(facet) == except {
                return true;
            }
            let asked = self.of(facet);
            asked.is_empty() || facet.values(dated).iter().any(|value| asked.iter().any(|a| a == value))
        };
        Facet::ALL.into_iter().all(fits)
    }

    /// The contracts asked for.
    pub fn filtered(&self, contracts: &Contracts) -> Vec<Dated> {
        let fits = |dated: &&Dated| (self.past || !dated.next.is_past()) && self.fits(dated, None);
        contracts.dated.iter().filter(fits).cloned().collect()
    }

    /// The filters in words, for somebody who sees their result elsewhere: "2027; Oakware".
    pub fn words(&self, contracts: &Contracts) -> Option<String> {
        let mut words: Vec<String> = Vec::new();
        for facet in Facet::ALL {
            words.extend(self.of(facet).iter().map(|value| text(facet, value, contracts)));
        }
        if self.past {
            words.push(say!("with contracts that have ended"));
        }
        (!words.is_empty()).then(|| words.join("; "))
    }

    /// The filters with their values and how many contracts each would bring. Across organisations one can choose some.
    pub fn groups(&self, contracts: &Contracts, across: bool) -> Vec<Group> {
        let facets = Facet::ALL.into_iter().filter(|facet| across || *facet != Facet::Organisation);
        let mut groups: Vec<Group> = facets.map(|facet| self.group(facet, contracts)).collect();
        let past = contracts.dated.iter().filter(|dated| dated.next.is_past() && self.fits(dated, None)).count();
        if past > 0 || self.past {
            let text = say!("Contracts that have ended");
            let item = Choice { value: YES.to_owned(), text, count: past, checked: self.past };
            groups.push(Group { name: "past", legend: say!("Show too"), items: vec![item] });
        }
        groups
    }

    fn group(&self, facet: Facet, contracts: &Contracts) -> Group {
        let mut counts: BTreeMap<&str, usize> = self.of(facet).iter().map(|value| (value.as_str(), 0)).collect();
        let shown = contracts.dated.iter().filter(|dated| self.past || !dated.next.is_past());
        for dated in shown.filter(|dated| self.fits(dated, Some(facet))) {
            for value in facet.values(dated) {
                *counts.entry(value).or_default() += 1;
            }
        }
        let mut items: Vec<Choice> = counts
            .into_iter()
            .map(|(value, count)| Choice {
                value: value.to_owned(),
                text: text(facet, value, contracts),
                count,
                checked: self.of(facet).iter().any(|asked| asked == value),
            })
            .collect();
        // Years in their order, others by how much they bring; what is not known last.
        items.sort_by_cached_key(|item| {
            let rank = if facet == Facet::Year { 0 } else { item.count };
            (item.value == NOT_KNOWN, std::cmp::Reverse(rank), vocabulary::fold(&item.text), item.value.clone())
        });
        let legend = match facet {
            Facet::Year => say!("Year of the next date"),
            Facet::Organisation => say!("Organisation"),
            Facet::Supplier => say!("Supplier"),
        };
        Group { name: facet.name(), legend, items }
    }
}

fn text(facet: Facet, value: &str, contracts: &Contracts) -> String {
    match facet {
        _ if value == NOT_KNOWN => say!("Not known"),
        Facet::Year => value.to_owned(),
        Facet::Organisation | Facet::Supplier => {
            contracts.names.get(value).cloned().unwrap_or_else(|| value.to_owned())
        }
    }
}
