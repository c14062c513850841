//! Sheets that belong to the list of systems: contracts and suppliers, told apart by their names and headings. What they say is
//! joined to the systems by `rows`.

use serde::{Deserialize, Serialize};
use vocabulary::fold;
use web::say;

use super::{Column, Field, Layout, mapping::names_of};

/// What another sheet holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holds {
    /// A contract in each row, with the systems that it covers or a reference that systems name.
    Contracts,
    /// A supplier in each row, with other names for it.
    Suppliers,
}

impl Holds {
    /// The fields that a column of such a sheet can hold.
    pub fn fields(self) -> &'static [Field] {
        match self {
            Holds::Contracts => &[
                Field::ContractReference,
                Field::ContractTitle,
                Field::Name,
                Field::ContractSupplier,
                Field::ContractStart,
                Field::ContractEnd,
                Field::NoticeMonths,
                Field::ExtensionOptions,
                Field::ContractCost,
            ],
            Holds::Suppliers => &[Field::Supplier, Field::Name],
        }
    }

    /// Whether several columns may hold a field: a supplier may go by several names.
    pub fn takes_several_columns(self, field: Field) -> bool {
        self == Holds::Suppliers && field == Field::Name
    }

    /// What a field is called there.
    pub fn label(self, field: Field) -> String {
        match (self, field) {
            (Holds::Contracts, Field::Name) => say!("Systems that it covers"),
            (Holds::Suppliers, Field::Name) => say!("Name in the list"),
            (Holds::Suppliers, Field::Supplier) => say!("Full name"),
            (_, field) => say!(field.label()),
        }
    }

    /// What columns mean there, by their headings.
    pub(super) fn meanings(self, columns: &[Column]) -> Vec<Option<Field>> {
        match self {
            Holds::Contracts => contracts(columns),
            Holds::Suppliers => suppliers(columns),
        }
    }
}

/// Another sheet of the file that is read with the systems.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beside {
    /// What it holds.
    pub holds: Holds,
    /// Where its headings are.
    pub layout: Layout,
    /// What its columns mean, in their order. [`Field::Name`] is of the systems that a contract covers, and of a supplier's
    /// short name; [`Field::Supplier`] of its full name.
    pub fields: Vec<Option<Field>>,
}

/// What a sheet holds, if it belongs to a list of systems and is none itself.
pub(super) fn of(layout: Layout) -> Option<Beside> {
    let title = fold(&layout.sheet);
    let titled = |words: &[&str]| title.split(' ').any(|word| words.contains(&word));
    let contracts = is_titled_contracts(&layout.sheet);
    if titled(&["supplier", "suppliers", "vendor", "vendors"]) && !contracts {
        let fields = suppliers(&layout.columns);
        let (full, short) = (fields.contains(&Some(Field::Supplier)), fields.contains(&Some(Field::Name)));
        return (full && short).then_some(Beside { holds: Holds::Suppliers, layout, fields });
    }
    let fields = self::contracts(&layout.columns);
    let has = |field: Field| fields.contains(&Some(field));
    let named = has(Field::ContractReference) || has(Field::ContractTitle);
    let terms =
        [Field::ContractStart, Field::ContractEnd, Field::NoticeMonths, Field::ContractCost, Field::ContractSupplier];
    let told = terms.into_iter().filter(|field| has(*field)).count();
    // A list of systems has what no contract has.
    let of_systems =
        [Field::Product, Field::Version, Field::Hosting, Field::TechnicalOwner, Field::Users, Field::Elements];
    let systems = layout
        .columns
        .iter()
        .any(|column| names_of(&column.heading).any(|(field, own)| own && of_systems.contains(&field)));
    let is = named
        && told >= 1
        && (contracts || (told >= 2 && !systems && has(Field::ContractReference) && names_no_system(&layout.columns)));
    is.then_some(Beside { holds: Holds::Contracts, layout, fields })
}

