//! A region of many councils, invented from a seed: for measuring, never for the product. The same seed makes the same
//! region to the letter.
//!
//! Councils run products of the shared list as councils do: a few products are everywhere, most in few places, the odd one
//! is a council's own or not known. Systems are placed where their products usually are; three quarters have a contract,
//! some contracts cover several systems; costs, ends and notice are known of a part. Estates are made of statements and
//! projections, as imports make them, one change for each council.

use std::collections::BTreeMap;

use accounts::{Organisation, OrganisationKind, organisation};
use architecture::estate::{self, Sharing};
use architecture::frame::LGAM;
use architecture::product::store::{NewCandidate, add_candidates};
use architecture::projection;
use architecture::statement::store::{ChangeKind, NewChange, add_change, fresh_id};
use architecture::statement::{Attribute, Confidence, Stated, Statement, SubjectKind};
use store::{Error, Store, Transaction};
use vocabulary::{Chance, Date, OrganisationId, Timestamp, Visibility};

/// How large a region is.
#[derive(Clone, Copy, Debug)]
pub struct Region {
    /// Councils: `council-001` and so on.
    pub councils: u64,
    /// Systems of each.
    pub systems: u64,
    /// What it is made from.
    pub seed: u64,
}

/// The names of the councils' identifiers.
pub fn council(number: u64) -> String {
    format!("council-{number:03}")
}

/// How the council of this number shares its estate. The first shares with participating bodies, costs included.
fn sharing(number: u64) -> Sharing {
    let estate = match number % 10 {
        0 => Visibility::Own,
        5 => Visibility::Public,
        _ => Visibility::Members,
    };
    Sharing { estate, costs: if number % 2 == 1 { Visibility::Members } else { Visibility::Own } }
}

/// A listed product with the elements that it usually serves.
struct Listed {
    id: String,
    name: String,
    elements: Vec<String>,
}

/// Numbers as if by chance, and identifiers.
struct Dice {
    chance: Chance,
    now: Timestamp,
}

impl Dice {
    fn number(&self) -> u64 {
        u64::from_be_bytes(self.chance.bytes().expect("chance"))
    }

    /// From 0 to one less than `sides`.
    fn below(&self, sides: usize) -> usize {
        usize::try_from(self.number() % u64::try_from(sides.max(1)).expect("a small number")).expect("a small number")
    }

    fn percent(&self, of: usize) -> bool {
        self.below(100) < of
    }

    fn of<T: Copy>(&self, things: &[T]) -> T {
        things[self.below(things.len())]
    }

    fn id(&self) -> String {
        fresh_id(self.now, &self.chance).expect("chance")
    }
}

/// Writes the region into a database that has the reference data.
pub fn load(store: &Store, region: Region, now: Timestamp) {
    let bodies: Vec<Organisation> = (1..=region.councils)
        .map(|number| Organisation {
            id: council(number).parse().expect("an identifier"),
            name: format!("{} Council", place(number)),
            kind: OrganisationKind::Council,
            code: Some(format!("X{number:08}")),
            participating: true,
            about: String::new(),
            also_known: Vec::new(),
            former_names: Vec::new(),
            keeps_shared_list: false,
        })
        .collect();
    store.write_blocking(move |tx| organisation::put(tx, &bodies, now)).expect("organisations");
    let (listed, elements) = store.read_blocking(reference).expect("reference data");
    let dice = Dice { chance: Chance::counted(region.seed), now };
    let popular = popularity(&dice, listed.len());
    for number in 1..=region.councils {
        let of: OrganisationId = council(number).parse().expect("an identifier");
        let mut estate =
            Estate { dice: &dice, of: &of, statements: Vec::new(), candidates: Vec::new(), contract: None };
        for place in 0..region.systems {
            estate.system(&listed, &popular, &elements, place, number % region.councils + 1);
        }
        let (statements, candidates) = (estate.statements, estate.candidates);
        let write = move |tx: &mut Transaction<'_>| {
            estate::share(tx, &of, sharing(number), now)?;
            add_candidates(tx, &of, &candidates)?;
            let change = NewChange { kind: ChangeKind::Import, import: None, undoes: None, actor: None };
            add_change(tx, &of, &change, &statements, now)?;
            projection::write_all(tx, &of, now)
        };
        store.write_blocking(write).expect("an estate");
    }
}

