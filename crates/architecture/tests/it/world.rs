//! A small county, and short words for visiting its pages as each kind of reader.
//!
//! Ashmere shares its estate with members, Brackford with everyone, Colne with nobody; Oakware and Fennel are suppliers.
//! Systems are made by statements and the projection, as imports make them.

use std::collections::BTreeSet;
use std::str::FromStr;
use std::sync::Arc;

use accounts::{Organisation, OrganisationKind};
use architecture::estate::{self, Sharing};
use architecture::frame::{Frame, LGAM_FILE};
use architecture::product::Products;
use architecture::reading::Readings;
use architecture::statement::store::{ChangeKind, NewChange, add_change, fresh_id, keep_private};
use architecture::statement::{Attribute, Confidence, Stated, Statement, SubjectKind};
use architecture::{Architecture, projection};
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::Value;
use store::Migration;
use testing::TestStore;
use tower::ServiceExt;
use vocabulary::{
    Acting, Chance, Clock, Date, OrganisationId, PersonId, Reader, Retention, Role, Timestamp, Visibility,
};

/// Products and suppliers of this county.
const PRODUCTS: &str = r#"
[[supplier]]
id = "oakware"
name = "Oakware"
company_number = "01234567"
aliases = ["Oak Systems"]
source = "invented"
[[supplier]]
id = "fennel"
name = "Fennel"
source = "invented"
[[product]]
id = "roundmaster"
name = "RoundMaster"
supplier = "oakware"
elements = ["waste"]
source = "invented"
[[product]]
id = "taxbase"
name = "TaxBase"
supplier = "oakware"
elements = ["revenues"]
former_names = ["RevsPro"]
source = "invented"
[[product]]
id = "wastedesk"
name = "WasteDesk"
supplier = "fennel"
elements = ["waste"]
source = "invented"
"#;

/// How people reach the world.
pub const ADDRESS: &str = "https://commonhold.example";

/// The moment at which the world stands still: 22 November 2026.
pub const NOW: &str = "2026-11-22T12:00:00Z";

pub struct World {
    pub store: TestStore,
    pub clock: Clock,
    pub chance: Chance,
    readings: Readings,
    app: axum::Router,
    runtime: tokio::runtime::Runtime,
}

/// An answer.
pub struct Seen {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
    /// The body when it is no text.
    pub bytes: Vec<u8>,
}

impl Seen {
    pub fn json(&self) -> Value {
        assert_eq!(self.status, StatusCode::OK, "{}", self.body);
        serde_json::from_str(&self.body).expect("JSON")
    }

    /// The text of a page without mark-up, white space as single spaces.
    pub fn words(&self) -> String {
        let html = scraper::Html::parse_document(&self.body);
        let main = scraper::Selector::parse("main").expect("a selector");
        let text: String = html.select(&main).flat_map(|main| main.text()).collect();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// What the elements that a selector names say.
    pub fn all(&self, selector: &str) -> Vec<String> {
        let html = scraper::Html::parse_document(&self.body);
        let selector = scraper::Selector::parse(selector).expect("a selector");
        let text = |element: scraper::ElementRef<'_>| {
            element.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
        };
        html.select(&selector).map(text).collect()
    }

    /// Rows of a CSV by column name.
    pub fn csv(&self) -> Vec<std::collections::BTreeMap<String, String>> {
        assert_eq!(self.status, StatusCode::OK, "{}", self.body);
        let mut reader = csv::Reader::from_reader(self.body.as_bytes());
        reader.deserialize().collect::<Result<_, _>>().expect("CSV")
    }
}

/// The sheets of a workbook as rows of cells.
pub fn sheets(bytes: &[u8]) -> Vec<(String, Vec<Vec<calamine::Data>>)> {
    let mut book: calamine::Xlsx<_> = calamine::Reader::new(std::io::Cursor::new(bytes)).expect("a workbook");
    let rows = |(name, range): (String, calamine::Range<calamine::Data>)| {
        (name, range.rows().map(<[calamine::Data]>::to_vec).collect())
    };
    calamine::Reader::worksheets(&mut book).into_iter().map(rows).collect()
}

