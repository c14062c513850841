//! Offering: what of an organisation's own may be offered to the shared list, and with which words. Nothing of systems, costs
//! or people goes with it, and nothing is offered by itself.

use std::collections::BTreeMap;

use ledger::NewEvent;
use serde_json::json;
use store::{Error, Transaction, values};
use vocabulary::{OrganisationId, fold};
use web::{FieldError, Form, say};

use super::store::{Kind, Offer, State, add, find, listed_as, of_organisation, settle};
use crate::Refused;
use crate::frame::LGAM;
use crate::import::apply::Moment;
use crate::matching::store::{State as Stands, What, decided, own_products};
use crate::product::merge::Merges;
use crate::spreadsheet::names_somebody;

/// The longest name that is offered or published, in characters.
pub const LONGEST_NAME: usize = 120;
/// The longest reason, in characters.
pub const LONGEST_WHY: usize = 500;
const LONGEST_WEBSITE: usize = 300;
/// The most offers of one organisation that wait at once.
pub const MOST_WAITING: usize = 100;

/// What would be offered, before anybody has said why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The organisation's own product that stands for the name.
    pub stands: String,
    /// Its name.
    pub name: String,
    /// A product, or another name of a listed one.
    pub kind: Kind,
    /// Of a name: the listed product that it means, by id and name.
    pub target: Option<(String, String)>,
    /// What its systems say of the supplier.
    pub supplier: Option<String>,
    /// The LGAM elements that its systems are placed on.
    pub elements: Vec<String>,
}

/// The words of an offer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    /// The supplier, as the organisation says it.
    pub supplier: Option<String>,
    /// The product's website.
    pub website: Option<String>,
    /// The LGAM elements that it usually serves, by id.
    pub elements: Vec<String>,
    /// Why the list should have it.
    pub reason: String,
}

/// Where the page of an organisation's offer is.
pub fn address(organisation: &str, id: &str) -> String {
    format!("/organisations/{organisation}/offers/{id}")
}

/// What of an organisation's own product may be offered: the product, while it is nothing that the list knows, or its name
/// once somebody confirmed what it means.
///
/// # Errors
/// [`Refused::Missing`] when the organisation has no such product in use, [`Refused::Conflicting`] when the list has the name,
/// an offer waits or nobody keeps the list.
pub fn subject(tx: &mut Transaction<'_>, organisation: &OrganisationId, stands: &str) -> Result<Subject, Refused> {
    let sql = "SELECT name FROM product WHERE organisation = $1 AND id = $2";
    let own = values![organisation.as_str(), stands];
    let name = tx.query_optional(sql, &own, |row| row.text(0))?.ok_or(Refused::Missing)?;
    let folded = fold(&name);
    let decided = decided(tx, organisation)?.into_iter().find(|one| one.what == What::Product && one.stands == stands);
    let matched = decided.as_ref().and_then(|one| Some((one.state, one.target.clone()?)));
    let used = own_products(tx, organisation)?.into_iter().find(|own| own.key == stands);
    if used.is_none() && matched.is_none() {
        return Err(Refused::Missing);
    }
    if accounts::organisation::keeper(tx)?.is_none() {
        return Err(Refused::Conflicting(say!("Nobody keeps the shared list of this copy yet. Ask whoever runs it.")));
    }
    let offers = of_organisation(tx, organisation)?;
    if offers.iter().any(|offer| offer.state == State::Waiting && offer.folded == folded) {
        return Err(Refused::Conflicting(say!("This name is offered already, and waits. Look at your offers.")));
    }
    if offers.iter().filter(|offer| offer.state == State::Waiting).count() >= MOST_WAITING {
        return Err(Refused::Conflicting(say!(
            "{most} of your offers wait. Take one back, or wait until some are decided.",
            most = MOST_WAITING
        )));
    }
    if let Some((_, listed)) = listed_as(tx, &folded)? {
        let text =
            say!("The shared list has this name already, for {product}, so it needs no offer.", product = listed);
        return Err(Refused::Conflicting(text));
    }
    let (kind, target) = match matched {
        None => (Kind::Product, None),
        Some((Stands::Confirmed, target)) => (Kind::Name, Some(listed(tx, &target)?.ok_or(Refused::Missing)?)),
        Some(_) => {
            let text = say!("The shared list knew this name without being asked, so it needs no other name.");
            return Err(Refused::Conflicting(text));
        }
    };
    let sql = "SELECT DISTINCT x.element FROM system AS s
         JOIN system_element AS x ON x.organisation = s.organisation AND x.system = s.id
         WHERE s.organisation = $1 AND s.product_organisation = $1 AND s.product = $2 AND x.frame = $3 ORDER BY x.element";
    let elements = match kind {
        Kind::Product => tx.query(sql, &values![organisation.as_str(), stands, LGAM], |row| row.text(0))?,
        Kind::Name => Vec::new(),
    };
    let supplier = used.and_then(|used| used.supplier).filter(|_| kind == Kind::Product);
    Ok(Subject { stands: stands.to_owned(), name, kind, target, supplier, elements })
}

