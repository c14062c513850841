//! Inviting from the command line: for the first operator, when no mail is set up, and to let somebody in again.
//!
//! Whoever can write to the database may do all of it, so no reader is asked. The link is given back and not sent.

use ::store::{Transaction, values};
use vocabulary::{Chance, Role, Timestamp};

use super::{GOOD_FOR, NewInvitation, store};
use crate::{
    Error, Organisation, Token,
    membership::By,
    organisation::{OrganisationKind, all, here, put},
    permission::gives_by_command,
    person::{self, read_name},
};

/// A link that was made.
#[derive(Clone, Debug)]
pub struct Invited {
    /// What its address ends with, after `/invitations/`.
    pub token: Token,
    /// Until when it is good.
    pub until: Timestamp,
    /// Whether the person acts for the organisation in this role already: then the link only signs them in.
    pub acts_already: bool,
}

/// Makes a link for somebody; one that was made before for the same address and organisation is good no longer.
///
/// # Errors
/// [`Error::NoSuchOrganisation`], [`Error::Conflicting`] when they act for it in another role, and when the role cannot be
/// had there; those of the database and of chance.
pub fn invite_by_command(
    tx: &mut Transaction<'_>,
    new: &NewInvitation,
    now: Timestamp,
    chance: &Chance,
) -> Result<Invited, Error> {
    let by = By { actor: None, now, chance: chance.clone() };
    read_name(&new.name).map_err(|problem| Error::Invalid(problem.sentence()))?;
    let no_such = || Error::NoSuchOrganisation(new.organisation.to_string());
    let organisation = here(tx, &new.organisation)?.ok_or_else(no_such)?;
    gives_by_command(new.role, organisation.participating)?;
    let acts = match person::find_by_email(tx, &new.email)? {
        Some(person) => person::holding(tx, person.id, &organisation.id)?.map(|acting| acting.role),
        None => None,
    };
    if let Some(acts) = acts.filter(|acts| *acts != new.role) {
        return Err(Error::Conflicting(web::say!(
            "{email} acts for {organisation} already, as {role}. To change that: commonhold people role {email} {wanted} --organisation {id}",
            email = new.email.as_str(),
            organisation = organisation.name,
            role = acts.word(),
            wanted = new.role.word(),
            id = organisation.id.as_str()
        )));
    }
    let token = store::put(tx, new, &by)?;
    let until = Timestamp::from_microsecond(now.as_microsecond() + GOOD_FOR).unwrap_or(now);
    Ok(Invited { token, until, acts_already: acts.is_some() })
}

/// For whom the first people of a copy act, as somebody types it: an identifier, a code, or a name. Where nothing of the kind
/// is there, the name becomes a participating body, as long as nobody runs this copy yet.
///
/// # Errors
/// [`Error::Conflicting`] says what to type instead.
pub fn organisation_of_first(
    tx: &mut Transaction<'_>,
    typed: Option<&str>,
    role: Role,
    now: Timestamp,
) -> Result<(Organisation, bool), Error> {
    let known = all(tx, None)?;
    let participating: Vec<&Organisation> = known.iter().filter(|known| known.participating).collect();
    let Some(typed) = typed.map(str::trim).filter(|typed| !typed.is_empty()) else {
        return match participating.as_slice() {
            [only] => Ok(((*only).clone(), false)),
            [] => Err(Error::Conflicting(web::say!(
                "There is no organisation here yet. Say for which one they act: --organisation \"Ashmere Borough Council\"."
            ))),
            _ => Err(Error::Conflicting(web::say!(
                "There are several organisations. Say for which one they act, by its identifier: --organisation {id}.",
                id = participating.first().map(|first| first.id.as_str()).unwrap_or_default()
            ))),
        };
    };
    let folded = vocabulary::fold(typed);
    let found = crate::organisation::by_id_or_code(tx, typed)?.or_else(|| {
        let mut named = known.iter().filter(|known| vocabulary::fold(&known.name) == folded);
        named.next().filter(|_| named.next().is_none()).cloned()
    });
    if let Some(found) = found {
        return Ok((found, false));
    }
    let run =
        tx.query_one("SELECT COUNT(*) FROM membership WHERE role = 'operator'", &values![], |row| row.integer(0))?;
    if role != Role::Operator || run > 0 {
        return Err(Error::NoSuchOrganisation(typed.chars().take(80).collect()));
    }
    let id = identifier(&folded);
    let id = id.parse().map_err(|_| {
        Error::Conflicting(web::say!(
            "Write the organisation's name as people know it, in letters: it becomes its address."
        ))
    })?;
    let organisation = Organisation {
        id,
        name: typed.split_whitespace().collect::<Vec<_>>().join(" "),
        kind: OrganisationKind::Council,
        code: None,
        participating: true,
        keeps_shared_list: false,
        about: String::new(),
        also_known: vec![],
        former_names: vec![],
    };
    if organisation.name.chars().count() > 200 || organisation.name.chars().any(char::is_control) {
        return Err(Error::Conflicting(web::say!("A name of an organisation has at most 200 characters.")));
    }
    put(tx, std::slice::from_ref(&organisation), now)?;
    Ok((organisation, true))
}

/// An identifier from a name: "ashmere" of "Ashmere Borough Council", else the words with hyphens.
pub(crate) fn identifier(folded: &str) -> String {
    const COMMON: [&str; 10] =
        ["council", "borough", "district", "city", "county", "metropolitan", "unitary", "london", "royal", "of"];
    let words: Vec<&str> = folded.split_whitespace().filter(|word| word.is_ascii()).collect();
    let telling: Vec<&str> = words.iter().copied().filter(|word| !COMMON.contains(word)).collect();
    let words = if telling.is_empty() { words } else { telling };
    let joined = words.join("-");
    joined.chars().take(64).collect::<String>().trim_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::identifier;

    #[test]
    fn names_become_short_identifiers() {
        for (name, id) in [
            ("ashmere borough council", "ashmere"),
            ("city of colne council", "colne"),
            ("north dunmoor shared service", "north-dunmoor-shared-service"),
            ("borough council", "borough-council"),
            ("", ""),
        ] {
            assert_eq!(identifier(name), id);
        }
    }
}
