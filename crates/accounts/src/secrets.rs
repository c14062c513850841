//! What lets whoever holds it in, in one list: a backup holds sessions that were ended since and links that were used, so
//! a restore takes all of it back.
//!
//! A new kind of token joins by a line here. A test in `server` fails when a table with a token is in no such list.

use ledger::Secrets;
use store::Transaction;
use vocabulary::Timestamp;

/// Everything in this subject's tables that lets somebody in.
pub const SECRETS: &[Secrets] = &[
    Secrets {
        table: "session",
        words: ("session", "sessions"),
        revoke: |tx, _: Timestamp| delete(tx, "DELETE FROM session"),
    },
    Secrets {
        table: "api_token",
        words: ("API token", "API tokens"),
        revoke: |tx, _: Timestamp| delete(tx, "DELETE FROM api_token"),
    },
    Secrets {
        table: "sign_in_link",
        words: ("sign-in link", "sign-in links"),
        revoke: |tx, _: Timestamp| delete(tx, "DELETE FROM sign_in_link"),
    },
    // Somebody who is away at a provider begins again.
    Secrets {
        table: "sign_in_attempt",
        words: ("sign-in attempt", "sign-in attempts"),
        revoke: |tx, _: Timestamp| delete(tx, "DELETE FROM sign_in_attempt"),
    },
    // Passkeys themselves are public keys and come back; those that were removed since are removed again as erasures.
    Secrets {
        table: "passkey_challenge",
        words: ("challenge of a passkey", "challenges of passkeys"),
        revoke: |tx, _: Timestamp| delete(tx, "DELETE FROM passkey_challenge"),
    },
    // One that was withdrawn or accepted since would be good again.
    Secrets {
        table: "invitation",
        words: ("invitation", "invitations"),
        revoke: |tx, _: Timestamp| delete(tx, "DELETE FROM invitation"),
    },
    Secrets {
        table: "email_change",
        words: ("link to a new address", "links to new addresses"),
        revoke: |tx, _: Timestamp| delete(tx, "DELETE FROM email_change"),
    },
    // They carry links, and those that waited when the backup was made have been sent long since.
    Secrets {
        table: "outbox",
        words: ("message that waited", "messages that waited"),
        revoke: |tx, _: Timestamp| delete(tx, "DELETE FROM outbox"),
    },
];

fn delete(tx: &mut Transaction<'_>, sql: &str) -> Result<u64, store::Error> {
    tx.execute(sql, &[])
}
