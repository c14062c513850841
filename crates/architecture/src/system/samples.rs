//! Invented systems, and the pages about them, for checks of every page.

use accounts::{Organisation, OrganisationKind};
use vocabulary::{Acting, Date, OrganisationId, PersonId, Reader, Role, Visibility};
use web::{Cursor, CursorValue, Paging, SamplePage, Visit};

use super::facts::{Card, Entry, Fact, Sight, Source};
use super::list::columns::Shown;
use super::list::filter::{Asked, Names};
use super::list::line::{Line, Needed, Own, Placed, User};
use super::list::{Estate, PARAMETERS};
use super::show::{Everything, Other};
use super::store::SystemRow;
use crate::estate::Sharing;
use crate::frame::store::{ElementRow, LayerRow};
use crate::statement::Attribute;

/// A council.
pub(crate) fn council() -> Option<Organisation> {
    organisation("ashmere", "Ashmere Borough Council", OrganisationKind::Council)
}

/// An organisation of any kind.
pub(crate) fn organisation(id: &str, name: &str, kind: OrganisationKind) -> Option<Organisation> {
    Some(Organisation {
        id: id.parse::<OrganisationId>().ok()?,
        name: name.to_owned(),
        kind,
        code: Some("E07000999".to_owned()),
        participating: kind != OrganisationKind::Supplier,
        keeps_shared_list: false,
        about: "An invented body.".to_owned(),
        also_known: vec!["The old name".to_owned()],
        former_names: vec![],
    })
}

/// Somebody who acts for Ashmere.
pub(crate) fn reader(role: Role) -> Option<Reader> {
    let acting = Acting { organisation: council()?.id, participating: true, role };
    Some(Reader { person: Some(PersonId(uuid::Uuid::nil())), acting: Some(acting), scope: None })
}

/// A system of which much is known.
pub(crate) fn known() -> Line {
    let mut line = unknown("018f0000-0000-7000-8000-000000000001", "Bin rounds");
    let text = |text: &str| Some(text.to_owned());
    line.row.status = text("live");
    line.row.product = text("roundmaster");
    line.row.product_name = text("RoundMaster");
    line.row.version = text("8.2");
    line.row.supplier = text("oakware");
    line.row.supplier_name = text("Oakware");
    line.row.description = text("Plans and records the collection of household waste.");
    line.row.business_owner = text("Waste services");
    line.row.users = Some(1_240);
    line.row.annual_cost = Some(1_250_000);
    line.row.contract = text("018f0000-0000-7000-8000-0000000000c1");
    line.row.contract_reference = text("C-114");
    line.row.modules = text("Bulky; Trade");
    line.row.contract_title = text("Waste systems");
    line.row.contract_supplier = text("fennel");
    line.row.contract_supplier_name = text("Fennel");
    line.row.contract_cost = Some(2_000_000);
    line.row.contract_end = text("2027-03-31");
    line.row.contract_end_day = text("2027-03-31");
    line.row.notice_months = Some(6);
    line.row.last_notice_day = text("2026-09-30");
    line.used_by = vec![User { id: "brackford".to_owned(), name: "Brackford District Council".to_owned() }];
    let other = |id: &str, name: &str| Needed { id: id.to_owned(), name: name.to_owned() };
    line.relies_on = vec![other("018f0000-0000-7000-8000-000000000101", "Call recording")];
    line.relied_on_by = vec![other("018f0000-0000-7000-8000-000000000100", "Bulky waste")];
    line.elements = vec![Placed {
        frame: "lgam".to_owned(),
        id: "waste".to_owned(),
        name: "Waste".to_owned(),
        layer: "business-areas".to_owned(),
    }];
    line
}

