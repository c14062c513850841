//! The worklist with invented content.

use vocabulary::Date;
use web::{SamplePage, Visit};

use super::page::{Show, page};
use super::rule::{ContractFact, Facts, Reason, StatedFact, SystemFact, UnreadFact, Work};
use crate::import::store::LeftOut;
use crate::statement::{Attribute, Stated};

const TODAY: Date = Date::constant(2026, 11, 22);

fn facts() -> Facts {
    let system = |id: &str, name: &str, contract: Option<&str>| SystemFact {
        id: id.to_owned(),
        name: name.to_owned(),
        live: true,
        in_house: false,
        contract: contract.map(str::to_owned),
    };
    let contract = ContractFact {
        start: Some("2024-03-31".to_owned()),
        end: Some("2027-03-31".to_owned()),
        end_day: Some("2027-03-31".to_owned()),
        last_notice_day: Some("2026-12-31".to_owned()),
    };
    let mut facts = Facts {
        systems: vec![system("1", "Bin rounds", Some("c")), system("2", "Fax gateway", None)],
        ..Facts::default()
    };
    for number in 3..=15 {
        facts.systems.push(system(&number.to_string(), &format!("Small system {number}"), None));
    }
    facts.contracts.insert("c".to_owned(), contract);
    (facts.names, facts.offers) = (41, 2);
    facts.unread.push(UnreadFact {
        id: "t".to_owned(),
        subject: "1".to_owned(),
        attribute: Attribute::AnnualCost,
        text: "see Uniform".to_owned(),
        partly: false,
    });
    facts.left_out.push(LeftOut {
        import: "i".to_owned(),
        position: 0,
        file: "systems.xlsx".to_owned(),
        sheet: "Systems".to_owned(),
        row: Some(41),
        message: "The row has no system name, so it is left out.".to_owned(),
    });
    facts.stated.push(StatedFact {
        subject: "1".to_owned(),
        attribute: Attribute::AnnualCost,
        value: Stated::Number(1_250_000),
        change: 1,
        as_of: Date::constant(2025, 3, 3),
    });
    facts
}

/// The pages of this subject with invented content.
pub(crate) fn samples() -> Vec<SamplePage> {
    let Some(organisation) = crate::system::samples::council() else { return Vec::new() };
    let reader = crate::system::samples::reader(vocabulary::Role::Editor).unwrap_or_default();
    let sample = |name, facts: &Facts, show: Show| {
        let visit = Visit { reader: reader.clone(), ..Visit::of("/organisations/ashmere/worklist") };
        let work = Work::reckon(facts, TODAY);
        let parameters = visit.parameters(&["after", "before"]);
        let page = parameters.and_then(|parameters| page(&organisation, &work, TODAY, show, &parameters, &visit));
        page.ok().map(|page| SamplePage { name, page })
    };
    let mut aside = facts();
    aside.aside.insert("text/t".to_owned());
    [
        sample("worklist", &facts(), Show::Everything),
        sample("worklist, what is missing", &facts(), Show::Only(Reason::Missing)),
        sample("worklist, put aside", &aside, Show::Aside),
        sample("worklist, nothing put aside", &facts(), Show::Aside),
        sample("worklist, nothing to do", &Facts::default(), Show::Everything),
    ]
    .into_iter()
    .flatten()
    .collect()
}
