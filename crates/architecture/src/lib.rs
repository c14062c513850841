//! The shared technical architecture model: estates, products, contracts, reference frames, comparison.
//!
//! Code map. Nouns: [`frame`] (reference model), [`product`], [`system`], [`contract`], [`estate`] (how an organisation
//! shares its systems), [`statement`] (how values are kept), [`change`] (stating values by hand). [`projection`] makes the
//! tables that pages read from the statements. [`spreadsheet`] reads files; `import` previews, applies and undoes them.
//! [`matching`] says which listed product or supplier a name means; [`merging`] makes one of two; [`shared_list`] publishes
//! what organisations offer. [`map`], [`overlap`], [`compare`] and [`comparison`] answer across estates; [`worklist`] says what
//! needs people. [`leaving`] says what an estate names of what all share; `kept` what is kept about people, and for how long. Each page or action is a file under its noun: `system/show.rs`, `import/undo.rs`. Organisations themselves
//! live in `accounts`.
//!
//! What is not here: sign-in and roles (`accounts`), search and events (`ledger`), statuses and formats (`web`).

mod about_people;
mod belonging;
pub mod change;
pub mod compare;
pub mod comparison;
pub mod contract;
mod described;
pub mod estate;
pub mod frame;
pub mod home;
pub mod import;
mod kept;
pub mod leaving;
mod listing;
pub mod map;
pub mod matching;
pub mod merging;
pub mod organisation;
pub mod overlap;
pub mod product;
pub mod projection;
pub mod reading;
pub mod reference;
mod refused;
pub mod shared_list;
pub mod spreadsheet;
pub mod statement;
pub mod system;
pub mod worklist;

use ::store::{Error, Migration, Store, Transaction};
use vocabulary::{Chance, Clock, Retention};

pub use about_people::ABOUT_PEOPLE;
pub use belonging::BELONGINGS;
pub use contract::follow::SECRETS;
pub use kept::kept;
pub use refused::Refused;

/// What the pages and actions of this subject need.
#[derive(Clone)]
pub struct Architecture {
    /// The database.
    pub store: Store,
    /// The present moment.
    pub clock: Clock,
    /// Randomness for identifiers.
    pub chance: Chance,
    /// How people reach this copy, without a slash at the end: what calendars, feeds and messages lead back to.
    pub public_address: String,
    /// How long what is over is kept.
    pub retention: Retention,
}

/// The tables of this subject.
pub const MIGRATIONS: &[Migration] = &[
    Migration {
        subject: "architecture",
        number: 1,
        name: "reference",
        sql: include_str!("../migrations/0001_reference.sql"),
    },
    Migration {
        subject: "architecture",
        number: 2,
        name: "estates",
        sql: include_str!("../migrations/0002_estates.sql"),
    },
    Migration {
        subject: "architecture",
        number: 3,
        name: "imports",
        sql: include_str!("../migrations/0003_imports.sql"),
    },
    Migration {
        subject: "architecture",
        number: 4,
        name: "by_hand",
        sql: include_str!("../migrations/0004_by_hand.sql"),
    },
    Migration {
        subject: "architecture",
        number: 5,
        name: "merges",
        sql: include_str!("../migrations/0005_merges.sql"),
    },
    Migration {
        subject: "architecture",
        number: 6,
        name: "overlap",
        sql: include_str!("../migrations/0006_overlap.sql"),
    },
    Migration {
        subject: "architecture",
        number: 7,
        name: "relations",
        sql: include_str!("../migrations/0007_relations.sql"),
    },
    Migration {
        subject: "architecture",
        number: 8,
        name: "comparisons",
        sql: include_str!("../migrations/0008_comparisons.sql"),
    },
    Migration {
        subject: "architecture",
        number: 9,
        name: "contract_dates",
        sql: include_str!("../migrations/0009_contract_dates.sql"),
    },
    Migration {
        subject: "architecture",
        number: 10,
        name: "worklist",
        sql: include_str!("../migrations/0010_worklist.sql"),
    },
    Migration {
        subject: "architecture",
        number: 11,
        name: "plain_changes",
        sql: include_str!("../migrations/0011_plain_changes.sql"),
    },
    Migration {
        subject: "architecture",
        number: 12,
        name: "following_dates",
        sql: include_str!("../migrations/0012_following_dates.sql"),
    },
    Migration {
        subject: "architecture",
        number: 13,
        name: "matching",
        sql: include_str!("../migrations/0013_matching.sql"),
    },
    Migration {
        subject: "architecture",
        number: 14,
        name: "shared_list",
        sql: include_str!("../migrations/0014_shared_list.sql"),
    },
    Migration {
        subject: "architecture",
        number: 15,
        name: "any_order",
        sql: include_str!("../migrations/0015_any_order.sql"),
    },
    Migration {
        subject: "architecture",
        number: 16,
        name: "contract_ends",
        sql: include_str!("../migrations/0016_contract_ends.sql"),
    },
    Migration {
        subject: "architecture",
        number: 17,
        name: "kept_contracts",
        sql: include_str!("../migrations/0017_kept_contracts.sql"),
    },
    Migration {
        subject: "architecture",
        number: 18,
        name: "readings",
        sql: include_str!("../migrations/0018_readings.sql"),
    },
    Migration {
        subject: "architecture",
        number: 19,
        name: "ever_merged",
        sql: include_str!("../migrations/0019_ever_merged.sql"),
    },
];

