//! Invented imports and their pages, for checks of every page.

use std::collections::BTreeSet;

use serde_json::json;
use vocabulary::{Reader, Role};
use web::{FieldError, Form, Format, SamplePage, say};

use super::applied::Applied;
use super::list::Imports;
use super::mapping::sheets::Joined;
use super::mapping::{Column, Columns};
use super::preview::{Preview, RowShown, Section};
use super::problems::Trouble;
use super::undo::{Changed, Undo};
use crate::import::joins::Follow;
use crate::import::plan::{Change, Listed, Missing};
use crate::import::store::ImportRow;
use crate::import::summary::Known;
use crate::import::undo::Return;
use crate::spreadsheet::{Certainty, Field, Holds, ListOf, Problem, Severity};
use crate::system::samples::{council, reader};

/// Every page about imports with invented content.
pub(crate) fn samples() -> Vec<SamplePage> {
    samples_or_none().unwrap_or_default()
}

const ID: &str = "018f0000-0000-7000-8000-0000000000a1";
const ADDRESS: &str = "/organisations/ashmere/imports/018f0000-0000-7000-8000-0000000000a1";

fn import(state: &str) -> ImportRow {
    let applied = state == "applied" || state == "undone";
    ImportRow {
        organisation: "ashmere".to_owned(),
        id: ID.to_owned(),
        file_name: "systems-final-v3.xlsx".to_owned(),
        file_hash: "0".repeat(64),
        source: "systems".to_owned(),
        state: state.to_owned(),
        sheet: None,
        header_row: None,
        mapping: None,
        created_at: "2026-03-03T10:14:00Z".to_owned(),
        created_by: None,
        applied_at: applied.then(|| "2026-03-03T10:20:00Z".to_owned()),
        applied_change: applied.then_some(1),
        undone_change: (state == "undone").then_some(2),
        added: if applied { 118 } else { 0 },
        changed: if applied { 9 } else { 0 },
        unchanged: i64::from(applied),
        retired: i64::from(applied),
    }
}

fn problem(code: &'static str, severity: Severity, row: Option<u32>, message: &str, next_step: &str) -> Trouble {
    Trouble::from(&Problem {
        code,
        severity,
        sheet: "Systems".to_owned(),
        row,
        column: Some("F".to_owned()),
        heading: Some("Contract end".to_owned()),
        text: Some("31/02/2027".to_owned()),
        message: message.to_owned(),
        next_step: next_step.to_owned(),
    })
}

fn problems() -> Vec<Trouble> {
    let date = "\"31/02/2027\" is not a date. We keep the text, and the date as not known.";
    let next = "Correct it in the file and upload it again.";
    vec![
        problem("date_not_understood", Severity::MustFix, Some(41), date, next),
        problem(
            "contract_ended",
            Severity::Check,
            Some(44),
            "The contract has ended.",
            "Check that the date is right.",
        ),
        problem("formulas", Severity::Information, None, "The column holds formulas.", "Nothing needs doing."),
    ]
}

fn change(attribute: &'static str, label: &'static str, now: Option<&str>, then: Option<&str>) -> Change {
    Change { attribute, label, now: now.map(str::to_owned), then: then.map(str::to_owned) }
}

fn row(name: &str, row: u32, changes: Vec<Change>) -> RowShown {
    RowShown { name: name.to_owned(), sheet: "Systems".to_owned(), row: Some(row), system: None, changes }
}

