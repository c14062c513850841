-- Passkeys (WebAuthn): public keys of what people have, a telephone or a key on a ring. Nothing in it is secret.
CREATE TABLE passkey (
    -- Names the row on pages and in forms.
    id           TEXT   NOT NULL,
    person       TEXT   NOT NULL,
    -- What the authenticator calls the key: at most 1,023 bytes.
    credential   BLOB   NOT NULL,
    -- The key as the authenticator sent it: COSE_Key (RFC 9052, 7).
    public_key   BLOB   NOT NULL,
    -- How often the authenticator says that it has signed; 0 where it does not count.
    counter      BIGINT NOT NULL,
    -- 1 if it may be copied to the person's other devices, which never changes.
    portable     BIGINT NOT NULL,
    -- What its person calls it.
    name         TEXT   NOT NULL,
    made_at      BIGINT NOT NULL,
    used_at      BIGINT,
    PRIMARY KEY (id)
);

CREATE UNIQUE INDEX passkey_by_credential ON passkey (credential);
CREATE INDEX passkey_by_person ON passkey (person, made_at);

-- What a passkey is about to sign, within five minutes and once.
CREATE TABLE passkey_challenge (
    -- SHA-256 of it.
    challenge    BLOB   NOT NULL,
    -- SHA-256 of what only the browser has that was given it.
    browser      BLOB   NOT NULL,
    -- add, sign-in or confirm
    purpose      TEXT   NOT NULL,
    -- Whose passkey it is to be; NULL for somebody who signs in.
    person       TEXT,
    -- Where to go afterwards: a path of this site.
    next         TEXT   NOT NULL,
    made_at      BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    PRIMARY KEY (challenge)
);

CREATE INDEX passkey_challenge_by_time ON passkey_challenge (made_at);

-- The passkey that was last used in a session, and when.
ALTER TABLE session ADD COLUMN passkey TEXT;
ALTER TABLE session ADD COLUMN proved_at BIGINT;
