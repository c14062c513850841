//! Somebody unknown who proved to have an address in a confirmed domain: an account without a role, and a request to join.

use store::Transaction;
use vocabulary::{OrganisationId, PersonId};

use super::Domain;
use crate::{EmailAddress, Error, joining, membership::By, person};

/// The person of an address, made now if nobody has it, and the request that was made for them.
pub(crate) fn come(
    tx: &mut Transaction<'_>,
    address: &EmailAddress,
    organisation: &OrganisationId,
    by: &By,
) -> Result<(PersonId, Option<String>), Error> {
    if let Some(known) = person::find_by_email(tx, address)? {
        return Ok((known.id, None));
    }
    let id = person::known_or_new(tx, address, &name_of(address), by)?;
    let request = ask(tx, id, address, organisation, by)?;
    Ok((id, request))
}

/// A request to join for somebody who came by their address. None where no more can be made: they can ask by themselves.
pub(crate) fn ask(
    tx: &mut Transaction<'_>,
    person: PersonId,
    address: &EmailAddress,
    organisation: &OrganisationId,
    by: &By,
) -> Result<Option<String>, Error> {
    let reason = web::say!("Signed in with an address of {domain}.", domain = Domain::of(address).as_str());
    let by = By { actor: Some(person), ..by.clone() };
    match joining::store::ask(tx, organisation, person, &reason, &by) {
        Ok(request) => Ok(Some(request)),
        Err(Error::Conflicting(_) | Error::Missing) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A name for somebody of whom only the address is known: `priya.shah` is Priya Shah, until they say otherwise.
fn name_of(address: &EmailAddress) -> String {
    let local = address.as_str().split('@').next().unwrap_or_default();
    let words = local.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| !word.is_empty());
    let words: Vec<String> = words
        .map(|word| {
            let (first, rest) = word.split_at(1);
            first.to_ascii_uppercase() + rest
        })
        .collect();
    match words.join(" ") {
        name if name.is_empty() => web::say!("Somebody without a name"),
        name => name,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop")]

    use super::*;

    #[test]
    fn a_name_is_made_of_an_address_and_is_one() {
        for (address, name) in [
            ("priya.shah@ashmere.example", "Priya Shah"),
            ("j_o'neil-2@ashmere.example", "J O Neil"),
            ("www.evil.example@ashmere.example", "Www Evil Example"),
            ("123@ashmere.example", "Somebody without a name"),
        ] {
            let made = name_of(&EmailAddress::parse(address).unwrap());
            assert_eq!(made, name);
            assert_eq!(person::read_name(&made), Ok(made.clone()), "what somebody could have typed");
        }
    }
}