fn preview(changes: bool) -> Option<Preview> {
    let new = vec![row(
        "Bulky waste",
        6,
        vec![
            change("product", "Product", None, Some("WasteDesk")),
            change("elements", "LGAM elements", None, Some("Waste and recycling")),
            change("contract_end", "Contract end", None, Some("2027-03")),
        ],
    )];
    let changed = vec![row(
        "Bin rounds",
        5,
        vec![
            change("contract_end", "Contract end", Some("2026-03-31"), Some("2027-03-31")),
            change("status", "Status", None, Some("live")),
            change("users", "Users", Some("40"), Some("Not understood: \"some\"")),
        ],
    )];
    let follow = |contract: &str, systems: &[&str], no_longer: &[&str], changes: Vec<Change>| Follow {
        list: Some("contracts".to_owned()),
        contract: contract.to_owned(),
        systems: systems.iter().map(|system| (*system).to_owned()).collect(),
        no_longer: no_longer.iter().map(|system| (*system).to_owned()).collect(),
        changes,
    };
    let follows = vec![
        follow("C-17", &["Bulky waste"], &[], Vec::new()),
        follow("C-18", &[], &["Tree register"], Vec::new()),
        follow("C-19", &[], &[], vec![change("contract_end", "Contract end", Some("2028-03-31"), Some("2029-03-31"))]),
    ];
    let missing = |id: &str, name: &str| Missing { id: id.to_owned(), name: name.to_owned() };
    Some(Preview {
        organisation: council()?,
        address: ADDRESS.to_owned(),
        file: "systems-final-v3.xlsx".to_owned(),
        list: "systems".to_owned(),
        digest: "0".repeat(32),
        keeps_words: false,
        new: if changes { new } else { Vec::new() },
        changed: if changes { changed } else { Vec::new() },
        unchanged: vec![row("Council tax", 7, Vec::new())],
        missing: if changes { vec![missing("m1", "Old parking"), missing("m2", "Fax gateway")] } else { Vec::new() },
        problems: if changes { problems() } else { Vec::new() },
        problems_left_out: 0,
        listed: None,
        follows: if changes { follows } else { Vec::new() },
    })
}

fn columns() -> Option<Columns> {
    let column = |letter: &str, heading: &str, samples: &[&str], field: Option<Field>, certainty| Column {
        control: format!("column-{}", letter.to_lowercase()),
        column: letter.to_owned(),
        heading: heading.to_owned(),
        samples: samples.iter().map(|sample| (*sample).to_owned()).collect(),
        field,
        certainty,
        why: String::new(),
        note: (letter == "D").then(|| "Bare numbers are thousands of pounds.".to_owned()),
    };
    let of_sheet = |letter: &str, heading: &str, field: Option<Field>, certainty| Column {
        control: format!("sheet-1-column-{}", letter.to_lowercase()),
        note: None,
        ..column(letter, heading, &["C-1", "C-2"], field, certainty)
    };
    Some(Columns {
        organisation: council()?,
        address: ADDRESS.to_owned(),
        file: "systems-final-v3.xlsx".to_owned(),
        sheet: "Systems".to_owned(),
        header_row: 3,
        sheets: vec!["Read me".to_owned(), "Systems".to_owned()],
        other_sheets: vec!["Old systems".to_owned()],
        program: Some("ServiceNow"),
        joined: vec![Joined {
            control: "sheet-1".to_owned(),
            sheet: "Contracts".to_owned(),
            holds: Holds::Contracts,
            header_row: 1,
            reading: "read",
            columns: vec![
                of_sheet("A", "Lead officer", None, Certainty::Unrecognised),
                of_sheet("B", "Ref", Some(Field::ContractReference), Certainty::Sure),
                of_sheet("C", "End", Some(Field::ContractEnd), Certainty::Sure),
            ],
            fields: vec![
                json!({"value": "contract_reference", "text": "Contract reference"}),
                json!({"value": "contract_end", "text": "Contract end"}),
            ],
        }],
        list_of: ListOf::Systems,
        columns: vec![
            column("A", "System", &["Bin rounds", "Bulky waste"], Some(Field::Name), Certainty::Sure),
            column("B", "DPIA done?", &["Y", "N"], None, Certainty::Unrecognised),
            column("C", "", &[], None, Certainty::Chosen),
            column("D", "Cost (£k)", &["12.5"], Some(Field::AnnualCost), Certainty::Sure),
        ],
        source: "systems".to_owned(),
        sources: vec!["systems".to_owned(), "contracts".to_owned()],
    })
}

fn undo_page(reader: &Reader, name: &'static str, conflicting: bool) -> Option<SamplePage> {
    let returns = Return {
        name: "Bin rounds".to_owned(),
        attribute: "contract_end",
        label: "Contract end",
        now: Some("2027-03-31".to_owned()),
        then: None,
    };
    let changed = Changed {
        name: "Bin rounds".to_owned(),
        fields: vec!["Contract end", "Users"],
        at: "2026-03-04T09:00:00Z".to_owned(),
    };
    let undo = Undo {
        organisation: council()?,
        import: import("applied"),
        removed: vec!["Bulky waste".to_owned()],
        returns: vec![returns],
        conflicts: if conflicting { vec![changed] } else { Vec::new() },
    };
    Some(SamplePage { name, page: undo.page(reader) })
}

