//! The estate files of the demonstration, against what a second program found in them (`demo/expected.toml`). That
//! program shares no code with this reader.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use serde::Deserialize;
use vocabulary::Money;

use super::*;

#[derive(Deserialize)]
struct Expected {
    file: Vec<File>,
}

#[derive(Deserialize)]
struct File {
    path: String,
    format: String,
    encoding: Option<String>,
    separator: Option<char>,
    sheet: Option<String>,
    sheets: Option<usize>,
    header_row: u32,
    first_row: u32,
    last_row: u32,
    system_rows: usize,
    systems: usize,
    contract_ends_known: usize,
    contract_ends_month_only: usize,
    contract_ends_none: usize,
    annual_costs_known: usize,
    annual_cost_total_pence: i64,
    /// Systems under a contract whose cost is known, and the sum of these contracts.
    #[serde(default)]
    contract_costs_known: usize,
    #[serde(default)]
    contract_cost_total_pence: i64,
    status: BTreeMap<Status, usize>,
    columns: BTreeMap<String, String>,
    /// How many systems each organisation uses.
    #[serde(default)]
    used_by: BTreeMap<String, usize>,
    /// Systems that stand in several rows, one for each module.
    #[serde(default)]
    modules: Vec<Modules>,
    /// Problems of other kinds that must be there, and all of their kind.
    #[serde(default)]
    other: Vec<Other>,
    spot: Vec<Spot>,
    #[serde(default)]
    problem: Vec<Place>,
    #[serde(default)]
    person: Vec<Place>,
    #[serde(default)]
    duplicate: Vec<Duplicate>,
}

#[derive(Deserialize)]
struct Modules {
    rows: Vec<u32>,
    modules: Vec<String>,
}

#[derive(Deserialize)]
struct Other {
    code: String,
    rows: Vec<u32>,
}

#[derive(Deserialize)]
struct Spot {
    row: u32,
    system: String,
    product: Option<String>,
    contract_end: Option<DateOrMonth>,
    annual_cost_pence: Option<i64>,
    contract_cost_pence: Option<i64>,
    status: Option<Status>,
}

#[derive(Deserialize)]
struct Place {
    row: u32,
    column: String,
}

#[derive(Deserialize)]
struct Duplicate {
    row: u32,
}

fn field(name: &str) -> Field {
    let id = match name {
        "element" => "elements",
        "owner" => "business_owner",
        "notice" => "notice_months",
        "extension" => "extension_options",
        other => other,
    };
    id.parse().unwrap()
}

fn of_codes(reading: &Reading, wanted: impl Fn(&str) -> bool) -> BTreeSet<(u32, &str)> {
    let found = reading.problems.iter().filter(|problem| wanted(problem.code));
    found.filter_map(|problem| Some((problem.row?, problem.column.as_deref()?))).collect()
}

fn set(places: &[Place]) -> BTreeSet<(u32, &str)> {
    places.iter().map(|place| (place.row, place.column.as_str())).collect()
}

/// Format, encoding and separator as the file of expectations names them.
fn format(workbook: &Workbook) -> (&'static str, Option<&'static str>, Option<char>) {
    match workbook.format {
        Format::Xlsx => ("xlsx", None, None),
        Format::Xls => ("xls", None, None),
        Format::Ods => ("ods", None, None),
        Format::Json => ("json", None, None),
        Format::Csv { encoding, separator } => {
            let encoding = match encoding {
                Encoding::Utf8 => "utf-8",
                Encoding::Utf16Le => "utf-16le",
                Encoding::Utf16Be => "utf-16be",
                Encoding::Windows1252 => "windows-1252",
            };
            ("csv", Some(encoding), Some(separator))
        }
    }
}

