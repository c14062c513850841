//! Invented changes, for checks of every page.

use vocabulary::Role;
use web::SamplePage;

use super::address_of;
use super::show::{Change, Subject, ValueChange};
use super::store::ChangeRow;
use super::undo::Conflict;
use crate::statement::store::ChangeKind;
use crate::statement::{Attribute, SubjectKind};
use crate::system::samples::{council, reader};

/// The pages of changes with invented content.
pub(crate) fn samples() -> Vec<SamplePage> {
    samples_or_none().unwrap_or_default()
}

fn samples_or_none() -> Option<Vec<SamplePage>> {
    let (organisation, reader) = (council()?, reader(Role::Editor)?);
    let value = |attribute: Attribute, before: Option<&str>, after: Option<&str>| ValueChange {
        field: attribute.word(),
        label: attribute.label(),
        before: before.map(str::to_owned),
        after: after.map(str::to_owned),
        source: "Letter from Oakware".to_owned(),
        confidence: "verified",
        as_of: "2026-03-03".to_owned(),
    };
    let subject = |kind: SubjectKind, id: &str, name: &str, verdict: &'static str, values| Subject {
        kind: kind.word(),
        id: id.to_owned(),
        name: name.to_owned(),
        address: (verdict != "removed").then(|| address_of(kind, id)),
        verdict,
        values,
    };
    let row = ChangeRow {
        number: 12,
        kind: ChangeKind::Edit,
        import: None,
        undoes: None,
        undone_by: None,
        actor: None,
        at: "2026-03-03T10:14:00Z".to_owned(),
    };
    let change = Change {
        organisation,
        row: row.clone(),
        who: "Estate editor".to_owned(),
        subjects: vec![
            subject(
                SubjectKind::Contract,
                "018f0000-0000-7000-8000-0000000000c1",
                "C-114",
                "changed",
                vec![
                    value(Attribute::End, Some("2027-03-31"), Some("2028-03-31")),
                    value(Attribute::Extension, Some("1 year"), None),
                ],
            ),
            subject(
                SubjectKind::System,
                "018f0000-0000-7000-8000-000000000001",
                "Bin rounds",
                "added",
                vec![value(Attribute::Name, None, Some("Bin rounds")), value(Attribute::Status, None, Some("live"))],
            ),
            subject(SubjectKind::System, "018f0000-0000-7000-8000-000000000002", "Fax gateway", "removed", Vec::new()),
        ],
        undoable: true,
        conflicts: Vec::new(),
    };
    let later = Conflict {
        name: "C-114".to_owned(),
        id: "018f0000-0000-7000-8000-0000000000c1".to_owned(),
        label: Attribute::End.label(),
        at: "2026-03-04T10:14:00Z".to_owned(),
    };
    let undone = ChangeRow { kind: ChangeKind::Undo, undoes: Some(11), undone_by: Some(13), ..row.clone() };
    let imported =
        ChangeRow { kind: ChangeKind::Import, import: Some("018f0000-0000-7000-8000-0000000000a1".to_owned()), ..row };
    let page = |name: &'static str, change: &Change| SamplePage { name, page: change.page(&reader) };
    Some(vec![
        SamplePage { name: "change", page: change.page(&reader).banner(change.banner(&reader)) },
        page("change, changed since", &Change { conflicts: vec![later], ..change.clone() }),
        page("change, undone", &Change { row: undone, undoable: false, ..change.clone() }),
        page("change by import", &Change { row: imported, ..change }),
    ])
}
