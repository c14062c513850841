//! Contracts and suppliers of other sheets, joined to the systems by reference, title or name. What joins nothing is said.

use std::collections::{BTreeSet, HashMap};

use vocabulary::fold;

use super::{Contract, Field, Row, RowReader, Severity, Spot, quoted};
use crate::spreadsheet::{Beside, Holds, Layout, Workbook, read_list};

/// A contract of another sheet, and whether it was joined to a system.
struct Listed {
    contract: Contract,
    joined: bool,
}

impl RowReader<'_> {
    /// Joins what the other sheets say.
    pub(super) fn join(&mut self, workbook: &Workbook) {
        let layout = self.layout;
        for beside in &layout.beside {
            match beside.holds {
                Holds::Suppliers => self.suppliers(workbook, beside),
                Holds::Contracts => self.contracts_beside(workbook, beside),
            }
        }
    }

    fn suppliers(&mut self, workbook: &Workbook, beside: &Beside) {
        let Some(sheet) = workbook.sheet(&beside.layout.sheet) else { return };
        let column_of = |wanted: Field| {
            let columns = beside.layout.columns.iter().zip(&beside.fields);
            columns.filter(move |(_, field)| **field == Some(wanted)).map(|(column, _)| column.index)
        };
        let mut names: HashMap<String, String> = HashMap::new();
        let mut listed = 0_usize;
        for row in sheet.rows.iter().filter(|row| row.number > beside.layout.header_row) {
            let text = |index: u32| row.cell(index).map(|cell| cell.text.trim()).filter(|text| !text.is_empty());
            let Some(full) = column_of(Field::Supplier).find_map(text) else { continue };
            listed += 1;
            for short in column_of(Field::Name).filter_map(text).flat_map(read_list) {
                names.entry(fold(&short)).or_insert_with(|| full.to_owned());
            }
            names.entry(fold(full)).or_insert_with(|| full.to_owned());
        }
        let mut used: BTreeSet<&str> = BTreeSet::new();
        for row in &mut self.reading.rows {
            for field in [Field::Supplier, Field::ContractSupplier] {
                let full = row.text(field).and_then(|text| names.get(&fold(text)));
                if let Some(full) = full {
                    used.insert(full);
                    row.also.insert(field, full.clone());
                }
            }
        }
        let unused = listed.saturating_sub(used.len());
        if unused > 0 {
            let message = web::say_n!(
                "1 supplier of this sheet is named by no system.",
                "{count} suppliers of this sheet are named by no system.",
                u64::try_from(unused).unwrap_or(u64::MAX)
            );
            let at = Spot { sheet: Some(&beside.layout.sheet), ..Spot::default() };
            self.report(Severity::Information, "joins_nothing", at, message, web::say!("Nothing, if that is right."));
        }
    }

    fn contracts_beside(&mut self, workbook: &Workbook, beside: &Beside) {
        let listed = |contract: Contract| Listed { contract, joined: false };
        let mut contracts: Vec<Listed> = self.read_contracts(workbook, beside).into_iter().map(listed).collect();
        let mut by_name: HashMap<String, usize> = HashMap::new();
        for field in [Field::ContractReference, Field::ContractTitle] {
            for (place, contract) in contracts.iter().enumerate() {
                if let Some(name) = contract.contract.text(field) {
                    by_name.entry(fold(name)).or_insert(place);
                }
            }
        }
        let mut by_system: HashMap<String, Vec<usize>> = HashMap::new();
        for (place, contract) in contracts.iter().enumerate() {
            for system in &contract.contract.systems {
                by_system.entry(fold(system)).or_default().push(place);
            }
        }
        let sheet = beside.layout.sheet.as_str();
        let mut systems = std::mem::take(&mut self.reading.rows);
        // In a file of ours each system's own row says all of its contract; the sheet has those that cover nothing.
        let has_its_own = self.columns.iter().any(|(_, field)| *field == Some(Field::ContractEnd));
        for row in systems.iter_mut().filter(|row| !has_its_own || row.text(Field::CommonholdId).is_none()) {
            let named = [Field::ContractReference, Field::ContractTitle].into_iter().find_map(|field| row.text(field));
            let by_reference = named.and_then(|name| by_name.get(&fold(name)).copied());
            let covered = by_system.remove(&fold(row.name())).unwrap_or_default();
            let found = by_reference.or_else(|| covered.first().copied());
            if let (None, Some(name)) = (found, named) {
                let at = Spot { row: Some(row.number), ..Spot::default() };
                let message = web::say!(
                    "The contract {name} is not in the sheet {sheet}.",
                    name = quoted(name),
                    sheet = quoted(sheet)
                );
                let next = web::say!("Add it there, or correct the reference, and upload the file again.");
                self.report(Severity::Information, "contract_not_listed", at, message, next);
            }
            for other in covered.iter().filter(|place| Some(**place) != found) {
                if let Some(contract) = contracts.get_mut(*other) {
                    contract.joined = true;
                    let at = Spot { row: Some(contract.contract.number), sheet: Some(sheet), ..Spot::default() };
                    let message = web::say!(
                        "{system} has another contract already. We keep one for each system, so we leave this one out for it.",
                        system = quoted(row.name())
                    );
                    let next = web::say!("Name the system in the contract that counts, or split the system.");
                    self.report(Severity::Check, "contract_told_twice", at, message, next);
                }
            }
            if let Some(contract) = found.and_then(|place| contracts.get_mut(place)) {
                contract.joined = true;
                self.take_over(row, &contract.contract, sheet);
            }
        }
        self.reading.rows = systems;
        self.what_joins_nothing(&contracts, &by_system, sheet);
    }

    /// Reads the list where it is itself one of contracts.
    pub(super) fn alone(&mut self, workbook: &Workbook, fields: &[Option<Field>]) {
        let layout = Layout { beside: Vec::new(), ..self.layout.clone() };
        let beside = Beside { holds: Holds::Contracts, layout, fields: fields.to_vec() };
        let has = |field: Field| fields.contains(&Some(field));
        if !has(Field::ContractReference) && !has(Field::ContractTitle) && !has(Field::Name) {
            let message = web::say!(
                "No column holds the contract's reference, its title or the systems that it covers, so no row can be read."
            );
            let next = web::say!("Choose which column holds one of them.");
            self.report(Severity::MustFix, "no_name_column", Spot::default(), message, next);
            self.reading.contracts = Some(Vec::new());
            return;
        }
        let contracts = self.read_contracts(workbook, &beside);
        for contract in &contracts {
            let at = Spot { row: Some(contract.number), ..Spot::default() };
            self.ends_before_start(&contract.values, at);
        }
        self.reading.contracts = Some(contracts);
    }

    fn read_contracts(&mut self, workbook: &Workbook, beside: &Beside) -> Vec<Contract> {
        let Some(sheet) = workbook.sheet(&beside.layout.sheet) else { return Vec::new() };
        let systems = beside.layout.columns.iter().zip(&beside.fields).find(|(_, field)| **field == Some(Field::Name));
        let systems = systems.map(|(column, _)| column.index);
        let fields: Vec<Option<Field>> =
            beside.fields.iter().map(|field| field.filter(|field| *field != Field::Name)).collect();
        let mut reader = RowReader::new(workbook, &beside.layout, &fields, self.today);
        reader.preset = None;
        let mut contracts = Vec::new();
        for row in sheet.rows.iter().filter(|row| row.number > beside.layout.header_row) {
            if reader.no_system(sheet, row) {
                continue;
            }
            let (values, _) = reader.values(row);
            let text = systems.and_then(|index| row.cell(index)).map(|cell| cell.text.as_str());
            if values.is_empty() && text.is_none() {
                continue;
            }
            let systems = text.map(read_list).unwrap_or_default();
            let sheet = sheet.name.clone();
            contracts.push(Contract { sheet, number: row.number, values, systems });
        }
        self.reading.problems.append(&mut reader.reading.problems);
        self.reading.problems_left_out += reader.reading.problems_left_out;
        contracts
    }

    /// Gives a system what the row of its contract says. What the system's own row says stays.
    fn take_over(&mut self, row: &mut Row, contract: &Contract, sheet: &str) {
        for (field, value) in &contract.values {
            let by_title = *field == Field::ContractReference
                && row.text(Field::ContractReference).map(fold) == contract.text(Field::ContractTitle).map(fold);
            match row.values.get(field).filter(|_| !by_title) {
                None => {
                    row.values.insert(*field, value.clone());
                    row.from.insert(*field, (sheet.to_owned(), contract.number));
                }
                Some(own)
                    if own.value == value.value || matches!(field, Field::ContractTitle | Field::ContractReference) => {
                }
                Some(_) => {
                    let at = Spot {
                        row: Some(contract.number),
                        sheet: Some(sheet),
                        text: Some(&value.original),
                        ..Spot::default()
                    };
                    let message = web::say!(
                        "Row {row} of {systems} says otherwise of this contract: {field}. We keep what that row says.",
                        row = row.number.to_string(),
                        systems = quoted(&row.sheet),
                        field = web::say!(field.label())
                    );
                    let next = web::say!("Correct one of the rows and upload the file again.");
                    self.report(Severity::Check, "contract_told_twice", at, message, next);
                }
            }
        }
    }

    fn what_joins_nothing(&mut self, contracts: &[Listed], unknown: &HashMap<String, Vec<usize>>, sheet: &str) {
        for Listed { contract, joined } in contracts {
            let at = Spot { row: Some(contract.number), sheet: Some(sheet), ..Spot::default() };
            if !joined {
                let message =
                    web::say!("No system of the list names this contract, and it names none, so we leave it out.");
                let next = web::say!(
                    "Write its reference beside its systems, or their names here, and upload the file again."
                );
                self.report(Severity::Check, "joins_nothing", at, message, next);
                continue;
            }
            for system in contract.systems.iter().filter(|system| unknown.contains_key(&fold(system))) {
                let message = web::say!("{system} is no system of the list.", system = quoted(system));
                let next = web::say!("Write the name as it stands in the list of systems, and upload the file again.");
                self.report(Severity::Check, "joins_nothing", Spot { text: Some(system), ..at }, message, next);
            }
        }
    }
}