/// The names by which columns of ticks may be headed.
fn bodies(folder: &Path) -> BTreeSet<String> {
    let file = std::fs::read(folder.join("organisations.csv")).unwrap();
    let all = accounts::organisation::read_csv(&file).unwrap();
    let names = all.iter().flat_map(|one| one.also_known.iter().chain([&one.name]));
    names.map(|name| vocabulary::fold(name)).collect()
}

#[test]
fn the_files_of_the_demonstration_read_as_a_second_program_reads_them() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../demo");
    let expected: Expected = toml::from_str(&std::fs::read_to_string(folder.join("expected.toml")).unwrap()).unwrap();
    assert_eq!(expected.file.len(), 12);
    let bodies = bodies(&folder);
    for file in &expected.file {
        let bytes = std::fs::read(folder.join(&file.path)).unwrap();
        let workbook = read(&file.path, &bytes, &Limits::default()).unwrap();
        let layout = find(&workbook).unwrap();
        let mapping = recognise_with(&layout.columns, None, &bodies);
        let reading = read_rows(&workbook, &layout, &mapping, TODAY);
        let name = &file.path;
        assert_eq!(format(&workbook), (file.format.as_str(), file.encoding.as_deref(), file.separator), "{name}");
        if let Some(sheet) = &file.sheet {
            assert_eq!(layout.sheet, *sheet, "{name}");
        }
        if let Some(sheets) = file.sheets {
            assert_eq!(workbook.sheets.len(), sheets, "{name}");
        }
        assert_eq!(layout.header_row, file.header_row, "{name}");
        let mut known = 0;
        for (column, letters) in &file.columns {
            for letter in letters.split(' ') {
                let place = layout.columns.iter().position(|column| column.letter == *letter).unwrap();
                assert_eq!(mapping.columns[place].field, Some(field(column)), "{name}, column {letter}");
                known += 1;
            }
        }
        assert_eq!(mapping.recognised(), known, "{name}: no column means more than is expected");

        let ends = (reading.rows.first().unwrap().number, reading.rows.last().unwrap().number);
        assert_eq!((reading.rows.len(), ends), (file.system_rows, (file.first_row, file.last_row)), "{name}");
        let repeated: BTreeSet<u32> = file.duplicate.iter().map(|duplicate| duplicate.row).collect();
        let said = reading.problems.iter().filter(|problem| problem.code == "name_repeated");
        assert_eq!(said.filter_map(|problem| problem.row).collect::<BTreeSet<_>>(), repeated, "{name}");
        let rows: Vec<&Row> = reading.rows.iter().filter(|row| !repeated.contains(&row.number)).collect();
        assert_eq!(rows.len(), file.systems, "{name}");

        let values = |field: Field| rows.iter().filter_map(move |row| row.values.get(&field).map(|value| &value.value));
        let months = values(Field::ContractEnd).filter(|end| matches!(end, Value::Date(DateOrMonth::Month { .. })));
        assert_eq!(months.count(), file.contract_ends_month_only, "{name}");
        let known = values(Field::ContractEnd).filter(|end| matches!(end, Value::Date(_)));
        assert_eq!(known.count(), file.contract_ends_known, "{name}");
        let none = values(Field::ContractEnd).filter(|end| matches!(end, Value::Nothing(Nothing::None)));
        assert_eq!(none.count(), file.contract_ends_none, "{name}");
        let costs: Vec<i64> = values(Field::AnnualCost)
            .filter_map(|cost| match cost {
                Value::Money(Money(pence)) => Some(*pence),
                _ => None,
            })
            .collect();
        let total: i64 = costs.iter().sum();
        assert_eq!((costs.len(), total), (file.annual_costs_known, file.annual_cost_total_pence), "{name}");
        let contract = |row: &Row| match row.values.get(&Field::ContractCost).map(|value| &value.value) {
            Some(Value::Money(Money(pence))) => Some((row.text(Field::ContractReference).map(str::to_owned), *pence)),
            _ => None,
        };
        let contracts: Vec<_> = rows.iter().filter_map(|row| contract(row)).collect();
        assert_eq!(contracts.len(), file.contract_costs_known, "{name}");
        let once: BTreeMap<_, _> = contracts.into_iter().collect();
        assert_eq!(once.values().sum::<i64>(), file.contract_cost_total_pence, "{name}");

        let mut used_by: BTreeMap<String, usize> = BTreeMap::new();
        let mut several: Vec<(u32, BTreeSet<String>)> = Vec::new();
        for row in &rows {
            let list = |field: Field| match row.values.get(&field).map(|value| &value.value) {
                Some(Value::List(list)) => list.clone(),
                _ => Vec::new(),
            };
            list(Field::UsedBy).into_iter().for_each(|body| *used_by.entry(body).or_default() += 1);
            several.push((row.number, list(Field::Modules).into_iter().collect()));
        }
        assert_eq!(used_by, file.used_by, "{name}");
        let of_code =
            |code: &str| reading.problems.iter().filter(|problem| problem.code == code).cloned().collect::<Vec<_>>();
        let joined = of_code("module_rows");
        assert_eq!(joined.len(), file.modules.len(), "{name}: {joined:#?}");
        for system in &file.modules {
            let told = joined.iter().find(|problem| problem.row == system.rows.first().copied()).unwrap();
            let numbers: Vec<String> = system.rows.iter().map(u32::to_string).collect();
            assert!(told.message.starts_with(&format!("Rows {} are ", numbers.join(", "))), "{}", told.message);
            let modules = several.iter().find(|(row, _)| Some(row) == system.rows.first()).map(|(_, modules)| modules);
            assert_eq!(modules, Some(&system.modules.iter().cloned().collect()), "{name}");
        }
        for other in &file.other {
            let found: Vec<u32> = of_code(&other.code).iter().filter_map(|problem| problem.row).collect();
            assert_eq!(found, other.rows, "{name}, {}", other.code);
        }

        let mut stages: BTreeMap<Status, usize> = BTreeMap::new();
        for value in values(Field::Status) {
            if let Value::Status(status) = value {
                *stages.entry(*status).or_default() += 1;
            }
        }
        assert_eq!(stages, file.status, "{name}");

        for spot in &file.spot {
            let row = reading.rows.iter().find(|row| row.number == spot.row).unwrap();
            let value = |field: Field| row.values.get(&field).map(|value| value.value.clone());
            assert_eq!(row.name(), spot.system, "{name}");
            assert_eq!(row.text(Field::Product), spot.product.as_deref(), "{name}, row {}", spot.row);
            let end = value(Field::ContractEnd).filter(|end| matches!(end, Value::Date(_)));
            assert_eq!(end, spot.contract_end.map(Value::Date), "{name}, row {}", spot.row);
            let cost = value(Field::AnnualCost).filter(|cost| matches!(cost, Value::Money(_)));
            assert_eq!(
                cost,
                spot.annual_cost_pence.map(|pence| Value::Money(Money(pence))),
                "{name}, row {}",
                spot.row
            );
            let cost = value(Field::ContractCost).filter(|cost| matches!(cost, Value::Money(_)));
            assert_eq!(cost, spot.contract_cost_pence.map(|pence| Value::Money(Money(pence))), "{name}, {}", spot.row);
            assert_eq!(value(Field::Status), spot.status.map(Value::Status), "{name}, row {}", spot.row);
        }
        assert_eq!(of_codes(&reading, |code| code.ends_with("_not_understood")), set(&file.problem), "{name}");
        assert_eq!(of_codes(&reading, |code| code == "names_a_person"), set(&file.person), "{name}");
        let must_fix = reading.problems.iter().filter(|problem| problem.severity == Severity::MustFix);
        let unexpected: Vec<_> = must_fix.filter(|problem| !problem.code.ends_with("_not_understood")).collect();
        assert!(unexpected.is_empty(), "{name}: {unexpected:?}");
    }
}
