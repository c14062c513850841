//! Events: what happened, who did it, to which thing and when. Appended, never changed.
//!
//! Each organisation's events have a sequence without gaps, and each event has canonical bytes with their hash, so that
//! a history can be sealed into a log later. No personal data is in an event: the actor is a reference that can be
//! erased. Details that may have to be erased stand beside the bytes, which hold only a salted commitment to them; so
//! erasing them leaves the hash, and the proof of everything else, as they were.

pub(crate) mod store;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use vocabulary::{OrganisationId, PersonId, Timestamp};

pub use self::store::{append, erase_details, events, events_of};
use crate::{Error, canonical, thing::shard};

/// What happened, about to be appended.
#[derive(Clone, Debug, PartialEq)]
pub struct NewEvent {
    /// In whose sequence it stands; none for what is nobody's own.
    pub organisation: Option<OrganisationId>,
    /// Who did it; none for the program itself.
    pub actor: Option<PersonId>,
    /// What was done, in the past tense: `imported`, `retired`.
    pub verb: &'static str,
    /// The address of the thing that it was done to. Who may see the thing may see that this happened.
    pub thing: String,
    /// More of it, as an object: no personal data, no floating-point numbers. Shown to the organisation and auditors.
    pub details: Value,
    /// Whether the details may have to be erased one day.
    pub erasable: bool,
}

/// What happened, as far as a reader may see it.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// In whose sequence it stands.
    pub organisation: Option<OrganisationId>,
    /// Its place there, from 1.
    pub sequence: u64,
    /// When.
    pub at: Timestamp,
    /// What was done.
    pub verb: String,
    /// The address of the thing.
    pub thing: String,
    /// Who did it; only for the organisation itself and auditors.
    pub actor: Option<PersonId>,
    /// More of it; only for the organisation itself and auditors, and none once erased.
    pub details: Option<Value>,
}

/// An event as it is stored.
pub(crate) struct Sealed {
    pub(crate) bytes: Vec<u8>,
    pub(crate) hash: [u8; 32],
    /// The details beside the bytes with the salt of their commitment, when they may be erased.
    pub(crate) erasable: Option<(Vec<u8>, [u8; 32])>,
}

/// The canonical bytes of an event, and their hash. `salt` is there when the details may be erased.
pub(crate) fn seal(event: &NewEvent, sequence: u64, now: Timestamp, salt: Option<[u8; 32]>) -> Result<Sealed, Error> {
    let mut object = json!({
        "actor": event.actor.map(|person| person.to_string()),
        "at": moment(now),
        "organisation": shard(event.organisation.as_ref()),
        "sequence": sequence,
        "thing": event.thing,
        "verb": event.verb,
    });
    let mut erasable = None;
    match salt {
        Some(salt) => {
            let details = canonical::bytes(&event.details)?;
            object["commitment"] = json!(hex(&commitment(&salt, &details)));
            erasable = Some((details, salt));
        }
        None => object["details"] = event.details.clone(),
    }
    let bytes = canonical::bytes(&object)?;
    let hash = Sha256::digest(&bytes).into();
    Ok(Sealed { bytes, hash, erasable })
}

/// SHA-256 of the salt followed by the details' canonical bytes. Without the salt nobody can try out guesses.
pub(crate) fn commitment(salt: &[u8], details: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(salt);
    hash.update(details);
    hash.finalize().into()
}

/// A moment in canonical bytes: always six decimals, always UTC.
fn moment(at: Timestamp) -> String {
    format!("{at:.6}")
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop")]

    use super::*;

    fn event() -> NewEvent {
        NewEvent {
            organisation: Some("ashmere".parse().unwrap()),
            actor: None,
            verb: "imported",
            thing: "/imports/1".to_owned(),
            details: json!({"rows": 118, "file": "systems-final-v3.xlsx"}),
            erasable: false,
        }
    }

    #[test]
    fn an_event_has_one_spelling() {
        let at: Timestamp = "2026-03-03T10:14:00Z".parse().unwrap();
        let sealed = seal(&event(), 7, at, None).unwrap();
        assert_eq!(
            String::from_utf8(sealed.bytes.clone()).unwrap(),
            r#"{"actor":null,"at":"2026-03-03T10:14:00.000000Z","details":{"file":"systems-final-v3.xlsx","rows":118},"organisation":"ashmere","sequence":7,"thing":"/imports/1","verb":"imported"}"#
        );
        // sha256sum of the line above.
        assert_eq!(hex(&sealed.hash), "ddd29448a856c5cef49107ff6413a7119f9a2e3bf9f67e7261630db1aa83370f");
        assert!(sealed.erasable.is_none());
    }

    #[test]
    fn erasable_details_are_only_committed_to() {
        let at = Timestamp::UNIX_EPOCH;
        let sealed = seal(&event(), 1, at, Some([7; 32])).unwrap();
        let bytes = String::from_utf8(sealed.bytes).unwrap();
        assert!(!bytes.contains("systems-final"), "{bytes}");
        let (details, salt) = sealed.erasable.unwrap();
        assert!(bytes.contains(&hex(&commitment(&salt, &details))));
        let other = seal(&event(), 1, at, Some([8; 32])).unwrap();
        assert_ne!(other.hash, sealed.hash, "another salt, another commitment");
    }

    #[test]
    fn details_without_a_canonical_form_are_refused() {
        for salt in [None, Some([0; 32])] {
            let mut event = event();
            event.details = json!({"cost": 12.5});
            assert!(seal(&event, 1, Timestamp::UNIX_EPOCH, salt).is_err());
        }
    }
}
