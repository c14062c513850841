//! The page of domains with invented content.

use vocabulary::{Acting, Reader, Role, Timestamp};
use web::{FieldError, Form, SamplePage};

use super::{
    Domain, NoDomain, OfOrganisation,
    list::{Domains, page},
};
use crate::people::samples::{ashmere, steward};

/// The page in each of its states.
pub(crate) fn samples() -> Vec<SamplePage> {
    let Some(organisation) = ashmere() else { return vec![] };
    let reader = steward(&organisation);
    let acting = Acting { organisation: organisation.id.clone(), participating: true, role: Role::Operator };
    let operator = Reader { acting: Some(acting), ..reader.clone() };
    let at = Timestamp::UNIX_EPOCH;
    let of = |text: &str, confirmed_at| {
        Some(OfOrganisation { domain: Domain::read(text).ok()?, proposed_at: at, confirmed_at })
    };
    let two = [of("ashmere.example", Some(at)), of("köln.example", None)].into_iter().flatten().collect();
    let some = Domains { organisation: organisation.clone(), domains: two };
    let none = Domains { organisation, domains: vec![] };
    let typed = Form::of([("domain", "gmail.com")]);
    let refused = vec![FieldError::new("domain", NoDomain::Anybodys.sentence())];
    let sample = |name, page| SamplePage { name, page };
    vec![
        sample("email domains", page(&some, &reader)),
        sample("email domains, for an operator", page(&some, &operator)),
        sample("email domains, none", page(&none, &reader)),
        sample("email domains, refused", page(&none, &reader).typed(&typed).errors(refused)),
    ]
}