/// The kinds of things that this subject registers.
const KINDS: &[ledger::Kind] = &[
    ledger::Kind { name: "system", label: "Systems", one: "System" },
    ledger::Kind { name: "contract", label: "Contracts", one: "Contract" },
    ledger::Kind { name: "product", label: "Products", one: "Product" },
    ledger::Kind { name: "element", label: "LGAM elements", one: "LGAM element" },
    ledger::Kind { name: "import", label: "Imports", one: "Import" },
    ledger::Kind { name: "comparison", label: "Saved comparisons", one: "Saved comparison" },
];

/// What the subject offers to the program.
pub fn slice(architecture: Architecture) -> ledger::Slice {
    let jobs = vec![
        contract::follow::digest::job(architecture.public_address.clone()),
        import::waiting::job(architecture.retention),
        reading::job(architecture.retention),
    ];
    ledger::Slice {
        name: "architecture",
        routes: routes().with_state(architecture),
        templates: templates(),
        migrations: MIGRATIONS,
        navigation: vec![
            web::NavigationItem { id: "organisations", text: "Organisations", href: "/organisations" },
            web::NavigationItem { id: "products", text: "Products", href: "/products" },
            web::NavigationItem { id: "compare", text: "Compare", href: "/compare" },
        ],
        personal: vec![worklist::navigation()],
        operator: vec![],
        samples: samples(),
        kinds: KINDS,
        things,
        check,
        people: ABOUT_PEOPLE,
        jobs,
        health: vec![],
    }
}

/// Every address of the subject.
pub fn routes() -> web::Routes<Architecture> {
    let routes = web::Routes::new();
    let routes = home::routes(routes);
    let routes = map::routes(routes);
    let routes = compare::routes(routes);
    let routes = overlap::routes(routes);
    let routes = comparison::routes(routes);
    let routes = product::list::routes(routes);
    let routes = product::show::routes(routes);
    let routes = frame::list::routes(routes);
    let routes = frame::show::routes(routes);
    let routes = organisation::routes(routes);
    let routes = system::routes(routes);
    let routes = matching::page::routes(routes);
    let routes = merging::routes(routes);
    let routes = shared_list::routes(routes);
    let routes = import::pages::routes(routes);
    let routes = change::routes(routes);
    let routes = reading::routes(routes);
    let routes = worklist::routes(routes);
    let routes = estate::take::routes(routes);
    contract::routes(routes).words(described::WORDS)
}

/// Every template of the subject.
pub fn templates() -> Vec<web::Template> {
    [
        organisation::TEMPLATES,
        system::TEMPLATES,
        contract::TEMPLATES,
        contract::dates::TEMPLATES,
        contract::follow::TEMPLATES,
        import::pages::TEMPLATES,
        change::TEMPLATES,
        reading::TEMPLATES,
        estate::take::TEMPLATES,
        matching::page::TEMPLATES,
        merging::TEMPLATES,
        shared_list::TEMPLATES,
        home::TEMPLATES,
        map::TEMPLATES,
        compare::TEMPLATES,
        comparison::TEMPLATES,
        worklist::TEMPLATES,
        overlap::TEMPLATES,
        product::list::TEMPLATES,
        product::show::TEMPLATES,
        frame::list::TEMPLATES,
        frame::show::TEMPLATES,
    ]
    .concat()
}

/// Every page of the subject with invented content.
pub fn samples() -> Vec<web::SamplePage> {
    [
        organisation::samples::samples(),
        system::samples::samples(),
        system::users::samples(),
        system::edit::samples::samples(),
        system::add::samples(),
        system::retire::samples(),
        system::bulk::samples::samples(),
        contract::show::samples(),
        contract::edit::samples(),
        contract::covers::samples(),
        contract::dates::samples::samples(),
        contract::follow::samples::samples(),
        import::pages::samples::samples(),
        change::samples::samples(),
        change::list::samples(),
        reading::samples(),
        estate::take::samples(),
        change::differences::samples(),
        matching::page::samples(),
        merging::samples(),
        shared_list::samples(),
        home::samples(),
        map::all::samples(),
        map::one::samples(),
        compare::samples::samples(),
        comparison::samples::samples(),
        worklist::samples::samples(),
        overlap::samples::samples(),
        product::list::samples(),
        product::show::samples(),
        frame::list::samples(),
        frame::show::samples(),
    ]
    .concat()
}

/// What of the tables is not as it should be.
fn check(tx: &mut Transaction<'_>) -> Result<Vec<String>, Error> {
    let mut faults = projection::check(tx)?;
    faults.extend(shared_list::store::check(tx)?);
    Ok(faults)
}

/// All things that the subject answers for, as the ledger should hold them.
fn things(tx: &mut Transaction<'_>) -> Result<Vec<ledger::Thing>, Error> {
    let mut things = frame::store::things(tx)?;
    things.extend(product::store::things(tx)?);
    things.extend(import::things(tx)?);
    things.extend(comparison::things(tx)?);
    for organisation in projection::organisations(tx)? {
        things.extend(projection::reckon(tx, &organisation, None)?.things);
    }
    Ok(things)
}

/// Makes every table that is derived from statements anew; for `commonhold doctor --rebuild`.
///
/// # Errors
/// When the engine fails.
pub fn rebuild(tx: &mut Transaction<'_>, now: vocabulary::Timestamp) -> Result<(), Error> {
    for organisation in projection::organisations(tx)? {
        projection::write_all(tx, &organisation, now)?;
    }
    Ok(())
}