/// A system of which nothing but the name is known to others; its own readers see two texts more.
pub(crate) fn unknown(id: &str, name: &str) -> Line {
    let own = Own {
        texts: [(Attribute::TechnicalOwner, Some("Pat Example".to_owned()))].into(),
        not_understood: [(Attribute::End, "circa 2027".to_owned())].into(),
    };
    let row = SystemRow {
        organisation: "ashmere".to_owned(),
        organisation_name: "Ashmere Borough Council".to_owned(),
        id: id.to_owned(),
        name: name.to_owned(),
        status: None,
        product: None,
        product_name: None,
        candidate: false,
        version: None,
        modules: None,
        supplier: None,
        supplier_name: None,
        in_house: false,
        description: None,
        business_owner: None,
        technical_owner: None,
        users: None,
        annual_cost: None,
        website: None,
        contract: None,
        contract_reference: None,
        contract_start: None,
        contract_end: None,
        contract_end_day: None,
        notice_months: None,
        last_notice_day: None,
        extension_options: None,
        contract_title: None,
        contract_supplier: None,
        contract_supplier_name: None,
        contract_cost: None,
        hosting: None,
        data_model: None,
        portability: None,
        support_model: None,
        shared_with: None,
        criticality: None,
        visibility: "members".to_owned(),
        changed_at: "2026-03-03T10:14:00Z".to_owned(),
        own: super::store::OwnParts::default(),
    };
    Line { row, elements: Vec::new(), used_by: Vec::new(), relies_on: Vec::new(), relied_on_by: Vec::new(), own }
}

pub(crate) fn layers() -> Vec<LayerRow> {
    let element = ElementRow {
        frame: "lgam".to_owned(),
        id: "waste".to_owned(),
        layer: "business-areas".to_owned(),
        sub_domain: None,
        name: "Waste".to_owned(),
        meaning: String::new(),
    };
    vec![LayerRow {
        id: "business-areas".to_owned(),
        name: "Business Areas".to_owned(),
        meaning: String::new(),
        elements: vec![element],
    }]
}

fn inventory(name: &'static str, reader: Reader, query: &str, lines: Vec<Line>) -> Option<SamplePage> {
    let mut visit = Visit::of("/organisations/ashmere/systems");
    visit.query = query.to_owned();
    visit.reader = reader;
    let parameters = visit.parameters(PARAMETERS).ok()?;
    let asked = Asked::read(&parameters).ok()?;
    let sharing = Sharing { estate: Visibility::Members, costs: Visibility::Members };
    let estate = Estate {
        organisation: council()?,
        sharing,
        lines,
        shared: vec![shared_line()],
        layers: layers(),
        frame: Some(crate::map::samples::about()),
        names: Names::new(),
        as_of: parameters.one("as_of").and_then(|day| day.parse().ok()),
    };
    let page = estate.page(&visit, &parameters, &asked).ok()?;
    Some(SamplePage { name, page })
}

/// What leads on from the middle of a long list.
/// A system that Colne owns and Ashmere uses.
fn shared_line() -> Line {
    let mut line = known();
    line.row.organisation = "colne".to_owned();
    line.row.organisation_name = "Colne City Council".to_owned();
    line.row.id = "shared".to_owned();
    line.row.name = "County payments".to_owned();
    line.used_by = vec![User { id: "ashmere".to_owned(), name: "Ashmere Borough Council".to_owned() }];
    line
}

pub(crate) fn paging(total: u64) -> Paging {
    let key = || {
        vec![CursorValue::Text("a".to_owned()), CursorValue::Text("a".to_owned()), CursorValue::Text("a".to_owned())]
    };
    Paging {
        total,
        next: Some(Cursor::after("name", key())),
        previous: Some(Cursor::before("name", key())),
        page_size: 100,
    }
}