/// A name that sounds like a place and is none: twenty beginnings, twenty ends.
fn place(number: u64) -> String {
    const BEGINS: [&str; 20] = [
        "Alder", "Birch", "Cold", "Dun", "Elm", "Fern", "Grey", "Hazel", "Iron", "Kings", "Lark", "Mill", "North",
        "Oak", "Penny", "Rush", "Stone", "Thorn", "Under", "Winter",
    ];
    const ENDS: [&str; 20] = [
        "mere", "ford", "combe", "moor", "sey", "wick", "stead", "bourne", "hithe", "garth", "ley", "thwaite", "holt",
        "dale", "marsh", "bury", "croft", "hurst", "worth", "field",
    ];
    let (begin, end) = (number % 20, (number / 20 + number * 7) % 20);
    let pick = |from: [&'static str; 20], at: u64| from[usize::try_from(at).expect("a small number")];
    format!("{}{}", pick(BEGINS, begin), pick(ENDS, end))
}

fn reference(tx: &mut Transaction<'_>) -> Result<(Vec<Listed>, Vec<String>), Error> {
    let mut served: BTreeMap<String, Vec<String>> = BTreeMap::new();
    tx.each(
        "SELECT product, element FROM product_element WHERE organisation = '' ORDER BY product, element",
        &[],
        |row| {
            served.entry(row.text(0)?).or_default().push(row.text(1)?);
            Ok(())
        },
    )?;
    let listed = tx.query("SELECT id, name FROM product WHERE organisation = '' ORDER BY id", &[], |row| {
        let id = row.text(0)?;
        let elements = served.remove(&id).unwrap_or_default();
        Ok(Listed { id, name: row.text(1)?, elements })
    })?;
    let elements = architecture::frame::store::elements(tx, LGAM)?;
    Ok((listed, elements.into_iter().map(|element| element.id).collect()))
}

/// The products' places in the order of popularity with what is reached up to each: the first is run by most councils, the
/// hundredth by a tenth as many.
fn popularity(dice: &Dice, products: usize) -> Vec<(u64, usize)> {
    let mut order: Vec<usize> = (0..products).collect();
    for at in (1..order.len()).rev() {
        order.swap(at, dice.below(at + 1));
    }
    let mut reached = 0;
    let weighed = order.into_iter().enumerate().map(|(rank, product)| {
        reached += 1_000_000 / (u64::try_from(rank).expect("a small number") + 10);
        (reached, product)
    });
    weighed.collect()
}

/// One council's estate in the making.
struct Estate<'a> {
    dice: &'a Dice,
    of: &'a OrganisationId,
    statements: Vec<Statement>,
    candidates: Vec<NewCandidate>,
    /// The contract of the system before, which may cover this one as well.
    contract: Option<String>,
}

