//! What somebody at the machine does with passkeys: removes those of a person who has lost them.

use store::{Transaction, values};
use vocabulary::{Chance, Timestamp};

use super::{store as passkeys, tell};
use crate::{EmailAddress, Error, membership::By, person};

/// Removes every passkey of somebody and ends all of their sessions: whoever has the device may be signed in with it. Gives
/// the names of those that were removed.
///
/// # Errors
/// [`Error::Conflicting`] when nobody has the address; those of the database and of chance.
pub fn remove_passkeys(
    tx: &mut Transaction<'_>,
    email: &EmailAddress,
    now: Timestamp,
    chance: &Chance,
) -> Result<Vec<String>, Error> {
    let found = person::find_by_email(tx, email)?;
    let nobody = || Error::Conflicting(web::say!("Nobody here has the address {email}.", email = email.as_str()));
    let person = found.ok_or_else(nobody)?.id;
    let by = By { actor: None, now, chance: chance.clone() };
    let mut removed = Vec::new();
    for passkey in passkeys::of(tx, person)? {
        removed.extend(passkeys::remove(tx, person, &passkey.id, None, &by)?);
    }
    if !removed.is_empty() {
        tx.execute("DELETE FROM session WHERE person = $1", &values![person.to_string()])?;
        let what = web::say!(
            "Whoever runs the service removed your passkeys from your account in Commonhold: {names}. None of them signs in as you any more, and you are signed out everywhere.",
            names = removed.join(", ")
        );
        let subject = web::say!("Your passkeys were removed from your account");
        tell(tx, person, Some(email.clone()), (subject, what), None, &by)?;
    }
    Ok(removed)
}
