//! What the records of a register hold: columns, what identifies a record, and what may be asked of each column.
//!
//! It is written and read as CSVW (see `csvw`), a stated subset of it. It knows no file and no record.

pub mod csvw;

use std::collections::BTreeSet;

use crate::datatype::{Datatype, NotRead};

/// Columns of the widest register.
pub const MOST_COLUMNS: usize = 500;
/// Characters of the longest name of a column.
pub const LONGEST_NAME: usize = 64;

/// What the records of a register hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema {
    /// The columns, in the order in which files have them.
    pub columns: Vec<Column>,
    /// The names of the columns that identify a record.
    pub key: Vec<String>,
}

/// One column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// By what it is asked for: small letters, digits, `-` and `_`, a letter first.
    pub name: String,
    /// What files may have at its head.
    pub titles: Vec<String>,
    /// What it says, for people.
    pub description: Option<String>,
    /// What kind of value it holds.
    pub datatype: Datatype,
    /// What divides several values in one cell. None: there is one.
    pub separator: Option<String>,
    /// Cells that stand for no value, beside an empty one.
    pub nulls: Vec<String>,
    /// The property that it gives, as an address.
    pub property: Option<String>,
    /// The language of its texts, if it has one.
    pub language: Option<String>,
    /// What holds of it, and what may be asked.
    pub traits: BTreeSet<Trait>,
}

/// What holds of a column, or may be asked of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trait {
    /// Every record has a value.
    Required,
    /// No two records have the same.
    Unique,
    /// Records can be chosen and sorted by it.
    Filterable,
    /// Records can be counted by it.
    Groupable,
    /// Its words are found.
    Searchable,
    /// Its values can be erased one day.
    Erasable,
}

/// What is wrong with a schema.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// There is nothing in it.
    #[error("there is no column")]
    NoColumn,
    /// Too many.
    #[error("there are {0} columns, and at most {MOST_COLUMNS} are allowed")]
    TooManyColumns(usize),
    /// A name that cannot be one.
    #[error("\"{0}\" is no name of a column: small letters, digits, - and _, a letter first, at most {LONGEST_NAME}")]
    Name(String),
    /// A name twice.
    #[error("two columns are called {0}")]
    NameTwice(String),
    /// Nothing identifies a record.
    #[error("no column identifies a record")]
    NoKey,
    /// What identifies a record is no column.
    #[error("{0} is to identify a record, and there is no such column")]
    KeyUnknown(String),
    /// What identifies a record cannot.
    #[error("{0} cannot identify a record: it {1}")]
    KeyUnfit(String, &'static str),
}

/// What a cell says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// Nothing.
    Nothing,
    /// One value, in its one form.
    One(String),
    /// Several, in their order, at least one.
    Several(Vec<String>),
}

impl Schema {
    /// Everything that is wrong with it.
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        match self.columns.len() {
            0 => faults.push(Fault::NoColumn),
            count if count > MOST_COLUMNS => faults.push(Fault::TooManyColumns(count)),
            _ => {}
        }
        let mut names = BTreeSet::new();
        for column in &self.columns {
            if !is_name(&column.name) {
                faults.push(Fault::Name(column.name.clone()));
            } else if !names.insert(&column.name) {
                faults.push(Fault::NameTwice(column.name.clone()));
            }
        }
        if self.key.is_empty() {
            faults.push(Fault::NoKey);
        }
        for name in &self.key {
            match self.column(name) {
                None => faults.push(Fault::KeyUnknown(name.clone())),
                Some(column) if column.separator.is_some() => {
                    faults.push(Fault::KeyUnfit(name.clone(), "holds several values"));
                }
                Some(column) if column.is(Trait::Erasable) => {
                    faults.push(Fault::KeyUnfit(name.clone(), "can be erased, and keys are written into the log"));
                }
                Some(_) => {}
            }
        }
        faults
    }

    /// The column of this name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}

impl Column {
    /// A column of texts that files call as it is called.
    pub fn new(name: impl Into<String>) -> Column {
        let name = name.into();
        Column {
            titles: vec![name.clone()],
            name,
            description: None,
            datatype: Datatype::Text,
            separator: None,
            nulls: Vec::new(),
            property: None,
            language: None,
            traits: BTreeSet::new(),
        }
    }

    /// Whether this holds of it.
    pub fn is(&self, what: Trait) -> bool {
        self.traits.contains(&what)
    }

