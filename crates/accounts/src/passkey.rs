//! Passkeys: a telephone, a computer or a key on a ring proves that somebody is there and who it is (WebAuthn level 3).
//!
//! | File | What it is for |
//! |---|---|
//! | `place` | where passkeys belong: origin and host of this copy |
//! | `ceremony` | what browser and authenticator say, and whether it is true |
//! | `cbor`, `key` | how authenticators write, and the signatures that their keys prove |
//! | `challenge` | what is to be signed: within five minutes, once, by one browser |
//! | `store` | the passkeys that people have |
//! | `add`, `remove` | adding and removing one's own |
//! | `enter` | signing in with one |
//! | `confirm` | proving in a session that one is there |
//! | `command` | removing those of somebody who has lost them, from a command line |
//! | `samples` | the pages in each of their states |
//!
//! No library of WebAuthn is used. The one that was looked at (`webauthn-rs`) brings OpenSSL, for attestations that are not
//! asked for here. Signatures are `ring`'s, as are those of tokens and TLS; the rest is reading a few bytes, and stands here
//! beside the tests that try to get around it.
//!
//! Passkeys sign people in where links in messages do. Where providers are the only way in, they confirm and begin no
//! session: whoever has left an organisation has lost its account, and a passkey would stay with them.

pub(crate) mod add;
mod cbor;
mod ceremony;
mod challenge;
pub(crate) mod command;
pub(crate) mod confirm;
pub(crate) mod enter;
mod key;
mod place;
pub(crate) mod remove;
pub(crate) mod samples;
pub(crate) mod store;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ledger::NewEvent;
use serde_json::{Value, json};
use vocabulary::{PersonId, Timestamp};
use web::{Form, Page, Problem};

use self::ceremony::Unproved;
pub(crate) use self::{
    challenge::{GOOD_FOR, forget_ended},
    place::Place,
};
use crate::{Accounts, Block, EmailAddress, Error, Letter, membership::By, outbox};
use jiff::SignedDuration;
pub use place::passkeys_work_at;

const MICROSECONDS: i64 = 1_000_000;
/// How long ago somebody may have signed in, or proved by a passkey that they are there, to change their passkeys.
pub(crate) const FRESH: i64 = 30 * 60 * MICROSECONDS;
/// Most passkeys of one person.
const MOST: usize = 20;
/// The longest name, in characters.
const LONGEST_NAME: usize = 60;
/// How long a letter about a passkey is tried.
const NOTICE_FOR: SignedDuration = SignedDuration::from_hours(72);

/// A passkey that somebody has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Passkey {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) made_at: Timestamp,
    pub(crate) used_at: Option<Timestamp>,
}

impl Passkey {
    pub(crate) fn shown(&self) -> Value {
        json!({"id": self.id, "name": self.name, "added_at": self.made_at, "used_at": self.used_at})
    }
}

impl Accounts {
    /// Where passkeys belong; none where browsers refuse them.
    pub(crate) fn place(&self) -> Option<Place> {
        Place::of(&self.public_address)
    }

    /// Whether somebody can sign in with a passkey alone.
    pub(crate) fn passkeys_sign_in(&self) -> bool {
        self.sign_in.email_links() && self.place().is_some()
    }

    /// The same for an address that does not exist where passkeys cannot work.
    fn passkeys_work(&self) -> Result<Place, Problem> {
        self.place().ok_or_else(Problem::missing)
    }
}

pub(crate) fn encoded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// A field of a form that holds bytes, of at most so many.
fn bytes_of(form: &Form, name: &str) -> Result<Vec<u8>, Unproved> {
    form.one(name).and_then(decoded).ok_or(Unproved::Parts)
}

/// A page with a challenge, which the script hands to the browser.
fn with_challenge(page: Page, options: &Value) -> Page {
    page.reading().private().section("account").extra("options", options.to_string())
}

/// Writes down what happened to somebody's passkeys: references, no names.
fn note(
    tx: &mut ::store::Transaction<'_>,
    verb: &'static str,
    person: PersonId,
    passkey: &str,
    by: &By,
) -> Result<(), Error> {
    let event = NewEvent {
        organisation: None,
        actor: by.actor,
        verb,
        thing: "/account/sign-in".to_owned(),
        details: json!({"person": person, "passkey": passkey}),
        erasable: false,
    };
    ledger::append(tx, &event, by.now, &by.chance)?;
    Ok(())
}

/// Tells somebody by a letter that their passkeys changed.
fn tell(
    tx: &mut ::store::Transaction<'_>,
    person: PersonId,
    to: Option<EmailAddress>,
    (subject, what): (String, String),
    address: Option<&str>,
    by: &By,
) -> Result<(), Error> {
    let Some(to) = to else { return Ok(()) };
    let mut blocks = vec![
        Block::paragraph(what),
        Block::paragraph(web::say!(
            "If it was not you, tell a steward of your organisation or whoever runs the service at once."
        )),
    ];
    blocks
        .extend(address.map(|address| Block::link(web::say!("How you sign in"), format!("{address}/account/sign-in"))));
    let letter = Letter { subject, blocks, useful_for: NOTICE_FOR, unsubscribe: None };
    outbox::put_for_address(tx, (&to, Some(person)), letter, by)?;
    Ok(())
}