impl Estate<'_> {
    fn say(&mut self, kind: SubjectKind, subject: &str, attribute: Attribute, value: Stated, row: u64) {
        self.statements.push(Statement {
            kind,
            subject: subject.to_owned(),
            attribute,
            value: Some(value),
            original: None,
            source: format!("systems.xlsx, Systems, row {row}"),
            confidence: Confidence::Reported,
            as_of: Date::constant(2026, 3, 3),
        });
    }

    fn system(&mut self, listed: &[Listed], popular: &[(u64, usize)], elements: &[String], place: u64, neighbour: u64) {
        let dice = self.dice;
        let id = dice.id();
        let mut said: Vec<(Attribute, Stated)> = vec![(Attribute::Recorded, Stated::Flag(true))];
        let text = |attribute, text: &str| (attribute, Stated::Text(text.to_owned()));
        let mut placed: Vec<&String> = Vec::new();
        let known = dice.below(100);
        if known < 88 {
            let most = popular.last().map_or(1, |(reached, _)| *reached);
            let drawn = dice.number() % most;
            let product = &listed[popular[popular.partition_point(|(reached, _)| *reached <= drawn)].1];
            said.push((Attribute::Product, Stated::Product(String::new(), product.id.clone())));
            let name = if dice.percent(70) { product.name.clone() } else { format!("{} ({place})", product.name) };
            said.push((Attribute::Name, Stated::Text(name)));
            let often = product.elements.iter().enumerate().filter(|(at, _)| *at == 0 || dice.percent(40));
            placed.extend(often.map(|(_, element)| element));
        } else {
            said.push((Attribute::Name, Stated::Text(format!("Our system {place}"))));
            if known < 95 {
                let candidate = dice.id();
                let name = format!("Home-grown {place} of {}", self.of);
                self.candidates.push(NewCandidate { id: candidate.clone(), name, source: "a bench".to_owned() });
                said.push((Attribute::Product, Stated::Product(self.of.to_string(), candidate)));
            } else if known < 98 {
                said.push((Attribute::Supplier, Stated::InHouse));
            }
            if dice.percent(70) {
                placed.push(&elements[dice.below(elements.len())]);
            }
        }
        if dice.percent(92) && !placed.is_empty() {
            let mut on: Vec<_> = placed.into_iter().map(|element| (LGAM.to_owned(), element.clone())).collect();
            on.sort();
            on.dedup();
            said.push((Attribute::Elements, Stated::Elements(on)));
        }
        let status = dice.below(100);
        let words = [(84, "live"), (89, "planned"), (94, "retiring"), (97, "retired")];
        said.extend(words.iter().find(|(below, _)| status < *below).map(|(_, word)| text(Attribute::Status, word)));
        if dice.percent(60) {
            said.push(text(Attribute::Version, &format!("{}.{}", dice.below(15), dice.below(10))));
        }
        if dice.percent(45) {
            let pounds = i64::try_from(500 * (1 + dice.below(30) * dice.below(30))).expect("a small number");
            said.push((Attribute::AnnualCost, Stated::Number(pounds * 100)));
        }
        if dice.percent(50) {
            said.push((Attribute::Users, Stated::Number(i64::try_from(dice.below(900)).expect("a small number"))));
        }
        if dice.percent(40) {
            let owners = ["Head of service", "Revenues manager", "Digital team", "Director of place"];
            said.push(text(Attribute::BusinessOwner, dice.of(&owners)));
        }
        if dice.percent(55) {
            said.push(text(Attribute::Hosting, dice.of(&["Supplier cloud", "Our data centre", "Public cloud"])));
        }
        if dice.percent(3) {
            said.push((Attribute::UsedBy, Stated::Organisations(vec![council(neighbour)])));
        }
        if dice.percent(75) {
            let contract = match self.contract.take().filter(|_| dice.percent(15)) {
                Some(contract) => contract,
                None => self.contract(place),
            };
            said.push((Attribute::Contract, Stated::Contract(contract.clone())));
            self.contract = Some(contract);
        }
        for (attribute, value) in said {
            self.say(SubjectKind::System, &id, attribute, value, place);
        }
    }

    fn contract(&mut self, place: u64) -> String {
        let dice = self.dice;
        let id = dice.id();
        let mut said = vec![
            (Attribute::Recorded, Stated::Flag(true)),
            (Attribute::Reference, Stated::Text(format!("C-{place:04}"))),
        ];
        if dice.percent(85) {
            let year = 2026 + dice.below(5);
            let ends = ["03-31", "03-31", "03-31", "06-30", "09-30", "12-31", "01-31", "11-15"];
            said.push((Attribute::End, Stated::Text(format!("{year}-{}", dice.of(&ends)))));
            said.push((Attribute::Start, Stated::Text(format!("{}-04-01", year - 4))));
            if dice.percent(60) {
                said.push((Attribute::NoticeMonths, Stated::Number(dice.of(&[1, 3, 3, 6, 12]))));
            }
            if dice.percent(30) {
                said.push((Attribute::Extension, Stated::Text("Two extensions of one year".to_owned())));
            }
        }
        if dice.percent(20) {
            let pounds = i64::try_from(1_000 * (1 + dice.below(120))).expect("a small number");
            said.push((Attribute::ContractCost, Stated::Number(pounds * 100)));
        }
        for (attribute, value) in said {
            self.say(SubjectKind::Contract, &id, attribute, value, place);
        }
        id
    }
}