    /// Reads a cell, by CSVW's steps (Model for Tabular Data, section 6.4). Texts keep the white space within them and lose
    /// that around them.
    ///
    /// # Errors
    /// What the cell, or the first wrong value in it, holds instead.
    pub fn read(&self, cell: &str) -> Result<Said, NotRead> {
        let bare = cell.trim();
        if self.is_nothing(bare) {
            return Ok(Said::Nothing);
        }
        let Some(separator) = &self.separator else {
            return self.value(bare).map(Said::One);
        };
        let values = bare.split(separator.as_str()).map(str::trim).filter(|value| !self.is_nothing(value));
        let values: Vec<String> = values.map(|value| self.value(value)).collect::<Result<_, _>>()?;
        Ok(if values.is_empty() { Said::Nothing } else { Said::Several(values) })
    }

    fn is_nothing(&self, cell: &str) -> bool {
        cell.is_empty() || self.nulls.iter().any(|null| null == cell)
    }

    fn value(&self, cell: &str) -> Result<String, NotRead> {
        if self.datatype == Datatype::Text || !cell.contains(char::is_whitespace) {
            return self.datatype.read(cell);
        }
        // Of everything but texts, white space is one space.
        self.datatype.read(&cell.split_whitespace().collect::<Vec<_>>().join(" "))
    }
}

/// Whether a column may be called so.
pub fn is_name(name: &str) -> bool {
    name.len() <= LONGEST_NAME
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::datatype::date::{self, DateFormat};
    use crate::datatype::number::NumberFormat;

    /// The example of the reference on formats: three rows with what is wrong in them.
    #[test]
    fn cells_are_read_as_csvw_reads_them() {
        let mut opened = Column::new("opened");
        opened.datatype = Datatype::Date(Some(DateFormat::new("dd/MM/yyyy", date::Kind::Date).unwrap()));
        let mut budget = Column::new("budget");
        budget.datatype = Datatype::Decimal(NumberFormat::new(Some("#,##0.00"), None, None).unwrap());
        let mut services = Column::new("services");
        services.separator = Some(";".to_owned());
        let one = |text: &str| Ok(Said::One(text.to_owned()));
        assert_eq!(opened.read("22/03/2015"), one("2015-03-22"));
        assert_eq!(budget.read(" 1,234.50 "), one("1234.5"));
        let several = ["ferry", "ferry", "port"].map(str::to_owned).to_vec();
        assert_eq!(services.read("ferry; ferry;port"), Ok(Said::Several(several)));
        assert_eq!(opened.read("1/3/2015"), Err(NotRead::Date));
        assert_eq!(budget.read("1234.50"), Err(NotRead::Number));
        assert_eq!(services.read(""), Ok(Said::Nothing));
        assert_eq!(services.read(" ; "), Ok(Said::Nothing));
        assert_eq!(opened.read("31/02/2015"), Err(NotRead::NoSuchDay));
        assert_eq!(budget.read("12.5%"), Err(NotRead::Number));
    }

    #[test]
    fn what_stands_for_nothing_is_nothing() {
        let mut column = Column::new("users");
        column.datatype = Datatype::Integer(NumberFormat::default());
        column.nulls = vec!["n/a".to_owned()];
        assert_eq!(column.read(" n/a "), Ok(Said::Nothing));
        assert_eq!(column.read("N/A"), Err(NotRead::Number));
        assert_eq!(Column::new("name").read(" Bin  rounds\n"), Ok(Said::One("Bin  rounds".to_owned())));
    }

    #[test]
    fn everything_that_is_wrong_is_told() {
        let mut list = Column::new("list");
        list.separator = Some(";".to_owned());
        let mut secret = Column::new("secret");
        secret.traits.insert(Trait::Erasable);
        let columns = vec![Column::new("id"), Column::new("id"), Column::new("Id"), Column::new("_x"), list, secret];
        let key = ["id", "list", "secret", "other"].map(str::to_owned).to_vec();
        let faults: Vec<String> = Schema { columns, key }.faults().iter().map(ToString::to_string).collect();
        assert_eq!(faults.len(), 6, "{faults:?}");
        assert!(faults[0].contains("two columns are called id") && faults[5].contains("no such column"), "{faults:?}");
        let nothing = Schema { columns: Vec::new(), key: Vec::new() };
        assert_eq!(nothing.faults(), [Fault::NoColumn, Fault::NoKey]);
        let good = Schema { columns: vec![Column::new("id")], key: vec!["id".to_owned()] };
        assert_eq!(good.faults(), []);
    }
}
