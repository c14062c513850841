//! A form about a system or contract, from opening it to what is to be said: what every such form has in common.

use std::collections::BTreeMap;

use ::store::Transaction;
use accounts::Organisation;
use serde::Serialize;
use vocabulary::{Date, OrganisationId};
use web::{FieldError, Form, Page, Problem, say};

use super::choices::Choices;
use super::clash::{CLASH, keep, settle};
use super::input::{Input, Stand, Stands, fillable};
use super::store;
use super::typed::{Against, HOW, How, Typed, check_contract};
use crate::Refused;
use crate::import::apply::Moment;
use crate::import::meaning::{Meant, Names, Said};
use crate::import::print::Labels;
use crate::organisation::with_estate;
use crate::statement::store::{Standing, private_texts};
use crate::statement::{Attribute, Confidence};

/// What "How do you know?" holds.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct HowTyped {
    pub source: String,
    pub confidence: String,
    pub known_on: String,
}

impl HowTyped {
    /// As it stands when nothing was typed yet.
    pub(crate) fn fresh(today: Date) -> HowTyped {
        HowTyped {
            source: String::new(),
            confidence: Confidence::Reported.word().to_owned(),
            known_on: web::say_date(&today.to_string()),
        }
    }

    /// As it was typed.
    pub(crate) fn of(form: &Form) -> HowTyped {
        let text = |name: &str| form.one(name).unwrap_or_default().to_owned();
        HowTyped { source: text("source"), confidence: text("confidence"), known_on: text("known_on") }
    }
}

/// What a form shows.
#[derive(Clone, Debug)]
pub(crate) struct Fields {
    pub organisation: Organisation,
    /// The number of the last change that the form knows.
    pub based_on: i64,
    pub inputs: Vec<Input>,
    pub how: HowTyped,
    pub choices: Choices,
}

impl Fields {
    /// What the templates of fields need. Pages with fields are never kept: private texts are among them.
    pub(crate) fn onto(&self, page: Page) -> Page {
        page.place(self.organisation.name.clone())
            .section("organisations")
            .reading()
            .private()
            .extra("inputs", &self.inputs)
            .extra("how", &self.how)
            .extra("based_on", self.based_on)
            .extra("layers", &self.choices.layers)
            .extra("products", &self.choices.products)
            .extra("suppliers", &self.choices.suppliers)
            .extra("organisations", &self.choices.organisations)
    }
}

/// A form with what is needed to read what was typed into it.
pub(crate) struct Draft {
    pub fields: Fields,
    pub stand: Stand,
    /// Whether the fields have what can be chosen.
    offers: bool,
    labels: Labels,
    texts: BTreeMap<String, String>,
}

impl Draft {
    /// Opens a form about these attributes, as they stand. While what was `sent` is written others wait, so what can be
    /// chosen is then read only where something was chosen.
    ///
    /// # Errors
    /// When the engine fails.
    pub(crate) fn open(
        tx: &mut Transaction<'_>,
        organisation: &OrganisationId,
        attributes: &[Attribute],
        stand: Stand,
        today: Date,
        sent: Option<&Form>,
    ) -> Result<Draft, Refused> {
        let (labels, texts) = (Labels::of(tx, organisation)?, private_texts(tx, organisation)?);
        let stands = Stands { labels: &labels, texts: &texts };
        let inputs = fillable(attributes)
            .map(|(attribute, control)| Input::of(attribute, control, stand.now.get(&attribute), &stands))
            .collect();
        let fields = Fields {
            organisation: with_estate(tx, organisation.as_str())?,
            based_on: store::latest(tx, organisation)?,
            inputs,
            how: HowTyped::fresh(today),
            choices: Choices::default(),
        };
        let draft = Draft { fields, stand, offers: false, labels, texts };
        let chosen = |form: &Form| {
            fillable(attributes).any(|(attribute, control)| control.is_ticked() && form.has(attribute.word()))
        };
        if sent.is_none_or(chosen) { draft.offering(tx) } else { Ok(draft) }
    }

    fn offering(mut self, tx: &mut Transaction<'_>) -> Result<Draft, Refused> {
        if !self.offers {
            self.fields.choices = Choices::of(tx, &self.fields.organisation.id)?;
            self.offers = true;
        }
        Ok(self)
    }