/// Whether a layout is itself a list of contracts: no column names one system in each row. `name` is the column that was taken
/// for the system's name. Where the sheet is called contracts, it may be their title ("Name"), or hold all systems of each
/// ("Systems covered").
pub(super) fn is_contracts(layout: &Layout, name: Option<&Column>) -> bool {
    let alone = Layout { beside: Vec::new(), ..layout.clone() };
    let first = layout.columns.first().map(|column| column.index);
    let names_no_system = |column: &Column| {
        let title = contracts(std::slice::from_ref(column)) == [Some(Field::ContractTitle)];
        let several = fold(&column.heading).ends_with('s') && first != Some(column.index);
        is_titled_contracts(&layout.sheet) && (title || several)
    };
    name.is_none_or(names_no_system) && of(alone).is_some_and(|beside| beside.holds == Holds::Contracts)
}

/// Whether a sheet's own name says that it holds contracts.
fn is_titled_contracts(sheet: &str) -> bool {
    fold(sheet).split(' ').any(|word| ["contract", "contracts", "agreement", "agreements"].contains(&word))
}

/// Whether no column is headed by one system's name.
fn names_no_system(columns: &[Column]) -> bool {
    !columns.iter().any(|column| {
        let heading = fold(&column.heading);
        !heading.ends_with('s')
            && names_of(&column.heading).any(|(field, own)| own && field == Field::Name)
            && heading != "name"
    })
}

/// What the columns of a list of contracts mean.
fn contracts(columns: &[Column]) -> Vec<Option<Field>> {
    let mut taken = Vec::new();
    let is_reference = |heading: &str| {
        matches!(heading, "ref" | "reference" | "number" | "no" | "id")
            || heading != "contract"
                && names_of(heading).next().is_some_and(|(field, _)| field == Field::ContractReference)
    };
    // A contract is named by its title where another column has its reference.
    let referenced = columns.iter().any(|column| is_reference(&fold(&column.heading)));
    let meaning = |column: &Column| {
        let heading = fold(&column.heading);
        let field = match heading.as_str() {
            "contract" if referenced => Field::ContractTitle,
            "ref" | "reference" | "number" | "no" | "id" | "contract" | "contract id" | "contract ref" => {
                Field::ContractReference
            }
            "title" | "name" | "contract title" | "contract name" | "description" | "subject" => Field::ContractTitle,
            "systems"
            | "system"
            | "applications"
            | "application"
            | "covers"
            | "systems covered"
            | "applications covered"
            | "system s"
            | "application s"
            | "covered systems"
            | "system name"
            | "application name"
            | "software" => Field::Name,
            "value" | "annual value" | "cost" | "annual cost" => Field::ContractCost,
            _ if heading.split(' ').any(|word| matches!(word, "total" | "whole" | "lifetime")) => return None,
            _ => match names_of(&column.heading).next()?.0 {
                Field::Supplier | Field::ContractSupplier => Field::ContractSupplier,
                Field::AnnualCost | Field::ContractCost => Field::ContractCost,
                field @ (Field::ContractReference
                | Field::ContractTitle
                | Field::ContractStart
                | Field::ContractEnd
                | Field::NoticeMonths
                | Field::ExtensionOptions) => field,
                _ => return None,
            },
        };
        Some(field)
    };
    let once = |field: Option<Field>, taken: &mut Vec<Field>| {
        let free = field.filter(|field| !taken.contains(field));
        taken.extend(free);
        free
    };
    columns.iter().map(|column| once(meaning(column), &mut taken)).collect()
}

/// What the columns of a list of suppliers mean: one is the full name, the others are names that systems may use.
fn suppliers(columns: &[Column]) -> Vec<Option<Field>> {
    let is_full = |heading: &str| {
        heading.split(' ').any(|word| matches!(word, "full" | "legal" | "registered" | "trading"))
            || matches!(heading, "company name" | "company" | "supplier name" | "name of company")
    };
    let is_name = |heading: &str| {
        matches!(
            heading,
            "supplier"
                | "name"
                | "short name"
                | "short"
                | "known as"
                | "abbreviation"
                | "also known as"
                | "code"
                | "supplier code"
                | "vendor"
                | "alias"
                | "supplier short name"
                | "our name"
                | "what we call them"
                | "supplier name"
        )
    };
    let full = columns.iter().position(|column| is_full(&fold(&column.heading)));
    let meaning = |(place, column): (usize, &Column)| match Some(place) == full {
        true => Some(Field::Supplier),
        false => is_name(&fold(&column.heading)).then_some(Field::Name),
    };
    columns.iter().enumerate().map(meaning).collect()
}
