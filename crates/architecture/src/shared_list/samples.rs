//! The pages of the shared list with invented content.

use web::{FieldError, Form, SamplePage, Visit};

use super::decide_page::{Like, Looked};
use super::list_page::{self, Line, Read, Waiting};
use super::mine_page::{self, Row, Stands};
use super::new_page;
use super::offer::{Draft, Subject};
use super::store::Kind;
use super::withdraw_page;
use crate::system::samples::{council, layers, reader};

const AT: &str = "2026-03-03T09:14:00Z";
const ID: &str = "018f0000-0000-7000-8000-000000000601";

fn line(what: Kind, name: &str, withdrawn: bool) -> Line {
    Line {
        id: ID.to_owned(),
        what,
        name: name.to_owned(),
        product: (!withdrawn).then(|| "p-grantly".to_owned()),
        product_name: (!withdrawn).then(|| "Grantly".to_owned()),
        published_at: AT.to_owned(),
        why: "Sold to councils since 2024".to_owned(),
        withdrawn_at: withdrawn.then(|| AT.to_owned()),
        withdrawn_why: withdrawn.then(|| "It is a module of another product".to_owned()),
    }
}

fn row(what: Kind, stands: Stands) -> Row {
    let text = |text: &str| Some(text.to_owned());
    Row {
        id: ID.to_owned(),
        what,
        name: "Grantly".to_owned(),
        own: ID.to_owned(),
        target: (what == Kind::Name).then(|| "RoundMaster".to_owned()),
        supplier: text("Oak Ware"),
        website: text("https://www.example.org/grantly"),
        elements: vec!["Waste".to_owned()],
        reason: "Three councils near us use it".to_owned(),
        offered_at: AT.to_owned(),
        stands,
        decided_at: (stands != Stands::Waiting).then(|| AT.to_owned()),
        why: (stands == Stands::Declined).then(|| "It is a module of RoundMaster".to_owned()),
        product: (stands == Stands::Published).then(|| "p-grantly".to_owned()),
        product_name: (stands == Stands::Published).then(|| "Grantly".to_owned()),
        change: (stands == Stands::Published).then_some(7),
    }
}

fn looked(kind: Kind, waits: bool) -> Looked {
    let roundmaster = || ("roundmaster".to_owned(), "RoundMaster".to_owned());
    Looked {
        row: row(kind, if waits { Stands::Waiting } else { Stands::Declined }),
        organisation_name: "Ashmere Borough Council".to_owned(),
        kind,
        waits,
        like: match kind {
            Kind::Product => vec![Like {
                id: "roundmaster".to_owned(),
                name: "RoundMaster".to_owned(),
                supplier: Some("Oakware".to_owned()),
                reasons: "same supplier; one letter differs".to_owned(),
            }],
            Kind::Name => Vec::new(),
        },
        has: (!waits).then(roundmaster),
        target: (kind == Kind::Name).then(roundmaster),
        elements: vec!["waste".to_owned()],
        supplier: Some("Oakware".to_owned()),
        suppliers: vec![("oakware".to_owned(), "Oakware".to_owned())],
        products: vec!["RoundMaster".to_owned()],
        layers: layers(),
    }
}

