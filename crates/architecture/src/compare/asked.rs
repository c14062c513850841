//! What was asked of a comparison: which organisations, which rows, and where the page stands.

use std::str::FromStr;

use ::store::Transaction;
use accounts::OrganisationKind;
use vocabulary::{OrganisationId, Reader};
use web::{FieldError, Parameters, Problem, say};

use super::sides::Alike;
use crate::Refused;
use crate::frame::{About, LGAM, store, store::LayerRow};
use crate::map::in_use::{Body, Counted};

/// The most organisations that are compared.
pub const MOST: usize = 6;
/// The id of the first checkbox, to which the error summary leads.
pub(crate) const FIRST_CHOICE: &str = "organisation";
/// The word of `show=` that takes a saved filter off.
const ALL: &str = "all";

/// Which rows are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Show {
    /// Those that compare so.
    pub alike: Alike,
    /// Of the same product: those that so many share; none for any number.
    pub by: Option<usize>,
}

impl Show {
    /// The word in addresses: `different`, `same-product`, `same-product-4`.
    pub fn word(self) -> String {
        match self.by {
            Some(by) => format!("{}-{by}", self.alike.word()),
            None => self.alike.word().to_owned(),
        }
    }

    /// The one that a word names, where `compared` organisations are.
    pub fn from_word(word: &str, compared: usize) -> Option<Show> {
        let shared = Alike::SameProduct.word();
        if let Some(by) = word.strip_prefix(shared).and_then(|rest| rest.strip_prefix('-')) {
            let by = (2..=compared).find(|number| number.to_string() == by).filter(|_| compared > 2)?;
            return Some(Show { alike: Alike::SameProduct, by: Some(by) });
        }
        Alike::from_word(word).map(|alike| Show { alike, by: None })
    }

    /// Every word, for a problem that names them.
    fn words(compared: usize) -> Vec<String> {
        let plain = Alike::ALL.into_iter().map(|alike| Show { alike, by: None });
        let shared = (2..=compared).filter(|_| compared > 2);
        plain.chain(shared.map(|by| Show { alike: Alike::SameProduct, by: Some(by) })).map(Show::word).collect()
    }

    /// Reads `show`, for which a saved comparison may have an answer.
    ///
    /// # Errors
    /// A problem that names what it can be.
    pub fn read(parameters: &Parameters, compared: usize, saved: Option<&str>) -> Result<Option<Show>, Problem> {
        match parameters.one("show") {
            Some(ALL) if saved.is_some() => Ok(None),
            Some(word) => match Show::from_word(word, compared) {
                Some(show) => Ok(Some(show)),
                None => {
                    let words = Show::words(compared);
                    let words: Vec<&str> = words.iter().map(String::as_str).collect();
                    Err(parameters.unknown_value("show", word, &words))
                }
            },
            // Who sees fewer of the organisations may have no such rows: then all are shown.
            None => Ok(saved.and_then(|word| Show::from_word(word, compared))),
        }
    }
}

/// Where a comparison's page stands, for the links that choose rows.
#[derive(Clone, Debug)]
pub struct Place {
    /// The path.
    pub path: String,
    /// What the address says besides `show`: `organisation=ashmere&organisation=brackford`.
    pub query: String,
    /// Whether rows are chosen without being asked for, because the comparison was saved so.
    pub saved_show: bool,
}

impl Place {
    /// The address of a comparison that is not saved.
    pub fn of(organisations: &[String]) -> Place {
        Place { path: "/compare".to_owned(), query: query_of(organisations), saved_show: false }
    }

    /// The address with these rows, or with all.
    pub fn link(&self, show: Option<Show>) -> String {
        let word = show.map(Show::word).or_else(|| self.saved_show.then(|| ALL.to_owned()));
        let show = word.map(|word| format!("show={word}"));
        let query: Vec<&str> = [self.query.as_str(), show.as_deref().unwrap_or_default()]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect();
        if query.is_empty() { self.path.clone() } else { format!("{}?{}", self.path, query.join("&")) }
    }
}

/// Organisations as the query of an address names them.
pub fn query_of(organisations: &[String]) -> String {
    let named: Vec<String> = organisations.iter().map(|id| format!("organisation={id}")).collect();
    named.join("&")
}