    /// Reads what was typed, with everything that must be corrected or chosen.
    ///
    /// # Errors
    /// When the engine fails.
    pub(crate) fn hear(
        &mut self,
        tx: &mut Transaction<'_>,
        attributes: &[Attribute],
        form: &Form,
        moment: &Moment,
    ) -> Result<(Typed, How), Refused> {
        let stands = Stands { labels: &self.labels, texts: &self.texts };
        let names = names(tx, &self.fields.organisation.id, attributes, form)?;
        let against = Against { names: &names, choices: &self.fields.choices, stands };
        let mut read = against.read(attributes, form, &self.stand);
        check_contract(&mut read, &self.stand);
        let how = How::read(form, moment.today, &mut read.errors);
        for input in &mut self.fields.inputs {
            *input = input.clone().typed(form);
        }
        let organisation = self.fields.organisation.id.clone();
        let stands = Stands { labels: &self.labels, texts: &self.texts };
        settle(tx, &organisation, &mut self.fields.inputs, &mut read, form, &self.stand, &stands)?;
        Ok((read, how))
    }

    /// What one value means, whatever stands: for many systems at once.
    ///
    /// # Errors
    /// When the engine fails.
    pub(crate) fn mean(
        &self,
        tx: &mut Transaction<'_>,
        attribute: Attribute,
        value: &[String],
    ) -> Result<Typed, Refused> {
        let form = Form::of(value.iter().map(|text| (attribute.word(), text.as_str())));
        let stands = Stands { labels: &self.labels, texts: &self.texts };
        let names = names(tx, &self.fields.organisation.id, &[attribute], &form)?;
        let against = Against { names: &names, choices: &self.fields.choices, stands };
        Ok(against.read(&[attribute], &form, &Stand::default()))
    }

    /// What stands, in words.
    pub(crate) fn print(&self, attribute: Attribute, standing: &Standing) -> Option<String> {
        self.labels.standing(attribute, standing, &self.texts)
    }

    /// What is said, in words.
    pub(crate) fn print_said(&self, attribute: Attribute, said: &Said) -> Option<String> {
        match said.meant.as_ref()? {
            Meant::Stated(stated) => Some(self.labels.print(attribute, stated)),
            Meant::Candidate(text) | Meant::Private(text) => Some(text.clone()),
            Meant::Systems(_) => None,
        }
    }

    /// The form once more, as it was typed. What was not touched shows what stood when it was opened first.
    ///
    /// # Errors
    /// When the engine fails.
    pub(crate) fn again(self, tx: &mut Transaction<'_>, form: &Form, based_on: Option<i64>) -> Result<Fields, Refused> {
        let mut fields = self.offering(tx)?.fields;
        fields.how = HowTyped::of(form);
        fields.based_on = based_on.unwrap_or(fields.based_on);
        Ok(fields)
    }
}

/// The names that the typed fields are read against: of products, suppliers and organisations, where a field takes one.
fn names(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    attributes: &[Attribute],
    form: &Form,
) -> Result<Names, Refused> {
    let takes_names = |attribute: Attribute| {
        use Attribute::{ContractSupplier, Product, SharedWith, Supplier, UsedBy};
        matches!(attribute, Product | Supplier | ContractSupplier | SharedWith | UsedBy)
    };
    let sent = attributes.iter().any(|attribute| takes_names(*attribute) && form.has(attribute.word()));
    Ok(if sent { Names::of(tx, organisation)? } else { Names::default() })
}

/// What saving came to.
pub(crate) enum Saved<P> {
    /// Done, by the change of this number; none where nothing was new.
    Done(Option<i64>),
    /// Something must be corrected or chosen on this page.
    Again(Box<P>, Vec<FieldError>),
}

/// The number of the last change that a form knew.
///
/// # Errors
/// A problem when it is no such number.
pub(crate) fn based_on(form: &Form) -> Result<Option<i64>, Problem> {
    match form.one("based_on").map(str::parse::<i64>) {
        None => Ok(None),
        Some(Ok(number)) if number >= 0 => Ok(Some(number)),
        _ => Err(Problem::invalid(say!("\"based_on\" must be the number that came with the form."))),
    }
}

/// Refuses fields that a form about these attributes does not have.
///
/// # Errors
/// A problem that names the field and those that are known.
pub(crate) fn only_known(form: &Form, attributes: &[Attribute], more: &[&'static str]) -> Result<(), Problem> {
    let keeps: Vec<String> = fillable(attributes).map(|(attribute, _)| keep(attribute)).collect();
    let mut known: Vec<&str> = fillable(attributes).map(|(attribute, _)| attribute.word()).collect();
    known.extend(HOW);
    known.extend(["based_on", CLASH]);
    known.extend(more);
    known.extend(keeps.iter().map(String::as_str).filter(|name| form.has(name)));
    form.only(&known)
}