/// Who reads, in the words of the tests: "visitor", "editor@ashmere", "supplier@oakware". One whose id matters has
/// it behind: "editor@ashmere/018f…".
pub fn reader(words: &str) -> Reader {
    let Some((role, organisation)) = words.split_once('@') else { return Reader::visitor() };
    let (organisation, person) = organisation.split_once('/').unwrap_or((organisation, ""));
    let acting = Acting {
        organisation: OrganisationId::from_str(organisation).expect("an organisation"),
        participating: role != "supplier",
        role: if role == "supplier" { Role::Editor } else { Role::from_str(role).expect("a role") },
    };
    Reader { person: Some(PersonId(person.parse().unwrap_or_default())), acting: Some(acting), scope: None }
}

/// Everybody of whom the tests speak.
pub const READERS: &[&str] = &[
    "visitor",
    "supplier@oakware",
    "member@ashmere",
    "editor@ashmere",
    "steward@ashmere",
    "member@brackford",
    "editor@brackford",
    "operator@colne",
    "auditor@colne",
];

pub fn id(organisation: &str) -> OrganisationId {
    OrganisationId::from_str(organisation).expect("an organisation")
}

pub fn now() -> Timestamp {
    NOW.parse().expect("a moment")
}

pub fn migrations() -> Vec<Migration> {
    [ledger::MIGRATIONS, accounts::MIGRATIONS, architecture::MIGRATIONS].concat()
}