/// Listed products by id and name, for those that offers and publications name, also where they were merged since.
#[derive(Clone, Debug, Default)]
pub struct Listed {
    names: BTreeMap<String, String>,
    merges: Merges,
}

impl Listed {
    /// Reads them.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn read(tx: &mut Transaction<'_>) -> Result<Listed, Error> {
        let sql = "SELECT id, name FROM product WHERE organisation = ''";
        let names = tx.query(sql, &[], |row| Ok((row.text(0)?, row.text(1)?)))?.into_iter().collect();
        Ok(Listed { names, merges: Merges::read(tx)? })
    }

    /// The product that an id means now, by id and name.
    pub fn find(&self, product: &str) -> Option<(String, String)> {
        let now = self.merges.became("", product).unwrap_or(product);
        self.names.get(now).map(|name| (now.to_owned(), name.clone()))
    }

    /// The name of the product that an id means now; the id where the list has it no longer.
    pub fn name(&self, product: &str) -> String {
        self.find(product).map_or_else(|| product.to_owned(), |(_, name)| name)
    }
}

/// A listed product by id and name, also where it was merged since.
///
/// # Errors
/// When the engine fails.
pub fn listed(tx: &mut Transaction<'_>, product: &str) -> Result<Option<(String, String)>, Error> {
    Ok(Listed::read(tx)?.find(product))
}

/// What is wrong with a text that others will read: that it looks personal, or that it is too long.
pub fn unfit(what: &str, text: &str, most: usize) -> Option<String> {
    if text.chars().count() > most {
        return Some(say!("{what} must be {most} characters or fewer", what = what, most = most));
    }
    if text.chars().any(|character| character.is_control() && !matches!(character, '\n' | '\r')) {
        return Some(say!("{what} holds signs that cannot be printed. Write it anew", what = what));
    }
    names_somebody(text).map(|why| {
        say!("{what} {why}. What is offered holds nobody's name: leave it out", what = what, why = why.words())
    })
}

/// Whether a name itself may be offered, and what stands against it.
pub fn unfit_name(name: &str) -> Option<String> {
    unfit(&say!("The name"), name, LONGEST_NAME)
}

impl Draft {
    /// Reads what was typed. `known` are the ids of elements that there are.
    ///
    /// # Errors
    /// A mistake for each field that has one.
    pub fn read(form: &Form, kind: Kind, known: &[String]) -> Result<Draft, Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut text = |field: &'static str, what: String, most: usize| {
            let text = form.one(field).map(str::to_owned)?;
            errors.extend(unfit(&what, &text, most).map(|message| FieldError::new(field, message)));
            Some(text)
        };
        let reason = text("reason", say!("The reason"), LONGEST_WHY);
        let (supplier, website) = match kind {
            Kind::Product => (
                text("supplier", say!("The supplier"), LONGEST_NAME),
                text("website", say!("The website"), LONGEST_WEBSITE),
            ),
            Kind::Name => (None, None),
        };
        if reason.is_none() {
            errors.push(FieldError::new("reason", say!("Say why the shared list should have it")));
        }
        let is_said = errors.iter().any(|error| error.field == "website");
        if !is_said && website.as_deref().is_some_and(|website| !is_website(website)) {
            let text = say!("The website must be an address such as https://www.example.org");
            errors.push(FieldError::new("website", text));
        }
        let elements = match kind {
            Kind::Product => ticked(form, known).map_err(|error| errors.push(error)).unwrap_or_default(),
            Kind::Name => Vec::new(),
        };
        match errors.is_empty() {
            true => Ok(Draft { supplier, website, elements, reason: reason.unwrap_or_default() }),
            false => Err(errors),
        }
    }
}

/// The elements that a form ticks. `known` are the ids of those that there are.
///
/// # Errors
/// A mistake when one of them is none.
pub fn ticked(form: &Form, known: &[String]) -> Result<Vec<String>, FieldError> {
    let elements: Vec<String> =
        form.all("elements").into_iter().filter(|id| !id.is_empty()).map(str::to_owned).collect();
    match elements.iter().all(|id| known.contains(id)) {
        true => Ok(elements),
        false => Err(FieldError::new("elements", say!("Tick elements of the list only"))),
    }
}

