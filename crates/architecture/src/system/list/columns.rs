//! The columns of a list of systems: their stable names, their words, and their cells in pages and files.

use serde::Serialize;
use web::{Cell, say};

use super::line::{Line, Needed};
use crate::statement::Attribute;

/// What a cell of a page shows. Templates choose the words of dates and numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Shown {
    /// Words.
    Text {
        /// As they are.
        text: String,
    },
    /// Words that only the organisation sees.
    Own {
        /// As they are.
        text: String,
    },
    /// A link to a thing.
    Link {
        /// Its name.
        text: String,
        /// Its address.
        href: String,
    },
    /// Links to several things.
    Links {
        /// Name and address of each.
        links: Vec<(String, String)>,
    },
    /// A state, as a tag.
    Status {
        /// The stored word.
        status: String,
    },
    /// A day or month.
    Date {
        /// As ISO 8601 writes it.
        date: String,
    },
    /// A count.
    Number {
        /// The number.
        number: i64,
    },
    /// An amount.
    Pounds {
        /// In pence.
        pence: i64,
    },
    /// Which kind of nothing this is, in words.
    Nothing {
        /// "Not known", "None recorded".
        text: String,
    },
}

impl Shown {
    /// Nobody told us.
    pub fn not_known() -> Shown {
        Shown::Nothing { text: say!("Not known") }
    }

    /// A text was sent that could not be read. For the organisation's own readers only.
    pub fn not_understood(text: &str) -> Shown {
        Shown::Nothing { text: say!("Not understood: \"{text}\"", text = text) }
    }

    /// Words, or not known.
    pub fn text(text: Option<&str>) -> Shown {
        text.map_or_else(Shown::not_known, |text| Shown::Text { text: text.to_owned() })
    }

    /// A private text, of which none is left once it was erased.
    pub fn own(text: Option<&str>) -> Shown {
        match text {
            Some(text) => Shown::Own { text: text.to_owned() },
            None => Shown::Nothing { text: say!("Erased") },
        }
    }

    /// A day or month, or not known.
    pub fn date(date: Option<&str>) -> Shown {
        date.map_or_else(Shown::not_known, |date| Shown::Date { date: date.to_owned() })
    }

    /// A count, or not known.
    pub fn number(number: Option<i64>) -> Shown {
        number.map_or_else(Shown::not_known, |number| Shown::Number { number })
    }
}

/// One column.
pub struct Column {
    /// The field's stable name: in files, in `column=` and in `sort=`.
    pub field: &'static str,
    /// The words above it.
    pub label: &'static str,
    /// Whether it holds numbers, which stand to the right.
    pub numeric: bool,
    attribute: Option<Attribute>,
    page: fn(&Line) -> Shown,
    file: fn(&Line) -> Cell,
}

/// The column of costs, which not everybody has.
pub const COST: &str = "annual_cost";
/// The field of what a system's whole contract costs, for which the same holds.
pub const CONTRACT_COST: &str = "contract_cost";

/// The columns with which a list begins.
pub const FIRST: &[&str] = &["name", "product", "supplier", "status", "last_notice_date", "contract_end"];

/// Every column of a page, in its order there. Notice comes before the end, since it falls before it.
pub const PAGE: &[&str] = &[
    "name",
    "organisation",
    "product",
    "version",
    "modules",
    "supplier",
    "elements",
    "status",
    "description",
    "business_owner",
    "technical_owner",
    "users",
    "annual_cost",
    "contract_reference",
    "contract_title",
    "contract_supplier",
    CONTRACT_COST,
    "contract_start",
    "last_notice_date",
    "contract_end",
    "notice_months",
    "extension_options",
    "hosting",
    "data_model",
    "portability",
    "support_model",
    "shared_with",
    "used_by",
    "depends_on",
    "criticality",
    "website",
];

macro_rules! text_column {
    ($field:literal, $label:literal, $attribute:ident, $column:ident) => {
        Column {
            field: $field,
            label: $label,
            numeric: false,
            attribute: Some(Attribute::$attribute),
            page: |line| line.words(Attribute::$attribute, line.row.$column.as_deref()),
            file: |line| line.cell(Attribute::$attribute, line.row.$column.as_deref()),
        }
    };
}

macro_rules! date_column {
    ($field:literal, $label:literal, $attribute:expr, $column:ident) => {
        Column {
            field: $field,
            label: $label,
            numeric: false,
            attribute: $attribute,
            page: |line| Shown::date(line.row.$column.as_deref()),
            file: |line| line.row.$column.clone().map_or(Cell::Empty, Cell::Date),
        }
    };
}