impl World {
    /// Councils, suppliers, products and the reference model; no systems yet.
    pub fn new() -> World {
        let store = testing::store(&migrations());
        let (clock, chance) = (Clock::at(now()), Chance::counted(7));
        let organisation = |id: &str, name: &str, kind: OrganisationKind| Organisation {
            id: self::id(id),
            name: name.to_owned(),
            kind,
            code: None,
            participating: kind == OrganisationKind::Council,
            keeps_shared_list: false,
            about: String::new(),
            also_known: vec![],
            former_names: vec![],
        };
        let bodies = [
            organisation("ashmere", "Ashmere Borough Council", OrganisationKind::Council),
            organisation("brackford", "Brackford District Council", OrganisationKind::Council),
            organisation("colne", "Colne City Council", OrganisationKind::Council),
        ];
        let frame = Frame::read(LGAM_FILE).expect("the frame");
        let elements = frame.elements.iter().map(|element| element.id.as_str()).collect();
        let products = Products::read(PRODUCTS, &elements).expect("the products");
        let load = move |tx: &mut store::Transaction<'_>| {
            accounts::organisation::put(tx, &bodies, now())?;
            architecture::frame::store::load(tx, &frame)?;
            architecture::product::store::load(tx, &products, now())?;
            for (body, sharing) in
                [("ashmere", Visibility::Members), ("brackford", Visibility::Public), ("colne", Visibility::Own)]
            {
                let costs = Sharing::default().costs;
                estate::share(tx, &id(body), Sharing { estate: sharing, costs }, now())?;
            }
            Ok::<_, store::Error>(())
        };
        store.write_blocking(load).expect("the world");
        let architecture = Architecture {
            store: (*store).clone(),
            clock: clock.clone(),
            chance: chance.clone(),
            public_address: ADDRESS.to_owned(),
            retention: Retention::default(),
        };
        let slice = architecture::slice(architecture);
        let readings = Readings::new((*store).clone());
        let site = web::Site {
            answered: Some(readings.listener()),
            navigation: slice.navigation,
            navigation_personal: slice.personal,
            who: Some(Arc::new(|headers: HeaderMap| {
                Box::pin(async move {
                    let words = headers.get("x-reader").and_then(|words| words.to_str().ok()).unwrap_or("visitor");
                    Ok(reader(words).into())
                })
            })),
            moved: Some(ledger::moved(&store)),
            clock: clock.clone(),
            chance: Chance::counted(9),
            ..web::Site::default()
        };
        let app = web::app(site, slice.templates, slice.routes.into_router()).expect("the templates");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        World { store, clock, chance, readings, app, runtime }
    }

    /// Says which organisation keeps the shared list.
    pub fn keeps_shared_list(&self, organisation: &str) {
        let of = id(organisation);
        let keep = move |tx: &mut store::Transaction<'_>| {
            let found = accounts::organisation::find(tx, &of)?.expect("an organisation");
            accounts::organisation::put(tx, &[Organisation { keeps_shared_list: true, ..found }], now())
        };
        self.store.write_blocking(keep).expect("the keeper");
    }

    /// Lets somebody act for an organisation.
    pub fn employ(&self, organisation: &str) {
        let of = organisation.to_owned();
        let employ = move |tx: &mut store::Transaction<'_>| {
            let sql =
                "INSERT INTO membership (organisation, person, role, made_at) VALUES ($1, 'somebody', 'member', 0)";
            tx.execute(sql, &store::values![&of])
        };
        self.store.write_blocking(employ).expect("a membership");
    }

    /// Loads the products and suppliers of this county again, as another version of the carried list would be.
    pub fn load_products(&self) {
        let frame = Frame::read(LGAM_FILE).expect("the frame");
        let elements = frame.elements.iter().map(|element| element.id.as_str()).collect();
        let products = Products::read(PRODUCTS, &elements).expect("the products");
        self.store
            .write_blocking(move |tx| architecture::product::store::load(tx, &products, now()))
            .expect("the products");
    }

    /// What `commonhold doctor` would find: things and tables that are not what they are reckoned from.
    pub fn faults(&self) -> Vec<String> {
        let architecture = self.architecture();
        let slice = architecture::slice(architecture);
        let (things, check) = (slice.things, slice.check);
        let find = move |tx: &mut store::Transaction<'_>| {
            let mut expected = things(tx)?;
            expected.extend(accounts::organisation::things(tx)?);
            let mut faults = check(tx)?;
            let different = ledger::compare(tx, expected.into_iter())?;
            // This world loads the frame without its things.
            let different = different.iter().map(ToString::to_string);
            faults.extend(different.filter(|fault| !fault.starts_with("/elements/")));
            faults.extend(ledger::verify(tx)?);
            Ok::<_, store::Error>(faults)
        };
        self.store.read_blocking(find).expect("the faults")
    }

    /// The subject in this world.
    pub fn architecture(&self) -> Architecture {
        Architecture {
            store: (*self.store).clone(),
            clock: self.clock.clone(),
            chance: self.chance.clone(),
            public_address: ADDRESS.to_owned(),
            retention: Retention::default(),
        }
    }

    /// Writes down what was read until now, as happens once a second.
    pub fn write_readings(&self) {
        self.runtime.block_on(self.readings.write());
    }

    pub fn share(&self, organisation: &str, estate: Visibility, costs: Visibility) {
        let (of, sharing) = (id(organisation), Sharing { estate, costs });
        self.store.write_blocking(move |tx| estate::share(tx, &of, sharing, now())).expect("sharing");
    }

    pub fn get(&self, who: &str, path: &str) -> Seen {
        let request = Request::get(path).header("x-reader", who).body(Body::empty()).expect("a request");
        self.send(request)
    }

    /// A form sent from the same site.
    pub fn post(&self, who: &str, path: &str, form: &str) -> Seen {
        let request = Request::post(path)
            .header("x-reader", who)
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form.to_owned()))
            .expect("a request");
        self.send(request)
    }

    pub fn send(&self, request: Request<Body>) -> Seen {
        self.runtime.block_on(async {
            let response = self.app.clone().oneshot(request).await.expect("an answer");
            let (parts, body) = response.into_parts();
            let bytes = body.collect().await.expect("a body").to_bytes();
            let body = String::from_utf8_lossy(&bytes).into_owned();
            Seen { status: parts.status, headers: parts.headers, body, bytes: bytes.to_vec() }
        })
    }

    /// Adds systems to an organisation in one change, and returns their ids.
    pub fn add(&self, organisation: &str, systems: Vec<NewSystem>) -> Vec<String> {
        let (of, chance, at) = (id(organisation), self.chance.clone(), self.clock.now());
        let write = move |tx: &mut store::Transaction<'_>| {
            let private = |tx: &mut store::Transaction<'_>, text: Option<&str>| {
                let Some(text) = text else { return Ok(None) };
                let id = fresh(&chance);
                keep_private(tx, &of, &[(id.clone(), text)])?;
                Ok::<_, store::Error>(Some(id))
            };
            let mut statements = Vec::new();
            let mut ids = Vec::new();
            for system in &systems {
                let system_id = system.id.clone().unwrap_or_else(|| fresh(&chance));
                let mut said = system.said.clone();
                if !system.contract.is_empty() {
                    let contract = fresh(&chance);
                    statements.push(statement(
                        SubjectKind::Contract,
                        &contract,
                        Attribute::Recorded,
                        Some(Stated::Flag(true)),
                        None,
                    ));
                    for (attribute, stated, original) in &system.contract {
                        let stated = match stated {
                            Some(Stated::Private(text)) => private(tx, Some(text))?.map(Stated::Private),
                            stated => stated.clone(),
                        };
                        let original = private(tx, original.as_deref())?;
                        statements.push(statement(SubjectKind::Contract, &contract, *attribute, stated, original));
                    }
                    said.push((Attribute::Contract, Some(Stated::Contract(contract)), None));
                }
                if let Some(name) = &system.candidate {
                    // A name that the organisation has used already is the same candidate.
                    let sql = "SELECT product FROM product_name WHERE organisation = $1 AND folded = $2";
                    let own = store::values![of.as_str(), vocabulary::fold(name)];
                    let product = match tx.query_optional(sql, &own, |row| row.text(0))? {
                        Some(known) => known,
                        None => {
                            let id = fresh(&chance);
                            let (name, source) = (name.to_owned(), "a test".to_owned());
                            let candidate = architecture::product::store::NewCandidate { id: id.clone(), name, source };
                            architecture::product::store::add_candidates(tx, &of, &[candidate])?;
                            id
                        }
                    };
                    said.push((Attribute::Product, Some(Stated::Product(of.to_string(), product)), None));
                }
                for (attribute, stated, original) in said {
                    let stated = match stated {
                        Some(Stated::Private(text)) => private(tx, Some(&text))?.map(Stated::Private),
                        stated => stated,
                    };
                    let original = private(tx, original.as_deref())?;
                    statements.push(statement(SubjectKind::System, &system_id, attribute, stated, original));
                }
                ids.push(system_id);
            }
            let change = NewChange { kind: ChangeKind::Import, import: None, undoes: None, actor: None };
            add_change(tx, &of, &change, &statements, at)?;
            let subjects: BTreeSet<String> = statements.iter().map(|statement| statement.subject.clone()).collect();
            projection::write(tx, &of, &subjects, at)?;
            Ok::<_, store::Error>(ids)
        };
        self.store.write_blocking(write).expect("the systems")
    }

    /// The contract that covers a system, as an editor of its organisation sees it.
    pub fn contract_of(&self, who: &str, system: &str) -> String {
        let data = self.get(who, &format!("/systems/{system}.json")).json();
        data["system"]["contract"].as_str().expect("a contract").to_owned()
    }
}

