//! The first page: what this place is, for whom, its figures with what they cover, one search box, ways in.

use accounts::{Deed, may};
use axum::extract::State;
use serde::Serialize;
use serde_json::json;
use store::{Error, Transaction, Value};
use vocabulary::{Date, Reader};
use web::{Outcome, Page, Routes, SamplePage, Template, Visit, say};

use crate::frame::LGAM;
use crate::map::how_many;
use crate::map::in_use::{Body, COUNTS, Glance, glances};
use crate::organisation::{councils_share, short_name};
use crate::system::store::{Narrow, Seen};
use crate::worklist::page::{at_home, sentence};
use crate::worklist::rule::Work;
use crate::{Architecture, Refused};

const TEMPLATE: &str = "architecture/home/show.html";
/// The template of this page.
pub(crate) const TEMPLATES: &[Template] =
    &[Template { name: TEMPLATE, source: include_str!("../templates/home/show.html") }];
/// How many organisations are listed as changed last.
const LATEST: usize = 5;

/// The addresses of this file.
pub(crate) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    routes.get("/", "What this place is, and ways in", show)
}

/// What the page is made from.
#[derive(Clone, Debug, Default)]
struct Read {
    glances: Vec<Glance>,
    /// Products of the shared list.
    listed: i64,
    /// Different products in use.
    products: i64,
    /// Systems whose product is known.
    of_known_product: i64,
    /// Elements of the model.
    elements: i64,
    /// Elements on which at least one system is placed.
    met: i64,
    /// What needs the reader, where they keep an estate, and where the list is.
    work: Option<(Work, String)>,
    /// The organisation that the reader acts for, with its name.
    own: Option<(String, String)>,
}

/// One figure with what it covers.
#[derive(Clone, Debug, Serialize)]
struct Figure {
    label: String,
    number: i64,
    coverage: String,
    href: String,
}

async fn show(State(state): State<Architecture>, visit: Visit) -> Outcome {
    visit.parameters(&[])?;
    let (reader, today) = (visit.reader.clone(), state.clock.today());
    let read = state.store.read(move |tx| {
        let mut read = read(tx, &reader)?;
        read.work = at_home(tx, &reader, today)?;
        Ok::<_, Refused>(read)
    });
    Ok(page(&visit.reader, read.await?, today).into())
}

fn read(tx: &mut Transaction<'_>, reader: &Reader) -> Result<Read, Refused> {
    let narrow = Seen::narrow(reader);
    let glances = glances(tx, reader)?;
    let sql = format!(
        "SELECT COUNT(DISTINCT p.organisation || '/' || p.id), COUNT(p.id),
                (SELECT COUNT(*) FROM product WHERE organisation = ''), (SELECT COUNT(*) FROM frame_element WHERE frame = ${})
         FROM system AS s
         LEFT JOIN product AS p ON p.organisation = s.product_organisation AND p.id = s.product AND {}
         WHERE {} {COUNTS}",
        narrow.next_parameter(),
        narrow.products,
        narrow.rows
    );
    let parameters = narrow.with(vec![Value::from(LGAM)]);
    let (products, of_known_product, listed, elements) = tx
        .query_one(&sql, &parameters, |row| Ok((row.integer(0)?, row.integer(1)?, row.integer(2)?, row.integer(3)?)))?;
    let met = met(tx, &narrow)?;
    let own = match &reader.acting {
        Some(acting) => {
            accounts::organisation::find(tx, &acting.organisation)?.map(|own| (own.id.to_string(), own.name))
        }
        None => None,
    };
    Ok(Read { glances, listed, products, of_known_product, elements, met, work: None, own })
}

fn met(tx: &mut Transaction<'_>, narrow: &Narrow) -> Result<i64, Error> {
    let sql = format!(
        "SELECT COUNT(DISTINCT x.element) FROM system AS s
         JOIN system_element AS x ON x.organisation = s.organisation AND x.system = s.id
         WHERE {} {COUNTS} AND x.frame = ${}",
        narrow.rows,
        narrow.next_parameter()
    );
    tx.query_one(&sql, &narrow.with(vec![Value::from(LGAM)]), |row| row.integer(0))
}

