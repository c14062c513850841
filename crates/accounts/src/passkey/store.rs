//! The SQL of passkeys, and proving one.

use ledger::{Erasure, record_erasure};
use store::{Row, Transaction, values};
use vocabulary::{PersonId, Timestamp, new_id};
use web::Form;

use super::{
    Passkey, Place, bytes_of,
    ceremony::{self, Ceremony, Kept, LONGEST_CREDENTIAL, Made, Unproved, Words},
    challenge::{self, To},
    note,
};
use crate::{Error, error::damaged, membership::By};

/// The kind of erasure that a removed passkey is; its id is the passkey's.
const ERASURE: &str = "passkey";

/// Those of a person, in the order in which they were added.
pub(crate) fn of(tx: &mut Transaction<'_>, person: PersonId) -> Result<Vec<Passkey>, store::Error> {
    tx.query(
        "SELECT id, name, made_at, used_at FROM passkey WHERE person = $1 ORDER BY made_at, id",
        &values![person.to_string()],
        passkey,
    )
}

fn passkey(row: &Row<'_>) -> Result<Passkey, store::Error> {
    let moment = |at: i64| Timestamp::from_microsecond(at).map_err(|_| damaged("a passkey"));
    Ok(Passkey {
        id: row.text(0)?,
        name: row.text(1)?,
        made_at: moment(row.integer(2)?)?,
        used_at: row.optional_integer(3)?.map(moment).transpose()?,
    })
}

/// What authenticators call those of a person.
pub(super) fn credentials(tx: &mut Transaction<'_>, person: PersonId) -> Result<Vec<Vec<u8>>, store::Error> {
    let sql = "SELECT credential FROM passkey WHERE person = $1 ORDER BY made_at, id";
    tx.query(sql, &values![person.to_string()], |row| row.bytes(0))
}

/// Keeps a new one and gives its id. None when the key is kept already, whoever has it.
pub(super) fn put(
    tx: &mut Transaction<'_>,
    person: PersonId,
    name: &str,
    made: &Made,
    by: &By,
) -> Result<Option<String>, Error> {
    let id = new_id(by.now, &by.chance)?.to_string();
    let kept = tx.execute(
        "INSERT INTO passkey (id, person, credential, public_key, counter, portable, name, made_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (credential) DO NOTHING",
        &values![
            &id,
            person.to_string(),
            made.credential.as_slice(),
            made.public_key.as_slice(),
            i64::from(made.counter),
            i64::from(made.portable),
            name,
            by.now.as_microsecond()
        ],
    )?;
    if kept == 0 {
        return Ok(None);
    }
    note(tx, "passkey-added", person, &id, by)?;
    Ok(Some(id))
}

/// Removes one of a person's, ends their other sessions in which it was used, and writes it down, so that no backup brings it
/// back. Gives its name; none when it is not theirs.
pub(crate) fn remove(
    tx: &mut Transaction<'_>,
    person: PersonId,
    id: &str,
    here: Option<&crate::Token>,
    by: &By,
) -> Result<Option<String>, Error> {
    let sql = "DELETE FROM passkey WHERE id = $1 AND person = $2 RETURNING name";
    let Some(name) = tx.query_optional(sql, &values![id, person.to_string()], |row| row.text(0))? else {
        return Ok(None);
    };
    end_sessions(tx, id, here)?;
    record_erasure(tx, &Erasure { organisation: None, kind: ERASURE.to_owned(), id: id.to_owned(), at: by.now })?;
    note(tx, "passkey-removed", person, id, by)?;
    Ok(Some(name))
}

/// What was proved by a passkey that is gone is proved no longer: the session from which it was removed goes on without.
fn end_sessions(tx: &mut Transaction<'_>, id: &str, here: Option<&crate::Token>) -> Result<(), store::Error> {
    let here = here.map_or_else(Vec::new, crate::Token::hash);
    tx.execute("DELETE FROM session WHERE passkey = $1 AND token <> $2", &values![id, here])?;
    tx.execute("UPDATE session SET passkey = NULL, proved_at = NULL WHERE passkey = $1", &values![id])?;
    Ok(())
}

