//! The fields of forms about systems and contracts: how each is filled in, and what stands in it now.
//!
//! What was typed is read in [`super::typed`]. A field is named as its attribute is, on pages and for programs alike.

use std::collections::BTreeMap;

use serde::Serialize;
use store::{Error, Transaction};
use vocabulary::{Money, OrganisationId};
use web::{Form, say};

use crate::frame::LGAM;
use crate::import::print::Labels;
use crate::spreadsheet::Field;
use crate::statement::store::{Standing, present_of, present_of_until};
use crate::statement::{Attribute, Stated};

/// How a field is filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Control {
    /// One line of text.
    Line,
    /// Several lines.
    Lines,
    /// A role, a team or a mailbox.
    Owner,
    /// A day or a month.
    Date,
    /// An amount of pounds.
    Amount,
    /// A whole number.
    Number,
    /// A number of months.
    Months,
    /// Where a system is in its life.
    Status,
    /// A product by name, with suggestions.
    Product,
    /// A supplier by name, with suggestions.
    Supplier,
    /// Elements to be ticked.
    Elements,
    /// Organisations to be ticked.
    Organisations,
}

impl Control {
    /// How an attribute is filled in; none for what is not stated in words.
    pub(crate) fn of(attribute: Attribute) -> Option<Control> {
        Some(match attribute {
            Attribute::Recorded | Attribute::MergedInto | Attribute::Contract | Attribute::DependsOn => return None,
            Attribute::Description | Attribute::Notes | Attribute::Extension | Attribute::Portability => Control::Lines,
            Attribute::BusinessOwner | Attribute::TechnicalOwner => Control::Owner,
            Attribute::Start | Attribute::End => Control::Date,
            Attribute::AnnualCost | Attribute::ContractCost => Control::Amount,
            Attribute::Users => Control::Number,
            Attribute::NoticeMonths => Control::Months,
            Attribute::Status => Control::Status,
            Attribute::Product => Control::Product,
            Attribute::Supplier | Attribute::ContractSupplier => Control::Supplier,
            Attribute::Elements => Control::Elements,
            Attribute::UsedBy => Control::Organisations,
            _ => Control::Line,
        })
    }

    /// Whether several values are ticked instead of one being typed.
    pub(crate) fn is_ticked(self) -> bool {
        matches!(self, Control::Elements | Control::Organisations)
    }

    /// The most characters that may be typed.
    pub(crate) fn longest(self) -> usize {
        match self {
            Control::Lines => 5_000,
            Control::Line | Control::Owner => 500,
            _ => 200,
        }
    }
}

/// The attributes, of those given, that a form can have a field for.
pub(crate) fn fillable(attributes: &[Attribute]) -> impl Iterator<Item = (Attribute, Control)> {
    attributes.iter().filter_map(|attribute| {
        let control = Control::of(*attribute)?;
        let read = control.is_ticked() || attribute.word().parse::<Field>().is_ok();
        read.then_some((*attribute, control))
    })
}

/// Two values of which one must be chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Clash {
    /// What was typed here.
    pub yours: String,
    /// What stands now.
    pub theirs: String,
    /// Who said that.
    pub who: String,
    /// When.
    pub at: String,
    /// By which change.
    pub change: i64,
}

/// One field of a form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Input {
    pub name: &'static str,
    pub label: String,
    pub hint: Option<String>,
    pub control: Control,
    /// What stands in it: one text, or what is ticked.
    pub value: Vec<String>,
    /// What was sent of it before and could not be read; it stands in the field until somebody corrects it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub not_understood: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clash: Option<Clash>,
}

impl Input {
    /// A field with what stands in it.
    pub(crate) fn of(
        attribute: Attribute,
        control: Control,
        standing: Option<&Standing>,
        stands: &Stands<'_>,
    ) -> Input {
        let not_understood = standing
            .is_some_and(|standing| standing.statement.value.is_none() && standing.statement.original.is_some());
        let value = stands.texts(attribute, standing);
        Input {
            name: attribute.word(),
            label: crate::system::facts::label(attribute),
            hint: hint(attribute, control),
            control,
            not_understood: not_understood && !value.is_empty(),
            value,
            clash: None,
        }
    }

    /// The same with what was typed, where the form has it.
    pub(crate) fn typed(mut self, form: &Form) -> Input {
        if form.has(self.name) {
            self.value = typed(form, self.name);
        }
        self
    }
}

/// What was typed or ticked under a name, line ends made equal; nothing for an empty field.
pub(crate) fn typed(form: &Form, name: &str) -> Vec<String> {
    let values = form.all(name).into_iter().filter(|value| !value.is_empty());
    values.map(|value| value.replace("\r\n", "\n")).collect()
}

