//! Overlaps with invented content, so that the pages can be rendered without a database.

use std::collections::BTreeMap;

use vocabulary::Date;
use web::{SamplePage, Visit};

use super::{Names, PARAMETERS, Read, page};
use crate::estate::Sharing;
use crate::map::samples::{about, county, layers, organisation};
use crate::system::roll::{Entry, Roll, Shared};

const TODAY: Date = Date::constant(2026, 11, 22);

/// Three councils: three products for forms, one product under three contracts, one large product on two elements.
fn roll() -> Roll {
    let entry = |organisation, product, cost, contract, elements: &[u32]| Entry {
        organisation,
        product,
        supplier: Some(u32::from(product == Some(1))),
        cost,
        contract,
        elements: elements.to_vec(),
        ..Entry::default()
    };
    let (booking, forms) = (0, 1);
    Roll {
        organisations: ["ashmere", "brackford", "colne"].map(str::to_owned).to_vec(),
        products: ["formmill", "paperless", "webdesk"].map(|id| (String::new(), id.to_owned())).to_vec(),
        suppliers: ["fennel", "oakware"].map(str::to_owned).to_vec(),
        elements: ["booking", "forms"].map(str::to_owned).to_vec(),
        contracts: vec![Some(Date::constant(2027, 3, 31)), Some(Date::constant(2027, 6, 30)), None],
        systems: vec![
            entry(0, Some(0), Some(4_000_000), Some(0), &[booking, forms]),
            Entry { used_by: vec![0, 1], ..entry(0, Some(1), Some(500_000), Some(2), &[forms]) },
            entry(0, Some(0), None, Some(1), &[forms]),
            entry(1, Some(0), Some(3_500_000), Some(1), &[forms]),
            entry(1, Some(2), None, None, &[booking]),
            Entry { planned: true, ..entry(1, Some(2), None, None, &[forms]) },
            entry(2, None, None, None, &[forms]),
            entry(2, None, None, None, &[]),
        ],
        users: ["brackford", "colne"].map(str::to_owned).to_vec(),
        shared: Vec::new(),
    }
}

fn names() -> Names {
    let products = [("formmill", "FormMill"), ("paperless", "PaperLess"), ("webdesk", "WebDesk")];
    let products = products.map(|(id, name)| ((String::new(), id.to_owned()), name.to_owned()));
    let mut organisations: BTreeMap<_, _> = county().1.bodies.into_iter().map(|body| (body.id.clone(), body)).collect();
    for (id, name) in [("fennel", "Fennel Software"), ("oakware", "Oakware")] {
        organisations.insert(id.to_owned(), crate::map::in_use::Body::new(id, name, false));
    }
    Names { products: products.into_iter().collect(), organisations }
}

fn read(roll: Roll, costs: bool, of: Option<&str>) -> Read {
    let of = of.and_then(organisation).map(|organisation| (organisation, Sharing::default()));
    Read { roll, names: names(), layers: layers(), about: Some(about()), costs, of }
}

/// The pages.
pub(crate) fn samples() -> Vec<SamplePage> {
    let sample = |name, path: &str, query: &str, read: Read| {
        let visit = Visit { query: query.to_owned(), ..Visit::of(path) };
        let page = visit.parameters(PARAMETERS);
        let page = page.and_then(|parameters| page::page(&visit, &parameters, &read, TODAY));
        page.ok().map(|page| SamplePage { name, page })
    };
    let mut own = roll();
    own.systems.retain(|system| system.organisation == 0);
    own.organisations.truncate(1);
    own.shared =
        vec![Shared { id: "9".to_owned(), name: "County forms".to_owned(), owner: "Colne City Council".to_owned() }];
    own.systems.push(Entry { product: Some(2), elements: vec![1], shared: Some(0), ..Entry::default() });
    let within = "/organisations/ashmere/overlaps";
    [
        sample("overlaps across, with costs", "/overlaps", "", read(roll(), true, None)),
        sample("overlaps across, without costs", "/overlaps", "", read(roll(), false, None)),
        sample("overlaps across, products only", "/overlaps", "kind=product", read(roll(), true, None)),
        sample("overlaps across, filtered to nothing", "/overlaps", "layer=business-areas", read(roll(), true, None)),
        sample("overlaps across, empty", "/overlaps", "", read(Roll::default(), false, None)),
        sample("overlaps of one organisation", within, "", read(own.clone(), true, Some("ashmere"))),
        sample("overlaps of one organisation, without costs", within, "", read(own, false, Some("ashmere"))),
        sample("overlaps of one organisation, empty", within, "", read(Roll::default(), true, Some("ashmere"))),
    ]
    .into_iter()
    .flatten()
    .collect()
}
