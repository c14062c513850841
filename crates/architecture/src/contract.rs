//! A contract: an agreement that covers one or more systems of one organisation.

pub(crate) mod covers;
pub mod dates;
pub(crate) mod edit;
pub mod follow;
pub mod show;

use std::collections::BTreeMap;

use vocabulary::Date;
use web::{Routes, Template};

use crate::statement::{Attribute, Stated, store::Standing};
use crate::system::facts::is_plain;

/// The addresses of contracts.
pub(crate) fn routes(routes: Routes<crate::Architecture>) -> Routes<crate::Architecture> {
    covers::routes(edit::routes(show::routes(dates::routes(follow::routes(routes)))))
}

/// The templates of contracts.
pub(crate) const TEMPLATES: &[Template] = &[
    Template { name: "architecture/contract/choose.html", source: include_str!("../templates/contract/choose.html") },
    Template { name: "architecture/contract/covers.html", source: include_str!("../templates/contract/covers.html") },
    Template { name: "architecture/contract/edit.html", source: include_str!("../templates/contract/edit.html") },
    Template { name: "architecture/contract/show.html", source: include_str!("../templates/contract/show.html") },
];

/// A contract as the statements about it say: the row of the projection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contract {
    /// What it is called.
    pub title: Option<String>,
    /// Whom it is with: an organisation's id.
    pub supplier: Option<String>,
    /// Id of a private text: a supplier's name that matched no organisation.
    pub supplier_private: Option<String>,
    /// Pence a year for the whole contract.
    pub annual_cost: Option<i64>,
    /// The organisation's reference for it.
    pub reference: Option<String>,
    /// First day, or month: `2024-04-01` or `2024-04`.
    pub start: Option<String>,
    /// Last day, or month.
    pub end: Option<String>,
    /// Months of notice that ending it needs.
    pub notice_months: Option<i64>,
    /// Options to extend, in words.
    pub extension: Option<String>,
    /// When the latest statement was made.
    pub changed_at: String,
    /// When the latest was made that everybody is told who sees the contract.
    pub plain_changed_at: Option<String>,
}

impl Contract {
    /// What the statements add up to; none when the contract is not recorded, or no longer.
    pub fn reckon(present: &BTreeMap<Attribute, Standing>) -> Option<Contract> {
        if present.get(&Attribute::Recorded)?.statement.value != Some(Stated::Flag(true)) {
            return None;
        }
        let mut contract = Contract::default();
        for (attribute, standing) in present {
            if standing.at > contract.changed_at {
                contract.changed_at.clone_from(&standing.at);
            }
            if is_plain(&standing.statement, false) {
                contract.plain_changed_at = contract.plain_changed_at.max(Some(standing.at.clone()));
            }
            match (attribute, standing.statement.value.clone()) {
                (Attribute::ContractTitle, Some(Stated::Text(text))) => contract.title = Some(text),
                (Attribute::ContractSupplier, Some(Stated::Supplier(id))) => contract.supplier = Some(id),
                (Attribute::ContractSupplier, Some(Stated::Private(id))) => contract.supplier_private = Some(id),
                (Attribute::ContractCost, Some(Stated::Number(pence))) => contract.annual_cost = Some(pence),
                (Attribute::Reference, Some(Stated::Text(text))) => contract.reference = Some(text),
                (Attribute::Start, Some(Stated::Text(text))) => contract.start = Some(text),
                (Attribute::End, Some(Stated::Text(text))) => contract.end = Some(text),
                (Attribute::NoticeMonths, Some(Stated::Number(months))) => contract.notice_months = Some(months),
                (Attribute::Extension, Some(Stated::Text(text))) => contract.extension = Some(text),
                _ => {}
            }
        }
        Some(contract)
    }

    /// The last day on which it runs: the end date, or the last day of the end month.
    pub fn end_day(&self) -> Option<Date> {
        last_day(self.end.as_deref()?)
    }

    /// The last day on which notice can be given, where both the end and the notice are known.
    pub fn last_notice_day(&self) -> Option<Date> {
        let months = self.notice_months?;
        self.end_day()?.checked_sub(jiff::Span::new().try_months(months).ok()?).ok()
    }
}

/// The last day of a date (`2027-03-31`) or month (`2027-03`).
pub fn last_day(text: &str) -> Option<Date> {
    match text.len() {
        7 => format!("{text}-01").parse::<Date>().ok().map(Date::last_of_month),
        _ => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notice_is_reckoned_from_the_last_day() {
        let contract = |end: &str, months| Contract {
            end: Some(end.to_owned()),
            notice_months: Some(months),
            ..Contract::default()
        };
        let day = |contract: Contract| contract.last_notice_day().map(|day| day.to_string());
        assert_eq!(day(contract("2027-03-31", 3)), Some("2026-12-31".to_owned()));
        assert_eq!(day(contract("2027-05-31", 3)), Some("2027-02-28".to_owned()), "a shorter month ends earlier");
        assert_eq!(day(contract("2028-02", 0)), Some("2028-02-29".to_owned()), "a month means its last day");
        assert_eq!(day(contract("not a date", 3)), None);
        assert_eq!(day(contract("2027-03-31", i64::MAX)), None);
    }
}
