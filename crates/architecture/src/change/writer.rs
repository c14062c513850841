//! Statements in the making: what was said by hand becomes statements, private texts, new candidates and one change.

use std::collections::BTreeMap;

use store::Transaction;
use vocabulary::{OrganisationId, fold};

use super::typed::How;
use super::{Stating, make};
use crate::Refused;
use crate::import::apply::Moment;
use crate::import::meaning::{Meant, Said};
use crate::product::store::{NewCandidate, add_candidates};
use crate::statement::store::ChangeKind;
use crate::statement::{Attribute, Confidence, Stated, Statement, SubjectKind};

/// Statements that somebody makes at once.
pub(crate) struct Writer<'a> {
    organisation: &'a OrganisationId,
    how: &'a How,
    moment: &'a Moment,
    statements: Vec<Statement>,
    privates: Vec<(String, String)>,
    /// Candidates by folded name, so that one name becomes one product.
    candidates: BTreeMap<String, NewCandidate>,
}

impl<'a> Writer<'a> {
    /// Nothing yet.
    pub(crate) fn new(organisation: &'a OrganisationId, how: &'a How, moment: &'a Moment) -> Writer<'a> {
        Writer { organisation, how, moment, statements: Vec::new(), privates: Vec::new(), candidates: BTreeMap::new() }
    }

    /// States what was typed. A text that says itself that it is an estimate stays one.
    ///
    /// # Errors
    /// When there is no randomness.
    pub(crate) fn say(&mut self, subject: &str, attribute: Attribute, said: &Said) -> Result<(), Refused> {
        let value = match &said.meant {
            None => None,
            Some(Meant::Stated(stated)) => Some(stated.clone()),
            Some(Meant::Private(text)) => {
                let id = self.moment.id()?;
                self.privates.push((id.clone(), text.clone()));
                Some(Stated::Private(id))
            }
            // Relations of systems are not typed.
            Some(Meant::Systems(_)) => return Ok(()),
            Some(Meant::Candidate(name)) => Some(Stated::Product(self.organisation.to_string(), self.candidate(name)?)),
        };
        let estimated = said.confidence == Confidence::Estimated;
        let confidence = if estimated { Confidence::Estimated } else { self.how.confidence };
        self.push(attribute.of(), subject, attribute, value, confidence);
        Ok(())
    }

    /// States a value.
    pub(crate) fn state(&mut self, kind: SubjectKind, subject: &str, attribute: Attribute, value: Option<Stated>) {
        self.push(kind, subject, attribute, value, self.how.confidence);
    }

    /// The attributes of which something is said.
    pub(crate) fn attributes(&self) -> Vec<&'static str> {
        let mut words: Vec<&'static str> = self.statements.iter().map(|statement| statement.attribute.word()).collect();
        words.sort_unstable();
        words.dedup();
        words
    }

    /// Writes them as one change and returns its number; none where nothing was said.
    ///
    /// # Errors
    /// When the engine fails.
    pub(crate) fn write(
        self,
        tx: &mut Transaction<'_>,
        verb: &'static str,
        thing: String,
    ) -> Result<Option<i64>, Refused> {
        let candidates: Vec<NewCandidate> = self.candidates.values().cloned().collect();
        add_candidates(tx, self.organisation, &candidates)?;
        let details = serde_json::json!({ "attributes": self.attributes(), "statements": self.statements.len() });
        let Writer { organisation, moment, statements, privates, .. } = self;
        let stating = Stating { kind: ChangeKind::Edit, undoes: None, statements, privates, verb, thing, details };
        make(tx, organisation, &stating, moment)
    }

    fn push(
        &mut self,
        kind: SubjectKind,
        subject: &str,
        attribute: Attribute,
        value: Option<Stated>,
        confidence: Confidence,
    ) {
        self.statements.push(Statement {
            kind,
            subject: subject.to_owned(),
            attribute,
            value,
            original: None,
            source: self.how.source.clone(),
            confidence,
            as_of: self.how.as_of,
        });
    }

    fn candidate(&mut self, name: &str) -> Result<String, Refused> {
        let folded = fold(name);
        if let Some(known) = self.candidates.get(&folded) {
            return Ok(known.id.clone());
        }
        let id = self.moment.id()?;
        let candidate = NewCandidate { id: id.clone(), name: name.to_owned(), source: self.how.source.clone() };
        self.candidates.insert(folded, candidate);
        Ok(id)
    }
}