fn fresh(chance: &Chance) -> String {
    fresh_id(now(), chance).expect("an id")
}

fn statement(
    kind: SubjectKind,
    subject: &str,
    attribute: Attribute,
    value: Option<Stated>,
    original: Option<String>,
) -> Statement {
    Statement {
        kind,
        subject: subject.to_owned(),
        attribute,
        value,
        original,
        source: "systems.xlsx, Systems, row 41".to_owned(),
        confidence: Confidence::Reported,
        as_of: Date::constant(2026, 3, 3),
    }
}

type Said = (Attribute, Option<Stated>, Option<String>);

/// A system to be added. Texts that begin a test's sentence say what is different about it; the rest is not known.
#[derive(Clone, Debug)]
pub struct NewSystem {
    id: Option<String>,
    said: Vec<Said>,
    contract: Vec<Said>,
    candidate: Option<String>,
}

pub fn system(name: &str) -> NewSystem {
    let said = vec![
        (Attribute::Recorded, Some(Stated::Flag(true)), None),
        (Attribute::Name, Some(Stated::Text(name.to_owned())), None),
    ];
    NewSystem { id: None, said, contract: Vec::new(), candidate: None }
}

/// A further change to a system that is there.
pub fn change(id: &str) -> NewSystem {
    NewSystem { id: Some(id.to_owned()), said: Vec::new(), contract: Vec::new(), candidate: None }
}