fn lists() -> Vec<SamplePage> {
    let waiting = |what: Kind| Waiting {
        id: ID.to_owned(),
        what,
        name: "Grantly".to_owned(),
        target: (what == Kind::Name).then(|| "RoundMaster".to_owned()),
        organisation: "ashmere".to_owned(),
        organisation_name: "Ashmere Borough Council".to_owned(),
        reason: "Three councils near us use it".to_owned(),
        offered_at: AT.to_owned(),
    };
    let lines = || {
        vec![
            line(Kind::Product, "Grantly", false),
            line(Kind::Name, "Grantly 3", false),
            line(Kind::Product, "Old", true),
        ]
    };
    let sample = |name, read: Read, only_waiting| {
        let visit = Visit::of("/shared-list");
        let parameters = visit.parameters(&["after", "before"]).ok()?;
        let page = list_page::page(&visit, &parameters, read, only_waiting).ok()?;
        Some(SamplePage { name, page })
    };
    let own = || Some(("ashmere".to_owned(), 1));
    let many = (0..12).map(|_| waiting(Kind::Product)).collect();
    [
        sample("shared list", Read { lines: lines(), ..Read::default() }, false),
        sample("shared list, empty, for an editor", Read { own: own(), ..Read::default() }, false),
        sample("shared list, for its keeper", Read { lines: lines(), waiting: Some(many), own: own() }, false),
        sample("shared list, what waits", Read { waiting: Some(vec![waiting(Kind::Name)]), ..Read::default() }, true),
        sample("shared list, nothing waits", Read { waiting: Some(Vec::new()), ..Read::default() }, true),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn offers() -> Vec<SamplePage> {
    let (Some(organisation), Some(reader)) = (council(), reader(vocabulary::Role::Editor)) else { return Vec::new() };
    let visit = Visit { reader, ..Visit::of("/organisations/ashmere/offers") };
    let list = |name, rows| {
        let parameters = visit.parameters(&["after", "before"]).ok()?;
        Some(SamplePage { name, page: mine_page::list(&organisation, rows, &visit, &parameters).ok()? })
    };
    let all = [
        (Kind::Product, Stands::Waiting),
        (Kind::Name, Stands::Published),
        (Kind::Product, Stands::Declined),
        (Kind::Product, Stands::Withdrawn),
    ];
    let all = all.into_iter().chain([(Kind::Product, Stands::Removed)]).map(|(what, stands)| row(what, stands));
    let mut pages: Vec<SamplePage> =
        [list("offers", all.collect()), list("offers, none", Vec::new())].into_iter().flatten().collect();
    let one = |name, row: &Row| SamplePage { name, page: mine_page::one(&organisation, row, true) };
    pages.push(one("offer that waits", &row(Kind::Product, Stands::Waiting)));
    pages.push(one("offer that was published", &row(Kind::Product, Stands::Published)));
    pages.push(one("offer that was declined", &row(Kind::Name, Stands::Declined)));
    let new = |kind: Kind| new_page::Read {
        organisation: organisation.clone(),
        subject: Subject {
            stands: ID.to_owned(),
            name: "Grantly".to_owned(),
            kind,
            target: (kind == Kind::Name).then(|| ("roundmaster".to_owned(), "RoundMaster".to_owned())),
            supplier: None,
            elements: Vec::new(),
        },
        layers: layers(),
        keeper: "Brackford District Council".to_owned(),
    };
    let draft = Draft {
        supplier: Some("Oak Ware".to_owned()),
        website: None,
        elements: vec!["waste".to_owned()],
        reason: "Three councils near us use it".to_owned(),
    };
    let sample = |name, page| SamplePage { name, page };
    let mistake = vec![FieldError::new("reason", "Say why the shared list should have it")];
    pages.push(sample("offer a product", new(Kind::Product).page(&Draft::default())));
    pages.push(sample("offer a product, with a mistake", new(Kind::Product).page(&Draft::default()).errors(mistake)));
    pages.push(sample("offer a product, to be checked", new(Kind::Product).check(&draft)));
    pages.push(sample("offer a name", new(Kind::Name).page(&Draft::default())));
    pages.push(sample("offer a name, to be checked", new(Kind::Name).check(&draft)));
    pages
}

/// All of them.
pub(crate) fn samples() -> Vec<SamplePage> {
    let sample = |name, page| SamplePage { name, page };
    let mistakes = vec![
        FieldError::new("supplier", "Choose a supplier that is known here, by its name, or leave it empty"),
        FieldError::new("why", "Say why you publish or decline it"),
    ];
    let form = Form::of([("choice", "publish"), ("name", "Grantly"), ("supplier", "Nobody")]);
    let withdraw = |obstacle: Option<&str>| {
        let looked = withdraw_page::Looked {
            line: line(Kind::Product, "Grantly", false),
            obstacle: obstacle.map(str::to_owned),
        };
        looked.page(&Form::default())
    };
    let mut pages = lists();
    pages.extend(offers());
    pages.push(sample("decide about a product", looked(Kind::Product, true).page(&Form::default())));
    pages.push(sample(
        "decide about a product, with mistakes",
        looked(Kind::Product, true).page(&form).errors(mistakes),
    ));
    pages.push(sample("decide about a name", looked(Kind::Name, true).page(&Form::default())));
    pages.push(sample("an offer that is decided", looked(Kind::Product, false).page(&Form::default())));
    pages.push(sample("withdraw what was published", withdraw(None)));
    pages.push(sample("withdraw what others use", withdraw(Some("Other organisations rely on it."))));
    pages
}
