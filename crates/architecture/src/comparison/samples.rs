//! Pages of saved comparisons with invented content.

use vocabulary::{Acting, PersonId, Reader, Role, Visibility};
use web::{FieldError, Form, SamplePage, Visit, say};

use super::{Saved, change, new, show};
use crate::compare::samples::{county, read};

/// A comparison of three.
pub(crate) fn saved() -> Saved {
    Saved {
        id: "018f0000-0000-7000-8000-0000000000c1".to_owned(),
        name: "The new unitary".to_owned(),
        organisation: "ashmere".to_owned(),
        made_by: "Ashmere".to_owned(),
        compared: county().bodies,
        show: Some("same-product-3".to_owned()),
        visibility: Visibility::Members,
        made_at: "2026-11-22T12:00:00Z".to_owned(),
    }
}

/// The pages.
pub(crate) fn samples() -> Vec<SamplePage> {
    let saved = saved();
    let acting =
        "ashmere".parse().ok().map(|organisation| Acting { organisation, participating: true, role: Role::Editor });
    let editor = Reader { person: Some(PersonId(uuid::Uuid::nil())), acting, scope: None };
    let sample = |name, reader: &Reader, query: &str, compared: &[&str], nothing: &[&str]| {
        let visit = Visit { query: query.to_owned(), reader: reader.clone(), ..Visit::of(saved.address()) };
        let page = visit.parameters(show::PARAMETERS);
        let page = page.and_then(|parameters| show::page(&visit, &parameters, &saved, &read(compared, nothing)));
        page.ok().map(|page| SamplePage { name, page })
    };
    let all = &["ashmere", "brackford", "colne"];
    let errors = vec![FieldError::new("name", say!("Enter a name for the comparison"))];
    let mut samples: Vec<SamplePage> = [
        sample("saved comparison", &editor, "saved=new", all, &[]),
        sample("saved comparison, all rows", &Reader::visitor(), "show=all", all, &[]),
        sample("saved comparison, nothing to show", &Reader::visitor(), "", &["ashmere"], &["brackford", "colne"]),
    ]
    .into_iter()
    .flatten()
    .collect();
    samples.extend([
        SamplePage {
            name: "saving a comparison",
            page: new::page(&saved.compared, None, &Form::default(), Vec::new()),
        },
        SamplePage {
            name: "saving a comparison, with mistakes",
            page: new::page(&saved.compared, Some("different"), &Form::of([("name", "")]), errors),
        },
        SamplePage {
            name: "renaming a saved comparison",
            page: change::edit_page(&saved, &Form::default(), Vec::new()),
        },
        SamplePage { name: "deleting a saved comparison", page: change::delete_page(&saved) },
    ]);
    samples
}
