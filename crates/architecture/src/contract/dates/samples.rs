//! Invented contracts, and the pages of their dates, for checks of every page.

use std::collections::BTreeMap;

use vocabulary::{Reader, Role};
use web::{SamplePage, Visit};

use super::Next;
use super::asked::{ACROSS, Asked, OF_ONE};
use super::page::Listed;
use super::read::{Contracts, Covered, Dated, Row};
use crate::estate::Sharing;
use crate::system::samples::{TODAY, council, paging, reader};

/// Contracts in the order of their next dates: a notice date ahead, one that has passed, and one of which little is known.
pub(crate) fn rows() -> Vec<Row> {
    let row = |number: u32, end: Option<&str>, end_day: Option<&str>, notice: Option<&str>, systems: &[&str]| Row {
        dated: Dated {
            organisation: "ashmere".to_owned(),
            id: format!("018f0000-0000-7000-8000-0000000000c{number}"),
            notice_known: notice.is_some(),
            next: Next::of(end_day, notice, TODAY),
            suppliers: if number == 1 { vec!["oakware".to_owned()] } else { Vec::new() },
            shared: false,
        },
        organisation_name: "Ashmere Borough Council".to_owned(),
        reference: (number != 3).then(|| format!("C-11{number}")),
        title: None,
        start: (number == 1).then(|| "2024-04".to_owned()),
        end: end.map(str::to_owned),
        end_day: end_day.map(str::to_owned),
        notice_months: notice.map(|_| 3),
        last_notice_day: notice.map(str::to_owned),
        extension: (number == 1).then(|| "two of one year each".to_owned()),
        suppliers: if number == 1 { vec![("oakware".to_owned(), "Oakware".to_owned())] } else { Vec::new() },
        supplier_text: (number == 2).then(|| "Pat's Parking".to_owned()),
        end_text: (number == 3).then(|| "circa 2027".to_owned()),
        annual_cost: (number == 1).then_some(1_250_000),
        changed_at: "2026-03-03T10:14:00Z".to_owned(),
        systems: systems
            .iter()
            .enumerate()
            .map(|(place, name)| Covered {
                id: format!("018f0000-0000-7000-8000-00000000{number}10{place}"),
                name: (*name).to_owned(),
                product: None,
            })
            .collect(),
    };
    vec![
        row(1, Some("2027-03-31"), Some("2027-03-31"), Some("2026-12-31"), &["Bin rounds", "Bulky waste"]),
        row(2, Some("2027-01"), Some("2027-01-31"), Some("2026-10-31"), &["Old parking"]),
        row(3, None, None, None, &["Call recording"]),
    ]
}

fn contracts(rows: &[Row]) -> Contracts {
    let names =
        [("ashmere", "Ashmere Borough Council"), ("brackford", "Brackford District Council"), ("oakware", "Oakware")];
    Contracts {
        dated: rows.iter().map(|row| row.dated.clone()).collect(),
        systems: rows.len() * 3,
        covered: rows.iter().map(|row| row.systems.len()).sum(),
        names: names.map(|(id, name)| (id.to_owned(), name.to_owned())).into_iter().collect::<BTreeMap<_, _>>(),
        ..Contracts::default()
    }
}

fn sample(name: &'static str, one: bool, reader: Reader, query: &str, rows: Vec<Row>) -> Option<SamplePage> {
    let mut visit = Visit::of(if one { "/organisations/ashmere/contracts" } else { "/contracts" });
    visit.query = query.to_owned();
    visit.reader = reader;
    let parameters = visit.parameters(if one { OF_ONE } else { ACROSS }).ok()?;
    let asked = Asked::read(&parameters).ok()?;
    let contracts = contracts(&rows);
    let fitting = asked.filtered(&contracts);
    let rows: Vec<Row> = rows.into_iter().filter(|row| fitting.contains(&row.dated)).collect();
    let mut paging = paging(u64::try_from(fitting.len()).ok()?);
    (paging.next, paging.previous) = (None, None);
    let organisation = if one { Some((council()?, Sharing::default())) } else { None };
    let listed = Listed { organisation, contracts, asked, fitting, rows, paging };
    Some(SamplePage { name, page: listed.page(&visit, TODAY) })
}

/// Every page of contract dates with invented content.
pub(crate) fn samples() -> Vec<SamplePage> {
    let others = || {
        let without = |row: Row| Row { supplier_text: None, end_text: None, annual_cost: None, ..row };
        rows().into_iter().map(without).collect::<Vec<_>>()
    };
    let shared = || {
        let mut rows = rows();
        for row in rows.iter_mut().take(1) {
            row.dated.shared = true;
            row.organisation_name = "Brackford District Council".to_owned();
        }
        rows
    };
    [
        reader(Role::Editor).and_then(|editor| sample("contract dates of one organisation", true, editor, "", rows())),
        reader(Role::Editor)
            .and_then(|editor| sample("contract dates, one of a shared system", true, editor, "", shared())),
        reader(Role::Editor).and_then(|editor| sample("contract dates, none", true, editor, "", Vec::new())),
        reader(Role::Member)
            .and_then(|member| sample("contract dates, filtered to nothing", true, member, "year=2031", others())),
        reader(Role::Member)
            .and_then(|member| sample("contract dates across organisations", false, member, "", others())),
        sample("contract dates, signed out", false, Reader::visitor(), "", Vec::new()),
    ]
    .into_iter()
    .flatten()
    .collect()
}