fn system(name: &'static str, reader: &Reader, sight: Sight, line: Line) -> Option<SamplePage> {
    let source = Source {
        source: "systems.xlsx, Systems, row 41".to_owned(),
        confidence: "reported",
        as_of: "2026-03-03".to_owned(),
    };
    let fact = |field: &'static str, label: &str, value: Shown, known: bool| Fact {
        field,
        label: label.to_owned(),
        value,
        source: known.then(|| source.clone()),
        note: None,
        not_understood: None,
        erase: None,
    };
    let erasable = |mut fact: Fact| {
        fact.erase = sight.erases.then(|| "018f0000-0000-7000-8000-0000000000e1".to_owned());
        fact
    };
    let owner = if sight.own { Shown::own(Some("Pat Example")) } else { Shown::not_known() };
    let card = |title: &str, facts: Vec<Fact>| Card { title: title.to_owned(), facts, edit: None };
    let cards = vec![
        card("What it does", vec![fact("description", "Description", Shown::text(Some("Collects waste.")), true)]),
        card("Contract", vec![fact("contract_end", "Contract end", Shown::date(Some("2027-03-31")), true)]),
        card("Technology", vec![fact("hosting", "Hosting", Shown::not_known(), false)]),
        card("Owners", vec![erasable(fact("technical_owner", "Technical owner", owner.clone(), sight.own))]),
    ];
    let entry = |label: &str, value: Shown| Entry {
        at: "2026-03-03T10:14:00Z".to_owned(),
        who: "Ashmere".to_owned(),
        change: None,
        field: "technical_owner",
        label: label.to_owned(),
        value,
        source: Some(source.clone()),
        erase: sight.erases.then(|| "018f0000-0000-7000-8000-0000000000e1".to_owned()),
    };
    let other = Other {
        organisation: "brackford".to_owned(),
        organisation_name: "Brackford District Council".to_owned(),
        id: "018f0000-0000-7000-8000-0000000000b1".to_owned(),
        name: "Rounds".to_owned(),
        version: None,
        status: Some("retiring".to_owned()),
        contract_end: Some("2028-03".to_owned()),
    };
    let everything = Everything {
        organisation: council()?,
        others: if line.row.product.is_some() { vec![other] } else { Vec::new() },
        other_systems: u64::from(line.row.product.is_some()),
        other_organisations: u64::from(line.row.product.is_some()),
        line,
        sight,
        cards,
        history: vec![entry("Technical owner", owner), entry("Contract end", Shown::date(Some("2027-03")))],
        as_of: None,
    };
    Some(SamplePage { name, page: everything.page(reader) })
}

/// Every page about systems with invented content.
pub(crate) fn samples() -> Vec<SamplePage> {
    let lines = || {
        let others = ["Bulky waste", "Call recording", "Council tax"].into_iter().enumerate();
        let others = others.map(|(place, name)| unknown(&format!("018f0000-0000-7000-8000-00000000010{place}"), name));
        std::iter::once(known()).chain(others).collect::<Vec<_>>()
    };
    let for_others = || lines().into_iter().map(|line| Line { own: Own::default(), ..line }).collect::<Vec<_>>();
    let own = Sight { own: true, costs: true, erases: true };
    let editor = reader(Role::Editor);
    let member = reader(Role::Member);
    [
        editor.clone().and_then(|editor| inventory("inventory, for an editor", editor, "", lines())),
        member.clone().and_then(|member| {
            inventory(
                "inventory, filtered and sorted",
                member,
                "status=live&sort=-annual_cost&column=users&column=annual_cost&q=bin",
                for_others(),
            )
        }),
        member
            .clone()
            .and_then(|member| inventory("inventory, filtered to nothing", member, "status=retired", for_others())),
        inventory("inventory, as of a day", Reader::visitor(), "as_of=2026-03-01", for_others()),
        inventory("inventory, signed out", Reader::visitor(), "", Vec::new()),
        editor.clone().and_then(|editor| inventory("inventory, empty", editor, "", Vec::new())),
        editor.and_then(|editor| system("system, for its editor", &editor, own, known())),
        member.and_then(|member| {
            let line = unknown("018f0000-0000-7000-8000-000000000002", "Bulky waste");
            system("system, with unknown values", &member, Sight::default(), Line { own: Own::default(), ..line })
        }),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A day for pages that tell how far away dates are.
pub(crate) const TODAY: Date = Date::constant(2026, 11, 22);
