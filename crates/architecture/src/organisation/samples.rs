//! Invented organisations and the pages about them, for checks of every page.

use accounts::OrganisationKind;
use vocabulary::{Reader, Role, Visibility};
use web::{FieldError, Form, Paging, SamplePage, Visit};

use super::alike::Alike;
use super::list::{self, Row};
use super::settings;
use super::show::Council;
use super::supplier::{Sold, Supplier};
use crate::estate::Sharing;
use crate::system::samples::{TODAY, council, known, organisation, paging, reader, unknown};

/// Every page about organisations with invented content.
pub(crate) fn samples() -> Vec<SamplePage> {
    [
        council_page("organisation, for a steward", reader(Role::Steward), true),
        council_page("organisation, signed out", Some(Reader::visitor()), false),
        supplier_page("supplier", true),
        supplier_page("supplier without products", false),
        list_page("organisations", None),
        list_page("suppliers", Some(OrganisationKind::Supplier)),
        settings_page("settings of an estate", false),
        settings_page("settings with a mistake", true),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn council_page(name: &'static str, reader: Option<Reader>, with_systems: bool) -> Option<SamplePage> {
    let mut lines = Vec::new();
    let mut alike = Vec::new();
    if with_systems {
        lines = vec![known(), unknown("018f0000-0000-7000-8000-000000000102", "Bulky waste")];
        alike = vec![Alike {
            id: "brackford".to_owned(),
            name: "Brackford District Council".to_owned(),
            products: 14,
            needs: 20,
            of: 90,
        }];
    }
    let council =
        Council { organisation: council()?, sharing: Sharing::default(), lines, shared: 4, alike, saved: Vec::new() };
    Some(SamplePage { name, page: council.page(&reader?, TODAY) })
}

fn supplier_page(name: &'static str, sells: bool) -> Option<SamplePage> {
    let sold = Sold { id: "roundmaster".to_owned(), name: "RoundMaster".to_owned(), systems: 4, organisations: 3 };
    let supplier = Supplier {
        organisation: organisation("oakware", "Oakware", OrganisationKind::Supplier)?,
        products: if sells { vec![sold] } else { Vec::new() },
        councils: if sells { 3 } else { 0 },
        paging: if sells { paging(240) } else { Paging { total: 0, next: None, previous: None, page_size: 100 } },
        lines: if sells { vec![known()] } else { Vec::new() },
        merges: false,
    };
    Some(SamplePage { name, page: supplier.page(&Reader::visitor()).ok()? })
}

fn list_page(name: &'static str, kind: Option<OrganisationKind>) -> Option<SamplePage> {
    let suppliers = kind == Some(OrganisationKind::Supplier);
    let row = |id: &str, name: &str, systems: i64| Row {
        id: id.to_owned(),
        name: name.to_owned(),
        kind: if suppliers { "supplier" } else { "council" },
        kind_text: (if suppliers { OrganisationKind::Supplier } else { OrganisationKind::Council }).name(),
        systems,
        products: systems,
        contract_dates_known: (!suppliers).then_some(systems / 2),
        organisations: suppliers.then_some(systems),
    };
    let rows = vec![row("ashmere", "Ashmere Borough Council", 132), row("brackford", "Brackford District Council", 0)];
    let visit = Visit::of("/organisations");
    let parameters = visit.parameters(&[]).ok()?;
    Some(SamplePage { name, page: list::page(&visit, &parameters, kind, rows).ok()? })
}

fn settings_page(name: &'static str, mistaken: bool) -> Option<SamplePage> {
    let mut visit = Visit::of("/organisations/ashmere/settings");
    visit.reader = reader(Role::Steward)?;
    let sharing = Sharing { estate: Visibility::Members, costs: Visibility::Own };
    let mut page = settings::page(&council()?, sharing, &visit);
    if mistaken {
        page = page.typed(&Form::of([("estate", "own"), ("costs", "members")])).errors(vec![FieldError::new(
            "costs",
            web::say!("Costs cannot be seen by more people than the systems are"),
        )]);
    }
    Some(SamplePage { name, page })
}
