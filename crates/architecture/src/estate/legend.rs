//! What each column of our spreadsheet means, what may stand in it, and who will see it: the words of the sheet "Legend".

use vocabulary::Visibility;
use web::say;

use super::Sharing;
use crate::spreadsheet::Field;

/// What the legend says of one column.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The column.
    pub field: Field,
    /// What it means.
    pub meaning: String,
    /// What may stand in it.
    pub values: String,
    /// Where its values come from.
    pub source: String,
    /// Who sees it.
    pub seen_by: String,
}

/// The legend of a file of `organisation`, in the order of its columns.
pub fn entries(organisation: &str, sharing: Sharing) -> Vec<Entry> {
    let entry = |field| {
        let (meaning, values, source) = words(field);
        let own = say!("Only {organisation}", organisation = organisation);
        let seen_by = match field {
            Field::Notes => own,
            Field::AnnualCost | Field::ContractCost => seen_by(sharing.costs, &own),
            Field::BusinessOwner | Field::TechnicalOwner => say!(
                "{readers}; what looks like a person's name: only {organisation}",
                readers = seen_by(sharing.estate, &own),
                organisation = organisation
            ),
            _ => seen_by(sharing.estate, &own),
        };
        Entry { field, meaning, values, source, seen_by }
    };
    Field::all().map(entry).collect()
}

fn seen_by(visibility: Visibility, own: &str) -> String {
    match visibility {
        Visibility::Public => say!("Anyone"),
        Visibility::Members => say!("Participating bodies"),
        Visibility::Own => own.to_owned(),
    }
}

/// Meaning, values and source of a column.
fn words(field: Field) -> (String, String, String) {
    let text = || say!("Words");
    let you = || say!("You");
    let several = || say!("Several, with ; between");
    let date = || say!("A day, such as 31 March 2027, or a month, such as March 2027");
    let pounds = || say!("Pounds a year, such as 12,500 or 12.5k");
    match field {
        Field::CommonholdId => (
            say!("How we know the system again, whatever it is called now."),
            say!("Leave it as it is. Leave it empty for a system that you add."),
            say!("Commonhold"),
        ),
        Field::Name => {
            (say!("What you call the system. Every row needs it."), say!("Words, up to 200 characters"), you())
        }
        Field::Product => (
            say!("The product that the system is a use of, as its supplier calls it."),
            say!("A name from the list, or any other: that becomes your own product until the list has it"),
            say!("The shared list of products"),
        ),
        Field::Version => (say!("The version in use."), text(), you()),
        Field::Modules => (say!("The modules of the product that you use."), several(), you()),
        Field::Supplier => (
            say!("Who sells or makes it."),
            say!("A name from the list, any other, or In-house"),
            say!("The shared list of suppliers"),
        ),
        Field::Elements => (
            say!("The needs that it meets: elements of the Local Government Architecture Model (LGAM)."),
            say!("One from the list, or several with ; between"),
            say!("The LGAM, published by the Government Digital Service"),
        ),
        Field::Status => (say!("Where it is in its life."), say!("Planned, Live, Retiring or Retired"), you()),
        Field::Description => (say!("What it does."), text(), you()),
        Field::BusinessOwner => {
            (say!("Who answers for its use."), say!("A role or a team mailbox, not a person's name"), you())
        }
        Field::TechnicalOwner => (say!("Who runs it."), say!("A role or a team mailbox, not a person's name"), you()),
        Field::Users => (say!("How many people use it."), say!("A whole number"), you()),
        Field::AnnualCost => (say!("What the system costs."), pounds(), you()),
        Field::ContractReference => (
            say!(
                "Your number of the contract that covers it. Rows with the same reference share one contract: changing it in one row changes it for all."
            ),
            text(),
            say!("Your contracts register"),
        ),
        Field::ContractStart => (say!("The contract's first day."), date(), say!("Your contracts register")),
        Field::ContractEnd => (say!("The contract's last day."), date(), say!("Your contracts register")),
        Field::NoticeMonths => (
            say!("How long before its end notice must be given."),
            say!("A number of months, or words such as 90 days"),
            say!("The contract"),
        ),
        Field::ExtensionOptions => {
            (say!("How the contract may be extended, such as 1 + 1 years."), text(), say!("The contract"))
        }
        Field::ContractTitle => (say!("What the contract is called."), text(), say!("Your contracts register")),
        Field::ContractSupplier => (
            say!("Who the contract is with, where that is not the product's supplier."),
            say!("A name from the list, or any other"),
            say!("Your contracts register"),
        ),
        Field::ContractCost => (
            say!("What the whole contract costs, all its systems together."),
            pounds(),
            say!("Your contracts register"),
        ),
        Field::Hosting => (say!("Where it runs."), text(), you()),
        Field::DataModel => {
            (say!("Whether its data can be told apart by area or organisation."), text(), say!("Its supplier"))
        }
        Field::Portability => (say!("How its data can be taken out."), text(), say!("Its supplier")),
        Field::SupportModel => (say!("Who supports it, and when."), text(), you()),
        Field::SharedWith => (say!("The organisations that it is shared with, in words."), several(), you()),
        Field::UsedBy => (
            say!("Other organisations that use it: the system is shared, and yours."),
            say!("Names of organisations as they stand here, with ; between"),
            say!("The organisations of this copy"),
        ),
        Field::DependsOn => (
            say!("Your other systems that it cannot work without."),
            say!("Names of systems of this sheet, with ; between"),
            you(),
        ),
        Field::Criticality => (say!("How much depends on it, in your own scale."), text(), you()),
        Field::Website => (say!("Its address on the web."), say!("An address, such as https://forms.example"), you()),
        Field::Notes => (say!("Anything else that your colleagues should know."), text(), you()),
    }
}