/// Every column of a file, in its order there.
pub const ALL: &[Column] = &[
    Column {
        field: "commonhold_id",
        label: "Commonhold id",
        numeric: false,
        attribute: None,
        page: |line| Shown::text(Some(&line.row.id)),
        file: |line| Cell::from(line.row.id.as_str()),
    },
    Column {
        field: "name",
        label: "System",
        numeric: false,
        attribute: None,
        page: |line| Shown::Link { text: line.row.name.clone(), href: line.row.address() },
        file: |line| Cell::from(line.row.name.as_str()),
    },
    Column {
        field: "organisation",
        label: "Organisation",
        numeric: false,
        attribute: None,
        page: |line| Shown::Link {
            text: line.row.organisation_name.clone(),
            href: format!("/organisations/{}", line.row.organisation),
        },
        file: |line| Cell::from(line.row.organisation_name.as_str()),
    },
    Column {
        field: "product",
        label: "Product",
        numeric: false,
        attribute: Some(Attribute::Product),
        page: |line| link(line.row.product_name.as_deref(), line.row.product_address()),
        file: |line| Cell::from(line.row.product_name.clone()),
    },
    text_column!("version", "Version", Version, version),
    text_column!("modules", "Modules", Modules, modules),
    Column {
        field: "supplier",
        label: "Supplier",
        numeric: false,
        attribute: Some(Attribute::Supplier),
        page: Line::supplier,
        file: |line| match (&line.row.supplier_name, line.row.in_house) {
            (Some(name), _) => Cell::from(name.as_str()),
            (None, true) => Cell::from("In-house"),
            (None, false) => line.cell(Attribute::Supplier, None),
        },
    },
    Column {
        field: "elements",
        label: "LGAM elements",
        numeric: false,
        attribute: Some(Attribute::Elements),
        page: |line| match line.elements.is_empty() {
            true => Shown::Nothing { text: say!("None recorded") },
            false => Shown::Links {
                links: line.elements.iter().map(|placed| (placed.name.clone(), placed.address())).collect(),
            },
        },
        file: |line| {
            let names: Vec<&str> = line.elements.iter().map(|placed| placed.name.as_str()).collect();
            if names.is_empty() { Cell::Empty } else { Cell::Text(names.join("; ")) }
        },
    },
    Column {
        field: "status",
        label: "Status",
        numeric: false,
        attribute: Some(Attribute::Status),
        page: |line| line.row.status.clone().map_or_else(Shown::not_known, |status| Shown::Status { status }),
        file: |line| Cell::from(line.row.status.clone()),
    },
    text_column!("description", "Description", Description, description),
    text_column!("business_owner", "Business owner", BusinessOwner, business_owner),
    text_column!("technical_owner", "Technical owner", TechnicalOwner, technical_owner),
    Column {
        field: "users",
        label: "Users",
        numeric: true,
        attribute: Some(Attribute::Users),
        page: |line| Shown::number(line.row.users),
        file: |line| Cell::from(line.row.users),
    },
    Column {
        field: COST,
        label: "Cost a year (£)",
        numeric: true,
        attribute: Some(Attribute::AnnualCost),
        page: |line| line.row.annual_cost.map_or_else(Shown::not_known, |pence| Shown::Pounds { pence }),
        file: |line| line.row.annual_cost.map_or(Cell::Empty, Cell::Pence),
    },
    text_column!("contract_reference", "Contract reference", Reference, contract_reference),
    text_column!("contract_title", "Contract title", ContractTitle, contract_title),
    Column {
        field: "contract_supplier",
        label: "Contract supplier",
        numeric: false,
        attribute: Some(Attribute::ContractSupplier),
        page: |line| match &line.row.contract_supplier_name {
            Some(name) => link(Some(name), line.row.contract_supplier_address()),
            None => line.words(Attribute::ContractSupplier, None),
        },
        file: |line| line.cell(Attribute::ContractSupplier, line.row.contract_supplier_name.as_deref()),
    },
    Column {
        field: CONTRACT_COST,
        label: "Contract cost a year (£)",
        numeric: true,
        attribute: Some(Attribute::ContractCost),
        page: |line| line.row.contract_cost.map_or_else(Shown::not_known, |pence| Shown::Pounds { pence }),
        file: |line| line.row.contract_cost.map_or(Cell::Empty, Cell::Pence),
    },
    date_column!("contract_start", "Contract start", Some(Attribute::Start), contract_start),
    date_column!("contract_end", "Contract end", Some(Attribute::End), contract_end),
    Column {
        field: "notice_months",
        label: "Notice period (months)",
        numeric: true,
        attribute: Some(Attribute::NoticeMonths),
        page: |line| Shown::number(line.row.notice_months),
        file: |line| Cell::from(line.row.notice_months),
    },
    date_column!("last_notice_date", "Last notice date", None, last_notice_day),
    text_column!("extension_options", "Extension options", Extension, extension_options),
    text_column!("hosting", "Hosting", Hosting, hosting),
    text_column!("data_model", "Data model", DataModel, data_model),
    text_column!("portability", "Portability", Portability, portability),
    text_column!("support_model", "Support model", SupportModel, support_model),
    text_column!("shared_with", "Shared with", SharedWith, shared_with),
    Column {
        field: "used_by",
        label: "Used by",
        numeric: false,
        attribute: Some(Attribute::UsedBy),
        page: |line| match line.used_by.is_empty() {
            true => Shown::Nothing { text: say!("None recorded") },
            false => {
                Shown::Links { links: line.used_by.iter().map(|user| (user.name.clone(), user.address())).collect() }
            }
        },
        file: |line| {
            let names: Vec<&str> = line.used_by.iter().map(|user| user.name.as_str()).collect();
            if names.is_empty() { Cell::Empty } else { Cell::Text(names.join("; ")) }
        },
    },
    Column {
        field: "depends_on",
        label: "Relies on",
        numeric: false,
        attribute: Some(Attribute::DependsOn),
        page: |line| systems(&line.relies_on),
        file: |line| {
            let names: Vec<&str> = line.relies_on.iter().map(|other| other.name.as_str()).collect();
            if names.is_empty() { Cell::Empty } else { Cell::Text(names.join("; ")) }
        },
    },
    text_column!("criticality", "Criticality", Criticality, criticality),
    text_column!("website", "Website", Website, website),
];