fn page(reader: &Reader, read: Read, today: Date) -> Page {
    let sum = |of: fn(&Glance) -> usize| read.glances.iter().map(of).sum::<usize>();
    let (systems, placed, dated) =
        (sum(|glance| glance.systems), sum(|glance| glance.placed), sum(|glance| glance.dated));
    let bodies: Vec<&Body> = read.glances.iter().map(|glance| &glance.body).collect();
    let integer = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let figure = |label: String, number: i64, coverage: String, href: &str| Figure {
        label,
        number,
        coverage,
        href: href.to_owned(),
    };
    let figures = if systems == 0 {
        vec![
            figure(
                say!("Products listed"),
                read.listed,
                say!("in the shared list, whether or not anybody runs them"),
                "/products",
            ),
            figure(
                say!("LGAM elements"),
                read.elements,
                say!("the needs of the Local Government Architecture Model (LGAM)"),
                "/elements",
            ),
        ]
    } else {
        vec![
            figure(
                say!("Systems"),
                integer(systems),
                say!("in {places} you can see", places = how_many(&bodies)),
                "/organisations",
            ),
            figure(
                say!("Different products in use"),
                read.products,
                say!(
                    "from the {known} of {all} systems whose product is known",
                    known = read.of_known_product,
                    all = systems
                ),
                "/products?sort=-run_by",
            ),
            figure(
                say!("LGAM elements met"),
                read.met,
                say!(
                    "of {all}, based on {placed} of {systems} systems placed on the model",
                    all = read.elements,
                    placed = placed,
                    systems = systems
                ),
                "/map",
            ),
            figure(
                say!("Contract ends known"),
                integer(dated),
                say!("of {all} systems", all = systems),
                "/organisations",
            ),
        ]
    };
    let mut latest = read.glances.clone();
    latest.sort_by(|one, other| other.changed_at.cmp(&one.changed_at).then_with(|| one.body.id.cmp(&other.body.id)));
    latest.truncate(LATEST);
    let own = read.own.as_ref().map(|(id, name)| {
        let may_import =
            reader.acting.as_ref().is_some_and(|acting| may(reader, Deed::EditEstate, &acting.organisation).is_ok());
        let glance = read.glances.iter().find(|glance| glance.body.id == *id);
        json!({
            "id": id,
            "name": name,
            "short": short_name(name),
            "systems": glance.map(|glance| glance.systems),
            "may_import": may_import,
        })
    });
    Page::new(TEMPLATE, say!("See the technology councils run, and what they could share"))
        .own_search()
        .extra("own", own)
        .extra("work", read.work.as_ref().map(|(work, href)| json!({"text": sentence(work, today), "href": href})))
        .extra("councils_share", councils_share(reader, None))
        .data(json!({"figures": figures, "latest": latest, "systems": systems}))
}

/// This file's pages with invented content.
pub(crate) fn samples() -> Vec<SamplePage> {
    let glance = |name: &str, systems| Glance {
        body: Body::new(&name.to_lowercase(), &format!("{name} Borough Council"), true),
        systems,
        placed: systems - 1,
        dated: 1,
        changed_at: "2026-03-03T09:14:00Z".to_owned(),
    };
    let read = Read {
        glances: vec![glance("Ashmere", 132), glance("Colne", 61)],
        listed: 612,
        products: 97,
        of_known_product: 180,
        elements: 86,
        met: 61,
        work: None,
        own: Some(("ashmere".to_owned(), "Ashmere Borough Council".to_owned())),
    };
    let editor = crate::system::samples::reader(vocabulary::Role::Editor).unwrap_or_default();
    let sample =
        |name, reader: &Reader, read: Read| SamplePage { name, page: page(reader, read, Date::constant(2026, 11, 22)) };
    vec![
        sample("home, signed out", &Reader::visitor(), Read { own: None, ..read.clone() }),
        sample(
            "home, for an editor",
            &editor,
            Read { work: Some((Work::default(), "/organisations/ashmere/worklist".to_owned())), ..read.clone() },
        ),
        sample("home, empty", &editor, Read { glances: Vec::new(), ..read }),
    ]
}
