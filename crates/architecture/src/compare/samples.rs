//! A county whose councils compare in every way, and the pages of comparing with it.

use web::{SamplePage, Visit};

use super::asked::{Read, chosen};
use super::{Choice, PARAMETERS, page};
use crate::comparison::samples::saved;
use crate::map::in_use::Counted;
use crate::map::samples::{about, county as small, in_use, layers};
use crate::organisation::alike::Alike;

/// What three councils run.
pub(crate) fn county() -> Counted {
    let (_, mut counted) = small();
    counted.systems.extend([
        in_use("ashmere", "Bin rounds", "BinRound", "", "Oakware", &["waste"]),
        in_use("brackford", "Waste", "WasteDesk", "2.1", "Fennel Software", &["waste"]),
        in_use("brackford", "Business rates", "RateBook", "", "Oakware", &["revenues"]),
        in_use("brackford", "Waste archive", "", "", "", &["waste"]),
        in_use("colne", "Forms", "FormMill", "4", "Oakware", &["forms"]),
        in_use("colne", "Bins", "BinRound", "", "Oakware", &["waste"]),
    ]);
    counted
}

/// What is read where these are compared, of whom the last have nothing to show.
pub(crate) fn read(compared: &[&str], nothing: &[&str]) -> Read {
    let bodies =
        |ids: &[&str]| county().bodies.into_iter().filter(|body| ids.contains(&body.id.as_str())).collect::<Vec<_>>();
    let mut counted = county();
    counted.systems.retain(|system| compared.contains(&system.organisation.as_str()));
    counted.bodies.retain(|body| compared.contains(&body.id.as_str()));
    Read {
        layers: layers(),
        counted,
        about: Some(about()),
        compared: bodies(compared),
        nothing: bodies(nothing),
        unknown: Vec::new(),
    }
}

fn choice() -> Choice {
    let bodies: Vec<_> = county().bodies.into_iter().map(|body| (body, 4)).collect();
    let alike =
        |id: &str, name: &str| Alike { id: id.to_owned(), name: name.to_owned(), products: 4, needs: 9, of: 20 };
    let alike = vec![alike("brackford", "Brackford Borough Council"), alike("colne", "Colne Borough Council")];
    Choice { alike: Some((bodies[0].0.clone(), alike)), bodies, saved: vec![saved()] }
}

/// The pages.
pub(crate) fn samples() -> Vec<SamplePage> {
    let sample = |name, query: &str, nothing: &[&str], choice: Choice| {
        let visit = Visit { query: query.to_owned(), ..Visit::of("/compare") };
        let page = visit.parameters(PARAMETERS).and_then(|parameters| {
            let ids = parameters.all("organisation");
            let compared: Vec<&str> = ids.iter().copied().filter(|id| !nothing.contains(id)).collect();
            let wanted = chosen(&ids).map(|ids| (ids, read(&compared, nothing)));
            page(&visit, &parameters, wanted, choice)
        });
        page.ok().map(|page| SamplePage { name, page })
    };
    let two = "organisation=ashmere&organisation=brackford";
    let three = "organisation=ashmere&organisation=brackford&organisation=colne";
    let different = "organisation=ashmere&organisation=brackford&show=different";
    [
        sample("comparison, to choose", "", &[], choice()),
        sample("comparison, with one chosen", "organisation=ashmere", &[], choice()),
        sample("comparison, nobody to compare", "", &[], Choice::default()),
        sample("comparison, nothing to show", two, &["ashmere", "brackford"], Choice::default()),
        sample("comparison of two", two, &[], choice()),
        sample("comparison of two, the different ones", different, &[], choice()),
        sample("comparison of two, one of three with nothing to show", three, &["colne"], choice()),
        sample("comparison of three", three, &[], choice()),
        sample("comparison of three, one number", &format!("{three}&show=same-product-3"), &[], choice()),
    ]
    .into_iter()
    .flatten()
    .collect()
}
