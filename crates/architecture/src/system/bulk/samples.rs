//! Invented steps of changing many systems, for checks of every page.

use vocabulary::Date;
use web::{FieldError, SamplePage};

use super::{Bulk, Planned};
use crate::change::choices::Choices;
use crate::change::draft::{Fields, HowTyped};
use crate::change::input::{Input, Stands, fillable};
use crate::contract::covers::Listed;
use crate::import::print::Labels;
use crate::statement::Attribute;
use crate::system::samples::{council, layers};

/// The pages of changing many systems with invented content.
pub(crate) fn samples() -> Vec<SamplePage> {
    samples_or_none().unwrap_or_default()
}

fn samples_or_none() -> Option<Vec<SamplePage>> {
    let id = |last: &str| format!("018f0000-0000-7000-8000-0000000000{last}");
    let today = Date::constant(2026, 3, 3);
    let first = Bulk {
        organisation: council()?,
        systems: vec![(id("01"), "Bin rounds".to_owned()), (id("02"), "Bulky waste".to_owned())],
        field: None,
        fields: None,
        contracts: Vec::new(),
        value: Vec::new(),
        how: HowTyped::fresh(today),
        based_on: 12,
        plan: None,
    };
    let (labels, texts) = (Labels::default(), std::collections::BTreeMap::new());
    let stands = Stands { labels: &labels, texts: &texts };
    let asked = |field: Attribute| {
        let inputs =
            fillable(&[field]).map(|(attribute, control)| Input::of(attribute, control, None, &stands)).collect();
        let fields = Fields {
            organisation: first.organisation.clone(),
            based_on: 12,
            inputs,
            how: HowTyped::fresh(today),
            choices: Choices::sample(layers()),
        };
        Bulk { field: Some(field), fields: Some(fields), ..first.clone() }
    };
    let planned = |last: &str, name: &str, now: Option<&str>, changes: bool| Planned {
        id: id(last),
        name: name.to_owned(),
        now: now.map(str::to_owned),
        would_become: Some("retired".to_owned()),
        changes,
    };
    let plan = Bulk {
        value: vec!["retired".to_owned()],
        plan: Some(vec![
            planned("01", "Bin rounds", Some("live"), true),
            planned("02", "Bulky waste", Some("retired"), false),
            planned("03", "Fax gateway", None, true),
        ]),
        ..asked(Attribute::Status)
    };
    let none = Bulk { plan: Some(vec![planned("02", "Bulky waste", Some("retired"), false)]), ..plan.clone() };
    let listed = Listed { id: id("c1"), name: "C-114".to_owned(), end: None, systems: Vec::new() };
    let contract = Bulk { field: Some(Attribute::Contract), contracts: vec![listed], ..first.clone() };
    let page = |name: &'static str, bulk: &Bulk| SamplePage { name, page: bulk.page() };
    let error = FieldError::new("field", "Choose which field to change");
    Some(vec![
        page("change many: field", &first),
        SamplePage { name: "change many: no field", page: first.page().errors(vec![error]) },
        page("change many: status", &asked(Attribute::Status)),
        page("change many: elements", &asked(Attribute::Elements)),
        page("change many: product", &asked(Attribute::Product)),
        page("change many: contract", &contract),
        page("change many: what would change", &plan),
        page("change many: nothing would change", &none),
    ])
}