fn hint(attribute: Attribute, control: Control) -> Option<String> {
    Some(match (attribute, control) {
        (_, Control::Owner) => say!("A role or team mailbox, not a person's name."),
        (_, Control::Date) => say!("For example, 31 March 2027 or March 2027."),
        (Attribute::ContractCost, _) => say!("What the whole contract costs a year, for example 12,500 or 12.5k."),
        (_, Control::Amount) => say!("For example, 12,500 or 12.5k."),
        (_, Control::Months) => say!("For example, 6 or 90 days."),
        (_, Control::Product) => {
            say!(
                "As the shared list of products has it, if it does. Any other name becomes your own product, which only you see."
            )
        }
        (_, Control::Supplier) => {
            say!("As the list of suppliers has it, or \"in-house\". Only you see a name that the list does not know.")
        }
        (Attribute::SharedWith, _) => say!("Organisations outside this service, with semicolons between them."),
        (Attribute::Notes, _) => say!("Only your organisation sees them."),
        _ => return None,
    })
}

/// The words of what stands.
pub(crate) struct Stands<'a> {
    /// Names of products, suppliers and organisations.
    pub labels: &'a Labels,
    /// The organisation's private texts by id.
    pub texts: &'a BTreeMap<String, String>,
}

impl Stands<'_> {
    /// What stands in the field of an attribute: what would be typed to say the same.
    pub(crate) fn texts(&self, attribute: Attribute, standing: Option<&Standing>) -> Vec<String> {
        let Some(statement) = standing.map(|standing| &standing.statement) else { return Vec::new() };
        let private = |id: &String| self.texts.get(id).cloned().into_iter().collect();
        match &statement.value {
            None => statement.original.iter().filter_map(|id| self.texts.get(id).cloned()).collect(),
            Some(Stated::Private(id)) => private(id),
            Some(Stated::Elements(elements)) => {
                elements.iter().filter(|(frame, _)| frame == LGAM).map(|(_, id)| id.clone()).collect()
            }
            Some(Stated::Organisations(ids)) => ids.clone(),
            Some(Stated::Number(pence)) if Control::of(attribute) == Some(Control::Amount) => {
                vec![Money(*pence).to_string().replace('£', "")]
            }
            Some(Stated::Number(number)) => vec![number.to_string()],
            Some(Stated::Text(date)) if Control::of(attribute) == Some(Control::Date) => vec![web::say_date(date)],
            Some(Stated::Flag(_) | Stated::Contract(_) | Stated::System(_) | Stated::Systems(_)) => Vec::new(),
            Some(stated) => vec![self.labels.print(attribute, stated)],
        }
    }

    /// What was typed, in words.
    pub(crate) fn print(&self, attribute: Attribute, typed: &[String]) -> String {
        if typed.is_empty() {
            return say!("Not known");
        }
        let stated = match Control::of(attribute) {
            Some(Control::Elements) => Stated::Elements(typed.iter().map(|id| (LGAM.to_owned(), id.clone())).collect()),
            Some(Control::Organisations) => Stated::Organisations(typed.to_vec()),
            _ => Stated::Text(typed.join("; ")),
        };
        self.labels.print(attribute, &stated)
    }
}

/// What is stated of one system or contract: when somebody opened a form about it, and now.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stand {
    /// As the form showed it.
    pub base: BTreeMap<Attribute, Standing>,
    /// As it is.
    pub now: BTreeMap<Attribute, Standing>,
}

impl Stand {
    /// What is stated of `subject`. `based_on` is the number of the last change that the form knew; none: it knows all.
    ///
    /// # Errors
    /// When the engine fails.
    pub(crate) fn read(
        tx: &mut Transaction<'_>,
        organisation: &OrganisationId,
        subject: &str,
        based_on: Option<i64>,
    ) -> Result<Stand, Error> {
        let now = present_of(tx, organisation, subject)?;
        let base = match based_on {
            Some(change) => present_of_until(tx, organisation, subject, change)?,
            None => now.clone(),
        };
        Ok(Stand { base, now })
    }

    /// Whether somebody has said something else since the form was opened.
    pub(crate) fn changed_since(&self, attribute: Attribute) -> bool {
        let said = |of: &BTreeMap<Attribute, Standing>| {
            let standing = of.get(&attribute);
            standing
                .map(|standing| (standing.statement.value.clone(), standing.statement.original.clone()))
                .unwrap_or_default()
        };
        said(&self.base) != said(&self.now)
    }
}