/// Other systems, as links.
pub(crate) fn systems(others: &[Needed]) -> Shown {
    match others.is_empty() {
        true => Shown::Nothing { text: say!("None recorded") },
        false => Shown::Links {
            links: others.iter().map(|other| (other.name.clone(), format!("/systems/{}", other.id))).collect(),
        },
    }
}

/// Whether a column tells what something costs: for those who see the organisation's costs only.
pub fn is_cost(field: &str) -> bool {
    [COST, CONTRACT_COST].contains(&field)
}

/// The column of this field.
pub fn find(field: &str) -> Option<&'static Column> {
    ALL.iter().find(|column| column.field == field)
}

impl Column {
    /// The cell of a page.
    pub fn shown(&self, line: &Line) -> Shown {
        match ((self.page)(line), self.attribute.and_then(|attribute| line.own.not_understood.get(&attribute))) {
            (Shown::Nothing { .. }, Some(text)) => Shown::not_understood(text),
            (shown, _) => shown,
        }
    }

    /// The cell of a file. A text that was not understood goes back as it came, so that nothing is lost on the way.
    pub fn cell(&self, line: &Line) -> Cell {
        match ((self.file)(line), self.attribute.and_then(|attribute| line.own.not_understood.get(&attribute))) {
            (Cell::Empty, Some(text)) => Cell::from(text.as_str()),
            (cell, _) => cell,
        }
    }
}

impl Line {
    /// A text, or the private one that stands in its place for the organisation's own readers.
    fn words(&self, attribute: Attribute, text: Option<&str>) -> Shown {
        match (text, self.own.texts.get(&attribute)) {
            (None, Some(private)) => Shown::own(private.as_deref()),
            (text, _) => Shown::text(text),
        }
    }

    fn cell(&self, attribute: Attribute, text: Option<&str>) -> Cell {
        Cell::from(text.or_else(|| self.own.texts.get(&attribute)?.as_deref()))
    }

    fn supplier(&self) -> Shown {
        if self.row.in_house {
            return Shown::Text { text: say!("In-house") };
        }
        match &self.row.supplier_name {
            Some(_) => link(self.row.supplier_name.as_deref(), self.row.supplier_address()),
            None => self.words(Attribute::Supplier, None),
        }
    }
}

fn link(text: Option<&str>, href: Option<String>) -> Shown {
    match (text, href) {
        (Some(text), Some(href)) => Shown::Link { text: text.to_owned(), href },
        (text, _) => Shown::text(text),
    }
}