/// Removes a passkey again that a restored backup brought back. True if it was there.
///
/// # Errors
/// Those of the database.
pub fn reapply(tx: &mut Transaction<'_>, erasure: &Erasure) -> Result<bool, store::Error> {
    if erasure.kind != ERASURE {
        return Ok(false);
    }
    Ok(tx.execute("DELETE FROM passkey WHERE id = $1", &values![&erasure.id])? > 0)
}

/// What a browser sends of a passkey that was used.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    credential: Vec<u8>,
    words: Words,
    data: Vec<u8>,
    signature: Vec<u8>,
    /// Whose it is, as the authenticator remembers it.
    person: Option<Vec<u8>>,
}

/// The fields of it.
pub(super) const FIELDS: [&str; 5] = ["credential", "client_data", "authenticator_data", "signature", "user_handle"];

impl Sent {
    pub(super) fn read(form: &Form, place: &Place) -> Result<Sent, Unproved> {
        let credential = bytes_of(form, "credential")?;
        if credential.len() > LONGEST_CREDENTIAL {
            return Err(Unproved::Parts);
        }
        Ok(Sent {
            credential,
            words: Words::read(&bytes_of(form, "client_data")?, Ceremony::Get, place)?,
            data: bytes_of(form, "authenticator_data")?,
            signature: bytes_of(form, "signature")?,
            person: form.one("user_handle").map(|_| bytes_of(form, "user_handle")).transpose()?,
        })
    }
}

/// Whose passkey it was, and where they go now.
#[derive(Clone, Debug)]
pub(super) struct Proved {
    pub(super) person: PersonId,
    pub(super) passkey: String,
    pub(super) next: String,
}

/// Uses up the challenge and checks all of what was sent. What is refused is refused for good: the transaction is to be
/// committed all the same.
pub(super) fn prove(
    tx: &mut Transaction<'_>,
    sent: &Sent,
    to: &To,
    place: &Place,
    by: &By,
) -> Result<Result<Proved, Unproved>, Error> {
    let Some(next) = challenge::take(tx, &sent.words.challenge, to, by.now)? else {
        return Ok(Err(Unproved::Challenge));
    };
    let found = tx.query_optional(
        "SELECT k.id, k.person, k.public_key, k.counter, k.portable FROM passkey k JOIN person p ON p.id = k.person \
         WHERE k.credential = $1 AND p.erased_at IS NULL",
        &values![sent.credential.as_slice()],
        |row| {
            let person: PersonId = row.text(1)?.parse().map_err(|_| damaged("a passkey"))?;
            let counter = u32::try_from(row.integer(3)?).map_err(|_| damaged("a passkey"))?;
            let kept = Kept { public_key: row.bytes(2)?, counter, portable: row.flag(4)? };
            Ok((row.text(0)?, person, kept))
        },
    )?;
    let Some((id, person, kept)) = found else { return Ok(Err(Unproved::Unknown)) };
    // Whoever signs in has told nobody who they are, so the authenticator has to.
    let named = match &sent.person {
        Some(named) => named.as_slice() == person.0.as_bytes(),
        None => to.person.is_some(),
    };
    if !named || to.person.is_some_and(|wanted| wanted != person) {
        return Ok(Err(Unproved::OtherPerson));
    }
    let counter = match ceremony::used(&kept, &sent.words, &sent.data, &sent.signature, place) {
        Ok(counter) => counter,
        Err(Unproved::Counter) => {
            note(tx, "passkey-counted-backwards", person, &id, by)?;
            return Ok(Err(Unproved::Counter));
        }
        Err(unproved) => return Ok(Err(unproved)),
    };
    // Two uses at the same moment cannot both have counted on from the same number.
    let counted = tx.execute(
        "UPDATE passkey SET counter = $2, used_at = $3 WHERE id = $1 AND counter = $4",
        &values![&id, i64::from(counter), by.now.as_microsecond(), i64::from(kept.counter)],
    )?;
    match counted {
        0 => Ok(Err(Unproved::Counter)),
        _ => Ok(Ok(Proved { person, passkey: id, next })),
    }
}