/// Plain addresses of the web, without anybody's name or password in them.
fn is_website(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        host.contains('.') && !rest.contains('@') && !rest.contains(char::is_whitespace)
    })
}

/// Offers it: from now on the stewards of the list's keeper read it.
///
/// # Errors
/// As [`subject`]; [`Refused::Invalid`] when the name looks personal.
pub fn offer(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    stands: &str,
    draft: &Draft,
    moment: &Moment,
) -> Result<Offer, Refused> {
    let subject = subject(tx, organisation, stands)?;
    if let Some(text) = unfit_name(&subject.name) {
        return Err(Refused::Invalid(text));
    }
    let offer = Offer {
        organisation: organisation.to_string(),
        id: moment.id()?,
        kind: subject.kind,
        stands: subject.stands,
        folded: fold(&subject.name),
        name: subject.name,
        target: subject.target.map(|(id, _)| id),
        supplier: draft.supplier.clone(),
        website: draft.website.clone(),
        elements: draft.elements.clone(),
        reason: draft.reason.clone(),
        offered_at: moment.now.to_string(),
        state: State::Waiting,
        decided_at: None,
        why: None,
        product: None,
        publication: None,
        change: None,
    };
    add(tx, &offer, moment)?;
    tell(tx, &offer, "offered", moment)?;
    Ok(offer)
}

/// Takes back an offer that waits.
///
/// # Errors
/// [`Refused::Missing`] when the organisation has no such offer, [`Refused::Conflicting`] when it is decided.
pub fn take_back(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    id: &str,
    moment: &Moment,
) -> Result<(), Refused> {
    let offer = find(tx, organisation, id)?.ok_or(Refused::Missing)?;
    if offer.state != State::Waiting {
        return Err(Refused::Conflicting(say!("This offer does not wait any more. Look at what became of it.")));
    }
    let offer = Offer { state: State::Withdrawn, decided_at: Some(moment.now.to_string()), ..offer };
    settle(tx, &offer, moment)?;
    tell(tx, &offer, "withdrawn", moment)
}

/// Tells the organisation's own part of the ledger what happened to an offer. Its address names no thing, so that nobody else
/// hears of it.
///
/// # Errors
/// When the engine fails, or there is no randomness.
pub fn tell(tx: &mut Transaction<'_>, offer: &Offer, verb: &'static str, moment: &Moment) -> Result<(), Refused> {
    let event = NewEvent {
        organisation: Some(offer.organisation.parse().map_err(|_| Refused::Missing)?),
        actor: moment.actor,
        verb,
        thing: address(&offer.organisation, &offer.id),
        details: json!({ "kind": offer.kind.word() }),
        erasable: false,
    };
    ledger::append(tx, &event, moment.now, &moment.chance)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used, reason = "a test may stop")]

    use super::*;

    #[test]
    fn texts_that_name_somebody_are_not_offered() {
        for text in ["Jane Doe", "Ask Mrs Khan", "jane.doe@example.org", "Call 07700 900123", "Ledger of Sarah Jones"] {
            assert!(unfit("The name", text, 120).is_some(), "{text}");
        }
        for text in ["Grantly", "Round Mstr", "Uniform v10", "We will replace it", "Used by the revenues team", "Adele"]
        {
            assert_eq!(unfit("The name", text, 120), None, "{text}");
        }
        assert!(unfit("The name", &"a".repeat(121), 120).is_some() && unfit("The name", "a\u{7}b", 120).is_some());
    }

    #[test]
    fn a_website_is_a_plain_address() {
        assert!(is_website("https://www.example.org/a?b=c") && is_website("http://example.org"));
        for text in
            ["example.org", "javascript:alert(1)", "https://me:secret@example.org", "https://a b.org", "https://a"]
        {
            assert!(!is_website(text), "{text}");
        }
    }

    #[test]
    fn every_mistake_of_a_form_is_said() {
        let known = vec!["waste".to_owned()];
        let form = Form::of([("supplier", "Jane Doe"), ("website", "x"), ("elements", "nothing")]);
        let errors = Draft::read(&form, Kind::Product, &known).expect_err("mistakes");
        let fields: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["supplier", "reason", "website", "elements"]);
        let form = Form::of([("reason", "Four councils use it"), ("elements", ""), ("elements", "waste")]);
        let draft = Draft::read(&form, Kind::Product, &known).expect("a draft");
        assert_eq!((draft.elements, draft.supplier), (known.clone(), None));
        let form = Form::of([("reason", "As we say it"), ("supplier", "Jane Doe")]);
        let draft = Draft::read(&form, Kind::Name, &known).expect("what a name has no use for is not read");
        assert_eq!(draft.supplier, None);
    }
}
