//! Who a proved account is here: somebody known by it, by a trusted address, by a rule, by a confirmed domain of an
//! organisation, or nobody.
//!
//! An account elsewhere is issuer and subject, never an address: addresses change hands, and some providers let people
//! write whatever they like (for Entra ID known as nOAuth). An address leads to a person here only once, to join the two,
//! and only where the file says that this provider is trusted for addresses of that domain.

use serde_json::Value;
use store::{Transaction, values};
use vocabulary::{Chance, PersonId, Timestamp, new_id};

use super::{claims, provider::Proved, roles, settings::ProviderSettings};
use crate::{EmailAddress, Error, domain, error::damaged, membership::By, person};

/// Longest name that is taken over, in characters.
const LONGEST_NAME: usize = 200;

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrived {
    /// A person here.
    Somebody(PersonId),
    /// The account is now one of theirs.
    Added,
    /// It was to be added and is another person's.
    TakenByAnother,
    /// Nobody here.
    NoAccess,
}

/// Finds or makes the person, joins the account to them and settles what rules give. `adding` is who adds it to their own.
pub(crate) fn arrive(
    tx: &mut Transaction<'_>,
    settings: &ProviderSettings,
    proved: &Proved,
    adding: Option<PersonId>,
    now: Timestamp,
    chance: &Chance,
) -> Result<Arrived, Error> {
    let address = trusted_address(settings, proved);
    let wanted = roles::wanted(&settings.rules, &proved.claims, address.as_ref());
    let wanted = roles::possible(tx, wanted)?;
    let known = known(tx, settings, proved)?;
    if known.map_or(Ok(false), |known| person::is_disabled(tx, known))? {
        return Ok(Arrived::NoAccess);
    }
    let person = match (known, adding) {
        (Some(known), Some(adding)) if known != adding => return Ok(Arrived::TakenByAnother),
        (Some(known), _) => known,
        (None, adding) => {
            let by_address = match (adding, &address) {
                (None, Some(address)) => person::find_by_email(tx, address)?.map(|person| person.id),
                (adding, _) => adding,
            };
            if by_address.map_or(Ok(false), |person| person::is_disabled(tx, person))? {
                return Ok(Arrived::NoAccess);
            }
            let of_domain = match (by_address, wanted.as_slice(), address.as_ref()) {
                (None, [], Some(address)) => domain::store::confirmed_for(tx, address)?.map(|of| (of, address)),
                _ => None,
            };
            let person = match by_address {
                Some(person) => person,
                None if wanted.is_empty() && of_domain.is_none() => return Ok(Arrived::NoAccess),
                None => made(tx, proved, address.as_ref(), now, chance)?,
            };
            join(tx, settings, proved, person, now, chance)?;
            // No rule gives them a role: people decide.
            if let Some((organisation, address)) = of_domain {
                let by = By { actor: Some(person), now, chance: chance.clone() };
                domain::newcomer::ask(tx, person, address, &organisation, &by)?;
            }
            person
        }
    };
    tx.execute(
        "UPDATE identity SET seen_at = $3 WHERE issuer = $1 AND subject = $2",
        &values![&settings.issuer, &proved.subject, now.as_microsecond()],
    )?;
    roles::settle(tx, &settings.issuer, person, &wanted, now, chance)?;
    Ok(if adding.is_some() { Arrived::Added } else { Arrived::Somebody(person) })
}

fn known(
    tx: &mut Transaction<'_>,
    settings: &ProviderSettings,
    proved: &Proved,
) -> Result<Option<PersonId>, store::Error> {
    let found = tx.query_optional(
        "SELECT person FROM identity WHERE issuer = $1 AND subject = $2",
        &values![&settings.issuer, &proved.subject],
        |row| row.text(0),
    )?;
    found.map(|person| person.parse().map_err(|_| damaged("an account at a provider"))).transpose()
}

fn join(
    tx: &mut Transaction<'_>,
    settings: &ProviderSettings,
    proved: &Proved,
    person: PersonId,
    now: Timestamp,
    chance: &Chance,
) -> Result<(), Error> {
    let id = new_id(now, chance)?.to_string();
    tx.execute(
        "INSERT INTO identity (issuer, subject, id, person, made_at, seen_at) VALUES ($1, $2, $3, $4, $5, $5)",
        &values![&settings.issuer, &proved.subject, id, person.to_string(), now.as_microsecond()],
    )?;
    Ok(())
}

/// The address, if this provider is believed about it: of a domain that the file lists, and verified by its own word
/// unless the file waives that.
fn trusted_address(settings: &ProviderSettings, proved: &Proved) -> Option<EmailAddress> {
    let address = EmailAddress::parse(proved.claims.get("email")?.as_str()?).ok()?;
    let domain = address.as_str().rsplit('@').next().unwrap_or_default();
    let verified = settings.unverified || proved.claims.get("email_verified") == Some(&Value::Bool(true));
    (verified && settings.domains.contains(domain)).then_some(address)
}

/// Somebody new. An address that is not trusted is not kept.
fn made(
    tx: &mut Transaction<'_>,
    proved: &Proved,
    address: Option<&EmailAddress>,
    now: Timestamp,
    chance: &Chance,
) -> Result<PersonId, Error> {
    let id = PersonId(new_id(now, chance)?);
    let stated = claims::values(&proved.claims, "name").first().copied().unwrap_or_default();
    let name: String = stated.trim().chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect();
    let name = match (name.is_empty(), address) {
        (false, _) => name,
        (true, Some(address)) => address.as_str().split('@').next().unwrap_or_default().to_owned(),
        (true, None) => web::say!("Somebody without a name"),
    };
    tx.execute(
        "INSERT INTO person (id, email, name, made_at) VALUES ($1, $2, $3, $4)",
        &values![id.to_string(), address.map(EmailAddress::as_str), name, now.as_microsecond()],
    )?;
    Ok(id)
}