fn samples_or_none() -> Option<Vec<SamplePage>> {
    let (editor, auditor) = (reader(Role::Editor)?, reader(Role::Auditor)?);
    let list = |states: &[&str], cancelled: Option<&str>| {
        Some(Imports {
            organisation: council()?,
            total: u64::try_from(states.len()).ok()?,
            imports: states.iter().map(|state| import(state)).collect(),
            kept: BTreeSet::new(),
            next: false,
            previous: false,
            cancelled: cancelled.map(str::to_owned),
        })
    };
    let applied = |state: &str, problems: Vec<Trouble>| {
        let known = Known {
            systems: 128,
            listed: 97,
            own_products: 20,
            placed: 112,
            contract_ends: 88,
            costs: 61,
            own_names: vec!["ParkRight".to_owned()],
            contracts_recorded: 3,
            contracts_waiting: None,
        };
        Some(Applied { organisation: council()?, import: import(state), known, problems, did_something: true })
    };
    let unreadable =
        "The file stops in the middle of sheet 2, so it may be a part copy. Save it again and upload that.";
    let stale = FieldError::new("changes", say!("The estate has changed since this was shown, so nothing was saved."));
    let all = ["uploaded", "applied", "undone", "cancelled"];
    let page = |name, page| SamplePage { name, page };
    let contracts = Columns { list_of: ListOf::Contracts, joined: Vec::new(), program: None, ..columns()? };
    let of_contracts = |of_systems: usize| {
        let listed = Some(Listed { contracts: 12, of_systems });
        Some(Preview { listed, new: Vec::new(), missing: Vec::new(), ..preview(of_systems > 0)? })
    };
    Some(vec![
        page("imports", list(&all, None)?.page(&editor)),
        page("imports, none yet, one cancelled", list(&[], Some("systems.csv"))?.page(&editor)),
        page("imports, for an auditor", list(&all, None)?.page(&auditor)),
        page(
            "imports, unreadable file",
            list(&all, None)?.page(&editor).errors(vec![FieldError::new("file", unreadable)]),
        ),
        page("columns of an import", columns()?.page(&editor)),
        page("columns of an import, for an auditor", columns()?.page(&auditor)),
        page(
            "columns of an import, with mistakes",
            columns()?.page(&editor).typed(&Form::of([("list", "*")])).errors(vec![
                FieldError::new("column-a", say!("Choose which column holds the system name")),
                FieldError::new("row", say!("Write the row of the headings as a number, such as 3")),
                FieldError::new("new_list", say!("Give the list a name, such as \"systems\"")),
            ]),
        ),
        page("columns of a list of contracts", contracts.page(&editor)),
        page(
            "columns of an import, mistakes on another sheet",
            columns()?.page(&editor).errors(vec![FieldError::new(
                "sheet-1-column-a",
                say!(
                    "\"{field}\" is chosen for columns {first} and {second}. Keep one of them",
                    field = "Contract end",
                    first = "A",
                    second = "C"
                ),
            )]),
        ),
        page("preview of a list of contracts", of_contracts(7)?.page(&editor, Format::Html, None, None).ok()?),
        page(
            "preview of a list of contracts of no system",
            of_contracts(0)?.page(&editor, Format::Html, None, None).ok()?,
        ),
        page("preview of an import", preview(true)?.page(&editor, Format::Html, None, None).ok()?),
        page(
            "preview of an import, its problems",
            preview(true)?.page(&editor, Format::Html, Some(Section::Problems), None).ok()?,
        ),
        page(
            "preview of an import, unchanged",
            preview(true)?.page(&editor, Format::Html, Some(Section::Unchanged), None).ok()?,
        ),
        page("preview of an import, for an auditor", preview(true)?.page(&auditor, Format::Html, None, None).ok()?),
        page("preview that changes nothing", preview(false)?.page(&editor, Format::Html, None, None).ok()?),
        page(
            "preview, the estate has changed",
            preview(true)?.page(&editor, Format::Html, None, None).ok()?.errors(vec![stale]),
        ),
        page(
            "import, applied",
            applied("applied", problems())?.page(&editor).banner(applied("applied", problems())?.banner()),
        ),
        page("import, applied without problems", applied("applied", Vec::new())?.page(&editor)),
        page("import, undone", applied("undone", problems())?.page(&editor)),
        page("import, cancelled", applied("cancelled", Vec::new())?.page(&auditor)),
        undo_page(&editor, "undo of an import", false)?,
        undo_page(&editor, "undo of an import, refused", true)?,
    ])
}