/// The organisations that an address names, each once; or why they cannot be compared.
///
/// # Errors
/// What is wrong with the choice.
pub fn chosen(ids: &[&str]) -> Result<Vec<String>, FieldError> {
    let mut chosen: Vec<String> = Vec::new();
    for id in ids {
        if !chosen.iter().any(|known| known == id) {
            chosen.push((*id).to_owned());
        }
    }
    match chosen.len() {
        0 | 1 => Err(FieldError::new(FIRST_CHOICE, say!("Choose at least 2 organisations"))),
        2..=MOST => Ok(chosen),
        _ => Err(FieldError::new(FIRST_CHOICE, say!("Choose at most {most} organisations", most = MOST))),
    }
}

/// What a comparison is made from.
#[derive(Clone, Debug, Default)]
pub struct Read {
    /// The reference model.
    pub layers: Vec<LayerRow>,
    /// The systems of those that are compared.
    pub counted: Counted,
    /// What the model says of itself.
    pub about: Option<About>,
    /// Those that are compared, in the order asked for: those of which the reader sees systems.
    pub compared: Vec<Body>,
    /// Those of which there is nothing to show, whatever the reason.
    pub nothing: Vec<Body>,
    /// What no organisation is called, or only a supplier.
    pub unknown: Vec<String>,
}

/// Reads what is compared. Whether there are organisations of these names is public; what they run is read as the reader
/// may see it, so that one that shares nothing is as one that has nothing.
///
/// # Errors
/// When the engine fails.
pub fn read(tx: &mut Transaction<'_>, reader: &Reader, chosen: &[String]) -> Result<Read, Refused> {
    let mut read = Read::default();
    let ids: Vec<&str> = chosen.iter().map(String::as_str).collect();
    read.counted = Counted::of(tx, reader, &ids)?;
    for id in chosen {
        if let Some(body) = read.counted.bodies.iter().find(|body| body.id == *id) {
            read.compared.push(body.clone());
            continue;
        }
        let organisation = match OrganisationId::from_str(id) {
            Ok(id) => accounts::organisation::find(tx, &id)?,
            Err(_) => None,
        };
        match organisation.filter(|organisation| organisation.kind != OrganisationKind::Supplier) {
            Some(found) => {
                let council = found.kind == OrganisationKind::Council;
                read.nothing.push(Body::new(found.id.as_str(), &found.name, council));
            }
            None => read.unknown.push(id.clone()),
        }
    }
    if read.compared.len() >= 2 {
        read.layers = store::layers(tx, LGAM)?;
        read.about = store::about(tx, LGAM)?;
    }
    Ok(read)
}

/// "Ashmere", "Ashmere and Brackford", "Ashmere, Brackford and Colne".
pub fn joined(bodies: &[Body]) -> String {
    let names: Vec<&str> = bodies.iter().map(|body| body.short.as_str()).collect();
    match names.as_slice() {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [rest @ .., last] => say!("{names} and {last}", names = rest.join(", "), last = *last),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_to_six_different_ones_are_compared() {
        assert_eq!(chosen(&["a", "b", "a"]), Ok(vec!["a".to_owned(), "b".to_owned()]));
        assert!(chosen(&["a", "a"]).is_err() && chosen(&[]).is_err());
        assert!(chosen(&["a", "b", "c", "d", "e", "f"]).is_ok());
        assert!(chosen(&["a", "b", "c", "d", "e", "f", "g"]).is_err());
    }

    #[test]
    fn words_of_rows_come_back_and_only_those_that_can_be() {
        for word in Show::words(4) {
            assert_eq!(Show::from_word(&word, 4).map(Show::word), Some(word));
        }
        for word in ["same-product-5", "same-product-1", "same-product-02", "same-product-", "different-2", "all"] {
            assert_eq!(Show::from_word(word, 4), None, "{word}");
        }
        assert_eq!(Show::from_word("same-product-2", 2), None, "two have only one number");
    }

    #[test]
    fn links_keep_what_the_address_says() {
        let different = Some(Show { alike: Alike::Different, by: None });
        let place = Place::of(&["a".to_owned(), "b".to_owned()]);
        assert_eq!(place.link(None), "/compare?organisation=a&organisation=b");
        assert_eq!(place.link(different), "/compare?organisation=a&organisation=b&show=different");
        let saved = Place { path: "/comparisons/1".to_owned(), query: String::new(), saved_show: true };
        assert_eq!(
            (saved.link(None), saved.link(different)),
            ("/comparisons/1?show=all".to_owned(), "/comparisons/1?show=different".to_owned())
        );
    }
}