impl NewSystem {
    pub fn says(mut self, attribute: Attribute, value: Stated) -> NewSystem {
        let of = if attribute.of() == SubjectKind::Contract { &mut self.contract } else { &mut self.said };
        of.push((attribute, Some(value), None));
        self
    }

    pub fn text(self, attribute: Attribute, text: &str) -> NewSystem {
        self.says(attribute, Stated::Text(text.to_owned()))
    }

    /// A text that only the organisation sees.
    pub fn private(self, attribute: Attribute, text: &str) -> NewSystem {
        self.says(attribute, Stated::Private(text.to_owned()))
    }

    /// A text that was not understood.
    pub fn unread(mut self, attribute: Attribute, text: &str) -> NewSystem {
        let of = if attribute.of() == SubjectKind::Contract { &mut self.contract } else { &mut self.said };
        of.push((attribute, None, Some(text.to_owned())));
        self
    }

    /// Of what is said of an attribute, if anything is, this part was not understood.
    pub fn not_all_understood(mut self, attribute: Attribute, text: &str) -> NewSystem {
        for (of, _, original) in &mut self.said {
            if *of == attribute {
                *original = Some(text.to_owned());
            }
        }
        self
    }

    /// Nothing is said of an attribute any longer.
    pub fn unsaid(mut self, attribute: Attribute) -> NewSystem {
        self.said.push((attribute, None, None));
        self
    }

    pub fn product(self, id: &str) -> NewSystem {
        self.says(Attribute::Product, Stated::Product(String::new(), id.to_owned()))
    }

    /// A product that the shared list does not know.
    pub fn candidate(mut self, name: &str) -> NewSystem {
        self.candidate = Some(name.to_owned());
        self
    }

    pub fn status(self, status: &str) -> NewSystem {
        self.text(Attribute::Status, status)
    }

    pub fn elements(self, elements: &[&str]) -> NewSystem {
        let mut elements: Vec<_> = elements.iter().map(|id| ("lgam".to_owned(), (*id).to_owned())).collect();
        elements.sort();
        self.says(Attribute::Elements, Stated::Elements(elements))
    }

    pub fn cost(self, pence: i64) -> NewSystem {
        self.says(Attribute::AnnualCost, Stated::Number(pence))
    }

    pub fn users(self, users: i64) -> NewSystem {
        self.says(Attribute::Users, Stated::Number(users))
    }

    pub fn reference(self, reference: &str) -> NewSystem {
        self.text(Attribute::Reference, reference)
    }

    /// The contract's end, with months of notice.
    pub fn ends(self, end: &str, notice: Option<i64>) -> NewSystem {
        let system = self.text(Attribute::End, end);
        match notice {
            Some(months) => system.says(Attribute::NoticeMonths, Stated::Number(months)),
            None => system,
        }
    }
}
